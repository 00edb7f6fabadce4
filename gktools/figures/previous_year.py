"""The year before as one report needs it: its figures, where each comes from, and what must follow from them.

A figure comes from the store, as the registers of that year told it; where they do not prove it, from that year's
report made here; else from the figures that staff brought in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from ..errors import NoFormatForYear, TableError
from ..forms.model import Cell, Form, ReportFormat
from ..forms.notices import load_format
from ..forms.year_on_year import Relation, bound, relations
from ..inputs.inputs import Inputs, PreviousOffice, as_printed
from ..workspace.params_models import ExplainedDifference
from .counting.count import count_table
from .table import Figure, Table, Unknown, add

RECORDS = "records"
"""The origin of a figure that the store proves; the others are those of Published."""


@dataclass(frozen=True, eq=False)
class PreviousYear:
    """The figures of the year before, by table and cell of that year's form; what is not known is not there.

    origins say of every table where its figures come from, the nearest source first; offices are the names of those
    whose figures were added up, one if nothing was merged.
    """

    year: int
    format: ReportFormat
    figures: Mapping[str, Mapping[Cell, Figure]]
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    offices: tuple[str, ...] = ()

    def get(self, table: str, cell: Cell) -> Figure:
        """The figure of a cell; Unknown where it is not known or that year's form has no such cell."""
        return self.figures.get(table, {}).get(cell, Unknown("没有上年的数"))


@dataclass(frozen=True)
class Mismatch:
    """A cell that does not follow from last year's figures: what it is, what it should be, and last year's part."""

    relation: Relation
    form: Form
    cell: Cell
    found: Figure
    expected: Figure
    last: Figure


@lru_cache(maxsize=4)
def previous_year(inputs: Inputs) -> PreviousYear | None:
    """Return what is known of the year before; None where no notice prescribed a report then."""
    try:
        official = load_format(inputs.year - 1)
    except NoFormatForYear:
        return None
    form = as_printed(official, inputs.params.layout)
    known = [_known(before, form, inputs) for before in inputs.before]
    figures = {
        one.key: {cell: figure for cell in one.cells if not isinstance(figure := _sum(known, one.key, cell), Unknown)}
        for one in form.forms
    }
    origins = {one.key: _origins(known, one.key) if figures[one.key] else () for one in form.forms}
    return PreviousYear(inputs.year - 1, form, figures, origins, tuple(before.name for before in inputs.before))


_Known = Mapping[tuple[str, Cell], tuple[Figure, str]]
"""Figures by table and cell, each with its origin."""


def _known(before: PreviousOffice, form: ReportFormat, inputs: Inputs) -> _Known:
    """What is known of one office: from the store, else from what was published."""
    found: dict[tuple[str, Cell], tuple[Figure, str]] = {}
    for source in reversed(before.published):
        for table, cells in source.figures.items():
            found |= {(table, cell): (figure, source.origin) for cell, figure in cells.items()}
    for one in form.forms:
        counted = count_table(one.key, before.records, form, inputs.params)
        proved = ((cell, figure) for cell, figure in counted.figures.items() if not isinstance(figure, Unknown))
        found |= {(one.key, cell): (figure, RECORDS) for cell, figure in proved}
    return found


def _sum(known: list[_Known], table: str, cell: Cell) -> Figure:
    parts = [one.get((table, cell)) for one in known]
    if not parts or None in parts:
        return Unknown("没有上年的数")
    return add(part[0] for part in parts if part)


def _origins(known: list[_Known], table: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(origin for one in known for (key, _), (_, origin) in one.items() if key == table))


def explained_by(
    difference: ExplainedDifference,
    code: str,
    table: str,
    cell: Cell | None,
    row: tuple[str, ...] | None = None,
    column: tuple[str, ...] | None = None,
) -> bool:
    """Whether a difference that staff explained is the one of a rule at a cell, named by keys or by its labels."""
    if difference.rule != code:
        return False
    keys = " ".join((table, *cell)) if cell else ""
    labels = [tail for side in (row, column) if side for tail in _tails(side)]
    return difference.cell in ("", keys, *labels)


def _tails(labels: tuple[str, ...]) -> list[str]:
    return ["/".join(labels[start:]) for start in range(len(labels))]


# --- what can be compared ----------


def comparable(
    year: int, official: ReportFormat, last: PreviousYear, form: Form
) -> Iterator[tuple[tuple[Cell, ...], Cell]]:
    """Yield the cells of a form, one or several together, with the cell of last year that they are compared with.

    Equal keys are equal cells. Where the notices differ, the newer one says which rows were one before, and which
    tables cannot be compared; what else the older form lacks is not compared. Raises TableError for a year that is
    not the one before.
    """
    _require_next(year, last)
    changed = official.notice != last.format.notice
    if changed and form.key in official.succession.broken:
        return
    merged = [one for one in official.succession.merged if changed and one.table == form.key]
    then = set(last.format[form.key].cells)
    yield from (((cell,), cell) for cell in form.cells if cell in then)
    for one in merged:
        for column in dict.fromkeys(column for row, column in form.cells if row in one.parts):
            yield tuple((part, column) for part in one.parts), (one.row, column)


def not_asked(year: int, official: ReportFormat, last: PreviousYear, form: Form) -> list[Cell]:
    """Return the cells of a form that last year's had no like of, in printed order."""
    asked = {cell for cells, _ in comparable(year, official, last, form) for cell in cells}
    return [cell for cell in form.cells if cell not in asked]


def _require_next(year: int, last: PreviousYear) -> None:
    if last.year != year - 1:
        raise TableError(f"{last.year} 年的数只能与 {last.year + 1} 年的比，不能与 {year} 年的比")


# --- what must follow ----------


def mismatches(year: int, tables: Mapping[str, Table], last: PreviousYear) -> Iterator[Mismatch]:
    """Yield every cell that does not follow from last year's figures, as far as they are known (relations.yaml).

    Raises TableError for a year that is not the one before.
    """
    _require_next(year, last)
    for relation in relations():
        table = tables.get(relation.table)
        for cell in relation.cells(table.form) if table else ():
            assert table
            part = add(last.get(relation.table, bound(pattern, cell)) for pattern in relation.last)
            more = add(_this_year(table, relation.add, cell))
            less = add(_this_year(table, relation.subtract, cell))
            found = table[cell]
            if any(isinstance(figure, Unknown) for figure in (part, more, less, found)):
                continue
            expected = part + more - less  # type: ignore[operator]
            if found != expected:
                yield Mismatch(relation, table.form, cell, found, expected, part)


def _this_year(table: Table, patterns: tuple[str, ...], cell: Cell) -> list[Figure]:
    return [table.figures.get(bound(pattern, cell), Unknown("没有这一格")) for pattern in patterns]
