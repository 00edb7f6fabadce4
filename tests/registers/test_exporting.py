"""Registers exported and handed in again: without a question, and without a change."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import openpyxl
import pytest
from literal_registers import OFFICE, requests_csv

from gktools.registers.exporting import exported_sheets
from gktools.registers.file_import import FileResult, read_for_import, store_files
from gktools.registers.intake.cover import ImportOptions
from gktools.registers.intake.own_words import OwnWords
from gktools.registers.intake.templates import write_workbook
from gktools.registers.questions import Answers
from gktools.registers.schema import registers
from gktools.registers.sheet import AS_STORED, EXPORTED, Sheet
from gktools.registers.store.opening import open_store
from gktools.registers.store.replacement import FileInstruction
from gktools.registers.store.store import Store

YEAR = 2024
NAME = f"登记表{EXPORTED}.xlsx"
FIRST = {
    "number": "1号",
    "received_on": "2024-03-05",
    "applicant": "自然人",
    "applicant_name": "欧阳某某",
    "subject": "关于某路的规划",
}


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        yield opened


def find(name):
    return {"示例区民政局": OFFICE}.get(name, name)


def export(store: Store, path: Path, code: str = OFFICE, year: int = YEAR, name: str = "示例区民政局") -> Path:
    sheets = exported_sheets(store, name, code, year)
    write_workbook(path, sheets, examples=False)
    return path


def hand_in(store: Store, path: Path, find=find, answers: Answers | None = None) -> FileResult:
    given = answers or Answers({}, "甲经办", "")
    opening = partial(open_store, store._home)
    read = read_for_import(path, find, ImportOptions(), OwnWords(), given, open_store=opening)
    if read.result.outcome != "same":
        return read.result
    return store_files(store, [read], given, FileInstruction())[0]


def requests(store: Store, tmp_path: Path, *rows: dict[str, str], name: str = "申请.csv") -> None:
    (tmp_path / name).write_text(requests_csv(rows, YEAR), encoding="utf-8")
    assert hand_in(store, tmp_path / name).outcome == "changed"


def left_out(result: FileResult) -> set[str]:
    return {one.sheet for one in result.left_out if one.why == "unchanged"}


def test_an_export_handed_in_again_changes_nothing_and_asks_nothing(store, tmp_path):
    requests(store, tmp_path, FIRST, {**FIRST, "number": "2号", "applicant_name": ""})
    before = store.imports()
    result = hand_in(store, export(store, tmp_path / NAME))
    assert (result.outcome, result.questions, left_out(result)) == ("same", (), {"依申请公开登记表"})
    assert store.imports() == before


def test_an_export_has_no_name_but_says_where_one_is_kept(store, tmp_path):
    requests(store, tmp_path, FIRST, {**FIRST, "number": "2号", "applicant_name": ""})
    book = openpyxl.load_workbook(export(store, tmp_path / NAME))
    page = book["依申请公开登记表"]
    heads = [cell.value for cell in page[5]]
    column = heads.index("申请人名称")
    assert [page.cell(row, column + 1).value for row in (6, 7)] == [AS_STORED, None]
    assert AS_STORED in page.cell(5, column + 1).comment.text
    assert any(AS_STORED in str(row[0]) for row in book["填写说明"].iter_rows(values_only=True))
    assert "欧阳某某".encode() not in (tmp_path / NAME).read_bytes()


def test_a_row_changed_in_an_export_is_the_only_one_that_changes(store, tmp_path):
    requests(store, tmp_path, FIRST, {**FIRST, "number": "2号"})
    path = export(store, tmp_path / NAME)
    book = openpyxl.load_workbook(path)
    page = book["依申请公开登记表"]
    heads = [cell.value for cell in page[5]]
    page.cell(7, heads.index("主题分类") + 1, "规划")
    book.save(path)
    (result,) = hand_in(store, path).stored
    assert (result.added, result.changed, result.same, result.withdrawn) == (0, 1, 1, 0)
    assert store.load_records(OFFICE, YEAR).held["requests"]["person"].tolist() == [1, 1]


def test_of_a_register_in_several_files_the_export_is_one_and_no_question(store, tmp_path):
    charges = [{"name": "占道费", "collected_on": date(2024, 5, day), "amount": 1200 + day} for day in (1, 2, 3)]
    for number, row in enumerate((charges[:2], charges[2:]), start=1):
        rows = list(enumerate(row, start=6))
        store.add(
            [Sheet.of("charges", OFFICE, YEAR, f"{number}月.xlsx", "", rows)], instruction=FileInstruction(append=True)
        )
    requests(store, tmp_path, FIRST)
    path = export(store, tmp_path / NAME)
    assert left_out(hand_in(store, path)) == {"依申请公开登记表", "行政事业性收费登记表"}

    book = openpyxl.load_workbook(path)
    page = book["依申请公开登记表"]
    page.cell(6, [cell.value for cell in page[5]].index("主题分类") + 1, "规划")
    book.save(path)
    result = hand_in(store, path)
    assert ([one.sheet.register for one in result.stored], left_out(result)) == (["requests"], {"行政事业性收费登记表"})


def test_an_empty_register_goes_and_comes_back_with_its_tick(store, tmp_path):
    requests(store, tmp_path)
    result = hand_in(store, export(store, tmp_path / NAME))
    assert (result.outcome, left_out(result)) == ("same", {"依申请公开登记表"})


def test_an_export_of_before_a_change_is_no_longer_the_same(store, tmp_path):
    requests(store, tmp_path, FIRST)
    path = export(store, tmp_path / NAME)
    requests(store, tmp_path, {**FIRST, "topic": "规划"})
    assert hand_in(store, path).outcome == "changed"


ODD = [
    *("=1+1", "+1", "-0", "@x", "1e5", "00123", "45356", "2024-03-05", "是", "合计", "3月合计", "示例", "申请编号"),
    *('引"号', "a,b", "<b>", "&amp;", "_x0041_", "\U00020bb7野", "①②", "…", "  ", "a" * 2000, "1/2", "13800001111"),
]
"""Texts that a spreadsheet or a reader might take for something else."""


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_texts_come_back_as_they_are(store, tmp_path, text):
    clean = " ".join(text.split()) or None
    rows = [
        (
            6,
            {
                "number": "3-8号",
                "received_on": date(2024, 3, 5),
                "applicant": "natural_person",
                "subject": clean,
                "topic": clean,
            },
        )
    ]
    store.add([Sheet.of("requests", OFFICE, YEAR, "a.xlsx", "", rows)])
    before = store.imports()
    result = hand_in(store, export(store, tmp_path / NAME))
    assert (result.outcome, result.problems, left_out(result)) == ("same", (), {"依申请公开登记表"})
    assert store.imports() == before


def test_odd_amounts_counts_and_numbers_come_back_as_they_are(store, tmp_path):
    charges = [
        {"name": "费", "collected_on": date(2024, 5, 1), "amount": amount} for amount in (-1, 0, 1, 10**15, 123456789)
    ]
    counts = [
        {"title": "文", "channel": "网站", "published_on": date(2024, 5, 1), "count": count}
        for count in (None, 0, 1, 10**9)
    ]
    declared = [
        {
            "table": "requests",
            "row": str(n),
            "column": "x",
            "value": value,
            "reason": "无",
            "person": "甲",
            "declared_on": date(2024, 5, 1),
        }
        for n, value in enumerate(("0.1", "12", "-3", "123456789012345"))
    ]
    given = {"charges": charges, "publications": counts, "declared": declared}
    for register, rows in given.items():
        store.add([Sheet.of(register, OFFICE, YEAR, f"{register}.xlsx", "", enumerate(rows, start=6))])
    result = hand_in(store, export(store, tmp_path / NAME))
    assert left_out(result) == {registers()[register].label for register in given}


def test_a_file_of_another_name_is_read_as_any(store, tmp_path):
    requests(store, tmp_path, FIRST)
    result = hand_in(store, export(store, tmp_path / "登记表.xlsx"))
    assert left_out(result) == set()
    assert (result.outcome, result.stored[0].same) == ("changed", 1)
