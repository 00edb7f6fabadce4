"""Findings with what people decided about them: a verdict holds as long as rule, place and values are the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..findings import Finding, Severity
from .state import FindingDecision, ReviewState


@dataclass(frozen=True)
class Judged:
    """A finding of report.json with the verdict that holds; before is one about the same place with other values."""

    finding: Finding
    verdict: FindingDecision | None = None
    before: FindingDecision | None = None

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something: what blocks until it is overruled, what asks for an explanation."""
        severity = self.finding.severity
        if severity == Severity.BLOCK:
            return self.verdict is None or self.verdict.decision != "overruled"
        return severity == Severity.EXPLAIN and self.verdict is None


def judged(findings: Iterable[Finding], standing: ReviewState) -> list[Judged]:
    """Return the findings of report.json, in their order, each with its verdict or the last one about its place."""
    earlier = {_place(verdict.finding): verdict for verdict in standing.judged if verdict.decision != "reopened"}
    return [
        Judged(finding, verdict)
        if (verdict := standing.verdicts.get(finding.fingerprint))
        else Judged(finding, before=_of_other_values(earlier.get(_place(finding)), finding))
        for finding in findings
    ]


def open_blocks(findings: Iterable[Judged]) -> list[Judged]:
    """Return what forbids publication still: neither mended nor overruled by the head."""
    return [one for one in findings if one.finding.severity == Severity.BLOCK and one.open]


def counts(findings: Iterable[Judged]) -> dict[str, int]:
    """Return how many findings are open, by severity."""
    listed = list(findings)
    return {s.value: sum(one.open and one.finding.severity == s for one in listed) for s in Severity}


def _of_other_values(verdict: FindingDecision | None, finding: Finding) -> FindingDecision | None:
    return verdict if verdict and verdict.fingerprint != finding.fingerprint else None


def _place(finding: Finding) -> tuple[object, ...]:
    """The rule and the place of a finding, without its values."""
    one = finding
    place = one.table, one.cell, one.row, one.column, one.section, one.register, one.record
    return one.code, one.office_code, one.year, *place
