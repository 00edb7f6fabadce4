"""Struck-out and hidden cells of a sheet: asked about if they contain data of a register, and left out as answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..questions import Inquiry, Question, QuestionPlace
from ..schema import Field, Register, fold
from .cover import is_cover
from .files import FileSheet, plain_name
from .headings import Header
from .looks import Part
from .personal import is_personal_number
from .places import Row, Where, printable
from .values import Broken, text_of
from .xlsx_guard import letters_of

ONE_BY_ONE = 20
"""Up to this number of cells of a column, or hidden blocks of rows, each has a question; more share one."""
_REFUSED = Broken("（有一部分划掉了）", "这一格有一部分划了删除线；请删去不要的字，去掉要留的字的删除线，再导入")
_LONGEST = 40


@dataclass(frozen=True)
class _Cell:
    """A struck-out cell: its place, its field and register if any, and its text."""

    index: int
    column: int
    heading: str
    field: Field | None
    register: Register
    said: str | Part

    @property
    def code(self) -> str:
        """The code of the question about it."""
        return "struck.part" if isinstance(self.said, Part) else "struck.cell"


class Shown:
    """The rows of a sheet as they are to be read: first before its heading is known, then after.

    While a question is open, a partly struck-out cell is read without the struck-out part, and rows in question below
    the heading are not read, so that no message depends on them.
    """

    def __init__(self, where: Where, page: FileSheet, inquiry: Inquiry) -> None:
        self._where, self._merged, self._inquiry = where, page.merged, inquiry
        self._looks = page.looks
        self._special = page.looks.rows | page.looks.struck.keys() | page.looks.parts.keys()
        self._blocks = _blocks(page.looks.rows)
        self._header: Header | None = None
        self._fields: Mapping[int, Field] = {}
        self._left: frozenset[int] = frozenset()
        self._unseen: set[int] = set()
        self._hidden: dict[str, list[int]] = {}
        self._struck: list[int] = []
        self._cells: list[_Cell] = []
        self._columns: list[int] = []

    def top(self, rows: Sequence[Row]) -> list[Row]:
        """Return the first rows of the sheet as they are to be read."""
        return [self._read(i, row) for i, row in enumerate(rows)]

    def know(self, header: Header, rows: Sequence[Row]) -> None:
        """Store the heading, and what is struck out or hidden in these first rows down to it."""
        if not self._looks:
            return
        self._header = header
        self._fields = {i: meant.field for i, meant in header.columns(self._where, (), ()).fields.items()}
        width = len(header.words)
        self._unseen = {i for i in self._looks.columns if i < width} - header.passed_over
        left = {i for i in self._unseen if self._key("hidden.column", self._column_subject(i)) == "leave"}
        for index in range(header.first, header.last + 1):
            for column in self._looks.struck.get(index, ()):
                if self._key("struck.column", self._cell_subject(index, column)) == "leave":
                    left |= self._over(index, column)
        self._left = frozenset(left)
        for index, row in enumerate(rows[: header.last + 1]):
            if index in self._special and (index >= header.first or is_cover(row)):
                self._look(index, row)

    def rows(self, start: int, rows: Iterable[Row], is_record: Callable[[Row], bool]) -> Iterator[Row]:
        """Yield the rows from an index below the heading as they are to be read; store what is in question."""
        if not self._looks:
            yield from rows
            return
        for index, row in enumerate(rows, start):
            read = self._read(index, row)
            if index in self._special and (is_record(row) or is_record(read)):
                self._look(index, row)
            if self._unseen and read and is_record(row):
                self._columns += sorted(i for i in self._unseen if _says(row, i))
                self._unseen.difference_update(self._columns)
            yield read

    def _read(self, index: int, row: Row) -> Row:
        if index in self._special:
            row = self._of_special(index, list(row))
        if self._left and self._header and index >= self._header.first:
            row = ["" if i in self._left else cell for i, cell in enumerate(row)]
        return row

    def _of_special(self, index: int, row: list[Any]) -> Row:
        below = self._header is not None and index > self._header.last
        kept = ("take",) if below else ("take", None)
        if index in self._looks.rows and self._key("hidden.rows", self._rows_subject(index)) not in kept:
            return []
        if self._is_struck(index, row):
            return row if self._key("struck.rows", self._subject(_STRUCK_ROWS)) in kept else []
        for column in self._looks.struck.get(index, ()):
            if column < len(row) and self._cell_key("struck.cell", index, column) == "leave":
                row[column] = ""
        for column, part in self._looks.parts.get(index, {}).items():
            if column < len(row):
                refused = self._cell_key("struck.part", index, column) == "refuse"
                row[column] = _REFUSED if refused else part.kept
        return row

    def _is_struck(self, index: int, row: Row) -> bool:
        """Return whether all content of a record in a row is struck out."""
        struck = self._looks.struck.get(index)
        if not struck:
            return False
        below = self._header is not None and index > self._header.last
        said = {i for i in (self._fields if below else range(len(row))) if _says(row, i)}
        return bool(said) and said <= struck

    # --- what is in question ----------

    def _look(self, index: int, row: Row) -> None:
        """Store what is struck out or hidden in a row with data of a register."""
        if index in self._looks.rows:
            subject = self._rows_subject(index)
            self._hidden.setdefault(subject, []).append(index + 1)
            if self._key("hidden.rows", subject) != "take":
                return
        if self._is_struck(index, row):
            self._struck.append(index + 1)
            return
        said: dict[int, str | Part] = {
            i: text_of(row[i]).strip() for i in self._looks.struck.get(index, ()) if _says(row, i)
        }
        said.update(self._looks.parts.get(index, {}))
        self._cells += [self._cell(index, i, said[i]) for i in sorted(said) if self._counts(index, i)]

    def _counts(self, index: int, column: int) -> bool:
        """Return whether a cell affects the result."""
        header = self._known()
        if index > header.last:
            return column in self._fields and column not in self._left
        return index < header.first or column not in header.passed_over

    def _cell(self, index: int, column: int, said: str | Part) -> _Cell:
        header = self._known()
        words = header.words[column] if index >= header.first and column < len(header.words) else ()
        field = self._fields.get(column) if index > header.last else None
        return _Cell(index, column, words[0] if words else letters_of(column), field, header.register, said)

    def ask(self) -> None:
        """Ask about everything stored."""
        for subject, lines in self._hidden.items():
            values = {"how": self._how(lines[0] - 1), "count": len(lines)}
            self._ask("hidden.rows", subject, lines, values)
        if self._struck:
            self._ask("struck.rows", self._subject(_STRUCK_ROWS), self._struck, {"count": len(self._struck)})
        for column in self._columns:
            self._ask_column("hidden.column", self._column_subject(column), self._known().last, column)
        for cells in self._in_groups():
            self._ask_cells(cells)

    def is_open(self, column: int | None) -> bool:
        """Return whether the question about a hidden column is open."""
        return column in self._columns and self._key("hidden.column", self._column_subject(column)) is None

    def _ask_column(self, code: str, subject: str, index: int, column: int) -> None:
        words = self._known().words[column] if column < len(self._known().words) else ()
        field = self._fields.get(column)
        values = {
            "name": f"“{words[0]}”" if words else "没有表头的",
            "letters": letters_of(column),
            "then": "；这一栏必填，不要它就导不进去" if field and field.required else "",
        }
        self._ask(code, subject, [index + 1], values, words[0] if words else letters_of(column), column)

    def _ask_cells(self, cells: Sequence[_Cell]) -> None:
        first = cells[0]
        header = self._known()
        if first.code == "struck.cell" and header.first <= first.index <= header.last:
            self._ask_column("struck.column", self._cell_subject(first.index, first.column), first.index, first.column)
            return
        together = len(cells) > 1
        subject = self._column_subject(first.column) if together else self._cell_subject(first.index, first.column)
        values = {
            "which": f"这一列有 {len(cells)} 格" if together else f"{letters_of(first.column)}{first.index + 1} 格",
            "said": f"（例如第 {first.index + 1} 行{_told(first)}）" if together else _told(first),
            "kept": _told_kept(first) if not together else "没划掉的字",
        }
        self._ask(first.code, subject, [cell.index + 1 for cell in cells], values, first.heading, first.column)

    def _in_groups(self) -> Iterator[list[_Cell]]:
        """Yield the cells of each question: one cell, or all of a column if there are many."""
        by_column: dict[tuple[str, int], list[_Cell]] = {}
        for cell in self._cells:
            by_column.setdefault((cell.code, cell.column), []).append(cell)
        for cells in by_column.values():
            heads = [cell for cell in cells if cell.index <= self._known().last]
            below = [cell for cell in cells if cell.index > self._known().last]
            yield from ([cell] for cell in heads)
            yield from ([below] if len(below) > ONE_BY_ONE else ([cell] for cell in below))

    def _ask(
        self,
        code: str,
        subject: str,
        lines: Sequence[int],
        values: Mapping[str, object],
        heading: str = "",
        column: int | None = None,
    ) -> None:
        place = QuestionPlace(self._where.file, self._where.sheet, tuple(lines), heading, column)
        self._inquiry.ask(Question.of(code, subject, place, values))

    # --- subjects, and the answers to them ----------

    def _key(self, code: str, subject: str) -> str | None:
        return self._inquiry.given(code, subject)

    def _cell_key(self, code: str, index: int, column: int) -> str | None:
        """Return the answer about a cell, or else about its column; None if there is none."""
        one = self._key(code, self._cell_subject(index, column))
        return one or self._key(code, self._column_subject(column))

    def _subject(self, what: str) -> str:
        return f"{plain_name(Path(self._where.file).stem)}/{self._where.sheet}/{what}"

    def _cell_subject(self, index: int, column: int) -> str:
        return self._subject(f"{letters_of(column)}{index + 1}")

    def _column_subject(self, column: int) -> str:
        return self._subject(f"{letters_of(column)}列")

    def _rows_subject(self, index: int) -> str:
        return self._subject(_FILTER if self._is_filtered(index) else self._block(index))

    def _is_filtered(self, index: int) -> bool:
        filtered = self._looks.filtered if index not in self._looks.unseen else None
        return filtered is not None and filtered[0] < index <= filtered[1]

    def _block(self, index: int) -> str:
        if not self._blocks:
            return _HIDDEN_ROWS
        first, last = self._blocks[index]
        return f"第{first + 1}行" if first == last else f"第{first + 1}-{last + 1}行"

    def _how(self, index: int) -> str:
        if self._is_filtered(index):
            return "筛选藏起了一些行"
        if index in self._looks.unseen:
            return f"{self._block(index)}的字看不见（和底色一样，或者被单元格格式藏起）"
        return f"{self._block(index)}隐藏着" if self._blocks else "有许多行隐藏着"

    def _over(self, index: int, column: int) -> set[int]:
        """Return the columns that a cell of the heading covers."""
        for (top, left), (bottom, right) in self._merged:
            if top <= index <= bottom and left <= column <= right:
                return set(range(left, right + 1))
        return {column}

    def _known(self) -> Header:
        if self._header is None:
            raise ValueError("no heading yet")
        return self._header


_FILTER, _HIDDEN_ROWS, _STRUCK_ROWS = "筛选", "隐藏的行", "划掉的行"


def _blocks(rows: frozenset[int]) -> dict[int, tuple[int, int]]:
    """Return the first and last row of the block of each hidden row; empty if there are too many blocks."""
    blocks: list[list[int]] = []
    for row in sorted(rows):
        if blocks and blocks[-1][1] == row - 1:
            blocks[-1][1] = row
        else:
            blocks.append([row, row])
    if len(blocks) > ONE_BY_ONE:
        return {}
    return {row: (first, last) for first, last in blocks for row in range(first, last + 1)}


def _says(row: Row, column: int) -> bool:
    return column < len(row) and row[column] not in ("", None) and bool(text_of(row[column]).strip())


# --- what may be shown of a cell ----------


def _told(cell: _Cell) -> str:
    """Return the text of a cell for a question, or only its length if it may be personal."""
    if isinstance(cell.said, str):
        return f"：“{printable(cell.said)}”" if _may_show(cell, cell.said) else f"（{len(cell.said)} 个字）"
    part = cell.said
    if all(_may_show(cell, text) for text in (part.kept, part.struck)):
        kept, struck, whole = map(printable, (part.kept, part.struck, part.whole))
        return f"：划掉的是“{struck}”，没划的是“{kept}”，连起来读成“{whole}”"
    return f"：划掉 {len(part.struck)} 个字，没划的 {len(part.kept)} 个字"


def _told_kept(cell: _Cell) -> str:
    part = cell.said
    return f"“{printable(part.kept)}”" if isinstance(part, Part) and _may_show(cell, part.kept) else "没划掉的字"


def _may_show(cell: _Cell, text: str) -> bool:
    field = cell.field
    if len(text) > _LONGEST or is_personal_number(text):
        return False
    if field is None:
        return bool(_PLAIN.fullmatch(text))
    if field.personal or field.confidential:
        return False
    if field.vocabulary:
        return fold(text) in field.vocabulary
    return bool(_PLAIN.fullmatch(text)) or (field.key in cell.register.identity and bool(re.search(r"\d", text)))


_PLAIN = re.compile(r"[\d\s.,，:：/年月日号第\-+¥￥元万]+")
"""Numbers and days."""
