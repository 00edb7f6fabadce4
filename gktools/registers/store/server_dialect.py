"""How queries are written for PostgreSQL: so that everything in them is exactly what PostgreSQL itself has.

SQLAlchemy writes a text as VARCHAR, for which PostgreSQL has no operators of its own: somebody's would be an exact match.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg, PGDialect_psycopg


class _Text(sa.Text):
    render_bind_cast = True


class _Compiler(PGCompiler_psycopg):
    def visit_function(self, func: Any, *given: Any, **named: Any) -> str:
        """Write a function by its whole name: one for a single type comes before PostgreSQL's for any."""
        text = super().visit_function(func, *given, **named)
        is_bare = not getattr(func, "packagenames", ()) and func.name not in _SYNTAX
        return f"pg_catalog.{text}" if is_bare and text.startswith(f"{func.name}(") else text


_SYNTAX = ("coalesce", "greatest", "least", "nullif")
"""What looks like a function and has no schema."""


_KINDS: Any = {**PGDialect_psycopg.colspecs, sa.String: _Text}


class ServerDialect(PGDialect_psycopg):
    """PostgreSQL's dialect, with texts as TEXT and functions by their whole names."""

    supports_statement_cache = True
    statement_compiler = _Compiler
    colspecs = _KINDS

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"use_native_hstore": False} | given)  # type: ignore[no-untyped-call]

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> bool:
        """Return whether a table, or what stands in its place, is there: SQLAlchemy's own query has no exact types."""
        place = "pg_catalog.current_schema()" if schema is None else "CAST(:schema AS text)"
        asked = sa.text(_HAS_TABLE.format(place=place))
        given = {"name": table_name} | ({} if schema is None else {"schema": schema})
        return bool(connection.execute(asked, given).first())


_HAS_TABLE = """
SELECT 1 FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON relnamespace = pg_namespace.oid
WHERE relname = CAST(:name AS text) AND nspname = CAST({place} AS text)
    AND CAST(relkind AS text) = ANY(CAST('{{r,p,f,v,m}}' AS text[]))
"""

DRIVER = "postgresql+gktools"
sa.dialects.registry.register(DRIVER.replace("+", "."), __name__, ServerDialect.__name__)
