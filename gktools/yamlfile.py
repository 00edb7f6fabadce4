"""A strict YAML reader: plain values with the line and column of each, for messages that name the place.

A duplicate key, a date or a 是/否 that YAML would silently convert, and a file that is not UTF-8 are errors here; so are
tags, merges and a second document, and whatever is too large or too deep: a file is read in bounded time and memory.
The models that take the values check their meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError
from yaml import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from .errors import FormatError, Problem, nearest, os_reason, steering_character

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class YamlDocument:
    """The values of one YAML file with the line and column of each (from 1); text is the content of the file."""

    name: str
    data: Any
    places: dict[Path_, tuple[int, int]]
    text: str = ""

    def place(self, path: Sequence[str | int]) -> tuple[int | None, int | None]:
        """Return the line and column of a value, or of the innermost value that contains it."""
        for end in range(len(path), -1, -1):
            if found := self.places.get(tuple(path[:end])):
                return found
        return (None, None)

    def find(self, path: Sequence[str | int], words: str, line: int) -> tuple[int | None, int | None]:
        """Return the line and column of words within a text; line is their line in it, used if the words cannot be found."""
        start, _ = self.place(path)
        if start is None or not self.text:
            return (None, None)
        lines, first = self.text.splitlines(), words.partition("\n")[0]
        for number, written in enumerate(lines[start - 1 :], start):
            if first and first in written:
                return (number, written.find(first) + 1)
        return (start + line if _OPENS_BLOCK.search(lines[start - 1]) else start, None)

    def problem(self, path: Sequence[str | int], message: str, value: str | None = None) -> Problem:
        """Return a problem at the place of a value; one that is the whole file is not quoted: it may be a key."""
        line, column = self.place(path)
        return Problem(message, self.name, line=line, column=column, value=value if path else None)


class UnreadableYamlError(Exception):
    """A file that is not YAML as accepted here; problem has the place and the reason."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


MAX_BYTES, MAX_VALUES, MAX_DEPTH = 4_000_000, 100_000, 40
"""How large a file may be, how many values it may have, and how deep they may be nested: more than 3,000 offices need."""


def read_yaml(path: Path, name: str = "") -> YamlDocument:
    """Return the document of a YAML file; messages call it name. Raises UnreadableYamlError as text_of does."""
    name = name or path.name
    return parse_yaml(text_of(path, name), name)


def text_of(path: Path, name: str) -> str:
    """Return the text of a YAML file; messages call it name.

    Raises UnreadableYamlError if it cannot be read, or is a parameter file reached through a link: that could lead to a
    key, which a message would then quote.
    """
    try:
        if link := link_to(path):
            place = name if link == path else f"{link.name}/"
            raise UnreadableYamlError(Problem("这是一个链接，参数不从链接读：请换成文件（文件夹）本身", place))
        if not path.is_file():  # a pipe would be waited for
            raise UnreadableYamlError(Problem("文件没有了，或者不是普通的文件：请看是不是放错了", name))
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise UnreadableYamlError(
                Problem(f"文件太大，最多 {MAX_BYTES // 1_000_000} MB：请看是不是放错了文件", name)
            )
        return _UNIVERSAL.sub("\n", content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableYamlError(Problem("文件不是 UTF-8 编码，请用 UTF-8 另存后再试", name)) from None
    except OSError as error:
        raise UnreadableYamlError(Problem(f"文件读不出来（{os_reason(error)}），请看有没有读它的权限", name)) from None


def link_to(path: Path) -> Path | None:
    """Return the link by which a file in a folder params/ is reached: itself or a folder from there on; None for others."""
    ways = (path, *path.parents[:_MOST_FOLDERS])
    top = next((n for n, way in enumerate(ways) if way.name == _PARAMS), -1)
    return next((way for way in ways[: top + 1] if way.is_symlink()), None)


_PARAMS, _MOST_FOLDERS = "params", 3
"""Where no link is followed, and how deep its files lie: params/published/2024/x.yaml."""
_UNIVERSAL = re.compile("\r\n?")
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Parses the structure of a file; scalars are converted here. The loader in C, if available, is 14 times as fast."""


def parse_yaml(text: str, name: str) -> YamlDocument:
    """Return the document of a YAML text. Raises UnreadableYamlError."""
    reader = _Reader(name, yaml.parse(text, Loader=_LOADER))
    try:
        data = reader.read()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise UnreadableYamlError(
            Problem("这里不合 YAML 的写法（多半是缩进、冒号后少空格或引号不成对）", name, line=line, column=column)
        ) from None
    except YAMLError:
        raise UnreadableYamlError(Problem("不是可读的 YAML 文件，可能有控制字符", name)) from None
    return YamlDocument(name, data, reader.places, text)


def document_of(data: Any, name: str) -> YamlDocument:
    """Return data that another reader has read (papermill's -y) as a document without lines.

    It is held to what a file is held to. Raises UnreadableYamlError.
    """
    places: dict[Path_, Any] = {}
    waiting: list[tuple[Path_, Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        places[path] = (None, None)
        if len(places) > MAX_VALUES or len(path) > MAX_DEPTH:
            raise UnreadableYamlError(Problem("内容太多或者层次太深：请写得短一些，或者写进参数文件", name))
        if isinstance(value, Mapping):
            waiting += [((*path, str(key)), one) for key, one in value.items()]
        elif isinstance(value, list | tuple):
            waiting += [((*path, i), one) for i, one in enumerate(value)]
        elif found := steering_character(value) if isinstance(value, str) else "":
            raise UnreadableYamlError(Problem(f"“{path[-1]}”里有看不见的“{found}”，请删掉它", name))
    return YamlDocument(name, data, places)


def validate(adapter: TypeAdapter[Any], document: YamlDocument) -> tuple[Any, list[Problem]]:
    """Return the document's data as the adapter's type and no problems, or None with every problem, in the order of lines."""
    try:
        return adapter.validate_python(document.data), []
    except ValidationError as error:
        problems = [_problem(document, adapter, dict(detail)) for detail in error.errors(include_url=False)]
        return None, sorted(problems, key=lambda problem: (problem.file, problem.line or 0))


def numbers_for_text(adapter: TypeAdapter[Any], data: Any) -> Iterator[tuple[Path_, str]]:
    """Yield path and message of every number in a text field of data that was not read here.

    Here 010010 is kept as written, another YAML reader hands over 4104.
    """
    for path, value in _leaves(data):
        if isinstance(value, int | float) and not isinstance(value, bool):
            types = _types_at(adapter, path)
            if str in types and not {int, float, Decimal} & set(types):
                yield path, f"“{path[-1]}”{_PREFIXES['string']}：不加引号的数，前面的 0 会丢，010010 会读成 4104"


def _leaves(data: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    if isinstance(data, Mapping):
        items: Iterable[tuple[str | int, Any]] = data.items()
    elif isinstance(data, list | tuple):
        items = enumerate(data)
    else:
        yield path, data
        return
    for key, value in items:
        yield from _leaves(value, (*path, key))


def plain_value(text: str) -> Any:
    """Return the value of an unquoted scalar: text unless it is a plain number, true, false or null."""
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    return int(text) if _INTEGER.fullmatch(text) else text


def read_data(path: Path, kind: Any) -> Any:
    """Return a data file of this package as a value of a type. Raises FormatError, with file and line."""
    try:
        document = read_yaml(path)
    except UnreadableYamlError as error:
        raise FormatError(problems=[error.problem]) from None
    found, problems = validate(TypeAdapter(kind), document)
    if problems:
        raise FormatError(problems=problems)
    return found


def explain_error(detail: dict[str, Any]) -> str:
    """Return one pydantic error as a Chinese sentence."""
    context = dict(detail.get("ctx", {}))
    context["expected"] = str(context.get("expected", "")).replace(" or ", " 或 ")
    kind = detail["type"]
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", detail["msg"]))
    template = _SENTENCES.get(kind) or next(
        (sentence for prefix, sentence in _PREFIXES.items() if kind.startswith(prefix)), "这个值不合要求"
    )
    return template.format_map(_Blank(context))


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


_SENTENCES = {
    "extra_forbidden": "没有这个项目",
    "unexpected_keyword_argument": "没有这个项目",
    "missing": "缺这个项目",
    "missing_argument": "缺这个项目",
    "literal_error": "只能填 {expected}",
    "enum": "只能填 {expected}",
    "string_pattern_mismatch": "写法不对",
    "string_too_short": "太短，至少要有 {min_length} 个字",
    "string_too_long": "太长，最多 {max_length} 个字",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "too_short": "至少要有 {min_length} 项",
}
_PREFIXES = {
    "bool": "只能填 true 或 false",
    "int": "要填整数",
    "float": "要填数字",
    "decimal": "要填数字",
    "string": "要填文字（含数字、日期、是否的文字请加引号）",
    "date": "要填日期，如 2024-12-31",
    "list": "要填列表（每项一行，前面加“- ”）",
    "tuple": "要填列表（每项一行，前面加“- ”）",
    "dict": "要填下一级的项目",
    "mapping": "要填下一级的项目",
    "model": "要填下一级的项目",
    "dataclass": "要填下一级的项目",
}


def _problem(document: YamlDocument, adapter: TypeAdapter[Any], detail: dict[str, Any]) -> Problem:
    path: Path_ = ()
    for part in detail["loc"]:  # pydantic adds its own parts to the path, for unions
        path = (*path, part) if (*path, part) in document.places else path
    meaning = _description(adapter, path) if detail["type"] in ("literal_error", "enum") else ""
    message = explain_error(detail) + (f"：{meaning}" if meaning else "")
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    if detail["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return document.problem(path, f"没有“{name}”这个项目{nearest(name, _valid_names(adapter, path[:-1]))}")
    if detail["type"] in ("missing", "missing_argument"):
        return document.problem(path, f"缺“{name}”")
    found = detail.get("input")
    shown = None if isinstance(found, dict | list) or found is None else str(found)
    return document.problem(path, f"“{name}”{message}", shown)


def _valid_names(adapter: TypeAdapter[Any], path: Path_) -> list[str]:
    """Return the names allowed below a path, read from the type."""
    return [name for kind in _types_at(adapter, path) for name in _fields(kind)]


def _description(adapter: TypeAdapter[Any], path: Path_) -> str:
    """Return the description of a field, which explains its values; empty if it has none."""
    models = (kind for kind in _types_at(adapter, path[:-1]) if isinstance(kind, type) and issubclass(kind, BaseModel))
    fields = (model.model_fields.get(str(path[-1])) for model in models if path)
    return next((field.description for field in fields if field and field.description), "")


def _types_at(adapter: TypeAdapter[Any], path: Path_) -> list[Any]:
    types = [adapter._type]
    for part in path:
        types = [inner for kind in types for inner in _below(kind, part)]
    return types


def _fields(kind: Any) -> dict[str, Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {name: field.annotation for name, field in kind.model_fields.items()}
    return get_type_hints(kind) if is_dataclass(kind) else {}


def _below(kind: Any, part: str | int) -> Iterator[Any]:
    kinds = [_fields(kind).get(str(part))] if _fields(kind) else list(get_args(kind))
    for inner in kinds:
        yield from _unwrapped(inner)


def _unwrapped(kind: Any) -> Iterator[Any]:
    """Yield the type itself, or the types in a union or an annotated type."""
    if get_origin(kind) in (Union, UnionType, Annotated):
        for inner in get_args(kind):
            yield from _unwrapped(inner)
    elif kind is not None:
        yield kind


class _Reader:
    """Builds the values of one document from the events of its parser, and counts them as they come.

    An alias counts as much as what it repeats.
    """

    def __init__(self, name: str, events: Iterator[Event]) -> None:
        self._name, self._events, self._values = name, events, 0
        self._anchors: dict[str, tuple[Path_, Any]] = {}
        self.places: dict[Path_, tuple[int, int]] = {}

    def read(self) -> Any:
        """Return the values; an empty mapping for a file without any. Raises UnreadableYamlError, and YAMLError."""
        data: Any = {}
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._refused(event, "这里开始了第二份文件（---），一个文件里只能有一份")
                data = self._value(next(self._events), ())
        return data

    def _value(self, event: Event, path: Path_) -> Any:
        self._count(event, path)
        self.places.setdefault(path, _place(event))
        if isinstance(event, AliasEvent):
            if event.anchor not in self._anchors:
                raise self._refused(event, f"引用 *{event.anchor} 指回了自己，或者前面没有 &{event.anchor}")
            return self._repeated(event, *self._anchors[event.anchor], path)
        if event.tag:
            raise self._refused(event, "这里用了类型标记（!），这里不用它；以 ! 开头的文字请加引号")
        value = self._content(event, path)
        if event.anchor:
            self._anchors[event.anchor] = (path, value)
        return value

    def _content(self, event: Event, path: Path_) -> Any:
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(item := next(self._events), SequenceEndEvent):
                items.append(self._value(item, (*path, len(items))))
            return items
        text = self._text(event)
        return text if event.style in ("'", '"', "|", ">") else plain_value(text)

    def _mapping(self, path: Path_) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            if not isinstance(event, ScalarEvent) or event.anchor or event.tag:
                raise self._refused(event, "冒号前面要是一个词")
            key = self._text(event)
            if key in values:
                raise self._refused(event, f"“{key}”写了两次，只能留一个")
            if key == "<<":
                raise self._refused(event, "这里用了合并（<<），这里不用它：请把内容写全")
            self.places[(*path, key)] = _place(event)
            values[key] = self._value(next(self._events), (*path, key))
        return values

    def _repeated(self, event: Event, source: Path_, value: Any, path: Path_) -> Any:
        """Return the value of an alias at its own path, placed where it is written."""
        self._count(event, path, len(value) // _COUNTED if isinstance(value, str) else 0)
        self.places.setdefault(path, self.places[source])
        if isinstance(value, dict):
            return {key: self._repeated(event, (*source, key), one, (*path, key)) for key, one in value.items()}
        if isinstance(value, list):
            return [self._repeated(event, (*source, i), one, (*path, i)) for i, one in enumerate(value)]
        return value

    def _text(self, event: Event) -> str:
        text: str = event.value
        if found := steering_character(text):
            raise self._refused(event, f"这里有看不见的“{found}”，会打乱显示的内容：请删掉它，重新输入这一段")
        return text

    def _count(self, event: Event, path: Path_, more: int = 0) -> None:
        self._values += 1 + more
        if self._values > MAX_VALUES:
            raise self._refused(event, f"内容太多，最多 {MAX_VALUES} 项（引用 * 照展开以后算）：请看是不是放错了文件")
        if len(path) > MAX_DEPTH:
            raise self._refused(event, f"层次太深，最多 {MAX_DEPTH} 层：请看是不是放错了文件")

    def _refused(self, event: Event, message: str) -> UnreadableYamlError:
        line, column = _place(event)
        return UnreadableYamlError(Problem(message, self._name, line=line, column=column))


def _place(event: Event) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


_COUNTED = 100
"""So many characters that an alias repeats count as one more value."""
_OPENS_BLOCK = re.compile(r"[|>][-+0-9]*\s*(#.*)?$")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
"""A scalar of this form is a number, and written the same again; 007, +86, -0 and 1_000 are text."""
