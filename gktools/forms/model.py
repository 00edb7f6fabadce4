"""The official forms as values.

A form is drawn in blocks; a block is two trees of headings, one down the side and one across the top, and a
cell lives where two leaves meet. Nothing here knows a particular year: what a notice prescribes is data, in
formats/.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache

Cell = tuple[str, str]
"""A cell by its keys: the dotted path of its row and of its column."""


@dataclass(frozen=True)
class Notice:
    """The document that prescribes a format, and where to read it."""

    number: str
    title: str
    issuer: str
    issued: date
    source: str

    def __str__(self) -> str:
        return self.number


@dataclass(frozen=True)
class Heading:
    """A row or a column: a key for the code, the official label for the reader.

    unit is what its figures count (件, 项, 万元); signed lets them be negative; counts names the measure that
    fills its cells; articles are those of the 条例 it rests on.
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
    """A 勾稽关系 printed on the form: in every column, the left rows sum to the right."""

    label: str
    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """One grid of a form: rows and columns, and the text of the corner between them.

    label stands in a band of its own above the grid and begins every row's address; banner stands above the
    columns (also above a total, unless a local variant leaves that beside it) and belongs to no address.
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
    """One official table, empty."""

    key: str
    name: str
    section: str
    blocks: tuple[Block, ...]
    identities: tuple[Identity, ...] = ()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Worked out once: whatever is kept by form asks for it, and a form has hundreds of parts."""
        return hash((self.key, self.name, self.section, self.blocks, self.identities))

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell, in printed order."""
        return tuple(self._chains)

    @cached_property
    def sums_across(self) -> dict[Cell, tuple[Cell, ...]]:
        """Every cell that is a total along its row, with the cells it sums."""
        return {
            (row, total): tuple((row, part) for part in parts)
            for block in self.blocks
            for total, parts in totals(block.columns)
            for row, _ in _rows(block)
        }

    @cached_property
    def sums_down(self) -> dict[Cell, tuple[Cell, ...]]:
        """Every cell that is a total down its column, with the cells it sums."""
        return {
            (total, column): tuple((part, column) for part in parts)
            for block in self.blocks
            for total, parts in totals(block.rows, _under(block))
            for column, _ in leaves(block.columns)
        }

    def rows(self, cell: Cell) -> tuple[Heading, ...]:
        """The row headings of a cell, from the root; the block's own band comes first."""
        return self._chains[cell][0]

    def columns(self, cell: Cell) -> tuple[Heading, ...]:
        """The column headings of a cell, from the root."""
        return self._chains[cell][1]

    def address(self, cell: Cell) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The labels of a cell's row and column, each from the root, as they are printed."""
        rows, columns = self._chains[cell]
        return tuple(h.label for h in rows if h.label), tuple(h.label for h in columns if h.label)

    def unit(self, cell: Cell) -> str:
        """What the figure of a cell counts."""
        rows, columns = self._chains[cell]
        return next((h.unit for h in (*reversed(columns), *reversed(rows)) if h.unit), "件")

    def signed(self, cell: Cell) -> bool:
        """Whether the figure of a cell may be negative."""
        return any(heading.signed for chain in self._chains[cell] for heading in chain)

    def counts(self, cell: Cell) -> str:
        """The measure that fills a cell; empty for a total."""
        rows, columns = self._chains[cell]
        return next((h.counts for h in (*reversed(columns), *reversed(rows)) if h.counts), "")

    def articles(self, cell: Cell) -> tuple[str, ...]:
        """The articles of the 条例 that the row of a cell rests on."""
        return next((h.articles for h in reversed(self.rows(cell)) if h.articles), ())

    def find(self, row: str, column: str) -> list[Cell]:
        """The cells that a row and a column name, each by its key or by any tail of its labels compared whole."""
        return [
            cell
            for cell in self.cells
            if is_named(row, cell[0], self.address(cell)[0]) and is_named(column, cell[1], self.address(cell)[1])
        ]

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
    """One of the six parts of a report: prose, or the form it prints."""

    key: str
    title: str
    instruction: str = ""
    form: str = ""


@dataclass(frozen=True)
class Requirements:
    """What a notice asks of the text from its first year on, and the days by which a report is due.

    overview_characters: the most characters the overview may have; None where the notice sets no limit.
    fee_statement: whether the last section reports 信息处理费.
    deadlines: month and day in the year after, by kind of office ("default" for the rest).
    """

    overview_characters: int | None = None
    fee_statement: bool = False
    deadlines: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Merged:
    """Rows of this format that were one row of the format before it."""

    table: str
    row: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Succession:
    """How a format goes on from the one before it: equal keys are equal rows and columns, but for these.

    broken names the tables that count otherwise than before, so that no figure of theirs may be compared.
    """

    broken: tuple[str, ...] = ()
    merged: tuple[Merged, ...] = ()


@dataclass(frozen=True)
class ReportFormat:
    """All that one notice prescribes, in the order it prints it."""

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
        """The section of that key."""
        return {section.key: section for section in self.sections}[key]


def leaves(
    headings: tuple[Heading, ...], under: str = "", above: tuple[Heading, ...] = ()
) -> Iterator[tuple[str, tuple[Heading, ...]]]:
    """Yield the headings that carry cells: the dotted path, and the headings from the root down to it.

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
    """Yield each total with the paths it sums: the leaves of its siblings that are no totals themselves."""
    for heading in headings:
        if heading.is_total:
            siblings = tuple(other for other in headings if not other.is_total)
            summed = (path for path, chain in leaves(siblings, under) if not chain[-1].is_total)
            yield f"{under}{heading.key}", tuple(summed)
        yield from totals(heading.parts, f"{under}{heading.key}.")


def relabel(form: Form, change: Callable[[str, str], str]) -> Form:
    """Return the form with every label passed through change(path, label); keys and shape stay."""
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
    """Return whether a name is a key, or the last one or more of its labels joined by "/", compared whole.

    The ordinals of the labels may be left out; width and white space do not matter.
    """
    wanted = folded(name)
    tails = [labels[start:] for start in range(max(1, len(labels)))]
    return name.strip() == key or any(
        wanted in (folded("/".join(tail)), folded("/".join(map(plain, tail)))) for tail in tails
    )


@lru_cache(maxsize=4096)
def folded(label: str) -> str:
    """Return a label for comparison: one width, no white space."""
    return "".join(unicodedata.normalize("NFKC", label).split())


_ORDINAL = re.compile(r"^(?:[(（][一二三四五六七八九十]+[)）]|[一二三四五六七八九十]+、|\d+[.．、])\s*")


def plain(label: str) -> str:
    """Return a label without its ordinal and without what stands in brackets after it."""
    return re.sub(r"[（(].*[)）]$", "", _ORDINAL.sub("", label)).strip()
