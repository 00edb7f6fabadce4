"""Offices: the body that reports, its name in each year, and its kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict

from ..forms.notices import deadline
from ..yamlfile import read_data


@dataclass(frozen=True)
class OfficeKind:
    """A kind of body: whether it is a people's government, and whether it may make 规章 (None: depends on the office).

    levels are the words for it in published reports; names matches the names that bodies of this kind have.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    key: str
    label: str
    government: bool
    may_make_rules: bool | None = None
    levels: tuple[str, ...] = ()
    names: str = ""


Scope = Literal["", "office", "government"]
"""Whose figures a report has: a government's own body, that body and all below it, or "" where there is no choice."""
SCOPES: dict[Scope, str] = {"": "", "office": "本政府机关", "government": "本级政府汇总"}


@dataclass(frozen=True)
class Office:
    """A reporting body as it was in one year: its name then, its kind, and whether it may make 规章.

    rolls_up is the code of the government whose offices' reports are added up in this one's; "" for all others.
    ended_on is its last day by the book, if that is in the year.
    """

    code: str
    name: str
    kind: OfficeKind
    parent: str = ""
    may_make_rules: bool | None = None
    rolls_up: str = ""
    scope: Scope = ""
    ended_on: date | None = None

    @property
    def scope_label(self) -> str:
        """The scope as printed; empty where there is no choice."""
        return SCOPES[self.scope]

    def due(self, year: int) -> date:
        """Return the last day on which its report of a year is to be published (条例 49)."""
        return deadline(year, self.kind.key if self.rolls_up else "default")

    @property
    def listed_name(self) -> str:
        """The name in a list of offices, where a government may appear twice."""
        return f"{self.name}（{self.scope_label}）" if self.rolls_up else self.name


@lru_cache
def office_kinds() -> dict[str, OfficeKind]:
    """Return every kind of body by its key (kinds.yaml)."""
    kinds: tuple[OfficeKind, ...] = read_data(Path(__file__).with_name("kinds.yaml"), tuple[OfficeKind, ...])
    return {kind.key: kind for kind in kinds}


def likely_kinds(name: str) -> list[OfficeKind]:
    """Return the kinds of body that a name may belong to, the likeliest first; none if the name tells nothing."""
    return [kind for kind in office_kinds().values() if kind.names and re.search(kind.names, name.strip())]


def office_of(name: str, level: str | None = None) -> Office:
    """Return an office known only by its name, and by the words of its level if they are known.

    Where its name may belong to several kinds, it may make 规章 only if each of them may.
    """
    said = [kind for kind in office_kinds().values() if level and level in kind.levels]
    kinds = said or ([] if level else likely_kinds(name)) or [OfficeKind("unknown", level or "", government=False)]
    may = {kind.may_make_rules for kind in kinds}
    return Office(name, name, kinds[0], may_make_rules=may.pop() if len(may) == 1 else None)
