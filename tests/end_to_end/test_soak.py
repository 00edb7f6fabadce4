"""A long batch with bad reports in it, killed now and then: every good report is there and right, every bad one explained.

All of it under `make soak`: 30 reports with 2 kills, 3,000 with 60 bad ones, 1,000 with 20 kills. A batch that is killed,
one that is interrupted, and a bad report that costs itself alone are each in `tests/build/test_batch.py`.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from itertools import cycle, islice
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import pytest
from batches import POISON, SAID, TEXT, gone, kill_one, left_behind, marked, poison, processes_of
from projects import keep_empty, make_project

from gktools.build.batch import BuildOptions, build
from gktools.workspace.output import ReportRef
from gktools.workspace.project import Project, open_project

SECONDS = 45  # what a report may take: seconds of it are the start of a worker beside busy neighbours
BATCH = f"""
import json, sys
from pathlib import Path
from gktools.build.batch import BuildOptions, build
from gktools.workspace.project import open_project
if __name__ == "__main__":
    outcomes = build(open_project(Path(sys.argv[1])), [2024], options=BuildOptions(workers=2, seconds={SECONDS}))
    print(json.dumps({{outcome.code: [outcome.status, outcome.message] for outcome in outcomes}}))
"""


def bad_codes(bad: int) -> dict[str, str]:
    """So many office codes, by what the report of each does."""
    return {f"{kind}-{i}": kind for i, kind in enumerate(islice(cycle(sorted(POISON)), bad))}


def make(home: Path, reports: int, bad: int) -> Project:
    """A working folder with that many offices; the bad ones are spread among the good."""
    codes = [*bad_codes(bad), *(f"o{i}" for i in range(reports - bad))]
    random.Random(7).shuffle(codes)
    offices = {code: {"names": [{"name": f"示例区{code}局"}], "kind": "county_department"} for code in codes}
    project = make_project(home, offices, {(2024, code): TEXT for code in codes})
    book = json.dumps({"offices": offices}, ensure_ascii=False)  # JSON is YAML, and keeps the order
    (home / "params/offices.yaml").write_text(book, encoding="utf-8")
    project = open_project(home)
    assert [office.code for office in project.offices(2024)] == codes
    poison(project)
    keep_empty(project, codes, 2024)
    return project


def start(project: Project) -> subprocess.Popen[str]:
    script = project.home / "batch.py"
    script.write_text(BATCH, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, str(script), str(project.home)],
        env=os.environ | marked(project),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def work_through(project: Project, kills: int, pause: tuple[float, float]) -> dict[str, list[str]]:
    """Run batches until one comes to its end, killing something of theirs at random moments; return its outcomes."""
    batch = start(project)
    for whom in islice(cycle(("kernel", "worker", "batch", "server")), kills):
        time.sleep(random.uniform(*pause))
        assert kill_one(batch, whom), "the batch came to its end before it was killed often enough"
        if whom == "batch":
            batch.communicate(timeout=60)
            assert gone(project)
            batch = start(project)
    told, _ = batch.communicate()
    return dict(json.loads(told))


def without_names(project: Project, code: str) -> dict[str, Any]:
    """A report's data without what only its office has: its name, in text and findings."""
    text = (project.home / "output/2024" / code / "report.json").read_text(encoding="utf-8")
    report = json.loads(text.replace(f"示例区{code}局", "").replace(f'"{code}"', '""'))
    for finding in report["findings"]:
        del finding["fingerprint"]
    return dict(report)


def check(project: Project, outcomes: dict[str, list[str]], bad: int) -> None:
    kinds = bad_codes(bad)
    good = [code for code in outcomes if code not in kinds]
    assert {code for code in good if outcomes[code][0] == "failed"} == set()
    assert [code for code in good if not ReportRef(project.home, code, 2024).manifest()] == []
    expected = without_names(project, good[0])
    assert [code for code in good if without_names(project, code) != expected] == []
    assert [code for code, kind in kinds.items() if SAID[kind] not in outcomes[code][1]] == []
    assert [code for code in kinds if ReportRef(project.home, code, 2024).manifest()] == []
    assert left_behind(project) == []
    assert gone(project), processes_of(project)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_30_reports_with_6_bad_ones_and_2_kills_are_all_right_or_explained(tmp_path):
    project = make(tmp_path / "work", 30, 6)
    outcomes = work_through(project, kills=2, pause=(0.5, 1.5))
    check(project, outcomes, 6)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.usefixtures("fresh_workers")
def test_3000_reports_with_60_bad_ones_are_all_right_or_explained(tmp_path):
    project = make(tmp_path / "work", 3000, 60)
    resource_tracker.ensure_running()  # the one descriptor that starting processes keeps
    before = len(list(Path("/proc/self/fd").iterdir()))
    outcomes = {
        o.code: [o.status, o.message] for o in build(project, [2024], options=BuildOptions(workers=2, seconds=SECONDS))
    }

    assert sum(status == "built" for status, _ in outcomes.values()) == 2940
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    check(project, outcomes, 60)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_20_kills_in_a_batch_of_1000_lose_nothing(tmp_path):
    project = make(tmp_path / "work", 1000, 6)
    outcomes = work_through(project, kills=20, pause=(1, 3))
    check(project, outcomes, 6)
