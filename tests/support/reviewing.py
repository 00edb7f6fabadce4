"""A running review server for tests, and visitors with a browser that stores cookies."""

from __future__ import annotations

import asyncio
import http.client
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from argon2 import PasswordHasher

from gktools.findings import Severity
from gktools.review import passwords
from gktools.review.accounts import Accounts
from gktools.review.actions import DecisionInput, ShownReport, current_state, decide_finding
from gktools.review.decisions import with_decisions
from gktools.review.log import Log, open_log
from gktools.review.people import capacities
from gktools.review.seal import read_seal
from gktools.review.user_acts import newest_acts
from gktools.review.users import Users
from gktools.review.web.server import ReviewServer, ServerAddress, open_server
from gktools.workspace.output import ReportRef, hash_bytes
from gktools.workspace.project import Project, open_project
from gktools.workspace.report_data import read_report_data

PASSWORD = "山高月小 2024 水落石出"
"""The password of all users in tests."""


def add_users(home: Path, *names: str) -> None:
    """Add users with PASSWORD, stored as a hash with low cost, for fast checks (a hash includes its cost)."""
    with pytest.MonkeyPatch.context() as patch, open_log(open_project(home)) as log:
        patch.setattr(passwords, "_hasher", lambda: QUICK)
        newest = newest_acts(log)
        for name in names:
            Users(Accounts(home)).add(name, PASSWORD, entry=newest[name].number if name in newest else 0)


QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    """A clock that goes when it is told to."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def shown(ref: ReportRef) -> ShownReport:
    """Return what somebody has before them who opened a report and its sign page as they are now."""
    return ShownReport(read_seal(ref).hash, hash_bytes(ref.read("report.json")))


def explain_all(project: Project, log: Log, ref: ReportRef, day: date) -> None:
    """Let the first person of an office explain every finding that asks for it."""
    person = capacities(project, ref.code, day)[0].person
    for one in with_decisions(read_report_data(ref.read("report.json")).findings, current_state(log, ref)):
        if one.open and one.finding.severity == Severity.EXPLAIN:
            given = DecisionInput(one.finding.fingerprint, "explained", "情况属实，已经核对")
            decide_finding(project, log, ref, person, given, day)


@contextmanager
def running(home: Path, **options: Any) -> Iterator[ReviewServer]:
    """Run a review server of a working folder on a loopback port until the end of the block."""
    ready, kept = threading.Event(), dict[str, Any]()

    def serve() -> None:
        asyncio.set_event_loop(loop := asyncio.new_event_loop())
        try:
            kept["server"] = server = open_server(home, ServerAddress(**options))
            loop.call_soon(ready.set)
            server.start()
        except BaseException as error:
            kept["error"] = error
            ready.set()
        finally:
            loop.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    ready.wait(30)
    if "error" in kept:
        raise kept["error"]
    try:
        yield kept["server"]
    finally:
        kept["server"].io_loop.add_callback(kept["server"].stop)
        thread.join(30)


@dataclass
class Answer:
    """A response: status, headers (in lower case), body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def form_token(self) -> str:
        """The token in the forms of the page."""
        found = re.search(r'name="_xsrf" value="([^"]+)"', self.text)
        return found[1] if found else ""


@dataclass
class Visitor:
    """A browser of one person, which stores cookies and follows no redirects."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    timeout: float = 20.0

    def get(self, path: str, **headers: str) -> Answer:
        """Request a page."""
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, fields: Mapping[str, str] | None = None, **headers: str) -> Answer:
        """Send a form with the token of the last page."""
        body = urlencode({"_xsrf": self.token, **(fields or {})}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, body, kind | headers)

    def upload(
        self, path: str, files: Mapping[str, bytes], fields: Mapping[str, str] | None = None, **headers: str
    ) -> Answer:
        """Send a form with files under the name "files" and the token of the last page."""
        parts = [(f'name="{name}"', value.encode()) for name, value in {"_xsrf": self.token, **(fields or {})}.items()]
        parts += [(f'name="files"; filename="{name}"', content) for name, content in files.items()]
        head = "\r\nContent-Disposition: form-data; "
        body = b"".join(b"--gk" + (head + said + "\r\n\r\n").encode() + content + b"\r\n" for said, content in parts)
        kind = {"Content-Type": "multipart/form-data; boundary=gk"}
        return self.ask("POST", path, body + b"--gk--\r\n", kind | headers)

    def connect(self) -> http.client.HTTPConnection:
        """Open a connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Send any request."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"Cookie": cookies} if cookies else {}
        with closing(self.connect()) as connection:  # left open, it would fail whatever test runs when it is collected
            connection.request(method, path, body or None, given | dict(headers or {}))
            with connection.getresponse() as response:
                answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        for line in response.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        if b"_xsrf" in answer.body:
            self.token = answer.form_token
        return answer


def logged_in(port: int, name: str, password: str = PASSWORD) -> Visitor:
    """Log in, and return the visitor."""
    visitor = Visitor(port)
    visitor.get("/login")
    answer = visitor.post("/login", {"name": name, "password": password})
    assert answer.status == 303, answer.text
    visitor.get("/")
    return visitor


def visiting(server: ReviewServer, name: str) -> Visitor:
    """Return a visitor with a session, as after a login."""
    user = server.context.users.get(name)
    assert user is not None
    session = server.context.sessions.begin(user)
    return Visitor(server.port, {"gktools-session": session.secret}, session.form_token)
