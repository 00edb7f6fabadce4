"""Finished tables by official labels in a JSON file, read leniently and checked.

A published report may have blanks, words in number cells, missing rows and additional rows: each is a finding. Only a
file of another shape raises an error.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, TypeAdapter

from ...errors import Problem, RecordsError, nearest
from ...figures.table import Figure, Table, Unknown
from ...findings import Finding
from ...forms.model import Cell, Form, ReportFormat
from ...forms.notices import formats, load_format
from ...prose import Paragraph, Prose
from ...workspace.json_file import read_bounded
from ...workspace.offices import Office, OfficeKind, office_kinds
from ...yamlfile import YamlDocument, validate
from .. import statements, tables, text
from ..patterns import patterns
from ..report import check_table, check_text
from ..subject import Place, Subject, make_finding

MIN_SIMILARITY = 0.75
"""The least similarity, from 0 to 1, at which a label is read as a label of the form."""

MAX_DIGITS = 20
"""A number with more digits is not a figure."""

Labels = tuple[str, ...]


class FiguresFile(BaseModel):
    """The content of a file of figures: one report with its tables and the figures stated in its text."""

    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)

    unit: str = Field(min_length=1)
    year: StrictInt
    level: str | None = None
    complete_tables: StrictBool = True
    table2: dict[str, dict[str, dict[str, Any]]] = {}
    table3: dict[str, dict[str, Any]] = {}
    table4: dict[str, dict[str, Any]] = {}
    text: dict[str, Any] = {}

    def entries(self) -> dict[str, list[FigureEntry]]:
        """Return all entries by the key of the table."""
        return {
            "disclosures": [
                FigureEntry(f"{block}/{row}", column, value)
                for block, rows in self.table2.items()
                for row, cells in rows.items()
                for column, value in cells.items()
            ],
            "requests": [
                FigureEntry(row, column, value) for row, cells in self.table3.items() for column, value in cells.items()
            ],
            "reviews": [
                FigureEntry("", f"{group}/{column}", value)
                for group, cells in self.table4.items()
                for column, value in cells.items()
            ],
        }


@dataclass(frozen=True)
class FigureEntry:
    """A value in a file with the labels of its row and column."""

    row: str
    column: str
    value: Any


@dataclass
class Reading:
    """The entries of a file by cell of a form; differing are labels read as a similar one, unknown all other labels."""

    form: Form
    values: dict[Cell, Any] = field(default_factory=dict)
    differing: dict[tuple[str, str], None] = field(default_factory=dict)
    unknown: dict[tuple[str, str], None] = field(default_factory=dict)


def check_figures(path: Path) -> list[Finding]:
    """Return the findings about the finished tables in a file. Raises RecordsError for an invalid file."""
    file = read_figures(path)
    readings = _readings(file)
    return list(dict.fromkeys(_findings(_subject(file, readings), file, readings)))


def read_subject(path: Path) -> Subject:
    """Return the readable tables of a file as a Subject. Raises RecordsError for an invalid file."""
    file = read_figures(path)
    return _subject(file, _readings(file))


def _readings(file: FiguresFile) -> dict[str, Reading]:
    official = load_format(file.year)
    return {key: _read(entries, official[key]) for key, entries in file.entries().items()}


def _subject(file: FiguresFile, readings: Mapping[str, Reading]) -> Subject:
    official = load_format(file.year)
    return Subject(
        office=_office(file),
        year=file.year,
        format=official,
        official=official,
        tables={key: _table(reading) for key, reading in readings.items()},
        prose=_prose(file, official),
        title="",
        processing_fees=_fees(file),
    )


def read_figures(path: Path) -> FiguresFile:
    """Return a file of figures. Raises RecordsError with all invalid parts and their remedies."""
    document = YamlDocument(path.name, _json(path), {})
    file, problems = validate(TypeAdapter(FiguresFile), document)
    if problems:
        raise RecordsError("这不是可以核对的成品表文件，请按已公布报告的 JSON 写法改正：", problems)
    return file  # type: ignore[no-any-return]


def _json(path: Path) -> Any:
    try:
        content = read_bounded(path).decode("utf-8-sig")
        return json.loads(
            content, parse_float=_number, parse_int=_number, parse_constant=_refuse, object_pairs_hook=_pairs
        )
    except OSError:
        raise RecordsError(problems=[Problem("打不开这个文件，请核对文件名和权限", path.name)]) from None
    except UnicodeDecodeError:
        raise RecordsError(problems=[Problem("文件不是 UTF-8 编码，请用 UTF-8 另存后再试", path.name)]) from None
    except json.JSONDecodeError as error:
        message = "这里不合 JSON 的写法（多半是少了逗号、引号或括号），请改正后再试"
        raise RecordsError(problems=[Problem(message, path.name, line=error.lineno, column=error.colno)]) from None
    except (ValueError, RecursionError) as error:
        message = str(error) if isinstance(error, _UnusableJson) else "太大、内容太多或者层次太深，不是成品表文件"
        raise RecordsError(problems=[Problem(message, path.name)]) from None


class _UnusableJson(ValueError):  # noqa: N818
    """A value in a JSON file that is valid JSON but no valid content, such as a duplicate key."""


def _number(digits: str) -> int | Decimal:
    value = Decimal(digits)
    if abs(value.adjusted()) > MAX_DIGITS:
        raise _UnusableJson(f"“{digits[:20]}”不是可用的数，请改成实际的数")
    return int(digits) if digits.lstrip("-").isdigit() else value


def _refuse(constant: str) -> NoReturn:
    raise _UnusableJson(f"“{constant}”不是数，请改成实际的数")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _UnusableJson(f"“{key}”在同一处写了两次，只能留一个")
        found[key] = value
    return found


def _office(file: FiguresFile) -> Office:
    level = file.level or ""
    known = next((kind for kind in office_kinds().values() if level in kind.levels), None)
    kind = known or OfficeKind("unknown", level, government=False)
    return Office(file.unit, file.unit, kind, may_make_rules=kind.may_make_rules)


# --- labels -------------------------------------------------------------------------------------------------


def _read(entries: list[FigureEntry], official: Form) -> Reading:
    """Return the entries in the best matching form: the year's, or the one of another notice with fewer mismatches."""
    others = [form for known in formats() for form in known.forms if form.key == official.key]
    return max((_place(entries, form) for form in (official, *others)), key=lambda r: len(r.values) - 2 * _misfits(r))


def _misfits(reading: Reading) -> int:
    return len(reading.unknown) + len(reading.differing)


def _place(entries: list[FigureEntry], form: Form) -> Reading:
    reading = Reading(form)
    rows = {cell[0]: form.address(cell)[0] for cell in form.cells}
    row_of = _match(dict.fromkeys(entry.row for entry in entries), rows, form.key, reading, "行")
    for name, row in row_of.items():
        columns = {cell[1]: form.address(cell)[1] for cell in form.cells if cell[0] == row}
        mine = {entry.column: entry.value for entry in entries if entry.row == name}
        column_of = _match(mine, columns, form.key, reading, "列")
        reading.values |= {(row, column): mine[label] for label, column in column_of.items()}
    return reading


def _match(
    names: Iterable[str], labels: Mapping[str, Labels], table: str, reading: Reading, axis: str
) -> dict[str, str]:
    """Return the key for every name: by complete labels from some heading down, or by the most similar unused label."""
    found = {name: key for name in names if (key := _exact(name, labels))}
    free = {key: value for key, value in labels.items() if key not in found.values()}
    for name in names:
        if name in found:
            continue
        if key := _near(name, free, patterns().label_variants.get(table, {})):
            found[name] = key
            reading.differing[name, "/".join(free.pop(key))] = None
        else:
            reading.unknown[axis, name] = None
    return found


def _exact(name: str, labels: Mapping[str, Labels]) -> str | None:
    keys = [key for key, value in labels.items() if name in _tails(value)]
    return keys[0] if len(keys) == 1 else None


def _near(name: str, free: Mapping[str, Labels], variants: Mapping[str, Labels]) -> str | None:
    """Return the key of a label that differs in width, space or a few characters, or by a known abbreviation."""
    folded = {_fold(tail): key for key, labels in free.items() for tail in _tails(labels)}
    if _fold(name) in folded:
        return folded[_fold(name)]
    last = name.rsplit("/", 1)[-1]
    short = [key for key, known in variants.items() if key in free and last in known]
    close = get_close_matches(_fold(name), folded, 1, MIN_SIMILARITY)
    return short[0] if short else folded[close[0]] if close else None


def _tails(labels: Labels) -> list[str]:
    return ["/".join(labels[start:]) for start in range(max(1, len(labels)))]


def _fold(label: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", label))


# --- cells --------------------------------------------------------------------------------------------------


def _table(reading: Reading) -> Table:
    return Table(reading.form, {cell: _figure(reading, cell) for cell in reading.form.cells})


def _figure(reading: Reading, cell: Cell) -> Figure:
    value = reading.values.get(cell)
    if cell not in reading.values:
        return Unknown("没有这一格")
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return int(value) if value == int(value) else Decimal(value)
    return Unknown("没能读出" if value is None else "不是数", "" if value is None else str(value))


def _findings(subject: Subject, file: FiguresFile, readings: Mapping[str, Reading]) -> Iterator[Finding]:
    for key, reading in readings.items():
        yield from _reading_findings(subject, reading, complete=file.complete_tables)
        yield from check_table(subject, subject.tables[key])
    if isinstance(titles := file.text.get("章节标题"), list):
        yield from text.check_titles(subject, _titles(titles, subject.official))
    if isinstance(stated := file.text.get("统计表述"), dict):
        yield from statements.check_stated(subject, stated)
    yield from check_text(subject)


def _reading_findings(subject: Subject, reading: Reading, *, complete: bool) -> Iterator[Finding]:
    """Yield the findings from reading one table: labels that differ, unknown labels, and cells without a figure."""
    form = reading.form
    for axis, name in reading.unknown:
        known = {"/".join(labels) for cell in form.cells for labels in form.address(cell)}
        near = nearest(name, known, 1).rstrip("？")
        yield make_finding(subject, f"{form.key}.unknown-label", Place(form), found=name, axis=axis, nearest=near)
    for printed, label in reading.differing:
        yield make_finding(subject, f"{form.key}.label-differs", Place(form), found=printed, expected=label)
    if not reading.values:
        if complete:
            yield make_finding(subject, f"{form.key}.missing-table", Place(form), expected=len(form.cells))
        return
    there = {row for row, _ in reading.values}
    for row in dict.fromkeys(row for row, _ in form.cells):
        if row in there:
            yield from _row_findings(subject, reading, row, complete=complete)
        elif complete:
            yield tables.missing_row(subject, form, row)


def _row_findings(subject: Subject, reading: Reading, row: str, *, complete: bool) -> Iterator[Finding]:
    form = reading.form
    for cell in (cell for cell in form.cells if cell[0] == row):
        figure = _figure(reading, cell)
        if not isinstance(figure, Unknown):
            continue
        kind = _defect(reading, cell)
        if kind != "missing-cell" or complete:
            yield make_finding(subject, f"{form.key}.{kind}", Place(form, cell), found=figure.found)


def _defect(reading: Reading, cell: Cell) -> str:
    """Return the kind of defect of a cell without a figure."""
    if cell not in reading.values:
        return "missing-cell"
    if reading.values[cell] is None:
        return "unreadable"
    return "text-in-cell" if str(reading.values[cell]).strip() else "blank"


# --- text ---------------------------------------------------------------------------------------------------


def _prose(file: FiguresFile, official: ReportFormat) -> dict[str, Prose]:
    """Return the sections with text in the file, matched by the ordinal of their title."""
    return {
        section.key: Prose(section.key, tuple(map(Paragraph, given.splitlines())), section.title)
        for section in official.sections
        if isinstance(given := file.text.get(_ordinal(section.title)), str)
    }


def _titles(titles: list[Any], official: ReportFormat) -> dict[str, str]:
    """Return the printed titles by section key, matched by ordinal."""
    keys = {_ordinal(section.title): section.key for section in official.sections}
    return {keys[_ordinal(title)]: title for title in map(str, titles) if _ordinal(title) in keys}


def _ordinal(title: str) -> str:
    return title.partition("、")[0]


def _fees(file: FiguresFile) -> tuple[int, int] | None:
    """Return the number of cases with 信息处理费 and the amount in 分, as stated in the text; None if not stated."""
    stated = file.text.get("统计表述")
    if not isinstance(stated, dict):
        return None
    fees = patterns().fees
    count = next((value for key, value in stated.items() if fees.stated_count.fullmatch(key)), None)
    yuan = next((value for key, value in stated.items() if fees.stated_amount.fullmatch(key)), None)
    return (count, int(yuan * 100)) if isinstance(count, int) and isinstance(yuan, int | Decimal) else None
