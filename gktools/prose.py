"""The text of a report as values: paragraphs with the figures bound in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from markupsafe import Markup

from .forms.model import Cell
from .html import join, tag

PART = "application/vnd.gktools.part+json"
"""The media type of notebook outputs that are part of the published report."""


class MadeFor(NamedTuple):
    """The office, by its code, and the year that a part of a report was made for."""

    office: str
    year: int


def part_mark(key: str, made_for: MadeFor | None, content: object = None) -> dict[str, Any]:
    """Return what an output that is part of a report carries as PART: its key, what it was made for, a hash of content.

    content is the part as in report.json, None for one that is not in it.
    """
    office, year = made_for or ("", 0)
    mark = {"key": key, "office": office, "year": year}
    return mark if content is None else mark | {"sha256": content_hash(content)}


def content_hash(content: object) -> str:
    """Return the SHA-256 of a part of report.json; of the value, so that it is the same after JSON was read back."""
    return sha256(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True)
class BoundFigure:
    """A figure in a text that a token was replaced by.

    start is its offset in the paragraph's text. Its source is a cell of a table, or a count in a register.
    """

    start: int
    text: str
    token: str
    table: str = ""
    cell: Cell | None = None
    register: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the figure as in report.json."""
        data: dict[str, Any] = {"text": self.text, "start": self.start, "token": self.token}
        if self.cell is not None:
            return data | {"table": self.table, "row_key": self.cell[0], "column_key": self.cell[1]}
        return data | {"register": self.register}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> BoundFigure:
        """Return the figure that to_json wrote."""
        cell = (data["row_key"], data["column_key"]) if "row_key" in data else None
        register = data.get("register", "")
        return cls(data["start"], data["text"], data["token"], data.get("table", ""), cell, register)


@dataclass(frozen=True)
class Paragraph:
    """One paragraph as printed; is_heading for a sub-heading."""

    text: str
    figures: tuple[BoundFigure, ...] = ()
    is_heading: bool = False


@dataclass(frozen=True)
class Prose:
    """One part of the text: a section by its key and title, the opening (below the report's title) or the signature.

    omitted names the tokens of the office's sentences that were left out because a figure is unknown. made_for is None
    for a text that was read back.
    """

    key: str
    paragraphs: tuple[Paragraph, ...] = ()
    title: str = ""
    omitted: tuple[str, ...] = ()
    made_for: MadeFor | None = field(default=None, compare=False)

    @property
    def texts(self) -> list[str]:
        """The text of every paragraph."""
        return [paragraph.text for paragraph in self.paragraphs]

    @property
    def text(self) -> str:
        """All paragraphs, one a line."""
        return "\n".join(self.texts)

    def to_json(self) -> dict[str, Any]:
        """Return the section as in report.json; headings lists the indexes of its sub-headings."""
        return {
            "key": self.key,
            "title": self.title,
            "paragraphs": self.texts,
            "headings": [i for i, paragraph in enumerate(self.paragraphs) if paragraph.is_heading],
            "figures": [
                {"paragraph": i} | figure.to_json()
                for i, paragraph in enumerate(self.paragraphs)
                for figure in paragraph.figures
            ],
        }

    def to_html(self, figure: Callable[[BoundFigure], Markup] | None = None) -> Markup:
        """Return the paragraphs as HTML; figure draws a bound figure, by default as plain text."""
        return join(_paragraph(paragraph, figure) for paragraph in self.paragraphs)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        mark = part_mark(self.key, self.made_for, self.to_json())
        return {"text/html": str(self.to_html()), "text/plain": self.text, PART: mark}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Prose:
        """Return the section that to_json wrote."""
        paragraphs = tuple(
            Paragraph(
                text,
                tuple(BoundFigure.from_json(figure) for figure in data["figures"] if figure["paragraph"] == i),
                i in data["headings"],
            )
            for i, text in enumerate(data["paragraphs"])
        )
        return cls(data["key"], paragraphs, data["title"])


def _paragraph(paragraph: Paragraph, figure: Callable[[BoundFigure], Markup] | None) -> Markup:
    if paragraph.is_heading:
        return tag("h3", paragraph.text)
    parts: list[object] = []
    end = 0
    for bound in paragraph.figures if figure else ():
        assert figure
        parts += [paragraph.text[end : bound.start], figure(bound)]
        end = bound.start + len(bound.text)
    return tag("p", *parts, paragraph.text[end:])
