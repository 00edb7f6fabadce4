"""A table in a text that was copied column by column: its labels, and all its figures apart from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..forms.model import Form, Heading, ReportFormat
from .blocks import RUN, Block, SourceCell, SourceRow, SourceText
from .labels import labels
from .published import PrintedValue
from .sums import agrees, column_order, sum_groups
from .values import amount_of, may_be_value, value_of


def rows_by_columns(blocks: Sequence[Block], format_: ReportFormat, table: str) -> list[Block]:
    """Return the rows of a table with sums whose figures follow each other by columns, or by rows, in a text.

    blocks are those of running_text. None unless every label stands there once, there are as many figures as cells and
    nothing else, and they agree with all sums in one of the two ways alone.
    """
    form = format_[table]
    parts = _section(blocks, next(section.key for section in format_.sections if section.form == table))
    rows, order = list(dict.fromkeys(row for row, _ in form.cells)), column_order(form)
    figures = [cell for cell in parts if _is_figure(cell.text)]
    named = {key for key in rows if _label(form, key)}
    if len(figures) != len(rows) * len(order) or not _has_all_labels(parts, table, named, order):
        return []
    across = [figures[start : start + len(order)] for start in range(0, len(figures), len(order))]
    down = [figures[start :: len(rows)] for start in range(len(rows))]
    agreeing = [found for found in (down, across) if _agree(found, rows, order, form)]
    if len({tuple(cell.text for row in found for cell in row) for found in agreeing}) != 1:
        return []
    header = SourceRow(tuple(SourceCell(label, 0, 0, "") for label in _by_level(form.blocks[0].columns)), RUN)
    return [header, *(_row(form, key, found) for key, found in zip(rows, agreeing[0], strict=True))]


_WHY = "文字里的数没有挨着行的名称，像是一列一列复制的"


def _section(blocks: Sequence[Block], key: str) -> list[SourceCell]:
    """Return what stands between the title of a section and the next one, piece by piece; nothing if it is there twice."""
    titles = [
        (number, labels().section(block.text))
        for number, block in enumerate(blocks)
        if isinstance(block, SourceText) and labels().section(block.text)
    ]
    begins = [number for number, section in titles if section == key]
    if len(begins) != 1:
        return []
    end = next((number for number, _ in titles if number > begins[0]), len(blocks))
    return [
        cell
        for block in blocks[begins[0] + 1 : end]
        for cell in (
            [SourceCell(block.text, 0, 0, block.place)] if isinstance(block, SourceText) else map(_bare, block.cells)
        )
    ]


def _bare(cell: SourceCell) -> SourceCell:
    return SourceCell(cell.text, 0, 0, cell.place)


def _is_figure(text: str) -> bool:
    return may_be_value(text) and not labels().find(text)


def _has_all_labels(parts: Sequence[SourceCell], table: str, rows: set[str], columns: Sequence[str]) -> bool:
    """Return whether all labels of a table are among the parts of a text, no other words, and no row or column twice.

    Where columns of several groups have the same labels, they stand in their order.
    """
    known = labels()
    wanted = {*(("row", key) for key in rows), *(("column", key) for key in columns)}
    said: list[set[tuple[str, str]]] = []
    for text in (cell.text for cell in parts if not _is_figure(cell.text)):
        named = [label for label in known.find(text) if label.table == table]
        if not named and known.skips(text) != table:
            return False
        meant = {key for key in wanted if any((label.axis, label.key) == key for label in named)}
        said += [meant] if meant else []
    if rows:
        return len(said) == len(wanted) and wanted == set().union(*said)
    return len(said) == len(columns) and all(("column", key) in one for key, one in zip(columns, said, strict=True))


def _agree(found: Sequence[Sequence[SourceCell]], rows: Sequence[str], order: Sequence[str], form: Form) -> bool:
    """Return whether figures agree with every sum across and every sum down."""
    values: list[list[PrintedValue]] = [[value_of(cell.text) for cell in row] for row in found]
    if not all(agrees(row, sum_groups(form, order)) for row in values):
        return False
    amounts = {
        (row, column): amount_of(value)
        for row, of_row in zip(rows, values, strict=True)
        for column, value in zip(order, of_row, strict=True)
    }
    if not all(amounts[total] == sum(amounts[part] or 0 for part in parts) for total, parts in form.sums_down.items()):
        return False
    return all(
        sum(amounts[row, column] or 0 for row in identity.left)
        == sum(amounts[row, column] or 0 for row in identity.right)
        for identity in form.identities
        for column in order
    )


def _label(form: Form, key: str) -> str:
    return next(form.rows(cell)[-1].label for cell in form.cells if cell[0] == key)


def _row(form: Form, key: str, cells: Sequence[SourceCell]) -> SourceRow:
    label = _label(form, key)
    return SourceRow((*([SourceCell(label, 0, 0, cells[0].place)] if label else ()), *cells), RUN, _WHY)


def _by_level(headings: Sequence[Heading]) -> Iterator[str]:
    """Yield the labels of columns line by line, as they stand on the form."""
    level = list(headings)
    while level:
        yield from (heading.label for heading in level)
        level = [part for heading in level for part in heading.parts]
