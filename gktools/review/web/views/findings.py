"""The findings of a report as cards: what is wrong, what was decided about it, and what this person may decide."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ....findings import Severity
from ....render.review_page import anchor_of
from ...decisions import Judged, counts
from ...entries import Decision
from ...people import Step
from ...state import FindingDecision
from .places import moment

DECISIONS: Mapping[Decision, str] = {
    "explained": "说明原因",
    "dismissed": "不是问题",
    "overruled": "照发（主要领导决定）",
    "reopened": "重新打开",
}
"""What may be decided about a finding, as staff read it."""


@dataclass(frozen=True)
class Ruling:
    """What somebody decided about a finding: words, person and moment; found and expected are the values then."""

    label: str
    reason: str
    person: str
    at: str
    found: str
    expected: str


@dataclass(frozen=True)
class Card:
    """One finding as it is shown; choices are the decisions this person may take, by their value."""

    fingerprint: str
    severity: str
    label: str
    message: str
    place: str
    rule: str
    remedy: str
    found: str
    expected: str
    anchor: str
    open: bool
    ruling: Ruling | None
    before: Ruling | None
    choices: Mapping[Decision, str]


@dataclass(frozen=True)
class Tally:
    """How many findings of a severity there are, and how many of them are open."""

    severity: str
    label: str
    all: int
    open: int


def cards(findings: Iterable[Judged], steps: Collection[Step]) -> list[Card]:
    """Return the findings as cards, open ones first; steps are those that this person may sign today."""
    return sorted((_card(one, steps) for one in findings), key=lambda card: (not card.open, _weight(card)))


def tallies(findings: Collection[Judged]) -> list[Tally]:
    """Return how many findings there are of each severity."""
    undecided = counts(findings)
    return [
        Tally(s.value, s.label, sum(one.finding.severity == s for one in findings), undecided[s.value])
        for s in Severity
    ]


def _weight(card: Card) -> int:
    return list(Severity).index(Severity(card.severity))


def _card(one: Judged, steps: Collection[Step]) -> Card:
    finding = one.finding
    return Card(
        finding.fingerprint,
        finding.severity.value,
        finding.severity.label,
        finding.message,
        f"{finding.register}，{finding.place}" if finding.place else "",
        finding.rule,
        finding.remedy,
        finding.found,
        finding.expected,
        anchor_of(finding),
        one.open,
        _ruling(one.verdict),
        _ruling(one.before),
        {decision: DECISIONS[decision] for decision in _choices(one, steps)},
    )


def _ruling(verdict: FindingDecision | None) -> Ruling | None:
    if verdict is None:
        return None
    label = DECISIONS[verdict.decision]
    return Ruling(label, verdict.reason, verdict.person, moment(verdict.at), verdict.found, verdict.expected)


def _choices(one: Judged, steps: Collection[Step]) -> list[Decision]:
    """What may be decided by one who may sign these steps: what blocks, by the head alone."""
    if not steps:
        return []
    if one.verdict is not None:
        return ["reopened"]
    if one.finding.severity == Severity.BLOCK:
        return ["overruled"] if Step.HEAD in steps else []
    return ["explained", "dismissed"]
