"""PDF files with text as paragraphs and rows; a table goes on over pages, its columns at the same places."""

from __future__ import annotations

import io
import logging
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import itemgetter
from typing import Any

from ..errors import ReadingError
from .blocks import MOST_CELLS, Block, Source, SourceCell, SourceRow, SourceText
from .labels import labels
from .memory import bounded_memory
from .pdf_characters import Box, PageText, line_tolerance, strokes_of
from .pdf_filters import MOST_CHARACTERS, MOST_MEMORY, TOO_MANY, bound_unpacking, unreadable
from .placed_words import Word, words_of
from .unlined import PlacedRow, UnlinedTables, lines_of_values
from .values import is_blank

MOST_PAGES = 120
"""The most pages that are read; a report has a dozen."""
_FRAME = 1
"""All tables of a file have their columns in one frame: the page."""


def read_pdf(data: bytes) -> Source:
    """Return a PDF as paragraphs and rows. Raises ReadingError for one without text, a damaged or a hostile one."""
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfminer.psexceptions import PSException

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    left = bound_unpacking()
    try:
        with bounded_memory(MOST_MEMORY), pdfplumber.open(io.BytesIO(data)) as document:
            if len(document.pages) > MOST_PAGES:
                raise ReadingError(f"有 {len(document.pages)} 页，超过 {MOST_PAGES} 页，不像一份报告，没有读")
            blocks, pictures, characters = _pages(document.pages)
            title = str((document.metadata or {}).get("Title") or "")
    except PDFPasswordIncorrect as error:
        raise ReadingError("设了密码，打不开；请去掉密码，另存以后再试") from error
    except ReadingError:
        raise
    except (
        PSException,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        RecursionError,
        AssertionError,
        OSError,
        OverflowError,
        MemoryError,
        ArithmeticError,
    ) as error:
        raise unreadable(error, left) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("pdfminer", "pdfplumber", "struct", "zlib"):
            raise
        raise unreadable(error, left) from error
    if characters < _FEW:
        raise ReadingError("这个 PDF 里没有文字，是扫描件或图片，读不出数；请找 Word、Excel 或可以选中文字的 PDF 再试")
    return Source("pdf", tuple(blocks), title=title, pictures=pictures)


_FEW = 30


@dataclass(frozen=True)
class _Line:
    """A line of text, its place, and whether it begins and ends where the text of its page does."""

    text: str
    place: str
    begins: bool
    goes_on: bool


def _pages(pages: Sequence[Any]) -> tuple[list[Block], int, int]:
    found: list[_Line | SourceRow] = []
    pictures = characters = cells = 0
    unlined = UnlinedTables()
    for number, page in enumerate(pages, start=1):
        pictures += len(page.images)
        characters += len(page.chars)
        if characters > MOST_CHARACTERS:
            raise ReadingError(TOO_MANY)
        if len(page.rects) + len(page.lines) + len(page.curves) > _MOST_LINES:
            raise ReadingError(f"第 {number} 页的线太多，不像一份报告，没有读")
        for block in _page(page, number, unlined):
            cells += len(block.cells) if isinstance(block, SourceRow) else 0
            found.append(block)
        if cells > MOST_CELLS:
            raise ReadingError(f"里面的表有 {MOST_CELLS} 格以上，不像一份报告，没有读")
        page.close()
    return list(_joined(_over_pages(found))), pictures, characters


_MOST_LINES = 20_000
_WHOLE = 0.9
"""A cell of this share of its table is a line of text."""


_RADICALS = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
"""Signs for parts of characters, which browsers write into a PDF instead of the characters."""


def _page(page: Any, number: int, unlined: UnlinedTables) -> list[_Line | SourceRow]:
    """Return the rows of a page's tables and its lines of text, from top to bottom; a row of one cell is a line."""
    page = page.dedupe_chars()
    for char in page.chars:
        if (plain := _RADICALS.get(char["text"])) is not None:
            char["text"] = plain
    text = PageText(page.chars, strokes_of(page))
    tables = page.find_tables({"explicit_horizontal_lines": list(_missing_edges(page))})
    rows, regions = _without_lines(text, number, unlined, tables)
    if rows:
        tables = [one for one in tables if not any(one.bbox[1] < box[3] and box[1] < one.bbox[3] for box in regions)]
    lines: list[tuple[float, Any]] = []
    for table_number, table in enumerate(tables, start=1):
        for row_number, (top, row) in enumerate(_rows(table), start=1):
            if len(row) == 1 and row[0][0][2] - row[0][0][0] > _WHOLE * (table.bbox[2] - table.bbox[0]):
                lines += [(line["top"], line) for line in _lines_in(page, row[0][0])]
                continue
            where = f"第 {number} 页表 {table_number} 第 {row_number} 行"
            rows.append((top, SourceRow(tuple(_cells(text, row, where)), _FRAME)))
    boxes = [*(table.bbox for table in tables), *((0.0, box[1], float(page.width), box[3]) for box in regions)]
    outside = page.filter(lambda one: not any(_inside(one, box) for box in boxes)) if boxes else page
    near = line_tolerance(outside.chars)
    lines += [(line["top"], line) for line in outside.extract_text_lines(return_chars=False, y_tolerance=near)]
    left = min((line["x0"] for _, line in lines), default=0.0)
    right = max((line["x1"] for _, line in lines), default=0.0)
    made: list[tuple[float, _Line | SourceRow]] = [
        (top, _Line(line["text"], f"第 {number} 页", line["x0"] - left > _INDENT, line["x1"] > right - _INDENT))
        for top, line in lines
        if not _NUMBER_OF_PAGE.fullmatch(line["text"])
    ]
    return [block for _, block in sorted([*made, *rows], key=itemgetter(0))]


def _without_lines(
    text: PageText, number: int, unlined: UnlinedTables, tables: Sequence[Any]
) -> tuple[list[tuple[float, SourceRow]], list[Box]]:
    """Return the rows that are found by where words stand, with their tops, and the parts of the page that they take.

    Where there are tables with lines, they count only if some value stands in no cell of these, or with others in one, and
    every line of values of the page is explained without them. If they do not, nothing is known of what stands between
    such values. The first and the last values of a page may be those of a row that goes on over pages.
    """
    words = words_of(text.chars)
    values = [line for line in lines_of_values(words) if len(line) >= _NUMBERS_OF_A_ROW] if tables else []
    boxes = [box for table in tables for box in table.cells]
    in_cells = [_is_in_cells(line, boxes) for line in values]
    if tables and (all(in_cells) or (all(in_cells[1:-1]) and sum(in_cells) > _MOST_CUT_OFF)):
        unlined.end()
        return [], []
    placed = unlined.rows(words)
    explained = [any(row.top <= line[0].middle <= row.bottom for row in placed) for line in values]
    if not all(explained[1:-1]) or (values and not any(explained)):
        unlined.end()
        apart = [line[0] for line, inside in zip(values, in_cells, strict=True) if not inside]
        return [], [_around(apart)] if len(apart) > _MOST_CUT_OFF else []
    rows = [(row.top, _placed_row(text, row, number)) for row in placed if row.cells]
    return _unless_lost(rows), _regions(placed)


_MOST_CUT_OFF = 2


def _around(words: Sequence[Word]) -> Box:
    return (0.0, min(one.top for one in words) - _ABOVE, 0.0, max(one.bottom for one in words) + _ABOVE)


_ABOVE = 20.0
"""In points: the label of a row of values may begin so far above them."""


def _is_in_cells(line: Sequence[Word], boxes: Sequence[Box]) -> bool:
    """Return whether every value of a line stands in a cell of its own, no other line of a cell."""
    beside = [box for box in boxes if box[1] <= line[0].middle <= box[3]]
    found = [next((place for place, box in enumerate(beside) if box[0] <= one.centre <= box[2]), None) for one in line]
    own = {place for place in found if place is not None}
    low = any(beside[place][3] - beside[place][1] > _HIGHEST * line[0].height for place in own)
    return len(own) == len(found) and not low


_HIGHEST = 8
"""A cell is no higher than so many lines."""


def _placed_row(text: PageText, row: PlacedRow, number: int) -> SourceRow:
    """Return a row; doubtful where some of its values are blank: without lines, it may have lost one and moved."""
    cells = tuple(_placed(text, row, number))
    values = [cell for cell, one in zip(cells, row.cells, strict=True) if one.across]
    blank = [cell for cell in values if is_blank(cell.text)]
    return SourceRow(cells, row.number, _WITH_BLANKS if 0 < len(blank) < len(values) else "")


def _unless_lost(rows: Sequence[tuple[float, SourceRow]]) -> list[tuple[float, SourceRow]]:
    """Return the rows of a page; doubtful also those that are all blank if they are few: their values may be lost."""
    blank = [row for _, row in rows if len(row.cells) > 1 and all(is_blank(cell.text) for cell in row.cells[1:])]
    few = blank if len(blank) <= _FEW_BLANK else []
    return [(top, replace(row, doubtful=_WITH_BLANKS) if row in few else row) for top, row in rows]


_FEW_BLANK = 2
_WITH_BLANKS = "表没有框线，这一行又有空着的地方，数可能挪了位"


def _placed(text: PageText, row: PlacedRow, number: int) -> Iterator[SourceCell]:
    for one in row.cells:
        where = f"第 {number} 页“{row.cells[0].text}”第 {one.start} 格"
        if one.across is None:
            yield SourceCell(one.text, one.start, one.end, where, one.carried)
        else:
            box = (one.across[0], row.top - _NEAR / 2, one.across[1], row.bottom + _NEAR / 2)
            said, unread = text.seen(box)
            yield SourceCell(said, one.start, one.end, where, unread=unread)


def _regions(placed: Sequence[PlacedRow]) -> list[Box]:
    """Return the parts of a page that the rows of tables take."""
    found: dict[int, tuple[float, float]] = {}
    for row in placed:
        top, bottom = found.get(row.number, (row.top, row.bottom))
        found[row.number] = min(top, row.top), max(bottom, row.bottom)
    return [(0.0, top, 0.0, bottom) for top, bottom in found.values()]


def _missing_edges(page: Any) -> Iterator[Any]:
    """Yield the border that a browser does not draw where a table is cut by the end of a page: where upright lines end together."""
    edges = page.edges
    upright = [edge for edge in edges if edge["orientation"] == "v" and edge["height"] > _NEAR]
    across = [edge for edge in edges if edge["orientation"] == "h" and edge["width"] > _NEAR]
    for side, other in (("top", "bottom"), ("bottom", "top")):
        goes_on = {(round(edge["x0"]), round(edge[other])) for edge in upright}
        ends: dict[int, list[Any]] = {}
        for edge in upright:
            place, at = round(edge["x0"]), round(edge[side])
            if not any((place + aside, at + down) in goes_on for aside in (-1, 0, 1) for down in (-1, 0, 1)):
                ends.setdefault(next((one for one in ends if abs(one - at) <= _NEAR), at), []).append(edge)
        for at, found in ends.items():
            left, right = min(edge["x0"] for edge in found), max(edge["x1"] for edge in found)
            drawn = any(abs(one["top"] - at) <= _NEAR + 1 and one["x0"] < right and left < one["x1"] for one in across)
            if len({round(edge["x0"]) for edge in found}) >= _FEWEST_UPRIGHT and not drawn:
                places = {
                    "x0": left,
                    "x1": right,
                    "top": at,
                    "bottom": at,
                    "doctop": at,
                    "width": right - left,
                    "height": 0,
                }
                yield {**places, "orientation": "h", "object_type": "line"}


_FEWEST_UPRIGHT = 3
"""So many upright lines that end together are those of a table."""
_NUMBER_OF_PAGE = re.compile(r"[\s\-—–·第页共/]*\d{1,3}(?:[\s\-—–·第页共/]+\d{1,3})?[\s\-—–·第页共/]*")
_INDENT = 18.0
"""In points: a first line begins farther to the right than the others, a last line ends farther to the left."""


def _lines_in(page: Any, box: tuple[float, float, float, float]) -> list[Any]:
    if not any(_inside(char, box) for char in page.chars):
        return []
    within = page.filter(lambda one: _inside(one, box))
    lines: list[Any] = within.extract_text_lines(return_chars=False, y_tolerance=line_tolerance(within.chars))
    return lines


def _over_pages(found: Sequence[_Line | SourceRow]) -> list[_Line | SourceRow]:
    """Return rows and lines; a row that begins at the end of a page and ends at the beginning of the next one is one."""
    made = list(found)
    rows = [(number, one) for number, one in enumerate(made) if isinstance(one, SourceRow)]
    for (before, one), (after, other) in reversed(list(pairwise(rows))):
        lines = sum(isinstance(line, _Line) for line in made[before + 1 : after])
        if lines <= _MOST_BETWEEN and _page_of(one) != _page_of(other) and (whole := _one_row(one, other)):
            made[before] = whole
            del made[after]
    return made


_MOST_BETWEEN = 3
"""At the edges of two pages stand no more lines than this beside the text."""


def _page_of(row: SourceRow) -> str:
    return row.cells[0].place.partition("页")[0]


def _one_row(one: SourceRow, other: SourceRow) -> SourceRow | None:
    """Return two rows as one if only their labels together are one of the forms, and only one has values."""
    if len(one.cells) != len(other.cells) or one.frame != other.frame:
        return None
    cells = []
    for first, second in zip(one.cells, other.cells, strict=True):
        if abs(first.start - second.start) > _NEAR or abs(first.end - second.end) > _NEAR or second.carried:
            return None
        cells.append(replace(first, text=first.text + second.text, unread=first.unread or second.unread))
    parts = [(first.text, second.text) for first, second in zip(one.cells, other.cells, strict=True)]
    named = [
        place
        for place, cell in enumerate(cells)
        if not cell.carried and labels().is_leaf_row(cell.text) and not all(map(labels().is_leaf_row, parts[place]))
    ]
    if len(named) != 1:
        return None
    place = named[0]
    values = [[cell.text for cell in row.cells[place + 1 :]] for row in (one, other)]
    blank = [all(map(is_blank, found)) for found in values]
    if blank.count(True) != 1 or not all(any(map(is_blank, pair)) for pair in parts[place + 1 :]):
        return None
    if any(map(labels().is_leaf_row, parts[place])) and not is_blank(parts[place][blank.index(False)]):
        return None  # the label of one is whole: the other has its values only if it has no label itself
    return replace(one, cells=tuple(cells), doubtful=_BROKEN if is_blank(parts[place][blank.index(False)]) else "")


_BROKEN = "这一行分在两页上，名称在一页，数在另一页"


def _joined(found: Sequence[_Line | SourceRow]) -> Iterator[Block]:
    """Yield rows, and lines as paragraphs: a line that reaches the right edge goes on in the next, over pages too."""
    said, place, open_ = "", "", False
    for one in found:
        if isinstance(one, SourceRow):
            if said:
                yield SourceText(said, place)
            said = ""
            yield one
            continue
        is_title = bool(labels().section(one.text))
        if said and (not open_ or one.begins or is_title or _is_row(one.text)):
            yield SourceText(said, place)
            said = ""
        place = place if said else one.place
        said += f" {one.text}" if said[-1:].isdigit() and one.text[:1].isdigit() else one.text
        open_ = one.goes_on and not is_title and not _is_row(one.text)
    if said:
        yield SourceText(said, place)


def _is_row(line: str) -> bool:
    """Return whether a line is the row of a table: several numbers stand in it, apart."""
    return sum(word.isdigit() for word in line.split()) >= _NUMBERS_OF_A_ROW


_NUMBERS_OF_A_ROW = 3


def _inside(one: Any, box: tuple[float, float, float, float]) -> bool:
    if one.get("object_type") != "char":
        return False
    across, down = (one["x0"] + one["x1"]) / 2, (one["top"] + one["bottom"]) / 2
    return bool(box[0] <= across <= box[2] and box[1] <= down <= box[3])


_NEAR = 2.0
"""Edges closer than this, in points, are one edge."""


def _rows(table: Any) -> Iterator[tuple[float, list[tuple[Box, bool]]]]:
    """Yield the top of every row with its cells from left to right; True of one that reaches down from a row above."""
    boxes: list[Box] = sorted(_without_frames(table.cells), key=lambda box: (box[1], box[0]))
    tops: list[float] = []
    for box in boxes:
        if not tops or box[1] - tops[-1] > _NEAR:
            tops.append(box[1])
    for top in tops:
        row = [
            (box, box[1] < top - _NEAR)
            for box in boxes
            if abs(box[1] - top) <= _NEAR or (box[1] < top - _NEAR and box[3] > top + _NEAR)
        ]
        yield top, sorted(row)


def _without_frames(boxes: Sequence[Box]) -> list[Box]:
    """Return cells without those that lie around others: frames of several, where lines are missing at the end of a page."""
    return [
        box
        for box in boxes
        if not any(
            box[0] - _NEAR < one[0]
            and box[1] - _NEAR < one[1]
            and one[2] < box[2] + _NEAR
            and one[3] < box[3] + _NEAR
            and one is not box
            for one in boxes
        )
    ]


def _cells(text: PageText, row: Sequence[tuple[Box, bool]], where: str) -> Iterator[SourceCell]:
    """Yield the cells of a row; an edge within _NEAR of another counts as the same, so that neighbours do not overlap."""
    for number, (box, carried) in enumerate(row, start=1):
        said, unread = text.seen(box)
        yield SourceCell(said, box[0] + _NEAR, box[2] - _NEAR, f"{where}第 {number} 格", carried, unread)
