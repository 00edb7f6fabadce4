"""The day on which a report is due is the one that the notice prints."""

from __future__ import annotations

from datetime import date

import pytest

from gktools.build.index_page import days_left, deadline


@pytest.mark.parametrize("due", [date(2026, 1, 31), date(2027, 1, 31)])  # a Saturday and a Sunday
def test_a_due_day_on_a_weekend_is_not_moved(due):
    assert due.weekday() >= 5
    assert deadline(due.year - 1) == due
    assert "1" in days_left(due, date(due.year, 2, 1))
    assert days_left(due, date(due.year, 2, 1)) != days_left(due, due)
