"""Offices: who reports, under which name in which year, and what kind of body it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import ConfigDict

from .yamlfile import read_data


@dataclass(frozen=True)
class OfficeKind:
    """A kind of body: whether it is a people's government, and whether it may make 规章 (None: not told by kind)."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    key: str
    label: str
    government: bool
    may_make_rules: bool | None = None
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Office:
    """A reporting body as it was in one year: its name then, its kind, and whether it may make 规章."""

    code: str
    name: str
    kind: OfficeKind
    parent: str = ""
    may_make_rules: bool | None = None


@lru_cache
def office_kinds() -> dict[str, OfficeKind]:
    """Return every kind of body by its key (kinds.yaml)."""
    kinds: tuple[OfficeKind, ...] = read_data(Path(__file__).with_name("kinds.yaml"), tuple[OfficeKind, ...])
    return {kind.key: kind for kind in kinds}
