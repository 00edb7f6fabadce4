"""Working days and statutory limits, counted out by hand around the Spring Festival and National Day of 2020 and 2024."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import numpy as np
import pytest
from casework import still_open
from hypothesis import given
from hypothesis import strategies as st
from projects import make_project

from gktools.build.freshness import fingerprint
from gktools.deadlines.calendar import with_additions, working_days
from gktools.deadlines.limits import limits
from gktools.errors import ParamsError
from gktools.figures.counting.requests import requests_in_time
from gktools.inputs.inputs import load_inputs
from gktools.workspace.calendar_file import CalendarBook, read_calendar
from gktools.workspace.params_models import CountingRules, TimeLimits

DAY = "datetime64[D]"


def after(day: str, count: int) -> str:
    return str(working_days().after(np.array([day], dtype=DAY), count)[0])


# --- working days -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2020-01-19", True),  # Sunday, worked instead of a day of the Spring Festival
        ("2020-01-23", True),
        ("2020-01-24", False),
        ("2020-01-31", False),  # prolonged to 2 February: 国办发明电〔2020〕1号
        ("2020-02-01", False),  # was to be worked, until the festival was prolonged
        ("2020-02-02", False),
        ("2020-02-03", True),
        ("2020-09-27", True),  # Sunday, worked for National Day
        ("2020-10-08", False),
        ("2020-10-10", True),  # Saturday
        ("2024-02-04", True),  # Sunday
        ("2024-02-09", True),  # New Year's Eve: no holiday in 2024
        ("2024-02-10", False),
        ("2024-02-17", False),
        ("2024-02-18", True),  # Sunday
        ("2024-09-29", True),  # Sunday
        ("2024-10-07", False),
        ("2024-10-12", True),  # Saturday
    ],
)
def test_the_calendar_follows_the_notices_of_the_state_council(day, worked):
    assert working_days().is_working(date.fromisoformat(day)) == worked


@pytest.mark.parametrize(
    ("received", "seventh", "twentieth", "fortieth"),
    [
        # Mon 13 Jan 2020. 14 15 16 17 (4) 19 (5) 20 21 | 22 23 (9); 24 Jan – 2 Feb off; 3–7 Feb (14) 10–14 (19) 17 (20)
        # 18–21 (24) 24–28 (29) 2–6 Mar (34) 9–13 (39) 16 (40)
        ("2020-01-13", "2020-01-21", "2020-02-17", "2020-03-16"),
        # Mon 21 Sep 2020. 22–25 (4) 27 (5) 28 29 | 30 (8); 1–8 Oct off; 9 (9) 10 (10) 12–16 (15) 19–23 (20)
        # 26–30 (25) 2–6 Nov (30) 9–13 (35) 16–20 (40)
        ("2020-09-21", "2020-09-29", "2020-10-23", "2020-11-20"),
        # Wed 31 Jan 2024. 1 2 Feb (2) 4 (3) 5–8 (7) | 9 (8); 10–17 off; 18 (9) 19–23 (14) 26 Feb – 1 Mar (19) 4 (20)
        # 5–8 (24) 11–15 (29) 18–22 (34) 25–29 (39) 1 Apr (40)
        ("2024-01-31", "2024-02-08", "2024-03-04", "2024-04-01"),
        # Fri 20 Sep 2024. 23–27 (5) 29 (6) 30 (7) |; 1–7 Oct off; 8–11 (11) 12 (12) 14–18 (17) 21 22 23 (20)
        # 24 25 (22) 28 Oct – 1 Nov (27) 4–8 (32) 11–15 (37) 18 19 20 (40)
        ("2024-09-20", "2024-09-30", "2024-10-23", "2024-11-20"),
    ],
)
def test_the_limits_of_articles_30_and_33_are_counted_over_the_holidays(received, seventh, twentieth, fortieth):
    assert [after(received, days) for days in (7, 20, 40)] == [seventh, twentieth, fortieth]


def test_the_day_after_receipt_is_the_first_day():
    assert after("2024-03-01", 1) == "2024-03-04"  # Friday, Monday
    assert after("2024-02-17", 1) == "2024-02-18"  # a Saturday off, a Sunday worked


def test_days_between_leave_out_the_first_and_take_in_the_last():
    days = np.array(["2024-09-27", "2024-10-08", "2024-10-08", "NaT"], dtype=DAY)
    ends = np.array(["2024-10-08", "2024-10-08", "2024-09-27", "2024-10-08"], dtype=DAY)

    assert working_days().between(days, ends).tolist() == [3, 0, -3, 0]  # 29 and 30 September, 8 October


@given(st.dates(date(2005, 1, 1), date(2026, 6, 30)), st.integers(1, 60))
def test_the_nth_working_day_is_found_by_walking_from_day_to_day(day, count):
    walked, left = day, count
    while left:
        walked += timedelta(days=1)
        left -= chinese_calendar.is_workday(walked)
    there = working_days().after(np.array([day], dtype=DAY), count)

    assert str(there[0]) == walked.isoformat()
    assert working_days().between(np.array([day], dtype=DAY), there).tolist() == [count]


# --- the additions of a working folder ----------------------------------------------------------------------


def test_a_year_not_published_yet_is_reckoned_from_weekdays_and_marked():
    calendar = working_days()
    limit = calendar.after(np.array(["2098-12-24"], dtype=DAY), 20)

    assert calendar.provisional(limit).tolist() == [True]
    assert calendar.provisional(np.array(["2024-10-23", "NaT"], dtype=DAY)).tolist() == [False, False]


def test_a_year_without_a_calendar_says_what_to_add():
    with pytest.raises(ParamsError, match=r"params/calendar.yaml：没有 2098 年的工作日历.*years: \[2098\].*rest.*work"):
        working_days().require(2098)


def test_additions_move_a_limit_and_make_a_year_known(tmp_path):
    path = tmp_path / "calendar.yaml"
    path.write_text(
        "years: [2098]\nrest:\n  2098-01-01: 元旦\n  2098-01-06..2098-01-07: 示例\nwork:\n  2098-01-11: 调休\n",
        encoding="utf-8",
    )
    calendar = with_additions(read_calendar(path))
    # Tue 31 Dec 2097; 1 off, 2 3 (2), 4 5 weekend, 6 7 off, 8 9 10 (5), Sat 11 worked (6)
    limit = calendar.after(np.array(["2097-12-31"], dtype=DAY), 6)

    assert str(limit[0]) == "2098-01-11"
    assert calendar.provisional(limit).tolist() == [False]
    calendar.require(2098)
    assert calendar.digest() != working_days().digest()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rest:\n  2027-13-01: 元旦\n", r"calendar.yaml 第 2 行.*不是日期"),
        ("rest:\n  2027-02-12..2027-02-06: 春节\n", r"第 2 行.*不是日期"),
        ("rest:\n  2027-01-01: 元旦\nwork:\n  2027-01-01: 调休\n", r"第 4 行.*既写成放假，又写成上班"),
        ("rest:\n  2027-01-01:\n", r"第 2 行.*要填文字"),
        ("years: [二〇二七]\n", r"第 1 行.*要填整数"),
        ("holidays: {}\n", r"第 1 行.*没有“holidays”这个项目"),
        ("rest:\n 2027-01-01: a\n  b: c\n", r"第 3 行.*不合 YAML"),
    ],
)
def test_a_wrong_calendar_is_told_with_its_line(tmp_path, text, message):
    path = tmp_path / "calendar.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ParamsError, match=message):
        read_calendar(path)


def test_without_a_file_there_are_no_additions(tmp_path):
    assert read_calendar(tmp_path / "calendar.yaml") == CalendarBook()


def test_a_working_folder_may_have_a_calendar_and_no_other_stray_file(tmp_path):
    project = make_project(
        tmp_path, {"ju": {"names": [{"name": "示例局"}], "kind": "county_department"}}, {(2024, "ju"): {}}
    )
    for name in ("calendar", "columns", "records", "calender"):
        (tmp_path / f"params/{name}.yaml").write_text("{}", encoding="utf-8")

    assert [str(problem) for problem in project.unused_files(2024)] == [
        "params/calender.yaml：这个文件不会被用到；是不是“calendar”？"
    ]
    assert project.calendar() == CalendarBook()


def test_a_changed_calendar_makes_every_report_of_the_folder_anew(tmp_path):
    project = make_project(
        tmp_path, {"ju": {"names": [{"name": "示例局"}], "kind": "county_department"}}, {(2024, "ju"): {}}
    )
    notebook = tmp_path / "notebooks/annual_report.ipynb"
    before = fingerprint(load_inputs(project, "ju", 2024), notebook)
    (tmp_path / "params/calendar.yaml").write_text("rest:\n  2024-05-06: 示例\n", encoding="utf-8")
    after = fingerprint(load_inputs(project, "ju", 2024), notebook)

    assert {name for name in before if before[name] != after[name]} == {"parameters"}


# --- the limits of a request --------------------------------------------------------------------------------

AUTUMN = {"arrived_on": "2024-09-20", "channel": "当面"}
"""Received on Friday 20 September 2024: the first limit is 23 October, the second 20 November."""


@pytest.fixture
def limit(records):
    """The last day to answer an open request, as it stands on 31 December; None while none runs."""

    def find(rules: TimeLimits | None = None, on: str = "2024-12-31", **given):
        frame = requests_in_time(records(2024, requests=[still_open(**(AUTUMN | given))]), CountingRules())
        found = limits(frame, working_days(), rules or TimeLimits(), np.datetime64(on))
        return None if np.isnat(found.reply[0]) else str(found.reply[0])

    return find


def test_an_answer_is_due_on_the_twentieth_working_day(limit):
    assert limit() == "2024-10-23"  # 条例 33: counted out above


def test_an_extension_adds_twenty_working_days(limit):
    assert limit(extended_on="2024-10-23") == "2024-11-20"


def test_the_count_starts_anew_on_receipt_of_the_correction(limit):
    # 条例 30. Corrected on Sat 12 Oct (worked): 14–18 (5) 21–25 (10) 28 Oct – 1 Nov (15) 4–8 (20)
    assert limit(correction_notified_on="2024-09-30", corrected_on="2024-10-12") == "2024-11-08"


def test_no_limit_runs_while_a_correction_is_waited_for(limit):
    assert limit(correction_notified_on="2024-09-30") is None


def test_the_time_of_consulting_others_is_left_out_from_asking_to_answer(limit):
    # 条例 33. After 26 Sep, up to 14 Oct: 27 29 30 (3) 8–11 (7) 12 (8) 14 (9). Nine days after 23 Oct:
    # 24 25 (2) 28 Oct – 1 Nov (7) 4 5 (9)
    asked = {"others_asked_on": "2024-09-26", "others_replied_on": "2024-10-14"}

    assert limit(**asked) == "2024-11-05"


def test_a_third_party_has_fifteen_working_days_from_its_receipt_of_the_letter(limit):
    # 条例 32. Received 27 Sep: 29 30 (2) 8–11 (6) 12 (7) 14–18 (12) 21 22 23 (15). Left out after 26 Sep, up to 23 Oct:
    # 27 29 30 (3) 8–12 (8) 14–18 (13) 21–23 (16). Sixteen days after 23 Oct: 24 25 (2) –1 Nov (7) –8 (12) 11–14 (16)
    asked = {"third_party_asked_on": "2024-09-26", "third_party_received_on": "2024-09-27"}

    assert limit(**asked, third_party_replied_on="2024-11-01") == "2024-11-14"
    assert limit(**asked) == "2024-11-14"  # it says nothing at all


def test_days_on_which_two_are_consulted_are_left_out_once(limit):
    asked = {"third_party_asked_on": "2024-09-26", "third_party_replied_on": "2024-10-14"}
    inside = {"others_asked_on": "2024-09-27", "others_replied_on": "2024-10-10"}
    across = {"others_asked_on": "2024-10-11", "others_replied_on": "2024-10-16"}

    assert limit(**asked) == "2024-11-05"
    assert limit(**asked, **inside) == "2024-11-05"
    assert limit(**asked, **across) == "2024-11-07"  # two days more: 15 and 16 October


def test_consulting_before_the_correction_leaves_nothing_out_after_it(limit):
    asked = {"others_asked_on": "2024-09-23", "others_replied_on": "2024-09-27"}
    corrected = {"correction_notified_on": "2024-09-30", "corrected_on": "2024-10-12"}

    assert limit(**asked, **corrected) == "2024-11-08"


def test_consulting_begun_after_the_limit_does_not_bring_it_back(limit):
    assert limit(others_asked_on="2024-10-24", others_replied_on="2024-11-20") == "2024-10-23"
    assert limit(others_asked_on="2024-10-23", others_replied_on="2024-10-25") == "2024-10-25"


def test_a_delay_settled_for_very_many_requests_takes_the_place_of_an_earlier_limit(limit):
    assert limit(reasons_asked_on="2024-10-08", delayed_until="2024-12-31") == "2024-12-31"  # 条例 35
    assert limit(extended_on="2024-10-23", delayed_until="2024-11-01") == "2024-11-20"


def test_payment_starts_the_count_anew_unless_the_parameter_says_no(limit):
    # paid on Mon 14 Oct: 15–18 (4) 21–25 (9) 28 Oct – 1 Nov (14) 4–8 (19) 11 (20)
    paid = {"fee_notified_on": "2024-09-24", "fee_paid_on": "2024-10-14", "fee_paid": "10"}

    assert limit(**paid) == "2024-11-11"
    assert limit(TimeLimits(payment_restarts=False), **paid) == "2024-10-23"
    assert limit(fee_notified_on="2024-09-24") is None


def test_the_limit_of_a_request_by_internet_runs_from_its_confirmation(limit):
    # 条例 31. Confirmed on Mon 23 Sep: 24–27 (4) 29 30 (6) 8–12 (11) 14–18 (16) 21–24 (20)
    assert limit(channel="互联网", confirmed_on="2024-09-23") == "2024-10-24"
    assert limit(channel="互联网") is None
