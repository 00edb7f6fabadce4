"""The history of a record: every version, its import and its changes; and the list of imports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from ...errors import NotFoundError, nearest
from ..schema import Field, Register, days_of, fold_number, registers, year_in
from .database import COVERAGE, IMPORTS, TABLES, hash_column, in_force
from .numbering import keyed, shown, year_of
from .undo import undone_by

HIDDEN = "已改（不显示）"
"""The text shown for a personal or confidential field."""


@dataclass(frozen=True)
class Change:
    """The change of one field, as the register's labels; "" is empty.

    shown is False for a personal or confidential field, whose texts are then empty.
    """

    heading: str
    old: str
    new: str
    shown: bool = True

    def __str__(self) -> str:
        if not self.shown:
            return f"{self.heading}：{HIDDEN}"
        return f"{self.heading}：{self.old or '（空）'} → {self.new or '（空）'}"


@dataclass(frozen=True)
class Version:
    """One version of a record: its import (kind import or undo), its place in the file, and its changes.

    The first version has all its values as changes. until is the import that ended it, None while in force; ended is
    how: replaced, withdrawn or undone.
    """

    code: str
    register: str
    year: int
    number: int
    kind: str
    moment: str
    person: str
    reason: str
    file: str
    sheet: str
    row: int
    changes: tuple[Change, ...]
    until: int | None = None
    ended: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the version as data; the office's code has the key office."""
        data = asdict(self)
        return {"office": data.pop("code")} | data


@dataclass(frozen=True)
class Touched:
    """What an import changed in one register of an office and year; rows is the number of records in its file.

    instead_of are the replaced files of other names, such as "第 2 次的 收费1月.xlsx"; doubt is a file whose records were
    changed without a question.
    """

    register: str
    code: str
    year: int
    rows: int
    added: int
    changed: int
    withdrawn: int
    instead_of: tuple[str, ...] = ()
    doubt: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as data; the office's code has the key office."""
        data = asdict(self)
        return {"register": data.pop("register"), "office": data.pop("code")} | data


@dataclass(frozen=True)
class Import:
    """One import, undo or restore: its number, person, time, reason and changes.

    undone_by is the number of the undo that is in effect; None if there is none.
    """

    number: int
    kind: str
    moment: str
    person: str
    reason: str
    file: str
    undoes: int | None
    undone_by: int | None
    touched: tuple[Touched, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the import as data."""
        return asdict(self) | {"touched": [one.to_json() for one in self.touched]}


# --- imports ----------


def read_imports(connection: sa.Connection, code: str | None = None, register: str | None = None) -> list[Import]:
    """Return all imports, or those that changed an office or a register, the newest first."""
    wanted = sa.select(COVERAGE).order_by(COVERAGE.c.id)
    if code is not None:
        wanted = wanted.where(COVERAGE.c.office == code)
    if register is not None:
        wanted = wanted.where(COVERAGE.c.register == register)
    undone = undone_by(connection)
    touched = _touched(connection.execute(wanted).all())
    return [
        Import(
            row.id, row.kind, row.moment, row.person, row.reason, row.file, row.undoes, undone.get(row.id),
            tuple(touched.get(row.id, {}).values()),
        )
        for row in connection.execute(sa.select(IMPORTS).order_by(IMPORTS.c.id.desc()))
        if row.id in touched or (code is None and register is None)
    ]  # fmt: skip


def _touched(coverage: Sequence[Any]) -> dict[int, dict[tuple[str, str, int], Touched]]:
    """Return what every import changed, by register, office and year, from all rows of coverage.

    An import writes new rows, an undo only copies of earlier ones; rows of other files that an import rewrote are
    ignored.
    """
    brought = {row.from_import: row.file for row in coverage if row.id == row.source}
    found: dict[int, dict[tuple[str, str, int], Touched]] = {}
    for row in coverage:
        group = (row.register, row.office, row.year)
        if row.id == row.source or row.from_import not in brought:
            done = found.setdefault(row.from_import, {}).get(group, Touched(*group, 0, 0, 0, 0))
            found[row.from_import][group] = replace(
                done,
                rows=done.rows + row.rows,
                added=done.added + row.added,
                changed=done.changed + row.changed,
                withdrawn=done.withdrawn + row.withdrawn,
                doubt=done.doubt or (row.doubt if row.id == row.source else ""),
            )
    again = {(row.from_import, row.source) for row in coverage}
    for row in coverage:
        group = (row.register, row.office, row.year)
        if row.until_import is None:
            continue
        done = found.setdefault(row.until_import, {}).setdefault(group, Touched(*group, 0, 0, 0, row.rows))
        other = brought.get(row.until_import, row.file) != row.file
        if other and (row.until_import, row.source) not in again:
            before = f"第 {row.import_id} 次的 {row.file}"
            found[row.until_import][group] = replace(done, instead_of=(*done.instead_of, before))
    return found


# --- versions ----------


def read_history(
    connection: sa.Connection, number: str, code: str | None = None, register: str | None = None
) -> list[Version]:
    """Return every version of the records with a number, the oldest first.

    Raises NotFoundError if there is none, with the nearest numbers of the office if one is given.
    """
    found = [version for each in _named(register) for version in _versions(connection, each, number, code)]
    if not found:
        known = _numbers(connection, code, register) if code else []
        raise NotFoundError(f"台账库里没有编号是“{number}”的记录{nearest(number, known)}")
    return found


def _named(register: str | None) -> list[Register]:
    """Return the registers whose records have a number."""
    wanted = [registers()[register]] if register else registers().values()
    return [each for each in wanted if each.identity]


def _numbers(connection: sa.Connection, code: str, register: str | None) -> list[str]:
    numbers: list[str] = []
    for each in _named(register):
        table = TABLES[each.key]
        wanted = sa.select(table.c[each.identity[0]]).where((table.c.office_code == code) & in_force(table))
        numbers += [text for text in connection.execute(wanted).scalars() if text]
    return numbers


def _versions(connection: sa.Connection, register: Register, number: str, code: str | None) -> Iterator[Version]:
    table = TABLES[register.key]
    key = fold_number(number)
    like = (table.c.record_key == key) | ((table.c.record_key > f"{key}\x1f") & (table.c.record_key < f"{key}\x20"))
    wanted = table.select().where(like).order_by(table.c.from_import, table.c.id)
    if code is not None:
        wanted = wanted.where(table.c.office_code == code)
    rows = connection.execute(wanted).mappings().all()
    context = _Context.of(connection, rows)
    records: dict[tuple[str, str], list[sa.RowMapping]] = {}
    keys = _canonical(register, rows)
    for row in rows:
        records.setdefault((row["office_code"], keys[row["id"]]), []).append(row)
    for versions in records.values():
        for i, row in enumerate(versions):
            yield _version(register, row, _before(row, versions[:i]), versions, context)


def _canonical(register: Register, rows: Sequence[sa.RowMapping]) -> dict[int, str]:
    """Return the current key of each version, with its year if the office's other records have one."""
    anew = {row["office_code"] for row in rows if year_of(row["record_key"]) is not None}
    return {
        row["id"]: keyed(row["record_key"], year_in(row[day] for day in days_of(register)) or row["file_year"])
        if row["office_code"] in anew
        else row["record_key"]
        for row in rows
    }


def _before(row: sa.RowMapping, earlier: Sequence[sa.RowMapping]) -> sa.RowMapping | None:
    """Return the version with which one is compared: the previous one of the same file year, else of any."""
    same = [other for other in earlier if other["file_year"] == row["file_year"]]
    candidates = same or list(earlier)
    return candidates[-1] if candidates else None


@dataclass(frozen=True)
class _Context:
    """The imports and the coverage that versions refer to, by id."""

    imports: Mapping[int, Any]
    coverage: Mapping[int, Any]

    @classmethod
    def of(cls, connection: sa.Connection, rows: Iterable[sa.RowMapping]) -> _Context:
        numbers = {row[name] for row in rows for name in ("from_import", "until_import") if row[name] is not None}
        sources = {row["coverage_id"] for row in rows}
        imports = connection.execute(sa.select(IMPORTS).where(IMPORTS.c.id.in_(numbers)))
        coverage = connection.execute(sa.select(COVERAGE).where(COVERAGE.c.id.in_(sources)))
        return cls({row.id: row for row in imports}, {row.id: row for row in coverage})


def _version(
    register: Register,
    row: sa.RowMapping,
    before: sa.RowMapping | None,
    versions: Sequence[sa.RowMapping],
    context: _Context,
) -> Version:
    done, file = context.imports[row["from_import"]], context.coverage[row["coverage_id"]]
    return Version(
        row["office_code"],
        register.key,
        row["file_year"],
        done.id,
        done.kind,
        done.moment,
        done.person,
        done.reason,
        file.file,
        file.sheet,
        row["file_row"],
        tuple(changes(register, before, row)),
        row["until_import"],
        _how_ended(row, versions, context),
    )


def _how_ended(row: sa.RowMapping, versions: Sequence[sa.RowMapping], context: _Context) -> str:
    until = row["until_import"]
    if until is None:
        return ""
    if context.imports[until].kind == "undo":
        return "undone"
    replaced = any(v["from_import"] == until and v["file_year"] == row["file_year"] for v in versions)
    return "replaced" if replaced else "withdrawn"


def changes(register: Register, before: Mapping[Any, Any] | None, row: Mapping[Any, Any]) -> Iterator[Change]:
    """Yield the differences of a version from the one before, both given as rows of the store."""
    for field in register.fields:
        name = hash_column(field) if field.personal else field.key
        old, new = None if before is None else before[name], row[name]
        if field.key == "number":
            old, new = _with_year(before, old), _with_year(row, new)
        if old == new or {old, new} == {None, ""}:
            continue
        if field.personal or field.confidential:
            if before is not None:
                yield Change(field.heading, "", "", shown=False)
        else:
            yield Change(field.heading, _shown(field, old), _shown(field, new))


def _with_year(row: Mapping[Any, Any] | None, number: Any) -> Any:
    """Return a number with its year if its record's key has one."""
    year = year_of((row or {}).get("record_key") or "")
    return number if year is None else shown(number or "", year)


def _shown(field: Field, value: Any) -> str:
    if value is None or value == "":
        return ""
    if field.type == "yuan":
        return f"{Decimal(int(value)) / 100}"
    return field.label(str(value))
