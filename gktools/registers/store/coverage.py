"""The files that count for an office: which register of which year was handed in, by which import."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from ..sheet import COMPLETED, ENTERED
from .database import COVERAGE, IMPORTS, in_force

if TYPE_CHECKING:
    import hashlib


@dataclass(frozen=True)
class Coverage:
    """The fact that a register of an office and year was handed in: the file, its number of rows, the import.

    warnings are the probable mistakes in it; gone names the records in force that it does not contain.
    """

    register: str
    code: str
    year: int
    file: str
    sheet: str
    sha256: str
    rows: int
    imported_at: str = ""
    id: int = 0
    number: int = 0
    person: str = ""
    warnings: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def entered(self) -> bool:
        """Whether it is a record entered in a form: that proves nothing about the rest of the register."""
        return self.file == ENTERED


def for_staff(coverage: Iterable[Coverage]) -> list[Coverage]:
    """Return files as they are listed for staff: what forms brought to a register and year is one, the newest of them.

    It has the name of the statement that all is entered, if there is one.
    """
    found: dict[object, Coverage] = {}
    for one in coverage:
        in_form = one.file in (ENTERED, COMPLETED)
        key = (one.register, one.code, one.year) if in_form else one.id
        if before := found.get(key):
            file = COMPLETED if COMPLETED in (one.file, before.file) else ENTERED
            one = replace(one, rows=one.rows + before.rows, file=file)
        found[key] = one
    return list(found.values())


@dataclass(frozen=True)
class Doubt:
    """An import of an earlier version by which a file changed records, without numbers, of a file of another name.

    Whether it was a correction was never asked.
    """

    register: str
    year: int
    number: int
    file: str
    changed: str
    person: str = ""


def read_coverage(connection: sa.Connection, code: str | None = None, as_of: int | None = None) -> tuple[Coverage, ...]:
    """Return the coverage in force now or right after an import, of one office or of all, in order of import."""
    wanted = _coverage_query().where(in_force(COVERAGE, as_of))
    if code is not None:
        wanted = wanted.where(COVERAGE.c.office == code)
    return tuple(coverage_from_row(row) for row in connection.execute(wanted).mappings())


def read_handed_in(
    connection: sa.Connection, year: int, as_of: int | None = None, *, entered: bool = False
) -> dict[str, set[str]]:
    """Return the registers that each office has handed in for a year, by the office's code, now or right after an import.

    With entered, also those of which single records were entered in forms.
    """
    found: dict[str, set[str]] = {}
    wanted = sa.select(COVERAGE.c.office, COVERAGE.c.register).where(in_force(COVERAGE, as_of), COVERAGE.c.year == year)
    if not entered:
        wanted = wanted.where(COVERAGE.c.file != ENTERED)
    for code, register in connection.execute(wanted):
        found.setdefault(code, set()).add(register)
    return found


class TakenOut(NamedTuple):
    """A record that a restore took out or put back otherwise: where it stood, its key, its name.

    Its key is what it said, in a register without numbers. said is what one with a number said and begun the year in
    which it began; an older gktools noted neither.
    """

    register: str
    office: str
    year: int
    key: str
    name: str
    said: str = ""
    begun: int = 0


def restores(
    connection: sa.Connection, as_of: int | None = None, code: str = ""
) -> Iterator[tuple[int, list[TakenOut]]]:
    """Yield the number of every restore that took records out, of an office or at all, up to an import or now, with the records."""
    wanted = sa.select(IMPORTS.c.id, IMPORTS.c.carried).where(IMPORTS.c.kind == "restore").order_by(IMPORTS.c.id)
    for number, carried in connection.execute(wanted):
        _, _, listed = str(carried).partition(" ")
        if listed and (as_of is None or number <= as_of) and (not code or json.dumps(code) in listed):
            with suppress(ValueError, TypeError):  # changed in the database, which the audit tells
                yield number, [TakenOut(*one) for one in json.loads(listed)]


def read_fingerprints(connection: sa.Connection) -> dict[str, str]:
    """Return a hash of all coverage rows of each office, by its code; it changes with every change of the records."""
    names = ("office", "doubt", "id", "from_import", "until_import", "register", "year", "sha256")
    hashes: defaultdict[str, hashlib._Hash] = defaultdict(sha256)
    wanted = sa.select(*(COVERAGE.c[name] for name in names)).order_by(COVERAGE.c.id)
    for code, doubt, *facts in connection.execute(wanted):
        hashes[code].update(repr([*facts, doubt] if doubt else facts).encode())
    for number, taken in restores(connection):
        for one in taken:
            hashes[one.office].update(repr((number, *one)).encode())
    return {code: found.hexdigest() for code, found in hashes.items()}


@lru_cache
def _coverage_query() -> sa.Select[Any]:
    return (
        sa.select(COVERAGE, IMPORTS.c.moment, IMPORTS.c.person)
        .join(IMPORTS, IMPORTS.c.id == COVERAGE.c.import_id)
        .order_by(COVERAGE.c.id)
    )


def coverage_of_office() -> sa.Select[Any]:
    """Return the query for all coverage of an office, bound as `office`, in order."""
    return _coverage_query().where(COVERAGE.c.office == sa.bindparam("office"))


def coverage_from_row(row: sa.RowMapping) -> Coverage:
    """Return a row of the query as a value."""
    names = ("register", "year", "file", "sheet", "sha256", "rows")
    return Coverage(
        code=row["office"],
        **{name: row[name] for name in names},
        imported_at=row["moment"],
        id=row["source"],
        number=row["import_id"],
        person=row["person"],
        warnings=tuple(json.loads(row["warnings"])),
        gone=tuple(json.loads(row["gone"])),
    )
