"""Verifying and listing an exported review log for an auditor, who has neither the store, the keys nor the working folder.

Whoever wrote the file can have made all of it: what shows that is a number and a hash that somebody kept (known_mark).
"""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

from ..errors import ReviewError, os_reason
from ..workspace.files import open_regular
from .log import LogEntry

_LONGEST = 64 << 20
"""How many bytes a line may have."""


def read_exported(path: Path) -> tuple[list[LogEntry], list[str]]:
    """Return the entries of an exported log, and what is wrong with it as Chinese sentences: changed, missing or moved entries.

    Raises ReviewError if the file cannot be read or has anything else in it.
    """
    entries: list[LogEntry] = []
    try:
        with open_regular(path) as file:
            for number in count(1):
                if not (line := file.readline(_LONGEST)):
                    break
                entries.append(_entry(line, path, number))
    except OSError as error:
        raise ReviewError(f"{path.name} 读不出来（{os_reason(error)}）") from error
    wrong = [] if entries else ["文件是空的，一条记录也没有：请重新导出（gktools review log）"]
    for number, entry in enumerate(entries, start=1):
        if entry.number != number:
            wrong.append(f"第 {number} 条的地方写的是第 {entry.number} 条：少了，或者换过次序")
            break
        if not entry.is_whole:
            wrong.append(f"第 {number} 条被改动过：内容和它的哈希对不上")
        if number > 1 and entry.previous != entries[number - 2].hash:
            wrong.append(f"第 {number} 条不接着前一条：前面的被换过")
    return entries, wrong


def _entry(line: bytes, path: Path, number: int) -> LogEntry:
    try:
        entry = LogEntry.from_json(json.loads(line))
        texts = (entry.at, entry.code, entry.person, entry.kind, entry.previous, entry.hash)
        if not isinstance(entry.number, int) or not all(isinstance(one, str) for one in texts):
            raise TypeError
        entry.account  # noqa: B018 - of what is no object there is none
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReviewError(
            f"{path.name} 第 {number} 行不是审签记录的一条：请用 gktools review log 导出的那个文件"
        ) from error
    return entry
