"""An import taken back: what it brought ends, what it ended comes back, what later imports changed stays.

Undoing an undo is the same: what the undo brought back ends, what it ended comes back. Nothing is overwritten; what
comes back is written again under the number of the undo.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa

from ...errors import NotFoundError, RecordsError
from .database import BATCH, COVERAGE, IMPORTS, PLACES, TABLES, end, insert_rows, next_id

Group = tuple[str, str, int]
"""A register, an office and a year: what one sheet is about."""


@dataclass(frozen=True)
class UndoResult:
    """What became of an import that was taken back: the number of the undo, and how many versions ended, came back,
    and stayed because later imports changed them or hold them too."""

    number: int
    undoes: int
    ended: int
    returned: int
    stayed: int


def take_back(connection: sa.Connection, undoes: int, about: Mapping[str, str]) -> UndoResult:
    """Take an import back, by an import of its own that about describes. Only for the one who may write.

    Raises NotFoundError if there is no such import, RecordsError if it is taken back already or nothing is left.
    """
    _check(connection, undoes)
    number = next_id(connection, IMPORTS)
    files = connection.execute(sa.select(IMPORTS.c.file).where(IMPORTS.c.id == undoes)).scalar_one()
    row = {"id": number, "kind": "undo", "undoes": undoes, "file": files}
    connection.execute(IMPORTS.insert().values(row | dict(about)))
    undone = set(undone_by(connection))
    touched = [_take_back_group(connection, group, undoes, undone, number) for group in _groups(connection, undoes)]
    if not any(one.ended or one.returned or one.covered for one in touched):
        raise RecordsError(f"第 {undoes} 次导入的内容后来的导入都改过，或者也有，没有可取消的")
    ended, returned = sum(one.ended for one in touched), sum(one.returned for one in touched)
    return UndoResult(number, undoes, ended, returned, sum(one.stayed for one in touched))


def undone_by(connection: sa.Connection) -> dict[int, int]:
    """The undo by which each import is taken back now; of an undo that is taken back itself, nothing is left."""
    wanted = sa.select(IMPORTS.c.id, IMPORTS.c.undoes).where(IMPORTS.c.undoes.is_not(None)).order_by(IMPORTS.c.id)
    undone: dict[int, int] = {}
    for row in connection.execute(wanted):
        undone[row.undoes] = row.id
        if (again := _undoes(undone, row.undoes)) is not None:
            del undone[again]
    return undone


def _undoes(undone: dict[int, int], undo: int) -> int | None:
    return next((number for number, by in undone.items() if by == undo), None)


def _check(connection: sa.Connection, undoes: int) -> None:
    known = connection.execute(sa.select(IMPORTS.c.kind).where(IMPORTS.c.id == undoes)).scalar()
    if known is None:
        raise NotFoundError(f"没有第 {undoes} 次导入；有哪些，见 gktools records history")
    if known == "restore":
        raise RecordsError(f"第 {undoes} 次是从备份恢复，不能取消；要回到恢复之前，请恢复当时自动存下的备份")
    if by := undone_by(connection).get(undoes):
        raise RecordsError(f"第 {undoes} 次导入已经由第 {by} 次取消了；要再用它，请取消第 {by} 次")


def _groups(connection: sa.Connection, number: int) -> list[Group]:
    """What an import touched; every import leaves a row of coverage for each register, office and year it changed."""
    columns = (COVERAGE.c.register, COVERAGE.c.office, COVERAGE.c.year)
    touched = (COVERAGE.c.from_import == number) | (COVERAGE.c.until_import == number)
    return [
        (row.register, row.office, row.year)
        for row in connection.execute(sa.select(*columns).where(touched).distinct())
    ]


@dataclass(frozen=True)
class _Touched:
    """What became of one register, office and year; covered is whether another file is in force now."""

    ended: int
    returned: int
    stayed: int
    covered: bool


def _take_back_group(connection: sa.Connection, group: Group, undoes: int, undone: set[int], number: int) -> _Touched:
    coverage, covered = _take_back_coverage(connection, group, undoes, undone, number)
    table = TABLES[group[0]]
    versions = [_Version(*row) for row in connection.execute(_versions(group))]
    sources = {v.id: v for v in versions if v.id == v.source}
    held = _standing(connection, coverage)
    brought = [v for v in versions if v.until is None and (v.begun == undoes or sources[v.source].begun in undone)]
    ending = [v for v in brought if v.source not in held]
    returning = list(_returning(versions, sources, ending, undoes, undone))
    end(connection, table, (v.id for v in ending), number)
    _write_again(connection, table, returning, number)
    _count(connection, group, number, len(returning), len(ending))
    stayed = sum(v.begun == undoes for v in versions) - len(ending)
    return _Touched(len(ending), len(returning), max(stayed, 0), covered)


# --- coverage ----------


def _take_back_coverage(
    connection: sa.Connection, group: Group, undoes: int, undone: set[int], number: int
) -> tuple[int | None, bool]:
    """End the coverage the import brought, if it is still in force, and write that before it again.

    Returns the source of the coverage of a later import that stays in force (None if there is none), and whether
    another one is in force than before.
    """
    known = connection.execute(
        sa.select(COVERAGE)
        .where(sa.tuple_(COVERAGE.c.register, COVERAGE.c.office, COVERAGE.c.year) == group)
        .order_by(COVERAGE.c.id)
    )
    rows = list(known.mappings())
    brought = {row["source"] for row in rows if row["from_import"] == undoes}
    now = next((row for row in rows if row["until_import"] is None), None)
    later = now if now is not None and now["source"] not in brought else None
    before = _before(rows, undoes)
    while before is not None and before["import_id"] in undone:
        before = _before(rows, before["import_id"])
    if now is not None:
        end(connection, COVERAGE, [now["id"]], number)
    if (again := later or before) is not None:
        row = {**again, "id": next_id(connection, COVERAGE), "from_import": number, "until_import": None}
        connection.execute(COVERAGE.insert().values(row))
    return (later["source"] if later else None), later is None and (now or again) is not None


def _before(rows: Sequence[sa.RowMapping], number: int) -> sa.RowMapping | None:
    """The coverage that an import ended."""
    return next((row for row in rows if row["until_import"] == number), None)


def _standing(connection: sa.Connection, coverage: int | None) -> set[int]:
    """The sources of the versions that a later file holds too: they stay."""
    if coverage is None:
        return set()
    return set(connection.execute(sa.select(PLACES.c.version_id).where(PLACES.c.coverage_id == coverage)).scalars())


def _count(connection: sa.Connection, group: Group, number: int, returned: int, ended: int) -> None:
    """Say in the coverage that an undo wrote how much it changed."""
    connection.execute(
        COVERAGE.update()
        .where(sa.tuple_(COVERAGE.c.register, COVERAGE.c.office, COVERAGE.c.year) == group)
        .where(COVERAGE.c.from_import == number)
        .values(added=returned, changed=0, withdrawn=ended)
    )


# --- versions ----------


@dataclass(frozen=True, slots=True)
class _Version:
    """A version of a record: the number of the first that said so, what it took the place of, and its time."""

    id: int
    source: int
    replaces: int | None
    key: str
    said: str
    begun: int
    until: int | None


def _versions(group: Group) -> sa.Select[Any]:
    register, code, year = group
    table = TABLES[register]
    names = ("id", "source_id", "replaces_id", "record_key", "said", "from_import", "until_import")
    return (
        sa.select(*(table.c[name] for name in names))
        .where((table.c.office_code == code) & (table.c.file_year == year))
        .order_by(table.c.id)
    )


def _returning(
    versions: list[_Version], sources: Mapping[int, _Version], ending: list[_Version], undoes: int, undone: set[int]
) -> Iterator[_Version]:
    """What was in force before, where its place is free once what the import brought has ended."""
    gone = {v.source for v in ending}
    staying = [v for v in versions if v.until is None and v.source not in gone]
    taken, keys = {v.source for v in staying}, {v.key for v in staying if v.key}
    said_since = {v.said for v in staying if sources[v.source].begun > undoes}
    before = [v for v in _ended_by(versions, undoes, gone) if v.key or v.said not in said_since]
    before += [sources[v.replaces] for v in ending if v.replaces and sources[v.source].begun in undone]
    for version in before:
        old: _Version | None = sources[version.source]
        while old is not None and old.begun in undone:  # what brought it is taken back too
            old = sources.get(old.replaces or 0)
        if old is not None and old.source not in taken and (not old.key or old.key not in keys):
            taken.add(old.source)
            yield old


def _ended_by(versions: list[_Version], undoes: int, gone: set[int]) -> Iterator[_Version]:
    """The versions an import ended, but for those whose place it gave to one that stays or was changed since."""
    brought = [v for v in versions if v.begun == undoes]
    by_key = {v.key: v for v in brought if v.key}
    by_old = {v.replaces: v for v in brought if v.replaces is not None}
    by_source = {v.source: v for v in brought}
    for old in (v for v in versions if v.until == undoes):
        instead = by_key.get(old.key) or by_old.get(old.source) or by_source.get(old.replaces or 0)
        if instead is None or instead.source in gone:
            yield old


def _write_again(connection: sa.Connection, table: sa.Table, versions: list[_Version], number: int) -> None:
    """Write versions once more, in force from an import."""
    first = next_id(connection, table)
    names = [column.name for column in table.columns]
    remaining = iter(versions)
    while batch := [version.id for version in islice(remaining, BATCH)]:
        wanted = table.select().where(table.c.id.in_(batch)).order_by(table.c.id)
        rows = [dict(row) for row in connection.execute(wanted).mappings()]
        for version, row in enumerate(rows, start=first):
            row |= {"id": version, "from_import": number, "until_import": None}
        first += len(rows)
        insert_rows(connection, table, names, [[row[name] for name in names] for row in rows])
