"""Two fields of one record that say different things are told; what only differs in the course of a case is not."""

from __future__ import annotations

import pytest
from casework import check, codes, inputs_of, lawsuit, request, still_open

REVIEW = {"number": "云复〔2024〕1号", "notified_on": "2024-05-06", "closed_on": "2024-07-01"}
LAPSED = {"replied_on": "", "delivery": "", "sent_on": "", "articles": ""}


def told(records, code, year=2024, **given):
    found = check(inputs_of(records(year, covers="all", **given)))
    return [finding.message for finding in found if finding.code == f"records.{code}"]


def one(records, year=2024, **given):
    return codes(records, year, covers="all", requests=[request(**given)])


@pytest.mark.parametrize(
    ("method", "outcome", "found"),
    [
        ("撤销", "结果维持", True), ("撤销", "其他结果", True), ("终止", "结果纠正", True), ("维持", "其他结果", True),
        ("调解", "结果纠正", True), ("撤销", "结果纠正", False), ("撤销", "", False), ("", "结果维持", False),
    ],
)  # fmt: skip
def test_a_reconsideration_counted_otherwise_than_it_ended_is_told(records, method, outcome, found):
    given = {key: value for key, value in (REVIEW | {"method": method, "outcome": outcome}).items() if value}

    assert codes(records, covers="all", reconsiderations=[given]) == (["outcome-differs"] if found else [])


@pytest.mark.parametrize(("method", "outcome"), [("撤销", "结果维持"), ("确认违法", "其他结果"), ("撤诉", "结果纠正")])
def test_a_lawsuit_counted_otherwise_than_it_ended_is_told_with_both_columns(records, method, outcome):
    case = lawsuit(request_number="", judged_on="2024-08-01", effective_on="2024-09-02", method=method, outcome=outcome)
    (message,) = told(records, "outcome-differs", lawsuits=[case])

    assert f"裁判方式是“{method}”" in message
    assert f"现在按“{outcome}”计" in message
    assert message.endswith("计“结果纠正”。" if method != "撤诉" else "计“其他结果”。")


def test_a_result_is_held_to_its_way_only_by_who_counts_it_and_in_its_year(records):
    case = {"judged_on": "2024-08-01", "effective_on": "2024-09-02", "method": "撤销", "outcome": "结果维持"}
    joint = lawsuit(request_number="", role="复议机关共同被告", **case)
    ended_later = lawsuit(request_number="", **case | {"effective_on": "2025-01-06"})

    assert told(records, "outcome-differs", lawsuits=[joint]) == []
    assert told(records, "outcome-differs", lawsuits=[ended_later]) == []
    assert told(records, "outcome-differs", 2025, lawsuits=[ended_later]) != []


def test_an_answer_behind_a_withdrawal_is_told_and_held_to_its_limit(records):
    late = {"replied_on": "2024-08-20", "sent_on": "2024-08-20"}

    assert one(records, withdrawn_on="2024-08-01", **late) == ["answer-late", "withdrawn-answered"]
    assert one(records, withdrawn_on="2024-03-11") == ["withdrawn-answered"]
    assert one(records, withdrawn_on="2024-03-21") == []  # after the answer: it stays
    assert codes(records, covers="all", requests=[still_open(withdrawn_on="2024-03-11")]) == []


def test_a_withdrawal_before_an_answer_of_the_next_year_is_told_in_both(records):
    given = {"arrived_on": "2024-12-20", "replied_on": "2024-12-30", "sent_on": "2025-01-03"}

    for year in (2024, 2025):
        assert "withdrawn-answered" in one(records, year, withdrawn_on="2024-12-31", **given)
        assert "withdrawn-answered" not in one(records, year, withdrawn_on="2025-01-03", **given)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"arrived_on": "2024-03-01", "received_on": "2024-03-04"}, True),
        ({"arrived_on": "2024-03-05", "received_on": "2024-03-04"}, False),
        ({"arrived_on": "2025-01-02", "received_on": "2024-03-04"}, True),
        ({"channel": "互联网", "arrived_on": "2024-03-01", "confirmed_on": "2024-03-01", "received_on": "2024-03-04"}, True),
        ({"channel": "互联网", "arrived_on": "2024-03-01", "confirmed_on": "2024-03-04", "received_on": "2024-03-04"}, False),
        ({"channel": "平常信函", "arrived_on": "2024-03-04", "confirmed_on": "2025-01-02", "received_on": "2024-03-04"}, True),
        ({"channel": "", "arrived_on": "", "confirmed_on": "2025-01-02", "received_on": "2024-03-04"}, True),
    ],
)  # fmt: skip
def test_a_day_of_receipt_later_or_of_another_year_than_the_way_says_is_told(records, given, found):
    assert ("receipt-differs" in one(records, **given)) is found


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"delivery": "邮寄", "posted_on": "2024-03-20", "signed_on": "2024-03-22"}, 0),
        ({"delivery": "邮寄", "posted_on": "2024-03-22", "signed_on": "2024-03-21"}, 1),
        ({"delivery": "邮寄", "posted_on": "2024-03-22", "delivered_on": "2024-03-25"}, 0),
        ({"delivery": "邮寄", "posted_on": "2024-03-22", "delivered_on": "2024-03-21"}, 1),
        ({"delivery": "邮寄", "delivered_on": "2024-03-22", "signed_on": "2024-03-22"}, 0),
        ({"delivery": "电子", "sent_on": "2024-03-22", "posted_on": "2024-03-20"}, 1),
        ({"delivery": "当面", "signed_on": "2024-03-22", "posted_on": "2024-03-20"}, 1),
        ({"delivery": "当面", "signed_on": "2024-03-22", "delivered_on": "2024-03-20"}, 1),
        ({"delivery": "", "delivered_on": "2024-03-20", "signed_on": "2024-03-22"}, 1),
        ({"delivery": "", "delivered_on": "2024-03-22", "signed_on": "2024-03-22"}, 0),
    ],
)
def test_days_of_delivery_that_deny_each_other_are_told(records, given, found):
    assert one(records, **{"sent_on": ""} | given) == ["delivery-differs"] * found


def test_days_of_delivery_do_not_matter_where_the_office_counts_by_the_document(records):
    rules = {"counting": {"completed_by": "document"}}
    given = {"sent_on": "", "delivery": "邮寄", "posted_on": "2024-03-22", "signed_on": "2024-03-21"}

    assert "delivery-differs" not in codes(records, params=rules, covers="all", requests=[request(**given)])


LATE = {"replied_on": "2024-08-20", "sent_on": "2024-08-20"}


@pytest.mark.parametrize(
    ("half", "whole"),
    [
        ({"corrected_on": "2024-08-01"}, {"correction_notified_on": "2024-03-05"}),
        ({"correction_notified_on": "2024-03-05"}, {"corrected_on": "2024-08-01"}),
        ({"fee_paid_on": "2024-08-01", "fee_paid": "0"}, {"fee_notified_on": "2024-03-05"}),
        ({"fee_notified_on": "2024-03-05"}, {"fee_paid_on": "2024-08-01", "fee_paid": "0"}),
        ({"others_asked_on": "2024-03-05"}, {"others_replied_on": "2024-08-15"}),
        ({"delayed_until": "2024-09-02"}, {"reasons_asked_on": "2024-03-05", "reasons_accepted": "是"}),
        ({"delayed_until": "2024-09-02", "reasons_asked_on": "2024-03-05", "reasons_accepted": "否"}, {"reasons_accepted": "是"}),
    ],
)  # fmt: skip
def test_half_a_step_that_alone_keeps_an_answer_in_time_is_told(records, half, whole):
    (message,) = told(records, "limit-unfounded", requests=[request(**LATE | half)])

    assert "答复期限是 2024-03-29" in message
    assert one(records, **LATE | half | whole) == []
    assert "limit-unfounded" not in one(records, **half)  # answered in time anyhow


def test_a_request_open_at_the_end_of_the_year_is_not_in_time_by_half_a_step(records):
    given = still_open(corrected_on="2024-12-20")

    assert codes(records, covers="all", requests=[given]) == ["limit-unfounded"]
    assert (
        codes(records, covers="all", requests=[still_open(correction_notified_on="2024-03-05")]) == []
    )  # still waiting


def test_an_answer_with_nothing_but_its_day_of_delivery_is_not_of_before_its_receipt(records):
    given = {"arrived_on": "2024-12-20", "replied_on": "", "delivery": "当面", "sent_on": "", "signed_on": "2024-12-10"}

    assert one(records, **given) == ["answered-early"]


def test_a_day_of_lapse_with_another_result_or_none_is_told(records):
    assert one(records, lapsed_on="2024-03-11") == ["lapsed-answered"]
    (message,) = told(
        records, "lapsed-answered", requests=[still_open(lapsed_on="2024-03-11", withdrawn_on="2024-03-12")]
    )

    assert "答复类型却是“没有登记”" in message


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"third_party_opinion": "未回复", "third_party_replied_on": "2024-03-12"}, ["third-party-differs"]),
        ({"third_party_opinion": "同意公开", "third_party_replied_on": "2024-03-12"}, []),
        (
            {"third_party_opinion": "同意公开", "disposition": "保护第三方合法权益", "articles": "32"},
            ["third-party-differs"],
        ),
        ({"third_party_opinion": "不同意公开", "disposition": "保护第三方合法权益", "articles": "32"}, []),
        ({"third_party_opinion": "不同意公开", "third_party_replied_on": "2024-03-12"}, []),
    ],
)
def test_what_a_third_party_said_is_held_against_its_days_and_the_answer(records, given, found):
    assert one(records, third_party_asked_on="2024-03-04", **given) == found


def test_a_payment_without_its_amount_is_told_of_its_own_row(records):
    paid = {"fee_notified_on": "2024-03-05", "fee_paid_on": "2024-03-08", "fee_method": "按量", "fee_pages": "66"}
    rows = [request(**paid, fee_paid="100"), request(**paid, number="2号")]

    assert codes(records, covers="all", requests=rows) == ["fee-unsaid"]


def test_publications_with_a_form_of_interpretation_are_told_in_one_finding(records):
    row = {"title": "甲", "channel": "政府网站", "published_on": "2024-03-01", "interpretation_form": "图解"}
    rows = [row, row | {"title": "乙", "interpretation": "否"}, row | {"title": "丙", "interpretation": "是"}]
    (message,) = told(records, "interpretation-unsaid", publications=rows)

    assert "有 2 条" in message


@pytest.mark.parametrize(
    ("listed", "added_on", "found"),
    [("是", "2020-03-02", True), ("是", "2019-03-01", False), ("否", "2019-03-01", True), ("否", "2020-03-02", False)],
)
def test_an_item_counted_twice_or_not_at_all_is_told(records, listed, added_on, found):
    item = {"code": "示1", "name": "甲", "kind": "行政许可", "listed": listed, "added_on": added_on}

    assert (told(records, "item-listed", 2020, items=[item]) != []) is found
