"""Ledgers that share their headings with a register, and unknown headings that may change a figure: neither is guessed."""

from __future__ import annotations

from datetime import date

import pytest
from corpus.files import as_xlsx

from gktools.registers.intake.cover import ImportOptions
from gktools.registers.intake.reading import read_file
from gktools.registers.questions import Answers
from registers_cases.desk import NAME, OFFICE, YEAR
from registers_cases.test_case_matters import find


def read(
    folder, rows, sheet: str = "台账", name: str = "一", register: str | None = None, answers: Answers | None = None
):
    """A workbook of one sheet without a cover, as read."""
    path = folder / f"{name}.xlsx"
    path.write_bytes(as_xlsx((sheet, rows, None)))
    given = ImportOptions(register, OFFICE, YEAR)
    return read_file(path, find, given, today=date(2025, 1, 31), answers=answers)


CASES = [["序号", "案号", "案由", "受理日期"], [1, "示劳监〔2024〕1号", "政府信息公开", "2024-02-03"]]
FEES = [["项目名称", "缴款日期", "票据号", "金额（元）"], ["证照费", "2024-02-03", "A1", "100"]]
LETTERS = [["编号", "申请人", "联系电话", "受理时间", "办理结果"], ["1", "某甲", "", "2024-02-03", "已答复"]]


@pytest.mark.parametrize(
    ("rows", "near"), [(CASES, "行政复议登记表"), (FEES, "行政事业性收费登记表"), (LETTERS, "依申请公开登记表")]
)
def test_a_ledger_of_headings_that_all_ledgers_have_is_asked_about(tmp_path, rows, near):
    (question,) = read(tmp_path, [["2024年案件台账"], *rows]).questions

    assert (question.code, question.subject) == ("sheet.unknown", "台账")
    assert f"第 2 行最像{near}的表头" in question.text
    assert "许多台账都有这些栏目" in question.text
    none = read(tmp_path, rows, answers=Answers({("sheet.unknown", "台账"): "leave"}))
    assert (none.sheets, none.problems, [one.why for one in none.left_out]) == ((), (), ["answered"])


@pytest.mark.parametrize(
    "given",
    [{"sheet": "行政复议"}, {"name": "2024年复议台账"}, {"register": "行政复议登记表"}, {"title": "复议案件一览表"}],
)
def test_a_name_of_the_sheet_the_file_or_the_title_says_which_it_is(tmp_path, given):
    title = [[given.pop("title")]] if "title" in given else []
    found = read(tmp_path, [*title, *CASES], **given)

    assert [(sheet.register, len(sheet.lines)) for sheet in found.sheets] == [("reconsiderations", 1)]


DECIDED = ["决定文书号", "类别", "决定日期"]
BASE = [DECIDED, ["许1号", "行政许可", "2024-01-03"], ["许2号", "行政许可", "2024-01-04"]]


def with_column(heading: str, *cells: str):
    """The decisions with a further column."""
    return [[*row, cell] for row, cell in zip(BASE, (heading, *cells), strict=True)]


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("件数", ("1", "15")),
        ("退费金额（元）", ("0", "400")),
        ("是否经过听证", ("是", "否")),
        ("报送单位", (NAME, "示例区教育局")),
        ("清理意见", ("保留", "废止")),
        ("件别", ("许可件", "咨询件")),
        ("受理", ("√", "×")),
        ("有效决定", ("1", "0")),
        ("盖章", ("是", "是")),
    ],
)
def test_a_column_that_may_change_a_figure_is_a_question_and_no_line(tmp_path, heading, cells):
    found = read(tmp_path, with_column(heading, *cells))

    subject = f"行政决定登记表/{heading}"
    assert [(one.code, one.subject, len(one.answers)) for one in found.questions] == [("column.effect", subject, 1)]
    assert found.problems == ()
    left = read(tmp_path, with_column(heading, *cells), answers=Answers({("column.effect", subject): "leave"}))
    assert [len(sheet.lines) for sheet in left.sheets] == [2]


@pytest.mark.parametrize(
    ("heading", "cells"), [("件数", ("1", "1")), ("退费金额", ("0", "")), ("报送单位", (NAME, "本局"))]
)
def test_such_a_column_that_changes_nothing_is_told_alone(tmp_path, heading, cells):
    found = read(tmp_path, with_column(heading, *cells))

    assert (found.questions, found.problems) == ((), ())
    assert heading in str(found.sheets[0].warnings[0])


@pytest.mark.parametrize("heading", ["决定日期（拟）", "拟作出决定日期", "决定日期【计划】"])
def test_what_is_only_planned_is_proposed_for_no_field(tmp_path, heading):
    rows = [["决定文书号", "类别", heading], *BASE[1:]]
    messages = [problem.message for problem in read(tmp_path, rows, register="行政决定登记表").problems]

    assert len(messages) == 2  # the heading, and the day that is missing
    assert not any("是不是" in message or f"{heading}: 决定日期" in message for message in messages)
