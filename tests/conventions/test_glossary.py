"""One word for one thing: every value that passes between modules has one entry in the glossary."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

from machine import REPOSITORY
from structure import Structure

import gktools

LINES = (REPOSITORY / "docs/glossary.md").read_text(encoding="utf-8").splitlines()
ROWS = [
    line.strip("|").split("|")
    for line, following in zip(LINES, [*LINES[1:], ""], strict=True)
    if line.startswith("| ") and not following.startswith("|---")
]
TERMS = [term.strip().lower() for row in ROWS for term in row[0].split(",")]


@cache
def sources() -> dict[str, ast.Module]:
    """Every module with what stands in it; read when a test asks, not by every process that collects tests."""
    named = Structure(Path(gktools.__file__).parent).named
    return {module: ast.parse(file.read_text(encoding="utf-8")) for module, file in named.items()}


def left_out(module: str, name: str) -> bool:
    """Whether a value has no entry: private ones, and the bodies of log entries, which are named after their kind."""
    return name.startswith("_") or (module == "review.entries" and name.endswith("Body"))


def values() -> set[str]:
    """The public dataclasses that a module other than their own imports, in words."""
    defined = {
        node.name: module
        for module, tree in sources().items()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and any("dataclass" in ast.unparse(d) for d in node.decorator_list)
    }
    imported = {
        alias.name
        for module, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if defined.get(alias.name, module) != module
    }
    names = [name for name in imported if not left_out(defined[name], name)]
    return {re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower() for name in names}


def test_every_value_has_an_entry_in_the_glossary():
    assert len(values()) > 100
    assert sorted(values() - set(TERMS)) == []


def test_no_word_is_defined_twice():
    assert [term for term, count in Counter(TERMS).items() if count > 1] == []


def test_every_term_has_its_chinese_word_and_a_meaning():
    assert [row for row in ROWS if len(row) != 3 or not all(cell.strip() for cell in row)] == []
