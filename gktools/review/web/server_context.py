"""The context shared by the pages of one server, and the permissions of a person on it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Literal

from ...workspace.output import ReportRef
from ...workspace.project import Project, open_project
from ..accounts import Accounts
from ..board import Boards
from ..people import may_read, offices_of
from ..users import Users
from .drawing import DrawingProcess
from .health import HealthCheck
from .reading_processes import ReadingProcesses
from .sessions import Sessions
from .tries import Browsers, Tries
from .unsent import UnsentForms

Action = Literal["read", "write"]
WAIT = 5
"""Seconds for which a person waits for another writer of the store; the command line waits longer."""


@dataclass(frozen=True)
class OpenedReport:
    """What a person opened last of a report, by SHA-256, "" for nothing: its report.json, and either the published page, if
    that is all they saw, or the notebook of which they saw the rest."""

    report: str = ""
    page: str = ""
    notebook: str = ""


class OpenedReports:
    """Which report.json, with what else was shown of it, each person opened last, in the life of a server; the oldest are forgotten."""

    MOST = 100_000

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ReportRef], OpenedReport] = {}

    def note(self, person: str, ref: ReportRef, opened: OpenedReport) -> None:
        """Note what a person was shown; only the published page of what they have seen whole takes nothing from that."""
        known = self._seen.pop((person, ref), None)
        whole = known is not None and opened.page and (known.report, known.page) == (opened.report, "")
        self._seen[person, ref] = known if known is not None and whole else opened
        while len(self._seen) > self.MOST:
            self._seen.pop(next(iter(self._seen)), None)

    def clear(self) -> None:
        """Remove all notes; a restart of the server does the same."""
        self._seen.clear()

    def last(self, person: str, ref: ReportRef) -> OpenedReport:
        """Return what a person opened last of a report."""
        return self._seen.get((person, ref), OpenedReport())


class SavedForms:
    """Which form for a new case each person saved last, by its hash, in the life of a server: one sent twice counts once."""

    def __init__(self) -> None:
        self._last: dict[str, str] = {}
        self._turns: defaultdict[str, Lock] = defaultdict(Lock)

    def turn(self, person: str) -> Lock:
        """Return the lock under which the forms of a person are saved, one after the other."""
        return self._turns[person]

    def note(self, person: str, digest: str) -> None:
        """Note that a form was saved."""
        self._last[person] = digest

    def is_last(self, person: str, digest: str) -> bool:
        """Return whether a form is the one that a person saved last."""
        return self._last.get(person) == digest


@dataclass(frozen=True)
class ServerContext:
    """The context of one server: its working folder, the root path of its URLs, and whether people may sign on it.

    reader is the only reader of a server without users (JupyterLab). secure is true if it is served over TLS; hosts
    are the accepted host names, empty for any; origin is the scheme and host outside, if a proxy is in front.
    """

    home: Path
    root: str = "/"
    signing: bool = True
    reader: str = ""
    secure: bool = False
    hosts: frozenset[str] = frozenset()
    origin: str = ""
    users: Users = field(init=False)
    sessions: Sessions = field(init=False)
    tries: Tries = field(init=False)
    browsers: Browsers = field(init=False)
    boards: Boards = field(init=False)
    opened: OpenedReports = field(default_factory=OpenedReports, init=False)
    saved: SavedForms = field(default_factory=SavedForms, init=False)
    unsent: UnsentForms = field(init=False)
    drawing: DrawingProcess = field(default_factory=DrawingProcess, init=False)
    reading: ReadingProcesses = field(default_factory=ReadingProcesses, init=False)
    health: HealthCheck = field(init=False)

    def __post_init__(self) -> None:
        accounts = Accounts(self.home)
        users = Users(accounts)
        object.__setattr__(self, "users", users)
        object.__setattr__(self, "sessions", Sessions(accounts, users))
        object.__setattr__(self, "tries", Tries(accounts))
        object.__setattr__(self, "unsent", UnsentForms(accounts))
        object.__setattr__(self, "browsers", Browsers(accounts, users))
        object.__setattr__(self, "boards", Boards(self.home))
        object.__setattr__(self, "health", HealthCheck(self.home))

    def project(self) -> Project:
        """Return the project, read from its current files. Raises ParamsError."""
        return open_project(self.home)

    def allows(self, person: str, action: Action, code: str = "") -> bool:
        """Return whether a person may read or write on this server: at all, or the report of one office."""
        if not person or (action == "write" and not self.signing):
            return False
        project = self.project()
        return may_read(project, person, code) if code else bool(offices_of(project, person))
