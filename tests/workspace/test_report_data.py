"""report.json read back: exact digits, cells by their keys, what an older or newer version wrote, what is damaged."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal

import pytest
from hostile import WRONG, mutated
from support.reports import report_data, whole_json

from gktools.findings import Finding, Severity
from gktools.forms.notices import load_format
from gktools.workspace.report_data import ReportCell, ReportData, exact_value, read_report_data

CELL = {"row": ["一、甲"], "column": ["总计"], "row_key": "a", "column_key": "total", "source": "counted", "records": 2}


def test_money_keeps_the_digits_it_is_written_with():
    text = json.dumps(whole_json({"tables": {"t": [CELL | {"value": "@"}]}})).replace('"@"', "1e-06")

    assert str(read_report_data(text).tables["t"][0].value) == "0.000001"
    assert str(read_report_data(text.replace("1e-06", "12345678.123456")).cells["t"]["a", "total"].value) == (
        "12345678.123456"
    )
    assert exact_value(0.1) == Decimal("0.1")


def test_cells_stand_in_printed_order_and_are_found_by_their_keys():
    report = report_data({"tables": {"t": [CELL | {"value": 3}, CELL | {"row_key": "b", "value": None}]}})

    assert [cell.key for cell in report.tables["t"]] == [("a", "total"), ("b", "total")]
    assert report.cells["t"]["a", "total"] == ReportCell(("一、甲",), ("总计",), ("a", "total"), 3, "counted", 2)
    assert report.cells["t"]["b", "total"].value is None


def test_members_that_the_schema_does_not_know_are_ignored():
    report = whole_json({"tables": {"t": [CELL | {"value": 3, "new": 1}]}}) | {"later": {"a": 1}}

    assert ReportData.from_json(report).tables["t"][0].value == 3


def test_the_fingerprint_of_a_finding_is_of_what_it_says_whatever_is_written_beside_it():
    finding = Finding("x.y", Severity.HINT, "不一致", found="1")
    (read,) = report_data({"findings": [finding.to_json() | {"fingerprint": "of another"}]}).findings

    assert read == finding
    assert read.fingerprint == read.to_json()["fingerprint"] == finding.fingerprint


@pytest.mark.parametrize(
    "damage",
    [
        {"office": None},
        {"tables": []},
        {"tables": {"t": [CELL]}},
        {"tables": {"t": [CELL | {"value": "3"}]}},
        {"tables": {"t": [CELL | {"value": True}]}},
        {"sections": None},
        {"findings": [{"code": "x"}]},
        {"findings": [{"code": "x", "severity": "worse", "message": ""}]},
        {"proof": {}},
    ],
)
def test_what_is_no_report_raises_one_error(damage):
    with pytest.raises(ValueError, match="."):
        read_report_data(json.dumps(whole_json({}) | damage))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '"x"'])
def test_what_is_no_object_raises_the_same_error(text):
    with pytest.raises(ValueError, match="."):
        read_report_data(text)


def test_the_parts_of_a_report_are_known_by_titles():
    sections = [{"key": section.key, "title": section.title} for section in load_format(2024).sections]
    report = report_data({"sections": sections, "opening": {"title": "某年度报告", "paragraphs": ["甲。"]}})

    assert [part.title for part in report.parts] == ["开头段", *(section["title"] for section in sections), "落款"]
    assert report.parts[0].texts == ["甲。"]


def test_a_report_with_any_value_of_a_wrong_type_is_read_or_refused_with_one_error():
    report = whole_json({"tables": {"t": [CELL | {"value": 3}]}})
    for wrong in mutated(report, WRONG):
        with suppress(ValueError):
            found = read_report_data(json.dumps(wrong))
            assert isinstance(found.year, int)
            assert all(isinstance(text, str) for part in found.parts for text in part.texts)
