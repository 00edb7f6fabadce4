"""Lines: the records under one measure, those that count and those that nearly do, each with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...registers.store.loading import Records
from ...workspace.params_models import CountingRules
from ..table import Line

Reasons: TypeAlias = npt.NDArray[np.object_]
"""For every record of a register why it is mentioned: "" counts, a sentence nearly does, None is far away."""
Mask: TypeAlias = npt.NDArray[np.bool_]
Days: TypeAlias = npt.NDArray[np.datetime64]
Texts: TypeAlias = npt.NDArray[np.object_]
Keys: TypeAlias = "pd.Series | npt.NDArray[np.object_] | str"


@dataclass(frozen=True)
class Measure:
    """How one column or row of a form is counted: from which registers, by which function, and as what.

    definition says it in one Chinese sentence, as the review page and `gktools explain` print it. asked_by names
    the rule without which a register is not needed.
    """

    registers: tuple[str, ...]
    lines: Callable[[Records, CountingRules], list[Line]]
    definition: str
    money: bool = False
    asked_by: Mapping[str, str] = field(default_factory=dict)

    def needs(self, rules: CountingRules) -> tuple[str, ...]:
        """The registers that must have been handed in under these rules."""
        return tuple(key for key in self.registers if getattr(rules, self.asked_by.get(key, ""), True))


def first_and_last(records: Records) -> tuple[np.datetime64, np.datetime64]:
    return np.datetime64(f"{records.year}-01-01"), np.datetime64(f"{records.year}-12-31")


def as_lines(
    register: str,
    frame: pd.DataFrame,
    reasons: Reasons,
    row: Keys = "",
    column: Keys = "",
    amount: pd.Series | int = 1,
) -> list[Line]:
    """The lines of a measure; a reason is "" for what counts, a sentence for a near miss, None for the rest."""
    places = [place for place, reason in enumerate(reasons) if reason is not None]
    rows, columns, amounts = (_chosen(values, places) for values in (row, column, amount))
    records = _chosen(frame["record"], places)
    chosen = [reasons[place] for place in places]
    return list(zip(rows, columns, [register] * len(places), records, amounts, chosen, strict=True))


def _chosen(values: Any, places: list[int]) -> list[Any]:
    """The values at these places; one value stands at every place."""
    if isinstance(values, str | int):
        return [values] * len(places)
    array = values if isinstance(values, np.ndarray) else values.to_numpy(dtype=object)
    found: list[Any] = array[places].tolist()
    return found


def nothing(frame: pd.DataFrame | pd.Series) -> Reasons:
    """No reason to mention any record."""
    return np.full(len(frame), None, dtype=object)


def days(column: pd.Series) -> Days:
    """The days of a column; comparing with NaT is false."""
    found: Days = column.to_numpy()
    return found


def texts(column: pd.Series) -> Texts:
    """The texts of a column; an array is compared in a fiftieth of the time of a Series."""
    found: Texts = column.to_numpy(dtype=object)
    return found


def about(sentence: str, day: Days, where: Mask) -> Reasons:
    """The sentence with a record's day in the place of {}, where it is asked for."""
    said = np.full(len(day), None, dtype=object)
    for place in np.flatnonzero(where):
        said[place] = sentence.format(day[place].astype("datetime64[D]"))
    return said


def dated(column: pd.Series, records: Records, rules: CountingRules, what: str) -> Reasons:
    """Why a record does not count by its date: "" within the year, a sentence just outside it, None far away."""
    first, last = first_and_last(records)
    near, day = np.timedelta64(rules.near_days, "D"), days(column)
    before, after = (day >= first - near) & (day < first), (day > last) & (day <= last + near)
    reasons = told(nothing(column), before, about(f"{what} {{}}，在本年之前", day, before))
    reasons = told(reasons, after, about(f"{what} {{}}，在本年之后", day, after))
    return told(reasons, (day >= first) & (day <= last), "")


def told(reasons: Reasons, where: Mask | pd.Series, why: Reasons | pd.Series | str | None) -> Reasons:
    """The reasons, with this one in their place where it holds."""
    said: Any = why
    return np.where(where, said, reasons)


def unless(reasons: Reasons, excluded: Mask | pd.Series, why: str | pd.Series) -> Reasons:
    """The reasons, with those of otherwise counted records replaced where they are excluded."""
    return told(reasons, (reasons == "") & true(excluded), why)


def true(said: Mask | pd.Series) -> Mask:
    """Where something is said to be so; what is not known is not so."""
    known = said.fillna(False) if isinstance(said, pd.Series) else said
    return np.asarray(known, dtype=bool)
