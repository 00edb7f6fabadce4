"""The official forms as values.

A form consists of blocks; a block has a tree of row headings and a tree of column headings, and one cell for each
pair of leaves. No year is known here: the content of each notice is data (2019.yaml, 2021.yaml).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache

Cell = tuple[str, str]
"""The keys of a cell: the dotted path of its row and of its column."""


@dataclass(frozen=True)
class Notice:
    """The document that prescribes a format, with its source."""

    number: str
    title: str
    issuer: str
    issued: date
    source: str

    def __str__(self) -> str:
        return self.number


@dataclass(frozen=True)
class Heading:
    """A row or a column, with the key used in code and the official label.

    unit is the unit of its figures (件, 项, 万元); signed allows negative figures; counts names the measure that
    fills its cells; articles are the articles of the 条例 on which it is based.
    """

    key: str
    label: str = ""
    parts: tuple[Heading, ...] = ()
    is_total: bool = False
    unit: str = ""
    signed: bool = False
    counts: str = ""
    articles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identity:
    """A 勾稽关系 printed on the form: in every column, the left rows and the right rows have the same sum."""

    label: str
    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """One grid of a form: rows and columns, and the text of the corner cell.

    label is printed in a band above the grid and is the first part of every row's address; banner is printed above
    the columns, including a total unless banner_covers_total is false, and is not part of an address.
    """

    rows: tuple[Heading, ...]
    columns: tuple[Heading, ...]
    key: str = ""
    label: str = ""
    corner: str = ""
    corner_heads_rows: bool = False
    banner: str = ""
    banner_covers_total: bool = True


@dataclass(frozen=True)
class Form:
    """One official table without figures."""

    key: str
    name: str
    section: str
    blocks: tuple[Block, ...]
    identities: tuple[Identity, ...] = ()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """The hash, computed once: a form has hundreds of parts and is a key of several caches."""
        return hash((self.key, self.name, self.section, self.blocks, self.identities))

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell, in printed order."""
        return tuple(self._chains)

    @cached_property
    def sums_across(self) -> dict[Cell, tuple[Cell, ...]]:
        """Every cell that is a row total, with the cells of its sum."""
        return {
            (row, total): tuple((row, part) for part in parts)
            for block in self.blocks
            for total, parts in totals(block.columns)
            for row, _ in _rows(block)
        }

    @cached_property
    def sums_down(self) -> dict[Cell, tuple[Cell, ...]]:
        """Every cell that is a column total, with the cells of its sum."""
        return {
            (total, column): tuple((part, column) for part in parts)
            for block in self.blocks
            for total, parts in totals(block.rows, _under(block))
            for column, _ in leaves(block.columns)
        }

    @cached_property
    def parts(self) -> dict[Cell, tuple[Cell, ...]]:
        """Every cell with the cells of which it is the sum, without totals; itself alone if it is not a total."""

        def parts(cell: Cell) -> tuple[Cell, ...]:
            summed = self.sums_across.get(cell) or self.sums_down.get(cell)
            return tuple(leaf for part in summed for leaf in parts(part)) if summed else (cell,)

        return {cell: parts(cell) for cell in self.cells}

    def rows(self, cell: Cell) -> tuple[Heading, ...]:
        """Return the row headings of a cell, from the root; the band of the block comes first."""
        return self._chains[cell][0]

    def columns(self, cell: Cell) -> tuple[Heading, ...]:
        """Return the column headings of a cell, from the root."""
        return self._chains[cell][1]

    def address(self, cell: Cell) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the printed labels of a cell's row and column, each from the root."""
        return self._addresses[cell]

    def unit(self, cell: Cell) -> str:
        """Return the unit of a cell's figure: 件, 项 or 万元."""
        rows, columns = self._chains[cell]
        return next((h.unit for h in (*reversed(columns), *reversed(rows)) if h.unit), "件")

    def signed(self, cell: Cell) -> bool:
        """Return whether the figure of a cell may be negative."""
        return any(heading.signed for chain in self._chains[cell] for heading in chain)

    def counts(self, cell: Cell) -> str:
        """Return the name of the measure that fills a cell; empty for a total."""
        return self._measures[cell]

    def articles(self, cell: Cell) -> tuple[str, ...]:
        """Return the articles of the 条例 on which the row of a cell is based."""
        return next((h.articles for h in reversed(self.rows(cell)) if h.articles), ())

    def find(self, row: str, column: str) -> list[Cell]:
        """Return the cells with this row and column, each given as a key or as a tail of complete labels."""
        return [
            cell
            for cell in self.cells
            if is_named(row, cell[0], self.address(cell)[0]) and is_named(column, cell[1], self.address(cell)[1])
        ]

    @cached_property
    def _addresses(self) -> dict[Cell, tuple[tuple[str, ...], tuple[str, ...]]]:
        return {
            cell: (tuple(h.label for h in rows if h.label), tuple(h.label for h in columns if h.label))
            for cell, (rows, columns) in self._chains.items()
        }

    @cached_property
    def _measures(self) -> dict[Cell, str]:
        return {
            cell: next((h.counts for h in (*reversed(columns), *reversed(rows)) if h.counts), "")
            for cell, (rows, columns) in self._chains.items()
        }

    @cached_property
    def _chains(self) -> dict[Cell, tuple[tuple[Heading, ...], tuple[Heading, ...]]]:
        return {
            (row, column): (((Heading(block.key, block.label),) if block.label else ()) + rows, columns)
            for block in self.blocks
            for row, rows in _rows(block)
            for column, columns in leaves(block.columns)
        }


@dataclass(frozen=True)
class Section:
    """One of the six parts of a report: prose, or the name of a form."""

    key: str
    title: str
    instruction: str = ""
    form: str = ""


@dataclass(frozen=True)
class Requirements:
    """The requirements of a notice for the text, and the days on which reports are due.

    overview_characters: the maximum length of the overview; None without a limit.
    fee_statement: whether the last section must report 信息处理费.
    deadlines: month and day in the following year, by kind of office ("default" for all others).
    """

    overview_characters: int | None = None
    fee_statement: bool = False
    deadlines: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Merged:
    """Rows of this format that were one row in the previous format."""

    table: str
    row: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Succession:
    """The differences between a format and the previous one; all other rows and columns with equal keys are the same.

    broken names the tables that are counted in another way than before: their figures are not comparable.
    """

    broken: tuple[str, ...] = ()
    merged: tuple[Merged, ...] = ()


@dataclass(frozen=True)
class ReportFormat:
    """Everything that one notice prescribes, in printed order."""

    notice: Notice
    first_year: int
    title: str
    sections: tuple[Section, ...]
    forms: tuple[Form, ...]
    requires: Requirements = Requirements()
    succession: Succession = Succession()

    def __getitem__(self, key: str) -> Form:
        return {form.key: form for form in self.forms}[key]

    def section(self, key: str) -> Section:
        """Return the section with that key."""
        return {section.key: section for section in self.sections}[key]


def leaves(
    headings: tuple[Heading, ...], under: str = "", above: tuple[Heading, ...] = ()
) -> Iterator[tuple[str, tuple[Heading, ...]]]:
    """Yield the leaves of a tree of headings, which have cells: the dotted path, and the headings from the root.

    >>> tree = (Heading("north", "北", (Heading("east", "东北"), Heading("west", "西北"))),)
    >>> [path for path, _ in leaves(tree)]
    ['north.east', 'north.west']
    """
    for heading in headings:
        path, chain = f"{under}{heading.key}", (*above, heading)
        if heading.parts:
            yield from leaves(heading.parts, f"{path}.", chain)
        else:
            yield path, chain


def totals(headings: tuple[Heading, ...], under: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each total with the paths of its sum: the leaves of all siblings that are not totals."""
    for heading in headings:
        if heading.is_total:
            siblings = tuple(other for other in headings if not other.is_total)
            summed = (path for path, chain in leaves(siblings, under) if not chain[-1].is_total)
            yield f"{under}{heading.key}", tuple(summed)
        yield from totals(heading.parts, f"{under}{heading.key}.")


def relabel(form: Form, change: Callable[[str, str], str]) -> Form:
    """Return the form with every label replaced by change(path, label); keys and shape do not change."""
    return replace(
        form,
        blocks=tuple(
            replace(
                block,
                label=change(block.key, block.label),
                corner=change(f"{_under(block)}corner", block.corner),
                banner=change(f"{_under(block)}banner", block.banner),
                rows=_relabel(block.rows, _under(block), change),
                columns=_relabel(block.columns, _under(block), change),
            )
            for block in form.blocks
        ),
    )


def _relabel(headings: tuple[Heading, ...], under: str, change: Callable[[str, str], str]) -> tuple[Heading, ...]:
    return tuple(
        replace(
            heading,
            label=change(f"{under}{heading.key}", heading.label),
            parts=_relabel(heading.parts, f"{under}{heading.key}.", change),
        )
        for heading in headings
    )


def _under(block: Block) -> str:
    return f"{block.key}." if block.key else ""


def _rows(block: Block) -> Iterator[tuple[str, tuple[Heading, ...]]]:
    return leaves(block.rows, _under(block))


def is_named(name: str, key: str, labels: tuple[str, ...]) -> bool:
    """Return whether a name is a key, or the last one or more complete labels joined by "/".

    The ordinals of the labels may be omitted; width and white space are ignored.
    """
    wanted = normalize_label(name)
    tails = [labels[start:] for start in range(max(1, len(labels)))]
    return name.strip() == key or any(
        wanted in (normalize_label("/".join(tail)), normalize_label("/".join(map(short_label, tail)))) for tail in tails
    )


@lru_cache(maxsize=4096)
def normalize_label(label: str) -> str:
    """Return a label in one width and without white space, for comparison."""
    return "".join(unicodedata.normalize("NFKC", label).split())


_ORDINAL = re.compile(r"^(?:[(（][一二三四五六七八九十]+[)）]|[一二三四五六七八九十]+、|\d+[.．、])\s*")


def short_label(label: str) -> str:
    """Return a label without its ordinal and without the text in brackets after it."""
    return re.sub(r"[（(].*[)）]$", "", _ORDINAL.sub("", label)).strip()
