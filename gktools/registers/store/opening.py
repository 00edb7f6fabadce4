"""Opening the store: the database at its address, made or brought to the present version."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from ...errors import RecordsError, install_command
from .address import store_address
from .database import (
    META,
    VERSION,
    copy_engine,
    database_errors,
    fields_hash,
    grow_tables,
    is_store,
    make_tables,
    memory_engine,
    reading,
    server_engine,
    sqlite_engine,
    writing,
)
from .import_head import write_head
from .migration import migrate, respell_keys, sealed_before
from .privacy import Key, Privacy
from .sealing import last_sealed
from .server_product import require_may_create
from .sqlite_file import require_ours
from .store import Store


def open_store(home: Path, url: str | None = None, *, wait: int | None = None) -> Store:
    """Return the store of a working folder: at the given URL, that in GKTOOLS_RECORDS, or records.db in the folder.

    Creates it if there is none. A writer waits for another one for a number of seconds, by default a minute, and then
    gets BusyError. Raises RecordsError if it cannot be opened, or is of a newer gktools.
    """
    engine = _engine(store_address(home, url or ""), wait)
    try:
        with database_errors(engine):
            _make_ready(engine, home)
    except RecordsError:
        engine.dispose()
        raise
    return Store(engine, home)


def describe_database(home: Path, address: str = "") -> str:
    """Return what is at an address of the store, in Chinese; nothing is created or changed there.

    Raises RecordsError, without the address, which may hold a password, if no store can be kept there.
    """
    url = store_address(home, address)
    if url.get_backend_name() != "sqlite":
        patience = {"connect_timeout": "10"} | dict(url.query)
        return _described(_engine(url.set(query=patience), 0), "PostgreSQL")
    path = Path(url.database or "")
    require_ours(path, "台账库", is_store)
    if not path.exists():
        return f"SQLite 文件 {path} 还没有，第一次导入时建"
    return _described(copy_engine(path), f"SQLite 文件 {path}")


def _described(engine: sa.Engine, name: str) -> str:
    try:
        with database_errors(engine), engine.connect() as connection:
            made = _made(connection)
            if made is None and engine.dialect.name != "sqlite":
                require_may_create(connection)
    finally:
        engine.dispose()
    if made is None:
        return f"{name}，里面还没有台账库，第一次导入时建"
    if made[0] > VERSION:
        raise RecordsError(_newer(made[0]))
    return f"{name}，里面有第 {made[0]} 版的台账库" + ("" if made[0] == VERSION else "，第一次打开时升级")


def memory_store() -> Store:
    """Return an empty store that is gone when it is closed, without personal data."""
    engine = memory_engine()
    with writing(engine) as connection:
        make_tables(connection)
    return Store(engine, Path(), Privacy(Path(), Key.passing()))


def _engine(url: sa.URL, wait: int | None) -> sa.Engine:
    if url.get_backend_name() == "sqlite":
        return sqlite_engine(Path(url.database or ""), wait)
    try:
        return server_engine(url, wait)
    except ImportError:
        raise RecordsError(
            f"没有装连这种数据库的驱动；用 PostgreSQL 的，请先运行 {install_command('postgres')}"
        ) from None


def _make_ready(engine: sa.Engine, home: Path) -> None:
    """Create the tables of a new store, or update those of an older one."""
    with engine.connect() as connection:
        if _made(connection) == (VERSION, fields_hash()):
            return
    migrated = None
    with writing(engine) as connection:
        made = _made(connection)  # somebody else may have been first
        if made is None:
            make_tables(connection)
        elif made[0] > VERSION:
            raise RecordsError(_newer(made[0]))
        elif made[0] < VERSION:
            if sign := sealed_before(connection, home):
                raise RecordsError(_SEALED_BEFORE.format(sign=sign, version=made[0]))
            migrate(engine, connection, made[0], home)
            migrated = last_sealed(connection)
        elif made != (VERSION, fields_hash()):
            grow_tables(connection)
            respell_keys(connection, Privacy(home))
    if migrated:
        with reading(engine) as connection:
            write_head(home, Privacy(home).key(connection), migrated)


def _newer(version: int) -> str:
    return f"台账库是更新的 gktools 建的（第 {version} 版，这里只认到第 {VERSION} 版），请先升级 gktools"


_SEALED_BEFORE = (
    "{sign} 说，台账库的导入封存过，这个台账库却是没有封存的第 {version} 版，没有动它：多半是换上了旧的文件，"
    "或者被人改动过。要用一份旧的备份，请换回原来的台账库，再运行 gktools records restore"
)


def _made(connection: sa.Connection) -> tuple[int, str] | None:
    """Return the version and the hash of the columns of a store; None if it has no tables yet."""
    if not _has_meta(connection):
        return None
    row = connection.execute(sa.text("SELECT * FROM meta")).mappings().first()
    return None if row is None else (row["version"], row.get("fields") or "")


def _has_meta(connection: sa.Connection) -> bool:
    """Whether there is a store: on SQLite asked by one short query, as every command opens it."""
    if connection.dialect.name != "sqlite":
        return sa.inspect(connection).has_table(META.name)
    found = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (META.name,))
    return found.first() is not None
