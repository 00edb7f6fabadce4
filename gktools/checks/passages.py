"""Extraction of figures from a text: the statements of patterns.yaml in it, with their context."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from ..prose import Prose
from .patterns import Regex, Statement, parse_number, patterns


@dataclass(frozen=True)
class Passage:
    """One paragraph: its section, its text, and its sub-heading."""

    section: str
    text: str
    heading: str = ""

    def sentence(self, start: int, end: int) -> str:
        """Return the sentence around a span."""
        after = patterns().sentence_end.search(self.text, end)
        return self.text[self._last(patterns().sentence_end, start) : after.start() if after else len(self.text)]

    def before(self, start: int) -> str:
        """Return the part of the sentence before a position."""
        return self.text[self._last(patterns().sentence_end, start) : start]

    def remark(self, start: int, end: int) -> str:
        """Return the clause around a span, with the text in brackets after it."""
        after = patterns().remark_end.search(self.text, end)
        return self.clause(start, after.start() if after else len(self.text))

    def clause(self, start: int, end: int) -> str:
        """Return the clause before a span, up to the end of the span."""
        return self.text[self._last(patterns().clause_end, start) : end]

    def _last(self, boundary: Regex, start: int) -> int:
        ends = _ends(boundary, self.text)
        at = bisect_right(ends, start)
        return ends[at - 1] if at else 0

    @property
    def states_scope(self) -> bool:
        """Whether the paragraph states its own way of counting."""
        return patterns().scope.search(self.text) is not None


@lru_cache(maxsize=256)
def _ends(boundary: Regex, text: str) -> tuple[int, ...]:
    """Return where the boundaries of a text end; many figures of one paragraph ask for them."""
    return tuple(found.end() for found in boundary.finditer(text))


@lru_cache(maxsize=256)
def _is_in(pattern: Regex, text: str) -> bool:
    """Return whether a pattern is anywhere in a text; each figure of one paragraph asks for it."""
    return pattern.search(text) is not None


@dataclass(frozen=True)
class StatedFigure:
    """A figure stated in a text: its statement, its words, and the percentage after it, if any."""

    statement: Statement
    passage: Passage
    start: int
    words: str
    value: Decimal
    inclusive: bool = False
    share: Decimal | None = None
    share_words: str = ""


def passages(prose: Prose) -> Iterator[Passage]:
    """Yield the paragraphs of a section."""
    heading = ""
    for paragraph in prose.paragraphs:
        yield Passage(prose.key, paragraph.text, heading)
        if paragraph.is_heading:
            heading = paragraph.text


@lru_cache(maxsize=128)
def statements_in(passage: Passage, year: int) -> tuple[StatedFigure, ...]:
    """Return the figures stated in a paragraph about the report year, in order; several checks ask for them."""
    taken: list[tuple[int, int]] = []
    found = []
    for statement in patterns().statements:
        if statement.sections and passage.section not in statement.sections:
            continue
        for match in _matches(statement, passage):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            if _applies(statement, passage, match, year):
                taken.append((start, end))
                found.append(_stated_figure(statement, passage, match))
    return tuple(sorted(found, key=lambda stated: stated.start))


def is_about(passage: Passage, start: int, year: int) -> bool:
    """Return whether the text at a span is about the report year, or about no particular year."""
    moments = list(patterns().moment.finditer(passage.before(start)))
    if not moments:
        return True
    last = moments[-1]
    return not (last["prior"] or (last["year"] and int(last["year"]) < year))


def _matches(statement: Statement, passage: Passage) -> Iterator[re.Match[str]]:
    for pattern in (*statement.patterns, *statement.zeros):
        yield from pattern.finditer(passage.text)


def _applies(statement: Statement, passage: Passage, match: re.Match[str], year: int) -> bool:
    clause = passage.clause(*match.span())
    if statement.unless and statement.unless.search(clause):
        return False
    if statement.elsewhere and statement.elsewhere.search(passage.before(match.start())):
        return False
    if statement.context and not _is_in(statement.context, passage.heading + passage.text):
        return False
    return is_about(passage, match.start(), year)


def _stated_figure(statement: Statement, passage: Passage, match: re.Match[str]) -> StatedFigure:
    start, end = match.span()
    value = parse_number(match["n"]) if "n" in match.re.groupindex else Decimal(0)
    share = patterns().share.match(passage.text[end:])
    return StatedFigure(
        statement,
        passage,
        start,
        passage.clause(start, end).strip(),
        value,
        inclusive=patterns().inclusive.search(passage.remark(start, end)) is not None,
        share=parse_number(share["p"]) if share else None,
        share_words=f"{passage.clause(start, end)}{share[0]}".strip() if share else "",
    )
