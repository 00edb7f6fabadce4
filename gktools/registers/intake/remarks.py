"""The remarks of the rows whose words no rule knows: what is told of them once a sheet, as they change no figure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice

from ...errors import Problem
from ..person_numbers import personal_number
from ..sheet import ENTERED
from ..word_warnings import format_remarks
from ..words import ELSEWHERE, ORDINAL, Beside, book, is_nothing, is_of_known_words, looks_personal, plain, rules_of
from .conditions import BETWEEN, knows
from .places import Where

_LONGEST, _MOST, _LOOKED_AT = 24, 8, 1000
"""How many characters a remark has that is shown, how many different ones are, and among how many they are looked for."""


def told_remarks(
    where: Where, register: str, lines: Sequence[int], texts: Mapping[str, Sequence[str]]
) -> Iterator[Problem]:
    """Yield one warning that names the remarks of a sheet that no rule knows, with their rows; none of an entry by hand.

    texts are those of the columns of remarks, by key. A remark that may be personal is named by its rows only.
    """
    unknown: dict[str, list[int]] = {}
    for key, cells in texts.items() if where.file != ENTERED else ():
        known = _Known(register, key)
        for line, cell in zip(lines, cells, strict=True):
            for text in cell.split(BETWEEN) if cell else ():
                if not known[text]:
                    unknown.setdefault(text.strip(), []).append(line)
    if unknown:
        shown = list(islice(filter(_may_show, islice(unknown, _LOOKED_AT)), _MOST))
        hidden = sorted({line for text, found in unknown.items() if text not in shown for line in found})
        said = format_remarks([(text, unknown[text]) for text in shown], len(unknown) - len(shown), hidden)
        yield where.problem(said, min(line for found in unknown.values() for line in found))


class _Known(dict[str, bool]):
    """Whether a remark is known: of a harmless kind, or one that a rule of its register looks for."""

    def __init__(self, register: str, key: str) -> None:
        super().__init__()
        keys = (key, ELSEWHERE) if key == ORDINAL else (key,)
        self._conditions = [
            one for rule in rules_of(register) for one in rule.any if one.beside in keys and _looks(one)
        ]
        self._harmless = _is_ordinal if key == ORDINAL else is_harmless

    def __missing__(self, text: str) -> bool:
        self[text] = known = self._harmless(text) or any(knows(one, text) for one in self._conditions)
        return known


def _looks(condition: Beside) -> bool:
    return bool(condition.like or condition.unlike or condition.parts)


def is_harmless(text: str) -> bool:
    """Return whether every part of a remark is of a kind that changes no figure: nothing, a number, a day, 已归档."""
    return is_nothing(text) or all(_harmless().fullmatch(part) for part in _PARTS.split(plain(text)))


def _is_ordinal(text: str) -> bool:
    return re.fullmatch(book().notes.ordinals, plain(text)) is not None


_PARTS = re.compile("[,;:。、!?()\\s]+")


@lru_cache
def _harmless() -> re.Pattern[str]:
    return re.compile(book().notes.harmless)


def _may_show(text: str) -> bool:
    """Return whether a remark is short and made of known words, so that it names no person."""
    if len(text) > _LONGEST or looks_personal(text) or personal_number(text, cards=True):
        return False
    return is_of_known_words(text)
