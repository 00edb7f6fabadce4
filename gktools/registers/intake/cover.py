"""The lines above a register's heading that say whose it is: 单位, 年度, 登记表, 本年无记录."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from ...errors import NotFoundError, Problem
from ..schema import Register, fold, register_named
from .places import Row, Where
from .units import units_above, units_in
from .values import text_of

FindOffice = Callable[[str], str]
"""Gives the code of an office from its code or name; raises NotFoundError."""

NO_RECORDS = "本年无记录"
EARLIEST = 2008
"""The year the 条例 first asked for a report."""
COVER = {"单位": "office", "年度": "year", "登记表": "register", NO_RECORDS: "empty"}
_TICKS = frozenset({"√", "是", "✓", "✔", "☑", "v", "y", "yes", "true", "1"})
_NO_TICKS = frozenset({"否", "□", "☐"})


def is_cover(row: Row) -> bool:
    """Whether a row says something that cover lines say."""
    texts = [text_of(cell) for cell in row[:200]]
    labels = ("".join(re.split("[:：]", text, maxsplit=1)[0].split()) for text in texts)
    return any(label in COVER for label in labels) or any(units_above(text) is not None for text in texts if text)


@dataclass(frozen=True)
class ImportOptions:
    """What the person importing says of a file whose cover lines do not."""

    register: str | None = None
    code_or_name: str | None = None
    year: int | None = None


@dataclass(frozen=True)
class CoverLine:
    """What one cover line says, and the number of its row; text is empty and number None where there is none."""

    number: int | None = None
    text: str = ""


class Cover:
    """The cover lines seen so far. The first of a kind holds. units are those of money, each with its first row."""

    def __init__(self, where: Where, given: ImportOptions) -> None:
        self._where, self._given = where, given
        self._lines: dict[str, CoverLine] = {}
        self.units: dict[str, int] = {}

    def parse_row(self, index: int, row: Row) -> None:
        """Remember what a row says."""
        texts = [text_of(value).strip() for value in row[:200]]
        for i, text in enumerate(texts):
            for unit in (units_above(text) if text else None) or ():
                self.units.setdefault(unit, index + 1)
            label, colon, rest = text.replace(":", "：").partition("：")
            if key := COVER.get("".join(label.split())):
                following = next((other for other in texts[i + 1 : i + 4] if other), "")
                following = "" if following.rstrip(":：") in COVER else following
                said = rest.strip() if colon and rest.strip() else following
                if key == "office" and (units := units_in(fold(said))) is not None:  # 单位：万元, not an office
                    for unit in units:
                        self.units.setdefault(unit, index + 1)
                    continue
                self._lines.setdefault(key, CoverLine(index + 1, said))

    def __getitem__(self, key: str) -> CoverLine:
        return self._lines.get(key, CoverLine())

    def __contains__(self, key: str) -> bool:
        return key in self._lines

    def register(self) -> tuple[Register | None, list[Problem]]:
        """The register that is named here or by the person importing; None where neither names one."""
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
        """The code of the office, or what is wrong with it."""
        line, given = self["office"], self._given.code_or_name
        if not (given or line.text):
            return "", [self._where.problem("没有写明单位：在表头上方加一行“单位”，或用 --office 指定")]
        codes, problems = [], []
        for name, number in ((line.text, line.number), (given, None)):
            try:
                codes += [find_office(name)] if name else []
            except NotFoundError as error:
                problems.append(self._where.problem(str(error), number))
        if len(set(codes)) > 1:
            message = f"写的单位和 --office 指定的“{given}”不一致"
            problems.append(self._where.problem(message, line.number, value=line.text))
        return (codes or [""])[0], problems

    def year(self) -> tuple[int, list[Problem]]:
        """The year, or what is wrong with it."""
        line, given = self["year"], self._given.year
        digits = re.fullmatch(r"([0-9]{4})年?度?", fold(line.text or str(given or "")).removesuffix(".0"))
        problem = self._where.problem
        if not digits:
            message = "没有写明年度：在表头上方加一行“年度”，或用 --year 指定"
            return 0, [problem(message, line.number, value=line.text or None)]
        year = int(digits[1])
        if not EARLIEST <= year <= date.today().year:
            message = f"年度只能是 {EARLIEST} 到 {date.today().year}；写错的年度会让以后的更正不起作用"
            return year, [problem(message, line.number, value=line.text or str(given))]
        if given and given != year:
            return year, [problem(f"写的年度和 --year 指定的 {given} 不一致", line.number, value=line.text)]
        return year, []

    def ticked(self) -> tuple[bool, list[Problem]]:
        """Whether 本年无记录 is ticked."""
        line = self["empty"]
        tick = fold(line.text)
        if tick and tick not in _TICKS | _NO_TICKS:
            return False, [self._where.problem(f"“{NO_RECORDS}”只能打“√”或留空", line.number, value=line.text)]
        return tick in _TICKS, []
