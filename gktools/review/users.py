"""The named users of the review server, and the check of their passwords.

A user's name is the person's name in params/offices.yaml, which alone decides what the person may read and sign.
Passwords are stored as salted Argon2id hashes. A row without a keyed hash over all its fields, or with a wrong one, is
nobody's: whoever writes into the file makes no user and changes none.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, NamedTuple

from ..errors import GktoolsError, nearest
from ..registers.store.privacy import Key
from ..workspace import clock
from ..workspace.seals import plain_hash
from .accounts import Accounts
from .passwords import dummy_hash, hash_password, is_password, require_strength

_PURPOSE, _PREPARED_PURPOSE = "gktools.review.user", "gktools.review.user.prepared"

Mark = Literal["ours", "missing", "wrong"]
"""Whether the keyed hash of a row is that of its fields; an older gktools wrote none."""


@dataclass(frozen=True)
class User:
    """A user who may log in: the name, the JupyterHub login (empty if the same), and whether there is a password.

    one_time says that somebody else chose the password, and the user has to change it before doing anything; given is
    when that was last (UTC). A locked user is nobody until unlocked, and so is one
    whose mark is not ours. stamp is a hash of the user's row: it changes with the password or any other field. entry is
    the number of the entry of the review log about what was last done to the user, 0 for none.
    """

    name: str
    login: str
    has_password: bool
    stamp: str
    one_time: bool = False
    given: str = ""
    locked: bool = False
    entry: int = 0
    mark: Mark = "ours"


@dataclass(frozen=True)
class Users:
    """The users of a working folder."""

    accounts: Accounts
    clock: Callable[[], float] = time.time

    def all(self) -> list[User]:
        """Return all users, sorted by name, those whose mark is not ours too."""
        key = self.accounts.key()
        with self.accounts.reading() as connection:
            return [_user(_Row(*row), key) for row in connection.execute(f"{_SELECT} ORDER BY name")]

    def get(self, name: str) -> User | None:
        """Return the user with a name; None if there is none, or they are locked."""
        return self._one("name", name)

    def by_login(self, login: str) -> User | None:
        """Return the user with a JupyterHub login; None if there is none.

        A user's own name is accepted as login only if the user has no other login at the Hub.
        """
        own = self.get(login)
        return self._one("login", login) or (own if own and not own.login else None)

    def add(self, name: str, password: str = "", login: str = "", *, one_time: bool = False, entry: int = 0) -> None:
        """Add a user; one_time says that the password is another person's choice, entry is that of the log about it.

        Raises GktoolsError if name or login exists already, or the password is too weak.
        """
        self.require_new(name, password, login)
        hashed, now, key = hash_password(password) if password else "", self.clock(), self.accounts.made_key()
        row = _Row(name, hashed, login or None, now, int(one_time), now if one_time else 0.0, 0, entry).marked(key)
        try:
            with self.accounts.open() as connection:
                connection.execute(_INSERT, row)
        except sqlite3.IntegrityError as error:  # added by another process at the same moment
            raise GktoolsError(f"用户“{name}”已经有了") from error

    def require_new(self, name: str, password: str, login: str) -> None:
        """Raise GktoolsError if a user could not be added: the name or login exists, or the password is too weak."""
        if password or not login:
            require_strength(password, name)
        with self.accounts.reading() as connection:
            if connection.execute("SELECT 1 FROM users WHERE name=? OR login=?", (name, login or None)).fetchone():
                named = f"用户“{name}”或登录名“{login}”" if login else f"用户“{name}”"
                raise GktoolsError(f"{named}已经有了；改密码请用 gktools review user password {name}")

    def require_known(self, name: str, password: str = "") -> None:
        """Raise GktoolsError if there is no such user, or a password that is given is too weak for them."""
        if password:
            require_strength(password, name)
        with self.accounts.reading() as connection:
            if not connection.execute("SELECT 1 FROM users WHERE name=?", (name,)).fetchone():
                raise GktoolsError(self._unknown(name, connection))

    def require_ours(self, name: str, password: str = "") -> None:
        """Raise GktoolsError as require_known does, and if the user's row was not written by gktools."""
        self.require_known(name, password)
        with self.accounts.reading() as connection:
            self._row(name, connection, self.accounts.made_key())

    def set_password(self, name: str, password: str, *, one_time: bool = False, entry: int = 0) -> None:
        """Set a user's password and end all sessions of the user; one_time says that it is another person's choice.

        entry is that of the log about it. Raises GktoolsError if it is too weak, there is no such user, their row was not
        written by gktools, or somebody else has changed the user since that entry.
        """
        require_strength(password, name)
        hashed, now = hash_password(password), self.clock()

        def change(row: _Row) -> _Row:
            given = now if one_time else row.given
            return row._replace(password=hashed, changed=now, one_time=int(one_time), given=given)

        self._change(name, change, entry)

    def prepare_password(self, name: str, password: str) -> str:
        """Store a password that a user chose, for finish_password; return its name: a hash of its salted hash.

        Whoever writes the entry of the log about it in between can be killed: the password is there, and named. Raises
        GktoolsError if it is too weak.
        """
        require_strength(password, name)
        prepared = _Prepared(name, hash_password(password), self.clock()).marked(self.accounts.made_key())
        with self.accounts.open() as connection:
            connection.execute("INSERT OR REPLACE INTO prepared VALUES (?, ?, ?, ?)", prepared)
        return prepared.hash

    def prepared(self) -> dict[str, str]:
        """Return the names of the passwords that gktools has prepared, by user."""
        key = self.accounts.key()
        with self.accounts.reading() as connection:
            rows = [_Prepared(*row) for row in connection.execute("SELECT * FROM prepared ORDER BY name")]
        return {row.name: row.hash for row in rows if row.is_ours(key)}

    def finish_password(self, name: str, prepared: str, *, entry: int) -> None:
        """Set the prepared password of a user, and end all sessions of the user; entry is that of the log about it.

        Raises GktoolsError as set_password does, and if it is not the password that was prepared.
        """
        key = self.accounts.made_key()
        with self.accounts.open() as connection:
            found = connection.execute("SELECT * FROM prepared WHERE name=?", (name,)).fetchone()
            one = _Prepared(*found) if found else None
            if one is None or not one.is_ours(key) or one.hash != prepared:
                raise GktoolsError(_MEANWHILE.format(name))
            row = self._row_before(name, connection, key, entry)
            _store(
                connection,
                row._replace(password=one.password, changed=one.changed, one_time=0, entry=entry).marked(key),
            )
            _end_logins(connection, name)
            connection.execute("DELETE FROM prepared WHERE name=?", (name,))

    def set_locked(self, name: str, locked: bool, *, entry: int = 0) -> None:
        """Lock a user out, which ends all their sessions, or let them in again. Raises GktoolsError as set_password does."""
        self._change(name, lambda row: row._replace(locked=int(locked)), entry)

    def accept(self, user: User, *, entry: int = 0) -> None:
        """Mark the row of a user whom an older gktools added. Raises GktoolsError if it is no longer as it was shown."""
        key = self.accounts.made_key()
        with self.accounts.open() as connection:
            found = connection.execute(f"{_SELECT} WHERE name=?", (user.name,)).fetchone()
            if found is None or user.mark != "missing" or _user(_Row(*found), key) != user:
                raise GktoolsError(f"用户“{user.name}”刚刚又变了，没有认下；请再看一遍 gktools review user list")
            _store(connection, _Row(*found)._replace(entry=entry).marked(key))

    def remove(self, name: str) -> None:
        """Remove a user, if there is one, and end all their sessions; their signatures stay valid."""
        with self.accounts.open() as connection:
            connection.execute("DELETE FROM users WHERE name=?", (name,))
            _end_logins(connection, name)
            connection.execute("DELETE FROM prepared WHERE name=?", (name,))

    def check(self, name: str, password: str) -> User | None:
        """Return the user if the password is correct, else None; an unknown name takes the same time."""
        key = self.accounts.key()
        with self.accounts.reading() as connection:
            found = connection.execute(f"{_SELECT} WHERE name=?", (name,)).fetchone()
        row = _Row(*found) if found else None
        user = _user(row, key) if row else None
        hashed = row.password if row and user and user.mark == "ours" and row.password else ""
        right = is_password(hashed or dummy_hash(), password)
        return user if user and hashed and right and not user.locked else None

    def _one(self, column: str, value: str) -> User | None:
        key = self.accounts.key()
        with self.accounts.reading() as connection:
            found = connection.execute(f"{_SELECT} WHERE {column}=?", (value,)).fetchone()
        user = _user(_Row(*found), key) if found else None
        return user if user and user.mark == "ours" and not user.locked else None

    def _change(self, name: str, change: Callable[[_Row], _Row], entry: int) -> None:
        key = self.accounts.made_key()
        with self.accounts.open() as connection:
            row = self._row_before(name, connection, key, entry)
            _store(connection, change(row)._replace(entry=entry or row.entry).marked(key))
            _end_logins(connection, name)

    def _row_before(self, name: str, connection: sqlite3.Connection, key: Key, entry: int) -> _Row:
        """The row of a user as an entry of the log found it. Raises GktoolsError if there is a newer one."""
        row = self._row(name, connection, key)
        if entry and entry <= row.entry:
            raise GktoolsError(_MEANWHILE.format(name))
        return row

    def _row(self, name: str, connection: sqlite3.Connection, key: Key) -> _Row:
        """The row of a user. Raises GktoolsError if there is none, or it was not written by gktools."""
        found = connection.execute(f"{_SELECT} WHERE name=?", (name,)).fetchone()
        if found is None:
            raise GktoolsError(self._unknown(name, connection))
        row = _Row(*found)
        if wrong := MARK_ERRORS.get(_user(row, key).mark):
            raise GktoolsError(f"用户“{name}”{wrong}")
        return row

    def _unknown(self, name: str, connection: sqlite3.Connection) -> str:
        known = [str(row[0]) for row in connection.execute("SELECT name FROM users")]
        return f"没有用户“{name}”{nearest(name, known)}；全部用户见 gktools review user list"


_MEANWHILE = "用户“{}”同时由别人改了，没有改；请看 gktools review user list，再来一次"
MARK_ERRORS = {
    "missing": "没有印记，不能登录：旧版 gktools 加的，请运行 gktools review user accept 认下",
    "wrong": (
        "不是由 gktools 写入的，或者被改动过（印记对不上），不能登录：请查清是谁动过 review-users.db，"
        "再用 gktools review user remove 去掉、add 重新加"
    ),
}
"""What is wrong with a user by the mark of their row, and what to do."""


class _Row(NamedTuple):
    """A user as stored; in a file that somebody else wrote into, a field may have any type."""

    name: str
    password: str
    login: str | None
    changed: float
    one_time: int
    given: float
    locked: int
    entry: int
    mark: str = ""

    @property
    def covered(self) -> bytes:
        """What the mark covers: all fields. Raises TypeError for what gktools does not write."""
        return json.dumps(self[:-1]).encode()

    def marked(self, key: Key) -> _Row:
        return self._replace(mark=key.seal(_PURPOSE, self.covered))

    def judged(self, key: Key | None) -> Mark:
        if self.mark == "":
            return "missing"
        try:
            return "ours" if key is not None and key.has_sealed(_PURPOSE, self.covered, str(self.mark)) else "wrong"
        except TypeError:
            return "wrong"


class _Prepared(NamedTuple):
    """A password that a user chose, as stored before the entry of the log about it is written."""

    name: str
    password: str
    changed: float
    mark: str = ""

    @property
    def covered(self) -> bytes:
        """What the mark covers: all fields. Raises TypeError for what gktools does not write."""
        return json.dumps(self[:-1]).encode()

    @property
    def hash(self) -> str:
        return plain_hash(self.covered)

    def marked(self, key: Key) -> _Prepared:
        return self._replace(mark=key.seal(_PREPARED_PURPOSE, self.covered))

    def is_ours(self, key: Key | None) -> bool:
        try:
            return key is not None and key.has_sealed(_PREPARED_PURPOSE, self.covered, str(self.mark))
        except TypeError:
            return False


_SELECT = f"SELECT {', '.join(_Row._fields)} FROM users"  # noqa: S608 - our own names
_INSERT = f"INSERT INTO users ({', '.join(_Row._fields)}) VALUES ({', '.join('?' for _ in _Row._fields)})"  # noqa: S608


def _store(connection: sqlite3.Connection, row: _Row) -> None:
    connection.execute("DELETE FROM users WHERE name=?", (row.name,))
    connection.execute(_INSERT, row)


def _end_logins(connection: sqlite3.Connection, name: str) -> None:
    """End the sessions of a user; their browsers are no longer known."""
    connection.execute("DELETE FROM sessions WHERE name=?", (name,))
    connection.execute("DELETE FROM browsers WHERE name=?", (name,))


def _user(row: _Row, key: Key | None) -> User:
    mark = row.judged(key)
    covered = (row.name, row.password, row.login, row.changed, row.one_time, row.locked)
    stamp = sha256("\0".join(map(str, covered)).encode()).hexdigest()[:32]
    has_password, one_time, locked = bool(row.password), bool(row.one_time), bool(row.locked)
    given = clock.stored(clock.at_seconds(row.given)) if row.given and mark == "ours" else ""
    entry = row.entry if mark == "ours" else 0
    return User(str(row.name), str(row.login or ""), has_password, stamp, one_time, given, locked, entry, mark)


def require_person(name: str, persons: Iterable[str]) -> None:
    """Raise GktoolsError, with the most similar name, if the office book has no such person."""
    known = sorted(persons)
    if name not in known:
        raise GktoolsError(
            f"单位表里没有“{name}”这个人{nearest(name, known)}"
            "（先在 params/offices.yaml 的 people 里写上，看和签的权限都从那里来）"
        )
