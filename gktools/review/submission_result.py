"""What was found in a submission and what importing it would change, as values, and kept beside its files."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ..registers.questions import Question
from ..registers.sheet import MatchedSheet
from .draft_folder import ForgedError
from .submissions import Submission, folder_of

_FILE = "reading.json"
_MOST_JSON = 64 << 20


@dataclass(frozen=True)
class FoundMistake:
    """A mistake in a file: its kind, its place within the file, and what to do.

    rows and column are the cells it is in, counted from 1 and from 0; field (register.key), alike as those of Mistake; word is
    what they say, if that may be shown.
    """

    kind: str
    place: str
    text: str
    sheet: str = ""
    rows: tuple[int, ...] = ()
    column: int | None = None
    field: str = ""
    alike: bool = False
    word: str = ""


@dataclass(frozen=True)
class FoundFile:
    """What was found in a file; marked is which copy of it can be had: "marked", "mended", or "" for none.

    matched says of every sheet what it was taken for.
    """

    name: str
    mistakes: tuple[FoundMistake, ...] = ()
    questions: tuple[Question, ...] = ()
    warnings: tuple[str, ...] = ()
    marked: str = ""
    matched: tuple[MatchedSheet, ...] = ()


@dataclass(frozen=True)
class RegisterChange:
    """What importing a register would change, in numbers of records; gone names those that only the store has.

    entered names those that were entered in forms, are not in the file, and stay. code and year are those the file states.
    replaces are the files in force that it takes the place of.
    """

    file: str
    code: str
    office: str
    year: int
    register: str
    rows: int
    is_change: bool
    added: int
    changed: int
    same: int
    withdrawn: int
    gone: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    entered: tuple[str, ...] = ()


@dataclass(frozen=True)
class CellChange:
    """A cell of an office's tables that importing would change, from what to what."""

    office: str
    year: int
    table: str
    place: str
    old: str
    new: str


@dataclass(frozen=True)
class SubmissionReading:
    """What was found in a submission: its files, and, where nothing is wrong or asked, what importing them would change.

    as_of identifies, by a keyed hash, all that decides what importing does; failure says why nothing was found, busy that it was the store.
    """

    files: tuple[FoundFile, ...] = ()
    registers: tuple[RegisterChange, ...] = ()
    cells: tuple[CellChange, ...] = ()
    notes: tuple[str, ...] = ()
    as_of: str = ""
    failure: str = ""
    busy: bool = False
    imported: bool = False

    @property
    def questions(self) -> tuple[Question, ...]:
        """The open questions of all files, each once."""
        found = {(one.code, one.subject): one for file in reversed(self.files) for one in reversed(file.questions)}
        return tuple(reversed(found.values()))

    @property
    def wrong(self) -> bool:
        """Whether a file has mistakes."""
        return any(file.mistakes for file in self.files)

    @property
    def ready(self) -> bool:
        """Whether the submission can be imported, and that changes something."""
        nothing_open = not (self.failure or self.wrong or self.questions)
        return nothing_open and any(one.is_change for one in self.registers)

    @property
    def touched(self) -> tuple[tuple[str, int], ...]:
        """The offices and years whose registers importing changes."""
        return tuple(dict.fromkeys((one.code, one.year) for one in self.registers if one.is_change))


def kept_reading(home: Path, submission: Submission) -> SubmissionReading | None:
    """Return what was found in a submission when it was read last; None if it was not read to the end."""
    try:
        return _readings().validate_json(folder_of(home, submission).read(_FILE, most=_MOST_JSON))
    except (OSError, ValidationError):
        return None
    except ForgedError:
        return SubmissionReading(failure="上次读出来的结果在文件夹里被改过，不用它：请再读一遍")


def forget_reading(home: Path, submission: Submission) -> None:
    """Forget what was found in a submission that is about to change: whatever happens, the person never sees it as of now."""
    folder_of(home, submission).remove(_FILE)


def keep_reading(home: Path, submission: Submission, reading: SubmissionReading) -> None:
    """Keep what was found in a submission beside its files, while it is there."""
    with suppress(FileNotFoundError):
        folder_of(home, submission).keep(_readings().dump_json(reading), _FILE)


@lru_cache
def _readings() -> TypeAdapter[SubmissionReading]:
    return TypeAdapter(SubmissionReading)
