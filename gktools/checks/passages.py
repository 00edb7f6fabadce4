"""Reading figures out of a text: which statement of patterns.yaml stands where, and in what context."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ..prose import Prose
from .patterns import Regex, Statement, numeral, patterns


@dataclass(frozen=True)
class Passage:
    """One paragraph: its section, its text, and the sub-heading it stands under."""

    section: str
    text: str
    heading: str = ""

    def sentence(self, start: int, end: int) -> str:
        """The whole sentence around a place."""
        after = patterns().sentence_end.search(self.text, end)
        return self.text[self._last(patterns().sentence_end, start) : after.start() if after else len(self.text)]

    def before(self, start: int) -> str:
        """The sentence up to a place."""
        return self.text[self._last(patterns().sentence_end, start) : start]

    def remark(self, start: int, end: int) -> str:
        """The clause around a place with what stands in brackets after it."""
        after = patterns().remark_end.search(self.text, end)
        return self.clause(start, after.start() if after else len(self.text))

    def clause(self, start: int, end: int) -> str:
        """The clause around a place, up to its end."""
        return self.text[self._last(patterns().clause_end, start) : end]

    def _last(self, boundary: Regex, start: int) -> int:
        return max((found.end() for found in boundary.finditer(self.text, 0, start)), default=0)

    @property
    def scoped(self) -> bool:
        """Whether it says by what yardstick it counts."""
        return patterns().scope.search(self.text) is not None


@dataclass(frozen=True)
class StatedFigure:
    """A figure that a text states: as which statement, in which words, and which share it adds."""

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


def statements_in(passage: Passage, year: int) -> list[StatedFigure]:
    """Return the figures that a paragraph states about the report year, in their order."""
    taken: list[tuple[int, int]] = []
    found = []
    for statement in patterns().statements:
        if statement.sections and passage.section not in statement.sections:
            continue
        for match in _matches(statement, passage):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            if _counts(statement, passage, match, year):
                taken.append((start, end))
                found.append(_said(statement, passage, match))
    return sorted(found, key=lambda said: said.start)


def is_about(passage: Passage, start: int, year: int) -> bool:
    """Whether what is said at a place is about the report year or no year at all, not about an earlier one."""
    moments = list(patterns().moment.finditer(passage.before(start)))
    if not moments:
        return True
    last = moments[-1]
    return not (last["prior"] or (last["year"] and int(last["year"]) < year))


def _matches(statement: Statement, passage: Passage) -> Iterator[re.Match[str]]:
    for pattern in (*statement.patterns, *statement.zeros):
        yield from pattern.finditer(passage.text)


def _counts(statement: Statement, passage: Passage, match: re.Match[str], year: int) -> bool:
    clause = passage.clause(*match.span())
    if statement.unless and statement.unless.search(clause):
        return False
    if statement.elsewhere and statement.elsewhere.search(passage.before(match.start())):
        return False
    if statement.context and not statement.context.search(passage.heading + passage.text):
        return False
    return is_about(passage, match.start(), year)


def _said(statement: Statement, passage: Passage, match: re.Match[str]) -> StatedFigure:
    start, end = match.span()
    value = numeral(match["n"]) if "n" in match.re.groupindex else Decimal(0)
    share = patterns().share.search(passage.text[end:])
    return StatedFigure(
        statement,
        passage,
        start,
        passage.clause(start, end).strip(),
        value,
        inclusive=patterns().inclusive.search(passage.remark(start, end)) is not None,
        share=numeral(share["p"]) if share else None,
        share_words=f"{passage.clause(start, end)}{share[0]}".strip() if share else "",
    )
