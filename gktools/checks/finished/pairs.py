"""Finished tables in files: consecutive years of one office compared, others said not to be."""

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
from ..year_on_year.statements import check_year_on_year
from .figures import figures_subject


def check_pairs(paths: Iterable[Path]) -> list[Finding]:
    """Return what is wrong between the years of finished tables in files, office by office.

    Years apart are not compared, and that is said. Raises RecordsError for a file that is not one of figures.
    """
    by_office: dict[str, list[Subject]] = defaultdict(list)
    for subject in map(figures_subject, paths):
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
    look = Comparison(after, printed(before))
    for check in (check_relations, check_pending, check_sudden, check_year_on_year):
        yield from check(look)


def printed(subject: Subject) -> PreviousYear:
    """Return the figures of a finished report as those of the year before."""
    figures = {
        key: {cell: figure for cell, figure in table.figures.items() if not isinstance(figure, Unknown)}
        for key, table in subject.tables.items()
    }
    origins = dict.fromkeys(figures, ("file",))
    return PreviousYear(subject.year, subject.official, figures, origins, (subject.office.name,))
