"""Records that seem to be one, registered twice under a number written otherwise: in one file, in two, in a form; and honest pairs."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import pytest
from literal_registers import NOW, sheet

from gktools.registers.sheet import ENTERED
from gktools.registers.store.opening import open_store

ONE = {
    "number": "依申请〔2024〕1号",
    "received_on": "2024-03-04",
    "applicant": "自然人",
    "subject": "关于某路的规划",
    "replied_on": "2024-03-20",
    "disposition": "予以公开",
}
PERSON = {"applicant_name": "王五"}
DECISION = {"number": "云许〔2024〕1号", "kind": "行政许可", "decided_on": "2024-03-05", "name": "示例许可"}


def found(tmp_path, *files, register="requests", year=2024):
    """Store files of rows, each with its personal texts, and return the names of the pairs."""
    with open_store(tmp_path) as store:
        for number, (rows, persons) in enumerate(files):
            one = sheet(register, 2024, rows)
            personal = {key: tuple(person[key] for person in persons) for key in (persons[0] if persons else ())}
            name = ENTERED if len(rows) == 1 and number else f"{number}.xlsx"
            store.add([replace(one, file=name, personal=personal)], NOW)
        records = store.load_records("minzheng", year)
    return [(one.names, one.spelling) for one in records.lookalikes]


def pair(tmp_path, one, two, persons=(), **more):
    return found(tmp_path, ([one, two], list(persons)), **more)


@pytest.mark.parametrize("apart", [False, True], ids=["one file", "a form too"])
@pytest.mark.parametrize(
    ("number", "spelling"),
    [("依申请〔2024〕第1号", True), ("依申请2024001", True), ("〔2024〕1号", False), ("1", False), ("24-01", False)],
)
def test_a_request_under_a_number_written_otherwise_is_found_wherever_it_is(tmp_path, number, spelling, apart):
    two = ONE | {"number": number}
    files = [([ONE], [PERSON]), ([two], [PERSON])] if apart else [([ONE, two], [PERSON, PERSON])]
    assert found(tmp_path, *files) == [((number, ONE["number"]), spelling)]


def test_one_that_is_still_open_in_the_other_place_is_found(tmp_path):
    waiting = {key: value for key, value in ONE.items() if key not in ("replied_on", "disposition", "subject")}
    assert found(tmp_path, ([ONE], [PERSON]), ([waiting | {"number": "1"}], [PERSON])) == [
        (("1", ONE["number"]), False)
    ]


def test_of_each_record_one_pair_is_told(tmp_path):
    rows = [ONE | {"number": number} for number in (ONE["number"], "依申请〔2024〕第1号", "1", "第1号")]
    assert [names for names, _ in found(tmp_path, (rows, [PERSON] * 4))] == [
        ("依申请〔2024〕第1号", ONE["number"]),
        ("1", ONE["number"]),
        ("第1号", "1"),
    ]


def test_one_person_with_two_numbers_on_one_day_is_honest(tmp_path):
    rows = [ONE | {"number": f"依申请〔2024〕{number}号"} for number in (1, 2, 11, 12, 21)]
    assert found(tmp_path, (rows, [PERSON] * len(rows))) == []


@pytest.mark.parametrize(
    ("number", "otherwise", "person"),
    [
        ("1", {}, "赵六"),
        ("1", {"subject": "别的事"}, "王五"),
        ("1", {"received_on": "2024-03-05"}, "王五"),
        ("1", {"applicant": "商业企业"}, "王五"),
        ("1", {"disposition": "部分公开"}, "王五"),
        ("甲1", {"subject": "别的事"}, "王五"),
        ("甲1", {}, "赵六"),
        ("2", {}, "王五"),
        ("依申请〔2024〕1-1号", {}, "王五"),
    ],
)
def test_another_request_is_honest(tmp_path, number, otherwise, person):
    assert pair(tmp_path, ONE, ONE | {"number": number} | otherwise, [PERSON, {"applicant_name": person}]) == []


def test_the_same_person_and_content_under_the_serial_number_of_another_window_is_found(tmp_path):
    two = ONE | {"number": "乙窗〔2024〕1号"}
    assert pair(tmp_path, ONE, two, [PERSON, PERSON]) == [((two["number"], ONE["number"]), False)]
    without = {key: value for key, value in ONE.items() if key != "subject"}
    (tmp_path / "2").mkdir()
    assert pair(tmp_path / "2", without, without | {"number": two["number"]}, [PERSON, PERSON]) == []


@pytest.mark.parametrize(("number", "party", "told"), [("1", "甲公司", 1), ("1", "乙公司", 0), ("第1号", "甲公司", 1)])
def test_decisions_are_of_one_party(tmp_path, number, party, told):
    persons = [{"party": "甲公司"}, {"party": party}]
    rows = DECISION if number == "1" else DECISION | {"number": "1号"}
    assert len(pair(tmp_path, rows, rows | {"number": number}, persons, register="decisions")) == told


def test_a_decision_of_another_kind_or_year_is_another(tmp_path):
    assert pair(tmp_path, DECISION, DECISION | {"number": "1", "kind": "行政处罚"}, register="decisions") == []
    (tmp_path / "2").mkdir()
    assert pair(tmp_path / "2", DECISION, DECISION | {"number": "1"}, register="decisions", year=2025) == []


@pytest.mark.parametrize(
    ("number", "title", "told"),
    [("云政发〔2024〕第1号", "《某办法》", 1), ("", "《某办法》", 1), ("云政发〔2024〕1号", "关于印发《某办法》的通知", 1),
     ("", "某办法实施细则", 0), ("云政发〔2024〕2号", "某办法", 0), ("云政发〔2024〕1号", "另一规定", 0)],
)  # fmt: skip
def test_documents_have_a_title_too(tmp_path, number, title, told):
    one = {"number": "云政发〔2024〕1号", "title": "某办法", "kind": "规章", "published_on": "2024-03-05"}
    assert len(pair(tmp_path, one, one | {"number": number, "title": title}, register="documents")) == told


@pytest.mark.parametrize(
    ("otherwise", "told"),
    [({}, 1), ({"receipt_code": ""}, 1), ({"receipt_code": "3202"}, 0), ({"amount": "200"}, 0), ({"collected_on": "2024-03-06"}, 0),
     ({"receipt": "124"}, 0), ({"receipt": "00123"}, 0)],
)  # fmt: skip
def test_a_receipt_with_leading_zeros_left_out_is_the_same_if_all_else_is(tmp_path, otherwise, told):
    one = {"name": "示例费", "collected_on": "2024-03-05", "amount": "100", "receipt_code": "3201", "receipt": "00123"}
    assert len(pair(tmp_path, one, one | {"receipt": "123"} | otherwise, register="charges")) == told


def test_many_of_one_day_and_serial_number_take_no_long_time(tmp_path):
    rows = [
        {
            "number": f"{'甲乙丙丁'[i % 4] * (1 + i // 4)}1号",
            "kind": "行政许可",
            "decided_on": "2024-03-05",
            "name": f"{i}",
        }
        for i in range(600)
    ]
    began = perf_counter()
    assert found(tmp_path, (rows, []), register="decisions") == []
    assert perf_counter() - began < 20


def test_numbers_of_two_authorities_are_two_cases(tmp_path):
    one = {"number": "1号", "notified_on": "2024-03-05", "authority": "临川市人民政府"}
    other = {"number": "第1号", "notified_on": "2024-06-05", "authority": "示例省人民政府"}
    assert pair(tmp_path, one, other, register="reconsiderations") == []
    (tmp_path / "2").mkdir()
    assert len(pair(tmp_path / "2", one, one | {"number": "第1号"}, register="reconsiderations")) == 1


def test_what_begins_later_does_not_concern_a_year_and_what_does_is_part_of_its_digest(tmp_path):
    with open_store(tmp_path) as store:
        store.add([sheet("requests", 2024, [ONE, ONE | {"number": "1"}])], NOW)
        now, before = (store.load_records("minzheng", year) for year in (2024, 2023))
    assert (len(now.lookalikes), before.lookalikes) == (1, ())
    assert now.digest() != replace(now, lookalikes=()).digest()
