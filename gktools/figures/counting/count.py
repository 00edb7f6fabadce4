"""The three tables, counted from the records of an office or added up over the offices of a government."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache, partial, singledispatch

from ...errors import FormatError, nearest
from ...forms.model import Block, Cell, Form, Heading, ReportFormat
from ...inputs.members import Government, Member
from ...prose import MadeFor
from ...registers.schema import registers
from ...registers.store.loading import Records
from ...workspace.params_models import CountingRules, ReportParams
from ..table import Declaration, Figure, Line, Source, Table, Unknown, fill, rounded, wan_from_fen
from .declared import declared_figures
from .lines import Measure
from .measures import MEASURES
from .rollup import Duplicate, find_duplicates, roll_up


def count_disclosures(records: Records | Government, form: ReportFormat, params: ReportParams) -> Table:
    """Return 表二 of one office and year, with the records of each cell (条例 20; 核定于 12 月 31 日)."""
    return _count(records, form["disclosures"], params.counting)


def count_requests(records: Records | Government, form: ReportFormat, params: ReportParams) -> Table:
    """Return 表三 of one office and year, with the records of each cell (条例 29–42)."""
    return _count(records, form["requests"], params.counting)


def count_reviews(records: Records | Government, form: ReportFormat, params: ReportParams) -> Table:
    """Return 表四 of one office and year, with the records of each cell.

    Source for joint defendants: 国办公开办函〔2016〕201号.
    """
    return _count(records, form["reviews"], params.counting)


def count_table(key: str, records: Records | Government, form: ReportFormat, params: ReportParams) -> Table:
    """Return the table with that key (disclosures, requests or reviews) of one office and year."""
    return _count(records, form[key], params.counting)


def duplicate_records(key: str, government: Government, form: ReportFormat) -> list[Duplicate]:
    """Return the documents or cases that several offices of a government count in a table."""
    return find_duplicates(government, form[key], partial(count_member, form[key]))


def count_member(form: Form, member: Member) -> Table:
    """Return a table of one office of a government, counted from its records."""
    return _count(member.records, form, member.params.counting)


@lru_cache(maxsize=16)
def _count(records: Records | Government, form: Form, rules: CountingRules) -> Table:
    return _table(records, form, rules)


@singledispatch
def _table(records: Records | Government, form: Form, rules: CountingRules) -> Table:
    raise TypeError(type(records))


@_table.register
def _(records: Records, form: Form, rules: CountingRules) -> Table:
    """Return a table counted from the records of an office."""
    lines = _lines(records, form, rules)
    counted: Counter[Cell] = Counter()
    for row, column, _, _, amount, reason in lines:
        counted[row, column] += 0 if reason else int(amount)
    declared, strays = declared_figures(records, form)
    figures: dict[Cell, Figure] = {}
    sources: dict[Cell, Source] = {}
    for name, cells in _by_measure(form).items():
        missing = [key for key in MEASURES[name].needs(rules) if not records.covers(key)]
        for cell in cells.values():
            figures[cell], sources[cell] = _figure(
                MEASURES[name], counted[cell], declared.get(cell), missing, records.year
            )
    figures, exact = rounded(figures, rules.money_decimals)
    made_for = MadeFor(records.code, records.year)
    return fill(form, figures, sources, lines=lines, declared=declared, strays=strays, exact=exact, made_for=made_for)


@_table.register
def _(government: Government, form: Form, rules: CountingRules) -> Table:
    """Return a table added up over the offices of a government."""
    return roll_up(government, form, partial(count_member, form), rules.money_decimals)


def _figure(
    measure: Measure, counted: int, declared: Declaration | None, missing: list[str], year: int
) -> tuple[Figure, Source]:
    """Return the figure of a cell and its source; missing are the registers of the year that were not handed in."""
    if not missing:
        return (wan_from_fen(counted) if measure.money else counted), "counted"
    if declared:
        return declared.value, "declared"
    names = "、".join(registers()[key].label for key in missing)
    return Unknown(f"没有导入 {year} 年的{names}，也没有填报数"), "unknown"


def _lines(records: Records, form: Form, rules: CountingRules) -> tuple[Line, ...]:
    """Return the lines of all measures of a form, with the row and column key of their cells."""
    found: list[Line] = []
    for name, where in _by_measure(form).items():
        for row, column, register, record, amount, reason in _measure_lines(MEASURES[name], records, rules):
            if cell := _place(where, row, column):
                found.append((*cell, register, record, amount, reason))
    return tuple(found)


def _measure_lines(measure: Measure, records: Records, rules: CountingRules) -> list[Line]:
    """Return the lines of a measure; none if its registers are empty."""
    return measure.lines(records, rules) if any(len(records.held[key]) for key in measure.registers) else []


def _place(where: dict[tuple[str, str], Cell], row: str, column: str) -> Cell | None:
    """Return the cell of a line; a row that the form does not print is counted in its parent row."""
    while (row, column) not in where and "." in row:
        row = row.rpartition(".")[0]
    return where.get((row, column))


@lru_cache(maxsize=16)
def _by_measure(form: Form) -> dict[str, dict[tuple[str, str], Cell]]:
    """Return the cells of every measure, by the row and column key of its lines."""
    found: dict[str, dict[tuple[str, str], Cell]] = {}
    for (measure, row, column), cell in _places(form).items():
        found.setdefault(measure, {})[row, column] = cell
    return found


@lru_cache(maxsize=16)
def _places(form: Form) -> dict[tuple[str, str, str], Cell]:
    """Return every counted cell, by its measure and its keys: the paths below the heading with the measure.

    Raises FormatError for an unknown measure, or for two cells that count the same records.
    """
    places: dict[tuple[str, str, str], Cell] = {}
    for cell in form.cells:
        if cell in form.sums_across or cell in form.sums_down:
            continue
        rows, columns = form.rows(cell), form.columns(cell)
        block = _block(form, cell)
        inside = rows[1:] if block.label else rows
        row, column = _path_below_measure(inside), _path_below_measure(columns)
        if row is None:
            row = "" if not inside[-1].label else ".".join(heading.key for heading in inside)
        if column is None:
            column = ".".join(heading.key for heading in columns)
        place = (form.counts(cell), row, column)
        if place[0] not in MEASURES:
            raise FormatError(f"{form.name}的“{cell[0]}”：没有“{place[0]}”这种数法{nearest(place[0], MEASURES)}")
        if place in places:
            raise FormatError(f"{form.name}的“{cell[0]}”和“{places[place][0]}”数的是同样的记录，有一格写错了")
        places[place] = cell
    return places


def _block(form: Form, cell: Cell) -> Block:
    return next(block for block in form.blocks if not block.key or cell[0].startswith(f"{block.key}."))


def _path_below_measure(headings: Iterable[Heading]) -> str | None:
    """Return the path below the heading with a measure; None if no heading has one."""
    found: list[str] | None = None
    for heading in headings:
        if heading.counts:
            found = []
        elif found is not None:
            found.append(heading.key)
    return None if found is None else ".".join(found)
