"""What the command line library says, in Chinese: its help, and what is wrong with a command."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..errors import suggestion

if TYPE_CHECKING:
    from ..findings import Finding

UNKNOWN = "unknown"
"""What the codes of cells without a figure end with."""


def listed(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield the lines of findings in their order: what is wrong and where, then what to do."""
    for _, same in groupby(findings, _reason):
        together = list(same)
        first = together[0]
        yield indented(f"{first.year} {first.office_code}：{first if len(together) == 1 else _in_one(together)}")
        if first.remedy:
            yield f"    {first.remedy}"


def indented(text: str) -> str:
    """Return text with every line but the first set in."""
    return text.replace("\n", "\n    ")


def _reason(finding: Finding) -> tuple[object, ...]:
    """What findings have in common that are told in one; nothing has its like but cells without a figure."""
    if finding.code.rpartition(".")[2] != UNKNOWN:
        return (id(finding),)
    return (finding.office_code, finding.year, finding.code, finding.found)


def _in_one(findings: list[Finding]) -> str:
    from ..forms.notices import load_format

    first = findings[0]
    table = load_format(first.year)[first.table].name
    return f"[{first.severity.label}] {first.found}：{table} {len(findings)} 格没有数"


_PANELS = {
    "ARGUMENTS_PANEL_TITLE": "要写的",
    "OPTIONS_PANEL_TITLE": "选项",
    "COMMANDS_PANEL_TITLE": "命令",
    "REQUIRED_LONG_STRING": "［必填］",
    "DEFAULT_STRING": "［不写即 {}］",
}
_OUTSIDE = {"Usage:": "写法：", "[OPTIONS]": "［选项］", "COMMAND [ARGS]...": "命令 ［要写的］"}
_INSIDE = {
    "Show this message and exit.": "显示这段说明",
    "<list[Path]>": "文件，可多个",
    "<list[str]>": "可写多次",
    "<int range>": "整数",
    "<Path>": "文件",
    "<path>": "文件",
    "<bool>": "",
    "<str>": "文字",
    "<int>": "整数",
}
"""Words inside of a frame: what takes their place is as wide as they are."""


@contextmanager
def chinese_help() -> Iterator[None]:
    """Print the help that is asked for in here in Chinese."""
    from typer import rich_utils

    for name, words in _PANELS.items():
        setattr(rich_utils, name, words)
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            yield
    finally:
        sys.stdout.write(translated(printed.getvalue()))


def translated(text: str) -> str:
    """Return help as the library words it in Chinese, its frames as wide as they were."""
    for word, said in _OUTSIDE.items():
        text = text.replace(word, said)
    for word, said in _INSIDE.items():
        text = text.replace(word, said + " " * (len(word) - 2 * len(said)))
    return text


def said(error: Any) -> str:
    """Return what is wrong with a command as one Chinese sentence, with the way to its help."""
    wording = _WORDINGS.get(type(error).__name__, _misused)
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", "gktools")
    return f"命令写得不对：{wording(error)}。写法见 {command} --help"


def _no_such_option(error: Any) -> str:
    return f"没有“{error.option_name}”这个选项{_meant(error.possibilities or ())}"


def _bad_option(error: Any) -> str:
    takes = "后面不写值" if "does not take" in error.message else "后面要写值"
    return f"“{error.option_name}”{takes}"


def _missing(error: Any) -> str:
    return f"缺{_named(error.param)}"


def _bad_value(error: Any) -> str:
    return f"{_named(error.param)}写得不对{_wanted(error.message)}"


def _misused(error: Any) -> str:
    """What the library tells only in words."""
    words: list[str] = re.findall(r"'([^']*)'", error.message)
    if "such command" in error.message and words:
        return f"没有“{words[0]}”这个命令{_meant(words[1:])}"
    if extra := re.search(r"extra argument\S* \((.*)\)", error.message):
        return f"多写了“{extra[1]}”"
    return "没有写命令" if "Missing command" in error.message else "多写、少写或写错了什么"


_WORDINGS: dict[str, Callable[[Any], str]] = {
    "NoSuchOption": _no_such_option,
    "BadOptionUsage": _bad_option,
    "MissingParameter": _missing,
    "BadParameter": _bad_value,
}
_WANTED = {
    r"valid integer|valid int": "要填整数",
    r"greater than or equal to (\S+)|x>=(\S+)": "不能小于 {}",
    r"less than or equal to (\S+)": "不能大于 {}",
    r"valid date|match the format": "要填日期，如 2024-12-31",
    r"does not exist": "没有这个文件",
}


def _wanted(message: str) -> str:
    for pattern, sentence in _WANTED.items():
        if found := re.search(pattern, message):
            return "，" + sentence.format(*filter(None, found.groups()))
    return ""


def _named(parameter: Any) -> str:
    """An option as it is written; an argument by what its help says it is."""
    if parameter is None:
        return "一项"
    written = next((name for name in parameter.opts if name.startswith("--")), "")
    meaning = re.split("[：；，。（]", getattr(parameter, "help", None) or "")[0]
    return f"“{written or meaning or parameter.name}”" + (f"（{meaning}）" if written and meaning else "")


def _meant(names: Sequence[str]) -> str:
    return suggestion(sorted(names)).rstrip("？")
