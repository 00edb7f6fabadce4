"""Many reports: which must be made, by a few workers, with whatever a broken-off run left behind put right."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from .errors import GktoolsError, NotFoundError, ParamsError
from .formats import load_format
from .narrative import check_texts
from .params import FOLDER, Project
from .runs import (
    FAILED_LOG,
    FAILED_NOTEBOOK,
    OUTPUT,
    SCHEMA_FILE,
    Outcome,
    changed,
    keep_failure,
    making,
    mark_failed,
    read_manifest,
    run_office,
    tidy,
)
from .workers import Loss, work_off

REPORT_SECONDS = 900.0
"""How long one report may take, start to end; a cell of its notebook has a shorter limit of its own."""

Told = Callable[[Outcome, int, int], None]
"""Is told each outcome as it comes, how many there are by now, and of how many."""


@dataclass(frozen=True)
class Job:
    """One report to make: whose, of which year, and the private folder to make it in."""

    home: Path
    code: str
    name: str
    year: int
    work: Path


def build(
    project: Project,
    years: Iterable[int],
    offices: Iterable[str] | None = None,
    *,
    workers: int | None = None,
    force: bool = False,
    seconds: float = REPORT_SECONDS,
    told: Told = lambda *_: None,
) -> list[Outcome]:
    """Make the reports of the years, of some offices or of all that existed then; return every outcome.

    Parameters of all of them are checked before the first notebook starts. Unchanged reports are left alone
    unless forced. A report that takes more seconds than that is given up.
    """
    years = list(years)
    for year in years:
        load_format(year)
        if not (project.home / FOLDER / str(year)).is_dir():
            raise NotFoundError(f"没有 {FOLDER}/{year}；新的报告年度先运行 gktools year new {year}")
    tidy(project.home)
    wanted = [(code, name, year) for year in years for code, name in _offices(project, year, offices)]
    outcomes: list[Outcome] = []

    def tell(outcome: Outcome) -> None:
        outcomes.append(outcome)
        told(outcome, len(outcomes), len(wanted))

    jobs = []
    for code, name, year in wanted:
        ready = _prepare(project, code, name, year, force=force)
        if ready is not None:
            tell(ready)
        else:
            jobs.append(Job(project.home, code, name, year, making(project.home) / f"{year}-{code}"))
    if jobs:
        (project.home / OUTPUT).mkdir(exist_ok=True)
        shutil.copyfile(Path(__file__).parent / SCHEMA_FILE, project.home / OUTPUT / SCHEMA_FILE)
    try:
        for outcome in work_off(jobs, _make, _lost, workers=workers or os.cpu_count() or 1, seconds=seconds):
            tell(outcome)
    finally:
        shutil.rmtree(making(project.home), ignore_errors=True)
    return outcomes


def check_params(project: Project, code: str, year: int) -> None:
    """Check an office's parameters and the tokens of its texts. Raises ParamsError with everything wrong."""
    params = project.params(code, year)
    if problems := check_texts(params):
        raise ParamsError(problems=[project.locate(code, year, problem) for problem in problems])


def _offices(project: Project, year: int, codes: Iterable[str] | None) -> list[tuple[str, str]]:
    if codes is None:
        return [(office.code, office.name) for office in project.offices(year)]
    return [(office.code, office.name) for office in (project.office(code, year) for code in codes)]


def _prepare(project: Project, code: str, name: str, year: int, *, force: bool) -> Outcome | None:
    """The outcome of a report that need not or cannot be run; None for one that is to be run."""
    place = project.home / OUTPUT / str(year) / code
    try:
        load_format(year)
        check_params(project, code, year)
        if force or changed(project, code, year):
            return None
    except GktoolsError as error:
        mark_failed(place, str(error))
        return Outcome(code, name, year, "failed", str(error))
    manifest = read_manifest(project.home, code, year)
    for left in (FAILED_LOG, FAILED_NOTEBOOK):
        (place / left).unlink(missing_ok=True)
    return Outcome(code, name, year, "unchanged", findings=manifest["findings"] if manifest else {})


def _make(job: Job) -> Outcome:
    for name in ("papermill", "traitlets", "asyncio"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return run_office(job.home, job.code, job.name, job.year, job.work)


def _lost(job: Job, loss: Loss) -> Outcome:
    """The outcome of a report whose worker died each time, or that took too long."""
    messages = {
        "died": "做报告的进程两次中途没了（可能内存不够），请再试或减少 --workers",
        "too slow": "这份报告做得太久，已停下；请看总笔记本里是不是有停不下来的代码，改好后再做",
    }
    keep_failure(RuntimeError(messages[loss]), job.work, job.home / OUTPUT / str(job.year) / job.code)
    return Outcome(job.code, job.name, job.year, "failed", messages[loss])
