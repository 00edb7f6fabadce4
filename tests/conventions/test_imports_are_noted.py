"""Whatever the command line and the review server store is noted in the review log: registers put back alone are missed then."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from machine import REPOSITORY

WRITERS = {"store_files", "enter", "withdraw", "state_complete"}
"""The functions that store something of a store that they are given."""
METHODS = {"add", "add_files", "undo", "restore"}
"""The methods of a store that do."""
NOTES = {"note_imports", "note_restore"}


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _calls(function: ast.FunctionDef) -> list[tuple[str, ast.Call]]:
    """The calls in a function, each with the last part of its name."""
    found = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    return [(getattr(call.func, "attr", getattr(call.func, "id", "")), call) for call in found]


def _stores(name: str, call: ast.Call) -> bool:
    of = getattr(call.func, "value", None)
    is_store = ast.unparse(of).endswith("store") if of is not None else False
    is_trial = any(keyword.arg == "look" for keyword in call.keywords)
    return (name in METHODS and is_store) or (name in WRITERS and of is None and not is_trial)


def unnoted(source: str) -> list[str]:
    """The functions that store something, with nobody noting it after: neither they nor all that call them."""
    functions = [(function.name, _calls(function)) for function in _functions(ast.parse(source))]

    def forgets(name: str, calls: list[tuple[str, ast.Call]], line: int, seen: frozenset[str]) -> bool:
        if any(called in NOTES and call.lineno > line for called, call in calls):
            return False
        callers = [
            (other, more, call.lineno)
            for other, more in functions
            for called, call in more
            if called == name and other not in seen
        ]
        return not callers or any(forgets(other, more, at, seen | {other}) for other, more, at in callers)

    return [
        name
        for name, calls in functions
        for called, call in calls
        if _stores(called, call) and forgets(name, calls, call.lineno, frozenset([name]))
    ]


MODULES = sorted(path for room in ("cli", "review") for path in (REPOSITORY / "gktools" / room).rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_what_is_stored_is_noted_in_the_log(path: Path):
    assert unnoted(path.read_text(encoding="utf-8")) == []


def test_whoever_stores_without_noting_is_found():
    noted = "def save(store):\n    store.add([])\n    note_imports(store)\n"
    assert unnoted(noted) == []
    assert unnoted(noted.replace("    note_imports(store)\n", "")) == ["save"]
    assert unnoted("def save(store):\n    note_imports(store)\n    store_files(store)\n") == ["save"]
    by_caller = "def take(store):\n    store.undo(1)\ndef post(store):\n    take(store)\n    note_imports(store)\n"
    assert unnoted(by_caller) == []
    assert unnoted(f"{by_caller}def other(store):\n    take(store)\n") == ["take"]
    assert sum("note_imports(" in path.read_text(encoding="utf-8") for path in MODULES) >= 5
