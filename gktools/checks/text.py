"""The text by itself: years, names, ordinals, remnants, and what must be in it (G1–G13)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from ..findings import Finding
from ..forms.notices import formats
from ..prose import BoundFigure
from .passages import passages
from .patterns import DIGITS, compiled, numeral, patterns
from .subject import Place, Sides, Subject, make_finding, sides

WRITTEN = ("overview", "problems", "others")
EVERYWHERE = ("opening", *WRITTEN, "signature")


def check_sections(subject: Subject) -> Iterator[Finding]:
    """Yield every part of the report that is missing, under another title or out of order (G1)."""
    titles = {section.key: section.title for section in subject.format.sections}
    there = {
        section.key: subject.prose[section.key].title if section.key in subject.prose else titles[section.key]
        for section in subject.format.sections
        if section.key in subject.prose or section.form  # a missing table is found as one
    }
    yield from check_titles(subject, there)


def check_titles(subject: Subject, titles: dict[str, str]) -> Iterator[Finding]:
    """Yield what differs from the notice's six titles, character by character; titles are by key, as printed (G1)."""
    official = {section.key: section.title for section in subject.official.sections}
    for key, expected in official.items():
        if key not in titles:
            yield make_finding(subject, "text.section-missing", Place(section=key), expected=expected)
        elif titles[key] != expected:
            yield make_finding(subject, "text.section-title", Place(section=key), found=titles[key], expected=expected)
    printed, wanted = [key for key in titles if key in official], [key for key in official if key in titles]
    if printed != wanted:
        both = Sides("；".join(titles[k] for k in printed), "；".join(official[k] for k in wanted))
        yield make_finding(subject, "text.section-order", Place(), both=both)


def is_empty(subject: Subject) -> bool:
    """Whether no section has any text."""
    return not any(_bare(subject, key) for key in WRITTEN)


def check_empty(subject: Subject) -> Iterator[Finding]:
    """Yield the finding that the report has no text at all, or the sections that are only a title (G13)."""
    if is_empty(subject):
        yield make_finding(subject, "text.empty-report", Place())
        return
    for key in WRITTEN:
        if key in subject.prose and key != "problems" and not _bare(subject, key):
            yield make_finding(subject, "text.section-empty", Place(section=key))


def check_problems(subject: Subject) -> Iterator[Finding]:
    """Yield what is wrong with problems and improvements: none, too few words, more of the one (G6)."""
    if "problems" not in subject.prose:
        return
    text, shortest = _bare(subject, "problems"), subject.params.checks.problems_characters
    if not text or patterns().nothing.fullmatch(text):
        named = f"，只写了“{text}”" if text else ""
        yield make_finding(subject, "text.problems-empty", Place(section="problems"), found=text, named=named)
        return
    if len(text) < shortest:
        yield make_finding(subject, "text.problems-short", Place(section="problems"), both=sides(len(text), shortest))
    problems, improvements = _counted_problems(subject.prose["problems"].text)
    if problems > improvements:
        yield make_finding(
            subject, "text.problems-unanswered", Place(section="problems"), found=problems, expected=improvements
        )


def _counted_problems(text: str) -> tuple[int, int]:
    """How many problems and improvements a text numbers; as many of both where that cannot be told."""
    items = [found.start("n") for found in patterns().ordinal_item.finditer(text)]
    turn = next((m.start() for m in patterns().improvement.finditer(text) if items and m.start() > items[0]), None)
    if turn is None or not patterns().problem.search(text[: items[0]]):
        return 0, 0
    before = sum(place < turn for place in items)
    after = len(items) - before
    return (before, after) if after else (0, 0)


def check_years(subject: Subject) -> Iterator[Finding]:
    """Yield every year that is neither the report's nor next to it, outside of titles and of dates of law (G2)."""
    near = {subject.year - 1, subject.year, subject.year + 1}
    for key, text in _texts(subject):
        plain = patterns().quoted.sub(lambda quoted: "□" * len(quoted[0]), text)
        for match in patterns().year_mention.finditer(plain):
            year = int(match["year"] or "".join(str(DIGITS.get(digit, 0)) for digit in match["chinese"][:4]))
            if year not in near:
                around = _around(text, *match.span())
                yield make_finding(
                    subject, "text.years", Place(section=key), found=match[0], named=around, expected=subject.year
                )


def check_title(subject: Subject) -> Iterator[Finding]:
    """Yield a title without the report's year (G2) or without the office's name (G4)."""
    title = _squeeze(subject.title)
    if str(subject.year) not in title:
        yield make_finding(
            subject, "text.title-year", Place(section="title"), found=subject.title, expected=subject.year
        )
    if _squeeze(subject.office.name) not in title:
        yield make_finding(
            subject, "text.office-name", Place(section="title"), found=subject.title, expected=subject.office.name
        )


def check_office_names(subject: Subject) -> Iterator[Finding]:
    """Yield every other name that the opening or the signature gives the office (G4)."""
    name = _squeeze(subject.office.name)
    signature = _bare(subject, "signature")
    if signature and name not in signature:
        found = subject.prose["signature"].paragraphs[0].text
        yield make_finding(
            subject, "text.office-name", Place(section="signature"), found=found, expected=subject.office.name
        )
    for pattern in patterns().office_mentions:
        for match in pattern.finditer(_bare(subject, "opening")):
            if not _same_office(match["name"], name) and not patterns().liaison.search(match["name"]):
                found = match["name"]
                yield make_finding(
                    subject, "text.office-name", Place(section="opening"), found=found, expected=subject.office.name
                )


def _same_office(found: str, name: str) -> bool:
    """Whether a name is the office's, with or without its place, longer by an office of its own, or 本机关."""
    tails = (name[start:] for start in range(len(name) // 2 + 1))
    return found in name or found.startswith(("本", "我")) or any(tail in found for tail in tails)


def check_period(subject: Subject) -> Iterator[Finding]:
    """Yield a period other than the whole of the year (G2; 条例 49, 50)."""
    whole = (date(subject.year, 1, 1), date(subject.year, 12, 31))
    for key, text in _texts(subject):
        for match in patterns().period.finditer(text):
            part = {name: int(value) for name, value in match.groupdict().items() if value}
            first = (part["y1"], part["m1"], part["d1"])
            last = (part.get("y2", part["y1"]), part["m2"], part["d2"])
            if (first, last) != tuple((day.year, day.month, day.day) for day in whole):
                expected = "至".join(f"{day.year}年{day.month}月{day.day}日" for day in whole)
                yield make_finding(subject, "text.period", Place(section=key), found=match[0], expected=expected)


def check_notice(subject: Subject) -> Iterator[Finding]:
    """Yield every notice cited as the basis that is not the one of the report's year (G3)."""
    expected = subject.official.notice.number
    for match in patterns().notice.finditer(_bare(subject, "opening")):
        cited = re.sub(r"[\[（(【]", "〔", re.sub(r"[\]）)】]", "〕", match[0]))
        if cited != expected and cited not in patterns().other_notices:
            yield make_finding(subject, "text.notice", Place(section="opening"), found=match[0], expected=expected)


def check_length(subject: Subject) -> Iterator[Finding]:
    """Yield the finding that the overview is longer than the notice allows (G5)."""
    limit, length = subject.official.requires.overview_characters, len(_bare(subject, "overview"))
    if limit is not None and length > limit:
        yield make_finding(subject, "text.overview-length", Place(section="overview"), both=sides(length, limit))


def check_ordinals(subject: Subject) -> Iterator[Finding]:
    """Yield every ordinal that does not follow on the one before it in its section (G8)."""
    for key, text in _texts(subject, WRITTEN):
        for pattern in patterns().ordinals:
            last, words = 0, "（无）"
            for match in pattern.finditer(text):
                number = int(numeral(match["n"]))
                if number not in (1, last + 1):
                    said = match["whole"]
                    expected = said.replace(match["n"], _like(match["n"], last + 1))
                    yield make_finding(
                        subject, "text.ordinals", Place(section=key), found=said, named=words, expected=expected
                    )
                last, words = number, match["whole"]


def _like(ordinal: str, number: int) -> str:
    """A number in the digits of another."""
    if ordinal.isdecimal():
        return str(number)
    tens, ones = divmod(number, 10)
    digits = "零一二三四五六七八九"
    return f"{digits[tens] if tens > 1 else ''}{'十' if tens else ''}{digits[ones] if ones or not tens else ''}"


def check_remnants(subject: Subject) -> Iterator[Finding]:
    """Yield every piece of a template left in the text: placeholders, the notice's own instructions (G9)."""
    instructions = {section.instruction for form in formats() for section in form.sections if section.instruction}
    wanted = [*patterns().remnants, compiled("|".join(map(re.escape, sorted(instructions, key=len, reverse=True))))]
    for key, text in (("title", subject.title), *_texts(subject)):
        for pattern in wanted:
            for match in pattern.finditer(text):
                around = _around(text, *match.span())
                yield make_finding(subject, "text.remnant", Place(section=key), found=match[0], named=around)


def check_government(subject: Subject) -> Iterator[Finding]:
    """Yield what the report of a people's government leaves out (G10; 条例 50(4))."""
    if not subject.office.kind.government or "overview" not in subject.prose:
        return
    text = "\n".join(text for _, text in _texts(subject, WRITTEN))
    for duty in patterns().government:
        if not duty.pattern.search(text):
            yield make_finding(subject, "text.government-statement", Place(section="overview"), expected=duty.name)


def check_fee_statement(subject: Subject) -> Iterator[Finding]:
    """Yield the finding that 信息处理费 is not reported where the notice asks for it (G11)."""
    others = subject.prose.get("others")
    if subject.official.requires.fee_statement and others and not patterns().fees.mention.search(others.text):
        yield make_finding(subject, "text.fee-statement", Place(section="others"))


def check_declared_metrics(subject: Subject) -> Iterator[Finding]:
    """Yield every figure declared for the text that the records contradict, and every one of an unknown name (C1')."""
    for metric in subject.declared_metrics:
        if not metric.known:
            yield make_finding(
                subject, "text.declared-stray", Place(section="overview"), found=metric.name, named=metric.nearest
            )
        elif metric.counted is not None and metric.counted != metric.declared:
            both = sides(metric.declared, metric.counted)
            yield make_finding(
                subject, "text.declared-conflict", Place(section="overview"), both=both, named=metric.name
            )


def check_omitted(subject: Subject) -> Iterator[Finding]:
    """Yield every sentence of the office that was left out because its figure is not known."""
    for key in (key for key in WRITTEN if key in subject.prose):
        for token in dict.fromkeys(subject.prose[key].omitted):
            yield make_finding(subject, "text.omitted", Place(section=key), found=token)


def check_unbound(subject: Subject) -> Iterator[Finding]:
    """Yield every number with a unit that no token put there."""
    typed = patterns().figure
    pattern = compiled(rf"(?<!{')(?<!'.join(typed.not_after.split('|'))})(?P<n>{patterns().number})\s*(?:{typed.unit})")
    for key in (key for key in WRITTEN if key in subject.prose):
        for paragraph in subject.prose[key].paragraphs:
            plain = patterns().quoted.sub(lambda quoted: "□" * len(quoted[0]), paragraph.text)
            for match in pattern.finditer(plain):
                if _is_typed(match, paragraph.figures):
                    around = _around(paragraph.text, *match.span(), width=6)
                    yield make_finding(subject, "text.unbound-figure", Place(section=key), found=match[0], named=around)


def _is_typed(match: re.Match[str], bound: tuple[BoundFigure, ...]) -> bool:
    """Whether a number was typed: not bound, and not a word such as 一次 or 两个."""
    start, end = match.span("n")
    number = match["n"]
    if not number[0].isdecimal() and len(number) < patterns().figure.chinese_at_least:
        return False
    return not any(start < figure.start + len(figure.text) and figure.start < end for figure in bound)


def _texts(subject: Subject, sections: tuple[str, ...] = EVERYWHERE) -> Iterator[tuple[str, str]]:
    for key in sections:
        if key in subject.prose:
            yield key, "\n".join(passage.text for passage in passages(subject.prose[key]))


def _bare(subject: Subject, key: str) -> str:
    """The text of a section without white space."""
    return _squeeze(subject.prose[key].text) if key in subject.prose else ""


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _around(text: str, start: int, end: int, width: int = 10) -> str:
    return text[max(0, start - width) : end + width].replace("\n", " ")
