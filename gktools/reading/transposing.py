"""Tables whose rows stand as columns and whose columns stand as rows, turned the way the form has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from .blocks import Block, SourceCell, SourceRow
from .header import column_orders
from .labels import Label, labels
from .merging import UNLABELLED
from .values import is_blank, may_be_value


def upright(blocks: Sequence[Block]) -> list[Block]:
    """Return what stands in a file, with turned tables as the form has them.

    Of these a row is doubtful: its values count if its sums agree, as a cell that was lost moves others to another row.
    """
    made: list[Block] = []
    for frame, group in groupby(blocks, key=lambda one: one.frame if isinstance(one, SourceRow) else 0):
        found = list(group)
        rows = [one for one in found if isinstance(one, SourceRow)] if frame > 0 else []
        made += _turned(rows) if _is_turned(rows) else found
    return made


def _is_turned(rows: Sequence[SourceRow]) -> bool:
    """Return whether the labels of many rows of a table stand side by side, and those of its columns below each other."""
    for row in rows:
        named = {(label.table, label.key) for cell in row.cells if not cell.carried for label in _rows_named(cell.text)}
        for table in {table for table, _ in named}:
            if (
                len({key for one, key in named if one == table}) >= _MANY
                and len(_columns_below(rows, table)) >= _SEVERAL
            ):
                return True
    return len(_columns_below(rows, UNLABELLED)) >= _MANY


_MANY, _SEVERAL = 8, 3


def _rows_named(text: str) -> list[Label]:
    return [label for label in labels().find(text) if label.axis == "row" and label.leaf]


def _columns_below(rows: Sequence[SourceRow], table: str) -> list[set[str]]:
    """Return the keys that may be meant by the labels of columns of a table with which rows begin, from top to bottom."""
    found = []
    for row in rows:
        named = [
            {
                label.key
                for label in labels().find(cell.text)
                if (label.table, label.axis) == (table, "column") and label.leaf
            }
            for cell in row.cells[:_SEVERAL]
        ]
        found += [keys for keys in named if keys][-1:]
    return found


def _are_all_columns(rows: Sequence[SourceRow]) -> bool:
    """Return whether rows begin with all columns of a table, in its order."""
    return any(
        len(found) == len(order) and all(key in keys for key, keys in zip(order, found, strict=True))
        for table, order in column_orders()
        if (found := _columns_below(rows, table))
    )


def _turned(rows: Sequence[SourceRow]) -> list[Block]:
    """Return rows as columns and columns as rows; none unless every cell has its place and every value its label."""
    near = min(cell.end - cell.start for row in rows for cell in row.cells) / 3
    starts = _starts(rows, near)
    grid: dict[int, list[tuple[int, int, SourceCell, bool]]] = {place: [] for place in range(len(starts))}
    for number, row in enumerate(rows):
        for cell in row.cells:
            if cell.carried:
                continue
            low = _reaches(rows, number, cell)
            covered = [place for place, start in enumerate(starts) if cell.start - near <= start < cell.end]
            for place in covered:
                grid[place].append((number, number + low, cell, place != covered[0]))
    made = [SourceRow(tuple(_cells(found)), rows[0].frame) for _, found in sorted(grid.items()) if found]
    one_frame = len({round(row.width) for row in rows}) == 1
    if not (one_frame and _are_all_columns(rows) and all(map(_is_whole, made))):
        return []
    return [replace(row, doubtful="" if _is_empty(row) else _WHY) for row in made]


def _is_whole(row: SourceRow) -> bool:
    """Return whether cells follow each other without a gap, and figures a label; a row of labels has none."""
    if any(one.end != other.start for one, other in pairwise(row.cells)):
        return False
    said = [_is_figure(cell) for cell in row.cells]
    first = said.index(True) if any(said) else len(said)
    named = any(_rows_named(cell.text) for cell in row.cells[:first])
    columns = sum(any(label.axis == "column" for label in labels().find(cell.text)) for cell in row.cells)
    return not any(said) or named or (columns == 0 and first == 0)


def _is_empty(row: SourceRow) -> bool:
    return not any(map(_is_figure, row.cells))


def _is_figure(cell: SourceCell) -> bool:
    return not is_blank(cell.text) and may_be_value(cell.text) and not labels().find(cell.text)


def _cells(found: Sequence[tuple[int, int, SourceCell, bool]]) -> Iterator[SourceCell]:
    for start, end, cell, carried in sorted(found, key=lambda one: one[0]):
        yield SourceCell(cell.text, start, end, cell.place, carried, cell.unread)


_WHY = "这张表的行和列与表样相反"


def _starts(rows: Sequence[SourceRow], near: float) -> list[float]:
    """Return where the columns begin; places as near as this are one."""
    found: list[float] = []
    for start in sorted({cell.start for row in rows for cell in row.cells}):
        if not found or start - found[-1] > near:
            found.append(start)
    return found


def _reaches(rows: Sequence[SourceRow], number: int, cell: SourceCell) -> int:
    """Return over how many rows a cell reaches."""
    low = 1
    for row in rows[number + 1 :]:
        if not any(
            one.carried and (one.start, one.end, one.text) == (cell.start, cell.end, cell.text) for one in row.cells
        ):
            break
        low += 1
    return low
