"""Rows that are passed over without a word hold no record: the example row, sums, remarks, what is above the heading."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from corpus.files import as_xlsx

from gktools.registers.intake.templates import TICK, short_sheets, template_sheets, write_workbook
from gktools.registers.schema import registers
from registers_cases.desk import CHARGES, HEAD, KINDS, NAME, REQUESTS, YEAR, cover, request

FEES = [*CHARGES, ["序号", "项目名称", "收缴日期", "票据号", "金额（元）"]]
ONE = ["1", "证照费", "2024-03-05", "A1", "100"]
TWO = ["2", "证照费", "2024-03-06", "A2", "50"]


def answer(question, key):
    return ["--answer", f"{question['code']}:{question['subject']}={key}"]


def blank(desk, year=YEAR, short=False):
    """Every blank register as it is written for an office, each ticked 本年无记录; by its name, as rows of cells."""
    sheets = short_sheets(NAME, year, None) if short else template_sheets(NAME, year)
    write_workbook(desk.home / "空白.xlsx", sheets)
    book = openpyxl.load_workbook(desk.home / "空白.xlsx")
    return {sheet.register.label: [list(row) for row in book[sheet.register.label].values] for sheet in sheets}


# --- the example row ----------


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_written_over_the_example_row_is_asked_about(desk, kind):
    rows = [*REQUESTS, ["序号", *HEAD], ["示例", *request("甲1")], ["2", *request("甲2")]]
    path = desk.file(rows, kind)
    (question,) = desk.asked(path)
    assert (question["code"], question["place"]["rows"]) == ("row.example", [5])
    desk.loaded(path, *answer(question, "take"))
    assert [record["number"] for record in desk.records("requests")] == ["甲1", "甲2"]

    told = desk.warnings(path, *answer(question, "leave"))
    assert any("像是填在了示例行上" in text and "是示例" in text for text in told)


@pytest.mark.parametrize("changed", ["申请编号", "收到申请之日", "申请内容摘要", "答复日", "答复类型"])
def test_one_cell_written_over_the_example_row_of_the_blank_register_is_enough(desk, changed):
    rows = blank(desk)[registers()["requests"].label]
    place = rows[4].index(changed)
    rows[5][place] = {
        "收到申请之日": datetime(2024, 3, 6),
        "答复日": datetime(2024, 9, 2),
        "答复类型": "（二）部分公开",
    }.get(changed, "别的")
    path = desk.home / "填了.xlsx"
    path.write_bytes(as_xlsx(("登记", rows, None)))

    assert [question["code"] for question in desk.asked(path)] == ["row.example"]


@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("year", [2019, 2024])
def test_the_example_row_itself_is_left_out_without_a_question_in_every_register(desk, year, short):
    for label, rows in blank(desk, year, short).items():
        rows[2][1], rows[3][1] = YEAR, TICK
        found = desk.take(desk.file(rows, "xlsx", label))
        assert (found["exit"], found["questions"], found["problems"]) == (0, [], []), label


@pytest.mark.parametrize("style", ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"])
def test_the_example_row_is_known_again_in_a_text_file(desk, style):
    for label, rows in blank(desk).items():
        rows[3][1] = TICK
        path = desk.home / f"{label}.csv"
        with path.open("w", encoding="gb18030", newline="") as file:
            csv.writer(file).writerows(
                [cell.strftime(style) if isinstance(cell, date) else cell for cell in row] for row in rows
            )
        desk.loaded(path)


def test_what_is_left_of_the_example_row_is_no_record(desk):
    rows = [*REQUESTS, ["序号", *HEAD], ["示例", "", "互联网", "", "自然人", "", "", "", ""], ["1", *request("甲1")]]
    desk.loaded(desk.file(rows))

    assert len(desk.records("requests")) == 1


@pytest.mark.parametrize(
    "word", ["示例1", "（示例）", "例", "样例", "例：", "填写示例", "【示例】", "示例（勿删）", "示例：请照此填写"]
)
def test_an_example_of_the_office_itself_is_asked_about(desk, word):
    path = desk.file([*FEES, [word, *ONE[1:]], TWO])
    (question,) = desk.asked(path)
    desk.loaded(path, *answer(question, "leave"))

    assert desk.wan() == Decimal("0.005")


def test_the_example_row_with_a_number_instead_of_its_word_is_asked_about(desk):
    rows = blank(desk)[registers()["charges"].label]
    rows[5][0] = 1
    path = desk.file(rows, "xlsx")
    (question,) = desk.asked(path)
    assert question["code"] == "row.unmarked"
    desk.loaded(path, *answer(question, "take"))

    assert desk.wan() == Decimal("0.12805")


# --- rows called sums ----------


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_written_over_a_row_of_sums_is_asked_about(desk, kind):
    path = desk.file([*FEES, ONE, ["合计", *TWO[1:]]], kind)
    (question,) = desk.asked(path)
    assert (question["code"], question["place"]["rows"]) == ("row.filled_sum", [6])
    desk.loaded(path, *answer(question, "take"))

    assert desk.wan() == Decimal("0.015")


def test_alone_in_its_sheet_it_is_asked_about_too(desk):
    (question,) = desk.asked(desk.file([*FEES, ["合计", *TWO[1:]]]))

    assert question["code"] == "row.filled_sum"


@pytest.mark.parametrize(
    "row",
    [
        ["合计", "", "", "", "150"],
        ["合计", "共2项", "", "2张", "150"],
        ["合计", "—", "/", "", "150"],
        ["合计", "人民币（大写）壹佰伍拾元整", "", "", "150"],
        ["总计：", "本年合计", "2024年", "", "150"],
        ["", "合计", "", "", "150"],
    ],
)
def test_a_row_of_sums_with_what_belongs_to_it_is_passed_over(desk, row):
    desk.loaded(desk.file([*FEES, ONE, TWO, row]))

    assert desk.wan() == Decimal("0.015")


def test_a_hidden_record_on_a_row_of_sums_is_asked_about(desk):
    rows = [*FEES, ONE, ["合计", *TWO[1:]]]
    path = desk.file(rows, "xlsx")
    book = openpyxl.load_workbook(path)
    book.worksheets[0].row_dimensions[6].hidden = True
    book.save(path)
    (question,) = desk.asked(path)

    assert question["code"] == "hidden.rows"


# --- above the heading ----------


@pytest.mark.parametrize("kind", KINDS)
def test_records_above_the_heading_are_not_lost(desk, kind):
    (message, again) = desk.refused(desk.file([*CHARGES, ONE, TWO, *FEES[3:], ["3", *ONE[1:]]], kind))

    assert "表头上面" in message
    assert message == again


def test_a_request_above_the_heading_is_not_lost(desk):
    (message,) = desk.refused(desk.file([*REQUESTS, request("甲1"), HEAD, request("甲2")]))

    assert "表头上面" in message


@pytest.mark.parametrize(
    "line", [["填表人", "张某", "填表日期", "2024-12-31"], ["2024年度收费台账"], ["", "", "2024-12-31"]]
)
def test_what_else_stands_above_the_heading_is_no_record(desk, line):
    desk.loaded(desk.file([*CHARGES, line, *FEES[3:], ONE]))

    assert desk.wan() == Decimal("0.01")


def test_cover_lines_on_one_row_are_no_record(desk):
    head = ["项目名称", "收费依据", "收缴日期", "金额（元）"]
    desk.loaded(desk.file([["登记表", "行政事业性收费登记表"], ["单位", NAME, "2024-12-31", "1"], ["年度", YEAR], head,
                           ["证照费", "甲文", "2024-03-05", "100"]]))  # fmt: skip

    assert desk.wan() == Decimal("0.01")


def test_a_title_that_begins_like_an_example_is_not_dropped_for_the_rest_of_its_row(desk):
    head = [*cover("主动公开发布登记表"), ["信息标题", "发布渠道", "发布日期"]]
    path = desk.file([*head, ["示例：某项政策的解读", "政府网站", "2024-03-06"], ["公告", "网站", "2024-05-06"]])
    (question,) = desk.asked(path)

    assert question["code"] == "row.example"
