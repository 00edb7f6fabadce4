"""Reproduction of a report: built again from the stored inputs and compared byte for byte, with what differs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from ..errors import GktoolsError, NotFoundError
from ..report.queries.difference import changed_runs, difference, sentences, value_text
from ..workspace.files import read_regular, temporary_folder
from ..workspace.home import FOLDER
from ..workspace.json_file import parse_json, read_bounded
from ..workspace.output import MANIFEST, NOTEBOOK_FILE, OUTPUT, Manifest, ReportRef
from ..workspace.project import open_project
from ..workspace.report_data import ReportData, read_report_data
from ..workspace.seals import file_hashes
from .export import DOCUMENTS, write_signed_documents
from .failures import REPORT_SECONDS
from .freshness import PROGRAM, input_names
from .pool import Loss, Pool
from .run import build_report
from .staleness import stale_inputs


@dataclass(frozen=True)
class Reproduction:
    """The result of building a report again.

    altered names the files that differ from the manifest now, differing those that the new build writes differently,
    inputs what has changed since, by its Chinese name; differences has the cells and texts, as sentences.
    """

    name: str
    year: int
    altered: tuple[str, ...]
    differing: tuple[str, ...]
    inputs: tuple[str, ...]
    differences: tuple[str, ...]

    @property
    def identical(self) -> bool:
        """Whether every file is unaltered and is built again byte for byte."""
        return not self.altered and not self.differing


def reproduce(path: Path) -> Reproduction:
    """Return how a report compares with itself built again in a private folder from the same records.

    path is that of its manifest. Raises NotFoundError if there is none, GktoolsError if it is not a manifest or the
    report cannot be built.
    """
    manifest, folder = _read(path), path.resolve().parent
    project = open_project(_home(folder))
    with temporary_folder() as private:
        work = private / "made"
        work.mkdir()
        try:
            again = build_report(project, manifest.code, manifest.year, work, as_of=manifest.as_of or None)
        except GktoolsError as error:
            raise GktoolsError(f"这份报告现在做不出来了，没法核对：{error}") from None
        differing = manifest.altered_files(work)
        altered = manifest.altered_files(folder)
        differences = tuple(_differences(folder, work, [*altered, *differing]))
    now, then = again.inputs, manifest.inputs
    changed = [name for name in {**then, **now} if then.get(name) != now.get(name)]
    return Reproduction(
        manifest.name,
        manifest.year,
        tuple(altered),
        tuple(differing),
        tuple(input_names(project, changed)),
        differences,
    )


def _read(path: Path) -> Manifest:
    try:
        manifest = Manifest.from_json(read_bounded(path))
        if manifest.code and manifest.year and manifest.inputs and manifest.as_of is not None:
            return manifest
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"没有 {path.name}：请写报告文件夹里的，如 {OUTPUT}/2024/机关代码/{MANIFEST}") from None
    except (OSError, ValueError):
        pass
    raise GktoolsError(
        f"{path.name} 读不出来、不完整或者不是报告的清单，没法核对：请用 gktools build --force 重做这份报告"
    )


def _home(folder: Path) -> Path:
    """Return the working folder of a folder output/<year>/<office>. Raises NotFoundError."""
    home = folder.parents[2] if len(folder.parents) > 2 else folder
    if not (home / FOLDER / "offices.yaml").is_file():
        raise NotFoundError(
            f"清单要在工作目录的 {OUTPUT}/<年度>/<机关代码>/ 里，这里往上三级没有 {FOLDER}/offices.yaml"
        )
    return home


# --- signed reports -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SignedReport:
    """A signed report to build again: by which program and notebook it was made, and the SHA-256 of its files.

    source is the hash of the executed notebook from which its documents were made by what makes documents now; empty if
    that is not known.
    """

    ref: ReportRef
    program: tuple[str, ...]
    notebook: str
    files: tuple[tuple[str, str], ...]
    source: str = ""

    @classmethod
    def of(cls, ref: ReportRef, manifest: Manifest, files: Mapping[str, str], source: str = "") -> SignedReport:
        """Return the signed report from its manifest, and its files from the seal: a manifest may leave one out."""
        notebook = manifest.inputs.get(_NOTEBOOK, "")
        return cls(ref, _program(manifest), notebook, tuple(files.items()), source)


@dataclass(frozen=True)
class Rebuilt:
    """A signed report built again: by a newer program or not, and its first difference as a Chinese sentence, else empty.

    By the same program every byte of the page and of report.json must be the same; by a newer one all but what its version
    alone may change (_same_but_for_version). documents are those that other bytes came out for, which is
    still to be judged: other libraries or fonts may write them. parameters is the hash of the office and the parameters
    with which it was built again (staleness.parameters_of). outdated says of one that came out otherwise what it is made from has
    changed since, as staff call it; empty if nothing has.
    """

    newer: bool = False
    difference: str = ""
    documents: Mapping[str, bytes] = field(default_factory=dict)
    parameters: str = ""
    outdated: str = ""


def rebuild_signed(reports: Iterable[SignedReport], pool: Pool) -> dict[ReportRef, Rebuilt]:
    """Return how signed reports compare with themselves built again from the records of now, in the pool's processes."""
    return dict(pool.run_jobs(reports, _rebuild, _lost, workers=os.cpu_count() or 1, seconds=REPORT_SECONDS))


def _lost(job: SignedReport, _: Loss) -> tuple[ReportRef, Rebuilt]:
    return job.ref, Rebuilt(difference="重做它的进程中途没了，或者做得太久：请看内存是否够，再试一次")


def _rebuild(job: SignedReport) -> tuple[ReportRef, Rebuilt]:
    """Build a report again and compare it; of one that differs, look for what has changed since."""
    rebuilt = _compare_with_signed(job)
    if not rebuilt.difference:
        return job.ref, rebuilt
    try:
        changed = stale_inputs(open_project(job.ref.home), job.ref, audited=True)
    except GktoolsError:  # the office book cannot be read
        changed = ()
    return job.ref, replace(rebuilt, outdated="、".join(changed))


def _compare_with_signed(job: SignedReport) -> Rebuilt:
    """Build a report again from the records of now, audited in the read that loads them, whatever its manifest says of them.

    What it is compared with are the signed bytes: files may be others for a moment. Documents made from this very notebook by
    what would make them now are the same, and are not made again.
    """
    ref = job.ref
    with temporary_folder() as private:
        work, signed = private / "made", private / "signed"
        work.mkdir()
        signed.mkdir()
        try:
            again = build_report(open_project(ref.home), ref.code, ref.year, work, audited=True)
            if not (proven := job.source in file_hashes((work / NOTEBOOK_FILE).read_bytes())):
                write_signed_documents(work)
        except Exception as error:
            why = str(error) if isinstance(error, GktoolsError) else type(error).__name__
            return Rebuilt(difference=f"现在做不出来了：{why}")
        if again.inputs[_NOTEBOOK] != job.notebook:
            return Rebuilt(difference="总笔记本不是签署时的那一本")
        newer = _program(again) != job.program
        files = {name: digest for name, digest in job.files if not (proven and name in DOCUMENTS.values())}
        differing = [name for name, digest in files.items() if digest not in file_hashes((work / name).read_bytes())]
        built = [name for name in differing if name.endswith(_COMPARED)]
        for name in built:
            content = _read_signed(ref, name, files[name])
            if content is None:
                return Rebuilt(difference=f"{name} 刚刚被换过，不是签过的那一份")
            (signed / name).write_bytes(content)
        found = next(iter(_differences(signed, work, built)), "")
        if not found and not all(newer and _same_but_for_version(name, signed, work) for name in built):
            found = "数和文字一样，网页的样子或者 report.json 别的内容不一样"
        documents = {name: (work / name).read_bytes() for name in differing if name not in built}
        return Rebuilt(newer, found, documents, again.inputs["parameters"])


def _same_but_for_version(name: str, signed: Path, again: Path) -> bool:
    """Whether a page differs in white space only, and a report.json only in its schema and in what explains its findings.

    Which program made a report is said by its manifest, which anybody may have written.
    """
    old, new = (read_regular(folder / name) for folder in (signed, again))
    if name.endswith(".html"):
        return old.split() == new.split()
    try:
        return _lasting(old) == _lasting(new)
    except (ValueError, TypeError, AttributeError):
        return False


def _lasting(content: bytes) -> str:
    """What of a report.json every version of the program writes the same."""
    report = parse_json(content)
    findings = [[finding.get(name) for name in _LASTING_OF_A_FINDING] for finding in report["findings"]]
    return json.dumps({**report, "schema": "", "findings": findings}, sort_keys=True, default=repr)


_LASTING_OF_A_FINDING = ("code", "severity", "message", "fingerprint")


def _read_signed(ref: ReportRef, name: str, digest: str) -> bytes | None:
    """Return a file of a report; None if it is not the signed one."""
    with suppress(OSError):
        content = ref.read(name)
        return content if digest in file_hashes(content) else None
    return None


_COMPARED = (".json", ".html")
"""The endings of the files in which differences are found as sentences."""


_NOTEBOOK = "notebook"
"""The name of the notebook among the inputs of a manifest."""


def _program(manifest: Manifest) -> tuple[str, ...]:
    return tuple(manifest.inputs.get(name, "") for name in sorted(PROGRAM))


# --- what differs -------------------------------------------------------------------------------------------


def _differences(stored: Path, again: Path, names: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for every cell and text that differs between the stored files and those built again."""
    for name in dict.fromkeys(names):
        if not (stored / name).is_file():
            yield f"{name} 不见了"
        elif name.endswith(".json"):
            try:
                old, new = (read_report_data(read_regular(folder / name)) for folder in (stored, again))
                yield from compare_reports(old, new)
            except (ValueError, TypeError, AttributeError):
                yield f"{name} 已经不是一份完整的报告"
        elif name.endswith(".html") and (again / name).is_file():
            for before, after in changed_runs(_text_pieces(stored / name), _text_pieces(again / name)):
                yield f"{name}：现在的文件里是“{before[:_QUOTED]}”，重做出来是“{after[:_QUOTED]}”"


def compare_reports(old: ReportData, new: ReportData) -> Iterator[str]:
    """Yield a sentence for every cell and text that two reports of one office and year differ in, in printed order.

    Raises ValueError if the old one has other parts.
    """
    for one, other in zip((old.opening, *old.sections, old.signature), new.parts, strict=True):
        for before, after in changed_runs(*(list(chain(*map(sentences, part.texts))) for part in (one, other))):
            yield f"“{one.title or '落款'}”里原来是“{before[:_QUOTED]}”，重做出来是“{after[:_QUOTED]}”"
    for cell in difference(old, new).compared:
        place = f"{cell.table}“{'/'.join(cell.row)}”行“{'/'.join(cell.column)}”列"
        if cell.old != cell.new:
            yield f"{place}原来是 {value_text(cell.old)}，重做出来是 {value_text(cell.new)}"
        else:
            yield f"{place}的数一样，来源不同（{'、'.join(cell.sources)}）"
    for before, after in changed_runs([f.message for f in old.findings], [f.message for f in new.findings]):
        yield f"核对的结果里原来是“{before[:_QUOTED]}”，重做出来是“{after[:_QUOTED]}”"


_QUOTED = 200
"""How many characters of a text that differs are quoted."""


def _text_pieces(path: Path) -> list[str]:
    """Return the pieces of text of a page, without its tags."""
    text = re.sub(r"<style>.*?</style>", "", path.read_text(encoding="utf-8", errors="replace"), flags=re.DOTALL)
    return [piece.strip() for piece in re.split(r"<[^>]*>", text) if piece.strip()]
