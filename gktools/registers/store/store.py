"""The store of the registers: SQLite beside the parameters, or PostgreSQL by its URL.

Every import is stored with its file, sheet, hash, time, person and reason. A corrected file supersedes the earlier one
record by record; of a record in several years' files, the version from the latest year counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from ...errors import NotFoundError, RecordsError
from ...workspace import clock
from ..questions import Question
from ..schema import registers
from ..sheet import Sheet
from .address import store_address
from .backup import free_path, read_version, restore, write_backup
from .coverage import Coverage, read_coverage, read_fingerprints, read_handed_in
from .database import (
    IMPORTS,
    META,
    VERSION,
    database_errors,
    fields_hash,
    grow_tables,
    make_tables,
    memory_engine,
    next_id,
    reading,
    sqlite_engine,
    writing,
)
from .history import Import, Version, read_history, read_imports
from .loading import Records, pull
from .migration import as_present_version, migrate
from .numbering import rekey, starts_anew
from .privacy import Privacy, forget, known_texts
from .record_keys import update_record_keys
from .replacement import AskedError, FileInstruction, check_instructions
from .undo import UndoResult, take_back
from .versions import SheetResult, store_sheet


@dataclass(frozen=True)
class Restored:
    """The result of a restore: its number in the list of imports, and the backup of the replaced content."""

    number: int
    before: Path


class Store:
    """The records of every office. Open it with open_store."""

    def __init__(self, engine: sa.Engine, home: Path) -> None:
        self._engine, self._home = engine, home

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
        privacy, about = Privacy(self._home), {"person": person, "reason": reason, "moment": clock.stored(now)}
        with writing(self._engine) as connection:
            forget(connection, privacy.params)
            check_instructions(connection, instruct, [sheet for sheets in files for sheet in sheets])
            found = [self._store_file(connection, sheets, privacy, instruct, about) for sheets in files]
            questions = [one for kept in found for asked in kept if not isinstance(asked, SheetResult) for one in asked]
            if questions:
                raise AskedError(questions)
            return [[one for one in kept if isinstance(one, SheetResult)] for kept in found]

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
        changed = dict.fromkeys(
            one.sheet.file for one in found if isinstance(one, SheetResult) and one.number is not None
        )
        changed |= dict.fromkeys(sheet.file for sheet, known in zip(sheets, keyed, strict=True) if known)
        if changed:
            row = {"id": number, "kind": "import", "file": "、".join(changed)}
            connection.execute(IMPORTS.insert().values(row | dict(about)))
        return found

    def _rekey(self, connection: sa.Connection, sheet: Sheet, privacy: Privacy, number: int) -> bool:
        """Apply the decision about a register's numbers to the records in force; return whether any changed."""
        register = registers()[sheet.register]
        anew = starts_anew(privacy.params, sheet.code, register)
        return anew is not None and rekey(connection, sheet.code, register, anew, number)

    def forget(self) -> int:
        """Delete the stored personal texts, unless params/records.yaml keeps them; return their number.

        Their hashes and earlier backups are unchanged.
        """
        with writing(self._engine) as connection:
            return forget(connection, Privacy(self._home).params)

    def undo(self, number: int, now: datetime | None = None, *, person: str = "", reason: str = "") -> UndoResult:
        """Undo an import and return the result; undoing an undo restores the import.

        Raises NotFoundError if there is no such import, RecordsError if there is nothing to undo.
        """
        with writing(self._engine) as connection:
            return take_back(connection, number, {"person": person, "reason": reason, "moment": clock.stored(now)})

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

    def recognise(self, code: str, *texts: str) -> set[str]:
        """Return those of the texts that occur, or ever occurred, in a personal column of an office's registers.

        Only complete cells match. Raises RecordsError if the key is not the one of the hashes.
        """
        with reading(self._engine) as connection:
            key = Privacy(self._home).known_key(connection)
            return known_texts(connection, key, code, texts) if key else set()

    def backup(self, path: Path) -> Path:
        """Write the complete store to one portable file; return its path. Raises RecordsError.

        The key of the personal hashes is not included: it has to be backed up separately.
        """
        return write_backup(self._engine, path)

    def restore(self, path: Path, now: datetime | None = None, *, person: str = "", reason: str = "") -> Restored:
        """Replace the store's content by a backup, in one transaction, after a backup of the current content.

        Raises RecordsError if the file is damaged or of an unknown version.
        """
        version = read_version(path)
        before = write_backup(self._engine, free_path(self._home, "records.before-restore"))
        about = {"person": person, "reason": reason, "moment": clock.stored(now)}
        with as_present_version(path, self._home) if version < VERSION else nullcontext(path) as present:
            number = restore(self._engine, present, about)
        return Restored(number, before)

    def coverage(self, code: str | None = None) -> tuple[Coverage, ...]:
        """Return the coverage in force, of one office or of all."""
        with reading(self._engine) as connection:
            return read_coverage(connection, code)

    def handed_in(self, year: int) -> dict[str, set[str]]:
        """Return the registers that each office has handed in for a year, by the office's code."""
        with reading(self._engine) as connection:
            return read_handed_in(connection, year)

    def import_fingerprints(self) -> dict[str, str]:
        """Return a hash of each office's imports, by its code; while it is the same, the records are the same."""
        with reading(self._engine) as connection:
            return read_fingerprints(connection)

    def load_records(self, code: str, year: int, as_of: int | None = None) -> Records:
        """Return the records of one office for a report year, without personal and confidential fields.

        as_of is the number of an import: the records as right after it. Raises NotFoundError if there is no such
        import.
        """
        with reading(self._engine) as connection:
            if as_of is not None and not connection.execute(sa.select(IMPORTS.c.id).where(IMPORTS.c.id == as_of)).all():
                raise NotFoundError(f"没有第 {as_of} 次导入；有哪些，见 gktools records history")
            return pull(connection, code, year, as_of)


def open_store(home: Path, url: str | None = None) -> Store:
    """Return the store of a working folder: at the given URL, that in GKTOOLS_RECORDS, or records.db in the folder.

    Creates it if there is none. Raises RecordsError if it cannot be opened, or is of a newer gktools.
    """
    engine = _engine(store_address(home, url or ""))
    try:
        with database_errors(engine):
            _make_ready(engine, home)
    except RecordsError:
        engine.dispose()
        raise
    return Store(engine, home)


def memory_store() -> Store:
    """Return an empty store that is gone when it is closed, without personal data."""
    engine = memory_engine()
    with writing(engine) as connection:
        make_tables(connection)
    return Store(engine, Path())


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() == "sqlite":
        return sqlite_engine(Path(url.database or ""))
    try:
        return sa.create_engine(url, hide_parameters=True)  # what registers say stays out of logs
    except ImportError:
        raise RecordsError("没有装连这种数据库的驱动；用 PostgreSQL 的，请先 pip install 'gktools[postgres]'") from None


def _make_ready(engine: sa.Engine, home: Path) -> None:
    """Create the tables of a new store, or update those of an older one."""
    with engine.connect() as connection:
        if _made(connection) == (VERSION, fields_hash()):
            return
    with writing(engine) as connection:
        made = _made(connection)  # somebody else may have been first
        if made is None:
            make_tables(connection)
        elif made[0] > VERSION:
            raise RecordsError(
                f"台账库是更新的 gktools 建的（第 {made[0]} 版，这里只认到第 {VERSION} 版），请先升级 gktools"
            )
        elif made[0] < VERSION:
            migrate(engine, connection, made[0], home)
        elif made != (VERSION, fields_hash()):
            grow_tables(connection)
            update_record_keys(connection)


def _made(connection: sa.Connection) -> tuple[int, str] | None:
    """Return the version and the hash of the columns of a store; None if it has no tables yet."""
    if not sa.inspect(connection).has_table(META.name):
        return None
    row = connection.execute(sa.text("SELECT * FROM meta")).mappings().first()
    return None if row is None else (row["version"], row.get("fields") or "")
