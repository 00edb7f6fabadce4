"""One legal time: the day in China, whatever zone the machine has; stored times stay in UTC."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta, timezone

import pytest

from gktools.workspace import clock


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Auckland"])
def test_the_day_is_the_one_in_china_in_every_zone(monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    monkeypatch.setattr(clock.time, "time", lambda: datetime(2025, 12, 31, 16, 30, tzinfo=clock.UTC).timestamp())
    try:
        assert clock.today() == date(2026, 1, 1)
        assert clock.now().isoformat() == "2026-01-01T00:30:00+08:00"
        assert clock.stored() == "2025-12-31T16:30:00+00:00"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_given_time_is_stored_in_utc():
    assert clock.stored(datetime(2025, 2, 1, 1, 5, tzinfo=timezone(timedelta(hours=8)))) == "2025-01-31T17:05:00+00:00"


def test_a_stored_time_is_shown_as_clocks_in_china_show_it():
    assert clock.shown("2025-01-31T17:05:00+00:00") == "2025-02-01 01:05"


def test_what_is_no_time_is_shown_as_it_is():
    assert clock.shown("昨天") == "昨天"
