"""Many reports: which must be made, by a few workers, with whatever a broken-off run left behind put right."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from .errors import GktoolsError, NotFoundError, ParamsError, RecordsError
from .formats import load_format
from .narrative import check_texts
from .params import FOLDER, Project, ReportParams
from .records.store import open_store
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
from .seen import Seen
from .workers import Loss, work_off

REPORT_SECONDS = 900.0
"""How long one report may take, start to end; a cell of its notebook has a shorter limit of its own."""

Told = Callable[[Outcome, int, int], None]
"""Is told each outcome as it comes, how many there are by now, and of how many."""


@dataclass(frozen=True)
class Job:
    """One report to make: whose, of which year, the private folder to make it in, and a hash of what it is made from
    as far as was known when it was asked for."""

    home: Path
    code: str
    name: str
    year: int
    work: Path
    made_from: str


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

    marks = _marks(project)
    seen = {year: Seen(project, year, marks) for year in years}
    jobs: dict[tuple[int, str], Job] = {}
    for code, name, year in wanted:
        ready = _prepare(project, code, name, year, seen[year], force=force)
        if isinstance(ready, Job):
            jobs[year, code] = ready
        else:
            tell(ready)
    if jobs:
        (project.home / OUTPUT).mkdir(exist_ok=True)
        shutil.copyfile(Path(__file__).parent / SCHEMA_FILE, project.home / OUTPUT / SCHEMA_FILE)
    try:
        todo = jobs.values()
        for outcome in work_off(todo, _make, _lost, workers=workers or os.cpu_count() or 1, seconds=seconds):
            if outcome.status == "built":
                made_from = jobs[outcome.year, outcome.office].made_from
                seen[outcome.year].keep(outcome.office, made_from, outcome.findings)
            tell(outcome)
    finally:
        for one in seen.values():
            one.write()
        shutil.rmtree(making(project.home), ignore_errors=True)
    return outcomes


def check_params(project: Project, code: str, year: int) -> ReportParams:
    """Return an office's parameters. Raises ParamsError with everything wrong in them and the tokens of its texts."""
    params = project.params(code, year)
    if problems := check_texts(params):
        raise ParamsError(problems=[project.locate(code, year, problem) for problem in problems])
    return params


def _marks(project: Project) -> dict[str, str]:
    """What tells whether an office's records have changed; nothing if the store fails, as every report will say."""
    try:
        with open_store(project.home) as store:
            return store.marks()
    except RecordsError:
        return {}


def _offices(project: Project, year: int, codes: Iterable[str] | None) -> list[tuple[str, str]]:
    if codes is None:
        return [(office.code, office.name) for office in project.offices(year)]
    return [(office.code, office.name) for office in (project.office(code, year) for code in codes)]


def _prepare(project: Project, code: str, name: str, year: int, seen: Seen, *, force: bool) -> Outcome | Job:
    """The outcome of a report that need not or cannot be run, or the job to make it."""
    place = project.home / OUTPUT / str(year) / code
    try:
        load_format(year)
        made_from = seen.made_from(project.office(code, year), check_params(project, code, year))
        findings = None if force else seen.findings(code, made_from)
        if findings is None and (force or changed(project, code, year)):
            return Job(project.home, code, name, year, making(project.home) / f"{year}-{code}", made_from)
    except GktoolsError as error:
        mark_failed(place, str(error))
        return Outcome(code, name, year, "failed", str(error))
    if findings is None:
        findings = (read_manifest(project.home, code, year, verify=False) or {"findings": {}})["findings"]
        for left in (FAILED_LOG, FAILED_NOTEBOOK):
            (place / left).unlink(missing_ok=True)
        seen.keep(code, made_from, findings)
    return Outcome(code, name, year, "unchanged", findings=findings)


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
