"""Checks of innocent cells that take a record out of a count, or move it to another year, without a mark in the table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...deadlines.calendar import as_days
from ...deadlines.limits import corrections_due, payments_due
from ...figures.counting.requests import receipt, requests_in_time
from ...findings import Finding
from ...registers.schema import registers
from .finding_builder import FindingBuilder

_KINDS = ("documents", "decisions")
"""The registers of which every record is counted in the row of its kind."""


def check_uncounted(builder: FindingBuilder) -> Iterator[Finding]:
    """Yield the records that one cell alone keeps out of the year's count, or puts under another result or year."""
    frame = requests_in_time(builder.inputs.own, builder.inputs.params.counting)
    if len(frame):
        yield from _check_withdrawn(builder, frame)
        yield from _check_taken_over(builder, frame)
        yield from _check_lapses(builder, frame)
    for register in _KINDS:
        if len(builder.inputs.own[register]):
            yield from _check_kinds(builder, register, builder.inputs.own[register])


def _check_withdrawn(builder: FindingBuilder, frame: pd.DataFrame) -> Iterator[Finding]:
    """Yield requests withdrawn before they were received: the withdrawal takes the place of the answer."""
    withdrawn, received = as_days(frame["withdrawn_on"]), as_days(receipt(frame))
    wrong = (withdrawn < received) & (builder.in_year(received) | builder.in_year(withdrawn))
    yield from builder.for_records(
        "records.withdrawn-early", "requests", frame, wrong, found=withdrawn, expected=received
    )


def _check_taken_over(builder: FindingBuilder, frame: pd.DataFrame) -> Iterator[Finding]:
    """Yield requests left out of the year as taken over later, though this office answered them or registered them then."""
    first, last = builder.year
    taken, received, completed = (as_days(frame[key]) for key in ("taken_over_on", "received", "completed"))
    open_in_year = (received <= last) & ~(completed < first)
    own = (frame["coverage_year"] == builder.inputs.year).to_numpy() | (completed < taken)
    yield from builder.for_records(
        "records.taken-over-later",
        "requests",
        frame,
        (taken > last) & open_in_year & own,
        found=taken,
        expected=received,
    )


def _check_lapses(builder: FindingBuilder, frame: pd.DataFrame) -> Iterator[Finding]:
    """Yield lapses without a registered limit whose default limit ended in another year than the day counted."""
    calendar, rules = builder.inputs.calendar, builder.inputs.params.limits
    completed, lapsed = as_days(frame["completed"]), as_days(frame["lapsed_on"])
    for disposition, entered, due in (
        ("other.not_corrected", "correction_due_on", corrections_due(frame, calendar, rules)),
        ("other.not_paid", "fee_due_on", payments_due(frame, calendar, rules)),
    ):
        ended = due + np.timedelta64(1, "D")
        open_limit = (frame["final"] == disposition).to_numpy() & np.isnat(lapsed) & np.isnat(as_days(frame[entered]))
        moved = builder.in_year(completed) != builder.in_year(ended)
        wrong = open_limit & moved & ~np.isnat(completed) & ~np.isnat(ended)
        heading = registers()["requests"][entered].heading
        yield from builder.for_records(
            "records.lapse-year", "requests", frame, wrong, found=completed, expected=ended, named=heading
        )


def _check_kinds(builder: FindingBuilder, register: str, frame: pd.DataFrame) -> Iterator[Finding]:
    """Yield the records of the year of a kind that the year's form has no row for."""
    form = builder.inputs.form["disclosures"]
    leaves = (cell for cell in form.cells if cell not in form.sums_across and cell not in form.sums_down)
    printed = {cell[0].rpartition(".")[2] for cell in leaves if form.counts(cell).startswith(f"{register}.")}
    schema = registers()[register]
    wrong = ~frame["kind"].isin(printed).to_numpy() & builder.in_year(as_days(frame[schema.event]))
    yield from builder.for_records(
        "records.kind-unprinted", register, frame, wrong, found=frame["kind"].map(schema["kind"].label)
    )
