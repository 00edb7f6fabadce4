"""Registers read from the files staff keep: XLSX, XLS and CSV with Chinese headings.

A file is read whole before anything is kept: what comes back is either every register in it, or everything that
is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import NotFoundError, Problem, nearest
from ..formats import formats, load_format
from ..forms import leaves
from .files import Row, open_rows
from .schema import Field, Register, fold, register_named, registers
from .sheet import Sheet
from .values import parse, text_of

FindOffice = Callable[[str], str]
"""Gives the code of an office from its code or name; raises NotFoundError."""

EXAMPLE = "示例"
NO_RECORDS = "本年无记录"
EARLIEST = 2008
"""The year the 条例 first asked for a report."""
COVER = {"单位": "office", "年度": "year", "登记表": "register", NO_RECORDS: "empty"}
_TICKS = frozenset({"√", "是", "✓", "✔", "☑", "v", "y", "yes", "true", "1"})
_EXAMPLE_ROW = re.compile(rf"\W?{EXAMPLE}\d*\W?")


@dataclass(frozen=True)
class Given:
    """What the person importing says of a file whose cover lines do not."""

    register: str | None = None
    office: str | None = None
    year: int | None = None


def read_file(path: Path, find_office: FindOffice, given: Given | None = None) -> tuple[list[Sheet], list[Problem]]:
    """Return the registers in a file, or everything that is wrong with it; never both.

    Sheets without a register heading (instructions, notes) are passed over as long as one sheet has one. Raises
    RecordsError if the file cannot be opened at all.
    """
    sheets: list[Sheet] = []
    problems: list[Problem] = []
    for name, rows in open_rows(path):
        try:
            found = _Reader(path.name, name, rows, find_office, given or Given()).read()
        except _Unreadable as error:
            problems += error.problems
        else:
            sheets += [found] if found else []
    if not sheets and not problems:
        known = "、".join(register.label for register in registers().values())
        problems.append(Problem(f"没有找到登记表：没有一行像是表头（认得的登记表有：{known}）", path.name))
    twice = {(s.register, s.office, s.year) for i, s in enumerate(sheets) if _same(s) in map(_same, sheets[:i])}
    problems += [
        Problem(f"文件里有两张 {office} {year} 年的{registers()[key].label}", path.name) for key, office, year in twice
    ]
    return ([], problems) if problems else (sheets, [])


class _Unreadable(Exception):  # noqa: N818
    def __init__(self, *problems: Problem) -> None:
        self.problems = problems


def _same(sheet: Sheet) -> tuple[str, str, int]:
    return sheet.register, sheet.office, sheet.year


class _Reader:
    """One sheet, from its cover lines to its last record."""

    def __init__(self, file: str, sheet: str, rows: list[Row], find_office: FindOffice, given: Given) -> None:
        self.file, self.sheet, self.rows, self.find_office, self.given = file, sheet, rows, find_office, given
        self.cover: dict[str, tuple[int, str]] = {}

    def read(self) -> Sheet | None:
        """The register of the sheet; None where nothing in it looks like one."""
        head, register = self._head()
        if register is None:
            return None
        office, year, empty = self._identity(register)
        columns, problems = self._columns(register, head)
        records: list[tuple[int, dict[str, Any]]] = []
        broken: set[int] = set()
        for index in range(head + 1, len(self.rows)):
            row = self.rows[index]
            if not _filled(row) or self._passed_over(row):
                continue
            record, wrong = self._record(columns, index)
            problems += wrong
            broken |= {index + 1} if wrong else set()
            records.append((index + 1, record))
        problems += self._across(register, records, broken)
        if not problems and empty and records:
            problems.append(
                self._problem(f"勾了“{NO_RECORDS}”，表里却有 {len(records)} 条记录", self.cover["empty"][0])
            )
        if not problems and not empty and not records:
            problems.append(self._problem(f"表里没有记录；确实没有的，请在“{NO_RECORDS}”后打“√”", head + 1))
        if problems:
            raise _Unreadable(*problems)
        return Sheet.of(register.key, office, year, self.file, self.sheet, records)

    def _problem(self, message: str, line: int | None = None, column: str | None = None, value: Any = None) -> Problem:
        found = None if value is None else text_of(value)
        return Problem(message, self.file, self.sheet, line, column, found)

    def _head(self) -> tuple[int, Register | None]:
        """The index of the header row, and the register it belongs to; cover lines above it are remembered."""
        for index, row in enumerate(self.rows[:40]):
            words = {fold(text_of(value)) for value in row} - {""}
            self._look_for_cover(index, row)
            known = self._named_register()
            found = [known] if known else list(registers().values())
            best = max(found, key=lambda register: _recognised(register, words))
            if _recognised(best, words) >= (2 if known else 3):
                return index, best
        known = self._named_register() if "register" in self.cover else None
        if known:
            raise _Unreadable(self._problem(f"没有找到{known.label}的表头（应有“{known.fields[0].heading}”等栏目）"))
        return -1, None

    def _look_for_cover(self, index: int, row: Row) -> None:
        texts = [text_of(value).strip() for value in row]
        for i, text in enumerate(texts):
            label, colon, rest = text.replace(":", "：").partition("：")
            if key := COVER.get(label.strip()):
                following = next((other for other in texts[i + 1 : i + 4] if other), "")
                following = "" if following.rstrip(":：") in COVER else following
                self.cover.setdefault(key, (index + 1, rest.strip() if colon and rest.strip() else following))

    def _named_register(self) -> Register | None:
        line, name = self.cover.get("register", (None, ""))
        try:
            named = register_named(name) if name else None
            given = register_named(self.given.register) if self.given.register else None
        except NotFoundError as error:
            raise _Unreadable(self._problem(str(error), line)) from None
        if named and given and named is not given:
            message = f"写的登记表和 --register 指定的“{self.given.register}”不一致"
            raise _Unreadable(self._problem(message, line, value=name))
        return named or given

    def _identity(self, register: Register) -> tuple[str, int, bool]:
        """Office, year and whether 本年无记录 is ticked, from the cover lines or as given."""
        problems = []
        office_line, office = self.cover.get("office", (None, ""))
        year_line, year = self.cover.get("year", (None, ""))
        codes = []
        for name, line in ((office, office_line), (self.given.office, None)):
            try:
                codes += [self.find_office(name)] if name else []
            except NotFoundError as error:
                problems.append(self._problem(str(error), line))
        if not (self.given.office or office):
            problems.append(self._problem("没有写明单位：在表头上方加一行“单位”，或用 --office 指定"))
        if len(set(codes)) > 1:
            problems.append(
                self._problem(f"写的单位和 --office 指定的“{self.given.office}”不一致", office_line, value=office)
            )
        digits = re.fullmatch(r"([0-9]{4})年?度?", fold(year or str(self.given.year or "")).removesuffix(".0"))
        if not digits:
            problems.append(
                self._problem("没有写明年度：在表头上方加一行“年度”，或用 --year 指定", year_line, value=year or None)
            )
        elif not EARLIEST <= int(digits[1]) <= date.today().year:
            message = f"年度只能是 {EARLIEST} 到 {date.today().year}；写错的年度会让以后的更正不起作用"
            problems.append(self._problem(message, year_line, value=year or str(self.given.year)))
        elif self.given.year and self.given.year != int(digits[1]):
            problems.append(self._problem(f"写的年度和 --year 指定的 {self.given.year} 不一致", year_line, value=year))
        line, tick = self.cover.get("empty", (None, ""))
        if tick and fold(tick) not in _TICKS and fold(tick) not in ("否", "□", "☐"):
            problems.append(self._problem(f"“{NO_RECORDS}”只能打“√”或留空", line, value=tick))
        if problems:
            raise _Unreadable(*problems)
        assert digits
        return codes[0], int(digits[1]), fold(tick) in _TICKS

    def _columns(self, register: Register, head: int) -> tuple[dict[int, Field], list[Problem]]:
        """The field of each column, by its place; problems for unknown, repeated and missing headings."""
        names = _headings(register)
        columns: dict[int, Field] = {}
        problems = []
        for i, value in enumerate(self.rows[head]):
            word = text_of(value).strip()
            if not word and (line := self._first_below(head, i)):
                message = "这一列没有表头，却填了内容；请写上表头，或删掉这一列"
                problems.append(self._problem(message, line, _letter(i)))
            if not word or fold(word) in (fold("序号"), fold(EXAMPLE)):
                continue
            field = names.get(fold(word))
            if field is None:
                known = [field.heading for field in register.fields]
                problems.append(self._problem(f"不认得这个栏目{nearest(word, known)}", head + 1, value=word))
            elif field in columns.values():
                problems.append(self._problem(f"“{field.heading}”这一栏有两列", head + 1, value=word))
            else:
                columns[i] = field
        missing = [field.heading for field in register.fields if field.required and field not in columns.values()]
        problems += [self._problem(f"缺“{heading}”这一栏", head + 1) for heading in missing]
        return columns, problems

    def _first_below(self, head: int, column: int) -> int | None:
        """The number of the first record below the header that fills a column; None if none does."""
        for index in range(head + 1, len(self.rows)):
            row = self.rows[index]
            if column < len(row) and text_of(row[column]).strip() and not self._passed_over(row):
                return index + 1
        return None

    def _passed_over(self, row: Row) -> bool:
        first = fold(next(text_of(value) for value in row if text_of(value).strip()))
        return bool(_EXAMPLE_ROW.fullmatch(first)) or first.rstrip(":") in _sum_words()

    def _record(self, columns: Mapping[int, Field], index: int) -> tuple[dict[str, Any], list[Problem]]:
        row = self.rows[index]
        record: dict[str, Any] = {}
        problems = []
        for i, field in columns.items():
            value = row[i] if i < len(row) else ""
            try:
                found = parse(field, value)
            except ValueError as error:
                problems.append(self._problem(str(error), index + 1, field.heading, None if field.personal else value))
                continue
            if found is None and field.required:
                problems.append(self._problem("必填，不能空", index + 1, field.heading))
            if not field.personal:
                record[field.key] = field.default if found is None else found
        return record, problems

    def _across(self, register: Register, records: list[tuple[int, dict[str, Any]]], broken: set[int]) -> list[Problem]:
        """What is wrong between the rows of a sheet, or between the columns of a row with no broken cell."""
        problems = []
        seen: dict[tuple[Any, ...], int] = {}
        for line, record in records:
            identity = tuple(record.get(key) for key in register.identity)
            if any(identity):
                if identity in seen:
                    label = register[register.identity[0]].heading
                    problems.append(self._problem(f"与第 {seen[identity]} 行重复", line, label, identity[0]))
                seen.setdefault(identity, line)
            problems += [
                self._problem(message, line, register[key].heading if key else None)
                for key, message in (() if line in broken else contradictions(register.key, record))
            ]
        return problems


def _letter(column: int) -> str:
    """A column's name as a spreadsheet shows it: A, B, … Z, AA."""
    name = ""
    while column >= 0:
        name = chr(ord("A") + column % 26) + name
        column = column // 26 - 1
    return name


def contradictions(register: str, record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield field and message for what a record cannot be counted without."""
    if register == "requests":
        if legal_receipt(record) is None and not (record.get("arrived_on") and record.get("channel")):
            yield "received_on", "没有收到申请之日，也不能由收文日期、申请方式和双方确认日推出（条例 31 条）"
        if (chosen := record.get("disposition")) and not _printed(chosen, record):
            yield "disposition", "要写到最细的一项，不能只写到大类"
        if record.get("replied_on") is not None and not chosen:
            yield "disposition", "填了答复日，就要填答复类型"
        if record.get("fee_paid") and record.get("fee_paid_on") is None:
            yield "fee_paid_on", "填了实缴金额，就要填缴费日，才知道是哪一年收的"
    if register in ("reconsiderations", "lawsuits") and not (record.get("method") or record.get("outcome")):
        closed = "closed_on" if register == "reconsiderations" else "effective_on"
        if record.get(closed) is not None:
            yield "method", "案件已结，要填怎样结的"
    if register in ("reconsiderations", "lawsuits") and not (record.get("notified_on") or record.get("accepted_on")):
        yield "notified_on", "没有日期，无法判断是哪一年的案件"
    if register == "items" and not record.get("listed") and record.get("added_on") is None:
        yield "added_on", "年初不在列的事项要填本年增加日"
    if register == "declared" and not record.get("metric") and not record.get("table"):
        yield "table", "要写明表、行、列，或者正文指标名"
    if register == "declared" and (table := record.get("table")):
        names = {form.key: form.name for format_ in formats() for form in format_.forms}
        if fold(table) not in {fold(word) for word in (*names, *names.values())}:
            yield "table", f"没有“{table}”这张表（可填：{'、'.join(names.values())}）"


def _printed(disposition: str, record: Mapping[str, Any]) -> bool:
    """Whether the format of the year the answer falls in prints that disposition, or one it belongs to.

    Answered in one year and delivered in the next, it falls in the later one.
    """
    days = [record[key] for key in _ANSWERED if record.get(key)] or [legal_receipt(record)]
    day = max(filter(None, days), default=None)
    if day is None or day.year < formats()[0].first_year:
        return True
    rows = {row.removeprefix("dispositions.") for row, _ in load_format(day.year)["requests"].cells}
    return disposition in rows or disposition.rpartition(".")[0] in rows


_ANSWERED = ("replied_on", "posted_on", "signed_on", "sent_on", "lapsed_on", "withdrawn_on")


def legal_receipt(record: Mapping[str, Any]) -> date | None:
    """Return 收到申请之日 of a request: as entered, or by its channel (条例 31); None while unconfirmed."""
    if (entered := record.get("received_on")) is not None:
        return entered  # type: ignore[no-any-return]
    if record.get("channel") in ("in_person", "registered_mail", "oral"):
        return record.get("arrived_on")
    return record.get("confirmed_on")


def _filled(row: Row) -> bool:
    return any(text_of(value).strip() for value in row)


def _headings(register: Register) -> dict[str, Field]:
    return {fold(word): field for field in register.fields for word in (field.heading, *field.aliases)}


@lru_cache
def _sum_words() -> frozenset[str]:
    """What begins a row of sums: the words of the forms for a total, and those of any spreadsheet."""
    totals = (c[-1] for f in formats() for _, c in leaves(f["requests"].blocks[0].columns) if c[-1].is_total)
    return frozenset({"合计", "小计", *(fold(heading.label) for heading in totals)})


def _recognised(register: Register, words: set[str]) -> int:
    return len(words & _headings(register).keys())
