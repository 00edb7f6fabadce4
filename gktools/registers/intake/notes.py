"""Notes around a table: what they say of its rows, or of the unit of its amounts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...errors import Problem
from ..words import book, speaks_of_rows
from .columns import Column
from .cover import is_cover
from .places import Row, Where
from .units import scaled_count, units_in_note
from .values import text_of


def notes_above(rows: Sequence[Row]) -> list[int]:
    """Return the lines of the rows above a heading that speak of rows of the table; a title is none."""
    texts = [(line, row) for line, row in enumerate(rows, 1) if not is_cover(row) and any(map(text_of, row))]
    return [line for line, row in texts if says_of_rows(row) and not (row is texts[0][1] and _is_title(row))]


def _is_title(row: Row) -> bool:
    """Return whether the first row of a sheet is a title: no sentence, but for what stands in brackets, and no note."""
    said = _BRACKETS.sub("", " ".join(text for cell in row if (text := text_of(cell).strip())))
    return not _SENTENCE.search(said) and not re.match(book().notes.begins, said)


_BRACKETS = re.compile(r"[(（][^()（）]*[)）]")
_SENTENCE = re.compile(r"[,，。;；:：]")


def says_of_rows(row: Row) -> bool:
    """Return whether one of the texts of a row, but for titles, speaks of rows of the table."""
    texts = (text for cell in row if (text := text_of(cell).strip()))
    return any(speaks_of_rows(text) for text in texts if not re.search(book().notes.title, text))


def comments_above(comments: Mapping[int, Sequence[str]], last: int) -> list[int]:
    """Return the lines up to the last of the heading with comments on cells that speak of rows; those of our forms do not."""
    return [
        line
        for line, texts in comments.items()
        if line <= last and any(speaks_of_rows(text) for text in texts if not text.startswith(_OF_A_FORM))
    ]


_OF_A_FORM = ("必填\n", "没有的留空\n")


def other_units(where: Where, line: int, row: Row, columns: Iterable[Column]) -> Iterator[Problem]:
    """Yield a problem if a remark says that the amounts are in another unit than that of their column, or counts in
    hundreds."""
    columns = list(columns)
    amounts = [column for column in columns if column.field.type == "yuan"]
    units = dict.fromkeys(unit for value in row for unit in units_in_note(text_of(value)))
    for unit in units if amounts else ():
        if unit not in {column.shape.unit for column in amounts}:
            message = (
                f"这一行说明写着单位是{unit}，和“{amounts[0].heading}”列的不一样；请改表头里的单位，或者改这一行说明"
            )
            yield where.problem(message, line)
            break
    many = next(filter(None, (scaled_count(text_of(value)) for value in row)), "")
    if many and any(column.field.type == "count" for column in columns):
        message = f"这一行说明写着“{many}”：以百、千、万计的件数不收；请换算成一件一件的数，删掉这一行说明，再导入"
        yield where.problem(message, line)
