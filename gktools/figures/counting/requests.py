"""Requests in time: when each was received and completed, and with what result (表三)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pandas as pd

from ...forms.characters import fold_number
from ...registers.store.loading import Records
from ...workspace.params_models import CountingRules
from ..table import Line
from .lines import (
    Days,
    Mask,
    Reasons,
    Texts,
    about,
    as_lines,
    dated,
    days,
    first_and_last,
    nothing,
    texts,
    told,
    unless,
)


@lru_cache(maxsize=16)
def requests_in_time(records: Records, rules: CountingRules) -> pd.DataFrame:
    """Return the requests with received and completed (dates), final (disposition) and out (why never counted).

    received follows 条例 31, completed the way of delivery (国办公开办函〔2016〕235号), a lapse the day after the
    limit (条例 30, 42), a withdrawal its receipt; a case redone within the year takes its last result. One that
    was answered without ever being confirmed was received when it was answered, at the latest. A hand-over of a
    later year changes nothing yet: until then the case stays in the figures of the office that hands it over.
    """
    frame = records["requests"]
    completed, final = _completion(frame, rules)
    received = _known(days(receipt(frame)), completed)
    _, last = first_and_last(records)
    handed_over, redone = days(frame["handed_over_on"]), texts(frame["redo_of"]) != ""
    out = np.full(len(frame), "", dtype=object)
    out[(handed_over <= last) & ~(completed <= handed_over)] = "未办结时已随职权移交，由承接单位计"
    out[days(frame["taken_over_on"]) > last] = "以后才随职权承接，本年由移交单位计"
    out[redone] = "是重新作出的处理，不另计一件"
    text = {key: pd.Series(values, frame.index, dtype=object) for key, values in (("final", final), ("out", out))}
    made = frame.assign(completed=completed, received=received, **text)
    return _redone(made, redone) if redone.any() else made


def _redone(frame: pd.DataFrame, redone: Mask) -> pd.DataFrame:
    """The requests with the day and the result of a case redone in the place of those of the one it began with."""
    numbers = frame["number"].map(fold_number)
    before = dict(zip(numbers, frame["redo_of"].map(fold_number), strict=True))
    answered = frame[["completed", "number", "redo_of", "final"]][redone & frame["completed"].notna()]
    for redo in answered.sort_values(["completed", "number"]).itertuples():
        original = numbers == _first_of(fold_number(redo.redo_of), before)
        frame.loc[original & frame["completed"].isna(), "completed"] = redo.completed  # never answered before
        replaced = original & (frame["completed"].dt.year == redo.completed.year)
        frame.loc[replaced, "final"] = redo.final
    return frame


def not_out(frame: pd.DataFrame) -> pd.DataFrame:
    """Return those of the requests in time that this office handles under their own number, numbered anew."""
    kept = texts(frame["out"]) == ""
    return frame if kept.all() else frame[kept].reset_index(drop=True)


def _first_of(number: str, before: Mapping[str, str]) -> str:
    """The number of the request that a chain of cases redone began with."""
    seen = {number}
    while (earlier := before.get(number)) and earlier not in seen:
        number = earlier
        seen.add(number)
    return number


def receipt(frame: pd.DataFrame) -> pd.Series:
    """Return 收到申请之日 of each request: as entered, or by its channel (条例 31); NaT while unconfirmed."""
    channel = texts(frame["channel"])
    at_once = (channel == "in_person") | (channel == "registered_mail") | (channel == "oral")
    by_channel = np.where(at_once, days(frame["arrived_on"]), days(frame["confirmed_on"]))
    return pd.Series(_known(days(frame["received_on"]), by_channel), frame.index)


_LAPSES = {"other.not_corrected": "correction_due_on", "other.not_paid": "fee_due_on"}
"""The dispositions that come by themselves when a limit has passed, each with its limit."""


DELIVERED = {"mail": "posted_on", "in_person": "signed_on", "entrusted": "signed_on", "electronic": "sent_on"}
"""The day an answer is delivered, by the way it is."""


def _completion(frame: pd.DataFrame, rules: CountingRules) -> tuple[Days, Texts]:
    """The day each request was completed (NaT while open) and its final disposition."""
    day, delivery, final = days(frame["replied_on"]), texts(frame["delivery"]), texts(frame["disposition"])
    if rules.completed_by == "delivery":
        for way, key in DELIVERED.items():
            day = np.where(delivery == way, days(frame[key]), day)
    for lapse, due in _LAPSES.items():
        lapsed_on = _known(days(frame["lapsed_on"]), days(frame[due]) + np.timedelta64(1, "D"), day)
        day = np.where(final == lapse, lapsed_on, day)
    day = np.where(final == "", np.datetime64("NaT"), day)
    withdrawn_on = days(frame["withdrawn_on"])
    withdrawn = ~np.isnat(withdrawn_on) & ~(day <= withdrawn_on)
    ended = np.array([not text.startswith("other") or text in _LAPSES for text in final], dtype=bool)
    return np.where(withdrawn, withdrawn_on, day), np.where(withdrawn & ended, "other.otherwise", final)


def _known(day: Days, *others: Days) -> Days:
    """The first of several days that is known."""
    for other in others:
        day = np.where(np.isnat(day), other, day)
    return day


def received(records: Records, rules: CountingRules) -> list[Line]:
    frame = requests_in_time(records, rules)
    reasons = dated(frame["received"], records, rules, "收到申请之日")
    arrived = dated(frame["arrived_on"], records, rules, "收文日期") != None  # noqa: E711 - one by one
    unconfirmed = np.isnat(days(frame["received"])) & arrived
    reasons = told(reasons, unconfirmed, "尚未确认收到（条例 31 条），确认之日才算收到")
    return as_lines("requests", frame, _unless_out(reasons, frame), column=frame["applicant"])


def carried_in(records: Records, rules: CountingRules) -> list[Line]:
    frame = requests_in_time(records, rules)
    first, _ = first_and_last(records)
    done = days(frame["completed"])
    reasons = told(nothing(frame), (days(frame["received"]) < first) & ~(done < first), "")
    recent = (done < first) & (done >= first - np.timedelta64(rules.near_days, "D"))
    reasons = told(reasons, recent, about("上年 {} 已办结", done, recent))
    return as_lines("requests", frame, _unless_out(reasons, frame), column=frame["applicant"])


def completed(records: Records, rules: CountingRules) -> list[Line]:
    frame = requests_in_time(records, rules)
    reasons = dated(frame["completed"], records, rules, "办结日")
    waiting = np.isnat(days(frame["completed"])) & (texts(frame["final"]) != "")
    reasons = told(reasons, waiting, "有答复类型而没有送达日期，按未办结计")
    return as_lines("requests", frame, _unless_out(reasons, frame), row=frame["final"], column=frame["applicant"])


def _unless_out(reasons: Reasons, frame: pd.DataFrame) -> Reasons:
    """The reasons, with those of otherwise counted records replaced that never count."""
    out = texts(frame["out"])
    return unless(reasons, out != "", out)


def carried_out(records: Records, rules: CountingRules) -> list[Line]:
    frame = requests_in_time(records, rules)
    _, last = first_and_last(records)
    done = days(frame["completed"])
    reasons = told(nothing(frame), (days(frame["received"]) <= last) & ~(done <= last), "")
    recent = (done <= last) & (done >= last - np.timedelta64(rules.near_days, "D"))
    reasons = told(reasons, recent, about("{} 已办结", done, recent))
    return as_lines("requests", frame, _unless_out(reasons, frame), column=frame["applicant"])
