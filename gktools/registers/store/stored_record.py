"""A single record as it stands in the store, for the person who enters or changes it: confidential fields too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...errors import NotFoundError
from ..schema import Register
from ..sheet import Record
from .database import BATCH, COVERAGE, IMPORTS, TABLES, hash_column, in_force
from .record_keys import NTH


@dataclass(frozen=True)
class LastChange:
    """The import by which a version is in force: its number, time and person, and the file that has the record."""

    number: int
    moment: str
    person: str
    file: str


@dataclass(frozen=True)
class StoredRecord:
    """The version of a record that counts: its number, office and file year, its values by field, and its last change.

    filled are the personal fields of which a keyed hash is stored. alone: no other record of its file has its identity.
    """

    version: int
    register: str
    code: str
    year: int
    values: Record
    filled: frozenset[str]
    last: LastChange
    alone: bool = True


def read_record(connection: sa.Connection, register: Register, code: str, version: int) -> StoredRecord:
    """Return the record of which a version is, or was, in force. Raises NotFoundError if there is none any more."""
    table = TABLES[register.key]
    theirs = table.c.office_code == code
    meant = connection.execute(sa.select(table.c.source_id, table.c.record_key).where(theirs, table.c.id == version))
    row, found = meant.first(), None
    if row is not None:
        same = table.select().where(theirs, in_force(table), table.c.source_id == row.source_id)
        known = connection.execute(same).mappings().first()
        key = known["record_key"] if known else row.record_key
        newest = table.select().where(theirs, in_force(table), table.c.record_key == key)
        newest = newest.order_by(table.c.file_year.desc(), table.c.id.desc()).limit(1)
        found = connection.execute(newest).mappings().first() if key else known
    if found is None:
        raise NotFoundError(f"{register.label}里没有这一条：也许已经撤下，或者编号改过；请从案件页里重新打开")
    values = {field.key: found[field.key] for field in register.kept}
    filled = frozenset(field.key for field in register.fields if field.personal and found[hash_column(field)])
    last = read_last_changes(connection, register, [found["id"]])[found["id"]]
    alone = NTH not in found["record_key"]
    return StoredRecord(found["id"], register.key, code, found["file_year"], values, filled, last, alone)


def read_last_changes(connection: sa.Connection, register: Register, versions: Iterable[int]) -> dict[int, LastChange]:
    """Return the import by which each of some versions is in force."""
    table, ids = TABLES[register.key], list(versions)
    found: dict[int, LastChange] = {}
    for start in range(0, len(ids), BATCH):
        wanted = (
            sa.select(table.c.id, IMPORTS.c.id, IMPORTS.c.moment, IMPORTS.c.person, COVERAGE.c.file)
            .join(IMPORTS, IMPORTS.c.id == table.c.from_import)
            .join(COVERAGE, COVERAGE.c.id == table.c.coverage_id)
            .where(table.c.id.in_(ids[start : start + BATCH]))
        )
        rows: Iterable[Any] = connection.execute(wanted)
        found |= {version: LastChange(*facts) for version, *facts in rows}
    return found
