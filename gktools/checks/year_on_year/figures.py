"""The tables against last year's figures: what must follow, open disputes, sudden changes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ...figures.previous_year import comparable, mismatches
from ...figures.table import Figure, Unknown, add, format_figure
from ...findings import Finding
from ...forms.model import Cell, Form
from ..comparison import Comparison
from ..subject import Place, Sides, place_name, references

PENDING = ".pending"


def check_relations(look: Comparison) -> Iterator[Finding]:
    """Yield every cell that does not follow from last year's figures (D1, C1, C4, C6)."""
    for one in mismatches(look.subject.year, look.subject.tables, look.last):
        both = Sides(
            format_figure(one.found), format_figure(one.expected), format_figure(_less(one.found, one.expected))
        )
        finding = look.make_finding(
            one.relation.code,
            Place(one.form, one.cell),
            both=both,
            last=format_figure(one.last),
            behind=references(one.form, [one.cell]),
        )
        yield look.weighed(finding)


def check_pending(look: Comparison) -> Iterator[Finding]:
    """Yield every kind of dispute of which more were open last year than there are in all this year (B3).

    Only where the disputes carried in are counted at all.
    """
    table = look.subject.tables.get("reviews")
    if table is None or not look.subject.params.counting.reviews_include_carried_in:
        return
    for row, column in table.form.cells:
        if column.endswith(PENDING):
            total: Cell = (row, f"{column.removesuffix(PENDING)}.total")
            now, open_then = table.figures.get(total, Unknown("")), look.last.get("reviews", (row, column))
            if isinstance(now, Unknown) or isinstance(open_then, Unknown) or open_then <= now:
                continue
            both = Sides(format_figure(now), format_figure(open_then), format_figure(_less(now, open_then)))
            yield look.weighed(
                look.make_finding(
                    "reviews.pending-last-year",
                    Place(table.form, total),
                    both=both,
                    behind=references(table.form, [total]),
                )
            )


def check_sudden(look: Comparison) -> Iterator[Finding]:
    """Yield every figure far from last year's, with both; a total only where no part of it is told (C11)."""
    for table in look.subject.tables.values():
        told: set[Cell] = set()
        whole = table.form.sums_across.keys() | table.form.sums_down.keys()
        pairs = list(comparable(look.subject.year, look.subject.official, look.last, table.form))
        for cells, before in sorted(pairs, key=lambda pair: pair[0][0] in whole):
            now, then = add(table[cell] for cell in cells), look.last.get(table.form.key, before)
            parts = {part for cell in cells for part in _parts(table.form, cell)}
            if parts & told or not _is_sudden(look, now, then, table.form.unit(cells[0])):
                continue
            told.update(cells)
            both = Sides(format_figure(now), format_figure(then), format_figure(_less(now, then)))
            rows, columns = table.form.address(cells[0])
            where = place_name(table.form, rows[: -1 or None] if len(cells) > 1 else rows, columns)
            code = f"{table.form.key}.sudden"
            yield look.make_finding(
                code, Place(table.form, cells[0]), both=both, behind=references(table.form, cells), place=where
            )


def _parts(form: Form, cell: Cell) -> tuple[Cell, ...]:
    return (*form.sums_across.get(cell, ()), *form.sums_down.get(cell, ()))


def _is_sudden(look: Comparison, now: Figure, then: Figure, unit: str) -> bool:
    limits = look.subject.params.checks
    if isinstance(now, Unknown) or isinstance(then, Unknown) or now < 0 or then < 0:
        return False
    more, less = max(Decimal(now), Decimal(then)), min(Decimal(now), Decimal(then))
    least = limits.sudden_amount if unit == "万元" else limits.sudden_count
    return more - less > least and more > less * limits.sudden_ratio


def _less(figure: Figure, other: Figure) -> Figure:
    assert not isinstance(figure, Unknown)
    assert not isinstance(other, Unknown)
    return figure - other
