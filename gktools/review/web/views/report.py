"""The report as a page of the review application shows it: the paper with its proofs, remarks beside cells, its stage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from ....forms.model import Cell
from ....html import join, tag
from ....render.page import with_pictures
from ....render.review_page import draw_review
from ....report.report import WITNESSES
from ...context import ReviewContext
from ...seal import PUBLISHED
from ...state import STAGES, Comment
from .places import cell_key

SINCE_LOOK = "您上次看过以后"
_FILES = {
    "html": "网页",
    "docx": "Word",
    "pdf": "PDF",
    "xlsx": "Excel 表",
    "json": "数据（JSON）",
    "csv": "数据（CSV）",
}
Address = Callable[[str], str]
"""Returns where one remarks on a place, or sees every record of a cell, by the key of the place."""


def draw(sight: ReviewContext, others: str, remark: Address, records: Address) -> dict[str, Any]:
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
    sections = [s if s["table"] else s | {"after": _after(s["key"], said, remark)} for s in page["sections"]]
    ends = {part: _end(part, page[part], said, remark) for part in ("opening", "signature") if page[part]}
    return page | {"sections": sections} | ends


def stage_of(sight: ReviewContext) -> str:
    """Return how far a report has come, in words."""
    stage = sight.standing.stage
    if stage == "absent":
        return "报告做好了，要公开的文件还没有备齐"
    back = sight.standing.returned
    return f"{STAGES[stage]}{'（被退回）' if back else ''}"


def file_label(name: str) -> str:
    """Return what a file of the seal is called in a list; report.json holds the findings, which nobody outside gets."""
    ending = name.rpartition(".")[2]
    return "内部数据（JSON，带问题）" if name == PUBLISHED["json"] else _FILES.get(ending, ending.upper())


def _cut_off(report: Mapping[str, Any]) -> dict[str, int]:
    """How many records stand behind the cells whose proof lists but some of them, or only the cells they are the sum of."""
    cells = ((table, cell) for table, own in report["tables"].items() for cell in own)
    return {
        cell_key(table, (cell["row_key"], cell["column_key"])): cell["records"]
        for table, cell in cells
        if cell["source"] == "summed" or (cell["source"] == "counted" and cell["records"] > WITNESSES)
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
