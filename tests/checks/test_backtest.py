"""Real published reports with their real errors: all that are listed are found, and in the tables nothing else."""

import json
import os
from functools import cache
from pathlib import Path

import pytest

from gktools.checks.finished.figures import check_figures
from gktools.findings import Severity

SUMS = {
    "requests.row-total": "row_total",
    "requests.column-total": "column_total",
    "requests.identity": "identity",
    "requests.no-result": "identity",
    "requests.empty-total": "column_total",
    "reviews.total": "review_total",
    "requests.blank": "blank",
    "reviews.blank": "blank",
}
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


def _published():
    named = os.environ.get("GKTOOLS_SHARED")
    folder = Path(named) if named else Path(__file__).parents[3] / "shared"
    return sorted((folder / "published").glob("*.json"))


@pytest.fixture(params=_published() or [None], ids=lambda path: path.stem if path else "missing")
def published(request):
    if request.param is None:
        reason = "published reports not found: set GKTOOLS_SHARED, or put them in ../shared"
        if os.environ.get("GKTOOLS_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return request.param


@cache
def read(path):
    return json.loads(path.read_text(encoding="utf-8")), tuple(check_figures(path))


def test_sum_errors_and_blanks_are_exactly_those_listed(published):
    data, found = read(published)
    listed = {(e["table"], e["kind"], tuple(e["row"]), tuple(e["column"])) for e in data["table_errors"]}
    ours = [(f.table, SUMS[f.code], f.row, f.column) for f in found if f.code in SUMS]

    assert set(ours) == listed
    assert len(ours) == len(listed)


def test_every_known_error_that_can_be_found_is_found(published):
    data, found = read(published)
    wanted = [error for error in data["known_errors"] if error["checkable"]]
    codes = {finding.code for finding in found}

    assert [error for error in wanted if not KNOWN[error["type"]] & codes] == []


def test_nothing_blocks_in_the_tables_of_a_report_that_lists_no_errors(published):
    data, found = read(published)
    if data["table_errors"] or data["known_errors"]:
        return
    assert [str(f) for f in found if f.severity is Severity.BLOCK and f.table] == []


def test_nothing_blocks_in_a_table_of_which_no_error_is_listed(published):
    data, found = read(published)
    listed = {error["table"] for error in data["table_errors"]}
    known = {code.split(".")[0] for error in data["known_errors"] for code in KNOWN.get(error["type"], ())}
    blocked = {f.table for f in found if f.severity is Severity.BLOCK and f.table}

    assert blocked <= listed | known


def test_every_finding_says_what_is_wrong_and_what_to_do(published):
    _, found = read(published)
    for finding in found:
        assert finding.message.endswith("。")
        assert finding.remedy
        assert finding.year
        assert finding.office_code


def test_errors_of_the_text_that_the_figures_show_are_found_where_they_are_listed_and_nowhere_else(published):
    listed = {
        "shanghai_office_2019": {"text.assertion"},
        "pingtan_2022": {"text.received", "text.applicants"},
    }
    found = {finding.code for finding in read(published)[1] if finding.code.startswith("text.")}

    assert found == listed.get(published.stem, set())
