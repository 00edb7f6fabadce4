"""A heading that stands again among the records, and texts for the content of another cell."""

from __future__ import annotations

from decimal import Decimal

import pytest

from registers_cases.desk import CHARGES, KINDS, cover

HEADING = ["收缴日期", "项目名称", "收费依据", "金额（元）"]
ROW = ["2024-03-05", "工本费", "甲文", "100"]
PUBLICATIONS = [*cover("主动公开发布登记表"), ["信息标题", "栏目", "发布渠道", "发布日期"]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_repeated_heading_with_another_unit_is_refused(desk, kind):
    again = [*HEADING[:3], "金额（万元）"]
    (message,) = desk.refused(desk.file([*CHARGES, HEADING, ROW, again, [*ROW[:3], "1.2"]], kind))

    assert "这一行又是表头，和第 4 行的不一样" in message


def test_a_repeated_heading_in_another_order_is_refused(desk):
    rows = [["甲", "要闻", "政府网站", "2024-03-05"], ["信息标题", "发布渠道", "栏目", "发布日期"]]
    (message,) = desk.refused(desk.file([*PUBLICATIONS, *rows, ["乙", "政府网站", "要闻", "2024-03-05"]]))

    assert "这一行又是表头，和第 4 行的不一样" in message


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_heading_on_every_page_is_passed_over(desk, kind):
    aliases = ["收缴时间", "收费项目", "", "金额（元）"]
    desk.loaded(desk.file([*CHARGES, HEADING, ROW, HEADING, ROW, aliases, ROW], kind))

    assert desk.wan() == Decimal("0.03")


@pytest.mark.parametrize("text", ["同上", "〃", "″", '"', "〞", "—〃—", "（同上）", "同上行"])
def test_a_ditto_mark_is_no_value(desk, text):
    rows = [["甲", "要闻", "政府网站", "2024-03-05"], ["乙", "要闻", text, "2024-03-05"]]
    (message,) = desk.refused(desk.file([*PUBLICATIONS, *rows], "xlsx"))

    assert "请写出这一格自己的内容" in message
