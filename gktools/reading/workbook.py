"""A workbook for the figures of a published report: the official tables, empty, for staff to fill in, and its reader."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from ..errors import Problem, RecordsError
from ..forms.grid import GridCell, grid
from ..forms.model import Cell, Form
from ..forms.notices import load_format
from ..inputs.published_figures import Number, PublishedFigures, entered_figure, parse_figure
from ..registers.intake.files import open_pages
from ..registers.schema import fold
from ..workspace.own_files import write_own_files

COVER = ("单位", "年度", "来自")
"""The lines before the tables: the office, the year, the source of the figures."""
_COVER_SHEET = "封面"
_CREATED = datetime(2024, 1, 1)


def write_template(path: Path, office_name: str, year: int) -> None:
    """Write the official tables of a year, empty; the same office and year give the same bytes.

    Raises NotOwnFileError if one that somebody has filled in would be replaced.
    """
    content = BytesIO()
    with Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as workbook:
        workbook.set_properties({"title": "已公布报告的数字", "created": _CREATED})
        border = {"border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
        heading, empty = workbook.add_format(border | {"bg_color": "#EDEDED"}), workbook.add_format(border)
        cover = workbook.add_worksheet(_COVER_SHEET)
        cover.set_column(0, 0, 10)
        cover.set_column(1, 1, 90)
        for line, (name, value) in enumerate(zip(COVER, (office_name, year, ""), strict=True)):
            cover.write(line, 0, name)
            cover.write(line, 1, value)
        for line, sentence in enumerate(_INSTRUCTIONS, len(COVER) + 1):
            cover.write(line, 0, sentence)
        for form in load_format(year).forms:
            sheet = workbook.add_worksheet(form.name)
            sheet.set_column(0, 1, 14)
            sheet.set_column(2, 2, 34)
            sheet.set_column(3, 20, 12)
            for line, column, cell in placed(form):
                _draw(sheet, line, column, cell, empty if cell.cell else heading)
    write_own_files({path: content.getvalue()}, "year import-published --template")


_INSTRUCTIONS = (
    "把已经公布的报告里的数照样填进后面几张表；没有发生的填 0，没有读到的空着，合计也照填。",
    "“来自”写报告的名称或网址。不要增删行列、不要改表头。填好后在审签服务的“台账”页里交，或者运行 gktools year import-published 这个文件",
)


def _draw(sheet: Any, line: int, column: int, cell: GridCell, style: Any) -> None:
    if cell.rows > 1 or cell.columns > 1:
        sheet.merge_range(line, column, line + cell.rows - 1, column + cell.columns - 1, cell.text, style)
    elif cell.cell:
        sheet.write_blank(line, column, None, style)
    else:
        sheet.write_string(line, column, cell.text, style)


def placed(form: Form) -> Iterator[tuple[int, int, GridCell]]:
    """Yield every drawn cell of a form with its line and column, from 0, around merged cells."""
    taken: set[tuple[int, int]] = set()
    for line, drawn in enumerate(grid(form).lines):
        column = 0
        for cell in drawn.cells:
            while (line, column) in taken:
                column += 1
            yield line, column, cell
            taken |= {(line + down, column + right) for down in range(cell.rows) for right in range(cell.columns)}


def read_workbook(path: Path) -> tuple[str, PublishedFigures]:
    """Return the office named in a filled-in workbook, and its figures.

    Raises RecordsError with every mistake in it, each with its sheet, row and column, and if no figure is filled in.
    """
    pages = {page.name: [list(row) for row in page.rows] for page in open_pages(path) if not page.hidden}
    office_name, year, source = _cover(path, pages.get(_COVER_SHEET, []))
    problems: list[Problem] = []
    figures = {form.key: dict(_figures(path, form, pages.get(form.name), problems)) for form in load_format(year).forms}
    if problems:
        raise RecordsError("文件没有导入，请改正下面各处后再试：", problems)
    if not any(figures.values()):
        raise RecordsError(f"文件没有导入：{path.name} 里一个数也没有填，是空白表")
    return office_name, PublishedFigures(year, "brought-in", figures, source=source)


def _cover(path: Path, rows: list[list[Any]]) -> tuple[str, int, str]:
    cover = {str(row[0]).strip(): row[1] for row in rows if len(row) > 1}
    year = parse_figure(cover.get(COVER[1]))
    missing = [name for name in COVER[:2] if str(cover.get(name, "") or "").strip() == ""]
    if missing or not isinstance(year, int):
        what = "、".join(missing) or COVER[1]
        message = f"没有写明{what}；请用 gktools year import-published --template 取的空白表填写"
        raise RecordsError(problems=[Problem(message, path.name, _COVER_SHEET)])
    return str(cover[COVER[0]]).strip(), year, str(cover.get(COVER[2]) or "").strip()


def _figures(
    path: Path, form: Form, rows: list[list[Any]] | None, problems: list[Problem]
) -> Iterator[tuple[Cell, Number]]:
    """Yield the figures of one sheet; blank cells are unknown. A heading in the wrong place ends the sheet."""
    if rows is None:
        problems.append(Problem("缺这一张表；没有数的，留一张空表", path.name, form.name))
        return
    for line, column, drawn in placed(form):
        value = rows[line][column] if line < len(rows) and column < len(rows[line]) else None
        place = partial(Problem, file=path.name, sheet=form.name, line=line + 1, column=column + 1)
        if drawn.cell is None:
            if fold(str(value or "")) != fold(drawn.text):
                message = f"这里应当是“{drawn.text}”，表样被改动了，或者用错了年度的表；请用空白表重填"
                problems.append(place(message, value=str(value or "")))
                return
            continue
        if value is None or str(value).strip() == "":
            continue
        try:
            yield drawn.cell, entered_figure(form, drawn.cell, value)
        except ValueError as error:
            problems.append(place(str(error), value=str(value)))
