"""The relations that the printed figures of one table must satisfy, as sums over cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from ...figures.previous_year import PreviousYear
from ...figures.table import Table, Unknown, add
from ...forms.model import Cell, Form
from ...forms.year_on_year import relations, resolve_pattern
from ..disclosures import PUBLIC, RULES

Number = int | Decimal


@dataclass(frozen=True)
class SumRelation:
    """A sum over cells, each with its sign, that must be 0; or, with at_least, that must not be negative.

    words name it to a reader. constant is added to the sum: a figure of last year.
    """

    words: str
    terms: tuple[tuple[Cell, int], ...]
    constant: Number = 0
    at_least: bool = False

    @cached_property
    def cells(self) -> frozenset[Cell]:
        """The cells in it."""
        return frozenset(cell for cell, _ in self.terms)

    def gap(self, values: Mapping[Cell, Number]) -> Number | None:
        """Return the sum; None if a figure is unknown."""
        if any(cell not in values for cell, _ in self.terms):
            return None
        return sum((sign * values[cell] for cell, sign in self.terms), self.constant)

    def is_broken(self, gap: Number | None) -> bool:
        """Return whether a sum breaks it."""
        return gap is not None and (gap < 0 if self.at_least else gap != 0)


def relations_of(
    table: Table, *, may_make_rules: bool | None = None, last: PreviousYear | None = None
) -> tuple[SumRelation, ...]:
    """Return all relations of a table, those to last year's figures too if there are any."""
    form = table.form
    found = [*_sums(form), *_identities(form), *_documents(form)]
    if may_make_rules is False:
        found += _no_rules(form)
    if last is not None:
        found += _last_year(form, last)
    return tuple(found)


def _sums(form: Form) -> Iterator[SumRelation]:
    for total, parts in form.sums_across.items():
        rows, columns = form.address(total)
        words = f"“{rows[-1]}”行" if rows else f"“{'/'.join(columns[:-1])}”"
        yield SumRelation(f"{form.name}{words}相加", ((total, 1), *((part, -1) for part in parts)))
    for total, parts in form.sums_down.items():
        column = "/".join(form.address(total)[1])
        yield SumRelation(f"{form.name}“{column}”列相加", ((total, 1), *((part, -1) for part in parts)))


def _identities(form: Form) -> Iterator[SumRelation]:
    for identity in form.identities:
        for column in dict.fromkeys(column for _, column in form.cells):
            left, right = (tuple((row, column) for row in rows) for rows in (identity.left, identity.right))
            words = f"{form.name}“{'/'.join(form.address(left[0])[1])}”列的勾稽关系"
            yield SumRelation(words, (*((cell, 1) for cell in left), *((cell, -1) for cell in right)))


_AT_LEAST = (
    ("{row}不少于制发减废止", (("in_force", 1), ("issued", -1), ("repealed", 1))),
    ("{row}的总数不少于新公开", (("public_total", 1), ("newly_public", -1))),
    ("{row}减少的不多于原有的", (("items_last_year", 1), ("change", 1))),
)
"""The relations within a row of documents or items, by the keys of its columns."""


def _documents(form: Form) -> Iterator[SumRelation]:
    there = set(form.cells)
    for row in dict.fromkeys(row for row, _ in form.cells):
        for words, columns in _AT_LEAST:
            terms = tuple(((row, column), sign) for column, sign in columns)
            if all(cell in there for cell, _ in terms):
                label = form.address(terms[0][0])[0][-1:]
                yield SumRelation(words.format(row=f"{form.name}“{'/'.join(label)}”"), terms, at_least=True)


def _no_rules(form: Form) -> Iterator[SumRelation]:
    for cell in form.cells:
        if cell[0] == RULES and cell[1] not in PUBLIC:
            yield SumRelation(f"{form.name}“{form.address(cell)[0][-1]}”行应当是 0", ((cell, 1),))


def _last_year(form: Form, last: PreviousYear) -> Iterator[SumRelation]:
    """Yield the relations to last year's figures, of those that are known."""
    for relation in (each for each in relations() if each.table == form.key and each.last):
        for cell in relation.cells(form):
            before = add(last.get(form.key, resolve_pattern(pattern, cell)) for pattern in relation.last)
            more, less = (
                [resolve_pattern(pattern, cell) for pattern in patterns]
                for patterns in (relation.add, relation.subtract)
            )
            if not isinstance(before, Unknown) and {*more, *less} <= set(form.cells):
                rows, columns = form.address(cell)
                words = f"{form.name}“{'/'.join((*rows[-1:], *columns))}”与上年的关系"
                terms = ((cell, 1), *((other, -1) for other in more), *((other, 1) for other in less))
                yield SumRelation(words, terms, -before)
