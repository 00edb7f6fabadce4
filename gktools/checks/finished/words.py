"""What an audit quotes, doubts and proposes, in words for somebody who has only the printed report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...figures.table import format_figure
from ...forms.model import Form
from ...reading.published import PrintedCell, ReadingDoubt
from ..subject import format_place
from .fixes import Fix, Kind, Proposals, ProposedFigure, Slip

KINDS: dict[Kind, str] = {
    "total": "合计没有跟着改，或者打错",
    "swapped-digits": "两位数字写颠倒",
    "digit": "一位数字打错、漏打或者多打",
    "value": "数打错",
    "with-total": "这一格打错，它的合计跟着错",
    "wrong-row": "写到了别的行",
    "wrong-column": "写到了别的列",
    "shifted": "整行错开了一列",
    "totals": "合计没有填，或者没有跟着改",
    "blank": "按相加关系只能是这个数",
    "unit": "去掉单位",
}
_UNCROSSED: frozenset[Kind] = frozenset({"total", "swapped-digits", "digit", "value"})
"""The kinds that nothing tells apart where figures are added up in one direction only."""
_MOST_NAMED = 4
BOUNDS = {"": "应是 ", "at_least": "至少应是 ", "at_most": "至多应是 "}


@dataclass(frozen=True)
class FixText:
    """One fix in words: its rank, its mistakes, what it mends, how many others explain as much, and whether
    the text states the figures so.
    """

    rank: int
    slips: tuple[str, ...]
    mends: tuple[str, ...]
    equals: int = 0
    in_text: bool = False


@dataclass(frozen=True)
class ProposalsText:
    """The proposals about one table in words.

    heading is a sentence about all fixes, shared are the mistakes in each of them, which the fixes then leave out; told are
    the figures of cells without one.
    """

    table: str
    heading: str
    shared: tuple[str, ...]
    fixes: tuple[FixText, ...]
    told: tuple[str, ...]
    complete: bool


def describe(proposals: Proposals) -> ProposalsText:
    """Return proposals in words."""
    form, ranks = proposals.form, Counter(fix.rank for fix in proposals.fixes)
    first, *others = proposals.fixes or (Fix((), 1),)
    shared = [slip for slip in first.slips if others and all(slip.changes in _changed(fix) for fix in others)]
    return ProposalsText(
        form.name,
        _heading(proposals, ranks[1]),
        tuple(_slip(form, slip) for slip in shared),
        tuple(_fix(form, fix, shared, ranks[fix.rank] - 1) for fix in proposals.fixes),
        tuple(_slip(form, slip) for slip in proposals.told),
        proposals.complete,
    )


def describe_doubts(doubts: Sequence[ReadingDoubt]) -> list[str]:
    """Return what could not be read for certain, in words: cells that share the reason and the printed text as one line."""
    by_text: dict[tuple[str, str, str, str, str], list[ReadingDoubt]] = {}
    for doubt in doubts:
        by_text.setdefault((doubt.table, doubt.row, doubt.why, doubt.printed, doubt.place), []).append(doubt)
    by_reason: dict[tuple[str, str, bool], list[str]] = {}
    for same in by_text.values():
        by_reason.setdefault((same[0].table, same[0].why, same[0].inferred), []).append(_place_of(same))
    return [_of_one_reason(places, why, inferred=inferred) for (_, why, inferred), places in by_reason.items()]


def _place_of(doubts: Sequence[ReadingDoubt]) -> str:
    """Return where doubts about one row stand; empty if they are about no table."""
    first = doubts[0]
    if not first.table:
        return ""
    row = f"“{first.row.rpartition('/')[2]}”行" if first.row else ""
    column = f" {len(doubts)} 格" if len(doubts) > 1 else f"“{first.column}”列" if first.column else ""
    source = "，".join(part for part in (first.place, f"原文是“{first.printed}”" if first.printed else "") if part)
    return f"{row}{column}{f'（{source}）' if source else ''}"


def _of_one_reason(places: Sequence[str], why: str, *, inferred: bool) -> str:
    shown = "；".join(place for place in places[:_MOST_PLACES] if place)
    more = f"，等 {len(places)} 处" if len(places) > _MOST_PLACES else ""
    reason = _OF_COMMAND.sub("", why)
    return f"{'推断的：' if inferred else ''}{shown}{more}{'：' if shown else ''}{reason}"


_MOST_PLACES = 6
_OF_COMMAND = re.compile("，可用 --[a-z]+ 写明")
"""What only somebody at a terminal can do."""


def quote(cell: PrintedCell) -> str:
    """Return a printed cell with its labels and its place, in words."""
    notes = "，".join(part for part in ("推断的" if cell.inferred else "", cell.place) if part)
    row = f"{cell.row}/" if cell.row else ""
    return f"{row}{cell.column} “{shown_value(cell)}”{f'（{notes}）' if notes else ''}"


def shown_value(cell: PrintedCell) -> str:
    """Return what is printed in a cell; of an inferred one its figure, as the printed text is that of several cells."""
    if cell.value is None:
        return "（没有读出）"
    return str(cell.value) if cell.inferred else cell.printed


def _changed(fix: Fix) -> list[tuple[ProposedFigure, ...]]:
    return [slip.changes for slip in fix.slips]


def _heading(proposals: Proposals, likeliest: int) -> str:
    """Return what the fixes have in common."""
    if not proposals.broken:
        return ""
    named = proposals.broken[:_MOST_NAMED]
    more = f"等 {len(proposals.broken)} 处" if len(proposals.broken) > len(named) else ""
    broken = f"{'、'.join(named)}{more}对不上"
    if not proposals.fixes:
        return f"{broken}，错处太多，推测不出是哪几格。"
    if not proposals.complete:
        return f"{broken}，错处太多，没有几处改动能一次说通；下面每一种只能说通一部分："
    few = f"错 {len(proposals.fixes[0].slips)} 处就能都解释"
    if likeliest == 1:
        return f"{broken}，{few}，最可能的是："
    return f"{broken}，{few}，有 {likeliest} 种同样可能，单凭这张表分不出是哪一种："


def _fix(form: Form, fix: Fix, shared: Sequence[Slip], equals: int) -> FixText:
    own = [slip for slip in fix.slips if slip.changes not in [one.changes for one in shared]]
    mends = tuple(dict.fromkeys(words for slip in fix.slips for words in slip.mends))
    return FixText(fix.rank, tuple(_slip(form, slip) for slip in own), mends, equals, fix.in_text)


def _slip(form: Form, slip: Slip) -> str:
    kind = "" if slip.kind in _UNCROSSED and not form.sums_down else f"（{KINDS[slip.kind]}）"
    return f"{'；'.join(_changes(form, slip))}{kind}"


def _changes(form: Form, slip: Slip) -> Iterator[str]:
    for change in slip.changes:
        rows, columns = form.address(change.cell)
        proposed = f"{BOUNDS[change.bound]}{format_figure(change.proposed)}"
        yield f"{format_place(form, rows[-1:], columns)}{_printed(change)}{proposed}"


def _printed(change: ProposedFigure) -> str:
    return "" if change.printed is None else f"印的是 {format_figure(change.printed)}，"
