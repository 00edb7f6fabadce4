"""The dictionary of words that clerks write (words.yaml): for each column, a word is a value, a question, or invalid.

A word applies to its own column only, and is matched as a whole, never by prefix or similarity.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict

from ..yamlfile import read_data
from .note_words import Notes, SectionWords
from .schema import Field, registers

EMPTY, LEAVE_OUT, KEEP = "empty", "leave_out", "keep"
"""Answers that are not a value: the cell is empty, the row does not count, the value is unchanged."""
THIS_YEAR, YEARS_BEFORE = "this_year_end", "last_year_end"
"""Answers for a day of which only the year is known: the year of the file, or an earlier one."""


@dataclass(frozen=True)
class Ask:
    """Words with several meanings: the question, the effect of each answer by value, and other remedies.

    scope is whether the answer applies to the office or the district. If the field unless is filled in, no question is
    asked and the value is takes. same_as names the column with the number of a record whose value is the word's, if sure.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    words: tuple[str, ...]
    asks: str
    answers: dict[str, str]
    otherwise: dict[str, str] = field(default_factory=dict)
    scope: Literal["office", "district"] = "office"
    unless: str = ""
    takes: str = ""
    same_as: str = ""


@dataclass(frozen=True)
class Never:
    """Words that are never a value; why is the reason, with what to write instead."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    words: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Sure:
    """A word with one meaning, and its value."""

    word: str
    value: str


@dataclass(frozen=True)
class Meant:
    """A word of the dictionary and its meaning."""

    word: str
    what: Sure | Ask | Never


@dataclass(frozen=True)
class Dictionary:
    """The words of one column: those with one meaning by value, those to ask about, and invalid ones."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    sure: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ask: tuple[Ask, ...] = ()
    never: tuple[Never, ...] = ()

    def entries(self) -> Iterator[Meant]:
        """Yield every word with its meaning."""
        for value, words in self.sure.items():
            yield from (Meant(word, Sure(word, value)) for word in words)
        yield from (Meant(word, ask) for ask in self.ask for word in ask.words)
        yield from (Meant(word, never) for never in self.never for word in never.words)

    @cached_property
    def _written(self) -> Mapping[str, Meant]:
        return {plain(entry.word): entry for entry in self.entries()}

    @cached_property
    def _bare(self) -> Mapping[str, Meant]:
        found: dict[str, Meant] = {}
        for entry in self.entries():
            found.setdefault(bare(entry.word), entry)
        return {**found, **self._written}

    def exactly(self, text: str) -> Meant | None:
        """Return the meaning of a word in the dictionary's spelling; None if it is not in it."""
        return self._written.get(plain(text))

    def find(self, text: str) -> Meant | None:
        """Return the meaning of a word, ignoring insignificant beginnings and endings; None if it has none."""
        if len(text) > _LONGEST_WORD:
            return None
        return self.exactly(text) or self._bare.get(bare(text))


_LONGEST_WORD = 400
"""The longest text that may be a word with what is insignificant around it: a longer one is not looked at sign by sign."""


@dataclass(frozen=True)
class Beside:
    """A condition on a column of the row: filled in, matching a pattern, one of some words, a day in the year of the file.

    parts are patterns of the whole text or of a part that brackets or punctuation set off. In like, what the group other
    matches is passed over, groups called word… are what is shown, and groups called year… have the year the word is said of.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    beside: str
    filled: bool | None = None
    like: str = ""
    unlike: str = ""
    said: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    in_year: bool = False


@dataclass(frozen=True)
class SetOff:
    """What may stand before and after a word that is a part of its cell (patterns), the signs without one of which a cell
    that no column reads has no such word, and a pattern without which no other cell has one."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    before: str
    after: str
    signs: str
    stems: str


@dataclass(frozen=True)
class Contradiction:
    """A rule for values that the rest of their row contradicts, with the question and its answers.

    It applies to rows with one of values (or any but besides) where one of any and all of all hold; once: one question
    for a file instead of one for each row; by_word: one for each word found, but one for all of more than most_words.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    code: str
    field: str
    any: tuple[Beside, ...]
    asks: str
    answers: dict[str, str]
    values: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    all: tuple[Beside, ...] = ()
    said: tuple[str, ...] = ()
    words_only: bool = False
    once: bool = False
    by_word: bool = False
    most_words: int = 0
    otherwise: str = ""
    year_in: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """The register and the key of the field."""
        register, _, key = self.field.partition(".")
        return register, key


@dataclass(frozen=True)
class Shapes:
    """The data for recognising names, and the columns in which they are asked about."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    asked: tuple[str, ...]
    surnames: str
    compound: tuple[str, ...]
    not_names: tuple[str, ...]
    organisations: tuple[str, ...]


@dataclass(frozen=True)
class Apart:
    """Parts of headings that are never of one kind: those of one with those of other; without other, with none of one."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    one: tuple[str, ...]
    other: tuple[str, ...] = ()


@dataclass(frozen=True)
class Effect:
    """Unknown headings (a pattern), or cells that are all of a pattern, whose columns may change a figure: which cells make it
    a question, what it says, what else can be done, and what not reading the column does."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    heading: str
    when: Literal["filled", "several", "others"]
    asks: str
    otherwise: str
    effect: str
    cells: str = ""


@dataclass(frozen=True)
class SumWords:
    """What rows that sum up others are called: the bare words, and patterns of a whole cell, folded.

    ends may follow each of sum (at the end of any text), periods (the finest first) and carried; a cell without one of
    signs matches none. whole are words which, as sum and periods, may stand before and behind the name of what is summed up.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    words: tuple[str, ...]
    part: str
    signs: str
    ends: str
    sum: str
    whole: tuple[str, str]
    periods: tuple[str, ...]
    carried: tuple[str, ...]
    among: str
    amount: str


@dataclass(frozen=True)
class Book:
    """The content of words.yaml."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    strip: tuple[str, ...]
    fields: dict[str, Dictionary]
    beside: dict[str, dict[str, tuple[str, ...]]]
    nothing: tuple[str, ...]
    rules: tuple[Contradiction, ...]
    own_office: str
    any_office: str
    set_off: SetOff
    notes: Notes
    sections: SectionWords
    shapes: Shapes
    apart: tuple[Apart, ...]
    example_rows: tuple[str, ...]
    sum_rows: SumWords
    in_headings: dict[str, dict[str, tuple[str, ...]]]
    effects: tuple[Effect, ...]
    planned: str
    every_ledger: tuple[str, ...]
    called_after: dict[str, str]
    not_agreed: str
    called: dict[str, str]
    counted: str
    taken: str
    constant: str
    length: str
    left_out: str
    own: str
    year_only: str
    no_beginning: str
    articles: str
    keep_person: tuple[str, str]
    drop_person: tuple[str, str]

    @cached_property
    def once(self) -> frozenset[str]:
        """The codes of the rules with one question for a file."""
        return frozenset(rule.code for rule in self.rules if rule.once)


@lru_cache
def book() -> Book:
    """Return the content of words.yaml."""
    found: Book = read_data(Path(__file__).with_name("words.yaml"), Book)
    return found


@lru_cache
def dictionary(register: str, key: str) -> Dictionary:
    """Return the dictionary of a column; empty if there is none."""
    return book().fields.get(f"{register}.{key}", Dictionary())


def rules_of(register: str) -> tuple[Contradiction, ...]:
    """Return the rules about contradicted values of a register."""
    return tuple(rule for rule in book().rules if rule.place[0] == register)


def beside_of(register: str) -> Mapping[str, tuple[str, ...]]:
    """Return the headings of the columns of a register that are read for conditions only, by their key."""
    return book().beside.get(register, {})


ORGAN = "organ"
"""The key of the columns that say which office a row is of: what they say of the file's own office is not looked at."""
ORDINAL = "ordinal"
"""The key of the ordinal columns (序号): a word in one is reported as an unknown remark is."""
UNREAD, IGNORED, ELSEWHERE, COMMENT, SECTION = "unread", "ignored", "elsewhere", "comment", "section"
"""Keys of the texts that are read for conditions only and have none of their own: in the columns that no register keeps, in
those that the office ignores, in the texts kept and the ordinal of a row, in the comments on its cells, and in the headings
above it among the rows."""


@lru_cache
def may_be_set_off() -> re.Pattern[str]:
    """Return the pattern of a text that may have a word which is a part of its own."""
    return re.compile(f"[{book().set_off.signs}]")


@lru_cache
def may_be_elsewhere() -> re.Pattern[str]:
    """Return the pattern of a text kept, an ordinal or a comment that may say that its row does not count."""
    return re.compile(book().set_off.stems)


@lru_cache
def set_off(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of one of some words (patterns) as a whole text, or as a part that brackets or punctuation set off."""
    around = book().set_off
    return re.compile(
        rf"(?:^|[^\w、])(?:{around.before}){{0,5}}(?P<word>{'|'.join(words)})(?:{around.after})?(?=$|[^\w、])"
    )


def speaks_of_rows(text: str) -> bool:
    """Return whether a note around a table names some of its rows, or says that something does not count."""
    notes = book().notes
    return bool(re.search(notes.rows, text) or set_off(notes.parts).search(text))


@lru_cache
def is_nothing(text: str) -> bool:
    """Return whether a text is empty or a mark for nothing."""
    said = plain(text)
    return not said or said in {plain(word) for word in book().nothing}


def plain(text: str) -> str:
    """Return a word for comparison: NFKC, no white space, invisible characters and quotes, one kind of brackets."""
    wide = unicodedata.normalize("NFKC", text).translate(_BRACKETS)
    seen = "".join(wide.split())
    if not seen.isprintable():
        seen = "".join(sign for sign in seen if unicodedata.category(sign) not in ("Cf", "Cc"))
    return seen.strip(_AROUND).casefold()


_AROUND = "“”\"'。.,;"
_BRACKETS = {ord(sign): "(" for sign in "〔【[｛{「"} | {ord(sign): ")" for sign in "〕】]｝}」"}


def bare(text: str) -> str:
    """Return a plain word without insignificant beginnings and endings; unchanged if nothing else is left."""
    said = plain(text)
    while True:
        shorter = next((less for word in book().strip if (less := _less(said, word)) != said), said)
        if shorter == said:
            return said
        said = shorter


def _less(said: str, word: str) -> str:
    return said.removeprefix(word).removesuffix(word) or said


def kept_value(known: Field, value: str) -> str | bool | None:
    """Return the value of an answer in the type of its field."""
    if value == EMPTY:
        return None
    return value == "true" if known.type == "yes_no" else value


def label_of(known: Field, value: str) -> str:
    """Return the label of an answer, as it may be written in the column."""
    return _CALLED.get(value) or known.label(value)


NOTHING, NOT_COUNTED = "空", "不计"
_CALLED = {EMPTY: NOTHING, LEAVE_OUT: NOT_COUNTED}


@lru_cache
def headings_seen(register: str) -> Mapping[str, str]:
    """Return the keys of the columns of a register that are read for conditions only, by plain heading."""
    own = {plain(word) for known in registers()[register].fields for word in (known.heading, *known.aliases)}
    found = {plain(word): key for key, words in beside_of(register).items() for word in words}
    return {word: key for word, key in found.items() if word not in own}


# --- the shape of what is personal ----------


def is_of_known_words(text: str) -> bool:
    """Return whether a text is made of words that registers are known to have, perhaps with one before them that begins as no
    name does: 待定类型, 热心市民; never a name, a nickname or a transcription."""
    said = plain(text)
    begins = said[:1] in (*book().shapes.surnames, *_NICKNAMES)
    return _are_known(said) or (len(said) > _BEFORE and not begins and _are_known(said[_BEFORE:]))


_BEFORE, _NICKNAMES = 2, "老小阿大"


def _are_known(said: str) -> bool:
    """Return whether every Chinese character stands beside one that it stands beside in a known word."""
    pairs = _known_pairs()
    for run in re.findall(r"[一-鿿]+", said):
        beside = [run[i : i + 2] in pairs for i in range(len(run) - 1)]
        if not all(left or right for left, right in zip([False, *beside], [*beside, False], strict=True)):
            return False
    return True


@lru_cache
def _known_pairs() -> frozenset[str]:
    """Return the two characters that stand side by side in the words, headings and values of the registers."""
    words = [entry.word for known in book().fields.values() for entry in known.entries()]
    words += [word for columns in book().beside.values() for each in columns.values() for word in each]
    words += [word for rule in book().rules for condition in rule.any for word in condition.parts]
    for register in registers().values():
        words += [word for known in register.fields for word in (known.heading, *known.aliases, *known.allowed)]
    runs = (run for word in words for run in re.findall(r"[一-鿿]+", plain(word)))
    return frozenset(run[i : i + 2] for run in runs for i in range(len(run) - 1))


def looks_personal(text: str) -> str:
    """Return the kind of personal data a text looks like, in Chinese; empty if none."""
    said = plain(text)
    return next((kind for kind, pattern in _KINDS.items() if pattern.search(said)), "") or (
        "人名" if looks_like_name(said) else ""
    )


def may_be_personal(text: str) -> bool:
    """Return whether a text may look personal: a fast test before looks_personal."""
    return _MAY_BE.search(text) is not None


_MAY_BE = re.compile(
    r"1[3-9]\d{9}|\d{17}|@|\d-\d{7}|[路街巷弄村道区组]\D{0,3}\d|\d[栋幢单]|[０-９＠·]|^[一-鿿]{2,4}([（(、/等]|\s*$)"
)
_KINDS = {
    "手机号": re.compile(r"(?<![\da-z])(\+?86)?1[3-9]\d{9}(?!\d)"),
    "身份证号": re.compile(r"(?<!\d)[1-9]\d{5}(18|19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dx](?!\d)"),
    "邮箱": re.compile(r"[^@\s]@[^@\s]+\.[a-z]"),
    "固定电话": re.compile(r"(?<!\d)0\d{2,3}-\d{7,8}(?!\d)"),
    "地址": re.compile(r"(路|街(?!道)|巷|弄|村|大道|小区|组)\D{0,3}\d+(号|室|栋|幢|单元|组)|(?<!\d)\d+(栋|幢|单元)"),
}


@lru_cache(maxsize=4096)
def looks_like_name(text: str) -> bool:
    """Return whether a text has the form of a person's name, possibly with a remark after it."""
    said = re.sub(r"(\(.*|等.*|、.*|/.*)$", "", plain(text))
    if not re.fullmatch(r"[一-鿿]{2,4}|[一-鿿]{1,8}(·[一-鿿]{1,8})+", said):
        return False
    shapes = book().shapes
    if "·" in said:
        return True
    if said.endswith(("某", "某某")) or said.startswith(shapes.not_names) or said.endswith(shapes.organisations):
        return False
    return said.startswith(shapes.compound) or (said[0] in shapes.surnames and len(said) <= 3)
