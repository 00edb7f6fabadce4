"""Differences from last year that staff explained, a sentence each in section 六, with both figures bound (D1)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ..figures.counting.count import count_table
from ..figures.previous_year import Mismatch, explained_by, mismatches, previous_year
from ..figures.table import Figure
from ..forms.model import Cell, Form
from ..forms.year_on_year import relations
from ..inputs.inputs import Inputs
from ..prose import Paragraph
from ..workspace.params_models import ExplainedDifference
from .sentences import narrative
from .writing import Writer

LAST_YEAR = "上年"
"""How the token of a figure of the year before is called."""


def explain_differences(inputs: Inputs, writer: Writer) -> Iterator[Paragraph]:
    """Yield a paragraph for every difference that staff explained and that is there; of a total only if no part is."""
    last = previous_year(inputs)
    given = [one for one in inputs.params.differences if one.rule in narrative().differences]
    if last is None or not given:
        return
    tables = {form.key: count_table(form.key, inputs.records, inputs.form, inputs.params) for form in inputs.form.forms}
    found = list(mismatches(inputs.year, tables, last))
    sums = {relation.code for relation in relations() if relation.cell}
    for difference in given:
        mine = [one for one in found if _explains(difference, one)]
        for one in _without_totals(mine):
            yield _sentence(writer, difference, one)
        if difference.rule not in sums:
            yield writer.bound(narrative().differences[difference.rule].format(reason=_reason(difference)))


def _explains(difference: ExplainedDifference, one: Mismatch) -> bool:
    return explained_by(difference, one.relation.code, one.form.key, one.cell, *one.form.address(one.cell))


def _without_totals(found: list[Mismatch]) -> list[Mismatch]:
    cells = {one.cell for one in found}
    return [one for one in found if not cells & set(one.form.sums_across.get(one.cell, ()))]


def _sentence(writer: Writer, difference: ExplainedDifference, one: Mismatch) -> Paragraph:
    quantity = partial(_mark, writer, one.form)
    text = narrative().differences[difference.rule]
    return writer.bound(
        text.format(
            place=_place(one),
            now=quantity(one.found, one.relation.name, one.cell),
            last=quantity(one.last, f"{LAST_YEAR}{one.relation.name}", None),
            reason=_reason(difference),
        )
    )


def _mark(writer: Writer, form: Form, figure: Figure, token: str, cell: Cell | None) -> str:
    return writer.mark(figure, token, form.key if cell else "", cell)


def _place(one: Mismatch) -> str:
    """The side of the cell that the relation leaves open: its column or its row."""
    rows, columns = one.form.address(one.cell)
    return f"“{(columns if one.relation.cell.endswith('*') else rows)[-1]}”"


def _reason(difference: ExplainedDifference) -> str:
    return difference.reason.strip().rstrip("。")
