"""Files written whole, and read only if they are regular.

Who may read them: what is public is written without a mode, what is not with that of private_mode, a key is its owner's.
Drafts and temporary folders are called gktools-… and name the process that made them: the next one removes what a dead
process left.
"""

from __future__ import annotations

import errno
import os
import platform
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from io import BufferedReader, BytesIO
from pathlib import Path
from secrets import token_hex
from typing import IO
from zipfile import ZipFile, ZipInfo

_NAME_CHARACTERS = 24
"""How many characters of a file's name its draft repeats: a longer name could exceed what file systems allow."""


def write_whole(path: Path, data: bytes | str, mode: int | None = None) -> None:
    """Write a file in one step, text as UTF-8 with its line ends unchanged; its folder must exist.

    With a mode the content is never readable to more than that; without, the file has the mode of any new one. The
    content is on disk before the file has its name. Raises OSError, and UnicodeEncodeError for a lone surrogate.
    """
    with whole_draft(path, data, mode) as draft:
        draft.replace(path)


Content = bytes | str | Callable[[IO[bytes]], object]
"""What a file has: bytes, a text, or what writes it into the file."""


@contextmanager
def whole_draft(path: Path, data: Content, mode: int | None = None) -> Iterator[Path]:
    """Yield the draft of a file with all of its content on disk, to be renamed to path; otherwise as write_whole.

    The draft is removed if it is left over.
    """
    content, draft = data.encode() if isinstance(data, str) else data, new_draft(path)
    try:
        with new_file(draft, mode) as file:
            file.write(content) if isinstance(content, bytes) else content(file)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


@contextmanager
def new_file(path: Path, mode: int | None = None) -> Iterator[IO[bytes]]:
    """Yield a file that was not there, open for writing: whatever others put in its place is neither written nor given a mode.

    Raises FileExistsError if anything has its name, a link too, OSError if at the end of the block anything else has, or
    it has a second one.
    """
    allowed = 0o666 if mode is None else 0o600
    with open(path, "x+b", opener=lambda name, flags: os.open(name, flags | _NO_LINK, allowed)) as file:
        yield file
        file.flush()
        facts = os.fstat(file.fileno())
        if mode is not None and _HAS_MODES and facts.st_mode & 0o777 != mode:
            os.fchmod(file.fileno(), mode)
        if facts.st_nlink > 1 or not os.path.samestat(facts, path.lstat()):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path.name)


def fill_folder(folder: Path, files: Mapping[str, bytes], mode: int) -> None:
    """Write files into an empty folder, and give it the same mode with the right to enter it.

    Raises FileExistsError with its name if there is anything else in it, OSError.
    """
    with folder_within(folder.parent, folder.name) as inside:
        for name, content in files.items():
            with new_file(inside / name, mode) as file:
                file.write(content)
        if strange := {path.name for path in inside.iterdir()} - set(files):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), min(strange))
        inside.chmod(mode | (mode & 0o444) >> 2)


def private_mode(folder: Path) -> int:
    """Return the mode of files in a folder that are not public: for its owner, and for its group if the folder is."""
    return 0o640 if folder.stat().st_mode & stat.S_IRGRP else 0o600


class KeyFileError(PermissionError):
    """A key file was refused; told is the reason and what to do, in Chinese."""

    def __init__(self, path: Path, told: str) -> None:
        super().__init__(errno.EPERM, os.strerror(errno.EPERM), str(path))
        self.told = told


def read_key_file(path: Path) -> bytes:
    """Return the content of a key file, which is closed to everybody but its owner if it was open to all.

    Raises KeyFileError if it is a link, has a second name, or is open to all and another person's, OSError if it cannot
    be read.
    """
    for _ in range(_LOOKS):
        try:
            with open_regular(path, follow=False) as file:
                facts = os.fstat(file.fileno())
                if facts.st_nlink > 1:
                    time.sleep(_BETWEEN)  # a key that is being made has two names for a moment
                    continue
                if hasattr(os, "geteuid") and facts.st_mode & 0o007:
                    if facts.st_uid != os.geteuid() and os.geteuid() != 0:
                        raise KeyFileError(path, "谁都能读，又不归您：请它的主人改成只有自己能读（chmod 600）")
                    with suppress(OSError):  # a file system without modes
                        os.fchmod(file.fileno(), 0o600)
                return file.read(_KEY_BYTES)
        except OSError as error:
            if isinstance(error, KeyFileError) or not path.is_symlink():
                raise
            raise KeyFileError(path, f"是一个链接{_NOT_USED}") from error
    raise KeyFileError(path, f"还有别的名字（硬链接）{_NOT_USED}")


_LOOKS, _BETWEEN = 10, 0.02
_NOT_USED = (
    "，没有用它：请查明是谁放的，把密钥文件本身放在这里，只留这一个名字；密钥可能已经给人看过的，转给管理 gktools 的人"
)


# --- drafts and temporary folders ---------------------------------------------------------------------------

PREFIX = "gktools-"
_DRAFT = ".part"
_FOREIGN_SECONDS = 24 * 3600.0
"""How old something must be that a process of another machine left."""


def process_name() -> str:
    """Return the name of this process: machine, number and time of its start."""
    return _named_process(os.getpid())


@lru_cache(maxsize=1)
def _named_process(pid: int) -> str:
    import psutil

    return f"{platform.node()}-{pid}-{int(psutil.Process(pid).create_time())}"


def is_left_over(path: Path) -> bool:
    """Return whether the process named at the end of a path's name has ended; one of another machine, after a day."""
    import psutil

    try:
        head, *numbers = path.name.removesuffix(_DRAFT).rsplit("-", 2)
        pid, created = map(int, numbers)
        if not head.endswith(f"-{platform.node()}"):
            return time.time() - path.lstat().st_mtime > _FOREIGN_SECONDS
        return int(psutil.Process(pid).create_time()) != created
    except psutil.NoSuchProcess:
        return True
    except (OSError, ValueError, psutil.Error):
        return False


def new_draft(path: Path) -> Path:
    """Return the path of a new draft in the folder of path, from which drafts that dead processes left are removed."""
    for left in path.parent.glob(f".{PREFIX}*-{'[0-9a-f]' * 16}-*-*-*{_DRAFT}"):
        if is_left_over(left):
            with suppress(OSError):
                remove(left)
    return path.with_name(f".{PREFIX}{path.name[:_NAME_CHARACTERS]}-{token_hex(8)}-{process_name()}{_DRAFT}")


def make_temporary_folder() -> Path:
    """Return a new folder for temporary files, its owner's only; those that dead processes left are removed."""
    place = Path(tempfile.gettempdir())
    for left in place.glob(f"{PREFIX}{'[0-9a-f]' * 16}-*-*-*"):
        if left.is_dir() and not left.is_symlink() and is_left_over(left):
            remove_tree(left)
    folder = place / f"{PREFIX}{token_hex(8)}-{process_name()}"
    folder.mkdir(mode=0o700)
    return folder


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a new folder for temporary files, which is removed at the end of the block."""
    folder = make_temporary_folder()
    try:
        yield folder
    finally:
        remove_tree(folder)


@contextmanager
def own_temporary_files() -> Iterator[None]:
    """Have libraries put the temporary files that they name themselves into a folder of ours, removed at the end of the block."""
    before = tempfile.tempdir
    with temporary_folder() as folder:
        tempfile.tempdir = str(folder)
        try:
            yield
        finally:
            tempfile.tempdir = before


def zipped(folder: Path, paths: Iterable[Path]) -> bytes:
    """Return a ZIP of files of a folder, under their paths within it; the same files give the same bytes."""
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for path in paths:
            archive.writestr(ZipInfo(path.relative_to(folder).as_posix()), path.read_bytes())
    return content.getvalue()


def remove(path: Path) -> None:
    """Remove a folder, a file, or of a link only the link; nothing if there is none."""
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    else:
        path.unlink(missing_ok=True)


def remove_tree(folder: Path) -> bool:
    """Remove a folder with everything in it, as far as that is possible; return whether it is gone. Raises nothing.

    However deep it is: what is below a folder is moved up before the folder is removed. Of a folder with more than
    _MOST_REMOVED entries the rest is left for the next time.
    """
    try:
        if _HAS_FOLDER_DESCRIPTORS:
            _remove_below(folder)
            folder.rmdir()
        else:
            shutil.rmtree(folder)
    except (OSError, RecursionError):
        pass
    return not os.path.lexists(folder)


def _remove_below(folder: Path) -> None:
    top = _open_folder(folder, None)
    try:
        waiting, left, unique = _names(top), _MOST_REMOVED, token_hex(8)
        while waiting and left > 0:
            name = waiting.pop()
            left -= 1
            with suppress(OSError):  # another user's, or gone already
                if not _is_folder(name, top):
                    os.unlink(name, dir_fd=top)
                    continue
                moved = _empty(name, top, f"{unique}-{left}-")
                waiting += moved
                left -= len(moved)
                os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)


def _empty(name: str, top: int, prefix: str) -> list[str]:
    """Remove the files of a folder and move its folders up beside it; return their new names."""
    moved, inside = [], _open_folder(name, top)
    try:
        for number, below in enumerate(_names(inside)):
            with suppress(OSError):
                if _is_folder(below, inside):
                    os.chmod(below, 0o700, dir_fd=inside)
                    os.rename(below, f"{prefix}{number}", src_dir_fd=inside, dst_dir_fd=top)
                    moved.append(f"{prefix}{number}")
                else:
                    os.unlink(below, dir_fd=inside)
    finally:
        os.close(inside)
    return moved


def _names(folder: int) -> list[str]:
    with os.scandir(folder) as found:
        return [entry.name for entry in found]


def _is_folder(name: str, within: int) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=within, follow_symlinks=False).st_mode)


def _open_folder(name: str | Path, within: int | None) -> int:
    """Return a descriptor of a folder that its owner may change, not following a link."""
    if not stat.S_ISDIR(os.stat(name, dir_fd=within, follow_symlinks=False).st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(name))
    os.chmod(name, 0o700, dir_fd=within)
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=within)


_HAS_MODES = hasattr(os, "fchmod")
_HAS_FOLDER_DESCRIPTORS = {os.open, os.unlink, os.rename, os.chmod}.issubset(os.supports_dir_fd)
_MOST_REMOVED = 1_000_000


def strange_kind(path: Path) -> str:
    """Return the Chinese name of what stands at a path in the place of a regular file; empty for a file, and for nothing."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return "不通的链接" if path.is_symlink() else ""
    return "" if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "别的东西")


_KINDS = {
    stat.S_IFDIR: "文件夹",
    stat.S_IFIFO: "管道",
    stat.S_IFCHR: "设备",
    stat.S_IFBLK: "设备",
    stat.S_IFSOCK: "套接字",
}


def file_stamp(path: Path) -> tuple[int, ...] | None:
    """Return times, size and inode of a file, to notice a change without reading it; None if the file is missing."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size, facts.st_ino


@contextmanager
def open_regular(path: Path, *, follow: bool = True, alone: bool = False) -> Iterator[BufferedReader]:
    """Yield a regular file opened for reading: never a pipe, whose writer would be waited for. Raises OSError.

    Without follow a link is refused; alone, so is a file that has a second name (a hard link).
    """
    flags = _NO_WAIT if follow else _NO_WAIT | _NO_LINK
    with open(path, "rb", opener=lambda name, given: os.open(name, given | flags)) as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode) or (alone and facts.st_nlink > 1):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
        yield file


def read_regular(path: Path, *, follow: bool = True, alone: bool = False, most: int = -1) -> bytes:
    """Return the content of a regular file, as open_regular opens it. Raises OSError.

    Of a file longer than most the beginning is returned, one byte more than most.
    """
    with open_regular(path, follow=follow, alone=alone) as file:
        return file.read() if most < 0 else file.read(most + 1)


def open_to_append(path: Path, mode: int = 0o666) -> IO[bytes]:
    """Return a regular file opened for appending, made with a mode if it is missing. Raises OSError, also for a link."""
    file = open(path, "a+b", opener=lambda name, flags: os.open(name, flags | _NO_WAIT | _NO_LINK, mode))  # noqa: SIM115
    facts = os.fstat(file.fileno())
    if not stat.S_ISREG(facts.st_mode) or facts.st_nlink > 1:
        file.close()
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    return file


@contextmanager
def folder_within(top: Path, *parts: str, make: int | None = None) -> Iterator[Path]:
    """Yield a folder below another, however it is moved meanwhile: no part of the way there is a link. Raises OSError.

    Those that are missing are made with the mode make, if it is given. Systems without /proc only look for links before.
    """
    if not (_HAS_FOLDER_DESCRIPTORS and _DESCRIPTORS.is_dir()):
        yield _checked_folder(top, parts, make)
        return
    opened = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts:
            made = False
            with suppress(FileExistsError):
                if make is not None:
                    os.mkdir(part, 0o700, dir_fd=opened)
                    made = True
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=opened)
            os.close(opened)
            opened = inner
            if made and make is not None:
                os.fchmod(opened, make)
        yield _DESCRIPTORS / str(opened)
    finally:
        os.close(opened)


def _checked_folder(top: Path, parts: Iterable[str], make: int | None) -> Path:
    for part in parts:
        top = top / part
        if make is not None and not os.path.lexists(top):
            top.mkdir()
            top.chmod(make)
        if top.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(top))
    return top


_DESCRIPTORS = Path("/proc/self/fd")
_NO_LINK, _NO_WAIT = getattr(os, "O_NOFOLLOW", 0), getattr(os, "O_NONBLOCK", 0)
_KEY_BYTES = 1_000_000
