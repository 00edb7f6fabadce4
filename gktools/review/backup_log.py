"""The review log of a backup of the store: what a restore would add to the log, and whether it may."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ..errors import GktoolsError
from ..registers.store.database import copy_engine
from ..registers.store.journal import entry_hashes
from ..registers.store.log_head import HEAD_FILE
from ..registers.store.sqlite_file import look_into
from ..registers.store.store import Store
from ..workspace import clock
from .entries import RestoredBody
from .log import Log, LogEntry

_AHEAD = timedelta(days=1)
"""How far in the future an entry's time may lie: clocks differ."""


@dataclass(frozen=True)
class BackupLog:
    """The entries by which a backup's log is longer than the log, and why they cannot be added.

    differs is whether it is neither the beginning of the log nor its continuation: then nothing of it is used.
    """

    entries: tuple[LogEntry, ...] = ()
    errors: tuple[str, ...] = ()
    differs: bool = False


def read_backup_log(log: Log, path: Path, home: Path) -> BackupLog:
    """Return what a restore of a backup would add to the log, checked as the log itself is."""
    with closing(look_into(path)) as backup:
        try:
            theirs = entry_hashes(backup)
        except sqlite3.Error:
            return BackupLog(errors=("备份里的审签记录读不出来",))
    known = [entry.hash for entry in log.entries()]
    if theirs[: len(known)] != known[: len(theirs)]:
        return BackupLog(differs=True)
    if len(theirs) <= len(known):
        return BackupLog()
    with Log(Store(copy_engine(path), home), home) as other:
        try:
            new = other.entries(since=len(known) + 1)
            errors = [one for one in other.verify(contents=False) if not one.startswith(f"找不到 {HEAD_FILE}")]
        except GktoolsError as error:
            return BackupLog(errors=(str(error),))
    return BackupLog(tuple(new), (*errors, *_times(new)))


def note_restore(store: Store, home: Path, person: str, body: RestoredBody, account: str) -> str:
    """Let the log of a store say that a backup was restored, by whom and why; account is the one that ran the command.

    A log that nobody has begun is left empty: that of a backup may still take its place. Return why nothing may be written
    into the log, as a Chinese sentence, else "".
    """
    log = Log(store, home, account=account)
    try:
        if log.is_begun():
            log.append("", 0, person, body)
    except GktoolsError as error:
        return f"台账已经恢复了；这件事没有记进审签记录：{error}"
    return ""


def _times(entries: list[LogEntry]) -> list[str]:
    found = []
    for entry in entries:
        try:
            ahead = clock.local(entry.at) > clock.now() + _AHEAD
        except (ValueError, TypeError):
            ahead = True
        if ahead:
            found.append(f"第 {entry.number} 条的时间（{entry.at}）还没有到，或者不是时间")
    return found
