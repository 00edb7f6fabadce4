"""One description of a form's merged cells, for whatever draws it: HTML, a spreadsheet, a document.

The widest block sets the number of columns; a narrower block's last column takes the room that is left, as the
notices print it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .model import Block, Cell, Form, Heading, leaves

Kind = Literal["band", "corner", "column", "row", "figure"]


@dataclass(frozen=True)
class GridCell:
    """One drawn cell: a band over a block, a corner, a column or row heading, or a figure.

    ref numbers the headings of a form from 1; headers are the refs of the headings a figure stands under;
    groups says whether a heading stands over more than one row or column.
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
    """One drawn row; is_head where it holds headings only."""

    cells: tuple[GridCell, ...]
    is_head: bool = False


@dataclass(frozen=True)
class Grid:
    """The lines of one form, block by block, and how many columns wide they are."""

    blocks: tuple[tuple[GridLine, ...], ...]
    width: int

    @property
    def lines(self) -> tuple[GridLine, ...]:
        """All lines, from top to bottom."""
        return tuple(line for block in self.blocks for line in block)


@lru_cache(maxsize=32)
def grid(form: Form) -> Grid:
    """Return how a form is drawn, cell by cell, row by row."""
    width = max(_stub(block) + _breadth(block.columns) for block in form.blocks)
    count = _Counter()
    return Grid(tuple(tuple(_block(block, width, count)) for block in form.blocks), width)


class _Counter:
    """Hands out the numbers of headings, and remembers them by side and path."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self) -> int:
        self.last += 1
        return self.last


def _block(block: Block, width: int, count: _Counter) -> Iterator[GridLine]:
    spare = width - _stub(block) - _breadth(block.columns)
    over: tuple[int, ...] = ()
    if block.label:
        band = GridCell("band", block.label, columns=width, ref=count(), groups=True)
        over = (band.ref,)
        yield GridLine((band,), is_head=True)
    heads: dict[str, tuple[int, ...]] = {}
    levels = _levels(block, spare, count, heads)
    if stub := _stub(block):
        note = not block.corner_heads_rows
        ref = 0 if note else count()
        levels[0].insert(0, GridCell("corner", block.corner, stub, len(levels), ref=ref, note=note))
    for level in levels:
        yield GridLine(tuple(level), is_head=True)
    yield from _body(block, spare, count, over, heads)


def _body(
    block: Block, spare: int, count: _Counter, over: tuple[int, ...], heads: dict[str, tuple[int, ...]]
) -> Iterator[GridLine]:
    under = f"{block.key}." if block.key else ""
    columns = [path for path, _ in leaves(block.columns)]
    for stub, path, refs in _stubs(block.rows, _stub(block), under, count, over):
        figures = [
            GridCell(
                "figure",
                columns=1 + (spare if column == columns[-1] else 0),
                cell=(path, column),
                headers=(*refs, *heads[column]),
            )
            for column in columns
        ]
        yield GridLine((*stub, *figures))


def _levels(block: Block, spare: int, count: _Counter, heads: dict[str, tuple[int, ...]]) -> list[list[GridCell]]:
    """The column heads, level by level; fills heads with the refs over each leaf column."""
    levels: list[list[GridCell]] = [[]] if block.banner else []
    beside = () if block.banner_covers_total or not block.banner else _beside(block)
    if block.banner:
        width = _breadth(block.columns) - len(beside)
        levels[0].append(GridCell("column", block.banner, width + spare, ref=count(), groups=True))
    depth = _depth(block.columns)
    for heading in beside:
        ref = count()
        levels[0].append(GridCell("column", heading.label, 1, depth + 1, ref=ref))
        heads[heading.key] = (ref,)
    *_, (end, _) = leaves(block.columns)
    level: list[tuple[Heading, str, tuple[int, ...]]] = [(h, h.key, ()) for h in block.columns if h not in beside]
    for remaining in range(depth, 0, -1):
        cells: list[GridCell] = []
        below: list[tuple[Heading, str, tuple[int, ...]]] = []
        for heading, path, above in level:
            refs = (*above, count())
            span = _breadth((heading,)) + (spare if f"{end}.".startswith(f"{path}.") else 0)
            rows = 1 if heading.parts else remaining
            cells.append(GridCell("column", heading.label, span, rows, ref=refs[-1], groups=bool(heading.parts)))
            if heading.parts:
                below += [(part, f"{path}.{part.key}", refs) for part in heading.parts]
            else:
                heads[path] = refs
        levels.append(cells)
        level = below
    return levels


def _beside(block: Block) -> tuple[Heading, ...]:
    """The total columns that a local variant draws beside the banner rather than below it."""
    return tuple(heading for heading in block.columns if heading.is_total)


def _stubs(
    headings: tuple[Heading, ...], room: int, under: str, count: _Counter, above: tuple[int, ...]
) -> Iterator[tuple[tuple[GridCell, ...], str, tuple[int, ...]]]:
    """The row heads of each row: a parent opens with its first leaf and spans the rest."""
    for heading in headings:
        path = f"{under}{heading.key}"
        if not room:
            yield (), path, above
        elif heading.parts:
            head = GridCell("row", heading.label, rows=_breadth((heading,)), ref=count(), groups=True)
            opening: tuple[GridCell, ...] = (head,)
            for stub, leaf, refs in _stubs(heading.parts, room - 1, f"{path}.", count, (*above, head.ref)):
                yield (*opening, *stub), leaf, refs
                opening = ()
        else:
            head = GridCell("row", heading.label, columns=room, ref=count())
            yield (head,), path, (*above, head.ref)


def _stub(block: Block) -> int:
    return _depth(block.rows)


def _depth(headings: tuple[Heading, ...]) -> int:
    return max((bool(heading.label) + _depth(heading.parts) for heading in headings), default=0)


def _breadth(headings: tuple[Heading, ...]) -> int:
    return sum(1 for _ in leaves(headings))
