"""A register as it was read from one sheet of a file, before it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from ..errors import Problem
from .questions import Question
from .schema import registers

Value = str | int | bool | date | None
"""A field of a record as the store holds it: an amount in 分, None where nothing was written."""
Record = Mapping[str, Value]
"""The fields of one record by their keys."""

MARKED = "标错"
"""What the name of our own marked copy of a refused file ends with."""


@dataclass(frozen=True)
class Sheet:
    """One register of one office and year: the row number of each record, and the values column by column.

    columns holds the kept fields that the file has by their keys, one value a record. personal holds what stood in the personal columns
    that the file has, as text; the store keeps a keyed hash of it. warnings are probably mistakes, and loaded.
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
        """Return the sheet of records written one by one, each with its row number."""
        rows = tuple(records)
        lines = tuple(line for line, _ in rows)
        given = {key for _, row in rows for key in row}
        kept = (field.key for field in registers()[register].kept if field.key in given)
        columns = {key: tuple(row.get(key) for _, row in rows) for key in kept}
        return cls(register, code, year, file, sheet, lines, columns)

    @property
    def records(self) -> tuple[tuple[int, Record], ...]:
        """The records one by one, each with its row number."""
        rows = zip(*self.columns.values(), strict=True)
        return tuple(
            (line, dict(zip(self.columns, row, strict=True))) for line, row in zip(self.lines, rows, strict=True)
        )

    @property
    def sha256(self) -> str:
        """A hash of what the sheet says, whatever file it stands in."""
        nothing = (None,) * len(self.lines)
        rows = zip(*(self.columns.get(kept.key, nothing) for kept in registers()[self.register].kept), strict=True)
        said = sha256()
        for i, (line, row) in enumerate(zip(self.lines, rows, strict=True)):
            text = f"{line}\x1f" + "\x1f".join(map(str, row))
            said.update((f"\n{text}" if i else text).encode("utf-8", "replace"))
        return said.hexdigest()


@dataclass(frozen=True)
class LeftOut:
    """A sheet of a file that is no register, and why it was left out."""

    sheet: str
    why: str


@dataclass(frozen=True)
class FileReading:
    """What a file says: every register in it, or everything that is wrong and everything that is asked; never both.

    left_out are the sheets that none of the registers was read from.
    """

    sheets: tuple[Sheet, ...] = ()
    problems: tuple[Problem, ...] = ()
    questions: tuple[Question, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether the registers may be kept."""
        return not self.problems and not self.questions
