"""The report for the review page: the printed form with proofs, comments beside cells, and the stage."""

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
from .browser_words import finding_in_browser, proofs_in_browser
from .places import cell_key

SINCE_VIEWED = "您上次看过以后"
CHANGE_RULES = "本机关可在“修改”页的“计数口径”“期限口径”“校验界限”里改"
"""The note of the table of counting rules: the place to change them."""
Address = Callable[[str], str]
"""Returns the URL for commenting on a place, or for the records of a cell, from the key of the place."""


def draw(context: ReviewContext, others: str, remark: Address, records: Address) -> ReviewPage:
    """Return the contents of the review page, with comments and links for new ones beside the cells.

    A proof that does not list every record of its cell links to all of them.

    others is the URL of the report of a member of a government, with {code} as a placeholder.
    """
    by_place: dict[str, list[Comment]] = defaultdict(list)
    for comment in context.state.comments:
        if not comment.closed_by:
            by_place[comment.place].append(comment)

    def comments_beside(table: str, cell: Cell) -> Markup:
        key = cell_key(table, cell)
        everything = _link_paragraph(records(key), f"看全部 {unlisted[key]} 条记录") if unlisted.get(key) else ""
        return join([everything, _comment_list(by_place.get(key, []), remark(key), "对这一格写批注")])

    unlisted = _unlisted_records(context.report)
    report = replace(context.report, findings=tuple(map(finding_in_browser, context.report.findings)))
    page = with_pictures(draw_review(report, context.review, beside=comments_beside, others=others), context.pictures)
    return replace(
        page,
        opening=page.opening and _with_comments("opening", page.opening, by_place, remark),
        sections=tuple(
            replace(s, html=proofs_in_browser(s.html))
            if s.table
            else replace(s, after=_section_comments(s.key, by_place, remark))
            for s in page.sections
        ),
        signature=page.signature and _with_comments("signature", page.signature, by_place, remark),
    )


def stage_label(context: ReviewContext) -> str:
    """Return the Chinese label of a report's stage."""
    back = context.state.returned
    return f"{STAGES[context.state.stage]}{'（被退回）' if back else ''}"


def file_label(name: str) -> str:
    """Return the Chinese label of a file of the seal, from its name; of any other file, its name."""
    return next((one.label for one in FORMATS.values() if one.file == name), name)


def _unlisted_records(report: ReportData) -> dict[str, int]:
    """The numbers of records of the cells whose proof lists only some records, or only the summed cells."""
    return {
        cell_key(table, cell.key): cell.records
        for table, cells in report.tables.items()
        for cell in cells
        if cell.source == "summed" or (cell.source == "counted" and cell.records > WITNESSES)
    }


def _section_comments(section: str, by_place: Mapping[str, list[Comment]], remark: Address) -> Markup:
    """The comments on the paragraphs of a section."""
    here = [comment for place, comments in by_place.items() if place.split(":")[0] == section for comment in comments]
    return _comment_list(here, remark(f"{section}:1"), "对这一部分写批注")


def _with_comments(part: str, text: Markup, by_place: Mapping[str, list[Comment]], remark: Address) -> Markup:
    """The opening or the signature with an anchor and its comments."""
    return join([tag("span", id=part), text, _section_comments(part, by_place, remark)])


def _comment_list(comments: list[Comment], address: str, label: str) -> Markup:
    items = [tag("li", tag("b", one.person), f"：{one.text}") for one in comments]
    listed = tag("ul", *items, class_="remarks") if items else ""
    return join([listed, _link_paragraph(address, label)])


def _link_paragraph(address: str, label: str) -> Markup:
    return tag("p", tag("a", label, href=address), class_="remark")
