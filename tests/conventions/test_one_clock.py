"""One legal time: only gktools/workspace/clock.py asks the machine for its day or knows a time zone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from structure import Structure

import gktools

GKTOOLS = Structure(Path(gktools.__file__).parent)
DAYS = frozenset(("today", "now", "utcnow", "fromtimestamp", "utcfromtimestamp", "localtime", "ctime", "asctime"))
CLOCKS = frozenset(("date", "datetime", "time", "Timestamp"))
ZONES = frozenset(("timezone", "ZoneInfo"))


def machine_clocks(source: str) -> Iterator[str]:
    """Yield what in a source gives the machine's own day, or is a time zone."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in DAYS:
            if ast.unparse(node.value).rpartition(".")[2] in CLOCKS:
                yield ast.unparse(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".astimezone") and not node.args:
            yield ast.unparse(node)
        elif isinstance(node, ast.ImportFrom) and node.module in ("time", "datetime", "zoneinfo"):
            yield from (alias.name for alias in node.names if alias.name in DAYS | ZONES)


def test_no_other_module_asks_for_the_machines_day():
    found = {module: set(machine_clocks(path.read_text(encoding="utf-8"))) for module, path in GKTOOLS.named.items()}

    assert {module for module, names in found.items() if names} == {"workspace.clock"}


@pytest.mark.parametrize(
    "source",
    [
        "date.today()",
        "def f(today=date.today): ...",
        "datetime.datetime.now(UTC)",
        "time.localtime()",
        "pd.Timestamp.today()",
        "at.astimezone()",
        "from time import localtime",
        "from datetime import timezone",
    ],
)
def test_it_is_seen_however_it_is_written(source):
    assert list(machine_clocks(source))


@pytest.mark.parametrize("source", ["clock.today()", "due.today", "time.monotonic()", "at.astimezone(UTC)"])
def test_other_uses_are_left_alone(source):
    assert list(machine_clocks(source)) == []
