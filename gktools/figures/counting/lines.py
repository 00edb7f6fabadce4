"""Lines: the counted records of a measure and its near misses, which are records just outside it, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ...registers.store.loading import Records
from ...registers.store.record_columns import Column, Days, Mask, RecordColumns, Texts
from ...workspace.params_models import CountingRules
from ..table import Line

Reasons: TypeAlias = npt.NDArray[np.object_]
"""One value for each record: "" if it is counted, a sentence if it is a near miss, None if it is neither."""


@dataclass(frozen=True)
class Measure:
    """The way in which a column or row of a form is counted: its registers and its function.

    definition is one Chinese sentence for the review page and `gktools explain`. money: amounts in 分, shown in 万元.
    asked_by: the counting rule that makes a register necessary, by register.
    """

    registers: tuple[str, ...]
    lines: Callable[[Records, CountingRules], list[Line]]
    definition: str
    money: bool = False
    asked_by: Mapping[str, str] = field(default_factory=dict)

    def needs(self, rules: CountingRules) -> tuple[str, ...]:
        """Return the registers that must be covered under these rules."""
        return tuple(key for key in self.registers if getattr(rules, self.asked_by.get(key, ""), True))


def year_bounds(records: Records) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and the last day of the report year."""
    return np.datetime64(f"{records.year}-01-01"), np.datetime64(f"{records.year}-12-31")


def build_lines(
    records: RecordColumns,
    reasons: Reasons,
    row: Texts | str = "",
    column: Texts | str = "",
    amount: Column | int = 1,
) -> list[Line]:
    """Return the lines of a measure: the counted records and the near misses (see Reasons)."""
    places = [place for place, reason in enumerate(reasons) if reason is not None]
    values = (row, column, records.register, records["record"], amount, reasons)
    return list(zip(*(_select(value, places) for value in values), strict=True))


def _select(values: Any, places: list[int]) -> list[Any]:
    """Return the values at these positions; a single value is repeated."""
    if isinstance(values, str | int):
        return [values] * len(places)
    return values[places].tolist()  # type: ignore[no-any-return]


def no_reasons(records: RecordColumns | Days) -> Reasons:
    """Return None for every record: neither counted nor a near miss."""
    return np.full(len(records), None, dtype=object)


def with_day(sentence: str, day: Days, where: Mask) -> Reasons:
    """Return the sentence with {} replaced by each record's day, where the mask is true; None elsewhere."""
    sentences = np.full(len(day), None, dtype=object)
    for place in np.flatnonzero(where):
        sentences[place] = sentence.format(day[place])
    return sentences


def date_reasons(day: Days, records: Records, rules: CountingRules, what: str) -> Reasons:
    """Return the reasons by date: "" within the year, a sentence up to near_days outside it, None for other days."""
    first, last = year_bounds(records)
    near = np.timedelta64(rules.near_days, "D")
    before, after = (day >= first - near) & (day < first), (day > last) & (day <= last + near)
    reasons = with_reason(no_reasons(day), before, with_day(f"{what} {{}}，在本年之前", day, before))
    reasons = with_reason(reasons, after, with_day(f"{what} {{}}，在本年之后", day, after))
    return with_reason(reasons, (day >= first) & (day <= last), "")


def with_reason(reasons: Reasons, where: Mask, why: Reasons | str | None) -> Reasons:
    """Return the reasons, replaced by another one where the mask is true."""
    replacement: Any = why
    return np.where(where, replacement, reasons)


class ByRule(str):
    """The reason of a record that a rule takes out of a count, whatever its days."""

    __slots__ = ()


def exclude(reasons: Reasons, excluded: Mask, why: str | Texts) -> Reasons:
    """Return the reasons, with those of counted records replaced where the mask is true; each is a ByRule."""
    return take_out(reasons, (reasons == "") & excluded, why)


def take_out(reasons: Reasons, where: Mask, why: str | Texts) -> Reasons:
    """Return the reasons, with a rule's as ByRule where the mask is true."""
    replaced = reasons.copy()
    for place in np.flatnonzero(where):
        replaced[place] = ByRule(why if isinstance(why, str) else why[place])
    return replaced
