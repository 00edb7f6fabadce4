"""The named users of the review server, and the check of their passwords.

A user's name is the person's name in params/offices.yaml, which alone decides what the person may read and sign.
Passwords are stored as salted Argon2id hashes.
"""

from __future__ import annotations

import sqlite3
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from ..errors import GktoolsError, nearest
from ..workspace import clock
from .accounts import Accounts

MINIMUM, MAXIMUM = 10, 200
"""The minimum and maximum length of a password, in characters."""
_KINDS = 2
_SEQUENCES = ("0123456789", "9876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "password")
_PIECE, _RUN = 4, 6
"""A password is guessable if fewer than _RUN characters remain outside pieces (_PIECE long) of _SEQUENCES."""


@dataclass(frozen=True)
class User:
    """A user who may log in: the name, the JupyterHub login (empty if the same), and whether there is a password.

    one_time says that somebody else chose the password, and the user has to change it before doing anything; given is
    when that was (UTC), until the user has signed something since. A locked user is nobody until unlocked. stamp is a
    hash of the user's row: it changes with the password or any other field.
    """

    name: str
    login: str
    has_password: bool
    stamp: str
    one_time: bool = False
    given: str = ""
    locked: bool = False


@dataclass(frozen=True)
class Users:
    """The users of a working folder."""

    accounts: Accounts
    clock: Callable[[], float] = time.time

    def all(self) -> list[User]:
        """Return all users, sorted by name."""
        with self.accounts.reading() as connection:
            return [_user(row) for row in connection.execute(f"{_SELECT} ORDER BY name")]

    def get(self, name: str) -> User | None:
        """Return the user with a name; None if there is none, or they are locked."""
        return self._one("name", name)

    def by_login(self, login: str) -> User | None:
        """Return the user with a JupyterHub login; None if there is none.

        A user's own name is accepted as login only if the user has no other login at the Hub.
        """
        own = self.get(login)
        return self._one("login", login) or (own if own and not own.login else None)

    def add(self, name: str, password: str = "", login: str = "", *, one_time: bool = False) -> None:
        """Add a user; one_time says that the password is another person's choice.

        Raises GktoolsError if name or login exists already, or the password is too weak.
        """
        self.require_new(name, password, login)
        hashed, now = hash_password(password) if password else "", self.clock()
        row = (name, hashed, login or None, now, one_time, now if one_time else 0)
        try:
            with self.accounts.open() as connection:
                connection.execute("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, 0)", row)
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

    def set_password(self, name: str, password: str, *, one_time: bool = False) -> None:
        """Set a user's password and end all sessions of the user; one_time says that it is another person's choice.

        Raises GktoolsError if it is too weak or there is no such user.
        """
        require_strength(password, name)
        hashed, now = hash_password(password), self.clock()
        with self.accounts.open() as connection:
            change = "UPDATE users SET password=?, changed=?, one_time=?, given=CASE WHEN ? THEN ? ELSE given END WHERE name=?"
            if not connection.execute(change, (hashed, now, one_time, one_time, now, name)).rowcount:
                raise GktoolsError(self._unknown(name, connection))
            connection.execute("DELETE FROM sessions WHERE name=?", (name,))

    def set_locked(self, name: str, locked: bool) -> None:
        """Lock a user out, which ends all their sessions, or let them in again. Raises GktoolsError if there is none."""
        with self.accounts.open() as connection:
            if not connection.execute("UPDATE users SET locked=? WHERE name=?", (locked, name)).rowcount:
                raise GktoolsError(self._unknown(name, connection))
            connection.execute("DELETE FROM sessions WHERE name=?", (name,))

    def note_signed(self, name: str) -> None:
        """Note that a user has signed something since somebody else set the password."""
        with self.accounts.open() as connection:
            connection.execute("UPDATE users SET given=0 WHERE name=? AND NOT one_time", (name,))

    def remove(self, name: str) -> None:
        """Remove a user and end all their sessions; their signatures stay valid. Raises GktoolsError if there is none."""
        with self.accounts.open() as connection:
            if not connection.execute("DELETE FROM users WHERE name=?", (name,)).rowcount:
                raise GktoolsError(self._unknown(name, connection))
            connection.execute("DELETE FROM sessions WHERE name=?", (name,))

    def check(self, name: str, password: str) -> User | None:
        """Return the user if the password is correct, else None; an unknown name takes the same time."""
        with self.accounts.reading() as connection:
            row = connection.execute(f"{_SELECT} WHERE name=?", (name,)).fetchone()
        right = _verify(row[1] if row and row[1] else _dummy_hash(), password)
        user = _user(row) if row and row[1] and right else None
        return user if user and not user.locked else None

    def _one(self, column: str, value: str) -> User | None:
        with self.accounts.reading() as connection:
            row = connection.execute(f"{_SELECT} WHERE {column}=?", (value,)).fetchone()
        user = _user(row) if row else None
        return user if user and not user.locked else None

    def _unknown(self, name: str, connection: sqlite3.Connection) -> str:
        known = [row[0] for row in connection.execute("SELECT name FROM users")]
        return f"没有用户“{name}”{nearest(name, known)}；全部用户见 gktools review user list"


_SELECT = "SELECT name, password, login, changed, one_time, locked, given FROM users"


def _user(row: Sequence[object]) -> User:
    name, password, login, _, one_time, locked, given = row
    stamp = sha256("\0".join(map(str, row[:-1])).encode()).hexdigest()[:32]
    at = clock.stored(clock.at_seconds(float(str(given)))) if given else ""
    return User(str(name), str(login or ""), bool(password), stamp, bool(one_time), at, bool(locked))


# --- passwords ----------


def require_strength(password: str, name: str) -> None:
    """Raise GktoolsError, with advice, if a password is too weak for a user."""
    folded = normalise_password(password).casefold()
    if len(folded) < MINIMUM:
        raise GktoolsError(f"密码太短：至少 {MINIMUM} 个字符，可以是一句话")
    if len(folded) > MAXIMUM:
        raise GktoolsError(f"密码太长：最多 {MAXIMUM} 个字符")
    if name.casefold() in folded:
        raise GktoolsError("密码里不能有自己的姓名：请换一个")
    if len({_kind(character) for character in folded}) < _KINDS or len(set(folded)) < _RUN or _is_guessable(folded):
        raise GktoolsError("密码太好猜：请混用字母、数字、汉字或符号中的两种以上，不要连号、不要常见的词")


def _kind(character: str) -> str:
    return "digit" if character.isdigit() else "latin" if character.isascii() and character.isalpha() else character


def _is_guessable(folded: str) -> bool:
    """Whether fewer than _RUN characters of a password remain outside common sequences."""
    tried = {line[start : start + _PIECE] for line in _SEQUENCES for start in range(len(line) - _PIECE + 1)}
    found = [start for start in range(len(folded)) if folded[start : start + _PIECE] in tried]
    covered = {place for start in found for place in range(start, start + _PIECE)}
    return len(folded) - len(covered) < _RUN


def normalise_password(password: str) -> str:
    """Return a password in Unicode normal form NFKC, independent of the input method."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """Return the salted Argon2id hash of a password, with its parameters."""
    return _hasher().hash(normalise_password(password))


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher().verify(hashed, normalise_password(password)[: MAXIMUM + 1])
    except (Argon2Error, InvalidHashError):
        return False


@lru_cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@lru_cache
def _dummy_hash() -> str:
    """The hash that a password is compared with if there is no such user, so that both cases take the same time."""
    return hash_password("没有这个人 0000")


def require_person(name: str, persons: Iterable[str]) -> None:
    """Raise GktoolsError, with the most similar name, if the office book has no such person."""
    known = sorted(persons)
    if name not in known:
        raise GktoolsError(
            f"单位表里没有“{name}”这个人{nearest(name, known)}"
            "（先在 params/offices.yaml 的 people 里写上，看和签的权限都从那里来）"
        )
