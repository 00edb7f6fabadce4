"""The audit of the review log: whether its entries are those that gktools wrote, all of them, in their order.

The hash of an entry covers its fields and the hash of the entry before; its mark is a keyed hash of that hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...errors import RecordsError
from ...workspace import clock
from ...workspace.json_file import parse_json
from ...workspace.seals import is_keyed_hash, is_plain_hash, keyed_hash, plain_hash
from .database import IMPORTS, SEALS
from .import_head import import_lost
from .journal import ENTRIES, HEAD, KEPT, kept_bytes
from .log_head import HEAD_FILE, NO_ENTRY, LogHead, NotedEnd, head_errors, is_bare, note_in_store
from .privacy import Key
from .sealing import SealedImport
from .soundness import soundness_errors

_PURPOSE = "gktools.review"
_KEY = b"gktools.review.key\0"
READ = (ENTRIES, HEAD, IMPORTS, SEALS)
"""The tables that say whether the log is whole, and which import was the last."""
LAST_IMPORT = "last_import"
"""What in the content of an entry names the last import there was when it was written: its number and its hash."""


def canonical(data: Any) -> str:
    """Return data as canonical JSON: equal data give equal text."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def entry_bytes(fields: Sequence[object]) -> bytes:
    """Return what the hash of an entry covers: number, time, office, year, person, kind, content, hash of the one before."""
    return canonical(list(fields)).encode()


def mark_of(secret: bytes, hashed: str) -> str:
    """Return the mark of an entry: a keyed hash of its hash."""
    return keyed_hash(secret, _PURPOSE, hashed.encode())


def key_name(secret: bytes) -> str:
    """Return the identifier of the key of the store, a hash with the name of its algorithm, which does not reveal it."""
    return plain_hash(_KEY + secret)


def is_key_name(secret: bytes, name: str) -> bool:
    """Return whether an identifier is that of the key of the store; one of an older gktools names no algorithm."""
    return is_plain_hash(_KEY + secret, name, bare=True)


def stored_entries(connection: sa.Connection) -> Sequence[sa.Row[Any]]:
    """Return every entry as it is stored, in order; none before the first is written."""
    if not sa.inspect(connection).has_table(ENTRIES.name):
        return []
    return connection.execute(sa.select(ENTRIES).order_by(ENTRIES.c.number)).all()


def content_of(row: sa.Row[Any]) -> Mapping[str, object] | None:
    """Return the content of an entry; None if it is no JSON object, or a field is of another kind (in SQLite any may be)."""
    texts = (row.at, row.office, row.person, row.kind, row.body, row.previous, row.hash, row.mark)
    if not all(isinstance(text, str) for text in texts) or not isinstance(row.year, int):
        return None
    try:
        content = parse_json(row.body)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def is_entry_ours(row: sa.Row[Any], secret: bytes) -> bool:
    """Return whether an entry was written with the key and is as it was written."""
    return _is_whole(row) and _has_mark(row, secret)


def log_errors(
    connection: sa.Connection, noted: NotedEnd, secret: bytes | None, rows: Sequence[sa.Row[Any]]
) -> Iterator[str]:
    """Yield why the entries of the log (stored_entries) are not those that gktools left, as Chinese sentences.

    noted is as in head_errors; secret is that of the key of the store, None if none is registered. Also told is what of the
    registers the last entry knows and the store has no more.
    """
    yield from soundness_errors(connection, READ)
    if secret is not None:
        yield from _entry_errors(rows, secret)
        yield from _end(connection, noted, secret)
    elif rows:
        yield "台账库里没有登记密钥，审签记录核对不了：台账库被动过，请从备份恢复"


def require_entries(connection: sa.Connection, noted: NotedEnd, secret: bytes) -> None:
    """Raise RecordsError unless the log, as it is in this transaction, has every entry that the notes of its end know.

    What of the registers is lost does not matter here, nor that there is no note in a file.
    """
    ends = (one for one in head_errors(connection, noted, secret) if not one.startswith(f"找不到 {HEAD_FILE}"))
    if broken := next(chain(_entry_errors(stored_entries(connection), secret), ends), ""):
        raise RecordsError(f"审签记录不完整，没有恢复，什么也没有变：{broken}。请先运行 gktools review verify")


def note_end(connection: sa.Connection, secret: bytes) -> LogHead | None:
    """Note the last entry in the store as the end of the log, and return it; None if it is empty.

    Call it in the transaction in which every entry was verified.
    """
    last = _last(connection)
    head = LogHead.of(last.number, last.hash, secret) if last is not None else None
    note_in_store(connection, head)
    return head


def end_errors(connection: sa.Connection, noted: NotedEnd, secret: bytes) -> Iterator[str]:
    """Yield why the last entry is not the last that was written, and what of the registers it knows and the store has no more."""
    yield from head_errors(connection, noted, secret)
    last = _last(connection)
    if last is not None and not is_entry_ours(last, secret):
        yield f"{what_entry(last)}不是由 gktools 写入的，或者被改动过"
    yield from lost_import_errors(connection, secret)


def _last(connection: sa.Connection) -> sa.Row[Any] | None:
    if not sa.inspect(connection).has_table(ENTRIES.name):
        return None
    return connection.execute(_LAST).first()


_LAST = sa.select(ENTRIES).order_by(ENTRIES.c.number.desc()).limit(1)


def lost_import_errors(connection: sa.Connection, secret: bytes) -> Iterator[str]:
    """Yield that the store no longer has the import that the last entry of the review log knows, as a Chinese sentence."""
    last = _last(connection)
    named = named_import(last) if last is not None and is_entry_ours(last, secret) else None
    if last is None or named is None:
        return  # of an older gktools, before the first import, or forged, which the audit of the log tells
    if import_lost(connection, Key(secret), named.number, named.hash):
        yield (
            f"审签记录写第 {last.number} 条的时候，台账库里有第 {named.number} 次导入，现在没有："
            "登记表多半换回了较早的，请放回最新的台账库；找不回来的，gktools review accept-loss"
        )


def named_import(row: sa.Row[Any]) -> SealedImport | None:
    """Return the last import there was when an entry was written, as it says; None if it names none."""
    number, _, hashed = str((content_of(row) or {}).get(LAST_IMPORT, "")).partition(" ")
    return SealedImport(int(number), hashed) if number.isdecimal() else None


def published_hash(
    connection: sa.Connection, home: Path, noted: NotedEnd, secret: bytes | None, code: str, year: int
) -> str:
    """Return the SHA-256 of the report.json that was published last of an office and year; "" if none was.

    Raises RecordsError if the log, as it is found in this very read, is not the one that was left.
    """
    present = sa.inspect(connection)
    ends = {HEAD.name: sa.select(HEAD), ENTRIES.name: _LAST}
    found = (connection.execute(end).all() if present.has_table(name) else () for name, end in ends.items())
    state = (home, *(tuple(map(tuple, rows)) for rows in found))
    if state not in _PUBLISHED:
        rows = stored_entries(connection)
        if broken := next(log_errors(connection, noted, secret, rows), ""):
            raise RecordsError(f"审签记录不完整，说不清上年公布的是什么：{broken}。请先运行 gktools review verify")
        _PUBLISHED.clear()
        _PUBLISHED[state] = {
            (row.office, row.year): str((content_of(row) or {}).get("report", ""))
            for row in rows
            if row.kind in ("published", "corrected")
        }
    return _PUBLISHED[state].get((code, year), "")


def kept_report(connection: sa.Connection, digest: str) -> bytes | None:
    """Return the report.json that was kept under a hash; None for none, or if it is something else by now."""
    if not digest or not sa.inspect(connection).has_table(KEPT.name):
        return None
    return kept_bytes(connection.execute(sa.select(KEPT.c.data).where(KEPT.c.sha256 == digest)).scalar(), digest)


def published_key(code: str, year: int) -> str:
    """Return the key of published_marks for an office's report of a year; no office has such a code."""
    return f"{code} {year}"


def published_marks(connection: sa.Connection) -> dict[str, str]:
    """Return the hash of the entry by which each report was published last, by published_key; it is not proved."""
    if not sa.inspect(connection).has_table(ENTRIES.name):
        return {}
    wanted = sa.select(ENTRIES.c.office, ENTRIES.c.year, ENTRIES.c.hash).order_by(ENTRIES.c.number)
    rows = connection.execute(wanted.where(ENTRIES.c.kind.in_(("published", "corrected"))))
    return {published_key(office, year): str(hashed) for office, year, hashed in rows}


_PUBLISHED: dict[object, Mapping[tuple[str, int], str]] = {}
"""What the log that was found whole last says was published: a log is only added to, so it says so while its end is the same."""


def key_errors(connection: sa.Connection, secret: bytes) -> Iterator[str]:
    """Yield that the first entry names another key than that of the store."""
    if sa.inspect(connection).has_table(ENTRIES.name):
        first = connection.execute(sa.select(ENTRIES).order_by(ENTRIES.c.number).limit(1)).first()
        yield from _key_errors(first, secret) if first is not None else ()


def _key_errors(first: sa.Row[Any], secret: bytes) -> Iterator[str]:
    if first.previous != NO_ENTRY and not is_key_name(secret, first.previous):
        yield f"{what_entry(first)}写明的密钥不是现在这一把：密钥文件被换过"


@dataclass(frozen=True)
class _Whole:
    """Of a log found whole: the office and year of every entry, the hash of the last, and whether an older gktools began it."""

    about: tuple[tuple[str, int], ...] = ()
    hash: str = ""
    older: bool = False

    def stands(self, connection: sa.Connection, secret: bytes) -> bool:
        """Return whether the log still has the last of these entries."""
        row = connection.execute(sa.select(ENTRIES).where(ENTRIES.c.number == len(self.about))).first()
        return row is not None and row.hash == self.hash and is_entry_ours(row, secret)

    def further(self, rows: Sequence[sa.Row[Any]]) -> _Whole:
        """Return the same with the entries that follow."""
        if not rows:
            return self
        older = self.older if self.about else rows[0].previous == NO_ENTRY
        return _Whole((*self.about, *((row.office, row.year) for row in rows)), rows[-1].hash, older)


_WHOLE: dict[object, _Whole] = {}
"""The logs that this process has found whole: what is added is verified, and of the rest what is asked for."""


def whole_entries_about(
    connection: sa.Connection, home: Path, noted: NotedEnd, secret: bytes, code: str, year: int
) -> Sequence[sa.Row[Any]]:
    """Return the rows of all entries about a report, of a log of which every entry was verified in this process.

    noted is as in head_errors. Those that it has verified before are read by their numbers: they cannot be hidden under
    another office or year. Raises RecordsError if the log is not the one that was left, or one of these entries is not as
    it was written.
    """
    place = home.absolute(), connection.engine.url, secret
    known = _WHOLE.get(place, _Whole())
    known = known if known.about and known.stands(connection, secret) else _Whole()
    added = sa.select(ENTRIES).where(ENTRIES.c.number > len(known.about)).order_by(ENTRIES.c.number)
    rows = connection.execute(added if known.about else sa.select(ENTRIES).order_by(ENTRIES.c.number)).all()
    errors = chain(
        soundness_errors(connection, READ),
        _entry_errors(rows, secret, known),
        _end(connection, noted, secret),
    )
    if broken := next(errors, ""):
        raise RecordsError(broken)
    _WHOLE[place] = known = known.further(rows)
    numbers = [number for number, about in enumerate(known.about, start=1) if about == (code, year)]
    found = connection.execute(sa.select(ENTRIES).where(ENTRIES.c.number.in_(numbers)).order_by(ENTRIES.c.number)).all()
    if wrong := next((row for row in found if not is_entry_ours(row, secret)), None):
        raise RecordsError(f"第 {wrong.number} 条不是由 gktools 写入的，或者被改动过")
    if [row.number for row in found] != numbers:
        raise RecordsError(
            f"{code} {year} 年度的审签记录有的不见了：原来有 {len(numbers)} 条，现在只有 {len(found)} 条"
        )
    return found


def rows_since(connection: sa.Connection, secret: bytes, number: int, hashed: str) -> Sequence[sa.Row[Any]]:
    """Return the rows of the entries that follow one, by its number and hash (0 and "" for all), each as it was written.

    Call it after whole_entries_about. Raises RecordsError if the log does not continue that entry.
    """
    listed = connection.execute(sa.select(ENTRIES).where(ENTRIES.c.number >= number).order_by(ENTRIES.c.number)).all()
    if wrong := next((row for row in listed if not is_entry_ours(row, secret)), None):
        raise RecordsError(f"第 {wrong.number} 条不是由 gktools 写入的，或者被改动过")
    if number and (not listed or (listed[0].number, listed[0].hash) != (number, hashed)):
        raise RecordsError(f"刚才读到过的第 {number} 条，现在没有了，或者不是那一条")
    return listed[1:] if number else listed


def _end(connection: sa.Connection, noted: NotedEnd, secret: bytes) -> Iterator[str]:
    yield from head_errors(connection, noted, secret)
    yield from lost_import_errors(connection, secret)


def _entry_errors(rows: Sequence[sa.Row[Any]], secret: bytes, before: _Whole | None = None) -> Iterator[str]:
    """Yield what is wrong with the entries that follow those found whole before."""
    before = before or _Whole()
    previous, older = before.hash, before.further(rows[:1]).older
    for expected, row in enumerate(rows, start=len(before.about) + 1):
        if row.number != expected:
            yield f"第 {expected} 条不见了，它的位置上是第 {row.number} 条"
            return
        known = sha256(repr((tuple(row), secret)).encode("utf-8", "surrogatepass")).digest()
        whole, marked = (True, True) if known in _OURS else (_is_whole(row), _has_mark(row, secret))
        if not whole:
            yield f"{what_entry(row)}的内容被改动过"
        if previous and row.previous != previous:
            yield f"{what_entry(row)}与前一条接不上：中间的被删掉或者调换过"
        if not previous:
            yield from _key_errors(row, secret)
        if not marked or (is_bare(row) and not older):
            yield f"{what_entry(row)}不是由 gktools 写入的：印记对不上"
        previous = row.hash
        if whole and marked:
            _OURS.add(known)


_OURS: set[bytes] = set()
"""Hashes of the rows found whole and ours before, with the key: a log is only added to, and read again and again."""


def what_entry(row: sa.Row[Any]) -> str:
    """Return how a message names an entry."""
    return f"第 {row.number} 条（{row.office} {row.year} 年度，{row.person}，{clock.shown(str(row.at))}）"


def _is_whole(row: sa.Row[Any]) -> bool:
    """Whether the fields of an entry are those that its hash covers."""
    content = content_of(row)
    if content is None or canonical(content) != row.body:
        return False
    fields = (row.number, row.at, row.office, row.year, row.person, row.kind, content, row.previous)
    return is_plain_hash(entry_bytes(fields), row.hash, bare=True)


def _has_mark(row: sa.Row[Any], secret: bytes) -> bool:
    return is_keyed_hash(secret, _PURPOSE, str(row.hash).encode("utf-8", "replace"), str(row.mark), bare=True)
