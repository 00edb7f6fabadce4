"""An office's parameter file for the form: the values in force with their sources, and changes saved.

Changes are validated in full before they are saved; a file with mistakes, or one changed by others since it was read,
is not written.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml.error import YAMLError

from ..errors import ParamsError, Problem, hidden_character
from ..text.sections import check_texts
from ..workspace.files import read_regular, temporary_folder
from ..workspace.home import FOLDER
from ..workspace.params_file import drafted_params_file
from ..workspace.params_models import ReportParams
from ..workspace.project import Project
from ..yamlfile import UnreadableYamlError, YamlDocument, parse_yaml, read_yaml
from .fields import FieldPath, FormField, fields, value_at
from .yaml_edit import in_one_line, literal, quoted, remove_value, set_value

HEADER = "# yaml-language-server: $schema=../parameters.schema.json\n"
Source = Literal["office", "year", "district", "built-in"]
SOURCES: Mapping[str, str] = {
    "office": "本机关",
    "year": "本年度默认",
    "district": "全区默认",
    "built-in": "系统默认",
}
"""The source of a value, as shown to staff."""
_DISTRICT, _YEAR = f"{FOLDER}/defaults.yaml", FOLDER + "/{year}/defaults.yaml"
_Order = Mapping[FieldPath, int]


@dataclass(frozen=True)
class OfficeFile:
    """One office's parameters of a year as read: params in force, and inherited, without its own file."""

    project: Project
    code: str
    year: int
    path: Path
    content: bytes | None
    params: ReportParams
    inherited: ReportParams
    documents: Mapping[Source, YamlDocument]

    @property
    def name(self) -> str:
        """The file as messages name it."""
        return self.path.relative_to(self.project.home).as_posix()

    def value(self, field: FormField) -> Any:
        """Return the value of a field in force; of local labels only those in the office's own file."""
        return self.own(field.path) if field.kind == "labels" else value_at(self.params, field.path)

    def inherits(self, field: FormField) -> Any:
        """Return the value of a field without the office's own file."""
        return value_at(self.inherited, field.path)

    def source(self, field: FormField) -> Source:
        """Return the file that a field's value comes from, the most specific first."""
        for source, document in self.documents.items():
            if field.path in document.places:
                return source
        return "built-in"

    def own(self, path: FieldPath) -> Any:
        """Return the value at a path of the office's own file, as written there; None if there is none."""
        return _value_at(self.documents["office"].data, path)


def read_office(project: Project, code: str, year: int) -> OfficeFile:
    """Return an office's parameter file, which may not exist yet. Raises ParamsError where the files cannot be used."""
    path = project.home / FOLDER / str(year) / f"{code}.yaml"
    content = _content(path)
    params = project.params(code, year)
    inherited = _with_content(project, code, year, None, lambda trial: trial.params(code, year))
    documents = _documents(project, year, path)
    return OfficeFile(project, code, year, path, content, params, inherited, documents)


def save(file: OfficeFile, changes: Mapping[FieldPath, Any]) -> OfficeFile:
    """Return an office's file after changes are written to it, None for a value that is removed.

    Comments, order and quotes are preserved. A value equal to the default is not written. Raises ParamsError, with
    nothing written, for invalid values and for a file that was changed since it was read.
    """
    with prepared(file, changes) as ready:
        ready.put()
    return file if ready.content == file.content else read_office(file.project, file.code, file.year)


@dataclass(frozen=True)
class PreparedFile:
    """An office's file as changes make it: validated, and on disk in a draft, so that putting it in place is one step."""

    file: OfficeFile
    content: bytes | None
    replace: Callable[[], object]

    def require_unchanged(self) -> None:
        """Raise ParamsError if the file was changed since it was read."""
        if _content(self.file.path) != self.file.content:
            raise ParamsError(
                f"没有保存：{self.file.name} 在您打开以后被别人（或别的窗口）改过。"
                "请先抄下自己的改动，点“恢复未保存的”读进新的内容，再改一次"
            )

    def put(self) -> None:
        """Replace the file. Raises ParamsError, with nothing written, if it was changed since it was read."""
        self.require_unchanged()
        self.replace()


@contextmanager
def prepared(file: OfficeFile, changes: Mapping[FieldPath, Any]) -> Iterator[PreparedFile]:
    """Yield an office's file as changes make it, to be put in place within the block. Raises ParamsError as save does."""
    wanted = dict(_steps(file, changes))
    if not wanted:
        yield PreparedFile(file, file.content, lambda: None)
        return
    new = _text(file, wanted)
    _check(file, new)
    text = new.replace("\n", "\r\n") if b"\r\n" in (file.content or b"") else new
    with drafted_params_file(file.path, text) as replace_file:
        yield PreparedFile(file, text.encode(), replace_file)


def draft(file: OfficeFile, changes: Mapping[FieldPath, Any]) -> ReportParams:
    """Return the parameters that would be in force if changes were saved; nothing is written. Raises ParamsError."""
    wanted = dict(_steps(file, changes))
    return _check(file, _text(file, wanted)) if wanted else file.params


# --- reading ------------------------------------------------------------------------------------------------


def _content(path: Path) -> bytes | None:
    return read_regular(path, follow=False) if path.is_file() and not path.is_symlink() else None


def _documents(project: Project, year: int, path: Path) -> dict[Source, YamlDocument]:
    """Return the files with parameters of an office, the most specific first."""
    home = project.home
    paths: dict[Source, Path] = {
        "office": path,
        "year": home / _YEAR.format(year=year),
        "district": home / _DISTRICT,
    }
    return {source: _document(place) for source, place in paths.items()}


def _document(path: Path) -> YamlDocument:
    try:
        return read_yaml(path) if path.is_file() else YamlDocument(path.name, {}, {})
    except UnreadableYamlError as error:
        raise ParamsError(problems=[error.problem]) from None


def _value_at(data: Any, path: FieldPath) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


# --- changes ------------------------------------------------------------------------------------------------


def _steps(file: OfficeFile, changes: Mapping[FieldPath, Any]) -> Iterator[tuple[FieldPath, Any]]:
    """Yield the single values to write or remove; nothing for those that do not change."""
    known = _fields_by_path()
    for path, value in changes.items():
        if known[path].kind == "labels" and not isinstance(value, str):
            yield from _label_steps(file, path, value or {})
        elif path in file.documents["office"].places:
            if value is None or _raw(value) != file.own(path):
                yield path, value
        elif value is not None and value != value_at(file.inherited, path):
            yield path, value


def _label_steps(
    file: OfficeFile, path: FieldPath, labels: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[FieldPath, Any]]:
    """Yield the labels to write or remove, one by one."""
    now = {(*path, table, key): label for table, inner in labels.items() for key, label in inner.items()}
    own = {(*path, table, key) for table, inner in (file.own(path) or {}).items() for key in inner}
    inherited = value_at(file.inherited, path)
    for place, label in now.items():
        if file.own(place) != label and (place in own or _value_at(inherited, place[len(path) :]) != label):
            yield place, label
    yield from ((place, None) for place in sorted(own - now.keys()))


def _text(file: OfficeFile, wanted: Mapping[FieldPath, Any]) -> str:
    """Return the file's text with every changed value, its lines ended as on Unix."""
    text = (file.content or HEADER.encode()).decode("utf-8-sig").replace("\r\n", "\n")
    for path, value in wanted.items():
        if isinstance(value, str) and (found := hidden_character(value)):
            raise ParamsError(problems=[Problem(f"有看不见的“{found}”：请删掉它，重新输入这一段", _name(path))])
        text = _edited(file, text, path, value)
    return text


def _edited(file: OfficeFile, text: str, path: FieldPath, value: Any) -> str:
    """Return the file's text with one value changed and nothing else; a long text as a block where it reads back exactly."""
    expected = _with(parse_yaml(text, file.name).data, path, value)
    for block in (literal, quoted):
        with suppress(UnreadableYamlError, YAMLError):
            new = (
                remove_value(text, path)
                if value is None
                else set_value(text, path, _yaml(path, value, block), _order())
            )
            if parse_yaml(new, file.name).data == expected:
                return new
    raise ParamsError(f"{file.name} 的写法特殊，表单改不了，没有保存；请直接在这个文件里改")


def _yaml(path: FieldPath, value: Any, block: Callable[[str], str]) -> Any:
    """Return a value as ruamel writes it."""
    field = _fields_by_path().get(path)
    if isinstance(value, str):
        if field is not None and field.kind == "choice":
            return value
        return block(value) if field is not None and field.kind == "text" else quoted(value)
    if isinstance(value, tuple):
        return in_one_line(value)
    return _number(value) if isinstance(value, Decimal) else value


def _raw(value: Any) -> Any:
    """Return a value as the strict reader returns it."""
    if isinstance(value, Decimal):
        number = _number(value)
        return number if isinstance(number, int) else str(number)
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


def _number(value: Decimal) -> int | float | str:
    """Return a number as YAML writes it without losing a digit."""
    if value == value.to_integral_value():
        return int(value)
    near = float(value)
    return near if repr(near) == format(value.normalize(), "f") else quoted(format(value, "f"))


def _with(data: Any, path: FieldPath, value: Any) -> dict[str, Any]:
    """Return a copy of nested data with a value at a path, or without it and the mappings that become empty."""
    copy: dict[str, Any] = dict(data) if isinstance(data, Mapping) else {}
    if len(path) > 1:
        inner = _with(copy.get(path[0]), path[1:], value)
        new: Any = inner or None
    else:
        new = None if value is None else _raw(value)
    if new is None:
        copy.pop(path[0], None)
    else:
        copy[path[0]] = new
    return copy


@lru_cache
def _fields_by_path() -> Mapping[FieldPath, FormField]:
    return {field.path: field for field in fields(ReportParams)}


@lru_cache
def _order() -> _Order:
    """Return every path of the model, and of the models in it, by its place."""
    places: dict[FieldPath, int] = {}
    for place, path in enumerate(_fields_by_path()):
        for end in range(1, len(path) + 1):
            places.setdefault(path[:end], place)
    return places


# --- validation before writing ------------------------------------------------------------------------------


def _with_content(
    project: Project, code: str, year: int, content: str | None, read: Callable[[Project], ReportParams]
) -> ReportParams:
    """Return the result of a function called with a copy of the project in which an office's file has another content."""
    with temporary_folder() as home:
        (home / _YEAR.format(year=year)).parent.mkdir(parents=True)
        for name in (_DISTRICT, _YEAR.format(year=year)):
            if (project.home / name).is_file():
                shutil.copyfile(project.home / name, home / name, follow_symlinks=False)
        if content is not None:
            (home / FOLDER / str(year) / f"{code}.yaml").write_text(content, encoding="utf-8", newline="\n")
        return read(Project(home, project.book))


def _check(file: OfficeFile, text: str) -> ReportParams:
    """Return the parameters if the file had this text. Raises ParamsError with every mistake, named by field."""
    document = parse_yaml(text, file.name)
    try:
        params = _with_content(
            file.project, file.code, file.year, text, lambda trial: trial.params(file.code, file.year)
        )
    except ParamsError as error:
        raise ParamsError(problems=[_by_field(problem, document) for problem in error.problems]) from None
    if problems := check_texts(params):
        raise ParamsError(problems=[_by_text(problem, file, document) for problem in problems])
    return params


def _by_field(problem: Problem, document: YamlDocument) -> Problem:
    """Return a problem of the file with the name of its field, for users who do not see the file."""
    places = {place: path for path, place in document.places.items()}
    path = places.get((problem.line or 0, problem.column if isinstance(problem.column, int) else 0))
    if problem.file != document.name or path is None or not (name := _name(path)):
        return problem
    return replace(problem, message=problem.message.replace(f"“{path[-1]}”", "", 1), file=name, line=None, column=None)


def _name(path: tuple[str | int, ...]) -> str:
    """Return the title of a field or a group in the form; empty for a path that the form does not show."""
    for field in _fields_by_path().values():
        if path[: len(field.path)] == field.path:
            return field.name
        if path and field.path[: len(path)] == path:
            return " › ".join(group.title for group in field.groups[: len(path)])
    return ""


def _by_text(problem: Problem, file: OfficeFile, document: YamlDocument) -> Problem:
    """Return a problem of a text with the name of its field, or of the defaults file that contains the text."""
    path = tuple(problem.file.split("."))
    if path in document.places:
        return replace(problem, file=_fields_by_path()[path].name)
    return file.project.locator(file.code, file.year)(problem)
