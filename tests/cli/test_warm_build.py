"""`gktools build --office` beside a review server: what its warm worker does is what the command itself would have done."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from projects import keep, make_project, write_yaml

from gktools.build import warm_link
from gktools.build.warm_link import Order, ask
from gktools.review.web.rebuild_queue import RebuildQueue, Task, rebuilds_kept_warm
from gktools.workspace.output import ReportRef

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no warm worker without Linux")
OFFICES = {"ju": {"names": [{"name": "示例区民政局"}], "kind": "county_department"}}
ARGUMENTS = ("build", "--office", "ju", "--year", "2024")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("warm") / "district"
    project = make_project(folder, OFFICES, {(2024, "ju"): {"text": {"problems": "问题。"}}})
    keep(project, "ju", 2024, {})
    write_yaml(folder / "params/2024/unused.yaml", {})
    return folder


@pytest.fixture(scope="module")
def queue(home):
    """A queue with a worker that is warm."""
    settings: dict[str, object] = {}
    with rebuilds_kept_warm(settings, home):
        ready(home)
        yield settings["gktools_rebuilds"]


def ready(home: Path) -> None:
    end = time.monotonic() + 120
    while ask(Order(home, ("ju",), 2024)) is None:
        assert time.monotonic() < end
        time.sleep(0.1)


def files(home: Path) -> dict[str, bytes]:
    """Every file that was made; without the cache, which has their times."""
    found = sorted(path for path in (home / "output").rglob("*") if path.is_file() and path.name != ".seen.json")
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in found}


def build_cold(run, home, monkeypatch, *arguments: str):
    """Return what the command says and makes by itself; output/ is empty before and after it."""
    shutil.rmtree(home / "output", ignore_errors=True)
    with monkeypatch.context() as patch:
        patch.setattr(warm_link, "ask", lambda _: None)
        said = run(*arguments, home=home)
    made = files(home)
    shutil.rmtree(home / "output", ignore_errors=True)
    return said, made


def no_build(*_: object, **__: object) -> None:
    raise AssertionError("the command has built it itself")


PROBLEMS = {"good": "问题。", "bad token": "{{ 没有这个 }}"}


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_worker_says_and_makes_what_the_command_would_have(run, home, queue, monkeypatch, name):
    write_yaml(home / "params/2024/ju.yaml", {"text": {"problems": PROBLEMS[name]}})
    cold = build_cold(run, home, monkeypatch, *ARGUMENTS)
    with monkeypatch.context() as patch:
        patch.setattr("gktools.build.batch.build", no_build)
        warm = run(*ARGUMENTS, home=home)

    assert (warm, files(home)) == cold
    assert warm[0] == (name != "good")
    assert "提醒：" in warm[2]
    assert list((home / "output").glob(".making-*")) == []


def test_what_cannot_be_built_at_all_is_said_by_the_command(run, home, queue, monkeypatch):
    arguments = ("build", "--office", "nobody", "--year", "2024")
    cold = build_cold(run, home, monkeypatch, *arguments)

    assert run(*arguments, home=home) == cold[0]
    assert "nobody" in cold[0][2]


@pytest.mark.parametrize(
    "arguments",
    [("build",), (*ARGUMENTS, "--workers", "1"), (*ARGUMENTS, "--office", "ju"), (*ARGUMENTS, "--out", "s3://x")],
)
def test_a_command_that_says_how_it_is_to_be_done_asks_nobody(run, home, monkeypatch, arguments):
    monkeypatch.setattr(warm_link, "ask", no_build)
    monkeypatch.setattr("gktools.build.batch.build", lambda *_, **__: [])
    monkeypatch.setattr("gktools.build.order.write_pages", lambda *_: [])

    assert run(*arguments, home=home)[0] == 0


def test_force_and_year_are_those_of_the_command(run, home, queue, monkeypatch):
    monkeypatch.setattr("gktools.build.batch.build", no_build)
    write_yaml(home / "params/2024/ju.yaml", {"text": {"problems": "问题。"}})
    ready(home)

    assert "没有变化 1" in by_the_worker(run, home, "build", "--office", "ju")
    assert "新做 1" in by_the_worker(run, home, *ARGUMENTS, "--force")


def by_the_worker(run, home: Path, *arguments: str) -> str:
    """Return what the command prints that may not build itself, asked again while the worker is busy."""
    for _ in range(60):
        if said := run(*arguments, home=home)[1]:
            return said
        time.sleep(0.5)
    return ""


def test_rebuilds_and_commands_share_the_process(home, queue: RebuildQueue, run):
    worker = queue._worker._worker.pid
    task = Task(ReportRef(home, "ju", 2024))
    for problems in ("一。", "二。"):
        write_yaml(home / "params/2024/ju.yaml", {"text": {"problems": problems}})
        queue.start(task)
        while queue.progress(task.report).running:
            time.sleep(0.01)
        assert queue.progress(task.report).state == "done", queue.progress(task.report)
    ready(home)

    assert queue._worker._worker.pid == worker


def test_a_worker_that_is_killed_while_it_works_loses_nothing(run, home, queue, monkeypatch):
    write_yaml(home / "params/2024/ju.yaml", {"text": {"problems": "问题。"}})
    cold = build_cold(run, home, monkeypatch, *ARGUMENTS)
    killed = threading.Event()

    def kill() -> None:
        while not list((home / "output").glob(".making-*/2024-ju")):
            time.sleep(0.001)
        queue._worker._worker.kill()
        killed.set()

    threading.Thread(target=kill, daemon=True).start()

    assert (run(*ARGUMENTS, home=home), files(home)) == cold
    assert killed.is_set()
    assert list((home / "output").glob(".making-*")) == []


def test_a_worker_is_started_with_nothing_that_a_notebook_may_not_know(home, queue, monkeypatch):
    """The fork server's environment, which its kernels can read in /proc, has no address and no key."""
    ready(home)
    (server,) = psutil.Process(queue._worker._worker.pid).children()
    names = {line.partition("=")[0] for line in Path(f"/proc/{server.pid}/environ").read_text().split("\0") if line}

    assert os.environ["GKTOOLS_MARK"] == "secret"
    assert [name for name in names if name.startswith("GKTOOLS_")] == []


@pytest.fixture(scope="module", autouse=True)
def mark():
    """A setting of ours, there when the worker is started."""
    os.environ["GKTOOLS_MARK"] = "secret"
    yield
    del os.environ["GKTOOLS_MARK"]
