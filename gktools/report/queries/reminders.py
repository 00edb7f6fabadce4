"""The open requests of an office or a district on a day, by the working days left: as values, JSON and XLSX.

Only what had happened by that day counts: an answer of the day after is not known yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from ...deadlines.calendar import Calendar, with_additions
from ...deadlines.limits import Limits, limits
from ...errors import FormatError, GktoolsError
from ...figures.counting.requests import receipt, records_on, requests_in_time
from ...inputs.inputs import records_of
from ...registers.store.loading import Records
from ...registers.store.opening import open_store
from ...registers.store.record_columns import RecordColumns
from ...workspace.offices import Office
from ...workspace.params_models import ReportParams
from ...workspace.project import Project
from ...yamlfile import read_yaml

SCHEMA = "gktools.deadlines/1"
_CREATED = datetime(2024, 1, 1)


@dataclass(frozen=True)
class Reminder:
    """One open request: its current step, the limit of it, and the working days left (negative: overdue).

    limit and left are None where no limit applies; provisional says that the limit falls in a year whose calendar is not
    published yet. record is its number in the store.
    """

    code: str
    name: str
    number: str
    received: date | None
    running: str
    limit: date | None
    provisional: bool
    left: int | None
    hint: str
    record: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the reminder as data."""
        return {
            "office": {"code": self.code, "name": self.name},
            "number": self.number,
            "received": None if self.received is None else self.received.isoformat(),
            "running": self.running,
            "limit": None if self.limit is None else self.limit.isoformat(),
            "provisional": self.provisional,
            "left": self.left,
            "hint": self.hint,
        }


def remind(project: Project, on: date, code: str | None = None) -> list[Reminder]:
    """Return the open requests of one office, or of all, on a day: overdue first, those without a limit last.

    Raises NotFoundError for an office that does not exist, ParamsError for parameters that cannot be used.
    """
    offices = [project.office(code, on.year)] if code else project.offices(on.year)
    calendar = with_additions(project.calendar())
    found: list[Reminder] = []
    with open_store(project.home) as store:
        for office in offices:
            records = records_of(project, store, office.code, on.year)
            found += reminders(office, records, project.params(office.code, on.year), calendar, on)
    return sorted(found, key=_urgency)


def reminders(
    office: Office, records: Records, params: ReportParams, calendar: Calendar, on: date
) -> Iterator[Reminder]:
    """Yield the open requests of one office on a day, in the order of the register."""
    held = _open(records, params, on)
    until, came = limits(held, calendar, params.limits, np.datetime64(on)), receipt(held)
    for index, (number, record) in enumerate(held.values("number", "record")):
        state = _state(held, until, index, np.datetime64(on))
        limit = _limit(state, until, index)
        provisional = bool(calendar.provisional(limit))
        left = None if np.isnat(limit) else int(calendar.between(np.datetime64(on), limit))
        hint = _hint(state, until, index, np.datetime64(on), provisional=provisional)
        running, received = _words()[state]["running"], _date(came[index])
        name, until_day = office.name, _date(limit)
        yield Reminder(office.code, name, number, received, running, until_day, provisional, left, hint, record)


def _open(records: Records, params: ReportParams, on: date) -> RecordColumns:
    """Return the requests that are open on a day, those to be redone among them."""
    held = requests_in_time(records_on(records, on), params.counting)
    here = (held["out"] == "") | (held["redo_of"] != "")
    held = held.chosen(here & ~(held["completed"] <= np.datetime64(on)))
    never = np.full(len(held), np.datetime64("NaT", "D"))
    return held.with_columns(completed=never)  # a request that lapses after this day has not lapsed yet


def _state(held: RecordColumns, until: Limits, index: int, on: np.datetime64) -> str:
    """Return the current step of an open request: a key of reminders.yaml."""

    def known(key: str) -> bool:
        return not np.isnat(held[key][index])

    if held["redo_of"][index]:
        return "redo"
    if np.isnat(until.correction[index]):
        return "unconfirmed"
    if known("correction_notified_on") and not known("corrected_on"):
        return "correction_over" if until.correction_due[index] < on else "correction"
    if np.isnat(until.reply[index]):
        return "payment_over" if until.payment_due[index] < on else "payment"
    if until.consulting[index]:
        return "third_party" if known("third_party_asked_on") and not known("third_party_replied_on") else "others"
    if known("replied_on"):
        return "delivery"
    if known("delayed_until"):
        return "delayed"
    if known("extended_on"):
        return "extended"
    return "corrected" if known("corrected_on") else "reply"


def _limit(state: str, until: Limits, index: int) -> np.datetime64:
    """Return the last day of the current step; NaT if it has none."""
    if state in ("unconfirmed", "redo"):
        return np.datetime64("NaT")
    last = {"correction": until.correction_due, "payment": until.payment_due}.get(state.removesuffix("_over"))
    return (until.reply if last is None else last)[index]  # type: ignore[no-any-return]


def _hint(state: str, until: Limits, index: int, on: np.datetime64, *, provisional: bool) -> str:
    """Return the hint for staff about the current step."""
    asks = state == "reply" and until.correction[index] >= on
    named = {"correction": _text(until.correction[index]), "opinion": _text(until.opinion[index])}
    overdue = state in _ANSWERS and until.reply[index] < on
    keys = ["overdue" if overdue else state, *(["ask"] if asks else []), *(["provisional"] if provisional else [])]
    return "；".join(_words()[key]["hint"].format_map(named) for key in keys)


_ANSWERS = ("reply", "corrected", "extended", "delayed", "delivery")


def _date(day: np.datetime64) -> date | None:
    return None if np.isnat(day) else day.astype("datetime64[D]").item()


def _text(day: np.datetime64) -> str:
    return "" if np.isnat(day) else str(day.astype("datetime64[D]"))


def _urgency(reminder: Reminder) -> tuple[bool, int, str, str]:
    return reminder.left is None, reminder.left or 0, reminder.code, reminder.number


@lru_cache
def _words() -> Mapping[str, Mapping[str, str]]:
    """Return the name of each step and the hint about it (reminders.yaml)."""
    words = read_yaml(Path(__file__).with_name("reminders.yaml")).data
    if not isinstance(words, dict):
        raise FormatError("reminders.yaml 不是“名称: 说明”的写法")
    return words


def provisional_hint() -> str:
    """Return the hint about a limit in a year whose calendar is not published yet."""
    return _words()["provisional"]["hint"]


def to_json(found: Iterable[Reminder], on: date) -> dict[str, Any]:
    """Return the reminders of a day as one document."""
    return {"schema": SCHEMA, "on": on.isoformat(), "open": [reminder.to_json() for reminder in found]}


HEADINGS = ("机关", "申请编号", "收到申请之日", "正在进行", "期限", "暂定", "剩余工作日", "提示")
_WIDTHS = (26, 24, 14, 20, 12, 7, 12, 60)


def row_of(reminder: Reminder) -> tuple[str | int, ...]:
    """Return a reminder as the cells of a row, under HEADINGS."""
    return (
        reminder.name,
        reminder.number,
        reminder.received.isoformat() if reminder.received else "",
        reminder.running,
        reminder.limit.isoformat() if reminder.limit else "",
        "暂定" if reminder.provisional else "",
        "" if reminder.left is None else reminder.left,
        reminder.hint,
    )


def write_reminders(path: Path, found: Iterable[Reminder], on: date) -> None:
    """Write the reminders as an XLSX workbook; texts stay texts, and the same reminders give the same bytes.

    Raises GktoolsError if the suffix is not .xlsx, the file cannot be written, or is not one that was written here.
    """
    from ...registers.intake.workbooks import drawn_workbook, write_asked_for

    if path.suffix.lower() != ".xlsx":
        raise GktoolsError(f"{path.name}：导出的文件名要以 .xlsx 结尾")
    with drawn_workbook(content := BytesIO()) as workbook:
        workbook.set_properties({"title": "政府信息公开申请办理期限", "created": _CREATED})
        sheet = workbook.add_worksheet("办理期限")
        heading = workbook.add_format({"bold": True, "bg_color": "#DDE7F0", "border": 1, "valign": "vcenter"})
        plain = workbook.add_format({"border": 1, "valign": "top", "text_wrap": True})
        late = workbook.add_format({"border": 1, "valign": "top", "text_wrap": True, "bg_color": "#F9DEDC"})
        sheet.write_string(0, 0, f"截至 {on.isoformat()} 还没有办结的政府信息公开申请（期限按工作日计算）")
        for column, (word, width) in enumerate(zip(HEADINGS, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(1, column, word, heading)
        rows = 1
        for rows, reminder in enumerate(found, 2):
            overdue = reminder.left is not None and reminder.left < 0
            for column, value in enumerate(row_of(reminder)):
                write = (
                    sheet.write_number if isinstance(value, int) else sheet.write_string if value else sheet.write_blank
                )
                write(rows, column, value, late if overdue else plain)
        sheet.freeze_panes(2, 2)
        sheet.autofilter(1, 0, max(rows, 2), len(HEADINGS) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(1)
    write_asked_for({path: content}, "deadlines", 0o600)  # cases that are not public
