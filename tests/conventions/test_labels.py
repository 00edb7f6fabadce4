"""Official wording lives in formats/, equals the notices label by label, and stands nowhere in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from machine import need

import gktools
from gktools.forms.grid import grid
from gktools.forms.model import Heading, ReportFormat, short_label
from gktools.forms.notices import FOLDER, formats, load_format

TESTS = Path(__file__).parents[1] / "forms"
PACKAGE = Path(gktools.__file__).parent
MODULES = sorted(PACKAGE.glob("**/*.py"))
YEARS = sorted(int(path.stem) for path in FOLDER.glob("[0-9]*.yaml"))


def official(year: int) -> list[str]:
    """The labels of a notice in the order it issues them, from the plain text copy under tests/."""
    lines = (TESTS / f"template_{year}.txt").read_text(encoding="utf-8").splitlines()
    return [label for line in lines[1:] for label in line.split("|")]


def printed(format_: ReportFormat) -> Iterator[str]:
    """The labels of a format in the order its report prints them."""
    for section in format_.sections:
        yield section.title
        if section.instruction:
            yield section.instruction
        if section.form:
            for line in grid(format_[section.form]).lines:
                yield from (cell.text for cell in line.cells if cell.cell is None)


@pytest.mark.parametrize("year", YEARS)
def test_every_label_equals_the_notice_in_printed_order(year):
    assert list(printed(load_format(year))) == official(year)


@pytest.mark.parametrize("year", YEARS)
def test_the_notices_number_is_the_one_its_label_file_was_copied_from(year):
    first = (TESTS / f"template_{year}.txt").read_text(encoding="utf-8").splitlines()[0]

    assert load_format(year).notice.number in first


@pytest.mark.parametrize("year", YEARS)
def test_the_copy_under_tests_is_the_shared_copy(shared, year):
    copy = (TESTS / f"template_{year}.txt").read_bytes()

    assert copy == (shared / "official" / f"template_{year}.txt").read_bytes()


def test_what_is_missing_skips_by_name_and_fails_where_everything_is_required(monkeypatch):
    monkeypatch.setenv("GKTOOLS_REQUIRE_ALL", "1")
    need("a thing that is there", True)
    with pytest.raises(pytest.fail.Exception, match="the last quagga is missing"):
        need("the last quagga", False)
    monkeypatch.setenv("GKTOOLS_REQUIRE_ALL", "")
    with pytest.raises(pytest.skip.Exception, match="the last quagga is missing"):
        need("the last quagga", None)


def test_every_notice_has_a_label_file_and_every_label_file_a_notice():
    assert [f"template_{year}.txt" for year in YEARS] == sorted(path.name for path in TESTS.glob("template_*.txt"))


@pytest.mark.parametrize("year", YEARS)
def test_the_printed_identity_is_the_one_of_the_corner_note(year):
    form = load_format(year)["requests"]

    assert form.identities[0].label in form.blocks[0].corner


# --- no official wording in code ----------


def headings(tree: tuple[Heading, ...]) -> Iterator[Heading]:
    for heading in tree:
        yield heading
        yield from headings(heading.parts)


def wordings() -> set[str]:
    """Every row, column, band, corner and section label of every notice, without ordinal and bracketed remark."""
    labels: set[str] = set()
    for format_ in formats():
        labels |= {section.title for section in format_.sections}
        for block in (block for form in format_.forms for block in form.blocks):
            labels |= {block.label, block.corner, block.banner}
            labels |= {heading.label for tree in (block.rows, block.columns) for heading in headings(tree)}
    return {wording for label in labels for wording in (short_label(label), label) if wording}


LONG = sorted(wording for wording in wordings() if len(wording) > 4)
SHORT = {wording for wording in wordings() if len(wording) <= 4}


def literals(source: str) -> set[str]:
    """Every string in a module's code, as it stands alone."""
    return {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def repeats(source: str) -> list[str]:
    return [wording for wording in LONG if wording in source] + sorted(SHORT & literals(source))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def test_no_module_repeats_an_official_label():
    found = {name_of(module): repeats(module.read_text(encoding="utf-8")) for module in MODULES}

    assert len(found) > 300
    assert {name: labels for name, labels in found.items() if labels} == {}


def test_a_label_in_a_docstring_or_a_literal_would_be_found():
    assert repeats('"""Counts 1.属于国家秘密 of a year."""') == ["1.属于国家秘密", "属于国家秘密"]
    assert repeats("column = '总计'") == ["总计"]
    assert repeats("text = f'{n}件总计'  # 总计") == []


# --- a year is an argument, never a branch ----------


def is_year(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and 2000 <= node.value < 2100


def year_branches(source: str) -> list[int]:
    """The lines that compare with a year, match one, or look something up by one."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        compared = isinstance(node, ast.Compare) and any(
            is_year(part) for side in (node.left, *node.comparators) for part in ast.walk(side)
        )
        matched = isinstance(node, ast.MatchValue) and is_year(node.value)
        looked_up = isinstance(node, ast.Dict) and any(key is not None and is_year(key) for key in node.keys)
        if compared or matched or looked_up:
            lines.append(node.lineno if hasattr(node, "lineno") else 0)
    return lines


def test_no_module_branches_on_a_year():
    found = {name_of(module): year_branches(module.read_text(encoding="utf-8")) for module in MODULES}

    assert len(found) > 300
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "code",
    ["if year >= 2021: pass", "x = 1 if 2019 < report.year else 2", "match y:\n case 2021: pass", "r = {2021: 1}[y]"],
)
def test_a_branch_on_a_year_would_be_found(code):
    assert year_branches(code) == [re.search(r"case|20", code) and code[: code.index("20")].count("\n") + 1]
