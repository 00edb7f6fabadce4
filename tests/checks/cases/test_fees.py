"""信息处理费 by 国办函〔2020〕109号, worked by hand: by piece a calendar month and applicant, by volume a page."""

from __future__ import annotations

import pytest
from casework import check, inputs_of, request

from gktools.checks.cases.law import law
from gktools.report.report import rules_in_force
from gktools.workspace.params_models import ReportParams


@pytest.mark.parametrize(
    ("nth", "yuan"),
    [(1, 0), (10, 0), (11, 100), (30, 100), (31, 200), (40, 200), (41, 300), (50, 300), (51, 400), (101, 900)],
)
def test_the_nth_request_of_a_month_costs_by_its_band(nth, yuan):
    assert law().fees.by_piece.price(nth) == yuan


def test_forty_two_requests_of_a_month_cost_4600():
    # 10 × 0 + 20 × 100 + 10 × 200 + 2 × 300
    assert sum(law().fees.by_piece.price(nth) for nth in range(1, 43)) == 4600


@pytest.mark.parametrize(
    ("pages", "yuan"),
    [
        (0, 0),
        (30, 0),
        (31, 10),
        (100, 700),  # 70 × 10
        (101, 720),  # + 1 × 20
        (200, 2700),  # 700 + 100 × 20
        (201, 2740),  # + 1 × 40
        (250, 4700),  # 2700 + 50 × 40
    ],
)
def test_pages_cost_each_at_the_price_of_its_band(pages, yuan):
    assert law().fees.by_volume.price(pages) == yuan


# --- what a register holds ----------------------------------------------------------------------------------


def month(count, fees, applicant="甲", **given):
    """So many requests of one applicant in March 2024, of which some cost a fee: index → 元."""
    return [
        request(number=f"{applicant}{n:02}", applicant_alias=applicant, **given)
        | (
            {"fee_notified_on": "2024-03-05", "fee_paid_on": "2024-03-08", "fee_paid": str(fees[n])}
            if n in fees
            else {}
        )
        for n in range(1, count + 1)
    ]


@pytest.fixture
def high(records):
    """What is found too high in the requests of March 2024: record, paid and bound."""

    def find(requests, year=2024, params=None):
        found = check(inputs_of(records(year, covers="all", requests=requests), params))
        return [(f.record, f.found, f.expected) for f in found if f.code == "records.fee-high"]

    return find


def test_by_piece_the_eleventh_request_of_a_month_may_cost_100(high):
    assert high(month(11, {11: 100}, fee_method="按件")) == []
    assert high(month(11, {11: 101}, fee_method="按件")) == [("甲11", "101", "100")]
    assert high(month(10, {10: 100}, fee_method="按件")) == [("甲10", "100", "0")]


def test_another_applicants_requests_and_another_months_are_counted_apart(high):
    others = month(10, {}, "乙", fee_method="按件") + month(1, {1: 100}, fee_method="按件")
    april = month(10, {}, fee_method="按件") + [
        row | {"number": "四月", "arrived_on": "2024-04-01", "replied_on": "2024-04-10", "sent_on": "2024-04-10"}
        for row in month(1, {1: 100}, fee_method="按件")
    ]

    assert high(others) == [("甲01", "100", "0")]
    assert high(april) == [("四月", "100", "0")]


def test_a_request_of_several_items_may_be_charged_as_several_pieces(high):
    """第四条：一份申请包含多项内容的，可以按“一事一申请”拆分计算件数。"""
    items = month(1, {1: 200}, fee_method="按件", fee_items="12")

    assert high(items) == []
    assert high([row | {"fee_items": "11"} for row in items]) == [("甲01", "200", "100")]


def test_fees_of_one_applicant_and_month_are_looked_at_together(high):
    assert high(month(12, {11: 100, 12: 100}, fee_method="按件")) == []
    assert high(month(12, {12: 200}, fee_method="按件")) == []  # the month's fee, entered with one of them
    assert high(month(12, {12: 201}, fee_method="按件")) == [("甲12", "201", "200")]
    assert high(month(12, {11: 101, 12: 101}, fee_method="按件")) == [("甲11", "202", "200")]


def test_by_volume_125_pages_may_cost_1200(high):
    # 70 × 10 + 25 × 20
    paid = {"fee_pages": "125", "fee_method": "按量"}

    assert high(month(1, {1: 1200}, **paid)) == []
    assert high(month(1, {1: "1200.01"}, **paid)) == [("甲01", "1200.01", "1200")]


def test_without_a_method_the_higher_of_both_is_the_bound(high):
    assert high(month(11, {11: 100}, fee_pages="31")) == []  # by piece 100, by volume 10
    assert high(month(11, {11: 101}, fee_pages="31")) == [("甲11", "101", "100")]


def test_less_or_nothing_is_never_reported(high):
    assert high(month(11, {11: 1}, fee_method="按件")) == []
    assert high(month(11, {}, fee_method="按件")) == []


def test_what_cannot_be_told_is_not_judged(high):
    assert high(month(1, {1: 100})) == []  # neither method nor pages
    assert high(month(1, {1: 100}, fee_method="按量")) == []
    assert high(month(1, {1: 100}, applicant="", fee_method="按件")) == []  # nobody knows whose month


def test_a_fee_is_reported_in_the_year_it_was_paid(high):
    early = [row | {"fee_paid_on": "2025-01-06"} for row in month(1, {1: 100}, fee_pages="31", fee_method="按量")]

    assert high(early, 2024) == []
    assert high(early, 2025) == [("甲01", "100", "10")]


@pytest.mark.parametrize(
    ("paid_on", "since", "found"),
    [
        ("2020-12-31", None, 0),
        ("2021-01-01", None, 1),
        ("2020-12-31", "2020-12-31", 1),
        ("2021-01-01", "2021-01-02", 0),
    ],
)
def test_the_standard_holds_from_the_day_that_the_office_has_set(high, paid_on, since, found):
    year = int(paid_on[:4])
    fee = {
        "fee_notified_on": f"{year}-01-01",
        "fee_paid_on": paid_on,
        "fee_paid": "11",
        "fee_pages": "31",
        "fee_method": "按量",
    }
    case = request(arrived_on=f"{year}-01-01", replied_on=f"{year}-01-10", sent_on=f"{year}-01-10", **fee)
    params = {"limits": {"fee_standard_since": since}} if since else None

    assert len(high([case], year, params)) == found


def test_the_day_is_shown_to_the_reviewer_with_its_reason():
    shown = {rule["title"]: rule for rule in rules_in_force(ReportParams())}["信息处理费标准从哪天起"]

    assert (shown["value"], shown["default"]) == ("2021-01-01", "是")
    assert "没有读到它的施行条款" in shown["meaning"]
