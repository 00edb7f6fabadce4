"""Cells of a sheet that could not be parsed, grouped by mistake and value.

A cell is quoted only if the dictionary knows it, if it is similar to a permitted value, or if it occurs in several rows,
is made of words that registers have, and does not look like a number or an address; otherwise only its length is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ...errors import Problem, nearest
from ..dispositions import articles_in
from ..schema import Field, Register, fold
from ..words import book, dictionary, is_nothing, is_of_known_words, looks_personal, plain
from .columns import Column, Wrong
from .own_words import COLUMNS, written_line
from .places import Mistake, Where, printable
from .values import Broken, text_of

_OFTEN = 3
_LISTED = 20
_SIGN = "[-/.年月]"
_LIKE_A_DAY = re.compile(
    rf"(19|20)\d\d({_SIGN}?\d{{1,2}}){{0,2}}[日号]?([ t][\d:.]*)?|(19|20)\d{{6}}|\d{{1,2}}{_SIGN}\d{{1,2}}({_SIGN}\d{{1,4}})?[日号]?"
    r"|[一二三四五六七八九十〇零]{0,4}年?[一二三四五六七八九十]{1,3}月[一二三四五六七八九十]{0,3}[日号]?"
)
_LIKE_A_NUMBER = re.compile(r"[+-]?[\d,.]{1,9}(万元|元|件|页|条|人|份|%)?")
_FAILED = re.compile(r"#[A-Z/0]+[!?]?")
_DIGITS = re.compile(r"\d{5}")
_LATIN = re.compile(r"[A-Za-z@]")


@dataclass
class _Mistake:
    """One mistake in a column: its cells, and whether their rows allow quoting."""

    order: int
    column: Column
    message: str
    found: Any
    lines: list[int] = field(default_factory=list)
    quoted: bool = True
    alike: bool = True


class Mistakes:
    """A collector of the cells that could not be parsed, by mistake and value."""

    def __init__(self, where: Where, register: Register) -> None:
        self._where, self._register = where, register
        self._found: dict[tuple[int, str, str], _Mistake] = {}
        self.cells = 0

    def add(self, order: int, column: Column, wrong: Wrong, line: int, quoted: bool) -> None:
        """Add one cell."""
        self.cells += 1
        at = (order, wrong.message, fold(text_of(wrong.found)))
        alike = not (column.field.personal or column.field.confidential)  # of which found is never given
        known = self._found.setdefault(at, _Mistake(order, column, wrong.message, wrong.found, alike=alike))
        known.lines.append(line)
        known.quoted &= quoted

    def problems(self) -> Iterator[tuple[int, int, Problem]]:
        """Yield every mistake once, with its first row, its column's position, and all its rows."""
        merged: dict[tuple[int, str, str], _Mistake] = {}
        for at, mistake in self._found.items():
            shown = self._shown(mistake)
            mistake.message = mistake.message if shown else f"{mistake.message}{_length(mistake.found)}"
            mistake.found = mistake.found if shown else None
            same = merged.setdefault((at[0], mistake.message, at[2] if shown else ""), mistake)
            if same is not mistake:
                same.lines = sorted({*same.lines, *mistake.lines})
                same.alike = False
        for mistake in merged.values():
            yield mistake.lines[0], mistake.order, self._problem(mistake)

    def _problem(self, mistake: _Mistake) -> Problem:
        lines, column = mistake.lines, mistake.column
        message = mistake.message
        if len(lines) > 1:
            rows = "、".join(map(str, lines[:_LISTED])) + ("……" if len(lines) > _LISTED else "")
            message = f"{message}（{len(lines)} 格：第 {rows} 行）"
        if mistake.found is not None and column.field.allowed and not _FAILED.fullmatch(text_of(mistake.found)):
            name = f"{column.field.heading}={text_of(mistake.found).strip()}"
            line = written_line(name, "……").removesuffix('"……"') + "……"
            message += f"；请改这一格，或在 params/{COLUMNS} 的“{self._register.label}:”下面加一行“{line}”（冒号后写可填的一种）"
        found = None if mistake.found is None else printable(text_of(mistake.found), 300)
        return Mistake(
            printable(message), self._where.file, self._where.sheet, lines[0], column.field.heading, found,
            place=column.place, also=tuple(lines[1:]), field=f"{self._register.key}.{column.field.key}", alike=mistake.alike,
        )  # fmt: skip

    def _shown(self, mistake: _Mistake) -> bool:
        known, text = mistake.column.field, text_of(mistake.found).strip()
        if mistake.found is None or not mistake.quoted:
            return False
        if isinstance(mistake.found, date | Broken):
            return True
        if is_nothing(text) or dictionary(self._register.key, known.key).find(text) or _FAILED.fullmatch(text):
            return True
        if looks_personal(text):
            return False
        if _near(known, text):
            return True
        apart = _DIGITS.search(text) or _LATIN.search(text) or text.endswith(book().shapes.organisations)
        return len(mistake.lines) >= _OFTEN and not apart and len(plain(text)) <= _LONG and is_of_known_words(text)


_LONG = 12


def _near(known: Field, text: str) -> bool:
    """Return whether a text is similar to a permitted value of a column."""
    if known.type == "date":
        return bool(_LIKE_A_DAY.fullmatch(fold(text)))
    if known.type in ("count", "yuan", "number"):
        return bool(_LIKE_A_NUMBER.fullmatch(fold(text)))
    if known.type == "disposition" and articles_in(text):
        return True
    return bool(nearest(text, known.allowed))


def _length(found: Any) -> str:
    """Return the length of a cell that is not quoted, as text for a message."""
    length = len(text_of(found).strip())
    return book().length.format(length=length) if length else ""
