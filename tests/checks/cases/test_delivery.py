"""The day a request is completed: without one a report blocks, and every way out of it is tried."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from casework import check, inputs_of, request, still_open

from gktools.errors import ParamsError
from gktools.findings import Severity
from gktools.report.report import rules_in_force
from gktools.workspace.params_models import ReportParams

BY_DOCUMENT = {"counting": {"completed_by": "document"}}
DECIDED = {"decisions": [{"rule": "completed_by", "person": "李科长", "reason": "台账只有落款日"}]}


def found(records, *requests, params=None, year=2024, ended_on=None):
    """The findings of this topic about literal requests, by code."""
    held = replace(records(year, covers="all", requests=list(requests)), ended_on=ended_on)
    topic = ("undelivered", "undecided", "december", "handed-over")
    several = {}
    for finding in check(inputs_of(held, params)):
        if finding.code.removeprefix("records.") in topic:
            several.setdefault(finding.code.removeprefix("records."), []).append(finding)
    return several


# --- no day ----------


def test_all_answers_without_a_day_are_one_finding_that_names_them_what_they_lack_and_where_they_stand(records):
    cases = [
        request(number="甲1", delivery="", sent_on=""),
        request(number="甲2", sent_on=""),
        request(number="甲3", delivery="邮寄", sent_on="", signed_on="2024-03-25"),
        request(number="甲4", delivery="当面", sent_on=""),
        request(number="甲5"),
        still_open(number="甲6"),
    ]
    (finding,) = found(records, *cases)["undelivered"]

    assert finding.severity is Severity.BLOCK
    assert "4 件" in finding.message
    assert finding.found == "甲1（没有送达方式）、甲2（没有电子发送日）、甲3（没有交邮日）、甲4（没有签收日）"
    assert finding.place == "2024 年度 requests-2024.xlsx“依申请公开登记表”第 6、7、8、9 行"
    assert all(way in finding.remedy for way in ("交邮日", "答复日: 送达日", "completed_by", "decisions"))


@pytest.mark.parametrize("delivery", ["", "邮寄", "电子"])
def test_an_answer_of_30_december_is_asked_about_whether_its_way_is_known_or_not(records, delivery):
    given = request(arrived_on="2024-12-10", replied_on="2024-12-30", delivery=delivery, sent_on="")

    assert [*found(records, given)] == ["undelivered"]


def test_a_lapse_a_withdrawal_and_an_answer_of_next_year_lack_no_day(records):
    lapse = {"disposition": "other.not_corrected", "correction_notified_on": "2024-03-05", "lapsed_on": "2024-04-01"}
    cases = [
        still_open(number="甲1", **lapse),
        still_open(number="甲2", withdrawn_on="2024-03-08"),
        request(number="甲3", arrived_on="2025-01-03", replied_on="2025-01-10", sent_on="2025-01-10"),
        request(number="甲4", arrived_on="2024-12-20", replied_on="2024-12-31", sent_on="2025-01-02"),
    ]

    assert found(records, *cases) == {}


def test_an_answer_of_next_year_without_a_day_is_a_matter_of_next_year(records):
    given = request(arrived_on="2025-01-03", replied_on="2025-01-10", sent_on="")

    assert found(records, given) == {}
    assert [*found(records, given, year=2025)] == ["undelivered"]


def test_last_years_answer_without_a_day_is_named_this_year_too_because_it_is_carried_in(records):
    given = request(arrived_on="2023-06-01", replied_on="2023-06-20", sent_on="")

    assert [*found(records, given)] == ["undelivered"]


# --- the office decides ----------


def test_by_the_documents_date_needs_a_person_and_a_reason(records):
    case = request(delivery="", sent_on="")

    assert [*found(records, case, params=BY_DOCUMENT)] == ["undecided"]
    assert found(records, case, params=BY_DOCUMENT)["undecided"][0].severity is Severity.BLOCK
    assert found(records, case, params=BY_DOCUMENT | DECIDED) == {}


def test_by_the_documents_date_an_answer_without_that_date_blocks(records):
    (finding,) = found(records, request(replied_on=""), params=BY_DOCUMENT | DECIDED)["undelivered"]

    assert finding.found.endswith("（没有答复日）")


def test_who_decided_and_why_stands_beside_the_rule():
    shown = {
        rule["title"]: rule["value"] for rule in rules_in_force(ReportParams.model_validate(BY_DOCUMENT | DECIDED))
    }
    plain = {rule["title"]: rule["value"] for rule in rules_in_force(ReportParams())}

    assert shown["办结日"] == "按答复书落款日（李科长 定：台账只有落款日）"
    assert plain["办结日"] == "按送达"


@pytest.mark.parametrize("decision", [{"rule": "completed"}, {"person": ""}, {"reason": ""}])
def test_a_decision_names_a_rule_a_person_and_a_reason(decision):
    (known,) = DECIDED["decisions"]

    with pytest.raises((ValueError, ParamsError)):
        ReportParams.model_validate({"decisions": [known | decision]})


# --- the second half of December ----------

DAYS = [("2024-12-14", False), ("2024-12-15", True), ("2024-12-31", True), ("2025-01-01", False)]


@pytest.mark.parametrize(("day", "asked"), DAYS)
def test_a_day_of_the_heading_in_the_second_half_of_december_is_confirmed_by_itself(records, day, asked):
    bare = {"replied_on": "", "delivery": "", "sent_on": "", "delivered_on": day}
    several = found(records, *(request(number=f"甲{i}", arrived_on="2024-12-02", **bare) for i in (1, 2)))

    assert [finding.record for finding in several.get("december", [])] == (["甲1", "甲2"] if asked else [])
    assert all(finding.severity is Severity.EXPLAIN for finding in several.get("december", []))
    assert several.keys() <= {"december"}


@pytest.mark.parametrize(("day", "asked"), DAYS)
def test_so_is_a_documents_date_that_no_day_of_delivery_proves(records, day, asked):
    params = BY_DOCUMENT | DECIDED
    bare = request(arrived_on="2024-12-02", replied_on=day, delivery="", sent_on="")
    proven = request(arrived_on="2024-12-02", replied_on=day, sent_on=day)

    assert [*found(records, bare, params=params)] == (["december"] if asked else [])
    assert found(records, proven, params=params) == {}


def test_a_day_of_delivery_beside_the_answers_own_day_needs_no_more(records):
    given = request(arrived_on="2024-12-02", replied_on="2024-12-18", sent_on="", delivered_on="2024-12-20")

    assert found(records, given) == {}


# --- handed over ----------


def test_a_transfer_by_an_office_that_goes_on_is_asked_about(records):
    given = still_open(arrived_on="2024-12-20", handed_over_on="2024-12-23", handed_to="某局")
    (finding,) = found(records, given)["handed-over"]

    assert finding.severity is Severity.BLOCK
    assert "2024-12-23 移交" in finding.message
    assert "until" in finding.remedy
    assert found(records, given, ended_on=date(2024, 12, 31)) == {}
    assert [*found(records, given, ended_on=date(2025, 6, 30))] == ["handed-over"]


def test_a_transfer_with_an_own_answer_or_of_the_next_year_asks_nothing(records):
    answered = request(handed_over_on="2024-03-04", handed_to="某局")
    later = still_open(number="甲2", arrived_on="2024-12-20", handed_over_on="2025-01-03")

    assert found(records, answered, later) == {}
