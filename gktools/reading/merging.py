"""The cells of a report out of everything that was read: a cell that stands in several places counts if it is the same in all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..forms.model import Cell, Form, ReportFormat
from .assign import Assigned
from .labels import labels
from .published import TABLES, PrintedCell

UNLABELLED, BANDED = "reviews", "disclosures"
"""The table without labels of rows, and the one whose rows stand in bands with a heading of their own."""


@dataclass(frozen=True)
class Taken:
    """What was read of one cell: the table, the keys of the row and the column, and the value.

    printed_row is the label of a row that no form has, with the band above it. piece is the number of the table of its kind
    in the file, other says that the table is of another year or office.
    """

    table: str
    row: str
    column: str
    assigned: Assigned
    printed_row: tuple[str, ...] = ()
    piece: int = 0
    other: bool | None = None


def printed_cells(taken: Sequence[Taken], format_: ReportFormat) -> list[tuple[PrintedCell, Assigned]]:
    """Return one cell for everything that was read, in the order of the form, rows that it lacks last.

    Of a cell that stands in two places the value counts if it is the same in both.
    """
    merged: dict[tuple[str, str, str, tuple[str, ...]], Assigned] = {}
    for form in format_.forms:
        merged |= _of_one_table([one for one in _unless_unlabelled_disagree(taken) if one.table == form.key])
    found = []
    for form in format_.forms:
        place = {cell: number for number, cell in enumerate(form.cells)}
        mine = [(key, assigned) for key, assigned in merged.items() if key[0] == form.key]
        mine.sort(key=lambda item: place.get((item[0][1], item[0][2]), len(place)))
        for (_, row, column, printed_row), assigned in mine:
            found.append((_printed_cell(form, (row, column), printed_row, assigned), assigned))
    return found


def _unless_unlabelled_disagree(taken: Sequence[Taken]) -> Iterator[Taken]:
    """Yield what was read; columns without labels are not read if one row of them disagrees with its sum."""
    broken = {one.table for one in taken if one.assigned.unlabelled and not one.assigned.inferred}
    for one in taken:
        assigned = one.assigned
        if assigned.unlabelled and assigned.inferred and one.table in broken:
            assigned = replace(
                assigned, value=None, inferred=False, why="上面没有列的名称，表里又有与合计不符的行，不知道是哪一列的数"
            )
        yield replace(one, assigned=assigned)


_Key = tuple[str, str, str, tuple[str, ...]]


def _of_one_table(taken: Sequence[Taken]) -> Mapping[_Key, Assigned]:
    """Return the cells of a table that stands in the file in one or several pieces, or several times.

    Those of another year or office are left out; of a table that stands there twice and differs, only what is the same
    in both is read.
    """
    own = [one for one in taken if one.other is False] or [one for one in taken if one.other is None]
    if not own:
        return {_key(one): _unread(one.assigned, _OF_ANOTHER) for one in taken}
    if any(one.other is False for one in own) and any(one.other is None for one in taken):
        own = [one for one in taken if not one.other]
    by_key: dict[_Key, list[Assigned]] = {}
    for one in own:
        by_key.setdefault(_key(one), []).append(one.assigned)
    merged = {key: _merged(found) for key, found in by_key.items()}
    differ = sum(len(found) > 1 and merged[key].value is None for key, found in by_key.items())
    if differ > _FEW_DIFFERENCES:
        return {key: merged[key] if len(found) > 1 else _unread(merged[key], _TWICE) for key, found in by_key.items()}
    return merged


_FEW_DIFFERENCES = 3
_OF_ANOTHER = "这张表的前面写明是别的年度或者别的单位的"
_TWICE = "同一张表有两份，数不相同，不知道哪一份是本年、本单位的"


def _key(one: Taken) -> _Key:
    return (one.table, one.row, one.column, one.printed_row)


def _unread(one: Assigned, why: str) -> Assigned:
    return replace(one, value=None, why=one.why if one.value is None and one.why else why, inferred=False)


def _merged(found: Sequence[Assigned]) -> Assigned:
    """Return the value that a cell has wherever it stands; none where it differs, or could not be read once."""
    found = [
        one for one in found if one.place or one.value is not None
    ] or found  # not a label without anything after it
    first = next((one for one in found if not one.why), found[0])
    other = next((one for one in found if one.value != found[0].value), None)
    if other is None:
        return first
    one = found[0]
    return replace(
        one,
        value=None,
        inferred=False,
        why=f"两处不同：“{one.printed.strip()}”和“{other.printed.strip()}”（{other.place}）",
    )


def _printed_cell(form: Form, cell: Cell, printed_row: tuple[str, ...], assigned: Assigned) -> PrintedCell:
    rows, columns = _address(form, cell)
    row, column = table_labels(form, printed_row or rows, columns)
    known = cell if not printed_row and cell in form.cells else None
    value = assigned.value
    return PrintedCell(
        TABLES[form.key], row, column, value, assigned.printed.strip(), assigned.place, known, assigned.inferred
    )


def _address(form: Form, cell: Cell) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the labels of a cell, from another format where this form lacks it, else of any cell of its column."""
    forms = (form, *(known[form.key] for known in labels().formats))
    for known in forms:
        if cell in known.cells:
            return known.address(cell)
    rows = next((known.address(one)[0] for known in forms for one in known.cells if one[0] == cell[0]), ())
    columns = next((known.address(one)[1] for known in forms for one in known.cells if one[1] == cell[1]), ())
    return rows, columns


def table_labels(form: Form, rows: tuple[str, ...], columns: tuple[str, ...]) -> tuple[str, str]:
    """Return the labels of a row and a column in the JSON text: without the heading of all rows, columns by leaf.

    The table without labels of rows has the groups of columns in their place.
    """
    if form.key == UNLABELLED:
        return "/".join(columns[:-1]), columns[-1]
    if form.key != BANDED and len(rows) > 1:
        rows = rows[1:]
    return "/".join(rows), columns[-1] if columns else ""
