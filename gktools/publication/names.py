"""Names of the registers in a text: which texts may be names, and which of those that are known stand for a person.

The registers keep keyed hashes only. So every run of characters that may be a name is asked for; whatever is
recognised is a name, a number or a contact that stands in a personal column.
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
"""Says which of some texts stand in a personal column of the registers."""

_LONGEST_PERSON, _LONGEST_NAME, _LONGEST = 4, 10, 30
_SHORT = 2
"""The names that are also ordinary words: they need words about a person around them."""


@dataclass(frozen=True)
class PersonWords:
    """What tells names from other words (words.yaml)."""

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
    """A name of the registers in a text: where it begins and ends in the folded text, and whether it is surely one."""

    start: int
    end: int
    sure: bool


_HAN = r"㐀-鿿豈-龎〇\U00020000-\U0003ffff"
"""Characters of names, the rare ones too."""
_DOTS = dict.fromkeys(map(ord, "•・‧∙⋅･"), "·")
"""What is typed for the dot in a name of several parts."""


def plain(text: str) -> str:
    """Return a text as names are looked for in it: folded, every dot of a name the same, nothing unseen."""
    folded = fold(text).translate(_DOTS)
    return re.sub(rf"(?<=[{_HAN}])\.(?=[{_HAN}])", "·", folded)


@lru_cache(maxsize=50_000)
def candidates(text: str) -> frozenset[str]:
    """Return every run of a plain text that may be a name, a number, an address or a contact of a register."""
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
    """Every part of a run that has characters and other signs: a firm with a number in its name, an address."""
    for match in re.finditer(rf"(?<=[{_HAN}])(?=[a-z0-9()-])|(?<=[a-z0-9()-])(?=[{_HAN}])", run):
        seam = match.start()
        for start in range(max(0, seam - _LONGEST_NAME), seam):
            ends = range(max(seam, start + _LONGEST_PERSON) + 1, min(len(run), seam + _LONGEST_NAME) + 1)
            yield from (run[start:end] for end in ends)


def _of_parts(run: str) -> Iterator[str]:
    """Every part of a run that has a dot within: a name that is written in several parts."""
    for dot in (i for i, sign in enumerate(run) if sign == "·"):
        for start in range(max(0, dot - _LONGEST_NAME), dot):
            yield from (run[start:end] for end in range(dot + 2, min(len(run), dot + 2 * _LONGEST_NAME) + 1))


def _organisations(run: str) -> Iterator[str]:
    """Every long part of a run that ends as names of organisations end."""
    for match in _endings().finditer(run):
        for start in range(max(0, match.end() - _LONGEST), match.end() - _LONGEST_NAME):
            yield run[start : match.end()]


@lru_cache
def _endings() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, words().organisations)))


def named(texts: Collection[str], recognise: Recognise, harmless: Collection[str] = ()) -> Mapping[str, list[Named]]:
    """Return those of the texts in which names of the registers stand, each with where.

    harmless are words that may stand there though a register knows them too: names of offices, the own contact.
    """
    folded = {text: plain(text) for text in texts}
    own = [plain(word) for word in harmless]
    asked = {spelt: one for said in folded.values() for one in candidates(said) for spelt in _spellings(one)}
    known = {asked[one] for one in recognise(asked.keys())} - set(own)
    found = {text: list(_places(said, known & candidates(said), own)) for text, said in folded.items()}
    return {text: places for text, places in found.items() if places}


def _spellings(name: str) -> Iterator[str]:
    """A name as registers may have it: with another dot, a number without its hyphens."""
    yield name
    if "·" in name:
        yield from (name.replace("·", other) for other in "•.・")
    if "-" in name and name[0].isdecimal():
        yield name.replace("-", "")


def _places(text: str, known: Collection[str], harmless: Collection[str]) -> Iterator[Named]:
    """Where known names stand, but for those inside a harmless word or a longer name."""
    covered = [span for word in harmless if word in text for span in _spans(text, word)]
    for name in sorted(known, key=len, reverse=True):
        for start, end in _spans(text, name):
            if not any(first <= start and end <= last for first, last in covered):
                covered.append((start, end))
                yield Named(start, end, len(name) > _SHORT or _is_person(text[:start], text[end:]))


def _spans(text: str, word: str) -> list[tuple[int, int]]:
    return [(match.start(), match.end()) for match in re.finditer(re.escape(word), text)]


def _is_person(before: str, after: str) -> bool:
    """Whether the words around say that a person is meant."""
    return before.endswith(words().before) or after.startswith(words().after)
