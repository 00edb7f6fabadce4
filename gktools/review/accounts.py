"""The file that says who may log in to the review server: users, their sessions, tries that failed.

It is a SQLite file of its own beside the store (review-users.db, readable to its owner only): a backup of the store
carries no password hashes, every change is whole or not there, and a command in another window is seen at once.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import GktoolsError

NAME = "review-users.db"
_WAIT = 30
"""Seconds that one who writes waits for another."""

_TABLES = """
CREATE TABLE IF NOT EXISTS users (
    name TEXT PRIMARY KEY, password TEXT NOT NULL, login TEXT UNIQUE, changed REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, stamp TEXT NOT NULL, started REAL NOT NULL, seen REAL NOT NULL
    ) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tries (
    subject TEXT PRIMARY KEY, failed INTEGER NOT NULL, last REAL NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Accounts:
    """The file of users, sessions and tries of a working folder."""

    home: Path

    @property
    def path(self) -> Path:
        """Where the file stands."""
        return self.home / NAME

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """A connection that alone may write until its block ends; all of it is kept, or nothing.

        Raises GktoolsError if the file cannot be read or written.
        """
        try:
            with closing(self._connect()) as connection:
                connection.execute("BEGIN IMMEDIATE")
                with connection:
                    yield connection
        except (sqlite3.Error, OSError) as error:
            raise GktoolsError(
                f"审签用户的文件 {NAME} 打不开或写不进去（{type(error).__name__}）：请看磁盘是否已满、文件和目录的权限"
            ) from error

    def _connect(self) -> sqlite3.Connection:
        with suppress(FileExistsError):  # closing one that is there would let go of the locks of other connections
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        if self.path.stat().st_mode & 0o077:
            self.path.chmod(0o600)
        connection = sqlite3.connect(self.path, timeout=_WAIT, isolation_level=None)
        connection.execute("PRAGMA secure_delete=ON")
        connection.executescript(_TABLES)
        return connection
