"""What a text beside a record says that a condition of words.yaml looks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..words import SECTION, Beside, is_nothing, looks_personal, may_be_set_off, plain, set_off

BETWEEN = "；"
"""What stands between the texts of several columns of one key."""
_LONGEST_SHOWN = 12


def matched(condition: Beside, cell: str) -> str | None:
    """Return what a text says that a condition looks for; None if it does not."""
    if condition.unlike:
        unlike = (part for part in cell.strip().split(BETWEEN) if not is_nothing(part))
        return next((part for part in unlike if not re.search(condition.unlike, part.strip())), None)
    found = _found(condition, cell)
    if found is None:
        return None
    groups = found.groupdict().items()
    return next((said for name, said in groups if said and name.startswith("word")), found[0])


def _found(condition: Beside, cell: str) -> re.Match[str] | None:
    """Return the first match of a condition in a text that is none of its group "other"; None if there is none."""
    text = cell.strip()
    if not text or (text.isalnum() and is_nothing(text)) or (condition.parts and not may_be_set_off().search(text)):
        return None
    pattern = set_off(condition.parts) if condition.parts else re.compile(condition.like)
    matches = (found for said in _wordings(text) for found in pattern.finditer(said))
    return next((found for found in matches if found.groupdict().get("other") is None), None)


def _wordings(text: str) -> Iterator[str]:
    """The texts in which a condition is looked for: all of a text, and each that it was joined from, as it is and plain."""
    yield text
    if not text.isalnum():
        several = text.split(BETWEEN) if BETWEEN in text else [text]
        yield from several if len(several) > 1 else ()
        yield from (said for one in several if (said := plain(one)) != text)


def knows(condition: Beside, text: str) -> bool:
    """Return whether a condition has to do with a text: it asks about it, or passes over a word that it has."""
    return (
        bool(condition.unlike or (condition.like and re.search(condition.like, text)))
        or matched(condition, text) is not None
    )


def year_said(condition: Beside, cell: str) -> str:
    """Return the year that stands beside the word a condition looks for; empty if none does."""
    found = _found(condition, cell) if condition.like else None
    groups = found.groupdict().items() if found else ()
    return next((year for name, year in groups if year and name.startswith("year")), "")


def word_said(condition: Beside, cell: Any) -> str:
    """Return the word that a condition looks for in a cell, as far as it can be shown; empty if it says none."""
    found = plain(matched(condition, cell) or "") if isinstance(cell, str) else ""
    longest = _LONGEST_SHOWN if condition.beside != SECTION else len(found)
    return "" if len(found) > longest or (condition.unlike and looks_personal(found)) else found


def is_filled(cell: Any) -> bool:
    """Return whether a cell, or the value of one, says anything."""
    return not is_nothing(cell) if isinstance(cell, str) else cell is not None
