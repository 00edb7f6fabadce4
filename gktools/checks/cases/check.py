"""All checks of single records of one report, in the order of the list of checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from ...figures.table import Table
from ...findings import Finding
from ...inputs.inputs import Inputs
from . import contradictions, delivery, endings, fees, figures, references, requests, reviews, uncounted, years
from .finding_builder import FindingBuilder

REQUEST_CHECKS: tuple[Callable[[requests.RequestCases], Iterator[Finding]], ...] = (
    requests.check_dates,
    requests.check_numbers,
    requests.check_receipt,
    requests.check_limits,
    requests.check_lapses,
    requests.check_results,
    fees.check_fees,
)


def check_records(inputs: Inputs, tables: Mapping[str, Table]) -> list[Finding]:
    """Return all findings about single records, without duplicates. Raises ParamsError without the year's calendar."""
    builder = FindingBuilder(inputs)
    cases = requests.RequestCases(builder)
    if len(cases.held):
        inputs.calendar.require(inputs.year)
    found = chain(
        years.check_calendar(builder),
        figures.check_imports(builder),
        figures.check_declared_days(builder),
        *(check(cases) for check in (REQUEST_CHECKS if len(cases.held) else ())),
        delivery.check_delivery(builder),
        years.check_years(builder),
        references.check_references(builder),
        reviews.check_reviews(cases),
        endings.check_endings(builder),
        contradictions.check_contradictions(cases),
        uncounted.check_uncounted(builder),
        figures.check_uploads(builder, tables),
    )
    known = list(dict.fromkeys(found))
    return [*known, *uncounted.check_nowhere(builder, tables, known)]
