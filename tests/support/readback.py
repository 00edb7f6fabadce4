"""The expected content of a written format: a report's tables as rectangles of text, and its text without layout."""

from __future__ import annotations

import json
import re
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Any

import nbformat

from gktools.forms.grid import grid
from gktools.render.documents.document import Document, DocumentSection

OFFICES = ("2020/xigong-community", "2020/zhujian", "2024/minzheng")
"""Reports of both notices, with and without local wording and pictures."""


def notebook(district: Any, name: str) -> Any:
    """Return the executed notebook of one report of the sample district."""
    return nbformat.read(folder(district, name) / "report.ipynb", as_version=4)


def folder(district: Any, name: str) -> Path:
    """Return the folder of one report of the sample district."""
    return district.home / "output" / name


def report(district: Any, name: str) -> dict[str, Any]:
    """Return report.json of one report of the sample district, with money as Decimal."""
    return json.loads((folder(district, name) / "report.json").read_text(encoding="utf-8"), parse_float=Decimal)


def plain(text: str) -> str:
    """Return a text without differences of layout and fonts: spaces, line ends, and variants of characters."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def squares(document: Document, values: dict[str, Any]) -> dict[str, list[list[str | None]]]:
    """Return every table as rows of plain texts, with the figures of report.json; None inside a merged cell."""
    return {section.key: _square(section, values["tables"][section.key]) for section in document.tables}


def _square(section: DocumentSection, cells: list[dict[str, Any]]) -> list[list[str | None]]:
    figures = {(cell["row_key"], cell["column_key"]): printed(cell["value"]) for cell in cells}
    whole = grid(section.form)
    square: list[list[str | None]] = [[None] * whole.width for _ in whole.lines]
    taken: set[tuple[int, int]] = set()
    for row, line in enumerate(whole.lines):
        column = 0
        for cell in line.cells:
            while (row, column) in taken:
                column += 1
            taken |= {(row + down, column + across) for down in range(cell.rows) for across in range(cell.columns)}
            square[row][column] = plain(figures[cell.cell] if cell.cell else cell.text)
    assert len(taken) == len(whole.lines) * whole.width
    return square


def printed(value: Decimal | int | None) -> str:
    """Return a figure of report.json as printed."""
    return "—" if value is None else format(Decimal(value), "f")
