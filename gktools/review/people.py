"""Who may sign what, and who may see whose report: it stands in params/offices.yaml, by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ..workspace.params_models import People, ancestors
from ..workspace.project import Project


class Step(StrEnum):
    """The three steps of signing, in their order."""

    HANDLER = "handler"
    DEPUTY = "deputy"
    HEAD = "head"

    @property
    def label(self) -> str:
        """The step as staff call it."""
        return {"handler": "经办人确认", "deputy": "分管领导复核", "head": "主要领导审批"}[self.value]


@dataclass(frozen=True)
class Capacity:
    """In what capacity a person may sign a step: for whom it is done, or that the district sent the person."""

    step: Step
    person: str
    on_behalf_of: str = ""
    from_district: bool = False

    @property
    def label(self) -> str:
        """The capacity as it is shown beside a signature."""
        if self.on_behalf_of:
            return f"{self.step.label}（{self.person} 代 {self.on_behalf_of} 签）"
        return f"{self.step.label}（{self.person}{'，区里代行' if self.from_district else ''}）"


def capacities(project: Project, code: str, day: date) -> list[Capacity]:
    """Return who may sign which step of an office's report on a day: its own people, stand-ins, those of the district."""
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
    """Return in what capacity a person may sign a step; None if not at all."""
    return next((c for c in capacities(project, code, day) if (c.person, c.step) == (person, step)), None)


def offices_of(project: Project, person: str) -> set[str]:
    """Return the codes of the offices at which a person is named in any capacity, stand-ins on any day among them."""
    return {code for code, entry in project.book.items() if person in names(entry.people)}


def names(people: People) -> set[str]:
    """Return everyone who is named at an office."""
    listed = {getattr(side, step) for side in (people, people.from_district) for step in Step}
    return {name for name in listed if name} | {other.person for other in people.stand_ins}


def may_read(project: Project, person: str, code: str) -> bool:
    """Whether a person may see an office's report: named there, or at an office above it, or at its government."""
    return code in project.book and bool(_over(project, code) & _authority(project, person))


def readable(project: Project, person: str) -> set[str]:
    """Return the codes of all offices whose reports a person may see."""
    authority = _authority(project, person)
    return {code for code in project.book if _over(project, code) & authority}


def _authority(project: Project, person: str) -> set[str]:
    """The offices that a person speaks for: where named, and the government whose whole report is signed there."""
    named = offices_of(project, person)
    return named | {rolled for code in named if (rolled := project.book[code].rolls_up)}


def _over(project: Project, code: str) -> set[str]:
    """An office, those above it, and the government that it is the sum of."""
    own = project.book[code].rolls_up or code
    return {code, own, *ancestors(own, project.book)}
