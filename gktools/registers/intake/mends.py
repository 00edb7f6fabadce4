"""Cells of a file that a person has mended without the file: they stand in the place of what the file has there.

The file stays as it was handed in. Whatever reads or copies it takes its sheets from here, so that nothing but the mended
cells can change by mending.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from .files import FileSheet, Place, Row, open_pages, with_cells
from .looks import Looks


@dataclass(frozen=True)
class Mend:
    """A mended cell: its sheet ("" in CSV), row (from 1), column (from 0), and its text; an empty text empties it."""

    sheet: str
    line: int
    column: int
    text: str

    @property
    def place(self) -> Place:
        """Row and column, from 0."""
        return self.line - 1, self.column


def open_mended(path: Path, mends: Sequence[Mend] = ()) -> Iterator[FileSheet]:
    """Yield the sheets of a file with its mended cells. Raises RecordsError as open_pages does."""
    for page in open_pages(path):
        cells = cells_of(page.name, mends)
        yield _mended(page, cells) if cells else page


def cells_of(sheet: str, mends: Sequence[Mend]) -> Mapping[Place, str]:
    """Return the texts of the mended cells of a sheet by row and column, from 0."""
    return {mend.place: mend.text for mend in mends if mend.sheet == sheet}


def with_mends(known: Sequence[Mend], further: Sequence[Mend]) -> tuple[Mend, ...]:
    """Return the mends of a file with further ones, of which one of the same cell takes the place of the earlier."""
    by_cell = {(mend.sheet, mend.place): mend for mend in (*known, *further)}
    return tuple(by_cell.values())


def _mended(page: FileSheet, cells: Mapping[Place, str]) -> FileSheet:
    by_row: dict[int, dict[int, str]] = {}
    for (row, column), text in cells.items():
        by_row.setdefault(row, {})[column] = text
    return replace(page, rows=_rows(page.rows, by_row), looks=_looks(page.looks, by_row))


def _rows(rows: Iterator[Row], by_row: Mapping[int, Mapping[int, str]]) -> Iterator[Row]:
    last = max(by_row)
    for index in count():
        row = next(rows, None)
        if row is None and index > last:
            return
        cells = by_row.get(index)
        yield with_cells(row or [], cells) if cells else row or []


def _looks(looks: Looks, by_row: Mapping[int, Mapping[int, str]]) -> Looks:
    """Return what is struck out and hidden, without the cells that are written anew."""
    struck = {row: columns - by_row.get(row, {}).keys() for row, columns in looks.struck.items()}
    parts = {
        row: {column: part for column, part in found.items() if column not in by_row.get(row, {})}
        for row, found in looks.parts.items()
    }
    return replace(
        looks,
        struck={row: columns for row, columns in struck.items() if columns},
        parts={row: found for row, found in parts.items() if found},
    )
