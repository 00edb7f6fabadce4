"""A parameter model as the fields of a form: which values may be filled in, their titles and bounds.

Everything is read from the model's JSON Schema, so that a new parameter is a new field. This module depends on no
widget, page or file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

Kind = Literal["line", "text", "choice", "flag", "integer", "number", "date", "labels", "several"]
FieldPath = tuple[str, ...]
_LONG = 1000
_Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """One value that may be chosen, and its meaning (in Chinese, for staff)."""

    value: str | bool
    label: str


@dataclass(frozen=True)
class Group:
    """Fields of a nested model, with its title and description."""

    key: str
    title: str
    description: str = ""


@dataclass(frozen=True)
class FormField:
    """One parameter that may be filled in: path is its place in the YAML, groups are the models around it.

    blank is the meaning of an empty text where it differs from no value; otherwise it is empty.
    """

    path: FieldPath
    kind: Kind
    title: str
    description: str = ""
    groups: tuple[Group, ...] = ()
    choices: tuple[Choice, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    longest: int | None = None
    blank: str = ""
    default: Any = None

    @property
    def name(self) -> str:
        """The field with the groups around it, as messages name it."""
        return " › ".join([*(group.title for group in self.groups), self.title])

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for filling it in: its meaning, its bounds, its notation."""
        bounds = [f"不小于 {self.least:f}"] if self.least is not None else []
        bounds += [f"不大于 {self.most:f}"] if self.most is not None else []
        return tuple(note for note in (self.description, "，".join(bounds), _NOTATION.get(self.kind, "")) if note)

    def parse(self, filled: Any) -> Any:
        """Return the parameter value of what was filled in; None for an empty text.

        A text of the wrong kind is returned unchanged: validation by the model reports it.
        """
        if not isinstance(filled, str):
            return filled
        text = filled.replace("\r\n", "\n")
        if not text.strip():
            return None
        reader = _READERS.get(self.kind)
        return reader(text) if reader else text

    def format(self, value: Any) -> Any:
        """Return a parameter value as it is shown in the form: text, but a flag or a choice unchanged."""
        if self.kind in ("flag", "choice"):
            return value
        if self.kind == "several":
            return tuple(value or ())
        if self.kind == "labels":
            return "\n".join(
                f"{table}.{path}: {label}" for table, labels in (value or {}).items() for path, label in labels.items()
            )
        return "" if value is None else str(value)


_NOTATION = {"date": "写成 2025-01-31 这样", "labels": "一行一个，写成 表.行或列的键: 印出来的文字"}


def fields(model: type[BaseModel]) -> tuple[FormField, ...]:
    """Return the fields of a parameter model, in its order; a nested model contributes its fields, named by a group."""
    schema = model.model_json_schema()
    return tuple(_fields(schema, schema.get("$defs", {}), (), ()))


def value_at(model: BaseModel, path: FieldPath) -> Any:
    """Return the value at a path of a model."""
    value: Any = model
    for name in path:
        value = getattr(value, name)
    return value


def _fields(schema: _Schema, models: _Schema, path: FieldPath, groups: tuple[Group, ...]) -> Iterator[FormField]:
    for name, given in schema["properties"].items():
        inner = models.get(str(given.get("$ref", "")).rpartition("/")[2])
        title = given.get("title", name)
        if given.get("type") == "array" and "enum" not in given["items"]:  # a list of reasons is edited in the file
            continue
        if inner is None:
            yield _field((*path, name), title, given, groups)
        else:
            group = Group(name, title, given.get("description") or inner.get("description", ""))
            yield from _fields(inner, models, (*path, name), (*groups, group))


def _field(path: FieldPath, title: str, given: _Schema, groups: tuple[Group, ...]) -> FormField:
    schema = _plain(given)
    kind = _kind(schema)
    values: list[str | bool] = [True, False] if kind == "flag" else list(schema.get("items", schema).get("enum", ()))
    choices, description = _choices(values, given.get("description", ""))
    description, blank = _blank(description)
    return FormField(
        path,
        kind,
        title,
        description,
        groups,
        choices,
        _bound(schema, "minimum"),
        _bound(schema, "maximum"),
        schema.get("maxLength"),
        blank,
        given.get("default"),
    )


def _plain(given: _Schema) -> _Schema:
    """Return the schema of a value, without the alternatives that it may be absent or written as text."""
    return given["anyOf"][0] if "anyOf" in given else given


def _kind(schema: _Schema) -> Kind:
    if "enum" in schema:
        return "choice"
    if schema["type"] == "string":
        if schema.get("format") == "date":
            return "date"
        return "text" if schema.get("maxLength", 0) > _LONG else "line"
    return _KINDS[schema["type"]]


_KINDS: dict[str, Kind] = {
    "boolean": "flag",
    "integer": "integer",
    "number": "number",
    "object": "labels",
    "array": "several",
}


def _bound(schema: _Schema, name: str) -> Decimal | None:
    return Decimal(str(schema[name])) if name in schema else None


# --- what a choice means ------------------------------------------------------------------------------------


def _choices(values: list[str | bool], description: str) -> tuple[tuple[Choice, ...], str]:
    """Return the choices with their meanings in the description ("full 全角，half 半角"), and the rest of the description."""
    words = {_word(value): value for value in values}
    meanings = _meanings(description, words)
    if words and words.keys() == meanings.keys():
        return tuple(Choice(value, meanings[word]) for word, value in words.items()), ""
    plain = {"true": "是", "false": "否"}
    return tuple(Choice(value, plain.get(word, word)) for word, value in words.items()), _without_words(description)


def _meanings(description: str, words: Mapping[str, object]) -> dict[str, str]:
    starts = "|".join(map(re.escape, words))
    if not starts:
        return {}
    pattern = rf"(?:^|[，；])({starts}) (.+?)(?=[，；](?:{starts}) |$)"
    return {found[1]: found[2].removeprefix("用").strip() for found in re.finditer(pattern, description)}


def _blank(description: str) -> tuple[str, str]:
    """Return the description without its "写空文字则……", and that part: the meaning of an empty text."""
    found = re.search(r"[，；。]?写空文字则([^，；。]+)", description)
    return (description.replace(found[0], ""), found[1]) if found else (description, "")


def _word(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value


def _without_words(description: str) -> str:
    """Return the description with 是 and 否 instead of the words of YAML."""
    return re.sub(r"\btrue\b *", "选“是”", re.sub(r"\bfalse\b *", "选“否”", description))


# --- what was filled in -------------------------------------------------------------------------------------


def _integer(text: str) -> int | str:
    narrow = _narrow(text)
    return int(narrow) if re.fullmatch(r"[+-]?[0-9]{1,18}", narrow) else text


def _number(text: str) -> Decimal | str:
    narrow = _narrow(text)
    return Decimal(narrow) if re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", narrow) else text


def _date(text: str) -> date | str:
    found = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", _narrow(text))
    try:
        return date(*map(int, found.groups())) if found else text  # a year of two digits may be any of three
    except ValueError:
        return text


def _labels(text: str) -> dict[str, dict[str, str]] | str:
    """Return lines of 表.行或列: 文字 as labels by table and key; the text itself if it is not of this form."""
    found: dict[str, dict[str, str]] = {}
    for line in filter(str.strip, text.split("\n")):
        name, _, label = line.replace("：", ":", 1).partition(":")
        table, _, path = name.strip().partition(".")
        if not (path and label.strip()):
            return text
        found.setdefault(table, {})[path] = label.strip()
    return found


def _narrow(text: str) -> str:
    """Return digits and signs from a Chinese keyboard in their narrow form."""
    return unicodedata.normalize("NFKC", text).strip()


_READERS: dict[Kind, Callable[[str], Any]] = {
    "line": str.strip,
    "integer": _integer,
    "number": _number,
    "date": _date,
    "labels": _labels,
}
