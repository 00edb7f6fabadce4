"""Workbooks of registers for staff to fill in, and filled registers in the same layout.

reading.py reads what is written here. The same sheets give the same bytes: no clock and no path in them.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...forms.model import leaves
from ...forms.notices import formats
from ..schema import Field, Register, fold, registers
from ..sheet import AS_STORED, Value
from .cover import NO_RECORDS
from .examples import EXAMPLE, example_of, guide
from .headings import ORDINAL
from .workbooks import drawn_workbook, new_workbook, write_asked_for

if TYPE_CHECKING:
    from xlsxwriter import Workbook

INSTRUCTIONS = "填写说明"
OPTIONS = "填写选项"
WHOLE = "全部登记表"
APART = "一表一个文件"
SHORT = "（简表）"
TICK = "√"
COVER_LINES = ("登记表", "单位", "年度", NO_RECORDS)
_HEAD = len(COVER_LINES)
_ROWS = 5000
"""The number of rows below the heading with drop-downs."""
_LONGEST_LIST = 255
"""The maximum length of a list that Excel accepts inside a validation."""
_A4 = 9
_CREATED = datetime(2024, 1, 1)
_FIRST, _LAST = date(1949, 10, 1), date(2099, 12, 31)
_WIDTHS = {"date": 13, "yes_no": 8, "count": 9, "yuan": 13, "number": 10}
_NUMBERS = {"date": "yyyy-mm-dd", "count": "0", "yuan": "0.00", "number": "General"}


@dataclass(frozen=True)
class TemplateSheet:
    """One register of one office and year: its rows, each with the word or value by field key as staff write it.

    ticked: 本年无记录. office_name and year may be empty, for staff to fill in. only: the keys of the only columns of a short
    form, which is printed on one page across.
    """

    register: Register
    office_name: str = ""
    year: int | None = None
    rows: Sequence[Mapping[str, object]] = field(default=())
    ticked: bool = False
    only: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the form."""
        return tuple(self.register[key] for key in self.only) or self.register.fields

    @property
    def filled(self) -> tuple[Field, ...]:
        """The fields of the register, of the alternative ones only those that a row fills in."""
        return tuple(
            known for known in self.fields if not known.alternative or any(row.get(known.key) for row in self.rows)
        )


def template_sheets(
    office_name: str = "", year: int | None = None, only: Container[str] | None = None
) -> list[TemplateSheet]:
    """Return an empty sheet for every register that a report of a year can use; for all registers without a year.

    only are the keys of the only registers that are wanted.
    """
    return [
        TemplateSheet(register, office_name, year)
        for register in registers().values()
        if (year is None or register.until is None or year <= register.until) and (only is None or register.key in only)
    ]


def write_workbook(
    path: Path, sheets: Iterable[TemplateSheet], *, notes: bool = True, examples: bool | None = None
) -> None:
    """Write registers as one XLSX workbook, one sheet each.

    notes adds a page of instructions and a note on every heading; examples, by default with the notes, an example row
    (never loaded) and the fields of which no record has any. Raises GktoolsError if the file cannot be written.
    """
    with new_workbook(path) as workbook:
        _draw(workbook, sheets, notes=notes, examples=notes if examples is None else examples)


def _draw(workbook: Workbook, sheets: Iterable[TemplateSheet], *, notes: bool = True, examples: bool = True) -> None:
    workbook.set_properties({"title": "政府信息公开登记表", "created": _CREATED})
    pen = _Pen(workbook, notes, examples)
    if notes:
        pen.instructions()
    for sheet in sheets:
        pen.register(sheet)
    pen.options()


def write_templates(
    folder: Path, office_name: str = "", year: int | None = None, only: Container[str] | None = None
) -> list[Path]:
    """Write empty registers: one workbook with all of them, the short forms, and one each in a subfolder; return their paths.

    An office fills in either; only are the keys of the only registers wanted. Raises GktoolsError if they cannot be
    written, before the first one is if somebody has filled in what would be replaced.
    """
    apart = folder / APART
    sheets, short = template_sheets(office_name, year, only), short_sheets(office_name, year, only)
    books = {apart / f"{sheet.register.label}.xlsx": [sheet] for sheet in sheets}
    books |= {folder / f"{sheet.register.label}{SHORT}.xlsx": [sheet] for sheet in short}
    books |= {folder / f"{WHOLE}.xlsx": sheets}
    return _write_books(books)


def write_templates_of_all(
    folder: Path, office_names: Iterable[str], year: int, only: Container[str] | None = None
) -> Iterator[Path]:
    """Write empty registers for several offices, each in a folder of its name: the whole workbook and the short forms.

    Yields their paths as they are written; raises as write_templates does.
    """
    for name in office_names:
        own = folder / re.sub(r'[\\/:*?"<>|]', "_", name)
        short = {own / f"{one.register.label}{SHORT}.xlsx": [one] for one in short_sheets(name, year, only)}
        yield from _write_books(short | {own / f"{WHOLE}.xlsx": template_sheets(name, year, only)})


def short_sheets(office_name: str, year: int | None, only: Container[str] | None) -> list[TemplateSheet]:
    """Return the short forms among the empty sheets."""
    keys = guide().short
    sheets = (sheet for sheet in template_sheets(office_name, year, only) if sheet.register.key in keys)
    return [replace(sheet, only=keys[sheet.register.key]) for sheet in sheets]


def _write_books(books: Mapping[Path, Sequence[TemplateSheet]]) -> list[Path]:
    drawn = {path: BytesIO() for path in books}
    for path, chosen in books.items():
        with drawn_workbook(drawn[path]) as workbook:
            _draw(workbook, chosen)
    write_asked_for(drawn, "records template")
    return list(books)


def layout(sheet: TemplateSheet) -> list[list[Any]]:
    """Return a register as rows of values, as in a CSV file: cover lines, headings, records."""
    cover = zip(COVER_LINES, _cover(sheet), strict=True)
    keys = [known.key for known in sheet.filled]
    records = [[number, *(row.get(key, "") for key in keys)] for number, row in enumerate(sheet.rows, 1)]
    return [*map(list, cover), [ORDINAL, *(known.heading for known in sheet.filled)], *records]


def as_written(known: Field, value: Value) -> Decimal | Value:
    """Return a stored value as staff write it in a cell, from which the same value is read; "" for none."""
    if value is None or value == "":
        return ""
    if known.type == "yuan":
        return Decimal(int(str(value))) / 100
    if isinstance(value, bool) or known.vocabulary:
        label = known.label(value if isinstance(value, bool) else str(value))
        return label if isinstance(value, bool) or known.vocabulary.get(fold(label)) == value else value
    return value


def _cover(sheet: TemplateSheet) -> tuple[str, str, str, str]:
    return sheet.register.label, sheet.office_name, str(sheet.year or ""), TICK if sheet.ticked else ""


class _Pen:
    """The writer of the sheets of one workbook; collects the lists that are too long for a validation."""

    def __init__(self, workbook: Workbook, notes: bool, examples: bool) -> None:
        self._book, self._notes, self._examples = workbook, notes, examples
        self._lists: list[tuple[str, ...]] = []
        self._style = lru_cache(lambda **shape: workbook.add_format(dict(shape)))

    def instructions(self) -> None:
        """Write the sheet of instructions."""
        sheet = self._book.add_worksheet(INSTRUCTIONS)
        sheet.set_column(0, 0, 100)
        sheet.write_string(0, 0, INSTRUCTIONS, self._style(bold=True, font_size=16))
        for row, sentence in enumerate(guide().instructions, 1):
            sheet.write_string(row, 0, f"{row}. {sentence}", self._style(text_wrap=True, valign="top"))

    def options(self) -> None:
        """Write the hidden sheet with the long drop-down lists."""
        if not self._lists:
            return
        sheet = self._book.add_worksheet(OPTIONS)
        sheet.hide()
        for column, words in enumerate(self._lists):
            for row, word in enumerate(words):
                sheet.write_string(row, column, word)

    def register(self, sheet: TemplateSheet) -> None:
        """Write one register: cover lines, headings, example row, records."""
        page = self._book.add_worksheet(sheet.register.label)
        fields = sheet.fields if self._examples else sheet.filled
        self._write_cover(page, sheet)
        page.write_string(_HEAD, 0, ORDINAL, self._head(required=False))
        for column, known in enumerate(fields, 1):
            self._write_heading(page, column, known, _short_width(known) if sheet.only else _width(known))
        first = _HEAD + 1
        if self._examples:
            self._write_example(page, sheet)
            first += 1
        for number, row in enumerate(sheet.rows, 1):
            page.write_number(first + number - 1, 0, number)
            for column, known in enumerate(fields, 1):
                _write(page, first + number - 1, column, row.get(known.key), self._cell(known))
        page.freeze_panes(_HEAD + 1, 2)
        page.set_landscape()
        page.repeat_rows(_HEAD)
        if sheet.only:
            page.set_paper(_A4)
            page.fit_to_pages(1, 0)
            page.set_margins(left=0.4, right=0.4)

    def _write_cover(self, page: Any, sheet: TemplateSheet) -> None:
        page.set_column(0, 0, 12)
        for row, (label, value) in enumerate(zip(COVER_LINES, _cover(sheet), strict=True)):
            page.write_string(row, 0, label, self._style(bold=True))
            page.write_blank(row, 1, None, self._style(bottom=1))
            _write(page, row, 1, value, self._style(bottom=1))
        message = "全年确实没有记录的，在这里选“√”"
        tick = {"validate": "list", "source": [TICK], "input_title": NO_RECORDS, "input_message": message}
        page.data_validation(_HEAD - 1, 1, _HEAD - 1, 1, tick)

    def _write_heading(self, page: Any, column: int, known: Field, width: int) -> None:
        page.set_column(column, column, width, self._cell(known))
        page.write_string(_HEAD, column, known.heading, self._head(required=known.required))
        if rule := self._validation(known):
            page.data_validation(_HEAD + 1, column, _HEAD + _ROWS, column, rule)
        if self._notes:
            note = describe(known)
            size = {"x_scale": 2.5, "y_scale": max(1.0, note.count("\n") / 3), "author": ""}
            page.write_comment(_HEAD, column, note, size)

    def _write_example(self, page: Any, sheet: TemplateSheet) -> None:
        grey = {"font_color": "#7F7F7F", "italic": True, "bg_color": "#F2F2F2"}
        words = example_of(sheet.register, sheet.year or guide().example_year, short=bool(sheet.only))
        page.write_string(_HEAD + 1, 0, EXAMPLE, self._style(**grey))
        for column, known in enumerate(sheet.fields, 1):
            style = self._style(**grey, num_format=_NUMBERS.get(known.type, "@"))
            if known.key in words:
                _write(page, _HEAD + 1, column, words[known.key], style)
            else:
                page.write_blank(_HEAD + 1, column, None, style)

    def _validation(self, known: Field) -> dict[str, object]:
        """Return Excel's validation of a column."""
        if known.allowed:
            return {"validate": "list", "source": self._source(known.allowed), **_refusal("请从下拉框里选")}
        if known.type == "date":
            between = {"criteria": "between", "minimum": _FIRST, "maximum": _LAST}
            return {"validate": "date", **between, **_refusal("请填日期，写成 2024-03-05 的样子")}
        if known.type in ("count", "yuan"):
            kind = "integer" if known.type == "count" else "decimal"
            refusal = _refusal("请填不小于零的数，不写单位")
            return {"validate": kind, "criteria": ">=", "value": 0, **refusal}
        return {}

    def _source(self, words: tuple[str, ...]) -> list[str] | str:
        if len(",".join(words)) <= _LONGEST_LIST and not any("," in word for word in words):
            return list(words)
        if words not in self._lists:
            self._lists.append(words)
        column = chr(ord("A") + self._lists.index(words))
        return f"={OPTIONS}!${column}$1:${column}${len(words)}"

    def _head(self, *, required: bool) -> Any:
        colour = "#9DC3E6" if required else "#DDEBF7"
        middle = {"align": "center", "valign": "vcenter", "text_wrap": True}
        return self._style(bold=True, border=1, bg_color=colour, **middle)

    def _cell(self, known: Field) -> Any:
        return self._style(num_format=_NUMBERS.get(known.type, "@"))


def describe(known: Field) -> str:
    """Return the note on a heading: how to fill in the column, and the article of each choice."""
    kinds = {
        "date": "日期，写成 2024-03-05 的样子",
        "count": "非负整数",
        "number": "数字",
        "yuan": "金额，以元为单位，最多两位小数",
    }
    note = ["必填" if known.required else "没有的留空"]
    note += [kinds[known.type]] if known.type in kinds else []
    note += (
        ["只在导入时核对，不保存原文", f"写着“{AS_STORED}”的，是库里填过的：留着就不变，要改就写新的"]
        if known.personal
        else []
    )
    note += ["存在台账库里，不进报告"] if known.confidential else []
    note += [known.note] if known.note else []
    note += [f"也认得的写法：{'、'.join(known.aliases)}"] if known.aliases else []
    note += ["可填："] if known.allowed else []
    return "\n".join([*note, *map(_with_articles, known.allowed)])


def _with_articles(word: str) -> str:
    articles = _articles().get(word)
    return f"{word}（条例 {'、'.join(articles)}）" if articles else word


@lru_cache
def _articles() -> dict[str, tuple[str, ...]]:
    """Return the articles of the 条例 of every printed row that has some, by key."""
    return {
        chain[-1].label: chain[-1].articles
        for format_ in formats()
        for form in format_.forms
        for block in form.blocks
        for _, chain in leaves(block.rows)
        if chain[-1].articles
    }


def _write(page: Any, row: int, column: int, value: Any, style: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, date):
        page.write_datetime(row, column, value, style)
    elif isinstance(value, int | float | Decimal):
        page.write_number(row, column, value, style)
    else:
        page.write_string(row, column, str(value), style)


def _refusal(message: str) -> dict[str, str]:
    return {"error_title": "填写有误", "error_message": message}


def _short_width(known: Field) -> int:
    """Return the width of a column of a short form, of which the headings may take two lines."""
    return min(_width(known), 24 if known.confidential or known.allowed else 12)


def _width(known: Field) -> int:
    words = max((len(word) for word in known.allowed), default=0)
    return max(_WIDTHS.get(known.type, 18), 2 * len(known.heading) + 2, min(2 * words + 2, 40))
