"""Records lost by restoring a backup: listed in the entry of the restore, reported until they are registered again."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import sqlalchemy as sa

from ..schema import Register, registers
from .coverage import TakenOut, restores
from .database import SEALS, TABLES, in_force
from .in_force import record_names
from .matching import HeldRecord
from .withdrawn import Withdrawal, ended_records, first_import


def read_candidates(connection: sa.Connection, backup: sqlite3.Connection) -> list[TakenOut]:
    """Return what the restore of a backup may take out: in the groups that an import changed which the backup has not.

    Also what was withdrawn there, and what earlier restores took out. Call it before the store is replaced.
    """
    columns = ("import_id", "register", "office", "year", "hash")
    theirs = set(backup.execute(f"SELECT {', '.join(columns)} FROM seals"))  # noqa: S608 - our own names
    ours = {tuple(row) for row in connection.execute(sa.select(*(SEALS.c[name] for name in columns)))}
    groups = sorted({group[1:4] for group in ours - theirs if group[1] in registers()})
    found = (_of_group(connection, registers()[key], code, year) for key, code, year in groups)
    earlier = (one for _, taken in restores(connection) for one in taken)
    return list(chain.from_iterable((*found, earlier)))


def _of_group(connection: sa.Connection, register: Register, code: str, year: int) -> Iterator[TakenOut]:
    table = TABLES[register.key]
    names = ("id", "source_id", "record_key", "said", "file_row")
    of = (table.c.office_code == code) & (table.c.file_year == year) & in_force(table)
    rows = connection.execute(sa.select(*(table.c[name] for name in names)).where(of)).all()
    held = [HeldRecord(row.id, row.source_id, row.record_key, row.said, 0, row.file_row) for row in rows]
    held += chain.from_iterable(ended_records(connection, register, code, year, None).values())
    for one, name in zip(held, record_names(connection, register, held), strict=True):
        yield TakenOut(register.key, code, year, one.key if register.identity else one.said, name)


def still_out(connection: sa.Connection, taken: Iterable[TakenOut], as_of: int | None = None) -> list[TakenOut]:
    """Return which of the records taken out are not in force, now or right after an import: each as often as it is missing."""
    wanted = Counter(taken)
    held: Counter[Any] = Counter()
    for key, code in sorted({(one.register, one.office) for one in wanted}):
        table, register = TABLES[key], registers()[key]
        of = (table.c.office_code == code) & in_force(table, as_of)
        names = (table.c.record_key,) if register.identity else (table.c.file_year, table.c.said)
        held.update((key, code, *row) for row in connection.execute(sa.select(*names).where(of)))
    missing = []
    for one, count in wanted.items():
        place = (one.key,) if registers()[one.register].identity else (one.year, one.key)
        missing += [one] * max(0, (1 if len(place) == 1 else count) - held[one.register, one.office, *place])
    return missing


def with_taken_out(carried: str, taken: Iterable[TakenOut]) -> str:
    """Return what a restore did to the log and what it took out, as one text."""
    listed = json.dumps([list(one) for one in taken], ensure_ascii=False)
    return carried if listed == "[]" else f"{carried} {listed}"


def read_taken_out(connection: sa.Connection, code: str, year: int, as_of: int | None = None) -> tuple[Withdrawal, ...]:
    """Return what restores took out of an office's registers that a report of a year may count, and is not registered again.

    Of its own year all; of earlier years, whose records may count still, what was taken out in the report year or later.
    """
    found: defaultdict[tuple[str, int, int], list[str]] = defaultdict(list)
    known: set[TakenOut] = set()
    for number, taken in reversed(list(restores(connection, as_of, code))):
        own = [one for one in taken if one.office == code and one.register in registers() and one not in known]
        known |= set(own)
        for one in still_out(connection, own, as_of) if own else ():
            late = not registers()[one.register].yearly and one.year < year and number >= first_import(connection, year)
            if one.year == year or late:
                found[one.register, one.year, number].append(one.name)
    return tuple(Withdrawal(*place, tuple(names)) for place, names in sorted(found.items()))
