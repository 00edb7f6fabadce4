"""Wrong passwords: who tries waits, and keeps nobody else out; failures fade."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from projects import make_project
from reviewing import PASSWORD, Clock, Visitor, add_users, logged_in, running, visiting

from gktools.review.accounts import NAME, Accounts
from gktools.review.users import Users
from gktools.review.web.server import ReviewServer
from gktools.review.web.sessions import Sessions
from gktools.review.web.tries import (
    FADES,
    FREE_TRIES,
    KNOWN_FOR,
    MAX_WAIT,
    TRIES_EXPIRE,
    Browsers,
    Tries,
    in_browser,
    strangers,
    wait_after,
)

OFFICES = {
    "minzheng": {
        "names": [{"name": "云溪区民政局"}],
        "kind": "county_department",
        "people": {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"},
    }
}
FREE = FREE_TRIES["stranger"]
HERE, ELSEWHERE = "10.0.0.1", "10.0.0.2"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tries(tmp_path, clock) -> Tries:
    return Tries(Accounts(tmp_path), clock)


def test_one_waits_longer_after_each_failure(tries, clock):
    for _ in range(FREE):
        assert tries.take(strangers("甲", HERE)) == 0
    waits = []
    for _ in range(8):
        waits.append(wait := tries.take(strangers("甲", HERE)))
        clock.now += wait
        assert tries.take(strangers("甲", HERE)) == 0

    assert waits == sorted(waits)
    assert waits[1] == 2 * waits[0]
    assert waits[-1] == MAX_WAIT


def test_who_fails_at_one_place_keeps_nobody_out_at_another(tries):
    for _ in range(FREE):
        tries.take(strangers("甲", HERE))

    assert tries.take(strangers("甲", HERE)) > 0
    assert tries.take(strangers("甲", ELSEWHERE)) == 0
    assert tries.take(strangers("乙", HERE)) == 0


def test_an_address_is_guarded_whatever_names_are_tried(tries):
    for number in range(FREE_TRIES["address"]):
        assert tries.take(strangers(f"人{number}", HERE)) == 0

    assert tries.take(strangers("还有一个", HERE)) > 0
    assert tries.take(strangers("还有一个", ELSEWHERE)) == 0


def test_all_addresses_of_a_network_of_ipv6_are_one(tries):
    for number in range(FREE):
        tries.take(strangers("甲", f"2001:db8::{number + 1:x}"))

    assert tries.take(strangers("甲", "2001:db8::ffff")) > 0
    assert tries.take(strangers("甲", "2001:db8:0:1::1")) == 0


def test_a_known_browser_is_not_touched_by_what_others_do(tries):
    for number in range(FREE_TRIES["address"]):
        tries.take(strangers("甲" if number < FREE else f"人{number}", HERE))

    assert tries.take(strangers("甲", HERE)) > 0
    for _ in range(FREE_TRIES["browser"]):
        assert tries.take(in_browser("cookie", "甲")) == 0
    assert tries.take(in_browser("cookie", "甲")) > 0
    assert tries.take(in_browser("another", "甲")) == 0


def test_a_restart_does_not_reset_the_wait(tries, clock):
    for _ in range(FREE):
        tries.take(strangers("甲", HERE))

    assert Tries(Accounts(tries.accounts.home), clock).take(strangers("甲", HERE)) > 0


def test_a_success_forgets_the_failures_of_the_name_and_those_of_a_day_ago_are_forgotten(tries, clock):
    for _ in range(FREE):
        tries.take(strangers("甲", HERE))
        tries.take(strangers("乙", ELSEWHERE))
    tries.forget(strangers("甲", HERE))
    assert tries.take(strangers("甲", HERE)) == 0

    assert tries.take(strangers("乙", ELSEWHERE)) > 0
    clock.now += TRIES_EXPIRE + 1
    assert tries.take(strangers("乙", ELSEWHERE)) == 0


def test_a_success_takes_back_its_own_try_of_the_address_and_no_other(tries):
    for number in range(FREE_TRIES["address"] - 1):
        assert tries.take(strangers(f"人{number}", HERE)) == 0
    assert tries.take(strangers("甲", HERE)) == 0
    tries.forget(strangers("甲", HERE))

    assert tries.take(strangers("乙", HERE)) == 0
    assert tries.take(strangers("丙", HERE)) > 0


def test_one_failure_a_day_never_adds_up(tries, clock):
    for _ in range(30):
        assert tries.take(strangers("甲", HERE)) == 0
        clock.now += TRIES_EXPIRE - 60


def test_one_failure_fades_each_ten_minutes(tries, clock):
    for _ in range(20):
        assert tries.take(strangers("甲", HERE)) == 0
        clock.now += FADES


def test_the_worst_failures_have_faded_after_some_hours(tries, clock):
    for _ in range(40):
        clock.now += tries.take(strangers("甲", HERE))
    clock.now += 3 * 60 * 60

    assert [tries.take(strangers("甲", HERE)) for _ in range(FREE)] == [0] * FREE


def test_no_wait_is_without_end():
    assert wait_after("stranger", 10_000) == MAX_WAIT


def test_what_was_typed_as_a_name_is_not_kept(tries, tmp_path):
    tries.take(strangers("我的密码错填在这里", HERE))

    assert "我的密码错填在这里".encode() not in (tmp_path / NAME).read_bytes()


# --- known browsers --------------------------------------------------------------------------------------------


@pytest.fixture
def browsers(tmp_path, clock) -> Browsers:
    users = Users(Accounts(tmp_path), clock)
    users.add("甲", PASSWORD)
    return Browsers(users.accounts, users, clock)


def test_a_browser_is_known_for_the_one_who_logged_in_in_it(browsers):
    cookie = browsers.remember("", browsers.users.get("甲"))

    assert browsers.knows(cookie, "甲")
    assert not browsers.knows(cookie, "乙")
    assert not browsers.knows("", "甲")
    assert not browsers.knows(cookie[::-1], "甲")


def test_a_browser_that_several_people_use_is_known_for_each(browsers):
    cookie = browsers.remember("", browsers.users.get("甲"))
    browsers.users.add("乙", PASSWORD)

    assert browsers.remember(cookie, browsers.users.get("乙")) == cookie
    assert browsers.knows(cookie, "甲")
    assert browsers.knows(cookie, "乙")


def test_a_browser_is_forgotten_after_half_a_year_and_with_the_password(browsers, clock):
    cookie = browsers.remember("", browsers.users.get("甲"))
    clock.now += KNOWN_FOR + 1
    assert not browsers.knows(cookie, "甲")

    cookie = browsers.remember(cookie, browsers.users.get("甲"))
    browsers.users.set_password("甲", PASSWORD)
    assert not browsers.knows(cookie, "甲")


@pytest.mark.parametrize("table", ["browsers", "sessions"])
def test_an_older_row_with_its_mark_put_back_after_the_password_was_changed_lets_nobody_in(browsers, clock, table):
    user, sessions = browsers.users.get("甲"), Sessions(browsers.accounts, browsers.users, clock)
    cookie, secret = browsers.remember("", user), sessions.begin(user).secret
    assert (browsers.knows(cookie, "甲"), bool(sessions.find(secret))) == (True, True)
    with browsers.accounts.open() as connection:
        rows = connection.execute(f"SELECT * FROM {table}").fetchall()
    browsers.users.set_password("甲", PASSWORD)
    with browsers.accounts.open() as connection:
        connection.execute(f"DELETE FROM {table}")
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

    assert (browsers.knows(cookie, "甲"), sessions.find(secret)) == (False, None)


def test_the_file_does_not_tell_a_browsers_cookie_and_makes_no_browser_known(browsers, tmp_path):
    user = browsers.users.get("甲")
    cookie = browsers.remember("", user)
    assert cookie.encode() not in (tmp_path / NAME).read_bytes()
    with browsers.accounts.open() as connection:
        connection.execute("UPDATE browsers SET until=until+1")

    assert not browsers.knows(cookie, "甲")


# --- on the server ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("tries") / "work"
    make_project(home, OFFICES, {(2024, "defaults"): {}})
    add_users(home, "甲经办", "甲分管", "甲负责")
    return home


@pytest.fixture
def server(home) -> Iterator[ReviewServer]:
    with running(home) as server:
        with server.context.users.accounts.open() as connection:
            connection.execute("DELETE FROM tries")
        yield server


def guess(server: ReviewServer, name: str, times: int) -> list[int]:
    visitor = Visitor(server.port)
    visitor.get("/login")
    return [visitor.post("/login", {"name": name, "password": f"guess {n}"}).status for n in range(times)]


def test_guessing_passwords_is_stopped_and_the_right_one_does_not_help_then(server):
    assert guess(server, "甲分管", 8) == [401] * 5 + [429] * 3
    visitor = Visitor(server.port)
    visitor.get("/login")
    right = visitor.post("/login", {"name": "甲分管", "password": PASSWORD})

    assert "请等" in right.text
    assert right.status == 429
    assert visitor.post("/login", {"name": "甲经办", "password": PASSWORD}).status == 303


def test_who_logged_in_before_is_not_kept_out_by_anybody(server):
    leader = logged_in(server.port, "甲负责")
    leader.post("/logout")
    assert guess(server, "甲负责", 8)[-1] == 429
    leader.get("/login")

    assert leader.post("/login", {"name": "甲负责", "password": "wrong"}).status == 401
    assert leader.post("/login", {"name": "甲负责", "password": PASSWORD}).status == 303


def test_the_cookie_of_a_browser_is_kept_from_scripts_and_other_sites(server):
    visitor = Visitor(server.port)
    visitor.get("/login")
    answer = visitor.post("/login", {"name": "甲经办", "password": PASSWORD})

    assert len(visitor.cookies["gktools-browser"]) > 40
    assert answer.headers["set-cookie"].count("HttpOnly") == answer.headers["set-cookie"].count("SameSite=Strict")


def test_changing_ones_own_password_is_not_touched_by_what_others_do(server):
    visitor = visiting(server, "甲经办")
    assert guess(server, "甲经办", 8)[-1] == 429

    wrong = visitor.post("/password", {"password": "x", "new": "own horse 88!", "again": "own horse 88!"})
    assert wrong.status == 401
    for _ in range(FREE_TRIES["session"]):
        wrong = visitor.post("/password", {"password": "x", "new": "own horse 88!", "again": "own horse 88!"})
    assert wrong.status == 429


def test_who_gets_in_after_some_failures_begins_to_count_anew(server):
    assert guess(server, "甲经办", FREE - 1) == [401] * (FREE - 1)
    logged_in(server.port, "甲经办")

    assert guess(server, "甲经办", FREE) == [401] * FREE
