"""The seal of a report: a hash over every file that will be published, as the files stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..build.export import export_reports
from ..errors import ReviewError
from ..workspace.output import OUTPUT, hash_bytes, read_made, read_manifest
from ..workspace.project import Project
from .log import canonical

PUBLISHED = {
    **{name: f"report.{name}" for name in ("html", "docx", "pdf", "csv")},
    **{f"public-{name}": f"report（公开）.{name}" for name in ("xlsx", "json")},
    "json": "report.json",
}
"""The formats that are signed, each with its file beside the report: what is published, and report.json behind it.

report.xlsx and the findings in report.json are for the office's own use; the public gets both without them.
"""


@dataclass(frozen=True)
class Seal:
    """The SHA-256 of every file that will be published, by its name, and one hash over them all, of this report."""

    files: Mapping[str, str]
    hash: str

    @property
    def short(self) -> str:
        """The first digits of the hash, as people compare them."""
        return self.hash[:12]


def read_seal(home: Path, code: str, year: int) -> Seal | None:
    """Return the seal of a report's files as they stand; None unless there is a file of every format."""
    folder = home / OUTPUT / str(year) / code
    try:
        files = {name: hash_bytes(read_made(folder / name)) for name in PUBLISHED.values()}
    except OSError:
        return None
    return Seal(files, hash_bytes(canonical([code, year, files]).encode()))


def make_published_files(project: Project, code: str, year: int, *, again: bool = False) -> Seal:
    """Make those files that are published and not there yet, or all of them again; return the seal.

    Raises ReviewError if there is no whole report or a file cannot be made.
    """
    if read_manifest(project.home, code, year) is None:
        raise ReviewError(
            f"{project.office(code, year).name} {year} 年度还没有完整的报告：先运行 gktools build --year {year}"
        )
    folder = project.home / OUTPUT / str(year) / code
    wanted = [name for name, file in PUBLISHED.items() if again or not (folder / file).is_file()]
    made = export_reports(project, year, [code], wanted, workers=1) if wanted else []
    failed = [f"{one.format}：{one.message}" for one in made if one.message]
    if failed:
        raise ReviewError("\n".join(["有的文件没有做成，不能送审：", *failed]))
    seal = read_seal(project.home, code, year)
    if seal is None:
        raise ReviewError("做好的文件又不见了：请看磁盘，再试一次")
    return seal


def differing(then: Mapping[str, str], now: Mapping[str, str]) -> Sequence[str]:
    """Return the files in which two seals differ."""
    return [name for name in {**then, **now} if then.get(name) != now.get(name)]
