"""Tables whose rows and columns are exchanged: read by the labels of both, where the sums agree."""

from __future__ import annotations

import pytest

from gktools.reading.files import GivenFile, read_file
from gktools.reading.published import PrintedReport

COLUMNS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
ROWS = (
    *("一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量", "（一）予以公开", "1.属于国家秘密"),
    *("2.其他法律行政法规禁止公开", "3.危及“三安全一稳定”", "4.保护第三方合法权益", "5.属于三类内部事务信息"),
)
LABELS = [f"<tr><td colspan=2>项目<td>{'<td>'.join(ROWS)}"]
FIGURES = [[column * row for row in range(len(ROWS))] for column in range(1, 7)]
TOTALS = [sum(column) for column in zip(*FIGURES, strict=True)]


def page(figures: list[list[object]]) -> str:
    heads = [
        *("<td colspan=2>自然人", "<td rowspan=5>法人或其他组织<td>商业企业"),
        *(f"<td>{name}" for name in COLUMNS[2:6]),
        "<td colspan=2>总计",
    ]
    rows = [f"<tr>{head}<td>{'<td>'.join(map(str, row))}" for head, row in zip(heads, figures, strict=True)]
    return f"<table>{''.join([*LABELS, *rows])}</table>"


def read(content: str) -> dict[tuple[str, str], object]:
    (report,) = read_file(GivenFile("a.html", content.encode()))
    if not isinstance(report, PrintedReport):
        return {}
    assert {cell.inferred for cell in report.cells if cell.value is not None} <= {True}
    return {(cell.row.rpartition("/")[2], cell.column): cell.value for cell in report.cells if cell.cell}


def test_results_as_columns_and_applicants_as_rows_are_read_by_both_labels():
    found = read(page([*FIGURES, TOTALS]))

    assert len(found) == len(ROWS) * len(COLUMNS)
    assert [found[ROWS[3], name] for name in COLUMNS] == [3, 6, 9, 12, 15, 18, 63]
    assert [found[ROWS[0], name] for name in COLUMNS] == [0] * 7


def test_a_result_that_disagrees_with_its_sum_is_not_read():
    found = read(page([*FIGURES, [*TOTALS[:3], 99, *TOTALS[4:]]]))

    assert {found[ROWS[3], name] for name in COLUMNS} == {None}
    assert found[ROWS[4], "总计"] == 84


@pytest.mark.parametrize("lost", [0, 4, 6])
def test_a_row_that_lost_a_cell_leaves_the_table_unread(lost):
    figures = [list(row) for row in (*FIGURES, TOTALS)]
    del figures[lost][2]

    assert {*read(page(figures)).values()} <= {None}


def test_an_applicant_that_is_missing_leaves_the_table_unread():
    assert {*read(page([*FIGURES, TOTALS]).replace("科研机构", "某某某")).values()} <= {None}


def test_the_columns_of_reviews_may_stand_below_each_other():
    names = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
    figures = ((1, 2, 0, 3, 6), (0, 0, 5, 0, 5), (4, 0, 0, 0, 4))
    first = [
        ["<td colspan=2 rowspan=5>行政复议", *[""] * 4],
        ["<td rowspan=10>行政诉讼<td rowspan=5>未经复议直接起诉", *[""] * 4],
        ["<td rowspan=5>复议后起诉", *[""] * 4],
    ]
    rows = [
        f"<tr>{first[group][place]}<td>{name}<td>{figures[group][place]}"
        for group in range(3)
        for place, name in enumerate(names)
    ]
    (report,) = read_file(GivenFile("a.html", f"<table>{''.join(rows)}</table>".encode()))

    assert isinstance(report, PrintedReport)
    assert [cell.value for cell in report.cells] == [one for group in figures for one in group]
