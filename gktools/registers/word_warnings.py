"""The import warnings about words and headings read as values: their formats, and a parser for comparing offices in a roll-up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

SAID = "按词理解："
_HEADINGS = "按 params/columns.yaml 认的表头："
_HIDDEN = "按 params/columns.yaml 换了词："
_ONE = re.compile(r"([^；：]+?) → ([^；]+?)，\d+ 格")


def format_word_values(words: Mapping[tuple[str, str], int]) -> str:
    """Return the text of a warning: each word with its value's label and the number of cells."""
    return SAID + "；".join(f"{word} → {label}，{cells} 格" for (word, label), cells in words.items())


def format_hidden_words(cells: int) -> str:
    """Return the text of a warning about the office's words in a column whose content is not shown."""
    return f"{_HIDDEN}{cells} 格（这一栏的内容不显示）"


def format_own_headings(headings: Iterable[tuple[str, str]]) -> str:
    """Return the text of a warning: each heading with what the office takes it for."""
    return _HEADINGS + "；".join(f"{heading} → {ours}" for heading, ours in headings)


def tells_meanings(warning: str) -> bool:
    """Return whether a warning says what words or headings were taken for, and nothing else."""
    return any(read_word_values(warning)) or _HEADINGS in warning or _HIDDEN in warning


def read_word_values(warning: str) -> Iterator[tuple[str, str, str]]:
    """Yield column, word and label from a warning of this kind; nothing for any other."""
    place, said, words = warning.partition(SAID)
    column = re.search(r"“([^”]+)”列：$", place)
    for found in _ONE.finditer(words) if said and column else ():
        yield column[1] if column else "", found[1], found[2]
