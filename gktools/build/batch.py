"""Many reports: which must be made, by a few workers, with whatever a broken-off run left behind put right."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from ..errors import GktoolsError, NotFoundError, ParamsError, RecordsError
from ..forms.notices import load_format
from ..inputs.inputs import last_year_marks
from ..registers.store.store import open_store
from ..text.sections import check_texts
from ..workspace.offices import Office
from ..workspace.output import OUTPUT, Manifest, ReportRef
from ..workspace.params_models import ReportParams
from ..workspace.project import FOLDER, Project
from .failures import FAILED_LOG, FAILED_NOTEBOOK, keep_failure, mark_failed
from .freshness import BuildCache, changed_inputs, changed_since_built
from .object_store import open_objects
from .pool import Loss, run_jobs
from .run import REPORT_SCHEMA, Outcome, recover_staging, remove_staging, run_report_job, staging_dir

REPORT_SECONDS = 900.0
"""How long one report may take, start to end; a cell of its notebook has a shorter limit of its own."""

OnProgress = Callable[[Outcome, int, int], None]
"""Called with each outcome as it comes, how many there are by now, and of how many."""


@dataclass(frozen=True)
class Job:
    """One report to make: the office's name, the private folder to make it in, a hash of what it is made from
    as far as was known when it was asked for, where it goes: an object store's address, or "" for output/, and whether
    the store knew the office then."""

    report: ReportRef
    name: str
    work: Path
    built_from: str
    out: str = ""
    known: bool = False

    def failed(self, message: str = "") -> Outcome:
        """The outcome of a report that could not be made; message says for staff why."""
        return Outcome(self.report.code, self.name, self.report.year, "failed", message)


class Executor(Protocol):
    """Who works jobs off, here or on other machines: the outcome of every job as it comes."""

    def __call__(
        self,
        jobs: Sequence[Job],
        do: Callable[[Job], Outcome],
        on_lost: Callable[[Job, Loss], Outcome],
        *,
        seconds: float,
    ) -> Generator[Outcome]: ...


@dataclass(frozen=True)
class BuildOptions:
    """How reports are built. By default, those that have changed, by processes of this machine, into output/.

    crew runs the jobs instead of as many processes as workers (as many as there are processors); out is the address
    of an object store; force builds the unchanged too; a report that takes more than seconds is given up.
    """

    workers: int | None = None
    crew: Executor | None = None
    out: str = ""
    force: bool = False
    seconds: float = REPORT_SECONDS


def build(
    project: Project,
    years: Iterable[int],
    offices: Iterable[str] | None = None,
    *,
    options: BuildOptions | None = None,
    on_progress: OnProgress = lambda *_: None,
) -> list[Outcome]:
    """Make the reports of the years, of some offices or of all that existed then; return every outcome.

    Parameters of all of them are checked before the first notebook starts; the reports of whole governments come
    last, as they are sums of the others. Unchanged reports are left alone unless forced.
    """
    options, years = options or BuildOptions(), list(years)
    for year in years:
        load_format(year)
        if not (project.home / FOLDER / str(year)).is_dir():
            raise NotFoundError(f"没有 {FOLDER}/{year}；新的报告年度先运行 gktools year new {year}")
    out = options.out
    store = open_objects(out) if out else None
    remote = {year: store.reports(year) for year in years} if store else None
    recover_staging(project.home)
    _need_output(project.home)
    wanted = [(office, year) for year in years for office in _offices(project, year, offices, out)]
    outcomes: list[Outcome] = []

    def tell(outcome: Outcome) -> None:
        outcomes.append(outcome)
        on_progress(outcome, len(outcomes), len(wanted))

    marks = _marks(project)
    caches = {year: BuildCache(project, year, marks) for year in years}
    crew = options.crew or partial(run_jobs, workers=options.workers or os.cpu_count() or 1)
    try:
        for wholes in (False, True):  # a whole government is the sum of reports that stand
            jobs: dict[tuple[int, str], Job] = {}
            for office, year in wanted:
                if bool(office.rolls_up) == wholes:
                    ready = _prepare(project, office, year, caches[year], remote, force=options.force)
                    if isinstance(ready, Job):
                        jobs[year, office.code] = replace(ready, out=out)
                    else:
                        tell(ready)
            for outcome in _run_jobs(project, jobs, crew, options.seconds):
                if outcome.status == "built" and not out:
                    built_from = jobs[outcome.year, outcome.code].built_from
                    caches[outcome.year].add(outcome.code, built_from, outcome.findings)
                tell(outcome)
    finally:
        for one in caches.values() if not out else ():
            one.write()
        remove_staging(project.home, staging_dir(project.home))
    return outcomes


def _need_output(home: Path) -> None:
    """Make the folder reports are made in. Raises GktoolsError where nothing can be written."""
    try:
        staging_dir(home).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GktoolsError(
            f"{OUTPUT} 里写不进去（{error.strerror}）：请看 {OUTPUT} 是不是只读的、磁盘是否已满；原来做好的报告都没有动"
        ) from error


def _run_jobs(
    project: Project, jobs: Mapping[tuple[int, str], Job], crew: Executor, seconds: float
) -> Generator[Outcome]:
    """Yield the outcome of every job as it comes."""
    if not jobs:
        return
    shutil.copyfile(REPORT_SCHEMA, project.home / OUTPUT / REPORT_SCHEMA.name)
    with closing(crew(list(jobs.values()), _make, _lost, seconds=seconds)) as coming:
        yield from coming


def check_params(project: Project, code: str, year: int) -> ReportParams:
    """Return an office's parameters. Raises ParamsError with everything wrong in them and the tokens of its texts."""
    params = project.params(code, year)
    if problems := check_texts(params):
        raise ParamsError(problems=[project.locate(code, year, None, problem) for problem in problems])
    return params


def _marks(project: Project) -> dict[str, str]:
    """What tells whether an office's records have changed; nothing if the store fails, as every report will say."""
    try:
        with open_store(project.home) as store:
            return store.import_fingerprints()
    except RecordsError:
        return {}


def _offices(project: Project, year: int, codes: Iterable[str] | None, out: str) -> list[Office]:
    """The offices asked for. A whole government is the sum of reports under output/, so none goes elsewhere."""
    if codes is None:
        return [office for office in project.offices(year) if not (out and office.rolls_up)]
    asked = [project.office(code, year) for code in codes]
    if wholes := [office.code for office in asked if out and office.rolls_up]:
        raise GktoolsError(f"{'、'.join(wholes)}是汇总，要由 output/ 里各机关的报告相加：请不写 --out 再做")
    return asked


RemoteManifests = Mapping[int, Mapping[str, Manifest]]
"""The manifests of the reports that stand whole in an object store, by year and office."""


def _prepare(
    project: Project, office: Office, year: int, cache: BuildCache, remote: RemoteManifests | None, *, force: bool
) -> Outcome | Job:
    """The outcome of a report that need not or cannot be run, or the job to make it."""
    code, name, report = office.code, office.listed_name, project.report(office.code, year)
    try:
        load_format(year)
        params = check_params(project, code, year)
        more = [*_parts(project, office, year, cache), *last_year_marks(project, code, year, params)]
        more += [cache.imports(other) for other in project.predecessors(code, year)]
        built_from = cache.built_from(office, params, more)
        findings = None if force or remote is not None else cache.findings(code, built_from)
        if findings is None and (force or _changed(project, report, remote)):
            work = staging_dir(project.home) / f"{year}-{code}"
            return Job(report, name, work, built_from, known=bool(cache.imports(code)))
    except GktoolsError as error:
        mark_failed(report.folder, str(error))
        return Outcome(code, name, year, "failed", str(error))
    if remote is not None:
        _forget_failure(report)
        findings = remote[year][code].findings
    elif findings is None:
        manifest = report.manifest(verify=False)
        findings = manifest.findings if manifest else {}
        _forget_failure(report)
        cache.add(code, built_from, findings)
    return Outcome(code, name, year, "unchanged", findings=findings)


def _parts(project: Project, whole: Office, year: int, cache: BuildCache) -> list[str]:
    """What the report of a whole government is made from beside what is its own: nothing for an office's."""
    if not whole.rolls_up:
        return []
    parts = [cache.imports(office.code) for office in project.members(whole.code, year - 1)]
    parts += [cache.imports(office.code) for office in project.ended(whole.code, year)]
    for office in project.members(whole.code, year):
        try:
            parts.append(cache.member(office, project.params(office.code, year)))
        except ParamsError as error:
            parts.append(str(error))
    return parts


def _changed(project: Project, ref: ReportRef, remote: RemoteManifests | None) -> list[str]:
    if remote is None:
        return changed_since_built(project, ref)
    manifest = remote[ref.year].get(ref.code)
    return changed_inputs(project, ref, manifest.inputs if manifest else None)


def _forget_failure(ref: ReportRef) -> None:
    for left in (FAILED_LOG, FAILED_NOTEBOOK):
        (ref.folder / left).unlink(missing_ok=True)


def _make(job: Job) -> Outcome:
    for name in ("papermill", "traitlets", "asyncio"):
        logging.getLogger(name).setLevel(logging.ERROR)
    put = partial(_put, job) if job.out else None
    return run_report_job(job.report, job.name, job.work, put, known=job.known)


def _put(job: Job, folder: Path) -> None:
    open_objects(job.out).put(folder, job.report.code, job.report.year)
    with suppress(OSError):  # nobody but this report's failure stands there
        _forget_failure(job.report)


def _lost(job: Job, loss: Loss) -> Outcome:
    """The outcome of a report that was lost, not by its own fault or by taking too long."""
    messages = {
        "died": "做报告的进程两次中途没了（可能内存不够），请再试或减少 --workers",
        "too slow": "这份报告做得太久，已停下；请看总笔记本里是不是有停不下来的代码，改好后再做",
        "cut off": "和集群断了，这份没有做；请看调度器和各台机器是否在运行，再运行一次，做好的不会重做",
        "unfit": "集群里的机器做不了报告；请看各台机器是否装了和这里同一版本的 gktools，再运行一次",
    }
    keep_failure(RuntimeError(messages[loss]), job.work, job.report.folder)
    return job.failed(messages[loss])
