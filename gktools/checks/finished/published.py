"""The rules for reports of others: what a published report shows of itself, and beside last year's (I1–I8, G14)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict

from ...figures.table import Table, Unknown, add, format_figure
from ...findings import Finding
from ...forms.model import Cell
from ...forms.notices import deadline
from ...yamlfile import read_data
from ..comparison import Comparison
from ..disclosures import FEES
from ..passages import passages
from ..patterns import patterns
from ..rules import Rule, read_rules
from ..statements import stated_fees
from ..subject import Place, Subject, format_place, references, sides
from ..subject import make_finding as subject_finding

FOLDER = Path(__file__).parent
WRITTEN = ("overview", "problems", "others")
RECEIVED, CARRIED_IN, CARRIED_OUT, COMPLETED = "received", "carried_in", "carried_out", "dispositions.total"
FREE_REQUESTS = 10
"""Up to so many requests no fee by number is charged (国办函〔2020〕109号)."""
_Pattern = Annotated[re.Pattern[str], BeforeValidator(lambda value: re.compile(value))]


@dataclass(frozen=True)
class PublishedPhrases:
    """The content of phrases.yaml."""

    __pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    all_finished: _Pattern
    on_time: _Pattern
    problem: _Pattern
    signed: _Pattern
    stock: _Pattern
    looked_back: _Pattern
    plan: _Pattern
    total: _Pattern
    part: _Pattern
    share: _Pattern
    signature: _Pattern


@lru_cache
def published_rules() -> dict[str, Rule]:
    """Return the rules of rules.yaml by the code of their findings."""
    return read_rules((FOLDER / "rules.yaml").read_text(encoding="utf-8"), "rules.yaml")


@lru_cache
def published_phrases() -> PublishedPhrases:
    """Return the phrases of phrases.yaml. Raises FormatError, with file and line, for an invalid file."""
    found: PublishedPhrases = read_data(FOLDER / "phrases.yaml", PublishedPhrases)
    return found


def make_finding(subject: Subject, code: str, place: Place, /, **values: Any) -> Finding:
    """Return the finding of a rule of rules.yaml, like checks.subject."""
    return subject_finding(subject, code, place, rule=published_rules()[code], **values)


def check_published(subject: Subject, published_on: date | None) -> Iterator[Finding]:
    """Yield the findings about one published report alone."""
    yield from _check_dates(subject, published_on)
    yield from _check_plans(subject)
    table = subject.tables.get("requests")
    if table is not None:
        yield from _check_never_finished(subject, table)
        yield from _check_all_finished(subject, table)
        yield from _check_fees(subject, table)


def _check_dates(subject: Subject, published_on: date | None) -> Iterator[Finding]:
    """Yield a date before the end of the year (I1), and a publication after the last day for all reports (G14)."""
    over = date(subject.year + 1, 1, 1)
    for named, day in (("发布日期", published_on), ("落款日期", signed_on(subject))):
        if day is not None and day < over:
            yield make_finding(
                subject,
                "published.dated-early",
                Place(section="signature"),
                found=_in_words(day),
                expected=_in_words(over),
                named=named,
            )
    kind = subject.office.kind
    due = deadline(subject.year, kind.key if kind.government else "default")
    if published_on is not None and published_on > due:
        yield make_finding(
            subject, "published.late", Place(section="title"), found=_in_words(published_on), expected=_in_words(due)
        )


def _check_plans(subject: Subject) -> Iterator[Finding]:
    """Yield every improvement that is planned for the report year itself (G2)."""
    text = subject.prose["problems"].text if "problems" in subject.prose else ""
    turn = patterns().improvement.search(text)
    for match in published_phrases().plan.finditer(text, turn.start() if turn else len(text)):
        if int(match["year"]) == subject.year:
            yield make_finding(
                subject, "published.plan-of-the-past", Place(section="problems"), named=match["words"].strip()
            )


def check_shares(subject: Subject, section: str, text: str) -> Iterator[Finding]:
    """Yield every percentage of published items that is not its part of the total in the same paragraph (F5)."""
    phrases = published_phrases()
    for line in text.splitlines():
        parts = {
            part["name"]: (Decimal(part["n"]), Decimal(total["n"]))
            for total in phrases.total.finditer(line)
            for part in phrases.part.finditer(total["parts"])
        }
        for share in phrases.share.finditer(line):
            name = max(parts, key=lambda name: _common(name, share["name"]), default="")
            if _common(name, share["name"]) < _LEAST_COMMON:
                continue
            part, total = parts[name]
            said = Decimal(share["p"])
            half = Decimal("0.5").scaleb(int(said.as_tuple().exponent))
            if total and abs(part * 100 / total - said) > half:
                yield make_finding(
                    subject,
                    "published.share",
                    Place(section=section),
                    found=share["p"],
                    expected=str((part * 100 / total).quantize(Decimal("0.01"))),
                    named=share["words"],
                    part=part,
                    total=total,
                )


_LEAST_COMMON = 4


def _common(one: str, other: str) -> int:
    """Return the length of the longest passage that two names have in common."""
    return SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size if one else 0


def signed_on(subject: Subject) -> date | None:
    """Return the date that stands alone at the end of the report; None if there is none."""
    lines = [line for key in ("signature", "others") if key in subject.prose for line in subject.prose[key].texts]
    for line in reversed(lines):
        if match := published_phrases().signed.match(line):
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                return None
    return None


def _in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _check_never_finished(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield every column with fewer completed requests than requests carried in (I2)."""
    for column in dict.fromkeys(column for _, column in table.form.cells):
        done, before = table[COMPLETED, column], table[CARRIED_IN, column]
        if not isinstance(done, Unknown) and not isinstance(before, Unknown) and done < before:
            cells: list[Cell] = [(COMPLETED, column), (CARRIED_IN, column)]
            yield make_finding(
                subject,
                "published.never-finished",
                Place(table.form, cells[0]),
                both=sides(done, before),
                behind=references(table.form, cells),
            )


def _check_all_finished(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield every claim that all requests were completed where some are carried out (I3)."""
    cell: Cell = (CARRIED_OUT, "total")
    left = table[cell]
    if isinstance(left, Unknown) or left <= 0:
        return
    phrases = published_phrases()
    for key in (key for key in WRITTEN if key in subject.prose):
        for passage in passages(subject.prose[key]):
            for match in phrases.all_finished.finditer(passage.text):
                sentence = passage.sentence(*match.span())
                about = re.search("申请", passage.text) and not phrases.on_time.search(sentence)
                if about:
                    yield make_finding(
                        subject,
                        "published.all-finished",
                        Place(section=key),
                        found=format_figure(left),
                        named=passage.clause(*match.span()).strip(),
                        place=format_place(table.form, *table.form.address(cell)),
                        behind=references(table.form, [cell]),
                    )


def _check_fees(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield the finding that a fee was charged although there were too few requests for one by number (I4)."""
    fen = subject.processing_fees[1] if subject.processing_fees else stated_fees(subject)
    cells: list[Cell] = [(RECEIVED, "total"), (CARRIED_IN, "total")]
    requests = add(table[cell] for cell in cells)
    if fen and not isinstance(requests, Unknown) and requests <= FREE_REQUESTS:
        yield make_finding(
            subject,
            "published.fee-without-reason",
            Place(section="others"),
            found=f"{fen / 100:g}",
            expected=format_figure(requests),
            behind=references(table.form, cells),
        )


# --- beside last year's report ----------


def check_published_beside(comparison: Comparison, before: Subject) -> Iterator[Finding]:
    """Yield the findings about a published report beside the one of the year before (I5, I6, I8)."""
    yield from _check_charges(comparison)
    yield from _check_same_table(comparison, before)
    yield from _check_improvement(comparison, before)


def _check_charges(comparison: Comparison) -> Iterator[Finding]:
    subject = comparison.subject
    table = subject.tables.get("disclosures")
    then = comparison.last.get("disclosures", FEES)
    if table is None or isinstance(then, Unknown) or then <= 0 or table.figures.get(FEES) != 0:
        return
    yield make_finding(
        subject,
        "published.charges-gone",
        Place(table.form, FEES),
        found="0",
        expected=format_figure(then),
        last_year=comparison.last.year,
        behind=references(table.form, [FEES]),
    )


def _check_same_table(comparison: Comparison, before: Subject) -> Iterator[Finding]:
    now, then = (subject.tables.get("requests") for subject in (comparison.subject, before))
    if now is None or then is None or now.form.cells != then.form.cells:
        return
    known = {cell: figure for cell, figure in now.figures.items() if not isinstance(figure, Unknown)}
    if any(known.values()) and len(known) == len(then.figures) and known == dict(then.figures):
        yield make_finding(
            comparison.subject,
            "published.same-table",
            Place(now.form),
            expected=len(known),
            last_year=comparison.last.year,
        )


def _check_improvement(comparison: Comparison, before: Subject) -> Iterator[Finding]:
    """Yield the finding that nothing is said of the problems that last year's report named (I8)."""
    subject = comparison.subject
    now = "".join(subject.prose[key].text for key in WRITTEN if key in subject.prose)
    if "problems" not in before.prose or not now or published_phrases().looked_back.search(now):
        return
    problems = _problems(before.prose["problems"].text)
    if problems and not any(_mentions(now, problem) for problem in problems):
        yield make_finding(
            subject,
            "published.improvement-forgotten",
            Place(section="problems"),
            found="；".join(problems),
            last_year=comparison.last.year,
        )


def _problems(text: str) -> list[str]:
    turn = patterns().improvement.search(text)
    return [match["words"] for match in published_phrases().problem.finditer(text[: turn.start() if turn else None])]


def _mentions(text: str, problem: str) -> bool:
    """Return whether a text has any three characters in a row of a problem, apart from words that every report has."""
    parts = re.split(r"[\s，,、“”]", published_phrases().stock.sub(" ", problem))
    return any(part[i : i + 3] in text for part in parts for i in range(max(0, len(part) - 2)))


# --- the same report in several places ----------


def check_copies(subject: Subject, others: Mapping[str, Subject]) -> Iterator[Finding]:
    """Yield every cell that other copies of the same report, by the names of their files, print differently (I7).

    Where very much differs in a government's reports, one is of its own office and the other of all below it.
    """
    for name, other in others.items():
        found = [
            finding
            for key, table in subject.tables.items()
            if key in other.tables
            for finding in _differing(subject, table, name, other.tables[key])
        ]
        if not subject.office.kind.government or len(found) <= _ONE_SCOPE:
            yield from found


_ONE_SCOPE = 10
"""So many cells may differ in two copies of a government's report."""


def _differing(subject: Subject, table: Table, name: str, theirs: Table) -> Iterator[Finding]:
    for cell, figure in table.figures.items():
        there = theirs.figures.get(cell, Unknown(""))
        if not isinstance(figure, Unknown) and not isinstance(there, Unknown) and figure != there:
            yield make_finding(
                subject, "published.differs", Place(table.form, cell), both=sides(figure, there), named=name
            )


def copies(subjects: Sequence[tuple[str, Subject]], of: int) -> dict[str, Subject]:
    """Return the other copies of one of several reports, by the names of their files."""
    mine = subjects[of][1]
    return {
        name: other
        for i, (name, other) in enumerate(subjects)
        if i != of and (other.office.name, other.year) == (mine.office.name, mine.year)
    }
