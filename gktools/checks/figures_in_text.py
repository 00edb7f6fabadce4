"""The numbers of a text: those that were typed, in digits or in words, and what is joined to a bound one (F10)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from ..errors import visible
from ..findings import Finding
from ..forms.characters import fold_numerals
from ..prose import BoundFigure, Paragraph
from .patterns import Neighbours, Regex, compile_pattern, patterns
from .subject import Place, Subject, make_finding

NEAR = 40
"""How far before a figure, and the blanks before it, is looked at for what is joined to it."""
WRITTEN = ("opening", "overview", "problems", "others")
THOUSANDS = 3
"""The number of digits after the comma of a thousand."""


def check_unbound(subject: Subject) -> Iterator[Finding]:
    """Yield every number with a unit, and every number in words, that was typed instead of inserted by a token."""
    for key, paragraph in _paragraphs(subject):
        text = paragraph.text
        plain, places = fold_numerals(patterns().quoted.sub(lambda quoted: "□" * len(quoted[0]), text))
        end = 0
        for first, last in sorted(_typed(plain, places, paragraph.figures)):
            if first >= end:  # not a part of the one before
                end = last
                found, around = visible(text[first:last]), _context(text, first, last)
                yield make_finding(subject, "text.unbound-figure", Place(section=key), found=found, named=around)


def _typed(plain: str, places: list[int], bound: tuple[BoundFigure, ...]) -> Iterator[tuple[int, int]]:
    """Yield where the typed numbers are in a text, of which plain is what it says and places where each character is."""
    for pattern in _typed_patterns():
        for match in pattern.finditer(plain):
            numeral = match["n"] if "n" in pattern.groupindex else ""
            start, end = match.span("n") if numeral else match.span()
            set_phrase = (
                numeral and not numeral[0].isdecimal() and len(numeral) < patterns().figure.chinese_at_least
            )  # such as 一次 or 两个
            at, until = places[start], places[end - 1] + 1
            if not set_phrase and not any(at < one.start + len(one.text) and one.start < until for one in bound):
                yield places[match.start()], places[match.end() - 1] + 1


@lru_cache
def _typed_patterns() -> tuple[Regex, ...]:
    typed = patterns().figure
    not_after = "".join(rf"(?<!{word})" for word in typed.not_after.split("|"))
    counted = rf"{not_after}(?P<n>(?>{patterns().number})(?:{typed.more})?){typed.between}(?:{typed.unit})"
    return tuple(compile_pattern(one.replace("{unit}", f"(?:{typed.unit})")) for one in (counted, *typed.words))


def check_joined(subject: Subject) -> Iterator[Finding]:
    """Yield what stands directly before or after a bound figure and makes another number of it, or a vague one."""
    for key, paragraph in _paragraphs(subject):
        plain, places = fold_numerals(_with_marks(paragraph))
        bounds = {one.start: one for one in paragraph.figures}
        starts = [i for i, place in enumerate(places) if place in bounds and (i == 0 or places[i - 1] != place)]
        spans = [(i, _index(places, places[i] + len(bounds[places[i]].text))) for i in starts]
        for first, after in spans:
            bound = bounds[places[first]]
            for code, beside in patterns().joined.rules.items():
                sides = _before(beside, bound, plain, first), _after(beside, bound, plain, after)
                if told := [one for one in sides if one and not _is_list(one, first, spans)]:
                    start = places[min(first, told[0].start())]
                    end = places[max(after, told[-1].end()) - 1] + 1
                    around, found = _context(paragraph.text, start, end), visible(paragraph.text[start:end])
                    place, title = Place(section=key), bound.token
                    yield make_finding(
                        subject, code, place, found=found, expected=bound.text, named=around, title=title
                    )
                    break


def _with_marks(paragraph: Paragraph) -> str:
    """Return a text with a sign for a mark that is set on a bound figure: one struck through or in a circle."""
    text = paragraph.text
    ends = [end for one in paragraph.figures if (end := one.start + len(one.text)) < len(text)]
    for end in ends:
        if unicodedata.category(text[end]) in ("Mn", "Me", "Mc"):
            text = f"{text[:end]}□{text[end + 1 :]}"
    return text


def _index(places: list[int], place: int) -> int:
    return next((i for i, one in enumerate(places) if one >= place), len(places))


def _before(beside: Neighbours, bound: BoundFigure, plain: str, first: int) -> re.Match[str] | None:
    start = max(0, len(plain[:first].rstrip()) - NEAR)
    after = first + len(bound.text)
    if beside.money and not _unit_after(bound, plain, after):
        money = _as_one(patterns().joined.money.before).search(plain, start, first)
        if money and _is_another_unit(bound, money):
            return money
    found = _as_one(beside.before).search(plain, start, first)
    named = found.groupdict() if found else {}
    if named.get("about") and bound.text.endswith("%"):
        return None  # a share is about that much anyway
    return None if named.get("comma") and len(bound.text) != THOUSANDS else found


def _after(beside: Neighbours, bound: BoundFigure, plain: str, after: int) -> re.Match[str] | None:
    """Return what stands after a figure; of an amount, only that which is not its own unit."""
    if money := _unit_after(bound, plain, after):
        return money if beside.money and _is_another_unit(bound, money) else None
    return _as_one(beside.after).match(plain, after)


def _unit_after(bound: BoundFigure, plain: str, after: int) -> re.Match[str] | None:
    """Return the unit that stands after an amount; None for other figures."""
    joined = patterns().joined
    return _as_one(joined.money.after).match(plain, after) if bound.token in joined.units else None


def _is_another_unit(bound: BoundFigure, money: re.Match[str]) -> bool:
    """Return whether the unit of a match is not that of an amount; False for other figures."""
    said = next(unit for unit in money.groupdict().values() if unit).replace("圆", "元")
    return patterns().joined.units.get(bound.token, said) != said


@lru_cache
def _as_one(beside: tuple[str, ...]) -> Regex:
    """Return the patterns of one side of a figure as one."""
    pattern = "|".join(beside)
    for name, meant in patterns().joined.classes.items():
        pattern = pattern.replace(f"{{{name}}}", meant)
    return compile_pattern(pattern)


def _is_list(beside: re.Match[str], first: int, spans: list[tuple[int, int]]) -> bool:
    """Return whether what is beside a figure is a comma and then another bound one: a list, no thousands."""
    digit = beside.start() if beside.start() < first else beside.end() - 1
    return bool(beside.groupdict().get("comma")) and any(start <= digit < end for start, end in spans)


def _paragraphs(subject: Subject) -> Iterator[tuple[str, Paragraph]]:
    for key in (key for key in WRITTEN if key in subject.prose):
        for paragraph in subject.prose[key].paragraphs:
            yield key, paragraph


def _context(text: str, start: int, end: int, width: int = 6) -> str:
    return text[max(0, start - width) : end + width].replace("\n", " ")
