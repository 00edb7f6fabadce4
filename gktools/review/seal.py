"""The seal of a report: one hash over every file that will be published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from ..build.export import DOCUMENTS, ExportOptions, export_reports
from ..errors import ReviewError
from ..registers.store.log_audit import canonical
from ..render.documents.formats import FORMATS, sealed_files, site_names
from ..workspace.output import ReportRef
from ..workspace.project import Project
from ..workspace.seals import digits, file_hash, file_hashes

PUBLISHED = sealed_files(FORMATS)
"""The signed formats with their file names: everything that is published, and report.json."""
PUBLIC = site_names(FORMATS.values())
"""The published ones of the signed files, each with its name on the site."""


@dataclass(frozen=True)
class Seal:
    """The hash of every file that will be published, by name, and one hash over the report and these.

    hashes has those of a file by every algorithm that a signature may name, that of new ones first. It cannot be signed
    while files are missing. source is the hash of the notebook from which all documents were just made, empty if they were not.
    """

    hashes: Mapping[str, tuple[str, ...]]
    hash: str
    missing: tuple[str, ...] = ()
    source: str = ""

    @cached_property
    def files(self) -> dict[str, str]:
        """The hash of each file, as a new signature has it."""
        return {name: by_all[0] for name, by_all in self.hashes.items()}

    @property
    def public(self) -> dict[str, str]:
        """The hashes of the published ones of the files, by their names on the site."""
        return {PUBLIC[name]: digest for name, digest in self.files.items() if name in PUBLIC}

    @property
    def short(self) -> str:
        """The first 12 digits of the hash, for people to compare."""
        return digits(self.hash)[:12]

    def differing(self, signed: Mapping[str, str]) -> list[str]:
        """Return the names of the files that are others than the signed ones, by their hashes, or only in one of both."""
        return [name for name in {**signed, **self.hashes} if signed.get(name) not in self.hashes.get(name, ())]

    def is_published(self, public: Mapping[str, str]) -> bool:
        """Return whether the files, as far as they are published, have these hashes, by their names on the site."""
        ours = {PUBLIC[name]: known for name, known in self.hashes.items() if name in PUBLIC}
        return ours.keys() == public.keys() and all(public[name] in known for name, known in ours.items())


def read_seal(ref: ReportRef) -> Seal:
    """Return the seal of a report's current files, with the names of those that are missing."""
    hashes: dict[str, tuple[str, ...]] = {}
    missing = []
    for name in PUBLISHED.values():
        try:
            hashes[name] = file_hashes(ref.read(name))
        except OSError:
            missing.append(name)
    files = {name: by_all[0] for name, by_all in hashes.items()}
    return Seal(hashes, file_hash(canonical([ref.code, ref.year, files]).encode()), tuple(missing))


def make_all_files(project: Project, ref: ReportRef, *, here: bool = False) -> Seal:
    """Export all files that will be published again, as make_published_files does; return the seal. Raises ReviewError."""
    return make_published_files(project, ref, again=True, here=here)


def make_published_files(project: Project, ref: ReportRef, *, again: bool = False, here: bool = False) -> Seal:
    """Export the files that will be published and are missing or others than written, or all again; return the seal.

    Each in a process that is stopped when it takes too long; here: in this one.

    Raises ReviewError if the report is not complete, a file cannot be exported, or is another than the one just exported.
    """
    if ref.manifest() is None:
        name = project.office(ref.code, ref.year).name
        raise ReviewError(f"{name} {ref.year} 年度还没有完整的报告：先运行 gktools build --year {ref.year}")
    wanted = [name for name, file in PUBLISHED.items() if again or not _is_written(ref, file)]
    options = ExportOptions(workers=1, here=here)
    exported = export_reports(project, ref.year, [ref.code], wanted, options=options) if wanted else []
    failed = [f"{one.format}：{one.message}" for one in exported if one.message]
    if failed:
        raise ReviewError("\n".join(["有的文件没有做成，不能送审：", *failed]))
    seal = read_seal(ref)
    if seal.missing:
        raise ReviewError("做好的文件又不见了：请看磁盘，再试一次")
    written = {PUBLISHED[one.format]: one.sha256 for one in exported if one.sha256}
    if replaced := [name for name, digest in written.items() if digest not in seal.hashes[name]]:
        raise ReviewError(f"{'、'.join(replaced)} 刚做好就被换过：请查清是哪个程序在写 {ref.relative_folder}，再试一次")
    made = {one.format: one.source for one in exported if one.source}
    sources = set(made.values()) if made.keys() == DOCUMENTS.keys() else set()
    return replace(seal, source=sources.pop() if len(sources) == 1 else "")


def _is_written(ref: ReportRef, name: str) -> bool:
    try:
        return bool(ref.read_written(name))
    except OSError:
        return False
