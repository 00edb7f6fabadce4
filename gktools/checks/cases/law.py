"""The legal limits for single records, as data, with their periods of validity (law.yaml)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import ConfigDict

from ...yamlfile import read_data

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class ReviewFirst:
    """The answers that require a reconsideration before a lawsuit, in the period from since to until."""

    __pydantic_config__ = _STRICT

    since: date
    until: date
    source: str
    dispositions: tuple[str, ...]
    partly_citing: tuple[str, ...]


@dataclass(frozen=True)
class Band:
    """A price of each 元 for every piece or page up to a number."""

    __pydantic_config__ = _STRICT

    up_to: int
    each: int


@dataclass(frozen=True)
class Steps:
    """An increase of the price by more 元 for every further step pieces."""

    __pydantic_config__ = _STRICT

    step: int
    more: int


@dataclass(frozen=True)
class ByPiece:
    """The price of the n-th request of an applicant in a calendar month."""

    __pydantic_config__ = _STRICT

    bands: tuple[Band, ...]
    then: Steps

    def price(self, nth: int) -> int:
        """Return the price of the n-th piece, in 元."""
        for band in self.bands:
            if nth <= band.up_to:
                return band.each
        last = self.bands[-1]
        return last.each + self.then.more * -(-(nth - last.up_to) // self.then.step)


@dataclass(frozen=True)
class ByVolume:
    """The price of a number of pages, in bands; rest is the price of a page above the last band."""

    __pydantic_config__ = _STRICT

    bands: tuple[Band, ...]
    rest: int

    def price(self, pages: int) -> int:
        """Return the price of all the pages, each band's pages at its own price, in 元."""
        total, before = 0, 0
        for band in self.bands:
            total += max(0, min(pages, band.up_to) - before) * band.each
            before = band.up_to
        return total + max(0, pages - before) * self.rest


@dataclass(frozen=True)
class FeeRules:
    """The maximum fees for processing information (国办函〔2020〕109号); limits.fee_standard_since has their first day."""

    __pydantic_config__ = _STRICT

    source: str
    by_piece: ByPiece
    by_volume: ByVolume


@dataclass(frozen=True)
class AppealPeriod:
    """A period of appeal in days from service, and the ways of ending a lawsuit that it applies to."""

    __pydantic_config__ = _STRICT

    days: int
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Appeal:
    """The periods in which a judgment or a ruling of first instance can be appealed and has no effect yet."""

    __pydantic_config__ = _STRICT

    source: str
    judgment: AppealPeriod
    ruling: AppealPeriod

    @property
    def days(self) -> dict[str, int]:
        """The days of appeal by way of ending a lawsuit; none for ways that may not be open to appeal."""
        return {method: period.days for period in (self.judgment, self.ruling) for method in period.methods}


@dataclass(frozen=True)
class Law:
    """The content of law.yaml."""

    __pydantic_config__ = _STRICT

    review_first: tuple[ReviewFirst, ...]
    fees: FeeRules
    appeal: Appeal


@lru_cache
def law() -> Law:
    """Return the legal limits of law.yaml."""
    found: Law = read_data(Path(__file__).with_name("law.yaml"), Law)
    return found
