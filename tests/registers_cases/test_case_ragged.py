"""A number with a comma for thousands and no quotes makes two cells: 1,280 is never 1 without a word."""

from __future__ import annotations

from decimal import Decimal

import pytest

from registers_cases.desk import CHARGES, cover

FEES = ["序号", "项目名称", "收缴日期", "票据号", "金额（元）"]
NEWS = ["序号", "信息标题", "发布渠道", "发布日期", "条数"]


def text(desk, rows):
    """Rows as a text file without any quotes; a row may be the line itself."""
    path = desk.file([["x"]])
    lines = (row if isinstance(row, str) else ",".join(map(str, row)) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def charges(desk, beside, *lines):
    return text(desk, [*CHARGES, [*FEES, beside], *lines])


@pytest.mark.parametrize("amount", ["1,280", "2,000.50", "12,000", "1,234,567"])
@pytest.mark.parametrize("beside", ["备注", "收款人", "收费标准"])
def test_a_row_with_more_cells_than_the_heading_is_refused(desk, amount, beside):
    path = charges(desk, beside, "1,占道费,2024-03-01,P1,500,", f"2,占道费,2024-03-02,P2,{amount},")

    assert any("比表头多了格" in said or "没有表头" in said for said in desk.refused(path))


def test_all_rows_with_one_cell_more_are_refused_where_one_may_be_split(desk):
    path = charges(desk, "备注", "1,占道费,2024-03-01,P1,1,500,", "2,占道费,2024-03-02,P2,1,280,")

    assert len(desk.refused(path)) == 2


@pytest.mark.parametrize("beside", ["备注", "收费标准", "收款人"])
def test_a_row_that_lost_its_last_comma_is_asked_about(desk, beside):
    path = charges(desk, beside, "1,占道费,2024-03-01,P1,500,", "2,占道费,2024-03-02,P2,1,280")
    (question,) = desk.asked(path)

    assert (question["code"], question["place"]["rows"]) == ("row.comma", [6])
    desk.loaded(path, "--answer", "row.comma:金额（元）=take")
    assert desk.wan() == Decimal("0.0501")


def test_a_count_is_asked_about_as_well(desk):
    path = text(desk, [*cover("主动公开发布登记表"), [*NEWS, "备注"], "1,公告,政府网站,2024-03-01,1,280"])

    assert [question["code"] for question in desk.asked(path)] == ["row.comma"]


@pytest.mark.parametrize(
    "lines",
    [
        ["1,占道费,2024-03-01,P1,500,50元/次", '2,占道费,2024-03-02,P2,"1,280",'],
        ["1,占道费,2024-03-01,P1,50,50", "2,占道费,2024-03-02,P2,200,200"],
        ["1,占道费,2024-03-01,P1,500,,", "2,占道费,2024-03-02,P2,20,,"],
        ["1,占道费,2024-03-01,P1,500", "2,占道费,2024-03-02,P2,20,一次"],
    ],
)
def test_files_whose_rows_are_whole_are_taken(desk, lines):
    desk.loaded(charges(desk, "收费标准", *lines))


def test_a_row_that_ends_before_its_number_is_told(desk):
    path = text(
        desk, [*cover("主动公开发布登记表"), NEWS, "1,公告,政府网站,2024-03-01,1", "2,公告二,政府网站,2024-03-01"]
    )

    assert any("第 6 行" in said and "少了格" in said for said in desk.warnings(path))
