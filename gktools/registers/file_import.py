"""The import of files: all are read first and stored together; while a question is open none is stored.

The command and the review pages both import by this module; what they say about it is their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from ..errors import GktoolsError, Problem
from .exporting import OpenStore, as_exported, open_exported
from .intake.cover import FindOffice, ImportOptions
from .intake.mends import Mend, open_mended
from .intake.own_words import OwnWords
from .intake.reading import OpenSheets, read_file
from .person_numbers import personal_in_name
from .questions import Answers, Question
from .sheet import EXPORTED, FileReading, LeftOut, MatchedSheet, Sheet
from .store.replacement import AskedError, FileInstruction, instruction_by_answers
from .store.store import Look, Store
from .store.versions import SheetResult

Outcome = Literal["changed", "same", "refused", "asked", "held"]
"""The outcome for a file: stored, unchanged, refused for mistakes, asked about, or waiting for questions of other files."""
WHY_LEFT_OUT: Mapping[str, str] = {
    "empty": "空的",
    "instructions": "说明",
    "answered": "照回答不导入",
    "hidden": "隐藏的，不像登记表",
    "unchanged": "和库里的一样，没有变化",
}
"""Why a sheet is not imported, by the key of LeftOut."""


@dataclass(frozen=True)
class FileResult:
    """The result for one file.

    stored has the result of each register stored; marked is the path of the marked copy, "" if there is none.
    """

    file: str
    outcome: Outcome
    problems: tuple[Problem, ...] = ()
    questions: tuple[Question, ...] = ()
    warnings: tuple[Problem, ...] = ()
    stored: tuple[SheetResult, ...] = ()
    marked: str = ""
    left_out: tuple[LeftOut, ...] = ()
    matched: tuple[MatchedSheet, ...] = ()


@dataclass(frozen=True)
class FileRead:
    """A file as read: its result so far ("same" if it may be stored), and its registers, none unless it may.

    opened is false for a file that no register could be looked for in: it is damaged, protected or no register file.
    """

    result: FileResult
    sheets: tuple[Sheet, ...] = ()
    opened: bool = True


def read_for_import(
    path: Path,
    find_office: FindOffice,
    options: ImportOptions,
    own: OwnWords,
    answers: Answers,
    mends: Sequence[Mend] = (),
    open_store: OpenStore | None = None,
) -> FileRead:
    """Return a file as read with its mended cells, also one that cannot be opened: that is its one mistake.

    open_store opens the store with which an exported file is compared: what nobody has changed in it is left out.
    """
    if kind := personal_in_name(path.stem):
        why = Problem(f"文件名里像是有{kind}：文件名要和导入一起留着，请改个名字再导入")
        return FileRead(FileResult(path.name, "refused", (why,)), opened=False)
    open_sheets: OpenSheets = partial(open_mended, mends=mends)
    if open_store and EXPORTED in path.name:
        open_sheets = partial(open_exported, is_as_exported=as_exported(open_store, find_office), mends=mends)
    try:
        found = read_file(path, find_office, options, own, answers=answers, open_sheets=open_sheets)
    except GktoolsError as error:
        return FileRead(FileResult(path.name, "refused", (Problem(str(error)),)), opened=False)
    names = {one.sheet for found_sheets in (found.sheets, found.left_out, found.matched) for one in found_sheets}
    if kind := next((kind for name in sorted(names) if (kind := personal_in_name(name))), ""):
        why = Problem(f"有一张工作表的名字里像是有{kind}：工作表名要和登记表一起留着，请改个名字再导入")
        return FileRead(FileResult(path.name, "refused", (why,)))
    return FileRead(result_of(path.name, found), found.sheets)


def result_of(name: str, found: FileReading) -> FileResult:
    """Return the result so far for a file as read."""
    outcome: Outcome = "refused" if found.problems else "asked" if found.questions else "same"
    warnings = tuple(warning for sheet in found.sheets for warning in sheet.warnings)
    return FileResult(
        name, outcome, found.problems, found.questions, warnings, left_out=found.left_out, matched=found.matched
    )


def store_files(
    store: Store, read: Sequence[FileRead], answers: Answers, instruction: FileInstruction, *, look: Look | None = None
) -> list[FileResult]:
    """Store the files that may be, all or none, and return the results of all.

    With look nothing stays stored: it is called with a function that returns the records of an office and year as they
    would then be. If it is not clear which files in force they replace, nothing is stored and the results have the
    questions. Raises RecordsError.
    """
    sound = [one.sheets for one in read if one.result.outcome != "refused"]
    instruct = partial(instruction_by_answers, answers.given, instruction=instruction)
    add = partial(store.try_files, look=look) if look else store.add_files
    try:
        stored = iter(add(sound, person=answers.person, reason=answers.reason, instruct=instruct))
    except AskedError as asked:
        return [_asked(one.result, asked.questions) for one in read]
    return [one.result if one.result.outcome == "refused" else _stored(one.result, next(stored)) for one in read]


def waiting(result: FileResult) -> FileResult:
    """Return the result of a file that waits for the questions of others."""
    return replace(result, outcome="held") if result.outcome == "same" else result


def _stored(result: FileResult, stored: Sequence[SheetResult]) -> FileResult:
    return replace(result, outcome="changed" if any(one.number for one in stored) else "same", stored=tuple(stored))


def _asked(result: FileResult, questions: Sequence[Question]) -> FileResult:
    ours = tuple(one for one in questions if one.place.file == result.file)
    return replace(result, outcome="asked", questions=ours) if ours else waiting(result)
