"""A district whose store is two versions old is upgraded while people ask its server, and can go back.

The old store is a dump that its program wrote. That program itself is not here: it is stood for by reading its file.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing

import pytest
from machine import TESTS
from projects import make_project
from reviewing import Visitor, running

from gktools.figures.counting.count import count_table
from gktools.forms.notices import load_format
from gktools.registers.store.database import VERSION
from gktools.registers.store.import_head import HEAD_FILE
from gktools.registers.store.opening import open_store
from gktools.workspace.params_models import ReportParams

CODE, YEAR, OLD = "minzheng", 2024, 2
PEOPLE = {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"}
OFFICES = {CODE: {"names": [{"name": "示例区民政局"}], "kind": "county_department", "people": PEOPLE}}
MADE = f"records.v{OLD}-1.backup.db"


@pytest.fixture
def home(tmp_path):
    """A working folder as the program of before left it."""
    home = tmp_path / "work"
    make_project(home, OFFICES, {(YEAR, CODE): {}})
    dump = (TESTS / f"registers/store/store_v{OLD}.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(home / "records.db")) as opened:
        opened.executescript(dump)
    return home


def content(path) -> list[str]:
    """Everything that a file of SQLite says, as the program of before would find it."""
    with closing(sqlite3.connect(path)) as opened:
        return sorted(opened.iterdump())


def received(path) -> int:
    """How many requests of the year are in force, counted without the program."""
    asked = (
        "SELECT count(*) FROM register_requests WHERE until_import IS NULL AND office_code = ? AND received_on LIKE ?"
    )
    with closing(sqlite3.connect(path)) as opened:
        return int(opened.execute(asked, (CODE, f"{YEAR}-%")).fetchone()[0])


def figures(home) -> dict[tuple[str, str], object]:
    """The table of requests as it is counted now."""
    with open_store(home) as store:
        return count_table("requests", store.load_records(CODE, YEAR), load_format(YEAR), ReportParams()).figures


def upgrade_under_a_server(home) -> None:
    """Start a server over an old store, and let many ask it at once: the first of them upgrades the store."""
    answers: list[int] = []
    with running(home) as server:
        ask = [
            threading.Thread(target=lambda path: answers.append(Visitor(server.port).get(path).status), args=(path,))
            for path in ("/healthz", "/login", "/") * 4
        ]
        for thread in ask:
            thread.start()
        for thread in ask:
            thread.join()
        assert Visitor(server.port).get("/healthz").text.count("true") == 3  # the worker is not of this server
    assert sorted(set(answers)) == [200, 302, 503]


def test_a_store_two_versions_old_is_upgraded_once_under_a_running_server_and_says_the_same(home):
    before, counted = content(home / "records.db"), received(home / "records.db")

    upgrade_under_a_server(home)

    assert [path.name for path in home.glob("*.backup.db")] == [MADE]
    assert content(home / MADE) == before
    with open_store(home) as store:
        assert store.audit() == []
    assert figures(home)["received", "total"] == counted == 2


def test_the_backup_that_an_upgrade_made_takes_a_district_back_and_is_upgraded_again_by_a_restore(home):
    before = content(home / "records.db")
    upgrade_under_a_server(home)
    now = figures(home)

    # back: the server is stopped, the new store put aside, the backup in its place
    (home / "records.db").rename(home / "records.new.db")
    shutil.copy(home / MADE, home / "records.db")
    assert content(home / "records.db") == before
    with closing(sqlite3.connect(home / "records.db")) as program_of_before:
        assert program_of_before.execute("SELECT version FROM meta").fetchone() == (OLD,)
        program_of_before.execute("UPDATE register_requests SET received_on = '2023-12-29' WHERE id = 3")
        program_of_before.commit()

    # forward again: the new store in its place, the older one restored into it
    (home / "records.db").rename(home / "records.old.db")
    (home / "records.new.db").rename(home / "records.db")
    assert (home / HEAD_FILE).exists()
    assert figures(home) == now
    with open_store(home) as store:
        store.restore(home / "records.old.db", person="甲", reason="退回旧版以后又升级")
        assert store.audit() == []
    assert figures(home)["received", "total"] == 1
    assert VERSION - OLD >= 2
