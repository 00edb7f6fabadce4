"""Whatever people do in the review server, killed at any moment: nothing is lost, and done again it is done once.

A real server on a small working folder; the server, its warm worker, that one's fork server or the process that reads files
handed in is killed with kill -9 while a request is handled. 2 kills here, of acts that take turns from day to day, and one in a
step of handing in registers; 20 kills, and 20 of handing in, under `make soak`.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path

import psutil
import pytest
from batches import gone, left_behind, marked
from casework import request
from machine import need
from projects import keep, make_project, stand_whole
from reviewing import PASSWORD, Visitor, add_users, explain_all, logged_in

from gktools.registers.intake.own_words import written_lines
from gktools.registers.store.opening import open_store
from gktools.review import actions as acts
from gktools.review.accounts import Accounts
from gktools.review.audit import audit_log
from gktools.review.entries import EditedBody
from gktools.review.log import LogEntry, open_log
from gktools.review.seal import read_seal
from gktools.review.submissions import Submission, destroy, mends_of, submissions_of
from gktools.review.user_acts import user_errors
from gktools.review.users import Users
from gktools.review.web.sessions import MAX_IDLE
from gktools.workspace import clock
from gktools.workspace.project import Project, open_project
from gktools.workspace.seals import plain_hash
from gktools.yamlfile import read_yaml

YEAR, CODE = 2024, "minzheng"
HANDLER, DEPUTY, HEAD = "甲经办", "甲分管", "甲负责"
PEOPLE = {"handler": HANDLER, "deputy": DEPUTY, "head": HEAD}
OFFICES = {CODE: {"names": [{"name": "示例区民政局"}], "kind": "county_department", "people": PEOPLE}}
PARAMS = {"text": {"problems": "一是慢。\n\n二是少。"}, "contact": {"phone": "0000-0000000"}}
REPORT, COMMENTS, FINDINGS, SIGN, EDIT, MAKING = (
    f"/{YEAR}/{CODE}/{page}" for page in ("", "comments", "findings", "sign", "edit", "making")
)
WORKERS = ("server", "worker", "fork server")
REGISTERS = f"/{YEAR}/{CODE}/registers"
READERS = "readers"
"""The processes of the server that have none of their own: they read files handed in, and draw."""
WAIT = 90.0
"""Seconds within which a report is made by a worker that has just been started, on a busy machine."""


class Review:
    """A working folder with its server, which is started again whenever it was killed, and the people's browsers."""

    def __init__(self, home: Path, private: Path) -> None:
        self.home, self._private = home, private
        self.passwords = dict.fromkeys(PEOPLE.values(), PASSWORD)
        self._browsers: dict[str, Visitor] = {}
        self.start()

    @property
    def project(self) -> Project:
        return open_project(self.home)

    @property
    def ref(self):
        return self.project.report(CODE, YEAR)

    @property
    def params(self) -> Path:
        return self.home / f"params/{YEAR}/{CODE}.yaml"

    @property
    def phone(self) -> str:
        return str(read_yaml(self.params).data["contact"]["phone"])

    def start(self) -> None:
        with (self._private / "said").open("a") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gktools", "review", "--port", "0"],
                cwd=self.home,
                env=os.environ | marked(self.project) | {"TMPDIR": str(self._private)},
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )
        assert self.process.stdout is not None
        address = self.process.stdout.readline()
        self.port = int(re.search(r":(\d+)/", address)[1])
        for visitor in self._browsers.values():
            visitor.port = self.port

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=30)

    def browser(self, name: str) -> Visitor:
        """The browser of a person, who is logged in: again only if the session has ended."""
        known = self._browsers.get(name)
        if known is None or known.get("/").status != 200:
            known = self._browsers[name] = logged_in(self.port, name, self.passwords[name])
            known.timeout = WAIT
        return known

    def entries(self, kind: str, text: str = "") -> list[LogEntry]:
        with open_log(self.project) as log:
            return [one for one in log.entries(CODE, YEAR) if one.kind == kind and text in one.content]

    def made(self) -> None:
        """Wait until the report is made, and press again where the server knows nothing of it any more, or it failed."""
        visitor, until = self.browser(HANDLER), time.monotonic() + WAIT
        while (state := visitor.get(f"{MAKING}?state=").text) and '"done"' not in state:
            assert time.monotonic() < until, state
            if '""' in state or '"failed"' in state:
                visitor.get(MAKING)
                assert visitor.post(MAKING).status == 303
            time.sleep(0.1)

    # --- kills ----------

    def kill(self, whom: str) -> None:
        """Kill the server, its worker or that one's fork server, or what reads files: whichever there is at this moment."""
        if whom == READERS:
            for child in psutil.Process(self.process.pid).children():
                with suppress(psutil.NoSuchProcess):
                    if not child.children():
                        child.kill()
            return
        family = self.family()
        victim = family[min(WORKERS.index(whom), len(family) - 1)]
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        if victim == self.process.pid:
            self.process.wait()

    def family(self) -> list[int]:
        """The server; with its worker and that one's fork server, as soon as the worker has one."""
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if below := child.children():
                    return [self.process.pid, child.pid, below[0].pid]
        return [self.process.pid]

    def warm(self) -> None:
        """Wait until there is a worker to kill."""
        until = time.monotonic() + WAIT
        while len(self.family()) == 1:
            assert time.monotonic() < until
            time.sleep(0.05)

    def after_kill(self) -> None:
        """Start the server if it was killed, of which nothing else is left then."""
        if self.process.poll() is not None:
            assert gone(self.project)
            self.process.communicate()
            self.start()

    def check(self) -> None:
        """Everything is whole: the log, the users, the databases, the parameters, the report with its files."""
        with open_log(self.project) as log:
            assert audit_log(self.project, log) == []
            assert user_errors(Users(Accounts(self.home)).all(), log) == []
        for name in ("records.db", "review-users.db"):
            with closing(sqlite3.connect(self.home / name)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert self.ref.manifest() is not None
        assert left_behind(self.project) == [] or self.process.poll() is None


@dataclass(frozen=True)
class Act:
    """Something that people do: within how many seconds it is killed, who is, how it is done, and what was done.

    begin opens the pages and returns what sends the form; done returns how often it was done. again is what the person
    does who saw no answer.
    """

    seconds: float
    begin: Callable[[Review, str], Callable[[], object]]
    done: Callable[[Review, str], int]
    again: Callable[[Review, str], object] | None = None
    whom: tuple[str, ...] = ("server",)


def form_of(page: str, *names: str) -> dict[str, str]:
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in names}


def comment(review: Review, text: str) -> Callable[[], object]:
    visitor = review.browser(HANDLER)
    visitor.get(COMMENTS)
    return lambda: visitor.post(COMMENTS, {"what": "new", "place": "problems:1", "text": text})


def answer(review: Review, text: str) -> Callable[[], object]:
    with open_log(review.project) as log:
        waiting = acts.current_state(log, review.ref).comments
        number = next((one.number for one in waiting if not one.closed_by), 0)
        if not number:
            number = acts.comment(review.project, log, review.ref, HEAD, "problems:1", f"问：{text[::-1]}").number
    visitor = review.browser(HANDLER)
    visitor.get(COMMENTS)
    return lambda: visitor.post(COMMENTS, {"what": "answer", "comment": str(number), "text": text})


def decision(review: Review, text: str) -> Callable[[], object]:
    visitor = review.browser(HANDLER)
    form = form_of(visitor.get(FINDINGS).text, "finding")
    return lambda: visitor.post(FINDINGS, form | {"decision": "explained", "reason": text})


def sign(review: Review, _: str) -> Callable[[], object]:
    visitor = review.browser(HANDLER)
    visitor.get(REPORT)
    form = form_of(visitor.get(SIGN).text, "step", "seal") if 'name="step"' in visitor.get(SIGN).text else {}
    return lambda: visitor.post(SIGN, {"what": "sign", "read": "1", **form}) if form else None


def returned(review: Review, text: str) -> Callable[[], object]:
    visitor = review.browser(HEAD)
    if not review.entries("returned", text):
        sign(review, text)()
    visitor.get(SIGN)
    return lambda: visitor.post(SIGN, {"what": "return", "reason": text})


def scan(review: Review, text: str) -> Callable[[], object]:
    visitor = review.browser(HANDLER)
    visitor.get(SIGN)
    parts = [f'name="_xsrf"\r\n\r\n{visitor.token}', 'name="what"\r\n\r\nattach']
    parts.append(f'name="scan"; filename="{text}.pdf"\r\n\r\n%PDF-1' + "7" * 3_000_000)
    body = "".join(f"--x\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + "--x--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    return lambda: visitor.ask("POST", SIGN, body.encode(), kind)


def parameters(review: Review, text: str) -> Callable[[], object]:
    visitor = review.browser(HANDLER)
    form = form_of(visitor.get(EDIT).text, "state") | {"contact.phone": phone_of(text)}

    def send() -> None:
        if visitor.post(EDIT, form).status == 303:
            while '"done"' not in visitor.get(f"{MAKING}?state=").text:
                time.sleep(0.05)

    return send


def phone_of(text: str) -> str:
    return f"0000-{int(text.rpartition(' ')[2]):07}"


def parameters_again(review: Review, text: str) -> None:
    if review.phone != phone_of(text):
        visitor = review.browser(HANDLER)
        form = form_of(visitor.get(EDIT).text, "state") | {"contact.phone": phone_of(text)}
        assert visitor.post(EDIT, form).status == 303
    review.made()


def parameters_done(review: Review, text: str) -> int:
    """How often it was recorded: always if the file is the new one, whose hash is then in the entry."""
    content = review.params.read_bytes()
    if phone_of(text) == review.phone:
        (entry,) = review.entries("edited", plain_hash(content))
        assert isinstance(entry.body, EditedBody)
    elif not review.entries("edited"):
        return 0
    if phone_of(text).encode() in review.ref.read("report.json"):
        assert phone_of(text) == review.phone
    return len(review.entries("edited", plain_hash(content))) if phone_of(text) == review.phone else 0


def files(review: Review, _: str) -> Callable[[], object]:
    for name in ("report.docx", "report.pdf"):
        (review.ref.folder / name).unlink(missing_ok=True)
    visitor = review.browser(DEPUTY)
    visitor.get(SIGN)

    def send() -> None:
        visitor.post(MAKING, {"files": "1"})
        while '"done"' not in visitor.get(f"{MAKING}?state=").text:
            time.sleep(0.05)

    return send


def own_password(review: Review, text: str) -> Callable[[], object]:
    visitor = review.browser(DEPUTY)
    visitor.get("/password")
    form = {"password": review.passwords[DEPUTY], "new": password_of(text), "again": password_of(text)}
    return lambda: visitor.post("/password", form)


def password_of(text: str) -> str:
    return f"{PASSWORD} {text}"


def own_password_again(review: Review, text: str) -> None:
    if not logs_in(review, password_of(text)):
        assert own_password(review, text)().status == 303
    review.passwords[DEPUTY] = password_of(text)


def logs_in(review: Review, password: str) -> bool:
    visitor = Visitor(review.port)
    visitor.get("/login")
    return visitor.post("/login", {"name": DEPUTY, "password": password}).status == 303


def own_password_done(review: Review, text: str) -> int:
    found = [logs_in(review, password) for password in (password_of(text), review.passwords[DEPUTY])]
    assert any(found), "nobody can log in with the old password or the new one"
    return int(found[0])


def unsent(review: Review, text: str) -> Callable[[], object]:
    visitor = review.browser(HEAD)
    visitor.get(COMMENTS)
    with Accounts(review.home).open() as connection:
        connection.execute("UPDATE sessions SET seen=seen-? WHERE name=?", (MAX_IDLE + 1, HEAD))
    return lambda: visitor.post(COMMENTS, {"what": "new", "place": "problems:1", "text": text})


def unsent_again(review: Review, text: str) -> None:
    with Accounts(review.home).reading() as connection:
        kept = connection.execute("SELECT count(*) FROM unsent WHERE name=?", (HEAD,)).fetchone()[0]
    if not kept:
        visitor = review._browsers[HEAD]
        assert "ended=kept" in visitor.post(COMMENTS, {"what": "new", "place": "problems:1", "text": text}).headers.get(
            "location", ""
        )
    visitor = review.browser(HEAD)
    assert text in visitor.get(COMMENTS).text
    assert visitor.post(COMMENTS, {"what": "new", "place": "problems:1", "text": text}).status == 303


# --- registers handed in ----------


def drafts(review: Review) -> list[tuple[Submission, str]]:
    """The drafts of the handler with the name of their file."""
    return [(one, one.files[0].name) for one in submissions_of(review.home, HANDLER)]


def draft_of(review: Review, text: str) -> Submission | None:
    return next((one for one, name in drafts(review) if name == f"{text}.csv"), None)


def registered(text: str, day: str = "2024-05-17", heading: str = "日期") -> bytes:
    """A register that no table counts, of one record."""
    cover = f"登记表,监督保障登记表\n单位,{CODE}\n年度,{YEAR}\n"
    return f"{cover}类型,{heading},名称\n会议,{day},{text}\n".encode()


def hand_in(review: Review, text: str, content: bytes = b"") -> Callable[[], object]:
    visitor = review.browser(HANDLER)
    visitor.get(REGISTERS)
    return lambda: visitor.upload(REGISTERS, {f"{text}.csv": content or registered(text)})


def hand_in_again(review: Review, text: str) -> None:
    """What was kept is found on the page of registers, and read again if it was not read to the end."""
    if draft_of(review, text) is None:
        assert hand_in(review, text)().status == 303
    going_on(review, text)


def going_on(review: Review, text: str) -> tuple[Visitor, str, str]:
    """The handler at their draft, which is read; its path and its page."""
    visitor, path = review.browser(HANDLER), f"{REGISTERS}/{draft_of(review, text).id}"
    assert f"{text}.csv" in visitor.get(REGISTERS).text
    if "再读一遍</button>" in visitor.get(path).text:
        assert visitor.post(path, {"what": "again"}).status == 303
    return visitor, path, visitor.get(path).text


def in_draft(
    form: Callable[[str], dict[str, str]], content: Callable[[str], bytes]
) -> Callable[..., Callable[[], object]]:
    """An act in a draft that was handed in before: the form is made from its page."""

    def begin(review: Review, text: str) -> Callable[[], object]:
        if draft_of(review, text) is None:
            assert hand_in(review, text, content(text))().status == 303
        visitor, path, page = going_on(review, text)
        made = form(page)
        return lambda: visitor.post(path, made) if made else None

    return begin


def mended(page: str) -> dict[str, str]:
    found = re.search(r'name="(m-[0-9a-f]{20})"', page)
    return {"what": "mend", found[1]: "2024-05-17"} if found else {}


def answered(page: str) -> dict[str, str]:
    found = re.search(r'name="(h-[0-9a-f]{20})"', page)
    return {"what": "mend", found[1]: "日期"} if found and "不认得这个栏目" in page else {}


def imports(page: str) -> dict[str, str]:
    return {"what": "import", **form_of(page, "as_of")} if 'name="as_of"' in page else replaced(page)


def replaced(page: str) -> dict[str, str]:
    """The answer that the file takes the place of the one in force."""
    found = re.search(r'name="(q[0-9a-f]{20})" value="(replaces-[0-9]+)"', page)
    return {"what": "answer", found[1]: found[2]} if found else {}


def imports_again(review: Review, text: str) -> None:
    for _ in range(3):
        if draft_of(review, text) is None:
            break
        visitor, path, page = going_on(review, text)
        if not (form := imports(page)):
            assert "不用导入" in page  # killed after it was imported, before its draft was destroyed
            break
        assert visitor.post(path, form).status == 303
    review.made()


def imported(review: Review, text: str) -> int:
    with open_store(review.home) as store:
        assert store.audit() == []
        return sum(one.file == f"{text}.csv" for one in store.imports())


def kept_words(review: Review, text: str) -> int:
    written = written_lines(review.home / "params/columns.yaml").get(f"{CODE}/监督保障登记表", {})
    return int(written.get(other_heading(text)) == "日期")


def other_heading(text: str) -> str:
    return f"那天{text}".replace(" ", "")


def has_mends(review: Review, text: str) -> int:
    draft = draft_of(review, text)
    return int(bool(draft and mends_of(review.home, draft, draft.files[0])))


HANDING_IN = {
    "hand in": (0.4, hand_in, lambda review, text: int(draft_of(review, text) is not None), hand_in_again),
    "match": (0.4, in_draft(answered, lambda text: registered(text, heading=other_heading(text))), kept_words, None),
    "mend": (0.4, in_draft(mended, lambda text: registered(text, "2024-02-30")), has_mends, None),
    "import": (0.6, in_draft(imports, registered), imported, imports_again),
}
"""The steps of handing in registers: killed within how many seconds, how each is begun, how often done, and done again."""


def said(kind: str) -> Callable[[Review, str], int]:
    return lambda review, text: len(review.entries(kind, text))


ACTS = {
    "comment": Act(0.1, comment, said("comment")),
    "parameters": Act(3.0, parameters, parameters_done, parameters_again, WORKERS),
    "own password": Act(0.3, own_password, own_password_done, own_password_again),
    "answer": Act(0.1, answer, said("answer")),
    "sign": Act(2.0, sign, lambda review, _: signatures(review), whom=WORKERS),
    "scan": Act(0.4, scan, said("attached")),
    "decision": Act(0.1, decision, said("verdict")),
    "files": Act(
        3.0,
        files,
        lambda review, _: int(not read_seal(review.ref).missing),
        lambda review, _: review.made(),
        WORKERS,
    ),
    "return": Act(0.1, returned, said("returned")),
    "unsent": Act(0.1, unsent, said("comment"), unsent_again),
}
STEPS = {name: Act(*step, ("server", READERS)) for name, step in HANDING_IN.items()}


def signatures(review: Review) -> int:
    with open_log(review.project) as log:
        return len(acts.current_state(log, review.ref).valid)


def settle(review: Review, text: str) -> None:
    """Close what is open and take back what is signed, so that the next act can be done."""
    project, ref = review.project, review.ref
    for draft, _ in drafts(review):
        destroy(review.home, draft)
    with open_log(project) as log:
        for one in acts.current_state(log, ref).comments:
            if not one.closed_by:
                acts.close(project, log, ref, HEAD, one.number)
        if acts.current_state(log, ref).valid:
            acts.return_report(project, log, ref, HEAD, f"收回：{text[::-1]}", clock.today())
        explain_all(project, log, ref, clock.today())


@pytest.fixture
def review(tmp_path, cjk_font) -> Iterator[Review]:
    need("WeasyPrint", find_spec("weasyprint"))
    home, private = tmp_path / "work", tmp_path / "private"
    private.mkdir()
    project = make_project(home, OFFICES, {(YEAR, CODE): PARAMS})
    keep(project, CODE, YEAR, {"requests": [request()]})
    stand_whole(project, CODE, YEAR)
    with open_log(project) as log:
        explain_all(project, log, project.report(CODE, YEAR), clock.today())
    add_users(home, *PEOPLE.values())
    with running(home, private) as made:
        yield made


@contextmanager
def running(home: Path, private: Path) -> Iterator[Review]:
    made = Review(home, private)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.communicate()


def work_through(review: Review, names: list[str], seed: int) -> None:
    """Do acts one after another, each killed at a random moment and then done again."""
    moments = random.Random(seed)
    for number, name in enumerate(names, start=1):
        act, text = (ACTS | STEPS)[name], f"{name} {number}"
        whom, pause = moments.choice(act.whom), moments.uniform(0, act.seconds)
        if whom in WORKERS[1:]:
            review.warm()
        send = act.begin(review, text)
        print(f"seed {seed}: {text}, the {whom} killed after {pause:.3f} s", flush=True)
        sending = threading.Thread(target=unanswered, args=(send,))
        sending.start()
        time.sleep(pause)
        review.kill(whom)
        review.after_kill()
        sending.join(WAIT)
        review.check()
        assert act.done(review, text) <= 1
        (act.again or again(act))(review, text)
        assert act.done(review, text) == 1
        review.check()
        settle(review, text)


def unanswered(send: Callable[[], object]) -> None:
    with suppress(OSError, http.client.HTTPException):
        send()


def again(act: Act) -> Callable[[Review, str], object]:
    """Open the page again and send the form again."""

    def send(review: Review, text: str) -> None:
        found = act.begin(review, text)()
        assert found is None or found.status == 303, re.sub("<[^>]*>", "", found.text)

    return send


def nothing_left(review: Review, private: Path) -> None:
    parameters_again(review, "the last 9999999")
    review.stop()
    assert gone(review.project)
    assert left_behind(review.project) == []
    assert [path.name for path in private.iterdir()] == ["said"]
    assert list(review.home.rglob(".gktools-*")) == []
    assert "Traceback" not in (private / "said").read_text()


@pytest.mark.timeout(600)
def test_2_kills_of_the_review_server_lose_nothing(review, tmp_path):
    """Of another act and another step of handing in each day."""
    day = clock.today().toordinal()
    names = [list(some)[day % len(some)] for some in (ACTS, STEPS)]
    work_through(review, names, random.randrange(1 << 32))
    nothing_left(review, tmp_path / "private")


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_20_kills_while_registers_are_handed_in_lose_nothing(review, tmp_path):
    work_through(review, list(islice(cycle(STEPS), 20)), random.randrange(1 << 32))
    nothing_left(review, tmp_path / "private")


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_20_kills_of_the_review_server_lose_nothing(review, tmp_path):
    work_through(review, list(islice(cycle(ACTS), 20)), random.randrange(1 << 32))
    nothing_left(review, tmp_path / "private")
