"""Where something stands in a file, and how it is told: with file, sheet, row, column and value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Problem
from .values import text_of

Row = Sequence[Any]
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What no terminal, database or spreadsheet takes."""


@dataclass(frozen=True)
class Mistake(Problem):
    """A problem of one sheet of a file; place is its column from 0, so that it can be marked there."""

    place: int | None = None


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
        """A problem of the sheet; what cannot be printed in it is shown as □."""
        found = None if value is None else printable(text_of(value), 300)
        return Mistake(printable(message), self.file, self.sheet, line, column, found, place)


def printable(text: str, most: int = 2000) -> str:
    """Return text as it may be shown: no more than so many characters, none that cannot be printed."""
    return _UNPRINTABLE.sub("□", text[:most])
