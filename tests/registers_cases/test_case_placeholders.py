"""无, /, — and the like are empty where a cell may be empty; 0 and 否 only in a column that refers to another record."""

from __future__ import annotations

import pytest

from gktools.registers.intake.values import Unclear, parse
from gktools.registers.schema import registers
from registers_cases.desk import CHARGES, HEAD, KINDS, REQUESTS, cover, request

REFERENCES = ["重作原申请编号", "关联既往申请号"]
WORDS = [
    "无",
    "/",
    "\\",
    "—",
    "——",
    "-",
    "－",
    "--",
    "空",
    "N/A",
    "n/a",
    "不涉及",
    "未发生",
    "（无）",
    "无\u200b",
    "／",
    "。。。",
    "……",
]
SUIT = ["案号", "一审案号", "复议案号", "审级", "本机关身份", "收到应诉通知日", "裁判送达日", "生效日", "裁判方式"]


@pytest.mark.parametrize("name", ["无", "斜杠", "横线"])
def test_placeholders_in_reference_columns_leave_three_requests(desk, shared, name):
    desk.loaded(desk.case(shared, f"registers/c04b-占位{name}.xlsx"))

    assert desk.figures("received", "dispositions.granted", "dispositions.total", "carried_out") == [3, 3, 3, 0]


def test_strokes_in_every_column_that_may_be_empty_leave_three_requests(desk, shared):
    desk.loaded(desk.case(shared, "registers/c04-斜杠占位全列.xlsx"))

    assert desk.figures("received", "dispositions.granted", "carried_out") == [3, 3, 0]
    assert all("handed_to" not in row or row["handed_to"] == "" for row in desk.records("requests"))


def test_placeholders_leave_three_lawsuits_direct_to_court(desk, shared):
    desk.loaded(desk.case(shared, "registers/c05-诉讼占位无.xlsx"))

    assert desk.figure("reviews", "cases", "litigation.direct.upheld") == 3
    assert desk.figure("reviews", "cases", "litigation.after_reconsideration.upheld") == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_reference_that_says_nothing_is_none(desk, kind):
    words = [*WORDS, "0", "否"]
    rows = [request(f"甲{i}", word, word) for i, word in enumerate(words)]
    desk.loaded(desk.file([*REQUESTS, [*HEAD, *REFERENCES], *rows], kind))

    assert desk.figures("received", "dispositions.granted") == [len(words)] * 2


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_a_nought_that_is_a_number_refers_to_nothing_either(desk, kind):
    judged = ["一审", "原行为主体", "2024-01-05", "2024-02-25", "2024-03-10", "驳回诉讼请求"]
    suits = [[f"（2024）示01行初{i}号", 0, 0, *judged] for i in range(2)]
    desk.loaded(desk.file([*cover("行政诉讼登记表"), SUIT, *suits], kind))

    assert desk.figure("reviews", "cases", "litigation.direct.upheld") == 2


def test_a_day_of_hand_over_that_says_nothing_takes_nothing_out(desk):
    head = [*HEAD, "移交日", "移交单位", "承接日", "书面撤回收到日"]
    rows = [request(f"甲{i}", word, word, word, word) for i, word in enumerate(WORDS)]
    desk.loaded(desk.file([*REQUESTS, head, *rows]))

    assert desk.figures("received", "dispositions.granted") == [len(WORDS)] * 2


def test_every_field_that_may_be_empty_takes_every_placeholder_for_empty():
    for register in registers().values():
        for field in register.fields:
            if field.required or field.type == "yes_no" or field.default is not None or field.any_word:
                continue
            assert [parse(field, word) for word in WORDS] == [None] * len(WORDS), (register.key, field.key)


def test_a_nought_and_a_no_stay_what_they_are_where_nothing_is_referred_to():
    assert parse(registers()["requests"]["fee_paid"], "0") == 0
    assert parse(registers()["publications"]["count"], "0") == 0
    assert parse(registers()["documents"]["revision"], "否") is False
    assert parse(registers()["requests"]["topic"], "0") == "0"
    assert parse(registers()["declared"]["value"], "0") == "0"
    assert parse(registers()["declared"]["reason"], "无") == "无"
    with pytest.raises(ValueError, match="只能填数字"):
        parse(registers()["requests"]["fee_items"], "否")


@pytest.mark.parametrize("word", ["无", "/", "—", "空"])
def test_a_required_cell_that_says_nothing_is_a_mistake(desk, word):
    assert desk.refused(desk.file([*REQUESTS, HEAD, request(word)])) == [f"必填，不能写“{word}”"]
    rows = [*CHARGES, ["项目名称", "收缴日期", "金额（元）"], ["工本费", "2024-03-05", word]]
    assert "只能填数字" in desk.refused(desk.file(rows))[0]


@pytest.mark.parametrize("word", ["无", "/"])
def test_a_number_that_blank_makes_one_is_not_left_to_a_placeholder(desk, word):
    rows = [
        *cover("主动公开发布登记表"),
        ["信息标题", "发布渠道", "发布日期", "条数"],
        ["甲", "网站", "2024-03-05", word],
    ]

    assert "只能填数字" in desk.refused(desk.file(rows))[0]


@pytest.mark.parametrize("kind", KINDS)
def test_whether_nothing_under_lead_is_a_no_is_asked_since_it_takes_the_document_out(desk, kind):
    head = ["文件名", "类别", "公布日期", "是否牵头"]
    path = desk.file([*cover("规范性文件登记表"), head, ["甲", "行政规范性文件", "2024-03-05", "无"]], kind)
    (question,) = desk.asked(path)

    assert (question["code"], question["subject"]) == ("lead.nothing", "是否牵头=无")
    for answer, issued in zip(question["answers"], (0, 1), strict=True):
        desk.columns(f"规范性文件登记表:\n{answer['ready']}\n")
        desk.loaded(path)
        assert desk.figure("disclosures", "article_20_1.normative_documents", "issued") == issued


def test_personal_columns_with_strokes_name_no_common_person(desk):
    head = [*HEAD, "申请人名称", "证件号", "申请人代号"]
    desk.loaded(desk.file([*REQUESTS, head, *(request(f"甲{i}", "/", "/", "/") for i in range(12))]))

    assert all(not row.get("person") for row in desk.records("requests"))


def test_a_nought_paid_is_nought_and_a_stroke_nothing(desk):
    head = [*HEAD, "缴费日", "实缴金额（元）"]
    desk.loaded(desk.file([*REQUESTS, head, request("甲1", "/", "/"), request("甲2", "2024-03-21", "0")]))

    paid = {row["number"]: row.get("fee_paid") for row in desk.records("requests")}
    assert (paid["甲1"], paid["甲2"]) == (None, 0)


def test_the_word_that_is_asked_about_raises_its_question_in_every_spelling():
    for word in ("无", " 无 ", "无\u200b"):
        with pytest.raises(Unclear):
            parse(registers()["documents"]["lead"], word)


# --- references that name nothing ----------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", ["是", "同上", "见备注", "待查"])
def test_a_reference_that_is_no_number_is_refused(desk, kind, word):
    rows = [*REQUESTS, [*HEAD, "重作原申请编号"], request("甲1", word)]

    (message,) = desk.refused(desk.file(rows, kind))
    assert message.startswith("这里写那一条记录的编号；没有的留空")


@pytest.mark.parametrize("number", ["示依申〔2023〕99号", "甲1"])
def test_a_reference_that_no_register_holds_takes_nothing_out(desk, number):
    desk.loaded(desk.file([*REQUESTS, [*HEAD, "重作原申请编号"], request("甲1", number), request("甲2", "")]))

    assert desk.figures("received", "dispositions.granted") == [2, 2]


def test_a_reference_that_no_register_holds_is_a_finding_on_the_record(desk):
    desk.loaded(desk.file([*REQUESTS, [*HEAD, "重作原申请编号"], request("甲1", "示依申〔2023〕99号")]))
    _, out, _ = desk.command("check", "--year", "2024", "--office", "mmj", "--json")

    assert "records.unmatched" in out
    assert "示依申〔2023〕99号" in out
