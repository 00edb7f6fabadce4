"""The report as a spreadsheet: its tables, its findings, and the source of each figure.

Numbers are numbers, a total is a formula with its value stored, and a text is never a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import Any

from nbconvert.exporters.exporter import Exporter
from nbformat import NotebookNode
from traitlets import default
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

from ...figures.table import Figure, Unknown, add, format_figure
from ...findings import Finding
from ...forms.grid import GridCell, grid
from ...forms.model import Cell, Form
from ...report.review_data import ProofJson
from .document import Document, DocumentSection, read_document
from .sizes import Placed, heights, place, row_height, widths
from .sizes import height as height_of

FINDINGS, SOURCES = "问题", "数据来源"
_CREATED = datetime(2024, 1, 1)
_LONGEST_NAME = 31
_TOP = 2
"""Rows above a table: the report's title and the section's."""
_A4 = 9
_PORTRAIT, _LANDSCAPE = 92.0, 140.0
"""How many digits of the default size fit in a line of an A4 page, portrait and landscape."""
_MANY = 12
"""A table with more columns is printed on a landscape page."""
_SONG, _HEI = "宋体", "黑体"
_HEAD, _BAND = "#F3F5F8", "#DFE9F5"
_Row = tuple[str | Figure, ...]


class XlsxExporter(Exporter):  # type: ignore[misc]
    """report.xlsx: the official tables, the findings and the sources of every figure."""

    export_from_notebook = "gktools: the tables as a spreadsheet"
    output_mimetype = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".xlsx"

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[bytes, Any]:
        """Return the workbook's bytes and nbconvert's resources. Raises GktoolsError if the notebook has no complete report."""
        return write_workbook(read_document(nb)), self._init_resources(resources)


class PublicXlsxExporter(XlsxExporter):
    """report（公开）.xlsx: the official tables alone, as published."""

    export_from_notebook = "gktools: the tables as a spreadsheet, for the public"

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[bytes, Any]:
        """Return the workbook's bytes and nbconvert's resources. Raises GktoolsError if the notebook has no complete report."""
        return write_workbook(read_document(nb), public=True), self._init_resources(resources)


def write_workbook(document: Document, *, public: bool = False) -> bytes:
    """Return a report as an XLSX workbook; the same report gives the same bytes.

    The public one has the official tables only, without the sheets for the office's own use.
    """
    file = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(file, options) as book:
        book.set_properties({"title": document.title, "author": document.office_name, "created": _CREATED})
        writer = _WorkbookWriter(book, document)
        for section in document.tables:
            writer.table(section)
        if not public:
            writer.listing(FINDINGS, "核对出的问题（内部使用，不公开）", _FINDING_COLUMNS, list(_findings(document)))
            writer.listing(SOURCES, "每一个数是怎么来的（内部使用，不公开）", _SOURCE_COLUMNS, list(_sources(document)))
    return file.getvalue()


def sheet_name(title: str) -> str:
    """Return a section's title as Excel allows it on a tab."""
    return re.sub(r"[\[\]:*?/\\]", " ", title).strip("'")[:_LONGEST_NAME]


def total_formula(form: Form, cell: Cell, figures: Mapping[Cell, Figure], where: Mapping[Cell, Placed]) -> str:
    """Return the formula of a total; empty for any other cell, and where the figure is not the sum of its parts."""
    parts = form.sums_across.get(cell) or form.sums_down.get(cell)
    if not parts or isinstance(figures[cell], Unknown) or add(figures[part] for part in parts) != figures[cell]:
        return ""
    return f"=SUM({','.join(_ranges([where[part] for part in parts]))})"


def _ranges(cells: list[Placed]) -> Iterator[str]:
    """Yield cells as ranges, neighbours merged."""
    start = end = cells[0]
    for cell in cells[1:]:
        beside = cell.row == end.row and cell.column == end.last_column + 1 and start.row == end.row
        below = cell.column == end.column and cell.row == end.last_row + 1 and start.column == end.column
        if not (beside or below):
            yield _range(start, end)
            start = cell
        end = cell
    yield _range(start, end)


def _range(start: Placed, end: Placed) -> str:
    if start == end:
        return str(xl_rowcol_to_cell(start.row + _TOP, start.column))
    return str(xl_range(start.row + _TOP, start.column, end.row + _TOP, end.column))


class _WorkbookWriter:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Workbook, document: Document) -> None:
        self._book, self._document = book, document
        self._style = lru_cache(maxsize=None)(lambda **shape: book.add_format({"font_name": _SONG} | shape))

    def table(self, section: DocumentSection) -> None:
        """Write one official table, drawn as its form."""
        form, figures = section.form, section.figures
        assert form is not None
        assert figures is not None
        drawn = grid(form)
        placed = place(drawn)
        where = {each.cell.cell: each for each in placed if each.cell.cell is not None}

        def text(cell: GridCell) -> str:
            return cell.text if cell.cell is None else format_figure(figures[cell.cell])

        landscape = drawn.width > _MANY
        wide = widths(placed, drawn.width, text, _LANDSCAPE if landscape else _PORTRAIT)
        page = self._page(sheet_name(section.title), wide, section.title, self._document.scope)
        for row, points in heights(placed, wide, text).items():
            page.set_row_pixels(row + _TOP, _pixels(points))
        page.fit_to_pages(1, 1)
        if landscape:
            page.set_landscape()
        for each in placed:
            if each.cell.cell is None:
                self._text(page, each, self._heading(each.cell))
            else:
                formula = total_formula(form, each.cell.cell, figures, where)
                self._figure(page, each, figures[each.cell.cell], formula)
        heads = sum(line.is_head for line in drawn.lines) if len(drawn.blocks) == 1 else 0
        stub = min(where[cell].column for cell in form.cells) if heads else 0
        page.freeze_panes(_TOP + heads, stub)
        page.repeat_rows(0, _TOP + heads - 1)

    def listing(self, name: str, title: str, columns: Mapping[str, float], rows: list[_Row]) -> None:
        """Write a sheet of plain rows under one row of headings."""
        wide = list(columns.values())
        page = self._page(name, wide, title)
        for column, heading in enumerate(columns):
            page.write_string(_TOP, column, heading, self._head())
        for row, values in enumerate(rows, _TOP + 1):
            page.set_row_pixels(row, _pixels(row_height(dict(enumerate(map(_shown, values))), wide)))
            for column, value in enumerate(values):
                if isinstance(value, str):
                    page.write_string(row, column, value, self._style(border=1, valign="top", text_wrap=True))
                else:
                    self._number(page, row, column, value, valign="top")
        page.set_landscape()
        page.freeze_panes(_TOP + 1, 0)
        page.repeat_rows(0, _TOP)
        page.autofilter(_TOP, 0, _TOP + max(len(rows), 1), len(wide) - 1)

    def _page(self, name: str, wide: list[float], title: str, scope: str = "") -> Any:
        """Return a new sheet with its two lines of title, set up for A4; scope says whose figures it has."""
        page = self._book.add_worksheet(name)
        for column, width in enumerate(wide):
            page.set_column(column, column, width)
        subtitle = f"{title}（口径：{scope}）" if scope else title
        lines = ((self._document.title, 16, _SONG, True), (subtitle, 12, _HEI, False))
        for row, (text, size, font, bold) in enumerate(lines):
            shape = self._style(font_name=font, font_size=size, bold=bold, text_wrap=True, **_MIDDLE)
            page.merge_range(row, 0, row, len(wide) - 1, "", shape)
            page.write_string(row, 0, text, shape)
            page.set_row_pixels(row, _pixels(height_of(text, sum(wide), size) + 4))
        page.set_paper(_A4)
        page.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
        page.center_horizontally()
        page.fit_to_pages(1, 0)
        page.set_footer("&C第 &P 页，共 &N 页")
        page.hide_gridlines(2)
        return page

    def _text(self, page: Any, each: Placed, style: Any) -> None:
        _merge(page, each, style)
        page.write_string(each.row + _TOP, each.column, each.cell.text, style)

    def _figure(self, page: Any, each: Placed, figure: Figure, formula: str) -> None:
        _merge(page, each, self._number_style(figure, **_MIDDLE))
        if formula:
            shape = self._number_style(figure, **_MIDDLE)
            page.write_formula(each.row + _TOP, each.column, formula, shape, _number(figure))
        else:
            self._number(page, each.row + _TOP, each.column, figure, **_MIDDLE)

    def _number(self, page: Any, row: int, column: int, figure: Figure, **shape: Any) -> None:
        style = self._number_style(figure, **shape)
        if isinstance(figure, Unknown):
            page.write_string(row, column, format_figure(figure), style)
        else:
            page.write_number(row, column, _number(figure), style)

    def _number_style(self, figure: Figure, **shape: Any) -> Any:
        """Return the style of a number: plain digits, money with its decimals."""
        decimals = 0 if isinstance(figure, Unknown) else len(format_figure(figure).partition(".")[2])
        return self._style(border=1, num_format="0." + "0" * decimals if decimals else "0", **shape)

    def _heading(self, cell: GridCell) -> Any:
        if cell.kind == "band":
            return self._style(border=1, bold=True, bg_color=_BAND, text_wrap=True, **_MIDDLE)
        if cell.kind == "row" or cell.note:
            return self._style(border=1, text_wrap=True, align="left", valign="vcenter")
        return self._head()

    def _head(self) -> Any:
        return self._style(border=1, bg_color=_HEAD, text_wrap=True, **_MIDDLE)


def _merge(page: Any, each: Placed, style: Any) -> None:
    if each.cell.rows * each.cell.columns > 1:
        page.merge_range(each.row + _TOP, each.column, each.last_row + _TOP, each.last_column, "", style)


_MIDDLE = {"align": "center", "valign": "vcenter"}


def _pixels(points: float) -> int:
    return round(points * 4 / 3)


def _number(figure: Figure) -> int | float:
    """Return a figure as a spreadsheet stores it: a double has room for all digits in report.json."""
    assert not isinstance(figure, Unknown)
    return int(figure) if figure == int(figure) else float(figure)


def _shown(value: str | Figure) -> str:
    return value if isinstance(value, str) else format_figure(value)


# --- findings and sources -----------------------------------------------------------------------------------

_FINDING_COLUMNS = {"级别": 10.0, "问题": 40.0, "位置": 32.0, "怎么办": 34.0, "依据": 24.0}
_SOURCE_COLUMNS = {
    "表": 7.0,
    "哪一行": 30.0,
    "哪一列": 18.0,
    "数": 10.0,
    "单位": 7.0,
    "来历": 14.0,
    "记录数": 8.0,
    "登记表和文件": 36.0,
    "说明": 36.0,
}
_ORIGINS = {
    "counted": "由登记表计数",
    "declared": "填报",
    "summed": "各格相加",
    "rolled-up": "各机关相加",
    "given": "录入",
    "unknown": "没有数",
}


def _findings(document: Document) -> Iterator[_Row]:
    for finding in document.findings:
        yield finding.severity.label, finding.message, _place(document, finding), finding.remedy, finding.rule
    if not document.findings:
        yield "", "没有发现问题。", "", "", ""


def _place(document: Document, finding: Finding) -> str:
    """Return the place of a finding: its table, row and column, its section, its record."""
    titles = {section.key: section.title for section in document.sections}
    parts = [titles.get(finding.table or finding.section, "")]
    parts += ["/".join(labels) for labels in (finding.row, finding.column) if labels]
    parts += [f"{finding.register}，{finding.place}"] if finding.place else []
    return "\n".join(part for part in parts if part)


def _sources(document: Document) -> Iterator[_Row]:
    for section in document.tables:
        form, figures = section.form, section.figures
        assert form is not None
        assert figures is not None
        by_cell = {(proof["row_key"], proof["column_key"]): proof for proof in document.proofs.get(form.key, ())}
        for known in document.report.tables[form.key]:
            cell = known.key
            rows, columns = form.address(cell)
            yield (
                form.name,
                "/".join(rows),
                "/".join(columns),
                figures[cell],
                form.unit(cell),
                _ORIGINS[known.source],
                known.records,
                *_source_notes(by_cell.get(cell)),
            )


def _source_notes(proof: ProofJson | None) -> tuple[str, str]:
    """Return the registers and files behind a figure, and notes about it."""
    if proof is None:
        return "", ""
    declared = proof["declared"]
    notes: Iterable[str] = (
        proof["definition"],
        f"没有数：{proof['unknown']}" if proof["unknown"] else "",
        f"填报（{declared['on']}）：{declared['reason']}" if declared else "",
    )
    return "\n".join(proof["files"]), "\n".join(part for part in notes if part)
