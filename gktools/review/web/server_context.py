"""The review desk: all that the pages of one server share, and what a person may do at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from ...workspace.project import Project, open_project
from ..accounts import Accounts
from ..board import Boards
from ..people import may_read, offices_of
from ..users import Users
from .sessions import Sessions, Tries

Action = Literal["read", "write"]


@dataclass(frozen=True)
class ServerContext:
    """What the pages of one server share: the working folder, below which path they stand, and whether to sign there.

    reader is the person whose reading a server without users of its own was set up for. secure says that only TLS
    reaches it; hosts are the names it may be called by, any where there are none.
    """

    home: Path
    root: str = "/"
    signing: bool = True
    reader: str = ""
    secure: bool = False
    hosts: frozenset[str] = frozenset()
    today: Callable[[], date] = date.today
    users: Users = field(init=False)
    sessions: Sessions = field(init=False)
    tries: Tries = field(init=False)
    boards: Boards = field(init=False)

    def __post_init__(self) -> None:
        accounts = Accounts(self.home)
        users = Users(accounts)
        object.__setattr__(self, "users", users)
        object.__setattr__(self, "sessions", Sessions(accounts, users))
        object.__setattr__(self, "tries", Tries(accounts))
        object.__setattr__(self, "boards", Boards(self.home))

    def project(self) -> Project:
        """Return the working folder as its files are now. Raises ParamsError."""
        return open_project(self.home)

    def allows(self, person: str, action: Action, code: str = "") -> bool:
        """Whether a person may read or write here: anything at all, or the report of one office."""
        if not person or (action == "write" and not self.signing):
            return False
        project = self.project()
        return may_read(project, person, code) if code else bool(offices_of(project, person))
