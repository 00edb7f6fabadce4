"""The export of registers in the browser, and every register of the sample district exported and handed in again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import lxml.html
import pytest
from clerks import CODE, YEAR, clerks_server, hand_in, nothing_in_force, saved, text_of
from literal_registers import requests_csv
from reviewing import Visitor, visiting

from gktools.registers.exporting import exported_sheets
from gktools.registers.file_import import read_for_import
from gktools.registers.intake.cover import ImportOptions
from gktools.registers.intake.own_words import OwnWords
from gktools.registers.intake.templates import write_workbook
from gktools.registers.questions import Answers
from gktools.registers.schema import registers
from gktools.registers.sheet import EXPORTED
from gktools.registers.store.opening import open_store
from gktools.review.web.server import ReviewServer

AT = f"/{YEAR}/{CODE}/registers"
FIRST = {"number": "1号", "received_on": "2024-03-05", "applicant": "自然人", "applicant_name": "欧阳某某"}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[ReviewServer]:
    """A server of two offices without registers."""
    with clerks_server(tmp_path_factory.mktemp("export") / "work") as started:
        yield started


@pytest.fixture
def home(server) -> Path:
    """The working folder of the server, with nothing in force."""
    return nothing_in_force(server.context.home)


@pytest.fixture
def clerk(server, home) -> Visitor:
    """The handler of the office at a browser."""
    visitor = visiting(server, "甲经办")
    visitor.get(AT)
    return visitor


def test_an_export_uploaded_again_is_the_same_and_cannot_be_imported(home, clerk):
    hand_in(home, FIRST)
    saved(clerk, f"/{YEAR}/{CODE}/cases/requests/new", **{**FIRST, "number": "2号"})
    answer = clerk.get(f"{AT}/export")
    name = unquote(answer.headers["content-disposition"].partition("''")[2])
    assert (answer.status, name) == (200, f"示例区民政局2024年登记表{EXPORTED}.xlsx")

    clerk.get(AT)
    uploaded = clerk.upload(AT, {name: answer.body})
    page = clerk.get(uploaded.headers["location"])
    assert "和库里的一样，不用导入" in text_of(page)
    assert "没有读：和库里的一样，没有变化" in text_of(page)
    assert lxml.html.fromstring(page.body).xpath("//input[@value='import']") == []
    clerk.post(uploaded.headers["location"], {"what": "destroy"})


def test_a_file_that_lacks_what_a_form_has_says_so_before_it_is_imported(home, clerk):
    saved(clerk, f"/{YEAR}/{CODE}/cases/requests/new", **FIRST)
    clerk.get(AT)
    content = requests_csv([{**FIRST, "number": "2号"}], YEAR).encode()
    uploaded = clerk.upload(AT, {"申请.csv": content})
    page = text_of(clerk.get(uploaded.headers["location"]))
    assert "页面上填的 1 条，这个文件里没有，仍然有效：1号" in page
    clerk.post(uploaded.headers["location"], {"what": "destroy"})


def test_without_registers_there_is_nothing_to_export(home, clerk):
    answer = clerk.get(f"{AT}/export")
    assert (answer.status, "没有可以导出的" in text_of(answer)) == (404, True)


def test_an_export_is_its_handlers_alone(server, home):
    hand_in(home, FIRST)
    for person in ("甲分管", "丙经办"):
        assert visiting(server, person).get(f"{AT}/export").status in (403, 404)


def comes_back(home: Path, find, code: str, year: int, name: str, folder: Path) -> set[str]:
    """Export an office's registers of a year, and read them again: all are the same; return the kinds that hold records."""
    opening = partial(open_store, home)
    with opening() as store:
        sheets = exported_sheets(store, name, code, year)
    path = folder / f"{code}-{year}{EXPORTED}.xlsx"
    write_workbook(path, sheets, examples=False)
    read = read_for_import(path, find, ImportOptions(), OwnWords(), Answers(), open_store=opening)
    same = {one.sheet for one in read.result.left_out if one.why == "unchanged"}
    assert (read.result.outcome, read.sheets, read.result.questions) == ("same", (), ()), read.result
    assert same == {one.register.label for one in sheets}
    return {one.register.key for one in sheets if one.rows}


EACH_KIND = {("zhujian", 2020), ("renshe", 2024), ("xigong-community", 2020), ("tongji", 2024), ("shijian", 2024)}
"""Offices and years that have every kind of register between them, one with all of them empty and one with the most records."""


@pytest.mark.parametrize(
    "these", [pytest.param(EACH_KIND, id="each kind"), pytest.param(None, id="all", marks=pytest.mark.soak)]
)
def test_every_register_of_the_sample_district_comes_back_without_a_question_and_without_a_change(
    district, tmp_path, these
):
    with open_store(district.home) as store:
        covered = {(one.code, one.year) for one in store.coverage()}
    kinds = set()
    for code, year in sorted(these or covered):
        assert (code, year) in covered
        kinds |= comes_back(district.home, district.find, code, year, district.name(code, year), tmp_path)
    assert kinds == set(registers())
