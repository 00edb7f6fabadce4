"""The statutory limits of requests: until when to ask for a correction, to extend, to answer (条例 30, 32, 33, 35).

The day after receipt is day 1. A correction received starts the count anew (30), consulting a third party or another
body stops it from the day of asking to the day of the answer (33), a delay settled for many requests takes the
place of an earlier limit (35).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import ConfigDict

from ..workspace.params_models import TimeLimits
from ..yamlfile import read_data
from .calendar import Calendar, Days, as_days

_NEVER = np.datetime64("NaT")
_Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Term:
    """A number of working days, and the article that sets it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    days: int
    article: str


@dataclass(frozen=True)
class Statute:
    """The terms of the 条例 (statute.yaml)."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    correction_notice: Term
    reply: Term
    extension: Term
    third_party: Term


@lru_cache
def statute() -> Statute:
    """Return the terms of the 条例."""
    found: Statute = read_data(Path(__file__).with_name("statute.yaml"), Statute)
    return found


@dataclass(frozen=True, eq=False)
class Limits:
    """The last days of each request, in the order of the frame; NaT where none can be told.

    correction: to ask for a correction. first: to answer without an extension, and to tell of one. reply: to answer.
    correction_due, payment_due: for the applicant. opinion: for the third party. consulting says whether the
    count stands still because somebody is being consulted.
    """

    correction: Days
    first: Days
    reply: Days
    correction_due: Days
    payment_due: Days
    opinion: Days
    consulting: npt.NDArray[np.bool_]


def limits(requests: pd.DataFrame, calendar: Calendar, rules: TimeLimits, on: Days | np.datetime64) -> Limits:
    """Return the limits of requests as they stand on a day (one, or one a request).

    requests has the fields of the register, received (条例 31) and completed; what happened after the day must not
    stand in it. No limit runs while a correction or a payment is waited for.
    """
    terms = statute()
    received = as_days(requests["received"])
    due, paid_by = corrections_due(requests, calendar, rules), payments_due(requests, calendar, rules)
    start = _started(requests, rules)
    until = np.fmin(as_days(requests["completed"]), on)
    third, others = _periods(requests, calendar, until)
    first = _reply(calendar, start, terms.reply.days, third, others)
    longer = _reply(calendar, start, terms.reply.days + terms.extension.days, third, others)
    reply = np.where(np.isnat(as_days(requests["extended_on"])), first, longer)
    reply = np.fmax(reply, np.where(np.isnat(start), _NEVER, as_days(requests["delayed_until"])))
    opinion = _opinion_limit(requests, calendar)
    asked = as_days(requests["third_party_asked_on"]), as_days(requests["others_asked_on"])
    replied = as_days(requests["third_party_replied_on"]), as_days(requests["others_replied_on"])
    consulting = ~np.isnat(asked[0]) & np.isnat(replied[0]) & (opinion >= until)
    consulting |= ~np.isnat(asked[1]) & np.isnat(replied[1])
    return Limits(
        calendar.after(received, terms.correction_notice.days), first, reply, due, paid_by, opinion, consulting
    )


def corrections_due(requests: pd.DataFrame, calendar: Calendar, rules: TimeLimits) -> Days:
    """Return until when applicants were to correct: as recorded, or reckoned from the notice."""
    told = as_days(requests["correction_notified_on"])
    return _first_known(as_days(requests["correction_due_on"]), calendar.after(told, rules.correction_days))


def payments_due(requests: pd.DataFrame, calendar: Calendar, rules: TimeLimits) -> Days:
    """Return until when applicants were to pay: as recorded, or reckoned from the receipt of the notice."""
    told = _first_known(as_days(requests["fee_received_on"]), as_days(requests["fee_notified_on"]))
    return _first_known(as_days(requests["fee_due_on"]), calendar.after(told, rules.payment_days))


def _started(requests: pd.DataFrame, rules: TimeLimits) -> Days:
    """The day after which the count runs; NaT while a correction or a payment is waited for."""
    corrected, paid = as_days(requests["corrected_on"]), as_days(requests["fee_paid_on"])
    start = np.fmax(as_days(requests["received"]), corrected)
    waiting = ~np.isnat(as_days(requests["correction_notified_on"])) & np.isnat(corrected)
    unpaid = ~np.isnat(as_days(requests["fee_notified_on"])) & np.isnat(paid)
    if rules.payment_restarts:
        start = np.fmax(start, paid)
        waiting |= unpaid
    return np.where(waiting, _NEVER, start)


_Period = tuple[Days, Days]


def _periods(requests: pd.DataFrame, calendar: Calendar, until: Days) -> tuple[_Period, _Period]:
    """When a third party and when others were consulted: the days of asking and of answering (or until now).

    A third party has 15 working days from its receipt of the letter (条例 32). Where that day is not recorded, an
    answer's own day counts; without an answer, the days run from the sending.
    """
    asked, answered = as_days(requests["third_party_asked_on"]), as_days(requests["third_party_replied_on"])
    received, at_most = as_days(requests["third_party_received_on"]), _opinion_limit(requests, calendar)
    end = _first_known(answered, until)
    bounded = ~np.isnat(received) | np.isnat(answered)
    third = asked, np.where(bounded, np.fmin(end, at_most), end)
    others = as_days(requests["others_asked_on"]), _first_known(as_days(requests["others_replied_on"]), until)
    return third, others


def _opinion_limit(requests: pd.DataFrame, calendar: Calendar) -> Days:
    asked, received = as_days(requests["third_party_asked_on"]), as_days(requests["third_party_received_on"])
    return calendar.after(_first_known(received, asked), statute().third_party.days)


def _reply(calendar: Calendar, start: Days, days: int, third: _Period, others: _Period) -> Days:
    """The last day of a number of working days after start, the days of both periods left out, each once."""
    third, others = _within(start, third), _within(start, others)
    lengths = calendar.between(*third), calendar.between(*others)
    both = (np.fmax(third[0], others[0]), np.fmin(third[1], others[1]))
    shared = np.where((lengths[0] > 0) & (lengths[1] > 0), np.maximum(calendar.between(*both), 0), 0)
    in_time = (
        third[0] <= calendar.after(start, days + lengths[1]),
        others[0] <= calendar.after(start, days + lengths[0]),
    )
    left_out = lengths[0] * in_time[0] + lengths[1] * in_time[1] - shared * (in_time[0] & in_time[1])
    return calendar.after(start, days + left_out)


def _within(start: Days, period: _Period) -> _Period:
    """The part of a period after the count began; none (NaT) where it had ended by then."""
    begun, ended = np.fmax(period[0], start), period[1]
    outside = np.isnat(period[0]) | np.isnat(start) | ~(ended > begun)
    return np.where(outside, _NEVER, begun), np.where(outside, _NEVER, ended)


def _first_known(day: Days, otherwise: Days) -> Days:
    return np.where(np.isnat(day), otherwise, day)
