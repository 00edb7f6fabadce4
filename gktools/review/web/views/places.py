"""Places of a report as links and words: a cell, a paragraph, a finding; and moments as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from ....forms.model import Cell
from ....forms.notices import load_format
from ....render.review_page import anchor

Json = Mapping[str, Any]
_BEIJING = timezone(timedelta(hours=8))
_QUOTED = 24
"""How many characters of a paragraph name it."""


@dataclass(frozen=True)
class ReportPlace:
    """A cell or a paragraph: how the log names it, how people do, and its anchor on the report's page."""

    key: str
    label: str
    anchor: str


def moment(at: str) -> str:
    """Return a moment of the log (UTC) as clocks in China show it, to the minute."""
    return datetime.fromisoformat(at).astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M")


def cell_key(table: str, cell: Cell) -> str:
    """Return how the log names a cell."""
    return ":".join((table, *cell))


def find_place(report: Json, key: str) -> ReportPlace | None:
    """Return the cell or paragraph that a key of the log names; None if the report has no such place."""
    table, *rest = key.split(":")
    if len(rest) == 2 and table in report["tables"]:
        return _cell(report, key, table, (rest[0], rest[1]))
    if len(rest) == 1:
        return next((place for place in paragraphs(report) if place.key == key), None)
    return None


def paragraphs(report: Json) -> list[ReportPlace]:
    """Return every paragraph of a report, numbered from one in its section; a section without text is one place."""
    parts = [("opening", "开头段", report["opening"]["paragraphs"])]
    parts += [(s["key"], s["title"], s["paragraphs"] or [""]) for s in report["sections"]]
    parts.append(("signature", "落款", report["signature"]["paragraphs"]))
    return [
        ReportPlace(f"{key}:{number}", f"{title}{f'　第 {number} 段' if text else ''}{_quote(text)}", key)
        for key, title, texts in parts
        for number, text in enumerate(texts, start=1)
    ]


def anchor_of(finding: Json) -> str:
    """Return the anchor of what a finding is about; empty where it is about the report as a whole."""
    if finding["row_key"] is not None:
        return anchor(finding["table"], (finding["row_key"], finding["column_key"]))
    return str(finding["table"] or finding["section"] or "")


def table_names(year: int) -> dict[str, str]:
    """Return what the tables of a year are called, by key."""
    return {form.key: form.name for form in load_format(year).forms}


def labels(*sides: Any) -> str:
    """Return the labels of a row and a column in one line."""
    return " · ".join(" / ".join(side) for side in sides if side)


def _cell(report: Json, key: str, table: str, cell: Cell) -> ReportPlace | None:
    known = ((c["row"], c["column"]) for c in report["tables"][table] if (c["row_key"], c["column_key"]) == cell)
    address = next(known, None)
    if address is None:
        return None
    return ReportPlace(key, f"{table_names(report['year'])[table]}　{labels(*address)}", anchor(table, cell))


def _quote(text: str) -> str:
    if not text:
        return ""
    return f"“{text[:_QUOTED]}{'…' if len(text) > _QUOTED else ''}”"
