"""The state in force of a register, office and year, read from the store: files, and records with their places."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from ..schema import Register
from .database import BATCH, COVERAGE, PLACES, TABLES, end, in_force, next_id
from .matching import GroupState, HeldRecord

Group = tuple[str, str, int]
"""The register, office and year of one sheet."""


@dataclass(frozen=True)
class StoredGroup:
    """The state in force of a group, with the row of coverage of each file by its number."""

    group: Group
    state: GroupState
    coverage: Mapping[int, sa.RowMapping]

    @classmethod
    def of(cls, connection: sa.Connection, group: Group) -> StoredGroup:
        """Return the state of a group. Call it in the write transaction."""
        found = connection.execute(_coverage(), dict(zip(_GROUP, group, strict=True)))
        coverage = {row["source"]: row for row in found.mappings()}
        files = {number: frozenset(json.loads(row["series"])) for number, row in coverage.items()}
        return cls(group, GroupState(files, _held(connection, group, files)), coverage)


_GROUP = ("of_register", "of_office", "of_year")


@cache
def _coverage() -> sa.Select[Any]:
    """Return the query of the coverage in force of a group, made once as it is asked for each sheet."""
    group = COVERAGE.c.register, COVERAGE.c.office, COVERAGE.c.year
    wanted = (column == sa.bindparam(name) for column, name in zip(group, _GROUP, strict=True))
    return sa.select(COVERAGE).where(*wanted, in_force(COVERAGE)).order_by(COVERAGE.c.source)


@cache
def _records(register: str) -> sa.Select[Any]:
    """Return the query of the records in force of a group of a register."""
    table = TABLES[register]
    names = ("id", "source_id", "record_key", "said", "file_row", "coverage_id")
    of = (table.c.office_code == sa.bindparam("of_office")) & (table.c.file_year == sa.bindparam("of_year"))
    return sa.select(*(table.c[name] for name in names)).where(of & in_force(table))


def of_group(group: Group) -> sa.ColumnElement[bool]:
    """Return the condition that a row of coverage belongs to a group."""
    register, office, year = group
    return (COVERAGE.c.register == register) & (COVERAGE.c.office == office) & (COVERAGE.c.year == year)


def series_of(connection: sa.Connection, group: Group) -> dict[int, int]:
    """Return the series with which every file of a group began, by the file's number."""
    known = connection.execute(sa.select(COVERAGE.c.source, COVERAGE.c.series).where(of_group(group)))
    return {number: json.loads(series)[0] for number, series in known}


def _held(connection: sa.Connection, group: Group, files: Mapping[int, frozenset[int]]) -> list[HeldRecord]:
    """Return the records in force, in the order of their rows."""
    register, office, year = group
    again = sa.select(PLACES).where(PLACES.c.coverage_id.in_(files)).order_by(PLACES.c.coverage_id)
    places: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, version, row in connection.execute(again) if files else ():
        places[version].append((number, row))
    series = series_of(connection, group) if files else {}
    found = connection.execute(_records(register), {"of_office": office, "of_year": year})
    held = []
    for version, source, key, said, home, came_by in found:
        stands = [(came_by, home)] if came_by in files else []
        stands += places.get(source, ())
        held.append(HeldRecord(version, source, key, said, series.get(came_by, 0), home, tuple(stands)))
    return sorted(held, key=lambda one: (one.row, one.id))


def record_names(connection: sa.Connection, register: Register, held: Sequence[HeldRecord]) -> list[str]:
    """Return the names of records for staff: their identity, or their row."""
    table = TABLES[register.key]
    columns = [table.c[key] for key in register.identity]
    names: dict[int, str] = {}
    for start in range(0, len(held) if columns else 0, BATCH):
        ids = [one.id for one in held[start : start + BATCH]]
        for number, *values in connection.execute(sa.select(table.c.id, *columns).where(table.c.id.in_(ids))):
            labels = (register[k].label(str(v)) for k, v in zip(register.identity, values, strict=True) if v)
            names[number] = " ".join(labels)
    return [names.get(one.id) or f"第 {one.row} 行" for one in held]


def to_json_list(texts: Iterable[object]) -> str:
    """Return texts or numbers as a JSON list, as stored in one column."""
    return json.dumps(list(texts), ensure_ascii=False)


def rewrite_coverage(connection: sa.Connection, rows: Iterable[Mapping[str, object]], number: int) -> None:
    """Insert copies of rows of coverage, in force from an import that did not bring them."""
    for row in rows:
        again = dict(row) | {"id": next_id(connection, COVERAGE), "from_import": number, "until_import": None}
        connection.execute(COVERAGE.insert().values(again | dict.fromkeys(("added", "changed", "withdrawn"), 0)))


def update_gone(
    connection: sa.Connection, register: Register, files: Iterable[sa.RowMapping], state: GroupState, number: int
) -> None:
    """Rewrite the coverage of files whose list of records missing in them has changed."""
    for row, gone in _otherwise(connection, register, files, state):
        end(connection, COVERAGE, [row["id"]], number)
        rewrite_coverage(connection, [dict(row) | {"gone": gone}], number)


def _otherwise(
    connection: sa.Connection, register: Register, files: Iterable[sa.RowMapping], state: GroupState
) -> Iterator[tuple[sa.RowMapping, str]]:
    left = state.left_standing()
    for row in files:
        gone = to_json_list(record_names(connection, register, left.get(row["source"], ())))
        if gone != row["gone"]:
            yield row, gone
