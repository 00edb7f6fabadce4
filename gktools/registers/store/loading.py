"""The records of one office: of every record the version that counts."""

from __future__ import annotations

import csv
import gc
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cache, cached_property, lru_cache, partial
from hashlib import sha256
from io import StringIO
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from ...errors import RecordsError
from ...workspace.report_data import RegisterProof
from ..schema import Register, days_of, fold, registers, year_in
from .coverage import Coverage, Doubt, coverage_from_row, coverage_of_office
from .database import COVERAGE, PLACES, TABLES, in_force, run
from .lookalikes import Lookalike, find_lookalikes
from .numbering import REFERS, References, shown, year_of
from .record_columns import Column, RecordColumns
from .soundness import kinds_loaded
from .taken_out import read_taken_out
from .undo import undone_by
from .withdrawn import Withdrawal, read_withdrawals

if TYPE_CHECKING:
    import pandas as pd


def digest_of(rows: Sequence[StoredVersion], register: Register, *, years: bool = False) -> str:
    """Return the SHA-256 of records as CSV (ISO days, empty for unknown); with years, their places too.

    An alternative field is a column only where a record has it.
    """
    pulled = register.pulled
    used = [i for i, known in enumerate(pulled) if not known.alternative or any(row.values[i] for row in rows)]
    person = years and register.key == "requests"
    more = ["coverage_year", "file_row", *(["person"] if person else [])] if years else []
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([pulled[i].key for i in used] + more)
    answers = [place for place, i in enumerate(used) if pulled[i].type == "yes_no"]
    fields = itemgetter(*used)

    def line(row: StoredVersion) -> list[Any]:
        values = [*fields(row.values), *((row.year, row.row, row.person)[: len(more)])]
        for i in answers:
            values[i] = None if values[i] is None else bool(values[i])
        return values

    writer.writerows(map(line, rows))
    return sha256(text.getvalue().encode("utf-8", "replace")).hexdigest()


class Frames(Mapping[str, "pd.DataFrame"]):
    """The DataFrame of each register, made when it is first read."""

    def __init__(self, columns: Mapping[str, RecordColumns]) -> None:
        self._columns = columns
        self._made: dict[str, pd.DataFrame] = {}

    def __getitem__(self, register: str) -> pd.DataFrame:
        if register not in self._made:
            self._made[register] = self._columns[register].frame()
        return self._made[register]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


@dataclass(frozen=True, eq=False)
class Records:
    """The records of one office, for one report year.

    held has the columns of every register: its loaded fields, and record (number in the store), import_id (of the
    coverage), file_row, coverage_year; that of requests also person, an equal number for the same applicant and 0 if
    unknown. replaced has, in the same columns, the versions that were replaced by those of a later file year; read the
    rows of both as loaded. coverage lists the files of all years that are in force; older the files before them that
    still have a record in force. as_of is the last import that changed the office; doubts are imports to be verified by
    a person; withdrawn are the records of the year's registers that count no more, with nothing in their place; lookalikes the pairs
    of records in force that seem to be one, registered twice.
    ended_on is the last day of the office, from the office book; the store does not know it.
    """

    code: str
    year: int
    held: Mapping[str, RecordColumns]
    coverage: tuple[Coverage, ...]
    replaced: Mapping[str, RecordColumns] = field(default_factory=dict)
    older: tuple[Coverage, ...] = ()
    as_of: int = 0
    ended_on: date | None = None
    read: Mapping[str, tuple[Sequence[StoredVersion], Sequence[StoredVersion]]] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    withdrawn: tuple[Withdrawal, ...] = ()
    lookalikes: tuple[Lookalike, ...] = ()

    def __getitem__(self, register: str) -> pd.DataFrame:
        """Return the records of a register as a DataFrame; of a yearly one only those of the report year."""
        return self._of_year_frames[register]

    def of_year(self, register: str) -> RecordColumns:
        """Return the records of a register as columns; of a yearly one only those of the report year."""
        return self._of_year[register]

    @cached_property
    def _of_year(self) -> dict[str, RecordColumns]:
        return {
            key: held.chosen(held["coverage_year"] == self.year) if len(held) and registers()[key].yearly else held
            for key, held in self.held.items()
        }

    @cached_property
    def _of_year_frames(self) -> Frames:
        return Frames(self._of_year)

    @cached_property
    def frames(self) -> Frames:
        """The records of every register as DataFrames, of a yearly one those of all years."""
        return Frames(self.held)

    @cached_property
    def earlier(self) -> Frames:
        """The replaced versions of every register as DataFrames."""
        return Frames(self.replaced)

    def __getstate__(self) -> dict[str, object]:
        """Return the fields alone: what was made of them is made again where the records are needed."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def at(self, year: int) -> Records:
        """Return the same registers for another report year; what was withdrawn is known for the own one only."""
        return replace(self, year=year, withdrawn=())

    def as_filed(self) -> Records:
        """Return the records as in the files up to the report year, without changes by later years' files."""
        then = {
            key: _as_filed(rows, earlier, self.year, registers()[key]) for key, (rows, earlier) in self.read.items()
        }
        held = {
            key: self.held[key] if rows is self.read[key][0] else columns_of(rows, key) for key, rows in then.items()
        }
        return replace(self, held=held, replaced={}, read={key: (rows, []) for key, rows in then.items()})

    def covers(self, register: str) -> bool:
        """Return whether a register was handed in for the year (an empty one only with 本年无记录 ticked).

        One entered in forms is, once a person has stated that it is complete.
        """
        return register in self._handed_in

    def covered(self) -> set[str]:
        """Return the registers that were handed in for the year."""
        return set(self._handed_in)

    @cached_property
    def _handed_in(self) -> frozenset[str]:
        return frozenset(known.register for known in self.coverage if known.year == self.year and not known.entered)

    def places(self, register: str) -> dict[int, str]:
        """Return file, sheet and row of each record of a register as text, by its number in the store."""
        files = {
            known.id: f"{known.year} 年度 {known.file}" + (f"“{known.sheet}”" if known.sheet else "")
            for known in (*self.older, *self.coverage)
        }
        held = self.held[register]
        places = zip(*(held[name].tolist() for name in ("record", "import_id", "file_row")), strict=True)
        entered = {known.id for known in (*self.older, *self.coverage) if known.entered}
        return {
            record: files[import_id] if import_id in entered else f"{files[import_id]}第{row}行"
            for record, import_id, row in places
        }

    def where(self, register: str, records: Iterable[int]) -> str:
        """Where several records of a register stand, those of one sheet together: 2024 年度 台账.xlsx“Sheet1”第 3、5 行."""
        held = self.held[register]
        rows = dict(zip(held["record"].tolist(), held["file_row"].tolist(), strict=True))
        places, found = self.places(register), dict[str, list[str]]()
        for record in records:
            row = str(rows[record])
            place = places[record].removesuffix(f"第{row}行")
            found.setdefault(place, []).extend([] if place == places[record] else [row])
        return "；".join(f"{sheet}第 {'、'.join(rows)} 行" if rows else sheet for sheet, rows in found.items())

    def proof(self) -> list[RegisterProof]:
        """Return every register handed in for the year: its key, the number of records, and their hash.

        Records that a later year's file brought are among them only if they began by the end of the year.
        """
        return [
            RegisterProof(key, len(rows), digest_of(rows, register))
            for key, register in registers().items()
            if self.covers(key)
            for rows in [[row for row in self.read[key][0] if self._began(row, register)]]
        ]

    def _began(self, row: StoredVersion, register: Register) -> bool:
        if register.yearly or row.year <= self.year:
            return row.year == self.year or not register.yearly
        return (year_in(row.values[_place(register.key, day)] for day in days_of(register)) or row.year) <= self.year

    def digest(self) -> str:
        """Return a hash of everything from which the office's reports can be counted."""
        parts = [
            f"{name} {key} {digest_of(self.read[key][i], register, years=True)}"
            for i, name in enumerate(("frames", "earlier"))
            for key, register in registers().items()
        ]
        covered = sorted(json.dumps([c.register, c.year, c.warnings, c.gone]) for c in self.coverage)
        doubts = [repr(one) for one in (*self.doubts, *self.withdrawn, *self.lookalikes)]
        return sha256("\n".join([*parts, *covered, *doubts]).encode()).hexdigest()


# --- records ----------


def pull(connection: sa.Connection, code: str, year: int, as_of: int | None = None) -> Records:
    """Return the records of one office as they are now, or as they were right after an import."""
    handed_in = run(connection, coverage_of_office, office=code).mappings().all()
    _require_kinds(
        [tuple(row.values()) for row in handed_in], [*COVERAGE.columns], connection.dialect.name, f"{code} 的文件登记"
    )
    known = [row for row in handed_in if as_of is None or row["from_import"] <= as_of]
    now = [row for row in known if row["until_import"] is None or (as_of is not None and row["until_import"] > as_of)]
    places = _Places.of(connection, now)
    keys = [key for key in registers() if any(row["register"] == key and row["rows"] for row in known)]
    with _no_garbage():
        standing = {key: _standing(_rows(connection, registers()[key], code, as_of), places, key) for key in keys}
    standing = _with_years(standing)
    split = {key: _latest(standing.get(key, []), register) for key, register in registers().items()}
    used = {row.coverage for rows in standing.values() for row in rows}
    return Records(
        code,
        year,
        {key: columns_of(rows, key) for key, (rows, _) in split.items()},
        tuple(map(coverage_from_row, now)),
        {key: columns_of(rows, key) for key, (_, rows) in split.items()},
        tuple(coverage_from_row(row) for row in known if row["id"] in used.difference(row["source"] for row in now)),
        _last_touch(known, as_of),
        read=split,
        doubts=_doubts(connection, known, as_of),
        withdrawn=(
            *read_withdrawals(connection, code, year, known, as_of),
            *read_taken_out(connection, code, year, as_of),
        ),
        lookalikes=find_lookalikes(connection, year, {key: rows for key, (rows, _) in split.items()}),
    )


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Keep the collector from walking over rows again and again that are being read, none of which is garbage."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _doubts(connection: sa.Connection, known: Iterable[sa.RowMapping], as_of: int | None) -> tuple[Doubt, ...]:
    """Return the imports to be verified that are not undone."""
    rows = [row for row in known if row["doubt"] and row["id"] == row["source"]]
    undone = undone_by(connection, as_of) if rows else {}
    return tuple(
        Doubt(row["register"], row["year"], row["import_id"], row["file"], row["doubt"], row["person"])
        for row in rows
        if row["import_id"] not in undone
    )


def _last_touch(known: Iterable[sa.RowMapping], as_of: int | None) -> int:
    touched = (row[name] for row in known for name in ("from_import", "until_import"))
    return max((number for number in touched if number and (as_of is None or number <= as_of)), default=0)


@dataclass(frozen=True)
class _Places:
    """The places of versions: the files in force by register and year, the newest first, and rows in later files."""

    current: Mapping[tuple[str, int], Sequence[int]]
    rows: Mapping[tuple[int, int], int]

    @classmethod
    def of(cls, connection: sa.Connection, now: Sequence[sa.RowMapping]) -> _Places:
        current: dict[tuple[str, int], list[int]] = {}
        for row in sorted(now, key=lambda row: -row["source"]):
            current.setdefault((row["register"], row["year"]), []).append(row["source"])
        later = [row["source"] for row in now if row["same"]]
        if not later:
            return cls(current, {})
        found = connection.execute(sa.select(PLACES).where(PLACES.c.coverage_id.in_(later)))
        return cls(current, {(coverage, version): row for coverage, version, row in found})

    def of_version(self, register: tuple[str, int], source: int, came_by: int, row: int) -> tuple[int, int]:
        """Return the file and row of a version: in the newest file in force that has it, else in its own."""
        for file in self.current.get(register, ()) if self.rows else ():
            if file == came_by:
                break
            if (later := self.rows.get((file, source))) is not None:
                return file, later
        return came_by, row


class StoredVersion(NamedTuple):
    """A version of a record with its place: in the file in force, or in its own if that one lacks it."""

    id: int
    year: int
    coverage: int
    row: int
    key: str
    said: str
    person: int
    values: Sequence[Any]


_WHO = ("applicant_alias", "applicant_id_hash", "applicant_name_hash")
"""The fields that identify an applicant, the most reliable first."""
_OWN = ("id", "source_id", "file_year", "coverage_id", "file_row", "record_key", "said")
_FIRST = len(_OWN) + len(_WHO)
"""The index of the first field of the register in a loaded row."""


@cache
def _query(key: str, *, past: bool) -> Callable[[], sa.Select[Any]]:
    return partial(_versions, key, past=past)


def _versions(key: str, *, past: bool) -> sa.Select[Any]:
    """Return the query for every version of an office now or at an import: its place, applicant and loaded fields."""
    register, table = registers()[key], TABLES[key]
    who = [table.c[name] for name in _WHO] if key == "requests" else [sa.null()] * len(_WHO)
    fields = (sa.type_coerce(table.c[field.key], sa.Text).label(field.key) for field in register.pulled)
    wanted = (table.c.office_code == sa.bindparam("office")) & in_force(table, sa.bindparam("as_of") if past else None)
    return sa.select(*(table.c[name] for name in _OWN), *who, *fields).where(wanted)


def _rows(connection: sa.Connection, register: Register, code: str, as_of: int | None) -> Sequence[Any]:
    given = {"office": code} if as_of is None else {"office": code, "as_of": as_of}
    rows = run(connection, _query(register.key, past=as_of is not None), **given).fetchall()
    _require_kinds(rows, _columns(register.key), connection.dialect.name, f"{code} 的{register.label}")
    return rows


def _require_kinds(rows: Sequence[Sequence[Any]], columns: Sequence[sa.Column[Any]], dialect: str, where: str) -> None:
    """Raise RecordsError if a value is not of its column's kind: it would be read into true, a day or nothing."""
    for column, values in zip(columns, zip(*rows, strict=True), strict=False):
        if not kinds_loaded(column, dialect).issuperset(map(type, values)):
            raise RecordsError(
                f"{where}里有的格被改动过，不是该有的类型，没有用它：请运行 gktools records audit 看是哪里"
            )


@cache
def _columns(key: str) -> tuple[sa.Column[Any], ...]:
    """Return the columns whose values the query returns."""
    register, table = registers()[key], TABLES[key]
    who = [table.c[name] if key == "requests" else sa.Column(name, sa.Text) for name in _WHO]
    return (*(table.c[name] for name in _OWN), *who, *(table.c[field.key] for field in register.pulled))


def _standing(rows: Sequence[Any], places: _Places, key: str) -> list[StoredVersion]:
    """Return the versions in the order of their files: by year, then by row."""
    placed = []
    for row in rows:
        version, source, year, coverage, file_row, record_key, said = row[: len(_OWN)]
        where = places.of_version((key, year), source, coverage, file_row)
        placed.append((year, where[1], source, where[0], version, record_key, said, row))
    placed.sort(key=lambda one: one[:3])
    persons: dict[tuple[str, str], int] = {}
    return [
        StoredVersion(version, year, coverage, file_row, record_key, said, _person(row, persons), row[_FIRST:])
        for year, file_row, _, coverage, version, record_key, said, row in placed
    ]


def _person(row: Sequence[Any], persons: dict[tuple[str, str], int]) -> int:
    """Return the number of the applicant, assigned in order of first appearance; 0 if unknown."""
    for name, value in zip(_WHO, row[len(_OWN) : _FIRST], strict=True):
        if value:
            known = fold(value) if name == _WHO[0] else value
            return persons.setdefault((name, known), len(persons) + 1)
    return 0


def _with_years(standing: Mapping[str, list[StoredVersion]]) -> dict[str, list[StoredVersion]]:
    """Return the records by register, with the year added to numbers that start again each year, and to references."""
    numbers = [
        (key, row.values[_place(key, "number")] or "", year)
        for key, rows in standing.items()
        for row in rows
        if (year := year_of(row.key)) is not None
    ]
    if not numbers:
        return dict(standing)
    known = References(numbers)
    return {key: [_with_year(key, row, known) for row in rows] for key, rows in standing.items()}


def _with_year(key: str, row: StoredVersion, known: References) -> StoredVersion:
    """Return a record with the year added to its number, and to references that are unambiguous."""
    values, register = list(row.values), registers()[key]
    own = ""
    if (year := year_of(row.key)) is not None:
        place = _place(key, "number")
        own = values[place] = shown(values[place] or "", year)
    until = year_in(values[_place(key, day)] for day in days_of(register)) or row.year
    for name, target in REFERS.get(key, {}).items():
        place = _place(key, name)
        meant = known.meant(target, values[place], until) if values[place] else []
        others = [one for one in meant if (target, one) != (key, own)]
        if len(others) == 1:
            values[place] = others[0]
    return row._replace(values=values)


@lru_cache
def _place(register: str, field: str) -> int:
    """Return the index of a field among the loaded ones."""
    return [known.key for known in registers()[register].pulled].index(field)


def _latest(rows: list[StoredVersion], register: Register) -> tuple[list[StoredVersion], list[StoredVersion]]:
    """Return each record once, in its version of the latest file year; and the versions replaced by these.

    Records without an identity are the same if their contents are: a list handed in every year has each record once,
    two equal rows of one file are two records.
    """
    if register.yearly:
        return rows, []
    seen: Counter[tuple[str, int]] = Counter()
    last: dict[Any, int] = {}
    identities = []
    for i, row in enumerate(rows):
        seen[row.said, row.year] += 1
        identities.append(row.key or (row.said, seen[row.said, row.year]))
        last[identities[-1]] = i
    latest = [last[identity] == i for i, identity in enumerate(identities)]
    return [r for r, is_last in zip(rows, latest, strict=True) if is_last], [
        r for r, is_last in zip(rows, latest, strict=True) if not is_last
    ]


def columns_of(rows: Sequence[StoredVersion], register: str) -> RecordColumns:
    """Return versions of records of a register as columns, which are made from the rows as they are asked for."""
    return RecordColumns(register, _names(register), len(rows), partial(_column, rows, register))


_PLACE = {"record": "id", "import_id": "coverage", "file_row": "row", "coverage_year": "year", "person": "person"}
"""The columns that are no fields of a register, each with the attribute of a version."""


@cache
def _names(register: str) -> tuple[str, ...]:
    own = (name for name in _PLACE if name != "person" or register == "requests")
    return (*own, *(field.key for field in registers()[register].pulled))


def _column(rows: Sequence[StoredVersion], register: str, name: str) -> Column:
    """Return a column of a register, with the values that RecordColumns tells."""
    if name in _PLACE:
        return np.array([*map(attrgetter(_PLACE[name]), rows)], dtype="int64")
    place, known = _place(register, name), registers()[register][name]
    kind, values = known.type, [row.values[place] for row in rows]
    if known.default is not None:  # of an import from before a missing column was filled in
        values = [known.default if value is None else value for value in values]
    if kind == "date":
        return _days(values)
    if kind == "yes_no":
        values = [None if value is None else bool(value) for value in values]
    elif kind not in ("count", "yuan"):
        values = ["" if value is None else value for value in values]
    return np.array(values, dtype=object)


def _days(values: Sequence[Any]) -> Column:
    """Return a column of days from text (SQLite) or dates (PostgreSQL), each in its fastest way."""
    if isinstance(next((value for value in values if value is not None), None), date):
        ordinals = [_NO_DAY if value is None else value.toordinal() - _DAY_ZERO for value in values]
        return np.array(ordinals, dtype="int64").view("datetime64[D]")
    return np.array([value or "NaT" for value in values], dtype="datetime64[D]")


_DAY_ZERO, _NO_DAY = date(1970, 1, 1).toordinal(), np.iinfo("int64").min


def _as_filed(
    rows: Sequence[StoredVersion], earlier: Sequence[StoredVersion], year: int, register: Register
) -> Sequence[StoredVersion]:
    """Return of each record the latest version in the files up to a year; records without an identity are unchanged."""
    if register.yearly or not register.identity or all(row.year <= year for row in rows):
        return rows
    known = [row for row in (*earlier, *rows) if row.year <= year]
    fields = [_place(register.key, name) for name in register.identity]
    latest = {
        tuple("" if row.values[i] is None else row.values[i] for i in fields): place
        for place, row in sorted(enumerate(known), key=lambda one: one[1].year)
    }
    return [known[place] for place in sorted(latest.values())]
