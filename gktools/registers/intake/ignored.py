"""Columns that an office ignores by its own list though they hold numbers, in a register whose column of counts is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from ..questions import Inquiry, Question, QuestionPlace
from ..words import is_nothing
from .headings import Header
from .places import Row, Where
from .units import counted
from .values import text_of


class IgnoredNumbers:
    """Which ignored columns of a sheet hold numbers, while each of its rows would count as one for want of them."""

    def __init__(self, where: Where, header: Header, read: Collection[str]) -> None:
        counts = [field for field in header.register.fields if field.default is not None and field.key not in read]
        self._where, self._header, self._missing = where, header, counts[0] if counts else None
        self._places = [place for place in sorted(header.passed_over) if counts and header.is_ignored(place)]
        self._filled, self._numbers, self._several = Counter[int](), Counter[int](), set[int]()

    def take(self, rows: Iterable[Row]) -> None:
        """Look at records: 12, 1,200, 12件 and 十二 are numbers, a mark for nothing says nothing."""
        for row in rows if self._places else ():
            for place in self._places:
                text = text_of(row[place]).strip() if place < len(row) else ""
                if is_nothing(text):
                    continue
                self._filled[place] += 1
                if (number := counted(text)) is not None:
                    self._numbers[place] += 1
                    self._several |= {place} if number > 1 else set()

    def ask(self, inquiry: Inquiry) -> None:
        """Ask about each column of more than ones in which at least half of what is filled in are numbers."""
        for place in self._places:
            if self._missing and place in self._several and self._numbers[place] * 2 >= self._filled[place]:
                heading = next(iter(self._header.words[place]), "")
                where = QuestionPlace(self._where.file, self._where.sheet, (self._header.last + 1,), heading, place)
                values = {"heading": heading, "count": self._missing.heading}
                inquiry.ask(Question.of("column.numbers", heading, where, values))
