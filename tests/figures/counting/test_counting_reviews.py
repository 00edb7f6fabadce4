"""表四: reconsiderations and lawsuits by what has reached the office by 31 December (counting.md)."""

from __future__ import annotations

import pytest
from literal_registers import filled, reasons

from gktools.figures.table import Unknown
from gktools.registers.schema import registers


def case(number="1", notified_on="2024-05-01", **given):
    return {"number": number, "notified_on": notified_on} | given


def suit(number="初1", notified_on="2024-05-01", role="原行为主体", **given):
    return {"number": number, "notified_on": notified_on, "role": role} | given


@pytest.fixture
def reconsidered(counted):
    """Count the reconsiderations of 表四: the filled columns, without their root."""

    def count(year, *cases, rules=None):
        return short(counted("reviews", year, rules=rules, reconsiderations=list(cases)), "reconsideration.")

    return count


@pytest.fixture
def sued(counted):
    """Count the lawsuits of 表四: the filled columns, without their root."""

    def count(year, *suits, rules=None):
        return short(counted("reviews", year, rules=rules, lawsuits=list(suits)), "litigation.")

    return count


def short(table, root):
    return {column.removeprefix(root): figure for (_, column), figure in filled(table).items()}


def choices(register):
    """Every way a case ends, with the word for it and the result it counts as by default."""
    method = registers()[register]["method"]
    return [(key, method.choices[key], method.leads_to[key]) for key in method.choices]


# --- reconsiderations ----------


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("维持", "upheld"), ("驳回复议请求", "upheld"), ("撤销", "corrected"), ("部分撤销", "corrected"),
        ("变更", "corrected"), ("确认违法", "corrected"), ("确认无效", "corrected"), ("责令履行", "corrected"),
        ("责令重作", "corrected"), ("驳回复议申请", "otherwise"), ("终止", "otherwise"), ("撤回", "otherwise"),
        ("和解", "otherwise"), ("调解", "otherwise"), ("移送", "otherwise"),
    ],
)  # fmt: skip
def test_a_way_a_reconsideration_ends_counts_as_its_result(reconsidered, word, outcome):
    assert reconsidered(2024, case(closed_on="2024-08-01", method=word)) == {outcome: 1}


@pytest.mark.parametrize("register", ["reconsiderations", "lawsuits"])
def test_every_way_a_case_may_end_counts_as_a_result_the_form_prints(register):
    assert {outcome for _, _, outcome in choices(register)} == {"upheld", "corrected", "otherwise"}
    assert registers()[register]["method"].choices.keys() == registers()[register]["method"].leads_to.keys()


def test_a_decision_served_on_31_december_is_a_result_and_one_of_1_january_is_pending(reconsidered):
    assert reconsidered(2024, case(closed_on="2024-12-31", method="维持")) == {"upheld": 1}
    assert reconsidered(2024, case(closed_on="2025-01-01", method="维持")) == {"pending": 1}


def test_a_case_over_the_turn_of_the_year_is_pending_then_has_its_result_then_is_gone(reconsidered):
    given = case(notified_on="2023-12-20", closed_on="2024-02-01", method="撤销")

    assert reconsidered(2023, given) == {"pending": 1}
    assert reconsidered(2024, given) == {"corrected": 1}
    assert reconsidered(2025, given) == {}


def test_a_case_notified_on_1_january_belongs_to_the_new_year(reconsidered):
    assert reconsidered(2023, case(notified_on="2024-01-01")) == {}
    assert reconsidered(2024, case(notified_on="2024-01-01")) == {"pending": 1}


def test_a_suspended_case_is_pending(reconsidered):
    assert reconsidered(2024, case(suspended="是")) == {"pending": 1}


def test_without_a_notification_the_day_of_acceptance_begins_a_case(reconsidered):
    given = {"number": "1", "accepted_on": "2024-12-31"}

    assert reconsidered(2024, given) == {"pending": 1}
    assert reconsidered(2023, given) == {}


def test_cases_of_the_year_before_are_left_out_if_the_office_counts_new_ones_only(reconsidered):
    old, new = case("1", notified_on="2023-12-31", closed_on="2024-02-01", method="维持"), case("2")
    rules = {"reviews_include_carried_in": False}

    assert reconsidered(2024, old, new) == {"upheld": 1, "pending": 1}
    assert reconsidered(2024, old, new, rules=rules) == {"pending": 1}


def test_a_case_notified_on_1_january_is_a_new_one(reconsidered):
    given = case(notified_on="2024-01-01")

    assert reconsidered(2024, given, rules={"reviews_include_carried_in": False}) == {"pending": 1}


@pytest.mark.parametrize(
    ("closed", "near"),
    [
        ("2023-11-30", []),
        ("2023-12-01", ["上年 2023-12-01 已审结"]),
        ("2023-12-31", ["上年 2023-12-31 已审结"]),
        ("2024-01-01", []),
        ("2024-03-01", []),
    ],
)
def test_a_case_closed_in_the_last_month_of_the_year_before_is_near(counted, closed, near):
    given = case(notified_on="2023-03-01", closed_on=closed, method="维持")
    new_only = {"reviews_include_carried_in": False}
    left_out = ["上年未审结的，按口径不计"] if closed.startswith("2024") else near

    for rules, said in (({}, near), (new_only, left_out)):
        table = counted("reviews", rules=rules, reconsiderations=[given])
        assert reasons(table, "cases", "reconsideration.upheld") == said


@pytest.mark.parametrize(
    ("notified", "near"),
    [("2024-12-31", []), ("2025-01-01", ["收到通知之日 2025-01-01，在本年之后"]), ("2025-02-01", [])],
)
def test_a_case_notified_in_the_first_month_of_the_next_year_is_near(counted, notified, near):
    table = counted("reviews", reconsiderations=[case(notified_on=notified)])

    assert reasons(table, "cases", "reconsideration.pending") == near


def test_a_person_may_say_otherwise_of_a_single_case(reconsidered):
    given = case(closed_on="2024-08-01", method="终止", outcome="结果纠正")

    assert reconsidered(2024, given) == {"corrected": 1}


def test_what_a_person_says_holds_only_once_the_case_is_closed(reconsidered):
    given = case(closed_on="2025-08-01", method="终止", outcome="结果纠正")

    assert reconsidered(2024, given) == {"pending": 1}
    assert reconsidered(2025, given) == {"corrected": 1}


def test_not_accepted_and_never_told_of_it_is_not_counted(counted):
    given = {"number": "1", "accepted_on": "2024-05-01", "closed_on": "2024-05-06", "method": "不予受理"}
    table = counted("reviews", reconsiderations=[given])

    assert filled(table) == {}
    assert reasons(table, "cases", "reconsideration.otherwise") == ["不予受理，且没有通知本机关，不计"]


def test_not_accepted_but_told_of_it_is_counted(reconsidered):
    assert reconsidered(2024, case(closed_on="2024-05-06", method="不予受理")) == {"otherwise": 1}


def test_a_reconsideration_without_an_application_is_counted_all_the_same(reconsidered):
    assert reconsidered(2024, case(request_number="")) == {"pending": 1}


# --- lawsuits ----------


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("驳回诉讼请求", "upheld"), ("撤销", "corrected"), ("部分撤销", "corrected"), ("变更", "corrected"),
        ("确认违法", "corrected"), ("确认无效", "corrected"), ("责令履行", "corrected"), ("责令重作", "corrected"),
        ("驳回起诉", "otherwise"), ("终结", "otherwise"), ("撤诉", "otherwise"), ("调解", "otherwise"),
        ("移送", "otherwise"), ("不予立案", "otherwise"),
    ],
)  # fmt: skip
def test_a_way_a_lawsuit_ends_counts_as_its_result(sued, word, outcome):
    given = suit(judged_on="2024-08-01", effective_on="2024-08-20", method=word)

    assert sued(2024, given) == {f"direct.{outcome}": 1}


def test_a_lawsuit_after_a_reconsideration_stands_on_its_own_side(sued):
    assert sued(2024, suit(reconsideration_number="复1")) == {"after_reconsideration.pending": 1}
    assert sued(2024, suit()) == {"direct.pending": 1}


def test_judged_but_not_yet_effective_on_31_december_is_pending(sued):
    given = suit(judged_on="2024-12-20", effective_on="2025-01-05", method="驳回诉讼请求")

    assert sued(2024, given) == {"direct.pending": 1}
    assert sued(2025, given) == {"direct.upheld": 1}
    assert sued(2026, given) == {}


def test_a_lawsuit_notified_on_31_december_is_of_this_year_and_one_of_1_january_is_not(sued):
    assert sued(2024, suit(notified_on="2024-12-31")) == {"direct.pending": 1}
    assert sued(2024, suit(notified_on="2025-01-01")) == {}


def test_effective_on_31_december_is_a_result(sued):
    assert sued(2024, suit(effective_on="2024-12-31", method="驳回起诉")) == {"direct.otherwise": 1}


FIRST = suit("初1", notified_on="2023-03-01", judged_on="2023-08-01", method="撤销", instance="一审")
SECOND = suit(
    "终1",
    notified_on="2024-02-01",
    first_number="初1",
    effective_on="2024-06-01",
    method="驳回诉讼请求",
    instance="二审",
)


def test_the_instances_of_a_chain_are_one_case_with_its_latest_result(sued):
    assert sued(2023, FIRST, SECOND) == {"direct.pending": 1}
    assert sued(2024, FIRST, SECOND) == {"direct.upheld": 1}
    assert sued(2025, FIRST, SECOND) == {}


def test_the_order_of_rows_does_not_matter_to_a_chain(sued):
    assert sued(2024, SECOND, FIRST) == {"direct.upheld": 1}
    same_day = SECOND | {"notified_on": "2023-03-01"}
    assert sued(2024, same_day, FIRST) == sued(2024, FIRST, same_day) == {"direct.upheld": 1}


def test_a_second_instance_still_open_on_31_december_leaves_the_chain_pending(sued):
    second = {key: value for key, value in SECOND.items() if key not in ("effective_on", "method")}

    assert sued(2024, FIRST, second) == sued(2025, FIRST, second) == {"direct.pending": 1}


def test_an_earlier_instance_is_named_as_near_and_says_why(counted):
    table = counted("reviews", lawsuits=[FIRST, SECOND])

    assert reasons(table, "cases", "litigation.direct.pending") == ["同一案件链只计一件，已按最新的审级计"]


def test_a_chain_after_a_reconsideration_stays_there_though_only_its_first_row_says_so(sued):
    assert sued(2024, FIRST | {"reconsideration_number": "复1"}, SECOND) == {"after_reconsideration.upheld": 1}


def test_a_chain_begun_earlier_is_no_new_case_if_only_new_ones_count(sued):
    assert sued(2024, FIRST, SECOND, rules={"reviews_include_carried_in": False}) == {}
    assert sued(2023, FIRST, SECOND, rules={"reviews_include_carried_in": False}) == {"direct.pending": 1}


def test_a_case_taken_up_again_counts_in_the_year_it_is_tried_again(sued):
    first = suit("初1", notified_on="2022-03-01", effective_on="2022-08-01", method="驳回诉讼请求")
    again = suit("再1", notified_on="2024-03-01", first_number="初1", instance="再审")

    assert [sued(year, first, again) for year in (2022, 2023, 2024)] == [
        {"direct.upheld": 1}, {}, {"direct.pending": 1},
    ]  # fmt: skip


def test_a_retrial_that_names_the_second_instance_is_of_the_same_chain(sued):
    again = suit("再1", notified_on="2024-09-01", first_number="终1", instance="再审")

    assert sued(2024, FIRST, SECOND, again) == {"direct.pending": 1}


def test_a_lawsuit_that_names_itself_as_first_instance_is_one(sued):
    assert sued(2024, suit(first_number="初1"), suit("终1", notified_on="2024-09-01", first_number="初1")) == {
        "direct.pending": 1
    }


def test_a_first_instance_that_no_register_holds_takes_no_lawsuit_out(sued):
    assert sued(2024, suit("终1", first_number="见附件1"), suit("终2", first_number="见附件1")) == {"direct.pending": 2}


def test_lawsuits_that_name_each_other_are_counted_each(sued):
    circle = [suit("1", first_number="2"), suit("2", first_number="3"), suit("3", first_number="1")]

    assert sued(2024, *circle[:1], suit("2", first_number="1")) == {"direct.pending": 2}
    assert sued(2024, *circle) == {"direct.pending": 3}


def test_a_reviewing_body_sued_beside_the_actor_does_not_count_it(counted):
    table = counted("reviews", lawsuits=[suit(role="复议机关共同被告")])

    assert filled(table) == {}
    assert reasons(table, "cases", "litigation.direct.pending") == ["本机关是复议机关共同被告，由原行为主体计"]


def test_a_reviewing_body_sued_alone_counts_it_unless_the_office_says_otherwise(sued):
    alone = suit(role="复议机关单独被告", reconsideration_number="复1")

    assert sued(2024, alone) == {"after_reconsideration.pending": 1}
    assert sued(2024, alone, rules={"sole_reviewer_counts": False}) == {}


def test_a_person_may_say_otherwise_of_a_single_lawsuit(sued):
    given = suit(effective_on="2024-08-01", method="撤诉", outcome="纠正")

    assert sued(2024, given) == {"direct.corrected": 1}


# --- the table ----------


def test_each_total_adds_up_its_own_route(counted):
    table = counted(
        "reviews",
        reconsiderations=[case("1"), case("2", closed_on="2024-08-01", method="维持")],
        lawsuits=[suit("初1"), suit("初2", reconsideration_number="复2"), suit("初3", reconsideration_number="复3")],
    )

    assert table["cases", "reconsideration.total"] == 2
    assert table["cases", "litigation.direct.total"] == 1
    assert table["cases", "litigation.after_reconsideration.total"] == 2


def test_each_register_proves_its_own_side_only(counted):
    table = counted("reviews", covers=["reconsiderations"])

    assert table["cases", "reconsideration.total"] == 0
    assert isinstance(table["cases", "litigation.direct.total"], Unknown)
    assert "行政诉讼登记表" in table["cases", "litigation.direct.upheld"].reason


@pytest.mark.parametrize("year", [2020, 2024])
def test_both_notices_count_reviews_alike(counted, year):
    table = counted(
        "reviews",
        year,
        reconsiderations=[case(notified_on=f"{year}-05-01")],
        lawsuits=[suit(notified_on=f"{year}-06-01")],
    )

    assert filled(table) == {("cases", "reconsideration.pending"): 1, ("cases", "litigation.direct.pending"): 1}
