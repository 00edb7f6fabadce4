"""The executed notebook's report as a document: what every written format is drawn from.

A page draws HTML that the notebook holds. A document, a spreadsheet or a data file draws from values: the parts in
printed order, and each table as the form it is printed with and a figure for every cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from nbformat import NotebookNode

from ...figures.table import Figure, figure_from_json
from ...findings import Finding
from ...forms.model import Cell, Form
from ...forms.notices import load_format
from ...inputs.inputs import as_printed
from ...prose import Prose
from ...report.review_data import ProofJson
from ...workspace.offices import SCOPES
from ...workspace.params_models import Layout
from ...workspace.report_data import ReportData
from ..page import pictures, report_in, review_in
from ..pictures import Picture


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
    """A report in printed order. report is what report.json says, proofs what proves its figures, by table.

    pictures are those of the overview (charts.Picture.to_json); most reports have none.
    """

    report: ReportData
    opening: Prose
    sections: tuple[DocumentSection, ...]
    signature: Prose
    findings: tuple[Finding, ...]
    layout: Layout
    proofs: Mapping[str, Sequence[ProofJson]] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()

    @property
    def title(self) -> str:
        """The title in one line."""
        return self.report.title

    @property
    def office_name(self) -> str:
        """The office's name."""
        return self.report.office_name

    @property
    def year(self) -> int:
        """The report year."""
        return self.report.year

    @property
    def scope(self) -> str:
        """Whose figures these are, as it is printed with every table of a government; empty for other offices."""
        return SCOPES[self.report.scope]

    @property
    def tables(self) -> tuple[DocumentSection, ...]:
        """The sections that are tables."""
        return tuple(section for section in self.sections if section.form is not None)


def read_document(nb: NotebookNode) -> Document:
    """Return the report an executed notebook holds. Raises GktoolsError where a part is missing."""
    review = review_in(nb)
    layout = Layout.model_validate(review["layout"])
    return replace(_document(report_in(nb), layout), proofs=review["proofs"], pictures=tuple(pictures(nb)))


def bare_document(report: ReportData) -> Document:
    """Return the report that report.json alone holds: figures and texts, without local labels, proofs and pictures."""
    return _document(report, Layout())


def _document(report: ReportData, layout: Layout) -> Document:
    printed = as_printed(load_format(report.year), layout)
    forms = {form.key: form for form in printed.forms}
    return Document(
        report,
        report.opening,
        tuple(_section(report, section, forms.get(section.key)) for section in report.sections),
        report.signature,
        report.findings,
        layout,
    )


def _section(report: ReportData, section: Prose, form: Form | None) -> DocumentSection:
    if form is None:
        return DocumentSection(section.key, section.title, prose=section)
    figures = {cell: figure_from_json(known.value) for cell, known in report.cells[form.key].items()}
    return DocumentSection(section.key, section.title, form=form, figures=figures)
