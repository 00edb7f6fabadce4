"""Checks of personal columns: filled in, well-formed, consistent with other columns.

Messages name rows and columns only; quotable decides whether a message may quote a cell.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ...errors import Problem, nearest
from ..person_numbers import citizen_check, personal_number
from ..schema import Field, Register, fold, registers
from ..sheet import is_as_stored
from .columns import Column
from .places import Where
from .values import text_of

Doubt = tuple[str, str, list[int]]
"""The key of a field, the message, and the indices of the rows."""


def doubtful_persons(
    where: Where, register: Register, lines: Sequence[int], columns: Mapping[str, Column]
) -> Iterator[Problem]:
    """Yield a warning for everything in the personal columns that is missing, malformed or contradicts another column.

    The columns must contain no unparsed value.
    """
    filled = {key: [value or "" for value in column.values] for key, column in columns.items() if column.field.personal}
    said = {key: ["" if is_as_stored(text) else text for text in texts] for key, texts in filled.items()}
    for key, message, places in (*_missing(filled), *_malformed(said, columns), *_contradicting(said, columns)):
        column = columns[key]
        yield where.several(message, [lines[i] for i in places], register[key].heading, column.place)


def _missing(said: Mapping[str, Sequence[str]]) -> Iterator[Doubt]:
    """Yield the empty cells of columns that are filled in elsewhere."""
    for key, texts in said.items():
        if any(texts) and (empty := [i for i, text in enumerate(texts) if not text]):
            yield key, "别的行填了，这里没有填；请看是不是漏了", empty


def _malformed(said: Mapping[str, Sequence[str]], columns: Mapping[str, Column]) -> Iterator[Doubt]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    numbers = enumerate(said.get("applicant_id", []))
    for (i, number), kind in zip(numbers, columns["applicant"].values if "applicant" in columns else (), strict=False):
        if number and (doubt := _about_number(number, str(kind))):
            found[doubt].append(i)
    yield from (("applicant_id", doubt, places) for doubt, places in found.items())
    contacts = said.get("applicant_contact", [])
    if odd := [i for i, text in enumerate(contacts) if text and not _CONTACT.search(fold(text))]:
        yield "applicant_contact", "看不出是电话、邮箱或者地址", odd


@lru_cache(maxsize=1024)
def _about_number(text: str, kind: str) -> str:
    """Return the defect of an identity number for a kind of applicant; empty if there is none."""
    number = fold(text).upper()
    of_person = _CITIZEN.fullmatch(number)
    if of_person and citizen_check(number) == number[-1]:
        return "" if kind in ("", _PERSON) else "申请人是单位，填的却是居民身份证号"
    if _ORGANISATION.fullmatch(number) and organisation_check(number) == number[-1]:
        return "申请人是自然人，填的却是统一社会信用代码" if kind == _PERSON else ""
    if of_person:
        return "居民身份证号的校验位不对，多半有一位抄错了（GB 11643）"
    if _ORGANISATION.fullmatch(number):
        return "统一社会信用代码的校验位不对，多半有一位抄错了（GB 32100）"
    if number.isdecimal() and len(number) not in _LENGTHS:
        return "位数不像证件号：居民身份证号和统一社会信用代码都是 18 位"
    return ""


_PERSON = "natural_person"
_LENGTHS = (8, 9, 10, 15)
"""The numbers of digits of other documents: travel permits, passports, identity cards before 1999."""
_CITIZEN = re.compile(r"[1-9]\d{5}(18|19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dX]")
_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION = re.compile(rf"[{_SIGNS}]{{2}}\d{{6}}[{_SIGNS}]{{10}}")
_CONTACT = re.compile(r"\d[\d()+\-/*x]{5,}[\d*x]|[^@]@[^@]|[一-鿿]{4}")


def organisation_check(number: str) -> str:
    """Return the check character for the first 17 characters of a 统一社会信用代码 (GB 32100)."""
    weighted = sum(_SIGNS.index(sign) * (3**i % 31) for i, sign in enumerate(number[:17]))
    return _SIGNS[-weighted % 31]


def _contradicting(said: Mapping[str, Sequence[str]], columns: Mapping[str, Column]) -> Iterator[Doubt]:
    """Yield the rows of one person that differ from the person's first row."""
    names, numbers = said.get("applicant_name", []), said.get("applicant_id", [])
    alias = columns["applicant_alias"].values if "applicant_alias" in columns else []
    for key, message, whose, said_of in (
        ("applicant_alias", "同一个申请人代号，前面的行里是别的申请人名称", alias, names),
        ("applicant_alias", "同一个申请人代号，前面的行里是别的证件号", alias, numbers),
        ("applicant_id", "同一个证件号，前面的行里是别的申请人名称", numbers, names),
    ):
        if whose and said_of and (places := _otherwise(whose, said_of)):
            yield key, message, places


def _otherwise(whose: Sequence[Any], said: Sequence[str]) -> list[int]:
    """Return the indices where a person has another text than at the first occurrence."""
    first: dict[str, str] = {}
    places = []
    for i, (one, text) in enumerate(zip(whose, said, strict=True)):
        if one and text and first.setdefault(one, text) != text and fold(first[one]) != fold(text):
            places.append(i)
    return places


# --- what a mistake may quote ----------


def quotable(register: Register, field: Field, found: Any, persons: Callable[[], Mapping[str, object]]) -> bool:
    """Return whether a message may quote a cell of a column.

    Not if it looks like a personal number, nor, in a row whose columns may be shifted, if it may be a name. persons
    returns the row's personal cells by field, and is called only if needed.
    """
    names = [known.key for known in register.fields if known.personal][:1]
    if not names or found is None:
        return True
    text = fold(text_of(found))
    if is_personal_number(text):
        return False
    said = {key: fold(text_of(cell)) for key, cell in persons().items()}
    name = said.get(names[0])
    if is_personal_number(name or "") or any(_belongs_elsewhere(register.key, word) for word in said.values()):
        return False
    return name != "" or bool(_DIGIT.search(text)) or bool(nearest(text, field.allowed))


def is_personal_number(text: str) -> bool:
    """Return whether a text contains what looks like an identity card or telephone number."""
    text = text[:_LONGEST]
    return _NUMBERS.search(fold(text)) is not None or personal_number(text) != ""


def _belongs_elsewhere(register: str, word: str) -> bool:
    """Return whether a folded word is a day, or a permitted word of another column."""
    return _DAY.match(word) is not None or word in _words(register)


@lru_cache
def _words(register: str) -> frozenset[str]:
    return frozenset(word for field in registers()[register].fields for word in field.vocabulary)


_LONGEST = 10_000
"""The number of characters that the longest cell may have: none is quoted beyond."""
_DIGIT = re.compile(r"\d")
_DAY = re.compile(r"(19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}")
_BORN = r"(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
_NUMBERS = re.compile(
    rf"(?<!\d)([1-9]\d{{5}}((18|19|20)\d\d{_BORN}\d{{3}}[\dx]|\d\d{_BORN}\d{{3}})"
    r"|(\+?86)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)"
)
