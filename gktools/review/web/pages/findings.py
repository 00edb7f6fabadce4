"""What was found wrong, and what people decide about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ....errors import ReviewError
from ...actions import DecisionInput, decide_finding
from ...entries import Decision
from ...log import open_log
from ..views.findings import DECISIONS, cards, tallies
from .reports import AboutReport


class FindingsPage(AboutReport):
    """Every finding, each with the form in which this person may decide about it."""

    tab = "findings"
    template = "findings.html.j2"

    def values(self) -> Mapping[str, object]:
        """The findings as cards."""
        sight = self.sight
        return {"cards": cards(sight.findings, sight.steps), "tallies": tallies(sight.findings)}

    def act(self) -> str:
        """Keep a decision about a finding. Raises ReviewError."""
        decision = self.get_body_argument("decision", "")
        if decision not in DECISIONS:
            raise ReviewError("请选一种处理：说明原因，或者不是问题")
        given = DecisionInput(
            self.get_body_argument("finding", ""), cast("Decision", decision), self.get_body_argument("reason", "")
        )
        with open_log(self.project) as log:
            decide_finding(self.project, log, self.ref, self.person, given, self.desk.today())
        return "findings"
