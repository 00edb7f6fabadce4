"""Changes from last year as stated in the text, against the figures (D4), and names of other offices in it (G4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from ...figures.table import Unknown, add, format_figure
from ...findings import Finding
from ..comparison import Comparison, make_finding, phrases
from ..passages import Passage, StatedFigure, passages, statements_in
from ..statements import statement_cells
from ..subject import Place, Sides, Subject, references

SECTIONS = ("overview", "problems", "others")


def check_stated_changes(comparison: Comparison) -> Iterator[Finding]:
    """Yield every stated change from last year that contradicts the figures of the two years (D4)."""
    for key in (key for key in SECTIONS if key in comparison.subject.prose):
        for passage in passages(comparison.subject.prose[key]):
            yield from _check_passage(comparison, passage)


def _check_passage(comparison: Comparison, passage: Passage) -> Iterator[Finding]:
    stated = statements_in(passage, comparison.subject.year)
    ends = [*(following.start for following in stated[1:]), len(passage.text)]
    for figure, end in zip(stated, ends if stated else [], strict=True):
        after = passage.text[figure.start : end]
        match = phrases().change.search(re.split("[。；;\n]", after)[0])
        if match and (match["year"] is None or int(match["year"]) == comparison.last.year):
            yield from _compare(comparison, passage, figure, match)


def _compare(comparison: Comparison, passage: Passage, stated: StatedFigure, match: re.Match[str]) -> Iterator[Finding]:
    """Yield the finding that one stated change contradicts the figures; nothing if a figure is unknown."""
    table = comparison.subject.tables.get(stated.statement.table)
    if table is None or (stated.statement.table in _incomparable_tables(comparison)):
        return
    cells = statement_cells(table.form, stated.statement)
    before = statement_cells(comparison.last.format[table.form.key], stated.statement)
    now, last = add(table[cell] for cell in cells), add(comparison.last.get(table.form.key, cell) for cell in before)
    if not cells or not before or isinstance(now, Unknown) or isinstance(last, Unknown):
        return
    expected = _expected_change(match, Decimal(now), Decimal(last))
    if expected:
        yield comparison.make_finding(
            "text.year-on-year",
            Place(section=passage.section),
            both=Sides(match[0], expected),
            named=f"{stated.words}……{match[0]}",
            table=table.form.key,
            last=format_figure(last),
            now=format_figure(now),
            behind=references(table.form, cells),
        )


def _incomparable_tables(comparison: Comparison) -> tuple[str, ...]:
    official = comparison.subject.official
    return official.succession.broken if official.notice != comparison.last.format.notice else ()


def _expected_change(match: re.Match[str], now: Decimal, last: Decimal) -> str:
    """Return the correct change for a stated one; "" if it is correct or not comparable."""
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


# --- names of other offices ---------------------------------------------------------------------------------------


def check_names(subject: Subject, mentions: Sequence[str]) -> Iterator[Finding]:
    """Yield every other office of offices.yaml and every other place named in the text, once for each section (G4).

    mentions are the names of other offices in the office's own text.
    """
    for key in (key for key in SECTIONS if key in subject.prose):
        text = subject.prose[key].text
        mentioned = [name for name in mentions if name in text]
        for name in mentioned:
            around = _around(text, text.index(name), len(name))
            yield make_finding(subject, "text.other-office", Place(section=key), found=name, named=around)
        yield from _places(subject, key, text, mentioned)


def _places(subject: Subject, key: str, text: str, mentioned: Sequence[str]) -> Iterator[Finding]:
    """Yield the places other than the office's; nothing if the office's name contains no place."""
    if not phrases().place.match(subject.office.name):
        return
    for place, match in {found["place"]: found for found in phrases().place.finditer(text)}.items():
        if place in subject.office.name or phrases().anyone.match(place) or any(place in name for name in mentioned):
            continue
        found = f"{place}{match['body']}"
        around = _around(text, match.start("place"), len(found))
        yield make_finding(subject, "text.other-place", Place(section=key), found=found, named=around)


def _around(text: str, start: int, length: int, width: int = 10) -> str:
    return text[max(0, start - width) : start + length + width].replace("\n", " ")
