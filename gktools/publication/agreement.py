"""The check that all files of a report contain the same figures: each is read back and compared with report.json."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from html.parser import HTMLParser
from itertools import zip_longest
from xml.etree import ElementTree

from ..forms.notices import load_format
from ..workspace.report_data import ReportData, read_report_data
from .passages import passages

_UNKNOWN = "—"
_FIGURE = re.compile(r"-?\d+(?:\.\d+)?|—")


@dataclass(frozen=True)
class Disagreement:
    """A figure that differs in a file: the file, the cell, the figure found and the one expected."""

    file: str
    table: str
    row: tuple[str, ...]
    column: tuple[str, ...]
    found: str
    expected: str


def disagreements(files: Mapping[str, bytes], report: ReportData) -> Iterator[Disagreement]:
    """Yield the first figure of every file that differs from report.json.

    files are the bytes by name; the ending of the name is the format. HTML, DOCX, XLSX and CSV are read cell by cell.
    A PDF has no cells: every figure has to occur in it at least as often as in the report.
    """
    cells = list(_cells(report))
    for name, data in files.items():
        kind = name.rpartition(".")[2]
        if kind == "pdf":
            yield from _missing(name, data, cells)
        elif kind == "json":
            yield from _first(name, [figure for *_, figure in _cells(read_report_data(data))], cells)
        elif kind in _READERS:
            yield from _first(name, _READERS[kind](data), cells)


_Cell = tuple[str, tuple[str, ...], tuple[str, ...], str]


def _cells(report: ReportData) -> Iterator[_Cell]:
    """The cells in printed order: table, row, column, and the printed figure."""
    for form in load_format(report.year).forms:
        for cell in report.tables[form.key]:
            yield form.name, cell.row, cell.column, _UNKNOWN if cell.value is None else format(Decimal(cell.value), "f")


def _first(name: str, figures: Iterable[str], cells: Iterable[_Cell]) -> Iterator[Disagreement]:
    """The first cell whose figure differs or is missing in a file, or the first figure after the last cell."""
    for found, cell in zip_longest(figures, cells):
        table, row, column, expected = cell or ("", (), (), "")
        if found is None or cell is None or not _same(found, expected):
            yield Disagreement(name, table, row, column, found or "", expected)
            return


def _same(one: str, other: str) -> bool:
    if _UNKNOWN in (one, other):
        return one == other
    return Decimal(one) == Decimal(other)


# --- the figures of each format -------------------------------------------------------------------------------


class _Tables(HTMLParser):
    """Collects the figures of a page's tables."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "td" and ("class", "note") not in attrs:
            self._inside = True
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "td"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1] += data.strip()


def _html(data: bytes) -> list[str]:
    tables = _Tables()
    tables.feed(data.decode())
    return tables.found


def _docx(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        root = ElementTree.fromstring(packed.read("word/document.xml"))  # noqa: S314 - current expat limits entity expansion
    texts = ("".join(cell.itertext()).strip() for cell in root.iter(f"{_WORD}tc"))
    return [text for text in texts if _FIGURE.fullmatch(text)]


_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def _xlsx(data: bytes) -> list[str]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # which a file may state as it likes
    values = (cell.value for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    return [str(value) for value in values if value == _UNKNOWN or isinstance(value, int | float)]


def _csv(data: bytes) -> list[str]:
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    return [row["value"] or _UNKNOWN for row in rows]


_READERS = {"html": _html, "docx": _docx, "xlsx": _xlsx, "csv": _csv}


def _missing(name: str, data: bytes, cells: Iterable[_Cell]) -> Iterator[Disagreement]:
    """The first figure of the report that a PDF does not contain often enough."""
    text = " ".join(passage.text for passage in passages(name, data) if passage.place.endswith("页"))
    there = Counter(_FIGURE.findall(text))
    for table, row, column, expected in cells:
        there[expected] -= 1
        if there[expected] < 0:
            yield Disagreement(name, table, row, column, "", expected)
            return
