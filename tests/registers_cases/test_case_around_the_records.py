"""What stands around and across the records: remarks with a unit, cover lines twice, merged cells, a late heading."""

from __future__ import annotations

from decimal import Decimal

import pytest
from corpus.files import as_xlsx, merged

from registers_cases.desk import CHARGES, KINDS, cover, request

HEADING = ["收缴日期", "项目名称", "收费依据", "金额（元）"]
ROW = ["2024-03-05", "工本费", "甲文", "100"]


def book(desk, *pages):
    path = desk.home / "台账.xlsx"
    path.write_bytes(as_xlsx(*pages))
    return path


@pytest.mark.parametrize(
    "remark", ["注：以上金额单位为万元", "说明：本表以万元为单位", "备注：金额均为千元", "注：计量单位：万元；不含减免"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_remark_below_that_says_another_unit_is_no_footer(desk, kind, remark):
    (message,) = desk.refused(desk.file([*CHARGES, HEADING, ROW, [remark]], kind))

    assert "这一行说明写着单位是" in message


@pytest.mark.parametrize("remark", ["注：金额以元为单位", "备注：每万元收 5 元", "填表人：张某"])
def test_a_remark_of_the_same_unit_or_none_is_passed_over(desk, remark):
    desk.loaded(desk.file([*CHARGES, HEADING, ROW, [remark]]))

    assert desk.wan() == Decimal("0.01")


@pytest.mark.parametrize("kind", KINDS)
def test_a_remark_in_the_column_of_ordinals_is_read_as_any_other(desk, kind):
    rows = [*CHARGES, ["序号", *HEADING], ["1", *ROW], ["注：金额单位为万元"]]
    (message,) = desk.refused(desk.file(rows, kind))

    assert "这一行说明写着单位是" in message


NOTES = [
    "注：第3笔已退费，不计",
    "注：以上三笔为上年补缴",
    "备注：第2、3行作废",
    "说明：序号2为误登",
    "注：标黄的为上年，不计",
    "第2条记录重复",
    "★：热线转来的",
    "△指由区财政局代收的",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("note", NOTES)
def test_a_note_about_rows_is_asked_about(desk, note, kind):
    rows = [*CHARGES, ["序号", *HEADING], ["1", *ROW], ["2", *ROW[:3], "200"], [note]]
    path = desk.file(rows, kind)
    (question,) = desk.asked(path)
    desk.loaded(path, "--answer", f"row.note:{question['subject']}=take")

    assert (question["code"], question["place"]["rows"]) == ("row.note", [7])
    assert desk.wan() == Decimal("0.03")


@pytest.mark.parametrize(
    "note",
    [
        "填表人：张某",
        "注：依据《条例》第三十二条、第36条第5项",
        "说明：国务院令第711号",
        "注：退费以负数填写；作废票据不登记",
        "备注：以上数据均已核对",
        "说明：本表不计入滞纳金",
    ],
)
def test_a_note_about_no_row_is_passed_over(desk, note):
    desk.loaded(desk.file([*CHARGES, ["序号", *HEADING], ["1", *ROW], ["2", *ROW[:3], "200"], [note], ["3"], ["—"]]))

    assert desk.wan() == Decimal("0.03")


def test_a_sentence_above_the_heading_gives_the_unit_as_a_line_does(desk):
    rows = [*CHARGES, ["说明：本表金额以万元为单位"], [*HEADING[:3], "金额"], [*ROW[:3], "1.2"]]
    desk.loaded(desk.file(rows))

    assert desk.wan() == Decimal("1.2")


def test_a_sentence_above_the_heading_against_the_heading_is_asked_about(desk):
    (question,) = desk.asked(desk.file([*CHARGES, ["说明：本表金额以万元为单位"], HEADING, ROW]))

    assert question["code"] == "unit.differ"


@pytest.mark.parametrize("again", [["年度", "2023"], ["单位", "示例区另一局"], ["年度：2025年"]])
def test_a_cover_line_twice_that_differs_is_refused(desk, again):
    (message,) = desk.refused(desk.file([*CHARGES, again, HEADING, ROW]))

    assert "这里写的却不一样" in message


def test_a_cover_line_twice_that_says_the_same_is_taken(desk):
    desk.loaded(desk.file([*CHARGES, ["年度：2024年度"], HEADING, ROW]))

    assert desk.wan() == Decimal("0.01")


def test_a_year_in_another_form_is_called_what_it_is(desk):
    for year in ("二〇二四年", "24年", "2024年1-3月"):
        (message,) = desk.refused(desk.file([*CHARGES[:2], ["年度", year], HEADING, ROW]))
        assert "年度写的不是一个四位数的年份" in message


def test_cells_merged_over_two_columns_of_a_record_are_refused(desk):
    head = ["申请编号", "申请方式", "收到申请之日", "申请人类别", "答复日", "电子发送日", "送达方式", "答复类型"]
    number, way, received, kind, replied, by, _, result = request("甲1")
    rows = [*cover("依申请公开登记表"), head, [number, way, received, kind, replied, "", by, result]]
    (message,) = desk.refused(book(desk, ("登记", rows, merged(("E5:F5", replied)))))

    assert "“答复日”“电子发送日”几栏的单元格横着合并成一格" in message


def test_cells_merged_beside_what_is_read_are_no_matter(desk):
    rows = [*CHARGES, [*HEADING, "经办人", "缴款人"], [*ROW, "张某"]]
    desk.loaded(book(desk, ("登记", rows, merged(("E5:F5", "张某")))))

    assert desk.wan() == Decimal("0.01")


@pytest.mark.parametrize("above", [[], ["填表前请先看说明"]])
def test_a_sheet_whose_heading_comes_late_is_not_left_out_as_empty(desk, above):
    first = ("一窗口", [*CHARGES, HEADING, ROW], None)
    late = ("二窗口", [*[above] * 45, *CHARGES, HEADING, [*ROW[:3], "200"]], None)
    (message,) = desk.refused(book(desk, first, late))

    assert "前 40 行里没有表头，后面却有内容" in message


@pytest.mark.parametrize("kind", KINDS)
def test_without_the_column_of_a_number_that_may_be_empty_each_row_is_one(desk, kind):
    rows = [
        ["标题", "发布日期", "发布渠道"],
        ["办事指南", "2024-03-05", "政府网站"],
        ["年度计划", "2024-03-06", "政府网站"],
    ]
    desk.loaded(desk.file([*cover("主动公开发布登记表"), *rows], kind))

    assert [one["count"] for one in desk.records("publications")] == [1, 1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("cells", "asked"),
    [(("3", "1"), True), (("1", "1"), False), (("3", "约三"), True), (("甲栋", "乙栋"), False), (("", ""), False)],
)
def test_numbers_in_an_ignored_column_are_asked_about_where_the_counts_are_missing(desk, kind, cells, asked):
    desk.columns("主动公开发布登记表:\n  数目: 忽略\n")
    rows = [
        ["标题", "发布日期", "发布渠道", "数目"],
        *(["甲乙丙"[i], "2024-03-05", "网站", one] for i, one in enumerate(cells)),
    ]
    path = desk.file([*cover("主动公开发布登记表"), *rows], kind)
    if asked:
        assert [one["code"] for one in desk.asked(path)] == ["column.numbers"]
    desk.loaded(path, *(["--answer", "column.numbers:数目=leave"] if asked else []))

    counted = [["标题", "发布日期", "发布渠道", "数目", "条数"], ["丁", "2024-03-05", "网站", "3", "2"]]
    desk.loaded(desk.file([*cover("主动公开发布登记表"), *counted], kind, name="另一份"), "--append")


@pytest.mark.parametrize(
    ("cells", "asked"),
    [
        (["12件", "3件"], True),
        (["1,200", "3"], True),
        (["12", "-"], True),
        (["12", "无"], True),
        (["12", ""], True),
        (["12 件", "3"], True),
        (["3.0", "2.0"], True),
        (["十二", "三"], True),
        (["12", "3", "（计）"], True),
        (["1", "1件"], False),
        (["A栋", "B栋", "12"], False),
        (["13800001111", "13800002222"], False),
        (["-", ""], False),
    ],
)
def test_an_ignored_column_of_numbers_with_other_cells_is_asked_about(desk, cells, asked):
    desk.columns("办理事项登记表:\n  办理量: 忽略\n")
    rows = [["物业备案", f"2024-03-0{i}", cell] for i, cell in enumerate(cells, start=1)]
    path = desk.file([*cover("办理事项登记表"), ["事项类别", "办理日期", "办理量"], *rows])
    if not asked:
        desk.loaded(path)
        return

    assert [one["code"] for one in desk.asked(path)] == ["column.numbers"]
