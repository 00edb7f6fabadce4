"""The values of one row, given to the columns above them.

A value is certain where it alone stands below a column, or where a row has as many values as the form has columns. What is
neither is a figure only if exactly one reading agrees with the sums, or there are as many digits as cells: then it is
inferred. Everything else could not be read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..forms.model import Form
from .blocks import SourceCell
from .header import PrintedHeader
from .published import PrintedValue
from .sums import agrees, splits, sum_groups
from .values import amount_of, is_blank, may_be_value, value_of


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
    doubtful: str = "",
) -> Mapping[str, Assigned]:
    """Return the value of every column of a row, by the column's key.

    cells are those after the row's label; order has the columns that the form has in this row. doubtful says why the row
    is not read although its values fit.
    """
    return _unless_shifted(_assigned(_Row(tuple(cells)), header, form, order, doubtful), form)


def _unless_shifted(found: Mapping[str, Assigned], form: Form) -> Mapping[str, Assigned]:
    """Return values; as inferred where a total is blank and a cell before it has it: the row may have moved, or lost blanks."""
    values = [one.value for one in found.values()]
    for parts, total in sum_groups(form, [*found]):
        filled = [amount_of(values[place]) or 0 for place in parts if values[place] not in ("", None)]
        if values[total] == "" and filled and filled[-1] and sum(filled[:-1]) == filled[-1]:
            return less_certain(found, _SHIFTED)
    return found


def _assigned(
    row: _Row, header: PrintedHeader, form: Form, order: Sequence[str], doubtful: str
) -> Mapping[str, Assigned]:
    cells, keys = row.cells, tuple(column.key for column in header.columns)
    if doubtful:
        below = _by_place(row, header) if header.placed and header.frame else {}
        if below and not all(keys) and _agrees(below, form):
            return less_certain(below, f"{doubtful}；{_BY_SUMS}")
        return _inferred(row, keys if header.ordered else order, form, doubtful)
    if header.placed and header.frame and (found := _by_place(row, header)):
        if not header.official:
            return _confirmed(found, form, _OTHER_ORDER)
        return less_certain(found, _LIKE_A_COLUMN) if header.guessed else found
    if header.ordered and header.crossed:
        return _inferred(row, keys, form, _CROSSED)
    as_many = len(row.cells) == len(keys) and not any(cell.carried for cell in row.cells)
    if header.ordered and as_many and not (header.padded and _ends_blank(row.cells)):
        return _in_order(row, header, form)
    if header.ordered and (found := _between_blanks(row, keys, form)):
        return less_certain(found, _LIKE_A_COLUMN) if header.guessed else found
    if header.placed and header.frame and header.official and (found := _by_place(row, header, beside=True)):
        return _confirmed(found, form, _BESIDE)
    if header.ordered:
        return _inferred(row, keys, form, _count(row, len(keys)))
    if header.permuted:
        return {key: Assigned(None, row.printed, row.place, _OTHER_COLUMNS) for key in order}
    guessed = _inferred(row, order, form, _OTHER_COLUMNS if keys else _NO_COLUMNS)
    return {key: replace(one, unlabelled=len(cells) == len(order)) for key, one in guessed.items()}


def _agrees(found: Mapping[str, Assigned], form: Form) -> bool:
    """Return whether there are sums, none of them blank, and values agree with them."""
    groups = sum_groups(form, [*found])
    values = [one.value for one in found.values()]
    return agrees(values, groups) and not any(values[total] == "" for _, total in groups)


def _confirmed(found: Mapping[str, Assigned], form: Form, why: str) -> Mapping[str, Assigned]:
    """Return values below columns that are not only those of the form, in its order, as inferred; not read if a sum disagrees."""
    groups = sum_groups(form, [*found])
    if groups and not agrees([one.value for one in found.values()], groups):
        return {key: replace(one, value=None, why=why) for key, one in found.items()}
    return less_certain(found, why)


_SHIFTED = "合计空着，前面有一格正好是它前面各格的和，像是少了空格、整行往前挪了，按印的读"
_SHORT = "这一行比上面列的名称少一格，可能少了一格"
_BESIDE = "旁边还有没有名称的列，按列的名称读"
_OTHER_ORDER = "列的次序与表样不同，按列的名称读"


def _in_order(row: _Row, header: PrintedHeader, form: Form) -> Mapping[str, Assigned]:
    """Return as many values as columns, in their order: in a text without cells, only if they agree with the sums.

    There a blank may be lost, and what stands below the table may be in its place.
    """
    keys = tuple(column.key for column in header.columns)
    found = {key: row.found(cell) for key, cell in zip(keys, row.cells, strict=True) if key}
    groups = sum_groups(form, keys)
    marks = row.in_text and any(_MARK.fullmatch(cell.text) for cell in row.cells)
    if marks or (row.in_text and groups and not agrees([row.value(cell) for cell in row.cells], groups)):
        return {key: Assigned(None, row.printed, row.place, _NO_SUM) for key in keys if key}
    if _ends_early(row, header):
        return less_certain(found, _SHORT)
    return less_certain(found, _LIKE_A_COLUMN) if header.guessed else found


def _ends_early(row: _Row, header: PrintedHeader) -> bool:
    """Return whether a row ends before its header, in which a column is wider: it may have lost a cell."""
    wide = any(column.end - column.start > 1 for column in header.columns)
    return header.placed and wide and not row.in_text and row.cells[-1].end < header.width


def _between_blanks(row: _Row, keys: Sequence[str], form: Form) -> dict[str, Assigned]:
    """Return the values of a row with as many filled cells as columns, blanks only around them, if the sums agree."""
    filled = [number for number, cell in enumerate(row.cells) if not is_blank(cell.text)]
    if len(filled) != len(keys) or not all(keys) or filled[-1] - filled[0] != len(keys) - 1:
        return {}
    chosen = row.cells[filled[0] : filled[-1] + 1]
    if any(cell.carried for cell in row.cells) or not agrees(
        [row.value(cell) for cell in chosen], sum_groups(form, keys)
    ):
        return {}
    return {key: row.found(cell) for key, cell in zip(keys, chosen, strict=True)}


def less_certain(found: Mapping[str, Assigned], why: str) -> Mapping[str, Assigned]:
    """Return values that are certain as inferred."""
    return {
        key: one if one.value is None or one.why else replace(one, why=why, inferred=True) for key, one in found.items()
    }


_MARK = re.compile(r"[*＊※#†]+")
"""The mark of a note: in a text without cells it may belong to the figure before it."""
_LIKE_A_COLUMN = "上面列的名称与表样差几个字，按最像的读"
_CROSSED = "上面列的名称与它下面的列没有对齐"
_NO_SUM = "文字里没有格子，这一行的数又与合计不符，可能少了一格或者多了别的数"
_NO_COLUMNS = "上面没有列的名称，不知道是哪一列的数"
_OTHER_COLUMNS = "上面列的名称不全，或与表样不符，不知道是哪一列的数"
AS_DIGITS = "数字连在一起，位数与格数相同，按一格一位读"
_BY_SUMS = "只有这一种读法与合计相符"


@dataclass(frozen=True)
class _Row:
    cells: tuple[SourceCell, ...]

    def value(self, cell: SourceCell) -> PrintedValue:
        return as_found(cell).value

    def found(self, cell: SourceCell) -> Assigned:
        return as_found(cell)

    @property
    def in_text(self) -> bool:
        """Whether it stands in a text, without cells that have a width."""
        return all(cell.end <= cell.start for cell in self.cells)

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


MISCOUNTED = "这一行有"
"""How the reason begins if a row has more or fewer values than columns."""


def as_found(cell: SourceCell) -> Assigned:
    """Return a cell's own value."""
    return Assigned(None if cell.unread else value_of(cell.text), cell.text, cell.place, cell.unread)


def _count(row: _Row, columns: int) -> str:
    found = sum(not is_blank(cell.text) for cell in row.cells)
    return f"{MISCOUNTED} {len(row.cells)} 格（{found} 格有字），应有 {columns} 格，对不上"


def _by_place(row: _Row, header: PrintedHeader, *, beside: bool = False) -> dict[str, Assigned]:
    """Return the values by the columns below which they stand; empty unless each column has one of its own.

    beside: there may be others beside them, below no label.
    """
    columns = [column for column in header.columns if column.key]
    others = [column for column in header.columns if not column.key]
    below: dict[int, list[SourceCell]] = {number: [] for number in range(len(columns))}
    over: dict[int, list[int]] = {}
    for index, cell in enumerate(row.cells):
        over[index] = [
            number for number, column in enumerate(columns) if cell.start < column.end and column.start < cell.end
        ]
        if any(cell.start < column.end and column.start < cell.end for column in others):
            if over[index]:
                return {}
        elif not over[index] and not is_blank(cell.text) and not beside:
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
    return {column.key: row.found(below[number][0]) for number, column in enumerate(columns)}


def _ends_blank(cells: Sequence[SourceCell]) -> bool:
    """Return whether cells begin or end with a blank, which may be none of the row's values where rows are padded."""
    return is_blank(cells[0].text) or is_blank(cells[-1].text)


def _inferred(row: _Row, keys: Sequence[str], form: Form, why: str) -> dict[str, Assigned]:
    """Return what can be inferred about a row whose values do not fit its columns; nothing read where nothing can."""
    values, reason, cells = _readings(row, keys, form)
    if values is None:
        return {key: Assigned(None, row.printed, row.place, why) for key in keys if key}
    said = [(cell.text, cell.place) for cell in cells] or [(row.printed, row.place)] * len(keys)
    return {
        key: Assigned(value, *place, f"{why}；{reason}", inferred=True)
        for key, value, place in zip(keys, values, said, strict=True)
        if key
    }


def _readings(
    row: _Row, keys: Sequence[str], form: Form
) -> tuple[Sequence[PrintedValue] | None, str, Sequence[SourceCell]]:
    texts = [text for cell in row.cells if not cell.carried for text in (cell.text.split() or [""])]
    filled = [text for text in texts if not is_blank(text)]
    if not filled or not all(may_be_value(text) for text in filled) or not all(keys):
        return None, "", ()
    run = "".join(filled)
    no_number = run.startswith("0") or len(run) >= (_FEWEST_IN_TEXT if row.in_text else _FEWEST_IN_CELL)
    as_many = len(filled) == 1 < len(keys) == len(run) and len(texts) < len(keys)
    if as_many and no_number and run.isascii() and run.isdigit():
        return [int(digit) for digit in run], AS_DIGITS, ()
    groups = sum_groups(form, keys)
    if not groups or {place for parts, total in groups for place in (*parts, total)} != set(range(len(keys))):
        return None, "", ()
    whole = _windows([cell for cell in row.cells if not cell.carried], len(keys))
    agreeing = [
        cells
        for cells in whole
        if agrees([row.value(cell) for cell in cells], groups)
        and not any(is_blank(cells[total].text) for _, total in groups)
    ]
    if len(agreeing) == 1:
        return [row.value(cell) for cell in agreeing[0]], _BY_SUMS, agreeing[0]
    if whole or not (run.isascii() and run.isdigit()) or not (row.in_text or len(row.cells) == 1):
        return None, "", ()
    if any(_parts_in_order(groups)):
        return None, "", ()
    cut = [numbers for numbers in splits(run, [len(parts) + 1 for parts, _ in groups]) if _keeps(numbers, filled)]
    return (cut[0], _BY_SUMS, ()) if len(cut) == 1 else (None, "", ())


_FEWEST_IN_TEXT, _FEWEST_IN_CELL = 3, 5
"""Fewer digits than this are rather one figure than a figure a cell, unless they begin with 0; in a text, unless others do."""


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


def _windows(cells: Sequence[SourceCell], count: int) -> list[Sequence[SourceCell]]:
    """Return the ways to see a row's cells as that many values: all of them, or some left out that are blank at its ends."""
    found = []
    for start in range(len(cells) - count + 1):
        outside = (*cells[:start], *cells[start + count :])
        if all(is_blank(cell.text) for cell in outside):
            found.append(cells[start : start + count])
    return found
