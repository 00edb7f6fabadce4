"""Who may import whom: a room imports only from rooms above it, and no modules import each other in a circle."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from machine import REPOSITORY
from structure import Structure, circles, imports, unit_of

import gktools

ARCHITECTURE = (REPOSITORY / "docs/architecture.md").read_text(encoding="utf-8")
LAYERS = [re.findall(r"`(\w+)`", row) for row in re.findall(r"(?m)^\| \d+ \| (.*?) \|", ARCHITECTURE)]
RANK = {unit: rank for rank, layer in enumerate([*LAYERS, ["__main__"]]) for unit in layer}
"""The layer of every unit, counted from the ground, as docs/architecture.md tells it."""
INSIDE = {
    package.replace("/", "."): {
        module: rank for rank, layer in enumerate(modules.split("¦")) for module in re.findall(r"`(\w+)`", layer)
    }
    for package, modules in re.findall(r"(?m)^\| `([\w/]+)` \| ((?:`\w+`[ ¦]*)+)\|$", ARCHITECTURE)
}
"""The layer of every module and package inside a package, as docs/architecture.md tells it."""
GKTOOLS = Structure(Path(gktools.__file__).parent)
MODULES = GKTOOLS.named
JSON_MODULES = (
    "build.engine.child",
    "build.engine.manager",
    "build.engine.wire",
    "build.freshness",
    "checks.finished.figures",
    "editing.fields",
    "editing.office_file",
    "editing.yaml_edit",
    "figures.table",
    "findings",
    "inputs.published_figures",
    "prose",
    "publication.site",
    "registers.store.history",
    "render.documents.csv",
    "render.documents.data_package",
    "render.page",
    "render.pictures",
    "report.queries.explain",
    "report.queries.reminders",
    "report.report",
    "report.review_data",
    "workspace.report_data",
    "review.entries",
    "review.log",
    "review.web.hub",
    "text.charts.pictures",
    "text.charts.vegalite",
    "workspace.output",
    "workspace.project",
    "yamlfile",
)
"""The modules that read or write JSON or YAML (files, messages, outputs of a notebook): elsewhere values have types."""


def test_the_tables_name_every_unit_and_every_module_and_no_other():
    assert {unit for layer in LAYERS for unit in layer} == GKTOOLS.units
    named = {f"{package}.{module}" for package, modules in INSIDE.items() for module in modules}
    packages = {name.rpartition(".")[0] for name in MODULES if "." in name}
    assert named == {name for name in MODULES if "." in name} | {name for name in packages if "." in name}


def test_a_module_imports_only_from_its_own_unit_or_those_above():
    arrows = {
        (module, other)
        for module in MODULES.keys() - {""}
        for other in GKTOOLS.edges[module]
        if unit_of(other) != unit_of(module)
    }

    assert len(arrows) > 300
    assert {(one, other) for one, other in arrows if RANK[unit_of(other)] >= RANK[unit_of(one)]} == set()


@pytest.mark.parametrize("package", sorted(INSIDE))
def test_inside_a_package_a_module_imports_only_what_stands_left_of_it(package):
    def part(module: str) -> str:
        """What a module is inside the package: itself, or the package below that it belongs to."""
        return module.removeprefix(f"{package}.").partition(".")[0] if module.startswith(f"{package}.") else ""

    ranks = INSIDE[package]
    wrong = {
        (module, other)
        for module, others in GKTOOLS.edges.items()
        for other in others
        if part(module) and part(other) and part(module) != part(other) and ranks[part(other)] >= ranks[part(module)]
    }

    assert wrong == set()


def test_no_modules_import_each_other_in_a_circle():
    assert circles(GKTOOLS.edges) == set()


def test_there_are_few_rooms_with_few_arrows_between_them():
    assert len(GKTOOLS.units) <= 26
    assert len(GKTOOLS.arrows) <= 150


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


def test_untyped_json_objects_stand_only_where_json_or_yaml_is_read_or_written():
    assert GKTOOLS.with_json_objects() == set(JSON_MODULES)


def test_no_function_has_many_arguments():
    assert list(GKTOOLS.long_signatures()) == []


def test_packages_hand_on_no_names():
    faces = [
        module
        for module, path in MODULES.items()
        if path.name == "__init__.py" and module and re.search(r"^(from|import) ", path.read_text("utf-8"), re.M)
    ]

    assert faces == []
