"""Records as columns: chosen, replaced, ordered; and the DataFrame that a person gets of them."""

from __future__ import annotations

import pickle
from datetime import date

import numpy as np
import pytest

from gktools.registers.store.loading import StoredVersion, columns_of
from gktools.registers.store.record_columns import among, first_known, is_false, is_true, numbers

REGISTER = "documents"
ROWS = [
    {"number": "甲〔2024〕2号", "published_on": "2024-05-01", "lead": 1},
    {"number": "甲〔2024〕1号", "published_on": None, "lead": 0},
    {"number": None, "published_on": "2024-02-01", "lead": None},
]


def version(number, given):
    from gktools.registers.schema import registers

    values = [given.get(field.key) for field in registers()[REGISTER].pulled]
    return StoredVersion(number, 2024, 1, number + 5, "", "", 0, values)


@pytest.fixture
def held():
    return columns_of([version(number, given) for number, given in enumerate(ROWS, 1)], REGISTER)


def test_a_column_has_days_texts_and_answers_as_they_were_entered(held):
    assert held["published_on"].tolist() == [date(2024, 5, 1), None, date(2024, 2, 1)]
    assert held["number"].tolist() == ["甲〔2024〕2号", "甲〔2024〕1号", ""]
    assert held["lead"].tolist() == [True, False, None]
    assert held["file_row"].tolist() == [6, 7, 8]
    assert (len(held), "lead" in held, "person" in held) == (3, True, False)


def test_an_unknown_answer_is_neither_yes_nor_no(held):
    assert is_true(held["lead"]).tolist() == [True, False, False]
    assert is_false(held["lead"]).tolist() == [False, True, False]


def test_records_are_chosen_by_a_mask_or_by_positions_in_their_order(held):
    assert held.chosen(held["number"] != "")["record"].tolist() == [1, 2]
    assert held.chosen([2, 0])["record"].tolist() == [3, 1]
    assert len(held.chosen([])) == 0


def test_replaced_columns_stand_in_the_place_of_the_others_also_in_what_is_chosen_of_them(held):
    kinds = np.array(["a", "b", "c"], dtype=object)
    changed = held.with_columns(kind=kinds, new=kinds).chosen([1])

    assert (changed["kind"].tolist(), changed["new"].tolist(), changed["record"].tolist()) == (["b"], ["b"], [2])
    assert held["kind"].tolist() == ["", "", ""]


def test_records_without_a_day_come_last(held):
    assert held.order("published_on", "number") == [2, 0, 1]


def test_numbers_are_compared_whatever_their_brackets(held):
    assert held.folded("number").tolist() == ["甲(2024)2号", "甲(2024)1号", ""]
    assert among(held.folded("number"), {"甲(2024)1号"}).tolist() == [False, True, False]


def test_values_come_record_by_record(held):
    assert list(held.values("record", "published_on"))[:2] == [(1, date(2024, 5, 1)), (2, None)]


def test_the_first_known_day_counts_and_an_unknown_number_is_what_one_says(held):
    other = np.array(["2024-01-01"] * 3, dtype="datetime64[D]")

    assert first_known(held["published_on"], other).tolist()[1] == date(2024, 1, 1)
    assert numbers(np.array([3, None], dtype=object), 1).tolist() == [3, 1]


def test_a_person_gets_a_frame_of_the_same_values(held):
    frame = held.frame()

    assert frame["published_on"].dt.year.tolist()[0] == 2024
    assert frame["published_on"].isna().tolist() == [False, True, False]
    assert (frame["lead"].dtype.name, frame["lead"].isna().tolist()) == ("boolean", [False, False, True])
    assert frame["number"].tolist() == ["甲〔2024〕2号", "甲〔2024〕1号", ""]
    assert held.chosen([]).frame().dtypes.to_dict() == frame.dtypes.to_dict()


def test_columns_are_pickled_as_the_rows_they_are_made_of(held):
    before = pickle.dumps(held)
    held["number"], held.folded("number")

    assert pickle.dumps(held) == before
    assert pickle.loads(before)["number"].tolist() == held["number"].tolist()
