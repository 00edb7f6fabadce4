"""All records behind one figure of a report; the proof beside the figure may list only some of them."""

from __future__ import annotations

from collections.abc import Mapping

from tornado.web import HTTPError

from ....report.queries.explain import explain_cell
from ....workspace.report_data import exact_value
from ..views.places import find_place
from .reports import AboutReport


class RecordsPage(AboutReport):
    """The records a figure counts and its near misses, in the version of the registers it was counted from."""

    template = "records.html.j2"

    def values(self) -> Mapping[str, object]:
        """Return the figure with all its records. Raises HTTPError if the report has no such cell, GktoolsError."""
        report = self.context.report
        place = find_place(report, self.get_query_argument("cell", ""))
        table, *cell = place.key.split(":") if place else ("",)
        if place is None or len(cell) < 2:
            raise HTTPError(404)
        manifest = self.ref.manifest()
        as_of = (manifest and manifest.as_of) or None
        answer = explain_cell(self.project, self.code, self.year, table, *cell, as_of=as_of)
        changed = report.cells[table][cell[0], cell[1]].value != exact_value(answer["value"])
        return {"place": place, "answer": answer, "changed": changed}
