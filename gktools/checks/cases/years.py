"""One year's register against the next: the same cases, received and completed once (H5–H7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from ...figures.counting.requests import not_out, receipt, requests_in_time
from ...findings import Finding
from ...forms.model import plain
from ...registers.schema import registers
from ...registers.store.loading import Records
from ...workspace.params_models import CountingRules
from .notes import Notes

_AGAIN = "_then"


def check_years(notes: Notes) -> Iterator[Finding]:
    """Yield every case that the registers of two file years tell differently.

    What an earlier year's register held is compared with the version in force, for the years on either side of the
    turn: carried out and carried in are the same set of numbers (H5, H6), and a case has one kind of applicant and
    one result (H7).
    """
    records, rules = notes.inputs.own, notes.inputs.params.counting
    before = notes.inputs.year - 1
    if not any(known.register == "requests" and known.year == before for known in records.coverage):
        return
    now = _in_time(records, rules)
    yield from _unheard_of(notes, now)
    then = _told_otherwise(records, now, before)
    if len(then):
        looked_at = replace(records, frames={**records.frames, "requests": then})
        both = now.merge(_in_time(looked_at, rules), on="number", suffixes=("", _AGAIN))
        yield from _moved(notes, both)
        yield from _carried(notes, both)
        yield from _told_twice(notes, both)


def _told_otherwise(records: Records, now: pd.DataFrame, before: int) -> pd.DataFrame:
    """The versions of the year before that may say something else: all but those of cases open then, done since."""
    earlier = records.earlier.get("requests", pd.DataFrame())
    if earlier.empty:
        return earlier
    then = earlier[earlier["coverage_year"] == before].reset_index(drop=True)
    told = now[["number", "completed", "came", "applicant"]].drop_duplicates("number")
    later = told.set_index("number").reindex(then["number"]).reset_index(drop=True)
    ended = (then["disposition"] != "") | then["withdrawn_on"].notna()
    sooner = later["completed"] < pd.Timestamp(before + 1, 1, 1)
    moved = receipt(then).dt.year != later["came"].dt.year
    return then[ended | sooner | moved | (then["applicant"] != later["applicant"])].reset_index(drop=True)


def _in_time(records: Records, rules: CountingRules) -> pd.DataFrame:
    frame = not_out(requests_in_time(records, rules))
    return frame.assign(came=receipt(frame))


def _moved(notes: Notes, both: pd.DataFrame) -> Iterator[Finding]:
    """H6: a case received in one year by the one register, in another by the next, would be counted as new twice."""
    here, there = both["came"].dt.year, both[f"came{_AGAIN}"].dt.year
    moved = (
        here.notna()
        & there.notna()
        & (here != there)
        & ((here == notes.inputs.year) | (there == notes.inputs.year - 1))
    )
    yield from notes.each(
        "records.received-twice", "requests", both, moved, found=both["came"], expected=both[f"came{_AGAIN}"]
    )


def _carried(notes: Notes, both: pd.DataFrame) -> Iterator[Finding]:
    """H5: what was open on 31 December by last year's register is carried in by this year's."""
    first = pd.Timestamp(notes.year[0])
    open_then = (both[f"received{_AGAIN}"] < first) & ~(both[f"completed{_AGAIN}"] < first)
    lost = open_then & (both["completed"] < first)
    yield from notes.each("records.not-carried-in", "requests", both, lost, found=both["completed"])
    reopened = (both[f"completed{_AGAIN}"] < first) & (both["received"] < first) & ~(both["completed"] < first)
    yield from notes.each(
        "records.reopened", "requests", both, reopened, found=both["completed"], expected=both[f"completed{_AGAIN}"]
    )


def _unheard_of(notes: Notes, now: pd.DataFrame) -> Iterator[Finding]:
    """H6: what is carried in stood in last year's register, or in an earlier one."""
    first = pd.Timestamp(notes.year[0])
    carried = (now["received"] < first) & ~(now["completed"] < first)
    new = carried & (now["coverage_year"] == notes.inputs.year)
    earlier = notes.inputs.own.earlier.get("requests")
    if earlier is not None:
        new &= ~now["number"].isin(earlier["number"])
    new &= now["came"].dt.year == notes.inputs.year - 1
    taken = now["taken_over_on"].notna()
    yield from notes.each("records.unheard-of", "requests", now, new & ~taken, found=now["came"])


def _told_twice(notes: Notes, both: pd.DataFrame) -> Iterator[Finding]:
    """H7: one kind of applicant, and one final result."""
    field = registers()["requests"]
    kinds = both["applicant"] != both[f"applicant{_AGAIN}"]
    yield from notes.each(
        "records.applicant-changed",
        "requests",
        both,
        kinds,
        found=both["applicant"].map(field["applicant"].label),
        expected=both[f"applicant{_AGAIN}"].map(field["applicant"].label),
    )
    done = both["completed"].notna() & both[f"completed{_AGAIN}"].notna()
    differs = (
        done
        & (both["final"] != both[f"final{_AGAIN}"])
        & np.logical_or(
            both["completed"].dt.year == notes.inputs.year, both[f"completed{_AGAIN}"].dt.year == notes.inputs.year
        )
    )
    yield from notes.each(
        "records.result-changed",
        "requests",
        both,
        differs,
        found=both["final"].map(lambda final: plain(field["disposition"].label(final))),
        expected=both[f"final{_AGAIN}"].map(lambda final: plain(field["disposition"].label(final))),
    )
