"""Requests against the limits of the 条例, and results against what has to go before them (H1–H4, H8, H11–H13, A10–A12)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from ...forms.characters import fold_number
from ...deadlines.calendar import Days, as_days
from ...deadlines.limits import Limits, limits
from ...figures.counting.requests import DELIVERED, not_out, receipt, requests_in_time
from ...findings import Finding
from ...forms.model import plain
from ...registers.schema import registers
from .articles import Grounds, cited, names
from .known import known_on
from .notes import Notes

_SEPARATED = (37, None)
"""条例 37: what may be given apart is given, the rest is not."""
_LAPSES = ("other.not_corrected", "other.not_paid")


@dataclass(frozen=True, eq=False)
class Cases:
    """The requests of one office as they stood on 31 December, in time and with their limits."""

    notes: Notes

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The requests that this office handles under their own number."""
        inputs = self.notes.inputs
        known = known_on(inputs.records, date(inputs.year, 12, 31))
        return not_out(requests_in_time(known, inputs.params.counting))

    @cached_property
    def limits(self) -> Limits:
        """The limits of the requests, in the order of the frame."""
        inputs = self.notes.inputs
        return limits(self.frame, inputs.calendar, inputs.params.limits, self.notes.year[1])

    @cached_property
    def completed(self) -> Days:
        """The days of completion."""
        return as_days(self.frame["completed"])

    @cached_property
    def received(self) -> Days:
        """收到申请之日 as entered or by the channel; NaT while unconfirmed, even if answered."""
        return as_days(receipt(self.frame))

    @cached_property
    def done(self) -> pd.Series:
        """The result of each request that was completed in the year; "" of the others."""
        return self.frame["final"].where(pd.Series(self.notes.within(self.completed)), "")

    @cached_property
    def result(self) -> pd.Series:
        """The result of each request completed in the year as its own answer gives it; "" where it was withdrawn,
        or where a case redone within the year took its place."""
        return self.done.where(self.done == self.frame["disposition"], "")

    def day(self, key: str) -> Days:
        """A date of the register."""
        return as_days(self.frame[key])

    def has(self, key: str) -> np.ndarray:
        """Which requests have a date."""
        return ~np.isnat(self.day(key))

    def find(self, code: str, wrong: object, **named: object) -> Iterator[Finding]:
        """Yield the finding of a rule for every request that is wrong."""
        return self.notes.each(code, "requests", self.frame, wrong, **named)

    @cached_property
    def labels(self) -> pd.Series:
        """The result of each request in the words of the form."""
        label = registers()["requests"]["disposition"].label
        return self.frame["final"].map({final: plain(label(final)) for final in self.frame["final"].unique()})


def check_limits(cases: Cases) -> Iterator[Finding]:
    """Yield every request whose correction, extension or answer came too late (H1, H2, H3; 条例 30, 33)."""
    within, limit, last = cases.notes.within, cases.limits, cases.notes.year[1]
    told = cases.day("correction_notified_on")
    yield from cases.find(
        "records.correction-late", within(told) & (told > limit.correction), found=told, expected=limit.correction
    )
    extended = cases.day("extended_on")
    yield from cases.find(
        "records.extension-late", within(extended) & (extended > limit.first), found=extended, expected=limit.first
    )
    by_itself = cases.frame["final"].isin(_LAPSES).to_numpy() | (cases.day("withdrawn_on") == cases.completed)
    late = within(cases.completed) & (cases.completed > limit.reply) & ~by_itself
    days = cases.notes.inputs.calendar.between(limit.reply, np.fmin(cases.completed, last))
    yield from cases.find(
        "records.answer-late", late, found=cases.completed, expected=limit.reply, days=days.astype(str)
    )
    waiting = np.isnat(cases.completed) & (limit.reply < last) & ~limit.consulting
    days = cases.notes.inputs.calendar.between(limit.reply, np.full(len(cases.frame), last))
    yield from cases.find(
        "records.unanswered", waiting, expected=limit.reply, days=days.astype(str), named=_lacking(cases)
    )


def _lacking(cases: Cases) -> pd.Series:
    """What each open request still lacks: its answer, or the day on which that was delivered."""
    register, replied = registers()["requests"], cases.frame["replied_on"]
    headings = {way: register[key].heading for way, key in DELIVERED.items()}
    lacking = (
        "送达（"
        + replied.dt.strftime("%Y-%m-%d")
        + " 已经答复，没有登记"
        + cases.frame["delivery"].map(headings)
        + "）"
    )
    return lacking.fillna("答复")


def check_lapses(cases: Cases) -> Iterator[Finding]:
    """Yield every request given up before the applicant's time was over (H8; 条例 30, 42)."""
    for disposition, code, due in (
        ("other.not_corrected", "records.given-up-uncorrected", cases.limits.correction_due),
        ("other.not_paid", "records.given-up-unpaid", cases.limits.payment_due),
    ):
        wrong = (cases.done == disposition).to_numpy() & ~(cases.completed > due)
        yield from cases.find(code, wrong, found=cases.completed, expected=due)


def check_dates(cases: Cases) -> Iterator[Finding]:
    """Yield requests without a day of receipt, answered before it, or registered twice (H11)."""
    replied = cases.day("replied_on")
    early = cases.notes.within(replied) & (replied < cases.received)
    yield from cases.find("records.answered-early", early, found=replied, expected=cases.received)
    unreceived = (cases.done != "").to_numpy() & np.isnat(cases.received)
    yield from cases.find("records.no-receipt", unreceived, found=cases.completed)
    numbers = cases.frame["number"].map(_plain)
    again = numbers.duplicated() & cases.notes.within(cases.received)
    first = cases.frame["number"].groupby(numbers).transform("first")
    yield from cases.find("records.number-twice", again, found=cases.frame["number"], expected=first)


def _plain(number: str) -> str:
    """A number without what two people write differently: brackets, spaces, noughts in front, full width."""
    return _NOUGHTS.sub("", fold_number(number))


_NOUGHTS = re.compile(r"(?<![0-9])0+(?=[0-9])")


def check_receipt(cases: Cases) -> Iterator[Finding]:
    """Yield requests confirmed in the year after they came, late, or not at all (H12, H13; 条例 31)."""
    frame, within = cases.frame, cases.notes.within
    arrived, confirmed = cases.day("arrived_on"), cases.day("confirmed_on")
    electronic = frame["channel"].isin(["internet", "fax", "email"]).to_numpy()
    letter = (frame["channel"] == "letter").to_numpy()
    across = within(cases.received) & (arrived < cases.notes.year[0]) & (electronic | letter)
    yield from cases.find("records.confirmed-next-year", across, found=arrived, expected=cases.received)
    late = within(cases.received) & letter & (confirmed > arrived) & ~across
    yield from cases.find("records.letter-late", late, found=confirmed, expected=arrived)
    came = within(np.where(np.isnat(cases.received), arrived, cases.received))
    waited = electronic | (letter & (arrived < cases.notes.year[1]))
    unconfirmed = came & waited & np.isnat(confirmed) & ~((cases.done != "") & np.isnat(cases.received))
    channels = frame["channel"].map(registers()["requests"]["channel"].choices)
    yield from cases.find("records.unconfirmed", unconfirmed, found=arrived, named=channels)


def check_results(cases: Cases) -> Iterator[Finding]:
    """Yield results that contradict what is on record, or lack what has to go before (A10–A12, H4)."""
    done, articles = cases.result, cases.frame["articles"]
    grounds = Grounds(cases.notes.inputs.official["requests"])
    single = done.str.startswith(("refused", "unavailable", "not_processed"))
    separated = single & articles.map(lambda text: names(_SEPARATED, cited(text)))
    yield from cases.find("records.separated", separated, found=cases.labels)
    pairs = [*zip(done, articles, strict=True)]
    agrees = {(d, a): d == "" or grounds.agrees(_printed(grounds, d), a) for d, a in set(pairs)}
    differs = np.array([not agrees[pair] for pair in pairs], dtype=bool)
    yield from cases.find(
        "records.articles", differs & ~separated.to_numpy(), found=articles, expected=cases.labels, named=cases.labels
    )
    yield from _check_corrections(cases)
    yield from _check_consulted(cases)
    yield from _check_repeated(cases)


def _printed(grounds: Grounds, disposition: str) -> str:
    """The row of the form that a result falls in."""
    while "." in disposition and not grounds.of(disposition):
        disposition = disposition.rpartition(".")[0]
    return disposition


def _check_corrections(cases: Cases) -> Iterator[Finding]:
    """A11: still unclear is said of what was corrected, given up of what was not (条例 30)."""
    unclear = (cases.result == "unavailable.still_unclear").to_numpy()
    clear = (cases.frame["correction_clear"] == True).fillna(False).to_numpy(dtype=bool)  # noqa: E712 - three-valued
    wrong = unclear & (~cases.has("corrected_on") | clear)
    yield from cases.find("records.unclear-uncorrected", wrong, found=cases.day("corrected_on"))
    corrected, due = cases.day("corrected_on"), cases.limits.correction_due
    given_up = (cases.result == "other.not_corrected").to_numpy() & (corrected <= due)
    yield from cases.find("records.given-up-corrected", given_up, found=corrected, expected=due)


def _check_consulted(cases: Cases) -> Iterator[Finding]:
    """A12: a third party is asked, and many requests have to be explained, before they are refused (条例 32, 35)."""
    third = (cases.result == "refused.third_party").to_numpy()
    directly = (cases.frame["third_party_opinion"] == "not_asked").to_numpy()
    yield from cases.find("records.third-party", third & ~cases.has("third_party_asked_on") & ~directly)
    excessive = (cases.result == "not_processed.excessive").to_numpy()
    accepted = (cases.frame["reasons_accepted"] == True).fillna(False).to_numpy(dtype=bool)  # noqa: E712
    yield from cases.find("records.reasons", excessive & (~cases.has("reasons_asked_on") | accepted))


def _check_repeated(cases: Cases) -> Iterator[Finding]:
    """A12: a repeated request is one of the same applicant that this office has answered (条例 36(6))."""
    frame, repeated = cases.frame, (cases.result == "not_processed.repeated").to_numpy()
    if not repeated.any():
        return
    earlier = frame.drop_duplicates("number").set_index("number")
    for index in np.flatnonzero(repeated):
        number = str(frame["earlier_number"].iloc[index])
        reason = _not_repeated(earlier.loc[number] if number in earlier.index else None, frame.iloc[index], number)
        if reason:
            wrong = np.arange(len(frame)) == index
            yield from cases.find("records.repeated", wrong, found=number, named=reason)


def _not_repeated(earlier: pd.Series | None, request: pd.Series, number: str) -> str:
    if not number:
        return "没有登记关联既往申请号"
    if earlier is None:
        return f"台账里查不到既往申请“{number}”"
    if earlier["person"] and request["person"] and earlier["person"] != request["person"]:
        return f"既往申请“{number}”不是同一申请人提出的"
    if not earlier["completed"] <= request["received"]:
        return f"收到这件申请时，既往申请“{number}”还没有答复"
    return ""
