"""One report: the master notebook run through papermill, its pages and its manifest put in place.

A report is made in a private folder and moved into output/ whole; a run that fails costs its own office only and
leaves what stood there before, with the failed notebook and a log beside it.
"""

from __future__ import annotations

import errno
import glob
import platform
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

import psutil
from nbconvert.exporters.exporter import Exporter

from ..errors import RecordsError
from ..findings import Severity, count_rules
from ..inputs.inputs import parameters_hash
from ..workspace.output import BEFORE, MANIFEST, OUTPUT, Manifest, ReportRef, hash_bytes
from ..workspace.project import Project, open_project
from .engine.execution import execute_notebook
from .failures import CELL_SECONDS, FAILED_LOG, MEMORY_BYTES, explain, keep_failure
from .freshness import NOTEBOOK, program_fingerprint

REPORT_SCHEMA = Path(__file__).parents[1] / "report" / "report.schema.json"
"""The JSON Schema of report.json, which stands beside the reports."""
Status = Literal["built", "unchanged", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What became of one report: message says for staff why it failed, findings counts those open by severity."""

    code: str
    name: str
    year: int
    status: Status
    message: str = ""
    findings: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def run_report_job(
    ref: ReportRef,
    name: str,
    work: Path | None = None,
    put: Callable[[Path], None] | None = None,
    *,
    known: bool = False,
) -> Outcome:
    """Make one report in a private folder and put it in place; a failure is an outcome, not an exception.

    name is the office's. put takes the finished folder elsewhere than to its place under output/. Of an office known
    to the store when the batch began no report is made from a store that has lost it.
    """
    start = time.monotonic()
    home, code, year = ref.home, ref.code, ref.year
    work = work or staging_dir(home) / f"{year}-{code}"
    try:
        shutil.rmtree(work, ignore_errors=True)  # of a worker that died at it
        work.mkdir(parents=True)
        work.chmod((home / OUTPUT).stat().st_mode & 0o777)  # readable to whom the output is
        manifest = build_report(open_project(home), code, year, work)
        _require_records(ref, manifest, known=known)
        put(work) if put else _move_in(work, ref.folder)
    except Exception as error:
        message = explain(error, ref.folder / FAILED_LOG, home)
        keep_failure(error, work, ref.folder)
        return Outcome(code, name, year, "failed", message, seconds=time.monotonic() - start)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        with suppress(OSError):  # others are at work in it
            work.parent.rmdir()
    return Outcome(code, name, year, "built", findings=manifest.findings, seconds=time.monotonic() - start)


def _require_records(ref: ReportRef, built: Manifest, *, known: bool) -> None:
    """Raise RecordsError if a report was made from an empty store where there have been records before."""
    if built.as_of:
        return
    earlier = ref.manifest(verify=False)
    if known or (earlier and earlier.as_of):
        raise RecordsError(
            "台账库里没有这个机关的台账了，原来是有的：请看 records.db 是不是被删掉、换掉了，GKTOOLS_RECORDS 是不是改了；"
            "找回它，或用 gktools records restore 恢复备份，再做。原来做好的报告没有动"
        )


def staging_dir(home: Path) -> Path:
    """Return the folder in which this process builds reports; its name says which process that is."""
    owner = psutil.Process()
    return home / OUTPUT / f".making-{platform.node()}-{owner.pid}-{int(owner.create_time())}"


def recover_staging(home: Path) -> None:
    """Remove the staging folders of processes that have ended, and restore reports they had moved away."""
    for folder in (home / OUTPUT).glob(f".making-{glob.escape(platform.node())}-*-*"):
        pid, created = (int(part) for part in folder.name.rsplit("-", 2)[1:])
        if psutil.pid_exists(pid) and int(psutil.Process(pid).create_time()) == created:
            continue
        remove_staging(home, folder)


def remove_staging(home: Path, folder: Path) -> None:
    """Remove a staging folder, and restore a report that was moved away from its place."""
    for old in folder.rglob(f"*{_OLD}"):
        year, _, code = old.name.removesuffix(_OLD).partition("-")
        place = ReportRef(home, code, int(year)).folder
        if not place.exists():
            old.rename(place)
    for _ in range(_TRIES):  # a process on its way out may still write there
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
        time.sleep(0.2)


_TRIES = 10


# --- one report ---------------------------------------------------------------------------------------------


def build_report(project: Project, code: str, year: int, work: Path) -> Manifest:
    """Run the notebook into a folder, export its pages, write its manifest and return it.

    The notebook looks at the records as they were right after an import where the environment says so (AS_OF).
    """
    from ..render.page import made_from, report_in

    notebook = project.home / NOTEBOOK
    own = parameters_hash(project, code, year)  # first, as it says what is wrong with them without a notebook
    executed = execute_notebook(
        notebook,
        work / "report.ipynb",
        {"office": code, "year": year},
        project.home,
        cell_seconds=CELL_SECONDS,
        memory_bytes=MEMORY_BYTES,
    )
    report, counted = report_in(executed), made_from(executed)
    for name, exporter in _exporters().items():
        text, _ = exporter.from_notebook_node(executed)
        (work / name).write_text(text, encoding="utf-8", newline="\n")
    findings = {s.value: sum(f.severity == s for f in report.findings) for s in Severity}
    manifest = Manifest(
        code=report.code,
        name=report.office_name,
        year=year,
        inputs=counted["hashes"] | {"parameters": own} | program_fingerprint(notebook),
        as_of=counted["as_of"],
        registers=[register.to_json() for register in report.registers],
        findings=findings,
        rules=count_rules(report.findings),
        outputs={path.name: hash_bytes(path.read_bytes()) for path in sorted(work.iterdir())},
    )
    (work / MANIFEST).write_text(manifest.to_json(), encoding="utf-8", newline="\n")
    return manifest


@lru_cache
def _exporters() -> dict[str, Exporter]:
    """The exporters of a report's files, kept: making one reads and compiles its template."""
    from ..render.page import JsonExporter, ReportExporter, ReviewExporter

    return {"report.html": ReportExporter(), "review.html": ReviewExporter(), "report.json": JsonExporter()}


def _move_in(work: Path, place: Path) -> None:
    """Put a finished folder in its place; what stood there before is replaced at once."""
    place.parent.mkdir(parents=True, exist_ok=True)
    old = work.with_name(f"{work.name}{_OLD}")
    while True:
        with suppress(FileNotFoundError):
            place.rename(old)
        try:
            work.rename(place)
            break
        except OSError as error:  # another machine, thought lost, has put the same report there meanwhile
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            shutil.rmtree(old, ignore_errors=True)
    _keep_before(old, place)
    shutil.rmtree(old, ignore_errors=True)


def _keep_before(old: Path, place: Path) -> None:
    """Keep the report.json that a report took the place of, or the one before if it says the same, to be compared."""
    with suppress(OSError):
        same = (old / "report.json").read_bytes() == (place / "report.json").read_bytes()
        shutil.copyfile(old / (BEFORE if same else "report.json"), place / BEFORE)


_OLD = "-old"
