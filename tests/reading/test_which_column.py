"""A figure stands in a column and a row only if nothing else is possible; else it is inferred from all sums, or not read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gktools.reading.blocks import Source, SourceCell, SourceRow, SourceText
from gktools.reading.files import GivenFile, read_file
from gktools.reading.published import PrintedReport
from gktools.reading.read import read_source

COLUMNS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
CORNER = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
NEW, CARRIED = "一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量"
ROWS = ((NEW, (1, 2, 0, 4, 0, 5, 12)), (CARRIED, (3, 0, 6, 0, 7, 0, 16)))
INFERRED = "inferred"


def read(text: str, name: str = "a.html") -> PrintedReport:
    (found,) = read_file(GivenFile(name, text.encode()))
    assert isinstance(found, PrintedReport), found
    return found


def values(report: PrintedReport, row: str) -> dict[str, object]:
    return {cell.column: cell.value for cell in report.cells if cell.row == row}


def in_order(report: PrintedReport, row: str = NEW) -> list[object]:
    found = values(report, row)
    return [found.get(column) for column in COLUMNS]


def certainty(report: PrintedReport) -> set[bool]:
    return {cell.inferred for cell in report.cells if cell.value is not None}


def cell(text: object, across: int = 1, down: int = 1) -> str:
    spans = f" colspan={across}" * (across > 1) + f" rowspan={down}" * (down > 1)
    return f"<td{spans}>{text}</td>"


def table(*rows: Sequence[str]) -> str:
    return f"<table>{''.join('<tr>' + ''.join(row) + '</tr>' for row in rows)}</table>"


def head(group: str = "法人或其他组织", across: int = 5, down: int = 2) -> list[list[str]]:
    return [
        [cell(CORNER, 3, 3), cell("申请人情况", 7)],
        [cell("自然人", down=down), cell(group, across), cell("总计", down=2)],
        [cell(name) for name in COLUMNS[1:6]],
    ]


def body(rows: Sequence[tuple[str, Sequence[object]]] = ROWS) -> list[list[str]]:
    return [[cell(label, 3), *map(cell, figures)] for label, figures in rows]


def test_columns_below_their_headings_are_certain():
    report = read(table(*head(), *body()))

    assert in_order(report) == [1, 2, 0, 4, 0, 5, 12]
    assert certainty(report) == {False}


@pytest.mark.parametrize(
    "rows",
    [head(group=""), head(group="组织"), head(across=4), head(across=6), head(down=1)],
    ids=["blank", "other words", "too narrow", "too wide", "span lost"],
)
def test_columns_that_do_not_stand_below_their_heading_are_inferred_at_most(rows):
    report = read(table(*rows, *body()))

    assert in_order(report) in ([1, 2, 0, 4, 0, 5, 12], [None] * 7)
    assert certainty(report) in ({True}, set())


def test_columns_that_do_not_stand_below_their_heading_are_not_read_where_a_sum_disagrees():
    report = read(table(*head(across=4), *body(((NEW, (1, 2, 0, 4, 0, 5, 13)),))))

    assert in_order(report) == [None] * 7


def test_a_column_without_a_label_before_the_others_is_not_taken_for_the_first():
    rows = [(NEW, (1, 1, 2, 0, 4, 0, 5, "")), (CARRIED, (2, 3, 0, 6, 0, 7, 0, ""))]
    first = [cell(CORNER, 3, 3), cell("", 1, 3), cell("申请人情况", 7)]
    without_spans = [[one.replace(" colspan", " data").replace(" rowspan", " data") for one in row] for row in head()]

    assert in_order(read(table(first, *head()[1:], *body(rows)))) in ([None] * 7, [1, 2, 0, 4, 0, 5, ""])
    assert in_order(read(table(*without_spans, *body(rows)))) == [None] * 7


def test_a_column_of_the_year_before_does_not_stand_in_for_a_blank_of_this_year():
    page = table(
        [cell("信息内容"), cell("上年处理决定数量"), cell("本年处理决定数量")],
        [cell("行政许可"), cell(77), cell("")],
    )

    assert [(found.column, found.value) for found in read(page).cells] == [("本年处理决定数量", "")]


def test_a_row_with_another_word_of_meaning_is_not_the_official_row():
    report = read(table(*head(), *body([("上年新收政府信息公开申请数量", (1, 2, 0, 4, 0, 5, 12))])))

    assert [found.cell for found in report.cells if found.cell] == []


def test_a_row_worded_a_little_differently_is_inferred():
    report = read(table(*head(), *body([("一、本年新收政务信息公开申请数量", (1, 2, 0, 4, 0, 5, 12))])))

    assert in_order(report) == [1, 2, 0, 4, 0, 5, 12]
    assert certainty(report) == {True}


def test_a_local_row_in_a_group_is_no_row_of_another_group_or_form():
    figures = [cell(number) for number in (1, 2, 0, 4, 0, 5, 12)]
    rows = [
        [cell("三、本年度办理结果", 1, 2), cell("（五）不予处理", 1, 2), cell("2.重复申请"), *figures],
        [cell("3.其他"), *figures],
    ]
    report = read(table(*head(), *rows))

    assert [(found.row, found.cell is None) for found in report.cells][::7] == [
        ("（五）不予处理/2.重复申请", False),
        ("3.其他", True),
    ]


NAMES = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
REVIEWS = [
    [cell("行政复议", 5), cell("行政诉讼", 10)],
    [*(cell(name, 1, 2) for name in NAMES), cell("未经复议直接起诉", 5), cell("复议后起诉", 5)],
    [cell(name) for name in NAMES * 2],
]
TITLE = "<h1>某县民政局2023年政府信息公开工作年度报告</h1>"
CASES = (0, 3, 0, 2, 5, 0, 2, 1, 0, 3, 1, 0, 0, 0, 1)


def labelled(*rows: tuple[str, Sequence[object]]) -> str:
    """The table of reviews with a column of labels in front."""
    first = [cell("项目", 1, 3), *REVIEWS[0]]
    return table(first, *REVIEWS[1:], *([cell(label), *map(cell, figures)] for label, figures in rows))


def reviews(page: str) -> list[object]:
    return [found.value for found in read(page).cells]


def test_a_row_of_the_numbers_of_columns_is_no_row_of_figures():
    page = table(*REVIEWS, [cell(number) for number in range(1, 16)], [cell(number) for number in CASES])

    assert reviews(page) == [*CASES]


def test_of_several_rows_of_reviews_only_the_one_of_this_year_is_read():
    other = [9] * 15

    assert reviews(labelled(("上年", other), ("本年", CASES))) == [*CASES]
    assert reviews(labelled(("上年", other), ("本年", CASES), ("同比", other))) == [*CASES]
    assert reviews(TITLE + labelled(("2022年", other), ("2023年", CASES))) == [*CASES]
    assert reviews(labelled(("县教育局", other), ("县民政局", other), ("合计", CASES))) == [None] * 15
    assert reviews(table(*REVIEWS, [*map(cell, other)], [*map(cell, CASES)])) == [None] * 15
    assert reviews(labelled(("上年", CASES))) == [None] * 15


def test_reviews_without_any_case_are_blanks():
    assert reviews(table(*REVIEWS, [cell("")] * 15)) == [""] * 15


def test_a_note_in_a_cell_is_kept_and_the_other_cells_are_read():
    page = table(*REVIEWS, [cell("见说明"), *map(cell, CASES[1:])])

    assert reviews(page) == ["见说明", *CASES[1:]]


def other_year() -> str:
    return table(*head(), *body([(NEW, (9, 9, 9, 9, 9, 9, 54)), (CARRIED, (8, 8, 8, 8, 8, 8, 48))]))


@pytest.mark.parametrize("between", ["附：2022年度情况", "2022年度：", "上年度（供比较）：", "其中：县教育局"])
def test_the_table_of_another_year_or_office_below_is_left_out(between):
    whole = TITLE + table(*head(), *body()) + f"<p>{between}</p>" + other_year()
    unread = TITLE + table(*head(across=4), *body([(NEW, (1, 2, 0, 4, 0, 5, 13))])) + f"<p>{between}</p>" + other_year()

    assert in_order(read(whole)) == [1, 2, 0, 4, 0, 5, 12]
    assert in_order(read(unread)) == [None] * 7


def test_the_table_of_this_year_is_taken_where_both_are_named():
    page = f"{TITLE}<p>2022年度：</p>{other_year()}<p>2023年度：</p>{table(*head(), *body())}"

    assert in_order(read(page)) == [1, 2, 0, 4, 0, 5, 12]


def test_of_two_tables_that_nothing_tells_apart_only_what_is_the_same_is_read():
    report = read(TITLE + other_year() + table(*head(), *body()))

    assert in_order(report) == [None] * 7
    assert {doubt.inferred for doubt in report.unsure} == {False}


def test_a_text_row_that_disagrees_with_its_sum_is_not_read():
    names = f"{CORNER} 申请人情况\n自然人 法人或其他组织 总计\n商业企业 科研机构 社会公益组织 法律服务机构 其他\n"
    lines = [f"{label} {' '.join(map(str, figures))}" for label, figures in ROWS]

    for line in (
        f"{NEW} 1 2 4 5 12\n3",
        f"{NEW} 12* 3 0 0 0 15",
        f"{NEW} 12 * 3 0 0 0 15",
        f"{NEW} 1 234 3 0 0 0 1237",
        f"{NEW} 1 1 2 0 4 0 5",
    ):
        report = read("\n".join([names, line, lines[1]]), "a.txt")
        assert in_order(report) == [None] * 7, line
        assert in_order(report, CARRIED) == [3, 0, 6, 0, 7, 0, 16]


def test_the_columns_printed_again_right_after_themselves_are_one_header():
    assert in_order(read(table(*head(), *head(), *body()))) == [1, 2, 0, 4, 0, 5, 12]


def pages(*blocks: SourceText | SourceRow) -> PrintedReport:
    """A PDF whose first page ends after the header of the table of requests."""
    edges = [(0, 3), *((place, place + 1) for place in range(3, 10))]
    grid = [
        SourceCell(CORNER, 0, 3, ""),
        *(SourceCell(name, *edge, "") for name, edge in zip(COLUMNS, edges[1:], strict=True)),
    ]
    group = [SourceCell("法人或其他组织", 4, 9, "")]
    header = [SourceRow((grid[0], grid[1], *group, grid[7]), 1), SourceRow(tuple(grid[2:7]), 1)]
    return read_source(Source("pdf", (*header, *blocks)), "a.pdf", "")


def test_a_row_over_two_pages_is_inferred_from_its_label_and_its_values():
    values = SourceText("1 2 0 4 0 5 12", "第 1 页")
    blank = SourceRow((SourceCell(NEW, 0, 3, ""), *(SourceCell("", at, at + 1, "") for at in range(3, 10))), 1)

    for blocks in ((values, blank), (blank, values), (values, SourceText(NEW, "第 2 页"))):
        report = pages(*blocks)
        assert in_order(report) == [1, 2, 0, 4, 0, 5, 12]
        assert certainty(report) == {True}


def test_values_beside_a_label_on_the_same_page_are_not_those_of_a_row_over_two():
    values = SourceText("1 2 0 4 0 5 12", "第 1 页")
    cells = (SourceCell("", at, at + 1, "第 1 页表 1") for at in range(3, 10))
    blank = SourceRow((SourceCell(NEW, 0, 3, "第 1 页表 1"), *cells), 1)

    for blocks in ((values, blank), (blank, values), (values, SourceText(NEW, "第 1 页"))):
        assert in_order(pages(*blocks)) != [1, 2, 0, 4, 0, 5, 12]


def test_a_row_of_a_table_without_a_label_goes_on_over_the_next_page():
    figures = [
        SourceCell(str(one), at, at + 1, "第 1 页表 1") for at, one in zip(range(3, 10), ROWS[0][1], strict=True)
    ]
    values = SourceRow((SourceCell("", 0, 3, "第 1 页表 1"), *figures), 1)
    cells = (SourceCell("", at, at + 1, "第 2 页表 1") for at in range(3, 10))
    report = pages(values, SourceRow((SourceCell(NEW, 0, 3, "第 2 页表 1"), *cells), 1))

    assert in_order(report) == [1, 2, 0, 4, 0, 5, 12]
    assert certainty(report) == {True}


def test_a_row_whose_heading_stands_on_the_next_page_is_known_by_its_own_label():
    first = [cell("三、本年度办理结果", down=2), cell("（一）予以公开", 2), *map(cell, ROWS[1][1])]
    for part in ("", "（四）无", "法提供"):
        second = [cell(part), cell("1.本机关不掌握相关政府信息"), *map(cell, ROWS[0][1])]
        report = read(table(*head(), first, second))
        assert in_order(report, "（四）无法提供/1.本机关不掌握相关政府信息") == [1, 2, 0, 4, 0, 5, 12]


def test_headings_without_columns_leave_the_others_unread():
    headings = [*REVIEWS[0], *REVIEWS[1]]
    lines = "\n".join(["四、政府信息公开行政复议、行政诉讼情况", *(one.split(">")[1][:-4] for one in headings)])
    report = read(f"规章 1 2 3\n{NEW} 1 2 0 4 0 5 12\n{lines}\n0 0 0 0 0", "a.txt")

    assert [found.value for found in report.cells if found.row == "行政复议"] in ([], [None] * 5)


def test_the_groups_of_reviews_may_be_rows():
    groups = ("行政复议", "未经复议直接起诉", "复议后起诉")
    rows = [
        [cell(group), *map(cell, CASES[start : start + 5])] for group, start in zip(groups, (0, 5, 10), strict=True)
    ]

    assert reviews(table([cell("类别"), *map(cell, NAMES)], *rows)) == [*CASES]


def test_a_column_without_a_label_beside_the_others_leaves_them_inferred():
    rows = [(label, (*figures, 7)) for label, figures in ROWS]
    wide = [[*head()[0], cell("", 1, 3)], *head()[1:]]

    assert in_order(read(table(*wide, *body(rows)))) == [1, 2, 0, 4, 0, 5, 12]
    assert certainty(read(table(*wide, *body(rows)))) == {True}
    assert in_order(read(table(*wide, *body([(NEW, (1, 2, 0, 4, 0, 5, 13, 7))])))) == [None] * 7


def test_columns_in_another_order_are_inferred_if_their_sums_agree():
    other = [
        [cell(CORNER, 3, 3), cell("申请人情况", 7)],
        [cell("总计", down=2), cell("自然人", down=2), cell("法人或其他组织", 5)],
        head()[2],
    ]
    report = read(table(*other, *body([(NEW, (12, 1, 2, 0, 4, 0, 5))])))

    assert in_order(report) in ([1, 2, 0, 4, 0, 5, 12], [None] * 7)
    assert certainty(report) <= {True}


def test_a_label_that_reaches_over_two_rows_of_figures_has_none_of_them():
    first, second = ROWS[0][1], ROWS[1][1]
    rows = [[cell(NEW, 3, 2), *map(cell, first)], [*map(cell, second)]]

    assert in_order(read(table(*head(), *rows))) == [None] * 7
    assert in_order(read(table(*head(), rows[0], [*map(cell, first)]))) == list(first)


def test_a_row_that_stands_there_again_under_another_heading_is_not_read():
    label, again = "8.属于行政查询事项", "4.保护第三方合法权益"
    rows = [
        [cell("三、本年度办理结果", down=4), cell("（三）不予公开"), cell(label), *map(cell, ROWS[0][1])],
        [cell("（四）无法提供", down=2), cell("1.本机关不掌握相关政府信息"), *map(cell, ROWS[1][1])],
        [cell(label), *map(cell, ROWS[1][1])],
        [cell("（五）不予处理"), cell(again), *map(cell, ROWS[1][1])],
    ]
    report = read(table(*head(), *rows))

    assert {cell.value for cell in report.cells if cell.cell and cell.row.endswith(label)} == {None}


@pytest.mark.parametrize("order", [(5, 1, 2, 3, 4), (3, 5, 4, 1, 2)])
def test_columns_in_another_order_are_read_by_their_labels_whichever_stands_first(order):
    header = [*head()[:2], [cell(COLUMNS[place]) for place in order]]
    figures = (1, 20, 3, 40, 5, 60, 129)
    moved = [figures[0], *(figures[place] for place in order), figures[6]]
    report = read(table(*header, *body(((NEW, moved), (CARRIED, moved)))))

    assert in_order(report) == list(figures)


def test_a_single_figure_of_two_digits_is_not_cut_into_two_columns():
    lines = ["2020年", "第二十条第（九）项", "信息内容 采购项目数量 采购总金额", "政府集中采购 15", "完"]
    report = read("\n".join(lines), "a.txt")

    assert {found.value for found in report.cells} == {None}


def test_digits_are_a_figure_each_only_where_others_of_the_text_are_no_number():
    lines = ["2023年", "信息内容 本年制发件数 本年废止件数 现行有效件数", "规章 275", "行政规范性文件 {}", "完"]

    for other, expected in (("5", [None] * 3), ("000", [2, 7, 5])):
        report = read("\n".join(lines).format(other), "a.txt")
        assert [found.value for found in report.cells][:3] == expected


def test_blanks_beside_a_part_of_a_label_are_not_read_as_blanks():
    """The end of a label on the next page: its figures stood beside its beginning."""
    rows = [
        [
            cell("三、本年度办理结果", down=2),
            cell("（五）不予处理", down=2),
            cell("求行政机关确认或重新出具已获取信息"),
            *[cell("")] * 7,
        ]
    ]
    report = read(table(*head(), *rows))

    assert {found.value for found in report.cells if found.cell} <= {None}


@pytest.mark.parametrize("line", ["{figures} {label}", "{figures}\n{label}"])
def test_figures_that_stand_before_their_label_in_a_text_are_not_those_of_the_label_before(line):
    header = [CORNER, "申请人情况", "自然人 法人或其他组织 总计", " ".join(COLUMNS[1:6])]
    rows = [line.format(label=label, figures=" ".join(map(str, figures))) for label, figures in ROWS]
    report = read(
        "\n".join(["三、收到和处理政府信息公开申请情况", *header, *rows, "五、存在的主要问题及改进情况", "无。"]),
        "a.txt",
    )

    assert {found.value for found in report.cells if found.cell} == {None}


@pytest.mark.parametrize(
    ("figures", "sure"),
    [
        ((1, 2, 0, 4, 5, 12, ""), INFERRED),
        ((1, 2, 3, "", "", "", ""), INFERRED),
        ((1, 2, 0, 4, 5, 0, ""), ""),
        (("", 1, 2, 0, 4, 5, 12), ""),
        (("",) * 7, ""),
    ],
)
def test_a_row_whose_total_stands_a_cell_too_early_is_read_as_printed_and_told(figures, sure):
    report = read(table(*head(), *body(((NEW, figures),))))

    assert in_order(report) == list(figures)
    assert certainty(report) == {sure == INFERRED}


@pytest.mark.parametrize(
    ("figures", "sure"), [((0, "2416.4754", "2416.4754"), ""), (("2416.4754", "2416.4754"), INFERRED)]
)
def test_a_row_shorter_than_a_header_with_a_merged_label_written_out_may_have_lost_a_cell(figures, sure):
    band = [cell("第二十条第（九）项")] * 4
    heading = list(map(cell, ["信息内容", "采购项目数量", "采购总金额", "采购总金额"]))
    rows = table(band, heading, list(map(cell, ["政府集中采购", *figures])))
    report = read(f"<p>某局2020年政府信息公开工作年度报告</p><p>二、主动公开政府信息情况</p>{rows}")

    assert certainty(report) == {sure == INFERRED}
