"""The comments on cells and paragraphs: adding, answering, passing on and closing them."""

from __future__ import annotations

from collections.abc import Mapping

from ....errors import ReviewError
from ....workspace import clock
from ...actions import answer, close, comment, pass_on
from ...log import Log
from ...people import readers
from ..views.comments import threads
from ..views.places import find_place, paragraphs
from .reports import AboutReport


class CommentsPage(AboutReport):
    """All comments with their answers, and a form for a new one; the report page links here with a place."""

    tab = "comments"
    template = "comments.html.j2"

    def values(self) -> Mapping[str, object]:
        """Return the comments, and the places of the text that can be commented on."""
        report = self.context.report
        kept = (self.unsent or {}).get("place", [""])[-1]
        asked = find_place(report, self.get_argument("place", "") or kept)
        places = paragraphs(report)
        known = {place.key for place in places}
        return {
            "threads": threads(report, self.context.state.comments),
            "places": [*([asked] if asked and asked.key not in known else []), *places],
            "asked": asked.key if asked else "",
            "others": sorted(readers(self.project, self.code) - {self.person}) if self.steps else [],
        }

    def handle_form(self) -> str:
        """Store a comment or an answer, pass a comment on, or close it. Raises ReviewError."""
        with self.open_log() as log:
            what = self.get_body_argument("what", "")
            if what == "close":
                close(self.project, log, self.ref, self.person, self.number("comment"))
            elif what == "pass":
                to, today = self.get_body_argument("to", ""), clock.today()
                pass_on(self.project, log, self.ref, self.person, self.number("comment"), to, today)
            elif what == "answer":
                text = self.get_body_argument("text", "")
                answer(self.project, log, self.ref, self.person, self.number("comment"), text)
            else:
                self._remark(log)
        return "comments"

    def _remark(self, log: Log) -> None:
        place = find_place(self.context.report, self.get_body_argument("place", ""))
        if place is None:
            raise ReviewError("报告里没有这一处：请在报告页上点那一格，或者在下面选一段")
        comment(self.project, log, self.ref, self.person, place.key, self.get_body_argument("text", ""))
