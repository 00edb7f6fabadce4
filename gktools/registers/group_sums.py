"""Amounts that are the sums of other records: of all of them, or of those with one word in a column, or of one month."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from .schema import Field, Register, fold

_LEAST, _MANY = 5, 4
_MONTH = len("2024-03")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Amounts:
    """The amounts of some records, and what else their columns say: by its words, or its months, they may be summed up."""

    amounts: tuple[int, ...]
    words: Mapping[str, tuple[Any, ...]]

    def at(self, places: range) -> Amounts:
        """Return those at some places."""
        cut = slice(places.start, places.stop)
        return Amounts(self.amounts[cut], {key: words[cut] for key, words in self.words.items()})

    def and_(self, other: Amounts) -> Amounts:
        """Return these and others, with the columns of both."""
        both = {key: (*words, *other.words[key]) for key, words in self.words.items() if key in other.words}
        return Amounts((*self.amounts, *other.amounts), both)


def amounts_of(register: Register, columns: Mapping[str, Sequence[Any]]) -> Amounts | None:
    """Return the amounts of records of a register that knows none by a number; None if it has no amounts."""
    amount = next((field.key for field in register.fields if field.key in columns and _is_amount(field)), None)
    if register.identity or amount is None:
        return None
    numbers = tuple(value if isinstance(value, int) else 0 for value in columns[amount])
    words = {key: tuple(values) for key, values in columns.items() if key != amount}
    return Amounts(numbers, words)


def _is_amount(field: Field) -> bool:
    return field.type == "yuan" or field.default is not None


def _word(value: Any) -> str:
    text = str(value or "")
    return text[:_MONTH] if _DAY.fullmatch(text) else fold(text)


def are_sums(sums: Amounts, details: Amounts) -> bool:
    """Return whether all of some amounts together are the sums of all of others.

    Equal amounts are common where a fee is fixed: each has to have the word of what it sums up, or all of them lack what the
    others have (a number), or have names of their own; a single one has to lack it, unless the others are many.
    """
    wanted, summed = (sorted(amount for amount in each.amounts if amount) for each in (sums, details))
    if not 0 < len(wanted) < len(summed) or sum(wanted) != sum(summed) or sum(wanted) < _LEAST:
        return False
    if len(wanted) == 1:
        return len(summed) >= _MANY or _lack(sums, details)
    apart = _lack(sums, details) or _have_own_names(sums, details)
    return any(_sum_up(sums, details, key, wanted, apart=apart) for key in details.words)


def _sum_up(sums: Amounts, details: Amounts, key: str, wanted: Sequence[int], *, apart: bool) -> bool:
    groups = _by_word(details, key)
    return sorted(groups.values()) == wanted and (apart or groups == _by_word(sums, key))


def _by_word(found: Amounts, key: str) -> dict[str, int]:
    by_word: defaultdict[str, int] = defaultdict(int)
    for word, amount in zip(found.words.get(key, ()), found.amounts, strict=False):
        by_word[_word(word)] += amount
    return {word: amount for word, amount in by_word.items() if amount}


def _lack(sums: Amounts, details: Amounts) -> bool:
    return any(all(words) and not any(sums.words.get(key, ())) for key, words in details.words.items())


def _have_own_names(sums: Amounts, details: Amounts) -> bool:
    """Return whether a column whose texts repeat among the details has others in all of the sums."""
    for key, words in details.words.items():
        theirs, ours = ({_word(word) for word in some} for some in (words, sums.words.get(key, ())))
        texts = all(isinstance(word, str) and not _DAY.fullmatch(word) for word in words)
        if texts and ours and len(theirs) < len(words) and "" not in ours and not ours & theirs:
            return True
    return False


def sums_at_an_end(found: Amounts) -> range:
    """Return the places of records, the first or the last ones, that are the sums of all others; none if there are none."""
    whole = range(len(found.amounts))
    for place in _halves(found.amounts):
        first, last = whole[:place], whole[place:]
        sums, details = (first, last) if len(first) < len(last) else (last, first)
        if len(sums) > 1 and are_sums(found.at(sums), found.at(details)):
            return sums
    return range(0)


def _halves(amounts: Sequence[int]) -> Iterator[int]:
    """Yield the places at which the amounts before add up to as much as those from there on."""
    total = sum(amounts)
    return (i for i, before in enumerate(accumulate(amounts), 1) if 2 * before == total and total)
