"""A question is a value: asked once with ready answers, nothing kept until it is answered, the answer kept with the import."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from gktools.errors import GktoolsError, ParamsError
from gktools.registers.intake.headings import TAKEN
from gktools.registers.intake.own_words import read_own_words
from gktools.registers.questions import Answer, Answers, Inquiry, Question, QuestionPlace, kinds
from gktools.registers.schema import registers
from gktools.registers.store.opening import open_store
from registers_cases.desk import CHARGES, HEAD, KINDS, REQUESTS, request

ROOT = Path(__file__).parents[2]
FEES = [*CHARGES, ["项目名称", "收缴日期", "票据号", "金额（元）"]]
PAID_BACK = [*FEES, ["工本费", "2024-03-05", "甲1", "100"], ["工本费", "2024-03-06", "甲2", "-30"]]


def asked(**values) -> Question:
    place = QuestionPlace("台账.csv", "登记", (7, 9), "金额（元）", 3)
    return Question.of("amount.negative", "金额（元）", place, {"heading": "金额（元）", **values})


# --- the value ----------


def test_a_question_is_a_frozen_value_with_ready_answers():
    question = asked()

    assert question == asked()
    assert [answer.key for answer in question.answers] == ["net", "leave"]
    assert question.answers[0].ready == '--answer "amount.negative:金额（元）=net"'
    assert str(question).startswith("台账.csv 工作表“登记” 第 7、9 行 “金额（元）”列：“金额（元）”列有负数")
    with pytest.raises(FrozenInstanceError):
        question.subject = "x"


def test_choices_found_in_the_file_stand_before_the_answers_of_the_kind():
    question = Question.of(
        "amount.negative", "金额", QuestionPlace(), {"heading": "金额"}, [Answer("x", "{heading}甲", "乙")]
    )

    assert next((answer.key, answer.label) for answer in question.answers) == ("x", "金额甲")


def test_every_kind_of_question_is_documented_and_says_what_its_answers_do():
    page = (ROOT / "docs/questions.md").read_text(encoding="utf-8")

    for kind in kinds().values():
        assert f"`{kind.code}`" in page
        assert kind.about in page
        assert all(answer.label and answer.effect for answer in kind.answers)
        assert kind.kept == "import" or kind.ready or all(answer.ready for answer in kind.answers)
    assert page.partition("| code |")[2].count("\n| `") == len(kinds())


def test_every_question_about_a_heading_is_one_of_the_registry():
    codes = {code for register in registers().values() for field in register.fields for code in field.unsure.values()}

    assert codes
    assert all(f"{code}.alone" in kinds() for code in codes - {TAKEN})
    assert "receipt.beside" in kinds()  # a second lawful day; other such columns are passed over, and told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("amount.negative", "写得不对"), ("amount.negative:金额", "写得不对"), ("amount.negativ:金额=net", "是不是“amount.negative”"),
        ("receipt.alone:受理日期=received", "params/columns.yaml"),
    ],
)  # fmt: skip
def test_an_option_that_answers_nothing_is_told(text, said):
    with pytest.raises(GktoolsError, match=said):
        Answers.parse([text])


def test_two_answers_to_one_question_are_refused():
    with pytest.raises(GktoolsError, match="两个不同的答案"):
        Answers.parse(["amount.negative:金额=net", "amount.negative:金额=leave"])


def test_a_question_asked_twice_is_one_with_the_rows_of_both():
    inquiry = Inquiry()
    for rows in ((7,), (9, 7)):
        assert (
            inquiry.ask(Question.of("amount.negative", "金额", QuestionPlace(rows=rows), {"heading": "金额"})) is None
        )

    assert [question.place.rows for question in inquiry.open] == [(7, 9)]


# --- at import ----------


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_paid_back_is_asked_and_counted_as_answered(desk, kind):
    path = desk.file(PAID_BACK, kind)
    (question,) = desk.asked(path)

    assert (question["code"], question["subject"], question["kept"]) == ("amount.negative", "金额（元）", "import")
    assert question["place"]["rows"] == [6]
    assert not (desk.home / "records.db").exists()

    net = desk.take(path, "--answer", "amount.negative:金额（元）=net", "--as", "王某", "--reason", "退付凭证在案")
    assert net["exit"] == 0
    assert desk.wan() == Decimal("0.007")
    with open_store(desk.home) as store:
        told = [warning for covered in store.coverage() for warning in covered.warnings]
    assert any("冲减（王某，退付凭证在案）" in warning for warning in told)


def test_rows_left_out_by_an_answer_are_not_counted(desk):
    desk.loaded(desk.file(PAID_BACK), "--answer", "amount.negative:金额（元）=leave")

    assert desk.wan() == Decimal("0.01")


def test_where_an_amount_cannot_be_paid_back_a_negative_one_is_a_mistake(desk):
    rows = [*REQUESTS, [*HEAD, "实缴金额（元）", "缴费日"], request("甲1", "-5", "2024-03-06")]

    assert desk.refused(desk.file(rows)) == ["金额不能为负，最多两位小数（单位：元）"]


def test_an_answer_that_is_none_of_the_questions_leaves_it_open(desk):
    (question,) = desk.asked(desk.file(PAID_BACK), "--answer", "amount.negative:金额（元）=0")

    assert [answer["key"] for answer in question["answers"]] == ["net", "leave"]


def test_nothing_is_imported_while_one_file_of_the_command_is_asked_about(desk):
    good = desk.file([*REQUESTS, HEAD, request("甲1")])
    found = desk.take(good, desk.file(PAID_BACK))

    assert (found["exit"], [result["result"] for result in found["results"]]) == (1, ["held", "asked"])
    assert not (desk.home / "records.db").exists()


def test_on_screen_a_question_of_several_files_is_asked_once_with_the_option_ready(desk):
    code, out, err = desk.command("records", "import", desk.file(PAID_BACK), desk.file(PAID_BACK, "xlsx"))

    assert code == 1
    assert err.count("是退付、红冲，还是填错了") == 1
    assert '--answer "amount.negative:金额（元）=leave"' in err
    assert "等回答 2 个" in out


def test_a_question_is_marked_in_its_cells(desk):
    found = desk.take(desk.file(PAID_BACK, "xlsx", "收费"))
    book = openpyxl.load_workbook(desk.home / "收费（标错）.xlsx")

    assert Path(found["results"][0]["marked"]).name == "收费（标错）.xlsx"
    assert "--answer" in book["登记"]["D6"].comment.text
    assert any("有负数" in str(row[0].value) for row in book["标错说明"])


def test_with_json_there_is_one_document_and_nothing_else(desk):
    code, out, err = desk.command("records", "import", desk.file(PAID_BACK), "没有.csv", "--json")

    found = json.loads(out)
    assert (code, err) == (1, "")
    assert sorted(found) == ["problems", "questions", "results"]
    assert "找不到文件" in found["problems"][0]["message"]


def test_what_is_taken_stands_in_the_document_too(desk):
    (result,) = desk.loaded(desk.file([*REQUESTS, HEAD, request("甲1")]))["results"]

    assert result["result"] == "changed"
    assert [(one["register"], one["rows"], one["import"]) for one in result["registers"]] == [("requests", 1, 1)]


# --- 受理日期 beside 收到日期: two facts ----------


def test_a_column_of_receipt_and_one_of_acceptance_are_two_facts(desk, shared):
    path = desk.case(shared, "registers/c21-收到和受理两列.xlsx")
    (question,) = desk.asked(path)

    assert (question["code"], question["subject"], question["kept"]) == ("receipt.beside", "受理日期", "columns")
    ready = {answer["key"]: answer["ready"] for answer in question["answers"]}
    desk.columns(f"依申请公开登记表:\n{ready['confirmed']}\n")
    desk.loaded(path)
    assert desk.figures("received") == [1]
    (record,) = desk.records("requests")
    assert (str(record["arrived_on"])[:10], str(record["confirmed_on"])[:10]) == ("2024-03-01", "2024-03-05")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", ["受理日期", "受理 时间", "登记日期", "立案日期"])
def test_a_day_of_acceptance_alone_is_asked_about_whatever_it_is_called(desk, kind, word):
    path = desk.file([*REQUESTS, [*HEAD[:2], word, *HEAD[3:]], request("甲1", received="2024-01-02")], kind)
    (question,) = desk.asked(path)

    assert question["code"] == "receipt.alone"
    for key, column in (("received", "received_on"), ("confirmed", "confirmed_on")):
        line = next(answer["ready"] for answer in question["answers"] if answer["key"] == key)
        desk.columns(f"依申请公开登记表:\n{line}\n")
        desk.loaded(path)
        assert str(desk.records("requests")[0][column])[:10] == "2024-01-02"


# --- words of an office in params/columns.yaml ----------


def test_a_word_of_a_column_is_mapped_in_columns_yaml(desk):
    rows = [*REQUESTS, HEAD, [*request("甲1")[:3], "老百姓", *request("甲1")[4:]]]
    desk.columns('依申请公开登记表:\n  "申请人类别=老百姓": 自然人\n')
    desk.loaded(desk.file(rows))

    assert desk.figure("requests", "received", "natural_person") == 1


def test_an_offices_own_section_holds_for_it_alone_and_before_the_others(desk):
    rows = [*REQUESTS, [*HEAD, "备查"], [*request("甲1")[:3], "老百姓", *request("甲1")[4:], "x"]]
    desk.columns(
        '依申请公开登记表:\n  "申请人类别=老百姓": 其他\nmmj/依申请公开登记表:\n  "申请人类别＝老 百姓": 自然人\n  备查: 忽略\n'
    )
    desk.loaded(desk.file(rows))

    assert desk.figure("requests", "received", "natural_person") == 1


def test_a_word_holds_in_its_own_column_only(desk):
    desk.columns('依申请公开登记表:\n  "申请方式=老百姓": 当面\n')
    rows = [*REQUESTS, HEAD, [*request("甲1")[:3], "老百姓", *request("甲1")[4:]]]

    assert "不是可填的内容" in desk.refused(desk.file(rows))[0]


def test_a_word_may_stand_for_nothing_where_nothing_may_stand(desk):
    desk.columns('规范性文件登记表:\n  "有效期至=永远": 空\n')
    rows = [["登记表", "规范性文件登记表"], *REQUESTS[1:], ["文件名", "类别", "公布日期", "有效期至"]]
    desk.loaded(desk.file([*rows, ["甲", "行政规范性文件", "2024-03-05", "永远"]]))

    assert desk.figure("disclosures", "article_20_1.normative_documents", "in_force") == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('  "申请方式=信函": 邮递', "第 2 行 第 3 列：“申请方式”栏填不了“邮递”"),
        ('  "申请方试=信函": 邮寄', "没有“申请方试”这一栏；是不是“申请方式”"),
        ('  "申请编号=无": 空', "“申请编号”必填，不能当作空"),
        ('  "申请方式=": 邮寄', "等号后面要写台账里的词"),
    ],
)
def test_a_wrong_line_of_a_word_is_told_with_its_place(tmp_path, line, said):
    path = tmp_path / "params/columns.yaml"
    path.parent.mkdir()
    path.write_text(f"依申请公开登记表:\n{line}\n", encoding="utf-8")
    with pytest.raises(ParamsError) as told:
        read_own_words(path)

    assert "params/columns.yaml 第 2 行" in str(told.value)
    assert said in str(told.value)


def test_a_section_of_an_office_that_does_not_exist_is_told(desk):
    desk.columns("没有/依申请公开登记表:\n  甲: 忽略\n")
    code, _, err = desk.command("records", "import", desk.file([*REQUESTS, HEAD]))

    assert code == 1
    assert "params/columns.yaml 第 1 行" in err
    assert "没有" in err
