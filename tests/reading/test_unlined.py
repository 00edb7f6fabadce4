"""Tables of a PDF without lines, or with some only: read by where words stand, and no figure of a row or column that is not sure."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from weasyprint import HTML

from gktools.reading.files import GivenFile, Unreadable, read_file
from gktools.reading.placed_words import Word
from gktools.reading.published import PrintedReport
from gktools.reading.unlined import UnlinedTables

NAMES = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
NEW, CARRIED, GRANTED = "一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量", "（一）予以公开"
HEAD = (
    f"<tr><td rowspan=2>项目<td rowspan=2>{NAMES[0]}<td colspan=5>法人或其他组织<td rowspan=2>{NAMES[6]}"
    f"<tr><td>{'<td>'.join(NAMES[1:6])}"
)
PAGE = "<style>table{width:100%;border-collapse:collapse;text-align:center} td{padding:3pt;font-size:9pt}"


def tried(style: str, *rows: tuple[str, Sequence[object]]) -> PrintedReport | Unreadable:
    body = "".join(f"<tr><td class=h>{label}<td>{'<td>'.join(map(str, figures))}" for label, figures in rows)
    page = f"{PAGE}{style}</style><p>全文三十个字以上才像是一份报告。</p><table>{HEAD}{body}</table>"
    (report,) = read_file(GivenFile("a.pdf", HTML(string=page).write_pdf()))
    return report


def read(style: str, *rows: tuple[str, Sequence[object]]) -> PrintedReport:
    report = tried(style, *rows)
    assert isinstance(report, PrintedReport), report
    return report


def in_order(report: PrintedReport, row: str) -> list[object]:
    found = {cell.column: cell.value for cell in report.cells if cell.row == row}
    return [found.get(name) for name in NAMES]


@pytest.mark.parametrize(
    "style",
    [
        "",
        "td{border-left:1px solid;border-right:1px solid}",
        ".h{background:#eee}tr:nth-child(even) td{background:#ddd}",
    ],
    ids=["no lines", "upright lines only", "shaded cells only"],
)
def test_a_table_without_all_its_lines_is_read_whole(style):
    report = read(style, (NEW, (1, 20, 0, 4, 0, 5, 30)), (CARRIED, (3, 0, 6, 0, 7, 0, 999)))

    assert in_order(report, NEW) == [1, 20, 0, 4, 0, 5, 30]
    assert in_order(report, CARRIED) == [3, 0, 6, 0, 7, 0, 999]
    assert not any(cell.inferred for cell in report.cells)


def test_a_row_without_lines_that_may_have_moved_is_not_read():
    rows = [(NEW, (1, 20, 0, 4, 0, 5, 30)), (CARRIED, (3, 0, 6, 7, 0, 16, "")), (GRANTED, ("", 0, 6, 0, 7, 0, 13))]
    report = read("", *rows)

    assert in_order(report, CARRIED) == [None] * 7
    assert in_order(report, GRANTED) == ["", 0, 6, 0, 7, 0, 13]
    assert {cell.inferred for cell in report.cells if cell.row == GRANTED} == {True}


def test_letters_set_apart_are_one_word_and_one_number():
    report = read("td{letter-spacing:3pt}", (NEW, (1, 2034, 0, 4, 0, 5, 2044)), (CARRIED, (3, 0, 6, 0, 7, 0, 16)))

    assert in_order(report, NEW) == [1, 2034, 0, 4, 0, 5, 2044]


def test_a_single_row_without_values_may_have_lost_them():
    filled, blank = (3, 0, 6, 0, 7, 0, 16), ("",) * 7

    assert in_order(read("", (NEW, blank), (CARRIED, filled)), NEW) == [None] * 7
    rest = [(label, blank) for label in (CARRIED, GRANTED, "（七）总计")]
    assert in_order(read("", (NEW, blank), *rest), NEW) == [""] * 7


def test_cells_apart_from_each_other_are_read_over_pages():
    apart = "table{border-collapse:separate;border-spacing:0;border-left:1px solid} td{border:solid;border-width:1px 1px 1px 0}"
    style = f"@page{{size:A4;margin-bottom:20cm}} {apart}"
    report = read(
        style, (NEW, (1, 20, 0, 4, 0, 5, 30)), (CARRIED, (3, 0, 6, 0, 7, 0, 16)), (GRANTED, (1, 0, 0, 0, 0, 0, 1))
    )

    assert in_order(report, GRANTED) == [1, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("height", [80, 100])
def test_a_row_that_is_broken_over_two_pages_is_one(height):
    style = f"@page{{size:500pt {height}pt;margin:0}} p,td{{margin:0;line-height:12pt;vertical-align:top}} td{{border:1px solid;padding:0}}"
    label = "<br>".join(("一、本年新", "收政府信", "息公开申", "请数量"))
    report = read(style, (CARRIED, (3, 0, 6, 0, 7, 0, 16)), (label, (1, 20, 0, 4, 0, 5, 30)))

    assert in_order(report, NEW) == [1, 20, 0, 4, 0, 5, 30]


# --- where words stand ------------------------------------------------------------------------------------------


def word(text: str, left: float, line: float) -> Word:
    return Word(text, left, left + 9 * len(text), line * 12, line * 12 + 9)


HEADER = [word("信息内容", 50, 1), word("本年处理决定数量", 200, 1)]


def rows(*words: Word) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in UnlinedTables().rows([*HEADER, *words])]


def test_a_label_of_several_lines_has_the_value_beside_any_of_them():
    label = [word("行政处", 60, 2), word("罚", 70, 3)]

    assert rows(*label, word("7", 230, 2.5)) == [["本年处理决定数量"], ["行政处罚", ""]]
    assert rows(*label, word("7", 230, 2), word("8", 230, 3)) == [["本年处理决定数量"]]


def test_a_value_below_no_column_or_beside_other_words_leaves_its_row_unread():
    first = [word("行政处罚", 60, 2), word("1", 230, 2)]

    assert rows(*first, word("行政强制", 60, 3), word("见说明", 220, 3)) == [["本年处理决定数量"], ["行政处罚", ""]]
    assert rows(*first, word("行政强制", 60, 3), word("7", 400, 3)) == []


def test_words_of_a_text_beside_the_table_are_no_part_of_its_values():
    values = [word("行政处罚", 60, 2), word("7", 230, 2), word("行政强制", 60, 4), word("8", 230, 4)]

    assert rows(*values, word("另一栏的字", 240, 4)) == [["本年处理决定数量"], ["行政处罚", ""]]


def test_a_column_that_no_form_has_beside_the_others_leaves_the_table_unread():
    assert rows(word("上年数量", 400, 1), word("行政处罚", 60, 2), word("7", 420, 2)) == []


def test_a_table_goes_on_over_a_page_until_the_next_title():
    tables = UnlinedTables()
    tables.rows([*HEADER, word("行政处罚", 60, 2), word("1", 230, 2)])
    title = word("三、收到和处理政府信息公开申请情况", 50, 3)
    more = [word("行政强制", 60, 1), word("7", 230, 1), title, word("行政许可", 60, 4), word("9", 230, 4)]

    assert [[cell.text for cell in row.cells] for row in tables.rows(more)] == [["行政强制", ""]]
    assert tables.rows(more) == []


@pytest.mark.parametrize("down", [0, 14, 28], ids=["beside their labels", "a row lower", "two rows lower"])
def test_values_that_stand_on_the_level_of_the_next_label_are_not_read_as_its_own(down):
    style = f"td span{{position:relative;top:{down}pt}} td{{line-height:12pt;padding:1pt}}"
    rows = [(NEW, (1, 20, 0, 4, 0, 5, 30)), (CARRIED, (3, 0, 6, 0, 7, 0, 16)), (GRANTED, (2, 0, 0, 0, 0, 0, 2))]
    report = tried(style, *((label, [f"<span>{one}</span>" for one in figures]) for label, figures in rows))

    if down:  # it has no other figure
        assert isinstance(report, Unreadable)
    else:
        assert isinstance(report, PrintedReport)
        assert in_order(report, CARRIED) == [3, 0, 6, 0, 7, 0, 16]
