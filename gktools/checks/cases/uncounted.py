"""Checks of innocent cells that take a record out of a count, or move it to another year, without a mark in the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from ...deadlines.limits import corrections_due, payments_due
from ...figures.counting.requests import receipt, requests_in_time
from ...figures.counting.uncounted import accounted_for
from ...figures.table import Table
from ...findings import Finding, Severity
from ...registers.schema import registers
from ...registers.store.loading import Records
from ...registers.store.record_columns import Mask, RecordColumns, among, mapped, numbers
from .finding_builder import TABLES, FindingBuilder

_KINDS = ("documents", "decisions")
"""The registers of which every record is counted in the row of its kind."""


LISTED = 20
"""How many records of one register are named."""


def check_uncounted(builder: FindingBuilder) -> Iterator[Finding]:
    """Yield the records that one cell alone keeps out of the year's count, or puts under another result or year."""
    held = requests_in_time(builder.inputs.own, builder.inputs.params.counting)
    if len(held):
        yield from _check_withdrawn(builder, held)
        yield from _check_taken_over(builder, held)
        yield from _check_lapses(builder, held)
        yield from _check_fees(builder, held)
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


def _check_fees(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield the paid fees of the year's register whose day is of another year, in which the request was not open."""
    paid, received, completed = held["fee_paid_on"], held["received"], held["completed"]
    own = (held["coverage_year"] == builder.inputs.year) & (numbers(held["fee_paid"]) > 0)
    outside = (paid < received) | ((paid > completed) & (paid.astype(_YEAR) != completed.astype(_YEAR)))
    heading = registers()["requests"]["fee_paid"].heading
    wrong = own & ~builder.in_year(paid) & outside
    yield from builder.for_records("records.fee-uncounted", held, wrong, found=paid, named=heading)


_YEAR = "datetime64[Y]"


def _check_kinds(builder: FindingBuilder, held: RecordColumns) -> Iterator[Finding]:
    """Yield the records of the year of a kind that the year's form has no row for."""
    schema = registers()[held.register]
    wrong = ~_has_row(builder, held) & builder.in_year(held[schema.event])
    yield from builder.for_records(
        "records.kind-unprinted", held, wrong, found=mapped(schema["kind"].label, held["kind"])
    )


def _has_row(builder: FindingBuilder, held: RecordColumns) -> Mask:
    """Return which records of a register are of a kind that the year's form has a row for."""
    form = builder.inputs.form["disclosures"]
    leaves = (cell for cell in form.cells if cell not in form.sums_across and cell not in form.sums_down)
    printed = {cell[0].rpartition(".")[2] for cell in leaves if form.counts(cell).startswith(f"{held.register}.")}
    return among(held["kind"], printed)


# --- rows of the year's register that no cell of the year takes ----------


_SAY_SO = ("records.not-carried-in", "records.closed-before-begun", "records.no-receipt")
"""The findings that say of a record that it is counted nowhere, and why."""


def check_nowhere(
    builder: FindingBuilder, tables: Mapping[str, Table], others: Iterable[Finding] = ()
) -> Iterator[Finding]:
    """Yield every register of the year with records that no cell of its table takes, nor a rule takes out: one finding each.

    Of a register whose records count in the year of their event alone, the import warns of each day outside the year.
    A record that already stood so in the register of an earlier year is only listed again, and lost to nobody. others are
    findings about the same records: one that says so itself is enough.
    """
    said = {(other.register, other.record) for other in others if other.code in _SAY_SO}
    for register in _counted_registers(tables):
        held, schema = builder.inputs.own.of_year(register), registers()[register]
        lost = ~among(held["record"].tolist(), accounted_for(_table_of(register, tables), register))
        if register in _KINDS:
            lost &= _has_row(builder, held) | ~builder.in_year(held[schema.event])
        if schema.once or not lost.any():
            continue
        lost &= among(held["record"].tolist(), _entered_anew(builder.inputs.own, register))
        places = [i for i in np.flatnonzero(lost).tolist() if (schema.label, builder.record_name(held, i)) not in said]
        if places:
            yield _nowhere(builder, held, places)


def _counted_registers(tables: Mapping[str, Table]) -> list[str]:
    """Return the registers with columns or rows of their own in one of the tables."""
    counts = {table.form.counts(cell).partition(".")[0] for table in tables.values() for cell in table.form.cells}
    return [key for key in registers() if key in counts]


def _table_of(register: str, tables: Mapping[str, Table]) -> list[Table]:
    key = TABLES.get(register, "disclosures")
    return [tables[key]] if key in tables else []


def _entered_anew(records: Records, register: str) -> set[int]:
    """Return the records that the year's register has, whatever later ones made of them, and no earlier one had as they are.

    They are given by their numbers in the store.
    """
    rows, replaced = records.read.get(register, ((), ()))
    filed = {row.key or row.said for row in (*rows, *replaced) if row.year == records.year}
    before = {(row.key or row.said, tuple(row.values)) for row in replaced if row.year < records.year}
    identified = ((row.key or row.said, row) for row in rows)
    return {row.id for known, row in identified if known in filed and (known, tuple(row.values)) not in before}


def _nowhere(builder: FindingBuilder, held: RecordColumns, lost: list[int]) -> Finding:
    """Return the finding about some records of a register, each named with its days."""
    days = [field for field in registers()[held.register].fields if field.type == "date" and field.key in held]
    named = []
    for place in lost[:LISTED]:
        known = [f"{day.heading} {held[day.key][place]}" for day in days if not np.isnat(held[day.key][place])]
        named.append(builder.record_name(held, place) + (f"（{'，'.join(known)}）" if known else ""))
    more = "……" if len(lost) > LISTED else ""
    where = builder.inputs.own.where(held.register, held["record"][lost].tolist())
    found, count = "；".join(named) + more, str(len(lost))
    told = builder.for_record("records.counted-nowhere", held.register, place=where, found=found, count=count)
    return replace(told, severity=Severity.HINT) if held.register in _LISTS else told


_LISTS = ("documents",)
"""The registers that are commonly a list of all there ever were, also of what ended long ago."""
