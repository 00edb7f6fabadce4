"""What the names around a table (title_words.yaml) say of all its rows: the titles above it, the names of its sheet and file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict

from ...yamlfile import read_data
from ..schema import registers

NameKind = Literal["title", "sheet", "file"]
"""Where a name stands: above the table, on the tab of its sheet, on its file."""


@dataclass(frozen=True)
class TitleRule:
    """Words which, in a name around a table, say that its rows may not count, with the question and its answers.

    registers are those it is for, all if empty; unless: a pattern of what says otherwise, in the same
    name or, beside the name of the file, in any; settled: columns of which
    each row has one filled if nothing is to be asked; sets: the field that an answer fills where it is empty.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    like: str
    asks: str
    answers: dict[str, str]
    registers: tuple[str, ...] = ()
    unless: str = ""
    settled: tuple[str, ...] = ()
    sets: str = ""


@dataclass(frozen=True)
class UnknownWords:
    """The registers whose titles may only say what is known, the patterns of the names of offices and of what is known beside
    the words of sheets, and what is asked of the rest."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    offices: str
    registers: tuple[str, ...]
    also: str
    asks: str
    answers: dict[str, str]


@dataclass(frozen=True)
class SheetNames:
    """The names of sheets that are doubtful, those that a copied sheet has, and what says nothing of what is in a sheet, by
    register too."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    doubtful: str
    copied: str
    plain: tuple[str, ...]
    of: dict[str, str]


@dataclass(frozen=True)
class TitleBook:
    """The content of title_words.yaml."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    called: dict[NameKind, str]
    notes: str
    denied: str
    offices: str
    without: str
    years: str
    made: str
    any_year: tuple[str, ...]
    year_asks: str
    year_answers: dict[str, str]
    own_asks: str
    own_answers: dict[str, str]
    own: dict[str, str]
    rules: tuple[TitleRule, ...]
    unknown: UnknownWords
    sheets: SheetNames


@dataclass(frozen=True)
class Saying:
    """A word in one of several names, by its index, that says something of all rows, and the rule it falls under."""

    name: int
    word: str
    rule: TitleRule = field(repr=False)


@lru_cache
def title_book() -> TitleBook:
    """Return the content of title_words.yaml."""
    found: TitleBook = read_data(Path(__file__).with_name("title_words.yaml"), TitleBook)
    return found


def folded_name(text: str) -> str:
    """Return a name for comparison: NFKC, without white space and invisible characters."""
    wide = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in wide if not sign.isspace() and unicodedata.category(sign) not in ("Cf", "Cc"))


def is_note(text: str) -> bool:
    """Return whether a text above a table is a note or a signature, and no title."""
    return re.match(title_book().notes, folded_name(text)) is not None


def sayings(register: str, year: int, names: Sequence[tuple[NameKind, str]]) -> Iterator[Saying]:
    """Yield what names around a table say that does not agree with its register or year: the first word for each rule."""
    said = [re.sub(title_book().offices, "", folded_name(text)) for _, text in names]
    seen = [re.sub(title_book().without, "", text) for text in said]
    found = [
        *_denied(register, said),
        *_other_years(register, year, names, said),
        *_by_rules(register, names, said, seen),
    ]
    yield from found
    if not any(names[one.name][0] == "title" for one in found):
        yield from _unknown(register, names, seen)


def _by_rules(
    register: str, names: Sequence[tuple[NameKind, str]], said: Sequence[str], seen: Sequence[str]
) -> Iterator[Saying]:
    for rule in title_book().rules:
        if rule.registers and register not in rule.registers:
            continue
        for i, text in enumerate(seen):
            if (found := re.search(rule.like, text)) and not _otherwise(rule, names[i][0], text, said):
                yield Saying(i, found[0], rule)
                break


def _unknown(register: str, names: Sequence[tuple[NameKind, str]], seen: Sequence[str]) -> Iterator[Saying]:
    """Yield the first title with words that are known for no title of a register: 工伤认定."""
    words = title_book().unknown
    for i, ((kind, _), text) in enumerate(zip(names, seen, strict=True)):
        if kind != "title" or register not in words.registers:
            continue
        left = re.sub(words.also, "", re.sub(words.offices, "", telling_part(text, register)))
        if len(re.findall("[一-鿿]", left)) >= _TELLING:
            yield Saying(i, left, TitleRule("", words.asks, words.answers))
            return


def _otherwise(rule: TitleRule, kind: NameKind, text: str, said: Sequence[str]) -> bool:
    """Return whether a name, or any if it is that of the file, says otherwise than a rule that applies to it."""
    return bool(rule.unless) and any(re.search(rule.unless, one) for one in (said if kind == "file" else (text,)))


def _denied(register: str, said: Sequence[str]) -> Iterator[Saying]:
    """Yield the first name that says that the rows are not of the register: 非信息公开类."""
    book, own = title_book(), title_book().own.get(register)
    for i, text in enumerate(said):
        denied = f"(?:{book.denied})+(?:{own})"
        if own and (found := re.search(denied, text)) and not re.search(own, re.sub(denied, "", text)):
            yield Saying(i, found[0], TitleRule("", book.own_asks, book.own_answers))
            return


def _other_years(
    register: str, year: int, names: Sequence[tuple[NameKind, str]], said: Sequence[str]
) -> Iterator[Saying]:
    """Yield the first title or file name, in a yearly register the first name, with years that are not that of the file."""
    book = title_book()
    for i, ((kind, _), text) in enumerate(zip(names, said, strict=True)):
        if register in book.any_year or (kind == "sheet" and not registers()[register].yearly):
            continue
        found = [one for one in re.finditer(book.years, text) if not re.match(book.made, text[one.end() :])]
        if found and str(year) not in text:
            yield Saying(i, found[0][0], TitleRule("", book.year_asks, book.year_answers))
            return


def is_doubtful_sheet(name: str, others: Sequence[str]) -> bool:
    """Return whether a sheet is called void, old or a draft, or is a copy of one of the others."""
    said, words = folded_name(name), title_book().sheets
    base = re.sub(words.copied, "", said)
    return bool(re.search(words.doubtful, said, re.IGNORECASE)) or (
        base != said and base in {folded_name(other) for other in others}
    )


_TELLING = 2
"""The minimum number of unknown characters that are asked about."""


def telling_part(name: str, register: str) -> str:
    """Return what the name of a sheet says beside time, register and room; empty if nothing."""
    words = title_book().sheets
    patterns = (words.of.get(register, ""), *words.plain)
    said = folded_name(name).casefold()
    for pattern in filter(None, patterns):
        said = re.sub(pattern, "", said)
    return said
