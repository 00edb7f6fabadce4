"""The formats of the notices, as data: one file for each notice, named by its first report year."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter

from ..errors import FormatError, NoFormatForYear
from ..yamlfile import Path_, UnreadableYamlError, parse_yaml, validate
from .model import Block, Form, Heading, Identity, Merged, Notice, ReportFormat, Requirements, Section, Succession

FOLDER = Path(__file__).parent
Contradiction = tuple[Path_, str]
"""A contradiction in a format file: its path and the message."""
_KEY = re.compile(r"[a-z][a-z0-9_]*")

for _value in (Block, Form, Heading, Identity, Merged, Notice, ReportFormat, Requirements, Section, Succession):
    setattr(_value, "__pydantic_config__", ConfigDict(extra="forbid"))  # noqa: B010 - forms knows no pydantic

_ADAPTER = TypeAdapter(ReportFormat)


def load_format(year: int) -> ReportFormat:
    """Return the format in force for a report year.

    Raises NoFormatForYear for a year before the first format.
    """
    known = formats()
    for form in reversed(known):
        if form.first_year <= year:
            return form
    raise NoFormatForYear(year, earliest=known[0].first_year)


def deadline(year: int, kind: str = "default") -> date:
    """Return the day by which the report of a year is due (条例 49)."""
    days = load_format(year).requires.deadlines or {}
    month, day = days.get(kind, days["default"]).split("-")
    return date(year + 1, int(month), int(day))


@lru_cache
def formats() -> tuple[ReportFormat, ...]:
    """Return all formats, the oldest first."""
    return tuple(
        sorted(
            (read_format(path.read_text(encoding="utf-8"), path.name) for path in FOLDER.glob("[0-9]*.yaml")),
            key=lambda form: form.first_year,
        )
    )


def read_format(text: str, name: str) -> ReportFormat:
    """Return the format in the text of a format file; name is used in messages.

    Raises FormatError, with file and line, for an unknown property, a duplicate key or label path, a heading without
    a label, a cell without a measure, or a total, identity, form or section that refers to nothing.
    """
    try:
        document = parse_yaml(text, name)
    except UnreadableYamlError as error:
        raise FormatError(problems=[error.problem]) from None
    value, problems = validate(_ADAPTER, document)
    if problems:
        raise FormatError(problems=problems)
    form: ReportFormat = value
    if found := [document.problem(path, message) for path, message in _contradictions(form)]:
        raise FormatError(problems=found)
    return form


def _contradictions(format_: ReportFormat) -> Iterator[Contradiction]:
    yield from _repeated([section.key for section in format_.sections], ("sections",))
    yield from _repeated([form.key[:3] for form in format_.forms], ("forms",), "开头三个字母都是")
    printed = {section.key: section.form for section in format_.sections}
    forms = {form.key for form in format_.forms}
    for i, section in enumerate(format_.sections):
        if section.form and section.form not in forms:
            yield ("sections", i, "form"), f"没有“{section.form}”这张表"
    for i, form in enumerate(format_.forms):
        if printed.get(form.section) != form.key:
            yield ("forms", i, "section"), f"“{form.section}”不是印这张表的部分"
        yield from _form_contradictions(form, ("forms", i))
    yield from _succession_contradictions(format_)


def _succession_contradictions(format_: ReportFormat) -> Iterator[Contradiction]:
    rows = {form.key: {row for row, _ in form.cells} for form in format_.forms}
    for i, table in enumerate(format_.succession.broken):
        if table not in rows:
            yield ("succession", "broken", i), f"没有“{table}”这张表"
    for i, merged in enumerate(format_.succession.merged):
        for j, part in enumerate(merged.parts):
            if part not in rows.get(merged.table, ()):
                yield ("succession", "merged", i, "parts", j), f"“{merged.table}”里没有“{part}”这一行"


def _form_contradictions(form: Form, path: Path_) -> Iterator[Contradiction]:
    blocks = (*path, "blocks")
    yield from _repeated([block.key for block in form.blocks], blocks)
    yield from _repeated([block.label or block.key for block in form.blocks], blocks)
    for i, block in enumerate(form.blocks):
        if block.corner_heads_rows and not block.corner:
            yield (*blocks, i, "corner_heads_rows"), "左上角没有文字，不能作行标题的表头"
        if not (block.rows and block.columns):
            yield (*blocks, i), "没有行或没有列"
        unlabelled = len(block.rows) == 1 and not block.rows[0].parts
        yield from _tree_contradictions(block.columns, (*blocks, i, "columns"))
        yield from _tree_contradictions(block.rows, (*blocks, i, "rows"), may_lack_label=unlabelled)
        for cell in replace(form, blocks=(block,)).cells:
            if not (cell in form.sums_across or cell in form.sums_down or form.counts(cell)):
                yield (*blocks, i), f"“{cell[0]}”“{cell[1]}”这一格没有写 counts，不知道数什么"
    rows = {row for row, _ in form.cells}
    for i, identity in enumerate(form.identities):
        for row in (*identity.left, *identity.right):
            if row not in rows:
                yield (*path, "identities", i), f"勾稽关系里的“{row}”不是表里的行"


def _tree_contradictions(
    headings: tuple[Heading, ...], path: Path_, *, may_lack_label: bool = False
) -> Iterator[Contradiction]:
    yield from _repeated([heading.key for heading in headings], path)
    yield from _repeated([heading.label or heading.key for heading in headings], path)
    for i, heading in enumerate(headings):
        if not _KEY.fullmatch(heading.key):
            yield (*path, i, "key"), f"“{heading.key}”只能用小写字母、数字和下划线"
        if not heading.label and not may_lack_label:
            yield (*path, i), f"“{heading.key}”没有写 label"
        if heading.is_total and (heading.parts or all(other.is_total for other in headings)):
            yield (*path, i), f"“{heading.key}”是合计，要有同级的行或列可加，下面不能再分"
        yield from _tree_contradictions(heading.parts, (*path, i, "parts"))


def _repeated(names: list[str], path: Path_, what: str = "同一级里有两个") -> Iterator[Contradiction]:
    for i, name in enumerate(names):
        if name in names[:i]:
            yield (*path, i), f"{what}“{name}”"
