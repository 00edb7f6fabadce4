"""Units of money and of counting in headings, cover lines and cells. Amounts are stored as exact 分."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from ..schema import Field, fold, fold_number, registers

YUAN = "元"
FEN = {"分": 1, "角": 10, "元": 100, "百元": 10**4, "千元": 10**5, "万元": 10**6, "十万元": 10**7, "百万元": 10**8,
       "千万元": 10**9, "亿元": 10**10}  # fmt: skip
"""The number of 分 in each unit of money."""
_SHORT = {"圆": "元", "百圆": "百元", "千圆": "千元", "万圆": "万元", "亿圆": "亿元", "万": "万元", "亿": "亿元",
          "rmb": "元", "人民币元": "元", "人民币万元": "万元", "块": "元"}  # fmt: skip
_ONE = frozenset("件条人次个项份篇页期场") | {"人次", "件次", "条次", "张"}
"""Units of counting, which mean the same as no unit in the heading of a number."""
_MONEY = "|".join(sorted([*FEN, *_SHORT], key=len, reverse=True))
_UNIT = rf"(?:{_MONEY}|{'|'.join(sorted(_ONE, key=len, reverse=True))})"
_IN_HEADING = re.compile(rf"(?P<bare>.+?)(?:[(\[{{:/_-]|,)?(?:(?:金额|计量|货币)?单位)?[:(]?(?P<unit>{_UNIT})[)\]}}]*")
_IN_CELL = re.compile(rf"(?:人民币|rmb|cny)?[¥￥]?(?P<number>[+-]?[0-9.,]*[0-9.])(?P<unit>{_MONEY})?[整正]?")
_ABOVE = re.compile(r"[(\[]?(?:金额|计量|货币|计价)?单位[:]?[(]?(?P<units>[^()\[\]]{1,20})[)\]]*")
_IN_TITLE = re.compile(r"(?:^|[(\[])(?:(?:金额|计量|货币|计价)?单位:?)?([^()\[\]]{1,20})(?=$|[)\]])")
_COUNTED = "|".join(sorted(_ONE, key=len, reverse=True))
_SCALED = re.compile(
    rf"(?:^|[(\[])(?:[^()\[\]]{{0,6}}单位(?::|为|是)?)?(?P<unit>[十百千万亿]+(?:{_COUNTED}))(?=$|[)\]、,])"
    rf"|(?:以|按)(?P<by>[十百千万亿]+(?:{_COUNTED})?)(?:为单位|计|填|统计|登记|反映)|[(\[](?P<bare>[百千])[)\]]"
    rf"|单位(?::|为|是)?(?P<said>[十百千万亿]+(?:{_COUNTED})?|[打批组])(?=$|[)\]、,。;(])"
)
_SCALE = re.compile(
    rf"[十百千万亿]+(?:{_COUNTED})|[(\[](?:单位:?)?(?:[十百千万亿]+|[打批组])[)\]]|[x×*]10*[)\]]*$|.[百千万亿][)\]]*$"
)
_SCALE_OF_MONEY = re.compile(r"(?:[十百千万亿]+|[kw])(?:元|圆)?[)\]]*$|[(\[](?:单位:?)?.?[元镑币][)\]]*$")
_KIND = "|".join(sorted(FEN, key=len, reverse=True))
_IN_NOTE = re.compile(
    rf"单位[^,。;、]{{0,6}}?(?P<above>{_KIND})|(?:以|按)(?P<by>{_KIND})(?:为单位|计|填|统计|登记|反映)"
    rf"|金额(?:均|都|一律)?(?:单位)?(?:为|是)(?P<are>{_KIND})"
)


@dataclass(frozen=True)
class NamedUnit:
    """The meaning of a heading: a field, and the unit of money in the heading ("" if there is none)."""

    field: Field
    unit: str = ""


def unit_named(word: str) -> str:
    """Return the unit of money for a folded word, a key of FEN; empty if it is not one."""
    return word if word in FEN else _SHORT.get(word, "")


@lru_cache(maxsize=4096)
def parted(word: str) -> tuple[str, str]:
    """Return a folded heading without its unit, and the unit; the heading and "" if it has no unit."""
    found = _IN_HEADING.fullmatch(word)
    return (found["bare"], found["unit"]) if found else (word, "")


def units_in(text: str) -> tuple[str, ...] | None:
    """Return the units of money in a folded text made of units only; None for any other text."""
    parts = [part for part in re.split(r"[、,/;]", text.strip("()[]")) if part]
    if not parts or not all(unit_named(part) or part in _ONE for part in parts):
        return None
    return tuple(dict.fromkeys(unit for part in parts if (unit := unit_named(part))))


def units_above(text: str) -> tuple[str, ...] | None:
    """Return the units of money in a cover line such as 金额单位：万元 or （单位：件、万元）; None for any other line."""
    found = _ABOVE.fullmatch(fold(text))
    return units_in(found["units"]) if found else None


def units_in_title(text: str) -> tuple[str, ...]:
    """Return the units of money in brackets in a title, or alone in a cell: 2024年收费统计表（万元）."""
    said = (unit for units in _IN_TITLE.findall(fold(text)) for unit in units_in(units) or ())
    return tuple(dict.fromkeys(said))


def scaled_count(text: str) -> str:
    """Return the unit of counting in a text that means several of it each: 百件 in 单位：百件 or 统计表（百人）; empty if none."""
    found = _SCALED.search(fold(text))
    return next(filter(None, found.groups())) if found else ""


def counted(text: str) -> int | None:
    """Return the whole number that a text is, with or without a unit of counting: 12, 1,200, 12件, 十二; None for any other."""
    found = _A_COUNT.fullmatch(fold(text))
    if not found:
        return None
    if found["digits"]:
        return int(found["digits"].replace(",", ""))
    tens, ten, ones = found["words"].rpartition("十")
    return (_DIGITS.index(tens) if tens else 1) * 10 * bool(ten) + (_DIGITS.index(ones) if ones else 0)


_DIGITS = "零一二三四五六七八九"
_A_COUNT = re.compile(
    rf"(?:共|计)?(?:(?P<digits>[0-9]{{1,3}}(?:,[0-9]{{3}})+|[0-9]{{1,9}})(?:\.0*)?|(?P<words>(?:[{_DIGITS}]?十)?[{_DIGITS}]|[{_DIGITS}]?十))"
    rf"(?:{_COUNTED})?"
)


def unit_in(word: str) -> str:
    """Return the unit of money that a heading ends with, a key of FEN; empty if it has none."""
    said = fold_number(word)
    return unit_named(said) or unit_named(parted(said)[1])


def scale_in(field: Field, word: str) -> str:
    """Return what a heading says its numbers are counted in that is lost where the column is read as a field: 百件 in
    数量（百件）, k元 in 金额（k元）; empty if nothing is."""
    if field.type not in ("yuan", "count", "number"):
        return ""
    found = (_SCALE_OF_MONEY if field.type == "yuan" else _SCALE).search(fold_number(word))
    said = found[0].strip("()[]").rpartition(":")[2] if found else ""
    return "" if field.type == "yuan" and unit_named(said) else said


def units_in_note(text: str) -> tuple[str, ...]:
    """Return the units of money that a sentence beside a table says its amounts are in: 注：金额以万元计."""
    said = (found["above"] or found["by"] or found["are"] for found in _IN_NOTE.finditer(fold(text)))
    return tuple(dict.fromkeys(said))


def in_cell(text: str) -> tuple[str, str]:
    """Return the number in a cell and the unit of money beside it, "" for none; any other text unchanged."""
    found = _IN_CELL.fullmatch(fold(text))
    if not found or not (found["unit"] or found[0] != found["number"]):
        return text, ""
    return found["number"], unit_named(found["unit"] or "") or YUAN


def fen(number: Decimal, unit: str) -> Fraction:
    """Return an amount of a unit in 分, exactly."""
    return Fraction(number) * FEN[unit]


@lru_cache
def names_of(register: str) -> dict[str, NamedUnit]:
    """Return the meaning of every known folded heading of a register; of amounts also without the unit."""
    names: dict[str, NamedUnit] = {}
    for field in registers()[register].fields:
        for word in map(fold_number, (field.heading, *field.aliases)):
            bare, unit = parted(word) if field.type == "yuan" else (word, "")
            names[word] = NamedUnit(field, unit_named(unit))
            names.setdefault(bare, NamedUnit(field))
    return names


@lru_cache(maxsize=4096)
def named(register: str, word: str) -> NamedUnit | None:
    """Return the meaning of a folded heading in a register, with its unit; None if it is not known."""
    names = names_of(register)
    if word in names:
        return names[word]
    bare, unit = parted(word)
    known = names.get(bare) if unit else None
    if known is None:
        return None
    if known.field.type == "yuan" and unit_named(unit):
        return NamedUnit(known.field, unit_named(unit))
    return known if known.field.type in ("count", "number") and unit in _ONE else None


def heading_in(field: Field, unit: str) -> str:
    """Return the heading of an amount with another unit: 金额（万元）."""
    return field.heading.replace(f"（{YUAN}）", f"（{unit}）") if unit else field.heading
