"""Undo of an import: the state in force becomes what the other imports make of it, replayed in order.

The import's versions end, the versions it ended return, changes by later imports stay. Undoing an undo makes the import
count again. No row is overwritten: returning versions are inserted again under the undo's number.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import sqlalchemy as sa

from ...errors import NotFoundError, RecordsError
from ..schema import registers
from .database import BATCH, COVERAGE, ENDS, IMPORTS, PLACES, SEALS, TABLES, WITHDRAWS, end, insert_rows, next_id
from .in_force import Group, StoredGroup, of_group, record_names, rewrite_coverage, series_of, to_json_list
from .matching import ComparedFile, GroupState, HeldRecord, after, compare
from .numbering import last_keys
from .privacy import Key
from .sealing import Written, require_whole, seal_import


@dataclass(frozen=True)
class UndoResult:
    """The result of an undo: its number, and the number of versions that ended, returned and stayed.

    Versions stay if later imports changed them or contain them too.
    """

    number: int
    undoes: int
    ended: int
    returned: int
    stayed: int


def take_back(connection: sa.Connection, undoes: int, about: Mapping[str, str], key: Key) -> UndoResult:
    """Undo an import by a new import, which about describes, and seal it. Call it in the write transaction.

    Raises NotFoundError if there is no such import, RecordsError if it is undone already or nothing of it is left, or what
    is put in force again is not as it was imported.
    """
    groups = _groups(connection, undoes)
    require_whole(connection, key, (group[:2] for group in groups))
    _check(connection, undoes)
    number = next_id(connection, IMPORTS)
    files = connection.execute(sa.select(IMPORTS.c.file).where(IMPORTS.c.id == undoes)).scalar_one()
    row = {"id": number, "kind": "undo", "undoes": undoes, "file": files}
    connection.execute(IMPORTS.insert().values(row | dict(about)))
    counting = _Counting(undoes, number, frozenset(undone_by(connection)))
    touched = [_take_back_group(connection, group, counting) for group in groups]
    if not any(one.ended or one.returned or one.covered for one in touched):
        raise RecordsError(f"第 {undoes} 次导入的内容后来的导入都改过，或者也有，没有可取消的")
    written = (Written(*group, one.returned, one.ended) for group, one in zip(groups, touched, strict=True))
    seal_import(connection, number, key, written)
    ended, returned = sum(one.ended for one in touched), sum(one.returned for one in touched)
    return UndoResult(number, undoes, ended, returned, sum(one.stayed for one in touched))


def undone_by(connection: sa.Connection, as_of: int | None = None) -> dict[int, int]:
    """Return the undo in effect for each undone import, now or after an import; an undone undo has no effect."""
    wanted = sa.select(IMPORTS.c.id, IMPORTS.c.undoes).where(IMPORTS.c.undoes.is_not(None)).order_by(IMPORTS.c.id)
    if as_of is not None:
        wanted = wanted.where(IMPORTS.c.id <= as_of)
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
    """Return the groups an import changed, by its seals: what says so can be hidden from no one who verifies them.

    For an undo of an undo also those of the import that counts again.
    """
    chain: list[int] = []
    following: int | None = number
    while following is not None and following not in chain:  # somebody may have written a circle, which is told later
        chain.append(following)
        following = connection.execute(sa.select(IMPORTS.c.undoes).where(IMPORTS.c.id == following)).scalar()
    columns = (SEALS.c.register, SEALS.c.office, SEALS.c.year)
    wanted = sa.select(*columns).where(SEALS.c.import_id.in_(chain)).distinct().order_by(*columns)
    return [(register, office, year) for register, office, year in connection.execute(wanted)]


@dataclass(frozen=True)
class _Counting:
    """The import to undo, the undo's number, and the imports that do not count."""

    undoes: int
    number: int
    undone: frozenset[int]


@dataclass(frozen=True)
class _Touched:
    """The result of an undo for one group; covered is whether other files are in force now."""

    ended: int
    returned: int
    stayed: int
    covered: bool


def _take_back_group(connection: sa.Connection, group: Group, counting: _Counting) -> _Touched:
    table, now = TABLES[group[0]], StoredGroup.of(connection, group)
    state, files = replayed(connection, group, counting.undone)
    staying, standing = ({one.source for one in each} for each in (state.held, now.state.held))
    ending = [one for one in now.state.held if one.source not in staying]
    returning = sorted(one.source for one in state.held if one.source not in standing)
    end(connection, table, (one.id for one in ending), counting.number)
    _write_again(connection, group, returning, counting.number)
    left, register = state.left_standing(), registers()[group[0]]
    gone = {number: to_json_list(record_names(connection, register, left.get(number, ()))) for number in state.files}
    rows = {number: {**files[number], "gone": gone[number]} for number in state.files}
    counts = {"added": len(returning), "withdrawn": len(ending)}
    _write_coverage(connection, now, rows, counting.number, counts)
    stayed = _brought(connection, group, counting.undoes) - len(ending)
    return _Touched(len(ending), len(returning), max(stayed, 0), state.files.keys() != now.coverage.keys())


def _brought(connection: sa.Connection, group: Group, number: int) -> int:
    """Return the number of versions an import wrote."""
    register, office, year = group
    table = TABLES[register]
    theirs = (table.c.office_code == office) & (table.c.file_year == year) & (table.c.from_import == number)
    return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(theirs)).scalar_one())


# --- what the imports that count make of a group ----------


def replayed(
    connection: sa.Connection, group: Group, undone: frozenset[int]
) -> tuple[GroupState, Mapping[int, sa.RowMapping]]:
    """Return the state of a group after all its imports but the undone ones, and each file's row by its number."""
    known = connection.execute(
        sa.select(COVERAGE)
        .where(of_group(group) & (COVERAGE.c.id == COVERAGE.c.source))
        .order_by(COVERAGE.c.import_id, COVERAGE.c.id)
    )
    files = {row["id"]: row for row in known.mappings()}
    brought = _brought_by(connection, group, files)
    state = GroupState()
    for number, row in files.items():
        if row["import_id"] in undone:
            continue
        held = sorted(brought[number], key=lambda one: one.row)
        filed = ComparedFile(
            number,
            frozenset(json.loads(row["series"])),
            [one.key for one in held],
            [one.said for one in held],
            [one.row for one in held],
            row["withdraws"] == WITHDRAWS,
            frozenset(json.loads(row["beside"])),
            row["withdraws"] == ENDS,
        )
        _refuse_twice(filed, state, files)
        own = dict(enumerate(held))
        state = after(state, filed, compare(filed, state, own), own)
    return state, files


def _refuse_twice(filed: ComparedFile, state: GroupState, files: Mapping[int, sa.RowMapping]) -> None:
    """Raise RecordsError if a file would count beside one with equal rows that was not in force at its import.

    Whether those rows are the same records was never asked.
    """
    row = files[filed.number]
    strange = state.files.keys() - filed.beside - filed.instead_of(state)
    said = {text for key, text in zip(filed.keys, filed.said, strict=True) if not key}
    for one in state.held if strange else ():
        if not one.key and one.said in said and (other := strange.intersection(number for number, _ in one.places)):
            first = files[other.pop()]
            raise RecordsError(
                f"没有取消：取消以后，第 {first['import_id']} 次导入的 {first['file']} 又有效，它和第 {row['import_id']} 次"
                f"导入的 {row['file']} 有相同的行，分不清是不是同一批；请先取消第 {row['import_id']} 次"
            )


def _brought_by(
    connection: sa.Connection, group: Group, files: Mapping[int, sa.RowMapping]
) -> Mapping[int, Sequence[HeldRecord]]:
    """Return the rows of every file of a group as versions: those it brought, and those it shared."""
    register, office, year = group
    table, series = TABLES[register], series_of(connection, group)
    names = ("id", "record_key", "said", "coverage_id", "file_row")
    of_group = (table.c.office_code == office) & (table.c.file_year == year)
    wanted = sa.select(*(table.c[name] for name in names)).where(of_group & (table.c.id == table.c.source_id))
    known = dict(last_keys(connection, group))
    versions: dict[int, HeldRecord] = {}
    brought: defaultdict[int, list[HeldRecord]] = defaultdict(list)
    for number, _, said, file, row in connection.execute(wanted):
        key = known[number]
        versions[number] = HeldRecord(number, number, key, said, series.get(file, 0), row)
        brought[file].append(_at(versions[number], file, row))
    again = sa.select(PLACES).where(PLACES.c.coverage_id.in_(files))
    for file, version, row in connection.execute(again) if files else ():
        brought[file].append(_at(versions[version], file, row))
    return brought


def _at(one: HeldRecord, file: int, row: int) -> HeldRecord:
    return replace(one, places=((file, row),))


# --- written ----------


def _write_coverage(
    connection: sa.Connection,
    now: StoredGroup,
    rows: Mapping[int, Mapping[str, object]],
    number: int,
    counts: Mapping[str, int],
) -> None:
    """Put exactly these files in force; rows are their rows of coverage by number.

    The row written last has the counts of the undo.
    """
    wanted = {source: row["gone"] for source, row in rows.items()}
    present = {source: row["gone"] for source, row in now.coverage.items()}
    ending = [row for source, row in now.coverage.items() if row["gone"] != wanted.get(source)]
    writing = [row for source, row in rows.items() if row["gone"] != present.get(source)]
    if not writing and rows and (ending or any(counts.values())):
        last_source, last_row = list(rows.items())[-1]
        writing = [last_row]
        ending += [row for source, row in now.coverage.items() if source == last_source]
    end(connection, COVERAGE, (row["id"] for row in ending), number)
    rewrite_coverage(connection, writing, number)
    if writing:
        last = sa.select(sa.func.max(COVERAGE.c.id)).scalar_subquery()
        connection.execute(COVERAGE.update().where(COVERAGE.c.id == last).values(counts))


def _write_again(connection: sa.Connection, group: Group, versions: Iterable[int], number: int) -> None:
    """Insert versions again, in force from an import."""
    table = TABLES[group[0]]
    first, keys = next_id(connection, table), dict(last_keys(connection, group))
    names = [column.name for column in table.columns]
    remaining = iter(versions)
    while batch := list(islice(remaining, BATCH)):
        wanted = table.select().where(table.c.id.in_(batch)).order_by(table.c.id)
        rows = [dict(row) for row in connection.execute(wanted).mappings()]
        for version, row in enumerate(rows, start=first):
            key = keys[row["source_id"]]
            row |= {"id": version, "from_import": number, "until_import": None, "record_key": key}
        first += len(rows)
        insert_rows(connection, table, names, [[row[name] for name in names] for row in rows])
