"""One process that is kept warm: everything a report and its documents need is loaded before it is asked for.

It does one job at a time for the threads of one server, ends with it, and is made anew when the program changes, when
it has grown, or when a job ended it.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from queue import SimpleQueue
from socket import socket
from threading import Lock, Thread
from typing import Any, TypeVar

from ..deadlines.calendar import working_days
from ..render.pictures import rehearse_pictures
from ..workspace.files import make_temporary_folder, remove_tree
from .engine.engine import can_fork
from .engine.environment import only_environment
from .export import load_exporters
from .pool import Loss, Worker
from .run import page_exporters
from .warm_link import program_stamp

Job = TypeVar("Job", bound=Hashable)
Result = TypeVar("Result")
WARM_SECONDS = 120.0
"""Time limit of loading everything."""


@dataclass(frozen=True)
class WarmLimits:
    """The memory in MB, its fork server included, and the number of jobs after which the worker process is restarted."""

    megabytes: int = 1536
    jobs: int = 500


class WarmWorker:
    """The process, for the thread that holds it.

    It is started by a thread of its own, as Linux ends a process with the thread that started it.
    """

    def __init__(self, limits: WarmLimits | None = None, load: Callable[[str], None] | None = None) -> None:
        """Without load it is load_everything that loads, in the process, what is needed."""
        self._limits, self._load = limits or WarmLimits(), load or load_everything
        self._held = Lock()
        self._worker: Worker[Any, Any] | None = None
        self._private: Path | None = None
        self._warm = self._closed = False
        self._jobs = 0
        self.program = ""
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: Thread | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the process for this thread; waits until no other one does."""
        with self._held:
            yield

    @contextmanager
    def held_if_ready(self, program: str, wait: float = 0.0) -> Iterator[bool]:
        """Acquire the process if it is loaded and runs this version of the program; yield whether it was acquired.

        Waits up to a number of seconds for another thread to release it.
        """
        held = self._held.acquire(timeout=wait)
        try:
            yield held and self._warm and self.program == program and not self._closed
        finally:
            if held:
                self._held.release()

    def run(
        self, job: Job, do: Callable[[Job], Result], seconds: float, caller: socket | None = None
    ) -> Loss | tuple[Result]:
        """Return the result of a job in a tuple, or why it was lost; to be called while it is held.

        The job is given up when its caller hangs up. Raises OSError if the process cannot be started.
        """
        return self._in_own_thread(lambda: self._run(job, do, seconds, caller))

    def keep_warm(self) -> None:
        """Restart the process if it exceeds a limit or the program has changed, and load everything if it is not loaded."""
        with self.held(), suppress(OSError):  # it cannot be started, which the next job reports
            self._in_own_thread(self._keep_warm)

    @property
    def runs(self) -> bool:
        """Whether the process runs, loaded or not."""
        worker = self._worker
        return worker is not None and worker.alive

    def close(self) -> None:
        """End the process, whatever it does."""
        self._closed = True
        if worker := self._worker:
            worker.kill()
        with self.held():
            self._calls.put(None)
            self._end()
        if self._private is not None:
            remove_tree(self._private)

    def _make_calls(self) -> None:
        while (call := self._calls.get()) is not None:
            call()

    def _in_own_thread(self, call: Callable[[], Result]) -> Result:
        if self._closed:
            return call()
        if self._thread is None:
            self._thread = Thread(target=self._make_calls, name="warm worker", daemon=True)
            self._thread.start()
        answer = Future[Result]()

        def answer_call() -> None:
            try:
                answer.set_result(call())
            except BaseException as error:
                answer.set_exception(error)

        self._calls.put(answer_call)
        return answer.result()

    def _run(
        self, job: Job, do: Callable[[Job], Result], seconds: float, caller: socket | None = None
    ) -> Loss | tuple[Result]:
        if self._closed:
            return "died"
        try:
            result = self._result(self._current(), job, do, seconds, caller)
        except OSError:  # it could not be started: the next job tries again
            self._worker, self._warm = None, False
            raise
        if isinstance(result, str):  # the process has been replaced by a cold one
            self._set_started()
        return result

    def _result(
        self,
        worker: Worker[Job, Result],
        job: Job,
        do: Callable[[Job], Result],
        seconds: float,
        caller: socket | None,
    ) -> Loss | tuple[Result]:
        self._jobs += 1
        worker.submit(job, do, seconds)
        others = [] if caller is None else [caller]
        ready = wait([worker.link, *others], max(0.0, worker.until - time.monotonic()))
        if ready and worker.link not in ready:
            worker.kill()
        return worker.take_result()[1]

    def _keep_warm(self) -> None:
        if self._closed:
            return
        if self._worker and (
            not self.runs or self._jobs >= self._limits.jobs or self._megabytes() > self._limits.megabytes
        ):
            self._end()
        self._current()
        if not self._warm:
            self._warm = self._run("everything", self._load, WARM_SECONDS) == (None,)

    def _current(self) -> Worker[Any, Any]:
        """The process, started if there is none of the program as it is now."""
        if self._worker is not None and self.program != program_stamp():
            self._end()
        if self._worker is None:
            self._private = self._private or make_temporary_folder()
            self._set_started()
            self._worker = Worker(str(self._private))
        return self._worker

    def _set_started(self) -> None:
        self.program, self._warm, self._jobs = program_stamp(), False, 0

    def _end(self) -> None:
        worker, self._worker, self._warm = self._worker, None, False
        if worker is not None:
            worker.end()

    def _megabytes(self) -> int:
        """Return the memory that the process and those it has started take."""
        import psutil

        if self._worker is None:
            return 0
        try:
            top = psutil.Process(self._worker.pid)
            sizes = [one.memory_info().rss for one in (top, *top.children(recursive=True))]
        except psutil.Error:
            return 0
        return int(sum(sizes) >> 20)


def load_everything(_: str) -> None:
    """Load, in the worker, what a report and its documents need, and start its fork server; no data of any office."""
    import nbformat
    import papermill  # noqa: F401 - which imports the engine by its name
    from jupyter_client.kernelspec import NATIVE_KERNEL_NAME
    from nbconvert.exporters.templateexporter import TemplateExporter

    nbformat.validate(nbformat.v4.new_notebook())  # compiles the schema
    working_days()
    rehearse_pictures()
    for exporter in page_exporters().values():
        if isinstance(exporter, TemplateExporter):
            _ = exporter.template  # compiles it
    if can_fork(NATIVE_KERNEL_NAME):
        from nbclient.exceptions import DeadKernelError

        from .engine.manager import ForkServer

        with only_environment({}), suppress(DeadKernelError):  # the first report starts another one
            ForkServer.running()
    load_exporters()
    gc.collect()
    gc.freeze()  # a report is not a reason to look at all of it again
