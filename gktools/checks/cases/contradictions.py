"""Checks of two fields of one record that say different things: the count, or a limit, takes one of them without asking.

A person may decide so case by case (the kind of a result, a late receipt); then it is explained.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...deadlines.limits import limits
from ...figures.counting.requests import (
    DELIVERED,
    LAPSES,
    delivery_day,
    handled_here,
    receipt,
    requests_in_time,
)
from ...findings import Finding
from ...forms.model import short_label
from ...registers.receipt import receipt_fields
from ...registers.schema import registers
from ...registers.store.record_columns import (
    Column,
    Mask,
    RecordColumns,
    Texts,
    among,
    first_known,
    is_false,
    is_true,
    mapped,
    numbers,
)
from .endings import counted_lawsuits
from .fees import format_yuan
from .finding_builder import FindingBuilder
from .requests import RequestCases, overtaken_answers

_NEVER = np.datetime64("NaT")


def check_contradictions(cases: RequestCases) -> Iterator[Finding]:
    """Yield the records of the year of which a field says something else than the field that was counted or relied on."""
    builder, rules = cases.builder, cases.builder.inputs.params.counting
    own = builder.inputs.own
    reviews, lawsuits = own.of_year("reconsiderations"), own.of_year("lawsuits")
    if len(reviews):
        yield from _check_results(builder, reviews, reviews["closed_on"])
        yield from _check_corrected(builder, reviews)
    if len(lawsuits) and len(lawsuits := counted_lawsuits(builder, lawsuits)):
        yield from _check_results(builder, lawsuits, lawsuits["effective_on"])
        yield from _check_instances(builder, lawsuits)
    held = handled_here(requests_in_time(own, rules))
    if len(held):
        yield from _check_receipt(builder, held)
        yield from _check_withdrawn(builder, held)
        yield from _check_lapsed(builder, held)
        yield from _check_delivered(builder, held)
        yield from _check_paid(builder, held)
    if len(cases.held):
        yield from _check_consulted(cases)
        yield from _check_limits(cases)
    yield from _check_documents(builder, own.of_year("documents"))
    yield from _check_items(builder, own.of_year("items"))
    yield from _check_interpretations(builder, own.of_year("publications"))


# --- reconsiderations and lawsuits ----------------------------------------------------------------------------------


def _check_results(builder: FindingBuilder, held: RecordColumns, ended: Column) -> Iterator[Finding]:
    """Yield cases ended in the year whose kind of result is another than their way of ending leads to."""
    schema = registers()[held.register]
    method, outcome = schema["method"], schema["outcome"]
    by_way = mapped(lambda way: method.leads_to.get(way, ""), held["method"])
    differs = (held["outcome"] != "") & (held["outcome"] != "pending") & (by_way != "") & (by_way != held["outcome"])
    yield from builder.for_records(
        "records.outcome-differs",
        held,
        differs & builder.in_year(ended),
        found=mapped(method.label, held["method"]),
        expected=mapped(outcome.label, held["outcome"]),
        named=mapped(lambda key: outcome.label(key) if key else None, by_way),
        heading=method.heading,
    )


def _check_corrected(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield reconsiderations upheld that say how the act was corrected, and closed ones said to be suspended."""
    schema, closed = registers()["reconsiderations"], builder.in_year(held["closed_on"])
    by_way = mapped(lambda way: schema["method"].leads_to.get(way, ""), held["method"])
    upheld = np.where(held["outcome"] == "", by_way, held["outcome"]) == "upheld"
    yield from builder.for_records(
        "records.corrected-upheld", held, closed & upheld & (held["correction"] != ""), found=held["correction"]
    )
    suspended = closed & is_true(held["suspended"])
    yield from builder.for_records("records.suspended-closed", held, suspended, found=held["closed_on"])


def _check_instances(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield lawsuits of a higher instance that name no first instance: each is counted as a case of its own."""
    first, last = builder.year
    open_in_year = (held["notified_on"] <= last) & ~(held["effective_on"] < first)
    alone = open_in_year & among(held["instance"], ("second", "retrial")) & (held["first_number"] == "")
    instances = mapped(registers()["lawsuits"]["instance"].label, held["instance"])
    yield from builder.for_records("records.instance-alone", held, alone, found=instances)


# --- requests -------------------------------------------------------------------------------------------------------


def _check_receipt(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield requests whose day of receipt as entered is another than that of their way of arrival (条例 31).

    An earlier day within the year only shortens the limit and is left alone.
    """
    entered = held["received_on"]
    for channel in set(held["channel"]):
        key = receipt_fields(channel)[1]
        day = held[key]
        differs = (entered > day) | (entered.astype("datetime64[Y]") != day.astype("datetime64[Y]"))
        wrong = (held["channel"] == channel) & differs & ~np.isnat(entered) & ~np.isnat(day)
        wrong &= builder.in_year(entered) | builder.in_year(day)
        heading = registers()["requests"][key].heading
        yield from builder.for_records(
            "records.receipt-differs", held, wrong, found=entered, expected=day, named=heading
        )


def _check_withdrawn(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield requests counted as withdrawn that have an answer of their own, which is not looked at."""
    answered = first_known(delivery_day(held), held["replied_on"])
    concerned = builder.in_year(held["withdrawn_on"]) | builder.in_year(answered)
    withdrawn = overtaken_answers(held) & concerned & ~(held["withdrawn_on"] < receipt(held))
    yield from builder.for_records(
        "records.withdrawn-answered",
        held,
        withdrawn,
        found=held["withdrawn_on"],
        expected=answered,
        named=_labels(held["disposition"]),
    )


def _check_lapsed(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield requests with a day of lapse and another result, and lapses in another year than their limit says."""
    lapsed, completed, final = held["lapsed_on"], held["completed"], held["final"]
    last = builder.year[1]
    concerned = builder.in_year(lapsed) | builder.in_year(completed) | ((lapsed <= last) & np.isnat(completed))
    other = ~np.isnat(lapsed) & ~among(held["disposition"], LAPSES) & concerned
    labels = _labels(held["disposition"])
    yield from builder.for_records("records.lapsed-answered", held, other, found=lapsed, named=labels)
    for disposition, key in LAPSES.items():
        ended = held[key] + np.timedelta64(1, "D")
        moved = (lapsed > ended) & (lapsed.astype("datetime64[Y]") != ended.astype("datetime64[Y]"))
        wrong = (final == disposition) & moved & (builder.in_year(lapsed) | builder.in_year(ended))
        heading = registers()["requests"][key].heading
        yield from builder.for_records(
            "records.lapse-differs", held, wrong, found=lapsed, expected=ended, named=heading, limit=held[key]
        )


_LATER = frozenset(("signed_on", "delivered_on"))
"""The days on which an answer arrives: later than the day on which it was sent."""


def _check_delivered(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield answers completed on the day of their way of delivery that have a day of another way which denies it."""
    if builder.inputs.params.counting.completed_by != "delivery":
        return
    schema, completed = registers()["requests"], held["completed"]
    counted = np.array([DELIVERED.get(way, "delivered_on") for way in held["delivery"]], dtype=object)
    for key in ("posted_on", "signed_on", "sent_on"):
        counted = np.where((counted == key) & np.isnat(held[key]), "delivered_on", counted)
    own = (completed == delivery_day(held)) & ~among(held["final"], LAPSES) & (held["final"] == held["disposition"])
    for key in ("posted_on", "signed_on", "sent_on", "delivered_on"):
        day = held[key]
        arrives = among(counted, ("posted_on", "sent_on")) & (day > completed) if key in _LATER else False
        wrong = own & (counted != key) & ~np.isnat(day) & (day != completed) & ~arrives
        wrong &= builder.in_year(completed) | builder.in_year(day)
        yield from builder.for_records(
            "records.delivery-differs",
            held,
            wrong,
            found=completed,
            expected=day,
            named=mapped(lambda one: schema[one].heading, counted),
            heading=schema[key].heading,
        )


def _check_paid(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield fees paid for a request closed as unpaid, without an amount, or of another amount than was asked for."""
    paid_on, paid, charged = held["fee_paid_on"], numbers(held["fee_paid"], -1), numbers(held["fee_charged"], -1)
    unpaid = (held["final"] == "other.not_paid") & (~np.isnat(paid_on) | (paid > 0))
    yield from builder.for_records(
        "records.given-up-paid", held, unpaid & builder.in_year(held["completed"]), found=paid_on
    )
    due = builder.in_year(paid_on)
    rows = [*zip(held["import_id"].tolist(), held["file_row"].tolist(), strict=True)]  # one row may be several requests
    priced = among(rows, {rows[place] for place in np.flatnonzero(paid >= 0)})
    yield from builder.for_records("records.fee-unsaid", held, due & ~priced, found=paid_on)
    differs = due & (paid >= 0) & (charged >= 0) & (paid != charged)
    yield from builder.for_records(
        "records.fee-differs",
        held,
        differs,
        found=mapped(format_yuan, paid.tolist()),
        expected=mapped(format_yuan, charged.tolist()),
    )


def _check_consulted(cases: RequestCases) -> Iterator[Finding]:
    """Yield answers that contradict what the third party said, or whether the request was clear after its correction."""
    held, schema = cases.held, registers()["requests"]
    opinion, said = held["third_party_opinion"], schema["third_party_opinion"]
    for choice, key in (("not_asked", "third_party_asked_on"), ("silent", "third_party_replied_on")):
        wrong = (opinion == choice) & ~np.isnat(held[key]) & cases.builder.in_year(cases.completed)
        heading = schema[key].heading
        yield from cases.findings(
            "records.third-party-differs", wrong, found=said.label(choice), named=heading, expected=held[key]
        )
    agreed = (opinion == "agreed") & (cases.result == "refused.third_party")
    heading = schema["disposition"].heading
    yield from cases.findings(
        "records.third-party-differs", agreed, found=said.label("agreed"), named=heading, expected=cases.labels
    )
    answered = np.array([bool(r) and not r.startswith("other") and r != _UNCLEAR for r in cases.result], dtype=bool)
    unclear = answered & is_false(held["correction_clear"]) & cases.has_date("corrected_on")
    yield from cases.findings("records.unclear-answered", unclear, found=cases.labels)


_UNCLEAR = "unavailable.still_unclear"


def _check_limits(cases: RequestCases) -> Iterator[Finding]:
    """Yield requests in time only by a step of which the record has one half: a correction or payment, or a delay.

    A correction without its notice starts the limit anew; a notice without a correction, or a question to another body
    without its reply, stops it although there is an answer.
    """
    held, schema = cases.held, registers()["requests"]
    answered = ~np.isnat(cases.completed) & ~among(held["final"], LAPSES) & (held["final"] != _UNCLEAR)
    answered &= ~(held["withdrawn_on"] == cases.completed)
    pairs = [("corrected_on", "correction_notified_on"), ("delayed_until", "reasons_asked_on")]
    stops = [("correction_notified_on", "corrected_on"), ("others_asked_on", "others_replied_on")]
    if cases.builder.inputs.params.limits.payment_restarts:
        pairs.append(("fee_paid_on", "fee_notified_on"))
        stops.append(("fee_notified_on", "fee_paid_on"))
    for given, missing in pairs:
        half = cases.has_date(given) & ~cases.has_date(missing)
        if given == "delayed_until":
            half |= cases.has_date(given) & is_false(held["reasons_accepted"])
        yield from _check_half(cases, half, given, schema[missing].heading)
    for given, missing in stops:
        half = answered & cases.has_date(given) & ~cases.has_date(missing)
        yield from _check_half(cases, half, given, schema[missing].heading)


def _check_half(cases: RequestCases, half: Mask, given: str, missing: str) -> Iterator[Finding]:
    """Yield the requests among some that are late only without a given day."""
    places = np.flatnonzero(half)
    if not len(places):
        return
    some, last, inputs = cases.held.chosen(places.tolist()), cases.builder.year[1], cases.builder.inputs
    without = some.with_columns(**{given: np.full(len(some), _NEVER, dtype="datetime64[D]")})
    limit, taken = limits(without, inputs.calendar, inputs.params.limits, last), cases.limits.reply[places]
    waiting = np.isnat(some["completed"]) & ~limit.consulting
    ended = np.where(waiting, last, some["completed"])
    concerned = waiting | cases.builder.in_year(ended)
    wrong = concerned & (limit.reply < ended) & ~(taken < ended)
    yield from cases.builder.for_records(
        "records.limit-unfounded",
        some,
        wrong,
        found=some[given],
        expected=limit.reply,
        heading=registers()["requests"][given].heading,
        named=missing,
    )


# --- other registers ------------------------------------------------------------------------------------------------


def _check_documents(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield documents whose end by term and by repeal are of two years, and those with a ground of repeal and no day."""
    if not len(held):
        return
    expired, repealed = held["expires_on"] + np.timedelta64(1, "D"), held["repealed_on"]
    differs = (repealed > expired) & (repealed.astype("datetime64[Y]") != expired.astype("datetime64[Y]"))
    concerned = builder.in_year(repealed) | builder.in_year(expired)
    yield from builder.for_records(
        "records.ended-twice", held, differs & concerned, found=held["expires_on"], expected=repealed
    )
    in_force = (held["published_on"] <= builder.year[1]) & np.isnat(repealed) & ~(expired <= builder.year[1])
    undated = in_force & (held["repeal_basis"] != "")
    yield from builder.for_records("records.repeal-undated", held, undated, found=held["repeal_basis"])


def _check_items(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield items counted twice, as listed and as added in the year, and those counted neither way."""
    if not len(held):
        return
    added, listed = held["added_on"], is_true(held["listed"])
    wrong = (listed & builder.in_year(added)) | (~listed & ~np.isnat(added) & ~builder.in_year(added))
    yield from builder.for_records("records.item-listed", held, wrong, found=added)


def _check_interpretations(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield one finding about the publications with a form of interpretation that are not said to be one."""
    wrong = (held["interpretation_form"] != "") & ~is_true(held["interpretation"])
    wrong &= builder.in_year(held["published_on"])
    places = np.flatnonzero(wrong)
    if len(places):
        name, place = builder.record_name(held, int(places[0])), builder.record_place(held, int(places[0]))
        yield builder.for_record("records.interpretation-unsaid", "publications", name, place, found=str(len(places)))


def _labels(dispositions: Texts) -> Texts:
    """Return dispositions as short labels of the form; None for an empty one."""
    label = registers()["requests"]["disposition"].label
    return mapped(lambda text: short_label(label(text)) if text else None, dispositions)
