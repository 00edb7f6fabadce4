"""Who may sign what, and who may see what: as params/offices.yaml names them."""

from __future__ import annotations

from datetime import date

import pytest
from projects import make_project

from gktools.errors import ParamsError
from gktools.review import people
from gktools.review.people import Capacity, Step, capacities, capacity, may_read, offices_of
from gktools.workspace.project import open_project

DAY = date(2025, 1, 20)
OFFICES = {
    "qu": {
        "names": [{"name": "示例区人民政府"}],
        "kind": "county_government",
        "people": {"handler": "区甲", "deputy": "区乙", "head": "区丙"},
    },
    "qu-all": {
        "names": [{"name": "示例区人民政府"}],
        "kind": "county_government",
        "rolls_up": "qu",
        "people": {"handler": "汇总甲"},
    },
    "minzheng": {
        "names": [{"name": "示例区民政局"}],
        "kind": "county_department",
        "parent": "qu",
        "people": {
            "handler": "民甲",
            "head": "民丙",
            "from_district": {"deputy": "区乙"},
            "stand_ins": [{"step": "head", "person": "民丁", "since": "2025-01-10", "until": "2025-01-31"}],
        },
    },
    "caizheng": {
        "names": [{"name": "示例区财政局"}],
        "kind": "county_department",
        "parent": "qu",
        "people": {"handler": "财甲"},
    },
}


@pytest.fixture
def project(tmp_path):
    """A district with two departments."""
    return make_project(tmp_path, OFFICES, {})


def test_each_step_has_its_person_the_district_sends_who_is_missing_and_a_stand_in_has_dates(project):
    assert capacities(project, "minzheng", DAY) == [
        Capacity(Step.HANDLER, "民甲"),
        Capacity(Step.DEPUTY, "区乙", from_district=True),
        Capacity(Step.HEAD, "民丙"),
        Capacity(Step.HEAD, "民丁", on_behalf_of="民丙"),
    ]


@pytest.mark.parametrize(
    ("day", "may"), [("2025-01-09", False), ("2025-01-10", True), ("2025-01-31", True), ("2025-02-01", False)]
)
def test_a_stand_in_may_sign_from_the_first_to_the_last_day(project, day, may):
    assert (capacity(project, "minzheng", "民丁", Step.HEAD, date.fromisoformat(day)) is not None) == may


def test_nobody_signs_for_another_office_or_another_step(project):
    assert capacity(project, "minzheng", "财甲", Step.HANDLER, DAY) is None
    assert capacity(project, "minzheng", "民甲", Step.HEAD, DAY) is None
    assert capacities(project, "nowhere", DAY) == []


def test_a_capacity_says_for_whom_it_is(project):
    labels = [one.label for one in capacities(project, "minzheng", DAY)]

    assert labels[1] == "分管领导复核（区乙，区里代行）"
    assert labels[3] == "主要领导审批（民丁 代 民丙 签）"


@pytest.mark.parametrize(
    ("person", "readable"),
    [
        ("区甲", {"qu", "qu-all", "minzheng", "caizheng"}),
        ("汇总甲", {"qu", "qu-all", "minzheng", "caizheng"}),
        ("民甲", {"minzheng"}),
        ("民丁", {"minzheng"}),
        ("路人", set()),
        ("", set()),
    ],
)
def test_a_person_sees_the_own_office_and_those_below(project, person, readable):
    assert people.readable(project, person) == readable
    assert {code for code in project.book if may_read(project, person, code)} == readable


def test_an_office_that_is_not_in_the_book_is_nobodys(project):
    assert not may_read(project, "区甲", "../minzheng")


def test_where_a_person_is_named(project):
    assert offices_of(project, "区乙") == {"qu", "minzheng"}


def test_a_stand_in_that_ends_before_it_begins_is_told_with_its_line(project):
    path = project.home / "params/offices.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("until: '2025-01-31'", "until: '2025-01-01'"))

    with pytest.raises(ParamsError, match="止比起还早"):
        open_project(project.home)
