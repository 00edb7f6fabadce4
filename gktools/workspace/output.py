"""The reports in output/: the paths of a report's files, and the manifest that lists what they contain."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from .files import open_regular, private_mode, read_regular, write_whole
from .json_file import parse_json
from .seals import file_hash, file_hashes, known_algorithm, open_file_hash, present_algorithm

OUTPUT = "output"
MANIFEST = "manifest.json"
REPORT_FILE = "report.json"
NOTEBOOK_FILE = "report.ipynb"
"""The executed notebook, in which the review data and the pictures are."""
BEFORE = "report.before.json"
"""The report.json that the current one replaced; not part of the report, and in no manifest."""
_EXPORTS = "exports.json"
"""The hashes of the files that were exported beside a report, as they were written; in no manifest."""
_SCHEMA = "gktools.manifest/1"


@dataclass(frozen=True)
class ReportRef:
    """Reference to the report of an office, by its code, for a year: its files in output/, whether or not they exist."""

    home: Path
    code: str
    year: int

    @cached_property
    def folder(self) -> Path:
        """The folder of the report's files."""
        return year_folder(self.home, self.year) / self.code

    @property
    def relative_folder(self) -> str:
        """The same folder as shown to staff: relative to the working folder, with slashes."""
        return f"{OUTPUT}/{self.year}/{self.code}"

    def read(self, name: str) -> bytes:
        """Return the content of one of the report's files. Raises OSError, also for a link and a file with two names."""
        return read_regular(self.folder / name, follow=False, alone=True)

    def read_written(self, name: str, signed: Collection[str] = ()) -> bytes:
        """Return the content of one of the report's files, which gktools wrote there or whose hash is a signed one.

        What others have put in its place, were it only for a moment, is never returned. Raises OSError if the file is
        missing, ForeignFileError if its content is another.
        """
        content = self.read(name)
        manifest = self.manifest(verify=False)
        known = {*signed, self.exported().get(name), manifest.outputs.get(name) if manifest else None}
        if known.intersection(file_hashes(content)):
            return content
        raise ForeignFileError(errno.EPERM, os.strerror(errno.EPERM), name)

    def exported(self) -> dict[str, str]:
        """Return the hash of each file that was exported beside the report, by its name; empty if none is known."""
        try:
            noted = _Exports.model_validate(parse_json(self.read(_EXPORTS)))
        except (OSError, ValueError):
            return {}
        return dict(noted.files)

    def note_exported(self, files: Mapping[str, str]) -> None:
        """Add files that were exported beside the report, each with its hash, to those that are known. Raises OSError."""
        data = {"algorithm": present_algorithm(), "files": self.exported() | dict(files)}
        write_whole(self.folder / _EXPORTS, json.dumps(data, indent=1) + "\n", private_mode(self.home / OUTPUT))

    def read_listed(self, name: str, manifest: Manifest) -> bytes:
        """Return the content of one of the report's files, which is the one that its manifest lists.

        Raises OSError, ValueError if it is another one by now.
        """
        content = self.read(name)
        if manifest.outputs.get(name) not in file_hashes(content):
            raise ValueError(f"{name} is not the file that the manifest lists")
        return content

    def listed_hashes(self, name: str, manifest: Manifest) -> tuple[str, ...]:
        """Return the hashes of one of the report's files by every algorithm; none if it is not as its manifest lists it."""
        try:
            return file_hashes(self.read_listed(name, manifest))
        except (OSError, ValueError):
            return ()

    def manifest(self, *, verify: bool = True) -> Manifest | None:
        """Return the report's manifest; None if there is none or, with verify, if a file differs from its hash."""
        try:
            manifest = Manifest.from_json(self.read(MANIFEST))
            altered = manifest.altered_files(self.folder) if verify else []
        except (OSError, ValueError):
            return None
        return None if altered else manifest


class ForeignFileError(OSError):
    """A file of a report whose content gktools did not write."""


@lru_cache(maxsize=20_000)
def report_ref(home: Path, code: str, year: int) -> ReportRef:
    """Return the reference to a report; the same one each time, since a board asks for thousands of paths."""
    return ReportRef(home, code, year)


@dataclass(frozen=True)
class Manifest:
    """What a report was built from, and the hash of each of its files.

    manifest.json has it as one object, schema "gktools.manifest/1", its keys in this order:

        schema     "gktools.manifest/1"
        algorithm  the algorithm of the hashes of outputs: "sha256"; by another, each names it: "<algorithm>:<hex>"
        office     {"code", "name"}: the office by its code and its full name at the end of the year
        year       the report year
        inputs     SHA-256 in hex of each input by its name: records, parameters, last_year, notebook, gktools,
                   libraries, and member:<office code> for each office of a government
        as_of      the number of the last import that the records contain; 0 for an office without records
        registers  the registers counted: [{"name", "rows", "sha256"}]
        findings   how many findings there are, by severity
        rules      how many findings there are, by severity and code
        decisions  only if there are: the counting rules that a person decided, [{"rule", "value", "person", "reason"}]
        outputs    hash of each file of the report by its name, without the manifest itself

    Only outputs is required to read one: what an older program left out is empty, as_of and rules are None.
    """

    code: str
    name: str
    year: int
    inputs: Mapping[str, str]
    as_of: int | None
    registers: Sequence[Mapping[str, Any]]
    findings: Mapping[str, int]
    rules: Mapping[str, Mapping[str, int]] | None
    outputs: Mapping[str, str] = field(default_factory=dict)
    decisions: Sequence[Mapping[str, Any]] = ()
    algorithm: str = field(default_factory=present_algorithm)

    @classmethod
    def from_json(cls, text: str | bytes) -> Manifest:
        """Return the manifest that manifest.json contains. Raises ValueError if it is not one."""
        data = _Written.model_validate(parse_json(text))
        return cls(
            code=data.office.code,
            name=data.office.name,
            year=data.year,
            inputs=data.inputs,
            as_of=data.as_of,
            registers=[register.model_dump() for register in data.registers],
            findings=data.findings,
            rules=data.rules,
            outputs=data.outputs,
            decisions=data.decisions or (),
            algorithm=data.algorithm,
        )

    def to_json(self) -> str:
        """Return the text of manifest.json."""
        data = {
            "schema": _SCHEMA,
            "algorithm": self.algorithm,
            "office": {"code": self.code, "name": self.name},
            "year": self.year,
            "inputs": self.inputs,
            "as_of": self.as_of,
            "registers": self.registers,
            "findings": self.findings,
            "rules": self.rules,
            **({"decisions": self.decisions} if self.decisions else {}),
            "outputs": self.outputs,
        }
        return json.dumps(data, ensure_ascii=False, indent=1) + "\n"

    def altered_files(self, folder: Path) -> list[str]:
        """Return the names of the files in a folder that are missing or have another hash than in the manifest."""
        return [name for name, digest in self.outputs.items() if _hash_of(folder / name, digest) != digest]


class _Exports(BaseModel):
    """What exports.json has."""

    model_config = ConfigDict(strict=True, frozen=True)
    algorithm: str
    files: dict[str, str]


def _plain_name(name: str) -> str:
    if name in ("", ".", "..") or any(sign in name for sign in "/\\\0"):
        raise ValueError("not a name of a file")
    return name


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class _Office(_Part):
    code: str = ""
    name: str = ""


class _Register(_Part):
    name: str
    rows: int
    sha256: str


class _Written(_Part):
    """What manifest.json has, each value of its type; keys that it does not know are left out."""

    algorithm: Annotated[str, AfterValidator(known_algorithm)] = "sha256"
    office: _Office = _Office()
    year: int = Field(0, ge=0, le=9999)
    inputs: dict[str, str] = {}
    as_of: int | None = Field(None, ge=0, lt=1 << 31)
    registers: list[_Register] = []
    findings: dict[str, int] = {}
    rules: dict[str, dict[str, int]] | None = None
    outputs: dict[Annotated[str, AfterValidator(_plain_name)], str]
    decisions: list[dict[str, str]] = []


@lru_cache(maxsize=64)
def year_folder(home: Path, year: int) -> Path:
    """Return the folder of a year's reports."""
    return home / OUTPUT / str(year)


def hash_bytes(data: bytes) -> str:
    """Return the hash of data by the algorithm of new hashes (seals.file_hash)."""
    return file_hash(data)


def hash_file(path: Path, like: str = "") -> str:
    """Return the hash of a file by the algorithm of a stored one, or that of new ones. Raises OSError for a link, a pipe or a folder."""
    with open_regular(path, follow=False) as file:
        return open_file_hash(file, like)


def _hash_of(path: Path, like: str) -> str:
    try:
        return hash_file(path, like)
    except OSError:
        return ""
