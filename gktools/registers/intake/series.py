"""Several numbers in one cell: 示罚〔2024〕3-8号, 1、2、5号. Whether they are one record or several is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LONGEST = 1000
"""How many numbers a range may have; what looks like a longer one is no range."""
_DASH = r"\s*(?:[-－–—―~～]|至|到)+\s*"
_RANGE = re.compile(
    rf"(?P<head>(?:.*\D)?)(?P<first>\d{{1,6}})(?:号)?{_DASH}(?:第|(?P<again>(?P=head)))?(?P<last>\d{{1,6}})(?P<tail>号?)",
    re.DOTALL,
)
_SEPARATOR = re.compile(r"\s*[、，,;；和及]\s*|(?<=号)\s+|(?<=[号\d])\s*[\r\n]+\s*")
_PLAIN = re.compile(rf"第?\d{{1,6}}(?:{_DASH}第?\d{{1,6}})?号?")
_WHOLE = re.compile(r".*\D\d{1,6}号?")
_GROUPED = re.compile(r"\D*\d{1,3}(?:[,，]\d{3})+\D*")
_HINT = re.compile(r"[-－–—―~～至到、，,;；和及\r\n]|号\s")
_COUNTED = re.compile(
    r"(?:等|共|合计|计)\s*[\d一二三四五六七八九十两]+\s*[件份个宗起项]|[（(]\s*\d+\s*[件份个宗起项]\s*[)）]"
)
_MARKED = re.compile(r"[)）\]］〕】第字号]$")


def several_in(text: str) -> tuple[str, ...]:
    """Return the numbers that a cell is made of, each whole; empty if it holds one."""
    if not _HINT.search(text):
        return ()
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


def counts_more(text: str) -> bool:
    """Return whether a cell says that it stands for several numbers without naming each: 1号等3件."""
    return _COUNTED.search(text) is not None


def _ranged(text: str) -> Iterator[str]:
    """The numbers of a range, or the text itself where it is none."""
    found = _RANGE.fullmatch(text)
    if found and (found["tail"] or found["again"] or _MARKED.search(found["head"])):
        first, last = int(found["first"]), int(found["last"])
        if first < last < first + _LONGEST:
            width = len(found["first"]) if found["first"].startswith("0") else 0
            yield from (f"{found['head']}{number:0{width}}{found['tail']}" for number in range(first, last + 1))
            return
    yield text
