"""Comparison of consecutive years of one office, for finished tables in files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from ...findings import Finding
from ..comparison import Comparison, make_finding
from ..subject import Place, Subject
from ..year_on_year.figures import check_pending, check_relations, check_sudden
from ..year_on_year.statements import check_stated_changes
from .figures import as_previous_year, read_subject


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
