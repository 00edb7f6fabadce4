"""The reports in output/: the paths of a report's files, and the manifest that lists what they contain."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from ..files import parse_json, read_regular

OUTPUT = "output"
MANIFEST = "manifest.json"
BEFORE = "report.before.json"
"""The report.json that the current one replaced; not part of the report, and in no manifest."""
_SCHEMA = "gktools.manifest/1"
_T = TypeVar("_T")


@dataclass(frozen=True)
class ReportRef:
    """Reference to the report of an office, by its code, for a year: its files in output/, whether or not they exist."""

    home: Path
    code: str
    year: int

    @property
    def folder(self) -> Path:
        """The folder of the report's files."""
        return year_folder(self.home, self.year) / self.code

    @property
    def relative_folder(self) -> str:
        """The same folder as shown to staff: relative to the working folder, with slashes."""
        return f"{OUTPUT}/{self.year}/{self.code}"

    def read(self, name: str) -> bytes:
        """Return the content of one of the report's files, not following a link. Raises OSError."""
        return read_regular(self.folder / name, follow=False)

    def manifest(self, *, verify: bool = True) -> Manifest | None:
        """Return the report's manifest; None if there is none or, with verify, if a file differs from its hash."""
        try:
            manifest = Manifest.from_json(self.read(MANIFEST))
            altered = manifest.altered_files(self.folder) if verify else []
        except (OSError, ValueError):
            return None
        return None if altered else manifest


@dataclass(frozen=True)
class Manifest:
    """What a report was built from, and the hash of each of its files.

    manifest.json has it as one object, schema "gktools.manifest/1", its keys in this order:

        schema     "gktools.manifest/1"
        office     {"code", "name"}: the office by its code and its full name at the end of the year
        year       the report year
        inputs     SHA-256 in hex of each input by its name: records, parameters, last_year, notebook, gktools,
                   libraries, and member:<office code> for each office of a government
        as_of      the number of the last import that the records contain; 0 for an office without records
        registers  the registers counted: [{"name", "rows", "sha256"}]
        findings   how many findings there are, by severity
        rules      how many findings there are, by severity and code
        decisions  only if there are: the counting rules that a person decided, [{"rule", "value", "person", "reason"}]
        outputs    SHA-256 in hex of each file of the report by its name, without the manifest itself

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

    @classmethod
    def from_json(cls, text: str | bytes) -> Manifest:
        """Return the manifest that manifest.json contains. Raises ValueError if it is not one, also in a single value."""
        data = parse_json(text)
        if not isinstance(data, dict):
            raise ValueError(MANIFEST)
        office, rules = _mapping(data.get("office", {}), object), data.get("rules")
        return cls(
            code=_checked(str, office.get("code", "")),
            name=_checked(str, office.get("name", "")),
            year=_checked(int, data.get("year", 0)),
            inputs=_mapping(data.get("inputs", {}), str),
            as_of=None if data.get("as_of") is None else _checked(int, data["as_of"]),
            registers=_mappings(data.get("registers", [])),
            findings=_mapping(data.get("findings", {}), int),
            rules=None
            if rules is None
            else {key: _mapping(counts, int) for key, counts in _mapping(rules, object).items()},
            outputs={_file_name(name): digest for name, digest in _mapping(data.get("outputs"), str).items()},
            decisions=_mappings(data["decisions"]) if "decisions" in data else (),
        )

    def to_json(self) -> str:
        """Return the text of manifest.json."""
        data = {
            "schema": _SCHEMA,
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
        return [name for name, digest in self.outputs.items() if _hash_of(folder / name) != digest]


def _checked(kind: type[_T], value: object) -> _T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{MANIFEST}: {value!r:.40} is no {kind.__name__}")
    return value


def _mapping(value: object, kind: type[_T]) -> dict[str, _T]:
    return {name: _checked(kind, each) for name, each in _checked(dict, value).items()}


def _mappings(value: object) -> list[dict[str, object]]:
    return [_mapping(each, object) for each in _checked(list, value)]


def _file_name(name: str) -> str:
    """Return the name of a file of a report. Raises ValueError if it leads out of the report's folder."""
    if name in ("", ".", "..") or set(name) & set("/\\\0"):
        raise ValueError(f"{MANIFEST}: {name!r:.40} is no file name")
    return name


def year_folder(home: Path, year: int) -> Path:
    """Return the folder of a year's reports."""
    return home / OUTPUT / str(year)


def hash_bytes(data: bytes) -> str:
    """Return the SHA-256 of data, in hex."""
    return sha256(data).hexdigest()


def _hash_of(path: Path) -> str:
    try:
        return hash_bytes(read_regular(path, follow=False))
    except OSError:
        return ""
