"""The threads in which pages do their work: nothing that reads, writes, waits or computes runs in the event loop.

Whoever only reads never waits behind those who write, and neither behind those whose password is checked.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

from tornado.web import HTTPError

Result = TypeVar("Result")
BUSY = "现在办事的人太多，没有办：请过一会儿再试"


class Threads:
    """A number of threads with a bounded queue of work."""

    def __init__(self, name: str, workers: int, most: int) -> None:
        self._name, self._workers, self._most = name, workers, most
        self._waiting, self._lock = 0, Lock()
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, do: Callable[..., Result], *args: Any, **given: Any) -> Result:
        """Return what a function returns, called in a thread. Raises HTTPError 503 if too many wait already."""
        with self._lock:
            if self._waiting >= self._most:
                raise HTTPError(503, BUSY)
            self._waiting += 1
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self._workers, thread_name_prefix=self._name)
        try:
            context = contextvars.copy_context()
            call = self._executor.submit(lambda: context.run(do, *args, **given))
        except BaseException:
            self._leave()
            raise
        call.add_done_callback(lambda _: self._leave())
        return await asyncio.wrap_future(call)

    def _leave(self) -> None:
        with self._lock:
            self._waiting -= 1


READS = Threads("reads", 8, 400)
CHANGES = Threads("changes", 8, 100)
PASSWORDS = Threads("passwords", 2, 60)
"""Checking a password takes 50 ms of one processor: two at a time, and no longer queue than three seconds."""
