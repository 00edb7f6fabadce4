"""Checks of references between records: references to the record itself, cycles, and numbers that are not in a register.

Such a reference joins nothing in the count (figures/counting/references.py); each of these rules names the record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from ...figures.counting.references import chain, is_circular, references
from ...figures.counting.requests import receipt, redo_references, requests_in_time
from ...figures.counting.reviews import begins_directly
from ...findings import Finding
from ...registers.schema import Register, days_of, fold_number, registers
from ...registers.store.lookalikes import Lookalike
from ...registers.store.record_columns import Days, Mask, RecordColumns, Texts, among, first_known, mapped
from ..patterns import patterns
from .finding_builder import FindingBuilder


def check_references(builder: FindingBuilder) -> Iterator[Finding]:
    """Yield the findings about requests that redo another, and about the earlier cases that lawsuits name."""
    requests = requests_in_time(builder.inputs.own, builder.inputs.params.counting)
    yield from check_lookalikes(builder, requests)
    yield from _check_suffixed(builder, requests)
    if (requests["redo_of"] != "").any():
        yield from _check_redone(builder, requests)
    lawsuits = builder.inputs.own.of_year("lawsuits")
    if len(lawsuits):
        yield from _check_chains(builder, lawsuits)
        yield from _check_unheld(builder, lawsuits)
        yield from _check_reviewed(builder, lawsuits)


def check_lookalikes(builder: FindingBuilder, requests: RecordColumns) -> Iterator[Finding]:
    """Yield records that seem to be one with another, registered under a number written otherwise."""
    own = builder.inputs.own
    for register in dict.fromkeys(one.register for one in own.lookalikes):
        held = requests if register == "requests" else own.held[register]
        begun, ended = _begun_and_ended(held)
        concerned = builder.open_in_year(begun, ended)
        places = {record: index for index, record in enumerate(held["record"].tolist())}
        differing: list[tuple[Lookalike, int, int]] = []
        for one in own.lookalikes:
            place, other = places.get(one.record), places.get(one.other)
            if one.register != register or place is None or other is None or not concerned[[place, other]].any():
                continue
            if one.spelling and register == "requests":  # records.number-twice
                continue
            if one.differs:
                differing.append((one, place, other))
                continue
            record, earlier = one.names
            where, there = builder.record_place(held, place), builder.record_place(held, other)
            yield builder.for_record(
                "records.written-twice", register, record, where, found=record, expected=earlier, named=there
            )
        yield from _differing(builder, held, differing)


def _differing(
    builder: FindingBuilder, held: RecordColumns, pairs: Sequence[tuple[Lookalike, int, int]]
) -> Iterator[Finding]:
    """Yield pairs with one number of their own, which differ otherwise; many of them, of one day or of several, as one.

    Many on other days may only mean that the numbers start anew each day or month.
    """
    register = registers()[held.register]
    moved = [pair for pair in pairs if register.event in pair[0].differs]
    for some in ([pair for pair in pairs if pair not in moved], moved):
        if len(some) > _FEW:
            names = [*dict.fromkeys(one.names[0] for one, _, _ in some)]
            found = "、".join(names[:_NAMED]) + ("……" if len(names) > _NAMED else "")
            said = _said(register, {key for one, _, _ in some for key in one.differs})
            count = str(len(some))
            where = builder.record_place(held, some[0][1])
            yield builder.for_record(
                "records.own-numbers-twice", register.key, "", where, found=found, expected=count, **said
            )
            continue
        for one, place, other in some:
            where, there = builder.record_place(held, place), builder.record_place(held, other)
            (record, earlier), said = one.names, _said(register, one.differs)
            yield builder.for_record(
                "records.own-number-twice",
                register.key,
                record,
                where,
                found=record,
                expected=earlier,
                named=there,
                **said,
            )


def _check_suffixed(builder: FindingBuilder, requests: RecordColumns) -> Iterator[Finding]:
    """Yield, once a register, the records of the year whose number is that of another with a suffix: 1号 and 1号（补）."""
    first, last = builder.year
    for key, register in registers().items():
        held = requests if key == "requests" else builder.inputs.own.held.get(key)
        if held is None or len(held) <= 1 or "number" not in register.identity:
            continue
        begun = _begun_and_ended(held)[0]
        numbers = [fold_number(number) for number in held["number"]]
        known = {number.removesuffix("号") for number in numbers}
        found = [
            int(place)
            for place in np.flatnonzero((begun >= first) & (begun <= last))
            if (said := patterns().suffixed_number.fullmatch(numbers[place])) and said["own"] in known
        ]
        if found:
            named = [str(held["number"][place]) for place in found]
            listed = "、".join(named[:_MOST_NAMED]) + ("等" if len(named) > _MOST_NAMED else "")
            where = builder.record_place(held, found[0])
            yield builder.for_record(
                "records.number-suffixed", key, named[0], where, found=listed, expected=str(len(found))
            )


_MOST_NAMED = 10
"""The most numbers that a message names."""


def _said(register: Register, differs: Collection[str]) -> dict[str, str]:
    """Return the headings of the cells that differ, and of what else a number of a register is known by, that first."""
    own = register.own_number
    known = (own.number, *(() if register.identity else (*own.within, own.titled))) if own else ()
    return {
        "heading": "、".join(register[key].heading for key in known if key and key not in differs),
        "differs": "、".join(known.heading for known in register.fields if known.key in differs),
    }


_FEW, _NAMED = 3, 20
"""The most pairs that get a finding each, and the most that one finding about all of them names."""


def _begun_and_ended(held: RecordColumns) -> tuple[Days, Days]:
    """Return the days from which and until which the records of a register may count."""
    if held.register == "requests":
        return first_known(held["received"], held["arrived_on"]), held["completed"]
    begun = first_known(*(held[key] for key in days_of(registers()[held.register])))
    ended = [held[key] for key in _ENDS.get(held.register, ())]
    return begun, np.fmin.reduce(ended) if ended else np.full(len(held), _UNKNOWN)


_ENDS = {"reconsiderations": ("closed_on",), "lawsuits": ("effective_on",), "documents": ("expires_on", "repealed_on")}


def _check_redone(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield requests that redo themselves, each other in a circle, or one received or answered later; repeated ones."""
    concerned = builder.open_in_year(held["received"], held["completed"])
    numbers, named = held.folded("number"), held.folded("redo_of")
    before = redo_references(held)
    itself = (named != "") & (named == numbers)
    yield from builder.for_records("records.redo-self", held, itself & concerned, found=held["redo_of"])
    circular, paths = _circles(held, before)
    yield from builder.for_records("records.redo-circular", held, circular & concerned, found=paths)
    for code, day, earlier in (
        ("records.redo-before", receipt(held), np.less),
        ("records.redo-answered", held["replied_on"], np.less_equal),
    ):
        days = dict(zip(numbers, day, strict=True))
        first = np.array([days[before[n]] if n in before else np.datetime64("NaT") for n in numbers], dtype=day.dtype)
        early = concerned & earlier(day, first) & ~circular
        yield from builder.for_records(code, held, early, found=day, expected=first, named=held["redo_of"])
    yield from _check_applicants(builder, held, before, concerned & ~circular)
    repeated = concerned & among(numbers, before) & (held["disposition"] == "not_processed.repeated")
    yield from builder.for_records("records.redo-repeated", held, repeated, found=held["redo_of"])


def _check_applicants(
    builder: FindingBuilder, held: RecordColumns, before: Mapping[str, str], concerned: Mask
) -> Iterator[Finding]:
    """Yield requests that redo one of another applicant: a wrong number takes a request out of the count."""
    numbers = held.folded("number").tolist()
    applicants = [*zip(held["applicant"], held["person"].tolist(), strict=True)]
    original = dict(zip(reversed(numbers), reversed(applicants), strict=True))  # the first record of a number
    differs = [
        number in before and _differ(applicant, original[before[number]])
        for number, applicant in zip(numbers, applicants, strict=True)
    ]
    wrong = np.array(differs, dtype=bool) & concerned
    yield from builder.for_records("records.redo-applicant", held, wrong, found=held["redo_of"])


def _differ(one: tuple[str, int], other: tuple[str, int]) -> bool:
    """Return whether two applicants, each a kind and a person, are of two kinds or two known persons."""
    return one[0] != other[0] or len({one[1], other[1]} - {0}) > 1


def _check_chains(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield lawsuits whose references form a cycle, and several that refer to one first instance missing in the register."""
    concerned = builder.open_in_year(held["notified_on"], held["effective_on"])
    before = references(held["number"], held["first_number"])
    circular, paths = _circles(held, before)
    yield from builder.for_records("records.chain-circular", held, circular & concerned, found=paths)
    yield from _check_instances(builder, held, before, concerned & ~circular)
    own, named = set(held.folded("number")), held.folded("first_number")
    naming: dict[str, list[str]] = defaultdict(list)
    for first, number in zip(named, held["number"], strict=True):
        naming[first].append(number)
    shared = [bool(first) and first not in own and len(naming[first]) > 1 for first in named]
    yield from builder.for_records(
        "records.chain-unheld",
        held,
        np.array(shared, dtype=bool) & concerned,
        found=held["first_number"],
        named=mapped(lambda first: "、".join(naming[first]), named),
    )


def _check_instances(
    builder: FindingBuilder, held: RecordColumns, before: Mapping[str, str], concerned: Mask
) -> Iterator[Finding]:
    """Yield lawsuits counted as one with another: first instances, and those about another request."""
    numbers, requests = held.folded("number"), held.folded("request_number")
    joined = among(numbers, before) & concerned
    first = joined & (held["instance"] == "first")
    yield from builder.for_records("records.first-instance-named", held, first, found=held["first_number"])
    known = dict(zip(numbers, requests, strict=True))
    theirs = mapped(lambda number: known.get(before.get(number, ""), ""), numbers)
    other = joined & ~first & (requests != "") & (theirs != "") & (theirs != requests)
    yield from builder.for_records(
        "records.chain-request", held, other, found=held["request_number"], named=held["first_number"]
    )


def _check_reviewed(builder: FindingBuilder, lawsuits: RecordColumns) -> Iterator[Finding]:
    """Yield lawsuits counted as direct though a reconsideration about the same request had begun before them."""
    reviews = builder.inputs.own.of_year("reconsiderations")
    begun = first_known(reviews["notified_on"], reviews["accepted_on"])
    reviews = reviews.with_columns(begun=begun).chosen(reviews["request_number"] != "")
    if not len(reviews):
        return
    earliest = {reviews.folded("request_number")[place]: place for place in reversed(reviews.order("begun"))}
    named = [earliest.get(number) for number in lawsuits.folded("request_number")]
    days = [_UNKNOWN if place is None else reviews["begun"][place] for place in named]
    before = np.array(days, dtype="datetime64[D]") <= lawsuits["notified_on"]
    concerned = builder.open_in_year(lawsuits["notified_on"], lawsuits["effective_on"])
    yield from builder.for_records(
        "records.reconsideration-unnamed",
        lawsuits,
        concerned & begins_directly(lawsuits) & before,
        found=mapped(lambda place: None if place is None else reviews["number"][place], named),
        named=lawsuits["request_number"],
    )


_UNKNOWN = np.datetime64("NaT")


def _check_unheld(builder: FindingBuilder, lawsuits: RecordColumns) -> Iterator[Finding]:
    """Yield the lawsuits of the acting body that name a first instance or a reconsideration that no register holds."""
    concerned = builder.open_in_year(lawsuits["notified_on"], lawsuits["effective_on"])
    concerned &= lawsuits["role"] == "actor"
    for key in ("first_number", "reconsideration_number"):
        field = registers()["lawsuits"][key]
        target = registers()[field.refers_to]
        known = set(builder.inputs.own.held[target.key].folded("number"))
        named = lawsuits.folded(key)
        wrong = concerned & (named != "") & ~among(named, known)
        yield from builder.for_records(
            "records.case-unmatched",
            lawsuits,
            wrong,
            found=lawsuits[key],
            named=field.heading,
            expected=target.label,
        )


def _circles(held: RecordColumns, before: Mapping[str, str]) -> tuple[Mask, Texts]:
    """Return which records lead into a circle of references, and the numbers from each on as they are written."""
    numbers = held.folded("number")
    written = dict(zip(numbers, held["number"], strict=True))
    paths = {number: path for number in before if is_circular(path := chain(number, before))}
    texts = {number: "→".join(written[name] for name in path) for number, path in paths.items()}
    return among(numbers, paths), mapped(texts.get, numbers)
