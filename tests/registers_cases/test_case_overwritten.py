"""A file of another name that changes what another brought: another month's numbers, or an older state of the cases."""

from __future__ import annotations

import pytest

from registers_cases.desk import HEAD, KINDS, REQUESTS, request


def ledger(desk, name, *rows, kind="csv"):
    return desk.file([*REQUESTS, HEAD, *rows], kind, name)


def waiting(number):
    return [number, "互联网", "2024-03-05", "自然人"]


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_that_begin_again_each_month_are_asked_about(desk, kind):
    days = {"1月": "2024-01-0{}", "2月": "2024-02-0{}"}
    files = [
        ledger(desk, name, *(request(str(i), received=day.format(i)) for i in (1, 2, 3)), kind=kind)
        for name, day in days.items()
    ]
    (question,) = desk.asked(*files)

    assert (question["code"], question["place"]["rows"]) == ("file.again", [5, 6, 7])
    for name, day in days.items():
        rows = [request(f"{name}-{i}", received=day.format(i)) for i in (1, 2, 3)]
        desk.loaded(ledger(desk, name, *rows, kind=kind))
    assert desk.figures("received", "dispositions.granted") == [6, 6]


def test_the_same_file_name_for_another_month_is_asked_about_too(desk):
    desk.loaded(ledger(desk, "台账", *(request(str(i), received=f"2024-01-0{i}") for i in (1, 2))))
    (question,) = desk.asked(ledger(desk, "台账", *(request(str(i), received=f"2024-02-0{i}") for i in (1, 2, 3))))

    assert question["code"] == "file.again"


def test_a_day_corrected_in_the_file_itself_is_not_asked_about(desk):
    desk.loaded(ledger(desk, "台账", request("1"), request("2"), request("3")))
    desk.loaded(ledger(desk, "台账", request("1", received="2024-03-06"), request("2"), request("3")))

    assert desk.figures("received") == [3]


def test_a_day_corrected_in_a_renamed_file_is_taken_once_answered(desk):
    desk.loaded(ledger(desk, "台账", request("1"), request("2")))
    changed = ledger(desk, "台账（改）", request("1", received="2023-12-29"), request("2"))
    (question,) = desk.asked(changed)
    desk.loaded(changed, "--answer", f"file.again:{question['subject']}=take")

    assert desk.figures("received", "carried_in") == [1, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_an_older_file_after_a_newer_one_does_not_empty_its_cells(desk, kind):
    newer = ledger(desk, "12月", request("甲1"), request("甲2"), request("甲3"), kind=kind)
    older = ledger(desk, "9月", waiting("甲1"), waiting("甲2"), kind=kind)
    (question,) = desk.asked(newer, older)

    assert (question["code"], question["place"]["rows"]) == ("file.older", [5, 6])
    desk.loaded(older, newer)
    assert desk.figures("received", "dispositions.granted") == [3, 3]


def test_a_column_that_another_file_lacks_is_not_emptied_without_a_word(desk):
    desk.loaded(ledger(desk, "台账", request("甲1"), request("甲2")))
    short = desk.file([*REQUESTS, HEAD[:4], waiting("甲1"), waiting("甲2")], "csv", "收件簿")
    (question,) = desk.asked(short)
    desk.loaded(short, "--answer", f"file.older:{question['subject']}=take")

    assert desk.figures("received", "dispositions.granted") == [2, 0]
