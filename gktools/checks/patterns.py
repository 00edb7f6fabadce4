"""The phrases for figures in a text, as data (patterns.yaml), and the parsing of their numbers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from math import prod
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, TypeAdapter

from ..errors import FormatError
from ..yamlfile import UnreadableYamlError, read_yaml, validate
from .rules import FOLDER

Regex = re.Pattern[str]
_STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


def _compiled(value: object) -> Any:
    """Return a compiled pattern, with {n} replaced by the pattern of a number."""
    if not isinstance(value, str):
        return value
    try:
        return re.compile(value.replace("{n}", rf"\s*(?P<n>{_number()})\s*"))
    except re.error as error:
        raise ValueError(f"不是可用的正则表达式：{error}") from None


Pattern = Annotated[Regex, BeforeValidator(_compiled)]


@dataclass(frozen=True)
class Statement:
    """A kind of figure that a text may state, and the cells of which it must be the sum.

    rows and columns are keys or prefixes of keys; carried are the rows added if the passage includes requests carried
    in. The figure is skipped if unless matches the clause or elsewhere the sentence before it, or if context does not
    match the paragraph. sections: where it may occur, empty for all sections. stated: its name in a file of figures.
    """

    __pydantic_config__ = _STRICT

    key: str
    code: str
    title: str
    patterns: tuple[Pattern, ...]
    table: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    carried: tuple[str, ...] = ()
    zeros: tuple[Pattern, ...] = ()
    unless: Pattern | None = None
    elsewhere: Pattern | None = None
    context: Pattern | None = None
    sections: tuple[str, ...] = ()
    stated: Pattern | None = None


@dataclass(frozen=True)
class FeePatterns:
    """The phrases for 信息处理费."""

    __pydantic_config__ = _STRICT

    count: tuple[Pattern, ...]
    amount: tuple[Pattern, ...]
    none: tuple[Pattern, ...]
    mention: Pattern
    notice: Pattern
    stated_count: Pattern
    stated_amount: Pattern


@dataclass(frozen=True)
class Publications:
    """The phrases for information published on the office's own initiative."""

    __pydantic_config__ = _STRICT

    patterns: tuple[Pattern, ...]
    unless: Pattern


@dataclass(frozen=True)
class Parts:
    """The phrases for the parts of a number."""

    __pydantic_config__ = _STRICT

    unit: str
    marker: str
    name: str
    aside: Pattern
    unrelated: Pattern
    partial: Pattern
    stop: Pattern
    stated: Pattern
    stated_total: Pattern
    stated_list: Pattern


@dataclass(frozen=True)
class Assertion:
    """A phrase about outcomes, and the columns that must be 0 if it occurs."""

    __pydantic_config__ = _STRICT

    pattern: Pattern
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Duty:
    """A subject that a government's report must mention (条例 50(4))."""

    __pydantic_config__ = _STRICT

    name: str
    pattern: Pattern


@dataclass(frozen=True)
class TypedFigure:
    """The definition of a figure typed into a text: its units, and the words before it that exclude it.

    more is what may follow its digits, between what may stand before its unit; words are numbers without digits or without
    a unit, as patterns in which {unit} is any unit.
    """

    __pydantic_config__ = _STRICT

    unit: str
    more: str
    between: str
    not_after: str
    chinese_at_least: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class Neighbours:
    """What directly before or after a figure changes what it says; money if an amount in another unit does too.

    before and after are patterns of which one has to match. The group about is what a share may have before it; comma,
    what may also separate two figures of a list.
    """

    __pydantic_config__ = _STRICT

    before: tuple[str, ...]
    after: tuple[str, ...]
    money: bool = False


@dataclass(frozen=True)
class JoinedFigures:
    """What may not be joined to a bound figure, by the code of the rule; units are those of tokens for amounts.

    classes are what {…} stands for in the patterns. money is where the unit of an amount stands, its named group.
    """

    __pydantic_config__ = _STRICT

    classes: dict[str, str]
    rules: dict[str, Neighbours]
    money: Neighbours
    units: dict[str, str]


@dataclass(frozen=True)
class Patterns:
    """The content of patterns.yaml."""

    __pydantic_config__ = _STRICT

    number: str
    suffixed_number: Pattern
    sentence_end: Pattern
    clause_end: Pattern
    remark_end: Pattern
    moment: Pattern
    inclusive: Pattern
    scope: Pattern
    share: Pattern
    statements: tuple[Statement, ...]
    fees: FeePatterns
    publications: Publications
    parts: Parts
    assertions: tuple[Assertion, ...]
    assertion_groups: tuple[Assertion, ...]
    year_mention: Pattern
    quoted: Pattern
    period: Pattern
    notice: Pattern
    other_notices: tuple[str, ...]
    office_mentions: tuple[Pattern, ...]
    liaison: Pattern
    nothing: Pattern
    ordinal_item: Pattern
    improvement: Pattern
    problem: Pattern
    ordinals: tuple[Pattern, ...]
    remnants: tuple[Pattern, ...]
    government: tuple[Duty, ...]
    figure: TypedFigure
    joined: JoinedFigures
    places: dict[str, str]
    label_variants: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)


@lru_cache
def patterns() -> Patterns:
    """Return the patterns of patterns.yaml. Raises FormatError, with file and line, for an invalid file."""
    found, problems = validate(TypeAdapter(Patterns), _document())
    if problems:
        raise FormatError(problems=problems)
    return found  # type: ignore[no-any-return]


@lru_cache
def compile_pattern(pattern: str) -> Regex:
    """Return a compiled pattern, cached."""
    return re.compile(pattern)


@lru_cache
def _number() -> str:
    return str(_document().data["number"])


@lru_cache
def _document() -> Any:
    try:
        return read_yaml(FOLDER / "patterns.yaml")
    except UnreadableYamlError as error:
        raise FormatError(problems=[error.problem]) from None


DIGITS = {
    digit: value
    for value, digits in enumerate(("零〇○", "一", "二两", "三", "四", "五", "六", "七", "八", "九"))
    for digit in digits
}
SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}


def parse_number(text: str) -> Decimal:
    """Return the value of a number in Arabic digits, of either width, or in Chinese digits, with 百, 千, 万, 亿.

    >>> [int(parse_number(text)) for text in ("1,234", "１，２３４", "十二", "三百零五", "二〇二四", "1.5万", "三万五千")]
    [1234, 1234, 12, 305, 2024, 15000, 35000]
    """
    text = unicodedata.normalize("NFKC", text)
    if text[0].isdecimal():
        digits = text.rstrip("".join(SCALES))
        return Decimal(digits.replace(",", "")) * prod(SCALES[scale] for scale in text[len(digits) :])
    if not any(character in SCALES for character in text):
        return Decimal("".join(str(DIGITS[character]) for character in text))
    for large in ("亿", "万"):
        if large in text:
            above, _, below = text.rpartition(large)
            return parse_number(above or "一") * SCALES[large] + (parse_number(below) if below else 0)
    return Decimal(_scaled(text))


def _scaled(text: str) -> int:
    total = digit = 0
    for character in text:
        if character in SCALES:
            total += (digit or 1) * SCALES[character]
            digit = 0
        else:
            digit = DIGITS[character]
    return total + digit
