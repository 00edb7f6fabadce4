"""What is struck out or hidden is asked about, cell by cell or once, and read as answered: never 5030 for a struck-out 50 and 30."""

from __future__ import annotations

from decimal import Decimal

import openpyxl
import pytest
from corpus.packages import parts, rows_xml, sheet_xml, zipped
from corpus.struck import Mixed, Out, Sheet, written
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from gktools.registers.intake import marking
from gktools.registers.intake.files import open_pages
from gktools.registers.intake.reading import read_file
from gktools.registers.intake.templates import write_templates
from gktools.registers.questions import Answers
from gktools.registers.schema import registers
from registers_cases.desk import CHARGES, HEAD, NAME, REQUESTS, YEAR, day, request

WORKBOOKS = ("xlsx", "xls")
FEES = [*CHARGES, ["项目名称", "收缴日期", "票据号", "金额（元）"]]
AT = len(FEES)
"""The row of the first record, from 0."""


def fee(amount: object, number: str = "甲1", on: object = "2024-03-05") -> list[object]:
    return ["工本费", on, number, amount]


def struck(row: list[object]) -> list[object]:
    """A row with every filled cell struck out."""
    return [Out(value) if value else "" for value in row]


def file(desk, kind: str, rows: list[list[object]], **looks):
    path = desk.home / f"台账.{kind}"
    path.write_bytes(written(kind, Sheet(rows, **looks)))
    return path


def answers(questions: list[dict], key: str) -> list[str]:
    """The options that give one answer to every question."""
    return [part for one in questions for part in ("--answer", f"{one['code']}:{one['subject']}={key}")]


def codes(questions: list[dict]) -> list[str]:
    return [question["code"] for question in questions]


# --- the cases ----------


def test_a_part_struck_out_in_an_amount_is_asked_with_both_readings(desk, shared):
    path = desk.case(shared, "registers/c07b-格内删除线改数.xlsx")
    (question,) = desk.asked(path)

    assert (question["code"], question["place"]["rows"]) == ("struck.part", [6])
    assert question["place"]["column"] == "金额（元）"
    assert "划掉的是“50”，没划的是“30”，连起来读成“5030”" in question["text"]
    assert next((answer["key"], answer["effect"]) for answer in question["answers"]) == ("without", "按“30”导入")
    assert not any("5030" in answer["label"] + answer["effect"] for answer in question["answers"])

    told = desk.refused(path, *answers([question], "refuse"))
    assert told == ["这一格有一部分划了删除线；请删去不要的字，去掉要留的字的删除线，再导入"]
    (warning,) = desk.warnings(path, *answers([question], "without"))
    assert "已答" in warning
    assert "不要划掉的" in warning
    assert desk.wan() == Decimal("0.013")


@pytest.mark.parametrize(("key", "received"), [("take", 3), ("leave", 2)])
def test_a_row_struck_out_is_asked_about(desk, shared, key, received):
    path = desk.case(shared, "registers/c07-整行删除线.xlsx")
    (question,) = desk.asked(path)

    assert (question["code"], question["place"]["rows"]) == ("struck.rows", [7])
    (warning,) = desk.warnings(path, *answers([question], key))
    assert "第 7 行" in warning
    assert desk.figures("received", "dispositions.granted") == [received, received]


@pytest.mark.parametrize(("key", "received"), [("take", 4), ("leave", 2)])
def test_rows_hidden_by_a_filter_are_asked_about_once(desk, shared, key, received):
    path = desk.case(shared, "registers/c06-筛选隐藏行.xlsx")
    (question,) = desk.asked(path)

    assert (question["code"], question["place"]["rows"]) == ("hidden.rows", [7, 9])
    assert question["text"].startswith("筛选藏起了一些行")
    (warning,) = desk.warnings(path, *answers([question], key))
    assert "第 7、9 行" in warning
    assert desk.figures("received") == [received]


@pytest.mark.parametrize(("key", "granted"), [("take", 0), ("leave", 2)])
def test_a_hidden_column_is_asked_about(desk, shared, key, granted):
    path = desk.case(shared, "registers/c06b-隐藏列.xlsx")
    (question,) = desk.asked(path)

    assert (question["code"], question["place"]["column"]) == ("hidden.column", "书面撤回收到日")
    desk.loaded(path, *answers([question], key))
    kept = ["withdrawn_on" in row for row in desk.records("requests")]
    assert kept == [key == "take"] * 2
    assert desk.figures("received") == [2]


# --- every register, both kinds of workbook ----------


EXAMPLES = {
    "requests": (
        ["申请编号", "收到申请之日", "申请人类别", "书面撤回收到日"],
        ["甲1", "2024-03-05", "自然人", "2024-03-07"],
    ),
    "reconsiderations": (
        ["复议案号", "复议机关", "收到答复通知书日", "受理日"],
        ["复1", "某区人民政府", "2024-04-10", "2024-04-08"],
    ),
    "lawsuits": (
        ["案号", "审级", "本机关身份", "收到应诉通知日", "法院"],
        ["行初1", "一审", "原行为主体", "2024-07-03", "某法院"],
    ),
    "documents": (
        ["文件名", "文号", "类别", "公布日期", "有效期至"],
        ["某项办法", "规1", "行政规范性文件", "2024-05-06", "2026-05-06"],
    ),
    "decisions": (["决定文书号", "类别", "决定日期", "公示日期"], ["许1", "行政许可", "2024-03-11", "2024-03-15"]),
    "items": (
        ["事项编码", "事项名称", "类别", "年初是否在列", "本年取消日"],
        ["项1", "某事项", "行政许可", "是", "2020-03-01"],
    ),
    "charges": (["项目名称", "收缴日期", "金额（元）", "票据号"], ["工本费", "2024-03-31", "20", "甲1"]),
    "procurements": (
        ["项目编号", "是否集中采购", "合同日期", "合同金额（元）", "采购方式"],
        ["购1", "是", "2020-04-18", "99", "询价"],
    ),
    "publications": (["信息标题", "发布渠道", "发布日期", "条数"], ["某题", "政府网站", "2024-03-06", "3"]),
    "matters": (["事项类别", "办理日期", "数量"], ["某备案", "2024-03-05", "4"]),
    "activities": (["类型", "日期", "名称", "参加人数"], ["培训", "2024-05-17", "某培训", "36"]),
    "declared": (
        ["正文指标名", "数字", "原因", "责任人", "填报日期"],
        ["指标1", "7", "没有登记表", "经办", "2024-12-31"],
    ),
}
"""A heading and a record of every register; the last column but that of declared figures may be empty."""


def example(key: str) -> list[list[object]]:
    """A register with two records, the second with another number."""
    register = registers()[key]
    head, first = EXAMPLES[key]
    top = [["登记表", register.label], ["单位", NAME], ["年度", str(register.until or YEAR)]]
    return [
        *top,
        head,
        first,
        [first[0] + "2", *first[1:]] if key != "activities" else [*first[:2], "另一次", *first[3:]],
    ]


def test_every_register_has_an_example():
    assert EXAMPLES.keys() == registers().keys()


def read(path, *given: str):
    return read_file(path, lambda name: name, answers=Answers.parse(given))


def lines(path, *given: str) -> tuple[int, ...]:
    found = read(path, *given)
    assert (found.problems, found.questions) == ((), ())
    return found.sheets[0].lines


@pytest.mark.parametrize("kind", WORKBOOKS)
@pytest.mark.parametrize("key", EXAMPLES)
@pytest.mark.parametrize("way", ["struck", "hidden", "filtered"])
def test_a_row_of_any_register_is_asked_about_and_taken_or_left_as_answered(tmp_path, key, kind, way):
    rows = example(key)
    first, last = len(rows) - 2, len(rows) - 1
    looks = {} if way == "struck" else {"hidden_rows": (last,)}
    looks |= {"filtered": (first - 1, last)} if way == "filtered" else {}
    rows[last] = struck(rows[last]) if way == "struck" else rows[last]
    path = tmp_path / f"台账.{kind}"
    path.write_bytes(written(kind, Sheet(rows, **looks)))
    (question,) = read(path).questions

    assert question.code == ("struck.rows" if way == "struck" else "hidden.rows")
    assert question.place.rows == (last + 1,)
    said = f"{question.code}:{question.subject}"
    assert lines(path, f"{said}=take") == (first + 1, last + 1)
    assert lines(path, f"{said}=leave") == (first + 1,)


@pytest.mark.parametrize("kind", WORKBOOKS)
@pytest.mark.parametrize("key", [key for key in EXAMPLES if key != "declared"])
def test_a_hidden_column_of_any_register_is_asked_about_and_taken_or_left_as_answered(tmp_path, key, kind):
    rows = example(key)
    path = tmp_path / f"台账.{kind}"
    path.write_bytes(written(kind, Sheet(rows, hidden_columns=(len(rows[-1]) - 1,))))
    (question,) = read(path).questions
    said = f"{question.code}:{question.subject}"
    heading = rows[3][-1]
    (field,) = (field for field in registers()[key].fields if field.heading == heading)

    assert (question.code, question.place.column) == ("hidden.column", heading)
    assert field.key in read(path, f"{said}=take").sheets[0].columns
    left = read(path, f"{said}=leave").sheets[0].columns.get(field.key)
    assert left is None or set(left) == {field.default}, "an empty cell, which counts as one in some registers"


@pytest.mark.parametrize("kind", WORKBOOKS)
@pytest.mark.parametrize("key", EXAMPLES)
def test_a_cell_struck_out_in_part_of_any_register_is_read_without(tmp_path, key, kind):
    rows = example(key)
    rows[-1] = [*rows[-1][:-1], Mixed(f"~~8~~{rows[-1][-1]}")]
    path = tmp_path / f"台账.{kind}"
    path.write_bytes(written(kind, Sheet(rows)))
    (question,) = read(path).questions
    (sheet,) = read(path, f"{question.code}:{question.subject}=without").sheets
    (field,) = (field for field in registers()[key].fields if field.heading == rows[3][-1])

    assert question.code == "struck.part"
    assert len(set(sheet.columns[field.key])) == 1  # as in the record above it


# --- struck out in a cell ----------


@pytest.mark.parametrize("kind", WORKBOOKS)
@pytest.mark.parametrize(
    ("written_as", "wan"),
    [
        ("~~50~~30", "0.003"),
        ("30~~50~~", "0.003"),
        ("3~~5~~0", "0.003"),
        ("~~1~~2~~3~~4", "0.0024"),
        ("1~~,~~000", "0.1"),
    ],
)
def test_wherever_a_part_of_an_amount_is_struck_out_the_rest_is_read(desk, kind, written_as, wan):
    path = file(desk, kind, [*FEES, fee(Mixed(written_as))])
    questions = desk.asked(path)

    assert codes(questions) == ["struck.part"]
    desk.loaded(path, *answers(questions, "without"))
    assert desk.wan() == Decimal(wan)


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_part_of_a_day_is_struck_out(desk, kind):
    path = file(desk, kind, [*REQUESTS, HEAD, request("甲1", received=Mixed("~~2023~~2024-03-05"))])
    (question,) = desk.asked(path)

    assert question["place"]["column"] == "收到申请之日"
    assert "按“2024-03-05”导入" in question["answers"][0]["effect"]
    desk.loaded(path, *answers([question], "without"))
    assert str(desk.records("requests")[0]["received_on"])[:10] == "2024-03-05"


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_part_of_a_number_is_struck_out(desk, kind):
    path = file(desk, kind, [*REQUESTS, HEAD, request(Mixed("示〔2024〕~~1~~2号")), request("示〔2024〕1号")])
    (question,) = desk.asked(path)

    assert question["place"]["column"] == "申请编号"
    desk.loaded(path, *answers([question], "without"))
    assert sorted(row["number"] for row in desk.records("requests")) == ["示〔2024〕1号", "示〔2024〕2号"]


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_word_struck_out_beside_another_is_read_without(desk, kind):
    row = request("甲1")
    row[3] = Mixed("~~自然人~~商业企业")
    path = file(desk, kind, [*REQUESTS, HEAD, row])
    (question,) = desk.asked(path)

    desk.loaded(path, *answers([question], "without"))
    assert desk.figure("requests", "received", "organisation.business") == 1
    assert desk.figure("requests", "received", "natural_person") == 0


@pytest.mark.parametrize("kind", WORKBOOKS)
@pytest.mark.parametrize(("key", "finished"), [("take", True), ("leave", False)])
def test_a_day_struck_out_as_a_whole_counts_or_not(desk, kind, key, finished):
    row = request("甲1")
    row[4:] = ["", "", "", ""]
    head = [*HEAD, "书面撤回收到日"]
    path = file(desk, kind, [*REQUESTS, head, [*row, Out(day("2024-03-10"))]])
    (question,) = desk.asked(path)

    assert (question["code"], question["place"]["rows"]) == ("struck.cell", [5])
    assert "：“2024-03-10”" in question["text"]
    desk.loaded(path, *answers([question], key))
    assert ("withdrawn_on" in desk.records("requests")[0]) is finished


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_required_cell_that_is_left_out_is_a_mistake(desk, kind):
    path = file(desk, kind, [*FEES, fee(Out(50)), fee(30, "甲2")])
    (question,) = desk.asked(path)

    assert desk.refused(path, *answers([question], "leave")) == ["必填，不能空"]
    desk.loaded(path, *answers([question], "take"))
    assert desk.wan() == Decimal("0.008")


def test_each_cell_is_asked_about_and_each_answer_holds_for_its_own(desk):
    path = file(desk, "xlsx", [*FEES, fee(Mixed("~~50~~30")), fee(Mixed("~~70~~20"), "甲2"), fee(100, "甲3")])
    questions = desk.asked(path)

    assert [question["subject"] for question in questions] == ["台账/登记/D5", "台账/登记/D6"]
    still = desk.asked(path, *answers(questions[:1], "without"))
    assert [question["subject"] for question in still] == ["台账/登记/D6"]
    desk.loaded(path, *answers(questions, "without"))
    assert desk.wan() == Decimal("0.015")


def test_many_cells_of_a_column_are_asked_about_together(desk):
    path = file(desk, "xlsx", [*FEES, *(fee(Mixed(f"~~9~~{i}"), f"甲{i}") for i in range(1, 31))])
    (question,) = desk.asked(path)

    assert (question["subject"], len(question["place"]["rows"])) == ("台账/登记/D列", 30)
    desk.loaded(path, *answers([question], "without"))
    assert desk.wan() == Decimal(sum(range(1, 31))) / 10000


def test_runs_with_formats_of_their_own_do_not_follow_the_style_of_their_cell(tmp_path):
    path = tmp_path / "台账.xlsx"
    path.write_bytes(written("xlsx", Sheet([*FEES, fee(Mixed("~~50~~30")), fee(100, "甲2"), fee(40, "甲3")])))
    book = openpyxl.load_workbook(path, rich_text=True)
    for line in (AT + 1, AT + 2, AT + 3):
        book.active.cell(line, 4).font = Font(strike=True)
    plain = InlineFont(b=True)
    book.active.cell(AT + 3, 4).value = CellRichText("4", TextBlock(plain, "0"))  # only the 4 is as its cell is
    book.save(path)

    asked = {question.subject: question for question in read(path).questions}
    assert {subject: question.code for subject, question in asked.items()} == {
        "台账/登记/D5": "struck.part", "台账/登记/D6": "struck.cell", "台账/登记/D7": "struck.part",
    }  # fmt: skip
    assert "划掉的是“4”，没划的是“0”" in asked["台账/登记/D7"].text


@pytest.mark.parametrize("kind", WORKBOOKS)
@pytest.mark.parametrize("text", ["30~~ ~~", "~~ ~~30"])
def test_white_space_struck_out_asks_nothing(desk, kind, text):
    desk.loaded(file(desk, kind, [*FEES, fee(Mixed(text))]))

    assert desk.wan() == Decimal("0.003")


def test_what_a_personal_cell_says_is_not_told(desk):
    head = [*HEAD, "申请人名称", "证件号"]
    person = [Mixed("~~示例人甲~~示例人乙"), Mixed("~~45678901~~45678902")]
    path = file(desk, "xlsx", [*REQUESTS, head, request("甲1", *person), request("甲2", Out("示例人丙"), "")])
    questions = desk.asked(path)

    assert sorted(codes(questions)) == ["struck.cell", "struck.part", "struck.part"]
    assert not any(word in str(questions) for word in ("示例人", "4567890"))
    _, out, err = desk.command("records", "import", path)
    assert not any(word in out + err for word in ("示例人", "4567890"))


# --- headings and cover lines ----------


@pytest.mark.parametrize("kind", WORKBOOKS)
@pytest.mark.parametrize("key", ["take", "leave"])
def test_a_heading_struck_out_over_merged_columns_is_asked_about_once(desk, kind, key):
    row = len(REQUESTS)
    over = [*HEAD, Out("补正"), ""]
    under = [*[""] * len(HEAD), "补正告知日", "收到补正日"]
    rows = [*REQUESTS, over, under, request("甲1", "2024-03-06", "2024-03-10")]
    path = file(desk, kind, rows, merged=((row, len(HEAD), row, len(HEAD) + 1),))
    (question,) = desk.asked(path)

    assert question["code"] == "struck.column"
    desk.loaded(path, *answers([question], key))
    (record,) = desk.records("requests")
    assert ("corrected_on" in record, "correction_notified_on" in record) == ((key == "take",) * 2)


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_heading_struck_out_in_part_is_read_without(desk, kind):
    head = [*HEAD[:2], Mixed("~~登记日期~~收到申请之日"), *HEAD[3:]]
    path = file(desk, kind, [*REQUESTS, head, request("甲1")])
    (question,) = desk.asked(path)

    assert (question["code"], question["place"]["rows"]) == ("struck.part", [4])
    desk.loaded(path, *answers([question], "without"))
    assert desk.figures("received") == [1]


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_year_struck_out_in_part_is_asked_about(desk, kind):
    rows = [["登记表", "依申请公开登记表"], ["单位", NAME], ["年度", Mixed("~~2023~~2024")], HEAD, request("甲1")]
    path = file(desk, kind, rows)
    (question,) = desk.asked(path)

    assert question["place"]["rows"] == [3]
    desk.loaded(path, *answers([question], "without"))
    assert desk.figures("received") == [1]


@pytest.mark.parametrize(("key", "year"), [("take", 2023), ("leave", 2024)])
def test_a_cover_line_struck_out_above_another_is_asked_about(desk, key, year):
    top = [["登记表", "依申请公开登记表"], ["单位", NAME], struck(["年度", "2023"]), ["年度", "2024"]]
    path = file(desk, "xlsx", [*top, HEAD, request("甲1", received="2023-03-05" if year == 2023 else "2024-03-05")])
    (question,) = desk.asked(path)

    assert question["code"] == "struck.rows"
    (result,) = desk.take(path, *answers([question], key))["results"]
    assert [one["year"] for one in result["registers"]] == [year]


# --- rows and columns ----------


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_rows_hidden_by_hand_are_asked_about_block_by_block(desk, kind):
    rows = [*FEES, *(fee(10 * 2**i, f"甲{i}") for i in range(6))]
    path = file(desk, kind, rows, hidden_rows=(AT, AT + 1, AT + 4))
    questions = desk.asked(path)

    assert [question["subject"] for question in questions] == ["台账/登记/第5-6行", "台账/登记/第9行"]
    desk.loaded(path, *answers(questions[:1], "leave"), *answers(questions[1:], "take"))
    assert desk.wan() == Decimal(10 * (4 + 8 + 16 + 32)) / 10000


def test_many_hidden_blocks_are_asked_about_together(desk):
    rows = [*FEES, *(fee(10, f"甲{i}") for i in range(60))]
    path = file(desk, "xlsx", rows, hidden_rows=tuple(range(AT, AT + 60, 2)))
    (question,) = desk.asked(path)

    assert question["subject"] == "台账/登记/隐藏的行"
    desk.loaded(path, *answers([question], "leave"))
    assert desk.wan() == Decimal("0.03")


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_rows_below_a_filter_that_are_hidden_by_hand_are_a_question_of_their_own(desk, kind):
    path = file(
        desk,
        kind,
        [*FEES, fee(10), fee(20, "甲2"), fee(40, "甲3")],
        hidden_rows=(AT, AT + 2),
        filtered=(AT - 1, AT + 1),
    )
    questions = desk.asked(path)

    subjects = [question["subject"].rpartition("/")[2] for question in questions]
    assert subjects == (["筛选", "第7行"] if kind == "xlsx" else ["筛选"])  # an XLS says only that it filters


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_hidden_column_that_is_required_cannot_be_left_out(desk, kind):
    path = file(desk, kind, [*FEES, fee(10)], hidden_columns=(3,))
    (question,) = desk.asked(path)

    assert "必填" in question["answers"][1]["effect"]
    assert desk.refused(path, *answers([question], "leave")) == ["缺“金额（元）”这一栏"]
    desk.loaded(path, *answers([question], "take"))
    assert desk.wan() == Decimal("0.001")


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_hidden_column_with_no_heading_or_one_unknown_is_gone_when_left_out(desk, kind):
    head = [*FEES[-1], "旧金额", ""]
    path = file(desk, kind, [*FEES[:-1], head, [*fee(10), "99", "77"]], hidden_columns=(4, 5))
    found = desk.take(path)

    assert codes(found["questions"]) == ["hidden.column", "hidden.column"]
    desk.loaded(path, *answers(found["questions"], "leave"))
    assert desk.wan() == Decimal("0.001")


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_hidden_second_column_of_one_heading_may_be_left_out(desk, kind):
    rows = [*FEES[:-1], ["项目名称", "收缴日期", "票据号", "金额（元）", "金额（元）"], [*fee(10), 99]]
    path = file(desk, kind, rows, hidden_columns=(4,))
    found = desk.take(path)

    assert (codes(found["questions"]), found["problems"]) == (["hidden.column"], [])
    desk.loaded(path, *answers(found["questions"], "leave"))
    assert desk.wan() == Decimal("0.001")


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_row_struck_out_and_written_anew_is_no_repetition(desk, kind):
    old = request("甲1")
    old[7] = "不予公开"
    path = file(desk, kind, [*REQUESTS, HEAD, struck(old), request("甲1")])
    found = desk.take(path)

    assert (codes(found["questions"]), found["problems"]) == (["struck.rows"], [])
    desk.loaded(path, *answers(found["questions"], "leave"))
    assert desk.figures("received", "dispositions.granted") == [1, 1]


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_struck_row_with_its_prepared_number_is_a_struck_row(desk, kind):
    rows = [*FEES[:-1], ["序号", *FEES[-1]], [1, *struck(fee(50))], [2, *fee(30, "甲2")]]
    path = file(desk, kind, rows)
    (question,) = desk.asked(path)

    assert question["code"] == "struck.rows"
    desk.loaded(path, *answers([question], "leave"))
    assert desk.wan() == Decimal("0.003")


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_sheet_of_which_all_records_are_hidden_asks_and_does_not_say_that_it_has_none(desk, kind):
    path = file(desk, kind, [*FEES, fee(10)], hidden_rows=(AT,))
    found = desk.take(path)

    assert (codes(found["questions"]), found["problems"]) == (["hidden.rows"], [])
    assert "表里没有记录" in desk.refused(path, *answers(found["questions"], "leave"))[0]


def test_rows_and_columns_drawn_together_to_nothing_are_hidden(desk):
    sheet = sheet_xml(
        rows_xml([*FEES, fee(10), fee(20, "甲2")]).replace(f'<row r="{AT + 1}"', f'<row r="{AT + 1}" ht="0"')
    )
    path = desk.home / "台账.xlsx"
    path.write_bytes(
        zipped(parts(sheet.replace("<sheetData>", '<cols><col min="3" max="3" width="0"/></cols><sheetData>')))
    )

    assert sorted(codes(desk.asked(path))) == ["hidden.column", "hidden.rows"]


# --- what asks nothing ----------


def quiet() -> dict[str, Sheet]:
    """Sheets whose one fee of 30 元 is not in question."""
    fine = [*FEES, fee(30)]
    return {
        "没有格用的样式和条件格式": Sheet(fine, unused=True),
        "隐藏的空行": Sheet([*fine, [], []], hidden_rows=(AT + 1, AT + 2)),
        "隐藏的空列": Sheet([[*row, ""] for row in fine], hidden_columns=(4, 5)),
        "隐藏的序号": Sheet([*FEES[:-1], ["序号", *FEES[-1]], [1, *fee(30)]], hidden_columns=(0,)),
        "隐藏的标题": Sheet([["收费台账"], *fine], hidden_rows=(0,)),
        "划掉的标题": Sheet([[Out("收费台账")], *fine]),
        "隐藏的合计": Sheet([*fine, ["合计", "", "", 30]], hidden_rows=(AT + 1,)),
        "划掉的合计": Sheet([*fine, struck(["合计", "", "", 30])]),
        "划掉的备注": Sheet([*fine, [Out("填表人：示例")]]),
        "划掉的空格": Sheet([*FEES, [*fee(30), Out(" ")]]),
        "筛选没有藏起": Sheet(fine, filtered=(AT - 1, AT)),
        "下面只填了序号的隐藏行": Sheet([*FEES[:-1], ["序号", *FEES[-1]], [1, *fee(30)], [2]], hidden_rows=(AT + 1,)),
    }


@pytest.mark.parametrize("kind", WORKBOOKS)
@pytest.mark.parametrize("name", quiet())
def test_what_is_no_record_asks_nothing(desk, kind, name):
    path = desk.home / f"台账.{kind}"
    path.write_bytes(written(kind, quiet()[name]))
    found = desk.loaded(path)

    assert found["results"][0]["warnings"] == []
    assert desk.wan() == Decimal("0.003")


def test_a_sheet_that_is_no_register_asks_nothing(desk):
    path = desk.home / "台账.xlsx"
    notes = Sheet([[Out("不用了")], [Mixed("~~甲~~乙")], ["丙"]], hidden_rows=(2,), hidden_columns=(0,), name="说明")
    path.write_bytes(written("xlsx", Sheet([*FEES, fee(30)]), notes))

    desk.loaded(path)
    assert desk.wan() == Decimal("0.003")


def test_our_templates_strike_out_and_hide_nothing_that_is_asked_about(tmp_path):
    for path in write_templates(tmp_path, NAME, YEAR):
        assert not any(page.looks for page in open_pages(path))


# --- files ----------


def test_an_answer_holds_for_its_own_file_only(desk):
    sheet = written("xlsx", Sheet([*FEES, fee(Mixed("~~50~~30"))]))
    paths = [desk.home / f"{month}月.xlsx" for month in (1, 2)]
    for path in paths:
        path.write_bytes(sheet)
    questions = desk.asked(*paths)

    assert [question["subject"] for question in questions] == ["1月/登记/D5", "2月/登记/D5"]
    still = desk.asked(*paths, *answers(questions[:1], "without"))
    assert [question["subject"] for question in still] == ["2月/登记/D5"]


@pytest.mark.parametrize("kind", WORKBOOKS)
@pytest.mark.parametrize("large", [False, True])
def test_a_marked_copy_asks_what_its_file_asked_and_takes_the_same_answers(desk, monkeypatch, kind, large):
    monkeypatch.setattr(marking, "_SMALL", 0 if large else 30 * 2**20)
    rows = [*FEES, fee(Mixed("~~50~~30")), fee(Out(70), "甲2"), struck(fee(1, "甲3")), fee(2, "甲4"), fee(4, "甲5")]
    path = file(desk, kind, rows, hidden_rows=(AT + 3,), hidden_columns=(2,), filtered=(AT - 1, AT + 4))
    questions = desk.asked(path)
    copy = desk.take(path)["results"][0]["marked"]
    again = desk.asked(copy)

    assert sorted(codes(again)) == ["hidden.column", "hidden.rows", "struck.cell", "struck.part", "struck.rows"]
    assert [(one["code"], one["subject"]) for one in again] == [(one["code"], one["subject"]) for one in questions]
    kept = {"struck.part": "without", "struck.cell": "take"}
    given = [part for one in questions for part in answers([one], kept.get(one["code"], "leave"))]
    desk.loaded(copy, *given)
    assert desk.wan() == Decimal("0.0104")


def test_a_marked_copy_of_a_file_without_any_of_it_asks_nothing(desk):
    path = file(desk, "xlsx", [*FEES, fee("三十")])
    copy = desk.take(path)["results"][0]["marked"]
    book = openpyxl.load_workbook(copy)
    book["登记"].cell(AT + 1, 4).value = 30
    book.save(copy)

    desk.loaded(copy)
    assert desk.wan() == Decimal("0.003")
