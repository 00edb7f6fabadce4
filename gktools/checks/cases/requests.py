"""Checks of requests: the limits of the 条例, and the preconditions of results (H1–H4, H8, H11–H13, A10–A12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from ...deadlines.limits import Limits, limits
from ...figures.counting.requests import (
    DELIVERED,
    LAPSES,
    delivery_day,
    handled_here,
    receipt,
    records_on,
    requests_in_time,
)
from ...findings import Finding
from ...forms.characters import fold_number
from ...forms.model import short_label
from ...registers.schema import registers
from ...registers.store.record_columns import (
    Column,
    Days,
    Mask,
    RecordColumns,
    Texts,
    among,
    first_known,
    is_true,
    mapped,
)
from ...registers.written_numbers import WrittenNumber
from .articles import Grounds, cited_articles, is_among
from .finding_builder import FindingBuilder

_ARTICLE_37 = (37, None)
"""条例 37: the part of the information that can be separated is granted."""


@dataclass(frozen=True, eq=False)
class RequestCases:
    """The requests of one office as known on 31 December, with their dates and limits."""

    builder: FindingBuilder

    @cached_property
    def held(self) -> RecordColumns:
        """The requests that this office handles under their own number."""
        inputs = self.builder.inputs
        known = records_on(inputs.own, date(inputs.year, 12, 31))
        return handled_here(requests_in_time(known, inputs.params.counting))

    @cached_property
    def limits(self) -> Limits:
        """The limits of the requests, in their order."""
        inputs = self.builder.inputs
        return limits(self.held, inputs.calendar, inputs.params.limits, self.builder.year[1])

    @property
    def completed(self) -> Days:
        """The day of completion of each request."""
        return self.held["completed"]

    @cached_property
    def received(self) -> Days:
        """收到申请之日 as entered or by channel; NaT without a confirmation, even if answered."""
        return receipt(self.held)

    @cached_property
    def final_result(self) -> Texts:
        """The result of each request completed in the year; "" for the others."""
        return np.where(self.builder.in_year(self.completed), self.held["final"], "")

    @cached_property
    def result(self) -> Texts:
        """The result of each request completed in the year by its own answer.

        "" for the others, also for a withdrawal or a case redone within the year.
        """
        return np.where(self.final_result == self.held["disposition"], self.final_result, "")

    def has_date(self, key: str) -> Mask:
        """Return a mask of the requests with a value in a date field."""
        return ~np.isnat(self.held[key])

    def findings(self, code: str, wrong: object, **named: object) -> Iterator[Finding]:
        """Yield the finding of a rule for every request where the mask wrong is true."""
        return self.builder.for_records(code, self.held, wrong, **named)

    @cached_property
    def labels(self) -> Texts:
        """The result of each request as the label of the form."""
        label = registers()["requests"]["disposition"].label
        short = {final: short_label(label(final)) for final in set(self.held["final"])}
        return mapped(short.get, self.held["final"])


def check_limits(cases: RequestCases) -> Iterator[Finding]:
    """Yield every request whose correction, extension or answer came too late (H1, H2, H3; 条例 30, 33)."""
    within, limit, last = cases.builder.in_year, cases.limits, cases.builder.year[1]
    notified = cases.held["correction_notified_on"]
    yield from cases.findings(
        "records.correction-late",
        within(notified) & (notified > limit.correction),
        found=notified,
        expected=limit.correction,
    )
    extended = cases.held["extended_on"]
    yield from cases.findings(
        "records.extension-late", within(extended) & (extended > limit.first), found=extended, expected=limit.first
    )
    overtaken = overtaken_answers(cases.held)
    by_itself = among(cases.held["final"], LAPSES) | (cases.held["withdrawn_on"] == cases.completed)
    answered = np.where(overtaken, first_known(delivery_day(cases.held), cases.held["replied_on"]), cases.completed)
    late = within(answered) & (answered > limit.reply) & (~by_itself | overtaken)
    days = cases.builder.inputs.calendar.between(limit.reply, np.fmin(answered, last))
    yield from cases.findings("records.answer-late", late, found=answered, expected=limit.reply, days=days.astype(str))
    in_time = cases.held["replied_on"] <= limit.reply
    withdrawn = (cases.held["withdrawn_on"] == cases.completed) & ~in_time & ~overtaken
    never = within(cases.completed) & (cases.completed > limit.reply) & withdrawn & ~limit.consulting
    days = cases.builder.inputs.calendar.between(limit.reply, np.fmin(cases.completed, last)).astype(str)
    yield from cases.findings("records.withdrawn-late", never, found=cases.completed, expected=limit.reply, days=days)
    waiting = np.isnat(cases.completed) & (limit.reply < last) & ~limit.consulting
    days = cases.builder.inputs.calendar.between(limit.reply, np.full(len(cases.held), last))
    yield from cases.findings(
        "records.unanswered", waiting, expected=limit.reply, days=days.astype(str), named=_missing_step(cases, waiting)
    )


def overtaken_answers(held: RecordColumns) -> Mask:
    """Return which requests have an answer of their own that a withdrawal before it took the place of."""
    other = (held["disposition"] != "") & (held["final"] != held["disposition"])
    overtaken: Mask = (held["withdrawn_on"] == held["completed"]) & other
    return overtaken


def _missing_step(cases: RequestCases, waiting: Mask) -> Texts:
    """Return the missing step of each waiting request: its answer, or the day of delivery."""
    register, replied = registers()["requests"], cases.held["replied_on"]
    headings = {way: register[key].heading for way, key in DELIVERED.items()}
    steps = np.full(len(cases.held), "答复", dtype=object)
    for place in np.flatnonzero(waiting & ~np.isnat(replied)):
        heading = headings.get(cases.held["delivery"][place], register["delivery"].heading)
        steps[place] = f"送达（{replied[place]} 已经答复，没有登记{heading}）"
    return steps


def check_lapses(cases: RequestCases) -> Iterator[Finding]:
    """Yield every request closed as lapsed before the applicant's limit (H8; 条例 30, 42)."""
    for disposition, code, due in (
        ("other.not_corrected", "records.given-up-uncorrected", cases.limits.correction_due),
        ("other.not_paid", "records.given-up-unpaid", cases.limits.payment_due),
    ):
        wrong = (cases.final_result == disposition) & ~(cases.completed > due)
        yield from cases.findings(code, wrong, found=cases.completed, expected=due)


def check_dates(cases: RequestCases) -> Iterator[Finding]:
    """Yield the findings about the dates of requests (H11).

    Answered in the year before the day of receipt; completed in the year without a day of receipt; received in the year
    as the redoing of a request that is not in the register.
    """
    replied = cases.held["replied_on"]
    answered = first_known(replied, delivery_day(cases.held))
    early = cases.builder.in_year(answered) & (answered < cases.received)
    yield from cases.findings("records.answered-early", early, found=answered, expected=cases.received)
    unreceived = (cases.final_result != "") & np.isnat(cases.received)
    yield from cases.findings("records.no-receipt", unreceived, found=cases.completed)
    held = cases.held
    named = held.folded("redo_of")
    known = cases.builder.inputs.own.held["requests"].folded("number") if named.any() else ()
    unmatched = (named != "") & ~among(named, set(known)) & cases.builder.in_year(cases.received)
    heading, alone = registers()["requests"]["redo_of"].heading, "现在单独计一件；漏登了原申请的，补登后再导入"
    yield from cases.findings("records.unmatched", unmatched, found=held["redo_of"], named=heading, advice=alone)


def check_numbers(cases: RequestCases) -> Iterator[Finding]:
    """Yield requests that count in the year under the number of another, spelt otherwise (H11).

    Two of other days may be two, if the applicants are others, or not known and other cells differ: that is to be explained.
    """
    held = cases.held
    numbers = [WrittenNumber.of(number) or number for number in held["number"]]  # 第01号 is 1号
    first = {number: place for place, number in reversed([*enumerate(numbers)])}
    places = np.array([first[number] for number in numbers], dtype=np.intp)
    open_then = cases.builder.in_year(cases.received) | cases.builder.open_in_year(cases.received, cases.completed)
    again = (places != np.arange(len(held))) & open_then
    two = cases.received != cases.received[places]
    if again.any():
        person = held["person"]
        known = (person > 0) & (person[places] > 0)
        two &= np.where(known, person != person[places], _differ_otherwise(held, places))
    for code, wrong in (("records.number-twice", again & ~two), ("records.number-alike", again & two)):
        yield from cases.findings(code, wrong, found=held["number"], expected=held["number"][places])


def _differ_otherwise(held: RecordColumns, places: Column) -> Mask:
    """Return which records differ from others in how they came, from whom, or when and how they were answered."""
    day = held["replied_on"]
    found: Mask = (day != day[places]) & ~np.isnat(day) & ~np.isnat(day[places])
    for text in (held[key] for key in ("channel", "applicant", "disposition")):
        found |= (text != "") & (text[places] != "") & (text != text[places])
    return found


def check_receipt(cases: RequestCases) -> Iterator[Finding]:
    """Yield requests confirmed in the year after their arrival, late, or not at all (H12, H13; 条例 31)."""
    channel, within = cases.held["channel"], cases.builder.in_year
    arrived, confirmed = cases.held["arrived_on"], cases.held["confirmed_on"]
    electronic, letter = among(channel, ("internet", "fax", "email")), channel == "letter"
    across = within(cases.received) & (arrived < cases.builder.year[0]) & (electronic | letter)
    yield from cases.findings("records.confirmed-next-year", across, found=arrived, expected=cases.received)
    late = within(cases.received) & letter & (confirmed > arrived) & ~across
    yield from cases.findings("records.letter-late", late, found=confirmed, expected=arrived)
    came = within(np.where(np.isnat(cases.received), arrived, cases.received))
    waited = electronic | (letter & (arrived < cases.builder.year[1]))
    unconfirmed = came & waited & np.isnat(confirmed) & ~((cases.final_result != "") & np.isnat(cases.received))
    channels = mapped(registers()["requests"]["channel"].choices.get, channel)
    yield from cases.findings("records.unconfirmed", unconfirmed, found=arrived, named=channels)


def check_results(cases: RequestCases) -> Iterator[Finding]:
    """Yield results that contradict the record or lack a required step before them (A10–A12, H4)."""
    done, articles = cases.result, cases.held["articles"]
    grounds = Grounds(cases.builder.inputs.official["requests"])
    pairs = [*zip(done, articles, strict=True)]
    single = ("refused", "unavailable", "not_processed")
    parted = [d.startswith(single) and is_among(_ARTICLE_37, cited_articles(a)) for d, a in pairs]
    separated = np.array(parted, dtype=bool)
    yield from cases.findings("records.separated", separated, found=cases.labels)
    agrees = {(d, a): d == "" or grounds.supports(_printed_row(grounds, d), a) for d, a in set(pairs)}
    differs = np.array([not agrees[pair] for pair in pairs], dtype=bool)
    yield from cases.findings(
        "records.articles", differs & ~separated, found=articles, expected=cases.labels, named=cases.labels
    )
    yield from _check_corrections(cases)
    yield from _check_consulted(cases)
    yield from _check_repeated(cases)


def _printed_row(grounds: Grounds, disposition: str) -> str:
    """Return the row of the form in which a result is counted."""
    while "." in disposition and not grounds.articles_of(disposition):
        disposition = disposition.rpartition(".")[0]
    return disposition


def _check_corrections(cases: RequestCases) -> Iterator[Finding]:
    """Yield results "still unclear" without a correction, and lapses in spite of one (A11; 条例 30)."""
    unclear = cases.result == "unavailable.still_unclear"
    wrong = unclear & (~cases.has_date("corrected_on") | is_true(cases.held["correction_clear"]))
    yield from cases.findings("records.unclear-uncorrected", wrong, found=cases.held["corrected_on"])
    corrected, due = cases.held["corrected_on"], cases.limits.correction_due
    given_up = (cases.result == "other.not_corrected") & (corrected <= due)
    yield from cases.findings("records.given-up-corrected", given_up, found=corrected, expected=due)


def _check_consulted(cases: RequestCases) -> Iterator[Finding]:
    """Yield refusals without asking the third party or, for excessive requests, the reasons (A12; 条例 32, 35)."""
    third = cases.result == "refused.third_party"
    directly = cases.held["third_party_opinion"] == "not_asked"
    yield from cases.findings("records.third-party", third & ~cases.has_date("third_party_asked_on") & ~directly)
    excessive, accepted = cases.result == "not_processed.excessive", is_true(cases.held["reasons_accepted"])
    yield from cases.findings("records.reasons", excessive & (~cases.has_date("reasons_asked_on") | accepted))


def _check_repeated(cases: RequestCases) -> Iterator[Finding]:
    """Yield repeated requests without an earlier answered request of the same applicant (A12; 条例 36(6))."""
    held, repeated = cases.held, cases.result == "not_processed.repeated"
    if not repeated.any():
        return
    earlier = {number: place for place, number in reversed([*enumerate(held.folded("number"))])}
    reasons = np.full(len(held), "", dtype=object)
    for index in np.flatnonzero(repeated).tolist():
        reasons[index] = _why_not_repeated(held, index, earlier.get(fold_number(held["earlier_number"][index])))
    yield from cases.findings("records.repeated", reasons != "", found=held["earlier_number"], named=reasons)


def _why_not_repeated(held: RecordColumns, index: int, earlier: int | None) -> str:
    """Return why the request at a position does not repeat the earlier one; "" if it does."""
    number = held["earlier_number"][index]
    if not number:
        return "没有登记关联既往申请号"
    if fold_number(number) == held.folded("number")[index]:
        return "关联既往申请号写的是它自己"
    if earlier is None:
        return f"台账里查不到既往申请“{number}”"
    persons = {held["person"][earlier], held["person"][index]} - {0}
    if len(persons) > 1:
        return f"既往申请“{number}”不是同一申请人提出的"
    if not held["completed"][earlier] <= held["received"][index]:
        return f"收到这件申请时，既往申请“{number}”还没有答复"
    return ""
