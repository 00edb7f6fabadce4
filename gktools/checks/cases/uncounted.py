"""Checks of innocent cells that take a record out of a count, or move it to another year, without a mark in the table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...deadlines.limits import corrections_due, payments_due
from ...figures.counting.requests import receipt, requests_in_time
from ...findings import Finding
from ...registers.schema import registers
from ...registers.store.record_columns import RecordColumns, among, mapped
from .finding_builder import FindingBuilder

_KINDS = ("documents", "decisions")
"""The registers of which every record is counted in the row of its kind."""


def check_uncounted(builder: FindingBuilder) -> Iterator[Finding]:
    """Yield the records that one cell alone keeps out of the year's count, or puts under another result or year."""
    held = requests_in_time(builder.inputs.own, builder.inputs.params.counting)
    if len(held):
        yield from _check_withdrawn(builder, held)
        yield from _check_taken_over(builder, held)
        yield from _check_lapses(builder, held)
    for register in _KINDS:
        yield from _check_kinds(builder, builder.inputs.own.of_year(register))


def _check_withdrawn(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield requests withdrawn before they were received: the withdrawal takes the place of the answer."""
    withdrawn, received = held["withdrawn_on"], receipt(held)
    wrong = (withdrawn < received) & (builder.in_year(received) | builder.in_year(withdrawn))
    yield from builder.for_records("records.withdrawn-early", held, wrong, found=withdrawn, expected=received)


def _check_taken_over(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield requests left out of the year as taken over later, though this office answered them or registered them then."""
    first, last = builder.year
    taken, received, completed = (held[key] for key in ("taken_over_on", "received", "completed"))
    open_in_year = (received <= last) & ~(completed < first)
    own = (held["coverage_year"] == builder.inputs.year) | (completed < taken)
    yield from builder.for_records(
        "records.taken-over-later",
        held,
        (taken > last) & open_in_year & own,
        found=taken,
        expected=received,
    )


def _check_lapses(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield lapses without a registered limit whose default limit ended in another year than the day counted."""
    calendar, rules = builder.inputs.calendar, builder.inputs.params.limits
    completed, lapsed = held["completed"], held["lapsed_on"]
    for disposition, entered, due in (
        ("other.not_corrected", "correction_due_on", corrections_due(held, calendar, rules)),
        ("other.not_paid", "fee_due_on", payments_due(held, calendar, rules)),
    ):
        ended = due + np.timedelta64(1, "D")
        open_limit = (held["final"] == disposition) & np.isnat(lapsed) & np.isnat(held[entered])
        moved = builder.in_year(completed) != builder.in_year(ended)
        wrong = open_limit & moved & ~np.isnat(completed) & ~np.isnat(ended)
        heading = registers()["requests"][entered].heading
        yield from builder.for_records(
            "records.lapse-year", held, wrong, found=completed, expected=ended, named=heading
        )


def _check_kinds(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield the records of the year of a kind that the year's form has no row for."""
    form = builder.inputs.form["disclosures"]
    leaves = (cell for cell in form.cells if cell not in form.sums_across and cell not in form.sums_down)
    printed = {cell[0].rpartition(".")[2] for cell in leaves if form.counts(cell).startswith(f"{held.register}.")}
    schema = registers()[held.register]
    wrong = ~among(held["kind"], printed) & builder.in_year(held[schema.event])
    yield from builder.for_records(
        "records.kind-unprinted", held, wrong, found=mapped(schema["kind"].label, held["kind"])
    )
