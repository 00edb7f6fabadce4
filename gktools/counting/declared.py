"""Declared figures: each in the cell it names, or a sentence why it fits none."""

from __future__ import annotations

from decimal import Decimal

from ..errors import NotFoundError, nearest
from ..forms import Cell, Form
from ..records.schema import fold
from ..records.store import Records
from ..tables import Declaration, Figure


def declared_figures(records: Records, form: Form) -> tuple[dict[Cell, Declaration], tuple[str, ...]]:
    """The declared figures of a form by cell, and a sentence for each that names no cell to be filled."""
    declared: dict[Cell, Declaration] = {}
    strays = []
    for line in records["declared"].to_dict("records"):
        if not line["table"] or not _is_table(form, str(line["table"])):
            continue
        try:
            cell = find_cell(form, str(line["row"]), str(line["column"]))
        except NotFoundError as error:
            strays.append(str(error))
            continue
        if cell in form.sums_across or cell in form.sums_down:
            strays.append(f"{form.name}“{line['row']}”“{line['column']}”是合计，由各格相加，不能填报")
            continue
        if cell in declared:
            strays.append(f"{form.name}“{line['row']}”“{line['column']}”这一格填报了两次")
            continue
        value = Decimal(line["value"])
        figure: Figure = value if form.unit(cell) == "万元" else int(value)
        if figure != value or (value < 0 and not form.signed(cell)):
            strays.append(f"{form.name}“{line['row']}”“{line['column']}”填报的 {line['value']} 不是可用的数")
            continue
        declared[cell] = Declaration(figure, str(line["reason"]), line["declared_on"].date(), int(line["record"]))
    return declared, tuple(strays)


def _is_table(form: Form, name: str) -> bool:
    return fold(name) in (fold(form.key), fold(form.name))


def find_cell(form: Form, row: str, column: str) -> Cell:
    """Return the one cell that a row and a column name, by key or by a tail of labels. Raises NotFoundError."""
    found = form.find(row.strip(), column.strip())
    if len(found) == 1:
        return found[0]
    if found:
        choices = "；".join(f"{'/'.join(form.address(c)[0])}｜{'/'.join(form.address(c)[1])}" for c in found[:6])
        raise NotFoundError(f"{form.name}里“{row}”“{column}”不止一格，请写得更全：{choices}")
    rows = {label for cell in form.cells for label in form.address(cell)[0]}
    columns = {label for cell in form.cells for label in form.address(cell)[1]}
    if not any(form.find(row, cell[1]) for cell in form.cells):
        raise NotFoundError(f"{form.name}里没有“{row}”这一行{nearest(row, rows)}")
    raise NotFoundError(f"{form.name}里没有“{column}”这一列，或这一行没有这一列{nearest(column, columns)}")
