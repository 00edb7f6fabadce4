"""Registers read from files: the dialects staff write, and every mistake told with its place."""

from __future__ import annotations

import csv
import io
import os
import random
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from gktools.errors import NotFoundError, RecordsError
from gktools.forms.notices import formats
from gktools.registers.intake.cover import ImportOptions
from gktools.registers.intake.reading import read_file
from gktools.registers.intake.values import parse
from gktools.registers.schema import registers

COVER = [["单位", "示例市民政局"], ["年度", "2024"], ["登记表", "依申请公开登记表"], ["本年无记录", ""], []]
HEAD = ["申请编号", "收到申请之日", "申请人类别", "答复日", "答复类型"]
ROW = ["1", "2024-03-01", "自然人", "2024-03-20", "予以公开"]


def find_office(name: str) -> str:
    known = {"minzheng": "minzheng", "示例市民政局": "minzheng", "示例市财政局": "caizheng"}
    if name not in known:
        raise NotFoundError(f"单位表里没有“{name}”")
    return known[name]


def written_csv(rows, encoding="utf-8-sig"):
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode(encoding)


@pytest.fixture
def read(tmp_path):
    """Read rows as a CSV file: the records of its one register, or what is wrong as text."""

    def reading(*rows, cover=COVER, head=HEAD, given=None, encoding="utf-8-sig"):
        path = tmp_path / "台账.csv"
        path.write_bytes(written_csv([*cover, head, *rows], encoding))
        said = read_file(path, find_office, given)
        sheets, problems = said.sheets, said.problems
        if problems:
            assert not sheets, "a file is refused whole"
            return [str(problem) for problem in problems]
        (sheet,) = sheets
        return sheet

    return reading


def with_columns(**given):
    """Headings and one row for some fields of a request beside the required ones."""
    schema = registers()["requests"]
    values = {"number": "1", "received_on": "2024-03-01", "applicant": "自然人"} | given
    return [schema[key].heading for key in values], list(values.values())


# --- dialects ----------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_file_is_read_in_the_encodings_excel_writes(read, encoding):
    sheet = read(ROW, encoding=encoding)

    assert (sheet.register, sheet.code, sheet.year) == ("requests", "minzheng", 2024)
    assert (sheet.file, sheet.sheet) == ("台账.csv", "")
    ((line, record),) = sheet.records
    assert line == 7
    assert record == {
        "number": "1", "received_on": date(2024, 3, 1), "applicant": "natural_person",
        "replied_on": date(2024, 3, 20), "disposition": "granted",
    }  # fmt: skip


@pytest.mark.parametrize("writer", ["openpyxl", "xlsxwriter"])
def test_a_workbook_is_read_whoever_wrote_it(tmp_path, writer):
    rows = [
        *COVER,
        HEAD,
        ["依申请〔2024〕第3号", date(2024, 3, 1), "自然人", datetime(2024, 3, 20, 16, 30), "予以公开"],
    ]
    path = tmp_path / "台账.xlsx"
    if writer == "openpyxl":
        book = openpyxl.Workbook()
        book.active.title = "登记"
        for row in rows:
            book.active.append(row)
        book.save(path)
    else:
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
            page = book.add_worksheet("登记")
            for i, row in enumerate(rows):
                page.write_row(i, 0, row)
    said = read_file(path, find_office)
    (sheet,), problems = said.sheets, said.problems

    assert problems == ()
    assert (sheet.file, sheet.sheet) == ("台账.xlsx", "登记")
    ((line, record),) = sheet.records
    assert line == 7
    assert (record["number"], record["received_on"], record["replied_on"]) == (
        "依申请〔2024〕第3号", date(2024, 3, 1), date(2024, 3, 20),
    )  # fmt: skip


@pytest.mark.parametrize(
    "written",
    ["2024-03-05", "2024/3/5", "2024.3.5", "2024年3月5日", "20240305", "２０２４－０３－０５", " 2024-3-5 ",
     "2024-03-05 00:00:00", "2024/3/5 9:30", "2024-03-05T00:00:00", datetime(2024, 3, 5, 8), date(2024, 3, 5),
     45356, 45356.0, "45356", "45356.5", 20240305.0],
)  # fmt: skip
def test_a_date_is_read_in_every_form_it_is_written_in(written):
    assert parse(registers()["requests"]["received_on"], written) == date(2024, 3, 5)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2024-02-30", "没有这一天"), ("2024年3月", "不是日期"), ("3月5日", "不是日期"), ("昨天", "不是日期"),
        ("24-03-05", "不是日期"), ("4535", "不是日期"), ("1899-01-01", "不在合理的年份里"),
        ("2124-01-01", "不在合理的年份里"),
        (True, "不是日期"), ("2024-13-01", "没有这一天"), ("=TODAY()", "不是日期"),
    ],
)  # fmt: skip
def test_what_is_no_date_is_said(written, said):
    with pytest.raises(ValueError, match=said):
        parse(registers()["requests"]["received_on"], written)


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("12", 1200), ("12.3", 1230), ("12.34", 1234), ("1,234,567.80", 123456780), ("１２．５", 1250), (0, 0),
        (1234.3000000000002, 123430), (0.1 + 0.2, 30), ("0.00", 0), (100.0, 10000), ("1e2", 10000), (".5", 50),
        ("10000000000000", 10**15), ("0.500", 50), ("1200.000", 120000),
    ],
)  # fmt: skip
def test_money_is_kept_in_whole_fen(written, fen):
    assert parse(registers()["charges"]["amount"], written) == fen


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1.200", "千分位"), ("120.000", "千分位"), ("12.345", "最多两位小数"), ("12美元", "只能填数字"), ("约12", "只能填数字"),
        ("12,5", "只能填数字"),
        ("1_000", "只能填数字"), ("NaN", "只能填数字"), ("Infinity", "只能填数字"), ("=1+1", "只能填数字"),
        ("1" * 30, "数太大"), ("1.00000000000000000000000000001", "最多两位小数"), ("10000000000000.01", "数太大"),
    ],
)  # fmt: skip
def test_what_is_no_money_is_said(written, said):
    with pytest.raises(ValueError, match=said):
        parse(registers()["charges"]["amount"], written)


@pytest.mark.parametrize("written", ["1.5", "2.000", "-1", "两条", "9" * 20])
def test_what_is_no_count_is_refused(written):
    with pytest.raises(ValueError, match=r"只能填非负整数|只能填数字|数太大|千分位"):
        parse(registers()["publications"]["count"], written)


def test_a_declared_figure_with_more_digits_than_json_keeps_is_refused():
    with pytest.raises(ValueError, match="最多 15 位"):
        parse(registers()["declared"]["value"], "0.12345678901234567891")
    assert parse(registers()["declared"]["value"], "24252.311082") == "24252.311082"


@pytest.mark.parametrize(("written", "value"), [
    ("是", True), ("√", True), ("有", True), (True, True), ("否", False), ("×", False), ("", None),
    (None, None),
])  # fmt: skip
def test_yes_and_no_are_read_as_staff_write_them(written, value):
    assert parse(registers()["documents"]["lead"], written) is value


@pytest.mark.parametrize(
    "written",
    ["1.属于国家秘密", "属于国家秘密", "１．属于国家秘密", " 1. 属于国家秘密 ", "（三）不予公开/1.属于国家秘密"],
)
def test_a_disposition_is_known_with_and_without_its_ordinal(written):
    assert parse(registers()["requests"]["disposition"], written) == "refused.state_secret"


def test_headings_are_known_by_their_other_names_and_however_they_are_spaced(read):
    sheet = read(ROW, head=["编号", "收到 日期", "申请人类别", " 落款日期 ", "办理结果"])

    ((_, record),) = sheet.records
    assert (record["number"], record["received_on"], record["disposition"]) == ("1", date(2024, 3, 1), "granted")


def test_cover_lines_may_stand_in_one_cell_beside_each_other_or_below_a_title(read):
    for cover in (
        [["示例市民政局依申请公开台账"], ["单位：示例市民政局"], ["年度: 2024年度"], ["登记表：requests"]],
        [["单位", "minzheng", "", "年度", "２０２４年", "登记表", "依申请公开台账"]],
        [["单位：", "示例市民政局", "年度：", "2024.0"]],
    ):
        sheet = read(ROW, cover=cover)
        assert (sheet.register, sheet.code, sheet.year) == ("requests", "minzheng", 2024)


def test_what_the_cover_does_not_say_may_be_given(read):
    sheet = read(ROW, cover=[], given=ImportOptions("requests", "示例市民政局", 2024))

    assert (sheet.register, sheet.code, sheet.year) == ("requests", "minzheng", 2024)


def test_an_example_row_a_row_of_sums_and_empty_rows_are_passed_over(read):
    sheet = read(
        ["示例", "云民申〔2024〕第0号", "2024-03-05", "自然人", "", ""],
        ["（示例）", "云民申[2023]第0号", "2023/3/5", "自然人", "", ""],
        ["示例2", "", "", "", "", ""],
        ["", "", "", "", "", ""],
        ["1", *ROW],
        ["合 计", "", "", "", "", "1"],
        ["总计：", "", "", "", "", "1"],
        head=["序号", *HEAD],
    )

    assert [(line, record["number"]) for line, record in sheet.records] == [(11, "1")]


def test_a_record_whose_number_begins_with_the_word_for_example_is_a_record(read):
    sheet = read(["示例区〔2024〕1号", *ROW[1:]])

    assert [record["number"] for _, record in sheet.records] == ["示例区〔2024〕1号"]


@pytest.mark.parametrize("tick", ["√", "是", "✔", "v", "1"])
def test_an_empty_register_is_accepted_where_no_records_is_ticked(read, tick):
    cover = [*COVER[:3], ["本年无记录", tick]]

    assert read(cover=cover).records == ()


def test_personal_fields_are_looked_at_and_not_kept(read):
    head, row = with_columns(applicant_name="赵某", applicant_id="110101", applicant_contact="138", subject="档案")
    ((_, record),) = read(row, head=head).records

    assert set(record) == {"number", "received_on", "applicant", "subject"}


def test_sheets_without_a_register_are_passed_over_and_several_registers_are_read(tmp_path):
    path = tmp_path / "全年.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("填表说明").write(0, 0, "请逐项填写")
        for name, cover, head, row in (
            ("申请", COVER, HEAD, ROW),
            (
                "收费",
                [*COVER[:2], ["登记表", "收费台账"]],
                ["项目名称", "收缴日期", "金额（元）"],
                ["占道费", "2024-05-01", 12.5],
            ),
        ):
            page = book.add_worksheet(name)
            for i, line in enumerate([*cover, head, row]):
                page.write_row(i, 0, line)
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=申请!$A$6:$A$7"})
        book.add_chartsheet("图").set_chart(chart)
    said = read_file(path, find_office)
    sheets, problems = said.sheets, said.problems

    assert problems == ()
    assert [(sheet.sheet, sheet.register, len(sheet.records)) for sheet in sheets] == [
        ("申请", "requests", 1), ("收费", "charges", 1),
    ]  # fmt: skip


def test_text_that_looks_like_a_formula_stays_the_text_it_is(read):
    ((_, record),) = read(["=A1", *ROW[1:]]).records

    assert record["number"] == "=A1"


# --- mistakes, each with its place ----------


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (1, "2024-02-30", "台账.csv 第 7 行 “收到申请之日”列：没有这一天（填的是“2024-02-30”）"),
        (2, "自燃人", "台账.csv 第 7 行 “申请人类别”列：不是可填的内容；是不是“自然人”？（可填：自然人、"),
        (4, "公开了", "台账.csv 第 7 行 “答复类型”列：不是可填的内容"),
        (4, "第十四条", "台账.csv 第 7 行 “答复类型”列：对应好几种结果（“1.属于国家秘密”、"),
        (4, "#VALUE!", "台账.csv 第 7 行 “答复类型”列：这一格的公式出错了，请改成数值或文字（填的是“#VALUE!”）"),
        (0, "", "台账.csv 第 7 行 “申请编号”列：必填，不能空"),
        (0, "a\x07b", "台账.csv 第 7 行 “申请编号”列：里面有不能保存的控制字符"),
    ],
)
def test_a_wrong_cell_is_told_with_file_row_column_and_value(read, column, value, said):
    row = [*ROW]
    row[column] = value
    (problem,) = read(row)

    assert said in problem


def test_a_wrong_cell_of_a_workbook_is_told_with_its_sheet_too(tmp_path):
    path = tmp_path / "台账.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("登记")
        for i, line in enumerate([*COVER, HEAD, ROW, ["2", "2024-03-01", "自然人", "2024-13-20", "予以公开"]]):
            page.write_row(i, 0, line)
    (problem,) = read_file(path, find_office).problems

    assert str(problem) == "台账.xlsx 工作表“登记” 第 8 行 “答复日”列：没有这一天（填的是“2024-13-20”）"


def test_a_formula_that_failed_is_told_and_not_taken_for_an_empty_cell(tmp_path):
    path = tmp_path / "台账.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("说明 & 其他").write_formula(0, 0, "=1/0", None, "#DIV/0!")
        page = book.add_worksheet("登记 & 台账")
        for i, line in enumerate([*COVER, HEAD, [*ROW[:3], "", ""]]):
            page.write_row(i, 0, line)
        page.write_formula(6, 3, "=A1+1", None, "#VALUE!")
    (problem,) = read_file(path, find_office).problems

    assert str(problem) == (
        "台账.xlsx 工作表“登记 & 台账” 第 7 行 “答复日”列：这一格的公式出错了，请改成数值或文字（填的是“#VALUE!”）"
    )


def test_a_formulas_value_is_read_and_not_its_text(tmp_path):
    path = tmp_path / "台账.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("登记")
        for i, line in enumerate([*COVER, HEAD, ROW]):
            page.write_row(i, 0, line)
        page.write_formula(6, 0, "=1+1", None, 2)
    (sheet,) = read_file(path, find_office).sheets

    assert sheet.records[0][1]["number"] == "2"


def test_a_personal_value_is_never_repeated_in_a_message(read):
    head, row = with_columns(applicant_name="赵\x07某")
    (problem,) = read(row, head=head)

    assert "“申请人名称”列" in problem
    assert "赵" not in problem


def test_a_confidential_value_is_not_repeated_in_a_message_either(read):
    head, row = with_columns(subject="某人的\x07档案")
    (problem,) = read(row, head=head)

    assert "“申请内容摘要”列：里面有不能保存的控制字符" in problem
    assert "档案" not in problem


def test_everything_wrong_in_a_file_is_told_at_once(read):
    problems = read(["", *ROW[1:]], [*ROW[:2], "甲", *ROW[3:]], [*ROW[:1], "x", *ROW[2:]])

    assert [problem.partition("：")[0] for problem in problems] == [
        "台账.csv 第 7 行 “申请编号”列", "台账.csv 第 8 行 “申请人类别”列", "台账.csv 第 9 行 “收到申请之日”列",
        "台账.csv 第 9 行 “申请编号”列",
    ]  # fmt: skip


def test_of_far_too_many_mistakes_the_first_are_told_and_the_reading_ends(read):
    problems = read(*(["", "昨天", "人", "x", "y"] for _ in range(9000)))

    assert len(problems) == 6
    assert "（500 格：第 7、8、" in problems[0]
    assert "错误太多，看到 2000 处就停了" in problems[-1]


def test_a_number_that_excel_took_for_a_day_is_refused_and_a_text_only_shown_as_one():
    schema = registers()["requests"]
    with pytest.raises(ValueError, match="被 Excel 认成了日期"):
        parse(schema["number"], date(2024, 3, 1))
    assert parse(schema["topic"], date(2024, 3, 1)) == "2024-03-01"


def test_a_heading_nobody_knows_is_told_with_the_nearest(read):
    problems = read([*ROW, "x"], head=[*HEAD, "答复文好"])

    assert problems == [
        "台账.csv 第 6 行 “F”列：不认得这个栏目；是不是“答复文号”？请改表头，或在 params/columns.yaml 的"
        "“依申请公开登记表:”下面加一行“  答复文好: 答复文号”（冒号后写我们的栏目名，不要这一列就写“忽略”）（填的是“答复文好”）"
    ]


def test_a_heading_given_twice_is_told(read):
    assert read([*ROW, "2024-04-01"], head=[*HEAD, "落款日期"]) == [
        "台账.csv 第 6 行 “F”列：“答复日”这一栏有两列，请只留一列（填的是“落款日期”）"
    ]


def test_a_required_heading_that_is_missing_is_told(read):
    assert read(["2024-03-01", "2024-03-20", "予以公开"], head=HEAD[1:2] + HEAD[3:]) == [
        "台账.csv 第 6 行：缺“申请编号”这一栏", "台账.csv 第 6 行：缺“申请人类别”这一栏",
    ]  # fmt: skip


def test_a_number_given_twice_is_told_with_both_rows(read):
    assert read(ROW, [*ROW[:4], "部分公开"]) == ["台账.csv 第 8 行 “申请编号”列：与第 7 行重复（填的是“1”）"]


@pytest.mark.parametrize(
    ("cover", "said"),
    [
        ([["年度", "2024"]], "没有写明单位"),
        ([["单位", "minzheng"]], "没有写明年度"),
        ([["单位", "minzheng"], ["年度", "24年"]], "台账.csv 第 2 行：年度写的不是一个四位数的年份"),
        ([["单位", "民政局"], ["年度", "2024"]], "台账.csv 第 1 行：单位表里没有“民政局”"),
        ([["单位", ""], ["年度", "2024"]], "没有写明单位"),
        ([["单位", "", "年度", "2024"]], "没有写明单位"),
        ([*COVER[:3], ["本年无记录", "大概"]], "台账.csv 第 4 行：“本年无记录”只能打“√”或留空（填的是“大概”）"),
        ([*COVER[:3], ["本年无记录", "√"]], "台账.csv 第 4 行：勾了“本年无记录”，表里却有 1 条记录"),
        ([*COVER[:2], ["登记表", "申请登计表"]], "台账.csv 第 3 行：没有“申请登计表”这张登记表；是不是"),
    ],
)
def test_a_wrong_cover_line_is_told(read, cover, said):
    assert any(said in problem for problem in read(ROW, cover=cover))


def test_a_cover_that_says_otherwise_than_the_one_importing_is_told(read):
    assert read(ROW, given=ImportOptions(year=2023)) == [
        "台账.csv 第 2 行：写的年度和 --year 指定的 2023 不一致（填的是“2024”）"
    ]
    assert read(ROW, given=ImportOptions(code_or_name="caizheng".replace("caizheng", "示例市财政局"))) == [
        "台账.csv 第 1 行：写的单位和 --office 指定的“示例市财政局”不一致（填的是“示例市民政局”）"
    ]
    assert read(ROW, given=ImportOptions(code_or_name="minzheng", year=2024)).code == "minzheng"


def test_an_office_and_year_that_are_assumed_hold_only_where_the_cover_does_not_say(read):
    given = ImportOptions(code_or_name="caizheng", year=2023, assumed=True)

    assert (read(ROW, given=given).code, read(ROW, given=given).year) == ("minzheng", 2024)


def test_an_empty_register_that_is_not_ticked_is_told(read):
    assert read() == ["台账.csv 第 4 行：表里没有记录；确实没有的，请在“本年无记录”后打“√”"]


def test_a_register_named_and_not_found_is_told(read):
    (problem,) = read(head=["甲", "乙", "丙"])

    assert "没有找到依申请公开登记表的表头（应有“申请编号”等栏目）" in problem


def test_a_file_without_any_register_is_told(read):
    (problem,) = read(cover=[["随便"]], head=["甲", "乙"])

    assert problem.startswith("台账.csv：没有找到登记表：没有一行像是表头（认得的登记表有：依申请公开登记表、")


def test_a_number_in_two_sheets_of_one_register_with_other_answers_is_told(tmp_path):
    path = tmp_path / "台账.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, answer in (("一", "予以公开"), ("二", "部分公开")):
            page = book.add_worksheet(name)
            for i, line in enumerate([*COVER, HEAD, [*ROW[:4], answer]]):
                page.write_row(i, 0, line)
    said = read_file(path, find_office)
    sheets, (problem,) = said.sheets, said.problems

    assert sheets == ()
    assert str(problem) == "台账.xlsx 工作表“二” 第 7 行 “申请编号”列：与工作表“一”第 7 行重复，内容却不一样"


def test_one_wrong_sheet_refuses_the_whole_file(tmp_path):
    path = tmp_path / "台账.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, year, row in (("好", "2024", ROW), ("坏", "2023", ["", *ROW[1:]])):
            page = book.add_worksheet(name)
            for i, line in enumerate([COVER[0], ["年度", year], *COVER[2:], HEAD, row]):
                page.write_row(i, 0, line)
    said = read_file(path, find_office)
    sheets, problems = said.sheets, said.problems

    assert sheets == ()
    assert [problem.sheet for problem in problems] == ["坏"]


# --- what a record cannot be counted without ----------


@pytest.mark.parametrize(
    ("given", "column", "said"),
    [
        ({"received_on": ""}, "收到申请之日", "没有收到申请之日"),
        ({"received_on": "", "arrived_on": "2024-03-01"}, "收到申请之日", "没有收到申请之日"),
        ({"replied_on": "2024-03-20"}, "答复类型", "填了答复日，就要填答复类型"),
        ({"replied_on": "2024-03-20", "disposition": "（六）其他处理"}, "答复类型", "要写到最细的一项"),
        ({"received_on": "", "channel": "当面", "arrived_on": "2024-03-01", "disposition": "其他处理"},
         "答复类型", "要写到最细的一项"),
        ({"received_on": "2020-12-01", "replied_on": "2020-12-30", "delivery": "邮寄", "posted_on": "2021-01-04",
          "disposition": "（六）其他处理"}, "答复类型", "要写到最细的一项"),
        ({"fee_paid": "20"}, "缴费日", "填了实缴金额，就要填缴费日"),
    ],
)  # fmt: skip
def test_a_request_that_could_not_be_counted_is_refused(read, given, column, said):
    head, row = with_columns(**given)
    (problem,) = read(row, head=head)

    assert problem.startswith(f"台账.csv 第 7 行 “{column}”列：{said}")


@pytest.mark.parametrize(
    "given",
    [
        {"received_on": "2020-12-01", "replied_on": "2020-12-30", "disposition": "（六）其他处理"},
        {"received_on": "", "channel": "互联网", "arrived_on": "2024-12-30"},
        {"received_on": "", "channel": "当面", "arrived_on": "2024-12-30"},
    ],
)
def test_a_request_that_can_be_counted_is_accepted(read, given):
    head, row = with_columns(**given)

    assert len(read(row, head=head).records) == 1


@pytest.mark.parametrize(
    ("register", "head", "row", "said"),
    [
        ("行政复议登记表", ["复议案号", "收到答复通知书日", "结案日"], ["1", "2024-05-01", "2024-08-01"],
         "“结案方式”列：案件已结，要填怎样结的"),
        ("行政复议登记表", ["复议案号", "复议机关"], ["1", "市政府"], "“收到答复通知书日”列：没有日期"),
        ("行政诉讼登记表", ["案号", "本机关身份", "收到应诉通知日", "生效日"],
         ["1", "原行为主体", "2024-05-01", "2024-09-01"],
         "“裁判方式”列"),
        ("权责事项登记表", ["事项编码", "事项名称", "类别", "年初是否在列"],
         ["1", "甲", "行政许可", "否"], "“本年增加日”列"),
        ("填报数登记表", ["数字", "原因", "责任人", "填报日期"],
         ["1", "无", "王", "2025-01-01"], "“表”列：要写明表、行、列"),
        ("填报数登记表", ["表", "行", "列", "数字", "原因", "责任人", "填报日期"],
         ["表五", "甲", "乙", "1", "无", "王", "2025-01-01"], "“表”列：没有“表五”这张表（可填：表二、表三、表四）"),
    ],
)  # fmt: skip
def test_a_record_of_another_register_that_could_not_be_counted_is_refused(read, register, head, row, said):
    (problem,) = read(row, cover=[*COVER[:2], ["登记表", register]], head=head)

    assert said in problem


# --- files that cannot be opened ----------


CHANCE = random.Random(1).randbytes(4000)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("台账.docx", b"x", "只能导入 xlsx、xls 和 csv 文件"),
        ("台账.xlsx", b"this is no workbook", "打不开，可能已损坏"),
        ("台账.xlsx", b"", "打不开"),
        ("台账.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "打不开"),
        ("台账.csv", b"\x81\xff,\xff", "文字编码认不出来"),
        ("台账.xlsx", b"%TSD-Header-###%" + CHANCE, "没有坏，是单位的加密软件（亿赛通）加了密"),
        ("台账.csv", b"%TSD-Header-###%" + CHANCE[:10], "没有坏，是单位的加密软件（亿赛通）加了密"),
        ("台账.xlsx", CHANCE, "可能是单位的加密软件.*也可能已损坏"),
        ("台账.xls", CHANCE, "可能是单位的加密软件.*也可能已损坏"),
        ("台账.csv", CHANCE, "可能是单位的加密软件.*也可能已损坏"),
        ("台账.xlsx", "申请编号，申请人类别".encode("gb18030") * 200, "打不开，可能已损坏，或者不是"),
        ("台账.csv", '单位,minzheng\n年度,"2024\n编号,类别\n'.encode(), "引号"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_by_its_name(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(RecordsError, match=f"{path.name}：.*{said}"):
        read_file(path, find_office)


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(RecordsError, match=r"找不到文件 没有\.csv"):
        read_file(Path("没有.csv"), find_office)


def test_an_empty_csv_file_is_told(tmp_path):
    (tmp_path / "空.csv").write_bytes(b"")

    (problem,) = read_file(tmp_path / "空.csv", find_office).problems
    assert "没有找到登记表" in str(problem)


def test_reading_does_not_depend_on_the_locale(read, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    assert os.environ["LC_ALL"] == "C"
    assert len(read(ROW).records) == 1


# --- registers.yaml ----------


def test_the_registers_are_those_of_the_issue():
    assert list(registers()) == [
        "requests", "reconsiderations", "lawsuits", "documents", "decisions", "items", "charges", "procurements",
        "publications", "matters", "activities", "declared",
    ]  # fmt: skip


@pytest.mark.parametrize("register", registers().values(), ids=lambda register: register.key)
def test_no_two_columns_of_a_register_answer_to_one_heading(register):
    words = ["".join(word.split()).lower() for field in register.fields for word in (field.heading, *field.aliases)]

    assert len(words) == len(set(words))
    assert {register.event, *register.identity} <= {field.key for field in register.fields}


@pytest.mark.parametrize("register", registers().values(), ids=lambda register: register.key)
def test_every_word_offered_is_accepted_and_shown_again(register):
    for field in register.fields:
        for word in field.allowed:
            assert field.label(str(parse(field, word))) == word


def test_every_disposition_of_every_notice_has_a_label():
    field = registers()["requests"]["disposition"]
    for form in (format_["requests"] for format_ in formats()):
        for row, _ in form.cells:
            if row.startswith("dispositions.") and row != "dispositions.total":
                assert field.label(row.removeprefix("dispositions.")) in form.address((row, "total"))[0]


def test_what_stands_under_no_heading_is_told_and_not_lost(tmp_path):
    path = tmp_path / "登记.csv"
    path.write_text(
        "单位,minzheng\n年度,2024\n登记表,依申请公开登记表\n申请编号,收到申请之日,申请人类别,\n1,2024-02-03,自然人,备忘\n",
        encoding="utf-8",
    )
    said = read_file(path, lambda name: name)
    sheets, problems = said.sheets, said.problems

    assert sheets == ()
    assert "第 5 行 “D”列：这一列没有表头" in str(problems[0])
