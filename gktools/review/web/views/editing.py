"""The parameters of an office as a form in a page: its rows, and what came back from it.

A form comes back as names and texts. A name is a field's path with dots; `name!default` ticked takes the office's own
value out, `name!blank` ticked says that an empty text is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ....editing.fields import FieldPath, FormField, fields
from ....editing.office_file import SOURCES, OfficeFile
from ....errors import Problem
from ....workspace.output import hash_bytes
from ....workspace.params_models import ReportParams

Filled = Mapping[str, Sequence[str]]
"""What a form sent: the texts of every name."""
DEFAULT, BLANK = "!default", "!blank"


@dataclass(frozen=True)
class Row:
    """One field as it is shown: what is filled in, where its value comes from, what is wrong with it."""

    field: FormField
    name: str
    filled: Any
    blank: bool = False
    dropped: bool = False
    source: str = ""
    own: bool = False
    notes: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def control(self) -> str:
        """What it is filled in with; a line that already holds several is not squeezed into one."""
        if self.field.kind in ("text", "labels") or (self.field.kind == "line" and "\n" in self.filled):
            return "text"
        return "choice" if self.field.choices and self.field.kind != "several" else self.field.kind

    @property
    def lines(self) -> int:
        """How many lines of the form its text needs, within reason."""
        return min(max(3, sum(1 + len(line) // 38 for line in str(self.filled).split("\n"))), 16)


@dataclass(frozen=True)
class EditPanel:
    """The rows of one group of parameters, by the headings of its inner groups."""

    key: str
    title: str
    description: str
    parts: tuple[tuple[str, tuple[Row, ...]], ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All of them."""
        return tuple(row for _, rows in self.parts for row in rows)

    @property
    def wrong(self) -> int:
        """How many of them have something wrong."""
        return sum(bool(row.errors) for row in self.rows)


def state(file: OfficeFile) -> str:
    """Return what tells one state of an office's file from another: the form sends it back."""
    return hash_bytes(file.content) if file.content is not None else ""


def panels(file: OfficeFile, filled: Filled | None = None, problems: Iterable[Problem] = ()) -> tuple[EditPanel, ...]:
    """Return the form's groups: as the file is, or as it was filled in, each problem at its field."""
    wrong: dict[str, list[str]] = {}
    for problem in problems:
        wrong.setdefault(problem.file, []).append(_said(problem))
    rows = [_row(file, field, filled, tuple(wrong.get(field.name, ()))) for field in fields(ReportParams)]
    return tuple(
        EditPanel(group.key, group.title, group.description, tuple(_under_headings(list(held))))
        for group, held in groupby(rows, lambda row: row.field.groups[0])
    )


def beside_fields(problems: Iterable[Problem]) -> list[str]:
    """Return the problems that no field of the form has, as sentences."""
    names = {field.name for field in fields(ReportParams)}
    return [str(problem) for problem in problems if problem.file not in names]


def changes(file: OfficeFile, filled: Filled) -> dict[FieldPath, Any]:
    """Return the values that were changed in a form, None for one that is taken out; what was not sent stays."""
    found: dict[FieldPath, Any] = {}
    for field in fields(ReportParams):
        name = ".".join(field.path)
        if name not in filled and name + DEFAULT not in filled:
            continue
        shown, given = _row(file, field, None), _row(file, field, filled)
        if given.dropped:
            found[field.path] = None
        elif (given.filled, given.blank) != (shown.filled, shown.blank):
            found[field.path] = "" if given.blank else field.read(given.filled)
    return found


def names_of(changed: Iterable[FieldPath]) -> list[str]:
    """Return what the form calls fields."""
    known = {field.path: field.name for field in fields(ReportParams)}
    return [known[path] for path in changed]


def _row(file: OfficeFile, field: FormField, filled: Filled | None, errors: tuple[str, ...] = ()) -> Row:
    name, value = ".".join(field.path), file.value(field)
    source = file.source(field)
    shown = Row(
        field,
        name,
        field.write(value),
        blank=bool(field.blank) and value == "",
        source=SOURCES[source],
        own=source == "office",
        notes=(*field.notes, *_inherited(file, field)),
        errors=errors,
    )
    return shown if filled is None else _filled(shown, filled)


def _filled(row: Row, filled: Filled) -> Row:
    """A row with what was filled in instead of what the file says."""
    texts = filled.get(row.name)
    return Row(
        row.field,
        row.name,
        row.filled if texts is None else _given(row.field, texts),
        blank=row.name + BLANK in filled if texts is not None else row.blank,
        dropped=row.name + DEFAULT in filled,
        source=row.source,
        own=row.own,
        notes=row.notes,
        errors=row.errors,
    )


def _given(field: FormField, texts: Sequence[str]) -> Any:
    """What a form sent for a field, in the shape in which the field is filled in."""
    if field.kind == "several":
        return tuple(text for text in texts if text)
    text = texts[-1].replace("\r\n", "\n")
    return next((choice.value for choice in field.choices if word(choice.value) == text), text)


def word(value: str | bool) -> str:
    """Return a choice's value as a form sends it."""
    return str(value).lower() if isinstance(value, bool) else value


def _inherited(file: OfficeFile, field: FormField) -> list[str]:
    if field.kind == "labels" and (held := file.inherits(field)):
        return [f"默认里已有：{field.write(held).replace(chr(10), '；')}"]
    return []


def _said(problem: Problem) -> str:
    return problem.message + (f"（填的是“{problem.value}”）" if problem.value is not None else "")


def _under_headings(rows: list[Row]) -> Iterator[tuple[str, tuple[Row, ...]]]:
    for groups, held in groupby(rows, lambda row: row.field.groups):
        yield " › ".join(group.title for group in groups[1:]), tuple(held)
