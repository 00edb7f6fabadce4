"""The log of all reviews: append-only entries chained by hash, from which the state of every report is computed.

The hash of an entry covers the hash of the one before, so a changed, removed or moved entry is detected by anyone;
its mark is a keyed hash (HMAC with the key of the store) of that hash, so a chain cannot be forged without the key.
The number and hash of the last entry are also stored in a file beside the store (review.head), so that entries
removed at the end are detected too.
"""

from __future__ import annotations

import hmac
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..errors import NotFoundError, RecordsError, ReviewError, os_reason
from ..files import write_whole
from ..registers.store.database import reading, writing
from ..registers.store.journal import ENTRIES, JOURNAL, KEPT
from ..registers.store.privacy import Privacy
from ..registers.store.store import Store, open_store
from ..workspace.project import Project
from .entries import EntryBody, read_body

HEAD_FILE = "review.head"
_FIRST = "0" * 64


@dataclass(frozen=True)
class LogEntry:
    """One action of a person: its number in the log, time (UTC), report, and content (entries.py).

    content is the stored canonical JSON, unchanged, whichever version wrote it.
    """

    number: int
    at: str
    code: str
    year: int
    person: str
    kind: str
    content: str = "{}"
    previous: str = _FIRST
    hash: str = ""

    @cached_property
    def body(self) -> EntryBody:
        """The parsed content. Raises ReviewError if it cannot be read."""
        try:
            return read_body(self.kind, json.loads(self.content))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ReviewError(_UNREADABLE) from None

    @property
    def digest(self) -> str:
        """The SHA-256, in hex, of the entry's fields and the hash of the entry before."""
        stored = [value for name, value in self.to_json().items() if name != "hash"]
        return sha256(canonical(stored).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return the entry as a line of the exported log contains it."""
        return {
            "number": self.number,
            "at": self.at,
            "office": self.code,
            "year": self.year,
            "person": self.person,
            "kind": self.kind,
            "body": json.loads(self.content),
            "previous": self.previous,
            "hash": self.hash,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LogEntry:
        """Return the entry from the output of to_json."""
        plain = {name: data[name] for name in data if name not in ("office", "body")}
        return cls(code=data["office"], content=canonical(data["body"]), **plain)


_UNREADABLE = "审签记录被改动过，读不出来；请运行 gktools review verify 看是哪一条，再从备份恢复"


Guard = Callable[[Sequence[LogEntry]], None]
"""A check of a report's entries inside the write transaction; raises ReviewError if no entry may be added."""


def canonical(data: Any) -> str:
    """Return data as canonical JSON: equal data give equal text."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class Log:
    """The log of a working folder, a context manager. Open it with open_log."""

    def __init__(self, store: Store, home: Path) -> None:
        self._store, self._home = store, home

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def append(
        self,
        code: str,
        year: int,
        person: str,
        body: EntryBody,
        *,
        guard: Guard | None = None,
        now: datetime | None = None,
    ) -> LogEntry:
        """Append an entry and return it once it is on disk. Raises what guard raises, and then adds nothing."""
        with writing(self._store.engine) as connection:
            JOURNAL.create_all(connection)
            if guard is not None:
                guard(_read(connection, code, year))
            last = connection.execute(sa.select(ENTRIES).order_by(ENTRIES.c.number.desc()).limit(1)).first()
            at = (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
            number, previous = (last.number + 1, last.hash) if last else (1, _FIRST)
            content = canonical(body.to_json())
            entry = LogEntry(number, at, code, year, person, body.entry_kind, content, previous)
            entry = replace(entry, hash=entry.digest)
            mark = self._keyed_hash(connection, entry.hash)
            connection.execute(ENTRIES.insert().values(entry.to_json() | {"body": content, "mark": mark}))
        self._note_head(entry)
        return entry

    def entries(self, code: str | None = None, year: int | None = None, since: int = 0) -> list[LogEntry]:
        """Return the entries in order: all, or those of an office, a year or a report, from a number on."""
        with self._reading() as connection:
            return _read(connection, code, year, since) if connection is not None else []

    def count(self) -> int:
        """Return the number of entries, readable or not."""
        with self._reading() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(ENTRIES)).scalar_one() if connection else 0

    def put_blob(self, data: bytes) -> str:
        """Store bytes that an entry refers to; return their SHA-256 in hex, the key for get_blob."""
        digest = sha256(data).hexdigest()
        with writing(self._store.engine) as connection:
            JOURNAL.create_all(connection)
            if not connection.execute(sa.select(KEPT.c.sha256).where(KEPT.c.sha256 == digest)).first():
                connection.execute(KEPT.insert().values(sha256=digest, data=zlib.compress(data)))
        return digest

    def get_blob(self, digest: str) -> bytes:
        """Return the bytes stored under a hash. Raises NotFoundError, or ReviewError if they have been changed."""
        with self._reading() as connection:
            found = connection and connection.execute(sa.select(KEPT.c.data).where(KEPT.c.sha256 == digest)).scalar()
        if not found:
            raise NotFoundError("留存的内容里没有这一份")
        with suppress(zlib.error):
            data = zlib.decompress(found)
            if sha256(data).hexdigest() == digest:
                return data
        raise ReviewError(f"留存的内容 {digest[:12]} 被改动过，和留存时不一样；请从备份恢复，并查清是谁动过")

    def verify(self) -> list[str]:
        """Return the errors of the log as Chinese sentences: entries changed, removed, moved or forged.

        Also stored blobs that were changed, and blobs that an entry refers to and that are missing.
        """
        with self._reading() as connection:
            rows = connection.execute(sa.select(ENTRIES).order_by(ENTRIES.c.number)).all() if connection else []
            found = list(self._entry_errors(connection, rows)) if connection is not None and rows else []
            damaged = _damaged_blobs(connection, rows) if connection is not None else []
        return [*found, *self._truncation(rows), *damaged]

    def export(self, path: Path) -> int:
        """Write the log as JSON lines, atomically; return the number of entries. Raises ReviewError."""
        entries = self.entries()
        try:
            write_whole(path, "".join(f"{canonical(entry.to_json())}\n" for entry in entries))
        except OSError as error:
            raise ReviewError(
                f"{path.name} 写不进去（{os_reason(error)}）：请看目录在不在、有没有权限、磁盘是否已满"
            ) from error
        return len(entries)

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection | None]:
        """A connection; None before the first entry is written."""
        with reading(self._store.engine) as connection:
            yield connection if sa.inspect(connection).has_table(ENTRIES.name) else None

    def _keyed_hash(self, connection: sa.Connection, hashed: str) -> str:
        key = Privacy(self._home).key(connection)
        return hmac.digest(key.secret, b"gktools.review\0" + hashed.encode(), "sha256").hex()

    def _entry_errors(self, connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> Iterator[str]:
        previous = _FIRST
        for expected, row in enumerate(rows, start=1):
            what = f"第 {row.number} 条（{row.office} {row.year} 年度，{row.person}，{row.at}）"
            if row.number != expected:
                yield f"第 {expected} 条不见了，它的位置上是第 {row.number} 条"
                return
            entry = _entry(row)
            if entry is None or entry.digest != row.hash or canonical(json.loads(row.body)) != row.body:
                yield f"{what}的内容被改动过"
            if row.previous != previous:
                yield f"{what}与前一条接不上：中间的被删掉或者调换过"
            if not hmac.compare_digest(row.mark, self._keyed_hash(connection, row.hash)):
                yield f"{what}不是由 gktools 写入的：印记对不上"
            previous = row.hash

    def _truncation(self, rows: Sequence[sa.Row[Any]]) -> list[str]:
        """The errors found by comparing the last entry with review.head: entries removed or replaced."""
        head = self._head()
        if head is None:
            return [f"找不到 {HEAD_FILE}：说不清末尾有没有被删掉的"] if rows else []
        number, hashed = head
        if len(rows) < number:
            return [f"末尾少了：原来写到第 {number} 条，现在只有 {len(rows)} 条"]
        return [] if not number or rows[number - 1].hash == hashed else [f"第 {number} 条不是当时写入的那一条"]

    def _head(self) -> tuple[int, str] | None:
        try:
            number, hashed = (self._home / HEAD_FILE).read_text(encoding="ascii").split()
            return int(number), hashed
        except (OSError, ValueError):
            return None

    def _note_head(self, entry: LogEntry) -> None:
        """Write number and hash of the last entry to review.head, which may be older than the log but never newer."""
        known = self._head()
        if known is not None and known[0] >= entry.number:
            return
        try:
            write_whole(self._home / HEAD_FILE, f"{entry.number} {entry.hash}\n")
        except OSError as error:
            raise RecordsError(f"{HEAD_FILE} 写不进去（{os_reason(error)}）：请看目录的权限、磁盘是否已满") from error


def open_log(project: Project) -> Log:
    """Return the log of a working folder; closing it closes its store. Raises RecordsError."""
    return Log(open_store(project.home), project.home)


def _read(connection: sa.Connection, code: str | None, year: int | None, since: int = 0) -> list[LogEntry]:
    wanted = sa.select(ENTRIES).where(ENTRIES.c.number >= since).order_by(ENTRIES.c.number)
    wanted = wanted if year is None else wanted.where(ENTRIES.c.year == year)
    wanted = wanted if code is None else wanted.where(ENTRIES.c.office == code)
    found = [_entry(row) for row in connection.execute(wanted)]
    if None in found:
        raise ReviewError(_UNREADABLE)
    return [entry for entry in found if entry is not None]


def _entry(row: sa.Row[Any]) -> LogEntry | None:
    """A row as an entry; None if its content is not valid JSON."""
    try:
        json.loads(row.body)
    except (ValueError, TypeError):
        return None
    return LogEntry(row.number, row.at, row.office, row.year, row.person, row.kind, row.body, row.previous, row.hash)


def _damaged_blobs(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[str]:
    """The stored blobs that were changed, and the blobs that an entry refers to and that are missing, as sentences."""
    found, stored = [], set()
    for row in connection.execute(sa.select(KEPT)):
        stored.add(row.sha256)
        try:
            same = sha256(zlib.decompress(row.data)).hexdigest() == row.sha256
        except zlib.error:
            same = False
        found += [] if same else [f"留存的内容 {row.sha256[:12]} 被改动过"]
    intact = [entry for row in rows if (entry := _entry(row)) and entry.digest == row.hash]
    wanted = {digest: entry.number for entry in reversed(intact) for digest in entry.body.blobs}
    missing = sorted((number, digest) for digest, number in wanted.items() if digest not in stored)
    return found + [f"留存的内容 {digest[:12]} 不见了，第 {number} 条里说到它" for number, digest in missing]
