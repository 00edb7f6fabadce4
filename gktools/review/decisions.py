"""Findings with the decisions about them: a decision is valid while the finding says what it said to whoever decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..findings import Finding, Severity
from .state import FindingDecision, ReviewState


@dataclass(frozen=True)
class DecidedFinding:
    """A finding of report.json with its valid decision; earlier is one about the same place with other values or in other words."""

    finding: Finding
    decided: FindingDecision | None = None
    earlier: FindingDecision | None = None

    @property
    def open(self) -> bool:
        """Whether a person still has to act: a blocking finding that is not overruled, or one to explain."""
        severity = self.finding.severity
        if severity == Severity.BLOCK:
            return self.decided is None or self.decided.decision != "overruled"
        return severity == Severity.EXPLAIN and self.decided is None


def with_decisions(findings: Iterable[Finding], state: ReviewState) -> list[DecidedFinding]:
    """Return the findings in the same order, each with its decision or the last one about its place.

    A decision is about the findings of its fingerprint, if it quotes one of them as it stands.
    """
    listed = list(findings)
    quoted = {one.fingerprint for one in listed if _is_quoted(one, state.decisions.get(one.fingerprint))}
    earlier = {
        _place(decision.finding): decision for decision in state.all_decisions if decision.decision != "reopened"
    }
    return [
        DecidedFinding(finding, state.decisions[finding.fingerprint])
        if finding.fingerprint in quoted
        else DecidedFinding(finding, earlier=_said_otherwise(earlier.get(_place(finding)), finding))
        for finding in listed
    ]


def _is_quoted(finding: Finding, decision: FindingDecision | None) -> bool:
    return decision is not None and decision.finding.says(finding)


def open_findings(findings: Iterable[DecidedFinding], severity: Severity) -> list[DecidedFinding]:
    """Return the findings of a severity on which a person still has to act."""
    return [one for one in findings if one.finding.severity == severity and one.open]


def open_counts(findings: Iterable[DecidedFinding]) -> dict[str, int]:
    """Return the number of open findings by severity."""
    listed = list(findings)
    return {s.value: sum(one.open and one.finding.severity == s for one in listed) for s in Severity}


def _said_otherwise(decision: FindingDecision | None, finding: Finding) -> FindingDecision | None:
    return decision if decision and not decision.finding.says(finding) else None


def _place(finding: Finding) -> tuple[object, ...]:
    """The rule and the place of a finding, without its values."""
    one = finding
    place = one.table, one.cell, one.row, one.column, one.section, one.register, one.record
    return one.code, one.office_code, one.year, *place
