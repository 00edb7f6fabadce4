"""Inspection of XLSX packages before they are parsed.

A workbook is a zip of XML. Small files can expand to enormous ones, and a reader shows some mistakes as empty cells and
007 as 7; so every part is unpacked in bounded memory, measured, and searched for cells without a value.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path
from posixpath import join, normpath
from typing import IO
from xml.etree import ElementTree as ET
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ...errors import RecordsError
from ..sheet import MARKED
from .looks import Comments, Looks, printed_text
from .padding import MOST as MOST_PADDED
from .padding import displayed_cells, number_formats, too_many
from .values import NO_RESULT, Broken
from .xlsx_looks import (
    LARGEST_STYLES,
    Pieces,
    XlsxFormats,
    hides,
    marked_styles,
    placed,
    shared_texts,
    sheet_looks,
)

MOST_BYTES = 512 * 2**20
"""The maximum size of all parts together, unpacked, in bytes."""
MOST_PARTS = 5000
MOST_RATIO = 400
"""The maximum compression ratio: a register of repeated words has 30, a sheet of formatted empty cells up to 200."""
RATIO_FROM = 8 * 2**20
"""The minimum unpacked size of a part, in bytes, from which its ratio is checked."""
MOST_CELLS = 8_000_000
"""The maximum number of cells: 100,000 rows of 50 columns have 5 million; a reader takes 32 bytes for each."""
_CHUNK = 4 * 2**20
_LARGEST_LIST = 4 * 2**20
"""The maximum size of the list of sheets, in bytes; one of a thousand sheets has a fiftieth of it."""
_LONGEST = 16 * 2**20
"""The maximum number of bytes between the ends of two cells."""


@dataclass
class Extent:
    """The size of one sheet, and what a reader would not show of it.

    instead has the replacements of cells by row and column (from 0): broken formulas, numbers that are displayed as
    something else. strikes, unseen and hides: the part may have struck-out, unseen or hidden cells; unplaced: its cells do not state
    their places; looks: what was found; printed: what stands above and below each page.
    """

    rows: int = 0
    columns: int = 0
    cells: int = 0
    farthest: str = ""
    instead: dict[tuple[int, int], Broken | str] = field(default_factory=dict)
    strikes: bool = False
    unseen: bool = False
    hides: bool = False
    unplaced: bool = False
    looks: Looks = field(default_factory=Looks)
    printed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Package:
    """What is known of a workbook before parsing, by sheet name: replacements of cells, struck-out and hidden cells, the
    comments by row (from 1).

    from_1904: its day numbers count from 1904.
    """

    instead: Mapping[str, Mapping[tuple[int, int], Broken | str]]
    from_1904: bool
    looks: Mapping[str, Looks] = field(default_factory=dict)
    comments: Mapping[str, Comments] = field(default_factory=dict)


def look_through(path: Path) -> Package:
    """Return what an XLSX workbook contains beyond its values. Raises RecordsError if it is unsafe to parse."""
    try:
        with ZipFile(path) as book, path.open("rb") as raw:
            _check_parts(path.name, book)
            extents = {
                info.filename.lower(): _measure(path.name, info, _unpacked(path.name, raw, info))
                for info in book.infolist()
                if info.filename.lower().endswith((".xml", ".rels"))
            }
            _fill_up(path.name, book, raw, extents)
            _look(path.name, book, raw, extents)
            return _described(path.name, book, extents)
    except (BadZipFile, zlib.error, ET.ParseError, KeyError, EOFError, NotImplementedError, UnicodeError) as error:
        raise RecordsError(f"{path.name}：打不开，可能已损坏；请用 Excel 打开后另存为 xlsx 再导入") from error


def _check_parts(name: str, book: ZipFile) -> None:
    parts = book.infolist()
    total = sum(info.file_size for info in parts)
    if len(parts) > MOST_PARTS or len({info.filename for info in parts}) < len(parts):
        raise RecordsError(f"{name}：不像正常的 Excel 文件（里面的部件太多或重复），没有打开；请用 Excel 另存后再试")
    if total > MOST_BYTES:
        raise RecordsError(
            f"{name}：解开后有 {total // 2**20} MB，超过 {MOST_BYTES // 2**20} MB，没有打开；请分成几个文件，或删掉多余的格式和图片"
        )
    for info in parts:
        if info.flag_bits & 0x1 or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise RecordsError(f"{name}：压缩方式不是 Excel 用的那种，没有打开；请用 Excel 另存为 xlsx 再导入")
        if info.file_size > max(RATIO_FROM, info.compress_size * MOST_RATIO):
            raise RecordsError(f"{name}：压缩得过分（像是压缩炸弹），没有打开；请用 Excel 另存为 xlsx 再导入")


def _unpacked(name: str, raw: IO[bytes], info: ZipInfo) -> Iterator[bytes]:
    """Yield a part in chunks. Raises RecordsError if it is larger than the package states."""
    raw.seek(info.header_offset + 26)
    lengths = raw.read(4)
    raw.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
    left, remaining = info.compress_size, info.file_size
    inflate = zlib.decompressobj(-15) if info.compress_type == ZIP_DEFLATED else None
    while left > 0 and (piece := raw.read(min(left, 2**16))):
        left -= len(piece)
        while piece:
            out = inflate.decompress(piece, _CHUNK) if inflate else piece
            remaining -= len(out)
            if remaining < 0:
                raise RecordsError(f"{name}：里面的大小和写明的不一致（像是压缩炸弹），没有打开")
            yield out
            piece = inflate.unconsumed_tail if inflate else b""
    if remaining or left:
        raise BadZipFile(info.filename)


def _measure(name: str, info: ZipInfo, chunks: Iterator[bytes]) -> Extent:
    """Return the size of a part. Raises RecordsError if it is larger than a reader can handle."""
    extent, rest, row = Extent(), b"", 0
    for chunk in chunks:
        if b"\0" in chunk:
            raise RecordsError(f"{name}：里面有空字符（NUL）或不常见的编码，没有打开；请用 Excel 另存为 xlsx 再导入")
        text = rest + chunk
        if b"<!" in text and _DECLARED.search(text):
            raise RecordsError(f"{name}：里面有 XML 的实体声明（Excel 不会这样写，可能是恶意文件），没有打开")
        extent.strikes = extent.strikes or b"strike" in text
        extent.unseen = extent.unseen or (
            info.filename.lower() == _STYLES and (b"olor" in text or b"formatCode" in text)
        )
        extent.hides = extent.hides or hides(text)
        end = _last_end(text)
        row = _count(extent, text[:end], row)
        _print(extent, text[:end])
        rest = text[end:]
        if len(rest) > _LONGEST:
            raise RecordsError(f"{name}：有一格或一处的内容长得不正常，没有打开；请检查后另存再导入")
        if extent.cells > MOST_CELLS or extent.rows * extent.columns > MOST_CELLS:
            where = f"最远的一格是 {extent.farthest}" if extent.farthest else f"共 {extent.cells} 格"
            raise RecordsError(
                f"{name}：工作表太大（{where}），没有打开；多半是很远的地方误填了内容，请删掉那里的行和列，或分成几个文件"
            )
    _count(extent, rest, row)
    _print(extent, rest)
    return extent


def _print(extent: Extent, text: bytes) -> None:
    if b"Header" in text or b"Footer" in text:
        extent.printed += [said for found in _PRINTED.findall(text) if (said := printed_text(_text(found)))]


def _fill_up(name: str, book: ZipFile, raw: IO[bytes], extents: Mapping[str, Extent]) -> None:
    """Add the numbers displayed as something else to the sheets, if the workbook has such a format."""
    listed = {info.filename.lower(): info for info in book.infolist()}
    styles = listed.get("xl/styles.xml")
    if (
        styles is None
        or styles.file_size > _LARGEST_LIST
        or not (formats := number_formats(_tree(book, styles.filename)))
    ):
        return
    left = MOST_PADDED
    for part, info in listed.items():
        if part.startswith("xl/worksheets/") and part in extents:
            for letters, row, text in displayed_cells(_whole_cells(_unpacked(name, raw, info)), formats):
                left -= 1
                if left < 0:
                    raise too_many(name)
                extents[part].instead.setdefault((row - 1, _column(letters)), text)


def _look(name: str, book: ZipFile, raw: IO[bytes], extents: Mapping[str, Extent]) -> None:
    """Add the struck-out and hidden cells to the sheets, if the workbook may have any."""
    listed = {info.filename.lower(): info for info in book.infolist()}
    pieces = Pieces(name)
    formats = _formats(name, raw, listed, extents, pieces)
    for part, extent in extents.items():
        if part.startswith("xl/worksheets/") and (formats or extent.strikes or extent.hides):
            chunks = _whole_cells(_unpacked(name, raw, listed[part]))
            extent.looks = sheet_looks(name, placed(chunks) if extent.unplaced else chunks, formats, pieces)


def _formats(
    name: str, raw: IO[bytes], listed: Mapping[str, ZipInfo], extents: Mapping[str, Extent], pieces: Pieces
) -> XlsxFormats:
    """Return the struck-out styles and shared texts of a workbook."""
    marked, said = XlsxFormats(), extents.get(_STYLES, _NOTHING)
    if said.strikes or said.unseen:
        if listed[_STYLES].file_size > LARGEST_STYLES:
            raise RecordsError(f"{name}：单元格样式太多，没有打开；请把内容复制到新的工作簿里再导入")
        marked = marked_styles(_unpacked(name, raw, listed[_STYLES]), pieces)
    if _TEXTS not in extents or not (marked.styles or extents[_TEXTS].strikes):
        return marked
    chunks = _whole_cells(_unpacked(name, raw, listed[_TEXTS]))
    return replace(marked, texts=shared_texts(chunks, pieces, formatted=bool(marked.styles)))


_STYLES, _TEXTS = "xl/styles.xml", "xl/sharedstrings.xml"
_NOTHING = Extent()


def _whole_cells(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in chunks that end with a cell."""
    rest = b""
    for chunk in chunks:
        text = rest + chunk
        end = _last_end(text)
        yield text[:end]
        rest = text[end:]
    yield rest


def _last_end(text: bytes) -> int:
    """Return the offset at which a chunk may be cut: after the last complete cell, or near the end without cells."""
    last = max(text.rfind(ending) for ending in _ENDS)
    if last >= 0:
        return text.find(b">", last) + 1
    return 0 if _OPENS.search(text) else max(0, len(text) - 100)


def _count(extent: Extent, text: bytes, row: int) -> int:
    """Add the cells of a chunk to an extent; return the number of the last row."""
    cells = _CELLS.findall(text)
    extent.cells += len(cells) + text.count(b"<si>") // 2
    if not cells:
        return row
    places = {letters for letters, _ in cells}
    extent.unplaced = extent.unplaced or b"" in places
    widest = max((_column(letters) for letters in places if letters), default=0)
    lowest = max(map(int, {number for _, number in cells if number} | set(_ROWS.findall(text))), default=row)
    unusual = widest >= 1000 or lowest >= 200_000 or b"" in places
    if unusual or b"<f" in text or b":f" in text or b'"e"' in text or b"'e'" in text:
        return _count_filled(extent, text, row)
    extent.rows, extent.columns = max(extent.rows, lowest), max(extent.columns, widest + 1)
    return lowest


def _count_filled(extent: Extent, text: bytes, row: int) -> int:
    """Add the non-empty cells of a chunk, one by one, to an extent; return the number of the last row."""
    column, cell = -1, _Cell(b"")
    for tag in _TAGS.finditer(text):
        closes, name, said = tag[1], tag[2], tag[3]
        if name == b"row" and not closes:
            number = _REF_ROW.search(said)
            row, column = int(number[1]) if number else row + 1, -1
        elif name == b"c" and not closes:
            place = _REF.search(said)
            column, row = (_column(place[1]), int(place[2])) if place else (column + 1, row)
            cell = _Cell(said)
        elif name in (b"v", b"f") and not closes and not said.endswith(b"/"):
            cell.take(name, text[tag.end() : text.find(b"<", tag.end())])
        elif name != b"row" and not closes:
            cell.take(name, b"")
        if name == b"c" and (closes or said.endswith(b"/")):
            _note(extent, cell, row, column)
    return row


@dataclass
class _Cell:
    """A cell's attributes, its value or inline text, and its formula."""

    said: bytes
    value: bytes | None = None
    formula: bytes | None = None

    def take(self, name: bytes, inside: bytes) -> None:
        if name == b"f":
            self.formula = inside
        else:
            self.value = (self.value or b"") + inside

    def broken(self) -> Broken | None:
        """Return the defect of a cell: a failed formula, or one without a stored value; None if there is none."""
        if _FAILED.search(self.said):
            return Broken(_text(self.value or b"#VALUE!"))
        empty = self.value is None or not (self.value.strip() or _STRING.search(self.said))
        return Broken(f"={_text(self.formula)}"[:100], NO_RESULT) if self.formula is not None and empty else None


def _note(extent: Extent, cell: _Cell, row: int, column: int) -> None:
    """Add one cell to the extent of its sheet."""
    if broken := cell.broken():
        extent.instead[max(row, 1) - 1, column] = broken
    if cell.value is not None or cell.formula is not None:
        if row > extent.rows or column >= extent.columns:
            extent.farthest = f"{letters_of(column)}{row}"
        extent.rows, extent.columns = max(extent.rows, row), max(extent.columns, column + 1)


def _described(name: str, book: ZipFile, extents: Mapping[str, Extent]) -> Package:
    """Return the package, with each sheet's replacements, looks and comments from the part it refers to."""
    listed = {info.filename.lower(): info.filename for info in book.infolist()}
    root, links = _tree(book, "xl/workbook.xml"), _tree(book, "xl/_rels/workbook.xml.rels")
    targets = {link.get("Id", ""): normpath(join("/xl", link.get("Target", ""))).lstrip("/").lower() for link in links}
    instead, looks, comments = {}, {}, {}
    for sheet in (found for found in root.iter() if found.tag.endswith("}sheet") or found.tag == "sheet"):
        ids = [value for key, value in sheet.attrib.items() if key.endswith("}id")]
        part = targets.get(ids[0], "") if ids else ""
        title = sheet.get("name", "")
        instead[title], looks[title] = extents[part].instead, extents[part].looks
        said = _comments(name, book, listed, part)
        comments[title] = {**said, 1: (*said.get(1, ()), *extents[part].printed)} if extents[part].printed else said
    settings = [found for found in root.iter() if found.tag.endswith("workbookPr")]
    return Package(instead, any(found.get("date1904") in ("1", "true") for found in settings), looks, comments)


def _comments(name: str, book: ZipFile, listed: Mapping[str, str], part: str) -> Comments:
    """Return the comments on the cells of the sheet in a part. Raises RecordsError if there are too many."""
    folder, _, file = part.rpartition("/")
    links = listed.get(f"{folder}/_rels/{file}.rels")
    said: defaultdict[int, list[str]] = defaultdict(list)
    for link in _tree(book, links) if links else ():
        target = listed.get(normpath(join(f"/{folder}", link.get("Target", ""))).lstrip("/").lower())
        kind = link.get("Type", "").rpartition("/")[2]
        if target is None or kind not in ("comments", "drawing"):
            continue
        if book.getinfo(target).file_size > _LARGEST_LIST:
            raise RecordsError(f"{name}：批注、文本框太多，没有打开；请删掉不要的批注、文本框，另存后再导入")
        if kind == "drawing":
            boxes = (found for found in _tree(book, target).iter() if found.tag.endswith("}txBody"))
            said[1] += ["\n".join("".join(paragraph.itertext()) for paragraph in box).strip() for box in boxes]
            continue
        for comment in (found for found in _tree(book, target).iter() if found.tag.endswith("}comment")):
            row = re.sub(r"\D", "", comment.get("ref", ""))[:9]
            text = "".join(found.text or "" for found in comment.iter() if found.tag.endswith("}t"))
            own, _, _ = text.partition(f"【{MARKED}】")  # of a marked copy: what was said before
            said[int(row or 0)].append(own)
    return {place: tuple(texts) for place, texts in said.items()}


def _tree(book: ZipFile, part: str) -> ET.Element:
    if book.getinfo(part).file_size > _LARGEST_LIST:
        raise BadZipFile(part)
    return ET.fromstring(book.read(part))  # noqa: S314 - a part with declarations was refused before


def _column(letters: bytes | str) -> int:
    number = 0
    for letter in letters.decode() if isinstance(letters, bytes) else letters:
        number = number * 26 + ord(letter.upper()) - ord("A") + 1
    return number - 1


def letters_of(column: int) -> str:
    """Return a column's letters by its index: A for 0, B, … Z, AA."""
    name = ""
    while column >= 0:
        name = chr(ord("A") + column % 26) + name
        column = column // 26 - 1
    return name


def _text(inside: bytes) -> str:
    return unescape(inside.decode("utf-8", "replace"))


_PRINTED = re.compile(rb"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)(?:\s[^<>]*)?>([^<]{1,2000})<")
_DECLARED = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_ENDS = (b"</c>", b"</row>", b"</si>", b":c>", b":row>", b":si>")
_OPENS = re.compile(rb"<(?:\w+:)?(?:c|row|si)[\s>/]")
_REF = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]{1,7})(\d{1,9})""")
_REF_ROW = re.compile(rb"""\sr\s*=\s*["']\s*(\d{1,9})""")
_CELLS = re.compile(rb"""<(?:\w+:)?c(?=[\s>/])(?:[^<>]*?\sr\s*=\s*["']\s*([A-Za-z]{1,7})(\d{1,9}))?""")
_ROWS = re.compile(rb"""<(?:\w+:)?row\s[^<>]*?\br\s*=\s*["']\s*(\d{1,9})""")
_TAGS = re.compile(rb"<(/?)(?:\w+:)?(row|c|f|v|is)(?=[\s>/])([^<>]*)>")
"""Tags of rows and cells; bounded by the next < or >, so that malformed parts take linear time."""
_FAILED = re.compile(rb"""\st\s*=\s*["']e["']""")
_STRING = re.compile(rb"""\st\s*=\s*["']str["']""")
