"""Whether the database shows and takes what is in its tables: no index that leaves rows out, nothing put in between.

The seals of imports and the hashes of the review log say that the rows are those that were written. They are of no use if
another query sees other rows: by an index that does not agree with its table, a policy, a view, a generated column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from .search_path import HIDING, hiding_error

_NAMED = 5
_SOUND = "gktools_sound"


def soundness_errors(connection: sa.Connection, tables: Sequence[sa.Table]) -> list[str]:
    """Return why queries of tables may not see or write what is in them, as Chinese sentences; empty if they do.

    In SQLite, what a connection has found sound it does not look at again until another connection has written.
    """
    if connection.dialect.name != "sqlite":
        hiding = _hiding(connection)
        return [*([hiding_error(hiding)] if hiding else []), *_foreign(server_parts(connection, tables))]
    names = tuple(table.name for table in tables)
    known: dict[tuple[str, ...], list[int]] = connection.info.setdefault(_SOUND, {})
    version = [connection.exec_driver_sql(f"PRAGMA {of}_version").scalar_one() for of in ("data", "schema")]
    if known.get(names) == version:
        return []
    present = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
    there = [table for table in tables if table.name in present]
    found = _foreign(_file_parts(connection, there))
    found += [one for table in there for one in _damage(connection, table.name)]
    if not found:
        known[names] = version
    return found


def _foreign(names: Sequence[str]) -> list[str]:
    more = f" 等 {len(names)} 处" if len(names) > _NAMED else ""
    return [_FOREIGN.format(names="、".join(names[:_NAMED]) + more)] if names else []


_FOREIGN = (
    "台账库里有不是 gktools 建的东西，会改动读到和写进去的内容"
    "（触发器、视图、规则、行级权限、加上的约束或默认值、生成的列、换过的列、排序规则或索引）：{names}。"
    "请管数据库的人查明是谁加的，去掉以后再核对"
)


def _file_parts(connection: sa.Connection, tables: Sequence[sa.Table]) -> list[str]:
    """Return the names of what is in a file and changes what is written: triggers, views, constraints, defaults and more."""
    ours = {table.name: table for table in tables}
    found: set[str] = set()
    for kind, name, table, text in connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master"):
        if name.lower().startswith("pragma_"):  # it would answer _ODD_COLUMNS
            return [name]
        stands_between = kind in ("trigger", "view") or str(text).startswith("CREATE VIRTUAL ")
        if stands_between or (table in ours and _CONSTRAINT.search(text or "")):
            found.add(name)
    for table, name, hidden, default in connection.exec_driver_sql(_ODD_COLUMNS):
        if table in ours:
            column = ours[table].columns.get(name)
            nullable = column is not None and column.nullable
            if hidden or nullable or default not in _DEFAULTS:
                found.add(f"{table}.{name}")
    return sorted(found)


_ODD_COLUMNS = """
SELECT m.name, x.name, x.hidden, x.dflt_value FROM main.sqlite_master AS m, pragma_table_xinfo(m.name) AS x
WHERE m.type = 'table' AND (x.hidden OR x.dflt_value IS NOT NULL)
"""
"""The columns that are generated or have a default, of all tables at once."""


_CONSTRAINT = re.compile(r"\b(CHECK|UNIQUE|CONFLICT|COLLATE)\b", re.IGNORECASE | re.ASCII)
"""Words of a constraint that drops or changes rows as they are written: none of ours has one, nor a column of that name."""
_DEFAULTS = ("''", "'[]'", "0")
"""The defaults that columns have which an older store was given later; all of these must have a value."""


def _damage(connection: sa.Connection, table: str) -> Iterator[str]:
    """Yield that the rows of a table and its indexes do not agree, or that its part of the file is damaged."""
    try:
        said = list(connection.exec_driver_sql(f'PRAGMA integrity_check("{table}")').scalars())
    except sa.exc.DatabaseError as error:
        said = [str(error.orig)]
    if said != ["ok"]:
        yield (
            f"{table} 表的内容和它的索引对不上（{len(said)} 处），同一条记录有的地方查得到，有的地方查不到：文件坏了，"
            "或者被人动过。请运行 gktools records backup，再用 gktools records restore 恢复刚写好的那一份，索引就重新建了，"
            "然后再核对；备份不成的，从以前的备份恢复"
        )


def server_parts(connection: sa.Connection, tables: Sequence[sa.Table]) -> list[str]:
    """Return the names of what PostgreSQL has on, or in the place of, our tables and gktools did not make."""
    names = [table.name for table in tables]
    found = {"search_path"} if len(_path(connection)) > 1 else set()
    found |= set(connection.execute(sa.text(_SERVER), {"names": names}).scalars())
    kinds = {table.name: {column.name: column for column in table.columns} for table in tables}
    for table, column, kind, default in _server_columns(connection, names):
        ours = kinds[table].get(column)
        if ours is not None and (kind not in _kinds_of(ours) or (default and ours.nullable)):
            found.add(f"{table}.{column}")
    return sorted(found)


def server_kinds(connection: sa.Connection, tables: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the columns that tables have on a server with their types, by the table: SQLAlchemy's query has no exact types."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind, _ in _server_columns(connection, tables):
        found.setdefault(table, {})[column] = kind
    return found


def _server_columns(connection: sa.Connection, tables: Sequence[str]) -> list[tuple[str, str, str, bool]]:
    return [tuple(row) for row in connection.execute(sa.text(_SERVER_COLUMNS), {"names": list(tables)})]


def _hiding(connection: sa.Connection) -> list[str]:
    """Return the names of what stands before what is PostgreSQL's own, made since the connection was opened."""
    return sorted(connection.exec_driver_sql(HIDING, {"schemas": _path(connection)}).scalars())


def _path(connection: sa.Connection) -> list[str]:
    """Return the schemas in which names are looked for, beside PostgreSQL's own."""
    schemas: list[str] = connection.exec_driver_sql("SELECT pg_catalog.current_schemas(false)").scalar_one()
    return schemas


_SERVER = """
WITH ours AS (
    SELECT oid, relname, relkind, relrowsecurity FROM pg_catalog.pg_class
    WHERE pg_catalog.pg_table_is_visible(oid) AND relname = ANY(CAST(:names AS text[]))
), own AS (
    SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CAST('pg_catalog' AS text)
)
SELECT CAST(relname AS text) FROM ours WHERE relkind <> 'r' OR relrowsecurity
UNION SELECT CAST(tgname AS text) FROM pg_catalog.pg_trigger JOIN ours ON tgrelid = ours.oid WHERE NOT tgisinternal
UNION SELECT CAST(rulename AS text) FROM pg_catalog.pg_rewrite JOIN ours ON ev_class = ours.oid
UNION SELECT CAST(polname AS text) FROM pg_catalog.pg_policy JOIN ours ON polrelid = ours.oid
UNION SELECT pg_catalog.concat(relname, '.', attname) FROM pg_catalog.pg_attribute JOIN ours ON attrelid = ours.oid
    WHERE attgenerated <> '' OR attcollation IN (
        SELECT oid FROM pg_catalog.pg_collation
        WHERE NOT collisdeterministic OR collnamespace NOT IN (SELECT oid FROM own))
UNION SELECT CAST(conname AS text) FROM pg_catalog.pg_constraint JOIN ours ON conrelid = ours.oid
    WHERE contype IN ('c', 'u', 'x')
UNION SELECT CAST(child.relname AS text) FROM pg_catalog.pg_inherits JOIN ours ON inhparent = ours.oid
    JOIN pg_catalog.pg_class AS child ON inhrelid = child.oid
UNION SELECT CAST(named.relname AS text) FROM pg_catalog.pg_index JOIN ours ON indrelid = ours.oid
    JOIN pg_catalog.pg_class AS named ON indexrelid = named.oid
    WHERE indpred IS NOT NULL OR indexprs IS NOT NULL OR NOT (indisvalid AND indisready)
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_opclass
        WHERE pg_opclass.oid = ANY(CAST(indclass AS oid[])) AND opcnamespace NOT IN (SELECT oid FROM own))
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_collation
        WHERE pg_collation.oid = ANY(CAST(indcollation AS oid[]))
        AND (NOT collisdeterministic OR collnamespace NOT IN (SELECT oid FROM own)))
UNION SELECT CAST('search_path' AS text) WHERE (pg_catalog.current_schemas(true))[1] <> CAST('pg_catalog' AS text)
"""
_SERVER_COLUMNS = """
SELECT CAST(relname AS text), CAST(attname AS text), pg_catalog.format_type(atttypid, NULL), atthasdef
FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class ON attrelid = pg_class.oid
WHERE pg_catalog.pg_table_is_visible(pg_class.oid) AND relname = ANY(CAST(:names AS text[]))
    AND attnum > CAST(0 AS smallint) AND NOT attisdropped
ORDER BY CAST(relname AS text), attnum
"""


# --- what a column may have ----------


def _kinds_of(column: sa.Column[Any]) -> tuple[str, ...]:
    """Return the types that a column may have on a server."""
    known: dict[type[Any], tuple[str, ...]] = {
        sa.Date: ("date",),
        sa.Boolean: ("boolean",),
        sa.Integer: ("integer", "bigint"),
        sa.LargeBinary: ("bytea",),
    }
    return next((kinds for of, kinds in known.items() if isinstance(column.type, of)), ("text",))


def of_another_kind(column: sa.Column[Any]) -> str:
    """Return the condition of SQLite, which lets a column have any value, that one is not of the column's kind."""
    name = f'"{column.name}"'
    if isinstance(column.type, sa.Integer | sa.Boolean):
        return f"typeof({name}) NOT IN ('integer', 'null')"
    if isinstance(column.type, sa.LargeBinary):
        return f"typeof({name}) NOT IN ('blob', 'null')"
    return f"({name} < '' OR {name} >= x'')"  # a number or bytes: in SQLite's order texts stand between them


def kinds_loaded(column: sa.Column[Any], dialect: str) -> frozenset[type[Any]]:
    """Return the types of Python that a column's values have when they are loaded as they are."""
    if isinstance(column.type, sa.Boolean):
        own: type[Any] = int if dialect == "sqlite" else bool
    elif isinstance(column.type, sa.Date):
        own = str if dialect == "sqlite" else date
    else:
        own = int if isinstance(column.type, sa.Integer) else str
    return frozenset((own, type(None)))
