"""Lines: the records under one measure, those that count and those that nearly do, each with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import pandas as pd

from ..params import CountingRules
from ..records.store import Records

Lines: TypeAlias = pd.DataFrame
"""Records for one measure: row and column (relative keys), register, record, amount, reason."""


@dataclass(frozen=True)
class Measure:
    """How one column or row of a form is counted: from which registers, by which function, and as what.

    definition says it in one Chinese sentence, as the review page and `gktools explain` print it. asked_by names
    the rule without which a register is not needed.
    """

    registers: tuple[str, ...]
    lines: Callable[[Records, CountingRules], Lines]
    definition: str
    money: bool = False
    asked_by: Mapping[str, str] = field(default_factory=dict)

    def needs(self, rules: CountingRules) -> tuple[str, ...]:
        """The registers that must have been handed in under these rules."""
        return tuple(key for key in self.registers if getattr(rules, self.asked_by.get(key, ""), True))


def first_and_last(records: Records) -> tuple[pd.Timestamp, pd.Timestamp]:
    return pd.Timestamp(records.year, 1, 1), pd.Timestamp(records.year, 12, 31)


def as_lines(
    register: str,
    frame: pd.DataFrame,
    reason: pd.Series,
    row: pd.Series | str = "",
    column: pd.Series | str = "",
    amount: pd.Series | int = 1,
) -> Lines:
    """The lines of a measure; reason is "" for what counts, a sentence for a near miss, None for the rest."""
    lines = pd.DataFrame(
        {
            "row": row,
            "column": column,
            "register": register,
            "record": frame["record"],
            "amount": amount,
            "reason": reason,
        },
        index=frame.index,
    )
    return lines[lines["reason"].notna()]


def dated(day: pd.Series, records: Records, rules: CountingRules, what: str) -> pd.Series:
    """Why a record does not count by its date: "" within the year, a sentence just outside it, None far away."""
    first, last = first_and_last(records)
    near = pd.Timedelta(days=rules.near_days)
    text = day.dt.strftime("%Y-%m-%d")
    reason = pd.Series(None, index=day.index, dtype=object)
    before, after = (day >= first - near) & (day < first), (day > last) & (day <= last + near)
    reason = reason.mask(before, f"{what} " + text + "，在本年之前").mask(after, f"{what} " + text + "，在本年之后")
    return reason.mask((day >= first) & (day <= last), "")


def unless(reason: pd.Series, excluded: pd.Series, why: str | pd.Series) -> pd.Series:
    """The reasons, with those of otherwise counted records replaced where they are excluded."""
    return reason.mask((reason == "") & excluded.fillna(False).astype(bool), why)
