"""Where something stands in a file, and how it is told: with file, sheet, row, column and value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import Problem
from ...forms.characters import visible
from .values import text_of

Row = Sequence[Any]
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What no terminal, database or spreadsheet takes."""


@dataclass(frozen=True)
class Mistake(Problem):
    """A problem of one sheet of a file; place is its column from 0, so that it can be marked there, also further rows."""

    place: int | None = None
    also: tuple[int, ...] = ()


@dataclass(frozen=True)
class Where:
    """One sheet of a file, by the names messages call them."""

    file: str
    sheet: str

    def problem(
        self,
        message: str,
        line: int | None = None,
        column: str | None = None,
        value: Any = None,
        place: int | None = None,
    ) -> Problem:
        """A problem of the sheet; unprintable characters are shown as □, invisible ones by name."""
        found = None if value is None else visible(printable(text_of(value), 300))
        return Mistake(visible(printable(message)), self.file, self.sheet, line, column, found, place)

    def several(self, message: str, lines: Sequence[int], column: str | None, place: int | None) -> Problem:
        """A problem that some rows of a column share, told once, at the first of them."""
        if len(lines) > 1:
            shown = "、".join(map(str, lines[:_LISTED])) + ("……" if len(lines) > _LISTED else "")
            message = f"{message}（共 {len(lines)} 行：第 {shown} 行）"
        return self.problem(message, lines[0], column or None, place=place)


_LISTED = 20
"""How many rows one message lists."""


def printable(text: str, most: int = 2000) -> str:
    """Return text as it may be shown: no more than so many characters, none that cannot be printed."""
    return _UNPRINTABLE.sub("□", text[:most])
