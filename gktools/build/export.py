"""Export of finished reports to written formats: many reports in parallel, every file complete or absent."""

from __future__ import annotations

import logging
import os
import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.metadata import distributions
from itertools import chain
from pathlib import Path
from pkgutil import resolve_name
from typing import Any
from unicodedata import normalize

from ..errors import GktoolsError, NotFoundError, nearest, os_reason
from ..forms.notices import load_format
from ..render.documents.data_package import package_files
from ..render.documents.document import Document, read_document
from ..render.documents.formats import FORMATS, sealed_files
from ..workspace.files import file_stamp, new_draft, open_to_append, private_mode, write_whole
from ..workspace.output import NOTEBOOK_FILE, OUTPUT, ForeignFileError, Manifest, ReportRef, hash_bytes
from ..workspace.own_files import note_own_files, require_own_files, write_own_files
from ..workspace.project import Project
from ..workspace.seals import file_hash, sha256_hex
from .freshness import changed_inputs, input_names
from .pool import Loss, in_this_process, run_jobs
from .run import REPORT_SCHEMA

_PACKAGE, _EXPORT = "export --to package", "export"
"""The kinds of files that are written where somebody says."""
FOLDER = "package"
"""Default folder of the data packages, under output/."""


def write_package(
    project: Project, year: int, folder: Path | None = None, offices: Sequence[str] | None = None
) -> list[Path]:
    """Return the files of the data package over the finished reports of the given offices (default: all), written.

    Every file is replaced in one step. Raises NotFoundError, with their names, if offices have no complete report, and
    NotOwnFileError if a file of that name is there that was not written here.
    """
    codes = [project.find(office) for office in offices or ()] or [office.code for office in project.offices(year)]
    reports = [project.report(code, year) for code in dict.fromkeys(codes)]
    if missing := [project.office(one.code, year).name for one in reports if not one.manifest()]:
        raise NotFoundError(
            f"{year} 年还没有完整的报告：{'、'.join(missing)}。先运行 gktools build --year {year}，或者只写有报告的机关"
        )
    files = package_files(year, [_document(report) for report in reports])
    place = folder or project.home / OUTPUT / FOLDER / str(year)
    place.mkdir(parents=True, exist_ok=True)
    paths = {name: place / name for name in files}
    if folder:
        write_own_files({paths[name]: content for name, content in files.items()}, _PACKAGE)
        return list(paths.values())
    for name, content in files.items():
        write_whole(paths[name], content, private_mode(project.home / OUTPUT))
    return list(paths.values())


def _document(ref: ReportRef) -> Document:
    import nbformat

    return read_document(nbformat.reads(ref.read_written(NOTEBOOK_FILE).decode(), as_version=4))


FILE_SECONDS = 300.0
"""Time limit of one file."""
LOG = "export-failed.log"
_NAME_BYTES = 180
"""The longest file name without its suffix: of 255 bytes some are for the suffix and an office's code."""


@dataclass(frozen=True)
class ExportJob:
    """One file to write: its report, the office's name, its format, the target, the draft that becomes it, and its mode."""

    report: ReportRef
    name: str
    format: str
    target: Path
    draft: Path
    mode: int | None = None


@dataclass(frozen=True)
class ExportResult:
    """The result of one file: target if it was written, else message with the reason for staff.

    sha256 is the hash of what was written, as it was in memory; empty if the file is one of the built report. source is
    that of the notebook from which it was made, as it was read; empty if it was not made.
    """

    code: str
    name: str
    format: str
    target: Path | None = None
    message: str = ""
    sha256: str = ""
    source: str = ""


OnWarning = Callable[[str], None]
OnProgress = Callable[[ExportResult, int, int], None]
"""Called with each result, the number of results so far, and their total."""


@dataclass(frozen=True)
class ExportOptions:
    """Options of an export: the folder out gets files named by official title, without it each is beside its report.

    workers is the number of processes (default: of processors); a file is stopped after `seconds`. here: in this process
    and without that limit.
    """

    out: Path | None = None
    workers: int | None = None
    seconds: float = FILE_SECONDS
    here: bool = False


def select_formats(names: Iterable[str]) -> list[str]:
    """Return the formats named, each once; all of them for "all". Raises GktoolsError for an unknown name."""
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
    options: ExportOptions | None = None,
    on_progress: OnProgress = lambda *_: None,
    on_warning: OnWarning = lambda _: None,
) -> list[ExportResult]:
    """Return the result of every file exported from the finished reports of the given offices (default: all of a year).

    A missing report or a failing file affects its own files only. on_warning is called for every report whose inputs
    have changed since. Raises GktoolsError before the first file if this machine cannot write a format.
    """
    options = options or ExportOptions()
    out = options.out.absolute() if options.out else None  # whichever folder a worker is in
    for name in formats:
        _require_format(name)
    codes = [project.find(office) for office in offices or ()] or [office.code for office in project.offices(year)]
    if out is not None:
        _create_folder(out)
        if "json" in formats:
            write_own_files({out / REPORT_SCHEMA.name: REPORT_SCHEMA.read_bytes()}, _EXPORT)
    stems = None if out is None else file_names(project, year)
    ready = [
        one for code in dict.fromkeys(codes) for one in _prepare(project, code, year, formats, out, stems, on_warning)
    ]
    jobs = [one for one in ready if isinstance(one, ExportJob)]
    results: list[ExportResult] = []
    try:
        workers = options.workers or os.cpu_count() or 1
        executor = in_this_process if options.here else partial(run_jobs, workers=workers)
        with closing(executor(jobs, _export, _lost, seconds=options.seconds)) as finished:
            for result in chain((one for one in ready if isinstance(one, ExportResult)), finished):
                results.append(result)
                on_progress(result, len(results), len(ready))
        _note(project, year, results) if out is None else note_own_files(
            {one.target: one.sha256 for one in results if one.target and one.sha256}, _EXPORT
        )
    finally:
        for job in jobs:
            with suppress(OSError):
                job.draft.unlink(missing_ok=True)
    return results


def _note(project: Project, year: int, results: Iterable[ExportResult]) -> None:
    """Note what was written beside each report: a page sends nothing else from there."""
    written: dict[str, dict[str, str]] = {}
    for one in results:
        if one.target and one.sha256:
            written.setdefault(one.code, {})[one.target.name] = one.sha256
    for code, files in written.items():
        with suppress(OSError):  # its files are then not sent until they are exported again
            project.report(code, year).note_exported(files)


def file_names(project: Project, year: int) -> dict[str, str]:
    """Return the file name of every office without its suffix: the official title, valid on every system.

    Offices whose titles a file system would not distinguish have their codes added, whichever of them are exported.
    """
    title = load_format(year).title
    names = {o.code: _file_name(title.format(office=o.name, year=year)) for o in project.offices(year)}
    times = Counter(name.casefold() for name in names.values())
    return {code: f"{name}（{code}）" if times[name.casefold()] > 1 else name for code, name in names.items()}


def _file_name(title: str) -> str:
    """Return a title as a file name that is valid on Linux, macOS and Windows."""
    name = _FORBIDDEN.sub("_", normalize("NFC", title)).strip()
    return name.encode()[:_NAME_BYTES].decode(errors="ignore").rstrip(". ") or "_"


_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')


# --- before the first file ----------------------------------------------------------------------------------


def _require_format(name: str) -> None:
    """Raise GktoolsError if this machine cannot write a format."""
    from nbconvert.exporters import get_exporter

    try:
        if FORMATS[name].needs:
            resolve_name(FORMATS[name].needs)()
        get_exporter(FORMATS[name].exporter)
    except ImportError as error:
        raise GktoolsError(f"导出 {name} 要用的 {error.name} 没有装：请重新安装 gktools，见手册第二节") from error


def _create_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GktoolsError(
            f"建不了文件夹 {out.name}（{os_reason(error)}）：请换一个 --out，或看上一级能不能写"
        ) from None


def _changed(project: Project, ref: ReportRef, manifest: Manifest) -> str:
    """Return what has changed since a report was built, for staff; empty if nothing has."""
    try:
        found = changed_inputs(project, ref, manifest.inputs)
    except GktoolsError as error:
        return f"参数、台账或总笔记本有错（{str(error).splitlines()[0]}）"
    return "、".join(input_names(project, found)) + "变了" if found else ""


def _prepare(
    project: Project,
    code: str,
    year: int,
    formats: Sequence[str],
    out: Path | None,
    stems: Mapping[str, str] | None,
    on_warning: OnWarning,
) -> Iterator[ExportJob | ExportResult]:
    """Yield the files to write for one office's report, or the results if there is no report."""
    name, report = project.office(code, year).name, project.report(code, year)
    manifest = report.manifest()
    if manifest is None:
        why = f"{year} 年没有完整的报告：先运行 gktools build --year {year} --office {code}"
        yield from (ExportResult(code, name, each, message=why) for each in formats)
        return
    if since := _changed(project, report, manifest):
        on_warning(f"{name}：报告做好以后，{since}，导出的还是原来那一份；要新的，先运行 gktools build")
    with suppress(OSError):
        (report.folder / LOG).unlink(missing_ok=True)
    mode = private_mode(project.home / OUTPUT)
    folder, stem = out or report.folder, stems[code] if stems else "report"
    for each in formats:
        target = folder / f"{stem}{FORMATS[each].ending}"
        yield ExportJob(report, name, each, target, new_draft(target), None if out else mode)


# --- one file, in a worker ----------------------------------------------------------------------------------


def _export(job: ExportJob) -> ExportResult:
    """Return the result of writing one file; errors become results."""
    try:
        built_file, digest, source = FORMATS[job.format].built_file, "", ""
        if job.report.folder / built_file != job.target:
            if built_file:
                content = job.report.read_written(built_file)
            else:
                content, source = _content(job.report.folder, job.format)
            digest = hash_bytes(content)
            if job.mode is None:  # not beside the report, where all is ours
                require_own_files({job.target: content}, _EXPORT)
            write_whole(job.draft, content, job.mode)
            job.draft.replace(job.target)
    except Exception as error:
        with suppress(OSError):
            job.draft.unlink(missing_ok=True)
        return ExportResult(job.report.code, job.name, job.format, message=_explain(error, job))
    return ExportResult(job.report.code, job.name, job.format, job.target, sha256=digest, source=source)


def write_signed_documents(folder: Path) -> None:
    """Write the signed files that no build writes, beside a report in a folder, in this process. Raises GktoolsError."""
    for name, file in DOCUMENTS.items():
        _require_format(name)
        (folder / file).write_bytes(_content(folder, name)[0])


DOCUMENTS = {name: file for name, file in sealed_files(FORMATS).items() if not FORMATS[name].built_file}
"""The signed formats that are made from the executed notebook after a report is built, with their file names."""


def document_makers(home: Path) -> str:
    """Return the SHA-256 of what the bytes of a document depend on besides its report: gktools, the libraries, the fonts.

    Fonts in the working folder are none of it: whoever puts one there cannot say that others write the documents now.
    """
    fonts, places = [], [Path(folder).expanduser().resolve() for folder in _FONTS]
    for folder in places:
        for path in sorted(folder.rglob("*")) if not folder.is_relative_to(home.resolve()) else ():
            with suppress(OSError):
                facts = path.stat()
                fonts.append(f"{path} {facts.st_size} {facts.st_mtime_ns}")
    return sha256_hex("\n".join((_programs(), *fonts)).encode("utf-8", "surrogateescape"))


def fonts_are_outside(home: Path) -> bool:
    """Return whether whoever writes into the working folder has no say in the fonts: it has no folder in which they are looked for."""
    named = [os.environ.get(name, "") for name in _FONT_VARIABLES]
    places = [Path(folder).expanduser() for folder in (*_FONTS, "~/.config", "~/.cache", *named) if folder]
    return not any(place.resolve().is_relative_to(home.resolve()) for place in places)


_FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
_FONT_VARIABLES = (
    *("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"),
    *("FONTCONFIG_FILE", "FONTCONFIG_PATH", "FONTCONFIG_SYSROOT"),
)


@lru_cache
def _programs() -> str:
    """The SHA-256 of every file of the package, and the version of every library."""
    package = Path(__file__).parents[1]
    files = sorted(path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc")
    content = (path.relative_to(package).as_posix().encode() + path.read_bytes() for path in files)
    libraries = sorted(f"{one.name}={one.version}" for one in distributions())
    return sha256_hex(b"".join(content)) + " ".join(libraries)


def load_exporters() -> None:
    """Load what writes the signed documents, so that the first one takes no longer than the next."""
    for name in sealed_files(FORMATS):
        with suppress(GktoolsError):  # this machine cannot write the format, which a report that needs it says
            _require_format(name)
            _exporter(FORMATS[name].exporter)


def _content(folder: Path, name: str) -> tuple[bytes, str]:
    """Return the bytes that the exporter of a format writes for the report in a folder, and the hash of its notebook."""
    path = folder / NOTEBOOK_FILE
    notebook, digest = _notebook(path, file_stamp(path))
    content, _ = _exporter(FORMATS[name].exporter).from_notebook_node(notebook)
    return content if isinstance(content, bytes) else content.encode(), digest


@lru_cache
def _exporter(name: str) -> Any:
    """Return an exporter, cached: creating one imports its libraries and compiles its template."""
    from nbconvert.exporters import get_exporter

    for noisy in ("fontTools", "weasyprint", "traitlets"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    return get_exporter(name)()


@lru_cache(maxsize=2)
def _notebook(path: Path, _: object) -> tuple[Any, str]:
    """Return the notebook of a report, and the hash of its bytes, read once for the formats that follow one another."""
    import nbformat

    content = path.read_bytes()
    return nbformat.reads(content.decode(), as_version=4), file_hash(content)


def _explain(error: Exception, job: ExportJob) -> str:
    """Return the message for staff why a file was not written; technical details go to the log."""
    if isinstance(error, GktoolsError):
        return str(error)
    if isinstance(error, ForeignFileError):
        return f"{job.report.relative_folder} 里做好的文件被换过，没有导出：请重做这份报告，查清是谁换的"
    if isinstance(error, OSError):
        why = os_reason(error)
        return f"{job.target.name} 写不进去（{why}）：请看磁盘是否已满、文件夹是否只读、文件是不是正被 Word 等程序打开"
    with suppress(OSError), open_to_append(job.report.folder / LOG, 0o600) as log:
        log.write("".join([f"{job.format}\n", *traceback.format_exception(error)]).encode("utf-8", "backslashreplace"))
    where = f"{job.report.relative_folder}/{LOG}"
    return f"导出中出错（{type(error).__name__}）；技术细节见 {where}，请转给管理 gktools 的人"


def _lost(job: ExportJob, loss: Loss) -> ExportResult:
    messages = {
        "died": "导出的进程两次中途没了（可能内存不够），请再试或减少 --workers",
        "too slow": "导出得太久，已停下；请再试，仍不行的转给管理 gktools 的人",
    }
    return ExportResult(job.report.code, job.name, job.format, message=messages.get(loss, messages["died"]))
