"""Backup and restore of the store as one portable SQLite file, the same for SQLite and PostgreSQL."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import count, islice
from pathlib import Path
from shutil import copyfileobj
from typing import Any

import sqlalchemy as sa

from ...errors import RecordsError, os_reason
from ...workspace.files import new_file, open_regular, strange_kind, temporary_folder, whole_draft
from .backup_check import foreign_names
from .column_order import COLUMN_ORDER
from .database import (
    BATCH,
    IMPORTS,
    META,
    METADATA,
    VERSION,
    database_errors,
    fields_hash,
    insert_rows,
    next_id,
    reading,
)
from .journal import JOURNAL, LogChange, change_log
from .soundness import server_kinds
from .sqlite_file import look_into
from .taken_out import read_candidates, still_out, with_taken_out

SUFFIX = ".backup.db"


NO_GOOD_BACKUP = f"要写到的目录、工作目录里都没有一份完好的备份（*{SUFFIX}）"


class DamagedCopyError(RecordsError):
    """The copy of a store is not whole: it was not kept."""


def write_backup(engine: sa.Engine, path: Path, errors_of: Callable[[Path], list[str]] = lambda _: []) -> Path:
    """Write a consistent backup of the store, readable by its owner only, in one step; return its path.

    errors_of returns what is wrong with the copy, before it has its name. Raises DamagedCopyError if there is
    anything, RecordsError if the file exists already or cannot be written.
    """
    if os.path.lexists(path):
        raise RecordsError(f"已经有 {path.name} 这个文件了，没有覆盖；请换一个名字")
    try:
        with temporary_folder() as folder:  # SQLite opens a file by its name, which others could exchange beside path
            copy = folder / path.name
            with database_errors(engine), closing(sqlite3.connect(copy)) as target:
                _copy_sqlite(engine, target) if engine.dialect.name == "sqlite" else _copy_tables(engine, target)
            if errors := errors_of(copy):
                raise DamagedCopyError(f"没有备份：台账库里有不对的地方，{'；'.join(errors[:3])}")
            with copy.open("rb") as whole, whole_draft(path, partial(copyfileobj, whole), 0o600) as draft:
                draft.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise RecordsError(
            f"备份 {path.name} 写不进去（{type(error).__name__}）：请看目录的权限、磁盘是否已满"
        ) from error
    return path


def backups_in(*folders: Path) -> list[Path]:
    """Return the backups in some folders, the newest first."""
    places = {folder.absolute() for folder in folders}
    found = [path for folder in places for path in folder.glob(f"*{SUFFIX}") if path.is_file()]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def free_path(folder: Path, name: str) -> Path:
    """Return the first path with that name and a number that does not exist."""
    return next(path for n in count(1) if not os.path.lexists(path := folder / f"{name}-{n}{SUFFIX}"))


@contextmanager
def private_copy(path: Path) -> Iterator[Path]:
    """Yield a copy of a backup, of its name, in a folder that only this user may enter: what is looked at is then what is restored.

    Raises RecordsError if there is no such file, or it cannot be read.
    """
    if kind := strange_kind(path):
        raise RecordsError(f"{path} 是{kind}，不是备份文件；没有恢复，台账库没有变")
    with temporary_folder() as folder:
        try:
            copy = _copy_regular(path, folder)
            if os.path.lexists(newest := path.with_name(f"{path.name}-wal")):
                if newest.is_symlink() or strange_kind(newest):
                    raise RecordsError(
                        f"{newest} 不是普通的文件，没有恢复，台账库没有变：请查明是谁放的，把它移走，再恢复一次"
                    )
                _copy_regular(newest, folder)
        except FileNotFoundError:
            raise RecordsError(f"找不到备份文件 {path.name}") from None
        except OSError as error:
            raise RecordsError(
                f"备份文件 {path.name} 读不出来（{os_reason(error)}）；没有恢复，台账库没有变"
            ) from error
        yield copy


def _copy_regular(path: Path, folder: Path) -> Path:
    with open_regular(path) as held, new_file(folder / path.name) as new:
        copyfileobj(held, new)
    return folder / path.name


def read_version(path: Path) -> int:
    """Return the version of the store in a backup.

    Raises RecordsError if the file is missing, damaged, not a backup, or of a newer gktools.
    """
    if kind := strange_kind(path):
        raise RecordsError(f"{path} 是{kind}，不是备份文件；没有恢复，台账库没有变")
    if not path.is_file():
        raise RecordsError(f"找不到备份文件 {path.name}")
    wrong = RecordsError(f"{path.name} 不是台账库的备份，或者已经损坏；没有恢复，台账库没有变")
    try:
        with closing(look_into(path)) as backup:
            whole = backup.execute("PRAGMA quick_check").fetchall() == [("ok",)]
            tables = {name for (name,) in backup.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            foreign = sorted(foreign_names(backup))
            versions = backup.execute("SELECT version FROM meta").fetchall() if "meta" in tables else []
    except sqlite3.Error as error:
        raise wrong from error
    if foreign:
        raise RecordsError(
            f"{path.name} 里有不是 gktools 备份的东西（{'、'.join(foreign[:3])}），没有恢复，台账库没有变；请换一份备份"
        )
    if not whole or len(versions) != 1 or not isinstance(versions[0][0], int):
        raise wrong
    version = int(versions[0][0])
    if version > VERSION:
        raise RecordsError(
            f"{path.name} 是更新的 gktools 备份的（第 {version} 版，这里只认到第 {VERSION} 版），请先升级 gktools"
        )
    needed = {table.name for table in (IMPORTS, META)} if version < VERSION else set(_FIXED)
    if not needed <= tables or not any(name.startswith("register_") for name in tables):
        raise wrong
    return version


_FIXED = [name for name in METADATA.tables if not name.startswith("register_")]
"""The tables of every store of the current version; tables of registers may be added."""


def restore(connection: sa.Connection, path: Path, about: Mapping[str, str], log: LogChange) -> int:
    """Replace the store's content by a backup of the current version; return the import's number.

    about describes the restore in the list of imports, which is left to be sealed; log says what becomes of the review
    log, the end of which is left to be noted. Call it in the write transaction. Raises RecordsError.
    """
    with closing(look_into(path)) as backup:
        carried = change_log(connection, backup, log, _carried(connection))
        candidates = read_candidates(connection, backup)
        last = next_id(connection, IMPORTS)
        for table in METADATA.sorted_tables:
            connection.execute(table.delete())
            names, rows = _read_table(backup, table)
            if names and table is not META:
                insert_rows(connection, table, names, rows)
        (key_check,) = backup.execute("SELECT key_check FROM meta").fetchone()
        meta = {"version": VERSION, "fields": fields_hash(), "key_check": key_check}
        connection.execute(META.insert().values(meta | {"columns": json.dumps(COLUMN_ORDER)}))
        number = max(last, next_id(connection, IMPORTS))
        taken = still_out(connection, candidates)
        row = {"id": number, "kind": "restore", "carried": with_taken_out(carried, taken)}
        connection.execute(IMPORTS.insert().values(row | dict(about)))
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(
                "REINDEX"
            )  # also of the review log: an index may not have been that of its table
    return number


def _carried(connection: sa.Connection) -> str:
    """Return what the last restore changed in the review log."""
    wanted = sa.select(IMPORTS.c.carried).where(IMPORTS.c.kind == "restore").order_by(IMPORTS.c.id.desc()).limit(1)
    return str(connection.execute(wanted).scalar() or "").partition(" ")[0]


def _read_table(backup: sqlite3.Connection, table: sa.Table) -> tuple[list[str], Iterator[list[Any]]]:
    """Return the names of a table's columns in a backup, and its rows with booleans; no columns if it is missing."""
    present = {row[1] for row in backup.execute(f"PRAGMA table_info({table.name})")}
    columns = [column for column in table.columns if column.name in present]
    yes_no = [i for i, column in enumerate(columns) if isinstance(column.type, sa.Boolean)]
    listed = ", ".join(f'"{column.name}"' for column in columns)
    rows = backup.execute(f"SELECT {listed} FROM {table.name}") if columns else ()  # noqa: S608 - our own names
    return [column.name for column in columns], (_with_yes_no(row, yes_no) for row in rows)


def _with_yes_no(row: tuple[Any, ...], places: list[int]) -> list[Any]:
    values = list(row)
    for i in places:
        values[i] = None if values[i] is None else bool(values[i])
    return values


# --- written ----------


def _copy_sqlite(engine: sa.Engine, target: sqlite3.Connection) -> None:
    with engine.connect() as connection:
        source = connection.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        source.backup(target)
    target.execute("PRAGMA journal_mode=DELETE")  # one file, no others beside it
    target.execute("PRAGMA trusted_schema=OFF")
    with suppress(sqlite3.DatabaseError):  # a copy that is damaged is found by whoever asked for it
        target.execute("REINDEX")


def _copy_tables(engine: sa.Engine, target: sqlite3.Connection) -> None:
    """Copy our tables unchanged, of whichever version."""
    with reading(engine) as connection:
        ours = [*METADATA.tables, *JOURNAL.tables]
        for name, kinds in server_kinds(connection, ours).items():
            columns = ", ".join(f'"{column}" {_KINDS.get(kind, "TEXT")}' for column, kind in kinds.items())
            target.execute(f"CREATE TABLE {name} ({columns})")
            marks = ", ".join("?" * len(kinds))
            wanted: Any = sa.select(*(sa.column(column) for column in kinds)).select_from(sa.table(name))
            rows = connection.execution_options(yield_per=BATCH).execute(wanted)
            written = (tuple(map(_plain, row)) for row in rows)
            while batch := list(islice(written, BATCH)):
                target.executemany(f"INSERT INTO {name} VALUES ({marks})", batch)  # noqa: S608 - our own names
    target.commit()


_KINDS = {"bytea": "BLOB", "integer": "INTEGER", "bigint": "INTEGER", "smallint": "INTEGER", "boolean": "INTEGER"}
"""What SQLite calls the types of PostgreSQL; the others are TEXT."""


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
