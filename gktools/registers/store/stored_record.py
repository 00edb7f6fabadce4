"""A single record as it stands in the store, for the person who enters or changes it: confidential fields too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...errors import NotFoundError, RecordsError
from ..schema import Register
from ..sheet import Record
from .database import BATCH, COVERAGE, IMPORTS, TABLES, hash_column, in_force
from .in_force import Group, StoredGroup
from .privacy import Key
from .record_keys import NTH
from .sealing import require_sealed


@dataclass(frozen=True)
class LastChange:
    """The import by which a version is in force: its number, time and person, and the file that has the record."""

    number: int
    moment: str
    person: str
    file: str


@dataclass(frozen=True)
class RecordContent:
    """What is stored of a record: its values by field, and the personal fields of which there is a keyed hash."""

    values: Record
    filled: frozenset[str]


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


def read_record(
    connection: sa.Connection, register: Register, code: str, version: int, key: Key | None
) -> StoredRecord:
    """Return the current record of a version, which may be an older one, verified: a form stores part of it again.

    Raises NotFoundError if there is none any more, RecordsError if it is not as it was imported with the key of the store.
    """
    table = TABLES[register.key]
    theirs = table.c.office_code == code
    meant = connection.execute(sa.select(table.c.source_id, table.c.record_key).where(theirs, table.c.id == version))
    row, found = meant.first(), None
    if row is not None:
        same = table.select().where(theirs, in_force(table), table.c.source_id == row.source_id)
        known = connection.execute(same).mappings().first()
        name = known["record_key"] if known else row.record_key
        newest = table.select().where(theirs, in_force(table), table.c.record_key == name)
        newest = newest.order_by(table.c.file_year.desc(), table.c.id.desc()).limit(1)
        found = connection.execute(newest).mappings().first() if name else known
    if found is None:
        raise NotFoundError(f"{register.label}里没有这一条：也许已经撤下，或者编号改过；请从案件页里重新打开")
    if key is None:
        raise RecordsError("台账库里有登记，却没有密钥的印记。请先运行 gktools records audit")
    require_sealed(connection, key, register.key, code, [found["from_import"]])
    content = _content(register, found)
    last = read_last_changes(connection, register, [found["id"]])[found["id"]]
    alone = NTH not in found["record_key"]
    return StoredRecord(
        found["id"], register.key, code, found["file_year"], content.values, content.filled, last, alone
    )


def read_contents(connection: sa.Connection, group: Group, register: Register) -> list[RecordContent]:
    """Return what is stored of every record in force of a register, office and year, in the order of their rows."""
    table, held = TABLES[register.key], StoredGroup.of(connection, group).state.held
    found: dict[int, RecordContent] = {}
    ids = [one.id for one in held]
    for start in range(0, len(ids), BATCH):
        wanted = table.select().where(table.c.id.in_(ids[start : start + BATCH]))
        found |= {row["id"]: _content(register, row) for row in connection.execute(wanted).mappings()}
    return [found[one] for one in ids]


def _content(register: Register, row: Mapping[Any, Any]) -> RecordContent:
    filled = (field.key for field in register.fields if field.personal and row[hash_column(field)])
    return RecordContent({field.key: row[field.key] for field in register.kept}, frozenset(filled))


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


def read_entered(connection: sa.Connection, register: Register, code: str, numbers: Sequence[int]) -> dict[int, str]:
    """Return the name of a record of an office that each of some imports entered, changed or withdrew."""
    table = TABLES[register.key]
    fields = [register[key] for key in register.identity]
    theirs = table.c.from_import.in_(numbers) | table.c.until_import.in_(numbers)
    wanted = sa.select(table.c.from_import, table.c.until_import, *(table.c[field.key] for field in fields))
    found: dict[int, str] = {}
    for begun, ended, *values in connection.execute(wanted.where(table.c.office_code == code, theirs)):
        name = " ".join(field.label(str(value)) for field, value in zip(fields, values, strict=True) if value)
        found |= {number: name for number in (ended, begun) if number in numbers}
    return found
