"""The findings of a report as cards: the error, the decision about it, and the decisions open to this person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from ....findings import Severity
from ....render.review_page import anchor_of
from ....workspace import clock
from ...decisions import DecidedFinding, open_counts
from ...entries import Decision
from ...people import Step
from ...state import FindingDecision
from .browser_words import finding_in_browser

DECISIONS: Mapping[Decision, str] = {
    "explained": "说明原因",
    "dismissed": "不是问题",
    "overruled": "照发（主要领导决定）",
    "reopened": "重新打开",
}
"""The possible decisions about a finding, with their Chinese labels."""


@dataclass(frozen=True)
class DecisionView:
    """A decision about a finding for display; found and expected are the values at the time of the decision.

    message is what the finding said then, if the values are the same and it says something else now.
    """

    label: str
    reason: str
    person: str
    at: str
    found: str
    expected: str
    message: str = ""


@dataclass(frozen=True)
class Card:
    """A finding for display; choices are the decisions open to this person, with their labels."""

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
    decision: DecisionView | None
    earlier: DecisionView | None
    choices: Mapping[Decision, str]


@dataclass(frozen=True)
class Tally:
    """The numbers of all and of open findings of a severity."""

    severity: str
    label: str
    all: int
    open: int


def cards(findings: Iterable[DecidedFinding], steps: Collection[Step]) -> list[Card]:
    """Return the findings as cards, open ones first, then by severity; steps are those this person may sign today."""
    order = [severity.value for severity in Severity]
    shown = (_card(one, steps) for one in findings)
    return sorted(shown, key=lambda card: (not card.open, order.index(card.severity)))


def tallies(findings: Collection[DecidedFinding]) -> list[Tally]:
    """Return the numbers of findings of each severity."""
    undecided = open_counts(findings)
    return [
        Tally(s.value, s.label, sum(one.finding.severity == s for one in findings), undecided[s.value])
        for s in Severity
    ]


def _card(one: DecidedFinding, steps: Collection[Step]) -> Card:
    finding = finding_in_browser(one.finding)
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
        _decision_view(one.decided),
        _earlier_view(one),
        {decision: DECISIONS[decision] for decision in _choices(one, steps)},
    )


def _decision_view(decision: FindingDecision | None) -> DecisionView | None:
    if decision is None:
        return None
    label = DECISIONS[decision.decision]
    return DecisionView(
        label, decision.reason, decision.person, clock.shown(decision.at), decision.found, decision.expected
    )


def _earlier_view(one: DecidedFinding) -> DecisionView | None:
    view, earlier = _decision_view(one.earlier), one.earlier
    same_values = earlier is not None and earlier.fingerprint == one.finding.fingerprint
    return replace(view, message=str(earlier.finding)) if view and earlier and same_values else view


def _choices(one: DecidedFinding, steps: Collection[Step]) -> list[Decision]:
    """The decisions open to a person who may sign these steps; a blocking finding only by the head."""
    if not steps:
        return []
    if one.decided is not None:
        return ["reopened"]
    if one.finding.severity == Severity.BLOCK:
        return ["overruled"] if Step.HEAD in steps else []
    return ["explained", "dismissed"]
