"""Checks of the ends of reconsiderations and lawsuits: a result without its day, or a day that contradicts the record.

Without its day a result is counted as pending (figures/counting/reviews.py). Whether a judgment of first instance has
taken effect depends on an appeal (行政诉讼法 85), which only the office knows: it is asked, never assumed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...deadlines.calendar import Days, as_days
from ...figures.counting.reviews import case_chains
from ...findings import Finding
from ...registers.schema import registers
from .finding_builder import FindingBuilder
from .law import law

_PENDING = "pending"


def check_endings(builder: FindingBuilder) -> Iterator[Finding]:
    """Yield the cases of the year whose end is not certain from the record: they may stand in the wrong column."""
    reviews, lawsuits = builder.inputs.own["reconsiderations"], builder.inputs.own["lawsuits"]
    if len(reviews):
        begun = _first_known(as_days(reviews["notified_on"]), as_days(reviews["accepted_on"]))
        yield from _check_undated(builder, reviews, begun)
        yield from _check_days(builder, "reconsiderations", reviews, begun, as_days(reviews["closed_on"]))
    if len(lawsuits := _counted(builder, lawsuits)):
        begun = as_days(lawsuits["notified_on"])
        yield from _check_judgments(builder, lawsuits)
        yield from _check_days(builder, "lawsuits", lawsuits, begun, as_days(lawsuits["effective_on"]))


def _counted(builder: FindingBuilder, lawsuits: pd.DataFrame) -> pd.DataFrame:
    """Return the lawsuits that this office counts."""
    own = ["actor"] + (["sole_reviewer"] if builder.inputs.params.counting.sole_reviewer_counts else [])
    return lawsuits[lawsuits["role"].isin(own)] if len(lawsuits) else lawsuits


def _check_undated(builder: FindingBuilder, frame: pd.DataFrame, begun: Days) -> Iterator[Finding]:
    """Yield reconsiderations with a result and without the day of it, which are counted as pending."""
    open_ = (begun <= builder.year[1]) & np.isnat(as_days(frame["closed_on"]))
    wrong = open_ & _has_result(frame)
    yield from builder.for_records(
        "records.closed-undated",
        "reconsiderations",
        frame,
        wrong,
        found=_ways(frame, "reconsiderations"),
        expected=_results(frame, "reconsiderations"),
    )


def _check_judgments(builder: FindingBuilder, frame: pd.DataFrame) -> Iterator[Finding]:
    """Yield the last judgment of each lawsuit that may have taken effect, without the day of it (counting.md 12).

    Not those that can still be appealed on 31 December, or that a higher instance has taken up.
    """
    _, last = builder.year
    judged, appeal = as_days(frame["judged_on"]), law().appeal
    days = np.array([appeal.days.get(way, 0) for way in frame["method"]], dtype="timedelta64[D]")
    first = (frame["instance"] == "first").to_numpy()
    pending = first & (days > np.timedelta64(0, "D")) & (judged + days >= last)
    known = _has_result(frame) | ((frame["outcome"] == "").to_numpy() & ~np.isnat(judged))
    wrong = known & (as_days(frame["notified_on"]) <= last) & ~(judged > last) & ~pending
    wrong &= np.isnat(as_days(frame["effective_on"])) & _is_latest(frame)
    yield from builder.for_records(
        "records.judgment-not-effective",
        "lawsuits",
        frame,
        wrong,
        found=judged,
        named=_ways(frame, "lawsuits"),
        expected=_results(frame, "lawsuits"),
        law=appeal.source,
        judgment=str(appeal.judgment.days),
        ruling=str(appeal.ruling.days),
    )


def _check_days(
    builder: FindingBuilder, register: str, frame: pd.DataFrame, begun: Days, ended: Days
) -> Iterator[Finding]:
    """Yield cases that ended before they began, which no year counts; and ended ones said to be pending."""
    concerned = builder.in_year(begun) | builder.in_year(ended)
    early = concerned & (ended < begun)
    yield from builder.for_records("records.closed-before-begun", register, frame, early, found=ended, expected=begun)
    pending = concerned & (ended <= builder.year[1]) & (frame["outcome"] == _PENDING).to_numpy()
    yield from builder.for_records("records.pending-closed", register, frame, pending, found=ended)


def _is_latest(frame: pd.DataFrame) -> np.ndarray:
    """Return a mask of the last instance of each lawsuit, whatever year it began."""
    order = frame.assign(chain=case_chains(frame)).sort_values(["notified_on", "first_number", "number"], kind="stable")
    return np.asarray(~order["chain"].duplicated(keep="last").reindex(frame.index))


def _has_result(frame: pd.DataFrame) -> np.ndarray:
    """Return a mask of the cases that say how they ended; one that is said to be pending has not."""
    decided = ~frame["outcome"].isin(["", _PENDING])
    return np.asarray(decided | ((frame["method"] != "") & (frame["outcome"] == "")))


def _ways(frame: pd.DataFrame, register: str) -> pd.Series:
    """Return how each case ended, in the words of the register."""
    schema = registers()[register]
    ways = frame["method"].map(schema["method"].label)
    return ways.mask(ways == "", frame["outcome"].map(schema["outcome"].label)).mask(lambda text: text == "", None)


def _results(frame: pd.DataFrame, register: str) -> pd.Series:
    """Return the column of the form in which each case is counted once it has ended."""
    schema = registers()[register]
    outcome = frame["outcome"].mask(
        frame["outcome"] == "", frame["method"].map(lambda way: schema["method"].leads_to.get(way, ""))
    )
    return outcome.map(schema["outcome"].label).mask(outcome == "", None)


def _first_known(day: Days, otherwise: Days) -> Days:
    return np.where(np.isnat(day), otherwise, day)
