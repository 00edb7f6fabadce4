"""Rows in a text without cells: one value a line, columns of blanks or bars, or labels and figures run together.

The labels are found in the text by their letters; what stands between two of them are the values of the first.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice, pairwise

from ..errors import INVISIBLE
from ..forms.model import ReportFormat
from .blocks import RUN, Block, SourceCell, SourceRow, SourceText
from .labels import labels, letters
from .values import may_be_value

MOST_LABELS = 1000
"""The most labels that are looked for in a text; a report has two hundred."""
LONGEST_NOTE = 400
"""The maximum number of characters of a note in brackets after a label."""


def rows_of(pieces: Sequence[SourceText], format_: ReportFormat) -> tuple[list[Block], Mapping[int, str]]:
    """Return the rows in a text, and by their number why one is doubtful: a label is missing after it."""
    text = "\n".join(piece.text for piece in pieces)
    starts, place = [], 0
    for piece in pieces:
        starts.append(place)
        place += len(piece.text) + 1
    rows = _Rows(text, pieces, starts)
    for word in islice(_words(text), MOST_LABELS):
        rows.add(word)
    rows.end()
    doubtful = dict(_doubtful(rows.blocks, format_, cut=rows.cut))
    return _unless_before_labels(rows.blocks), {
        **dict.fromkeys(rows.uneven, "数分在几行里，有的行不止一个，可能少了一格或者多了页码"),
        **doubtful,
    }


def row_in_line(line: SourceText) -> SourceRow | None:
    """Return the row in a line that is nothing but a label and values after it; None if it is something else."""
    if len(line.text) > LONGEST_NOTE:
        return None
    rows = _Rows(line.text, [line], [0])
    for word in islice(_words(line.text), _LABELS_OF_A_TABLE):
        rows.add(word)
    rows.end()
    (row,) = rows.blocks if len(rows.blocks) == 1 else (None,)
    return row if isinstance(row, SourceRow) and all(may_be_value(cell.text) for cell in row.cells[1:]) else None


def is_of_a_table(text: str) -> bool:
    """Return whether a line belongs to a table that has no cells: a label, a value, or several run together."""
    known = labels()
    if known.find(text) or known.skips(text) or may_be_value(text):
        return True
    return sum(1 for _ in islice(_words(text), _LABELS_OF_A_TABLE)) == _LABELS_OF_A_TABLE


_LABELS_OF_A_TABLE = 4


@dataclass(frozen=True)
class _Word:
    """A label in a text: where it begins, where it ends with its note, and its wording."""

    start: int
    end: int
    said: str


def _words(text: str) -> Iterator[_Word]:
    """Yield the labels in a text, the leftmost and longest first; what stands in brackets after one belongs to it."""
    plain, places = _plain(text)
    tree = _word_tree()
    at, skip = 0, 0
    while at < len(plain):
        end = _longest(tree, plain, at)
        if not end or places[at] < skip or not _begins_well(text, plain, places, at, end):
            at += 1
            continue
        last = places[end - 1] + 1
        closed = _after_note(text, last)
        start = places[at] - (text[places[at] - 1 : places[at]] in ("(", "（"))
        yield _Word(start, closed, plain[at:end])
        skip = closed
        at = end


def _plain(text: str) -> tuple[str, list[int]]:
    """Return the letters of a text as labels have them, and the place of each in the text."""
    plain: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for letter in _letter(character):
            plain.append(letter)
            places.append(place)
    return "".join(plain), places


@lru_cache(maxsize=10_000)
def _letter(character: str) -> str:
    return letters(character)


@lru_cache
def _word_tree() -> dict[str, object]:
    """Return the words of the forms as a tree of letters; "" ends one."""
    tree: dict[str, object] = {}
    for word in labels().words:
        below = tree
        for letter in word:
            below = below.setdefault(letter, {})  # type: ignore[assignment]
        below[""] = True
    return tree


def _longest(tree: dict[str, object], plain: str, start: int) -> int:
    end, below, place = 0, tree, start
    while place < len(plain) and plain[place] in below:
        below = below[plain[place]]  # type: ignore[assignment]
        place += 1
        if "" in below:
            end = place
    return end


def _begins_well(text: str, plain: str, places: Sequence[int], start: int, end: int) -> bool:
    """Return whether a label begins here: the number before one is its ordinal only with a mark after it."""
    if not plain[start].isdigit():
        return True
    digits = start
    while digits < end and plain[digits].isdigit():
        digits += 1
    between = text[places[digits - 1] + 1 : places[digits]] if digits < end else ""
    return bool(re.match(r"\s*[.．、,，]", INVISIBLE.sub("", between)))


def _after_note(text: str, end: int) -> int:
    """Return the end of the note in brackets that follows a label, else the label's own end; a closing bracket of its own too."""
    opening = _OPENS.match(text, end)
    if not opening:
        return _CLOSES.match(text, end).end() if _CLOSES.match(text, end) else end  # type: ignore[union-attr]
    depth, place = 1, opening.end()
    while place < min(len(text), end + LONGEST_NOTE):
        depth += (text[place] in "（(") - (text[place] in "）)")
        place += 1
        if not depth:
            return place
    return end


_OPENS = re.compile(r"\s*[（(]")
_CLOSES = re.compile(r"[ \t]*[”\"）)]+")


@dataclass
class _Rows:
    """Rows in the making: a header of columns, or a label and what follows it."""

    text: str
    pieces: Sequence[SourceText]
    starts: Sequence[int]
    blocks: list[Block] = field(default_factory=list)
    cut: int = -1
    uneven: set[int] = field(default_factory=set)
    _values: list[int] = field(default_factory=list)
    _cells: list[SourceCell] = field(default_factory=list)
    _heads: bool = True
    _filled: bool = False
    _end: int = 0
    _label_end: int = 0

    def add(self, word: _Word) -> None:
        """Take the next label, and before it what stands between it and the one before."""
        self._between(_before_ordinal(self.text, self._end, word.start))
        self._end = word.end
        known = labels()
        printed = self.text[word.start : word.end]
        found = known.find(_without_note(self.text, word)) or known.find(printed)
        if known.sections.get(word.said) or (
            any(not label.leaf and label.axis == "row" for label in found) and not any(label.leaf for label in found)
        ):
            self._flush()
            self.blocks.append(
                SourceText(
                    self.text[word.start : word.end].split("\n")[0]
                    if known.section(printed)
                    else _without_note(self.text, word),
                    self._place(word.start),
                )
            )
            self._heads = True
            return
        is_row = any(label.axis == "row" and label.leaf for label in found)
        is_column = any(label.axis == "column" for label in found) or word.said in known.skipped
        if is_column and (self._heads or not is_row):
            if self._filled or not self._heads:
                self._flush()
            self._heads = True
            self._cells.append(self._cell(word.start, _without_note(self.text, word)))
        elif is_row:
            self._flush()
            self._label_end = word.end
            self._heads = False
            self._cells.append(self._cell(word.start, _without_note(self.text, word)))

    def end(self) -> None:
        """Take what stands after the last label."""
        before = len(self.blocks)
        self._between(len(self.text))
        tail = self.text[self._end :].strip(" \t\r\n|")
        self._flush()
        if len(self.blocks) > before and tail and may_be_value(tail.split()[-1]):
            self.cut = len(self.blocks) - 1

    def _between(self, end: int) -> None:
        """Take the text between two labels: values, notes, a label that no form has."""
        for start, text in _tokens(self.text, self._end, end):
            if may_be_value(text) or _HAS_FIGURE.fullmatch(text):
                if self._heads and self._cells:
                    self._flush_header()
                if self._cells or not self._heads:
                    self._cells.append(self._cell(start, text))
                    self._values.append(start)
                    self._filled = True
            elif self._filled:
                self._flush()
                self._heads = False
                self._label_end = start + len(text)
                self._cells.append(self._cell(start, text))

    def _flush_header(self) -> None:
        self._flush()
        self._label_end = self._end
        self._heads = False

    def _flush(self) -> None:
        if self._cells:
            if self._is_uneven():
                self.uneven.add(len(self.blocks))
            self.blocks.append(SourceRow(tuple(self._cells), RUN))
        self._cells, self._values, self._filled = [], [], False

    def _is_uneven(self) -> bool:
        """Return whether the values of a row stand on several lines, and two of them, or one and the label, on one."""
        if not self._values:
            return False
        breaks = ["\n" in self.text[one:other] for one, other in pairwise((self._label_end, *self._values))]
        return any(breaks[1:]) and not all(breaks)

    def _cell(self, start: int, text: str) -> SourceCell:
        return SourceCell(text, 0, 0, self._place(start))

    def _place(self, start: int) -> str:
        return self.pieces[bisect_right(self.starts, start) - 1].place


_HAS_FIGURE = re.compile(r"[^\w,;，；、]*\d[\d\W]*")
"""A figure with marks that are no part of it: a cell, as found."""


def _before_ordinal(text: str, start: int, end: int) -> int:
    """Return where the ordinal begins that stands between two places of a text, before a label; the end if there is none."""
    start = max(start, end - _LONGEST_ORDINAL)
    found = _ORDINAL.search(INVISIBLE.sub(" ", text[start:end]))
    return start + found.start() if found else end


_LONGEST_ORDINAL = 20


_ORDINAL = re.compile(r"(?:\d+\s*[.．、,，]|[（(]?\s*[一二三四五六七八九十]+\s*[)）、.．,，])\s*\Z")


def _without_note(text: str, word: _Word) -> str:
    """Return a label as printed, without the note after it."""
    printed = text[word.start : word.end]
    short = _NOTE.sub("", printed)
    return printed if letters(printed) == word.said else short if letters(short) else printed


_NOTE = re.compile(r"(?s)[（(][^（(]*?[（(]?.*$")


def _tokens(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield the values and words of a part of a text; between two bars of a line with nothing between them, a blank."""
    bars = False
    for found in _TOKEN.finditer(text, start, end):
        said = found[0]
        if said == "|" and bars:
            yield found.start(), ""
        elif said not in "|\n":
            yield from _cut(said, found.start())
        bars = said == "|"


_TOKEN = re.compile(r"\n|\||[^\s|]+")


def _cut(token: str, start: int) -> Iterator[tuple[int, str]]:
    """Yield a token, cut between figures and the words after them."""
    seen = INVISIBLE.sub("", token)
    if not seen:
        return
    if may_be_value(seen):
        yield start, token
        return
    leading = re.match(r"[-+]?[\d.,]+(?=[^\W\d]|[（(“])", unicodedata.normalize("NFKC", token))
    if leading and len(unicodedata.normalize("NFKC", token)) == len(token):
        yield start, token[: leading.end()]
        start, token = start + leading.end(), token[leading.end() :]
    yield start, token


def _unless_before_labels(blocks: Sequence[Block]) -> list[Block]:
    """Return rows; those of a table whose values stand before the labels, so that they seem to follow others, not read."""
    found: list[Block] = []
    part: list[Block] = []
    for block in (*blocks, SourceText("", "")):
        if _begins_table(block):
            rows = [one for one in part if isinstance(one, SourceRow)]
            before = len(rows) > 1 and may_be_value(rows[0].cells[0].text) and len(rows[-1].cells) == 1
            found += map(_unread, part) if before else part
            part = []
            found += [block] if isinstance(block, SourceRow) or block.text else []
        else:
            part.append(block)
    return found


def _begins_table(block: Block) -> bool:
    """Return whether a block is a row of column labels, the heading of a table or the end."""
    if isinstance(block, SourceText):
        known = labels().find(block.text)
        return not block.text or bool(labels().section(block.text)) or any(label.band for label in known)
    return all(
        any(label.axis == "column" for label in labels().find(cell.text)) or labels().skips(cell.text)
        for cell in block.cells
    )


def _unread(block: Block) -> Block:
    if isinstance(block, SourceText):
        return block
    return replace(block, cells=tuple(replace(cell, unread=_BEFORE) for cell in block.cells))


_BEFORE = "数在行的名称前面还是后面，分不清"


def _doubtful(blocks: Sequence[Block], format_: ReportFormat, cut: int) -> Iterator[tuple[int, str]]:
    """Yield the rows after which the next row of the form does not follow: its label may be lost, its values may be here."""
    order = {
        (form.key, row): number
        for form in format_.forms
        for number, row in enumerate(dict.fromkeys(row for row, _ in form.cells))
    }
    last: tuple[int, str, int] | None = None
    for number, block in enumerate(blocks):
        if isinstance(block, SourceText) or not block.cells:
            continue
        keys = [
            (label.table, label.key)
            for label in labels().find(block.cells[0].text)
            if label.axis == "row" and label.leaf and (label.table, label.key) in order
        ]
        if not keys or len(block.cells) < 2:
            continue
        table, place = keys[0][0], order[keys[0]]
        if last and last[1] == table and place != last[2] + 1:
            yield last[0], "后面缺了一行，数可能不是这一行的"
        last = (number, table, place)
    if cut >= 0:
        yield cut, "文字到这里断了，数可能不全"
