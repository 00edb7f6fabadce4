"""Requests carried from one year into the next, compared as sets of numbers (D1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...figures.counting.count import count_table
from ...figures.table import Table, Unknown, format_figure
from ...findings import Finding
from ...forms.characters import fold_number
from ...inputs.inputs import Inputs, PreviousOffice
from ...inputs.published_figures import PublishedFigures
from ...registers.store.loading import Records
from ...registers.store.record_columns import among
from ..comparison import Comparison
from ..subject import Place, Sides, references

CARRIED_IN, CARRIED_OUT = ("carried_in", "total"), ("carried_out", "total")
_THEIRS = "brought-in"
_SHOWN = 20
"""The maximum number of request numbers in a message."""


def check_cases(comparison: Comparison, inputs: Inputs) -> Iterator[Finding]:
    """Yield the finding that the requests carried in differ from those open at the end of last year (D1).

    Only if the store has the registers of both years, for every office of the previous year; not for the report of a
    government, which has no registers of its own.
    """
    if inputs.government is not None:
        return
    table = comparison.subject.tables.get("requests")
    held = [before for before in inputs.before if before.filed.covers("requests")]
    if table is None or not inputs.own.covers("requests") or not held or len(held) < len(inputs.before):
        return
    open_then = {
        key: number
        for before in held
        for key, number in _numbers(
            count_table("requests", before.filed, comparison.last.format, inputs.params), CARRIED_OUT, before.filed
        ).items()
    }
    carried_in = _numbers(table, CARRIED_IN, inputs.own)
    missing, extra = open_then.keys() - carried_in.keys(), carried_in.keys() - open_then.keys()
    if missing or extra:
        both = Sides(_listed(open_then[key] for key in missing), _listed(carried_in[key] for key in extra))
        yield comparison.apply_explanation(
            comparison.make_finding(
                "requests.carried-cases",
                Place(table.form, CARRIED_IN),
                both=both,
                behind=references(table.form, [CARRIED_IN]),
            )
        )


def check_brought_in(comparison: Comparison, inputs: Inputs) -> Iterator[Finding]:
    """Yield, by table, the figures that were published and that the registers of that year no longer give (D1).

    What was published is the report that gktools published, otherwise what staff brought in. The registers count, so that
    the published report is no witness of them otherwise.
    """
    for before, source, origin in _published(inputs):
        for form in comparison.last.format.forms:
            counted = count_table(form.key, before.records, comparison.last.format, inputs.params)
            other = [
                (cell, value)
                for cell, value in source.figures.get(form.key, {}).items()
                if not isinstance(counted[cell], Unknown) and counted[cell] != value
            ]
            if other:
                cell, value = other[0]
                named = "/".join((*form.address(cell)[0], *form.address(cell)[1]))
                both = Sides(format_figure(counted[cell]), format_figure(value))
                yield comparison.make_finding(
                    "published.otherwise",
                    Place(form),
                    both=both,
                    named=named,
                    other=str(len(other)),
                    title=origin,
                )


def _published(inputs: Inputs) -> Iterator[tuple[PreviousOffice, PublishedFigures, str]]:
    for before in inputs.before:
        if before.public:
            yield before, before.public, "公开的年度报告"
        else:
            yield from ((before, one, "填入的已公布数") for one in before.published if one.origin == _THEIRS)


def _numbers(table: Table, cell: tuple[str, str], records: Records) -> dict[str, str]:
    """Return the numbers of the records counted in a cell, by their normalized form."""
    held = records.held["requests"]
    parts = set(table.form.parts[cell])
    wanted = {record for row, column, _, record, _, reason in table.lines if not reason and (row, column) in parts}
    return {fold_number(number): number for number in held["number"][among(held["record"].tolist(), wanted)]}


def _listed(numbers: Iterable[str]) -> str:
    known = sorted(numbers)
    more = f" 等 {len(known)} 件" if len(known) > _SHOWN else ""
    return "、".join(known[:_SHOWN]) + more if known else "（无）"
