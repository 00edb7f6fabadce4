"""A finished report as it was published: its figures as printed, by official labels, and what could not be read for certain.

The text of `gktools read --json`: a list with an object for each report.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from ..errors import ReadingError
from ..forms.model import Cell
from ..workspace.json_file import parse_json

TABLES = {"disclosures": "table2", "requests": "table3", "reviews": "table4"}
"""The name of each table in the JSON text, by the key of its form."""

PrintedValue = int | Decimal | str | None
"""A figure with its digits, any other text as found, "" of a blank cell, or None of a cell that could not be read."""


class LabelTree(dict[str, "LabelTree | PrintedValue"]):
    """Values by labels, in as many levels as there are labels."""

    def put(self, labels: tuple[str, ...], value: PrintedValue) -> None:
        """Place a value under its labels."""
        first, *below = labels
        if not below:
            self[first] = value
            return
        tree = self.setdefault(first, LabelTree())
        assert isinstance(tree, LabelTree)
        tree.put(tuple(below), value)


@dataclass(frozen=True)
class PrintedCell:
    """One cell of a published table.

    table is one of the names of TABLES, row and column are labels joined by "/": of 表二 the block and the row, of 表四
    the group of columns and the column. printed is the text of the source, place where it stands. cell has the keys of
    the form that was found, None of a row or column that the form lacks. inferred: no label stood at the figure.
    """

    table: str
    row: str
    column: str
    value: PrintedValue
    printed: str = ""
    place: str = ""
    cell: Cell | None = None
    inferred: bool = False


@dataclass(frozen=True)
class ReadingDoubt:
    """Something that could not be read for certain, and why; table, row and column are empty where it is no cell."""

    table: str
    row: str
    column: str
    printed: str
    place: str
    why: str
    inferred: bool = False


@dataclass(frozen=True)
class PrintedReport:
    """One published report.

    file is the name as given, kind the kind of file, sha256 the hash of its bytes. format and form_found are the first
    years of the format that the year requires and of the one that is printed. text has what each section says outside of
    its table, by the ordinal of the section (一), opening what stands between the title and the first section, signature
    the name and the day below the last one, titles the section's title as printed, misprints the official label of every
    row that is worded otherwise. whole: the file is not
    only a part of a report. level is the level of the office where the source states it.
    """

    file: str
    kind: str
    sha256: str = ""
    unit: str | None = None
    year: int | None = None
    title: str | None = None
    published_on: str | None = None
    format: str | None = None
    form_found: str | None = None
    cells: tuple[PrintedCell, ...] = ()
    text: Mapping[str, str] = field(default_factory=dict)
    opening: str = ""
    signature: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    misprints: Mapping[str, str] = field(default_factory=dict)
    unsure: tuple[ReadingDoubt, ...] = ()
    whole: bool = True
    level: str | None = None

    @cached_property
    def by_cell(self) -> Mapping[tuple[str, Cell], PrintedCell]:
        """The cells of the form that was found, by the name of the table and the keys of the cell."""
        return {(cell.table, cell.cell): cell for cell in self.cells if cell.cell}

    def tables(self) -> dict[str, LabelTree]:
        """Return the tables as in the JSON text: of 表二 block, row and column, of the others row and column."""
        found = {name: LabelTree() for name in TABLES.values()}
        for cell in self.cells:
            labels = cell.row.split("/", 1) if cell.table == _OF_BLOCKS else [cell.row]
            found[cell.table].put((*labels, cell.column), cell.value)
        return found


_OF_BLOCKS = TABLES["disclosures"]


def to_json(reports: Sequence[PrintedReport]) -> str:
    """Return reports as the text of one JSON list; the digits of figures are those printed."""
    return _json_text([_entry(report) for report in reports])


def _entry(report: PrintedReport) -> Mapping[str, object]:
    entry: Mapping[str, object] = {
        "file": report.file,
        "kind": report.kind,
        "sha256": report.sha256,
        "unit": report.unit,
        "year": report.year,
        "title": report.title,
        "published_on": report.published_on,
        "format": report.format,
        "form_found": report.form_found,
        **report.tables(),
        "text": dict(report.text),
        "unsure": [
            {
                "table": one.table or None,
                "row": one.row or None,
                "column": one.column or None,
                "printed": one.printed,
                "place": one.place,
                "why": one.why,
                "inferred": one.inferred,
            }
            for one in report.unsure
        ],
    }
    return entry if report.whole else {**entry, "complete_tables": False}


def _json_text(value: object, indent: int = 0) -> str:
    """Return a value as JSON, one entry a line; characters that steer a terminal are escaped."""
    if isinstance(value, dict | list):
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        inner = (
            [f"{_json_text(key)}: {_json_text(below, indent + 1)}" for key, below in value.items()]
            if isinstance(value, dict)
            else [_json_text(below, indent + 1) for below in value]
        )
        if not inner:
            return opening + closing
        lines = f",\n{' ' * (indent + 1)}".join(inner)
        return f"{opening}\n{' ' * (indent + 1)}{lines}\n{' ' * indent}{closing}"
    if isinstance(value, Decimal):
        return format(value, "f")
    text = json.dumps(value, ensure_ascii=False)
    return _STEERING.sub(lambda found: json.dumps(found[0])[1:-1], text) if isinstance(value, str) else text


_STEERING = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufffe\uffff]")


def from_json(content: bytes | str, file: str = "", sha256: str = "") -> tuple[PrintedReport, ...]:
    """Return the reports in a text of to_json, or in one of the same tables with less beside them.

    Raises ReadingError if it is something else.
    """
    try:
        data = parse_json(content, unique=True)
    except ValueError as error:
        raise ReadingError(f"{file}：不是可以读的 JSON（写法不对、太大、太深，或者同一处写了两次）") from error
    entries = data if isinstance(data, list) else [data]
    if not entries or not all(isinstance(entry, dict) and _is_report(entry) for entry in entries):
        raise ReadingError(f"{file}：这份 JSON 里没有报告的表（table2、table3、table4）")
    return tuple(_report(entry, file, sha256) for entry in entries)


def _is_report(entry: Mapping[str, object]) -> bool:
    return any(isinstance(entry.get(name), dict) for name in TABLES.values())


def _report(entry: Mapping[str, object], file: str, sha256: str) -> PrintedReport:
    year = entry.get("year")
    text = entry.get("text")
    return PrintedReport(
        file=_string(entry.get("file")) or file,
        kind=_string(entry.get("kind")) or "json",
        sha256=_string(entry.get("sha256")) or sha256,
        unit=_string(entry.get("unit")),
        year=year if isinstance(year, int) and not isinstance(year, bool) else None,
        title=_string(entry.get("title")),
        published_on=_string(entry.get("published_on")),
        format=_string(entry.get("format")),
        form_found=_string(entry.get("form_found")),
        cells=tuple(_cells(entry, file)),
        text={key: value for key, value in text.items() if isinstance(value, str)} if isinstance(text, dict) else {},
        unsure=tuple(_doubts(entry.get("unsure"))),
        whole=entry.get("complete_tables") is not False,
        level=_string(entry.get("level")),
    )


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _cells(entry: Mapping[str, object], file: str) -> Iterator[PrintedCell]:
    for name in TABLES.values():
        for labels, value in _leaves(entry.get(name) or {}, (), 3 if name == _OF_BLOCKS else 2):
            if labels is None or isinstance(value, bool) or not isinstance(value, int | Decimal | str | None):
                raise ReadingError(f"{file}：{name} 的写法不是“行: {{列: 数}}”，或者有一格不是数也不是文字，没有读")
            *row, column = labels
            yield PrintedCell(name, "/".join(row), column, value, "" if value is None else _printed(value))


def _leaves(table: object, above: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...] | None, object]]:
    """Yield the labels and the value of every cell; None instead of labels where the table has another depth."""
    if depth == 0:
        yield (None if isinstance(table, dict) else above), table
    elif not isinstance(table, dict):
        yield None, table
    else:
        for label, below in table.items():
            yield from _leaves(below, (*above, label), depth - 1)


def _printed(value: int | Decimal | str) -> str:
    return value if isinstance(value, str) else format(value, "f") if isinstance(value, Decimal) else str(value)


def _doubts(entries: object) -> Iterator[ReadingDoubt]:
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            table, row, column, printed, place, why = (
                _string(entry.get(name)) or "" for name in ("table", "row", "column", "printed", "place", "why")
            )
            yield ReadingDoubt(table, row, column, printed, place, why, entry.get("inferred") is True)
