"""Records lost by restoring a backup, or put back as they were: listed in its entry, reported until they are registered again."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import sqlalchemy as sa

from ..schema import days_of, registers, year_in
from .coverage import TakenOut, restores
from .database import SEALS, TABLES, in_force
from .in_force import record_names
from .matching import HeldRecord
from .withdrawn import Withdrawal, counts_in, ended_records, first_import, years_begun


def read_candidates(connection: sa.Connection, backup: sqlite3.Connection) -> list[TakenOut]:
    """Return what the restore of a backup may take out: in the groups that an import changed which the backup has not.

    Also what such imports withdrew, and what earlier restores took out. Call it before the store is replaced.
    """
    columns = ("import_id", "register", "office", "year", "hash")
    theirs = set(backup.execute(f"SELECT {', '.join(columns)} FROM seals"))  # noqa: S608 - our own names
    ours = {tuple(row) for row in connection.execute(sa.select(*(SEALS.c[name] for name in columns)))}
    groups: defaultdict[tuple[str, str, int], set[int]] = defaultdict(set)
    for number, key, code, year, _ in ours - theirs:
        if key in registers():
            groups[key, code, year].add(number)
    found = ((0, list(_of_group(connection, *group, groups[group]))) for group in sorted(groups))
    listed = _most([*found, *restores(connection)])
    return [one for _, equal in listed for one in equal if one.register in registers()]


def _of_group(connection: sa.Connection, key: str, code: str, year: int, numbers: set[int]) -> Iterator[TakenOut]:
    """Yield the records in force of a group, and those that the imports of these numbers withdrew."""
    table, register = TABLES[key], registers()[key]
    names = ("id", "source_id", "record_key", "said", "file_row")
    of = (table.c.office_code == code) & (table.c.file_year == year) & in_force(table)
    rows = connection.execute(sa.select(*(table.c[name] for name in names)).where(of)).all()
    held = [HeldRecord(row.id, row.source_id, row.record_key, row.said, 0, row.file_row) for row in rows]
    ended = ended_records(connection, register, code, year, None)
    held += chain.from_iterable(ended[number] for number in numbers & set(ended))
    begun = years_begun(connection, register, held)
    for one, name in zip(held, record_names(connection, register, held), strict=True):
        said = (one.key, name, one.said) if register.identity else (one.said, name, "")
        yield TakenOut(key, code, year, *said, begun[one.id])


def _place(one: TakenOut) -> tuple[Any, ...]:
    """Return what equal records have in common, whatever their rows."""
    return (one.register, one.office, one.year, one.key, one.said)


def _most(sources: Iterable[tuple[int, list[TakenOut]]]) -> list[tuple[int, list[TakenOut]]]:
    """Return what several sources list, each record once: of equal records those of the source with most, of these the first."""
    found: dict[object, tuple[int, list[TakenOut]]] = {}
    for number, taken in sources:
        listed: defaultdict[object, list[TakenOut]] = defaultdict(list)
        for one in taken:
            listed[_place(one)].append(one)
        for place, equal in listed.items():
            if len(equal) > len(found.get(place, (0, []))[1]):
                found[place] = (number, equal)
    return list(found.values())


def still_out(connection: sa.Connection, taken: Iterable[TakenOut]) -> list[TakenOut]:
    """Return which of the records taken out are not in force as they were; of equal rows all if one of them is missing."""
    listed = list(taken)
    lost = {_place(one) for one, _ in _out(connection, listed, None)}
    return [one for one in listed if _place(one) in lost]


def _out(connection: sa.Connection, taken: list[TakenOut], as_of: int | None) -> Iterator[tuple[TakenOut, list[int]]]:
    """Yield the records that are not in force as they were, now or right after an import.

    Each as often as it is missing, with the years in which the other versions in its place began: none if it is missing.
    """
    held = _held(connection, taken, as_of)
    for _, equal in _most([(0, taken)]):
        one = equal[0]
        if registers()[one.register].identity:
            others = held[one.register, one.office, one.key]
            if not others or (one.said and one.said not in others):
                yield one, list(others.values())
        else:
            there = held[one.register, one.office, one.year].get(one.key, 0)
            yield from ((lost, []) for lost in equal[there:])


def _held(
    connection: sa.Connection, taken: Iterable[TakenOut], as_of: int | None
) -> defaultdict[tuple[str, str, object], dict[str, int]]:
    """Return what the records in force say, by register, office and key: with the year in which each began.

    In registers without numbers by file year instead, with how many say it.
    """
    held: defaultdict[tuple[str, str, object], dict[str, int]] = defaultdict(dict)
    for key, code in sorted({(one.register, one.office) for one in taken}):
        table, register = TABLES[key], registers()[key]
        names = (table.c.record_key if register.identity else table.c.file_year, table.c.said)
        days = [table.c[day] for day in days_of(register)]
        of = (table.c.office_code == code) & in_force(table, as_of)
        for place, said, *found in connection.execute(sa.select(*names, *days).where(of)):
            known = held[key, code, place]
            known[said] = (year_in(found) or 0) if register.identity else known.get(said, 0) + 1
    return held


def with_taken_out(carried: str, taken: Iterable[TakenOut]) -> str:
    """Return what a restore did to the log and what it took out, as one text."""
    listed = json.dumps([list(one) for one in taken], ensure_ascii=False)
    return carried if listed == "[]" else f"{carried} {listed}"


def read_taken_out(connection: sa.Connection, code: str, year: int, as_of: int | None = None) -> tuple[Withdrawal, ...]:
    """Return what restores took out of an office's registers, or put back as it was before, that concerns a report of a year.

    Nothing that is registered again as it was. Of its own year all; of earlier years, whose records may count still, what
    was taken out in the report year or later; of later years what began by the end of the report year.
    """
    lists = [
        (number, [one for one in taken if one.office == code and one.register in registers()])
        for number, taken in reversed(list(restores(connection, as_of, code)))
    ]
    listed = _most(lists)
    numbers = {_place(equal[0]): number for number, equal in listed}
    found: defaultdict[tuple[str, int, int, bool], list[str]] = defaultdict(list)
    for one, others in _out(connection, [one for _, equal in listed for one in equal], as_of):
        number = numbers[_place(one)]
        if _concerns(connection, one, others, number, year):
            names = found[one.register, one.year, number, bool(others)]
            if one.name not in names or not registers()[one.register].identity:
                names.append(one.name)
    return tuple(
        Withdrawal(key, when, number, tuple(names), otherwise)
        for (key, when, number, otherwise), names in sorted(found.items())
    )


def _concerns(connection: sa.Connection, one: TakenOut, others: Iterable[int], number: int, year: int) -> bool:
    """Return whether a report of a year may count a record that a restore took out, or one of those in its place."""
    register = registers()[one.register]
    if one.year == year or register.yearly:
        return one.year == year
    if one.year < year:
        return number >= first_import(connection, year)
    return any(counts_in(register, begun, year) for begun in (one.begun, *others))
