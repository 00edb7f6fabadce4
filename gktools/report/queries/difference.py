"""What differs between two reports: cells with both values, passages with the characters marked, findings new and gone.

Review, corrections and building a report again all compare by this module; each words what it found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Literal

from ...findings import Finding
from ...forms.model import Cell
from ...forms.notices import load_format
from ...workspace.report_data import ReportCell, ReportData


@dataclass(frozen=True)
class ChangedCell:
    """A cell whose value or source is another one: its table's name, its labels from the root, both values and sources.

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
    """A run of characters or figures that is the same in both texts, or stands only in the old or the new one."""

    kind: Literal["same", "old", "new"]
    text: str


@dataclass(frozen=True)
class ChangedPassage:
    """A paragraph that differs: the section it stands in, and its pieces in reading order."""

    section: str
    title: str
    pieces: tuple[Piece, ...]

    def __str__(self) -> str:
        old, new = (_quoted(self.pieces, kind) for kind in ("old", "new"))
        return f"“{self.title}”里原来是“{old}”，现在是“{new}”"


@dataclass(frozen=True)
class Difference:
    """What differs between an old and a new report; unchanged are the titles of the sections in which nothing does.

    compared holds every cell with another value or another source, also one that only the old report has.
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
        """How many cells, passages, new findings and findings gone there are."""
        parts = ("cells", "passages", "findings_new", "findings_gone")
        return {name: len(getattr(self, name)) for name in parts}


def difference(old: ReportData, new: ReportData) -> Difference:
    """Return what differs between two reports of one office: of one year, or of two under the same form."""
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
    """Yield the text of every run of pieces that two lists differ in, old and new; （没有） for none."""
    for kind, start, end, other, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield "".join(old[start:end]) or "（没有）", "".join(new[other:last]) or "（没有）"


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each with its full stop."""
    return re.findall(r"[^。]+。?", text)


def value_text(value: int | Decimal | None) -> str:
    """Return a value as a sentence about a difference gives it."""
    return "没有数" if value is None else str(value)


def marked(old: str, new: str) -> tuple[Piece, ...]:
    """Return two texts as one run of pieces; a figure is the same or another one as a whole, other text by character."""
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
    """The cells that differ, table by table in printed order; last those that only the old report has."""
    for form in load_format(new.year).forms:
        before, now = old.cells.get(form.key, {}), new.cells.get(form.key, {})
        for key in {**now, **before}:
            one, other = before.get(key, _NO_CELL), now.get(key, _NO_CELL)
            if (one.value, one.source) != (other.value, other.source):
                known, sources = now.get(key, one), (one.source, other.source)
                yield ChangedCell(form.name, key, known.row, known.column, one.value, other.value, sources)


_NO_CELL = ReportCell((), (), ("", ""), None, source="")


def _passages(old: ReportData, new: ReportData) -> Iterator[ChangedPassage]:
    before = {part.key: part.texts for part in old.parts}
    for part in new.parts:
        for one, other in _pairs(before.get(part.key, []), part.texts):
            yield ChangedPassage(part.key, part.title, marked(one, other))


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the paragraphs that differ, each with the one in whose place it stands; empty where there is none."""
    for kind, start, end, other, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            before, after = list(old[start:end]), list(new[other:last])
            length = max(len(before), len(after))
            yield from zip(_filled(before, length), _filled(after, length), strict=True)


def _filled(texts: list[str], length: int) -> Iterable[str]:
    return [*texts, *[""] * (length - len(texts))]


def _quoted(pieces: Sequence[Piece], kind: str) -> str:
    """What a side of a passage says, from the first to the last character that differs, and some around it."""
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
