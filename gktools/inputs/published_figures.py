"""The figures of one published report, and the YAML file in which they are stored."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

from ..errors import NotFoundError, ParamsError, Problem, nearest, steering_character
from ..forms.lookup import find_cell
from ..forms.model import Cell, Form, normalize_label, short_label
from ..forms.notices import load_format
from ..workspace.home import FOLDER
from ..workspace.output import ReportRef
from ..workspace.params_file import write_params_file
from ..workspace.report_data import read_report_data
from ..workspace.seals import file_hashes, sha256_hex
from ..yamlfile import Path_, UnreadableYamlError, YamlDocument, read_yaml

PUBLISHED_FOLDER = "published"
"""The folder under params/ with one folder for each year."""
SECTIONS = ("overview", "problems")
"""The sections of the text that are compared with those of the next year."""
Number = int | Decimal
Origin = Literal["report", "brought-in"]


@dataclass(frozen=True, eq=False)
class PublishedFigures:
    """The known figures of a published report, by table and cell, and the office's own text by section.

    origin is the source: a report.json under output/, or figures brought in by staff; source is the publication that
    staff name; report_hashes are the hashes of the report.json that they were read from.
    """

    year: int
    origin: Origin
    figures: Mapping[str, Mapping[Cell, Number]]
    text: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    report_hashes: Collection[str] = ()

    def digest(self) -> str:
        """Return a hash of all figures and texts."""
        cells = [(table, *cell, str(value)) for table, held in self.figures.items() for cell, value in held.items()]
        return sha256_hex(json.dumps([self.origin, sorted(cells), sorted(self.text.items()), self.source]).encode())


def figures_from_report(ref: ReportRef, covered: Collection[str]) -> PublishedFigures | None:
    """Return the figures of a report under output/; None without a complete report.

    Only figures from registers that the store no longer has for that year are returned (covered are the registers it
    has): the others are counted from the store, so that a report does not depend on the order of builds.
    """
    manifest = ref.manifest(verify=False)
    if manifest is None:
        return None
    try:
        content = ref.read_listed("report.json", manifest)
        report = read_report_data(content)
        more = {register["name"] for register in manifest.registers} - set(covered)
        figures = {
            table: {cell: known.value for cell, known in cells.items() if known.value is not None}
            for table, cells in (report.cells if more else {}).items()
        }
        text = {section.key: section.text for section in report.sections if section.key in SECTIONS}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    words = {key: text[key] for key in SECTIONS if key in text}
    return PublishedFigures(ref.year, "report", figures, words, report_hashes=file_hashes(content))


def public_figures(content: bytes) -> PublishedFigures | None:
    """Return all figures of a report.json that was published, amounts to the 分; None if it is none."""
    try:
        report = read_report_data(content)
    except ValueError:
        return None
    figures = {
        table: {cell: known.amount for cell, known in cells.items() if known.amount is not None}
        for table, cells in report.cells.items()
    }
    return PublishedFigures(report.year, "report", figures, report_hashes=file_hashes(content))


# --- YAML ----------


def published_path(home: Path, year: int, code: str) -> Path:
    """Return the file of the figures of an office's published report of a year; its text for comparison stands beside it (.md)."""
    return home / FOLDER / PUBLISHED_FOLDER / str(year) / f"{code}.yaml"


def comparison_heading(year: int) -> str:
    """Return the first line of the texts of a year that are kept for comparison beside the figures."""
    return f"# {year} 年报告的文字（只供对照，不会写进今年的报告）"


def read_published(path: Path, name: str, year: int) -> PublishedFigures:
    """Return the figures in a file. Raises ParamsError with all problems of the file, each with its line."""
    try:
        document = read_yaml(path, name)
    except UnreadableYamlError as error:
        raise ParamsError(problems=[error.problem]) from None
    reading = _Reader(document, year)
    found = reading.read()
    if reading.problems:
        raise ParamsError(problems=reading.problems)
    return found


class _Reader:
    """A reader of one file, which collects its problems."""

    def __init__(self, document: YamlDocument, year: int) -> None:
        self._document, self._year, self._format = document, year, load_format(year)
        self.problems: list[Problem] = []

    def read(self) -> PublishedFigures:
        """Return the valid figures of the file."""
        data = self._section((), self._document.data, ("source", "tables", "text"))
        tables = self._section(("tables",), data.get("tables"), [f.name for f in self._format.forms], self._keys())
        figures: dict[str, dict[Cell, Number]] = {}
        for name, rows in tables.items():
            form = next(form for form in self._format.forms if name in (form.key, form.name))
            figures.setdefault(form.key, {}).update(self._rows(form, ("tables", name), rows))
        text = self._section(("text",), data.get("text"), SECTIONS)
        for key, value in text.items():
            if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
                self._wrong(("text", key), "要写文字（是、否这样的文字请加引号）", str(value))
        words = {key: str(value) for key, value in text.items() if value is not None}
        return PublishedFigures(self._year, "brought-in", figures, words, str(data.get("source") or ""))

    def _keys(self) -> list[str]:
        return [form.key for form in self._format.forms]

    def _section(self, path: Path_, data: Any, known: Collection[str], also: Collection[str] = ()) -> dict[str, Any]:
        """Return the valid entries of a mapping; unknown names are problems."""
        if data is None:
            return {}
        if not isinstance(data, dict):
            self._wrong(path, "应是“项目: 值”的写法")
            return {}
        for name in data:
            if name not in known and name not in also:
                self._wrong((*path, name), f"没有“{name}”这个项目{nearest(name, known)}")
        return {name: value for name, value in data.items() if name in known or name in also}

    def _rows(self, form: Form, path: Path_, rows: Any) -> Iterator[tuple[Cell, Number]]:
        """Yield the figures of a table: columns by row, or columns only if the form has one row."""
        if not isinstance(rows, dict):
            if rows is not None:
                self._wrong(path, "应是“行: {列: 数}”的写法")
            return
        seen: dict[Cell, Path_] = {}
        for row, columns in rows.items():
            below = columns if isinstance(columns, dict) else {row: columns}
            for column, value in below.items():
                place = (*path, row, column) if isinstance(columns, dict) else (*path, row)
                cell = self._cell(form, str(row) if isinstance(columns, dict) else "", str(column), place, seen)
                if cell and (number := self._number(form, cell, value, place)) is not None:
                    yield cell, number

    def _cell(self, form: Form, row: str, column: str, place: Path_, seen: dict[Cell, Path_]) -> Cell | None:
        rows, columns = _names(form)
        in_rows, in_columns = rows.get(normalize_label(row), ()), columns.get(normalize_label(column), ())
        found = [cell for cell in form.cells if cell[0] in in_rows and cell[1] in in_columns]
        if len(found) == 1 and found[0] not in seen:
            seen[found[0]] = place
            return found[0]
        if len(found) == 1:
            self._wrong(place, "这一格写了两次，只能留一个")
            return None
        try:
            find_cell(form, row, column)
        except NotFoundError as error:
            self._wrong(place, str(error))
        return None

    def _number(self, form: Form, cell: Cell, value: Any, place: Path_) -> Number | None:
        if value is None:
            return None
        number = parse_figure(value)
        if number is None:
            self._wrong(place, "要填数，不带单位；没有读到的这一格不写", str(value))
        elif isinstance(number, Decimal) and form.unit(cell) != "万元":
            self._wrong(place, f"以“{form.unit(cell)}”计的数只能是整数", str(value))
        elif number < 0 and not form.signed(cell):
            self._wrong(place, "不能是负数", str(value))
        else:
            return number
        return None

    def _wrong(self, path: Path_, message: str, value: str | None = None) -> None:
        self.problems.append(self._document.problem(path, message, value))


@lru_cache(maxsize=16)
def _names(form: Form) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return the row keys and the column keys, by each name that Form.find accepts."""
    found: tuple[dict[str, set[str]], dict[str, set[str]]] = ({}, {})
    for cell in form.cells:
        for axis, labels in enumerate(form.address(cell)):
            tails = [labels[start:] for start in range(max(1, len(labels)))]
            names = [
                cell[axis],
                *("/".join(tail) for tail in tails),
                *("/".join(map(short_label, tail)) for tail in tails),
            ]
            for name in map(normalize_label, names):
                found[axis].setdefault(name, set()).add(cell[axis])
    return found


def parse_figure(value: Any) -> Number | None:
    """Return a value of a file as a figure; None if it is not a number."""
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > 15:
        return None
    return int(number) if number == number.to_integral_value() else number


def entered_figure(form: Form, cell: Cell, value: Any) -> Number:
    """Return the figure that staff filled in for a cell. Raises ValueError, in Chinese, if it cannot be one."""
    number = parse_figure(value)
    if number is None:
        raise ValueError("要填数，不带单位；没有读到的空着")
    if (isinstance(number, Decimal) and form.unit(cell) != "万元") or (number < 0 and not form.signed(cell)):
        raise ValueError(f"以“{form.unit(cell)}”计的数只能是不小于 0 的整数")
    return number


def write_published(path: Path, published: PublishedFigures) -> None:
    """Write the figures of a report by official labels, in printed order. Raises GktoolsError if writing fails."""
    write_params_file(path, published_text(published))


def with_what_is_kept(path: Path, name: str, published: PublishedFigures) -> PublishedFigures:
    """Return brought-in figures with the texts, and the source if they name none, of the file that they are to replace.

    Raises ParamsError if something that stands in the file would be lost: figures that are not among them, notes of staff.
    """
    if not os.path.lexists(path):
        return published
    remedy = f"。没有导入，{name} 没有动。要换掉的，先把它移走或改名，再导入一次"
    try:
        kept = read_published(path, name, published.year)
    except ParamsError as error:
        raise ParamsError(f"原来的 {name} 读不出来{remedy}", error.problems) from None
    lost = [
        cell for table, held in kept.figures.items() for cell in held if cell not in published.figures.get(table, {})
    ]
    if lost:
        raise ParamsError(f"原来的 {name} 里有 {len(lost)} 格的数，这张表里空着{remedy}；还要的，在表里填上")
    if path.read_text(encoding="utf-8", errors="replace").count("#") > published_text(kept).count("#"):
        raise ParamsError(f"原来的 {name} 里有手工写的 # 后面的话，导入以后就没有了{remedy}")
    return replace(published, text=kept.text, source=published.source or kept.source)


def published_text(published: PublishedFigures) -> str:
    """Return the file of the figures of a report. Raises ParamsError for characters that no file may have."""
    for words in published.text.values():
        if hidden := steering_character(words):
            raise ParamsError(f"没有保存：去年的文字里有“{hidden}”，请删去再存")
    if hidden := steering_character(published.source, lines=False):
        raise ParamsError(f"没有保存：“来自”里有“{hidden}”，请删去再存")
    tables: dict[str, dict[str, Any]] = {}
    for form in load_format(published.year).forms:
        held = published.figures.get(form.key, {})
        for cell in form.cells:
            if cell in held:
                row, column = ("/".join(labels) for labels in form.address(cell))
                rows = tables.setdefault(form.name, {})
                (rows.setdefault(row, {}) if row else rows)[column] = _plain(held[cell])
    content: dict[str, Any] = {"source": published.source, "tables": tables}
    if published.text:
        content["text"] = dict(published.text)
    yaml = YAML()
    yaml.width, yaml.default_flow_style = 10_000, None
    text = StringIO()
    yaml.dump(content, text)
    return _HEAD.format(year=published.year, next=published.year + 1) + text.getvalue()


_HEAD = """\
# {year} 年度已经公布的报告的数字，做 {next} 年度的报告时与它核对；台账里有的，以台账为准。
# 行和列写官方标签（几级之间用 /）或键；没有读到的格不写，没有发生的写 0。
"""


def _plain(number: Number) -> int | float:
    return number if isinstance(number, int) else float(number)
