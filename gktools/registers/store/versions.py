"""A sheet kept record by record: what it says anew or otherwise becomes a version, what it says again stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import blake2b
from itertools import islice
from typing import Any

import sqlalchemy as sa

from ...errors import RecordsError
from ..questions import Question
from ..schema import Field, fold_number, registers
from ..sheet import Sheet
from .database import BATCH, COVERAGE, PERSONAL, PLACES, TABLES, end, hash_column, insert_rows, next_id
from .history import Change, changes
from .in_force import StoredGroup, record_names, to_json_list, update_gone
from .matching import ComparedFile, GroupState, HeldRecord, MatchedRecords, after, compare
from .numbering import ask_numbers, keyed, starts_anew, years_of
from .privacy import Privacy
from .record_keys import NTH, PART
from .replacement import (
    AmbiguousFile,
    FileInForce,
    FileInstruction,
    Replacement,
    decide_replacement,
    file_question,
    files_in_force,
)

_DIFFERENCES = 200
"""How many corrected rows of a sheet are told with what they said before."""


@dataclass(frozen=True)
class SheetResult:
    """What became of one sheet: the number of the import (None: nothing changed), and how many records were added,
    changed, the same, and withdrawn.

    gone names the records in force that no file holds any more, told of this one: by their number, or as "第 7 行".
    instead_of are the files whose place it took; differences tells, where a register has no numbers, what the rows
    that it corrects say otherwise. files and records are how many are in force now.
    """

    sheet: Sheet
    number: int | None
    added: int
    changed: int
    same: int
    withdrawn: int
    gone: tuple[str, ...] = ()
    instead_of: tuple[FileInForce, ...] = ()
    differences: tuple[tuple[int, tuple[Change, ...]], ...] = ()
    files: int = 1
    records: int = 0


def store_sheet(
    connection: sa.Connection, sheet: Sheet, number: int, privacy: Privacy, told: FileInstruction
) -> SheetResult | tuple[Question, ...]:
    """Keep a sheet as part of an import; return what became of it, or what has to be asked. Only for the one who may
    write."""
    params = privacy.params
    anew = starts_anew(params, sheet.code, registers()[sheet.register])
    if not told.unasked and (asked := ask_numbers(connection, sheet, _plain_keys(sheet), params)):
        return asked
    content = _Content.of(sheet, _hashes(connection, sheet, privacy), anew=bool(anew))
    now = StoredGroup.of(connection, (sheet.register, sheet.code, sheet.year))
    known = files_in_force(now, content.keys, content.said)
    place = decide_replacement(sheet, told, known)
    coverage = next_id(connection, COVERAGE)
    if isinstance(place, AmbiguousFile):
        answers: list[list[FileInForce]] = [[], *([one] for one in known), place.likely]
        leaves = {
            frozenset(one.by for one in files): _left(now.state, content, sheet, _series(now, coverage, files))
            for files in answers
        }
        return (file_question(replace(place, leaves=leaves)),)
    series = _series(now, coverage, place.instead_of)
    filed = content.filed(coverage, sheet, series, withdraws=place.withdraws)
    filed = replace(filed, beside=frozenset(now.coverage) - filed.instead_of(now.state))
    found = compare(filed, now.state)
    kept = _outcome(connection, sheet, found, place, now)
    if known and _changes_nothing(kept, found, sheet, place, now):
        return kept
    kept = replace(kept, number=number, differences=tuple(_differences(connection, sheet, content, found)))
    versions = dict(enumerate(found.new, start=next_id(connection, TABLES[sheet.register])))
    _end_what_is_replaced(connection, filed, found, now, kept)
    _write_files(connection, kept, filed, _after(filed, found, now, versions), now)
    _write(connection, kept, content, found, versions, coverage)
    if sheet.personal and privacy.params.keep_personal:
        _write_personal(connection, sheet, versions)
    places = ((coverage, one.source, sheet.lines[i]) for i, one in found.same)
    insert_rows(connection, PLACES, ("coverage_id", "version_id", "file_row"), places)
    return kept


def _series(now: StoredGroup, number: int, instead_of: Sequence[FileInForce]) -> frozenset[int]:
    """The series that a file stands for: those of the files whose place it takes, or one of its own."""
    return frozenset().union(*(now.state.files[one.number] for one in instead_of)) or frozenset([number])


def _left(state: GroupState, content: _Content, sheet: Sheet, series: frozenset[int]) -> int:
    """How many records would be in force if a sheet stood for those series, and what it does not hold ended."""
    return _in_force(state, compare(content.filed(0, sheet, series, withdraws=True), state), withdraws=True)


def _in_force(state: GroupState, found: MatchedRecords, *, withdraws: bool) -> int:
    return len(state.held) + len(found.new) - len(found.replaced) - (len(found.gone) if withdraws else 0)


def _outcome(
    connection: sa.Connection, sheet: Sheet, found: MatchedRecords, place: Replacement, now: StoredGroup
) -> SheetResult:
    """What keeping a sheet comes to, as if nothing had changed yet."""
    register = registers()[sheet.register]
    before = now.coverage.keys() - {one.number for one in place.instead_of}
    return SheetResult(
        sheet,
        None,
        added=len(found.new) - len(found.replaced),
        changed=len(found.replaced),
        same=len(found.same),
        withdrawn=len(found.gone) if place.withdraws else 0,
        gone=tuple(record_names(connection, register, found.gone)),
        instead_of=place.instead_of,
        files=len(before) + 1,
        records=_in_force(now.state, found, withdraws=place.withdraws),
    )


def _changes_nothing(
    kept: SheetResult, found: MatchedRecords, sheet: Sheet, place: Replacement, now: StoredGroup
) -> bool:
    """Whether all that a sheet says is in force already, where it stands."""
    if found.new or kept.withdrawn:
        return False
    if not place.instead_of:
        return all(one.places for _, one in found.same)
    (first, *more) = place.instead_of
    rows = [dict(one.places).get(first.number) for _, one in found.same]
    moved = rows != [sheet.lines[i] for i, _ in found.same]
    return not more and not moved and now.coverage[first.number]["gone"] == to_json_list(kept.gone)


def _differences(
    connection: sa.Connection, sheet: Sheet, content: _Content, found: MatchedRecords
) -> Iterator[tuple[int, tuple[Change, ...]]]:
    """What the corrected rows say otherwise, each with its row; where numbers tell records, their history does."""
    register, table = registers()[sheet.register], TABLES[sheet.register]
    if register.identity:
        return
    corrected = dict(islice(found.replaced.items(), _DIFFERENCES))
    wanted = table.select().where(table.c.id.in_([one.id for one in corrected.values()]))
    before = {row["id"]: row for row in connection.execute(wanted).mappings()} if corrected else {}
    for i, one in corrected.items():
        said = {**dict.fromkeys(table.c.keys()), **{key: values[i] for key, values in content.columns.items()}}
        yield sheet.lines[i], tuple(changes(register, dict(before[one.id]), said))


# --- what a record is known by, and what it says ----------


@dataclass(frozen=True)
class _Content:
    """What a sheet is compared and kept by: of each record its key and a hash of all it says; and the columns that
    say anything, personal ones as hashes."""

    keys: list[str]
    said: list[str]
    columns: Mapping[str, Sequence[Any]]

    @classmethod
    def of(cls, sheet: Sheet, hashes: Mapping[str, Sequence[str | None]], *, anew: bool) -> _Content:
        columns = {key: values for key, values in sheet.columns.items() if values.count(None) < len(values)}
        return cls(_record_keys(sheet, anew=anew), _said(sheet, columns, hashes), columns | dict(hashes))

    def filed(self, number: int, sheet: Sheet, series: frozenset[int], *, withdraws: bool) -> ComparedFile:
        """The same as it is compared with what is in force."""
        return ComparedFile(number, series, self.keys, self.said, sheet.lines, withdraws)


def _plain_keys(sheet: Sheet) -> list[str]:
    """What each record says in the fields that tell records apart; empty texts where lines tell them."""
    register = registers()[sheet.register]
    nothing = (None,) * len(sheet.lines)
    columns = [sheet.columns.get(key, nothing) for key in (*register.identity, *register.where_all_stand)]
    if not columns or (not register.identity and any(column is nothing for column in columns)):
        return [""] * len(sheet.lines)
    whole = bool(register.identity)
    parts = (values if whole or all(values) else () for values in zip(*columns, strict=True))
    return [PART.join("" if value is None else fold_number(str(value)) for value in values) for values in parts]


def _record_keys(sheet: Sheet, *, anew: bool) -> list[str]:
    """What tells the records of a sheet from one another within their office; with their years where numbers start
    anew each year."""
    plain = _plain_keys(sheet)
    if anew:
        plain = [keyed(key, year) for key, year in zip(plain, years_of(sheet), strict=True)]
    seen: Counter[str] = Counter()
    keys = []
    for key in plain:
        seen[key] += bool(key)
        keys.append(key if seen[key] <= 1 else f"{key}{NTH}{seen[key]}")
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


# --- written ----------


def _end_what_is_replaced(
    connection: sa.Connection, filed: ComparedFile, found: MatchedRecords, now: StoredGroup, kept: SheetResult
) -> None:
    """End the versions and the coverage that a file takes the place of."""
    table = TABLES[kept.sheet.register]
    assert kept.number is not None
    end(connection, table, (one.id for one in found.replaced.values()), kept.number)
    if filed.withdraws:
        end(connection, table, (one.id for one in found.gone), kept.number)
    replaced = filed.instead_of(now.state)
    end(connection, COVERAGE, [row["id"] for number, row in now.coverage.items() if number in replaced], kept.number)


def _after(filed: ComparedFile, found: MatchedRecords, now: StoredGroup, versions: Mapping[int, int]) -> GroupState:
    """What is in force once a file is kept; versions has the place in it of each new version by its number."""
    series = min(filed.series)
    own = {
        i: HeldRecord(
            version, version, filed.keys[i], filed.said[i], series, filed.rows[i], ((filed.number, filed.rows[i]),)
        )
        for version, i in versions.items()
    }
    return after(now.state, filed, found, own)


def _write_files(
    connection: sa.Connection, kept: SheetResult, filed: ComparedFile, state: GroupState, now: StoredGroup
) -> None:
    """Write the coverage of a file, and again that of others in force which are told anew what they no longer hold."""
    assert kept.number is not None
    register = registers()[kept.sheet.register]
    _write_coverage(connection, kept, filed, record_names(connection, register, state.left_standing(filed.number)))
    others = [row for number, row in now.coverage.items() if number in state.files]
    update_gone(connection, register, others, state, kept.number)


def _write_coverage(connection: sa.Connection, kept: SheetResult, filed: ComparedFile, gone: Sequence[str]) -> None:
    sheet = kept.sheet
    connection.execute(
        COVERAGE.insert().values(
            id=filed.number,
            source=filed.number,
            import_id=kept.number,
            from_import=kept.number,
            register=sheet.register,
            office=sheet.code,
            year=sheet.year,
            file=sheet.file,
            sheet=sheet.sheet,
            sha256=sheet.sha256,
            rows=len(sheet.lines),
            added=kept.added,
            changed=kept.changed,
            same=kept.same,
            withdrawn=kept.withdrawn,
            warnings=to_json_list(map(str, sheet.warnings)),
            gone=to_json_list(gone),
            series=to_json_list(sorted(filed.series)),
            beside=to_json_list(sorted(filed.beside)),
            withdraws=int(filed.withdraws),
            doubt="",
        )
    )


def _write(
    connection: sa.Connection,
    kept: SheetResult,
    content: _Content,
    found: MatchedRecords,
    versions: Mapping[int, int],
    coverage: int,
) -> None:
    """Write the new versions; versions has the place in the sheet of each by the number it is given."""
    sheet = kept.sheet
    table = TABLES[sheet.register]
    columns = list(content.columns.values())
    own = ("id", "source_id", "replaces_id", "from_import", "office_code", "file_year", "coverage_id", "file_row")
    before = {i: one.source for i, one in found.replaced.items()}
    rows = (
        (
            *(version, version, before.get(i), kept.number, sheet.code, sheet.year, coverage, sheet.lines[i]),
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
