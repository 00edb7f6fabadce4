"""Pairs of records that seem to be one registered twice: under a number written in two ways (1号 and 第1号), or corrected.

Two with one receipt, index, file or case number of their own that differ otherwise both count, too: where none is known by
that number, where it is written otherwise, or where the title, kind or item that they are known by as well was corrected.

Which cells agree is compared here, where what is personal or confidential is known by its hash or text; only that the
two seem to be one leaves the store.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import sqlalchemy as sa

from ..schema import Field, OwnNumber, Register, days_of, fold, fold_number, registers, year_in
from ..written_numbers import WrittenNumber
from .database import BATCH, TABLES, hash_column


class LoadedRow(Protocol):
    """A version in force: its number in the store, the year of its file, and its loaded fields."""

    @property
    def id(self) -> int: ...
    @property
    def year(self) -> int: ...
    @property
    def values(self) -> Sequence[Any]: ...


@dataclass(frozen=True)
class Lookalike:
    """A record, by its number in the store, and an earlier one that seems to be the same; names are their numbers.

    spelling: nothing of the number differs but how it is spelt. differs: the fields in which two records with one number
    of their own differ.
    """

    register: str
    record: int = field(repr=False)
    other: int = field(repr=False)
    names: tuple[str, str] = ("", "")
    spelling: bool = False
    differs: tuple[str, ...] = ()


def find_lookalikes(
    connection: sa.Connection, year: int, rows: Mapping[str, Sequence[LoadedRow]]
) -> tuple[Lookalike, ...]:
    """Return the pairs among the records of an office's registers, of each record one: of those begun by the end of a year."""
    found: list[Lookalike] = []
    for key, register in registers().items():
        number = _number_of(register)
        if len(rows.get(key, ())) <= 1 or number is None:
            continue
        named = _all_named(register, number, year, rows[key])
        pairs: list[Lookalike] = []
        if register.identity:
            pairs += sorted(_pairs(connection, register, number, named), key=lambda one: not one.spelling)
        if own := register.own_number:
            pairs += _own_pairs(connection, register, own, named)
        first = {one.record: one for one in reversed(pairs)}
        found += (first[record] for record in sorted(first))
    return tuple(found)


def _number_of(register: Register) -> Field | None:
    """Return the field of the number that identifies a register's records, or else of their own."""
    series = (register[known] for known in register.identity if register[known].series)
    return next(series, register[register.own_number.number] if register.own_number else None)


@dataclass(frozen=True)
class _Named:
    """What a record is known by: its number, what else identifies it, and the day by which it counts.

    Of a number of its own, also what that is given within, and the record's title if it has one.
    """

    id: int
    name: str
    number: WrittenNumber
    others: tuple[str, ...]
    day: str
    within: tuple[str, ...] = ()
    title: str = ""

    @cached_property
    def spelling(self) -> tuple[WrittenNumber, tuple[str, ...]]:
        return self.number, self.others

    def may_be(self, other: _Named) -> bool:
        """Return whether number and title of two records of one day may be the same, written in full and in short."""
        if not (self.number and other.number):
            return self.others == other.others
        titles = all(one in two or two in one for one, two in zip(self.others, other.others, strict=True))
        return titles and (self.number == other.number or self.number.may_be(other.number, self.year))

    @property
    def year(self) -> int | None:
        return year_in([self.day])

    @property
    def own(self) -> tuple[WrittenNumber, int | None]:
        """Its number, and the year in which it was given if it does not say that itself."""
        return self.number, self.year if self.number.serial(self.year) == self.number.numbers else None


def _all_named(register: Register, number: Field, year: int, rows: Sequence[LoadedRow]) -> list[_Named]:
    """Return what is known of the records that began by the end of a year, or in it if they count in one year alone."""
    places = {known.key: i for i, known in enumerate(register.pulled)}
    named = (_named(register, number, row, places) for row in rows if not register.yearly or row.year == year)
    return [one for one in named if (one.year == year if register.once else (one.year or year) <= year)]


def _named(register: Register, number: Field, row: LoadedRow, places: Mapping[str, int]) -> _Named:
    values, own = row.values, register.own_number
    name = str(values[places[number.key]] or "")
    others = tuple(_plain(values[places[key]]) for key in register.identity if key != number.key)
    day = next((str(values[places[key]]) for key in days_of(register) if values[places[key]]), "")
    written = WrittenNumber.of(name if register.identity else fold_number(name).lstrip("0"))
    known = name or next(filter(None, others), "")
    if not own:
        return _Named(row.id, known, written, others, day)
    within = tuple(_plain(values[places[key]]) for key in own.within)
    return _Named(row.id, known, written, others, day, within, _plain(values[places[own.titled]]) if own.titled else "")


def _pairs(
    connection: sa.Connection, register: Register, number: Field, named: Sequence[_Named]
) -> Iterator[Lookalike]:
    pairs = {(one.id, two.id): (one, two) for one, two in _candidates(register, number, named)}
    whole = _whole_rows(connection, register, {i for pair in pairs for i in pair})
    for one, two in pairs.values():
        spelling = one.spelling == two.spelling
        cells = _Cells.compared(register, whole[one.id], whole[two.id])
        if spelling:
            alike = one.day == two.day or not cells.contradict
        elif one.may_be(two):
            alike = not cells.contradict
        else:
            alike = cells.all_agree and one.others == two.others
        if alike:
            yield Lookalike(register.key, two.id, one.id, (two.name, one.name), spelling)


def _candidates(register: Register, number: Field, named: Sequence[_Named]) -> Iterator[tuple[_Named, _Named]]:
    """Yield the pairs whose numbers differ in spelling only, and those of one day with the same serial number.

    Where a number may be missing, those of one day and title too. One number that occurs twice as it is was asked about
    when it was imported.
    """
    first: dict[tuple[WrittenNumber, tuple[str, ...]], _Named] = {}
    days: defaultdict[tuple[str, tuple[object, ...]], list[_Named]] = defaultdict(list)
    for one in named:
        earlier = first.setdefault(one.spelling, one) if one.number else one
        if earlier is not one and fold_number(earlier.name) != fold_number(one.name):
            yield earlier, one
        if not one.day:
            continue
        same = [one.number.serial(one.year), *([] if number.required else [one.others])]
        for several in (days[one.day, key] for key in same if key):
            yield from ((other, one) for other in several if other.spelling != one.spelling)
            if len(several) < _MOST:
                several.append(one)


def _plain(value: Any) -> str:
    return "".join(filter(str.isalnum, fold(str(value or ""))))


_MOST = 20
"""With how many others of its day and serial number a record is compared: more there are only in a file made to be slow."""


# --- with one number of their own ----------


def _own_pairs(
    connection: sa.Connection, register: Register, own: OwnNumber, named: Sequence[_Named]
) -> Iterator[Lookalike]:
    numbered = (one for one in named if any(one.number.numbers))
    candidates = [(one, earlier) for one, earlier in _own_candidates(register, own, numbered) if earlier]
    whole = _whole_rows(connection, register, {some.id for one, earlier in candidates for some in (one, *earlier)})
    for one, earlier in candidates:
        several = (_own_pair(register, own, (other, one), (whole[other.id], whole[one.id])) for other in earlier)
        if found := next(filter(None, several), None):
            yield found


def _own_pair(
    register: Register, own: OwnNumber, pair: tuple[_Named, _Named], cells: tuple[Mapping[Any, Any], Mapping[Any, Any]]
) -> Lookalike | None:
    """Return two records as a pair if they seem to be one registered twice, else None.

    Rows with equal cells are no pair: the import has asked about them.
    """
    (one, two), (first, second) = pair, cells
    as_written = all(first[known.key] == second[known.key] for known in register.kept)
    if as_written or any(_are_apart(register, known, first[known.key], second[known.key]) for known in register.kept):
        return None
    compared = {
        known.key: _compare(first[known.key], second[known.key], free=known.type == "text")
        for known in register.kept
        if known.key != own.number
    }
    series = register[own.number].series
    others_differ = series or "differs" in (how for key, how in compared.items() if key not in own.within)
    if not _within_one(one, two, others_differ):
        return None
    names = two.name, one.name
    if one.number == two.number:
        differs = tuple(key for key, how in compared.items() if how not in ("same", "empty"))
        return Lookalike(register.key, two.id, one.id, names, spelling=True, differs=differs)
    alike = one.day == two.day and "differs" not in compared.values() and one.number.may_be(two.number, one.year)
    return Lookalike(register.key, two.id, one.id, names) if alike else None


def _within_one(one: _Named, two: _Named, others_differ: bool) -> bool:
    """Return whether what a number of two records is given within may be one: written otherwise, or corrected.

    Small numbers start anew in each kind, or at each authority, and so may all that an office gives one after the other.
    """
    places = [*zip(one.within, two.within, strict=True)]
    if all(mine == theirs or not mine or not theirs for mine, theirs in places):
        return True
    small = not one.number.letters and max(one.number.numbers) < _SMALL
    return not small and (not others_differ or all(_is_part(mine, theirs) for mine, theirs in places))


_SMALL = 1000


def _own_candidates(
    register: Register, own: OwnNumber, named: Iterable[_Named]
) -> Iterator[tuple[_Named, list[_Named]]]:
    """Yield each record with the earlier ones that may be it: of its number and day, its number, its day and serial number.

    One by which records are known too is the same wherever it was given, unless a cell says otherwise.
    """
    seen: defaultdict[tuple[object, ...], list[_Named]] = defaultdict(list)
    for one in named:
        keys: list[tuple[object, ...]] = [(one.own,)]
        if not register.identity:
            keys = [(one.own, one.day, one.within), (one.own, one.within)]
            keys += [] if own.repeats else [(one.own, one.day)]
            keys += [(one.number.serial(one.year), one.day, "", one.within)]
        places = [seen[key] for key in keys]
        earlier = {other.id: other for several in places for other in several}
        yield one, [other for other in earlier.values() if _is_part(other.title, one.title)]
        for several in places:
            if len(several) < _MOST:
                several.append(one)


def _is_part(one: str, two: str) -> bool:
    """Return whether one of two texts is the other with some signs left out: 养老服务, 养老服务工作."""
    short, long = sorted((one, two), key=len)
    left = iter(long)
    return all(sign in left for sign in short)


def _are_apart(register: Register, known: Field, one: Any, two: Any) -> bool:
    """Return whether by this cell two records with one number are two: receipts of two codes, a charge and its refund."""
    if known.refunds:
        return ((one or 0) < 0) != ((two or 0) < 0)
    return known.confidential and not register.identity and _compare(one, two) == "differs"


# --- what is stored of them ----------


def _whole_rows(connection: sa.Connection, register: Register, ids: Iterable[int]) -> dict[int, Mapping[Any, Any]]:
    """Return all that is stored of some versions, by their numbers."""
    table, wanted = TABLES[register.key], sorted(ids)
    found: dict[int, Mapping[Any, Any]] = {}
    for start in range(0, len(wanted), BATCH):
        query = table.select().where(table.c.id.in_(wanted[start : start + BATCH]))
        found |= {row["id"]: row for row in connection.execute(query).mappings()}
    return found


@dataclass(frozen=True)
class _Cells:
    """How the cells of two records compare, apart from their names.

    contradict: both are filled somewhere, and differ, or none of what says whose they are agrees. all_agree: nothing
    differs, not even by a cell that one leaves empty, and both say whose they are and what they are about.
    """

    contradict: bool
    all_agree: bool

    @classmethod
    def compared(cls, register: Register, one: Mapping[Any, Any], two: Mapping[Any, Any]) -> _Cells:
        persons = [known for known in register.fields if known.personal]
        others = [known for known in register.kept if known.key not in register.identity]
        who = [_compare(one[hash_column(known)], two[hash_column(known)]) for known in persons]
        what = [_compare(one[known.key], two[known.key], free=known.type == "text") for known in others]
        about = [how for known, how in zip(others, what, strict=True) if known.confidential and known.type == "text"]
        someone_else = "differs" in who and "same" not in who
        return cls(
            contradict=someone_else or "differs" in what,
            all_agree="same" in who and "same" in about and {*who, *what} <= {"same", "empty"},
        )


def _compare(one: Any, two: Any, *, free: bool = False) -> str:
    """Return how two cells compare: same, empty (both), half (one) or differs; of free texts one may be a part of the other."""
    empty = [value is None or value == "" for value in (one, two)]
    if any(empty):
        return "empty" if all(empty) else "half"
    if not free:
        return "same" if one == two else "differs"
    short, long = sorted((fold(str(one)), fold(str(two))), key=len)
    if short == long:
        return "same"
    return "half" if short in long and not any(map(str.isdecimal, short)) else "differs"
