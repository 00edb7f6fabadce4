"""The text of a report: sentences of ours and of the office, with every figure bound to a cell or a count.

A token such as {{ 新收申请 }} takes its figure from a table or a register, so text cannot drift from tables. A
sentence with a figure that is not known is left out whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import ConfigDict, TypeAdapter

from .counting import count_table
from .errors import FormatError, Problem, TextError, nearest
from .forms import Cell
from .inputs import Inputs
from .params import Passage, ReportParams
from .prose import BoundFigure, Paragraph, Prose
from .records.schema import registers
from .records.store import Records
from .tables import Figure, Unknown, add, show
from .yamlfile import read_yaml, validate

TEMPLATES = Path(__file__).with_name("templates")
AUTOMATIC = "自动语句"
_INNER_QUOTES = str.maketrans("《》", "〈〉")
SHARE = "占比"
_FACTS = ("机关", "年度", "上年", "文号", "通知", "网站", "联系方式")


@dataclass(frozen=True)
class Token:
    """A figure that text may name: cells of a table added up, or a count in a register (tokens.yaml)."""

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


@dataclass(frozen=True)
class Sentence:
    """A sentence of ours: zero takes its place when the token `of` is nought, only says for whom it is."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    text: str
    of: str = ""
    zero: str | None = None
    only: Literal["", "government", "fee_statement", "lacking_own"] = ""


@dataclass(frozen=True)
class Aspect:
    """One aspect of the overview: its default sub-heading and sentences."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    key: str
    heading: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Narrative:
    """All sentences of ours (narrative.yaml)."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    opening: tuple[str, ...]
    overview: tuple[Aspect, ...]
    others: tuple[Sentence, ...]


def write_opening(inputs: Inputs) -> Prose:
    """Return the opening under the report's title: its basis, parts, period and contact; empty where not wanted."""
    title = inputs.official.title.format(office=inputs.office.name, year=inputs.year)
    if not inputs.params.layout.opening:
        return Prose("opening", (), title)
    own = inputs.params.text.opening
    source = own if own is not None else "".join(narrative().opening)
    writer = _Writer(inputs)
    return Prose("opening", tuple(writer.paragraphs(source, "text.opening")), title, tuple(writer.omitted))


def write_overview(inputs: Inputs) -> Prose:
    """Return section 一: the lead, then each aspect under its sub-heading, ours or the office's own text."""
    writer = _Writer(inputs)
    text = inputs.params.text.overview
    found = list(writer.paragraphs(text.lead or "", "text.overview.lead"))
    number = 0
    for aspect in narrative().overview:
        passage: Passage = getattr(text, aspect.key)
        written = [] if passage.omit else list(writer.aspect(aspect, passage))
        if written and (heading := aspect.heading if passage.heading is None else passage.heading):
            number += 1
            found.append(Paragraph(_numbered(heading, number, inputs), is_heading=True))
        found += written
    return Prose("overview", tuple(found), inputs.form.section("overview").title, tuple(writer.omitted))


def write_problems(inputs: Inputs) -> Prose:
    """Return section 五 in the office's own words; empty where it wrote none (which blocks)."""
    writer = _Writer(inputs)
    paragraphs = tuple(writer.paragraphs(inputs.params.text.problems or "", "text.problems"))
    return Prose("problems", paragraphs, inputs.form.section("problems").title, tuple(writer.omitted))


def write_others(inputs: Inputs) -> Prose:
    """Return section 六: 信息处理费 where the notice asks for it, and the office's own matters."""
    writer = _Writer(inputs)
    own = inputs.params.text.others
    automatic = writer.sentences(narrative().others, lacking=own is None)
    source = AUTOMATIC_TOKEN if own is None else own
    paragraphs = tuple(writer.paragraphs(source, "text.others", automatic))
    return Prose("others", paragraphs, inputs.form.section("others").title, tuple(writer.omitted))


def write_signature(inputs: Inputs) -> Prose:
    """Return the office's name and the date it signed; empty where not wanted."""
    layout = inputs.params.layout
    if not layout.signature:
        return Prose("signature")
    day = layout.signed_on
    lines = [inputs.office.name, f"{day.year}年{day.month}月{day.day}日" if day else ""]
    return Prose("signature", tuple(Paragraph(line) for line in lines if line))


def check_texts(params: ReportParams) -> list[Problem]:
    """Return everything wrong with the tokens of an office's texts, without any records."""
    problems: list[Problem] = []
    for name, source in _sources(params):
        try:
            _parse(source, name)
        except TextError as error:
            problems += error.problems
    return problems


@lru_cache
def tokens() -> dict[str, Token]:
    """Return every token by its name."""
    document = read_yaml(TEMPLATES / "tokens.yaml")
    found, problems = validate(TypeAdapter(tuple[Token, ...]), document)
    if problems:
        raise FormatError(problems=problems)
    return {token.name: token for token in found}


@lru_cache
def narrative() -> Narrative:
    """Return the sentences of ours."""
    document = read_yaml(TEMPLATES / _OURS)
    found, problems = validate(TypeAdapter(Narrative), document)
    if problems:
        raise FormatError(problems=problems)
    return found  # type: ignore[no-any-return]


# --- figures ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Quantity:
    """A figure in a text. Its text is a mark, so that the writer can find it again in what it wrote."""

    value: Figure
    bound: BoundFigure
    marks: list[Quantity]

    def __str__(self) -> str:
        self.marks.append(self)
        return f"{_OPEN}{len(self.marks) - 1}{_CLOSE}"

    def _known(self) -> int | Decimal:
        if isinstance(self.value, Unknown):
            raise _Missing
        return self.value

    def __bool__(self) -> bool:
        return self._known() != 0

    def __eq__(self, other: object) -> bool:
        return bool(self._known() == _plain(other))

    def __lt__(self, other: object) -> bool:
        return bool(self._known() < _plain(other))

    def __gt__(self, other: object) -> bool:
        return bool(self._known() > _plain(other))

    def __le__(self, other: object) -> bool:
        return bool(self._known() <= _plain(other))

    def __ge__(self, other: object) -> bool:
        return bool(self._known() >= _plain(other))

    __hash__ = None  # type: ignore[assignment]


class _Missing(Exception):  # noqa: N818
    """A text asks about a figure that is not known."""


def _plain(other: object) -> Any:
    return other._known() if isinstance(other, Quantity) else other


class _Kinds(Mapping[str, Quantity]):
    """The figures of a token that is split by kind: 办理事项["某一类"]."""

    def __init__(self, figures: Figures, token: Token) -> None:
        self._figures, self._token = figures, token

    def __getitem__(self, kind: str) -> Quantity:
        return self._figures.of_kind(self._token, kind)

    def __iter__(self) -> Iterator[str]:
        return iter(self._figures.kinds(self._token))

    def __len__(self) -> int:
        return len(list(iter(self)))


class Figures:
    """The figures that the texts of one report may name, each looked up when it is first asked for."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self.marks: list[Quantity] = []

    def context(self) -> dict[str, Any]:
        """The names that a text may use."""
        facts = dict(zip(_FACTS, _facts(self._inputs), strict=True))
        figures = {name: _Kinds(self, token) if token.by else self.of(token) for name, token in tokens().items()}
        return {**facts, **figures, SHARE: self._share}

    def of(self, token: Token) -> Quantity:
        """The figure of a token."""
        declared = _declared(self._inputs.records, token.name)
        if token.table:
            return self._cells(token)
        if not self._inputs.records.covers(token.register):
            value = declared if declared is not None else Unknown(f"没有{registers()[token.register].label}")
            return self._quantity(value, token.name, register=token.register)
        return self._quantity(_count(token, _within(token, self._inputs.records)), token.name, register=token.register)

    def of_kind(self, token: Token, kind: str) -> Quantity:
        """The figure of one kind of a split token. Raises TextError where the register knows no such kind."""
        name = f'{token.name}["{kind}"]'
        declared = _declared(self._inputs.records, kind)
        if declared is not None:
            return self._quantity(declared, name, register=token.register)
        if not self._inputs.records.covers(token.register):
            return self._quantity(Unknown("没有台账"), name, register=token.register)
        if kind not in self.kinds(token):
            label = registers()[token.register].label
            raise TextError(f"{label}里本年没有“{kind}”这一类{nearest(kind, self.kinds(token))}")
        lines = _within(token, self._inputs.records)
        return self._quantity(_count(token, lines[lines[token.by] == kind]), name, register=token.register)

    def kinds(self, token: Token) -> list[str]:
        """The kinds of a split token that the register holds in the year."""
        return sorted(set(_within(token, self._inputs.records)[token.by]) - {""})

    def _cells(self, token: Token) -> Quantity:
        inputs = self._inputs
        table = count_table(token.table, inputs.records, inputs.form, inputs.params)
        cells = [cell for pattern in token.cells for cell in table.form.cells if _matches(cell, pattern)]
        value = add(table[cell] for cell in cells) if cells else Unknown("本年的格式没有这一项")
        row, _, column = token.cells[0].partition("|")
        named = cells[0] if len(cells) == 1 else (row.rstrip("*."), column.rstrip("*."))
        return self._quantity(value, token.name, table=token.table, cell=named)

    def _share(self, part: Quantity, whole: Quantity) -> Quantity:
        """One figure as a percentage of another, to two places."""
        if isinstance(part.value, Unknown) or isinstance(whole.value, Unknown) or not whole.value:
            value: Figure = Unknown("没有可比的数")
        else:
            value = round(Decimal(part.value) * 100 / Decimal(whole.value), 2)
        bound = part.bound
        name = f"{SHARE}({part.bound.token}, {whole.bound.token})"
        text = "" if isinstance(value, Unknown) else f"{show(value)}%"
        return Quantity(value, BoundFigure(0, text, name, bound.table, bound.cell, bound.register), self.marks)

    def _quantity(
        self, value: Figure, token: str, table: str = "", cell: Cell | None = None, register: str = ""
    ) -> Quantity:
        return Quantity(value, BoundFigure(0, show(value), token, table, cell, register), self.marks)


def processing_fees(records: Records) -> tuple[int, int] | None:
    """Return how many requests paid 信息处理费 in the year and how much in 分; None without the register."""
    if not records.covers("requests"):
        return None
    number, amount = tokens()["信息处理费件数"], tokens()["信息处理费金额"]
    lines = _within(number, records)
    return len(lines), int(lines[amount.sum].sum())


def _matches(cell: Cell, pattern: str) -> bool:
    row, _, column = pattern.partition("|")
    return fnmatchcase(cell[0], row) and fnmatchcase(cell[1], column)


def _within(token: Token, records: Records) -> pd.DataFrame:
    """The records of the year that a token counts."""
    frame = records[token.register]
    day = frame[token.date or registers()[token.register].event]
    frame = frame[day.dt.year == records.year]
    for key, wanted in token.where.items():
        if wanted == "any":
            frame = frame[frame[key].fillna(0) > 0]
        else:
            frame = frame[(frame[key] == wanted).fillna(False).astype(bool)]
    return frame


def _count(token: Token, lines: pd.DataFrame) -> Figure:
    if not token.sum:
        return len(lines)
    total = int(lines[token.sum].sum())
    return Decimal(total) / 100 if token.yuan else total


def _declared(records: Records, metric: str) -> Figure | None:
    lines = records["declared"]
    values = [Decimal(value) for value in lines[lines["metric"] == metric]["value"]]
    if not values:
        return None
    return int(values[-1]) if values[-1] == values[-1].to_integral_value() else values[-1]


def _facts(inputs: Inputs) -> tuple[Any, ...]:
    contact = inputs.params.contact
    named = (("地址", contact.address), ("邮编", contact.postcode), ("电话", contact.phone), ("电子邮箱", contact.email))
    notice = inputs.official.notice
    return (
        inputs.office.name,
        inputs.year,
        inputs.year - 1,
        notice.number,
        notice.title.translate(_INNER_QUOTES),
        contact.website or "",
        "；".join(f"{name}：{value}" for name, value in named if value),
    )


# --- writing ------------------------------------------------------------------------------------------------

_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?\n]?[”’）]*")
_OURS = "narrative.yaml"
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
AUTOMATIC_TOKEN = "{{ " + AUTOMATIC + " }}"

_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


class _Writer:
    """Fills in the texts of one report."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._figures = Figures(inputs)
        self._context = self._figures.context()
        self.omitted: list[str] = []

    def paragraphs(self, source: str, name: str, automatic: str = "") -> Iterator[Paragraph]:
        """The paragraphs of a text with its figures filled in; a blank line parts two."""
        written = self._fill(source, name, automatic)
        for part in _BLANK_LINE.split(written):
            paragraph = self._bind("".join(line.strip() for line in part.splitlines()))
            if paragraph.text:
                yield paragraph

    def aspect(self, aspect: Aspect, passage: Passage) -> Iterator[Paragraph]:
        """The paragraphs of one aspect: the office's own text, or ours."""
        automatic = self.sentences(aspect.sentences, lacking=passage.text is None)
        source = AUTOMATIC_TOKEN if passage.text is None else passage.text
        yield from self.paragraphs(source, f"text.overview.{aspect.key}.text", automatic)

    def sentences(self, sentences: tuple[Sentence, ...], *, lacking: bool) -> str:
        """Our sentences that this office and year call for, with the figures marked."""
        wanted = {
            "": True,
            "government": self._inputs.office.kind.government,
            "fee_statement": self._inputs.official.requires.fee_statement,
            "lacking_own": lacking,
        }
        return "".join(self._sentence(sentence) for sentence in sentences if wanted[sentence.only])

    def _sentence(self, sentence: Sentence) -> str:
        source = sentence.text
        if sentence.of and sentence.zero is not None:
            figure: Quantity = self._context[sentence.of]
            if isinstance(figure.value, Unknown):
                return ""
            source = sentence.text if figure.value else sentence.zero
        return self._fill(source, _OURS)

    def _fill(self, source: str, name: str, automatic: str = "") -> str:
        """The text with a mark for every figure, without the sentences whose figures are not known."""
        template = _parse(source, name)
        try:
            written = template.render({**self._context, AUTOMATIC: automatic})
        except _Missing:
            self.omitted.append(f"{name} 整段")
            return ""
        except TextError as error:
            raise TextError(problems=[Problem(str(error), name)]) from None
        except (TemplateError, TypeError, ArithmeticError) as error:
            raise TextError(problems=[Problem(f"这段文字填不出来（{error}）", name)]) from None
        kept = []
        for sentence in _SENTENCE.findall(written):
            if missing := self._missing(sentence):
                self.omitted += missing if name != _OURS else []
            else:
                kept.append(sentence)
        return "".join(kept)

    def _missing(self, sentence: str) -> list[str]:
        """The tokens of a sentence whose figures are not known."""
        marks = [self._figures.marks[int(i)] for i in _MARK.findall(sentence)]
        return [mark.bound.token for mark in marks if isinstance(mark.value, Unknown)]

    def _bind(self, marked: str) -> Paragraph:
        """The paragraph with its marks replaced by figures that know where they stand."""
        text, figures, end = "", [], 0
        for mark in _MARK.finditer(marked):
            bound = self._figures.marks[int(mark[1])].bound
            text += marked[end : mark.start()]
            figures.append(
                BoundFigure(len(text), bound.text, bound.token, bound.table, bound.cell, bound.register)
            )
            text += bound.text
            end = mark.end()
        return Paragraph(text + marked[end:], tuple(figures))


def _parse(source: str, name: str) -> Any:
    """The template of a text. Raises TextError for wrong syntax and for every name that is not known."""
    try:
        parsed = _environment.parse(source)
    except TemplateSyntaxError as error:
        raise TextError(
            problems=[Problem("花括号的写法不对，应像 {{ 新收申请 }}", name, line=error.lineno)]
        ) from None
    known = {*tokens(), *_FACTS, AUTOMATIC, SHARE}
    strange = sorted(meta.find_undeclared_variables(parsed) - known)
    if strange:
        raise TextError(
            problems=[Problem(f"没有“{word}”这个指标{nearest(word, known)}", name, line=_line_of(source, word)) for word in strange]
        )
    return _environment.from_string(source)


def _line_of(source: str, word: str) -> int:
    return source[: source.find(word)].count("\n") + 1


def _sources(params: ReportParams) -> Iterator[tuple[str, str]]:
    text = params.text
    named: dict[str, str | None] = {
        "text.opening": text.opening,
        "text.overview.lead": text.overview.lead,
        "text.problems": text.problems,
        "text.others": text.others,
    }
    for aspect in narrative().overview:
        named[f"text.overview.{aspect.key}.text"] = getattr(text.overview, aspect.key).text
    yield from ((name, source) for name, source in named.items() if source)


def _numbered(heading: str, number: int, inputs: Inputs) -> str:
    style = inputs.params.layout
    if style.numbering == "arabic":
        return f"{number}.{heading}"
    if style.numbering == "none":
        return heading
    chinese = f"（{'一二三四五六七八九十'[number - 1]}）"
    return (chinese if style.brackets == "full" else chinese.replace("（", "(").replace("）", ")")) + heading


__all__ = [
    "Figures", "check_texts", "narrative", "processing_fees", "tokens", "write_opening",
    "write_others", "write_overview", "write_problems", "write_signature",
]
