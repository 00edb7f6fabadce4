"""What a report says of itself: its title, office, year and day, and the text of its sections."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from ..forms.model import ReportFormat
from .blocks import Source, SourceText
from .labels import letters, without_ordinal


@dataclass(frozen=True)
class About:
    """Title, office, year and day of a report as printed; None of what is not there."""

    title: str | None
    unit: str | None
    year: int | None
    published_on: str | None


def about(source: Source) -> About:
    """Return what a file says of the report in it."""
    texts = [text.text for text in source.texts]
    cells = [cell.text for row in source.blocks if not isinstance(row, SourceText) for cell in row.cells[:_FEW]]
    title = next(_titles([source.title, *texts[:_FIRST], *cells[:_FIRST]]), None)
    stated = _stated(texts[:_FIRST])
    year = _year(title or stated) or _year_of_period(texts)
    unit = _unit(title or "") or _unit(stated) or source.unit or _publisher([*texts[:_FIRST], *cells[:_FIRST]])
    day = _day(source.published_on) or _published(texts) or _signed(texts)
    return About(title, unit or None, year, day)


_FIRST, _FEW = 60, 4
_TITLE = re.compile(
    r"(?:[^\s。；;：:，,|<>]{0,60}?)(?:20\d\d|二[〇○零O0oＯ][一二三四五六七八九〇○零]{2})\s*年?\s*(?:度)?[^\s。；;，,|]{0,40}?"
    r"(?:信息公[开開])[^\s。；;，,|]{0,12}?(?:年度)?(?:[报報]告|年[报報])"
)


def _titles(texts: Sequence[str]) -> Iterator[str]:
    """Yield what looks like the title of a report, those first that name an office: one line, or up to three of them."""
    lines = [line for text in texts for line in text.splitlines()[:3]]
    plain = [
        "".join(re.sub(r"^(?:标题|標題|题名|名称)\s*[:：]\s*", "", line.strip(" #*\u3000")).split()) for line in lines
    ]
    found = [
        title[0]
        for size in (1, 2, 3)
        for start in range(len(plain) - size + 1)
        if len(whole := "".join(plain[start : start + size])) <= _LONGEST_TITLE
        and (title := _TITLE.search(whole))
        and not _NO_TITLE.search(whole)
    ]
    yield from (title for title in found if _unit(title))
    yield from found


_STATED = re.compile(
    "(?:编制|編製|公布|现将|現將|就)(?:了|的)?([^，。；：、《》（）]{3,30}?20\\d\\d年度?政?府?信息公[开開](?:工作)?年度[报報]告)"
)


def _stated(texts: Sequence[str]) -> str:
    """Return the name of the report in the sentence that says that it was made; empty if there is none."""
    found = (_STATED.search("".join(text.split())) for text in texts)
    return next((one[1] for one in found if one), "")


_NO_TITLE = re.compile("根据|按照|依据|现将|現將")
_LONGEST_TITLE = 90


def _year(title: str) -> int | None:
    found = re.search(r"(20\d\d)\s*年?", unicodedata.normalize("NFKC", title))
    if found:
        return int(found[1])
    chinese = re.search("二([〇○零Oo0])([〇○零一二三四五六七八九])([〇○零一二三四五六七八九])", title)
    return 2000 + 10 * _digit(chinese[2]) + _digit(chinese[3]) if chinese else None


def _digit(character: str) -> int:
    return max("零一二三四五六七八九".find(character), 0)


_PERIOD = re.compile(r"(?:自|从|從)?\s*(20\d\d)\s*年\s*1\s*月\s*1\s*日")


def _year_of_period(texts: Sequence[str]) -> int | None:
    """Return the year of the period that the report says its figures are of; None where several are named."""
    found = {int(year) for text in texts for year in _PERIOD.findall(unicodedata.normalize("NFKC", text))}
    return found.pop() if len(found) == 1 else None


_NAME_OF_REPORT = re.compile("(?:年度|年)?(?:政府)?信息公[开開].*$")
_YEAR = re.compile(r"(?:20\d\d|二[〇○零O0o][〇○零一二三四五六七八九]{2})\s*年?度?")


def _unit(title: str) -> str:
    """Return the office in a title: what stands before the year or between it and the name of the report."""
    said = _YEAR.sub("\0", unicodedata.normalize("NFKC", title), count=1)
    if "\0" not in said:
        return ""
    said = _NAME_OF_REPORT.sub("", said).replace("\0", "")
    said = re.split("[-_—>»|·/]+", said.strip(" -—_：:"))[-1]
    return re.sub("^(?:关于|關於|印发|发布)|的$", "", said).strip()


_PUBLISHER = re.compile(r"(?:发布机构|发布单位|公开主体|發佈機構|发文机关)\s*[:：]?\s*(\S{3,40})")


def _publisher(texts: Sequence[str]) -> str:
    found = (_PUBLISHER.match(line.strip(" 【[")) for text in texts for line in text.splitlines())
    return next((one[1] for one in found if one), "")


_DAY = re.compile(r"(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
_PUBLISHED = re.compile(r"(?:发布|发文|公开|成文|生成|更新|發佈|發布|公開)(?:时间|日期|時間)\s*[:：]?\s*(.{6,30})")


def _day(text: str) -> str | None:
    found = _DAY.search(unicodedata.normalize("NFKC", text))
    if not found:
        return None
    year, month, day = map(int, found.groups())
    return f"{year:04}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else None


def _published(texts: Sequence[str]) -> str | None:
    found = (_PUBLISHED.search(text) for text in texts if len(text) <= _LONGEST_LINE)
    return next((day for one in found if one and (day := _day(one[1]))), None)


_LONGEST_LINE = 300


def _signed(texts: Sequence[str]) -> str | None:
    """Return the day below the text: the last line that is nothing but a day."""
    lines = (line.strip() for text in reversed(texts) for line in reversed(text.splitlines()))
    for line in lines:
        if _is_day(line):
            return _day("".join(line.split()))
    return None


_LONGEST_DAY = 14


# --- sections -------------------------------------------------------------------------------------------------


def sections(texts: Sequence[SourceText], format_: ReportFormat) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the text and the printed title of every section, by its ordinal; a section that was not found is left out."""
    said = "\n".join(text.text for text in texts)
    heads = _heads(said, format_)
    found: dict[str, str] = {}
    titles: dict[str, str] = {}
    for number, (start, end, ordinal) in enumerate(heads):
        following = heads[number + 1][0] if number + 1 < len(heads) else len(said)
        titles[ordinal] = said[start:end].strip()
        found[ordinal] = said[end:following].strip()
    if heads:
        found[heads[-1][2]] = _unsigned(found[heads[-1][2]])
    return found, titles


def opening(texts: Sequence[SourceText], format_: ReportFormat) -> str:
    """Return the sentences between the title and the first section; empty if no section was found."""
    said = "\n".join(text.text for text in texts)
    heads = _heads(said, format_)
    lines = [line.strip() for line in said[: heads[0][0] if heads else 0].splitlines()]
    titles = [number for number, line in enumerate(lines) if _TITLE.search("".join(line.split()))]
    after = lines[titles[-1] + 1 if titles and not _NO_TITLE.search(lines[titles[-1]]) else 0 :]
    return "\n".join(
        line for line in after[-_MOST_OPENING:] if line.endswith(("。", "；", ")", "）")) and len(line) > _FEW_WORDS
    )


_MOST_OPENING, _FEW_WORDS = 12, 12


def signature(texts: Sequence[SourceText], format_: ReportFormat) -> str:
    """Return the name of the office and the day below the last section, a line each; empty if there are none."""
    said = "\n".join(text.text for text in texts)
    heads = _heads(said, format_)
    return "\n".join(_split_signature(said[heads[-1][1] :])[1]) if heads else ""


def _unsigned(text: str) -> str:
    """Return a text without the name of the office and the day below it."""
    kept, signed = _split_signature(text)
    return "\n".join(kept) if signed else text


def _split_signature(text: str) -> tuple[list[str], list[str]]:
    """Return the lines of a text, and those below it with the name of the office and the day."""
    lines = [line for line in text.splitlines() if line.strip()]
    days = [number for number in range(max(0, len(lines) - 2), len(lines)) if _is_day(lines[number])]
    if not days:
        return lines, []
    kept = [line for number, line in enumerate(lines) if number not in days]
    signed = [lines[number].strip() for number in days]
    if kept and len(kept[-1].strip()) <= _LONGEST_NAME and not _SENTENCE.search(kept[-1]):
        signed.insert(0, kept.pop().strip())
    return kept, signed


_LONGEST_NAME = 40
_SENTENCE = re.compile("[。；！？：，]")


def _is_day(line: str) -> bool:
    bare = "".join(line.split()).strip("()（）")
    return len(bare) <= _LONGEST_DAY and bool(_DAY.match(unicodedata.normalize("NFKC", bare)))


def _heads(said: str, format_: ReportFormat) -> list[tuple[int, int, str]]:
    """Return the start, end and ordinal of the titles of the sections, each after the one before."""
    candidates = [*_lines_like_titles(said, format_), *_titles_in_text(said, format_)]
    order = [section.title.partition("、")[0] for section in format_.sections]
    heads: list[tuple[int, int, str]] = []
    for ordinal in order:
        after = heads[-1][1] if heads else 0
        mine = sorted(
            (score, -start, end) for start, end, found, score in candidates if found == ordinal and start >= after
        )
        if mine:
            _, start, end = mine[-1]
            heads.append((-start, end, ordinal))
    return heads


_ALIKE = 60
_LONGEST_HEADING = 45
_EXACT = 100.0


def _lines_like_titles(said: str, format_: ReportFormat) -> Iterator[tuple[int, int, str, float]]:
    place = 0
    for line in said.splitlines(keepends=True):
        bare = line.strip()
        if 0 < len(bare) <= _LONGEST_HEADING and not bare.endswith(("。", "；", ";", "，")):
            start = place + line.index(bare[0])
            for section in format_.sections:
                ordinal = section.title.partition("、")[0]
                core, wanted = letters(without_ordinal(bare)), letters(without_ordinal(section.title))
                numbered = bool(re.match(f"\\s*第?{ordinal}[、.．,，\\s部]", bare))
                score = fuzz.ratio(core, wanted) if core else 0.0
                if core == wanted or (numbered and score >= _ALIKE):
                    yield start, start + len(bare), ordinal, score + numbered
        place += len(line)


def _titles_in_text(said: str, format_: ReportFormat) -> Iterator[tuple[int, int, str, float]]:
    """Yield the official titles with their ordinals wherever they stand: in a text without lines."""
    for section in format_.sections:
        ordinal, _, core = section.title.partition("、")
        pattern = re.escape(ordinal) + r"\s*[、.．,，]\s*" + r"\s*".join(map(re.escape, core))
        for found in re.finditer(pattern, said):
            yield found.start(), found.end(), ordinal, _EXACT - 1
