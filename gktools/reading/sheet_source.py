"""Excel workbooks (XLSX, XLS) as rows."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from ..errors import ReadingError, RecordsError
from ..registers.intake.files import FileSheet, open_pages
from ..registers.intake.values import Broken
from ..workspace.files import temporary_folder
from .blocks import MOST_CELLS, Block, Source, SourceCell, SourceRow, SourceText
from .values import marked, without_marks


def read_workbook_sheets(data: bytes, ending: str) -> Source:
    """Return the visible sheets of a workbook as rows. Raises ReadingError for a damaged or hostile one."""
    with temporary_folder() as folder:
        path = folder / f"report.{ending}"
        path.write_bytes(data)
        blocks: list[Block] = []
        notes: list[str] = []
        try:
            pages = [page for page in open_pages(path) if not page.hidden]
            seen = _seen(path, data) if ending != "xls" else {}
            for frame, page in enumerate(pages, start=1):
                notes += _add(blocks, page, frame, seen.get(page.name, {}))
        except RecordsError as error:
            raise ReadingError(str(error).removeprefix(f"{path.name}：")) from error
    return Source(ending, tuple(blocks), notes=tuple(notes))


@dataclass(frozen=True)
class _Look:
    """How a cell looks: its number format, whether it is white on white, and its text without raised marks, if it has some."""

    code: str = ""
    white: bool = False
    text: str | None = None


_Places = Mapping[tuple[int, int], _Look]


def _seen(path: Path, data: bytes) -> Mapping[str, _Places]:
    """Return how the cells of a workbook look that do not look as their value does, by sheet and place."""
    from openpyxl import load_workbook

    found: dict[str, dict[tuple[int, int], _Look]] = {}
    marks = _has_marks(data)
    try:
        workbook = load_workbook(path, read_only=not marks, data_only=True, rich_text=marks)
        for sheet in workbook.worksheets:
            cells = (cell for row in sheet.iter_rows() for cell in row if cell.value is not None)
            looks = (((cell.row - 1, cell.column - 1), _look(cell)) for cell in islice(cells, MOST_CELLS))
            found[sheet.title] = {place: look for place, look in looks if look != _Look()}
        workbook.close()
    except Exception:
        return {}
    return found


def _has_marks(data: bytes) -> bool:
    """Return whether parts of texts in a workbook are raised or lowered."""
    with ZipFile(io.BytesIO(data)) as package:
        parts = [part for part in package.infolist() if _WITH_TEXTS.fullmatch(part.filename)]
        small = sum(part.file_size for part in parts) <= _LARGEST
        return small and any(b"vertAlign" in package.read(part) for part in parts)


_LARGEST = 4 * 2**20
"""The size of the parts with texts up to which raised marks are looked for; a report's are a hundredth of it."""
_WITH_TEXTS = re.compile(r"xl/(?:sharedStrings|worksheets/[^/]+)\.xml")


def _look(cell: Any) -> _Look:
    code = cell.number_format if isinstance(cell.value, int | float) else ""
    white = _is_white(cell.font and cell.font.color) and cell.fill.fill_type is None
    text = without_marks("".join(map(_run, cell.value))).strip() if isinstance(cell.value, list) else None
    return _Look("" if code in ("General", "@") else code, white, text)


def _is_white(colour: Any) -> bool:
    """Return whether a font's colour is the white of paper: as such, of the theme or of the old palette."""
    if colour is None or colour.tint:
        return False
    if colour.type == "rgb":
        return str(colour.rgb).upper().endswith("FFFFFF")
    return (colour.type, colour.value) in (("theme", 0), ("indexed", 1), ("indexed", 9))


def _run(run: Any) -> str:
    """Return the text of a part of a cell's text, a raised or lowered one as a mark."""
    if isinstance(run, str):
        return run
    return marked(run.text) if run.font and run.font.vertAlign in ("superscript", "subscript") else str(run.text)


def _add(blocks: list[Block], page: FileSheet, frame: int, looks: _Places) -> list[str]:
    """Add the rows of a sheet that are seen; return a note for those with figures that are hidden."""
    spans = dict(page.merged)
    inside = {
        (row, column)
        for (top, left), (bottom, right) in page.merged
        for row in range(top, min(bottom, top + _FARTHEST) + 1)
        for column in range(left, min(right, left + _FARTHEST) + 1)
    } - spans.keys()
    below = {
        (row, left): (right, (top, left))
        for (top, left), (_, right) in page.merged
        for row in range(top + 1, min(page_bottom(page, top, left), top + _FARTHEST) + 1)
    }
    texts: dict[tuple[int, int], str] = {}
    hidden: list[int] = []
    filled_columns: set[int] = set()
    count = sum(isinstance(block, SourceRow) and len(block.cells) for block in blocks)
    for number, row in enumerate(page.rows):
        cells: list[SourceCell] = []
        for column, value in enumerate(row):
            place = f"工作表“{page.name}”第 {number + 1} 行第 {column + 1} 列"
            if column in page.looks.columns and (number, column) not in spans:
                filled_columns |= {column} if str(value or "").strip() else set()
                continue
            if (number, column) in below:
                right, origin = below[number, column]
                cells.append(SourceCell(texts.get(origin, ""), column, right + 1, place, carried=True))
            elif (number, column) not in inside:
                right = spans.get((number, column), (number, column))[1]
                text, unread = _shown(value, looks.get((number, column), _Look()), _kept(page, number, column))
                texts[number, column] = text
                cells.append(SourceCell(text, column, right + 1, place, unread=unread))
        count += len(cells)
        if count > MOST_CELLS:
            raise ReadingError(f"里面有 {MOST_CELLS} 格以上，不像一份报告，没有读")
        filled = [cell for cell in cells if cell.text.strip() and not cell.carried]
        if number in page.looks.rows:
            hidden += [number + 1] if filled else []
        elif len(filled) == 1 and len(filled[0].text) > _LONGEST_CELL:
            blocks += [SourceText(line, filled[0].place) for line in filled[0].text.splitlines() if line.strip()]
        elif cells:
            blocks.append(SourceRow(tuple(cells), frame))
    columns = sorted(page.looks.columns & filled_columns)
    return [*_note(page.name, "行", hidden), *_note(page.name, "列", [column + 1 for column in columns])]


def _note(sheet: str, what: str, numbers: Sequence[int]) -> Iterator[str]:
    if numbers:
        said = "、".join(map(str, numbers[:_MOST_NAMED])) + ("等" if len(numbers) > _MOST_NAMED else "")
        yield f"工作表“{sheet}”第 {said} {what}是隐藏的，看不见，没有读；要读的话，取消隐藏，另存以后再试"


_MOST_NAMED = 10
_FARTHEST = 500
_LONGEST_CELL = 60


def page_bottom(page: FileSheet, top: int, left: int) -> int:
    """Return the last row of the merged range that begins at a cell."""
    return next(last[0] for first, last in page.merged if first == (top, left))


def _kept(page: FileSheet, row: int, column: int) -> str | None:
    """Return what is left of a cell that is struck out, wholly or partly; None if it is not."""
    if column in page.looks.struck.get(row, ()):
        return ""
    part = page.looks.parts.get(row, {}).get(column)
    return part.kept if part else None


def _shown(value: Any, look: _Look, kept: str | None) -> tuple[str, str]:
    """Return the displayed text of a cell, and the reason if it could not be determined, else ""."""
    if kept is not None:
        return kept, ""
    if isinstance(value, Broken):
        return str(value), value.why
    code, text = look.code, _text(value) if look.text is None else look.text
    if look.white:
        return text, "格里的字是白色的，看不见"
    if not code or not isinstance(value, int | float) or isinstance(value, bool):
        return text, ""
    sections = [_NO_DIGITS.sub("", section) for section in code.split(";")]
    section = sections[0]
    if len(sections) > 1 and value < 0:
        section = sections[1].removeprefix("-")
    elif len(sections) > _ZERO and value == 0:
        section = sections[_ZERO]
    plain = _PLAIN.fullmatch(section)
    if section.lower() in _GENERAL:
        return text, ""
    if value == 0 and plain and "0" not in section:
        return "", ""  # a format of # alone shows nothing
    if len(sections) > _ZERO and value == 0 and (said := _SAID.fullmatch(_ROOM.sub("", code.split(";")[_ZERO]))):
        return said[1], ""
    if not plain:
        return text, f"数字格式（{code}）使显示的数和存着的数不一样"
    places = len(plain[1] or "")
    rounded = Decimal(text).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return (format(rounded, "f") if rounded != Decimal(text) else text), ""


_NO_DIGITS = re.compile(r'\[(?!\$)[^\]]*\]|\[\$[^\]]*\]|_.|\*.|"[^".0-9#%,]*"|\s')
_PLAIN = re.compile(r"-?(?:#,#{0,2}|#*)[0#]+(?:\.(0+))?")
_ROOM = re.compile(r"_.|\*.|\s")
_SAID = re.compile(r'"([^"0-9]+)"')
"""A section of a number format that shows a word instead of any number, as the bookkeeper's - for 0."""
_GENERAL = ("general", "@")
_ZERO = 2


def _text(value: Any) -> str:
    if isinstance(value, float):
        short = format(value, ".15g")  # as many digits as are shown: 0.1 + 0.2 is 0.3
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value) if "e" in short else short
    return "" if value is None else str(value)


_EXACT = 10**15
