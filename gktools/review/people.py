"""Permissions to sign and to read reports, from the names of people in params/offices.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ..workspace.office_book import OfficeEntry, People, ancestors, kept_for_book
from ..workspace.project import Project


class Step(StrEnum):
    """The three steps of signing, in order."""

    HANDLER = "handler"
    DEPUTY = "deputy"
    HEAD = "head"

    @property
    def label(self) -> str:
        """The Chinese label of the step."""
        return {"handler": "经办人确认", "deputy": "分管领导复核", "head": "主要领导审批"}[self.value]


@dataclass(frozen=True)
class Capacity:
    """The capacity in which a person may sign a step: on whose behalf, or as appointed by the district."""

    step: Step
    person: str
    on_behalf_of: str = ""
    from_district: bool = False

    @property
    def label(self) -> str:
        """The Chinese label of the capacity, shown beside a signature."""
        if self.on_behalf_of:
            return f"{self.step.label}（{self.person} 代 {self.on_behalf_of} 签）"
        return f"{self.step.label}（{self.person}{'，区里代行' if self.from_district else ''}）"


def capacities(project: Project, code: str, day: date) -> list[Capacity]:
    """Return the capacities for an office's report on a day: the office's own people, stand-ins, district appointees."""
    entry = project.book.get(code)
    if entry is None:
        return []
    people = entry.people
    found = []
    for step in Step:
        own, sent = getattr(people, step), getattr(people.from_district, step)
        named = own or sent
        if named:
            found.append(Capacity(step, named, from_district=not own))
        found += [
            Capacity(step, other.person, on_behalf_of=named or "", from_district=False)
            for other in people.stand_ins
            if other.step == step and other.since <= day <= other.until and other.person != named
        ]
    return found


def capacity(project: Project, code: str, person: str, step: Step, day: date) -> Capacity | None:
    """Return the capacity in which a person may sign a step; None if they may not."""
    return next((c for c in capacities(project, code, day) if (c.person, c.step) == (person, step)), None)


def handlers_of(project: Project, codes: Iterable[str], day: date) -> dict[str, list[str]]:
    """Return who may hand in registers on a day, by the code of the office."""
    return {code: [c.person for c in capacities(project, code, day) if c.step == Step.HANDLER] for code in codes}


def offices_of(project: Project, person: str) -> set[str]:
    """Return the codes of the offices that name a person in any capacity, including stand-ins on any day."""
    return set(_offices_by_person(project.book).get(person, ()))


@kept_for_book
def _offices_by_person(book: Mapping[str, OfficeEntry]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code, entry in book.items():
        for person in named_people(entry.people):
            found.setdefault(person, set()).add(code)
    return found


def named_people(people: People) -> set[str]:
    """Return the names of all people of an office."""
    listed = {getattr(side, step) for side in (people, people.from_district) for step in Step}
    return {name for name in listed if name} | {other.person for other in people.stand_ins}


def may_read(project: Project, person: str, code: str) -> bool:
    """Whether a person may read an office's report: named at it, at an office above it, or at its government."""
    return code in project.book and bool(_authorities_over(project, code) & _represented_offices(project, person))


def readers(project: Project, code: str) -> set[str]:
    """Return the names of all people who may read an office's report."""
    over = _authorities_over(project, code)
    named = (entry.people for other, entry in project.book.items() if over & {other, entry.rolls_up})
    return set().union(*map(named_people, named))


def readable(project: Project, person: str) -> set[str]:
    """Return the codes of all offices whose reports a person may read."""
    authority = _represented_offices(project, person)
    return {code for code in project.book if not authority.isdisjoint(_authorities_over(project, code))}


def _represented_offices(project: Project, person: str) -> set[str]:
    """The offices a person represents: those that name them, and the government whose report is signed there."""
    named = offices_of(project, person)
    return named | {rolled for code in named if (rolled := project.book[code].rolls_up)}


def _authorities_over(project: Project, code: str) -> frozenset[str]:
    """An office, the offices above it, and the government it rolls up."""
    return _authorities(project.book, code)


@kept_for_book
def _authorities(book: Mapping[str, OfficeEntry], code: str) -> frozenset[str]:
    own = book[code].rolls_up or code
    return frozenset((code, own, *ancestors(own, book)))
