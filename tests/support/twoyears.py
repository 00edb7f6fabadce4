"""A report and its previous year as literal figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gktools.checks.comparison import Comparison
from gktools.checks.subject import Subject
from gktools.figures.previous_year import PreviousYear
from gktools.figures.table import Table, fill
from gktools.forms.notices import load_format
from gktools.prose import Paragraph, Prose
from gktools.workspace.offices import Office, office_kinds
from gktools.workspace.params_models import ReportParams

HERE = Office("shenji", "示例市云溪区审计局", office_kinds()["county_department"], may_make_rules=False)


Given = Mapping[str, Mapping[tuple[str, str], Any]]


def table(year: int, key: str, given: Mapping[tuple[str, str], Any]) -> Table:
    form = load_format(year)[key]
    leaves = [cell for cell in form.cells if cell not in form.sums_across and cell not in form.sums_down]
    assert given.keys() <= set(leaves)
    return fill(form, dict.fromkeys(leaves, 0) | given)


def tables(year: int, given: Given) -> dict[str, Table]:
    return {form.key: table(year, form.key, given.get(form.key, {})) for form in load_format(year).forms}


def compare_years(
    now: Given, last: Given, year: int = 2024, then: int | None = None, text: str = "", **params: Any
) -> Comparison:
    """Return a report with its previous year: the given figures by table and cell, 0 in other cells."""
    then = year - 1 if then is None else then
    official = load_format(year)
    prose = {"overview": Prose("overview", (Paragraph(text),))}
    subject = Subject(HERE, year, official, official, tables(year, now), prose, "", ReportParams.model_validate(params))
    before = {key: known.figures for key, known in tables(then, last).items()}
    return Comparison(
        subject, PreviousYear(then, load_format(then), before, dict.fromkeys(before, ("brought-in",)), (HERE.name,))
    )
