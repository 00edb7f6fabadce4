"""Explained differences from last year: one sentence for each in section 六, with both figures bound (D1)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ..figures.counting.count import count_table
from ..figures.previous_year import Mismatch, explains, mismatches, previous_year
from ..figures.table import Figure
from ..forms.model import Cell, Form
from ..forms.year_on_year import relations
from ..inputs.inputs import Inputs
from ..prose import Paragraph
from ..workspace.params_models import ExplainedDifference
from .sentences import narrative
from .writing import Writer

LAST_YEAR = "上年"
"""The prefix of the token of a figure of the previous year."""


def write_differences(inputs: Inputs, writer: Writer) -> Iterator[Paragraph]:
    """Yield a paragraph for every explained difference that exists; a total only if none of its parts differs."""
    last = previous_year(inputs)
    given = [difference for difference in inputs.params.differences if difference.rule in narrative().differences]
    if last is None or not given:
        return
    tables = {form.key: count_table(form.key, inputs.records, inputs.form, inputs.params) for form in inputs.form.forms}
    found = list(mismatches(inputs.year, tables, last))
    sums = {relation.code for relation in relations() if relation.cell}
    for difference in given:
        explained = [mismatch for mismatch in found if _explains(difference, mismatch)]
        for mismatch in _without_totals(explained):
            yield _sentence(writer, difference, mismatch)
        if difference.rule not in sums:
            yield writer.bind(narrative().differences[difference.rule].format(reason=_reason(difference)))


def _explains(difference: ExplainedDifference, mismatch: Mismatch) -> bool:
    return explains(
        difference, mismatch.relation.code, mismatch.form.key, mismatch.cell, *mismatch.form.address(mismatch.cell)
    )


def _without_totals(found: list[Mismatch]) -> list[Mismatch]:
    cells = {mismatch.cell for mismatch in found}
    return [mismatch for mismatch in found if not cells & set(mismatch.form.sums_across.get(mismatch.cell, ()))]


def _sentence(writer: Writer, difference: ExplainedDifference, mismatch: Mismatch) -> Paragraph:
    quantity = partial(_mark, writer, mismatch.form)
    text = narrative().differences[difference.rule]
    return writer.bind(
        text.format(
            place=_place(mismatch),
            now=quantity(mismatch.found, mismatch.relation.name, mismatch.cell),
            last=quantity(mismatch.last, f"{LAST_YEAR}{mismatch.relation.name}", None),
            reason=_reason(difference),
        )
    )


def _mark(writer: Writer, form: Form, figure: Figure, token: str, cell: Cell | None) -> str:
    return writer.mark(figure, token, form.key if cell else "", cell)


def _place(mismatch: Mismatch) -> str:
    """Return the label of the cell's column if the relation is for all columns, otherwise of its row."""
    rows, columns = mismatch.form.address(mismatch.cell)
    return f"“{(columns if mismatch.relation.cell.endswith('*') else rows)[-1]}”"


def _reason(difference: ExplainedDifference) -> str:
    return difference.reason.strip().rstrip("。")
