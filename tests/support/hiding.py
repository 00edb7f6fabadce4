"""What somebody who may create in a schema of PostgreSQL puts there to be found before what is PostgreSQL's own."""

from __future__ import annotations

_TYPES = [
    *("text", "varchar", "name", "bpchar", "int2", "int4", "int8", "bool", "date", "bytea", "oid", "regclass"),
    *("text[]", "varchar[]", "name[]", "json"),
]
_OPERATORS = ["=", "<>", "<", ">", "<=", ">=", "||", "~~", "+", "-"]
_FUNCTIONS = [
    *("count", "max", "min", "sum", "length", "rtrim", "to_char", "array_to_json"),
    *("pg_advisory_xact_lock", "current_schemas"),
]


def _list(names: list[str]) -> str:
    return f"ARRAY{names!r}"


EVERYTHING = f"""
DO $do$
DECLARE a text; b text; o text; n int := 0;
BEGIN
  FOREACH a IN ARRAY {_list([*_TYPES, '"char"'])} LOOP
    FOREACH o IN ARRAY {_list(_FUNCTIONS)} LOOP
      EXECUTE format('CREATE FUNCTION public.%s(%s) RETURNS text LANGUAGE plpgsql AS
        $f$ BEGIN RAISE EXCEPTION ''not of postgresql: %s %s''; END $f$', o, a, o, a);
    END LOOP;
    FOREACH b IN ARRAY {_list([*_TYPES, '"char"'])} LOOP
      FOREACH o IN ARRAY {_list(_OPERATORS)} LOOP
        n := n + 1;
        EXECUTE format('CREATE FUNCTION public.made_%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS
          $f$ BEGIN RAISE EXCEPTION ''not of postgresql: %s %s %s''; END $f$', n, a, b,
          CASE WHEN o IN ('||', '+', '-') THEN 'text' ELSE 'bool' END, a, o, b);
        EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.made_%s)', o, a, b, n);
      END LOOP;
    END LOOP;
  END LOOP;
END $do$
"""
"""Operators for every pair of types, and functions for every type, that only say that they were called."""
NOTHING = "SELECT CAST('x' AS text) WHERE CAST(%(schemas)s AS text[]) IS NULL"
"""Instead of the query for what hides something: as if it had been made after it was looked for."""
