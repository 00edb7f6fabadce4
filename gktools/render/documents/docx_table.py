"""An official table as a Word table, written from its grid: merged cells, header rows marked, widths from its texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import ceil
from unicodedata import east_asian_width

from markupsafe import Markup

from ...forms.grid import Grid, GridCell, GridLine, grid
from ...forms.model import Form
from .gongwen import (
    FIGURE,
    HAO,
    HEAD,
    LABEL,
    LINE,
    LINES,
    SMALL_FIGURE,
    SMALL_HEAD,
    SMALL_LABEL,
    TABLE,
    TEXT_WIDTH,
    Style,
    run,
    twips,
    word,
)
from .sizes import place

Show = Callable[[GridCell], str]
"""Returns the text of a cell, a heading's or a figure's."""
BAND_FILL, HEAD_FILL = "C6D9F1", "F2F2F2"
ROW_HEIGHT = twips(6)
NARROW = 8
"""The most columns whose headings are set in 5号; a wider table has them in 小5号, so that it fits on one page."""
_FIGURE_EM = HAO[FIGURE.size] * 20
_LEAST_EMS = 2.4
_ONE_LINE_EMS = 3.0
_SIDES = 120
"""The width of a cell's borders and padding, left and right together, in twips."""
_ABOVE_AND_BELOW = 56
"""The height of a cell's borders and padding, above and below together, in twips."""


def draw_table(form: Form, title: str, show: Show) -> Markup:
    """Return a form as a Word table in the width of the text; title is its name for screen readers.

    It stays on one page if it fits there; if not, it breaks between its groups of rows and its header is repeated.
    """
    return _Drawing(grid(form), title, show).draw()


@dataclass(frozen=True)
class _Slot:
    """A cell in one row: where it begins, or where a cell of a row above continues."""

    cell: GridCell
    column: int
    begins: bool


@dataclass(frozen=True)
class _Drawing:
    """One table to be drawn."""

    grid: Grid
    title: str
    show: Show

    def draw(self) -> Markup:
        """Return the table."""
        columns = word("tblGrid", *(word("gridCol", w=width) for width in self.widths))
        lines = self.grid.lines
        below = (self._fits or line.is_head or next_line.is_kept for line, next_line in pairwise(lines))
        rows = zip(lines, self.rows, (*below, False), strict=True)
        return word("tbl", self._properties(), columns, *(self._row(slots, line, kept) for line, slots, kept in rows))

    @cached_property
    def rows(self) -> list[list[_Slot]]:
        """The cells of every row, from left to right."""
        return _slots(self.grid)

    @cached_property
    def widths(self) -> list[int]:
        """The width of every column in twips; together they are as wide as the text.

        A table with one column of row headings, or none, has equal columns. With more, the columns of figures get what they
        need, and the row headings share the rest by the length of their texts.
        """
        begun = [slot for row in self.rows for slot in row if slot.begins]
        stub = min(slot.column for slot in begun if slot.cell.kind == "figure")
        if stub < 2:
            return _proportional(TEXT_WIDTH, [1.0] * self.grid.width)
        single = [slot for slot in begun if slot.cell.columns == 1]
        of = [[slot for slot in single if slot.column == column] for column in range(self.grid.width)]
        figures = [max(self._needed(slot.cell) for slot in slots) for slots in of[stub:]]
        least = int(_LEAST_EMS * self._em) + _SIDES
        room = TEXT_WIDTH - sum(figures) - least * stub
        wanted = [max(self._wanted(slot) for slot in slots) for slots in of[:stub]]
        return [*(least + more for more in _proportional(room, wanted)), *figures]

    @cached_property
    def _figure(self) -> Style:
        """The style of figures: smaller if one does not fit in a line of its column."""
        figures = [slot for row in self.rows for slot in row if slot.begins and slot.cell.kind == "figure"]
        return FIGURE if all(self._in_line(slot.cell) <= self._width(slot) for slot in figures) else SMALL_FIGURE

    def _width(self, slot: _Slot) -> int:
        return sum(self.widths[slot.column : slot.column + slot.cell.columns])

    @property
    def _small(self) -> bool:
        return self.grid.width > NARROW

    @property
    def _em(self) -> float:
        return HAO[SMALL_LABEL.size if self._small else LABEL.size] * 20

    def _needed(self, cell: GridCell) -> int:
        """Return the width of a column with a figure in one line, and its heading in one line or in two equal ones."""
        if cell.kind == "figure":
            return max(self._in_line(cell), int(_LEAST_EMS * _FIGURE_EM) + _SIDES)
        wide = ems(self.show(cell))
        return int((wide if wide <= _ONE_LINE_EMS else ceil(wide / 2)) * self._em) + _SIDES

    def _in_line(self, cell: GridCell) -> int:
        """Return the width of a figure in one line."""
        return int(ems(self.show(cell)) * _FIGURE_EM) + _SIDES

    def _wanted(self, slot: _Slot) -> float:
        """Return the weight of a row heading in sharing the room: less the more rows it spans."""
        return float((ems(self.show(slot.cell)) / slot.cell.rows) ** 0.5)

    def _properties(self) -> Markup:
        return word(
            "tblPr",
            word("tblStyle", val=TABLE),
            word("tblW", w=TEXT_WIDTH, type="dxa"),
            word("jc", val="center"),
            word("tblLayout", type="fixed"),
            word("tblLook", val="04A0", firstRow=1, lastRow=0, firstColumn=1, lastColumn=0, noHBand=0, noVBand=1),
            word("tblCaption", val=self.title),
        )

    def _row(self, slots: list[_Slot], line: GridLine, keeps_next: bool) -> Markup:
        height = word("trHeight", val=ROW_HEIGHT, hRule="atLeast")
        properties = word("trPr", word("cantSplit"), height, word("tblHeader") if line.is_head else None)
        return word("tr", properties, *(self._cell(slot, keeps_next) for slot in slots))

    @cached_property
    def _fits(self) -> bool:
        """Whether the table is likely to fit on a page below its title, by the length of its texts."""
        return sum(map(self._height, self.rows)) <= (LINES - 1) * LINE

    def _height(self, slots: list[_Slot]) -> int:
        single = [slot for slot in slots if slot.begins and slot.cell.rows == 1]
        lines = (ceil(ems(self.show(one.cell)) * self._em / (self._width(one) - _SIDES)) for one in single)
        return max(ROW_HEIGHT, max(lines, default=1) * (SMALL_LABEL if self._small else LABEL).line + _ABOVE_AND_BELOW)

    def _cell(self, slot: _Slot, keeps_next: bool) -> Markup:
        cell = slot.cell
        fill = BAND_FILL if cell.kind == "band" else HEAD_FILL if cell.kind in ("column", "corner") else ""
        properties = word(
            "tcPr",
            word("tcW", w=self._width(slot), type="dxa"),
            word("gridSpan", val=cell.columns) if cell.columns > 1 else None,
            word("vMerge", val="restart" if slot.begins else "continue") if cell.rows > 1 else None,
            word("shd", val="clear", color="auto", fill=fill) if fill else None,
            word("vAlign", val="center"),
        )
        style = word("pPr", word("pStyle", val=self._style(cell).key), word("keepNext") if keeps_next else None)
        return word("tc", properties, word("p", style, run(self.show(cell)) if slot.begins else None))

    def _style(self, cell: GridCell) -> Style:
        if cell.kind == "figure":
            return self._figure
        if cell.note or (cell.kind == "row" and not cell.groups):
            return SMALL_LABEL if self._small else LABEL
        return SMALL_HEAD if self._small else HEAD


def ems(text: str) -> float:
    """Return the width of a text relative to its size: a Chinese character is one, a digit half."""
    return sum(1.0 if east_asian_width(character) in "WFA" else 0.5 for character in text)


def _slots(drawn: Grid) -> list[list[_Slot]]:
    """Return the rows of a grid, each with the cells that begin in it and those that continue from above."""
    rows: list[list[_Slot]] = [[] for _ in drawn.lines]
    for each in place(drawn):
        for row in range(each.row, each.last_row + 1):
            rows[row].append(_Slot(each.cell, each.column, row == each.row))
    return [sorted(row, key=lambda slot: slot.column) for row in rows]


def _proportional(total: int, weights: list[float]) -> list[int]:
    """Return a total in integer parts proportional to the weights; the last gets the remainder."""
    parts = [int(total * weight / sum(weights)) for weight in weights[:-1]]
    return [*parts, total - sum(parts)]
