"""Options shared by several commands, and the project of the working folder."""

from __future__ import annotations

import getpass
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer
from typer.core import TyperGroup

from ..errors import GktoolsError, steering_character, visible

if TYPE_CHECKING:
    from rich.table import Table

    from ..workspace.project import Project

LOG = "gktools-error.log"


def write_error_log(text: str) -> str:
    """Return the path, for a message, of the log that a traceback is written to: in output/, else the current folder."""
    place = _log_folder() / LOG
    try:
        place.unlink(missing_ok=True)
        with open(place, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(text.encode("utf-8", "replace"))
    except OSError:
        return f"（{LOG} 写不进去）"
    return f"{place.parent.name}/{LOG}" if place.parent.name == "output" else LOG


def _log_folder() -> Path:
    from ..workspace.home import find_home
    from ..workspace.output import OUTPUT

    try:
        folder = find_home() / OUTPUT
    except GktoolsError:
        return Path.cwd()
    return folder if folder.is_dir() else Path.cwd()


class _Visible:
    """A stream on which control and invisible characters appear by their names: what is quoted cannot steer the terminal."""

    def __init__(self, stream: TextIO, *, colours: bool = True) -> None:
        self._stream, self._colours = stream, colours

    def write(self, text: str) -> int:
        """Write a text."""
        return self._stream.write(visible(text))

    def isatty(self) -> bool:
        """Return whether it is a terminal; False without colours, so that no library writes the codes of colours."""
        return self._colours and self._stream.isatty()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def visible_output() -> Iterator[None]:
    """Make everything printed within the block visible."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Visible(before[0]), _Visible(before[1], colours=False)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def print_json(data: object) -> None:
    """Print data as JSON; characters that steer a terminal are written as JSON escapes, so that they are read back."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    print(re.sub(r"[^\n -~]", lambda found: found[0] if visible(found[0]) == found[0] else _escape(found[0]), text))


def _escape(character: str) -> str:
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"


def print_table(grid: Table, width: int) -> None:
    """Print a table, as wide as the terminal, else as given; texts in brackets are no markup."""
    from rich.console import Console

    plain = Console(
        width=None if sys.stdout.isatty() else width, color_system=None, markup=False, emoji=False, highlight=False
    )
    plain.print(grid)


def plain_line(text: str | None) -> str | None:
    """Return the value of --as or --reason.

    Raises GktoolsError unless it is one line of characters that can be seen, without a number of a person.
    """
    if text and (found := steering_character(text, lines=False)):
        raise GktoolsError(f"--as、--reason 里有“{found}”，请写成一行，重新写")
    if text:
        from ..registers.person_numbers import about_reason

        if wrong := about_reason(text):
            raise GktoolsError(wrong)
    return text


class OrderedGroup(TyperGroup):
    """A group whose help lists commands and groups together, in the order of ORDER; others, hidden ones, come last."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands, hidden ones too."""
        return sorted(self.commands, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


ORDER = (
    *("init", "sample", "doctor", "year", "records", "lab", "build", "read", "check", "explain", "why", "rollup"),
    *("deadlines", "export", "review", "publish", "correct", "site", "backup", "restore", "reproduce"),
    *("user", "verify", "log"),
)
"""The commands in the order of the work."""

Year = Annotated[int | None, typer.Option("--year", min=2000, max=2099, help="报告年度；不写即 params/ 下的每一年")]
Offices = Annotated[list[str] | None, typer.Option("--office", help="机关代码；可写多次；不写即全部机关")]
AsJson = Annotated[bool, typer.Option("--json", help="只输出一份 JSON")]


def open_project(home: Path | None = None) -> Project:
    """Return the project of a working folder (default: command_home). Raises NotFoundError outside of one."""
    from ..workspace.project import open_project as open_at

    return open_at(home or command_home())


def command_home() -> Path:
    """Return the working folder of a command; tells if GKTOOLS_HOME names another one than the current folder is in.

    Raises NotFoundError outside of one.
    """
    from ..workspace.home import find_home, home_above

    home, here = find_home(), home_above(Path.cwd())
    if here is not None and here != home:
        print(f"提醒：办的是 GKTOOLS_HOME 指的 {home}，不是现在所在的工作目录 {here}", file=sys.stderr)
    return home


def account() -> str:
    """Return the name of the account the command runs under; empty if it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
