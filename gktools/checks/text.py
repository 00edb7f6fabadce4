"""The text alone: years, names, ordinals, remnants of templates, and required content (G1–G13)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from ..findings import Finding
from ..forms.notices import formats
from .passages import passages
from .patterns import DIGITS, compile_pattern, parse_number, patterns
from .subject import Place, Sides, Subject, make_finding, sides

WRITTEN = ("overview", "problems", "others")
EVERYWHERE = ("opening", *WRITTEN, "signature")


def check_sections(subject: Subject) -> Iterator[Finding]:
    """Yield every section of the report that is missing, has another title or is out of order (G1)."""
    titles = {section.key: section.title for section in subject.format.sections}
    there = {
        section.key: subject.prose[section.key].title if section.key in subject.prose else titles[section.key]
        for section in subject.format.sections
        if section.key in subject.prose or section.form  # the checks of tables report a missing table
    }
    yield from check_titles(subject, there)


def check_titles(subject: Subject, titles: dict[str, str]) -> Iterator[Finding]:
    """Yield every difference from the six titles of the notice; titles are the printed ones by key (G1)."""
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


def has_no_text(subject: Subject) -> bool:
    """Return whether all sections are empty."""
    return not any(_without_spaces(subject, key) for key in WRITTEN)


def check_empty(subject: Subject) -> Iterator[Finding]:
    """Yield the finding that the report has no text, or the sections without text (G13)."""
    if has_no_text(subject):
        yield make_finding(subject, "text.empty-report", Place())
        return
    for key in WRITTEN:
        if key in subject.prose and key != "problems" and not _without_spaces(subject, key):
            yield make_finding(subject, "text.section-empty", Place(section=key))


def check_problems(subject: Subject) -> Iterator[Finding]:
    """Yield the findings about problems and improvements: missing, too short, or different in number (G6)."""
    if "problems" not in subject.prose:
        return
    text, shortest = _without_spaces(subject, "problems"), subject.params.checks.problems_characters
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
    """Return the number of problems and of improvements listed in a text; 0 and 0 if unclear."""
    items = [found.start("n") for found in patterns().ordinal_item.finditer(text)]
    turn = next((m.start() for m in patterns().improvement.finditer(text) if items and m.start() > items[0]), None)
    if turn is None or not patterns().problem.search(text[: items[0]]):
        return 0, 0
    before = sum(place < turn for place in items)
    after = len(items) - before
    return (before, after) if after else (0, 0)


def check_years(subject: Subject) -> Iterator[Finding]:
    """Yield every year other than the report year and the adjacent ones, except in titles and dates of laws (G2)."""
    near = {subject.year - 1, subject.year, subject.year + 1}
    for key, text in _texts(subject):
        plain = patterns().quoted.sub(lambda quoted: "□" * len(quoted[0]), text)
        for match in patterns().year_mention.finditer(plain):
            year = int(match["year"] or "".join(str(DIGITS.get(digit, 0)) for digit in match["chinese"][:4]))
            if year not in near:
                around = _context(text, *match.span())
                yield make_finding(
                    subject, "text.years", Place(section=key), found=match[0], named=around, expected=subject.year
                )


def check_title(subject: Subject) -> Iterator[Finding]:
    """Yield a title without the report's year (G2) or without the office's name (G4)."""
    title = _remove_spaces(subject.title)
    if str(subject.year) not in title:
        yield make_finding(
            subject, "text.title-year", Place(section="title"), found=subject.title, expected=subject.year
        )
    if _remove_spaces(subject.office.name) not in title:
        yield make_finding(
            subject, "text.office-name", Place(section="title"), found=subject.title, expected=subject.office.name
        )


def check_signed_on(subject: Subject) -> Iterator[Finding]:
    """Yield a date under the signature before the end of the report year, as the office gave it (I1)."""
    layout, first = subject.params.layout, date(subject.year + 1, 1, 1)
    if layout.signature and layout.signed_on and layout.signed_on < first:
        both = Sides(layout.signed_on.isoformat(), first.isoformat())
        yield make_finding(subject, "text.signed-early", Place(section="signature"), both=both)


def check_limits(subject: Subject) -> Iterator[Finding]:
    """Yield every limit of the checks that is not the default: a finding may be missing by it."""
    for name, field in type(subject.params.checks).model_fields.items():
        limit = getattr(subject.params.checks, name)
        if limit != field.default:
            both = Sides(str(limit), str(field.default))
            yield make_finding(subject, "text.limit-changed", Place(), both=both, title=field.title)


def check_office_names(subject: Subject) -> Iterator[Finding]:
    """Yield every other name of the office in the opening or the signature (G4)."""
    name = _remove_spaces(subject.office.name)
    signature = _without_spaces(subject, "signature")
    if signature and name not in signature:
        found = subject.prose["signature"].paragraphs[0].text
        yield make_finding(
            subject, "text.office-name", Place(section="signature"), found=found, expected=subject.office.name
        )
    for pattern in patterns().office_mentions:
        for match in pattern.finditer(_without_spaces(subject, "opening")):
            if not _same_office(match["name"], name) and not patterns().liaison.search(match["name"]):
                found = match["name"]
                yield make_finding(
                    subject, "text.office-name", Place(section="opening"), found=found, expected=subject.office.name
                )


def _same_office(found: str, name: str) -> bool:
    """Return whether a name means the office: its name, a part or an extension of it, or 本机关."""
    tails = (name[start:] for start in range(len(name) // 2 + 1))
    return found in name or found.startswith(("本", "我")) or any(tail in found for tail in tails)


def check_period(subject: Subject) -> Iterator[Finding]:
    """Yield a period other than the report year from 1 January to 31 December (G2; 条例 49, 50)."""
    year = (date(subject.year, 1, 1), date(subject.year, 12, 31))
    for key, text in _texts(subject):
        for match in patterns().period.finditer(text):
            part = {name: int(value) for name, value in match.groupdict().items() if value}
            first = (part["y1"], part["m1"], part["d1"])
            last = (part.get("y2", part["y1"]), part["m2"], part["d2"])
            if (first, last) != tuple((day.year, day.month, day.day) for day in year):
                expected = "至".join(f"{day.year}年{day.month}月{day.day}日" for day in year)
                yield make_finding(subject, "text.period", Place(section=key), found=match[0], expected=expected)


def check_notice(subject: Subject) -> Iterator[Finding]:
    """Yield every notice cited as the legal basis that is not the notice of the report year (G3)."""
    expected = subject.official.notice.number
    for match in patterns().notice.finditer(_without_spaces(subject, "opening")):
        cited = re.sub(r"[\[（(【]", "〔", re.sub(r"[\]）)】]", "〕", match[0]))
        if cited != expected and cited not in patterns().other_notices:
            yield make_finding(subject, "text.notice", Place(section="opening"), found=match[0], expected=expected)


def check_length(subject: Subject) -> Iterator[Finding]:
    """Yield the finding that the overview is longer than the notice allows (G5)."""
    limit, length = subject.official.requires.overview_characters, len(_without_spaces(subject, "overview"))
    if limit is not None and length > limit:
        yield make_finding(subject, "text.overview-length", Place(section="overview"), both=sides(length, limit))


def check_ordinals(subject: Subject) -> Iterator[Finding]:
    """Yield every ordinal out of sequence in its section (G8)."""
    for key, text in _texts(subject, WRITTEN):
        for pattern in patterns().ordinals:
            last, words = 0, "（无）"
            for match in pattern.finditer(text):
                number = int(parse_number(match["n"]))
                if number not in (1, last + 1):
                    heading = match["whole"]
                    expected = heading.replace(match["n"], _in_same_digits(match["n"], last + 1))
                    yield make_finding(
                        subject, "text.ordinals", Place(section=key), found=heading, named=words, expected=expected
                    )
                last, words = number, match["whole"]


def _in_same_digits(ordinal: str, number: int) -> str:
    """Return a number in the same digits, Arabic or Chinese, as an ordinal."""
    if ordinal.isdecimal():
        return str(number)
    tens, ones = divmod(number, 10)
    digits = "零一二三四五六七八九"
    return f"{digits[tens] if tens > 1 else ''}{'十' if tens else ''}{digits[ones] if ones or not tens else ''}"


def check_remnants(subject: Subject) -> Iterator[Finding]:
    """Yield every remnant of a template in the text: placeholders, and instructions of the notice (G9)."""
    instructions = {section.instruction for form in formats() for section in form.sections if section.instruction}
    wanted = [
        *patterns().remnants,
        compile_pattern("|".join(map(re.escape, sorted(instructions, key=len, reverse=True)))),
    ]
    for key, text in (("title", subject.title), *_texts(subject)):
        for pattern in wanted:
            for match in pattern.finditer(text):
                around = _context(text, *match.span())
                yield make_finding(subject, "text.remnant", Place(section=key), found=match[0], named=around)


def check_government(subject: Subject) -> Iterator[Finding]:
    """Yield every required subject missing in the report of a people's government (G10; 条例 50(4))."""
    if not subject.office.kind.government or "overview" not in subject.prose:
        return
    text = "\n".join(text for _, text in _texts(subject, WRITTEN))
    for duty in patterns().government:
        if not duty.pattern.search(text):
            yield make_finding(subject, "text.government-statement", Place(section="overview"), expected=duty.name)


def check_fee_statement(subject: Subject) -> Iterator[Finding]:
    """Yield the finding that 信息处理费 is not mentioned although the notice requires it (G11)."""
    others = subject.prose.get("others")
    if subject.official.requires.fee_statement and others and not patterns().fees.mention.search(others.text):
        yield make_finding(subject, "text.fee-statement", Place(section="others"))


def check_declared_metrics(subject: Subject) -> Iterator[Finding]:
    """Yield every figure declared for the text that contradicts the records or has an unknown name (C1')."""
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
    """Yield every sentence of the office that was omitted because of an unknown figure."""
    for key in (key for key in WRITTEN if key in subject.prose):
        for token in dict.fromkeys(subject.prose[key].omitted):
            yield make_finding(subject, "text.omitted", Place(section=key), found=token)


def _texts(subject: Subject, sections: tuple[str, ...] = EVERYWHERE) -> Iterator[tuple[str, str]]:
    for key in sections:
        if key in subject.prose:
            yield key, "\n".join(passage.text for passage in passages(subject.prose[key]))


def _without_spaces(subject: Subject, key: str) -> str:
    """Return the text of a section without white space."""
    return _remove_spaces(subject.prose[key].text) if key in subject.prose else ""


def _remove_spaces(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _context(text: str, start: int, end: int, width: int = 10) -> str:
    return text[max(0, start - width) : end + width].replace("\n", " ")
