"""Several numbers in one cell: 示罚〔2024〕3-8号, 1、2、5号. A question decides whether they are one record or several."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LONGEST = 1000
"""The maximum number of numbers in a range."""
_DASH = r"\s*(?:[-－–—―~～]|至|到)+\s*"
_RANGE = re.compile(
    rf"(?P<head>(?:.*\D)?)(?P<first>\d{{1,6}})(?:号)?{_DASH}第?(?P<last>\d{{1,6}})(?P<tail>号?)", re.DOTALL
)
_REPEATED = re.compile(
    rf"(?P<head>.*\D)(?P<first>\d{{1,6}})(?:号)?{_DASH}(?P=head)(?P<last>\d{{1,6}})(?P<tail>号?)", re.DOTALL
)
"""A range that writes its beginning twice: 示罚〔2024〕3号至示罚〔2024〕8号."""
_SEPARATOR = re.compile(
    r"\s*[、，,;；和及]\s*|(?<=号)\s+|(?<=号)\s*/\s*|(?<=号)(?=第?\d{1,6}号)|(?<=[号\d])\s*[\r\n]+\s*"
)
_PLAIN = re.compile(rf"第?\d{{1,6}}(?:{_DASH}第?\d{{1,6}})?号?")
_WHOLE = re.compile(r".*\D\d{1,6}号?")
_GROUPED = re.compile(r"\D*\d{1,3}(?:[,，]\d{3})+\D*")
_HINTS = frozenset("-－–—―~～至到、，,;；和及等共/.．件份宗\r\n\t 　")
"""What several numbers in a cell are written with; a 号 that is not the last sign is the other hint."""
_LISTED = frozenset("、，,;；和及等共至到\r\n")
_SIGNS = frozenset("号第字)）]］〕】")
"""Without one of these before its numbers or behind them a dash makes no range: 24-35 is one number."""
_COUNTED = re.compile(r"[等共计（(]\s*(\d{1,4}|[一二两三四五六七八九十])\s*[件份个宗起项]")
"""How many there are, without their numbers: 示罚〔2024〕3号等5件."""
_NUMERALS = {"两": 2} | {sign: value for value, sign in enumerate("一二三四五六七八九十", start=1)}
_POINTED = re.compile(r"[)）\]］〕】]第?\d{1,6}(?:[.．]\d{1,6})+号?$")
_MARKED = re.compile(r"[)）\]］〕】第字号]$")


def several_in(text: str) -> tuple[str, ...]:
    """Return the complete numbers in a cell; empty if it has only one.

    Where a cell only states how many there are, each is the cell with its place among them.
    """
    if _is_plainly_one(text):
        return ()
    if counted := _COUNTED.search(text):
        several = int(counted[1]) if counted[1].isdecimal() else _NUMERALS[counted[1]]
        return tuple(f"{text}之{nth}" for nth in range(1, several + 1)) if 1 < several <= _LONGEST else ()
    text = re.sub(r"(?<=\d)[^\S\r\n]+(?=号)", "", text)
    if pointed := _POINTED.search(text):
        text = text[: pointed.start()] + re.sub(r"[.．]", "、", pointed[0])
    parts = _SEPARATOR.split(text) if not _GROUPED.fullmatch(text) else [text]
    first, *others = parts
    if not all(_PLAIN.fullmatch(part) or _WHOLE.fullmatch(part) for part in others) or not re.search(r"\d号?$", first):
        return ()
    numbers = list(_ranged(first))
    head = re.sub(r"\d{1,6}号?$", "", numbers[0])
    tail = "号" if text.endswith("号") else ""
    for part in others:
        whole = head + re.sub(r"^第(?=\d)", "", part) if _PLAIN.fullmatch(part) else part
        numbers += _ranged(whole)
    if len(numbers) < 2:
        return ()
    return tuple(number.removesuffix("号") + tail for number in numbers)


def _is_plainly_one(text: str) -> bool:
    """Whether a glance shows that a cell holds one number, as most do: 示罚〔2024〕3号, 11370100MB2857/2024-00012."""
    if _HINTS.isdisjoint(text):
        return "号" not in text[:-1]
    return _LISTED.isdisjoint(text) and _SIGNS.isdisjoint(text) and not _begins_again(text)


def _begins_again(text: str) -> bool:
    return not text[0].isdigit() and text.find(text[0], 1) > 0


def _ranged(text: str) -> Iterator[str]:
    """Yield the numbers of a range, or the text itself if it is not a range."""
    found = (_begins_again(text) and _REPEATED.fullmatch(text)) or _RANGE.fullmatch(text)
    if found and (found.re is _REPEATED or found["tail"] or _MARKED.search(found["head"])):
        first, last = int(found["first"]), int(found["last"])
        if first < last < first + _LONGEST:
            width = len(found["first"]) if found["first"].startswith("0") else 0
            yield from (f"{found['head']}{number:0{width}}{found['tail']}" for number in range(first, last + 1))
            return
    yield text
