"""Figures and texts as tables of plain values: CSV files for spreadsheets and programs.

The columns are those of data_package.yaml. A file begins with a byte order mark so that Excel reads its Chinese, and
a text that a spreadsheet would run as a formula is marked as text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbconvert.exporters.exporter import Exporter
from nbformat import NotebookNode
from traitlets import default

from ...figures.table import format_figure
from ...prose import Prose
from ...yamlfile import read_data
from .document import Document, DocumentSection, read_document

Row = dict[str, object]
MARK = "\ufeff"
"""The byte order mark at the start of a file, so that Excel reads it as UTF-8."""
JOIN = " / "
"""The separator between the labels of a row or column, from the root."""


class CsvExporter(Exporter):  # type: ignore[misc]
    """report.csv: every figure of the tables, one line a cell."""

    export_from_notebook = "gktools: the figures as CSV"
    output_mimetype = "text/csv"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".csv"

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[str, Any]:
        """Return the file's text and nbconvert's resources. Raises GktoolsError if the notebook has no complete report."""
        known = self._init_resources(resources)
        known["output_extension"] = ".csv"
        return write_csv("figures", figure_rows(read_document(nb))), known


@lru_cache
def resources() -> dict[str, Any]:
    """Return the description of each kind of file in data_package.yaml, by name: title, description, and schema."""
    found: dict[str, Any] = read_data(Path(__file__).with_name("data_package.yaml"), dict[str, Any])
    return found


def columns(resource: str) -> list[str]:
    """Return the columns of a kind of file, in order."""
    return [field["name"] for field in resources()[resource]["schema"]["fields"]]


def figure_rows(document: Document) -> Iterator[Row]:
    """Yield one row a cell of the report's tables, in printed order; an unknown figure has no value."""
    for section in document.tables:
        yield from _figures(document, section)


def office_row(document: Document) -> Row:
    """Return the office, year and format of a report as a row."""
    report = document.report
    return {
        "office": report.code,
        "office_name": report.office_name,
        "year": report.year,
        "notice": report.notice,
        "title": report.title,
    }


def paragraph_rows(document: Document) -> Iterator[Row]:
    """Yield one row a paragraph of the report's text, in printed order."""
    prose = (section.prose for section in document.sections if section.prose)
    for part in (document.opening, *prose, document.signature):
        yield from _paragraphs(document, part)


def write_csv(resource: str, rows: Iterable[Row]) -> str:
    """Return rows as the text of a CSV file (RFC 4180) that a spreadsheet opens without running anything."""
    return csv_head(resource) + csv_lines(resource, rows)


def csv_head(resource: str) -> str:
    """Return the beginning of the CSV file of a resource: the byte order mark, and the names of its columns."""
    return MARK + _lines([columns(resource)])


def csv_lines(resource: str, rows: Iterable[Row]) -> str:
    """Return rows as lines of the CSV file of a resource."""
    names = columns(resource)
    return _lines([_as_plain_text(row[name]) for name in names] for row in rows)


def _lines(rows: Iterable[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _figures(document: Document, section: DocumentSection) -> Iterator[Row]:
    assert section.form
    assert section.figures
    for cell in document.report.tables[section.key]:
        yield office_row(document) | {
            "table": section.key,
            "row": JOIN.join(cell.row),
            "column": JOIN.join(cell.column),
            "row_key": cell.key[0],
            "column_key": cell.key[1],
            "value": None if cell.value is None else _Figure(format_figure(section.figures[cell.key])),
            "unit": section.form.unit(cell.key),
            "source": cell.source,
        }


def _paragraphs(document: Document, part: Prose) -> Iterator[Row]:
    for number, paragraph in enumerate(part.paragraphs, start=1):
        yield office_row(document) | {
            "section": part.key,
            "section_title": part.title,
            "paragraph": number,
            "heading": paragraph.is_heading,
            "text": paragraph.text,
        }


class _Figure(str):
    """The digits of a figure: never a formula, though they may begin with a minus."""

    __slots__ = ()


def _as_plain_text(value: object) -> str:
    """Return a value as a spreadsheet can read it safely: a text that it would run gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not isinstance(value, _Figure | int) else text


_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Characters at which a spreadsheet begins a formula."""
