"""Requests in time: when each was received and completed, and with what result (表三)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pandas as pd

from ..params import CountingRules
from ..records.store import Records
from .lines import Line, about, as_lines, dated, days, first_and_last, nothing, told, true, unless


@lru_cache(maxsize=16)
def requests_in_time(records: Records, rules: CountingRules) -> pd.DataFrame:
    """Return the requests with received and completed (dates), final (disposition) and out (why never counted).

    received follows 条例 31, completed the way of delivery (国办公开办函〔2016〕235号), a lapse the day after the
    limit (条例 30, 42), a withdrawal its receipt; a case redone within the year takes its last result. One that
    was answered without ever being confirmed was received when it was answered, at the latest. A hand-over of a
    later year changes nothing yet: until then the case stays in the figures of the office that hands it over.
    """
    frame = records["requests"].copy()
    frame["completed"], frame["final"] = _completion(frame, rules)
    frame["received"] = receipt(frame).fillna(frame["completed"])
    _, last = first_and_last(records)
    handed = (frame["handed_over_on"] <= last) & ~(frame["completed"] <= frame["handed_over_on"])
    frame["out"] = ""
    frame.loc[handed, "out"] = "未办结时已随职权移交，由承接单位计"
    frame.loc[frame["taken_over_on"] > last, "out"] = "以后才随职权承接，本年由移交单位计"
    redone = frame["redo_of"] != ""
    frame.loc[redone, "out"] = "是重新作出的处理，不另计一件"
    before = dict(zip(frame["number"], frame["redo_of"], strict=True))
    for redo in frame[redone & frame["completed"].notna()].sort_values(["completed", "number"]).itertuples():
        original = frame["number"] == _first_of(redo.redo_of, before)
        frame.loc[original & frame["completed"].isna(), "completed"] = redo.completed  # never answered before
        replaced = original & (frame["completed"].dt.year == redo.completed.year)
        frame.loc[replaced, "final"] = redo.final
    return frame


def _first_of(number: str, before: Mapping[str, str]) -> str:
    """The number of the request that a chain of cases redone began with."""
    seen = {number}
    while (earlier := before.get(number)) and earlier not in seen:
        number = earlier
        seen.add(number)
    return number


def receipt(frame: pd.DataFrame) -> pd.Series:
    """Return 收到申请之日 of each request: as entered, or by its channel (条例 31); NaT while unconfirmed."""
    at_once = frame["channel"].isin(["in_person", "registered_mail", "oral"])
    return frame["received_on"].fillna(frame["arrived_on"].where(at_once, frame["confirmed_on"]))


_LAPSES = {"other.not_corrected": "correction_due_on", "other.not_paid": "fee_due_on"}
"""The dispositions that come by themselves when a limit has passed, each with its limit."""


DELIVERED = {"mail": "posted_on", "in_person": "signed_on", "entrusted": "signed_on", "electronic": "sent_on"}
"""The day an answer is delivered, by the way it is."""


def _completion(frame: pd.DataFrame, rules: CountingRules) -> tuple[pd.Series, pd.Series]:
    """The day each request was completed (NaT while open) and its final disposition."""
    day, delivery, final = frame["replied_on"], frame["delivery"], frame["disposition"]
    if rules.completed_by == "delivery":
        for way, key in DELIVERED.items():
            day = day.mask(delivery == way, frame[key])
    next_day = pd.Timedelta(days=1)
    for lapse, due in _LAPSES.items():
        day = day.mask(final == lapse, frame["lapsed_on"].fillna(frame[due] + next_day).fillna(day))
    day = day.mask(final == "", pd.NaT)
    withdrawn = frame["withdrawn_on"].notna() & ~(day <= frame["withdrawn_on"])
    lapsed = final.isin(_LAPSES)
    final = final.mask(withdrawn & (lapsed | ~final.str.startswith("other")), "other.otherwise")
    return day.mask(withdrawn, frame["withdrawn_on"]), final


def received(records: Records, rules: CountingRules) -> list[Line]:
    frame = requests_in_time(records, rules)
    reasons = dated(frame["received"], records, rules, "收到申请之日")
    arrived = dated(frame["arrived_on"], records, rules, "收文日期") != None  # noqa: E711 - one by one
    unconfirmed = true(frame["received"].isna()) & arrived
    reasons = told(reasons, unconfirmed, "尚未确认收到（条例 31 条），确认之日才算收到")
    return as_lines("requests", frame, unless(reasons, frame["out"] != "", frame["out"]), column=frame["applicant"])


def carried_in(records: Records, rules: CountingRules) -> list[Line]:
    frame = requests_in_time(records, rules)
    first, _ = first_and_last(records)
    done = days(frame["completed"])
    reasons = told(nothing(frame), (days(frame["received"]) < first) & ~(done < first), "")
    recent = (done < first) & (done >= first - np.timedelta64(rules.near_days, "D"))
    reasons = told(reasons, recent, about("上年 {} 已办结", done, recent))
    return as_lines("requests", frame, unless(reasons, frame["out"] != "", frame["out"]), column=frame["applicant"])


def completed(records: Records, rules: CountingRules) -> list[Line]:
    frame = requests_in_time(records, rules)
    reasons = dated(frame["completed"], records, rules, "办结日")
    waiting = true(frame["completed"].isna() & (frame["final"] != ""))
    reasons = told(reasons, waiting, "有答复类型而没有送达日期，按未办结计")
    reasons = unless(reasons, frame["out"] != "", frame["out"])
    return as_lines("requests", frame, reasons, row=frame["final"], column=frame["applicant"])


def carried_out(records: Records, rules: CountingRules) -> list[Line]:
    frame = requests_in_time(records, rules)
    _, last = first_and_last(records)
    done = days(frame["completed"])
    reasons = told(nothing(frame), (days(frame["received"]) <= last) & ~(done <= last), "")
    recent = (done <= last) & (done >= last - np.timedelta64(rules.near_days, "D"))
    reasons = told(reasons, recent, about("{} 已办结", done, recent))
    return as_lines("requests", frame, unless(reasons, frame["out"] != "", frame["out"]), column=frame["applicant"])
