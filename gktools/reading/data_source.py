"""Reports as data: report.json, the CSV file of our own reports, and the JSON text of reports that were read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ..errors import NoFormatForYear, ReadingError
from ..forms.model import Cell, ReportFormat
from ..forms.notices import load_format
from ..workspace.json_file import parse_json
from ..workspace.report_data import ReportData, read_report_data
from .labels import labels
from .merging import table_labels
from .published import TABLES, PrintedCell, PrintedReport, PrintedValue, from_json
from .text_source import decoded
from .values import value_of


@dataclass(frozen=True)
class NamedFile:
    """A file's name as given, and the hash of its bytes."""

    name: str
    sha256: str


def read_json_reports(data: bytes, file: NamedFile) -> tuple[PrintedReport, ...]:
    """Return the reports in a JSON file: report.json, or the text of reports read. Raises ReadingError for any other."""
    try:
        content = decoded(data)
        is_ours = isinstance(found := parse_json(content), dict) and "proof" in found
        if is_ours:
            return (_of_report(read_report_data(content), file),)
    except (ValueError, RecursionError, NoFormatForYear) as error:
        raise ReadingError("不是可以读的 JSON（写法不对、太大、太深，或者缺了报告该有的内容）") from error
    return tuple(map(with_keys, from_json(content, file.name, file.sha256)))


def with_keys(report: PrintedReport) -> PrintedReport:
    """Return a report whose cells have the keys of the form that has most of their labels."""
    best = max(labels().formats, key=lambda format_: sum(1 for cell in report.cells if _key(cell, format_)))
    found = str(best.first_year) if any(_key(cell, best) for cell in report.cells) else None
    cells = tuple(replace(cell, cell=_key(cell, best)) for cell in report.cells)
    return replace(
        report, cells=cells, form_found=report.form_found or found, format=report.format or _required(report.year)
    )


def _required(year: int | None) -> str | None:
    try:
        return str(load_format(year).first_year) if year else None
    except NoFormatForYear:
        return None


def _key(cell: PrintedCell, format_: ReportFormat) -> Cell | None:
    return _keys(format_.first_year).get((cell.table, cell.row, cell.column))


@lru_cache
def _keys(first_year: int) -> Mapping[tuple[str, str, str], Cell]:
    """Return the keys of a format's cells by table, row and column as in the JSON text."""
    return {
        (TABLES[form.key], *table_labels(form, *form.address(cell))): cell
        for form in load_format(first_year).forms
        for cell in form.cells
    }


def _of_report(report: ReportData, file: NamedFile) -> PrintedReport:
    format_ = load_format(report.year)
    cells = [
        _cell(format_, table, cell.key, cell.value, "report.json")
        for table, found in report.tables.items()
        for cell in found
        if cell.key in format_[table].cells
    ]
    ordinals = {section.key: section.title.partition("、")[0] for section in format_.sections}
    prose = [one for one in report.sections if one.key in ordinals]
    return PrintedReport(
        file=file.name,
        kind="json",
        sha256=file.sha256,
        unit=report.office_name,
        year=report.year,
        title=report.title,
        format=str(format_.first_year),
        form_found=str(format_.first_year),
        cells=tuple(cells),
        text={ordinals[one.key]: one.text for one in prose},
        titles={ordinals[one.key]: one.title for one in prose},
    )


def _cell(format_: ReportFormat, table: str, key: Cell, value: PrintedValue, place: str) -> PrintedCell:
    form = format_[table]
    row, column = table_labels(form, *form.address(key))
    printed = (
        ""
        if value is None
        else value
        if isinstance(value, str)
        else f"{value:f}"
        if not isinstance(value, int)
        else str(value)
    )
    return PrintedCell(TABLES[table], row, column, value, printed, place, key)


COLUMNS = ("office_name", "year", "table", "row_key", "column_key", "value")
"""The columns by which the CSV file of our own reports is known."""


def read_csv_reports(data: bytes, file: NamedFile) -> tuple[PrintedReport, ...]:
    """Return the reports in the CSV file of figures of ours; empty if it is another. Raises ReadingError if it is damaged."""
    try:
        lines = list(csv.DictReader(io.StringIO(decoded(data).removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error:
        return ()
    if not lines or not all(name in lines[0] for name in COLUMNS):
        return ()
    reports: dict[tuple[str, str], list[dict[str, str]]] = {}
    for line in lines:
        reports.setdefault((line["office_name"] or "", line["year"] or ""), []).append(line)
    return tuple(_of_lines(office, year, found, file) for (office, year), found in reports.items())


def _of_lines(office: str, year: str, lines: Sequence[Mapping[str, str]], file: NamedFile) -> PrintedReport:
    try:
        format_ = load_format(int(year))
    except (ValueError, NoFormatForYear) as error:
        raise ReadingError(f"年度“{year[:20]}”没有可用的格式") from error
    return PrintedReport(
        file=file.name,
        kind="csv",
        sha256=file.sha256,
        unit=office,
        year=int(year),
        title=lines[0].get("title"),
        format=str(format_.first_year),
        form_found=str(format_.first_year),
        cells=tuple(_cells_of_lines(lines, format_)),
    )


def _cells_of_lines(lines: Sequence[Mapping[str, str]], format_: ReportFormat) -> Iterator[PrintedCell]:
    forms = {form.key for form in format_.forms}
    for number, line in enumerate(lines, start=2):
        key = line["row_key"] or "", line["column_key"] or ""
        if line["table"] not in forms or key not in format_[line["table"]].cells:
            raise ReadingError(f"第 {number} 行的表、行或列不是这一年度格式里的")
        value = value_of(line["value"] or "")
        yield _cell(format_, line["table"], key, None if value == "" else value, f"第 {number} 行")
