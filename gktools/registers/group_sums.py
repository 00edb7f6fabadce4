"""Amounts that are the sums of other records: of all of them, or of those with one word in a column, or of one month."""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate, chain, groupby
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


def is_called_summary(name: str, others: Iterable[str]) -> bool:
    """Return whether a file or sheet is called a summary, and none of the others is."""
    return bool(_SUMMARY.search(name)) and not any(map(_SUMMARY.search, others))


_SUMMARY = re.compile("汇总|合计|总表|月报|季报|年报")


def sums_among(every: Mapping[int, Amounts], new: int | None = None) -> set[int]:
    """Return which of several lists of amounts are the sums of all others, or most of them those of some months, of a project.

    With a new one only what concerns that: what the others are to each other was asked when they came.
    """
    whole = sum(sum(each.amounts) for each in every.values())
    found = {
        number
        for number, each in every.items()
        if len(every) > 1 and 2 * sum(each.amounts) == whole and are_sums(each, _others(every, number))
    }
    for key in dict.fromkeys(chain.from_iterable(each.words for each in every.values())):
        found |= set(_sums_by_word(every, key, new))
    return found


def _others(every: Mapping[int, Amounts], number: int) -> Amounts:
    return reduce(Amounts.and_, (each for other, each in every.items() if other != number))


def _sums_by_word(every: Mapping[int, Amounts], key: str, new: int | None) -> Iterator[int]:
    """Yield those of which most amounts with one word in a column, or of one month, are the sum of the others' with it."""
    groups = {number: _all_by_word(each, key) for number, each in every.items()}
    counts, totals = Counter[str](), Counter[str]()
    for group in groups.values():
        for word, amounts in group.items():
            counts[word] += len(amounts)
            totals[word] += sum(amounts)
    for number, group in groups.items():
        concerned = group if new in (None, number) else group.keys() & groups[new].keys()
        compared = [word for word in concerned if counts[word] - len(group[word]) > 1]
        found = [
            word
            for word in compared
            if len(group[word]) == 1 and 2 * group[word][0] == totals[word] and group[word][0] >= _LEAST
        ]
        if len(found) == 1 == len(compared):
            theirs = [amount for other, each in groups.items() if other != number for amount in each.get(found[0], ())]
            if _is_alone(every, number, theirs):
                yield number
        elif 2 * len(found) > len(compared) > 1:
            yield number


def _is_alone(every: Mapping[int, Amounts], number: int, theirs: Sequence[int]) -> bool:
    """Return whether a single sum may be one: with next to nothing beside it, of amounts that are not all equal.

    Of two only if it lacks what these have, or is of the last day of a month.
    """
    sums = every[number]
    if len(sums.amounts) > _BESIDE or len(set(theirs)) == 1:
        return False
    return len(theirs) > _BESIDE or _lack(sums, _others(every, number)) or _at_an_end(sums)


_BESIDE, _DECEMBER = 2, 12


def _at_an_end(found: Amounts) -> bool:
    """Return whether all days of a column are the last of their months."""
    days = ([str(word or "") for word in words] for words in found.words.values())
    return any(all(_DAY.fullmatch(day) and _is_last(day) for day in column) for column in days if column)


def _is_last(day: str) -> bool:
    year, month, number = map(int, day.split("-"))
    return 1 <= month <= _DECEMBER and number == monthrange(year, month)[1]


def _all_by_word(found: Amounts, key: str) -> dict[str, list[int]]:
    by_word: defaultdict[str, list[int]] = defaultdict(list)
    for word, amount in zip(found.words.get(key, ()), found.amounts, strict=False):
        if amount and (said := _word(word)):
            by_word[said].append(amount)
    return by_word


def sums_of_days(found: Amounts) -> list[int]:
    """Return the places of amounts that sum up the others of their day or month, each the last or each the first of these.

    Those of several days have to; one that is nearly the sum, or of a single amount, is among them then.
    """
    for column in found.words.values():
        days = [str(word or "") for word in column]
        if not all(map(_DAY.fullmatch, filter(None, days))) or not any(days):
            continue
        for length in (len("2024-03-05"), _MONTH):
            cut = [day[:length] for day in days]
            runs = [[*run] for _, run in groupby(range(len(cut)), key=cut.__getitem__)]
            for last in (-1, 0):
                if places := _sums_of(found.amounts, [run for run in runs if len(run) > 1], last):
                    return places
    return []


def _sums_of(amounts: Sequence[int], runs: Sequence[Sequence[int]], last: int) -> list[int]:
    """Return the places of the last amount of each run, or the first, if those of several runs are the sum of the others."""
    sums, found, missed = 0, list[int](), 0
    for run in runs:
        amount = amounts[run[last]]
        others = [amounts[i] for i in run if i != run[last] and amounts[i]]
        few = len(others) < 2 or amount < _LEAST
        equal = amount == sum(others)
        near = not few and max(others) < amount and _is_near(amount, sum(others))
        if equal or near:
            found.append(run[last])
        is_sum = equal or (near and amount >= _FAR * max(others))
        sums, missed = sums + (is_sum and not few), missed + (not is_sum and not few)
    return found if sums > 1 and (not missed or (sums > 2 and 3 * missed <= sums)) else []


def _is_near(one: int, two: int) -> bool:
    return abs(one - two) * _NEAR <= max(one, two)


_NEAR, _FAR = 5, 3
"""A sum that was not brought up to date is off by less than the fifth part; it is seen for sure if it is far above the others."""


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
