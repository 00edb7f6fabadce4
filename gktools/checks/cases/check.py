"""All checks of the records of one report, in the order of the list of checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from ...figures.table import Table
from ...findings import Finding
from ...inputs.inputs import Inputs
from . import fees, figures, requests, reviews, years
from .notes import Notes

OF_CASES: tuple[Callable[[requests.Cases], Iterator[Finding]], ...] = (
    requests.check_dates,
    requests.check_receipt,
    requests.check_limits,
    requests.check_lapses,
    requests.check_results,
    fees.check_fees,
)


def check_records(inputs: Inputs, tables: Mapping[str, Table]) -> list[Finding]:
    """Return every finding about single records, each once. Raises ParamsError without the year's calendar."""
    notes = Notes(inputs)
    cases = requests.Cases(notes)
    if len(cases.frame):
        inputs.calendar.require(inputs.year)
    found = chain(
        figures.check_imports(notes),
        *(check(cases) for check in (OF_CASES if len(cases.frame) else ())),
        years.check_years(notes),
        reviews.check_reviews(cases),
        figures.check_uploads(notes, tables),
    )
    return list(dict.fromkeys(found))
