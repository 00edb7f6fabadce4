"""The measures of 表三, and the dates of requests: receipt, completion, result, and the state on a given day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd

from ...forms.characters import fold_number
from ...registers.receipt import receipt_fields
from ...registers.schema import registers
from ...registers.store.loading import Records
from ...workspace.params_models import CountingRules
from ..table import Line
from .lines import (
    Days,
    Mask,
    Reasons,
    Texts,
    build_lines,
    date_reasons,
    days,
    exclude,
    no_reasons,
    take_out,
    texts,
    with_day,
    with_reason,
    year_bounds,
)
from .references import chain, references


@lru_cache(maxsize=16)
def requests_in_time(records: Records, rules: CountingRules) -> pd.DataFrame:
    """Return the requests with received and completed (dates), final (disposition) and out (reason for never counting).

    received: by channel (条例 31); at the latest the day of the answer, if receipt was never confirmed. completed: by
    way of delivery (国办公开办函〔2016〕235号); for a lapse the day after the limit (条例 30, 42); for a withdrawal its
    receipt. A case redone within the year has its last result. A case handed over is counted by the office that took it
    over only if this office ended in that year and never answered it (handed_over). A request said to redo one that no
    register holds counts as a case of its own (records.unmatched names it). Cases that redo each other in a circle count
    nowhere (records.redo-circular).
    """
    frame = records["requests"]
    completed, final = _completion(frame, rules)
    received = _first_known(days(receipt(frame)), completed)
    _, last = year_bounds(records)
    before = redo_references(frame)
    redone = np.asarray(frame["number"].map(fold_number).isin(before))
    out = np.full(len(frame), "", dtype=object)
    gone = handed_over(records) & (days(frame["handed_over_on"]) <= last) & np.isnat(completed)
    out[gone] = "未办结时已随职权移交，由承接单位计"
    out[days(frame["taken_over_on"]) > last] = "以后才随职权承接，本年由移交单位计"
    out[redone] = "是重新作出的处理，不另计一件"
    text = {key: pd.Series(values, frame.index, dtype=object) for key, values in (("final", final), ("out", out))}
    requests = frame.assign(completed=completed, received=received, **text)
    return _apply_redone(requests, redone, before) if before else requests


def redo_references(frame: pd.DataFrame) -> dict[str, str]:
    """Return the number of the request that each redone one redoes, by its own number; those the register holds."""
    return references(frame["number"], frame["redo_of"]) if (texts(frame["redo_of"]) != "").any() else {}


def handed_over(records: Records) -> Mask:
    """Return which requests another office has taken over: without an answer, handed over in the year this office ended.

    A transfer by an office that goes on moves no case: it still has to answer (国办公开办函〔2019〕14号).
    """
    frame, ended = records["requests"], records.ended_on
    if ended is None:
        return np.zeros(len(frame), dtype=bool)
    within: Mask = np.asarray(
        (frame["handed_over_on"].dt.year == ended.year) & (frame["disposition"] == ""), dtype=bool
    )
    return within


def records_on(records: Records, day: date) -> Records:
    """Return the records as known on a day, for its year: requests without any later event.

    Requests that arrived later, or were taken over later, are left out.
    """
    frame, last = records.frames["requests"], pd.Timestamp(day)
    came = ~(frame["arrived_on"] > last) & ~(frame["taken_over_on"] > last)
    came &= frame["arrived_on"].notna() | ~(frame["received_on"] > last)
    dates = [field.key for field in registers()["requests"].pulled if field.type == "date" and not field.ahead]
    if came.all() and not any((frame[key].to_numpy() > last.to_numpy()).any() for key in dates):
        return records.at(day.year) if records.year != day.year else records
    known = frame.assign(**frame[dates].mask(frame[dates] > last))[came]
    return replace(records, year=day.year, frames={**records.frames, "requests": known.reset_index(drop=True)})


def _apply_redone(frame: pd.DataFrame, redone: Mask, before: Mapping[str, str]) -> pd.DataFrame:
    """Return the requests with the day and result of each redone case assigned to its original request."""
    numbers = frame["number"].map(fold_number)
    answered = frame[["completed", "number", "final"]][redone & frame["completed"].notna()]
    for redo in answered.sort_values(["completed", "number"]).itertuples():
        original = numbers == chain(fold_number(redo.number), before)[-1]
        frame.loc[original & frame["completed"].isna(), "completed"] = redo.completed  # never answered before
        replaced = original & (frame["completed"].dt.year == redo.completed.year)
        frame.loc[replaced, "final"] = redo.final
    return frame


def handled_here(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the requests that this office handles under their own number, with a new index."""
    here = texts(frame["out"]) == ""
    return frame if here.all() else frame[here].reset_index(drop=True)


def receipt(frame: pd.DataFrame) -> pd.Series:
    """Return 收到申请之日 of each request (条例 31); NaT without a confirmation."""
    fields = [receipt_fields(channel) for channel in texts(frame["channel"])]
    day = days(frame["received_on"])
    for group in dict.fromkeys(fields):
        inside = np.array([same == group for same in fields])
        day = np.where(inside, _first_known(*(days(frame[field]) for field in group)), day)
    return pd.Series(day, frame.index)


LAPSES = {"other.not_corrected": "correction_due_on", "other.not_paid": "fee_due_on"}
"""The dispositions that take effect when a limit has passed, each with the field of its limit."""


_SENT = dict.fromkeys(("mail", "courier", "collect"), "posted_on")
DELIVERED = {**_SENT, "in_person": "signed_on", "entrusted": "signed_on", "electronic": "sent_on"}
"""The field with the day of delivery, by way of delivery; what was sent in a way not permitted was sent all the same."""


def delivery_day(frame: pd.DataFrame) -> Days:
    """Return the day of delivery of each answer: that of its way, or 送达日 without one; NaT where neither is known."""
    delivery, day = texts(frame["delivery"]), days(frame["delivered_on"])
    for way, key in DELIVERED.items():
        day = np.where(delivery == way, _first_known(days(frame[key]), day), day)
    return day


def _completion(frame: pd.DataFrame, rules: CountingRules) -> tuple[Days, Texts]:
    """Return the day of completion of each request (NaT while open) and its final disposition."""
    replied, final = days(frame["replied_on"]), texts(frame["disposition"])
    day = delivery_day(frame) if rules.completed_by == "delivery" else replied
    for lapse, due in LAPSES.items():
        lapsed_on = _first_known(days(frame["lapsed_on"]), days(frame[due]) + np.timedelta64(1, "D"), replied)
        day = np.where(final == lapse, lapsed_on, day)
    day = np.where(final == "", np.datetime64("NaT"), day)
    withdrawn_on = days(frame["withdrawn_on"])
    withdrawn = ~np.isnat(withdrawn_on) & ~(day <= withdrawn_on)
    ended = np.array([not text.startswith("other") or text in LAPSES for text in final], dtype=bool)
    return np.where(withdrawn, withdrawn_on, day), np.where(withdrawn & ended, "other.otherwise", final)


def _first_known(day: Days, *others: Days) -> Days:
    """Return, for each record, the first known one of several days."""
    for other in others:
        day = np.where(np.isnat(day), other, day)
    return day


def received(records: Records, rules: CountingRules) -> list[Line]:
    """Count the requests received in the year (条例 31), by kind of applicant."""
    frame = requests_in_time(records, rules)
    reasons = date_reasons(frame["received"], records, rules, "收到申请之日")
    arrived = date_reasons(frame["arrived_on"], records, rules, "收文日期") != None  # noqa: E711 - one by one
    unconfirmed = np.isnat(days(frame["received"])) & arrived
    reasons = take_out(reasons, unconfirmed, "尚未确认收到（条例 31 条），确认之日才算收到")
    return build_lines("requests", frame, _exclude_uncounted(reasons, frame), column=frame["applicant"])


def carried_in(records: Records, rules: CountingRules) -> list[Line]:
    """Count the requests received before the year and open at its beginning, by kind of applicant."""
    frame = requests_in_time(records, rules)
    first, _ = year_bounds(records)
    done = days(frame["completed"])
    reasons = with_reason(no_reasons(frame), (days(frame["received"]) < first) & ~(done < first), "")
    recent = (done < first) & (done >= first - np.timedelta64(rules.near_days, "D"))
    reasons = with_reason(reasons, recent, with_day("上年 {} 已办结", done, recent))
    return build_lines("requests", frame, _exclude_uncounted(reasons, frame), column=frame["applicant"])


def completed(records: Records, rules: CountingRules) -> list[Line]:
    """Count the requests completed in the year, by final disposition and kind of applicant."""
    frame = requests_in_time(records, rules)
    reasons = date_reasons(frame["completed"], records, rules, "办结日")
    waiting = np.isnat(days(frame["completed"])) & (texts(frame["final"]) != "")
    reasons = with_reason(reasons, waiting, "有答复类型而没有送达日期，按未办结计")
    return build_lines(
        "requests", frame, _exclude_uncounted(reasons, frame), row=frame["final"], column=frame["applicant"]
    )


def _exclude_uncounted(reasons: Reasons, frame: pd.DataFrame) -> Reasons:
    """Return the reasons, with the reason in out for requests that are never counted."""
    out = texts(frame["out"])
    return exclude(reasons, out != "", out)


def carried_out(records: Records, rules: CountingRules) -> list[Line]:
    """Count the requests open on 31 December, by kind of applicant."""
    frame = requests_in_time(records, rules)
    _, last = year_bounds(records)
    done = days(frame["completed"])
    reasons = with_reason(no_reasons(frame), (days(frame["received"]) <= last) & ~(done <= last), "")
    recent = (done <= last) & (done >= last - np.timedelta64(rules.near_days, "D"))
    reasons = with_reason(reasons, recent, with_day("{} 已办结", done, recent))
    return build_lines("requests", frame, _exclude_uncounted(reasons, frame), column=frame["applicant"])
