"""The head of the log: an entry that must still stand, by number and hash, noted in the store and in a file beside it.

Both notes carry a keyed hash. They may lag behind the log (a process that is killed writes them late) but are never
ahead of it: a log that has been cut off, replaced by an older one or dropped no longer has the entry that they name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import sqlalchemy as sa

from ...errors import RecordsError, os_reason
from ...workspace.files import read_regular, write_whole
from ...workspace.seals import is_keyed_hash, keyed_hash
from .journal import ENTRIES, HEAD

HEAD_FILE = "review.head"
_PURPOSE = "gktools.review.head"
_MOST_ENTRIES = 1 << 31
"""More than any log has, and no more than a database can be asked for."""


@dataclass(frozen=True)
class LogHead:
    """The number and hash of an entry, with their keyed hash; a note of an older gktools has none."""

    number: int
    hash: str
    mark: str = ""

    @classmethod
    def of(cls, number: int, hashed: str, secret: bytes) -> LogHead:
        """Return the head with its keyed hash."""
        return cls(number, hashed, keyed_hash(secret, _PURPOSE, _signed(number, hashed)))

    def is_ours(self, secret: bytes) -> bool:
        """Return whether the keyed hash is that of number and hash."""
        return is_keyed_hash(secret, _PURPOSE, _signed(self.number, self.hash), str(self.mark))


FileNote: TypeAlias = LogHead | str | None
"""The note in the file; None if there is none, a Chinese sentence if it cannot be read."""


@dataclass(frozen=True)
class NotedEnd:
    """What is known of the end of a log before it is read: the note in the file, and the last entry this process found whole."""

    file: FileNote = None
    seen: LogHead | None = None


_SEEN: dict[Path, LogHead] = {}
"""The last entry of the log of each folder that this process has found whole: the log never gets shorter while it runs."""


def note_seen(home: Path, number: int, hashed: str) -> None:
    """Note that this process has found a log whole to its last entry, by number and hash. Call it after the transaction."""
    known = _SEEN.get(home.absolute())
    if known is None or known.number < number:
        _SEEN[home.absolute()] = LogHead(number, hashed)


def take_seen(home: Path, seen: LogHead | None) -> None:
    """Know of a log what the process knows that this one works for, and nothing else."""
    _SEEN.pop(home.absolute(), None)
    if seen is not None:
        _SEEN[home.absolute()] = seen


def _signed(number: int, hashed: str) -> bytes:
    return f"{number} {hashed}".encode()


def note_in_store(connection: sa.Connection, head: LogHead | None) -> None:
    """Replace the note in the store; None leaves none. Call it in the transaction that writes the entry."""
    connection.execute(HEAD.delete())
    if head is not None:
        connection.execute(HEAD.insert().values(number=head.number, hash=head.hash, mark=head.mark))


def note_in_file(home: Path, head: LogHead | None, *, replace: bool = False) -> None:
    """Write the note into the file, unless it names a later entry and is not to be replaced; None removes it. Raises RecordsError.

    One that replaces what was known is the end of the log for this process too.
    """
    known = _read_file(home)
    if replace or head is None:
        _SEEN.pop(home.absolute(), None)
    if head and not replace and isinstance(known, LogHead) and known.mark and known.number >= head.number:
        return
    try:
        if head is None:
            (home / HEAD_FILE).unlink(missing_ok=True)
            return
        write_whole(home / HEAD_FILE, f"{head.number} {head.hash} {head.mark}\n", 0o600)
    except OSError as error:
        raise RecordsError(f"{HEAD_FILE} 写不进去（{os_reason(error)}）：请看目录的权限、磁盘是否已满") from error


def has_note(home: Path) -> bool:
    """Return whether there is a note in a file, readable or not."""
    return os.path.lexists(home / HEAD_FILE)


def head_errors(connection: sa.Connection, noted: NotedEnd, secret: bytes) -> Iterator[str]:
    """Yield why the log is not the one that the notes speak of, as Chinese sentences; nothing if it is.

    noted is read before the transaction unless that is a writer's: who appends meanwhile notes it.
    Only a log whose first entry names no key, which an older gktools began, may have a note without a keyed hash.
    """
    found = list(_note_errors(connection, noted.file, secret))
    yield from found
    if noted.seen is not None and not found:
        has_log = sa.inspect(connection).has_table(ENTRIES.name)
        row = connection.execute(_numbered(noted.seen.number)).first() if has_log else None
        if row is None or row.hash != noted.seen.hash:
            yield _OLDER.format(noted.seen.number)


_OLDER = (
    "这个程序先前核对过第 {} 条，现在没有了，或者不是那一条：换回了较早的；"
    "恢复过备份、写明过丢失的（accept-loss），重新启动审签服务"
)


def _note_errors(connection: sa.Connection, noted: FileNote, secret: bytes) -> Iterator[str]:
    present = sa.inspect(connection)
    has_log, has_note = present.has_table(ENTRIES.name), present.has_table(HEAD.name)
    last = connection.execute(_last).first() if has_log else None
    first = connection.execute(_numbered(1)).first() if has_log else None
    older = first is not None and first.previous == NO_ENTRY
    stored = connection.execute(sa.select(HEAD)).first() if has_note else None
    if stored is not None:
        head = LogHead(stored.number, stored.hash, stored.mark)
        yield from _compare(connection, last, head, "台账库里的记号", is_ours=head.is_ours(secret))
    elif last is not None and not (older and is_bare(last)):
        yield "台账库里没有记审签记录写到了哪一条：说不清末尾有没有被删掉的"
    if isinstance(noted, LogHead):
        named = connection.execute(_numbered(noted.number)).first() if has_log else None
        behind = last.number - noted.number if last is not None else 0
        of_older = older and not noted.mark and named is not None and is_bare(named) and behind <= 1
        yield from _compare(connection, last, noted, HEAD_FILE, is_ours=of_older or noted.is_ours(secret))
    elif noted:
        yield noted
    elif last is not None and last.number > 1:
        yield f"找不到 {HEAD_FILE}：说不清末尾有没有被删掉的"


NO_ENTRY = "0" * 64
"""What stands for the entry before the first in a log that an older gktools began."""
_last = sa.select(ENTRIES).order_by(ENTRIES.c.number.desc()).limit(1)


def _numbered(number: int) -> sa.Select[Any]:
    return sa.select(ENTRIES).where(ENTRIES.c.number == number)


def is_bare(row: sa.Row[Any]) -> bool:
    """Return whether the mark of an entry names no algorithm, as those of an older gktools."""
    return ":" not in str(row.mark)


def _compare(
    connection: sa.Connection, last: sa.Row[Any] | None, head: LogHead, where: str, *, is_ours: bool
) -> Iterator[str]:
    named = last and connection.execute(_numbered(head.number)).first()
    if not is_ours:
        yield f"{where} 不是由 gktools 写入的：印记对不上"
    elif named is None:
        yield f"末尾少了：原来写到第 {head.number} 条，现在只有 {last.number if last else 0} 条"
    elif named.hash != head.hash:
        yield f"第 {head.number} 条不是当时写入的那一条"


def read_note(home: Path) -> NotedEnd:
    """Return the note in the file, and what this process has seen of the log."""
    return NotedEnd(_read_file(home), _SEEN.get(home.absolute()))


def _read_file(home: Path) -> FileNote:
    try:
        number, hashed, *mark = read_regular(home / HEAD_FILE, most=1_000_000).decode("ascii").split()
        if not 0 < int(number) < _MOST_ENTRIES:
            raise ValueError(number)
        return LogHead(int(number), hashed, *mark)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        return f"{HEAD_FILE} 读不出来，或者不是 gktools 写的"
