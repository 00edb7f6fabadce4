"""What is said of an office's requests and cases right after an import: what no table counts, has no day, or seems to be there twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...checks.cases.delivery import check_delivery
from ...checks.cases.finding_builder import FindingBuilder
from ...checks.cases.references import check_lookalikes
from ...checks.cases.requests import RequestCases, check_numbers
from ...checks.cases.uncounted import check_nowhere
from ...errors import GktoolsError
from ...figures.counting.count import count_table
from ...figures.counting.requests import requests_in_time
from ...figures.counting.uncounted import Uncounted, uncounted
from ...figures.table import Table
from ...forms.notices import load_format
from ...inputs.inputs import Inputs, records_of
from ...registers.schema import registers
from ...registers.store.loading import Records
from ...registers.store.store import Store
from ...workspace.offices import Office, office_kinds
from ...workspace.project import Project

LISTED = 20
"""How many records of one reason are named."""


def notes_after_import(project: Project, store: Store, code: str, year: int) -> list[str]:
    """Return what staff should know of an office's records of a year before they look at its figures.

    Nothing where no notice is in force or the parameters cannot be read: building a report will say so.
    """
    return notes_about(project, records_of(project, store, code, year), code, year)


def notes_about(project: Project, records: Records, code: str, year: int) -> list[str]:
    """Return the notes of notes_after_import on records that may not be imported yet."""
    try:
        official, params = load_format(year), project.params(code, year)
    except GktoolsError:
        return []
    tables = {form.key: count_table(form.key, records, official, params) for form in official.forms}
    office = Office(code, project.name(code, year), office_kinds()[project.book[code].kind])
    inputs = Inputs(office, year, official, official, params, records)
    return [*describe(records, uncounted(tables.values())), *_told(FindingBuilder(inputs), tables)]


def _told(builder: FindingBuilder, tables: Mapping[str, Table]) -> Iterator[str]:
    own, rules = builder.inputs.own, builder.inputs.params.counting
    twice = (*check_numbers(RequestCases(builder)), *check_lookalikes(builder, requests_in_time(own, rules)))
    for finding in (*check_nowhere(builder, tables), *check_delivery(builder), *twice):
        yield f"{finding.message}怎么办：{finding.remedy}"


def describe(records: Records, found: Iterable[Uncounted]) -> Iterator[str]:
    """Yield one sentence for each reason: how many records are not counted, and where they stand."""
    for one in found:
        named = records.where(one.register, one.records[:LISTED])
        more = "……" if len(one.records) > LISTED else ""
        label = registers()[one.register].label
        yield f"{label}有 {len(one.records)} 条按口径不计入数字（{one.reason}）：{named}{more}"
