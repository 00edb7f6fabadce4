"""JSON with one value of a wrong type after the other, for whoever reads what others may have written."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

WRONG = (
    None,
    [],
    {},
    [[]],
    {"a": {}},
    0,
    -1,
    10**25,
    1.5,
    True,
    "",
    "../../x",
    "\x1b[2J\n网站完整",
    ["a"],
    {"..": "b"},
)


def mutated(data: Any, wrong: tuple[Any, ...] = WRONG) -> Iterator[Any]:
    """Yield data with every value at every place, the whole too, replaced by every wrong value, and left out."""
    for path in _paths(data):
        for value in wrong:
            yield _with(data, path, copy.deepcopy(value))
        if path:
            yield _without(data, path)


def _paths(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(data, dict | list):
        for key in data if isinstance(data, dict) else range(min(len(data), 2)):
            yield from _paths(data[key], (*path, key))


def _with(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    made = copy.deepcopy(data)
    _at(made, path[:-1])[path[-1]] = value
    return made


def _without(data: Any, path: tuple[Any, ...]) -> Any:
    made = copy.deepcopy(data)
    del _at(made, path[:-1])[path[-1]]
    return made


def _at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data
