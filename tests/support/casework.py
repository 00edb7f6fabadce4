"""Requests and disputes as literal records, and the findings of the checks of single records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gktools.checks.cases.check import check_records
from gktools.deadlines.calendar import Calendar, working_days
from gktools.figures.counting.count import count_table
from gktools.findings import Finding
from gktools.forms.notices import load_format
from gktools.inputs.inputs import Inputs
from gktools.registers.store.loading import Records
from gktools.workspace.offices import Office, office_kinds
from gktools.workspace.params_models import ReportParams

HERE = Office("ju", "临川市审计局", office_kinds()["county_department"])
LAWFUL = {
    "number": "依申请〔2024〕1号",
    "arrived_on": "2024-03-01",
    "channel": "当面",
    "applicant": "自然人",
    "applicant_alias": "甲",
    "replied_on": "2024-03-20",
    "delivery": "电子",
    "sent_on": "2024-03-20",
    "disposition": "予以公开",
    "articles": "36(二)",
}
"""A request received on Friday 1 March 2024 and answered on the 13th working day."""


def request(**given: Any) -> dict[str, Any]:
    """Return the lawful request with changed fields; a field given as "" is omitted."""
    return {key: value for key, value in (LAWFUL | given).items() if value != ""}


def still_open(**given: Any) -> dict[str, Any]:
    """Return the lawful request without an answer."""
    answer = dict.fromkeys(("replied_on", "delivery", "sent_on", "disposition", "articles"), "")
    return request(**(answer | given))


def lawsuit(**given: Any) -> dict[str, Any]:
    """Return a lawsuit over the lawful request."""
    known = {"number": "（2024）示01行初1号", "request_number": LAWFUL["number"], "role": "原行为主体"}
    return {key: value for key, value in (known | {"notified_on": "2024-06-03"} | given).items() if value != ""}


def inputs_of(
    records: Records, params: Mapping[str, Any] | None = None, calendar: Calendar | None = None, office: Office = HERE
) -> Inputs:
    """Return the inputs of a report with these records."""
    form = load_format(records.year)
    known = ReportParams.model_validate(params or {})
    return Inputs(office, records.year, form, form, known, records, calendar or working_days())


def check(given: Inputs) -> list[Finding]:
    """Return the findings about single records of a report, without tables."""
    tables = {form.key: count_table(form.key, given.records, given.form, given.params) for form in given.form.forms}
    return check_records(given, tables)


def codes(
    build: Callable[..., Records], year: int = 2024, params: Mapping[str, Any] | None = None, **given: Any
) -> list[str]:
    """Return the codes of the findings about literal records."""
    return [finding.code.removeprefix("records.") for finding in check(inputs_of(build(year, **given), params))]
