"""Invisible and look-alike characters: normalization for comparison."""

from __future__ import annotations

import re
import unicodedata

from ..errors import INVISIBLE

_BLANK = frozenset("\u115f\u1160\u3164\uffa0")
"""Fillers: invisible characters that take up width."""


def strip_invisible(text: str) -> str:
    """Return a text without its invisible characters; a filler becomes a space."""
    return text if text.isascii() else INVISIBLE.sub(lambda found: " " if found[0] in _BLANK else "", text)


def odd_digits(text: str) -> bool:
    """Return whether a text holds numeric characters that NFKC turns into plain digits: ², ①, ½."""
    return not text.isascii() and any(
        character.isnumeric()
        and not "０" <= character <= "９"
        and unicodedata.normalize("NFKC", character) != character
        for character in text
    )


def fold(text: str) -> str:
    """Return text for comparison: NFKC, without invisible characters and white space, lower case."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", INVISIBLE.sub("", text))
    return "".join(text.split()).lower()


def fold_number(text: str) -> str:
    """Return a number for comparison: as fold does, with one kind of brackets and dashes."""
    folded = fold(text)
    return folded if folded.isascii() and not _SOME.search(folded) else folded.translate(_SAME)


_SAME = (
    {ord(bracket): "(" for bracket in "〔【[{「『〖〘〚《〈⟦⟨❲"}
    | {ord(bracket): ")" for bracket in "〕】]}」』〗〙〛》〉⟧⟩❳"}
    | {ord(dash): "-" for dash in "‐‑‒–—―−﹘"}
)
_SOME = re.compile(r"[\[\]{}]")
