"""Files and rows of another office: the title says it, or a column of who decided."""

from __future__ import annotations

from decimal import Decimal

import pytest

from registers_cases.desk import CHARGES, KINDS, NAME, OFFICES, cover

OTHER = "示例市民政局"
HEADING = ["收缴日期", "项目名称", "金额（元）"]
ROW = ["2024-03-05", "工本费", "100"]
GIVEN = ("--office", "mmj", "--year", "2024", "--register", "行政事业性收费登记表")


@pytest.fixture(autouse=True)
def two_offices(desk):
    entry = f"  mzj:\n    names: [{{name: {OTHER}}}]\n    kind: county_department\n"
    people = "    people: {handler: null, deputy: null, head: null}\n"
    (desk.home / "params/offices.yaml").write_text(OFFICES + entry + people, encoding="utf-8")


@pytest.mark.parametrize(
    "title", [f"{OTHER}2024年行政事业性收费台账", f"填报单位：{OTHER}", f"{OTHER}行政事业性收费登记表"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_title_of_another_office_is_refused(desk, kind, title):
    (message,) = desk.refused(desk.file([[title], HEADING, ROW], kind), *GIVEN)

    assert f"表上方写的是“{OTHER}”" in message


@pytest.mark.parametrize(
    "title", [f"{NAME}2024年收费台账", f"关于报送{OTHER}有关数据的说明", "2024年收费台账", f"{OTHER}{NAME}台账"]
)
def test_a_title_of_this_office_or_none_is_taken(desk, title):
    desk.loaded(desk.file([[title], HEADING, ROW]), *GIVEN)

    assert desk.wan() == Decimal("0.01")


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_another_office_are_refused(desk, kind):
    rows = [[*ROW, NAME], [*ROW, OTHER]]
    (message,) = desk.refused(desk.file([*CHARGES, [*HEADING, "收费单位"], *rows], kind))

    assert f"这一栏写的是“{OTHER}”" in message


def test_a_column_of_who_paid_may_name_any_office(desk):
    desk.loaded(desk.file([*CHARGES, [*HEADING, "缴款单位"], [*ROW, OTHER]]))

    assert desk.wan() == Decimal("0.01")


def test_a_list_of_decisions_of_several_offices_is_refused(desk):
    head = ["决定文书号", "类别", "决定日期", "处罚机关"]
    rows = [["罚〔2024〕1号", "行政处罚", "2024-03-01", NAME], ["罚〔2024〕2号", "行政处罚", "2024-03-01", OTHER]]
    (message,) = desk.refused(desk.file([*cover("行政决定登记表"), head, *rows]))

    assert f"这一栏写的是“{OTHER}”" in message
