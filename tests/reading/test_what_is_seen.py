"""Only what a reader sees as the number is the number: no note's mark, nothing struck out, nothing hidden."""

from __future__ import annotations

import io
from collections.abc import Callable
from zipfile import ZipFile

import pytest
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from gktools.reading.files import GivenFile, read_file
from gktools.reading.pdf_characters import characters_seen, text_of_cell
from gktools.reading.published import PrintedCell, PrintedReport

HEAD = "<tr><td>信息内容</td><td>本年处理决定数量</td></tr>"


def cell_of(file: GivenFile, row: str = "行政许可") -> PrintedCell:
    (report,) = read_file(file)
    assert isinstance(report, PrintedReport), report
    (cell,) = [cell for cell in report.cells if cell.row.endswith(row)]
    return cell


def page(cell: str, head: str = "") -> GivenFile:
    table = f"<table>{HEAD}<tr><td>行政许可</td><td>{cell}</td></tr></table>"
    return GivenFile("a.html", f"<html><head><meta charset='utf-8'>{head}</head><body>{table}</body></html>".encode())


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("629<sup>1</sup>", 629), ("629<sub>[2]</sub>", 629), ("629<sup>1</sup><sup>2</sup>", 629), ("<sup>5</sup>", 5),
        ("6<sup>2</sup>9", "6^29"), ("<sup>1</sup>629", "^1629"), ("<del>9</del>629", 629), ("<s>8</s>0", 0),
        ("<span style='text-decoration: line-through'>7</span>11", 11), ("<span style='font-size:0'>9</span>4", 4),
        ("<span style='visibility:hidden'>9</span>4", 4), ("<span style='opacity:0'>9</span>4", 4),
        ("<span style='font-size:0.9em'>9</span>4", 94), ("<ruby>3<rp>(</rp><rt>4</rt><rp>)</rp></ruby>", 3), ("03", "03"),
        ("<input value='12'>", 12), ("<input type='hidden' value='9'>4", 4), ("<textarea>12</textarea>", 12),
        ("<select><option>1<option selected>12</select>", 12), ("<span style='color:#FFF'>9</span>4", 4),
        ("<font color='white'>9</font>4", 4), ("<span style='color:rgba(0,0,0,0)'>9</span>4", 4),
        ("<span style='color:white'>9<b style='color:black'>4</b></span>", 94), ("<span style='color:#f00'>9</span>4", 94),
        ("<span style='color:white;background:#c00'>9</span>4", 94), ("<span style='position:absolute;left:-9999px'>9</span>4", 4),
        ("<span style='text-indent:-2em'>9</span>4", 94), ("<span style='width:0;overflow:hidden'>9</span>4", 4),
        ("<span style='clip:rect(0,0,0,0)'>9</span>4", 4), ("4<span style='vertical-align:super'>9</span>", 4),
        ("4<span style='vertical-align:middle'>9</span>", 49), ("<canvas>9</canvas>4", 4), ("<dialog>9</dialog>4", 4),
        ("<details><summary>4</summary><b>9</b></details>", 4), ("<video>9</video>4", 4),
    ],
)  # fmt: skip
def test_a_cell_of_a_page_has_what_is_seen(printed, value):
    assert cell_of(page(printed)).value == value


@pytest.mark.parametrize(
    ("rules", "value"),
    [
        (".x{display:none}", 4), ("td .x { visibility : hidden }", 4), ("span.x{font-size:0px;color:red}", 4),
        (".x{text-decoration:line-through}", 4), ("@media print{.x{display:none}}", 94), (".menu .x{display:none}", 94),
        (".x:hover{display:none}", 94), (".y,.x{display:none}", 4), ("/* .x{display:none} */", 94),
        (".x{color:#ffffff}", 4), (".x{color:#ffffff} td{background-color:#005}", 94), (".x{color:#fff} td{background:white}", 4),
        (".x{vertical-align:super}", "^94"), (".x{height:0;overflow:hidden}", 4),
    ],
)  # fmt: skip
def test_a_style_hides_what_it_names(rules, value):
    assert cell_of(page("<span class='x'>9</span>4", f"<style>{rules}</style>")).value == value


@pytest.mark.parametrize(
    ("printed", "head", "why"),
    [
        ("<img src='12.png'>", "", "图片"), ("<svg><text>12</text></svg>", "", "图片"),
        ("<span style='color:#fff'>12</span>", "", "白色"), ("<i class='n'></i>", "<style>.n::before{content:'12'}</style>", "样式"),
    ],
)  # fmt: skip
def test_a_cell_in_which_something_else_than_text_may_be_seen_is_not_read_as_blank(printed, head, why):
    (report,) = read_file(page(printed, head))
    assert isinstance(report, PrintedReport)

    assert [(cell.value, cell.inferred) for cell in report.cells] == [(None, False)]
    assert any(why in doubt.why for doubt in report.unsure)


@pytest.mark.parametrize(
    "head", ["<style>.n::before{content:'\\e612'}</style>", "<style>.m::before{content:'12'}</style>"]
)
def test_a_cell_in_which_nothing_can_be_seen_is_blank(head):
    assert cell_of(page("<i class='n'></i>", head)).value == ""


def test_a_white_row_keeps_its_place_in_the_table_and_a_removed_one_does_not():
    hidden = "<tr style='{}'><td>行政许可</td><td>9</td></tr>"

    assert cell_of(page(f"4</td></tr>{hidden.format('visibility:hidden')}<tr><td>")).value == 4
    assert cell_of(page(f"4</td></tr>{hidden.format('display:none')}<tr><td>")).value == 4


def word(runs: str, row: str = "", styles: str = "") -> GivenFile:
    def line(*cells: str, properties: str = "") -> str:
        return f"<w:tr>{properties}{''.join(f'<w:tc><w:p>{cell}</w:p></w:tc>' for cell in cells)}</w:tr>"

    said = {text: f"<w:r><w:t>{text}</w:t></w:r>" for text in ("信息内容", "本年处理决定数量", "行政许可", "12")}
    rows = line(said["信息内容"], said["本年处理决定数量"]) + line(said["行政许可"], runs)
    gone = line(said["行政许可"], said["12"], properties=row) if row else ""
    body = f"<w:body><w:tbl>{rows}{gone}</w:tbl></w:body>"
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    stream = io.BytesIO()
    with ZipFile(stream, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", f'<w:document xmlns:w="{space}">{body}</w:document>')
        package.writestr("word/styles.xml", f'<w:styles xmlns:w="{space}">{styles}</w:styles>')
    return GivenFile("a.docx", stream.getvalue())


@pytest.mark.parametrize(
    ("properties", "value"),
    [
        ("<w:strike/>", 4), ("<w:dstrike w:val='1'/>", 4), ("<w:strike w:val='0'/>", 94), ("<w:vanish/>", 4),
        ("<w:vertAlign w:val='superscript'/>", "^94"), ("<w:position w:val='6'/>", "^94"), ("<w:position w:val='0'/>", 94),
        ("<w:color w:val='FFFFFF'/>", 4), ("<w:color w:val='FFFFFF'/><w:highlight w:val='darkBlue'/>", 94),
        ("<w:color w:val='FFFFFF'/><w:shd w:fill='1F4E79'/>", 94), ("<w:color w:val='FF0000'/>", 94),
        ("<w:rStyle w:val='gone'/>", 4), ("<w:rStyle w:val='late'/>", 4), ("<w:rStyle w:val='late'/><w:vanish w:val='0'/>", 94),
        ("<w:rStyle w:val='mark'/>", "^94"), ("<w:rStyle w:val='none'/>", 94),
    ],
)  # fmt: skip
def test_a_cell_of_a_word_file_has_what_is_seen(properties, value):
    runs = f"<w:r><w:rPr>{properties}</w:rPr><w:t>9</w:t></w:r><w:r><w:t>4</w:t></w:r>"
    styles = (
        "<w:style w:styleId='gone'><w:rPr><w:vanish/></w:rPr></w:style>"
        "<w:style w:styleId='late'><w:basedOn w:val='gone'/></w:style>"
        "<w:style w:styleId='mark'><w:rPr><w:vertAlign w:val='superscript'/></w:rPr></w:style>"
    )

    assert cell_of(word(runs, styles=styles)).value == value


@pytest.mark.parametrize(
    ("runs", "why"),
    [
        ("<w:r><w:drawing/></w:r>", "图片"), ("<w:pPr><w:numPr/></w:pPr>", "自动编号"), ("<w:r><w:object/></w:r>", "对象"),
        ("<w:r><w:rPr><w:color w:val='FFFFFF'/></w:rPr><w:t>12</w:t></w:r>", "白色"),
    ],
)  # fmt: skip
def test_a_cell_of_a_word_file_in_which_something_else_is_seen_is_not_read_as_blank(runs, why):
    (report,) = read_file(word(runs))
    assert isinstance(report, PrintedReport)

    assert [cell.value for cell in report.cells] == [None]
    assert any(why in doubt.why for doubt in report.unsure)


@pytest.mark.parametrize("gone", ["<w:trPr><w:del/></w:trPr>", "<w:trPr><w:hidden/></w:trPr>"])
def test_a_row_of_a_word_file_that_was_deleted_or_hidden_is_not_there(gone):
    assert cell_of(word("<w:r><w:t>4</w:t></w:r>", gone)).value == 4


@pytest.mark.parametrize(
    ("stored", "code", "value"),
    [
        (629000, "0,", None), (0.935, "0%", None), (12.4, "0", 12), (0, "0;-0;;@", None), (7, '0"."0', None),
        ("=SUM(A1:A2)", "General", None), (1234, "#,##0", 1234), (1234, "#,##0_ ", 1234), (12.4, "0.0", "12.4"), (5, "@", 5),
        (0, "#", ""), (0, "#,##0", 0), (0, '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', "-"), (7, '0_ ;-0_ ;"-"_ ', 7),
        (0.1 + 0.2, "General", "0.3"), (1e-07, "General", "1e-07"),
    ],
)  # fmt: skip
def test_a_figure_of_a_workbook_is_the_one_that_is_shown(stored, code, value):
    found = cell_of(workbook(stored, lambda sheet: setattr(sheet["B2"], "number_format", code))).value

    assert (str(found) if isinstance(value, str) else found) == value


def workbook(stored: object, change: Callable[[Worksheet], None] = lambda sheet: None) -> GivenFile:
    book = Workbook()
    sheet = book.active
    sheet.append(["信息内容", "本年处理决定数量"])
    sheet.append(["行政许可", stored])
    change(sheet)
    stream = io.BytesIO()
    book.save(stream)
    return GivenFile("a.xlsx", stream.getvalue())


def test_a_note_mark_in_a_cell_of_a_workbook_is_no_part_of_its_number():
    raised = TextBlock(InlineFont(vertAlign="superscript"), "1")

    assert cell_of(workbook(CellRichText("629", raised))).value == 629
    assert cell_of(workbook(CellRichText(raised, "629"))).value == "^1629"


@pytest.mark.parametrize(
    ("font", "fill", "value"),
    [("FFFFFFFF", None, None), ("FF000000", None, 12), ("FFFFFFFF", PatternFill("solid", fgColor="FF1F4E79"), 12)],
)
def test_a_white_figure_of_a_workbook_is_not_read_unless_something_is_behind_it(font, fill, value):
    def change(sheet: Worksheet) -> None:
        sheet["B2"].font = Font(color=font)
        sheet["B2"].fill = fill or PatternFill()

    assert cell_of(workbook(12, change)).value == value


def test_hidden_rows_and_columns_of_a_workbook_are_not_read_and_told():
    def change(sheet: Worksheet) -> None:
        sheet.insert_rows(2)
        sheet["A2"], sheet["B2"] = "行政许可", 99
        sheet.row_dimensions[2].hidden = True
        sheet["D3"] = 7
        sheet.column_dimensions["D"].hidden = True

    (report,) = read_file(workbook(12, change))
    assert isinstance(report, PrintedReport)

    assert [cell.value for cell in report.cells] == [12]
    assert [doubt.why.partition("，")[0] for doubt in report.unsure if "隐藏" in doubt.why] == [
        "工作表“Sheet”第 2 行是隐藏的", "工作表“Sheet”第 4 列是隐藏的",
    ]  # fmt: skip


def characters(
    text: str, left: float = 0, top: float = 0, size: float = 9, colour: object = (0, 0, 0)
) -> list[dict[str, object]]:
    """Characters as they stand on a page of a PDF, each half as wide as high."""
    return [
        {
            "text": one, "x0": left + place * size / 2, "x1": left + (place + 1) * size / 2, "top": top, "bottom": top + size,
            "doctop": top, "size": size, "non_stroking_color": colour, "upright": True, "fontname": "F",
        }
        for place, one in enumerate(text)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("chars", "strokes", "seen"),
    [
        (characters("62") + characters("1", 9, -2, 6), (), "62"), (characters("1", 0, -2, 6) + characters("62", 3), (), "^162"),
        (characters("7", colour=(1, 1, 1)) + characters("62", 5), (), "62"), (characters("62", colour=(1,)), (), "62"),
        (characters("962"), [(0, 4.4, 4.6, 5)], "62"), (characters("962"), [(0, 9, 14, 9.4)], "962"),
    ],
)  # fmt: skip
def test_a_cell_of_a_pdf_has_what_is_seen(chars, strokes, seen):
    assert "".join(str(char["text"]) for char in characters_seen(chars, strokes)) == seen


@pytest.mark.parametrize(("right", "text"), [(40, "8\n5"), (16, "85")])
def test_digits_on_two_lines_of_a_pdf_are_one_number_only_if_the_cell_is_too_narrow(right, text):
    assert text_of_cell(characters("8", 6) + characters("5", 6, 11), (0, 0, right, 25)) == text


def drawn(*rows: str, style: str = "") -> PrintedReport:
    """A PDF of the table, its rows as they are written."""
    from weasyprint import HTML

    look = "table{border-collapse:collapse}td{border:1px solid;width:5cm}"
    look += "b{font-weight:normal;position:absolute;margin-left:0.3pt}"
    page = f"<style>body{{font:12pt sans-serif}}{look}{style}</style><p>{'这是一份报告。' * 5}</p><table>{HEAD}{''.join(rows)}</table>"
    (report,) = read_file(GivenFile("a.pdf", HTML(string=page).write_pdf()))
    assert isinstance(report, PrintedReport), report
    return report


def test_a_figure_of_a_pdf_that_is_white_or_covered_is_not_read_and_one_drawn_twice_is_read_once():
    report = drawn(
        "<tr><td>行政许可</td><td><span style='color:white'>12</span></td></tr>",
        "<tr><td>行政处罚</td><td><b>38</b>12</td></tr>",
        "<tr><td>行政强制</td><td><b>12</b>12</td></tr>",
    )

    assert {cell.row.rpartition("/")[2]: cell.value for cell in report.cells} == {
        "行政许可": None, "行政处罚": None, "行政强制": 12,
    }  # fmt: skip


def test_a_figure_beside_one_of_nearly_the_colour_of_paper_is_read_alone():
    report = drawn("<tr><td>行政许可</td><td><span style='color:#fefefe'>9</span>4</td></tr>")

    assert [cell.value for cell in report.cells] == [4]


@pytest.mark.parametrize("open_", ["tr:last-child td{border-bottom:0}", "tr:first-child td{border-top:0}"])
def test_a_row_of_a_pdf_at_which_the_border_of_the_table_ends_is_part_of_it(open_):
    report = drawn("<tr><td>行政许可<br>（合计）</td><td>12<br></td></tr>", style=open_)

    assert [(cell.column, cell.value, cell.inferred) for cell in report.cells] == [("本年处理决定数量", 12, False)]


def test_signs_for_parts_of_characters_are_the_characters_in_a_pdf():
    report = drawn("<tr><td>\u2f8f政许可</td><td>\u2f46</td></tr>")  # 行, 无

    assert [(cell.row.rpartition("/")[2], cell.value) for cell in report.cells] == [("行政许可", "无")]
