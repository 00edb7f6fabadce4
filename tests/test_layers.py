"""Who may import whom: a module imports only from its own layer or those above it, and never in a circle."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gktools

PACKAGE = Path(gktools.__file__).parent
LAYERS = """
errors
forms findings offices yamlfile relations naming
formats params grid html prose manifests
records
tables published
deadlines members
inputs
counting checks registers rollup continuity narrative lastyear
report explaining reminders charts wording
export
engine failures runs seen workers objects batch exporting scale board packaging verifying
project sample form widgets
review
publishing
cli
__main__
""".strip().splitlines()
RANK = {module: rank for rank, layer in enumerate(LAYERS) for module in layer.split()}


def module_of(path: Path) -> str:
    """The first name below gktools that a file belongs to; "" for the package itself."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py").replace("__init__", "")


SOURCES = sorted(path for path in PACKAGE.glob("**/*.py") if module_of(path))
MODULES = sorted({module_of(path) for path in SOURCES})


def imports(source: str, package: tuple[str, ...]) -> set[str]:
    """The modules of gktools that a source imports, anywhere in it; package is where it stands below gktools."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ["gktools", *package][: len(package) + 2 - node.level] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{start}.{alias.name}" for alias in node.names] if start == "gktools" else [start]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("gktools.")}
    return found


def edges() -> dict[str, set[str]]:
    """Every module with the other modules it imports."""
    found: dict[str, set[str]] = {module: set() for module in MODULES}
    for path in SOURCES:
        package = path.relative_to(PACKAGE).parent.parts
        found[module_of(path)] |= imports(path.read_text(encoding="utf-8"), package) - {module_of(path)}
    return found


EDGES = edges()


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_a_layer(module):
    assert module in RANK


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_its_own_layer_or_those_above(module):
    below = {other for other in EDGES[module] & RANK.keys() if RANK[other] > RANK.get(module, len(LAYERS))}

    assert below == set()


def test_no_modules_import_each_other_in_a_circle():
    left = {module: set(others) & set(MODULES) for module, others in EDGES.items()}
    while free := {module for module, others in left.items() if not others}:
        left = {module: others - free for module, others in left.items() if module not in free}

    assert left == {}


@pytest.mark.parametrize(
    ("source", "package", "expected"),
    [
        ("from .errors import Problem", (), {"errors"}),
        ("from ..errors import Problem", ("records",), {"errors"}),
        ("from .schema import fold", ("records",), {"records"}),
        ("from . import errors, html", (), {"errors", "html"}),
        ("from .. import html", ("export",), {"html"}),
        ("import gktools.forms", (), {"forms"}),
        ("def f():\n    from gktools.cli import main", (), {"cli"}),
        ("import pandas\nfrom html import escape", (), set()),
    ],
)
def test_an_import_is_seen_however_it_is_written(source, package, expected):
    assert imports(source, package) == expected
