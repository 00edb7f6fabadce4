"""Imports as a chain: each has a keyed hash over the import before, itself, and all it wrote and ended.

So nothing can be changed, added, removed or moved in the database by somebody who has not the key without being found.
For each register, office and year there is a hash of its own (table seals), so that one office can be verified alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...errors import RecordsError
from .database import COVERAGE, IMPORTS, SEALS, TABLES
from .privacy import Key
from .sealed_contents import EVERYTHING, GroupContent, ImportContents, Scope, SealedGroup, canonical_bytes, hex_of

_GROUP, _IMPORT = "gktools.imports.group", "gktools.imports"
"""The purposes of the keyed hashes."""
_OWN = ("id", "kind", "undoes", "file", "person", "reason", "moment", "carried", "sealed_at", "earlier")
"""The fields of an import that its hash covers."""


@dataclass(frozen=True)
class SealedImport:
    """The number and hash of an import, as signatures and records.head have them."""

    number: int
    hash: str


def seal_import(connection: sa.Connection, number: int, key: Key) -> SealedImport:
    """Seal an import just written; return it. Call it in the write transaction.

    Raises RecordsError if the import before is not the one that was sealed: the key or the store was replaced.
    """
    before = _import_before(connection, number)
    if before is not None and not is_sealed(connection, key, before):
        raise RecordsError(_NOT_OURS)
    touched = (COVERAGE.c.from_import == number) | (COVERAGE.c.until_import == number)
    wanted = sa.select(COVERAGE.c.register, COVERAGE.c.office).where(touched).distinct()
    changed = {(register, office) for register, office in connection.execute(wanted)}
    contents = ImportContents()
    for register, office in sorted(changed):
        contents.read(connection, [register], Scope(office, number))
    _write_groups(connection, contents, key)
    return _write_hash(connection, number, before.hash if before else "", key)


def seal_all(connection: sa.Connection, key: Key, sealed_at: str = "") -> None:
    """Seal every import as it stands, for the first time (sealed_at says when) or again."""
    connection.execute(SEALS.delete())
    contents = ImportContents()
    contents.read(connection, TABLES, EVERYTHING)
    _write_groups(connection, contents, key)
    previous = ""
    for row in connection.execute(sa.select(IMPORTS).order_by(IMPORTS.c.id)).all():
        new = {"sealed_at": sealed_at} if sealed_at else {"earlier": f"{row.earlier} {row.hash}".strip()}
        connection.execute(IMPORTS.update().where(IMPORTS.c.id == row.id).values(new))
        previous = _write_hash(connection, row.id, previous, key).hash


def last_sealed(connection: sa.Connection, code: str | None = None) -> SealedImport | None:
    """Return the newest import, of all or of those that changed an office; None if there is none."""
    wanted = sa.select(IMPORTS.c.id, IMPORTS.c.hash).order_by(IMPORTS.c.id.desc()).limit(1)
    if code is not None:
        wanted = wanted.where(IMPORTS.c.id.in_(sa.select(SEALS.c.import_id).where(SEALS.c.office == code)))
    found = connection.execute(wanted).first()
    return SealedImport(found.id, found.hash) if found else None


def verified_last(connection: sa.Connection, key: Key) -> SealedImport | None:
    """Return the newest import, of which the seal was verified; None if there is none. Raises RecordsError."""
    row = connection.execute(sa.select(IMPORTS).order_by(IMPORTS.c.id.desc()).limit(1)).first()
    if row is not None and not is_sealed(connection, key, row):
        raise RecordsError(f"最后一次导入（第 {row.id} 次）和印记对不上。请先运行 gktools records audit，从备份恢复")
    return SealedImport(row.id, row.hash) if row is not None else None


def is_sealed(connection: sa.Connection, key: Key, row: sa.Row[Any]) -> bool:
    """Return whether an import, as its row has it, was sealed with the key, after the import that stands before it."""
    if not (isinstance(row.id, int) and isinstance(row.hash, str) and isinstance(row.earlier, str)):
        return False
    before = _import_before(connection, row.id)
    return import_holds(key, row, _groups(connection, row.id), before.hash if before else "")


def require_sealed(connection: sa.Connection, key: Key, register: str, office: str, numbers: Iterable[int]) -> None:
    """Raise RecordsError unless what some imports wrote and ended in a register of an office is as it was sealed.

    Call it in the transaction that reads what is carried over into another import, or shown to be changed.
    """
    wanted = sorted(set(numbers))
    _require_groups(connection, key, register, office, wanted)
    _require_imports(connection, key, wanted)


def require_all_sealed(connection: sa.Connection, key: Key, of: Iterable[tuple[str, str]]) -> None:
    """Raise RecordsError as require_sealed does, for all imports that changed the registers of offices, given as pairs."""
    known: set[int] = set()
    for register, office in sorted(set(of)):
        numbers = _numbers_of(connection, register, office)
        _require_groups(connection, key, register, office, sorted(numbers))
        known |= numbers
    _require_imports(connection, key, sorted(known))


def _require_groups(connection: sa.Connection, key: Key, register: str, office: str, numbers: Sequence[int]) -> None:
    for number in numbers:
        theirs = (SEALS.c.register == register) & (SEALS.c.office == office) & (SEALS.c.import_id == number)
        stored = {
            (number, register, office, one.year): one.hash for one in connection.execute(sa.select(SEALS).where(theirs))
        }
        contents = ImportContents(stored)
        contents.read(connection, [register], Scope(office, number))
        same = stored.keys() == contents.groups.keys()
        if not same or not all(group_holds(key, group, contents.groups[group], stored[group]) for group in stored):
            raise RecordsError(_CHANGED.format(what=f"{office} 的登记表", number=number))


def _require_imports(connection: sa.Connection, key: Key, numbers: Sequence[int]) -> None:
    for number in numbers:
        row = connection.execute(sa.select(IMPORTS).where(IMPORTS.c.id == number)).first()
        if row is None or not is_sealed(connection, key, row):
            raise RecordsError(_CHANGED.format(what="导入的登记", number=number))


_CHANGED = "没有往下做：{what}不是第 {number} 次导入时的样子，被改动过。请先运行 gktools records audit，从备份恢复"


def _numbers_of(connection: sa.Connection, register: str, office: str) -> set[int]:
    """Return the imports that changed a register of an office, by the seals and by what stands there."""
    table = TABLES[register]
    seals = (SEALS.c.register == register) & (SEALS.c.office == office)
    files = (COVERAGE.c.register == register) & (COVERAGE.c.office == office)
    found = set(connection.execute(sa.select(SEALS.c.import_id).where(seals)).scalars())
    for one, theirs in ((COVERAGE, files), (table, table.c.office_code == office)):
        for column in (one.c.from_import, one.c.until_import):
            found.update(connection.execute(sa.select(column).where(theirs, column.is_not(None)).distinct()).scalars())
    return found


def number_of_hash(connection: sa.Connection, hashed: str) -> int | None:
    """Return the number of the import with a hash, or that had it before it was sealed again; None if there is none."""
    for row in connection.execute(sa.select(IMPORTS.c.id, IMPORTS.c.hash, IMPORTS.c.earlier)):
        if hashed and hashed in (row.hash, *row.earlier.split(" ")):
            return int(row.id)
    return None


_NOT_OURS = (
    "没有导入，台账库没有变：最近一次导入的印记和密钥文件对不上，密钥多半被换过，或者台账库被人改动过。"
    "请先运行 gktools records audit 看是哪里，从备份里放回原来的 records.key，或者从备份恢复台账库"
)


def _import_before(connection: sa.Connection, number: int) -> sa.Row[Any] | None:
    wanted = sa.select(IMPORTS).where(IMPORTS.c.id < number).order_by(IMPORTS.c.id.desc()).limit(1)
    return connection.execute(wanted).first()


def import_holds(key: Key, row: sa.Row[Any], groups: Iterable[sa.Row[Any]], previous: str) -> bool:
    """Return whether the hash of an import is that of its fields and groups, and of the import before."""
    return key.has_sealed(_IMPORT, _link(row, groups, previous), row.hash)


def group_holds(key: Key, group: SealedGroup, content: GroupContent, stored: str) -> bool:
    """Return whether the hash of a group is that of what stands in the database."""
    return key.has_sealed(_GROUP, content.sealed(group), stored)


def _write_groups(connection: sa.Connection, contents: ImportContents, key: Key) -> None:
    rows = []
    for group, content in sorted(contents.groups.items()):
        names = ("import_id", "register", "office", "year")
        hashed = key.seal(_GROUP, content.sealed(group))
        rows.append(
            dict(zip(names, group, strict=True)) | {"rows": content.rows, "marks": content.marks, "hash": hashed}
        )
    if rows:
        connection.execute(SEALS.insert(), rows)


def _write_hash(connection: sa.Connection, number: int, previous: str, key: Key) -> SealedImport:
    row = connection.execute(sa.select(IMPORTS).where(IMPORTS.c.id == number)).one()
    hashed = key.seal(_IMPORT, _link(row, _groups(connection, number), previous))
    connection.execute(IMPORTS.update().where(IMPORTS.c.id == number).values(hash=hashed))
    return SealedImport(number, hashed)


def _groups(connection: sa.Connection, number: int) -> Sequence[sa.Row[Any]]:
    return connection.execute(sa.select(SEALS).where(SEALS.c.import_id == number)).all()


def _link(row: sa.Row[Any], groups: Iterable[sa.Row[Any]], previous: str) -> bytes:
    parts = [[one.register, one.office, one.year, one.rows, hex_of(one.marks), one.hash] for one in groups]
    return canonical_bytes([previous, [getattr(row, name) for name in _OWN], sorted(parts, key=repr)])
