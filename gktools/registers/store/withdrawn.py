"""Records that were in force for a year and are no more, with nothing in their place: withdrawn, undone, left out by a file."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa

from ..schema import Register, days_of, registers, year_in
from .database import BATCH, COVERAGE, IMPORTS, TABLES, in_force
from .in_force import record_names
from .matching import HeldRecord


@dataclass(frozen=True)
class Withdrawal:
    """The records of a register and year that an import ended for good: its number, their names.

    otherwise: a restore did not end them but put older versions in their place.
    """

    register: str
    year: int
    number: int
    names: tuple[str, ...]
    otherwise: bool = field(default=False, repr=False)  # digests of before hold: the records that differ are in them


def read_withdrawals(
    connection: sa.Connection, code: str, year: int, known: Iterable[Mapping[Any, Any]], as_of: int | None = None
) -> tuple[Withdrawal, ...]:
    """Return what was withdrawn of an office's registers that a report of a year counts, now or right after an import.

    By register, file year and import: of the year's own files all; of those of earlier years, whose records may count
    still, what was withdrawn in the report year or later; of those of later years the records that began by the end of the
    report year (those that count once: in it) and stand in no other file. known is all coverage of the office: where no file was ended
    and none ended records, nothing is looked for.
    """
    touched = {
        (row[COVERAGE.c.register.name], row[COVERAGE.c.year.name])
        for row in known
        if row["until_import"] is not None or row["withdrawn"]
    }
    since = first_import(connection, year) if touched else 0
    found = (
        (key, when, number, held)
        for key, when in sorted(touched)
        if when == year or not registers()[key].yearly
        for number, held in sorted(ended_records(connection, registers()[key], code, when, as_of).items())
        if when >= year or number >= since
    )
    counted = (
        (key, when, number, held if when <= year else _begun(connection, registers()[key], code, held, year, as_of))
        for key, when, number, held in found
    )
    return tuple(
        Withdrawal(key, when, number, tuple(record_names(connection, registers()[key], held)))
        for key, when, number, held in counted
        if held
    )


def _begun(
    connection: sa.Connection, register: Register, code: str, held: Sequence[HeldRecord], year: int, as_of: int | None
) -> list[HeldRecord]:
    """Return the records of a later year's file that a report of a year counted: begun by then, and in no other file."""
    table = TABLES[register.key]
    begun = years_begun(connection, register, held)
    still: set[str] = set()
    for start in range(0, len(held) if register.identity else 0, BATCH):
        keys = [one.key for one in held[start : start + BATCH]]
        of = (table.c.office_code == code) & table.c.record_key.in_(keys) & in_force(table, as_of)
        still |= {*connection.execute(sa.select(table.c.record_key).where(of)).scalars()}
    return [one for one in held if counts_in(register, begun[one.id], year) and one.key not in still]


def years_begun(connection: sa.Connection, register: Register, held: Sequence[HeldRecord]) -> dict[int, int]:
    """Return the year in which each record began, by its number; 0 if it has no day that says so."""
    table = TABLES[register.key]
    days = [table.c[key] for key in days_of(register)]
    begun: dict[int, int] = {}
    for start in range(0, len(held), BATCH):
        ids = [one.id for one in held[start : start + BATCH]]
        rows = connection.execute(sa.select(table.c.id, *days).where(table.c.id.in_(ids)))
        begun |= {number: year_in(found) or 0 for number, *found in rows}
    return begun


def counts_in(register: Register, begun: int, year: int) -> bool:
    """Return whether a record of a later year's file that began in a year (0: unknown) counts in a report of a year."""
    return begun == year if register.once else 0 < begun <= year


def first_import(connection: sa.Connection, year: int) -> int:
    """Return the number of the first import that was made in a year or later."""
    wanted = sa.select(sa.func.min(IMPORTS.c.id)).where(IMPORTS.c.moment >= str(year))
    return connection.execute(wanted).scalar() or sys.maxsize


@dataclass
class _Group:
    """All versions of one record: by its identity, else by the content of the first."""

    versions: list[Any] = field(default_factory=list)

    def in_force_at(self, number: int) -> int:
        """How many were in force right after an import."""
        return sum(one.from_import <= number and (one.until_import or number + 1) > number for one in self.versions)


def ended_records(
    connection: sa.Connection, register: Register, code: str, year: int, as_of: int | None
) -> dict[int, list[HeldRecord]]:
    """Return the records that were ended and have no successor, by the import that ended them."""
    rows = connection.execute(_versions(register.key), {"office": code, "year": year}).all()
    last = as_of if as_of is not None else max((max(one.from_import, one.until_import or 0) for one in rows), default=0)
    rows = [one for one in rows if one.from_import <= last]
    followed = {one.replaces_id for one in rows}
    said: dict[int, str] = {}  # of the first version in the place of which each stands
    groups: defaultdict[str, _Group] = defaultdict(_Group)
    for one in rows:
        first = said.setdefault(one.source_id, said.get(one.replaces_id, one.said))
        groups[one.record_key if register.identity else first].versions.append(one)
    found: defaultdict[int, list[HeldRecord]] = defaultdict(list)
    for group in groups.values():
        now = group.in_force_at(last)
        ends = Counter(one.until_import for one in group.versions if one.until_import and one.until_import <= last)
        for number in sorted(ends, reverse=True):
            lost = group.in_force_at(number - 1) - now
            for one in (v for v in group.versions if v.until_import == number and v.source_id not in followed):
                if lost <= 0:
                    break
                found[number].append(HeldRecord(one.id, one.source_id, one.record_key, one.said, 0, one.file_row))
                lost, now = lost - 1, now + 1
    return found


@cache
def _versions(register: str) -> sa.Select[Any]:
    table = TABLES[register]
    names = ("id", "source_id", "replaces_id", "from_import", "until_import", "record_key", "said", "file_row")
    of = (table.c.office_code == sa.bindparam("office")) & (table.c.file_year == sa.bindparam("year"))
    return sa.select(*(table.c[name] for name in names)).where(of).order_by(table.c.id)
