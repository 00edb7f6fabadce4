"""Real published reports audited: every known error is found, and nothing must be corrected in those without one."""

import io
import json
import os
import re
from pathlib import Path

import pytest
from machine import need

from gktools.checks.finished.audit import audit_reports
from gktools.findings import Severity
from gktools.reading.about import About
from gktools.reading.files import read_files
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


# --- the files themselves ----------

RAW = {
    "changchun_tyjr_2023.txt": {"text.received"},
    "pt2021_czj.txt": {
        "published.share",
        "published.plan-of-the-past",
        "text.office-name",
        "text.section-missing",
    },
    "shanghai_office_2019.html": {"requests.blank", "reviews.blank", "text.assertion", "disclosures.text-in-cell"},
    "shuyang_2025.txt": {"text.received", "text.applicants"},
    "tongzhou_2019.txt": {"disclosures.text-in-cell"},
    "xuwen_sfj_2023.txt": {"requests.blank"},
    "nanyuan_2020.txt": set(),
    "pingtan_2025.html": set(),
    "pingtan_2025.txt": set(),
    "taiping_2022.txt": set(),
    "zhanjiang_dfz_2023.txt": set(),
}
"""The files, each with the known errors that it shows."""
STRICT = {"text.section-title", "text.government-statement"}
"""What the notice requires and many reports have otherwise; the list of known errors leaves it out."""


@pytest.mark.parametrize("name", RAW)
def test_in_a_file_the_known_errors_are_found_and_nothing_else_must_be_corrected(name):
    path = shared() / "published_raw" / name
    need("the folder of published files", path.exists())
    year = int(re.search("20[0-9]{2}", name)[0])
    (report,) = read_files([path], io.BytesIO(), About(None, None, year, None))
    (audit,) = audit_reports([report])
    codes = {one.finding.code for one in audit.findings}
    blocked = {one.finding.code for one in audit.findings if one.finding.severity is Severity.BLOCK}

    assert RAW[name] <= codes
    assert blocked - STRICT <= RAW[name]


def test_the_published_document_as_pdf_shows_its_known_errors_with_their_pages():
    path = shared() / "published" / "hongze_2023.pdf"
    need("the folder of published reports", path.exists())
    (report,) = read_files([path], io.BytesIO())
    (audit,) = audit_reports([report])
    found = [one for one in audit.findings if one.finding.code == "reviews.total"]

    assert len(found) == 2
    assert all(one.finding.place.startswith("第 4 页") for one in found)
    assert {"requests.outdated-form", "requests.label-differs"} <= {one.finding.code for one in audit.findings}
