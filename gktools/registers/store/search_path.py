"""By which names PostgreSQL finds what a query of ours asks for: one schema beside its own, with nothing that hides its own.

A name without a schema is looked for along the search path, and an operator or a function for exactly the types of a
query is taken before one of PostgreSQL that needs a conversion, from whichever schema of the path. Whoever may create
something in one of them could so decide what our queries compare, with the rights of our user.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Any

from ...errors import RecordsError


def pin_schema(connection: Any, is_store: Callable[[Collection[str]], bool]) -> None:
    """Let a new connection of psycopg look for names in PostgreSQL's own schema and in the one that has the store.

    That is the first of its search path, if none has a store yet. is_store says whether tables of these names are one.
    Raises RecordsError if two have one, or if something stands there that hides what is PostgreSQL's own.
    """
    with connection.cursor() as cursor:
        path = cursor.execute("SELECT pg_catalog.current_schemas(false)").fetchone()[0]
        schemas = [name for name in path if not name.startswith("pg_")]
        if not schemas:
            connection.rollback()
            return
        cursor.execute("SET search_path TO pg_catalog, pg_temp")
        found = defaultdict(set)
        for schema, table in cursor.execute(_TABLES, {"schemas": schemas}):
            found[schema].add(table)
        stores = [schema for schema in schemas if is_store(found[schema])]
        schema = (stores or schemas)[0]
        hiding = sorted(name for (name,) in cursor.execute(HIDING, {"schemas": [schema]}))
        quoted = '"' + schema.replace('"', '""') + '"'
        cursor.execute("SELECT pg_catalog.set_config('search_path', %s, false)", [f"{quoted}, pg_temp"])
    if len(stores) > 1:
        raise RecordsError(_TWO.format(schemas="、".join(stores)))
    if hiding:
        raise RecordsError(f"没有用这个数据库，没有动它：{hiding_error(hiding)}")
    connection.commit()


def hiding_error(names: Sequence[str]) -> str:
    """Return that these stand before what is PostgreSQL's own, as a Chinese sentence."""
    more = f" 等 {len(names)} 处" if len(names) > _NAMED else ""
    return _HIDING.format(names="、".join(names[:_NAMED]) + more)


_NAMED = 5
_HIDING = (
    "台账库那里有人建了和 PostgreSQL 自己的同名的运算符、函数、类型或者类型转换，会改动查到的内容，还会用 gktools 的权限运行："
    "{names}。请管数据库的人查明是谁建的，去掉以后再核对；别的程序要用的，请给台账单独一个库（或者一个只有它的用户能建东西的 schema）"
)
_TWO = (
    "没有用这个数据库，没有动它：查找的路径（search_path）上有几个 schema 里都有台账库（{schemas}），不知道用哪一个。"
    "请管数据库的人查明是谁建的，去掉不是的，或者把台账用户的 search_path 只设成是的那一个"
)
_TABLES = """
SELECT CAST(nspname AS text), CAST(relname AS text)
FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON relnamespace = pg_namespace.oid
WHERE nspname = ANY(CAST(%(schemas)s AS text[]))
"""

HIDING = """
WITH place AS (
    SELECT oid FROM pg_catalog.pg_namespace
    WHERE nspname = ANY(CAST(%(schemas)s AS text[])) OR nspname = CAST('pg_catalog' AS text)
), own AS (
    SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CAST('pg_catalog' AS text)
), extension AS (
    SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
), trusted AS (
    SELECT oid FROM pg_catalog.pg_roles WHERE rolsuper
)
SELECT CAST(CAST(made.oid AS regoperator) AS text) FROM pg_catalog.pg_operator AS made
WHERE oid >= CAST(16384 AS oid) AND oprnamespace IN (SELECT oid FROM place)
    AND oprname IN (SELECT oprname FROM pg_catalog.pg_operator WHERE oprnamespace IN (SELECT oid FROM own))
    AND NOT (oprowner IN (SELECT oid FROM trusted) AND EXISTS (
        SELECT 1 FROM extension WHERE classid = CAST(CAST('pg_catalog.pg_operator' AS regclass) AS oid) AND objid = made.oid))
UNION SELECT CAST(CAST(made.oid AS regprocedure) AS text) FROM pg_catalog.pg_proc AS made
WHERE oid >= CAST(16384 AS oid) AND pronamespace IN (SELECT oid FROM place)
    AND proname IN (SELECT proname FROM pg_catalog.pg_proc WHERE pronamespace IN (SELECT oid FROM own))
    AND NOT (proowner IN (SELECT oid FROM trusted) AND EXISTS (
        SELECT 1 FROM extension WHERE classid = CAST(CAST('pg_catalog.pg_proc' AS regclass) AS oid) AND objid = made.oid))
UNION SELECT CAST(CAST(made.oid AS regtype) AS text) FROM pg_catalog.pg_type AS made
WHERE oid >= CAST(16384 AS oid) AND typnamespace IN (SELECT oid FROM place) AND typtype <> 'c'
    AND (typname IN (SELECT proname FROM pg_catalog.pg_proc WHERE pronamespace IN (SELECT oid FROM own))
        OR typname IN (SELECT typname FROM pg_catalog.pg_type WHERE typnamespace IN (SELECT oid FROM own)))
    AND NOT (typowner IN (SELECT oid FROM trusted) AND EXISTS (
        SELECT 1 FROM extension WHERE classid = CAST(CAST('pg_catalog.pg_type' AS regclass) AS oid) AND objid = made.oid))
UNION SELECT pg_catalog.format_type(castsource, NULL) OPERATOR(pg_catalog.||) CAST(' → ' AS text)
    OPERATOR(pg_catalog.||) pg_catalog.format_type(casttarget, NULL) FROM pg_catalog.pg_cast AS made
WHERE oid >= CAST(16384 AS oid) AND castsource < CAST(16384 AS oid) AND casttarget < CAST(16384 AS oid)
    AND NOT EXISTS (
        SELECT 1 FROM extension WHERE classid = CAST(CAST('pg_catalog.pg_cast' AS regclass) AS oid) AND objid = made.oid)
"""
"""What was made in these schemas, or in PostgreSQL's own, under a name that PostgreSQL has itself.

What a superuser made for an extension is left out: its owner may add things of their own to an extension. A function
of another name is called by no query of ours. Every operator here is PostgreSQL's own for exactly these types.
"""
