"""The report as a page of the review application shows it: the paper with its proofs, remarks beside cells, its stage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace

from markupsafe import Markup

from ....forms.model import Cell
from ....html import join, tag
from ....render.documents.formats import FORMATS
from ....render.page import with_pictures
from ....render.review_page import ReviewPage, draw_review
from ....report.report import WITNESSES
from ....workspace.report_data import ReportData
from ...context import ReviewContext
from ...state import STAGES, Comment
from .places import cell_key

SINCE_LOOK = "您上次看过以后"
Address = Callable[[str], str]
"""Returns where one remarks on a place, or sees every record of a cell, by the key of the place."""


def draw(sight: ReviewContext, others: str, remark: Address, records: Address) -> ReviewPage:
    """Return what the sheet and the panels of a review are filled with, remarks and the way to new ones in them.

    Where a proof does not list every record of its cell, it leads to all of them.

    others is the address of the report of a member of a government, with {code} in it.
    """
    said: dict[str, list[Comment]] = defaultdict(list)
    for comment in sight.standing.comments:
        if not comment.closed_by:
            said[comment.place].append(comment)

    def beside(table: str, cell: Cell) -> Markup:
        key = cell_key(table, cell)
        everything = _way(records(key), f"看全部 {behind[key]} 条记录") if behind.get(key) else ""
        return join([everything, _remarks(said.get(key, []), remark(key), "对这一格写批注")])

    behind = _cut_off(sight.report)
    page = with_pictures(draw_review(sight.report, sight.review, beside=beside, others=others), sight.pictures)
    return replace(
        page,
        opening=page.opening and _end("opening", page.opening, said, remark),
        sections=tuple(s if s.table else replace(s, after=_after(s.key, said, remark)) for s in page.sections),
        signature=page.signature and _end("signature", page.signature, said, remark),
    )


def stage_of(sight: ReviewContext) -> str:
    """Return how far a report has come, in words."""
    stage = sight.standing.stage
    if stage == "absent":
        return "报告做好了，要公开的文件还没有备齐"
    back = sight.standing.returned
    return f"{STAGES[stage]}{'（被退回）' if back else ''}"


def file_label(name: str) -> str:
    """Return what staff call a file of the seal, given its name beside the report; of any other file, its name."""
    return next((one.label for one in FORMATS.values() if one.file == name), name)


def _cut_off(report: ReportData) -> dict[str, int]:
    """How many records stand behind the cells whose proof lists but some of them, or only the cells they are the sum of."""
    return {
        cell_key(table, cell.key): cell.records
        for table, cells in report.tables.items()
        for cell in cells
        if cell.source == "summed" or (cell.source == "counted" and cell.records > WITNESSES)
    }


def _after(section: str, said: Mapping[str, list[Comment]], remark: Address) -> Markup:
    """The remarks on the paragraphs of a section."""
    here = [comment for place, comments in said.items() if place.split(":")[0] == section for comment in comments]
    return _remarks(here, remark(f"{section}:1"), "对这一部分写批注")


def _end(part: str, text: Markup, said: Mapping[str, list[Comment]], remark: Address) -> Markup:
    """The opening or the signature with its place to come to, and the remarks on it."""
    return join([tag("span", id=part), text, _after(part, said, remark)])


def _remarks(comments: list[Comment], address: str, label: str) -> Markup:
    items = [tag("li", tag("b", one.person), f"：{one.text}") for one in comments]
    listed = tag("ul", *items, class_="remarks") if items else ""
    return join([listed, _way(address, label)])


def _way(address: str, label: str) -> Markup:
    return tag("p", tag("a", label, href=address), class_="remark")
