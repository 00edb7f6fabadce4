"""表三: what is received, carried in, completed and carried out, and when (counting.md)."""

from __future__ import annotations

from datetime import date

import pytest
from literal_registers import filled, reasons

from gktools.figures.counting.count import count_requests
from gktools.figures.table import Unknown
from gktools.forms.notices import load_format
from gktools.workspace.params_models import ReportParams

NATURAL = "natural_person"


def request(number="1", **given):
    """A request of a natural person, received and answered as given."""
    return {"number": number, "applicant": "自然人"} | given


def answered(number="1", received_on="2024-03-01", replied_on="2024-03-20", disposition="予以公开", **given):
    """A request whose answer was sent on its day, unless its delivery is given."""
    sent = {} if "delivery" in given else {"delivery": "电子", "sent_on": replied_on}
    return request(number, received_on=received_on, replied_on=replied_on, disposition=disposition, **sent | given)


@pytest.fixture
def rows(counted):
    """Count 表三 of requests and return the filled rows of their one applicant."""

    def count(year, *requests, rules=None, ended_on=None, **files):
        held = list(requests) or files.get("requests")
        table = counted("requests", year, rules=rules, ended_on=ended_on, requests=held)
        return {row: figure for (row, _), figure in filled(table).items()}

    return count


RECEIVED, CARRIED_IN, CARRIED_OUT = {"received": 1}, {"carried_in": 1}, {"carried_out": 1}
GRANTED = {"dispositions.granted": 1}
OPEN = RECEIVED | CARRIED_OUT
ENDED = date(2024, 12, 31)
"""The last day of an office that ended in 2024."""


# --- one request ----------


def test_an_application_answered_within_the_year_is_received_and_disposed(rows):
    assert rows(2024, answered()) == RECEIVED | GRANTED


def test_an_application_of_december_answered_in_january_is_carried_out_then_in(rows):
    register = answered(received_on="2023-12-20", replied_on="2024-01-10")

    assert rows(2023, register) == OPEN
    assert rows(2024, register) == CARRIED_IN | GRANTED
    assert rows(2025, register) == {}


def test_an_application_of_1_january_is_not_carried_in_and_one_of_31_december_is(rows):
    assert rows(2024, request(received_on="2024-01-01")) == OPEN
    assert rows(2024, request(received_on="2023-12-31")) == CARRIED_IN | CARRIED_OUT


@pytest.mark.parametrize(
    ("replied", "in_", "out"),
    [
        ("2023-11-30", [], []),
        ("2023-12-01", ["上年 2023-12-01 已办结"], []),
        ("2023-12-31", ["上年 2023-12-31 已办结"], []),
        ("2024-01-01", [], []),
        ("2024-11-29", [], []),
        ("2024-11-30", [], ["2024-11-30 已办结"]),
        ("2024-12-31", [], ["2024-12-31 已办结"]),
        ("2025-01-01", [], []),
    ],
)
def test_nearly_carried_over_is_what_was_answered_in_the_last_month_of_a_year(counted, replied, in_, out):
    table = counted("requests", requests=[answered(received_on="2023-11-01", replied_on=replied)])

    assert reasons(table, "carried_in", NATURAL) == in_
    assert reasons(table, "carried_out", NATURAL) == out


def test_an_application_open_for_years_is_carried_in_and_out_each_year(rows):
    register = request(received_on="2023-12-20")

    assert rows(2023, register) == OPEN
    assert rows(2024, register) == rows(2025, register) == CARRIED_IN | CARRIED_OUT


@pytest.mark.parametrize(
    ("day", "year"), [("2023-12-31", 2023), ("2024-01-01", 2024), ("2024-12-31", 2024), ("2025-01-01", 2025)]
)
def test_an_application_is_received_in_the_year_of_its_day(rows, day, year):
    assert "received" in rows(year, request(received_on=day))
    assert "received" not in rows(year - 1, request(received_on=day))
    assert "received" not in rows(year + 1, request(received_on=day))


@pytest.mark.parametrize("applicant", [
    ("自然人", "natural_person"), ("商业企业", "organisation.business"), ("科研机构", "organisation.research"),
    ("社会公益组织", "organisation.charity"), ("法律服务机构", "organisation.legal_service"),
    ("其他", "organisation.other"), ("法人或其他组织/其他", "organisation.other"),
])  # fmt: skip
def test_every_kind_of_applicant_has_its_column(counted, applicant):
    word, column = applicant
    table = counted("requests", requests=[answered(applicant=word)])

    assert filled(table) == {("received", column): 1, ("dispositions.granted", column): 1}
    assert table["received", "total"] == table["dispositions.total", "total"] == 1


@pytest.mark.parametrize("row", [
    row.removeprefix("dispositions.")
    for row in dict.fromkeys(row for row, _ in load_format(2024)["requests"].cells)
    if row.startswith("dispositions.") and row != "dispositions.total"
])  # fmt: skip
def test_every_disposition_has_its_row_whether_named_by_key_or_label(rows, row):
    form = load_format(2024)["requests"]
    label = form.address((f"dispositions.{row}", NATURAL))[0][-1]

    assert rows(2024, answered(disposition=label)) == RECEIVED | {f"dispositions.{row}": 1}
    assert rows(2024, answered(disposition=row)) == RECEIVED | {f"dispositions.{row}": 1}


def test_a_joint_application_is_one_and_follows_the_first_named_applicant(counted):
    table = counted("requests", requests=[answered(applicant="商业企业", applicant_name="甲公司、乙、丙")])

    assert filled(table) == {
        ("received", "organisation.business"): 1,
        ("dispositions.granted", "organisation.business"): 1,
    }


def test_several_applications_answered_by_one_reply_each_count_their_own_result(rows):
    register = [
        answered("1", reply_number="答〔2024〕5号"),
        answered("2", reply_number="答〔2024〕5号", disposition="重复申请"),
        answered("3", reply_number="答〔2024〕5号"),
    ]

    assert rows(2024, *register) == {
        "received": 3, "dispositions.granted": 2, "dispositions.not_processed.repeated": 1,
    }  # fmt: skip


def test_an_application_partly_granted_counts_there_and_nowhere_else(rows):
    given = answered(disposition="部分公开", articles="37、14、15")

    assert rows(2024, given) == RECEIVED | {"dispositions.partly_granted": 1}


# --- 收到申请之日, by the way it came (条例 31) ----------


@pytest.mark.parametrize("channel", ["当面", "邮寄", "口头代填"])
def test_handed_in_or_signed_for_is_received_on_arrival(rows, channel):
    register = request(channel=channel, arrived_on="2024-12-31", confirmed_on="2025-01-02")

    assert rows(2024, register) == OPEN
    assert rows(2025, register) == CARRIED_IN | CARRIED_OUT


@pytest.mark.parametrize("channel", ["平常信函", "互联网", "传真", "电子邮件"])
def test_by_letter_net_fax_or_mail_it_is_received_when_confirmed(rows, channel):
    register = request(channel=channel, arrived_on="2024-12-30", confirmed_on="2025-01-02")

    assert rows(2024, register) == {}
    assert rows(2025, register) == OPEN


@pytest.mark.parametrize("channel", ["平常信函", "互联网", "传真", "电子邮件"])
def test_unconfirmed_at_the_end_of_the_year_it_counts_nowhere_and_is_a_near_miss(counted, channel):
    table = counted("requests", requests=[request(channel=channel, arrived_on="2024-12-30")])

    assert filled(table) == {}
    assert reasons(table, "received", NATURAL) == ["尚未确认收到（条例 31 条），确认之日才算收到"]


def test_unconfirmed_since_long_before_the_year_it_is_not_near(counted):
    table = counted("requests", requests=[request(channel="平常信函", arrived_on="2023-06-01")])

    assert reasons(table, "received", NATURAL) == []


def test_confirmed_on_the_last_day_it_is_of_this_year(rows):
    register = request(channel="互联网", arrived_on="2024-12-30", confirmed_on="2024-12-31")

    assert rows(2024, register) == OPEN


def test_the_day_of_receipt_as_entered_comes_before_any_derived_one(rows):
    register = request(channel="当面", arrived_on="2024-12-31", received_on="2025-01-02")

    assert rows(2024, register) == {}
    assert rows(2025, register) == OPEN


def test_answered_without_ever_being_confirmed_it_was_received_when_answered(rows):
    answer = {"replied_on": "2025-01-10", "delivery": "电子", "sent_on": "2025-01-10", "disposition": "予以公开"}
    register = request(channel="互联网", arrived_on="2024-12-20", **answer)

    assert rows(2024, register) == {}
    assert rows(2025, register) == RECEIVED | GRANTED


def test_a_request_to_correct_the_application_does_not_move_the_day_of_receipt(rows):
    register = request(
        received_on="2024-12-20", correction_notified_on="2024-12-25", corrected_on="2025-01-08",
        replied_on="2025-01-20", delivery="邮寄", posted_on="2025-01-20", disposition="予以公开",
    )  # fmt: skip

    assert rows(2024, register) == OPEN
    assert rows(2025, register) == CARRIED_IN | GRANTED


# --- 办结日, by the way it was delivered ----------

DELIVERIES = [("当面", "signed_on"), ("委托", "signed_on"), ("邮寄", "posted_on"), ("电子", "sent_on")]


@pytest.mark.parametrize(("delivery", "day"), DELIVERIES)
def test_written_in_december_and_delivered_in_january_it_is_carried_out(rows, delivery, day):
    register = answered(received_on="2024-12-01", replied_on="2024-12-31", delivery=delivery, **{day: "2025-01-02"})

    assert rows(2024, register) == OPEN
    assert rows(2025, register) == CARRIED_IN | GRANTED


@pytest.mark.parametrize(("delivery", "day"), DELIVERIES)
def test_delivered_on_the_last_day_it_is_completed_in_this_year(rows, delivery, day):
    register = answered(received_on="2024-12-01", replied_on="2024-12-20", delivery=delivery, **{day: "2024-12-31"})

    assert rows(2024, register) == RECEIVED | GRANTED


def test_posted_on_the_last_day_it_is_completed_though_signed_for_or_returned_in_january(rows):
    register = answered(
        received_on="2024-12-01",
        replied_on="2024-12-30",
        delivery="邮寄",
        posted_on="2024-12-31",
        signed_on="2025-01-05",
    )

    assert rows(2024, register) == RECEIVED | GRANTED


def test_handed_over_in_person_it_is_completed_when_signed_for_not_when_written(rows):
    register = answered(received_on="2024-12-01", replied_on="2024-12-30", delivery="当面", signed_on="2025-01-02")

    assert rows(2024, register) == OPEN


@pytest.mark.parametrize("delivery", ["", *(way for way, _ in DELIVERIES)])
@pytest.mark.parametrize("replied", ["2024-01-10", "2024-12-30"])
def test_an_answer_without_a_day_of_delivery_is_not_completed_whether_its_way_is_known_or_not(rows, delivery, replied):
    register = answered(received_on="2024-01-05", replied_on=replied, delivery=delivery)

    assert rows(2024, register) == OPEN
    assert rows(2024, register, rules={"completed_by": "document"}) == RECEIVED | GRANTED


@pytest.mark.parametrize("delivery", ["", *(way for way, _ in DELIVERIES)])
def test_the_day_of_delivery_without_a_way_of_its_own_completes_it_by_every_way(rows, delivery):
    register = answered(received_on="2024-12-01", replied_on="", delivery=delivery, delivered_on="2024-12-31")

    assert rows(2024, register) == RECEIVED | GRANTED
    assert rows(2024, register | {"delivered_on": "2025-01-02"}) == OPEN


@pytest.mark.parametrize(("delivery", "day"), DELIVERIES)
def test_the_day_of_its_own_way_goes_before_another_day_of_delivery(rows, delivery, day):
    given = {"delivery": delivery, day: "2025-01-02", "delivered_on": "2024-12-31"}

    assert rows(2024, answered(received_on="2024-12-01", replied_on="2024-12-30", **given)) == OPEN


@pytest.mark.parametrize(("delivery", "day"), DELIVERIES)
def test_by_the_documents_date_if_the_office_counts_that_way(rows, delivery, day):
    register = answered(received_on="2024-12-01", replied_on="2024-12-31", delivery=delivery, **{day: "2025-01-02"})

    assert rows(2024, register, rules={"completed_by": "document"}) == RECEIVED | GRANTED
    assert rows(2025, register, rules={"completed_by": "document"}) == {}


def test_drafted_but_not_sent_it_is_carried_out_and_said_to_be_near(counted):
    table = counted("requests", requests=[answered(delivery="邮寄")])

    assert filled(table) == {("received", NATURAL): 1, ("carried_out", NATURAL): 1}
    assert reasons(table, "dispositions.granted", NATURAL) == ["有答复类型而没有送达日期，按未办结计"]


# --- still open on 31 December ----------


@pytest.mark.parametrize(
    "state",
    [
        {"correction_notified_on": "2024-12-10", "correction_due_on": "2025-01-05"},
        {"fee_notified_on": "2024-12-10", "fee_due_on": "2025-01-10"},
        {"third_party_asked_on": "2024-12-10"},
        {"others_asked_on": "2024-12-10"},
        {"reasons_asked_on": "2024-12-10"},
        {"extended_on": "2024-12-31"},
        {},
    ],
    ids=["correction", "fee", "third party", "other bodies", "reasons", "extended", "overdue"],
)
def test_whatever_is_waited_for_on_31_december_the_application_is_carried_out(rows, state):
    assert rows(2024, request(received_on="2024-11-01", **state)) == OPEN


def test_a_fee_asked_for_in_december_and_paid_in_january_leaves_the_case_open(rows):
    register = answered(
        received_on="2024-12-01", replied_on="2025-01-20", fee_notified_on="2024-12-20", fee_paid_on="2025-01-03",
        fee_paid="100",
    )  # fmt: skip

    assert rows(2024, register) == OPEN
    assert rows(2025, register) == CARRIED_IN | GRANTED


# --- lapses ----------

LAPSES = [
    ("申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请", "correction_due_on", "other.not_corrected"),
    ("申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请", "fee_due_on", "other.not_paid"),
]


@pytest.mark.parametrize(("disposition", "due", "row"), LAPSES)
def test_a_limit_that_ends_on_31_december_lapses_on_1_january(rows, disposition, due, row):
    register = request(received_on="2024-12-01", disposition=disposition, **{due: "2024-12-31"})

    assert rows(2024, register) == OPEN
    assert rows(2025, register) == CARRIED_IN | {f"dispositions.{row}": 1}


@pytest.mark.parametrize(("disposition", "due", "row"), LAPSES)
def test_a_limit_that_ends_on_30_december_lapses_on_31_december(rows, disposition, due, row):
    register = request(received_on="2024-12-01", disposition=disposition, **{due: "2024-12-30"})

    assert rows(2024, register) == RECEIVED | {f"dispositions.{row}": 1}
    assert rows(2025, register) == {}


@pytest.mark.parametrize(("disposition", "due", "row"), LAPSES)
def test_the_day_of_lapse_as_entered_comes_before_the_derived_one(rows, disposition, due, row):
    register = request(received_on="2024-12-01", disposition=disposition, lapsed_on="2024-12-31", **{due: "2024-12-31"})

    assert rows(2024, register) == RECEIVED | {f"dispositions.{row}": 1}


@pytest.mark.parametrize(("disposition", "due", "row"), LAPSES)
def test_a_lapse_without_its_limit_falls_on_the_day_of_the_answer(rows, disposition, due, row):
    register = request(received_on="2024-11-01", disposition=disposition, replied_on="2024-12-31")

    assert rows(2024, register) == RECEIVED | {f"dispositions.{row}": 1}


def test_a_corrected_application_that_stays_unclear_is_not_a_lapse(rows):
    register = answered(disposition="3.补正后申请内容仍不明确", correction_due_on="2024-12-31")

    assert rows(2024, register) == RECEIVED | {"dispositions.unavailable.still_unclear": 1}


# --- withdrawals ----------


def test_withdrawn_before_the_answer_it_ends_as_other_on_the_day_the_withdrawal_came(rows):
    register = request(received_on="2024-12-01", withdrawn_on="2024-12-31")

    assert rows(2024, register) == RECEIVED | {"dispositions.other.otherwise": 1}
    assert rows(2025, request(received_on="2024-12-01", withdrawn_on="2025-01-01")) == CARRIED_IN | {
        "dispositions.other.otherwise": 1
    }


def test_withdrawn_before_an_answer_that_went_out_all_the_same_it_is_still_withdrawn(rows):
    register = answered(replied_on="2024-03-20", withdrawn_on="2024-03-19")

    assert rows(2024, register) == RECEIVED | {"dispositions.other.otherwise": 1}


@pytest.mark.parametrize("day", ["2024-03-20", "2024-03-21"])
def test_withdrawn_when_it_had_been_answered_the_result_stays(rows, day):
    assert rows(2024, answered(replied_on="2024-03-20", withdrawn_on=day)) == RECEIVED | GRANTED


def test_withdrawn_before_the_limit_had_passed_it_did_not_lapse(rows):
    register = request(
        received_on="2024-11-01",
        disposition="other.not_corrected",
        correction_due_on="2024-12-20",
        withdrawn_on="2024-12-10",
    )

    assert rows(2024, register) == RECEIVED | {"dispositions.other.otherwise": 1}


def test_a_withdrawal_does_not_lessen_what_was_received(rows):
    registers = [answered("1"), request("2", received_on="2024-05-01", withdrawn_on="2024-05-02")]

    assert rows(2024, *registers)["received"] == 2


# --- redone cases ----------


def redone(number, of, replied_on, disposition="予以公开"):
    return answered(number, received_on=replied_on, replied_on=replied_on, disposition=disposition, redo_of=of)


REFUSED = {"dispositions.refused.third_party": 1}


def test_redone_in_the_same_year_the_last_result_takes_the_first_ones_place(rows):
    first = answered("1", disposition="保护第三方合法权益", replied_on="2024-03-20")

    assert rows(2024, first, redone("1b", "1", "2024-12-31")) == RECEIVED | GRANTED


def test_redoing_one_case_changes_the_result_of_no_other(rows):
    other = answered("3", disposition="部分公开")
    again = answered("2", received_on="2024-03-20", replied_on="2024-06-01", disposition="重复申请", redo_of="1")

    assert rows(2024, answered("1"), again, other) == {
        "received": 2, "dispositions.not_processed.repeated": 1, "dispositions.partly_granted": 1,
    }  # fmt: skip


def test_redone_in_another_year_it_is_neither_received_nor_completed_and_the_past_stays(rows):
    register = [answered("1", disposition="保护第三方合法权益"), redone("1b", "1", "2025-01-01")]

    assert rows(2024, *register) == RECEIVED | REFUSED
    assert rows(2025, *register) == {}


def test_redone_twice_in_the_same_year_the_last_result_counts_whatever_the_order_of_rows(rows):
    first = answered("1", disposition="保护第三方合法权益", replied_on="2024-03-20")
    second, third = redone("1b", "1", "2024-06-01", "部分公开"), redone("1c", "1", "2024-09-01")

    assert rows(2024, first, second, third) == rows(2024, third, second, first) == RECEIVED | GRANTED


def test_what_was_redone_may_be_redone_itself(rows):
    first = answered("1", disposition="保护第三方合法权益", replied_on="2024-03-20")
    second, third = redone("1b", "1", "2024-06-01", "部分公开"), redone("1c", "1b", "2024-09-01")

    assert rows(2024, third, first, second) == RECEIVED | GRANTED


def test_two_cases_that_name_each_other_as_redone_end_nothing(rows):
    assert rows(2024, redone("1", "2", "2024-06-01"), redone("2", "1", "2024-06-02")) == {}


def test_three_cases_in_a_circle_end_nothing_and_take_nothing_from_another(rows):
    circle = [redone("1", "2", "2024-06-01"), redone("2", "3", "2024-06-02"), redone("3", "1", "2024-06-03")]

    assert rows(2024, *circle, redone("4", "1", "2024-07-01"), answered("5")) == RECEIVED | GRANTED


def test_a_case_that_names_itself_as_redone_is_a_case_of_its_own(rows):
    assert rows(2024, answered("1", redo_of="1")) == RECEIVED | GRANTED


def test_the_last_result_reaches_the_first_case_held_though_that_names_a_number_nobody_holds(rows):
    first = answered("1", disposition="保护第三方合法权益", replied_on="2024-03-20", redo_of="旧9")
    second, third = redone("1b", "1", "2024-06-01", "部分公开"), redone("1c", "1b", "2024-09-01")

    assert rows(2024, first, second) == RECEIVED | {"dispositions.partly_granted": 1}
    assert rows(2024, third, first, second) == RECEIVED | GRANTED


def test_a_middle_case_that_names_nobody_begins_a_case_of_its_own(rows):
    first = answered("1", disposition="保护第三方合法权益", replied_on="2024-03-20")
    middle, last = redone("1b", "旧9", "2024-06-01", "部分公开"), redone("1c", "1b", "2024-09-01")

    assert rows(2024, first, middle, last) == {"received": 2, "dispositions.granted": 1} | REFUSED


def test_the_last_result_reaches_a_first_case_that_names_itself(rows):
    first = answered("1", disposition="保护第三方合法权益", replied_on="2024-03-20", redo_of="1")

    assert rows(2024, first, redone("1b", "1", "2024-06-01")) == RECEIVED | GRANTED


def test_a_case_never_answered_takes_day_and_result_of_the_answer_a_court_ordered(rows):
    register = [request("1", received_on="2023-06-01"), redone("1b", "1", "2024-06-01")]

    assert rows(2023, *register) == OPEN
    assert rows(2024, *register) == CARRIED_IN | GRANTED
    assert rows(2025, *register) == {}


def test_a_case_redone_is_named_as_near_and_says_why(counted):
    table = counted("requests", requests=[answered("1"), redone("1b", "1", "2024-06-01")])

    assert reasons(table, "received", NATURAL) == ["是重新作出的处理，不另计一件"]


# --- handed over ----------


def test_handed_over_unfinished_it_is_counted_by_the_one_that_took_it_over(rows):
    given = request(received_on="2024-02-01", handed_over_on="2024-06-30", handed_to="大数据局")

    assert rows(2024, given, ended_on=date(2024, 6, 30)) == {}
    assert rows(2024, answered(received_on="2024-02-01", replied_on="2024-07-10")) == RECEIVED | GRANTED


@pytest.mark.parametrize(("day", "given_away", "taken"), [("2024-12-31", {}, OPEN), ("2025-01-01", OPEN, {})])
def test_on_31_december_a_hand_over_is_of_this_year_and_on_1_january_of_the_next(rows, day, given_away, taken):
    assert rows(2024, request(received_on="2024-02-01", handed_over_on=day), ended_on=ENDED) == given_away
    assert rows(2024, request(received_on="2024-02-01", taken_over_on=day)) == taken


def test_finished_before_the_hand_over_it_stays_with_the_one_that_finished_it(rows):
    given = answered(replied_on="2024-06-30", handed_over_on="2024-06-30")

    assert rows(2024, given) == RECEIVED | GRANTED
    assert rows(2024, given, ended_on=ENDED) == RECEIVED | GRANTED


@pytest.mark.parametrize("ended", [None, date(2023, 12, 31), date(2025, 6, 30)])
def test_an_office_that_goes_on_still_counts_what_it_says_it_handed_over(rows, ended):
    """国办公开办函〔2019〕14号: the office that still exists answers, whoever got the work."""
    given = request(received_on="2024-02-01", handed_over_on="2024-06-30", handed_to="大数据局")

    assert rows(2024, given, ended_on=ended) == OPEN


@pytest.mark.parametrize("ended", [None, date(2024, 12, 31)])
def test_its_own_answer_after_the_hand_over_counts_in_any_case(rows, ended):
    given = answered(disposition="本机关不掌握相关政府信息", handed_over_on="2024-03-04", handed_to="大数据局")

    assert rows(2024, given, ended_on=ended) == RECEIVED | {"dispositions.unavailable.not_held": 1}


def test_an_answer_that_was_not_delivered_is_one_of_its_own(rows):
    given = answered(delivery="邮寄", handed_over_on="2024-06-30")

    assert rows(2024, given, ended_on=ENDED) == OPEN


def test_handed_over_in_a_later_year_the_past_stays_as_it_was(rows):
    given = request(received_on="2023-12-01", handed_over_on="2024-06-30")

    assert rows(2023, given, ended_on=ENDED) == OPEN
    assert rows(2024, given, ended_on=ENDED) == {}
    assert rows(2025, given, ended_on=ENDED) == {}


# --- several years' files ----------


def test_a_later_years_file_completes_the_case_for_both_years(counted):
    files = {
        2023: [request("7", received_on="2023-12-20")],
        2024: [answered("7", received_on="2023-12-20", replied_on="2024-01-10")],
    }

    before, after = (counted("requests", year, requests=files, covers="all") for year in (2023, 2024))

    assert filled(before) == {("received", NATURAL): 1, ("carried_out", NATURAL): 1}
    assert filled(after) == {("carried_in", NATURAL): 1, ("dispositions.granted", NATURAL): 1}


def test_a_case_that_stands_only_in_last_years_file_is_carried_in_from_it(counted):
    table = counted("requests", 2024, requests={2023: [request("7", received_on="2023-12-20")]})

    assert filled(table) == {("carried_in", NATURAL): 1, ("carried_out", NATURAL): 1}


def test_a_case_of_december_entered_late_into_januarys_file_counts_for_december(counted):
    files = {2024: [request("1", received_on="2024-05-01")], 2025: [request("9", received_on="2024-12-30")]}

    assert counted("requests", 2024, requests=files)["received", NATURAL] == 2
    assert counted("requests", 2025, requests=files)["carried_in", NATURAL] == 2


# --- 2019 and 2020 ----------


def test_the_single_row_of_2019_takes_lapses_withdrawals_and_others(rows):
    register = [
        request("1", received_on="2020-03-01", disposition="other.not_corrected", correction_due_on="2020-03-20"),
        request("2", received_on="2020-03-01", disposition="other.not_paid", fee_due_on="2020-03-20"),
        request("3", received_on="2020-03-01", withdrawn_on="2020-03-05"),
        answered("4", "2020-03-01", "2020-03-20", "3.其他"),
        answered("5", "2020-03-01", "2020-03-20", "（六）其他处理"),
    ]

    assert rows(2020, *register) == {"received": 5, "dispositions.other": 5}


def test_in_2021_the_same_three_stand_in_rows_of_their_own(rows):
    register = [
        request("1", received_on="2021-03-01", disposition="other.not_corrected", correction_due_on="2021-03-20"),
        request("2", received_on="2021-03-01", disposition="other.not_paid", fee_due_on="2021-03-20"),
        request("3", received_on="2021-03-01", withdrawn_on="2021-03-05"),
    ]

    assert rows(2021, *register) == {
        "received": 3, "dispositions.other.not_corrected": 1, "dispositions.other.not_paid": 1,
        "dispositions.other.otherwise": 1,
    }  # fmt: skip


def test_a_limit_that_ends_with_2020_lapses_into_the_new_forms_row(rows):
    register = request(received_on="2020-12-01", disposition="other.not_corrected", correction_due_on="2020-12-31")

    assert rows(2020, register) == OPEN
    assert rows(2021, register) == CARRIED_IN | {"dispositions.other.not_corrected": 1}


# --- zero needs proof ----------


def test_a_register_with_nothing_to_record_proves_zero(counted):
    table = counted("requests", covers=["requests"])

    assert set(table.figures.values()) == {0}
    assert {table.source(cell) for cell in table.form.cells} == {"counted", "summed"}


def test_without_its_register_no_cell_is_known(counted):
    table = counted("requests", covers=[("requests", 2023)])

    assert all(isinstance(figure, Unknown) for figure in table.figures.values())
    assert table["received", NATURAL].reason == "没有导入 2024 年的依申请公开登记表，也没有填报数"


def test_records_of_the_year_before_prove_nothing_of_this_one(records):
    held = records(2024, requests={2023: [answered(received_on="2023-12-20", replied_on="2024-01-10")]})
    table = count_requests(held, load_format(2024), ReportParams())

    assert isinstance(table["received", NATURAL], Unknown)


def test_every_column_holds_what_the_corner_of_the_form_says(counted):
    table = counted(
        "requests",
        requests=[
            answered("1", "2023-12-20", "2024-01-10"),
            answered("2", applicant="商业企业", disposition="重复申请"),
            request("3", received_on="2024-12-31", applicant="其他"),
            request("4", received_on="2024-12-01", withdrawn_on="2024-12-02"),
            request("5", received_on="2022-12-31"),
        ],
    )
    (identity,) = table.form.identities

    for column in dict.fromkeys(column for _, column in table.form.cells):
        left = sum(table[row, column] for row in identity.left)
        assert left == sum(table[row, column] for row in identity.right)
    assert table["received", "total"] + table["carried_in", "total"] == 5


def test_a_case_taken_over_is_counted_from_the_year_of_the_hand_over_on(counted):
    given = request(received_on="2023-12-01", taken_over_on="2024-06-30")

    assert filled(counted("requests", 2023, requests={2024: [given]})) == {}
    assert filled(counted("requests", 2024, requests={2024: [given]})) == {
        ("carried_in", "natural_person"): 1,
        ("carried_out", "natural_person"): 1,
    }
