"""Whoever can write in the database but has not the key lets no query see other rows than those that were stored."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
import sqlalchemy as sa
from hiding import NOTHING
from literal_registers import NOW, OFFICE, sheet
from machine import empty_database
from tampering import execute, make_index_stale, make_table_anew

from gktools.errors import RecordsError
from gktools.registers.store.column_order import COLUMN_ORDER
from gktools.registers.store.database import NAME, TABLES
from gktools.registers.store.opening import open_store

IN_FORCE = "register_requests_in_force"


def requests(*numbers, office=OFFICE):
    rows = [{"number": number, "received_on": "2024-03-01", "applicant": "自然人"} for number in numbers]
    return sheet("requests", 2024, rows, office)


def fill(store):
    document = {"title": "办法", "kind": "规章", "published_on": "2024-01-01", "lead": "否", "revision": "是"}
    charge = {"name": "占道费", "collected_on": "2024-05-01", "amount": "10.50"}
    store.add([requests("1", "2", "3"), sheet("documents", 2024, [document]), sheet("charges", 2024, [charge])], NOW)
    store.add([requests("4", office="jiaoyu")], NOW)
    return store


@pytest.fixture
def in_file(tmp_path):
    with open_store(tmp_path) as store:
        yield fill(store)


@pytest.fixture
def on_server(postgres, tmp_path):
    with open_store(tmp_path, empty_database(postgres)) as store:
        yield fill(store)


# --- indexes ----------


@pytest.fixture
def stale(in_file, tmp_path):
    """A store of which the requests 1 and 2 are not seen by whoever looks for an office's."""
    make_index_stale(tmp_path / NAME, IN_FORCE, "record_key in ('1', '2')")
    return in_file


def test_rows_that_an_index_leaves_out_are_found_by_every_audit(stale):
    for office in (None, OFFICE, "jiaoyu"):
        assert "register_requests 表的内容和它的索引对不上（" in stale.audit(office)[0]


def test_nothing_is_built_or_imported_on_an_index_that_leaves_rows_out(stale):
    with pytest.raises(RecordsError, match="没有往下做：register_requests 表的内容和它的索引对不上"):
        stale.require_sound()
    with pytest.raises(RecordsError, match="没有导入，台账库没有变：register_requests 表"):
        stale.add([requests("5", office="caizheng")], NOW)
    assert len(stale.imports()) == 2


def test_a_backup_and_its_restore_mend_an_index_that_leaves_rows_out(stale, tmp_path):
    stale.restore(stale.backup(tmp_path / "x.backup.db"), NOW)

    assert stale.audit() == []
    assert len(stale.load_records(OFFICE, 2024)["requests"]) == 3
    stale.add([requests("5", office="caizheng")], NOW)


def test_a_connection_that_has_found_a_store_sound_looks_again_once_another_has_written(in_file, tmp_path):
    in_file.require_sound()
    make_index_stale(tmp_path / NAME, IN_FORCE, "record_key = '1'")

    with pytest.raises(RecordsError, match="索引对不上"):
        in_file.require_sound()


# --- what stands between tables and queries ----------

IN_FILE = {
    "a column that is computed": (
        ["alter table register_requests rename column topic to said_topic",
         "alter table register_requests add column topic text generated always as (json('\"x\"')) virtual"],
        "register_requests.topic"),
    "a table that a module makes": (["create virtual table quiet using fts5(x)"], "quiet"),
    "a view": (["create view quiet as select * from coverage"], "quiet"),
    "a trigger": (["create trigger quiet after insert on imports begin delete from coverage; end"], "quiet"),
    "an index that takes one of each": (["create unique index quiet on imports (id, file)"], "quiet"),
    "a constraint of a new column": (
        ["alter table coverage add column more text check (rows < 9)"], "coverage"),
    "a default": (
        ["alter table register_requests rename column topic to said_topic",
         "alter table register_requests add column topic text default 'x'"],
        "register_requests.topic"),
    "a table in the place of what SQLite says of columns": (
        ["alter table register_requests rename column topic to said_topic",
         "alter table register_requests add column topic text default 'x'",
         "create table Pragma_Table_xinfo (name, hidden, dflt_value)"],
        "Pragma_Table_xinfo"),
}  # fmt: skip
ON_SERVER = {
    "a policy": (
        ["alter table register_requests enable row level security",
         "create policy quiet on register_requests using (number <> '1' or current_query() like 'array_to_json')"],
        "quiet、register_requests"),
    "row security alone": (["alter table coverage enable row level security"], "coverage"),
    "a rule": (["create rule quiet as on insert to register_requests do instead nothing"], "quiet"),
    "a view in the place of a table": (
        ["alter table register_charges rename to kept", "create view register_charges as select * from kept"],
        "_RETURN、register_charges"),
    "a column that is computed": (
        ["alter table register_requests rename column topic to said_topic",
         "alter table register_requests add column topic text generated always as (number) stored"],
        "register_requests.topic"),
    "a column of another type": (
        ["create domain odd as text", "alter table register_requests alter column topic type odd"],
        "register_requests.topic"),
    "a default": (
        ["alter table register_requests alter column topic set default 'x'"], "register_requests.topic"),
    "a constraint": (["alter table coverage add constraint quiet check (rows < 9)"], "quiet"),
    "rows of another table": (["create table more () inherits (register_requests)"], "more"),
    "an index of a part": (["create index part on register_requests (number) where until_import is null"], "part"),
    "a column compared otherwise": (
        ["create collation odd (locale = 'C')",
         "alter table register_requests alter column office_code type text collate odd"],
        "register_requests.office_code、register_requests_in_force"),
    "an index ordered otherwise": (
        ["create collation odd (locale = 'C')", "create index part on register_requests (number collate odd)"], "part"),
    "an index by operators of somebody": (
        ["create operator class odd for type text using btree as operator 1 <, operator 2 <=, operator 3 =,"
         " operator 4 >=, operator 5 >, function 1 bttextcmp(text, text)",
         "create index part on register_requests (number odd)"], "part"),
    "an index of what is computed": (["create index part on register_requests (lower(number))"], "part"),
}  # fmt: skip


def require_named(store, commands, names):
    with store.engine.begin() as connection:
        for command in commands:
            connection.exec_driver_sql(command)

    assert (
        f"会改动读到和写进去的内容（触发器、视图、规则、行级权限、加上的约束或默认值、生成的列、换过的列、排序规则或索引）：{names}。"
        in store.audit()[0]
    )
    with pytest.raises(RecordsError, match="没有往下做：台账库里有不是 gktools 建的东西"):
        store.require_sound()


@pytest.mark.parametrize("what", IN_FILE)
def test_what_stands_between_a_table_and_its_queries_is_named(in_file, what):
    require_named(in_file, *IN_FILE[what])


@pytest.mark.parametrize("what", ON_SERVER)
def test_what_postgresql_has_between_a_table_and_its_queries_is_named(on_server, what):
    require_named(on_server, *ON_SERVER[what])


CONSTRAINTS = {
    "what is empty is filled in": (
        "disposition TEXT",
        "disposition TEXT NOT NULL ON CONFLICT REPLACE DEFAULT 'granted'",
    ),
    "what is alike is dropped": (
        "PRIMARY KEY (id)",
        "PRIMARY KEY (id), UNIQUE (office_code, number) ON CONFLICT IGNORE",
    ),
    "what is alike takes its place": ("PRIMARY KEY (id)", "PRIMARY KEY (id) ON CONFLICT REPLACE"),
    "a column compared otherwise": ("record_key TEXT", "record_key TEXT COLLATE NOCASE"),
}


@pytest.mark.parametrize("what", CONSTRAINTS)
def test_nothing_is_imported_into_a_table_whose_constraints_are_not_ours(tmp_path, what):
    """What such a table drops or fills in would be sealed as if it had been in the file."""
    with open_store(tmp_path) as store:
        fill(store)
    make_table_anew(tmp_path / NAME, "register_requests", *CONSTRAINTS[what])

    with open_store(tmp_path) as store:
        with pytest.raises(RecordsError, match="没有导入，台账库没有变：.*加上的约束.*：register_requests"):
            store.add([requests("5", "6", "7", office="caizheng")], NOW)
        assert "register_requests" in store.audit()[0]


def test_functions_of_the_same_name_in_postgresql_hide_no_change_from_the_audit(on_server, monkeypatch):
    """One for exactly these types comes before that of the database, unless it is called by its whole name."""
    with on_server.engine.begin() as connection:
        connection.exec_driver_sql(
            "create function to_char(date, text) returns text language sql immutable as $$select '2024-03-01'$$"
        )
        connection.exec_driver_sql("update register_requests set received_on = '2024-03-31' where number = '1'")

    assert "to_char(date,text)" in on_server.audit()[0]
    monkeypatch.setattr("gktools.registers.store.soundness.HIDING", NOTHING)
    assert "不是当时写入的样子：1" in on_server.audit()[0]


# --- values of another kind ----------

BYTES = "update register_{table} set {column} = cast(cast({column} as text) as blob) where {column} is not null"
KINDS = {
    "yes or no": ("documents", "lead"),
    "a day": ("requests", "received_on"),
    "an amount": ("charges", "amount"),
    "a number of ours": ("requests", "file_row"),
    "a text": ("requests", "number"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_that_read_like_the_value_are_found_and_counted_by_nobody(in_file, tmp_path, kind):
    table, column = KINDS[kind]
    execute(tmp_path / NAME, BYTES.format(table=table, column=column))

    for office in (None, OFFICE):
        (said,) = [one for one in in_file.audit(office) if one.startswith(f"{OFFICE} ")]
        assert "格被改动过，不是该有的类型" in said
    with pytest.raises(RecordsError, match="不是该有的类型，没有用它：请运行 gktools records audit"):
        in_file.load_records(OFFICE, 2024)


def test_bytes_in_what_is_said_of_a_file_are_counted_by_nobody(in_file, tmp_path):
    execute(tmp_path / NAME, "update coverage set rows = cast(cast(rows as text) as blob)")

    assert in_file.audit() != []
    with pytest.raises(RecordsError, match=f"{OFFICE} 的文件登记里有的格被改动过"):
        in_file.load_records(OFFICE, 2024)


# --- the order of columns ----------


@pytest.mark.parametrize(
    ("table", "one", "other"), [("documents", "lead", "revision"), ("requests", "channel", "applicant")]
)
def test_two_columns_exchanged_also_where_their_order_is_written_are_found(store, table, one, other):
    fill(store)
    with store.engine.begin() as connection:
        connection.execute(sa.text(f"update register_{table} set {one} = {other}, {other} = {one}"))
        order = json.loads(connection.execute(sa.text("select columns from meta")).scalar_one())
        order[table] = [{one: other, other: one}.get(name, name) for name in order[table]]
        connection.execute(sa.text("update meta set columns = :order"), {"order": json.dumps(order)})

    assert "：被改动过" in store.audit()[0]


def test_every_column_has_its_place_in_the_order_that_seals_go_by():
    known = {key: {column.name for column in table.columns} for key, table in TABLES.items()}

    assert {key: set(names) for key, names in COLUMN_ORDER.items()} == known
    assert all(len(names) == len(set(names)) for names in COLUMN_ORDER.values())


BEFORE = {
    "requests": 62,
    "reconsiderations": 22,
    "lawsuits": 23,
    "documents": 24,
    "decisions": 19,
    "items": 17,
    "charges": 18,
    "procurements": 18,
    "publications": 21,
    "matters": 17,
    "activities": 19,
    "declared": 19,
}
OF_BEFORE = "49830c0207708787"


def test_the_order_of_columns_only_grows():
    """New names come after these, or the seals of what is stored would be lost."""
    first = {key: names[: BEFORE[key]] for key, names in COLUMN_ORDER.items() if key in BEFORE}

    assert sha256(repr(sorted(first.items())).encode()).hexdigest()[:16] == OF_BEFORE
