"""References between the records of one register, such as a case that redoes another: chains back to the first record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...forms.characters import fold_number


def references(numbers: Iterable[str], named: Iterable[str]) -> dict[str, str]:
    """Return the number that each record names, by its own number, both folded.

    A record that names itself or a number that the register does not hold is left out: such a reference joins nothing.
    """
    own = [fold_number(number) for number in numbers]
    held = set(own)
    pairs = zip(own, map(fold_number, named), strict=True)
    return {number: other for number, other in pairs if other in held and other != number}


def chain(number: str, before: Mapping[str, str]) -> tuple[str, ...]:
    """Return the numbers from a record back to the first of its chain; a circle ends with a number already in it."""
    found = [number]
    while earlier := before.get(found[-1]):
        circular = earlier in found
        found.append(earlier)
        if circular:
            break
    return tuple(found)


def is_circular(numbers: Sequence[str]) -> bool:
    """Return whether a chain leads back into itself, so that it has no first record."""
    return numbers[-1] in numbers[:-1]
