"""What a report says of itself: its title, office, year and day, and the text of its sections."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from ..forms.model import ReportFormat
from .blocks import Source, SourceText
from .labels import letters, without_ordinal


@dataclass(frozen=True)
class About:
    """Title, office, year and day of a report as printed; None of what is not there.

    doubts has, by the name of a field, why it is None although something was found.
    """

    title: str | None
    unit: str | None
    year: int | None
    published_on: str | None
    doubts: Mapping[str, str] = field(default_factory=dict)


def about(source: Source) -> About:
    """Return what a file says of the report in it."""
    texts = [text.text for text in source.texts]
    cells = [cell.text for row in source.blocks if not isinstance(row, SourceText) for cell in row.cells[:_FEW]]
    period = _year_of_period(texts)
    title = _title(source, cells[:_FIRST], period)
    stated = _stated(texts[:_FIRST])
    said = _year(title or "") or _year(stated)
    unit = _unit(title or "") or _unit(stated) or source.unit or _publisher([*texts[:_FIRST], *cells[:_FIRST]])
    year = said or period
    day = _day(source.published_on) or _published(texts) or _signed(texts, year)
    doubts = {}
    if said and period and said != period:
        year, doubts["year"] = None, f"标题写的是 {said} 年，统计期限写的是 {period} 年"
    return About(title, unit or None, year, day, doubts)


_FIRST, _FEW = 60, 4
_NAME_PATTERN = r"(?:政府)?(?:信息|訊息|资讯)公[开開](?:工作|年度|情[况況]|的){0,5}(?:[报報]告|年[报報])"
_YEAR_PATTERN = "(?:20[0-9]{2}|二[〇○零O0o][〇○零0一二三四五六七八九]{2})"
_TITLE = re.compile(
    rf"[^\s。；;：:，,|<>]{{0,60}}?{_YEAR_PATTERN}\s*年?\s*(?:度)?[^\s。；;，,|]{{0,40}}?{_NAME_PATTERN}"
    rf"|[^\s。；;：:，,|<>]{{2,60}}?{_NAME_PATTERN}[(（]{_YEAR_PATTERN}年?度?[)）]"
)


def _title(source: Source, cells: Sequence[str], period: int | None) -> str | None:
    """Return the title: of a heading before one of a paragraph, of the page's own title or a link; of the period's year first."""
    texts = source.texts
    kinds = [
        [text.text for text in texts if text.kind == "heading"][:_FIRST],
        [text.text for text in texts if not text.kind][:_FIRST],
        [source.title],
        cells,
        [text.text for text in texts if text.kind == "link"][:_FIRST],
    ]
    found = [title for lines in kinds for title in _titles(lines)]
    named = [title for title in found if _unit(title)] or found
    best = named[:1] if period is None else [title for title in named if _year(title) == period] or named[:1]
    return best[0] if best else None


def _titles(texts: Sequence[str]) -> Iterator[str]:
    """Yield what looks like the title of a report: one line, or up to three of them."""
    lines = [
        "".join(_NAMED.sub("", line.strip(" #*\u3000")).split())
        for text in texts
        if not _BESIDE.match(text)
        for line in text.splitlines()[:3]
    ]
    for size in (1, 2, 3):
        for start in range(len(lines) - size + 1):
            whole = "".join(lines[start : start + size])
            if len(whole) > _LONGEST_TITLE or "公" not in whole or _NO_TITLE.search(whole):
                continue
            plain = unicodedata.normalize("NFKC", whole)
            if title := _TITLE.search(plain):
                yield whole[title.start() : title.end()] if len(plain) == len(whole) else title[0]


_NAMED = re.compile(r"^(?:标题|標題|题名|名称)\s*[:：]\s*")
_BESIDE = re.compile(r"\s*(?:上一篇|下一篇|上一条|下一条|相关|推荐阅读|附件)")
_STATED = re.compile(
    "(?:编制|編製|公布|现将|現將|就)(?:了|的)?([^，。；：、《》（）]{3,30}?20\\d\\d年度?政?府?信息公[开開](?:工作)?年度[报報]告)"
)


def _stated(texts: Sequence[str]) -> str:
    """Return the name of the report in the sentence that says that it was made; empty if there is none."""
    found = (_STATED.search("".join(text[:_LONGEST_SENTENCE].split())) for text in texts)
    return next((one[1] for one in found if one), "")


_LONGEST_SENTENCE = 1000
_NO_TITLE = re.compile("根据|按照|依据|现将|現將")
_LONGEST_TITLE = 90


def _year(title: str) -> int | None:
    """Return the year in a title: the last one, after one of the day of publication."""
    said = unicodedata.normalize("NFKC", title)
    found = [one for one in _YEAR.finditer(said) if not re.match(r"\s*\d{1,2}\s*月", said[one.end() :])]
    if not found:
        return None
    digits = re.sub(r"\D", "", found[-1][0].translate(_CHINESE_DIGITS))
    return int(digits)


_CHINESE_DIGITS = str.maketrans("〇○零Oo一二三四五六七八九", "00000123456789")
_PERIOD = re.compile(r"(?:自|从|從)?\s*(20\d\d)\s*年\s*1\s*月\s*1\s*日")


def _year_of_period(texts: Sequence[str]) -> int | None:
    """Return the year of the period that the report says its figures are of; None where several are named."""
    found = {int(year) for text in texts for year in _PERIOD.findall(unicodedata.normalize("NFKC", text))}
    return found.pop() if len(found) == 1 else None


_YEAR = re.compile(rf"{_YEAR_PATTERN}\s*年?度?")


def _unit(title: str) -> str:
    """Return the office in a title: what stands before the year or between it and the name of the report."""
    said = unicodedata.normalize("NFKC", title)
    if names := list(re.finditer(_NAME_PATTERN, said)):
        said = said[: names[-1].start()]
    years = list(_YEAR.finditer(said))
    dates = [one for one in years if re.match(r"\s*\d{1,2}\s*月", said[one.end() :])]
    own = [one for one in years if one not in dates]
    before, after = (said[: own[-1].start()], said[own[-1].end() :]) if own else (said, "")
    return next((unit for part in (before, after) if (unit := _office(part))), "")


def _office(part: str) -> str:
    """Return the office in a part of a title, without a day, a verb and the name of the site around it."""
    said = re.split("[-_—>»|·/《]+", part.strip(" -_—：:《》"))[-1]
    said = _DAY_IN_TITLE.sub("", said)
    while (shorter := _VERBS.sub("", said)) != said:
        said = shorter
    return said.strip()


_DAY_IN_TITLE = re.compile(rf"^{_YEAR_PATTERN}年\d{{1,2}}月(?:\d{{1,2}}日)?")
_VERBS = re.compile("^(?:关于|關於|印发|发布|公布|公开|转发|做好)|(?:关于|關於|印发|发布|發佈|公布|公开|编制|的|:)$")


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


def _signed(texts: Sequence[str], year: int | None) -> str | None:
    """Return the day below the text: the last line that is nothing but a day, and not the end of the report's period."""
    lines = (line.strip() for text in reversed(texts) for line in reversed(text.splitlines()))
    for line in lines:
        if _is_day(line) and (day := _day("".join(line.split()))) not in (f"{year}-12-31", f"{year}-01-01"):
            return day
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
        found[ordinal] = said[end:following].strip().lstrip("：:").lstrip()
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
    """Return a text without the name of the office and the day below it, and what a page has below them."""
    kept, signed = _split_signature(text)
    return "\n".join(kept) if signed or len(kept) < len(text.splitlines()) else text


def _split_signature(text: str) -> tuple[list[str], list[str]]:
    """Return the lines of a text, and those below it with the name of the office and the day; what a page has below is left out."""
    lines = [line for line in text.splitlines() if line.strip()]
    foot = next(
        (number for number, line in enumerate(lines) if len(line) <= _LONGEST_FOOT and _FOOT.search(line)), len(lines)
    )
    lines = lines[:foot]
    day = next((number for number, line in enumerate(lines) if _is_day(line)), None)
    if day is None:
        return lines, []
    kept, signed = lines[:day], [lines[day].strip()]
    if kept and len(kept[-1].strip()) <= _LONGEST_NAME and not _SENTENCE.search(kept[-1]):
        signed.insert(0, kept.pop().strip())
    return kept, signed


_FOOT = re.compile(
    "上一篇|下一篇|上一条|下一条|版权所有|主办单位|主办[:：]|承办单位|承办[:：]|ICP备|公网安备|网站标识码|网站地图|打印本页|关闭窗口|【打印】|分享到|扫一扫|相关链接"
    "|联系我们|返回顶部|责任编辑"
)
_LONGEST_FOOT = 120
_LONGEST_NAME = 40
_SENTENCE = re.compile("[。；！？：，]")


def _is_day(line: str) -> bool:
    bare = "".join(line.split()).strip("()（）")
    return len(bare) <= _LONGEST_DAY and bool(_DAY.match(unicodedata.normalize("NFKC", bare)))


def _heads(said: str, format_: ReportFormat) -> list[tuple[int, int, str]]:
    """Return the start, end and ordinal of the titles of the sections, each after the one before."""
    candidates = _without_contents(said, [*_lines_like_titles(said, format_), *_titles_in_text(said, format_)])
    heads: list[tuple[int, int, str]] = []
    for section in format_.sections:
        ordinal = section.title.partition("、")[0]
        after = heads[-1][1] if heads else 0
        mine = [one for one in candidates if one[2] == ordinal]
        following = [one for one in mine if one[0] >= after]
        exact = [one for one in mine if one[3] >= _EXACT]
        if following and (not exact or any(one[3] >= _EXACT for one in following)):
            exact = following
        if chosen := max(exact or following, key=lambda one: (one[3], -one[0]), default=None):
            heads.append(chosen[:3])
    return sorted(heads)


_Head = tuple[int, int, str, float]


def _without_contents(said: str, candidates: list[_Head]) -> list[_Head]:
    """Return titles without those of a table of contents: several with nothing between them, and again below."""
    lines = sorted({(start, end, ordinal) for start, end, ordinal, _ in candidates})
    last = {ordinal: start for start, _, ordinal in lines}
    run: list[tuple[int, int, str]] = []
    for line in lines:
        if run and (line[0] < run[-1][1] or line[2] in {one[2] for one in run}):
            if _is_of_contents(run, last):
                break
            run = run if line[0] < run[-1][1] else []
        if run and said[run[-1][1] : line[0]].strip(" .…·\n\t0123456789-—"):
            run = []
        run.append(line)
    if not _is_of_contents(run, last):
        return candidates
    return [one for one in candidates if one[0] >= run[-1][1]]


_LINES_OF_CONTENTS = 4


def _is_of_contents(run: Sequence[tuple[int, int, str]], last: Mapping[str, int]) -> bool:
    """Return whether titles stand one after the other, and each of them again below."""
    return len({ordinal for _, _, ordinal in run}) >= _LINES_OF_CONTENTS and all(
        last[ordinal] > run[-1][0] for _, _, ordinal in run
    )


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
