"""The lines of params/columns.yaml as their page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ShownLine:
    """A line: its name in the file, the heading or word that is written, and what it is read as."""

    name: str
    written: str
    read_as: str


@dataclass(frozen=True)
class ShownSection:
    """The lines of a register; name is that of the section in the file."""

    name: str
    register: str
    lines: tuple[ShownLine, ...]


def shown_sections(
    written: Mapping[str, Mapping[str, str]], code: str
) -> tuple[list[ShownSection], list[ShownSection]]:
    """Return the sections of an office, and those of all offices."""
    own: list[ShownSection] = []
    common: list[ShownSection] = []
    for name, lines in written.items():
        office, slash, register = name.rpartition("/")
        shown = ShownSection(name, register, tuple(_line(line, value) for line, value in lines.items()))
        if lines and office == code:
            own.append(shown)
        elif lines and not slash:
            common.append(shown)
    return own, common


def _line(name: str, value: str) -> ShownLine:
    heading, equals, word = name.replace("＝", "=").partition("=")
    if equals:
        return ShownLine(name, f"“{heading}”栏里的“{word}”", f"“{value}”")
    if value.startswith(("=", "＝")):
        return ShownLine(name, f"没有“{name}”这一栏的文件", f"每一行都是“{value[1:]}”")
    return ShownLine(name, f"表头“{name}”", f"“{value}”这一栏")
