"""Workbooks in which something is struck out or hidden, as XLSX and as XLS."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date

import xlsxwriter

from .xls import xls


@dataclass(frozen=True)
class Out:
    """A cell struck out as a whole."""

    value: object


@dataclass(frozen=True)
class Mixed:
    """A text in pieces: what is between ~~ and ~~ is struck out."""

    text: str

    @property
    def pieces(self) -> list[tuple[bool, str]]:
        return [(bool(i % 2), piece) for i, piece in enumerate(self.text.split("~~")) if piece]


@dataclass(frozen=True)
class Sheet:
    """A sheet, its rows and columns counted from 0; filtered is the first and the last row of a filter."""

    rows: list[list[object]]
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    filtered: tuple[int, int] | None = None
    merged: tuple[tuple[int, int, int, int], ...] = ()
    name: str = "登记"
    unused: bool = field(default=False)
    """Whether the workbook has a style that strikes out and that no cell uses."""


def written(kind: str, *sheets: Sheet) -> bytes:
    """The sheets as a workbook."""
    return _xlsx(sheets) if kind == "xlsx" else xls(*map(_xls_page, sheets))


def _xls_page(sheet: Sheet):
    options = {
        "hidden_rows": sheet.hidden_rows,
        "hidden_columns": sheet.hidden_columns,
        "filtered": sheet.filtered is not None,
        "merged": sheet.merged,
    }
    return sheet.name, sheet.rows, options


def _xlsx(sheets) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"default_date_format": "yyyy-mm-dd", "in_memory": True}) as book:
        plain, out = book.add_format(), book.add_format({"font_strikeout": True})
        day_out = book.add_format({"font_strikeout": True, "num_format": "yyyy-mm-dd"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            for area in sheet.merged:
                page.merge_range(*area, "", out if isinstance(sheet.rows[area[0]][area[1]], Out) else plain)
            for i, row in enumerate(sheet.rows):
                for j, value in enumerate(row):
                    _write(page, i, j, value, plain, out, day_out)
            for i in sheet.hidden_rows:
                page.set_row(i, None, None, {"hidden": True})
            for j in sheet.hidden_columns:
                page.set_column(j, j, None, None, {"hidden": True})
            if sheet.filtered:
                page.autofilter(sheet.filtered[0], 0, sheet.filtered[1], 5)
            if sheet.unused:
                page.set_column(90, 90, None, out)
                page.conditional_format(0, 0, 99, 20, {"type": "no_blanks", "format": out})
    return buffer.getvalue()


def _write(page, row, column, value, *styles) -> None:
    plain, out, day_out = styles
    if isinstance(value, Mixed):
        pieces = [part for struck, text in value.pieces for part in (out if struck else plain, text)]
        page.write_rich_string(row, column, *pieces)
        return
    struck = isinstance(value, Out)
    said = value.value if struck else value
    if said in ("", None):
        return
    if isinstance(said, date):
        page.write_datetime(row, column, said, day_out if struck else None)
    elif isinstance(said, str):
        page.write_string(row, column, said, out if struck else None)
    else:
        page.write(row, column, said, out if struck else None)
