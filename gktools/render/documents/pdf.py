"""report.pdf: the published page as PDF, tagged for screen readers, its figures as text.

WeasyPrint draws it from the same page as report.html with another style sheet (templates/gk-pdf), laid out as an
official document. Nothing is fetched, and a character that no font of this machine has is an error: it would be
printed as an empty box without a warning.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from nbformat import NotebookNode
from traitlets import default

from ...errors import GktoolsError, install_command
from ...html import tag
from ..page import TEMPLATES, ReportExporter

if TYPE_CHECKING:
    from pydyf import PDF
    from weasyprint import Document

VARIANT = "pdf/ua-1"
"""The standard of accessible PDF files that report.pdf follows: tagged, with a title and a language."""
_LIBRARIES = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
_FONTS = "apt-get install fonts-noto-cjk"
_SHOWN = 12
_PROBE = "政府信息公开工作年度报告〔2024〕“三安全一稳定”（一）—1.5"


class PdfExporter(ReportExporter):
    """The published page as a PDF file: A4, bookmarks from its headings, header rows repeated, pages numbered."""

    export_from_notebook = "gktools: the published page as PDF"
    output_mimetype = "application/pdf"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    @default("template_extension")
    def _template_extension_default(self) -> str:
        return ".html.j2"

    @default("template_name")
    def _template_name_default(self) -> str:
        return "gk-pdf"

    def from_notebook_node(  # type: ignore[override]  # a PDF file is bytes
        self, nb: NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[bytes, Any]:
        """Return the file's bytes and nbconvert's resources.

        Raises GktoolsError if the notebook has no complete report, or this machine cannot draw a PDF in Chinese.
        """
        require_pdf()
        page, known = super().from_notebook_node(nb, resources, **kw)
        known["output_extension"] = ".pdf"
        return draw_pdf(page), known


@lru_cache(maxsize=1)
def require_pdf() -> None:
    """Raise GktoolsError with the packages to install if this machine cannot draw a PDF in Chinese; called before a batch.

    It draws a line of Chinese in every font that the style sheet names.
    """
    style = Markup((TEMPLATES / "gk-pdf" / "style.css").read_text(encoding="utf-8"))  # noqa: S704 - our own
    body = tag("body", *(tag(name, _PROBE) for name in ("h1", "h2", "h3", "p")), tag("table", tag("td", _PROBE)))
    draw_pdf(tag("html", tag("head", tag("title", _PROBE), tag("style", style)), body, lang="zh-CN"))


def draw_pdf(page: str) -> bytes:
    """Return an HTML page as a PDF file; the same page and fonts give the same bytes.

    Raises GktoolsError if WeasyPrint or a font is missing, or the page would fetch anything.
    """
    weasyprint = _weasyprint()
    try:
        html = weasyprint.HTML(string=page, url_fetcher=_refusing_fetcher())
        document = html.render(font_config=_fonts(), pdf_variant=VARIANT)
        identifier = sha256(page.encode()).digest()[:16]
        drawn: bytes = document.write_pdf(pdf_variant=VARIANT, pdf_identifier=identifier, finisher=_name_headings)
    except weasyprint.urls.FatalURLFetchingError as error:  # ends the process otherwise: it is no Exception
        raise GktoolsError(f"版面要从外面取东西，没有做 PDF：{error}") from None
    _require_glyphs(document)
    return drawn


def _weasyprint() -> Any:
    """Return the module WeasyPrint. Raises GktoolsError with the packages to install if it or its libraries are missing."""
    try:
        with warnings.catch_warnings():  # the warning that there is no font, which _fonts reports in Chinese
            warnings.simplefilter("ignore")
            with _no_search_for_libraries():
                import weasyprint
    except ImportError:
        raise GktoolsError(f"做 PDF 要用 WeasyPrint，这台机器没有装：请运行 {install_command('pdf')}") from None
    except OSError:
        raise GktoolsError(f"做 PDF 要用的 Pango 等系统库，这台机器没有装全：{_how_to_get(_LIBRARIES)}") from None
    return weasyprint


@contextmanager
def _no_search_for_libraries() -> Iterator[None]:
    """Let libraries be loaded by the names that Linux has for them only.

    Python looks for any other name with a compiler and a linker, which read files of the folder that the command is run in:
    whoever writes there would have a library of their own loaded.
    """
    import ctypes.util

    found = ctypes.util.find_library
    try:
        if sys.platform == "linux":
            ctypes.util.find_library = _find_nothing
        yield
    finally:
        ctypes.util.find_library = found


def _find_nothing(name: str) -> str | None:
    return None


def _how_to_get(command: str) -> str:
    """Return what to do about something that only the system can bring: Debian's command, and the format that needs none."""
    if sys.platform == "win32":
        return "Windows 上请导出 Word（--to docx），再另存为 PDF"
    return f"请运行 {command}（别的系统装同样的软件包），或者导出 Word（--to docx）"


@lru_cache(maxsize=1)
def _fonts() -> Any:
    """Return the fonts of this machine, cached. Raises GktoolsError if there is none, which would crash Pango."""
    from weasyprint.text.ffi import fontconfig
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    if not fontconfig.FcConfigGetFonts(fonts._config, fontconfig.FcSetSystem).nfont:
        raise GktoolsError(f"这台机器一种字体也没有，做不了 PDF：{_how_to_get(_FONTS)}")
    return fonts


@lru_cache(maxsize=1)
def _refusing_fetcher() -> Any:
    """Return a fetcher that refuses every address and ends the drawing."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=(), fail_on_errors=True)


def _require_glyphs(document: Document) -> None:
    """Raise GktoolsError if a character of the document is in none of the fonts."""
    missing = sorted({code for font in document.fonts.values() for code in font.missing})
    if missing:
        shown = "".join(chr(code) if chr(code).isprintable() else f"U+{code:04X} " for code in missing[:_SHOWN]).strip()
        raise GktoolsError(
            f"这台机器的字体里没有“{shown}”{'等字' if len(missing) > _SHOWN else ''}，PDF 里会印成方框，没有做："
            f"{_how_to_get(_FONTS)}；生僻字请装收有它的字体"
        )


def _name_headings(document: Document, pdf: PDF) -> None:
    """Reference in the tag tree the headings of each figure, as the page's headers attributes do.

    WeasyPrint finds them itself, but not across headings that span rows. A heading repeated on a further page has another
    name there.
    """
    import pydyf

    names: dict[str, object] = {}
    latest: dict[str, pydyf.String] = {}
    for number, page in enumerate(document.pages, start=1):
        for box in page._page_box.descendants():
            mark, element = getattr(box, "mark", None), box.element
            if mark is None or element is None:
                continue
            if name := element.get("id"):
                mark["ID"] = latest[name] = pydyf.String(f"{name}.{number}")
                mark["A"]["Scope"] = "/Row" if element.get("scope", "").startswith("row") else "/Column"
                names[mark["ID"].string] = mark.reference
            else:
                mark["A"]["Headers"] = pydyf.Array([latest[name] for name in element.get("headers", "").split()])
    entries = [part for name in sorted(names) for part in (pydyf.String(name), names[name])]
    root = next(entry for entry in pdf.objects if isinstance(entry, dict) and entry.get("Type") == "/StructTreeRoot")
    root["IDTree"] = pydyf.Dictionary({"Names": pydyf.Array(entries)})
