"""Every rule about single records: a case that breaks it, and the nearest one that does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from casework import HERE, LAWFUL, check, codes, inputs_of, lawsuit, request, still_open
from literal_registers import NOW, sheet

from gktools.checks.cases.articles import Grounds, cited_articles
from gktools.checks.rules import rules
from gktools.deadlines.calendar import Calendar, with_additions, working_days
from gktools.errors import ParamsError, Problem
from gktools.figures.counting.count import count_table
from gktools.figures.counting.uncounted import uncounted
from gktools.findings import Finding, Severity
from gktools.forms.notices import load_format
from gktools.inputs.inputs import PreviousOffice
from gktools.registers.entering import withdraw
from gktools.registers.store.coverage import Doubt
from gktools.registers.store.opening import open_store
from gktools.registers.store.withdrawn import Withdrawal
from gktools.workspace.calendar_file import CalendarBook
from gktools.workspace.params_models import ReportParams

N = LAWFUL["number"]
SECRET = {"disposition": "属于国家秘密", "articles": "14、36(三)"}
LAPSED = {"replied_on": "", "delivery": "", "sent_on": "", "articles": ""}
UNCORRECTED = LAPSED | {
    "disposition": "other.not_corrected",
    "correction_notified_on": "2024-03-05",
    "correction_due_on": "2024-03-26",
}
UNPAID = LAPSED | {"disposition": "other.not_paid", "fee_notified_on": "2024-03-05", "fee_due_on": "2024-04-02"}
UNCLEAR = {"disposition": "unavailable.still_unclear", "articles": "30", "correction_notified_on": "2024-03-05"}
BY_NET = {"channel": "互联网", "arrived_on": "2024-03-01", "confirmed_on": "2024-03-01"}
EARLIER = request(number="依申请〔2024〕0号", arrived_on="2024-02-01", replied_on="2024-02-20", sent_on="2024-02-20")
AGAIN = {"disposition": "重复申请", "articles": "36(六)", "earlier_number": EARLIER["number"]}
THIRD = {"disposition": "保护第三方合法权益", "articles": "15、32"}
MANY = {"disposition": "无正当理由大量反复申请", "articles": "35"}
LICENCE = {"number": "1", "kind": "行政许可", "decided_on": "2024-03-01"}
REVIEW = {"number": "云复〔2024〕1号", "notified_on": "2024-05-06", "authority": "临川市人民政府"}
CLOSED = REVIEW | {"closed_on": "2024-07-01", "method": "撤销"}
NOTICED = {"fee_notified_on": "2024-03-05", "fee_method": "按量", "fee_pages": "66"}
CORRECTED = {"correction_notified_on": "2024-03-05", "corrected_on": "2024-03-11"}
ISSUED = {"number": "示政规〔2020〕1号", "title": "甲", "kind": "行政规范性文件", "published_on": "2020-03-02"}
LISTED = {"code": "示1", "name": "甲", "kind": "行政许可", "added_on": "2024-03-01"}
PUBLISHED = {"title": "甲", "channel": "政府网站", "published_on": "2024-03-01"}
OF_2023 = {"arrived_on": "2023-12-01", "correction_notified_on": "2023-12-05"}
UNLIMITED = {"disposition": "other.not_corrected", "correction_notified_on": "2024-12-05", "articles": ""}
JUDGED = {"judged_on": "2024-08-16", "method": "驳回诉讼请求", "instance": "一审"}
FIRST, SECOND = "（2024）示01行初1号", "（2024）示01行终1号"


def one(**given):
    return {"requests": [request(**given)]}


def opened(**given):
    return {"requests": [still_open(**given)]}


def redo(number, of, **given):
    return request(
        number=number,
        redo_of=of,
        **{"arrived_on": "2024-04-01", "replied_on": "2024-04-12", "sent_on": "2024-04-12"} | given,
    )


def second(**given):
    return lawsuit(number=SECOND, first_number=FIRST, **given)


def two_years(before, now):
    """The register of 2023 and of 2024, each with one version of the same case, or none."""
    return {"requests": {2023: [before] if before else [], 2024: [now] if now else []}}


OLD = still_open(number="依申请〔2023〕9号", arrived_on="2023-12-20")
DONE = request(number="依申请〔2023〕9号", arrived_on="2023-12-20", replied_on="2024-01-10", sent_on="2024-01-10")
WAS_DONE = request(number="依申请〔2023〕9号", arrived_on="2023-12-20", replied_on="2023-12-29", sent_on="2023-12-29")

TOLD = {"metric": "主动公开条数", "value": "3", "reason": "系统统计", "person": "经办人", "declared_on": "2024-12-31"}
CHARGE = {"name": "示例费", "collected_on": "2024-03-05", "receipt": "A1", "amount": "100"}


def charges(*rows):
    return {"charges": [CHARGE | row for row in rows]}


# code → what breaks the rule, and the nearest that does not
CASES = {
    # Fri 1 Mar 2024: 4–8 (5) 11 12 (7); –15 (10) –22 (15) –29 (20); 1–3 Apr (23) 7 Sun (24) 8–12 (29) –19 (34) –26 (39) 28 Sun (40)
    "correction-late": (
        opened(correction_notified_on="2024-03-13", correction_due_on="2025-01-31"),
        opened(correction_notified_on="2024-03-12", correction_due_on="2025-01-31"),
    ),
    "extension-late": (
        one(extended_on="2024-04-01", replied_on="2024-04-28", sent_on="2024-04-28"),
        one(extended_on="2024-03-29", replied_on="2024-04-28", sent_on="2024-04-28"),
    ),
    "answer-late": (
        one(replied_on="2024-03-29", sent_on="2024-04-01"),
        one(replied_on="2024-03-29", sent_on="2024-03-29"),
    ),
    "unanswered": (opened(arrived_on="2024-12-02"), opened(arrived_on="2024-12-03")),  # 2 Dec: –6 (4) –13 (9) –20 (14) –27 (19) 30 (20)
    "withdrawn-late": (opened(withdrawn_on="2024-04-01"), opened(withdrawn_on="2024-03-29")),
    "articles": (one(**SECRET | {"articles": "15"}), one(**SECRET)),
    "not-carried-in": (two_years(OLD, WAS_DONE), two_years(OLD, DONE)),
    "reopened": (two_years(WAS_DONE, DONE), two_years(WAS_DONE, WAS_DONE)),
    "received-twice": (
        two_years(OLD, DONE | {"arrived_on": "2024-01-02"}),
        two_years(OLD, DONE | {"arrived_on": "2023-12-21"}),
    ),
    "unheard-of": (two_years(EARLIER | {"number": "另一件"}, DONE), two_years(OLD, DONE)),
    "applicant-changed": (two_years(OLD, DONE | {"applicant": "商业企业"}), two_years(OLD, DONE)),
    "result-changed": (
        two_years(WAS_DONE, WAS_DONE | SECRET | {"replied_on": "2024-01-10", "sent_on": "2024-01-10"}),
        two_years(WAS_DONE, WAS_DONE),
    ),
    "given-up-uncorrected": (
        one(**UNCORRECTED, lapsed_on="2024-03-26"),
        one(**UNCORRECTED, lapsed_on="2024-03-27"),
    ),
    "given-up-unpaid": (one(**UNPAID, lapsed_on="2024-04-02"), one(**UNPAID, lapsed_on="2024-04-03")),
    "fee-high": (
        one(fee_notified_on="2024-03-05", fee_paid_on="2024-03-08", fee_paid="361", fee_pages="66", fee_method="按量"),
        one(fee_notified_on="2024-03-05", fee_paid_on="2024-03-08", fee_paid="360", fee_pages="66", fee_method="按量"),
    ),
    "unmatched": (
        one() | {"reconsiderations": [REVIEW | {"request_number": "依申请〔2024〕7号"}]},
        one() | {"reconsiderations": [REVIEW | {"request_number": N}]},
    ),
    "undelivered": (one(delivery="", sent_on=""), one(delivery="", sent_on="", delivered_on="2024-03-20")),
    "december": (
        one(arrived_on="2024-12-02", replied_on="", delivery="", sent_on="", delivered_on="2024-12-15"),
        one(arrived_on="2024-12-02", replied_on="", delivery="", sent_on="", delivered_on="2024-12-14"),
    ),
    "handed-over": (opened(arrived_on="2024-12-23", handed_over_on="2024-12-30"), one(handed_over_on="2024-03-04")),
    "answered-early": (
        one(**BY_NET | {"confirmed_on": "2024-03-05"}, replied_on="2024-03-04", sent_on="2024-03-06"),
        one(**BY_NET | {"confirmed_on": "2024-03-05"}, replied_on="2024-03-05", sent_on="2024-03-06"),
    ),
    "no-receipt": (one(**BY_NET | {"confirmed_on": ""}), one(**BY_NET)),
    "number-twice": (
        {"requests": [request(number="依申请〔2024〕01号"), request(number="依申请[2024] 1号")]},
        {"requests": [request(number="依申请〔2024〕11号"), request(number="依申请[2024] 1号")]},
    ),
    "number-alike": (
        {
            "requests": [
                request(number="依申请〔2024〕1号", applicant_alias="甲"),
                request(number="依申请2024-1", applicant_alias="乙", arrived_on="2024-03-06"),
            ]
        },
        {
            "requests": [
                request(number="依申请〔2024〕1号", applicant_alias="甲"),
                request(number="依申请2024-2", applicant_alias="乙", arrived_on="2024-03-06"),
            ]
        },
    ),
    "written-twice": (
        {"requests": [request(), request(number="1")]},
        {"requests": [request(), request(number="2")]},
    ),
    "number-suffixed": (
        {"requests": [request(number="依申请〔2024〕1号"), request(number="依申请〔2024〕1-1号")]},
        {"requests": [request(number="依申请〔2024〕11号"), request(number="依申请〔2024〕1-1号")]},
    ),
    "own-number-twice": (charges({}, {"amount": "1000"}), charges({}, {"amount": "1000", "receipt": "A2"})),
    "own-numbers-twice": (
        charges(*({"collected_on": f"2024-03-0{day}"} for day in range(1, 6))),
        charges(*({"name": f"示例费{day}", "collected_on": f"2024-03-0{day}"} for day in range(1, 6))),
    ),
    "confirmed-next-year": (
        one(**BY_NET | {"arrived_on": "2023-12-31", "confirmed_on": "2024-03-01"}),
        one(**BY_NET | {"arrived_on": "2024-01-01", "confirmed_on": "2024-03-01"}),
    ),
    "letter-late": (
        one(channel="平常信函", confirmed_on="2024-03-04"),
        one(channel="平常信函", confirmed_on="2024-03-01"),
    ),
    "unconfirmed": (
        opened(**BY_NET | {"arrived_on": "2024-12-20", "confirmed_on": ""}),
        opened(**BY_NET | {"arrived_on": "2024-12-20", "confirmed_on": "2024-12-20"}),
    ),
    "separated": (one(**SECRET | {"articles": "14、37"}), one(disposition="部分公开", articles="14、37")),
    "unclear-uncorrected": (one(**UNCLEAR), one(**UNCLEAR, corrected_on="2024-03-11")),
    "given-up-corrected": (
        one(**UNCORRECTED, corrected_on="2024-03-26", lapsed_on="2024-03-27"),
        one(**UNCORRECTED, corrected_on="2024-03-27", lapsed_on="2024-03-27"),
    ),
    "third-party": (one(**THIRD), one(**THIRD, third_party_asked_on="2024-03-04", third_party_replied_on="2024-03-12")),
    "reasons": (one(**MANY), one(**MANY, reasons_asked_on="2024-03-05")),
    "repeated": (one(**AGAIN | {"earlier_number": ""}), {"requests": [EARLIER, request(**AGAIN)]}),
    "review-first": (
        one(**SECRET) | {"lawsuits": [lawsuit()]},
        one(**SECRET) | {"reconsiderations": [REVIEW], "lawsuits": [lawsuit(reconsideration_number=REVIEW["number"])]},
    ),
    "joint-defendant": (
        one() | {"reconsiderations": [REVIEW | {"authority": HERE.name}], "lawsuits": [lawsuit(reconsideration_number=REVIEW["number"])]},
        one() | {"reconsiderations": [REVIEW], "lawsuits": [lawsuit(reconsideration_number=REVIEW["number"])]},
    ),
    "redo-circular": (
        {"requests": [redo("1", "2"), redo("2", "1")]},
        {"requests": [request(number="1"), redo("2", "1")]},
    ),
    "redo-self": (
        {"requests": [request(redo_of=N), redo("2", N)]},
        {"requests": [request(), redo("2", N)]},
    ),
    "redo-before": (
        {"requests": [redo("2", N, arrived_on="2024-02-29"), request()]},
        {"requests": [redo("2", N, arrived_on="2024-03-01"), request()]},
    ),
    "redo-answered": (
        {"requests": [request(), redo("2", N, arrived_on="2024-03-01", replied_on="2024-03-20")]},
        {"requests": [request(), redo("2", N, arrived_on="2024-03-01", replied_on="2024-03-21")]},
    ),
    "redo-repeated": (
        {"requests": [request(), redo("2", N, disposition="重复申请", articles="36(六)", earlier_number=N)]},
        {"requests": [request(), redo("2", N)]},
    ),
    "case-unmatched": (
        one() | {"lawsuits": [lawsuit(reconsideration_number="云复〔2024〕2号")]},
        one() | {"reconsiderations": [REVIEW], "lawsuits": [lawsuit(reconsideration_number="云复[2024]１号")]},
    ),
    "chain-circular": (
        one() | {"lawsuits": [lawsuit(first_number=SECOND), lawsuit(number=SECOND, first_number=FIRST)]},
        one() | {"lawsuits": [lawsuit(), lawsuit(number=SECOND, first_number=FIRST)]},
    ),
    "chain-unheld": (
        one() | {"lawsuits": [lawsuit(number=n, first_number="（2022）示01行初9号") for n in (FIRST, SECOND)]},
        one() | {"lawsuits": [lawsuit(), lawsuit(number=SECOND, first_number=FIRST)]},
    ),
    "judgment-not-effective": (
        one() | {"lawsuits": [lawsuit(**JUDGED | {"judged_on": "2024-12-15"})]},
        one() | {"lawsuits": [lawsuit(**JUDGED | {"judged_on": "2024-12-16"})]},
    ),
    "closed-undated": (
        one() | {"reconsiderations": [REVIEW | {"method": "维持"}]},
        one() | {"reconsiderations": [REVIEW | {"method": "维持", "closed_on": "2024-07-01"}]},
    ),
    "pending-closed": (
        one() | {"lawsuits": [lawsuit(**JUDGED, effective_on="2024-09-01", outcome="尚未审结")]},
        one() | {"lawsuits": [lawsuit(**JUDGED, outcome="尚未审结")]},
    ),
    "closed-before-begun": (
        one() | {"reconsiderations": [REVIEW | {"method": "维持", "closed_on": "2023-07-01"}]},
        one() | {"reconsiderations": [REVIEW | {"method": "维持", "closed_on": REVIEW["notified_on"]}]},
    ),
    "redo-applicant": (
        {"requests": [request(), redo("2", N, applicant_alias="乙")]},
        {"requests": [request(), redo("2", N)]},
    ),
    "first-instance-named": (
        one() | {"lawsuits": [lawsuit(), lawsuit(number=SECOND, first_number=FIRST, instance="一审")]},
        one() | {"lawsuits": [lawsuit(), lawsuit(number=SECOND, first_number=FIRST, instance="二审")]},
    ),
    "chain-request": (
        {"requests": [EARLIER, request()], "lawsuits": [lawsuit(), second(request_number=EARLIER["number"])]},
        {"requests": [EARLIER, request()], "lawsuits": [lawsuit(), second()]},
    ),
    "reconsideration-unnamed": (
        one() | {"reconsiderations": [REVIEW | {"request_number": N}], "lawsuits": [lawsuit()]},
        one() | {"reconsiderations": [REVIEW | {"request_number": N}], "lawsuits": [lawsuit(reconsideration_number=REVIEW["number"])]},
    ),
    "wrongly-sent": (
        one(delivery="快递（非邮政）", sent_on="", posted_on="2024-03-15"),
        one(delivery="邮寄", sent_on="", posted_on="2024-03-15"),
    ),
    "withdrawn-early": (opened(withdrawn_on="2024-02-29"), opened(withdrawn_on="2024-03-01")),
    "taken-over-later": (one(taken_over_on="2025-01-02"), one(taken_over_on="2024-12-31")),
    "lapse-year": (
        one(**UNLIMITED, arrived_on="2024-12-02", replied_on="2025-01-06", sent_on="2025-01-06"),
        one(**UNLIMITED, arrived_on="2024-12-02", replied_on="2024-12-31", sent_on="2024-12-31"),
    ),
    "kind-unprinted": (
        {"decisions": [LICENCE | {"kind": "其他对外管理服务事项"}]},
        {"decisions": [LICENCE]},
    ),
    "counted-nowhere": (
        one(arrived_on="2023-03-04", replied_on="2023-03-20", sent_on="2023-03-20"),
        one(arrived_on="2023-12-20", replied_on="2024-01-10", sent_on="2024-01-10"),
    ),
    "fee-uncounted": (
        one(fee_paid="100", fee_paid_on="2023-03-10"),
        one(fee_paid="100", fee_paid_on="2024-03-10"),
    ),
    "outcome-differs": (
        one() | {"reconsiderations": [CLOSED | {"outcome": "结果维持"}]},
        one() | {"reconsiderations": [CLOSED | {"outcome": "结果纠正"}]},
    ),
    "corrected-upheld": (
        one() | {"reconsiderations": [CLOSED | {"method": "维持", "correction": "自行纠正"}]},
        one() | {"reconsiderations": [CLOSED | {"method": "调解", "correction": "自行纠正"}]},
    ),
    "suspended-closed": (
        one() | {"reconsiderations": [CLOSED | {"suspended": "是"}]},
        one() | {"reconsiderations": [REVIEW | {"suspended": "是"}]},
    ),
    "instance-alone": (
        one() | {"lawsuits": [lawsuit(instance="二审")]},
        one() | {"lawsuits": [lawsuit(), second(instance="二审")]},
    ),
    "receipt-differs": (one(received_on="2024-03-05"), one(received_on="2024-02-29")),
    "withdrawn-answered": (one(withdrawn_on="2024-03-19"), one(withdrawn_on="2024-03-20")),
    "lapsed-answered": (one(lapsed_on="2024-03-19"), one(**UNCORRECTED, lapsed_on="2024-03-27")),
    "lapse-differs": (
        one(**UNCORRECTED | OF_2023 | {"correction_due_on": "2023-12-29"}, lapsed_on="2024-01-02"),
        one(**UNCORRECTED | OF_2023 | {"correction_due_on": "2023-12-31"}, lapsed_on="2024-01-02"),
    ),
    "delivery-differs": (
        one(delivery="邮寄", sent_on="", posted_on="2024-03-20", signed_on="2024-03-19", replied_on="2024-03-19"),
        one(delivery="邮寄", sent_on="", posted_on="2024-03-20", signed_on="2024-03-25"),
    ),
    "given-up-paid": (
        one(**UNPAID, lapsed_on="2024-04-03", fee_paid_on="2024-03-20", fee_paid="1"),
        one(**UNPAID, lapsed_on="2024-04-03", fee_charged="1"),
    ),
    "fee-unsaid": (one(**NOTICED, fee_paid_on="2024-03-08"), one(**NOTICED, fee_paid_on="2024-03-08", fee_paid="100")),
    "fee-differs": (
        one(**NOTICED, fee_paid_on="2024-03-08", fee_paid="90", fee_charged="100"),
        one(**NOTICED, fee_paid_on="2024-03-08", fee_paid="100", fee_charged="100"),
    ),
    "third-party-differs": (
        one(third_party_opinion="未征求（直接适用）", third_party_asked_on="2024-03-04"),
        one(third_party_opinion="未回复", third_party_asked_on="2024-03-04"),
    ),
    "unclear-answered": (
        one(**CORRECTED, correction_clear="否"),
        one(**CORRECTED, correction_clear="是"),
    ),
    "limit-unfounded": (
        one(corrected_on="2024-03-20", replied_on="2024-04-01", sent_on="2024-04-01"),
        one(corrected_on="2024-03-20", replied_on="2024-03-29", sent_on="2024-03-29"),
    ),
    "ended-twice": (
        {"documents": [ISSUED | {"expires_on": "2022-12-30", "repealed_on": "2024-06-03"}]},
        {"documents": [ISSUED | {"expires_on": "2024-12-30", "repealed_on": "2024-06-03"}]},
    ),
    "repeal-undated": (
        {"documents": [ISSUED | {"repeal_basis": "示政规〔2024〕2号"}]},
        {"documents": [ISSUED | {"repeal_basis": "示政规〔2024〕2号", "repealed_on": "2024-06-03"}]},
    ),
    "item-listed": (
        {"items": [LISTED | {"listed": "是"}]},
        {"items": [LISTED | {"listed": "否"}]},
    ),
    "interpretation-unsaid": (
        {"publications": [PUBLISHED | {"interpretation_form": "图解", "interpretation": "否"}]},
        {"publications": [PUBLISHED | {"interpretation_form": "图解", "interpretation": "是"}]},
    ),
    "declared-early": ({"declared": [TOLD | {"declared_on": "2024-12-30"}]}, {"declared": [TOLD]}),
    "uploads": ({"decisions": [LICENCE]}, {"decisions": [LICENCE, LICENCE | {"number": "2"}]}),
}  # fmt: skip
PARAMS = {"uploads": {"double_publicity": {"licences": 2}}}
OF_IMPORTS = {
    "import-warning",
    "import-words",
    "gone",
    "left-behind",
    "of-merged",
    "other-file",
    "put-back",
    "withdrawn",
}
OF_PARAMETERS = {"undecided", "calendar-changed"}  # test_delivery.py, and below
OURS = {
    "H1",
    "H2",
    "H3",
    "H4",
    "H5",
    "H6",
    "H7",
    "H8",
    "H9",
    "H10",
    "H11",
    "H12",
    "H13",
    "A10",
    "A11",
    "A12",
    "B6",
    "B7",
    "C9",
}


@pytest.mark.parametrize("code", CASES)
def test_a_case_that_breaks_the_rule_is_found_and_the_nearest_is_not(records, code):
    broken, lawful = CASES[code]

    assert code in codes(records, params=PARAMS.get(code), covers="all", **broken)
    assert code not in codes(records, params=PARAMS.get(code), covers="all", **lawful)


@pytest.mark.parametrize("code", sorted(set(CASES) - {"number-twice", "joint-defendant", "unheard-of"}))
def test_the_nearest_case_breaks_no_other_rule_either(records, code):
    assert codes(records, params=PARAMS.get(code), covers="all", **CASES[code][1]) == []


@pytest.mark.parametrize("code", CASES)
def test_a_finding_says_the_article_the_record_its_place_and_what_to_do(records, code):
    given = inputs_of(records(2024, covers="all", **CASES[code][0]), PARAMS.get(code))
    for finding in (found for found in check(given) if found.code == f"records.{code}"):
        assert finding.severity is rules()[finding.code].severity
        assert finding.message.endswith("。")
        assert "条" in finding.message + finding.rule or "号" in finding.rule
        assert finding.rule
        assert finding.remedy
        assert finding.year == 2024
        if code != "uploads":
            assert finding.record in finding.message
            assert "工作表" not in finding.place
            assert "2024.xlsx" in finding.place or "2023.xlsx" in finding.place
            assert "行" in finding.place
        assert Finding.from_json(finding.to_json()) == finding


def test_every_rule_about_records_has_its_case_and_every_number_of_the_list_a_rule():
    known = {code.removeprefix("records.") for code in rules() if code.startswith("records.")}
    refs = {ref for code, rule in rules().items() if code.startswith("records.") for ref in rule.refs}

    assert known == set(CASES) | OF_IMPORTS | OF_PARAMETERS
    assert refs == OURS


SEVERITIES = dict.fromkeys(("A10", "A11", "B7", "H5", "H6", "H7", "H11"), "block") | {"B6": "hint"}


def test_severities_are_those_of_the_list_of_checks():
    found = {
        ref: str(rule.severity) for code, rule in rules().items() if code.startswith("records.") for ref in rule.refs
    }

    assert found == {ref: SEVERITIES.get(ref, "explain") for ref in OURS}


def test_a_lawful_register_has_no_findings(records):
    assert codes(records, covers="all", **one()) == []


def test_without_records_there_are_none(records):
    assert codes(records, covers="all") == []
    assert codes(records) == []


def test_a_fingerprint_stays_when_a_record_moves_to_another_row(records):
    late = CASES["answer-late"][0]["requests"][0]
    first, second = (
        [f for f in check(inputs_of(records(2024, covers="all", requests=rows))) if f.code == "records.answer-late"]
        for rows in ([late], [EARLIER, late])
    )

    assert [f.place for f in first] != [f.place for f in second]
    assert [replace(f, office_code="").fingerprint for f in first] == [
        replace(f, office_code="").fingerprint for f in second
    ]


def test_two_records_that_break_a_rule_alike_are_two_findings(records):
    late = CASES["answer-late"][0]["requests"][0]
    found = check(inputs_of(records(2024, covers="all", requests=[late, late | {"number": "依申请〔2024〕2号"}])))

    assert len({finding.fingerprint for finding in found}) == 2


# --- references -------------------------------------------------------------------------------------------------


def messages(records, code, year=2024, **given):
    return [f.message for f in check(inputs_of(records(year, covers="all", **given))) if f.code == f"records.{code}"]


def test_every_case_of_a_circle_and_each_that_leads_into_it_is_named_with_its_way(records):
    three = [redo("1", "2"), redo("2", "3"), redo("3", "１"), redo("4", "1"), request(number="5")]

    assert [text.partition("，没有")[0] for text in messages(records, "redo-circular", requests=three)] == [
        f"{number}：重作原申请编号一件指着一件，绕了回来（{way}）"
        for number, way in (("1", "1→2→3→1"), ("2", "2→3→1→2"), ("3", "3→1→2→3"), ("4", "4→1→2→3→1"))
    ]


def test_a_circle_is_told_in_the_years_in_which_its_cases_are_missing(records):
    over_the_turn = [
        redo("1", "2", arrived_on="2024-12-30", replied_on="2025-01-10", sent_on="2025-01-10"),
        redo("2", "1"),
    ]

    def told(year):
        return [text[0] for text in messages(records, "redo-circular", year, requests={2024: over_the_turn})]

    assert (told(2023), told(2024), told(2025), told(2026)) == ([], ["1", "2"], ["1"], [])


def test_a_circle_over_two_years_is_told_in_both(records):
    given = {
        2023: [redo("1", "2", arrived_on="2023-03-01", replied_on="2023-03-20", sent_on="2023-03-20")],
        2024: [redo("2", "1")],
    }

    assert messages(records, "redo-circular", 2023, requests=given)[0].startswith("1：")
    assert messages(records, "redo-circular", 2024, requests=given)[0].startswith("2：")


def test_a_redone_case_whose_original_is_not_held_is_named_by_its_heading(records):
    (text,) = messages(records, "unmatched", requests=[request(redo_of="旧9号")])

    assert text.startswith(f"{N}：写的重作原申请编号“旧9号”在依申请公开登记表里查不到")


def test_a_repeated_request_that_names_itself_is_told_so(records):
    (text,) = messages(
        records, "repeated", requests=[EARLIER, request(**AGAIN | {"earlier_number": "依申请[2024]1号"})]
    )

    assert "写的是它自己" in text


def test_a_repeated_request_finds_the_earlier_one_however_it_is_spelt(records):
    given = [EARLIER, request(**AGAIN | {"earlier_number": "依申请[2024] ０号"})]

    assert messages(records, "repeated", requests=given) == []


@pytest.mark.parametrize(("key", "heading", "label"), [
    ("first_number", "一审案号", "行政诉讼登记表"), ("reconsideration_number", "复议案号", "行政复议登记表"),
])  # fmt: skip
def test_a_case_number_that_no_register_holds_is_named_with_its_column(records, key, heading, label):
    (text,) = messages(records, "case-unmatched", **one(), lawsuits=[lawsuit(**{key: "旧9号"})])

    assert f"{heading}写的是“旧9号”，在{label}里查不到" in text


def test_a_lawsuit_that_names_itself_as_its_first_instance_says_nothing_wrong(records):
    assert codes(records, covers="all", **one(), lawsuits=[lawsuit(first_number=FIRST)]) == []


def test_what_has_to_be_reviewed_first_is_found_however_the_request_is_spelt(records):
    given = one(**SECRET) | {"lawsuits": [lawsuit(request_number="依申请[2024] １号")]}

    assert codes(records, covers="all", **given) == ["review-first"]


# --- cells that leave a record out ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "year", "found"),
    [
        ({"taken_over_on": "2025-01-02"}, 2024, True),  # answered here in 2024, registered in 2024
        ({"taken_over_on": "2025-01-02"}, 2025, False),
        ({"taken_over_on": "2025-01-02", "replied_on": "2025-01-20", "sent_on": "2025-01-20"}, 2024, False),
        ({"taken_over_on": "2024-06-03"}, 2024, False),
    ],
)
def test_a_request_of_next_years_file_may_have_been_taken_over_then(records, given, year, found):
    held = {"requests": {2024: [], 2025: [request(**given)]}}

    assert ("taken-over-later" in codes(records, year, covers="all", **held)) is found


def test_a_request_registered_this_year_as_taken_over_next_year_is_told_though_it_is_open(records):
    assert "taken-over-later" in codes(records, covers="all", **opened(taken_over_on="2025-01-02"))


@pytest.mark.parametrize("limit", [{"correction_due_on": "2024-12-26"}, {"lapsed_on": "2025-01-06"}])
def test_a_lapse_with_its_limit_or_its_day_is_not_asked_for_a_year(records, limit):
    answered = {"arrived_on": "2024-12-02", "replied_on": "2025-01-06", "sent_on": "2025-01-06"}

    for year, found in ((2024, True), (2025, True), (2026, False)):
        assert ("lapse-year" in codes(records, year, covers="all", **one(**UNLIMITED, **answered))) is found
        assert "lapse-year" not in codes(records, year, covers="all", **one(**UNLIMITED, **answered, **limit))


@pytest.mark.parametrize(("year", "found"), [(2020, False), (2024, True)])
def test_a_kind_that_only_an_older_form_prints_is_told(records, year, found):
    given = {"decisions": [LICENCE | {"kind": "其他对外管理服务事项", "decided_on": f"{year}-03-01"}]}

    assert ("kind-unprinted" in codes(records, year, covers="all", **given)) is found


PAST = {
    "requests": request(arrived_on="2023-03-04", replied_on="2023-03-20", sent_on="2023-03-20"),
    "reconsiderations": REVIEW | {"notified_on": "2023-05-06", "closed_on": "2023-07-01", "method": "维持"},
    "lawsuits": lawsuit(notified_on="2023-06-03", judged_on="2023-08-16", effective_on="2023-09-01", method="撤诉"),
    "documents": {"number": "示规〔2024〕1号", "title": "甲", "kind": "行政规范性文件"}
    | {"published_on": "2023-03-01", "repealed_on": "2023-09-01"},
}
"""A record of each register that was over before 2024, or has its year wrong."""


def nowhere(records, year=2024, params=None, **given):
    found = check(inputs_of(records(year, covers="all", **given), params))
    return [finding for finding in found if finding.code == "records.counted-nowhere"]


@pytest.mark.parametrize("register", PAST)
@pytest.mark.parametrize("written", ["2023", "2014", "2025"])
def test_a_row_of_the_year_that_no_cell_takes_is_told_with_its_days(records, register, written):
    row = {key: value.replace("2023-", f"{written}-") for key, value in PAST[register].items()}

    (told,) = nowhere(records, **{register: [row]})

    assert row["number"] in told.found
    assert told.severity == (Severity.HINT if register == "documents" else Severity.EXPLAIN)
    assert f"{written}-" in told.found


@pytest.mark.parametrize("register", PAST)
def test_a_row_that_stood_so_in_the_register_of_an_earlier_year_is_not_lost(records, register):
    row = PAST[register]

    assert nowhere(records, **{register: {2023: [row], 2024: [row]}}) == []
    assert nowhere(records, **{register: {2023: [row], 2024: []}}) == []
    assert nowhere(records, **{register: {2023: [row | {"number": "旧1号"}], 2024: [row]}})


@pytest.mark.parametrize("register", PAST)
def test_a_row_that_a_later_register_repeats_is_told_all_the_same(records, register):
    row = PAST[register]

    assert nowhere(records, **{register: {2024: [row], 2025: [row]}})
    assert nowhere(records, 2025, **{register: {2024: [row], 2025: [row]}}) == []


def test_a_wrong_year_that_changes_the_record_of_the_year_before_is_told(records):
    """Numbers that start again each year: the row of this year, dated wrongly, takes the place of last year's."""
    before = request(number="1号", arrived_on="2023-02-01", replied_on="2023-02-20", sent_on="2023-02-20")
    row = request(number="1号", arrived_on="2023-03-04", replied_on="2023-03-20", sent_on="2023-03-20")

    assert nowhere(records, requests={2023: [before], 2024: [row]})


def test_what_is_carried_over_the_years_is_not_told(records):
    given = {
        "requests": [DONE, OLD | {"number": "依申请〔2023〕10号"}],
        "reconsiderations": [REVIEW | {"notified_on": "2023-05-06"}],
        "lawsuits": [
            lawsuit(notified_on="2022-06-03", judged_on="2024-08-16", effective_on="2024-09-01", method="撤诉")
        ],
        "documents": [PAST["documents"] | {"repealed_on": ""}],
    }

    assert nowhere(records, **given) == []


def test_the_earlier_instances_of_a_case_that_counts_are_listed_and_not_told_as_lost(records):
    first = lawsuit(notified_on="2022-06-03", judged_on="2022-08-16", effective_on="2022-09-20", method="驳回诉讼请求")
    again = second(notified_on="2024-03-03", instance="再审")
    loaded = records(2024, covers="all", lawsuits=[first, again])
    table = count_table("reviews", loaded, load_format(2024), ReportParams())

    assert nowhere(records, lawsuits=[first, again]) == []
    assert [len(one.records) for one in uncounted([table])] == [1]


def test_a_case_carried_over_that_the_parameters_leave_out_is_listed_as_left_out(records):
    given = REVIEW | {"notified_on": "2023-05-06", "closed_on": "2024-02-01", "method": "维持"}
    params = {"counting": {"reviews_include_carried_in": False}}
    inputs = inputs_of(records(2024, covers="all", reconsiderations=[given]), params)
    table = count_table("reviews", inputs.own, inputs.form, inputs.params)

    assert nowhere(records, params=params, reconsiderations=[given]) == []
    assert [len(one.records) for one in uncounted([table])] == [1]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"listed": "否", "added_on": "2019-03-01"}, True),
        ({"listed": "否", "added_on": "2020-03-01"}, False),
        ({"listed": "是"}, False),
    ],
)
def test_an_item_that_was_not_listed_and_not_added_is_told(records, given, told):
    item = {"code": "1", "name": "某许可", "kind": "行政许可"}

    assert bool(nowhere(records, 2020, items=[item | given])) is told


def test_a_request_whose_fee_alone_is_counted_is_told(records):
    row = PAST["requests"] | {"fee_paid": "100", "fee_paid_on": "2024-03-10"}

    assert nowhere(records, requests=[row])


def test_many_rows_are_one_finding_with_the_first_of_them_and_their_number(records):
    rows = [PAST["requests"] | {"number": f"依申请〔2024〕{nth}号"} for nth in range(1, 31)]

    (told,) = nowhere(records, requests=rows)

    assert "有 30 条" in told.message
    assert told.found.count("收到申请之日") + told.found.count("收文日期") == 20


@pytest.mark.parametrize(
    ("paid", "told"),
    [
        ({"fee_paid_on": "2014-03-10"}, True),
        ({"fee_paid_on": "2025-03-10"}, True),
        ({"fee_paid_on": "2024-03-25"}, False),
        ({"fee_paid": "0", "fee_paid_on": ""}, False),
    ],
)
def test_a_fee_without_a_day_in_which_it_can_have_been_paid_is_told(records, paid, told):
    row = {key: value for key, value in ({"fee_paid": "100"} | paid).items() if value}

    assert ("fee-uncounted" in codes(records, covers="all", **one(**row))) is told


def test_a_fee_paid_in_the_year_before_by_a_request_carried_over_belongs_there(records):
    row = request(arrived_on="2023-12-01", fee_paid="100", fee_paid_on="2023-12-20", sent_on="2024-01-08")

    assert "fee-uncounted" not in codes(records, covers="all", requests=[row | {"replied_on": "2024-01-08"}])


def test_a_reconsideration_begun_after_the_lawsuit_did_not_come_before_it(records):
    given = one() | {
        "lawsuits": [lawsuit()],
        "reconsiderations": [REVIEW | {"request_number": N, "notified_on": "2024-06-04"}],
    }

    assert codes(records, covers="all", **given) == []


def test_a_redone_case_of_another_kind_of_applicant_is_told(records):
    given = {"requests": [request(applicant_alias=""), redo("2", N, applicant_alias="", applicant="商业企业")]}

    assert codes(records, covers="all", **given) == ["redo-applicant"]


# --- the ends of disputes ---------------------------------------------------------------------------------------


def test_a_judgment_without_its_day_of_effect_is_asked_about_with_what_each_answer_does(records):
    (text,) = messages(records, "judgment-not-effective", **one(), lawsuits=[lawsuit(**JUDGED)])

    assert "裁判送达日是 2024-08-16，裁判方式是 驳回诉讼请求，没有生效日，现在计尚未审结" in text
    assert "生效了没有？生效了的，结果归类是“结果维持”；没有的，仍计尚未审结" in text


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, True),
        ({"effective_on": "2024-09-01"}, False),
        ({"outcome": "尚未审结"}, False),
        ({"outcome": "结果纠正", "method": ""}, True),
        ({"method": ""}, True),
        ({"judged_on": ""}, True),
        ({"judged_on": "", "method": ""}, False),
        ({"judged_on": "2025-01-02"}, False),
        ({"judged_on": "2024-12-16"}, False),
        ({"judged_on": "2024-12-16", "instance": "二审"}, True),
        ({"judged_on": "2024-12-16", "instance": ""}, True),
        ({"judged_on": "2024-12-21", "method": "驳回起诉"}, False),
        ({"judged_on": "2024-12-20", "method": "驳回起诉"}, True),
        ({"judged_on": "2024-12-30", "method": "撤诉"}, True),
        ({"role": "复议机关共同被告"}, False),
        ({"role": "复议机关单独被告"}, True),
    ],
)
def test_only_a_judgment_that_may_have_taken_effect_by_31_december_is_asked_about(records, given, asked):
    found = codes(records, covers="all", **one(), lawsuits=[lawsuit(**JUDGED | given)])

    assert ("judgment-not-effective" in found) is asked


def test_a_judgment_that_a_higher_instance_took_up_is_not_asked_about_even_if_that_came_a_year_later(records):
    second = lawsuit(number=SECOND, first_number=FIRST, notified_on="2025-02-03", instance="二审")
    given = {"lawsuits": {2024: [lawsuit(**JUDGED)], 2025: [second]}}

    assert codes(records, 2024, covers="all", **one(), **given) == []
    assert codes(records, 2024, covers="all", **one(), lawsuits=[lawsuit(**JUDGED)]) == ["judgment-not-effective"]


def test_a_judgment_of_last_year_is_asked_about_until_its_effect_is_known(records):
    old = {"lawsuits": {2023: [lawsuit(notified_on="2023-03-01", **JUDGED | {"judged_on": "2023-12-20"})], 2024: []}}

    assert "judgment-not-effective" not in codes(records, 2023, covers="all", **old)
    assert "judgment-not-effective" in codes(records, 2024, covers="all", **old)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({"method": "撤销"}, True),
        ({"outcome": "其他结果"}, True),
        ({"method": "撤销", "outcome": "尚未审结"}, False),
        ({"outcome": "尚未审结"}, False),
        ({}, False),
        ({"method": "撤销", "notified_on": "2025-01-02"}, False),
    ],
)
def test_a_reconsideration_with_a_result_and_no_day_of_it_is_asked_about(records, given, asked):
    assert ("closed-undated" in codes(records, covers="all", **one(), reconsiderations=[REVIEW | given])) is asked


def test_a_case_that_ended_before_it_began_is_told_in_both_years(records):
    given = {"reconsiderations": {2024: [REVIEW | {"method": "维持", "closed_on": "2023-07-01"}], 2023: []}}

    assert [codes(records, year, covers="all", **given) for year in (2023, 2024, 2025)] == [
        ["closed-before-begun"], ["closed-before-begun"], [],
    ]  # fmt: skip


# --- more of single rules -----------------------------------------------------------------------------------


def test_a_mistake_is_told_in_the_year_it_was_made(records):
    late = {
        "requests": {
            2023: [],
            2024: [],
            **{2023: [request(arrived_on="2023-03-01", replied_on="2023-06-30", sent_on="2023-06-30")]},
        }
    }

    assert codes(records, 2023, covers="all", **late) == ["answer-late"]
    assert codes(records, 2024, covers="all", **late) == []


def test_an_answer_of_january_does_not_make_up_for_a_limit_that_passed_in_the_old_year(records):
    given = {"requests": {2024: [request(arrived_on="2024-11-01", replied_on="2025-01-10", sent_on="2025-01-10")]}}

    assert codes(records, 2024, covers="all", **given) == ["unanswered"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"delivery": "邮寄", "sent_on": ""}, "还没有送达（2024-03-20 已经答复，没有登记交邮日），期限"),
        ({"delivery": "当面", "sent_on": ""}, "还没有送达（2024-03-20 已经答复，没有登记签收日），期限"),
        ({"sent_on": ""}, "还没有送达（2024-03-20 已经答复，没有登记电子发送日），期限"),
        ({"delivery": "", "sent_on": ""}, "还没有送达（2024-03-20 已经答复，没有登记送达方式），期限"),
        ({"replied_on": "", "disposition": "", "sent_on": ""}, "还没有答复，期限"),
    ],
)
def test_an_answer_without_its_day_of_delivery_is_told_by_what_it_lacks(records, given, said):
    found = {f.code: f for f in check(inputs_of(records(2024, covers="all", requests=[request(**given)])))}

    assert found.keys() - {"records.undelivered"} == {"records.unanswered"}
    assert said in found["records.unanswered"].message


def test_a_request_withdrawn_in_time_or_after_its_answer_is_not_late(records):
    def told(**given):
        return codes(records, covers="all", **opened(withdrawn_on="2024-06-03", **given))

    assert told(disposition="other.otherwise") == ["withdrawn-late"]
    assert told(extended_on="2024-03-20", arrived_on="2024-04-10") == []
    assert told(disposition="other.otherwise", replied_on="2024-03-20") == []
    assert told(disposition="other.otherwise", replied_on="2024-05-20") == ["withdrawn-late"]


def test_the_second_answer_of_a_case_redone_is_not_held_to_the_limits_of_a_request(records):
    redone = request(number="重1", redo_of=N, arrived_on="2024-05-06", replied_on="2024-09-02", sent_on="2024-09-02")

    assert codes(records, covers="all", requests=[request(), redone]) == []


def test_a_letter_waits_for_its_confirmation_no_longer_than_the_day_it_came(records):
    def told(day):
        return codes(records, covers="all", **opened(channel="平常信函", arrived_on=day))

    assert told("2024-12-30") == ["unconfirmed"]
    assert told("2024-12-31") == []


def test_a_repeated_request_is_of_the_same_person_and_answered_before(records):
    def told(**earlier):
        found = check(inputs_of(records(2024, covers="all", requests=[EARLIER | earlier, request(**AGAIN)])))
        return [finding.message for finding in found if finding.code == "records.repeated"]

    assert told() == []
    assert "不是同一申请人" in told(applicant_alias="乙")[0]
    assert "还没有答复" in told(replied_on="2024-03-04", sent_on="2024-03-04")[0]
    assert "查不到" in told(number="另一件")[0]


def test_a_third_party_not_asked_on_purpose_is_no_finding(records):
    assert codes(records, covers="all", **one(**THIRD, third_party_opinion="未征求（直接适用）")) == []


def test_reasons_found_good_are_no_ground_to_refuse(records):
    assert codes(records, covers="all", **one(**MANY, reasons_asked_on="2024-03-05", reasons_accepted="是")) == [
        "reasons"
    ]


def test_still_unclear_contradicts_a_correction_that_made_it_clear(records):
    clear = one(**UNCLEAR, corrected_on="2024-03-11", correction_clear="是")

    assert codes(records, covers="all", **clear) == ["unclear-uncorrected"]


@pytest.mark.parametrize(
    ("notified", "found"),
    [("2023-12-29", False), ("2024-01-02", True), ("2025-12-31", True), ("2026-01-04", False)],
)
def test_the_law_in_force_on_the_day_says_what_has_to_be_reviewed_first(records, notified, found):
    # 行政复议法 23 from 2024; of cases from 2026 on the rules have not been read
    year = int(notified[:4])
    given = {"requests": {year: [request(**SECRET)]}, "lawsuits": {year: [lawsuit(notified_on=notified)]}}

    assert ("review-first" in codes(records, year, covers="all", **given)) is found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"disposition": "部分公开", "articles": "16(二)、37"}, True),
        ({"disposition": "部分公开", "articles": "37"}, False),
        ({"disposition": "属于行政查询事项", "articles": "36(七)"}, False),
        ({"disposition": "本机关不掌握相关政府信息", "articles": "36(四)"}, False),
    ],
)
def test_what_was_withheld_has_to_be_reviewed_first_and_nothing_else(records, answer, found):
    assert ("review-first" in codes(records, covers="all", **one(**answer), lawsuits=[lawsuit()])) is found


def test_a_case_with_a_joint_defendant_in_one_instance_is_not_this_offices_in_the_next(records):
    first = lawsuit(role="复议机关共同被告")
    second = lawsuit(number="（2024）示01行终1号", first_number=first["number"], notified_on="2024-09-02")

    assert codes(records, covers="all", **one(), lawsuits=[first, second]) == ["joint-defendant"]


def test_a_report_year_without_a_calendar_is_an_error_that_says_what_to_add(records):
    unknown = Calendar(working_days().days, frozenset({2023}))

    with pytest.raises(ParamsError, match=r"没有 2024 年的工作日历"):
        check(inputs_of(records(2024, covers="all", **one()), calendar=unknown))


def test_days_that_a_district_has_otherwise_than_the_published_notice_are_to_be_explained_in_every_report(records):
    late = records(2024, covers="all", **one(replied_on="2024-03-29", sent_on="2024-04-01"))
    book = CalendarBook.model_validate(
        {"rest": {"2024-03-04..2024-03-29": "区里安排", "2024-05-01": "劳动节"}, "work": {"2025-01-28": "赶工"}}
    )
    moved, unknown = with_additions(book), CalendarBook.model_validate({"rest": {"2098-01-01": "元旦"}})
    told = check(inputs_of(late, calendar=moved))

    assert [(one.code, one.severity) for one in told] == [("records.calendar-changed", Severity.EXPLAIN)] * 2
    assert "2024-03-04 至 2024-03-29 之间的 20 天改成了放假（写的依据：区里安排）" in told[0].message
    assert "2025-01-28改成了上班（写的依据：赶工）" in told[1].message
    assert [one.code for one in check(inputs_of(records(2024), calendar=moved))] == ["records.calendar-changed"] * 2
    assert check(inputs_of(records(2020), calendar=moved)) == []
    assert with_additions(unknown).changed == ()
    assert moved.digest() != replace(moved, changed=()).digest()


def test_warnings_and_rows_left_behind_of_the_years_imports_come_back_as_findings(records):
    kept = records(2024, covers="all", **one())
    told = tuple(
        replace(known, warnings=("a.xlsx 第 7 行：收文日期在周日",), gone=("依申请〔2024〕8号",))
        if known.register == "requests"
        else known
        for known in kept.coverage
    )
    found = check(inputs_of(replace(kept, coverage=told)))

    assert [finding.code for finding in found] == ["records.import-warning", "records.gone"]
    assert "收文日期在周日" in found[0].message
    assert "依申请〔2024〕8号" in found[1].message
    assert {finding.severity for finding in found} == {Severity.EXPLAIN}
    assert check(inputs_of(replace(kept, coverage=told).at(2023))) == []


def test_a_row_that_a_later_file_leaves_out_and_a_warning_come_back_from_the_store(tmp_path):
    full = sheet("requests", 2024, [request(), request(number="依申请〔2024〕2号")], "ju")
    warned = replace(
        sheet("requests", 2024, [request()], "ju"), warnings=(Problem("收文日期在周日", "a.xlsx", line=7),)
    )
    with open_store(tmp_path) as store:
        store.add([full], NOW)
        store.add([warned], NOW)
        found = check(inputs_of(store.load_records("ju", 2024)))

    assert [finding.code for finding in found] == ["records.import-warning", "records.gone"]
    assert "收文日期在周日" in found[0].message
    assert found[1].record == "依申请〔2024〕2号"


LATER = {"arrived_on": "2024-06-06", "replied_on": "2024-06-20", "sent_on": "2024-06-20"}
SAME_ANSWER = {"arrived_on": "2024-03-05"}


@pytest.mark.parametrize(
    ("otherwise", "severity"),
    [
        (LATER, Severity.EXPLAIN),
        (SAME_ANSWER | {"applicant": "商业企业"}, Severity.EXPLAIN),
        (SAME_ANSWER | {"disposition": "部分公开"}, Severity.EXPLAIN),
        (LATER | {"replied_on": "", "sent_on": "", "disposition": ""}, Severity.BLOCK),
        (SAME_ANSWER, Severity.BLOCK),
        ({"applicant": "商业企业"}, Severity.BLOCK),
        (LATER | {"applicant_alias": "甲"}, Severity.BLOCK),
    ],
)
def test_a_second_series_of_numbers_is_to_be_explained_where_the_days_and_other_cells_differ(
    records, otherwise, severity
):
    alias = otherwise.get("applicant_alias", "")
    rows = [
        request(number="2024001", applicant_alias=alias),
        request(number="2024-1", **{"applicant_alias": ""} | otherwise),
    ]
    found = check(inputs_of(records(2024, covers="all", requests=rows)))

    assert [one.severity for one in found if one.code in ("records.number-twice", "records.number-alike")] == [severity]


@pytest.mark.parametrize("year", [2024, 2025])
def test_a_request_carried_over_that_was_registered_twice_is_told_in_each_year_in_which_it_counts(records, year):
    late = {"arrived_on": "2024-12-20", "replied_on": "2025-01-10", "sent_on": "2025-01-10"}
    rows = [request(**late), request(**late, number="依申请〔2024〕第1号"), request(**late, number="〔2024〕1")]
    found = {one.code: one.record for one in check(inputs_of(records(year, covers="all", requests=rows)))}

    assert found["records.number-twice"] == "依申请〔2024〕第1号"
    assert found["records.written-twice"] == "〔2024〕1"


def test_what_ended_before_the_year_or_begins_after_it_is_not_told_twice(records):
    early = {"arrived_on": "2023-03-01", "replied_on": "2023-03-20", "sent_on": "2023-03-20"}
    rows = [request(**early), request(**early, number="1"), request(**early, number="依申请〔2024〕第1号")]
    assert not {"records.written-twice", "records.number-twice"} & {
        one.code for year in (2022, 2024) for one in check(inputs_of(records(year, covers="all", requests=rows)))
    }


TWICE = {
    "reconsiderations": (REVIEW, {"number": "云复〔2024〕第01号"}),
    "lawsuits": (lawsuit(), {"number": "(2024)示1行初01号"}),
    "documents": (
        {"title": "《某办法》", "number": "云政发〔2024〕1号", "kind": "规章", "published_on": "2024-03-01"},
        {"title": "某办法", "number": "云政发〔2024〕第1号"},
    ),
    "decisions": (LICENCE, {"number": "第1号"}),
}


@pytest.mark.parametrize("register", TWICE)
def test_in_every_register_with_numbers_the_second_of_two_that_seem_to_be_one_is_to_be_explained(records, register):
    first, otherwise = TWICE[register]
    given = records(2024, covers="all", **{"requests": [request()], register: [first, first | otherwise]})
    (found,) = [one for one in check(inputs_of(given)) if one.code == "records.written-twice"]

    assert (found.severity, found.record) == (Severity.EXPLAIN, otherwise["number"])
    assert str(first["number"]) in found.message
    assert "第 7 行" in found.place or "第7行" in found.place


def own_numbers(records, *rows):
    given = records(2024, covers="all", requests=[request()], **charges(*rows))
    return [one for one in check(inputs_of(given)) if one.code.startswith("records.own-number")]


def test_a_receipt_with_another_amount_is_to_be_explained_with_both_places(records):
    (found,) = own_numbers(records, {}, {"receipt": "00A1", "amount": "1000"})

    assert (found.code, found.severity) == ("records.own-number-twice", Severity.EXPLAIN)
    assert (found.record, found.found, found.expected) == ("00A1", "00A1", "A1")
    assert "票据号、项目名称一样，不同的是金额（元）" in found.message


@pytest.mark.parametrize(
    ("register", "otherwise", "said"),
    [
        ("documents", {"title": "另一规定", "number": "云政发2024-1"}, "文号一样，不同的是文件名；"),
        ("decisions", {"kind": "行政处罚", "decided_on": "2024-04-01"}, "决定文书号一样，不同的是类别、决定日期；"),
        ("lawsuits", {"number": "(2024)示1行初01号", "notified_on": "2024-02-02"}, "）案号一样，不同的是收到应诉通知日；"),
    ],
)  # fmt: skip
def test_a_case_number_with_other_contents_is_to_be_explained(records, register, otherwise, said):
    first = TWICE[register][0]
    given = records(2024, covers="all", **{"requests": [request()], register: [first, first | otherwise]})
    (found,) = [one for one in check(inputs_of(given)) if one.code.startswith("records.own-number")]

    assert found.severity == Severity.EXPLAIN
    assert said in found.message


def test_numbers_that_start_anew_each_day_are_told_once_and_one_of_the_same_day_apart(records):
    rows = [{"receipt": str(n), "collected_on": f"2024-03-0{day}"} for day in (4, 5, 6) for n in range(1, 13)]
    alone, many = own_numbers(records, *rows, {"receipt": "3", "amount": "7", "collected_on": "2024-03-05"})

    assert (alone.code, alone.record) == ("records.own-number-twice", "3")
    assert (many.code, many.expected) == ("records.own-numbers-twice", "24")
    assert "不同的是收缴日期" in many.message
    assert all(f"、{n}、" in f"、{many.found}、" for n in range(1, 13))


@pytest.mark.parametrize(("pairs", "told"), [(3, 3), (4, 1)])
def test_more_than_three_of_a_kind_are_told_as_one(records, pairs, told):
    rows = [{"receipt": f"A{n}", "amount": amount} for n in range(1, pairs + 1) for amount in ("1", "2")]
    assert len(own_numbers(records, *rows)) == told


def withdrawn(store, code="ju"):
    """Return the messages about what was withdrawn, and how many records the year has."""
    records = store.load_records(code, 2024)
    found = [one for one in check(inputs_of(records)) if one.code == "records.withdrawn"]
    assert {one.severity for one in found} <= {Severity.EXPLAIN}
    return [one.message for one in found], len(records.of_year("requests")["number"])


def test_a_record_that_counts_no_more_is_told_whatever_took_it_away(tmp_path):
    two = sheet("requests", 2024, [request(), request(number="依申请〔2024〕2号")], "ju")
    one_left = sheet("requests", 2024, [request()], "ju")
    with open_store(tmp_path) as store:
        store.add([two], NOW)
        assert withdrawn(store) == ([], 2)
        store.add([one_left], NOW, replace=True)
        (told,), left = withdrawn(store)
        assert ("第 2 次写入" in told, "1 条" in told, "依申请〔2024〕2号" in told, left) == (True, True, True, 1)
        assert store.load_records("ju", 2024, as_of=1).withdrawn == ()

        store.undo(2, NOW)
        assert withdrawn(store) == ([], 2)
        store.undo(1, NOW)
        (told,), left = withdrawn(store)
        assert ("第 4 次写入" in told, "2 条" in told, left) == (True, True, 0)
        store.add([two], NOW)
        assert withdrawn(store) == ([], 2)


def test_a_case_carried_over_that_is_withdrawn_from_an_earlier_years_register_is_told_where_it_counted(tmp_path):
    open_one = request(
        number="依申请〔2023〕9号", arrived_on="2023-12-20", replied_on="2024-01-10", sent_on="2024-01-10"
    )
    other = request(number="依申请〔2023〕1号")
    of_2023 = [sheet("requests", 2023, rows, "ju") for rows in ([other, open_one], [other])]
    now = NOW.replace(year=2024)
    for earlier, told in ((NOW.replace(year=2023), []), (now, [("requests", 2023, 2)])):
        (home := tmp_path / str(earlier.year)).mkdir()
        with open_store(home) as store:
            store.add([of_2023[0]], NOW.replace(year=2023))
            store.add([of_2023[1]], earlier, replace=True)
            found = store.load_records("ju", 2024).withdrawn
            assert [(one.register, one.year, one.number) for one in found] == told
            assert [one.year for one in store.load_records("ju", 2023).withdrawn] == [2023]
            assert store.load_records("ju", 2024).at(2025).withdrawn == ()


LATE = request(number="依申请〔2024〕9号", arrived_on="2024-11-05", replied_on="2025-03-20", sent_on="2025-03-20")
NEXT = request(number="依申请〔2025〕1号", arrived_on="2025-01-06", replied_on="2025-01-20", sent_on="2025-01-20")


def withdrawn_in(store, *years):
    found = {year: store.load_records("ju", year).withdrawn for year in years}
    return {year: [(one.year, one.number, *one.names) for one in told] for year, told in found.items() if told}


def test_one_withdrawn_from_the_next_years_register_is_told_in_the_report_where_it_counted(tmp_path):
    of_2025 = [sheet("requests", 2025, rows, "ju") for rows in ([NEXT, LATE], [NEXT], [LATE])]
    with open_store(tmp_path) as store:
        store.add([sheet("requests", 2024, [request()], "ju")], NOW)
        store.add([of_2025[0]], NOW)
        assert len(store.load_records("ju", 2024).proof()) == 1
        store.add([of_2025[1]], NOW, replace=True)
        told = [(2025, 3, LATE["number"])]
        assert withdrawn_in(store, 2023, 2024, 2025) == {2024: told, 2025: told}
        assert store.load_records("ju", 2024, as_of=2).withdrawn == ()

        store.add([of_2025[2]], NOW, replace=True)
        assert withdrawn_in(store, 2024, 2025) == {2025: [(2025, 4, NEXT["number"])]}


def test_one_that_its_own_years_register_has_still_is_not_told_there(tmp_path):
    with open_store(tmp_path) as store:
        store.add([sheet("requests", 2024, [request(), LATE], "ju")], NOW)
        store.add([sheet("requests", 2025, [NEXT, LATE], "ju")], NOW)
        store.add([sheet("requests", 2025, [NEXT], "ju")], NOW, replace=True)
        assert withdrawn_in(store, 2024) == {}


def test_what_counts_once_is_told_in_the_report_of_its_day(tmp_path):
    rows = [{"name": "示例收费", "collected_on": day, "amount": 500} for day in ("2024-12-05", "2025-01-05")]
    with open_store(tmp_path) as store:
        store.add([sheet("charges", 2025, rows, "ju")], NOW)
        store.add([sheet("charges", 2025, rows[1:], "ju")], NOW, replace=True)
        assert set(withdrawn_in(store, 2023, 2024, 2025, 2026)) == {2024, 2025}


def test_a_record_that_is_withdrawn_in_its_form_is_told_until_it_is_entered_again(tmp_path):
    with open_store(tmp_path) as store:
        store.add([sheet("requests", 2024, [request(), request(number="依申请〔2024〕2号")], "ju")], NOW)
        (number,) = (
            row.id for row in store.load_records("ju", 2024).read["requests"][0] if "〔2024〕2号" in str(row.values)
        )
        withdraw(store, store.record("requests", "ju", number), "某甲", "登记错了")
        (told,), left = withdrawn(store)
        assert ("依申请〔2024〕2号" in told, left) == (True, 1)

        store.add([replace(sheet("requests", 2024, [request(number="依申请〔2024〕2号")], "ju"), file="补.xlsx")], NOW)
        assert withdrawn(store) == ([], 2)


def test_of_two_records_of_one_content_the_one_that_is_withdrawn_is_told(tmp_path):
    same = {"name": "示例收费", "collected_on": "2024-03-05", "amount": 500}
    with open_store(tmp_path) as store:
        store.add([sheet("charges", 2024, [same, same], "ju")], NOW)
        store.add([sheet("charges", 2024, [same], "ju")], NOW, replace=True)
        assert [(one.register, one.number, len(one.names)) for one in store.load_records("ju", 2024).withdrawn] == [
            ("charges", 2, 1)
        ]


def test_a_corrected_record_is_not_withdrawn(tmp_path):
    with open_store(tmp_path) as store:
        store.add([sheet("requests", 2024, [request()], "ju")], NOW)
        store.add([sheet("requests", 2024, [request(subject="另一件")], "ju")], NOW, replace=True)
        assert withdrawn(store) == ([], 1)


def test_what_was_withdrawn_of_an_office_that_was_merged_into_this_one_is_told(records):
    own = records(2024, covers="all", **one())
    gone = replace(own, code="lao", withdrawn=(Withdrawal("requests", 2024, 7, ("1号", "2号")),))
    for code, told in (("lao", ["示例区老龄办的 1号、2号"]), (HERE.code, [])):
        given = replace(inputs_of(own), before=(PreviousOffice(code, "示例区老龄办", gone),))
        found = [one.message for one in check(given) if one.code == "records.withdrawn"]
        assert [text.partition("撤下了：")[2].rstrip("。") for text in found] == told


def test_what_a_restore_put_back_otherwise_is_told_apart_from_what_it_took_out(records):
    own = replace(records(2024, covers="all", **one()), withdrawn=(Withdrawal("requests", 2024, 7, ("1号",), True),))
    found = [one for one in check(inputs_of(own)) if one.code in ("records.withdrawn", "records.put-back")]
    assert [(one.code, one.severity, one.record) for one in found] == [("records.put-back", Severity.EXPLAIN, "7")]
    assert "2024 年度的 1 条和恢复以前登记的不一样，成了较早的内容：1号" in found[0].message


def test_registers_of_the_year_of_an_office_that_was_merged_into_this_one_are_told(records):
    def merged(year, code="lao"):
        own = records(year, covers="all", **one())
        return PreviousOffice(code, "示例区老龄办", replace(own, code=code).at(2023))

    own = records(2024, covers="all", **one())
    found = [one for one in check(replace(inputs_of(own), before=(merged(2024),))) if one.code == "records.of-merged"]
    assert [(one.severity, one.found, one.expected) for one in found] == [(Severity.EXPLAIN, "1", "1")]
    assert "示例区老龄办已经并入" in found[0].message
    for quiet in (merged(2023), merged(2024, HERE.code)):
        assert "records.of-merged" not in [one.code for one in check(replace(inputs_of(own), before=(quiet,)))]


def test_an_import_that_changed_another_files_records_unasked_blocks_every_year_of_the_office(records):
    doubt = Doubt("charges", 2023, 2, "2月.xlsx", "1月.xlsx", "甲")
    kept = replace(records(2024, covers="all", **one()), doubts=(doubt,))
    (found,) = check(inputs_of(kept))

    assert (found.code, found.severity, found.record) == ("records.other-file", Severity.BLOCK, "2")
    assert found.message == (
        "2023 年的行政事业性收费登记表：第 2 次导入的 2月.xlsx 改了 1月.xlsx 里的记录。"
        "没有编号的登记表，升级以前不同的文件也按行对应，可能少计了。"
    )
    assert [one.code for one in check(inputs_of(kept.at(2023)))] == ["records.other-file"]
    assert kept.digest() != replace(kept, doubts=()).digest()


def test_nothing_personal_or_confidential_stands_in_a_finding(records):
    secret = {"applicant_alias": "绝密代号", "subject": "绝密摘要"}
    for code, (broken, _) in CASES.items():
        rows = broken.get("requests")
        if isinstance(rows, list):
            given = broken | {"requests": [row | secret for row in rows]}
            found = check(inputs_of(records(2024, covers="all", **given), PARAMS.get(code)))
            assert "绝密" not in repr([finding.to_json() for finding in found])


# --- what staff write of articles ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "articles"),
    [
        ("36(二)", {(36, 2)}),
        ("第三十六条第二项", {(36, 2)}),
        ("第三十六条第一款第（二）项", {(36, 2)}),
        ("14条", {(14, None)}),
        ("１４、３６（三）", {(14, None), (36, 3)}),
        ("16②", {(16, 2)}),
        ("第十六条第二款、第三十七条", {(16, 2), (37, None)}),
        ("二十条", {(20, None)}),
        ("《中华人民共和国保守国家秘密法》第九条、《条例》第十四条", {(14, None)}),
        ("《政府信息公开条例》第39条第1款", {(39, 1)}),
        ("国办发〔2019〕12号，36", {(36, None)}),
        ("", set()),
        ("无", set()),
        ("第99条", set()),
    ],
)
def test_articles_are_read_however_clerks_write_them(text, articles):
    assert cited_articles(text) == articles


@pytest.mark.parametrize(
    ("disposition", "text", "agrees"),
    [
        ("refused.state_secret", "14、36(三)", True),
        ("refused.state_secret", "36(三)", True),
        ("refused.state_secret", "15、36(三)", False),
        ("refused.state_secret", "36", True),
        ("refused.internal_affairs", "16(二)", False),
        ("granted", "36(一)", True),
        ("granted", "36(四)", False),
        ("granted", "36(二)、42", True),
        ("partly_granted", "14、36(三)", False),
        ("unavailable.not_held", "36(五)", True),
        ("not_processed.reissue", "38", True),  # the notice names no article for it
        ("refused.state_secret", "", True),
    ],
)  # fmt: skip
def test_a_disposition_rests_on_its_own_articles(disposition, text, agrees):
    assert Grounds(load_format(2024)["requests"]).supports(disposition, text) is agrees


@pytest.mark.parametrize(
    ("register", "first", "other", "told"),
    [
        ("requests", "江公开〔2024〕3号", "江公开〔2024〕3号（补）", True),
        ("requests", "江公开〔2024〕3号", "江公开[2024]3号之二", True),
        ("requests", "江公开〔2024〕3号", "江公开〔2024〕13号", False),
        ("lawsuits", "（2024）示01行初1号", "（2024）示01行初1号续", True),
        ("decisions", "示罚〔2024〕1号", "示罚〔2024〕1号-更正", True),
    ],
)
def test_a_number_that_is_another_with_a_suffix_is_told(records, register, first, other, told):
    row = {"requests": request(), "decisions": LICENCE, "lawsuits": lawsuit()}[register]
    found = messages(records, "number-suffixed", **{register: [row | {"number": first}, row | {"number": other}]})

    assert [other in one for one in found] == [True] * told
