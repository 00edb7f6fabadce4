"""An import taken back: what it brought ends, what it ended comes back, what later imports changed stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from literal_registers import NOW, OFFICE, sheet
from machine import examples

from gktools.errors import NotFoundError, RecordsError
from gktools.registers.sheet import COMPLETED, ENTERED
from gktools.registers.store.database import writing
from gktools.registers.store.in_force import StoredGroup
from gktools.registers.store.opening import open_store
from gktools.registers.store.replacement import AskedError, FileInstruction, instruction_by_answers
from gktools.registers.store.undo import replayed


def digest(store, as_of=None):
    """The hash of what counts: that something was withdrawn meanwhile stays known."""
    return replace(store.load_records(OFFICE, 2024, as_of), withdrawn=()).digest()


def requests(year=2024, **topics):
    """A file of requests: number → topic."""
    rows = [
        {"number": number, "received_on": "2024-03-01", "applicant": "自然人", "topic": topic}
        for number, topic in topics.items()
    ]
    return sheet("requests", year, rows)


def charges(*amounts):
    rows = [{"name": "占道费", "collected_on": "2024-05-01", "amount": amount} for amount in amounts]
    return sheet("charges", 2024, rows)


def held(store, as_of=None):
    """What is in force: number → topic of the requests, the amounts of the charges, and the files handed in."""
    records = store.load_records(OFFICE, 2024, as_of)
    topics = dict(zip(records["requests"]["number"], records["requests"]["topic"], strict=True))
    amounts = sorted(int(amount) // 100 for amount in records["charges"]["amount"])
    return topics, amounts, sorted((known.register, known.year, known.sha256) for known in records.coverage)


# --- one import ----------


def test_a_correction_taken_back_leaves_the_store_as_before_it(store):
    store.add([requests(a="x", b="x", c="x")], NOW)
    before = held(store), digest(store)
    store.add([requests(a="y", c="x", d="new")], NOW, replace=True)

    undone = store.undo(2, NOW)
    assert (undone.number, undone.undoes, undone.ended, undone.returned, undone.stayed) == (3, 2, 2, 2, 0)
    assert (held(store), digest(store)) == before


def test_the_first_import_taken_back_leaves_nothing_handed_in(store):
    store.add([requests(a="x"), charges(1)], NOW)
    store.undo(1, NOW)

    assert held(store) == ({}, [], [])


def test_an_empty_register_can_be_taken_back(store):
    store.add([charges()], NOW)
    store.undo(1, NOW)

    assert not store.load_records(OFFICE, 2024).covers("charges")


def test_undoing_an_undo_brings_the_import_back(store):
    store.add([requests(a="x", b="x")], NOW)
    store.add([requests(a="y", c="z")], NOW, replace=True)
    after = held(store)
    store.undo(2, NOW)
    store.undo(3, NOW)
    assert held(store) == after

    store.undo(2, NOW)
    assert held(store)[0] == {"a": "x", "b": "x"}


def test_a_line_without_a_number_comes_back_too(store):
    store.add([charges(1, 2, 2, 3)], NOW)
    before = held(store)
    store.add([charges(1, 5, 3, 4)], NOW, replace=True)
    assert held(store)[1] == [1, 3, 4, 5]
    store.undo(2, NOW)

    assert held(store) == before


def test_records_point_to_the_file_that_is_in_force_again(store):
    store.add([requests(a="x", b="x")], NOW)
    places = list(store.load_records(OFFICE, 2024).places("requests").values())
    store.add([requests(new="x", a="x", b="x")], NOW)
    moved = list(store.load_records(OFFICE, 2024).places("requests").values())
    store.undo(2, NOW)

    assert [place[-3:] for place in moved] == ["第6行", "第7行", "第8行"]
    assert list(store.load_records(OFFICE, 2024).places("requests").values()) == places


# --- with later imports ----------


def test_what_later_imports_changed_stays(store):
    store.add([requests(a="1", b="1", c="1")], NOW)
    store.add([requests(a="2", b="2", c="1")], NOW)
    store.add([requests(a="3", c="1")], NOW)
    undone = store.undo(2, NOW)

    assert held(store)[0] == {"a": "3", "b": "1", "c": "1"}
    assert (undone.ended, undone.returned, undone.stayed) == (1, 1, 1)


def test_what_a_later_file_holds_too_stays(store):
    store.add([requests(a="1")], NOW)
    store.add([requests(a="1", b="2", c="2")], NOW)
    store.add([requests(b="2")], NOW)
    store.undo(2, NOW)

    assert held(store)[0] == {"a": "1", "b": "2"}


def test_an_import_wholly_overwritten_since_has_nothing_to_take_back(store):
    store.add([requests(a="1")], NOW)
    store.add([requests(a="2")], NOW)
    with pytest.raises(RecordsError, match="第 1 次导入的内容后来的导入都改过，或者也有，没有可取消的"):
        store.undo(1, NOW)
    assert held(store)[0] == {"a": "2"}


def test_two_imports_taken_back_in_either_order_leave_the_store_as_before_both(store):
    store.add([requests(a="1", b="1")], NOW)
    before = held(store)
    for first, second in ((2, 3), (7, 6)):
        store.add([requests(a="2", b="2")], NOW)
        store.add([requests(a="3", b="2", c="3")], NOW)
        try:
            store.undo(first, NOW)
        except RecordsError:
            store.undo(second, NOW)
            store.undo(first, NOW)
        else:
            store.undo(second, NOW)
        assert held(store) == before, (first, second)


def test_what_an_import_taken_back_had_brought_does_not_come_back_with_a_later_undo(store):
    store.add([requests(a="1", b="1")], NOW)
    store.add([requests(a="2", b="2")], NOW)
    store.add([requests(a="3")], NOW)
    store.undo(2, NOW)
    assert held(store)[0] == {"a": "3", "b": "1"}
    store.undo(3, NOW)

    assert held(store)[0] == {"a": "1", "b": "1"}


def test_what_a_later_import_withdrew_does_not_come_back(store):
    store.add([requests(a="1", b="1", c="1")], NOW)
    store.add([requests(a="2", b="1", c="2")], NOW)
    store.add([requests(b="1", c="2")], NOW, replace=True)
    with pytest.raises(RecordsError, match="没有可取消的"):
        store.undo(2, NOW)

    assert held(store)[0] == {"b": "1", "c": "2"}


def test_a_record_withdrawn_and_registered_again_since_is_not_doubled(store):
    store.add([requests(a="1", b="1")], NOW)
    store.add([requests(a="1")], NOW, replace=True)
    store.add([requests(a="1", b="again")], NOW)
    with pytest.raises(RecordsError, match="没有可取消的"):
        store.undo(2, NOW)

    assert held(store)[0] == {"a": "1", "b": "again"}


def test_a_line_without_a_number_withdrawn_and_entered_again_since_is_not_doubled(store):
    store.add([charges(1, 2)], NOW)
    store.add([charges(1)], NOW, replace=True)
    store.add([charges(1, 2)], NOW)
    with pytest.raises(RecordsError, match="没有可取消的"):
        store.undo(2, NOW)

    assert held(store)[1] == [1, 2]


def test_of_two_like_lines_withdrawn_one_after_the_other_both_come_back(store):
    store.add([charges(1, 1)], NOW)
    store.add([charges(1)], NOW, replace=True)
    store.add([charges()], NOW, replace=True)
    store.undo(3, NOW)
    assert held(store)[1] == [1]
    store.undo(2, NOW)

    assert held(store)[1] == [1, 1]


# --- what cannot be taken back ----------


def test_an_import_that_never_was_is_told(store):
    with pytest.raises(NotFoundError, match="没有第 7 次导入"):
        store.undo(7, NOW)


def test_an_import_already_taken_back_is_told_with_the_undo(store):
    store.add([requests(a="1")], NOW)
    store.undo(1, NOW)
    with pytest.raises(RecordsError, match="第 1 次导入已经由第 2 次取消了；要再用它，请取消第 2 次"):
        store.undo(1, NOW)


# --- as it was ----------


def test_what_was_in_force_after_each_import_can_be_asked_for(store):
    seen = {}
    for number, act in enumerate(
        [
            lambda: store.add([requests(a="1", b="1"), charges(1, 2)], NOW),
            lambda: store.add([requests(2023, a="0"), requests(b="2", c="2")], NOW),
            lambda: store.add([requests(b="2")], NOW, replace=True),
            lambda: store.undo(2, NOW),
            lambda: store.undo(3, NOW),
            lambda: store.add([charges(2)], NOW, replace=True),
        ],
        start=1,
    ):
        act()
        seen[number] = held(store), digest(store)

    assert {n: (held(store, n), digest(store, n)) for n in seen} == seen
    assert store.load_records(OFFICE, 2024).as_of == 6
    assert [store.load_records(OFFICE, 2024, n).as_of for n in seen] == list(seen)
    assert store.load_records("caizheng", 2024).as_of == 0


def test_an_import_that_never_was_cannot_be_looked_back_to(store):
    with pytest.raises(NotFoundError, match="没有第 3 次导入"):
        store.load_records(OFFICE, 2024, as_of=3)


# --- any imports ----------


def named(file, name):
    return replace(file, file=name)


TOPICS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("xyz"), max_size=3).map(lambda of: requests(**of))
AMOUNTS = st.lists(st.integers(1, 4), max_size=4).map(lambda amounts: charges(*amounts))
ENTRIES = st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz")).map(
    lambda entry: named(requests(**dict([entry])), ENTERED)
)
FILES = st.one_of(
    st.builds(named, st.one_of(TOPICS, AMOUNTS), st.sampled_from(["甲.xlsx", "乙.xlsx", "甲（标错）.xlsx"])),
    ENTRIES,
    st.just(named(requests(), COMPLETED)),
)
IMPORTS = st.lists(st.tuples(FILES, st.booleans(), st.integers(0, 9)), min_size=1, max_size=7)
"""Files of several names, and records entered in forms; whether what is gone is withdrawn, or what is entered ends; and
which of the answers is given where it is asked."""
QUICK = settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def add(store, file, withdraws, choice):
    """Import a file, with an answer to what is asked; return the number of the import, None if nothing changed."""
    told = FileInstruction(ends=withdraws and file.file == ENTERED) if file.in_form else FileInstruction(withdraws)
    given = {}
    while True:
        try:
            return store.add([file], NOW, instruction=instruction_by_answers(given, file, instruction=told))[0].number
        except AskedError as asked:
            (question,) = asked.questions
            key = question.answers[choice % len(question.answers)].key
            assert (question.code, question.subject) not in given, question
            given[question.code, question.subject] = key


@QUICK
@given(IMPORTS)
def test_any_imports_taken_back_from_the_last_leave_the_store_as_before_each(tmp_path_factory, given_files):
    with open_store(tmp_path_factory.mktemp("undo")) as store:
        before, numbers = [], []
        for given_file in given_files:
            state = held(store), digest(store)
            if (number := add(store, *given_file)) is not None:
                before.append(state)
                numbers.append(number)
        for number, state in zip(reversed(numbers), reversed(before), strict=True):
            store.undo(number, NOW)
            assert (held(store), digest(store)) == state


@QUICK
@given(IMPORTS, st.randoms(use_true_random=False))
def test_any_imports_taken_back_in_any_order_leave_nothing(tmp_path_factory, given_files, random):
    with open_store(tmp_path_factory.mktemp("undo")) as store:
        left = [number for given_file in given_files if (number := add(store, *given_file)) is not None]
        while left:
            random.shuffle(left)
            taken = next(number for number in left if _taken_back(store, number))  # one at least can be
            left.remove(taken)
        assert held(store) == ({}, [], [])


def _taken_back(store, number):
    try:
        store.undo(number, NOW)
    except RecordsError:
        return False
    return True


@QUICK
@given(IMPORTS)
def test_any_import_undone_and_the_undo_undone_changes_nothing(tmp_path_factory, given_files):
    with open_store(tmp_path_factory.mktemp("undo")) as store:
        for given_file in given_files:
            add(store, *given_file)
        state = held(store)
        for number in range(1, store.load_records(OFFICE, 2024).as_of + 1):
            if _taken_back(store, number):
                store.undo(store.load_records(OFFICE, 2024).as_of, NOW)
                assert held(store) == state, number


@QUICK
@given(IMPORTS)
def test_what_is_in_force_is_what_the_imports_make_of_it_and_each_moment_can_be_asked_for(
    tmp_path_factory, given_files
):
    with open_store(tmp_path_factory.mktemp("undo")) as store:
        seen = {}
        for given_file in given_files:
            if (number := add(store, *given_file)) is not None:
                seen[number] = held(store), digest(store)
        with writing(store.engine) as connection:
            for register in ("requests", "charges"):
                group = (register, OFFICE, 2024)
                made, _ = replayed(connection, group, frozenset())
                assert standing(made) == standing(StoredGroup.of(connection, group).state)
        assert {n: (held(store, n), digest(store, n)) for n in seen} == seen


def standing(state):
    """The files in force, and of each record what it says and where it stands."""
    return dict(state.files), sorted((one.source, one.said, one.places) for one in state.held)


@QUICK
@given(IMPORTS)
def test_rows_without_a_number_are_counted_as_often_as_the_files_in_force_hold_them(tmp_path_factory, given_files):
    with open_store(tmp_path_factory.mktemp("undo")) as store:
        for file, _, choice in given_files:
            add(store, file, True, choice)  # what a file no longer holds ends: nothing is left standing
        rows = sum(known.rows for known in store.coverage(OFFICE) if known.register == "charges")
        assert len(held(store)[1]) == rows


# --- several files in force ----------


def test_a_file_taken_back_leaves_the_others_in_force(store):
    store.add([named(charges(1, 2), "1月.xlsx")], NOW)
    store.add([named(charges(3), "2月.xlsx")], NOW)
    store.undo(1, NOW)
    assert held(store)[1] == [3]

    store.undo(3, NOW)
    assert held(store)[1] == [1, 2, 3]
    assert [known.file for known in store.coverage()] == ["2月.xlsx", "1月.xlsx"]


def test_a_file_whose_place_was_taken_comes_back_with_its_rows(store):
    store.add([named(charges(1, 2), "1月.xlsx")], NOW)
    store.add([named(charges(3), "2月.xlsx")], NOW)
    before = held(store), digest(store)
    store.add([named(charges(1, 2, 3, 4), "全年.xlsx")], NOW, instruction=FileInstruction(replaces=frozenset([1, 2])))
    assert held(store)[1] == [1, 2, 3, 4]
    store.undo(3, NOW)

    assert (held(store), digest(store)) == before


def test_what_an_undo_would_bring_back_beside_the_same_rows_entered_again_is_refused(store):
    store.add([named(charges(1, 2), "1月.xlsx")], NOW)
    store.add([named(charges(3), "2月.xlsx")], NOW, instruction=FileInstruction(replaces=frozenset([1])))
    store.add([named(charges(1, 2), "1月.xlsx")], NOW)
    assert held(store)[1] == [1, 2, 3]
    with pytest.raises(RecordsError, match="第 1 次导入的 1月.xlsx 又有效，它和第 3 次导入的 1月.xlsx 有相同的行"):
        store.undo(2, NOW)
    assert held(store)[1] == [1, 2, 3]

    store.undo(3, NOW)
    store.undo(2, NOW)
    assert held(store)[1] == [1, 2]


def test_an_import_that_counts_again_counts_wherever_it_did(store):
    store.add([requests(a="1"), charges(1)], NOW)
    store.add([requests(a="2"), charges(1, 2)], NOW)
    store.add([requests(a="3")], NOW)
    store.undo(2, NOW)
    store.undo(3, NOW)
    assert held(store)[:2] == ({"a": "1"}, [1])
    store.undo(4, NOW)

    assert held(store)[:2] == ({"a": "2"}, [1, 2])
