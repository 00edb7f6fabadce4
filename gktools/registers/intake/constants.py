"""Columns that a file does not have, the same in every row: what params/columns.yaml says, or a question.

What it says is asked about where the names of the file, the sheet and the columns say another thing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from ..questions import Answer, Inquiry, Question, QuestionPlace, each
from ..schema import Field, Register
from ..words import book
from .own_words import Constants, section_of
from .places import Where


@dataclass(frozen=True)
class NamesSaid:
    """The names of a file, its sheet and its columns, which may say what every row is; unread are columns not read."""

    where: Where
    words: Sequence[Sequence[str]]
    unread: Collection[int]

    def of(self, register: Register, field: Field) -> dict[str | bool, str]:
        """The values of a field that the names say, each with the word that says it."""
        return self._in(register, field, " ".join((self.where.file, self.where.sheet, *chain(*self.words))))

    def plainly(self, register: Register, field: Field) -> dict[str | bool, str]:
        """Those that the names of what is read say."""
        read = (word for i, words in enumerate(self.words) if i not in self.unread for word in words)
        return self._in(register, field, " ".join((self.where.file, self.where.sheet, *read)))

    def _in(self, register: Register, field: Field, said: str) -> dict[str | bool, str]:
        stems = book().in_headings.get(f"{register.key}.{field.key}", {})
        found = {kind: stem for kind, words in stems.items() for stem in words if stem in said}
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


def missing_constant(register: Register, field: Field, names: NamesSaid, line: int, office: str) -> Question:
    """Ask which value a missing column has in every row; those that the names say stand first."""
    found = names.of(register, field)
    labels = dict.fromkeys((*(field.label(kind) for kind in found), *field.allowed))
    choices = each("constant.none", ({"label": label, "heading": field.heading} for label in labels))
    place = QuestionPlace(names.where.file, names.where.sheet, (line,))
    values = {"heading": field.heading, "section": section_of(register, office)}
    return Question.of("constant.none", field.heading, place, values, choices)
