"""Words on a page of a PDF, with their places, and the labels of the forms among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from .labels import labels, letters


@dataclass(frozen=True)
class Word:
    """Characters that stand side by side, and their place on a page, in points."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        """Its middle from top to bottom."""
        return (self.top + self.bottom) / 2

    @property
    def centre(self) -> float:
        """Its middle from left to right."""
        return (self.x0 + self.x1) / 2

    @property
    def height(self) -> float:
        """The height of a line."""
        return self.bottom - self.top


def words_of(chars: Iterable[dict[str, object]]) -> list[Word]:
    """Return the words of a page's characters: those of one line without a gap between them."""
    seen = sorted((_word(char) for char in chars if str(char["text"]).strip()), key=lambda one: one.middle)
    lines: list[list[Word]] = []
    for one in seen:
        if lines and abs(one.middle - lines[-1][-1].middle) <= SAME_LINE * one.height:
            lines[-1].append(one)
        else:
            lines.append([one])
    for line in lines:
        line.sort(key=lambda one: one.x0)
    gaps = sorted(max(0.0, after.x0 - before.x1) for line in lines for before, after in pairwise(line))
    spacing = gaps[len(gaps) // 2] if gaps else 0.0
    found = []
    for line in lines:
        run = [line[0]]
        for before, after in pairwise(line):
            if after.x0 - before.x1 > spacing + _GAP * before.height:
                found.append(joined(run))
                run = []
            run.append(after)
        found.append(joined(run))
    return found


SAME_LINE, _GAP = 0.2, 0.3
"""Of the height of a line: characters of one line are no farther apart up and down, words no closer side by side than
this and the space between letters."""


def _word(char: dict[str, object]) -> Word:
    x0, x1, top, bottom = (float(str(char[name])) for name in ("x0", "x1", "top", "bottom"))
    return Word(str(char["text"]), x0, x1, top, bottom)


def joined(words: Sequence[Word]) -> Word:
    """Return words as one, in the place that all of them take."""
    return Word(
        "".join(one.text for one in words),
        min(one.x0 for one in words),
        max(one.x1 for one in words),
        min(one.top for one in words),
        max(one.bottom for one in words),
    )


@lru_cache
def _wordings() -> tuple[frozenset[str], frozenset[str]]:
    """Return everything that is printed on the forms in one place, by its letters, and everything that these begin with."""
    whole = frozenset(labels().words)
    return whole, frozenset(one[:end] for one in whole for end in range(1, len(one) + 1))


def labels_among(words: Sequence[Word]) -> Iterator[tuple[Word, tuple[Word, ...]]]:
    """Yield the labels among words, on one line or several below each other, with the words of each."""
    used: set[int] = set()
    beside, below = _neighbours(words)
    for word in words:
        if id(word) in used or word.text.isdigit() or not letters(word.text):
            continue
        if chain := _longest(word, beside, below):
            used |= {id(one) for one in chain}
            yield joined(chain), chain


_Next = dict[int, list[Word]]


def _neighbours(words: Sequence[Word]) -> tuple[_Next, _Next]:
    """Return the word right beside every word, and those on the line below it."""
    beside: _Next = {}
    below: _Next = {}
    ordered = sorted(words, key=lambda one: one.top)
    for place, word in enumerate(ordered):
        for other in ordered[max(0, place - _NEARBY) :]:
            if other.top > word.bottom + word.height:
                break
            if other is word:
                continue
            level = abs(other.middle - word.middle) <= SAME_LINE * word.height
            if level and 0 <= other.x0 - word.x1 <= _APART * word.height:
                beside.setdefault(id(word), []).append(other)
            if not level and other.middle > word.middle and overlap(word, other) > 0:
                below.setdefault(id(word), []).append(other)
    return beside, below


_NEARBY = 60
_APART = 1.5


def overlap(one: Word, other: Word) -> float:
    """Return how far two words stand above each other, in points; less than 0 if they do not."""
    return min(one.x1, other.x1) - max(one.x0, other.x0)


def _longest(word: Word, beside: _Next, below: _Next) -> tuple[Word, ...]:
    """Return the words of the longest label that begins with a word; none if none does."""
    whole, beginnings = _wordings()
    best: tuple[Word, ...] = ()
    stack: list[tuple[str, tuple[Word, ...]]] = [(letters(word.text), (word,))]
    longest, steps = 0, 0
    while stack and steps < _MOST_STEPS:
        said, chain = stack.pop()
        steps += 1
        if said in whole and len(said) > longest:
            best, longest = chain, len(said)
        for other in (*beside.get(id(chain[-1]), ()), *_line_below(chain, below)):
            if (more := said + letters(other.text)) in beginnings and more != said and other not in chain:
                stack.append((more, (*chain, other)))
    return best


_MOST_STEPS = 200


def _line_below(chain: Sequence[Word], below: _Next) -> list[Word]:
    """Return the words below those of a label's last line."""
    last = [one for one in chain if abs(one.middle - chain[-1].middle) <= SAME_LINE * one.height]
    found = {id(other): other for one in last for other in below.get(id(one), ())}
    return list(found.values())
