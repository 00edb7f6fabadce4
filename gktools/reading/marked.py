"""What stands in a file, on a page, with every cell marked by what it was taken for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from markupsafe import Markup

from ..html import join, tag
from .blocks import Block, Source, SourceCell, SourceRow, SourceText
from .labels import labels
from .published import PrintedCell, PrintedReport, ReadingDoubt
from .values import is_blank

_STYLE = Markup(
    "body{font:16px/1.6 sans-serif;margin:1rem auto;max-width:70rem;padding:0 1rem;color:#1b1b1b}"
    "table{border-collapse:collapse;margin:.5rem 0}td{border:1px solid #767676;padding:.2rem .5rem;vertical-align:top}"
    ".label{background:#e8eef7}.taken{background:#dff3df}.inferred{background:#fff3c4}.unread{background:#fbd9d9}"
    "small{display:block;color:#4a4a4a}.legend span{padding:0 .5rem;margin-right:1rem;border:1px solid #767676}"
)
_LEGEND = (("label", "行列的名称"), ("taken", "读成这一格的数"), ("inferred", "推断的"), ("unread", "没有读准的"))
_MOST_COLUMNS = 20


def marked_page(source: Source, report: PrintedReport) -> str:
    """Return the page: the file's paragraphs and rows, with the row and column that each value was taken for."""
    by_place: dict[str, list[PrintedCell]] = {}
    for cell in report.cells:
        by_place.setdefault(cell.place, []).append(cell)
    title = f"读法：{report.title or report.file}"
    legend = tag("p", *(tag("span", said, class_=name) for name, said in _LEGEND), class_="legend")
    doubts = tag("ul", *(tag("li", _doubt(doubt)) for doubt in report.unsure)) if report.unsure else ""
    head = tag("head", tag("meta", charset="utf-8"), tag("title", title), tag("style", _STYLE))
    body = tag("body", tag("h1", title), legend, doubts, *_parts(source.blocks, by_place))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='zh-CN')}\n"


def _doubt(doubt: ReadingDoubt) -> str:
    said = _said(doubt.row, doubt.column)
    return f"{said}：{doubt.why}（{doubt.place}）" if said else doubt.why


def _said(row: str, column: str) -> str:
    return "｜".join(part for part in (row, column) if part)


def _parts(blocks: Sequence[Block], by_place: Mapping[str, Sequence[PrintedCell]]) -> Iterator[Markup]:
    for frame, group in groupby(blocks, key=lambda block: block.frame if isinstance(block, SourceRow) else None):
        found = list(group)
        if frame is None:
            yield from (_text(block, by_place) for block in found if isinstance(block, SourceText))
        else:
            yield tag("table", *(_row(block, by_place) for block in found if isinstance(block, SourceRow)))


def _row(row: SourceRow, by_place: Mapping[str, Sequence[PrintedCell]]) -> Markup:
    return tag("tr", *(_cell(cell, by_place.get(cell.place, ())) for cell in row.cells if not cell.carried))


def _cell(cell: SourceCell, taken: Sequence[PrintedCell]) -> Markup:
    wide = round(cell.end - cell.start)
    span = wide if 1 < wide <= _MOST_COLUMNS else None
    return tag("td", cell.text, _notes(taken), colspan=span, class_=_kind(cell.text, taken))


def _text(text: SourceText, by_place: Mapping[str, Sequence[PrintedCell]]) -> Markup:
    taken = by_place.get(text.place, ())
    return tag("p", text.text, _notes(taken), class_=_kind(text.text, taken))


def _kind(text: str, taken: Sequence[PrintedCell]) -> str | None:
    if any(cell.value is None for cell in taken):
        return "unread"
    if taken:
        return "inferred" if any(cell.inferred for cell in taken) else "taken"
    return "label" if not is_blank(text) and (labels().find(text) or labels().skips(text)) else None


def _notes(taken: Sequence[PrintedCell]) -> Markup:
    return join(tag("small", _said(cell.row, cell.column)) for cell in taken)
