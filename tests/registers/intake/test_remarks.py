"""What stands in the remarks of a row: words that a rule asks about, and those that no rule knows, which are told."""

from __future__ import annotations

import re
import time

import pytest
from registers.intake.test_said_beside import ASKED, DECIDED, ISSUED, PENALTY, SUIT, codes, read

from gktools.registers.intake.conditions import matched
from gktools.registers.person_numbers import personal_number
from gktools.registers.schema import registers
from gktools.registers.word_warnings import tells_meanings
from gktools.registers.words import rules_of, speaks_of_rows

FEE = {"项目名称": "证照工本费", "收缴日期": "2024-01-09", "票据号": "10000007", "金额（元）": "500"}
REVIEW = {"复议案号": "示政复〔2024〕1号", "收到答复通知书日": "2024-01-04", "结案日": "2024-02-20", "结案方式": "维持"}
LOST = SUIT | {"裁判送达日": "2024-03-10", "生效日": "2024-03-28", "裁判方式": "驳回诉讼请求"}


@pytest.mark.parametrize(
    ("record", "heading", "text", "code"),
    [
        (ASKED, "备注", "不属申请，已电话答复", "no-request"),
        (ASKED, "备注", "已由申请人改投区教育局", "no-request"),
        (ASKED, "备注", "平台测试件", "void-request"),
        (ASKED, "备注", "误投我局，退回平台", "void-request"),
        (ASKED, "备注", "申请人撤回", "withdrawn-after"),
        (ASKED, "备注", "与3号内容相同", "same-request"),
        (REVIEW, "备注", "区教育局为被申请人", "role-reconsideration"),
        (REVIEW, "备注", "与公开无关", "said-matter-reconsideration"),
        (LOST, "备注", "我局为原告", "role-lawsuit"),
        (LOST, "备注", "不服工伤认定", "said-matter-lawsuit"),
        (LOST, "案号", "（2024）示0102民初2号", "case-number-lawsuit"),
        (LOST, "案号", "（2024）示0102行审3号", "case-number-lawsuit"),
        (REVIEW, "复议案号", "示信复〔2024〕1号", "case-number-reconsideration"),
        (DECIDED, "备注", "经复议撤销", "void-decision"),
        (DECIDED, "备注", "重新作出，原5号", "void-decision"),
        (DECIDED, "执行情况", "不予处罚", "no-penalty"),
        (DECIDED, "执行情况", "决定书未送达当事人", "void-decision"),
        (DECIDED, "备注", "以2号为准", "no-penalty"),
        *(
            (DECIDED, "决定文书名称", name, "no-penalty")
            for name in (
                "不予行政处罚决定书",
                "撤销行政处罚决定书",
                "食品经营许可证变更",
                "注销决定书",
                "强制执行申请书",
            )
        ),
        (PENALTY | {"类别": "行政处罚"}, "处罚决定书文号", "示市监责改〔2024〕2号", "no-penalty"),
        (PENALTY | {"类别": "行政处罚"}, "处罚决定书文号", "示市监撤〔2024〕5号", "no-penalty"),
        (FEE, "备注", "代上级收，已划转", "void-charge"),
        (FEE, "收款单位", "示例区不动产登记中心", "charged-by"),
        (ISSUED, "备注", "试行期满未延续", "repealed"),
        (ISSUED, "备注", "转发上级文件，非规范性文件", "other-document"),
        (ISSUED, "文件名称", "《甲办法》政策解读", "part-document"),
        (ISSUED, "文件名称", "附件：收费标准一览表", "part-document"),
    ],
)
def test_a_remark_that_says_a_row_may_not_count_is_asked_about(record, heading, text, code):
    assert codes(read(record | {heading: text})) == [code]


@pytest.mark.parametrize(
    ("record", "heading", "text"),
    [
        (FEE, "备注", "银行代收"),
        (FEE, "收款单位", "本局"),
        (LOST, "备注", "涉及征收的政府信息公开"),
        *(
            (LOST, "案号", number)
            for number in ("（2024）苏行终12号", "（2024）最高法行申123号", "（2023）示01行赔初5号", "2024-001")
        ),
        (REVIEW, "复议案号", "云政复决〔2024〕12号"),
        (ASKED | {"答复类型": "不属于本机关"}, "备注", "不属于本机关信息，告知另向区教育局申请"),
        (DECIDED, "执行情况", "已申请法院强制执行；罚款已缴清"),
        (DECIDED, "备注", "2024年3月5日送达，见案卷第12页；电话 0571-1234567"),
        (DECIDED, "决定文书名称", "关于某公司擅自变更登记事项案的行政处罚决定书"),
        (DECIDED, "决定文书名称", "不予行政许可决定书"),
        (ISSUED, "文件名称", "甲办法（试行）"),
    ],
)
def test_a_remark_of_a_known_kind_is_neither_asked_about_nor_told(record, heading, text):
    found = read(record | {heading: text})

    assert codes(found) == []
    assert not [one for sheet in found.sheets for one in sheet.warnings if "一类的栏" in one.message]


def test_remarks_that_no_rule_knows_are_told_once_and_what_may_be_personal_by_its_rows_only():
    said = ["另案处理", "张三来电称不要了", "另案处理", "已归档", "王五"]
    rows = [ASKED | {"申请编号": str(i), "备注": text} for i, text in enumerate(said, 1)]
    (told,) = [one.message for one in read(*rows).sheets[0].warnings if "一类的栏" in one.message]

    assert "“另案处理”（第 2、4 行）、另有 2 种不显示的（第 3、6 行）" in told
    assert not re.search("张三|王五|归档", told)
    assert tells_meanings(told)
    assert codes(read(ASKED | {"备注": "另案处理，不计"})) == ["void-request"]


@pytest.mark.parametrize(
    ("ordinals", "told"),
    [
        (["1", "补", "咨询", "（信）4"], "“咨询”（第 4 行）、“（信）4”（第 5 行）、另有 1 种不显示的（第 3 行）"),
        (["1", "第二号", "（三）", "A-4", "⑤", "六", "江公开〔2024〕7号", "2024年8号", "10.1", "No.11", "三之一"], ""),
    ],
)
def test_words_in_the_column_of_ordinals_are_told_as_remarks_are(ordinals, told):
    rows = [ASKED | {"申请编号": str(i), "序号": text} for i, text in enumerate(ordinals, 1)]
    found = [one.message for one in read(*rows).sheets[0].warnings if "一类的栏" in one.message]

    assert (told in found[0]) if told else not found
    assert codes(read(ASKED | {"序号": "咨询，不计"})) == ["void-request"]


@pytest.mark.parametrize(
    ("title", "number", "asked"),
    [
        ("甲办法（2024年修订）", "示规〔2024〕2号", ["revised"]),
        ("甲办法", "示规〔2024〕2号", []),
        ("甲办法（2024年第2号）", "示规〔2024〕2号", []),
        ("甲办法（第二批）", "示规〔2024〕2号", []),
        ("甲办法实施细则", "示规〔2024〕2号", []),
    ],
)
def test_a_document_with_a_later_edition_is_asked_about(title, number, asked):
    later = ISSUED | {"文件名称": title, "文号": number, "公布日期": "2024-02-06"}

    assert codes(read(ISSUED, later)) == asked


@pytest.mark.parametrize("unit", ["第1、", "行政", "1,", "一"])
def test_a_long_text_of_one_word_takes_no_time(unit):
    """A cell may have 32,767 characters, a text box more: for half of that all rules took 14 seconds before."""
    text = unit * (16_000 // len(unit))
    started = time.process_time()
    speaks_of_rows(text)
    personal_number(text * 4, cards=True)
    for register in registers():
        for condition in (one for rule in rules_of(register) for one in (*rule.any, *rule.all)):
            if condition.like or condition.unlike or condition.parts:
                matched(condition, text)

    assert time.process_time() - started < 5
