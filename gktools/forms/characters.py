"""Invisible and look-alike characters: normalization for comparison, and names for messages."""

from __future__ import annotations

import re
import unicodedata

_NAMES = {
    0x00AD: "软连字符", 0x200B: "零宽空格", 0x200C: "零宽不连字", 0x200D: "零宽连字", 0x200E: "从左到右标记",
    0x200F: "从右到左标记", 0x202A: "从左到右嵌入", 0x202B: "从右到左嵌入", 0x202C: "方向结束", 0x202D: "强制从左到右",
    0x202E: "强制从右到左", 0x2060: "词连接符", 0x2066: "从左到右隔离", 0x2067: "从右到左隔离", 0x2068: "方向隔离",
    0x2069: "隔离结束", 0xFEFF: "零宽不换行空格",
}  # fmt: skip
_RANGES = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x0600, 0x0605), (0x061C, 0x061C), (0x06DD, 0x06DD), (0x070F, 0x070F),
    (0x0890, 0x0891), (0x08E2, 0x08E2), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F),
    (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB), (0x110BD, 0x110BD), (0x110CD, 0x110CD), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Characters that Unicode defines as invisible: format characters, fillers, variation selectors."""
_UNSEEN = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _RANGES) + "]")


_BLANK = frozenset("\u115f\u1160\u3164\uffa0")
"""Fillers: invisible characters that take up width."""


def strip_invisible(text: str) -> str:
    """Return a text without its invisible characters; a filler becomes a space."""
    return text if text.isascii() else _UNSEEN.sub(lambda found: " " if found[0] in _BLANK else "", text)


def odd_digits(text: str) -> bool:
    """Return whether a text holds numeric characters that NFKC turns into plain digits: ², ①, ½."""
    return not text.isascii() and any(
        character.isnumeric()
        and not "０" <= character <= "９"
        and unicodedata.normalize("NFKC", character) != character
        for character in text
    )


def visible(text: str) -> str:
    """Return a text for a message, each invisible character replaced by its name, such as 【零宽空格】."""
    return text if text.isascii() else _UNSEEN.sub(lambda found: f"【{_name(found[0])}】", text)


def _name(character: str) -> str:
    return _NAMES.get(ord(character), f"看不见的字符 U+{ord(character):04X}")


def fold(text: str) -> str:
    """Return text for comparison: NFKC, without invisible characters and white space, lower case."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
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
