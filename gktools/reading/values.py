"""The text of a cell as a value: a figure with its digits, any other text as found, or a blank."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from ..errors import INVISIBLE
from .published import PrintedValue

MOST_DIGITS = 20
"""A run of more digits is no figure; it is kept as text."""
LONGEST_VALUE = 40
"""The maximum number of characters of what may be a value where no label stands in its row."""


def value_of(text: str) -> PrintedValue:
    """Return the value of a cell's text; figures on several lines are no number.

    >>> value_of(" 12 "), value_of("1,234"), value_of("")
    (12, '1,234', '')
    """
    seen = INVISIBLE.sub("", text).strip()
    if len([line for line in seen.splitlines() if line.strip()]) > 1:
        return " ".join(seen.split())
    bare = "".join(seen.split())
    if not _NUMBER.fullmatch(bare) or len(bare) > MOST_DIGITS:
        return " ".join(seen.split())
    return Decimal(bare) if "." in bare else int(bare)


_NUMBER = re.compile(r"(?!-0\Z)-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
"""Digits that a number in JSON keeps: 03 and -0 stay texts."""


_RAISED, _LEVEL = "\ue000", "\ue001"


def marked(text: str) -> str:
    """Return a raised or lowered part of a cell's text, set apart for without_marks."""
    return f"{_RAISED}{text}{_LEVEL}" if text.strip() else text


def without_marks(text: str) -> str:
    """Return the text of a cell without the raised marks of notes at the ends of its lines.

    What is raised in front of something or within it stands after a ^, so that it is no part of a number; where
    everything is raised, it is the text.

    >>> without_marks("629" + marked("1")), without_marks(marked("5")), without_marks("6" + marked("2") + "9")
    ('629', '5', '6^29')
    """
    if _RAISED not in text:
        return text
    if is_blank(_MARK.sub("", text)):
        return text.replace(_RAISED, "").replace(_LEVEL, "")
    return _MARK.sub(r"^\1", _MARK_AT_END.sub("", text)).replace(_RAISED, "").replace(_LEVEL, "")


_MARK = re.compile(f"{_RAISED}([^{_RAISED}{_LEVEL}]*){_LEVEL}")
_MARK_AT_END = re.compile(rf"(?m)(?<=[^\s{_RAISED}{_LEVEL}])(?:\s*{_RAISED}[^{_RAISED}{_LEVEL}]*{_LEVEL})+[^\S\n]*$")


def is_blank(text: str) -> bool:
    """Return whether nothing can be seen in a text."""
    return not INVISIBLE.sub("", text).strip()


def may_be_value(text: str) -> bool:
    """Return whether a text looks like what stands in a cell for figures, not like a label or a sentence."""
    seen = "".join(INVISIBLE.sub("", text).split())
    if not seen or _NONE.fullmatch(seen):
        return True
    plain = unicodedata.normalize("NFKC", seen)
    return len(plain) <= LONGEST_VALUE and bool(_FIGURE.fullmatch(plain))


_NONE = re.compile(r"[/／\\\-－—–─―_＿~～*＊.·、]+|无|無|零|〇|[nN][/]?[aA]|○|O")
_FIGURE = re.compile(r"[-+—–−±]*\(?[-+]?\d[\d,，.．'\s]*\)?[%％]?(?:万|亿|千|百)?[\u4e00-\u9fff]{0,3}")


def amount_of(value: PrintedValue) -> Decimal | None:
    """Return the amount that a reader sees in a value, 0 for a blank; None if there is none."""
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if value is None:
        return None
    plain = unicodedata.normalize("NFKC", value).replace(",", "").strip()
    if is_blank(plain) or _NONE.fullmatch(plain):
        return Decimal(0)
    return Decimal(plain) if _NUMBER.fullmatch(plain.removeprefix("+")) else None
