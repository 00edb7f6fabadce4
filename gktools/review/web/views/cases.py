"""The form of a case: the fields of its register in groups, each with its value, its choices and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ....errors import Problem
from ....registers.intake.templates import as_written
from ....registers.intake.values import Unclear, parse
from ....registers.schema import Field, Register, fold, registers
from ....registers.sheet import AS_STORED
from ....registers.store.stored_record import StoredRecord
from ....yamlfile import read_data
from .browser_words import in_browser

CLEARED = "!clear"
"""What follows the name of a personal field in that of the box by which it is emptied."""


@dataclass(frozen=True)
class FieldGroup:
    """A group of fields: its title and the keys of its fields."""

    title: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class CaseField:
    """A field as it is shown: the value in it, and what stands in the register by now where that is something else.

    fixed: it identifies the record and cannot be changed. filled: a personal value is stored, and never shown.
    """

    key: str
    heading: str
    value: str
    note: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    fixed: bool = False
    personal: bool = False
    filled: bool = False
    cleared: bool = False
    by_now: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class CasePart:
    """A group of fields as it is shown."""

    title: str
    fields: tuple[CaseField, ...]


def has_cases(register: Register, year: int) -> bool:
    """Return whether the records of a register can be entered in forms for a year: they are known by what identifies them."""
    return bool(register.identity) and not register.yearly and (register.until is None or year <= register.until)


@lru_cache
def groups_of(register: str) -> tuple[FieldGroup, ...]:
    """Return the groups of the fields of a register."""
    known: dict[str, tuple[FieldGroup, ...]] = _layouts()
    return known.get(register) or (FieldGroup("", tuple(field.key for field in registers()[register].fields)),)


@lru_cache
def _layouts() -> dict[str, tuple[FieldGroup, ...]]:
    found: dict[str, tuple[FieldGroup, ...]] = read_data(
        Path(__file__).with_name("case_forms.yaml"), dict[str, tuple[FieldGroup, ...]]
    )
    return found


def words_of(register: Register, record: StoredRecord | None) -> dict[str, str]:
    """Return the word of each field that is stored of a record, as in a cell; of none, nothing."""
    if record is None:
        return {}
    return {field.key: str(as_written(field, record.values[field.key])) for field in register.kept}


def entered_words(register: Register, filled: Mapping[str, str], record: StoredRecord | None) -> dict[str, str]:
    """Return the word of each field as entered: what identifies a record stays, personal fields left empty too."""
    words = {field.key: filled.get(field.key, "").strip() for field in register.fields}
    if record is None:
        return words
    known = words_of(register, record)
    for field in register.fields:
        if field.key in register.identity:
            words[field.key] = known[field.key]
        if field.personal and not words[field.key] and field.key in record.filled:
            words[field.key] = "" if filled.get(field.key + CLEARED) else AS_STORED
    return words


def changed_fields(register: Register, words: Mapping[str, str], record: StoredRecord | None) -> tuple[list[str], bool]:
    """Return the headings of the fields that an entry fills in or changes, and whether one that was filled is changed."""
    before = words_of(register, record)
    headings, corrects = [], False
    for field in register.fields:
        word, old = words[field.key], before.get(field.key, "")
        was_filled = field.key in record.filled if record and field.personal else bool(old)
        if (word == AS_STORED if field.personal else _same(field, word, old)) or not (word or was_filled):
            continue
        headings.append(field.heading)
        corrects |= was_filled
    return headings, corrects


def _same(field: Field, word: str, old: str) -> bool:
    if word == old:
        return True
    try:
        return bool(word and old and parse(field, word) == parse(field, old))
    except (ValueError, Unclear):
        return False


def case_parts(
    register: Register,
    words: Mapping[str, str],
    record: StoredRecord | None,
    problems: Sequence[Problem] = (),
    typed: Mapping[str, str] | None = None,
) -> list[CasePart]:
    """Return the fields of a case in groups, with the values in words.

    typed is the form that was sent, if it was: where the record says something else by now, that is shown beside it.
    """
    errors: dict[str, list[str]] = {}
    for one in problems:
        errors.setdefault(fold(str(one.column or "")), []).append(in_browser(_without_place(one)))
    stored = words_of(register, record)

    def shown(field: Field) -> CaseField:
        word = words.get(field.key, "")
        by_now = stored.get(field.key, "") if typed is not None and record else ""
        choices = field.allowed if not word or word in field.allowed else (word, *field.allowed)
        return CaseField(
            field.key,
            field.heading,
            "" if word == AS_STORED else word,
            field.note,
            _HINTS.get(field.type, ""),
            choices if field.allowed else (),
            field.required,
            record is not None and field.key in register.identity,
            field.personal,
            record is not None and field.key in record.filled,
            bool(typed and typed.get(field.key + CLEARED)),
            "" if _same(field, word, by_now) else by_now,
            tuple(errors.get(fold(field.heading), ())),
        )

    return [CasePart(one.title, tuple(shown(register[key]) for key in one.fields)) for one in groups_of(register.key)]


_HINTS = {"date": "如 2024-03-05", "count": "整数", "yuan": "元，最多两位小数", "number": "数字"}
"""How a value of a kind of field is written."""


def general_problems(register: Register, problems: Iterable[Problem]) -> list[str]:
    """Return the problems that belong to no field, as sentences."""
    known = {fold(field.heading) for field in register.fields}
    return [in_browser(_without_place(one)) for one in problems if fold(str(one.column or "")) not in known]


def _without_place(problem: Problem) -> str:
    return str(Problem(problem.message, value=problem.value))
