"""Documents of a register that have a later edition in it: of the same name, but for a bracket that says it was revised.

Those with the same title and another number may be a plan of each year: they are not taken for editions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from ..words import book, plain

LATER = "later"
"""The key of these titles in words.yaml."""


def later_editions(titles: Sequence[Any], days: Sequence[Any]) -> list[str]:
    """Return for each document the title of another that revises it and was published after it; else empty."""
    last: dict[str, int] = {}
    names = [_name(title) if isinstance(day, date) else "" for title, day in zip(titles, days, strict=True)]
    for i, name in enumerate(names):
        if name and (name not in last or days[i] > days[last[name]]):
            last[name] = i
    found = [""] * len(names)
    for i, name in enumerate(names):
        j = last.get(name, i)
        if days[j] != days[i] and plain(titles[i]) != plain(titles[j]):
            found[i] = str(titles[j])
    return found


def _name(title: Any) -> str:
    """Return a title without the brackets that only say that it was revised."""
    if not isinstance(title, str):
        return ""
    return _BRACKET.sub(lambda bracket: "" if _edition().search(bracket[1]) else bracket[0], plain(title)).strip("《》")


@lru_cache
def _edition() -> re.Pattern[str]:
    return re.compile(book().notes.edition)


_BRACKET = re.compile(r"\(([^()]*)\)")
