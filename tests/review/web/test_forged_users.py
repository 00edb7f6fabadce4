"""Who writes into the file of users without the key makes no user, changes none, and logs in as nobody."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import Result
from projects import make_project
from reviewing import PASSWORD, QUICK, Visitor, add_users, logged_in, running
from tampering import as_another_process
from typer.testing import CliRunner

from gktools.cli.main import app
from gktools.errors import GktoolsError, RecordsError
from gktools.registers.store.privacy import Key
from gktools.review.accounts import NAME, Accounts
from gktools.review.entries import UserBody
from gktools.review.log import Log, open_log
from gktools.review.user_acts import acceptable, finish_passwords, note_act
from gktools.review.users import User, Users
from gktools.review.web.server import ReviewServer
from gktools.review.web.sessions import Sessions
from gktools.workspace.project import open_project

OFFICES = {
    "minzheng": {
        "names": [{"name": "云溪区民政局"}],
        "kind": "county_department",
        "people": {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"},
    }
}
MINE = "attacker knows this 1"


@pytest.fixture
def users(tmp_path) -> Users:
    users = Users(Accounts(tmp_path))
    users.add("甲", PASSWORD, one_time=True)
    return users


def write(users: Users, statement: str, *values: object) -> None:
    """Write into the file as anybody can who has no key."""
    with closing(sqlite3.connect(users.accounts.path)) as connection, connection:
        connection.execute(statement, values)


@pytest.mark.parametrize(
    "change",
    [
        *("password=?", "given=0", "one_time=0", "locked=1", "login='jia'", "changed=changed+1", "entry=7"),
        *("mark=''", "mark='x'", "mark=x'00'", "password=x'00'"),
    ],
)
def test_a_changed_row_is_nobodys(users, change):
    assert users.check("甲", PASSWORD)
    write(users, f"UPDATE users SET {change}", *([QUICK.hash(MINE)] if "?" in change else []))

    assert users.check("甲", PASSWORD) is None
    assert users.check("甲", MINE) is None
    assert users.get("甲") is None
    assert [user.mark for user in users.all()] == ["missing" if change == "mark=''" else "wrong"]


def test_a_row_that_was_put_in_is_nobodys_and_neither_is_one_with_the_mark_of_another(users):
    write(users, "INSERT INTO users (name, password, changed) VALUES ('乙', ?, 1)", QUICK.hash(MINE))
    write(users, "INSERT INTO users SELECT '丙', password, login, changed, 0, 0, 0, 0, mark FROM users WHERE name='甲'")

    assert users.check("乙", MINE) is users.check("丙", PASSWORD) is users.by_login("丙") is None
    assert {user.name: user.mark for user in users.all()} == {"甲": "ours", "乙": "missing", "丙": "wrong"}


def test_without_the_key_there_is_nobody(users, tmp_path):
    (tmp_path / "records.key").unlink()

    assert users.check("甲", PASSWORD) is None


@pytest.fixture
def forged(users, tmp_path) -> Iterator[tuple[str, str]]:
    """The secret of a session that is marked, as its user is, with a key of the attacker; and that key, as its file has it."""
    (other := tmp_path / "other").mkdir()
    theirs = Users(Accounts(other))
    theirs.add("甲", PASSWORD)
    secret = Sessions(theirs.accounts, theirs).begin(theirs.get("甲")).secret
    with closing(sqlite3.connect(users.accounts.path)) as connection, connection:
        connection.execute("ATTACH ? AS theirs", (str(theirs.accounts.path),))
        connection.execute("REPLACE INTO main.users SELECT * FROM theirs.users")
        connection.execute("INSERT INTO main.sessions SELECT * FROM theirs.sessions")
        connection.commit()
    return secret, (other / "records.key").read_text(encoding="ascii")


def register_key(home: Path, text: str) -> None:
    """Write into the store that a key is its key, as anybody can who can write there."""
    with closing(sqlite3.connect(home / "records.db")) as connection, connection:
        assert connection.execute("UPDATE meta SET key_check=?", (Key(bytes.fromhex(text)).check,)).rowcount


@pytest.mark.parametrize("registered", [False, True])
def test_a_key_that_lies_there_only_while_a_session_is_looked_at_lets_nobody_in(users, forged, tmp_path, registered):
    secret, theirs = forged
    (tmp_path / "records.key").write_text(theirs, encoding="ascii")
    if registered:
        register_key(tmp_path, theirs)

    with pytest.raises(RecordsError, match="和刚才读到的不是同一把"):
        Sessions(users.accounts, users).find(secret)


def test_a_process_that_finds_another_key_first_lets_nobody_in(users, forged, tmp_path):
    secret, theirs = forged
    project = make_project(tmp_path, OFFICES, {})
    with open_log(project) as log:
        log.append("", 0, "管理员", UserBody("甲", "locked", "离岗"))
    (tmp_path / "records.key").write_text(theirs, encoding="ascii")
    as_another_process()

    with pytest.raises(RecordsError, match="不是这个台账库的那一把"):
        Sessions(users.accounts, users).find(secret)
    register_key(tmp_path, theirs)
    with pytest.raises(RecordsError, match="写明的密钥不是现在这一把"):
        Sessions(users.accounts, users).find(secret)


def test_what_begins_with_the_key_of_another_goes_on_with_no_other(users, forged, tmp_path):
    secret, theirs = forged
    ours = (tmp_path / "records.key").read_text(encoding="ascii")
    real = sqlite3.connect(tmp_path / "records.db").execute("SELECT key_check FROM meta").fetchone()[0]
    (tmp_path / "records.key").write_text(theirs, encoding="ascii")
    register_key(tmp_path, theirs)
    as_another_process()
    assert Sessions(users.accounts, users).find(secret), "nothing in the folder tells otherwise yet"
    (tmp_path / "records.key").write_text(ours, encoding="ascii")
    with closing(sqlite3.connect(tmp_path / "records.db")) as connection, connection:
        connection.execute("UPDATE meta SET key_check=?", (real,))

    with (
        open_log(make_project(tmp_path, OFFICES, {})) as log,
        pytest.raises(RecordsError, match="和刚才读到的不是同一把"),
    ):
        log.append("", 0, "甲", UserBody("甲", "locked", "离岗"))
    with pytest.raises(RecordsError, match="和刚才读到的不是同一把"):
        Sessions(users.accounts, users).find(secret)


def test_a_forged_row_is_not_marked_by_what_is_done_to_the_user(users):
    write(users, "UPDATE users SET locked=1")
    for do in (
        lambda: users.set_password("甲", "another horse 77"),
        lambda: users.set_locked("甲", False),
        lambda: users.require_ours("甲"),
        lambda: users.accept(users.all()[0]),
    ):
        with pytest.raises(GktoolsError, match="不是由 gktools 写入的|没有认下"):
            do()
    assert users.all()[0].mark == "wrong"

    users.remove("甲")
    users.add("甲", PASSWORD)
    assert users.check("甲", PASSWORD)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("kept", "CREATE TRIGGER kept BEFORE DELETE ON sessions BEGIN SELECT RAISE(IGNORE); END"),
        ("log", "CREATE TRIGGER log AFTER INSERT ON tries BEGIN DELETE FROM tries; END"),
        ("tries", "DROP TABLE tries; CREATE VIEW tries AS SELECT 'x' AS subject, 0 AS failed, 0 AS last"),
        ("browsers", "DROP TABLE browsers; CREATE TABLE browsers (id PRIMARY KEY ON CONFLICT IGNORE, name)"),
        ("browsers", "ALTER TABLE browsers ADD COLUMN other GENERATED ALWAYS AS (name)"),
        ("part", "CREATE UNIQUE INDEX part ON sessions (name) WHERE name > ''"),
    ],
    ids=["trigger", "trigger on tries", "view", "constraint", "generated column", "index"],
)
def test_what_stands_in_the_file_of_users_beside_its_tables_is_named_and_nobody_logs_in(users, name, command):
    with closing(sqlite3.connect(users.accounts.path)) as connection:
        connection.executescript(command)

    for act in (lambda: users.check("甲", PASSWORD), users.all, lambda: users.set_password("甲", "another horse 77")):
        with pytest.raises(GktoolsError, match=f"不是 gktools 建的东西（触发器.*：{name}。请查明是谁加的"):
            act()


def test_a_change_that_another_overtook_is_not_made(users):
    users.set_password("甲", "another horse 77", entry=5)

    with pytest.raises(GktoolsError, match="同时由别人改了"):
        users.set_locked("甲", True, entry=4)
    assert users.check("甲", "another horse 77").entry == 5


@pytest.mark.parametrize(
    "change", ["name='乙'", "started=started+1", "seen=seen+1", "stamp=?", "mark=''", "started=x'00'"]
)
def test_a_session_that_was_written_into_the_file_is_none(users, change):
    users.add("乙", PASSWORD)
    sessions = Sessions(users.accounts, users)
    secret = sessions.begin(users.get("甲")).secret
    assert sessions.owner(secret) == "甲"
    write(users, f"UPDATE sessions SET {change}", *([users.get("乙").stamp] if "?" in change else []))

    assert not sessions.owner(secret)
    assert sessions.find(secret) is None


def test_a_session_without_a_mark_is_none(users):
    stamp, now = users.get("甲").stamp, time.time()
    row = (sha256(b"attacker").hexdigest(), "甲", stamp, now, now)
    write(users, "INSERT INTO sessions (id, name, stamp, started, seen) VALUES (?, ?, ?, ?, ?)", *row)

    assert Sessions(users.accounts, users).find("attacker") is None


# --- users of an older gktools ---------------------------------------------------------------------------------


def older(path: Path, *names: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT NOT NULL, login TEXT UNIQUE,"
            " changed REAL NOT NULL) WITHOUT ROWID"
        )
        for name in names:
            connection.execute("INSERT INTO users VALUES (?, ?, NULL, 1.0)", (name, QUICK.hash(PASSWORD)))


def test_a_file_of_an_older_gktools_gets_the_columns_it_lacks_and_its_users_are_taken_over_one_by_one(tmp_path):
    older(tmp_path / NAME, "甲", "乙")
    users = Users(Accounts(tmp_path))

    assert users.get("甲") is None
    assert [(user.name, user.mark, user.one_time) for user in users.all()] == [
        ("乙", "missing", False),
        ("甲", "missing", False),
    ]
    users.accept(users.all()[1])
    assert users.check("甲", PASSWORD) == users.get("甲")
    assert users.check("乙", PASSWORD) is None
    users.add("丙", PASSWORD, one_time=True)
    assert users.get("丙").one_time


def test_a_user_who_was_changed_after_being_shown_is_not_taken_over(tmp_path):
    older(tmp_path / NAME, "甲")
    users = Users(Accounts(tmp_path))
    shown: User = users.all()[0]
    write(users, "UPDATE users SET password=?", QUICK.hash(MINE))

    with pytest.raises(GktoolsError, match="刚刚又变了"):
        users.accept(shown)


# --- on the command line and the server ------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path) -> Path:
    home = tmp_path / "work"
    make_project(home, OFFICES, {(2024, "defaults"): {}})
    return home


def command(home: Path, *arguments: str, typed: str = "") -> Result:
    """Run a command of gktools review in the working folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        return CliRunner().invoke(app, ["review", *arguments], input=typed)


def test_a_user_without_a_mark_is_told_and_taken_over_by_one_command_of_the_technician(home):
    older(home / NAME, "甲经办")

    assert "accept" in command(home, "user", "list").stdout
    told = command(home, "verify")
    assert (told.exit_code, "用户“甲经办”没有印记" in told.stdout) == (1, True)
    asked = command(home, "user", "accept")
    assert (asked.exit_code, "没有认下谁" in asked.stdout, "审签记录里没有加过他" in asked.stdout) == (1, True, True)

    done = command(home, "user", "accept", typed="认下\n")
    assert (done.exit_code, "已认下 1 人" in done.stdout) == (0, True)
    assert Users(Accounts(home)).check("甲经办", PASSWORD)
    with open_log(open_project(home)) as log:
        assert [(entry.body.user, entry.body.act) for entry in log.entries("")] == [("甲经办", "accepted")]
    assert command(home, "verify").exit_code == 0

    write(Users(Accounts(home)), "UPDATE users SET mark='', password=?", QUICK.hash(MINE))
    again = command(home, "user", "accept", "--yes")
    assert (again.exit_code, "原来有印记" in again.stdout) == (1, True)
    assert Users(Accounts(home)).check("甲经办", MINE) is None


def test_a_mark_that_was_taken_away_is_not_forgotten_while_the_entry_about_it_is_hidden(home, monkeypatch):
    add_users(home, "甲经办")
    users = Users(Accounts(home))
    with open_log(open_project(home)) as log:
        note_act(log, "管理员", "甲经办", "password")
        write(users, "UPDATE users SET mark='', password=?", QUICK.hash(MINE))
        monkeypatch.setattr(Log, "entries", lambda *_, **__: [])
        bare, had_one = acceptable(users, log)

    assert (bare, [user.name for user in had_one]) == ([], ["甲经办"])


@pytest.mark.parametrize(("act", "told"), [("removed", "已由 管理员 去掉，又有了"), ("added", "由 管理员 办的")])
def test_the_technician_is_told_what_the_log_says_of_who_is_to_be_taken_over(home, act, told):
    older(home / NAME, "甲经办")
    with open_log(open_project(home)) as log:
        log.append("", 0, "管理员", UserBody("甲经办", act))

    assert told in command(home, "user", "accept").stdout


@pytest.fixture
def server(home) -> Iterator[ReviewServer]:
    add_users(home, "甲经办")
    with running(home) as server:
        yield server


def sign_in(server: ReviewServer, password: str) -> int:
    visitor = Visitor(server.port)
    visitor.get("/login")
    return visitor.post("/login", {"name": "甲经办", "password": password}).status


def test_a_password_put_into_the_file_for_a_minute_lets_nobody_in(server, home):
    users = Users(Accounts(home))
    with users.accounts.reading() as connection:
        before = connection.execute("SELECT password FROM users").fetchone()[0]
    write(users, "UPDATE users SET password=?", QUICK.hash(MINE))
    assert sign_in(server, MINE) == 401
    assert "不是由 gktools 写入的" in command(home, "verify").stdout

    write(users, "UPDATE users SET password=?", before)
    assert sign_in(server, PASSWORD) == 303


def test_an_older_row_put_back_into_the_file_lets_nobody_in(server, home):
    users = Users(Accounts(home))
    with users.accounts.reading() as connection:
        older_row = connection.execute("SELECT * FROM users").fetchone()
    visitor = logged_in(server.port, "甲经办")
    changed = {"password": PASSWORD, "new": "own horse 88!", "again": "own horse 88!"}
    assert visitor.post("/password", changed).status == 303
    assert sign_in(server, "own horse 88!") == 303

    write(users, f"REPLACE INTO users VALUES ({', '.join('?' for _ in older_row)})", *older_row)
    assert users.check("甲经办", PASSWORD)
    assert sign_in(server, PASSWORD) == 401
    told = command(home, "verify")
    assert (told.exit_code, "对不上，不能登录" in told.stdout) == (1, True)
    assert command(home, "user", "password", "甲经办", "--stdin", typed="another horse 77\n").exit_code == 0
    assert sign_in(server, "another horse 77") == 303


STATE = ("records.db", NAME, "review.head")


def keep_state(home: Path, folder: Path, *names: str) -> None:
    """Copy what says who may do what, as it is at this moment, into a folder, or from there."""
    folder.mkdir(exist_ok=True)
    for name in names or STATE:
        if name.endswith(".db"):
            with closing(sqlite3.connect(home / name)) as old, closing(sqlite3.connect(folder / name)) as new:
                old.backup(new)
        else:
            (folder / name).write_bytes((home / name).read_bytes())


def test_a_running_server_believes_no_log_older_than_the_one_it_has_found_whole(server, home, tmp_path):
    for act in ("lock", "unlock"):
        assert command(home, "user", act, "甲经办").exit_code == 0
    assert sign_in(server, PASSWORD) == 303
    keep_state(home, tmp_path / "old")
    assert command(home, "user", "lock", "甲经办").exit_code == 0
    assert sign_in(server, PASSWORD) == 401
    keep_state(home, tmp_path / "now")

    keep_state(tmp_path / "old", home)
    assert sign_in(server, PASSWORD) == 503
    keep_state(tmp_path / "now", home)
    assert sign_in(server, PASSWORD) == 401
    assert command(home, "user", "unlock", "甲经办").exit_code == 0
    assert sign_in(server, PASSWORD) == 303


@pytest.mark.parametrize(("act", "page"), [("lock", "edit"), ("remove", "edit"), ("lock", "registers")])
def test_who_was_locked_or_removed_does_nothing_by_a_session_that_is_put_back(server, home, tmp_path, act, page):
    visitor = logged_in(server.port, "甲经办")
    visitor.get(f"/2024/minzheng/{page}")
    form = {"state": "", "contact.phone": "0755-82345678"}
    keep_state(home, tmp_path / "old", NAME)
    assert command(home, "user", act, "甲经办").exit_code == 0
    keep_state(tmp_path / "old", home, NAME)
    found = visitor.get(f"/2024/minzheng/{page}")
    form["state"] = re.search(r'name="state" value="([^"]*)"', found.text)[1] if page == "edit" else ""
    answer = (
        visitor.post("/2024/minzheng/edit", form)
        if page == "edit"
        else visitor.upload("/2024/minzheng/registers", {"a.csv": b"x"})
    )

    assert (found.status, answer.status) == (200, 409)
    assert "对不上，请重新登录" in "".join(answer.text.split())
    assert not (home / "handed-in").exists()
    with open_log(open_project(home)) as log:
        assert {entry.kind for entry in log.entries()} == {"user"}


def test_a_superseded_password_lets_nobody_in_while_the_newest_entry_about_its_user_is_hidden(server, home):
    users = Users(Accounts(home))
    with users.accounts.reading() as connection:
        older_row = connection.execute("SELECT * FROM users").fetchone()
    changed = {"password": PASSWORD, "new": "own horse 88!", "again": "own horse 88!"}
    assert logged_in(server.port, "甲经办").post("/password", changed).status == 303
    write(users, f"REPLACE INTO users VALUES ({', '.join('?' for _ in older_row)})", *older_row)

    def write_log(statement: str) -> None:
        with closing(sqlite3.connect(home / "records.db")) as connection, connection:
            connection.execute(statement)

    for hide, show in (("kind = 'x' || kind", "kind = substr(kind, 2)"), ("year = 1", "year = 0")):
        write_log(f"UPDATE review_entries SET {hide} WHERE kind = 'user'")
        assert sign_in(server, PASSWORD) == 503
        write_log(f"UPDATE review_entries SET {show} WHERE kind LIKE '%user'")
    assert sign_in(server, PASSWORD) == 401


def test_ones_own_password_is_in_the_log_before_it_is_changed(server, home):
    visitor = logged_in(server.port, "甲经办")
    visitor.post("/password", {"password": PASSWORD, "new": "own horse 88!", "again": "own horse 88!"})

    with open_log(open_project(home)) as log:
        entry = log.entries("")[-1]
    assert (entry.person, entry.body.act, entry.number) == (
        "甲经办",
        "own_password",
        Users(Accounts(home)).get("甲经办").entry,
    )


def test_a_check_of_the_mark_costs_no_time(users):
    begun = time.perf_counter()
    for _ in range(20):
        users.get("甲")

    assert (time.perf_counter() - begun) / 20 < 0.05


def broken_off(home) -> str:
    """Change a password as a server does that is killed after the entry of the log."""
    users = Users(Accounts(home))
    prepared = users.prepare_password("甲经办", "own horse 88!")
    with open_log(open_project(home)) as log:
        note_act(log, "甲经办", "甲经办", "own_password", prepared)
    return prepared


def test_a_password_whose_change_was_broken_off_is_the_new_one_when_the_server_starts_again(server, home):
    broken_off(home)
    assert [sign_in(server, password) for password in (PASSWORD, "own horse 88!")] == [401, 401]
    with open_log(open_project(home)) as log:
        for _ in range(2):
            finish_passwords(Users(Accounts(home)), log)

    assert [sign_in(server, password) for password in (PASSWORD, "own horse 88!")] == [401, 303]
    assert command(home, "verify").exit_code == 0
    assert Users(Accounts(home)).prepared() == {}


def test_a_prepared_password_that_no_entry_names_or_that_is_not_ours_is_not_set(server, home):
    users = Users(Accounts(home))
    users.prepare_password("甲经办", "own horse 88!")
    with open_log(open_project(home)) as log:
        finish_passwords(users, log)
    assert [sign_in(server, password) for password in (PASSWORD, "own horse 88!")] == [303, 401]

    with Accounts(home).open() as connection:
        connection.execute("UPDATE prepared SET password=?", (QUICK.hash("another horse 77"),))
    assert users.prepared() == {}
    with Accounts(home).open() as connection:
        connection.execute("UPDATE prepared SET changed=x'00'")
    assert users.prepared() == {}


def test_an_older_row_put_back_is_not_made_good_by_a_password_that_was_broken_off(server, home):
    with Accounts(home).reading() as connection:
        older = connection.execute("SELECT * FROM users WHERE name='甲经办'").fetchone()
    assert command(home, "user", "lock", "甲经办").exit_code == 0
    broken_off(home)
    with Accounts(home).open() as connection:
        connection.execute("DELETE FROM users WHERE name='甲经办'")
        connection.execute(f"INSERT INTO users VALUES ({', '.join('?' for _ in older)})", older)
    with open_log(open_project(home)) as log:
        finish_passwords(Users(Accounts(home)), log)

    assert sign_in(server, "own horse 88!") == 401
