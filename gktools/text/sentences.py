"""The built-in sentences, as data (narrative.yaml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict

from ..yamlfile import read_data

FOLDER = Path(__file__).parent
BUILT_IN = "narrative.yaml"


@dataclass(frozen=True)
class Sentence:
    """A built-in sentence: zero replaces it if the figure of the token `of` is 0; only restricts it to some reports.

    It is written only where the figure of the token `without` is unknown.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    text: str
    of: str = ""
    zero: str | None = None
    without: str = ""
    only: Literal["", "government", "fee_statement", "lacking_own"] = ""


@dataclass(frozen=True)
class Aspect:
    """One aspect of the overview: its default sub-heading and its built-in sentences."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    key: str
    heading: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Narrative:
    """The content of narrative.yaml: all built-in sentences."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    opening: tuple[str, ...]
    scope: str
    overview: tuple[Aspect, ...]
    others: tuple[Sentence, ...]
    differences: dict[str, str]


@lru_cache
def narrative() -> Narrative:
    """Return the built-in sentences."""
    found: Narrative = read_data(FOLDER / BUILT_IN, Narrative)
    return found
