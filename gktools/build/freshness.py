"""What a report depends on: the fingerprint of its inputs, what has changed since it was built, and a cache of both.

The program's part follows a rule by folder: a report depends on every file of the package except those in folders
that no report is built with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from ..deadlines.calendar import with_additions
from ..errors import ParamsError
from ..inputs.inputs import MEMBER_PREFIX, Inputs, last_year_fingerprints, load_inputs
from ..registers.store.log_audit import published_key
from ..workspace.files import private_mode, write_whole
from ..workspace.json_file import read_json
from ..workspace.offices import Office
from ..workspace.output import MANIFEST, ReportRef, year_folder
from ..workspace.params_models import ReportParams
from ..workspace.project import Project
from ..workspace.seals import sha256_hex
from ..workspace.strays import strays
from .master_notebook import read_code, with_tags

NOTEBOOK = Path("notebooks/annual_report.ipynb")
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
"""What may have changed since a report was built, as staff read it; a member of a government is listed by its name."""
PROGRAM = frozenset(("gktools", "libraries"))
"""The inputs that are the program: a newer one makes no report out of date."""

_PACKAGE = Path(__file__).parents[1]
_KINDS = frozenset((".py", ".yaml", ".j2", ".css", ".json"))
_NOT_OF_A_REPORT = frozenset(
    (
        *("__main__.py", "build", "checks/finished", "cli", "editing", "publication", "reading", "region"),
        *("registers/file_import.py", "registers/entering.py", "registers/exporting.py", "registers/intake"),
        *("registers/note_words.py", "registers/person_numbers.py", "registers/words.py", "registers/words.yaml"),
        *("render/audit", "render/documents"),
        *("render/templates/gk-pdf", "report/queries", "review", "sample", "starter"),
        *("workspace/archive.py", "workspace/own_files.py", "workspace/shipped.py"),
    )
)
"""Folders and files that no report is built with; a test compares them with the imports of the code."""
_OF_A_REPORT = "build/engine"
"""The one folder below them that reports are built with."""
_LIBRARIES = (
    *("pandas", "numpy", "papermill", "nbclient", "nbconvert", "nbformat", "ipykernel", "ipython"),
    *("chinesecalendar", "jinja2", "markupsafe", "pydantic", "rapidfuzz", "ruamel.yaml", "sqlalchemy"),
)
_OPTIONAL = {"vl_convert": "vl-convert-python"}
"""Libraries that draw charts, hashed where they are installed."""


# --- fingerprints -------------------------------------------------------------------------------------------


def fingerprint(inputs: Inputs, notebook: Path) -> dict[str, str]:
    """Return the SHA-256 of each input of a report by name: a key of CHANGES, or a member of a government."""
    return inputs.hashes() | program_fingerprint(notebook)


def program_fingerprint(notebook: Path) -> dict[str, str]:
    """Return the SHA-256 of each input that all reports share: the notebook's code, gktools, the libraries.

    Raises GktoolsError if the notebook cannot be used.
    """
    return {
        "notebook": code_hash(read_code(notebook)),
        "gktools": _package_hash(),
        "libraries": _libraries_hash(),
    }


def notebook_hash(cells: Iterable[Mapping[str, Any]]) -> str:
    """Return the SHA-256 of a notebook's code, without the cell of parameters that papermill adds after the tagged one."""
    code = [(cell["source"], cell["metadata"].get("tags", ())) for cell in cells if cell["cell_type"] == "code"]
    before = [(), *(tags for _, tags in code)]
    kept = (
        cell for cell, last in zip(code, before, strict=False) if not (_INJECTED in cell[1] and "parameters" in last)
    )
    return code_hash(with_tags(("".join(source), tags) for source, tags in kept))


def code_hash(code: Iterable[str]) -> str:
    """Return the SHA-256 of a notebook's code, given as its cells (master_notebook.read_code)."""
    return sha256_hex("\0".join(code).encode("utf-8", "surrogatepass"))


_INJECTED = "injected-parameters"


@lru_cache
def _libraries_hash() -> str:
    names = (*_LIBRARIES, *(name for module, name in _OPTIONAL.items() if find_spec(module)))
    return sha256_hex(" ".join(f"{name}={version(name)}" for name in names).encode())


@lru_cache
def _package_hash() -> str:
    files = sorted(path.relative_to(_PACKAGE) for path in _PACKAGE.rglob("*") if path.suffix in _KINDS)
    used = [file for file in files if is_of_a_report(file)]
    return sha256_hex(b"".join(file.as_posix().encode() + (_PACKAGE / file).read_bytes() for file in used))


def is_of_a_report(file: Path) -> bool:
    """Return whether reports depend on a file of the package, given by its path below gktools/."""
    folders = {part.as_posix() for part in (file, *file.parents)}
    return _OF_A_REPORT in folders or folders.isdisjoint(_NOT_OF_A_REPORT)


# --- what has changed ---------------------------------------------------------------------------------------


def changed_inputs(
    project: Project, ref: ReportRef, built_from: Mapping[str, str] | None, *, audited: bool = False
) -> list[str]:
    """Return the names of a report's inputs whose hash differs from built_from; ["never"] if built_from is empty."""
    if not built_from:
        return ["never"]
    inputs = load_inputs(project, ref.code, ref.year, audited=audited)
    now = fingerprint(inputs, project.home / NOTEBOOK)
    return [name for name in {**now, **built_from} if built_from.get(name) != now.get(name)]


def changed_since_built(project: Project, ref: ReportRef) -> list[str]:
    """Return what has changed since the report in output/ was built: names of inputs, "outputs", or "never"."""
    manifest = ref.manifest(verify=False)
    found = changed_inputs(project, ref, manifest.inputs if manifest else None)
    return found if manifest is None or ref.manifest() else [*found, "outputs"]


def input_names(project: Project, changed: Iterable[str]) -> list[str]:
    """Return the changed inputs as staff call them; a member of a government by its name."""
    found = []
    for name in changed:
        code = name.removeprefix(MEMBER_PREFIX)
        entry = project.book.get(code)
        member = f"{entry.names[-1].name if entry else code}（报告、台账、参数，或者有没有这个机关）"
        found.append(CHANGES.get(name, name) if code == name else member)
    return found


# --- what the last build found ------------------------------------------------------------------------------


class _Entry(BaseModel):
    """One report in the file, which others may have written."""

    made_from: str
    program: str | None = None
    findings: dict[str, int]
    files: dict[str, list[int]] | None


_ENTRIES = TypeAdapter(dict[str, _Entry])


class BuildCache:
    """Fingerprints and findings of a year's reports at the last build, so that the next need not read every file.

    An entry is valid while the fingerprint of the report's inputs is the same (of records: that of their imports), the
    program too, and every file of the report has the size and time stored; otherwise the files are read.
    """

    FILE = ".seen.json"

    def __init__(self, project: Project, year: int, imports: Mapping[str, str]) -> None:
        self._folder = year_folder(project.home, year)
        self._imports = imports
        self._project, self._year = project, year
        calendar = with_additions(project.calendar()).digest()
        program = program_fingerprint(project.home / NOTEBOOK)
        self._common = json.dumps([program["notebook"], calendar])
        self._program = json.dumps([program[name] for name in sorted(PROGRAM)])
        self._entries = self._read()

    def built_from(self, office: Office, params: ReportParams) -> str:
        """Return the SHA-256 of a report's inputs as they are now, without the program."""
        others = [
            *self._members(office),
            *last_year_fingerprints(self._project, office.code, self._year, params),
            *(
                self.imports(known)
                for code in self._project.predecessors(office.code, self._year)
                for known in (code, published_key(code, self._year - 1))
            ),
            *self._left_behind(),
        ]
        return self._hash(office, params, others)

    def _left_behind(self) -> list[str]:
        """Return the fingerprints of codes that have registers and are not in the office book: whose they are is told."""
        return [held for code, held in sorted(self._imports.items()) if not {*code.split()[:1]} & {*self._project.book}]

    def _hash(self, office: Office, params: ReportParams, others: Iterable[str]) -> str:
        parts = (self.imports(office.code), repr(office), params.model_dump_json(), self._common, *others)
        return sha256("\0".join(parts).encode()).hexdigest()

    def _members(self, government: Office) -> list[str]:
        """Return the fingerprints of the offices that a government's report is the sum of; empty for any other office."""
        if not government.rolls_up:
            return []
        project, year = self._project, self._year
        parts = [self.imports(office.code) for office in project.members(government.code, year - 1)]
        parts += [self.imports(office.code) for office in project.closed_members(government.code, year)]
        for one in (stray for stray in strays(project.book, year) if government.code in stray.told_by):
            parts += [repr(one), *map(self.imports, one.codes)]
        for office in project.members(government.code, year):
            try:
                files = json.dumps(self._files(office.code))
                parts.append(self._hash(office, project.params(office.code, year), [files, self._program]))
            except ParamsError as error:
                parts.append(str(error))
        return parts

    def imports(self, code: str) -> str:
        """Return the fingerprint of an office's imports, or of a published report; empty if there is none."""
        return self._imports.get(code, "")

    def findings(self, code: str, built_from: str) -> Mapping[str, int] | None:
        """Return the number of findings of an unchanged report by severity; None if its files have to be read."""
        entry = self._entries.get(code)
        if not entry or (entry["made_from"], entry.get("program")) != (built_from, self._program):
            return None
        return dict(entry["findings"]) if entry["files"] == self._files(code) else None

    def is_current(self, code: str, built_from: str) -> bool:
        """Return whether a report stands as built from these inputs, by whatever program, with any documents beside it."""
        entry, files = self._entries.get(code), self._files(code)
        if not entry or not files or entry["made_from"] != built_from:
            return False
        return all(files.get(name) == facts for name, facts in entry["files"].items())

    def add(self, code: str, built_from: str, findings: Mapping[str, int]) -> None:
        """Add a report with its files as they are now."""
        facts = {"made_from": built_from, "program": self._program, "findings": dict(findings)}
        self._entries[code] = {**facts, "files": self._files(code)}

    def write(self) -> None:
        """Write the cache to the folder of its year."""
        with suppress(OSError):  # the next build reads the files themselves
            write_whole(self._folder / self.FILE, json.dumps(self._entries), private_mode(self._folder.parent))

    def _read(self) -> dict[str, Any]:
        try:
            found = _ENTRIES.validate_python(read_json(self._folder / self.FILE))
            return {code: one.model_dump() for code, one in found.items()}
        except (OSError, ValueError):
            return {}

    def _files(self, code: str) -> dict[str, list[int]] | None:
        """Return size and time of every file of a report; None if there is no report."""
        try:
            facts = {path.name: path.stat() for path in (self._folder / code).iterdir()}
        except OSError:
            return None
        return {name: [s.st_size, s.st_mtime_ns] for name, s in sorted(facts.items())} if MANIFEST in facts else None
