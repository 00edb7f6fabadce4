"""The report in an executed notebook as a document: the source of every written format.

A page uses the HTML in the notebook. A document, a spreadsheet or a data file uses values: the parts in printed
order, and each table as the form it is printed with and a figure for every cell.
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
    """One of the six sections: its text, or the form printed there with a figure for every cell."""

    key: str
    title: str
    prose: Prose | None = None
    form: Form | None = None
    figures: Mapping[Cell, Figure] | None = None


@dataclass(frozen=True, eq=False)
class Document:
    """A report in printed order. report is the content of report.json, proofs the proofs of its figures, by table.

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
        """Whose figures these are, as printed with every table of a government; empty for other offices."""
        return SCOPES[self.report.scope]

    @property
    def tables(self) -> tuple[DocumentSection, ...]:
        """The sections that are tables."""
        return tuple(section for section in self.sections if section.form is not None)


def read_document(nb: NotebookNode) -> Document:
    """Return the report in an executed notebook. Raises GktoolsError if a part is missing."""
    review = review_in(nb)
    layout = Layout.model_validate(review["layout"])
    return replace(_document(report_in(nb), layout), proofs=review["proofs"], pictures=tuple(pictures(nb)))


def bare_document(report: ReportData) -> Document:
    """Return the report of a report.json alone: figures and texts, without local labels, proofs and pictures."""
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
