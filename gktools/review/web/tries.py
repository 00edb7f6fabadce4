"""The failed logins, and the browsers that are known: what strangers do keeps nobody out of their own browser.

A browser in which a person logged in has a cookie and tries of its own ("device cookies" of OWASP). Everybody else has
few tries for a name from an address, and more from an address for all names. Failures fade.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from ...registers.store.privacy import Key
from ..accounts import Accounts
from ..users import User, Users

FREE_TRIES = {"browser": 5, "session": 5, "stranger": 5, "address": 50}
"""The number of failures allowed without a wait: in a known browser, in a session (change of the password), for a name
from an address, and for all names from an address."""
FIRST_WAIT, MAX_WAIT = 15, 15 * 60
"""The first and the longest wait, in seconds; each further failure doubles the wait."""
FADES = 10 * 60
"""Seconds, after a wait is over, in which one failure is forgotten."""
_MOST_OVER = 6
"""Failures that are counted above the free ones: with as many the wait is the longest, and it fades within hours."""
TRIES_EXPIRE = 24 * 60 * 60
"""Seconds after which failed logins are deleted."""
KNOWN_FOR = 180 * 24 * 60 * 60
"""Seconds for which a browser is known after the last login in it."""

Subject = tuple[str, str]
"""Of whom failures are counted: a kind of FREE_TRIES and the key, a hash, because people type passwords as names too."""


def strangers(name: str, address: str) -> list[Subject]:
    """Return under what a login in an unknown browser is counted."""
    place = network(address)
    return [_subject("stranger", f"{name}\0{place}"), _subject("address", place)]


def in_browser(cookie: str, name: str) -> list[Subject]:
    """Return under what a login in a known browser is counted."""
    return [_subject("browser", f"{cookie}\0{name}")]


def in_session(secret: str) -> list[Subject]:
    """Return under what a password entered in a session is counted."""
    return [_subject("session", secret)]


def _subject(kind: str, value: str) -> Subject:
    return kind, f"{kind} {sha256(value.encode()).hexdigest()}"


def network(address: str) -> str:
    """Return the address; of IPv6 the half that a network has, whose other half anybody in it chooses."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(IPv6Address(int(found) >> 64 << 64)) if isinstance(found, IPv6Address) else str(found)


@dataclass(frozen=True)
class Tries:
    """The failed logins, counted by subject."""

    accounts: Accounts
    clock: Callable[[], float] = time.time

    def take(self, subjects: list[Subject]) -> int:
        """Count one login as failed before its password is checked and return 0, or return the seconds to wait.

        Counting comes first so that parallel logins are all counted.
        """
        now = self.clock()
        with self.accounts.open() as connection:
            connection.execute("DELETE FROM tries WHERE last<?", (now - TRIES_EXPIRE,))
            held = [(kind, key, *_failed(connection, key)) for kind, key in subjects]
            wait = max(round(last + wait_after(kind, failed) - now) for kind, _, failed, last in held)
            if wait > 0:
                return wait
            for kind, key, failed, last in held:
                faded = max(0.0, now - last - wait_after(kind, failed)) / FADES
                counted = min(max(0.0, failed - faded) + 1, FREE_TRIES[kind] + _MOST_OVER)
                connection.execute("INSERT OR REPLACE INTO tries VALUES (?, ?, ?)", (key, counted, now))
        return 0

    def forget(self, subjects: list[Subject]) -> None:
        """Delete the failures after a successful login; of an address, only this login."""
        with self.accounts.open() as connection:
            for kind, key in subjects:
                if kind == "address":
                    connection.execute("UPDATE tries SET failed=MAX(0, failed-1) WHERE subject=?", (key,))
                else:
                    connection.execute("DELETE FROM tries WHERE subject=?", (key,))


def _failed(connection: sqlite3.Connection, key: str) -> tuple[float, float]:
    """The failures of a subject as they were at the last one, and when that was."""
    row = connection.execute("SELECT failed, last FROM tries WHERE subject=?", (key,)).fetchone()
    return (float(row[0]), float(row[1])) if row else (0.0, 0.0)


def wait_after(kind: str, failed: float) -> int:
    """Return the seconds to wait after a number of failures."""
    over = round(failed) - FREE_TRIES[kind]
    return 0 if over < 0 else min(MAX_WAIT, FIRST_WAIT << min(over, 10))


# --- known browsers ----------

_PURPOSE = "gktools.review.browser"


@dataclass(frozen=True)
class Browsers:
    """The browsers in which people logged in; the file has only keyed hashes of their cookies."""

    accounts: Accounts
    users: Users
    clock: Callable[[], float] = time.time

    def knows(self, cookie: str, name: str) -> bool:
        """Return whether a person logged in with this cookie before, and their password is still that of then."""
        key, user = self.accounts.key(), self.users.get(name)
        if not cookie or key is None or user is None:
            return False
        query = "SELECT id, name, stamp, until, mark FROM browsers WHERE id=?"
        with self.accounts.reading() as connection:
            row = connection.execute(query, (_id(key, cookie, name),)).fetchone()
        if row is None or row[1:3] != (name, user.stamp):
            return False
        with suppress(TypeError):
            return row[3] > self.clock() and key.has_sealed(_PURPOSE, json.dumps(row[:4]).encode(), str(row[4]))
        return False

    def is_ours(self, cookie: str) -> bool:
        """Return whether a cookie is one that a browser was given here, whoever logged in in it, and however long ago."""
        secret, _, mark = cookie.partition(".")
        key = self.accounts.key()
        return key is not None and key.has_sealed(f"{_PURPOSE}.ours", secret.encode(), mark)

    def owner(self, cookie: str) -> str:
        """Return the name of a user whom a browser with this cookie is known for; empty if there is none any more."""
        key = self.accounts.key()
        if key is None or not self.is_ours(cookie):
            return ""
        ids = [_id(key, cookie, user.name) for user in self.users.all()]
        query = "SELECT name FROM browsers WHERE id IN (SELECT value FROM json_each(?))"
        with self.accounts.reading() as connection:
            names = [str(row[0]) for row in connection.execute(query, (json.dumps(ids),))]
        return next((name for name in names if self.knows(cookie, name)), "")

    def remember(self, cookie: str, user: User) -> str:
        """Note that a person logged in in this browser; return its cookie, a new one if it has none of ours."""
        key, now = self.accounts.made_key(), self.clock()
        cookie = cookie if self.is_ours(cookie) else _new_cookie(key)
        row = (_id(key, cookie, user.name), user.name, user.stamp, now + KNOWN_FOR)
        mark = key.seal(_PURPOSE, json.dumps(row).encode())
        with self.accounts.open() as connection:
            connection.execute("DELETE FROM browsers WHERE until<?", (now,))
            connection.execute("INSERT OR REPLACE INTO browsers VALUES (?, ?, ?, ?, ?)", (*row, mark))
        return cookie


def _new_cookie(key: Key) -> str:
    secret = secrets.token_urlsafe(32)
    return f"{secret}.{key.seal(f'{_PURPOSE}.ours', secret.encode())}"


def _id(key: Key, cookie: str, name: str) -> str:
    return key.seal(f"{_PURPOSE}.cookie", f"{cookie}\0{name}".encode())
