"""gktools deadlines: the open requests of a day, as they were known on that day."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from zipfile import ZipFile

import openpyxl
import pytest
from casework import HERE, request, still_open
from projects import keep, make_project

from gktools.deadlines.calendar import working_days
from gktools.errors import GktoolsError
from gktools.report.queries.reminders import reminders, to_json, write_reminders
from gktools.workspace.params_models import ReportParams

AUTUMN = {"arrived_on": "2024-09-20"}
"""Received on Friday 20 September 2024: the first limit is 23 October, the second 20 November (test_deadlines.py)."""


@pytest.fixture
def on(records):
    """The reminders of one day about literal requests of 2024."""

    def find(day, *requests, ended_on=None):
        kept = replace(records(2024, covers="all", requests=list(requests)), ended_on=ended_on)
        return list(reminders(HERE, kept, ReportParams(), working_days(), date.fromisoformat(day)))

    return find


def told(found):
    """What is running, until when, and the days left."""
    return [(f.running, f.limit.isoformat() if f.limit else None, f.left) for f in found]


@pytest.mark.parametrize(
    ("day", "left"),
    [
        ("2024-10-21", 2),
        ("2024-10-22", 1),
        ("2024-10-23", 0),
        ("2024-10-24", -1),
        ("2024-10-27", -2),
        ("2024-10-28", -3),
    ],
)
def test_days_left_are_working_days_to_the_limit_and_below_nought_after_it(on, day, left):
    found = on(day, still_open(**AUTUMN))

    assert told(found) == [("答复", "2024-10-23", left)]
    assert ("已经逾期" in found[0].hint) is (left < 0)


def test_what_happened_later_is_not_known_yet(on):
    case = request(
        **AUTUMN | {"replied_on": "2024-11-05", "sent_on": "2024-11-05"},
        extended_on="2024-10-22",
        others_asked_on="2024-10-16",
        others_replied_on="2024-10-18",
    )

    assert on("2024-09-19", case) == []
    assert told(on("2024-09-20", case)) == [("答复", "2024-10-23", 20)]
    assert told(on("2024-10-17", case)) == [("等待其他机关意见", "2024-10-24", 5)]
    assert told(on("2024-10-21", case)) == [("答复", "2024-10-25", 4)]
    assert told(on("2024-10-22", case)) == [("延期后的答复", "2024-11-22", 23)]
    assert told(on("2024-11-04", case)) == [("延期后的答复", "2024-11-22", 14)]
    assert on("2024-11-05", case) == []


def test_a_correction_may_be_asked_for_until_the_seventh_day(on):
    assert "最迟 2024-09-30 一次性告知" in on("2024-09-30", still_open(**AUTUMN))[0].hint
    assert "一次性告知" not in on("2024-10-08", still_open(**AUTUMN))[0].hint


def test_waiting_for_the_applicant_shows_the_applicants_limit(on):
    correction = {"correction_notified_on": "2024-09-26", "correction_due_on": "2024-10-21"}
    fee = {"fee_notified_on": "2024-09-26", "fee_due_on": "2024-10-28"}

    assert told(on("2024-10-18", still_open(**AUTUMN | correction))) == [("等待申请人补正", "2024-10-21", 1)]
    assert told(on("2024-10-22", still_open(**AUTUMN | correction))) == [("补正期限已过", "2024-10-21", -1)]
    assert told(on("2024-10-28", still_open(**AUTUMN | fee))) == [("等待申请人缴费", "2024-10-28", 0)]
    assert told(on("2024-10-29", still_open(**AUTUMN | fee))) == [("缴费期限已过", "2024-10-28", -1)]


def test_waiting_for_a_payment_shows_the_limit_to_answer_where_payment_does_not_stop_it(records):
    fee = {"fee_notified_on": "2024-09-26", "fee_due_on": "2024-10-28"}
    kept = records(2024, covers="all", requests=[still_open(**AUTUMN | fee)])
    params = ReportParams(limits={"payment_restarts": False})

    assert told(reminders(HERE, kept, params, working_days(), date(2024, 10, 22))) == [("答复", "2024-10-23", 1)]


def test_a_request_with_its_correction_in_has_no_time_left_to_be_asked_again(on):
    case = still_open(**AUTUMN, correction_notified_on="2024-09-23", corrected_on="2024-09-25")

    assert "一次性告知" not in on("2024-09-26", case)[0].hint


def test_a_lapse_not_entered_yet_by_that_day_leaves_the_case_open(on):
    case = request(
        **AUTUMN
        | {"replied_on": "", "delivery": "", "sent_on": "", "disposition": "other.not_corrected", "articles": ""},
        correction_notified_on="2024-09-26",
        correction_due_on="2024-10-21",
    )

    assert told(on("2024-10-21", case)) == [("等待申请人补正", "2024-10-21", 0)]
    assert on("2024-10-22", case) == []


def test_a_third_party_being_asked_shows_its_own_limit_in_the_hint(on):
    asked = {"third_party_asked_on": "2024-09-26", "third_party_received_on": "2024-09-27"}
    found = on("2024-10-14", still_open(**AUTUMN | asked))

    assert told(found) == [("等待第三方意见", "2024-11-05", 16)]
    assert "第三方最迟 2024-10-23 提出意见" in found[0].hint
    assert told(on("2024-10-24", still_open(**AUTUMN | asked))) == [("答复", "2024-11-14", 15)]


def test_unconfirmed_and_redone_requests_are_listed_without_a_limit(on):
    net = still_open(number="网", channel="互联网", **AUTUMN)
    redo = still_open(number="重", redo_of="旧1", **AUTUMN)

    assert told(on("2024-10-08", net)) == [("等待双方确认", None, None)]
    assert told(on("2024-10-08", request(number="旧1"), redo)) == [("重新处理", None, None)]


def test_answered_and_not_delivered_is_still_open(on):
    case = request(**AUTUMN | {"replied_on": "2024-10-21", "sent_on": "2024-10-24"})

    assert told(on("2024-10-22", case)) == [("已经拟好答复，等待送达", "2024-10-23", 1)]


def test_a_limit_in_a_year_not_published_yet_is_provisional(records):
    kept = records(2098, covers="all", requests=[still_open(arrived_on="2098-12-24")])
    found = list(reminders(HERE, kept, ReportParams(), working_days(), date(2098, 12, 25)))

    assert found[0].provisional
    assert "还没有公布" in found[0].hint


def test_on_screen_a_provisional_limit_says_why_once(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from gktools.cli.main import app

    offices = {"jia": {"names": [{"name": "甲局"}], "kind": "county_department"}}
    project = make_project(tmp_path, offices, {(2024, "defaults"): {}})
    keep(project, "jia", 2024, {"requests": [still_open(number=n, arrived_on="2098-12-24") for n in "12"]})
    monkeypatch.setenv("GKTOOLS_HOME", str(project.home))
    monkeypatch.chdir(tmp_path)
    said = [CliRunner().invoke(app, ["deadlines", "--on", day]).output for day in ("2098-12-25", "2098-12-23")]

    assert [text.count("放假安排还没有公布") for text in said] == [1, 0]


def test_taken_over_later_it_is_not_here_yet_and_handed_over_by_an_office_that_ended_no_longer(on):
    taken = still_open(**AUTUMN, taken_over_on="2024-10-10")
    given = still_open(**AUTUMN, handed_over_on="2024-10-10")
    days = ("2024-10-09", "2024-10-10")

    assert [len(on(day, taken)) for day in days] == [0, 1]
    assert [len(on(day, given, ended_on=date(2024, 12, 31))) for day in days] == [1, 0]
    assert [len(on(day, given)) for day in days] == [1, 1]


# --- the command ----------


@pytest.fixture
def project(tmp_path):
    """Two offices, one of them late; one case has a number that a spreadsheet would take for a formula."""
    offices = {code: {"names": [{"name": f"{code}局"}], "kind": "county_department"} for code in ("jia", "yi")}
    project = make_project(tmp_path, offices, {(2024, "defaults"): {}})
    keep(project, "jia", 2024, {"requests": [still_open(number="=HYPERLINK(1)", **AUTUMN)]})
    net = still_open(number="2", channel="互联网", **AUTUMN)
    keep(project, "yi", 2024, {"requests": [still_open(number="1", arrived_on="2024-11-01"), net]})
    return project


@pytest.fixture
def run(project, monkeypatch, tmp_path):
    from typer.testing import CliRunner

    from gktools.cli.main import app

    monkeypatch.setenv("GKTOOLS_HOME", str(project.home))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, ["deadlines", *arguments])


def test_the_whole_district_is_listed_overdue_first_and_without_a_limit_last(run):
    answer = json.loads(run("--on", "2024-11-04", "--json").output)

    assert answer["schema"] == "gktools.deadlines/1"
    assert [(case["office"]["code"], case["number"], case["left"]) for case in answer["open"]] == [
        ("jia", "=HYPERLINK(1)", -8),
        ("yi", "1", 19),
        ("yi", "2", None),
    ]


def test_one_office_is_listed_alone(run):
    printed = run("--on", "2024-11-04", "--office", "yi").output

    assert "没有办结 2 件，其中逾期 0 件" in printed
    assert "jia局" not in printed


def test_an_unknown_office_or_day_is_told_in_chinese(run):
    assert "没有“bing”" in str(run("--on", "2024-11-04", "--office", "bing").exception)
    assert "2024-11-20 的样子" in str(run("--on", "20241104x").exception)


def test_the_workbook_holds_text_never_a_formula_and_the_same_bytes_each_time(run, tmp_path):
    first, second = tmp_path / "一.xlsx", tmp_path / "二.xlsx"
    for path in (first, second):
        assert run("--on", "2024-11-04", "--out", str(path)).exit_code == 0
    rows = list(openpyxl.load_workbook(first).active.iter_rows(values_only=True))

    assert "2024-11-04" in rows[0][0]
    assert rows[1] == ("机关", "申请编号", "收到申请之日", "正在进行", "期限", "暂定", "剩余工作日", "提示")
    assert rows[2][:7] == ("jia局", "=HYPERLINK(1)", "2024-09-20", "答复", "2024-10-23", None, -8)
    assert b"<f>" not in ZipFile(first).read("xl/worksheets/sheet1.xml")
    assert first.read_bytes() == second.read_bytes()


def test_only_an_xlsx_file_is_written(run, tmp_path):
    assert ".xlsx" in str(run("--on", "2024-11-04", "--out", str(tmp_path / "a.csv")).exception)


def test_where_no_workbook_can_be_written_it_is_told_in_chinese(run, tmp_path):
    (tmp_path / "夹.xlsx").mkdir()

    answer = run("--on", "2024-11-04", "--out", str(tmp_path / "夹.xlsx"))

    assert isinstance(answer.exception, GktoolsError)
    assert "夹.xlsx 是一个文件夹。没有写" in str(answer.exception)


def test_without_open_requests_the_workbook_has_its_headings(tmp_path):
    write_reminders(tmp_path / "a.xlsx", [], date(2024, 11, 4))
    assert (tmp_path / "a.xlsx").stat().st_mode & 0o777 == 0o600
    rows = list(openpyxl.load_workbook(tmp_path / "a.xlsx").active.iter_rows(values_only=True))

    assert len(rows) == 2
    assert to_json([], date(2024, 11, 4))["open"] == []
