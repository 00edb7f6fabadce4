"""Finished tables by official labels in a JSON file, read leniently and checked.

A published report may have blanks, words in number cells, missing rows and additional rows: each is a finding. Only a
file of another shape raises an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, TypeAdapter

from ...errors import Problem, RecordsError
from ...figures.previous_year import PreviousYear
from ...figures.table import Unknown
from ...findings import Finding
from ...forms.model import ReportFormat
from ...forms.notices import load_format
from ...prose import Paragraph, Prose
from ...workspace.json_file import read_bounded
from ...workspace.offices import office_of
from ...yamlfile import YamlDocument, validate
from .. import statements, text
from ..patterns import patterns
from ..report import check_table, check_text
from ..subject import Subject
from .entries import FigureEntry, PlacedFigures, check_placed, place_entries, table_of

MAX_DIGITS = 20
"""A number with more digits is not a figure."""


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


def check_figures(path: Path) -> list[Finding]:
    """Return the findings about the finished tables in a file. Raises RecordsError for an invalid file."""
    file = read_figures(path)
    readings = _readings(file)
    return list(dict.fromkeys(_findings(_subject(file, readings), file, readings)))


def read_subject(path: Path) -> Subject:
    """Return the readable tables of a file as a Subject. Raises RecordsError for an invalid file."""
    file = read_figures(path)
    return _subject(file, _readings(file))


def _readings(file: FiguresFile) -> dict[str, PlacedFigures]:
    official = load_format(file.year)
    return {key: place_entries(entries, official[key]) for key, entries in file.entries().items()}


def _subject(file: FiguresFile, readings: Mapping[str, PlacedFigures]) -> Subject:
    official = load_format(file.year)
    return Subject(
        office=office_of(file.unit, file.level),
        year=file.year,
        format=official,
        official=official,
        tables={key: table_of(reading) for key, reading in readings.items()},
        prose=prose_of(file.text, official),
        title="",
        processing_fees=_fees(file),
        published=True,
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


def _findings(subject: Subject, file: FiguresFile, readings: Mapping[str, PlacedFigures]) -> Iterator[Finding]:
    for key, reading in readings.items():
        yield from check_placed(subject, reading, complete=file.complete_tables)
        yield from check_table(subject, subject.tables[key])
    if isinstance(titles := file.text.get("章节标题"), list):
        yield from text.check_titles(subject, titles_of(map(str, titles), subject.official))
    if isinstance(stated := file.text.get("统计表述"), dict):
        yield from statements.check_stated(subject, stated)
    yield from check_text(subject)


# --- text ---------------------------------------------------------------------------------------------------


def prose_of(text: Mapping[str, Any], official: ReportFormat) -> dict[str, Prose]:
    """Return the sections of a text, given by the ordinal of their title."""
    return {
        section.key: Prose(section.key, tuple(map(Paragraph, given.splitlines())), section.title)
        for section in official.sections
        if isinstance(given := text.get(_ordinal(section.title)), str)
    }


def titles_of(titles: Iterable[str], official: ReportFormat) -> dict[str, str]:
    """Return printed titles by the key of their section, matched by ordinal."""
    keys = {_ordinal(section.title): section.key for section in official.sections}
    return {keys[_ordinal(title)]: title for title in titles if _ordinal(title) in keys}


def _ordinal(title: str) -> str:
    return title.partition("、")[0]


def as_previous_year(subject: Subject) -> PreviousYear:
    """Return the figures of a finished report as those of the previous year."""
    figures = {
        key: {cell: figure for cell, figure in table.figures.items() if not isinstance(figure, Unknown)}
        for key, table in subject.tables.items()
    }
    origins = dict.fromkeys(figures, ("file",))
    return PreviousYear(subject.year, subject.official, figures, origins, (subject.office.name,))


def _fees(file: FiguresFile) -> tuple[int, int] | None:
    """Return the number of cases with 信息处理费 and the amount in 分, as stated in the text; None if not stated."""
    stated = file.text.get("统计表述")
    if not isinstance(stated, dict):
        return None
    fees = patterns().fees
    count = next((value for key, value in stated.items() if fees.stated_count.fullmatch(key)), None)
    yuan = next((value for key, value in stated.items() if fees.stated_amount.fullmatch(key)), None)
    return (count, int(yuan * 100)) if isinstance(count, int) and isinstance(yuan, int | Decimal) else None
