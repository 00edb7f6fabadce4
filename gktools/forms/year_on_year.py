"""What must hold between a year's figures and those of the year before, as data (relations.yaml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import ConfigDict

from ..errors import nearest
from ..yamlfile import read_data
from .model import Cell, Form


@dataclass(frozen=True)
class Relation:
    """A cell that is last year's cells, plus and minus cells of this year; without a cell a rule that is no sum.

    code is the rule's, name what staff call it when they give the reason of a difference. Cells are "row|column" by
    keys; * stands for any key, the same on all sides.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    code: str
    name: str
    table: str
    cell: str = ""
    last: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    subtract: tuple[str, ...] = ()

    def cells(self, form: Form) -> list[Cell]:
        """The cells of a form that the relation says something about."""
        row, _, column = self.cell.partition("|")
        return [cell for cell in form.cells if self.cell and row in ("*", cell[0]) and column in ("*", cell[1])]


def bound(pattern: str, cell: Cell) -> Cell:
    """Return the cell that a pattern names beside a cell: * is that cell's own key."""
    row, _, column = pattern.partition("|")
    return cell[0] if row == "*" else row, cell[1] if column == "*" else column


@lru_cache
def relations() -> tuple[Relation, ...]:
    """Return every relation, in the order of relations.yaml."""
    found: tuple[Relation, ...] = read_data(Path(__file__).with_suffix(".yaml"), tuple[Relation, ...])
    return found


def rule_named(name: str) -> str:
    """Return the code of the rule that staff name, by its name or code. Raises ValueError with the nearest names."""
    codes = {word: relation.code for relation in relations() for word in (relation.name, relation.code)}
    if name in codes:
        return codes[name]
    known = "、".join(relation.name for relation in relations())
    raise ValueError(f"没有“{name}”这个核对项目{nearest(name, codes)}（可填：{known}）")
