"""What a row below a heading is: a record, a row that is passed over, or one of the two that has to be asked about.

A row is passed over only if it cannot hold a record.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Literal

from ..schema import fold
from ..words import book, is_nothing, plain, speaks_of_rows
from .columns import Column
from .examples import EXAMPLE, example_name, is_example
from .headings import Header
from .places import Row
from .second_tables import is_heading
from .sections import is_numbered, is_ordinal
from .sums import SumKind, any_may_name_sum, is_amount_in_words, is_sum_word, may_name_sum, says_only_a_sum, sum_kind
from .values import text_of

Passed = Literal["nothing", "none", "example", "heading", "other heading", "footer", "text", "sum"]
Doubt = Literal["row.sum", "row.filled_sum", "row.example", "row.unmarked"]
"""Codes of questions about a row that may be a record."""
_SENTENCE = re.compile(r"[,，。;；]")
_WITH_ORDINAL = 2
"""How many cells a row of text has whose number stands in a cell of its own."""


@dataclass(frozen=True)
class RowKind:
    """What a row is: passed over, or asked about; a record if neither. like: what names a row that is called a sum."""

    passed: Passed | None = None
    doubt: Doubt | None = None
    like: SumKind | None = None


RECORD = RowKind()
_NOTHING, _NONE, _HEADING, _OTHER_HEADING, _FOOTNOTE, _TEXT, _SUM, _EXAMPLE = (
    RowKind(passed) for passed in ("nothing", "none", "heading", "other heading", "footer", "text", "sum", "example")
)


class RowKinds:
    """The rows below one heading, with the columns that are read."""

    def __init__(self, header: Header, columns: Sequence[Column]) -> None:
        self._header, self._columns = header, columns
        self._fields = {column.place: column.field for column in columns}
        key, self._name = example_name(header.register.key)
        self._named = next((column.place for column in columns if column.field.key == key), None)
        self._ordinals = header.ordinals

    def of(self, row: Row, *, wide: bool = False) -> RowKind:
        """Return what a row is; wide: some of its columns are one cell."""
        first = first_text(row)
        if not first:
            return _NOTHING
        if _example_words().fullmatch(fold(first)):
            return _EXAMPLE if self._is_example(row, marked=True) else RowKind(doubt="row.example")
        if self._repeats_heading(row):
            return _HEADING
        if is_heading(row):
            return _OTHER_HEADING
        if is_footer(first, row) or is_amount_in_words(row):
            return _FOOTNOTE
        if self._says_none(row):
            return _NONE
        if self._is_numbered_only(row):
            return _NOTHING if _ORDINAL.fullmatch(first) else _TEXT
        if is_sum_word(first):
            return RowKind(doubt="row.filled_sum") if self._says_more(row) else _SUM
        if self._is_text(row, wide):
            return _TEXT
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

    def _says_none(self, row: Row) -> bool:
        """Return whether a row says that there is no record, in one of its cells, and nothing in the others."""
        said = False
        for place, cell in enumerate(row):
            text = text_of(cell).strip()
            if not text or self._counts(place, text):
                continue
            none = len(text) <= _LONGEST and _no_records().fullmatch(fold(text)) is not None
            if not none and (len(text) > _MARK or plain(text) not in _marks()):
                return False
            said = said or none
        return said

    def _counts(self, place: int, text: str) -> bool:
        """Return whether a text is an ordinal, a period, or none as a number."""
        if place in self._ordinals and (text.isdigit() or (_ORDINAL.fullmatch(text) and not is_nothing(text))):
            return True
        field = self._fields.get(place)
        if field is not None and field.type in _NUMBERS:
            return not text.strip("0.元件条 ")
        return may_name_sum(text) and (kind := sum_kind(text)) is not None and kind.name == "period"

    def _is_text(self, row: Row, wide: bool) -> bool:
        """Return whether a row has only one text, which is no record's: a heading of the rows below, a sentence."""
        cells = ((place, cell) for place, cell in enumerate(row) if text_of(cell).strip())
        filled = list(islice(cells, 3))
        place, cell = filled[-1]
        field = self._fields.get(place)
        if not isinstance(cell, str) or len(filled) > _WITH_ORDINAL or _DAY_OR_NUMBER.fullmatch(fold(cell)):
            return False
        if len(filled) == _WITH_ORDINAL:
            first, before = filled[0]
            return first not in self._fields and is_ordinal(text_of(before)) and self._requires_more(place)
        if is_numbered(cell) or wide or (field is not None and field.series and not _NUMERALS.search(cell)):
            return True
        return bool(_SENTENCE.search(cell)) and speaks_of_rows(cell)

    def _requires_more(self, place: int) -> bool:
        """Return whether a record needs another column than one."""
        return any(column.field.required and column.place != place for column in self._columns)

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
        if not any_may_name_sum(row):
            return None
        for place, cell in enumerate(row):
            if not isinstance(cell, str) or not cell or not may_name_sum(cell) or not (kind := sum_kind(cell)):
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
_NUMERALS = re.compile("[0-9０-９〔]|[〇一二三四五六七八九十]号")
_NUMBERS = ("count", "yuan", "number")
_FOOTER = re.compile(r"(注|备注|说明|填表|填报|制表|经办|审核|复核|负责|联系)[^:：]{0,6}[:：]")


@lru_cache
def _example_words() -> re.Pattern[str]:
    return re.compile(rf"\W{{0,2}}(?:{'|'.join((EXAMPLE, *book().example_rows))})\d*\W{{0,2}}(?:[(:,].{{0,20}})?")


@lru_cache
def _no_records() -> re.Pattern[str]:
    return re.compile(book().sections.no_records)


@lru_cache
def _marks() -> frozenset[str]:
    """Return the marks for nothing, in the form in which they are compared."""
    return frozenset(map(plain, book().nothing))


_LONGEST, _MARK = 40, 4
"""The maximum number of characters of what says that there is no record, and of a mark for nothing."""
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
