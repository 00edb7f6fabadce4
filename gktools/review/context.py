"""A report as a person finds it at one moment: its files, where it stands, what was decided, who may do what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path

from markupsafe import Markup

from ..errors import GktoolsError, ReviewError
from ..inputs.members import REPORT_FILE
from ..report.review_data import ReviewJson
from ..workspace.output import BEFORE, ReportRef, hash_bytes
from ..workspace.project import Project
from ..workspace.report_data import ReportCell, ReportData, read_report_data
from .actions import read_report
from .decisions import Judged, judged, open_blocks
from .log import Log, LogEntry
from .people import Capacity, Step, capacities
from .seal import read_seal
from .state import ReviewState, last_seen, review_state


@dataclass(frozen=True, eq=False)
class ReviewContext:
    """report is what report.json says and digest its SHA-256, review what the review page shows beside it; known is who may sign."""

    ref: ReportRef
    person: str
    report: ReportData
    digest: str
    review: ReviewJson
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
        return judged(self.report.findings, self.standing)

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
        seen = [e for e in self.entries if e.person == self.person and e.body.seen_report]
        return seen[-1] if seen else None

    def seen_then(self, log: Log) -> ReportData | None:
        """The report as this person last saw it; None for never."""
        seen = last_seen(self.entries, self.person)
        return None if seen is None else _parsed(log.get_blob(seen))

    @property
    def before(self) -> ReportData | None:
        """The report that stood there before it was last made otherwise; None if there was none."""
        return _read(self.ref.folder / BEFORE)

    @property
    def figures_of_last_year(self) -> Mapping[str, Sequence[ReportCell]]:
        """Last year's figures by table, wherever they come from, as far as they are known."""
        return {key: tuple(map(ReportCell.from_json, cells)) for key, cells in self.review["last_year"].items()}

    @property
    def last_year(self) -> ReportData | None:
        """Last year's report of the office, if it stands whole; None otherwise."""
        then = replace(self.ref, year=self.ref.year - 1)
        return _read(then.folder / REPORT_FILE) if then.manifest() else None


def load_review_context(project: Project, log: Log, ref: ReportRef, person: str, today: date) -> ReviewContext:
    """Return a report as a person finds it now. Raises ReviewError if it does not stand whole."""
    content = read_report(ref)
    notebook = ref.folder / "report.ipynb"
    try:
        report = read_report_data(content)
        facts = notebook.stat()
        review, pictures = _beside(notebook, facts.st_mtime_ns, facts.st_size)
    except (OSError, TypeError, ValueError, KeyError, GktoolsError) as error:
        raise ReviewError(
            "这份报告是旧版本的程序做的，审阅要的内容读不出来：请重做一次（gktools build --force）"
        ) from error
    entries = log.entries(ref.code, ref.year)
    return ReviewContext(
        ref,
        person,
        report,
        hash_bytes(content),
        review,
        pictures,
        entries,
        review_state(entries, read_seal(ref)),
        tuple(capacities(project, ref.code, today)),
    )


@lru_cache(maxsize=32)
def _beside(notebook: Path, *_: int) -> tuple[ReviewJson, Markup]:
    """What the notebook of a report holds beside report.json; read and drawn once as long as it is what it was."""
    import nbformat

    from ..render.page import pictures, review_in
    from ..render.pictures import draw_pictures

    executed = nbformat.read(notebook, as_version=4)
    return review_in(executed), draw_pictures(pictures(executed))


def _read(path: Path) -> ReportData | None:
    return _parsed(path.read_bytes()) if path.is_file() else None


def _parsed(content: bytes) -> ReportData:
    try:
        return read_report_data(content)
    except ValueError:
        raise ReviewError("原来的报告读不出来，没法比较；请重做一次报告") from None
