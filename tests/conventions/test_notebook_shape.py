"""The master notebook reads like the report's own table of contents, and holds no logic."""

from __future__ import annotations

import ast
import json

import pytest
from machine import REPOSITORY

import gktools
from gktools.forms.notices import formats

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
MASTER = json.loads((REPOSITORY / "notebooks/annual_report.ipynb").read_text(encoding="utf-8"))["cells"]
CODE = [cell for cell in MASTER if cell["cell_type"] == "code"]


def source(cell) -> str:
    return "".join(cell["source"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_committed_without_outputs(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]

    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_code_cells_are_short(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]

    assert max(len(source(cell).splitlines()) for cell in cells if cell["cell_type"] == "code") <= 8


@pytest.mark.parametrize("format_", formats(), ids=lambda format_: str(format_.first_year))
def test_headings_are_the_official_sections_in_order(format_):
    headings = [
        line[3:]
        for cell in MASTER
        if cell["cell_type"] == "markdown"
        for line in source(cell).splitlines()
        if line.startswith("## ")
    ]

    assert headings[:-1] == [section.title for section in format_.sections]


def test_first_code_cell_holds_the_parameters_and_nothing_else():
    body = ast.parse(source(CODE[0])).body

    assert CODE[0]["metadata"]["tags"] == ["parameters"]
    assert [(node.target.id, ast.literal_eval(node.value)) for node in body] == [
        ("office", ""),
        ("year", 2024),
        ("overrides", {}),
    ]
    assert all("# " in line for line in source(CODE[0]).splitlines())


@pytest.mark.parametrize("cell", CODE[1:], ids=lambda cell: cell["id"])
def test_cells_hold_no_function_no_loop_and_no_figure(cell):
    nodes = list(ast.walk(ast.parse(source(cell))))

    assert not [
        node
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.Lambda | ast.For | ast.While | ast.comprehension)
    ]
    assert not [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, int | float)]


def test_cells_name_nothing_but_the_vocabulary():
    imported = [
        name.name
        for cell in CODE
        for node in ast.walk(ast.parse(source(cell)))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    ]

    assert sorted(imported) == gktools.__all__


def test_the_vocabulary_is_sorted_and_every_name_is_there():
    assert gktools.__all__ == sorted(gktools.__all__)
    assert all(callable(getattr(gktools, name)) for name in gktools.__all__)
    with pytest.raises(AttributeError):
        gktools.no_such_name  # noqa: B018


def test_what_is_not_published_is_tagged():
    tagged = {cell["id"]: cell["metadata"].get("tags", []) for cell in CODE}

    assert tagged["setup"] == ["setup"]
    assert tagged["review"] == ["review"]
