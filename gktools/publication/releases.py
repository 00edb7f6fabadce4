"""Putting a site in place: it is written beside the old one, whole, and takes its place in one step.

A folder holds `current`, a link to one of `releases/`. Readers follow the link; a publish that is killed has changed
nothing they see. Where a system has no links, `current` is the release itself and is moved: two renames instead of one.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..errors import GktoolsError
from ..workspace.output import hash_bytes

CURRENT, RELEASES, LOCK = "current", "releases", ".lock"
SITE_MANIFEST = "manifest.json"
SCHEMA = "gktools.site/1"
_MAKING, _LINK, _ASIDE = ".making", ".current-next", ".current-old"
_NAME = 16
"""How many digits of the hash of its manifest name a release."""
_OURS = re.compile(rf"[0-9a-f]{{{_NAME}}}(\.\d+)?")
_KEPT = 2
"""How many releases stay: the one that is read, and the one before, which somebody may still be reading."""

Fetch = Callable[[str], bytes]
"""Gives the bytes of a kept file by their SHA-256."""


@dataclass(frozen=True)
class SiteVersion:
    """A version of a report as the manifest of a site names it."""

    code: str
    year: int
    version: int
    seal: str


def present(folder: Path) -> list[SiteVersion]:
    """Return the versions that the site in a folder holds by its manifest; none if there is no site.

    Raises GktoolsError if something else stands in its place.
    """
    current = folder / CURRENT
    if not current.exists():
        return []
    try:
        manifest = json.loads((current / SITE_MANIFEST).read_text(encoding="utf-8"))
        if manifest["schema"] == SCHEMA:
            return [SiteVersion(r["office"], r["year"], r["version"], r["seal"]) for r in manifest["reports"]]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise GktoolsError(f"{folder.name}/{CURRENT} 不是 gktools 写的网站，没有动它：请换一个 --out，或者把它移走")


def is_whole(site: Path, files: Mapping[str, str]) -> bool:
    """Whether a site holds exactly these files (path to SHA-256), byte for byte."""
    return listing(site) == set(files) and all(digest_of(site / name) == digest for name, digest in files.items())


def listing(site: Path) -> set[str]:
    """Return the path of everything in a site that is no folder; a link to a folder is none."""
    found = set()
    for folder, folders, names in os.walk(site):
        inside = Path(folder)
        links = [name for name in folders if (inside / name).is_symlink()]
        found |= {(inside / name).relative_to(site).as_posix() for name in (*names, *links)}
    return found


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file; empty if there is none, or a link that may lead anywhere."""
    return hash_bytes(path.read_bytes()) if path.is_file() and not path.is_symlink() else ""


def put(folder: Path, files: Mapping[str, bytes | str], fetch: Fetch) -> bool:
    """Let a site of these files stand in a folder; return whether that changed anything. Only under the lock.

    A file is its bytes, or the SHA-256 of bytes that fetch gives. Raises GktoolsError if it cannot be written; the old
    site stands then.
    """
    site = folder / CURRENT
    digests = {name: one if isinstance(one, str) else hash_bytes(one) for name, one in files.items()}
    if site.exists() and is_whole(site, digests):
        return False
    making = folder / _MAKING
    try:
        _write(making, files, digests, fetch, site)
        _sync()
        _switch(folder, making, digests[SITE_MANIFEST][:_NAME])
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        why = "磁盘满了" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror or "写不进去"
        raise GktoolsError(
            f"网站没有写成（{why}），原来的网站没有动。请腾出空间、看看权限，再运行一次 gktools publish，会接着写"
        ) from error
    _forget(folder)
    return True


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for this process alone, what a killed publish left in it put right; another one waits.

    The system lets go when the process ends, however it does.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK).open("a+b")
    except OSError as error:
        raise GktoolsError(f"{folder.name} 写不进去（{error.strerror}）：请换一个 --out，或看看权限") from error
    with file:
        _hold(file)
        _tidy(folder)
        yield


def _hold(file: IO[bytes]) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(file, fcntl.LOCK_EX)


# --- written --------------------------------------------------------------------------------------------------


def _write(making: Path, files: Mapping[str, bytes | str], digests: Mapping[str, str], fetch: Fetch, old: Path) -> None:
    """Write every file; those that the old site has unchanged are the same file under one more name."""
    for name, content in files.items():
        path = making / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not _link(old / name, path, digests[name]):
            path.write_bytes(fetch(content) if isinstance(content, str) else content)


def _link(old: Path, path: Path, digest: str) -> bool:
    if digest_of(old) != digest:
        return False
    try:
        os.link(old, path)
    except OSError:  # a file system without links
        return False
    return True


def _sync() -> None:
    """Let all that was written reach the disk before anybody is shown it."""
    if hasattr(os, "sync"):
        os.sync()


# --- put in place ---------------------------------------------------------------------------------------------


def _switch(folder: Path, making: Path, name: str) -> None:
    """Show readers the new release."""
    releases, current = folder / RELEASES, folder / CURRENT
    releases.mkdir(exist_ok=True)
    place = next(path for n in range(1000) if not (path := releases / (f"{name}.{n}" if n else name)).exists())
    making.rename(place)
    if (current.is_symlink() or not current.exists()) and _point(folder, place):
        return
    if current.exists():
        current.rename(folder / _ASIDE)
    place.rename(current)


def _point(folder: Path, place: Path) -> bool:
    """Let the link name a release, in one step; False where the system makes no links."""
    link = folder / _LINK
    try:
        link.symlink_to(Path(RELEASES) / place.name, target_is_directory=True)
    except (OSError, NotImplementedError):
        return False
    link.replace(folder / CURRENT)
    return True


def _tidy(folder: Path) -> None:
    """Put right what a killed publish left: nobody else writes here now."""
    current, aside = folder / CURRENT, folder / _ASIDE
    if aside.exists() and not current.exists():
        aside.rename(current)
    for left in (folder / _MAKING, aside):
        shutil.rmtree(left, ignore_errors=True)
    (folder / _LINK).unlink(missing_ok=True)


def _forget(folder: Path) -> None:
    """Remove the releases that nobody reads any more; what others keep there stays."""
    shutil.rmtree(folder / _ASIDE, ignore_errors=True)
    releases = [path for path in (folder / RELEASES).iterdir() if _OURS.fullmatch(path.name)]
    shown = (folder / CURRENT).resolve().name
    others = sorted((p for p in releases if p.name != shown), key=lambda p: p.stat().st_mtime_ns, reverse=True)
    for path in others[_KEPT - 1 :]:
        with suppress(OSError):
            shutil.rmtree(path)
