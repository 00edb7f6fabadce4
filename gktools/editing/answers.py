"""Answers to questions of an import written where they belong: params/columns.yaml or params/records.yaml."""

from __future__ import annotations

from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ..errors import NotFoundError, ParamsError
from ..registers.intake.own_words import COLUMNS, read_own_words
from ..registers.questions import Answer, Question
from ..workspace.home import FOLDER
from ..workspace.params_file import write_params_file
from ..workspace.project import Project, require_readable
from ..workspace.records_params import RECORDS, read_records_params
from .yaml_edit import in_one_line, quoted, set_value

_FILES = {"columns": COLUMNS, "records": RECORDS}
Lines = list[tuple[tuple[str, ...], object]]
"""Values of a YAML file by their paths."""


def lines_of(question: Question, answer: Answer) -> Lines:
    """Return what an answer adds to its file; nothing where its text is an instruction to a person."""
    if question.kept not in _FILES:
        return []
    try:
        data = YAML(typ="safe").load(answer.ready)
    except YAMLError:
        return []
    section = (question.section,) if question.kept == "columns" else ()
    return list(_leaves(data, section)) if isinstance(data, dict) and (section != ("",)) else []


def keep_answer(project: Project, question: Question, answer: Answer, person: str, reason: str) -> None:
    """Add an answer to the file it is kept in, its other lines unchanged.

    person and reason are written where the file has a place for them. Raises ParamsError, and leaves the file as it was,
    if the file is invalid with it; NotFoundError if the answer is no line of a file.
    """
    lines = lines_of(question, answer)
    if not lines:
        raise NotFoundError(answer.ready)
    path = project.home / FOLDER / _FILES[question.kept]
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    if before:
        require_readable(project.home, [path])
    text = before
    for place, value in lines:
        if isinstance(value, dict):
            value = in_one_line({**value, "person": quoted(person), "reason": quoted(reason)})
        text = set_value(text, place, quoted(value) if isinstance(value, str) else value, {})
    write_params_file(path, text)
    try:
        read_own_words(project.home / FOLDER / COLUMNS, project.find)
        read_records_params(project.home / FOLDER / RECORDS)
    except ParamsError:
        if before:
            write_params_file(path, before)
        else:
            path.unlink()
        raise


def needs_reason(question: Question, answer: Answer) -> bool:
    """Return whether an answer is kept with a person and a reason."""
    return any(isinstance(value, dict) and "reason" in value for _, value in lines_of(question, answer))


def _leaves(data: dict[object, object], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield the values of a mapping by path; a mapping with a person is one value."""
    for key, value in data.items():
        place = (*path, str(key))
        if isinstance(value, dict) and "person" not in value:
            yield from _leaves(value, place)
        else:
            yield place, value if isinstance(value, dict) else str(value)
