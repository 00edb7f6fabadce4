"""Excel workbooks (XLSX, XLS) as rows."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from ..errors import ReadingError, RecordsError
from ..registers.intake.files import FileSheet, open_pages
from ..registers.intake.values import Broken
from .blocks import MOST_CELLS, Block, Source, SourceCell, SourceRow, SourceText


def read_workbook_sheets(data: bytes, ending: str) -> Source:
    """Return the visible sheets of a workbook as rows. Raises ReadingError for a damaged or hostile one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"report.{ending}"
        path.write_bytes(data)
        blocks: list[Block] = []
        try:
            pages = [page for page in open_pages(path) if not page.hidden]
            formats = _formats(path) if ending != "xls" else {}
            for frame, page in enumerate(pages, start=1):
                _add(blocks, page, frame, formats.get(page.name, {}))
        except RecordsError as error:
            raise ReadingError(str(error).removeprefix(f"{path.name}：")) from error
    return Source(ending, tuple(blocks))


_Places = Mapping[tuple[int, int], str]


def _formats(path: Path) -> Mapping[str, _Places]:
    """Return the number formats of a workbook's cells that have one, by sheet and place."""
    from openpyxl import load_workbook

    found: dict[str, dict[tuple[int, int], str]] = {}
    try:
        workbook = load_workbook(path, read_only=True, data_only=True)
        for sheet in workbook.worksheets:
            found[sheet.title] = {
                (cell.row - 1, cell.column - 1): cell.number_format
                for row in sheet.iter_rows()
                for cell in row
                if isinstance(cell.value, int | float) and cell.number_format not in ("General", "@")
            }
        workbook.close()
    except Exception:
        return {}
    return found


def _add(blocks: list[Block], page: FileSheet, frame: int, formats: _Places) -> None:
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
    count = sum(isinstance(block, SourceRow) and len(block.cells) for block in blocks)
    for number, row in enumerate(page.rows):
        cells: list[SourceCell] = []
        for column, value in enumerate(row):
            place = f"工作表“{page.name}”第 {number + 1} 行第 {column + 1} 列"
            if column in page.looks.columns and (number, column) not in spans:
                continue
            if (number, column) in below:
                right, origin = below[number, column]
                cells.append(SourceCell(texts.get(origin, ""), column, right + 1, place, carried=True))
            elif (number, column) not in inside:
                right = spans.get((number, column), (number, column))[1]
                text, unread = _shown(value, formats.get((number, column), ""), _kept(page, number, column))
                texts[number, column] = text
                cells.append(SourceCell(text, column, right + 1, place, unread=unread))
        count += len(cells)
        if count > MOST_CELLS:
            raise ReadingError(f"里面有 {MOST_CELLS} 格以上，不像一份报告，没有读")
        filled = [cell for cell in cells if cell.text.strip() and not cell.carried]
        if len(filled) == 1 and len(filled[0].text) > _LONGEST_CELL:
            blocks += [SourceText(line, filled[0].place) for line in filled[0].text.splitlines() if line.strip()]
        elif cells:
            blocks.append(SourceRow(tuple(cells), frame))


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


def _shown(value: Any, code: str, kept: str | None) -> tuple[str, str]:
    """Return the displayed text of a cell, and the reason if it could not be determined, else ""."""
    if kept is not None:
        return kept, ""
    if isinstance(value, Broken):
        return str(value), value.why
    text = _text(value)
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
    if not plain:
        return text, f"数字格式（{code}）使显示的数和存着的数不一样"
    places = len(plain[1] or "")
    rounded = Decimal(text).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return (format(rounded, "f") if rounded != Decimal(text) else text), ""


_NO_DIGITS = re.compile(r'\[(?!\$)[^\]]*\]|\[\$[^\]]*\]|_.|\*.|"[^".0-9#%,]*"|\s')
_PLAIN = re.compile(r"-?(?:#,#{0,2}|#*)[0#]+(?:\.(0+))?")
_GENERAL = ("general", "@")
_ZERO = 2


def _text(value: Any) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
    return "" if value is None else str(value)


_EXACT = 10**15
