"""The sessions of logged-in people and the failed logins; both survive a restart, and neither contains a secret.

The database stores only the hash of a session's secret, so reading it does not give access.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest, digest

from ...errors import BusyError
from ..accounts import WAIT, Accounts
from ..users import User, Users

MAX_IDLE, MAX_AGE = 30 * 60, 10 * 60 * 60
"""Seconds without a request after which a session ends, and the maximum age of a session."""
_TOUCH_INTERVAL = 60
"""Minimum interval, in seconds, between two updates of a session's last request."""


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
        """The id of the session in the database."""
        return _id(self.secret)


@dataclass(frozen=True)
class Sessions:
    """The sessions of a working folder."""

    accounts: Accounts
    users: Users
    clock: Callable[[], float] = time.time

    def begin(self, user: User) -> Session:
        """Create and return a session for an authenticated user."""
        now = self.clock()
        with self.accounts.open() as connection:
            session = Session(secrets.token_urlsafe(32), user.name, _form_token(connection, user))
            connection.execute("DELETE FROM sessions WHERE seen<? OR started<?", (now - MAX_IDLE, now - MAX_AGE))
            connection.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", (session.id, user.name, user.stamp, now, now)
            )
        return session

    def find(self, secret: str) -> Session | None:
        """Return the session with a secret; None if there is none, or it has ended."""
        now = self.clock()
        with self.accounts.reading() as connection:
            query = "SELECT name, stamp, started, seen FROM sessions WHERE id=?"
            row = connection.execute(query, (_id(secret),)).fetchone()
        if row is None:
            return None
        name, stamp, started, seen = row
        user = self.users.get(name)
        if user is None or user.stamp != stamp or now - seen > MAX_IDLE or now - started > MAX_AGE:
            with suppress(BusyError):  # it has ended all the same
                self.end(secret, wait=0)
            return None
        if now - seen > _TOUCH_INTERVAL:
            with suppress(BusyError):  # the next request notes it
                self._touch(secret, now)
        with self.accounts.reading() as connection:
            return Session(secret, name, _form_token(connection, user))

    def author(self, form_token: str) -> User | None:
        """Return the user whose form has a token, whether they have a session or not; None if nobody's has it."""
        users = self.users.all()
        with self.accounts.reading() as connection:
            tokens = [_form_token(connection, user) for user in users]
        return next(
            (
                user
                for user, token in zip(users, tokens, strict=True)
                if compare_digest(token.encode(), form_token.encode("utf-8", "replace")) and not user.locked
            ),
            None,
        )

    def end(self, secret: str, wait: float = WAIT) -> None:
        """End a session, if there is one. Raises BusyError after waiting for another writer (seconds)."""
        with self.accounts.open(wait) as connection:
            connection.execute("DELETE FROM sessions WHERE id=?", (_id(secret),))

    def _touch(self, secret: str, now: float) -> None:
        with self.accounts.open(wait=0) as connection:
            connection.execute("UPDATE sessions SET seen=? WHERE id=?", (now, _id(secret)))


def _form_token(connection: sqlite3.Connection, user: User) -> str:
    (secret,) = connection.execute("SELECT secret FROM secrets WHERE purpose='form'").fetchone()
    return digest(secret, f"{user.name}\0{user.stamp}".encode(), "sha256").hex()


def _id(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


# --- failed logins ----------

FREE_TRIES = {"person": 5, "address": 30}
"""The number of failed logins allowed without a wait, for a name and for an address."""
FIRST_WAIT, MAX_WAIT = 15, 15 * 60
"""The first and the longest wait, in seconds; each further failure doubles the wait."""
TRIES_EXPIRE = 24 * 60 * 60
"""Seconds after which failed logins are deleted."""


@dataclass(frozen=True)
class Tries:
    """The failed logins, counted by name and by client address."""

    accounts: Accounts
    clock: Callable[[], float] = time.time

    def take(self, name: str, address: str) -> int:
        """Count one login as failed before its password is checked and return 0, or return the seconds to wait.

        Counting comes first so that parallel logins are all counted.
        """
        now = self.clock()
        with self.accounts.open() as connection:
            connection.execute("DELETE FROM tries WHERE last<?", (now - TRIES_EXPIRE,))
            held = [self._seconds_to_wait(connection, subject, now) for subject in _subjects(name, address)]
            if any(held):
                return max(held)
            for subject in _subjects(name, address):
                connection.execute(_COUNT, (subject[1], now))
        return 0

    def forget(self, name: str, address: str) -> None:
        """Delete the failures of a name after a successful login, and uncount this login for the address."""
        person, place = _subjects(name, address)
        with self.accounts.open() as connection:
            connection.execute("DELETE FROM tries WHERE subject=?", (person[1],))
            connection.execute("UPDATE tries SET failed=failed-1 WHERE subject=? AND failed>0", (place[1],))

    @staticmethod
    def _seconds_to_wait(connection: object, subject: tuple[str, str], now: float) -> int:
        kind, key = subject
        row = connection.execute("SELECT failed, last FROM tries WHERE subject=?", (key,)).fetchone()  # type: ignore[attr-defined]
        return max(0, round(row[1] + wait_after(kind, row[0]) - now)) if row else 0


_COUNT = """
INSERT INTO tries VALUES (?, 1, ?)
ON CONFLICT (subject) DO UPDATE SET failed=failed+1, last=excluded.last
"""


def wait_after(kind: str, failed: int) -> int:
    """Return the seconds to wait after a number of failures."""
    over = failed - FREE_TRIES[kind]
    return 0 if over < 0 else min(MAX_WAIT, FIRST_WAIT << min(over, 10))


def _subjects(name: str, address: str) -> Iterable[tuple[str, str]]:
    """The keys under which failures are counted; names are stored as hashes, because people type passwords there too."""
    return [
        (kind, f"{kind} {sha256(value.encode()).hexdigest()}")
        for kind, value in (("person", name), ("address", address))
    ]
