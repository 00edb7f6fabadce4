"""The tables of the review log: append-only entries, and the files they refer to by hash.

They are in the store's database but not part of its registers: restoring a backup of the registers changes nothing in
them, unless it is told to add the entries by which the backup's log is longer, or to take back those it added.
"""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing, suppress
from dataclasses import dataclass

import sqlalchemy as sa

from ...errors import RecordsError
from ...workspace.seals import file_hashes

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
    sa.Column("sha256", sa.Text, primary_key=True),  # the hash (seals.file_hash): it names any other algorithm
    sa.Column("data", sa.LargeBinary, nullable=False),  # compressed
)


MOST_KEPT = 256 << 20
"""The most bytes of a file that is kept; no more is unpacked of any."""


def kept_bytes(packed: object, digest: object) -> bytes | None:
    """Return what was kept under a hash; None if it is something else by now."""
    if not isinstance(packed, bytes):
        return None
    unpacking = zlib.decompressobj()
    with suppress(zlib.error):
        data = unpacking.decompress(packed, MOST_KEPT)
        if unpacking.eof and digest in file_hashes(data):
            return data
    return None


HEAD = sa.Table(
    "review_head",  # one row: an entry that must still stand
    JOURNAL,
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("mark", sa.Text, nullable=False),  # a keyed hash of both
)


@dataclass(frozen=True)
class LogChange:
    """What a restore does with the review log: add the entries of these hashes, take back those that the last one added, or nothing."""

    add: tuple[str, ...] = ()
    take_back: bool = False

    def __bool__(self) -> bool:
        return bool(self.add) or self.take_back


def change_log(connection: sa.Connection, backup: sqlite3.Connection, change: LogChange, carried: str) -> str:
    """Add a backup's further entries to the review log, or delete those that the last restore added.

    Return what was changed: "+4-9" for entries 4 to 9 added, "-4-9" for deleted, "" for none. carried is what the last
    restore returned. Raises RecordsError if the further entries are not exactly those that are to be added, or there is
    nothing to delete.
    """
    JOURNAL.create_all(connection)
    known = connection.execute(sa.select(ENTRIES.c.hash).order_by(ENTRIES.c.number)).scalars().all()
    theirs = entry_hashes(backup)
    if change.add:
        if theirs != [*known, *change.add]:
            raise RecordsError(
                "没有恢复，什么也没有变：现在的审签记录，或者备份里多出来的，已经不是刚才列出来的那些；请再恢复一次"
            )
        _carry_over(connection, backup, len(known))
        return f"+{len(known) + 1}-{len(theirs)}"
    if change.take_back:
        if not known or carried != f"+{len(theirs) + 1}-{len(known)}" or known[: len(theirs)] != theirs:
            raise RecordsError(
                "审签记录退不回去，什么也没有变：只有上一次恢复添上的、后来没有再写过的，才能用那次恢复之前自动存下的备份退回去"
            )
        connection.execute(ENTRIES.delete().where(ENTRIES.c.number > len(theirs)))
        return f"-{len(theirs) + 1}-{len(known)}"
    return ""


def entry_since_seals(connection: sa.Connection, before: str = "") -> int | None:
    """Return the number of the first entry that only a gktools writes which seals imports, before a moment or at all.

    Its hash names the algorithm, or it says which import was signed. None if there is none.
    """
    wanted = ENTRIES.c.hash.like("%:%") | ENTRIES.c.body.like('%"imported":"%')
    return _of_entries(connection, sa.func.min(ENTRIES.c.number), wanted, before)


def signatures_before(connection: sa.Connection, moment: str) -> int:
    """Return how many signatures were given before a moment."""
    return _of_entries(connection, sa.func.count(), ENTRIES.c.kind == "signed", moment) or 0


def _of_entries(
    connection: sa.Connection, asked: sa.ColumnElement[int], wanted: sa.ColumnElement[bool], before: str
) -> int | None:
    if not sa.inspect(connection).has_table(ENTRIES.name):
        return None
    earlier = ENTRIES.c.at < before if before else sa.true()
    found: int | None = connection.execute(sa.select(asked).select_from(ENTRIES).where(wanted, earlier)).scalar()
    return found


def entry_hashes(backup: sqlite3.Connection) -> list[str]:
    """Return the hashes of the entries in a backup, in order; empty if it has no log."""
    present = {name for (name,) in backup.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {table.name for table in (ENTRIES, KEPT)} <= present:
        return []
    return [hashed for (hashed,) in backup.execute("SELECT hash FROM review_entries ORDER BY number")]


def _carry_over(connection: sa.Connection, backup: sqlite3.Connection, known: int) -> None:
    """Append the entries of a backup's log after a number, and the files that are missing here."""
    _add(connection, backup, ENTRIES, f"number > {known}")
    present = backup.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (HEAD.name,)).fetchone()
    if present and not connection.execute(sa.select(HEAD)).first():
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
