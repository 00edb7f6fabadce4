"""Which readings of a row agree with the sums of its form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache

from ..forms.model import Form, leaves, totals
from .published import PrintedValue
from .values import amount_of

Group = tuple[tuple[int, ...], int]
"""The places of the parts of a sum, and the place of the sum, among the columns of a row."""


def sum_groups(form: Form, columns: Sequence[str]) -> tuple[Group, ...]:
    """Return the sums across a row of a form whose columns have these keys in this order; those with all their parts."""
    place = {key: number for number, key in enumerate(columns)}
    return tuple(
        (tuple(place[part] for part in parts), place[total])
        for total, parts in totals(form.blocks[0].columns)
        if total in place and all(part in place for part in parts)
    )


def column_order(form: Form, under: str = "") -> tuple[str, ...]:
    """Return the keys of a form's columns in printed order, of those below one heading if it is named."""
    keys = (path for path, _ in leaves(form.blocks[0].columns))
    return tuple(key for key in keys if not under or key.startswith(f"{under}."))


def agrees(values: Sequence[PrintedValue], groups: Sequence[Group]) -> bool:
    """Return whether every sum of a row is the sum of its parts; a blank counts as 0."""
    amounts = [amount_of(value) for value in values]
    return bool(groups) and all(_agrees(amounts, group) for group in groups)


def _agrees(amounts: Sequence[Decimal | None], group: Group) -> bool:
    parts, total = group
    found = [amounts[place] for place in (*parts, total)]
    numbers = [one for one in found if one is not None]
    return len(numbers) == len(found) and sum(numbers[:-1]) == numbers[-1]


def splits(digits: str, sizes: Sequence[int], most: int = 2) -> list[tuple[int, ...]]:
    """Return the ways to cut a run of digits into numbers so that in groups of these sizes the last is the sum of the others.

    At most `most` ways are returned; no number begins with a 0 but 0 itself.
    """
    if len(digits) > _DIGITS_A_CELL * sum(sizes):
        return []
    try:
        return list(_whole(digits, tuple(sizes), most, _Steps()))
    except _TooManySteps:
        return []


class _TooManySteps(Exception):  # noqa: N818 - no error
    pass


class _Steps:
    """A limit of the search."""

    def __init__(self) -> None:
        self.left = _MOST_STEPS

    def take(self) -> None:
        """Count one step. Raises _TooManySteps after the last."""
        self.left -= 1
        if self.left < 0:
            raise _TooManySteps


_MOST_STEPS = 12_000
"""With more steps than this, there are too many ways."""
_DIGITS_A_CELL = 4
"""With more digits a cell, on average, they are not cut: there are too many ways."""


def _whole(digits: str, sizes: tuple[int, ...], most: int, steps: _Steps) -> tuple[tuple[int, ...], ...]:
    @cache
    def rest(start: int, group: int) -> tuple[tuple[int, ...], ...]:
        if group == len(sizes):
            return ((),) if start == len(digits) else ()
        found: list[tuple[int, ...]] = []
        for end, numbers in _group(digits, start, sizes[group], steps):
            for tail in rest(end, group + 1):
                found.append((*numbers, *tail))
                if len(found) >= most:
                    return tuple(found)
        return tuple(found)

    return rest(0, 0)


_LONGEST_NUMBER = 6


def _group(digits: str, start: int, size: int, steps: _Steps) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield the ends and numbers of every group of `size` numbers from a place whose last is the sum of the others."""

    def parts(place: int, left: int, total: int, chosen: tuple[int, ...]) -> Iterator[tuple[int, tuple[int, ...]]]:
        steps.take()
        if not left:
            end = place + len(str(total))
            if digits[place:end] == str(total):
                yield end, (*chosen, total)
            return
        for end in range(place + 1, min(place + _LONGEST_NUMBER, len(digits) - left) + 1):
            number = int(digits[place:end])
            yield from parts(end, left - 1, total + number, (*chosen, number))
            if digits[place] == "0":
                return

    yield from parts(start, size - 1, 0, ())
