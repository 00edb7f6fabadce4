"""What somebody does to a store in a file who can write it and has no key; and a review log as an older gktools left it."""

from __future__ import annotations

import hmac
import json
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from gktools.registers.store import privacy
from gktools.registers.store.journal import ENTRIES, HEAD
from gktools.registers.store.log_audit import LAST_IMPORT, canonical, entry_bytes
from gktools.registers.store.log_head import _SEEN, HEAD_FILE


def as_another_process() -> None:
    """Forget which keys and logs this process has found to be those of the stores, as the next command does not know it."""
    privacy._IN_USE.clear()
    forget_logs()


def forget_logs() -> None:
    """Forget how far this process has found logs whole: they may be older ones again."""
    _SEEN.clear()


def execute(path: Path, *commands: str) -> None:
    """Execute commands that change something, as another program does."""
    with closing(sqlite3.connect(path)) as database, database:
        for command in commands:
            assert database.execute(command).rowcount, "something must have been changed"


def make_index_stale(path: Path, index: str, hidden: str) -> None:
    """Leave the rows of a condition out of an index of a database, whose schema is the same before and after."""
    text = _schema_of(path, index)
    _write_schema(path, index, f"{text} WHERE NOT ({hidden})")
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"REINDEX {index}")
    _write_schema(path, index, text)


def make_table_anew(path: Path, table: str, old: str, new: str) -> None:
    """Exchange words in the definition of a table; its rows and indexes are as before."""
    text = _schema_of(path, table)
    assert old in text
    with closing(sqlite3.connect(path)) as database, database:
        wanted = "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
        indexes = [sql for (sql,) in database.execute(wanted, (table,))]
        database.execute(text.replace(f"TABLE {table}", "TABLE made_anew").replace(old, new))
        database.execute(f"INSERT INTO made_anew SELECT * FROM {table}")
        database.execute(f"DROP TABLE {table}")
        database.execute(f"ALTER TABLE made_anew RENAME TO {table}")
        for sql in indexes:
            database.execute(sql)


def _schema_of(path: Path, index: str) -> str:
    with closing(sqlite3.connect(path)) as database:
        return str(database.execute("SELECT sql FROM sqlite_master WHERE name = ?", (index,)).fetchone()[0])


def _write_schema(path: Path, index: str, text: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        (version,) = database.execute("PRAGMA schema_version").fetchone()
        database.execute("PRAGMA writable_schema=ON")
        database.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (text, index))
        database.execute(f"PRAGMA schema_version={version + 1}")


def make_log_older(engine: sa.Engine, home: Path) -> None:
    """Leave a review log as an older gktools wrote it: no names of algorithms, no last import, no mark in its notes."""
    secret = bytes.fromhex((home / "records.key").read_text(encoding="ascii"))
    previous, number = "0" * 64, 0
    with engine.begin() as connection:
        for row in connection.execute(sa.select(ENTRIES).order_by(ENTRIES.c.number)).all():
            content = {key: value for key, value in json.loads(row.body).items() if key != LAST_IMPORT}
            fields = (row.number, row.at, row.office, row.year, row.person, row.kind, content, previous)
            hashed, number = sha256(entry_bytes(fields)).hexdigest(), row.number
            mark = hmac.digest(secret, b"gktools.review\0" + hashed.encode(), "sha256").hex()
            values = {"body": canonical(content), "previous": previous, "hash": hashed, "mark": mark}
            connection.execute(ENTRIES.update().where(ENTRIES.c.number == row.number).values(values))
            previous = hashed
        HEAD.drop(connection)
    (home / HEAD_FILE).write_text(f"{number} {previous}\n", encoding="ascii")
    forget_logs()
