"""Checks of references between records: references to the record itself, cycles, and numbers that are not in a register.

Such a reference joins nothing in the count (figures/counting/references.py); each of these rules names the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...deadlines.calendar import Days, as_days
from ...figures.counting.references import chain, is_circular, references
from ...figures.counting.requests import receipt, redo_references, requests_in_time
from ...figures.counting.reviews import case_chains
from ...findings import Finding
from ...forms.characters import fold_number
from ...registers.schema import registers
from .finding_builder import FindingBuilder

_Mask = npt.NDArray[np.bool_]


def check_references(builder: FindingBuilder) -> Iterator[Finding]:
    """Yield the findings about requests that redo another, and about the earlier cases that lawsuits name."""
    requests = requests_in_time(builder.inputs.own, builder.inputs.params.counting)
    if (requests["redo_of"] != "").any():
        yield from _check_redone(builder, requests)
    lawsuits = builder.inputs.own["lawsuits"]
    if len(lawsuits):
        yield from _check_chains(builder, lawsuits)
        yield from _check_unheld(builder, lawsuits)
        yield from _check_reviewed(builder, lawsuits)


def _check_redone(builder: FindingBuilder, frame: pd.DataFrame) -> Iterator[Finding]:
    """Yield requests that redo themselves, each other in a circle, or one received or answered later; repeated ones."""
    received = as_days(receipt(frame))
    concerned = _open_in_year(builder, as_days(frame["received"]), as_days(frame["completed"]))
    numbers, named = frame["number"].map(fold_number), frame["redo_of"].map(fold_number)
    before = redo_references(frame)
    itself = ((named != "") & (named == numbers)).to_numpy()
    yield from builder.for_records("records.redo-self", "requests", frame, itself & concerned, found=frame["redo_of"])
    circular, paths = _circles(frame, before)
    yield from builder.for_records("records.redo-circular", "requests", frame, circular & concerned, found=paths)
    for code, day, earlier in (
        ("records.redo-before", received, np.less),
        ("records.redo-answered", as_days(frame["replied_on"]), np.less_equal),
    ):
        days = dict(zip(numbers, day, strict=True))
        first = np.array([days[before[n]] if n in before else np.datetime64("NaT") for n in numbers], dtype=day.dtype)
        early = concerned & earlier(day, first) & ~circular
        yield from builder.for_records(
            code, "requests", frame, early, found=day, expected=first, named=frame["redo_of"]
        )
    yield from _check_applicants(builder, frame, before, concerned & ~circular)
    repeated = (
        concerned & numbers.isin(before).to_numpy() & (frame["disposition"] == "not_processed.repeated").to_numpy()
    )
    yield from builder.for_records("records.redo-repeated", "requests", frame, repeated, found=frame["redo_of"])


def _check_applicants(
    builder: FindingBuilder, frame: pd.DataFrame, before: Mapping[str, str], concerned: _Mask
) -> Iterator[Finding]:
    """Yield requests that redo one of another applicant: a wrong number takes a request out of the count."""
    numbers = frame["number"].map(fold_number)
    others = numbers.map(before)
    original = frame.set_index(numbers)
    original = original[~original.index.duplicated()]
    kind, person = (others.map(original[key]) for key in ("applicant", "person"))
    known = (frame["person"] != 0) & (person.fillna(0) != 0)
    differs = others.notna() & ((kind != frame["applicant"]) | (known & (person != frame["person"])))
    yield from builder.for_records(
        "records.redo-applicant", "requests", frame, differs.to_numpy() & concerned, found=frame["redo_of"]
    )


def _check_chains(builder: FindingBuilder, frame: pd.DataFrame) -> Iterator[Finding]:
    """Yield lawsuits whose references form a cycle, and several that refer to one first instance missing in the register."""
    concerned = _open_in_year(builder, as_days(frame["notified_on"]), as_days(frame["effective_on"]))
    before = references(frame["number"], frame["first_number"])
    circular, paths = _circles(frame, before)
    yield from builder.for_records("records.chain-circular", "lawsuits", frame, circular & concerned, found=paths)
    yield from _check_instances(builder, frame, before, concerned & ~circular)
    named, held = frame["first_number"].map(fold_number), set(frame["number"].map(fold_number))
    together = named.map(frame.groupby(named)["number"].agg("、".join))
    shared = (named != "") & ~named.isin(held) & (named.groupby(named).transform("size") > 1)
    yield from builder.for_records(
        "records.chain-unheld", "lawsuits", frame, shared & concerned, found=frame["first_number"], named=together
    )


def _check_instances(
    builder: FindingBuilder, frame: pd.DataFrame, before: Mapping[str, str], concerned: _Mask
) -> Iterator[Finding]:
    """Yield lawsuits counted as one with another: first instances, and those about another request."""
    numbers = frame["number"].map(fold_number)
    joined = numbers.isin(before).to_numpy() & concerned
    first = joined & (frame["instance"] == "first").to_numpy()
    yield from builder.for_records(
        "records.first-instance-named", "lawsuits", frame, first, found=frame["first_number"]
    )
    requests = frame["request_number"].map(fold_number)
    known = dict(zip(numbers, requests, strict=True))
    theirs = numbers.map(lambda number: known.get(before.get(number, ""), ""))
    other = joined & ~first & ((requests != "") & (theirs != "") & (theirs != requests)).to_numpy()
    yield from builder.for_records(
        "records.chain-request", "lawsuits", frame, other, found=frame["request_number"], named=frame["first_number"]
    )


def _check_reviewed(builder: FindingBuilder, lawsuits: pd.DataFrame) -> Iterator[Finding]:
    """Yield lawsuits counted as direct though a reconsideration about the same request had begun before them."""
    reviews = builder.inputs.own["reconsiderations"]
    reviews = reviews[reviews["request_number"] != ""]
    if reviews.empty:
        return
    chains = pd.Series(case_chains(lawsuits), lawsuits.index)
    after = (lawsuits["reconsideration_number"] != "").groupby(chains).transform("any")
    begun = reviews["notified_on"].fillna(reviews["accepted_on"])
    about = reviews.assign(begun=begun, about=reviews["request_number"].map(fold_number)).sort_values("begun")
    earliest = about.drop_duplicates("about").set_index("about")
    named = lawsuits["request_number"].map(fold_number)
    before = as_days(named.map(earliest["begun"])) <= as_days(lawsuits["notified_on"])
    concerned = _open_in_year(builder, as_days(lawsuits["notified_on"]), as_days(lawsuits["effective_on"]))
    own = ((lawsuits["role"] == "actor") & (chains == lawsuits["number"].map(fold_number)) & ~after).to_numpy()
    yield from builder.for_records(
        "records.reconsideration-unnamed",
        "lawsuits",
        lawsuits,
        concerned & own & before,
        found=named.map(earliest["number"]),
        named=lawsuits["request_number"],
    )


def _check_unheld(builder: FindingBuilder, lawsuits: pd.DataFrame) -> Iterator[Finding]:
    """Yield the lawsuits of the acting body that name a first instance or a reconsideration that no register holds."""
    concerned = _open_in_year(builder, as_days(lawsuits["notified_on"]), as_days(lawsuits["effective_on"]))
    concerned &= (lawsuits["role"] == "actor").to_numpy()
    for key in ("first_number", "reconsideration_number"):
        field = registers()["lawsuits"][key]
        target = registers()[field.refers_to]
        held = set(builder.inputs.own.frames[target.key]["number"].map(fold_number))
        named = lawsuits[key].map(fold_number)
        wrong = concerned & ((named != "") & ~named.isin(held)).to_numpy()
        yield from builder.for_records(
            "records.case-unmatched",
            "lawsuits",
            lawsuits,
            wrong,
            found=lawsuits[key],
            named=field.heading,
            expected=target.label,
        )


def _circles(frame: pd.DataFrame, before: Mapping[str, str]) -> tuple[_Mask, pd.Series]:
    """Return which records lead into a circle of references, and the numbers from each on as they are written."""
    numbers = frame["number"].map(fold_number)
    written = dict(zip(numbers, frame["number"], strict=True))
    paths = {number: path for number in before if is_circular(path := chain(number, before))}
    texts = numbers.map({number: "→".join(written[name] for name in path) for number, path in paths.items()})
    return numbers.isin(paths).to_numpy(), texts


def _open_in_year(builder: FindingBuilder, begun: Days, ended: Days) -> _Mask:
    """Return which records had begun by the end of the year and had not ended before it."""
    first, last = builder.year
    return np.asarray((begun <= last) & ~(ended < first), dtype=bool)
