"""Numbers of records as staff write them: what is left of one apart from its spelling (〔2024〕第01号, 2024-1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..forms.characters import fold_number, fold_numerals


@dataclass(frozen=True)
class WrittenNumber:
    """The letters of a number and the numbers in it, in their order; without brackets, dashes, 第, 号, 字 and leading zeros."""

    letters: str
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> WrittenNumber:
        """Return what a written number says."""
        folded = fold_number(text)
        if not folded.isascii():
            if any(sign.isnumeric() or sign in _MORE for sign in folded if sign > "9"):  # few have any, and it is slow
                folded = _NUMERAL.sub(lambda found: f"-{_value(found[0])}-", fold_numerals(folded)[0])
            if found := _YEAR_BEHIND.search(folded):
                folded = f"{found[1]}-{folded[: found.start()]}"
        letters, numbers = "", list[int]()
        for part in _PARTS.findall(folded):
            if not part.isdecimal():
                word = _BETWEEN.sub("", part).strip(_FILLERS)
                letters += word.removesuffix(_NO)
            elif not numbers and (joined := _YEAR_IN_FRONT.fullmatch(part)):
                numbers += map(int, joined.groups())
            else:
                numbers.append(int(part))
        return cls(letters, tuple(numbers))

    def __bool__(self) -> bool:
        return bool(self.letters or self.numbers)

    def may_be(self, other: WrittenNumber, year: int | None) -> bool:
        """Return whether the other is this number, but for what one of them leaves out: a year, the letters in front.

        year is that of the record, which may be written with two digits.
        """
        mine, theirs = self._parts(year), other._parts(year)
        if not self.numbers or mine[1] != theirs[1] or (mine[0] and theirs[0] and mine[0] != theirs[0]):
            return False
        short, long = sorted((self.letters, other.letters), key=len)
        left = iter(long)
        return all(letter in left for letter in short)

    def serial(self, year: int | None) -> tuple[int, ...]:
        """Return its numbers without the year in front."""
        return self._parts(year)[1]

    def _parts(self, year: int | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the year in front, and the other numbers; a number alone is none."""
        if len(self.numbers) < 2:
            return (), self.numbers
        first = self.numbers[0]
        if year is not None and first == year % 100:
            first = year
        return ((first,), self.numbers[1:]) if _FIRST_YEAR <= first <= _LAST_YEAR else ((), self.numbers)


def _value(numeral: str) -> int:
    """Return the value of a Chinese numeral: 二十三, or digit by digit 二〇二四."""
    if not any(sign in _UNITS for sign in numeral):
        return int("".join(str(_DIGITS[sign]) for sign in numeral))
    whole, digit = 0, 0
    for sign in numeral:
        if sign in _UNITS:
            whole, digit = whole + (digit or 1) * _UNITS[sign], 0
        else:
            digit = _DIGITS[sign]
    return whole + digit


_DIGITS = {"〇": 0, "两": 2} | {sign: value for value, sign in enumerate("零一二三四五六七八九")}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_MORE = frozenset("两兩萬億廿卄卅丗卌")
"""Numerals that Unicode may not call so."""
_NUMERAL = re.compile(f"[{''.join((*_DIGITS, *_UNITS))}]+")
_YEAR_BEHIND = re.compile(r"\(((?:19|20)[0-9]{2})年?\)$")
"""So a number that starts anew each year is shown: 1（2024年）."""
_YEAR_IN_FRONT = re.compile(r"((?:19|20)[0-9]{2})([0-9]{1,12})")
_FIRST_YEAR, _LAST_YEAR = 1900, 2099
_PARTS = re.compile(r"[0-9]+|[^0-9]+")
_BETWEEN = re.compile(r"[()\-.,:;/\\_#·、。~|]+")
_FILLERS, _NO = "第号字年度", "no"
