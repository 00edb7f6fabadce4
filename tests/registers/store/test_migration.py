"""A store of an older version becomes one of the present, in place, its backup kept (store_v1.sql, store_v2.sql, store_v3.sql)."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
from literal_registers import NOW, OFFICE, sheet
from tampering import make_index_stale, make_log_older

from gktools.errors import RecordsError
from gktools.registers.store import migration
from gktools.registers.store.backup import read_version
from gktools.registers.store.database import NAME, VERSION
from gktools.registers.store.import_head import HEAD_FILE
from gktools.registers.store.opening import open_store
from gktools.registers.store.replacement import FileInstruction
from gktools.review.entries import SignedBody
from gktools.review.log import Log
from gktools.review.people import Step
from gktools.workspace import clock

DUMP = Path(__file__).with_name("store_v1.sql").read_text(encoding="utf-8")
SECOND = Path(__file__).with_name("store_v2.sql").read_text(encoding="utf-8")
THIRD = Path(__file__).with_name("store_v3.sql").read_text(encoding="utf-8")
THIRD_KEY = "9b1ed1446d4a901143ac379d95de865c5175e2345a495c46754c8ff88b99b31b\n"
"""The key of the hashes in store_v3.sql."""
BACKUP = "records.v1-1.backup.db"


def write_dump(dump, path):
    opened = sqlite3.connect(path)
    opened.executescript(dump)
    opened.close()


@pytest.fixture
def old(url, tmp_path):
    """The address of a store of version 1."""
    return made_of(DUMP, url, tmp_path)


@pytest.fixture
def second(url, tmp_path):
    """The address of a store of version 2."""
    return made_of(SECOND, url, tmp_path)


@pytest.fixture
def third(url, tmp_path):
    """The address of a store of version 3, with its key."""
    (tmp_path / "records.key").write_text(THIRD_KEY)
    return made_of(THIRD, url, tmp_path)


def made_of(dump, url, tmp_path):
    """Let a store be what a dump of SQLite says; return its address."""
    if url.startswith("sqlite"):
        write_dump(dump, tmp_path / NAME)
        return url
    write_dump(dump, tmp_path / "source.db")
    source, target = sa.create_engine(f"sqlite:///{tmp_path / 'source.db'}"), sa.create_engine(url)
    tables = sa.MetaData()
    tables.reflect(source)
    tables.create_all(target)
    with source.connect() as reader, target.begin() as writer:
        for table in tables.sorted_tables:
            if rows := [dict(row) for row in reader.execute(table.select()).mappings()]:
                writer.execute(table.insert(), rows)
    source.dispose()
    target.dispose()
    (tmp_path / "source.db").unlink()
    return url


def version(url):
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(sa.text("select version from meta")).scalar_one()
    engine.dispose()
    return found


def test_what_was_in_force_is_in_force(old, tmp_path):
    with open_store(tmp_path, old) as store:
        records = store.load_records(OFFICE, 2024)
        requests = records["requests"].set_index("number")
        handed_in = {(c.code, c.register, c.year, c.rows, c.imported_at[:10]) for c in store.coverage()}

    assert set(requests.index) == {"1", "2", "旧1", "旧2"}
    assert requests["topic"]["2"] == "财政"
    assert requests["disposition"][["旧1", "旧2"]].tolist() == ["granted", "granted"]
    assert requests["replied_on"]["旧1"].isoformat()[:10] == "2024-01-10"
    assert records["charges"]["amount"].tolist() == [1000, 2050]
    assert records["documents"]["lead"].tolist() == [False]
    assert len(records.at(2020)["items"]) == 1
    assert handed_in == {
        (OFFICE, "requests", 2023, 2, "2025-01-10"), (OFFICE, "requests", 2024, 3, "2025-01-12"),
        (OFFICE, "charges", 2024, 2, "2025-01-13"), (OFFICE, "items", 2020, 1, "2025-01-14"),
        (OFFICE, "documents", 2024, 1, "2025-01-14"), ("caizheng", "requests", 2024, 0, "2025-01-15"),
        ("caizheng", "declared", 2024, 1, "2025-01-15"),
    }  # fmt: skip
    assert records.places("requests")[int(requests["record"]["2"])].endswith(
        "requests-2024.xlsx“依申请公开登记表”第7行"
    )


def test_earlier_values_are_its_history(old, tmp_path):
    with open_store(tmp_path, old) as store:
        first, second = store.history("2")
        (gone,) = store.history("3")

        assert len(store.imports()) == 9
    assert [str(change) for change in second.changes] == ["主题分类：征地拆迁 → 财政"]
    assert (first.moment[:10], second.moment[:10]) == ("2025-01-11", "2025-01-12")
    assert (gone.until, gone.ended) == (second.number, "withdrawn")


def test_an_import_of_before_can_be_taken_back(old, tmp_path):
    with open_store(tmp_path, old) as store:
        store.undo(4, NOW)

        assert set(store.load_records(OFFICE, 2024)["requests"]["number"]) == {"1", "2", "3", "旧1", "旧2"}


def test_the_same_file_once_more_changes_nothing(old, tmp_path):
    charge = {"name": "工本费", "collected_on": "2024-05-01", "amount": "10"}
    with open_store(tmp_path, old) as store:
        (kept,) = store.add([sheet("charges", 2024, [charge, {**charge, "amount": "20.50"}])], NOW)

    assert (kept.number, kept.same, kept.gone) == (None, 2, ())


def test_its_backup_is_kept_and_can_be_restored(old, tmp_path):
    with open_store(tmp_path, old) as store:
        before = store.load_records(OFFICE, 2024).digest()
        assert read_version(tmp_path / BACKUP) == 1
        store.add([sheet("charges", 2024, [])], NOW, replace=True)
        store.restore(tmp_path / BACKUP, NOW)

        assert store.load_records(OFFICE, 2024).digest() == before
        assert version(old) == VERSION


def test_it_is_migrated_once(old, tmp_path):
    for _ in range(2):
        open_store(tmp_path, old).close()

    assert [path.name for path in tmp_path.glob("*.backup.db")] == [BACKUP]
    assert version(old) == VERSION


def test_a_migration_that_fails_leaves_the_store_as_it_was(old, tmp_path, monkeypatch):
    def broken(*_, **__):
        raise RecordsError("broken")

    with monkeypatch.context() as patch:
        patch.setattr(migration, "store_sheet", broken)
        with pytest.raises(RecordsError, match="broken"):
            open_store(tmp_path, old)
    assert version(old) == 1

    with open_store(tmp_path, old) as store:
        assert len(store.imports()) == 9


KILLED = """
import os, signal, sys
from pathlib import Path
from gktools.registers.store import migration
from gktools.registers.store.opening import open_store
from gktools.workspace import clock
store_sheet, done = migration.store_sheet, []
def killed(*given, **more):
    if len(done) == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    done.append(store_sheet(*given, **more))
    return done[-1]
migration.store_sheet = killed
open_store(Path(sys.argv[1]), sys.argv[2])
"""


def test_a_migration_that_is_killed_leaves_the_store_as_it_was(old, tmp_path):
    process = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), old], capture_output=True)
    assert process.returncode == -9, process.stderr
    assert version(old) == 1

    with open_store(tmp_path, old) as store:
        assert len(store.load_records(OFFICE, 2024)["requests"]) == 4


def test_of_several_who_open_it_at_once_one_migrates_and_the_others_wait(old, tmp_path):
    barrier = Barrier(4, timeout=30)

    def look(_):
        barrier.wait()
        with open_store(tmp_path, old) as store:
            return len(store.imports())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(look, range(4))) == [9] * 4
    assert [path.name for path in tmp_path.glob("*.backup.db")] == [BACKUP]


def test_a_register_that_has_got_a_column_since_gets_it_in_the_store(url, tmp_path):
    with open_store(tmp_path, url) as store:
        store.add([sheet("charges", 2024, [{"name": "a", "collected_on": "2024-05-01", "amount": "1"}])], NOW)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("alter table register_charges drop column basis"))
        connection.execute(sa.text("update meta set fields = 'before'"))
    engine.dispose()

    charge = {"name": "a", "collected_on": "2024-05-01", "amount": "1", "basis": "某办法"}
    with open_store(tmp_path, url) as store:
        assert store.load_records(OFFICE, 2024)["charges"]["basis"].tolist() == [""]
        assert store.add([sheet("charges", 2024, [charge])], NOW, replace=True)[0].changed == 1
        assert store.load_records(OFFICE, 2024)["charges"]["basis"].tolist() == ["某办法"]


# --- version 2: one file in force, another file matched with it line by line ----------


def charges(file, *rows):
    given = [
        {"name": "证照工本费", "collected_on": day, "receipt": receipt, "amount": amount}
        for day, receipt, amount in rows
    ]
    return replace(sheet("charges", 2024, given), file=file)


JANUARY = charges("收费1月.xlsx", *((f"2024-01-1{n}", f"票1{n}", "100") for n in (1, 2, 3)))
FEBRUARY = charges("收费2月.xlsx", *((f"2024-02-1{n}", f"票2{n}", "200") for n in (1, 2, 3)))


def test_what_was_in_force_in_a_store_of_version_2_is_in_force(second, tmp_path):
    with open_store(tmp_path, second) as store:
        records = store.load_records(OFFICE, 2024)
        topics = dict(zip(records["requests"]["number"], records["requests"]["topic"], strict=True))
        kept = {(c.register, c.year, c.file, c.number, c.gone) for c in store.coverage()}

    assert version(second) == VERSION
    assert topics == {"1": "", "2": "财政", "旧1": "", "旧2": ""}
    assert records["charges"]["receipt"].tolist() == ["乙1", "乙2", "票21", "票22", "票23"]
    assert kept == {
        ("requests", 2023, "requests-2023.xlsx", 1, ()), ("requests", 2024, "requests-2024.xlsx", 4, ("旧1",)),
        ("charges", 2023, "收费2023下.xlsx", 2, ()), ("charges", 2024, "收费2月.xlsx", 6, ()),
        ("publications", 2024, "发布二季度.xlsx", 8, ()),
        ("activities", 2024, "窗口二.xlsx", 10, ("第 7 行", "第 8 行")),
    }  # fmt: skip
    assert read_version(tmp_path / "records.v2-1.backup.db") == 2


def test_every_import_of_another_name_that_changed_records_without_a_number_is_named(second, tmp_path):
    with open_store(tmp_path, second) as store:
        doubts = store.load_records(OFFICE, 2024).doubts
        touched = {one.number: one.touched[0].doubt for one in store.imports() if one.touched[0].doubt}

    assert [(d.register, d.year, d.number, d.file, d.changed, d.person) for d in doubts] == [
        ("charges", 2023, 2, "收费2023下.xlsx", "收费2023上.xlsx", "甲"),
        ("charges", 2024, 6, "收费2月.xlsx", "收费1月.xlsx", "丙"),
        ("activities", 2024, 10, "窗口二.xlsx", "窗口一.xlsx", ""),
    ]
    assert touched == {2: "收费2023上.xlsx", 6: "收费1月.xlsx", 10: "窗口一.xlsx", 11: "发布二季度.xlsx"}


def test_what_was_named_is_mended_by_an_undo_and_another_import(second, tmp_path):
    with open_store(tmp_path, second) as store:
        before = store.import_fingerprints()
        store.undo(6, NOW)
        assert store.add([JANUARY], NOW)[0].number is None
        (kept,) = store.add([FEBRUARY], NOW)
        records = store.load_records(OFFICE, 2024)

        assert (kept.added, kept.files, kept.records) == (3, 2, 6)
        assert sorted(records["charges"]["receipt"][2:]) == ["票11", "票12", "票13", "票21", "票22", "票23"]
        assert [doubt.number for doubt in records.doubts] == [2, 10]
        assert [doubt.number for doubt in store.load_records(OFFICE, 2024, as_of=12).doubts] == [2, 6, 10]
        assert store.import_fingerprints() != before


def test_an_undo_of_before_can_be_undone_after_the_migration(second, tmp_path):
    with open_store(tmp_path, second) as store:
        assert store.load_records(OFFICE, 2024)["publications"]["title"].tolist() == ["a", "b", "c"]
        store.undo(12, NOW)
        assert store.load_records(OFFICE, 2024)["publications"]["title"].tolist() == ["x", "y", "z"]
        store.undo(11, NOW)
        assert store.load_records(OFFICE, 2024)["publications"]["title"].tolist() == ["a", "b", "c"]


def test_in_a_store_of_version_1_the_same_is_named(old, tmp_path):
    renamed = DUMP.replace(
        "'charges-2024.xlsx','行政事业性收费登记表','9e67", "'收费2月.xlsx','行政事业性收费登记表','9e67"
    )
    folder = tmp_path / "renamed"
    folder.mkdir()
    write_dump(renamed, folder / NAME)
    with open_store(folder) as store, open_store(tmp_path, old) as other:
        assert [(d.number, d.file, d.changed) for d in store.load_records(OFFICE, 2024).doubts] == [
            (5, "收费2月.xlsx", "charges-2024.xlsx")
        ]
        assert other.load_records(OFFICE, 2024).doubts == ()


def test_a_migration_of_version_2_that_fails_leaves_the_store_as_it_was(second, tmp_path, monkeypatch):
    def broken(*_, **__):
        raise RecordsError("broken")

    with monkeypatch.context() as patch:
        patch.setattr(migration, "grow_tables", broken)
        with pytest.raises(RecordsError, match="broken"):
            open_store(tmp_path, second)
    assert version(second) == 2

    with open_store(tmp_path, second) as store:
        assert len(store.imports()) == 12


SECOND_KILLED = """
import os, signal, sys
from pathlib import Path
from gktools.registers.store import migration
from gktools.registers.store.opening import open_store
from gktools.workspace import clock
migration.grow_tables = lambda connection: os.kill(os.getpid(), signal.SIGKILL)
open_store(Path(sys.argv[1]), sys.argv[2])
"""


def test_a_migration_of_version_2_that_is_killed_leaves_the_store_as_it_was(second, tmp_path):
    process = subprocess.run([sys.executable, "-c", SECOND_KILLED, str(tmp_path), second], capture_output=True)
    assert process.returncode == -9, process.stderr
    assert version(second) == 2

    with open_store(tmp_path, second) as store:
        assert len(store.load_records(OFFICE, 2024)["requests"]) == 4


def test_a_backup_of_version_2_can_be_restored(second, tmp_path):
    with open_store(tmp_path, second) as store:
        before = store.load_records(OFFICE, 2024).digest()
        store.add([FEBRUARY], NOW, instruction=FileInstruction(replaces=frozenset([6])))
        store.restore(tmp_path / "records.v2-1.backup.db", NOW)

        assert store.load_records(OFFICE, 2024).digest() == before
        assert len(store.load_records(OFFICE, 2024).doubts) == 3


# --- version 3: imports without seals ----------


def test_the_imports_of_before_are_sealed_as_they_stand_and_say_so(third, tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with open_store(tmp_path, third) as store:
        assert store.audit() == []
        assert store.sealed_afterwards() == [
            "第 1–4 次导入是 2025-01-15 16:00 升级时照当时的样子封存的；那以前有没有人改动过，印记看不出来"
        ]
        store.add([FEBRUARY], NOW, instruction=FileInstruction(append=True))
        assert store.audit() == []
        assert len(store.sealed_afterwards()) == 1
        assert store.recognise(OFFICE, "王某") == {"王某"}
    assert version(third) == VERSION
    assert read_version(tmp_path / "records.v3-1.backup.db") == 3


def test_a_store_of_version_1_is_sealed_too(old, tmp_path):
    with open_store(tmp_path, old) as store:
        assert store.audit() == []
        assert "第 1–9 次导入是" in store.sealed_afterwards()[0]


def test_a_store_of_version_2_is_sealed_too(second, tmp_path):
    with open_store(tmp_path, second) as store:
        assert store.audit() == []
        assert "第 1–12 次导入是" in store.sealed_afterwards()[0]


def test_a_sealed_store_that_says_it_is_of_version_3_is_not_sealed_anew(third, tmp_path):
    open_store(tmp_path, third).close()
    engine = sa.create_engine(third)
    with engine.begin() as connection:
        connection.execute(sa.text("update register_requests set topic = 'x'"))
        connection.execute(sa.text("update meta set version = 3"))
    engine.dispose()

    with pytest.raises(RecordsError, match="records.head 说，台账库的导入封存过，这个台账库却是没有封存的第 3 版"):
        open_store(tmp_path, third)
    assert version(third) == 3


SEALS_OFF = (
    "update register_requests set topic = 'x'",
    "drop table seals",
    *(f"alter table imports drop column {name}" for name in ("carried", "sealed_at", "earlier", "hash")),
    "alter table meta drop column columns",
    "update meta set version = 3",
)
"""What makes a store that is sealed look like one of version 3."""


def take_seals_off(url, home):
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for command in SEALS_OFF:
            connection.execute(sa.text(command))
    engine.dispose()
    (home / HEAD_FILE).unlink()


@pytest.fixture
def signed(third, tmp_path):
    """A store that was sealed, with a signature in the review log."""
    with Log(open_store(tmp_path, third), tmp_path) as log:
        log.append(OFFICE, 2024, "甲", SignedBody(Step.DEPUTY, "", False, "", {}, "", imported=log.last_import(OFFICE)))
    return third


def test_a_store_whose_seals_were_taken_off_is_not_sealed_anew_if_the_log_knows_better(signed, tmp_path):
    take_seals_off(signed, tmp_path)

    with pytest.raises(RecordsError, match="审签记录（第 1 条） 说，台账库的导入封存过.*records restore"):
        open_store(tmp_path, signed)
    assert version(signed) == 3


def test_a_store_whose_seals_were_taken_off_is_not_sealed_anew_if_a_report_knows_better(third, tmp_path):
    open_store(tmp_path, third).close()
    take_seals_off(third, tmp_path)
    folder = tmp_path / "output/2024/minzheng"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text('{"schema": "gktools.manifest/1", "algorithm": "sha256", "outputs": {}}')

    with pytest.raises(RecordsError, match="output/2024/minzheng/manifest.json 说"):
        open_store(tmp_path, third)


def test_a_log_hidden_while_the_store_was_sealed_anew_tells_afterwards(signed, tmp_path, monkeypatch):
    take_seals_off(signed, tmp_path)
    engine = sa.create_engine(signed)
    with engine.begin() as connection:
        connection.execute(sa.text("alter table review_entries rename to hidden"))
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(minutes=1))
    open_store(tmp_path, signed).close()
    with engine.begin() as connection:
        connection.execute(sa.text("alter table hidden rename to review_entries"))
    engine.dispose()

    with open_store(tmp_path, signed) as store:
        for office in (None, OFFICE):
            said, *_ = store.audit(office)
            assert "才封存的，可是审签记录里早有封存以后才会有的（第 1 条）" in said


def test_what_was_signed_before_an_upgrade_is_said(third, tmp_path):
    """The signature of an older gktools does not say of which import it was."""
    with Log(open_store(tmp_path, third), tmp_path) as log:
        log.append(OFFICE, 2024, "甲", SignedBody(Step.DEPUTY, "", False, "", {}, ""), now=NOW)
    engine = sa.create_engine(third)
    make_log_older(engine, tmp_path)
    engine.dispose()

    with open_store(tmp_path, third) as store:
        assert store.audit() == []
        assert "那以前已经签过 1 次字" in store.sealed_afterwards(signed=True)[0]


def test_an_old_backup_restored_after_something_was_signed_is_whole(signed, tmp_path):
    with open_store(tmp_path, signed) as store:
        store.restore(tmp_path / "records.v3-1.backup.db", datetime.now(UTC) + timedelta(minutes=1))

        assert store.audit() == []
        assert "那以前已经签过 1 次字" in store.sealed_afterwards()[0]


def test_a_store_whose_index_leaves_rows_out_is_not_migrated(tmp_path):
    path = tmp_path / NAME
    write_dump(THIRD, path)
    make_index_stale(path, "register_requests_in_force", "1")

    with pytest.raises(RecordsError, match="台账库没有升级，没有动它：register_requests 表的内容和它的索引对不上"):
        open_store(tmp_path)


def test_a_migration_of_version_3_without_its_key_leaves_the_store_as_it_was(third, tmp_path):
    (tmp_path / "records.key").unlink()
    with pytest.raises(RecordsError, match="找不到密钥文件"):
        open_store(tmp_path, third)
    assert version(third) == 3
