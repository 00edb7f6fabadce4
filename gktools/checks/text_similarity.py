"""How much of an office's own words is like last year's or another office's (G7).

Sentences are compared without their figures, by rapidfuzz, and counted by characters. Among many offices only those
are compared that share clauses, found in an index of all clauses: the work grows with the number of offices, not
with its square.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from ..errors import ParamsError
from ..findings import Finding
from ..forms.notices import load_format
from ..workspace.project import Project
from .comparison import Comparison, make_finding, phrases
from .subject import Place, Subject


def check_wording(project: Project, year: int) -> list[Finding]:
    """Return every section of an office that is too much like another's of the year (G7), in the order of the book.

    An office whose parameters cannot be read is left out; they are told elsewhere.
    """
    official = load_format(year)
    words = []
    for office in project.offices(year):
        try:
            params = project.params(office.code, year)
        except ParamsError:
            continue
        if own := params.text.own():
            subject = Subject(office, year, official, official, {}, {}, "", params)
            words.append(OfficeText(subject, own))
    return list(check_offices(words))


SECTIONS = ("overview", "problems")
_NEIGHBOURS = 50
"""With how many others, those nearest in the book, an office that shares a clause is compared."""
_CANDIDATES = 5
"""With how many offices, those that share most, the sentences are compared."""


@dataclass(frozen=True)
class OfficeText:
    """What one office wrote itself: section → text, tokens and all; subject is its report, as far as it is there."""

    subject: Subject
    text: Mapping[str, str]


@dataclass(frozen=True)
class Likeness:
    """How much of a text is found elsewhere, from 0 to 1, and the sentences found, the longest first."""

    share: float
    passages: tuple[str, ...]


def likeness(text: str, other: str) -> Likeness:
    """Return how much of an office's own text is like another text; nothing is of a text too short to judge."""
    own, theirs = sentences(text), sentences(other)
    total = sum(map(len, own))
    if total < phrases().section_characters or not theirs:
        return Likeness(0, ())
    alike = [
        sentence
        for sentence in own
        if process.extractOne(sentence, theirs, scorer=fuzz.ratio, score_cutoff=phrases().sentence_likeness)
    ]
    return Likeness(sum(map(len, alike)) / total, tuple(sorted(alike, key=len, reverse=True)))


@lru_cache(maxsize=8192)
def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text that are an office's own words, figures and white space taken out."""
    plain = phrases().figure.sub("□", phrases().token.sub("", text))
    found = (re.sub(r"[^\S\n]+", "", part).strip() for part in phrases().sentence.findall(plain))
    return tuple(
        sentence
        for sentence in found
        if len(sentence) >= phrases().sentence_characters and not phrases().stock.search(sentence)
    )


def check_last_year(look: Comparison, own: Mapping[str, str], before: Mapping[str, str]) -> Iterator[Finding]:
    """Yield every section of which too much is last year's, and every sentence of it with last year's number."""
    limit = look.subject.params.checks.likeness
    for key in (key for key in SECTIONS if key in own and key in before):
        found = likeness(own[key], before[key])
        if found.share > limit:
            yield look.make_finding(
                "text.alike-last-year",
                Place(section=key),
                found=_percent(found.share),
                expected=_percent(float(limit)),
                named=_quoted(found.passages),
            )
        yield from _stale(look, key, own[key], before[key])


def _stale(look: Comparison, key: str, own: str, before: str) -> Iterator[Finding]:
    """Yield every sentence that says last year's number as last year's report did, word for word."""
    then = {re.sub(r"\s+", "", sentence) for sentence in phrases().sentence.findall(before)}
    for sentence in phrases().sentence.findall(own):
        plain = re.sub(r"\s+", "", sentence)
        if f"{look.last.year}年" in plain and plain in then:
            yield look.make_finding("text.stale-year", Place(section=key), found=sentence.strip())


# --- among offices ----------


def check_offices(year_words: Sequence[OfficeText]) -> Iterator[Finding]:
    """Yield, of all offices of a year, every section of which too much is another's: the one most like it is named."""
    for key in SECTIONS:
        texts = [words.text.get(key, "") for words in year_words]
        for i, near in enumerate(_candidates(texts)):
            if found := _most_alike(texts, i, near):
                other, most = found
                subject = year_words[i].subject
                limit = subject.params.checks.likeness
                if most.share > limit:
                    yield make_finding(
                        subject,
                        "text.alike-office",
                        Place(section=key),
                        found=_percent(most.share),
                        expected=_percent(float(limit)),
                        other=f"“{year_words[other].subject.office.name}”",
                        named=_quoted(most.passages),
                    )


def _most_alike(texts: Sequence[str], i: int, near: Sequence[int]) -> tuple[int, Likeness] | None:
    found = [(other, likeness(texts[i], texts[other])) for other in near]
    return max(found, key=lambda one: one[1].share, default=None)


def _candidates(texts: Sequence[str]) -> list[list[int]]:
    """For every text the others that share most of its clauses, by characters; of a clause that many share only
    those nearest in the book."""
    clauses = [_clauses(text) for text in texts]
    holders: dict[str, list[int]] = defaultdict(list)
    for i, held in enumerate(clauses):
        for clause in held:
            holders[clause].append(i)
    place = {clause: {i: n for n, i in enumerate(known)} for clause, known in holders.items() if len(known) > 1}
    found = []
    for i, held in enumerate(clauses):
        shared: Counter[int] = Counter()
        for clause in held & place.keys():
            at, known = place[clause][i], holders[clause]
            for other in known[max(0, at - _NEIGHBOURS // 2) : at + _NEIGHBOURS // 2 + 1]:
                shared[other] += len(clause)
        shared.pop(i, None)
        found.append([other for other, _ in sorted(shared.items(), key=lambda one: (-one[1], one[0]))[:_CANDIDATES]])
    return found


def _clauses(text: str) -> frozenset[str]:
    return frozenset(
        clause for sentence in sentences(text) for clause in phrases().clause.findall(sentence) if len(clause) > 3
    )


def _quoted(passages: Sequence[str]) -> str:
    shown = passages[: phrases().passages]
    more = f"等 {len(passages)} 句" if len(passages) > len(shown) else ""
    return "".join(f"“{passage}”" for passage in shown) + more


def _percent(share: float) -> str:
    return f"{share * 100:.0f}"
