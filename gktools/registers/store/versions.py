"""Storing of a sheet record by record: new or changed content becomes a version, unchanged content stays."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, repeat
from typing import Any

import sqlalchemy as sa

from ...errors import ChangedError, RecordsError
from ..questions import Question, QuestionPlace
from ..schema import fold_number, registers
from ..sheet import ENTERED, Sheet
from .database import (
    BATCH,
    COVERAGE,
    ENDS,
    PERSONAL,
    PLACES,
    TABLES,
    WITHDRAWS,
    end,
    hash_column,
    in_force,
    insert_rows,
    next_id,
)
from .history import Change, changes
from .in_force import Group, StoredGroup, record_names, to_json_list, update_gone
from .kept_hashes import Kept, kept_texts
from .matching import ComparedFile, GroupState, HeldRecord, MatchedRecords, after, compare
from .numbering import ask_numbers, keyed, starts_anew, years_of
from .overwritten import ask_overwritten, ask_sums
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
    subject_of,
)
from .said import short_hash, spelt, spelt_hashes
from .sealing import Written

_ENOUGH_NAMES = 3
"""How many different personal texts must all differ before the key is thought to be another one."""
NAMED = 10
"""The most records that a question or a message names."""
_DIFFERENCES = 200
"""The maximum number of corrected rows reported with their former values."""


@dataclass(frozen=True)
class SheetResult:
    """The result of storing one sheet: the import's number and the numbers of records by change.

    number is None if nothing changed. gone names the records left in force that no file has, reported by this one: by
    number, or as "第 7 行", or those that it withdrew. instead_of are the replaced files; differences, for registers without
    numbers, the changes of corrected rows. files and records are the numbers in force now; entered names those that were
    entered in a form and are in no file, this one neither, and stay.
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
    entered: tuple[str, ...] = ()

    @property
    def written(self) -> Written:
        """What was written, for the seal of the import."""
        group = self.sheet.register, self.sheet.code, self.sheet.year
        return Written(*group, self.added + self.changed, self.changed + self.withdrawn)


def store_sheet(
    connection: sa.Connection, sheet: Sheet, number: int, privacy: Privacy, instruction: FileInstruction
) -> SheetResult | tuple[Question, ...]:
    """Store a sheet as part of an import; return the result, or the questions to be answered first.

    Call it in the write transaction.
    """
    params = privacy.params
    anew = starts_anew(params, sheet.code, registers()[sheet.register])
    if not instruction.unasked and (asked := ask_numbers(connection, sheet, _plain_keys(sheet), params)):
        return asked
    keys = _record_keys(sheet, anew=bool(anew))
    kept_personal = kept_texts(connection, sheet, keys, privacy)
    hashes = _hashes(connection, sheet, privacy, kept_personal)
    content = _Content.of(sheet, keys, hashes)
    now = StoredGroup.of(connection, (sheet.register, sheet.code, sheet.year))
    known = files_in_force(now, content.keys, content.said)
    place = decide_replacement(sheet, instruction, known)
    coverage = next_id(connection, COVERAGE)
    if isinstance(place, AmbiguousFile):
        answers: list[list[FileInForce]] = [[], *([one] for one in known), place.likely]
        leaves = {
            frozenset(one.by for one in files): _left(now.state, content, sheet, _series(now, coverage, files))
            for files in answers
        }
        return (file_question(replace(place, leaves=leaves)),)
    series = _series(now, coverage, place.instead_of)
    filed = replace(content.filed(coverage, sheet, series, withdraws=place.withdraws), ends=place.ends)
    filed = replace(filed, beside=frozenset(now.coverage) - filed.instead_of(now.state))
    if instruction.seen is not None:
        _require_seen(connection, sheet, keys[0], instruction.seen)
    found = compare(filed, now.state)
    _refuse_other_names(connection, sheet, content, found)
    if asked := ask_overwritten(connection, sheet, instruction, known, found, now, hashes):
        return asked
    if asked := _ask_withdrawn(connection, sheet, instruction, found, place, now):
        return asked
    if asked := ask_sums(connection, sheet, instruction, found, filed.beside, now):
        return asked
    kept = _outcome(connection, sheet, found, place, now)
    if (known or place.ends) and _changes_nothing(kept, found, sheet, place, now):
        return kept
    kept = replace(kept, number=number, differences=tuple(_differences(connection, sheet, content, found)))
    versions = dict(enumerate(found.new, start=next_id(connection, TABLES[sheet.register])))
    _end_what_is_replaced(connection, filed, found, now, kept)
    _write_files(connection, kept, filed, _after(filed, found, now, versions), now)
    _write(connection, kept, content, found, versions, coverage)
    if sheet.personal and privacy.params.keep_personal:
        _write_personal(connection, sheet, versions, kept_personal)
    again = [*found.same, *((0, one) for one in found.gone if filed.ends)]
    places = ((coverage, one.source, sheet.lines[i]) for i, one in again)
    insert_rows(connection, PLACES, ("coverage_id", "version_id", "file_row"), places)
    return kept


def _series(now: StoredGroup, number: int, instead_of: Sequence[FileInForce]) -> frozenset[int]:
    """Return the series of a file: those of the files it replaces, or a new one."""
    return frozenset().union(*(now.state.files[one.number] for one in instead_of)) or frozenset([number])


def _left(state: GroupState, content: _Content, sheet: Sheet, series: frozenset[int]) -> int:
    """Return the number of records in force if a sheet had those series and missing records ended."""
    return _in_force(state, compare(content.filed(0, sheet, series, withdraws=True), state), withdraws=True)


def _in_force(state: GroupState, found: MatchedRecords, *, withdraws: bool) -> int:
    return len(state.held) + len(found.new) - len(found.replaced) - (len(found.gone) if withdraws else 0)


def _ask_withdrawn(
    connection: sa.Connection,
    sheet: Sheet,
    instruction: FileInstruction,
    found: MatchedRecords,
    place: Replacement,
    now: StoredGroup,
) -> tuple[Question, ...]:
    """Return the question whether a file, by what it replaces, is to withdraw records that only forms brought."""
    if sheet.in_form or not place.withdraws or "file.withdraws" in instruction.taken:
        return ()
    gone = {one.source for one in found.gone}
    going = [one for one in _entered_alone(found, now) if one.source in gone]
    if not going:
        return ()
    register = registers()[sheet.register]
    names = "、".join(record_names(connection, register, going[:NAMED])) + ("等" if len(going) > NAMED else "")
    values = {"where": f"{sheet.code} {sheet.year} 年的{register.label}", "count": len(going), "named": names}
    return (Question.of("file.withdraws", subject_of(sheet), QuestionPlace(sheet.file, sheet.sheet), values),)


def still_standing(results: Sequence[Sequence[SheetResult]]) -> list[list[SheetResult]]:
    """Return the results of several files stored together: what a later one withdrew, an earlier one does not say to stay."""
    withdrawn: defaultdict[Group, set[str]] = defaultdict(set)
    told = []
    for several in reversed(results):
        mended = []
        for one in reversed(several):
            sheet, lost = one.sheet, withdrawn[one.sheet.register, one.sheet.code, one.sheet.year]
            entered = tuple(name for name in one.entered if name not in lost)
            gone = one.gone if one.withdrawn else tuple(name for name in one.gone if name not in lost)
            mended.append(replace(one, entered=entered, gone=gone))
            if one.withdrawn:
                withdrawn[sheet.register, sheet.code, sheet.year].update(one.gone)
        told.append(mended[::-1])
    return told[::-1]


def _outcome(
    connection: sa.Connection, sheet: Sheet, found: MatchedRecords, place: Replacement, now: StoredGroup
) -> SheetResult:
    """Return the result of storing a sheet, with number None."""
    register, ending = registers()[sheet.register], place.withdraws or place.ends
    before = now.coverage.keys() - {one.number for one in place.instead_of}
    gone = {one.source for one in found.gone} if ending else ()
    stays = [one for one in _entered_alone(found, now) if one.source not in gone]
    return SheetResult(
        sheet,
        None,
        added=len(found.new) - len(found.replaced),
        changed=len(found.replaced),
        same=len(found.same),
        withdrawn=len(found.gone) if ending else 0,
        gone=tuple(record_names(connection, register, found.gone)),
        instead_of=place.instead_of,
        files=len(before) + 1,
        records=_in_force(now.state, found, withdraws=ending),
        entered=() if sheet.in_form else tuple(record_names(connection, register, stays)),
    )


def _entered_alone(found: MatchedRecords, now: StoredGroup) -> list[HeldRecord]:
    """Return the records in force that only forms brought, and that a file does not have."""
    forms = {number for number, row in now.coverage.items() if row["file"] == ENTERED}
    here = {one.source for _, one in found.same} | {one.source for one in found.replaced.values()}
    alone = (one for one in now.state.held if one.places and all(number in forms for number, _ in one.places))
    return [one for one in alone if one.source not in here]


def _changes_nothing(
    kept: SheetResult, found: MatchedRecords, sheet: Sheet, place: Replacement, now: StoredGroup
) -> bool:
    """Return whether all content of a sheet is in force already, at the same places."""
    if found.new or kept.withdrawn:
        return False
    if sheet.in_form:
        return bool(sheet.lines or place.instead_of)
    if not place.instead_of:
        return all(one.places for _, one in found.same)
    (first, *more) = place.instead_of
    rows = [dict(one.places).get(first.number) for _, one in found.same]
    moved = rows != [sheet.lines[i] for i, _ in found.same]
    return not more and not moved and now.coverage[first.number]["gone"] == to_json_list(kept.gone)


def _differences(
    connection: sa.Connection, sheet: Sheet, content: _Content, found: MatchedRecords
) -> Iterator[tuple[int, tuple[Change, ...]]]:
    """Yield the row and the changes of corrected records of a register without numbers; nothing for others."""
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
    """The content of a sheet for comparison and storing: each record's key and hash, and the non-empty columns.

    Personal columns are included as hashes.
    """

    keys: list[str]
    said: list[str]
    columns: Mapping[str, Sequence[Any]]

    @classmethod
    def of(cls, sheet: Sheet, keys: list[str], hashes: Mapping[str, Sequence[str | None]]) -> _Content:
        columns = {key: values for key, values in sheet.columns.items() if values.count(None) < len(values)}
        return cls(keys, _said(sheet, columns, hashes), columns | dict(hashes))

    def filed(self, number: int, sheet: Sheet, series: frozenset[int], *, withdraws: bool) -> ComparedFile:
        """Return the content for comparison with the state in force."""
        return ComparedFile(number, series, self.keys, self.said, sheet.lines, withdraws)


def _plain_keys(sheet: Sheet) -> list[str]:
    """Return the identity of each record as a key without year; empty if it has none."""
    register = registers()[sheet.register]
    nothing = (None,) * len(sheet.lines)
    columns = [sheet.columns.get(key, nothing) for key in (*register.identity, *register.where_all_stand)]
    if not columns or (not register.identity and any(column is nothing for column in columns)):
        return [""] * len(sheet.lines)
    whole = bool(register.identity)
    parts = (values if whole or all(values) else () for values in zip(*columns, strict=True))
    return [PART.join("" if value is None else fold_number(str(value)) for value in values) for values in parts]


def _record_keys(sheet: Sheet, *, anew: bool) -> list[str]:
    """Return the key of each record within its office, unique; with years if numbers start again each year."""
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
    """Return a short hash of the non-empty values of each record."""
    register = registers()[sheet.register]
    said: list[str] = []
    for start in range(0, len(sheet.lines), BATCH):
        some = slice(start, start + BATCH)
        words = [spelt(register[key], values[some]) for key, values in columns.items()]
        words += [spelt_hashes(key, values[some]) for key, values in hashes.items()]
        parts = zip(*words, strict=True) if words else ((),) * len(sheet.lines[some])
        said += map(short_hash, parts)
    return said


def _hashes(connection: sa.Connection, sheet: Sheet, privacy: Privacy, kept: Kept) -> dict[str, list[str | None]]:
    """Return the keyed hashes of the personal columns that have any text, by column name."""
    given = {key: texts for key, texts in sheet.personal.items() if any(texts)}
    if not given:
        return {}
    key = privacy.key(connection)
    register = registers()[sheet.register]
    found = {hash_column(register[name]): [key.hash(text) for text in texts] for name, texts in given.items()}
    for name, cells in kept.items():
        for i, cell in cells.items():
            found[hash_column(register[name])][i] = cell.hash
    return found


def _require_seen(connection: sa.Connection, sheet: Sheet, key: str, seen: int) -> None:
    """Raise ChangedError unless the record that counts is the version that the person has seen."""
    table = TABLES[sheet.register]
    theirs = (table.c.office_code == sheet.code) & (table.c.record_key == key) & in_force(table)
    newest = sa.select(table.c.id).where(theirs).order_by(table.c.file_year.desc(), table.c.id.desc()).limit(1)
    if (connection.execute(newest).scalar() or 0) != seen:
        raise ChangedError("没有保存：您打开以后，这一条被别人登记或者改过" if seen else "没有保存：已经有这个编号了")


def _refuse_other_names(connection: sa.Connection, sheet: Sheet, content: _Content, found: MatchedRecords) -> None:
    """Raise RecordsError if a file has the records in force, and not one personal text is that of before.

    Then the hashes in force were made with another key than the one that is there now.
    """
    register, table = registers()[sheet.register], TABLES[sheet.register]
    names = [name for name in map(hash_column, register.fields) if name in content.columns]
    if not (register.identity and names and found.replaced):
        return
    if any(content.columns[name][i] for name in names for i, _ in found.same):
        return
    rows = {one.id: i for i, one in found.replaced.items()}
    compared: set[str] = set()
    ids = list(rows)
    for start in range(0, len(ids), BATCH):
        wanted = sa.select(table.c.id, *(table.c[name] for name in names)).where(
            table.c.id.in_(ids[start : start + BATCH])
        )
        for version, *before in connection.execute(wanted):
            now = [content.columns[name][rows[version]] for name in names]
            pairs = [(old, new) for old, new in zip(before, now, strict=True) if old and new]
            if any(old == new for old, new in pairs):
                return
            compared.update(old for old, _ in pairs)
    if len(compared) >= _ENOUGH_NAMES:
        raise RecordsError(
            f"{sheet.file} 没有导入：里面的记录库里都有，申请人的姓名等 {len(compared)} 个却没有一个和库里的指纹相同，密钥多半被换过，"
            "或者库里的指纹被改动过。请运行 gktools records audit，从备份里放回原来的 records.key；"
            "真是把姓名等全部改写了的，先取消原来那次导入（gktools records undo），再导入这一份"
        )


# --- written ----------


def _end_what_is_replaced(
    connection: sa.Connection, filed: ComparedFile, found: MatchedRecords, now: StoredGroup, kept: SheetResult
) -> None:
    """End the versions and the coverage that a file replaces."""
    table = TABLES[kept.sheet.register]
    assert kept.number is not None
    end(connection, table, (one.id for one in found.replaced.values()), kept.number)
    if filed.withdraws or filed.ends:
        end(connection, table, (one.id for one in found.gone), kept.number)
    replaced = filed.instead_of(now.state)
    end(connection, COVERAGE, [row["id"] for number, row in now.coverage.items() if number in replaced], kept.number)


def _after(filed: ComparedFile, found: MatchedRecords, now: StoredGroup, versions: Mapping[int, int]) -> GroupState:
    """Return the state in force after a file is stored; versions has the index in it by each new version's id."""
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
    """Insert the coverage of a file, and rewrite that of others whose lists of missing records change."""
    assert kept.number is not None
    register = registers()[kept.sheet.register]
    _write_coverage(
        connection, kept, filed, record_names(connection, register, state.left_standing().get(filed.number, ()))
    )
    others = [row for number, row in now.coverage.items() if number in state.files]
    update_gone(connection, register, others, state, kept.number)


def _write_coverage(connection: sa.Connection, kept: SheetResult, filed: ComparedFile, gone: Sequence[str]) -> None:
    sheet = kept.sheet
    values = {
        "id": filed.number,
        "source": filed.number,
        "import_id": kept.number,
        "from_import": kept.number,
        "register": sheet.register,
        "office": sheet.code,
        "year": sheet.year,
        "file": sheet.file,
        "sheet": sheet.sheet,
        "sha256": sheet.sha256,
        "rows": 0 if filed.ends else len(sheet.lines),
        "added": kept.added,
        "changed": kept.changed,
        "same": kept.same,
        "withdrawn": kept.withdrawn,
        "warnings": to_json_list(map(str, sheet.warnings)),
        "gone": to_json_list(gone),
        "series": to_json_list(sorted(filed.series)),
        "beside": to_json_list(sorted(filed.beside)),
        "withdraws": ENDS if filed.ends else WITHDRAWS if filed.withdraws else 0,
        "doubt": "",
    }
    connection.execute(COVERAGE.insert(), values)


def _write(
    connection: sa.Connection,
    kept: SheetResult,
    content: _Content,
    found: MatchedRecords,
    versions: Mapping[int, int],
    coverage: int,
) -> None:
    """Insert the new versions; versions has the index in the sheet by the id of each version."""
    sheet = kept.sheet
    table = TABLES[sheet.register]
    own = ("id", "source_id", "replaces_id", "from_import", "office_code", "file_year", "coverage_id", "file_row")
    new = list(versions.values())
    sources = {i: one.source for i, one in found.replaced.items()}
    rows = zip(
        *(versions, versions, map(sources.get, new), repeat(kept.number), repeat(sheet.code), repeat(sheet.year)),
        *(repeat(coverage), *(map(values.__getitem__, new) for values in (sheet.lines, content.keys, content.said))),
        *(map(values.__getitem__, new) for values in content.columns.values()),
        strict=False,
    )
    insert_rows(connection, table, (*own, "record_key", "said", *content.columns), rows)


def _write_personal(connection: sa.Connection, sheet: Sheet, versions: Mapping[int, int], kept: Kept) -> None:
    """Insert the personal texts of the new versions into their own table."""
    rows = (
        (sheet.register, version, name, text)
        for version, i in versions.items()
        for name, texts in sheet.personal.items()
        for known in [kept.get(name, {}).get(i)]
        if (text := known.text if known else texts[i])
    )
    insert_rows(connection, PERSONAL, ("register", "version_id", "field", "text"), rows)
