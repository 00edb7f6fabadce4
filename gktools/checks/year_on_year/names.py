"""Names of other offices and places in an office's own words (G4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...findings import Finding
from ..subject import Subject
from ..comparison import phrases, say

SECTIONS = ("overview", "problems", "others")


def check_names(subject: Subject, mentions: Sequence[str]) -> Iterator[Finding]:
    """Yield every other office of the book, and every other place, that the text names; each once a section.

    mentions are the names of other offices that stand in the office's own words.
    """
    for key in (key for key in SECTIONS if key in subject.prose):
        text = subject.prose[key].text
        told = [name for name in mentions if name in text]
        for name in told:
            around = _around(text, text.index(name), len(name))
            yield say(subject, "text.other-office", section=key, found=name, named=around)
        yield from _places(subject, key, text, told)


def _places(subject: Subject, key: str, text: str, told: Sequence[str]) -> Iterator[Finding]:
    """Yield the places other than the office's; nothing for an office whose own name has no place in it."""
    if not phrases().place.match(subject.office.name):
        return
    for place, match in {found["place"]: found for found in phrases().place.finditer(text)}.items():
        if place in subject.office.name or phrases().anyone.match(place) or any(place in name for name in told):
            continue
        found = f"{place}{match['body']}"
        around = _around(text, match.start("place"), len(found))
        yield say(subject, "text.other-place", section=key, found=found, named=around)


def _around(text: str, start: int, length: int, width: int = 10) -> str:
    return text[max(0, start - width) : start + length + width].replace("\n", " ")
