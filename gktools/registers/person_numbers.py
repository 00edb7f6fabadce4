"""The shapes of numbers of persons, however their digits are written: 138-0013-8000, １３８ …, ①③⑧ …, 一三八 ….

Patterns are for texts as plain_digits returns them; what may stand before and behind a number is for their users to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from unicodedata import category, digit, normalize

from ..errors import INVISIBLE

_SPOKEN = dict(zip("〇零○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "0001234567891123456789", strict=True))
_RUN = re.compile(rf"[0-9{''.join(_SPOKEN)}]{{11,}}")
"""Chinese numerals without a ten or a hundred in such a run are digits that somebody spells out."""
_SHOWN_AS = dict.fromkeys(map(ord, "—–‐‑‒―−─ー"), "-") | dict.fromkeys(map(ord, "\t\n\r\u2800"), " ")
ODD_DIGITS = "⁰¹²³⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒" + "".join(_SPOKEN)
"""Signs beside \\d that plain_digits makes digits of, for a character class."""

_SIGNS = r"[-._·•・/\\*~+=:|…。]"
GAP = rf"(?: ?(?:{_SIGNS}|[()\[\]【】]{{1,2}}) ?| )?"
"""What may stand between two groups of digits of one number."""
_EACH = rf"(?: ?(?:{_SIGNS}|[,、]) ?| )"
_UNITS = "件条个项次份宗起人户元万亿%"
MOBILE = "|".join((
    rf"1[3-9]\d{GAP}\d{{4}}{GAP}\d{{4}}",
    r"1[3-9]\d{3} \d{6}|1[3-9]\d\d \d{4} \d{3}|1[3-9]\d \d{3} \d{5}",
    rf"1[3-9]\d(?P<comma>[,、])\d{{4}}(?P=comma)\d{{4}}(?! ?[{_UNITS}])",
    rf"(?<!\d[ ,、])1{_EACH}[3-9](?:{_EACH}\d){{9}}(?!{_EACH}\d)",
))  # fmt: skip
"""A mobile telephone number: in the usual groups, or with something behind every digit. Holds the group comma."""
CITIZEN = rf"[1-9](?:{GAP}\d){{16}}{GAP}[\dXx×ХхΧχ]"
"""A citizen's identity number, if is_citizen agrees."""
_MOST_GAPS = 6
_ALL_DIGITS, _OLD_DIGITS = 18, 15


def plain_digits(text: str) -> tuple[str, Sequence[int]]:
    """Return a text with plain digits, of half width and without what is not seen, and the place of each character in the given text."""
    if text.isascii():
        return text.translate(_SHOWN_AS), range(len(text))
    places = [i for i, sign in enumerate(text) if not INVISIBLE.match(sign) and category(sign) not in ("Mn", "Me")]
    seen = "".join(_plain(text[i]) for i in places)
    return _RUN.sub(lambda run: "".join(_SPOKEN.get(sign, sign) for sign in run[0]), seen), places


def _plain(sign: str) -> str:
    value = digit(sign, None)
    folded = normalize("NFKC", sign) if value is None else str(value)
    return (folded if len(folded) == 1 else sign).translate(_SHOWN_AS)


def is_citizen(text: str) -> bool:
    """Return whether a number is a citizen's identity number: a date of birth, and the correct check character (GB 11643)."""
    digits = "".join(re.findall(r"\d", text))
    number = digits if text[-1].isdecimal() else f"{digits}X"
    if len(number) == _OLD_DIGITS:
        return _is_day(f"19{number[6:12]}")
    gaps = len(re.findall(r"\d(?=\D+\d)", text))
    grouped = gaps <= _MOST_GAPS or gaps >= _ALL_DIGITS - 2
    return grouped and _is_day(number[6:14]) and citizen_check(number) == number[-1]


def _is_day(text: str) -> bool:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).year in range(1880, 2100)
    except ValueError:
        return False


def citizen_check(number: str) -> str:
    """Return the check character for the first 17 digits of a citizen's identity number (GB 11643)."""
    weighted = sum(int(digit) * (2 ** (17 - i) % 11) for i, digit in enumerate(number[:17]))
    return "10X98765432"[weighted % 11]
