"""What is found in a submission of registers as its page shows it: questions with answers to choose, cells that change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from ....editing.answers import lines_of, needs_reason
from ....registers.questions import Answer, Question
from ...submission_result import CellChange
from .browser_words import in_browser

_WHERE_TO_WRITE = re.compile(
    r"[，；]?(?:不都一样的，逐格改写；|整个文件都是一种的，选一种，)?(?:都一样的，)?写在“[^”]*:”下面"
)
"""The end of a question that says where in a file its answer is written: here a person chooses it."""
_NOTHING = "没有数"


@dataclass(frozen=True)
class AnswerChoice:
    """An answer as it is shown: what it does to the figures; without a key it is something to do, not to choose."""

    key: str
    label: str
    effect: str


@dataclass(frozen=True)
class AskedQuestion:
    """A question as a group of fields: reason_name names the field for a reason, "" if none is kept.

    lasts says where the answer is kept that holds for the office from then on, "" if it holds for this import only.
    """

    name: str
    where: str
    text: str
    choices: tuple[AnswerChoice, ...]
    to_do: tuple[AnswerChoice, ...]
    reason_name: str
    lasts: str


@dataclass(frozen=True)
class TableChanges:
    """The cells of a table that importing changes; zeros is the number of those that had no figure and get 0."""

    title: str
    cells: tuple[CellChange, ...]
    zeros: int


def field_name(question: Question) -> str:
    """Return the name of the field with the answer to a question, the same in every run."""
    return "q" + sha256(f"{question.code}\0{question.subject}".encode()).hexdigest()[:20]


def is_choice(question: Question, answer: Answer) -> bool:
    """Return whether an answer can be taken here: the others ask a person to change the file."""
    return question.kept == "import" or bool(lines_of(question, answer))


def asked(questions: Iterable[Question]) -> list[AskedQuestion]:
    """Return the questions as they are asked in a page."""
    return [_asked(question) for question in questions]


def _asked(question: Question) -> AskedQuestion:
    taken = {answer.key: is_choice(question, answer) for answer in question.answers}
    name = field_name(question)
    reasoned = any(needs_reason(question, answer) for answer in question.answers)
    return AskedQuestion(
        name,
        question.where,
        in_browser(_WHERE_TO_WRITE.sub("", question.text)),
        tuple(AnswerChoice(one.key, one.label, in_browser(one.effect)) for one in question.answers if taken[one.key]),
        tuple(AnswerChoice("", one.label, in_browser(one.ready)) for one in question.answers if not taken[one.key]),
        f"why-{name}" if reasoned else "",
        question.kept if question.kept in ("columns", "records") else "",
    )


def given_answers(questions: Iterable[Question], filled: Mapping[str, str]) -> list[tuple[Question, Answer, str]]:
    """Return the questions that a form answers, with the answer and the reason."""
    found = []
    for question in questions:
        name = field_name(question)
        answer = question.answer(filled.get(name, ""))
        if answer and is_choice(question, answer):
            found.append((question, answer, filled.get(f"why-{name}", "").strip()))
    return found


def table_changes(cells: Sequence[CellChange]) -> list[TableChanges]:
    """Return the cells that importing changes by office, year and table."""
    found: dict[str, list[CellChange]] = {}
    for one in cells:
        found.setdefault(f"{one.office} {one.year} 年 {one.table}", []).append(one)
    return [_table(title, changed) for title, changed in found.items()]


def _table(title: str, changed: Sequence[CellChange]) -> TableChanges:
    shown = tuple(one for one in changed if (one.old, one.new) != (_NOTHING, "0"))
    return TableChanges(title, shown, len(changed) - len(shown))
