"""Rows of a text file with more cells than its heading, and numbers that a comma for thousands may have split: 1,280."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ...errors import Problem
from ..questions import Inquiry, Question, QuestionPlace
from .columns import Column
from .headings import Header
from .places import Row, Where
from .values import text_of


class RaggedRows:
    """The records of a text file whose cells may stand one column too far to the right."""

    def __init__(self, where: Where, header: Header, columns: Mapping[int, Column]) -> None:
        self._where, self._header = where, header
        self._numbers = {
            place: each for place, each in columns.items() if each.field.type in ("yuan", "count", "number")
        }
        self._counts = [place for place, each in self._numbers.items() if each.field.default is not None]
        self._widths: set[int] = set()
        self._wide: list[tuple[int, bool]] = []
        self._narrow: list[int] = []
        self._split: dict[int, list[int]] = {place: [] for place in self._numbers}
        self._beside: set[int] = set()

    def take(self, records: Sequence[tuple[int, Row]]) -> None:
        """Look at records, with their lines."""
        width = len(self._header.words)
        for line, row in records:
            self._widths.add(len(row))
            split = [place for place in self._numbers if self._may_be_split(row, place)]
            if len(row) > width and not any(text_of(cell).strip() for cell in row[width:]):
                self._wide.append((line, bool(split)))
            if self._counts and len(row) <= max(self._counts):
                self._narrow.append(line)
            for place in split if len(row) <= width else ():
                self._split[place].append(line)

    def _may_be_split(self, row: Row, place: int) -> bool:
        number, beside = (text_of(cell).strip() for cell in (*row[place : place + 2], "", "")[:2])
        if _FIRST.fullmatch(number) and _THOUSAND.fullmatch(beside):
            return True
        if _NUMBER.fullmatch(beside):
            self._beside.add(place)
        return False

    def problems(self) -> Iterator[tuple[int, int, Problem]]:
        """Yield a problem for each row that ends in more empty cells than the heading has, if a number in it may be split
        or not all rows are like that. Filled-in cells without a heading are problems of SheetBody."""
        for line, split in self._wide:
            if split or len(self._widths) > 1:
                yield line, -1, self._where.problem(_WIDE, line)

    def warnings(self) -> Iterator[Problem]:
        """Yield a warning about the rows that end before a column of counts, where an empty cell is one."""
        if self._narrow:
            yield self._where.several(_NARROW, self._narrow, None, 0)

    def ask(self, inquiry: Inquiry) -> None:
        """Ask about the numbers that may be split in a row of as many cells as the heading, where no other row has a number
        in the next column."""
        for place, lines in self._split.items():
            if lines and place not in self._beside:
                heading = self._numbers[place].heading
                where = QuestionPlace(self._where.file, self._where.sheet, tuple(lines), heading, place)
                inquiry.ask(Question.of("row.comma", heading, where, {"heading": heading, "count": len(lines)}))


_FIRST, _THOUSAND = re.compile(r"[¥￥]?[1-9]\d{0,2}"), re.compile(r"\d{3}(?:\.\d*)?元?")
_NUMBER = re.compile(r"[¥￥]?\d[\d.]*元?")
_NARROW = "比表头少了格，少的按空着收；请看是不是漏了一个分隔的符号，后面的都错了一格"
_WIDE = (
    "这一行比表头多了格，多半是数里的千位逗号（1,280）没有加引号，一个数成了两格，后面的都错了一格；"
    "请在 Excel 里打开，去掉数里的逗号，没有错的删掉行尾多出的逗号，再导入"
)
