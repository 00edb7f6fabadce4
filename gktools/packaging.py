"""The finished reports of a year as one Frictionless data package in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .errors import NotFoundError
from .export.document import Document, read_document
from .export.package import package_files
from .manifests import OUTPUT, read_manifest
from .params import Project

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
