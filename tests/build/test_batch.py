"""Many reports: whatever happens to one, or to the batch itself, costs no other report, and leaves nothing behind."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from batches import CODES, LEVELS, POISON, SAID, gone, kill_one, left_behind, make, marked, poison
from projects import write_yaml

from gktools.build.batch import BuildOptions, build
from gktools.build.run import staging_dir
from gktools.errors import GktoolsError
from gktools.workspace.output import ReportRef
from gktools.workspace.project import Project


@pytest.fixture
def project(tmp_path) -> Project:
    return make(tmp_path / "work", CODES)


def whole(project: Project) -> list[str]:
    return [code for code in CODES if ReportRef(project.home, code, 2024).manifest()]


def start(project: Project, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gktools", "build", *options]
    environment = os.environ | marked(project)
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


@pytest.mark.timeout(400)
def test_a_bad_report_costs_itself_alone_and_is_explained(tmp_path):
    bad = make(tmp_path / "work", (*POISON, "caizheng", "minzheng"))
    poison(bad)
    outcomes = {outcome.code: outcome for outcome in build(bad, [2024], options=BuildOptions(workers=2, seconds=25))}

    assert {code for code, outcome in outcomes.items() if outcome.status == "built"} == {"caizheng", "minzheng"}
    assert {code: SAID[code] in outcomes[code].message for code in POISON} == dict.fromkeys(POISON, True)
    for code in set(POISON) - {"hangs"}:
        kept = nbformat.read(bad.home / "output/2024" / code / "failed.ipynb", as_version=4)
        cells = {cell.id: cell for cell in kept.cells if cell.cell_type == "code"}
        assert cells["disclosures"].outputs, code
        assert not cells["problems"].outputs, code
    assert left_behind(bad) == []


def kill_at_random(project: Project, whom: str, draw: random.Random) -> None:
    """Start a batch and kill it, or one of its processes, at a random moment; again, if it came to its end before."""
    killed = False
    while not killed:
        batch = start(project, "--workers", "2", "--force")
        time.sleep(draw.uniform(0, 5))
        killed = kill_one(batch, whom)
        told, _ = batch.communicate(timeout=120)
        if whom != "batch":  # what it was starting just then may say that its parent has gone
            assert "Traceback" not in told
            assert batch.returncode == 0, told


def kill_and_go_on(project: Project, whom: str, seed: int) -> None:
    before = whole(project)
    kill_at_random(project, whom, random.Random(seed))

    assert gone(project)
    assert set(before) <= {*whole(project), *recovered(project)}
    again = start(project, "--workers", "1")
    told, _ = again.communicate(timeout=120)
    assert again.returncode == 0, told
    assert whole(project) == list(CODES)
    assert left_behind(project) == []
    assert gone(project)


def recovered(project: Project) -> set[str]:
    """Reports that stand beside their place, to be put back by the next build."""
    olds = (project.home / "output").glob(".making*/*-old")
    return {old.name.removesuffix("-old").partition("-")[2] for old in olds}


KILLS = [("batch", 3), *(pytest.param(*kill, marks=pytest.mark.soak) for kill in (("worker", 4), ("kernel", 5)))]
"""Who is killed, and a seed; workers and kernels are killed in the long batch of tests/end_to_end/test_soak.py too."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("whom", "seed"), KILLS)
def test_a_killed_batch_loses_nothing_and_the_next_one_goes_on(project, whom, seed):
    kill_and_go_on(project, whom, seed)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("whom", LEVELS)
def test_twenty_kills_lose_nothing(project, whom):
    for seed in range(20):
        kill_and_go_on(project, whom, seed)


@pytest.mark.timeout(200)
def test_an_interrupted_batch_stops_at_once_with_whole_files(project):
    batch = start(project, "--workers", "2")
    until = time.monotonic() + 60
    while not whole(project) and time.monotonic() < until:
        time.sleep(0.05)
    batch.send_signal(signal.SIGINT)
    asked = time.monotonic()
    told, _ = batch.communicate(timeout=60)

    assert time.monotonic() - asked < 5
    assert "已按要求停下" in told
    assert "Traceback" not in told
    assert whole(project)
    assert left_behind(project) == []
    assert gone(project)


def test_a_report_taken_out_of_its_place_by_a_killed_batch_is_put_back(project):
    build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))
    place = project.home / "output/2024/minzheng"
    before = (place / "report.html").read_bytes()
    dead = subprocess.Popen(["true"])
    dead.wait()
    folder = staging_dir(project.home)
    folder = folder.with_name("-".join([*folder.name.split("-")[:-2], str(dead.pid), "1"]))
    folder.mkdir()
    place.rename(folder / "2024-minzheng-old")
    (folder / "2024-caizheng").mkdir()
    outcome = build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))[0]

    assert outcome.status == "unchanged"
    assert (place / "report.html").read_bytes() == before
    assert left_behind(project) == []


def test_the_folder_of_a_batch_still_running_is_left_alone(project):
    other = staging_dir(project.home)
    other = other.with_name("-".join([*other.name.split("-")[:-2], "1", str(int(psutil.Process(1).create_time()))]))
    (other / "2024-caizheng").mkdir(parents=True)
    build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))

    assert left_behind(project) == [other.name]


@pytest.mark.parametrize(
    "end",
    [
        lambda project: (project.home / "records.db").write_bytes(b"gone"),
        lambda project: (project.home / "records.db").unlink(missing_ok=True),
    ],
)
def test_a_store_that_goes_away_costs_the_reports_not_made_and_says_so(project, end):
    codes = ["anjian", "caizheng", "jiaoyu"]
    built = build(project, [2024], codes, options=BuildOptions(workers=1), on_progress=lambda *_: end(project))
    outcomes = {outcome.code: outcome for outcome in built}
    made = (project.home / "output/2024/anjian/report.html").read_bytes()
    again = build(project, [2024], ["anjian"], options=BuildOptions(workers=1, force=True))[0]

    assert outcomes["anjian"].status == "built"
    assert {outcomes[code].status for code in ("caizheng", "jiaoyu")} == {again.status} == {"failed"}
    assert all("台账库" in outcome.message for outcome in (outcomes["caizheng"], outcomes["jiaoyu"], again))
    assert (project.home / "output/2024/anjian/report.html").read_bytes() == made


def test_the_wrong_figure_of_a_report_is_no_reason_to_make_it_twice(project):
    write_yaml(project.home / "params/2024/minzheng.yaml", {"text": {"problems": "无"}})
    outcome = build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))[0]

    assert outcome.status == "built"
    assert outcome.findings["block"] > 0
    assert json.loads((project.home / "output/2024/minzheng/report.json").read_text(encoding="utf-8"))["findings"]


def test_an_output_folder_that_cannot_be_written_is_said_before_anything_runs(project, monkeypatch):
    build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))
    before = {path: path.stat().st_mtime_ns for path in (project.home / "output").rglob("*")}
    refused, real = project.home / "output", Path.mkdir

    def mkdir(path: Path, *given, **named) -> None:
        if refused in path.parents:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        real(path, *given, **named)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with pytest.raises(GktoolsError, match=r"output 里写不进去（磁盘是只读的）.*只读.*没有动"):
        build(project, [2024], options=BuildOptions(workers=1))

    assert {path: path.stat().st_mtime_ns for path in (project.home / "output").rglob("*")} == before


@pytest.mark.soak  # only root can make a file system
@pytest.mark.timeout(600)
def test_an_output_folder_that_becomes_read_only_costs_the_reports_not_made_and_says_so(project):
    folder = project.home / "output"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(folder)], check=True)
    try:

        def remount(*_: object) -> None:
            subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)

        outcomes = {o.code: o for o in build(project, [2024], options=BuildOptions(workers=1), on_progress=remount)}

        assert outcomes.pop("anjian").status == "built"
        assert {outcome.status for outcome in outcomes.values()} == {"failed"}
        assert all("只读" in outcome.message for outcome in outcomes.values()), outcomes
        assert whole(project) == ["anjian"]
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.soak  # only root can make a small file system
@pytest.mark.timeout(600)
def test_a_full_disk_costs_the_reports_that_do_not_fit_and_says_so(project):
    folder = project.home / "output"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=True)
    try:
        outcomes = build(project, [2024], options=BuildOptions(workers=2))
        failed = [outcome for outcome in outcomes if outcome.status == "failed"]
        made = [outcome.code for outcome in outcomes if outcome.status == "built"]

        assert failed
        assert made
        assert all("磁盘" in outcome.message for outcome in failed), [outcome.message for outcome in failed]
        assert whole(project) == sorted(made)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
    assert {outcome.status for outcome in build(project, [2024], options=BuildOptions(workers=2))} == {"built"}
