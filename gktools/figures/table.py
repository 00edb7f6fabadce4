"""Tables: forms with a figure, or an Unknown with its reason, in every cell."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup

from ..errors import TableError
from ..forms.model import Cell, Form
from ..html import draw_form, tag
from ..prose import PART, MadeFor, part_mark

if TYPE_CHECKING:
    import pandas as pd

Source = Literal["counted", "declared", "summed", "rolled-up", "given", "unknown"]
TALLY = ("row", "column", "register", "record", "amount", "reason")
Line = tuple[str, str, str, int, int, str]
"""A record of a cell, with the columns of TALLY: row and column of the cell, register, number in the store, amount
added, and the reason for not counting it ("" if counted)."""
FEN_PER_WAN = 1_000_000
"""分 in one 万元."""


@dataclass(frozen=True)
class Unknown:
    """A missing figure with its reason; found is the text in its place, if any."""

    reason: str
    found: str = ""

    def __str__(self) -> str:
        return "—"


Figure = int | Decimal | Unknown


@dataclass(frozen=True)
class Declaration:
    """A figure declared because a register is missing, with its reason, its day, and its record in the store."""

    value: Figure
    reason: str
    declared_on: date
    record: int


@dataclass(frozen=True)
class Share:
    """The share of one office in a government's figure: its code, name, figure and number of counted records.

    A share without a code is a deduction; its name is the reason.
    """

    code: str
    name: str
    figure: Figure
    records: int


@dataclass(frozen=True, eq=False)
class Table:
    """A form with a figure or an Unknown in every cell.

    sources holds the origin of each figure; lines the counted records and near misses, one line for each record and
    cell; declared the declarations by cell; strays a message for each declaration without a valid cell. If the table
    is the sum of offices, shares holds the shares of every cell that is not a total. exact has the amounts of the cells
    that are printed with fewer decimals (counting.money_decimals); a government adds these up. made_for is None for a table that
    was not counted.

    Raises TableError for a missing cell or for one that the form does not have.
    """

    form: Form
    figures: Mapping[Cell, Figure]
    sources: Mapping[Cell, Source] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    declared: Mapping[Cell, Declaration] = field(default_factory=dict)
    strays: tuple[str, ...] = ()
    shares: Mapping[Cell, tuple[Share, ...]] = field(default_factory=dict)
    exact: Mapping[Cell, Decimal] = field(default_factory=dict)
    made_for: MadeFor | None = None

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

    def amount(self, cell: Cell) -> Figure:
        """Return the figure of a cell, an amount to the 分 even if it is printed with fewer decimals."""
        return self.exact.get(cell, self.figures[cell])

    def source(self, cell: Cell) -> Source:
        """Return the origin of a cell's figure."""
        if isinstance(self.figures[cell], Unknown):
            return "unknown"
        return self.sources.get(cell, "given")

    @cached_property
    def tally(self) -> pd.DataFrame:
        """The lines as a DataFrame with the columns of TALLY."""
        import pandas as pd  # late: a report is made without it

        return pd.DataFrame(self.lines, columns=list(TALLY))

    def counted(self, cell: Cell) -> pd.DataFrame:
        """Return the lines of the records counted in a cell; for a total, those of all its parts."""
        return self._lines(cell, self.tally["reason"] == "")

    def near(self, cell: Cell) -> pd.DataFrame:
        """Return the lines of the near misses of a cell, each with its reason."""
        return self._lines(cell, self.tally["reason"] != "")

    def contributions(self, cell: Cell) -> list[Share]:
        """Return the shares of the offices in a cell; for a total, added up over all its parts."""
        found: dict[tuple[str, str], list[Share]] = defaultdict(list)
        for part in self.form.parts[cell]:
            for share in self.shares.get(part, ()):
                found[share.code, share.name].append(share)
        return [
            Share(code, name, add(share.figure for share in shares), sum(share.records for share in shares))
            for (code, name), shares in found.items()
        ]

    def _lines(self, cell: Cell, wanted: pd.Series) -> pd.DataFrame:
        import pandas as pd

        lines = self.tally[wanted]
        return lines[pd.MultiIndex.from_frame(lines[["row", "column"]]).isin(self.form.parts[cell])]

    @property
    def frame(self) -> pd.DataFrame:
        """Return the figures as a DataFrame with one row for each cell.

        The index is 行 and 列, the labels from the root joined by "/"; the one column is 数量, None for unknown.
        """
        import pandas as pd

        rows = [
            (*("/".join(labels) for labels in self.form.address(cell)), None if isinstance(value, Unknown) else value)
            for cell, value in self.figures.items()
        ]
        frame = pd.DataFrame(rows, columns=["行", "列", "数量"], dtype=object)
        return frame.set_index(["行", "列"])

    def to_json(self) -> list[dict[str, Any]]:
        """Return the cells as in report.json; money with its exact digits, unknown as null."""
        return self._json

    @cached_property
    def _json(self) -> list[dict[str, Any]]:
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
                "records": sum(numbers.get(part, 0) for part in self.form.parts[cell]),
                **({"exact": figure_to_json(self.exact[cell])} if cell in self.exact else {}),
            }
            for cell, value in self.figures.items()
        ]

    def to_html(self, caption: str = "") -> Markup:
        """Return the table as HTML."""
        return draw_form(self.form, lambda cell: tag("td", format_figure(self.figures[cell])), caption)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        mark = part_mark(self.form.key, self.made_for, self.to_json())
        return {"text/html": str(self.to_html()), "text/plain": self._plain(), PART: mark}

    def _plain(self) -> str:
        """Return the table as plain text, one line for each cell."""
        addresses = ((self.form.address(cell), value) for cell, value in self.figures.items())
        return "\n".join(
            f"{'/'.join(rows)}｜{'/'.join(columns)}：{format_figure(value)}" for (rows, columns), value in addresses
        )


def fill(form: Form, known: Mapping[Cell, Figure], sources: Mapping[Cell, Source] | None = None, **rest: Any) -> Table:
    """Return a table with the known figures and all totals. Raises TableError for a cell neither known nor a total."""
    figures: dict[Cell, Figure] = {}
    origins: dict[Cell, Source] = dict(sources or {})
    for cell in form.cells:
        if cell not in form.sums_across and cell not in form.sums_down:
            if cell not in known:
                raise TableError(f"{form.key}: no figure for {cell}")
            figures[cell] = known[cell]
    if extra := known.keys() - figures.keys():
        raise TableError(f"{form.key}: not a cell to be filled: {sorted(extra)}")
    for sums in (form.sums_down, form.sums_across):  # row totals last: they may sum column totals
        for total, parts in sums.items():
            if all(part in figures for part in parts):
                figures[total] = add(figures[part] for part in parts)
                origins[total] = "summed"
    return Table(form, {cell: figures[cell] for cell in form.cells}, origins, **rest)


def add(figures: Iterable[Figure]) -> Figure:
    """Return the sum of figures; Unknown if one of them is unknown."""
    added = list(figures)
    unknown = next((figure for figure in added if isinstance(figure, Unknown)), None)
    return Unknown(f"相加的数里有未知的：{unknown.reason}") if unknown else sum(added)  # type: ignore[arg-type]


def format_figure(figure: Figure) -> str:
    """Return a figure as printed: plain digits, money without trailing zeros, 「—」 for unknown."""
    if isinstance(figure, Decimal):
        return format(figure.normalize() if figure else Decimal(0), "f")
    return str(figure)


def figure_to_json(figure: Figure) -> int | float | None:
    """Return a figure as a JSON number with its exact digits; None for unknown. Raises TableError above 15 digits."""
    if isinstance(figure, Unknown):
        return None
    if isinstance(figure, int) or figure == figure.to_integral_value():
        return int(figure)
    exact = float(figure)
    if Decimal(repr(exact)) != figure:
        raise TableError(f"{figure} has more digits than a JSON number keeps")
    return exact


def figure_from_json(value: float | Decimal | None, why: str = "") -> Figure:
    """Return the figure of a JSON number, with its exact digits; for None, an Unknown with the reason why."""
    if value is None:
        return Unknown(why)
    return Decimal(repr(value)) if isinstance(value, float) else value


def wan_from_fen(fen: int) -> Decimal:
    """Return an amount in 分 as 万元."""
    return Decimal(fen) / FEN_PER_WAN


def rounded(figures: Mapping[Cell, Figure], decimals: int) -> tuple[dict[Cell, Figure], dict[Cell, Decimal]]:
    """Return figures with amounts in so many decimals, halves away from zero, and the amounts that this has changed."""
    unit = Decimal(1).scaleb(-decimals)
    found = {
        cell: figure.quantize(unit, ROUND_HALF_UP) for cell, figure in figures.items() if isinstance(figure, Decimal)
    }
    changed = {
        cell: figure for cell, figure in figures.items() if isinstance(figure, Decimal) and figure != found[cell]
    }
    return {cell: found[cell] if cell in changed else figure for cell, figure in figures.items()}, changed


def _is_figure(value: object) -> bool:
    return isinstance(value, int | Decimal | Unknown) and not isinstance(value, bool)
