"""A report as one person sees it in one request: its content, review state, decisions and signers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache

from markupsafe import Markup

from ..errors import GktoolsError, ReviewError
from ..findings import Severity
from ..report.review_data import ReviewJson
from ..workspace.files import file_stamp
from ..workspace.output import BEFORE, NOTEBOOK_FILE, REPORT_FILE, ReportRef, hash_bytes
from ..workspace.project import Project
from ..workspace.report_data import ReportCell, ReportData, read_report_data
from ..workspace.seals import file_hashes
from .actions import read_report
from .decisions import DecidedFinding, open_findings, with_decisions
from .log import Log, LogEntry
from .people import Capacity, Step, capacities
from .seal import read_seal
from .state import ReviewState, last_seen, review_state


@dataclass(frozen=True, eq=False)
class ReviewContext:
    """A report with its review state, for one person.

    report is the content of report.json, hashes are those of its bytes (seals.file_hashes); review is the additional data of
    the review page, of the notebook whose hash is notebook; signers are the capacities in which people may sign today.
    """

    ref: ReportRef
    person: str
    report: ReportData
    hashes: tuple[str, ...]
    review: ReviewJson
    pictures: Markup
    entries: Sequence[LogEntry]
    state: ReviewState
    signers: tuple[Capacity, ...]
    notebook: str = ""

    @property
    def digest(self) -> str:
        """The hash of report.json, as a new entry has it."""
        return self.hashes[0]

    @property
    def steps(self) -> set[Step]:
        """The steps that this person may sign today."""
        return {c.step for c in self.signers if c.person == self.person}

    @cached_property
    def findings(self) -> list[DecidedFinding]:
        """The findings, each with the decision about it."""
        return with_decisions(self.report.findings, self.state)

    def open(self, severity: Severity) -> int:
        """Return the number of open findings of a severity."""
        return len(open_findings(self.findings, severity))

    @property
    def open_comments(self) -> int:
        """The number of open comments."""
        return sum(not one.closed_by for one in self.state.comments)

    @property
    def last_view(self) -> LogEntry | None:
        """The log entry of this person's last view, signature or return of the report; None if there is none."""
        seen = [e for e in self.entries if e.person == self.person and e.body.seen_report]
        return seen[-1] if seen else None

    def last_seen_report(self, log: Log) -> ReportData | None:
        """Return the report as this person last viewed it; None if they never did."""
        seen = last_seen(self.entries, self.person)
        return None if seen is None else _parsed(log.get_blob(seen))

    @property
    def before(self) -> ReportData | None:
        """The report before its last change; None if it has never changed."""
        try:
            return _parsed(self.ref.read(BEFORE))
        except OSError:
            return None

    @property
    def last_year_figures(self) -> Mapping[str, Sequence[ReportCell]]:
        """The known figures of last year by table, from any source."""
        return {key: tuple(map(ReportCell.from_json, cells)) for key, cells in self.review["last_year"].items()}

    @property
    def last_year(self) -> ReportData | None:
        """Last year's report of the office; None unless it is complete."""
        then = replace(self.ref, year=self.ref.year - 1)
        manifest = then.manifest()
        try:
            return _parsed(then.read_listed(REPORT_FILE, manifest)) if manifest else None
        except (OSError, ValueError):
            return None


def load_review_context(project: Project, log: Log, ref: ReportRef, person: str, today: date) -> ReviewContext:
    """Return the current report with its review state, for a person. Raises ReviewError if it is not complete."""
    content = read_report(ref)
    try:
        report = read_report_data(content)
        review, pictures, notebook = _read_notebook(ref, file_stamp(ref.folder / NOTEBOOK_FILE))
    except (OSError, TypeError, ValueError, KeyError, GktoolsError) as error:
        raise ReviewError(
            "这份报告是旧版本的程序做的，审阅要的内容读不出来：请重做一次（gktools build --force）"
        ) from error
    entries = log.entries(ref.code, ref.year)
    return ReviewContext(
        ref,
        person,
        report,
        file_hashes(content),
        review,
        pictures,
        entries,
        review_state(entries, read_seal(ref)),
        tuple(capacities(project, ref.code, today)),
        notebook,
    )


@lru_cache(maxsize=32)
def _read_notebook(ref: ReportRef, _: object) -> tuple[ReviewJson, Markup, str]:
    """The review data and pictures stored in a report's notebook, and its hash, cached until the file changes."""
    import nbformat

    from ..render.page import pictures, review_in
    from ..render.pictures import draw_pictures

    content = ref.read_written(NOTEBOOK_FILE)
    executed = nbformat.reads(content.decode(), as_version=4)
    return review_in(executed), draw_pictures(pictures(executed)), hash_bytes(content)


def _parsed(content: bytes) -> ReportData:
    try:
        return read_report_data(content)
    except ValueError:
        raise ReviewError("原来的报告读不出来，没法比较；请重做一次报告") from None
