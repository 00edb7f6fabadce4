"""Columns that an office ignores by its own list though they hold numbers, in a register whose column of counts is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..questions import Inquiry, Question, QuestionPlace
from .headings import Header
from .places import Row, Where
from .values import text_of


class IgnoredNumbers:
    """Which ignored columns of a sheet hold nothing but numbers, while each of its rows would count as one for want of them."""

    def __init__(self, where: Where, header: Header, read: Collection[str]) -> None:
        counts = [field for field in header.register.fields if field.default is not None and field.key not in read]
        self._where, self._header, self._missing = where, header, counts[0] if counts else None
        self._places = {place: False for place in header.passed_over if counts and header.is_ignored(place)}

    def take(self, rows: Iterable[Row]) -> None:
        """Look at records: a column with anything but numbers is none of counts."""
        for row in rows if self._places else ():
            for place, several in [*self._places.items()]:
                text = text_of(row[place]).strip() if place < len(row) else ""
                if text and not text.isdecimal():
                    del self._places[place]
                elif text:
                    self._places[place] = several or int(text) > 1

    def ask(self, inquiry: Inquiry) -> None:
        """Ask about each column that has more than ones."""
        for place, several in self._places.items():
            if several and self._missing:
                heading = next(iter(self._header.words[place]), "")
                where = QuestionPlace(self._where.file, self._where.sheet, (self._header.last + 1,), heading, place)
                values = {"heading": heading, "count": self._missing.heading}
                inquiry.ask(Question.of("column.numbers", heading, where, values))
