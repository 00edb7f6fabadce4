"""Sums among the records that are not called by the bare word, and rows swallowed by a quote of a text file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from registers_cases.desk import CHARGES, KINDS, cover

MATTERS = [*cover("办理事项登记表"), ["事项类别", "平台或渠道", "办理日期", "数量"]]
ONE = ["物业备案", "网", "2024-03-05", "3"]
TWO = ["物业备案", "窗口", "2024-03-06", "4"]
SUMS = [
    ["3月合计", "网", "2024-03-31", "7"],
    ["物业备案小计", "", "2024-03-31", "7"],
    ["物业备案", "小计", "2024-03-31", "7"],
    ["本年累计", "", "2024-12-31", "7"],
    ["物业备案", "合计（件）", "2024-03-31", "7"],
]


def counts(desk):
    return sum(record["count"] for record in desk.records("matters"))


@pytest.mark.parametrize("row", SUMS)
def test_a_row_called_a_sum_among_records_is_asked_about(desk, row):
    path = desk.file([*MATTERS, ONE, TWO, row])
    (question,) = desk.asked(path)
    assert (question["code"], question["place"]["rows"]) == ("row.sum", [7])
    desk.loaded(path, "--answer", f"row.sum:{question['subject']}=leave")

    assert counts(desk) == 7


@pytest.mark.parametrize("kind", KINDS)
def test_it_may_be_a_record_of_its_own(desk, kind):
    path = desk.file([*MATTERS, ONE, SUMS[0]], kind)
    (question,) = desk.asked(path)
    desk.loaded(path, "--answer", f"row.sum:{question['subject']}=take")

    assert counts(desk) == 10


def test_a_sheet_with_one_sum_for_each_month_is_taken(desk):
    desk.loaded(desk.file([*MATTERS, ["3月合计", "", "2024-03-31", "7"], ["4月合计", "", "2024-04-30", "5"]]))

    assert counts(desk) == 12


@pytest.mark.parametrize("kind", KINDS)
def test_the_bare_word_first_in_its_row_is_left_out_as_before(desk, kind):
    desk.loaded(desk.file([*MATTERS, ONE, TWO, ["小计", "", "", "7"], ["合计", "", "", "7"]], kind))

    assert counts(desk) == 7


@pytest.mark.parametrize("text", ["会计", "统计", "设计费", "合计数核对", "审计"])
def test_words_that_only_end_alike_are_no_sums(desk, text):
    desk.loaded(desk.file([*MATTERS, ONE, [text, *TWO[1:]]]))

    assert counts(desk) == 7


HEADING = "收缴日期,金额（元）,项目名称,收费依据\n"


def written(desk, text):
    path = desk.home / "收费.csv"
    above = "".join(",".join(map(str, row)) + "\n" for row in CHARGES)
    path.write_text(above + HEADING + text, encoding="utf-8")
    return path


def test_a_row_swallowed_by_two_stray_quotes_is_not_lost(desk):
    (message,) = desk.refused(written(desk, '2024-03-05,100,"工本费,甲\n2024-03-06,200,工本费",乙\n'))

    assert "把几行并成了一格" in message


def test_a_line_break_in_a_cell_is_read(desk):
    desk.loaded(written(desk, '2024-03-05,100,工本费,"甲文\n乙文,丙文"\n2024-03-06,200,工本费,\n'))

    assert desk.wan() == Decimal("0.03")


@pytest.mark.parametrize(
    "ditto",
    [
        '证照费,2024-03-05,A1,100\n",2024-03-06,A2,200\n",2024-03-07,A3,300\n登记费,2024-03-08,A4,1\n',
        '证照费,2024-03-05,A1,100\n证照费,2024-03-06,",200\n证照费,2024-03-07,",300\n登记费,2024-03-08,A4,1\n',
        '证照费,2024-03-05,"\n证照费,2024-03-06,"\n登记费,2024-03-08,A4,1\n',
        '"证照费,2024-03-05,A2,1\n证照费",2024-03-05,A3,5\n登记费,2024-03-08,A4,1\n',
        '证照费,2024-03-05,A1,100\n",2024-03-06,",200\n登记费,2024-03-08,A4,1\n',
    ],
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_rows_between_two_marks_for_the_same_as_above_are_not_lost(desk, ditto, delimiter):
    path = desk.home / "收费.csv"
    above = "".join(",".join(map(str, row)) + "\n" for row in CHARGES) + "项目名称,收缴日期,票据号,金额（元）\n"
    path.write_text((above + ditto).replace(",", delimiter), encoding="gb18030")
    (message,) = desk.refused(path)

    assert "同上" in message


def test_text_with_line_breaks_and_marks_in_proper_quotes_is_read(desk):
    text = '2024-03-05,"1,000.00","工本费，\n""甲""类, 见文件",甲文\n2024-03-06,200,"工本费,乙类",\n'
    desk.loaded(written(desk, text))

    assert desk.wan() == Decimal("0.12")
