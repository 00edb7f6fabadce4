"""PDF files with text as paragraphs and rows; a table goes on over pages, its columns at the same places."""

from __future__ import annotations

import io
import logging
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise
from operator import itemgetter
from types import SimpleNamespace
from typing import Any

from ..errors import ReadingError
from .blocks import MOST_CELLS, Block, Source, SourceCell, SourceRow, SourceText
from .labels import labels
from .memory import bounded_memory

MOST_PAGES, MOST_CHARACTERS = 120, 80_000
"""The most pages that are read, and the most characters of them; a report has a dozen pages."""
_FRAME = 1
"""All tables of a file have their columns in one frame: the page."""


def read_pdf(data: bytes) -> Source:
    """Return a PDF as paragraphs and rows. Raises ReadingError for one without text, a damaged or a hostile one."""
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfminer.psexceptions import PSException

    _bound_filters()
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    _LEFT.set(left := [MOST_UNPACKED, MOST_CHARACTERS * _BYTES])
    try:
        with bounded_memory(_MEMORY), pdfplumber.open(io.BytesIO(data)) as document:
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
        raise _unreadable(error, left) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("pdfminer", "pdfplumber", "struct", "zlib"):
            raise
        raise _unreadable(error, left) from error
    if characters < _FEW:
        raise ReadingError("这个 PDF 里没有文字，是扫描件或图片，读不出数；请找 Word、Excel 或可以选中文字的 PDF 再试")
    return Source("pdf", tuple(blocks), title=title, pictures=pictures)


def _unreadable(error: Exception, left: Sequence[int]) -> ReadingError:
    """Return why a PDF was not read; pdfplumber puts the error that it met into one of its own."""
    if left[1] < 0 <= left[0]:
        return ReadingError(_TOO_MANY)
    if left[0] < 0 or isinstance(error, MemoryError) or any(isinstance(one, MemoryError) for one in error.args):
        return ReadingError(_TOO_LARGE)
    return ReadingError("这个 PDF 打不开，可能已损坏；请重新打印成 PDF 再试")


# --- what is unpacked -----------------------------------------------------------------------------------------

MOST_UNPACKED = 96 * 2**20
"""The maximum size of all streams of a file, unpacked."""
_MEMORY = 2**30
"""How many bytes more the reading of a file may take."""
_TOO_LARGE = "解开后大得不像一份报告（像是压缩炸弹），没有读"
_SHOWN = re.compile(rb"\([^()]{0,2000}\)|<[0-9A-Fa-f\s]{0,8000}>")
_BYTES = 8
"""A character drawn on a page takes no more bytes than this, so that a page of too many is refused before it is drawn."""
_TOO_MANY = f"文字超过 {MOST_CHARACTERS} 个，不像一份报告，没有读"
_LEFT: ContextVar[list[int]] = ContextVar("unpacked")
"""How many bytes may still be unpacked of the file that is being read, and how many of them may be characters to be drawn."""


@cache
def _bound_filters() -> None:
    """Have pdfminer unpack by the filters of this module, whatever a file calls them and however it nests them."""
    from pdfminer import pdftypes

    bounded = {
        "zlib": SimpleNamespace(error=zlib.error, decompress=_counted(_inflate)),
        "decompress_corrupted": _counted(_inflate_damaged),
        "lzwdecode": _counted(_unpack_lzw),
        "rldecode": _counted(_unpack_runs),
        "ccittfaxdecode": lambda *_: b"",  # a picture, which has no text
    }
    for name, unpack in bounded.items():
        setattr(pdftypes, name, unpack)


def _counted(unpack: Callable[[bytes, int], bytes]) -> Callable[[bytes], bytes]:
    """Return a filter that unpacks what is left to be unpacked, and raises ReadingError if there is more."""

    def counted(data: bytes) -> bytes:
        left = _LEFT.get()
        made = unpack(data, left[0] + 1) if left[0] >= 0 else b""
        left[0] -= len(made)
        left[1] -= sum(map(len, _SHOWN.findall(made))) if b" Tf" in made else 0
        if min(left) < 0:
            raise ReadingError(_TOO_LARGE if left[0] < 0 else _TOO_MANY)
        return made

    return counted


def _inflate(data: bytes, most: int) -> bytes:
    unpacking = zlib.decompressobj()
    made = unpacking.decompress(data, most)
    if not unpacking.eof and len(made) < most:
        raise zlib.error("incomplete")
    return made


def _inflate_damaged(data: bytes, most: int) -> bytes:
    """Return what can be unpacked of damaged data. Raises zlib.error unless only its last bytes, a sum, are wrong."""
    unpacking, made = zlib.decompressobj(), bytearray()
    for place in range(len(data)):
        try:
            made += unpacking.decompress(data[place : place + 1], most - len(made))
        except zlib.error:
            if place < len(data) - 4:
                raise
            break
        if len(made) >= most:
            break
    return bytes(made)


def _unpack_lzw(data: bytes, most: int) -> bytes:
    from pdfminer.lzw import LZWDecoder

    made = bytearray()
    for part in LZWDecoder(io.BytesIO(data)).run():
        made += part
        if len(made) >= most:
            break
    return bytes(made)


def _unpack_runs(data: bytes, most: int) -> bytes:
    made, place = bytearray(), 0
    while place < len(data) and data[place] != _END_OF_RUNS and len(made) < most:
        length = data[place]
        if length < _END_OF_RUNS:
            made += data[place + 1 : place + 2 + length]
            place += length + 2
        else:
            made += data[place + 1 : place + 2] * (257 - length)
            place += 2
    return bytes(made)


_END_OF_RUNS = 128


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
    for number, page in enumerate(pages, start=1):
        pictures += len(page.images)
        characters += len(page.chars)
        if characters > MOST_CHARACTERS:
            raise ReadingError(f"文字超过 {MOST_CHARACTERS} 个，不像一份报告，没有读")
        if len(page.rects) + len(page.lines) + len(page.curves) > _MOST_LINES:
            raise ReadingError(f"第 {number} 页的线太多，不像一份报告，没有读")
        for block in _page(page, number):
            cells += len(block.cells) if isinstance(block, SourceRow) else 0
            found.append(block)
        if cells > MOST_CELLS:
            raise ReadingError(f"里面的表有 {MOST_CELLS} 格以上，不像一份报告，没有读")
        page.close()
    return list(_joined(found)), pictures, characters


_MOST_LINES = 20_000
_WHOLE = 0.9
"""A cell of this share of its table is a line of text."""


_RADICALS = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
"""Signs for parts of characters, which browsers write into a PDF instead of the characters."""


def _page(page: Any, number: int) -> list[_Line | SourceRow]:
    """Return the rows of a page's tables and its lines of text, from top to bottom; a row of one cell is a line."""
    page = page.dedupe_chars()
    for char in page.chars:
        if (plain := _RADICALS.get(char["text"])) is not None:
            char["text"] = plain
    tables = page.find_tables({"explicit_horizontal_lines": list(_missing_edges(page))})
    lines: list[tuple[float, Any]] = []
    rows: list[tuple[float, SourceRow]] = []
    for table_number, table in enumerate(tables, start=1):
        for row_number, (top, row) in enumerate(_rows(table), start=1):
            if len(row) == 1 and row[0][0][2] - row[0][0][0] > _WHOLE * (table.bbox[2] - table.bbox[0]):
                lines += [(line["top"], line) for line in _lines_in(table.page, row[0][0])]
                continue
            where = f"第 {number} 页表 {table_number} 第 {row_number} 行"
            rows.append((top, SourceRow(tuple(_cells(table, row, where)), _FRAME)))
    boxes = [table.bbox for table in tables]
    outside = page.filter(lambda one: not any(_inside(one, box) for box in boxes)) if boxes else page
    lines += [(line["top"], line) for line in outside.extract_text_lines(return_chars=False)]
    left = min((line["x0"] for _, line in lines), default=0.0)
    right = max((line["x1"] for _, line in lines), default=0.0)
    made: list[tuple[float, _Line | SourceRow]] = [
        (top, _Line(line["text"], f"第 {number} 页", line["x0"] - left > _INDENT, line["x1"] > right - _INDENT))
        for top, line in lines
        if not _NUMBER_OF_PAGE.fullmatch(line["text"])
    ]
    return [block for _, block in sorted([*made, *rows], key=itemgetter(0))]


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
    lines: list[Any] = page.filter(lambda one: _inside(one, box)).extract_text_lines(return_chars=False)
    return lines


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


_Box = tuple[float, float, float, float]
_NEAR = 2.0
"""Edges closer than this, in points, are one edge."""


def _rows(table: Any) -> Iterator[tuple[float, list[tuple[_Box, bool]]]]:
    """Yield the top of every row with its cells from left to right; True of one that reaches down from a row above."""
    boxes: list[_Box] = sorted(table.cells, key=lambda box: (box[1], box[0]))
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


def _cells(table: Any, row: Sequence[tuple[_Box, bool]], where: str) -> Iterator[SourceCell]:
    """Yield the cells of a row; an edge within _NEAR of another counts as the same, so that neighbours do not overlap."""
    strokes = _strokes(table.page)
    for number, (box, carried) in enumerate(row, start=1):
        chars = [
            char
            for char in table.page.chars
            if box[0] <= (char["x0"] + char["x1"]) / 2 < box[2]
            and box[1] <= (char["top"] + char["bottom"]) / 2 < box[3]
        ]
        seen = characters_seen(chars, strokes)
        text, unread = text_of_cell(seen, box), _why_unread(seen)
        yield SourceCell(text, box[0] + _NEAR, box[2] - _NEAR, f"{where}第 {number} 格", carried, unread)


def text_of_cell(chars: Sequence[Any], box: _Box) -> str:
    """Return the text of a cell; digits that go on in the next line only because the cell is narrow are on one."""
    from pdfplumber.utils.text import extract_text

    text = str(extract_text(chars)) if chars else ""
    if "\n" not in text or not _DIGITS.fullmatch(text):
        return text
    lines: dict[int, list[Any]] = {}
    for char in sorted(chars, key=itemgetter("top", "x0")):
        near = next((top for top in lines if abs(top - char["top"]) < char["size"] / 2), round(char["top"]))
        lines.setdefault(near, []).append(char)
    rows = [[char for char in line if char["text"].strip()] for line in lines.values()]
    for one, other in pairwise(line for line in rows if line):
        wide = one[-1]["x1"] - one[0]["x0"] + other[0]["x1"] - other[0]["x0"]
        if wide + 2 * _MARGIN < box[2] - box[0]:
            return text
    return text.replace("\n", "")


_DIGITS = re.compile(r"[\d\s.,，+-]+")
_MARGIN = 6.0
"""What a cell leaves empty beside its text, in points, at most."""


def _strokes(page: Any) -> list[_Box]:
    """Return the short horizontal strokes of a page, which may strike something out."""
    return [
        (one["x0"], one["top"], one["x1"], one["bottom"])
        for one in (*page.lines, *page.rects)
        if one["bottom"] - one["top"] < _THIN and one["x1"] - one["x0"] < _SHORT
    ]


_THIN, _SHORT = 1.6, 80.0


def characters_seen(chars: Sequence[Any], strokes: Sequence[_Box]) -> list[Any]:
    """Return the characters of a cell that are seen as its text: none struck out, no raised mark of a note, no white among black."""
    chars = [char for char in chars if char["size"] > _SMALLEST]
    dark = [char for char in chars if not _is_white(char)]
    kept = [char for char in dark or chars if not any(_strikes(stroke, char) for stroke in strokes)]
    largest = max((char["size"] for char in kept), default=0)
    plain = [char for char in kept if char["size"] >= largest * _RAISED]
    found = []
    for char in kept:
        line = [
            one
            for one in plain
            if one is not char and one["top"] < char["bottom"] and char["top"] < one["bottom"] and one["text"].strip()
        ]
        off = min((abs(one["bottom"] - char["bottom"]) for one in line), default=0)
        if char["size"] >= largest * _RAISED or off < largest * _OFF_LINE:
            found.append(char)
        elif any(one["x0"] > char["x0"] for one in line):
            found.append({**char, "text": f"^{char['text']}"})
    return found


_RAISED, _OFF_LINE = 0.86, 0.12
_SMALLEST = 2.0
"""In points: smaller characters cannot be read."""


def _is_white(char: Any) -> bool:
    colour = char.get("non_stroking_color")
    parts = tuple(colour) if isinstance(colour, list | tuple) else (colour,)
    if not all(isinstance(part, int | float) for part in parts):
        return False
    return all(part <= 1 - _WHITE for part in parts) if len(parts) == _CMYK else all(part >= _WHITE for part in parts)


_WHITE, _CMYK = 0.97, 4


def _why_unread(chars: Sequence[Any]) -> str:
    """Return why the characters of a cell are not what a reader sees: all white, or some above others; else empty."""
    plain = sorted((char for char in chars if char["text"].strip()), key=itemgetter("x0"))
    if plain and all(_is_white(char) for char in plain):
        return "格里的字是白色的，看不见"
    for one, other in combinations(plain[:_MOST_COMPARED], 2):
        across = min(one["x1"], other["x1"]) - max(one["x0"], other["x0"])
        down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
        if across > (one["x1"] - one["x0"]) * _OVER and down > one["size"] * _OVER:
            return "格里的字叠在一起，看见的是哪些不知道"
    return ""


_MOST_COMPARED, _OVER = 60, 0.25


def _strikes(stroke: _Box, char: Any) -> bool:
    middle, height = (char["x0"] + char["x1"]) / 2, char["bottom"] - char["top"]
    return bool(
        stroke[0] <= middle <= stroke[2] and char["top"] + height * 0.3 < stroke[1] < char["bottom"] - height * 0.2
    )
