"""Widths of columns and heights of rows at which every character of a drawn form is visible."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from math import ceil
from unicodedata import east_asian_width

from ...forms.grid import Grid, GridCell

SIZE = 11
"""The size in points that widths refer to: one is a digit's width."""
_WIDE, _NARROW = 2.1, 1.05
_LINE = 1.5
"""The height of a line relative to the size of its type; Chinese fonts need up to 1.45."""
_PADDING = 6
_HEAD_LINES = 2
_LEAST = 7.0
_GROUP, _LEAF = 12.0, 32.0
"""The widest that a heading over several rows, and a row's own heading, may make their column."""


@dataclass(frozen=True)
class Placed:
    """A cell of a grid with its first row and column, counted from 0."""

    row: int
    column: int
    cell: GridCell

    @property
    def last_row(self) -> int:
        """The last row it covers."""
        return self.row + self.cell.rows - 1

    @property
    def last_column(self) -> int:
        """The last column it covers."""
        return self.column + self.cell.columns - 1


def place(drawn: Grid) -> tuple[Placed, ...]:
    """Return every cell of a grid with the row and column where it begins."""
    taken: set[tuple[int, int]] = set()
    placed = []
    for row, line in enumerate(drawn.lines):
        for cell in line.cells:
            column = next(free for free in count() if (row, free) not in taken)
            placed.append(Placed(row, column, cell))
            taken |= {(row + down, column + across) for down in range(cell.rows) for across in range(cell.columns)}
    return tuple(placed)


def text_width(text: str) -> float:
    """Return the width of a text, in digits."""
    return sum(_WIDE if east_asian_width(character) in "WFA" else _NARROW for character in text)


def lines_in(text: str, width: float) -> int:
    """Return the number of lines of a text in a width: Chinese breaks anywhere, a number or a word only if it must."""
    return sum(_lines(paragraph, max(width - 1.5, _WIDE)) for paragraph in text.split("\n"))


def height(text: str, width: float, size: float = SIZE) -> float:
    """Return the height in points of a text of some size wrapped in a width."""
    return lines_in(text, width * SIZE / size) * size * _LINE + _PADDING


def widths(placed: Iterable[Placed], columns: int, show: Callable[[GridCell], str], least: float) -> list[float]:
    """Return the width of each column, in digits; show gives the text of a cell, least is the minimum of their sum."""
    found = [_LEAST] * columns
    for each in placed:
        if each.cell.columns == 1:
            found[each.column] = max(found[each.column], _wanted(each.cell, show(each.cell)))
    stretch = max(1.0, least / sum(found))
    return [round(width * stretch, 1) for width in found]


def heights(placed: Iterable[Placed], wide: list[float], show: Callable[[GridCell], str]) -> dict[int, float]:
    """Return the height of each row in points; the extra height of a cell over several rows is divided equally."""
    needs = [
        (each, height(show(each.cell), sum(wide[each.column : each.last_column + 1])))
        for each in sorted(placed, key=lambda each: each.cell.rows)
    ]
    found: dict[int, float] = {}
    for each, need in needs:
        rows = range(each.row, each.last_row + 1)
        lacking = need - sum(found.get(row, 0.0) for row in rows)
        if lacking > 0:
            found |= {row: found.get(row, 0.0) + lacking / len(rows) for row in rows}
    return found


def row_height(texts: Mapping[int, str], wide: list[float]) -> float:
    """Return the height of a row of plain texts in columns of given widths."""
    return max(height(text, wide[column]) for column, text in texts.items())


def _wanted(cell: GridCell, text: str) -> float:
    full = text_width(text) + 2
    if cell.kind in ("figure", "band"):
        return full
    if cell.kind == "row":
        return min(full, _GROUP if cell.groups else _LEAF)
    return min(full, ceil(text_width(text) / _HEAD_LINES / _WIDE) * _WIDE + 2)


def _lines(paragraph: str, width: float) -> int:
    lines, used = 1, 0.0
    for piece in _PIECE.findall(paragraph):
        wide = text_width(piece)
        if used and used + wide > width:
            lines, used = lines + 1, 0.0
        lines += int(wide // width) if wide > width else 0
        used += wide % width if wide > width else wide
    return lines


_PIECE = re.compile(r"[!-~]+|.")
