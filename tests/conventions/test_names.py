"""One word, one thing: a public class has its name alone."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from structure import Structure

import gktools

GKTOOLS = Structure(Path(gktools.__file__).parent)


def test_no_two_public_classes_have_one_name():
    homes = defaultdict(list)
    for module, file in GKTOOLS.named.items():
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(module)

    assert len(homes) > 200
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}


def test_only_the_vocabulary_of_the_notebook_is_handed_on():
    handing = {module for module, file in GKTOOLS.named.items() if "\n__all__ = " in file.read_text(encoding="utf-8")}

    assert handing == {"", "cli.history"}
