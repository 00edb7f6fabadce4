"""Hashes that are stored: each carries the name of its algorithm, which is chosen here and nowhere else.

A plain hash tells whether bytes have changed; a keyed one (HMAC) also that they were written by somebody who had the
key. A new algorithm (SM3) is one more name in _ALGORITHMS and another PRESENT: what was stored under an older name is
still verified by that one.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from io import BufferedReader

_ALGORITHMS = ("sha256",)
"""The algorithms that a stored hash may name, as hashlib knows them."""
PRESENT = "sha256"
"""The algorithm of new hashes."""
_FIRST = "sha256"
"""The algorithm of a hash that names none."""
_KEYED = "hmac-"


def present_algorithm() -> str:
    """Return the name of the algorithm of new hashes, as it stands beside a list of them."""
    return PRESENT


def file_hash(data: bytes, like: str = "") -> str:
    """Return the hash of a file's bytes as lists of files have it, and as the key of what is kept.

    It names its algorithm, unless that is the first one: so all that was written before stays as it is. like is a stored
    hash by whose algorithm it is to be; "" for that of new ones.
    """
    name = _name_of(like)
    return _listed(name, hashlib.new(name, data).hexdigest())


def file_hashes(data: bytes) -> tuple[str, ...]:
    """Return the hashes of a file's bytes by every algorithm that a stored one may name, that of new ones first."""
    names = dict.fromkeys((PRESENT, *_ALGORITHMS))
    return tuple(_listed(name, hashlib.new(name, data).hexdigest()) for name in names)


def running_hashes() -> dict[str, hashlib._Hash]:
    """Return hashes to be fed piece by piece, by the names of all algorithms that a stored one may name."""
    return {name: hashlib.new(name) for name in dict.fromkeys((PRESENT, *_ALGORITHMS))}


def fed_hashes(running: Mapping[str, hashlib._Hash]) -> tuple[str, ...]:
    """Return what file_hashes returns, of hashes that were fed piece by piece."""
    return tuple(_listed(name, one.hexdigest()) for name, one in running.items())


def open_file_hash(file: BufferedReader, like: str = "") -> str:
    """Return the hash of an open file, however large it is; see file_hash."""
    name = _name_of(like)
    return _listed(name, hashlib.file_digest(file, name).hexdigest())


def digits(stored: str) -> str:
    """Return the digits of a stored hash without the name of its algorithm."""
    return stored.rpartition(":")[2]


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of what only tells whether something must be made or looked at again, in hex; it stays that."""
    return hashlib.sha256(data).hexdigest()


def plain_hash(data: bytes) -> str:
    """Return the hash of bytes with the name of its algorithm: sha256:<hex>."""
    return f"{PRESENT}:{hashlib.new(PRESENT, data).hexdigest()}"


def known_algorithm(name: str) -> str:
    """Return the name of an algorithm. Raises ValueError if it is none that a stored hash may name."""
    if name not in _ALGORITHMS:
        raise ValueError("no algorithm of a hash")
    return name


def running_hash(like: str = "") -> hashlib._Hash:
    """Return a hash to be fed piece by piece, by the algorithm that a stored hash names; by that of new ones for ""."""
    name = like.rpartition(":")[0].removeprefix(_KEYED)
    return hashlib.new(name if name in _ALGORITHMS else PRESENT)


def keyed_hash(secret: bytes, purpose: str, data: bytes) -> str:
    """Return the keyed hash of bytes with the name of its algorithm: hmac-sha256:<hex>.

    purpose says what it is for, so that a hash made for one thing is never one of another.
    """
    return f"{_KEYED}{PRESENT}:{_hmac(PRESENT, secret, purpose, data)}"


def is_plain_hash(data: bytes, stored: str, *, bare: bool = False) -> bool:
    """Return whether a stored hash is that of the bytes; bare allows one without a name, which is SHA-256."""
    name, hashed = _split(stored, bare=bare)
    return name in _ALGORITHMS and hmac.compare_digest(hashlib.new(name, data).hexdigest().encode(), hashed)


def is_keyed_hash(secret: bytes, purpose: str, data: bytes, stored: str, *, bare: bool = False) -> bool:
    """Return, in constant time, whether a stored keyed hash is that of the bytes for a purpose.

    bare allows one without a name, which is HMAC-SHA256.
    """
    name, hashed = _split(stored, bare=bare, before=_KEYED)
    return name in _ALGORITHMS and hmac.compare_digest(_hmac(name, secret, purpose, data).encode(), hashed)


def _listed(name: str, digits: str) -> str:
    return digits if name == _FIRST else f"{name}:{digits}"


def _name_of(like: str) -> str:
    name = like.rpartition(":")[0] or (_FIRST if like else "")
    return name if name in _ALGORITHMS else PRESENT


def _hmac(name: str, secret: bytes, purpose: str, data: bytes) -> str:
    return hmac.digest(secret, purpose.encode() + b"\0" + data, name).hex()


def _split(stored: str, *, bare: bool, before: str = "") -> tuple[str, bytes]:
    """Return the name of a stored hash's algorithm and its hex; "" if it has none that counts."""
    named, colon, hashed = stored.rpartition(":")
    if not colon:
        return _FIRST if bare else "", hashed.encode("utf-8", "replace")
    name = named.removeprefix(before) if named.startswith(before) else ""
    return name, hashed.encode("utf-8", "replace")
