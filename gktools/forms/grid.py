"""The merged cells of a form, described once for every writer: HTML, spreadsheet and document.

The widest block sets the number of columns; the last column of a narrower block spans the remaining columns, as in
the printed notices.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from .model import Block, Cell, Form, Heading, leaves

Kind = Literal["band", "corner", "column", "row", "figure"]


@dataclass(frozen=True)
class GridCell:
    """One drawn cell: a band over a block, a corner, a column or row heading, or a figure.

    ref numbers the headings of a form from 1; headers are the refs of the headings of a figure; groups is true for a
    heading of more than one row or column.
    """

    kind: Kind
    text: str = ""
    columns: int = 1
    rows: int = 1
    cell: Cell | None = None
    ref: int = 0
    headers: tuple[int, ...] = ()
    groups: bool = False
    note: bool = False


@dataclass(frozen=True)
class GridLine:
    """One drawn row; is_head where it holds headings only, is_kept where no page may end between it and the row above."""

    cells: tuple[GridCell, ...]
    is_head: bool = False
    is_kept: bool = False


@dataclass(frozen=True)
class Grid:
    """The lines of one form, block by block, and their width in columns."""

    blocks: tuple[tuple[GridLine, ...], ...]
    width: int

    @property
    def lines(self) -> tuple[GridLine, ...]:
        """All lines, from top to bottom."""
        return tuple(line for block in self.blocks for line in block)


@lru_cache(maxsize=32)
def grid(form: Form) -> Grid:
    """Return the grid of a form: its drawn cells, row by row."""
    width = max(_stub_width(block) + _leaf_count(block.columns) for block in form.blocks)
    count = itertools.count(1)
    blocks = tuple(tuple(_block(block, width, count)) for block in form.blocks)
    return Grid(blocks if len(blocks) == 1 else tuple(map(_kept, blocks)), width)


def _kept(block: tuple[GridLine, ...]) -> tuple[GridLine, ...]:
    """Return one of several blocks, which stands on one page."""
    return (block[0], *(replace(line, is_kept=True) for line in block[1:]))


def _block(block: Block, width: int, count: Iterator[int]) -> Iterator[GridLine]:
    spare = width - _stub_width(block) - _leaf_count(block.columns)
    over: tuple[int, ...] = ()
    if block.label:
        band = GridCell("band", block.label, columns=width, ref=next(count), groups=True)
        over = (band.ref,)
        yield GridLine((band,), is_head=True)
    heads: dict[str, tuple[int, ...]] = {}
    levels = _levels(block, spare, count, heads)
    if stub := _stub_width(block):
        note = not block.corner_heads_rows
        ref = 0 if note else next(count)
        levels[0].insert(0, GridCell("corner", block.corner, stub, len(levels), ref=ref, note=note))
    for level in levels:
        yield GridLine(tuple(level), is_head=True)
    yield from _body(block, spare, count, over, heads)


def _body(
    block: Block, spare: int, count: Iterator[int], over: tuple[int, ...], heads: dict[str, tuple[int, ...]]
) -> Iterator[GridLine]:
    under = f"{block.key}." if block.key else ""
    columns = [path for path, _ in leaves(block.columns)]
    groups = {path for path, heading in _groups(block.rows, under) if not any(part.parts for part in heading.parts)}
    before = ""
    for stub, path, refs in _stubs(block.rows, _stub_width(block), under, count, over):
        figures = [
            GridCell(
                "figure",
                columns=1 + (spare if column == columns[-1] else 0),
                cell=(path, column),
                headers=(*refs, *heads[column]),
            )
            for column in columns
        ]
        group = path.rpartition(".")[0]
        yield GridLine((*stub, *figures), is_kept=group in groups and group == before)
        before = group


def _groups(headings: tuple[Heading, ...], under: str) -> Iterator[tuple[str, Heading]]:
    """Yield every heading of several rows, with its path."""
    for heading in headings:
        if heading.parts:
            yield (path := f"{under}{heading.key}"), heading
            yield from _groups(heading.parts, f"{path}.")


def _levels(block: Block, spare: int, count: Iterator[int], heads: dict[str, tuple[int, ...]]) -> list[list[GridCell]]:
    """Return the column headings by level, and store in heads the refs of the headings above each leaf column."""
    levels: list[list[GridCell]] = [[]] if block.banner else []
    beside = () if block.banner_covers_total or not block.banner else _columns_beside_banner(block)
    if block.banner:
        width = _leaf_count(block.columns) - len(beside)
        levels[0].append(GridCell("column", block.banner, width + spare, ref=next(count), groups=True))
    depth = _depth(block.columns)
    for heading in beside:
        ref = next(count)
        levels[0].append(GridCell("column", heading.label, 1, depth + 1, ref=ref))
        heads[heading.key] = (ref,)
    *_, (end, _) = leaves(block.columns)
    level: list[tuple[Heading, str, tuple[int, ...]]] = [(h, h.key, ()) for h in block.columns if h not in beside]
    for remaining in range(depth, 0, -1):
        cells: list[GridCell] = []
        below: list[tuple[Heading, str, tuple[int, ...]]] = []
        for heading, path, above in level:
            refs = (*above, next(count))
            span = _leaf_count((heading,)) + (spare if f"{end}.".startswith(f"{path}.") else 0)
            rows = 1 if heading.parts else remaining
            cells.append(GridCell("column", heading.label, span, rows, ref=refs[-1], groups=bool(heading.parts)))
            if heading.parts:
                below += [(part, f"{path}.{part.key}", refs) for part in heading.parts]
            else:
                heads[path] = refs
        levels.append(cells)
        level = below
    return levels


def _columns_beside_banner(block: Block) -> tuple[Heading, ...]:
    """Return the total columns, which a local layout draws beside the banner instead of below it."""
    return tuple(heading for heading in block.columns if heading.is_total)


def _stubs(
    headings: tuple[Heading, ...], room: int, under: str, count: Iterator[int], above: tuple[int, ...]
) -> Iterator[tuple[tuple[GridCell, ...], str, tuple[int, ...]]]:
    """Yield the heading cells, path and refs of each row: a parent is drawn with its first leaf and spans the rest."""
    for heading in headings:
        path = f"{under}{heading.key}"
        if not room:
            yield (), path, above
        elif heading.parts:
            head = GridCell("row", heading.label, rows=_leaf_count((heading,)), ref=next(count), groups=True)
            opening: tuple[GridCell, ...] = (head,)
            for stub, leaf, refs in _stubs(heading.parts, room - 1, f"{path}.", count, (*above, head.ref)):
                yield (*opening, *stub), leaf, refs
                opening = ()
        else:
            head = GridCell("row", heading.label, columns=room, ref=next(count))
            yield (head,), path, (*above, head.ref)


def _stub_width(block: Block) -> int:
    return _depth(block.rows)


def _depth(headings: tuple[Heading, ...]) -> int:
    return max((bool(heading.label) + _depth(heading.parts) for heading in headings), default=0)


def _leaf_count(headings: tuple[Heading, ...]) -> int:
    return sum(1 for _ in leaves(headings))
