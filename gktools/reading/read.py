"""A file read as a published report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..errors import NoFormatForYear, ReadingError
from ..forms.model import ReportFormat
from ..forms.notices import formats, load_format
from .about import About, about, opening, sections, signature
from .assign import AS_DIGITS, MISCOUNTED, Assigned
from .blocks import Block, Source, SourceRow, SourceText
from .column_text import rows_by_columns
from .labels import labels, letters
from .merging import printed_cells
from .published import TABLES, PrintedCell, PrintedReport, ReadingDoubt
from .recognise import Recogniser
from .running_text import is_of_a_table, rows_of
from .transposing import upright
from .values import is_blank

MOST_CHARACTERS = 150_000
"""The maximum number of characters of a file; a report has a few thousand."""


def read_source(
    source: Source, file: str, sha256: str, said: About | None = None, *, whole: bool = True
) -> PrintedReport:
    """Return the report that stands in a file; said has the office and year that a person named instead.

    Raises ReadingError if there is no table of a report in it, with the reason and what to do.
    """
    if sum(map(len, _everything(source))) > MOST_CHARACTERS:
        raise ReadingError(f"{file}：文字超过 {MOST_CHARACTERS} 个，不像一份报告，没有读")
    found = about(source)
    year = (said and said.year) or found.year
    printed = form_printed(source)
    required = _required(year)
    format_ = printed or required or formats()[-1]
    cells, misprints, loose = _cells(source, format_, year)
    if not cells:
        raise ReadingError(f"{file}：{_nothing(source)}")
    texts, titles = sections(source.texts, format_)
    report = PrintedReport(
        file=file,
        kind=source.kind,
        sha256=sha256,
        unit=(said and said.unit) or found.unit,
        year=year,
        title=found.title,
        published_on=found.published_on,
        format=str(required.first_year) if required else None,
        form_found=str(printed.first_year) if printed else None,
        cells=tuple(cell for cell, _ in cells),
        text={
            ordinal: _without_table(text) if ordinal in _with_table(format_) else text
            for ordinal, text in texts.items()
        },
        opening=opening(source.texts, format_),
        signature=signature(source.texts, format_),
        titles=titles,
        misprints=misprints,
        whole=whole,
    )
    return replace(report, unsure=(*_about_doubts(report, found.doubts), *_doubts(cells), *loose, *_hidden(source)))


def _hidden(source: Source) -> list[ReadingDoubt]:
    return [ReadingDoubt("", "", "", "", "", note) for note in source.notes]


def _with_table(format_: ReportFormat) -> set[str]:
    return {section.title.partition("、")[0] for section in format_.sections if section.form}


def _without_table(text: str) -> str:
    """Return the text of a section without the lines of its table; of a line with sentences, without those of its table."""
    lines = (
        "".join(part for part in _SENTENCES.findall(line) if not is_of_a_table(part)) for line in text.splitlines()
    )
    return "\n".join(line for line in lines if line.strip())


_SENTENCES = re.compile("[^。]*。|[^。]+")


def _required(year: int | None) -> ReportFormat | None:
    try:
        return load_format(year) if year else None
    except NoFormatForYear:
        return None


def form_printed(source: Source) -> ReportFormat | None:
    """Return the format whose own labels stand in a file most often; None if none does or two are alike."""
    said = "\n".join(letters(text) for text in _everything(source))
    counts = {format_.first_year: sum(label in said for label in own) for format_, own in _own_labels() if own}
    most = max(counts.values(), default=0)
    chosen = [format_ for format_ in formats() if counts.get(format_.first_year) == most]
    return chosen[0] if most and len(chosen) == 1 else None


def _everything(source: Source) -> list[str]:
    return [
        text
        for block in source.blocks
        for text in ([block.text] if isinstance(block, SourceText) else [cell.text for cell in block.cells])
    ]


def _own_labels() -> list[tuple[ReportFormat, set[str]]]:
    """Return the labels that only one format has, also as a part of another's."""
    known = {
        format_.first_year: {
            letters(label)
            for form in format_.forms
            for cell in form.cells
            for chain in form.address(cell)
            for label in chain
        }
        for format_ in formats()
    }
    return [
        (
            format_,
            {
                label
                for label in known[format_.first_year]
                if not any(
                    label in other for year, others in known.items() if year != format_.first_year for other in others
                )
            },
        )
        for format_ in formats()
    ]


_Cells = list[tuple[PrintedCell, Assigned]]
_Read = tuple[_Cells, dict[str, str], list[ReadingDoubt]]


def _cells(source: Source, format_: ReportFormat, year: int | None) -> _Read:
    """Return the cells read from rows, and of tables that have none in rows, those read from the text; with them the
    labels worded otherwise, and the rows whose label is not known.
    """
    rows = _recognised(Recogniser(format_, source.kind == "pdf", year=year), upright(source.blocks), {})
    cells = printed_cells(rows.taken, format_)
    missing = {*TABLES.values()} - {cell.table for cell, _ in cells}
    if not missing:
        return cells, rows.misprints, _loose(rows)
    pieces = [
        block if isinstance(block, SourceText) else SourceText(_in_bars(block), block.cells[0].place)
        for block in source.blocks
        if isinstance(block, SourceText) or block.cells
    ]
    blocks, doubtful = rows_of(pieces, format_)
    text = _recognised(Recogniser(format_, year=year), blocks, doubtful)
    again = _unless_run_together(
        _unless_one_figure([(cell, one) for cell, one in printed_cells(text.taken, format_) if cell.table in missing])
    )
    unread = missing - {cell.table for cell, _ in again if cell.value is not None}
    by_columns = [
        pair
        for form in format_.forms
        if TABLES[form.key] in unread and (found := rows_by_columns(blocks, format_, form.key))
        for pair in printed_cells(_recognised(Recogniser(format_, year=year), found, {}).taken, format_)
    ]
    again = [pair for pair in again if pair[0].table not in {cell.table for cell, _ in by_columns}] + by_columns
    order = list(TABLES.values())
    return (
        sorted((*cells, *again), key=lambda pair: order.index(pair[0].table)),
        {**rows.misprints, **text.misprints},
        _loose(rows),
    )


def _unless_run_together(cells: _Cells) -> _Cells:
    """Return cells read from a text; in one whose figures run together, none of a row of several that no sum confirms."""
    doubtful = sum(one.why.startswith(MISCOUNTED) for _, one in cells)
    rows = Counter(cell.row for cell, _ in cells if cell.table == TABLES["disclosures"])
    if doubtful * 2 <= len(cells):
        return cells
    return [
        (replace(cell, value=None), replace(one, value=None, why=_RUN_TOGETHER))
        if rows[cell.row] > 1 and not one.why
        else (cell, one)
        for cell, one in cells
    ]


def _unless_one_figure(cells: _Cells) -> _Cells:
    """Return cells read from a text; digits are a figure each only if there are some that are no number, as they begin with 0."""
    apart = any(AS_DIGITS in one.why and one.printed.startswith("0") for _, one in cells)
    return [
        (replace(cell, value=None, inferred=False), replace(one, value=None, why=_ONE_FIGURE, inferred=False))
        if AS_DIGITS in one.why and not apart
        else (cell, one)
        for cell, one in cells
    ]


_ONE_FIGURE = "格数对不上，数字可能是一个数，也可能是几个连在一起"
_RUN_TOGETHER = "文字里的数大多连在一起，分不清是哪几个数"


def _loose(rows: Recogniser) -> list[ReadingDoubt]:
    """Return the rows of figures whose label is not known; those of words and blanks are none."""
    found = []
    for table, row in rows.loose:
        texts = [" ".join(cell.text.split()) for cell in row.cells if not cell.carried and not is_blank(cell.text)]
        if len(row.cells) > 1 and any(text.isdigit() for text in texts):
            why = "认不出这是哪一行：前面没有行的名称，或者格里不是数"
            found.append(ReadingDoubt(TABLES[table], "", "", " ".join(texts)[:_LONGEST], row.cells[0].place, why))
    return found


_LONGEST = 200


def _in_bars(row: SourceRow) -> str:
    """Return a row as a line of text; a row of one cell as its text."""
    if len(row.cells) == 1:
        return row.cells[0].text
    return f"| {' | '.join(' '.join(cell.text.split()) for cell in row.cells if not cell.carried)} |"


def _recognised(first: Recogniser, blocks: Sequence[Block], doubtful: Mapping[int, str]) -> Recogniser:
    """Return what was recognised in rows; once more if some turn out to have more cells than values."""
    again = replace(first, taken=[], loose=[], misprints={}, longer=set(), _unlabelled=[], _rows_read=set(), _pieces={})
    first.read(blocks, doubtful)
    if not first.longer:
        return first
    again.padded = frozenset(first.longer)
    again.read(blocks, doubtful)
    return again


def _about_doubts(report: PrintedReport, doubts: Mapping[str, str]) -> list[ReadingDoubt]:
    missing = [("unit", "机关", report.unit), ("year", "年度", report.year), ("title", "标题", report.title)]
    ways = {"unit": "，可用 --unit 写明", "year": "，可用 --year 写明", "title": ""}
    return [
        ReadingDoubt("", "", "", "", name, f"{doubts.get(name) or f'没有读到{what}'}{ways[name]}")
        for name, what, value in missing
        if value is None
    ]


def _doubts(cells: Sequence[tuple[PrintedCell, Assigned]]) -> list[ReadingDoubt]:
    return [
        ReadingDoubt(cell.table, cell.row, cell.column, cell.printed, cell.place, one.why, one.inferred)
        for cell, one in cells
        if one.why
    ]


def _nothing(source: Source) -> str:
    """Return why there are no tables in a file, and the way out."""
    length = sum(len("".join(text.split())) for text in _everything(source))
    if source.has_scripts and length < _LITTLE:
        return "网页里没有内容，是打开以后由脚本填进去的；请在浏览器里打开，等内容出来后另存为网页，或打印成 PDF 再试"
    if source.pictures and not any(labels().find(text) for text in _everything(source)):
        return "表是图片，读不出数；请找 Word、Excel 或可以选中文字的 PDF，或把数填进表里再试"
    if source.pictures:
        return "没有读到表里的数，表可能是图片；请找 Word、Excel 或可以选中文字的 PDF 再试"
    return "没有找到报告的表：不是政府信息公开工作年度报告，或者表的名称都没有了"


_LITTLE = 400
