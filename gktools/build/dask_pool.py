"""The batch on many machines: a Dask cluster in the place of this machine's own processes.

    gktools build ── scheduler ─┬─ Dask worker ── process ── fork server ── one report
                                ├─ Dask worker ── …
                                └─ …

A Dask worker only waits: a process of its own, the very one of a local batch (workers.py), makes its reports, so that
one that crashes or hangs costs itself alone. Dask gives the reports of a machine that is gone to others.
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

from ..errors import GktoolsError
from .batch import Executor, Job
from .freshness import NOTEBOOK, program_fingerprint
from .pool import TRIES, Loss, Worker
from .run import Outcome

CONNECT_SECONDS = 5.0
MACHINE_SECONDS = 60.0
"""How long to wait for a machine when there is none, before the first report or in the middle."""

Do = Callable[[Job], Outcome]
Lost = Callable[[Job, Loss], Outcome]


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """Give the crew of a Dask cluster by its scheduler's address. Raises GktoolsError if it cannot be used."""
    _database()
    try:
        from distributed import Client
    except ImportError:
        raise GktoolsError("没有装用集群的部件：请先 pip install 'gktools[cluster]'") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it has to say, the outcomes say
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
class _Terms:
    """What a batch asks of every machine: which batch it is, how to work, and what must be the same everywhere."""

    batch: str
    do: Do
    on_lost: Lost
    seconds: float
    program: dict[str, str]
    database: str


def _run_jobs(client: Any, jobs: Sequence[Job], do: Do, on_lost: Lost, *, seconds: float) -> Generator[Outcome]:
    """Yield the outcome of every job as it comes, each a task of its own; broken off, nobody works on."""
    if not jobs:
        return
    if not _machines(client, MACHINE_SECONDS):
        raise GktoolsError(
            "调度器连上了，但一台做报告的机器也没有：请在各台机器上启动 dask worker（见 docs/cluster.md）"
        )
    terms = _Terms(uuid4().hex, do, on_lost, seconds, program_fingerprint(jobs[0].report.home / NOTEBOOK), _database())
    left = {f"report-{job.report.year}-{job.report.code}-{terms.batch}": job for job in jobs}
    futures = {
        future.key: future for future in client.map(_report, jobs, key=list(left), pure=False, retries=0, terms=terms)
    }
    done: SimpleQueue[Any] = SimpleQueue()
    try:
        for future in futures.values():
            future.add_done_callback(done.put)
        while left and (future := _next(client, done)) is not None:
            yield _outcome(futures.pop(future.key), left.pop(future.key), on_lost, seconds)
        while left:
            yield on_lost(left.popitem()[1], "cut off")
    finally:
        if futures:
            with suppress(Exception):
                client.cancel(list(futures.values()), force=True)
                client.run(_stop, terms.batch, on_error="ignore")


def _next(client: Any, done: SimpleQueue[Any]) -> Any:
    """The next future that is done; None if there has been no machine for too long."""
    while True:
        with suppress(Empty):
            return done.get(timeout=5.0)
        if not _machines(client, MACHINE_SECONDS):
            return None


def _machines(client: Any, seconds: float) -> int:
    """How many machines there are; for none it waits so many seconds, even for the scheduler to come back."""
    until = time.monotonic() + seconds
    while True:
        with suppress(OSError, ValueError, TimeoutError):
            if count := len(client.sync(client.scheduler.identity, n_workers=-1, callback_timeout=seconds)["workers"]):
                return count
        if time.monotonic() > until:
            return 0
        time.sleep(0.5)


def _outcome(future: Any, job: Job, on_lost: Lost, seconds: float) -> Outcome:
    from asyncio import CancelledError as Cancelled
    from concurrent.futures import CancelledError

    from distributed import KilledWorker

    try:
        outcome: Outcome = future.result(timeout=seconds)  # at once, unless its machine has gone in this moment
    except KilledWorker:
        return on_lost(job, "died")
    except (CancelledError, Cancelled, OSError, TimeoutError):
        return on_lost(job, "cut off")
    except Exception:  # not of the report, which run_office tells, but of a machine that cannot even begin it
        return on_lost(job, "unfit")
    finally:
        future.release()
    return outcome


def _database() -> str:
    """The name of the PostgreSQL database the records are in. Raises GktoolsError if they are not in one."""
    import sqlalchemy as sa

    url = os.environ.get("GKTOOLS_RECORDS", "")
    with suppress(sa.exc.ArgumentError, ValueError):
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "postgresql":
            return str(parsed.database)
    raise GktoolsError(
        "许多机器一起做报告，台账要在它们都连得上的 PostgreSQL 里：请设 GKTOOLS_RECORDS=postgresql+psycopg://用户@主机/库名"
        "（工作目录里的 records.db 只能一台机器用）"
    )


# --- on a machine of the cluster ----------------------------------------------------------------------------


def _report(job: Job, *, terms: _Terms) -> Outcome:
    """Make one report on this machine."""
    if terms.batch in _STOPPED:
        return job.failed()
    if problem := _unfit(job, terms):
        return job.failed(f"机器 {platform.node()} {problem}")
    from distributed import get_worker

    private = Path(get_worker().local_directory)
    folder = private if job.out else job.work.parent / f"{platform.node()}-{os.getpid()}"
    return _hand(terms, private).make(replace(job, work=folder / job.work.name), terms)


def _unfit(job: Job, terms: _Terms) -> str:
    """Why this machine must not make reports of a batch; empty if it may."""
    if not job.work.parent.is_dir():
        return f"看不到工作目录 {job.report.home}：各台机器要在同一路径上共享它"
    if program_fingerprint(job.report.home / NOTEBOOK) != terms.program:
        return "上的 gktools 或依赖库和这里的版本不同：请装成一样的，再重新启动它的 dask worker"
    try:
        same = _database() == terms.database
    except GktoolsError:
        same = False
    return "" if same else "上没有设 GKTOOLS_RECORDS，或设的不是同一个库：请设好后重新启动它的 dask worker"


class _Hand:
    """The process that makes the reports of one thread of a Dask worker."""

    def __init__(self, terms: _Terms, private: Path) -> None:
        current_process().daemon = False  # a nanny's child may have no children otherwise
        self.kind = (terms.do, terms.seconds)
        self._worker: Worker[Job, Outcome] = Worker(str(private))
        self._batch = ""

    def make(self, job: Job, terms: _Terms) -> Outcome:
        """Make a report; once more if the process dies, unless the batch has been stopped."""
        self._batch = terms.batch
        for _ in range(TRIES):
            news = self._worker.do(job, terms.do, terms.seconds)
            if news != "died" or not self._batch:
                break
        stopped, self._batch = not self._batch, ""
        if isinstance(news, str):
            return job.failed() if stopped else terms.on_lost(job, news)
        return news[0]

    def stop(self, batch: str) -> None:
        """Break off the report at hand, if it is of that batch."""
        if self._batch == batch:
            self._batch = ""
            self._worker.kill()

    def end(self) -> None:
        """End the process."""
        self._worker.end()


_HERE = local()
_HANDS: list[_Hand] = []
_STOPPED: set[str] = set()


def _hand(terms: _Terms, private: Path) -> _Hand:
    """This thread's process, kept from report to report as long as the work is of the same kind."""
    hand: _Hand | None = getattr(_HERE, "hand", None)
    if hand is not None and hand.kind == (terms.do, terms.seconds):
        return hand
    if hand is not None:
        hand.end()
        _HANDS.remove(hand)
    hand = _HERE.hand = _Hand(terms, private)
    _HANDS.append(hand)
    return hand


def _stop(batch: str) -> None:
    """Break off the reports of a batch on this machine, and begin no more of it."""
    _STOPPED.add(batch)
    for hand in list(_HANDS):
        hand.stop(batch)
