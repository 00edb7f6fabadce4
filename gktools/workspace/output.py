"""What stands under output/: a report is whole if its manifest says what every one of its files is."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

OUTPUT = "output"
MANIFEST = "manifest.json"
BEFORE = "report.before.json"
"""The report.json that the one there took the place of; it is no part of the report, and in no manifest."""


def read_manifest(home: Path, code: str, year: int, *, verify: bool = True) -> dict[str, Any] | None:
    """Return the manifest of a report that stands whole under output/; None otherwise.

    Without verify the files themselves are not looked at.
    """
    folder = home / OUTPUT / str(year) / code
    try:
        manifest: dict[str, Any] = json.loads(read_made(folder / MANIFEST))
        altered = altered_files(folder, manifest, manifest["outputs"] if verify else ())
    except (OSError, ValueError, KeyError):
        return None
    return None if altered else manifest


def read_made(path: Path) -> bytes:
    """Return the content of a made file: of a file itself, never of what a link leads to. Raises OSError."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _NO_LINK)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
        return file.read()


_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""Opens no link, and waits for nobody at a pipe."""


def altered_files(folder: Path, manifest: dict[str, Any], names: Iterable[str]) -> list[str]:
    """Return those of the files named that are not what a manifest says, or not there."""
    return [name for name in names if _hash_of(folder / name) != manifest["outputs"][name]]


def hash_bytes(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hex."""
    return sha256(data).hexdigest()


def _hash_of(path: Path) -> str:
    try:
        return hash_bytes(read_made(path))
    except OSError:
        return ""
