"""Detection of a register's heading, of one or two rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from difflib import get_close_matches
from functools import cached_property, lru_cache
from typing import Any

from ...errors import Problem
from ..questions import kinds
from ..schema import Field, Register, fold, fold_number, passed_over_in, registers, unsure_in
from ..words import IGNORED, UNREAD, Effect, book, headings_seen, plain
from .examples import EXAMPLE
from .own_words import COLUMNS, IGNORE, Headings
from .places import Row, Where
from .proposals import lines_for, proposals, unit_of_many
from .signs import effect_of, is_called_after, is_of_every_ledger
from .units import NamedUnit, named, names_of, parted
from .values import text_of
from .xlsx_guard import letters_of

ORDINAL = "序号"
TAKEN = "taken"
"""The code of headings that are taken for a field without a question, if it has no column."""
WITHIN = 40
"""The number of rows from the top in which a heading is searched."""
_WIDEST = 500
"""The maximum number of columns of a heading."""

HeadingsOf = Callable[[str], Headings]
"""Returns the headings that params/columns.yaml maps in a register, by the register's key."""


_DESCRIBES = frozenset(("subject", "name", "address", "remark"))
"""Fields that only describe a record: which of two columns is taken changes no figure."""


@dataclass(frozen=True)
class Unsure:
    """A column whose heading may mean a field: its place, its heading, that field, what is asked, and the column that
    the field has already."""

    place: int
    word: str
    field: Field
    code: str
    beside: int | None = None


@dataclass(frozen=True)
class Columns:
    """What the columns of a sheet stand for, by their places: fields; no heading at all; headings that say nothing here;
    headings that are asked about; those of the fields that were taken without asking, to be told; those that are asked about
    only after another one; unknown ones that may change a figure; fields that may be alike in every row, and have no column;
    and what is wrong."""

    fields: dict[int, NamedUnit] = dataclass_field(default_factory=dict)
    bare: list[int] = dataclass_field(default_factory=list)
    unread: dict[int, str] = dataclass_field(default_factory=dict)
    unsure: list[Unsure] = dataclass_field(default_factory=list)
    effects: dict[int, Effect] = dataclass_field(default_factory=dict)
    taken: dict[int, str] = dataclass_field(default_factory=dict)
    waiting: set[int] = dataclass_field(default_factory=set)
    alike: list[Field] = dataclass_field(default_factory=list)
    problems: list[Problem] = dataclass_field(default_factory=list)


@dataclass(frozen=True)
class Header:
    """The heading of a sheet: the register, its first and last row (from 0), and the possible headings of each column.

    words has the possible headings of each column, the most likely first; empty for a column without a heading.
    """

    register: Register
    first: int
    last: int
    words: tuple[tuple[str, ...], ...]
    renamed: Headings

    @cached_property
    def names(self) -> Headings:
        """The meaning of every known folded heading; None for columns that are not read."""
        known = _names(self.register.key)
        return {**known, **self.renamed} if self.renamed else known

    @cached_property
    def _known(self) -> tuple[tuple[str, NamedUnit | None] | None, ...]:
        """What known() says of each column."""
        return tuple(map(self.known, self.words))

    @cached_property
    def recognised(self) -> int:
        """The number of columns with a known or uncertain heading."""
        known = dict(filter(None, self._known))
        unsure = sum(
            self._unsure(words) is not None for words, found in zip(self.words, self._known, strict=True) if not found
        )
        return unsure + sum(meant is not None for meant in known.values())

    @cached_property
    def fields_read(self) -> dict[str, str]:
        """The headings of the columns that are, or may be, those of fields, with the keys of the fields."""
        found: dict[str, str] = {}
        for known, words in zip(self._known, self.words, strict=True):
            field = (known[1].field if known[1] else None) if known else (self._unsure(words) or (None,))[0]
            found |= {words[0]: field.key} if field else {}
        return found

    @cached_property
    def is_own(self) -> bool:
        """Whether a recognised heading is one that not every ledger has."""
        return not all(map(is_of_every_ledger, self.fields_read))

    @cached_property
    def passed_over(self) -> frozenset[int]:
        """The indices of known columns that are not read."""
        return frozenset(i for i, known in enumerate(self._known) if known and known[1] is None)

    @cached_property
    def ordinals(self) -> frozenset[int]:
        """The indices of the columns with the row's ordinal (序号)."""
        return frozenset(i for i, known in enumerate(self._known) if known == (fold(ORDINAL), None))

    def other_in(self, row: Row) -> list[int]:
        """Return the columns in which a repeated heading says another thing than this one does there."""
        found = []
        for place, words in enumerate(in_one_row(row)):
            own = self.words[place] if place < len(self.words) else ()
            if words and folded(words[0]) not in map(folded, own):
                said, ours = self.known(words), self.known(own)
                if not said or not ours or said[1] != ours[1]:
                    found.append(place)
        return found

    def _unsure(self, words: tuple[str, ...]) -> tuple[Field, str] | None:
        unsure = unsure_in(self.register.key)
        return next((unsure[found] for word in words if (found := folded(word)) in unsure), None)

    def known(self, words: tuple[str, ...]) -> tuple[str, NamedUnit | None] | None:
        """Return the first known heading of a column, folded, with its meaning, None if it is not read; None if none is."""
        for word in map(folded, words):
            if word in self.renamed:
                return word, self.renamed[word]
            if found := _known_in(self.register.key, word):
                return found
        return None

    @cached_property
    def looked_at(self) -> dict[int, str]:
        """The indices of columns read for conditions only, with their keys."""
        seen = headings_seen(self.register.key)
        found = {
            i: next((plain(word) for word in words if plain(word) in seen), "") for i, words in enumerate(self.words)
        }
        own = {i: seen[word] for i, word in found.items() if word and self.names.get(word) is None}
        others = self.passed_over - self.ordinals
        return {
            i: _remarks_in(self.words[i]) or (IGNORED if self.is_ignored(i) else UNREAD) for i in sorted(others)
        } | own

    def is_ignored(self, place: int) -> bool:
        """Return whether the office says itself that a column is ignored."""
        return any(folded(word) in self.renamed for word in self.words[place])

    def columns(self, where: Where, below: Sequence[Row], given: Collection[str]) -> Columns:
        """What each column stands for, and what is unknown, repeated, asked about or missing among the headings.

        below are the first rows under the heading; given are the fields that the office says by themselves.
        """
        found = Columns()
        doubtful: list[tuple[int, str]] = []
        unknown: list[tuple[int, str]] = []
        for i, words in enumerate(self.words):
            known = self.known(words)
            if not words:
                found.bare.append(i)
            elif known and known[1]:
                self._take(found, i, known[1], where)
            elif known:
                found.unread.update({i: words[0]} if self._is_unread(known[0]) else {})
            else:
                (doubtful if self._unsure(words) else unknown).append((i, words[0]))
        self._ask_all(found, doubtful)
        keys = {meant.field.key for meant in found.fields.values()}
        for i, word in unknown:
            values = _values(below, i)
            close = proposals(self.register, word, values, keys)
            name, unit = unit_of_many(self.register, word, close, keys)
            if not (close or unit) and (effect := effect_of(word, values)):
                found.unread[i], found.effects[i] = word, effect
                continue
            message = _lost_unit(name, unit) if unit else self._unknown(word, close)
            found.problems.append(where.problem(message, self.last + 1, letters_of(i), word, i))
        found.problems.sort(key=lambda problem: getattr(problem, "place", 0))
        for field in (field for field in self.register.fields if field.required and field.key not in {*keys, *given}):
            if field.alike:
                found.alike.append(field)
            elif field.key not in {one.field.key for one in found.unsure}:
                found.problems.append(where.problem(_missing(field), self.last + 1))
        return found

    def _take(self, found: Columns, place: int, meant: NamedUnit, where: Where) -> None:
        """Take a column as its field; a second one of a field is not read where it changes no figure."""
        first = next((i for i, known in found.fields.items() if known.field is meant.field), None)
        word = self.words[place][0]
        if first is None:
            found.fields[place] = meant
        elif meant.field.personal or meant.field.key in _DESCRIBES:
            found.unread[place] = word
        else:
            message = f"“{meant.field.heading}”这一栏有两列，请只留一列"
            found.problems.append(where.problem(message, self.last + 1, letters_of(place), word, place))

    def _ask_all(self, found: Columns, doubtful: Sequence[tuple[int, str]]) -> None:
        """Take the headings that may mean a field, or ask about one of each field at a time, so that no two answers clash."""
        by_field: dict[str, list[Unsure]] = {}
        for place, word in doubtful:
            field, code = self._unsure(self.words[place]) or (None, "")
            if field is not None:
                by_field.setdefault(field.key, []).append(Unsure(place, word, field, code))
        for several in by_field.values():
            order = [fold(word) for word in several[0].field.unsure]
            several.sort(key=lambda one: (min(map(order.index, self._unsure_words(one.place))), one.place))
            self._settle(found, several)

    def _settle(self, found: Columns, several: list[Unsure]) -> None:
        """Take one of the headings that may mean a field, if it is sure; tell or ask about the others."""
        field, keys = several[0].field, {known.field.key for known in found.fields.values()}
        sure = [one for one in several if one.code == TAKEN or not keys.isdisjoint(field.sure_beside)]
        if sure and field.key not in keys:
            found.fields[sure[0].place] = NamedUnit(field)
            found.taken[sure[0].place] = sure[0].word
            several.remove(sure[0])
        beside = next((i for i, known in found.fields.items() if known.field is field), None)
        if beside is None and (pair := _in_pairs(several)):
            first, second = pair
            asked = [replace(second, code=f"{second.code}.beside", beside=first.place)]
        elif beside is None:
            asked = [replace(one, code=f"{one.code}.alone") for one in several]
        else:
            asked = [replace(one, code=f"{one.code}.beside", beside=beside) for one in several]
            found.unread.update({one.place: one.word for one in asked if one.code not in kinds()})
            asked = [one for one in asked if one.code in kinds()]
        found.unsure.extend(asked[:1])
        found.waiting.update(one.place for one in (*several, *asked) if one.place not in found.unread)

    def _unsure_words(self, place: int) -> list[str]:
        """Return the words of a heading that may mean a field."""
        return [found for word in self.words[place] if (found := folded(word)) in unsure_in(self.register.key)]

    def _is_unread(self, word: str) -> bool:
        """Whether a known heading is one that says nothing here, by itself and not because the office maps it so."""
        return word in passed_over_in(self.register.key) and word not in self.renamed

    def _unknown(self, word: str, close: Sequence[str]) -> str:
        hint = f"；是不是“{'”“'.join(close)}”？" if close else "；"
        lines = "”或者“".join(lines_for(word, close))
        return (
            f"不认得这个栏目{hint}请改表头，或在 params/{COLUMNS} 的“{self.register.label}:”下面加一行"
            f"“{lines}”（冒号后写我们的栏目名，不要这一列就写“{IGNORE}”）"
        )


def _lost_unit(name: str, unit: str) -> str:
    return f"不认得这个栏目，里面写着“{unit}”：这样计的数不收；请换算成“{name}”的数，把表头改成“{name}”，再导入"


def _in_pairs(several: Sequence[Unsure]) -> tuple[Unsure, Unsure] | None:
    """Return two headings of one field that are asked about together: the second has a question for what is beside it."""
    pairs = ((one, other) for other in several for one in several if one.code != other.code)
    return next((pair for pair in pairs if f"{pair[1].code}.beside" in kinds()), None)


def _missing(field: Field) -> str:
    if field.type != "date":
        return f"缺“{field.heading}”这一栏"
    return f"缺“{field.heading}”这一栏，不知道各行算哪一年的；请在表里加上这一列，逐行填上日期，再导一次"


def find_header(
    rows: Sequence[Row], known: Register | None, renamed: HeadingsOf, start: int = 0, names: Sequence[str] = ("",)
) -> Header | None:
    """Return the heading of a register that begins in the first of these rows, over one row or two; None if none does,
    if it may as well be that of another register that the sheet is not named after, or if every ledger has such headings
    and no name says which it is.

    start is the number of the first row in its sheet, from 0. known is the register if the cover names it. names are those of
    the sheet, the file, and the titles above.
    """
    one, two = in_one_row(rows[0]), _double(rows[0], rows[1] if len(rows) > 1 else ())
    below = in_one_row(rows[1]) if len(rows) > 1 else ()
    best: list[Header] = []
    for register in [known] if known else registers().values():
        words = renamed(register.key)
        single = Header(register, start, start, one, words)
        double = Header(register, start, start + 1, two, words)
        under = Header(register, start + 1, start + 1, below, words)
        found = double if double.recognised > max(single.recognised, under.recognised) else single
        if found.recognised >= max(2 if known else 3, best[0].recognised if best else 0):
            best = [*best, found] if best and best[0].recognised == found.recognised else [found]
    if len(best) > 1:
        best = [header for header in best if is_named(names[0], header.register)]
    if len(best) != 1 or not (known or best[0].is_own or is_called_after(best[0].register.key, names)):
        return None
    return best[0]


def is_named(name: str, register: Register) -> bool:
    """Whether a sheet may be named after a register."""
    return bool(name) and any(word in fold(name) or fold(name) in word for word in _cores(register))


def _cores(register: Register) -> list[str]:
    words = (fold(word).removesuffix("登记表").removesuffix("台账") for word in (register.label, *register.aliases))
    return [word.removeprefix("行政") for word in words]


def likely_header(rows: Sequence[Row], known: Register, renamed: HeadingsOf) -> Header | None:
    """Return the row most similar to the heading of a known register; None if none is similar."""
    found = [Header(known, i, i, in_one_row(row), renamed(known.key)) for i, row in enumerate(rows)]
    return max((header for header in found if _resembles(header)), key=lambda header: header.recognised, default=None)


def _resembles(header: Header) -> bool:
    words = [words[0] for words in header.words if words]
    headings = [fold(field.heading) for field in header.register.fields]
    like = sum(bool(get_close_matches(fold(word), headings, 1, cutoff=0.5)) for word in words[:100])
    return len(words) >= 3 and header.recognised + like >= max(2, len(words) // 2)


def in_one_row(row: Row) -> tuple[tuple[str, ...], ...]:
    """Return the possible headings of each column of a heading on one row."""
    texts = (" ".join(text_of(value).split()) for value in row[:_WIDEST])
    return tuple((text,) if text else () for text in texts)


def _double(top: Row, sub: Row) -> tuple[tuple[str, ...], ...]:
    """Return the possible headings of each column of a heading on two rows, of which the upper may be merged."""
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
    """Return the non-empty cells of a column in some rows."""
    return [row[place] for row in rows if place < len(row) and text_of(row[place]).strip()]


@lru_cache(maxsize=2**14)
def _known_in(register: str, word: str) -> tuple[str, NamedUnit | None] | None:
    """Return the folded heading of a register that a word is, with its meaning, None if it is not read; None if none."""
    names = _names(register)
    if word in names:
        return word, names[word]
    if meant := named(register, word):
        return word, meant
    bare = parted(word)[0]
    return (bare, None) if bare in passed_over_in(register) else None


def _remarks_in(words: Sequence[str]) -> str:
    """Return the key of remarks if the heading of a column that is not read says that it has some; empty if not."""
    notes = book().notes
    return notes.remarks[0] if any(re.search(notes.remark_headings, folded(word)) for word in words) else ""


@lru_cache
def _names(register: str) -> Headings:
    """Return the meaning of the headings that a register itself has; None for columns that are not read."""
    unread = dict.fromkeys((fold(ORDINAL), fold(EXAMPLE), *passed_over_in(register)), None)
    return {**unread, **dict.fromkeys(headings_seen(register), None), **names_of(register)}


@lru_cache(maxsize=4096)
def folded(word: str) -> str:
    """Return a heading or word for comparison, without the asterisk of a required column."""
    return fold_number(word).strip("*")
