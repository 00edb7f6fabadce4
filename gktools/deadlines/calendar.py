"""Working days: those of chinesecalendar (the yearly notices of 国务院办公厅), with the changes of params/calendar.yaml."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import ParamsError, Problem
from ..workspace.calendar_file import CalendarBook
from ..workspace.home import FOLDER

Days: TypeAlias = npt.NDArray[np.datetime64]
_FIRST, _LAST = 2000, 2099


@dataclass(frozen=True, eq=False)
class Calendar:
    """All working days in order, and the years whose notice is known; in other years every weekday is a working day.

    changed are the days that a district has the other way round than a published notice, each with its note.
    """

    days: Days = field(repr=False)
    known: frozenset[int]
    changed: tuple[tuple[date, str], ...] = field(default=(), repr=False)

    def after(self, day: Days, count: int | npt.NDArray[np.int64]) -> Days:
        """Return the count-th working day after each day, not counting the day itself; NaT for NaT."""
        day = as_days(day)
        position = np.searchsorted(self.days, day, side="right") + count - 1
        found = self.days[np.clip(position, 0, len(self.days) - 1)]
        return np.where(np.isnat(day), np.datetime64("NaT"), found)

    def between(self, start: Days | np.datetime64, end: Days | np.datetime64) -> npt.NDArray[np.int64]:
        """Return the number of working days after start, up to and including end; negative if end comes first.

        0 where either is NaT.
        """
        start, end = as_days(start), as_days(end)
        count = np.searchsorted(self.days, end, side="right") - np.searchsorted(self.days, start, side="right")
        return np.where(np.isnat(start) | np.isnat(end), 0, count)

    def is_working(self, day: date) -> bool:
        """Return whether a day is a working day."""
        asked = np.datetime64(day)
        return bool(self.between(asked - np.timedelta64(1, "D"), asked))

    def provisional(self, day: Days | np.datetime64) -> npt.NDArray[np.bool_]:
        """Return which days are in a year without a known notice: limits on them may still change."""
        day = as_days(day)
        years = day.astype("datetime64[Y]").astype(int) + 1970
        return ~np.isin(years, np.array(sorted(self.known))) & ~np.isnat(day)

    def digest(self) -> str:
        """Return a hash of the working days, of the years with a known notice, and of what was changed against one."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        changed = repr(self.changed) if self.changed else ""
        return sha256(self.days.tobytes() + (repr(sorted(self.known)) + changed).encode()).hexdigest()

    def require(self, year: int) -> None:
        """Raise ParamsError, with the lines to add, if the notice of that year is not known."""
        if year not in self.known:
            raise ParamsError(
                problems=[
                    Problem(
                        f"没有 {year} 年的工作日历，无法核对办理期限。请升级 chinesecalendar，"
                        f"或按国务院办公厅的放假通知在这个文件里写上 years: [{year}]，"
                        "并在 rest 下列出放假的日子、在 work 下列出调休上班的日子",
                        f"{FOLDER}/calendar.yaml",
                    )
                ]
            )


@lru_cache(maxsize=1)
def working_days() -> Calendar:
    """Return the calendar without changes by a district."""
    return with_additions(CalendarBook())


def with_additions(book: CalendarBook) -> Calendar:
    """Return the calendar with the additions and changes of params/calendar.yaml."""
    calendar = _calendar(frozenset(book.resting()), frozenset(book.working()), frozenset(book.years))
    if not (notes := book.notes()):
        return calendar
    noticed = working_days()
    covered = (day for day in sorted(notes) if day.year in noticed.known)
    changed = [(day, notes[day]) for day in covered if calendar.is_working(day) != noticed.is_working(day)]
    return replace(calendar, changed=tuple(changed))


@lru_cache(maxsize=4)
def _calendar(resting: frozenset[date], working: frozenset[date], years: frozenset[int]) -> Calendar:
    from chinese_calendar.constants import holidays, in_lieu_days, workdays  # late: not every command needs it

    published = frozenset(day.year for day in (*holidays, *workdays, *in_lieu_days))
    everyday = np.arange(np.datetime64(f"{_FIRST}-01-01"), np.datetime64(f"{_LAST + 1}-01-01"))
    worked = np.is_busday(everyday)
    _set(worked, everyday[0], holidays, False)
    _set(worked, everyday[0], workdays, True)
    _set(worked, everyday[0], resting, False)
    _set(worked, everyday[0], working, True)
    return Calendar(everyday[worked], published | years)


def _set(worked: npt.NDArray[np.bool_], first: np.datetime64, days: object, value: bool) -> None:
    found = np.array(list(days), dtype="datetime64[D]")  # type: ignore[call-overload]
    worked[(found - first).astype(int)] = value


def as_days(day: Any) -> Days:
    """Return days as an array of datetime64[D], with NaT for a missing day."""
    return np.asarray(day, dtype="datetime64[D]")
