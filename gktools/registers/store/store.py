"""The store of the registers: SQLite beside the parameters, or PostgreSQL by its URL.

Every import is stored with its file, sheet, hash, time, person and reason. A corrected file supersedes the earlier one
record by record; of a record in several years' files, the version from the latest year counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path

import sqlalchemy as sa

from ...errors import NotFoundError, RecordsError
from ...workspace import clock
from ...workspace.records_params import RecordsParams
from ..questions import Question
from ..schema import registers
from ..sheet import ENTERED, Sheet
from .backup import NO_GOOD_BACKUP, DamagedCopyError, backups_in, free_path, read_version, restore, write_backup
from .backup_check import content_errors
from .coverage import Coverage, read_coverage, read_fingerprints, read_handed_in
from .database import (
    COVERAGE,
    IMPORTS,
    METADATA,
    PERSONAL,
    VERSION,
    copy_engine,
    in_force,
    next_id,
    reading,
    writing,
)
from .history import Import, Version, read_history, read_imports
from .import_audit import audit_imports, sealed_afterwards
from .import_head import HEAD_FILE, has_head, head_errors, read_head, write_head
from .journal import ENTRIES, LogChange
from .loading import Records, pull
from .log_audit import (
    end_errors,
    kept_report,
    lost_import_errors,
    note_end,
    published_hash,
    published_marks,
    require_entries,
)
from .log_head import NotedEnd, has_note, note_in_file, read_note
from .migration import as_present_version, respell_keys
from .numbering import registers_read, rekey, starts_anew
from .privacy import Key, Privacy, forget, known_texts
from .replacement import AskedError, FileInstruction, check_instructions
from .sealing import Written, last_sealed, number_of_hash, require_whole, seal_import
from .soundness import soundness_errors
from .stored_record import (
    LastChange,
    RecordContent,
    StoredRecord,
    read_contents,
    read_entered,
    read_last_changes,
    read_record,
)
from .undo import UndoResult, take_back
from .versions import SheetResult, still_standing, store_sheet


@dataclass(frozen=True)
class Restored:
    """The result of a restore: its number in the list of imports, and the backup of the replaced content.

    log is what it changed in the review log, such as "+4-6" (added) or "-4-6" (taken back); "" for nothing. lost are the
    imports that the backup has not, the newest first.
    """

    number: int
    before: Path
    log: str = ""
    lost: tuple[Import, ...] = ()


Look = Callable[[Callable[[str, int], Records]], None]
"""Looks at the records of offices and years during a trial, by a function that returns them."""
_KEEP = LogChange()
_SHOWN = 3
"""How many errors of a backup a message names."""


class _TriedError(Exception):
    """Ends the transaction of a trial: nothing of it stays."""


class Store:
    """The records of every office. Open it with open_store."""

    def __init__(self, engine: sa.Engine, home: Path, privacy: Privacy | None = None) -> None:
        self._engine, self._home, self._privacy = engine, home, privacy or Privacy(home)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @property
    def engine(self) -> sa.Engine:
        """The SQLAlchemy engine of the store's database."""
        return self._engine

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(
        self,
        sheets: Iterable[Sheet],
        now: datetime | None = None,
        *,
        person: str = "",
        reason: str = "",
        replace: bool = False,
        instruction: FileInstruction | None = None,
    ) -> list[SheetResult]:
        """Store the sheets as one import, all or none; return the result of each.

        Records in force that are missing in their file stay in force, unless replace is true; instruction is a detailed
        instruction. Stored personal texts are deleted if params/records.yaml no longer keeps them. Raises AskedError,
        and stores nothing, if it is not clear whether a sheet corrects a file in force; RecordsError.
        """
        given = instruction or FileInstruction(replace)
        return self.add_files([list(sheets)], now, person=person, reason=reason, instruct=lambda _: given)[0]

    def add_files(
        self,
        files: Sequence[Sequence[Sheet]],
        now: datetime | None = None,
        *,
        person: str = "",
        reason: str = "",
        instruct: Callable[[Sheet], FileInstruction] = lambda _: FileInstruction(),
    ) -> list[list[SheetResult]]:
        """Store the sheets of several files, each file as one import, all or none; return the results by file.

        instruct returns the instruction for a sheet. Raises AskedError with every question, RecordsError.
        """
        about = {"person": person, "reason": reason, "moment": clock.stored(now)}
        with self._importing() as connection:
            return self._store_files(connection, files, self._privacy, instruct, about)

    def try_files(
        self,
        files: Sequence[Sequence[Sheet]],
        now: datetime | None = None,
        *,
        person: str = "",
        reason: str = "",
        instruct: Callable[[Sheet], FileInstruction] = lambda _: FileInstruction(),
        look: Look = lambda _: None,
    ) -> list[list[SheetResult]]:
        """Return what add_files would return, with nothing stored in the end and no key made.

        look is called while they are stored, with a function that returns the records of an office and year as they
        would then be. Raises AskedError, RecordsError.
        """
        about = {"person": person, "reason": reason, "moment": clock.stored(now)}
        with suppress(_TriedError), writing(self._engine) as connection:
            has_key = self._privacy.known_key(connection) is not None
            privacy = self._privacy if has_key else replace(self._privacy, given=Key.passing())
            found = self._store_files(connection, files, privacy, instruct, about)
            look(partial(pull, connection))
            raise _TriedError
        return found

    def _store_files(
        self,
        connection: sa.Connection,
        files: Sequence[Sequence[Sheet]],
        privacy: Privacy,
        instruct: Callable[[Sheet], FileInstruction],
        about: Mapping[str, str],
    ) -> list[list[SheetResult]]:
        every = [sheet for sheets in files for sheet in sheets]
        compared = ((register, sheet.code) for sheet in every for register in registers_read(sheet, privacy.params))
        require_whole(connection, privacy.known_key(connection), compared)
        forget(connection, privacy.params)
        check_instructions(connection, instruct, every)
        found = [self._store_file(connection, sheets, privacy, instruct, about) for sheets in files]
        questions = [one for kept in found for asked in kept if not isinstance(asked, SheetResult) for one in asked]
        if questions:
            raise AskedError(questions)
        return still_standing([[one for one in kept if isinstance(one, SheetResult)] for kept in found])

    def _store_file(
        self,
        connection: sa.Connection,
        sheets: Sequence[Sheet],
        privacy: Privacy,
        instruct: Callable[[Sheet], FileInstruction],
        about: Mapping[str, str],
    ) -> list[SheetResult | tuple[Question, ...]]:
        number, alone = next_id(connection, IMPORTS), len(sheets) == 1
        keyed = [self._rekey(connection, sheet, privacy, number) for sheet in sheets]
        found = [
            store_sheet(connection, sheet, number, privacy, instruct(sheet).of_file(alone=alone)) for sheet in sheets
        ]
        kept = [one for one in found if isinstance(one, SheetResult) and one.number is not None]
        changed = dict.fromkeys(one.sheet.file for one in kept)
        changed |= dict.fromkeys(sheet.file for sheet, known in zip(sheets, keyed, strict=True) if known)
        if changed:
            row = {"id": number, "kind": "import", "file": "、".join(changed)}
            connection.execute(IMPORTS.insert(), row | dict(about))
            written = [*chain.from_iterable(keyed), *(one.written for one in kept)]
            seal_import(connection, number, privacy.key(connection), written)
        return found

    def _rekey(self, connection: sa.Connection, sheet: Sheet, privacy: Privacy, number: int) -> list[Written]:
        """Apply the decision about a register's numbers to the records in force; return what was written."""
        register = registers()[sheet.register]
        anew = starts_anew(privacy.params, sheet.code, register)
        return [] if anew is None else rekey(connection, sheet.code, register, anew, number)

    @property
    def privacy(self) -> Privacy:
        """The key of the store, and what is kept of personal texts."""
        return self._privacy

    @property
    def params(self) -> RecordsParams:
        """The parameters of params/records.yaml by which this store imports. Raises ParamsError."""
        return self._privacy.params

    def as_decided(self) -> Store:
        """Return the store with the parameters as they are now, whatever the file says later. Raises ParamsError."""
        return Store(self._engine, self._home, replace(self._privacy, decided=self.params))

    def forget(self) -> int:
        """Delete the stored personal texts, unless params/records.yaml keeps them; return their number.

        Their hashes and earlier backups are unchanged.
        """
        with writing(self._engine) as connection:
            return forget(connection, self._privacy.params)

    def texts_in_clear(self) -> int:
        """Return how many personal texts are stored as they were written, beside their hashes."""
        with reading(self._engine) as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(PERSONAL)).scalar_one()

    def undo(self, number: int, now: datetime | None = None, *, person: str = "", reason: str = "") -> UndoResult:
        """Undo an import and return the result; undoing an undo restores the import.

        Raises NotFoundError if there is no such import, RecordsError if there is nothing to undo.
        """
        about = {"person": person, "reason": reason, "moment": clock.stored(now)}
        with self._importing() as connection:
            return take_back(connection, number, about, self._privacy.key(connection))

    @contextmanager
    def _importing(self) -> Iterator[sa.Connection]:
        """Yield a connection in the write transaction; how far the imports have come is noted once it is committed."""
        with writing(self._engine) as connection:
            known = self._privacy.known_key(connection)
            noted = None if self._privacy.given else read_head(self._home)
            if noted is not None and _is_empty(connection):
                raise RecordsError(f"没有导入，台账库没有变：{_EMPTY}")
            wrong = head_errors(connection, known, noted) if known and noted is not None else []
            wrong += lost_import_errors(connection, known.secret) if known else []
            if wrong:
                raise RecordsError(f"没有导入，台账库没有变：{wrong[0]}。请先运行 gktools records audit，从备份恢复")
            yield connection
            _require_sound(connection, "没有导入，台账库没有变")
            last = last_sealed(connection)
            key = self._privacy.key(connection) if last else None
        if last and key and not self._privacy.given:
            write_head(self._home, key, last)

    def audit(self, office: str | None = None) -> list[str]:
        """Return what in the store is not as it was imported, as Chinese sentences; empty if all is whole.

        office is the code of the only office to audit. No sentence has personal data. A missing key is one of them.
        """
        heads = self._heads()
        try:
            with reading(self._engine) as connection:
                return self._audit(connection, heads, office)
        except RecordsError as error:
            return [str(error)]

    def _heads(self) -> tuple[bytes | None, NotedEnd]:
        """Return what records.head and review.head say: read before a transaction, as others write meanwhile."""
        return read_head(self._home), read_note(self._home)

    def _audit(self, connection: sa.Connection, heads: tuple[bytes | None, NotedEnd], office: str | None) -> list[str]:
        """audit() within a transaction; heads are those of before it."""
        noted, ended = heads
        try:
            key = self._privacy.known_key(connection)
            if key is None:
                if self._is_unused(connection, noted):
                    return []
                return [_EMPTY if noted is not None and _is_empty(connection) else "台账库里有导入，却没有密钥的印记"]
            found = [*audit_imports(connection, key, office), *head_errors(connection, key, noted)]
            return found if self._privacy.given else [*found, *end_errors(connection, ended, key.secret)]
        except (ValueError, TypeError):
            return ["台账库的内容读不出来：有的格里不是该有的类型"]

    def _is_unused(self, connection: sa.Connection, noted: bytes | None) -> bool:
        """Return whether nothing says that the store has used a key: no import, no entry of the log, no note of either."""
        begun = sa.inspect(connection).has_table(ENTRIES.name) and connection.execute(sa.select(ENTRIES)).first()
        outside = not self._privacy.given and (noted is not None or has_note(self._home))
        return not (outside or begun or last_sealed(connection))

    def found_key(self) -> tuple[Path, str] | None:
        """Return path and identifier of a key that lay there before this store has used any; None otherwise.

        Raises RecordsError if it cannot be read.
        """
        with reading(self._engine) as connection:
            key = self._privacy.found(connection)
        return (self._privacy.path, key.check) if key else None

    def require_sound(self) -> None:
        """Raise RecordsError if a report could see other records than those stored, for reasons of the database."""
        with reading(self._engine) as connection:
            _require_sound(connection, "台账库里读到的不一定是导入的，没有往下做", ENTRIES)

    def renew_head(self) -> int:
        """Write a missing records.head again, and return the number of the last import that it names.

        Raises RecordsError if the file exists, or the audit finds anything else.
        """
        with reading(self._engine) as connection:
            key, last = self._privacy.known_key(connection), last_sealed(connection)
            broken = audit_imports(connection, key) if key else []
        if has_head(self._home) or key is None or last is None or broken:
            raise RecordsError(broken[0] if broken else f"{HEAD_FILE} 在，或者还没有导入过，不用另写")
        write_head(self._home, key, last)
        return last.number

    def sealed_afterwards(self, *, signed: bool = False) -> list[str]:
        """Return which imports are of before imports were sealed, or before signatures too, as Chinese sentences."""
        with reading(self._engine) as connection:
            return sealed_afterwards(connection, signed=signed)

    def last_import_hash(self, code: str | None = None) -> str:
        """Return the hash of the newest import, of all or of those that changed an office; "" if there is none."""
        with reading(self._engine) as connection:
            last = last_sealed(connection, code)
        return last.hash if last else ""

    def number_of_import(self, hashed: str) -> int | None:
        """Return the number of the import that has, or had, a hash of last_import_hash; None if it is not there."""
        with reading(self._engine) as connection:
            return number_of_hash(connection, hashed)

    def published_hash(self, code: str, year: int) -> str:
        """Return the SHA-256 of the report.json that was published last of an office and year; "" if none was.

        Raises RecordsError if the review log, as it is in this very read, is not whole.
        """
        if self._privacy.given:  # in memory: nothing is published of it
            return ""
        noted = read_note(self._home)
        with reading(self._engine) as connection:
            key = self._privacy.known_key(connection)
            return published_hash(connection, self._home, noted, key.secret if key else None, code, year)

    def published_report(self, code: str, year: int) -> bytes | None:
        """Return the report.json that was published last of an office and year; None if none was or it is not kept.

        Raises RecordsError as published_hash does.
        """
        digest = self.published_hash(code, year)
        with reading(self._engine) as connection:
            return kept_report(connection, digest)

    def imports(self, code: str | None = None, register: str | None = None) -> list[Import]:
        """Return all imports, or those that changed an office or a register, the newest first."""
        with reading(self._engine) as connection:
            return read_imports(connection, code, register)

    def history(self, number: str, code: str | None = None, register: str | None = None) -> list[Version]:
        """Return every version of the records with a number, the oldest first, without personal data.

        Raises NotFoundError if there is none.
        """
        with reading(self._engine) as connection:
            return read_history(connection, number, code, register)

    def record(self, register: str, code: str, version: int) -> StoredRecord:
        """Return the record of an office of which a version is, or was, in force, with its confidential fields.

        Raises NotFoundError if there is none any more, RecordsError if it is not as it was imported.
        """
        with reading(self._engine) as connection:
            return read_record(connection, registers()[register], code, version, self._privacy.known_key(connection))

    def contents(self, register: str, code: str, year: int) -> list[RecordContent]:
        """Return what is stored of every record in force of a register, office and year, with confidential fields.

        Raises RecordsError if it is not as it was imported: a file of a clerk is compared with it.
        """
        with reading(self._engine) as connection:
            require_whole(connection, self._privacy.known_key(connection), [(register, code)])
            return read_contents(connection, (register, code, year), registers()[register])

    def entered_in(self, code: str, imports: Iterable[Import]) -> dict[int, str]:
        """Return the name of the record that was entered in a form, changed or withdrawn, by the number of the import."""
        numbers: dict[str, list[int]] = {}
        for one in imports:
            if one.file == ENTERED:
                for touched in one.touched:
                    numbers.setdefault(touched.register, []).append(one.number)
        with reading(self._engine) as connection:
            found = (read_entered(connection, registers()[key], code, some) for key, some in numbers.items())
            return {number: name for names in found for number, name in names.items()}

    def last_changes(self, register: str, versions: Iterable[int]) -> dict[int, LastChange]:
        """Return the import by which each of some versions is in force."""
        with reading(self._engine) as connection:
            return read_last_changes(connection, registers()[register], versions)

    def recognise(self, code: str, *texts: str) -> set[str]:
        """Return those of the texts that occur, or ever occurred, in a personal column of an office's registers.

        Only complete cells match. Raises RecordsError if what stands in this very read is not as it was imported.
        """
        heads = self._heads()
        with reading(self._engine) as connection:
            if wrong := self._audit(connection, heads, code):
                raise RecordsError(f"认不出登记过的姓名：{wrong[0]}。请先运行 gktools records audit")
            key = self._privacy.known_key(connection)
            return known_texts(connection, key, code, texts) if key else set()

    def backup(self, path: Path) -> Path:
        """Write the complete store to one portable file, once the copy has proved whole; return its path.

        The key is not included: it has to be backed up separately. Raises RecordsError if the store is damaged or not the
        one that records.head and review.head speak of; it names the newest whole backup beside the path or the store.
        """
        heads = self._heads()
        try:
            return write_backup(self._engine, path, partial(self._copy_errors, heads=heads))
        except DamagedCopyError as error:
            good = next((one for one in backups_in(path.parent, self._home) if not self.backup_errors(one)), None)
            last = f"最近一份完好的备份是 {good.name}（在 {good.parent}）" if good else NO_GOOD_BACKUP
            raise DamagedCopyError(f"{error}。{last}；要退回去的，运行 gktools records restore 备份文件") from None

    def backup_errors(self, path: Path) -> list[str]:
        """Return what is wrong with a backup, as Chinese sentences; empty if it can be restored."""
        try:
            version = read_version(path)
            with self._present(path, version, "") as present:
                return self._copy_errors(present, log=True)
        except RecordsError as error:
            return [str(error)]

    def _copy_errors(
        self, copy: Path, *, heads: tuple[bytes | None, NotedEnd] = (None, NotedEnd()), log: bool = False
    ) -> list[str]:
        """Return what is wrong with a copy of a store, of the present version or (not audited) of an older one.

        heads are those of the folder, for a copy of what stands there now (a missing one says nothing); log asks for every entry.
        """
        errors = content_errors(copy)
        if errors or read_version(copy) < VERSION:
            return errors
        noted, ended = heads
        engine = copy_engine(copy)
        try:
            with reading(engine) as connection:
                if noted is not None and _is_empty(connection):
                    return [_EMPTY]
                if (key := self._privacy.known_key(connection)) is None:
                    return []
                errors += audit_imports(connection, key)
                errors += head_errors(connection, key, noted) if noted is not None else []
                if log:
                    require_entries(connection, ended, key.secret)
                lost = lost_import_errors(connection, key.secret)
                return [*errors, *(end_errors(connection, ended, key.secret) if ended.file is not None else lost)]
        finally:
            engine.dispose()

    def _present(self, path: Path, version: int, moment: str) -> AbstractContextManager[Path]:
        return as_present_version(path, self._home, moment) if version < VERSION else nullcontext(path)

    def restore(
        self, path: Path, now: datetime | None = None, *, person: str = "", reason: str = "", log: LogChange = _KEEP
    ) -> Restored:
        """Replace the store's content by a backup, in one transaction, after a backup of the current content.

        log says what becomes of the review log; its end is noted in the same transaction. Raises RecordsError if the
        file is damaged, not as it was imported, or of an unknown version; if the log is not whole, the entries by which
        the backup's is longer are not those to be added, or there are none to take back.
        """
        about = {"person": person, "reason": reason, "moment": clock.stored(now)}
        with self._present(path, read_version(path), about["moment"]) as present:
            if errors := self._copy_errors(present):
                raise RecordsError(f"{path.name} 没有恢复，台账库没有变：{'；'.join(errors[:_SHOWN])}")
            before = write_backup(self._engine, free_path(self._home, "records.before-restore"))
            with writing(self._engine) as connection:
                if log.take_back:
                    require_entries(connection, read_note(self._home), self._privacy.key(connection).secret)
                had = read_imports(connection)
                number = restore(connection, present, about | {"file": path.name}, log)
                respell_keys(connection, self._privacy)
                _require_sound(connection, f"{path.name} 没有恢复，台账库没有变")
                key = self._privacy.key(connection)
                last = seal_import(connection, number, key, ())
                if wrong := audit_imports(connection, key):  # the file may be another one by now
                    raise RecordsError(f"{path.name} 没有恢复，台账库没有变：{wrong[0]}")
                kept = {(one.moment, one.kind, one.file) for one in read_imports(connection)}
                carried = connection.execute(sa.select(IMPORTS.c.carried).where(IMPORTS.c.id == number)).scalar_one()
                if log.add:
                    require_entries(connection, read_note(self._home), key.secret)
                end = note_end(connection, key.secret) if log else None
                if log.take_back:  # before it is on disk: a note may lag behind, and never be ahead
                    note_in_file(self._home, end, replace=True)
        if log.add and has_note(self._home):
            note_in_file(self._home, end)
        write_head(self._home, key, last)
        lost = tuple(one for one in had if (one.moment, one.kind, one.file) not in kept)
        return Restored(number, before, carried.partition(" ")[0], lost)

    def coverage(self, code: str | None = None) -> tuple[Coverage, ...]:
        """Return the coverage in force, of one office or of all."""
        with reading(self._engine) as connection:
            return read_coverage(connection, code)

    def offices(self) -> set[str]:
        """Return the codes of all offices that have a register in force."""
        with reading(self._engine) as connection:
            return set(connection.execute(sa.select(COVERAGE.c.office).where(in_force(COVERAGE)).distinct()).scalars())

    def handed_in(self, year: int) -> dict[str, set[str]]:
        """Return the registers that each office has handed in for a year, by the office's code."""
        with reading(self._engine) as connection:
            return read_handed_in(connection, year)

    def begun(self, year: int, as_of: int | None = None) -> dict[str, set[str]]:
        """Return the registers of a year that have anything in force, by the office's code, now or right after an import."""
        with reading(self._engine) as connection:
            return read_handed_in(connection, year, as_of, entered=True)

    def import_fingerprints(self) -> dict[str, str]:
        """Return a hash of each office's imports, by its code; while it is the same, the records are the same.

        Beside them, by published_key, one of each report that was published, which the next year's is compared with.
        """
        with reading(self._engine) as connection:
            return read_fingerprints(connection) | published_marks(connection)

    def load_records(self, code: str, year: int, as_of: int | None = None, *, audited: bool = False) -> Records:
        """Return the records of one office for a report year, without personal and confidential fields.

        as_of is the number of an import: the records as right after it. Raises NotFoundError if there is no such
        import; with audited, RecordsError if what stands in the very same read is not as it was imported.
        """
        heads = self._heads()
        with reading(self._engine) as connection:
            if wrong := self._audit(connection, heads, code) if audited else []:
                raise RecordsError(f"台账库不是导入时的样子：{wrong[0]}。请先运行 gktools records audit")
            if as_of is not None and not connection.execute(sa.select(IMPORTS.c.id).where(IMPORTS.c.id == as_of)).all():
                raise NotFoundError(f"没有第 {as_of} 次导入；有哪些，见 gktools records history")
            return pull(connection, code, year, as_of)


def _is_empty(connection: sa.Connection) -> bool:
    return connection.execute(sa.select(IMPORTS.c.id).limit(1)).first() is None


_EMPTY = (
    f"{HEAD_FILE} 写着这里已经导入过，这个台账库里却一次导入也没有：原来的被删掉、换掉了，"
    "或者 GKTOOLS_RECORDS 指到了别处。请放回原来的，或者用 gktools records restore 从备份恢复；"
    f"确实要从头开始的，先把 {HEAD_FILE} 移到别处存着"
)


def _require_sound(connection: sa.Connection, outcome: str, *more: sa.Table) -> None:
    if wrong := soundness_errors(connection, [*METADATA.sorted_tables, *more]):
        raise RecordsError(f"{outcome}：{wrong[0]}")
