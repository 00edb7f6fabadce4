"""gktools backup and restore: a backup is judged as the folder that a restore would make of it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from literal_registers import NOW, sheet
from projects import make_project

from gktools.cli import keeping, review
from gktools.errors import GktoolsError
from gktools.publication import folder_backup
from gktools.publication.signing import create_key
from gktools.registers.store.opening import open_store
from gktools.registers.store.privacy import Key
from gktools.review.accounts import Accounts
from gktools.review.entries import CommentBody, KeyBody, SignedBody
from gktools.review.log import open_log
from gktools.review.people import Step
from gktools.review.user_acts import note_act
from gktools.review.users import Users
from gktools.workspace import seals
from gktools.workspace.archive import check_archive
from gktools.workspace.output import hash_bytes
from gktools.workspace.project import open_project

pytestmark = pytest.mark.integration
OFFICES = {"minzheng": {"names": [{"name": "示例区民政局"}], "kind": "county_department"}}
DAY = datetime(2025, 1, 20, 1, 2, 3, tzinfo=UTC)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working folder with an import, a key that signed a site, two entries and a user."""
    home = tmp_path / "work"
    project = make_project(home, OFFICES, {})
    with open_store(home) as store:
        store.add([sheet("charges", 2024, [])], NOW)
    with open_log(project) as log:
        log.append("", 2024, "管理员", KeyBody(create_key(home).id), now=DAY)
        log.append("minzheng", 2024, "民政甲", CommentBody("", "看过"), now=DAY)
    Users(Accounts(home)).add("民政甲", "一个够长的密码啊啊啊", one_time=False, entry=0)
    monkeypatch.chdir(home)
    monkeypatch.delenv("GKTOOLS_RECORDS", raising=False)
    return home


def backup(home, capsys):
    """Make a backup; return its path, the exit code and what was said."""
    return (path := home.parent / "a.zip"), *ended(capsys, keeping.backup, path)


def restore(home, capsys, archive):
    return ended(capsys, keeping.restore, archive, home.parent / "new")


def ended(capsys, command, *given):
    code = 0
    try:
        command(*given)
    except SystemExit as end:
        code = end.code
    except GktoolsError as error:
        return 1, str(error)
    return code, capsys.readouterr().out


def test_what_was_backed_up_is_whole_and_so_is_what_is_restored(home, capsys):
    archive, code, told = backup(home, capsys)
    assert (code, "处不对" in told) == (0, False), told

    code, told = restore(home, capsys, archive)
    assert (code, "处不对" in told) == (0, False), told
    new = home.parent / "new"
    for name in ("records.key", "site.key", "records.head", "review.head", "params/offices.yaml"):
        assert (new / name).read_bytes() == (home / name).read_bytes()


@pytest.mark.parametrize("command", ["folder", "store"])
def test_an_empty_store_in_the_place_of_the_real_one_is_not_backed_up(home, capsys, monkeypatch, command):
    shutil.move(home / "records.db", home / "elsewhere.db")
    if command == "store":
        with open_store(home) as store, pytest.raises(GktoolsError, match="一次导入也没有"):
            store.backup(home / "a.backup.db")
        assert not (home / "a.backup.db").exists()
        return
    archive, code, told = backup(home, capsys)
    assert (code, "这个台账库里却一次导入也没有" in told, archive.exists()) == (1, True, False), told

    monkeypatch.setenv("GKTOOLS_RECORDS", f"sqlite:///{home / 'elsewhere.db'}")
    assert backup(home, capsys)[1] == 0


def test_a_store_that_is_not_whole_gives_no_backup_and_tells_the_last_good_ones(home, capsys):
    good, code, _ = backup(home, capsys)
    with open_store(home) as store:
        store.backup(home / "good.backup.db")
    Path(shutil.copy(good, home.parent / "newer.zip")).write_bytes(good.read_bytes()[:-50])
    with sqlite3.connect(home / "records.db") as opened:
        opened.execute("update coverage set rows = 5")
    opened.close()
    assert code == 0

    code, told = ended(capsys, keeping.backup, home.parent / "bad.zip")
    assert (code, "没有备份：台账库里有不对的地方" in told) == (1, True)
    assert "最近一份完好的备份是 good.backup.db" in told
    assert f"{home.parent} 里最近一份完好的整个备份是 a.zip" in told


def test_a_backup_of_another_store_is_not_the_last_good_one(home, capsys, monkeypatch):
    project = make_project(home.with_name("other"), OFFICES, {})
    with open_store(project.home) as store:
        store.add([sheet("charges", 2024, [])], NOW)
    monkeypatch.chdir(project.home)
    archive, code, told = backup(project.home, capsys)

    assert (code, "处不对" in told) == (0, False)
    assert [folder_backup.last_good(archive.parent, one) for one in (project.home, home)] == [archive, None]


def test_an_older_store_than_the_heads_speak_of_is_not_backed_up(home, capsys):
    shutil.copy(home / "records.db", home / "yesterday.db")
    with open_store(home) as store:
        store.add([sheet("charges", 2023, [])], NOW)
    shutil.copy(home / "yesterday.db", home / "records.db")
    archive, code, told = backup(home, capsys)

    assert (code, "最后的导入不见了" in told, archive.exists()) == (1, True, False), told


def test_the_key_in_a_backup_is_the_one_that_proved_to_be_the_stores(home, capsys, monkeypatch):
    right = (home / "records.key").read_text()
    other = Key.passing().secret.hex() + "\n"
    copied = folder_backup._key_bytes

    def then_exchanged(path):
        (home / "records.key").write_text(other)
        return copied(path)

    monkeypatch.setattr(folder_backup, "_key_bytes", then_exchanged)
    archive, code, _ = backup(home, capsys)
    assert code == 0
    restore(home, capsys, archive)
    assert (home.parent / "new/records.key").read_text() == right


def test_a_key_that_is_not_the_stores_stops_the_backup(home, capsys):
    (home / "records.key").write_text(Key.passing().secret.hex() + "\n")
    archive, code, told = backup(home, capsys)

    assert (code, "records.key" in told, archive.exists()) == (1, True, False), told


@pytest.mark.parametrize("name", ["site.key", "review.head", "records.head"])
def test_what_a_restored_folder_would_miss_is_told_when_the_backup_is_made(home, capsys, name):
    (home / name).unlink()
    archive, code, told = backup(home, capsys)
    assert (code, name in told, "处不对" in told, archive.exists()) == (1, True, True, True), told

    code, told = restore(home, capsys, archive)
    assert (code, name in told) == (1, True), told


def test_another_signing_key_than_the_sites_is_told(home, capsys):
    (home / "site.key").unlink()
    create_key(home)
    _, code, told = backup(home, capsys)

    assert (code, "site.key 不是上一次发布用的那一把" in told) == (1, True), told


def test_a_user_whom_nobody_added_is_told(home, capsys, monkeypatch):
    monkeypatch.setattr(folder_backup, "_copy_database", forged)
    _, code, told = backup(home, capsys)

    assert (code, "用户“民政甲”" in told) == (1, True), told


@pytest.mark.parametrize("gone", ["deleted", "a pipe", "emptied"])
def test_a_user_of_the_log_who_has_no_row_is_told_by_verify_and_backup_and_restore(home, capsys, gone):
    users = Users(Accounts(home))
    with open_log(open_project(home)) as log:
        for name, act in (("民政甲", "added"), ("民政乙", "added"), ("民政乙", "removed")):
            note_act(log, "技术", name, act)
        if gone == "emptied":
            users.remove("民政甲")
        else:
            users.accounts.path.unlink()
        if gone == "a pipe":
            os.mkfifo(users.accounts.path)
    code, told = ended(capsys, review.verify)
    expected = "是目录、管道或设备" if gone == "a pipe" else "少了 1 个用户：民政甲。"
    assert (code, expected in told, "民政乙" in told) == (1, True, False), told
    archive, code, told = backup(home, capsys)
    assert (code, "少了 1 个用户：民政甲。" in told) == (1, True), told
    code, told = restore(home, capsys, archive)
    assert (code, "少了 1 个用户：民政甲。" in told) == (1, True), told

    if gone == "deleted":  # whoever is not wanted any more is removed
        review.user_remove("民政甲")
        assert ended(capsys, review.verify)[0] == 0


def forged(path, copy):
    """Copy the file of users with another password of the only one."""
    shutil.copy(path, copy)
    engine = sa.create_engine(f"sqlite:///{copy}")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE users SET password = 'x'"))
    engine.dispose()


@pytest.mark.parametrize("name", ["output/2020", "params/2024", "notebooks/annual_report.ipynb"])
def test_a_link_anywhere_below_is_named_and_not_left_out(home, capsys, name):
    elsewhere = home.parent / "disk"
    elsewhere.mkdir()
    (home / name).parent.mkdir(exist_ok=True)
    (home / name).unlink(missing_ok=True)
    (home / name).symlink_to(elsewhere)
    archive, code, told = backup(home, capsys)

    assert (code, f"{name} 是一个链接" in told, archive.exists()) == (1, True, False), told


def test_a_backup_without_the_office_book_is_none(home, capsys):
    (home / "params/offices.yaml").rename(home / "o.yaml")
    with pytest.raises(GktoolsError, match="不见了"):
        folder_backup.files_to_keep(home)


REPORT = {"report.json": b"{}", "report.html": b"page", "report.docx": b"PK"}


@pytest.fixture
def signed(home):
    """The folder of a report that is signed and not yet public."""
    folder = home / "output/2024/minzheng"
    folder.mkdir(parents=True)
    for name, content in {**REPORT, "manifest.json": b"{1}"}.items():
        (folder / name).write_bytes(content)
    with open_log(open_project(home)) as log:
        files = {name: hash_bytes(content) for name, content in REPORT.items()}
        report, manifest = log.put_blob(REPORT["report.json"]), log.put_blob(b"{1}")
        body = SignedBody(Step.HANDLER, "", False, "s", files, report, manifest=manifest)
        log.append("minzheng", 2024, "民政甲", body, now=DAY)
    return folder


def test_a_signed_report_is_kept_whole(home, capsys, signed):
    archive, code, told = backup(home, capsys)

    assert (code, restore(home, capsys, archive)[0]) == (0, 0), told


@pytest.mark.parametrize("name", ["report.json", "report.docx", "manifest.json"])
def test_what_of_a_signed_report_is_gone_is_told(home, capsys, signed, name):
    (signed / name).unlink()
    archive, code, told = backup(home, capsys)
    assert (code, f"output/2024/minzheng/{name} 不见了" in told, archive.exists()) == (1, True, True), told

    code, told = restore(home, capsys, archive)
    assert (code, f"output/2024/minzheng/{name} 不见了" in told) == (1, True), told


@pytest.mark.parametrize("name", ["report.json", "report.html", "report.docx"])
def test_what_of_a_signed_report_is_another_is_told(home, capsys, signed, name):
    (signed / name).write_bytes(b"another")
    archive, code, told = backup(home, capsys)
    assert (code, f"output/2024/minzheng/{name} 不是签过的那一份" in told) == (1, True), told

    code, told = restore(home, capsys, archive)
    assert (code, f"output/2024/minzheng/{name} 不是签过的那一份" in told) == (1, True), told


@pytest.fixture
def another_algorithm(home, monkeypatch):
    """sha3_256 stands in for SM3."""
    monkeypatch.setattr(seals, "_ALGORITHMS", ("sha256", "sha3_256"))
    monkeypatch.setattr(seals, "PRESENT", "sha3_256")


def test_what_was_signed_by_another_algorithm_is_looked_at_in_a_backup_too(home, capsys, another_algorithm, signed):
    (signed / "report.docx").write_bytes(b"another")
    archive, code, told = backup(home, capsys)
    assert (code, told.count("不是签过的那一份")) == (1, 1), told

    code, told = restore(home, capsys, archive)
    assert (code, told.count("不是签过的那一份")) == (1, 1), told


def test_a_report_that_was_built_again_after_a_signature_is_no_mistake(home, capsys, signed):
    (signed / "report.docx").unlink()
    for name in ("report.json", "report.html", "manifest.json"):
        (signed / name).write_bytes(b"{2}")

    assert backup(home, capsys)[1] == 0


def test_a_backup_without_the_master_notebook_says_so(home, capsys):
    (home / "notebooks/annual_report.ipynb").unlink()
    archive, code, told = backup(home, capsys)
    assert (code, "notebooks/annual_report.ipynb 不见了" in told) == (1, True), told

    assert restore(home, capsys, archive)[0] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.parametrize("name", ["想一想?.ipynb", "2024:1.ipynb", "\udcff.ipynb"])
def test_one_odd_name_stops_no_backup_and_is_told(home, capsys, name):
    (home / "notebooks" / name).write_bytes(b"{}")
    archive, code, told = backup(home, capsys)

    assert (code, "没有进备份：名字里有别的系统不认的字符" in told, archive.exists()) == (1, True, True), told
    assert not any("?" in one.name or ":" in one.name for one in check_archive(archive))
