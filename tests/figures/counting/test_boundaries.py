"""The ten boundaries around 31 December, each by its number in counting.md, counted from literal records.

The definitions before them, and more cases of each, are in test_counting_requests.py, test_counting_reviews.py and
test_counting_disclosures.py; here the list is whole, in its order.
"""

from __future__ import annotations

from datetime import date

import pytest
from casework import codes, still_open
from literal_registers import filled

NET = {"number": "1", "applicant": "自然人", "channel": "互联网"}
DECEMBER = {"number": "1", "applicant": "自然人", "received_on": "2024-12-02"}
NEW, IN, OUT = {"received": 1}, {"carried_in": 1}, {"carried_out": 1}
GRANTED = {"dispositions.granted": 1}


@pytest.fixture
def requests(counted):
    """The filled rows of 表三 for one request, in two years running."""

    def count(**request):
        return tuple(_rows(counted("requests", year, requests=[request])) for year in (2024, 2025))

    return count


def _rows(table):
    return {row: figure for (row, _), figure in filled(table).items()}


def _columns(table):
    return {column: figure for (_, column), figure in filled(table).items()}


# 1. 12-31 前到达、1 月才确认（网上、传真、平信）→ 次年新收，列跨年确认清单（H12）


@pytest.mark.parametrize("channel", ["互联网", "传真", "平常信函"])
def test_boundary_1_arrived_in_december_and_confirmed_in_january_it_is_new_next_year(requests, records, channel):
    case = NET | {"channel": channel, "arrived_on": "2024-12-31", "confirmed_on": "2025-01-02"}

    assert requests(**case) == ({}, NEW | OUT)
    assert "confirmed-next-year" in codes(records, 2025, covers="all", requests=[case])


def test_boundary_1_confirmed_on_31_december_it_is_new_this_year_and_on_no_list(requests, records):
    case = NET | {"arrived_on": "2024-12-30", "confirmed_on": "2024-12-31"}

    assert requests(**case) == (NEW | OUT, IN | OUT)
    assert codes(records, 2024, covers="all", requests=[case]) == []


def test_boundary_1_handed_in_on_31_december_it_needs_no_confirmation(requests):
    assert requests(**NET | {"channel": "当面", "arrived_on": "2024-12-31"}) == (NEW | OUT, IN | OUT)


# 2. 补正或缴费期限 12-31 届满 → 1-1 视为放弃 → 本年 C，次年 o1/o2


@pytest.mark.parametrize(
    ("disposition", "due"), [("other.not_corrected", "correction_due_on"), ("other.not_paid", "fee_due_on")]
)
def test_boundary_2_a_limit_that_ends_on_31_december_lapses_next_year(requests, disposition, due):
    row = {f"dispositions.{disposition}": 1}

    assert requests(**DECEMBER, disposition=disposition, **{due: "2024-12-31"}) == (NEW | OUT, IN | row)
    assert requests(**DECEMBER, disposition=disposition, **{due: "2024-12-30"}) == (NEW | row, {})


# 3. 12-31 落款、1 月交邮 → 本年 C；12-31 交邮、1 月签收或退信 → 本年结果；直接送达 1 月签收 → 本年 C


@pytest.mark.parametrize(
    ("delivery", "days", "this_year"),
    [
        ("邮寄", {"posted_on": "2025-01-02"}, False),
        ("邮寄", {"posted_on": "2024-12-31", "signed_on": "2025-01-06"}, True),
        ("邮寄", {"posted_on": "2024-12-31"}, True),  # returned: never signed for
        ("当面", {"signed_on": "2025-01-02"}, False),
        ("当面", {"signed_on": "2024-12-31"}, True),
    ],
)
def test_boundary_3_what_is_dated_31_december_is_completed_by_its_delivery(requests, delivery, days, this_year):
    case = DECEMBER | {"replied_on": "2024-12-31", "disposition": "予以公开", "delivery": delivery} | days

    assert requests(**case) == ((NEW | GRANTED, {}) if this_year else (NEW | OUT, IN | GRANTED))


# 4. 12-31 已决定延期 → C


def test_boundary_4_extended_on_31_december_it_is_carried_out(requests):
    assert requests(**DECEMBER, extended_on="2024-12-31") == (NEW | OUT, IN | OUT)


# 5. 12 月到件、1 月补登：发布前补入 r1；发布后走更正，留痕，连带次年 r2


def test_boundary_5_entered_late_into_the_old_years_file_it_is_new_there_and_carried_in_next_year(counted):
    files = {2024: [DECEMBER], 2025: []}

    assert _rows(counted("requests", 2024, requests=files)) == NEW | OUT
    assert _rows(counted("requests", 2025, requests=files)) == IN | OUT


def test_boundary_5_entered_into_the_new_years_file_only_it_is_said_that_the_old_one_lacks_it(records):
    other = still_open(number="另一件", arrived_on="2024-12-30")
    late = still_open(number="1", arrived_on="2024-12-31")

    assert "unheard-of" in codes(records, 2025, covers="all", requests={2024: [other], 2025: [other, late]})
    assert "unheard-of" not in codes(records, 2025, covers="all", requests={2024: [other, late], 2025: [other, late]})


# 6. 收费通知 12 月发、1 月缴 → C；费用按缴款日计年


def test_boundary_6_a_fee_asked_for_in_december_and_paid_in_january_is_of_the_new_year(counted):
    case = DECEMBER | {"fee_notified_on": "2024-12-10", "fee_paid_on": "2025-01-06", "fee_paid": "360"}
    fees = ("article_20_8.fees", "amount")

    assert _rows(counted("requests", 2024, requests=[case])) == NEW | OUT
    assert counted("disclosures", 2024, requests=[case])[fees] == 0
    assert str(counted("disclosures", 2025, requests=[case])[fees]) == "0.036"


# 7. 复议决定、裁判按送达日；12-31 已判未生效、复议中止 → 尚未审结；次年同一案件链不另计新案


@pytest.mark.parametrize(
    ("closed", "this_year", "next_year"),
    [
        ("2024-12-31", {"reconsideration.upheld": 1}, {}),
        ("2025-01-02", {"reconsideration.pending": 1}, {"reconsideration.upheld": 1}),
    ],
)
def test_boundary_7_a_decision_counts_by_its_service(counted, closed, this_year, next_year):
    case = {"number": "1", "notified_on": "2024-11-04", "closed_on": closed, "method": "维持"}

    assert _columns(counted("reviews", 2024, reconsiderations=[case])) == this_year
    assert _columns(counted("reviews", 2025, reconsiderations=[case])) == next_year


def test_boundary_7_a_reconsideration_suspended_on_31_december_is_pending(counted):
    case = {"number": "1", "notified_on": "2024-11-04", "suspended": "是"}

    assert _columns(counted("reviews", 2024, reconsiderations=[case])) == {"reconsideration.pending": 1}


def test_boundary_7_judged_and_not_yet_effective_is_pending_and_its_appeal_is_no_new_case(counted):
    role = {"role": "原行为主体"}
    first = {"number": "初1", "notified_on": "2024-09-02", "judged_on": "2024-12-20", "method": "驳回诉讼请求"} | role
    second = {"number": "终1", "first_number": "初1", "notified_on": "2025-01-20", "judged_on": "2025-04-01"} | role
    second |= {"effective_on": "2025-04-01", "method": "驳回诉讼请求"}

    assert _columns(counted("reviews", 2024, lawsuits=[first, second])) == {"litigation.direct.pending": 1}
    assert _columns(counted("reviews", 2025, lawsuits=[first, second])) == {"litigation.direct.upheld": 1}


# 8. 规范性文件：按公布日计制发；已公布未施行计入现行有效；"有效期至 12 月 31 日"的当日仍有效，次年计废止

DOCUMENT = {"title": "办法", "number": "1", "kind": "行政规范性文件", "published_on": "2024-12-31"}
DOCUMENTS = "article_20_1.normative_documents"


def _documents(table):
    return {column: figure for (row, column), figure in filled(table).items() if row == DOCUMENTS}


def test_boundary_8_published_on_31_december_and_in_effect_later_it_is_issued_and_in_force(counted):
    table = counted("disclosures", 2024, documents=[DOCUMENT | {"effective_on": "2025-03-01"}])

    assert _documents(table) == {"issued": 1, "in_force": 1}


def test_boundary_8_valid_to_31_december_it_is_in_force_that_day_and_repealed_next_year(counted):
    document = DOCUMENT | {"published_on": "2020-03-02", "expires_on": "2024-12-31"}

    assert _documents(counted("disclosures", 2024, documents=[document])) == {"in_force": 1}
    assert _documents(counted("disclosures", 2025, documents=[document])) == {"repealed": 1}


# 9. 许可、处罚、强制按决定日，不按送达或公示日；次年撤销不回改上年


@pytest.mark.parametrize("kind", ["行政许可", "行政处罚", "行政强制"])
def test_boundary_9_a_decision_counts_by_its_own_day_not_by_that_of_publicity(counted, kind):
    decision = {"number": "1", "kind": kind, "decided_on": "2024-12-31", "public_on": "2025-01-08"}

    assert list(filled(counted("disclosures", 2024, decisions=[decision])).values()) == [1]
    assert filled(counted("disclosures", 2025, decisions=[decision])) == {}


def test_boundary_9_revoked_next_year_it_still_counts_as_decided(counted):
    """The register has no field that would take a decision back: what was decided stays decided."""
    decision = {"number": "1", "kind": "行政许可", "decided_on": "2024-06-03"}
    files = {2024: [decision], 2025: [decision]}

    assert list(filled(counted("disclosures", 2024, decisions=files)).values()) == [1]


# 10. 年中机构合并：未结案件随职权移交，双方各记一次交接，只由承接单位计 C


def test_boundary_10_handed_over_unfinished_it_is_carried_out_by_the_taking_office_only(counted):
    given = DECEMBER | {"handed_over_on": "2024-12-10", "handed_to": "另一机关"}
    taken = DECEMBER | {"taken_over_on": "2024-12-10"}

    assert _rows(counted("requests", 2024, ended_on=date(2024, 12, 31), requests=[given])) == {}
    assert _rows(counted("requests", 2024, requests=[taken])) == NEW | OUT
