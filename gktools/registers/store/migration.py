"""A store of an older version made one of the present version, in place, its backup kept.

Version 1 kept every file whole: a later import of the same register, office and year took the place of all of it.
Its imports are kept again in their order, each replacing what it no longer holds, so that the history begins there.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..schema import registers
from ..sheet import Record, Sheet
from .backup import free_path, open_backup, write_backup
from .database import IMPORTS, METADATA, make_tables, prepare_sqlite, writing
from .privacy import Privacy
from .versions import store_sheet


def migrate(engine: sa.Engine, connection: sa.Connection, version: int, home: Path) -> Path:
    """Write a backup of an older store, then make it one of the present version; return the backup's path.

    connection is the one that alone may write: until it commits, the store stays what it was.
    """
    folder = home
    if engine.dialect.name == "sqlite":
        folder = Path(engine.url.database or "").absolute().parent
    path = write_backup(engine, free_path(folder, f"records.v{version}"))
    older = sa.MetaData()
    older.reflect(connection, only=lambda name, _: name in METADATA.tables)
    older.drop_all(connection)
    make_tables(connection)
    with closing(open_backup(path)) as backup:
        _replay(backup, connection, home)
    return path


@contextmanager
def as_present_version(path: Path, home: Path) -> Iterator[Path]:
    """Give a backup of the present version that says what an older one does, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="gktools-") as folder:
        copy = Path(shutil.copyfile(path, Path(folder) / path.name))
        with closing(sqlite3.connect(copy)) as opened:
            (version,) = opened.execute("SELECT version FROM meta").fetchone()
        engine = sa.create_engine(f"sqlite:///{copy}")
        sa.event.listen(engine, "connect", prepare_sqlite)
        with writing(engine) as connection:
            migrate(engine, connection, version, home)
        engine.dispose()
        yield copy


def _replay(backup: sqlite3.Connection, connection: sa.Connection, home: Path) -> None:
    backup.row_factory = sqlite3.Row
    for number, row in enumerate(backup.execute("SELECT * FROM imports ORDER BY id"), start=1):
        store_sheet(connection, _sheet(backup, row), number, Privacy(home), replace=True)
        done = {"kind": "import", "file": row["file"], "person": "", "reason": "", "moment": row["imported_at"]}
        connection.execute(IMPORTS.insert().values(id=number, **done))


def _sheet(backup: sqlite3.Connection, row: sqlite3.Row) -> Sheet:
    """One import of version 1 as the sheet it was read from."""
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
