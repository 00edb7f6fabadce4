"""The place of a problem in a file: file, sheet, row, column and value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import Problem, visible
from .values import text_of

Row = Sequence[Any]
Placed = tuple[int, int, Problem]
"""A problem with its row number and its position in the row."""
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Characters that no terminal, database or spreadsheet accepts."""


@dataclass(frozen=True)
class Mistake(Problem):
    """A problem of one sheet; place is the index of its column (from 0), also are further rows, for marking.

    field is the field (register.key) of the cells that another content mends, "" if that mends nothing; alike: all of
    them have the same content now.
    """

    place: int | None = None
    also: tuple[int, ...] = ()
    field: str = ""
    alike: bool = False


@dataclass(frozen=True)
class Where:
    """One sheet of a file, by the names used in messages."""

    file: str
    sheet: str

    def problem(
        self,
        message: str,
        line: int | None = None,
        column: str | None = None,
        value: Any = None,
        place: int | None = None,
    ) -> Mistake:
        """Return a problem of the sheet; unprintable characters become □, invisible ones their names."""
        found = None if value is None else visible(printable(text_of(value), 300))
        return Mistake(visible(printable(message)), self.file, self.sheet, line, column, found, place)

    def several(self, message: str, lines: Sequence[int], column: str | None, place: int | None) -> Problem:
        """Return one problem for several rows of a column, placed at the first of them."""
        if len(lines) > 1:
            shown = "、".join(map(str, lines[:_LISTED])) + ("……" if len(lines) > _LISTED else "")
            message = f"{message}（共 {len(lines)} 行：第 {shown} 行）"
        return self.problem(message, lines[0], column or None, place=place)


_LISTED = 20
"""The maximum number of rows listed in one message."""


def printable(text: str, most: int = 2000) -> str:
    """Return at most that many characters of a text, with unprintable ones replaced by □."""
    return _UNPRINTABLE.sub("□", text[:most])
