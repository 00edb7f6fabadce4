"""HTML elements, escaped: the only module that writes tags."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from markupsafe import Markup, escape

from .forms.grid import GridCell, GridLine, grid
from .forms.model import Cell, Form

Draw = Callable[[Cell], Markup]
"""Returns the complete <td> of one figure."""


def tag(name: str, /, *children: object, **attributes: object) -> Markup:
    """Return an element: children are escaped unless they are Markup; attributes that are None or False are left out.

    A trailing underscore is removed from an attribute's name, other underscores become hyphens.
    """
    parts = ["<", name]
    for key, value in attributes.items():
        if value is True:
            parts += (" ", _attribute(key))
        elif value is not None and value is not False:
            parts += (" ", _attribute(key), '="', _escaped(value), '"')
    parts.append(">")
    if name not in _VOID:
        parts += map(_escaped, children)
        parts += ("</", name, ">")
    return _markup("".join(parts))


@lru_cache(maxsize=4096, typed=True)
def text_tag(name: str, text: str, /, **attributes: str | None) -> Markup:
    """Return an element with a text that stands in many places of a page or in many pages: it is drawn once."""
    return tag(name, text, **attributes)


def _escaped(part: object) -> str:
    """Return a part as it stands in a page; most need nothing, and escape takes ten times as long for them."""
    is_safe = type(part) is Markup or (type(part) is str and not _SPECIAL.search(part))
    return part if is_safe else escape(part)  # type: ignore[return-value]


_SPECIAL = re.compile("[&<>\"']")


@lru_cache(maxsize=256)
def _attribute(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _markup(text: str) -> Markup:
    """Return a text whose parts are escaped as Markup, which its own constructor takes four times as long for."""
    return str.__new__(Markup, text)


def join(parts: Iterable[object]) -> Markup:
    """Return the parts concatenated, escaped unless they are Markup."""
    return _markup("".join(map(_escaped, parts)))


def draw_form(form: Form, draw: Draw, caption: str = "") -> Markup:
    """Return a form as an HTML table: headings with scope and id, figures that reference their headings.

    draw returns the <td> of a figure; its headers and colspan are added here. caption is for screen readers; by default
    it is the form's name.
    """
    parts = [tag("caption", caption or form.name, class_="unseen")]
    drawn = grid(form)
    for i, block in enumerate(drawn.blocks):
        head = [line for line in block if line.is_head]
        body = [line for line in block if not line.is_head]
        if len(drawn.blocks) == 1:
            parts.append(tag("thead", *(_line(form, line, draw) for line in head)))
            parts.append(tag("tbody", *(_line(form, line, draw) for line in body)))
        else:
            parts.append(tag("tbody", *(_line(form, line, draw) for line in (*head, *body)), id=f"{form.key}-{i + 1}"))
    return tag("table", *parts, class_=f"official {form.key}")


def _line(form: Form, line: GridLine, draw: Draw) -> Markup:
    cells = (_heading(form.key, c) if c.cell is None else _figure(draw(c.cell), form.key, c) for c in line.cells)
    return tag("tr", *cells, class_="kept" if line.is_kept and len(form.blocks) == 1 else None)


@lru_cache(maxsize=4096)
def _heading(form: str, cell: GridCell) -> Markup:
    """Return a heading or a note, which are the same in every report of a form."""
    if cell.note:
        return tag("td", cell.text, class_="note", **spans(cell))
    kind = cell.kind if cell.kind == "band" else None
    return tag("th", cell.text, id=_id(form, cell.ref), scope=scope(cell), class_=kind, **spans(cell))


def _figure(drawn: Markup, form: str, cell: GridCell) -> Markup:
    """Return the <td> of a figure with the attributes of its place."""
    start, space, rest = str.partition(drawn, "<td")  # Markup's own makes three of it
    return _markup("".join((start, space, _attributes(form, cell), rest)))


@lru_cache(maxsize=4096)
def _attributes(form: str, cell: GridCell) -> str:
    headers = " ".join(_id(form, ref) for ref in cell.headers)
    return tag("td", headers=headers or None, **spans(cell)).removesuffix("></td>").removeprefix("<td")


def spans(cell: GridCell) -> dict[str, object]:
    """Return the attributes of a cell that spans several rows or columns."""
    return {
        "colspan": cell.columns if cell.columns > 1 else None,
        "rowspan": cell.rows if cell.rows > 1 else None,
    }


def scope(cell: GridCell) -> str:
    """Return the scope attribute of a heading: a row or column, or a group of them."""
    side = "row" if cell.kind in ("row", "band") else "col"
    return f"{side}group" if cell.groups else side


def _id(form: str, ref: int) -> str:
    return f"{form[:3]}{ref}"


_VOID = frozenset({"br", "wbr", "meta", "link", "input", "hr", "img"})
