"""The shapes of numbers of persons, however their digits are written: 138-0013-8000, １３８ …, ①③⑧ …, 一三八 ….

Patterns are for texts as plain_digits returns them; what may stand before and behind a number is for their users to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from unicodedata import category, digit, normalize

from ..errors import INVISIBLE

_SPOKEN = dict(zip("〇零○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "0001234567891123456789", strict=True))
_RUN = re.compile(rf"[0-9{''.join(_SPOKEN)}]{{11,}}")
"""Chinese numerals without a ten or a hundred in such a run are digits that somebody spells out."""
_SHOWN_AS = dict.fromkeys(map(ord, "—–‐‑‒―−─ー"), "-") | dict.fromkeys(map(ord, "\t\n\r\u2800"), " ")
ODD_DIGITS = "⁰¹²³⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒" + "".join(_SPOKEN)
"""Signs beside \\d that plain_digits makes digits of, for a character class."""
_TOUCHES = re.compile(rf"[{ODD_DIGITS}]\d|\d[{ODD_DIGITS}]")

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
_ALL_DIGITS, _OLD_DIGITS, _MOBILE_DIGITS = 18, 15, 11


def plain_readings(text: str) -> Iterator[tuple[str, Sequence[int]]]:
    """Yield a text with plain digits, and the place of each character in the given text, in each way it can be read.

    A numeral beside digits is one of them, or only touches them: 李一 and his number, ① and the first entry of a list.
    """
    plain, places = plain_digits(text)
    yield plain, places
    if _TOUCHES.search(text):
        yield "".join(sign if _is_plain(text[i]) else text[i] for sign, i in zip(plain, places, strict=True)), places


def plain_digits(text: str) -> tuple[str, Sequence[int]]:
    """Return a text with plain digits, of half width and without what is not seen, and the place of each character in the given text."""
    if text.isascii():
        return text.translate(_SHOWN_AS), range(len(text))
    places = [i for i, sign in enumerate(text) if not INVISIBLE.match(sign) and category(sign) not in ("Mn", "Me")]
    seen = "".join(_plain(text[i]) for i in places)
    return _RUN.sub(_spoken_digits, seen), places


def _spoken_digits(run: re.Match[str]) -> str:
    """Return a run of digits and numerals as digits, without numerals that only touch a number of a person."""
    signs, digits = run[0], "".join(_SPOKEN.get(sign, sign) for sign in run[0])
    apart = {i for i in range(len(signs) + 1) if i in (0, len(signs)) or {signs[i - 1], signs[i]} & _SPOKEN.keys()}
    whole, starts = digits + run.string[run.end() : run.end() + 1], sorted(apart)
    for start, end in ((start, start + length) for length in (_ALL_DIGITS, _MOBILE_DIGITS) for start in starts):
        number, ends = whole[start:end], end in apart or end == len(whole)
        if ends and ((re.fullmatch(CITIZEN, number) and is_citizen(number)) or re.fullmatch(r"1[3-9]\d{9}", number)):
            return signs[:start] + digits[start:end] + signs[end:]
    return digits


def _is_plain(sign: str) -> bool:
    return category(sign) == "Nd" or not re.match(f"[{ODD_DIGITS}]", sign)


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


def personal_number(text: str, *, cards: bool = False) -> str:
    """Return the kind of personal number, in Chinese, that a sentence contains: of a person or, with cards, a bank card.

    Empty if there is none. A number that goes on (in an address of a page, a code) is none.
    """
    if not _MAY_BE_NUMBER.search(text):
        return ""
    return next((kind for plain, _ in plain_readings(text) if (kind := _kind_in(plain.casefold(), cards))), "")


def personal_in_name(name: str) -> str:
    """Return the kind of personal number, in Chinese, in the name of a file or a sheet, whatever stands beside the number.

    A name is short and kept with what it holds: 张某13912345678_1 is no code.
    """
    alone = (number for plain, _ in plain_readings(name) for number in _ALONE.findall(plain))
    return next((kind for text in (name, *alone) if (kind := personal_number(text, cards=True))), "")


def _kind_in(seen: str, cards: bool) -> str:
    said = _APART.sub("", seen)
    if found := next((kind for kind, pattern in _NUMBERS.items() if pattern.search(said)), ""):
        return found
    if _MOBILE.search(seen):
        return "手机号"
    if any(is_citizen(found["number"]) for found in _CITIZEN.finditer(seen)):
        return "身份证号"
    return "银行卡号" if cards and any(map(_is_card, _CARD.findall(said))) else ""


def about_reason(text: str, what: str = "理由") -> str:
    """Return what to say of a reason, or what it is called, with a person's number or a card's; empty if it has none.

    It would be kept for good.
    """
    kind = personal_number(text, cards=True)
    return f"{what}里像是有{kind}：{what}一直留着，别人看得到，请只写是什么事，不写个人的号码" if kind else ""


def _is_card(number: str) -> bool:
    """Return whether a number has the check digit of a bank card (Luhn)."""
    doubled = (int(digit) * (1 + i % 2) for i, digit in enumerate(reversed(number)))
    return sum(each // 10 + each % 10 for each in doubled) % 10 == 0


_MAY_BE_NUMBER = re.compile(rf"(?:[\d{ODD_DIGITS}][\W_]{{0,4}}){{10}}[\d{ODD_DIGITS}]")
_APART = re.compile(r"(?<=\d)[ -](?=\d{4})")
_SUFFIX = r"\.(?:pdf|png|jpe?g|xlsx?|docx?|csv|txt|zip)(?![a-z])"
_WENT_ON = r"(?<![\da-z〕\]])(?<![\da-z〕\]][-_/.=&?%])"
_GOES_ON = rf"(?!\d|[-_/.=]\d|(?!{_SUFFIX})[-_/.]?[a-wyz])"
_NUMBERS = {
    "手机号": re.compile(rf"{_WENT_ON}(\+?86)?1[3-9]\d{{9}}{_GOES_ON}"),
    "身份证号": re.compile(
        rf"{_WENT_ON}[1-9]\d{{5}}(18|19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{{3}}[\dx]{_GOES_ON}"
    ),
}
_MOBILE = re.compile(rf"{_WENT_ON}(?!1\d\d[^\d ](?:19|20)\d\d\D)(?:{MOBILE}){_GOES_ON}")
"""Apart from what looks like a code with a year: 138/2024/0012."""
_CITIZEN = re.compile(rf"{_WENT_ON}(?=(?P<number>{CITIZEN.casefold()}){_GOES_ON})")
_ALONE = re.compile(r"(?<!\d)(?:\d{11}|\d{17}[\dXx]|\d{16,19})(?!\d)")
_CARD = re.compile(r"(?<![\da-z])62\d{14,17}(?!\d)")
