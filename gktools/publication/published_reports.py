"""The published reports with their versions, computed from the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ..review.log import LogEntry
from ..review.state import Publication, review_state
from ..workspace.offices import office_kinds


@dataclass(frozen=True, eq=False)
class PublishedReport:
    """The published report of an office and year, with all its versions, oldest first."""

    code: str
    year: int
    versions: tuple[Publication, ...]

    @property
    def newest(self) -> Publication:
        """The newest version."""
        return self.versions[-1]

    @property
    def name(self) -> str:
        """The name of the office when the newest version was published."""
        return self.newest.body.name

    @property
    def folder(self) -> str:
        """The path of its folder on the site."""
        return f"{self.year}/{self.code}"


def published_reports(entries: Iterable[LogEntry]) -> list[PublishedReport]:
    """Return the reports published according to the log, newest year first, then by kind of office and code."""
    found: defaultdict[tuple[int, str], list[LogEntry]] = defaultdict(list)
    for entry in entries:
        if entry.kind in ("published", "corrected"):
            found[entry.year, entry.code].append(entry)
    listed = [PublishedReport(code, year, review_state(own, None).versions) for (year, code), own in found.items()]
    kinds = list(office_kinds())
    return sorted(listed, key=lambda one: (-one.year, kinds.index(one.newest.body.kind), one.code))
