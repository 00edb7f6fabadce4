"""What a row below a heading is: a record, a row that is passed over, or one of the two that has to be asked about.

A row is passed over only if it cannot hold a record.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from ..schema import fold
from ..words import book, is_nothing
from .columns import Column
from .examples import EXAMPLE, example_name, is_example
from .headings import Header
from .places import Row
from .sums import SumKind, is_amount_in_words, is_sum_word, may_name_sum, says_only_a_sum, sum_kind
from .values import text_of

Passed = Literal["nothing", "example", "heading", "footer", "sum"]
Doubt = Literal["row.sum", "row.filled_sum", "row.example", "row.unmarked"]
"""Codes of questions about a row that may be a record."""


@dataclass(frozen=True)
class RowKind:
    """What a row is: passed over, or asked about; a record if neither. like: what names a row that is called a sum."""

    passed: Passed | None = None
    doubt: Doubt | None = None
    like: SumKind | None = None


RECORD = RowKind()
_NOTHING, _HEADING, _FOOTNOTE, _SUM, _EXAMPLE = (
    RowKind(passed) for passed in ("nothing", "heading", "footer", "sum", "example")
)


class RowKinds:
    """The rows below one heading, with the columns that are read."""

    def __init__(self, header: Header, columns: Sequence[Column]) -> None:
        self._header, self._columns = header, columns
        self._fields = {column.place: column.field for column in columns}
        key, self._name = example_name(header.register.key)
        self._named = next((column.place for column in columns if column.field.key == key), None)
        self._ordinals = header.ordinals

    def of(self, row: Row) -> RowKind:
        """Return what a row is."""
        first = first_text(row)
        if not first:
            return _NOTHING
        if _example_words().fullmatch(fold(first)):
            return _EXAMPLE if self._is_example(row, marked=True) else RowKind(doubt="row.example")
        if self._repeats_heading(row):
            return _HEADING
        if is_footer(first, row) or is_amount_in_words(row):
            return _FOOTNOTE
        if self._is_numbered_only(row):
            return _NOTHING if _ORDINAL.fullmatch(first) else _FOOTNOTE
        if is_sum_word(first):
            return RowKind(doubt="row.filled_sum") if self._says_more(row) else _SUM
        if self._is_unmarked_example(row):
            return RowKind(doubt="row.unmarked")
        like = self._like_sum(row)
        return RowKind(doubt="row.sum", like=like) if like else RECORD

    def _is_example(self, row: Row, *, marked: bool = False) -> bool:
        """Return whether a row has only what the example row has; marked: after the word for it, which is no field's."""
        filled = [place for place, cell in enumerate(row) if text_of(cell).strip()]
        if marked and filled[0] in self._fields:
            return False
        return is_example(
            self._header.register, {self._fields[place].key: row[place] for place in filled if place in self._fields}
        )

    def _is_unmarked_example(self, row: Row) -> bool:
        """Return whether a row is the example row without the word for it."""
        cell = row[self._named] if self._named is not None and self._named < len(row) else None
        return isinstance(cell, str) and bool(self._name.fullmatch(cell.strip())) and self._is_example(row)

    def _is_numbered_only(self, row: Row) -> bool:
        """Return whether a row has nothing but its ordinal."""
        return bool(self._ordinals) and not any(
            value != "" and value is not None and place not in self._ordinals and text_of(value).strip()
            for place, value in enumerate(row)
        )

    def _repeats_heading(self, row: Row) -> bool:
        """Return whether a row repeats the heading, as at the top of a printed page."""
        column = self._columns[0] if self._columns else None
        if column is None or len(row) <= column.place:
            return False
        if fold(text_of(row[column.place])) not in self._header.names:
            return False
        words = [fold(text_of(row[c.place])) for c in self._columns if c.place < len(row)]
        return sum(word in self._header.names for word in words) > len(self._columns) // 2

    def _says_more(self, row: Row) -> bool:
        """Return whether a sum row has more than sums in the columns that are read: a day, a number, a name."""
        first = next(place for place, cell in enumerate(row) if text_of(cell).strip())
        for column in self._columns:
            cell = row[column.place] if first != column.place < len(row) else ""
            text = text_of(cell).strip()
            if not text or column.field.type in _NUMBERS:
                continue
            if (column.field.type == "date" and is_value(column, cell)) or not says_only_a_sum(text):
                return True
        return False

    def _like_sum(self, row: Row) -> SumKind | None:
        """Return what a row is called, if one of its cells calls it a sum: 3月合计, 承前页, 一季度."""
        for place, cell in enumerate(row):
            if not isinstance(cell, str) or not may_name_sum(cell) or not (kind := sum_kind(cell)):
                continue
            field = self._fields.get(place)
            if kind.anywhere:
                return kind
            if field and field.type != "text":
                continue
            if (field and field.required) or (self._names(row, place) and self._may_be(row, place, kind)):
                return kind
        return None

    def _may_be(self, row: Row, place: int, kind: SumKind) -> bool:
        """Return whether a text that names a row may name a sum: a period only if nothing else says what the row is."""
        if kind.name != "period":
            return True
        texts = (i for i, field in self._fields.items() if field.type == "text" and i != place and i < len(row))
        return all(says_only_a_sum(text_of(row[i])) for i in texts)

    def _names(self, row: Row, place: int) -> bool:
        """Return whether a cell is the first text of a row that is no ordinal, day, number or choice."""
        return not any(
            not (is_nothing(text) or _DAY_OR_NUMBER.fullmatch(fold(text))) for text in self._before(row, place)
        )

    def _before(self, row: Row, place: int) -> Iterator[str]:
        for i, cell in enumerate(row[:place]):
            field = self._fields.get(i)
            if i not in self._ordinals and (field is None or field.type == "text"):
                yield text_of(cell)


_ORDINAL = re.compile(r"\W*\d*\W*|[^\W\d]")
_NUMBERS = ("count", "yuan", "number")
_FOOTER = re.compile(r"(注|备注|说明|填表|填报|制表|经办|审核|复核|负责|联系)[^:：]{0,6}[:：]")


@lru_cache
def _example_words() -> re.Pattern[str]:
    return re.compile(rf"\W{{0,2}}(?:{'|'.join((EXAMPLE, *book().example_rows))})\d*\W{{0,2}}(?:[(:,].{{0,20}})?")


_DAY_OR_NUMBER = re.compile(r"[-\d.,/:年]+(?:月\d+日)?")


def is_value(column: Column, cell: Any) -> bool:
    """Return whether a cell has a value of the kind of a column."""
    try:
        return column.parse(cell) is not None
    except ValueError:
        return False


def first_text(row: Row) -> str:
    """Return the text of the first non-empty cell; empty for an empty row."""
    for value in row:
        if value != "" and value is not None and (text := text_of(value).strip()):
            return text
    return ""


def is_footer(first: str, row: Row) -> bool:
    """Return whether a row has only signatures or remarks: 填表人：…, 注：…."""
    if not _FOOTER.match(first):
        return False
    return all(_FOOTER.match(text) for value in row if (text := text_of(value).strip()))


def may_hold(column: Column, row: Row) -> bool:
    """Return whether the cell of a column may be that of a record."""
    cell = row[column.place] if column.place < len(row) else ""
    if column.field.type in ("date", "yuan", "count", "number"):
        return is_value(column, cell)
    return bool(text_of(cell).strip())


def besides_the_commonest(rows: Sequence[tuple[int, Row, RowKind]]) -> list[tuple[int, Row, RowKind]]:
    """Return the rows called sums that are not of the commonest kind, the finest of several, which is one of records."""
    likes = Counter(kind.like for _, _, kind in rows if kind.like and kind.like.may_be_a_record)
    if not likes:
        return list(rows)
    own = min(likes, key=lambda like: (-likes[like], like.name == "sum", like.level))
    return [found for found in rows if found[2].like != own]
