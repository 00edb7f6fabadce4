"""Registers of an office that the office book does not have any more: said once, with what to do."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from casework import request
from projects import keep, make_project, write_yaml

from gktools.inputs.inputs import load_inputs
from gktools.registers.store.opening import open_store
from gktools.report.queries.lost_offices import lost_offices
from gktools.report.report import draft_report
from gktools.workspace.project import open_project

YEAR = 2024
OFFICES = {
    "minzheng": {"names": [{"name": "示例区民政局"}], "kind": "county_department"},
    "caizheng": {"names": [{"name": "示例区财政局"}], "kind": "county_department"},
    "tongji": {"names": [{"name": "示例区统计局"}], "kind": "county_department"},
}


@pytest.fixture
def home(tmp_path):
    """A working folder in which two of three offices have handed in their registers."""
    home = tmp_path / "work"
    project = make_project(home, OFFICES, {(YEAR, code): {} for code in OFFICES})
    keep(project, "minzheng", YEAR, {"requests": [request()]})
    keep(project, "caizheng", YEAR, {"requests": [request(number="财1")]})
    return home


def change_book(home, **changed):
    """Write the office book again with other entries; None takes one out."""
    offices = {code: entry for code, entry in (OFFICES | changed).items() if entry is not None}
    write_yaml(home / "params/offices.yaml", {"offices": offices})


def said(home) -> dict[str, str]:
    project = open_project(home)
    with open_store(home) as store:
        return {one.code: str(one) for one in lost_offices(project, store)}


def test_nothing_is_said_while_every_office_is_in_the_book(home):
    assert said(home) == {}


def test_a_changed_code_is_named_with_the_old_one_and_the_way_back(home):
    change_book(home, minzheng=None, mzj=OFFICES["minzheng"])

    (sentence,) = said(home).values()
    assert (
        "单位表里没有“minzheng”，台账库里却有它的 12 份登记表（2024 年）；“mzj”（示例区民政局）却一份也没有" in sentence
    )
    assert "改回 minzheng" in sentence
    assert "tongji" not in sentence, "an office that has handed in nothing yet, and has parameters, is no candidate"


@pytest.mark.parametrize(
    ("old", "new", "number", "asked", "told"),
    [
        ("minzheng", "mzj", "2", "mzj", ["minzheng"]),
        ("minzheng", "mzj", "1", "mzj", []),
        ("minzheng", "mzj", None, "mzj", ["minzheng"]),
        ("caizheng", "czj", "2", "minzheng", []),
    ],
)
def test_what_an_office_registered_before_its_code_was_changed_is_told_in_its_report(
    home, old, new, number, asked, told
):
    """Not if all was imported again, but what was withdrawn before is told; an office that was there before is not asked."""
    if number is None:
        keep(open_project(home), old, YEAR, {"requests": []})
    change_book(home, **{old: None, new: OFFICES[old]})
    project = open_project(home)
    keep(project, new, YEAR, {"requests": {"1": [request()], "2": [request(number="2")], None: []}[number]})
    inputs = load_inputs(project, asked, YEAR)
    found = [one for one in draft_report(inputs).findings if one.code == "records.left-behind"]

    assert [one.record for one in found] == told
    assert (inputs.hashes() == replace(inputs, left_behind=()).hashes()) == (not told)


def test_the_name_in_a_report_says_which_office_it_was(home):
    from gktools.workspace.output import Manifest

    folder = home / f"output/{YEAR}/minzheng"
    folder.mkdir(parents=True)
    about = Manifest("minzheng", "示例区民政局", YEAR, {}, 0, [], {}, {})
    (folder / "manifest.json").write_text(about.to_json(), encoding="utf-8")
    another = {"names": [{"name": "示例区档案局"}], "kind": "county_department"}
    change_book(home, minzheng=None, mzj=OFFICES["minzheng"], dangan=another)

    assert "；“mzj”（示例区民政局）却一份也没有" in said(home)["minzheng"]


def test_an_office_taken_out_of_the_book_is_said_to_be_ended_and_merged_instead(home):
    change_book(home, minzheng=None)

    assert "predecessors: [minzheng]" in said(home)["minzheng"]
    assert "until" in said(home)["minzheng"]


def test_the_way_back_and_the_way_of_a_merged_office_leave_nothing_to_say(home):
    ended = OFFICES["minzheng"] | {"names": [{"name": "示例区民政局", "until": "2025-03-01"}]}
    change_book(home, minzheng=ended, caizheng=OFFICES["caizheng"] | {"predecessors": ["minzheng"]})

    assert said(home) == {}


def test_nothing_more_is_said_once_the_registers_are_imported_for_the_new_code(home):
    change_book(home, minzheng=None, mzj=OFFICES["minzheng"])
    keep(open_project(home), "mzj", YEAR, {"requests": [request()]})

    assert said(home) == {}


def test_check_and_build_say_it_once_and_not_the_parameter_file_beside_it(home, run):
    change_book(home, minzheng=None, mzj=OFFICES["minzheng"])
    shutil.rmtree(home / "notebooks")

    for command in (("check", "--office", "mzj"), ("build", "--office", "mzj")):
        _, _, err = run(*command, home=home)
        assert err.count("minzheng”") == 1, (command, err)
        assert err.startswith("提醒：单位表里没有“minzheng”")
