"""The cases of an office's register for a year, with what is open and how many working days are left, as on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ...deadlines.calendar import with_additions
from ...figures.counting.requests import receipt, requests_in_time
from ...registers.schema import Register, days_of, fold_number, registers
from ...registers.store.loading import Records
from ...registers.store.record_columns import Days, RecordColumns, first_known
from ...workspace.offices import Office
from ...workspace.project import Project
from .reminders import Reminder, reminders

CaseState = Literal["open", "overdue", "done", "elsewhere", ""]
"""How far a case is: open, open after its limit, done, counted elsewhere; "" for a register whose records have no end."""
_ENDS = {"reconsiderations": ("closed_on",), "lawsuits": ("judged_on", "effective_on")}
"""The fields of the day on which a record of a register is done, reviews before what may follow them; requests have rules of
their own."""


@dataclass(frozen=True)
class HangingCase:
    """A case that hangs on a request: its register, number in the store, name, and whether it is done."""

    register: str
    record: int
    name: str
    done: bool


@dataclass(frozen=True)
class Case:
    """A record as a case: its number in the store, file year, name, and day; and how far it is.

    running is the current step, limit its last day, left the working days left (negative: overdue); provisional as in a
    Reminder. done_on is the day it was done, why_elsewhere why it is not counted here.
    """

    record: int
    year: int
    name: str
    day: date | None
    state: CaseState = ""
    running: str = ""
    limit: date | None = None
    left: int | None = None
    provisional: bool = False
    hint: str = ""
    done_on: date | None = None
    why_elsewhere: str = ""
    hanging: tuple[HangingCase, ...] = ()


@dataclass(frozen=True)
class CaseFilter:
    """Which cases are wanted: by state ("due": open with at most days left), month of the day (2024-03), part of the name."""

    state: str = ""
    days: int = 5
    month: str = ""
    name: str = ""

    def wants(self, case: Case) -> bool:
        """Return whether a case is wanted."""
        is_open = case.state in ("open", "overdue")
        of_state = {
            "open": is_open,
            "due": is_open and case.left is not None and 0 <= case.left <= self.days,
            "overdue": case.state == "overdue",
            "done": case.state in ("done", "elsewhere"),
        }
        if not of_state.get(self.state, True):
            return False
        if self.month and (case.day is None or case.day.isoformat()[:7] != self.month):
            return False
        return fold_number(self.name) in fold_number(case.name)


def list_cases(project: Project, office: Office, records: Records, register: Register, on: date) -> list[Case]:
    """Return the cases of a register for the year of the records, as on a day: the most urgent first, then the newest.

    They are those of the year's files and those that came within the year; of requests also earlier ones still open.
    Raises ParamsError for parameters that cannot be used.
    """
    then = records.at(records.year)
    held = then.held[register.key]
    if register.key == "requests":
        found = _requests(project, office, then, on)
    else:
        ended = _ended(held, register)
        days = first_known(*(held[key] for key in days_of(register)))
        found = [
            Case(record, year, name, day, _state_of(end, register), done_on=end)
            for record, year, name, day, end in zip(
                held["record"].tolist(),
                held["coverage_year"].tolist(),
                names_of(held, register),
                days.tolist(),
                ended,
                strict=True,
            )
        ]
    year = records.year
    kept = (
        one
        for one in found
        if one.year == year
        or (not register.yearly and one.day is not None and one.day.year == year)
        or (one.year < year and one.state in ("open", "overdue"))
    )
    return sorted(kept, key=_urgency)


def _urgency(case: Case) -> tuple[bool, bool, int, int, str]:
    is_open = case.state in ("open", "overdue")
    newest = 0 if case.day is None else -case.day.toordinal()
    return not is_open, case.left is None, case.left or 0, newest, case.name


def _state_of(end: date | None, register: Register) -> CaseState:
    if register.key not in _ENDS:
        return ""
    return "done" if end else "open"


def _ended(held: RecordColumns, register: Register) -> list[date | None]:
    keys = _ENDS.get(register.key)
    if keys is None:
        return [None] * len(held)
    ended: list[date | None] = first_known(*(held[key] for key in keys)).tolist()
    return ended


def names_of(held: RecordColumns, register: Register) -> list[str]:
    """Return the name of every record: what identifies it, for staff."""
    fields = [register[key] for key in register.identity or (register.fields[0].key,)]
    rows = held.values(*(field.key for field in fields))
    return [
        " ".join(field.label(str(value)) for field, value in zip(fields, row, strict=True) if value) for row in rows
    ]


# --- requests ----------


def _requests(project: Project, office: Office, records: Records, on: date) -> list[Case]:
    params, calendar = project.params(office.code, on.year), with_additions(project.calendar())
    still = {one.record: one for one in reminders(office, records.at(on.year), params, calendar, on)}
    held = requests_in_time(records.at(on.year), params.counting)
    came: Days = first_known(receipt(held), held["arrived_on"])
    hanging = _hanging(records)
    facts = ("record", "coverage_year", "number", "completed", "out")
    cases = []
    for (record, year, number, done, out), day in zip(held.values(*facts), came.tolist(), strict=True):
        of_request = hanging.get(fold_number(number), ()) if hanging else ()
        given = (record, year, number, day, tuple(of_request))
        cases.append(_open_case(*given, still[record]) if record in still else _closed_case(*given, (done, out, on)))
    return cases


def _open_case(
    record: int, year: int, number: str, day: date | None, hanging: tuple[HangingCase, ...], still: Reminder
) -> Case:
    state: CaseState = "overdue" if still.left is not None and still.left < 0 else "open"
    running = (still.running, still.limit, still.left, still.provisional, still.hint)
    return Case(record, year, number, day, state, *running, hanging=hanging)


def _closed_case(
    record: int,
    year: int,
    number: str,
    day: date | None,
    hanging: tuple[HangingCase, ...],
    ended: tuple[date | None, str, date],
) -> Case:
    done, out, on = ended
    state: CaseState = "elsewhere" if out else "done" if done and done <= on else "open"
    return Case(record, year, number, day, state, done_on=None if out else done, why_elsewhere=out, hanging=hanging)


def _hanging(records: Records) -> Mapping[str, Sequence[HangingCase]]:
    """Return the cases that hang on requests, by the folded number of the request."""
    found: defaultdict[str, list[HangingCase]] = defaultdict(list)
    reviewed: dict[str, str] = {}
    for key in _ENDS:
        register, held = registers()[key], records.held[key]
        reviews = held["reconsideration_number"] if "reconsideration_number" in held else held["number"]
        facts = zip(held["request_number"], reviews, held["record"].tolist(), names_of(held, register), strict=True)
        for (request, review, record, name), end in zip(facts, _ended(held, register), strict=True):
            number = fold_number(request) or reviewed.get(fold_number(review), "")
            if number:
                found[number].append(HangingCase(key, record, name, end is not None))
                reviewed.setdefault(fold_number(review), number)
    return found


def hanging_on(records: Records, number: str) -> tuple[HangingCase, ...]:
    """Return the cases that hang on the request with a number."""
    return tuple(_hanging(records).get(fold_number(number), ()))


def months_of(cases: Iterable[Case]) -> list[str]:
    """Return the months in which cases came, as 2024-03, the newest first."""
    return sorted({one.day.isoformat()[:7] for one in cases if one.day}, reverse=True)
