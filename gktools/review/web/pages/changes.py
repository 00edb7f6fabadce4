"""The changes of a report: since this person's last view, since the last build that changed it, since last year."""

from __future__ import annotations

from collections.abc import Mapping

from ....workspace import clock
from ...actions import mark_viewed
from ..views.changes import compare_with, compare_years
from ..views.report import SINCE_VIEWED
from .reports import AboutReport


class ChangesPage(AboutReport):
    """Three comparisons, shown one at a time; a form records that the person has viewed the report."""

    tab = "changes"
    template = "changes.html.j2"

    def values(self) -> Mapping[str, object]:
        """Return the selected comparison and the summaries of the others."""
        context = self.context
        last = context.last_view
        with self.open_log() as log:
            seen = context.last_seen_report(log)
        since = f"{SINCE_VIEWED}（{clock.shown(last.at)}）" if last else SINCE_VIEWED
        years = f"与 {self.year - 1} 年度相比"
        found = {
            "look": compare_with("look", since, seen, context.report, "您还没有看过这份报告：这一次请从头看"),
            "build": compare_with(
                "build", "上次做出来以后", context.before, context.report, "这是第一次做出来，没有更早的"
            ),
            "year": compare_years(years, context.last_year_figures, context.last_year, context.report),
        }
        asked = self.get_query_argument("with", "look")
        return {"all": found, "shown": found.get(asked, found["look"]), "digest": context.digest}

    def handle_form(self) -> str:
        """Record the report as viewed. Raises ReviewError if it has changed since it was shown."""
        with self.open_log() as log:
            mark_viewed(self.project, log, self.ref, self.person, self.get_body_argument("seen", ""))
        return "sign" if self.steps else "changes"
