"""The registers of two years compared: every case is received and completed once (H5–H7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from ...figures.counting.requests import handled_here, receipt, requests_in_time
from ...findings import Finding
from ...forms.model import short_label
from ...registers.schema import registers
from ...registers.store.loading import Records
from ...workspace.params_models import CountingRules
from .finding_builder import FindingBuilder

_THEN = "_then"


def check_years(builder: FindingBuilder) -> Iterator[Finding]:
    """Yield every case with contradictory records in the files of two years.

    The version in the file of the previous year is compared with the current version: carried out and carried in are
    the same set of numbers (H5, H6), and a case has one kind of applicant and one result (H7).
    """
    records, rules = builder.inputs.own, builder.inputs.params.counting
    before = builder.inputs.year - 1
    if not any(known.register == "requests" and known.year == before for known in records.coverage):
        return
    now = _in_time(records, rules)
    yield from _check_unknown(builder, now)
    then = _possibly_changed(records, now, before)
    if len(then):
        earlier = replace(records, frames={**records.frames, "requests": then})
        both = now.merge(_in_time(earlier, rules), on="number", suffixes=("", _THEN))
        yield from _check_received_twice(builder, both)
        yield from _check_carried_in(builder, both)
        yield from _check_contradictions(builder, both)


def _possibly_changed(records: Records, now: pd.DataFrame, before: int) -> pd.DataFrame:
    """Return the previous year's versions that may contradict: all except cases that were open and completed since."""
    earlier = records.earlier.get("requests", pd.DataFrame())
    if earlier.empty:
        return earlier
    then = earlier[earlier["coverage_year"] == before].reset_index(drop=True)
    current = now[["number", "completed", "came", "applicant"]].drop_duplicates("number")
    later = current.set_index("number").reindex(then["number"]).reset_index(drop=True)
    ended = (then["disposition"] != "") | then["withdrawn_on"].notna()
    sooner = later["completed"] < pd.Timestamp(before + 1, 1, 1)
    moved = receipt(then).dt.year != later["came"].dt.year
    return then[ended | sooner | moved | (then["applicant"] != later["applicant"])].reset_index(drop=True)


def _in_time(records: Records, rules: CountingRules) -> pd.DataFrame:
    frame = handled_here(requests_in_time(records, rules))
    return frame.assign(came=receipt(frame))


def _check_received_twice(builder: FindingBuilder, both: pd.DataFrame) -> Iterator[Finding]:
    """Yield cases received in different years by the two registers, which would be counted as new twice (H6)."""
    here, there = both["came"].dt.year, both[f"came{_THEN}"].dt.year
    moved = (
        here.notna()
        & there.notna()
        & (here != there)
        & ((here == builder.inputs.year) | (there == builder.inputs.year - 1))
    )
    yield from builder.for_records(
        "records.received-twice", "requests", both, moved, found=both["came"], expected=both[f"came{_THEN}"]
    )


def _check_carried_in(builder: FindingBuilder, both: pd.DataFrame) -> Iterator[Finding]:
    """Yield cases open on 31 December in last year's register but not carried in by this year's, and reverse (H5)."""
    first = pd.Timestamp(builder.year[0])
    open_then = (both[f"received{_THEN}"] < first) & ~(both[f"completed{_THEN}"] < first)
    lost = open_then & (both["completed"] < first)
    yield from builder.for_records("records.not-carried-in", "requests", both, lost, found=both["completed"])
    reopened = (both[f"completed{_THEN}"] < first) & (both["received"] < first) & ~(both["completed"] < first)
    yield from builder.for_records(
        "records.reopened", "requests", both, reopened, found=both["completed"], expected=both[f"completed{_THEN}"]
    )


def _check_unknown(builder: FindingBuilder, now: pd.DataFrame) -> Iterator[Finding]:
    """Yield cases carried in that are not in last year's register or an earlier one (H6)."""
    first = pd.Timestamp(builder.year[0])
    carried = (now["received"] < first) & ~(now["completed"] < first)
    new = carried & (now["coverage_year"] == builder.inputs.year)
    earlier = builder.inputs.own.earlier.get("requests")
    if earlier is not None:
        new &= ~now["number"].isin(earlier["number"])
    new &= now["came"].dt.year == builder.inputs.year - 1
    taken = now["taken_over_on"].notna()
    yield from builder.for_records("records.unheard-of", "requests", now, new & ~taken, found=now["came"])


def _check_contradictions(builder: FindingBuilder, both: pd.DataFrame) -> Iterator[Finding]:
    """Yield cases with two kinds of applicants or two final results (H7)."""
    field = registers()["requests"]
    kinds = both["applicant"] != both[f"applicant{_THEN}"]
    yield from builder.for_records(
        "records.applicant-changed",
        "requests",
        both,
        kinds,
        found=both["applicant"].map(field["applicant"].label),
        expected=both[f"applicant{_THEN}"].map(field["applicant"].label),
    )
    done = both["completed"].notna() & both[f"completed{_THEN}"].notna()
    differs = (
        done
        & (both["final"] != both[f"final{_THEN}"])
        & np.logical_or(
            both["completed"].dt.year == builder.inputs.year, both[f"completed{_THEN}"].dt.year == builder.inputs.year
        )
    )
    yield from builder.for_records(
        "records.result-changed",
        "requests",
        both,
        differs,
        found=both["final"].map(lambda final: short_label(field["disposition"].label(final))),
        expected=both[f"final{_THEN}"].map(lambda final: short_label(field["disposition"].label(final))),
    )
