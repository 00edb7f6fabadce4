"""Whether a server can do its work, told to anybody who asks: nothing of offices, people or files.

Strangers may ask as often as they like: all get what was seen last, and it is looked at again only after some seconds.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from ...errors import GktoolsError
from ...registers.store.database import reading
from ...registers.store.log_audit import end_errors
from ...registers.store.log_head import read_note
from ...registers.store.opening import open_store
from ...registers.store.privacy import Privacy

EVERY = 10.0
"""Seconds for which what was seen is told."""
PATIENCE = 5.0
"""Seconds that a look may take; a store that takes longer is not reachable."""
FREE = 1 << 30
"""Bytes that must be free where the working folder is: a build and a backup need hundreds of megabytes."""


@dataclass(frozen=True)
class Health:
    """What a server needs, each true or false: its store, the end of its log, the process that makes reports, free disk space."""

    store: bool
    log: bool
    worker: bool
    disk: bool

    @property
    def good(self) -> bool:
        """Whether nothing is missing."""
        return all(asdict(self).values())

    def to_json(self) -> dict[str, object]:
        """Return what is told to whoever asks."""
        return {"status": "ok" if self.good else "failing", **asdict(self)}


class HealthCheck:
    """The health of the server of one working folder; to be asked in its event loop."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="health")
        self._seen: tuple[bool, bool, bool] | None = None
        self._until = self._begun = 0.0
        self._looking: asyncio.Future[tuple[bool, bool, bool]] | None = None

    async def ask(self, worker_runs: Callable[[], bool]) -> Health:
        """Return the health as it was seen some seconds ago, or now; whether the worker runs is asked each time."""
        if self._seen is None or time.monotonic() >= self._until:
            await self._look()
        store, log, disk = self._seen or (False, False, False)
        return Health(store, log, worker_runs(), disk)

    async def _look(self) -> None:
        now = time.monotonic()
        if self._looking is None:
            self._begun = now
            self._looking = asyncio.get_running_loop().run_in_executor(self._thread, look, self._home)
        wait = max(0.0, self._begun + PATIENCE - now)
        done, _ = await asyncio.wait({self._looking}, timeout=wait)
        if not done:
            self._seen = None
        elif self._looking in done:
            self._seen, self._looking = self._looking.result(), None
            self._until = time.monotonic() + EVERY


def look(home: Path) -> tuple[bool, bool, bool]:
    """Return whether the store of a working folder can be read, the end of its log is the one that was left, and the disk has room."""
    store = log = disk = False
    try:
        disk = shutil.disk_usage(home).free >= FREE
        noted = read_note(home)
        with open_store(home, wait=1) as opened, reading(opened.engine) as connection:
            store = True
            key = Privacy(home).known_key(connection)
            log = key is None or not any(end_errors(connection, noted, key.secret))
    except (GktoolsError, OSError):
        pass
    return store, log, disk
