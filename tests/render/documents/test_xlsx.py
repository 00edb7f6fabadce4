"""The spreadsheet read back: every figure at its place, every total a formula that agrees, every text a text."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import nbformat
import pytest
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from gktools.figures.table import Unknown
from gktools.render.documents.document import Document, read_document
from gktools.render.documents.sizes import lines_in
from gktools.render.documents.xlsx import FINDINGS, SOURCES, XlsxExporter, sheet_name, write_workbook

OFFICES = [("xigong-community", 2020), ("zhujian", 2020), ("minzheng", 2024), ("jiaotong", 2024), ("renshe", 2024)]
TOP = 2


def document_of(district, office: str, year: int) -> Document:
    path = district.home / "output" / str(year) / office / "report.ipynb"
    return read_document(nbformat.read(path, 4))


@pytest.fixture(params=OFFICES, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def document(district, request) -> Document:
    """A report of the sample district."""
    return document_of(district, *request.param)


@pytest.fixture
def minzheng(district) -> Document:
    """A report that is ready, with findings of none."""
    return document_of(district, "minzheng", 2024)


@pytest.fixture
def jiaotong(district) -> Document:
    """A report that lacks a register."""
    return document_of(district, "jiaotong", 2024)


def opened(document: Document, *, values: bool = True):
    return load_workbook(BytesIO(write_workbook(document)), data_only=values)


class Drawn:
    """A sheet as a person sees it: what stands over and beside every figure."""

    def __init__(self, sheet, form) -> None:
        self.sheet, self.form = sheet, form
        self.owner = {
            (row, column): area.coord.split(":")[0]
            for area in sheet.merged_cells.ranges
            for row in range(area.min_row, area.max_row + 1)
            for column in range(area.min_col, area.max_col + 1)
        }

    def at(self, row: int, column: int):
        """The value that covers a place."""
        if owner := self.owner.get((row, column)):
            return self.sheet[owner].value
        return self.sheet.cell(row, column).value

    def figures(self) -> dict:
        """Every figure by the labels of its row and column, read off the sheet."""
        found, heads, block = {}, [], None
        blocks = iter(self.form.blocks)
        for row in range(TOP + 1, self.sheet.max_row + 1):
            values = [self.at(row, column) for column in range(1, self.sheet.max_column + 1)]
            starts = [column for column in range(1, len(values) + 1) if self._starts(row, column)]
            numbers = [column for column in starts if isinstance(values[column - 1], int | float | Decimal)]
            numbers = numbers or [column for column in starts if values[column - 1] == "—"]
            if not numbers:
                if len(starts) == 1 or not block:
                    heads, block = [], next(blocks)
                heads.append(row)
                continue
            first = numbers[0]
            side = self._distinct(self.at(row, column) for column in range(1, first))
            for column in [column for column in starts if column >= first]:
                above = self._distinct(self.at(head, column) for head in heads)
                band = above[:1] if block.label else []
                over = [label for label in above[len(band) :] if label != block.banner]
                found[(*band, *side), tuple(over)] = self.at(row, column)
        return found

    def _starts(self, row: int, column: int) -> bool:
        owner = self.owner.get((row, column))
        return owner is None or owner == self.sheet.cell(row, column).coordinate

    @staticmethod
    def _distinct(labels) -> list:
        return list(dict.fromkeys(label for label in labels if label))


@pytest.mark.parametrize(
    "every", [pytest.param(False, id="some"), pytest.param(True, id="all", marks=pytest.mark.soak)]
)
def test_every_cell_of_every_sample_report_stands_under_its_headings_with_the_figure_of_report_json(district, every):
    places = sorted((district.home / "output").glob("20*/*/report.ipynb"))
    assert len(places) > 30
    some = [district.home / f"output/{year}/{code}/report.ipynb" for code, year in OFFICES]
    for path in places if every else some:
        cells_stand(read_document(nbformat.read(path, 4)))


def cells_stand(document: Document) -> None:
    book = opened(document)
    for section in document.tables:
        shown = Drawn(book[sheet_name(section.title)], section.form).figures()
        expected = {
            (cell.row, cell.column): "—" if cell.value is None else float(cell.value)
            for cell in document.report.tables[section.key]
        }
        assert shown == expected, document.title


def evaluated(formula: str, sheet) -> Decimal:
    """What a SUM over ranges gives."""
    total = Decimal(0)
    for area in re.fullmatch(r"=SUM\((.+)\)", formula)[1].split(","):
        left, top, right, bottom = range_boundaries(area)
        for line in sheet.iter_rows(top, bottom, left, right, values_only=True):
            total += sum(Decimal(str(value)) for value in line if value is not None)
    return total


def test_every_total_is_a_formula_that_gives_the_value_stored_beside_it(document):
    values, formulas = opened(document), opened(document, values=False)
    for section in document.tables:
        name, form = sheet_name(section.title), section.form
        written = {
            cell.coordinate: cell.value for line in formulas[name].iter_rows() for cell in line if cell.data_type == "f"
        }
        totals = {*form.sums_across, *form.sums_down}
        known = [cell for cell in totals if not isinstance(section.figures[cell], Unknown)]

        assert len(written) == len(known)
        for place, formula in written.items():
            leaf_values = values[name]
            assert evaluated(formula, leaf_values) == Decimal(str(leaf_values[place].value)), (place, formula)


def test_a_total_sums_the_parts_that_the_form_names_and_nothing_else(minzheng):
    sheet = opened(minzheng, values=False)["四、政府信息公开行政复议、行政诉讼情况"]
    formulas = [cell.value for line in sheet.iter_rows() for cell in line if cell.data_type == "f"]

    assert formulas == ["=SUM(A6:D6)", "=SUM(F6:I6)", "=SUM(K6:N6)"]


def test_a_figure_given_for_a_total_that_its_parts_do_not_make_stays_a_number(minzheng):
    section = minzheng.tables[2]
    cell = next(iter(section.form.sums_across))
    wrong = replace(section, figures={**section.figures, cell: 99})
    sections = tuple(wrong if other is section else other for other in minzheng.sections)
    sheet = opened(replace(minzheng, sections=sections), values=False)[sheet_name(section.title)]

    assert sheet["E6"].value == 99


def test_unknown_is_a_dash_and_so_is_a_total_over_it(district):
    document = document_of(district, "yunxi", 2024)
    section = document.tables[2]
    unknown = {cell: Unknown("") for cell in section.form.cells}
    sections = tuple(replace(s, figures=unknown) if s is section else s for s in document.sections)
    sheet = opened(replace(document, sections=sections), values=False)[sheet_name(section.title)]

    assert {cell.value for cell in sheet[6]} == {"—"}


def test_money_keeps_its_decimals(district):
    document = document_of(district, "zhujian", 2020)
    section = document.tables[0]
    sheet = opened(document)[sheet_name(section.title)]
    shown = {
        cell.value: cell.number_format for line in sheet.iter_rows() for cell in line if isinstance(cell.value, float)
    }

    assert shown
    for value, number_format in shown.items():
        assert len(number_format.partition(".")[2]) == len(str(value).partition(".")[2])


@pytest.mark.parametrize(
    "text", ["=1+1", "=HYPERLINK(A1)", "+86 10", "-2", "@SUM(A1)", "http://example.invalid/", "007"]
)
def test_a_text_of_the_office_that_looks_like_a_formula_stays_a_text(jiaotong, text):
    finding = replace(jiaotong.findings[0], message=text, remedy=text, rule=text, place=text)
    report = replace(jiaotong.report, title=text, code="x", office_name=text)
    document = replace(jiaotong, report=report, findings=(finding,))
    book = opened(document, values=False)

    assert book[FINDINGS]["B4"].value == text
    assert book[FINDINGS]["B4"].data_type == "s"
    assert book[sheet_name(document.tables[0].title)]["A1"].data_type == "s"
    assert not [c for line in book[FINDINGS].iter_rows() for c in line if c.data_type == "f" or c.hyperlink]


def test_findings_say_how_grave_what_where_and_what_to_do(jiaotong):
    lines = list(opened(jiaotong)[FINDINGS].iter_rows(min_row=TOP + 1, values_only=True))

    assert lines[0] == ("级别", "问题", "位置", "怎么办", "依据")
    assert len(lines) == 1 + len(jiaotong.findings)
    for line, finding in zip(lines[1:], jiaotong.findings, strict=True):
        assert (line[0], line[1], line[3] or "") == (finding.severity.label, finding.message, finding.remedy)
        assert all("/".join(labels) in line[2] for labels in (finding.row, finding.column) if labels)


def test_a_report_without_findings_says_so(minzheng):
    book = opened(replace(minzheng, findings=()))

    assert [line[1] for line in book[FINDINGS].iter_rows(min_row=TOP + 2, values_only=True)] == ["没有发现问题。"]


def test_the_sources_name_every_cell_with_its_figure_its_records_and_its_files(document):
    lines = list(opened(document)[SOURCES].iter_rows(min_row=TOP + 2, values_only=True))
    cells = [cell for section in document.tables for cell in document.report.tables[section.key]]

    assert len(lines) == len(cells)
    for line, cell in zip(lines, cells, strict=True):
        assert (line[1] or "", line[2]) == ("/".join(cell.row), "/".join(cell.column))
        assert line[3] == ("—" if cell.value is None else float(cell.value))
        assert line[6] == cell.records
        assert (line[5] == "由登记表计数") == (cell.source == "counted")
        assert cell.source != "counted" or line[7]
        assert cell.source != "unknown" or "没有数" in line[8] or cell.value is None


def test_a_declared_figure_gives_its_reason(district):
    lines = opened(document_of(district, "renshe", 2024))[SOURCES].iter_rows(min_row=TOP + 2, values_only=True)
    declared = [line for line in lines if line[5] == "填报"]

    assert declared
    assert all("填报（" in line[8] for line in declared)


def test_no_personal_data_is_in_the_file(document):
    with ZipFile(BytesIO(write_workbook(document))) as file:
        text = "".join(file.read(name).decode() for name in file.namelist() if name.endswith(".xml"))

    assert not [word for word in ("示例申请人", "示例证件", "示例联系方式", "SQR") if word in text]


def test_sheets_are_named_as_the_notice_names_its_sections(document):
    assert opened(document).sheetnames == [*(section.title for section in document.tables), FINDINGS, SOURCES]


@pytest.mark.parametrize(
    ("title", "name"), [("一/二:三[四]?*\\", "一 二 三 四    "), ("'节'", "节"), ("很长" * 20, "很长" * 15 + "很")]
)
def test_a_name_that_excel_refuses_is_made_legal(title, name):
    assert sheet_name(title) == name


def test_a_sheet_prints_on_a4_fit_to_the_width_with_its_heading_rows_on_every_page(document):
    book = opened(document)
    for sheet in book:
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows.startswith("$1:$")
    assert book[document.tables[1].title].print_title_rows == "$1:$5"
    lying = [sheet.page_setup.orientation == "landscape" for sheet in book]
    assert lying == [False, False, True, True, True]


def test_the_same_report_gives_the_same_bytes_without_a_clock(district):
    path = district.home / "output/2024/minzheng/report.ipynb"
    made = [XlsxExporter().from_notebook_node(nbformat.read(path, 4)) for _ in range(2)]
    properties = load_workbook(BytesIO(made[0][0])).properties

    assert made[0][0] == made[1][0]
    assert made[0][1]["output_extension"] == ".xlsx"
    assert properties.created == properties.modified
    assert properties.title == "示例市云溪区民政局2024年政府信息公开工作年度报告"


# --- every character is seen ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, 1),
        ("总数", 10, 1),
        ("一二三四五", 10, 2),
        ("一二\n三四", 10, 2),
        ("1234567", 10, 1),
        ("一二三1234567", 10, 2),
        ("123456789012345678", 10, 3),
    ],
)
def test_lines_are_counted_as_a_spreadsheet_wraps_them(text, width, lines):
    assert lines_in(text, width) == lines


def test_no_row_is_lower_and_no_column_narrower_than_its_text(document):
    for sheet in opened(document):
        for line in sheet.iter_rows(min_row=TOP + 1):
            for cell in line:
                area = next((a for a in sheet.merged_cells.ranges if cell.coordinate in a), None)
                if cell.value is None or (area and area.coord.split(":")[0] != cell.coordinate):
                    continue
                columns = range(area.min_col, area.max_col + 1) if area else [cell.column]
                rows = range(area.min_row, area.max_row + 1) if area else [cell.row]
                wide = sum(sheet.column_dimensions[_letter(sheet, column)].width for column in columns)
                high = sum(sheet.row_dimensions[row].height or 15 for row in rows)
                characters = sum(2 if ord(c) > 255 else 1 for c in str(cell.value))
                assert characters * 11 * 1.25 <= wide * high + 11 * 1.25 * 2, (sheet.title, cell.coordinate)


def _letter(sheet, column: int) -> str:
    """The letter under which the width of a column is kept; neighbours of the same width share one."""
    return next(k for k, d in sheet.column_dimensions.items() if (d.min or 0) <= column <= (d.max or 0))
