"""Every sheet of a file is accounted for; months on sheets are joined; what is no record is none."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from machine import examples

from gktools.registers.intake.series import may_be_several, several_in
from registers_cases.desk import CHARGES, HEAD, REQUESTS, cover, request

FEES = ["项目名称", "收缴日期", "票据号", "金额（元）"]
BOOKS = ("xlsx", "xls")


def fee(day: str, receipt: str, amount: object) -> list[object]:
    return ["工本费", day, receipt, amount]


# --- months on sheets ----------


def test_months_on_sheets_are_joined(desk, shared):
    desk.loaded(desk.case(shared, "registers/c09-按月分表.xlsx"))

    assert desk.figures("received", "dispositions.granted") == [3, 3]


@pytest.mark.parametrize("kind", BOOKS)
def test_windows_of_a_register_without_numbers_are_joined(desk, kind):
    pages = [
        (f"{n}月", [*CHARGES, FEES, *(fee(f"2024-0{n}-1{i}", f"票{n}{i}", 100 * n) for i in range(3))]) for n in (1, 2)
    ]
    (result,) = desk.loaded(desk.book(*pages, kind=kind))["results"]

    assert [one["rows"] for one in result["registers"]] == [6]
    assert result["registers"][0]["sheet"] == "1月（1–7 行）、2月（8–14 行）"
    assert desk.wan() == Decimal("0.09")


def test_the_same_workbook_again_changes_nothing_and_a_corrected_sheet_one_record(desk):
    pages = [(f"{n}月", [*CHARGES, FEES, fee(f"2024-0{n}-11", f"票{n}", 100)]) for n in (1, 2)]
    desk.loaded(desk.book(*pages))
    (again,) = desk.loaded(desk.book(*pages))["results"]
    assert [(one["rows"], one["added"], one["changed"]) for one in again["registers"]] == [(2, 0, 0)]


@pytest.mark.parametrize("kind", BOOKS)
def test_a_month_without_records_is_left_out_and_told(desk, kind):
    pages = [("1月", [*REQUESTS, HEAD, request("甲1")]), ("2月", [*REQUESTS, HEAD])]
    told = desk.warnings(desk.book(*pages, kind=kind))

    assert desk.figures("received") == [1]
    assert any("“2月”" in text and "没有记录" in text for text in told)


def test_a_case_that_two_months_hold_equally_is_one_and_named(desk):
    told = desk.warnings(
        desk.book(*((name, [*REQUESTS, HEAD, request("甲1"), request(f"甲{name}")]) for name in ("2月", "3月")))
    )

    assert desk.figures("received") == [3]
    assert any("只计一次：“3月”第 5 行和“2月”第 5 行" in text for text in told)


def test_a_case_that_two_months_tell_otherwise_is_refused_with_both_rows(desk):
    pages = [
        (name, [*REQUESTS, HEAD, [*request("甲1")[:7], answer]])
        for name, answer in (("1月", "予以公开"), ("2月", "部分公开"))
    ]

    assert desk.refused(desk.book(*pages)) == ["与工作表“1月”第 5 行重复，内容却不一样"]


@pytest.mark.parametrize("kind", BOOKS)
@pytest.mark.parametrize(("key", "wan"), [("both", "0.04"), ("once", "0.02")])
def test_a_summary_beside_its_months_is_asked_about(desk, kind, key, wan):
    rows = [fee("2024-01-11", "票1", 100), fee("2024-02-11", "票2", 100)]
    path = desk.book(
        *((name, [*CHARGES, FEES, *some]) for name, some in (("1月", rows[:1]), ("2月", rows[1:]), ("全年", rows))),
        kind=kind,
    )
    (question,) = desk.asked(path)

    assert question["code"] == "sheets.overlap"
    desk.loaded(path, "--answer", f"sheets.overlap:{question['subject']}={key}")
    assert desk.wan() == Decimal(wan)


def test_months_of_two_years_stay_two_registers(desk):
    last = [["登记表", "依申请公开登记表"], REQUESTS[1], ["年度", "2023"]]
    pages = [
        ("2023", [*last, HEAD, request("甲1", received="2023-12-20")]),
        ("2024", [*REQUESTS, HEAD, request("甲2")]),
    ]
    (result,) = desk.loaded(desk.book(*pages))["results"]

    assert [one["year"] for one in result["registers"]] == [2023, 2024]


def test_columns_that_one_month_lacks_are_empty_there(desk):
    pages = [
        ("1月", [*REQUESTS, [*HEAD, "主题分类"], request("甲1", "土地")]),
        ("2月", [*REQUESTS, HEAD, request("甲2")]),
    ]
    desk.loaded(desk.book(*pages))

    assert [row.get("topic", "") for row in desk.records("requests")] == ["土地", ""]


# --- what is no register ----------


def test_every_sheet_of_a_clerks_own_book_is_accounted_for(desk, shared):
    found = desk.take(desk.case(shared, "clerk/v3.xlsx"), "--office", "mmj", "--year", "2024")

    asked = {question["subject"]: [answer["key"] for answer in question["answers"]] for question in found["questions"]}
    assert {"复议诉讼", "印发日期", "Sheet1"} <= asked.keys()  # 规范性文件 is known by its headings
    assert "reconsiderations" in asked["复议诉讼"]
    assert "lawsuits" in asked["复议诉讼"]
    assert asked["Sheet1"] == ["leave"]


@pytest.mark.parametrize("kind", BOOKS)
def test_a_table_that_nobody_knows_is_asked_about_and_left_out_when_answered(desk, kind):
    path = desk.book(
        ("登记", [*REQUESTS, HEAD, request("甲1")]), ("Sheet1", [["网站", "236"], ["公众号", "151"]]), kind=kind
    )
    (question,) = desk.asked(path)

    assert (question["code"], question["subject"]) == ("sheet.unknown", "Sheet1")
    (result,) = desk.loaded(path, "--answer", "sheet.unknown:Sheet1=leave", "--as", "王某")["results"]
    assert result["left_out"] == [{"sheet": "Sheet1", "why": "answered"}]
    assert any("不是登记表（王某）" in text for text in result["warnings"])
    assert desk.figures("received") == [1]


@pytest.mark.parametrize("kind", BOOKS)
def test_a_table_may_be_answered_to_be_a_register(desk, kind):
    head = ["文件名", "公布日期", "类别"]
    documents = [*REQUESTS[1:], head, ["甲办法", "2024-03-05", "行政规范性文件"]]
    other = [
        [cell.replace("公布日期", "公布的日子") if isinstance(cell, str) else cell for cell in row] for row in documents
    ]
    desk.columns("规范性文件登记表:\n  公布的日子: 忽略\n")
    path = desk.book(("登记", [*REQUESTS, HEAD, request("甲1")]), ("规范性文件", other), kind=kind)
    desk.asked(path)
    (missing,) = desk.refused(path, "--answer", "sheet.unknown:规范性文件=documents")
    assert missing.startswith("缺“公布日期”这一栏")
    desk.columns("规范性文件登记表:\n  公布的日子: 公布日期\n")
    desk.loaded(
        path, *([] if desk.take(path, "--check")["exit"] == 0 else ["--answer", "sheet.unknown:规范性文件=documents"])
    )
    assert desk.figure("disclosures", "article_20_1.normative_documents", "issued") == 1


@pytest.mark.parametrize("kind", BOOKS)
def test_an_empty_sheet_and_instructions_are_left_out_and_said(desk, kind):
    path = desk.book(
        ("登记", [*REQUESTS, HEAD, request("甲1")]),
        ("Sheet2", []),
        ("填表须知", [["逐行填写"], ["一件一行"]]),
        kind=kind,
    )
    (result,) = desk.loaded(path)["results"]

    assert result["left_out"] == [{"sheet": "Sheet2", "why": "empty"}, {"sheet": "填表须知", "why": "instructions"}]
    _, out, _ = desk.command("records", "import", path)
    assert "没有导入的工作表：Sheet2（空的）、填表须知（说明）" in out


def test_a_file_in_which_nothing_is_a_register_is_refused_as_before(desk):
    assert "没有找到登记表" in desk.refused(desk.book(("Sheet1", [["网站", "236"], ["公众号", "151"]])))[0]


# --- what is no record, sums on top, days without end, tabs with commas ----------


def test_prepared_numbers_are_no_records(desk, shared):
    desk.loaded(desk.case(shared, "registers/c08-序号预先填好.xlsx"))

    assert desk.figures("received", "dispositions.granted") == [3, 3]


@pytest.mark.parametrize("kind", ["csv", *BOOKS])
def test_a_prepared_number_with_anything_beside_it_is_a_record(desk, kind):
    rows = [["1", *request("甲1")], ["2", *[""] * 8], ["3", "", "互联网", *[""] * 6]]
    messages = desk.refused(desk.file([*REQUESTS, ["序号", *HEAD], *rows], kind))

    assert "必填，不能空" in messages


def test_a_sum_in_the_first_row_is_compared_with_the_rows_below(desk, shared):
    assert not [text for text in desk.warnings(desk.case(shared, "registers/c24-合计在第一行.xlsx")) if "合计" in text]
    assert desk.wan() == Decimal("0.003")


@pytest.mark.parametrize("kind", ["csv", *BOOKS])
def test_a_sum_in_the_first_row_that_does_not_agree_is_told(desk, kind):
    rows = [*CHARGES, FEES, ["合计", "", "", "50"], fee("2024-03-05", "1", "10"), fee("2024-03-06", "2", "20")]
    told = desk.warnings(desk.file(rows, kind))

    assert any("合计写的是 50，下面各行加起来是 30" in text for text in told)


def test_a_sum_after_each_month_is_that_of_its_month_or_of_all(desk):
    rows = [
        fee("2024-01-05", "1", "10"),
        ["合计", "", "", "10"],
        fee("2024-02-05", "2", "20"),
        ["合计", "", "", "20"],
        ["合计", "", "", "30"],
    ]

    assert not [text for text in desk.warnings(desk.file([*CHARGES, FEES, *rows])) if "合计" in text]


@pytest.mark.parametrize("kind", ["csv", *BOOKS])
@pytest.mark.parametrize("word", ["长期有效", "长期", "永久", "无", "/"])
def test_a_document_without_end_is_in_force(desk, kind, word):
    head = ["文件名称", "类别", "公布日期", "有效期"]
    desk.loaded(desk.file([*cover("规范性文件登记表"), head, ["甲", "行政规范性文件", "2020-03-05", word]], kind))

    assert desk.figure("disclosures", "article_20_1.normative_documents", "in_force") == 1


def test_a_document_of_some_years_is_not_taken_for_one_without_end(desk, shared):
    found = desk.take(desk.case(shared, "registers/c20-规范性文件清单.xlsx"))

    assert "term.from" in [question["code"] for question in found["questions"]]


def test_tabs_part_a_file_whose_titles_hold_commas(desk, shared):
    (result,) = desk.loaded(desk.case(shared, "registers/c14c-制表符里有逗号.txt"))["results"]

    assert [one["rows"] for one in result["registers"]] == [5]
    assert "，" in desk.records("publications")[0]["title"] or "," in desk.records("publications")[0]["title"]


@pytest.mark.parametrize(("mark", "inside"), [("\t", ","), (";", ","), (",", ";"), ("\t", ";")])
def test_what_parts_a_file_is_told_by_its_headings(desk, mark, inside):
    title = f'"{inside.join("甲乙丙丁戊己庚")}"' if mark == "," else inside.join("甲乙丙丁戊己庚")
    lines = [mark.join(row) for row in (*cover("主动公开发布登记表"), ["信息标题", "发布渠道", "发布日期"])]
    path = desk.home / "台账.csv"
    path.write_text("\n".join([*lines, *[mark.join([title, "网站", "2024-03-05"])] * 2]), encoding="utf-8-sig")
    (result,) = desk.loaded(path)["results"]

    assert [one["rows"] for one in result["registers"]] == [2]


# --- several numbers in one cell ----------

DECISIONS = [*cover("行政决定登记表"), ["决定文书号", "类别", "决定日期"]]


@pytest.mark.parametrize("kind", ["csv", *BOOKS])
@pytest.mark.parametrize(
    ("written", "count"),
    [("示罚〔2024〕3-8号", 6), ("示罚〔2024〕3—8号", 6), ("示罚〔2024〕1、2、5号", 3), ("示罚〔2024〕3号至5号", 3)],
)
def test_several_numbers_in_a_cell_are_asked_about(desk, kind, written, count):
    rows = [*DECISIONS, [written, "行政处罚", "2024-03-05"], ["示罚〔2024〕20号", "行政处罚", "2024-03-05"]]
    path = desk.file(rows, kind)
    (question,) = desk.asked(path)

    assert (question["code"], question["subject"], question["place"]["rows"]) == ("number.several", "决定文书号", [5])
    desk.loaded(path, "--answer", "number.several:决定文书号=one")
    assert desk.figure("disclosures", "article_20_6.penalties", "decisions") == 2
    desk.loaded(path, "--answer", "number.several:决定文书号=each", "--replace")
    assert desk.figure("disclosures", "article_20_6.penalties", "decisions") == count + 1


def test_a_number_unfolded_that_stands_elsewhere_too_is_told(desk):
    rows = [["示罚〔2024〕3-8号", "行政处罚", "2024-03-05"], ["示罚〔2024〕5号", "行政处罚", "2024-03-06"]]

    assert "重复" in desk.refused(desk.file([*DECISIONS, *rows]), "--answer", "number.several:决定文书号=each")[0]


def test_requests_and_cases_are_asked_about_too(desk):
    (question,) = desk.asked(desk.file([*REQUESTS, HEAD, request("示依申〔2024〕3-5号")]))

    assert question["code"] == "number.several"


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("示罚〔2024〕3 - 5 号", ["3号", "4号", "5号"]),
        ("示罚〔2024〕3号至示罚〔2024〕5号", ["3号", "4号", "5号"]),
        ("示罚〔2024〕3号/5号", ["3号", "5号"]),
        ("示罚〔2024〕3号5号", ["3号", "5号"]),
        ("示罚〔2024〕3.5号", ["3号", "5号"]),
        ("示罚〔2024〕第3至5号", ["第3号", "第4号", "第5号"]),
        ("示罚〔2024〕3号等2件", ["3号等2件之1", "3号等2件之2"]),
        ("示罚〔2024〕3号（共2件）", ["3号（共2件）之1", "3号（共2件）之2"]),
    ],
)
def test_however_several_numbers_are_written(written, numbers):
    assert several_in(written) == tuple(f"示罚〔2024〕{number}" for number in numbers)


MAY_BE_SEVERAL = [
    "3号等", "第3號至第8號", "3號等", "3~", "3号-", "3or4", "3 to 8号", "3and4",
    "3号等等", "3号等5件", "3号等三件", "3号多件", "3号余件", "3号及其他", "3号起", "3-8号", "3-300号",
    "3-5000号", "3-999999999号", "3至8号", "3到8号", "3～8号", "3—8号", "3–8号", "3－8号", "3−8号", "3〜8号",
    "3…8号", "3...8号", "3_8号", "3&4号", "3＆4号", "3+4号", "3＋4号", "3|4号", "3｜4号", "3、4号", "3，4号",
    "3,4号", "3;4号", "3；4号", "3/4号", "3.4号", "3:4号", "3·4号", "3•4号", "3*4号", "3→8号", "3\\4号",
    "3和4号", "3及4号", "3号4号", "3号第4号", "3号/4号", "3号-8号", "三至八号", "三、四号", "三号和四号",
    "叁至捌号", "三-八号", "③④号", "③-⑧号", "⑶⑷号", "Ⅲ、Ⅳ号", "3#4号", "3＃4号", "3'4号", "3’4号", "3<4号", "3>4号",
    "3(4)", "3（4）号", "3[4]号", "3【4】号", "3「4」号", "3{4}号", "3号（4号）", "(3)(4)号", "三八号", "三四五号", "3x4号",
    "3号x2", "3号X2", "3a、b号", "3甲、乙号", "3-A/B", "III、IV号",
]  # fmt: skip
ONE = [
    "2024-003", "依申〔2024〕5号", "2024-0003-1", "B-12", "20240001", "YSQ2024-01-15", "示依申2024-3号", "24-35",
    "GK24-35", "沪-01-02", "A1-B3", "1.2.3", "370100-001-002", "11370100MB2857/2024-00012", "000014349/2024-00012",
    "11370100-2024-00012", "2024-11-05-1", "20241105-1", "2024/3", "2024.3", "2024_003", "ABC_2024_001",
    "X-2024-B-3", "公共〔2024〕3号", "示共1件", "等级1号", "示01号2024", "示罚〔2024〕3号", "（2024）示01行初1号",
    "(2024)京0105行初1号", "1,234号", "甲、乙1号", "〔2024〕3-1号", "3号之一", "3号之1", "〔2024〕第0003-1号",
    "三亚申〔2024〕5号", "云和申〔2024〕和字5号", "〔2024〕和平依申3号", "2024第3批第5件", "二〇二四年第三号",
    "第二〇号", "第③号", "第Ⅷ号", "依申〔2024〕5号（补正）", "〔24〕35号", "依申〔24〕35号", "YSQ(2024)第12号", "12(1)",
    "县资规依申请[2024]第3-1号", "（2024）示01行终12号", "三八妇联申〔2024〕5号", "二七区公开〔2024〕5号", "第三十八号",
    "一九九八号", "11月3号", "第3卷4", "A3B4", "XK3B12", "3X4", "3号（2024）", "2024(12)", "No.3", "#3", "示3号", "甲1号",
    "二〇二四三号", "2024#3号", "《2024》3号", "“2024”3号", "3A号", "3号（重）", "GK-3B", "2024-3A", "3号（1）", "〔2024〕第3号（1）",
]  # fmt: skip


@pytest.mark.parametrize("head", ["", "云民申〔2024〕第", "（2024）民申字", "民申2024第"])
def test_whatever_may_mean_several_numbers_is_asked_about(head):
    assert [text for text in MAY_BE_SEVERAL if not may_be_several(head + text)] == []
    assert not may_be_several(f"{head}3号")


def test_numbers_as_offices_write_them_are_not_asked_about():
    assert [text for text in (*ONE, "示依申〔2024〕\n1号") if may_be_several(text) or several_in(text)] == []


def test_several_without_brackets_or_words_around_them_are_asked_about():
    numbers = [
        "3&4",
        "3加4号",
        "3丨4号",
        "3ˉ8号",
        "3+4",
        "3|4",
        "3_8",
        "3-8",
        "3...8",
        "3/4",
        "3 8",
        "3\n4",
        "依申3-8",
        "2024-003、2024-004",
        "YSQ20240001-YSQ20240005",
    ]

    assert [
        text
        for text in (
            *numbers,
            "第3 4号",
            "第3号 4号",
            "甲1 甲2",
            "甲3乙4",
            "信3网4",
            "No3No4",
            "信3号网4号",
            "甲3乙4丙5",
        )
        if not may_be_several(text)
    ] == []


SIGNS = st.characters(categories=["Pd", "Pc", "Po", "Sm", "Zs"], exclude_characters="")
NUMBER = st.integers(1, 99999).filter(lambda number: not 1900 <= number <= 2099)


@given(NUMBER, NUMBER, SIGNS)
@settings(max_examples=examples(20))
def test_two_numbers_with_any_sign_between_them_are_never_taken_for_one(one, other, sign):
    assume(one != other)
    assert may_be_several(f"示〔2024〕第{min(one, other)}{sign}{max(one, other)}号")


@pytest.mark.parametrize("text", ["13 ", "13-", "3.", "三8/", "号3", "3(", "甲3", "I、", "3x"])
def test_however_long_a_number_is_it_is_read_at_once(text):
    begun = time.process_time()
    may_be_several((text * 400)[:400])

    assert time.process_time() - begun < 1


def test_what_is_found_to_be_several_is_of_numbers_that_are_one_each():
    assert several_in("2024-003、2024-004") == ("2024-003", "2024-004")
    assert several_in("示〔2024〕3-8、10-5000号") == ()
    assert several_in("示〔2024〕第③④号") == ("示〔2024〕第3号", "示〔2024〕第4号")


def test_several_that_are_not_listed_are_asked_about_and_counted_only_when_somebody_says_it_is_one(desk):
    path = desk.file([*REQUESTS, HEAD, request("示依申〔2024〕第3-5000号"), request("示依申〔2024〕7号")], "csv")
    (question,) = desk.asked(path)

    assert (question["code"], [answer["key"] for answer in question["answers"]]) == ("number.unlisted", ["one"])
    desk.loaded(path, "--answer", "number.unlisted:申请编号=one")
    assert desk.figures("received") == [2]


@pytest.mark.parametrize("number", ["甲2等（赵示例13812345678）", "甲2（误写，赵示例13812345678）", "甲2-赵示例3号等"])
def test_a_number_that_is_asked_about_is_not_quoted(desk, number):
    path = desk.file([*REQUESTS, HEAD, request("甲1"), request(number)])
    code, out, err = desk.command("records", "import", path)
    _, told, _ = desk.command("records", "import", path, "--json")

    assert code == 1
    assert not any(said in out + err + told for said in ("赵示例", "13812345678"))


def test_letters_before_each_end_of_a_range_are_read():
    assert several_in("XK009—XK011") == ("XK009", "XK010", "XK011")
    assert several_in("甲1至甲2") == ("甲1", "甲2")


MATTERS = [*cover("办理事项登记表"), ["事项类别", "办理日期", "编号", "数量"]]


def matters(desk):
    return sum(row["count"] for row in desk.records("matters"))


def test_a_matter_with_several_numbers_is_asked_about_unless_it_says_how_many(desk):
    said = ["备案", "2024-03-05", "备案〔2024〕3-8号", "6"]
    desk.loaded(desk.file([*MATTERS, said], name="写了"))
    assert matters(desk) == 6

    unsaid = desk.file([*MATTERS, [*said[:3], ""]], name="写了")
    (question,) = desk.asked(unsaid)
    assert (question["code"], question["subject"]) == ("number.several", "编号")
    desk.loaded(unsaid, "--replace", "--answer", "number.several:编号=one")
    assert matters(desk) == 1
    desk.loaded(unsaid, "--replace", "--answer", "number.several:编号=each")
    assert matters(desk) == 6


@pytest.mark.parametrize(("label", "heads", "row", "subject"), [
    ("主动公开发布登记表", ["信息标题", "发布渠道", "发布日期", "索引号"], ["甲", "网站", "2024-03-05", "示索〔2024〕1、2号"], "索引号"),
    ("规范性文件登记表", ["文件名", "类别", "公布日期", "文号"], ["甲", "规范性文件", "2024-03-05", "示政规〔2024〕1、2号"], "文号"),
    ("行政复议登记表", ["复议案号", "收到答复通知书日"], ["示复〔2024〕1、2号", "2024-03-05"], "复议案号"),
])  # fmt: skip
def test_every_number_that_is_counted_by_is_asked_about(desk, label, heads, row, subject):
    (question,) = desk.asked(desk.file([*cover(label), heads, row]))

    assert (question["code"], question["subject"]) == ("number.several", subject)


def test_a_fee_of_several_requests_is_not_multiplied(desk):
    head = [*HEAD, "收费件数", "缴费日", "实缴金额（元）"]
    row = request("示依申〔2024〕3-5号", "12", "2024-03-21", "200")
    desk.loaded(desk.file([*REQUESTS, head, row]), "--answer", "number.several:申请编号=each")

    assert [(r.get("fee_items"), r.get("fee_paid")) for r in desk.records("requests")] == [
        (12, 20000),
        (None, None),
        (None, None),
    ]
    assert desk.figures("received") == [3]


def test_a_contract_of_several_projects_is_not_multiplied(desk):
    head = ["项目编号", "是否集中采购", "合同日期", "合同金额（元）"]
    path = desk.file([*cover("政府采购登记表"), head, ["示采〔2024〕1、2号", "是", "2024-03-05", "90000"]])
    desk.loaded(path, "--answer", "number.several:项目编号=each")

    assert [row["amount"] for row in desk.records("procurements")] == [9000000, 0]


@pytest.mark.parametrize(
    "number",
    ["公共〔2024〕3号", "示共1件", "等级1号", "A1-B3", "示01号2024",
     "示罚〔2024〕3号", "2024-003", "示依申2024-3号", "（2024）示01行初1号", "1,234号", "沪-01-02", "24-35", "示依申〔2024〕\n1号",
     "甲、乙1号"],
)  # fmt: skip
def test_one_number_is_one(number):
    assert several_in(number) == ()


@pytest.mark.parametrize("kind", BOOKS)
@pytest.mark.parametrize("name", ["作废", "2024（旧）", "备份", "Sheet1 (copy)"])
def test_a_sheet_of_a_doubtful_name_is_asked_about(desk, kind, name):
    path = desk.book(("台账", [*REQUESTS, HEAD, request("甲1")]), (name, [*REQUESTS, HEAD, request("甲2")]), kind=kind)
    (question,) = desk.asked(path)

    assert question["code"] == "sheet.doubtful"
    desk.loaded(path, "--answer", f"sheet.doubtful:{name}=leave")
    assert desk.figures("received") == [1]
    desk.loaded(path, "--answer", f"sheet.doubtful:{name}=join")
    assert desk.figures("received") == [2]


def test_a_csv_of_a_clerk_without_cover_lines_is_read_with_the_options(desk, shared):
    desk.loaded(desk.case(shared, "clerk/台账gbk.csv"), "--office", "mmj", "--year", "2024")

    assert desk.figures("received", "dispositions.granted") == [1, 1]


def test_two_months_of_requests_in_two_files_stay_both(desk, shared):
    for name in ("1月", "2月"):
        desk.loaded(desk.case(shared, f"registers/c28c-依申请{name}.xlsx"))

    assert desk.figures("received") == [4]
