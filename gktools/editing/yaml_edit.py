"""YAML text with one value changed: comments, all other lines and their order are preserved.

ruamel gives the position of a value and the text of a new one; only the lines of that value are changed. (Its own
round trip moves a comment when the value before it is added or removed.)
"""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from ..yamlfile import plain_value

Path = tuple[str, ...]
_Entry = tuple[Node, Node]


def set_value(text: str, path: Path, value: Any, order: Mapping[Path, int]) -> str:
    """Return the text with a value at a path; missing mappings around it are created.

    order sorts the paths as the model does: a new key is inserted after the nearest one that precedes it there.
    """
    lines, root = _lines(text), YAML(typ="rt").compose(text)
    if not _is_block(root):
        return "".join([*_comments(lines), *_dumped(_with_value(_plain(root), path, value), 0)])
    chain = _chain(root, path)
    depth = len(chain)
    if depth == len(path) or (chain and not _is_block(chain[-1][1])):
        return "".join(_with_entry(lines, chain[-1], _with_value(_plain(chain[-1][1]), path[depth:], value)))
    parent = chain[-1][1] if chain else root
    column = parent.start_mark.column
    at = _after_notes(_last_line(_before(parent, path[: depth + 1], order), lines) + 1, lines, column)
    return "".join([*lines[:at], *_dumped(_nested(path[depth:], value), column), *lines[at:]])


def remove_value(text: str, path: Path) -> str:
    """Return the text without the value at a path, and without the mappings that become empty."""
    lines, root = _lines(text), YAML(typ="rt").compose(text)
    if not _is_block(root):
        remaining = _with_value(_plain(root), path, None)
        return "".join([*_comments(lines), *(_dumped(remaining, 0) if remaining else ())])
    chain = _chain(root, path)
    if remaining := _with_value(_plain(chain[-1][1]), path[len(chain) :], None):
        return "".join(_with_entry(lines, chain[-1], remaining))
    removed = set(range(chain[-1][0].start_mark.line, _last_line(chain[-1], lines) + 1))
    for key, value in reversed(chain[:-1]):
        if len(value.value) > 1:
            break
        removed.add(key.start_mark.line)
    return "".join(line for number, line in enumerate(lines) if number not in removed)


def quoted(value: str) -> str:
    """Return a text as a YAML scalar in double quotes, which allow every text."""
    written: str = DoubleQuotedScalarString(value)
    return written


def literal(value: str) -> str:
    """Return a long text as a YAML block scalar; in quotes where YAML allows no block."""
    written: str = LiteralScalarString(value)
    return written


def in_one_line(value: Any) -> Any:
    """Return a list or a mapping as a YAML sequence or mapping in one line."""
    written = CommentedMap(value) if isinstance(value, Mapping) else CommentedSeq(value)
    written.fa.set_flow_style()
    return written


# --- positions ----------------------------------------------------------------------------------------------


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return [f"{line}\n" for line in (lines if lines[-1] else lines[:-1])]


def _entry(node: Node, key: str) -> _Entry | None:
    return next((entry for entry in node.value if str(entry[0].value) == key), None)


def _chain(root: Node, path: Path) -> list[_Entry]:
    """Return the entries of a path from the root, down to the first that is missing or has several keys on a line."""
    chain: list[_Entry] = []
    node = root
    for key in path:
        if not _is_block(node) or (entry := _entry(node, key)) is None:
            break
        chain.append(entry)
        node = entry[1]
    return chain


def _is_block(node: Node) -> bool:
    """Return whether a mapping has a line for every key."""
    return isinstance(node, MappingNode) and not node.flow_style and bool(node.value)


def _before(parent: Node, path: Path, order: Mapping[Path, int]) -> _Entry:
    """Return the entry of a mapping after which a new key, the last of a path, is inserted."""
    places = [order.get((*path[:-1], str(key.value)), len(order)) for key, _ in parent.value]
    before = [i for i, place in enumerate(places) if place < order.get(path, len(order))]
    found: _Entry = parent.value[before[-1] if before else -1]
    return found


def _last_line(entry: _Entry, lines: list[str]) -> int:
    """Return the number of the last line of a key and its value, without comments and blank lines after it."""
    key, value = entry
    if _is_block(value):
        return _last_line(value.value[-1], lines)
    if isinstance(value, SequenceNode) and not value.flow_style and value.value:
        return _last_line((key, value.value[-1]), lines)
    if isinstance(value, ScalarNode) and value.style in ("|", ">"):
        return _last_of_block(lines, value.start_mark.line, key.start_mark.column)
    if isinstance(value, ScalarNode) and not value.style and value.value in ("", None):
        return int(key.end_mark.line)
    return int(value.end_mark.line)


def _after_notes(at: int, lines: list[str], column: int) -> int:
    """Return the number of the first line from at that is no comment further in than a column: those are about what is above."""
    while at < len(lines) and lines[at].lstrip(" ").startswith("#") and not lines[at][: column + 1].strip():
        at += 1
    return at


def _last_of_block(lines: list[str], header: int, column: int) -> int:
    """Return the last line with text of a block scalar whose key is in a column."""
    last = header
    for number in range(header + 1, len(lines)):
        line = lines[number]
        if line.strip() and len(line) - len(line.lstrip(" ")) <= column:
            break
        last = number if line.strip() else last
    return last


# --- text ---------------------------------------------------------------------------------------------------


def _dumped(data: Mapping[str, Any], column: int) -> list[str]:
    """Return the lines of a mapping, indented."""
    yaml = YAML()
    yaml.width = 1_000_000
    stream = StringIO()
    yaml.dump(dict(data), stream)
    written = stream.getvalue().removesuffix("...\n")
    return [" " * column + line if line.strip() else line for line in _lines(written)]


def _comments(lines: list[str]) -> list[str]:
    return [line for line in lines if line.lstrip().startswith("#")]


def _nested(path: Path, value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return value  # type: ignore[no-any-return]


def _with_entry(lines: list[str], entry: _Entry, value: Any) -> list[str]:
    """Return the lines with another value for a key; a comment behind the old value stays behind the key."""
    key = entry[0]
    first, end = key.start_mark.line, _last_line(entry, lines) + 1
    head, *rest = _dumped({str(key.value): value}, key.start_mark.column)
    comment = _comment(lines, entry)
    head = f"{head.rstrip()}  {comment}\n" if comment else head
    return [*lines[:first], head, *rest, *lines[end:]]


def _comment(lines: list[str], entry: _Entry) -> str:
    """Return the comment on the last line of a value, or on the first of a block; empty if there is none."""
    key, value = entry
    if isinstance(value, SequenceNode) and not value.flow_style and value.value:
        return _comment(lines, (key, value.value[-1]))
    if isinstance(value, ScalarNode) and value.style in ("|", ">"):
        rest = lines[value.start_mark.line][value.start_mark.column :]
    elif isinstance(value, ScalarNode) and not value.style and value.value in ("", None):
        rest = lines[key.end_mark.line][key.end_mark.column + 1 :]
    else:
        rest = lines[value.end_mark.line][value.end_mark.column :]
    start = rest.find("#")
    return rest[start:].rstrip() if start >= 0 else ""


def _plain(node: Node | None) -> Any:
    """Return the value of a node, to be written again with a change."""
    if isinstance(node, MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return [_plain(item) for item in node.value]
    if isinstance(node, ScalarNode):
        return quoted(node.value) if node.style else plain_value(node.value)
    return None


def _with_value(data: Any, path: Path, value: Any) -> Any:
    """Return a copy of a nested mapping with a value at a path, or without it if the value is None."""
    if not path:
        return value
    inner = dict(data) if isinstance(data, dict) else {}
    found = _with_value(inner.get(path[0]), path[1:], value)
    if found is None or found == {}:
        inner.pop(path[0], None)
    else:
        inner[path[0]] = found
    return inner
