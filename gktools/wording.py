"""The words of all offices of a year beside each other: no report is made from another office's words, so this is a
check of the year, not of a report."""

from __future__ import annotations

from .checks import Subject
from .continuity import Words, check_offices
from .errors import ParamsError
from .findings import Finding
from .formats import load_format
from .params import Project


def check_wording(project: Project, year: int) -> list[Finding]:
    """Return every section of an office that is too much like another's of the year (G7), in the order of the book.

    An office whose parameters cannot be read is left out; they are told elsewhere.
    """
    official = load_format(year)
    words = []
    for office in project.offices(year):
        try:
            params = project.params(office.code, year)
        except ParamsError:
            continue
        if own := params.text.own():
            subject = Subject(office, year, official, official, {}, {}, "", params)
            words.append(Words(subject, own))
    return list(check_offices(words))
