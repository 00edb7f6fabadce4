"""Building of many reports: which have to be built, by a few processes, after recovery from an interrupted run."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from ..errors import GktoolsError, NotFoundError, ParamsError, RecordsError, os_reason
from ..forms.notices import load_format
from ..registers.store.opening import open_store
from ..text.sections import check_texts
from ..workspace.files import write_whole
from ..workspace.home import FOLDER
from ..workspace.offices import Office
from ..workspace.output import OUTPUT, Manifest, ReportRef
from ..workspace.params_models import ReportParams
from ..workspace.project import Project
from .failures import FAILED_LOG, FAILED_NOTEBOOK, REPORT_SECONDS, write_failed_log
from .freshness import BuildCache, changed_inputs, changed_since_built
from .object_store import open_objects
from .outcome import Outcome
from .pool import Loss, run_jobs
from .run import REPORT_SCHEMA, recover_staging, remove_staging, run_report_job, staging_dir

OnProgress = Callable[[Outcome, int, int], None]
"""Called with each outcome, the number of outcomes so far, and their total."""


@dataclass(frozen=True)
class Job:
    """One report to build.

    name is the office's, work the private folder to build it in, built_from a hash of its inputs when the job was
    created. out is the address of an object store, "" for output/; has_records says whether the store of records had
    records of the office at that time.
    """

    report: ReportRef
    name: str
    work: Path
    built_from: str
    out: str = ""
    has_records: bool = False

    def failed(self, message: str = "") -> Outcome:
        """Return the outcome of a report that could not be built; message gives staff the reason."""
        return Outcome(self.report.code, self.name, self.report.year, "failed", message)


class Executor(Protocol):
    """Runs jobs, here or on other machines, and yields the outcome of each as it is ready."""

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
    """Options of a build. By default: changed reports only, in processes of this machine, into output/.

    executor runs the jobs; without one they run in `workers` processes (default: the number of processors). out is the
    address of an object store; force also builds unchanged reports; a report is stopped after `seconds`.
    """

    workers: int | None = None
    executor: Executor | None = None
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
    """Return the outcome of every report of the years, of the given offices or of all that existed then.

    The parameters of all reports are checked before the first notebook starts. Reports of governments are built last,
    as they are sums of the others. Unchanged reports are not built unless forced. Raises NotFoundError for a year or an
    office that does not exist, FormatError for a year without a format, GktoolsError if output/ cannot be written
    or the master notebook cannot be used.
    """
    options, years = options or BuildOptions(), list(years)
    for year in years:
        load_format(year)
        if not (project.home / FOLDER / str(year)).is_dir():
            raise NotFoundError(f"没有 {FOLDER}/{year}；新的报告年度先运行 gktools year new {year}")
    out = options.out
    store = open_objects(out) if out else None
    remote = {year: store.reports(year) for year in years} if store else None
    fingerprints = _import_fingerprints(project)
    caches = {year: BuildCache(project, year, fingerprints) for year in years}
    recover_staging(project.home)
    _create_staging(project.home)
    wanted = [(office, year) for year in years for office in _offices(project, year, offices, out)]
    outcomes: list[Outcome] = []

    def add_outcome(outcome: Outcome) -> None:
        outcomes.append(outcome)
        on_progress(outcome, len(outcomes), len(wanted))

    executor = options.executor or partial(run_jobs, workers=options.workers or os.cpu_count() or 1)
    try:
        for governments in (False, True):  # a government's report is the sum of reports in output/
            jobs: dict[tuple[int, str], Job] = {}
            for office, year in wanted:
                if bool(office.rolls_up) == governments:
                    ready = _prepare(project, office, year, caches[year], remote, force=options.force)
                    if isinstance(ready, Job):
                        jobs[year, office.code] = replace(ready, out=out)
                    else:
                        add_outcome(ready)
            for outcome in _run_jobs(project, jobs, executor, options.seconds):
                if outcome.status == "built" and not out:
                    built_from = jobs[outcome.year, outcome.code].built_from
                    caches[outcome.year].add(outcome.code, built_from, outcome.findings)
                add_outcome(outcome)
    finally:
        for cache in caches.values() if not out else ():
            cache.write()
        remove_staging(project.home, staging_dir(project.home))
    return outcomes


def _create_staging(home: Path) -> None:
    """Create the folder that reports are built in. Raises GktoolsError if it cannot be written."""
    try:
        staging_dir(home).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GktoolsError(
            f"{OUTPUT} 里写不进去（{os_reason(error)}）：请看 {OUTPUT} 是不是只读的、磁盘是否已满；原来做好的报告都没有动"
        ) from error


def _run_jobs(
    project: Project, jobs: Mapping[tuple[int, str], Job], executor: Executor, seconds: float
) -> Generator[Outcome]:
    """Yield the outcome of every job as it is ready."""
    if not jobs:
        return
    write_whole(project.home / OUTPUT / REPORT_SCHEMA.name, REPORT_SCHEMA.read_bytes())
    with closing(executor(list(jobs.values()), _build_job, _lost_outcome, seconds=seconds)) as outcomes:
        yield from outcomes


def check_params(project: Project, code: str, year: int) -> ReportParams:
    """Return an office's parameters. Raises ParamsError with every problem in them and in the tokens of their texts."""
    params = project.params(code, year)
    if problems := check_texts(params):
        raise ParamsError(problems=map(project.locator(code, year), problems))
    return params


def _import_fingerprints(project: Project) -> dict[str, str]:
    """Return the fingerprint of every office's imports; empty if there is no store, which every report then reports.

    Raises RecordsError if reports could see other records than those stored.
    """
    try:
        opened = open_store(project.home)
    except RecordsError:
        return {}
    with opened as store:
        store.require_sound()
        return store.import_fingerprints()


def _offices(project: Project, year: int, codes: Iterable[str] | None, out: str) -> list[Office]:
    """Return the offices asked for. Raises GktoolsError for a government with --out: its sum needs the reports in output/."""
    if codes is None:
        return [office for office in project.offices(year) if not (out and office.rolls_up)]
    wanted = [project.office(code, year) for code in codes]
    if governments := [office.code for office in wanted if out and office.rolls_up]:
        raise GktoolsError(f"{'、'.join(governments)}是汇总，要由 output/ 里各机关的报告相加：请不写 --out 再做")
    return wanted


RemoteManifests = Mapping[int, Mapping[str, Manifest]]
"""The manifests of the complete reports in an object store, by year and office."""


def _prepare(
    project: Project, office: Office, year: int, cache: BuildCache, remote: RemoteManifests | None, *, force: bool
) -> Outcome | Job:
    """Return the outcome of a report that need not or cannot be built, else the job to build it."""
    code, name, report = office.code, office.listed_name, project.report(office.code, year)
    try:
        load_format(year)
        params = check_params(project, code, year)
        built_from = cache.built_from(office, params)
        findings = None if force or remote is not None else cache.findings(code, built_from)
        if findings is None and (force or _changed(project, report, remote)):
            work = staging_dir(project.home) / f"{year}-{code}"
            return Job(report, name, work, built_from, has_records=bool(cache.imports(code)))
    except GktoolsError as error:
        write_failed_log(report.folder, str(error))
        return Outcome(code, name, year, "failed", str(error))
    if remote is not None:
        _remove_failure_files(report)
        findings = remote[year][code].findings
    elif findings is None:
        manifest = report.manifest(verify=False)
        findings = manifest.findings if manifest else {}
        _remove_failure_files(report)
        cache.add(code, built_from, findings)
    return Outcome(code, name, year, "unchanged", findings=findings)


def _changed(project: Project, ref: ReportRef, remote: RemoteManifests | None) -> list[str]:
    if remote is None:
        return changed_since_built(project, ref)
    manifest = remote[ref.year].get(ref.code)
    return changed_inputs(project, ref, manifest.inputs if manifest else None)


def _remove_failure_files(ref: ReportRef) -> None:
    for name in (FAILED_LOG, FAILED_NOTEBOOK):
        with suppress(OSError):  # it is no file of ours, or cannot be removed: the report itself is as it was
            (ref.folder / name).unlink(missing_ok=True)


def _build_job(job: Job) -> Outcome:
    for name in ("papermill", "traitlets", "asyncio"):
        logging.getLogger(name).setLevel(logging.ERROR)
    put = partial(_put_in_store, job) if job.out else None
    return run_report_job(job.report, job.name, job.work, put, has_records=job.has_records)


def _put_in_store(job: Job, files: Mapping[str, bytes]) -> None:
    open_objects(job.out).put(files, job.report.code, job.report.year)
    _remove_failure_files(job.report)


def _lost_outcome(job: Job, loss: Loss) -> Outcome:
    """Return the outcome of a report that was lost, by no fault of its own or by its time limit."""
    messages = {
        "died": "做报告的进程两次中途没了（可能内存不够，或者 ulimit -v 太小），请再试或减少 --workers",
        "too slow": "这份报告做得太久，已停下；请看总笔记本里是不是有停不下来的代码，改好后再做",
        "cut off": "和集群断了，这份没有做；请看调度器和各台机器是否在运行，再运行一次，做好的不会重做",
        "unfit": "集群里的机器做不了报告；请看各台机器是否装了和这里同一版本的 gktools，再运行一次",
    }
    write_failed_log(job.report.folder, messages[loss])
    return job.failed(messages[loss])
