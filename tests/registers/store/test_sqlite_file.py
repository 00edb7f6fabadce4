"""A file that is no store of ours is left alone: its content, its times, its permissions, and what lies beside it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from literal_registers import NOW, sheet

from gktools.errors import GktoolsError, RecordsError
from gktools.registers.store.backup import read_version
from gktools.registers.store.database import NAME
from gktools.registers.store.opening import open_store
from gktools.registers.store.privacy import Privacy
from gktools.registers.store.sqlite_file import address_of
from gktools.review import accounts
from gktools.review.accounts import Accounts
from gktools.workspace.files import read_regular

PASSWD = "root:x:0:0:root:/root:/bin/bash\n" * 50


def another_program(path: Path, journal: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            f"PRAGMA journal_mode={journal}; CREATE TABLE meta (version); INSERT INTO meta VALUES (3)"
        )


FOREIGN = {
    "text": lambda path: path.write_text(PASSWD, encoding="utf-8"),
    "one byte": lambda path: path.write_bytes(b"x"),
    "a cut head": lambda path: path.write_bytes(b"SQLite format 3\0"),
    "another program's": lambda path: another_program(path, "DELETE"),
    "another program's with a log": lambda path: another_program(path, "WAL"),
}


def state(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything about every file that could be changed."""
    return {
        path.name: (path.lstat().st_mode, path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else None)
        for path in folder.iterdir()
    }


@pytest.mark.parametrize("make", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("name", [NAME, accounts.NAME])
@pytest.mark.parametrize("linked", [False, True], ids=["a file", "a link"])
def test_a_file_that_is_not_ours_is_refused_by_its_whole_path_and_not_touched(tmp_path, make, name, linked):
    path = tmp_path / name
    file = tmp_path / "elsewhere" if linked else path
    make(file)
    file.chmod(0o644)
    if linked:
        path.symlink_to(file)
    before = state(tmp_path)

    with pytest.raises(GktoolsError, match="不是 gktools 的.*没有动它") as caught:
        use(tmp_path, name)
    assert str(path) in str(caught.value)
    assert state(tmp_path) == before


def use(home: Path, name: str) -> None:
    if name == NAME:
        open_store(home)
    else:
        with Accounts(home).open():
            pass


def test_an_address_that_names_a_file_of_the_system_changes_nothing_of_it(tmp_path, monkeypatch):
    users = tmp_path / "passwd"
    users.write_text(PASSWD, encoding="utf-8")
    users.chmod(0o644)
    monkeypatch.setenv("GKTOOLS_RECORDS", f"sqlite:///{users}")
    before = state(tmp_path)

    with pytest.raises(RecordsError, match=str(users)):
        open_store(tmp_path)
    assert state(tmp_path) == before


@pytest.mark.parametrize("name", [NAME, accounts.NAME])
@pytest.mark.parametrize("kind", ["a folder", "a pipe", "a device", "a broken link", "no folder"])
def test_what_is_no_file_is_said_at_once(tmp_path, name, kind):
    home = tmp_path / "work" if kind == "no folder" else tmp_path
    {
        "a folder": lambda path: path.mkdir(),
        "a pipe": os.mkfifo,
        "a device": lambda path: path.symlink_to(os.devnull),
        "a broken link": lambda path: path.symlink_to(tmp_path / "nothing"),
        "no folder": lambda _: None,
    }[kind](home / name)
    before = state(tmp_path)

    with pytest.raises(GktoolsError) as caught:
        use(home, name)
    assert str(home / name) in str(caught.value)
    assert state(tmp_path) == before


def test_a_name_too_long_for_the_disk_is_said(tmp_path):
    with pytest.raises(RecordsError, match="打不开"):
        open_store(tmp_path, f"sqlite:///{tmp_path}/{'长' * 200}.db")


@pytest.mark.parametrize("name", [NAME, accounts.NAME])
def test_an_empty_file_becomes_ours_and_its_owners_only(tmp_path, name):
    (tmp_path / name).touch(0o644)
    use(tmp_path, name)

    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_a_store_that_is_being_written_is_known_though_its_tables_are_not_in_the_file_yet(tmp_path):
    with open_store(tmp_path) as first:
        first.add([sheet("requests", 2024, [])], NOW)
        with open_store(tmp_path) as second:
            assert len(second.imports()) == 1


def test_looking_at_a_file_that_is_no_backup_leaves_nothing_beside_it(tmp_path):
    another_program(tmp_path / "x.backup.db", "WAL")
    before = state(tmp_path)

    with pytest.raises(RecordsError, match="不是台账库的备份"):
        read_version(tmp_path / "x.backup.db")
    assert state(tmp_path) == before


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: path.mkdir()])
def test_a_key_that_is_no_file_is_said_without_waiting(tmp_path, monkeypatch, make):
    make(tmp_path / "key")
    monkeypatch.setenv("GKTOOLS_RECORDS_KEY", str(tmp_path / "key"))
    with pytest.raises(OSError, match=r"Invalid argument|Is a directory"):
        read_regular(tmp_path / "key", most=1_000_000)

    with (
        open_store(tmp_path) as store,
        store.engine.begin() as connection,
        pytest.raises(RecordsError, match="密钥文件 key (读不出来|是一个链接)"),
    ):
        Privacy(tmp_path).key(connection)


@pytest.mark.parametrize(
    ("path", "address"),
    [
        (PureWindowsPath(r"C:\台账 1\records.db"), "file:///C:/%E5%8F%B0%E8%B4%A6%201/records.db"),
        (PureWindowsPath(r"\\server\share\records.db"), "file:////server/share/records.db"),
        (PurePosixPath("/srv/a#b?.db"), "file:///srv/a%23b%3F.db"),
    ],
)
def test_a_path_of_every_system_is_an_address_without_a_machine(path, address):
    assert address_of(path) == address
