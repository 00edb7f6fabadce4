"""Checks of the ends of reconsiderations and lawsuits: a result without its day, or a day that contradicts the record.

Without its day a result is counted as pending (figures/counting/reviews.py). Whether a judgment of first instance has
taken effect depends on an appeal (行政诉讼法 85), which only the office knows: it is asked, never assumed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...figures.counting.reviews import case_chains
from ...findings import Finding
from ...registers.schema import registers
from ...registers.store.record_columns import Days, Mask, RecordColumns, Texts, among, first_known, mapped
from .finding_builder import FindingBuilder
from .law import law

_PENDING = "pending"


def check_endings(builder: FindingBuilder) -> Iterator[Finding]:
    """Yield the cases of the year whose end is not certain from the record: they may stand in the wrong column."""
    reviews, lawsuits = builder.inputs.own.of_year("reconsiderations"), builder.inputs.own.of_year("lawsuits")
    if len(reviews):
        begun = first_known(reviews["notified_on"], reviews["accepted_on"])
        yield from _check_undated(builder, reviews, begun)
        yield from _check_days(builder, reviews, begun, reviews["closed_on"])
    if len(lawsuits := counted_lawsuits(builder, lawsuits)):
        yield from _check_judgments(builder, lawsuits)
        yield from _check_days(builder, lawsuits, lawsuits["notified_on"], lawsuits["effective_on"])


def counted_lawsuits(builder: FindingBuilder, lawsuits: RecordColumns) -> RecordColumns:
    """Return the lawsuits that this office counts."""
    own = ["actor"] + (["sole_reviewer"] if builder.inputs.params.counting.sole_reviewer_counts else [])
    return lawsuits.chosen(among(lawsuits["role"], own))


def _check_undated(builder: FindingBuilder, held: RecordColumns, begun: Days) -> Iterator[Finding]:
    """Yield reconsiderations with a result and without the day of it, which are counted as pending."""
    open_ = (begun <= builder.year[1]) & np.isnat(held["closed_on"])
    yield from builder.for_records(
        "records.closed-undated", held, open_ & _has_result(held), found=_ways(held), expected=_results(held)
    )


def _check_judgments(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield the last judgment of each lawsuit that may have taken effect, without the day of it (counting.md 12).

    Not those that can still be appealed on 31 December, or that a higher instance has taken up.
    """
    _, last = builder.year
    judged, appeal = held["judged_on"], law().appeal
    days = np.array([appeal.days.get(way, 0) for way in held["method"]], dtype="timedelta64[D]")
    first = held["instance"] == "first"
    pending = first & (days > np.timedelta64(0, "D")) & (judged + days >= last)
    known = _has_result(held) | ((held["outcome"] == "") & ~np.isnat(judged))
    wrong = known & (held["notified_on"] <= last) & ~(judged > last) & ~pending
    wrong &= np.isnat(held["effective_on"]) & _is_latest(held)
    yield from builder.for_records(
        "records.judgment-not-effective",
        held,
        wrong,
        found=judged,
        named=_ways(held),
        expected=_results(held),
        law=appeal.source,
        judgment=str(appeal.judgment.days),
        ruling=str(appeal.ruling.days),
    )


def _check_days(builder: FindingBuilder, held: RecordColumns, begun: Days, ended: Days) -> Iterator[Finding]:
    """Yield cases that ended before they began, which no year counts; and ended ones said to be pending."""
    concerned = builder.in_year(begun) | builder.in_year(ended)
    early = concerned & (ended < begun)
    yield from builder.for_records("records.closed-before-begun", held, early, found=ended, expected=begun)
    pending = concerned & (ended <= builder.year[1]) & (held["outcome"] == _PENDING)
    yield from builder.for_records("records.pending-closed", held, pending, found=ended)


def _is_latest(held: RecordColumns) -> Mask:
    """Return a mask of the last instance of each lawsuit, whatever year it began."""
    chains = case_chains(held)
    latest = {chains[i]: i for i in held.order("notified_on", "first_number", "number")}
    return np.array([latest[case] == i for i, case in enumerate(chains)], dtype=bool)


def _has_result(held: RecordColumns) -> Mask:
    """Return a mask of the cases that say how they ended; one that is said to be pending has not."""
    outcome = held["outcome"]
    said: Mask = ((outcome != "") & (outcome != _PENDING)) | ((held["method"] != "") & (outcome == ""))
    return said


def _ways(held: RecordColumns) -> Texts:
    """Return how each case ended, in the words of the register."""
    schema = registers()[held.register]
    ways, outcomes = (mapped(schema[key].label, held[key]) for key in ("method", "outcome"))
    return mapped(lambda text: text or None, np.where(ways == "", outcomes, ways))


def _results(held: RecordColumns) -> Texts:
    """Return the column of the form in which each case is counted once it has ended."""
    schema = registers()[held.register]
    by_way = mapped(lambda way: schema["method"].leads_to.get(way, ""), held["method"])
    outcome = np.where(held["outcome"] == "", by_way, held["outcome"])
    return mapped(lambda text: schema["outcome"].label(text) if text else None, outcome)
