"""The example row of every blank register (templates.yaml): what is written in it, and whether a row is one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from ...forms.model import ReportFormat
from ...forms.notices import formats, load_format
from ...yamlfile import read_data
from ..schema import Field, Register, fold_number, registers
from .values import parse, text_of

EXAMPLE = "示例"
"""The first cell of an example row."""


@dataclass(frozen=True)
class Guide:
    """The instructions, the columns of the short forms, and the example row of every register (templates.yaml)."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    example_year: int
    instructions: tuple[str, ...]
    short: dict[str, tuple[str, ...]]
    short_examples: dict[str, dict[str, str]]
    examples: dict[str, dict[str, str]]


@lru_cache
def guide() -> Guide:
    """Return the content of templates.yaml."""
    found: Guide = read_data(Path(__file__).with_name("templates.yaml"), Guide)
    return found


def example_of(register: Register, year: int, *, short: bool = False) -> dict[str, object]:
    """Return the values of an example row by field key, as they are written in its cells."""
    words = {**guide().examples[register.key], **(guide().short_examples[register.key] if short else {})}
    return {key: _value(register[key], word.format(year=year)) for key, word in _in_labels(words, year).items()}


def is_example(register: Register, cells: Mapping[str, object]) -> bool:
    """Return whether the cells of a row, by field key, have nothing but what the example row of some year has there."""
    filled = {key: cell for key, cell in cells.items() if text_of(cell).strip()}
    years = {int(found) for cell in filled.values() for found in _YEAR.findall(text_of(cell))}
    return any(
        all(key in example and _same(register[key], cell, example[key]) for key, cell in filled.items())
        for year in years or {guide().example_year}
        for example in _examples(register, year)
    )


@lru_cache
def example_name(register: str) -> tuple[str, re.Pattern[str]]:
    """Return the first field that must be filled with a text, and the pattern of what the example row has there."""
    words, fields = guide().examples[register], registers()[register].fields
    key = next(field.key for field in fields if field.required and field.type == "text" and field.key in words)
    return key, re.compile(re.escape(words[key]).replace(re.escape("{year}"), r"\d{4}"))


def _examples(register: Register, year: int) -> list[dict[str, object]]:
    short = [True, False] if register.key in guide().short_examples else [False]
    return [example_of(register, year, short=one) for one in short]


def _same(field: Field, cell: Any, example: Any) -> bool:
    if fold_number(text_of(cell)) == fold_number(text_of(example)):
        return True
    try:
        return bool(parse(field, cell) == parse(field, example))
    except ValueError:
        return False


def _in_labels(words: Mapping[str, str], year: int) -> dict[str, str]:
    """Return an example's words, with a cell's row and column replaced by the labels of the year's form."""
    form = next((form for form in _newest(year).forms if form.name == words.get("table")), None)
    if form is None:
        return dict(words)
    row, column = form.address((words["row"], words["column"]))
    return {**words, "row": "/".join(row), "column": "/".join(column)}


def _newest(year: int) -> ReportFormat:
    return load_format(max(year, formats()[0].first_year))


def _value(known: Field, word: str) -> Any:
    if known.type == "date":
        return date.fromisoformat(word)
    if known.type in ("count", "yuan", "number"):
        return Decimal(word)
    return known.label(word)


_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
