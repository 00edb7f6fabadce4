"""The users of the review server: their passwords, their sessions, and the tries that fail."""

from __future__ import annotations

import re
import sqlite3
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from projects import make_project
from reviewing import PASSWORD, Clock, Visitor, add_users, logged_in, running, visiting

from gktools.cli.log_lines import entry_line
from gktools.errors import GktoolsError
from gktools.review.accounts import NAME, Accounts
from gktools.review.log import open_log
from gktools.review.users import Users, require_person
from gktools.review.web.sessions import MAX_AGE, MAX_IDLE, Sessions
from gktools.workspace.project import open_project

OFFICES = {
    "minzheng": {
        "names": [{"name": "云溪区民政局"}],
        "kind": "county_department",
        "people": {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"},
    }
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def users(tmp_path, clock) -> Users:
    return Users(Accounts(tmp_path), clock)


@pytest.fixture
def sessions(users, clock) -> Sessions:
    return Sessions(users.accounts, users, clock)


# --- passwords -------------------------------------------------------------------------------------------------


def test_the_right_password_is_right_however_it_is_typed(users):
    users.add("甲", "ｇｏｏｄ horse 2024")

    assert users.check("甲", "good horse 2024")
    assert not users.check("甲", "good horse 2025")
    assert not users.check("乙", "good horse 2024")


def test_a_file_that_is_read_tells_no_password_and_is_its_owners_only(users, tmp_path):
    users.add("甲", PASSWORD)
    users.add("乙", PASSWORD)
    with users.accounts.open() as connection:
        hashes = [row[0] for row in connection.execute("SELECT password FROM users")]

    assert len(set(hashes)) == 2
    assert all(found.startswith("$argon2id$") for found in hashes)
    assert PASSWORD.encode() not in (tmp_path / NAME).read_bytes()
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


def test_one_who_writes_is_alone_whoever_else_opens_the_file_in_the_same_process(tmp_path):
    accounts = Accounts(tmp_path)
    other = f"import sqlite3; sqlite3.connect({str(accounts.path)!r}, timeout=0).execute('BEGIN IMMEDIATE')"
    with accounts.open():
        accounts._connect(5).close()
        done = subprocess.run([sys.executable, "-c", other], capture_output=True, text=True, check=False)

    assert "locked" in done.stderr


def test_a_file_that_others_may_read_is_closed_to_them(users, tmp_path):
    users.add("甲", PASSWORD)
    (tmp_path / NAME).chmod(0o644)
    users.all()

    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "password",
    [
        "",
        "短",
        "123456789",
        "123456789012",
        "aaaaaaaaaaaa",
        "qwertyuiop1",
        "abcdefghijkl1",
        "password1234",
        "甲经办2024年度报告",
        PASSWORD * 15,
    ],
)
def test_a_weak_password_is_refused(users, password):
    with pytest.raises(GktoolsError, match="密码"):
        users.add("甲经办", password)
    assert users.all() == []


def test_a_user_is_added_once(users):
    users.add("甲", PASSWORD)

    with pytest.raises(GktoolsError, match="已经有了"):
        users.add("甲", PASSWORD)


def test_a_name_that_is_nobodys_is_refused_with_the_nearest():
    with pytest.raises(GktoolsError, match="是不是“甲经办”"):
        require_person("甲经半", {"甲经办", "乙负责"})


def test_an_unknown_name_takes_the_same_work_as_a_wrong_password(users, monkeypatch):
    users.add("甲", PASSWORD)
    users.add("丙", login="bing")
    checked = []
    monkeypatch.setattr("gktools.review.users.is_password", lambda hashed, password: checked.append(hashed[:10]))
    for name in ("甲", "乙", "丙"):
        users.check(name, "x")

    assert checked == ["$argon2id$"] * 3


def test_a_user_without_a_password_is_not_let_in_by_any(users):
    users.add("丙", login="bing")

    assert users.check("丙", "") is None
    assert users.check("丙", "没有这个人 0000") is None


def test_nobody_knows_the_password_that_nobody_has(users):
    assert users.check("乙", "没有这个人 0000") is None


# --- sessions --------------------------------------------------------------------------------------------------


def begin(users: Users, sessions: Sessions) -> str:
    users.add("甲", PASSWORD)
    return sessions.begin(users.check("甲", PASSWORD)).secret


def test_a_session_ends_when_nothing_is_asked_for_a_while(users, sessions, clock):
    secret = begin(users, sessions)
    clock.now += MAX_IDLE - 1
    assert sessions.find(secret)
    clock.now += MAX_IDLE - 1
    assert sessions.find(secret)
    clock.now += MAX_IDLE + 1
    assert sessions.find(secret) is None
    clock.now -= MAX_IDLE
    assert sessions.find(secret) is None


def test_a_session_ends_after_a_day_however_much_is_asked(users, sessions, clock):
    secret = begin(users, sessions)
    for _ in range(MAX_AGE // 1800):
        clock.now += 1800
        assert sessions.find(secret)
    clock.now += 1800
    assert sessions.find(secret) is None


def test_a_session_outlives_a_restart(users, sessions, clock):
    secret = begin(users, sessions)
    again = Users(Accounts(users.accounts.home), clock)

    assert Sessions(again.accounts, again, clock).find(secret).name == "甲"


@pytest.mark.parametrize("change", ["password", "removed", "removed and added"])
def test_a_session_ends_with_the_password_or_the_user(users, sessions, change):
    secret = begin(users, sessions)
    if change == "password":
        users.set_password("甲", PASSWORD)
    if "removed" in change:
        users.remove("甲")
    if "added" in change:
        users.add("甲", PASSWORD)

    assert sessions.find(secret) is None


def test_a_session_does_not_outlive_a_password_changed_in_the_file_itself(users, sessions):
    secret = begin(users, sessions)
    with users.accounts.open() as connection:
        connection.execute("UPDATE users SET password='another'")

    assert sessions.find(secret) is None


def test_what_a_form_brings_back_is_of_its_person_and_does_not_tell_a_secret(users, sessions):
    first = sessions.find(begin(users, sessions))
    users.add("乙", PASSWORD)
    other = sessions.begin(users.check("乙", PASSWORD))

    assert first.form_token == sessions.begin(users.check("甲", PASSWORD)).form_token
    assert first.form_token != other.form_token
    assert first.secret not in first.form_token
    assert (sessions.author(first.form_token).name, sessions.author(other.form_token).name) == ("甲", "乙")
    users.set_password("甲", "another horse 77")
    assert sessions.author(first.form_token) is None
    users.set_locked("乙", True)
    assert sessions.author(other.form_token) is None


# --- on the server and the command line ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("users") / "work"
    make_project(home, OFFICES, {(2024, "defaults"): {}})
    add_users(home, "甲经办", "甲分管")
    return home


def test_a_wrong_name_and_a_wrong_password_are_told_the_same(home):
    with running(home) as server:
        visitor = Visitor(server.port)
        visitor.get("/login")
        known = visitor.post("/login", {"name": "甲经办", "password": "wrong"})
        unknown = visitor.post("/login", {"name": "没这人", "password": "wrong"})

    assert known.status == unknown.status == 401
    assert re.sub(r'(value|v)="?[^"]*"', "", known.text) == re.sub(r'(value|v)="?[^"]*"', "", unknown.text)


def test_people_choose_a_password_of_their_own_and_their_other_sessions_end(home):
    add_users(home, "甲负责")
    with running(home) as server:
        visitor, elsewhere = visiting(server, "甲负责"), visiting(server, "甲负责")
        wrong = visitor.post("/password", {"password": "x", "new": "own horse 88!", "again": "own horse 88!"})
        uneven = visitor.post("/password", {"password": PASSWORD, "new": "own horse 88!", "again": "own horse 89!"})
        weak = visitor.post("/password", {"password": PASSWORD, "new": "1234567890", "again": "1234567890"})
        assert (wrong.status, uneven.status, weak.status) == (401, 200, 400)
        assert Users(Accounts(home)).check("甲负责", PASSWORD)
        assert elsewhere.get("/").status == 200

        done = visitor.post("/password", {"password": PASSWORD, "new": "own horse 88!", "again": "own horse 88!"})
        assert done.status == 303
        assert visitor.get("/").status == 200
        assert elsewhere.get("/").status == 302
        assert Users(Accounts(home)).check("甲负责", "own horse 88!")
    Users(Accounts(home)).remove("甲负责")


def test_a_password_that_somebody_else_chose_serves_only_to_choose_an_own_one(home):
    add_users(home, "甲负责")
    Users(Accounts(home)).set_password("甲负责", "given horse 55", one_time=True)
    with running(home) as server:
        visitor = Visitor(server.port)
        visitor.get("/login")
        answer = visitor.post("/login", {"name": "甲负责", "password": "given horse 55"})
        assert (answer.status, answer.headers["location"]) == (303, "/password")
        assert "只能用一次" in visitor.get("/password").text
        assert visitor.get("/").status == 200
        refused = visitor.post("/2024/minzheng/comments", {"what": "new", "place": "problems:1", "text": "改改"})
        assert (refused.status, "只能用一次" in refused.text) == (403, True)

        visitor.get("/password")
        given = {"password": "given horse 55", "new": "given horse 55", "again": "given horse 55"}
        assert "新密码和现在的一样" in visitor.post("/password", given).text
        assert visitor.post("/password", given | {"new": "own horse 66!", "again": "own horse 66!"}).status == 303
        user = Users(Accounts(home)).get("甲负责")
        assert (user.one_time, bool(user.given)) == (False, True)
    Users(Accounts(home)).remove("甲负责")


def test_a_user_removed_on_the_command_line_is_out_at_once(home, run):
    add_users(home, "甲负责")
    with running(home) as server:
        visitor = logged_in(server.port, "甲负责")
        assert visitor.get("/").status == 200
        assert run("review", "user", "remove", "甲负责", home=home)[0] == 0

        assert visitor.get("/").status == 302


def test_a_user_locked_on_the_command_line_is_out_at_once_and_in_again_when_unlocked(home, run):
    add_users(home, "甲负责")
    with running(home) as server:
        visitor = logged_in(server.port, "甲负责")
        assert run("review", "user", "lock", "甲负责", home=home)[0] == 0
        assert visitor.get("/").status == 302
        assert Users(Accounts(home)).check("甲负责", PASSWORD) is None
        assert "，已锁住" in run("review", "user", "list")[1]
        assert "没有用户" in run("review", "user", "lock", "没这人")[2]

        assert run("review", "user", "unlock", "甲负责")[0] == 0
        assert logged_in(server.port, "甲负责").get("/").status == 200
    with open_log(open_project(home)) as log:
        assert [entry.body.act for entry in log.entries("") if entry.kind == "user"][-2:] == ["locked", "unlocked"]
    Users(Accounts(home)).remove("甲负责")


def command(home: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "gktools", "review", "user", *arguments]
    return subprocess.run(line, cwd=home, input=typed, capture_output=True, text=True, encoding="utf-8")


def test_users_are_added_listed_and_given_passwords_by_scripts(home):
    added = command(home, "add", "甲负责", "--stdin", typed=f"{PASSWORD}\n")
    assert added.returncode == 0, added.stderr
    wrong = command(home, "add", "没这人", "--stdin", typed=f"{PASSWORD}\n")
    changed = command(home, "password", "甲负责", "--stdin", "--reason", "忘了密码", typed="another horse 77\n")
    listed = command(home, "list")

    assert "单位表里没有“没这人”" in wrong.stderr
    assert wrong.returncode == 1
    assert changed.returncode == 0
    assert "甲负责\t密码\tminzheng" in listed.stdout
    assert Users(Accounts(home)).check("甲负责", "another horse 77").one_time
    assert "只能用一次" in added.stdout
    with open_log(open_project(home)) as log:
        told = [(entry.kind, entry.body.user, entry.body.act, entry.body.reason) for entry in log.entries("")][-2:]
    assert told == [("user", "甲负责", "added", ""), ("user", "甲负责", "password", "忘了密码")]
    assert PASSWORD not in added.stdout + added.stderr + listed.stdout


@pytest.mark.parametrize(("login", "told"), [("jia.fz", "jia.fz"), ("13812345678", "一个号码"), ("jia\x1b[2J", None)])
def test_the_log_says_by_which_login_of_the_hub_a_user_was_added_but_no_number_of_theirs(home, run, login, told):
    with suppress(GktoolsError):  # another test may have added them
        Users(Accounts(home)).remove("甲负责")
    rc, out, err = run("review", "user", "add", "甲负责", "--hub", login, home=home)
    with open_log(open_project(home)) as opened:
        log = "\n".join(entry_line(entry) for entry in opened.entries("")[-1:])
    Users(Accounts(home)).remove("甲负责") if told else None

    assert (rc == 0, "\x1b" in out + err) == (told is not None, False)
    assert (f"加：甲负责（JupyterHub 上叫 {told}）" in log) == (told is not None)
    assert "13812345678" not in log


def test_a_file_that_is_no_database_is_told_in_chinese(tmp_path):
    (tmp_path / NAME).write_text("x" * 4096, encoding="utf-8")

    with pytest.raises(GktoolsError, match="没有动它"):
        Users(Accounts(tmp_path)).all()


def test_a_killed_change_leaves_the_file_whole(users):
    users.add("甲", PASSWORD)
    with pytest.raises(RuntimeError), users.accounts.open() as connection:
        connection.execute("DELETE FROM users")
        raise RuntimeError

    assert [user.name for user in users.all()] == ["甲"]
    assert sqlite3.connect(users.accounts.path).execute("PRAGMA integrity_check").fetchone() == ("ok",)
