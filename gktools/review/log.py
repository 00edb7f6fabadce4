"""The log of all reviews: entries chained by hash, only ever added; where a report stands follows from them alone.

The hash of an entry covers the hash of the one before, so anyone can see that none was changed, removed or moved;
its mark is the hash again with the key of the store, so that nobody without the key can make a chain anew. How far
the log had come is also noted in a file beside the store (review.head): entries cut off at the end are missed too.
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

from ..errors import NotFoundError, RecordsError, ReviewError
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
    """One thing a person did: its number in the log, when (UTC), to which report, and what it says (entries.py).

    content is what it says as the log stores it: canonical JSON, whatever version wrote it.
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
        """What it says. Raises ReviewError if that cannot be read."""
        try:
            return read_body(self.kind, json.loads(self.content))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ReviewError(_UNREADABLE) from None

    @property
    def digest(self) -> str:
        """The SHA-256, in hex, of all it says and of the hash of the entry before."""
        stored = [value for name, value in self.to_json().items() if name != "hash"]
        return sha256(canonical(stored).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """The entry as a line of the exported log carries it."""
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
        """The entry that to_json wrote."""
        plain = {name: data[name] for name in data if name not in ("office", "body")}
        return cls(code=data["office"], content=canonical(data["body"]), **plain)


_UNREADABLE = "审签记录被改动过，读不出来；请运行 gktools review verify 看是哪一条，再从备份恢复"


Guard = Callable[[Sequence[LogEntry]], None]
"""Looks at the entries of a report, while nobody else can write, and raises ReviewError if there may be no other."""


def canonical(data: Any) -> str:
    """Return data as JSON that is the same for the same data."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class Log:
    """The log of a working folder. Open it with open_log; a context manager."""

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
        """Add an entry and return it; it is on disk when this returns. Raises what guard raises, with nothing added."""
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
            mark = self._mark(connection, entry.hash)
            connection.execute(ENTRIES.insert().values(entry.to_json() | {"body": content, "mark": mark}))
        self._note_head(entry)
        return entry

    def entries(self, code: str | None = None, year: int | None = None, since: int = 0) -> list[LogEntry]:
        """Return the entries in their order: all of them, or those of an office, a year or a report, from a number on."""
        with self._reading() as connection:
            return _read(connection, code, year, since) if connection is not None else []

    def count(self) -> int:
        """Return how many entries there are, whole or not."""
        with self._reading() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(ENTRIES)).scalar_one() if connection else 0

    def put_blob(self, data: bytes) -> str:
        """Keep what entries speak of; return its SHA-256 in hex, by which it is found again."""
        digest = sha256(data).hexdigest()
        with writing(self._store.engine) as connection:
            JOURNAL.create_all(connection)
            if not connection.execute(sa.select(KEPT.c.sha256).where(KEPT.c.sha256 == digest)).first():
                connection.execute(KEPT.insert().values(sha256=digest, data=zlib.compress(data)))
        return digest

    def get_blob(self, digest: str) -> bytes:
        """Return what was kept under a hash. Raises NotFoundError, or ReviewError if it is no longer what was kept."""
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
        """Return what is wrong with the log, as Chinese sentences: entries changed, removed, moved or added by hand.

        With them what is kept and was changed, or is spoken of and no longer there.
        """
        with self._reading() as connection:
            rows = connection.execute(sa.select(ENTRIES).order_by(ENTRIES.c.number)).all() if connection else []
            found = list(self._wrong(connection, rows)) if connection is not None and rows else []
            kept = _spoilt(connection, rows) if connection is not None else []
        return [*found, *self._cut_off(rows), *kept]

    def export(self, path: Path) -> int:
        """Write the log as JSON lines, whole or not at all; return how many entries that are. Raises ReviewError."""
        entries = self.entries()
        try:
            write_whole(path, "".join(f"{canonical(entry.to_json())}\n" for entry in entries))
        except OSError as error:
            raise ReviewError(
                f"{path.name} 写不进去（{error.strerror}）：请看目录在不在、有没有权限、磁盘是否已满"
            ) from error
        return len(entries)

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection | None]:
        """A connection; None as long as nothing has been written to the log."""
        with reading(self._store.engine) as connection:
            yield connection if sa.inspect(connection).has_table(ENTRIES.name) else None

    def _mark(self, connection: sa.Connection, hashed: str) -> str:
        key = Privacy(self._home).key(connection)
        return hmac.digest(key.secret, b"gktools.review\0" + hashed.encode(), "sha256").hex()

    def _wrong(self, connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> Iterator[str]:
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
            if not hmac.compare_digest(row.mark, self._mark(connection, row.hash)):
                yield f"{what}不是由 gktools 写入的：印记对不上"
            previous = row.hash

    def _cut_off(self, rows: Sequence[sa.Row[Any]]) -> list[str]:
        """Whether the log is shorter than it once was, or went another way."""
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
        """Note how far the log has come; it may lag behind, never run ahead."""
        known = self._head()
        if known is not None and known[0] >= entry.number:
            return
        try:
            write_whole(self._home / HEAD_FILE, f"{entry.number} {entry.hash}\n")
        except OSError as error:
            raise RecordsError(f"{HEAD_FILE} 写不进去（{error.strerror}）：请看目录的权限、磁盘是否已满") from error


def open_log(project: Project) -> Log:
    """Return the log of a working folder; its store is closed with it. Raises RecordsError."""
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
    """A row as an entry; None if what it says is no longer JSON."""
    try:
        json.loads(row.body)
    except (ValueError, TypeError):
        return None
    return LogEntry(row.number, row.at, row.office, row.year, row.person, row.kind, row.body, row.previous, row.hash)


def _spoilt(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[str]:
    """What is kept and is no longer what it was; what an entry speaks of and is not kept."""
    found, there = [], set()
    for row in connection.execute(sa.select(KEPT)):
        there.add(row.sha256)
        try:
            same = sha256(zlib.decompress(row.data)).hexdigest() == row.sha256
        except zlib.error:
            same = False
        found += [] if same else [f"留存的内容 {row.sha256[:12]} 被改动过"]
    whole = [entry for row in rows if (entry := _entry(row)) and entry.digest == row.hash]
    wanted = {digest: entry.number for entry in reversed(whole) for digest in entry.body.blobs}
    lost = sorted((number, digest) for digest, number in wanted.items() if digest not in there)
    return found + [f"留存的内容 {digest[:12]} 不见了，第 {number} 条里说到它" for number, digest in lost]
