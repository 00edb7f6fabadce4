"""What headings and names show: which register a table is, that a column may change a figure, that a day is only planned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from ..schema import fold, fold_number
from ..words import Effect, book
from .units import parted
from .values import text_of


def is_of_every_ledger(heading: str) -> bool:
    """Return whether a heading is one that ledgers of many kinds have, so that it shows no register."""
    return bool({fold_number(heading), parted(fold_number(heading))[0]} & _common())


@lru_cache
def _common() -> frozenset[str]:
    return frozenset(map(fold_number, book().every_ledger))


def is_called_after(register: str, names: Iterable[str]) -> bool:
    """Return whether one of some names (of a file, its sheet, a title) says which register a table is."""
    said = book().called_after.get(register)
    return bool(said) and any(re.search(str(said), fold(name)) for name in names)


def effect_of(heading: str, values: Iterable[object] = ()) -> Effect | None:
    """Return why a column with an unknown heading may change a figure; None if neither its heading nor its first values say so."""
    return _by_heading(heading) or _by_cells([text for value in values if (text := text_of(value).strip())])


@lru_cache(maxsize=4096)
def _by_heading(heading: str) -> Effect | None:
    return next((effect for effect in book().effects if re.search(effect.heading, fold_number(heading))), None)


def _by_cells(texts: Sequence[str]) -> Effect | None:
    if not texts or (texts[0].isascii() and len(set(texts)) == 1):  # one 1 or x is no yes or no
        return None
    with_cells = (effect for effect in book().effects if effect.cells)
    return next((one for one in with_cells if all(re.fullmatch(one.cells, text, re.I) for text in texts)), None)


def is_planned(heading: str) -> bool:
    """Return whether a heading says that what stands below it is planned and not done: 决定日期（拟）."""
    return re.search(book().planned, heading) is not None
