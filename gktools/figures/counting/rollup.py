"""The tables of a government: every cell is the sum of its offices' cells; shared documents are counted once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ...forms.characters import fold_number
from ...forms.model import Cell, Form
from ...inputs.members import Government, Member
from ...prose import MadeFor
from ..table import Figure, Share, Source, Table, Unknown, add, figure_from_json, fill, rounded

DOCUMENTS = "documents"
Count = Callable[[Member], Table]
"""A function that counts a table of one member from its records."""


@dataclass(frozen=True)
class Duplicate:
    """A record that several members count: its register, its number, and the cells by code of the member."""

    register: str
    number: str
    counted: Mapping[str, frozenset[Cell]]

    def surplus(self, cell: Cell) -> int:
        """Return the number of members that count it in a cell, less one; 0 if none does."""
        return max(0, sum(cell in cells for cells in self.counted.values()) - 1)


def roll_up(government: Government, form: Form, count: Count, decimals: int = 6) -> Table:
    """Return a table of a government: the sum of its members' reports, or, for a previous year, of their records.

    A document that several members count under one 文号 is counted once (E3). If a figure of a member is unknown, the
    sum is unknown and names the member. Members without a report are left out, which the checks report. Amounts are added
    to the 分 whatever a member prints; the sums are printed with so many decimals.
    """
    members = [member for member in government.members if not member.missing]
    parts = {member.office.code: _member_figures(member, form, count) for member in members}
    repeated = [found for found in find_duplicates(government, form, count) if found.register == DOCUMENTS]
    shares: dict[Cell, tuple[Share, ...]] = {}
    for cell in form.cells:
        if cell not in form.sums_across and cell not in form.sums_down:
            own = [Share(m.office.code, m.office.name, *parts[m.office.code][cell]) for m in members]
            shares[cell] = (*own, *(_deduction(found, extra) for found in repeated if (extra := found.surplus(cell))))
    sources: dict[Cell, Source] = dict.fromkeys(shares, "rolled-up")
    made_for = MadeFor(government.own.code, government.own.year)
    figures, exact = rounded({cell: _sum(found) for cell, found in shares.items()}, decimals)
    return fill(form, figures, sources, shares=shares, exact=exact, made_for=made_for)


def find_duplicates(government: Government, form: Form, count: Count) -> list[Duplicate]:
    """Return every record of a form that several members count under the same number.

    Documents are compared by 文号, cases by the number of the court or of the reviewing body.
    """
    members = [member for member in government.members if not member.missing]
    numbers = {member.office.code: _numbers(member, form) for member in members}
    several = _shared_numbers(numbers.values())
    found: dict[_Number, dict[str, frozenset[Cell]]] = defaultdict(dict)
    for member in members:
        if doubtful := several & numbers[member.office.code].keys():
            for number, cells in _counted_cells(member, count(member), doubtful).items():
                found[number][member.office.code] = cells
    named = {number: name for known in numbers.values() for number, name in known.items()}
    return [Duplicate(key[0], named[key], counted) for key, counted in found.items() if len(counted) > 1]


def _member_figures(member: Member, form: Form, count: Count) -> Mapping[Cell, tuple[Figure, int]]:
    """Return a member's figure and number of counted records for every cell."""
    if member.report is None:
        table = count(member)
        return {cell: (table.amount(cell), 0) for cell in form.cells}
    cells = member.report.cells.get(form.key, {})
    return {cell: (figure_from_json(known.amount, "没有数"), known.records) for cell, known in cells.items()}


def _deduction(found: Duplicate, extra: int) -> Share:
    return Share("", f"{found.number} 有 {extra + 1} 个机关登记，只计一次", -extra, -extra)


def _sum(shares: Iterable[Share]) -> Figure:
    known = list(shares)
    if unknown := [share.name for share in known if isinstance(share.figure, Unknown)]:
        return Unknown(f"{'、'.join(unknown)}没有数")
    return add(share.figure for share in known) if known else Unknown("没有一个机关报来")


_Number = tuple[str, str]
"""A register, and a normalized number in it."""
_NUMBER_FIELDS = {"documents": ("number",), "reconsiderations": ("number",), "lawsuits": ("first_number", "number")}
"""The registers with numbers assigned outside the office, and the fields of the number in order of preference."""


def _registers(form: Form) -> list[str]:
    leaves = (cell for cell in form.cells if cell not in form.sums_across and cell not in form.sums_down)
    counted = {form.counts(cell).partition(".")[0] for cell in leaves}
    return [register for register in _NUMBER_FIELDS if register in counted]


def _numbers(member: Member, form: Form) -> dict[_Number, str]:
    """Return the numbers in a member's registers of a form, as written there, by their normalized form."""
    return {
        (register, fold_number(number)): number
        for register in _registers(form)
        for number in _by_record(member, register).values()
        if number
    }


def _by_record(member: Member, register: str) -> dict[int, str]:
    """Return the number of each record of a register; "" for none."""
    held = member.records.held[register]
    best, *others = _NUMBER_FIELDS[register]
    number = held[best]
    for key in others:
        number = np.where(number == "", held[key], number)
    return dict(zip(held["record"].tolist(), number, strict=True))


def _shared_numbers(numbers: Iterable[Mapping[_Number, str]]) -> set[_Number]:
    """Return the numbers that are in the registers of several members."""
    seen = Counter(number for known in numbers for number in known)
    return {number for number, times in seen.items() if times > 1}


def _counted_cells(member: Member, table: Table, doubtful: set[_Number]) -> dict[_Number, frozenset[Cell]]:
    """Return those shared numbers that a member counts, with their cells."""
    found: dict[_Number, set[Cell]] = defaultdict(set)
    for register in sorted({register for register, _ in doubtful}):
        names = _by_record(member, register)
        for row, column, kind, record, _, reason in table.lines:
            if not reason and kind == register and (number := (register, fold_number(names[record]))) in doubtful:
                found[number].add((row, column))
    return {number: frozenset(cells) for number, cells in found.items()}
