"""All text of a published file in any format: visible text, attributes and properties.

A passage is one unit of text: a paragraph, a cell, an attribute. Its place is a Chinese description for staff.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from itertools import pairwise
from threading import Lock
from typing import Any
from xml.etree import ElementTree

from ..errors import GktoolsError, install_command

_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class PublishedPassage:
    """A unit of text of a file: its place for staff, the text, and the name of the file."""

    place: str
    text: str
    file: str = ""


def passages(name: str, data: bytes) -> Iterator[PublishedPassage]:
    """Yield all passages of a file; the ending of its name is the format: html, docx, xlsx, pdf, json or csv.

    Raises GktoolsError if the file cannot be read in that format.
    """
    kind = name.rpartition(".")[2]
    try:
        for passage in _READERS[kind](data):
            if passage.text.strip():
                yield PublishedPassage(f"{_NAMES[kind]}{passage.place}", passage.text, name)
    except (ValueError, KeyError, zipfile.BadZipFile, ElementTree.ParseError, csv.Error) as error:
        raise GktoolsError(f"{_NAMES.get(kind, name)}读不出来：文件不完整，请重新做一遍再送审") from error


def visible_text(name: str, data: bytes) -> str:
    """Return what people read in a document, without spaces: of a PDF, whose lines and pages may break elsewhere, its
    characters sorted and without digits.

    Raises GktoolsError as passages does.
    """
    if name.endswith(".pdf"):
        text = "".join(_pdf_pages(data)[1])
        return "".join(sorted(sign for sign in text if not sign.isdigit() and not sign.isspace()))
    found = (one.text for one in passages(name, data) if not one.place.endswith(_UNSEEN))
    return "".join("".join(found).split())


_UNSEEN = ("的属性", "的数据")
"""Suffixes of the places whose text is not printed: attributes, and pictures as bytes."""


# --- pages ----------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """Collects the passages of an HTML page: blocks with their sections, attributes, comments and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[PublishedPassage] = []
        self._text: list[str] = []
        self._section, self._number, self._tag = "开头", 0, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _INLINE:
            self.flush()
            self._tag = tag
        self.found += [PublishedPassage(f"标签 {tag} 的属性 {key}", value) for key, value in attrs if value]

    def handle_endtag(self, tag: str) -> None:
        if tag not in _INLINE:
            self.flush()

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_comment(self, data: str) -> None:
        self.found.append(PublishedPassage("注释", data))

    def flush(self) -> None:
        """Add the current block to the passages."""
        text, self._text = "".join(self._text), []
        if not text.strip():
            return
        if self._tag == "h2":
            self._section, self._number = text.strip(), 0
        self._number += 1
        self.found.append(PublishedPassage(f"“{self._section}”第 {self._number} 段", text))


_INLINE = {"a", "abbr", "b", "em", "i", "small", "span", "strong", "sub", "sup", "wbr", "tspan"}


def _html(data: bytes) -> Iterator[PublishedPassage]:
    page = _Page()
    page.feed(data.decode())
    page.close()
    page.flush()
    yield from page.found


# --- office files ---------------------------------------------------------------------------------------------


def _packed(data: bytes) -> Iterator[PublishedPassage]:
    """The passages of every part of a DOCX or XLSX: text, properties, styles and relations."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        for name in packed.namelist():
            content = packed.read(name)
            if name.endswith((".xml", ".rels")):
                yield from _xml(name, content)
            else:
                yield PublishedPassage(f"内部文件 {name} 的数据", _without_pixels(content).decode("utf-8", "replace"))
        if packed.comment:
            yield PublishedPassage("的附注", packed.comment.decode("utf-8", "replace"))


def _without_pixels(content: bytes) -> bytes:
    """Return a PNG without its compressed pixels, in which any short text occurs by chance; other content as it is."""
    if not content.startswith(_PNG):
        return content
    kept, place = [], len(_PNG)
    while place + 12 <= len(content):
        length, kind = int.from_bytes(content[place : place + 4], "big"), content[place + 4 : place + 8]
        end = place + 12 + length
        if end > len(content):
            break
        kept.append(kind if kind == b"IDAT" else content[place:end])
        place = end
        if kind == b"IEND":
            break
    return b"\n".join((*kept, content[place:]))


_PNG = b"\x89PNG\r\n\x1a\n"


def _xml(name: str, content: bytes) -> Iterator[PublishedPassage]:
    root = ElementTree.fromstring(content)  # noqa: S314 - current expat limits entity expansion
    inside: set[ElementTree.Element] = set()
    number = 0
    for element in root.iter():
        yield from (PublishedPassage(f"内部文件 {name} 的属性", value) for value in element.attrib.values())
        if element in inside:
            continue
        is_block = element.tag.rpartition("}")[2] in _BLOCKS
        text = "".join(element.itertext()) if is_block else (element.text or "")
        inside |= set(element.iter()) if is_block else set()
        number += bool(text.strip())
        yield PublishedPassage(f"内部文件 {name} 第 {number} 段", text)


_BLOCKS = {"p", "si", "is"}
"""Elements whose text is one passage: a paragraph of Word, a text of a spreadsheet."""


# --- the others -----------------------------------------------------------------------------------------------


def _pdf(data: bytes) -> Iterator[PublishedPassage]:
    properties, pages = _pdf_pages(data)
    yield from (PublishedPassage(f"的属性 {key}", value) for key, value in properties.items())
    for number, text in enumerate(pages, start=1):
        yield from (PublishedPassage(f"第 {number} 页", line) for line in _lines(text))


@lru_cache(maxsize=2)
def _pdf_pages(data: bytes) -> tuple[dict[str, str], list[str]]:
    """The properties of a PDF, and the text of each page. Raises ValueError if it is none."""
    try:
        import pypdfium2
    except ImportError as error:
        raise GktoolsError(f"没有装 pypdfium2，查不了 PDF 里的内容：请运行 {install_command('review')}") from error
    with _ONE_AT_A_TIME:
        try:
            return _read_pdf(data)
        except pypdfium2.PdfiumError as error:
            raise ValueError("pdf") from error


_ONE_AT_A_TIME = Lock()
"""PDFium crashes the process if two threads use it."""


def _read_pdf(data: bytes) -> tuple[dict[str, str], list[str]]:
    """The properties of a PDF, and the text of each page; all PDFium objects are closed."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        texts = []
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage()
            texts.append(text.get_text_bounded())
            text.close()
            page.close()
        return document.get_metadata_dict(), texts
    finally:
        document.close()


def _lines(text: str) -> Iterator[str]:
    """The lines of a page, and every pair of adjacent lines joined, because a line break may split a name."""
    lines = text.splitlines()
    yield from lines
    yield from (f"{one}{other}" for one, other in pairwise(lines) if not _ends_in_figure(one, other))


def _ends_in_figure(one: str, other: str) -> bool:
    """Whether joining two lines would merge two figures."""
    return one[-1:].isdigit() and other[:1].isdigit()


def _json(data: bytes) -> Iterator[PublishedPassage]:
    yield from _values(json.loads(data), "")


def _values(value: Any, place: str) -> Iterator[PublishedPassage]:
    if isinstance(value, str):
        yield PublishedPassage(f"的 {place}", value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield PublishedPassage(f"的 {place}", key)
            yield from _values(inner, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner, place)


def _csv(data: bytes) -> Iterator[PublishedPassage]:
    for number, row in enumerate(csv.reader(io.StringIO(data.decode().removeprefix(_BYTE_ORDER_MARK))), start=1):
        yield from (PublishedPassage(f"第 {number} 行", cell) for cell in row)


_READERS = {"html": _html, "docx": _packed, "xlsx": _packed, "pdf": _pdf, "json": _json, "csv": _csv}
_NAMES = {
    "html": "网页",
    "docx": "Word 文件",
    "xlsx": "Excel 文件",
    "pdf": "PDF ",
    "json": "JSON 文件",
    "csv": "CSV 文件",
}
