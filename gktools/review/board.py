"""The board of a year as one person may see it, read from files and the log; what has not changed is not read again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from ..build.failures import FAILED_LOG
from ..build.index_page import deadline
from ..checks.comparison import continuity_rules
from ..checks.rules import rules
from ..figures.counting.measures import MEASURES
from ..findings import Severity, count_rules
from ..forms.notices import load_format
from ..inputs.members import REPORT_FILE
from ..registers.store.store import open_store
from ..workspace.offices import Office
from ..workspace.output import MANIFEST, ReportRef
from ..workspace.project import Project
from ..workspace.report_data import read_report_data
from .decisions import judged
from .log import Log, LogEntry
from .people import capacities, readable
from .progress import Facts, ReviewProgress, Tally, progress
from .seal import PUBLISHED, Seal, read_seal
from .state import ReviewState, review_state

_SEALED = ("signed", "returned", "published", "corrected")
"""The kinds of entries after which it matters what the files are, byte by byte."""


_Read = TypeVar("_Read")


@dataclass
class Boards:
    """Reads the boards of a working folder; keeps what it read as long as files and log are what they were."""

    home: Path
    _kept: dict[tuple[str, ReportRef], tuple[Any, Any]] = field(default_factory=dict)
    _entries: dict[int, list[LogEntry]] = field(default_factory=dict)
    _turn: Lock = field(default_factory=Lock)

    def read(self, project: Project, year: int, person: str, today: date) -> list[ReviewProgress]:
        """Return how far every office has come whose report the person may see, in the order of the book."""
        with self._turn:
            return self._read(project, year, person, today)

    def _read(self, project: Project, year: int, person: str, today: date) -> list[ReviewProgress]:
        with open_store(self.home) as store:
            handed_in = store.handed_in(year)
            entries = self._by_office(Log(store, self.home), year)
        seen = readable(project, person)
        offices = [office for office in project.offices(year) if office.code in seen]
        return [
            progress(
                office,
                self._facts(office, year, handed_in.get(office.code, set()), entries.get(office.code, [])),
                capacities(project, office.code, today),
                deadline(year, office.kind.key),
            )
            for office in offices
        ]

    def _facts(self, office: Office, year: int, handed_in: Iterable[str], entries: Sequence[LogEntry]) -> Facts:
        ref = ReportRef(self.home, office.code, year)
        stands = self._standing(ref, entries)
        tally = self._tally(ref, stands, entries)
        return Facts(frozenset(handed_in), _asked_for(year), tally, (ref.folder / FAILED_LOG).exists(), stands)

    def _by_office(self, log: Log, year: int) -> dict[str, list[LogEntry]]:
        """The entries of a year; only those are read that have come since the last time."""
        known = self._entries.get(year, [])
        new = log.entries(year=year, since=known[-1].number if known else 0)
        if known and (not new or new[0].hash != known[-1].hash):  # another log: a store restored
            known, new = [], log.entries(year=year)
        self._entries[year] = [*known, *(new[1:] if known else new)]
        found: dict[str, list[LogEntry]] = {}
        for entry in self._entries[year]:
            found.setdefault(entry.code, []).append(entry)
        return found

    def _standing(self, ref: ReportRef, entries: Sequence[LogEntry]) -> ReviewState:
        if not entries:
            return ReviewState(None)
        seal = self._seal(ref) if any(entry.kind in _SEALED for entry in entries) else None
        mark = (entries[-1].hash, seal)
        return self._once("standing", ref, mark, lambda: review_state(entries, seal))

    def _seal(self, ref: ReportRef) -> Seal | None:
        mark = tuple(_facts_of(ref.folder / name) for name in PUBLISHED.values())
        return self._once("seal", ref, mark, lambda: read_seal(ref))

    def _tally(self, ref: ReportRef, stands: ReviewState, entries: Sequence[LogEntry]) -> Tally | None:
        manifest_facts = _facts_of(ref.folder / MANIFEST)
        if manifest_facts is None:
            return None
        mark = (manifest_facts, entries[-1].hash if stands.verdicts else "")
        return self._once("tally", ref, mark, lambda: _read_tally(ref, stands))

    def _once(self, what: str, ref: ReportRef, mark: object, read: Callable[[], _Read]) -> _Read:
        """What was read under the same mark, or read now."""
        held = self._kept.get((what, ref))
        if held is None or held[0] != mark:
            held = self._kept[what, ref] = (mark, read())
        found: _Read = held[1]
        return found


@lru_cache
def _asked_for(year: int) -> frozenset[str]:
    """The registers without which a table of the year's report has cells that nobody knows."""
    measures = {form.counts(cell) for form in load_format(year).forms for cell in form.cells}
    return frozenset(key for measure in measures if measure for key in MEASURES[measure].registers)


def _facts_of(path: Path) -> tuple[int, ...] | None:
    """What tells a file from the one that stood there before, without reading it, also where its time was set back."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size, facts.st_ino


def _read_tally(ref: ReportRef, stands: ReviewState) -> Tally | None:
    """The findings that are open: as the manifest counts them, from the report itself where somebody has judged some."""
    manifest = ref.manifest(verify=False)
    if manifest is None:
        return None
    if manifest.rules is not None and not stands.verdicts:
        return dict(manifest.rules)
    report = read_report_data((ref.folder / REPORT_FILE).read_bytes())
    return count_rules(one.finding for one in judged(report.findings, stands) if one.open)


@dataclass(frozen=True)
class CommonError:
    """A rule that many reports break: what it is called, what to do, and how many offices and findings that is."""

    code: str
    title: str
    remedy: str
    offices: int
    findings: int
    blocks: bool


def commonest(board: Iterable[ReviewProgress], most: int = 5) -> list[CommonError]:
    """Return the rules that most offices break, hints aside; of equals those first that forbid publication."""
    offices, findings, blocking = Counter[str](), Counter[str](), set[str]()
    for one in board:
        offices.update(one.codes)
        for severity in (Severity.BLOCK, Severity.EXPLAIN):
            findings.update(one.tally.get(severity, {}))
        blocking.update(one.tally.get(Severity.BLOCK, {}))
    known = rules() | continuity_rules()
    listed = sorted(offices, key=lambda code: (-offices[code], code not in blocking, code))[:most]
    return [
        CommonError(
            code,
            known[code].title if code in known else code,
            known[code].remedy.format_map(_Whatever()) if code in known else "",
            offices[code],
            findings[code],
            code in blocking,
        )
        for code in listed
    ]


class _Whatever(dict[str, str]):
    """Fills what a remedy says of one place in particular with dots: here it is for many."""

    def __missing__(self, _: str) -> str:
        return "……"
