"""Worker processes: a job that kills, blocks or outlives its worker costs itself alone, and nothing is left."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from gktools.build.pool import Pool, Worker, run_jobs


def do(job: tuple[str, str]) -> str:
    """Do what a job says, in the folder it names."""
    what, folder = job
    tried = Path(folder) / f"{what.partition(' ')[0]}-{time.monotonic_ns()}"
    tried.write_text(str(os.getpid()))
    if what.startswith("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    if what.startswith("once") and len(list(Path(folder).glob("once-*"))) == 1:
        os._exit(3)
    if what.startswith("look"):
        import nbformat  # noqa: F401 - as papermill does

        return str("rfc3987_syntax.syntax_helpers" in sys.modules)
    if what.startswith("read"):
        return os.environ.get(what.partition(" ")[2], "unset")
    if what.startswith("hang"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(300)
    return f"{what} done"


def lost(job: tuple[str, str], loss: str) -> str:
    return f"{job[0]} {loss}"


def run(folder: Path, *jobs: str, workers: int = 2, seconds: float = 60) -> list[str]:
    return sorted(run_jobs([(job, str(folder)) for job in jobs], do, lost, workers=workers, seconds=seconds))


def tries(folder: Path, job: str) -> int:
    return len(list(folder.glob(f"{job}-*")))


def test_every_job_is_done_once(tmp_path):
    jobs = [f"job {n}" for n in range(20)]

    assert run(tmp_path, *jobs) == sorted(f"{job} done" for job in jobs)
    assert tries(tmp_path, "job") == 20


def test_a_worker_is_not_kept_waiting_by_a_parser_that_no_notebook_needs(tmp_path):
    assert run(tmp_path, "look") == ["False"]


def test_a_job_whose_worker_dies_is_tried_once_more(tmp_path):
    assert run(tmp_path, "once", "job") == ["job done", "once done"]
    assert tries(tmp_path, "once") == 2


def test_a_job_that_always_kills_its_worker_costs_itself_alone(tmp_path):
    jobs = [f"job {n}" for n in range(8)]

    assert run(tmp_path, "die a", *jobs[:4], "die b", *jobs[4:]) == sorted(
        ["die a died", "die b died", *(f"{job} done" for job in jobs)]
    )
    assert tries(tmp_path, "die") == 4
    assert tries(tmp_path, "job") == 8


def test_a_job_that_takes_too_long_is_given_up_and_not_tried_again(tmp_path):
    started = time.monotonic()

    assert run(tmp_path, "hang", "job 1", "job 2", seconds=6) == ["hang too slow", "job 1 done", "job 2 done"]
    assert time.monotonic() - started < 60
    assert tries(tmp_path, "hang") == 1


def test_no_job_needs_no_worker():
    assert list(run_jobs([], do, lost, workers=2, seconds=1)) == []


def test_an_interrupt_of_the_whole_terminal_does_not_reach_a_worker_that_starts(tmp_path, monkeypatch):
    start = Worker._start

    def interrupted(worker: Worker) -> None:
        start(worker)
        os.kill(worker._process.pid, signal.SIGINT)

    monkeypatch.setattr(Worker, "_start", interrupted)

    assert run(tmp_path, "job", workers=1) == ["job done"]
    assert tries(tmp_path, "job") == 1


@pytest.mark.parametrize("end", ["all done", "broken off"])
def test_nothing_is_left_when_it_ends(tmp_path, monkeypatch, end):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    results = run_jobs([("job", str(tmp_path)), ("hang", str(tmp_path))], do, lost, workers=2, seconds=5)

    assert next(results) == "job done"
    if end == "broken off":
        results.close()
    else:
        assert list(results) == ["hang too slow"]
    left = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
    assert [child for child in left if "resource_tracker" not in " ".join(child.cmdline())] == []
    assert list(tmp_path.glob("gktools-*")) == []


# --- a pool ---------------------------------------------------------------------------------------------------


@pytest.fixture
def pool(tmp_path, monkeypatch):
    """A pool of its own, whose files lie in the folder of the test."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Pool() as opened:
        yield opened


def pids(folder: Path, job: str) -> set[str]:
    """The processes that began with a job."""
    return {path.read_text() for path in folder.glob(f"{job}-*")}


def work(pool: Pool, folder: Path, *jobs: str, seconds: float = 60) -> list[str]:
    return sorted(pool.run_jobs([(job, str(folder)) for job in jobs], do, lost, workers=1, seconds=seconds))


def test_a_pool_keeps_its_process_for_the_next_batch_and_ends_it_at_last(tmp_path, pool):
    assert work(pool, tmp_path, "first") == ["first done"]
    assert work(pool, tmp_path, "second", "third") == ["second done", "third done"]

    (pid,) = pids(tmp_path, "first")
    assert pids(tmp_path, "second") == pids(tmp_path, "third") == {pid}
    pool.__exit__()
    assert not psutil.pid_exists(int(pid))
    assert list(tmp_path.glob("gktools-*")) == []


def test_a_job_has_the_environment_its_caller_has_by_then(tmp_path, pool, monkeypatch):
    assert work(pool, tmp_path, "read LATER") == ["unset"]
    monkeypatch.setenv("LATER", "set")
    assert work(pool, tmp_path, "read LATER") == ["set"]
    monkeypatch.delenv("LATER")
    assert work(pool, tmp_path, "read LATER", "read IPYTHONDIR")[1] == "unset"
    assert work(pool, tmp_path, "read IPYTHONDIR")[0].startswith(str(tmp_path))


def test_a_process_that_died_between_two_batches_costs_no_try(tmp_path, pool):
    work(pool, tmp_path, "first")
    (pid,) = pids(tmp_path, "first")
    os.kill(int(pid), signal.SIGKILL)
    while psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)

    assert work(pool, tmp_path, "second") == ["second done"]
    assert tries(tmp_path, "second") == 1
    assert pids(tmp_path, "second") != {pid}


def test_a_process_that_is_busy_when_a_batch_is_broken_off_is_ended_and_an_idle_one_kept(tmp_path, pool):
    jobs = [(job, str(tmp_path)) for job in ("job", "hang")]
    results = pool.run_jobs(jobs, do, lost, workers=2, seconds=60)
    assert next(results) == "job done"
    while not all(pids(tmp_path, "hang")) or not pids(tmp_path, "hang"):
        time.sleep(0.01)
    results.close()

    (hung,) = pids(tmp_path, "hang")
    assert not psutil.pid_exists(int(hung))
    assert work(pool, tmp_path, "again") == ["again done"]
    assert pids(tmp_path, "again") == pids(tmp_path, "job")
