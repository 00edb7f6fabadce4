"""The similarity of an office's own text to last year's and to other offices' texts (G7).

Sentences are compared by rapidfuzz without their figures, and weighted by their characters. An index of all clauses
selects the offices that share clauses, so that the work grows with the number of offices and not with its square.
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


def check_similarity(project: Project, year: int) -> list[Finding]:
    """Return a finding for every section too similar to another office's (G7), in the order of offices.yaml.

    Offices with invalid parameters are skipped; other commands report those.
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
    return list(check_similar_offices(words))


SECTIONS = ("overview", "problems")
_NEIGHBOURS = 50
"""The maximum number of offices, nearest in offices.yaml, considered for one shared clause."""
_CANDIDATES = 5
"""The number of offices, those with most shared clauses, whose sentences are compared."""


@dataclass(frozen=True)
class OfficeText:
    """An office's own text by section, with tokens; subject is its report, without tables and prose."""

    subject: Subject
    text: Mapping[str, str]


@dataclass(frozen=True)
class Similarity:
    """The share of a text that is similar to another, from 0 to 1, and the similar sentences, the longest first."""

    share: float
    passages: tuple[str, ...]


def measure_similarity(text: str, other: str) -> Similarity:
    """Return the similarity of an office's own text to another text; 0 for a text too short to compare."""
    own, theirs = own_sentences(text), own_sentences(other)
    total = sum(map(len, own))
    if total < phrases().section_characters or not theirs:
        return Similarity(0, ())
    alike = [
        sentence
        for sentence in own
        if process.extractOne(sentence, theirs, scorer=fuzz.ratio, score_cutoff=phrases().sentence_likeness)
    ]
    return Similarity(sum(map(len, alike)) / total, tuple(sorted(alike, key=len, reverse=True)))


@lru_cache(maxsize=8192)
def own_sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text that are long enough and not stock phrases, without figures and white space."""
    plain = phrases().figure.sub("□", phrases().token.sub("", text))
    found = (re.sub(r"[^\S\n]+", "", part).strip() for part in phrases().sentence.findall(plain))
    return tuple(
        sentence
        for sentence in found
        if len(sentence) >= phrases().sentence_characters and not phrases().stock.search(sentence)
    )


def check_similar_to_last_year(
    comparison: Comparison, own: Mapping[str, str], before: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield every section too similar to last year's, and every unchanged sentence with last year's number (G7)."""
    limit = comparison.subject.params.checks.likeness
    for key in (key for key in SECTIONS if key in own and key in before):
        found = measure_similarity(own[key], before[key])
        if found.share > limit:
            yield comparison.make_finding(
                "text.alike-last-year",
                Place(section=key),
                found=_percent(found.share),
                expected=_percent(float(limit)),
                named=_quoted(found.passages),
            )
        yield from _check_stale_years(comparison, key, own[key], before[key])


def _check_stale_years(comparison: Comparison, key: str, own: str, before: str) -> Iterator[Finding]:
    """Yield every sentence with last year's number that is the same in last year's text."""
    then = {re.sub(r"\s+", "", sentence) for sentence in phrases().sentence.findall(before)}
    for sentence in phrases().sentence.findall(own):
        plain = re.sub(r"\s+", "", sentence)
        if f"{comparison.last.year}年" in plain and plain in then:
            yield comparison.make_finding("text.stale-year", Place(section=key), found=sentence.strip())


# --- among offices ----------


def check_similar_offices(year_words: Sequence[OfficeText]) -> Iterator[Finding]:
    """Yield every section of all offices of a year that is too similar to another's; the most similar is named."""
    for key in SECTIONS:
        texts = [words.text.get(key, "") for words in year_words]
        for i, near in enumerate(_candidates(texts)):
            if found := _most_similar(texts, i, near):
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


def _most_similar(texts: Sequence[str], i: int, near: Sequence[int]) -> tuple[int, Similarity] | None:
    found = [(other, measure_similarity(texts[i], texts[other])) for other in near]
    return max(found, key=lambda one: one[1].share, default=None)


def _candidates(texts: Sequence[str]) -> list[list[int]]:
    """Return, for every text, the other texts with most shared clauses, weighted by characters.

    Of a clause that many texts share, only the nearest texts in the order of offices.yaml are considered.
    """
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
        clause for sentence in own_sentences(text) for clause in phrases().clause.findall(sentence) if len(clause) > 3
    )


def _quoted(passages: Sequence[str]) -> str:
    shown = passages[: phrases().passages]
    more = f"等 {len(passages)} 句" if len(passages) > len(shown) else ""
    return "".join(f"“{passage}”" for passage in shown) + more


def _percent(share: float) -> str:
    return f"{share * 100:.0f}"
