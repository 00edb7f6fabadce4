"""Files of SQLite: looked into without a trace, created for their owner only, and left alone if they are not ours."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path, PurePath

from ...errors import RecordsError, os_reason

IsOurs = Callable[[frozenset[str]], bool]
"""Whether a database with tables of these names is ours."""
_LOOKS = 3
"""How often a file is looked into that does not seem to be ours: another process may be creating it this moment."""

_SMALLEST = 512
"""The size of the smallest database."""


def require_ours(path: Path, what: str, is_ours: IsOurs) -> None:
    """Raise RecordsError, with the file untouched, unless it is ours, a database without tables, or not there yet.

    what is the Chinese name of the file. It is opened by SQLite alone: closing a file opened otherwise releases all
    locks that this process holds on it.
    """
    if not _is_there(path, what):
        return
    for look in range(_LOOKS):
        tables = _table_names(path)
        if tables is not None and (is_ours(tables) if tables else _may_be_filled(path)):
            return
        time.sleep(0.05 * look)
    if not os.access(path, os.R_OK):
        raise RecordsError(f"{what} {path} 打不开：没有读它的权限")
    raise RecordsError(
        f"{path} 不是 gktools 的{what}，或者已经损坏，没有动它；请看地址和文件名写得对不对，或从备份恢复"
    )


def _is_there(path: Path, what: str) -> bool:
    """Return whether there is a file at a path. Raises RecordsError if there can be none, or it is something else."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            raise RecordsError(f"{what} {path} 是一个链接，链接指向的文件没有了") from None
        if not path.parent.is_dir():
            raise RecordsError(f"{what} {path} 打不开：没有 {path.parent} 这个目录") from None
        return False
    except OSError as error:
        raise RecordsError(f"{what} {path} 打不开（{os_reason(error)}）") from error
    if not stat.S_ISREG(mode):
        raise RecordsError(f"{path} 是目录、管道或设备，不是{what}，没有动它；请看地址和文件名写得对不对")
    return True


def _may_be_filled(path: Path) -> bool:
    """Return whether a file without tables is empty or a whole database: SQLite takes a single byte for one, too."""
    return not 0 < path.stat().st_size < _SMALLEST


def _table_names(path: Path) -> frozenset[str] | None:
    """Return the names of the tables of a database; None if the file is none."""
    command = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    try:
        with closing(look_into(path)) as connection:
            return frozenset(name for (name,) in connection.execute(command))
    except sqlite3.DatabaseError:
        return None


def look_into(path: Path) -> sqlite3.Connection:
    """Return a read-only connection that changes nothing and leaves no file, also in a folder that is read-only."""
    address = f"{address_of(path.absolute())}?mode=ro"
    if path.with_name(f"{path.name}-wal").exists():  # somebody is writing: the newest content is in there
        connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        connection.execute("PRAGMA trusted_schema=OFF")
        try:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            connection.close()
        else:
            return connection
    connection = sqlite3.connect(f"{address}&immutable=1", uri=True, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema=OFF")  # what a crafted file says is not executed
    return connection


def address_of(path: PurePath) -> str:
    """Return an absolute path as an address for SQLite, which takes no machine in one: a Windows share is a path."""
    address = path.as_uri()
    return address if address.startswith("file:///") else address.replace("file://", "file:////", 1)


def keep_from_others(path: Path, allowed: int = 0o770) -> None:
    """Create a database's file if there is none, and take all permissions but the allowed ones from its files.

    An existing one is not opened, see require_ours.
    """
    with suppress(OSError):  # said when it is opened
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with suppress(OSError):
        for part in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
            if part.exists() and part.stat().st_mode & 0o777 & ~allowed:
                part.chmod(0o600)
