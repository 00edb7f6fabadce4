"""What each notice prescribes, as data: one file a notice, named by its first report year."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter

from ..errors import FormatError, NoFormatForYear, Problem
from ..forms import Block, Form, Heading, Identity, Notice, ReportFormat, Requirements, Section
from ..yamlfile import UnreadableYamlError, parse_yaml, validate

FOLDER = Path(__file__).parent

for _value in (Block, Form, Heading, Identity, Notice, ReportFormat, Requirements, Section):
    _value.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]

_ADAPTER = TypeAdapter(ReportFormat)


def load_format(year: int) -> ReportFormat:
    """Return the format in force for a report year: the newest whose first year is not later.

    Raises NoFormatForYear before the first one.
    """
    known = formats()
    for form in reversed(known):
        if form.first_year <= year:
            return form
    raise NoFormatForYear(year, earliest=known[0].first_year)


@lru_cache
def formats() -> tuple[ReportFormat, ...]:
    """Return every known format, the oldest first."""
    return tuple(
        sorted(
            (read_format(path.read_text(encoding="utf-8"), path.name) for path in FOLDER.glob("[0-9]*.yaml")),
            key=lambda form: form.first_year,
        )
    )


def read_format(text: str, name: str) -> ReportFormat:
    """Build a format from the text of a format file; name is for the messages.

    Raises FormatError, with file and line, for an unknown property, a key given twice, a label path given
    twice or a total, identity or section that names nothing.
    """
    try:
        document = parse_yaml(text, name)
    except UnreadableYamlError as error:
        raise FormatError(problems=[error.problem]) from None
    value, problems = validate(_ADAPTER, document)
    if problems:
        raise FormatError(problems=problems)
    form: ReportFormat = value
    if found := [document.problem(path, message) for path, message in _contradictions(form)]:
        raise FormatError(problems=found)
    return form


def _contradictions(format_: ReportFormat) -> list[tuple[tuple[str | int, ...], str]]:
    found: list[tuple[tuple[str | int, ...], str]] = []
    keys = {form.key for form in format_.forms}
    for i, section in enumerate(format_.sections):
        if section.form and section.form not in keys:
            found.append((("sections", i, "form"), f"没有“{section.form}”这张表"))
    for i, form in enumerate(format_.forms):
        for j, block in enumerate(form.blocks):
            for side in ("rows", "columns"):
                found += _twice(getattr(block, side), ("forms", i, "blocks", j, side))
        rows = {row for row, _ in form.cells}
        for j, identity in enumerate(form.identities):
            for row in (*identity.left, *identity.right):
                if row not in rows:
                    found.append((("forms", i, "identities", j), f"勾稽关系里的“{row}”不是表里的行"))
    return found


def _twice(
    headings: tuple[Heading, ...], path: tuple[str | int, ...]
) -> list[tuple[tuple[str | int, ...], str]]:
    found: list[tuple[tuple[str | int, ...], str]] = []
    keys: set[str] = set()
    labels: set[str] = set()
    for i, heading in enumerate(headings):
        if heading.key in keys:
            found.append(((*path, i), f"同一级里有两个“{heading.key}”"))
        if heading.label and heading.label in labels:
            found.append(((*path, i), f"同一级里有两个“{heading.label}”"))
        keys.add(heading.key)
        labels.add(heading.label)
        found += _twice(heading.parts, (*path, i, "parts"))
    return found


__all__ = ["FOLDER", "FormatError", "Problem", "formats", "load_format", "read_format"]
