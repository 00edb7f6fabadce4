"""The registers: their fields, headings and permitted values (registers.yaml)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict

from ..errors import NotFoundError, nearest
from ..forms.characters import fold as fold
from ..forms.characters import fold_number as fold_number
from ..forms.model import Heading, leaves, short_label
from ..forms.notices import formats
from ..yamlfile import read_data

Kind = Literal[
    "text", "date", "count", "number", "yuan", "yes_no", "choice", "applicant", "disposition", "kind", "outcome"
]

_LONGEST_TEXT, _LONGEST_NUMBER = 2000, 400
_LONGEST: Mapping[Kind, int] = {"date": 40, "count": 40, "number": 40, "yuan": 40}


@dataclass(frozen=True)
class Field:
    """One column of a register.

    personal: checked; stored as a keyed hash (the text too only with keep_personal of params/records.yaml).
    confidential: stored, but not loaded for a report. shown: printed as proof. leads_to: the outcome that each choice
    counts as by default. ahead: a planned day, which may be in the future. not_before: the field whose day usually comes
    first. refers_to: the register of the record it refers to. alternative: another way to state what other fields state;
    part of a hash only where a record has it. note: an explanation in the templates.

    empty_words: words for no value. series: a number; a cell with several of them raises a question. any_word: every
    word is a value, none means an empty cell. refunds: a negative amount may be a refund. terms: a day may be written as
    a number of years. unsure: headings that may mean this field, and asks: words in cells with two meanings, each with
    the code of its question; sure_beside: fields of which one beside makes these headings sure. counters: what may stand
    behind a number of this column. alike: often one value in a whole file, which then has no column for it; a question. most:
    how many characters a cell may have, 0 for as many as its type has.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    key: str
    heading: str
    type: Kind = "text"
    required: bool = False
    shown: bool = False
    personal: bool = False
    confidential: bool = False
    of: str = ""
    refers_to: str = ""
    any_word: bool = False
    series: bool = False
    empty_words: tuple[str, ...] = ()
    default: int | None = None
    ahead: bool = False
    refunds: bool = False
    terms: bool = False
    alike: bool = False
    not_before: str = ""
    note: str = ""
    most: int = 0
    alternative: bool = False
    aliases: tuple[str, ...] = ()
    unsure: dict[str, str] = field(default_factory=dict)
    sure_beside: tuple[str, ...] = ()
    counters: tuple[str, ...] = ()
    asks: dict[str, str] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    leads_to: dict[str, str] = field(default_factory=dict)

    @property
    def longest(self) -> int:
        """How many characters a cell may have."""
        return self.most or (
            _LONGEST_NUMBER if self.series or self.refers_to else _LONGEST.get(self.type, _LONGEST_TEXT)
        )

    @cached_property
    def vocabulary(self) -> dict[str, str]:
        """The permitted texts of this column, folded, with the value of each; empty if any text is permitted."""
        if self.type == "choice":
            return {fold(word): key for key, label in self.choices.items() for word in (label, key)}
        if self.type in _TREES:
            return _TREES[self.type](self.of)
        return {}

    @cached_property
    def allowed(self) -> tuple[str, ...]:
        """The permitted words as shown to staff, in official order; empty if any text is permitted."""
        if self.type == "choice":
            return tuple(self.choices.values())
        if self.type == "yes_no":
            return ("是", "否")
        return _LABELS[self.type](self.of) if self.type in _LABELS else ()

    def label(self, value: str | bool) -> str:
        """Return the Chinese label of a stored value; the value itself if it has none."""
        if isinstance(value, bool):
            value = str(value).lower()
        if self.type == "choice":
            return self.choices.get(value, value)
        if self.type == "yes_no":
            return {"true": "是", "false": "否"}.get(value.lower(), value)
        return self._names.get(value, value)

    @cached_property
    def _names(self) -> dict[str, str]:
        return _NAMES[self.type](self.of) if self.type in _NAMES else {}


@dataclass(frozen=True)
class OwnNumber:
    """A number that one record of a register should have: that of a receipt, a decision, a case.

    Two records with the same number, written in whatever way, are reported as one registered twice. Those that differ in the
    fields of within are two, unless the words are alike, or nothing else differs and the office does not give the numbers
    itself, one after the other; if it repeats, always. titled is the field
    of their title, which may be written in full or abbreviated.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    number: str
    within: tuple[str, ...] = ()
    titled: str = ""
    repeats: bool = False


@dataclass(frozen=True)
class Register:
    """One register.

    identity names the fields that identify a record within an office; without it, where_all_stand names fields that do
    so if each is filled in. event is the date it is ordered by, until the last report year that requires it. The records
    of a yearly register apply to the year of their file only; with once, a record counts in the year of its event alone.
    passed_over: known headings of columns that are neither stored nor counted.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    key: str
    label: str
    identity: tuple[str, ...]
    event: str
    fields: tuple[Field, ...]
    aliases: tuple[str, ...] = ()
    until: int | None = None
    yearly: bool = False
    where_all_stand: tuple[str, ...] = ()
    own_number: OwnNumber | None = None
    once: bool = False
    passed_over: tuple[str, ...] = ()

    def __getitem__(self, key: str) -> Field:
        return self._by_key[key]

    @cached_property
    def _by_key(self) -> dict[str, Field]:
        return {field.key: field for field in self.fields}

    @cached_property
    def kept(self) -> tuple[Field, ...]:
        """The fields that are stored."""
        return tuple(field for field in self.fields if not field.personal)

    @cached_property
    def pulled(self) -> tuple[Field, ...]:
        """The fields that are loaded for a report."""
        return tuple(field for field in self.kept if not field.confidential)


@lru_cache
def registers() -> dict[str, Register]:
    """Return every register by its key."""
    found: tuple[Register, ...] = read_data(Path(__file__).with_name("registers.yaml"), tuple[Register, ...])
    return {register.key: register for register in found}


def register_named(name: str) -> Register:
    """Return the register with a key, Chinese name or alias. Raises NotFoundError with the nearest names."""
    if found := _named().get(fold(name)):
        return found
    known = [register.label for register in registers().values()]
    raise NotFoundError(f"没有“{name}”这张登记表{nearest(name, known)}（可用的有：{'、'.join(known)}）")


@lru_cache
def _named() -> dict[str, Register]:
    """Return every register by its folded key, Chinese name and aliases."""
    return {fold(word): known for known in registers().values() for word in (known.key, known.label, *known.aliases)}


@lru_cache
def passed_over_in(register: str) -> frozenset[str]:
    """Return the folded headings of a register that are known, and say nothing that is kept or counted."""
    return frozenset(map(fold_number, registers()[register].passed_over))


@lru_cache
def unsure_in(register: str) -> dict[str, tuple[Field, str]]:
    """Return the field and the question's code for every folded heading that may mean a field of a register."""
    return {fold(w): (field, code) for field in registers()[register].fields for w, code in field.unsure.items()}


def _row_words(above: tuple[Heading, ...]) -> tuple[str, ...]:
    last = above[-1].label
    return (last, short_label(last), "/".join(heading.label for heading in above[-2:]))


def _applicants(_: str) -> dict[str, str]:
    return {
        fold(word): path
        for form in formats()
        for path, chain in leaves(form["requests"].blocks[0].columns)
        if not chain[-1].is_total
        for word in (path, *_row_words(chain))
    }


def _dispositions(_: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for form in formats():
        for path, chain in leaves(form["requests"].blocks[0].rows):
            if path.startswith("dispositions.") and not chain[-1].is_total:
                key = path.removeprefix("dispositions.")
                words |= {fold(word): key for word in (key, *_row_words(chain))}
    return words


def _kinds(register: str) -> dict[str, str]:
    return {fold(word): key for word, key in _kind_words(register)}


def _kind_words(register: str) -> list[tuple[str, str]]:
    """Return the labels and keys of the rows in 表二 whose columns count a register, each with the row's key."""
    return [
        (word, row.key)
        for form in reversed(formats())
        for block in form["disclosures"].blocks
        if any(column.counts.startswith(f"{register}.") for column in block.columns)
        for row in block.rows
        for word in (row.label, row.key)
    ]


def _outcomes(_: str) -> dict[str, str]:
    return {
        fold(word): heading.key
        for heading in _outcome_headings()
        for word in (heading.label, heading.label.removeprefix("结果"), heading.key)
    }


def _outcome_headings() -> tuple[Heading, ...]:
    parts = formats()[-1]["reviews"].blocks[0].columns[0].parts
    return tuple(heading for heading in parts if not heading.is_total)


def _last_labels(chains: list[tuple[Heading, ...]]) -> tuple[str, ...]:
    return tuple(chain[-1].label for chain in chains if not chain[-1].is_total)


_TREES: dict[str, Callable[[str], dict[str, str]]] = {
    "applicant": _applicants,
    "disposition": _dispositions,
    "kind": _kinds,
    "outcome": _outcomes,
}
_LABELS: dict[str, Callable[[str], tuple[str, ...]]] = {
    "applicant": lambda _: _last_labels([c for _, c in leaves(formats()[-1]["requests"].blocks[0].columns)]),
    "disposition": lambda _: _last_labels(
        [c for p, c in leaves(formats()[-1]["requests"].blocks[0].rows) if p.startswith("dispositions.")]
    ),
    "kind": lambda of: tuple({key: w for w, key in reversed(_kind_words(of)) if w != key}.values())[::-1],
    "outcome": lambda _: tuple(heading.label for heading in _outcome_headings()),
}


def _applicant_names(_: str) -> dict[str, str]:
    trees = (leaves(form["requests"].blocks[0].columns) for form in formats())
    return {path: chain[-1].label for tree in trees for path, chain in tree}


def _disposition_names(_: str) -> dict[str, str]:
    trees = (leaves(form["requests"].blocks[0].rows) for form in formats())
    return {path.removeprefix("dispositions."): chain[-1].label for tree in trees for path, chain in tree}


_NAMES: dict[str, Callable[[str], dict[str, str]]] = {
    "applicant": _applicant_names,
    "disposition": _disposition_names,
    "kind": lambda of: {key: word for word, key in reversed(_kind_words(of)) if word != key},
    "outcome": lambda _: {heading.key: heading.label for heading in _outcome_headings()},
}
"""The label of every stored value, from the newest notice that prints it."""


# --- the year of a record ----------


_DAYS = {
    "requests": ("received_on", "arrived_on", "confirmed_on"),
    "reconsiderations": ("notified_on", "accepted_on", "closed_on"),
    "lawsuits": ("notified_on", "judged_on", "effective_on"),
}
"""The date fields that give the year of a record, the most reliable first; for other registers their event."""


def days_of(register: Register) -> tuple[str, ...]:
    """Return the fields that give the year of a record, the most reliable first."""
    return _DAYS.get(register.key, (register.event,))


def year_in(days: Iterable[object]) -> int | None:
    """Return the year of the first of several days, dates or ISO texts, that is not empty; None if all are."""
    return next((int(str(day)[:4]) for day in days if day), None)
