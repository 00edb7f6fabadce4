"""The pages and the data of a report: the published page, the review page, and report.json.

All three are nbconvert exporters of the executed notebook. The published page has an allow-list: only outputs with
the media type of gktools are included.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from markupsafe import Markup
from nbconvert.exporters import TemplateExporter
from nbconvert.exporters.exporter import Exporter
from nbformat import NotebookNode, from_dict
from traitlets import default

from ..errors import GktoolsError
from ..forms.notices import load_format
from ..prose import PART, MadeFor, content_hash
from ..report.report import INPUTS, REPORT, REVIEW, Report
from ..report.review_data import ReviewJson
from ..text.charts.pictures import PICTURES
from ..text.charts.pictures import draw_pictures as draw_charts
from ..workspace.offices import SCOPES
from ..workspace.report_data import ReportData, read_report_data
from .pictures import Picture, draw_pictures
from .review_page import ReviewPage, draw_review
from .titles import draw_report_title, draw_title

TEMPLATES = Path(__file__).with_name("templates")
PICTURED = "overview"
"""The section that has the pictures at its end."""


class _PageExporter(TemplateExporter):  # type: ignore[misc]
    """An HTML page: a template of this package, filled from the marked outputs of the notebook."""

    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self) -> list[str]:
        return [str(TEMPLATES)]

    def fill(self, nb: NotebookNode, resources: Any, page: object, **kw: Any) -> tuple[str, Any]:
        """Return the template filled with a page, and nbconvert's resources; the notebook's cells are not copied."""
        known = self._init_resources(resources)
        known["page"] = page
        text, known = super().from_notebook_node(NotebookNode(nb, cells=[]), known, **kw)
        return text, known


class ReportExporter(_PageExporter):
    """report.html: the published page."""

    export_from_notebook = "gktools: the published page"

    @default("template_name")
    def _template_name_default(self) -> str:
        return "gk-report"

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[str, Any]:
        """Return the page's text and nbconvert's resources. Raises GktoolsError if the notebook has no complete report."""
        return self.fill(nb, resources, self._content(nb), **kw)

    def _content(self, nb: NotebookNode) -> dict[str, Any]:
        """Return the report's title, and its parts in printed order as HTML."""
        report = report_in(nb)
        html = {data[PART]["key"]: Markup(data.get("text/html", "")) for data in _marked(nb, PART)}  # noqa: S704
        forms = {form.key: form.name for form in load_format(report.year).forms}
        drawn = draw_pictures(pictures(nb))
        html[PICTURED] += drawn
        return {
            "title": report.title,
            "heading": draw_report_title(report.title, report.office_name),
            "office": report.office_name,
            "scope": SCOPES[report.scope],
            "opening": html["opening"],
            "sections": [
                {"key": s.key, "heading": draw_title(s.title), "html": html[s.key], "table": forms.get(s.key)}
                for s in report.sections
            ],
            "signature": html["signature"],
            "pictures": bool(drawn),
        }


class ReviewExporter(_PageExporter):
    """review.html: the same page with findings, proofs, last year's figures and the counting rules."""

    export_from_notebook = "gktools: the review page"

    @default("template_name")
    def _template_name_default(self) -> str:
        return "gk-review"

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[str, Any]:
        """Return the page's text and nbconvert's resources. Raises GktoolsError if the notebook has no complete report."""
        page = draw_review(report_in(nb), review_in(nb))
        return self.fill(nb, resources, with_pictures(page, draw_pictures(pictures(nb))), **kw)


def with_pictures(page: ReviewPage, drawn: Markup) -> ReviewPage:
    """Return a review page with pictures at the end of the same section as in the published page."""
    sections = (replace(one, html=one.html + drawn) if one.key == PICTURED else one for one in page.sections)
    return replace(page, sections=tuple(sections), pictures=bool(drawn))


class JsonExporter(Exporter):  # type: ignore[misc]
    """report.json: the same figures as data, in one line as in the notebook."""

    export_from_notebook = "gktools: report.json"
    output_mimetype = "application/json"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".json"

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[str, Any]:
        """Return report.json and nbconvert's resources. Raises GktoolsError if the notebook has no complete report."""
        known = self._init_resources(resources)
        known["output_extension"] = ".json"
        return f"{_report_text(nb)}\n", known


class PublicJsonExporter(JsonExporter):
    """report（公开）.json: the published figures and texts, without the findings of the office's own checks."""

    export_from_notebook = "gktools: report.json for the public"

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[str, Any]:
        """Return the file's text and nbconvert's resources. Raises GktoolsError if the notebook has no complete report."""
        known = self._init_resources(resources)
        known["output_extension"] = ".json"
        return json.dumps(json.loads(_report_text(nb)) | {"findings": []}, ensure_ascii=False, indent=1) + "\n", known


def report_in(nb: NotebookNode) -> ReportData:
    """Return the report in an executed notebook. Raises GktoolsError if a part is missing."""
    return _report_data(_report_text(nb))


_report_data = lru_cache(maxsize=1)(read_report_data)


def _report_text(nb: NotebookNode) -> str:
    """Return report.json as in the notebook. Raises GktoolsError if a part of the report is missing."""
    present = {data[PART]["key"] for data in _marked(nb, PART)}
    wanted = {"opening", "signature", *(section["key"] for section in _marked_json(nb, REPORT)["sections"])}
    if missing := wanted - present:
        raise GktoolsError(f"报告不完整，缺 {'、'.join(sorted(missing))}：请检查总笔记本是否被改动")
    return str(_marked(nb, REPORT)[-1][REPORT])


def review_in(nb: NotebookNode) -> ReviewJson:
    """Return the data of the review page in an executed notebook. Raises GktoolsError if there is none."""
    return cast("ReviewJson", _marked_json(nb, REVIEW))


def pictures(nb: NotebookNode) -> list[Picture]:
    """Return the pictures in a notebook in the order of the parameter (charts.Picture.to_json); most have none."""
    parts = [data[PART]["pictures"] for data in _marked(nb, PART) if data[PART]["key"] == PICTURES]
    return list(parts[-1]) if parts else []


def inputs_in(nb: NotebookNode) -> dict[str, Any]:
    """Return the inputs of the report in an executed notebook: hashes by name, and as_of, the number of the last import."""
    return dict(_marked(nb, INPUTS)[-1][INPUTS])


def made_for_in(nb: NotebookNode) -> list[tuple[str, MadeFor]]:
    """Return what every marked output of a notebook was made for: whole reports first, with key "", then parts by key."""
    parts = [(data["key"], MadeFor(data.get("office", ""), data.get("year", 0))) for data in _parts(nb)]
    reports = (_parsed(data[REPORT]) for data in _marked(nb, REPORT))
    return [*(("", MadeFor(report["office"]["code"], report["year"])) for report in reports), *parts]


def parts_that_differ(nb: NotebookNode) -> list[str]:
    """Return the keys of the parts that are shown otherwise than they are in the report."""
    report = _marked_json(nb, REPORT)
    prose = (report["opening"], *report["sections"], report["signature"])
    content = {part["key"]: part for part in prose} | report["tables"]
    return [
        data["key"]
        for data in _parts(nb)
        if "sha256" in data and data["sha256"] != content_hash(content.get(data["key"]))
    ]


def _parts(nb: NotebookNode) -> list[dict[str, Any]]:
    return [data[PART] for data in _marked(nb, PART)]


def draft_notebook(report: Report) -> NotebookNode:
    """Return a notebook as the exporters read it for a report built without one."""
    pictures = draw_charts(report.inputs, *report.tables.values())
    parts: list[Any] = [*report.prose.values(), *report.tables.values(), *([pictures] if pictures else []), report]
    outputs = [{"output_type": "display_data", "metadata": {}, "data": part._repr_mimebundle_()} for part in parts]
    cell: dict[str, Any] = {"id": "draft", "cell_type": "code", "source": "", "metadata": {}, "outputs": outputs}
    return from_dict({"cells": [cell | {"execution_count": None}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _marked_json(nb: NotebookNode, kind: str) -> dict[str, Any]:
    """Return the last output of a media type. Raises GktoolsError if there is none."""
    found = _marked(nb, kind)
    if not found:
        raise GktoolsError("笔记本里没有完整的报告：它没有运行到最后一格")
    return _parsed(found[-1][kind])


@lru_cache(maxsize=2)
def _parsed(text: str) -> dict[str, Any]:
    """Return a part of a notebook that is JSON, which several pages of a report are drawn from; nobody changes it."""
    data: dict[str, Any] = json.loads(text)
    return data


def _marked(nb: NotebookNode, kind: str) -> list[dict[str, Any]]:
    """Return the data of every output with a media type, in the notebook's order."""
    return [
        output["data"]
        for cell in nb.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if kind in output.get("data", {})
    ]
