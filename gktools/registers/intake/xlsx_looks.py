"""Struck-out and hidden cells in the parts of an XLSX package: fonts, styles, runs of text, rows, columns, filters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType

from ...errors import RecordsError
from .looks import BLACK, WHITE, Looks, Runs, Strikes, UnseenRows, colour_of, hides_text, too_many

MOST_ELEMENTS = 3_000_000
"""The maximum number of XML elements parsed in the formatted texts of a workbook; 32 MB of styles have as many."""
LARGEST_STYLES = 32 * 2**20
_DEEPEST = 30
_LAST_COLUMN, _LAST_ROW = 16384, 1048576
_EDGE = 2**15
"""The number of bytes at an end of a chunk in which the row that goes on beyond it is looked for."""
_FEW = 50
"""Up to this number of struck-out styles, each is searched by number."""


@dataclass(frozen=True)
class XlsxFormats:
    """The struck-out formats of a workbook: the numbers of styles, and the shared texts with runs by number.

    unseen are the numbers of the styles that write in the colour of their fill or display no text.
    """

    styles: frozenset[int] = frozenset()
    unseen: frozenset[int] = frozenset()
    texts: Mapping[int, Runs] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.styles or self.unseen or self.texts)


class Pieces:
    """A parser of formatted texts with a limit on the elements of one workbook."""

    def __init__(self, name: str) -> None:
        self._name, self._left = name, MOST_ELEMENTS

    def parse(self, chunks: Iterable[bytes], on: _Handler) -> None:
        """Parse XML and call the handler for its elements and texts. Raises RecordsError above the limits."""
        parser: XMLParserType = ParserCreate()
        depth = 0

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            self._left -= 1
            if self._left < 0 or depth > _DEEPEST:
                raise too_many(self._name)
            on.start(tag.rpartition(":")[2], attributes)

        def end(tag: str) -> None:
            nonlocal depth
            depth -= 1
            on.end(tag.rpartition(":")[2])

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = on.text
        try:
            for chunk in chunks:
                parser.Parse(chunk)
            parser.Parse(b"", True)
        except ExpatError as error:
            raise RecordsError(f"{self._name}：打不开，可能已损坏；请用 Excel 打开后另存为 xlsx 再导入") from error

    def runs(self, inside: bytes) -> Runs:
        """Return the runs of the XML inside a text."""
        found = _TextReader()
        self.parse((b"<text>", inside, b"</text>"), found)
        return tuple(found.runs)


class _Handler:
    """The callbacks for the elements of a part."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Handle the start of an element."""

    def end(self, tag: str) -> None:
        """Handle the end of an element."""

    def text(self, text: str) -> None:
        """Handle text inside an element."""


class _TextReader(_Handler):
    """The runs of a text, without its phonetic guide."""

    def __init__(self) -> None:
        self.runs: list[tuple[bool | None, str]] = []
        self._struck: bool | None = None
        self._said: list[str] = []
        self._takes = self._spoken = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "r":
            self._struck = None
        elif tag == "rPr":
            self._struck = False
        elif tag == "strike":
            self._struck = _is_on(attributes)
        elif tag == "rPh":
            self._spoken = True
        elif tag == "t":
            self._takes = not self._spoken

    def text(self, text: str) -> None:
        if self._takes:
            self._said.append(text)

    def end(self, tag: str) -> None:
        if tag == "t" and self._takes:
            self.runs.append((self._struck, "".join(self._said)))
            self._said.clear()
            self._takes = False
        elif tag == "rPh":
            self._spoken = False


class _StyleReader(_Handler):
    """The cell styles whose font is struck out, or whose text is not seen; conditional and table formats are ignored."""

    def __init__(self) -> None:
        self.styles: set[int] = set()
        self.unseen: set[int] = set()
        self._within = ""
        self._cells = -1
        self._struck: set[int] = set()
        self._hiding: set[str] = set()
        self._fonts: list[str] = []
        self._fills: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in ("fonts", "fills", "cellXfs", "dxfs", "cellStyleXfs"):
            self._within = tag
        elif tag == "numFmt" and not self._within and hides_text(attributes.get("formatCode", "")):
            self._hiding.add(attributes.get("numFmtId", ""))
        elif self._within == "fonts":
            self._of_font(tag, attributes)
        elif self._within == "fills":
            self._of_fill(tag, attributes)
        elif tag == "xf" and self._within == "cellXfs":
            self._cells += 1
            font, fill = (int(said) if (said := attributes.get(key, "0")).isdecimal() else -1 for key in _OF_STYLE)
            if font in self._struck:
                self.styles.add(self._cells)
            coloured = 0 <= font < len(self._fonts) and self._fonts[font] == self._filled(fill)
            if coloured or attributes.get("numFmtId", "") in self._hiding:
                self.unseen.add(self._cells)

    def _of_font(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "font":
            self._fonts.append(BLACK)
        elif tag == "strike" and _is_on(attributes):
            self._struck.add(len(self._fonts) - 1)
        elif tag == "color" and self._fonts:
            self._fonts[-1] = _colour(attributes)

    def _of_fill(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "fill":
            self._fills.append(WHITE)
        elif tag in ("patternFill", "gradientFill") and self._fills:
            kind = attributes.get("patternType", "none" if tag == "patternFill" else tag)
            self._fills[-1] = {"none": WHITE, "solid": BLACK}.get(kind, "")
        elif tag == "fgColor" and self._fills and self._fills[-1] == BLACK:
            self._fills[-1] = _colour(attributes)

    def _filled(self, fill: int) -> str:
        return self._fills[fill] if 0 <= fill < len(self._fills) else WHITE

    def end(self, tag: str) -> None:
        if tag == self._within:
            self._within = ""


def _is_on(attributes: Mapping[str, str]) -> bool:
    return attributes.get("val", "1").strip().lower() not in ("0", "false", "off")


_OF_STYLE = ("fontId", "fillId")


def _colour(attributes: Mapping[str, str]) -> str:
    """Return a colour for comparison: nearly white and nearly black are one each, however they are written."""
    if rgb := _RGB.fullmatch(attributes.get("rgb", "")):
        parts = bytes.fromhex(rgb[1])
        return WHITE if min(parts) >= _NEARLY_WHITE else BLACK if max(parts) <= _NEARLY_BLACK else rgb[1].lower()
    theme, tint = attributes.get("theme"), attributes.get("tint", "0")
    if theme in ("0", "1") and _SLIGHT.fullmatch(tint):
        return (WHITE, BLACK)[int(theme)]
    if theme:
        return f"{theme} {tint}"
    return colour_of(int(number)) if (number := attributes.get("indexed", "")).isdecimal() else BLACK


_RGB = re.compile("(?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})")
_NEARLY_WHITE, _NEARLY_BLACK = 0xF0, 0x0F
_SLIGHT = re.compile(r"-?(?:0?(?:\.0\d*)?|\d(?:\.\d+)?E-\d*[2-9])", re.IGNORECASE)
"""A tint of less than a tenth, as it is or with an exponent (Excel writes -4.9989318521683403E-2)."""


def marked_styles(chunks: Iterable[bytes], pieces: Pieces) -> XlsxFormats:
    """Return the numbers of the cell styles that are struck out or of one colour, from the part of styles."""
    found = _StyleReader()
    pieces.parse(chunks, found)
    return XlsxFormats(frozenset(found.styles), frozenset(found.unseen))


def shared_texts(chunks: Iterable[bytes], pieces: Pieces, *, formatted: bool) -> dict[int, Runs]:
    """Return the shared texts with struck-out runs, by number; formatted also returns all other formatted ones."""
    found: dict[int, Runs] = {}
    sought = _FORMATTED if formatted else _STRUCK
    number = -1
    for chunk in chunks:
        place = 0
        for hit in sought.finditer(chunk):
            begins = _TEXT.findall(chunk, place, hit.start()) if hit.start() >= place else []
            end = _TEXT_END.search(chunk, hit.end()) if begins else None
            if end:
                number += len(begins)
                begin = chunk.rfind(begins[-1], place, hit.start()) + len(begins[-1])
                found[number] = pieces.runs(chunk[begin : end.start()])
                place = end.end()
        number += len(_TEXT.findall(chunk, place))
    return found


def sheet_looks(name: str, chunks: Iterable[bytes], formats: XlsxFormats, pieces: Pieces) -> Looks:
    """Return the struck-out and hidden cells of one sheet's part; its chunks must end with a cell."""
    reader = _SheetReader(name, formats, pieces)
    for chunk in chunks:
        reader.take(chunk)
    return reader.looks()


class _SheetReader:
    """A collector of the struck-out and hidden cells of one sheet."""

    def __init__(self, name: str, formats: XlsxFormats, pieces: Pieces) -> None:
        self._name, self._formats, self._pieces = name, formats, pieces
        self._strikes = Strikes(name)
        self._rows: set[int] = set()
        self._columns = bytearray(_LAST_COLUMN)
        self._told = 0
        self._filtered: tuple[int, int] | None = None
        numbers = "|".join(map(str, sorted(formats.styles))) if len(formats.styles) <= _FEW else r"\d+"
        self._styled = re.compile(_STYLED % numbers.encode()) if formats.styles else None
        self._words = [b's="%d"' % number for number in formats.styles]
        self._unseen = UnseenRows()
        self._unseen_words = [b's="%d"' % number for number in formats.unseen]
        self._striking = {number: runs for number, runs in formats.texts.items() if any(out for out, _ in runs)}
        self._numbers = {b"%d" % number for number in self._striking}

    def take(self, chunk: bytes) -> None:
        """Read one chunk of the part."""
        if hides(chunk):
            self._hidden(chunk)
        if b"autoFilter" in chunk and (found := _FILTER.search(chunk)):
            self._filtered = int(found[1]) - 1, int(found[2] or _LAST_ROW) - 1
        if self._styled and self._may_be_styled(chunk):
            for cell in self._styled.finditer(chunk):
                if int(cell[2]) in self._formats.styles:
                    self._cell(cell[1], self._runs(chunk, cell), struck=True)
        if self._formats.unseen:
            self._seen(chunk)
        if self._striking and not self._numbers.isdisjoint(_WHOLE.findall(chunk)):
            for cell in _SHARED.finditer(chunk):
                runs = self._striking.get(int(cell[2]))
                if runs and not self._is_struck(cell[1]):
                    self._cell(cell[1], runs, struck=False)
        if b"strike" in chunk:
            for cell in _CELL.finditer(chunk):
                inside = _inside(chunk, cell.end())
                if b"strike" in inside and not self._is_struck(cell[1]):
                    self._cell(cell[1], self._pieces.runs(inside), struck=False)

    def _seen(self, chunk: bytes) -> None:
        """Note the rows of seen and of unseen cells; of a chunk without an unseen one only the rows that its neighbours go on with."""
        may_be = len(self._unseen_words) > _FEW or any(word in chunk for word in self._unseen_words)
        parts = (chunk,) if may_be or _UNUSUAL.search(chunk) else (chunk[:_EDGE], chunk[-_EDGE:])
        for cell in chain.from_iterable(map(_CELL.finditer, parts)):
            style, place = _STYLE.search(cell[1]), _PLACE.search(cell[1])
            if place:
                number = int(style[1]) if style else -1
                self._unseen.take(int(place[2]) - 1, unseen=number in self._formats.unseen)

    def _hidden(self, chunk: bytes) -> None:
        for row in _ROW.finditer(chunk):
            number = _NUMBER.search(row[1]) or _FIRST.match(chunk, row.end())
            if number and 0 < int(number[1]) <= _LAST_ROW:
                self._rows.add(int(number[1]) - 1)
        for column in _COLUMN.finditer(chunk):
            first, last = _MIN.search(column[1]), _MAX.search(column[1])
            self._told += 1
            if first and last and self._told <= _LAST_COLUMN:
                left, right = max(int(first[1]) - 1, 0), min(int(last[1]), _LAST_COLUMN)
                self._columns[left:right] = b"\1" * max(right - left, 0)

    def _may_be_styled(self, chunk: bytes) -> bool:
        """Return whether a chunk may have a cell in a struck-out style; a fast test with false positives only."""
        return len(self._words) > _FEW or any(word in chunk for word in self._words) or bool(_UNUSUAL.search(chunk))

    def _cell(self, said: bytes, runs: Runs, *, struck: bool) -> None:
        if place := _PLACE.search(said):
            self._strikes.take(int(place[2]) - 1, _column(place[1]), runs, struck)

    def _is_struck(self, said: bytes) -> bool:
        style = _STYLE.search(said)
        return style is not None and int(style[1]) in self._formats.styles

    def _runs(self, chunk: bytes, cell: re.Match[bytes]) -> Runs:
        """Return the runs of a cell's text; empty if it has no formats of its own."""
        if _IS_SHARED.search(cell[1]):
            value = _VALUE.match(chunk, cell.end())
            return self._formats.texts.get(int(value[1]), ()) if value else ()
        inside = _inside(chunk, cell.end()) if _IS_INLINE.search(cell[1]) else b""
        return self._pieces.runs(inside) if b"rPr" in inside else ()

    def looks(self) -> Looks:
        """Return what was found."""
        columns = {place for place, hidden in enumerate(self._columns) if hidden}
        return self._strikes.looks(self._rows, columns, self._filtered, self._unseen.rows)


def _inside(chunk: bytes, start: int) -> bytes:
    """Return the XML inside the inline text of the cell that starts at an offset; empty if it has none."""
    opened = _INLINE.match(chunk, start)
    if not opened:
        return b""
    closed = _INLINE_END.search(chunk, opened.end())
    return chunk[opened.end() : closed.start()] if closed else b""


def placed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same chunks with the place added to rows and cells that do not state it."""
    row, column = 0, -1

    def place(tag: re.Match[bytes]) -> bytes:
        nonlocal row, column
        is_row = tag[2] == b"row"
        if is_row:
            number = _NUMBER.search(tag[3])
            row, column = int(number[1]) if number else row + 1, -1
            return tag[0] if number else b'<%srow r="%d"%s>' % (tag[1] or b"", row, tag[3])
        said = _PLACE.search(tag[3])
        column, row = (_column(said[1]), int(said[2])) if said else (column + 1, row)
        return tag[0] if said else b'<%sc r="%s%d"%s>' % (tag[1] or b"", letters(column), row, tag[3])

    for chunk in chunks:
        yield _TAG.sub(place, chunk)


def letters(column: int) -> bytes:
    """Return a column's letters by its index: A for 0."""
    head, last = divmod(column, 26)
    return (letters(head - 1) if head else b"") + bytes([65 + last])


def _column(name: bytes) -> int:
    number = 0
    for letter in name.upper():
        number = number * 26 + letter - 64
    return number - 1


def hides(text: bytes) -> bool:
    """Return whether a chunk of a sheet seems to hide a row or a column: a fast test before the exact one."""
    if b"hidden" in text and _HIDDEN.search(text):
        return True
    return b' ht="0' in text or b' width="0' in text


_OFF = rb"""hidden\s*=\s*["'](?:1|true)["']|%s\s*=\s*["']0(?:\.0*)?["']"""
_HIDDEN = re.compile(rb"""hidden\s*=\s*["'](?:1|true)["']""")
_ROW = re.compile(rb"<(?:\w+:)?row(?=\s)([^<>]*?\s(?:" + _OFF % b"ht" + rb")[^<>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col(?=\s)([^<>]*?\s(?:" + _OFF % b"width" + rb")[^<>]*)>")
_NUMBER = re.compile(rb"""\sr\s*=\s*["']\s*(\d{1,9})""")
_FIRST = re.compile(rb"""\s*<(?:\w+:)?c\s(?:[^<>]*?\s)?r\s*=\s*["'][A-Za-z]{1,7}(\d{1,9})""")
_MIN = re.compile(rb"""\smin\s*=\s*["'](\d{1,9})""")
_MAX = re.compile(rb"""\smax\s*=\s*["'](\d{1,9})""")
_FILTER = re.compile(
    rb"""<(?:\w+:)?autoFilter\s[^<>]*?\bref\s*=\s*["']\$?[A-Z]+\$?(\d{1,9})(?::\$?[A-Z]+\$?(\d{1,9}))?"""
)
_PLACE = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]{1,7})(\d{1,9})""")
_STYLE = re.compile(rb"""\ss\s*=\s*["'](\d{1,9})["']""")
_STYLED = rb"""<(?:\w+:)?c(?=\s)([^<>]*?\ss\s*=\s*["']0*(%s)["'][^<>]*)(?<!/)>"""
_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s>])([^<>]*)(?<!/)>")
_SHARED = re.compile(
    rb"""<(?:\w+:)?c(?=\s)([^<>]*?\st\s*=\s*["']s["'][^<>]*)>\s*<(?:\w+:)?v(?:\s[^<>]*)?>\s*(\d{1,9})\s*<"""
)
_IS_SHARED = re.compile(rb"""\st\s*=\s*["']s["']""")
_IS_INLINE = re.compile(rb"""\st\s*=\s*["']inlineStr["']""")
_VALUE = re.compile(rb"\s*<(?:\w+:)?v(?:\s[^<>]*)?>\s*(\d{1,9})\s*<")
_INLINE = re.compile(rb"\s*<(?:\w+:)?is(?:\s[^<>]*)?(?<!/)>")
_INLINE_END = re.compile(rb"</(?:\w+:)?is\s*>")
_TEXT = re.compile(rb"<(?:\w+:)?si(?=[\s>/])[^<>]*>")
_STRUCK = re.compile(rb"strike")
_FORMATTED = re.compile(rb"strike|rPr")
_WHOLE = re.compile(rb">\s*0*(\d{1,9})\s*<")
_UNUSUAL = re.compile(rb"""s(?:='|\s+=|=\s|="0\d)""")
"""A style attribute not written in the usual way."""
_TEXT_END = re.compile(rb"</(?:\w+:)?si\s*>")
_TAG = re.compile(rb"<(\w+:)?(row|c)(?=[\s>/])([^<>]*)>")
