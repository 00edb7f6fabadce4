"""How it is said which words were taken for which values, and read again: a roll-up compares what offices decided."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

SAID = "按词理解："
_ONE = re.compile(r"([^；：]+?) → ([^；]+?)，\d+ 格")


def format_word_values(words: Mapping[tuple[str, str], int]) -> str:
    """Say for each word and what it was taken for in how many cells that was."""
    return SAID + "；".join(f"{word} → {label}，{cells} 格" for (word, label), cells in words.items())


def read_word_values(warning: str) -> Iterator[tuple[str, str, str]]:
    """Yield column, word and what it was taken for, from a warning that says so."""
    place, said, words = warning.partition(SAID)
    column = re.search(r"“([^”]+)”列：$", place)
    for found in _ONE.finditer(words) if said and column else ():
        yield column[1] if column else "", found[1], found[2]
