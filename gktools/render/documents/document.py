"""The executed notebook's report as a document: what every written format is drawn from.

A page draws HTML that the notebook holds. A document, a spreadsheet or a data file draws from values: the parts in
printed order, and each table as the form it is printed with and a figure for every cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from ...figures.table import Figure, figure_from_json
from ...findings import Finding
from ...forms.model import Cell, Form
from ...forms.notices import load_format
from ...inputs.inputs import as_printed
from ...prose import Prose
from ...report.report import REVIEW
from ...workspace.offices import SCOPES
from ...workspace.params_models import Layout
from ..page import marked_json, pictures, report_json


@dataclass(frozen=True, eq=False)
class DocumentSection:
    """One of the six sections: its text, or the form that is printed there with a figure for every cell."""

    key: str
    title: str
    prose: Prose | None = None
    form: Form | None = None
    figures: Mapping[Cell, Figure] | None = None


@dataclass(frozen=True, eq=False)
class Document:
    """A report in printed order. report is report.json itself, review what the review page shows beside it.

    pictures are those of the overview (charts.Picture.to_json); most reports have none.
    """

    report: dict[str, Any]
    review: dict[str, Any]
    opening: Prose
    sections: tuple[DocumentSection, ...]
    signature: Prose
    findings: tuple[Finding, ...]
    pictures: tuple[dict[str, Any], ...] = ()

    @property
    def title(self) -> str:
        """The title in one line."""
        return str(self.report["title"])

    @property
    def office(self) -> str:
        """The office's name."""
        return str(self.report["office"]["name"])

    @property
    def year(self) -> int:
        """The report year."""
        return int(self.report["year"])

    @property
    def scope(self) -> str:
        """Whose figures these are, as it is printed with every table of a government; empty for other offices."""
        return SCOPES[self.report["scope"] or ""]

    @property
    def tables(self) -> tuple[DocumentSection, ...]:
        """The sections that are tables."""
        return tuple(section for section in self.sections if section.form is not None)


def read_document(nb: NotebookNode) -> Document:
    """Return the report an executed notebook holds. Raises GktoolsError where a part is missing."""
    return _document(report_json(nb), marked_json(nb, REVIEW), tuple(pictures(nb)))


def bare_document(report: dict[str, Any]) -> Document:
    """Return the report that report.json alone holds: figures and texts, without local labels, proofs and pictures."""
    return _document(report, {"layout": {}}, ())


def _document(report: dict[str, Any], review: dict[str, Any], drawn: tuple[dict[str, Any], ...]) -> Document:
    printed = as_printed(load_format(report["year"]), Layout.model_validate(review["layout"]))
    forms = {form.key: form for form in printed.forms}
    return Document(
        report,
        review,
        Prose.from_json(report["opening"]),
        tuple(_section(section, forms.get(section["key"]), report["tables"]) for section in report["sections"]),
        Prose.from_json(report["signature"]),
        tuple(Finding.from_json(finding) for finding in report["findings"]),
        drawn,
    )


def _section(section: dict[str, Any], form: Form | None, tables: dict[str, Any]) -> DocumentSection:
    if form is None:
        return DocumentSection(section["key"], section["title"], prose=Prose.from_json(section))
    cells = tables[form.key]
    figures = {(cell["row_key"], cell["column_key"]): figure_from_json(cell["value"]) for cell in cells}
    return DocumentSection(section["key"], section["title"], form=form, figures=figures)
