"""Small working folders for tests: offices.yaml, parameters, registers, and a notebook of the project."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from literal_registers import NOW, sheet
from machine import REPOSITORY
from ruamel.yaml import YAML

from gktools.build.freshness import NOTEBOOK, fingerprint
from gktools.inputs.inputs import load_inputs
from gktools.registers.schema import registers
from gktools.registers.store.opening import open_store
from gktools.render.page import JsonExporter, ReportExporter, draft_notebook
from gktools.report.report import draft_report
from gktools.review.seal import PUBLISHED
from gktools.workspace.output import hash_bytes
from gktools.workspace.project import Project, open_project

Registers = Mapping[str, Iterable[Mapping[str, Any]]]


def make_project(
    home: Path,
    offices: Mapping[str, Mapping[str, Any]],
    params: Mapping[tuple[int, str], Mapping[str, Any]],
) -> Project:
    """Return a new working folder with offices.yaml and parameter files by year and office (or "defaults")."""
    folder = home / "params"
    folder.mkdir(parents=True)
    (home / "notebooks").mkdir()
    shutil.copyfile(REPOSITORY / "notebooks/annual_report.ipynb", home / "notebooks/annual_report.ipynb")
    write_yaml(folder / "offices.yaml", {"offices": offices})
    for (year, name), content in params.items():
        (folder / str(year)).mkdir(exist_ok=True)
        write_yaml(folder / str(year) / f"{name}.yaml", content)
    return open_project(home)


def keep(project: Project, office: str, year: int, given: Registers, leave_out: Iterable[str] = ()) -> None:
    """Store an office's registers of a year; the others are handed in as empty, except those in leave_out."""
    rows = {key: given.get(key, ()) for key in registers() if key not in leave_out}
    with open_store(project.home) as store:
        store.add([sheet(key, year, lines, office) for key, lines in rows.items()], NOW, replace=True)


def keep_empty(project: Project, offices: Iterable[str], year: int) -> None:
    """Store all registers of several offices as empty in one import, which takes a tenth of the time of single ones."""
    with open_store(project.home) as store:
        store.add([sheet(key, year, (), office) for office in offices for key in registers()], NOW)


def write_yaml(path: Path, content: Any) -> None:
    """Write plain values as YAML."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        YAML(typ="safe").dump(content, file)


def stand(project: Project, office: str, year: int) -> dict[str, Any]:
    """Write an office's complete report under output/ without a notebook, and return its report.json."""
    inputs = load_inputs(project, office, year)
    report = draft_report(inputs).to_json()
    folder = project.home / "output" / str(year) / office
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, ensure_ascii=False)
    (folder / "report.json").write_text(text, encoding="utf-8", newline="\n")
    manifest = {"inputs": inputs.hashes(), "outputs": {"report.json": hash_bytes(text.encode())}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return report


def stand_whole(project: Project, code: str, year: int) -> None:
    """Write a report with its notebook, its pages and a file of every published format, without a kernel."""
    inputs = load_inputs(project, code, year)
    notebook = draft_notebook(draft_report(inputs))
    folder = project.home / f"output/{year}/{code}"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / "report.ipynb")
    for name, exporter in {"report.html": ReportExporter(), "report.json": JsonExporter()}.items():
        (folder / name).write_text(exporter.from_notebook_node(notebook)[0], encoding="utf-8", newline="\n")
    made = {path.name: hash_bytes(path.read_bytes()) for path in folder.glob("report.*")}
    hashes = fingerprint(inputs, project.home / NOTEBOOK)
    manifest = {"inputs": hashes, "outputs": made, "as_of": inputs.records.as_of}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    exported = [name for name in PUBLISHED.values() if not (folder / name).exists()]
    for name in exported:
        (folder / name).write_text(name, encoding="utf-8")
    project.report(code, year).note_exported({name: hash_bytes(name.encode()) for name in exported})
