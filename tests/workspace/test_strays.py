"""Offices that a year's sums leave out by one line of the office book, and offices with registers of a year without them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gktools.workspace.office_book import OfficeBook
from gktools.workspace.project import Project
from gktools.workspace.strays import left_out, strays

YEAR = 2024


def office(name: str, parent: str = "", kind: str = "county_department", **more: Any) -> dict[str, Any]:
    names = [{"name": name} | {key: more.pop(key) for key in ("since", "until") if key in more}]
    return {"names": names, "kind": kind} | ({"parent": parent} if parent else {}) | more


CITY: dict[str, dict[str, Any]] = {
    "shi": office("示例市人民政府", kind="city_government"),
    "shi-all": office("示例市人民政府", kind="city_government", rolls_up="shi"),
    "ju": office("示例市民政局", "shi", "department"),
    "qu": office("示例区人民政府", "shi", "county_government"),
    "qu-all": office("示例区人民政府", kind="county_government", rolls_up="qu"),
    "weijian": office("示例区卫生健康委员会", "qu"),
    "zhen": office("示例区白鹤镇人民政府", "qu", "township_government"),
    "zhan": office("示例区白鹤镇水务站", "zhen"),
}


def told(registers: Any = (), year: int = YEAR, **changed: Any) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Who is told of with a changed book: the codes left out and the roll-ups that say so, by the first of the codes."""
    offices = {code: CITY.get(code, {}) | given for code, given in (CITY | changed).items()}
    offices = {
        code: {key: value for key, value in given.items() if value is not None} for code, given in offices.items()
    }
    book = OfficeBook.model_validate({"offices": offices}).offices
    found = left_out(strays(book, year), {code: {"requests"} for code in registers})
    return {one.stray.code: (one.stray.codes, one.stray.told_by) for one in found}


def named(**given: str) -> dict[str, Any]:
    return {"names": [{"name": "示例区卫生健康委员会"} | given]}


def test_a_sound_book_has_nobody_left_out():
    assert told(CITY) == {}


@pytest.mark.parametrize("registers", [(), ("weijian",)])
def test_an_office_without_its_parent_is_told_to_the_topmost_sum(registers):
    assert told(registers, weijian={"parent": None}) == {"weijian": (("weijian",), ("shi-all",))}


def test_a_subtree_whose_parent_is_lost_is_told_once_with_all_of_it():
    assert told(zhen={"parent": None}) == {"zhen": (("zhen", "zhan"), ("shi-all",))}


def test_a_government_of_a_lower_level_that_lost_its_parent_is_no_government_of_its_own():
    assert told(qu={"parent": None}) == {"qu": (("qu", "weijian", "zhen", "zhan"), ("shi-all",))}


def test_two_governments_of_one_level_are_each_their_own():
    other = {
        "ling": office("邻市人民政府", kind="city_government"),
        "ling-all": office("邻市人民政府", kind="city_government", rolls_up="ling"),
    }

    assert told(**other) == {}


def test_a_sum_of_another_level_leaves_the_others_out():
    assert told(**{"shi-all": {"rolls_up": "ju"}}) == {"shi": (("shi", "qu", "weijian", "zhen", "zhan"), ("shi-all",))}


@pytest.mark.parametrize("span", [{"until": "2023-12-31"}, {"since": "2025-01-01"}])
def test_an_office_of_other_years_is_told_if_it_has_registers_of_this_one(span):
    assert told(weijian=named(**span)) == {}
    assert told(["weijian"], weijian=named(**span)) == {"weijian": (("weijian",), ("shi-all", "qu-all"))}
    assert told(["weijian"], weijian=named(**span) | {"parent": None}) == {"weijian": (("weijian",), ("shi-all",))}


def test_an_office_that_ended_within_the_year_is_told_by_another_rule_unless_it_is_in_no_sum():
    ended = named(until="2024-06-30")

    assert told(["weijian"], weijian=ended) == {}
    assert told(["weijian"], weijian=ended | {"parent": None}) == {"weijian": (("weijian",), ("shi-all",))}


def test_a_predecessor_with_registers_of_the_year_is_told():
    old = office("示例区卫生局", "qu", until="2022-12-31")

    assert told(["old"], old=old, weijian={"predecessors": ["old"]}) == {"old": (("old",), ("shi-all", "qu-all"))}
    assert told(old=old, weijian={"predecessors": ["old"]}) == {}


def test_a_name_with_a_hole_in_it_is_told():
    names = [{"name": "示例区卫生局", "until": "2023-12-31"}, {"name": "示例区卫生健康委员会", "since": "2025-01-01"}]

    assert list(told(["weijian"], weijian={"names": names})) == ["weijian"]


def test_a_book_without_a_government_has_no_sums_and_still_years():
    book = OfficeBook.model_validate({"offices": {"ju": office("示例市民政局", until="2023-12-31")}}).offices

    assert strays(book, 2023) == ()
    assert left_out(strays(book, YEAR), {}) == ()
    (one,) = left_out(strays(book, YEAR), {"ju": {"requests", "charges"}})
    assert (one.registers, one.stray.told_by) == (2, ())
    assert "到 2023-12-31 为止" in one.stray.why


def test_a_year_without_a_roll_up_has_no_sums():
    since = {"names": [{"name": "示例市人民政府", "since": "2024-01-01"}]}
    later = {"shi-all": since, "qu-all": {"names": [{"name": "示例区人民政府", "since": "2024-01-01"}]}}

    assert told(year=2023, weijian={"parent": None}, **later) == {}


def test_parameters_of_an_office_that_the_year_does_not_have_are_told(tmp_path: Path):
    book = OfficeBook.model_validate({"offices": CITY | {"weijian": office("示例区卫健委", "qu", since="2025-01-01")}})
    (tmp_path / "params/2024").mkdir(parents=True)
    for code in ("weijian", "ju", "nobody"):
        (tmp_path / f"params/2024/{code}.yaml").write_text("", "utf-8")

    said = {one.file: one.message for one in Project(tmp_path, book.offices).unused_files(YEAR)}

    assert set(said) == {"params/2024/weijian.yaml", "params/2024/nobody.yaml"}
    assert "since、until" in said["params/2024/weijian.yaml"]
