"""One file that holds a whole working folder: a ZIP with a manifest of every file's size and SHA-256.

An archive is judged before anything of it is written: names, numbers and sizes are bounded, and nothing but regular
files is ever made of it, whatever it says. What lies at its top is private (keys, databases, heads): the same content below
a folder, where others may read it after a restore, makes it none of ours.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from ..errors import GktoolsError, os_reason
from .files import (
    folder_within,
    new_draft,
    new_file,
    open_regular,
    private_mode,
    remove,
    remove_tree,
    strange_kind,
    whole_draft,
)
from .json_file import parse_json
from .seals import fed_hashes, running_hashes

SCHEMA, MANIFEST = "gktools.archive/1", "manifest.json"
_CHUNK = 1 << 20
_MOST_FILES, _MOST_MANIFEST = 1_000_000, 256 << 20
_MOST_GROWTH, _SMALL = 300, 64 << 20
"""An archive may unpack to this many times its size; one that unpacks to less than _SMALL bytes always may."""
_LONGEST = 1000
_UNSAFE = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|\ud800-\udfff]|[ .]$')
"""What no part of a name may have: one of these means something on some system."""


@dataclass(frozen=True)
class ArchivedFile:
    """A file in an archive: its path in the working folder, size and SHA-256, and its hashes as others list them (seals.file_hashes)."""

    name: str
    size: int
    sha256: str
    hashes: tuple[str, ...] = field(default=(), compare=False)


class _Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...


def write_archive(path: Path, files: Mapping[str, Path], made_at: str) -> list[ArchivedFile]:
    """Write files under their names into one archive, readable by its owner only, in one step; return them.

    It has its name only after it was read back. Raises GktoolsError if it exists, or a file changes or cannot be read.
    """
    if os.path.lexists(path):
        raise GktoolsError(f"已经有 {path.name} 这个文件了，没有覆盖；请换一个名字")
    try:
        written: list[ArchivedFile] = []
        with whole_draft(path, lambda opened: written.extend(_write(opened, files, made_at)), 0o600) as draft:
            if check_archive(draft) != written:
                raise GktoolsError(f"{path.name} 写完以后读回来不一样，没有留下：请看磁盘有没有毛病")
            draft.replace(path)
    except OSError as error:
        where = Path(str(error.filename)).name if error.filename else path.name
        raise GktoolsError(
            f"没有备份：{where} 读不出来或写不进去（{os_reason(error)}）；正在做报告、导入的，请等做完再备份"
        ) from error
    return written


def _write(opened: IO[bytes], files: Mapping[str, Path], made_at: str) -> list[ArchivedFile]:
    written = []
    with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            _require_safe(name)
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as target, _open(files[name]) as source:
                written.append(_copy(name, source, target))
        listed = {one.name: {"size": one.size, "sha256": one.sha256} for one in written}
        said = {"schema": SCHEMA, "made_at": made_at, "files": listed}
        archive.writestr(zipfile.ZipInfo(MANIFEST), json.dumps(said, ensure_ascii=False, indent=1))
    return written


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _NO_LINK)) as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise GktoolsError(f"没有备份：{path} 不是普通的文件")
        yield opened


_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def _copy(name: str, source: IO[bytes], target: _Sink, most: int | None = None) -> ArchivedFile:
    """Copy a file and return it; one that is longer than it may be is cut off, and has another size.

    Raises GktoolsError for a database, and for a private key, below a folder.
    """
    running, size = running_hashes(), 0
    while chunk := source.read(_CHUNK):
        if not size and "/" in name and _PRIVATE.match(chunk):
            raise GktoolsError(f"{name} 是数据库或者密钥{_MISPLACED}")
        for hashed in running.values():
            hashed.update(chunk)
        size += len(chunk)
        if most is not None and size > most:
            break
        target.write(chunk)
    return ArchivedFile(name, size, running["sha256"].hexdigest(), fed_hashes(running))


_PRIVATE = re.compile(rb"SQLite format 3\0|-----BEGIN [A-Z ]*PRIVATE KEY-----")
_MISPLACED = (
    "，不该在那里：恢复以后别人也许读得到，网站上的谁都读得到。没有备份，也没有恢复；请查明是谁放的，把它删去，再做一次，"
    "密钥、数据库可能已经给人看过的，转给管理 gktools 的人"
)


# --- read ----------


def check_archive(path: Path) -> list[ArchivedFile]:
    """Return the files of an archive after comparing each with the manifest; nothing is written.

    Raises GktoolsError if it is no archive of ours, damaged, or made to do harm.
    """
    with _opened(path) as archive:
        return list(_unpack(archive, _listed(path, archive), None))


def extract_archive(path: Path, folder: Path) -> list[ArchivedFile]:
    """Unpack an archive into a new or empty folder, whole or not at all; return its files.

    Raises GktoolsError as check_archive does, and if the folder has anything in it or there is no room.
    """
    used = GktoolsError(f"{folder} 里已经有东西，没有恢复：请写一个新的或者空的目录")
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise used
    place = folder if folder.exists() else folder.parent  # what is there stays the same folder: somebody may be in it
    staging = new_draft(place / "restored")  # what a restore left that was killed is removed
    if folder.exists() and any(folder.iterdir()):
        raise used
    try:
        with _opened(path) as archive:
            listed = _listed(path, archive)
            place.mkdir(parents=True, exist_ok=True)
            if sum(one.size for one in listed) > shutil.disk_usage(place).free:
                raise GktoolsError("没有恢复：磁盘放不下")
            staging.mkdir(mode=0o700)
            try:
                found = list(_unpack(archive, listed, staging))
                _move(staging, folder)
            finally:
                remove_tree(staging)
    except OSError as error:
        raise GktoolsError(f"没有恢复：{folder} 写不进去（{os_reason(error)}）") from error
    return found


def _move(staging: Path, folder: Path) -> None:
    """Give an unpacked folder its name, or move what is in it into the empty folder that has it: all or nothing."""
    if not folder.exists():
        staging.rename(folder)
        return
    whole = folder.absolute()
    with folder_within(whole.parent, whole.name) as inside:
        inside.chmod(0o700)
        moved: list[Path] = []
        try:
            for path in staging.iterdir():
                moved.append(path.rename(inside / path.name))
        except OSError:
            for path in moved:
                remove(path)
            raise


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Yield the archive of a regular file: a pipe or a device would be read without an end."""
    with ExitStack() as opened:
        try:
            archive = opened.enter_context(zipfile.ZipFile(opened.enter_context(open_regular(path))))
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError) as error:
            if kind := strange_kind(path):
                raise GktoolsError(f"{path} 是{kind}，不是备份文件；没有恢复") from None
            if isinstance(error, FileNotFoundError):
                raise GktoolsError(f"找不到备份文件 {path.name}") from None
            raise GktoolsError(f"{path.name} 不是 gktools backup 写的备份，或者已经损坏；没有恢复") from error
        yield archive


def _listed(path: Path, archive: zipfile.ZipFile) -> list[ArchivedFile]:
    """Return the files that the manifest names, after their names, number and sizes were judged."""
    wrong = GktoolsError(f"{path.name} 不是 gktools backup 写的备份，或者已经损坏；没有恢复")
    members = {info.filename: info for info in archive.infolist()}
    if len(members) != len(archive.infolist()) or len(members) > _MOST_FILES or MANIFEST not in members:
        raise wrong
    if members[MANIFEST].file_size > _MOST_MANIFEST:
        raise wrong
    try:
        said = parse_json(archive.read(MANIFEST))
        if said["schema"] != SCHEMA:
            raise wrong
        listed = [ArchivedFile(str(name), int(one["size"]), str(one["sha256"])) for name, one in said["files"].items()]
    except (*_DAMAGED, KeyError, TypeError, AttributeError) as error:
        raise wrong from error
    for one in listed:
        _require_safe(one.name)
    folded = {one.name.casefold() for one in listed}
    if len(folded) != len(listed) or {one.name for one in listed} | {MANIFEST} != set(members):
        raise GktoolsError(f"{path.name} 里的文件和它的目录（manifest.json）对不上，没有恢复")
    total = sum(one.size for one in listed)
    if any(one.size < 0 for one in listed) or total > max(_SMALL, path.stat().st_size * _MOST_GROWTH):
        raise GktoolsError(f"{path.name} 说它解开来有 {total >> 20} MB，比它自己大得太多，没有恢复")
    _require_private(listed)
    return listed


def _require_private(listed: list[ArchivedFile]) -> None:
    """Raise GktoolsError if a file below a folder has the content of one at the top."""
    private = {one.sha256: one.name for one in listed if "/" not in one.name and one.size}
    for one in listed:
        if "/" in one.name and one.sha256 in private:
            raise GktoolsError(f"{one.name} 和 {private[one.sha256]} 是同样的内容{_MISPLACED}")


def _unpack(archive: zipfile.ZipFile, listed: list[ArchivedFile], folder: Path | None) -> Iterator[ArchivedFile]:
    for expected in listed:
        try:
            with archive.open(expected.name) as source:
                found = _write_file(expected, source, folder)
        except _DAMAGED as error:
            raise GktoolsError(f"备份里的 {expected.name} 读不出来，已经损坏；没有恢复") from error
        if found != expected:
            raise GktoolsError(f"备份里的 {expected.name} 和它的目录（manifest.json）对不上，没有恢复")
        yield found


def _write_file(expected: ArchivedFile, source: IO[bytes], folder: Path | None) -> ArchivedFile:
    if folder is None:
        return _copy(expected.name, source, _Nowhere(), expected.size)
    path = folder / expected.name
    path.parent.mkdir(parents=True, exist_ok=True)
    with new_file(path, _mode(path, folder)) as target:
        found = _copy(expected.name, source, target, expected.size)
        target.flush()
        os.fsync(target.fileno())
    return found


def _mode(path: Path, folder: Path) -> int | None:
    """The mode of a file in an unpacked folder: what is public has none, what is not the one it was made with."""
    if path.parent == folder:  # keys, databases, heads
        return 0o600
    return None if path.is_relative_to(folder / _PUBLIC) else private_mode(path.parent)


_PUBLIC = "site"
_DAMAGED = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    ValueError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    zlib.error,
)


class _Nowhere:
    def write(self, data: bytes, /) -> int:
        return len(data)


def is_safe(name: str) -> bool:
    """Return whether a name may be one in an archive: within the folder, and the same on every system."""
    parts = name.split("/")
    return len(name) <= _LONGEST and not any(part in ("", ".", "..") or _UNSAFE.search(part) for part in parts)


def _require_safe(name: str) -> None:
    """Raise GktoolsError for a name that could lie outside of the folder, or mean something else on another system."""
    if not is_safe(name):
        raise GktoolsError(f"备份里有不能用的文件名 {name[:60]!r}，没有恢复")
