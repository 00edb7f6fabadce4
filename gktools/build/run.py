"""One report: the master notebook run through papermill, its pages and its manifest moved into output/.

A report is built in a private folder outside of the working folder and moved into output/ complete. A failure affects
its own office only: the earlier report stays, with the failed notebook and a log beside it.
"""

from __future__ import annotations

import errno
import glob
import platform
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RecordsError
from ..findings import Severity, count_rules
from ..inputs.inputs import load_inputs
from ..report.report import decisions
from ..workspace.files import (
    fill_folder,
    folder_within,
    is_left_over,
    private_mode,
    process_name,
    read_regular,
    remove,
    remove_tree,
    temporary_folder,
    write_whole,
)
from ..workspace.output import BEFORE, MANIFEST, OUTPUT, REPORT_FILE, Manifest, ReportRef, hash_bytes, year_folder
from ..workspace.project import Project, open_project
from .asked_for import require_asked
from .engine.execution import execute_notebook
from .failures import CELL_SECONDS, FAILED_LOG, MEMORY_BYTES, explain_failure, write_failed_log, write_failed_notebook
from .freshness import NOTEBOOK, program_fingerprint
from .master_notebook import read_code
from .outcome import Outcome

if TYPE_CHECKING:
    from nbconvert.exporters.exporter import Exporter

REPORT_SCHEMA = Path(__file__).parents[1] / "report" / "report.schema.json"
"""The JSON Schema of report.json, copied to output/."""


def run_report_job(
    ref: ReportRef,
    name: str,
    work: Path | None = None,
    put: Callable[[Mapping[str, bytes]], None] | None = None,
    *,
    has_records: bool = False,
) -> Outcome:
    """Return the outcome of one report, built apart and moved into place; errors become outcomes.

    name is the office's, work the folder that is filled and moved, in one that the batch has made. put, if given, stores
    the files instead. has_records says that the store had records of the office when the batch began: an empty store then
    fails the report.
    """
    start = time.monotonic()
    home, code, year = ref.home, ref.code, ref.year
    alone = work is None
    work = work or staging_dir(home) / f"{year}-{code}"
    try:
        remove_tree(work)  # left by a worker that died
        work.mkdir(mode=0o700, parents=alone)  # of a batch that has ended nothing is made again
        files, manifest = _build_apart(ref, has_records=has_records)
        if put:
            put(files)
        else:
            fill_folder(work, files, private_mode(home / OUTPUT))
            _move_into_place(work, ref.folder)
    except Exception as error:
        message = explain_failure(error, ref.folder / FAILED_LOG, home)
        write_failed_log(ref.folder, "".join(traceback.format_exception(error)))
        return Outcome(code, name, year, "failed", message, seconds=time.monotonic() - start)
    finally:
        remove_tree(work)
        if alone:
            with suppress(OSError):  # other reports are being built in it
                work.parent.rmdir()
    return Outcome(code, name, year, "built", findings=manifest.findings, seconds=time.monotonic() - start)


def _build_apart(ref: ReportRef, *, has_records: bool) -> tuple[dict[str, bytes], Manifest]:
    """Return the files of a report by name, and its manifest, built in a private temporary folder."""
    with temporary_folder() as private:
        try:
            manifest = build_report(open_project(ref.home), ref.code, ref.year, private)
            _require_records(ref, manifest, has_records=has_records)
        except Exception:
            write_failed_notebook(private, ref.folder)
            raise
        return {name: (private / name).read_bytes() for name in (*manifest.outputs, MANIFEST)}, manifest


def _require_records(ref: ReportRef, built: Manifest, *, has_records: bool) -> None:
    """Raise RecordsError if a report was built from an empty store although there have been records before."""
    if built.as_of:
        return
    earlier = ref.manifest(verify=False)
    if has_records or (earlier and earlier.as_of):
        raise RecordsError(
            "台账库里没有这个机关的台账了，原来是有的：请看 records.db 是不是被删掉、换掉了，GKTOOLS_RECORDS 是不是改了；"
            "找回它，或用 gktools records restore 恢复备份，再做。原来做好的报告没有动"
        )


def staging_dir(home: Path) -> Path:
    """Return the folder that this process builds reports in; its name identifies the process."""
    return home / OUTPUT / f".making-{process_name()}"


def recover_staging(home: Path) -> None:
    """Remove the staging folders of processes that have ended, and restore reports that were moved aside."""
    for folder in (home / OUTPUT).glob(f".making-{glob.escape(platform.node())}-*-*"):
        if is_left_over(folder):
            remove_staging(home, folder)


def remove_staging(home: Path, folder: Path) -> None:
    """Remove a staging folder, and restore a report that was moved aside from its place."""
    for old in folder.rglob(f"*{_OLD}"):
        year, _, code = old.name.removesuffix(_OLD).partition("-")
        place = year_folder(home, int(year)) / code if year.isdecimal() else None
        if place is not None and not place.exists():
            with suppress(OSError):  # the folder of its year is gone
                old.rename(place)
    for _ in range(_TRIES):  # an ending process may still write to it
        remove_tree(folder)
        if not folder.exists():
            break
        time.sleep(0.2)


_TRIES = 10


# --- one report ---------------------------------------------------------------------------------------------


def build_report(
    project: Project, code: str, year: int, work: Path, *, as_of: int | None = None, audited: bool = False
) -> Manifest:
    """Return the manifest of a report built in a private folder: the notebook run, its pages exported, the manifest written.

    The inputs are loaded here (as_of, audited: see load_inputs) and handed to the notebook, which reads
    nothing else; what the manifest says of them is said of what was handed over. Raises GktoolsError if what the notebook
    made is not the report that was asked for.
    """
    from ..render.page import report_in

    notebook = project.home / NOTEBOOK
    read_code(notebook)  # first: a notebook that cannot run
    inputs = load_inputs(project, code, year, as_of=as_of, audited=audited)
    executed = execute_notebook(
        notebook,
        work / "report.ipynb",
        inputs,
        project.home,
        cell_seconds=CELL_SECONDS,
        memory_bytes=MEMORY_BYTES,
    )
    hashes = inputs.hashes() | program_fingerprint(notebook)
    report = report_in(executed)
    require_asked(project, inputs, hashes, executed)
    made = {"report.ipynb": (work / "report.ipynb").read_bytes()}
    for name, exporter in page_exporters().items():
        text, _ = exporter.from_notebook_node(executed)
        made[name] = text.encode()
        (work / name).write_bytes(made[name])
    findings = {s.value: sum(f.severity == s for f in report.findings) for s in Severity}
    manifest = Manifest(
        code=code,
        name=inputs.office.name,
        year=year,
        inputs=hashes,
        as_of=inputs.records.as_of,
        registers=[register.to_json() for register in report.registers],
        findings=findings,
        rules=count_rules(report.findings),
        decisions=decisions(inputs.params),
        outputs={name: hash_bytes(content) for name, content in sorted(made.items())},
    )
    (work / MANIFEST).write_bytes(manifest.to_json().encode())
    return manifest


@lru_cache
def page_exporters() -> dict[str, Exporter]:
    """Return the exporters of a report's files, cached: creating one compiles its template."""
    from ..render.page import JsonExporter, ReportExporter, ReviewExporter

    return {"report.html": ReportExporter(), "review.html": ReviewExporter(), "report.json": JsonExporter()}


def _move_into_place(work: Path, place: Path) -> None:
    """Move a finished folder to its place, replacing the earlier report in one step."""
    place.parent.mkdir(parents=True, exist_ok=True)
    previous = work.with_name(f"{work.name}{_OLD}")
    with folder_within(
        place.parents[1], place.parent.name
    ) as year:  # what a link leads to would be replaced, and removed
        while True:
            with suppress(FileNotFoundError):
                (year / place.name).rename(previous)
            try:
                work.rename(year / place.name)
                break
            except OSError as error:  # a machine taken for lost has written the same report meanwhile
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
                remove(previous)
        _store_previous(previous, year / place.name)
    remove(previous)


def _store_previous(old: Path, place: Path) -> None:
    """Store the report.json that was replaced, for comparison; if the new one is equal, store the one before it."""
    with suppress(OSError):
        replaced, mode = _read_own(old / REPORT_FILE), (place / REPORT_FILE).lstat().st_mode & 0o777
        same = replaced == _read_own(place / REPORT_FILE)
        write_whole(place / BEFORE, _read_own(old / BEFORE) if same else replaced, mode)


_read_own = partial(read_regular, follow=False, alone=True)


_OLD = "-old"
