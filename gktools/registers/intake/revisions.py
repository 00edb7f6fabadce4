"""Documents of a register that have a later edition in it: of the same name, but for what brackets add."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from ..words import plain

LATER = "later"
"""The key of these titles in words.yaml."""


def later_editions(titles: Sequence[Any], numbers: Sequence[Any], days: Sequence[Any]) -> list[str]:
    """Return for each document the title of another of its name that was published after it; empty if none was.

    One with the same title and the same number is no other.
    """
    last: dict[str, int] = {}
    names = [_name(title) if isinstance(day, date) else "" for title, day in zip(titles, days, strict=True)]
    for i, name in enumerate(names):
        if name and (name not in last or days[i] > days[last[name]]):
            last[name] = i
    found = [""] * len(names)
    for i, name in enumerate(names):
        j = last.get(name, i)
        if days[j] != days[i] and (titles[i], numbers[i]) != (titles[j], numbers[j]):
            found[i] = str(titles[j])
    return found


def _name(title: Any) -> str:
    """Return a title without its brackets, but for one that counts parts: （一）, （第二批）."""
    return _ADDED.sub("", plain(title)).strip("《》") if isinstance(title, str) else ""


_ADDED = re.compile(r"\((?!第?[一二三四五六七八九十0-9]{1,3}[批期号类]?\))[^()]*\)")
