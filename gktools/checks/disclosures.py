"""The rules of 表二 alone: legislative power, impossible counts, and amounts (C2–C12)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ..figures.table import FEN_PER_WAN, Figure, Table, Unknown, format_figure
from ..findings import Finding
from ..forms.model import Cell
from .statements import stated_fees
from .subject import Place, Sides, Subject, make_finding, references, sides

RULES = "article_20_1.rules"
PUBLIC = {"newly_public", "public_total"}
FEES: Cell = ("article_20_8.fees", "amount")


def check_authority(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield figures in the row of 规章 for an office without legislative power (C3, C3'; 立法法 91, 93)."""
    may = subject.office.may_make_rules
    for cell, figure in table.figures.items():
        if cell[0] == RULES and not may and not isinstance(figure, Unknown) and figure != 0:
            kind = "authority-unclear" if may is None else "rules-public" if cell[1] in PUBLIC else "authority"
            yield make_finding(subject, f"disclosures.{kind}", Place(table.form, cell), both=sides(figure, 0))


def check_in_force(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield a finding for every row with fewer documents in force than issued less repealed (C2)."""
    for row in _rows(table):
        in_force, issued, repealed = ((row, column) for column in ("in_force", "issued", "repealed"))
        values = _figures(table, in_force, issued, repealed)
        if values and values[0] < values[1] - values[2]:
            both = sides(values[0], values[1] - values[2])
            behind = (in_force, issued, repealed)
            yield make_finding(
                subject,
                "disclosures.in-force",
                Place(table.form, in_force),
                behind=references(table.form, behind),
                both=both,
            )


def check_public_total(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield a finding for every row whose total of public documents is below the newly public ones (C5)."""
    for row in _rows(table):
        total, new = (row, "public_total"), (row, "newly_public")
        values = _figures(table, total, new)
        if values and values[0] < values[1]:
            both = sides(values[0], values[1])
            yield make_finding(
                subject,
                "disclosures.public-total",
                Place(table.form, total),
                behind=references(table.form, (total, new)),
                both=both,
            )


def check_items(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield a finding for every row of items whose decrease in the year exceeds last year's number (C6)."""
    for row in _rows(table):
        before, change = (row, "items_last_year"), (row, "change")
        values = _figures(table, before, change)
        if values and values[0] + values[1] < 0:
            both = Sides(format_figure(values[1]), format_figure(values[0]), format_figure(values[0] + values[1]))
            code = "disclosures.items-negative"
            yield make_finding(
                subject, code, Place(table.form, change), behind=references(table.form, (before, change)), both=both
            )


def check_amounts(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield every amount so large that it is probably 元 in a cell of 万元 (C7)."""
    limit = subject.params.checks.amount_wan
    for cell, figure in table.figures.items():
        if table.form.unit(cell) == "万元" and not isinstance(figure, Unknown) and figure > limit:
            yield make_finding(
                subject,
                "disclosures.amount-magnitude",
                Place(table.form, cell),
                behind=references(table.form, [cell]),
                both=sides(figure, limit),
            )


def check_processing_fees(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield the finding that the year's charges are below the 信息处理费 included in them (C12; 国办函〔2020〕109号)."""
    values = _figures(table, FEES)
    paid = subject.processing_fees[1] if subject.processing_fees else stated_fees(subject)
    if paid is None or not values or not subject.params.counting.charges_include_processing_fees:
        return
    charged = Decimal(table.exact.get(FEES, values[0])) * FEN_PER_WAN
    if charged < paid:
        both = sides(charged / 100, Decimal(paid) / 100)
        yield make_finding(
            subject,
            "disclosures.processing-fees",
            Place(table.form, FEES),
            behind=references(table.form, [FEES]),
            both=both,
        )


def _rows(table: Table) -> list[str]:
    return list(dict.fromkeys(row for row, _ in table.form.cells))


def _figures(table: Table, *cells: Cell) -> list[int | Decimal]:
    """Return the figures of cells; empty if a cell is missing or a figure is unknown."""
    values: list[Figure | None] = [table.figures.get(cell) for cell in cells]
    return [value for value in values if isinstance(value, int | Decimal)] if all(map(_is_known, values)) else []


def _is_known(value: Figure | None) -> bool:
    return value is not None and not isinstance(value, Unknown)
