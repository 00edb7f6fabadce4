"""What differs between two reports: cells with both values, passages with the characters marked, findings new and gone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from ...forms.notices import load_format

Json = Mapping[str, Any]


@dataclass(frozen=True)
class ChangedCell:
    """A cell whose value or source is another one: its table's name, its labels from the root, and both values."""

    table: str
    cell: tuple[str, str]
    row: tuple[str, ...]
    column: tuple[str, ...]
    old: Any
    new: Any

    def __str__(self) -> str:
        place = "”“".join("/".join(labels) for labels in (self.row, self.column) if labels)
        return f"{self.table}“{place}”原来是 {_said(self.old)}，现在是 {_said(self.new)}"


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
    """What differs between an old and a new report; unchanged are the titles of the sections in which nothing does."""

    cells: tuple[ChangedCell, ...] = ()
    passages: tuple[ChangedPassage, ...] = ()
    findings_new: tuple[Json, ...] = ()
    findings_gone: tuple[Json, ...] = ()
    unchanged: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.cells or self.passages or self.findings_new or self.findings_gone)

    @property
    def summary(self) -> dict[str, int]:
        """How many cells, passages, new findings and findings gone there are."""
        parts = ("cells", "passages", "findings_new", "findings_gone")
        return {name: len(getattr(self, name)) for name in parts}


def difference(old: Json, new: Json) -> Difference:
    """Return what differs between two report.json of one office: of one year, or of two under the same form."""
    cells = tuple(_cells(old, new))
    passages = tuple(_passages(old, new))
    marks, before = ({finding["fingerprint"] for finding in one["findings"]} for one in (new, old))
    touched = {cell.table for cell in cells} | {passage.section for passage in passages}
    names = {form.key: form.name for form in load_format(new["year"]).forms}
    unchanged = (s["title"] for s in new["sections"] if not {s["key"], names.get(s["key"])} & touched)
    return Difference(
        cells,
        passages,
        tuple(finding for finding in new["findings"] if finding["fingerprint"] not in before),
        tuple(finding for finding in old["findings"] if finding["fingerprint"] not in marks),
        tuple(unchanged),
    )


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


def _cells(old: Json, new: Json) -> Iterator[ChangedCell]:
    for form in load_format(new["year"]).forms:
        before = {(cell["row_key"], cell["column_key"]): cell for cell in old["tables"].get(form.key, ())}
        for cell in new["tables"].get(form.key, ()):
            place = (cell["row_key"], cell["column_key"])
            value = before.get(place, {"value": None})["value"]
            if value != cell["value"]:
                yield ChangedCell(form.name, place, tuple(cell["row"]), tuple(cell["column"]), value, cell["value"])


def _passages(old: Json, new: Json) -> Iterator[ChangedPassage]:
    before = {key: paragraphs for key, _, paragraphs in _texts(old)}
    for key, title, paragraphs in _texts(new):
        for one, other in _pairs(before.get(key, []), paragraphs):
            yield ChangedPassage(key, title, marked(one, other))


def _texts(report: Json) -> Iterator[tuple[str, str, list[str]]]:
    """Every part of the text: its key, its title and its paragraphs."""
    yield "opening", "开头段", report["opening"]["paragraphs"]
    for section in report["sections"]:
        yield section["key"], section["title"], section["paragraphs"]
    yield "signature", "落款", report["signature"]["paragraphs"]


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the paragraphs that differ, each with the one in whose place it stands; empty where there is none."""
    for kind, start, end, other, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            before, after = list(old[start:end]), list(new[other:last])
            length = max(len(before), len(after))
            yield from zip(_filled(before, length), _filled(after, length), strict=True)


def _filled(texts: list[str], length: int) -> Iterable[str]:
    return [*texts, *[""] * (length - len(texts))]


def _said(value: Any) -> str:
    return "没有数" if value is None else str(value)


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
