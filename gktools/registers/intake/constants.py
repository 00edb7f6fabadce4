"""Columns that a file does not have, the same in every row: what params/columns.yaml says, or a question.

What it says is asked about where the names of the file, the sheet and the columns say another thing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from ..questions import Answer, Inquiry, Question, QuestionPlace, each
from ..schema import Field, Register
from ..word_warnings import format_agreed
from ..words import book
from .own_words import Constants, section_of
from .places import Where


@dataclass(frozen=True)
class NamesSaid:
    """The names of a file, its sheet and its columns, which may say what every row is; unread are columns not read, titles
    the texts above the heading."""

    where: Where
    words: Sequence[Sequence[str]]
    unread: Collection[int]
    titles: Sequence[str] = ()

    def of(self, register: Register, field: Field) -> dict[str | bool, str]:
        """The values of a field that the names say, each with the word that says it."""
        return self._in(register, field, " ".join((self.where.file, self.where.sheet, *chain(*self.words))))

    def plainly(self, register: Register, field: Field) -> dict[str | bool, str]:
        """Those that the names of what is read say."""
        read = (word for i, words in enumerate(self.words) if i not in self.unread for word in words)
        return self._in(register, field, " ".join((self.where.file, self.where.sheet, *read)))

    def agreed(self, register: Register, field: Field) -> str:
        """The kind that two of the headings, the titles and the names of sheet and file say, and none says otherwise;
        empty if there is none. Without the headings one of them has to name the kind in full.
        """
        if field.type != "kind":
            return ""
        sheet, file = self.where.sheet, self.where.file
        several = len(self._in(register, field, file)) > 1  # a workbook of several kinds, a sheet each
        parts = (" ".join(chain(*self.words)), " ".join(self.titles), sheet if several else f"{sheet} {file}")
        found = [kinds for part in parts if (kinds := self._in(register, field, part).keys())]
        value = str(min(set().union(*found), default=""))
        contrary = re.search(book().not_agreed, " ".join((file, sheet, *self.titles)))
        if contrary or len(found) < 2 or set().union(*found) != {value}:
            return ""
        said_by_headings = bool(self._in(register, field, parts[0]))
        return value if said_by_headings or any(field.label(value) in part for part in parts) else ""

    def _in(self, register: Register, field: Field, said: str) -> dict[str | bool, str]:
        stems = book().in_headings.get(f"{register.key}.{field.key}", {})
        matches = ((kind, re.search(stem, said)) for kind, words in stems.items() for stem in words)
        found = {kind: match[0] for kind, match in matches if match}
        return {kind == "true" if field.type == "yes_no" else kind: stem for kind, stem in found.items()}


def constants_of(
    given: Constants, register: Register, names: NamesSaid, whose: str, inquiry: Inquiry
) -> Iterator[tuple[str, str | bool, str]]:
    """Yield each field with its value and the warning about it; asked where the names say another value."""
    where = names.where
    for key, value in given.items():
        field = register[key]
        found = names.of(register, field)
        if (found and value not in found) or names.plainly(register, field).keys() - {value}:
            label, words = field.label(value), "”“".join(dict.fromkeys(found.values()))
            kinds = {str(kind): kind for kind in (value, *found)}
            choices = [Answer(key, field.label(kind), book().counted) for key, kind in kinds.items()]
            values = {"heading": field.heading, "value": label, "found": words}
            subject = f"{whose}/{where.sheet}/{field.heading}"
            question = Question.of("constant.other", subject, QuestionPlace(where.file, where.sheet), values, choices)
            value = kinds.get(inquiry.ask(question) or "", value)
        yield key, value, book().constant.format(heading=field.heading, value=field.label(value))


def told_agreed(agreed: Constants, register: Register) -> Iterator[tuple[str, str | bool, str]]:
    """Yield each field whose value the names agree on, with the value and the warning about it."""
    for key, value in agreed.items():
        yield key, value, format_agreed(register[key].heading, register[key].label(value))


def missing_constant(register: Register, field: Field, names: NamesSaid, line: int, office: str) -> Question:
    """Ask which value a missing column has in every row; those that the names say stand first."""
    found = names.of(register, field)
    labels = dict.fromkeys((*(field.label(kind) for kind in found), *field.allowed))
    choices = each("constant.none", ({"label": label, "heading": field.heading} for label in labels))
    place = QuestionPlace(names.where.file, names.where.sheet, (line,))
    values = {"heading": field.heading, "section": section_of(register, office)}
    return Question.of("constant.none", field.heading, place, values, choices)
