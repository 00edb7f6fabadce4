"""The report as a Word document in the layout of GB/T 9704, written part by part: same report, same bytes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from markupsafe import Markup
from nbconvert.exporters.exporter import Exporter
from nbformat import NotebookNode
from traitlets import default

from ...figures.table import format_figure
from ...forms.grid import GridCell
from ...html import tag
from ...prose import Paragraph, Prose
from ..page import PICTURED
from ..pictures import caption, png
from ..titles import title_lines
from .document import Document, DocumentSection, read_document
from .docx_picture import MEDIA_TYPE, RELATION, draw_picture, part_name, relation_id
from .docx_table import draw_table, ems
from .gongwen import (
    ARABIC_LEVEL,
    CAPTION,
    CHARACTERS,
    CHINESE_LEVEL,
    FREE_AT_DATE,
    HAO,
    LANGUAGE,
    LINE,
    PICTURE,
    RUN_IN,
    SECTION,
    SIGNATURE,
    TEXT,
    TITLE,
    Style,
    font_table,
    footer,
    page,
    part,
    run,
    settings,
    styles,
    word,
)


class DocxExporter(Exporter):  # type: ignore[misc]
    """report.docx: the report as a document for signature and filing."""

    export_from_notebook = "gktools: the report as a Word document"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".docx"

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[bytes, Any]:
        """Return the file's bytes and nbconvert's resources. Raises GktoolsError if the notebook has no complete report."""
        known = self._init_resources(resources)
        known["output_extension"] = self.file_extension
        return write_docx(read_document(nb)), known


def write_docx(document: Document) -> bytes:
    """Return a report as the bytes of a DOCX file."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in _parts(document).items():
            data = content if isinstance(content, bytes) else f"{_DECLARATION}{content}"
            package.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


# --- the text -----------------------------------------------------------------------------------------------


def _body(document: Document) -> Iterator[Markup]:
    yield _paragraph(TITLE, *_title(document))
    for paragraph in document.opening.paragraphs:
        yield _paragraph(TEXT, *_runs(paragraph.text))
    for section in document.sections:
        yield _paragraph(SECTION, run(section.title))
        yield from _prose(section.prose, document) if section.prose else _table(section, document.scope)
        if section.key == PICTURED:
            yield from _pictures(document)
    yield from _signature(document.signature)
    yield page("odd", "even")


def _title(document: Document) -> list[Markup]:
    """Return the title; one too long for a line is broken after the office's name, and never inside a word."""
    width = CHARACTERS * HAO[TEXT.size] / HAO[TITLE.size]
    first, *more = title_lines(document.title, document.office_name, width, ems)
    return [run(first), *(part for line in more for part in (word("r", word("br")), run(line)))]


def _prose(prose: Prose, document: Document) -> Iterator[Markup]:
    """Yield the paragraphs of a section; the last before the signature stays on the same page as it."""
    signed = bool(document.signature.paragraphs) and prose.key == document.sections[-1].key
    for i, paragraph in enumerate(prose.paragraphs):
        last = signed and i == len(prose.paragraphs) - 1
        yield _paragraph(_style(paragraph), *_runs(paragraph.text), more=[word("keepNext")] if last else [])


def _pictures(document: Document) -> Iterator[Markup]:
    """Yield every picture with its caption on the same page."""
    for number, picture in enumerate(document.pictures, 1):
        yield _paragraph(PICTURE, draw_picture(picture, number), more=[word("keepNext")])
        yield _paragraph(CAPTION, run(caption(picture, number)))


def _style(paragraph: Paragraph) -> Style:
    if not paragraph.is_heading:
        return TEXT
    return ARABIC_LEVEL if paragraph.text[:1].isdigit() else CHINESE_LEVEL


def _runs(text: str) -> list[Markup]:
    """Return a paragraph's text; a heading at its start is set in the style of its level."""
    found = _RUN_IN.match(text)
    if not found:
        return [run(text)]
    return [run(part, style) for part, style in ((found[0], RUN_IN), (text[found.end() :], "")) if part]


_RUN_IN = re.compile(r"[（(][一二三四五六七八九十]+[）)][^。；！？]{1,24}(?:。|$)")


def _table(section: DocumentSection, scope: str) -> Iterator[Markup]:
    """Yield the table; before it, for a government, its scope."""
    assert section.form is not None
    assert section.figures is not None
    if scope:
        yield _paragraph(TEXT, run(f"口径：{scope}"), more=[word("keepNext")])
    figures = section.figures

    def text(cell: GridCell) -> str:
        return cell.text if cell.cell is None else format_figure(figures[cell.cell])

    yield draw_table(section.form, section.title, text)


def _signature(signature: Prose) -> Iterator[Markup]:
    """Yield the office above the date; the date is indented by four characters, the office centred over it if it fits."""
    lines = [paragraph.text for paragraph in signature.paragraphs]
    for i, line in enumerate(lines):
        free = max(0.0, FREE_AT_DATE + (ems(lines[-1]) - ems(line)) / 2)
        place = word("ind", rightChars=int(free * 100), right=int(free * HAO[SIGNATURE.size] * 20))
        above = word("spacing", before=LINE) if i == 0 else None
        more = [word("keepNext") if i < len(lines) - 1 else None, above, place]
        yield _paragraph(SIGNATURE, run(line), more=more)


def _paragraph(style: Style, *runs: Markup, more: list[Markup | None] | list[Markup] | tuple[()] = ()) -> Markup:
    return word("p", word("pPr", word("pStyle", val=style.key), *more), *runs)


# --- the file -----------------------------------------------------------------------------------------------


def _parts(document: Document) -> dict[str, Markup | bytes]:
    """Return the parts of the file by name, the list of them first."""
    parts: dict[str, Markup | bytes] = {
        "word/document.xml": part("document", word("body", *_body(document))),
        "word/styles.xml": styles(),
        "word/settings.xml": settings(),
        "word/fontTable.xml": font_table(),
        "word/footer1.xml": footer("right"),
        "word/footer2.xml": footer("left"),
        "docProps/core.xml": _core(document),
    }
    pictures = dict(enumerate(document.pictures, 1))
    inside = _INSIDE | {relation_id(number): (RELATION, part_name(number)) for number in pictures}
    media = {f"word/{part_name(number)}": png(picture)[0] for number, picture in pictures.items()}
    return {
        "[Content_Types].xml": _types(media),
        "_rels/.rels": _relations(_OUTSIDE),
        **parts,
        "word/_rels/document.xml.rels": _relations(inside),
        **media,
    }


_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_OUTSIDE = {
    "document": (f"{_OFFICE}/officeDocument", "word/document.xml"),
    "core": (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
}
_INSIDE = {
    "styles": (f"{_OFFICE}/styles", "styles.xml"),
    "settings": (f"{_OFFICE}/settings", "settings.xml"),
    "fonts": (f"{_OFFICE}/fontTable", "fontTable.xml"),
    "odd": (f"{_OFFICE}/footer", "footer1.xml"),
    "even": (f"{_OFFICE}/footer", "footer2.xml"),
}
_TYPES = {
    "/word/document.xml": f"{_WORD}.document.main+xml",
    "/word/styles.xml": f"{_WORD}.styles+xml",
    "/word/settings.xml": f"{_WORD}.settings+xml",
    "/word/fontTable.xml": f"{_WORD}.fontTable+xml",
    "/word/footer1.xml": f"{_WORD}.footer+xml",
    "/word/footer2.xml": f"{_WORD}.footer+xml",
    "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
}


def _types(media: Iterable[str]) -> Markup:
    types = _TYPES | {f"/{name}": MEDIA_TYPE for name in media}
    rels = tag("Default", Extension="rels", ContentType="application/vnd.openxmlformats-package.relationships+xml")
    parts = [tag("Override", PartName=name, ContentType=kind) for name, kind in types.items()]
    return tag("Types", rels, *parts, xmlns=f"{_PACKAGE}/content-types")


def _relations(relations: dict[str, tuple[str, str]]) -> Markup:
    found = [tag("Relationship", Id=key, Type=kind, Target=target) for key, (kind, target) in relations.items()]
    return tag("Relationships", *found, xmlns=f"{_PACKAGE}/relationships")


def _core(document: Document) -> Markup:
    """Return the core properties of the file; its date is that of the signature, or none."""
    signed = document.layout.signed_on
    stamp = f"{signed.isoformat()}T00:00:00Z" if signed else ""
    dates = [
        tag(f"dcterms:{name}", stamp, **{"xsi:type": "dcterms:W3CDTF"}) for name in ("created", "modified") if stamp
    ]
    return tag(
        "cp:coreProperties",
        tag("dc:title", document.title),
        tag("dc:creator", document.office_name),
        tag("dc:language", LANGUAGE),
        *dates,
        **{
            "xmlns:cp": f"{_PACKAGE}/metadata/core-properties",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
            "xmlns:dcterms": "http://purl.org/dc/terms/",
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
        },
    )
