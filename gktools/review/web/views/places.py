"""The places of a report (cells and paragraphs) as links and labels; times of the log in local format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ....forms.model import Cell
from ....forms.notices import load_format
from ....render.review_page import anchor
from ....workspace.report_data import ReportData

_QUOTED = 24
"""The number of characters of a paragraph that are quoted in its label."""


@dataclass(frozen=True)
class ReportPlace:
    """A cell or a paragraph: its key in the log, its label, and its anchor on the report page."""

    key: str
    label: str
    anchor: str


def cell_key(table: str, cell: Cell) -> str:
    """Return the key of a cell in the log."""
    return ":".join((table, *cell))


def find_place(report: ReportData, key: str) -> ReportPlace | None:
    """Return the cell or paragraph with a key of the log; None if the report has no such place."""
    table, *rest = key.split(":")
    if len(rest) == 2 and table in report.tables:
        return _cell(report, key, table, (rest[0], rest[1]))
    if len(rest) == 1:
        return next((place for place in paragraphs(report) if place.key == key), None)
    return None


def paragraphs(report: ReportData) -> list[ReportPlace]:
    """Return the paragraphs of a report, numbered from 1 within each section; a section without text is one place."""
    sections = {section.key for section in report.sections}
    return [
        ReportPlace(
            f"{part.key}:{number}", f"{part.title}{f'　第 {number} 段' if text else ''}{_quote(text)}", part.key
        )
        for part in report.parts
        for number, text in enumerate(part.texts or ([""] if part.key in sections else []), start=1)
    ]


def table_names(year: int) -> dict[str, str]:
    """Return the names of the tables of a year, by key."""
    return {form.key: form.name for form in load_format(year).forms}


def labels(*sides: Iterable[str]) -> str:
    """Return the labels of a row and a column in one line."""
    return " · ".join(" / ".join(side) for side in sides if side)


def _cell(report: ReportData, key: str, table: str, cell: Cell) -> ReportPlace | None:
    known = report.cells[table].get(cell)
    if known is None:
        return None
    return ReportPlace(
        key, f"{table_names(report.year)[table]}　{labels(known.row, known.column)}", anchor(table, cell)
    )


def _quote(text: str) -> str:
    if not text:
        return ""
    return f"“{text[:_QUOTED]}{'…' if len(text) > _QUOTED else ''}”"
