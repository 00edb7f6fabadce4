"""Questions about a file that changes records which a file of another name, or a form, brought.

The same number on another day may be another case, where numbers begin again each month (unless the number has its
year). A cell that was filled and is empty now may come of a file older than the one in force.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import sqlalchemy as sa

from ..group_sums import Amounts, amounts_of, is_called_summary, sums_among
from ..questions import Question, QuestionPlace
from ..schema import Register, days_of, registers
from ..sheet import ENTERED, Sheet
from .database import BATCH, TABLES, hash_column
from .in_force import StoredGroup
from .matching import HeldRecord, MatchedRecords
from .numbering import carries_year
from .replacement import FileInForce, FileInstruction, subject_of

_FEW = 2
"""From this number of records on, a file of the same name may be that of another month."""


def ask_overwritten(
    connection: sa.Connection,
    sheet: Sheet,
    instruction: FileInstruction,
    known: Sequence[FileInForce],
    found: MatchedRecords,
    now: StoredGroup,
    hashes: Mapping[str, Sequence[str | None]],
) -> tuple[Question, ...]:
    """Return the questions about the records that a sheet with numbers would change.

    hashes are those of its personal columns, by the name of the hash column.
    """
    register = registers()[sheet.register]
    if sheet.in_form or not register.identity or not found.replaced or instruction.unasked:
        return ()
    sources = _sources(sheet, known, found.replaced, now)
    others = {i for i, files in sources.items() if not any(_is_of(one, sheet) for one in files)}
    before = _before(connection, register, found.replaced.values())
    moved: list[int] = []
    emptied: dict[int, list[str]] = {}
    entered: dict[int, list[str]] = {}
    for i, held in found.replaced.items():
        if sources[i] and all(one.by in instruction.replaces for one in sources[i]):
            continue
        if any(one.file == ENTERED for one in sources[i]):
            if headings := list(_otherwise(register, before[held.id], sheet, i, hashes)):
                entered[i] = headings
        elif instruction.replaces:
            continue
        elif not carries_year(held.key) and _is_moved(register, before[held.id], sheet, i):
            moved.append(i)
        elif i in others and (headings := list(_emptied(register, before[held.id], sheet, i))):
            emptied[i] = headings
    common = len(found.replaced) + len(found.same)
    asked = []
    if "file.again" not in instruction.taken and (
        others & set(moved) or (len(moved) >= _FEW and 2 * len(moved) > common)
    ):
        asked.append(_question("file.again", sheet, moved, [register[days_of(register)[0]].heading], sources))
    if "file.older" not in instruction.taken and emptied:
        headings = list(dict.fromkeys(chain.from_iterable(emptied.values())))
        asked.append(_question("file.older", sheet, list(emptied), headings, sources))
    if "file.entered" not in instruction.taken and entered:
        headings = list(dict.fromkeys(chain.from_iterable(entered.values())))
        asked.append(_question("file.entered", sheet, list(entered), headings, sources))
    return tuple(asked)


def _question(
    code: str, sheet: Sheet, places: Sequence[int], headings: Sequence[str], sources: Mapping[int, list[FileInForce]]
) -> Question:
    register = registers()[sheet.register]
    files = dict.fromkeys(
        one.file if one.file == ENTERED else f"导入 {one.by} 的 {one.file}" for i in places for one in sources[i]
    )
    values = {
        "where": f"{sheet.code} {sheet.year} 年的{register.label}",
        "count": len(places),
        "fields": "、".join(headings),
        "known": "、".join(files) or "以前导入的文件",
    }
    rows = tuple(sheet.lines[i] for i in places)
    return Question.of(code, subject_of(sheet), QuestionPlace(sheet.file, sheet.sheet, rows), values)


def _sources(
    sheet: Sheet, known: Sequence[FileInForce], replaced: Mapping[int, HeldRecord], now: StoredGroup
) -> dict[int, list[FileInForce]]:
    """Return the files in force that have the records, or report them, by index in the sheet."""
    files = {one.number: one for one in known}
    found = {}
    for i, held in replaced.items():
        numbers: set[int | None] = {number for number, _ in held.places}
        numbers = numbers or {now.state.under(held)}
        found[i] = [one for number, one in files.items() if number in numbers]
    return found


def ask_sums(
    connection: sa.Connection,
    sheet: Sheet,
    instruction: FileInstruction,
    found: MatchedRecords,
    beside: Collection[int],
    now: StoredGroup,
) -> tuple[Question, ...]:
    """Return the question whether a sheet sums up the files in force beside it, or one of them the sheet and the others.

    Their amounts say so, or the name of one.
    """
    register = registers()[sheet.register]
    ours = amounts_of(register, sheet.columns)
    if ours is None or sheet.in_form or not found.new or instruction.append or "file.sums" in instruction.taken:
        return ()
    files = _amounts(connection, register, beside, now)
    everything = {0: ours, **files}
    written = {n: str(now.coverage[n]["file"]) for n in files} | {0: sheet.file}
    names = {n: f"导入 {now.coverage[n]['import_id']} 的 {now.coverage[n]['file']}" for n in files} | {0: "这个文件"}
    sums = sums_among(everything, 0)
    for number in everything:
        others = [other for other in everything if other != number]
        asked = number == 0 or len(others) == 1  # of a file that is in force with several it was asked before
        called = asked and is_called_summary(written[number], (written[other] for other in others))
        if others and (called or number in sums):
            values = {
                "where": f"{sheet.code} {sheet.year} 年的{register.label}",
                "sums": names[number],
                "details": "、".join(names[other] for other in others),
            }
            place = QuestionPlace(sheet.file, sheet.sheet, sheet.lines)
            return (Question.of("file.sums", subject_of(sheet), place, values),)
    return ()


def _amounts(
    connection: sa.Connection, register: Register, files: Collection[int], now: StoredGroup
) -> dict[int, Amounts]:
    """Return the amounts of files in force that have records, by their numbers."""
    held = {n: [one for one in now.state.held if any(n == at for at, _ in one.places)] for n in sorted(files)}
    rows = _before(connection, register, list(chain.from_iterable(held.values())))
    keys = [field.key for field in register.kept]
    found = {n: amounts_of(register, {k: [rows[one.id][k] for one in ours] for k in keys}) for n, ours in held.items()}
    return {number: amounts for number, amounts in found.items() if amounts and amounts.amounts}


def _is_of(one: FileInForce, sheet: Sheet) -> bool:
    """Return whether a file in force has the name of the new one, so that the new one corrects it."""
    return one.file == sheet.file or one.marked(sheet)


def _before(
    connection: sa.Connection, register: Register, held: Collection[HeldRecord]
) -> dict[int, Mapping[Any, Any]]:
    table, ids = TABLES[register.key], [one.id for one in held]
    found: dict[int, Mapping[Any, Any]] = {}
    for start in range(0, len(ids), BATCH):
        wanted = table.select().where(table.c.id.in_(ids[start : start + BATCH]))
        found |= {row["id"]: row for row in connection.execute(wanted).mappings()}
    return found


def _is_moved(register: Register, before: Mapping[Any, Any], sheet: Sheet, place: int) -> bool:
    """Return whether a record has another day of receipt, decision or publication."""
    pairs = ((before[key], _value(sheet, key, place)) for key in days_of(register))
    return next((str(old) != str(new) for old, new in pairs if old and new), False)


def _emptied(register: Register, before: Mapping[Any, Any], sheet: Sheet, place: int) -> Iterator[str]:
    """Yield the headings of the cells that figures depend on which were filled, and are empty now."""
    for field in register.kept:
        counts = field.type != "text" or field.refers_to
        if counts and before[field.key] not in (None, "") and _value(sheet, field.key, place) in (None, ""):
            yield field.heading


def _otherwise(
    register: Register,
    before: Mapping[Any, Any],
    sheet: Sheet,
    place: int,
    hashes: Mapping[str, Sequence[str | None]],
) -> Iterator[str]:
    """Yield the headings of the cells which were filled, and say something else now, or nothing."""
    for field in register.fields:
        name = hash_column(field) if field.personal else field.key
        now = (hashes[name][place] if name in hashes else None) if field.personal else _value(sheet, name, place)
        if before[name] not in (None, "") and str(before[name]) != str(now):
            yield field.heading


def _value(sheet: Sheet, key: str, place: int) -> Any:
    return sheet.columns[key][place] if key in sheet.columns else None
