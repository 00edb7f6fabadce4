"""The columns of a printed table, from the labels above it: in which order, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

from ..forms.model import Form
from .blocks import RUN, SourceCell, SourceRow
from .labels import Label, labels, letters
from .sums import column_order
from .values import is_blank


@dataclass(frozen=True)
class HeaderColumn:
    """A column: its key, "" of one that no form has; the label as printed, and what it covers from left to right."""

    key: str
    printed: str
    start: float
    end: float


@dataclass(frozen=True)
class PrintedHeader:
    """The columns that stand above rows, from left to right, of one table and in one frame.

    ordered: every column that the form has there was found, so that their order is known. placed: each has its own place
    in the frame, in which the table has a width, below its heading. permuted: in another order than on the form. padded:
    rows have blank cells that are no values. crossed: columns stand elsewhere than below their headings. guessed: a label
    is only like the form's. official: the columns stand in the order of the form.
    """

    table: str
    columns: tuple[HeaderColumn, ...]
    frame: int
    width: float
    ordered: bool
    placed: bool
    permuted: bool = False
    padded: bool = False
    crossed: bool = False
    guessed: bool = False
    official: bool = False


@dataclass
class HeaderBuilder:
    """PrintedHeader rows, one after the other, as a tree of columns.

    under is the heading that stands above the table, in the text before it.
    """

    table: str
    frame: int
    under: str = ""
    _slots: list[_Slot] = field(default_factory=list)
    _misplaced: bool = False
    _apart: bool = False
    _spanned: bool = False
    _guessed: bool = False
    _width: float = 0
    _last: SourceRow | None = None

    def add(self, row: SourceRow) -> None:
        """Add the labels of one row."""
        if row.frame != self.frame:
            self.frame = 0
        self._width = max(self._width, row.width)
        self._open = [slot for slot in self._all(self._slots) if not slot.leaf]
        self._spanned = self._spanned or (
            row.frame > 0 and any(cell.carried or not _is_narrow(cell) for cell in row.cells)
        )
        heading: _Slot | None = None
        blank_from: float | None = None
        for cell in row.cells:
            if cell.carried:
                heading = blank_from = None
            elif not is_blank(cell.text) and not self._is_a_copy(cell, row):
                self._add_cell(cell, in_a_run=row.frame == RUN)
                heading = next((slot for slot in self._all(self._slots) if slot.cell is cell and not slot.leaf), None)
                if heading and blank_from is not None:
                    heading.start = blank_from
                blank_from = None
            elif is_blank(cell.text):
                blank_from = cell.start if blank_from is None else blank_from
                if heading:
                    heading.end = cell.end
        self._last = row

    def begins_again(self, row: SourceRow) -> bool:
        """Return whether the columns are complete and a row has the beginning of them again: printed on the next page."""
        known = labels()
        said = [cell.text for cell in row.cells if not cell.carried and not is_blank(cell.text)]
        if not self.header().ordered:
            return False
        first = {slot.key for slot in self._slots if slot.key and not slot.leaf} if not self._has_banner else set()
        return any(known.banner(text) for text in said) or any(
            label.key in first for text in said for label in known.find(text) if label.table == self.table
        )

    @property
    def _has_banner(self) -> bool:
        return any(not slot.key and not slot.leaf for slot in self._slots)

    def _is_a_copy(self, cell: SourceCell, row: SourceRow) -> bool:
        """Return whether a cell is the one above it, written out again in a row as wide."""
        above = self._last
        if above is None or self.frame <= 0 or (above.frame, above.width) != (row.frame, row.width):
            return False
        return any(
            (one.start, one.end) == (cell.start, cell.end) and letters(one.text) == letters(cell.text)
            for one in above.cells
        )

    def _add_cell(self, cell: SourceCell, *, in_a_run: bool) -> None:
        known = labels()
        if known.banner(cell.text):
            self._apart = self._apart or any(not slot.key and not slot.leaf for slot in self._slots)
            self._slots.append(_Slot("", cell, leaf=False))
            self._open += [self._slots[-1]] if in_a_run else []
            return
        if known.skips(cell.text):
            return
        found = [one for one in known.find(cell.text) if one.table == self.table and one.axis == "column"]
        self._guessed = self._guessed or bool(found and not known.is_exact(cell.text))
        found = found or [*known.column_by_beginning(self.table, cell.text)]
        if found:
            self._place(cell, found, in_a_run=in_a_run)
        elif (
            (self._slots or cell.start > 0)
            and not in_a_run
            and not (self._continues(cell.text) or any(label.table == self.table for label in known.find(cell.text)))
        ):
            self._slots.append(_Slot("", cell, leaf=True))

    def _place(self, cell: SourceCell, found: Sequence[Label], *, in_a_run: bool) -> None:
        """Put a label under the first heading that lacks it, from the one filled last onwards, or at the top.

        A heading stands in a row above its columns, unless all are run together.
        """
        by_key = {label.key: label for label in found}
        for number, slot in enumerate(self._open):
            below = [key for key in by_key if _parent(key) == slot.key and key not in slot.keys]
            if below and self._fits(slot, cell):
                slot.parts.append(_Slot(below[0], cell, by_key[below[0]].leaf))
                if in_a_run and not slot.parts[-1].leaf:
                    self._open.append(slot.parts[-1])
                del self._open[:number]
                return
        top = [key for key in by_key if _parent(key) == self.under and not self._has(key)]
        alone = [*by_key] if len(by_key) == 1 and not self._has(next(iter(by_key))) else []
        self._apart = self._apart or not top
        if chosen := top or alone:
            slot = _Slot(chosen[0], cell, by_key[chosen[0]].leaf)
            self._slots.append(slot)
            if in_a_run and not slot.leaf:
                self._open.append(slot)
        else:
            self._misplaced = True

    def _fits(self, slot: _Slot, cell: SourceCell) -> bool:
        return self.frame <= 0 or (slot.cell.start < cell.end and cell.start < slot.cell.end) or _is_narrow(slot.cell)

    def _continues(self, text: str) -> bool:
        """Return whether a text is the end of a label whose beginning stands above it."""
        said = letters(text)
        return any(
            wording.endswith(said) and len(wording) > len(said)
            for wording, found in labels().short.items()
            if any(label.table == self.table and label.axis == "column" for label in found)
        )

    def _all(self, slots: Sequence[_Slot]) -> list[_Slot]:
        return [one for slot in slots for one in (slot, *self._all(slot.parts))]

    def _has(self, key: str) -> bool:
        return any(slot.key == key for slot in self._all(self._slots))

    @property
    def found(self) -> bool:
        """Whether a column of the table was found."""
        return any(slot.key for slot in self._all(self._slots))

    def header(self) -> PrintedHeader:
        """Return the columns that were found."""
        ends = [slot for slot in self._all(self._slots) if slot.leaf]
        columns = tuple(HeaderColumn(slot.key, slot.cell.text, slot.cell.start, slot.cell.end) for slot in ends)
        across = tuple(sorted(columns, key=lambda column: column.start))
        if self.frame > 0 and _are_apart(across) and self._is_official(across):
            columns = across
        keys = [column.key for column in columns if column.key]
        by_place = sorted((column for column in columns if column.key), key=lambda column: column.start)
        complete = (
            not self._misplaced and len(set(keys)) == len(keys) and self._complete(keys) and not self._lacks_columns()
        )
        official = self._is_official(columns)
        below = self._below_headings()
        ordered = complete and (official or (self.table == _WITH_OTHER_COLUMNS and not self._apart))
        placed = (
            complete
            and self.frame > 0
            and _are_apart(by_place)
            and below
            and (self._spanned or official or not self._apart)
        )
        return PrintedHeader(
            self.table,
            columns,
            self.frame,
            self._width,
            ordered,
            placed,
            permuted=complete and not (ordered or self._apart),
            crossed=self.frame > 0 and not below and (self._spanned or self._lacks_headings()),
            guessed=self._guessed,
            official=self._is_official(by_place),
        )

    def _below_headings(self) -> bool:
        """Return whether every heading reaches from the first of its columns to the last, and over no other column.

        Empty cells beside it may belong to it.
        """
        if self.frame <= 0:
            return False
        slots = self._all(self._slots)
        leaves = [slot for slot in slots if slot.leaf]
        if self._lacks_headings():
            return False
        for heading in (slot for slot in slots if not slot.leaf and slot.key):
            own = [slot for slot in self._all(heading.parts) if slot.leaf]
            if not own:
                return False
            start, end = min(slot.cell.start for slot in own), max(slot.cell.end for slot in own)
            cell = heading.cell
            if not (
                heading.start - _SHIFT < start < cell.start + _SHIFT and cell.end - _SHIFT < end < heading.end + _SHIFT
            ):
                return False
            if any(cell.start < one.cell.end and one.cell.start < cell.end and one not in own for one in leaves):
                return False
        return True

    def _lacks_columns(self) -> bool:
        """Return whether a heading stands there without any column."""
        headings = [slot for slot in self._all(self._slots) if slot.key and not slot.leaf]
        return any(not any(slot.leaf for slot in self._all(heading.parts)) for heading in headings)

    def _lacks_headings(self) -> bool:
        """Return whether a column stands there without the heading that it has on the form."""
        return any(_parent(slot.key) not in ("", self.under) for slot in self._slots)

    def _is_official(self, columns: Sequence[HeaderColumn]) -> bool:
        keys = [column.key for column in columns if column.key]
        return any(keys == [*order] for order in self._orders())

    def _complete(self, keys: Sequence[str]) -> bool:
        """Return whether these are all columns of a form, or all below the heading above the table."""
        return any({*keys} == {*order} for order in self._orders())

    def _orders(self) -> list[tuple[str, ...]]:
        """Return the columns, in order, of every block of the table in every format."""
        return [order for table, order in column_orders(self.under) if table == self.table]


def _are_apart(columns: Sequence[HeaderColumn]) -> bool:
    return all(one.end <= other.start for one, other in pairwise(columns))


_WITH_OTHER_COLUMNS = "disclosures"
"""The table in which columns of a block are named once: what stands between them is a column of its own."""


@lru_cache
def column_orders(under: str = "") -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return every table of every format with its columns, in order, or those of a block or below a heading."""
    return tuple(
        (form.key, order)
        for format_ in labels().formats
        for form in format_.forms
        for order in _column_sets(form, under)
    )


def _column_sets(form: Form, under: str) -> list[tuple[str, ...]]:
    if len(form.blocks) > 1:
        return [column_order(replace(form, blocks=(block,))) for block in form.blocks]
    whole = column_order(form, under)
    groups = {key.rpartition(".")[0] for key in whole} - {""}
    return (
        [whole] if under or form.blocks[0].rows[0].label else [whole, *(column_order(form, group) for group in groups)]
    )


@dataclass(eq=False)
class _Slot:
    key: str
    cell: SourceCell
    leaf: bool
    parts: list[_Slot] = field(default_factory=list)
    start: float = 0
    end: float = 0

    def __post_init__(self) -> None:
        self.start, self.end = self.cell.start, self.cell.end

    @property
    def keys(self) -> set[str]:
        return {part.key for part in self.parts}


_SHIFT = 0.6
"""The most by which a heading may begin or end elsewhere than its columns: less than a column, and than a cell's border."""


def _is_narrow(cell: SourceCell) -> bool:
    """Return whether a cell covers one column, although it may be drawn over several: its span may be lost."""
    return cell.end - cell.start == 1


def _parent(key: str) -> str:
    return key.rpartition(".")[0]
