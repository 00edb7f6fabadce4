"""The tables of the review log: append-only entries, and the files they refer to by hash.

They are in the store's database but not part of its registers: restoring a backup of the registers changes nothing in
them, unless it is told to add the entries by which the backup's log is longer, or to take back those it added.
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass

import sqlalchemy as sa

from ...errors import NotFoundError, RecordsError, ReviewError
from ...workspace.seals import digits, file_hashes

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


RESTORED = "restored"
"""The kind of the entry that says of a restore who ran it and why: it follows the entries that were added."""
MOST_KEPT = 256 << 20
"""The most bytes of a file that is kept; no more is unpacked of any."""


_WAY_OUT = (
    "请用一份还有它的备份运行 gktools records restore，缺的会照哈希放回来（登记表也换成备份时的，"
    "再用恢复之前自动存下的那一份恢复一次，就还是现在的）；并查清是谁动过"
)
"""What to do about something that is not kept whole."""


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


def keep(connection: sa.Connection, digest: str, packed: object) -> None:
    """Keep what was packed under its hash, in the place of what is something else by now; nothing if it is not that."""
    if kept_bytes(packed, digest) is None:
        return
    held = connection.execute(sa.select(KEPT.c.data).where(KEPT.c.sha256 == digest)).scalar()
    if kept_bytes(held, digest) is None:
        connection.execute(KEPT.delete().where(KEPT.c.sha256 == digest))
        connection.execute(KEPT.insert().values(sha256=digest, data=packed))


def kept_digests(connection: sa.Connection) -> dict[str, bool]:
    """Return the hash of everything that is kept, with whether it still is what was kept."""
    if not sa.inspect(connection).has_table(KEPT.name):
        return {}
    rows = connection.execute(sa.select(KEPT))
    return {str(row.sha256): kept_bytes(row.data, row.sha256) is not None for row in rows}


def read_kept(connection: sa.Connection | None, digest: str) -> bytes:
    """Return what was kept under a hash. Raises NotFoundError, or ReviewError if it has been changed."""
    found = connection and connection.execute(sa.select(KEPT.c.data).where(KEPT.c.sha256 == digest)).scalar()
    if not found:
        raise NotFoundError(f"留存的内容 {digits(digest)[:12]} 不见了：{_WAY_OUT}")
    if (data := kept_bytes(found, digest)) is None:
        raise ReviewError(f"留存的内容 {digits(digest)[:12]} 被改动过，和留存时不一样：{_WAY_OUT}")
    return data


def lost_contents(connection: sa.Connection, named: Mapping[str, int]) -> list[str]:
    """Return what is not kept whole any more, as sentences, with what to do.

    named are the hashes of what must be kept, each with the number of the entry that names it.
    """
    kept = kept_digests(connection)
    changed = [f"留存的内容 {digits(digest)[:12]} 被改动过" for digest, is_whole in kept.items() if not is_whole]
    gone = sorted((number, digest) for digest, number in named.items() if digest not in kept)
    lost = [*changed, *(f"留存的内容 {digits(digest)[:12]} 不见了，第 {number} 条里说到它" for number, digest in gone)]
    return [*lost[:-1], *(f"{last}：{_WAY_OUT}" for last in lost[-1:])]


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

    What the log's own entries name and is missing here, or is something else by now, is taken from the backup in any case:
    under its hash nothing else can be put.

    Return what was changed: "+4-9" for entries 4 to 9 added, "-4-9" for deleted, "" for none. carried is what the last
    restore returned. Raises RecordsError if the further entries are not exactly those that are to be added, or there is
    nothing to delete.
    """
    JOURNAL.create_all(connection)
    rows = connection.execute(sa.select(ENTRIES.c.hash, ENTRIES.c.kind).order_by(ENTRIES.c.number)).all()
    known = [row.hash for row in rows]
    theirs = entry_hashes(backup)
    if theirs:
        _bring_back(connection, backup)
    if change.add:
        if theirs != [*known, *change.add]:
            raise RecordsError(
                "没有恢复，什么也没有变：现在的审签记录，或者备份里多出来的，已经不是刚才列出来的那些；请再恢复一次"
            )
        _carry_over(connection, backup, len(known))
        return f"+{len(known) + 1}-{len(theirs)}"
    if change.take_back:
        ends = {len(known), len(known) - (rows[-1].kind == RESTORED)} if rows else set()
        if carried not in {f"+{len(theirs) + 1}-{end}" for end in ends} or known[: len(theirs)] != theirs:
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
    """Append the entries of a backup's log after a number, and what they name."""
    _add(connection, backup, ENTRIES, f"number > {known}")
    present = backup.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (HEAD.name,)).fetchone()
    if present and not connection.execute(sa.select(HEAD)).first():
        _add(connection, backup, HEAD, "number > 0")
    _bring_back(connection, backup)


def _bring_back(connection: sa.Connection, backup: sqlite3.Connection) -> None:
    """Keep what entries name and is not kept whole, out of a backup."""
    whole = {digest for digest, is_whole in kept_digests(connection).items() if is_whole}
    offered = {digest for (digest,) in backup.execute("SELECT sha256 FROM review_kept")} - whole
    bodies = connection.execute(sa.select(ENTRIES.c.body)).scalars() if offered else ()
    named = {digest for body in bodies for digest in _QUOTED.findall(str(body))}
    for digest in offered & named:
        (packed,) = backup.execute("SELECT data FROM review_kept WHERE sha256 = ?", (digest,)).fetchone()
        keep(connection, digest, packed)


_QUOTED = re.compile(r'"([^"\\]{64,80})"')
"""What in the content of an entry may be the hash of something that is kept."""


def _add(connection: sa.Connection, backup: sqlite3.Connection, table: sa.Table, wanted: str) -> None:
    names = [column.name for column in table.columns]
    listed = ", ".join(f'"{name}"' for name in names)
    command = f"SELECT {listed} FROM {table.name} WHERE {wanted}"  # noqa: S608 - our own names
    with closing(backup.execute(command)) as rows:
        for row in rows:
            connection.execute(table.insert().values(dict(zip(names, row, strict=True))))
