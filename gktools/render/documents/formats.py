"""The written formats of a finished report: one table for the command, the seal, the site and the pages.

A new format is one entry here and its exporter (an entry point of pyproject.toml); a published one also needs readers
for the gate, in publication/passages.py and publication/agreement.py, and a line in the handbook about its use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Offer:
    """A file offered to the public: its place in the list of a report's files, its name on the site, its label."""

    place: int
    name: str
    label: str


@dataclass(frozen=True)
class Format:
    """A written format: the class of its nbconvert exporter, and the ending of its file names.

    media_type is sent to browsers, label is the name for staff. built_file is the file of a finished report that already
    has the content; needs names a function that raises GktoolsError where this machine cannot write the format. sealed is
    its place among the signed files, None for a format that is not signed; offer is None for one that is not published.
    """

    exporter: str
    ending: str
    media_type: str
    label: str
    built_file: str = ""
    needs: str = ""
    sealed: int | None = None
    offer: Offer | None = None

    @property
    def file(self) -> str:
        """The name of its file beside the report, in output/."""
        return f"report{self.ending}"


_JSON, _HTML = "application/json; charset=utf-8", "text/html; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: Mapping[str, Format] = {
    "docx": Format(
        "gktools.render.documents.docx.DocxExporter",
        ".docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "Word",
        sealed=2,
        offer=Offer(3, "report.docx", "Word"),
    ),
    "pdf": Format(
        "gktools.render.documents.pdf.PdfExporter",
        ".pdf",
        "application/pdf",
        "PDF",
        needs="gktools.render.documents.pdf:require_pdf",
        sealed=3,
        offer=Offer(2, "report.pdf", "PDF"),
    ),
    "xlsx": Format("gktools.render.documents.xlsx.XlsxExporter", ".xlsx", _XLSX, "Excel 表"),
    "page": Format("gktools.render.documents.fragment.FragmentExporter", "（粘贴用）.html", _HTML, "网页"),
    "html": Format(
        "gktools.render.page.ReportExporter",
        ".html",
        _HTML,
        "网页",
        built_file="report.html",
        sealed=1,
        offer=Offer(1, "report.html", "网页"),
    ),
    "json": Format(
        "gktools.render.page.JsonExporter",
        ".json",
        _JSON,
        "内部数据（JSON，带问题）",
        built_file="report.json",
        sealed=7,
    ),
    "csv": Format(
        "gktools.render.documents.csv.CsvExporter",
        ".csv",
        "text/csv; charset=utf-8",
        "数据（CSV）",
        sealed=4,
        offer=Offer(5, "report.csv", "CSV（逐格的数）"),
    ),
    "public-xlsx": Format(
        "gktools.render.documents.xlsx.PublicXlsxExporter",
        "（公开）.xlsx",
        _XLSX,
        "Excel 表",
        sealed=5,
        offer=Offer(4, "report.xlsx", "Excel（三张表）"),
    ),
    "public-json": Format(
        "gktools.render.page.PublicJsonExporter",
        "（公开）.json",
        _JSON,
        "数据（JSON）",
        sealed=6,
        offer=Offer(6, "report.json", "JSON（数和文字）"),
    ),
}
"""Every format by its name on the command line, in the order in which the command writes them.

The signed files are the published ones and report.json, their source: report.xlsx and the findings in report.json are
for the office's own use, and the public gets both without them.
"""


def sealed_files(formats: Mapping[str, Format]) -> dict[str, str]:
    """Return the signed formats, each with its file beside the report, in the order of the seal."""
    found = [(one.sealed, name, one.file) for name, one in formats.items() if one.sealed is not None]
    return {name: file for _, name, file in sorted(found)}


def site_names(formats: Iterable[Format]) -> dict[str, str]:
    """Return the published files, by their names beside the report, each with its name on the site."""
    return {one.file: one.offer.name for one in formats if one.offer}


def reader_labels(formats: Iterable[Format]) -> dict[str, str]:
    """Return the labels of a report's published files, by their names on the site, in the order they are offered."""
    offers = sorted((one.offer for one in formats if one.offer), key=lambda offer: offer.place)
    return {offer.name: offer.label for offer in offers}
