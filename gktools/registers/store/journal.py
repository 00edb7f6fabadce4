"""The tables of the review log: append-only entries, and the files they refer to by hash.

They are in the store's database but not part of its registers: restoring a backup of the registers only adds the
entries by which the backup's log is longer.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

import sqlalchemy as sa

JOURNAL = sa.MetaData()

ENTRIES = sa.Table(
    "review_entries",
    JOURNAL,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("office", sa.Text, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),  # JSON
    sa.Column("previous", sa.Text, nullable=False),  # the hash of the entry before
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("mark", sa.Text, nullable=False),  # a keyed hash of the hash (workspace/seals.py)
    sa.Index("review_entries_of_report", "year", "office"),
)

KEPT = sa.Table(
    "review_kept",
    JOURNAL,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),  # compressed
)


HEAD = sa.Table(
    "review_head",  # one row: an entry that must still stand
    JOURNAL,
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("mark", sa.Text, nullable=False),  # a keyed hash of both
)


def carry_over(connection: sa.Connection, backup: sqlite3.Connection) -> None:
    """Append the entries of a backup's log that continue the current one; a log that differs is not used."""
    present = {name for (name,) in backup.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {table.name for table in (ENTRIES, KEPT)} <= present:
        return
    JOURNAL.create_all(connection)
    known = connection.execute(sa.select(ENTRIES.c.hash).order_by(ENTRIES.c.number)).scalars().all()
    theirs = [hashed for (hashed,) in backup.execute("SELECT hash FROM review_entries ORDER BY number")]
    if theirs[: len(known)] != known:
        return
    _add(connection, backup, ENTRIES, f"number > {len(known)}")
    if HEAD.name in present and not connection.execute(sa.select(HEAD)).first():
        _add(connection, backup, HEAD, "number > 0")
    held = set(connection.execute(sa.select(KEPT.c.sha256)).scalars())
    for (digest,) in backup.execute("SELECT sha256 FROM review_kept").fetchall():
        if digest not in held:
            _add(connection, backup, KEPT, "sha256 = ?", digest)


def _add(connection: sa.Connection, backup: sqlite3.Connection, table: sa.Table, wanted: str, *given: str) -> None:
    names = [column.name for column in table.columns]
    listed = ", ".join(f'"{name}"' for name in names)
    command = f"SELECT {listed} FROM {table.name} WHERE {wanted}"  # noqa: S608 - our own names
    with closing(backup.execute(command, given)) as rows:
        for row in rows:
            connection.execute(table.insert().values(dict(zip(names, row, strict=True))))
