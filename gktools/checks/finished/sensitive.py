"""Detection of private content in a text by its form: identity, telephone and card numbers, paths, secrets.

A hit only contains its kind and position, never the content.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from unicodedata import normalize

from ...registers.intake.personal import citizen_check


class Kind(StrEnum):
    """The kinds of private content."""

    IDENTITY = "identity"
    TELEPHONE = "telephone"
    CARD = "card"
    PATH = "path"
    SECRET = "secret"  # noqa: S105 - the kind, not one

    @property
    def label(self) -> str:
        """The Chinese label of the kind."""
        return {
            "identity": "居民身份证号",
            "telephone": "电话号码",
            "card": "银行卡号",
            "path": "这台机器上的文件路径",
            "secret": "口令、密钥一类的内容",
        }[self.value]


@dataclass(frozen=True)
class Hit:
    """A piece of private content: its kind, and its start and end in the text."""

    kind: Kind
    start: int
    end: int


def sensitive(
    text: str, allowed: Collection[str] = (), secrets: Collection[str] = (), folder: str = ""
) -> Iterator[Hit]:
    """Yield the private contents of a text, each place once.

    allowed are the office's own telephone numbers, as digits, which are not reported; secrets are known secret texts of
    any form; folder is the path of the working folder.
    """
    plain = _half_width(text)
    taken: list[range] = []
    for kind, pattern, holds in _SHAPES:
        for match in pattern.finditer(plain):
            place = range(match.start(), match.end())
            free = not any(place.start < other.stop and other.start < place.stop for other in taken)
            if free and holds(match.group()) and not (kind == Kind.TELEPHONE and _digits(match.group()) in allowed):
                taken.append(place)
                yield Hit(kind, place.start, place.stop)
    if len(folder) >= _SHORTEST_FOLDER and (start := plain.find(folder)) >= 0 and not any(start in p for p in taken):
        yield Hit(Kind.PATH, start, start + len(folder))
    for known in secrets:
        if len(known) >= _SHORTEST_SECRET and (start := plain.find(known)) >= 0:
            yield Hit(Kind.SECRET, start, start + len(known))


def telephones(text: str) -> set[str]:
    """Return the telephone numbers of a contact as digits, with and without area code."""
    numbers = re.findall(r"[\d()+\- ]{5,}", _half_width(text))
    complete = {_digits(number) for number in numbers}
    parts = {part for number in numbers for part in re.findall(r"\d{5,}", number)}
    return complete | parts


_SHORTEST_SECRET, _SHORTEST_FOLDER = 8, 5


def _half_width(text: str) -> str:
    """The text with half-width instead of full-width digits and letters, of the same length."""
    return "".join(one if len(one := normalize("NFKC", sign)) == 1 else sign for sign in text).translate(_HYPHENS)


_UNSEEN = "\t\n\r\xa0\u3000\u00ad\u200b\u200c\u200d\u2060\ufeff"
_HYPHENS = dict.fromkeys(map(ord, "－—–‐‑‒―−"), "-") | dict.fromkeys(map(ord, _UNSEEN), " ")


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_citizen(text: str) -> bool:
    """Whether a number is an identity card number: a date of birth, and the correct check character (GB 11643)."""
    number = re.sub(r"[ -]", "", text).upper()
    if len(number) == _OLD:
        return _is_day(f"19{number[6:12]}")
    return _is_day(number[6:14]) and citizen_check(number) == number[-1]


_OLD = 15
"""The number of digits of a first-generation identity number."""


def _is_day(text: str) -> bool:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).year in range(1880, 2100)
    except ValueError:
        return False


def _is_card(text: str) -> bool:
    """Whether a number has a correct bank card check digit (Luhn) and more than two different digits."""
    digits = [int(digit) for digit in _digits(text)][::-1]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 2


def _always(_: str) -> bool:
    return True


def _number(inside: str) -> re.Pattern[str]:
    """A pattern for a number that is not part of a longer number, a hash or a decimal."""
    return re.compile(rf"(?<![0-9a-f])(?<!\d[-/.])(?:{inside})(?![0-9A-Za-z_]|\.\d)")


_G = r"(?: ?[-.] ?| )?"
_REST = r"[^\s<>\"，。；、）”]+"
_SHAPES: tuple[tuple[Kind, re.Pattern[str], Callable[[str], bool]], ...] = (
    (Kind.IDENTITY, _number(rf"[1-9]\d{{5}}{_G}(?:18|19|20)\d{{6}}{_G}\d{{3}}[\dXx]"), _is_citizen),
    (Kind.CARD, _number(r"(?:62|4\d|5[1-5]|35|60|9[0-9])\d{2}(?:[ -]?\d{4}){2,3}[ -]?\d{1,4}"), _is_card),
    (Kind.IDENTITY, _number(r"[1-8]\d{14}"), _is_citizen),
    (Kind.TELEPHONE, _number(rf"(?:\+?86{_G})?\(?1[3-9]\d\)?{_G}\d{{4}}{_G}\d{{4}}"), _always),
    (Kind.TELEPHONE, _number(r"\(?0\d{2,3}\)?[ -]?[1-9]\d{2,3}[ -]?\d{4}"), _always),
    (
        Kind.TELEPHONE,
        re.compile(
            r"(?<=电话|手机|传真|座机|热线|拨打|致电)(?:号码|号)?[为是:：\s]*[1-9]\d{2,3}[ -]?\d{4}(?!\d|[.-]\d)"
        ),
        _always,
    ),
    (
        Kind.PATH,
        re.compile(
            rf"(?<![A-Za-z])[A-Za-z]:(?:\\|/(?!/)){_REST}|\\\\[\w.-]+\\{_REST}|file://{_REST}|(?<![\w.])~/{_REST}"
            rf"|(?<![\w./:-])/(?:home|root|tmp|Users|var|etc|opt|mnt|srv|usr|private|data)/{_REST}"
        ),
        _always,
    ),
    (
        Kind.SECRET,
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[0-9A-Za-z]{30,}|\beyJ[\w-]{10,}\.[\w-]{10,}\."
            r"|(?i:password|passwd|secret|token|api[_-]?key|access[_-]?key|口令|密码|密钥)[\"']?\s*[:=为是]\s*[\"']?[\x21-\x7e]{6,}"
            r"|\b[a-z][a-z0-9+]*://[^\s/:@]+:[^\s/@]+@"
        ),
        _always,
    ),
)
