"""The tables of a report in the rows and paragraphs of a file: every figure by the labels beside and above it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..forms.model import Cell, Form, ReportFormat
from .assign import Assigned, assign
from .blocks import Block, SourceCell, SourceRow, SourceText
from .header import HeaderBuilder, PrintedHeader
from .labels import Label, labels, letters
from .published import TABLES, PrintedCell
from .running_text import row_in_line
from .values import is_blank, may_be_value


@dataclass(frozen=True)
class Taken:
    """What was read of one cell: the table, the keys of the row and the column, and the value.

    printed_row is the label of a row that no form has, with the band above it.
    """

    table: str
    row: str
    column: str
    assigned: Assigned
    printed_row: tuple[str, ...] = ()


@dataclass
class Recogniser:
    """Reads rows in order; what it knows is what stands above them.

    padded names the tables with rows that have more cells than values; after reading, longer does.
    loose has the rows of values whose label was not known, with the table in which they stand.
    """

    format: ReportFormat
    wraps: bool = False
    padded: frozenset[str] = frozenset()
    taken: list[Taken] = field(default_factory=list)
    loose: list[tuple[str, SourceRow]] = field(default_factory=list)
    misprints: dict[str, str] = field(default_factory=dict)
    longer: set[str] = field(default_factory=set)
    _header: PrintedHeader | None = None
    _builder: HeaderBuilder | None = None
    _band: str = ""
    _under: str = ""
    _table: str = ""
    _rows: set[str] = field(default_factory=set)

    def read(self, blocks: Iterable[Block], doubtful: Mapping[int, str] | None = None) -> None:
        """Read rows and paragraphs; doubtful has why the row of a number is not read although it fits."""
        for number, block in enumerate(blocks):
            if isinstance(block, SourceText):
                if not self._text(block.text) and self.wraps:
                    self._line(block)
            else:
                self._row(block, (doubtful or {}).get(number, ""))

    # --- what stands between rows ---

    def _text(self, text: str) -> bool:
        """Take a paragraph or a lone cell as a heading. Return whether it is one."""
        known = labels()
        if section := known.section(text):
            self._close()
            self._band = self._under = ""
            self._table = self.format.section(section).form
            return True
        found = known.find(text)
        if band := next((label for label in found if label.band), None):
            self._close()
            self._band = band.key
            return True
        if group := next((label for label in found if label.axis == "column" and not label.leaf), None):
            self._close()
            self._under = group.key
            return True
        return any(not label.leaf for label in found) or bool(known.skips(text))

    def _line(self, text: SourceText) -> None:
        """Take a line below a header as the row that it is: at the end of a page its lower border may not be drawn."""
        row = row_in_line(text) if self._header else None
        if row and self._header and len(row.cells) == len(self._header.columns) + 1:
            self._row(row, "")

    def _close(self) -> None:
        self._header = self._builder = None

    # --- rows ---

    def _row(self, row: SourceRow, doubtful: str) -> None:
        row = _without_copies(row)
        filled = [cell for cell in row.cells if not cell.carried and not is_blank(cell.text)]
        if (
            len(filled) == 1
            and not may_be_value(filled[0].text)
            and not self._names_rows(filled[0].text)
            and self._text(filled[0].text)
        ):
            return
        for part in _parts(row):
            self._part(part, doubtful)

    @staticmethod
    def _names_rows(text: str) -> bool:
        return any(label.axis == "row" and label.leaf for label in labels().find(text))

    def _part(self, row: SourceRow, doubtful: str) -> None:
        place = _leaf_place(row)
        if place is not None and (len(row.cells) > place + 1 or not self._is_header(row)):
            self._data_row(row, place, doubtful)
        elif self._is_header(row):
            self._header_row(row)
        elif filled := [cell for cell in row.cells if not cell.carried and not is_blank(cell.text)]:
            self._other_row(row, filled, doubtful)

    def _is_header(self, row: SourceRow) -> bool:
        filled = [cell.text for cell in row.cells if not cell.carried and not is_blank(cell.text)]
        if any(may_be_value(text) and any(character.isdigit() for character in text) for text in filled):
            return False
        return any(bool(_columns(text) or labels().skips(text)) for text in filled)

    def _header_row(self, row: SourceRow) -> None:
        table = self._table_of(row)
        if self._builder is None or (table and self._builder.table != table):
            self._builder = HeaderBuilder(table, row.frame, self._under if table == _UNDER else "") if table else None
        if self._builder is None:
            return
        for band in (label for cell in row.cells for label in labels().find(cell.text) if label.band):
            self._band = band.key
        self._builder.add(row)
        self._header = self._builder.header() if self._builder.found else None

    def _table_of(self, row: SourceRow) -> str:
        """Return the table whose columns stand in a row most often; where two are alike, the one above or of the section."""
        found = [
            table
            for cell in row.cells
            for table in {*(label.table for label in _columns(cell.text)), labels().skips(cell.text)} - {""}
        ]
        likely = [self._builder.table if self._builder else "", self._table, *(form.key for form in self.format.forms)]
        return max(likely, key=found.count) if found else likely[0]

    def _data_row(self, row: SourceRow, place: int, doubtful: str) -> None:
        self._builder = None
        found = [label for label in labels().find(row.cells[place].text) if label.axis == "row" and label.leaf]
        label = self._preferred(found)
        if self._header is None and _columns(row.cells[place].text):
            return  # as a word by itself, it may name anything
        cells = row.cells[place + 1 :]
        if not cells and label.key not in {key for key, _ in self.format[label.table].cells}:
            return  # in another format a row, in this one the heading of rows
        self._note_wording(row.cells[place].text, label)
        self._take_row(self._header_for(label, row), label, cells, doubtful)

    def _preferred(self, found: Sequence[Label]) -> Label:
        """Return the label that this format has, where several formats have different ones of the same wording."""
        here = [label for label in found if label.key in {row for row, _ in self.format[label.table].cells}]
        return next((label for label in here if label.key not in self._rows), (here or [*found])[0])

    def _header_for(self, label: Label, row: SourceRow) -> PrintedHeader:
        """Return the header above a row, if it has columns of that row; without places if the row is of another frame."""
        header = self._above(row)
        if header is None or header.table != label.table:
            return PrintedHeader(label.table, (), 0, 0, ordered=False, placed=False)
        wanted = {frozenset(_columns_of(label.table, label.key, known)) for known in labels().formats} - {frozenset()}
        keys = frozenset(column.key for column in header.columns if column.key)
        if not any(keys <= columns for columns in wanted):
            return PrintedHeader(label.table, (), 0, 0, ordered=False, placed=False)
        return replace(header, ordered=header.ordered and keys in wanted)

    def _above(self, row: SourceRow) -> PrintedHeader | None:
        """Return the header above a row: without a frame if the row's table neither is the header's nor is as wide."""
        header = self._header
        if header is None:
            return None
        in_frame = row.frame > 0 and row.width == header.width
        padded = header.placed or header.table in self.padded
        return replace(header, frame=header.frame if in_frame else 0, padded=padded)

    def _take_row(self, header: PrintedHeader, label: Label, cells: Sequence[SourceCell], doubtful: str) -> None:
        form = self.format[label.table]
        order = _columns_of(label.table, label.key, self.format)
        if header.ordered and len(cells) > len(header.columns):
            self.longer.add(label.table)
        self._take(label.table, label.key, assign(cells, header, form, order, wraps=self.wraps, doubtful=doubtful))

    def _note_wording(self, printed: str, label: Label) -> None:
        for cell in self.format[label.table].cells:
            if cell[0] == label.key:
                official = self.format[label.table].rows(cell)[-1].label
                if letters(printed) != letters(official):
                    self.misprints["".join(printed.split())] = official
                return

    def _other_row(self, row: SourceRow, filled: Sequence[SourceCell], doubtful: str) -> None:
        header = self._above(row)
        continues = self._builder is not None and not any(may_be_value(cell.text) for cell in filled)
        if continues:
            return
        self._builder = None
        if header is None:
            return
        start = 0 if may_be_value(filled[0].text) else row.cells.index(filled[0]) + 1
        values = row.cells[start:]
        if not any(not is_blank(cell.text) for cell in values) and header.table != _UNDER:
            return
        if not all(may_be_value(cell.text) for cell in values):
            self.loose.append((header.table, row))
        elif header.table == _UNDER:
            form = self.format[_UNDER]
            order = tuple(column.key for column in header.columns)
            self._take(
                _UNDER, form.cells[0][0], assign(values, header, form, order, wraps=self.wraps, doubtful=doubtful)
            )
            self._close()
        elif start and not labels().find(filled[0].text):
            self._extra_row(filled[0], values, header, doubtful)
        else:
            self.loose.append((header.table, row))

    def _extra_row(self, label: SourceCell, values: Sequence[SourceCell], header: PrintedHeader, doubtful: str) -> None:
        """Take a row that no form has, under its printed label."""
        form = self.format[header.table]
        order = tuple(column.key for column in header.columns)
        found = assign(values, header, form, order, wraps=self.wraps, doubtful=doubtful)
        printed = "".join(label.text.split())
        band = (self._band_label(),) if header.table == _BANDED else ()
        self._take(header.table, "", found, (*band, printed))

    def _band_label(self) -> str:
        return next((block.label for block in self.format[_BANDED].blocks if block.key == self._band), self._band)

    def _take(self, table: str, row: str, found: Mapping[str, Assigned], printed_row: tuple[str, ...] = ()) -> None:
        self._rows.add(row)
        self.taken += [Taken(table, row, column, assigned, printed_row) for column, assigned in found.items()]


_UNDER = "reviews"
"""The table without labels of rows."""
_BANDED = "disclosures"
"""The table of several blocks with a label above each."""


def _without_copies(row: SourceRow) -> SourceRow:
    """Return a row in which a label that is written several times, side by side, is one cell: a merged one written out."""
    cells: list[SourceCell] = []
    for cell in row.cells:
        last = cells[-1] if cells else None
        if (
            last
            and row.frame > 0
            and cell.start == last.end
            and _is_label(cell.text)
            and letters(cell.text) == letters(last.text)
        ):
            cells[-1] = replace(last, end=cell.end)
        else:
            cells.append(cell)
    return replace(row, cells=tuple(cells)) if len(cells) < len(row.cells) else row


def _is_label(text: str) -> bool:
    return not is_blank(text) and bool(labels().find(text) or labels().skips(text))


def _columns(text: str) -> list[Label]:
    return [label for label in labels().find(text) if label.axis == "column"]


def _columns_of(table: str, row: str, format_: ReportFormat) -> tuple[str, ...]:
    """Return the columns that a format has in a row; those of the only format that has the row if it lacks it."""
    for known in (format_, *labels().formats):
        if found := tuple(column for key, column in known[table].cells if key == row):
            return found
    return ()


def _leaf_place(row: SourceRow) -> int | None:
    """Return the place of the cell that names the row: the last of the labels in front; None if there is none."""
    place = None
    for number, cell in enumerate(row.cells):
        if is_blank(cell.text):
            continue
        found = labels().find(cell.text)
        rows = [label for label in found if label.axis == "row" and not label.band]
        if not rows:
            if labels().skips(cell.text) and not cell.carried:
                return None
            if any(label.band for label in found) or cell.carried:
                continue
            break
        if any(label.leaf for label in rows) and not cell.carried:
            place = number
    return place


def _parts(row: SourceRow) -> Iterator[SourceRow]:
    """Yield a row, cut where a further row begins in it: at a label after values."""
    start, values = 0, False
    for number, cell in enumerate(row.cells):
        text = cell.text
        if values and not may_be_value(text) and any(label.axis == "row" for label in labels().find(text)):
            yield replace(row, cells=row.cells[start:number])
            start, values = number, False
        values = values or (
            not is_blank(text) and may_be_value(text) and any(character.isdigit() for character in text)
        )
    yield replace(row, cells=row.cells[start:])


# --- the cells of the report ---


def printed_cells(taken: Sequence[Taken], format_: ReportFormat) -> list[tuple[PrintedCell, Assigned]]:
    """Return one cell for everything that was read, in the order of the form, rows that it lacks last.

    Of a cell that was read twice the certain value counts; where two differ, none does.
    """
    merged: dict[tuple[str, str, str, tuple[str, ...]], Assigned] = {}
    for one in _unless_unlabelled_disagree(taken):
        key = (one.table, one.row, one.column, one.printed_row)
        merged[key] = _merged(merged[key], one.assigned) if key in merged else one.assigned
    found = []
    for form in format_.forms:
        place = {cell: number for number, cell in enumerate(form.cells)}
        mine = [(key, assigned) for key, assigned in merged.items() if key[0] == form.key]
        mine.sort(key=lambda item: place.get((item[0][1], item[0][2]), len(place)))
        for (_, row, column, printed_row), assigned in mine:
            found.append((_printed_cell(form, (row, column), printed_row, assigned), assigned))
    return found


def _unless_unlabelled_disagree(taken: Sequence[Taken]) -> Iterator[Taken]:
    """Yield what was read; columns without labels are not read if one row of them disagrees with its sum."""
    broken = {one.table for one in taken if one.assigned.unlabelled and not one.assigned.inferred}
    for one in taken:
        assigned = one.assigned
        if assigned.unlabelled and assigned.inferred and one.table in broken:
            assigned = replace(
                assigned, value=None, inferred=False, why="上面没有列的名称，表里又有与合计不符的行，不知道是哪一列的数"
            )
        yield replace(one, assigned=assigned)


def _merged(one: Assigned, other: Assigned) -> Assigned:
    certain = [assigned for assigned in (one, other) if not assigned.why]
    if len(certain) == 2 and one.value != other.value:
        return replace(
            one, value=None, why=f"两处不同：“{one.printed.strip()}”和“{other.printed.strip()}”（{other.place}）"
        )
    if certain:
        return certain[0]
    return one if one.inferred or not other.inferred else other


def _printed_cell(form: Form, cell: Cell, printed_row: tuple[str, ...], assigned: Assigned) -> PrintedCell:
    rows, columns = _address(form, cell)
    row, column = table_labels(form, printed_row or rows, columns)
    known = cell if not printed_row and cell in form.cells else None
    value = assigned.value
    return PrintedCell(
        TABLES[form.key], row, column, value, assigned.printed.strip(), assigned.place, known, assigned.inferred
    )


def _address(form: Form, cell: Cell) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the labels of a cell, from another format where this form lacks it, else of any cell of its column."""
    forms = (form, *(known[form.key] for known in labels().formats))
    for known in forms:
        if cell in known.cells:
            return known.address(cell)
    rows = next((known.address(one)[0] for known in forms for one in known.cells if one[0] == cell[0]), ())
    columns = next((known.address(one)[1] for known in forms for one in known.cells if one[1] == cell[1]), ())
    return rows, columns


def table_labels(form: Form, rows: tuple[str, ...], columns: tuple[str, ...]) -> tuple[str, str]:
    """Return the labels of a row and a column in the JSON text: without the heading of all rows, columns by leaf.

    The table without labels of rows has the groups of columns in their place.
    """
    if form.key == _UNDER:
        return "/".join(columns[:-1]), columns[-1]
    if form.key != _BANDED and len(rows) > 1:
        rows = rows[1:]
    return "/".join(rows), columns[-1] if columns else ""
