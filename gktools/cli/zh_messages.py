"""Chinese texts of the command line: its help, its errors, and lists of findings."""

from __future__ import annotations

import io
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..errors import suggestion

if TYPE_CHECKING:
    from ..findings import Finding

UNKNOWN = "unknown"
"""The last part of the codes of cells without a figure."""


def format_findings(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield the lines of findings in their order: the mistake with its place, then the remedy."""
    for _, same in groupby(findings, _group_key):
        group = list(same)
        first = group[0]
        yield indent(f"{first.year} {first.office_code}：{first if len(group) == 1 else _combined(group)}")
        if first.remedy:
            yield f"    {first.remedy}"


def indent(text: str) -> str:
    """Return text with every line but the first indented."""
    return text.replace("\n", "\n    ")


def _group_key(finding: Finding) -> tuple[object, ...]:
    """Return the key of findings shown as one: cells without a figure, by what they share; any other stays alone."""
    if finding.code.rpartition(".")[2] != UNKNOWN:
        return (id(finding),)
    return (finding.office_code, finding.year, finding.code, finding.found)


def _combined(findings: list[Finding]) -> str:
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
    "<list[int]>": "可写多次",
    "<int range>": "整数",
    "<Path>": "文件",
    "<path>": "文件",
    "<bool>": "",
    "<str>": "文字",
    "<int>": "整数",
}
"""Texts inside a frame; the replacements are padded to the same width."""


_HELP_COLUMNS = 80
"""The least width of a help."""


@contextmanager
def chinese_help() -> Iterator[None]:
    """Translate the help printed within the block to Chinese."""
    from typer import rich_utils

    for name, words in _PANELS.items():
        setattr(rich_utils, name, words)
    if shutil.get_terminal_size().columns < _HELP_COLUMNS:  # it would be cut off
        rich_utils.MAX_WIDTH = _HELP_COLUMNS
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            yield
    finally:
        sys.stdout.write(translate_help(printed.getvalue()))


def translate_help(text: str) -> str:
    """Return the library's help in Chinese, its frames as wide as before."""
    for word, chinese in _OUTSIDE.items():
        text = text.replace(word, chinese)
    for word, chinese in _INSIDE.items():
        text = text.replace(word, chinese + " " * (len(word) - 2 * len(chinese)))
    return text


def error_message(error: Any) -> str:
    """Return an error of a command as one Chinese sentence that refers to its help."""
    wording = _WORDINGS.get(type(error).__name__, _other_error)
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", "gktools")
    return f"命令写得不对：{wording(error)}。写法见 {command} --help"


def _no_such_option(error: Any) -> str:
    return f"没有“{error.option_name}”这个选项{_suggestion(error.possibilities or ())}"


def _bad_option(error: Any) -> str:
    takes = "后面不写值" if "does not take" in error.message else "后面要写值"
    return f"“{error.option_name}”{takes}"


def _missing(error: Any) -> str:
    return f"缺{_parameter_name(error.param)}"


def _bad_value(error: Any) -> str:
    return f"{_parameter_name(error.param)}写得不对{_expected(error.message)}"


def _other_error(error: Any) -> str:
    """Return the message of an error that the library describes in words only."""
    words: list[str] = re.findall(r"'([^']*)'", error.message)
    if "such command" in error.message and words:
        return f"没有“{words[0]}”这个命令{_suggestion(words[1:])}"
    if extra := re.search(r"extra argument\S* \((.*)\)", error.message):
        return f"多写了“{extra[1]}”"
    return "没有写命令" if "Missing command" in error.message else "多写、少写或写错了什么"


_WORDINGS: dict[str, Callable[[Any], str]] = {
    "NoSuchOption": _no_such_option,
    "BadOptionUsage": _bad_option,
    "MissingParameter": _missing,
    "BadParameter": _bad_value,
}
_EXPECTED = {
    r"valid integer|valid int": "要填整数",
    r"in the range (\d+)<=x<=(\d+)": "只能是 {} 到 {}",
    r"greater than or equal to (\S+)|x>=(\S+)": "不能小于 {}",
    r"less than or equal to (\S+)": "不能大于 {}",
    r"valid date|match the format": "要填日期，如 2024-12-31",
    r"does not exist": "没有这个文件",
}


def _expected(message: str) -> str:
    for pattern, sentence in _EXPECTED.items():
        if found := re.search(pattern, message):
            return "，" + sentence.format(*filter(None, found.groups()))
    return ""


def _parameter_name(parameter: Any) -> str:
    """Return the name of an option as it is written, of an argument the first words of its help."""
    if parameter is None:
        return "一项"
    written = next((name for name in parameter.opts if name.startswith("--")), "")
    meaning = re.split("[：；，。（]", getattr(parameter, "help", None) or "")[0]
    return f"“{written or meaning or parameter.name}”" + (f"（{meaning}）" if written and meaning else "")


def _suggestion(names: Sequence[str]) -> str:
    return suggestion(sorted(names)).rstrip("？")
