"""The pictures of a report: the figures in them and their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict

from ...figures.previous_year import comparable_cells, previous_year
from ...figures.table import Figure, Table, Unknown, figure_to_json, format_figure
from ...forms.model import Cell, Form, Heading, short_label
from ...inputs.inputs import Inputs
from ...prose import PART, MadeFor, part_mark
from ...yamlfile import read_data
from .vegalite import VEGA_LITE, bar_chart, stack_charts

PICTURES = "pictures"
"""The key of the part of the page with the pictures."""


@dataclass(frozen=True)
class PlottedFigure:
    """A figure in a picture: its name there, its cell, its year, and the office if offices are compared."""

    name: str
    table: str
    cell: Cell
    year: int
    value: int | Decimal
    code: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the figure as stored in the notebook."""
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
    """One picture: its title, its figures in printed order, and their unit.

    left_out: whether cells with zero are omitted. unknown: the names of cells without a figure.
    """

    key: str
    title: str
    unit: str
    figures: tuple[PlottedFigure, ...]
    left_out: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """The years compared, the report year first."""
        return tuple(sorted({figure.year for figure in self.figures}, reverse=True))

    @property
    def caption(self) -> str:
        """The caption, printed under the picture."""
        notes = [f"单位：{self.unit}"]
        notes += ["未列出的为0"] if self.left_out else []
        notes += [f"{'、'.join(self.unknown)}没有数"] if self.unknown else []
        return f"{self.title}（{'；'.join(notes)}）"

    @property
    def description(self) -> str:
        """The alternative text: a sentence with all figures."""
        if len(self.years) == 1:
            return "，".join(f"{figure.name}{format_figure(figure.value)}{self.unit}" for figure in self.figures) + "。"
        groups = groupby(self.figures, lambda figure: figure.name)
        texts = (
            (name, (f"{f.year}年{format_figure(f.value)}{self.unit}" for f in figures)) for name, figures in groups
        )
        return "；".join(f"{name}：{'，'.join(values)}" for name, values in texts) + "。"

    def to_json(self) -> dict[str, Any]:
        """Return the picture as stored in the notebook: its texts, its figures, and its Vega-Lite description."""
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
        """The picture as Vega-Lite."""
        data = [(figure.name, figure.year, figure.value) for figure in self.figures]
        return bar_chart(data)

    @property
    def chart(self) -> Any:
        """The picture as an Altair chart, for further work. Needs the extra charts."""
        from altair import Chart

        return Chart.from_dict(self.vega_lite)


@dataclass(frozen=True)
class Pictures:
    """The pictures of a report, in the order of the parameter layout.pictures."""

    pictures: tuple[Picture, ...]
    made_for: MadeFor | None = None

    def __getitem__(self, key: str) -> Picture:
        return {picture.key: picture for picture in self.pictures}[key]

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {
            "text/plain": "\n".join(f"{picture.caption}\n{picture.description}" for picture in self.pictures),
            VEGA_LITE: stack_charts([(picture.caption, picture.vega_lite) for picture in self.pictures]),
            PART: part_mark(PICTURES, self.made_for) | {"pictures": [picture.to_json() for picture in self.pictures]},
        }


def draw_pictures(inputs: Inputs, *tables: Table) -> Pictures | None:
    """Return the pictures of the tables that the office has chosen (layout.pictures); None for none.

    A picture without a figure other than zero is omitted, as is a comparison of offices if the tables are not the sum
    of offices.
    """
    found = (_draw(_plans()[key], inputs, tables) for key in dict.fromkeys(inputs.params.layout.pictures))
    pictures = tuple(picture for picture in found if any(figure.value for figure in picture.figures))
    asked = MadeFor(inputs.office.code, inputs.year)
    made_for = next((table.made_for for table in tables if table.made_for != asked), asked)
    return Pictures(pictures, made_for) if pictures else None


@dataclass(frozen=True)
class _Plan:
    """The plan of a picture: cells of a table by keys, with "*" for all keys below one; names: the source of names."""

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
"""A figure that may be shown: its name, cell, year and value."""


def _draw(plan: _Plan, inputs: Inputs, tables: tuple[Table, ...]) -> Picture:
    table = next(table for table in tables if table.form.key == plan.table)
    cells = list(_cells(plan, table.form))
    if plan.names == "offices":
        shares = [share for share in table.contributions(cells[0]) if share.code]
        candidates = [(share.name, cells[0], inputs.year, share.figure) for share in shares]
    else:
        candidates = [(_name(plan, table.form, cell), cell, inputs.year, table[cell]) for cell in cells]
    if plan.beside_last_year:
        candidates = _with_last_year(candidates, _last_year_figures(inputs, plan.table), inputs.year - 1)
    return _picture(plan, inputs.year, table.form.unit(cells[0]), candidates)


def _picture(plan: _Plan, year: int, unit: str, candidates: list[_Candidate]) -> Picture:
    unknown = dict.fromkeys(name for name, _, _, figure in candidates if isinstance(figure, Unknown))
    known = [
        PlottedFigure(name, plan.table, cell, of, figure, name if plan.names == "offices" else "")
        for name, cell, of, figure in candidates
        if name not in unknown and not isinstance(figure, Unknown)
    ]
    named = {figure.name for figure in known if figure.value}
    shown = tuple(figure for figure in known if figure.name in named)
    return Picture(plan.key, plan.title.format(year=year), unit, shown, len(shown) < len(known), tuple(unknown))


def _cells(plan: _Plan, form: Form) -> Iterator[Cell]:
    """Yield the cells of a plan in printed order, without totals below a "*"."""
    for cell in form.cells:
        among = _wildcard_depth(plan) is None or not _chain(plan, form, cell)[-1].is_total
        if among and _matches(cell[0], plan.rows) and _matches(cell[1], plan.columns):
            yield cell


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    return any(path.startswith(p.removesuffix("*")) if p.endswith("*") else path == p for p in patterns)


def _chain(plan: _Plan, form: Form, cell: Cell) -> tuple[Heading, ...]:
    """Return the headings for the name of a figure, from the root."""
    return form.columns(cell) if plan.names == "columns" else form.rows(cell)


def _wildcard_depth(plan: _Plan) -> int | None:
    """Return the number of headings above the "*" of a plan; None without one."""
    patterns = plan.columns if plan.names == "columns" else plan.rows
    return next((pattern.count(".") for pattern in patterns if pattern.endswith("*")), None)


def _name(plan: _Plan, form: Form, cell: Cell) -> str:
    """Return the name of a figure: its headings below those common to the picture."""
    chain = _chain(plan, form, cell)[_wildcard_depth(plan) or 0 :]
    return "：".join(short_label(heading.label) for heading in chain if not heading.is_total)


def _with_last_year(candidates: list[_Candidate], before: Mapping[Cell, Figure], year: int) -> list[_Candidate]:
    """Return each figure followed by last year's; figures without a known figure of last year are left out."""
    pairs = [(mine, (mine[0], mine[1], year, before[mine[1]])) for mine in candidates if mine[1] in before]
    return [figure for pair in pairs for figure in pair]


def _last_year_figures(inputs: Inputs, table: str) -> dict[Cell, Figure]:
    """Return last year's known figures of the comparable cells."""
    last = previous_year(inputs)
    if last is None:
        return {}
    pairs = comparable_cells(inputs.year, inputs.official, last, inputs.official[table])
    known = last.figures.get(table, {})
    return {cells[0]: known[before] for cells, before in pairs if len(cells) == 1 and before in known}
