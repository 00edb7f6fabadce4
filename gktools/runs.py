"""One report: the master notebook run through papermill, its pages and its manifest put in place.

A report is made in a private folder and moved into output/ whole; a run that fails costs its own office only and
leaves what stood there before, with the failed notebook and a log beside it.
"""

from __future__ import annotations

import errno
import glob
import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import psutil

from .errors import RecordsError
from .failures import CELL_SECONDS, FAILED_LOG, MEMORY_BYTES, explain, keep_failure
from .findings import Severity, count_rules
from .inputs import MEMBER, Inputs, load_inputs, parameters_hash
from .manifests import BEFORE, MANIFEST, OUTPUT, hash_bytes, read_manifest
from .params import Project, open_project

NOTEBOOK = Path("notebooks/annual_report.ipynb")
SCHEMA_FILE = "report.schema.json"
_PACKAGE = Path(__file__).parent
_LIBRARIES = (
    *("pandas", "numpy", "papermill", "nbclient", "nbconvert", "nbformat", "ipykernel", "ipython"),
    *("chinesecalendar", "jinja2", "markupsafe", "pydantic", "rapidfuzz", "ruamel.yaml", "sqlalchemy"),
)
_OPTIONAL = {"vl_convert": "vl-convert-python"}

_BESIDE = frozenset(
    (
        *("batch.py", "board.py", "cli", "explaining.py", "exporting.py", "form", "objects.py", "project.py"),
        *("publishing", "review", "sample", "scale.py", "starter", "verifying.py", "widgets.py", "wording.py"),
        *("workers.py", "export/docx.py", "export/docx_table.py", "export/gongwen.py", "records/journal.py"),
        *("templates/board", "templates/office", "templates/site"),
    )
)
"""Parts of the package that no report is made by."""

CHANGES = {
    "records": "登记表里的记录",
    "parameters": "参数或单位表",
    "last_year": "上年的数（上年的报告、填入的已公布数、上年的文字）",
    "notebook": "总笔记本的代码",
    "gktools": "gktools 程序、格式或模板",
    "libraries": "依赖库的版本",
    "outputs": "做好的文件被改动或删除",
    "never": "还没有做过",
}
"""What may have changed since a report was made, for staff; a member of a whole government goes by its name."""

Status = Literal["built", "unchanged", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What became of one report: message says for staff why it failed, findings counts those open by severity."""

    office: str
    name: str
    year: int
    status: Status
    message: str = ""
    findings: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def run_office(
    home: Path,
    code: str,
    name: str,
    year: int,
    work: Path | None = None,
    put: Callable[[Path], None] | None = None,
    *,
    known: bool = False,
) -> Outcome:
    """Make one report in a private folder and put it in place; a failure is an outcome, not an exception.

    put takes the finished folder elsewhere than to its place under output/. Of an office known to the store when the
    batch began no report is made from a store that has lost it.
    """
    start = time.monotonic()
    place = home / OUTPUT / str(year) / code
    work = work or making(home) / f"{year}-{code}"
    try:
        shutil.rmtree(work, ignore_errors=True)  # of a worker that died at it
        work.mkdir(parents=True)
        work.chmod((home / OUTPUT).stat().st_mode & 0o777)  # readable to whom the output is
        findings = make(open_project(home), code, year, work)
        _need_records(home, code, year, work, known=known)
        put(work) if put else _move_in(work, place)
    except Exception as error:
        message = explain(error, place / FAILED_LOG, home)
        keep_failure(error, work, place)
        return Outcome(code, name, year, "failed", message, seconds=time.monotonic() - start)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        with suppress(OSError):  # others are at work in it
            work.parent.rmdir()
    return Outcome(code, name, year, "built", findings=findings, seconds=time.monotonic() - start)


def _need_records(home: Path, code: str, year: int, work: Path, *, known: bool) -> None:
    """Raise RecordsError if a report was made from an empty store where there have been records before."""
    stands = read_manifest(home, code, year, verify=False) or {}
    if not json.loads((work / MANIFEST).read_text(encoding="utf-8"))["as_of"] and (known or stands.get("as_of")):
        raise RecordsError(
            "台账库里没有这个机关的台账了，原来是有的：请看 records.db 是不是被删掉、换掉了，GKTOOLS_RECORDS 是不是改了；"
            "找回它，或用 gktools records restore 恢复备份，再做。原来做好的报告没有动"
        )


def making(home: Path) -> Path:
    """Return the folder in which this process makes reports; its name tells whether its owner is still there."""
    owner = psutil.Process()
    return home / OUTPUT / f".making-{platform.node()}-{owner.pid}-{int(owner.create_time())}"


def tidy(home: Path) -> None:
    """Put right what processes of this machine left that are gone: a report taken out of its place goes back."""
    for folder in (home / OUTPUT).glob(f".making-{glob.escape(platform.node())}-*-*"):
        pid, created = (int(part) for part in folder.name.rsplit("-", 2)[1:])
        if psutil.pid_exists(pid) and int(psutil.Process(pid).create_time()) == created:
            continue
        clear(home, folder)


def clear(home: Path, folder: Path) -> None:
    """Remove a folder in which reports were made; a report taken out of its place goes back."""
    for old in folder.rglob(f"*{_OLD}"):
        year, _, code = old.name.removesuffix(_OLD).partition("-")
        place = home / OUTPUT / year / code
        if not place.exists():
            old.rename(place)
    for _ in range(_TRIES):  # a process on its way out may still write there
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
        time.sleep(0.2)


_TRIES = 10


def input_hashes(inputs: Inputs, notebook: Path) -> dict[str, str]:
    """Return a hash of everything a report is made from, by what it is."""
    return inputs.hashes() | program_hashes(notebook)


def program_hashes(notebook: Path) -> dict[str, str]:
    """Return a hash of everything that is the same for all reports, by what it is."""
    return {
        "notebook": hash_bytes("\0".join(_code_cells(notebook)).encode()),
        "gktools": _package_hash(),
        "libraries": _libraries_hash(),
    }


@lru_cache
def _libraries_hash() -> str:
    return hash_bytes(" ".join(f"{name}={version(name)}" for name in _libraries()).encode())


def _libraries() -> tuple[str, ...]:
    """What a report's bytes depend on; what draws pictures only where it is there."""
    return (*_LIBRARIES, *(name for module, name in _OPTIONAL.items() if find_spec(module)))


def changed(project: Project, code: str, year: int) -> list[str]:
    """Return what has changed since an office's report was made: inputs by name, outputs, or never if none was."""
    made = _made_from(project.home / OUTPUT / str(year) / code)
    different = compare(project, code, year, made)
    return different if made is None or read_manifest(project.home, code, year) else [*different, "outputs"]


def input_names(project: Project, changed: Iterable[str]) -> list[str]:
    """Return what staff call inputs that changed; a member of a whole government by its name."""
    found = []
    for name in changed:
        code = name.removeprefix(MEMBER)
        entry = project.book.get(code)
        member = f"{entry.names[-1].name if entry else code}（报告、台账、参数，或者有没有这个机关）"
        found.append(CHANGES.get(name, name) if code == name else member)
    return found


def compare(project: Project, code: str, year: int, made: Mapping[str, str] | None) -> list[str]:
    """Return which inputs of a report are no longer those it was made from; never if there is none."""
    if made is None:
        return ["never"]
    now = input_hashes(load_inputs(project, code, year), project.home / NOTEBOOK)
    return [name for name in {**now, **made} if made.get(name) != now.get(name)]


def _made_from(folder: Path) -> dict[str, str] | None:
    """What a report was made from, whether or not its files are still as they were; None if there is none."""
    try:
        return dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["inputs"])
    except (OSError, ValueError, KeyError):
        return None


# --- one report ---------------------------------------------------------------------------------------------


def make(project: Project, code: str, year: int, work: Path) -> dict[str, int]:
    """Run the notebook into a folder, export its pages, write its manifest; return its findings by severity.

    The notebook looks at the records as they were right after an import where the environment says so (AS_OF).
    """
    from .export.page import made_from, report_json

    notebook = project.home / NOTEBOOK
    own = parameters_hash(project, code, year)  # first, as it says what is wrong with them without a notebook
    executed = _execute(notebook, work / "report.ipynb", {"office": code, "year": year}, project.home)
    report, counted = report_json(executed), made_from(executed)
    for name, exporter in _exporters().items():
        text, _ = exporter.from_notebook_node(executed)
        (work / name).write_text(text, encoding="utf-8", newline="\n")
    findings = {s.value: sum(f["severity"] == s.value for f in report["findings"]) for s in Severity}
    manifest = {
        "schema": "gktools.manifest/1",
        "office": report["office"],
        "year": year,
        "inputs": counted["hashes"] | {"parameters": own} | program_hashes(notebook),
        "as_of": counted["as_of"],
        "registers": report["proof"]["registers"],
        "findings": findings,
        "rules": count_rules(report["findings"]),
        "outputs": {path.name: hash_bytes(path.read_bytes()) for path in sorted(work.iterdir())},
    }
    _write_json(work / MANIFEST, manifest)
    return findings


@lru_cache
def _exporters() -> dict[str, Any]:
    """The exporters of a report's files, kept: making one reads and compiles its template."""
    from .export.page import JsonExporter, ReportExporter, ReviewExporter

    return {"report.html": ReportExporter(), "review.html": ReviewExporter(), "report.json": JsonExporter()}


def _execute(notebook: Path, target: Path, parameters: dict[str, Any], home: Path) -> Any:
    """Return the notebook run through papermill, once more if the machine failed it, without the clock."""
    import nbformat
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    for last in (False, True):
        try:
            with environment(GKTOOLS_HOME=str(home)):
                executed = papermill.execute_notebook(
                    notebook,
                    target,
                    parameters,
                    progress_bar=False,
                    cwd=home,
                    start_timeout=120,
                    execution_timeout=CELL_SECONDS,
                    engine_name="gktools",
                    memory_limit=MEMORY_BYTES,
                )
        except (DeadKernelError, RuntimeError, OSError) as error:
            if last or isinstance(error, CellTimeoutError | papermill.PapermillExecutionError):
                raise
        else:
            break
    _without_clock(executed, parameters)
    nbformat.write(executed, target)
    return executed


@contextmanager
def environment(**given: str) -> Iterator[None]:
    """Let notebooks that are run inside know this by their environment; afterwards it is as it was before."""
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _without_clock(notebook: Any, parameters: dict[str, Any]) -> None:
    """Take times, paths and random ids out of an executed notebook: the same inputs give the same bytes."""
    ran = notebook.metadata.get("papermill", {})
    notebook.metadata["papermill"] = {"parameters": parameters, "version": ran.get("version")}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "papermill" in cell.metadata:
            cell.metadata["papermill"] = {
                key: value for key, value in cell.metadata["papermill"].items() if key in ("exception", "status")
            }
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"


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


# --- hashes -------------------------------------------------------------------------------------------------


def _code_cells(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@lru_cache
def _package_hash() -> str:
    kinds = {".py", ".yaml", ".j2", ".css", ".json"}
    files = sorted(
        path for path in _PACKAGE.rglob("*") if path.suffix in kinds and not _is_beside(path.relative_to(_PACKAGE))
    )
    return hash_bytes(b"".join(path.relative_to(_PACKAGE).as_posix().encode() + path.read_bytes() for path in files))


def _is_beside(file: Path) -> bool:
    return any(part.as_posix() in _BESIDE for part in (file, *file.parents))


def _write_json(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
