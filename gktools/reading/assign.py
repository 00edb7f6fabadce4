"""The values of one row, given to the columns above them.

A value is certain where it alone stands below a column, or where a row has as many values as the form has columns. What is
neither is a figure only if exactly one reading agrees with the sums, or there are as many digits as cells: then it is
inferred. Everything else could not be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..forms.model import Form
from .blocks import SourceCell
from .header import PrintedHeader
from .published import PrintedValue
from .sums import agrees, splits, sum_groups
from .values import is_blank, may_be_value, value_of


@dataclass(frozen=True)
class Assigned:
    """The value of one column of a row; why is empty where it is certain, unlabelled: no label stands above it."""

    value: PrintedValue
    printed: str
    place: str
    why: str = ""
    inferred: bool = False
    unlabelled: bool = False


def assign(
    cells: Sequence[SourceCell],
    header: PrintedHeader,
    form: Form,
    order: Sequence[str],
    *,
    wraps: bool = False,
    doubtful: str = "",
) -> Mapping[str, Assigned]:
    """Return the value of every column of a row, by the column's key.

    cells are those after the row's label; order has the columns that the form has in this row. doubtful says why the row
    is not read although its values fit.
    """
    row = _Row(tuple(cells), wraps)
    keys = tuple(column.key for column in header.columns)
    if doubtful:
        return _inferred(row, keys if header.ordered else order, form, doubtful)
    if header.placed and header.frame and (found := _by_place(row, header)):
        return found
    if header.ordered and not any(cell.carried for cell in row.cells):
        chosen = _as_many(row.cells, len(keys))
        if len(chosen) == len(keys) and not (header.padded and _ends_blank(chosen)):
            return {
                key: Assigned(row.value(cell), cell.text, cell.place)
                for key, cell in zip(keys, chosen, strict=True)
                if key
            }
    if header.ordered:
        return _inferred(row, keys, form, _count(row, len(keys)))
    if header.permuted:
        return {key: Assigned(None, row.printed, row.place, _OTHER_COLUMNS) for key in order}
    guessed = _inferred(row, order, form, _OTHER_COLUMNS if keys else _NO_COLUMNS)
    return {key: replace(one, unlabelled=len(cells) == len(order)) for key, one in guessed.items()}


_NO_COLUMNS = "上面没有列的名称，不知道是哪一列的数"
_OTHER_COLUMNS = "上面列的名称不全，或与表样不符，不知道是哪一列的数"
_AS_DIGITS = "数字连在一起，位数与格数相同，按一格一位读"
_BY_SUMS = "只有这一种读法与合计相符"


@dataclass(frozen=True)
class _Row:
    cells: tuple[SourceCell, ...]
    wraps: bool

    def value(self, cell: SourceCell) -> PrintedValue:
        return value_of(cell.text, wraps=self.wraps)

    @property
    def printed(self) -> str:
        return " ".join(" ".join(cell.text.split()) for cell in self.cells if not cell.carried).strip()[
            :_LONGEST_PRINTED
        ]

    @property
    def place(self) -> str:
        return next(
            (cell.place for cell in self.cells if not is_blank(cell.text)), self.cells[0].place if self.cells else ""
        )


_LONGEST_PRINTED = 200


def _count(row: _Row, columns: int) -> str:
    found = sum(not is_blank(cell.text) for cell in row.cells)
    return f"这一行有 {len(row.cells)} 格（{found} 格有字），应有 {columns} 格，对不上"


def _by_place(row: _Row, header: PrintedHeader) -> dict[str, Assigned]:
    """Return the values by the columns below which they stand; empty unless each column has one of its own."""
    below: dict[int, list[SourceCell]] = {number: [] for number in range(len(header.columns))}
    over: dict[int, list[int]] = {}
    for index, cell in enumerate(row.cells):
        over[index] = [
            number
            for number, column in enumerate(header.columns)
            if cell.start < column.end and column.start < cell.end
        ]
        if not over[index] and not is_blank(cell.text):
            return {}
        for number in over[index]:
            below[number].append(cell)
    below = {
        number: [cell for cell in cells if not is_blank(cell.text)] or cells[:1] for number, cells in below.items()
    }
    if any(
        len({row.value(cell) for cell in cells}) != 1 for cells in below.values()
    ):  # several: a merged one written out
        return {}
    if any(cell.carried for cells in below.values() for cell in cells) or any(
        len(found) > 1 for found in over.values()
    ):
        return {}
    return {
        column.key: Assigned(row.value(below[number][0]), below[number][0].text, below[number][0].place)
        for number, column in enumerate(header.columns)
        if column.key
    }


def _ends_blank(cells: Sequence[SourceCell]) -> bool:
    """Return whether cells begin or end with a blank, which may be none of the row's values where rows are padded."""
    return is_blank(cells[0].text) or is_blank(cells[-1].text)


def _as_many(cells: Sequence[SourceCell], count: int) -> Sequence[SourceCell]:
    """Return the cells that are the row's values if there is no other way to see it: all, or all but blanks around them."""
    if len(cells) == count:
        return cells
    filled = [number for number, cell in enumerate(cells) if not is_blank(cell.text)]
    if not filled:
        return ()
    return cells[filled[0] : filled[-1] + 1] if filled[-1] + 1 - filled[0] == count < len(cells) else ()


def _inferred(row: _Row, keys: Sequence[str], form: Form, why: str) -> dict[str, Assigned]:
    """Return what can be inferred about a row whose values do not fit its columns; nothing read where nothing can."""
    values, reason = _readings(row, keys, form)
    if values is None:
        return {key: Assigned(None, row.printed, row.place, why) for key in keys if key}
    return {
        key: Assigned(value, row.printed, row.place, f"{why}；{reason}", inferred=True)
        for key, value in zip(keys, values, strict=True)
        if key
    }


def _readings(row: _Row, keys: Sequence[str], form: Form) -> tuple[Sequence[PrintedValue] | None, str]:
    texts = [text for cell in row.cells if not cell.carried for text in (cell.text.split() or [""])]
    filled = [text for text in texts if not is_blank(text)]
    if not filled or not all(may_be_value(text) for text in filled) or not all(keys):
        return None, ""
    run = "".join(filled)
    if len(run) == len(keys) and run.isascii() and run.isdigit() and len(texts) < len(keys):
        return [int(digit) for digit in run], _AS_DIGITS
    groups = sum_groups(form, keys)
    if not groups or {place for parts, total in groups for place in (*parts, total)} != set(range(len(keys))):
        return None, ""
    whole = _windows([cell for cell in row.cells if not cell.carried], row, len(keys))
    agreeing = [values for values in whole if agrees(values, groups)]
    if len(agreeing) == 1:
        return agreeing[0], _BY_SUMS
    if whole or not (run.isascii() and run.isdigit()):
        return None, ""
    if any(_parts_in_order(groups)):
        return None, ""
    cut = [numbers for numbers in splits(run, [len(parts) + 1 for parts, _ in groups]) if _keeps(numbers, filled)]
    return (cut[0], _BY_SUMS) if len(cut) == 1 else (None, "")


def _parts_in_order(groups: Sequence[tuple[tuple[int, ...], int]]) -> list[bool]:
    """Return, for every place where a sum does not stand after its parts, one after the other, a True."""
    places = [place for parts, total in groups for place in (*parts, total)]
    return [one != number for number, one in enumerate(places) if one != number]


def _keeps(numbers: Sequence[int], filled: Sequence[str]) -> bool:
    """Return whether no number reaches over a blank between two texts."""
    ends, place = set(), 0
    for number in numbers:
        place += len(str(number))
        ends.add(place)
    cut = 0
    for text in filled:
        cut += len(text)
        if cut not in ends:
            return False
    return True


def _windows(cells: Sequence[SourceCell], row: _Row, count: int) -> list[list[PrintedValue]]:
    """Return the ways to see a row's cells as that many values: all of them, or some left out that are blank at its ends."""
    found = []
    for start in range(len(cells) - count + 1):
        outside = (*cells[:start], *cells[start + count :])
        if all(is_blank(cell.text) for cell in outside):
            found.append([row.value(cell) for cell in cells[start : start + count]])
    return found
