"""The row or rows of headings of a register."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from ...errors import Problem
from ..schema import Field, Register, fold, fold_number, registers, unsure_in
from ..words import headings_seen, plain
from .own_words import COLUMNS, IGNORE, Headings
from .places import Row, Where
from .proposals import line_for, proposals
from .units import NamedUnit, named, names_of
from .values import text_of
from .xlsx_guard import letters_of

EXAMPLE = "示例"
ORDINAL = "序号"
WITHIN = 40
"""How many rows from the top a heading is looked for in."""
_WIDEST = 500
"""How many columns a heading may have."""

HeadingsOf = Callable[[str], Headings]
"""Gives the headings that params/columns.yaml maps in a register, by its key."""


@dataclass(frozen=True)
class Unsure:
    """A column whose heading may mean a field: its place, its heading, that field, and what is asked."""

    place: int
    word: str
    field: Field
    code: str


@dataclass(frozen=True)
class Header:
    """The headings of a sheet: their register, the first and the last of their rows (from 0), and for each column
    the headings it may be meant by, the likeliest first; none where nothing stands over it."""

    register: Register
    first: int
    last: int
    words: tuple[tuple[str, ...], ...]
    renamed: Headings

    @cached_property
    def names(self) -> dict[str, NamedUnit | None]:
        """Every folded heading that is known, with what it stands for; None for columns that are passed over."""
        looked_at = dict.fromkeys(headings_seen(self.register.key), None)
        return {fold(ORDINAL): None, fold(EXAMPLE): None, **looked_at, **names_of(self.register.key), **self.renamed}

    @cached_property
    def recognised(self) -> int:
        """How many columns have a heading that is known."""
        known = {word: meant for words in self.words for word, meant in self._known(words)}
        unsure = sum(self._unsure(words) is not None for words in self.words)
        return unsure + sum(meant is not None for meant in known.values())

    @cached_property
    def passed_over(self) -> frozenset[int]:
        """The columns that are known, and not read."""
        return frozenset(i for i, words in enumerate(self.words) for _, meant in self._known(words) if meant is None)

    @cached_property
    def ordinals(self) -> frozenset[int]:
        """The columns that only number the rows."""
        return frozenset(i for i, words in enumerate(self.words) if (fold(ORDINAL), None) in self._known(words))

    def unsure(self) -> list[Unsure]:
        """The columns whose heading may mean a field, and is asked about."""
        found = ((i, words[0], self._unsure(words)) for i, words in enumerate(self.words) if words)
        return [Unsure(i, word, *known) for i, word, known in found if known]

    def _unsure(self, words: tuple[str, ...]) -> tuple[Field, str] | None:
        if self._known(words):
            return None
        unsure = unsure_in(self.register.key)
        return next((unsure[found] for word in words if (found := _folded(word)) in unsure), None)

    def _known(self, words: tuple[str, ...]) -> list[tuple[str, NamedUnit | None]]:
        """The first of the headings of a column that is known, with what it stands for; nothing if none is."""
        for word in map(_folded, words):
            if word in self.names:
                return [(word, self.names[word])]
            if meant := named(self.register.key, word):
                return [(word, meant)]
        return []

    @cached_property
    def looked_at(self) -> dict[int, str]:
        """The columns that are only looked at, by their places, with what they say."""
        seen = headings_seen(self.register.key)
        found = {
            i: next((plain(word) for word in words if plain(word) in seen), "") for i, words in enumerate(self.words)
        }
        return {i: seen[word] for i, word in found.items() if word and self.names.get(word) is None}

    def columns(
        self, where: Where, below: Sequence[Row], given: Collection[str]
    ) -> tuple[dict[int, NamedUnit], list[int], list[Problem]]:
        """What each column stands for, the columns without a heading, and problems: unknown, repeated, missing headings.

        below are the first rows under the heading; given are the fields that the office says by themselves.
        """
        columns: dict[int, NamedUnit] = {}
        bare: list[int] = []
        problems = []
        unknown: list[tuple[int, str]] = []
        for i, words in enumerate(self.words):
            known = self._known(words)
            meant = known[0][1] if known else None
            if not words:
                bare.append(i)
            elif self._unsure(words):
                continue
            elif not known:
                unknown.append((i, words[0]))
            elif meant is not None and meant.field in (known.field for known in columns.values()):
                message = f"“{meant.field.heading}”这一栏有两列，请只留一列"
                problems.append(where.problem(message, self.last + 1, letters_of(i), words[0], i))
            elif meant is not None:
                columns[i] = meant
        found = {meant.field.key for meant in columns.values()}
        for i, word in unknown:
            message = self._unknown(word, _values(below, i), found)
            problems.append(where.problem(message, self.last + 1, letters_of(i), word, i))
        problems.sort(key=lambda problem: getattr(problem, "place", 0))
        missing = [field for field in self.register.fields if field.required and field.key not in found]
        problems += [where.problem(self._missing(field), self.last + 1) for field in missing if field.key not in given]
        return columns, bare, problems

    def _missing(self, field: Field) -> str:
        message = f"缺“{field.heading}”这一栏"
        if field.type != "kind":
            return message
        return (
            f"{message}；整个文件都是一类的，在 params/{COLUMNS} 的“{self.register.label}:”下面加一行"
            f"“  {field.heading}: =……”（等号后写这一类：{'、'.join(field.allowed)}）"
        )

    def _unknown(self, word: str, values: Sequence[Any], taken: Collection[str]) -> str:
        close = proposals(self.register, word, values, taken)
        hint = f"；是不是“{'”“'.join(close)}”？" if close else "；"
        return (
            f"不认得这个栏目{hint}请改表头，或在 params/{COLUMNS} 的“{self.register.label}:”下面加一行"
            f"“{line_for(word, close, values)}”（冒号后写我们的栏目名，不要这一列就写“{IGNORE}”）"
        )


def find_header(rows: Sequence[Row], known: Register | None, renamed: HeadingsOf, start: int = 0) -> Header | None:
    """Return the heading of a register that begins in the first of these rows, over one row or two; None if none does.

    start is the number of the first row in its sheet, from 0. known is the register if the cover names it.
    """
    one, two = in_one_row(rows[0]), _double(rows[0], rows[1] if len(rows) > 1 else ())
    below = in_one_row(rows[1]) if len(rows) > 1 else ()
    best: Header | None = None
    for register in [known] if known else registers().values():
        words = renamed(register.key)
        single = Header(register, start, start, one, words)
        double = Header(register, start, start + 1, two, words)
        under = Header(register, start + 1, start + 1, below, words)
        found = double if double.recognised > max(single.recognised, under.recognised) else single
        if found.recognised >= (2 if known else 3) and (best is None or found.recognised > best.recognised):
            best = found
    return best


def likely_header(rows: Sequence[Row], known: Register, renamed: HeadingsOf) -> Header | None:
    """Return the row that looks most like a heading of a register whose headings are called otherwise; None if none does."""
    found = [Header(known, i, i, in_one_row(row), renamed(known.key)) for i, row in enumerate(rows)]
    return max((header for header in found if _resembles(header)), key=lambda header: header.recognised, default=None)


def _resembles(header: Header) -> bool:
    words = [words[0] for words in header.words if words]
    headings = [fold(field.heading) for field in header.register.fields]
    like = sum(bool(get_close_matches(fold(word), headings, 1, cutoff=0.5)) for word in words[:100])
    return len(words) >= 3 and header.recognised + like >= max(2, len(words) // 2)


def in_one_row(row: Row) -> tuple[tuple[str, ...], ...]:
    """Return the headings of one row, for each column those it may be meant by."""
    texts = (" ".join(text_of(value).split()) for value in row[:_WIDEST])
    return tuple((text,) if text else () for text in texts)


def _double(top: Row, sub: Row) -> tuple[tuple[str, ...], ...]:
    """The headings of two rows taken together: a cell merged across stands in its first column, or in each."""
    tops, subs = ([" ".join(text_of(value).split()) for value in row[:_WIDEST]] for row in (top, sub))
    width = max(len(tops), len(subs))
    tops += [""] * (width - len(tops))
    subs += [""] * (width - len(subs))
    words: list[tuple[str, ...]] = []
    over = ""
    for above, below in zip(tops, subs, strict=True):
        over = above or (over if below else "")
        if not below or above == below:
            words.append((above,) if above else ())
        else:
            words.append(tuple(word for word in (f"{over}{below}", below, above) if word))
    return tuple(words)


def _values(rows: Sequence[Row], place: int) -> list[Any]:
    """What stands in a column of some rows."""
    return [row[place] for row in rows if place < len(row) and text_of(row[place]).strip()]


def _folded(word: str) -> str:
    return fold_number(word).strip("*")
