"""The sentences of ours, as data (narrative.yaml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict

from ..yamlfile import read_data

FOLDER = Path(__file__).parent
OURS = "narrative.yaml"


@dataclass(frozen=True)
class Sentence:
    """A sentence of ours: zero takes its place when the token `of` is nought, only says for whom it is."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    text: str
    of: str = ""
    zero: str | None = None
    only: Literal["", "government", "fee_statement", "lacking_own"] = ""


@dataclass(frozen=True)
class Aspect:
    """One aspect of the overview: its default sub-heading and sentences."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    key: str
    heading: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Narrative:
    """All sentences of ours (narrative.yaml)."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    opening: tuple[str, ...]
    scope: str
    overview: tuple[Aspect, ...]
    others: tuple[Sentence, ...]
    differences: dict[str, str]


@lru_cache
def narrative() -> Narrative:
    """Return the sentences of ours."""
    found: Narrative = read_data(FOLDER / OURS, Narrative)
    return found
