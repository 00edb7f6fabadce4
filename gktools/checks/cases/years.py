"""The registers of two years compared: every case is received and completed once (H5–H7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ...figures.counting.requests import handled_here, receipt, requests_in_time
from ...findings import Finding
from ...forms.model import short_label
from ...registers.schema import registers
from ...registers.store.loading import Records
from ...registers.store.record_columns import Column, Days, RecordColumns, among, mapped
from ...workspace.params_models import CountingRules
from .finding_builder import FindingBuilder


def check_calendar(builder: FindingBuilder) -> Iterator[Finding]:
    """Yield the days of this and the adjacent years that the district has the other way round than the published notice.

    They move every legal limit: what is late may be no finding by them.
    """
    calendar, year = builder.inputs.calendar, builder.inputs.year
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for day, note in calendar.changed:
        if abs(day.year - year) <= 1:
            found["上班" if calendar.is_working(day) else "放假", note].append(day.isoformat())
    for (turned, note), days in found.items():
        listed = f"{days[0]} 至 {days[-1]} 之间的 {len(days)} 天" if len(days) > _MOST_DAYS else "、".join(days)
        yield builder.for_record("records.calendar-changed", found=listed, expected=turned, named=note)


_MOST_DAYS = 10
"""The most days that a message lists."""


def check_years(builder: FindingBuilder) -> Iterator[Finding]:
    """Yield every case with contradictory records in the files of two years.

    The version in the file of the previous year is compared with the current version: carried out and carried in are
    the same set of numbers (H5, H6), and a case has one kind of applicant and one result (H7).
    """
    records, rules = builder.inputs.own, builder.inputs.params.counting
    before = builder.inputs.year - 1
    if not records.at(before).covers("requests"):
        return
    now = _in_time(records, rules)
    yield from _check_unknown(builder, now)
    then = _possibly_changed(records, now, before)
    if len(then):
        both = _matched(now, _in_time(replace(records, held={**records.held, "requests": then}), rules))
        yield from _check_received_twice(builder, *both)
        yield from _check_carried_in(builder, *both)
        yield from _check_contradictions(builder, *both)


def _possibly_changed(records: Records, now: RecordColumns, before: int) -> RecordColumns:
    """Return the previous year's versions that may contradict: all except cases that were open and completed since."""
    earlier = records.replaced["requests"]
    then = earlier.chosen(earlier["coverage_year"] == before)
    current = {number: place for place, number in reversed([*enumerate(now["number"])])}
    later = [current.get(number) for number in then["number"]]
    days = {key: _at(now[key], later, np.datetime64("NaT")) for key in ("completed", "came")}
    ended = (then["disposition"] != "") | ~np.isnat(then["withdrawn_on"])
    sooner = days["completed"] < np.datetime64(f"{before + 1}-01-01")
    moved = _year(receipt(then)) != _year(days["came"])
    return then.chosen(ended | sooner | moved | (then["applicant"] != _at(now["applicant"], later, None)))


def _at(column: Column, places: Sequence[int | None], missing: object) -> Column:
    """Return the values of a column at some positions, with a value for those that are missing."""
    return np.array([missing if place is None else column[place] for place in places], dtype=column.dtype)


def _in_time(records: Records, rules: CountingRules) -> RecordColumns:
    held = handled_here(requests_in_time(records, rules))
    return held.with_columns(came=receipt(held))


def _matched(now: RecordColumns, then: RecordColumns) -> tuple[RecordColumns, RecordColumns]:
    """Return the records of the same number side by side."""
    earlier: dict[str, list[int]] = defaultdict(list)
    for place, number in enumerate(then["number"]):
        earlier[number].append(place)
    pairs = [(place, other) for place, number in enumerate(now["number"]) for other in earlier.get(number, ())]
    return now.chosen([place for place, _ in pairs]), then.chosen([other for _, other in pairs])


def _year(days: Days) -> Days:
    return days.astype("datetime64[Y]")


def _check_received_twice(builder: FindingBuilder, now: RecordColumns, then: RecordColumns) -> Iterator[Finding]:
    """Yield cases received in different years by the two registers, which would be counted as new twice (H6)."""
    here, there, year = _year(now["came"]), _year(then["came"]), np.datetime64(str(builder.inputs.year))
    moved = ~np.isnat(here) & ~np.isnat(there) & (here != there) & ((here == year) | (there == year - 1))
    yield from builder.for_records("records.received-twice", now, moved, found=now["came"], expected=then["came"])


def _check_carried_in(builder: FindingBuilder, now: RecordColumns, then: RecordColumns) -> Iterator[Finding]:
    """Yield cases open on 31 December in last year's register but not carried in by this year's, and reverse (H5)."""
    first, _ = builder.year
    open_then = (then["received"] < first) & ~(then["completed"] < first)
    lost = open_then & (now["completed"] < first)
    yield from builder.for_records("records.not-carried-in", now, lost, found=now["completed"])
    reopened = (then["completed"] < first) & (now["received"] < first) & ~(now["completed"] < first)
    yield from builder.for_records(
        "records.reopened", now, reopened, found=now["completed"], expected=then["completed"]
    )


def _check_unknown(builder: FindingBuilder, now: RecordColumns) -> Iterator[Finding]:
    """Yield cases carried in that are not in last year's register or an earlier one (H6)."""
    first, _ = builder.year
    carried = (now["received"] < first) & ~(now["completed"] < first)
    new = carried & (now["coverage_year"] == builder.inputs.year)
    new &= ~among(now["number"], set(builder.inputs.own.replaced["requests"]["number"]))
    new &= _year(now["came"]) == np.datetime64(str(builder.inputs.year - 1))
    new &= np.isnat(now["taken_over_on"])
    yield from builder.for_records("records.unheard-of", now, new, found=now["came"])


def _check_contradictions(builder: FindingBuilder, now: RecordColumns, then: RecordColumns) -> Iterator[Finding]:
    """Yield cases with two kinds of applicants or two final results (H7)."""
    field, year = registers()["requests"], np.datetime64(str(builder.inputs.year))
    kinds = now["applicant"] != then["applicant"]
    yield from builder.for_records(
        "records.applicant-changed",
        now,
        kinds,
        found=mapped(field["applicant"].label, now["applicant"]),
        expected=mapped(field["applicant"].label, then["applicant"]),
    )
    done, done_then = now["completed"], then["completed"]
    differs = ~np.isnat(done) & ~np.isnat(done_then) & (now["final"] != then["final"])
    differs &= (_year(done) == year) | (_year(done_then) == year)
    yield from builder.for_records(
        "records.result-changed",
        now,
        differs,
        found=mapped(lambda final: short_label(field["disposition"].label(final)), now["final"]),
        expected=mapped(lambda final: short_label(field["disposition"].label(final)), then["final"]),
    )
