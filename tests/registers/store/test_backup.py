"""The whole store as one file, and back, whichever databases are at the two ends."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
import sqlalchemy as sa
from literal_registers import NOW, OFFICE, sheet
from machine import empty_database
from tampering import as_another_process

from gktools.errors import RecordsError
from gktools.registers.store import backup as backups
from gktools.registers.store.backup import private_copy
from gktools.registers.store.backup_check import content_errors
from gktools.registers.store.database import METADATA, NAME, VERSION, reading
from gktools.registers.store.journal import JOURNAL
from gktools.registers.store.opening import open_store


def requests(*numbers, year=2024, **given):
    rows = [{"number": n, "received_on": f"{year}-03-01", "applicant": "自然人"} | given for n in numbers]
    return sheet("requests", year, rows)


def fill(store):
    """Something in every kind of table and column."""
    document = {"title": "办法", "kind": "规章", "published_on": "2024-01-01", "lead": "否"}
    charge = {"name": "占道费", "collected_on": "2024-05-01", "amount": "10.50"}
    named = replace(requests("1", "2"), personal={"applicant_name": ("王某", "李某")})
    store.add([named, sheet("documents", 2024, [document]), sheet("charges", 2024, [charge])], NOW, person="甲")
    store.add([requests("2", "3", topic="财政")], NOW, reason="更正", replace=True)
    store.undo(2, NOW)
    second = replace(sheet("charges", 2024, [charge | {"collected_on": "2024-06-01"}]), file="6月.xlsx")
    store.add([second], NOW)


def everything(store, but=()):
    with reading(store._engine) as connection:
        tables = {
            t.name: connection.execute(t.select()).fetchall() for t in METADATA.sorted_tables if t.name not in but
        }
    return {name: sorted(tuple(map(str, row)) for row in rows) for name, rows in tables.items()}


def share_key(home):
    """The key goes to another machine before the backup does."""
    (home / "other" / "records.key").write_bytes((home / "records.key").read_bytes())
    as_another_process()


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request, tmp_path):
    """Another store, empty, on each database in turn; the two may be one PostgreSQL server."""
    folder = tmp_path / "other"
    folder.mkdir()
    if request.param == "sqlite":
        address = f"sqlite:///{folder / NAME}"
    else:
        postgres = request.getfixturevalue("postgres")
        engine = sa.create_engine(
            f"postgresql+psycopg://postgres@/postgres?host={postgres}", isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(sa.text("drop database if exists other with (force)"))
            connection.execute(sa.text("create database other"))
        engine.dispose()
        address = f"postgresql+psycopg://postgres@/other?host={postgres}"
    with open_store(folder, address) as opened:
        yield opened


def test_a_backup_restored_is_the_store_it_was_taken_of(store, other, tmp_path):
    fill(store)
    made = store.backup(tmp_path / "whole.backup.db")
    other.add([requests("9")], NOW)
    share_key(tmp_path)
    restored = other.restore(made, NOW, person="乙", reason="换机器")

    assert everything(other, but=["imports"]) == everything(store, but=["imports"])
    assert other.audit() == []
    last, *before = other.imports()
    assert before == store.imports()
    assert (last.number, last.kind, last.person, last.reason, last.file) == (5, "restore", "乙", "换机器", made.name)
    assert restored.number == 5
    assert [known.file for known in other.coverage() if known.register == "charges"] == [
        "charges-2024.xlsx",
        "6月.xlsx",
    ]


def test_after_a_restore_the_store_goes_on(store, other, tmp_path):
    fill(store)
    share_key(tmp_path)
    other.restore(store.backup(tmp_path / "whole.backup.db"), NOW)
    (kept,) = other.add([requests("2", "4")], NOW)

    assert (kept.number, kept.added, kept.gone) == (6, 1, ("1",))


def test_what_was_there_before_a_restore_can_be_restored_too(store, tmp_path):
    empty = store.backup(tmp_path / "empty.backup.db")
    fill(store)
    before = everything(store, but=["imports"])
    restored = store.restore(empty, NOW)
    assert store.coverage() == ()
    assert restored.number == 5, "a number is never given twice"

    assert restored.before.name == "records.before-restore-1.backup.db"
    assert [one.number for one in restored.lost] == [4, 3, 2, 1]
    assert store.restore(restored.before, NOW).lost[0].kind == "restore"
    assert everything(store, but=["imports"]) == before


def test_what_a_restore_takes_out_is_told_until_it_is_registered_again(store, tmp_path):
    def told():
        return [(one.register, one.number, one.names) for one in store.load_records(OFFICE, 2024).withdrawn]

    store.add([requests("1")], NOW)
    backup, was = store.backup(tmp_path / "a.backup.db"), store.import_fingerprints()
    charge = {"name": "占道费", "collected_on": "2024-05-01", "amount": "10.50"}
    store.add([requests("1", "2"), sheet("charges", 2024, [charge])], NOW, replace=True)
    assert told() == []

    first = store.restore(backup, NOW)
    assert told() == [("charges", first.number, ("第 6 行",)), ("requests", first.number, ("2",))]
    assert store.import_fingerprints() != was
    again = store.restore(backup, NOW)
    assert [one[1:] for one in told()] == [(again.number, ("第 6 行",)), (again.number, ("2",))]
    assert store.audit() == []

    store.add([requests("1", "2")], NOW, replace=True)
    assert [one[0] for one in told()] == ["charges"]
    store.restore(first.before, NOW)
    assert told() == []


CHARGE = {"name": "占道费", "collected_on": "2024-05-01", "amount": "10.50"}
LOST = {  # what was there, what is handed in and lost by the restore, the report year: what it tells of which file year
    "of a later file": ([], [requests("1", year=2025, received_on="2024-12-20")], 2024, [(2025, ("1",), False)]),
    "of later years": ([], [requests("1", year=2025, received_on="2025-01-02")], 2024, []),
    "of an earlier file": ([], [requests("1", year=2023)], 2024, [(2023, ("1",), False)]),
    "long ago": ([], [requests("1", year=2023)], 2026, []),
    "once, in its own year": ([], [sheet("charges", 2025, [CHARGE])], 2024, [(2025, ("第 6 行",), False)]),
    "once, in another": ([], [sheet("charges", 2025, [CHARGE | {"collected_on": "2023-05-01"}])], 2024, []),
    "of one year only": (
        [],
        [sheet("items", 2025, [{"code": "1", "name": "甲", "kind": "行政许可", "listed": "是"}])],
        2024,
        [],
    ),
    "withdrawn too": ([], [requests("1", "2"), requests("1")], 2024, [(2024, ("1", "2"), False)]),
    "withdrawn before": ([requests("1", "2"), requests("1")], [requests("1", "3")], 2024, [(2024, ("3",), False)]),
    "equal rows": ([], [sheet("charges", 2024, [CHARGE] * 2)], 2024, [(2024, ("第 6 行", "第 7 行"), False)]),
    "one of equal rows": (
        [sheet("charges", 2024, [CHARGE])],
        [sheet("charges", 2024, [CHARGE] * 3)],
        2024,
        [(2024, ("第 7 行", "第 8 行"), False)],
    ),
    "a correction": ([requests("1")], [requests("1", topic="财政")], 2024, [(2024, ("1",), True)]),
    "a day of before": (
        [requests("1", year=2025, received_on="2024-12-20")],
        [requests("1", year=2025, received_on="2025-01-02")],
        2024,
        [(2025, ("1",), True)],
    ),
}


@pytest.mark.parametrize("lost", LOST)
def test_every_report_that_may_count_what_a_restore_takes_out_or_puts_back_otherwise_tells_it(tmp_path, lost):
    there, handed_in, year, told = LOST[lost]
    with open_store(tmp_path) as store:
        for one in there:
            store.add([one], NOW, replace=True)
        backup = store.backup(tmp_path / "a.backup.db")
        for one in handed_in:
            store.add([one], NOW, replace=True)
        number = store.restore(backup, NOW).number

        def found():
            since = [one for one in store.load_records(OFFICE, year).withdrawn if one.number >= number]
            return [(one.year, one.names, one.otherwise) for one in since]

        assert found() == told
        store.restore(store.backup(tmp_path / "b.backup.db"), NOW)
        assert found() == told
        store.add(handed_in[:1], NOW, replace=True)
        assert found() == []


def test_what_two_restores_lose_is_told_as_much_as_is_missing_and_by_one_name(tmp_path):
    with open_store(tmp_path) as store:
        store.add([requests("1"), sheet("charges", 2024, [CHARGE])], NOW)
        backup = store.backup(tmp_path / "a.backup.db")
        for topic, charges in (("财政", [CHARGE] * 3), ("教育", [CHARGE, CHARGE | {"amount": "1"}])):
            store.add([requests("1", topic=topic), sheet("charges", 2024, charges)], NOW, replace=True)
            store.restore(backup, NOW)
        told = store.load_records(OFFICE, 2024).withdrawn
        assert [(one.register, len(one.names), one.otherwise) for one in told] == [
            ("charges", 3, False),
            ("requests", 1, True),
        ]


def test_a_backup_is_one_file_for_its_owner_only(store, tmp_path):
    fill(store)
    folder = tmp_path / "kept"
    folder.mkdir()
    made = store.backup(folder / "whole.backup.db")

    assert [path.name for path in folder.iterdir()] == [made.name]
    assert made.stat().st_mode & 0o777 == 0o600


def test_a_backup_is_never_written_over_another_file(store, tmp_path):
    path = tmp_path / "whole.backup.db"
    path.write_text("precious")
    with pytest.raises(RecordsError, match="已经有 whole.backup.db 这个文件了，没有覆盖"):
        store.backup(path)
    assert path.read_text() == "precious"


def test_a_backup_that_cannot_be_written_is_told(store, tmp_path):
    with pytest.raises(RecordsError, match="备份 whole.backup.db 写不进去"):
        store.backup(tmp_path / "no such folder" / "whole.backup.db")


@pytest.mark.parametrize("harm", ["garbage", "cut", "page", "table", "empty", "two versions"])
def test_a_file_that_is_no_whole_backup_is_refused_and_nothing_changes(store, tmp_path, harm):
    fill(store)
    made = store.backup(tmp_path / "whole.backup.db")
    content = made.read_bytes()
    if harm in ("table", "two versions"):
        with sqlite3.connect(made) as opened:
            opened.execute("drop table coverage" if harm == "table" else "insert into meta values (4, '', '', '')")
        opened.close()
    else:
        page = len(content) - 4096 * 3
        harmed = {
            "garbage": b"this is no database" * 500,
            "cut": content[: len(content) // 2],
            "page": content[:page] + b"\xff" * 4096 + content[page + 4096 :],
            "empty": b"",
        }
        made.write_bytes(harmed[harm])
    before = everything(store)

    with pytest.raises(RecordsError, match="whole.backup.db 不是台账库的备份，或者已经损坏；没有恢复"):
        store.restore(made, NOW)
    assert everything(store) == before
    assert not list(tmp_path.glob("records.before-restore*"))


def test_a_backup_made_by_a_newer_gktools_is_refused(store, tmp_path):
    made = store.backup(tmp_path / "whole.backup.db")
    with sqlite3.connect(made) as opened:
        opened.execute(f"update meta set version = {VERSION + 1}")
    opened.close()

    with pytest.raises(RecordsError, match=f"更新的 gktools 备份的（第 {VERSION + 1} 版，这里只认到第 {VERSION} 版）"):
        store.restore(made, NOW)


def test_a_restore_that_fails_underway_leaves_the_store_as_it_was(store, tmp_path, monkeypatch):
    fill(store)
    made = store.backup(tmp_path / "whole.backup.db")
    store.add([replace(requests("9"), file="另一份.xlsx")], NOW)
    before = everything(store)
    whole = backups.insert_rows

    def broken(connection, table, names, rows):
        if table.name == "register_requests":
            raise RecordsError("broken")
        whole(connection, table, names, rows)

    monkeypatch.setattr(backups, "insert_rows", broken)
    with pytest.raises(RecordsError, match="broken"):
        store.restore(made, NOW)
    assert everything(store) == before


def test_a_backup_taken_while_others_import_holds_whole_imports_only(url, tmp_path):
    def write():
        with open_store(tmp_path, url) as writer:
            for n in range(30):
                file = replace(requests(*(f"{n}x{i}" for i in range(20))), file=f"{n}.xlsx")
                writer.add([file, sheet("charges", 2024, [])], NOW)

    with open_store(tmp_path, url) as store, ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        made = [store.backup(tmp_path / f"{n}.backup.db") for n in range(8)]
        writing.result()
    for path in made:
        with sqlite3.connect(path) as opened:
            (requests_,), (imports,) = (
                opened.execute(f"select count(*) from {name}").fetchone() for name in ("register_requests", "imports")
            )
        opened.close()
        assert requests_ == imports * 20


def test_a_store_on_postgresql_can_go_on_as_a_file(postgres, tmp_path):
    with open_store(tmp_path, empty_database(postgres)) as served:
        fill(served)
        made = served.backup(tmp_path / NAME)
        assert made.name == NAME
        before = served.load_records(OFFICE, 2024).digest()
    with open_store(tmp_path) as local:
        assert local.load_records(OFFICE, 2024).digest() == before
        assert local.add([replace(requests("7"), file="另一份.xlsx")], NOW)[0].number == 5


# --- believed only once it was looked through ----------


CRAFTED = {
    "a trigger": "create trigger t after insert on imports begin delete from coverage; end",
    "a view": "create view more as select * from coverage",
    "another table": "create table notes (a)",
    "text for a number": "update register_requests set file_row = 'viel'",
    "text for an amount": "update register_charges set amount = '1e9999'",
    "no day": "update register_requests set received_on = '2024-02-30'",
    "text for yes or no": "update register_documents set lead = 'ja'",
    "a year": "update coverage set year = 20240",
    "no office": "update register_requests set office_code = '../x'",
    "a register": "update coverage set register = 'x'",
    "a kind": "update imports set kind = 'x' where id = 1",
    "a time": "update imports set moment = 'gestern' where id = 1",
    "no list": "update coverage set gone = '{}'",
    "bytes for text": "update coverage set file = x'00ff'",
    "a value": "update register_requests set topic = 'x'",
}


@pytest.mark.parametrize("craft", CRAFTED)
def test_a_backup_with_what_cannot_be_is_refused_and_nothing_changes(store, tmp_path, craft):
    fill(store)
    made = store.backup(tmp_path / "whole.backup.db")
    with sqlite3.connect(made) as opened:
        opened.execute(CRAFTED[craft])
    opened.close()
    before, found = everything(store), content_errors(made)

    assert bool(found) == (craft != "a value"), "types and codes are looked at by themselves, not only by the seals"
    assert "没有恢复" in store.backup_errors(made)[0] or store.backup_errors(made)[: len(found)] == found
    with pytest.raises(RecordsError, match="没有恢复，台账库没有变"):
        store.restore(made, NOW)
    assert everything(store) == before


def test_a_store_that_is_not_whole_gives_no_backup_and_tells_the_last_good_one(store, tmp_path):
    fill(store)
    folder = tmp_path / "kept"
    folder.mkdir()
    store.backup(folder / "good.backup.db")
    (folder / "newer.backup.db").write_bytes((folder / "good.backup.db").read_bytes()[:5000])
    os.utime(folder / "newer.backup.db", (2e9, 2e9))
    forge_log(folder)
    with store.engine.begin() as connection:
        connection.execute(sa.text("update register_requests set topic = 'x'"))

    with pytest.raises(RecordsError, match="没有备份：台账库里有不对的地方.*最近一份完好的备份是 good.backup.db"):
        store.backup(folder / "bad.backup.db")
    assert not (folder / "bad.backup.db").exists()
    store.restore(folder / "good.backup.db", NOW)
    assert store.audit() == []


def forge_log(folder):
    """Put a still newer backup there, with whole registers and an entry of the log that nobody wrote."""
    engine = sa.create_engine(f"sqlite:///{shutil.copy(folder / 'good.backup.db', folder / 'forged.backup.db')}")
    JOURNAL.create_all(engine)
    with engine.begin() as opened:
        forged = "insert into review_entries values (1, 'x', '', 0, '局长', 'signed', '{}', '', 'x', 'x')"
        opened.execute(sa.text(forged))
    engine.dispose()
    os.utime(folder / "forged.backup.db", (3e9, 3e9))


def test_a_damaged_page_is_found_before_the_copy_has_its_name(tmp_path):
    with open_store(tmp_path) as store:
        fill(store)
        with store.engine.connect() as connection:
            connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
    path = tmp_path / NAME
    content = path.read_bytes()
    page = len(content) - 4096 * 3
    path.write_bytes(content[:page] + b"\xff" * 4096 + content[page + 4096 :])
    with open_store(tmp_path) as store, pytest.raises(RecordsError, match="没有备份|打不开"):
        store.backup(tmp_path / "bad.backup.db")
    assert not (tmp_path / "bad.backup.db").exists()


def test_a_backup_that_is_exchanged_after_it_was_looked_at_is_not_restored(tmp_path, monkeypatch):
    with open_store(tmp_path) as store:
        store.add([requests("1")], NOW)
        made = store.backup(tmp_path / "copy.db")
        looked = store._copy_errors

        def then_exchanged(copy):
            found = looked(copy)
            with closing(sqlite3.connect(copy)) as database, database:
                database.execute("UPDATE register_requests SET number = '9'")
            return found

        monkeypatch.setattr(store, "_copy_errors", then_exchanged)
        before = everything(store)
        with pytest.raises(RecordsError, match=r"copy\.db 没有恢复，台账库没有变：第 1 次导入.*被改动过"):
            store.restore(made, NOW)
        assert everything(store) == before


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links are of POSIX")
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_stands_beside_a_backup_in_the_place_of_its_newest_part_is_not_read(tmp_path, kind):
    (backup := tmp_path / "a.backup.db").write_bytes(b"SQLite format 3\0")
    beside = tmp_path / "a.backup.db-wal"
    beside.symlink_to("/dev/null") if kind == "link" else os.mkfifo(beside)

    with pytest.raises(RecordsError, match="a.backup.db-wal 不是普通的文件，没有恢复"), private_copy(backup):
        raise AssertionError
