"""Nobody who may only create something in PostgreSQL decides what our queries compare, call or find."""

from __future__ import annotations

import psycopg
import pytest
from hiding import EVERYTHING, NOTHING
from literal_registers import NOW, OFFICE, sheet
from machine import empty_database

from gktools.errors import RecordsError
from gktools.registers.store import search_path, soundness
from gktools.registers.store.opening import describe_database, open_store

HIDES_ONE = (
    "create function public.quiet(text, varchar) returns boolean language sql as"
    " $$select $1 operator(pg_catalog.=) $2::text and pg_catalog.current_query() !~ 'register_requests'$$",
    "create operator public.= (leftarg = text, rightarg = varchar, function = public.quiet)",
)
MADE = {
    "an operator": (HIDES_ONE, "=(text,character varying)"),
    "an operator for names": (
        ("create function public.quiet(name, varchar) returns boolean language sql as $$select false$$",
         "create operator public.<> (leftarg = name, rightarg = varchar, function = public.quiet)"),
        "<>(name,character varying)"),
    "a function for one type": (
        ("create function public.length(date) returns int language sql as $$select 1$$",), "length(date)"),
    "an aggregate": (
        ("create aggregate public.count(text) (sfunc = textcat, stype = text)",), "count(text)"),
    "a function of PostgreSQL's own schema": (
        ("create function pg_catalog.length(date) returns int language sql as $$select 1$$",), "length(date)"),
    "a type that is called like a function": (("create domain public.count as text",), "count"),
    "a cast": (
        ("create function public.quiet(date) returns int language sql as $$select 1$$",
         "create cast (date as int) with function public.quiet(date) as implicit"),
        "date → integer"),
    "an operator of somebody's that was added to an extension": (
        (*HIDES_ONE, "drop role if exists mallory", "create role mallory",
         "grant create on schema public to mallory", "alter operator public.= (text, varchar) owner to mallory",
         "alter extension plpgsql add operator public.= (text, varchar)"),
        "=(text,character varying)"),
}  # fmt: skip


def execute(postgres, *commands, database="postgres", user="postgres"):
    with psycopg.connect(f"host={postgres} user={user} dbname={database}", autocommit=True) as connection:
        for command in commands:
            connection.execute(command)


def requests(*numbers):
    rows = [{"number": number, "received_on": "2024-03-01", "applicant": "自然人"} for number in numbers]
    return sheet("requests", 2024, rows, OFFICE)


def extended(postgres):
    """Return whether an operator was added to the one extension that every build of PostgreSQL has."""
    with psycopg.connect(f"host={postgres} user=postgres dbname=postgres") as connection:
        return connection.execute(
            "select 1 from pg_depend where deptype = 'e' and classid = 'pg_operator'::regclass::oid"
        ).fetchone()


@pytest.fixture
def address(postgres):
    yield empty_database(postgres)
    execute(
        postgres,
        "drop cast if exists (date as int)",
        "drop function if exists pg_catalog.length(date)",
        *(["alter extension plpgsql drop operator public.= (text, varchar)"] if extended(postgres) else []),
        "drop schema if exists own cascade",
        "drop schema if exists postgres cascade",
    )
    empty_database(postgres)
    execute(postgres, "drop role if exists mallory")


@pytest.mark.parametrize("what", MADE)
def test_what_hides_something_of_postgresql_is_named_and_nothing_is_done(address, postgres, tmp_path, what):
    commands, name = MADE[what]
    with open_store(tmp_path, address) as store:
        store.add([requests("1", "2")], NOW)
        execute(postgres, *commands)

        assert f"gktools 的权限运行：{name}" in store.audit()[0].replace("public.", "")
        with pytest.raises(RecordsError, match="没有往下做：台账库那里有人建了和 PostgreSQL 自己的同名的"):
            store.require_sound()
        with pytest.raises(RecordsError, match="没有导入，台账库没有变：台账库那里有人建了"):
            store.add([requests("1", "2", "3")], NOW)
    for use in (open_store, describe_database):
        with pytest.raises(RecordsError, match="没有用这个数据库，没有动它：台账库那里有人建了"):
            use(tmp_path, address)


def test_no_query_calls_what_somebody_has_made_even_if_it_is_there_only_for_that_moment(
    address, postgres, tmp_path, monkeypatch
):
    for module in (search_path, soundness):
        monkeypatch.setattr(module, "HIDING", NOTHING)
    execute(postgres, EVERYTHING)

    with open_store(tmp_path, address) as store:
        store.add([requests("1", "2")], NOW)
        store.add([requests("1", "2", "3")], NOW)
        assert len(store.load_records(OFFICE, 2024)["requests"]) == 3
        assert store.audit() == []
        assert store.audit(OFFICE) == []
        store.undo(2, NOW)
        store.restore(store.backup(tmp_path / "x.backup.db"), NOW)
        assert len(store.load_records(OFFICE, 2024)["requests"]) == 2
    assert "里面有第" in describe_database(tmp_path, address)


def test_names_are_looked_for_in_no_schema_but_the_stores(address, postgres, tmp_path):
    execute(postgres, "create schema own", *(one.replace("public.", "own.") for one in HIDES_ONE))

    with open_store(tmp_path, f"{address}&options=-csearch_path%3Dpublic,own,pg_catalog") as store:
        store.add([requests("1")], NOW)

        with store.engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW search_path").scalar_one() == '"public", pg_temp'
        assert store.audit() == []


def test_a_path_that_became_wide_again_is_named(address, tmp_path):
    with open_store(tmp_path, address) as store:
        store.add([requests("1")], NOW)
        with store.engine.connect() as connection:
            connection.exec_driver_sql("SET search_path TO public, information_schema")

            assert "search_path" in soundness.soundness_errors(connection, [])[0]


def test_a_schema_of_the_users_name_is_not_taken_for_the_store(address, postgres, tmp_path):
    with open_store(tmp_path, address) as store:
        store.add([requests("1")], NOW)
    execute(postgres, "create schema postgres", "create table postgres.register_requests (id int)")

    with open_store(tmp_path, address) as store:
        assert len(store.load_records(OFFICE, 2024)["requests"]) == 1
        assert store.audit() == []


def test_two_stores_on_the_path_are_named_and_neither_is_used(address, postgres, tmp_path):
    open_store(tmp_path, address).close()
    execute(postgres, "create schema own")
    open_store(tmp_path, f"{address}&options=-csearch_path%3Down").close()

    with pytest.raises(RecordsError, match="几个 schema 里都有台账库（own、public），不知道用哪一个"):
        open_store(tmp_path, f"{address}&options=-csearch_path%3Down,public")


def test_what_honest_databases_have_beside_the_store_disturbs_nobody(address, postgres, tmp_path):
    execute(
        postgres,
        *HIDES_ONE,
        "alter extension plpgsql add operator public.= (text, varchar)",  # as an extension's own, such as those of citext
        "create function public.touch() returns trigger language plpgsql as $$begin return new; end$$",
        "create table public.other (id int primary key, name text)",
        "create trigger touch before update on public.other for each row execute function public.touch()",
        "create type public.colour as enum ('red')",
        "create cast (varchar as public.colour) with inout as implicit",
    )
    with open_store(tmp_path, address) as store:
        store.add([requests("1", "2")], NOW)

        assert store.audit() == []
        assert len(store.load_records(OFFICE, 2024)["requests"]) == 2


def test_a_schema_with_a_quote_in_its_name_keeps_a_store(address, postgres, tmp_path):
    execute(postgres, 'create schema "own"', 'alter schema "own" rename to "o""wn, x"')
    try:
        execute(postgres, """alter database postgres set search_path to 'o"wn, x'""")
        with open_store(tmp_path, address) as store:
            store.add([requests("1")], NOW)
            assert store.audit() == []
    finally:
        execute(postgres, "alter database postgres reset search_path", 'drop schema "o""wn, x" cascade')
