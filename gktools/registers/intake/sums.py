"""Rows of sums in a register: known by their first word, never loaded, and compared with what the rows above say."""

from __future__ import annotations

import re
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
from .values import parse, text_of

_PART = "小计"


@dataclass(frozen=True)
class SumRow:
    """A row of sums: its number, its cells, and how many records stand above it."""

    line: int
    cells: Row
    above: int
    partial: bool


@lru_cache
def sum_words() -> frozenset[str]:
    """Return what begins a row of sums: the words of the forms for a total, and those of any spreadsheet."""
    totals = (c[-1] for f in formats() for _, c in leaves(f["requests"].blocks[0].columns) if c[-1].is_total)
    return frozenset({"合计", "共计", _PART, *(fold(heading.label) for heading in totals)})


def sum_row(line: int, first: str, cells: Row, above: int) -> SumRow | None:
    """Return the row of sums that begins with this word; None if it is a record."""
    word = fold(first).rstrip(":")
    return SumRow(line, cells, above, word == _PART) if word in sum_words() else None


def compare(where: Where, sums: Sequence[SumRow], columns: Mapping[str, Column]) -> Iterator[Problem]:
    """Yield a warning for every figure in a row of sums that the records above it do not give."""
    begin = 0
    for row in sums:
        start = begin if row.partial else 0
        begin = row.above if row.partial else begin
        for column in columns.values():
            cell = row.cells[column.place] if column.place < len(row.cells) else ""
            if problem := _compare(where, row, column, cell, start):
                yield problem


def _compare(where: Where, row: SumRow, column: Column, cell: Any, start: int) -> Problem | None:
    values = column.values[start : row.above]
    field = column.field
    if any(type(value) is Wrong for value in values):
        return None
    if field.type in ("count", "yuan"):
        try:
            written = parse(field, cell)
        except ValueError:
            written = None
        found = sum(value or 0 for value in values)
        if written is None or written == found:
            return None
        shown, counted = (f"{Decimal(n) / 100:f}" if field.type == "yuan" else str(n) for n in (written, found))
        message = f"合计写的是 {shown}，上面各行加起来是 {counted}；请核对是多写、漏写还是没有更新合计"
    else:
        number = re.fullmatch(r"共?([0-9]{1,7})[件条笔项次份]?", fold(text_of(cell)))
        filled = sum(value not in (None, "") for value in values)
        if field.type == "number" or not number or int(number[1]) in (len(values), filled):
            return None
        message = f"合计写的是 {number[1]}，上面实有 {len(values)} 条；请核对是多写、漏写还是没有更新合计"
    return where.problem(message, row.line, field.heading)
