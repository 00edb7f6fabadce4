"""What a report depends on: the rule by folder against what the code imports."""

from __future__ import annotations

from pathlib import Path

from structure import Structure

import gktools
from gktools.build.freshness import is_of_a_report

GKTOOLS = Structure(Path(gktools.__file__).parent)
STARTS = ("inputs.inputs", "report.report", "text.sections", "figures.counting.count", "text.charts.pictures")
"""What the cells of the notebook name: the modules behind gktools.__all__."""
BY_ENGINE = ("build.engine.engine", "build.engine.execution", "build.engine.server", "render.page")
"""What executes the notebook and renders it."""


def closure(starts: tuple[str, ...]) -> set[str]:
    """Every module that is imported, directly or not, wherever in a source the import stands."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += GKTOOLS.edges[module]
    return found


def test_a_report_depends_on_exactly_the_modules_that_building_it_imports():
    hashed = {
        module
        for module, path in GKTOOLS.named.items()
        if path.name != "__init__.py" and is_of_a_report(path.relative_to(GKTOOLS.package))
    }

    assert hashed == closure((*STARTS, *BY_ENGINE))


def test_the_notebook_names_no_other_modules():
    assert {f"gktools.{module}" for module in STARTS} == {getattr(gktools, name).__module__ for name in gktools.__all__}
