"""The parameters of an office as a form: its rows, and the values submitted.

A form is submitted as names and texts. A name is a field's path with dots; if `name!default` is checked the office's
own value is removed, if `name!blank` is checked an empty text is intended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from ....editing.fields import FieldPath, FormField, fields
from ....editing.office_file import SOURCES, OfficeFile
from ....errors import Problem
from ....workspace.output import hash_bytes
from ....workspace.params_models import ReportParams
from .browser_words import in_browser

Filled = Mapping[str, Sequence[str]]
"""The submitted texts by name."""
DEFAULT, BLANK = "!default", "!blank"


@dataclass(frozen=True)
class Row:
    """A form field with its value, the source of the value, and its errors."""

    field: FormField
    name: str
    filled: Any
    blank: bool = False
    dropped: bool = False
    source: str = ""
    own: bool = False
    notes: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    stands_for: str = ""
    """What is printed while the box is blank."""

    @property
    def control(self) -> str:
        """The kind of input; a one-line field whose value has several lines becomes a text area."""
        if self.field.kind in ("text", "labels") or (self.field.kind == "line" and "\n" in self.filled):
            return "text"
        return "choice" if self.field.choices and self.field.kind != "several" else self.field.kind

    @property
    def lines(self) -> int:
        """The height of the text area in lines, from 3 to 16; one that is blank shows its text whole, as it does not scroll."""
        text, width = (str(self.filled), 38) if self.filled else (self.stands_for, 24)
        return min(max(3, sum(1 + len(line) // width for line in text.split("\n"))), 16)


@dataclass(frozen=True)
class EditPanel:
    """The rows of one group of parameters, by subheading."""

    key: str
    title: str
    description: str
    parts: tuple[tuple[str, tuple[Row, ...]], ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows of the panel."""
        return tuple(row for _, rows in self.parts for row in rows)

    @property
    def wrong(self) -> int:
        """The number of rows with errors."""
        return sum(bool(row.errors) for row in self.rows)


def file_state(file: OfficeFile) -> str:
    """Return the hash of an office's file, submitted with the form to detect concurrent changes; "" if missing."""
    return hash_bytes(file.content) if file.content is not None else ""


def panels(
    file: OfficeFile,
    filled: Filled | None = None,
    problems: Iterable[Problem] = (),
    defaults: Mapping[FieldPath, str] | None = None,
) -> tuple[EditPanel, ...]:
    """Return the panels of the form with the values of the file or those submitted, and each problem at its field.

    defaults are what blank boxes stand for.
    """
    wrong: dict[str, list[str]] = {}
    for problem in problems:
        wrong.setdefault(problem.file, []).append(_message(problem))
    rows = [
        replace(
            _row(file, field, filled, tuple(wrong.get(field.name, ()))), stands_for=(defaults or {}).get(field.path, "")
        )
        for field in fields(ReportParams)
    ]
    return tuple(
        EditPanel(group.key, group.title, group.description, tuple(_under_headings(list(held))))
        for group, held in groupby(rows, lambda row: row.field.groups[0])
    )


def beside_fields(problems: Iterable[Problem]) -> list[str]:
    """Return the problems that belong to no field of the form, as sentences."""
    names = {field.name for field in fields(ReportParams)}
    return [in_browser(str(problem)) for problem in problems if problem.file not in names]


def changes(file: OfficeFile, filled: Filled) -> dict[FieldPath, Any]:
    """Return the changed values of a form by field, None for a removed one; fields not submitted are unchanged."""
    found: dict[FieldPath, Any] = {}
    for field in fields(ReportParams):
        name = ".".join(field.path)
        if name not in filled and name + DEFAULT not in filled:
            continue
        shown, given = _row(file, field, None), _row(file, field, filled)
        if given.dropped:
            found[field.path] = None
        elif (given.filled, given.blank) != (shown.filled, shown.blank):
            found[field.path] = "" if given.blank else field.parse(given.filled)
    return found


def names_of(changed: Iterable[FieldPath]) -> list[str]:
    """Return the names of fields in the form."""
    known = {field.path: field.name for field in fields(ReportParams)}
    return [known[path] for path in changed]


def _row(file: OfficeFile, field: FormField, filled: Filled | None, errors: tuple[str, ...] = ()) -> Row:
    name, value = ".".join(field.path), file.value(field)
    source = file.source(field)
    shown = Row(
        field,
        name,
        field.format(value),
        blank=bool(field.blank) and value == "",
        source=SOURCES[source],
        own=source == "office",
        notes=(*field.notes, *_inherited(file, field)),
        errors=errors,
    )
    return shown if filled is None else _filled(shown, filled)


def _filled(row: Row, filled: Filled) -> Row:
    """A row with the submitted value instead of the file's."""
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
    """The submitted value of a field, in the type of its input."""
    if field.kind == "several":
        return tuple(text for text in texts if text)
    text = texts[-1].replace("\r\n", "\n")
    return next((choice.value for choice in field.choices if choice_text(choice.value) == text), text)


def choice_text(value: str | bool) -> str:
    """Return a choice's value as the form submits it."""
    return str(value).lower() if isinstance(value, bool) else value


def _inherited(file: OfficeFile, field: FormField) -> list[str]:
    if field.kind == "labels" and (held := file.inherits(field)):
        return [f"默认里已有：{field.format(held).replace(chr(10), '；')}"]
    return []


def _message(problem: Problem) -> str:
    return in_browser(problem.message) + (f"（填的是“{problem.value}”）" if problem.value is not None else "")


def _under_headings(rows: list[Row]) -> Iterator[tuple[str, tuple[Row, ...]]]:
    for groups, held in groupby(rows, lambda row: row.field.groups):
        yield " › ".join(group.title for group in groups[1:]), tuple(held)
