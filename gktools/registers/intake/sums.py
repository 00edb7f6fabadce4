"""Sum rows of a register: recognised by their first word, not loaded, compared with the sum of their rows; and rows that may be some."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from ...errors import Problem
from ...forms.model import leaves
from ...forms.notices import formats
from ..schema import fold, fold_number
from ..words import book, is_nothing
from .columns import Column, Wrong
from .places import Row, Where
from .values import text_of


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
    return frozenset({*book().sum_rows.words, *(fold(heading.label) for heading in totals)})


def is_sum_word(first: str) -> bool:
    """Return whether the first text of a row is the bare word for a sum."""
    return fold(first).rstrip(":") in sum_words()


def sum_row(line: int, first: str, cells: Row) -> SumRow:
    """Return the sum row that begins with a word."""
    return SumRow(line, cells, fold(first).rstrip(":") == book().sum_rows.part)


# --- rows that may sum up others ----------


@dataclass(frozen=True)
class SumKind:
    """What a text that may name a sum row says: a period (level is its place in words.yaml), a sum, carried over, a part.

    anywhere: it says so in whatever cell it stands.
    """

    name: Literal["period", "sum", "carried", "among"]
    level: int = 0
    anywhere: bool = False

    @property
    def may_be_a_record(self) -> bool:
        """Whether a register may have nothing but such rows: one for each month, or kind."""
        return self.name in ("period", "sum")


def may_name_sum(text: str) -> bool:
    """Return whether a text may name a sum row: a fast test before sum_kind."""
    return len(text) <= _LONGEST and _signs().search(text) is not None


def any_may_name_sum(row: Row) -> bool:
    """Return whether one of the cells of a row may name a sum row: one look for all."""
    texts = [cell for cell in row if isinstance(cell, str) and 0 < len(cell) <= _LONGEST]
    return _signs().search("\0".join(texts)) is not None


_LONGEST = 24


@lru_cache
def _signs() -> re.Pattern[str]:
    return re.compile(f"[{book().sum_rows.signs}]|total|sum", re.IGNORECASE)


@lru_cache(maxsize=4096)
def sum_kind(text: str) -> SumKind | None:
    """Return what a text names if it names a sum row: 3月合计, 物业备案小计, 承前页, 上月结转, 一季度; None if it does not."""
    said = fold(text)
    bare = _AROUND.sub("", said)
    return next((kind for pattern, kind in _kinds() if pattern.fullmatch(said) or pattern.fullmatch(bare)), None)


_AROUND = re.compile(r"^\W+|\W+$")


@lru_cache
def _kinds() -> tuple[tuple[re.Pattern[str], SumKind], ...]:
    words = book().sum_rows
    found = [
        (f"(?:{one})(?:{words.sum}){words.ends}", SumKind("period", i, True)) for i, one in enumerate(words.periods)
    ]
    found += [(f".*?(?:{words.sum}){words.ends}", SumKind("sum", anywhere=True))]
    found += [(f"(?:{one})计?{words.ends}", SumKind("period", i)) for i, one in enumerate(words.periods)]
    found += [(f"(?:{one}){words.ends}", SumKind("carried")) for one in words.carried]
    found += [(words.among, SumKind("among"))]
    return tuple((re.compile(pattern), kind) for pattern, kind in found)


def says_only_a_sum(text: str) -> bool:
    """Return whether a text in a sum row is part of it: nothing, a number of items, an amount in words, such a word."""
    said = fold(text)
    return bool(
        is_nothing(text)
        or _COUNTED.fullmatch(said)
        or _in_words().fullmatch(said)
        or is_sum_word(text)
        or sum_kind(text)
    )


_LONGEST_AMOUNT = 60


def is_amount_in_words(row: Row) -> bool:
    """Return whether a row has nothing but an amount in words, with what a sum is called at the most."""
    found = False
    for text in (text for cell in row if cell != "" and (text := text_of(cell).strip())):
        in_words = len(text) <= _LONGEST_AMOUNT and _in_words().fullmatch(fold(text)) is not None
        if not in_words and not is_sum_word(text) and not (may_name_sum(text) and sum_kind(text)):
            return False
        found = found or in_words
    return found


_COUNTED = re.compile(r"共?[-+¥$]?[0-9][0-9,.]*[^0-9]{0,2}|[-/_.—*]+")


@lru_cache
def _in_words() -> re.Pattern[str]:
    return re.compile(book().sum_rows.amount)


def covering(names: Sequence[Any], numbers: Sequence[Any]) -> set[int]:
    """Return the places of rows that may sum up others by what they are called, or by their numbers.

    Those whose name is that of others with a period or a word for a sum (全年证照费 beside 证照费), or of the two sorts the
    rarer; and those with several numbers, A1-A6 or 6张, where other rows have one of them.
    """
    return {*_named_after(names), *_spanning(numbers)}


def _named_after(names: Sequence[Any]) -> Iterator[int]:
    places: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        if isinstance(name, str) and name:
            places.setdefault(fold(name), []).append(i)
    longer: dict[str, set[str]] = {}
    for name in places if len(places) > 1 else ():
        front, end = (pattern.search(name) for pattern in _around())
        begin, until = front.end() if front else 0, end.start() if end else len(name)
        for core in dict.fromkeys((name[begin:], name[:until], name[begin:until])):
            if core != name and core in places:
                longer.setdefault(core, set()).add(name)
    for core, others in longer.items():
        sums = [i for name in others for i in places[name]]
        yield from sums if len(sums) <= len(places[core]) else places[core]


@lru_cache
def _around() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = book().sum_rows
    front, end = (rf"(?:\(?(?:{'|'.join((*words.periods, words.sum, whole))})\)?的?)+" for whole in words.whole)
    return re.compile(f"^{front}"), re.compile(f"{end}$")


def _spanning(numbers: Sequence[Any]) -> Iterator[int]:
    spans: list[tuple[int, str, int, int]] = []
    single: dict[str, list[int]] = {}
    counted: list[int] = []
    for i, number in enumerate(numbers):
        text = fold_number(number) if isinstance(number, str) else ""
        if span := _SPAN.fullmatch(text):
            spans.append((i, span["front"], int(span["first"]), int(span["last"])))
        elif one := _ONE.fullmatch(text):
            single.setdefault(one["front"], []).append(int(one["number"]))
        elif _PIECES.fullmatch(text):
            counted.append(i)
    several = {front: sorted(found) for front, found in single.items()}
    for i, front, first, last in spans:
        known = several.get(front, [])
        if bisect_left(known, first) < bisect_left(known, last + 1):
            yield i
    yield from counted if len(counted) < sum(map(len, several.values())) else ()


_ONE = re.compile(r"(?P<front>.*?)(?P<number>[0-9]{1,18})")
_SPAN = re.compile(r"(?P<front>.*?)(?P<first>[0-9]{1,18})号?(?:[-~至到]+)(?:(?P=front))?(?P<last>[0-9]{1,18})号?")
_PIECES = re.compile(r"共?[0-9]{1,6}[张份本]")


def adding_up(values: Sequence[Any], doubtful: Container[int], stops: Container[int]) -> list[int]:
    """Return the places of values that are the sum of those before them, since the last such one or of all.

    Of doubtful places two summed ones are enough; the first one of all may be the sum of those that follow. stops are the
    places of other sums. A few small numbers are each other's sum by chance.
    """
    amounts = [value if isinstance(value, int) else 0 for value in values]
    if 0 in doubtful and _are_sum(_Summed(sum(amounts[1:]), sum(map(bool, amounts[1:]))), amounts[0], _FEW):
        return [0]
    found: list[int] = []
    part = whole = _Summed()
    for i, amount in enumerate(amounts):
        least = _FEW if i in doubtful else _MANY
        if i in stops:
            part = _Summed()
        elif _are_sum(part, amount, least) or _are_sum(whole, amount, least):
            found.append(i)
            part = _Summed()
        else:
            part, whole = part.and_(amount), whole.and_(amount)
    return found


@dataclass(frozen=True)
class _Summed:
    """The sum of some values, and the number of those that are not 0."""

    amount: int = 0
    count: int = 0

    def and_(self, amount: int) -> _Summed:
        return _Summed(self.amount + amount, self.count + bool(amount))


def _are_sum(summed: _Summed, amount: int, least: int) -> bool:
    return amount == summed.amount and summed.count >= least and amount >= _LEAST


_FEW, _MANY = 2, 4
_LEAST = 5


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
