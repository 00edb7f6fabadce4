"""Imports as a chain: each has a keyed hash over the import before, itself, and all it wrote and ended.

So nothing can be changed, added, removed or moved in the database by somebody who has not the key without being found.
For each register, office and year there is a hash of its own (table seals), so that one office can be verified alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...errors import RecordsError
from .database import COVERAGE, IMPORTS, PLACES, SEALS, TABLES, run
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


@dataclass(frozen=True)
class Written:
    """How many versions an import wrote and ended in a register, office and year."""

    register: str
    office: str
    year: int
    versions: int
    ended: int


def seal_import(connection: sa.Connection, number: int, key: Key, written: Iterable[Written]) -> SealedImport:
    """Seal what an import has just written, and nothing else; return it. Call it in the write transaction.

    Raises RecordsError if the import before is not the one that was sealed (the key or the store was replaced), or what
    stands there is not what was written.
    """
    before = _import_before(connection, number)
    if before is not None and not is_sealed(connection, key, before):
        raise RecordsError(_NOT_OURS)
    versions, ended = Counter[SealedGroup](), Counter[SealedGroup]()
    for one in written:
        group = number, one.register, one.office, one.year
        versions[group] += one.versions
        ended[group] += one.ended
    contents = ImportContents()
    for register, office in sorted({group[1:3] for group in versions}):
        contents.read(connection, [register], Scope(office, number))
    there = {group: (content.rows, len(content.ended)) for group, content in contents.groups.items()}
    if any(there.get(one, (0, 0)) != (versions[one], ended[one]) for one in versions.keys() | there.keys()):
        raise RecordsError(_CHANGED.format(what="刚写进去的", number=number))
    _write_groups(connection, contents, key)
    return _write_hash(connection, number, before.hash if before else "", key)


def seal_all(connection: sa.Connection, key: Key, sealed_at: str = "") -> None:
    """Seal every import as it stands, for the first time (sealed_at says when) or again.

    Raises RecordsError if something is there of an import that is not.
    """
    connection.execute(SEALS.delete())
    contents = ImportContents()
    contents.read(connection, TABLES, EVERYTHING)
    known = set(connection.execute(sa.select(IMPORTS.c.id)).scalars())
    if strange := next((group[0] for group in contents.groups if group[0] not in known), None):
        raise RecordsError(f"台账库没有动：里面有第 {strange} 次导入的内容，却没有这一次导入。请从备份恢复")
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


def require_whole(connection: sa.Connection, key: Key | None, of: Iterable[tuple[str, str]]) -> None:
    """Raise RecordsError unless every import is as it was sealed, registers of offices (pairs) too, and nothing is of a later one.

    Call it in the transaction of another import, before anything is written: what it compares with and carries over is
    then what was imported, and whatever has its number is its own.
    """
    imports = connection.execute(sa.select(IMPORTS).order_by(IMPORTS.c.id)).all()
    if imports and key is None:
        raise RecordsError("没有往下做：台账库里有导入，却没有密钥的印记。请先运行 gktools records audit，从备份恢复")
    seals: defaultdict[int, list[sa.Row[Any]]] = defaultdict(list)
    for row in connection.execute(sa.select(SEALS)):
        seals[row.import_id].append(row)
    last = imports[-1].id if imports else 0
    _require_nothing_later(connection, last)
    if key is None:
        return
    if broken := next(broken_links(imports, seals, key), None):
        raise RecordsError(_NOT_OURS if broken.id == last else _CHANGED.format(what="导入的登记", number=broken.id))
    if gone := sorted(seals.keys() - {row.id for row in imports}):
        raise RecordsError(_CHANGED.format(what="导入的登记", number=gone[0]))
    stored: dict[tuple[str, str], dict[SealedGroup, str]] = {pair: {} for pair in sorted(set(of))}
    for row in (row for rows in seals.values() for row in rows if (row.register, row.office) in stored):
        stored[row.register, row.office][row.import_id, row.register, row.office, row.year] = row.hash
    for (register, office), theirs in stored.items():
        _require_content(connection, key, theirs, register, Scope(office))


def broken_links(
    imports: Iterable[sa.Row[Any]], seals: Mapping[int, Sequence[sa.Row[Any]]], key: Key
) -> Iterator[sa.Row[Any]]:
    """Yield the imports, all of them in order, whose hash is not that of fields, groups and the import before."""
    previous = ""
    for row in imports:
        if not import_holds(key, row, seals.get(row.id, ()), previous):
            yield row
        previous = row.hash


def _require_nothing_later(connection: sa.Connection, last: int) -> None:
    """Raise RecordsError if something is there with the number of an import that is still to come."""
    if run(connection, _something_later, last=last).scalar_one():
        raise RecordsError(_LATER)


def _something_later() -> sa.Select[Any]:
    last = sa.bindparam("last", type_=sa.Integer)
    tables = (COVERAGE, *TABLES.values())
    columns = [SEALS.c.import_id, *(one.c[name] for one in tables for name in ("from_import", "until_import"))]
    later = [sa.exists().where(column > last) for column in columns]
    places, files = (
        sa.select(sa.func.coalesce(sa.func.max(column), sa.literal_column("0"))).scalar_subquery()
        for column in (PLACES.c.coverage_id, COVERAGE.c.id)
    )
    return sa.select(sa.or_(*later, places > files))


_LATER = "没有往下做：台账库里有还没有做过的导入的内容，不是 gktools 写的。请先运行 gktools records audit，从备份恢复"


def _require_groups(connection: sa.Connection, key: Key, register: str, office: str, numbers: Sequence[int]) -> None:
    for number in numbers:
        theirs = (SEALS.c.register == register) & (SEALS.c.office == office) & (SEALS.c.import_id == number)
        stored = {
            (number, register, office, one.year): one.hash for one in connection.execute(sa.select(SEALS).where(theirs))
        }
        _require_content(connection, key, stored, register, Scope(office, number))


def _require_content(
    connection: sa.Connection, key: Key, stored: Mapping[SealedGroup, str], register: str, scope: Scope
) -> None:
    """Raise RecordsError unless what stands in a scope is what the hashes of its groups say."""
    contents = ImportContents(stored)
    contents.read(connection, [register], scope)
    for group in sorted(stored.keys() | contents.groups.keys(), key=repr):
        content, hashed = contents.groups.get(group), stored.get(group)
        if content is None or hashed is None or not group_holds(key, group, content, hashed):
            raise RecordsError(_CHANGED.format(what=f"{scope.office} 的登记表", number=group[0]))


def _require_imports(connection: sa.Connection, key: Key, numbers: Sequence[int]) -> None:
    for number in numbers:
        row = connection.execute(sa.select(IMPORTS).where(IMPORTS.c.id == number)).first()
        if row is None or not is_sealed(connection, key, row):
            raise RecordsError(_CHANGED.format(what="导入的登记", number=number))


_CHANGED = "没有往下做：{what}不是第 {number} 次导入时的样子，被改动过。请先运行 gktools records audit，从备份恢复"


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
