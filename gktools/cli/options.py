"""Options shared by several commands, and the project of the working folder."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from ..workspace.project import Project
from pathlib import Path

from ..errors import GktoolsError

LOG = "gktools-error.log"


def write_error_log(text: str) -> str:
    """Return the path, for a message, of the log that a traceback is written to: in output/, else the current folder."""
    place = _log_folder() / LOG
    try:
        place.write_text(text, encoding="utf-8", newline="\n")
    except OSError:
        return f"（{LOG} 写不进去）"
    return f"{place.parent.name}/{LOG}" if place.parent.name == "output" else LOG


def _log_folder() -> Path:
    from ..inputs.inputs import find_home
    from ..workspace.output import OUTPUT

    try:
        folder = find_home() / OUTPUT
    except GktoolsError:
        return Path.cwd()
    return folder if folder.is_dir() else Path.cwd()


class OrderedGroup(TyperGroup):
    """A group whose help lists commands and groups together, in the order of ORDER; others, hidden ones, come last."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands, hidden ones too."""
        return sorted(self.commands, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


ORDER = (
    *("init", "doctor", "year", "records", "lab", "build", "check", "explain", "why", "rollup", "deadlines"),
    *("export", "review", "publish", "correct", "site", "backup", "restore", "reproduce"),
    *("user", "verify", "log"),
)
"""The commands in the order of the work."""

Year = Annotated[int | None, typer.Option("--year", help="报告年度；不写即 params/ 下的每一年")]
Offices = Annotated[list[str] | None, typer.Option("--office", help="机关代码；可写多次；不写即全部机关")]
AsJson = Annotated[bool, typer.Option("--json", help="只输出一份 JSON")]


def open_project() -> Project:
    """Return the project of the working folder. Raises NotFoundError outside of one."""
    from ..inputs.inputs import find_home
    from ..workspace.project import open_project as open_at

    return open_at(find_home())


def account() -> str:
    """Return the name of the account the command runs under; empty if it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
