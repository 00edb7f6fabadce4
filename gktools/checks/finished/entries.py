"""Figures under official labels, as a finished report prints them, placed in the form that they fit best.

A published report may have blanks, words in number cells, missing rows and additional rows: each is a finding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches

from ...errors import nearest
from ...figures.table import Figure, Table, Unknown
from ...findings import Finding
from ...forms.model import Cell, Form
from ...forms.notices import formats
from ...reading.published import PrintedCell
from .. import tables
from ..patterns import patterns
from ..subject import Place, Subject, make_finding

MIN_SIMILARITY = 0.75
"""The least similarity, from 0 to 1, at which a label is read as a label of the form."""

_MOST_OTHERS = 60
"""So many labels that are none of the form are compared with it and named; a table of a report has a few."""
NOT_PRINTED = Unknown("没有这一格")
"""The figure of a cell that is not printed at all."""

Labels = tuple[str, ...]


@dataclass(frozen=True)
class FigureEntry:
    """A value with the labels of its row and column; printed is the cell of the published report, if it is from one."""

    row: str
    column: str
    value: object
    printed: PrintedCell | None = None


@dataclass
class PlacedFigures:
    """The entries of one table by cell of a form; differing are labels read as a similar one, unknown all other labels."""

    form: Form
    entries: dict[Cell, FigureEntry] = field(default_factory=dict)
    differing: dict[tuple[str, str], None] = field(default_factory=dict)
    unknown: dict[tuple[str, str], None] = field(default_factory=dict)


def place_entries(entries: list[FigureEntry], official: Form) -> PlacedFigures:
    """Return the entries of a table in the best matching form: the year's, or the one of another notice with fewer mismatches."""
    others = [form for known in formats() for form in known.forms if form.key == official.key]
    return max(
        (_place(entries, form) for form in dict.fromkeys((official, *others))),
        key=lambda r: len(r.entries) - 2 * _misfits(r),
    )


def _misfits(placed: PlacedFigures) -> int:
    return len(placed.unknown) + len(placed.differing)


def _place(entries: list[FigureEntry], form: Form) -> PlacedFigures:
    placed = PlacedFigures(form)
    rows = {cell[0]: form.address(cell)[0] for cell in form.cells}
    row_of = _match(dict.fromkeys(entry.row for entry in entries), rows, form.key, placed, "行")
    told = {entry.row for entry in entries if entry.value is not None}
    placed.unknown = {(axis, name): None for axis, name in placed.unknown if name in told or "……" in name}
    by_row: dict[str, dict[str, FigureEntry]] = {}
    for entry in entries:
        by_row.setdefault(entry.row, {})[entry.column] = entry
    for name, row in row_of.items():
        columns = {cell[1]: form.address(cell)[1] for cell in form.cells if cell[0] == row}
        mine = by_row[name]
        column_of = _match(mine, columns, form.key, placed, "列")
        placed.entries |= {(row, column): mine[label] for label, column in column_of.items()}
    return placed


def _match(
    names: Iterable[str], labels: Mapping[str, Labels], table: str, placed: PlacedFigures, axis: str
) -> dict[str, str]:
    """Return the key for every name: by complete labels from some heading down, or by the most similar unused label."""
    exact = _by_tail(labels)
    found = {name: exact[name] for name in names if name in exact}
    free = {key: value for key, value in labels.items() if key not in found.values()}
    others = [name for name in names if name not in found]
    for name in others[:_MOST_OTHERS]:
        if key := _near(name, free, patterns().label_variants.get(table, {})):
            found[name] = key
            placed.differing[name, "/".join(free.pop(key))] = None
        else:
            placed.unknown[axis, name] = None
    if len(others) > _MOST_OTHERS:
        placed.unknown[axis, f"{others[_MOST_OTHERS]}……等 {len(others) - _MOST_OTHERS} 个"] = None
    return found


def _by_tail(labels: Mapping[str, Labels]) -> dict[str, str]:
    """Return the key of every label from some heading down that is the label of one key only."""
    keys: dict[str, list[str]] = {}
    for key, value in labels.items():
        for tail in _tails(value):
            keys.setdefault(tail, []).append(key)
    return {tail: found[0] for tail, found in keys.items() if len(found) == 1}


def _near(name: str, free: Mapping[str, Labels], variants: Mapping[str, Labels]) -> str | None:
    """Return the key of a label that differs in width, space or a few characters, or by a known abbreviation."""
    folded = {_fold(tail): key for key, labels in free.items() for tail in _tails(labels)}
    if _fold(name) in folded:
        return folded[_fold(name)]
    last = name.rsplit("/", 1)[-1]
    short = [key for key, known in variants.items() if key in free and last in known]
    close = get_close_matches(_fold(name), folded, 1, MIN_SIMILARITY)
    return short[0] if short else folded[close[0]] if close else None


def _tails(labels: Labels) -> list[str]:
    return ["/".join(labels[start:]) for start in range(max(1, len(labels)))]


def _fold(label: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", label))


# --- cells --------------------------------------------------------------------------------------------------


def table_of(placed: PlacedFigures) -> Table:
    """Return the figures of a table, Unknown where none is printed."""
    return Table(placed.form, {cell: _figure(placed, cell) for cell in placed.form.cells})


def _figure(placed: PlacedFigures, cell: Cell) -> Figure:
    entry = placed.entries.get(cell)
    if entry is None:
        return NOT_PRINTED
    number = printed_number(entry.value, signed=placed.form.signed(cell))
    if number is not None:
        return int(number) if number == int(number) else Decimal(number)
    return Unknown("没能读出" if entry.value is None else "不是数", "" if entry.value is None else str(entry.value))


_NUMERAL = re.compile(r"(?P<sign>[+-]?)(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?", re.ASCII)
_MOST_DIGITS = 30


def printed_number(value: object, *, signed: bool = False) -> int | Decimal | None:
    """Return the number that is printed in a cell; None for a blank, a word, or a number with a unit.

    Digits of full width and separated thousands are numbers; +19 is one in a cell that may be negative.
    """
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", value)) if isinstance(value, str) else ""
    numeral = _NUMERAL.fullmatch(plain.replace("−", "-")) if len(plain) <= _MOST_DIGITS else None
    if numeral is None or (numeral["sign"] == "+" and not signed):
        return None
    digits = numeral[0].replace(",", "")
    return Decimal(digits) if "." in digits else int(digits)


def check_placed(subject: Subject, placed: PlacedFigures, *, complete: bool) -> Iterator[Finding]:
    """Yield the findings from reading one table: labels that differ, unknown labels, and cells without a figure."""
    form = placed.form
    for axis, name in placed.unknown:
        known = {"/".join(labels) for cell in form.cells for labels in form.address(cell)}
        near = nearest(name, known, 1).rstrip("？")
        yield make_finding(subject, f"{form.key}.unknown-label", Place(form), found=name, axis=axis, nearest=near)
    for printed, label in placed.differing:
        yield make_finding(subject, f"{form.key}.label-differs", Place(form), found=printed, expected=label)
    if not placed.entries:
        if complete:
            yield make_finding(subject, f"{form.key}.missing-table", Place(form), expected=len(form.cells))
        return
    there = {row for row, _ in placed.entries}
    for row in dict.fromkeys(row for row, _ in form.cells):
        if row in there:
            yield from _row_findings(subject, placed, row, complete=complete)
        elif complete:
            yield tables.missing_row(subject, form, row)


def _row_findings(subject: Subject, placed: PlacedFigures, row: str, *, complete: bool) -> Iterator[Finding]:
    form = placed.form
    for cell in (cell for cell in form.cells if cell[0] == row):
        figure = _figure(placed, cell)
        if not isinstance(figure, Unknown):
            continue
        kind = _defect(placed, cell)
        if kind != "missing-cell" or complete:
            yield make_finding(subject, f"{form.key}.{kind}", Place(form, cell), found=figure.found)


def _defect(placed: PlacedFigures, cell: Cell) -> str:
    """Return the kind of defect of a cell without a figure."""
    if cell not in placed.entries:
        return "missing-cell"
    value = placed.entries[cell].value
    if value is None:
        return "unreadable"
    return "text-in-cell" if str(value).strip() else "blank"
