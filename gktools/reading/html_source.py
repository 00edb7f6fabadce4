"""Web pages as paragraphs and rows: saved pages, and web archives (MHT)."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from email.message import Message
from itertools import islice
from typing import Any

from ..errors import ReadingError
from .blocks import MOST_CELLS, Block, Source, SourceCell, SourceRow, SourceText
from .page_style import PageStyle
from .text_source import blocks_of, decoded, plain_lines
from .values import marked, without_marks

MOST_TAGS = 400_000
"""The maximum number of tags of a page."""
_WIDEST, _LOWEST = 200, 1000
"""The most columns and rows that one cell may span."""
_MOST_COLUMNS = 400
_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_-]+)|<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9_-]+)""",
    re.IGNORECASE,
)


def read_html(data: bytes, charset: str = "") -> Source:
    """Return a web page as paragraphs and rows. Raises ReadingError for one that is too large or nested too deep."""
    import lxml.html
    from lxml import etree

    if data.count(b"<") > MOST_TAGS:
        raise ReadingError("网页里的标签多得不像一份报告，没有读")
    declared = _DECLARED.search(data, 0, _HEAD)
    text = decoded(data, charset or (next(one for one in declared.groups() if one).decode() if declared else ""))
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    plain = _XML.sub("", text, count=1).replace("\0", "")
    try:
        tree = lxml.html.document_fromstring(plain.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return Source("html", (), has_scripts=b"<script" in data.lower())
    return _source(tree)


_HEAD = 8192
_XML = re.compile(r"^\s*<\?xml[^>]*\?>")


_TABLE = re.compile(r"<table\b.*?</table\s*>", re.IGNORECASE | re.DOTALL)
_MOST_TABLES = 300
_FAR = 1000
"""More than the frames of one table of a page."""


def read_text_with_tables(data: bytes) -> Source:
    """Return a text in which tables are written as on a page: programs that read pictures and PDF make such Markdown."""
    text = decoded(data)
    if len(text) > MOST_TAGS or text.lower().count("<table") > _MOST_TABLES:
        raise ReadingError("文字或表多得不像一份报告，没有读")
    blocks: list[Block] = []
    end = 0
    for number, table in enumerate(_TABLE.finditer(text), start=1):
        blocks += _lines_before(text, end, table.start(), number)
        blocks += _moved(read_html(table[0].encode()).blocks, number)
        end = table.end()
    blocks += _lines_before(text, end, len(text), _FAR)
    return Source("markdown", tuple(blocks))


def _lines_before(text: str, start: int, end: int, number: int) -> Iterator[Block]:
    return blocks_of(plain_lines(text[start:end]), text.count("\n", 0, start) + 1, number * _FAR + _FAR // 2)


def _moved(blocks: Sequence[Block], number: int) -> Iterator[Block]:
    """Yield the rows of the table of a number, its place in front of theirs."""
    for block in blocks:
        if isinstance(block, SourceRow):
            cells = tuple(replace(cell, place=f"第 {number} 张{cell.place}") for cell in block.cells)
            yield SourceRow(cells, number * _FAR + block.frame)
        else:
            yield replace(block, place=f"第 {number} 张表里{block.place}")


def read_mht(data: bytes) -> Source:
    """Return the page of a web archive. Raises ReadingError if there is none in it."""
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            return replace(read_html(_payload(part), str(part.get_content_charset() or "")), kind="mht")
    raise ReadingError("这个网页归档（mht）里没有网页；请在浏览器里重新另存为网页再试")


def _payload(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _source(tree: Any) -> Source:
    reader = _Reader(PageStyle(tree))
    reader.walk(tree)
    metas = {
        (meta.get("name") or meta.get("property") or "").lower(): (meta.get("content") or "")
        for meta in tree.iter("meta")
    }
    title = metas.get("articletitle") or next((one.text_content() for one in tree.iter("title")), "")
    return Source(
        "html",
        tuple(reader.blocks),
        title=" ".join(title.split()),
        published_on=metas.get("pubdate", ""),
        unit=metas.get("contentsource", "") if _TITLE_META in metas else "",
        pictures=sum(1 for _ in tree.iter("img")),
        has_scripts=any(True for _ in tree.iter("script")),
    )


_TITLE_META = "articletitle"
_UNSEEN = frozenset(
    {
        "script",
        "style",
        "template",
        "noscript",
        "head",
        "rp",
        "rt",
        "svg",
        "object",
        "iframe",
        "nav",
        "audio",
        "canvas",
        "datalist",
        "math",
        "meter",
        "noframes",
        "progress",
        "title",
        "video",
    }
)
_INLINE = frozenset(
    """
    a abbr acronym b big bdo bdi cite code data dfn del em font i ins kbd label mark nobr o:p q ruby s
    samp small span strike strong sub sup time tt u var wbr
    """.split()  # noqa: SIM905 - a list of words
)


_HEADINGS = frozenset({"h1", "h2", "h3"})
_FIELDS = frozenset({"input", "textarea", "select"})
_PICTURES = ("img", "svg", "canvas", "object", "math", "embed")


def _entered(element: Any) -> str:
    """Return what stands in a field of a form."""
    if element.tag == "textarea":
        return element.text or ""
    if element.tag == "input":
        kind = (element.get("type") or "text").lower()
        return element.get("value") or "" if kind in ("text", "number", "tel") else ""
    options = list(element.iter("option"))
    chosen = [option for option in options if option.get("selected") is not None] or options[:1]
    return str(chosen[-1].text_content()) if chosen else ""


@dataclass
class _Reader:
    """Walks a tree without recursion: paragraphs outside of tables, and the rows of tables."""

    style: PageStyle
    blocks: list[Block] = field(default_factory=list)
    frames: int = 0
    cells: int = 0
    _said: list[str] = field(default_factory=list)
    _paragraphs: int = 0
    _headings: int = 0
    _links: int = 0
    _linked: bool = True

    def walk(self, root: Any) -> None:
        """Add everything below an element."""
        stack: list[tuple[Any, bool]] = [(root, False)]
        while stack:
            element, leaving = stack.pop()
            if isinstance(element, _Rows):
                self._grid(element.rows)
            elif leaving:
                self._leave(element)
            elif self._is_unseen(element) or element.tag in _FIELDS:
                self._say(element.tail)
            elif element.tag == "table":
                self._flush()
                stack.append((element, True))
                stack += [(part, False) for part in reversed(list(self._parts_of_table(element)))]
            else:
                if element.tag not in _INLINE:
                    self._flush()
                self._headings += element.tag in _HEADINGS
                self._links += element.tag == "a"
                self._say(element.text)
                stack.append((element, True))
                stack += [(child, False) for child in reversed(element)]
        self._flush()

    def _leave(self, element: Any) -> None:
        if element.tag not in _INLINE:
            self._flush()
        self._headings -= element.tag in _HEADINGS
        self._links -= element.tag == "a"
        self._say(element.tail)

    def _say(self, text: str | None) -> None:
        if text:
            self._said.append(text)
            self._linked = self._linked and (self._links > 0 or not text.strip())

    def _flush(self) -> None:
        text = " ".join("".join(self._said).split())
        kind = "heading" if self._headings else "link" if self._linked else ""
        self._said, self._linked = [], True
        if text:
            self._paragraphs += 1
            self.blocks.append(SourceText(text, f"第 {self._paragraphs} 段", kind))

    def _parts_of_table(self, table: Any) -> Iterator[Any]:
        """Yield a table's rows; of one that lays out a page, with tables in cells or with one column, the cells."""
        rows: list[Any] = []
        columns = max((len(list(self._cells(row))) for row in self._rows(table)), default=0)
        for row in self._rows(table):
            if columns > 1 and not any(_holds_table(cell) for cell in self._cells(row)):
                rows.append(row)
                continue
            yield _Rows(rows)
            rows = []
            yield from self._cells(row)
        yield _Rows(rows)

    def _rows(self, table: Any) -> Iterator[Any]:
        """Yield a table's own rows, also those that other elements stand around."""
        return (row for row in table.iter("tr") if _nearest(row, "table") is table and not self.style.removes(row))

    def _cells(self, row: Any) -> Iterator[Any]:
        return (cell for cell in row.iter("td", "th") if _nearest(cell, "tr") is row and not self.style.removes(cell))

    def _is_unseen(self, element: Any) -> bool:
        return (
            not isinstance(element.tag, str)
            or element.tag in _UNSEEN
            or (element.tag == "dialog" and element.get("open") is None)
            or _is_folded(element)
            or self.style.hides(element)
        )

    def _cell(self, cell: Any, start: int, end: int, place: str) -> SourceCell:
        """Return a cell with what is seen in it; unread where something is seen that is no text of the page."""
        if any(self.style.hides(around) for around in (cell, cell.getparent())):
            return SourceCell("", start, end, place)
        text = self._cell_text(cell, white=False)
        if text.strip():
            return SourceCell(text, start, end, place)
        if white := self._cell_text(cell, white=True):
            return SourceCell(white, start, end, place, unread="格里的字是白色的，看不见")
        inside = [one for one in cell.iter() if isinstance(one.tag, str)]
        if any(one.tag in _PICTURES for one in inside):
            return SourceCell("", start, end, place, unread="格里是图片，读不出数")
        if any(self.style.writes(one) for one in inside):
            return SourceCell("", start, end, place, unread="格里的数是网页的样式写出来的，读不出来")
        return SourceCell("", start, end, place)

    def _cell_text(self, cell: Any, *, white: bool) -> str:
        """Return the text of a cell, its paragraphs on lines of their own, without what is struck out or a mark of a note.

        white: also what is as white as the paper.
        """
        if not white and any(self.style.whitens(one) for one in (cell, *islice(cell.iterancestors(), 3))):
            return ""
        said: list[str] = []
        stack: list[tuple[Any, bool]] = [(cell, False)]
        while stack:
            element, leaving = stack.pop()
            block = isinstance(element.tag, str) and element.tag not in _INLINE and element is not cell
            if leaving:
                said.append(("\n" if block else "") + (_one_line(element.tail) if element is not cell else ""))
            elif (
                self._is_unseen(element)
                or self.style.strikes(element)
                or (not white and element is not cell and self.style.whitens(element))
            ):
                said.append("" if element is cell else _one_line(element.tail))
            elif element.tag in _FIELDS or (element is not cell and self.style.raises(element)):
                inner = _entered(element) if element.tag in _FIELDS else marked(element.text_content())
                said.append(inner + _one_line(element.tail))
            else:
                said.append(("\n" if block else "") + _one_line(element.text))
                stack.append((element, True))
                stack += [(child, False) for child in reversed(element)]
        lines = without_marks("".join(said)).split("\n")
        return "\n".join(" ".join(line.split()) for line in lines if line.strip())

    def _grid(self, rows: list[Any]) -> None:
        self.frames += 1
        frame, above = self.frames, dict[int, tuple[int, SourceCell]]()
        for number, row in enumerate(rows, start=1):
            cells: list[SourceCell] = []
            column = 0
            for index, cell in enumerate(self._cells(row), start=1):
                first = column
                while column in above:
                    column += 1
                cells += dict.fromkeys(above[one][1] for one in range(first, column))
                wide, low = _span(cell, "colspan", _WIDEST), _span(cell, "rowspan", _LOWEST)
                place = f"表 {frame} 第 {number} 行第 {index} 格"
                if column > _MOST_COLUMNS:
                    raise ReadingError(f"里面的表有 {_MOST_COLUMNS} 列以上，不像一份报告，没有读")
                cells.append(self._cell(cell, column, column + wide, place))
                if low > 1:
                    carried = replace(cells[-1], carried=True)
                    above |= {column + across: (low, carried) for across in range(wide)}
                column += wide
            cells += dict.fromkeys(above[one][1] for one in sorted(above) if one >= column)
            above = {place: (left - 1, cell) for place, (left, cell) in above.items() if left > 1}
            self.cells += len(cells)
            if self.cells > MOST_CELLS:
                raise ReadingError(f"里面的表有 {MOST_CELLS} 格以上，不像一份报告，没有读")
            if cells:
                self.blocks.append(SourceRow(tuple(cells), frame))


@dataclass(frozen=True)
class _Rows:
    """Rows of a table, one after the other, that hold no table themselves."""

    rows: list[Any]


def _nearest(element: Any, name: str) -> Any:
    return next(element.iterancestors(name), None)


def _is_folded(element: Any) -> bool:
    """Return whether an element is inside a part that opens only when somebody clicks on its summary."""
    parent = element.getparent()
    return parent is not None and parent.tag == "details" and parent.get("open") is None and element.tag != "summary"


def _holds_table(cell: Any) -> bool:
    """Return whether there is a table in a cell; one with a single cell is a frame around its text."""
    return any(len(list(islice(table.iter("td", "th"), 2))) > 1 for table in cell.iter("table"))


def _span(cell: Any, name: str, most: int) -> int:
    said = re.match(r"\s*(\d{1,6})", cell.get(name) or "")
    return min(max(int(said[1]), 1), most) if said else 1


def _one_line(text: str | None) -> str:
    return re.sub(r"[\t\r\n ]+", " ", text or "")
