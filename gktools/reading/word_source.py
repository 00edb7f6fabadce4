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
    reader = _Reader()
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
        text = without_marks(_text(paragraph))
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
            lines = (without_marks(_text(paragraph)).strip() for paragraph in cell.iter(f"{_W}p"))
            text = "\n".join(filter(None, lines))
            yield SourceCell(text, column, column + wide, f"表 {self.frames} 第 {number} 行第 {index} 格", carried)
            column += wide


def _is_gone(row: Any) -> bool:
    """Return whether a row was deleted or is hidden."""
    return any(row.find(f"{_W}trPr/{_W}{name}") is not None for name in ("del", "hidden"))


def _cells(row: Any) -> Iterator[Any]:
    return (cell for cell in row.iter(f"{_W}tc") if next(cell.iterancestors(f"{_W}tr")) is row)


def _number(element: Any, path: str, least: int) -> int:
    found = element.find(path)
    said = re.fullmatch(r"\d{1,4}", found.get(f"{_W}val", "")) if found is not None else None
    return min(max(int(said[0]), least), _WIDEST) if said else least


def _text(paragraph: Any) -> str:
    """Return the text that is seen in a paragraph: without deleted and hidden parts, and without its text boxes."""
    said: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        if element.tag in _SKIPPED or element.tag in (_FALLBACK, f"{_W}txbxContent", f"{_W}tbl"):
            continue
        if element.tag == f"{_W}r":
            if _is(element, "vanish", "strike", "dstrike"):
                continue
            if _is_raised(element):
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


def _is(run: Any, *names: str) -> bool:
    found = [run.find(f"{_W}rPr/{_W}{name}") for name in names]
    return any(one is not None and one.get(f"{_W}val", "1") not in ("0", "false", "off") for one in found)


def _is_raised(run: Any) -> bool:
    found = run.find(f"{_W}rPr/{_W}vertAlign")
    return found is not None and found.get(f"{_W}val") in ("superscript", "subscript")
