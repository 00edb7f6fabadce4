"""The tables of a whole government: every cell the sum of its offices' cells, a document of several counted once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ...forms.characters import fold_number
from ...forms.model import Cell, Form
from ...inputs.members import Member, Rolled, cells_of
from ..table import Figure, Share, Source, Table, Unknown, add, figure_from_json, fill

DOCUMENTS = "documents"
Count = Callable[[Member], Table]
"""Counts a table of one member from its records."""


@dataclass(frozen=True)
class Duplicate:
    """One record that several members count: its register, its number, and in which cells each of them counts it."""

    register: str
    number: str
    counted: Mapping[str, frozenset[Cell]]

    def too_often(self, cell: Cell) -> int:
        """How many times too many it is counted in a cell."""
        return max(0, sum(cell in cells for cells in self.counted.values()) - 1)


def roll_up(records: Rolled, form: Form, count: Count) -> Table:
    """Return a table of a whole government as the sum of its members' reports; of a year before, of their records.

    A document that several members count under one 文号 is counted once (E3). What a member does not know makes the
    sum unknown, naming it; members that have not reported are left out, which is for the checks to say.
    """
    members = [member for member in records.members if not member.missing]
    parts = {member.office.code: _part(member, form, count) for member in members}
    repeated = [found for found in duplicates(records, form, count) if found.register == DOCUMENTS]
    shares: dict[Cell, tuple[Share, ...]] = {}
    for cell in form.cells:
        if cell not in form.sums_across and cell not in form.sums_down:
            own = [Share(m.office.code, m.office.name, *parts[m.office.code][cell]) for m in members]
            shares[cell] = (*own, *(_once(found, extra) for found in repeated if (extra := found.too_often(cell))))
    sources: dict[Cell, Source] = dict.fromkeys(shares, "rolled-up")
    return fill(form, {cell: _sum(found) for cell, found in shares.items()}, sources, shares=shares)


def duplicates(records: Rolled, form: Form, count: Count) -> list[Duplicate]:
    """Return every record of a form that several members count, known by the number that outside bodies gave it.

    Documents are the same by their 文号, cases by the number of the court or of the reviewing body.
    """
    members = [member for member in records.members if not member.missing]
    numbers = {member.office.code: _numbers(member, form) for member in members}
    several = _in_several(numbers.values())
    found: dict[_Number, dict[str, frozenset[Cell]]] = defaultdict(dict)
    for member in members:
        if doubtful := several & numbers[member.office.code].keys():
            for number, cells in _counted(member, count(member), doubtful).items():
                found[number][member.office.code] = cells
    named = {number: name for known in numbers.values() for number, name in known.items()}
    return [Duplicate(key[0], named[key], counted) for key, counted in found.items() if len(counted) > 1]


def _part(member: Member, form: Form, count: Count) -> Mapping[Cell, tuple[Figure, int]]:
    """What a member gives to every cell: its figure and how many records it counted."""
    if member.report is None:
        table = count(member)
        return {cell: (table[cell], 0) for cell in form.cells}
    cells = cells_of(member.report, form.key)
    return {cell: (figure_from_json(known["value"], "没有数"), known["records"]) for cell, known in cells.items()}


def _once(found: Duplicate, extra: int) -> Share:
    return Share("", f"{found.number} 有 {extra + 1} 个机关登记，只计一次", -extra, -extra)


def _sum(shares: Iterable[Share]) -> Figure:
    known = list(shares)
    if unknown := [share.name for share in known if isinstance(share.figure, Unknown)]:
        return Unknown(f"{'、'.join(unknown)}没有数")
    return add(share.figure for share in known) if known else Unknown("没有一个机关报来")


_Number = tuple[str, str]
"""A register, and a number in it folded."""
_SAME = {"documents": ("number",), "reconsiderations": ("number",), "lawsuits": ("first_number", "number")}
"""The registers whose numbers bodies outside the office gave, and the fields that may hold the number, the best first."""


def _registers(form: Form) -> list[str]:
    leaves = (cell for cell in form.cells if cell not in form.sums_across and cell not in form.sums_down)
    counted = {form.counts(cell).partition(".")[0] for cell in leaves}
    return [register for register in _SAME if register in counted]


def _numbers(member: Member, form: Form) -> dict[_Number, str]:
    """The numbers in a member's registers behind a form, as they stand there."""
    return {
        (register, fold_number(number)): number
        for register in _registers(form)
        for number in _by_record(member, register).values()
        if number
    }


def _by_record(member: Member, register: str) -> dict[int, str]:
    """The number of each record of a register; "" where there is none."""
    frame = member.records.frames[register]
    best, *others = _SAME[register]
    number = frame[best]
    for key in others:
        number = number.mask(number == "", frame[key])
    return dict(zip(frame["record"], number, strict=True))


def _in_several(numbers: Iterable[Mapping[_Number, str]]) -> set[_Number]:
    """The numbers that stand in the registers of several members."""
    seen = Counter(number for known in numbers for number in known)
    return {number for number, times in seen.items() if times > 1}


def _counted(member: Member, table: Table, doubtful: set[_Number]) -> dict[_Number, frozenset[Cell]]:
    """The doubtful numbers that a member counts, each with its cells."""
    found: dict[_Number, set[Cell]] = defaultdict(set)
    for register in sorted({register for register, _ in doubtful}):
        names = _by_record(member, register)
        for row, column, kind, record, _, reason in table.lines:
            if not reason and kind == register and (number := (register, fold_number(names[record]))) in doubtful:
                found[number].add((row, column))
    return {number: frozenset(cells) for number, cells in found.items()}
