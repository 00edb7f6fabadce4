"""Excel workbooks (XLSX, XLS) as rows."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from ..errors import ReadingError, RecordsError
from ..registers.intake.files import FileSheet, open_pages
from .blocks import MOST_CELLS, Block, Source, SourceCell, SourceRow, SourceText


def read_workbook_sheets(data: bytes, ending: str) -> Source:
    """Return the visible sheets of a workbook as rows. Raises ReadingError for a damaged or hostile one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"report.{ending}"
        path.write_bytes(data)
        blocks: list[Block] = []
        try:
            for frame, page in enumerate(open_pages(path), start=1):
                if not page.hidden:
                    _add(blocks, page, frame)
        except RecordsError as error:
            raise ReadingError(str(error).removeprefix(f"{path.name}：")) from error
    return Source(ending, tuple(blocks))


def _add(blocks: list[Block], page: FileSheet, frame: int) -> None:
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
            if (number, column) in below:
                right, origin = below[number, column]
                cells.append(SourceCell(texts.get(origin, ""), column, right + 1, place, carried=True))
            elif (number, column) not in inside:
                right = spans.get((number, column), (number, column))[1]
                text = _text(value)
                texts[number, column] = text
                cells.append(SourceCell(text, column, right + 1, place))
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


def _text(value: Any) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
    return "" if value is None else str(value)


_EXACT = 10**15
