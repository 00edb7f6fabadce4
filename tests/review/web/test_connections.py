"""Strangers take neither the memory of the review server nor its connections."""

from __future__ import annotations

import asyncio
import errno
import http.client
import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from projects import make_project
from reviewing import PASSWORD, Visitor, add_users, logged_in, running, visiting

from gktools.review import users as users_module
from gktools.review.passwords import normalise_password, require_strength
from gktools.review.users import Users
from gktools.review.web import connections
from gktools.review.web.connections import (
    FORM,
    OF_ONE_PERSON,
    PAGE,
    SCAN,
    Gate,
    GuardedServer,
    most_connections,
)
from gktools.review.web.server import ReviewServer
from gktools.review.web.server_context import ServerContext
from gktools.review.web.threads import BUSY, OWN_BUSY

YEAR, CODE = 2024, "minzheng"
OFFICES = {
    CODE: {
        "names": [{"name": "云溪区民政局"}],
        "kind": "county_department",
        "people": {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"},
    }
}
PEOPLE = ("甲经办", "甲分管", "甲负责", "甲查看")
SIGN, COMMENTS = f"/{YEAR}/{CODE}/sign", f"/{YEAR}/{CODE}/comments"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("connections") / "work"
    make_project(home, OFFICES, {(YEAR, CODE): {}})
    add_users(home, *PEOPLE)
    return home


@pytest.fixture(scope="module")
def server(home) -> Iterator[ReviewServer]:
    with running(home) as server:
        yield server


@pytest.fixture
def cookies(server) -> dict[str, str]:
    return visiting(server, "甲经办").cookies


@contextmanager
def asking(server: ReviewServer, path: str, headers: dict[str, object], body: bytes = b"") -> Iterator[socket.socket]:
    """A request of which only the headers, and the beginning of the body, are sent."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        yield raw


def cookie(cookies: dict[str, str]) -> dict[str, object]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}


def status(raw: socket.socket) -> int:
    """The status of the response; 0 if none comes: the server waits for the body."""
    raw.settimeout(0.3)
    try:
        return int(raw.recv(99).split()[1])
    except TimeoutError:
        return 0


# --- how much may be sent --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/login", "/password", "/logout", "/", SIGN, COMMENTS, "/nothing"])
def test_a_stranger_sends_no_more_than_a_login_is_long(server, path):
    with asking(server, path, {"Content-Length": FORM + 1}) as raw:
        answer = raw.recv(4096).decode()
    with asking(server, path, {"Content-Length": FORM}) as raw:
        assert status(raw) == 0

    assert answer.startswith("HTTP/1.1 413 ")
    assert "没有登录" in answer
    assert "Content-Security-Policy: default-src 'none'" in answer


@pytest.mark.parametrize("path", ["/login", COMMENTS])
def test_a_stranger_does_not_send_more_in_chunks_either(server, path):
    chunk = b"%x\r\n%s\r\n" % (FORM, b"x" * FORM)
    with asking(server, path, {"Transfer-Encoding": "chunked"}, chunk + chunk) as raw:
        assert raw.recv(99).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("path", "most"),
    [
        *(("/login", FORM), ("/password", FORM), (COMMENTS, PAGE), ("/", PAGE), (SIGN, SCAN)),
        *((f"{SIGN}/", PAGE), (f"{SIGN}?x=1", SCAN)),
    ],
)
def test_who_is_logged_in_sends_a_scan_where_it_is_attached_and_no_more_elsewhere(server, cookies, path, most):
    with asking(server, path, {"Content-Length": most + 1} | cookie(cookies)) as raw:
        assert status(raw) == 413
    with asking(server, path, {"Content-Length": most} | cookie(cookies)) as raw:
        assert status(raw) == 0


def test_the_cookie_of_no_session_is_none(server):
    with asking(server, SIGN, {"Content-Length": SCAN, "Cookie": "gktools-session=x; gktools-browser=y.z"}) as raw:
        assert status(raw) == 413


def test_who_wrote_long_and_whose_session_ended_is_heard_in_a_browser_of_ours(server):
    visitor = logged_in(server.port, "甲经办")
    visitor.post("/logout")
    with asking(server, COMMENTS, {"Content-Length": PAGE} | cookie(visitor.cookies)) as raw:
        assert status(raw) == 0
    with asking(server, SIGN, {"Content-Length": PAGE + 1} | cookie(visitor.cookies)) as raw:
        assert status(raw) == 413


def test_who_goes_on_sending_what_was_refused_reads_why(server, cookies):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("POST", COMMENTS, b"x" * (4 << 20), cookie(cookies))
    answer = connection.getresponse()

    assert (answer.status, "要核对的报告一次最多 32 MB" in answer.read().decode()) == (413, True)
    connection.close()


def test_only_so_much_is_received_at_the_same_time_and_of_one_person(server):
    people = [visiting(server, name).cookies for name in PEOPLE]
    with ExitStack() as sending:

        def send(cookies: dict[str, str], length: int) -> str:
            raw = sending.enter_context(asking(server, SIGN, {"Content-Length": length} | cookie(cookies)))
            raw.settimeout(0.3)
            with suppress(TimeoutError):
                return raw.recv(4096).decode()
            return ""  # the server waits for the body

        assert [send(cookies, SCAN) for cookies in people[:3]] == ["", "", ""]
        of_all = send(people[3], SCAN)
        assert [send(people[0], PAGE), send(people[3], PAGE)] == ["", ""]
        answers = [send(people[0], FORM + 1), of_all]
        assert [answer[:13] for answer in answers] == ["HTTP/1.1 503 "] * 2
        assert [OWN_BUSY in answers[0], BUSY in answers[1]] == [True, True]
        assert Visitor(server.port).get("/login").status == 200

    assert comes_to(server, 0)


@pytest.mark.parametrize("said", [{"Transfer-Encoding": "chunked"}, {"Content-Length": FORM + 1}])
@pytest.mark.parametrize("ended", [False, True], ids=["logged in", "in a browser whose session has ended"])
def test_one_person_who_sends_little_of_much_keeps_nobody_from_handing_in(server, cookies, ended, said):
    visitor = logged_in(server.port, "甲分管")
    held = {name: value for name, value in visitor.cookies.items() if not ended or name == "gktools-browser"}
    assert "gktools-browser" in held
    with ExitStack() as sending:
        for _ in range(OF_ONE_PERSON // PAGE):
            sending.enter_context(asking(server, "/", said | cookie(held)))
        assert comes_to(server, OF_ONE_PERSON)
        refused = sending.enter_context(asking(server, "/", said | cookie(held)))
        raw = sending.enter_context(asking(server, SIGN, {"Content-Length": SCAN} | cookie(cookies)))

        assert refused.recv(99).startswith(b"HTTP/1.1 503 ")
        assert status(raw) == 0

    assert comes_to(server, 0)


def test_a_browser_of_nobody_any_more_sends_what_strangers_send(server, home):
    add_users(home, "乙走了")
    held = {
        name: value for name, value in logged_in(server.port, "乙走了").cookies.items() if name == "gktools-browser"
    }
    with asking(server, "/", {"Content-Length": PAGE} | cookie(held)) as raw:
        assert status(raw) == 0
    Users(ServerContext(home).users.accounts).remove("乙走了")
    with asking(server, "/", {"Content-Length": PAGE} | cookie(held)) as raw:
        assert status(raw) == 413
    with asking(server, "/", {"Transfer-Encoding": "chunked"} | cookie(held)) as raw:
        assert server.http_server.in_flight() == 0


def test_what_was_received_counts_until_it_is_answered_and_no_longer(server, cookies):
    visitor = Visitor(server.port, cookies)
    kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    kept.request("POST", COMMENTS, b"x" * (FORM + 1), cookie(visitor.cookies))
    response = kept.getresponse()
    response.read()

    assert response.status == 403
    assert comes_to(server, 0)
    kept.request("GET", "/login")
    assert kept.getresponse().status == 200
    kept.close()


def comes_to(server: ReviewServer, size: int) -> bool:
    """Whether soon so much is in flight."""
    deadline = time.monotonic() + 5
    while server.http_server.in_flight() != size and time.monotonic() < deadline:
        time.sleep(0.02)
    return server.http_server.in_flight() == size


def test_a_body_that_trickles_is_ended(server, monkeypatch):
    monkeypatch.setattr(connections, "SHORTEST", 0.2)
    with asking(server, "/login", {"Content-Length": 1000}, b"x") as raw:
        assert raw.recv(99) == b""


def test_a_large_body_has_to_arrive_at_a_rate():
    assert SCAN / connections.RATE <= 150
    assert connections.SHORTEST <= 60


def test_a_password_of_millions_of_characters_costs_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(users_module, "dummy_hash", lambda: "x")
    users = Users(ServerContext(tmp_path).users.accounts)
    endless = "ﷺ" * 2_500_000
    begun = time.process_time()
    users.check("甲", endless)
    with pytest.raises(Exception, match="密码太长"):
        require_strength(endless, "甲")

    assert time.process_time() - begun < 0.5
    assert len(normalise_password(endless)) < 20_000
    users.add("甲", PASSWORD)


# --- how many may connect --------------------------------------------------------------------------------------


@contextmanager
def serving(gate: Gate) -> Iterator[int]:
    """Run a server with a gate that answers nothing, on a loopback port."""
    ready, stop, port = threading.Event(), asyncio.Event(), list[int]()

    async def serve() -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        listening.setblocking(False)
        port.append(listening.getsockname()[1])
        server = GuardedServer(lambda _: None, gate=gate)
        server.add_sockets([listening])
        loops.append(asyncio.get_running_loop())
        ready.set()
        await stop.wait()
        server.stop()
        await server.close_all_connections()

    loops = list[asyncio.AbstractEventLoop]()
    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield port[0]
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(10)


def connect(port: int, count: int, taken: ExitStack) -> list[socket.socket]:
    return [taken.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10)) for _ in range(count)]


def is_closed(raw: socket.socket) -> bool:
    raw.settimeout(0.3)
    try:
        return raw.recv(1) == b""
    except TimeoutError:
        return False


def test_the_connection_longest_idle_makes_room_for_a_new_one(tmp_path):
    with serving(Gate(ServerContext(tmp_path), lambda _: True, most=3)) as port, ExitStack() as taken:
        first = connect(port, 5, taken)

        assert [is_closed(raw) for raw in first] == [True, True, False, False, False]


def test_one_address_has_so_many_connections_and_others_as_before(tmp_path):
    with serving(Gate(ServerContext(tmp_path), lambda _: False, most=10, of_one=2)) as port, ExitStack() as taken:
        mine = connect(port, 3, taken)
        other = taken.enter_context(socket.create_connection(("127.0.0.1", port), 10, ("127.0.0.2", 0)))

        assert [is_closed(raw) for raw in [*mine, other]] == [True, False, False, False]


@pytest.mark.parametrize(("asked", "stays"), [(b"", True), (b"Content-Length: 9\r\n", False)])
def test_who_waits_for_an_answer_makes_no_room_and_who_has_not_asked_yet_does(tmp_path, asked, stays):
    request = b"POST / HTTP/1.1\r\nHost: x\r\n" + asked + b"\r\n"
    with serving(Gate(ServerContext(tmp_path), lambda _: True, most=2)) as port, ExitStack() as taken:
        first = connect(port, 2, taken)
        for raw in first:
            raw.sendall(request)
        time.sleep(0.2)
        late = connect(port, 1, taken)

        assert [is_closed(raw) for raw in [*first, *late]] == ([False, False, True] if stays else [True, False, False])


def test_fewer_connections_are_open_than_the_system_gives_descriptors():
    assert most_connections() + 64 <= max(72, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


class Full(socket.socket):
    """A listening socket in a process that has no more descriptors."""

    asked = 0

    def accept(self) -> tuple[socket.socket, object]:
        self.asked += 1
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def test_without_descriptors_nothing_is_accepted_for_a_second_and_one_line_is_written(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(connections, "_PAUSE", 0.1)

    async def serve() -> int:
        listening = Full()
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        server = GuardedServer(lambda _: None, gate=Gate(ServerContext(tmp_path), lambda _: True))
        server.add_sockets([listening])
        with socket.create_connection(listening.getsockname()):
            await asyncio.sleep(0.55)
        server.stop()
        return listening.asked

    assert 3 <= asyncio.run(serve()) <= 6
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "打开的连接和文件太多" in caplog.text


def test_idle_connections_by_the_hundred_stop_nobody_and_fill_no_log(home):
    def few_descriptors() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))

    line = [sys.executable, "-m", "gktools", "review", "--port", "0"]
    with subprocess.Popen(
        line, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=few_descriptors
    ) as process:
        assert process.stdout is not None
        port = int(re.search(r":(\d+)/", process.stdout.readline())[1])
        try:
            with ExitStack() as taken:
                connect(port, 200, taken)
                assert Visitor(port).get("/login").status == 200
                assert logged_in(port, "甲经办").get("/").status == 200
        finally:
            process.terminate()
            said = process.communicate()[1]

    assert "Traceback" not in said
    assert len(said) < 1000
