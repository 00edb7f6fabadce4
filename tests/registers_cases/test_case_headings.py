"""Headings that clerks write: known where they are sure, asked once where two readings differ, the rest told."""

from __future__ import annotations

from decimal import Decimal

import openpyxl
import pytest
from corpus.files import as_csv

from gktools.registers.intake.own_words import read_own_words
from gktools.registers.intake.proposals import proposals
from gktools.registers.intake.reading import read_file
from gktools.registers.intake.units import names_of
from gktools.registers.schema import passed_over_in, registers, unsure_in
from gktools.registers.words import beside_of
from registers_cases.clerk import Clerk
from registers_cases.desk import CHARGES, HEAD, KINDS, REQUESTS, cover, day, request
from registers_cases.test_case_words import NONGYE

DECISIONS = cover("行政决定登记表")
DOCUMENTS = cover("规范性文件登记表")
REVIEWS = cover("行政复议登记表")
SUITS = cover("行政诉讼登记表")
LICENCES = ("disclosures", "article_20_5.licences", "decisions")
PENALTIES = ("disclosures", "article_20_6.penalties", "decisions")
ISSUED, IN_FORCE, REPEALED = (
    ("disclosures", "article_20_1.normative_documents", column) for column in ("issued", "in_force", "repealed")
)


def unread(told: list[str]) -> list[str]:
    """The headings that were told not to be read."""
    return [word for text in told if "不看的栏目" in text for word in text.rpartition("：")[2].split("、")]


# --- the cases, driven to the end by what is offered ----------


def test_an_official_list_of_penalties_comes_in_by_one_answer(desk, shared):
    clerk = Clerk(desk)
    clerk.bring_in(desk.case(shared, "registers/c19-双公示处罚.xlsx"))

    assert (dict(clerk.lines), clerk.runs, clerk.decisions) == ({}, 2, 1)
    assert desk.figure(*PENALTIES) == 2  # 2号 is one decision with two parties
    assert unread(clerk.told) == [
        "行政相对人类别", "违法行为类型", "罚款金额（万元）", "处罚有效期", "公示截止期",
    ]  # fmt: skip


@pytest.mark.parametrize(("answer", "count"), [("one", 2), ("each", 3)])
def test_a_list_without_days_says_what_is_missing_and_comes_in_with_them(desk, shared, answer, count):
    path = desk.case(shared, "registers/c19c-监管处罚六列.xlsx")
    (problem,) = desk.take(path)["problems"]
    assert problem["message"] == (
        "缺“决定日期”这一栏，不知道各行算哪一年的；请在表里加上这一列，逐行填上日期，再导一次"
    )

    book = openpyxl.load_workbook(path)
    for row, value in ((5, "决定日期"), (6, "2024-03-05"), (7, "2024-04-05")):
        book.active.cell(row, 7, value)
    book.save(path)
    clerk = Clerk(desk, {"number.several": answer, "row.meaning": "keep"})
    clerk.bring_in(path)
    assert (clerk.runs, clerk.decisions) == (2, 2)
    assert desk.figure(*PENALTIES) == count


@pytest.mark.parametrize(
    ("repealed", "figures"), [("this_year_end", (1, 2, 1)), ("last_year_end", (1, 2, 0)), ("keep", (1, 3, 0))]
)
def test_a_published_list_of_documents_is_asked_once_about_each_thing(desk, shared, repealed, figures):
    path = desk.case(shared, "registers/c20-规范性文件清单.xlsx")
    assert [question["code"] for question in desk.asked(path)] == [
        "constant.none", "term.from", "row.meaning",
    ]  # fmt: skip
    clerk = Clerk(desk, {"row.meaning": repealed})
    clerk.bring_in(path)

    assert (clerk.runs, clerk.decisions) == (2, 3)
    assert (desk.figure(*ISSUED), desk.figure(*IN_FORCE), desk.figure(*REPEALED)) == figures
    assert unread(clerk.told) == ["统一编号"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("repealed", "figures"), [("this_year_end", (0, 1)), ("last_year_end", (0, 0))])
def test_repealed_in_the_column_of_the_term_alone_is_one_question(desk, kind, repealed, figures):
    head = ["文件名称", "类别", "公布日期", "有效期"]
    path = desk.file([*DOCUMENTS, head, ["甲", "行政规范性文件", "2018-03-05", "已废止"]], kind)
    (question,) = desk.asked(path)
    desk.loaded(path, "--answer", f"row.meaning:{question['subject']}={repealed}")

    assert (desk.figure(*IN_FORCE), desk.figure(*REPEALED)) == figures


@pytest.mark.parametrize("kind", KINDS)
def test_repealed_in_the_column_of_the_term_with_the_day_is_not_asked_about(desk, kind):
    head = ["文件名称", "类别", "公布日期", "有效期", "废止日期"]
    desk.loaded(desk.file([*DOCUMENTS, head, ["甲", "行政规范性文件", "2018-03-05", "已废止", "2024-05-06"]], kind))

    assert (desk.figure(*IN_FORCE), desk.figure(*REPEALED)) == (0, 1)


def test_a_clerks_own_book_is_brought_in_sheet_by_sheet(desk, shared):
    (desk.home / "params/offices.yaml").write_text(NONGYE, encoding="utf-8")
    (desk.home / "params/2024/mmj.yaml").rename(desk.home / "params/2024/nongye.yaml")
    clerk = Clerk(desk, {"复议诉讼": "reconsiderations"})
    found = clerk.bring_in(desk.case(shared, "clerk/v3.xlsx"), "--office", "nongye", "--year", "2024")

    assert (clerk.runs, clerk.decisions) == (3, 8)
    (result,) = found["results"]
    assert {one["sheet"]: one["why"] for one in result["left_out"]} == {
        "标错说明": "instructions",
        "Sheet1": "answered",
    }
    taken = {row["number"].removeprefix("青农依申〔2024〕"): row for row in desk.records("requests", "nongye")}
    assert {number: row["disposition"] or None for number, row in taken.items()} == {
        "1号": "granted", "2号": "unavailable.not_held", "3号": "granted", "4号": "other.not_corrected",
        "5号": "unavailable.not_held", "6号": "granted", "7号": "refused.third_party", "8号": None,
    }  # fmt: skip
    assert {row["received_on"].year for row in taken.values()} == {2024}
    assert [row["delivery"] for number, row in taken.items() if number not in ("4号", "8号")] == [
        "electronic", "mail", "in_person", "electronic", "electronic", "mail",
    ]  # fmt: skip
    (review,) = desk.records("reconsiderations", "nongye")
    assert (review["request_number"], review["method"]) == ("青农依申〔2024〕2号", "upheld")
    counted = {
        cell: desk.figure(*cell, office="nongye")
        for cell in (ISSUED, IN_FORCE, REPEALED, ("requests", "received", "total"), ("reviews", "cases", "reconsideration.upheld"))
    }  # fmt: skip
    assert list(counted.values()) == [1, 2, 1, 8, 1]
    rows = ("granted", "unavailable.not_held", "refused.third_party", "other.not_corrected")
    finished = [desk.figure("requests", f"dispositions.{row}", "total", office="nongye") for row in rows]
    assert finished == [3, 2, 1, 0]  # 4号 has no day on which its limit ended: told, and carried over with 8号
    assert desk.figure("requests", "carried_out", "total", office="nongye") == 2
    assert set(unread(clerk.told)) >= {"是否补正", "经办科室", "申请人"}


# --- sure headings ----------


def test_every_heading_is_one_thing_in_its_register():
    for key in registers():
        known, unsure, passed = set(names_of(key)), set(unsure_in(key)), passed_over_in(key)
        assert not known & unsure
        assert not known & passed
        assert not unsure & passed


@pytest.mark.parametrize("register", registers().values(), ids=list(registers()))
def test_no_known_heading_is_told_as_unknown_or_breaks_an_import(register, tmp_path):
    """Each heading of a register, over what clerks write, with the required columns; one of each kind without each of them."""
    words = [w for f in register.fields for w in (f.heading, *f.aliases, *f.unsure)]
    words += [*register.passed_over, *(w for seen in beside_of(register.key).values() for w in seen)]
    alone = {w for f in register.fields for w in (f.heading, *f.aliases[:1], *f.unsure)}
    required = [field.heading for field in register.fields if field.required] or [register.fields[0].heading]
    cells = ["作废", "已废止", "2024-03-05", "2024-03-05", "无", "行政诉讼", "5年", "张三"]
    path = tmp_path / "台账.csv"
    for word in words:
        for missing in ("", *(required if word in alone else ())):
            head = [*(heading for heading in required if heading not in (missing, word)), word]
            rows = [["2024-03-05"] * (len(head) - 1) + [cell] for cell in cells]
            path.write_bytes(as_csv([*cover(register.label), head, *rows]))
            found = read_file(path, lambda _: "mmj")
            assert not [str(problem) for problem in found.problems if "不认得这个栏目" in problem.message], word


def test_documents_without_numbers_with_one_title_are_told(desk):
    head = ["文件名称", "类别", "公布日期"]
    rows = [["甲", "行政规范性文件", "2024-03-05"], ["甲", "行政规范性文件", "2024-04-05"]]

    assert desk.refused(desk.file([*DOCUMENTS, head, *rows])) == ["与第 5 行重复"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_ledger_of_requests_in_other_words_gives_the_same_figures(desk, kind):
    head = [
        "受理编号", "申请途径", "收到申请日期", "申请人性质", "申请人姓名或名称", "身份证号或信用代码", "手机号码", "通讯地址",
        "申请公开内容", "是否补正", "补正告知时间", "补正材料收到时间", "答复日", "送达/答复方式", "交邮日期", "答复结果",
        "法律依据", "应答复日期", "经办科室",
    ]  # fmt: skip
    row = [
        "甲1", "邮寄", "2024-12-02", "自然人", "某甲", "", "", "", "某事", "是", "2024-12-03", "2024-12-05", "2024-12-27",
        "邮寄", "2025-01-03", "公开", "36(二)", "2024-12-30", "办公室",
    ]  # fmt: skip
    earlier = ["甲2", *row[1:14], "2024-12-28", *row[15:]]
    told = desk.warnings(desk.file([*REQUESTS, head, row, earlier], kind))

    assert desk.figures("received", "dispositions.granted", "carried_out") == [2, 1, 1]
    assert unread(told) == ["通讯地址", "是否补正", "应答复日期", "经办科室"]
    assert [row["corrected_on"].isoformat()[:10] for row in desk.records("requests")] == ["2024-12-05"] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_of_reviews_in_other_words_gives_the_same_figures(desk, kind):
    head = ["案号", "涉及申请", "收到答复通知书日期", "结案时间", "复议结果", "被申请人"]
    desk.loaded(desk.file([*REVIEWS, head, ["复1", "", "2024-04-01", "2024-05-28", "维持", "本局"]], kind))

    assert desk.figure("reviews", "cases", "reconsideration.upheld") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_of_suits_without_the_role_is_asked_which_it_was(desk, kind):
    head = ["案号", "收到应诉通知书日期", "判决送达日期", "判决生效日期", "判决结果", "原告", "案由"]
    row = ["行初1", "2024-04-01", "2024-05-01", "2024-06-01", "驳回起诉", "某甲", "信息公开"]
    path = desk.file([*SUITS, head, row], kind)
    (question,) = desk.asked(path)
    assert [answer["key"] for answer in question["answers"]] == [
        "原行为主体", "复议机关共同被告", "复议机关单独被告", "column",
    ]  # fmt: skip
    clerk = Clerk(desk)
    clerk.bring_in(path)

    assert desk.figure("reviews", "cases", "litigation.direct.otherwise") == 1
    assert unread(clerk.told) == ["原告"]


# --- headings of two readings ----------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("heading", ["印发日期", "成文日期", "签发日期", "制定日期"])
def test_the_day_of_a_document_that_may_not_be_that_of_publication_is_asked_about(desk, kind, heading):
    path = desk.file([*DOCUMENTS, ["文件名称", "类别", heading], ["甲", "行政规范性文件", "2024-03-05"]], kind)
    (question,) = desk.asked(path)
    assert (question["code"], question["kept"]) == ("published.alone", "columns")
    clerk = Clerk(desk)
    clerk.bring_in(path)

    assert dict(clerk.lines) == {"mmj/规范性文件登记表": [f"  {heading}: 公布日期"]}
    assert desk.figure(*ISSUED) == 1


def test_a_document_signed_in_one_year_and_published_in_the_next_counts_by_the_day_of_publication(desk):
    head = ["文件名称", "类别", "成文日期", "公布日期", "发布日期"]
    path = desk.file([*DOCUMENTS, head, ["甲", "行政规范性文件", "2023-12-28", "2024-01-05", "2025-01-02"]])

    assert unread(desk.warnings(path)) == ["成文日期", "发布日期"]
    assert desk.figure(*ISSUED) == 1


def test_a_day_that_is_not_that_of_publication_leaves_the_day_to_be_added(desk):
    path = desk.file([*DOCUMENTS, ["文件名称", "类别", "成文日期"], ["甲", "行政规范性文件", "2024-03-05"]])
    desk.columns("mmj/规范性文件登记表:\n  成文日期: 忽略\n")

    (message,) = desk.refused(path)
    assert message.startswith("缺“公布日期”这一栏")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("day_of", "wan"), [("缴款日期", Decimal("0.002")), ("入库日期", Decimal("0.001"))])
def test_the_days_of_a_fee_are_asked_about_and_one_counts(desk, kind, day_of, wan):
    head = ["收费项目", "开票日期", "缴款日期", "入库日期", "金额（元）"]
    rows = [["甲", "2024-12-30", "2024-12-31", "2025-01-02", 10], ["乙", "2024-06-03", "2024-06-03", "2024-06-03", 10]]
    path = desk.file([*CHARGES, head, *rows], kind)
    assert [question["subject"] for question in desk.asked(path)] == ["缴款日期"]  # one at a time
    others = {word: "other" for word in head[1:4] if word != day_of}
    Clerk(desk, {**others, day_of: "collected"}).bring_in(path)

    assert desk.wan() == wan


def test_a_day_beside_the_day_of_collection_is_not_asked_about(desk):
    path = desk.file(
        [*CHARGES, ["项目名称", "开票日期", "收缴日期", "金额（元）"], ["甲", "2023-12-30", "2024-01-02", 10]]
    )

    assert unread(desk.warnings(path)) == ["开票日期"]
    assert desk.wan() == Decimal("0.001")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("answer", "received"), [("received", 1), ("arrived", 0), ("confirmed", 1)])
def test_the_day_of_applying_is_asked_about(desk, kind, answer, received):
    head = ["申请编号", "申请方式", "申请日期", "申请人类别"]
    path = desk.file([*REQUESTS, head, ["甲1", "互联网", "2024-03-05", "自然人"]], kind)
    Clerk(desk, {"applied.alone": answer}).bring_in(path)

    assert desk.figures("received") == [received]


def test_the_day_of_applying_beside_that_of_receipt_changes_nothing(desk):
    path = desk.file([*REQUESTS, [*HEAD, "申请日期"], request("甲1", "2023-12-29", received="2024-01-02")])

    assert unread(desk.warnings(path)) == ["申请日期"]
    assert desk.figures("received") == [1]


@pytest.mark.parametrize(("answer", "granted"), [("reply", 1), ("arrived", 0)])
def test_whose_receipt_was_signed_is_asked_about(desk, answer, granted):
    head = ["申请编号", "申请方式", "收到申请之日", "申请人类别", "答复日", "送达方式", "签收日期", "答复类型"]
    row = ["甲1", "当面", "2024-03-05", "自然人", "2024-03-20", "当面", "2024-03-21", "公开"]
    Clerk(desk, {"signed.alone": answer}).bring_in(desk.file([*REQUESTS, head, row]))

    assert [row.get("signed_on") is not None for row in desk.records("requests")] == [bool(granted)]
    assert desk.figures("dispositions.granted") == [granted]


@pytest.mark.parametrize(("answer", "ended"), [("closed", "upheld"), ("written", "pending")])
def test_the_day_of_a_review_decision_is_asked_about(desk, answer, ended):
    head = ["案号", "收到答复通知书日", "决定日期", "结果归类"]
    path = desk.file([*REVIEWS, head, ["复1", "2024-04-01", "2024-05-28", "结果维持"]])
    (question,) = desk.asked(path)
    assert question["subject"] == "决定日期"
    desk.columns(f"行政复议登记表:\n{next(a for a in question['answers'] if a['key'] == answer)['ready']}\n")
    desk.loaded(path)

    assert desk.figure("reviews", "cases", f"reconsideration.{ended}") == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("answer", "count"), [("decided", 1), ("other", None)])
def test_the_day_a_licence_was_handed_out_is_asked_about(desk, kind, answer, count):
    path = desk.file([*DECISIONS, ["许可决定文书号", "类别", "发证日期"], ["许1", "行政许可", "2024-03-05"]], kind)
    (question,) = desk.asked(path)
    desk.columns(f"行政决定登记表:\n{next(a for a in question['answers'] if a['key'] == answer)['ready']}\n")
    if count is None:
        assert desk.refused(path)[0].startswith("缺“决定日期”这一栏")
    else:
        desk.loaded(path)
        assert desk.figure(*LICENCES) == count


def test_the_day_a_court_took_a_case_is_asked_about(desk):
    head = ["案号", "本机关身份", "立案日期", "裁判方式"]
    path = desk.file([*SUITS, head, ["行初1", "原行为主体", "2024-12-30", "审理中"]])
    Clerk(desk).bring_in(path)

    assert desk.figure("reviews", "cases", "litigation.direct.pending") == 1


# --- the official lists ----------

LICENCE_LIST = [
    "行政相对人名称", "行政相对人类别", "行政相对人代码_1（统一社会信用代码）", "法定代表人", "法定代表人证件类型",
    "法定代表人证件号码", "证件类型", "证件号码", "行政许可决定文书名称", "行政许可决定文书号", "许可类别", "许可证书名称",
    "许可编号", "许可内容", "许可决定日期", "有效期自", "有效期至", "许可机关", "许可机关统一社会信用代码", "当前状态",
    "数据来源单位", "数据来源单位统一社会信用代码", "备注",
]  # fmt: skip
PENALTY_LIST = [
    "行政相对人名称", "行政相对人类别", "统一社会信用代码", "法定代表人", "行政处罚决定书文号", "违法行为类型", "违法事实",
    "处罚依据", "处罚类别", "处罚内容", "罚款金额（万元）", "没收违法所得、没收非法财物的金额（万元）", "暂扣或吊销证照名称及编号",
    "处罚决定日期", "处罚有效期", "公示截止期", "处罚机关", "处罚机关统一社会信用代码", "数据来源单位", "备注",
]  # fmt: skip


def listed(head: list[str], number: int, state: str = "1") -> list[object]:
    """A row of an official list."""
    said = {"行政许可决定文书号": f"许{number}号", "行政处罚决定书文号": f"罚{number}号", "许可决定日期": "2024-03-05"}
    said |= {"处罚决定日期": "2024-03-05", "行政相对人名称": "某店", "当前状态": state, "有效期自": "2023-01-01"}
    return [said.get(word, "") for word in head]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("head", "figure", "line"),
    [(LICENCE_LIST, LICENCES, "  类别: =行政许可"), (PENALTY_LIST, PENALTIES, "  类别: =行政处罚")],
)
def test_the_lists_of_the_standard_come_in_with_one_line(desk, kind, head, figure, line):
    clerk = Clerk(desk)
    clerk.bring_in(desk.file([*DECISIONS, head, listed(head, 1), listed(head, 2)], kind))

    assert dict(clerk.lines) == {"mmj/行政决定登记表": [line]}
    assert (clerk.runs, clerk.decisions, desk.figure(*figure)) == (2, 1, 2)
    read = {
        "行政相对人名称",
        "行政许可决定文书名称",
        "行政许可决定文书号",
        "许可决定日期",
        "行政处罚决定书文号",
        "处罚决定日期",
        "许可机关",
        "处罚机关",
    }
    (told,) = [text for text in clerk.told if "不看的栏目" in text]
    looked_at = {"当前状态", "备注", "处罚类别", "处罚内容", "许可类别", "许可内容", "处罚机关", "许可机关"}
    assert told.rpartition("：")[2] == "、".join(w for w in head if w not in read | looked_at)


@pytest.mark.parametrize(("answer", "count"), [("keep", 2), ("leave_out", 1)])
def test_a_licence_whose_state_is_not_in_force_is_asked_about(desk, answer, count):
    rows = [listed(LICENCE_LIST, 1, "有效"), listed(LICENCE_LIST, 2, "撤销")]
    clerk = Clerk(desk, {"row.meaning": answer})
    clerk.bring_in(desk.file([*DECISIONS, LICENCE_LIST, *rows]))

    assert desk.figure(*LICENCES) == count


@pytest.mark.parametrize("name", ["2024年行政许可", "许可和处罚"])
def test_a_line_that_the_name_of_a_file_contradicts_is_asked_about(desk, name):
    desk.columns("行政决定登记表:\n  类别: =行政处罚\n")
    path = desk.file([*DECISIONS, ["决定文书号", "决定日期"], ["1号", "2024-03-05"]], "csv", name)

    (question,) = desk.asked(path)
    assert question["code"] == "constant.other"


def test_a_list_that_says_nothing_is_asked_about_with_every_kind(desk):
    (question,) = desk.asked(desk.file([*DECISIONS, ["文书号", "决定日期"], ["1号", "2024-03-05"]]))

    assert [answer["key"] for answer in question["answers"]] == [
        "行政许可", "其他对外管理服务事项", "行政处罚", "行政强制", "column",
    ]  # fmt: skip


# --- what a heading is proposed for ----------


@pytest.mark.parametrize(
    ("register", "word", "values", "ours"),
    [
        ("decisions", "公示截止的日子", ["2025-03-05"], []),
        ("requests", "答复用的方式", ["邮寄", "当面"], ["送达方式"]),
        ("requests", "申请用的方式", ["邮寄", "当面"], ["申请方式"]),
        ("documents", "发布的日期", ["2024-03-05"], ["公布日期", "公开日期"]),
        ("requests", "应当答复的日期", ["2024-03-05"], []),
        ("charges", "应收的金额", ["20"], []),
        ("requests", "申请的人性质", ["自然人", "商业企业"], ["申请人类别"]),
    ],
)
def test_a_proposal_goes_by_the_values_and_never_crosses_kinds(register, word, values, ours):
    assert sorted(proposals(registers()[register], word, values)) == sorted(ours)


def test_several_proposals_are_each_a_line_of_their_own(desk):
    head = ["文件名", "类别", "公布日期", "网上公布那天"]
    desk_file = desk.file([*DOCUMENTS, head, ["甲", "行政规范性文件", "2024-03-05", "某处"]])
    (message,) = desk.refused(desk_file)

    assert "“  网上公布那天: 忽略”" in message


# --- sheets that may be two registers ----------

DISPUTES = ["案号", "类型", "申请人", "涉及申请", "受理时间", "结案时间", "结果"]


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_a_sheet_that_two_registers_fit_is_asked_about(desk, kind):
    row = ["复1", "行政复议", "某甲", "", "2024-04-01", "2024-05-28", "维持"]
    path = desk.book(("复议诉讼", [*REVIEWS[1:], DISPUTES, row]), kind=kind)
    (question,) = desk.asked(path)

    assert question["code"] == "sheet.unknown"
    assert [answer["key"] for answer in question["answers"]][:2] == ["reconsiderations", "lawsuits"]


def test_a_sheet_named_after_one_of_them_is_that_one(desk):
    row = ["复1", "行政复议", "某甲", "", "2024-04-01", "2024-05-28", "维持"]
    desk.loaded(desk.book(("行政复议", [*REVIEWS[1:], DISPUTES, row])))

    assert desk.figure("reviews", "cases", "reconsideration.upheld") == 1


def test_a_text_file_that_two_registers_fit_says_how_to_tell(desk):
    row = ["复1", "行政复议", "某甲", "", "2024-04-01", "2024-05-28", "维持"]
    path = desk.file([*REVIEWS[1:], DISPUTES, row])
    (message,) = desk.refused(path)
    assert "“行政复议登记表”还是“行政诉讼登记表”" in message

    desk.loaded(path, "--register", "行政复议登记表")
    assert desk.figure("reviews", "cases", "reconsideration.upheld") == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("answer", "count"), [("leave_out", 1), ("keep", 2)])
def test_a_suit_among_the_reviews_is_asked_about(desk, kind, answer, count):
    rows = [
        ["复1", "行政复议", "某甲", "", "2024-04-01", "2024-05-28", "维持"],
        ["行初1", "行政诉讼", "某甲", "", "2024-06-01", "2024-09-28", "维持"],
    ]
    path = desk.file([*REVIEWS, DISPUTES, *rows], kind)
    (question,) = desk.asked(path)
    assert (question["code"], len(question["place"]["rows"])) == ("row.meaning", 1)
    desk.loaded(path, "--answer", f"row.meaning:{question['subject']}={answer}")

    assert desk.figure("reviews", "cases", "reconsideration.upheld") == count


# --- columns that say how far a case is ----------


@pytest.mark.parametrize(
    ("state", "result", "answer", "figures"),
    [
        ("办理中", "公开", "empty", [1, 0, 1]),
        ("办理中", "公开", "keep", [1, 1, 0]),
        ("已办结", "", "keep", [1, 0, 1]),
        ("作废", "公开", "leave_out", [0, 0, 0]),
    ],
)
def test_a_state_that_the_result_contradicts_is_asked_about(desk, state, result, answer, figures):
    row = request("甲1", state)
    if not result:
        row[4:8] = ["", "", "", ""]
    path = desk.file([*REQUESTS, [*HEAD, "办理状态"], row, *([] if figures[0] else [request("甲2", "已办结")])])
    (question,) = desk.asked(path)
    desk.loaded(path, "--answer", f"row.meaning:{question['subject']}={answer}")

    others = 0 if figures[0] else 1
    assert desk.figures("received", "dispositions.granted", "carried_out") == [
        figures[0] + others, figures[1] + others, figures[2],
    ]  # fmt: skip


def test_nothing_of_a_personal_column_is_shown_however_it_is_called(desk):
    head = [*HEAD, "申请人姓名或名称", "身份证号或信用代码", "家庭住处", "手机号"]
    path = desk.file([*REQUESTS, head, request("甲1", "张某某", "340102199001011234", "幸福路12号", "13800138000")])
    code, out, err = desk.command("records", "import", path)

    assert code == 1
    assert "家庭住处" in err
    assert not any(word in out + err for word in ("张某某", "3401", "幸福路", "1380013"))


# --- offered lines, as they stand ----------

D5, D6 = day("2024-03-05"), day("2024-03-06")


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        ([*REQUESTS, ["申请编号", "申请方式", "受理日期", "申请人类别"], ["1", "互联网", "2024-03-05", "自然人"]], {}),
        ([*REQUESTS, ["申请编号", "申请方式", "收到日期", "受理日期", "申请人类别"], ["1", "互联网", D5, D6, "自然人"]], {}),
        ([*REQUESTS, ["申请编号", "申请方式", "收文日期", "申请人类别"], ["1", "信函", "2024-03-05", "个体户"]], {}),
        ([*CHARGES, ["项目名称", "收缴日期", "收费金额"], ["甲", "2024-03-05", "20"]], {}),
        ([*DOCUMENTS, ["文件名", "类别", "公布日期", "是否牵头"], ["甲", "通知", "2024-03-05", "无"]], {}),
        ([*REQUESTS, [*HEAD, "旧栏目", "补正日期"], request("1", "某处", "2024-03-06")], {}),
        ([*DECISIONS, ["决定文书号", "类别", "处罚日期"], ["1号", "不予处罚", "2024-03-05"]], {}),
    ],
)  # fmt: skip
def test_lines_and_options_that_are_offered_work_as_they_stand(desk, rows, chosen):
    Clerk(desk, chosen).bring_in(desk.file(rows))


def test_every_answer_about_a_heading_is_a_line_that_columns_yaml_takes(desk):
    """Each ready line of each question about a heading, in every register."""
    for register in registers().values():
        for word in unsure_in(register.key):
            path = desk.file(
                [*cover(register.label), [word, *(f.heading for f in register.fields[:2])], ["", "1", "2"]]
            )
            for question in read_file(path, lambda _: "mmj").questions:
                for answer in question.answers:
                    if question.subject == word and answer.ready.startswith("  "):
                        desk.columns(f"mmj/{register.label}:\n{answer.ready}\n")
                        own = read_own_words(desk.home / "params/columns.yaml", lambda _: "mmj")
                        again = read_file(path, lambda _: "mmj", own=own)
                        assert word not in [asked.subject for asked in again.questions]
