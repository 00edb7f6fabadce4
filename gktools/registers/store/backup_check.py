"""What is in a backup, before any of it is believed: our tables alone, every value of its column's type and range."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...workspace.model import is_code
from .database import COVERAGE, IMPORTS, METADATA, PERSONAL, SEALS, TABLES
from .journal import ENTRIES, JOURNAL
from .soundness import of_another_kind
from .sqlite_file import look_into

_TABLES = {**METADATA.tables, **JOURNAL.tables}
_KINDS = ("import", "undo", "restore")
_YEARS = (1949, 9999)
_LISTS = ("warnings", "gone", "series", "beside")


def foreign_names(backup: sqlite3.Connection) -> set[str]:
    """Return the names of what is in a database and not ours: other tables, views, triggers, virtual tables."""
    found = backup.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    return {
        name
        for kind, name, table, command in found
        if not (
            (kind == "index" and _is_ours(table))
            or (kind == "table" and _is_ours(name) and str(command).upper().startswith("CREATE TABLE"))
            or (kind == "table" and name.startswith("sqlite_"))
        )
    }


def _is_ours(table: str) -> bool:
    return table in _TABLES or table.startswith("register_")  # of a register that is no more


def content_errors(path: Path) -> list[str]:
    """Return which tables of a backup of the present version have values that cannot be, as Chinese sentences."""
    try:
        with closing(look_into(path)) as backup:
            if foreign := sorted(foreign_names(backup)):
                return [f"里面有不是 gktools 建的东西（{'、'.join(foreign[:3])}）"]
            if backup.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                return ["文件已经损坏，或者索引和内容对不上（integrity_check 没有通过）"]
            present = {name for (name,) in backup.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            return [error for name, table in _TABLES.items() if name in present for error in _errors(backup, table)]
    except sqlite3.Error as error:
        return [f"文件已经损坏（{type(error).__name__}）"]


def _errors(backup: sqlite3.Connection, table: sa.Table) -> Iterator[str]:
    present = {row[1] for row in backup.execute(f"PRAGMA table_info({table.name})")}
    for column in table.columns:
        if column.name not in present:
            continue
        wrong = " OR ".join(_wrong(column))
        count = backup.execute(f"SELECT count(*) FROM {table.name} WHERE {wrong}").fetchone()[0]  # noqa: S608 - our own names
        if count:
            yield f"{table.name} 表的 {column.name} 有 {count} 格不是该有的内容"
    yield from _ranges(backup, table)


def _wrong(column: sa.Column[Any]) -> Iterator[str]:
    """Yield conditions of SQL that are true for a value that the column cannot have."""
    name = f'"{column.name}"'
    if not column.nullable:
        yield f"{name} IS NULL"
    kind = column.type
    yield of_another_kind(column)
    if isinstance(kind, sa.Date):
        yield f"{name} IS NOT NULL AND date({name}, '+0 days') IS NOT {name}"  # which makes 30 February another day
    elif isinstance(kind, sa.Boolean):
        yield f"{name} NOT IN (0, 1)"
    if column.name in ("year", "file_year"):
        of_no_report = f"AND {name} != 0" if column.table is ENTRIES else ""
        yield f"({name} NOT BETWEEN {_YEARS[0]} AND {_YEARS[1]} {of_no_report})"
    if table_lists(column):
        yield f"NOT json_valid({name}) OR json_type({name}) != 'array'"


def table_lists(column: sa.Column[Any]) -> bool:
    """Return whether a column has a JSON list."""
    return column.table is COVERAGE and column.name in _LISTS


def _ranges(backup: sqlite3.Connection, table: sa.Table) -> Iterator[str]:
    """Yield what is wrong with codes, names of registers, kinds and times."""
    distinct = {
        (COVERAGE, "register"): lambda value: value in TABLES,
        (COVERAGE, "office"): _is_code,
        (SEALS, "register"): lambda value: value in TABLES,
        (SEALS, "office"): _is_code,
        (PERSONAL, "register"): lambda value: value in TABLES,
        (IMPORTS, "kind"): lambda value: value in _KINDS,
        (IMPORTS, "moment"): _is_time,
    } | {(one, "office_code"): _is_code for one in TABLES.values()}
    for (of, column), allowed in distinct.items():
        if of is table:
            values = backup.execute(f'SELECT DISTINCT "{column}" FROM {table.name}')  # noqa: S608 - our own names
            if wrong := [value for (value,) in values if not (isinstance(value, str) and allowed(value))]:
                yield f"{table.name} 表的 {column} 有不认识的内容（{len(wrong)} 种）"


def _is_code(value: str) -> bool:
    return is_code(value)


def _is_time(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
