"""Sum rows of a register: recognised by their first word, never loaded, compared with the sum of their rows."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ...errors import Problem
from ...forms.model import leaves
from ...forms.notices import formats
from ..schema import fold
from .columns import Column, Wrong
from .places import Row, Where
from .values import text_of

_PART = "小计"


@dataclass(frozen=True)
class SumRow:
    """A sum row: its row number and its cells; partial if it sums only the rows since the previous sum row."""

    line: int
    cells: Row
    partial: bool


@lru_cache
def sum_words() -> frozenset[str]:
    """Return the folded first words of sum rows: those of the forms for a total, and common ones."""
    totals = (c[-1] for f in formats() for _, c in leaves(f["requests"].blocks[0].columns) if c[-1].is_total)
    return frozenset({"合计", "共计", _PART, *(fold(heading.label) for heading in totals)})


def sum_row(line: int, first: str, cells: Row) -> SumRow | None:
    """Return the sum row that begins with a word; None for a record."""
    word = fold(first).rstrip(":")
    return SumRow(line, cells, word == _PART) if word in sum_words() else None


def seems_sum(row: Row) -> bool:
    """Return whether a cell of a record calls the row a sum: 3月合计, 物业备案小计, 本年累计."""
    return any(
        isinstance(cell, str) and "计" in cell[-6:] and len(cell) <= _LONGEST and _SUM.fullmatch(fold(cell))
        for cell in row
    )


_LONGEST = 24
_SUM = re.compile(r".*(?:合计|小计|总计|累计|共计)(?:\([^()]{1,4}\))?[:]?")


@dataclass(frozen=True)
class _Reach:
    """The records that a sum row may sum, as slices, the most likely first; said is their direction in Chinese."""

    spans: tuple[slice, ...]
    said: str


def compare(
    where: Where, sums: Sequence[SumRow], lines: Sequence[int], columns: Mapping[str, Column]
) -> Iterator[Problem]:
    """Yield a warning for every figure in a sum row that is not the sum of its records or of all of them."""
    begin = 0
    for row in sums:
        above = bisect_left(lines, row.line)
        reach = _reach(row, above, begin, _next(sums, lines, row))
        begin = above
        for column in columns.values():
            cell = row.cells[column.place] if column.place < len(row.cells) else ""
            if problem := _compare(where, row, column, cell, reach):
                yield problem


def _next(sums: Sequence[SumRow], lines: Sequence[int], row: SumRow) -> int:
    """Return the number of records above the next sum row."""
    return next((bisect_left(lines, other.line) for other in sums if other.line > row.line), len(lines))


def _reach(row: SumRow, above: int, begin: int, following: int) -> _Reach:
    """Return the records that a sum row may sum: a partial one the adjacent rows, a total all or the adjacent ones."""
    beside, whole = (slice(0, following), slice(0, None)) if above == 0 else (slice(begin, above), slice(0, above))
    return _Reach((beside,) if row.partial else (whole, beside), "下面" if above == 0 else "上面")


def _compare(where: Where, row: SumRow, column: Column, cell: Any, reach: _Reach) -> Problem | None:
    field = column.field
    spans = [column.values[span] for span in reach.spans]
    if any(type(value) is Wrong for value in spans[0]):
        return None
    if field.type in ("count", "yuan"):
        try:
            written = column.parse(cell)
        except ValueError:
            written = None
        sums = [sum(value or 0 for value in values) for values in spans]
        if written is None or written in sums:
            return None
        shown, counted = (f"{Decimal(n) / 100:f}" if field.type == "yuan" else str(n) for n in (written, sums[0]))
        message = f"合计写的是 {shown}，{reach.said}各行加起来是 {counted}；请核对是多写、漏写还是没有更新合计"
    else:
        number = re.fullmatch(r"共?([0-9]{1,7})[件条笔项次份]?", fold(text_of(cell)))
        found = {len(values) for values in spans} | {
            sum(value not in (None, "") for value in values) for values in spans
        }
        if field.type == "number" or not number or int(number[1]) in found:
            return None
        message = f"合计写的是 {number[1]}，{reach.said}实有 {len(spans[0])} 条；请核对是多写、漏写还是没有更新合计"
    return where.problem(message, row.line, field.heading)
