"""Every record behind one figure of a report, which its proof beside the figure may only list in part."""

from __future__ import annotations

from collections.abc import Mapping

from tornado.web import HTTPError

from ....report.queries.explain import explain_cell
from ....workspace.report_data import exact_value
from ..views.places import find_place
from .reports import AboutReport


class RecordsPage(AboutReport):
    """What a figure counts, record by record, and what it nearly counts: as the registers were when it was counted."""

    template = "records.html.j2"

    def values(self) -> Mapping[str, object]:
        """The figure with all its records. Raises HTTPError for a cell the report does not have, GktoolsError."""
        report = self.sight.report
        place = find_place(report, self.get_query_argument("cell", ""))
        table, *cell = place.key.split(":") if place else ("",)
        if place is None or len(cell) < 2:
            raise HTTPError(404)
        manifest = self.ref.manifest()
        as_of = (manifest and manifest.as_of) or None
        answer = explain_cell(self.project, self.code, self.year, table, *cell, as_of=as_of)
        changed = report.cells[table][cell[0], cell[1]].value != exact_value(answer["value"])
        return {"place": place, "answer": answer, "changed": changed}
