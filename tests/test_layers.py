"""Who may import whom: a room imports only from rooms above it, and no modules import each other in a circle."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import gktools

PACKAGE = Path(gktools.__file__).parent
LAYERS = """
characters errors
yamlfile
forms
findings html workspace
deadlines prose registers
inputs
figures reading
text
checks
report
render
build starter
editing
review
publication
cli
__main__
""".strip().splitlines()
RANK = {room: rank for rank, layer in enumerate(LAYERS) for room in layer.split()}
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__").replace("__init__", ""): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
"""Every module by its dotted name below gktools, "" for the package itself."""


def room_of(module: str) -> str:
    """The first name below gktools."""
    return module.partition(".")[0]


def imports(source: str, package: tuple[str, ...]) -> set[str]:
    """What a source imports of gktools, anywhere in it, by its name below gktools; package is where it stands there.

    An imported name counts as the module that it is, or that it is taken from.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ["gktools", *package][: len(package) + 2 - node.level] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{start}.{alias.name}" for alias in node.names}
    return {name.removeprefix("gktools.") for name in found if name.startswith("gktools.")}


def edges() -> dict[str, set[str]]:
    """Every module with the other modules it imports, those for types included."""
    found: dict[str, set[str]] = {}
    for module, path in MODULES.items():
        names = imports(path.read_text(encoding="utf-8"), path.relative_to(PACKAGE).parent.parts)
        modules = {name if name in MODULES else name.rpartition(".")[0] for name in names}
        found[module] = (modules & MODULES.keys()) - {module, ""}
    return found


EDGES = edges()
ROOMS = {room_of(module) for module in MODULES} - {""}


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_every_room_has_a_layer(room):
    assert room in RANK


@pytest.mark.parametrize("module", sorted(MODULES.keys() - {""}))
def test_a_module_imports_only_from_its_own_room_or_those_above(module):
    room = room_of(module)
    below = {other for other in EDGES[module] if room_of(other) != room and RANK[room_of(other)] >= RANK[room]}

    assert below == set()


def test_no_modules_import_each_other_in_a_circle():
    left = dict(EDGES)
    while free := {module for module, others in left.items() if not others & left.keys()}:
        left = {module: others for module, others in left.items() if module not in free}

    assert left == {}


@pytest.mark.parametrize(
    ("source", "package", "expected"),
    [
        ("from .errors import Problem", (), {"errors.Problem"}),
        ("from ..errors import Problem", ("registers",), {"errors.Problem"}),
        ("from .schema import fold", ("registers",), {"registers.schema.fold"}),
        ("from ..schema import fold", ("registers", "intake"), {"registers.schema.fold"}),
        ("from . import errors, html", (), {"errors", "html"}),
        ("from .. import html", ("render",), {"html"}),
        ("import gktools.forms.model", (), {"forms.model"}),
        ("def f():\n    from gktools.cli.main import main", (), {"cli.main.main"}),
        ("import pandas\nfrom html import escape", (), set()),
    ],
)
def test_an_import_is_seen_however_it_is_written(source, package, expected):
    assert imports(source, package) == expected


def test_packages_hand_on_no_names():
    faces = [
        module
        for module, path in MODULES.items()
        if path.name == "__init__.py" and module and re.search(r"^(from|import) ", path.read_text("utf-8"), re.M)
    ]

    assert faces == []
