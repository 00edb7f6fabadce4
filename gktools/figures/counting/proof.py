"""Explanations of figures: the records counted in a cell, and the near misses."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ...forms.model import Cell, Form
from ...registers.schema import Field, registers
from ...registers.store.loading import Records
from ..table import Line, Table
from .measures import MEASURES


@dataclass(frozen=True)
class Witness:
    """One record as proof of a figure: its register, its place in a file, its shown fields and its amount.

    reason is the reason for not counting it; "" if it was counted.
    """

    register: str
    place: str
    facts: tuple[tuple[str, str], ...]
    amount: int
    reason: str = ""


@dataclass(frozen=True)
class Explanation:
    """The explanation of a cell's figure: definition and articles, the counted records, and the near misses.

    total is the number of counted records; counted may be limited to the first of them.
    """

    definition: str
    articles: tuple[str, ...]
    registers: tuple[str, ...]
    counted: tuple[Witness, ...]
    near: tuple[Witness, ...]
    total: int


def explain(table: Table, records: Records, cell: Cell) -> Explanation:
    """Return the explanation of a cell of a counted table, with all records."""
    parts = set(table.form.parts[cell])
    return _explain(table, cell, [line for line in table.lines if line[:2] in parts], _Witnesses(records), None)


def explanations(table: Table, records: Records, limit: int | None = None) -> dict[Cell, Explanation]:
    """Return the explanation of every cell that is not a total, with at most limit records of each kind."""
    witnesses = _Witnesses(records)
    lines: dict[Cell, list[Line]] = defaultdict(list)
    for line in table.lines:
        lines[line[:2]].append(line)
    totals = table.form.sums_across.keys() | table.form.sums_down.keys()
    return {
        cell: _explain(table, cell, lines[cell], witnesses, limit) for cell in table.form.cells if cell not in totals
    }


def _explain(table: Table, cell: Cell, lines: list[Line], witnesses: _Witnesses, limit: int | None) -> Explanation:
    counted, near = [line for line in lines if not line[-1]], [line for line in lines if line[-1]]
    return Explanation(
        *_definition(table.form, cell),
        tuple(witnesses.of(line) for line in counted[:limit]),
        tuple(witnesses.of(line) for line in near[:limit]),
        len(counted),
    )


@lru_cache(maxsize=4096)
def _definition(form: Form, cell: Cell) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the definition of a cell, its articles, and the registers that it is counted from."""
    measures = [MEASURES[name] for name in dict.fromkeys(form.counts(part) for part in form.parts[cell])]
    registers = dict.fromkeys(key for measure in measures for key in measure.registers)
    return "；".join(measure.definition for measure in measures), form.articles(cell), tuple(registers)


class _Witnesses:
    """The records of lines as witnesses; each register and each record is formatted once."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._registers: dict[str, tuple[dict[int, int], dict[str, list[Any]], dict[int, str]]] = {}
        self._facts: dict[tuple[str, int], tuple[tuple[str, str], ...]] = {}

    def of(self, line: Line) -> Witness:
        """Return the record of a line as a witness."""
        _, _, register, record, amount, reason = line
        return Witness(
            register, self._register(register)[2][record], self._shown(register, record), int(amount), reason
        )

    def _shown(self, register: str, record: int) -> tuple[tuple[str, str], ...]:
        if (register, record) not in self._facts:
            positions, columns, _ = self._register(register)
            at = positions[record]
            fields = (field for field in registers()[register].fields if field.shown)
            facts = ((field.heading, _fact(field, columns[field.key][at])) for field in fields)
            self._facts[register, record] = tuple(fact for fact in facts if fact[1])
        return self._facts[register, record]

    def _register(self, register: str) -> tuple[dict[int, int], dict[str, list[Any]], dict[int, str]]:
        """Return, of a register, the position of each record, the shown columns, and the place of each record."""
        if register not in self._registers:
            held = self._records.held[register]
            positions = {record: at for at, record in enumerate(held["record"].tolist())}
            columns = {field.key: held[field.key].tolist() for field in registers()[register].fields if field.shown}
            self._registers[register] = (positions, columns, self._records.places(register))
        return self._registers[register]


def _fact(field: Field, value: Any) -> str:
    """Return a stored value as printed."""
    if value is None or value == "":
        return ""
    if isinstance(value, date):
        return value.strftime("%Y-%m-%d")
    if field.type == "yuan":
        return f"{Decimal(int(value)) / 100}"
    return field.label(value if isinstance(value, str) else str(value))
