"""The sessions of logged-in people; they survive a restart.

The database stores only a keyed hash of a session's secret, so reading it does not give access, and one of all that it
says of the session, so writing into it does not either.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest

from ...errors import BusyError
from ...registers.store.privacy import Key
from ..accounts import WAIT, Accounts
from ..users import User, Users

MAX_IDLE, MAX_AGE = 30 * 60, 10 * 60 * 60
"""Seconds without a request after which a session ends, and the maximum age of a session."""
_TOUCH_INTERVAL = 60
"""Minimum interval, in seconds, between two updates of a session's last request."""
_PURPOSE = "gktools.review.session"


@dataclass(frozen=True)
class Session:
    """A session of a logged-in person; secret is the value of the browser's cookie.

    form_token is what every form of the person must contain, in this session or a later one, until the user changes.
    """

    secret: str
    name: str
    form_token: str

    @property
    def id(self) -> str:
        """A name of the session that does not tell its secret."""
        return sha256(self.secret.encode()).hexdigest()


@dataclass(frozen=True)
class Sessions:
    """The sessions of a working folder."""

    accounts: Accounts
    users: Users
    clock: Callable[[], float] = time.time

    def begin(self, user: User) -> Session:
        """Create and return a session for an authenticated user."""
        key, now = self.accounts.made_key(), self.clock()
        session = Session(secrets.token_urlsafe(32), user.name, _form_token(key, user))
        row = (_id(key, session.secret), user.name, user.stamp, now, now)
        with self.accounts.open() as connection:
            connection.execute("DELETE FROM sessions WHERE seen<? OR started<?", (now - MAX_IDLE, now - MAX_AGE))
            insert = "INSERT INTO sessions (id, name, stamp, started, seen, mark) VALUES (?, ?, ?, ?, ?, ?)"
            connection.execute(insert, (*row, _mark(key, row)))
        return session

    def find(self, secret: str) -> Session | None:
        """Return the session with a secret; None if there is none, or it has ended. Prolongs it, and forgets one that ended."""
        now, key = self.clock(), self.accounts.key()
        row = self._row(secret, key)
        if row is None:
            return None
        if not self._is_valid(row, key, now):
            with suppress(BusyError):  # it has ended all the same
                self.end(secret, wait=0)
            return None
        if key and now - row[4] > _TOUCH_INTERVAL:
            with suppress(BusyError):  # the next request notes it
                self._touch((*row[:4], now), key)
        user = self.users.get(row[1])
        return Session(secret, user.name, _form_token(key, user)) if user and key else None

    def author(self, form_token: str) -> User | None:
        """Return the user whose form has a token, whether they have a session or not; None if nobody's has it."""
        key, given = self.accounts.key(), form_token.encode("utf-8", "replace")
        found = [user for user in self.users.all() if key and compare_digest(_form_token(key, user).encode(), given)]
        return self.users.get(found[0].name) if found else None

    def owner(self, secret: str) -> str:
        """Return the name of the user of the session with a secret, "" without one; nothing is written or waited for."""
        key = self.accounts.key()
        row = self._row(secret, key)
        return row[1] if row is not None and self._is_valid(row, key, self.clock()) else ""

    def end(self, secret: str, wait: float = WAIT) -> None:
        """End a session, if there is one. Raises BusyError after waiting for another writer (seconds)."""
        with self.accounts.open(wait) as connection:
            if key := self.accounts.key():
                connection.execute("DELETE FROM sessions WHERE id=?", (_id(key, secret),))

    def _row(self, secret: str, key: Key | None) -> _Row | None:
        if key is None:
            return None
        query = "SELECT id, name, stamp, started, seen, mark FROM sessions WHERE id=?"
        with self.accounts.reading() as connection:
            row: _Row | None = connection.execute(query, (_id(key, secret),)).fetchone()
        return row

    def _is_valid(self, row: _Row, key: Key | None, now: float) -> bool:
        """Whether a session was begun by gktools, its user is as then, and it has not ended."""
        _, name, stamp, started, seen, mark = row
        try:
            if key is None or not key.has_sealed(_PURPOSE, _covered(row[:5]), str(mark)):
                return False
            user = self.users.get(name)
            return user is not None and user.stamp == stamp and now - seen <= MAX_IDLE and now - started <= MAX_AGE
        except TypeError:  # no value of ours
            return False

    def _touch(self, row: _Said, key: Key) -> None:
        with self.accounts.open(wait=0) as connection:
            update = "UPDATE sessions SET seen=?, mark=? WHERE id=? AND seen<?"
            connection.execute(update, (row[4], _mark(key, row), row[0], row[4]))


_Said = tuple[str, str, str, float, float]
"""What the mark of a session covers: id, name, stamp of the user, when it was begun, when it was used last."""
_Row = tuple[str, str, str, float, float, str]


def _form_token(key: Key, user: User) -> str:
    return key.seal(f"{_PURPOSE}.form", f"{user.name}\0{user.stamp}".encode()).rpartition(":")[2]


def _id(key: Key, secret: str) -> str:
    return key.seal(f"{_PURPOSE}.cookie", secret.encode())


def _covered(row: _Said) -> bytes:
    return json.dumps(row).encode()


def _mark(key: Key, row: _Said) -> str:
    return key.seal(_PURPOSE, _covered(row))
