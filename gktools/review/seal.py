"""The seal of a report: one hash over every file that will be published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..build.export import ExportOptions, export_reports
from ..errors import ReviewError
from ..registers.store.log_audit import canonical
from ..render.documents.formats import FORMATS, sealed_files, site_names
from ..workspace.output import ReportRef, hash_bytes
from ..workspace.project import Project

PUBLISHED = sealed_files(FORMATS)
"""The signed formats with their file names: everything that is published, and report.json."""
PUBLIC = site_names(FORMATS.values())
"""The published ones of the signed files, each with its name on the site."""


@dataclass(frozen=True)
class Seal:
    """The SHA-256 of every file that will be published, by name, and one hash over the report and these.

    It cannot be signed while files are missing.
    """

    files: Mapping[str, str]
    hash: str
    missing: tuple[str, ...] = ()

    @property
    def public(self) -> dict[str, str]:
        """The SHA-256 of the published ones of the files, by their names on the site."""
        return {PUBLIC[name]: digest for name, digest in self.files.items() if name in PUBLIC}

    @property
    def short(self) -> str:
        """The first 12 digits of the hash, for people to compare."""
        return self.hash[:12]


def read_seal(ref: ReportRef) -> Seal:
    """Return the seal of a report's current files, with the names of those that are missing."""
    files, missing = {}, []
    for name in PUBLISHED.values():
        try:
            files[name] = hash_bytes(ref.read(name))
        except OSError:
            missing.append(name)
    return Seal(files, hash_bytes(canonical([ref.code, ref.year, files]).encode()), tuple(missing))


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
    if replaced := [name for name, digest in written.items() if seal.files[name] != digest]:
        raise ReviewError(f"{'、'.join(replaced)} 刚做好就被换过：请查清是哪个程序在写 {ref.relative_folder}，再试一次")
    return seal


def _is_written(ref: ReportRef, name: str) -> bool:
    try:
        return bool(ref.read_written(name))
    except OSError:
        return False


def differing_files(then: Mapping[str, str], now: Mapping[str, str]) -> Sequence[str]:
    """Return the names of the files in which two seals differ."""
    return [name for name in {**then, **now} if then.get(name) != now.get(name)]
