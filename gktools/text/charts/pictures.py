"""Which figures a picture shows, and what they are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict

from ...figures.previous_year import comparable, previous_year
from ...figures.table import Figure, Table, Unknown, figure_to_json, format_figure
from ...forms.model import Cell, Form, Heading, plain
from ...inputs.inputs import Inputs
from ...prose import PART
from ...yamlfile import read_data
from .vegalite import VEGA_LITE, beneath, vega_lite

PICTURES = "pictures"
"""The key of the part of the page that holds the pictures."""


@dataclass(frozen=True)
class Plotted:
    """A figure in a picture: what it is called there, the cell it is, and the year and the office of that cell."""

    name: str
    table: str
    cell: Cell
    year: int
    value: int | Decimal
    code: str = ""

    def to_json(self) -> dict[str, Any]:
        """The figure as the notebook carries it."""
        data = {
            "name": self.name,
            "table": self.table,
            "row_key": self.cell[0],
            "column_key": self.cell[1],
            "year": self.year,
            "value": figure_to_json(self.value),
        }
        return data | ({"office": self.code} if self.code else {})


@dataclass(frozen=True)
class Picture:
    """One picture: its title, its figures in printed order and what they count.

    left_out says that cells of nought are not shown, unknown names those that have no figure.
    """

    key: str
    title: str
    unit: str
    figures: tuple[Plotted, ...]
    left_out: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """The years compared, the report's own first."""
        return tuple(sorted({figure.year for figure in self.figures}, reverse=True))

    @property
    def caption(self) -> str:
        """What stands under the picture."""
        notes = [f"单位：{self.unit}"]
        notes += ["未列出的为0"] if self.left_out else []
        notes += [f"{'、'.join(self.unknown)}没有数"] if self.unknown else []
        return f"{self.title}（{'；'.join(notes)}）"

    @property
    def description(self) -> str:
        """The picture in a sentence with all its figures, for those who do not see it."""
        if len(self.years) == 1:
            return "，".join(f"{figure.name}{format_figure(figure.value)}{self.unit}" for figure in self.figures) + "。"
        groups = groupby(self.figures, lambda figure: figure.name)
        said = ((name, (f"{f.year}年{format_figure(f.value)}{self.unit}" for f in figures)) for name, figures in groups)
        return "；".join(f"{name}：{'，'.join(values)}" for name, values in said) + "。"

    def to_json(self) -> dict[str, Any]:
        """The picture as the notebook carries it: its words, its figures, and how it is drawn."""
        return {
            "key": self.key,
            "title": self.title,
            "caption": self.caption,
            "description": self.description,
            "figures": [figure.to_json() for figure in self.figures],
            "vega_lite": self.vega_lite,
        }

    @property
    def vega_lite(self) -> dict[str, Any]:
        """How the picture is drawn."""
        data = [(figure.name, figure.year, figure.value) for figure in self.figures]
        return vega_lite(data)

    @property
    def chart(self) -> Any:
        """The picture as an Altair chart, to go on working with. Needs the extra charts."""
        from altair import Chart

        return Chart.from_dict(self.vega_lite)


@dataclass(frozen=True)
class Pictures:
    """The pictures of a report, in the order asked for."""

    pictures: tuple[Picture, ...]

    def __getitem__(self, key: str) -> Picture:
        return {picture.key: picture for picture in self.pictures}[key]

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {
            "text/plain": "\n".join(f"{picture.caption}\n{picture.description}" for picture in self.pictures),
            VEGA_LITE: beneath([(picture.caption, picture.vega_lite) for picture in self.pictures]),
            PART: {"key": PICTURES, "pictures": [picture.to_json() for picture in self.pictures]},
        }


def draw_pictures(inputs: Inputs, *tables: Table) -> Pictures | None:
    """Return the pictures that the office wants of its tables (layout.pictures); None where there are none.

    A picture whose figures are all nought or not known is left out, as is that of offices compared where the tables
    are not the sum of offices.
    """
    found = (_draw(_plans()[key], inputs, tables) for key in dict.fromkeys(inputs.params.layout.pictures))
    pictures = tuple(picture for picture in found if any(figure.value for figure in picture.figures))
    return Pictures(pictures) if pictures else None


@dataclass(frozen=True)
class _Plan:
    """What a picture shows: cells of a table by keys, "*" for all below one; and what names them."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    key: str
    title: str
    table: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    names: Literal["rows", "columns", "offices"] = "rows"
    beside_last_year: bool = False


@lru_cache
def _plans() -> Mapping[str, _Plan]:
    plans: tuple[_Plan, ...] = read_data(Path(__file__).with_name("pictures.yaml"), tuple[_Plan, ...])
    return {plan.key: plan for plan in plans}


_Candidate = tuple[str, Cell, int, Figure]
"""A name, a cell, its year and its figure, before it is known whether it is shown."""


def _draw(plan: _Plan, inputs: Inputs, tables: tuple[Table, ...]) -> Picture:
    table = next(table for table in tables if table.form.key == plan.table)
    cells = list(_cells(plan, table.form))
    if plan.names == "offices":
        shares = [share for share in table.contributions(cells[0]) if share.code]
        candidates = [(share.name, cells[0], inputs.year, share.figure) for share in shares]
    else:
        candidates = [(_name(plan, table.form, cell), cell, inputs.year, table[cell]) for cell in cells]
    if plan.beside_last_year:
        candidates = _beside(candidates, _figures(inputs, plan.table), inputs.year - 1)
    return _picture(plan, inputs.year, table.form.unit(cells[0]), candidates)


def _picture(plan: _Plan, year: int, unit: str, candidates: list[_Candidate]) -> Picture:
    unknown = dict.fromkeys(name for name, _, _, figure in candidates if isinstance(figure, Unknown))
    known = [
        Plotted(name, plan.table, cell, of, figure, name if plan.names == "offices" else "")
        for name, cell, of, figure in candidates
        if name not in unknown and not isinstance(figure, Unknown)
    ]
    named = {figure.name for figure in known if figure.value}
    shown = tuple(figure for figure in known if figure.name in named)
    return Picture(plan.key, plan.title.format(year=year), unit, shown, len(shown) < len(known), tuple(unknown))


def _cells(plan: _Plan, form: Form) -> Iterator[Cell]:
    """The cells of a plan in printed order, without the totals among those below a "*"."""
    for cell in form.cells:
        among = _above(plan) is None or not _chain(plan, form, cell)[-1].is_total
        if among and _fits(cell[0], plan.rows) and _fits(cell[1], plan.columns):
            yield cell


def _fits(path: str, patterns: tuple[str, ...]) -> bool:
    return any(path.startswith(p.removesuffix("*")) if p.endswith("*") else path == p for p in patterns)


def _chain(plan: _Plan, form: Form, cell: Cell) -> tuple[Heading, ...]:
    """The headings that a figure is named by, from the root."""
    return form.columns(cell) if plan.names == "columns" else form.rows(cell)


def _above(plan: _Plan) -> int | None:
    """How many headings stand above the "*" of a plan; None where it has none."""
    patterns = plan.columns if plan.names == "columns" else plan.rows
    return next((pattern.count(".") for pattern in patterns if pattern.endswith("*")), None)


def _name(plan: _Plan, form: Form, cell: Cell) -> str:
    """What a figure is called: its headings below those that the whole picture stands under."""
    chain = _chain(plan, form, cell)[_above(plan) or 0 :]
    return "：".join(plain(heading.label) for heading in chain if not heading.is_total)


def _beside(candidates: list[_Candidate], before: Mapping[Cell, Figure], year: int) -> list[_Candidate]:
    """Each figure with last year's beside it; nothing at all where last year is not known."""
    pairs = [(mine, (mine[0], mine[1], year, before[mine[1]])) for mine in candidates if mine[1] in before]
    return [figure for pair in pairs for figure in pair]


def _figures(inputs: Inputs, table: str) -> dict[Cell, Figure]:
    """Last year's figures of the cells that may be compared, as far as they are known."""
    last = previous_year(inputs)
    if last is None:
        return {}
    pairs = comparable(inputs.year, inputs.official, last, inputs.official[table])
    known = last.figures.get(table, {})
    return {cells[0]: known[before] for cells, before in pairs if len(cells) == 1 and before in known}
