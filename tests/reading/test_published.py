"""A report that was read, as JSON and back."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from gktools.errors import ReadingError
from gktools.reading.published import PrintedCell, PrintedReport, ReadingDoubt, from_json, to_json


def report(**changes):
    cells = (
        PrintedCell("table2", "甲项/规章", "件数", 3, "3"),
        PrintedCell("table2", "甲项/收费", "金额", Decimal("4068.2080"), "4068.2080"),
        PrintedCell("table3", "（三）乙/1.丙", "甲列", "2笔", "2笔"),
        PrintedCell("table3", "（三）乙/1.丙", "乙列", "", ""),
        PrintedCell("table4", "丁/戊", "己", None),
    )
    doubt = ReadingDoubt("table4", "丁/戊", "己", "12", "第 1 页", "没有标签")
    values = {"file": "a.html", "kind": "html", "unit": "某局", "year": 2024, "cells": cells, "unsure": (doubt,)}
    return PrintedReport(**{**values, **changes})


def test_the_json_has_the_tables_by_label_and_what_is_unsure():
    (entry,) = json.loads(to_json([report()]), parse_float=str)

    assert entry["table2"] == {"甲项": {"规章": {"件数": 3}, "收费": {"金额": "4068.2080"}}}
    assert entry["table3"] == {"（三）乙/1.丙": {"甲列": "2笔", "乙列": ""}}
    assert entry["table4"] == {"丁/戊": {"己": None}}
    assert entry["unsure"][0]["why"] == "没有标签"
    assert "complete_tables" not in entry


def test_what_was_written_is_read_back_with_every_digit():
    (read,) = from_json(to_json([report()]))

    assert read.cells == tuple(PrintedCell(c.table, c.row, c.column, c.value, c.printed) for c in report().cells)
    assert read.unsure == report().unsure
    assert (read.unit, read.year, read.whole) == ("某局", 2024, True)


def test_a_part_of_a_report_says_so():
    (read,) = from_json(to_json([report(whole=False)]))

    assert not read.whole


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "[1]", '{"table3": {"甲": 1}}', '{"table3": {"甲": {"乙": true}}}', '{"table3": {"甲": {"乙": {}}}}',
        '{"table3": {"甲": {"乙": 1, "乙": 2}}}', "[" * 100_000,
    ],
)  # fmt: skip
def test_json_of_another_kind_is_refused(text):
    with pytest.raises(ReadingError):
        from_json(text, "x.json")


def test_characters_that_steer_a_terminal_are_escaped():
    text = to_json([report(title="甲\u202e乙")])

    assert "\u202e" not in text
    assert json.loads(text)[0]["title"] == "甲\u202e乙"
