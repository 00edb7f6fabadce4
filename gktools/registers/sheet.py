"""A register as read from one sheet of a file, before it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Literal

from ..errors import Problem
from .questions import Question
from .schema import fold, registers

Value = str | int | bool | date | None
"""A field of a record as stored: an amount in 分, None for no value."""
Record = Mapping[str, Value]
"""The fields of one record by their keys."""

MARKED, MENDED = "标错", "已改"
"""The suffixes of the names of copies of a file: of a refused one with its mistakes marked, and of one mended in a page."""
ENTERED = "页面填写"
"""The file of a record that was entered in a form: no file that is handed in has a name without a suffix."""
COMPLETED = "页面填写：本年登记完了"
"""The file, without records, by which a person states that a register entered in forms is complete for the year."""
EXPORTED = "（导出）"
"""What the name of a file has that was exported from the store."""
AS_STORED = "（已填，不显示）"
"""In a personal column: what is stored of this record, of which only the keyed hash is kept, stays."""


def is_as_stored(text: str) -> bool:
    """Return whether a personal cell says AS_STORED, with brackets of whatever width."""
    return bool(text) and fold(text) == fold(AS_STORED)


@dataclass(frozen=True)
class Sheet:
    """One register of one office and year: the row number of each record (from 1), and the values by column.

    columns has the stored fields in the file by key, one value for each record; personal the texts of the personal
    columns, of which the store gets a keyed hash. warnings are probable mistakes that do not prevent the import.
    """

    register: str
    code: str
    year: int
    file: str
    sheet: str
    lines: tuple[int, ...]
    columns: Mapping[str, Sequence[Value]]
    personal: Mapping[str, Sequence[str]] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @classmethod
    def of(
        cls,
        register: str,
        code: str,
        year: int,
        file: str,
        sheet: str,
        records: Iterable[tuple[int, Record]],
    ) -> Sheet:
        """Return the sheet of records given one by one, each with its row number."""
        rows = tuple(records)
        lines = tuple(line for line, _ in rows)
        given = {key for _, row in rows for key in row}
        kept = (field.key for field in registers()[register].kept if field.key in given)
        columns = {key: tuple(row.get(key) for _, row in rows) for key in kept}
        return cls(register, code, year, file, sheet, lines, columns)

    @property
    def in_form(self) -> bool:
        """Whether a form brought it: a record, or the statement that all are entered."""
        return self.file in (ENTERED, COMPLETED)

    @property
    def records(self) -> tuple[tuple[int, Record], ...]:
        """The records as mappings, each with its row number."""
        rows = zip(*self.columns.values(), strict=True)
        return tuple(
            (line, dict(zip(self.columns, row, strict=True))) for line, row in zip(self.lines, rows, strict=True)
        )

    @property
    def sha256(self) -> str:
        """The SHA-256, in hex, of row numbers and stored values; independent of file and sheet names."""
        nothing = (None,) * len(self.lines)
        rows = zip(*(self.columns.get(kept.key, nothing) for kept in registers()[self.register].kept), strict=True)
        said = sha256()
        for i, (line, row) in enumerate(zip(self.lines, rows, strict=True)):
            text = f"{line}\x1f" + "\x1f".join(map(str, row))
            said.update((f"\n{text}" if i else text).encode("utf-8", "replace"))
        return said.hexdigest()


@dataclass(frozen=True)
class LeftOut:
    """A sheet of a file that is not imported, and the reason: a key such as empty or hidden."""

    sheet: str
    why: str


Why = Literal["heading", "alias", "unit", "own", "passed_over", "second", "asked", "unknown"]
"""Why a column was taken for a field: its heading is the field's, another name of it, one of these with a unit, or mapped
by the office; or why it was not: the heading says nothing that is counted, the field has a column, it is asked about, unknown."""


@dataclass(frozen=True)
class MatchedColumn:
    """A column of a sheet, by its index, and the key of the field it was taken for, "" for none, with the reason.

    filled: some of the first records have a content there; samples are up to three of these, none of them of a column that
    is or may be personal or confidential.
    """

    place: int
    heading: str
    field: str
    why: Why
    filled: bool = False
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class MatchedWord:
    """A word that stands for a value of a field by the dictionary or, own, by the office's words, in so many cells."""

    field: str
    word: str
    value: str
    cells: int
    own: bool = False


@dataclass(frozen=True)
class MatchedSheet:
    """What a sheet of a file was taken for: the key of a register, "" for none, with its columns and words.

    office is the code of the office it is of, heading the last row of its heading. left_out is the key of LeftOut, "" if it has none.
    """

    sheet: str
    register: str = ""
    office: str = ""
    columns: tuple[MatchedColumn, ...] = ()
    words: tuple[MatchedWord, ...] = ()
    heading: int = 0
    left_out: str = ""


@dataclass(frozen=True)
class FileReading:
    """The result of reading a file: either its registers, or the mistakes and the open questions.

    left_out are the sheets from which no register was read; matched says of all sheets what they were taken for.
    """

    sheets: tuple[Sheet, ...] = ()
    problems: tuple[Problem, ...] = ()
    questions: tuple[Question, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    matched: tuple[MatchedSheet, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether the registers may be stored: no mistake, no open question."""
        return not self.problems and not self.questions
