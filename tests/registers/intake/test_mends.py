"""Mended cells stand in the place of what the file has there, and change nothing else."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import openpyxl
import pytest
from corpus.files import COVER, FILES, HEAD, ONE, TWO, as_csv, as_xlsx, written
from corpus.xls import xls
from openpyxl.styles import Font

from gktools.errors import GktoolsError
from gktools.registers.intake.files import open_pages
from gktools.registers.intake.marking import write_marked_copy
from gktools.registers.intake.mends import Mend, open_mended, with_mends
from gktools.registers.intake.reading import read_file

WRONG = ["甲1", "2024-02-30", "自燃人", "2024-03-20", "予以公开"]
ROWS = [*COVER, HEAD, WRONG, TWO]
LINE = len(COVER) + 2
MENDS = {"登记": (Mend("登记", LINE, 1, "2024-02-29"), Mend("登记", LINE, 2, "自然人"))}
MENDS[""] = tuple(Mend("", mend.line, mend.column, mend.text) for mend in MENDS["登记"])


def find_office(name: str) -> str:
    return "minzheng" if name == "示例市民政局" else name


def read(path: Path, mends=()):
    return read_file(path, find_office, today=date(2025, 1, 31), open_sheets=partial(open_mended, mends=mends))


@pytest.fixture(params=["xlsx", "csv", "gb18030", "xls"])
def file(request, tmp_path) -> tuple[Path, tuple[Mend, ...]]:
    """A file of each kind with a row in which two cells are wrong, and what mends them."""
    made = {
        "xlsx": ("a.xlsx", as_xlsx(ROWS)),
        "csv": ("a.csv", as_csv(ROWS)),
        "gb18030": ("b.csv", as_csv(ROWS, "gb18030")),
        "xls": ("a.xls", xls(("登记", ROWS))),
    }
    name, content = made[request.param]
    path = tmp_path / name
    path.write_bytes(content)
    return path, MENDS[next(open_pages(path)).name]


def test_a_mended_file_is_read_as_typed_and_the_file_stays_as_it_was(file):
    path, mends = file
    before = path.read_bytes()
    assert len(read(path).problems) == 2

    (sheet,) = read(path, mends).sheets

    assert sheet.columns["received_on"][0] == date(2024, 2, 29)
    assert sheet.columns["applicant"][0] == "natural_person"
    assert path.read_bytes() == before


def test_the_mended_copy_is_read_as_the_mended_file(file, tmp_path):
    path, mends = file

    copy = write_marked_copy(path, (), (), tmp_path, mends)

    assert copy.name.endswith("（已改）.xlsx")
    assert [one.sha256 for one in read(copy).sheets] == [one.sha256 for one in read(path, mends).sheets]


def test_a_marked_copy_has_what_was_mended_already(file, tmp_path):
    path, mends = file
    problems = read(path, mends[:1]).problems

    copy = write_marked_copy(path, problems, (), tmp_path, mends[:1])

    assert [one.message for one in read(copy).problems] == [one.message for one in problems]


@pytest.mark.parametrize("name", FILES)
def test_only_the_mended_cell_of_a_file_of_the_corpus_is_another(tmp_path, name):
    path = written(name, tmp_path)
    try:
        before = [
            (page.name, page.hidden, page.merged, page.from_1904, page.looks, list(page.rows))
            for page in open_pages(path)
        ]
    except GktoolsError:
        return
    places = [(sheet, row, len(cells) // 2) for sheet, *_, rows in before for row, cells in enumerate(rows) if cells]
    for sheet, row, column in places[:3]:
        after = open_mended(path, [Mend(sheet, row + 1, column, "改")])
        for one, page in zip(before, after, strict=True):
            rows = [list(cells) for cells in page.rows]
            changed = [
                (i, j)
                for i, cells in enumerate(rows)
                for j, cell in enumerate(cells)
                if repr(cell) != repr(one[5][i][j])
            ]
            assert changed in ([], [(row, column)])
            assert (page.hidden, page.merged, page.from_1904) == one[1:4]
            assert page.looks.rows == one[4].rows


def test_what_is_written_anew_is_not_struck_out(tmp_path):
    book = openpyxl.Workbook()
    page = book.active
    page.title = "登记"
    for row in [*COVER, HEAD, ONE, TWO]:
        page.append(row)
    page.cell(LINE, 2).font = Font(strike=True)
    book.save(tmp_path / "a.xlsx")
    assert [one.code for one in read(tmp_path / "a.xlsx").questions] == ["struck.cell"]
    mends = (Mend("登记", LINE, 1, "2024-03-02"),)

    (sheet,) = read(tmp_path / "a.xlsx", mends).sheets
    copy = write_marked_copy(tmp_path / "a.xlsx", (), (), tmp_path, mends)

    assert sheet.columns["received_on"][0] == date(2024, 3, 2)
    assert [one.sha256 for one in read(copy).sheets] == [sheet.sha256]


def test_a_cell_beyond_the_last_row_and_an_emptied_one_are_mended_too(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(as_csv([*COVER, HEAD, ONE]))
    mends = [
        Mend("", LINE + 2, 0, "甲9"),
        Mend("", LINE + 2, 1, "2024-05-06"),
        Mend("", LINE + 2, 2, "自然人"),
        Mend("", LINE, 3, ""),
    ]

    (sheet,) = read(path, mends).sheets

    assert sheet.lines == (LINE, LINE + 2)
    assert sheet.columns["replied_on"] == (None, None)


def test_a_cell_mended_again_has_the_later_text():
    first, again, other = Mend("a", 1, 1, "x"), Mend("a", 1, 1, "y"), Mend("a", 2, 1, "z")

    assert with_mends((first, other), (again,)) == (again, other)


@pytest.mark.parametrize(
    ("cell", "typed", "field", "value"),
    [
        ("不知道", "2024/3/5", "received_on", date(2024, 3, 5)),
        ("不知道", "2024年3月5日", "received_on", date(2024, 3, 5)),
        ("", "007", "number", "007"),
        ("", "=A1", "number", "=A1"),
    ],
)
def test_what_is_typed_is_text_that_is_read_as_it_would_be_in_a_file(tmp_path, cell, typed, field, value):
    column = {"number": 0, "received_on": 1}[field]
    row = [*ONE]
    row[column] = cell
    path = tmp_path / "a.xlsx"
    path.write_bytes(as_xlsx([*COVER, HEAD, row]))
    mends = (Mend("登记", LINE, column, typed),)

    assert read(path, mends).sheets[0].columns[field] == (value,)
    assert read(write_marked_copy(path, (), (), tmp_path, mends)).sheets[0].columns[field] == (value,)
