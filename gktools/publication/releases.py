"""Installing a site atomically: a new release is written beside the current one and then replaces it in one step.

A folder contains `current`, a link to one of `releases/`. Readers follow the link, so a killed publish changes nothing
they see. Without symbolic links `current` is the release itself, replaced by two renames instead of one.
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ..errors import BusyError, GktoolsError, os_reason
from ..registers.store.lock_holder import file_holder
from ..workspace.files import folder_within, new_file, open_to_append, remove, remove_tree
from ..workspace.output import hash_bytes, hash_file
from ..workspace.seals import digits

CURRENT, RELEASES, LOCK = "current", "releases", ".lock"
SITE_MANIFEST = "manifest.json"
_STAGING, _NEXT_LINK, _ASIDE = ".making", ".current-next", ".current-old"
_NAME_DIGITS = 16
"""The number of digits of the manifest's hash that name a release."""
_RELEASE_NAME = re.compile(rf"[0-9a-f]{{{_NAME_DIGITS}}}(\.\d+)?")
_RELEASES_RETAINED = 2
"""The number of releases retained: the current one, and the one before, which may still be being read."""

MOST_DEEP = 40
"""How many folders inside each other are looked into: no program of ours makes as many."""

Fetch = Callable[[str], bytes]
"""Returns the bytes of a stored file by their hash."""


def holds_exactly(site: Path, files: Mapping[str, str]) -> bool:
    """Return whether a site contains exactly these files (path to hash)."""
    return not differing_files(site, files)


def differing_files(site: Path, files: Mapping[str, str]) -> list[str]:
    """Return the paths of what is in a site and not among these files (path to hash), or missing, or another."""
    different = {name for name, digest in files.items() if file_digest(site / name, digest) != digest}
    return sorted(different | (list_files(site) - set(files)))


def list_files(site: Path) -> set[str]:
    """Return the paths of all files in a site, including links to folders, and of folders that cannot be looked into.

    A site of ours has neither a folder that cannot be listed nor one that lies very deep: what stands there is not seen.
    """
    found, folders = set(), [""]
    while folders:
        inside = folders.pop()
        try:
            with os.scandir(site / inside) as entries:
                listed = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        except OSError:
            found.add(inside or ".")
            continue
        for name, is_folder in listed:
            path = f"{inside}/{name}" if inside else name
            (folders.append if is_folder and path.count("/") < MOST_DEEP else found.add)(path)
    return found


def file_digest(path: Path, like: str = "") -> str:
    """Return the hash of a file by the algorithm of a stored one; empty if it is missing or a symbolic link."""
    return hash_file(path, like) if path.is_file() and not path.is_symlink() else ""


def install_release(folder: Path, files: Mapping[str, bytes | str], fetch: Fetch) -> bool:
    """Install a site with these files in a folder; return whether that changed anything. Call it under lock_site.

    A file is given as its bytes, or as the hash of bytes that fetch returns. Raises GktoolsError if the site cannot
    be written; the old site is then unchanged.
    """
    site = folder / CURRENT
    digests = {name: one if isinstance(one, str) else hash_bytes(one) for name, one in files.items()}
    if site.exists() and holds_exactly(site, digests):
        return False
    staging = folder / _STAGING
    try:
        _write(folder, files, digests, fetch)
        _require_exactly(staging, digests, "网站没有写成，原来的网站没有动：正在写的文件夹")
        _sync()
        _switch(folder, staging, digits(digests[SITE_MANIFEST])[:_NAME_DIGITS])
        _require_exactly(site, digests, "网站换好了，可是换上的文件夹")
    except OSError as error:
        why = os_reason(error)
        raise GktoolsError(
            f"网站没有写成（{why}），原来的网站没有动。请腾出空间、看看权限，再运行一次 gktools publish，会接着写"
        ) from error
    finally:
        remove_tree(staging)
    _remove_old_releases(folder)
    return True


@contextmanager
def lock_site(folder: Path) -> Iterator[None]:
    """Lock a folder exclusively, waiting for other processes, and recover from a killed publish.

    The operating system releases the lock when the process ends; only the owner of the site may open its file. Raises
    BusyError after WAIT seconds, GktoolsError if the folder cannot be written, or if it or its folder of releases is a
    link: the site would be written, and old releases removed, somewhere else; also if what would become the site of
    before is none.
    """
    for place in (folder, folder / RELEASES):
        if place.is_symlink():
            raise GktoolsError(
                f"{place.name} 是一个链接，没有发布：请看是谁放的，删去它；网站要放在别处的，用 --out 写那个文件夹本身"
            )
    shown = folder / CURRENT
    if shown.is_dir() and not shown.is_symlink() and not (shown / SITE_MANIFEST).exists() and any(shown.iterdir()):
        raise GktoolsError(f"{shown} 里的不是 gktools 写的网站，没有发布，也没有动它：请换一个 --out，或者先把它移走")
    try:
        _make_public(folder)
        file = open_to_append(folder / LOCK, 0o600)
        if hasattr(os, "fchmod"):  # an older gktools let everybody open it, who could then hold it
            with suppress(OSError):
                os.fchmod(file.fileno(), 0o600)
    except OSError as error:
        raise GktoolsError(f"{folder.name} 写不进去（{os_reason(error)}）：请换一个 --out，或看看权限") from error
    with file:
        _lock_file(file, folder / LOCK)
        _recover(folder)
        yield


def _lock_file(file: IO[bytes], path: Path) -> None:
    """Wait for the lock, no longer than WAIT seconds. Raises BusyError."""
    try:
        import fcntl
    except ImportError:  # Windows
        _lock_on_windows(file)
        return
    until = time.monotonic() + WAIT
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            if time.monotonic() > until:
                raise BusyError(_BUSY.format(holder=file_holder(path), wait=WAIT)) from None
            time.sleep(_BETWEEN)
        else:
            return


WAIT = 120
"""Seconds for which a publish waits for another that writes the site."""
_BETWEEN = 0.1
_BUSY = (
    f"网站的文件夹正由{{holder}}占着（{LOCK}），等了 {{wait}} 秒还没有放开，网站没有动：请看它是不是另一次发布，"
    "等它做完或者结束它，再运行一次 gktools publish；已经记下公布的，那时写进网站"
)


def _lock_on_windows(file: IO[bytes]) -> None:
    """Wait for the lock, however long; Windows gives up after ten seconds."""
    import msvcrt

    while True:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
        except OSError as error:
            if error.errno != errno.EDEADLK:
                raise
        else:
            return


# --- writing --------------------------------------------------------------------------------------------------


def _write(folder: Path, files: Mapping[str, bytes | str], digests: Mapping[str, str], fetch: Fetch) -> None:
    """Write every file, each new and its mode its own; files unchanged from the old site become hard links to it."""
    for name, content in files.items():
        *parents, last = name.split("/")
        with folder_within(folder, _STAGING, *parents, make=_PUBLIC_FOLDER) as inside:
            if not _link_unchanged(folder / CURRENT / name, inside / last, digests[name]):
                with new_file(inside / last, _PUBLIC_FILE) as file:
                    file.write(fetch(content) if isinstance(content, str) else content)


def _require_exactly(site: Path, digests: Mapping[str, str], what: str) -> None:
    """Raise GktoolsError if there is anything else in a site than these files, or one of them is another."""
    if strange := differing_files(site, digests):
        raise GktoolsError(
            f"{what}里有不是 gktools 写的、被换过或者缺少的文件（{'、'.join(strange[:3])}）。请查清是谁动的，"
            "再运行一次 gktools publish，会照审签记录重写"
        )


_PUBLIC_FILE, _PUBLIC_FOLDER = 0o644, 0o755
"""Modes of what is public: the web server is somebody else."""


def _make_public(folder: Path) -> None:
    """Create a folder that everybody may enter; one that is there stays as it is."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder_within(folder.parent, folder.name, make=_PUBLIC_FOLDER):
            pass


def _link_unchanged(old: Path, path: Path, digest: str) -> bool:
    if file_digest(old, digest) != digest:
        return False
    try:
        os.link(old, path, follow_symlinks=False)
    except (OSError, NotImplementedError):  # a file system without links
        return False
    if file_digest(path, digest) == digest and path.lstat().st_mode & 0o777 == _PUBLIC_FILE:
        return True
    path.unlink()  # exchanged meanwhile, or not public
    return False


def _sync() -> None:
    """Flush all written data to disk before the new release becomes visible."""
    if hasattr(os, "sync"):
        os.sync()


# --- installing -----------------------------------------------------------------------------------------------


def _switch(folder: Path, staging: Path, name: str) -> None:
    """Replace the current release by the new one."""
    releases, current = folder / RELEASES, folder / CURRENT
    _make_public(releases)
    place = next(path for n in range(1000) if not (path := releases / (f"{name}.{n}" if n else name)).exists())
    staging.rename(place)
    if (current.is_symlink() or not current.exists()) and _replace_link(folder, place):
        return
    if current.exists():
        current.rename(folder / _ASIDE)
    place.rename(current)


def _replace_link(folder: Path, place: Path) -> bool:
    """Point the link to a release atomically; return False if the system has no symbolic links, or replaces none."""
    link = folder / _NEXT_LINK
    try:
        link.symlink_to(Path(RELEASES) / place.name, target_is_directory=True)
        link.replace(folder / CURRENT)
    except (OSError, NotImplementedError):  # Windows replaces no link to a folder
        with suppress(OSError):
            link.unlink(missing_ok=True)
        return False
    return True


def _recover(folder: Path) -> None:
    """Restore the current release and remove leftovers of a killed publish; the lock must be held."""
    current, aside = folder / CURRENT, folder / _ASIDE
    if aside.exists() and not current.exists():
        aside.rename(current)
    for left in (folder / _STAGING, aside, folder / _NEXT_LINK):
        remove(left)


def _remove_old_releases(folder: Path) -> None:
    """Remove old releases, but no other files in the folder."""
    remove(folder / _ASIDE)
    releases = [path for path in (folder / RELEASES).iterdir() if _RELEASE_NAME.fullmatch(path.name)]
    shown = (folder / CURRENT).resolve().name
    others = sorted((p for p in releases if p.name != shown), key=lambda p: p.stat().st_mtime_ns, reverse=True)
    for path in others[_RELEASES_RETAINED - 1 :]:
        remove_tree(path)
