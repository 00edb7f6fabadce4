"""Suggestions for an unknown heading: never a column of another unit, nor one that its values do not fit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import SequenceMatcher, get_close_matches
from typing import Any

from ..schema import Field, Register, fold, fold_number
from ..words import Apart, book, dictionary, is_nothing
from .columns import years_in
from .own_words import IGNORE, written_line
from .signs import effect_of, is_planned
from .units import heading_in, names_of, parted, scale_in, unit_named
from .values import Unclear, parse, text_of

_LOOKED_AT = 20
"""The number of values below a heading that are examined."""
_MOST = 4
_ALIKE, _LESS = 0.5, 0.15
"""How like a heading a name must be, and how much less than the likest."""


def proposals(register: Register, word: str, values: Sequence[Any], taken: Collection[str] = ()) -> list[str]:
    """Return the headings that an unknown one may mean, the most likely first; taken are fields that have a column.

    If most values are words of one column's list, that column; otherwise the most similar headings whose columns accept
    the values. None for what is planned; for what may change a figure, none that would hide it.
    """
    if is_planned(word):
        return []
    bare, unit = parted(fold_number(word))
    money = unit_named(unit)
    some = list({text_of(value).strip(): value for value in values}.values())[:_LOOKED_AT]
    free = [field for field in register.fields if field.key not in taken and not _apart(word, field.heading)]
    if effect_of(word):
        free = [field for field in free if _hides_nothing(field)]
    elif effect_of(word, values):
        free = [field for field in free if field.type == "yes_no"]
    named = [field for field in free if field.vocabulary and not money and _says(register, field, some)]
    could = [field for field in free if not field.vocabulary and _may_be(register, field, money, some)]
    names = {name: known.field for name, known in names_of(register.key).items() if some and known.field in could}
    close = [names[name] for name in _alike(bare if money else fold(word), names)]
    likely = sorted(named, key=lambda field: not get_close_matches(fold(word), [fold(field.heading)], 1, cutoff=0.5))
    found = dict.fromkeys(heading for field in (likely or close) for heading in headings_of(field, money))
    return list(found)[:_MOST]


def _hides_nothing(field: Field) -> bool:
    """Whether a column that may change a figure is safe as a field: of a list, of counts, of persons."""
    return bool(field.vocabulary) or field.type == "yes_no" or field.default is not None or field.personal


def _alike(word: str, names: Collection[str]) -> list[str]:
    """The names most like a word, the likest first; none that is much less like it than the first."""
    found = get_close_matches(word, names, _MOST, cutoff=_ALIKE)
    if not found:
        return []
    best = SequenceMatcher(None, found[0], word).ratio()
    return get_close_matches(word, found, _MOST, cutoff=max(_ALIKE, best - _LESS))


def headings_of(field: Field, money: str = "") -> tuple[str, ...]:
    """Return the headings of a field to choose from; of an amount with a unit, or in 元 and 万元 without one."""
    if field.type != "yuan":
        return (field.heading,)
    return (heading_in(field, money),) if money else (field.heading, heading_in(field, "万元"))


def unit_of_many(register: Register, word: str, close: Sequence[str], taken: Collection[str]) -> tuple[str, str]:
    """Return the heading that an unknown one is like, or that counts, and the unit in it that is lost there: 百件; two empty
    texts if none is."""
    counts = [field.heading for field in register.fields if field.default is not None and field.key not in taken]
    for name in close or counts:
        known = names_of(register.key).get(fold_number(name))
        if known and (unit := scale_in(known.field, word)):
            return name, unit
    return "", ""


def _may_be(register: Register, field: Field, money: str, values: Sequence[Any]) -> bool:
    if money and field.type != "yuan":
        return False
    words = [value for value in values if not _meant(register, field, value)]
    return _fits(field, words) and not (field.type == "text" and _are_days(values))


def _fits(field: Field, values: Sequence[Any]) -> bool:
    """Return whether a column accepts every value."""
    for value in values:
        try:
            parse(field, value)
        except Unclear:
            continue
        except ValueError:
            return False
    return True


def _says(register: Register, field: Field, values: Sequence[Any]) -> bool:
    """Return whether most values are permitted words of a column or words of its dictionary."""
    known = [
        value for value in values if _meant(register, field, value) or (_fits(field, [value]) and not _is_empty(value))
    ]
    return len(known) * 2 > len(values)


def _meant(register: Register, field: Field, value: Any) -> bool:
    """Return whether the dictionary knows a value in a column, or it is a term of years where one is permitted."""
    text = text_of(value)
    return bool(dictionary(register.key, field.key).find(text)) or (field.terms and years_in(text) > 0)


def _is_empty(value: Any) -> bool:
    return is_nothing(text_of(value))


def lines_for(word: str, close: Sequence[str]) -> list[str]:
    """Return the lines of params/columns.yaml that a heading may need: one for each it is likely to be, or that it is
    not wanted."""
    return [written_line(word, ours) for ours in close or (IGNORE,)]


def _apart(word: str, heading: str) -> bool:
    """Whether two headings are of two kinds of things: asking and answering, a beginning and an end."""
    return any({_side(word, kinds), _side(heading, kinds)} == {True, False} for kinds in book().apart)


def _side(word: str, kinds: Apart) -> bool | None:
    """Whether a heading is of the first of two kinds; None if it may be of either."""
    one = any(stem in word for stem in kinds.one)
    other = any(stem in word for stem in kinds.other) if kinds.other else not one
    return None if one == other else one


def _are_days(values: Sequence[Any]) -> bool:
    return bool(values) and _fits(Field("", "", "date"), values)
