"""A second table on a sheet: below the first, under a heading of its own, or beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from ...errors import Problem
from .files import heading_words
from .headings import Header, folded
from .places import Placed, Row, Where
from .values import text_of
from .xlsx_guard import letters_of

_LONGEST = 30
_FIRST, _LEAST = 2, 3
"""How many texts of a row are looked at first, and the least number of headings that are no record."""


def is_heading(row: Row) -> bool:
    """Return whether a row is made of headings of registers, of whichever."""
    texts = (text for cell in row if (text := text_of(cell).strip()))
    first = list(islice(texts, _FIRST))
    if not any(len(text) <= _LONGEST and folded(text) in heading_words() for text in first):
        return False
    several = [*first, *texts]
    known = sum(folded(text) in heading_words() for text in several)
    return known >= _LEAST and known > len(several) // 2


def other_heading(where: Where, header: Header, line: int, row: Row) -> Iterator[Placed]:
    """Yield a problem if a repeated heading names other columns, or another unit, than the heading of the sheet."""
    for place in header.other_in(row)[:1]:
        message = (
            f"这一行又是表头，和第 {header.last + 1} 行的不一样（栏目的次序、叫法或者单位不同），"
            "下面各行不能照上面的表头读；请把它下面的记录另放一张工作表，或者照上面的表头改好"
        )
        yield line, place, where.problem(message, line, letters_of(place), place=place)


def table_beside(where: Where, header: Header) -> Problem | None:
    """Return the problem of a heading that begins again farther to the right; None if it does not."""
    words: Sequence[str] = [folded(several[min(1, len(several) - 1)]) if several else "" for several in header.words]
    for start in range(_LEAST, len(words) - _LEAST + 1):
        if words[0] and words[start : start + _LEAST] == words[:_LEAST]:
            message = (
                f"表头从{letters_of(start)}列起又来了一遍，像是两张表左右并排：一张工作表只放一张表，"
                "请把右边的记录剪下来，接着放到左边记录的下面，再导入"
            )
            return where.problem(message, header.last + 1, letters_of(start), place=start)
    return None
