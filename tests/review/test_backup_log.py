"""What a restore would add to the review log is checked, listed and asked about, and can be taken back."""

from __future__ import annotations

import shutil
import sqlite3
import zlib
from datetime import UTC, datetime
from hashlib import sha256

import pytest
import sqlalchemy as sa
from literal_registers import NOW, sheet
from projects import make_project

from gktools.cli import asking, history
from gktools.errors import GktoolsError
from gktools.registers.store.journal import LogChange
from gktools.registers.store.opening import open_store
from gktools.review import backup_log
from gktools.review.backup_log import read_backup_log
from gktools.review.entries import CommentBody, RestoredBody, ViewedBody
from gktools.review.log import Log, note_imports, open_log
from gktools.workspace.project import open_project

pytestmark = pytest.mark.integration
OFFICES = {"minzheng": {"names": [{"name": "示例区民政局"}], "kind": "county_department"}}
DAY = datetime(2025, 1, 20, 1, 2, 3, tzinfo=UTC)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working folder with an import and one entry, and beside it its practice copy with two entries more."""
    home = tmp_path / "work"
    project = make_project(home, OFFICES, {})
    with open_store(home) as store:
        store.add([sheet("charges", 2024, [])], NOW)
    with open_log(project) as log:
        log.append("minzheng", 2024, "民政甲", CommentBody("", "真的"), now=DAY)
    practice = tmp_path / "practice"
    shutil.copytree(home, practice)
    with Log(open_store(practice), practice) as log:
        for person in ("民政乙", "民政丙"):
            log.append("minzheng", 2024, person, CommentBody("", "练习"), now=DAY)
    with open_store(practice) as store:
        store.backup(home / "practice.backup.db")
    monkeypatch.chdir(home)
    return home


def restore(home, name="practice.backup.db", **given):
    history.records_restore(
        home / name, yes=True, **({"review_log": None, "take_back": False, "person": "管理员"} | given)
    )


def entries(home):
    with Log(open_store(home), home) as log:
        return [entry.person for entry in log.entries()], log.verify()


def harm(home, command, *values):
    with sqlite3.connect(home / "practice.backup.db") as opened:
        opened.execute(command, values)
    opened.close()


def test_signatures_of_a_practice_copy_are_listed_and_not_taken_unless_somebody_says_so(home, capsys):
    with pytest.raises(GktoolsError, match="要添上的加 --review-log，不添的加 --no-review-log"):
        restore(home)
    out = capsys.readouterr().out
    assert "备份里的审签记录比现在的多 2 条" in out
    assert "第 2 条  2025-01-20 09:02  民政乙  批注  minzheng 2024 年度" in out

    restore(home, review_log=False)
    assert entries(home) == (["民政甲", "管理员"], [])


@pytest.mark.parametrize(("typed", "count"), [("添上", 4), ("", 2), ("好", 2)])
def test_at_a_terminal_it_is_asked(home, monkeypatch, typed, count):
    monkeypatch.setattr(asking, "at_terminal", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: typed)
    restore(home)

    people, wrong = entries(home)
    assert (len(people), wrong) == (count, [])


def test_what_a_restore_added_can_be_taken_back(home, capsys):
    restore(home, review_log=True)
    assert entries(home) == (["民政甲", "民政乙", "民政丙", "管理员"], [])
    assert (
        "要退掉：gktools records restore records.before-restore-1.backup.db --yes --take-back-log"
        in capsys.readouterr().out
    )

    restore(home, "records.before-restore-1.backup.db", take_back=True)
    assert entries(home) == (["民政甲", "管理员"], [])
    assert "审签记录退掉了第 2–4 条" in capsys.readouterr().out
    with Log(open_store(home), home) as log:
        log.append("minzheng", 2024, "民政丁", CommentBody("", "后来"), now=DAY)
        assert log.verify() == []
    with open_store(home) as store:
        assert store.audit() == []


@pytest.mark.parametrize("change", ["none", "added", "taken back"])
def test_every_restore_is_an_entry_with_its_account_time_and_reason(home, monkeypatch, change):
    monkeypatch.setattr(history, "account", lambda: "root")
    if change == "taken back":
        restore(home, review_log=True)
        restore(home, "records.before-restore-1.backup.db", take_back=True, reason="添错了")
    else:
        restore(home, review_log=change == "added", reason="换机器")
    with Log(open_store(home), home) as log:
        last, wrong = log.entries()[-1], log.verify()

    assert (last.kind, last.person, last.account, wrong) == ("restored", "管理员", "root", [])
    assert (
        last.body
        == {
            "none": RestoredBody("practice.backup.db", "换机器"),
            "added": RestoredBody("practice.backup.db", "换机器", "+2-3"),
            "taken back": RestoredBody("records.before-restore-1.backup.db", "添错了", "-2-4"),
        }[change]
    )


def test_what_was_written_after_a_restore_is_never_taken_back(home):
    restore(home, review_log=True)
    with Log(open_store(home), home) as log:
        log.append("minzheng", 2024, "民政丁", CommentBody("", "后来"), now=DAY)
    with pytest.raises(GktoolsError, match="审签记录退不回去，什么也没有变"):
        restore(home, "records.before-restore-1.backup.db", take_back=True)

    assert len(entries(home)[0]) == 5


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("update review_entries set person = '局长' where number = 3", "第 3 条（minzheng 2024 年度，局长"),
        ("update review_entries set mark = 'hmac-sha256:00' where number = 2", "第 2 条（minzheng 2024 年度，民政乙"),
        ("update review_entries set at = '2099-01-01T00:00:00+00:00' where number = 3", "还没有到，或者不是时间"),
        ("update review_entries set at = 'x' where number = 3", "还没有到，或者不是时间"),
        ("delete from review_entries where number = 2", "第 2 条不见了"),
    ],
)
def test_a_forged_entry_is_told_and_added_by_no_option(home, capsys, command, said):
    harm(home, command)
    for wanted in (None, True):
        with pytest.raises(GktoolsError, match="备份里的审签记录不对，没有恢复"):
            restore(home, review_log=wanted)
    assert said in capsys.readouterr().err
    restore(home, review_log=False)
    assert entries(home) == (["民政甲", "管理员"], [])


def test_another_log_is_not_used_at_all(home, capsys):
    harm(home, "update review_entries set hash = 'x' where number = 1")
    restore(home, review_log=True)

    assert "不是同一份" in capsys.readouterr().err
    assert entries(home) == (["民政甲", "管理员"], [])


def test_a_backup_whose_log_is_no_longer_asks_nothing(home):
    with open_store(home) as store:
        store.backup(home / "same.backup.db")
    with Log(open_store(home), home) as log:
        assert read_backup_log(log, home / "same.backup.db", home).entries == ()
    restore(home, "same.backup.db")
    assert entries(home) == (["民政甲", "管理员"], [])


def test_the_audit_command_says_what_was_changed_and_fails(home, capsys):
    with pytest.raises(SystemExit, match="0"):
        history.records_audit()
    with open_store(home) as store, store.engine.begin() as connection:
        connection.execute(sa.text("update coverage set rows = 5"))
    with pytest.raises(SystemExit, match="1"):
        history.records_audit(office="minzheng")

    whole, *_, changed, last = capsys.readouterr().out.splitlines()
    assert whole == "台账库核对完了，没有发现不对"
    assert changed.startswith("第 1 次导入，minzheng 2024 年 行政事业性收费登记表：被改动过")
    assert last.startswith("台账库核对完了，发现 1 处不对：请查明是谁动过，从备份恢复")


def test_who_changed_registers_as_a_handler_only_for_that_moment_is_told_by_every_audit(home, capsys):
    """The office book named them in the second in which they saved a case in the pages, and names nobody or others now."""
    with open_store(home) as store:
        store.add([sheet("charges", 2023, [])], NOW)
        note_imports(store, home, "民政甲", {"minzheng": ["民政甲"]})
        note_imports(store, home, "技术")
    with pytest.raises(SystemExit, match="0"):
        history.records_audit()

    said = capsys.readouterr().out
    assert "minzheng 的台账，民政甲在" in said
    assert "（审签记录第 2 条），单位表里现在不是他经办，那时写的是民政甲" in said
    assert "技术" not in said


def test_a_register_imported_for_an_office_under_a_name_it_had_only_then_is_told_by_every_audit(home, capsys):
    """The book exchanged the names of two offices for that moment: the file of the one went to the other."""
    book = home / "params/offices.yaml"
    whole = book.read_text(encoding="utf-8")
    book.write_text(whole.replace("示例区民政局", "示例区别的局"), encoding="utf-8")
    then = open_project(home)
    book.write_text(whole, encoding="utf-8")
    with open_store(home) as store:
        store.add([sheet("charges", 2023, [])], NOW)
        note_imports(store, home, "技术", names=then.names_of(["minzheng"]))
        note_imports(store, home, "技术", names=open_project(home).names_of(["minzheng"]))
    with pytest.raises(SystemExit, match="0"):
        history.records_audit()

    said = [line for line in capsys.readouterr().out.splitlines() if "minzheng" in line]
    assert len(said) == 1
    assert "（审签记录第 2 条），那时单位表里它也叫示例区别的局，现在没有这个名称" in said[0]


def test_a_head_that_is_missing_is_written_anew_where_all_is_whole(home, capsys):
    with pytest.raises(GktoolsError, match="records.head 在"):
        history.records_audit(new_head=True)
    (home / "records.head").unlink()
    with pytest.raises(SystemExit, match="0"):
        history.records_audit(new_head=True)
    assert "已另写一份 records.head：到第 1 次导入" in capsys.readouterr().out


def test_an_entry_that_is_deleted_once_others_were_taken_back_is_missed(home, monkeypatch):
    monkeypatch.setattr(backup_log, "note_restore", lambda *_: "")  # the command was killed before its own entry
    with Log(open_store(home), home) as log:
        log.append("minzheng", 2024, "局长", CommentBody("", "退回"), now=DAY)
    with open_store(home) as store:
        before = store.backup(home / "before.backup.db")
    ahead = home.parent / "ahead"
    shutil.copytree(home, ahead)
    with Log(open_store(ahead), ahead) as log:
        log.append("minzheng", 2024, "民政乙", CommentBody("", "多一条"), now=DAY)
    with open_store(ahead) as store:
        store.backup(home / "more.backup.db")
    restore(home, "more.backup.db", review_log=True)
    notes = []
    with sqlite3.connect(home / "records.db") as opened:
        notes.append(opened.execute("select * from review_head").fetchone()[0])

    restore(home, before.name, take_back=True)
    with sqlite3.connect(home / "records.db") as opened:
        notes.append(opened.execute("select * from review_head").fetchone()[0])
        opened.execute("delete from review_entries where number = 2")
    opened.close()

    assert notes == [3, 2]
    assert any("末尾少了：原来写到第 2 条" in one for one in entries(home)[1])


def test_nothing_is_taken_back_of_a_log_that_is_not_whole_in_the_same_transaction(home):
    restore(home, review_log=True)
    with sqlite3.connect(home / "records.db") as opened:
        opened.execute("update review_entries set person = '局长' where number = 1")
    opened.close()
    with pytest.raises(GktoolsError, match="审签记录不完整，没有恢复，什么也没有变：第 1 条"):
        restore(home, "records.before-restore-1.backup.db", take_back=True)

    assert len(entries(home)[0]) == 4


def test_all_that_a_restore_added_to_an_empty_log_can_be_taken_back(home):
    new = home.parent / "new"
    new.mkdir()
    for name in ("records.key", "review.head"):
        shutil.copy(home / name, new / name)
    with open_store(new) as store:
        store.restore(home / "practice.backup.db", log=LogChange(add=tuple(one.hash for one in of_practice(home))))
        store.restore(new / "records.before-restore-1.backup.db", log=LogChange(take_back=True))

    assert entries(new) == ([], [])


def of_practice(home):
    with Log(open_store(home.parent / "practice"), home) as log:
        return log.entries()


def test_a_backup_that_is_exchanged_while_its_entries_are_listed_adds_none_of_its_own(home, monkeypatch):
    """The technician is shown two entries and says yes: these two are added, whatever lies under the name by then."""
    monkeypatch.setattr(asking, "at_terminal", lambda: True)

    def typed(_):
        shutil.copy(home / "other.backup.db", home / "practice.backup.db")
        return "添上"

    with Log(open_store(home.parent / "practice"), home.parent / "practice") as log:
        log.append("minzheng", 2024, "局长", CommentBody("", "签过"), now=DAY)
    with open_store(home.parent / "practice") as store:
        store.backup(home / "other.backup.db")
    monkeypatch.setattr("builtins.input", typed)
    restore(home)

    assert entries(home) == (["民政甲", "民政乙", "民政丙", "管理员"], [])


def test_only_the_entries_that_were_agreed_to_are_added(home):
    first, *_ = [one.hash for one in of_practice(home)][1:]
    with open_store(home) as store, pytest.raises(GktoolsError, match="已经不是刚才列出来的那些"):
        store.restore(home / "practice.backup.db", log=LogChange(add=(first,)))

    assert entries(home) == (["民政甲"], [])


@pytest.mark.parametrize("harmed", ["DELETE FROM review_kept", "UPDATE review_kept SET data = 'x'"])
def test_what_is_no_longer_kept_comes_back_from_a_backup_and_nothing_else_with_it(home, harmed):
    with Log(open_store(home), home) as log:
        digest = log.put_blob(b"report")
        log.append("minzheng", 2024, "民政甲", ViewedBody(digest), now=DAY)
    with open_store(home) as store:
        store.backup(home / "good.backup.db")
    with Log(open_store(home), home) as log:
        log.append("minzheng", 2024, "民政甲", CommentBody("", "后来写的"), now=DAY)
    with sqlite3.connect(home / "good.backup.db") as good:  # nobody's, though its hash is right
        good.execute(
            "INSERT INTO review_kept VALUES (?, ?)", (sha256(b"foreign").hexdigest(), zlib.compress(b"foreign"))
        )
    good.close()
    with sqlite3.connect(home / "records.db") as opened:
        opened.execute(harmed)
    opened.close()
    assert "gktools records restore" in entries(home)[1][-1]

    restore(home, "good.backup.db")
    assert entries(home) == (["民政甲"] * 3 + ["管理员"], [])
    with Log(open_store(home), home) as log:
        assert log.get_blob(digest) == b"report"
        with pytest.raises(GktoolsError, match="不见了"):
            log.get_blob(sha256(b"foreign").hexdigest())
