"""The tables against last year's figures: relations, open disputes, and sudden changes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ...figures.previous_year import comparable_cells, mismatches
from ...figures.table import Figure, Unknown, add, format_figure
from ...findings import Finding
from ...forms.model import Cell, Form
from ..comparison import Comparison
from ..subject import Place, Sides, format_place, references

PENDING = ".pending"


def check_relations(comparison: Comparison) -> Iterator[Finding]:
    """Yield every cell that does not follow from last year's figures (D1, C1, C4, C6)."""
    for mismatch in mismatches(comparison.subject.year, comparison.subject.tables, comparison.last):
        both = Sides(
            format_figure(mismatch.found),
            format_figure(mismatch.expected),
            format_figure(_subtract(mismatch.found, mismatch.expected)),
        )
        finding = comparison.make_finding(
            mismatch.relation.code,
            Place(mismatch.form, mismatch.cell),
            both=both,
            last=format_figure(mismatch.last),
            behind=references(mismatch.form, [mismatch.cell]),
        )
        yield comparison.apply_explanation(finding)


def check_pending(comparison: Comparison) -> Iterator[Finding]:
    """Yield every kind of dispute with more open cases last year than cases this year (B3).

    Only if disputes carried in are counted (CountingRules.reviews_include_carried_in).
    """
    table = comparison.subject.tables.get("reviews")
    if table is None or not comparison.subject.params.counting.reviews_include_carried_in:
        return
    for row, column in table.form.cells:
        if column.endswith(PENDING):
            total: Cell = (row, f"{column.removesuffix(PENDING)}.total")
            now, open_then = table.figures.get(total, Unknown("")), comparison.last.get("reviews", (row, column))
            if isinstance(now, Unknown) or isinstance(open_then, Unknown) or open_then <= now:
                continue
            both = Sides(format_figure(now), format_figure(open_then), format_figure(_subtract(now, open_then)))
            yield comparison.apply_explanation(
                comparison.make_finding(
                    "reviews.pending-last-year",
                    Place(table.form, total),
                    both=both,
                    behind=references(table.form, [total]),
                )
            )


def check_sudden(comparison: Comparison) -> Iterator[Finding]:
    """Yield every sudden change from last year's figure; a total only if none of its parts is reported (C11)."""
    for table in comparison.subject.tables.values():
        reported: set[Cell] = set()
        totals = table.form.sums_across.keys() | table.form.sums_down.keys()
        pairs = list(
            comparable_cells(comparison.subject.year, comparison.subject.official, comparison.last, table.form)
        )
        for cells, before in sorted(pairs, key=lambda pair: pair[0][0] in totals):
            now, then = add(table[cell] for cell in cells), comparison.last.get(table.form.key, before)
            if not _is_sudden(comparison, now, then, table.form.unit(cells[0])):
                continue
            if any(part in reported for cell in cells for part in _parts(table.form, cell)):
                continue
            reported.update(cells)
            both = Sides(format_figure(now), format_figure(then), format_figure(_subtract(now, then)))
            rows, columns = table.form.address(cells[0])
            where = format_place(table.form, rows[: -1 or None] if len(cells) > 1 else rows, columns)
            code = f"{table.form.key}.sudden"
            yield comparison.make_finding(
                code, Place(table.form, cells[0]), both=both, behind=references(table.form, cells), place=where
            )


def _parts(form: Form, cell: Cell) -> tuple[Cell, ...]:
    return (*form.sums_across.get(cell, ()), *form.sums_down.get(cell, ()))


def _is_sudden(comparison: Comparison, now: Figure, then: Figure, unit: str) -> bool:
    limits = comparison.subject.params.checks
    if isinstance(now, Unknown) or isinstance(then, Unknown) or now < 0 or then < 0:
        return False
    more, less = max(Decimal(now), Decimal(then)), min(Decimal(now), Decimal(then))
    least = limits.sudden_amount if unit == "万元" else limits.sudden_count
    return more - less > least and more > less * limits.sudden_ratio


def _subtract(figure: Figure, other: Figure) -> Figure:
    assert not isinstance(figure, Unknown)
    assert not isinstance(other, Unknown)
    return figure - other
