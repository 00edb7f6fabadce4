"""The difference between two reports: cells with both values, passages with changed characters marked, findings.

Review, corrections and reproduction all compare by this module; each has its own wording.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import chain
from typing import Literal

from ...findings import Finding
from ...forms.model import Cell
from ...forms.notices import load_format
from ...workspace.report_data import ReportCell, ReportData


@dataclass(frozen=True)
class ChangedCell:
    """A cell with another value or source: its table's name, its labels from the root, both values and sources.

    A source is empty where a report does not have the cell.
    """

    table: str
    cell: Cell
    row: tuple[str, ...]
    column: tuple[str, ...]
    old: int | Decimal | None
    new: int | Decimal | None
    sources: tuple[str, str] = ("", "")

    def __str__(self) -> str:
        place = "”“".join("/".join(labels) for labels in (self.row, self.column) if labels)
        return f"{self.table}“{place}”原来是 {value_text(self.old)}，现在是 {value_text(self.new)}"


@dataclass(frozen=True)
class Piece:
    """A run of characters or figures that is the same in both texts, or occurs in the old or the new one only."""

    kind: Literal["same", "old", "new"]
    text: str


@dataclass(frozen=True)
class ChangedPassage:
    """A paragraph that differs: its section, and its pieces in reading order."""

    section: str
    title: str
    pieces: tuple[Piece, ...]

    def __str__(self) -> str:
        old, new = (_quoted(self.pieces, kind) for kind in ("old", "new"))
        return f"“{self.title}”里原来是“{old}”，现在是“{new}”"


@dataclass(frozen=True)
class Difference:
    """The difference between an old and a new report; unchanged has the titles of the sections without any.

    compared has every cell with another value or source, also those of the old report only.
    """

    compared: tuple[ChangedCell, ...] = ()
    passages: tuple[ChangedPassage, ...] = ()
    findings_new: tuple[Finding, ...] = ()
    findings_gone: tuple[Finding, ...] = ()
    unchanged: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[ChangedCell, ...]:
        """The cells of the new report that have another value."""
        return tuple(cell for cell in self.compared if cell.old != cell.new and cell.sources[1])

    def __bool__(self) -> bool:
        return bool(self.cells or self.passages or self.findings_new or self.findings_gone)

    @property
    def summary(self) -> dict[str, int]:
        """The number of cells, passages, new findings and findings gone."""
        parts = ("cells", "passages", "findings_new", "findings_gone")
        return {name: len(getattr(self, name)) for name in parts}


def renamed(old: ReportData, new: ReportData) -> Iterator[str]:
    """Yield where the title and the labels of rows and columns are printed otherwise than before, as Chinese sentences."""
    printed = [(old.title, new.title)]
    for table, cells in new.tables.items():
        before = old.cells.get(table, {})
        both = ((before[cell.key], cell) for cell in cells if cell.key in before)
        printed += chain.from_iterable(zip((*a.row, *a.column), (*b.row, *b.column), strict=False) for a, b in both)
    yield from (f"“{one}”现在印成“{other}”" for one, other in dict.fromkeys(printed) if one != other)


def difference(old: ReportData, new: ReportData) -> Difference:
    """Return the difference of two reports of one office: of one year, or of two years with the same form."""
    marks, before = ({finding.fingerprint for finding in one.findings} for one in (new, old))
    found = Difference(
        tuple(_cells(old, new)),
        tuple(_passages(old, new)),
        tuple(finding for finding in new.findings if finding.fingerprint not in before),
        tuple(finding for finding in old.findings if finding.fingerprint not in marks),
    )
    touched = {cell.table for cell in found.cells} | {passage.section for passage in found.passages}
    names = {form.key: form.name for form in load_format(new.year).forms}
    unchanged = (part.title for part in new.sections if not {part.key, names.get(part.key)} & touched)
    return replace(found, unchanged=tuple(unchanged))


def changed_runs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the text of every run of pieces in which two lists differ, old and new; （没有） for none."""
    for kind, start, end, other, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield "".join(old[start:end]) or "（没有）", "".join(new[other:last]) or "（没有）"


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each with its full stop."""
    return re.findall(r"[^。]+。?", text)


def value_text(value: int | Decimal | None) -> str:
    """Return a value as worded in a sentence about a difference."""
    return "没有数" if value is None else str(value)


def compare_texts(old: str, new: str) -> tuple[Piece, ...]:
    """Return two texts merged to one run of pieces; figures are compared as units, other text by character."""
    before, after = _tokens(old), _tokens(new)
    pieces: list[Piece] = []
    for kind, start, end, other, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(before[start:end])))
            continue
        sides: tuple[tuple[Literal["old", "new"], list[str]], ...] = (
            ("old", before[start:end]),
            ("new", after[other:last]),
        )
        pieces += [Piece(side, "".join(part)) for side, part in sides if part]
    return tuple(pieces)


def _tokens(text: str) -> list[str]:
    return re.findall(r"\d[\d,.，]*\d|\d|.", text, flags=re.DOTALL)


def _cells(old: ReportData, new: ReportData) -> Iterator[ChangedCell]:
    """Yield the cells that differ, table by table in printed order; last those of the old report only."""
    for form in load_format(new.year).forms:
        before, now = old.cells.get(form.key, {}), new.cells.get(form.key, {})
        for key in {**now, **before}:
            one, other = before.get(key, _NO_CELL), now.get(key, _NO_CELL)
            if (one.value, one.source) != (other.value, other.source):
                labels, sources = now.get(key, one), (one.source, other.source)
                yield ChangedCell(form.name, key, labels.row, labels.column, one.value, other.value, sources)


_NO_CELL = ReportCell((), (), ("", ""), None, source="")


def _passages(old: ReportData, new: ReportData) -> Iterator[ChangedPassage]:
    before = {part.key: part.texts for part in old.parts}
    for part in new.parts:
        for one, other in _pairs(before.get(part.key, []), part.texts):
            yield ChangedPassage(part.key, part.title, compare_texts(one, other))


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the paragraphs that differ, each with the one it replaces; empty where there is none."""
    for kind, start, end, other, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            before, after = list(old[start:end]), list(new[other:last])
            length = max(len(before), len(after))
            yield from zip(_padded(before, length), _padded(after, length), strict=True)


def _padded(texts: list[str], length: int) -> Iterable[str]:
    return [*texts, *[""] * (length - len(texts))]


def _quoted(pieces: Sequence[Piece], kind: str) -> str:
    """Return one side of a passage from the first to the last character that differs, with some context."""
    places = [i for i, piece in enumerate(pieces) if piece.kind != "same"]
    if not places:
        return ""
    first, last = places[0], places[-1] + 1
    text = "".join(piece.text for piece in pieces[first:last] if piece.kind in ("same", kind))
    before = "".join(piece.text for piece in pieces[:first])[-_AROUND:]
    after = "".join(piece.text for piece in pieces[last:])[:_AROUND]
    return f"{before}{_shortened(text)}{after}" if before or text or after else "（没有）"


def _shortened(text: str) -> str:
    return text if len(text) <= _QUOTED else f"{text[: _QUOTED // 2]}……{text[-_QUOTED // 2 :]}"


_AROUND, _QUOTED = 10, 100
