"""Finished reports in written formats: the exporters run over many reports, every file put in place whole or not at all."""

from __future__ import annotations

import logging
import os
import re
import shutil
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from pkgutil import resolve_name
from typing import Any
from unicodedata import normalize

from ..errors import GktoolsError, NotFoundError, nearest
from ..forms.notices import load_format
from ..render.documents.data_package import package_files
from ..render.documents.document import Document, read_document
from ..workspace.output import OUTPUT, read_made, read_manifest
from ..workspace.project import Project
from .freshness import changed_inputs, input_names
from .pool import Loss, run_jobs
from .run import REPORT_SCHEMA

FOLDER = "package"
"""Where under output/ the packages of the years go unless told otherwise."""


def write_package(
    project: Project, year: int, folder: Path | None = None, offices: Sequence[str] | None = None
) -> list[Path]:
    """Write the data package over the finished reports of some offices (all of the year's) and return its files.

    Every file is put in place whole. Raises NotFoundError, naming them, if offices have no whole report.
    """
    codes = [project.find(office) for office in offices or ()] or [office.code for office in project.offices(year)]
    whole = [code for code in dict.fromkeys(codes) if read_manifest(project.home, code, year)]
    if missing := [project.office(code, year).name for code in dict.fromkeys(codes) if code not in whole]:
        raise NotFoundError(
            f"{year} 年还没有完整的报告：{'、'.join(missing)}。先运行 gktools build --year {year}，或者只写有报告的机关"
        )
    files = package_files(year, [_document(project, code, year) for code in whole])
    folder = folder or project.home / OUTPUT / FOLDER / str(year)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        draft = folder / f".{name}.part"
        draft.write_bytes(content)
        draft.replace(folder / name)
    return [folder / name for name in files]


def _document(project: Project, code: str, year: int) -> Document:
    import nbformat

    return read_document(nbformat.read(project.home / OUTPUT / str(year) / code / "report.ipynb", as_version=4))


FILE_SECONDS = 300.0
"""How long one file may take."""
LOG = "export-failed.log"
_NAME_BYTES = 180
"""The longest file name without its ending: of 255 bytes some are for the ending and an office's code."""


@dataclass(frozen=True)
class Format:
    """A format reports are exported in: its nbconvert exporter by name or by class, and how its files' names end.

    made is the file of a finished report that already has it; needs names a function that raises GktoolsError where
    this machine cannot make it.
    """

    exporter: str
    ending: str
    made: str = ""
    needs: str = ""


FORMATS = {
    "docx": Format("gk-docx", ".docx"),
    "pdf": Format("gk-pdf", ".pdf", needs="gktools.render.documents.pdf:need_paper"),
    "xlsx": Format("gk-xlsx", ".xlsx"),
    "page": Format("gk-page", "（粘贴用）.html"),
    "html": Format("gk-report", ".html", made="report.html"),
    "json": Format("gk-json", ".json", made="report.json"),
    "csv": Format("gk-csv", ".csv"),
    "public-xlsx": Format("gktools.render.documents.xlsx.PublicXlsxExporter", "（公开）.xlsx"),
    "public-json": Format("gktools.render.page.PublicJsonExporter", "（公开）.json"),
}


@dataclass(frozen=True)
class Export:
    """One file to make: of which report, in which format, under which name, by way of which draft."""

    home: Path
    code: str
    name: str
    year: int
    format: str
    target: Path
    draft: Path


@dataclass(frozen=True)
class Exported:
    """What became of one file: message says for staff why it was not made, and is empty where it was."""

    office: str
    name: str
    format: str
    target: Path | None = None
    message: str = ""


Told = Callable[[Exported, int, int], None]
"""Is told what became of each file as it comes, how many there are by now, and of how many."""


def formats_named(names: Iterable[str]) -> list[str]:
    """Return the formats that are named, each once; all for "all". Raises GktoolsError for one that is none."""
    found: dict[str, None] = {}
    for name in names:
        if name != "all" and name not in FORMATS:
            known = [*FORMATS, "all"]
            raise GktoolsError(f"没有“{name}”这种格式{nearest(name, known)}（可写：{'、'.join(known)}）")
        found |= dict.fromkeys(FORMATS if name == "all" else [name])
    return list(found)


def export_reports(
    project: Project,
    year: int,
    offices: Sequence[str] | None,
    formats: Sequence[str],
    *,
    out: Path | None = None,
    workers: int | None = None,
    seconds: float = FILE_SECONDS,
    told: Told = lambda *_: None,
    warned: Callable[[str], None] = lambda _: None,
) -> list[Exported]:
    """Export the finished reports of some offices, or of all of a year; return what became of every file.

    out is the folder they go to, under their official titles; without it each goes beside its report. An office
    without a whole report costs its own files only, as does a file that fails. warned is told of every report made
    from what has changed since. Raises GktoolsError before the first file where a format cannot be made here.
    """
    for name in formats:
        _check(name)
    codes = [project.find(office) for office in offices or ()] or [office.code for office in project.offices(year)]
    if out is not None:
        _make_folder(out)
        if "json" in formats:
            shutil.copyfile(REPORT_SCHEMA, out / REPORT_SCHEMA.name)
    stems = None if out is None else file_names(project, year)
    ready = [one for code in dict.fromkeys(codes) for one in _ready(project, code, year, formats, out, stems, warned)]
    jobs = [one for one in ready if isinstance(one, Export)]
    results: list[Exported] = []
    try:
        crew = run_jobs(jobs, _export, _lost, workers=workers or os.cpu_count() or 1, seconds=seconds)
        with closing(crew) as coming:
            for result in chain((one for one in ready if isinstance(one, Exported)), coming):
                results.append(result)
                told(result, len(results), len(ready))
    finally:
        for job in jobs:
            with suppress(OSError):
                job.draft.unlink(missing_ok=True)
    return results


def file_names(project: Project, year: int) -> dict[str, str]:
    """Return the name of every office's files without its ending: the official title as any system allows it.

    Offices whose titles are alike for a file system have their codes added, whichever of them are asked for.
    """
    title = load_format(year).title
    names = {o.code: _legal(title.format(office=o.name, year=year)) for o in project.offices(year)}
    times = Counter(name.casefold() for name in names.values())
    return {code: f"{name}（{code}）" if times[name.casefold()] > 1 else name for code, name in names.items()}


def _legal(title: str) -> str:
    """A title as a file may be called on Linux, macOS and Windows."""
    kept = _FORBIDDEN.sub("_", normalize("NFC", title)).strip()
    return kept.encode()[:_NAME_BYTES].decode(errors="ignore").rstrip(". ") or "_"


_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')


# --- before the first file ----------------------------------------------------------------------------------


def _check(name: str) -> None:
    """Raise GktoolsError where a format cannot be made on this machine."""
    from nbconvert.exporters import get_exporter

    try:
        if FORMATS[name].needs:
            resolve_name(FORMATS[name].needs)()
        get_exporter(FORMATS[name].exporter)
    except ImportError as error:
        raise GktoolsError(f"导出 {name} 要用的 {error.name} 没有装：请重新安装 gktools，见手册第二节") from error


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GktoolsError(f"建不了文件夹 {out.name}（{error.strerror}）：请换一个 --out，或看上一级能不能写") from None


def _changed(project: Project, code: str, year: int, manifest: dict[str, Any]) -> str:
    """What has changed since a report was made, for staff; empty if nothing."""
    try:
        found = changed_inputs(project, code, year, manifest["inputs"])
    except GktoolsError as error:
        return f"参数或台账有错（{str(error).splitlines()[0]}）"
    return "、".join(input_names(project, found)) + "变了" if found else ""


def _ready(
    project: Project,
    code: str,
    year: int,
    formats: Sequence[str],
    out: Path | None,
    stems: Mapping[str, str] | None,
    warned: Callable[[str], None],
) -> Iterator[Export | Exported]:
    """The files to make of one office's report, or why none of them can be made."""
    name = project.office(code, year).name
    manifest = read_manifest(project.home, code, year)
    if manifest is None:
        why = f"{year} 年没有完整的报告：先运行 gktools build --year {year} --office {code}"
        yield from (Exported(code, name, each, message=why) for each in formats)
        return
    if since := _changed(project, code, year, manifest):
        warned(f"{name}：报告做好以后，{since}，导出的还是原来那一份；要新的，先运行 gktools build")
    place = project.home / OUTPUT / str(year) / code
    with suppress(OSError):
        (place / LOG).unlink(missing_ok=True)
    folder, stem = out or place, stems[code] if stems else "report"
    for each in formats:
        target = folder / f"{stem}{FORMATS[each].ending}"
        draft = folder / f".{code}-{year}-{each}-{os.getpid()}.part"
        yield Export(project.home, code, name, year, each, target, draft)


# --- one file, in a worker ----------------------------------------------------------------------------------


def _export(job: Export) -> Exported:
    """Make one file; a failure is what became of it, not an exception."""
    try:
        made = _place(job) / FORMATS[job.format].made
        if made != job.target:
            content = read_made(made) if FORMATS[job.format].made else _content(job)
            job.draft.write_bytes(content)
            job.draft.replace(job.target)
    except Exception as error:
        with suppress(OSError):
            job.draft.unlink(missing_ok=True)
        return Exported(job.code, job.name, job.format, message=_explain(error, job))
    return Exported(job.code, job.name, job.format, job.target)


def _content(job: Export) -> bytes:
    """What the exporter of a format makes of a report."""
    path = _place(job) / "report.ipynb"
    content, _ = _exporter(FORMATS[job.format].exporter).from_notebook_node(_notebook(path, path.stat().st_mtime_ns))
    return content if isinstance(content, bytes) else content.encode()


@lru_cache
def _exporter(name: str) -> Any:
    """An exporter, kept: making one imports its libraries and compiles its template."""
    from nbconvert.exporters import get_exporter

    for noisy in ("fontTools", "weasyprint", "traitlets"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    return get_exporter(name)()


@lru_cache(maxsize=2)
def _notebook(path: Path, _: int) -> Any:
    """The notebook of a report, read once for the formats that follow one another."""
    import nbformat

    return nbformat.read(path, as_version=4)


def _place(job: Export) -> Path:
    return job.home / OUTPUT / str(job.year) / job.code


def _explain(error: Exception, job: Export) -> str:
    """Say for staff why a file was not made; what only technicians need goes to the log."""
    if isinstance(error, GktoolsError):
        return str(error)
    if isinstance(error, OSError):
        why = error.strerror or type(error).__name__
        return f"{job.target.name} 写不进去（{why}）：请看磁盘是否已满、文件夹是否只读、文件是不是正被 Word 等程序打开"
    with suppress(OSError), (_place(job) / LOG).open("a", encoding="utf-8") as log:
        log.writelines([f"{job.format}\n", *traceback.format_exception(error)])
    return f"导出中出错（{type(error).__name__}）；技术细节见 {OUTPUT}/{job.year}/{job.code}/{LOG}，请转给管理 gktools 的人"


def _lost(job: Export, loss: Loss) -> Exported:
    messages = {
        "died": "导出的进程两次中途没了（可能内存不够），请再试或减少 --workers",
        "too slow": "导出得太久，已停下；请再试，仍不行的转给管理 gktools 的人",
    }
    return Exported(job.code, job.name, job.format, message=messages.get(loss, messages["died"]))
