"""All sheets of a file: classification of those that are no register, and joining of those of one register."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal

from ...errors import Problem
from ..group_sums import amounts_of, is_called_summary, sums_among
from ..questions import Inquiry, Question, QuestionPlace, each
from ..schema import Register, fold_number, registers
from ..sheet import Sheet
from .cover import FindOffice
from .headings import Header, HeadingsOf, in_one_row, is_named
from .nearest import nearest_heading
from .places import Mistake, Row, Where
from .sheet_names import counting_sheets, without_doubtful
from .templates import INSTRUCTIONS, OPTIONS
from .values import text_of

OURS = frozenset({INSTRUCTIONS, OPTIONS, "标错说明"})
"""The sheets of our own files that are no registers."""
_MOST = 4
"""The maximum number of registers suggested for a sheet."""
_LISTED = 10


def filled(row: Row) -> int:
    """Return the number of cells of a row that have a text."""
    return sum(bool(text_of(cell).strip()) for cell in row)


def what_it_is(name: str, top: Sequence[Row]) -> Literal["empty", "instructions", "unknown"]:
    """Return the class of a sheet without a heading: nothing, text to read, or a table that may be a register."""
    widths = [filled(row) for row in top]
    if not any(widths):
        return "empty"
    return "instructions" if name in OURS or max(widths) < 2 else "unknown"


def sheet_question(where: Where, top: Sequence[Row], renamed: HeadingsOf) -> Question:
    """Return the question which register a sheet is, of the likely ones, or none."""
    likely = sorted(_likely(where.sheet, top, renamed), key=lambda found: -found[0])[:_MOST]
    choices = each("sheet.unknown", ({"register": found.key, "label": found.label} for _, found in likely))
    values = {"sheet": where.sheet, "near": nearest_heading(top, renamed)}
    return Question.of("sheet.unknown", where.sheet, QuestionPlace(where.file, where.sheet), values, choices)


def _likely(name: str, top: Sequence[Row], renamed: HeadingsOf) -> Iterator[tuple[int, Register]]:
    for register in registers().values():
        best = max(
            (Header(register, i, i, in_one_row(row), renamed(register.key)).recognised for i, row in enumerate(top)),
            default=0,
        )
        named = is_named(name, register)
        if best >= 2 or named:
            yield best + 10 * named, register


# --- several sheets of one register ----------


@dataclass(frozen=True)
class Joined:
    """The sheets of a file, joined by register, office and year, and the problems found."""

    sheets: tuple[Sheet, ...]
    problems: tuple[Problem, ...] = ()


def join(sheets: Iterable[Sheet], inquiry: Inquiry, find_office: FindOffice) -> Joined:
    """Return the sheets with those of one register, office and year joined: months, service counters.

    Asks about sheets with doubtful or different names and about identical rows.
    """
    groups: defaultdict[tuple[str, str, int], list[Sheet]] = defaultdict(list)
    for sheet in sheets:
        groups[sheet.register, sheet.code, sheet.year].append(sheet)
    joined = [_joined(group, inquiry, find_office) for group in groups.values()]
    return Joined(
        tuple(chain.from_iterable(found.sheets for found in joined)),
        tuple(chain.from_iterable(found.problems for found in joined)),
    )


def _joined(group: list[Sheet], inquiry: Inquiry, find_office: FindOffice) -> Joined:
    register = registers()[group[0].register]
    group = list(_without_sums(register, without_doubtful(group, inquiry), inquiry))
    group = counting_sheets(register, group, inquiry, find_office)
    if len(group) < 2:
        return Joined(tuple(group))
    seen: dict[Any, tuple[Sheet, int, Any]] = {}
    again: list[tuple[Sheet, int, Sheet, int]] = []
    problems: list[Problem] = []
    for sheet in group:
        fresh: dict[Any, tuple[Sheet, int, Any]] = {}
        for place, (key, said) in enumerate(_records(register, sheet)):
            if key is None or key not in seen:
                fresh[key] = (sheet, place, said)
            elif seen[key][2] == said:
                again.append((sheet, place, *seen[key][:2]))
            else:
                problems.append(_twice(register, sheet, place, seen[key]))
        seen |= {key: found for key, found in fresh.items() if key is not None}
    if problems:
        return Joined((), tuple(problems))
    once = bool(register.identity) or not again or _ask(again, inquiry) == "once"
    left_out = {(id(sheet), place) for sheet, place, _, _ in again} if once else set()
    return Joined((_stacked(group, left_out, _told(again, once)),))


def _without_sums(register: Register, group: Sequence[Sheet], inquiry: Inquiry) -> Iterator[Sheet]:
    """Yield the sheets but for those that, by an answer, only sum up the others."""
    known = ((i, amounts_of(register, sheet.columns)) for i, sheet in enumerate(group))
    every = {i: amounts for i, amounts in known if amounts and amounts.amounts}
    sums = sums_among(every)
    for i, sheet in enumerate(group):
        called = is_called_summary(sheet.sheet, (group[other].sheet for other in every if other != i))
        if i in sums or (called and i in every and len(every) > 1):
            place = QuestionPlace(sheet.file, sheet.sheet, sheet.lines)
            values = {"sheet": sheet.sheet, "count": len(sheet.lines)}
            if inquiry.ask(Question.of("sheets.sums", sheet.sheet, place, values)) == "leave":
                continue
        yield sheet


def _records(register: Register, sheet: Sheet) -> Iterator[tuple[Any, Any]]:
    """Yield the key (None if it is empty) and the complete content of each record, for comparison."""
    columns = [[_word(value) for value in values] for values in (*sheet.columns.values(), *sheet.personal.values())]
    keys = list(sheet.columns)
    own = [keys.index(key) for key in register.identity if key in keys]
    for row in zip(*columns, strict=True):
        said = tuple(row)
        key = tuple(said[i] for i in own) if register.identity else said
        yield key if any(part not in (None, "") for part in key) else None, said


def _word(value: Any) -> Any:
    return fold_number(value) if isinstance(value, str) else value


def _twice(register: Register, sheet: Sheet, place: int, first: tuple[Sheet, int, Any]) -> Problem:
    other, at, _ = first
    message = f"与工作表“{other.sheet}”第 {other.lines[at]} 行重复，内容却不一样"
    return Mistake(message, sheet.file, sheet.sheet, sheet.lines[place], register[register.identity[0]].heading)


def _ask(again: Sequence[tuple[Sheet, int, Sheet, int]], inquiry: Inquiry) -> str:
    sheet, _, other, _ = again[0]
    rows = tuple(s.lines[place] for s, place, _, _ in again if s is sheet)
    values = {"sheet": sheet.sheet, "other": other.sheet, "count": len(again)}
    question = Question.of("sheets.overlap", sheet.sheet, QuestionPlace(sheet.file, sheet.sheet, rows), values)
    return inquiry.ask(question) or ""


def _told(again: Sequence[tuple[Sheet, int, Sheet, int]], once: bool) -> tuple[Problem, ...]:
    if not again:
        return ()
    pairs = [f"“{s.sheet}”第 {s.lines[i]} 行和“{o.sheet}”第 {o.lines[j]} 行" for s, i, o, j in again[:_LISTED]]
    more = f"……共 {len(again)} 行" if len(again) > _LISTED else ""
    done = "只计一次" if once else "都计入了"
    return (Problem(f"几张工作表里整行完全一样的，{done}：{'、'.join(pairs)}{more}", again[0][0].file),)


def _stacked(group: Sequence[Sheet], left_out: set[tuple[int, int]], warnings: tuple[Problem, ...]) -> Sheet:
    """Return several sheets as one; its name gives the first and last row of each."""
    names, lines, kept, offset = [], [], [], 0
    for sheet in group:
        last = max(sheet.lines, default=1)
        names.append(f"{sheet.sheet}（{offset + 1}–{offset + last} 行）")
        places = [i for i in range(len(sheet.lines)) if (id(sheet), i) not in left_out]
        kept.append((sheet, places))
        lines += [offset + sheet.lines[i] for i in places]
        offset += last
    keys = dict.fromkeys(key for sheet in group for key in sheet.columns)
    personal = dict.fromkeys(key for sheet in group for key in sheet.personal)
    nothing = {field.key: field.default for field in registers()[group[0].register].fields}
    return replace(
        group[0],
        sheet="、".join(names),
        lines=tuple(lines),
        columns={
            key: tuple(s.columns[key][i] if key in s.columns else nothing[key] for s, p in kept for i in p)
            for key in keys
        },
        personal={
            key: tuple(s.personal[key][i] if key in s.personal else "" for s, p in kept for i in p) for key in personal
        },
        warnings=(*warnings, *chain.from_iterable(sheet.warnings for sheet in group)),
    )
