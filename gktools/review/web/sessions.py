"""Sessions of logged-in people, and the tries that failed: both outlive a restart, and neither holds a secret.

A session is named in the file by the hash of what the browser holds; whoever reads the file cannot use it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest

from ..accounts import Accounts
from ..users import User, Users

IDLE, LONGEST = 30 * 60, 10 * 60 * 60
"""Seconds after which a session ends without a request, and after which it ends in any case."""
_NOTED = 60
"""Seconds after which a request is noted again."""


@dataclass(frozen=True)
class Session:
    """A logged-in person: secret is what the browser holds."""

    secret: str
    name: str

    @property
    def form_token(self) -> str:
        """What every form of this session must bring back; nobody can make it without the session's secret."""
        return digest(self.secret.encode(), b"gktools.review.form", "sha256").hex()

    @property
    def id(self) -> str:
        """The name of the session in the file."""
        return _id(self.secret)


@dataclass(frozen=True)
class Sessions:
    """The sessions of a working folder."""

    accounts: Accounts
    users: Users
    clock: Callable[[], float] = time.time

    def begin(self, user: User) -> Session:
        """Begin a session for a user who has just been recognised."""
        session, now = Session(secrets.token_urlsafe(32), user.name), self.clock()
        with self.accounts.open() as connection:
            connection.execute("DELETE FROM sessions WHERE seen<? OR started<?", (now - IDLE, now - LONGEST))
            connection.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", (session.id, user.name, user.stamp, now, now)
            )
        return session

    def find(self, secret: str) -> Session | None:
        """Return the session a browser holds the secret of; None if there is none, or it has ended."""
        now = self.clock()
        with self.accounts.open() as connection:
            query = "SELECT name, stamp, started, seen FROM sessions WHERE id=?"
            row = connection.execute(query, (_id(secret),)).fetchone()
        if row is None:
            return None
        name, stamp, started, seen = row
        user = self.users.get(name)
        if user is None or user.stamp != stamp or now - seen > IDLE or now - started > LONGEST:
            self.end(secret)
            return None
        if now - seen > _NOTED:
            self._note(secret, now)
        return Session(secret, name)

    def end(self, secret: str) -> None:
        """End a session, if there is one."""
        with self.accounts.open() as connection:
            connection.execute("DELETE FROM sessions WHERE id=?", (_id(secret),))

    def _note(self, secret: str, now: float) -> None:
        with self.accounts.open() as connection:
            connection.execute("UPDATE sessions SET seen=? WHERE id=?", (now, _id(secret)))


def _id(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


# --- tries ----------

FREE = {"person": 5, "address": 30}
"""How many tries of a name, and from an address, may fail before one has to wait."""
FIRST_WAIT, LONGEST_WAIT = 15, 15 * 60
"""Seconds: each further failure doubles the wait."""
FORGOTTEN = 24 * 60 * 60
"""Seconds after which failures no longer count."""


@dataclass(frozen=True)
class Tries:
    """The tries to log in that failed, by the name tried and by the address they came from."""

    accounts: Accounts
    clock: Callable[[], float] = time.time

    def take(self, name: str, address: str) -> int:
        """Count one try as failed before it is made, and return 0; or return the seconds it has to wait, uncounted.

        Counted first: a hundred tries at once are a hundred tries.
        """
        now = self.clock()
        with self.accounts.open() as connection:
            connection.execute("DELETE FROM tries WHERE last<?", (now - FORGOTTEN,))
            held = [self._held(connection, subject, now) for subject in _subjects(name, address)]
            if any(held):
                return max(held)
            for subject in _subjects(name, address):
                connection.execute(_COUNT, (subject[1], now))
        return 0

    def forget(self, name: str, address: str) -> None:
        """Forget the failures of a name after a success, and take back the try it was counted as."""
        person, place = _subjects(name, address)
        with self.accounts.open() as connection:
            connection.execute("DELETE FROM tries WHERE subject=?", (person[1],))
            connection.execute("UPDATE tries SET failed=failed-1 WHERE subject=? AND failed>0", (place[1],))

    @staticmethod
    def _held(connection: object, subject: tuple[str, str], now: float) -> int:
        kind, key = subject
        row = connection.execute("SELECT failed, last FROM tries WHERE subject=?", (key,)).fetchone()  # type: ignore[attr-defined]
        return max(0, round(row[1] + wait_after(kind, row[0]) - now)) if row else 0


_COUNT = """
INSERT INTO tries VALUES (?, 1, ?)
ON CONFLICT (subject) DO UPDATE SET failed=failed+1, last=excluded.last
"""


def wait_after(kind: str, failed: int) -> int:
    """Return the seconds to wait after so many failures."""
    over = failed - FREE[kind]
    return 0 if over < 0 else min(LONGEST_WAIT, FIRST_WAIT << min(over, 10))


def _subjects(name: str, address: str) -> Iterable[tuple[str, str]]:
    """What failures are counted by; a name is kept as a hash only, for people type passwords there too."""
    return [
        (kind, f"{kind} {sha256(value.encode()).hexdigest()}")
        for kind, value in (("person", name), ("address", address))
    ]
