"""What stands under output/: a report is whole if its manifest says what every one of its files is."""

from __future__ import annotations

import json
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
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        altered = altered_files(folder, manifest, manifest["outputs"] if verify else ())
    except (OSError, ValueError, KeyError):
        return None
    return None if altered else manifest


def altered_files(folder: Path, manifest: dict[str, Any], names: Iterable[str]) -> list[str]:
    """Return those of the files named that are not what a manifest says, or not there."""
    return [name for name in names if _hash_of(folder / name) != manifest["outputs"][name]]


def hash_bytes(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hex."""
    return sha256(data).hexdigest()


def _hash_of(path: Path) -> str:
    return hash_bytes(path.read_bytes()) if path.is_file() else ""
