"""Numbers that their format displays as another number, or with a unit of money."""

from __future__ import annotations

from decimal import Decimal

import pytest
from corpus.files import as_xlsx, zeros

from registers_cases.desk import CHARGES, cover

HEADING = ["收缴日期", "项目名称", "金额（元）"]


def charged(desk, shape, value, heading="金额（元）", row=("2024-03-05", "工本费")):
    path = desk.home / "收费.xlsx"
    page = ("登记", [*CHARGES, [*HEADING[:2], heading], list(row)], zeros(("C5", shape, value)))
    path.write_bytes(as_xlsx(page))
    return path


@pytest.mark.parametrize(
    ("shape", "heading"),
    [
        ('0!.0,"万"', "金额（万元）"),
        ("0!.0000", "金额（万元）"),
        ("0.00,", "金额（千元）"),
        ('0"."0,', "金额（万元）"),
        ("0.00%", "金额（元）"),
    ],
)
def test_a_number_displayed_as_another_is_refused(desk, shape, heading):
    (message,) = desk.refused(charged(desk, shape, 138600, heading))

    assert "显示的数和存着的数不一样" in message


@pytest.mark.parametrize(
    "shape",
    [
        '"1"0.00',
        '0"00"',
        "\\1000",
        '"YSQ2024-"000',
        "1000",
        "-0",
        '"-"#,##0.00',
        "(0)",
        "\\-0.00;0",
        ";;;",
        '"见附件"',
        '"—";-0;0',
    ],
)
def test_a_number_with_other_digits_beside_it_or_hidden_is_refused(desk, shape):
    (message,) = desk.refused(charged(desk, shape, 138600))

    assert "显示的和存着的不一样" in message


def test_a_day_with_a_year_that_its_format_writes_is_refused(desk):
    page = ("登记", [*CHARGES, HEADING, ["", "工本费", "100"]], zeros(("A5", '"2024年"m"月"d"日"', 45000)))
    (desk.home / "收费.xlsx").write_bytes(as_xlsx(page))

    assert "显示的和存着的不一样" in desk.refused(desk.home / "收费.xlsx")[0]


@pytest.mark.parametrize(
    "shape", ['yyyy"年"m"月"d"日"', "[$-804]yyyy/m/d;@", "m/d/yy h:mm", "[DBNum1][$-804]yyyy年m月d日", "mmm-yy"]
)
def test_the_usual_formats_of_days_are_no_matter(desk, shape):
    page = ("登记", [*CHARGES, HEADING, ["", "工本费", "100"]], zeros(("A5", shape, 45356)))
    (desk.home / "收费.xlsx").write_bytes(as_xlsx(page))
    desk.loaded(desk.home / "收费.xlsx")

    assert desk.wan() == Decimal("0.01")


def test_a_unit_in_the_format_is_a_unit_beside_the_number(desk):
    (question,) = desk.asked(charged(desk, '0.00"万元"', 1.2))
    assert question["code"] == "unit.cell"
    desk.loaded(charged(desk, '0.00"万元"', 1.2, "金额（万元）"))

    assert desk.wan() == Decimal("1.2")


@pytest.mark.parametrize(
    "shape",
    [
        "#,##0.00",
        "0",
        '"¥"#,##0.00',
        '0.00"元"',
        "_ * #,##0.00_ ;_ * -#,##0.00_ ",
        "0.00_);[Red]\\(0.00\\)",
        "[$¥-804]#,##0.00",
        "General",
        "G/通用格式",
        "# ?/16",
        '0;-0;"无"',
        "[>=1000]#,##0;0",
    ],
)
def test_formats_that_show_the_number_itself_change_nothing(desk, shape):
    desk.loaded(charged(desk, shape, 1200))

    assert desk.wan() == Decimal("0.12")


def test_a_scaled_number_in_a_column_that_is_not_read_is_no_matter(desk):
    page = ("登记", [*CHARGES, [*HEADING, "数量"], ["2024-03-05", "工本费", "100"]], zeros(("D5", "0%", 0.5)))
    (desk.home / "收费.xlsx").write_bytes(as_xlsx(page))
    desk.loaded(desk.home / "收费.xlsx")

    assert desk.wan() == Decimal("0.01")


def test_ten_thousands_in_the_format_of_a_count_are_refused(desk):
    rows = [
        *cover("主动公开发布登记表"),
        ["信息标题", "发布渠道", "发布日期", "条数"],
        ["甲", "政府网站", "2024-03-05"],
    ]
    (desk.home / "公开.xlsx").write_bytes(as_xlsx(("登记", rows, zeros(("D5", '0"万"', 2)))))
    (message,) = desk.refused(desk.home / "公开.xlsx")

    assert "只能填数字" in message
