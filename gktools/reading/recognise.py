"""The tables of a report in the rows and paragraphs of a file: every figure by the labels beside and above it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..forms.model import ReportFormat
from .assign import Assigned, as_found, assign, less_certain
from .blocks import RUN, Block, SourceCell, SourceRow, SourceText
from .header import HeaderBuilder, PrintedHeader
from .labels import Label, labels, letters, without_ordinal
from .merging import BANDED, UNLABELLED, Taken
from .running_text import row_in_line
from .values import is_blank, may_be_value


@dataclass(frozen=True)
class _Unlabelled:
    """A row of the table without labels of rows: what stands before its values, and they."""

    label: str
    values: tuple[SourceCell, ...]
    header: PrintedHeader
    doubtful: str


@dataclass
class Recogniser:
    """Reads rows in order; what it knows is what stands above them.

    padded names the tables with rows that have more cells than values; after reading, longer does. year is the report's.
    has_lines: rows may stand in the text as lines.
    loose has the rows of values whose label was not known, with the table in which they stand.
    """

    format: ReportFormat
    has_lines: bool = False
    padded: frozenset[str] = frozenset()
    year: int | None = None
    taken: list[Taken] = field(default_factory=list)
    loose: list[tuple[str, SourceRow]] = field(default_factory=list)
    misprints: dict[str, str] = field(default_factory=dict)
    longer: set[str] = field(default_factory=set)
    _header: PrintedHeader | None = None
    _builder: HeaderBuilder | None = None
    _band: str = ""
    _under: str = ""
    _table: str = ""
    _parent: str = ""
    _other: bool | None = None
    _unlabelled: list[_Unlabelled] = field(default_factory=list)
    _upright: tuple[SourceCell, ...] = ()
    _cut_off: tuple[SourceCell, ...] = ()
    _blank: tuple[PrintedHeader, Label, str] | None = None
    _rows_read: set[str] = field(default_factory=set)
    _pieces: dict[str, tuple[int, bool | None, set[object]]] = field(default_factory=dict)

    def read(self, blocks: Iterable[Block], doubtful: Mapping[int, str] | None = None) -> None:
        """Read rows and paragraphs; doubtful has why the row of a number is not read although it fits."""
        for number, block in enumerate(blocks):
            if isinstance(block, SourceText):
                if not self._text(block.text) and self.has_lines:
                    self._line(block)
            else:
                self._row(block, block.doubtful or (doubtful or {}).get(number, ""))
        self._close()

    # --- what stands between rows ---

    def _text(self, text: str) -> bool:
        """Take a paragraph or a lone cell as a heading. Return whether it is one."""
        known = labels()
        if section := known.section(text):
            self._close()
            self._upright = ()
            self._band = self._under = ""
            self._other = None
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
        if found:
            self._parent = next((label.key for label in found if label.axis == "row" and not label.leaf), self._parent)
        elif (other := _of_another(text, self.year)) is not None:
            self._close()
            self._other = other
        return any(not label.leaf for label in found) or bool(known.skips(text))

    def _line(self, text: SourceText) -> None:
        """Take a line below a header as the row that it is: at the end of a page its lower border may not be drawn."""
        values = text.text.split()
        if len(values) >= _FEWEST_FIGURES and all(may_be_value(value) for value in values):
            self._cut_off = tuple(SourceCell(value, 0, 0, text.place) for value in values)
            if self._blank and self._is_on_another_page(self._blank[2]):
                self._take_row_over_pages(*self._blank[:2])
            return
        if self._cut_off and self._header and self._names_rows(text.text) and self._is_on_another_page(text.place):
            self._row(SourceRow((SourceCell(text.text, 0, 0, text.place), *self._cut_off), RUN), _OVER_PAGES)
            self._cut_off = ()
            return
        row = row_in_line(text) if self._header else None
        if row and self._header and len(row.cells) == len(self._header.columns) + 1:
            self._row(row, "")

    def _close(self) -> None:
        rows = [row for row in self._unlabelled if not _are_numbers_of_columns(row.values)]
        rows = [row for row in rows if not all(is_blank(cell.text) for cell in row.values)] or rows[:1]
        if rows:
            self._take_unlabelled(rows)
        self._unlabelled = []
        self._header = self._builder = None

    def _take_unlabelled(self, rows: Sequence[_Unlabelled]) -> None:
        """Take the row of figures of the table without labels of rows; where several stand there, the one of this year."""
        form = self.format[UNLABELLED]
        mine = [row for row in rows if _is_of_this_year(row.label, self.year)]
        chosen = rows[0] if len(rows) == 1 else mine[0] if len(mine) == 1 and mine[0].label else None
        row = chosen or rows[0]
        known = row.header.ordered or row.header.placed
        order = [column.key for column in row.header.columns] if known else [column for _, column in form.cells]
        found = assign(row.values, row.header, form, order, doubtful=row.doubtful)
        if chosen is None or not _is_of_this_year(chosen.label, self.year):
            why = _SEVERAL_ROWS if chosen is None else f"这一行前面写的是“{chosen.label}”，不知道是不是本年的数"
            found = {key: replace(one, value=None, why=why, inferred=False) for key, one in found.items()}
        self._take(UNLABELLED, form.cells[0][0], found)

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
        self._upright = _columns_of_a_group(row) or self._upright
        if self._upright and self._take_upright(row):
            return
        place = _leaf_place(row)
        place = _place_above(row) if place is None else place
        if self._builder and _is_of_columns(row, self._builder.table):
            place = None
        if place is not None and (len(row.cells) > place + 1 or not self._is_header(row)):
            self._data_row(row, place, doubtful)
        elif self._is_header(row):
            self._header_row(row)
        elif filled := [cell for cell in row.cells if not cell.carried and not is_blank(cell.text)]:
            self._other_row(row, filled, doubtful)
        elif (header := self._above(row)) and header.table == UNLABELLED and header.placed and header.frame:
            self._builder = None
            self._unlabelled.append(_Unlabelled("", row.cells, header, doubtful))

    def _take_upright(self, row: SourceRow) -> bool:
        """Take the row of one group of columns, of a table that has the groups as rows. Return whether it is one."""
        groups = [
            (number, label.key)
            for number, cell in enumerate(row.cells)
            for label in labels().find(cell.text)
            if label.table == UNLABELLED and label.axis == "column" and not label.leaf
        ]
        if not groups or row.frame <= 0:
            return False
        values = row.cells[groups[-1][0] + 1 :]
        below = [(one.start, one.end) for one in self._upright] == [(one.start, one.end) for one in values]
        keys = [key for _, key in self.format[UNLABELLED].cells if key.rpartition(".")[0] == groups[-1][1]]
        if not below or len(keys) != len(values) or any(cell.carried for cell in values):
            return False
        found = dict(zip(keys, map(as_found, values), strict=True))
        self._take(UNLABELLED, self.format[UNLABELLED].cells[0][0], found)
        return True

    def _is_header(self, row: SourceRow) -> bool:
        filled = [cell.text for cell in row.cells if not cell.carried and not is_blank(cell.text)]
        if any(may_be_value(text) and any(character.isdigit() for character in text) for text in filled):
            return False
        return any(bool(_columns(text) or labels().skips(text)) for text in filled)

    def _header_row(self, row: SourceRow) -> None:
        table = self._table_of(row)
        if self._builder and self._builder.begins_again(row):
            self._builder = None
        if self._builder is None or (table and self._builder.table != table):
            self._builder = (
                HeaderBuilder(table, row.frame, self._under if table == UNLABELLED else "") if table else None
            )
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
        printed = row.cells[place].text
        if self._header is None and _columns(printed):
            return  # as a word by itself, it may name anything
        if (
            self._header
            and self._header.table == UNLABELLED
            and len(letters(without_ordinal(printed))) <= _LONGEST_WEAK
        ):
            self._other_row(row, [cell for cell in row.cells if not cell.carried and not is_blank(cell.text)], doubtful)
            return
        label = self._official(row, place)
        values = row.cells[place + 1 :]
        if label is None:
            if (header := self._above(row)) and any(not is_blank(cell.text) for cell in values):
                self._extra_row(row.cells[place], values, header, doubtful)
                self._take_again(header, printed, values)
            return
        self._parent = label.key.rpartition(".")[0]
        self._note_wording(printed, label)
        self._take_row(self._header_for(label, row), label, values, doubtful, near=not labels().is_sure(printed, label))

    def _take_again(self, header: PrintedHeader, printed: str, values: Sequence[SourceCell]) -> None:
        """Take a row under a heading that is not its own also as the row of that label, if that was read: which one counts is not known."""
        found = [
            label for label in labels().find(printed) if label.key in self._rows_read and label.table == header.table
        ]
        if len(found) == 1 and len(letters(without_ordinal(printed))) > _LONGEST_WEAK:
            self._take_row(header, found[0], values, _TWICE, near=False)

    def _official(self, row: SourceRow, place: int) -> Label | None:
        """Return the row of the form that a row's labels name; None if none of this format has them.

        The heading in front of a label must be its own; a word that names several rows must follow one of its own heading.
        """
        printed = row.cells[place].text
        found = [label for label in labels().find(printed) if label.axis == "row" and label.leaf]
        here = [label for label in found if label.key in {key for key, _ in self.format[label.table].cells}]
        above = [
            label.key
            for cell in row.cells[:place]
            for label in labels().find(cell.text)
            if label.axis == "row" and not label.leaf and not label.band and here and label.table == here[0].table
        ]
        if above and any("." in label.key for label in here):
            here = (
                [label for label in here if label.key.rpartition(".")[0] in above]
                or [label for label in here if label.key in above]
                or [label for label in here if _has_blank_heading(row, place) and label.key.startswith(f"{above[-1]}.")]
            )
        elif found[0].table != BANDED and len(letters(without_ordinal(printed))) <= _LONGEST_WEAK:
            here = [label for label in here if label.key.rpartition(".")[0] in (self._parent, "")] or [
                label
                for label in here
                if self._parent and label.key.rpartition(".")[0] == self._parent.rpartition(".")[0]
                if label.key.count(".") < _DEEP
            ]
        return next((label for label in here if label.key not in self._rows_read), here[0] if here else None)

    def _header_for(self, label: Label, row: SourceRow) -> PrintedHeader:
        """Return the header above a row, if it has columns of that row; without places if the row is of another frame."""
        header = self._above(row)
        if header is None or header.table != label.table:
            return PrintedHeader(label.table, (), 0, 0, ordered=False, placed=False)
        wanted = {frozenset(_columns_of(label.table, label.key, known)) for known in labels().formats} - {frozenset()}
        keys = frozenset(column.key for column in header.columns if column.key)
        if not any(keys <= columns for columns in wanted):
            return PrintedHeader(label.table, (), 0, 0, ordered=False, placed=False)
        whole = keys in wanted
        return replace(header, ordered=header.ordered and whole, placed=header.placed and whole)

    def _above(self, row: SourceRow) -> PrintedHeader | None:
        """Return the header above a row: without a frame if the row's table neither is the header's nor is as wide."""
        header = self._header
        if header is None:
            return None
        in_frame = row.frame > 0 and row.width == header.width
        padded = header.placed or header.table in self.padded
        return replace(header, frame=header.frame if in_frame else 0, padded=padded)

    def _take_row(
        self, header: PrintedHeader, label: Label, cells: Sequence[SourceCell], doubtful: str, *, near: bool
    ) -> None:
        form = self.format[label.table]
        order = _columns_of(label.table, label.key, self.format)
        if header.ordered and len(cells) > len(header.columns):
            self.longer.add(label.table)
        found = assign(cells, header, form, order, doubtful=doubtful)
        blank = self.has_lines and all(is_blank(cell.text) for cell in cells)
        self._blank = (header, label, cells[0].place if cells else "") if blank else None
        if self._blank and self._cut_off and self._is_on_another_page(self._blank[2]):
            self._take_row_over_pages(header, label)
            return
        self._cut_off = ()
        if near and all(is_blank(cell.text) for cell in cells):
            found = {key: replace(one, value=None, why=_CUT_LABEL, inferred=False) for key, one in found.items()}
        self._take(label.table, label.key, less_certain(found, _LIKE_A_ROW) if near else found)

    def _is_on_another_page(self, place: str) -> bool:
        """Return whether a label stands on another page than the values that were cut off."""
        return place.split()[:2] != self._cut_off[0].place.split()[:2]

    def _take_row_over_pages(self, header: PrintedHeader, label: Label) -> None:
        """Take a row whose label stands on one page and whose values stand on the other, below or above the table there."""
        order = _columns_of(label.table, label.key, self.format)
        found = assign(self._cut_off, header, self.format[label.table], order)
        self.taken = [one for one in self.taken if (one.table, one.row) != (label.table, label.key)]
        if label.table in self._pieces:
            self._pieces[label.table][2].discard(label.key)
        self._take(label.table, label.key, less_certain(found, _OVER_PAGES))
        self._blank, self._cut_off = None, ()

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
        before = header.placed and header.frame > 0 and filled[0].end <= header.columns[0].start
        labelled = before or (not may_be_value(filled[0].text) and not _stands_below(filled[0], header))
        start = row.cells.index(filled[0]) + 1 if labelled else 0
        values = row.cells[start:]
        if not any(not is_blank(cell.text) for cell in values) and header.table != UNLABELLED:
            return
        if self.has_lines and not start and all(may_be_value(cell.text) for cell in filled):
            self._cut_off = tuple(filled)
        figures = [cell for cell in values if not is_blank(cell.text) and may_be_value(cell.text)]
        all_figures = bool(figures) and all(may_be_value(cell.text) for cell in values)
        if header.table == UNLABELLED and (all_figures or len(figures) >= _FEWEST_FIGURES):
            label = "".join(filled[0].text.split()) if start else ""
            self._unlabelled.append(_Unlabelled(label, tuple(values), header, doubtful))
        elif header.table == UNLABELLED and self._unlabelled:
            return  # the row of figures was there: what follows is no part of the table
        elif not all(may_be_value(cell.text) for cell in values):
            self.loose.append((header.table, row))
        elif start and header.table != UNLABELLED and not labels().find(filled[0].text):
            self._extra_row(filled[0], values, header, doubtful)
        else:
            self.loose.append((header.table, row))

    def _extra_row(self, label: SourceCell, values: Sequence[SourceCell], header: PrintedHeader, doubtful: str) -> None:
        """Take a row that no form has, under its printed label."""
        form = self.format[header.table]
        order = tuple(column.key for column in header.columns)
        found = assign(values, header, form, order, doubtful=doubtful)
        printed = "".join(label.text.split())
        band = (self._band_label(),) if header.table == BANDED else ()
        self._take(header.table, "", found, (*band, printed))

    def _band_label(self) -> str:
        return next((block.label for block in self.format[BANDED].blocks if block.key == self._band), self._band)

    def _take(self, table: str, row: str, found: Mapping[str, Assigned], printed_row: tuple[str, ...] = ()) -> None:
        number, other, rows = self._pieces.get(table, (0, None, set()))
        if (row or printed_row) in rows or other != self._other:
            number, rows = number + 1, set()
        rows.add(row or printed_row)
        self._rows_read.add(row)
        self._pieces[table] = (number, self._other, rows)
        self.taken += [
            Taken(table, row, column, assigned, printed_row, number, self._other) for column, assigned in found.items()
        ]


_LONGEST_WEAK = 3
_DEEP = 2
_FEWEST_FIGURES = 3
_OVER_PAGES = "这一行分在两页上，名称在一页，数在另一页"
_TWICE = "这一行印了两次，这一次前面的标题不是它的"
_CUT_LABEL = "行的名称不全，格又都空着，像是一行分在了两页上"
_LIKE_A_ROW = "行的名称与表样差几个字，按最像的一行读"
_SEVERAL_ROWS = "表里有几行数，不知道哪一行是本年的"


def _stands_below(cell: SourceCell, header: PrintedHeader) -> bool:
    """Return whether a cell stands below the first column or a later one."""
    return header.placed and header.frame > 0 and cell.end > header.columns[0].start


def _are_numbers_of_columns(cells: Sequence[SourceCell]) -> bool:
    """Return whether a row has the numbers of its columns: 1, 2, 3."""
    said = [cell.text.strip() for cell in cells if not cell.carried]
    return len(said) >= _FEWEST_NUMBERS and said == [str(number) for number in range(1, len(said) + 1)]


_FEWEST_NUMBERS = 4
_YEAR = re.compile(r"(20\d\d)\s*年?")
_THIS = re.compile("本年|本期|今年|当年")
_LAST = re.compile("上年|去年|上一年|前一年|上期|往年|同期|同比|增减|增长|比例")
_NUMBER = re.compile(r"(?:件数|数量|数据|数值|办理|结果|本表)?(?:[（(]?(?:件|宗|单位[:：]件)[）)]?)?")


def _is_of_this_year(label: str, year: int | None) -> bool:
    """Return whether what stands before a row of figures says no other year and no office."""
    if years := _YEAR.findall(label):
        return year is not None and {*map(int, years)} == {year}
    return bool(_NUMBER.fullmatch(label) or (_THIS.search(label) and not _LAST.search(label)))


def _of_another(text: str, year: int | None) -> bool | None:
    """Return whether a line between tables says that what follows is of another year or office; None if it says neither."""
    said = "".join(text.split())
    if not said or len(said) > _LONGEST_REMARK or _SENTENCE.search(said) or _DATE.search(said) or "报告" in said:
        return None
    if years := {int(one) for one in _YEAR_OF_TABLE.findall(unicodedata.normalize("NFKC", said))}:
        return years != {year}
    if _LAST.search(said) or _OF_AN_OFFICE.search(said):
        return True
    return False if _THIS.search(said) else None


_LONGEST_REMARK = 40
_SENTENCE = re.compile("[。；！？]")
_DATE = re.compile(r"\d\s*月|20\d\d[-/.]\d|[/:]{2}")
_YEAR_OF_TABLE = re.compile(r"(20\d\d)年")
_OF_AN_OFFICE = re.compile("^(?:其中|附)[:：]?.{2,20}$|^.{0,12}(?:局|委员会|办公室|中心|街道|镇|乡|厅)[:：]?$")


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


def _columns_of_a_group(row: SourceRow) -> tuple[SourceCell, ...]:
    """Return the cells of a row that name the columns of one group, all of them in order and no other group's; else none."""
    cells = [
        cell for cell in row.cells if not cell.carried and any(one.table == UNLABELLED for one in _columns(cell.text))
    ]
    said = [{one.key.rpartition(".")[2] for one in _columns(cell.text) if one.leaf} for cell in cells]
    form = labels().formats[-1][UNLABELLED]
    group = form.cells[0][1].rpartition(".")[0]
    names = [key.rpartition(".")[2] for _, key in form.cells if key.rpartition(".")[0] == group]
    return tuple(cells) if said == [{name} for name in names] else ()


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
            if any(label.band for label in found) or cell.carried or labels().is_part_of_heading(cell.text):
                continue
            break
        if any(label.leaf for label in rows) and not cell.carried:
            place = number
    return place


def _has_blank_heading(row: SourceRow, place: int) -> bool:
    """Return whether the heading of a label is on another page, or its other part is, and the label long enough."""
    before = row.cells[place - 1]
    said = letters(without_ordinal(row.cells[place].text))
    elsewhere = is_blank(before.text) or labels().is_part_of_heading(before.text)
    return place > 0 and not before.carried and elsewhere and len(said) > _LONGEST_WEAK


def _is_of_columns(row: SourceRow, table: str) -> bool:
    """Return whether every word of a row names a column of a table, several of them: one of them may name a row too."""
    filled = [cell.text for cell in row.cells if not cell.carried and not is_blank(cell.text)]
    return len(filled) >= _FEWEST_FIGURES and all(
        any(label.table == table for label in _columns(text)) for text in filled
    )


def _place_above(row: SourceRow) -> int | None:
    """Return the place of the label that reaches down from the row above to further values: they are of the same row."""
    fresh = [
        number
        for number, cell in enumerate(row.cells)
        if not cell.carried and not is_blank(cell.text) and may_be_value(cell.text)
    ]
    names = [
        number
        for number, cell in enumerate(row.cells[: fresh[0]] if fresh else ())
        if cell.carried and any(label.axis == "row" and label.leaf for label in labels().find(cell.text))
    ]
    return names[-1] if names else None


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
