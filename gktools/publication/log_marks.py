"""The mark of the review log in a published site: an entry, by number and hash, that must still stand, and the log's key.

It is signed with the site, so somebody outside who keeps a copy can tell a log that was cut off, replaced or made anew.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import GktoolsError
from ..review.log import LogEntry
from ..workspace.json_file import parse_json, read_bounded, read_json
from .releases import SITE_MANIFEST


@dataclass(frozen=True)
class LogMark:
    """An entry of the log by number and hash, and the identifier of the key of the log; "" if that was not kept."""

    number: int
    hash: str
    key: str

    @classmethod
    def of(cls, entries: Sequence[LogEntry]) -> LogMark:
        """Return the mark of a log: its newest publication. Raises IndexError if it has none."""
        newest = [entry for entry in entries if entry.kind in ("published", "corrected")][-1]
        return cls(newest.number, newest.hash, entries[0].previous)

    def to_json(self) -> dict[str, int | str]:
        """Return the JSON object that the manifest of a site contains."""
        return {"entry": self.number, "hash": self.hash, "key": self.key}

    def errors(self, entries: Sequence[LogEntry]) -> list[str]:
        """Return why a log is not the one that was marked, as Chinese sentences; empty if it is."""
        then = "公布时" if self.key else "记下时"
        if not 1 <= self.number <= len(entries):
            return [f"末尾少了：{then}写到第 {self.number} 条，现在只有 {len(entries)} 条"]
        known = entries[self.number - 1].hash
        found = [] if self.hash in (known, known.rpartition(":")[2]) else [f"第 {self.number} 条不是{then}的那一条"]
        return found + ([] if self.key in ("", entries[0].previous) else ["审签记录的密钥不是公布时的那一把"])


def mark_in(manifest: Any) -> LogMark | None:
    """Return the mark in a manifest; None if it has none, as of an older gktools. Raises ValueError, KeyError, TypeError."""
    known = manifest.get("log")
    return LogMark(int(known["entry"]), str(known["hash"]), str(known["key"])) if known else None


def known_mark(given: str) -> LogMark:
    """Return the mark that somebody kept: number and hash of an entry, as a text or in a file, or as read_mark finds it.

    Raises GktoolsError if it is nothing of these, or a manifest without a mark: nothing would be compared.
    """
    found = _NUMBER_AND_HASH.fullmatch(given)
    if not found:
        with suppress(OSError, ValueError):
            found = _NUMBER_AND_HASH.fullmatch(read_bounded(Path(given)).decode())
    if found:
        return LogMark(int(found[1]), found[2], "")
    if mark := read_mark(Path(given)):
        return mark
    raise GktoolsError(
        f"{Path(given).name} 里没有审签记录的记号，没有对成：请写公布时另存的网站清单（{SITE_MANIFEST}），或者记下的最后一条的编号和哈希"
    )


_NUMBER_AND_HASH = re.compile(r"\s*(\d{1,9})\s+((?:[a-z0-9-]+:)?[0-9a-f]{64,128})\s*")


def read_mark(path: Path) -> LogMark | None:
    """Return the mark in a copy of a site's manifest or of its signed envelope that somebody kept; None if it has none.

    The signature of an envelope is not verified: see signed_manifest. Raises GktoolsError if the file is neither.
    """
    try:
        data = read_json(path)
        return mark_in(parse_json(base64.b64decode(data["payload"], validate=True)) if "payload" in data else data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise GktoolsError(
            f"{path.name} 不是网站的清单（{SITE_MANIFEST}）或者带签名的清单：请写公布时另存的那一份，或者记下的最后一条的编号和哈希"
        ) from error
