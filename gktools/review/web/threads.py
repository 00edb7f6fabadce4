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
OWN_BUSY = "您前面的几件还没有办完，这一件没有办：请等它们办完，再办一次"


class Threads:
    """A number of threads with a bounded queue of work.

    each is how many calls of one person may be waiting or running, at_once how many of them take a thread or a place of
    the queue: one person's never take all.
    """

    def __init__(self, name: str, workers: int, most: int, each: int, at_once: int = 1) -> None:
        self._name, self._workers, self._most, self._each, self._at_once = name, workers, most, each, at_once
        self._waiting, self._lock = 0, Lock()
        self._turns: dict[tuple[asyncio.AbstractEventLoop, str], tuple[asyncio.Semaphore, int]] = {}
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, do: Callable[..., Result], *args: Any, whose: str) -> Result:
        """Return what a function returns, called in a thread. Raises HTTPError 503 if too many wait already.

        whose is the name of the person whose share it takes, or what stands for somebody who is not known yet.
        """
        key = (asyncio.get_running_loop(), whose)
        turn, waiting = self._turns.get(key, (asyncio.Semaphore(self._at_once), 0))
        if waiting >= self._each:
            raise HTTPError(503, OWN_BUSY)
        self._turns[key] = turn, waiting + 1
        try:
            async with turn:
                return await self._run(do, *args)
        finally:
            turn, waiting = self._turns.pop(key)
            if waiting > 1:
                self._turns[key] = turn, waiting - 1

    async def _run(self, do: Callable[..., Result], *args: Any) -> Result:
        with self._lock:
            if self._waiting >= self._most:
                raise HTTPError(503, BUSY)
            self._waiting += 1
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self._workers, thread_name_prefix=self._name)
        try:
            context = contextvars.copy_context()
            call = self._executor.submit(lambda: context.run(do, *args))
        except BaseException:
            self._leave()
            raise
        call.add_done_callback(lambda _: self._leave())
        return await asyncio.wrap_future(call)

    def _leave(self) -> None:
        with self._lock:
            self._waiting -= 1


READS = Threads("reads", 8, 400, each=40, at_once=2)
CHANGES = Threads("changes", 8, 100, each=20, at_once=2)
PASSWORDS = Threads("passwords", 2, 60, each=30)
"""Checking a password takes 50 ms of one processor: two at a time, and no longer queue than three seconds."""
