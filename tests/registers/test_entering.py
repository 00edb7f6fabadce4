"""A record entered in a form: the same in the store as one imported, and never changed or dropped by a file without a word."""

from __future__ import annotations

import json
from datetime import date

import pytest
import sqlalchemy as sa
from literal_registers import OFFICE, requests_csv

from gktools.errors import ChangedError, NotFoundError, RecordsError
from gktools.figures.counting.count import count_table
from gktools.figures.table import Unknown
from gktools.forms.notices import load_format
from gktools.registers.entering import Entry, enter, state_complete, withdraw
from gktools.registers.file_import import read_for_import, store_files
from gktools.registers.intake.cover import ImportOptions
from gktools.registers.intake.own_words import OwnWords
from gktools.registers.intake.templates import as_written
from gktools.registers.questions import Answers
from gktools.registers.schema import registers
from gktools.registers.sheet import AS_STORED, COMPLETED, ENTERED
from gktools.registers.store.coverage import for_staff
from gktools.registers.store.database import TABLES, reading
from gktools.registers.store.opening import open_store
from gktools.registers.store.replacement import FileInstruction
from gktools.workspace.params_models import ReportParams

YEAR = 2024
FIRST = {
    "number": "1号",
    "arrived_on": "2024.3.5",
    "channel": "当面",
    "applicant": "自然人",
    "applicant_name": "欧阳某某",
    "subject": "关于某路的规划",
}


def find(name):
    assert name == OFFICE
    return OFFICE


def form(store, words, seen=0, register="requests", answers=None, reason="新登记"):
    """Enter a record, and return the result."""
    entry = Entry(registers()[register], OFFICE, YEAR, words, seen)
    return enter(store, entry, find, OwnWords(), Answers(answers or {}, "甲经办", reason))


def hand_in(store, tmp_path, *rows, name="申请.csv", answers=None, replace=False, replaces=frozenset()):
    """Import a file with these rows as the command does, and return the result."""
    (tmp_path / name).write_text(requests_csv(rows, YEAR), encoding="utf-8")
    given = Answers(answers or {}, "甲经办", "交台账")
    read = read_for_import(tmp_path / name, find, ImportOptions(), OwnWords(), given)
    return store_files(store, [read], given, FileInstruction(replace, replaces))[0]


def kept(store, register="requests"):
    """What is stored of the records in force, without where they came from."""
    table = TABLES[register]
    apart = {"id", "source_id", "from_import", "coverage_id", "file_row", "replaces_id"}
    with reading(store.engine) as connection:
        rows = connection.execute(table.select().where(table.c.until_import.is_(None))).mappings()
        return sorted(str({name: value for name, value in row.items() if name not in apart}) for row in rows)


def versions(store, number="1号"):
    return [one.number for one in store.history(number)]


def files(store):
    return sorted((one.file, one.rows) for one in store.coverage(OFFICE))


# --- one way to do a thing ----------


def test_a_form_and_a_file_with_the_same_row_leave_the_same_in_the_store(store, tmp_path):
    form(store, FIRST)
    form(store, {**FIRST, "replied_on": "2024-03-20", "disposition": "予以公开"}, seen=1)
    (tmp_path / "other").mkdir()
    with open_store(tmp_path / "other", f"sqlite:///{tmp_path}/other.db") as other:
        (tmp_path / "other" / "records.key").write_bytes((tmp_path / "records.key").read_bytes())
        (tmp_path / "other" / "records.key").chmod(0o600)
        hand_in(other, tmp_path, FIRST)
        hand_in(other, tmp_path, {**FIRST, "replied_on": "2024-03-20", "disposition": "予以公开"})
        assert kept(store) == kept(other)
        ours, theirs = store.history("1号"), other.history("1号")
        assert [one.changes for one in ours] == [one.changes for one in theirs]
        assert {one.file for one in ours} == {ENTERED}
        assert [(one.number, one.until, one.person) for one in ours] == [
            (one.number, one.until, one.person) for one in theirs
        ]
        state_complete(store, "requests", OFFICE, YEAR, "甲经办")
        figures = [
            count_table("requests", one.load_records(OFFICE, YEAR), load_format(YEAR), ReportParams()).figures
            for one in (store, other)
        ]
        assert figures[0] == figures[1]
        assert store.audit() == []


def test_a_case_changed_many_times_is_one_file_with_every_version(store):
    form(store, FIRST)
    days = ["2024-03-07", "2024-03-08", "2024-03-11"]
    for version, day in enumerate(days, start=1):
        form(store, {**FIRST, "correction_notified_on": day, "applicant_name": AS_STORED}, seen=version)

    assert files(store) == [(ENTERED, 1)]
    assert versions(store) == [1, 2, 3, 4]
    assert [one.person for one in store.history("1号")] == ["甲经办"] * 4
    record = store.record("requests", OFFICE, 1)
    assert (record.version, record.values["correction_notified_on"]) == (4, date(2024, 3, 11))
    assert record.filled == {"applicant_name"}
    assert store.audit() == []


def test_the_same_once_more_is_no_change(store):
    form(store, FIRST)
    result = form(store, {**FIRST, "applicant_name": AS_STORED}, seen=1)
    assert result.outcome == "same"
    assert versions(store) == [1]


def test_a_mistake_is_said_of_its_field_and_nothing_is_stored(store):
    result = form(store, {**FIRST, "arrived_on": "2024-02-30", "applicant": "居民们"})
    assert result.outcome == "refused"
    assert {one.column for one in result.problems} == {"收文日期", "申请人类别"}
    assert not [one for one in result.problems if one.file or one.line]
    assert store.imports() == []


@pytest.mark.parametrize("typed", ["45000", " 45000.5 ", '="45000"'])
def test_a_day_number_of_excel_is_no_day_in_a_form(store, typed):
    result = form(store, {**FIRST, "arrived_on": typed})

    assert (result.outcome, [one.column for one in result.problems]) == ("refused", ["收文日期"])
    assert store.imports() == []


def test_what_has_two_readings_is_asked_and_stored_as_answered(store):
    asked = form(store, {**FIRST, "number": "3-8号"})
    (question,) = asked.questions
    assert (asked.outcome, question.code, store.imports()) == ("asked", "number.several", [])

    assert form(store, {**FIRST, "number": "3-8号"}, answers={(question.code, question.subject): "one"}).stored
    several = form(store, {**FIRST, "number": "4-9号"}, answers={(question.code, question.subject): "each"})
    assert "一次填一条" in str(several.problems[0])


def test_an_empty_form_says_so(store):
    assert form(store, {"number": " "}).problems[0].message == "什么也没有填"


@pytest.mark.parametrize("key", [key for key, one in registers().items() if one.identity])
def test_every_word_that_a_form_shows_is_read_as_the_same_value(key):
    from gktools.registers.intake.values import parse

    for field in registers()[key].kept:
        for word in field.allowed:
            value = parse(field, word)
            assert parse(field, str(as_written(field, value))) == value, (field.key, word)


# --- two at once ----------


def test_the_second_of_two_clerks_is_told(store):
    form(store, FIRST)
    form(store, {**FIRST, "replied_on": "2024-03-20", "disposition": "予以公开"}, seen=1)
    with pytest.raises(ChangedError, match="您打开以后，这一条被别人登记或者改过"):
        form(store, {**FIRST, "extended_on": "2024-03-20"}, seen=1)
    assert versions(store) == [1, 2]


def test_a_number_that_is_there_already_is_not_entered_again(store, tmp_path):
    hand_in(store, tmp_path, FIRST)
    with pytest.raises(ChangedError, match="已经有这个编号了"):
        form(store, {**FIRST, "number": "１号"})
    assert versions(store) == [1]


# --- files that come later ----------


def test_a_file_that_says_otherwise_than_the_form_is_asked_about(store, tmp_path):
    form(store, {**FIRST, "topic": "规划"})
    asked = hand_in(store, tmp_path, {**FIRST, "topic": "土地"})
    (question,) = asked.questions
    assert question.code == "file.entered"
    assert "主题分类" in question.text
    assert ENTERED in question.text
    assert versions(store) == [1]

    taken = hand_in(store, tmp_path, {**FIRST, "topic": "土地"}, answers={(question.code, question.subject): "take"})
    assert (taken.outcome, files(store)) == ("changed", [("申请.csv", 1)])


def test_a_file_without_the_name_that_the_form_had_is_asked_about(store, tmp_path):
    form(store, FIRST)
    (question,) = hand_in(store, tmp_path, {**FIRST, "applicant_name": ""}).questions
    assert (question.code, "申请人名称" in question.text) == ("file.entered", True)


def test_a_file_that_only_adds_to_what_the_form_had_is_not_asked_about(store, tmp_path):
    form(store, FIRST)
    result = hand_in(store, tmp_path, {**FIRST, "topic": "土地"})
    assert (result.outcome, result.stored[0].changed) == ("changed", 1)


def test_what_a_file_lacks_stays_and_is_named(store, tmp_path):
    form(store, FIRST)
    form(store, {**FIRST, "number": "2号"})
    (result,) = hand_in(store, tmp_path, {**FIRST, "number": "2号"}, {**FIRST, "number": "3号"}, replace=True).stored

    assert result.entered == ("1号",)
    assert (result.records, result.withdrawn) == (3, 0)
    assert files(store) == [("申请.csv", 2), (ENTERED, 1)]


def taking(question, key="take"):
    """Return the answer to a question, as store_files takes it."""
    return {(question.code, question.subject): key}


@pytest.mark.parametrize("rows", [(), ({**FIRST, "number": "3号"},)], ids=["nothing", "another"])
def test_a_file_that_takes_the_place_of_forms_asks_before_their_records_end_and_says_what_ended(store, tmp_path, rows):
    form(store, FIRST)
    form(store, {**FIRST, "number": "2号"})
    instead = {("file.empty", "申请.csv/依申请公开登记表"): "replaces-1-2"}
    given = {} if rows else instead
    replaced = frozenset([1, 2]) if rows else frozenset()
    (question,) = hand_in(store, tmp_path, *rows, answers=given, replaces=replaced).questions
    assert (question.code, "页面上填的 2 条" in question.text) == ("file.withdraws", True)
    assert "1号、2号" in question.text
    assert [one["number"] for one in numbers(store)] == ["1号", "2号"]

    (result,) = hand_in(store, tmp_path, *rows, answers=given | taking(question), replaces=replaced).stored
    assert (result.withdrawn, result.gone, result.entered) == (2, ("1号", "2号"), ())
    assert [one.names for one in store.load_records(OFFICE, YEAR).withdrawn] == [("1号", "2号")]


def test_a_file_that_takes_the_place_of_one_form_says_of_the_other_that_it_stays(store, tmp_path):
    form(store, FIRST)
    form(store, {**FIRST, "number": "2号"})
    row = {**FIRST, "number": "3号"}
    (question,) = hand_in(store, tmp_path, row, replaces=frozenset([1])).questions
    assert "页面上填的 1 条撤下：1号。" in question.text

    (result,) = hand_in(store, tmp_path, row, answers=taking(question), replaces=frozenset([1])).stored
    assert (result.withdrawn, result.gone, result.entered) == (1, ("1号",), ("2号",))


def test_nothing_is_asked_where_the_file_has_what_the_forms_have_or_only_files_end(store, tmp_path):
    hand_in(store, tmp_path, {**FIRST, "number": "3号"})
    form(store, FIRST)
    told = hand_in(store, tmp_path, FIRST, {**FIRST, "number": "4号"}, replaces=frozenset([1, 2]))
    (result,) = told.stored
    assert (told.questions, result.withdrawn, result.gone, result.entered) == ((), 1, ("3号",), ())


def test_of_two_files_at_once_the_first_does_not_say_to_stay_what_the_second_withdraws(store, tmp_path):
    form(store, FIRST)
    names = ("一.csv", "二.csv")
    for name, number in zip(names, ("2号", "3号"), strict=True):
        (tmp_path / name).write_text(requests_csv([{**FIRST, "number": number}], YEAR), encoding="utf-8")
    subject = "二.csv/依申请公开登记表"
    given = Answers({("file.numbers", subject): "replaces-1", ("file.withdraws", subject): "take"}, "甲经办", "交")
    read = [read_for_import(tmp_path / name, find, ImportOptions(), OwnWords(), given) for name in names]
    first, second = (one.stored[0] for one in store_files(store, read, given, FileInstruction()))
    assert (first.entered, first.gone, second.gone, second.withdrawn) == ((), (), ("1号",), 1)


def test_a_file_that_says_there_is_nothing_is_asked_about(store, tmp_path):
    form(store, FIRST)
    form(store, {**FIRST, "number": "2号"})
    withdraw(store, store.record("requests", OFFICE, 2), "甲经办", "登记了两遍")
    (question,) = hand_in(store, tmp_path).questions
    assert (question.code, "页面填写（1 条" in question.text) == ("file.empty", True)


def test_many_records_of_forms_are_one_name_in_a_question(store, tmp_path):
    for number in range(1, 9):
        form(store, {**FIRST, "number": f"{number}号"})
    (question,) = hand_in(store, tmp_path).questions
    assert question.text.count(ENTERED) == 1
    assert [one.label for one in question.answers] == ["代替页面填写的"]


# --- withdrawn ----------


@pytest.mark.parametrize("by_file", [False, True])
def test_a_record_withdrawn_counts_no_more_and_comes_back_with_the_undo(store, tmp_path, by_file):
    if by_file:
        hand_in(store, tmp_path, FIRST, {**FIRST, "number": "2号"})
    else:
        form(store, FIRST)
        form(store, {**FIRST, "number": "2号"})
    before = kept(store)
    done = withdraw(store, store.record("requests", OFFICE, 1), "甲经办", "登记了两遍")

    assert done.withdrawn == 1
    assert [one["number"] for one in numbers(store)] == ["2号"]
    assert [(one.ended, one.until) for one in store.history("1号")] == [("withdrawn", done.number)]
    with pytest.raises(NotFoundError):
        store.record("requests", OFFICE, 1)
    undone = store.undo(done.number)
    assert kept(store) == before
    store.undo(undone.number)
    assert [one["number"] for one in numbers(store)] == ["2号"]
    assert store.audit() == []


def numbers(store):
    table = TABLES["requests"]
    with reading(store.engine) as connection:
        wanted = sa.select(table.c.number).where(table.c.until_import.is_(None))
        return list(connection.execute(wanted).mappings())


def test_who_saw_another_version_withdraws_nothing(store):
    form(store, FIRST)
    seen = store.record("requests", OFFICE, 1)
    form(store, {**FIRST, "topic": "土地"}, seen=1)
    with pytest.raises(ChangedError):
        withdraw(store, seen, "甲经办", "登记了两遍")
    assert len(numbers(store)) == 1


# --- handed in ----------


def test_records_of_forms_prove_no_zero_until_a_person_says_that_all_are_entered(store):
    form(store, FIRST)
    records = store.load_records(OFFICE, YEAR)
    table = count_table("requests", records, load_format(YEAR), ReportParams())
    assert not records.covers("requests")
    assert store.handed_in(YEAR) == {}
    assert all(isinstance(figure, Unknown) for figure in table.figures.values())

    done = state_complete(store, "requests", OFFICE, YEAR, "甲经办")
    records = store.load_records(OFFICE, YEAR)
    assert records.covers("requests")
    assert store.handed_in(YEAR) == {OFFICE: {"requests"}}
    assert files(store) == [(ENTERED, 1), (COMPLETED, 0)]
    assert state_complete(store, "requests", OFFICE, YEAR, "甲经办").number is None

    form(store, {**FIRST, "number": "2号"})
    assert store.load_records(OFFICE, YEAR).covers("requests")
    store.undo(done.number)
    assert not store.load_records(OFFICE, YEAR).covers("requests")


def test_a_statement_about_nothing_is_a_year_without_records(store):
    state_complete(store, "lawsuits", OFFICE, YEAR, "甲经办")
    assert store.load_records(OFFICE, YEAR).covers("lawsuits")


# --- what only a hash is kept of ----------


def test_a_cell_that_says_as_stored_keeps_who_it_was(store, tmp_path):
    hand_in(store, tmp_path, FIRST)
    before = kept(store)
    for written in (AS_STORED, "(已填,不显示)"):
        result = hand_in(store, tmp_path, {**FIRST, "applicant_name": f'"{written}"'})
        assert (result.outcome, kept(store)) == ("same", before)

    hand_in(store, tmp_path, {**FIRST, "applicant_name": AS_STORED, "topic": "土地"})
    assert store.record("requests", OFFICE, 1).filled == {"applicant_name"}
    assert store.load_records(OFFICE, YEAR).held["requests"]["person"].tolist() == [1]


def test_a_cell_that_says_as_stored_of_nothing_is_a_mistake_with_its_place(store, tmp_path):
    hand_in(store, tmp_path, {**FIRST, "applicant_name": ""})
    with pytest.raises(RecordsError, match="“申请人名称”列：这里写的是“（已填，不显示）”，库里却没有填过"):
        hand_in(store, tmp_path, {**FIRST, "applicant_name": AS_STORED})
    with pytest.raises(RecordsError, match="第 5 行"):
        hand_in(store, tmp_path, {**FIRST, "number": "9号", "applicant_name": AS_STORED})
    assert versions(store) == [1]


def test_a_kept_text_stays_with_its_record(store, tmp_path):
    (tmp_path / "params").mkdir()
    (tmp_path / "params/records.yaml").write_text("keep_personal: true\n", encoding="utf-8")
    form(store, FIRST)
    form(store, {**FIRST, "applicant_name": AS_STORED, "topic": "土地"}, seen=1)
    with reading(store.engine) as connection:
        texts = connection.execute(sa.text("SELECT version_id, text FROM personal ORDER BY version_id")).all()
    assert [tuple(one) for one in texts] == [(1, "欧阳某某"), (2, "欧阳某某")]
    assert store.audit() == []


def test_what_forms_brought_is_one_file_to_staff(store, tmp_path):
    for number in range(1, 9):
        form(store, {**FIRST, "number": f"{number}号"})
    hand_in(store, tmp_path, {**FIRST, "number": "9号"})
    records = store.load_records(OFFICE, YEAR)
    done = state_complete(store, "requests", OFFICE, YEAR, "甲经办")
    assert [(one.file, one.rows, one.number) for one in for_staff(store.coverage(OFFICE))] == [
        (COMPLETED, 8, done.number),
        ("申请.csv", 1, 9),
    ]
    assert [(one.file, one.rows, one.number) for one in for_staff(records.coverage)] == [
        (ENTERED, 8, 8),
        ("申请.csv", 1, 9),
    ]
    assert set(list(records.places("requests").values())[:8]) == {"2024 年度 页面填写"}
    first = records.held["requests"]["record"].tolist()
    assert records.where("requests", first[1:]) == "2024 年度 页面填写；2024 年度 申请.csv第 5 行"


# --- what is carried over from what is stored ----------


def altered(store, **values):
    """Change the records in force as anybody can who writes into the database without the key."""
    table = TABLES["requests"]
    with store.engine.begin() as connection:
        assert connection.execute(table.update().where(table.c.until_import.is_(None)).values(values)).rowcount


def test_a_record_that_is_not_as_it_was_imported_is_not_opened_in_a_form(store):
    form(store, {**FIRST, "topic": "土地"})
    altered(store, topic="其他")

    with pytest.raises(RecordsError, match="登记表不是第 1 次导入时的样子，被改动过"):
        store.record("requests", OFFICE, 1)
    altered(store, topic="土地")
    assert store.record("requests", OFFICE, 1).values["topic"] == "土地"


def test_a_record_whose_import_is_hidden_is_not_opened_in_a_form(store):
    form(store, FIRST)
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE imports SET id = 7"))

    with pytest.raises(RecordsError, match="被改动过"):
        store.record("requests", OFFICE, 1)


def test_a_name_that_is_another_while_a_form_keeps_it_is_sealed_by_no_import(store):
    form(store, FIRST)
    with reading(store.engine) as connection:
        (hashed,) = connection.execute(sa.select(TABLES["requests"].c.applicant_name_hash)).scalars()
    altered(store, applicant_name_hash="0" * len(hashed))

    with pytest.raises(RecordsError, match="登记表不是第 1 次导入时的样子，被改动过"):
        form(store, {**FIRST, "applicant_name": AS_STORED, "topic": "土地"}, seen=1)
    altered(store, applicant_name_hash=hashed)
    assert (store.audit(), versions(store)) == ([], [1])


def test_what_an_undo_puts_in_force_again_is_what_was_imported(store, tmp_path):
    hand_in(store, tmp_path, {**FIRST, "topic": "土地"})
    hand_in(store, tmp_path, {**FIRST, "topic": "其他"})
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE register_requests SET topic = '教育' WHERE from_import = 1"))

    with pytest.raises(RecordsError, match="登记表不是第 1 次导入时的样子，被改动过"):
        store.undo(2)


def test_what_gets_other_keys_is_what_was_imported(store, tmp_path):
    hand_in(store, tmp_path, FIRST)
    altered(store, topic="其他")
    way = {"way": "yearly", "person": "甲", "reason": "每年从头编"}
    (tmp_path / "params").mkdir(exist_ok=True)
    (tmp_path / "params/records.yaml").write_text(json.dumps({"numbering": {OFFICE: {"requests": way}}}))
    with pytest.raises(RecordsError, match="被改动过"):
        hand_in(store, tmp_path, {**FIRST, "number": "2"})
