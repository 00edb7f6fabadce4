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
     ("", "某办法实施细则", 0), ("云政发〔2024〕2号", "某办法", 0), ("云政发〔2024〕1号", "另一规定", 1)],
)  # fmt: skip
def test_documents_have_a_title_too(tmp_path, number, title, told):
    one = {"number": "云政发〔2024〕1号", "title": "某办法", "kind": "规章", "published_on": "2024-03-05"}
    assert len(pair(tmp_path, one, one | {"number": number, "title": title}, register="documents")) == told


OWN = {
    "charges": {"name": "示例费", "collected_on": "2024-03-05", "amount": "100", "receipt": "A1"},
    "publications": {
        "title": "甲办法",
        "index": "X1",
        "channel": "政府网站",
        "published_on": "2024-03-05",
        "count": "10",
    },
    "matters": {"kind": "物业备案", "platform": "窗口", "number": "1", "handled_on": "2024-03-05", "count": "2"},
}


def differing(tmp_path, register, *files):
    """Return the fields in which pairs with one number of their own differ; of the rows of several files."""
    with open_store(tmp_path) as store:
        for number, rows in enumerate(files):
            given = [OWN[register] | row for row in rows]
            store.add([replace(sheet(register, 2024, given), file=f"{number}.xlsx")], NOW)
        return [one.differs for one in store.load_records("minzheng", 2024).lookalikes]


@pytest.mark.parametrize("apart", [False, True], ids=["one file", "a file of its own"])
@pytest.mark.parametrize(
    ("register", "otherwise", "differs"),
    [
        ("charges", {"amount": "1000"}, ["amount"]),
        ("charges", {"amount": "1000", "receipt": "00A1"}, ["amount"]),
        ("charges", {"amount": "1000", "receipt": "ａ-1"}, ["amount"]),
        ("charges", {"amount": "1000", "name": "示 例费"}, ["amount"]),
        ("charges", {"amount": "1000", "standard": "1000元"}, ["standard", "amount"]),
        ("charges", {"collected_on": "2024-04-05"}, ["collected_on"]),
        ("charges", {"name": "另一费"}, ["name"]),
        ("charges", {"name": "示例工本费", "amount": "1000"}, ["name", "amount"]),
        ("charges", {"receipt": "00A1"}, []),
        ("charges", {"receipt": "1"}, []),
        ("publications", {"count": "100"}, ["count"]),
        ("publications", {"count": "100", "title": "关于印发《甲办法》的通知"}, ["title", "count"]),
        ("publications", {"title": "关于甲类工作的办法"}, ["title"]),
        ("publications", {"published_on": "2024-04-05", "index": "x01"}, ["published_on"]),
        ("matters", {"handled_on": "2024-04-06"}, ["handled_on"]),
        ("matters", {"count": "3", "number": "第01号", "platform": "网上"}, ["platform", "count"]),
    ],
)
def test_one_number_of_their_own_with_other_contents_is_told(tmp_path, register, otherwise, differs, apart):
    files = [[{}], [otherwise]] if apart else [[{}, otherwise]]
    assert differing(tmp_path, register, *files) == [tuple(differs)]


CASES = {
    "documents": {
        "number": "云政发〔2024〕1号",
        "title": "关于养老服务的意见",
        "kind": "规章",
        "published_on": "2024-03-05",
    },
    "decisions": DECISION,
    "reconsiderations": {"number": "云复〔2024〕1号", "notified_on": "2024-03-05", "authority": "云溪区政府"},
    "lawsuits": {"number": "（2024）云01行初1号", "role": "原行为主体", "notified_on": "2024-03-05"},
}


@pytest.mark.parametrize("apart", [False, True], ids=["one file", "a file of its own"])
@pytest.mark.parametrize(
    ("register", "otherwise", "differs"),
    [
        ("documents", {"title": "关于加强养老服务工作的意见"}, ["title"]),
        ("documents", {"title": "另一规定", "number": "云政发[2024]第01号"}, ["title"]),
        ("documents", {"title": "关于加强养老服务的意见", "published_on": "2024-04-05"}, ["title", "published_on"]),
        ("documents", {"title": "另一规定", "published_on": "2023-03-05"}, ["title", "published_on"]),
        ("decisions", {"kind": "行政处罚"}, ["kind"]),
        ("decisions", {"kind": "行政处罚", "decided_on": "2024-04-06", "name": "示例处罚"}, ["kind", "name", "decided_on"]),
        ("decisions", {"number": "云许〔2024〕第1号", "decided_on": "2024-03-06"}, ["decided_on"]),
        ("reconsiderations", {"number": "云复〔2024〕001号", "notified_on": "2024-03-06"}, ["notified_on"]),
        (
            "reconsiderations",
            {"number": "云复2024-1", "notified_on": "2024-03-06", "authority": "云溪区人民政府"},
            ["authority", "notified_on"],
        ),
        ("lawsuits", {"number": "（2024）云01行初第1号", "notified_on": "2024-03-06"}, ["notified_on"]),
    ],
)  # fmt: skip
def test_one_case_number_with_other_contents_is_told(tmp_path, register, otherwise, differs, apart):
    rows = [CASES[register], CASES[register] | otherwise]
    with open_store(tmp_path) as store:
        for number, given in enumerate([rows[:1], rows[1:]] if apart else [rows]):
            store.add([replace(sheet(register, 2024, given), file=f"{number}.xlsx")], NOW)
        (found,) = store.load_records("minzheng", 2024).lookalikes
    assert (found.differs, found.spelling) == (tuple(differs), True)


@pytest.mark.parametrize(
    ("register", "otherwise"),
    [
        ("documents", {"title": "另一规定", "number": "云政发〔2024〕2号"}),
        ("documents", {"title": "另一规定", "number": ""}),
        ("documents", {"title": "另一规定", "number": "〔2024〕1号"}),
        ("decisions", {"number": "云许〔2024〕2号"}),
        ("decisions", {"number": "云罚〔2024〕1号", "kind": "行政处罚"}),
        ("reconsiderations", {"number": "云复〔2024〕第1号", "authority": "示例省政府", "notified_on": "2024-06-05"}),
        ("lawsuits", {"number": "（2024）云01行终1号", "notified_on": "2024-06-05"}),
    ],
)
def test_another_case_is_honest(tmp_path, register, otherwise):
    assert pair(tmp_path, CASES[register], CASES[register] | otherwise, register=register) == []


def test_numbers_without_a_year_start_anew_each_year(tmp_path):
    one = CASES["documents"] | {"number": "1号"}
    other = {"title": "另一规定", "number": "第1号"}
    assert pair(tmp_path, one, one | other | {"published_on": "2023-03-05"}, register="documents") == []
    (tmp_path / "2").mkdir()
    assert len(pair(tmp_path / "2", one, one | other, register="documents")) == 1


@pytest.mark.parametrize(
    ("register", "otherwise"),
    [
        ("charges", {"name": "另一费", "amount": "50"}),
        ("charges", {"name": "示例工本费", "receipt": "1"}),
        ("charges", {"receipt": "A2"}),
        ("charges", {"receipt": "A10", "amount": "1000"}),
        ("charges", {"receipt": "1", "amount": "1000"}),
        ("charges", {"receipt": "B1"}),
        ("charges", {"receipt": ""}),
        ("charges", {"collected_on": "2023-03-05"}),
        ("charges", {}),
        ("publications", {"channel": "政务微信"}),
        ("publications", {"title": "乙办法", "count": "100"}),
        ("matters", {"kind": "合同备案"}),
        ("matters", {"kind": "合同备案", "number": "BA-2024-01"}),
        ("matters", {"kind": "物业备案变更", "count": "3"}),
    ],
)
def test_another_item_or_number_is_honest(tmp_path, register, otherwise):
    number = {"number": otherwise["number"]} if register == "matters" and "number" in otherwise else {}
    assert differing(tmp_path, register, [number, otherwise]) == []


@pytest.mark.parametrize(
    ("kind", "count", "told"), [("物业管理备案", "2", 1), ("物业备案变更", "3", 1), ("合同备案", "3", 0)]
)
def test_a_corrected_kind_of_matter_is_told(tmp_path, kind, count, told):
    first = {"number": "BA-2024-01"}
    found = differing(tmp_path, "matters", [first, first | {"kind": kind, "count": count}])
    assert len(found) == told


@pytest.mark.parametrize(("amounts", "told"), [((10000, -10000), 0), ((-10000, 9000), 0), ((-10000, -9000), 1)])
def test_a_refund_has_the_number_of_what_was_charged(tmp_path, amounts, told):
    given = sheet("charges", 2024, [OWN["charges"]] * 2)
    with open_store(tmp_path) as store:
        store.add([replace(given, columns={**given.columns, "amount": amounts})], NOW)
        assert len(store.load_records("minzheng", 2024).lookalikes) == told


@pytest.mark.parametrize("receipt", ["", "汇总", "000"])
def test_what_is_no_number_is_none(tmp_path, receipt):
    assert differing(tmp_path, "charges", [{"receipt": receipt}, {"receipt": receipt, "amount": "1000"}]) == []


@pytest.mark.parametrize(("code", "told"), [("3201", 1), ("", 1), ("3202", 0)])
def test_receipts_of_two_codes_are_two(tmp_path, code, told):
    rows = [{"receipt_code": "3201"}, {"receipt_code": code, "amount": "1000"}]
    assert len(differing(tmp_path, "charges", rows)) == told


def test_one_of_the_same_day_is_told_before_one_of_another(tmp_path):
    days = [{"collected_on": f"2024-03-{day:02}"} for day in range(1, 31)]
    found = differing(tmp_path, "charges", [*days, {"collected_on": "2024-03-30", "amount": "7"}])
    assert found == [("collected_on",)] * 29 + [("amount",)]


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
