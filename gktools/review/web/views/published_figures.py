"""The official tables of a published report as a form: a field for every figure, with what is in it and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from ....forms.model import Cell, Form, ReportFormat
from ....html import draw_form, tag
from ....inputs.published_figures import Number, PublishedFigures, entered_figure


@dataclass(frozen=True)
class FigureFields:
    """The figures that a form has: those that can be used by table and cell, and what is wrong with others, by field name."""

    figures: Mapping[str, Mapping[Cell, Number]]
    errors: Mapping[str, str]


def name_of(form: Form, cell: Cell) -> str:
    """Return the name of the field with a figure."""
    return ":".join((form.key, *cell))


def texts_of(official: ReportFormat, published: PublishedFigures | None) -> dict[str, str]:
    """Return the text of every field, by name, with the figures that are known."""
    held = published.figures if published else {}
    return {
        name_of(form, cell): str(number) for form in official.forms for cell, number in held.get(form.key, {}).items()
    }


def read_fields(official: ReportFormat, filled: Mapping[str, str]) -> FigureFields:
    """Return the figures of a form that was sent; an empty field has none."""
    figures: dict[str, dict[Cell, Number]] = {}
    errors: dict[str, str] = {}
    for form in official.forms:
        held = figures.setdefault(form.key, {})
        for cell in form.cells:
            name = name_of(form, cell)
            if text := filled.get(name, "").strip():
                try:
                    held[cell] = entered_figure(form, cell, text)
                except ValueError as error:
                    errors[name] = str(error)
    return FigureFields(figures, errors)


def tables(official: ReportFormat, texts: Mapping[str, str], errors: Mapping[str, str]) -> list[tuple[str, Markup]]:
    """Return the name of every table and the table with its fields."""
    return [(form.name, draw_form(form, partial(_field, form, texts, errors))) for form in official.forms]


def _field(form: Form, texts: Mapping[str, str], errors: Mapping[str, str], cell: Cell) -> Markup:
    name, (row, column) = name_of(form, cell), form.address(cell)
    wrong = errors.get(name)
    place = "，".join("/".join(labels) for labels in (row, column) if labels)
    field = tag(
        "input",
        name=name,
        id=f"f-{name}",
        value=texts.get(name, ""),
        inputmode="decimal",
        aria_label=f"{place}（{form.unit(cell)}）",
        aria_invalid="true" if wrong else None,
        aria_describedby=f"e-{name}" if wrong else None,
    )
    return tag("td", field, tag("span", wrong, class_="error", id=f"e-{name}") if wrong else "")


def place_of(official: ReportFormat, name: str) -> str:
    """Return where a field is: its table, row and column."""
    table, *cell = name.split(":")
    form = official[table]
    return " ".join((form.name, *("/".join(labels) for labels in form.address((cell[0], cell[1])) if labels)))
