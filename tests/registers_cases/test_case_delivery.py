"""Cases without a day of delivery, and cases that were passed on: from a clerk's file to the figure and the finding."""

from __future__ import annotations

import csv
import json
from hashlib import sha256
from io import StringIO

import pytest

from gktools.registers.intake.templates import describe
from gktools.registers.schema import registers
from gktools.registers.store.loading import digest_of
from gktools.registers.store.opening import open_store
from registers_cases.desk import HEAD, KINDS, NAME, OFFICE, REQUESTS, YEAR, cover, request

ROWS = ("received", "carried_in", "dispositions.total", "carried_out")
BARE = ["申请编号", "申请方式", "收到申请之日", "申请人类别", "答复日", "答复类型"]
DECIDED = """counting: {completed_by: document}
decisions:
  - {rule: completed_by, person: 李科长, reason: 台账只有落款日}
"""


def bare(number: str, replied: str = "2024-03-20") -> list[object]:
    """A request granted in 2024, under BARE: nobody wrote down how it was sent, and when."""
    return [number, "当面", "2024-03-05", "自然人", replied, "予以公开"]


@pytest.fixture
def told(desk):
    """The codes of the findings of the report, as the command gives them."""

    def find():
        _, out, _ = desk.command("check", "--year", YEAR, "--office", OFFICE, "--json")
        return [finding["code"] for finding in json.loads(out) if finding["code"].startswith("records.")]

    return find


def write_params(desk, text: str) -> None:
    (desk.home / f"params/{YEAR}").mkdir(exist_ok=True)
    (desk.home / f"params/{YEAR}/{OFFICE}.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_way_and_a_day_of_delivery_nothing_is_completed_and_this_is_said_at_import(desk, told, kind):
    found = desk.loaded(desk.file([*REQUESTS, BARE, bare("甲1"), bare("甲2", "2024-12-30")], kind))

    assert desk.figures(*ROWS) == [2, 0, 0, 2]
    assert any("2 件有答复类型，没有送达的日子" in note and "甲1" in note and "甲2" in note for note in found["notes"])
    assert "records.undelivered" in told()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("register", ["依申请公开登记表", f"{OFFICE}/依申请公开登记表"])
def test_a_heading_that_is_the_day_it_was_sent_completes_it_without_a_change_of_rule(desk, told, kind, register):
    desk.columns(f"{register}:\n  答复日: 送达日\n")
    desk.loaded(desk.file([*REQUESTS, BARE, bare("甲1"), bare("甲2", "2024-12-30"), bare("甲3", "2025-01-02")], kind))

    assert desk.figures(*ROWS) == [3, 0, 2, 1]
    assert told().count("records.december") == 1
    assert "records.undelivered" not in told()


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_office_decided_completes_it_on_the_day_of_the_document(desk, told, kind):
    desk.loaded(desk.file([*REQUESTS, BARE, bare("甲1"), bare("甲2", "2024-12-30")], kind))
    write_params(desk, DECIDED)

    assert desk.figures(*ROWS) == [2, 0, 2, 0]
    assert "records.undelivered" not in told()
    assert told().count("records.december") == 1


@pytest.mark.parametrize("heading", ["送达日", "送达日期", "送达时间"])
def test_a_column_with_the_day_of_delivery_needs_no_way(desk, told, heading):
    desk.loaded(desk.file([*REQUESTS, [*BARE, heading], [*bare("甲1"), "2024-12-30"], [*bare("甲2"), "2025-01-03"]]))

    assert desk.figures(*ROWS) == [2, 0, 1, 1]
    assert "records.undelivered" not in told()


def test_a_day_of_delivery_without_a_result_is_refused(desk):
    (message,) = desk.refused(desk.file([*REQUESTS, [*BARE, "送达日"], [*bare("甲1")[:4], "", "", "2024-12-30"]]))

    assert "填了送达的日子，就要填答复类型" in message


def test_the_shared_case_is_blocked_until_decided_and_then_eight_are_finished(desk, told, shared):
    offices = (desk.home / "params/offices.yaml").read_text(encoding="utf-8").replace(NAME, "临河市青山区农业农村局")
    (desk.home / "params/offices.yaml").write_text(offices, encoding="utf-8")
    path = desk.case(shared, "clerk/无送达日.xlsx")
    desk.loaded(path)
    assert desk.figures(*ROWS) == [8, 1, 1, 8]
    assert "records.undelivered" in told()

    write_params(desk, DECIDED)
    assert desk.figures(*ROWS) == [8, 1, 8, 1]
    assert "records.undelivered" not in told()

    write_params(desk, "")
    desk.columns("依申请公开登记表:\n  答复日: 送达日\n")
    desk.loaded(path)
    assert desk.figures(*ROWS) == [8, 1, 8, 1]
    assert "records.undelivered" not in told()


def test_a_decision_stands_in_the_manifest_and_on_the_review_page(desk):
    desk.loaded(desk.file([*REQUESTS, BARE, bare("甲1")]))
    write_params(desk, DECIDED)
    code, _, err = desk.command("build", "--year", YEAR, "--office", OFFICE)
    folder = desk.home / f"output/{YEAR}/{OFFICE}"

    assert (code, err) == (0, err)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["decisions"] == [
        {"rule": "completed_by", "value": "document", "person": "李科长", "reason": "台账只有落款日"}
    ]
    assert "李科长 定：台账只有落款日" in (folder / "review.html").read_text(encoding="utf-8")
    assert "李科长" not in (folder / "report.html").read_text(encoding="utf-8")
    assert "李科长" not in (folder / "report.json").read_text(encoding="utf-8")


# --- passed on ----------

PASSED = [*HEAD, "移交日", "移交单位"]
OPEN = ["甲2", "互联网", "2024-12-20", "自然人", "", "", "", ""]


@pytest.mark.parametrize("kind", KINDS)
def test_where_a_request_was_passed_on_takes_none_out_of_the_count(desk, told, kind):
    answered = request("甲1", "2024-03-08", "示例区另一局")
    found = desk.loaded(desk.file([*REQUESTS, PASSED, answered, [*OPEN, "2024-12-23", "示例区另一局"]], kind))

    assert desk.figures(*ROWS) == [2, 0, 1, 1]
    assert told().count("records.handed-over") == 1
    assert any("甲2：2024-12-23 移交" in note for note in found["notes"])
    assert not any("甲1" in note for note in found["notes"])


@pytest.mark.parametrize(("until", "out"), [("2024-12-31", True), ("2025-12-31", False)])
def test_only_an_office_that_ended_in_that_year_hands_cases_over_and_they_are_listed(desk, told, until, out):
    book = desk.home / "params/offices.yaml"
    book.write_text(
        book.read_text(encoding="utf-8").replace(f"{{name: {NAME}}}", f"{{name: {NAME}, until: {until}}}"), "utf-8"
    )
    given = [request("甲1", "2024-03-08", "示例区另一局"), [*OPEN, "2024-12-23", "示例区另一局"]]
    found = desk.loaded(desk.file([*REQUESTS, PASSED, *given]))

    assert desk.figures(*ROWS) == ([1, 0, 1, 0] if out else [2, 0, 1, 1])
    assert ("records.handed-over" in told()) is not out
    listed = [note for note in found["notes"] if "按口径不计入数字" in note]
    assert [("依申请公开登记表有 1 条" in note, "第 6 行" in note) for note in listed] == (
        [(True, True)] if out else []
    )


def test_what_a_rule_takes_out_is_listed_at_import_and_on_the_review_page(desk):
    again = request("甲1重", "", "甲1")
    suits = [
        *cover("行政诉讼登记表"),
        ["案号", "本机关身份", "收到应诉通知日"],
        ["（2024）示01行初1号", "复议机关共同被告", "2024-05-06"],
    ]
    requests = [*REQUESTS, [*HEAD, "主题分类", "重作原申请编号"], request("甲1", "", ""), again]
    found = desk.loaded(desk.file(requests), desk.file(suits))
    desk.command("build", "--year", YEAR, "--office", OFFICE)
    page = (desk.home / f"output/{YEAR}/{OFFICE}/review.html").read_text(encoding="utf-8")

    for said in ("是重新作出的处理，不另计一件", "本机关是复议机关共同被告，由原行为主体计"):
        assert sum(said in note for note in found["notes"]) == 1
        assert said in page.partition("按口径不计入数字的记录")[2]


# --- a heading that may be the day it was sent ----------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("heading", ["答复时间", "回复时间", "办结时间", "办结日期"])
def test_a_heading_that_may_be_the_day_of_sending_is_asked_about_and_its_lines_settle_it(desk, kind, heading):
    head = [heading if word == "答复日" else word for word in BARE]
    path = desk.file([*REQUESTS, head, bare("甲1"), bare("甲2", "2025-01-02")], kind)
    (question,) = desk.asked(path)
    delivered, written = question["answers"]

    assert (question["code"], question["subject"], question["kept"]) == ("reply.alone", heading, "columns")
    desk.columns(f"依申请公开登记表:\n{delivered['ready']}\n")
    desk.loaded(path)
    assert desk.figures(*ROWS) == [2, 0, 1, 1]
    desk.columns(f"依申请公开登记表:\n{written['ready']}\n")
    desk.loaded(path)
    assert desk.figures(*ROWS) == [2, 0, 0, 2]


def test_beside_the_answers_own_day_it_is_asked_about_too(desk):
    path = desk.file([*REQUESTS, [*BARE, "办结日期"], [*bare("甲1"), "2024-12-30"]])
    (question,) = desk.asked(path)
    delivered, internal = question["answers"]

    assert question["code"] == "reply.beside"
    desk.columns(f"依申请公开登记表:\n{internal['ready']}\n")
    desk.loaded(path)
    assert desk.figures(*ROWS) == [1, 0, 0, 1]
    desk.columns(f"依申请公开登记表:\n{delivered['ready']}\n")
    desk.loaded(path)
    assert desk.figures(*ROWS) == [1, 0, 1, 0]


# --- what the templates say ----------


def test_the_template_says_what_a_transfer_is_and_where_to_put_what_was_passed_on():
    note = describe(registers()["requests"]["handed_over_on"])

    assert all(word in note for word in ("撤销、合并", "随职权", "转送", "答复类型", "36(五)"))
    assert "答复日" in note


def test_a_decision_is_not_carried_to_the_next_year(desk):
    write_params(desk, DECIDED + "contact: {phone: '1'}\n")
    desk.command("year", "new", YEAR + 1)
    text = (desk.home / f"params/{YEAR + 1}/{OFFICE}.yaml").read_text(encoding="utf-8")

    assert "phone" in text
    assert "李科长" not in text


def test_the_hash_of_a_register_does_not_change_until_a_record_has_the_new_field(desk):
    """A report published before the field came is still proven by the hash printed in it."""

    def header(rows):
        desk.loaded(desk.file(rows, name="台账"))
        with open_store(desk.home) as store:
            frame, _ = store.load_records(OFFICE, YEAR).read["requests"]
        old = [field for field in registers()["requests"].pulled if field.key != "delivered_on"]
        known = [[row.values[i] for i, f in enumerate(registers()["requests"].pulled) if f in old] for row in frame]
        text = StringIO()
        csv.writer(text, lineterminator="\n").writerows([[field.key for field in old], *known])
        return sha256(text.getvalue().encode()).hexdigest(), digest_of(frame, registers()["requests"])

    before, now = header([*REQUESTS, BARE, bare("甲1")])
    assert now == before
    before, now = header([*REQUESTS, [*BARE, "送达日"], [*bare("甲1"), "2024-03-21"]])
    assert now != before
