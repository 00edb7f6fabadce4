"""Tokens, which are names of figures in a text: each is bound to cells of a table or to a count in a register."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from pydantic import ConfigDict

from ..errors import TextError, nearest
from ..figures.counting.count import count_table
from ..figures.counting.lines import year_bounds
from ..figures.table import Figure, Unknown, add, format_figure
from ..forms.model import Cell, Form
from ..forms.notices import formats
from ..inputs.inputs import Inputs
from ..prose import BoundFigure
from ..registers.schema import registers
from ..registers.store.loading import Records
from ..registers.store.record_columns import RecordColumns, numbers
from ..yamlfile import read_data
from .sentences import FOLDER

SHARE = "占比"
FACTS = ("机关", "年度", "上年", "文号", "通知", "网站", "联系方式", "口径")
MOST_ABSENT = 50
"""How many kinds that a register does not have may be written in the texts of a report."""
MARK_START, MARK_END = "\ue000", "\ue001"
"""The characters around a mark, which represents a figure in a text until it is bound."""
_INNER_QUOTES = str.maketrans("《》", "〈〉")


@dataclass(frozen=True)
class Token:
    """The definition of a token in tokens.yaml: the sum of cells of a table, or a count in a register."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    table: str = ""
    cells: tuple[str, ...] = ()
    register: str = ""
    where: dict[str, bool | str] = field(default_factory=dict)
    by: str = ""
    sum: str = ""
    date: str = ""
    yuan: bool = False


@lru_cache
def tokens() -> dict[str, Token]:
    """Return all tokens by name."""
    found: tuple[Token, ...] = read_data(FOLDER / "tokens.yaml", tuple[Token, ...])
    return {token.name: token for token in found}


@dataclass(frozen=True)
class Quantity:
    """A figure in a template. It is printed as a mark, which the writer finds in the rendered text."""

    value: Figure
    bound: BoundFigure
    marks: list[Quantity]

    def __str__(self) -> str:
        self.marks.append(self)
        return f"{MARK_START}{len(self.marks) - 1}{MARK_END}"

    def _known(self) -> int | Decimal:
        if isinstance(self.value, Unknown):
            raise MissingError
        return self.value

    def __bool__(self) -> bool:
        return self._known() != 0

    def __eq__(self, other: object) -> bool:
        return bool(self._known() == _plain_value(other))

    def __lt__(self, other: object) -> bool:
        return bool(self._known() < _plain_value(other))

    def __gt__(self, other: object) -> bool:
        return bool(self._known() > _plain_value(other))

    def __le__(self, other: object) -> bool:
        return bool(self._known() <= _plain_value(other))

    def __ge__(self, other: object) -> bool:
        return bool(self._known() >= _plain_value(other))

    __hash__ = None  # type: ignore[assignment]


class MissingError(Exception):
    """A text compares or computes with an unknown figure."""


def _plain_value(other: object) -> Any:
    return other._known() if isinstance(other, Quantity) else other


class _KindFigures(Mapping[str, Quantity]):
    """The figures of a token with kinds, by kind: 办理事项["某一类"]."""

    def __init__(self, figures: Figures, token: Token) -> None:
        self._figures, self._token = figures, token

    def __getitem__(self, kind: str) -> Quantity:
        return self._figures.kind_figure(self._token, kind)

    def __iter__(self) -> Iterator[str]:
        return iter(self._figures.kinds(self._token))

    def __len__(self) -> int:
        return len(list(iter(self)))


class Figures:
    """The figures for the texts of one report, each computed on first use."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._known: dict[str, object] = {**dict(zip(FACTS, _facts(inputs), strict=True)), SHARE: self._share}
        self.marks: list[Quantity] = []
        self._members = [Figures(member) for member in inputs.members()]
        self._lines: dict[str, tuple[RecordColumns, dict[str, list[int]]]] = {}
        self._absent: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        """Return the value of a name in a text: a figure, the figures of a token by kind, or a fact."""
        if name not in self._known:
            token = tokens()[name]
            self._known[name] = _KindFigures(self, token) if token.by else self.figure(token)
        return self._known[name]

    def figure(self, token: Token) -> Quantity:
        """Return the figure of a token."""
        declared = _declared(self._inputs.own, token.name)
        if token.table:
            return self._cells(token)
        if self._rolled:
            value = self._sum(lambda member: member.figure(token).value)
            value = declared if declared is not None and isinstance(value, Unknown) else value
            return self._quantity(value, token.name, register=token.register)
        if not self._inputs.own.covers(token.register):
            value = declared if declared is not None else Unknown(f"没有{registers()[token.register].label}")
            return self._quantity(value, token.name, register=token.register)
        return self._quantity(
            _count(token, _records_in_year(token, self._inputs.own)), token.name, register=token.register
        )

    def kind_figure(self, token: Token, kind: str) -> Quantity:
        """Return the figure of one kind of a token; 0 if the year has none of it.

        Raises TextError for a kind that is not in the register but similar to one that is, and for very many that are not.
        """
        name = f'{token.name}["{kind}"]'
        declared = _declared(self._inputs.own, kind)
        if declared is not None:
            return self._quantity(declared, name, register=token.register)
        if self._rolled and kind in self.kinds(token):
            value = self._sum(lambda member: member.office_kind_figure(token, kind))
            return self._quantity(value, name, register=token.register)
        if not self._rolled and not self._inputs.own.covers(token.register):
            return self._quantity(Unknown("没有台账"), name, register=token.register)
        if kind not in self._lines_of(token)[1]:
            self._require_absent(token, kind)
        return self._quantity(self.counted_kind(token, kind), name, register=token.register)

    def _require_absent(self, token: Token, kind: str) -> None:
        """Raise TextError for a kind that is like one of the register; each is looked for once, and not without end."""
        if kind in self._absent:
            return
        label = registers()[token.register].label
        if len(self._absent) >= MOST_ABSENT:
            raise TextError(f"{label}里没有的类别写了 {MOST_ABSENT} 种以上：本年没有的类别，不用指标，直接写文字")
        if near := nearest(kind, self._lines_of(token)[1].keys() - {""}):
            raise TextError(f"{label}里没有“{kind}”这一类{near}确是另一类而本年没有的，不用指标，直接写文字")
        self._absent.add(kind)

    def office_kind_figure(self, token: Token, kind: str) -> Figure:
        """Return an office's figure for one kind of a token, declared or counted; 0 if it has none."""
        declared = _declared(self._inputs.own, kind)
        if declared is not None:
            return declared
        return self.counted_kind(token, kind) if self._inputs.own.covers(token.register) else Unknown("没有台账")

    @property
    def _rolled(self) -> bool:
        return self._inputs.government is not None

    def _sum(self, figure_of: Callable[[Figures], Figure]) -> Figure:
        """Return the sum of a figure over the offices of a government."""
        return add(map(figure_of, self._members)) if self._members else Unknown("没有一个机关报来")

    def counted_kind(self, token: Token, kind: str) -> Figure:
        """Return the count in the register for one kind of a token."""
        lines, places = self._lines_of(token)
        return _count(token, lines.chosen(places.get(kind, [])))

    def _lines_of(self, token: Token) -> tuple[RecordColumns, dict[str, list[int]]]:
        """Return the records of the year that a token counts and the places among them of each kind of the register."""
        if token.name not in self._lines:
            lines = _records_in_year(token, self._inputs.own)
            places: dict[str, list[int]] = {kind: [] for kind in self._inputs.own.of_year(token.register)[token.by]}
            for place, kind in enumerate(lines[token.by]):
                places[kind].append(place)
            self._lines[token.name] = lines, places
        return self._lines[token.name]

    def kinds(self, token: Token) -> list[str]:
        """Return the kinds of a token in the register of the year."""
        if self._rolled:
            return sorted({kind for member in self._members for kind in member.kinds(token)})
        return sorted(kind for kind, places in self._lines_of(token)[1].items() if kind and places)

    def _cells(self, token: Token) -> Quantity:
        inputs = self._inputs
        table = count_table(token.table, inputs.records, inputs.form, inputs.params)
        cells = _matching(table.form, token.cells)
        value = add(table[cell] for cell in cells) if cells else Unknown("本年的格式没有这一项")
        row, _, column = token.cells[0].partition("|")
        named = cells[0] if len(cells) == 1 else (row.rstrip("*."), column.rstrip("*."))
        return self._quantity(value, token.name, table=token.table, cell=named)

    def _share(self, part: Quantity, total: Quantity) -> Quantity:
        """Return one figure as a percentage of another, with two decimals. Raises TextError for other values."""
        if not isinstance(part, Quantity) or not isinstance(total, Quantity):
            raise TextError(f"{SHARE} 里要写两个指标，如 {{{{ {SHARE}(予以公开, 办结申请) }}}}")
        if isinstance(part.value, Unknown) or isinstance(total.value, Unknown) or not total.value:
            value: Figure = Unknown("没有可比的数")
        else:
            value = round(Decimal(part.value) * 100 / Decimal(total.value), 2)
        bound = part.bound
        name = f"{SHARE}({part.bound.token}, {total.bound.token})"
        text = "" if isinstance(value, Unknown) else f"{format_figure(value)}%"
        return Quantity(value, BoundFigure(0, text, name, bound.table, bound.cell, bound.register), self.marks)

    def _quantity(
        self, value: Figure, token: str, table: str = "", cell: Cell | None = None, register: str = ""
    ) -> Quantity:
        return Quantity(value, BoundFigure(0, format_figure(value), token, table, cell, register), self.marks)


@lru_cache(maxsize=4)
def report_figures(inputs: Inputs) -> Figures:
    """Return the figures of one report, cached for all its texts."""
    return Figures(inputs)


@dataclass(frozen=True)
class DeclaredMetric:
    """A figure declared for the text; counted is the figure by the records of the year, None without one."""

    name: str
    declared: Figure
    counted: Figure | None
    known: bool
    nearest: str = ""


def declared_metrics(inputs: Inputs) -> tuple[DeclaredMetric, ...]:
    """Return every figure declared for the text of the year, with the figure by tables and registers."""
    names = dict.fromkeys(name for name in inputs.own.of_year("declared")["metric"] if name)
    return tuple(_declared_metric(name, inputs) for name in names)


def _declared_metric(name: str, inputs: Inputs) -> DeclaredMetric:
    declared = _declared(inputs.own, name)
    assert declared is not None
    figures = report_figures(inputs)
    token = tokens().get(name)
    if token is not None and not token.by:
        if token.table or inputs.own.covers(token.register):
            value = figures.figure(token).value
            return DeclaredMetric(name, declared, None if isinstance(value, Unknown) else value, known=True)
        return DeclaredMetric(name, declared, None, known=True)
    split = [token for token in tokens().values() if token.by]
    kinds = {kind: token for token in split if inputs.own.covers(token.register) for kind in figures.kinds(token)}
    if name in kinds:
        return DeclaredMetric(name, declared, figures.counted_kind(kinds[name], name), known=True)
    known = any(not inputs.own.covers(token.register) for token in split)
    return DeclaredMetric(name, declared, None, known, nearest(name, [*tokens(), *kinds]))


def processing_fees(inputs: Inputs) -> tuple[int, int] | None:
    """Return the number of requests with 信息处理费 paid in the year and the amount in 分; None without the register."""
    if inputs.government is not None:
        paid = [_processing_fees(member.own) for member in inputs.members()]
        known = [fees for fees in paid if fees is not None]
        return (sum(n for n, _ in known), sum(fen for _, fen in known)) if known and len(known) == len(paid) else None
    return _processing_fees(inputs.own)


def _processing_fees(records: Records) -> tuple[int, int] | None:
    if not records.covers("requests"):
        return None
    amount = tokens()["信息处理费金额"]
    lines = _records_in_year(amount, records)
    return len(lines), int(numbers(lines[amount.sum]).sum())


@lru_cache(maxsize=512)
def _matching(form: Form, patterns: tuple[str, ...]) -> tuple[Cell, ...]:
    return tuple(cell for pattern in patterns for cell in form.cells if _matches(cell, pattern))


@lru_cache
def find_cells_of_tokens() -> None:
    """Find the cells of every token in every format: a process that forks one child a report calls it before the first."""
    for official in formats():
        for token in tokens().values():
            for form in official.forms:
                if form.key == token.table:
                    _matching(form, token.cells)


def _matches(cell: Cell, pattern: str) -> bool:
    row, _, column = pattern.partition("|")
    return fnmatchcase(cell[0], row) and fnmatchcase(cell[1], column)


def _records_in_year(token: Token, records: Records) -> RecordColumns:
    """Return the records of the year that a token counts."""
    held = records.of_year(token.register)
    first, last = year_bounds(records)
    day = held[token.date or registers()[token.register].event]
    chosen = (day >= first) & (day <= last)
    for key, wanted in token.where.items():
        chosen &= numbers(held[key]) > 0 if wanted == "any" else held[key] == wanted
    return held.chosen(chosen)


def _count(token: Token, lines: RecordColumns) -> Figure:
    if not token.sum:
        return len(lines)
    if blank := sum(value is None for value in lines[token.sum]):
        heading = registers()[token.register][token.sum].heading
        return Unknown(f"有 {blank} 条没有填“{heading}”")
    total = int(numbers(lines[token.sum]).sum())
    return Decimal(total) / 100 if token.yuan else total


def _declared(records: Records, metric: str) -> Figure | None:
    """Return the figure declared for the text under a name, the last one of several."""
    lines = records.of_year("declared")
    values = [Decimal(value) for value in lines["value"][lines["metric"] == metric]]
    if not values:
        return None
    return int(values[-1]) if values[-1] == values[-1].to_integral_value() else values[-1]


def _facts(inputs: Inputs) -> tuple[Any, ...]:
    contact = inputs.params.contact
    named = (
        ("地址", contact.address),
        ("邮编", contact.postcode),
        ("电话", contact.phone),
        ("电子邮箱", contact.email),
    )
    notice = inputs.official.notice
    return (
        inputs.office.name,
        str(inputs.year),
        str(inputs.year - 1),
        notice.number,
        notice.title.translate(_INNER_QUOTES),
        contact.website or "",
        "；".join(f"{name}：{value}" for name, value in named if value),
        inputs.office.scope_label,
    )
