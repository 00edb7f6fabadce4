"""What an unknown heading may stand for: never a column of another unit, nor one that its values do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from ..schema import Field, Register, fold, fold_number
from .units import heading_in, names_of, parted, unit_named
from .values import Unclear, parse, text_of

_LOOKED_AT = 20
"""How many values below a heading are looked at."""
_MOST = 4


def proposals(register: Register, word: str, values: Sequence[Any]) -> list[str]:
    """Return the headings that an unknown one may stand for, the likeliest first.

    Words that all stand in one list name its column; otherwise the headings most alike whose column can hold the values.
    """
    bare, unit = parted(fold_number(word))
    money = unit_named(unit)
    some = values[:_LOOKED_AT]
    named = [field for field in register.fields if field.vocabulary and not money and _says(field, some)]
    names = {name: known.field for name, known in names_of(register.key).items() if _may_be(known.field, money, some)}
    close = (names[name] for name in get_close_matches(bare if money else fold(word), names, _MOST, cutoff=0.5))
    found = dict.fromkeys(heading for field in (*named, *close) for heading in _headings(field, money))
    return list(found)[:_MOST]


def _headings(field: Field, money: str) -> tuple[str, ...]:
    """How a field is proposed: an amount with the unit of the heading, or as two where it says none."""
    if field.type != "yuan":
        return (field.heading,)
    return (heading_in(field, money),) if money else (field.heading, heading_in(field, "万元"))


def _may_be(field: Field, money: str, values: Sequence[Any]) -> bool:
    if money and field.type != "yuan":
        return False
    return _fits(field, values) and not (field.type == "text" and _are_days(values))


def _fits(field: Field, values: Sequence[Any]) -> bool:
    """Whether a column can hold every value."""
    for value in values:
        try:
            parse(field, value)
        except Unclear:
            continue
        except ValueError:
            return False
    return True


def _says(field: Field, values: Sequence[Any]) -> bool:
    """Whether every value is a word of a column's list, and not only an empty one."""
    return _fits(field, values) and any(fold(text_of(value)) in field.vocabulary for value in values)


def _are_days(values: Sequence[Any]) -> bool:
    return bool(values) and _fits(Field("", "", "date"), values)
