"""Numbers that start again each year: a record is then identified by its number and its year.

params/records.yaml decides it for an office and a register; a question is asked when one number occurs with two years.
The record's key then ends with its year, and a report shows the number as 1（2023年）.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from ...errors import Problem, RecordsError
from ...workspace.records_params import RecordsParams
from ..questions import Question, QuestionPlace, each
from ..schema import Register, days_of, fold_number, registers, year_in
from ..sheet import Sheet
from .database import BATCH, COVERAGE, TABLES, end, in_force, insert_rows, next_id
from .in_force import rewrite_coverage
from .sealing import Written

_MARK = "\x1f@"
_MARKED = re.compile(f"{_MARK}([0-9]{{4}})")
REFERS: Mapping[str, Mapping[str, str]] = {
    "requests": {"redo_of": "requests", "earlier_number": "requests"},
    "reconsiderations": {"request_number": "requests"},
    "lawsuits": {
        "request_number": "requests",
        "reconsideration_number": "reconsiderations",
        "first_number": "lawsuits",
    },
}
"""The fields that refer to a record of a register by its number."""


def may_start_anew(register: Register) -> bool:
    """Return whether numbers of a register may start again each year, so that records could be confused."""
    return "number" in register.identity and not register.yearly


def carries_year(key: str) -> bool:
    """Return whether the number of a key contains its year, and so cannot occur again."""
    number = key.partition("\x1f")[0]
    return (bool(_YEAR.search(number)) and not number.isdecimal()) or bool(_LONG.fullmatch(number))


_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}")
_LONG = re.compile(r"(?:19|20)[0-9]{5,}")


def keyed(key: str, year: int | None) -> str:
    """Return a key with its year; without one for year None, or if the number contains its year."""
    plain = plain_key(key)
    return plain if year is None or carries_year(plain) else f"{plain}{_MARK}{year}"


def plain_key(key: str) -> str:
    """Return a key without its year."""
    return _MARKED.sub("", key)


def year_of(key: str) -> int | None:
    """Return the year of a key; None if it has none."""
    found = _MARKED.search(key)
    return int(found[1]) if found else None


def shown(number: str, year: int) -> str:
    """Return a number with its year, as shown in a report and the history."""
    return f"{number}（{year}年）" if number else ""


def starts_anew(params: RecordsParams, office: str, register: Register) -> bool | None:
    """Return whether numbers are decided to start again each year; None if nothing is decided."""
    found = params.numbering_of(office, register.key, register.label)
    return None if found is None or not may_start_anew(register) else found.way == "yearly"


def registers_read(sheet: Sheet, params: RecordsParams) -> set[str]:
    """Return the registers of its office that a sheet is compared with: its own, and those its references are looked up in."""
    targets = REFERS.get(sheet.register, {}).values()
    return {sheet.register, *(one for one in targets if starts_anew(params, sheet.code, registers()[one]))}


# --- asked ----------


def ask_numbers(
    connection: sa.Connection, sheet: Sheet, keys: Sequence[str], params: RecordsParams
) -> tuple[Question, ...]:
    """Return the questions about the numbers of a sheet, before it is compared; keys are without years.

    Raises RecordsError if the decision does not fit the sheet.
    """
    if asked := _ask(connection, sheet, keys, starts_anew(params, sheet.code, registers()[sheet.register])):
        return (asked,)
    return tuple(_ask_references(connection, sheet, keys, params))


def _ask(connection: sa.Connection, sheet: Sheet, keys: Sequence[str], decided: bool | None) -> Question | None:
    """Return the question whether numbers start again each year, if the sheet makes it necessary."""
    register = registers()[sheet.register]
    if not may_start_anew(register):
        return None
    years = _years(sheet, register)
    if decided:
        _refuse_undated(sheet, keys, years)
        return None
    twice = [pair for pair in _twice(keys, years) if pair[0] != pair[1]]
    if decided is False:
        if twice:
            listed = "；".join(f"第 {sheet.lines[i]} 行和第 {sheet.lines[j]} 行" for i, j in twice[:10])
            message = f"编号重复（{listed}）；params/records.yaml 里定的是编号一直连着编，一个号只能有一件"
            raise RecordsError(problems=[Problem(message, sheet.file, sheet.sheet)])
        return None
    met = _met(connection, sheet, keys, years)
    rows = tuple(sorted({sheet.lines[i] for pair in twice for i in pair} | {sheet.lines[i] for i in met}))
    if not rows:
        return None
    label, other = register.label, next(iter(met.values()), None)
    what = f"{sheet.year} 年和 {other} 年" if other else "两个年份"
    values = {"office": sheet.code, "register": label, "what": what, "count": len(rows)}
    return Question.of("numbering", f"{sheet.code}/{label}", QuestionPlace(sheet.file, sheet.sheet, rows), values)


def _years(sheet: Sheet, register: Register) -> list[int | None]:
    nothing = (None,) * len(sheet.lines)
    columns = [sheet.columns.get(key, nothing) for key in days_of(register)]
    return [year_in(days) for days in zip(*columns, strict=True)]


def _twice(keys: Sequence[str], years: Sequence[int | None]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of rows with one number and different years."""
    first: dict[str, int] = {}
    for i, key in enumerate(keys):
        before = first.setdefault(plain_key(key), i)
        if years[before] != years[i] and not carries_year(key):
            yield before, i


def _met(connection: sa.Connection, sheet: Sheet, keys: Sequence[str], years: Sequence[int | None]) -> dict[int, int]:
    """Return the rows whose number occurs with another year in the file of another year, and that file's year."""
    found: dict[int, int] = {}
    places = {plain_key(key): i for i, key in enumerate(keys) if not carries_year(key)}
    register, table = registers()[sheet.register], TABLES[sheet.register]
    wanted = sa.select(table.c.record_key, table.c.file_year, *(table.c[key] for key in days_of(register))).where(
        (table.c.office_code == sheet.code) & (table.c.file_year != sheet.year) & in_force(table)
    )
    for key, file_year, *days in connection.execute(wanted):
        i = places.get(plain_key(key))
        if i is not None and (year_in(days) or file_year) != (years[i] or sheet.year):
            found[i] = file_year
    return found


def _refuse_undated(sheet: Sheet, keys: Sequence[str], years: Sequence[int | None]) -> None:
    rows = [sheet.lines[i] for i, year in enumerate(years) if year is None and not carries_year(keys[i])]
    if rows:
        register = registers()[sheet.register]
        headings = "、".join(register[key].heading for key in days_of(register))
        message = f"编号每年从头编，这一行却没有日期（{headings}），分不清是哪一年的；请填上"
        raise RecordsError(problems=[Problem(message, sheet.file, sheet.sheet, row) for row in rows[:50]])


def years_of(sheet: Sheet) -> list[int | None]:
    """Return the year of each record of a sheet; None if it has no day."""
    return _years(sheet, registers()[sheet.register])


# --- what is known by other keys from now on ----------


def rekey(connection: sa.Connection, office: str, register: Register, anew: bool, number: int) -> list[Written]:
    """Rewrite the keys of the records in force with or without years; return what was written, empty if none changed.

    The records are inserted again, in force from an import, so that earlier states are unchanged.
    """
    table = TABLES[register.key]
    wanted = sa.select(
        table.c.id, table.c.record_key, table.c.file_year, *(table.c[key] for key in days_of(register))
    ).where((table.c.office_code == office) & in_force(table))
    keys: dict[int, str] = {}
    groups = Counter[int]()
    for version, key, file_year, *days in connection.execute(wanted):
        now = keyed(key, year_in(days) or file_year) if anew else plain_key(key)
        if now != key:
            keys[version] = now
            groups[file_year] += 1
    ids = list(keys)
    for start in range(0, len(ids), BATCH):
        _write_keyed(connection, table, ids[start : start + BATCH], keys, number)
    files = (COVERAGE.c.register == register.key) & (COVERAGE.c.office == office) & COVERAGE.c.year.in_(groups)
    rows = connection.execute(sa.select(COVERAGE).where(files & in_force(COVERAGE))).mappings().all() if groups else ()
    end(connection, COVERAGE, (row["id"] for row in rows), number)
    rewrite_coverage(connection, map(dict, rows), number)
    return [Written(register.key, office, year, count, count) for year, count in groups.items()]


def last_keys(connection: sa.Connection, group: tuple[str, str, int]) -> Iterator[tuple[int, str]]:
    """Yield the source and the current key of every version of a group."""
    name, office, year = group
    table, register = TABLES[name], registers()[name]
    columns = [table.c[key] for key in days_of(register)] if may_start_anew(register) else []
    theirs = (table.c.office_code == office) & (table.c.file_year == year)
    wanted = (
        sa.select(table.c.source_id, table.c.until_import, table.c.record_key, *columns)
        .where(theirs)
        .order_by(table.c.id)
    )
    found = connection.execute(wanted).all()
    now = [row for row in found if row.until_import is None] or found
    anew = any(year_of(row.record_key) is not None for row in now)
    for source, _, key, *days in found:
        yield source, keyed(key, year_in(days) or year) if anew else key


def _write_keyed(
    connection: sa.Connection, table: sa.Table, ids: Sequence[int], keys: Mapping[int, str], number: int
) -> None:
    names = [column.name for column in table.columns]
    found = connection.execute(table.select().where(table.c.id.in_(ids)).order_by(table.c.id)).mappings()
    rows = [
        dict(row) | {"id": version, "record_key": keys[row["id"]], "from_import": number}
        for version, row in enumerate(found, start=next_id(connection, table))
    ]
    end(connection, table, ids, number)
    insert_rows(connection, table, names, [[row[name] for name in names] for row in rows])


# --- references ----------


def _ask_references(
    connection: sa.Connection, sheet: Sheet, keys: Sequence[str], params: RecordsParams
) -> Iterator[Question]:
    """Yield a question for every reference of a sheet that fits the records of several years."""
    fields = {
        field: target
        for field, target in REFERS.get(sheet.register, {}).items()
        if field in sheet.columns and starts_anew(params, sheet.code, registers()[target])
    }
    if not fields:
        return
    years = years_of(sheet)
    own = [
        (sheet.register, key.partition("\x1f")[0], year or sheet.year) for key, year in zip(keys, years, strict=True)
    ]
    numbers = [found for target in set(fields.values()) for found in _numbers(connection, sheet.code, target)]
    known = References([*numbers, *own])
    for field, target in fields.items():
        rows: dict[tuple[str, tuple[str, ...]], list[int]] = {}
        for i, text in enumerate(sheet.columns[field]):
            meant = known.meant(target, str(text), years[i] or sheet.year) if text else []
            meant = [one for one in meant if (target, one) != (sheet.register, shown(own[i][1], own[i][2]))]
            if len(meant) > 1:
                rows.setdefault((str(text), tuple(meant)), []).append(sheet.lines[i])
        heading = registers()[sheet.register][field].heading
        for (text, several), lines in rows.items():
            place = QuestionPlace(sheet.file, sheet.sheet, tuple(lines), heading)
            choices = each("numbering.reference", [{"key": one} for one in several])
            values = {"heading": heading, "number": text}
            yield Question.of("numbering.reference", f"{sheet.file}/{heading}/{text}", place, values, choices)


def _numbers(connection: sa.Connection, office: str, register: str) -> Iterator[tuple[str, str, int]]:
    """Yield register, number and year of the records in force whose keys have a year."""
    table = TABLES[register]
    wanted = sa.select(table.c.record_key).where((table.c.office_code == office) & in_force(table))
    for key in connection.execute(wanted).scalars():
        if (year := year_of(key)) is not None:
            yield register, key.partition("\x1f")[0], year


class References:
    """The shown numbers with years of some registers, for resolving references to them."""

    def __init__(self, numbers: Iterable[tuple[str, str, int]]) -> None:
        """Index the register, number and year of every record whose key has a year."""
        self._shown: dict[tuple[str, str], dict[int, str]] = {}
        for register, number, year in numbers:
            self._shown.setdefault((register, fold_number(number)), {})[year] = shown(number, year)

    def __bool__(self) -> bool:
        return bool(self._shown)

    def meant(self, register: str, text: str, until: int) -> list[str]:
        """Return the shown numbers that a reference may mean: with a year that one, without one all up to a year."""
        folded = fold_number(text)
        if found := _WITH_YEAR.fullmatch(folded):
            known = self._shown.get((register, found[1]), {}).get(int(found[2]))
            return [known] if known else []
        known_years = self._shown.get((register, folded), {})
        return [known_years[year] for year in sorted(known_years) if year <= until]


_WITH_YEAR = re.compile(r"(.+?)\((\d{4})年?\)")
