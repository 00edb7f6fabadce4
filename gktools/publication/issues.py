"""What was published: every report on the site with its versions, as the log tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ..review.log import LogEntry
from ..review.state import Publication, review_state
from ..workspace.offices import office_kinds


@dataclass(frozen=True, eq=False)
class Issue:
    """The report of an office and year on the site, with every version that was published, the oldest first."""

    code: str
    year: int
    versions: tuple[Publication, ...]

    @property
    def newest(self) -> Publication:
        """The version that counts."""
        return self.versions[-1]

    @property
    def name(self) -> str:
        """The name of the office as it stood when the newest version was published."""
        return self.newest.body.name

    @property
    def folder(self) -> str:
        """Where it stands on the site."""
        return f"{self.year}/{self.code}"


def issues(entries: Iterable[LogEntry]) -> list[Issue]:
    """Return every report that the log says was published, the newest year first, within it by kind of office and code."""
    found: defaultdict[tuple[int, str], list[LogEntry]] = defaultdict(list)
    for entry in entries:
        if entry.kind in ("published", "corrected"):
            found[entry.year, entry.code].append(entry)
    listed = [Issue(code, year, review_state(own, None).versions) for (year, code), own in found.items()]
    kinds = list(office_kinds())
    return sorted(listed, key=lambda one: (-one.year, kinds.index(one.newest.body.kind), one.code))
