"""Struck-out and hidden cells of a workbook, ignored by plain readers: a struck-out 50 before 30 is 5030 to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...errors import RecordsError

MOST = 200_000
"""The maximum number of struck-out cells of one sheet."""

Runs = tuple[tuple[bool | None, str], ...]
"""The runs of a text: whether each is struck out (None: as its cell's font), and its text."""


Comments = Mapping[int, tuple[str, ...]]
"""The comments on the cells of a sheet, by row (from 1); the texts of its text boxes, wherever they lie, and what is printed
above and below each page are in the first."""


def printed_text(said: str) -> str:
    """Return what a header or footer of a page says, without its codes: &C, &"宋体,加粗", &P, &12."""
    return _CODES.sub(" ", said).strip()


_CODES = re.compile(r'&(?:"[^"]*"|K[0-9A-Fa-f]{6}|[0-9]{1,3}|[A-Za-z&])')


@dataclass(frozen=True)
class Part:
    """A text that is partly struck out: its runs, each with whether it is struck out."""

    pieces: tuple[tuple[bool, str], ...]

    @property
    def kept(self) -> str:
        """The text that is not struck out."""
        return "".join(text for out, text in self.pieces if not out).strip()

    @property
    def struck(self) -> str:
        """The text that is struck out."""
        return "".join(text for out, text in self.pieces if out).strip()

    @property
    def whole(self) -> str:
        """The complete text, as a plain reader reads it."""
        return "".join(text for _, text in self.pieces).strip()


@dataclass(frozen=True)
class Looks:
    """The struck-out and hidden cells of one sheet; rows and columns from 0.

    struck has the columns of completely struck-out cells by row, parts the partly struck-out texts by row and column;
    rows and columns are hidden; filtered is the first and last row of a filter; unseen are those of the rows of which
    everything is written in the colour of its fill.
    """

    struck: Mapping[int, frozenset[int]] = field(default_factory=dict)
    parts: Mapping[int, Mapping[int, Part]] = field(default_factory=dict)
    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()
    filtered: tuple[int, int] | None = None
    unseen: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.struck or self.parts or self.rows or self.columns)


WHITE, BLACK = "white", "black"
"""Colours as fonts and fills have them that say nothing of theirs."""


def colour_of(number: int) -> str:
    """Return a colour by its number in the palette of a workbook, for comparison."""
    return WHITE if number in (1, 9, 65) else BLACK if number in (0, 8, 64, 0x7FFF) else str(number)


def hides_text(code: str) -> bool:
    """Return whether a number format displays nothing of a text, or another text in its place (;;; and the like)."""
    sections = _QUOTED.sub("", code).split(";")
    return len(sections) >= _WITH_TEXT and "@" not in sections[_WITH_TEXT - 1]


_QUOTED = re.compile(r'"[^"]*"|\\.')
_WITH_TEXT = 4
"""The number of sections of a format that says how texts are displayed: in the last of them."""


class UnseenRows:
    """A collector of the rows of one sheet of which no cell is seen, as all are written in the colour of their fill."""

    def __init__(self) -> None:
        self._unseen: set[int] = set()
        self._seen: set[int] = set()

    def take(self, row: int, *, unseen: bool) -> None:
        """Add a cell that has a content."""
        (self._unseen if unseen else self._seen).add(row)

    @property
    def rows(self) -> frozenset[int]:
        """The rows found."""
        return frozenset(self._unseen - self._seen)


class Strikes:
    """A collector of the struck-out cells of one sheet."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._left = MOST
        self.struck: dict[int, set[int]] = {}
        self.parts: dict[int, dict[int, Part]] = {}

    def take(self, row: int, column: int, runs: Runs, struck: bool) -> None:
        """Add a cell with the runs of its text (empty: its own font applies). Raises RecordsError above MOST cells."""
        found = read_runs(runs, struck) if runs else struck
        if isinstance(found, Part):
            self.parts.setdefault(row, {})[column] = found
        elif found:
            self.struck.setdefault(row, set()).add(column)
        self._left -= bool(found)
        if self._left < 0:
            raise too_many(self._name)

    def looks(
        self, rows: set[int], columns: set[int], filtered: tuple[int, int] | None, unseen: frozenset[int] = frozenset()
    ) -> Looks:
        """Return the collected cells with the hidden rows and columns, the filter and the rows that are not seen."""
        struck = {row: frozenset(places) for row, places in self.struck.items()}
        return Looks(struck, self.parts, unseen | rows, frozenset(columns), filtered, unseen - rows)


def read_runs(runs: Runs, struck: bool) -> bool | Part:
    """Return whether a text is struck out, or its parts; struck is whether its cell's font is."""
    part = Part(tuple((struck if own is None else own, text) for own, text in runs if text))
    if not part.struck:
        return False
    return part if part.kept else True


def too_many(name: str) -> RecordsError:
    """Return the error for a file with too many struck-out texts."""
    return RecordsError(
        f"{name}：划了删除线的格太多，没有打开；请在 Excel 里删去不要的内容，去掉要留的删除线，另存后再导入"
    )
