"""Detection of private content in a text by its form: identity, telephone and card numbers, paths, secrets.

A hit only contains its kind and position, never the content.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ...registers.person_numbers import CITIZEN, GAP, MOBILE, is_citizen, plain_digits, plain_readings


class Kind(StrEnum):
    """The kinds of private content."""

    IDENTITY = "identity"
    TELEPHONE = "telephone"
    MAIL = "mail"
    CARD = "card"
    PATH = "path"
    SECRET = "secret"  # noqa: S105 - the kind, not one

    @property
    def label(self) -> str:
        """The Chinese label of the kind."""
        return {
            "identity": "居民身份证号",
            "telephone": "电话号码",
            "mail": "电子邮箱",
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

    allowed are the office's own telephone numbers, as digits, and addresses of mail, which are not reported; secrets
    are known secret texts of any form; folder is the path of the working folder.
    """
    taken: list[range] = []
    for plain, at in plain_readings(text):
        for kind, pattern, holds in _SHAPES:
            for place in _places_of(pattern, plain, holds):
                free = not any(place.start < other.stop and other.start < place.stop for other in taken)
                if free and not _is_own(kind, plain[place.start : place.stop], allowed):
                    taken.append(place)
                    yield Hit(kind, at[place.start], at[place.stop - 1] + 1)
    if len(folder) >= _SHORTEST_FOLDER and (start := text.find(folder)) >= 0 and not any(start in p for p in taken):
        yield Hit(Kind.PATH, start, start + len(folder))
    for known in secrets:
        if len(known) >= _SHORTEST_SECRET and (start := text.find(known)) >= 0:
            yield Hit(Kind.SECRET, start, start + len(known))


def _places_of(pattern: re.Pattern[str], plain: str, holds: Callable[[str], bool]) -> Iterator[range]:
    """The places of a shape that hold; what does not hold may overlap with one that does."""
    start = 0
    while match := pattern.search(plain, start):
        good = holds(match.group())
        if good:
            yield range(*match.span())
        start = match.end() if good else match.start() + 1


def _is_own(kind: Kind, found: str, allowed: Collection[str]) -> bool:
    if kind == Kind.MAIL:
        return _OFFICIAL.search(found) is not None or any(found.casefold() in one.casefold() for one in allowed)
    return kind == Kind.TELEPHONE and _digits(found) in allowed


def telephones(text: str) -> set[str]:
    """Return the telephone numbers of a contact as digits, with and without area code."""
    numbers = re.findall(r"[\d()+\- ]{5,}", plain_digits(text)[0])
    complete = {_digits(number) for number in numbers}
    parts = {part for number in numbers for part in re.findall(r"\d{5,}", number)}
    return complete | parts


_SHORTEST_SECRET, _SHORTEST_FOLDER = 8, 5


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


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


_REST = r"[^\s<>\"，。；、）”]+"
_PROVIDERS = "qq|163|126|139|189|sina|sohu|foxmail|gmail|outlook|hotmail|aliyun|yeah"
_AT = r"(?: ?@ ?| ?[(\[{【<] ?(?i:at|@) ?[)\]}】>] ?|艾特|#(?=(?:" + _PROVIDERS + r")\b))"
_DOT = r"(?: ?[.。] ?| ?[(\[] ?(?i:dot|点|[.]) ?[)\]] ?|点| (?i:dot) )"
_LABEL = "[A-Za-z0-9-]{1,63}"
_MAIL = (
    rf"(?<![A-Za-z0-9_.+-])[A-Za-z0-9][A-Za-z0-9_.+-]{{0,63}}{_AT}{_LABEL}(?:{_DOT}{_LABEL}){{0,8}}"
    rf"{_DOT}(?i:[a-z]{{2,63}})(?![A-Za-z0-9_-])"
)
_CODE = r"1\d\d[^-.\d ](?:19|20)\d\d\D"
"""A number of a document with its year: 138/2024/0012."""
_OFFICIAL = re.compile(r"(?i)@(?:[a-z0-9-]+\.)*gov\.cn$")
"""The end of an address that is no person's own."""
_SHAPES: tuple[tuple[Kind, re.Pattern[str], Callable[[str], bool]], ...] = (
    (Kind.IDENTITY, _number(CITIZEN), is_citizen),
    (Kind.CARD, _number(r"(?:62|4\d|5[1-5]|35|60|9[0-9])\d{2}(?:[ -]?\d{4}){2,3}[ -]?\d{1,4}"), _is_card),
    (Kind.IDENTITY, _number(r"[1-8]\d{14}"), is_citizen),
    (Kind.IDENTITY, re.compile(r"(?<=份证|证件)(?:号码|号)?[为是:：\s]*[1-9]\d{16}[\dXx](?![0-9A-Za-z])"), _always),
    (Kind.TELEPHONE, _number(rf"(?:(?:\+|00)?86{GAP})?[(\[【]?(?!{_CODE})(?:{MOBILE})"), _always),
    (Kind.TELEPHONE, _number(rf"\(?0\d{{2,3}}{GAP}[1-9]\d{{2,3}}{GAP}\d{{4}}"), _always),
    (
        Kind.TELEPHONE,
        re.compile(
            r"(?<=电话|手机|传真|座机|热线|拨打|致电)(?:号码|号)?[为是:：\s]*[1-9]\d{2,3}[ -]?\d{4}(?!\d|[.-]\d)"
        ),
        _always,
    ),
    (Kind.MAIL, re.compile(_MAIL), _always),
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
