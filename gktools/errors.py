"""
Every error that gktools raises on purpose:

* GktoolsError
  x FormatError          a file of a notice (forms/<year>.yaml) does not have the structure of a format
    + NoFormatForYear    no notice prescribes a report for that year
  x ParamsError          parameter files that cannot be used
  x RecordsError         a register that cannot be imported, a store that cannot be used
  x TableError           a table and its form disagree about which cells exist
  x TextError            a text of the office that cannot be filled in
  x NotFoundError        an office, a cell or a project folder that does not exist
  x RollupError          reports of a government's offices that cannot be added up
  x ReviewError          an action on a report under review that the person may not do, or not now

The first four carry problems: every mistake with its place. A wrong figure is not an error but a Finding: see
findings.py.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from traceback import format_exception


@dataclass(frozen=True)
class Problem:
    """One mistake in a file: its place, what is wrong, and what to do about it (in Chinese, for staff)."""

    message: str
    file: str = ""
    sheet: str = ""
    line: int | None = None
    column: str | int | None = None
    value: str | None = None

    def __str__(self) -> str:
        place = [self.file, self.sheet and f"工作表“{self.sheet}”", self.line and f"第 {self.line} 行"]
        if self.column is not None:
            place.append(f"第 {self.column} 列" if isinstance(self.column, int) else f"“{self.column}”列")
        where = " ".join(str(part) for part in place if part)
        found = f"（填的是“{_shorten(self.value)}”）" if self.value is not None else ""
        return f"{where}：{self.message}{found}" if where else f"{self.message}{found}"


class GktoolsError(Exception):
    """Base of every error gktools raises on purpose; its text is for staff."""

    def __init__(self, message: str = "", problems: Iterable[Problem] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join([*([message] if message else []), *map(str, self.problems)]))

    def _render_traceback_(self) -> list[str]:
        """Return the text that a notebook shows: the message, without a traceback."""
        return [str(self)]


class FormatError(GktoolsError):
    """A data file of this package, such as a format, does not have its structure."""


class NoFormatForYear(FormatError):  # noqa: N818 - a sentence without "Error"
    """No notice in forms/ was in force in the year."""

    def __init__(self, year: int, earliest: int) -> None:
        self.year = year
        super().__init__(f"{year} 年没有可用的报告格式；最早的格式从 {earliest} 年度起用")


class ParamsError(GktoolsError):
    """Parameter files that cannot be used."""


class RecordsError(GktoolsError):
    """A register that cannot be imported, or a store that cannot be used."""


class TableError(GktoolsError):
    """A table and its form disagree about which cells exist."""

    def _render_traceback_(self) -> list[str]:
        """Return the traceback: the mistake is in the program, not in a file."""
        return format_exception(self)


class TextError(GktoolsError):
    """A text of the office that cannot be filled in."""


class NotFoundError(GktoolsError):
    """An office, a cell or a project folder that does not exist."""


class RollupError(GktoolsError):
    """Reports of a government's offices that cannot be added up."""


class ReviewError(GktoolsError):
    """An action on a report under review that the person may not do, or not now; or an incomplete log of reviews."""


def nearest(name: str, names: Iterable[str], count: int = 3) -> str:
    """Return the names closest to a mistyped one as a Chinese hint; empty if none is close."""
    return suggestion(get_close_matches(name, list(names), count, cutoff=0.5))


def suggestion(names: Sequence[str]) -> str:
    """Return names that may be meant as a Chinese hint; empty if there are none."""
    return f"；是不是“{'”“'.join(names)}”？" if names else ""


def _shorten(value: str, limit: int = 60) -> str:
    return value if len(value) <= limit else f"{value[:limit]}…"


def os_reason(error: OSError) -> str:
    """Return in Chinese why the system refused a file; in the system's own words if the reason is a rare one."""
    known = _REASONS.get(error.errno or 0)
    return known[0] if known else error.strerror or type(error).__name__


def os_remedy(error: OSError) -> str:
    """Return in Chinese what to do where the system refused a file."""
    known = _REASONS.get(error.errno or 0)
    return known[1] if known else "请看权限、磁盘是否已满、有没有被别的程序占用"


_ASK = "请转给管理这台机器的人"
_REASONS = {
    errno.ENOSPC: ("磁盘满了", "请清出空间，再运行一次"),
    errno.EDQUOT: ("用完了分给您的磁盘空间", "请清出空间，或请管理这台机器的人加大，再运行一次"),
    errno.EROFS: ("磁盘是只读的", "请换一个能写的目录，或请管理这台机器的人改成能写的"),
    errno.EACCES: ("没有权限", "请看这个文件和它的文件夹的权限，是谁的、能不能读写"),
    errno.EPERM: ("没有权限", "请看这个文件和它的文件夹的权限，是谁的、能不能读写"),
    errno.EFBIG: ("超过了系统允许的文件大小", "请看 ulimit -f，调大以后再运行一次"),
    errno.EMFILE: ("同时打开的文件太多", "请调大 ulimit -n，或减少 --workers，再运行一次"),
    errno.ENFILE: ("整台机器同时打开的文件太多", "请关掉别的程序，再运行一次"),
    errno.ENOMEM: ("内存不够", "请关掉别的程序，或减少 --workers，再运行一次；设了 ulimit -v 的请调大"),
    errno.EAGAIN: ("系统现在给不出更多的进程或内存", "请关掉别的程序，或减少 --workers，再运行一次"),
    errno.ENAMETOOLONG: ("文件名或路径太长", "请改短名字，或把工作目录移到路径短的地方"),
    errno.ETXTBSY: ("正被别的程序使用", "请关掉用它的程序，再运行一次"),
    errno.EBUSY: ("正被别的程序使用", "请关掉用它的程序，再运行一次"),
    errno.EIO: ("磁盘读写出错，可能坏了", f"请先备份，{_ASK}"),
    errno.ENOENT: ("没有这个文件或文件夹", "请看名字写得对不对，它是不是被移走、改名了"),
    errno.EISDIR: ("是一个文件夹，不是文件", "请移走这个文件夹，或换一个名字"),
    errno.ENOTDIR: ("路径里有一级不是文件夹", "请看路径写得对不对，移走占了文件夹名字的文件"),
    errno.EEXIST: ("已经有同名的文件或文件夹", "请移走它，或换一个名字"),
    errno.ELOOP: ("是绕圈的链接，或不许用链接", "请换成文件本身"),
    errno.EINVAL: ("不是普通的文件", "请换成普通的文件"),
}
"""Why the system refuses a file and what to do, by error number."""
