"""What params/columns.yaml says of columns that a file does not have, asked where the file's names say another thing."""

from __future__ import annotations

from collections.abc import Iterator

from ..questions import Answer, Inquiry, Question, QuestionPlace
from ..schema import Register
from ..words import book
from .own_words import Constants
from .places import Where


def constants_of(
    given: Constants, register: Register, where: Where, said: str, whose: str, inquiry: Inquiry
) -> Iterator[tuple[str, str | bool, str]]:
    """Yield each field with its value and what is told of it; said is what the names of the file, sheet, columns say."""
    for key, value in given.items():
        field = register[key]
        stems = book().in_headings.get(f"{register.key}.{key}", {})
        found = {kind: stem for kind, words in stems.items() for stem in words if stem in said}
        if found and value not in found:
            label, words = field.label(value), "”“".join(dict.fromkeys(found.values()))
            choices = [Answer(str(kind), field.label(kind), book().counted) for kind in (value, *found)]
            values = {"heading": field.heading, "value": label, "found": words}
            subject = f"{whose}/{where.sheet}/{field.heading}"
            question = Question.of("constant.other", subject, QuestionPlace(where.file, where.sheet), values, choices)
            value = inquiry.ask(question) or value
        yield key, value, book().constant.format(heading=field.heading, value=field.label(value))
