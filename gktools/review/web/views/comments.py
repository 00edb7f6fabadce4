"""The comments of a report for a page: each with its place, its answers, and whether it is closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ....workspace import clock
from ....workspace.report_data import ReportData
from ...state import Comment
from .places import ReportPlace, find_place


@dataclass(frozen=True)
class CommentView:
    """The text of a comment or an answer, its author and time."""

    person: str
    at: str
    text: str


@dataclass(frozen=True)
class Thread:
    """A comment with its answers, and to whom it was passed on; its place has no anchor if the current report does not contain it."""

    number: int
    place: ReportPlace
    comment: CommentView
    answers: tuple[CommentView, ...]
    passed_to: str
    closed_by: str
    answered: bool


def threads(report: ReportData, comments: Sequence[Comment]) -> list[Thread]:
    """Return the comments of a report, open ones first, otherwise in their order."""
    found = [_thread(report, comment) for comment in comments]
    return sorted(found, key=lambda thread: bool(thread.closed_by))


def _thread(report: ReportData, one: Comment) -> Thread:
    place = find_place(report, one.place) or ReportPlace(one.place, "报告里现在没有这一处了", "")
    answers = tuple(CommentView(a.person, clock.shown(a.at), a.text) for a in one.answers)
    asked = CommentView(one.person, clock.shown(one.at), one.text)
    return Thread(one.number, place, asked, answers, one.passed_to, one.closed_by, one.answered)
