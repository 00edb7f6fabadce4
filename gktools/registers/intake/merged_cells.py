"""Cells merged over several records: of a text, asked about once a column; of anything else, wrong.

Only the first cell of what is merged has a content. The others are read as if they had it too: nothing is kept before it
is known whether that is so.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..questions import Inquiry, Question, QuestionPlace
from .columns import Column
from .files import FileSheet, plain_name
from .headings import Header
from .places import Mistake, Row, Where
from .values import text_of

_OWN = ("date", "yuan", "count", "number")
"""The types of what every record has for itself."""
Range = tuple[tuple[int, int], tuple[int, int]]
"""The first and the last cell of what is merged: row and column, from 0."""


class MergedCells:
    """The merged cells of a sheet below its heading."""

    def __init__(self, where: Where, header: Header, columns: Sequence[Column], page: FileSheet) -> None:
        self._where, self._columns = where, {column.place: column for column in columns}
        self._below = [one for one in page.merged if one[1][0] > header.last]
        self._merged = [(max(one[0][0], header.last + 1), one) for one in self._below]
        self._wide = {top for (top, left), (bottom, right) in self._below if top == bottom and left < right}
        self._texts: dict[int, list[Range]] = {}
        for one in self._below:
            (top, left), (bottom, right) = one
            if bottom > top > header.last and left == right and (self._is_text(left) or left in header.looked_at):
                for index in range(top, min(bottom, top + _MOST) + 1):
                    self._texts.setdefault(index, []).append(one)
        self._said: dict[Range, Any] = {}

    def wide(self, line: int) -> bool:
        """Return whether several columns of a row are one cell."""
        return line - 1 in self._wide

    def _is_text(self, place: int) -> bool:
        field = self._columns[place].field if place in self._columns else None
        return field is not None and field.type not in _OWN and not field.series and not field.refers_to

    def filled(self, line: int, row: Row) -> Row:
        """Return a record with the texts of the cells that are merged with cells of the rows above it."""
        ranges = self._texts.get(line - 1)
        if not ranges:
            return row
        cells = list(row)
        for one in ranges:
            (top, left), _ = one
            cells += [""] * (left + 1 - len(cells))
            if top == line - 1:
                self._said[one] = cells[left]
            elif not text_of(cells[left]).strip():
                cells[left] = self._said.get(one, "")
        return cells

    def problems(self, lines: Sequence[int], inquiry: Inquiry) -> Iterator[tuple[Mistake, Collection[int]]]:
        """Ask about texts that are merged over several records; yield what is wrong with other merged cells, and its lines."""
        asked: dict[int, list[Range]] = {}
        for first, one in self._merged:
            (top, left), (bottom, right) = one
            covered = lines[bisect_right(lines, first) : bisect_right(lines, bottom + 1)]
            places = [place for place in sorted(self._columns) if left <= place <= right]
            if bottom > top and len(covered) > 1 and places:
                if left == right and self._is_text(left):
                    asked.setdefault(left, []).append(one)
                else:
                    yield self._apart(one, places[0], first + 1), range(first + 1, bottom + 2)
            elif len(places) > 1:
                yield from self._across(places, covered, lines)
        for place, ranges in asked.items():
            if self._ask(place, ranges, inquiry) == "refuse":
                for one in ranges:
                    yield self._apart(one, place, one[0][0] + 1), ()

    def _ask(self, place: int, ranges: Sequence[Range], inquiry: Inquiry) -> str | None:
        heading = self._columns[place].heading
        rows = tuple(top + 1 for (top, _), _ in ranges)
        values = {"heading": heading, "count": len(ranges)}
        subject = f"{plain_name(Path(self._where.file).stem)}/{heading}"
        where = QuestionPlace(self._where.file, self._where.sheet, rows, heading, place)
        return inquiry.ask(Question.of("merged.rows", subject, where, values))

    def _apart(self, one: Range, place: int, line: int) -> Mistake:
        (top, _), (bottom, _) = one
        message = f"第 {top + 1} 到 {bottom + 1} 行的单元格合并在一起，分不清是哪一条的；请取消合并，逐行填写"
        return self._where.problem(message, line, self._columns[place].field.heading, place=place)

    def _across(
        self, places: Sequence[int], covered: Collection[int], lines: Sequence[int]
    ) -> Iterator[tuple[Mistake, Collection[int]]]:
        first = self._columns[places[0]]
        names = "”“".join(self._columns[place].field.heading for place in places)
        message = f"“{names}”几栏的单元格横着合并成一格，分不清写的是哪一栏；请取消合并，逐栏填写"
        for line in covered:
            if first.values[lines.index(line)] not in (None, ""):
                yield self._where.problem(message, line, place=first.place), [line]


_MOST = 5000
"""The maximum number of rows of one merged cell that are filled; more are no texts of records."""
