"""Word files (DOCX) as paragraphs and rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zipfile import ZipFile

from ..errors import ReadingError
from .blocks import MOST_CELLS, Block, Source, SourceCell, SourceRow, SourceText
from .packages import part_of
from .values import marked, without_marks

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SKIPPED = frozenset(
    {f"{_W}del", f"{_W}moveFrom", f"{_W}pPr", f"{_W}rPr", f"{_W}instrText", f"{_W}tblPr", f"{_W}sectPr"}
)
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BREAKS = frozenset({f"{_W}br", f"{_W}cr"})
_WIDEST = 200


def read_docx(package: ZipFile) -> Source:
    """Return a Word file as paragraphs and rows. Raises ReadingError for a damaged or hostile one."""
    names = package.namelist()
    body = _parsed(part_of(package, "word/document.xml"))
    reader = _Reader(_Styles(_parsed(part_of(package, _STYLES_PART)) if _STYLES_PART in names else None))
    reader.walk(body)
    pictures = sum(name.startswith("word/media/") for name in names)
    return Source("docx", tuple(reader.blocks), title=_title(package), pictures=pictures)


def _parsed(content: bytes) -> Any:
    from lxml import etree

    if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content:
        raise ReadingError("里面有 XML 的实体声明（Word 不会这样写，可能是恶意文件），没有读")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ReadingError("内容不完整或者套得太深，读不出来；请用 Word 打开，另存为 docx 再试") from error


def _title(package: ZipFile) -> str:
    if "docProps/core.xml" not in package.namelist():
        return ""
    found = _parsed(part_of(package, "docProps/core.xml")).find("{http://purl.org/dc/elements/1.1/}title")
    return "" if found is None else (found.text or "")


@dataclass
class _Reader:
    """Walks the body in document order; a parser allows no deeper nesting than recursion does."""

    styles: _Styles
    blocks: list[Block] = field(default_factory=list)
    frames: int = 0
    cells: int = 0
    _paragraphs: int = 0

    def walk(self, element: Any) -> None:
        """Add the paragraphs and tables below an element."""
        for child in element:
            if child.tag in _SKIPPED or child.tag == _FALLBACK:
                continue
            if child.tag == f"{_W}tbl":
                self._table(child)
            elif child.tag == f"{_W}p":
                self._paragraph(child)
            else:
                self.walk(child)

    def _paragraph(self, paragraph: Any) -> None:
        text = without_marks(_text(paragraph, self.styles))
        if text.strip():
            self._paragraphs += 1
            self.blocks.append(SourceText(text.strip(), f"第 {self._paragraphs} 段"))
        for box in paragraph.iter(f"{_W}txbxContent"):
            if not any(above.tag in (_FALLBACK, f"{_W}txbxContent") for above in box.iterancestors()):
                self.walk(box)

    def _table(self, table: Any) -> None:
        rows = [
            row for row in table.iter(f"{_W}tr") if next(row.iterancestors(f"{_W}tbl")) is table and not _is_gone(row)
        ]
        in_cells = any(len(list(inner.iter(f"{_W}tc"))) > 1 for row in rows for inner in row.iter(f"{_W}tbl"))
        if in_cells or all(len(list(_cells(row))) <= 1 for row in rows):
            for row in rows:
                for cell in _cells(row):
                    self.walk(cell)
            return
        self.frames += 1
        for number, row in enumerate(rows, start=1):
            cells = tuple(self._row(row, number))
            self.cells += len(cells)
            if self.cells > MOST_CELLS:
                raise ReadingError(f"里面的表有 {MOST_CELLS} 格以上，不像一份报告，没有读")
            if cells:
                self.blocks.append(SourceRow(cells, self.frames))

    def _row(self, row: Any, number: int) -> Iterator[SourceCell]:
        column = _number(row, f"{_W}trPr/{_W}gridBefore", 0)
        for index, cell in enumerate(_cells(row), start=1):
            wide = _number(cell, f"{_W}tcPr/{_W}gridSpan", 1)
            merge = cell.find(f"{_W}tcPr/{_W}vMerge")
            carried = merge is not None and merge.get(f"{_W}val", "continue") == "continue"
            text, unread = self._seen(cell)
            place = f"表 {self.frames} 第 {number} 行第 {index} 格"
            yield SourceCell(text, column, column + wide, place, carried, unread)
            column += wide

    def _seen(self, cell: Any) -> tuple[str, str]:
        """Return the text that is seen in a cell, and why it is not read where something is seen that is no text."""
        for white in (False, True):
            lines = (without_marks(_text(part, self.styles, white=white)).strip() for part in cell.iter(f"{_W}p"))
            if text := "\n".join(filter(None, lines)):
                return text, "格里的字是白色的，看不见" if white else ""
        return "", next((why for tag, why in _NO_TEXT.items() if next(cell.iter(tag), None) is not None), "")


def _is_gone(row: Any) -> bool:
    """Return whether a row was deleted or is hidden."""
    return any(row.find(f"{_W}trPr/{_W}{name}") is not None for name in ("del", "hidden"))


def _cells(row: Any) -> Iterator[Any]:
    return (cell for cell in row.iter(f"{_W}tc") if next(cell.iterancestors(f"{_W}tr")) is row)


def _number(element: Any, path: str, least: int) -> int:
    found = element.find(path)
    said = re.fullmatch(r"\d{1,4}", found.get(f"{_W}val", "")) if found is not None else None
    return min(max(int(said[0]), least), _WIDEST) if said else least


_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath"
_NO_TEXT = {
    f"{_W}drawing": "格里是图片，读不出数",
    f"{_W}pict": "格里是图片，读不出数",
    f"{_W}object": "格里是嵌入的对象，读不出数",
    f"{_W}numPr": "格里是自动编号，读不出数",
    f"{_W}sym": "格里是符号，读不出数",
    _MATH: "格里是公式，读不出数",
}
"""What can be seen in a cell without a word of text."""


def _text(paragraph: Any, styles: _Styles, *, white: bool = False) -> str:
    """Return the text that is seen in a paragraph: without deleted and hidden parts, and without its text boxes.

    white: also what is as white as the paper.
    """
    said: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        if element.tag in _SKIPPED or element.tag in (_FALLBACK, f"{_W}txbxContent", f"{_W}tbl"):
            continue
        if element.tag == f"{_W}r":
            looks = styles.of(element)
            if looks.unseen or (looks.white and not white):
                continue
            if looks.raised:
                said.append(marked(_plain(element)))
                continue
        if element.tag == f"{_W}t":
            said.append(element.text or "")
        elif element.tag in _BREAKS:
            said.append("\n")
        elif element.tag == f"{_W}tab":
            said.append("\t")
        elif element.tag == f"{_W}noBreakHyphen":
            said.append("-")
        stack += reversed(element)
    return "".join(said)


def _plain(run: Any) -> str:
    return "".join(text.text or "" for text in run.iter(f"{_W}t"))


_STYLES_PART = "word/styles.xml"


@dataclass(frozen=True)
class _Looks:
    """How a run of text looks: not at all or struck out, raised as the mark of a note, as white as the paper."""

    unseen: bool = False
    raised: bool = False
    white: bool = False


class _Styles:
    """The looks of runs: by their own properties, else by those of their styles of characters and paragraphs."""

    def __init__(self, part: Any) -> None:
        named = () if part is None else part.iter(f"{_W}style")
        self._named = {one.get(f"{_W}styleId", ""): one for one in named}
        self._last: tuple[Any, list[Any], list[Any]] = (None, [], [])

    def of(self, run: Any) -> _Looks:
        """Return how a run looks."""
        properties = run.find(f"{_W}rPr")
        own = [] if properties is None else [properties, *self._properties(_value(properties, "rStyle"))]
        of_paragraph, shades = self._around(next(run.iterancestors(f"{_W}p"), None))
        chain = own + of_paragraph
        raised = _first(chain, "vertAlign") in ("superscript", "subscript") or _lifted(_first(chain, "position"))
        white = (_first(chain, "color") or "").upper() in _WHITE and not _painted(chain, shades)
        return _Looks(any(_is(chain, name) for name in ("vanish", "strike", "dstrike")), raised, white)

    def _properties(self, style: str) -> list[Any]:
        """Return the properties of runs of a style and of those that it is based on."""
        found = []
        for _ in range(_DEEPEST):
            if style not in self._named:
                break
            properties = self._named[style].find(f"{_W}rPr")
            found += [] if properties is None else [properties]
            based = self._named[style].find(f"{_W}basedOn")
            style = "" if based is None else based.get(f"{_W}val", "")
        return found

    def _around(self, paragraph: Any) -> tuple[list[Any], list[Any]]:
        """Return the properties that the style of a paragraph gives its runs, and the colours behind it."""
        if paragraph is None or paragraph is self._last[0]:
            return self._last[1:] if paragraph is not None else ([], [])
        properties = paragraph.find(f"{_W}pPr")
        style = "" if properties is None else _value(properties, "pStyle")
        shades = [above.find(f"{_W}{name}/{_W}shd") for name, above in _above(paragraph)]
        shades += [above.find(f"{_W}{name}/{_W}tblStyle") for name, above in _above(paragraph) if name == "tblPr"]
        self._last = (paragraph, self._properties(style), [shade for shade in shades if shade is not None])
        return self._last[1:]


def _above(paragraph: Any) -> Iterator[tuple[str, Any]]:
    """Yield a paragraph and the cells and tables around it, with the name of their properties."""
    yield "pPr", paragraph
    for above in paragraph.iterancestors(f"{_W}tc", f"{_W}tbl"):
        yield ("tcPr" if above.tag == f"{_W}tc" else "tblPr"), above


def _painted(chain: list[Any], shades: list[Any]) -> bool:
    """Return whether there is another colour than white behind a run, or may be: of its table's style."""
    if _first(chain, "highlight") not in (None, "none", "white"):
        return True
    own = [found for properties in chain if (found := properties.find(f"{_W}shd")) is not None]
    fills = [one.get(f"{_W}fill", "auto").upper() for one in (*own, *shades) if one.tag == f"{_W}shd"]
    return any(fill not in ("AUTO", *_WHITE) for fill in fills) or any(one.tag != f"{_W}shd" for one in shades)


_WHITE = frozenset({"FFFFFF", "FEFEFE", "FDFDFD"})
_DEEPEST = 12
_LEAST_LIFTED = 4


def _value(properties: Any, name: str) -> str:
    found = properties.find(f"{_W}{name}")
    return "" if found is None else str(found.get(f"{_W}val", ""))


def _first(chain: list[Any], name: str) -> str | None:
    """Return the value of a property where it is set first; None if nowhere."""
    found = (properties.find(f"{_W}{name}") for properties in chain)
    return next((str(one.get(f"{_W}val", "1")) for one in found if one is not None), None)


def _is(chain: list[Any], name: str) -> bool:
    return (_first(chain, name) or "0") not in ("0", "false", "off")


def _lifted(position: str | None) -> bool:
    """Return whether a distance from the line, in half points, is that of a mark."""
    return bool(position and re.fullmatch(r"-?\d{1,3}", position) and abs(int(position)) >= _LEAST_LIFTED)
