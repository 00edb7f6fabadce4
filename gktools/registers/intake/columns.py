"""The cells of a register, parsed by column; each distinct value is parsed once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from ...forms.characters import strip_invisible
from ..schema import Field, fold
from ..sheet import MatchedWord
from ..words import NOT_COUNTED, NOTHING, Ask, Dictionary, Meant, Never, Sure, bare, kept_value, plain
from .own_words import Words
from .places import Row
from .units import YUAN, in_cell
from .values import LEFT_OUT, Unclear, about_length, is_serial, parse, text_of

_REMEMBERED = 20_000
"""The maximum number of distinct values cached for a column: numbers and texts have one for each row."""
_FROM_1904 = 1462
"""The days between Excel's two epochs, 1900 and 1904."""


@dataclass(frozen=True)
class Wrong:
    """The placeholder of a value that could not be parsed: the message, and the cell's value unless it is private."""

    message: str
    found: Any = None


@dataclass(frozen=True)
class WordValue:
    """The placeholder of a value given by a word of the dictionary, until its row is checked."""

    meant: Meant
    value: Any


@dataclass(frozen=True)
class AmbiguousWord:
    """The placeholder of a word with several meanings, with its question."""

    meant: Meant
    ask: Ask


@dataclass(frozen=True)
class YearsTerm:
    """The placeholder of a day written as a number of years."""

    years: int


@dataclass(frozen=True)
class Shape:
    """How to parse the cells of a column: its heading as written, the office's own words, the unit, the dictionary.

    unit is "" if neither heading nor cover gives one.
    """

    heading: str = ""
    words: Words = dataclass_field(default_factory=dict)
    unit: str = YUAN
    dictionary: Dictionary = dataclass_field(default_factory=Dictionary)


class Column:
    """One field of the records read so far: stored values, or texts for a personal field.

    serials are the indices of days that were written as Excel's day numbers in text cells.
    """

    def __init__(self, place: int, field: Field, from_1904: bool, shape: Shape | None = None) -> None:
        self.place, self.field, self.shape = place, field, shape or Shape()
        self.values: list[Any] = []
        self.serials: list[int] = []
        self._own: Counter[tuple[str, str]] = Counter()
        self._from_1904 = from_1904 and field.type == "date"
        self._known = _Known(field, self.shape)

    @property
    def has_words(self) -> bool:
        """Whether a word of the dictionary or of the office has occurred."""
        return self._known.met

    @property
    def own_words(self) -> list[MatchedWord]:
        """The office's own words that occurred."""
        return [
            MatchedWord(self.field.key, word, ours or NOTHING, cells, own=True)
            for (word, ours), cells in self._own.items()
        ]

    @property
    def unclear(self) -> list[tuple[int, Unclear]]:
        """The index and the question of each value with two readings."""
        if not self._known.unclear:
            return []
        return [(i, value) for i, value in enumerate(self.values) if type(value) is Unclear]

    def parse(self, cell: Any) -> Any:
        """Return the value of a cell that belongs to no record, such as a sum. Raises ValueError."""
        return parse(self.field, cell, self.shape.unit)

    @property
    def converted(self) -> list[str]:
        """The units of money that were converted to 元."""
        units = dict.fromkeys((self.shape.unit, *self._known.units)) if self.field.type == "yuan" else {}
        return [unit for unit in units if unit not in ("", YUAN)]

    @property
    def heading(self) -> str:
        """The heading as written in the file; the field's own if there is none."""
        return self.shape.heading or self.field.heading

    def written(self, value: Any) -> Any:
        """Return a parsed value as written in its cell, including invisible characters."""
        return self._known.unseen.get(value, value)

    def take(self, rows: Sequence[Row]) -> Iterator[tuple[int, Wrong]]:
        """Append the cell of each row; yield the wrong ones with their index among these rows."""
        place, known = self.place, self._known
        cells = [row[place] if len(row) > place else "" for row in rows]
        if bool in (kinds := set(map(type, cells))):  # True is 1 to a dictionary, and 是 to a clerk
            cells = [text_of(cell) if isinstance(cell, bool) else cell for cell in cells]
        if self._from_1904 and kinds & {int, float}:
            cells = [_moved(cell) for cell in cells]
        values = [known[cell] for cell in cells]
        if replaced := known.replaced:
            self._own.update((text_of(cell).strip(), replaced[cell]) for cell in cells if cell in replaced)
        if known.serials:
            self.serials += [i for i, cell in enumerate(cells, len(self.values)) if cell in known.serials]
        self.values += values
        if known.wrong or self.field.required:
            yield from ((i, value) for i, value in enumerate(values) if type(value) is Wrong)


class _Known(dict[Any, Any]):
    """The parsed value of each distinct cell of a column, computed at first access."""

    def __init__(self, field: Field, shape: Shape) -> None:
        super().__init__()
        self._field, self._words, self._unit, self._dictionary = field, shape.words, shape.unit, shape.dictionary
        self._own = {bare(word): ours for word, ours in shape.words.items()}
        self._speaks = bool(shape.dictionary.sure or shape.dictionary.ask or shape.dictionary.never)
        self.units: dict[str, None] = {}
        self.wrong = self.unclear = self.met = False
        self.unseen: dict[Any, str] = {}
        self.replaced: dict[Any, str] = {}
        self.serials: set[str] = set()

    def __missing__(self, cell: Any) -> Any:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[cell] = value = self._read(cell)
        return value

    def _read(self, cell: Any) -> Any:
        if too_long := about_length(self._field, cell):
            self.wrong = True
            return Wrong(too_long)
        field, meant = self._field, self._meant(cell)
        if meant == NOT_COUNTED and meant is not cell:
            self.met = True
            return LEFT_OUT
        if meant is not cell and self._speaks and (word := self._dictionary.find(text_of(cell))):
            self.met = True
            return WordValue(word, parse(field, meant))
        if meant is cell and self._speaks and (word := self._dictionary.exactly(text_of(cell))):
            return self._said(word, cell)
        try:
            value = parse(field, meant, self._unit)
        except Unclear as unclear:
            self.unclear = True
            return unclear
        except ValueError as error:
            return self._otherwise(cell, str(error))
        if field.type == "yuan" and isinstance(cell, str) and (unit := in_cell(cell)[1]):
            self.units[unit] = None
        if isinstance(cell, str) and not cell.isascii() and strip_invisible(cell) != cell:
            self.unseen.setdefault(value, cell)
        if field.type == "date" and isinstance(cell, str) and is_serial(cell.strip()):
            self.serials.add(cell)
        if value is None and field.required:
            return Wrong("必填，不能空")
        if field.personal:
            return value or ""
        return field.default if value is None else value

    def _meant(self, cell: Any) -> Any:
        """Return the replacement of one of the office's own words; any other cell unchanged."""
        ours = self._words.get(fold(text_of(cell))) if self._words else None
        if ours is None:
            return cell
        self.replaced[cell] = ours
        return ours

    def _said(self, word: Meant, cell: Any) -> Any:
        """Return the result for a word of the dictionary: a value, a question, or why it is invalid."""
        if isinstance(word.what, Never):
            self.wrong = True
            return Wrong(f"“{word.word}”{word.what.why}", cell)
        self.met = True
        if isinstance(word.what, Sure):
            return WordValue(word, kept_value(self._field, word.what.value))
        return AmbiguousWord(word, word.what)

    def _otherwise(self, cell: Any, error: str) -> Any:
        """Return the result for a cell that is no value: by the office's words, the dictionary, or the error."""
        field, text = self._field, text_of(cell)
        if self._own and (ours := self._own.get(bare(text))) is not None:
            self.met = True
            self.replaced[cell] = ours
            word = self._dictionary.find(text)
            value = LEFT_OUT if ours == NOT_COUNTED else parse(field, ours)
            return WordValue(word, value) if word and value is not LEFT_OUT else value
        if self._speaks and (word := self._dictionary.find(text)):
            return self._said(word, cell)
        if field.type == "date" and field.terms and (years := years_in(text)):
            self.met = True
            return YearsTerm(years)
        self.wrong = True
        return Wrong(error, None if field.personal or field.confidential else cell)


_NUMERALS = "零一二三四五六七八九十"


def years_in(text: str) -> int:
    """Return the number of years in a text such as 5年 or 五年; 0 for any other text."""
    found = re.fullmatch(r"(?:有效期)?(\d{1,2}|[一二三四五六七八九十])年", plain(text))
    if not found:
        return 0
    return int(found[1]) if found[1].isdecimal() else _NUMERALS.index(found[1])


def _moved(cell: Any) -> Any:
    """Return a day number of the 1904 system as one of the 1900 system."""
    is_day = isinstance(cell, int | float) and 18000 <= cell <= 73000
    return cell + _FROM_1904 if is_day else cell
