"""The report as a fragment of HTML, for pasting into a site's content system.

Content systems remove style sheets and class names: so every element has its style inline, headings are tied to
figures by scope rather than by ids that may already be in use, and borders are attributes too. The styles are data
(fragment.yaml).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbconvert.exporters.exporter import Exporter
from nbformat import NotebookNode
from traitlets import default

from ...figures.table import format_figure
from ...forms.grid import GridCell, grid
from ...html import join, scope, spans, tag
from ...prose import Paragraph, Prose
from ...yamlfile import read_data
from ..page import PICTURED
from ..pictures import alternative, caption, png
from ..titles import draw_title
from .document import Document, DocumentSection, read_document

_COLUMN = 3
"""The minimum width of a column of figures, in em."""


class FragmentExporter(Exporter):  # type: ignore[misc]
    """The page for pasting: the report without head or style sheet, its headings one level below the site's own."""

    export_from_notebook = "gktools: the page for pasting"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[str, Any]:
        """Return the fragment's text and nbconvert's resources. Raises GktoolsError if the notebook has no complete report."""
        known = self._init_resources(resources)
        known["output_extension"] = ".html"
        return f"{draw_fragment(read_document(nb))}\n", known


def draw_fragment(document: Document) -> Markup:
    """Return the report as a fragment: its title, opening, sections and signature."""
    return tag(
        "div",
        _styled("h2", "title", draw_title(document.title, _styles()["whole"])),
        _prose(document.opening),
        *(part for section in document.sections for part in _section(section, document)),
        *(_styled("p", "signature", paragraph.text) for paragraph in document.signature.paragraphs),
        lang="zh-CN",
    )


def _section(section: DocumentSection, document: Document) -> Iterator[Markup]:
    yield _styled("h3", "section", draw_title(section.title, _styles()["whole"]))
    yield _prose(section.prose) if section.prose else join([_scope(document.scope), _table(section)])
    if section.key == PICTURED:
        yield from _pictures(document)


def _pictures(document: Document) -> Iterator[Markup]:
    """Yield every picture with its caption; as data, which a content system keeps as a picture of its own."""
    for number, picture in enumerate(document.pictures, 1):
        data, width, _ = png(picture)
        source = f"data:image/png;base64,{b64encode(data).decode()}"
        drawn = _styled("img", "image", src=source, alt=alternative(picture), width=width)
        yield _styled("div", "picture", drawn)
        yield _styled("div", "caption", caption(picture, number))


def _scope(scope: str) -> Markup:
    """Return whose figures a table of a government has; empty for other offices."""
    return _styled("p", "paragraph", f"口径：{scope}") if scope else Markup("")


def _prose(prose: Prose) -> Markup:
    return join(map(_paragraph, prose.paragraphs))


def _paragraph(paragraph: Paragraph) -> Markup:
    if paragraph.is_heading:
        return _styled("h4", "heading", paragraph.text)
    return _styled("p", "paragraph", paragraph.text)


def _table(section: DocumentSection) -> Markup:
    assert section.form
    drawn = grid(section.form)
    lines = (tag("tr", *(_cell(section, cell) for cell in line.cells)) for line in drawn.lines)
    style = f"{_styles()['table']};min-width:{_COLUMN * drawn.width}em"  # a phone scrolls it rather than narrows it
    table = tag("table", tag("tbody", *lines), border="1", cellspacing="0", aria_label=section.title, style=style)
    return _styled("div", "scroll", table, tabindex="0", role="region", aria_label=section.title)


def _cell(section: DocumentSection, cell: GridCell) -> Markup:
    if cell.cell is not None:
        assert section.figures
        return _styled("td", "figure", format_figure(section.figures[cell.cell]), **spans(cell))
    if cell.note:
        return _styled("td", "note", cell.text, **spans(cell))
    return _styled("th", cell.kind, cell.text, scope=scope(cell), **spans(cell))


def _styled(name: str, kind: str, *children: object, **attributes: object) -> Markup:
    return tag(name, *children, style=_styles()[kind], **attributes)


@lru_cache
def _styles() -> Mapping[str, str]:
    styles: dict[str, str] = read_data(Path(__file__).with_name("fragment.yaml"), dict[str, str])
    return styles
