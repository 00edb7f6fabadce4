"""Honest tables of requests, as sparse as real ones, and single mistakes planted in them as people make them."""

from __future__ import annotations

import random

from gktools.figures.table import Table, fill
from gktools.forms.model import Cell
from gktools.forms.notices import load_format

KINDS = ("digit", "swapped-digits", "zeroed", "total", "wrong-row", "wrong-column", "shifted")


def honest(rng: random.Random, year: int) -> Table:
    """Return a table whose sums agree: few rows and columns are used, most figures are 0."""
    form = load_format(year)["requests"]
    leaves = [cell for cell in form.cells if cell not in form.sums_across and cell not in form.sums_down]
    rows = [row for row, column in leaves if column == "natural_person" and row.startswith("dispositions.")]
    size = rng.choice([0, 2, 5, 12, 40, 150, 800])
    figures = dict.fromkeys(leaves, 0)
    for column in dict.fromkeys(column for _, column in leaves):
        scale = size / {"natural_person": 1, "organisation.business": 8}.get(column, 40)
        used = rng.sample(rows, rng.choice([1, 2, 3, 5, 9]))
        for row in used:
            figures[row, column] = int(rng.expovariate(len(used) / scale)) if scale else 0
        done = sum(figures[row, column] for row in used)
        carried_out, carried_in = (int(rng.random() * (done / 6 + 1)) for _ in range(2))
        figures["carried_out", column] = carried_out
        figures["carried_in", column] = min(carried_in, done + carried_out)
        figures["received", column] = done + carried_out - figures["carried_in", column]
    return fill(form, figures)


def plant(rng: random.Random, table: Table, kind: str) -> Table | None:
    """Return a table with one mistake of a kind; None if it has no place for one."""
    figures = dict(table.figures)
    filled = [cell for cell in table.form.cells if figures[cell]]
    if kind == "total":
        cell = rng.choice([*table.form.sums_across, *table.form.sums_down])
        figures[cell] = max(0, figures[cell] + rng.choice([-3, -2, -1, 1, 2, 3, 10]))
    elif kind == "digit":
        cell = rng.choice(filled or list(table.form.cells))
        digits = list(str(figures[cell]))
        digits[rng.randrange(len(digits))] = str(rng.randrange(10))
        figures[cell] = int("".join(digits))
    elif filled:
        cell = rng.choice(filled)
        if kind == "swapped-digits":
            digits = list(str(figures[cell]))
            i = rng.randrange(len(digits))
            digits[i - 1], digits[i] = digits[i], digits[i - 1]
            figures[cell] = int("".join(digits))
        elif kind == "zeroed":
            figures[cell] = 0
        elif kind == "shifted":
            _shift(rng, figures, [other for other in figures if other[0] == cell[0]])
        elif other := _beside(rng, table, cell, 0 if kind == "wrong-row" else 1):
            figures[cell], figures[other] = figures[other], figures[cell]
    return Table(table.form, figures) if figures != dict(table.figures) else None


def _shift(rng: random.Random, figures: dict[Cell, int], row: list[Cell]) -> None:
    values = [figures[cell] for cell in row]
    shifted = [*values[1:], 0] if rng.random() < 0.5 else [0, *values[:-1]]
    figures.update(zip(row, shifted, strict=True))


def _beside(rng: random.Random, table: Table, cell: Cell, axis: int) -> Cell | None:
    keys = list(dict.fromkeys(other[axis] for other in table.form.cells))
    at = keys.index(cell[axis]) + rng.choice([-1, 1])
    if not 0 <= at < len(keys):
        return None
    return (keys[at], cell[1]) if axis == 0 else (cell[0], keys[at])
