"""Words that clerks write: taken where they are sure, asked about where the law or another cell says otherwise."""

from __future__ import annotations

import pytest

from gktools.registers.intake.columns import Column
from gktools.registers.intake.meanings import RegisterTable, resolve_words
from gktools.registers.intake.places import Where
from gktools.registers.person_numbers import personal_in_name, personal_number
from gktools.registers.questions import Answers, Inquiry
from gktools.registers.schema import registers
from registers_cases.desk import HEAD, KINDS, REQUESTS, cover, request

NONGYE = """offices:
  nongye:
    names: [{name: 临河市青山区农业农村局}]
    kind: county_department
    people: {handler: null, deputy: null, head: null}
"""


def said(number: str, word: str, *more: object) -> list[object]:
    """A request answered with a word, under HEAD and further columns."""
    return [*request(number)[:-1], word, *more]


def asked_by(questions: list[dict]) -> dict[str, dict]:
    return {question["subject"]: question for question in questions}


def lines(questions: list[dict], **chosen: str) -> str:
    """The lines of params/columns.yaml that answer words, by word."""
    found = []
    for question in questions:
        word = question["subject"].rpartition("=")[2]
        found += [a["ready"] for a in question["answers"] if a["key"] == chosen.get(word)]
    return "\n".join(found)


@pytest.fixture
def nongye(desk):
    """The office of the clerk's cases."""
    (desk.home / "params/offices.yaml").write_text(NONGYE, encoding="utf-8")
    (desk.home / "params/2024/mmj.yaml").rename(desk.home / "params/2024/nongye.yaml")
    return desk


# --- the clerk's files ----------


def test_the_words_of_a_clerk_are_taken_where_sure_and_asked_where_the_law_differs(nongye, shared):
    path = nongye.case(shared, "clerk/vals.xlsx")
    questions = nongye.asked(path)

    words = {q["subject"] for q in questions if q["code"] == "word.meaning"}
    assert words == {
        f"nongye/答复类型={word}"
        for word in ("不予公开", "转送", "咨询", "内部信息", "不予处理", "告知查询途径", "其他")
    }
    assert {q["subject"] for q in questions if q["code"] == "row.meaning"} == {
        "no-limit/nongye/2024", "withdrawn/nongye/2024",
    }  # fmt: skip
    answers = {
        "不予公开": "refused.third_party", "转送": "unavailable.not_held", "咨询": "other.otherwise",
        "内部信息": "refused.process", "不予处理": "not_processed.petition", "告知查询途径": "granted", "其他": "other.otherwise",
    }  # fmt: skip
    nongye.columns(f"nongye/依申请公开登记表:\n{lines(questions, **answers)}\n")
    keep = ("--answer", "row.meaning:no-limit/nongye/2024=keep", "--answer", "row.meaning:withdrawn/nongye/2024=keep")
    sure, own = sorted(text for text in nongye.warnings(path, *keep) if "按词理解" in text)

    assert "主动公开 → （一）予以公开，1 格" in sure + own
    assert "按 params/columns.yaml 换的" in sure + own
    frame = nongye.records("requests", "nongye")
    assert {row["number"]: row["disposition"] for row in frame} == {
        **dict.fromkeys(("测0", "测1", "测2", "测3", "测4", "测5", "测29"), "granted"),
        **dict.fromkeys(("测6", "测7", "测8", "测11", "测12", "测13", "测14"), "unavailable.not_held"),
        "测9": "refused.third_party", "测10": "partly_granted", "测15": "other.not_corrected", "测16": "other.not_corrected",
        "测17": "other.otherwise", "测18": "other.otherwise", "测19": "not_processed.petition", "测20": "other.otherwise",
        "测21": "not_processed.repeated", "测22": "refused.third_party", "测23": "refused.third_party",
        "测24": "refused.state_secret", "测25": "refused.process", "测26": "refused.process",
        "测27": "refused.enforcement_files", "测28": "not_processed.petition", "测30": "other.otherwise",
    }  # fmt: skip


V3 = """nongye/依申请公开登记表:
  受理编号: 申请编号
  申请途径: 申请方式
  申请人性质: 申请人类别
  身份证号或信用代码: 证件号
  申请公开内容: 申请内容摘要
  是否补正: 忽略
  补正告知时间: 补正告知日
  补正材料收到时间: 收到补正日
  答复时间: 答复日
  答复方式: 送达方式
  答复结果: 答复类型
  经办科室: 忽略
"""
OPTIONS = ("--office", "nongye", "--year", "2024", "--register", "依申请公开登记表")


def v3_requests(nongye, shared):
    """The sheet of requests of clerk/v3 alone."""
    import openpyxl

    book = openpyxl.load_workbook(nongye.case(shared, "clerk/v3.xlsx"))
    for name in book.sheetnames:
        if name != "依申请公开":
            del book[name]
    path = nongye.home / "依申请公开.xlsx"
    book.save(path)
    return path


def test_headings_nobody_knows_are_given_the_columns_that_take_the_values_below_them(nongye):
    head = ["受理编号", "收到日期", "申请的人性质", "申请时的途径", "答复的结果如何", "答复的方式", "转送部门", "备注"]
    row = ["1号", "2024-03-05", "自然人", "邮寄", "予以公开", "邮寄", "", ""]
    path = nongye.file([head, row, ["2号", *row[1:]]])
    told = {p["value"]: p["message"] for p in nongye.take(path, *OPTIONS)["problems"]}

    for heading, ours in (
        ("申请的人性质", "申请人类别"),
        ("答复的结果如何", "答复类型"),
        ("申请时的途径", "申请方式"),
        ("答复的方式", "送达方式"),
    ):
        assert f"{heading}: {ours}”" in told[heading]
    assert "转送部门" not in told  # it is looked at
    assert "备注" not in told


def test_a_result_that_the_row_contradicts_is_asked_about_row_by_row(nongye, shared):
    path = v3_requests(nongye, shared)
    nongye.columns(V3)
    found = asked_by(q for q in nongye.asked(path, *OPTIONS) if q["code"] == "row.meaning")

    assert sorted(found) == ["passed/nongye/2024/青农依申〔2024〕5号", "unclear/nongye/2024/青农依申〔2024〕4号"]
    fourth, fifth = found["unclear/nongye/2024/青农依申〔2024〕4号"], found["passed/nongye/2024/青农依申〔2024〕5号"]
    assert (fourth["place"]["rows"], fifth["place"]["rows"]) == ([9], [10])
    assert [a["key"] for a in fourth["answers"]] == ["other.not_corrected", "empty", "keep"]
    assert [a["key"] for a in fifth["answers"]] == ["unavailable.not_held", "keep", "empty", "leave_out"]


# --- further words, by their right value ----------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("word", "column"),
    [
        ("公 民", "natural_person"), ("村民", "natural_person"), ("有限公司", "organisation.business"),
        ("律师事务所", "organisation.legal_service"), ("基金会类", "organisation.charity"), ("村委会", "organisation.other"),
    ],
)  # fmt: skip
def test_kinds_of_applicants_that_are_sure(desk, kind, word, column):
    row = request("甲1")
    row[3] = word
    (told,) = desk.warnings(desk.file([*REQUESTS, HEAD, row], kind))

    assert "按词理解" in told
    assert desk.figure("requests", "received", column) == 1


@pytest.mark.parametrize(
    ("word", "keys"),
    [
        ("个体工商户", ["natural_person", "organisation.business"]),
        ("合作社", ["organisation.business", "organisation.other"]),
        ("高校", ["organisation.research", "organisation.other"]),
        ("商会", ["organisation.charity", "organisation.other"]),
    ],
)
def test_kinds_of_applicants_without_a_definition_are_asked_once_for_the_district(desk, word, keys):
    row = request("甲1")
    row[3] = word
    path = desk.file([*REQUESTS, HEAD, row, ["甲2", *row[1:]]])
    (question,) = desk.asked(path)

    assert (question["subject"], question["kept"]) == (f"申请人类别={word}", "columns")
    assert [answer["key"] for answer in question["answers"]] == keys
    assert "“依申请公开登记表:”" in question["text"]
    assert question["place"]["rows"] == [5, 6]
    for answer in question["answers"]:
        desk.columns(f"依申请公开登记表:\n{answer['ready']}\n")
        desk.loaded(path)
        assert desk.figure("requests", "received", answer["key"]) == 2


def test_an_article_decides_what_a_word_of_several_meanings_is(desk):
    head = [*HEAD, "援引条款"]
    desk.loaded(
        desk.file([*REQUESTS, head, said("甲1", "不予公开", "36(七)"), said("甲2", "不公开", "第三十六条第四项")])
    )

    assert desk.figures("dispositions.refused.administrative_query", "dispositions.unavailable.not_held") == [1, 1]


def test_an_article_decides_even_after_the_office_has_answered_the_word(desk):
    desk.columns('依申请公开登记表:\n  "答复类型=不予公开": 4.保护第三方合法权益\n')
    rows = [said("甲1", "不予公开", "36(四)"), said("甲2", "不予公开", "")]
    desk.loaded(desk.file([*REQUESTS, [*HEAD, "援引条款"], *rows]))

    assert desk.figures("dispositions.unavailable.not_held", "dispositions.refused.third_party") == [1, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sure_word_that_an_article_contradicts_is_asked_about_in_its_row(desk, kind):
    path = desk.file(
        [*REQUESTS, [*HEAD, "援引条款"], said("甲1", "不存在", "36(二)"), said("甲2", "不存在", "36(四)")], kind
    )
    (question,) = desk.asked(path)

    assert (question["subject"], question["place"]["rows"]) == ("articles/mmj/2024/甲1", [5])
    desk.loaded(path, "--answer", "row.meaning:articles/mmj/2024/甲1=granted")
    assert desk.figures("dispositions.granted", "dispositions.unavailable.not_held") == [1, 1]


@pytest.mark.parametrize("remark", ["遮挡个人信息后提供", "除第三方信息外已提供", "部分内容"])
def test_granted_with_a_remark_of_parts_is_asked_about(desk, remark):
    path = desk.file([*REQUESTS, [*HEAD, "备注"], said("甲1", "予以公开", remark), said("甲2", "公开", "/")])
    (question,) = desk.asked(path)

    assert question["place"]["rows"] == [5]
    desk.loaded(path, "--answer", f"row.meaning:{question['subject']}=partly_granted")
    assert desk.figures("dispositions.partly_granted", "dispositions.granted") == [1, 1]


@pytest.mark.parametrize("word", ["办理中", "补正中", "未到期"])
def test_words_of_what_is_not_finished_are_nothing_unless_the_row_was_answered(desk, word):
    path = desk.file([*REQUESTS, HEAD, said("甲1", word), ["甲2", "互联网", "2024-12-20", "自然人", "", "", "", word]])
    (question,) = desk.asked(path)

    assert (question["subject"], question["place"]["rows"]) == ("not-done/mmj/2024/甲1", [5])


def test_a_word_that_only_says_done_is_never_a_result(desk):
    (message,) = desk.refused(desk.file([*REQUESTS, HEAD, said("甲1", "已办结"), said("甲2", "已办结")]))

    assert "只说办完了，没有说结果" in message
    assert "2 格：第 5、6 行" in message


@pytest.mark.parametrize(
    ("word", "keys"),
    [
        ("重复", ["not_processed.repeated", "leave_out", "otherwise1"]),
        ("禁止公开", ["refused.state_secret", "refused.forbidden_by_law", "refused.third_party"]),
        ("档案", ["other.otherwise", "refused.administrative_query", "unavailable.not_held"]),
        ("更正", ["leave_out", "otherwise1"]),
        ("移交", ["unavailable.not_held", "empty", "leave_out", "otherwise1", "otherwise2"]),
    ],
)
def test_a_result_of_several_meanings_is_asked_about(desk, word, keys):
    (question,) = desk.asked(desk.file([*REQUESTS, HEAD, said("甲1", word)]))

    assert question["subject"] == f"mmj/答复类型={word}"
    assert [answer["key"] for answer in question["answers"]] == keys


def test_rows_that_do_not_count_are_left_out_and_told(desk):
    path = desk.file([*REQUESTS, HEAD, said("甲1", "重复"), said("甲2", "公开")])
    (question,) = desk.asked(path)
    desk.columns(f"mmj/依申请公开登记表:\n{lines([question], 重复='leave_out')}\n")

    assert any("不计，没有导入" in text for text in desk.warnings(path))
    assert desk.figures("received") == [1]


def test_given_up_without_a_limit_is_asked_once_and_not_with_one(desk):
    head = [*HEAD, "补正期限截止"]
    path = desk.file(
        [
            *REQUESTS,
            head,
            said("甲1", "逾期不补正", ""),
            said("甲2", "逾期未补正", ""),
            said("甲3", "逾期不补正", "2024-03-10"),
        ]
    )
    (question,) = desk.asked(path)

    assert (question["subject"], question["place"]["rows"]) == ("no-limit/mmj/2024", [5, 6])
    desk.loaded(path, "--answer", "row.meaning:no-limit/mmj/2024=empty")
    assert desk.figures("dispositions.other.not_corrected") == [1]


# --- ways a request came, ways an answer went ----------


def test_a_letter_changes_no_figure_where_the_day_of_receipt_stands(desk):
    row = request("甲1")
    row[1] = "信函"
    (told,) = desk.warnings(desk.file([*REQUESTS, HEAD, row]))

    assert "信函 → 邮寄，1 格" in told
    assert desk.figures("received") == [1]


@pytest.mark.parametrize(("key", "received"), [("registered_mail", 1), ("letter", 0)])
def test_a_letter_without_the_day_of_receipt_is_asked_about(desk, key, received):
    head = ["申请编号", "申请方式", "收文日期", "双方确认日", "申请人类别"]
    path = desk.file([*REQUESTS, head, ["甲1", "信函", "2024-12-30", "2025-01-06", "自然人"]])
    (question,) = desk.asked(path)
    desk.columns(f"mmj/依申请公开登记表:\n{lines([question], 信函=key)}\n")
    desk.loaded(path)

    assert desk.figures("received") == [received]


@pytest.mark.parametrize(
    ("word", "posted"), [("EMS", 1), ("顺丰", 1), ("快递", 1), ("到付", 1), ("自取", 0), ("系统推送", 0)]
)
def test_ways_of_delivery_that_are_sure_decide_which_day_counts(desk, word, posted):
    head = [*HEAD[:5], "送达方式", "交邮日", "签收日", "电子发送日", "答复类型"]
    row = ["甲1", "当面", "2024-12-02", "自然人", "2024-12-20", word, "2024-12-30", "2025-01-03", "2025-01-04", "公开"]
    desk.loaded(desk.file([*REQUESTS, head, row]))

    assert desk.figures("dispositions.granted", "carried_out") == [posted, 1 - posted]


# --- disputes ----------

REVIEWS = cover("行政复议登记表")
SUITS = cover("行政诉讼登记表")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("word", "outcome"),
    [("复议维持", "upheld"), ("撤销并责令重作", "corrected"), ("终止审理", "otherwise"), ("在审", "pending")],
)
def test_ways_a_review_ended_that_are_sure(desk, kind, word, outcome):
    closed = "" if outcome == "pending" else "2024-05-01"
    desk.loaded(
        desk.file(
            [*REVIEWS, ["复议案号", "收到答复通知书日", "结案日", "结案方式"], ["复1", "2024-04-01", closed, word]],
            kind,
        )
    )

    assert desk.figure("reviews", "cases", f"reconsideration.{outcome}") == 1


@pytest.mark.parametrize(("key", "outcome"), [("claims_rejected", "upheld"), ("application_rejected", "otherwise")])
def test_rejected_alone_is_asked_about(desk, key, outcome):
    path = desk.file(
        [*REVIEWS, ["复议案号", "收到答复通知书日", "结案日", "结案方式"], ["复1", "2024-04-01", "2024-05-01", "驳回"]]
    )
    (question,) = desk.asked(path)
    desk.columns(f"mmj/行政复议登记表:\n{lines([question], 驳回=key)}\n")
    desk.loaded(path)

    assert desk.figure("reviews", "cases", f"reconsideration.{outcome}") == 1


SUIT = ["案号", "本机关身份", "复议案号", "收到应诉通知日", "裁判送达日", "生效日", "裁判方式"]


@pytest.mark.parametrize(
    ("word", "outcome"),
    [("判决驳回", "upheld"), ("裁定驳回", "otherwise"), ("准许撤诉", "otherwise"), ("限期答复", "corrected")],
)
def test_ways_a_suit_ended_that_are_sure_and_one_without_review_is_direct(desk, word, outcome):
    desk.loaded(
        desk.file([*SUITS, SUIT, ["行初1", "原行为机关", "直接起诉", "2024-04-01", "2024-05-01", "2024-06-01", word]])
    )

    assert desk.figure("reviews", "cases", f"litigation.direct.{outcome}") == 1


@pytest.mark.parametrize("word", ["维持", "败诉", "胜诉", "驳回上诉", "改判", "驳回"])
def test_ways_a_suit_ended_that_do_not_say_who_won_are_asked_about(desk, word):
    row = ["行初1", "原行为主体", "", "2024-04-01", "2024-05-01", "2024-06-01", word]
    (question,) = desk.asked(desk.file([*SUITS, SUIT, row]))

    assert question["subject"] == f"mmj/裁判方式={word}"


def test_after_a_review_is_no_number_of_one(desk):
    row = ["行初1", "原行为主体", "经复议", "2024-04-01", "2024-05-01", "2024-06-01", "撤销"]
    (message,) = desk.refused(desk.file([*SUITS, SUIT, row]))

    assert "要填复议案号" in message


# --- documents ----------

DOCUMENTS = cover("规范性文件登记表")
C20 = "规范性文件登记表:\n  统一编号: 忽略\n  类别: =行政规范性文件\n"
IN_FORCE = ("disclosures", "article_20_1.normative_documents", "in_force")
REPEALED = ("disclosures", "article_20_1.normative_documents", "repealed")


def test_a_list_of_documents_in_force_as_it_is_published(desk, shared):
    path = desk.case(shared, "registers/c20-规范性文件清单.xlsx")
    assert "类别" in asked_by(desk.asked(path))
    desk.columns(C20)
    found = asked_by(desk.asked(path))

    assert sorted(found) == ["mmj/2024/有效期至", "repealed/mmj/2024/废止"]


@pytest.mark.parametrize(
    ("answer", "figures"), [("this_year_end", (1, 1)), ("last_year_end", (1, 0)), ("keep", (2, 0))]
)
def test_repealed_without_a_day_is_asked_about(desk, answer, figures):
    head = ["文件名", "文号", "类别", "公布日期", "有效期至", "状态"]
    rows = [
        ["甲", "1号", "行政规范性文件", "2021-03-05", "长期有效", "现行有效"],
        ["乙", "2号", "行规", "2020-03-05", "", "已废止"],
    ]
    path = desk.file([*DOCUMENTS, head, *rows])
    (question,) = desk.asked(path)
    desk.loaded(path, "--answer", f"row.meaning:{question['subject']}={answer}")

    assert (desk.figure(*IN_FORCE), desk.figure(*REPEALED)) == figures


@pytest.mark.parametrize(("answer", "in_force"), [("effective_on", 1), ("published_on", 0)])
def test_a_term_of_years_is_asked_about_from_which_day(desk, answer, in_force):
    head = ["文件名", "类别", "公布日期", "施行日期", "有效期至"]
    path = desk.file([*DOCUMENTS, head, ["甲", "行政规范性文件", "2019-11-05", "2020-01-05", "5年"]])
    (question,) = desk.asked(path)
    desk.loaded(path, "--answer", f"term.from:{question['subject']}={answer}")

    assert desk.figure(*IN_FORCE) == in_force


def test_the_year_alone_of_a_repeal_is_enough_to_count_it(desk):
    head = ["文件名", "类别", "公布日期", "状态"]
    rows = [
        ["甲", "行政规范性文件", "2018-05-02", "2024年废止"],
        ["乙", "行政规范性文件", "2018-05-02", "2023年宣布失效"],
    ]
    (told,) = [text for text in desk.warnings(desk.file([*DOCUMENTS, head, *rows])) if "只写了年份" in text]

    assert "第 5、6 行" in told
    assert (desk.figure(*IN_FORCE), desk.figure(*REPEALED)) == (0, 1)


# --- decisions: official lists with a constant ----------

C19 = """行政决定登记表:
  行政相对人类别: 忽略
  行政处罚决定书文号: 决定文书号
  违法行为类型: 忽略
  处罚类别: 忽略
  处罚内容: 忽略
  罚款金额（万元）: 忽略
  处罚决定日期: 决定日期
  处罚有效期: 忽略
  公示截止期: 忽略
  处罚机关: 忽略
  类别: =行政处罚
"""
C19C = """行政决定登记表:
  当事人名称: 行政相对人名称
  行政处罚决定书文号: 决定文书号
  主要违法违规行为: 忽略
  行政处罚内容: 忽略
  作出决定机关: 忽略
  类别: =行政处罚
"""
DECIDED = ("disclosures", "article_20_6.penalties", "decisions")


def test_an_official_list_of_penalties_comes_in_with_a_constant(desk, shared):
    path = desk.case(shared, "registers/c19-双公示处罚.xlsx")
    desk.columns(C19)
    (question,) = desk.asked(path)

    assert (question["code"], question["place"]["rows"]) == ("number.shared", [8])
    answered = desk.take(path, "--answer", f"number.shared:{question['subject']}=one")
    assert answered["exit"] == 0
    assert any("都记作“行政处罚”" in text for result in answered["results"] for text in result["warnings"])
    assert desk.figure("disclosures", "article_20_6.penalties", "decisions") == 2


def test_a_list_without_days_of_decision_says_so_in_one_message(desk, shared):
    desk.columns(C19C)
    found = desk.take(desk.case(shared, "registers/c19c-监管处罚六列.xlsx"))

    (problem,) = found["problems"]
    assert problem["message"].startswith("缺“决定日期”这一栏，不知道各行算哪一年的；请在表里加上这一列")
    assert [q["code"] for q in found["questions"]] == ["row.meaning", "number.several"]  # who decided, how many


def test_a_constant_that_the_headings_contradict_is_asked_about(desk):
    desk.columns("行政决定登记表:\n  行政许可决定书文号: 决定文书号\n  许可决定日期: 决定日期\n  类别: =行政处罚\n")
    path = desk.file([*cover("行政决定登记表"), ["行政许可决定书文号", "许可决定日期"], ["许1号", "2024-03-05"]])
    (question,) = desk.asked(path)

    assert question["code"] == "constant.other"
    desk.loaded(path, "--answer", f"constant.other:{question['subject']}=licences")
    assert desk.figure("disclosures", "article_20_5.licences", "decisions") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_decisions_that_are_sure_and_that_are_asked_about(desk, kind):
    head = ["决定文书号", "类别", "决定日期"]
    rows = [
        ["1号", "罚款", "2024-03-05"],
        ["2号", "警告", "2024-03-05"],
        ["3号", "准予许可", "2024-03-05"],
        ["4号", "不予处罚", "2024-03-05"],
    ]
    path = desk.file([*cover("行政决定登记表"), head, *rows], kind)
    (question,) = desk.asked(path)
    assert question["subject"] == "类别=不予处罚"
    desk.columns(f"行政决定登记表:\n{lines([question], 不予处罚='penalties')}\n")
    desk.loaded(path)

    assert desk.figure(*DECIDED) == 3


# --- what is shown, and what looks personal ----------


def test_an_unknown_word_is_told_once_with_its_rows_and_the_line_to_add(desk):
    rows = [[*request(f"甲{i}")[:3], "待定类型", *request("甲")[4:]] for i in range(3)]
    (message,) = desk.refused(desk.file([*REQUESTS, HEAD, *rows]))

    assert "3 格：第 5、6、7 行" in message
    assert '申请人类别=待定类型": ……' in message


@pytest.mark.parametrize("value", ["张三", "E12345678", "zhang@example.cn", "幸福路12号", "李四海"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_name_a_number_or_an_address_is_never_shown_however_often_it_stands(desk, value, kind):
    rows = [[*request(f"甲{i}")[:3], value, *request("甲")[4:]] for i in range(4)]
    path = desk.file([*REQUESTS, HEAD, *rows], kind)
    code, out, err = desk.command("records", "import", path)
    found = desk.take(path)

    assert code == 1
    assert value not in out + err + str(found)
    assert f"这一格有 {len(value)} 个字" in err


@pytest.mark.parametrize("heading", ["申请方式", "申请人类别", "答复类型"])
@pytest.mark.parametrize(
    "value",
    ["爱新觉罗溥仪", "阿卜杜热西提", "罗纳尔多", "老王", "小明妈妈", "张阿姨", "李律师", "司马相如", "李四市民"],
)
def test_a_word_that_may_name_a_person_is_not_shown_in_a_list_either(desk, heading, value):
    rows = [request(f"甲{i}") for i in range(5)]
    for row in rows:
        row[HEAD.index(heading)] = value
    path = desk.file([*REQUESTS, HEAD, *rows])
    code, out, err = desk.command("records", "import", path)
    found = desk.take(path)

    assert code == 1
    assert value not in out + err + str(found)
    assert f"“{heading}”" in err


@pytest.mark.parametrize("heading", ["主题分类", "申请人代号", "答复文号", "移交单位"])
@pytest.mark.parametrize("value", ["张三", "13800138000", "幸福路12号"])
def test_what_looks_personal_in_a_column_that_is_not_for_it_is_asked_about(desk, heading, value):
    path = desk.file([*REQUESTS, [*HEAD, heading], request("甲1", value), request("甲2", "社会救助")])
    (question,) = desk.asked(path)

    assert (question["code"], question["place"]["rows"]) == ("personal.typed", [5])
    assert value not in str(question)
    desk.loaded(path, "--answer", f"personal.typed:{question['subject']}=empty")


_PERSONAL = ["欧阳甲某13900000001", "某某（女）139-0000-0001", "李某/13900000001", "110101199003077758"]


@pytest.mark.parametrize("register", registers().values(), ids=registers())
def test_a_number_of_a_person_is_asked_about_in_every_column_of_texts(register):
    for known in register.kept:
        if known.type != "text":
            continue
        for text in _PERSONAL:
            table = RegisterTable(
                Where("a.csv", ""), register, "ju", 2024, [5], {known.key: Column(0, known, False)}, {}
            )
            table.columns[known.key].values = [text]
            inquiry = Inquiry(Answers())
            resolve_words(table, inquiry)
            asked = [one for one in inquiry.open if one.code == "personal.typed"]
            assert [one.place.column for one in asked] == [known.heading], (known.heading, text)
            assert text not in str(asked)


@pytest.mark.parametrize(
    "text",
    [
        "示罚〔2024〕13912345678号",
        "http://a.gov.cn/t20240305_13912345678.html",
        "http://a.gov.cn/13912345678.pdf",
        "ZFCG-13912345678-1",
        "2024-03-05",
        "138/2024/0012",
        "11/2024.03.05-2024.03.06",
    ],
)
def test_a_number_that_goes_on_is_no_number_of_a_person(text):
    assert personal_number(text) == ""


def test_a_number_before_the_suffix_of_a_file_is_a_persons():
    assert personal_number("张某13912345678.png") == "手机号"
    assert personal_number("张某１３９-１２３４-５６７８.PDF") == "手机号"


@pytest.mark.parametrize(
    "name", ["刘某13900000001_1", "A13900000001v2", "No.13900000001", "2024-13900000001", "一13900000001"]
)
def test_a_number_in_a_name_is_a_persons_whatever_stands_beside_it(name):
    assert personal_in_name(name) == "手机号"


@pytest.mark.parametrize("name", ["示罚〔2024〕1号台账", "mmexport1709636400123", "20240305123456789", "2024年1-12月"])
def test_an_ordinary_name_has_no_number_of_a_person(name):
    assert personal_in_name(name) == ""


def test_a_sheet_named_after_a_persons_number_is_refused_without_saying_it(desk):
    code, out, err = desk.command(
        "records", "import", desk.book(("刘某13900000001_1", [*REQUESTS, HEAD, request("甲1", "")]))
    )
    assert code == 1
    assert "有一张工作表的名字里像是有手机号" in out + err
    assert "刘某" not in out + err


def test_a_file_named_after_a_persons_number_is_refused(desk):
    path = desk.file([*REQUESTS, HEAD, request("甲1", "")])
    named = path.rename(path.with_name(f"刘某13900000001_1{path.suffix}"))
    code, out, err = desk.command("records", "import", named)
    assert code == 1
    assert "文件名里像是有手机号" in out + err


def test_a_reason_with_a_persons_number_is_refused_on_the_command_line(desk):
    path = desk.file([*REQUESTS, HEAD, request("甲1", "")])
    code, out, err = desk.command("records", "import", path, "--reason", "电话13900000001问的")
    assert code == 1
    assert "理由里像是有手机号" in out + err


def test_a_name_as_a_number_is_asked_about(desk):
    (question,) = desk.asked(desk.file([*REQUESTS, HEAD, request("张三"), request("甲2")]))

    assert [answer["key"] for answer in question["answers"]] == ["keep"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  申请编号: =甲", "“=”只能用在有固定说法的栏目"),
        ("  申请人类别: =公司", "栏填不了“公司”"),
        ("  申请人类别: =", "后面要写这一栏填什么"),
    ],
)
def test_a_constant_that_is_wrong_is_told(desk, line, said):
    desk.columns(f"依申请公开登记表:\n{line}\n")
    code, _, err = desk.command("records", "import", desk.file([*REQUESTS, HEAD]))

    assert code == 1
    assert said in err
