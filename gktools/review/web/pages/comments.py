"""What people remark on cells and paragraphs, answer and close."""

from __future__ import annotations

from collections.abc import Mapping

from ....errors import ReviewError
from ...actions import answer, close, comment
from ...log import Log, open_log
from ..views.comments import threads
from ..views.places import find_place, paragraphs
from .reports import AboutReport


class CommentsPage(AboutReport):
    """Every remark with its answers, and a form for a new one; the place may come from the report's page."""

    tab = "comments"
    template = "comments.html.j2"

    def values(self) -> Mapping[str, object]:
        """The remarks, and the places of the text that one can remark on."""
        report = self.sight.report
        asked = find_place(report, self.get_argument("place", ""))
        places = paragraphs(report)
        known = {place.key for place in places}
        return {
            "threads": threads(report, self.sight.standing.comments),
            "places": [*([asked] if asked and asked.key not in known else []), *places],
            "asked": asked.key if asked else "",
        }

    def act(self) -> str:
        """Keep a remark or an answer, or close one. Raises ReviewError."""
        with open_log(self.project) as log:
            what = self.get_body_argument("what", "")
            if what == "close":
                close(self.project, log, self.ref, self.person, self.number("comment"))
            elif what == "answer":
                text = self.get_body_argument("text", "")
                answer(self.project, log, self.ref, self.person, self.number("comment"), text)
            else:
                self._remark(log)
        return "comments"

    def _remark(self, log: Log) -> None:
        place = find_place(self.sight.report, self.get_body_argument("place", ""))
        if place is None:
            raise ReviewError("报告里没有这一处：请在报告页上点那一格，或者在下面选一段")
        comment(self.project, log, self.ref, self.person, place.key, self.get_body_argument("text", ""))
