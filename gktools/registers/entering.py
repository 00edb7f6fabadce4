"""A record entered or changed in a form: read as the one row of a file, stored as an import, by the code of every import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..errors import Problem
from .file_import import FileRead, FileResult, result_of, store_files
from .intake.cover import FindOffice
from .intake.own_words import OwnWords
from .intake.reading import read_entry
from .intake.templates import TemplateSheet, layout
from .intake.values import is_serial
from .questions import Answers
from .schema import Register, registers
from .sheet import COMPLETED, ENTERED, Sheet
from .store.replacement import FileInstruction
from .store.store import Store
from .store.stored_record import StoredRecord
from .store.versions import SheetResult


@dataclass(frozen=True)
class Entry:
    """A record as entered: the word of each field as in a cell, and the version that the person had before them, 0 for none."""

    register: Register
    code: str
    year: int
    words: Mapping[str, str]
    seen: int = 0


def enter(store: Store, entry: Entry, find_office: FindOffice, own: OwnWords, answers: Answers) -> FileResult:
    """Store an entry and return the result, as of a file: with its mistakes or questions, and nothing stored, if it has any.

    Raises ChangedError if another version counts by now, RecordsError.
    """
    if not any(word.strip() for word in entry.words.values()):
        return FileResult(ENTERED, "refused", (Problem("什么也没有填"),))
    if serials := [field for field in entry.register.fields if field.type == "date" and _is_serial(entry, field.key)]:
        problems = (Problem(_SERIAL, column=field.heading, value=entry.words[field.key]) for field in serials)
        return FileResult(ENTERED, "refused", tuple(problems))
    rows = layout(TemplateSheet(entry.register, entry.code, entry.year, (entry.words,)))
    found = read_entry(rows, find_office, own, answers)
    result = result_of(ENTERED, found)
    if result.outcome != "same":
        return replace(result, problems=tuple(map(_in_form, result.problems)))
    (sheet,) = found.sheets
    if len(sheet.lines) != 1:
        return FileResult(ENTERED, "refused", (Problem("一次填一条：几条的，请分几次填"),))
    sheet = replace(sheet, sheet="", lines=(1,), warnings=tuple(map(_in_form, sheet.warnings)))
    read = FileRead(replace(result, warnings=sheet.warnings), (sheet,))
    return store_files(store, [read], answers, FileInstruction(seen=entry.seen))[0]


def _is_serial(entry: Entry, key: str) -> bool:
    """Return whether a date was entered as an Excel serial number, which only a cell of a file may have."""
    return is_serial(entry.words.get(key, "").strip(' ="'))


_SERIAL = "不是日期，请写成 2024-03-05 的样子"


def _in_form(problem: Problem) -> Problem:
    """Return a problem without file and row, which a form has not."""
    return Problem(problem.message, column=problem.column, value=problem.value)


def withdraw(store: Store, record: StoredRecord, person: str, reason: str) -> SheetResult:
    """End a record that should never have been entered; a version of an earlier year's file counts again.

    Raises ChangedError if another version counts by now, RecordsError.
    """
    sheet = Sheet.of(record.register, record.code, record.year, ENTERED, "", [(1, record.values)])
    instruction = FileInstruction(seen=record.version, unasked=True, ends=True)
    return store.add([sheet], person=person, reason=reason, instruction=instruction)[0]


def state_complete(store: Store, register: str, code: str, year: int, person: str, reason: str = "") -> SheetResult:
    """Store a person's statement that everything of a register, office and year is entered: it is handed in from then on."""
    sheet = Sheet(registers()[register].key, code, year, COMPLETED, "", (), {})
    return store.add([sheet], person=person, reason=reason)[0]
