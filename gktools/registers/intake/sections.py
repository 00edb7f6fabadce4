"""Rows of text among the records: headings of the rows below them, which may give these a kind or say that they do not count.

A heading that says nothing new of its rows is no question: a period, 本级, what a column of each of its rows says too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..schema import Field, Register, fold
from ..words import book, looks_personal
from .columns import Column, WordValue
from .places import Row
from .sums import is_sum_word, says_only_a_sum, sum_kind
from .values import text_of

_NUMERAL = "[一二三四五六七八九十]{1,3}"
_NUMBERED = re.compile(
    rf"(?P<lower>[(（]{_NUMERAL}[)）])|第?{_NUMERAL}(?:[、.．:：]|[部大]分|[类节章])|{_NUMERAL}(?=\s)"
)
_ORDINAL = re.compile(rf"[(（]?{_NUMERAL}[)）]?[、.．]?")
_COUNTED = re.compile(r"[(（]共?\s*\d+\s*[^\W\d]?[)）]$|共?\s*\d+\s*[^\W\d]?$")
_UNNUMBERED = 9
_LONGEST = 30
"""The maximum number of characters of a heading that is shown."""
_LISTED = 3


@dataclass(frozen=True)
class SectionHeading:
    """A heading among the records: its line, its level (the lower the higher), its text without its number, and whether it
    stands in a column that is read."""

    line: int
    level: int
    text: str
    read: bool = False


def is_numbered(text: str) -> bool:
    """Return whether a text begins with a Chinese numeral, as the heading of a section does: 一、…, （二）…."""
    return _NUMBERED.match(text.strip()) is not None


def is_ordinal(text: str) -> bool:
    """Return whether a text is a Chinese numeral, as stands before the heading of a section: 一, （二）."""
    return _ORDINAL.fullmatch(text.strip()) is not None


class Sections:
    """The rows of text of a sheet, in their order."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._found: list[SectionHeading] = []

    def add(self, line: int, row: Row, *, read: bool) -> None:
        """Keep a row of text, unless it says nothing: 以下空白."""
        said = " ".join(text for cell in row if (text := text_of(cell).strip()))
        numbered = _NUMBERED.match(said)
        level = _UNNUMBERED if numbered is None else 1 + (numbered["lower"] is not None)
        text = _COUNTED.sub("", said[numbered.end() if numbered else 0 :].strip(" 、:：")).strip(" 、:：")
        if text and not is_sum_word(text) and not re.fullmatch(book().sections.nothing, fold(text)):
            self._found.append(SectionHeading(line, level, text, read))

    def values(self, field: Field, lines: Sequence[int]) -> list[str] | None:
        """Return the value of a field for each record, if a heading above each of them is one; None if not."""
        named = [
            [value for one in above if (value := _value(self._register, field, one.text))]
            for above in self._above(lines)
        ]
        return [values[-1] for values in named] if named and all(named) else None

    def texts(self, lines: Sequence[int], columns: Mapping[str, Column]) -> list[str]:
        """Return for each record what has to be asked about the headings above it; "" if nothing has.

        Headings that do not look as if their rows were none share a text, and so a question.
        """
        above = self._above(lines)
        rows: dict[SectionHeading, list[int]] = {}
        for i, several in enumerate(above):
            for one in several:
                rows.setdefault(one, []).append(i)
        asked = [one for one, places in rows.items() if not _is_plain(one) and not self._is_said(one, places, columns)]
        others = [one for one in asked if not re.search(book().sections.apart, one.text)]
        said = {one: _shown(one) for one in asked} | dict.fromkeys(others, _listed(map(_shown, others)))
        return ["－".join(dict.fromkeys(said[one] for one in several if one in said)) for several in above]

    def told(self, lines: Sequence[int]) -> list[int]:
        """Return the lines of headings for a warning: unremarkable ones above records, and ones to ask about without any."""
        above = {one for several in self._above(lines) for one in several}
        return [
            one.line
            for one in self._found
            if (_is_plain(one) and not sum_kind(one.text) if one in above else one.read and not _is_plain(one))
        ]

    def _above(self, lines: Sequence[int]) -> list[list[SectionHeading]]:
        """Return for each record the headings that stand above it, the highest first."""
        found: dict[int, list[SectionHeading]] = {}
        waiting, now = list(reversed(self._found)), list[SectionHeading]()
        for line in sorted(lines) if waiting else ():
            while waiting and waiting[-1].line < line:
                one = waiting.pop()
                now = [*(other for other in now if other.level < one.level), one]
            found[line] = now
        return [found.get(line, []) for line in lines]

    def _is_said(self, one: SectionHeading, places: Iterable[int], columns: Mapping[str, Column]) -> bool:
        """Return whether a column says in each of some records what their heading says."""
        for column in columns.values():
            value = _value(self._register, column.field, one.text) or one.text
            said = (column.values[i] for i in places)
            if all((cell.value if type(cell) is WordValue else cell) == value for cell in said):
                return True
        return False


def _is_plain(one: SectionHeading) -> bool:
    """Whether a heading says nothing of the rows below it: a period, a sum, 本级文件; nor does what it has in brackets."""
    said = fold(one.text)
    inside = _BRACKETED.findall(said)
    return _says_nothing(_BRACKETED.sub("", said)) and all(
        says_only_a_sum(text) or _says_nothing(text) for text in inside
    )


def _says_nothing(text: str) -> bool:
    return bool(sum_kind(text) or re.fullmatch(book().sections.plain, text))


_BRACKETED = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]?")


def _value(register: Register, field: Field, text: str) -> str:
    """Return the value of a field that a heading is, or that it has the only word of; empty if it says none, or denies it."""
    for word in (text, re.sub(book().sections.ends, "", text)):
        if value := field.vocabulary.get(fold(word)):
            return value
    stems = book().in_headings.get(f"{register.key}.{field.key}", {})
    found = [value for value, words in stems.items() if any(re.search(word, text) for word in words)]
    return found[0] if len(found) == 1 and not re.search(book().sections.apart, text) else ""


def _shown(one: SectionHeading) -> str:
    hidden = len(one.text) > _LONGEST or looks_personal(one.text)
    return f"第 {one.line} 行的标题" if hidden else one.text


def _listed(texts: Iterable[str]) -> str:
    """Return several texts as one, the first of them by name."""
    several = list(dict.fromkeys(texts))
    more = f"等 {len(several)} 节" if len(several) > _LISTED else ""
    return "、".join(several[:_LISTED]) + more
