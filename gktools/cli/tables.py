"""A table printed: no name and no figure is cut off, however narrow the terminal is."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

_UNLIMITED = 10_000


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows as a table with a frame; in a terminal too narrow for it every cell in a line of its own."""
    from rich.console import Console
    from rich.table import Table

    rows = [*rows]
    grid = Table(*headings)
    for row in rows:
        grid.add_row(*row)
    needed = Console(width=_UNLIMITED).measure(grid).maximum
    if not sys.stdout.isatty() or needed <= Console().width:
        Console(width=needed).print(grid)
        return
    for row in rows:
        print(*(f"{heading}：{cell}" for heading, cell in zip(headings, row, strict=True) if cell), "", sep="\n")
