"""A pool of processes that run one job at a time each: a process that dies or times out fails its own job only."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Generic, Literal, Self, TypeVar

from ..workspace.files import make_temporary_folder, remove_tree
from .engine.environment import set_environment
from .engine.reaping import adopt

Job = TypeVar("Job", bound=Hashable)
Result = TypeVar("Result")
Loss = Literal["died", "too slow", "cut off", "unfit"]
"""Why a job was lost: its process died or timed out; on a cluster also: the scheduler is gone, or the machine is unfit."""
_PR_SET_PDEATHSIG = 1
TRIES = 2
"""How often a job is submitted when its process dies: the cause is then the machine rather than the job."""


def skip_slow_imports() -> None:
    """Make jsonschema skip what knows web addresses and durations: loading it takes 0.9 s, and gktools needs none."""
    for name in ("rfc3987_syntax", "rfc3986_validator", "isoduration"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]


def run_jobs(
    jobs: Iterable[Job],
    do: Callable[[Job], Result],
    on_lost: Callable[[Job, Loss], Result],
    *,
    workers: int,
    seconds: float,
) -> Generator[Result]:
    """Yield the result of every job as it is ready; jobs run in parallel, each within a time limit in seconds.

    on_lost returns the result of a job whose process died at every try or timed out. In every case no process and no
    temporary file is left.
    """
    with Pool() as pool:
        yield from pool.run_jobs(jobs, do, on_lost, workers=workers, seconds=seconds)


def in_this_process(
    jobs: Iterable[Job], do: Callable[[Job], Result], on_lost: Callable[[Job, Loss], Result], *, seconds: float
) -> Generator[Result]:
    """Yield the result of every job, done in this process without a time limit: for a worker, which has one itself."""
    yield from map(do, jobs)


class Pool:
    """Worker processes reused from one batch of jobs to the next; leaving the block ends them all."""

    def __init__(self) -> None:
        self._private = str(make_temporary_folder())
        self._idle: list[Worker[Any, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._idle:
            worker.end()
        self._idle.clear()
        remove_tree(Path(self._private))

    def run_jobs(
        self,
        jobs: Iterable[Job],
        do: Callable[[Job], Result],
        on_lost: Callable[[Job, Loss], Result],
        *,
        workers: int,
        seconds: float,
    ) -> Generator[Result]:
        """Yield results as the function run_jobs does; idle processes of the pool are used first and returned to it.

        A process that is still busy when the caller stops is ended. Every job has the environment of its caller. Each job
        is taken from the iterable when a process is free for it, while the others work.
        """
        waiting, again, tries = iter(jobs), deque[Job](), Counter[Job]()
        active: list[Worker[Job, Result]] = []
        try:
            while True:
                free = [worker for worker in active if not worker.busy]
                while free or len(active) < workers:
                    if (job := next(waiting, None)) is None and (job := again.popleft() if again else None) is None:
                        break
                    if not free:
                        free.append(self._worker())
                        active.append(free[0])
                    free.pop().submit(job, do, seconds)
                if not any(worker.busy for worker in active):
                    break
                for worker in _wait_for_results(active):
                    job, result = worker.take_result()
                    if result == "died" and (tries.update([job]) or tries[job] < TRIES):
                        again.append(job)
                    else:
                        yield on_lost(job, result) if isinstance(result, str) else result[0]
        finally:
            for worker in active:
                worker.end() if worker.busy else self._idle.append(worker)

    def _worker(self) -> Worker[Any, Any]:
        """Return an idle process that is alive, else a new one."""
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            worker.end()
        return Worker(self._private)


class Worker(Generic[Job, Result]):
    """One process, restarted when it dies."""

    def __init__(self, private: str) -> None:
        self._private = private
        self._start()

    def _start(self) -> None:
        context = get_context("spawn")
        self.link, child_end = context.Pipe()
        self._process = context.Process(target=_run_worker, args=(child_end, self._private), daemon=True)
        with _interrupts_blocked():
            self._process.start()
        child_end.close()
        self._job: Job | None = None
        self.until = float("inf")

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def busy(self) -> bool:
        """Whether it has a job whose result has not been taken."""
        return self._job is not None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.is_alive()

    def submit(self, job: Job, do: Callable[[Job], Result], seconds: float) -> None:
        """Send a job to the process, with a time limit in seconds and the environment of this process."""
        self._job, self.until = job, time.monotonic() + seconds
        with suppress(OSError):  # it has died, which take_result reports
            self.link.send((do, job, dict(os.environ)))

    def take_result(self) -> tuple[Job, Loss | tuple[Result]]:
        """Return the job and its result in a tuple, or why it was lost; in that case the process has been replaced."""
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
        """Return the result of a job in a tuple, or why it was lost; waits for it."""
        self.submit(job, do, seconds)
        while not _wait_for_results([self]):
            pass
        return self.take_result()[1]

    def kill(self) -> None:
        """Kill the process and everything it started; its result is then "died"."""
        self._process.kill()
        self._process.join()

    def end(self) -> None:
        """Kill the process and close the connection."""
        self.kill()
        self.link.close()


def _wait_for_results(workers: list[Worker[Job, Result]]) -> list[Worker[Job, Result]]:
    """Return the busy workers that have a result, have died or have timed out; waits for the first."""
    busy = {worker.link: worker for worker in workers if worker.busy}
    left = min(worker.until for worker in busy.values()) - time.monotonic()
    ready = wait(busy, max(0.0, min(left, 3600.0)))
    now = time.monotonic()
    return [worker for link, worker in busy.items() if link in ready or worker.until <= now]


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Block interrupts while a process starts, until it can handle them; this process receives them afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # starting it later would unblock interrupts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _run_worker(link: Connection, private: str) -> None:
    """Run jobs until the connection closes. Interrupts are for the parent; this process ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        adopt()
    skip_slow_imports()
    own = Path(tempfile.mkdtemp(dir=private))
    tempfile.tempdir = str(own)  # what a job that is killed leaves is removed with it
    settings = {"JUPYTER_RUNTIME_DIR": str(own), "IPYTHONDIR": str(own), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    os.environ |= settings  # read by the imports of a job
    first = True
    with suppress(EOFError, OSError):
        while True:
            do, job, environment = link.recv()
            set_environment(environment | settings)
            link.send(do(job))
            if first:  # what it has loaded stays: the collector need not look at it again
                gc.collect()
                gc.freeze()
                first = False
