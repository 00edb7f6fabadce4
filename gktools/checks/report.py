"""All checks of one report, in its printed order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from ..figures.table import Table
from ..findings import Finding
from . import disclosures, figures_in_text, requests, statements, tables, text
from .subject import Place, Subject, make_finding

TableCheck = Callable[[Subject, Table], Iterable[Finding]]
TextCheck = Callable[[Subject], Iterable[Finding]]

SHAPE: tuple[TableCheck, ...] = (tables.check_shape, tables.check_labels)
FIGURES: tuple[TableCheck, ...] = (tables.check_figures_allowed, tables.check_sums)
OWN: dict[str, tuple[TableCheck, ...]] = {
    "disclosures": (
        disclosures.check_authority,
        disclosures.check_in_force,
        disclosures.check_public_total,
        disclosures.check_items,
        disclosures.check_amounts,
        disclosures.check_processing_fees,
    ),
    "requests": (requests.check_other_share, requests.check_fee_notice),
}
AGAINST_TABLES: tuple[TextCheck, ...] = (
    statements.check_statements,
    statements.check_parts,
    statements.check_assertions,
    statements.check_fees,
    statements.check_publications,
)
WORDING: tuple[TextCheck, ...] = (
    text.check_years,
    text.check_period,
    text.check_notice,
    text.check_office_names,
    text.check_length,
    text.check_ordinals,
    text.check_remnants,
)
REQUIRED: tuple[TextCheck, ...] = (text.check_problems, text.check_government, text.check_fee_statement)
"""The rules that a text seen only in part cannot satisfy."""


def check_report(subject: Subject) -> list[Finding]:
    """Return all findings about one report, in printed order: the tables, the text against them, the text alone."""
    return list(dict.fromkeys(chain(_tables(subject), _text(subject))))


def check_table(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield the findings about the shape and the figures of one table, also of a finished one."""
    for check in (*SHAPE, *FIGURES, *OWN.get(table.form.key, ())):
        yield from check(subject, table)


def check_text(subject: Subject) -> Iterator[Finding]:
    """Yield the findings about the existing text, also of a finished report."""
    for check in (*AGAINST_TABLES, *WORDING, *REQUIRED):
        yield from check(subject)


def _tables(subject: Subject) -> Iterator[Finding]:
    for form in subject.official.forms:
        table = subject.tables.get(form.key)
        if table is None:
            yield make_finding(subject, f"{form.key}.missing-table", Place(form), expected=len(form.cells))
            continue
        yield from tables.check_unknowns(subject, table)
        yield from tables.check_declarations(subject, table)
        yield from check_table(subject, table)


def _text(subject: Subject) -> Iterator[Finding]:
    parameters: tuple[TextCheck, ...] = (text.check_signed_on, text.check_limits)
    always: tuple[TextCheck, ...] = (text.check_title, text.check_sections, text.check_empty, *parameters)
    of_figures = (figures_in_text.check_joined, figures_in_text.check_unbound)
    beside = (text.check_declared_metrics, text.check_omitted, *of_figures)
    rest = () if text.has_no_text(subject) else (*AGAINST_TABLES, *WORDING, *REQUIRED, *beside)
    for check in (*always, *rest):
        yield from check(subject)
