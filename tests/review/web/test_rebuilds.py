"""Reports made anew from the review pages: by one process beside the server, one after another, with progress told."""

from __future__ import annotations

import platform
import time
from contextlib import contextmanager
from importlib.util import find_spec
from types import SimpleNamespace

import pytest
from machine import need
from projects import keep, make_project

from gktools.build.run import _move_into_place
from gktools.errors import ReviewError
from gktools.review.seal import Seal, read_seal
from gktools.review.web import rebuild_queue
from gktools.review.web.pages.reports import AboutReport
from gktools.review.web.rebuild_queue import RebuildQueue, Task
from gktools.workspace.output import BEFORE, ReportRef

OFFICES = {"ju": {"names": [{"name": "示例区民政局"}], "kind": "county_department"}}


@pytest.fixture
def rebuilds():
    made = RebuildQueue()
    yield made
    made.close()


def finished(rebuilds: RebuildQueue, task: Task):
    """Wait until a task is done or has failed; return its progress."""
    until = time.monotonic() + 120
    while (progress := rebuilds.progress(task.report)).running and time.monotonic() < until:
        time.sleep(0.01)
    return progress


def test_a_report_is_made_with_every_file_that_will_be_published(tmp_path, rebuilds, cjk_font):
    need("WeasyPrint", find_spec("weasyprint"))
    project = make_project(tmp_path, OFFICES, {(2024, "ju"): {"text": {"problems": "问题。"}}})
    keep(project, "ju", 2024, {})
    task = Task(ReportRef(tmp_path, "ju", 2024))
    rebuilds.start(task)

    assert finished(rebuilds, task).state == "done", rebuilds.progress(ReportRef(tmp_path, "ju", 2024))
    assert ReportRef(tmp_path, "ju", 2024).manifest()
    assert not read_seal(ReportRef(tmp_path, "ju", 2024)).missing


def test_what_is_wrong_with_the_parameters_is_said(tmp_path):
    make_project(tmp_path, OFFICES, {(2024, "ju"): {"text": {"problems": "{{ 没有这个 }}"}}})

    assert "没有“没有这个”这个指标" in rebuild_queue.rebuild_report(Task(ReportRef(tmp_path, "ju", 2024)))


def test_a_report_under_way_is_not_started_again_and_a_failure_leaves_the_next_to_be_done(
    tmp_path, rebuilds, monkeypatch
):
    done = []

    def make_files(task):
        done.append(task.report.code)
        time.sleep(0.1)
        if task.report.code == "bad":
            raise RuntimeError("secret")
        return "磁盘已满" if task.report.code == "full" else ""

    monkeypatch.setattr(RebuildQueue, "_run_files", lambda _, task: make_files(task))
    monkeypatch.setattr(rebuild_queue, "is_stale", lambda _: False)
    tasks = [Task(ReportRef(tmp_path, code, 2024), files_only=True) for code in ("bad", "bad", "full", "good")]
    for task in tasks:
        rebuilds.start(task)

    assert rebuilds.progress(ReportRef(tmp_path, "good", 2024)).state == "waiting"
    assert [finished(rebuilds, task).state for task in tasks] == ["failed", "failed", "failed", "done"]
    assert done == ["bad", "full", "good"]
    assert rebuilds.progress(ReportRef(tmp_path, "full", 2024)).message == "磁盘已满"
    assert "secret" not in rebuilds.progress(ReportRef(tmp_path, "bad", 2024)).message


@pytest.mark.parametrize(("stale", "files_only"), [(False, True), (True, True), (False, False)])
def test_a_stale_report_is_made_again_with_its_files(tmp_path, rebuilds, monkeypatch, stale, files_only):
    done = []
    monkeypatch.setattr(rebuild_queue, "is_stale", lambda _: stale)
    monkeypatch.setattr(RebuildQueue, "_run_files", lambda *_: done.append("files") or "")
    monkeypatch.setattr(RebuildQueue, "_run_report", lambda *_: done.append("report") or "")
    task = Task(ReportRef(tmp_path, "ju", 2024), files_only)
    rebuilds.start(task)

    assert finished(rebuilds, task).state == "done"
    assert done == (["report", "files"] if stale or not files_only else ["files"])


class Lent:
    """A warm worker for tests: whether it is free, and what its jobs return."""

    def __init__(self, ready: bool, result: object) -> None:
        self._ready, self._result = ready, result

    @contextmanager
    def held_if_ready(self, *_):
        yield self._ready

    def run(self, *_):
        return self._result

    def close(self) -> None:
        """Nothing is to be ended."""


@pytest.mark.parametrize(
    ("ready", "result", "cold"),
    [(True, (Seal({}, "ab"),), 0), (False, None, 1), (True, "died", 1), (True, ("磁盘已满",), 0)],
)
def test_who_signs_gets_the_files_from_the_warm_worker_or_from_processes_of_their_own(
    tmp_path, monkeypatch, ready, result, cold
):
    made = []
    monkeypatch.setattr(rebuild_queue, "make_all_files", lambda *_: made.append("cold") or Seal({}, "ab"))
    queue = RebuildQueue(Lent(ready, result))
    try:
        assert queue.make_files_again(None, ReportRef(tmp_path, "ju", 2024)).hash == "ab"
    except ReviewError as error:
        made = [str(error)]

    assert made == (["磁盘已满"] if result == ("磁盘已满",) else ["cold"] * cold)


def test_the_pages_use_the_queue_that_is_kept_warm(tmp_path, monkeypatch):
    monkeypatch.setattr(RebuildQueue, "keep_warm", lambda _: None)
    monkeypatch.setattr(rebuild_queue.Listener, "start", lambda _: None)
    settings: dict[str, object] = {}
    with rebuild_queue.rebuilds_kept_warm(settings, tmp_path):
        (queue,) = settings.values()

        assert AboutReport.rebuilds.fget(SimpleNamespace(settings=settings)) is queue


def test_a_server_puts_back_what_a_killed_one_had_moved_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(RebuildQueue, "keep_warm", lambda _: None)
    monkeypatch.setattr(rebuild_queue.Listener, "start", lambda _: None)
    killed = tmp_path / f"output/.making-{platform.node()}-{2**22 + 1}-1"
    (killed / "2024-ju-old").mkdir(parents=True)
    (killed / "2024-ju-old/report.json").write_text("{}")
    (tmp_path / "output/2024").mkdir()
    with rebuild_queue.rebuilds_kept_warm({}, tmp_path):
        assert (tmp_path / "output/2024/ju/report.json").read_text() == "{}"
        assert not killed.exists()


def put(home, text: str) -> None:
    """Put a report in its place, as a run does."""
    work = home / "work"
    work.mkdir()
    (work / "report.json").write_text(text, encoding="utf-8")
    _move_into_place(work, home / "output/2024/ju")


def test_the_report_before_is_kept_until_one_says_something_else(tmp_path):
    before = tmp_path / "output/2024/ju" / BEFORE
    put(tmp_path, "1")
    assert not before.exists()

    put(tmp_path, "2")
    put(tmp_path, "2")
    assert before.read_text(encoding="utf-8") == "1"

    put(tmp_path, "3")
    assert before.read_text(encoding="utf-8") == "2"
