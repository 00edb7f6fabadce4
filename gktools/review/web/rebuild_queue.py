"""Reports made anew from the review pages: in one warm process beside the server, one after another."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import date
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Literal

from ...build.batch import REPORT_SECONDS, BuildOptions, Job, build
from ...build.index_page import write_index
from ...build.pool import Loss, Worker
from ...build.run import Outcome
from ...errors import GktoolsError
from ...workspace.output import ReportRef
from ...workspace.project import open_project
from ..seal import make_published_files

State = Literal["waiting", "report", "files", "done", "failed"]
STATES = {
    "waiting": "排队：前面还有别的报告在做",
    "report": "正在从台账和参数重新做报告",
    "files": "正在做要公开的各种文件（Word、PDF、表格、数据）",
    "done": "做好了",
    "failed": "没有做成",
}
"""How far one is, as staff read it."""


@dataclass(frozen=True)
class Task:
    """One report to make anew, or only the files of it that will be published."""

    report: ReportRef
    files_only: bool = False


@dataclass(frozen=True)
class RebuildProgress:
    """How far a task is: since when (seconds of a monotonic clock), and why it failed."""

    state: State
    since: float
    message: str = ""

    @property
    def running(self) -> bool:
        """Whether there is something to wait for."""
        return self.state in ("waiting", "report", "files")

    @property
    def seconds(self) -> int:
        """For how long it has been in this state."""
        return int(time.monotonic() - self.since)


class RebuildQueue:
    """Where a server's reports are made anew. What it is at ends with the server."""

    def __init__(self) -> None:
        self._known: dict[ReportRef, RebuildProgress] = {}
        self._lock = Lock()
        self._tasks: SimpleQueue[Task] = SimpleQueue()
        self._foreman: Thread | None = None
        self._worker: Worker[Task, str] | None = None

    def start(self, task: Task) -> None:
        """Make a report anew, unless that is under way."""
        with self._lock:
            known = self._known.get(task.report)
            if known is not None and known.running:
                return
            self._tell(task, "waiting")
            self._tasks.put(task)
            if self._foreman is None:
                self._foreman = Thread(target=self._serve, name="workshop", daemon=True)
                self._foreman.start()

    def progress(self, report: ReportRef) -> RebuildProgress | None:
        """Return how far a report is; None if it was not made here."""
        return self._known.get(report)

    def close(self) -> None:
        """End the process; what it is at is given up."""
        if self._worker is not None:
            self._worker.end()

    def _serve(self) -> None:
        while True:
            task = self._tasks.get()
            try:
                self._work(task)
            except Exception:
                logging.getLogger(__name__).exception("%s %s", task.report.code, task.report.year)
                self._tell(task, "failed", "程序出错，没有做成；技术细节在审签服务的窗口里，请转给管理 gktools 的人")

    def _work(self, task: Task) -> None:
        steps: dict[State, Callable[[Task], str]] = {"report": self._made, "files": make_files}
        for state, do in steps.items():
            if state == "report" and task.files_only:
                continue
            self._tell(task, state)
            if message := do(task):
                return self._tell(task, "failed", message)
        return self._tell(task, "done")

    def _made(self, task: Task) -> str:
        """Let the process make the report; return why it failed, empty if it did not."""
        try:
            result = self._ready().do(task, make_report, REPORT_SECONDS)
        except OSError as error:
            return f"做报告的进程起不来（{error.strerror}）：请看磁盘和内存是否已满"
        if isinstance(result, tuple):
            return result[0]
        lost = {"too slow": f"超过 {REPORT_SECONDS:.0f} 秒没有做完，已停下"}
        return lost.get(result, "做报告的进程中途没了（可能内存不够）") + "；请再做一次，仍不行的转给管理 gktools 的人"

    def _ready(self) -> Worker[Task, str]:
        """The process, started when it is first needed."""
        if self._worker is None:
            self._private = tempfile.TemporaryDirectory(prefix="gktools-")
            self._worker = Worker(self._private.name)
        return self._worker

    def _tell(self, task: Task, state: State, message: str = "") -> None:
        self._known[task.report] = RebuildProgress(state, time.monotonic(), message)


def make_report(task: Task) -> str:
    """Make a report anew in this process; return why it failed, empty if it did not."""
    try:
        project, year = open_project(task.report.home), task.report.year
        outcomes = build(project, [year], [task.report.code], options=BuildOptions(crew=_here))
        write_index(project, year, date.today())
    except GktoolsError as error:
        return str(error)
    return "\n".join(outcome.message for outcome in outcomes if outcome.status == "failed")


def make_files(task: Task) -> str:
    """Make the files that will be published, in processes of their own; return why it failed, empty if it did not."""
    try:
        make_published_files(open_project(task.report.home), task.report)
    except GktoolsError as error:
        return str(error)
    return ""


def _here(
    jobs: Sequence[Job], do: Callable[[Job], Outcome], on_lost: Callable[[Job, Loss], Outcome], *, seconds: float
) -> Generator[Outcome]:
    """A crew of one: this process."""
    yield from map(do, jobs)
