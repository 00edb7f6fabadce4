"""Checks of reconsiderations and lawsuits: their requests, and the body competent for them (B6, B7, H10)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...figures.counting.reviews import begins_directly, case_chains
from ...findings import Finding
from ...forms.characters import fold
from ...registers.schema import registers
from ...registers.store.record_columns import Mask, RecordColumns, among, first_known
from .articles import cited_articles, is_among
from .law import ReviewFirst, law
from .requests import RequestCases

REVIEWS = ("reconsiderations", "lawsuits")


def check_reviews(cases: RequestCases) -> Iterator[Finding]:
    """Yield the findings about reconsiderations and lawsuits of the year (B6, B7, H10)."""
    records = cases.builder.inputs.own
    for register in REVIEWS:
        yield from _check_unmatched(cases, records.of_year(register))
    if len(lawsuits := records.of_year("lawsuits")):
        yield from _check_review_first(cases, lawsuits)
        yield from _check_joint_defendants(cases, lawsuits)


def _check_unmatched(cases: RequestCases, held: RecordColumns) -> Iterator[Finding]:
    """Yield every dispute about a request that is not in the register of requests (H10)."""
    named, begun = held.folded("request_number"), held["notified_on"]
    known = cases.builder.inputs.own.held["requests"].folded("number") if named.any() else ()
    if "accepted_on" in held:
        begun = first_known(begun, held["accepted_on"])
    wrong = (named != "") & ~among(named, set(known)) & cases.builder.in_year(begun)
    if "role" in held:
        wrong &= held["role"] == "actor"
    yield from cases.builder.for_records(
        "records.unmatched",
        held,
        wrong,
        found=held["request_number"],
        named=registers()[held.register]["request_number"].heading,
        advice="由主动公开、更正争议引起的，申请编号留空",
    )


def _check_review_first(cases: RequestCases, lawsuits: RecordColumns) -> Iterator[Finding]:
    """Yield lawsuits without the required reconsideration, by the law in force on the day (B6)."""
    requests = cases.builder.inputs.own.held["requests"]
    known = requests.folded("number").tolist()
    answers = [*zip(requests["disposition"], requests["articles"], strict=True)]
    answer_of = dict(zip(reversed(known), reversed(answers), strict=True))  # the first record of a number
    answered = [answer_of.get(number, ("", "")) for number in lawsuits.folded("request_number")]
    candidate, begun = begins_directly(lawsuits), lawsuits["notified_on"]
    for version in law().review_first:
        since, until = np.datetime64(version.since), np.datetime64(version.until)
        applies = candidate & cases.builder.in_year(begun) & (begun >= since) & (begun <= until)
        wrong = applies & np.array([_requires_review(version, *answer) for answer in answered], dtype=bool)
        yield from cases.builder.for_records(
            "records.review-first", lawsuits, wrong, found=lawsuits["request_number"], law=version.source
        )


def _requires_review(version: ReviewFirst, disposition: str, articles: str) -> bool:
    """Return whether a version of the law requires a reconsideration before a lawsuit over an answer."""
    if disposition == "partly_granted":
        given = cited_articles(articles)
        return any(is_among((int(article), None), given) for article in version.partly_citing)
    return disposition in version.dispositions


def _check_joint_defendants(cases: RequestCases, lawsuits: RecordColumns) -> Iterator[Finding]:
    """Yield lawsuits with this office as joint defendant, which only the acting body counts (B7)."""
    chains, role = case_chains(lawsuits), lawsuits["role"]
    joint = {case for case, own in zip(chains, role, strict=True) if own == "joint_defendant"}
    wrong = (role == "actor") & (among(chains, joint) | _reviewed_by_office(cases, lawsuits))
    wrong &= cases.builder.in_year(lawsuits["notified_on"])
    yield from cases.builder.for_records("records.joint-defendant", lawsuits, wrong)


def _reviewed_by_office(cases: RequestCases, lawsuits: RecordColumns) -> Mask:
    """Return a mask of the lawsuits after a reconsideration by this office itself."""
    reviews, office = cases.builder.inputs.own.held["reconsiderations"], fold(cases.builder.inputs.office.name)
    own = {
        number
        for number, authority in zip(reviews.folded("number"), reviews["authority"], strict=True)
        if fold(authority) == office
    }
    return among(lawsuits.folded("reconsideration_number"), own)
