"""The log of all reviews: append-only entries chained by hash, from which the state of every report is computed.

The hash of an entry covers the hash of the one before, so a changed, removed or moved entry is detected by anyone;
its mark is a keyed hash (HMAC with the key of the store) of that hash, so a chain cannot be forged without the key.
The first entry names the key in the place of an entry before. What entries removed at the end give away is in
log_head.py: nothing is appended to a log that is not the one that was left.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..errors import GktoolsError, RecordsError, ReviewError, os_reason
from ..registers.person_numbers import about_reason
from ..registers.store.database import reading, writing
from ..registers.store.journal import ENTRIES, HEAD, JOURNAL, KEPT, MOST_KEPT, keep, lost_contents, read_kept
from ..registers.store.log_audit import (
    LAST_IMPORT,
    READ,
    canonical,
    content_of,
    end_errors,
    entry_bytes,
    key_name,
    log_errors,
    lost_import_errors,
    mark_of,
    named_import,
    rows_since,
    stored_entries,
    whole_entries_about,
)
from ..registers.store.log_head import (
    NO_ENTRY,
    LogHead,
    NotedEnd,
    has_note,
    head_errors,
    note_in_file,
    note_in_store,
    note_seen,
    read_note,
)
from ..registers.store.opening import open_store
from ..registers.store.privacy import Key
from ..registers.store.sealing import SealedImport, verified_last
from ..registers.store.soundness import soundness_errors
from ..registers.store.store import Store
from ..workspace import clock
from ..workspace.own_files import write_own_files
from ..workspace.project import Project
from ..workspace.seals import file_hash, is_plain_hash, plain_hash
from .entries import EntryBody, ImportedBody, LossBody, read_body

REASON_CHARACTERS = range(4, 501)
"""The length of a technician's reason."""


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
    previous: str = NO_ENTRY
    hash: str = ""

    @cached_property
    def body(self) -> EntryBody:
        """The parsed content. Raises ReviewError if it cannot be read."""
        try:
            return read_body(self.kind, json.loads(self.content))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ReviewError(UNREADABLE) from None

    @property
    def account(self) -> str:
        """The account that ran the command, where a person's name was given to it; empty if it was not."""
        return str(json.loads(self.content).get(_ACCOUNT, ""))

    def says(self, person: str, body: EntryBody) -> bool:
        """Return whether it says the same of a person, whatever was imported meanwhile."""
        said = {name: value for name, value in json.loads(self.content).items() if name not in (LAST_IMPORT, _ACCOUNT)}
        return (self.person, self.kind, canonical(said)) == (person, body.entry_kind, canonical(body.to_json()))

    @property
    def hashed(self) -> bytes:
        """What the hash of the entry covers: its fields and the hash of the entry before."""
        return entry_bytes([value for name, value in self.to_json().items() if name != "hash"])

    @property
    def is_whole(self) -> bool:
        """Whether the hash is that of the fields; one of an older gktools names no algorithm and is SHA-256."""
        return is_plain_hash(self.hashed, self.hash, bare=True)

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


_WAY_OUT = (
    "请运行 gktools review verify 看是什么；台账库多半换回了较早的备份，或者有人动过：请放回最新的台账库和 review.head"
)
UNREADABLE = "审签记录被改动过，读不出来；请运行 gktools review verify 看是哪一条，再从备份恢复"
"""The message about an entry whose content is none that gktools writes."""


_ACCOUNT = "account"
"""What in the content of an entry names the account that ran the command, if the person is another."""

Guard = Callable[[Sequence[LogEntry]], None]
"""A check of a report's entries inside the write transaction; raises ReviewError if no entry may be added."""


@dataclass(frozen=True)
class ReadGuard:
    """A guard of an entry that was judged by the whole log: number and hash of the last entry then, which the log must continue.

    about checks the entries about the report, since those that follow that one.
    """

    number: int
    hash: str
    about: Guard
    since: Guard


_TRIES = 20


class Log:
    """The log of a working folder, a context manager. Open it with open_log.

    acting checks the entries about users whenever one is appended: whether who is acting may (user_acts.acting_as).
    account is the one that runs a command, kept in each entry whose person is another.
    """

    def __init__(self, store: Store, home: Path, acting: Guard | None = None, account: str = "") -> None:
        self._store, self._home, self._acting, self._account = store, home, acting, account

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
        guard: Guard | ReadGuard | None = None,
        now: datetime | None = None,
        once: bool = False,
    ) -> LogEntry:
        """Append an entry and return it once it is on disk.

        With once, an entry that would say the same as the last one about the report is that one: whoever presses a button
        twice, or sends a form again, has done it once.

        Raises what guard raises, or ReviewError if the log is not the one that was left, what guard would judge by was
        not written by gktools or may not be all there is, or who acts may not by the newest entry about them; then nothing
        is added.
        """
        with writing(self._store.engine) as connection:
            JOURNAL.create_all(connection)
            secret = self._secret(connection)
            _require_sound(connection, "没有写入")
            for left in reversed(range(_TRIES)):
                noted = read_note(self._home)
                wrong = next(chain(end_errors(connection, noted, secret), _gaps(connection)), "")
                if not (wrong and noted.file is None and left):
                    break
                time.sleep(0.05)  # whoever has just written the first entry is about to note it
            if wrong:
                raise ReviewError(f"审签记录不是原来的那一份，没有写入：{wrong}。{_WAY_OUT}")
            if self._acting is not None:
                self._acting(self._entries_about(connection, noted, secret, "", 0))
            if guard is not None or once:
                entries = self._entries_about(connection, noted, secret, code, year)
                if once and entries and entries[-1].says(person, body):
                    return entries[-1]
                if isinstance(guard, ReadGuard):
                    guard.about(entries)
                    guard.since(_since(connection, secret, guard))
                elif guard is not None:
                    guard(entries)
            entry = LogEntry(0, clock.stored(now), code, year, person, "")
            entry, head = _insert(connection, secret, entry, body, self._account if self._account != person else "")
        note_in_file(self._home, head)
        note_seen(self._home, entry.number, entry.hash)
        return entry

    def require_acting(self) -> None:
        """Raise ReviewError if who acts may not: before they change what the log hears of only afterwards."""
        if self._acting is not None:
            self._acting(self.verified("", 0))

    def accept_loss(self, person: str, reason: str, now: datetime | None = None) -> LogEntry:
        """Go on with a log that is not the one that was left; return the entry that says so, for ever.

        Raises ReviewError if the log is the one that was left, or the reason is too short or too long.
        """
        if len(reason.strip()) not in REASON_CHARACTERS:
            raise ReviewError("要用 --reason 写明为什么找不回来，4 到 500 个字；会一直留在审签记录里")
        with writing(self._store.engine) as connection:
            JOURNAL.create_all(connection)
            secret = self._secret(connection)
            _require_sound(connection, "没有写入")
            lost = chain(head_errors(connection, read_note(self._home), secret), lost_import_errors(connection, secret))
            wrong = "；".join(dict.fromkeys(lost))
            if not wrong:
                raise ReviewError("末尾没有缺，不用写明；有别的不对的，先看 gktools review verify")
            body = LossBody(wrong, reason.strip())
            entry, head = _insert(connection, secret, LogEntry(0, clock.stored(now), "", 0, person, ""), body)
        note_in_file(self._home, head, replace=True)
        return entry

    def entries(self, code: str | None = None, year: int | None = None, since: int = 0) -> list[LogEntry]:
        """Return the entries in order: all, or those of an office, a year or a report, from a number on."""
        with self._reading() as connection:
            return _read(connection, code, year, since) if connection is not None else []

    def verified(self, code: str | None = None, year: int | None = None) -> list[LogEntry]:
        """Return the entries as entries() does, of a log that was found whole in this very read: what decides reads these.

        Raises ReviewError if an entry was changed, removed, moved or forged, or the log is not the one that was left.
        """
        noted = read_note(self._home)
        with reading(self._store.engine) as connection:
            key = self._store.privacy.known_key(connection)
            rows = stored_entries(connection)
            if broken := next(log_errors(connection, noted, key.secret if key else None, rows), ""):
                raise ReviewError(f"审签记录不完整：{broken}。{_WAY_OUT}")
        if rows:
            note_seen(self._home, rows[-1].number, rows[-1].hash)
        return _about(rows, code, year)

    def _entries_about(
        self, connection: sa.Connection, noted: NotedEnd, secret: bytes, code: str, year: int
    ) -> list[LogEntry]:
        """The entries about a report, of a log that is whole. Raises ReviewError."""
        try:
            rows = whole_entries_about(connection, self._home, noted, secret, code, year)
        except RecordsError as error:
            raise ReviewError(f"审签记录不完整，没有写入：{error}。{_WAY_OUT}") from None
        return _about(rows, code, year)

    def is_begun(self) -> bool:
        """Return whether anything says that there is a log: an entry, or the note of one in the store or in the file."""
        with reading(self._store.engine) as connection:
            present = sa.inspect(connection)
            stored = (table for table in (ENTRIES, HEAD) if present.has_table(table.name))
            return has_note(self._home) or any(connection.execute(sa.select(table)).first() for table in stored)

    def count(self) -> int:
        """Return the number of entries, readable or not."""
        with self._reading() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(ENTRIES)).scalar_one() if connection else 0

    def entries_since(self, at: str, person: str) -> list[LogEntry]:
        """Return the entries of a person, about any report, from a time (as clock.stored) on."""
        with self._reading() as connection:
            if connection is None:
                return []
            wanted = sa.select(ENTRIES).where(ENTRIES.c.person == person, ENTRIES.c.at >= at).order_by(ENTRIES.c.number)
            return [entry for row in connection.execute(wanted) if (entry := _entry(row)) is not None]

    def blob_size(self, digests: Iterable[str]) -> int:
        """Return how many bytes the store holds for blobs, compressed."""
        with self._reading() as connection:
            if connection is None:
                return 0
            size = sa.func.coalesce(sa.func.sum(sa.func.length(KEPT.c.data)), 0)
            wanted = sa.select(size).where(KEPT.c.sha256.in_(list(digests)))
            return int(connection.execute(wanted).scalar_one())

    def put_blob(self, data: bytes, like: str = "") -> str:
        """Store bytes that an entry refers to; return their hash (seals.file_hash), the key for get_blob. Raises ReviewError."""
        if len(data) > MOST_KEPT:
            raise ReviewError(f"这个文件超过 {MOST_KEPT >> 20} MB，留存不了，没有写入")
        digest = file_hash(data, like)
        with writing(self._store.engine) as connection:
            JOURNAL.create_all(connection)
            keep(connection, digest, zlib.compress(data))
        return digest

    def get_blob(self, digest: str) -> bytes:
        """Return the bytes stored under a hash. Raises NotFoundError, or ReviewError if they have been changed."""
        with self._reading() as connection:
            return read_kept(connection, digest)

    def verify(self, *, contents: bool = True) -> list[str]:
        """Return the errors of the log as Chinese sentences: entries changed, removed, moved or forged.

        With contents also stored blobs that were changed, and blobs that an entry refers to and that are missing: only who
        needs one of them has to stop, and a backup brings them back.
        """
        noted = read_note(self._home)
        with reading(self._store.engine) as connection:
            rows = stored_entries(connection)
            key = self._store.privacy.known_key(connection)
            found = [*log_errors(connection, noted, key.secret if key else None, rows)]
            if key is None:
                return found
            named, unreadable = _named_blobs(rows)
            found += [*soundness_errors(connection, (KEPT,)), *unreadable]
            lost = lost_contents(connection, named) if contents else []
        return [*dict.fromkeys(found), *lost]

    def last_import(self, code: str) -> str:
        """Return the hash of the newest import of an office in the store of this log; "" if it has none."""
        return self._store.last_import_hash(code)

    def export(self, path: Path) -> int:
        """Write the log as JSON lines, atomically; return the number of entries. Raises ReviewError.

        Raises NotOwnFileError where it would replace what is no export of it.
        """
        with self._reading() as connection:
            if connection:
                _require_sound(connection, f"{path.name} 没有写")
            entries = _read(connection, None, None) if connection else []
        try:
            write_own_files(
                {path: "".join(f"{canonical(entry.to_json())}\n" for entry in entries)}, "review log", 0o600
            )
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

    def _secret(self, connection: sa.Connection) -> bytes:
        return self._store.privacy.key(connection).secret


def _require_sound(connection: sa.Connection, outcome: str) -> None:
    """Raise ReviewError if a query may not see all entries."""
    if wrong := soundness_errors(connection, READ):
        raise ReviewError(f"{outcome}：{wrong[0]}")


def _gaps(connection: sa.Connection) -> Iterator[str]:
    """Yield that entries are missing between the first and the last, which have the numbers from 1 on."""
    count, last = connection.execute(sa.select(sa.func.count(), sa.func.max(ENTRIES.c.number))).one()
    if count != (last or 0):
        yield f"中间少了 {last - count} 条：写到第 {last} 条，现在只有 {count} 条"


def _about(rows: Sequence[sa.Row[Any]], code: str | None, year: int | None) -> list[LogEntry]:
    """The entries of rows: all, or those of an office, a year or a report."""
    wanted = (row for row in rows if code in (None, row.office) and year in (None, row.year))
    return [entry for row in wanted if (entry := _entry(row))]


def _since(connection: sa.Connection, secret: bytes, read: ReadGuard) -> list[LogEntry]:
    """The entries that follow those that were read. Raises ReviewError if the log does not continue them."""
    try:
        return _about(rows_since(connection, secret, read.number, read.hash), None, None)
    except RecordsError as error:
        raise ReviewError(f"审签记录不是刚才读到的那一份，没有写入：{error}。{_WAY_OUT}") from None


def _insert(
    connection: sa.Connection, secret: bytes, bare: LogEntry, body: EntryBody, account: str = ""
) -> tuple[LogEntry, LogHead]:
    """Write an entry after the last one, and the note of it in the store; return both.

    Raises ReviewError for a number of a person in what somebody wrote: nothing is ever taken out of the log.
    """
    for text in body.own_words:
        if wrong := about_reason(text, "写的内容"):
            raise ReviewError(wrong)
    last = connection.execute(sa.select(ENTRIES).order_by(ENTRIES.c.number.desc()).limit(1)).first()
    number, previous = (last.number + 1, last.hash) if last else (1, key_name(secret))
    known = _last_import(connection, secret, last, body)
    imported = {LAST_IMPORT: f"{known.number} {known.hash}"} if known else {}
    content = canonical(body.to_json() | imported | ({_ACCOUNT: account} if account else {}))
    entry = replace(bare, number=number, kind=body.entry_kind, content=content, previous=previous)
    entry = replace(entry, hash=plain_hash(entry.hashed))
    values = entry.to_json() | {"body": content, "mark": mark_of(secret, entry.hash)}
    connection.execute(ENTRIES.insert().values(values))
    head = LogHead.of(number, entry.hash, secret)
    note_in_store(connection, head)
    return entry, head


def _last_import(
    connection: sa.Connection, secret: bytes, last: sa.Row[Any] | None, body: EntryBody
) -> SealedImport | None:
    """The newest import. Raises ReviewError if it is not sealed, or earlier than the last entry knows and no loss is accepted."""
    try:
        known = verified_last(connection, Key(secret))
    except RecordsError as error:
        raise ReviewError(f"没有写入：{error}") from None
    named = named_import(last) if last is not None else None
    if named and not isinstance(body, LossBody) and (known.number if known else 0) < named.number:
        raise ReviewError(f"没有写入：第 {named.number} 次导入不见了。请先运行 gktools review verify")
    return known


def note_imports(
    store: Store,
    home: Path,
    person: str,
    handlers: Mapping[str, Sequence[str]] | None = None,
    names: Mapping[str, Sequence[str]] | None = None,
    acting: Guard | None = None,
    account: str = "",
) -> str:
    """Let the log of a store know its last import, so that an earlier state of the registers is noticed when it is put back.

    handlers and names are kept with it (ImportedBody); acting and account are as of a Log.
    A log that nobody has begun is left empty: one out of a backup may still take its place. Return why nothing may be written
    into the log, as a Chinese sentence, else ""; what was imported stays.
    """
    log = Log(store, home, acting, account)
    try:
        if log.is_begun():
            log.append("", 0, person, ImportedBody(handlers or {}, names or {}))
    except GktoolsError as error:
        return f"台账已经变了；这件事没有记进审签记录：{error}"
    return ""


def open_log(project: Project, *, wait: int | None = None, acting: Guard | None = None, account: str = "") -> Log:
    """Return the log of a working folder; closing it closes its store; wait as in open_store. Raises RecordsError."""
    return Log(open_store(project.home, wait=wait), project.home, acting, account)


def _read(
    connection: sa.Connection,
    code: str | None,
    year: int | None,
    since: int = 0,
) -> list[LogEntry]:
    wanted = sa.select(ENTRIES).where(ENTRIES.c.number >= since).order_by(ENTRIES.c.number)
    wanted = wanted if year is None else wanted.where(ENTRIES.c.year == year)
    wanted = wanted if code is None else wanted.where(ENTRIES.c.office == code)
    found = [_entry(row) for row in connection.execute(wanted)]
    if None in found:
        raise ReviewError(UNREADABLE)
    return [entry for entry in found if entry is not None]


def _entry(row: sa.Row[Any]) -> LogEntry | None:
    """A row as an entry; None if its content is not a JSON object, or a field is of another kind (in SQLite any may be)."""
    if content_of(row) is None:
        return None
    return LogEntry(row.number, row.at, row.office, row.year, row.person, row.kind, row.body, row.previous, row.hash)


def _named_blobs(rows: Sequence[sa.Row[Any]]) -> tuple[dict[str, int], list[str]]:
    """The blobs that entries refer to, each with the number of the first, and the entries that cannot be read, as sentences."""
    wanted: dict[str, int] = {}
    unreadable = []
    for entry in [entry for row in rows if (entry := _entry(row)) and entry.is_whole]:
        try:
            for digest in entry.body.blobs:
                wanted.setdefault(str(digest), entry.number)
        except (ReviewError, TypeError, AttributeError):
            unreadable.append(f"第 {entry.number} 条读不出来：不是由 gktools 写入的")
    return wanted, unreadable
