"""The measures of 表三, and the dates of requests: receipt, completion, result, and the state on a given day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache

import numpy as np

from ...registers.receipt import receipt_fields
from ...registers.schema import registers
from ...registers.store.loading import Records
from ...registers.store.record_columns import Days, Mask, RecordColumns, Texts, among, first_known
from ...workspace.params_models import CountingRules
from ..table import Line
from .lines import (
    Reasons,
    build_lines,
    date_reasons,
    exclude,
    no_reasons,
    take_out,
    with_day,
    with_reason,
    year_bounds,
)
from .references import chain, references


@lru_cache(maxsize=16)
def requests_in_time(records: Records, rules: CountingRules) -> RecordColumns:
    """Return the requests with received and completed (dates), final (disposition) and out (reason for never counting).

    received: by channel (条例 31); at the latest the day of the answer, if receipt was never confirmed. completed: by
    way of delivery (国办公开办函〔2016〕235号); for a lapse the day after the limit (条例 30, 42); for a withdrawal its
    receipt. A case redone within the year has its last result. A case handed over is counted by the office that took it
    over only if this office ended in that year and never answered it (handed_over). A request said to redo one that no
    register holds counts as a case of its own (records.unmatched names it). Cases that redo each other in a circle count
    nowhere (records.redo-circular).
    """
    held = records.of_year("requests")
    completed, final = _completion(held, rules)
    received = first_known(receipt(held), completed)
    _, last = year_bounds(records)
    before = redo_references(held)
    numbers = held.folded("number") if before else held["number"]
    redone = among(numbers, before)
    out = np.full(len(held), "", dtype=object)
    out[handed_over(records) & (held["handed_over_on"] <= last) & np.isnat(completed)] = (
        "未办结时已随职权移交，由承接单位计"
    )
    out[held["taken_over_on"] > last] = "以后才随职权承接，本年由移交单位计"
    out[redone] = "是重新作出的处理，不另计一件"
    _apply_redone(completed, final, numbers, held["number"], before)
    return held.with_columns(completed=completed, received=received, final=final, out=out)


def redo_references(requests: RecordColumns) -> dict[str, str]:
    """Return the number of the request that each redone one redoes, by its own number; those the register holds."""
    redone = requests["redo_of"]
    return references(requests["number"], redone) if (redone != "").any() else {}


def handed_over(records: Records) -> Mask:
    """Return which requests another office has taken over: without an answer, handed over in the year this office ended.

    A transfer by an office that goes on moves no case: it still has to answer (国办公开办函〔2019〕14号).
    """
    held, ended = records.of_year("requests"), records.ended_on
    if ended is None:
        return np.zeros(len(held), dtype=bool)
    year = np.datetime64(ended, "Y")
    within: Mask = (held["handed_over_on"].astype("datetime64[Y]") == year) & (held["disposition"] == "")
    return within


def records_on(records: Records, day: date) -> Records:
    """Return the records as known on a day, for its year: requests without any later event.

    Requests that arrived later, or were taken over later, are left out.
    """
    held, last = records.held["requests"], np.datetime64(day)
    came = ~(held["arrived_on"] > last) & ~(held["taken_over_on"] > last)
    came &= ~np.isnat(held["arrived_on"]) | ~(held["received_on"] > last)
    dates = [field.key for field in registers()["requests"].pulled if field.type == "date" and not field.ahead]
    later = {key: held[key] > last for key in dates}
    if came.all() and not any(known.any() for known in later.values()):
        return records.at(day.year) if records.year != day.year else records
    unknown = {key: np.where(known, _NEVER, held[key]) for key, known in later.items()}
    return replace(records, year=day.year, held={**records.held, "requests": held.with_columns(**unknown).chosen(came)})


_NEVER = np.datetime64("NaT")


def _apply_redone(completed: Days, final: Texts, numbers: Texts, written: Texts, before: Mapping[str, str]) -> None:
    """Give the original request of each redone case the day and result of it, in the two arrays."""
    answered = [place for place, number in enumerate(numbers) if number in before and not np.isnat(completed[place])]
    answered.sort(key=lambda place: (completed[place], written[place]))
    results = [(numbers[place], completed[place], final[place]) for place in answered]
    for number, day, result in results:
        original = numbers == chain(number, before)[-1]
        completed[original & np.isnat(completed)] = day  # never answered before
        final[original & (completed.astype("datetime64[Y]") == day.astype("datetime64[Y]"))] = result


def handled_here(requests: RecordColumns) -> RecordColumns:
    """Return the requests that this office handles under their own number."""
    here = requests["out"] == ""
    return requests if here.all() else requests.chosen(here)


def receipt(requests: RecordColumns) -> Days:
    """Return 收到申请之日 of each request (条例 31); NaT without a confirmation."""
    channels, day = requests["channel"], requests["received_on"]
    for channel in set(channels):
        known = first_known(*(requests[field] for field in receipt_fields(channel)))
        day = np.where(channels == channel, known, day)
    return day


LAPSES = {"other.not_corrected": "correction_due_on", "other.not_paid": "fee_due_on"}
"""The dispositions that take effect when a limit has passed, each with the field of its limit."""


_SENT = dict.fromkeys(("mail", "courier", "collect"), "posted_on")
DELIVERED = {**_SENT, "in_person": "signed_on", "entrusted": "signed_on", "electronic": "sent_on"}
"""The field with the day of delivery, by way of delivery; what was sent in a way not permitted was sent all the same."""


def delivery_day(requests: RecordColumns) -> Days:
    """Return the day of delivery of each answer: that of its way, or 送达日 without one; NaT where neither is known."""
    delivery, day = requests["delivery"], requests["delivered_on"]
    for way, key in DELIVERED.items():
        day = np.where(delivery == way, first_known(requests[key], day), day)
    return day


def _completion(requests: RecordColumns, rules: CountingRules) -> tuple[Days, Texts]:
    """Return the day of completion of each request (NaT while open) and its final disposition."""
    replied, final = requests["replied_on"], requests["disposition"]
    day = delivery_day(requests) if rules.completed_by == "delivery" else replied
    for lapse, due in LAPSES.items():
        due_on: Days = requests[due]
        lapsed_on = first_known(requests["lapsed_on"], due_on + np.timedelta64(1, "D"), replied)
        day = np.where(final == lapse, lapsed_on, day)
    day = np.where(final == "", _NEVER, day)
    withdrawn_on = requests["withdrawn_on"]
    withdrawn = ~np.isnat(withdrawn_on) & ~(day <= withdrawn_on)
    ended = np.array([not text.startswith("other") or text in LAPSES for text in final], dtype=bool)
    return np.where(withdrawn, withdrawn_on, day), np.where(withdrawn & ended, "other.otherwise", final)


def received(records: Records, rules: CountingRules) -> list[Line]:
    """Count the requests received in the year (条例 31), by kind of applicant."""
    held = requests_in_time(records, rules)
    reasons = date_reasons(held["received"], records, rules, "收到申请之日")
    arrived = date_reasons(held["arrived_on"], records, rules, "收文日期") != None  # noqa: E711 - one by one
    unconfirmed = np.isnat(held["received"]) & arrived
    reasons = take_out(reasons, unconfirmed, "尚未确认收到（条例 31 条），确认之日才算收到")
    return build_lines(held, _exclude_uncounted(reasons, held), column=held["applicant"])


def carried_in(records: Records, rules: CountingRules) -> list[Line]:
    """Count the requests received before the year and open at its beginning, by kind of applicant."""
    held = requests_in_time(records, rules)
    first, _ = year_bounds(records)
    done = held["completed"]
    reasons = with_reason(no_reasons(held), (held["received"] < first) & ~(done < first), "")
    recent = (done < first) & (done >= first - np.timedelta64(rules.near_days, "D"))
    reasons = with_reason(reasons, recent, with_day("上年 {} 已办结", done, recent))
    return build_lines(held, _exclude_uncounted(reasons, held), column=held["applicant"])


def completed(records: Records, rules: CountingRules) -> list[Line]:
    """Count the requests completed in the year, by final disposition and kind of applicant."""
    held = requests_in_time(records, rules)
    reasons = date_reasons(held["completed"], records, rules, "办结日")
    waiting = np.isnat(held["completed"]) & (held["final"] != "")
    reasons = with_reason(reasons, waiting, "有答复类型而没有送达日期，按未办结计")
    return build_lines(held, _exclude_uncounted(reasons, held), row=held["final"], column=held["applicant"])


def _exclude_uncounted(reasons: Reasons, held: RecordColumns) -> Reasons:
    """Return the reasons, with the reason in out for requests that are never counted."""
    return exclude(reasons, held["out"] != "", held["out"])


def carried_out(records: Records, rules: CountingRules) -> list[Line]:
    """Count the requests open on 31 December, by kind of applicant."""
    held = requests_in_time(records, rules)
    _, last = year_bounds(records)
    done = held["completed"]
    reasons = with_reason(no_reasons(held), (held["received"] <= last) & ~(done <= last), "")
    recent = (done <= last) & (done >= last - np.timedelta64(rules.near_days, "D"))
    reasons = with_reason(reasons, recent, with_day("{} 已办结", done, recent))
    return build_lines(held, _exclude_uncounted(reasons, held), column=held["applicant"])
