"""The queue of reports rebuilt from the review pages, one after another in one worker process."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Literal

from ...build.batch import BuildOptions, build
from ...build.export import FILE_SECONDS
from ...build.failures import REPORT_SECONDS
from ...build.index_page import write_index
from ...build.pool import in_this_process
from ...build.run import recover_staging
from ...build.staleness import stale_inputs
from ...build.warm_link import program_stamp
from ...build.warm_listener import Listener
from ...build.warm_worker import WarmWorker
from ...errors import GktoolsError, ReviewError, os_reason
from ...workspace import clock
from ...workspace.output import ReportRef
from ...workspace.project import Project, open_project
from ..seal import Seal, make_all_files, make_published_files

State = Literal["waiting", "report", "files", "done", "failed"]
SIGNER_WAITS = 8.0
"""Seconds for which somebody who signs waits for the worker to be free and warm: cold processes take as long."""
STATES = {
    "waiting": "排队：前面还有别的报告在做",
    "report": "正在从台账和参数重新做报告",
    "files": "正在做要公开的各种文件（Word、PDF、表格、数据）",
    "done": "做好了",
    "failed": "没有做成",
}
"""The Chinese labels of the states of a rebuild."""


@dataclass(frozen=True)
class Task:
    """A report to rebuild, or only its files that will be published; a stale report is rebuilt anyway."""

    report: ReportRef
    files_only: bool = False


@dataclass(frozen=True)
class RebuildProgress:
    """The state of a task, since when (seconds of the monotonic clock), and why it failed."""

    state: State
    since: float
    message: str = ""

    @property
    def running(self) -> bool:
        """Whether the task is waiting or being processed."""
        return self.state in ("waiting", "report", "files")

    @property
    def seconds(self) -> int:
        """The seconds spent in this state."""
        return int(time.monotonic() - self.since)


class RebuildQueue:
    """The rebuilds of one server. Unfinished tasks end with the server."""

    def __init__(self, worker: WarmWorker | None = None) -> None:
        self._progress: dict[ReportRef, RebuildProgress] = {}
        self._lock = Lock()
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._worker = worker or WarmWorker()
        self._kept_warm = self._closed = False

    def start(self, task: Task) -> None:
        """Queue a task, unless the report is already queued or being rebuilt."""
        with self._lock:
            known = self._progress.get(task.report)
            if known is not None and known.running:
                return
            self._set_progress(task, "waiting")
            self._put(task)

    def keep_warm(self) -> None:
        """Load in the background, from now on, what a rebuild needs, so that it need not be waited for."""
        with self._lock:
            self._kept_warm = True
            self._put(None)

    def worker_runs(self) -> bool:
        """Return whether the worker process runs; one that has died without a task is started again."""
        runs = self._worker.runs
        if self._kept_warm and not runs and not self._closed and self._tasks.empty():
            self._put(None)
        return runs

    def progress(self, report: ReportRef) -> RebuildProgress | None:
        """Return the progress of a report; None if it was not rebuilt by this server."""
        return self._progress.get(report)

    def make_files_again(self, project: Project, report: ReportRef) -> Seal:
        """Export all files of a report that will be published, and return their seal.

        In the worker process if it is warm and free, else in processes of their own. Raises ReviewError.
        """
        with suppress(OSError), self._worker.held_if_ready(program_stamp(), SIGNER_WAITS) as ready:
            if ready:
                result = self._worker.run(report, export_again, FILE_SECONDS)
                if isinstance(result, tuple):
                    made: Seal | str = result[0]
                    if isinstance(made, str):
                        raise ReviewError(made)
                    return made
                self._put(None)  # it is a cold process now
        return make_all_files(project, report)

    def close(self) -> None:
        """Stop the worker process and abandon its task."""
        self._closed = True
        self._worker.close()

    def _put(self, task: Task | None) -> None:
        self._tasks.put(task)
        if self._thread is None:
            self._thread = Thread(target=self._run_tasks, name="rebuilds", daemon=True)
            self._thread.start()

    def _run_tasks(self) -> None:
        while True:
            task = self._tasks.get()
            try:
                if task is not None:
                    self._run_task(task)
                if self._kept_warm and not self._closed:
                    self._worker.keep_warm()
            except Exception:
                report = task and task.report
                logging.getLogger(__name__).exception("%s", report)
                if task is not None:
                    self._set_progress(
                        task, "failed", "程序出错，没有做成；技术细节在审签服务的窗口里，请转给管理 gktools 的人"
                    )

    def _run_task(self, task: Task) -> None:
        steps: dict[State, Callable[[Task], str]] = {"report": self._run_report, "files": self._run_files}
        for state, do in steps.items():
            if state == "report" and task.files_only and not is_stale(task):
                continue
            self._set_progress(task, state)
            if message := do(task):
                return self._set_progress(task, "failed", message)
        return self._set_progress(task, "done")

    def _run_report(self, task: Task) -> str:
        """Build the report in the worker process; return why it failed, empty on success."""
        try:
            with self._worker.held():
                result = self._worker.run(task, rebuild_report, REPORT_SECONDS)
        except OSError as error:
            return f"做报告的进程起不来（{os_reason(error)}）：请看磁盘和内存是否已满"
        if isinstance(result, tuple):
            return result[0]
        recover_staging(task.report.home)
        lost = {"too slow": f"超过 {REPORT_SECONDS:.0f} 秒没有做完，已停下"}
        return lost.get(result, "做报告的进程中途没了（可能内存不够）") + "；请再做一次，仍不行的转给管理 gktools 的人"

    def _run_files(self, task: Task) -> str:
        """Export the files in the worker process, in separate ones if that is lost; return why it failed, empty on success."""
        with suppress(OSError), self._worker.held():
            result = self._worker.run(task, rebuild_files, FILE_SECONDS)
            if isinstance(result, tuple):
                return result[0]
        return rebuild_files(task, here=False)

    def _set_progress(self, task: Task, state: State, message: str = "") -> None:
        self._progress[task.report] = RebuildProgress(state, time.monotonic(), message)


@contextmanager
def rebuilds_kept_warm(settings: MutableMapping[str, object], home: Path) -> Iterator[None]:
    """Keep a worker warm within the block for the review pages, which find the queue in the settings, and for commands.

    What a killed server or command left half made is removed first, and a report that it had moved aside restored.
    """
    with suppress(OSError):
        recover_staging(home)
    worker = WarmWorker()
    settings["gktools_rebuilds"] = queue = RebuildQueue(worker)
    listener = Listener(home, worker, queue.keep_warm)
    queue.keep_warm()
    listener.start()
    try:
        yield
    finally:
        listener.close()
        queue.close()


def rebuild_report(task: Task) -> str:
    """Build a report again in this process; return why it failed, empty on success."""
    try:
        project, year = open_project(task.report.home), task.report.year
        outcomes = build(project, [year], [task.report.code], options=BuildOptions(executor=in_this_process))
        write_index(project, year, clock.today())
    except GktoolsError as error:
        return str(error)
    return "\n".join(outcome.message for outcome in outcomes if outcome.status == "failed")


def is_stale(task: Task) -> bool:
    """Return whether the report of a task would differ now, or cannot be built: building it says what is wrong."""
    try:
        return bool(stale_inputs(open_project(task.report.home), task.report))
    except GktoolsError:
        return True


def rebuild_files(task: Task, *, here: bool = True) -> str:
    """Export the files that will be published, here or in separate processes; return why it failed, empty on success."""
    try:
        make_published_files(open_project(task.report.home), task.report, here=here)
    except GktoolsError as error:
        return str(error)
    return ""


def export_again(report: ReportRef) -> Seal | str:
    """Export all files that will be published, in this process; return their seal, or why it failed."""
    try:
        return make_all_files(open_project(report.home), report, here=True)
    except GktoolsError as error:
        return str(error)
