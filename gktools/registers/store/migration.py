"""Migration of an older store to the current version, in place, with a backup.

Version 1 stored complete files: a later import of the same register, office and year replaced the earlier one. Its
imports are replayed in order, each withdrawing the records missing in it, so that the history is complete.

Version 2 had one file in force: a later one was matched record by record, without numbers row by row, even if it was a
different file. All files of a register, office and year become one series. Each import by which a file of another name
changed records without a number is marked as doubtful.

Version 3 had no seals: the imports of before are sealed as they stand, and say when that was.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...errors import RecordsError
from ...workspace import clock
from ...workspace.files import temporary_folder
from ...workspace.json_file import read_json
from ...workspace.output import MANIFEST, OUTPUT
from ..schema import registers
from ..sheet import Record, Sheet
from .backup import free_path, write_backup
from .database import (
    COVERAGE,
    IMPORTS,
    META,
    METADATA,
    SEALS,
    VERSION,
    grow_tables,
    make_tables,
    sqlite_engine,
    writing,
)
from .import_audit import audit_imports
from .import_head import HEAD_FILE, has_head
from .in_force import Group, StoredGroup, of_group, to_json_list
from .journal import entry_since_seals
from .privacy import Privacy
from .record_keys import keys_to_update, update_record_keys
from .replacement import FileInstruction
from .sealing import seal_all
from .soundness import soundness_errors
from .sqlite_file import look_into
from .versions import SheetResult, store_sheet


def migrate(engine: sa.Engine, connection: sa.Connection, version: int, home: Path, moment: str = "") -> Path:
    """Write a backup of an older store, then migrate it; return the backup's path.

    connection is in the write transaction: until it commits, the store is unchanged. moment is when the imports of before
    are sealed, by default now. Raises RecordsError if its tables are not what their indexes say.
    """
    if wrong := soundness_errors(connection, METADATA.sorted_tables):
        raise RecordsError(f"台账库没有升级，没有动它：{wrong[0]}")
    folder = home
    if engine.dialect.name == "sqlite":
        folder = Path(engine.url.database or "").absolute().parent
    path = write_backup(engine, free_path(folder, f"records.v{version}"))
    if version > 1:
        if version == 2:
            _add_columns(connection)
            _fill_columns(connection)
        _add_seals(connection)
        grow_tables(connection)
        _seal(connection, home, moment)
        return path
    older = sa.MetaData()
    older.reflect(connection, only=lambda name, _: name in METADATA.tables)
    older.drop_all(connection)
    make_tables(connection)
    with closing(look_into(path)) as backup:
        _replay(backup, connection, home)
    _seal(connection, home, moment)
    return path


def sealed_before(connection: sa.Connection, home: Path) -> str:
    """Return what says that a gktools which seals imports has been at work here, in Chinese; "" if nothing does."""
    if has_head(home):
        return HEAD_FILE
    if entry := entry_since_seals(connection):
        return f"审签记录（第 {entry} 条）"
    for path in sorted((home / OUTPUT).glob(f"*/*/{MANIFEST}")):
        with suppress(OSError, ValueError):
            if "algorithm" in read_json(path):  # an older manifest does not name it
                return path.relative_to(home).as_posix()
    return ""


@contextmanager
def as_present_version(path: Path, home: Path, moment: str = "") -> Iterator[Path]:
    """Yield a copy of an older backup migrated to the current version, in a temporary folder; moment as in migrate."""
    with temporary_folder() as folder:
        copy = shutil.copyfile(path, folder / path.name)
        with closing(sqlite3.connect(copy)) as opened:
            (version,) = opened.execute("SELECT version FROM meta").fetchone()
        engine = sqlite_engine(copy)
        with writing(engine) as connection:
            migrate(engine, connection, version, home, moment)
        engine.dispose()
        yield copy


def _replay(backup: sqlite3.Connection, connection: sa.Connection, home: Path) -> None:
    backup.row_factory = sqlite3.Row
    for number, row in enumerate(backup.execute("SELECT * FROM imports ORDER BY id"), start=1):
        _keep_whole(connection, _sheet(backup, row), number, home)
        done = {"kind": "import", "file": row["file"], "person": "", "reason": "", "moment": row["imported_at"]}
        connection.execute(IMPORTS.insert().values(id=number, **done))


def _keep_whole(connection: sa.Connection, sheet: Sheet, number: int, home: Path) -> None:
    """Store a sheet in place of everything in force."""
    group = (sheet.register, sheet.code, sheet.year)
    before = StoredGroup.of(connection, group).coverage.values()
    instruction = FileInstruction(replace=True, replaces=frozenset(row["import_id"] for row in before), unasked=True)
    kept = store_sheet(connection, sheet, number, Privacy(home), instruction)
    assert isinstance(kept, SheetResult), "what it replaces is given"
    if kept.number is not None:
        others = [one.file for one in kept.instead_of if one.file != sheet.file and one.standing]
        if others and not registers()[sheet.register].identity and (kept.changed or kept.withdrawn):
            mark = COVERAGE.update().where(of_group(group) & (COVERAGE.c.from_import == number))
            connection.execute(mark.values(doubt=others[0]))


# --- spelling ----------


def respell_keys(connection: sa.Connection, privacy: Privacy) -> None:
    """Update the record keys to the spelling of now, and seal the imports again if they were whole.

    A store that was not whole is not sealed again: what is wrong with it stays to be found.
    """
    if not keys_to_update(connection):
        return
    key = privacy.known_key(connection)
    whole = key is not None and not audit_imports(connection, key)
    update_record_keys(connection)
    if key is not None and whole:
        seal_all(connection, key)


# --- version 3 ----------


def _add_seals(connection: sa.Connection) -> None:
    for name in ("carried", "sealed_at", "earlier", "hash"):
        connection.execute(sa.text(f"ALTER TABLE imports ADD COLUMN {name} TEXT NOT NULL DEFAULT ''"))
    connection.execute(sa.text("ALTER TABLE meta ADD COLUMN columns TEXT"))
    SEALS.create(connection)
    connection.execute(META.update().values(version=VERSION))


def _seal(connection: sa.Connection, home: Path, moment: str) -> None:
    """Seal the imports of before as they stand."""
    if connection.execute(sa.select(IMPORTS.c.id).limit(1)).first():
        seal_all(connection, Privacy(home).key(connection), moment or clock.stored())


# --- version 2 ----------


def _add_columns(connection: sa.Connection) -> None:
    for name, kind, default in (
        ("series", "TEXT", "'[]'"),
        ("beside", "TEXT", "'[]'"),
        ("withdraws", "INTEGER", "0"),
        ("doubt", "TEXT", "''"),
    ):
        connection.execute(sa.text(f"ALTER TABLE coverage ADD COLUMN {name} {kind} NOT NULL DEFAULT {default}"))


def _fill_columns(connection: sa.Connection) -> None:
    """Fill in each file's series, whether missing records ended, and whether it was probably a different file."""
    rows = connection.execute(sa.select(COVERAGE).order_by(COVERAGE.c.id)).mappings().all()
    first: dict[Group, int] = {}
    said: dict[int, dict[str, int | str]] = {}
    ended = {(_group(row), row["until_import"]): row["file"] for row in rows}
    for row in rows:
        series = first.setdefault(_group(row), row["source"])
        if row["id"] == row["source"]:
            before = ended.get((_group(row), row["import_id"]), row["file"])
            said[row["id"]] = {
                "withdraws": int(row["withdrawn"] > 0),
                "doubt": before if _doubtful(row, before) else "",
            }
        values = said[row["source"]] | {"series": to_json_list([series])}
        connection.execute(COVERAGE.update().where(COVERAGE.c.id == row["id"]).values(values))


def _group(row: sa.RowMapping) -> Group:
    return row["register"], row["office"], row["year"]


def _doubtful(row: sa.RowMapping, before: str) -> bool:
    """Return whether a file of another name changed records without a number, or matched some of them."""
    if row["file"] == before or registers()[row["register"]].identity:
        return False
    mixed = row["same"] > 0 and row["gone"] != to_json_list(())
    return bool(row["changed"] > 0 or row["withdrawn"] > 0 or mixed)


# --- version 1 ----------


def _sheet(backup: sqlite3.Connection, row: sqlite3.Row) -> Sheet:
    """Return one import of version 1 as a sheet."""
    register = row["register"]
    records = list(_records(backup, register, row["id"]))
    return Sheet.of(register, row["office"], row["year"], row["file"], row["sheet"], records)


def _records(backup: sqlite3.Connection, register: str, number: int) -> Iterator[tuple[int, Record]]:
    kinds = {field.key: field.type for field in registers()[register].kept}
    wanted = f"SELECT * FROM register_{register} WHERE import_id = ? ORDER BY id"  # noqa: S608 - our own names
    for row in backup.execute(wanted, (number,)):
        yield row["file_row"], {key: _value(row[key], kinds[key]) for key in row.keys() if key in kinds}  # noqa: SIM118


def _value(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "date":
        return date.fromisoformat(value)
    return bool(value) if kind == "yes_no" else value
