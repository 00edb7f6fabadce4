"""What the last batch made or found unchanged, so that the next need not read it all again: a shortcut, never the truth.

An entry holds while the hash of what a report is made from is the same (of its records: of their imports), and every
file of the report has the size and the time it had. Where it does not hold, the files themselves are looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any

from .deadlines import with_additions
from .manifests import MANIFEST, OUTPUT
from .offices import Office
from .params import Project, ReportParams
from .runs import NOTEBOOK, program_hashes

NAME = ".seen.json"


class Seen:
    """The reports of one year as they were when they were last looked at."""

    def __init__(self, project: Project, year: int, marks: Mapping[str, str]) -> None:
        self._folder = project.home / OUTPUT / str(year)
        self._marks = marks
        calendar = with_additions(project.calendar()).digest()
        self._common = json.dumps([program_hashes(project.home / NOTEBOOK), calendar])
        self._entries = self._read()

    def made_from(self, office: Office, params: ReportParams, more: Iterable[str] = ()) -> str:
        """Return a hash of all that an office's report is made from now; more is what it takes from others."""
        parts = (self.mark(office.code), repr(office), params.model_dump_json(), self._common, *more)
        return sha256("\0".join(parts).encode()).hexdigest()

    def mark(self, code: str) -> str:
        """Return what tells whether an office's records have changed."""
        return self._marks.get(code, "")

    def standing(self, office: Office, params: ReportParams) -> str:
        """Return a hash of all that an office's report is made from now, and of its files as they stand."""
        return self.made_from(office, params, [json.dumps(self._files(office.code))])

    def findings(self, code: str, made_from: str) -> dict[str, int] | None:
        """Return the findings of a report that is as it was, by severity; None if it has to be looked at."""
        entry = self._entries.get(code)
        if not entry or entry["made_from"] != made_from or entry["files"] != self._files(code):
            return None
        return dict(entry["findings"])

    def keep(self, code: str, made_from: str, findings: Mapping[str, int]) -> None:
        """Remember a report as it is now."""
        self._entries[code] = {"made_from": made_from, "findings": dict(findings), "files": self._files(code)}

    def write(self) -> None:
        """Write down what is remembered."""
        path, new = self._folder / NAME, self._folder / f"{NAME}.new"
        with suppress(OSError):  # the next batch looks at the files themselves
            if self._folder.is_dir():
                new.write_text(json.dumps(self._entries), encoding="utf-8")
                new.replace(path)

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads((self._folder / NAME).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _files(self, code: str) -> dict[str, list[int]] | None:
        """Size and time of every file of a report; None if there is none."""
        try:
            facts = {path.name: path.stat() for path in (self._folder / code).iterdir()}
        except OSError:
            return None
        return {name: [s.st_size, s.st_mtime_ns] for name, s in sorted(facts.items())} if MANIFEST in facts else None
