"""Passwords: what is too weak, and salted Argon2id hashes."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from ..errors import GktoolsError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MINIMUM, MAXIMUM = 10, 200
"""The minimum and maximum length of a password, in characters."""
_LONGEST = 4 * MAXIMUM
"""The most characters that a password may have before it is normalised, which may compose four into one."""
_KINDS = 2
_SEQUENCES = ("0123456789", "9876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "password")
_PIECE, _RUN = 4, 6
"""A password is guessable if fewer than _RUN characters remain outside pieces (_PIECE long) of _SEQUENCES."""


def require_strength(password: str, name: str) -> None:
    """Raise GktoolsError, with advice, if a password is too weak for a user."""
    folded = normalise_password(password).casefold()
    if len(password) > _LONGEST:
        raise GktoolsError(f"密码太长：最多 {MAXIMUM} 个字符")
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
    """Return a password in Unicode normal form NFKC, independent of the input method; one that is too long, cut."""
    return unicodedata.normalize("NFKC", password[: _LONGEST + 1])


def hash_password(password: str) -> str:
    """Return the salted Argon2id hash of a password, with its parameters."""
    return _hasher().hash(normalise_password(password))


def is_password(hashed: str, password: str) -> bool:
    """Return whether a stored hash is that of a password; False for what is no hash."""
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return _hasher().verify(hashed, normalise_password(password)[: MAXIMUM + 1])
    except (Argon2Error, InvalidHashError):
        return False


@lru_cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@lru_cache
def dummy_hash() -> str:
    """The hash that a password is compared with if there is no such user, so that both cases take the same time."""
    return hash_password("没有这个人 0000")
