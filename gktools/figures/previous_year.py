"""The previous year for one report: its figures with their sources, and the figures that must follow from them.

A figure is taken from the store, as the registers of that year have it; otherwise from the report of that year under
output/; otherwise from the figures that staff brought in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from ..errors import NoFormatForYear, TableError
from ..forms.model import Cell, Form, ReportFormat
from ..forms.notices import load_format
from ..forms.year_on_year import Relation, relations, resolve_pattern
from ..inputs.inputs import Inputs, PreviousOffice, as_printed
from ..workspace.params_models import ExplainedDifference
from .counting.count import count_table
from .table import Figure, Table, Unknown, add

RECORDS = "records"
"""The origin of a figure counted from the store; the other origins are those of PublishedFigures."""


@dataclass(frozen=True, eq=False)
class PreviousYear:
    """The known figures of the previous year, by table and by cell of that year's form.

    origins holds the sources of each table's figures, in order of preference; offices the names of the offices whose
    figures were added up, more than one after a merger.
    """

    year: int
    format: ReportFormat
    figures: Mapping[str, Mapping[Cell, Figure]]
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    offices: tuple[str, ...] = ()

    def get(self, table: str, cell: Cell) -> Figure:
        """Return the figure of a cell; Unknown if it is not known or if that year's form has no such cell."""
        return self.figures.get(table, {}).get(cell, Unknown("没有上年的数"))


@dataclass(frozen=True)
class Mismatch:
    """A cell that does not follow from last year's figures.

    found is its figure, expected the figure by the relation, last the sum of last year's cells in it.
    """

    relation: Relation
    form: Form
    cell: Cell
    found: Figure
    expected: Figure
    last: Figure


@lru_cache(maxsize=4)
def previous_year(inputs: Inputs) -> PreviousYear | None:
    """Return the known figures of the previous year; None if no notice prescribed a report for it."""
    try:
        official = load_format(inputs.year - 1)
    except NoFormatForYear:
        return None
    form = as_printed(official, inputs.params.layout)
    known = [_known_figures(before, form, inputs) for before in inputs.before]
    figures = {
        table.key: {
            cell: figure for cell in table.cells if not isinstance(figure := _sum(known, table.key, cell), Unknown)
        }
        for table in form.forms
    }
    origins = {table.key: _origins(known, table.key) if figures[table.key] else () for table in form.forms}
    return PreviousYear(inputs.year - 1, form, figures, origins, tuple(before.name for before in inputs.before))


_KnownFigures = Mapping[tuple[str, Cell], tuple[Figure, str]]
"""Known figures by table and cell, each with its origin."""


def _known_figures(before: PreviousOffice, form: ReportFormat, inputs: Inputs) -> _KnownFigures:
    """Return the known figures of one office: from the store, otherwise from published reports."""
    found: dict[tuple[str, Cell], tuple[Figure, str]] = {}
    for source in reversed(before.published):
        for key, cells in source.figures.items():
            found |= {(key, cell): (figure, source.origin) for cell, figure in cells.items()}
    for table in form.forms:
        counted = count_table(table.key, before.records, form, inputs.params)
        proved = ((cell, figure) for cell, figure in counted.figures.items() if not isinstance(figure, Unknown))
        found |= {(table.key, cell): (figure, RECORDS) for cell, figure in proved}
    return found


def _sum(known: list[_KnownFigures], table: str, cell: Cell) -> Figure:
    parts = [office.get((table, cell)) for office in known]
    if not parts or None in parts:
        return Unknown("没有上年的数")
    return add(part[0] for part in parts if part)


def _origins(known: list[_KnownFigures], table: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(origin for office in known for (key, _), (_, origin) in office.items() if key == table))


def explains(
    difference: ExplainedDifference,
    code: str,
    table: str,
    cell: Cell | None,
    row: tuple[str, ...] | None = None,
    column: tuple[str, ...] | None = None,
) -> bool:
    """Return whether an explained difference is about a rule and a cell, given by keys or by labels."""
    if difference.rule != code:
        return False
    keys = " ".join((table, *cell)) if cell else ""
    labels = [tail for side in (row, column) if side for tail in _tails(side)]
    return difference.cell in ("", keys, *labels)


def _tails(labels: tuple[str, ...]) -> list[str]:
    return ["/".join(labels[start:]) for start in range(len(labels))]


# --- comparable cells ----------


def comparable_cells(
    year: int, official: ReportFormat, last: PreviousYear, form: Form
) -> Iterator[tuple[tuple[Cell, ...], Cell]]:
    """Yield one or several cells of a form, with the cell of last year to which their sum corresponds.

    Cells with equal keys correspond. If the notices differ, the newer one names merged rows and tables that are not
    comparable; other cells that the older form does not have are skipped. Raises TableError unless last is the year
    before.
    """
    _require_next(year, last)
    changed = official.notice != last.format.notice
    if changed and form.key in official.succession.broken:
        return
    merged = [rows for rows in official.succession.merged if changed and rows.table == form.key]
    then = set(last.format[form.key].cells)
    yield from (((cell,), cell) for cell in form.cells if cell in then)
    for rows in merged:
        for column in dict.fromkeys(column for row, column in form.cells if row in rows.parts):
            yield tuple((part, column) for part in rows.parts), (rows.row, column)


def cells_without_previous(year: int, official: ReportFormat, last: PreviousYear, form: Form) -> list[Cell]:
    """Return the cells of a form without a corresponding cell in last year's form, in printed order."""
    asked = {cell for cells, _ in comparable_cells(year, official, last, form) for cell in cells}
    return [cell for cell in form.cells if cell not in asked]


def _require_next(year: int, last: PreviousYear) -> None:
    if last.year != year - 1:
        raise TableError(f"{last.year} 年的数只能与 {last.year + 1} 年的比，不能与 {year} 年的比")


# --- relations between the years ----------


def mismatches(year: int, tables: Mapping[str, Table], last: PreviousYear) -> Iterator[Mismatch]:
    """Yield every cell that does not follow from last year's known figures, by the relations of forms.year_on_year.

    Raises TableError unless last is the year before.
    """
    _require_next(year, last)
    for relation in relations():
        table = tables.get(relation.table)
        for cell in relation.cells(table.form) if table else ():
            assert table
            part = add(last.get(relation.table, resolve_pattern(pattern, cell)) for pattern in relation.last)
            more = add(_this_year(table, relation.add, cell))
            less = add(_this_year(table, relation.subtract, cell))
            found = table[cell]
            if any(isinstance(figure, Unknown) for figure in (part, more, less, found)):
                continue
            expected = part + more - less  # type: ignore[operator]
            if found != expected:
                yield Mismatch(relation, table.form, cell, found, expected, part)


def _this_year(table: Table, patterns: tuple[str, ...], cell: Cell) -> list[Figure]:
    return [table.figures.get(resolve_pattern(pattern, cell), Unknown("没有这一格")) for pattern in patterns]
