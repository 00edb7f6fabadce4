"""Real published reports audited: every known error is found, and nothing must be corrected in those without one."""

import json
import os
from pathlib import Path

import pytest
from machine import need

from gktools.checks.finished.audit import audit_reports
from gktools.findings import Severity
from gktools.reading.published import from_json

KNOWN = {
    "table4_total": {"reviews.total"},
    "outdated_template": {"requests.outdated-form"},
    "authority": {"disclosures.authority"},
    "text_cell": {"disclosures.text-in-cell"},
    "result_sum": {"requests.column-total"},
    "row_total": {"requests.row-total"},
    "valid_lt_made": {"disclosures.in-force"},
    "missing_row": {"disclosures.missing-row"},
    "blank_cells": {"requests.blank"},
}


def shared():
    named = os.environ.get("GKTOOLS_SHARED")
    return Path(named) if named else Path(__file__).parents[3] / "shared"


@pytest.fixture(
    params=sorted((shared() / "published").glob("*.json")) or [None], ids=lambda path: path.stem if path else "missing"
)
def published(request):
    need("the folder of published reports", request.param)
    return request.param


def audited(path):
    (audit,) = audit_reports(from_json(path.read_bytes(), path.name))
    return json.loads(path.read_text(encoding="utf-8")), audit


def test_every_known_error_that_the_tables_show_is_found(published):
    data, audit = audited(published)
    codes = {one.finding.code for one in audit.findings}
    wanted = [error for error in data["known_errors"] if error["checkable"]]

    assert [error for error in wanted if not KNOWN[error["type"]] & codes] == []


def test_nothing_must_be_corrected_in_tables_without_known_errors(published):
    data, audit = audited(published)
    listed = {error["table"] for error in data["table_errors"]}
    listed |= {code.split(".")[0] for error in data["known_errors"] for code in KNOWN.get(error["type"], ())}
    blocked = {one.finding.table for one in audit.findings if one.finding.severity is Severity.BLOCK}

    assert blocked <= listed


def test_where_a_sum_is_wrong_a_fix_is_proposed(published):
    data, audit = audited(published)
    broken = {error["table"] for error in data["table_errors"] if error["kind"] != "blank"}

    assert broken <= {proposals.form.key for proposals in audit.proposals if proposals.fixes}


def test_consecutive_years_of_one_office_are_compared():
    paths = [shared() / f"published/pingtan_{year}.json" for year in (2021, 2022)]
    need("the folder of published reports", all(path.exists() for path in paths))
    first, second = audit_reports([report for path in paths for report in from_json(path.read_bytes(), path.name)])

    assert (first.compared_with, second.compared_with) == ("", "pingtan_2021.json")
    assert {one.finding.severity for one in second.findings} <= {Severity.HINT}
