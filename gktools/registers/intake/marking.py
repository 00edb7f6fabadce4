"""A copy of a file: of a refused one with every mistake at its cell, to be corrected and imported again; of a mended one.

An XLSX workbook keeps its formatting; its formulas become values, its links are removed. Any other file becomes a
workbook of its values. Text stays text. The copy has all data of the file and is readable by its owner only.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from datetime import date
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from xlsxwriter.exceptions import XlsxFileError

from ...errors import GktoolsError, Problem
from ...workspace.files import own_temporary_files, write_whole
from ..questions import Question
from ..sheet import MARKED, MENDED
from .files import FileSheet, Place, plain_name
from .looks import Part
from .mends import Mend, cells_of, open_mended
from .places import Mistake, printable
from .values import LONGEST, Broken

LIST = "标错说明"
_COLOUR = "FFFFA7A7"
_SMALL = 30 * 2**20
"""The maximum unpacked bytes of a workbook marked with its formatting, which takes fifty times as much memory."""
_IN_MEMORY = 2 * 2**20
"""The maximum bytes of a file whose copy is made without temporary files."""
_SIGN = f"【{MARKED}】"
_WORDS = (
    "下面是导入时发现的错误和要回答的问题，每一处都在原来的格里标红，并加了批注。",
    "改好标红的格，把这个文件存盘，直接导入它就行；这张说明可以留着，导入时不看它。",
)

Marks = Mapping[tuple[int, int], list[str]]
"""The messages for a sheet by row and column, from 0."""


def write_marked_copy(
    path: Path,
    problems: Sequence[Problem],
    questions: Sequence[Question] = (),
    folder: Path | None = None,
    mends: Sequence[Mend] = (),
) -> Path:
    """Write a copy of a file with its mended cells, and with its mistakes and questions marked; return its path.

    It is written in a folder, by default beside the file or else in the current folder. Raises GktoolsError if that is
    not possible, or the file can no longer be read.
    """
    problems = [*problems, *map(_asked, questions)]
    suffix = MARKED if problems else MENDED
    for place in (folder,) if folder else (path.parent, Path()):
        with suppress(OSError, XlsxFileError):
            return _written(path, _free(place, path.stem, suffix), problems, mends)
    raise GktoolsError(f"{path.name} 的{suffix}文件写不出来：请看这个文件夹能不能写、磁盘是否已满")


def _asked(question: Question) -> Problem:
    """Return a question as a problem that is marked in every row it is about."""
    place = question.place
    line, *others = place.rows or (None,)
    return Mistake(
        printable(question.message), place.file, place.sheet, line, place.column or None,
        place=place.index, also=tuple(filter(None, others)),
    )  # fmt: skip


def _free(folder: Path, stem: str, suffix: str) -> Path:
    """Return a path for the copy that does not exist yet: an earlier copy may contain corrections."""
    plain = plain_name(stem)
    names = (folder / f"{plain}（{suffix}{number if number > 1 else ''}）.xlsx" for number in count(1))
    return next(path for path in names if not os.path.lexists(path))


def _written(path: Path, target: Path, problems: Sequence[Problem], mends: Sequence[Mend]) -> Path:
    """Write the copy in one step, readable by its owner only; return its path."""
    content = BytesIO()
    if not _keeps_formatting(path) or not _mark_workbook(path, content, problems, mends):
        _write_values(path, content := BytesIO(), problems, mends)
    write_whole(target, content.getvalue(), 0o600)
    return target


def _keeps_formatting(path: Path) -> bool:
    if path.read_bytes()[:2] != b"PK":
        return False
    with ZipFile(path) as book:
        return sum(info.file_size for info in book.infolist()) <= _SMALL


def _mark_workbook(path: Path, draft: BytesIO, problems: Sequence[Problem], mends: Sequence[Mend]) -> bool:
    """Mark a workbook in its formatting, without formulas and links; return False if that is impossible.

    Texts keep their formatted runs, so that struck-out characters stay distinguishable.
    """
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parts that the copy leaves out
        try:
            with path.open("rb") as file:
                book = load_workbook(file, data_only=True, keep_links=False, rich_text=True)
            if LIST in book.sheetnames:
                del book[LIST]
            book.defined_names.clear()
            for page in book.worksheets:
                _disarm(page)
                _clear(page)
                _mend_page(page, cells_of(page.title, mends))
                _mark_page(page, _marks(problems, page.title))
            if problems:
                _list(book.create_sheet(LIST, 0), problems)
                for page in book.worksheets:
                    page.sheet_view.tabSelected = page.title == LIST
                book.active = 0
            with own_temporary_files():  # each sheet is written into one first
                book.save(draft)
        except OSError:
            raise
        except Exception:  # whatever a workbook of another program holds that this one does not know
            return False
    return True


def _disarm(page: Any) -> None:
    """Remove names, conditional formats, links and validations by formula from a sheet."""
    from openpyxl.formatting.formatting import ConditionalFormattingList

    page.defined_names.clear()
    page.conditional_formatting = ConditionalFormattingList()
    rules = page.data_validations
    rules.dataValidation = [rule for rule in rules.dataValidation if not _computes(rule)]
    for row in page.iter_rows():
        for cell in row:
            cell.hyperlink = None


def _computes(rule: Any) -> bool:
    """Return whether a validation is more than a list, a cell range of this workbook or a number."""
    said = (re.sub(r'"[^"]*"', "", formula or "") for formula in (rule.formula1, rule.formula2))
    return any(re.search(r"[(\[|&]", formula) for formula in said)


def _clear(page: Any) -> None:
    """Remove the marks of an earlier copy."""
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    for row in page.iter_rows():
        for cell in row:
            if cell.comment is not None and _SIGN in cell.comment.text:
                own, _, _ = cell.comment.text.partition(_SIGN)
                cell.comment = Comment(own.strip(), cell.comment.author) if own.strip() else None
                cell.fill = PatternFill()


def _mend_page(page: Any, cells: Mapping[Place, str]) -> None:
    """Write the mended cells as the texts they are, not struck out."""
    for (row, column), text in cells.items():
        cell = page.cell(row + 1, column + 1)
        cell.value = text or None
        if text:
            cell.data_type, cell.number_format = "s", "@"  # text, however it begins
        if cell.font.strike:
            font = copy(cell.font)
            font.strike = None
            cell.font = font


def _mark_page(page: Any, marks: Marks) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    fill = PatternFill("solid", fgColor=_COLOUR)
    tops = {
        (row, column): (area.min_row, area.min_col)
        for area in page.merged_cells.ranges
        for row, column in ((place[0] + 1, place[1] + 1) for place in marks)
        if area.min_row <= row <= area.max_row and area.min_col <= column <= area.max_col
    }
    for (row, column), messages in marks.items():
        cell = page.cell(*tops.get((row + 1, column + 1), (row + 1, column + 1)))
        own = f"{cell.comment.text}\n" if cell.comment is not None else ""
        cell.fill = fill
        cell.comment = Comment(f"{own}{_note(messages)}", "gktools", height=120, width=320)


_WIDTH = 100
"""The width of the list of mistakes, in characters: what is longer goes on in the next line."""


def _list(page: Any, problems: Sequence[Problem]) -> None:
    from openpyxl.styles import Alignment

    page.column_dimensions["A"].width = _WIDTH
    for row, text in enumerate((*_WORDS, *map(_said, problems)), 1):
        cell = page.cell(row, 1)
        cell.value, cell.data_type = text[:LONGEST], "s"  # text, however it begins
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _said(problem: Problem) -> str:
    return printable(str(problem))


def _marks(problems: Iterable[Problem], sheet: str) -> Marks:
    found: dict[tuple[int, int], list[str]] = {}
    for problem in problems:
        if problem.line and problem.sheet == sheet:
            for line in (problem.line, *getattr(problem, "also", ())):
                found.setdefault((line - 1, getattr(problem, "place", None) or 0), []).append(problem.message)
    return found


def _note(messages: Sequence[str]) -> str:
    return f"{_SIGN}\n" + "\n".join(messages)[:1500]


def _write_values(path: Path, draft: BytesIO, problems: Sequence[Problem], mends: Sequence[Mend]) -> None:
    """Write a workbook of the values of a file, with its mistakes marked."""
    from xlsxwriter import Workbook

    large = path.stat().st_size > _IN_MEMORY
    with Workbook(draft, {"constant_memory": True} if large else {"in_memory": True}) as book:
        if problems:
            page = book.add_worksheet(LIST)
            page.set_column(0, 0, _WIDTH, book.add_format({"text_wrap": True, "valign": "top"}))
            for line, text in enumerate((*_WORDS, *map(_said, problems))):
                page.write_string(line, 0, text)
            page.activate()
        styles = _Styles(book)
        names: set[str] = {LIST.lower()}
        for found in open_mended(path, mends):
            _write_page(book.add_worksheet(_sheet_name(found.name, names)), found, _marks(problems, found.name), styles)


class _Styles:
    """The cell styles of a new workbook, each created once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[bool, bool, bool], Any] = {}

    def __call__(self, *, marked: bool = False, day: bool = False, struck: bool = False) -> Any:
        shape = {"bg_color": f"#{_COLOUR[2:]}"} if marked else {}
        shape |= {"num_format": "yyyy-mm-dd"} if day else {}
        known = marked, day, struck
        if known not in self._made:
            self._made[known] = self._book.add_format({**shape, **({"font_strikeout": True} if struck else {})})
        return self._made[known]


def _write_page(page: Any, found: FileSheet, marks: Marks, styles: _Styles) -> None:
    """Write one sheet: its values, and its struck-out and hidden cells."""
    if found.hidden:
        page.hide()
    page.set_column(0, 50, 16)
    for column in sorted(found.looks.columns):
        page.set_column(column, column, 16, None, {"hidden": True})
    if found.looks.filtered:
        first, last = found.looks.filtered
        page.autofilter(max(first, 0), 0, last, max(50, *found.looks.columns, 0))
    by_row: dict[int, dict[int, list[str]]] = {}
    for (line, column), messages in marks.items():
        by_row.setdefault(line, {})[column] = messages
    for index, row in enumerate(found.rows):
        if index in found.looks.rows:
            page.set_row(index, None, None, {"hidden": True})
        wrong = by_row.pop(index, {})
        struck, parts = found.looks.struck.get(index, ()), found.looks.parts.get(index, {})
        for place, cell in enumerate(row):
            marked = place in wrong
            if place in parts:
                _write_part(page, index, place, parts[place], styles, marked)
            elif cell != "" and cell is not None:
                style = styles(marked=marked, day=isinstance(cell, date), struck=place in struck)
                _write_cell(page, index, place, cell, style)
            elif marked:
                page.write_blank(index, place, None, styles(marked=True))
        for place, messages in wrong.items():
            page.write_comment(index, place, _note(messages), {"x_scale": 2.5, "author": "gktools"})


def _write_part(page: Any, row: int, column: int, part: Part, styles: _Styles, marked: bool) -> None:
    """Write a text that is partly struck out."""
    pieces = [(styles(struck=out), printable(text)) for out, text in part.pieces]
    page.write_rich_string(row, column, *(one for piece in pieces for one in piece), styles(marked=marked))


def _write_cell(page: Any, row: int, column: int, cell: Any, style: Any) -> None:
    if isinstance(cell, Broken):
        page.write_blank(row, column, None, style)
        return
    write: Callable[..., Any] = page.write_string  # never write, which takes text for formulas and addresses
    if isinstance(cell, bool):
        write = page.write_boolean
    elif isinstance(cell, int | float):
        write = page.write_number
    elif isinstance(cell, date):
        write = page.write_datetime
    else:
        cell = printable(str(cell), LONGEST)
    try:
        write(row, column, cell, style)
    except (TypeError, ValueError, OverflowError):  # a day or a number that Excel does not have
        page.write_string(row, column, printable(str(cell)), style)


def _sheet_name(name: str, taken: set[str]) -> str:
    """Return a sheet name that Excel allows and that is not in use."""
    plain = printable(re.sub(r"[\[\]:*?/\\]", "_", name)).strip("'")[:28] or "登记表"
    found, number = plain, 1
    while found.lower() in taken or found.lower() == "history":
        number += 1
        found = f"{plain}{number}"
    taken.add(found.lower())
    return found
