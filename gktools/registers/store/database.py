"""The tables of the store and its connections: one connection at a time may write, any number may read.

No row is overwritten: a row of coverage or of a register is a version, in force from one import until another.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from functools import cache, lru_cache, partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from ...errors import BusyError, RecordsError
from ..schema import Field, registers
from .column_order import COLUMN_ORDER
from .lock_holder import file_writer, own_command, server_writer
from .search_path import pin_schema
from .server_product import connection_hint, require_postgresql
from .soundness import server_kinds
from .sqlite_file import keep_from_others, look_into, require_ours

VERSION = 4
NAME = "records.db"
BATCH = 5000
"""The number of rows written, ended or copied at a time, which bounds memory."""

METADATA = sa.MetaData()

META = sa.Table(
    "meta",
    METADATA,
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("fields", sa.Text),  # a hash of the columns its tables have
    sa.Column("columns", sa.Text),  # for programs of before, which took the order of columns from it: not read
    sa.Column("key_check", sa.Text),  # tells whether a key is the one its hashes were made with
)

IMPORTS = sa.Table(
    "imports",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),  # import, undo or restore
    sa.Column("undoes", sa.Integer),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("moment", sa.Text, nullable=False),
    sa.Column("carried", sa.Text, nullable=False, server_default=""),  # the entries of the review log it added or took
    sa.Column("sealed_at", sa.Text, nullable=False, server_default=""),  # when, if it was sealed only afterwards
    sa.Column("earlier", sa.Text, nullable=False, server_default=""),  # its hashes before it was sealed again
    sa.Column("hash", sa.Text, nullable=False, server_default=""),  # keyed, over the one before: sealing.py
)

SEALS = sa.Table(
    "seals",
    METADATA,
    sa.Column("import_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("register", sa.Text, primary_key=True),
    sa.Column("office", sa.Text, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("rows", sa.Integer, nullable=False),  # the number of versions it wrote
    sa.Column("marks", sa.LargeBinary, nullable=False),  # a few bytes of what each of them said
    sa.Column("hash", sa.Text, nullable=False),
    sa.Index("seals_of_office", "office"),
)
"""What an import wrote and ended in one register, office and year, as a keyed hash."""

WITHDRAWS, ENDS = 1, 2
"""What a file ends: what the files whose place it took held and it does not; or what it names, which its places tell."""

COVERAGE = sa.Table(
    "coverage",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("source", sa.Integer, nullable=False),  # the first row that said so: an undo says it again
    sa.Column("import_id", sa.Integer, nullable=False),  # the import its file came by
    sa.Column("from_import", sa.Integer, nullable=False),
    sa.Column("until_import", sa.Integer),
    sa.Column("register", sa.Text, nullable=False),
    sa.Column("office", sa.Text, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("sheet", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("added", sa.Integer, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False),
    sa.Column("same", sa.Integer, nullable=False),
    sa.Column("withdrawn", sa.Integer, nullable=False),
    sa.Column("warnings", sa.Text, nullable=False),  # JSON lists of texts
    sa.Column("gone", sa.Text, nullable=False),
    sa.Column("series", sa.Text, nullable=False),  # JSON list: the sources of the files whose place it took, its own
    sa.Column("beside", sa.Text, nullable=False),  # JSON list: the other files in force when it came
    sa.Column("withdraws", sa.Integer, nullable=False),  # WITHDRAWS, ENDS or 0
    sa.Column("doubt", sa.Text, nullable=False),  # the file of another name whose records it changed unasked
    sa.Index("coverage_of_office", "office"),
    sa.Index("coverage_from", "from_import"),
    sa.Index("coverage_until", "until_import"),
)

PLACES = sa.Table(
    "places",
    METADATA,
    sa.Column("coverage_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("file_row", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""The row of a version in later files with the same content, by the sources of both."""

PERSONAL = sa.Table(
    "personal",
    METADATA,
    sa.Column("register", sa.Text, primary_key=True),
    sa.Column("version_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
"""The texts of personal columns by the version's source; empty unless params/records.yaml has keep_personal."""


def hash_column(field: Field) -> str:
    """Return the name of the column with the keyed hash of a personal field."""
    return f"{field.key}_hash"


def _column(field: Field) -> sa.Column[Any]:
    kinds: dict[str, type[sa.types.TypeEngine[Any]]]
    kinds = {
        "date": sa.Date,
        "count": sa.BigInteger,
        "yuan": sa.BigInteger,
        "yes_no": sa.Boolean,
    }
    return sa.Column(field.key, kinds.get(field.type, sa.Text))


_PLAIN = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text compared by bytes in both databases."""

TABLES = {
    register.key: sa.Table(
        f"register_{register.key}",
        METADATA,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("replaces_id", sa.Integer),  # the source of the version it took the place of
        sa.Column("from_import", sa.Integer, nullable=False),
        sa.Column("until_import", sa.Integer),
        sa.Column("office_code", sa.Text, nullable=False),
        sa.Column("file_year", sa.Integer, nullable=False),
        sa.Column("coverage_id", sa.Integer, nullable=False),  # the source of the coverage it came with
        sa.Column("file_row", sa.Integer, nullable=False),
        sa.Column("record_key", _PLAIN, nullable=False),
        sa.Column("said", sa.Text, nullable=False),  # a hash of all it says
        *(_column(field) for field in register.kept),
        *(sa.Column(hash_column(field), sa.Text) for field in register.fields if field.personal),
        sa.Index(f"register_{register.key}_in_force", "office_code", "until_import"),
        sa.Index(f"register_{register.key}_by_key", "record_key"),
    )
    for register in registers().values()
}


# --- made, grown ----------


def make_tables(connection: sa.Connection) -> None:
    """Create every table of the current version."""
    dialect: Any = type(connection.dialect)
    for command in _making(dialect):
        connection.exec_driver_sql(command)
    connection.execute(META.insert().values(version=VERSION, fields=fields_hash(), columns=json.dumps(COLUMN_ORDER)))


@cache
def _making(dialect: Any) -> list[str]:
    """Return the commands that create what a database of a dialect has not yet of every table and index."""
    tables = METADATA.sorted_tables
    indexes = sorted((index for table in tables for index in table.indexes), key=lambda index: str(index.name))
    made: list[sa.schema.CreateTable | sa.schema.CreateIndex] = [
        *(sa.schema.CreateTable(table, if_not_exists=True) for table in tables),
        *(sa.schema.CreateIndex(index, if_not_exists=True) for index in indexes),
    ]
    return [str(one.compile(dialect=dialect())) for one in made]


def grow_tables(connection: sa.Connection) -> None:
    """Add the columns that registers have got since the store was created."""
    for table in TABLES.values():
        present = _present(connection, table.name)
        for column in table.columns:
            if column.name not in present:
                kind = column.type.compile(connection.dialect)
                connection.execute(sa.text(f'ALTER TABLE {table.name} ADD COLUMN "{column.name}" {kind}'))
    connection.execute(META.update().values(fields=fields_hash(), columns=json.dumps(COLUMN_ORDER)))


def _present(connection: sa.Connection, table: str) -> set[str]:
    """Return the names of the columns that a table has."""
    if connection.dialect.name == "sqlite":
        return {column["name"] for column in sa.inspect(connection).get_columns(table)}
    return {*server_kinds(connection, [table])[table]}


@lru_cache
def fields_hash() -> str:
    """Return a hash of the registers' columns and the spelling of record keys; a store with another one is updated."""
    columns = [f"{table.name}.{column.name}" for table in TABLES.values() for column in table.columns]
    return sha256("\n".join([*columns, KEY_SPELLING]).encode()).hexdigest()[:16]


KEY_SPELLING = "NFKC, without invisible characters, one kind of brackets and dashes"
"""A description of the record keys by fold_number, to be changed whenever the spelling changes."""


# --- reached ----------


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a connection in the exclusive write transaction of the store. Raises RecordsError."""
    with database_errors(engine), engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_wait_of(engine)}s'")
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(TURN)))
        yield connection


def _wait_of(engine: sa.Engine) -> int:
    """The seconds that a writer of an engine waits for another writer."""
    wait: int = engine.get_execution_options().get(_WAITS, WAIT)
    return wait


TURN = 20190515
"""The key of the advisory lock of all writers (the day the 条例 came into force)."""


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a connection in a read transaction with one snapshot of the store. Raises RecordsError."""
    with database_errors(engine), engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        else:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


@contextmanager
def database_errors(engine: sa.Engine) -> Iterator[None]:
    """Raise errors of the database as RecordsError in Chinese, without the address, which may contain a password.

    Who waited for another writer in vain gets BusyError.
    """
    failures = (sa.exc.SQLAlchemyError, getattr(engine.dialect.dbapi, "Error", sa.exc.SQLAlchemyError))
    try:
        yield
    except failures as error:
        raise _failure(engine, error) from error


def _failure(engine: sa.Engine, error: Exception) -> RecordsError:
    is_file = engine.url.get_backend_name() == "sqlite"
    name = engine.url.database if is_file else "数据库"
    cause = getattr(error, "orig", None) or error
    if "database is locked" in str(cause) or getattr(cause, "sqlstate", "") == _LOCK_NOT_AVAILABLE:
        by = file_writer(Path(str(name))) if is_file else server_writer(engine, TURN)
        return BusyError(f"台账库（{name}）正由{by}写入，等了 {_wait_of(engine)} 秒还没有轮到；请等它写完再试")
    if "readonly" in str(cause):
        return RecordsError(f"台账库（{name}）是只读的，只能看，不能导入或改动；请看文件和所在目录的权限")
    if not is_file and (hint := connection_hint(str(cause))):
        return RecordsError(f"台账库（{name}）打不开：{hint}")
    return RecordsError(
        f"台账库（{name}）打不开或写不进去（{type(cause).__name__}）：请看磁盘是否已满、文件是否只读、数据库是否在运行"
    )


_LOCK_NOT_AVAILABLE = "55P03"
"""What PostgreSQL calls a lock that did not become free in time."""


WAIT = 60
"""Seconds a writer waits for another writer, unless the store was opened with less patience."""
_WAITS = "gktools_wait"


def sqlite_engine(path: Path, wait: int | None = None) -> sa.Engine:
    """Return the engine for a store in a file, created readable by its owner only; read-only if not writable.

    A writer waits for another one for a number of seconds, by default WAIT. Raises RecordsError, with the file
    untouched, if it is no store.
    """
    require_ours(path, "台账库", is_store)
    if path.is_file() and not (os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)):
        return _sqlite(str(path), partial(look_into, path), wait)
    keep_from_others(path)
    return _sqlite(str(path), partial(sqlite3.connect, path, check_same_thread=False), wait)


def server_engine(url: sa.URL, wait: int | None = None) -> sa.Engine:
    """Return the engine for a store on a server; a writer waits as in sqlite_engine. Raises ImportError without its driver.

    Every new connection raises RecordsError unless the server is PostgreSQL, and looks for names in one schema.
    """
    from .server_dialect import DRIVER  # late: a store in a file needs none of it

    options = {_WAITS: WAIT if wait is None else wait}
    named = {} if "application_name" in url.query else {"application_name": own_command()}
    engine = sa.create_engine(
        url.set(drivername=DRIVER), hide_parameters=True, execution_options=options, connect_args=named
    )
    sa.event.listen(engine, "connect", _look_at_server, insert=True)  # first: SQLAlchemy knows no other products
    return engine


def _look_at_server(connection: Any, _: Any) -> None:
    try:
        require_postgresql(connection)
        pin_schema(connection, is_store)
    except Exception:
        connection.close()
        raise


def copy_engine(path: Path) -> sa.Engine:
    """Return the engine for a file that is only read, such as a backup: nothing in it is executed or changed."""
    return _sqlite(str(path), partial(look_into, path))


def memory_engine() -> sa.Engine:
    """Return the engine for a store that is gone when it is closed."""
    return _sqlite(None, None)


def _sqlite(file: str | None, connect: Callable[[], sqlite3.Connection] | None, wait: int | None = None) -> sa.Engine:
    given = {"creator": connect} if connect else {}
    url, wait = sa.URL.create("sqlite+gktools", database=file), WAIT if wait is None else wait
    options = {_WAITS: wait, "compiled_cache": _STATEMENTS}
    engine = sa.create_engine(url, hide_parameters=True, execution_options=options, **given)
    sa.event.listen(engine, "connect", lambda connection, _: prepare_sqlite(connection, wait))
    return engine


class StoreDialect(SQLiteDialect_pysqlite):
    """SQLite's dialect, equal for all stores: a statement that was compiled for one is compiled for the next."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))


sa.dialects.registry.register("sqlite.gktools", __name__, StoreDialect.__name__)
_STATEMENTS = LRUCache[Any, Any](500)
"""The statements compiled for stores in files; PostgreSQL's dialect depends on its server."""


def is_store(tables: Collection[str]) -> bool:
    """Return whether a database with these tables is a store, of whichever version."""
    return {META.name, IMPORTS.name} <= set(tables) and any(name.startswith("register_") for name in tables)


def prepare_sqlite(connection: Any, wait: int) -> None:
    """Configure a new SQLite connection: wait for locks (seconds), overwrite deleted data, allow reading during writes."""
    connection.execute(f"PRAGMA busy_timeout={wait * 1000}")  # first: the others may have to wait too
    connection.execute("PRAGMA secure_delete=ON")
    with suppress(sqlite3.OperationalError):  # another is at it this moment: it holds for all, and for good
        connection.execute("PRAGMA journal_mode=WAL")


# --- written ----------


def next_id(connection: sa.Connection, table: sa.Table) -> int:
    """Return the next free id of a table. Call it in the write transaction."""
    return (connection.execute(_largest_id(table)).scalar() or 0) + 1


@cache
def _largest_id(table: sa.Table) -> sa.Select[Any]:
    return sa.select(sa.func.max(table.c.id))


def insert_rows(
    connection: sa.Connection, table: sa.Table, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows, given as the values of the named columns, in batches."""
    if connection.dialect.name == "postgresql":
        _copy(connection, table, names, rows)
        return
    days = [i for i, name in enumerate(names) if isinstance(table.c[name].type, sa.Date)]
    listed = ", ".join(f'"{name}"' for name in names)
    command = f"INSERT INTO {table.name} ({listed}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - our own names
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        connection.exec_driver_sql(command, _with_days_as_text(batch, days))


def _with_days_as_text(batch: Sequence[Sequence[Any]], days: list[int]) -> list[tuple[Any, ...]]:
    columns = list(zip(*batch, strict=True))
    for i in days:
        texts = {value: value.isoformat() if isinstance(value, date) else value for value in set(columns[i])}
        columns[i] = tuple(texts[value] for value in columns[i])
    return list(zip(*columns, strict=True))


def _copy(connection: sa.Connection, table: sa.Table, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    listed = ", ".join(f'"{name}"' for name in names)
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {table.name} ({listed}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.close()


def end(connection: sa.Connection, table: sa.Table, ids: Iterable[int], number: int) -> None:
    """End rows at an import: they are not in force from it on."""
    remaining = iter(ids)
    while batch := list(islice(remaining, BATCH)):
        connection.execute(table.update().where(table.c.id.in_(batch)).values(until_import=number))


def run(
    connection: sa.Connection, query: Callable[[], sa.Select[Any]], *, in_batches: bool = False, **given: Any
) -> sa.CursorResult[Any]:
    """Execute a query, compiled once for all stores: SQLAlchemy's own compilation takes longer than the query.

    in_batches bounds the memory of many rows.
    """
    dialect: Any = type(connection.dialect)
    compiled = _compiled(query, dialect)
    order = compiled.positiontup
    parameters = tuple(given[name] for name in order) if order else given
    options = {"yield_per": BATCH} if in_batches else {}
    return connection.exec_driver_sql(str(compiled), parameters, execution_options=options)


@cache
def _compiled(query: Callable[[], sa.Select[Any]], dialect: Any) -> sa.sql.compiler.SQLCompiler:
    compiled = query().compile(dialect=dialect())
    assert isinstance(compiled, sa.sql.compiler.SQLCompiler)
    return compiled


def in_force(table: sa.Table, as_of: int | sa.BindParameter[Any] | None = None) -> sa.ColumnElement[bool]:
    """Return the condition that a row is in force now, or was right after an import."""
    if as_of is None:
        return table.c.until_import.is_(None)
    return (table.c.from_import <= as_of) & (table.c.until_import.is_(None) | (table.c.until_import > as_of))
