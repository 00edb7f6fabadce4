"""What a workbook strikes out or hides: a reader of values sees none of it, and 30 after a struck-out 50 is 5030 to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...errors import RecordsError

MOST = 200_000
"""Struck-out cells of one sheet."""

Runs = tuple[tuple[bool | None, str], ...]
"""The pieces of a text: whether each is struck out, None where its cell says so, and what it says."""


@dataclass(frozen=True)
class Part:
    """A text with a part of it struck out: its pieces, each with whether it is struck out."""

    pieces: tuple[tuple[bool, str], ...]

    @property
    def kept(self) -> str:
        """What is left."""
        return "".join(text for out, text in self.pieces if not out).strip()

    @property
    def struck(self) -> str:
        """What is struck out."""
        return "".join(text for out, text in self.pieces if out).strip()

    @property
    def whole(self) -> str:
        """Both read on, as a reader of values does."""
        return "".join(text for _, text in self.pieces).strip()


@dataclass(frozen=True)
class Looks:
    """What one sheet strikes out and hides, rows and columns counted from 0.

    struck holds by row the columns of the cells struck out as a whole, parts those of which a part is; filtered the first
    and the last row that a filter is set on.
    """

    struck: Mapping[int, frozenset[int]] = field(default_factory=dict)
    parts: Mapping[int, Mapping[int, Part]] = field(default_factory=dict)
    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()
    filtered: tuple[int, int] | None = None

    def __bool__(self) -> bool:
        return bool(self.struck or self.parts or self.rows or self.columns)


class Strikes:
    """The struck-out cells of one sheet as they are found."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._left = MOST
        self.struck: dict[int, set[int]] = {}
        self.parts: dict[int, dict[int, Part]] = {}

    def take(self, row: int, column: int, runs: Runs, struck: bool) -> None:
        """Take in a cell by the pieces of its text; none where its own font says all. Raises RecordsError for too many."""
        found = read_runs(runs, struck) if runs else struck
        if isinstance(found, Part):
            self.parts.setdefault(row, {})[column] = found
        elif found:
            self.struck.setdefault(row, set()).add(column)
        self._left -= bool(found)
        if self._left < 0:
            raise too_many(self._name)

    def looks(self, rows: set[int], columns: set[int], filtered: tuple[int, int] | None) -> Looks:
        """What the sheet strikes out, with what it hides."""
        struck = {row: frozenset(places) for row, places in self.struck.items()}
        return Looks(struck, self.parts, frozenset(rows), frozenset(columns), filtered)


def read_runs(runs: Runs, struck: bool) -> bool | Part:
    """Whether a text is struck out, or which part of it; struck says whether its cell is."""
    part = Part(tuple((struck if own is None else own, text) for own, text in runs if text))
    if not part.struck:
        return False
    return part if part.kept else True


def too_many(name: str) -> RecordsError:
    """What is said of a file with more struck-out texts than are kept at hand."""
    return RecordsError(
        f"{name}：划了删除线的格太多，没有打开；请在 Excel 里删去不要的内容，去掉要留的删除线，另存后再导入"
    )
