"""Comparison of consecutive years of one office, for finished tables in files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from ...figures.previous_year import PreviousYear
from ...figures.table import Unknown
from ...findings import Finding
from ..comparison import Comparison, make_finding
from ..subject import Place, Subject
from ..year_on_year.figures import check_pending, check_relations, check_sudden
from ..year_on_year.statements import check_stated_changes
from .figures import read_subject


def check_pairs(paths: Iterable[Path]) -> list[Finding]:
    """Return the findings about consecutive years of finished tables in files, by office.

    For years that are not consecutive, a finding says that they are not compared. Raises RecordsError for an invalid
    file.
    """
    by_office: dict[str, list[Subject]] = defaultdict(list)
    for subject in map(read_subject, paths):
        by_office[subject.office.name].append(subject)
    found: list[Finding] = []
    for subjects in by_office.values():
        for before, after in pairwise(sorted(subjects, key=lambda subject: subject.year)):
            found += _check_pair(before, after)
    return list(dict.fromkeys(found))


def _check_pair(before: Subject, after: Subject) -> Iterator[Finding]:
    if after.year == before.year:
        return
    if after.year != before.year + 1:
        yield make_finding(
            after, "text.years-apart", Place(section="title"), found=before.year, expected=after.year - 1
        )
        return
    comparison = Comparison(after, as_previous_year(before))
    for check in (check_relations, check_pending, check_sudden, check_stated_changes):
        yield from check(comparison)


def as_previous_year(subject: Subject) -> PreviousYear:
    """Return the figures of a finished report as those of the previous year."""
    figures = {
        key: {cell: figure for cell, figure in table.figures.items() if not isinstance(figure, Unknown)}
        for key, table in subject.tables.items()
    }
    origins = dict.fromkeys(figures, ("file",))
    return PreviousYear(subject.year, subject.official, figures, origins, (subject.office.name,))
