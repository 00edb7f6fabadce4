"""The relations between the figures of a year and those of the previous year, as data (year_on_year.yaml)."""

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
    """A cell that equals cells of last year, plus and minus cells of this year; without a cell, a rule without a sum.

    code is the code of the rule; staff use name when they explain a difference. Cells are "row|column" by keys;
    * matches any key, the same in all patterns.
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
        """Return the cells of a form to which the relation applies."""
        row, _, column = self.cell.partition("|")
        return [cell for cell in form.cells if self.cell and row in ("*", cell[0]) and column in ("*", cell[1])]


def resolve_pattern(pattern: str, cell: Cell) -> Cell:
    """Return the cell of a pattern, with each * replaced by the key of the given cell."""
    row, _, column = pattern.partition("|")
    return cell[0] if row == "*" else row, cell[1] if column == "*" else column


@lru_cache
def relations() -> tuple[Relation, ...]:
    """Return every relation, in the order of year_on_year.yaml."""
    found: tuple[Relation, ...] = read_data(Path(__file__).with_suffix(".yaml"), tuple[Relation, ...])
    return found


def find_rule(name: str) -> str:
    """Return the code of the rule with this name or code. Raises ValueError with the most similar names."""
    codes = {word: relation.code for relation in relations() for word in (relation.name, relation.code)}
    if name in codes:
        return codes[name]
    known = "、".join(relation.name for relation in relations())
    raise ValueError(f"没有“{name}”这个核对项目{nearest(name, codes)}（可填：{known}）")
