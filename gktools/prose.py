"""The text of a report as values: paragraphs, and the figures bound in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .forms import Cell


@dataclass(frozen=True)
class BoundFigure:
    """A figure that stands in a text because a token put it there.

    start is its place in the paragraph's text. It comes from a cell of a table, or from a count in a register.
    """

    start: int
    text: str
    token: str
    table: str = ""
    cell: Cell | None = None
    register: str = ""

    def to_json(self) -> dict[str, Any]:
        """The figure as report.json carries it."""
        data: dict[str, Any] = {"text": self.text, "start": self.start, "token": self.token}
        if self.cell is not None:
            return data | {"table": self.table, "row_key": self.cell[0], "column_key": self.cell[1]}
        return data | {"register": self.register}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> BoundFigure:
        """The figure that to_json wrote."""
        cell = (data["row_key"], data["column_key"]) if "row_key" in data else None
        register = data.get("register", "")
        return cls(data["start"], data["text"], data["token"], data.get("table", ""), cell, register)


@dataclass(frozen=True)
class Paragraph:
    """One paragraph as it is printed; is_heading for a sub-heading."""

    text: str
    figures: tuple[BoundFigure, ...] = ()
    is_heading: bool = False


@dataclass(frozen=True)
class Prose:
    """One part of the text: a section by its key and title, or the opening or the signature (no title)."""

    key: str
    paragraphs: tuple[Paragraph, ...] = ()
    title: str = ""

    @property
    def text(self) -> str:
        """All paragraphs, one a line."""
        return "\n".join(paragraph.text for paragraph in self.paragraphs)

    def to_json(self) -> dict[str, Any]:
        """The section as report.json carries it; headings are the places of its sub-headings."""
        return {
            "key": self.key,
            "title": self.title,
            "paragraphs": [paragraph.text for paragraph in self.paragraphs],
            "headings": [i for i, paragraph in enumerate(self.paragraphs) if paragraph.is_heading],
            "figures": [
                {"paragraph": i} | figure.to_json()
                for i, paragraph in enumerate(self.paragraphs)
                for figure in paragraph.figures
            ],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Prose:
        """The section that to_json wrote."""
        paragraphs = tuple(
            Paragraph(
                text,
                tuple(BoundFigure.from_json(figure) for figure in data["figures"] if figure["paragraph"] == i),
                i in data["headings"],
            )
            for i, text in enumerate(data["paragraphs"])
        )
        return cls(data["key"], paragraphs, data["title"])
