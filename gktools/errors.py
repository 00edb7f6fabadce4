"""
Every error that gktools raises on purpose:

* GktoolsError
  x FormatError          a file of a notice (forms/<year>.yaml) does not have the structure of a format
    + NoFormatForYear    no notice prescribes a report for that year
  x ParamsError          parameter files that cannot be used
  x RecordsError         a register that cannot be imported, a store that cannot be used
    + ChangedError       a record that somebody else has changed since a person saw it
    + BusyError          a store or a file of users that somebody else writes into, longer than one waits
  x TableError           a table and its form disagree about which cells exist
  x TextError            a text of the office that cannot be filled in
  x NotFoundError        an office, a cell or a project folder that does not exist
  x RollupError          reports of a government's offices that cannot be added up
  x ReadingError         a file that cannot be read as a published report
  x ReviewError          an action on a report under review that the person may not do, or not now

The first four carry problems: every mistake with its place. A wrong figure is not an error but a Finding: see
findings.py.
"""

from __future__ import annotations

import errno
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import requires
from traceback import format_exception

_NAMES = {
    0x00AD: "软连字符", 0x200B: "零宽空格", 0x200C: "零宽不连字", 0x200D: "零宽连字", 0x200E: "从左到右标记",
    0x200F: "从右到左标记", 0x202A: "从左到右嵌入", 0x202B: "从右到左嵌入", 0x202C: "方向结束", 0x202D: "强制从左到右",
    0x202E: "强制从右到左", 0x2060: "词连接符", 0x2066: "从左到右隔离", 0x2067: "从右到左隔离", 0x2068: "方向隔离",
    0x2069: "隔离结束", 0xFEFF: "零宽不换行空格", 0x0A: "换行", 0x0D: "回车", 0x09: "制表符", 0x2028: "行分隔符", 0x2029: "段分隔符",
}  # fmt: skip
_RANGES = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x0600, 0x0605), (0x061C, 0x061C), (0x06DD, 0x06DD), (0x070F, 0x070F),
    (0x0890, 0x0891), (0x08E2, 0x08E2), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F),
    (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB), (0x110BD, 0x110BD), (0x110CD, 0x110CD), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
INVISIBLE = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _RANGES) + "]")
"""Characters that Unicode defines as invisible: format characters, fillers, variation selectors."""
_STEERING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]|\r(?!\n)"
)
"""Characters that steer a terminal or the order of a line: control characters, directions, other line ends, half characters."""
_HIDDEN = re.compile(f"{_STEERING.pattern}|{INVISIBLE.pattern}")


def steering_character(text: str, *, lines: bool = True) -> str:
    """Return the name of the first character of a text that steers a terminal or the order of a line; empty if none does.

    Without lines, line ends and tabs are such characters too. No name, reason or parameter may have one.
    """
    found = _STEERING.search(text) or (None if lines else re.search(r"[\n\t\r]", text))
    return _name(found[0]) if found else ""


def hidden_character(text: str, *, lines: bool = True) -> str:
    """Return the name of the first character of a text that nobody sees or that steers; empty if there is none.

    A variation selector is none: it belongs to the character before it, as in rare names.
    """
    if text.isascii():
        return steering_character(text, lines=lines)
    found = next((one[0] for one in INVISIBLE.finditer(text) if not _VARIANT.match(one[0])), "")
    return steering_character(text, lines=lines) or (_name(found) if found else "")


_VARIANT = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def without_hidden(text: str) -> str:
    """Return a text without control and invisible characters; lines stay."""
    return _HIDDEN.sub("", text)


def visible(text: str) -> str:
    """Return a text as it may be shown: control and invisible characters by their names, such as 【零宽空格】; lines stay."""
    return _HIDDEN.sub(lambda found: f"【{_name(found[0])}】", text)


def in_one_line(text: str) -> str:
    """Return a name from outside as it may be shown within a line: as visible does, line ends and tabs too."""
    return visible(re.sub(r"[\n\t\r]", lambda found: f"【{_name(found[0])}】", text))


def _name(character: str) -> str:
    code = ord(character)
    if known := _NAMES.get(code):
        return known
    return f"{'看不见的字符' if INVISIBLE.match(character) else '控制字符'} U+{code:04X}"


_LIKE_A_KEY = re.compile("[0-9A-Fa-f]{32,}|[0-9A-Za-z+/=]{40,}")


def install_command(extra: str) -> str:
    """Return the command that installs what an extra of pyproject.toml needs into the Python that runs this.

    It never names gktools: on the public index another project has that name.
    """
    stated = (line.partition(";") for line in requires("gktools") or ())
    needed = sorted({need.strip() for need, _, when in stated if re.search(f"""extra == ['"]{extra}['"]""", when)})
    return " ".join([f'"{sys.executable}" -m pip install', *(f'"{need}"' for need in needed)])


@dataclass(frozen=True)
class Problem:
    """One mistake in a file: its place, what is wrong, and what to do about it (in Chinese, for staff).

    What looks like a key is left out of its value: a message may be read by those who may not read the file.
    """

    message: str
    file: str = ""
    sheet: str = ""
    line: int | None = None
    column: str | int | None = None
    value: str | None = None

    def __post_init__(self) -> None:
        if self.value is not None:
            object.__setattr__(self, "value", _LIKE_A_KEY.sub("……", self.value))

    def __str__(self) -> str:
        file, sheet = in_one_line(self.file), in_one_line(self.sheet)
        place = [file, sheet and f"工作表“{sheet}”", self.line and f"第 {self.line} 行"]
        if self.column is not None:
            place.append(f"第 {self.column} 列" if isinstance(self.column, int) else f"“{in_one_line(self.column)}”列")
        where = " ".join(str(part) for part in place if part)
        found = f"（填的是“{in_one_line(_shorten(self.value))}”）" if self.value is not None else ""
        return f"{where}：{self.message}{found}" if where else f"{self.message}{found}"


class GktoolsError(Exception):
    """Base of every error gktools raises on purpose; its text is for staff, what it quotes cannot steer a terminal."""

    def __init__(self, message: str = "", problems: Iterable[Problem] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(visible("\n".join([*([message] if message else []), *map(str, self.problems)])))

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


class ChangedError(RecordsError):
    """A record that somebody else has entered or changed since a person saw it."""


class BusyError(RecordsError):
    """Somebody else writes into the store or the file of users, longer than one waits: the same works a little later."""


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


class ReadingError(GktoolsError):
    """A file that cannot be read as a published report: another type, a picture, a damaged or a hostile one."""


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
    known = _known(error)
    return known[0] if known else error.strerror or type(error).__name__


def os_remedy(error: OSError) -> str:
    """Return in Chinese what to do where the system refused a file."""
    known = _known(error)
    return known[1] if known else "请看权限、磁盘是否已满、有没有被别的程序占用"


def _known(error: OSError) -> tuple[str, str] | None:
    """Return reason and remedy; Windows says of a file that is open elsewhere that there is no permission."""
    return _OF_WINDOWS.get(getattr(error, "winerror", None) or 0) or _REASONS.get(error.errno or 0)


_ASK = "请转给管理这台机器的人"
_OPEN_ELSEWHERE = ("正被别的程序（如 Word、Excel、WPS）打开着", "请关掉打开它的程序，再运行一次")
_OF_WINDOWS = {
    5: ("没有权限，或者正被别的程序打开着", "请关掉打开它的程序，再看这个文件和它的文件夹的权限"),
    32: _OPEN_ELSEWHERE,
    33: _OPEN_ELSEWHERE,
}
"""The same by the error numbers of Windows, where errno tells less."""
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
