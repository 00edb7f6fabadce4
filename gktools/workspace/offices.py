"""Offices: the body that reports, its name in each year, and its kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict

from ..yamlfile import read_data


@dataclass(frozen=True)
class OfficeKind:
    """A kind of body: whether it is a people's government, and whether it may make 规章 (None: depends on the office)."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    key: str
    label: str
    government: bool
    may_make_rules: bool | None = None
    levels: tuple[str, ...] = ()


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

    @property
    def listed_name(self) -> str:
        """The name in a list of offices, where a government may appear twice."""
        return f"{self.name}（{self.scope_label}）" if self.rolls_up else self.name


@lru_cache
def office_kinds() -> dict[str, OfficeKind]:
    """Return every kind of body by its key (kinds.yaml)."""
    kinds: tuple[OfficeKind, ...] = read_data(Path(__file__).with_name("kinds.yaml"), tuple[OfficeKind, ...])
    return {kind.key: kind for kind in kinds}
