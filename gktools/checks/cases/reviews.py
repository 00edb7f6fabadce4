"""Checks of reconsiderations and lawsuits: their requests, and the body competent for them (B6, B7, H10)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...deadlines.calendar import as_days
from ...figures.counting.reviews import case_chains
from ...findings import Finding
from ...forms.characters import fold, fold_number
from ...registers.schema import registers
from .articles import cited_articles, is_among
from .law import ReviewFirst, law
from .requests import RequestCases

REVIEWS = ("reconsiderations", "lawsuits")


def check_reviews(cases: RequestCases) -> Iterator[Finding]:
    """Yield the findings about reconsiderations and lawsuits of the year (B6, B7, H10)."""
    records = cases.builder.inputs.own
    for register in REVIEWS:
        frame = records[register]
        if len(frame):
            yield from _check_unmatched(cases, register, frame)
    if len(records["lawsuits"]):
        lawsuits = _with_chains(records["lawsuits"])
        yield from _check_review_first(cases, lawsuits)
        yield from _check_joint_defendants(cases, lawsuits)


def _with_chains(lawsuits: pd.DataFrame) -> pd.DataFrame:
    """Return the lawsuits with chain (the first number of the case) and reviewed (after a reconsideration or not)."""
    lawsuits = lawsuits.reset_index(drop=True).copy()
    lawsuits["chain"] = case_chains(lawsuits)
    lawsuits["reviewed"] = lawsuits.groupby("chain")["reconsideration_number"].transform("max") != ""
    return lawsuits


def _check_unmatched(cases: RequestCases, register: str, frame: pd.DataFrame) -> Iterator[Finding]:
    """Yield every dispute about a request that is not in the register of requests (H10)."""
    requests = cases.builder.inputs.own.frames["requests"]["number"].map(fold_number)
    named = frame["request_number"].map(fold_number)
    begun = as_days(frame["notified_on"])
    if "accepted_on" in frame:
        begun = np.where(np.isnat(begun), as_days(frame["accepted_on"]), begun)
    wrong = (named != "").to_numpy() & ~named.isin(set(requests)).to_numpy() & cases.builder.in_year(begun)
    if "role" in frame:
        wrong &= (frame["role"] == "actor").to_numpy()
    yield from cases.builder.for_records(
        "records.unmatched",
        register,
        frame,
        wrong,
        found=frame["request_number"],
        named=registers()[register]["request_number"].heading,
        advice="由主动公开、更正争议引起的，申请编号留空",
    )


def _check_review_first(cases: RequestCases, lawsuits: pd.DataFrame) -> Iterator[Finding]:
    """Yield lawsuits without the required reconsideration, by the law in force on the day (B6)."""
    requests = cases.builder.inputs.own.frames["requests"]
    begun, numbers = as_days(lawsuits["notified_on"]), lawsuits["request_number"].map(fold_number)
    known = requests["number"].map(fold_number)[::-1]
    disposition, articles = (
        numbers.map(dict(zip(known, requests[key][::-1], strict=True)))  # the first record of a number
        for key in ("disposition", "articles")
    )
    candidate = (
        ~lawsuits["reviewed"]
        & (lawsuits["role"] == "actor")
        & (lawsuits["chain"] == lawsuits["number"].map(fold_number))
    )
    for version in law().review_first:
        since, until = np.datetime64(version.since), np.datetime64(version.until)
        applies = candidate.to_numpy() & cases.builder.in_year(begun) & (begun >= since) & (begun <= until)
        wrong = applies & np.array(
            [_requires_review(version, d, a) for d, a in zip(disposition, articles, strict=True)]
        )
        yield from cases.builder.for_records(
            "records.review-first", "lawsuits", lawsuits, wrong, found=lawsuits["request_number"], law=version.source
        )


def _requires_review(version: ReviewFirst, disposition: object, articles: object) -> bool:
    """Return whether a version of the law requires a reconsideration before a lawsuit over an answer."""
    if disposition == "partly_granted":
        given = cited_articles(str(articles))
        return any(is_among((int(article), None), given) for article in version.partly_citing)
    return disposition in version.dispositions


def _check_joint_defendants(cases: RequestCases, lawsuits: pd.DataFrame) -> Iterator[Finding]:
    """Yield lawsuits with this office as joint defendant, which only the acting body counts (B7)."""
    joint = (lawsuits["role"] == "joint_defendant").groupby(lawsuits["chain"]).transform("any")
    acting = lawsuits["role"] == "actor"
    own = _reviewed_by_office(cases, lawsuits)
    wrong = acting & (joint | own) & cases.builder.in_year(as_days(lawsuits["notified_on"]))
    yield from cases.builder.for_records("records.joint-defendant", "lawsuits", lawsuits, wrong)


def _reviewed_by_office(cases: RequestCases, lawsuits: pd.DataFrame) -> pd.Series:
    """Return a mask of the lawsuits after a reconsideration by this office itself."""
    reviews, office = cases.builder.inputs.own.frames["reconsiderations"], cases.builder.inputs.office.name
    own = set(reviews.loc[reviews["authority"].map(fold) == fold(office), "number"].map(fold_number))
    return lawsuits["reconsideration_number"].map(fold_number).isin(own)
