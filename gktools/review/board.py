"""The board of a year as one person may see it, read from files and the log, with a cache of what has not changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from ..build.failures import FAILED_LOG
from ..build.staleness import StaleReports
from ..checks.comparison import year_on_year_rules
from ..checks.rules import rules
from ..figures.counting.measures import MEASURES
from ..findings import Severity, count_rules
from ..forms.notices import deadline, load_format
from ..registers.store.opening import open_store
from ..report.queries.lost_offices import LostOffice, lost_offices
from ..workspace.files import file_stamp
from ..workspace.offices import Office
from ..workspace.output import MANIFEST, REPORT_FILE, ReportRef
from ..workspace.project import Project
from ..workspace.report_data import read_report_data
from .decisions import with_decisions
from .log import Log, LogEntry
from .people import capacities, readable
from .progress import Facts, ReviewProgress, Tally, progress
from .seal import PUBLISHED, Seal, read_seal
from .state import ReviewState, review_state

_KINDS_WITH_SEAL = ("signed", "returned", "published", "corrected")
"""The kinds of log entries that refer to a seal: after one of these the files have to be hashed."""


_Read = TypeVar("_Read")


@dataclass
class Boards:
    """The boards of a working folder, cached while files and log are unchanged."""

    home: Path
    _cache: dict[tuple[str, ReportRef], tuple[Any, Any]] = field(default_factory=dict)
    _entries: dict[int, list[LogEntry]] = field(default_factory=dict)
    _stale: StaleReports = field(default_factory=StaleReports)
    _lock: Lock = field(default_factory=Lock)

    def stale_inputs(self, project: Project, ref: ReportRef) -> tuple[str, ...]:
        """Return what makes a report stale, as staff call it; empty if it stands."""
        with open_store(self.home) as store:
            imports = store.import_fingerprints()
        office = project.office(ref.code, ref.year)
        return self._stale.read(project, ref.year, [office], imports)[ref.code] or ()

    def lost(self, project: Project) -> list[LostOffice]:
        """Return the offices whose registers are under a code that the office book does not have."""
        with open_store(self.home) as store:
            return lost_offices(project, store)

    def read(self, project: Project, year: int, person: str, today: date) -> list[ReviewProgress]:
        """Return the progress of every office whose report the person may see, in the order of the office book."""
        with open_store(self.home) as store:
            handed_in = store.handed_in(year)
            with self._lock:
                entries = self._by_office(Log(store, self.home), year)
            imports = store.import_fingerprints()
        seen = readable(project, person)
        offices = [office for office in project.offices(year) if office.code in seen]
        stale = self._stale.read(project, year, offices, imports)
        return [
            progress(
                office,
                replace(
                    self._facts(office, year, handed_in.get(office.code, set()), entries.get(office.code, [])),
                    stale=stale[office.code],
                ),
                capacities(project, office.code, today),
                deadline(year, office.kind.key),
            )
            for office in offices
        ]

    def _facts(self, office: Office, year: int, handed_in: Iterable[str], entries: Sequence[LogEntry]) -> Facts:
        ref = ReportRef(self.home, office.code, year)
        state = self._state(ref, entries)
        tally = self._tally(ref, state, entries)
        return Facts(frozenset(handed_in), required_registers(year), tally, (ref.folder / FAILED_LOG).exists(), state)

    def _by_office(self, log: Log, year: int) -> dict[str, list[LogEntry]]:
        """The log entries of a year by office code; only entries added since the last call are read."""
        known = self._entries.get(year, [])
        new = log.entries(year=year, since=known[-1].number if known else 0)
        if known and (not new or new[0].hash != known[-1].hash):  # a different log: the store was restored
            known, new = [], log.entries(year=year)
        self._entries[year] = [*known, *(new[1:] if known else new)]
        found: dict[str, list[LogEntry]] = {}
        for entry in self._entries[year]:
            found.setdefault(entry.code, []).append(entry)
        return found

    def _state(self, ref: ReportRef, entries: Sequence[LogEntry]) -> ReviewState:
        if not entries:
            return ReviewState(None)
        seal = self._seal(ref) if any(entry.kind in _KINDS_WITH_SEAL for entry in entries) else None
        key = (entries[-1].hash, seal)
        return self._cached("state", ref, key, lambda: review_state(entries, seal))

    def _seal(self, ref: ReportRef) -> Seal:
        key = tuple(file_stamp(ref.folder / name) for name in PUBLISHED.values())
        return self._cached("seal", ref, key, lambda: read_seal(ref))

    def _tally(self, ref: ReportRef, state: ReviewState, entries: Sequence[LogEntry]) -> Tally | None:
        manifest_stamp = file_stamp(ref.folder / MANIFEST)
        if manifest_stamp is None:
            return None
        key = (manifest_stamp, entries[-1].hash if state.decisions else "")
        return self._cached("tally", ref, key, lambda: _read_tally(ref, state))

    def _cached(self, what: str, ref: ReportRef, key: object, read: Callable[[], _Read]) -> _Read:
        """Return the cached value if its key is unchanged, otherwise read it now."""
        held = self._cache.get((what, ref))
        if held is None or held[0] != key:
            held = self._cache[what, ref] = (key, read())
        found: _Read = held[1]
        return found


@lru_cache
def required_registers(year: int) -> frozenset[str]:
    """Return the registers that the tables of the year's report are counted from."""
    measures = {form.counts(cell) for form in load_format(year).forms for cell in form.cells}
    return frozenset(key for measure in measures if measure for key in MEASURES[measure].registers)


def _read_tally(ref: ReportRef, state: ReviewState) -> Tally | None:
    """The open findings: from the manifest, or from the report itself if any finding has a decision."""
    manifest = ref.manifest(verify=False)
    if manifest is None:
        return None
    if manifest.rules is not None and not state.decisions:
        return dict(manifest.rules)
    try:
        report = read_report_data(ref.read_written(REPORT_FILE))
    except (OSError, ValueError):
        return None
    return count_rules(one.finding for one in with_decisions(report.findings, state) if one.open)


@dataclass(frozen=True)
class CommonError:
    """A rule broken by many reports: its title, its remedy, and the numbers of offices and findings."""

    code: str
    title: str
    remedy: str
    offices: int
    findings: int
    blocks: bool


def commonest(board: Iterable[ReviewProgress], most: int = 5) -> list[CommonError]:
    """Return the rules broken by most offices, without hints; blocking rules first among equals."""
    offices, findings, blocking = Counter[str](), Counter[str](), set[str]()
    for one in board:
        offices.update(one.codes)
        for severity in (Severity.BLOCK, Severity.EXPLAIN):
            findings.update(one.tally.get(severity, {}))
        blocking.update(one.tally.get(Severity.BLOCK, {}))
    known = rules() | year_on_year_rules()
    listed = sorted(offices, key=lambda code: (-offices[code], code not in blocking, code))[:most]
    return [
        CommonError(
            code,
            known[code].title if code in known else code,
            known[code].remedy_of_many if code in known else "",
            offices[code],
            findings[code],
            code in blocking,
        )
        for code in listed
    ]
