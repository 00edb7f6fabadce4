"""A sheet kept record by record: what it says anew or otherwise becomes a version, what it says again stays."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from ...errors import RecordsError
from ..schema import Field, Register, fold_number, registers
from ..sheet import Sheet
from .database import BATCH, COVERAGE, PERSONAL, PLACES, TABLES, end, hash_column, in_force, insert_rows, next_id
from .privacy import Privacy
from .record_keys import NTH, PART


@dataclass(frozen=True)
class SheetResult:
    """What became of one sheet: the number of the import (None: nothing changed), and how many records were added,
    changed, the same, and withdrawn.

    gone names the records in force that the file no longer holds: by their number, or as "第 7 行".
    """

    sheet: Sheet
    number: int | None
    added: int
    changed: int
    same: int
    withdrawn: int
    gone: tuple[str, ...] = ()


def store_sheet(
    connection: sa.Connection, sheet: Sheet, number: int, privacy: Privacy, *, replace: bool
) -> SheetResult:
    """Keep a sheet as part of an import; return what became of it. Only for the one who may write."""
    register, table = registers()[sheet.register], TABLES[sheet.register]
    content = _Content.of(sheet, _hashes(connection, sheet, privacy))
    earlier = _Earlier.of(connection, sheet)
    found = _matched(content, sheet.lines, earlier.versions)
    gone = tuple(_named(connection, register, found.gone))
    counts = {
        "added": len(found.new) - len(found.replaced),
        "changed": len(found.replaced),
        "same": len(found.same),
        "withdrawn": len(found.gone) if replace else 0,
    }
    left = () if replace else gone
    before = earlier.coverage
    moved = any(version.row != sheet.lines[i] for i, version in found.same)
    if before is not None and not (found.new or counts["withdrawn"] or moved or before["gone"] != _listed(left)):
        return SheetResult(sheet, None, **counts, gone=gone)
    coverage = _write_coverage(connection, sheet, number, counts, left)
    end(connection, table, found.replaced.values(), number)
    if replace:
        end(connection, table, (version.id for version in found.gone), number)
    if before is not None:
        end(connection, COVERAGE, [before["id"]], number)
    numbers = dict(enumerate(found.new, start=next_id(connection, table)))
    _write(connection, sheet, content, found, numbers, number, coverage)
    if sheet.personal and privacy.params.keep_personal:
        _write_personal(connection, sheet, numbers)
    places = ((coverage, version.source, sheet.lines[i]) for i, version in found.same)
    insert_rows(connection, PLACES, ("coverage_id", "version_id", "file_row"), places)
    return SheetResult(sheet, number, **counts, gone=gone)


# --- what a record is known by, and what it says ----------


@dataclass(frozen=True)
class _Content:
    """What a sheet is compared and kept by: of each record its key and a hash of all it says; and the columns that
    say anything, personal ones as hashes."""

    keys: list[str]
    said: list[str]
    columns: Mapping[str, Sequence[Any]]

    @classmethod
    def of(cls, sheet: Sheet, hashes: Mapping[str, Sequence[str | None]]) -> _Content:
        columns = {key: values for key, values in sheet.columns.items() if values.count(None) < len(values)}
        return cls(_record_keys(sheet), _said(sheet, columns, hashes), columns | dict(hashes))


def _record_keys(sheet: Sheet) -> list[str]:
    """What tells the records of a sheet from one another within their office; empty texts where lines tell them."""
    register = registers()[sheet.register]
    if not register.identity:
        return [""] * len(sheet.lines)
    nothing = (None,) * len(sheet.lines)
    parts = zip(*(sheet.columns.get(key, nothing) for key in register.identity), strict=True)
    seen: Counter[str] = Counter()
    keys = []
    for values in parts:
        key = PART.join("" if value is None else fold_number(str(value)) for value in values)
        seen[key] += 1
        keys.append(key if seen[key] == 1 else f"{key}{NTH}{seen[key]}")
    return keys


def _said(sheet: Sheet, columns: Mapping[str, Sequence[Any]], hashes: Mapping[str, Sequence[str | None]]) -> list[str]:
    """A short hash of all that each record says, its empty fields left out."""
    register = registers()[sheet.register]
    said: list[str] = []
    for start in range(0, len(sheet.lines), BATCH):
        some = slice(start, start + BATCH)
        spelt = [_spelt(register[key], values[some]) for key, values in columns.items()]
        spelt += [[f"{key}={value}" if value else "" for value in values[some]] for key, values in hashes.items()]
        parts = zip(*spelt, strict=True) if spelt else ((),) * len(sheet.lines[some])
        said += map(_short_hash, parts)
    return said


def _short_hash(parts: Sequence[str]) -> str:
    return blake2b("\x1e".join(sorted(filter(None, parts))).encode("utf-8", "replace"), digest_size=12).hexdigest()


def _spelt(field: Field, values: Sequence[Any]) -> list[str]:
    """A column as text that names its field, empty where it says nothing."""
    words = {value: _word(field, value) for value in set(values)}
    return [words[value] for value in values]


def _word(field: Field, value: Any) -> str:
    if value is None or value == "":
        return ""
    if field.type == "date" and not isinstance(value, date):
        raise RecordsError(f"“{field.heading}”里有不是日期的值，没有导入")
    return f"{field.key}={int(value) if field.type == 'yes_no' else value}"


def _hashes(connection: sa.Connection, sheet: Sheet, privacy: Privacy) -> dict[str, list[str | None]]:
    """The keyed hashes of the personal columns that say anything."""
    given = {key: texts for key, texts in sheet.personal.items() if any(texts)}
    if not given:
        return {}
    key = privacy.key(connection)
    register = registers()[sheet.register]
    return {hash_column(register[name]): [key.hash(text) for text in texts] for name, texts in given.items()}


# --- compared with what is in force ----------


@dataclass(frozen=True, slots=True)
class _Version:
    """A version in force: its number, the number of the first that said so, and where it stands; last is whether
    that is the last file handed in."""

    id: int
    source: int
    key: str
    said: str
    row: int
    last: bool


@dataclass(frozen=True)
class _Earlier:
    """What is in force of a register, office and year: the coverage, the versions, and their rows by number."""

    coverage: sa.RowMapping | None
    versions: list[_Version]

    @classmethod
    def of(cls, connection: sa.Connection, sheet: Sheet) -> _Earlier:
        group = (sheet.register, sheet.code, sheet.year)
        coverage = connection.execute(
            sa.select(COVERAGE).where(
                (sa.tuple_(COVERAGE.c.register, COVERAGE.c.office, COVERAGE.c.year) == group) & in_force(COVERAGE)
            )
        )
        before = coverage.mappings().first()
        return cls(before, versions_in_force(connection, *group, before["source"] if before else None))


def versions_in_force(
    connection: sa.Connection, register: str, code: str, year: int, coverage: int | None
) -> list[_Version]:
    """The versions of a register, office and year in force, in the order of the file in force."""
    table = TABLES[register]
    names = ("id", "source_id", "record_key", "said", "file_row", "coverage_id")
    wanted = sa.select(*(table.c[name] for name in names)).where(
        (table.c.office_code == code) & (table.c.file_year == year) & in_force(table)
    )
    found = connection.execute(
        sa.select(PLACES.c.version_id, PLACES.c.file_row).where(PLACES.c.coverage_id == coverage)
    )
    later: dict[int, int] = {row.version_id: row.file_row for row in found}
    versions = [
        _Version(number, source, key, said, later.get(source, row), source in later or came_by == coverage)
        for number, source, key, said, row, came_by in connection.execute(wanted)
    ]
    return sorted(versions, key=lambda version: (version.row, version.id))


@dataclass(frozen=True)
class _Matched:
    """What of a sheet is new (by place in it), which of that replaces what, what is the same, what is gone."""

    new: list[int] = field(default_factory=list)
    replaced: dict[int, int] = field(default_factory=dict)
    sources: dict[int, int] = field(default_factory=dict)
    same: list[tuple[int, _Version]] = field(default_factory=list)
    gone: list[_Version] = field(default_factory=list)


def _matched(content: _Content, lines: Sequence[int], earlier: list[_Version]) -> _Matched:
    """Compare a sheet with the versions in force.

    Records without an identity are the same where all they say is the same, however their lines have moved; one
    that says otherwise on the line of another takes its place.
    """
    found = _Matched()
    waiting: defaultdict[Any, list[_Version]] = defaultdict(list)
    for version in earlier:
        waiting[version.key or version.said].append(version)
    unmatched = []
    for i, (key, said) in enumerate(zip(content.keys, content.said, strict=True)):
        held = waiting.get(key or said)
        if held and held[0].said == said:
            found.same.append((i, held.pop(0)))
        else:
            unmatched.append(i)
    left = [version for versions in waiting.values() for version in versions]
    by_place = {version.key or version.row: version for version in left if version.key or version.last}
    for i in unmatched:
        found.new.append(i)
        if (old := by_place.pop(content.keys[i] or lines[i], None)) is not None:
            found.replaced[i], found.sources[i] = old.id, old.source
    ended = set(found.replaced.values())
    found.gone.extend(sorted((v for v in left if v.id not in ended), key=lambda v: (v.row, v.id)))
    return found


def _named(connection: sa.Connection, register: Register, versions: list[_Version]) -> Iterator[str]:
    """How staff call records: by what identifies them, or by the row they stood in."""
    table = TABLES[register.key]
    columns = [table.c[key] for key in register.identity]
    names: dict[int, str] = {}
    for start in range(0, len(versions) if columns else 0, BATCH):
        ids = [version.id for version in versions[start : start + BATCH]]
        for number, *values in connection.execute(sa.select(table.c.id, *columns).where(table.c.id.in_(ids))):
            labels = (register[k].label(str(v)) for k, v in zip(register.identity, values, strict=True) if v)
            names[number] = " ".join(labels)
    return (names.get(version.id) or f"第 {version.row} 行" for version in versions)


# --- written ----------


def _write_coverage(
    connection: sa.Connection, sheet: Sheet, number: int, counts: Mapping[str, int], gone: Sequence[str]
) -> int:
    coverage = next_id(connection, COVERAGE)
    connection.execute(
        COVERAGE.insert().values(
            id=coverage,
            source=coverage,
            import_id=number,
            from_import=number,
            register=sheet.register,
            office=sheet.code,
            year=sheet.year,
            file=sheet.file,
            sheet=sheet.sheet,
            sha256=sheet.sha256,
            rows=len(sheet.lines),
            **counts,
            warnings=_listed(map(str, sheet.warnings)),
            gone=_listed(gone),
        )
    )
    return coverage


def _listed(texts: Iterable[str]) -> str:
    return json.dumps(list(texts), ensure_ascii=False)


def _write(
    connection: sa.Connection,
    sheet: Sheet,
    content: _Content,
    found: _Matched,
    versions: Mapping[int, int],
    number: int,
    coverage: int,
) -> None:
    """Write the new versions; versions has the place in the sheet of each by the number it is given."""
    table = TABLES[sheet.register]
    columns = list(content.columns.values())
    own = ("id", "source_id", "replaces_id", "from_import", "office_code", "file_year", "coverage_id", "file_row")
    rows = (
        (
            *(version, version, found.sources.get(i), number, sheet.code, sheet.year, coverage, sheet.lines[i]),
            *(content.keys[i], content.said[i]),
            *(values[i] for values in columns),
        )
        for version, i in versions.items()
    )
    insert_rows(connection, table, (*own, "record_key", "said", *content.columns), rows)


def _write_personal(connection: sa.Connection, sheet: Sheet, versions: Mapping[int, int]) -> None:
    """Write what stood in the personal columns of the new versions, apart from them."""
    rows = (
        (sheet.register, version, name, texts[i])
        for version, i in versions.items()
        for name, texts in sheet.personal.items()
        if texts[i]
    )
    insert_rows(connection, PERSONAL, ("register", "version_id", "field", "text"), rows)
