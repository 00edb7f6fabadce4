"""Disputes against the requests they are about, and against who has to be asked first (B6, B7, H10)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...deadlines.calendar import as_days
from ...findings import Finding
from ...forms.characters import fold, fold_number
from .articles import cited, names
from .law import ReviewFirst, law
from .requests import Cases

REVIEWS = ("reconsiderations", "lawsuits")


def check_reviews(cases: Cases) -> Iterator[Finding]:
    """Yield what is wrong with the disputes that were begun in the year, or are counted in it."""
    records = cases.notes.inputs.own
    for register in REVIEWS:
        frame = records[register]
        if len(frame):
            yield from _unmatched(cases, register, frame)
    if len(records["lawsuits"]):
        lawsuits = _in_chains(records["lawsuits"])
        yield from _sued_directly(cases, lawsuits)
        yield from _joint(cases, lawsuits)


def _in_chains(lawsuits: pd.DataFrame) -> pd.DataFrame:
    """The lawsuits with chain, the number each case began with, and reviewed, whether it had been reviewed first."""
    lawsuits = lawsuits.reset_index(drop=True).copy()
    lawsuits["chain"] = (
        lawsuits["first_number"].mask(lawsuits["first_number"] == "", lawsuits["number"]).map(fold_number)
    )
    lawsuits["reviewed"] = lawsuits.groupby("chain")["reconsideration_number"].transform("max") != ""
    return lawsuits


def _unmatched(cases: Cases, register: str, frame: pd.DataFrame) -> Iterator[Finding]:
    """H10: the request that a dispute names stands in the register of requests."""
    requests = cases.notes.inputs.own.frames["requests"]["number"].map(fold_number)
    named = frame["request_number"].map(fold_number)
    begun = as_days(frame["notified_on"])
    if "accepted_on" in frame:
        begun = np.where(np.isnat(begun), as_days(frame["accepted_on"]), begun)
    wrong = (named != "").to_numpy() & ~named.isin(set(requests)).to_numpy() & cases.notes.within(begun)
    if "role" in frame:
        wrong &= (frame["role"] == "actor").to_numpy()
    yield from cases.notes.each("records.unmatched", register, frame, wrong, found=frame["request_number"])


def _sued_directly(cases: Cases, lawsuits: pd.DataFrame) -> Iterator[Finding]:
    """B6: an answer that had to be reviewed first was sued over directly; by the law in force on the day."""
    requests = cases.notes.inputs.own.frames["requests"]
    begun, numbers = as_days(lawsuits["notified_on"]), lawsuits["request_number"]
    disposition, articles = (
        numbers.map(dict(zip(requests["number"][::-1], requests[key][::-1], strict=True)))  # the first of a number
        for key in ("disposition", "articles")
    )
    candidate = (
        ~lawsuits["reviewed"]
        & (lawsuits["role"] == "actor")
        & (lawsuits["chain"] == lawsuits["number"].map(fold_number))
    )
    for version in law().review_first:
        since, until = np.datetime64(version.since), np.datetime64(version.until)
        applies = candidate.to_numpy() & cases.notes.within(begun) & (begun >= since) & (begun <= until)
        wrong = applies & np.array([_first(version, d, a) for d, a in zip(disposition, articles, strict=True)])
        yield from cases.notes.each(
            "records.review-first", "lawsuits", lawsuits, wrong, found=lawsuits["request_number"], law=version.source
        )


def _first(version: ReviewFirst, disposition: object, articles: object) -> bool:
    """Whether an answer had to be reviewed before it could be sued over."""
    if disposition == "partly_granted":
        given = cited(str(articles))
        return any(names((int(article), None), given) for article in version.partly_citing)
    return disposition in version.dispositions


def _joint(cases: Cases, lawsuits: pd.DataFrame) -> Iterator[Finding]:
    """B7: a case in which this office stood beside the body that acted is counted by that body only."""
    joint = (lawsuits["role"] == "joint_defendant").groupby(lawsuits["chain"]).transform("any")
    acting = lawsuits["role"] == "actor"
    own = _reviewed_here(cases, lawsuits)
    wrong = acting & (joint | own) & cases.notes.within(as_days(lawsuits["notified_on"]))
    yield from cases.notes.each("records.joint-defendant", "lawsuits", lawsuits, wrong)


def _reviewed_here(cases: Cases, lawsuits: pd.DataFrame) -> pd.Series:
    """Whether the review that went before was this office's own: then it was the reviewer, not the one that acted."""
    reviews, office = cases.notes.inputs.own.frames["reconsiderations"], cases.notes.inputs.office.name
    own = set(reviews.loc[reviews["authority"].map(fold) == fold(office), "number"])
    return lawsuits["reconsideration_number"].isin(own)
