"""Answers to questions of an import written where they belong: params/columns.yaml or params/records.yaml.

Lines of params/columns.yaml are also kept and taken back one by one, as a person looks through them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ..errors import NotFoundError, ParamsError
from ..registers.intake.own_words import COLUMNS, read_own_words, written_lines
from ..registers.questions import Answer, Question
from ..workspace.files import read_regular
from ..workspace.home import FOLDER
from ..workspace.params_file import write_params_file
from ..workspace.project import Project, require_readable
from ..workspace.records_params import RECORDS, read_records_params
from .yaml_edit import in_one_line, quoted, remove_value, set_value

_FILES = {"columns": COLUMNS, "records": RECORDS}
Lines = list[tuple[tuple[str, ...], object]]
"""Values of a YAML file by their paths."""


@dataclass(frozen=True)
class OwnLine:
    """A line of params/columns.yaml: its section, the heading or word that an office writes, and what it stands for."""

    section: str
    name: str
    value: str


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

    def with_lines(text: str) -> str:
        for place, value in lines:
            if isinstance(value, dict):
                value = in_one_line({**value, "person": quoted(person), "reason": quoted(reason)})
            text = set_value(text, place, quoted(value) if isinstance(value, str) else value, {})
        return text

    _change(project, _FILES[question.kept], with_lines)


def keep_lines(project: Project, lines: Iterable[OwnLine]) -> None:
    """Keep lines of params/columns.yaml, each in the place of an earlier one of its name. Raises ParamsError as keep_answer."""

    def with_lines(text: str) -> str:
        for line in lines:
            text = set_value(text, (line.section, line.name), quoted(line.value), {})
        return text

    _change(project, COLUMNS, with_lines)


def take_back_line(project: Project, section: str, name: str) -> None:
    """Take a line out of params/columns.yaml. Raises NotFoundError if it is not there, ParamsError as keep_answer."""
    known = written_lines(project.home / FOLDER / COLUMNS)
    if name not in known.get(section, {}):
        raise NotFoundError("没有这一条：已经取消了，或者别人改过")
    _change(project, COLUMNS, lambda text: remove_value(text, (section, name)))


def _change(project: Project, name: str, change: Callable[[str], str]) -> None:
    """Change a file of params/; leave it as it was if it is invalid then."""
    path = project.home / FOLDER / name
    before = ""
    if path.is_file():
        require_readable(project.home, [path])
        before = read_regular(path, follow=False).decode().replace("\r\n", "\n")
    write_params_file(path, change(before))
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
