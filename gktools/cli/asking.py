"""The questions of an import asked at the terminal, one after the other."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

from ..editing.answers import keep_answer, lines_of, needs_reason
from ..errors import steering_character
from ..registers.intake.own_words import COLUMNS, read_own_words
from ..registers.questions import Answer, Answers, Question, option
from ..workspace.home import FOLDER
from ..workspace.project import Project
from .importing import ImportSummary, Intake

Read = Callable[[str], str]


def at_terminal() -> bool:
    """Return whether a person can be asked: input and output are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def run_and_ask(intake: Intake, paths: Sequence[Path], read: Read = input) -> ImportSummary:
    """Import files, ask every question that comes up, and return the summary once none is open.

    Answers that hold longer than the import are written to params/columns.yaml or params/records.yaml. Where the person
    does not answer, nothing is imported, and the open questions are listed as without a terminal.
    """
    while True:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            summary = replace(intake, asks=True).run(paths)
        if not summary.questions:
            print(out.getvalue(), end="")
            print(err.getvalue(), end="", file=sys.stderr)
            return summary
        answers = _ask(intake.project, summary.questions, intake.answers, read)
        own = read_own_words(intake.project.home / FOLDER / COLUMNS, intake.project.find)
        intake = replace(intake, own=own, answers=answers or intake.answers)
        if answers is None:
            return intake.run(paths)


def _ask(project: Project, questions: Sequence[Question], answers: Answers, read: Read) -> Answers | None:
    """Return the answers with those to the questions; None if one is not answered here."""
    given = dict(answers.given)
    for number, question in enumerate(questions, start=1):
        print(f"（{number}/{len(questions)}）{question.where}：{question.text}")
        for i, known in enumerate(question.answers, start=1):
            print(f"  {i}. {known.label}：{known.effect}" if known.effect else f"  {i}. {known.label}")
        answer = _choose(question, read)
        if answer is not None and question.kept == "import":
            given[question.code, question.subject] = answer.key
        elif answer is not None and lines_of(question, answer):
            reason = _reason(read) if needs_reason(question, answer) else ""
            keep_answer(project, question, answer, answers.person, reason)
        else:
            if answer is not None:
                print(f"请照这一条办，再导一次：{answer.ready}")
            if new := [option(*at, key) for at, key in given.items() if at not in answers.given]:
                print(f"前面答过的，再导时加上：{' '.join(new)}")
            return None
    return replace(answers, given=given)


def _choose(question: Question, read: Read) -> Answer | None:
    """Return the answer that the person chooses by its number; None for an empty line or the end of input."""
    count = len(question.answers)
    while True:
        try:
            typed = read(f"选 1–{count}，直接按回车以后再答：").strip()
        except EOFError:
            return None
        if not typed:
            return None
        if typed.isdecimal() and 1 <= int(typed) <= count:
            return question.answers[int(typed) - 1]
        print(f"请写 1 到 {count} 里的一个数")


def _reason(read: Read) -> str:
    while len(reason := read("为什么这样定（写进参数，以后看得到）：").strip()) < 2 or steering_character(reason):
        print("请写明为什么，用看得见的字")
    return reason
