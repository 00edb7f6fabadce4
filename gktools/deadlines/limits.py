"""The statutory limits of requests: the last days for a correction notice, an extension and an answer.

Day 1 is the day after receipt. A received correction restarts the count (条例 30); consulting a third party or another
body suspends it from the day of the letter to the day of the answer (33); a delay agreed for many requests replaces an
earlier limit (35). A third party has the term of article 32.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict

from ..workspace.params_models import TimeLimits
from ..yamlfile import read_data
from .calendar import Calendar, Days

_NEVER = np.datetime64("NaT")
_Counts = npt.NDArray[np.int64]


class DayColumns(Protocol):
    """The days of requests: an array for the key of a field, NaT where it is unknown."""

    def __getitem__(self, key: str, /) -> Days: ...


@dataclass(frozen=True)
class Term:
    """A term in working days, and the article that sets it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    days: int
    article: str


@dataclass(frozen=True)
class Statute:
    """The terms that the 条例 sets, as in statute.yaml."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    correction_notice: Term
    reply: Term
    extension: Term
    third_party: Term


@lru_cache
def statute() -> Statute:
    """Return the terms of statute.yaml."""
    found: Statute = read_data(Path(__file__).with_name("statute.yaml"), Statute)
    return found


@dataclass(frozen=True, eq=False)
class Limits:
    """The last days of each request, in the order of the frame; NaT for an unknown limit.

    correction: last day for a correction notice. first: last day for an answer or for the notice of an extension.
    reply: last day for the answer. correction_due, payment_due: last days for the applicant. opinion: last day for the
    third party. consulting: whether the count is suspended during a consultation.
    """

    correction: Days
    first: Days
    reply: Days
    correction_due: Days
    payment_due: Days
    opinion: Days
    consulting: npt.NDArray[np.bool_]


def limits(requests: DayColumns, calendar: Calendar, rules: TimeLimits, on: Days | np.datetime64) -> Limits:
    """Return the limits of requests on a day (one for all, or one for each request).

    requests has the fields of the register, received (条例 31) and completed, without any event after the day. No limit
    runs while the office waits for a correction or a payment.
    """
    terms = statute()
    received = requests["received"]
    due, paid_by = corrections_due(requests, calendar, rules), payments_due(requests, calendar, rules)
    start = _count_start(requests, rules)
    until = np.fmin(requests["completed"], on)
    third, others = _periods(requests, calendar, until)
    first = _reply(calendar, start, terms.reply.days, third, others)
    longer = _reply(calendar, start, terms.reply.days + terms.extension.days, third, others)
    reply = np.where(np.isnat(requests["extended_on"]), first, longer)
    reply = np.fmax(reply, np.where(np.isnat(start), _NEVER, requests["delayed_until"]))
    opinion = _opinion_limit(requests, calendar)
    asked = requests["third_party_asked_on"], requests["others_asked_on"]
    replied = requests["third_party_replied_on"], requests["others_replied_on"]
    consulting = ~np.isnat(asked[0]) & np.isnat(replied[0]) & (opinion >= until)
    consulting |= ~np.isnat(asked[1]) & np.isnat(replied[1])
    return Limits(
        calendar.after(received, terms.correction_notice.days), first, reply, due, paid_by, opinion, consulting
    )


def corrections_due(requests: DayColumns, calendar: Calendar, rules: TimeLimits) -> Days:
    """Return the last days for applicants' corrections: as recorded, or computed from the notice (条例 30)."""
    notified = requests["correction_notified_on"]
    return _first_known(requests["correction_due_on"], calendar.after(notified, rules.correction_days))


def payments_due(requests: DayColumns, calendar: Calendar, rules: TimeLimits) -> Days:
    """Return the last days for payments: as recorded, or computed from the receipt of the fee notice."""
    notified = _first_known(requests["fee_received_on"], requests["fee_notified_on"])
    return _first_known(requests["fee_due_on"], calendar.after(notified, rules.payment_days))


def _count_start(requests: DayColumns, rules: TimeLimits) -> Days:
    """Return the day from which each limit is counted; NaT while the office waits for a correction or a payment."""
    corrected, paid = requests["corrected_on"], requests["fee_paid_on"]
    start = np.fmax(requests["received"], corrected)
    waiting = ~np.isnat(requests["correction_notified_on"]) & np.isnat(corrected)
    unpaid = ~np.isnat(requests["fee_notified_on"]) & np.isnat(paid)
    if rules.payment_restarts:
        start = np.fmax(start, paid)
        waiting |= unpaid
    return np.where(waiting, _NEVER, start)


_Period = tuple[Days, Days]


def _periods(requests: DayColumns, calendar: Calendar, until: Days) -> tuple[_Period, _Period]:
    """Return the periods of consulting a third party and other bodies: the days of the letter and of the answer.

    An open period ends on the day of the query. A third party has 15 working days from receipt of the letter (条例 32);
    if receipt is not recorded, the day of the answer is used, or without an answer the day of the letter.
    """
    asked, answered = requests["third_party_asked_on"], requests["third_party_replied_on"]
    received, at_most = requests["third_party_received_on"], _opinion_limit(requests, calendar)
    end = _first_known(answered, until)
    bounded = ~np.isnat(received) | np.isnat(answered)
    third = asked, np.where(bounded, np.fmin(end, at_most), end)
    others = requests["others_asked_on"], _first_known(requests["others_replied_on"], until)
    return third, others


def _opinion_limit(requests: DayColumns, calendar: Calendar) -> Days:
    asked, received = requests["third_party_asked_on"], requests["third_party_received_on"]
    return calendar.after(_first_known(received, asked), statute().third_party.days)


def _reply(calendar: Calendar, start: Days, days: int, third: _Period, others: _Period) -> Days:
    """Return the last of a number of working days after start, not counting the days of the two periods."""
    third, others = _overlap(start, third), _overlap(start, others)
    lengths = calendar.between(*third), calendar.between(*others)
    both = (np.fmax(third[0], others[0]), np.fmin(third[1], others[1]))
    shared = np.where((lengths[0] > 0) & (lengths[1] > 0), np.maximum(calendar.between(*both), 0), 0)
    in_time = (
        third[0] <= calendar.after(start, days + lengths[1]),
        others[0] <= calendar.after(start, days + lengths[0]),
    )
    left_out = lengths[0] * in_time[0] + lengths[1] * in_time[1] - shared * (in_time[0] & in_time[1])
    return calendar.after(start, days + left_out)


def _overlap(start: Days, period: _Period) -> _Period:
    """Return the part of a period after start; NaT where the period ended before."""
    begun, ended = np.fmax(period[0], start), period[1]
    outside = np.isnat(period[0]) | np.isnat(start) | ~(ended > begun)
    return np.where(outside, _NEVER, begun), np.where(outside, _NEVER, ended)


def _first_known(day: Days, otherwise: Days) -> Days:
    return np.where(np.isnat(day), otherwise, day)
