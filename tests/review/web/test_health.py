"""The address for monitoring: whether the server can do its work, to whoever asks, and nothing else."""

from __future__ import annotations

import json
import threading
import time
from collections import namedtuple

import pytest
from projects import make_project
from reviewing import Visitor, add_users, running
from tampering import forget_logs

from gktools.review.web import health

OFFICES = {
    "minzheng": {
        "names": [{"name": "示例区民政局"}],
        "kind": "county_department",
        "people": {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"},
    }
}
GOOD = {"status": "ok", "store": True, "log": True, "worker": True, "disk": True}


class Queue:
    runs = True

    def worker_runs(self) -> bool:
        return self.runs


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    home = tmp_path_factory.mktemp("health") / "work"
    make_project(home, OFFICES, {})
    add_users(home, "甲经办", "甲分管")
    with running(home) as server:
        yield server


@pytest.fixture
def home(server, monkeypatch):
    """The working folder; nothing is remembered, so that every question is a look."""
    monkeypatch.setattr(health, "EVERY", 0.0)
    server.web_app.settings["gktools_rebuilds"] = Queue()
    server.context.health._until = 0.0
    return server.context.home


def ask(server, **headers: str) -> tuple[int, dict[str, object]]:
    answer = Visitor(server.port).get("/healthz", **headers)
    return answer.status, json.loads(answer.body)


def test_a_server_that_can_work_says_so_to_anybody_and_tells_nothing_else(server, home):
    assert ask(server, Host="monitoring.example") == (200, GOOD)

    headers = Visitor(server.port).get("/healthz").headers
    assert headers["cache-control"] == "no-store"
    assert not {"server", "set-cookie"} & set(headers)
    assert Visitor(server.port).ask("HEAD", "/healthz").status == 200


def test_a_store_that_cannot_be_read_is_told(server, home):
    whole = (home / "records.db").read_bytes()
    (home / "records.db").write_bytes(b"damaged" * 1000)
    try:
        assert ask(server) == (503, GOOD | {"status": "failing", "store": False, "log": False})
    finally:
        (home / "records.db").write_bytes(whole)
    assert ask(server) == (200, GOOD)


def test_a_log_whose_end_is_not_the_one_that_was_left_is_told(server, home):
    from gktools.review.entries import ImportedBody
    from gktools.review.log import open_log
    from gktools.workspace.project import open_project

    before = (home / "records.db").read_bytes()
    with open_log(open_project(home)) as log:
        log.append("", 0, "甲经办", ImportedBody())
        log.append("", 0, "甲经办", ImportedBody())
    assert ask(server) == (200, GOOD)

    (home / "records.db").write_bytes(before)  # an older one, put back alone
    assert ask(server) == (503, GOOD | {"status": "failing", "log": False})
    (home / "review.head").unlink()
    assert ask(server)[0] == 503, "it has seen what came after"
    forget_logs()
    assert ask(server)[0] == 200


def test_a_worker_that_is_gone_and_a_disk_without_room_are_told(server, home, monkeypatch):
    monkeypatch.setattr(Queue, "runs", False)
    assert ask(server) == (503, GOOD | {"status": "failing", "worker": False})
    monkeypatch.setattr(Queue, "runs", True)

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: usage(10 << 40, 0, health.FREE - 1))
    assert ask(server) == (503, GOOD | {"status": "failing", "disk": False})


def test_however_often_strangers_ask_the_store_is_looked_at_once(server, home, monkeypatch):
    looks = []
    monkeypatch.setattr(health, "EVERY", 60.0)
    monkeypatch.setattr(health, "look", lambda home: looks.append(home) or (True, True, True))
    threads = [threading.Thread(target=ask, args=(server,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ask(server)  # later, and still what was seen

    assert looks == [home]


def test_a_store_that_does_not_answer_keeps_nobody_waiting(server, home, monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(health, "PATIENCE", 0.2)
    monkeypatch.setattr(health, "look", lambda _: released.wait(20) and (True, True, True))
    try:
        assert ask(server)[1] == {"status": "failing", "store": False, "log": False, "worker": True, "disk": False}
        begun = time.monotonic()
        assert ask(server)[0] == 503
        assert time.monotonic() - begun < 0.2
    finally:
        released.set()
    monkeypatch.undo()
    server.context.health._until = 0.0
    for _ in range(50):
        if ask(server)[0] == 200:
            break
        time.sleep(0.05)
    assert ask(server) == (200, GOOD)
