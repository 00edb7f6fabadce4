"""The findings of a report and the decisions about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ....errors import ReviewError
from ....workspace import clock
from ...actions import DecisionInput, decide_finding
from ...entries import Decision
from ..views.findings import DECISIONS, cards, tallies
from .reports import AboutReport


class FindingsPage(AboutReport):
    """All findings, each with a form for the decisions this person may take."""

    tab = "findings"
    template = "findings.html.j2"

    def values(self) -> Mapping[str, object]:
        """Return the findings as cards."""
        context = self.context
        return {"cards": cards(context.findings, context.steps), "tallies": tallies(context.findings)}

    def handle_form(self) -> str:
        """Store a decision about a finding. Raises ReviewError."""
        decision = self.get_body_argument("decision", "")
        if decision not in DECISIONS:
            raise ReviewError("请选一种处理：说明原因，或者不是问题")
        given = DecisionInput(
            self.get_body_argument("finding", ""), cast("Decision", decision), self.get_body_argument("reason", "")
        )
        with self.open_log() as log:
            decide_finding(self.project, log, self.ref, self.person, given, clock.today())
        return "findings"
