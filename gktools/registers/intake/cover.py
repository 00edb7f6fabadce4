"""The cover lines above a register's heading: 单位, 年度, 登记表, 本年无记录."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import NotFoundError, Problem
from ...workspace import clock
from ..schema import Register, fold, register_named
from .places import Row, Where
from .units import scaled_count, units_above, units_in, units_in_note, units_in_title
from .values import text_of

FindOffice = Callable[[str], str]
"""Returns the code of an office from its code or name; raises NotFoundError."""

NO_RECORDS = "本年无记录"
EARLIEST = 2008
"""The first year for which the 条例 requires a report."""
COVER = {"单位": "office", "年度": "year", "登记表": "register", NO_RECORDS: "empty"}
COVER_FIELDS = "cover"
"""What the name of a field of the cover begins with, as that of a register's field does with its register."""
_TICKS = frozenset({"√", "是", "✓", "✔", "☑", "v", "y", "yes", "true", "1"})
_NO_TICKS = frozenset({"否", "□", "☐"})


def is_cover(row: Row) -> bool:
    """Return whether a row is a cover line or states units of money."""
    texts = [text_of(cell) for cell in row[:200]]
    labels = ("".join(re.split("[:：]", text, maxsplit=1)[0].split()) for text in texts)
    return any(label in COVER for label in labels) or any(units_above(text) is not None for text in texts if text)


@dataclass(frozen=True)
class ImportOptions:
    """The register, office and year given on the command line, for files whose cover does not state them.

    assumed: a cover that states another office or year is right, and no mistake.
    """

    register: str | None = None
    code_or_name: str | None = None
    year: int | None = None
    assumed: bool = False


@dataclass(frozen=True)
class CoverLine:
    """The text of one cover line and its row number (from 1); "" and None if the line is missing.

    column is that of its text (from 0), None if the text stands in one cell with its label.
    """

    number: int | None = None
    text: str = ""
    column: int | None = None


class Cover:
    """The cover lines read so far; the first of each kind counts. units are the units of money with their first row.

    scaled is a unit of counting that means several each, such as 百件, with its row.
    """

    def __init__(self, where: Where, given: ImportOptions) -> None:
        self._where, self._given = where, given
        self._lines: dict[str, CoverLine] = {}
        self._again: list[tuple[int, int, str]] = []
        self.units: dict[str, int] = {}
        self.scaled: tuple[str, int] | None = None

    def parse_row(self, index: int, row: Row) -> None:
        """Read a row and store its cover lines and units."""
        texts = [text_of(value).strip() for value in row[:200]]
        for i, text in enumerate(texts):
            for unit in (units_above(text) or units_in_note(text) if text else None) or ():
                self.units.setdefault(unit, index + 1)
            label, colon, rest = text.replace(":", "：").partition("：")
            if key := COVER.get("".join(label.split())):
                column, following = next(
                    ((j, other) for j, other in enumerate(texts[i + 1 : i + 4], i + 1) if other), (0, "")
                )
                if following.rstrip(":：") in COVER or not following:
                    column, following = i + 1, ""
                together = bool(colon and rest.strip())
                said = rest.strip() if together else following
                if key == "office" and (units := units_in(fold(said))) is not None:  # 单位：万元, not an office
                    for unit in units:
                        self.units.setdefault(unit, index + 1)
                    continue
                first = self._lines.setdefault(key, CoverLine(index + 1, said, None if together else column))
                if first.number != index + 1 and said and _alike(said) != _alike(first.text):
                    self._again.append((index + 1, first.number or 0, label))

    def parse_titles(self, above: Iterable[Row], line: int) -> None:
        """Read the units of money in the titles above a heading, and in the names of sheet and file; line is the heading's."""
        titles = [(text_of(cell), index) for index, row in enumerate(above, start=1) for cell in row[:200]]
        for text, number in [*titles, (self._where.sheet, line), (Path(self._where.file).stem, line)]:
            for unit in units_in_title(text) or units_in_note(text):
                self.units.setdefault(unit, number)
            if (unit := scaled_count(text)) and not self.scaled:
                self.scaled = unit, number

    def __getitem__(self, key: str) -> CoverLine:
        return self._lines.get(key, CoverLine())

    def __contains__(self, key: str) -> bool:
        return key in self._lines

    def problem(self, key: str, message: str, value: str | None = None) -> Problem:
        """Return a problem of a cover line, which another text of it mends."""
        line = self[key]
        problem = self._where.problem(message, line.number, value=value, place=line.column)
        at = f"{COVER_FIELDS}.{key}" if line.number and line.column is not None else ""
        return replace(problem, field=at, alike=True)

    def again(self, before: int, answered: Container[int]) -> list[Problem]:
        """Return a problem for every cover line above a row that says another thing than an earlier one.

        Not where one of the two is in a row (from 0) that is answered about by itself.
        """
        message = "上面已经写了“{}”，这里写的却不一样；请只留对的那一个"
        return [
            self._where.problem(message.format("".join(label.split())), line)
            for line, first, label in dict.fromkeys(self._again)
            if line <= before and line - 1 not in answered and first - 1 not in answered
        ]

    def register(self) -> tuple[Register | None, list[Problem]]:
        """Return the register from the cover or the options and no problems; None if neither names one."""
        line = self["register"]
        try:
            named = register_named(line.text) if line.text else None
            given = register_named(self._given.register) if self._given.register else None
        except NotFoundError as error:
            return None, [self._where.problem(str(error), line.number)]
        if named and given and named is not given:
            message = f"写的登记表和 --register 指定的“{self._given.register}”不一致"
            return None, [self._where.problem(message, line.number, value=line.text)]
        return named or given, []

    def office(self, find_office: FindOffice) -> tuple[str, list[Problem]]:
        """Return the code of the office, and the problems with it."""
        line, given = self["office"], self._given.code_or_name
        given = None if self._given.assumed and line.text else given
        if not (given or line.text):
            return "", [self._where.problem("没有写明单位：在表头上方加一行“单位”，或用 --office 指定")]
        codes: list[str] = []
        problems: list[Problem] = []
        for name, number in ((line.text, line.number), (given, None)):
            try:
                codes += [find_office(name)] if name else []
            except NotFoundError as error:
                problems.append(self.problem("office", str(error)) if number else self._where.problem(str(error)))
        if len(set(codes)) > 1:
            message = f"写的单位和 --office 指定的“{given}”不一致"
            problems.append(self._where.problem(message, line.number, value=line.text))
        return (codes or [""])[0], problems

    def year(self) -> tuple[int, list[Problem]]:
        """Return the year, and the problems with it; 0 if it is missing."""
        line, given = self["year"], self._given.year
        digits = re.fullmatch(r"([0-9]{4})年?度?", fold(line.text or str(given or "")).removesuffix(".0"))
        if not digits:
            message = "没有写明年度：在表头上方加一行“年度”，或用 --year 指定"
            if line.text:
                message = "年度写的不是一个四位数的年份，请写成 2024 的样子"
            return 0, [self.problem("year", message, line.text or None)]
        year = int(digits[1])
        if not EARLIEST <= year <= clock.today().year:
            message = f"年度只能是 {EARLIEST} 到 {clock.today().year}；写错的年度会让以后的更正不起作用"
            return year, [self.problem("year", message, line.text or str(given))]
        if given and given != year and not self._given.assumed:
            return year, [self.problem("year", f"写的年度和 --year 指定的 {given} 不一致", line.text)]
        return year, []

    def ticked(self) -> tuple[bool, list[Problem]]:
        """Return whether 本年无记录 is ticked, and the problems with it."""
        line = self["empty"]
        tick = fold(line.text)
        if tick and tick not in _TICKS | _NO_TICKS:
            return False, [self.problem("empty", f"“{NO_RECORDS}”只能打“√”或留空", line.text)]
        return tick in _TICKS, []


def _alike(text: str) -> str:
    return fold(text).removesuffix(".0").rstrip("年度")
