"""A form filled in: a figure, or a stated unknown, in every cell."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import pandas as pd
from markupsafe import Markup

from ..errors import TableError
from ..forms.model import Cell, Form
from ..html import draw_form, tag
from ..prose import PART

Source = Literal["counted", "declared", "summed", "rolled-up", "given", "unknown"]
TALLY = ("row", "column", "register", "record", "amount", "reason")
Line = tuple[str, str, str, int, int, str]
"""A record behind a cell, with what TALLY names: its cell, its register, its number in the store, what it adds, and
why it was not counted ("" if it was)."""
FEN_PER_WAN = 1_000_000
"""分 in one 万元."""


@dataclass(frozen=True)
class Unknown:
    """No figure, and why: nothing recorded, a cell left blank, or a text as found."""

    reason: str
    found: str = ""

    def __str__(self) -> str:
        return "—"


Figure = int | Decimal | Unknown


@dataclass(frozen=True)
class Declaration:
    """A figure declared for want of a register, with its reason, its day, and its record in the store."""

    value: Figure
    reason: str
    declared_on: date
    record: int


@dataclass(frozen=True)
class Share:
    """What one office gives to a figure of the whole government: its code, its figure, and how many records it counted.

    A share without a code is a deduction, named by why.
    """

    code: str
    name: str
    figure: Figure
    records: int


@dataclass(frozen=True, eq=False)
class Table:
    """A form with a figure or an Unknown in every cell; one lacking a cell, or with one too many, cannot be made.

    sources says where each figure comes from, and lines holds the records behind the counted ones, and the near
    misses: one line a record and cell; tally is the same as a DataFrame. declared holds the
    figures declared for its cells, strays a sentence for each declaration that fits no cell. Where the table is the
    sum of offices, shares holds what each gives to every cell that is no total.
    """

    form: Form
    figures: Mapping[Cell, Figure]
    sources: Mapping[Cell, Source] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    declared: Mapping[Cell, Declaration] = field(default_factory=dict)
    strays: tuple[str, ...] = ()
    shares: Mapping[Cell, tuple[Share, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        expected, given = set(self.form.cells), self.figures.keys()
        if missing := expected - given:
            raise TableError(f"{self.form.key}: no figure for {sorted(missing)}")
        if extra := given - expected:
            raise TableError(f"{self.form.key}: the form has no cell {sorted(extra)}")
        if wrong := [cell for cell, value in self.figures.items() if not _is_figure(value)]:
            raise TableError(f"{self.form.key}: not a figure in {wrong}")
        object.__setattr__(self, "figures", MappingProxyType(dict(self.figures)))

    def __getitem__(self, cell: Cell) -> Figure:
        return self.figures[cell]

    def source(self, cell: Cell) -> Source:
        """Where the figure of a cell comes from."""
        if isinstance(self.figures[cell], Unknown):
            return "unknown"
        return self.sources.get(cell, "given")

    @cached_property
    def tally(self) -> pd.DataFrame:
        """The lines as a DataFrame with the columns that TALLY names."""
        return pd.DataFrame(self.lines, columns=list(TALLY))

    def counted(self, cell: Cell) -> pd.DataFrame:
        """The lines of the tally counted in a cell; those of all its parts for a total."""
        return self._lines(cell, self.tally["reason"] == "")

    def near(self, cell: Cell) -> pd.DataFrame:
        """The lines of the tally that nearly counted in a cell, each with its reason."""
        return self._lines(cell, self.tally["reason"] != "")

    def parts(self, cell: Cell) -> list[Cell]:
        """The cells that a cell is the sum of, down to those that are none; the cell itself if it is none."""
        parts = self.form.sums_across.get(cell) or self.form.sums_down.get(cell)
        return [leaf for part in parts for leaf in self.parts(part)] if parts else [cell]

    def contributions(self, cell: Cell) -> list[Share]:
        """What each office gives to a cell of a table that is the sum of offices; of a total, over all its parts."""
        found: dict[tuple[str, str], list[Share]] = defaultdict(list)
        for part in self.parts(cell):
            for share in self.shares.get(part, ()):
                found[share.code, share.name].append(share)
        return [
            Share(code, name, add(share.figure for share in shares), sum(share.records for share in shares))
            for (code, name), shares in found.items()
        ]

    def _lines(self, cell: Cell, wanted: pd.Series) -> pd.DataFrame:
        lines = self.tally[wanted]
        return lines[pd.MultiIndex.from_frame(lines[["row", "column"]]).isin(self.parts(cell))]

    @property
    def frame(self) -> pd.DataFrame:
        """The figures as a DataFrame: one row a cell, indexed by row and column labels; unknown as <NA>."""
        rows = [
            (*("/".join(labels) for labels in self.form.address(cell)), None if isinstance(value, Unknown) else value)
            for cell, value in self.figures.items()
        ]
        frame = pd.DataFrame(rows, columns=["行", "列", "数量"], dtype=object)
        return frame.set_index(["行", "列"])

    def to_json(self) -> list[dict[str, Any]]:
        """The cells as report.json carries them; money with its exact digits, unknown as null."""
        numbers = dict(Counter((row, column) for row, column, *_, reason in self.lines if not reason))
        numbers |= {cell: sum(share.records for share in shares) for cell, shares in self.shares.items()}
        addresses = {cell: self.form.address(cell) for cell in self.figures}
        return [
            {
                "row": list(addresses[cell][0]),
                "column": list(addresses[cell][1]),
                "row_key": cell[0],
                "column_key": cell[1],
                "value": figure_to_json(value),
                "source": self.source(cell),
                "records": sum(numbers.get(part, 0) for part in self.parts(cell)),
            }
            for cell, value in self.figures.items()
        ]

    def to_html(self, caption: str = "") -> Markup:
        """The table as HTML."""
        return draw_form(self.form, lambda cell: tag("td", format_figure(self.figures[cell])), caption)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/html": str(self.to_html()), "text/plain": self._plain(), PART: {"key": self.form.key}}

    def _plain(self) -> str:
        """Every cell on a line of its own, for where no table can be shown."""
        addresses = ((self.form.address(cell), value) for cell, value in self.figures.items())
        return "\n".join(
            f"{'/'.join(rows)}｜{'/'.join(columns)}：{format_figure(value)}" for (rows, columns), value in addresses
        )


def fill(form: Form, known: Mapping[Cell, Figure], sources: Mapping[Cell, Source] | None = None, **rest: Any) -> Table:
    """Return the form with its known cells and every total added up; a cell neither known nor a total raises."""
    figures: dict[Cell, Figure] = {}
    origins: dict[Cell, Source] = dict(sources or {})
    for cell in form.cells:
        if cell not in form.sums_across and cell not in form.sums_down:
            if cell not in known:
                raise TableError(f"{form.key}: no figure for {cell}")
            figures[cell] = known[cell]
    if extra := known.keys() - figures.keys():
        raise TableError(f"{form.key}: not a cell to be filled: {sorted(extra)}")
    for sums in (form.sums_down, form.sums_across):  # a total of totals stands across, so that comes last
        for total, parts in sums.items():
            if all(part in figures for part in parts):
                figures[total] = add(figures[part] for part in parts)
                origins[total] = "summed"
    return Table(form, {cell: figures[cell] for cell in form.cells}, origins, **rest)


def add(figures: Iterable[Figure]) -> Figure:
    """Return the sum, or Unknown if any part is unknown."""
    total: int | Decimal = 0
    for figure in figures:
        if isinstance(figure, Unknown):
            return Unknown(f"相加的数里有未知的：{figure.reason}")
        total += figure
    return total


def format_figure(figure: Figure) -> str:
    """Return a figure as it is printed: plain digits, money without trailing zeros, 「—」 for unknown."""
    if isinstance(figure, Decimal):
        return format(figure.normalize() if figure else Decimal(0), "f")
    return str(figure)


def figure_to_json(figure: Figure) -> int | float | None:
    """Return a figure as a JSON number with its exact digits, None for unknown. Raises TableError past 15 digits."""
    if isinstance(figure, Unknown):
        return None
    if isinstance(figure, int) or figure == figure.to_integral_value():
        return int(figure)
    exact = float(figure)
    if Decimal(repr(exact)) != figure:
        raise TableError(f"{figure} has more digits than a JSON number keeps")
    return exact


def figure_from_json(value: float | Decimal | None, why: str = "") -> Figure:
    """Return the figure that a JSON number stands for, with its exact digits; Unknown, and why, for None."""
    if value is None:
        return Unknown(why)
    return Decimal(repr(value)) if isinstance(value, float) else value


def wan_from_fen(fen: int) -> Decimal:
    """Return 万元 for an amount in 分."""
    return Decimal(fen) / FEN_PER_WAN


def _is_figure(value: object) -> bool:
    return isinstance(value, int | Decimal | Unknown) and not isinstance(value, bool)
