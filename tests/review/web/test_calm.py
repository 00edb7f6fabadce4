"""Under pressure: who reads waits for nobody, who writes waits for seconds and is told for whom."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from casework import request
from projects import keep, make_project, stand_whole
from reviewing import Visitor, add_users, logged_in, running
from tornado.web import HTTPError

from gktools.registers.store import opening
from gktools.render.pictures import DRAW
from gktools.review.accounts import Accounts
from gktools.review.log import open_log
from gktools.review.web import server_context
from gktools.review.web import threads as threads_module
from gktools.review.web.drawing import DrawingProcess
from gktools.review.web.pages import base
from gktools.review.web.pages.board import BoardPage
from gktools.review.web.pages.routes import ROUTES
from gktools.review.web.rebuild_queue import RebuildQueue
from gktools.review.web.threads import OWN_BUSY, Threads
from gktools.workspace.project import open_project

YEAR, CODE = 2024, "minzheng"
PEOPLE = {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"}
OFFICES = {CODE: {"names": [{"name": "示例区民政局"}], "kind": "county_department", "people": PEOPLE}}
COMMENT = {"what": "new", "place": "problems:1", "text": "这一段去年也是这样写的，请核对"}
CALM = 2.0
"""Seconds within which a page answers that has nothing to wait for, on a busy machine."""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("calm") / "work"
    project = make_project(home, OFFICES, {(YEAR, CODE): {}})
    keep(project, CODE, YEAR, {"requests": [request()]})
    stand_whole(project, CODE, YEAR)
    add_users(home, "甲经办", "甲负责")
    return home


@pytest.fixture(scope="module")
def port(home) -> Iterator[int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RebuildQueue, "start", lambda *_: None)
        patch.setattr(RebuildQueue, "make_files_again", lambda *_: None)
        patch.setattr(base, "WAIT", 1)
        with running(home) as server:
            yield server.port


@pytest.fixture
def handler(port) -> Visitor:
    return logged_in(port, "甲经办")


@contextmanager
def held(path) -> Iterator[subprocess.Popen[str]]:
    """Another program that writes into a database until the end of the block."""
    script = (
        "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('BEGIN EXCLUSIVE'); print(1, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        try:
            yield other
        finally:
            other.kill()


def test_a_comment_that_finds_the_store_busy_is_back_in_its_form_with_who_holds_it(home, handler):
    handler.get(f"/{YEAR}/{CODE}/comments")
    with held(home / "records.db") as other:
        answer = handler.post(f"/{YEAR}/{CODE}/comments", COMMENT)

    assert answer.status == 503
    assert COMMENT["text"] in answer.text
    assert f"进程 {other.pid}" in answer.text
    assert "等了 1 秒" in answer.text
    with open_log(open_project(home)) as log:
        assert not [entry for entry in log.entries() if COMMENT["text"] in entry.content]


def test_whoever_reads_waits_for_nobody(home, port, handler, monkeypatch):
    monkeypatch.setattr(base, "WAIT", 2 * CALM)
    pages = ["/", f"/{YEAR}/{CODE}/", *(f"/{YEAR}/{CODE}/{page}" for page in ("comments", "sign", "edit", "changes"))]
    for page in pages:
        handler.get(page)  # warm
    with held(home / "records.db"), held(home / "review-users.db"):
        waiting = threading.Thread(target=handler.post, args=(f"/{YEAR}/{CODE}/comments", COMMENT))
        waiting.start()
        for page in pages:
            begun = time.monotonic()
            assert handler.get(page).status == 200
            assert time.monotonic() - begun < CALM, page
        waiting.join()


def test_a_session_that_cannot_be_prolonged_now_goes_on(home, port, handler, monkeypatch):
    monkeypatch.setattr("gktools.review.web.sessions._TOUCH_INTERVAL", -1)
    with held(home / "review-users.db"):
        begun = time.monotonic()
        assert handler.get("/").status == 200
        assert time.monotonic() - begun < CALM


def test_a_login_that_finds_the_users_busy_says_who_holds_them(home, port, monkeypatch):
    monkeypatch.setattr(Accounts.open, "__wrapped__", Accounts.open.__wrapped__)
    visitor = Visitor(port)
    visitor.token = visitor.get("/login").form_token
    with held(home / "review-users.db") as other:
        answer = visitor.post("/login", {"name": "甲经办", "password": "x"})

    assert answer.status == 503
    assert f"进程 {other.pid}" in answer.text


def test_a_change_of_parameters_that_cannot_be_recorded_is_not_saved(home, handler):
    page = handler.get(f"/{YEAR}/{CODE}/edit")
    state = page.text.partition('name="state" value="')[2].partition('"')[0]
    before = [path.read_bytes() for path in sorted((home / "params").rglob("*.yaml"))]
    form = {"state": state, "contact.phone": "0000-1234567"}
    with held(home / "records.db"):
        answer = handler.post(f"/{YEAR}/{CODE}/edit", form)

    assert answer.status == 409
    assert "没有保存" in answer.text
    assert "0000-1234567" in answer.text
    assert [path.read_bytes() for path in sorted((home / "params").rglob("*.yaml"))] == before
    assert handler.post(f"/{YEAR}/{CODE}/edit", form).status == 303
    assert [path.read_bytes() for path in sorted((home / "params").rglob("*.yaml"))] != before


def test_no_page_reads_writes_or_computes_in_the_event_loop(home, port, handler, monkeypatch):
    seen: dict[str, set[str]] = {}

    def noting(what, do):
        def call(*args, **given):
            seen.setdefault(what, set()).add(threading.current_thread().name.partition("_")[0])
            return do(*args, **given)

        return call

    for place, name in (
        (server_context, "open_project"),
        (Accounts, "_connect"),
        (opening, "store_address"),
        (base.Page, "draw"),
    ):
        monkeypatch.setattr(place, name, noting(name, getattr(place, name)))
    for pattern, page in ROUTES:
        path = pattern.replace(base_office(), f"/{YEAR}/{CODE}").replace(r"\.(txt|xlsx)", ".txt")
        path = (
            path.replace(r"([a-z]+\.css)", "review.css").replace("([^/]+)", "report.html").replace(r"(\d{1,12})", "1")
        )
        path += "?cell=requests:received:total" if page.__name__ == "RecordsPage" else ""
        assert handler.get(path).status in (200, 204, 404, 405, 503), path
        assert handler.post(path, {}).status in (200, 303, 400, 401, 403, 404, 405, 409), path

    assert set(seen) == {"open_project", "_connect", "store_address", "draw"}
    for what in ("open_project", "_connect", "store_address"):
        assert seen[what] <= {"reads", "changes", "passwords", "registers", "health"}, what


def base_office() -> str:
    from gktools.review.web.pages.routes import OFFICE

    return OFFICE


def test_pictures_are_drawn_by_another_process_and_the_pages_go_on_meanwhile():
    drawing = DrawingProcess()
    bars = {
        "data": {"values": [{"a": n, "b": n} for n in range(2000)]},
        "mark": "bar",
        "encoding": {"x": {"field": "a", "type": "quantitative"}, "y": {"field": "b", "type": "quantitative"}},
    }
    import json

    try:
        drawing.draw(json.dumps(bars))
        longest, stop = [0.0], threading.Event()

        def tick() -> None:
            last = time.monotonic()
            while not stop.wait(0.001):
                longest[0], last = max(longest[0], time.monotonic() - last), time.monotonic()

        ticking = threading.Thread(target=tick)
        ticking.start()
        begun = time.monotonic()
        assert drawing.draw(json.dumps(bars)).startswith("<svg")
        took = time.monotonic() - begun
        stop.set()
        ticking.join()
        assert longest[0] < took / 2
        drawing._worker.kill()
        with pytest.raises(Exception, match="图没有画成"):
            drawing.draw(json.dumps(bars))
        assert drawing.draw(json.dumps(bars)).startswith("<svg")
    finally:
        drawing.close()


def test_pages_draw_with_that_process(port, handler, monkeypatch):
    drawn = []
    monkeypatch.setattr(base.Page, "show", lambda page, *_, **__: drawn.append(DRAW.get()) or page.finish("x"))

    handler.get("/")

    assert getattr(drawn[0], "__self__", None).__class__ is DrawingProcess


def test_no_more_wait_than_are_allowed_to():
    async def crowd() -> list[object]:
        threads = Threads("few", 1, 2, each=1)
        calls = [threads.run(time.sleep, 0.1, whose=name) for name in "甲乙丙丁"]
        return await asyncio.gather(*calls, return_exceptions=True)

    found = asyncio.run(crowd())

    assert [one.status_code for one in found if isinstance(one, HTTPError)] == [503, 503]
    assert found[:2] == [None, None]


def test_what_one_person_uploads_never_takes_all_threads_nor_all_places_of_the_queue():
    done: list[str] = []

    def read(whose: str) -> None:
        time.sleep(0.05)
        done.append(whose)

    async def crowd() -> list[object]:
        threads = Threads("fair", 2, 10, each=4)
        calls = [threads.run(read, "甲", whose="甲") for _ in range(6)]
        return await asyncio.gather(*calls, threads.run(read, "乙", whose="乙"), return_exceptions=True)

    found = asyncio.run(crowd())

    assert [(one.status_code, one.log_message) for one in found if isinstance(one, HTTPError)] == [(503, OWN_BUSY)] * 2
    assert (len(done), "乙" in done[:2]) == (5, True)


@pytest.mark.parametrize("name", ["READS", "CHANGES"])
def test_what_one_person_asks_for_never_takes_all_threads_of_a_page_nor_all_places(name):
    pool = getattr(threads_module, name)
    threads = Threads("fair", pool._workers, pool._most, pool._each, pool._at_once)
    go_on, running = threading.Event(), []

    def slow() -> None:
        running.append("甲")
        go_on.wait(10)

    async def crowd() -> tuple[str, list[object]]:
        mine = [asyncio.ensure_future(threads.run(slow, whose="甲")) for _ in range(pool._most + 20)]
        try:
            return await asyncio.wait_for(threads.run(lambda: f"乙、{len(running)}", whose="乙"), 5), mine
        finally:
            go_on.set()
            await asyncio.gather(*mine, return_exceptions=True)

    of_another, mine = asyncio.run(crowd())

    assert of_another == "乙、2"
    assert sum(isinstance(one.exception(), HTTPError) for one in mine) == len(mine) - pool._each


def test_a_page_whose_reader_has_left_is_not_made(port, handler, monkeypatch):
    begun, go_on, made = threading.Event(), threading.Event(), []

    def get(page: base.Page) -> None:
        made.append(page.get_query_argument("n"))
        begun.set()
        go_on.wait(10)
        page.finish("x")

    monkeypatch.setattr(BoardPage, "get", base._in_thread(get))
    asked = []
    try:
        for number in (1, 2, 3, 4):
            raw = socket.create_connection(("127.0.0.1", port), timeout=10)
            cookies = "; ".join(f"{name}={value}" for name, value in handler.cookies.items())
            raw.sendall(f"GET /?n={number} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\n\r\n".encode())
            asked.append(raw)
            assert begun.wait(10)
            time.sleep(0.1)
        asked[2].close()
        time.sleep(0.1)
        go_on.set()
        assert asked[3].recv(99).startswith(b"HTTP/1.1 200")
    finally:
        go_on.set()
        for raw in asked:
            raw.close()

    assert made == ["1", "2", "4"]
