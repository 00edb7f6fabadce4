"""Finding names of the registers in a text.

The registers store only keyed hashes of personal columns. So every run of characters that may be a name is hashed and
looked up; a recognised one is a name, a number or a contact of a personal column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import ConfigDict

from ..registers.schema import fold
from ..yamlfile import read_data

Recognise = Callable[[Collection[str]], Collection[str]]
"""Returns those of the given texts that occur in a personal column of the registers."""

_LONGEST_PERSON, _LONGEST_NAME, _LONGEST = 4, 10, 30
_SHORTEST_OF_PARTS = 5
_SHORT = 2
"""Names of this length are often ordinary words: they only count next to words about a person."""


@dataclass(frozen=True)
class PersonWords:
    """The words that distinguish names from other words (words.yaml)."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    organisations: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    cases: tuple[str, ...]


@lru_cache
def words() -> PersonWords:
    """Return the words of words.yaml."""
    found: PersonWords = read_data(Path(__file__).with_name("words.yaml"), PersonWords)
    return found


@dataclass(frozen=True)
class Named:
    """A name of the registers in a text: its start and end in the folded text, whether it is certain, and whether it is allowed there."""

    start: int
    end: int
    sure: bool
    excused: bool = False


_HAN = r"㐀-鿿豈-龎〇\U00020000-\U0003ffff"
"""Characters of names, including rare ones."""
_OF_HAN = re.compile(f"[{_HAN}]+")
_DOTS = dict.fromkeys(map(ord, "•・‧∙⋅･"), "·")
"""Variants of the dot between the parts of a name."""


def plain(text: str) -> str:
    """Return a text normalised for the search of names: folded, without invisible characters, and with one kind of dot.

    A dot, a dash or a stroke between two Han characters is one: they may divide a name.
    """
    return re.sub(rf"(?<=[{_HAN}])[-._/*—–](?=[{_HAN}])", "·", fold(text).translate(_DOTS))


def candidates(text: str) -> frozenset[str]:
    """Return the runs of a normalised text that may be a name, a number, an address or a contact of a register."""
    found: set[str] = set()
    for run in re.findall(rf"[{_HAN}]+", text):
        found |= {run[i : i + n] for n in range(_SHORT, _LONGEST_NAME + 1) for i in range(len(run) - n + 1)}
    for run in re.findall(rf"[{_HAN}a-z0-9()-]+", text):
        found |= {*_mixed(run), *_organisations(run)}
    for run in re.findall(rf"[{_HAN}]+(?:·[{_HAN}]+)+", text):
        found |= set(_of_parts(run))
    found.update(re.findall(r"[a-z][a-z.'·-]+[a-z]", text), re.findall(r"[a-z0-9_.+-]+@[a-z0-9-]+\.[a-z0-9.-]+", text))
    found.update(re.findall(r"(?<![a-z0-9])[a-z0-9]*\d[a-z0-9]{5,17}(?![a-z0-9])", text))
    return frozenset(found | set(re.findall(r"(?<!\d)\d[\dx-]{5,19}(?!\d)", text)))


def _mixed(run: str) -> Iterator[str]:
    """The parts of a run that mix Han and other characters: a company name with a number, an address."""
    for match in re.finditer(rf"(?<=[{_HAN}])(?=[a-z0-9()-])|(?<=[a-z0-9()-])(?=[{_HAN}])", run):
        seam = match.start()
        for start in range(max(0, seam - _LONGEST_NAME), seam):
            ends = range(max(seam, start + _LONGEST_PERSON) + 1, min(len(run), seam + _LONGEST_NAME) + 1)
            yield from (run[start:end] for end in ends)


def _of_parts(run: str) -> Iterator[str]:
    """The parts of a run around a dot: a name written in several parts."""
    for dot in (i for i, sign in enumerate(run) if sign == "·"):
        for start in range(max(0, dot - _LONGEST_NAME), dot):
            yield from (run[start:end] for end in range(dot + 2, min(len(run), dot + 2 * _LONGEST_NAME) + 1))


def _organisations(run: str) -> Iterator[str]:
    """The long parts of a run that end like names of organisations."""
    for match in _endings().finditer(run):
        for start in range(max(0, match.end() - _LONGEST), match.end() - _LONGEST_NAME):
            yield run[start : match.end()]


@lru_cache
def _endings() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, words().organisations)))


def find_names(
    texts: Collection[str], recognise: Recognise, harmless: Collection[str] = ()
) -> Mapping[str, list[Named]]:
    """Return the texts that contain names of the registers, each with the places of the names.

    harmless are words that are allowed even if a register contains them: names of offices, the office's own contact. A
    certain name in one of them is excused, which somebody has to see.
    """
    folded = {text: plain(text) for text in texts}
    own = [plain(word) for word in harmless]
    known = set(recognise(frozenset().union(*map(_asked, folded.values()))))
    found = {}
    for text, plain_text in folded.items():
        if not known.isdisjoint(_asked(plain_text)):
            names = [one for one in candidates(plain_text) if not known.isdisjoint(_spellings(one))]
            found[text] = list(_places(plain_text, names, own))
    return {text: places for text, places in found.items() if places}


@lru_cache(maxsize=2**13)
def _asked(text: str) -> frozenset[str]:
    """The spellings of everything in a normalised text that may be a name; reports have most of their texts in common."""
    return frozenset(spelt for one in candidates(text) for spelt in _spellings(one))


def _spellings(name: str) -> Iterator[str]:
    """The spellings of a name in registers: with another dot, without it or with one, or a number without hyphens."""
    yield name
    if "·" in name:
        yield from (name.replace("·", other) for other in ("•", ".", "・", "-", ""))
    elif len(name) >= _SHORTEST_OF_PARTS and _OF_HAN.fullmatch(name):
        yield from (f"{name[:i]}·{name[i:]}" for i in range(1, len(name)))
    if "-" in name and name[0].isdecimal():
        yield name.replace("-", "")


def _places(text: str, known: Collection[str], harmless: Collection[str]) -> Iterator[Named]:
    """The places of known names, except those inside a longer name; excused, if they are certain, inside a harmless word."""
    own = [span for word in harmless if word in text for span in _spans(text, word)]
    covered: list[tuple[int, int]] = []
    for name in sorted(known, key=len, reverse=True):
        for start, end in _spans(text, name):
            if _is_inside(start, end, covered):
                continue
            covered.append((start, end))
            sure, excused = len(name) > _SHORT or _is_person(text[:start], text[end:]), _is_inside(start, end, own)
            if sure or not excused:
                yield Named(start, end, sure, excused)


def _is_inside(start: int, end: int, spans: Collection[tuple[int, int]]) -> bool:
    return any(first <= start and end <= last for first, last in spans)


def _spans(text: str, word: str) -> list[tuple[int, int]]:
    return [(match.start(), match.end()) for match in re.finditer(re.escape(word), text)]


def _is_person(before: str, after: str) -> bool:
    """Whether the words before or after show that a person is meant."""
    return before.endswith(words().before) or after.startswith(words().after)
