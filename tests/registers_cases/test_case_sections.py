"""Rows of text among and around the records: headings of the rows below them, notes, 无, merged texts, a second table."""

from __future__ import annotations

from datetime import date

import pytest
from corpus.files import as_xlsx, merged

from gktools.errors import NotFoundError
from gktools.registers.intake.cover import ImportOptions
from gktools.registers.intake.reading import read_file
from gktools.registers.questions import Answers
from registers_cases.desk import HEAD, NAME, OFFICE, YEAR, cover, request

FEES = ["序号", "项目名称", "收缴日期", "票据号", "金额（元）"]
DECISIONS = ["序号", "决定文书号", "行政相对人名称", "决定日期"]
DOCUMENTS = ["序号", "文件名称", "文号", "类别", "公布日期"]
RULE = "行政规范性文件"


def fee(number, name="考试费"):
    return [str(number), name, f"2024-0{number}-03", f"A{number}", str(100 * number)]


def office(name):
    if name in (OFFICE, NAME):
        return OFFICE
    raise NotFoundError(name)


@pytest.fixture
def read(tmp_path):
    """Read rows as a file of one sheet; what is merged is given as a range with its text."""

    def reading(rows, *answers, areas=(), more=()):
        path = tmp_path / "台账.xlsx"
        path.write_bytes(as_xlsx(("登记", rows, merged(*areas)), *more))
        given = Answers.parse(answers, "经办甲")
        return read_file(path, office, ImportOptions(None, OFFICE, YEAR), today=date(2025, 1, 10), answers=given)

    return reading


def asked(found):
    """What a file is asked about: the subject of a rule, or the code."""
    assert not found.problems
    return [question.subject if question.code == "row.meaning" else question.code for question in found.questions]


def section(name, word):
    return f"section-{name}/{OFFICE}/{YEAR}/{word}"


# --- headings among the records ----------


@pytest.mark.parametrize(
    ("rows", "areas", "expected"),
    [
        (
            [["序号", *HEAD], ["一、本级受理"], ["1", *request("甲1")], ["二、转送其他部门（未受理）"], ["2", *request("甲2")]],
            (),
            [section("request", "转送其他部门(未受理)")],
        ),
        ([HEAD, ["不予受理件"], request("甲1")], [("A2:H2", "不予受理件")], [section("request", "不予受理件")]),
        ([HEAD, ["本级"], request("甲1"), ["信访转办件"], request("甲2")], (), [section("request", "信访转办件")]),
        (
            [["序号", *HEAD], ["1月（以下为信访）"], ["1", *request("甲1")], ["2", *request("甲2")]],
            (),
            [section("request", "1月(以下为信访)")],
        ),
        ([HEAD, ["本级（协办）"], request("甲1")], (), [section("request", "本级(协办)")]),
        ([FEES, fee(1), ["二", "代收代缴"], ["（一）考试类"], fee(2)], (), [section("charge", "代收代缴-考试类")]),
        (
            [["复议案号", "收到答复通知书日", "结案日"], ["作为第三人的案件"], ["复1号", "2024-03-01", ""]],
            (),
            [section("reconsideration", "作为第三人的案件")],
        ),
        ([FEES[1:], ["一、证照"], fee(1)[1:], ["二、考试"], fee(2)[1:]], (), [section("charge", "证照、考试")]),
    ],
)  # fmt: skip
def test_what_a_heading_among_the_records_says_of_the_rows_below_it_is_asked_once(read, rows, areas, expected):
    assert asked(read(rows, areas=areas)) == expected


@pytest.mark.parametrize(
    "headings",
    [
        ("1月", "2月"),
        ("一、考试费", "二、证照费"),
        ("一、本单位收费", "（一）一季度"),
        ("以下空白", "接下页"),
        ("一季度（1—3月）", "二季度（共1件）"),
    ],
)
def test_a_heading_that_says_nothing_new_is_no_question(read, headings):
    found = read([FEES, [headings[0]], fee(1), [headings[1]], fee(2, "证照费")])

    assert asked(found) == []
    assert found.sheets[0].lines == (3, 5)


def test_the_headings_give_the_kind_of_the_rows_below_them_or_take_them_out_of_the_count(read):
    one, two = ["1", "许1号", "甲", "2024-01-03"], ["2", "罚1号", "乙", "2024-02-03"]
    rows = [DECISIONS, ["一、行政许可"], one, ["二、行政处罚类（共1件）"], two]
    (sheet,) = read(rows).sheets
    assert sheet.columns["kind"] == ("licences", "penalties")
    assert "照各行上面的标题记" in str(sheet.warnings)

    one, two = ["1", "甲", "示规〔2022〕1号", RULE, "2022-03-01"], ["2", "丙", "示规〔2015〕3号", RULE, "2015-03-01"]
    rows = [DOCUMENTS, ["一、继续有效"], one, ["二、宣布失效"], two]
    (subject,) = asked(read(rows))
    (sheet,) = read(rows, f"row.meaning:{subject}=this_year_end").sheets
    assert sheet.columns["repealed_on"] == (None, date(2024, 12, 31))
    assert read(rows, f"row.meaning:{subject}=leave_out").sheets[0].lines == (3,)


def test_a_numbered_text_below_the_last_record_is_told(read):
    (sheet,) = read([FEES[1:], fee(1)[1:], ["二、证照费"]]).sheets

    assert any("当作下面各行的标题" in str(warning) and warning.line == 3 for warning in sheet.warnings)


# --- notes around the table ----------


@pytest.mark.parametrize(
    "note",
    [
        "说明：第2笔已退费",
        "注：本表含代下属单位收取的300元",
        "红色标注的为减免",
        "注：不含街道，由街道另行统计",
        "以上2笔为上年补缴",
    ],
)
def test_a_note_above_or_below_the_table_or_on_a_sheet_of_its_own_is_asked_about(read, note):
    table = [FEES, fee(1), fee(2)]

    assert asked(read([["2024年收费台账"], [note], *table])) == ["row.note"]
    assert asked(read([*table, [note]])) == ["row.note"]
    assert asked(read(table, more=[("说明", [[note]], None)])) == ["row.note"]


@pytest.mark.parametrize(
    "line",
    [
        "2023年结转至2024年的收费",
        "2024年收费台账（一）",
        "备注：本表一式两份",
        "说明：本表由张三填报",
        "注：未收到的不填",
    ],
)
def test_a_title_or_a_note_about_no_row_above_the_table_is_no_question(read, line):
    assert asked(read([[line], FEES, fee(1), fee(2)])) == []


# --- no record ----------


@pytest.mark.parametrize(
    "row", [["无"], ["", "本年度无"], ["1", "无", "/", "", "", "0"], ["", "没有收费项目"], ["我局2024年度无收费"]]
)
def test_a_row_that_says_that_there_is_none_stands_for_a_year_without_records(read, row):
    rows = [["2024年收费台账"], ["序号", "项目", "开票日期", "票据号", "不认得", "金额（元）"], row]
    (question,) = read(rows).questions
    (sheet,) = read(rows, f"sheet.none:{question.subject}=none").sheets

    assert (question.code, question.place.rows, sheet.lines) == ("sheet.none", (3,), ())
    assert "没有记录" in str(read(rows, f"sheet.none:{question.subject}=refuse").problems)
    assert asked(read([FEES, fee(1)], more=[("四季度", rows, None)])) == []


def test_a_year_said_to_be_without_decisions_counts_as_none(desk):
    path = desk.file([*cover("行政决定登记表"), DECISIONS, ["", "本年度无"]])
    (question,) = desk.asked(path)
    desk.loaded(path, "--answer", f"sheet.none:{question['subject']}=none")

    assert desk.figure("disclosures", "article_20_6.penalties", "decisions") == 0


# --- merged cells, a second table ----------


def test_a_text_merged_over_several_rows_is_asked_about_once_a_column(read):
    rows = [FEES, fee(1), ["2", "", *fee(2)[2:]], fee(3, "证照费"), ["4", "", *fee(4)[2:]]]
    areas = [("B2:B3", "考试费"), ("B4:B5", "证照费")]
    (question,) = read(rows, areas=areas).questions
    (sheet,) = read(rows, f"merged.rows:{question.subject}=all", areas=areas).sheets

    assert (question.code, question.place.rows) == ("merged.rows", (2, 4))
    assert sheet.columns["name"] == ("考试费", "考试费", "证照费", "证照费")
    assert "请取消合并" in str(read(rows, f"merged.rows:{question.subject}=refuse", areas=areas).problems)


def test_a_remark_merged_over_several_rows_is_one_of_each(read):
    rows = [[*FEES, "备注"], [*fee(1), "已作废"], fee(2), fee(3)]

    assert read(rows, areas=[("F2:F3", "已作废")]).questions[0].place.rows == (2, 3)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["一、行政复议"], ["复议案号", "收到答复通知书日", "结案方式"], ["复1号", "2024-03-01", ""], ["二、行政诉讼"],
          ["案号", "审级", "本机关身份", "收到应诉通知日", "裁判方式"], ["行初1号", "一审", "原行为主体", "2024-06-01", ""]], "又是表头"),
        ([[*FEES, "", *FEES], [*fee(1), "", *fee(2)]], "左右并排"),
    ],
)  # fmt: skip
def test_a_second_table_is_refused_in_one_message(read, rows, said):
    (problem,) = read(rows).problems

    assert said in problem.message
