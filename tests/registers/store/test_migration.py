"""A store of version 1 becomes one of the present version, in place, its backup kept (store_v1.sql is such a store)."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
from literal_registers import NOW, OFFICE, sheet

from gktools.errors import RecordsError
from gktools.registers.store import migration
from gktools.registers.store.backup import read_version
from gktools.registers.store.database import NAME, VERSION
from gktools.registers.store.store import open_store

DUMP = Path(__file__).with_name("store_v1.sql").read_text(encoding="utf-8")
BACKUP = "records.v1-1.backup.db"


def write_v1(path):
    opened = sqlite3.connect(path)
    opened.executescript(DUMP)
    opened.close()


@pytest.fixture
def old(url, tmp_path):
    """The address of a store of version 1."""
    if url.startswith("sqlite"):
        write_v1(tmp_path / NAME)
        return url
    write_v1(tmp_path / "source.db")
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
from gktools.registers.store.store import open_store
store_sheet, done = migration.store_sheet, []
def killed(*given, **more):
    if len(done) == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    done.append(store_sheet(*given, **more))
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
        assert store.add([sheet("charges", 2024, [charge])], NOW)[0].changed == 1
        assert store.load_records(OFFICE, 2024)["charges"]["basis"].tolist() == ["某办法"]
