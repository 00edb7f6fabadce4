"""Declared figures: each with its cell, or with a message if it has none."""

from __future__ import annotations

from decimal import Decimal

from ...errors import NotFoundError
from ...forms.lookup import find_cell
from ...forms.model import Cell, Form
from ...registers.schema import fold
from ...registers.store.loading import Records
from ..table import FEN_PER_WAN, Declaration, Figure


def declared_figures(records: Records, form: Form) -> tuple[dict[Cell, Declaration], tuple[str, ...]]:
    """Return the declared figures of a form by cell, and a message for each one without a valid cell."""
    declared: dict[Cell, Declaration] = {}
    strays: list[str] = []
    fields = ("table", "row", "column", "value", "reason", "declared_on", "record")
    for table, row, column, given, reason, declared_on, record in records.of_year("declared").values(*fields):
        if not table or not _is_table(form, table):
            continue
        try:
            cell = find_cell(form, row, column)
        except NotFoundError as error:
            strays.append(str(error))
            continue
        if cell in form.sums_across or cell in form.sums_down:
            strays.append(f"{form.name}“{row}”“{column}”是合计，由各格相加，不能填报")
            continue
        if cell in declared:
            strays.append(f"{form.name}“{row}”“{column}”这一格填报了两次")
            continue
        value = Decimal(given)
        figure: Figure = value if form.unit(cell) == "万元" else int(value)
        below_fen = "（万元最多六位小数，到分）" if value * FEN_PER_WAN % 1 and figure == value else ""
        if figure != value or below_fen or (value < 0 and not form.signed(cell)):
            strays.append(f"{form.name}“{row}”“{column}”填报的 {given} 不是可用的数{below_fen}")
            continue
        declared[cell] = Declaration(figure, reason, declared_on, record)
    return declared, tuple(strays)


def _is_table(form: Form, name: str) -> bool:
    return fold(name) in (fold(form.key), fold(form.name))
