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
OWN_BUSY = "您前面交的几份还没有读完，没有读这一份：请等它们读完再交"


class Threads:
    """A number of threads with a bounded queue of work.

    each is how many calls of one person may be waiting or running: one runs at a time, so that one person's never take
    all threads or all places of the queue. 0: whoever comes first.
    """

    def __init__(self, name: str, workers: int, most: int, each: int = 0) -> None:
        self._name, self._workers, self._most, self._each = name, workers, most, each
        self._waiting, self._lock = 0, Lock()
        self._turns: dict[tuple[asyncio.AbstractEventLoop, str], tuple[asyncio.Lock, int]] = {}
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, do: Callable[..., Result], *args: Any, whose: str = "", **given: Any) -> Result:
        """Return what a function returns, called in a thread. Raises HTTPError 503 if too many wait already."""
        if not (self._each and whose):
            return await self._run(do, *args, **given)
        key = (asyncio.get_running_loop(), whose)
        turn, waiting = self._turns.get(key, (asyncio.Lock(), 0))
        if waiting >= self._each:
            raise HTTPError(503, OWN_BUSY)
        self._turns[key] = turn, waiting + 1
        try:
            async with turn:
                return await self._run(do, *args, **given)
        finally:
            turn, waiting = self._turns.pop(key)
            if waiting > 1:
                self._turns[key] = turn, waiting - 1

    async def _run(self, do: Callable[..., Result], *args: Any, **given: Any) -> Result:
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
