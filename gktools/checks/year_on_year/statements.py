"""What the text says of the change from last year, held against both years' figures (D4), and whom else it names (G4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from ...figures.table import Unknown, add, format_figure
from ...findings import Finding
from ..comparison import Comparison, make_finding, phrases
from ..passages import Passage, StatedFigure, passages, statements_in
from ..statements import cells_of
from ..subject import Place, Sides, Subject, references

SECTIONS = ("overview", "problems", "others")


def check_year_on_year(look: Comparison) -> Iterator[Finding]:
    """Yield every change from last year that a text states otherwise than the figures of both years."""
    for key in (key for key in SECTIONS if key in look.subject.prose):
        for passage in passages(look.subject.prose[key]):
            yield from _check_passage(look, passage)


def _check_passage(look: Comparison, passage: Passage) -> Iterator[Finding]:
    said = statements_in(passage, look.subject.year)
    ends = [*(following.start for following in said[1:]), len(passage.text)]
    for one, end in zip(said, ends if said else [], strict=True):
        after = passage.text[one.start : end]
        match = phrases().change.search(re.split("[。；;\n]", after)[0])
        if match and (match["year"] is None or int(match["year"]) == look.last.year):
            yield from _compare(look, passage, one, match)


def _compare(look: Comparison, passage: Passage, said: StatedFigure, match: re.Match[str]) -> Iterator[Finding]:
    """Yield the finding that one stated change is not that of the figures; nothing where they are not known."""
    table = look.subject.tables.get(said.statement.table)
    if table is None or (said.statement.table in _broken(look)):
        return
    cells = cells_of(table.form, said.statement)
    before = cells_of(look.last.format[table.form.key], said.statement)
    now, last = add(table[cell] for cell in cells), add(look.last.get(table.form.key, cell) for cell in before)
    if not cells or not before or isinstance(now, Unknown) or isinstance(last, Unknown):
        return
    expected = _wrong(match, Decimal(now), Decimal(last))
    if expected:
        yield look.make_finding(
            "text.year-on-year",
            Place(section=passage.section),
            both=Sides(match[0], expected),
            named=f"{said.words}……{match[0]}",
            table=table.form.key,
            last=format_figure(last),
            now=format_figure(now),
            behind=references(table.form, cells),
        )


def _broken(look: Comparison) -> tuple[str, ...]:
    official = look.subject.official
    return official.succession.broken if official.notice != look.last.format.notice else ()


def _wrong(match: re.Match[str], now: Decimal, last: Decimal) -> str:
    """What a stated change should be; "" if it is right, or speaks of something else."""
    change, way, unit = now - last, match["way"], match["unit"]
    direction = "持平" if not change else "增加" if change > 0 else "减少"
    if way in phrases().same:
        return f"{direction} {format_figure(abs(change))}" if change else ""
    if unit == "个百分点":
        return ""
    falls = way in phrases().falls
    right_way = change < 0 if falls else change > 0
    if match["n"] is None:
        return "" if right_way else f"{direction} {format_figure(abs(change))}"
    stated, exact = Decimal(match["n"]), abs(change)
    if unit in ("%", "％", "倍"):
        if not last:
            return "上年是 0，算不出比例"
        exact = exact / last * (100 if unit != "倍" else 1)
    elif unit is None:
        return ""
    half = Decimal("0.5").scaleb(int(stated.as_tuple().exponent)) if unit in ("%", "％", "倍") else Decimal(0)
    if (right_way or not (change or stated)) and abs(exact - stated) <= half:
        return ""
    shown = exact.quantize(Decimal(1).scaleb(int(stated.as_tuple().exponent))) if half else exact
    return f"{direction} {shown if half else format_figure(shown)}{unit}"


# --- whom it names ------------------------------------------------------------------------------------------------


def check_names(subject: Subject, mentions: Sequence[str]) -> Iterator[Finding]:
    """Yield every other office of the book, and every other place, that the text names; each once a section.

    mentions are the names of other offices that stand in the office's own words.
    """
    for key in (key for key in SECTIONS if key in subject.prose):
        text = subject.prose[key].text
        told = [name for name in mentions if name in text]
        for name in told:
            around = _around(text, text.index(name), len(name))
            yield make_finding(subject, "text.other-office", Place(section=key), found=name, named=around)
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
        yield make_finding(subject, "text.other-place", Place(section=key), found=found, named=around)


def _around(text: str, start: int, length: int, width: int = 10) -> str:
    return text[max(0, start - width) : start + length + width].replace("\n", " ")
