"""A report as a person finds it at one moment: its files, where it stands, what was decided, who may do what."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ..errors import GktoolsError, ReviewError
from ..inputs.members import REPORT_FILE
from ..workspace.output import BEFORE, OUTPUT, hash_bytes, read_manifest
from ..workspace.project import Project
from .actions import read_report
from .log import LogEntry, Log
from .people import Capacity, Step, capacities
from .seal import read_seal
from .state import ReviewState, last_seen, review_state
from .decisions import Judged, judged, open_blocks

Json = dict[str, Any]


@dataclass(frozen=True, eq=False)
class ReviewContext:
    """report is report.json and digest its SHA-256, review what the review page shows beside it; known is who may sign."""

    project: Project
    code: str
    year: int
    person: str
    report: Json
    digest: str
    review: Json
    pictures: Markup
    entries: Sequence[LogEntry]
    standing: ReviewState
    known: tuple[Capacity, ...]

    @property
    def steps(self) -> set[Step]:
        """The steps that this person may sign today."""
        return {c.step for c in self.known if c.person == self.person}

    @cached_property
    def findings(self) -> list[Judged]:
        """The findings, each with what was decided about it."""
        return judged(self.report["findings"], self.standing)

    @property
    def blocks(self) -> int:
        """How many findings forbid publication still."""
        return len(open_blocks(self.findings))

    @property
    def unclosed(self) -> int:
        """How many comments are not closed."""
        return sum(not one.closed_by for one in self.standing.comments)

    @property
    def last_look(self) -> LogEntry | None:
        """When this person last looked, signed or sent back; None for never."""
        seen = [e for e in self.entries if e.person == self.person and "report" in e.body]
        return seen[-1] if seen else None

    def seen_then(self, log: Log) -> Json | None:
        """The report as this person last saw it; None for never."""
        seen = last_seen(self.entries, self.person)
        return None if seen is None else _parsed(log.get_blob(seen))

    @property
    def before(self) -> Json | None:
        """The report that stood there before it was last made otherwise; None if there was none."""
        return _read(self._folder(self.year) / BEFORE)

    @property
    def last_year(self) -> Json | None:
        """Last year's report of the office, if it stands whole; None otherwise."""
        whole = read_manifest(self.project.home, self.code, self.year - 1)
        return _read(self._folder(self.year - 1) / REPORT_FILE) if whole else None

    def _folder(self, year: int) -> Path:
        return self.project.home / OUTPUT / str(year) / self.code


def load_review_context(project: Project, log: Log, code: str, year: int, person: str, today: date) -> ReviewContext:
    """Return a report as a person finds it now. Raises ReviewError if it does not stand whole."""
    content = read_report(project.home, code, year)
    notebook = project.home / OUTPUT / str(year) / code / "report.ipynb"
    try:
        facts = notebook.stat()
        review, pictures = _beside(notebook, facts.st_mtime_ns, facts.st_size)
    except (OSError, TypeError, ValueError, KeyError, GktoolsError) as error:
        raise ReviewError(
            "这份报告是旧版本的程序做的，审阅要的内容读不出来：请重做一次（gktools build --force）"
        ) from error
    entries = log.entries(year, code)
    return ReviewContext(
        project,
        code,
        year,
        person,
        json.loads(content),
        hash_bytes(content),
        review,
        pictures,
        entries,
        review_state(entries, read_seal(project.home, code, year)),
        tuple(capacities(project, code, today)),
    )


@lru_cache(maxsize=32)
def _beside(notebook: Path, *_: int) -> tuple[Json, Markup]:
    """What the notebook of a report holds beside report.json; read and drawn once as long as it is what it was."""
    import nbformat

    from ..render.page import marked_json, pictures
    from ..render.pictures import draw_pictures
    from ..report.report import REVIEW

    executed = nbformat.read(notebook, as_version=4)
    return marked_json(executed, REVIEW), draw_pictures(pictures(executed))


def _read(path: Path) -> Json | None:
    return _parsed(path.read_bytes()) if path.is_file() else None


def _parsed(content: bytes) -> Json:
    try:
        report: Json = json.loads(content)
    except ValueError:
        raise ReviewError("原来的报告读不出来，没法比较；请重做一次报告") from None
    return report
