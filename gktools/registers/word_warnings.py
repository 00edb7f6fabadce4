"""The import warning about words read as values: its format, and its parser for comparing offices in a roll-up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

SAID = "按词理解："
_ONE = re.compile(r"([^；：]+?) → ([^；]+?)，\d+ 格")


def format_word_values(words: Mapping[tuple[str, str], int]) -> str:
    """Return the text of a warning: each word with its value's label and the number of cells."""
    return SAID + "；".join(f"{word} → {label}，{cells} 格" for (word, label), cells in words.items())


def read_word_values(warning: str) -> Iterator[tuple[str, str, str]]:
    """Yield column, word and label from a warning of this kind; nothing for any other."""
    place, said, words = warning.partition(SAID)
    column = re.search(r"“([^”]+)”列：$", place)
    for found in _ONE.finditer(words) if said and column else ():
        yield column[1] if column else "", found[1], found[2]
