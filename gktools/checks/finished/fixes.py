"""The few single changes that would mend what is broken in one printed table.

A published table whose sums do not agree was right once: somebody typed a digit wrongly, wrote a figure into the next row
or column, or forgot to update a total. The search proposes such changes, and never makes one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Literal

from ...figures.table import Table, Unknown
from ...forms.model import Cell, Form
from .entries import NOT_PRINTED
from .relations import Number, SumRelation

Kind = Literal[
    "total",
    "swapped-digits",
    "digit",
    "value",
    "with-total",
    "wrong-row",
    "wrong-column",
    "shifted",
    "totals",
    "blank",
    "unit",
]

MOST_CHANGES = 4
"""The most changes that are tried together."""
_MOST_TRIED = 50_000
"""The most slips that are tried; a table with more errors has no small fix."""
_MOST_RELATIONS = 4
"""Of more broken relations than this for each further change, a change is not followed."""
_MOST_DIGITS = 15
MOST_FIXES = 12
"""The most fixes that are returned."""


@dataclass(frozen=True)
class ProposedFigure:
    """A cell with its printed figure and another one; printed is None where no figure was read.

    bound: whether the other one is the least or the greatest possible, or "" if it is the only one.
    """

    cell: Cell
    printed: Number | None
    proposed: Number
    bound: Literal["", "at_least", "at_most"] = ""


@dataclass(frozen=True)
class Slip:
    """One mistake that somebody may have made: its changes, what kind it is, the relations that it mends, and its cost.

    The cost is 1 for a mistake that is often made, and more for others.
    """

    kind: Kind
    changes: tuple[ProposedFigure, ...]
    cost: Decimal
    mends: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fix:
    """Slips that together mend every broken relation of a table. Fixes of the same rank explain them equally well.

    in_text: the text of the report states the figures so, and not as other fixes have them.
    """

    slips: tuple[Slip, ...]
    rank: int
    in_text: bool = False

    @property
    def changes(self) -> tuple[ProposedFigure, ...]:
        """All changes of its slips."""
        return tuple(change for slip in self.slips for change in slip.changes)


@dataclass(frozen=True)
class Proposals:
    """The smallest fixes of relations of one table, the likeliest first; broken are those that do not hold.

    complete: whether each fix mends all of them. If not, each fix mends some and breaks none. told are the figures that
    cells without one can only have.
    """

    form: Form
    broken: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    complete: bool = True
    told: tuple[Slip, ...] = ()


def propose_fixes(table: Table, relations: tuple[SumRelation, ...]) -> tuple[Proposals, ...]:
    """Return the smallest fixes of a table: for each group of relations that share cells and do not all hold, by itself.

    The last one has what is told of cells without a figure, if there are any.
    """
    values = _known(table)
    found = [
        proposals for group in _groups(table.form, relations) if (proposals := _of_group(table.form, group, values))
    ]
    told = tuple(_told(table, relations, values))
    return (*found, Proposals(table.form, told=told)) if told else tuple(found)


def _groups(form: Form, relations: tuple[SumRelation, ...]) -> list[tuple[SumRelation, ...]]:
    """Return the relations in groups that have no cell in common, nor rows that are taken for each other."""
    groups: list[tuple[set[Cell | str], list[SumRelation]]] = []
    for relation in relations:
        shared: set[Cell | str] = set(relation.cells)
        if not form.sums_across:
            shared |= {_block(row) for row, _ in relation.cells}
        members = [relation]
        for group in [group for group in groups if group[0] & shared]:
            shared |= group[0]
            members = [*group[1], *members]
            groups.remove(group)
        groups.append((shared, members))
    return [tuple(sorted(members, key=relations.index)) for _, members in groups]


def _block(row: str) -> str:
    return row.partition(".")[0]


def _of_group(form: Form, relations: tuple[SumRelation, ...], values: Mapping[Cell, Number]) -> Proposals | None:
    """Return the smallest fixes of some relations; None if all hold."""
    search = _Search(form, relations, values)
    start = search.start()
    if not start.broken:
        return None
    broken = search.words(start.broken)
    if solved := search.solve(start):
        return Proposals(form, broken, _ranked(solved))
    alone = sorted(((slip,) for slip in search.helpful(start)), key=lambda slips: (-len(slips[0].mends), slips[0].cost))
    return Proposals(form, broken, _ranked(alone[:MOST_FIXES], by_cost=False), complete=False)


def rank_by_text(proposals: Proposals, contradictions: Callable[[Fix], int]) -> Proposals:
    """Return proposals in which, of fixes of the same rank, those come first that the text contradicts least."""
    counted = [(fix, contradictions(fix)) for fix in proposals.fixes] if len(proposals.fixes) > 1 else []
    places = sorted({(fix.rank, count) for fix, count in counted})
    if len({count for _, count in places}) < 2:
        return proposals
    fixes = [
        Fix(
            fix.slips,
            places.index((fix.rank, count)) + 1,
            any(rank == fix.rank and more > count for rank, more in places),
        )
        for fix, count in counted
    ]
    return replace(proposals, fixes=tuple(sorted(fixes, key=lambda fix: fix.rank)))


def _known(table: Table) -> dict[Cell, Number]:
    return {cell: figure for cell, figure in table.figures.items() if not isinstance(figure, Unknown)}


def _ranked(solved: Iterable[tuple[Slip, ...]], *, by_cost: bool = True) -> tuple[Fix, ...]:
    """Return the fixes, the cheapest first; those of the same cost have the same rank."""
    found = [(_cost(slips) if by_cost else -Decimal(len(slips[0].mends)), slips) for slips in solved]
    costs = sorted({cost for cost, _ in found})
    ranked = sorted((Fix(slips, costs.index(cost) + 1) for cost, slips in found), key=lambda fix: fix.rank)
    return tuple(ranked[:MOST_FIXES])


def _cost(slips: tuple[Slip, ...]) -> Decimal:
    return sum((slip.cost for slip in slips), Decimal(0))


@dataclass(frozen=True)
class _State:
    """Figures, and the gaps of all relations that are known."""

    values: Mapping[Cell, Number]
    gaps: Mapping[int, Number]
    broken: frozenset[int]
    changed: frozenset[Cell] = frozenset()


class _Search:
    """The search for slips in one table."""

    def __init__(self, form: Form, relations: tuple[SumRelation, ...], values: Mapping[Cell, Number]) -> None:
        self._form, self._relations, self._values = form, relations, values
        self._of: dict[Cell, list[tuple[int, int]]] = defaultdict(list)
        for i, relation in enumerate(relations):
            if relation.gap(values) is not None:
                for cell, sign in relation.terms:
                    self._of[cell].append((i, sign))
        self._tried = 0
        self._lines = _Lines(form)

    def start(self) -> _State:
        """Return the printed figures."""
        gaps = {i: gap for i, r in enumerate(self._relations) if (gap := r.gap(self._values)) is not None}
        return _State(self._values, gaps, frozenset(i for i, gap in gaps.items() if self._relations[i].is_broken(gap)))

    def solve(self, start: _State) -> list[tuple[Slip, ...]]:
        """Return the fixes with the fewest slips; none if more than MOST_CHANGES are needed."""
        for depth in range(1, MOST_CHANGES + 1):
            found: dict[frozenset[ProposedFigure], tuple[Slip, ...]] = {}
            for slips in self._solve(start, depth):
                changes = frozenset(change for slip in slips for change in slip.changes)
                if changes not in found or _cost(slips) < _cost(found[changes]):
                    found[changes] = slips
            if found or self._tried > _MOST_TRIED:
                return list(found.values())
        return []

    def _solve(self, state: _State, depth: int) -> Iterator[tuple[Slip, ...]]:
        if not state.broken:
            yield ()
            return
        if not depth or len(state.broken) > _MOST_RELATIONS * depth * 2 or self._tried > _MOST_TRIED:
            return
        first = min(state.broken, key=lambda i: (len(self._relations[i].terms), i))
        for slip, after in self._slips(state, first):
            if depth > 1 or not after.broken:
                yield from ((slip, *rest) for rest in self._solve(after, depth - 1))

    def helpful(self, state: _State) -> Iterator[Slip]:
        """Yield every single slip that mends some relations and breaks none, once."""
        seen = set()
        for i in sorted(state.broken):
            for slip, after in self._slips(state, i):
                if after.broken < state.broken and slip.changes not in seen:
                    seen.add(slip.changes)
                    yield slip

    def _slips(self, state: _State, wanted: int) -> Iterator[tuple[Slip, _State]]:
        """Yield the slips that mend a relation and leave fewer broken ones, each with the state after it."""
        for kind, changes in self._candidates(state, wanted):
            if any(change.cell in state.changed for change in changes):
                continue
            self._tried += 1
            gaps = self._gaps_after(state, changes)
            mended = {i for i in gaps.keys() & state.broken if not self._relations[i].is_broken(gaps[i])}
            spoilt = {i for i in gaps.keys() - state.broken if self._relations[i].is_broken(gaps[i])}
            if wanted in mended and len(spoilt) < len(mended):
                slip = Slip(kind, changes, self._slip_cost(kind, changes), self.words(mended))
                yield slip, self._after(state, changes, gaps, state.broken - mended | spoilt)

    def words(self, relations: Iterable[int]) -> tuple[str, ...]:
        """Return the relations in words."""
        return tuple(self._relations[i].words for i in sorted(relations))

    def _gaps_after(self, state: _State, changes: tuple[ProposedFigure, ...]) -> dict[int, Number]:
        """Return the gaps that changes alter."""
        gaps: dict[int, Number] = {}
        for change in changes:
            delta = change.proposed - state.values[change.cell]
            for i, sign in self._of[change.cell]:
                gaps[i] = gaps.get(i, state.gaps[i]) + sign * delta
        return gaps

    def _after(
        self, state: _State, changes: tuple[ProposedFigure, ...], gaps: Mapping[int, Number], broken: frozenset[int]
    ) -> _State:
        values = {**state.values, **{change.cell: change.proposed for change in changes}}
        changed = state.changed | {change.cell for change in changes}
        return _State(values, {**state.gaps, **gaps}, broken, changed)

    # --- candidates ----------

    def _candidates(self, state: _State, wanted: int) -> Iterator[tuple[Kind, tuple[ProposedFigure, ...]]]:
        """Yield changes that make the gap of a relation 0, with the kind of mistake."""
        relation, gap = self._relations[wanted], state.gaps[wanted]
        for cell, sign in relation.terms:
            delta = -gap * sign
            if (change := self._change(state, cell, delta, relation.at_least)) is None:
                continue
            yield self._kind_of(change), (change,)
            if self._lines.crossed:
                yield from self._moved(state, cell, delta)
                yield from self._with_total(state, change, delta)
        for cell, _ in relation.terms if self._lines.crossed else ():
            yield from self._exchanged(state, cell)
            yield from self._shifted(state, cell[0])
        yield from self._totals(state)
        yield from self._other_row(state, relation)

    def _change(self, state: _State, cell: Cell, delta: Number, at_least: bool = False) -> ProposedFigure | None:
        proposed = state.values[cell] + delta
        if proposed < 0 and not self._form.signed(cell):
            return None
        bound: Literal["", "at_least", "at_most"] = "" if not at_least else "at_least" if delta > 0 else "at_most"
        return ProposedFigure(cell, state.values[cell], proposed, bound)

    def _kind_of(self, change: ProposedFigure) -> Kind:
        if change.cell in self._form.sums_across or change.cell in self._form.sums_down:
            return "total"
        assert change.printed is not None
        return _digit_kind(change.printed, change.proposed)

    def _moved(self, state: _State, cell: Cell, delta: Number) -> Iterator[tuple[Kind, tuple[ProposedFigure, ...]]]:
        """Yield what takes an amount from another row of the same column, or another column of the same row."""
        mine = self._change(state, cell, delta)
        for kind, other in self._lines.beside(cell):
            theirs = self._change(state, other, -delta) if other in state.values else None
            if mine and theirs:
                yield kind, (mine, theirs)

    def _with_total(
        self, state: _State, change: ProposedFigure, delta: Number
    ) -> Iterator[tuple[Kind, tuple[ProposedFigure, ...]]]:
        """Yield a figure that its total was added up from after it was mistaken."""
        for total in self._lines.totals_of(change.cell):
            theirs = self._change(state, total, delta) if total in state.values else None
            if theirs:
                yield "with-total", (change, theirs)

    def _exchanged(self, state: _State, cell: Cell) -> Iterator[tuple[Kind, tuple[ProposedFigure, ...]]]:
        """Yield a figure exchanged with one of the same row or column."""
        mine = state.values[cell]
        for kind, other in self._lines.beside(cell):
            theirs = state.values.get(other, mine)
            if theirs != mine:
                yield kind, (ProposedFigure(cell, mine, theirs), ProposedFigure(other, theirs, mine))

    def _shifted(self, state: _State, row: str) -> Iterator[tuple[Kind, tuple[ProposedFigure, ...]]]:
        """Yield a row put back by one column, its total added up again where the shift lost it."""
        cells = self._lines.row_with_total(row)
        if not cells or any(cell not in state.values for cell in cells):
            return
        *parts, total = (state.values[cell] for cell in cells)
        for values in _unshifted(tuple(parts), total):
            changes = tuple(
                ProposedFigure(cell, state.values[cell], value)
                for cell, value in zip(cells, values, strict=True)
                if value != state.values[cell]
            )
            if len(changes) > 1:
                yield "shifted", changes

    def _totals(self, state: _State) -> Iterator[tuple[Kind, tuple[ProposedFigure, ...]]]:
        """Yield every line of totals added up again."""
        for sums in self._lines.lines_of_totals:
            changes = []
            for total, parts in sums:
                if total in state.values and all(part in state.values for part in parts):
                    value = sum(state.values[part] for part in parts)
                    if value != state.values[total]:
                        changes.append(ProposedFigure(total, state.values[total], value))
            if len(changes) > 1:
                yield "totals", tuple(changes)

    def _other_row(self, state: _State, relation: SumRelation) -> Iterator[tuple[Kind, tuple[ProposedFigure, ...]]]:
        """Yield whole rows of a block without sums written into the row beside."""
        if self._form.sums_across or len(relation.terms) > 1:
            return
        for row, other in self._lines.neighbours(relation.terms[0][0][0]):
            pairs = [(cell, (other, cell[1])) for cell in self._form.cells if cell[0] == row]
            if all(cell in state.values for pair in pairs for cell in pair):
                swapped = [(a, b) for one, two in pairs for a, b in ((one, two), (two, one))]
                yield (
                    "wrong-row",
                    tuple(
                        ProposedFigure(a, state.values[a], state.values[b])
                        for a, b in swapped
                        if state.values[a] != state.values[b]
                    ),
                )

    # --- cost ----------

    def _slip_cost(self, kind: Kind, changes: tuple[ProposedFigure, ...]) -> Decimal:
        """Return how rarely such a mistake is made. Without sums in two directions nothing tells mistakes apart."""
        if not self._lines.crossed:
            return Decimal(len(changes))
        if kind in ("wrong-row", "wrong-column"):
            one, two = changes
            exchanged = (one.proposed, two.proposed) == (two.printed, one.printed)
            return Decimal("1.5" if exchanged and 0 in (one.printed, two.printed) else "1.6" if exchanged else "2.1")
        if kind == "with-total":
            return Decimal("1.7")
        if kind in ("shifted", "totals"):
            return Decimal("1.5") + Decimal(len(changes)) / 100
        return {"total": Decimal("1.0"), "swapped-digits": Decimal("1.0"), "digit": Decimal("1.1")}.get(
            kind, Decimal("1.4")
        )


def _digit_kind(printed: Number, proposed: Number) -> Kind:
    """Return what kind of slip makes one number of another."""
    one, two = format(printed, "f"), format(proposed, "f")
    if len(one) == len(two):
        differing = [i for i, (a, b) in enumerate(zip(one, two, strict=True)) if a != b]
        if len(differing) == 2 and differing[1] == differing[0] + 1 and sorted(one) == sorted(two):
            return "swapped-digits"
        return "digit" if len(differing) == 1 else "value"
    longer, shorter = (one, two) if len(one) > len(two) else (two, one)
    dropped = (longer[:i] + longer[i + 1 :] for i in range(len(longer)))
    return "digit" if len(longer) == len(shorter) + 1 and shorter in dropped else "value"


def _unshifted(parts: tuple[Number, ...], total: Number) -> Iterator[tuple[Number, ...]]:
    """Yield the rows that may have been shifted by one column, with their totals; only a 0 may have been lost."""
    left, right = (*parts[1:], total), (0, *parts[:-1])
    if parts[0] == 0:
        yield from ((*left, sum(left)), (*parts[1:], 0, total), (*parts[1:], 0, sum(parts)))
    if parts[-1] == 0:
        yield from ((*right, total), (*right, sum(parts)))
    if total in (0, parts[-1]):
        yield from ((0, *parts), (max(0, parts[-1] - sum(parts[:-1])), *parts))


class _Lines:
    """The rows and columns of a form."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._rows: dict[str, list[Cell]] = defaultdict(list)
        self._columns: dict[str, list[Cell]] = defaultdict(list)
        self._totals: dict[Cell, list[Cell]] = defaultdict(list)
        for sums in (form.sums_across, form.sums_down):
            for total, parts in sums.items():
                for part in parts:
                    self._totals[part].append(total)
        for cell in form.cells:
            self._rows[cell[0]].append(cell)
            self._columns[cell[1]].append(cell)

    @cached_property
    def crossed(self) -> bool:
        """Whether figures are added up in both directions."""
        return bool(self._form.sums_across and self._form.sums_down)

    def totals_of(self, cell: Cell) -> list[Cell]:
        """Return the totals that a cell is a part of."""
        return self._totals[cell]

    def beside(self, cell: Cell) -> Iterator[tuple[Kind, Cell]]:
        """Yield the other cells of a cell's column and of its row, each with the kind of mistake."""
        yield from (("wrong-row", other) for other in self._columns[cell[1]] if other != cell)
        yield from (("wrong-column", other) for other in self._rows[cell[0]] if other != cell)

    def row_with_total(self, row: str) -> tuple[Cell, ...]:
        """Return the cells of a row whose last one is the total of all others; none if there is no such row."""
        *parts, total = self._rows[row]
        return (*parts, total) if self.crossed and set(self._form.sums_across.get(total, ())) == set(parts) else ()

    @cached_property
    def lines_of_totals(self) -> tuple[tuple[tuple[Cell, tuple[Cell, ...]], ...], ...]:
        """The totals of all rows, and the totals of all columns, each with its parts."""
        return tuple(tuple(sums.items()) for sums in (self._form.sums_across, self._form.sums_down) if self.crossed)

    def neighbours(self, row: str) -> Iterator[tuple[str, str]]:
        """Yield a row with every other row of its block that has the same columns."""
        columns = [column for _, column in self._rows[row]]
        for other, cells in self._rows.items():
            if other != row and _block(other) == _block(row) and [column for _, column in cells] == columns:
                yield row, other


# --- cells without a figure ----------


def _told(table: Table, relations: tuple[SumRelation, ...], values: Mapping[Cell, Number]) -> Iterator[Slip]:
    """Yield the figures that cells without one must have: a number with its unit, or where all relations agree."""
    for cell, figure in table.figures.items():
        if not isinstance(figure, Unknown) or figure == NOT_PRINTED:
            continue
        number = _without_unit(figure.found, table.form.unit(cell))
        if number is not None:
            yield Slip("unit", (ProposedFigure(cell, None, number),), Decimal(1))
            continue
        told = dict(_by_relations(cell, relations, values))
        if len(set(told.values())) == 1 and ((value := next(iter(told.values()))) >= 0 or table.form.signed(cell)):
            yield Slip("blank", (ProposedFigure(cell, None, value),), Decimal(1), tuple(told))


def _by_relations(
    cell: Cell, relations: tuple[SumRelation, ...], values: Mapping[Cell, Number]
) -> Iterator[tuple[str, Number]]:
    """Yield what each relation of which only this cell is unknown says about it."""
    for relation in relations:
        if cell in relation.cells and len(relation.cells) > 1 and not relation.at_least:
            gap = relation.gap({**values, cell: 0})
            if gap is not None:
                sign = next(sign for other, sign in relation.terms if other == cell)
                yield relation.words, -gap * sign


_WITH_UNIT = re.compile(r"(?P<n>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>万元|元|[件项个笔条起宗份次])")


def _without_unit(printed: str, unit: str) -> Number | None:
    """Return the number printed with its unit, 元 as 万元; None for any other text."""
    match = _WITH_UNIT.fullmatch(unicodedata.normalize("NFKC", printed).replace(",", "").strip())
    if match is None or len(match["n"]) > _MOST_DIGITS or (match["unit"].endswith("元") != (unit == "万元")):
        return None
    number = Decimal(match["n"]) / (10_000 if match["unit"] == "元" else 1)
    return int(number) if number == int(number) else number
