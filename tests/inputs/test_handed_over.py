"""Inputs handed to another process are the same inputs there, without the files they were read from."""

from __future__ import annotations

import pickle
import shutil

import pytest
from projects import keep, make_project

from gktools.errors import GktoolsError, Problem
from gktools.forms.notices import load_format
from gktools.inputs.inputs import HANDED, hand_over, load_inputs, open_inputs
from gktools.report.report import draft_report

OFFICES = {
    code: {"names": [{"name": f"示例区{name}局"}], "kind": "county_department"}
    for code, name in (("minzheng", "民政"), ("caizheng", "财政"))
}
REQUEST = {"number": "1", "received_on": "2024-03-01", "channel": "in_person", "applicant": "natural_person"}


@pytest.fixture
def handed(tmp_path, monkeypatch):
    """Inputs as they were loaded, and the same handed over; the working folder is gone."""
    params = {"text": {"problems": "一是{{ 新收申请 }}件。"}, "layout": {"brackets": "half"}}
    project = make_project(tmp_path / "work", OFFICES, {(2024, "minzheng"): params})
    keep(project, "minzheng", 2024, {"requests": [REQUEST]})
    loaded = load_inputs(project, "minzheng", 2024)
    hand_over(loaded, tmp_path / "inputs")
    shutil.rmtree(project.home)
    monkeypatch.setenv(HANDED, str(tmp_path / "inputs"))
    return loaded, open_inputs("minzheng", 2024)


def test_they_have_the_same_hashes_and_give_the_same_report(handed):
    loaded, given = handed

    assert given.hashes() == loaded.hashes()
    assert draft_report(given).to_json() == draft_report(loaded).to_json()


def test_the_format_is_the_one_that_the_process_has_ready(handed):
    assert handed[1].official is load_format(2024)


def test_a_mistake_in_a_text_is_still_found_in_its_file_and_line(handed):
    loaded, given = handed
    problem = Problem("wrong", "text.problems", value="新收申请")

    assert given.locate(problem) == loaded.locate(problem)
    assert given.locate(problem).file == "params/2024/minzheng.yaml"
    assert given.locate(problem).line


def test_frames_are_pickled_as_the_rows_they_are_made_of(handed):
    loaded, _ = handed
    before = len(pickle.dumps(loaded))
    assert len(loaded.own.frames["requests"]) == 1

    assert len(pickle.dumps(loaded)) == before


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("caizheng", 2024), "要开 caizheng 2024"),
        (("minzheng", 2023), "2023"),
        (("minzheng", 2024, {"a": 1}), "overrides"),
    ],
)
def test_anything_else_is_refused(handed, asked, told):
    with pytest.raises(GktoolsError, match=told):
        open_inputs(*asked)
