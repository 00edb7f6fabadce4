"""Who holds the store while others wait to write: the command by its name, so that people know what they wait for."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

SOMEBODY = "别人"
_WAL_WRITER, _RESERVED = 120, 1 << 30
"""Where SQLite locks for writing: a byte of the -shm file and, before there is one, those after 1 GB of the database."""
_WORDS = 2
"""The words of a command that are shown: what follows may name people."""


def command_name(arguments: Sequence[str]) -> str:
    """Return the command of a process by its arguments, such as "gktools records import"; else the program's name."""
    for i, argument in enumerate(arguments):
        if Path(argument).name in ("gktools", "gktools.exe"):
            words = []
            for word in arguments[i + 1 : i + 1 + _WORDS]:
                if not re.fullmatch(r"[a-z][a-z-]*", word):
                    break
                words.append(word)
            return " ".join(["gktools", *words])
    return Path(arguments[0]).name if arguments else ""


def own_command() -> str:
    """Return the command of this process."""
    return command_name([*sys.orig_argv])


def file_writer(path: Path) -> str:
    """Return who writes a SQLite file at this moment, as a phrase for staff; "别人" where the system does not tell."""
    return _named(_lock_holders(path))


def file_holder(path: Path) -> str:
    """Return who holds a whole file locked (flock) at this moment, as file_writer does."""
    with suppress(OSError, ValueError):
        place = path.stat().st_ino
        fields = [line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines()]
        return _named(
            int(one[4])
            for one in fields
            if len(one) == _FIELDS and one[1] == "FLOCK" and int(one[5].rpartition(":")[2]) == place
        )
    return SOMEBODY


def _named(processes: Iterable[int]) -> str:
    for process in processes:
        if process == os.getpid():
            return "这个程序的另一步"
        with suppress(OSError):
            command = Path(f"/proc/{process}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            return f" {command_name([one for one in command if one]) or '别的程序'}（进程 {process}）"
    return SOMEBODY


def _lock_holders(path: Path) -> Iterator[int]:
    """The processes that hold a lock for writing on a SQLite file, as Linux lists them."""
    places = {}
    for file, first in ((path.with_name(f"{path.name}-shm"), _WAL_WRITER), (path, _RESERVED)):
        with suppress(OSError):
            places[file.stat().st_ino] = first
    try:
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return
    for line in lines:
        fields = line.split()
        if "->" in fields or len(fields) != _FIELDS or fields[1] != "POSIX" or fields[3] != "WRITE":
            continue
        wanted = places.get(int(fields[5].rpartition(":")[2]))
        first, last = int(fields[6]), sys.maxsize if fields[7] == "EOF" else int(fields[7])
        if wanted is not None and (first <= wanted <= last or wanted == _RESERVED <= last):
            yield int(fields[4])


_FIELDS = 8


def server_writer(engine: sa.Engine, turn: int) -> str:
    """Return who holds the turn to write (an advisory lock) on a PostgreSQL server, as a phrase for staff."""
    asked = sa.text(
        "SELECT application_name FROM pg_catalog.pg_locks JOIN pg_catalog.pg_stat_activity USING (pid)"
        " WHERE locktype = 'advisory' AND granted AND objid = CAST(:turn AS oid) AND pg_locks.database ="
        " (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
    )
    with suppress(sa.exc.SQLAlchemyError), engine.connect() as connection:
        name = connection.execute(asked, {"turn": turn}).scalar()
        if name and name.isprintable():
            return f" {name} "
    return SOMEBODY
