"""The processes that read the files of submissions and uploaded reports.

A file that is long, or a bomb, costs its own reading and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from ...build.pool import Worker
from ...checks.finished.last_report import LastReport
from ...reading.memory import bounded_memory
from ...workspace.files import make_temporary_folder, remove_tree
from ..submission_reading import SubmissionJob, read_submission
from ..submission_result import SubmissionReading, keep_reading
from ..uploaded_reports import UploadAudit, UploadedLastReport, UploadedReports, audit_upload, take_upload

AT_ONCE = 2
"""How many submissions are read at the same time: who reads them is handled in as many threads."""
SECONDS = 120.0
_MEMORY = 2 << 30
"""How many bytes more the reading of one job may take."""
_TOO_LARGE = f"读起来要用的内存超过 {_MEMORY >> 30} GB，已停下：请把文件拆小，去掉用不着的工作表和图片，再交"
_LOAD = "load"
_LOST = {
    "too slow": f"超过 {SECONDS:.0f} 秒没有读完，已停下：请把文件拆小，去掉用不着的工作表和图片，再交",
    "died": "读文件的进程中途没了（可能内存不够）：请把文件拆小再交，仍不行的转给管理 gktools 的人",
}


Job = SubmissionJob | UploadedReports | UploadedLastReport
"""Files to be read."""
Found = SubmissionReading | UploadAudit | LastReport | str
"""What was found in them, or why nothing was."""
ReadingWorker = Worker[Job | str, Found]


class ReadingProcesses:
    """At most as many processes as are needed at the same time; they end with this one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._idle: list[ReadingWorker] = []
        self._private: Path | None = None
        self._held: dict[str, Lock] = {}
        self._closed = False

    def read(self, job: SubmissionJob) -> SubmissionReading:
        """Return what read_submission returns; what it could not find out is kept with the submission too."""
        done = self._do(job)
        if isinstance(done, SubmissionReading):
            return done
        lost = SubmissionReading(failure=str(done))
        keep_reading(job.home, job.submission, lost)
        return lost

    def copy(self, job: SubmissionJob) -> str:
        """Write the copy of a file that a job wants; return why there is none, "" if it was written."""
        done = self._do(job)
        return done.failure if isinstance(done, SubmissionReading) else str(done)

    def audit(self, upload: UploadedReports) -> UploadAudit:
        """Return what audit_upload returns; nothing is kept."""
        done = self._do(upload)
        return done if isinstance(done, UploadAudit) else UploadAudit(failure=str(done))

    def last_report(self, upload: UploadedLastReport) -> LastReport | str:
        """Return what take_upload returns; nothing is kept."""
        done = self._do(upload)
        return done if isinstance(done, LastReport) else str(done)

    def _do(self, job: Job) -> Found:
        """Return the result of a job, or why there is none."""
        worker = self._take()
        try:
            done = worker.do(job, _read, SECONDS)
        finally:
            self._give_back(worker)
        return done[0] if isinstance(done, tuple) else _LOST.get(done, _LOST["died"])

    def warm_up(self) -> None:
        """Start a process, unless one was, without waiting until it has loaded what it needs.

        Call it in a thread that lasts: on Linux a process ends with the thread that started it.
        """
        with self._lock:
            if not self._idle and self._private is None:
                self._idle.append(worker := self._new())
                worker.submit(_LOAD, _read, SECONDS)

    @contextmanager
    def holding(self, submission: str) -> Iterator[None]:
        """Hold a submission within the block: nobody else changes it meanwhile, not even its person in another window."""
        with self._lock:
            held = self._held.setdefault(submission, Lock())
        with held:
            yield

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            self._closed = True
            for worker in self._idle:
                worker.end()
            self._idle.clear()
            if self._private is not None:
                remove_tree(self._private)

    def _take(self) -> ReadingWorker:
        with self._lock:
            worker = self._idle.pop() if self._idle else self._new()
        if worker.busy:  # still loading
            worker.link.poll(SECONDS)
            worker.take_result()
        return worker

    def _new(self) -> ReadingWorker:
        if self._private is None:
            self._private = make_temporary_folder()
        return Worker(str(self._private))

    def _give_back(self, worker: ReadingWorker) -> None:
        with self._lock:
            if self._closed:
                worker.end()
            else:
                self._idle.append(worker)


def _read(job: Job | str) -> Found:
    """Return what was found in files, or why it could not be read.

    Nothing for _LOAD: whoever received this function has loaded what it needs.
    """
    if isinstance(job, str):
        return SubmissionReading()
    try:
        with bounded_memory(_MEMORY):
            if isinstance(job, UploadedReports):
                return audit_upload(job)
            return take_upload(job) if isinstance(job, UploadedLastReport) else read_submission(job)
    except MemoryError:
        return _TOO_LARGE
