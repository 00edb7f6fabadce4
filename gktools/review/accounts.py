"""The database of the review server's accounts: users, sessions, failed logins and forms that were not sent.

It is a separate SQLite file beside the store (review-users.db, readable by its owner only): a backup of the store
contains no password hashes, every change is atomic, and a change made by another process is seen at once. Every row
of a user, a session, a known browser or an unsent form carries a keyed hash: who writes into the file without the key makes nobody.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import BusyError, GktoolsError, RecordsError
from ..registers.store.database import reading, writing
from ..registers.store.lock_holder import file_writer
from ..registers.store.log_audit import key_errors
from ..registers.store.opening import open_store
from ..registers.store.privacy import Key, Privacy
from ..registers.store.sqlite_file import keep_from_others, require_ours

NAME = "review-users.db"
WAIT = 5
"""Seconds a writer waits for another writer. Readers never wait: the file is in WAL mode."""

_TABLES = """
CREATE TABLE IF NOT EXISTS users (
    name TEXT PRIMARY KEY, password TEXT NOT NULL, login TEXT UNIQUE, changed REAL NOT NULL,
    one_time INTEGER NOT NULL DEFAULT 0, given REAL NOT NULL DEFAULT 0, locked INTEGER NOT NULL DEFAULT 0,
    entry INTEGER NOT NULL DEFAULT 0, mark TEXT NOT NULL DEFAULT ''
    ) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, stamp TEXT NOT NULL, started REAL NOT NULL, seen REAL NOT NULL,
    mark TEXT NOT NULL DEFAULT ''
    ) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS browsers (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, stamp TEXT NOT NULL, until REAL NOT NULL, mark TEXT NOT NULL
    ) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tries (
    subject TEXT PRIMARY KEY, failed INTEGER NOT NULL, last REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS prepared (
    name TEXT PRIMARY KEY, password TEXT NOT NULL, changed REAL NOT NULL, mark TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unsent (
    name TEXT NOT NULL, page TEXT NOT NULL, form TEXT NOT NULL, at REAL NOT NULL, mark TEXT NOT NULL,
    PRIMARY KEY (name, page)
    ) WITHOUT ROWID;
"""


_ADDED = (
    ("users", "one_time INTEGER NOT NULL DEFAULT 0"),
    ("users", "given REAL NOT NULL DEFAULT 0"),
    ("users", "locked INTEGER NOT NULL DEFAULT 0"),
    ("users", "entry INTEGER NOT NULL DEFAULT 0"),
    ("users", "mark TEXT NOT NULL DEFAULT ''"),
    ("sessions", "mark TEXT NOT NULL DEFAULT ''"),
)
"""The columns that a file of an older gktools lacks."""
_VERSION = 4
_NAMES = frozenset(("users", "sessions", "browsers", "tries", "prepared", "unsent"))


@dataclass(frozen=True)
class Accounts:
    """The database of users, sessions and failed logins of a working folder.

    That of a backup has its key given: its folder is none whose store is opened.
    """

    home: Path
    given: Key | None = None

    @property
    def path(self) -> Path:
        """The path of the database file."""
        return self.home / NAME

    def key(self) -> Key | None:
        """Return the key by which rows are marked, which is the store's; None if the store has none yet.

        Raises RecordsError if the key in the file is not that of the store and of its log, or another one than before.
        """
        if self.given:
            return self.given
        privacy = Privacy(self.home)
        if known := privacy.key_in_use():
            return known
        if not privacy.path.exists():
            return None
        with closing(open_store(self.home)) as store, reading(store.engine) as connection:
            known = privacy.known_key(connection)
            if known is not None and (wrong := next(key_errors(connection, known.secret), "")):
                raise RecordsError(wrong)
            return known

    def made_key(self) -> Key:
        """Return the key by which rows are marked, which is the store's, made if there is none. Raises RecordsError."""
        if known := self.key():
            return known
        with closing(open_store(self.home)) as store, writing(store.engine) as connection:
            return Privacy(self.home).key(connection)

    @contextmanager
    def open(self, wait: float = WAIT) -> Iterator[sqlite3.Connection]:
        """Return a connection with an exclusive write transaction, committed or rolled back when the block ends.

        Raises BusyError if another process writes for longer than wait (seconds), GktoolsError if the file cannot be
        read or written.
        """
        with self._connected(wait) as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Return a connection with which nothing is written; it waits for nobody. Raises GktoolsError."""
        with self._connected(WAIT) as connection:
            connection.execute("PRAGMA query_only=ON")
            yield connection

    @contextmanager
    def _connected(self, wait: float) -> Iterator[sqlite3.Connection]:
        try:
            with closing(self._connect(wait)) as connection:
                yield connection
        except sqlite3.IntegrityError:
            raise
        except (sqlite3.Error, OSError) as error:
            if "locked" in str(error):
                raise BusyError(
                    f"审签用户的文件 {NAME} 正由{file_writer(self.path)}写入，等了 {wait:g} 秒还没有轮到；请等它写完再试"
                ) from error
            raise GktoolsError(
                f"审签用户的文件 {NAME} 打不开或写不进去（{type(error).__name__}）：请看磁盘是否已满、文件和目录的权限"
            ) from error

    def _connect(self, wait: float) -> sqlite3.Connection:
        require_ours(self.path, "审签用户的文件", lambda tables: tables <= _NAMES)
        keep_from_others(self.path, 0o700)
        connection = sqlite3.connect(self.path, timeout=wait, isolation_level=None)
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA trusted_schema=OFF")
        if foreign := _foreign_parts(connection):
            connection.close()
            raise GktoolsError(_FOREIGN.format(names="、".join(foreign[:_NAMED])))
        if connection.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            _make_ready(connection)
        return connection


def _foreign_parts(connection: sqlite3.Connection) -> list[str]:
    """Return the names of what is in the file, changes what is read and written, and was not made by gktools."""
    found = connection.execute("SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
    return [str(name) for name, kind, text in found if kind != "table" or _CONSTRAINT.search(str(text))]


_CONSTRAINT = re.compile(r"\b(VIRTUAL|CHECK|CONFLICT|COLLATE|AS|REFERENCES)\b", re.IGNORECASE | re.ASCII)
"""Words of a definition that drops, hides or changes rows: no table of ours has one."""
_NAMED = 5
_FOREIGN = (
    f"审签用户的文件 {NAME} 里有不是 gktools 建的东西（触发器、视图、索引、加上的约束、生成的列），会改动读到和写进去的内容："
    "{names}。请查明是谁加的，去掉以后再用"
)


def _make_ready(connection: sqlite3.Connection) -> None:
    """Create the tables of a new file, or add the columns that one of an older gktools lacks."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(_TABLES)
    for table, column in _ADDED:
        known = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        if column.partition(" ")[0] not in known:
            with suppress(sqlite3.OperationalError):  # another process adds it at the same moment
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    connection.execute(f"PRAGMA user_version={_VERSION}")
