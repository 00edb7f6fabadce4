"""Two values in one cell are never one: digits apart are refused, unless they are a number in groups of three."""

from __future__ import annotations

from datetime import date

import pytest

from gktools.registers.intake.values import parse
from gktools.registers.schema import registers
from registers_cases.desk import CHARGES, HEAD, KINDS, REQUESTS, cover, request

SAID = "分不清是一个值还是两个"


def test_two_amounts_in_a_cell_are_refused(desk, shared):
    messages = desk.refused(desk.case(shared, "registers/c01-收费两笔换行.xlsx"))

    assert all(SAID in message for message in messages)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "written",
    [
        "20\n30",
        "20 30",
        "1\n234",
        "20\r\n30",
        "20　30",
        "1 2345",
        "20\t30",
        "２０ ３０",
        "1 234 56",
        "100 100",
        "１ ２３４",
    ],
)
def test_an_amount_with_digits_apart_is_refused(desk, kind, written):
    rows = [*CHARGES, ["项目名称", "收缴日期", "金额（元）"], ["工本费", "2024-03-05", written]]

    assert SAID in desk.refused(desk.file(rows, kind))[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_in_groups_of_three_is_read(desk, kind):
    rows = [*CHARGES, ["项目名称", "收缴日期", "金额（元）"]]
    amounts = ["1 234.50", "12 345 678", "1,234.50", "1\u2009234", "1\u00a0234"]
    desk.loaded(desk.file([*rows, *(["工本费", "2024-03-05", amount] for amount in amounts)], kind))

    assert [row["amount"] for row in desk.records("charges")] == [123450, 1234567800, 123450, 123400, 123400]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "written",
    ["2024-3-1\n5", "2024-3-1 5", "2024 3 5", "2024 03 05", "2024\n0305", "2024-03-05\n2024-03-06", "2024.3.1\n2"],
)
def test_a_day_with_digits_apart_is_refused(desk, kind, written):
    messages = desk.refused(desk.file([*REQUESTS, HEAD, request("甲1", received=written)], kind))

    assert SAID in messages[0]


@pytest.mark.parametrize(
    "written",
    ["2024 年 3 月 5 日", "2024年\n3月5日", "2024 - 3 - 5", "2024/ 3/5", "2024. 3. 5", "2024-3-5 9:30",
     "2024-3-5\n9:30", "2024-03-05  00:00:00"],
)  # fmt: skip
def test_white_space_beside_what_parts_a_day_is_read(written):
    assert parse(registers()["requests"]["received_on"], written) == date(2024, 3, 5)


@pytest.mark.parametrize("key", ["fee_items", "fee_pages"])
@pytest.mark.parametrize("written", ["3\n4", "3 4", "12 3456"])
def test_a_count_with_digits_apart_is_refused(key, written):
    with pytest.raises(ValueError, match=SAID):
        parse(registers()["requests"][key], written)


def test_a_declared_figure_with_digits_apart_is_refused(desk):
    head = ["正文指标名", "数字", "原因", "责任人", "填报日期"]
    rows = [*cover("填报数登记表"), head, ["x", "12\n3", "无台账", "某人", "2025-01-05"]]

    assert SAID in desk.refused(desk.file(rows))[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("written", ["20①", "30¹", "10²", "1½", "20⑴", "5㈠"])
def test_a_note_behind_a_number_is_no_digit_of_it(desk, kind, written):
    rows = [*CHARGES, ["项目名称", "收缴日期", "金额（元）"], ["工本费", "2024-03-05", written]]

    assert any(said in desk.refused(desk.file(rows, kind))[0] for said in ("带圈", "只能填数字"))


@pytest.mark.parametrize("written", ["2024-3-1①", "2024-3-1²", "2024-3-⑤"])
def test_a_note_behind_a_day_is_no_digit_of_it(written):
    with pytest.raises(ValueError, match="带圈"):
        parse(registers()["requests"]["received_on"], written)


@pytest.mark.parametrize("written", ["20\u316430", "20\u115f30"])
def test_a_filler_between_digits_is_a_space(written):
    with pytest.raises(ValueError, match=SAID):
        parse(registers()["charges"]["amount"], written)


def test_a_case_that_was_delivered_has_a_result(desk):
    rows = [*REQUESTS, HEAD, [*request("甲1")[:4], "", "电子", "2024-03-20", "无"]]

    assert desk.refused(desk.file(rows)) == ["填了送达的日子，就要填答复类型"]
