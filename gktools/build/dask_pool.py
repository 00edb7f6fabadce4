"""Building on many machines: a Dask cluster instead of this machine's own processes.

    gktools build ── scheduler ─┬─ Dask worker ── process ── fork server ── one report
                                ├─ Dask worker ── …
                                └─ …

A Dask worker only waits. Its reports are built by a process of its own, the same as in a local batch (pool.py), so
that one that crashes or hangs fails alone. Dask moves the reports of a machine that is gone to others.
"""

from __future__ import annotations

import logging
import os
import platform
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import current_process
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import local
from typing import Any
from uuid import uuid4

from ..errors import GktoolsError, install_command
from ..registers.store.address import store_address
from .batch import Executor, Job
from .freshness import NOTEBOOK, program_fingerprint
from .outcome import Outcome
from .pool import TRIES, Loss, Worker

CONNECT_SECONDS = 5.0
MACHINE_SECONDS = 60.0
"""How long to wait for a machine when there is none, at the start or during a batch."""

Do = Callable[[Job], Outcome]
OnLost = Callable[[Job, Loss], Outcome]


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """Yield an executor that runs jobs on a Dask cluster, by its scheduler's address. Raises GktoolsError if it is unusable."""
    _database()
    try:
        from distributed import Client
    except ImportError:
        raise GktoolsError(f"没有装用集群的部件：请先运行 {install_command('cluster')}") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # its errors are reported by the outcomes
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="gktools")
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise GktoolsError(
            f"连不上调度器 {address}（{type(error).__name__}）：请看地址写得对不对（如 tcp://主机:8786）、dask scheduler 是否在运行、"
            "版本是否相同；用 tls:// 的请看证书"
        ) from error
    try:
        yield partial(_run_jobs, client)
    finally:
        with suppress(Exception):
            client.close(timeout=CONNECT_SECONDS)


@dataclass(frozen=True)
class _BatchSettings:
    """Settings that a batch sends to every machine: its id, how to run a job, and what must be the same everywhere."""

    batch: str
    do: Do
    on_lost: OnLost
    seconds: float
    program: dict[str, str]
    database: str


def _run_jobs(client: Any, jobs: Sequence[Job], do: Do, on_lost: OnLost, *, seconds: float) -> Generator[Outcome]:
    """Yield the outcome of every job as it is ready, each a Dask task; if the caller stops, all tasks are cancelled."""
    if not jobs:
        return
    if not _count_machines(client, MACHINE_SECONDS):
        raise GktoolsError(
            "调度器连上了，但一台做报告的机器也没有：请在各台机器上启动 dask worker（见 docs/cluster.md）"
        )
    settings = _BatchSettings(
        uuid4().hex, do, on_lost, seconds, program_fingerprint(jobs[0].report.home / NOTEBOOK), _database()
    )
    left = {f"report-{job.report.year}-{job.report.code}-{settings.batch}": job for job in jobs}
    futures = {
        future.key: future
        for future in client.map(_build_here, jobs, key=list(left), pure=False, retries=0, settings=settings)
    }
    done: SimpleQueue[Any] = SimpleQueue()
    try:
        for future in futures.values():
            future.add_done_callback(done.put)
        while left and (future := _next_done(client, done)) is not None:
            yield _outcome(futures.pop(future.key), left.pop(future.key), on_lost, seconds)
        while left:
            yield on_lost(left.popitem()[1], "cut off")
    finally:
        if futures:
            with suppress(Exception):
                client.cancel(list(futures.values()), force=True)
                client.run(_stop_batch, settings.batch, on_error="ignore")


def _next_done(client: Any, done: SimpleQueue[Any]) -> Any:
    """Return the next future that is done; None if there has been no machine for MACHINE_SECONDS."""
    while True:
        with suppress(Empty):
            return done.get(timeout=5.0)
        if not _count_machines(client, MACHINE_SECONDS):
            return None


def _count_machines(client: Any, seconds: float) -> int:
    """Return the number of machines; waits so many seconds for the first one, or for the scheduler to reconnect."""
    until = time.monotonic() + seconds
    while True:
        with suppress(OSError, ValueError, TimeoutError):
            if count := len(client.sync(client.scheduler.identity, n_workers=-1, callback_timeout=seconds)["workers"]):
                return count
        if time.monotonic() > until:
            return 0
        time.sleep(0.5)


def _outcome(future: Any, job: Job, on_lost: OnLost, seconds: float) -> Outcome:
    from asyncio import CancelledError as Cancelled
    from concurrent.futures import CancelledError

    from distributed import KilledWorker

    try:
        outcome: Outcome = future.result(timeout=seconds)  # at once, unless its machine has just gone
    except KilledWorker:
        return on_lost(job, "died")
    except (CancelledError, Cancelled, OSError, TimeoutError):
        return on_lost(job, "cut off")
    except Exception:  # errors of the report are in its outcome; this machine could not even start it
        return on_lost(job, "unfit")
    finally:
        future.release()
    return outcome


def _database() -> str:
    """Return the name of the PostgreSQL database of the records. Raises GktoolsError if they are not in one."""
    url = store_address(Path())
    if url.get_backend_name() == "postgresql":
        return str(url.database)
    raise GktoolsError(
        "许多机器一起做报告，台账要在它们都连得上的 PostgreSQL 里：请设 GKTOOLS_RECORDS=postgresql+psycopg://用户@主机/库名"
        "（工作目录里的 records.db 只能一台机器用）"
    )


# --- on a machine of the cluster ----------------------------------------------------------------------------


def _build_here(job: Job, *, settings: _BatchSettings) -> Outcome:
    """Return the outcome of one report built on this machine."""
    if settings.batch in _STOPPED:
        return job.failed()
    if problem := _machine_problem(job, settings):
        return job.failed(f"机器 {platform.node()} {problem}")
    from distributed import get_worker

    private = Path(get_worker().local_directory)
    folder = private if job.out else job.work.parent / f"{platform.node()}-{os.getpid()}"
    folder.mkdir(mode=0o700, exist_ok=True)  # not its parent: the batch may have ended
    return _this_threads_process(settings, private).build(replace(job, work=folder / job.work.name), settings)


def _machine_problem(job: Job, settings: _BatchSettings) -> str:
    """Return why this machine must not build reports of a batch; empty if it may."""
    if not job.work.parent.is_dir():
        return f"看不到工作目录 {job.report.home}：各台机器要在同一路径上共享它"
    try:
        program = program_fingerprint(job.report.home / NOTEBOOK)
    except GktoolsError as error:
        return f"用不了总笔记本：{error}"
    if program != settings.program:
        return "上的 gktools 或依赖库和这里的版本不同：请装成一样的，再重新启动它的 dask worker"
    try:
        same = _database() == settings.database
    except GktoolsError:
        same = False
    return "" if same else "上没有设 GKTOOLS_RECORDS，或设的不是同一个库：请设好后重新启动它的 dask worker"


class _JobProcess:
    """The process that builds the reports of one thread of a Dask worker."""

    def __init__(self, settings: _BatchSettings, private: Path) -> None:
        current_process().daemon = False  # otherwise the child of a nanny may have no children
        self.kind = (settings.do, settings.seconds)
        self._worker: Worker[Job, Outcome] = Worker(str(private))
        self._batch = ""

    def build(self, job: Job, settings: _BatchSettings) -> Outcome:
        """Return the outcome of a report; tried again if the process dies, unless the batch has been stopped."""
        self._batch = settings.batch
        for _ in range(TRIES):
            result = self._worker.do(job, settings.do, settings.seconds)
            if result != "died" or not self._batch:
                break
        stopped, self._batch = not self._batch, ""
        if isinstance(result, str):
            return job.failed() if stopped else settings.on_lost(job, result)
        return result[0]

    def stop(self, batch: str) -> None:
        """Stop the current report if it belongs to that batch."""
        if self._batch == batch:
            self._batch = ""
            self._worker.kill()

    def end(self) -> None:
        """End the process."""
        self._worker.end()


_THREAD = local()
_PROCESSES: list[_JobProcess] = []
_STOPPED: set[str] = set()


def _this_threads_process(settings: _BatchSettings, private: Path) -> _JobProcess:
    """Return this thread's process, reused from report to report while the kind of job is the same."""
    process: _JobProcess | None = getattr(_THREAD, "process", None)
    if process is not None and process.kind == (settings.do, settings.seconds):
        return process
    if process is not None:
        process.end()
        _PROCESSES.remove(process)
    process = _THREAD.process = _JobProcess(settings, private)
    _PROCESSES.append(process)
    return process


def _stop_batch(batch: str) -> None:
    """Stop the reports of a batch on this machine, and start no more of it."""
    _STOPPED.add(batch)
    for process in list(_PROCESSES):
        process.stop(batch)
