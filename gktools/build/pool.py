"""A few processes that do one job at a time each: one that dies or takes too long costs its job alone."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Generic, Literal, Self, TypeVar

from .engine.reaping import adopt

Job = TypeVar("Job", bound=Hashable)
Result = TypeVar("Result")
Loss = Literal["died", "too slow", "cut off", "unfit"]
"""How a job was lost: with its process, by its time limit; on a cluster also with the scheduler, or by its set-up."""
_PR_SET_PDEATHSIG = 1
TRIES = 2
"""How often a job is given to a worker whose process dies: that is the machine's fault, not the job's."""


def leave_out_slow_imports() -> None:
    """Let jsonschema do without a parser of web addresses, which it would build at its import: 0.8 s that nothing of ours needs."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def run_jobs(
    jobs: Iterable[Job],
    do: Callable[[Job], Result],
    on_lost: Callable[[Job, Loss], Result],
    *,
    workers: int,
    seconds: float,
) -> Generator[Result]:
    """Yield the result of every job as it comes, done in as many processes, each job within so many seconds.

    on_lost gives the result of a job whose worker died each time or took too long. However this ends, no process and
    no file of theirs is left.
    """
    with Pool() as pool:
        yield from pool.run_jobs(jobs, do, on_lost, workers=workers, seconds=seconds)


class Pool:
    """Worker processes that are kept from one batch of jobs to the next. Leaving the block ends them all."""

    def __init__(self) -> None:
        self._private = tempfile.mkdtemp(prefix="gktools-")
        self._idle: list[Worker[Any, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._idle:
            worker.end()
        self._idle.clear()
        shutil.rmtree(self._private, ignore_errors=True)

    def run_jobs(
        self,
        jobs: Iterable[Job],
        do: Callable[[Job], Result],
        on_lost: Callable[[Job, Loss], Result],
        *,
        workers: int,
        seconds: float,
    ) -> Generator[Result]:
        """As the function run_jobs, but idle processes of the pool are used first, and kept afterwards.

        A process that is still busy when the caller stops is ended. Every job has the environment of its caller.
        """
        waiting, tries = deque(jobs), Counter[Job]()
        crew: list[Worker[Job, Result]] = []
        try:
            crew += [self._worker() for _ in range(min(workers, len(waiting)))]
            while waiting or any(worker.busy for worker in crew):
                for worker in crew:
                    if waiting and not worker.busy:
                        worker.give(waiting.popleft(), do, seconds)
                for worker in _with_news(crew):
                    job, news = worker.news()
                    if news == "died" and (tries.update([job]) or tries[job] < TRIES):
                        waiting.append(job)
                    else:
                        yield on_lost(job, news) if isinstance(news, str) else news[0]
        finally:
            for worker in crew:
                worker.end() if worker.busy else self._idle.append(worker)

    def _worker(self) -> Worker[Any, Any]:
        """An idle process that is alive, or else a new one."""
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            worker.end()
        return Worker(self._private)


class Worker(Generic[Job, Result]):
    """One process, started again when it is gone."""

    def __init__(self, private: str) -> None:
        self._private = private
        self._start()

    def _start(self) -> None:
        context = get_context("spawn")
        self.link, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._private), daemon=True)
        with _uninterrupted():
            self._process.start()
        theirs.close()
        self._job: Job | None = None
        self.until = float("inf")

    @property
    def busy(self) -> bool:
        return self._job is not None

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def give(self, job: Job, do: Callable[[Job], Result], seconds: float) -> None:
        """Let it do a job within so many seconds, in the environment of this process."""
        self._job, self.until = job, time.monotonic() + seconds
        with suppress(OSError):  # it is gone, which its news will say
            self.link.send((do, job, dict(os.environ)))

    def news(self) -> tuple[Job, Loss | tuple[Result]]:
        """The job and its result, or how it was lost; in that case another process stands ready."""
        job, self._job = self._job, None
        assert job is not None
        try:
            if self.link.poll():
                return job, (self.link.recv(),)
            loss: Loss = "too slow"
        except (EOFError, OSError):
            loss = "died"
        self.end()
        self._start()
        return job, loss

    def do(self, job: Job, do: Callable[[Job], Result], seconds: float) -> Loss | tuple[Result]:
        """Do a job, and wait for its result or for how it was lost."""
        self.give(job, do, seconds)
        while not _with_news([self]):
            pass
        return self.news()[1]

    def kill(self) -> None:
        """Kill the process; what it started ends with it, and its news is that it died."""
        self._process.kill()
        self._process.join()

    def end(self) -> None:
        """Kill the process and let go of it."""
        self.kill()
        self.link.close()


def _with_news(crew: list[Worker[Job, Result]]) -> list[Worker[Job, Result]]:
    """Wait until a busy worker has something to tell, is gone, or is out of time; return those."""
    busy = {worker.link: worker for worker in crew if worker.busy}
    left = min(worker.until for worker in busy.values()) - time.monotonic()
    ready = wait(busy, max(0.0, min(left, 3600.0)))
    now = time.monotonic()
    return [worker for link, worker in busy.items() if link in ready or worker.until <= now]


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let a process that starts hear of no interrupt until it knows what to do with it; this one hears of it after."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it would unblock them
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(link: Connection, private: str) -> None:
    """Do jobs until nobody gives any. An interrupt is for the process that gives them; its end is ours too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        adopt()
    leave_out_slow_imports()
    own = Path(tempfile.mkdtemp(dir=private))
    ours = {"JUPYTER_RUNTIME_DIR": str(own), "IPYTHONDIR": str(own), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    os.environ |= ours  # the imports of a job look there
    with suppress(EOFError, OSError):
        while True:
            do, job, environment = link.recv()
            _set_environment(environment | ours)
            link.send(do(job))


def _set_environment(wanted: Mapping[str, str]) -> None:
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    os.environ |= {name: value for name, value in wanted.items() if os.environ.get(name) != value}
