"""A request as the short form of the register has it is counted, and nothing is missing for the checks."""

from __future__ import annotations

from projects import keep, make_project

from gktools.inputs.inputs import load_inputs
from gktools.registers.intake.templates import short_sheets
from gktools.report.report import draft_report

YEAR, CODE = 2024, "minzheng"
OFFICES = {CODE: {"names": [{"name": "示例区民政局"}], "kind": "county_department"}}
PLAIN = {
    "number": "甲1", "received_on": "2024-03-01", "applicant": "自然人", "replied_on": "2024-03-20", "disposition": "予以公开",
    "delivery": "邮寄", "delivered_on": "2024-03-21",
}  # fmt: skip
LONG = PLAIN | {
    "number": "甲2", "correction_notified_on": "2024-03-05", "corrected_on": "2024-03-15", "extended_on": "2024-04-10",
    "third_party_asked_on": "2024-03-16", "third_party_replied_on": "2024-03-20", "replied_on": "2024-05-10",
    "delivered_on": "2024-05-11",
}  # fmt: skip
WITHDRAWN = {"number": "甲3", "received_on": "2024-03-01", "applicant": "商业企业", "withdrawn_on": "2024-03-02"}


def test_requests_of_the_short_form_are_counted_without_a_finding(tmp_path):
    project = make_project(tmp_path / "work", OFFICES, {(YEAR, CODE): {}})
    (form,) = short_sheets("", YEAR, {"requests"})
    assert {key for row in (PLAIN, LONG, WITHDRAWN) for key in row} <= {field.key for field in form.fields}
    keep(project, CODE, YEAR, {"requests": [PLAIN, LONG, WITHDRAWN]})

    report = draft_report(load_inputs(project, CODE, YEAR))

    counted = {cell: figure for cell, figure in report.tables["requests"].figures.items() if figure}
    assert (counted[("received", "total")], counted[("dispositions.granted", "total")]) == (3, 2)
    assert [one.code for one in report.findings if one.code.startswith("records.")] == []
