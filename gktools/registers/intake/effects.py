"""Columns with unknown headings that may change a figure: asked about if what stands in them may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..questions import Inquiry, Question, QuestionPlace
from ..schema import Field
from ..words import Effect, book, is_nothing, is_of_known_words, looks_personal
from .headings import Header
from .organs import MOST, IsOwn, is_all_others
from .places import Row, Where, printable
from .units import counted
from .values import text_of

_YES_NO = Field("", "", "yes_no").allowed
_SHOWN, _LONGEST = 6, 16
"""How many different cells a question shows, and of how many characters."""


class EffectColumns:
    """What stands in the columns of a sheet that may change a figure."""

    def __init__(self, where: Where, header: Header, effects: Mapping[int, Effect]) -> None:
        self._where, self._header, self._effects = where, header, effects
        self._texts: dict[int, dict[str, None]] = {place: {} for place in effects}

    def take(self, rows: Iterable[Row]) -> None:
        """Look at records: the different texts of each column."""
        for row in rows if self._texts else ():
            for place, texts in self._texts.items():
                text = text_of(row[place]).strip() if place < len(row) else ""
                if text and (len(texts) < MOST or counted(text)):
                    texts[text] = None

    def ask(self, inquiry: Inquiry, is_own: IsOwn) -> None:
        """Ask about each column with cells that may change a figure."""
        for place, effect in self._effects.items():
            if telling := list(_telling(self._texts[place], effect, is_own)):
                heading = self._header.words[place][0]
                values = {"heading": heading, "shown": _shown(telling), "why": effect.asks}
                values |= {"otherwise": effect.otherwise, "effect": effect.effect}
                at = QuestionPlace(self._where.file, self._where.sheet, (self._header.last + 1,), heading, place)
                subject = f"{self._header.register.label}/{heading}"
                inquiry.ask(Question.of("column.effect", subject, at, values))


def _telling(texts: Iterable[str], effect: Effect, is_own: IsOwn) -> Iterator[str]:
    """Yield the texts that may change a figure."""
    for text in texts:
        number = counted(text)
        if effect.when == "several":
            tells = number is None or number > 1
        elif effect.when == "others":
            tells = is_all_others(text, is_own)
        else:
            tells = number != 0
        if tells and (text in _YES_NO or not is_nothing(text)):
            yield text


def _shown(texts: Iterable[str]) -> str:
    """Return what to show of the cells: numbers, words that registers are known to have, names of offices."""
    seen = [printable(text) for text in texts if len(text) <= _LONGEST and _may_show(text)][:_SHOWN]
    return f"（写着“{'”“'.join(seen)}”）" if seen else ""


def _may_show(text: str) -> bool:
    if text in _YES_NO or counted(text) is not None:
        return True
    return not looks_personal(text) and (is_of_known_words(text) or text.endswith(book().shapes.organisations))
