"""What has changed: since this person last looked, since the report was last made otherwise, since last year."""

from __future__ import annotations

from collections.abc import Mapping

from ....errors import ReviewError
from ...actions import mark_viewed
from ...log import open_log
from ..views.changes import compare_with, compare_years
from ..views.places import moment
from ..views.report import SINCE_LOOK
from .reports import AboutReport


class ChangesPage(AboutReport):
    """Three comparisons, one at a time; a person says when what is shown has been seen."""

    tab = "changes"
    template = "changes.html.j2"

    def values(self) -> Mapping[str, object]:
        """The comparison asked for, and what the others would show."""
        sight = self.sight
        last = sight.last_look
        with open_log(self.project) as log:
            seen = sight.seen_then(log)
        since = f"{SINCE_LOOK}（{moment(last.at)}）" if last else SINCE_LOOK
        years = f"与 {self.year - 1} 年度相比"
        found = {
            "look": compare_with("look", since, seen, sight.report, "您还没有看过这份报告：这一次请从头看"),
            "build": compare_with(
                "build", "上次做出来以后", sight.before, sight.report, "这是第一次做出来，没有更早的"
            ),
            "year": compare_years(years, sight.figures_of_last_year, sight.last_year, sight.report),
        }
        asked = self.get_query_argument("with", "look")
        return {"all": found, "shown": found.get(asked, found["look"]), "digest": sight.digest}

    def act(self) -> str:
        """Keep the report as it was shown. Raises ReviewError if it is another one by now."""
        if self.get_body_argument("seen", "") != self.sight.digest:
            raise ReviewError("您打开这一页以后报告变了：下面是现在的样子，请看过再按")
        with open_log(self.project) as log:
            mark_viewed(self.project, log, self.ref, self.person)
        return "sign" if self.steps else "changes"
