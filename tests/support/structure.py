"""The structure of the package, counted from its sources: python tests/support/structure.py [CHECKOUT].

Units are the modules and packages directly under gktools/; an arrow is an import of another unit, also for types only.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

MOST_ARGUMENTS = 7
JSON_OBJECT = re.compile(r"\b(?:\w*dict|Mapping)\[str, Any\]")
"""A JSON object as an untyped mapping."""


@dataclass(frozen=True)
class Structure:
    """The modules of a package by dotted name below gktools/ ("" for the package itself), each with its file."""

    package: Path

    @cached_property
    def modules(self) -> dict[str, Path]:
        """Every module with its file."""
        files = sorted(self.package.rglob("*.py"))
        return {".".join(file.relative_to(self.package).with_suffix("").parts): file for file in files} | {
            ".".join(file.relative_to(self.package).parent.parts): file for file in files if file.stem == "__init__"
        }

    @cached_property
    def named(self) -> dict[str, Path]:
        """Every module by the name it is imported by."""
        return {name: file for name, file in self.modules.items() if not f".{name}".endswith(".__init__")}

    @cached_property
    def edges(self) -> dict[str, set[str]]:
        """Every module with the modules that it imports anywhere; a package that only qualifies a name is not one."""
        found = {}
        for module, file in self.named.items():
            names = imports(file.read_text(encoding="utf-8"), file.relative_to(self.package).parent.parts)
            modules = {name if name in self.named else name.rpartition(".")[0] for name in names}
            found[module] = (modules & self.named.keys()) - {module, ""}
        return found

    @cached_property
    def units(self) -> set[str]:
        """The names directly below gktools/ that are modules or packages, without __init__ and __main__."""
        return {unit_of(module) for module in self.named} - {"", "__main__"}

    @cached_property
    def arrows(self) -> set[tuple[str, str]]:
        """Every pair of units of which the first imports the second."""
        pairs = {(unit_of(one), unit_of(other)) for one, others in self.edges.items() for other in others}
        return {(one, other) for one, other in pairs if one != other and {one, other} <= self.units}

    def long_signatures(self) -> Iterator[tuple[str, str, int]]:
        """Yield module, name and number of arguments of every function with too many, except commands of the cli."""
        for module, file in self.named.items():
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_command(node):
                    given = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
                    count = len(given) - (given[:1] in (["self"], ["cls"]))
                    if count > MOST_ARGUMENTS:
                        yield module, node.name, count

    def with_json_objects(self) -> set[str]:
        """The modules with JSON objects as untyped mappings."""
        return {module for module, file in self.named.items() if JSON_OBJECT.search(file.read_text(encoding="utf-8"))}


def imports(source: str, package: tuple[str, ...]) -> set[str]:
    """Return the imports of gktools in a source, as dotted names below gktools/; package is the one of the source."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ["gktools", *package][: len(package) + 2 - node.level] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{start}.{alias.name}" for alias in node.names}
    return {name.removeprefix("gktools.") for name in found if name.startswith("gktools.")}


def unit_of(module: str) -> str:
    """Return the first part of a dotted name below gktools/."""
    return module.partition(".")[0]


def circles(edges: Mapping[str, set[str]]) -> set[str]:
    """Return the nodes of a graph that are in a cycle or between two cycles; empty for an acyclic graph."""
    left = {one: set(others) - {one} for one, others in edges.items()}
    while left:
        reached = set().union(*left.values())
        free = {one for one, others in left.items() if not others & left.keys() or one not in reached}
        if not free:
            return set(left)
        left = {one: others & (left.keys() - free) for one, others in left.items() if one not in free}
    return set()


def _is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("command" in ast.unparse(one) for one in function.decorator_list)


def main(checkout: Path) -> None:
    """Print the counts of a checkout."""
    found = Structure(checkout / "gktools")
    unit_edges = {unit: {other for one, other in found.arrows if one == unit} for unit in found.units}
    print(f"units directly under gktools/: {len(found.units)}")
    print(f"arrows between them: {len(found.arrows)}")
    print(f"units in circles: {len(circles(unit_edges))}, modules in circles: {len(circles(found.edges))}")
    print(f"functions with more than {MOST_ARGUMENTS} arguments: {len(list(found.long_signatures()))}")
    print(f"modules with dict[str, Any]: {len(found.with_json_objects())}")
    lines = [file.read_text(encoding="utf-8").count("\n") for file in found.named.values()]
    print(
        f"modules: {len(found.named)}, lines: {sum(lines)}, imports between modules: {sum(map(len, found.edges.values()))}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2])
