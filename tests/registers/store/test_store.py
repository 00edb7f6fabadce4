"""The store of records, SQLite and PostgreSQL alike: what is handed in, what takes its place, who may write."""

from __future__ import annotations

import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier

import pytest
import sqlalchemy as sa
from literal_registers import NOW, OFFICE, sheet

from gktools.errors import BusyError, Problem, RecordsError
from gktools.registers.schema import registers
from gktools.registers.sheet import Sheet
from gktools.registers.store.database import NAME, TABLES, VERSION, in_force, reading, writing
from gktools.registers.store.lock_holder import command_name
from gktools.registers.store.opening import open_store
from gktools.registers.store.replacement import AskedError

SECRET = "s3cret"


def request(number, **given):
    return {"number": number, "received_on": "2024-03-01", "applicant": "自然人"} | given


def requests(*numbers, year=2024, **given):
    return sheet("requests", year, [request(number, **given) for number in numbers])


ANSWERED = {"replied_on": "2024-03-20", "disposition": "予以公开", "fee_paid": "12.30", "fee_paid_on": "2024-03-10"}


def numbers(store, year=2024):
    return store.load_records(OFFICE, year)["requests"]["number"].tolist()


# --- what is kept ----------


def test_every_value_comes_back_as_what_it_is(store):
    rows = {
        "requests": [request("1", **ANSWERED)],
        "documents": [{"title": "办法", "kind": "规章", "published_on": "2024-01-01", "lead": "否"}],
        "publications": [{"title": "甲", "channel": "网站", "published_on": "2024-01-01"}],
    }  # fmt: skip
    store.add([sheet(register, 2024, held) for register, held in rows.items()], NOW)
    held = store.load_records(OFFICE, 2024)
    (first,) = held["requests"].to_dict("records")

    assert (first["received_on"].isoformat()[:10], first["fee_paid"], first["disposition"]) == (
        "2024-03-01",
        1230,
        "granted",
    )
    assert (first["channel"], first["topic"]) == ("", "")
    assert first["replied_on"].year == 2024
    assert held["requests"]["posted_on"].isna().all()
    assert held["requests"]["fee_charged"].isna().all()
    assert held["documents"]["lead"].tolist() == [False]
    assert held["documents"]["revision"].isna().all()
    assert held["publications"]["count"].tolist() == [1]


def test_empty_registers_have_the_same_kinds_of_columns_as_filled_ones(store):
    empty = store.load_records(OFFICE, 2024).frames
    rows = {
        "requests": [
            request("1", replied_on="2024-03-20", disposition="予以公开", fee_paid="1", fee_paid_on="2024-03-10")
        ]
    }
    store.add([sheet(register, 2024, held) for register, held in rows.items()], NOW)
    filled = store.load_records(OFFICE, 2024).frames

    assert empty.keys() == registers().keys()
    assert empty["requests"].dtypes.to_dict() == filled["requests"].dtypes.to_dict()


def test_each_record_remembers_its_file_sheet_and_row(store):
    store.add([requests("1", "2"), replace(requests("9", year=2023), sheet="")], NOW)

    assert sorted(store.load_records(OFFICE, 2024).places("requests").values()) == [
        "2023 年度 requests-2023.xlsx第6行", "2024 年度 requests-2024.xlsx“依申请公开登记表”第6行",
        "2024 年度 requests-2024.xlsx“依申请公开登记表”第7行",
    ]  # fmt: skip


def test_each_import_is_kept_with_its_file_hash_rows_and_time(store):
    store.add([requests("1", "2")], datetime(2025, 1, 15, 8, tzinfo=UTC))
    (kept,) = store.coverage(OFFICE)

    assert (kept.register, kept.code, kept.year, kept.rows) == ("requests", OFFICE, 2024, 2)
    assert (kept.file, kept.sheet, kept.imported_at) == (
        "requests-2024.xlsx",
        "依申请公开登记表",
        "2025-01-15T08:00:00+00:00",
    )
    assert kept.sha256 == requests("1", "2").sha256


def test_an_office_sees_its_own_records_only(store):
    store.add([requests("1"), replace(requests("2"), code="caizheng")], NOW)

    assert numbers(store) == ["1"]
    assert store.load_records("caizheng", 2024)["requests"]["number"].tolist() == ["2"]
    assert len(store.coverage()) == 2


def test_an_empty_register_is_handed_in_all_the_same(store):
    store.add([requests()], NOW)
    held = store.load_records(OFFICE, 2024)

    assert held.covers("requests")
    assert not held.covers("charges")
    assert not held.at(2023).covers("requests")


# --- imported again ----------


def test_the_same_file_twice_changes_nothing(store):
    assert [kept.added for kept in store.add([requests("1", "2")], NOW)] == [2]
    before = store.load_records(OFFICE, 2024)
    assert [kept.number for kept in store.add([replace(requests("1", "2"), file="副本.xlsx")], NOW)] == [None]
    after = store.load_records(OFFICE, 2024)

    assert before.coverage == after.coverage
    assert before.digest() == after.digest()
    assert before["requests"].equals(after["requests"])


def test_a_corrected_file_takes_the_place_of_the_one_before(store):
    store.add([requests("1", "2")], NOW)
    before = store.load_records(OFFICE, 2024).digest()

    (kept,) = store.add([requests("1", "3", "4")], NOW, replace=True)
    assert (kept.added, kept.changed, kept.same, kept.withdrawn) == (2, 0, 1, 1)
    assert numbers(store) == ["1", "3", "4"]
    assert len(store.coverage()) == 1
    assert store.load_records(OFFICE, 2024).digest() != before


def test_going_back_to_the_first_version_brings_its_records_back(store):
    store.add([requests("1")], NOW)
    before = store.load_records(OFFICE, 2024).digest()
    store.add([requests("2")], NOW, replace=True)
    store.add([requests("1")], NOW, replace=True)

    assert numbers(store) == ["1"]
    assert replace(store.load_records(OFFICE, 2024), withdrawn=()).digest() == before


def test_the_file_of_another_year_or_register_stays(store):
    store.add([requests("1", year=2023), requests("2"), sheet("charges", 2024, [])], NOW)
    store.add([requests("3")], NOW, replace=True)

    assert numbers(store) == ["1", "3"]
    assert {(kept.register, kept.year) for kept in store.coverage()} == {
        ("requests", 2023), ("requests", 2024), ("charges", 2024),
    }  # fmt: skip


def test_of_a_record_in_several_years_files_the_latest_years_counts_whichever_came_first(store):
    older = sheet("requests", 2023, [request("7", received_on="2023-12-20")])
    newer = sheet(
        "requests", 2024, [request("7", received_on="2023-12-20", replied_on="2024-01-10", disposition="予以公开")]
    )
    store.add([newer], NOW)
    store.add([older], NOW)
    (record,) = store.load_records(OFFICE, 2023)["requests"].to_dict("records")

    assert (record["coverage_year"], record["disposition"]) == (2024, "granted")


def test_a_correction_of_last_years_file_does_not_override_this_years(store):
    newer = sheet("requests", 2024, [request("7", received_on="2023-12-20", applicant="商业企业")])
    store.add([sheet("requests", 2023, [request("7", received_on="2023-12-20")]), newer], NOW)
    store.add([sheet("requests", 2023, [request("7", received_on="2023-12-21")])], NOW)

    assert store.load_records(OFFICE, 2024)["requests"]["applicant"].tolist() == ["organisation.business"]


def test_records_without_an_identity_all_count(store):
    charge = {"name": "占道费", "collected_on": "2024-05-01", "amount": "10"}
    store.add([sheet("charges", 2024, [charge, charge])], NOW)

    assert store.load_records(OFFICE, 2024)["charges"]["amount"].tolist() == [1000, 1000]


def test_a_yearly_register_says_something_of_its_own_year_only(store):
    item = {"code": "1", "name": "甲", "kind": "行政许可", "listed": "是"}
    store.add([sheet("items", 2019, [item]), sheet("items", 2020, [item, item | {"code": "2"}])], NOW)
    held = store.load_records(OFFICE, 2020)

    assert (len(held["items"]), len(held.at(2019)["items"])) == (2, 1)


def test_all_sheets_are_kept_or_none(store):
    broken = replace(requests("2"), register="charges", columns={"name": ("x",), "collected_on": ("不是日期",)})

    with pytest.raises(RecordsError):
        store.add([requests("1"), broken], NOW)
    assert numbers(store) == []
    assert store.coverage() == ()


def test_the_proof_names_every_register_handed_in_with_rows_and_hash(store):
    store.add([requests("1", "2"), sheet("charges", 2024, []), requests("9", year=2023)], NOW)
    proof = store.load_records(OFFICE, 2024).proof()

    assert [(register.name, register.rows) for register in proof] == [("requests", 3), ("charges", 0)]
    assert all(len(register.sha256) == 64 for register in proof)


def test_the_hash_of_the_records_does_not_depend_on_the_order_of_imports(store):
    first, second = requests("1"), sheet("charges", 2024, [])
    other = replace(first, code="caizheng"), replace(second, code="caizheng")
    store.add([first, second], NOW)
    store.add(reversed(other), NOW)

    assert store.load_records(OFFICE, 2024).digest() == store.load_records("caizheng", 2024).digest()


# --- record by record ----------


def charges(*amounts, year=2024):
    rows = [{"name": "占道费", "collected_on": "2024-05-01", "amount": amount} for amount in amounts]
    return sheet("charges", year, rows)


def amounts(store):
    return [int(amount) // 100 for amount in store.load_records(OFFICE, 2024)["charges"]["amount"]]


def test_of_a_corrected_file_only_what_says_otherwise_is_written_anew(store):
    store.add([requests("1", "2", "3")], NOW)
    before = store.load_records(OFFICE, 2024)["requests"].set_index("number")["record"]
    rows = [request("1"), request("2", topic="财政"), request("4")]
    (kept,) = store.add([sheet("requests", 2024, rows)], NOW)
    after = store.load_records(OFFICE, 2024)["requests"].set_index("number")["record"]

    assert (kept.number, kept.added, kept.changed, kept.same, kept.withdrawn) == (2, 1, 1, 1, 0)
    assert before["1"] == after["1"]
    assert before["2"] != after["2"]


def test_a_record_the_file_no_longer_holds_stays_and_is_named(store):
    store.add([requests("1", "2"), charges(1, 2, 3)], NOW)
    kept = store.add([requests("1"), charges(1, 2)], NOW)

    assert [(one.gone, one.withdrawn) for one in kept] == [(("2",), 0), (("第 8 行",), 0)]
    assert (numbers(store), amounts(store)) == (["1", "2"], [1, 2, 3])
    assert {(c.register, c.gone) for c in store.coverage()} == {("requests", ("2",)), ("charges", ("第 8 行",))}
    assert [place[-3:] for place in store.load_records(OFFICE, 2024).places("charges").values()] == [
        "第6行",
        "第7行",
        "第8行",
    ]


def test_a_record_the_file_no_longer_holds_is_withdrawn_where_asked_for(store):
    store.add([requests("1", "2"), charges(1, 2, 3)], NOW)
    kept = store.add([requests("1"), charges(1, 2)], NOW, replace=True)

    assert [(one.gone, one.withdrawn) for one in kept] == [(("2",), 1), (("第 8 行",), 1)]
    assert (numbers(store), amounts(store)) == (["1"], [1, 2])
    assert all(c.gone == () for c in store.coverage())


def test_what_was_left_standing_can_be_withdrawn_by_the_same_file(store):
    store.add([requests("1", "2")], NOW)
    store.add([requests("1")], NOW)
    assert store.add([requests("1")], NOW)[0].number is None

    (kept,) = store.add([requests("1")], NOW, replace=True)
    assert (kept.number, kept.withdrawn) == (3, 1)
    assert numbers(store) == ["1"]


def test_a_line_put_in_above_moves_the_others_and_changes_none(store):
    store.add([charges(1, 2, 2, 3)], NOW)
    (kept,) = store.add([charges(9, 1, 2, 2, 3)], NOW)

    assert (kept.added, kept.changed, kept.same, kept.gone) == (1, 0, 4, ())
    assert amounts(store) == [9, 1, 2, 2, 3]
    places = store.load_records(OFFICE, 2024).places("charges").values()
    assert [place.partition("”")[2] for place in places] == ["第6行", "第7行", "第8行", "第9行", "第10行"]


def test_a_line_without_a_number_that_says_otherwise_takes_the_place_of_the_one_there(store):
    store.add([charges(1, 2, 3)], NOW)
    (kept,) = store.add([charges(1, 5, 3)], NOW)

    assert (kept.added, kept.changed, kept.same, kept.gone) == (0, 1, 2, ())
    assert amounts(store) == [1, 5, 3]


def test_a_new_line_does_not_take_the_place_of_one_that_was_left_standing_there(store):
    store.add([charges(1, 2, 3)], NOW)
    store.add([charges(1, 2)], NOW)
    (kept,) = store.add([charges(1, 2, 4)], NOW)

    assert (kept.added, kept.changed, kept.gone) == (1, 0, ("第 8 行",))
    assert amounts(store) == [1, 2, 3, 4]


def test_of_two_like_lines_one_deleted_is_gone(store):
    store.add([charges(1, 1)], NOW)
    (kept,) = store.add([charges(1)], NOW)

    assert kept.gone == ("第 7 行",)


def test_a_file_whose_lines_have_only_moved_is_the_one_they_stand_in(store):
    store.add([requests("1", "2")], NOW)
    (kept,) = store.add([replace(requests("2", "1"), file="新.xlsx")], NOW)

    assert (kept.number, kept.added, kept.changed, kept.same) == (2, 0, 0, 2)
    assert all("新.xlsx" in place for place in store.load_records(OFFICE, 2024).places("requests").values())
    assert numbers(store) == ["2", "1"]


def test_a_number_written_with_other_brackets_or_widths_is_the_same_record(store):
    store.add([requests("依申请〔2024〕3号")], NOW)
    (kept,) = store.add([requests("依申请[2024]３号")], NOW)

    assert (kept.changed, kept.gone) == (1, ())
    assert numbers(store) == ["依申请[2024]3号"]


def test_a_file_that_lacks_a_column_says_nothing_in_it(store):
    store.add([requests("1", topic="财政")], NOW)
    without = requests("1")
    columns = {key: values for key, values in without.columns.items() if key != "topic"}
    (kept,) = store.add([replace(without, columns=columns)], NOW)

    assert kept.changed == 1
    assert store.load_records(OFFICE, 2024)["requests"]["topic"].tolist() == [""]


def test_the_sheets_of_one_file_are_one_import(store):
    first = store.add([requests("1"), charges(1)], NOW, person="甲")
    second = store.add([requests("1"), charges(1, 2)], NOW)

    assert [kept.number for kept in first] == [1, 1]
    assert [kept.number for kept in second] == [None, 2]
    assert {(c.register, c.number, c.person) for c in store.coverage()} == {("requests", 1, "甲"), ("charges", 2, "")}


def test_the_warnings_of_a_file_stay_with_it(store):
    warned = replace(requests("1"), warnings=(Problem("答复日像是写错了", "a.xlsx", "表", 6, "答复日", "2042-03-01"),))
    store.add([warned], NOW)
    (kept,) = store.coverage()

    assert kept.warnings == ("a.xlsx 工作表“表” 第 6 行 “答复日”列：答复日像是写错了（填的是“2042-03-01”）",)
    assert store.load_records(OFFICE, 2024).coverage == (kept,)


def test_warnings_and_records_left_standing_change_what_a_report_is_made_from(store):
    store.add([requests("1")], NOW)
    other = replace(requests("1"), code="caizheng", warnings=(Problem("像是写错了"),))
    store.add([other], NOW)

    assert store.load_records(OFFICE, 2024).digest() != store.load_records("caizheng", 2024).digest()


def test_versions_of_earlier_years_files_can_be_looked_at(store):
    store.add([sheet("requests", 2023, [request("7", received_on="2023-12-20"), request("8")])], NOW)
    store.add(
        [sheet("requests", 2024, [request("7", received_on="2023-12-21")]), charges(1), charges(1, year=2023)], NOW
    )
    records = store.load_records(OFFICE, 2024)

    assert records.earlier["requests"]["number"].tolist() == ["7"]
    assert records.earlier["requests"]["received_on"][0].isoformat()[:10] == "2023-12-20"
    assert records.earlier["requests"].dtypes.to_dict() == records["requests"].dtypes.to_dict()
    assert len(records.earlier["charges"]) == 1
    assert records.earlier["documents"].empty


# --- several files at once ----------


def test_a_file_of_another_name_is_in_force_beside_the_first(store):
    store.add([replace(charges(1, 2), file="1月.xlsx")], NOW)
    (kept,) = store.add([replace(charges(3, 4), file="2月.xlsx")], NOW)
    records = store.load_records(OFFICE, 2024)

    assert (kept.added, kept.same, kept.files, kept.records) == (2, 0, 2, 4)
    assert amounts(store) == [1, 3, 2, 4]
    assert [(known.file, known.rows) for known in records.coverage] == [("1月.xlsx", 2), ("2月.xlsx", 2)]
    assert [place[8:15] + place[-3:] for place in records.places("charges").values()] == [
        "1月.xlsx第6行", "2月.xlsx第6行", "1月.xlsx第7行", "2月.xlsx第7行",
    ]  # fmt: skip
    assert len(store.load_records(OFFICE, 2024, as_of=1)["charges"]) == 2
    assert store.handed_in(2024) == {OFFICE: {"charges"}}


def test_what_two_files_hold_stands_in_the_last_until_that_lets_it_go(store):
    store.add([replace(requests("1", "2", "3", "4"), file="1月.xlsx")], NOW)
    store.add([replace(requests("4", "5", "6"), file="2月.xlsx")], NOW)
    assert len(store.coverage()) == 2
    fourth = [p for p in store.load_records(OFFICE, 2024).places("requests").values() if "2月" in p]
    assert len(fourth) == 3

    (kept,) = store.add([replace(requests("5", "6"), file="2月.xlsx")], NOW, replace=True)
    assert (kept.withdrawn, kept.gone, kept.records) == (0, (), 6)
    assert sum("1月" in place for place in store.load_records(OFFICE, 2024).places("requests").values()) == 4


def test_a_record_left_standing_that_another_file_holds_is_gone_no_longer(store):
    store.add([replace(requests("1", "2", "3"), file="1月.xlsx")], NOW)
    store.add([replace(requests("1", "2"), file="1月.xlsx")], NOW)
    assert [known.gone for known in store.coverage()] == [("3",)]
    store.add([replace(requests("3", "4"), file="2月.xlsx")], NOW)
    assert [known.gone for known in store.coverage()] == [(), ()]

    store.undo(3, NOW)
    assert [known.gone for known in store.coverage()] == [("3",)]


def test_what_is_asked_is_a_value_and_keeps_nothing(store):
    store.add([replace(charges(1, 2), file="1月.xlsx")], NOW)
    with pytest.raises(AskedError) as asked:
        store.add([requests("1"), replace(charges(2, 3), file="2月.xlsx")], NOW)

    (question,) = asked.value.questions
    assert (question.code, question.subject) == ("file.rows", "2月.xlsx/行政事业性收费登记表")
    assert [answer.key for answer in question.answers] == ["replaces-1", "append"]
    assert (amounts(store), numbers(store), len(store.imports())) == ([1, 2], [], 1)


# --- numbers that start anew each year ----------


def decide(folder, way):
    (folder / "params").mkdir(exist_ok=True)
    decision = f"{{way: {way}, person: 甲, reason: 台账每年另起}}"
    (folder / "params/records.yaml").write_text(f"numbering: {{{OFFICE}: {{requests: {decision}}}}}", encoding="utf-8")


def test_one_number_with_two_years_is_asked_about_and_then_two_records(store, tmp_path):
    store.add([sheet("requests", 2023, [request("1", received_on="2023-03-01"), request("旧〔2023〕2号")])], NOW)
    later = [requests("1"), sheet("charges", 2024, [])]
    with pytest.raises(AskedError, match="编号是每年从头编的，还是同一件"):
        store.add(later, NOW)
    assert len(store.imports()) == 1

    decide(tmp_path, "yearly")
    marks = store.import_fingerprints()
    (kept, _) = store.add(later, NOW)
    assert (kept.number, kept.added, kept.gone, kept.files) == (2, 1, (), 1)
    assert numbers(store) == ["1（2023年）", "旧〔2023〕2号", "1（2024年）"]
    assert [known.rows for known in store.coverage()] == [2, 1, 0]
    assert store.load_records(OFFICE, 2023, as_of=1)["requests"]["number"].tolist() == ["1", "旧〔2023〕2号"]
    assert store.import_fingerprints() != marks

    decide(tmp_path, "throughout")
    store.add([sheet("charges", 2024, []), requests("1")], NOW)
    assert numbers(store) == ["旧〔2023〕2号", "1"]


def test_a_record_without_a_day_is_refused_where_numbers_start_anew(store, tmp_path):
    decide(tmp_path, "yearly")
    with pytest.raises(
        RecordsError, match="第 7 行：编号每年从头编，这一行却没有日期（收到申请之日、收文日期、双方确认日）"
    ):
        store.add(
            [Sheet.of("requests", OFFICE, 2024, "f.csv", "", [(6, {"number": "乙〔2024〕1号"}), (7, {"number": "2"})])],
            NOW,
        )


# --- large stores ----------


def test_one_offices_records_are_found_by_an_index(store):
    filler = [replace(requests(*map(str, range(40))), code=f"office-{n}") for n in range(60)]
    store.add(filler, NOW)
    table = TABLES["requests"]
    ours = sa.select(table.c.id).where((table.c.office_code == "office-7") & in_force(table))
    by_key = sa.select(table.c.id).where(table.c.record_key == "7")
    with reading(store._engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("analyze")
        for wanted, index in ((ours, "register_requests_in_force"), (by_key, "register_requests_by_key")):
            asked = str(wanted.compile(connection, compile_kwargs={"literal_binds": True}))
            explain = "explain " if connection.dialect.name == "postgresql" else "explain query plan "
            plan = " ".join(str(row) for row in connection.exec_driver_sql(explain + asked))
            assert index in plan


def test_registers_that_hold_nothing_are_not_asked_for(store):
    store.add([requests("1"), charges()], NOW)
    asked = []
    sa.event.listen(store._engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    store.load_records("caizheng", 2024)
    store.load_records(OFFICE, 2024)

    assert sum(command.startswith("SELECT") for command in asked) == 5, (
        "coverage and restores of each, and the requests of one"
    )


# --- several at once ----------


def test_two_threads_importing_at_once_both_succeed_and_one_version_is_in_force(url, tmp_path):
    barrier = Barrier(4, timeout=30)

    def add(number):
        with open_store(tmp_path, url) as store:
            barrier.wait()
            store.add([requests(*(f"{number}x{i}" for i in range(200)))], NOW, replace=True)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    with open_store(tmp_path, url) as store:
        assert len(store.coverage()) == 1
        assert len(numbers(store)) == 200
        assert len({number.partition("x")[0] for number in numbers(store)}) == 1


def test_two_threads_opening_a_new_store_at_once_both_succeed(url, tmp_path):
    barrier = Barrier(4, timeout=30)

    def make(number):
        barrier.wait()
        with open_store(tmp_path, url) as store:
            store.add([replace(requests("1"), code=f"office-{number}")], NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))
    with open_store(tmp_path, url) as store:
        assert len(store.coverage()) == 4


SCRIPT = """
import sys
from pathlib import Path
from gktools.registers.sheet import Sheet
from gktools.registers.store.opening import open_store
url, office = sys.argv[1:]
with open_store(Path(), url) as store:
    for year in range(2015, 2025):
        store.add([Sheet.of("charges", office, year, "f", "", ((2, {"name": office, "amount": year}),))])
"""


def test_two_processes_importing_at_once_both_succeed(url, tmp_path):
    started = [
        subprocess.Popen([sys.executable, "-c", SCRIPT, url, office], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        for office in ("jiaoyu", "minzheng")
    ]
    told = [process.communicate(timeout=60)[1] for process in started]

    assert [process.returncode for process in started] == [0, 0], told
    with open_store(tmp_path, url) as store:
        assert len(store.coverage("jiaoyu")) == len(store.coverage("minzheng")) == 10


def test_reading_goes_on_while_somebody_writes(url, tmp_path):
    with open_store(tmp_path, url) as writer, open_store(tmp_path, url) as reader:
        writer.add([requests("1")], NOW)
        with writing(writer._engine) as connection:
            connection.execute(sa.text("delete from imports where id < 0"))
            assert numbers(reader) == ["1"]


# --- stores that cannot be used ----------


def test_a_store_made_by_a_newer_gktools_is_refused(url, tmp_path):
    with open_store(tmp_path, url):
        pass
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"update meta set version = {VERSION + 1}"))
    engine.dispose()

    with pytest.raises(RecordsError, match=f"第 {VERSION + 1} 版，这里只认到第 {VERSION} 版.*请先升级 gktools"):
        open_store(tmp_path, url)


def test_opening_a_store_again_keeps_what_is_in_it(url, tmp_path):
    with open_store(tmp_path, url) as store:
        store.add([requests("1")], NOW)
    with open_store(tmp_path, url) as store:
        assert numbers(store) == ["1"]


def test_a_store_that_fails_underway_is_told_in_chinese(store):
    with writing(store._engine) as connection:
        connection.execute(sa.text("drop table register_charges"))

    with pytest.raises(RecordsError, match=r"台账库（.*）打不开或写不进去"):
        store.add([sheet("charges", 2024, [])], NOW)


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql+psycopg://clerk:{SECRET}@127.0.0.1:1/records?connect_timeout=2",
        f"postgresql+psycopg://clerk:{SECRET}@[no such host/records",
        f"postgresql+psycopg://clerk:{SECRET}@127.0.0.1:port/records",
        f"nosuchbase://clerk:{SECRET}@127.0.0.1/records",
        f"postgresql+nosuchdriver://clerk:{SECRET}@127.0.0.1/records",
        f"mysql+pymysql://clerk:{SECRET}@127.0.0.1/records",
        f"clerk:{SECRET}",
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(tmp_path, address):
    with pytest.raises(RecordsError) as caught:
        open_store(tmp_path, address)

    said = str(caught.value)
    assert any(known in said for known in ("台账库（数据库）打不开", "数据库地址不能用", "没有装连这种数据库的驱动"))
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("content", [b"this is no database" * 100, None], ids=["garbage", "a folder"])
def test_a_file_that_is_no_store_is_told_by_its_whole_path(tmp_path, content):
    path = tmp_path / NAME
    path.mkdir() if content is None else path.write_bytes(content)

    with pytest.raises(RecordsError, match=f"{path} .*不是.*台账库.*没有动它"):
        open_store(tmp_path)


def test_the_store_stands_in_the_working_folder_unless_the_environment_names_another(tmp_path, monkeypatch):
    with open_store(tmp_path):
        pass
    assert (tmp_path / NAME).is_file()

    monkeypatch.setenv("GKTOOLS_RECORDS", f"sqlite:///{tmp_path / 'elsewhere.db'}")
    with open_store(tmp_path) as store:
        store.add([requests("1")], NOW)
    assert (tmp_path / "elsewhere.db").is_file()


def test_a_ledger_kept_for_years_and_handed_in_each_year_stands_there_once(records):
    paid = {"name": "工本费", "collected_on": "2023-05-01", "amount": "10"}
    later = {**paid, "collected_on": "2024-05-01"}
    held = records(2024, charges={2023: [paid, paid], 2024: [paid, paid, later]})

    assert len(held["charges"]) == 3


# --- the file of SQLite ----------


def test_the_file_of_the_store_and_those_beside_it_are_for_their_owner_only(tmp_path):
    with open_store(tmp_path) as store:
        store.add([requests("1")], NOW)
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}

    assert {name: mode for name, mode in modes.items() if name.startswith("records.db")} == {
        "records.db": 0o600,
        "records.db-wal": 0o600,
        "records.db-shm": 0o600,
    }


def test_a_store_that_everybody_could_read_is_closed_to_them_but_not_to_a_group_let_in_on_purpose(tmp_path):
    with open_store(tmp_path) as store:
        store.add([requests("1")], NOW)
    modes = []
    for before in (0o644, 0o660):
        (tmp_path / NAME).chmod(before)
        open_store(tmp_path).close()
        modes.append((tmp_path / NAME).stat().st_mode & 0o777)

    assert modes == [0o600, 0o660]


def test_a_store_in_a_folder_that_cannot_be_written_is_read_and_not_changed(tmp_path, monkeypatch):
    with open_store(tmp_path) as store:
        store.add([requests("1")], NOW)
    monkeypatch.setattr("gktools.registers.store.database.os.access", lambda *_: False)

    with open_store(tmp_path) as store:
        assert numbers(store) == ["1"]
        assert [version.number for version in store.history("1")] == [1]
        with pytest.raises(RecordsError, match="是只读的，只能看，不能导入或改动"):
            store.add([requests("1", "2")], NOW)


HOLDER = """
import sys
from pathlib import Path
from gktools.registers.store.database import writing
from gktools.registers.store.opening import open_store
with open_store(Path(sys.argv[1]), sys.argv[2]) as store, writing(store.engine):
    print(1, flush=True)
    input()
"""


def test_waiting_for_another_writer_ends_with_who_it_is_and_nothing_is_stored(url, tmp_path):
    with open_store(tmp_path, url, wait=1) as store:
        store.add([requests("1")], NOW)
        command = [sys.executable, "-c", HOLDER, str(tmp_path), url, "-m", "gktools", "records", "import", "名单.xlsx"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            other.stdout.readline()
            with pytest.raises(BusyError, match="正由 gktools records import.*写入，等了 1 秒还没有轮到") as raised:
                store.add([requests("2")], NOW)
            other.kill()
        assert "名单" not in str(raised.value)
        assert numbers(store) == ["1"]
        store.add([requests("1", "2")], NOW)


def test_waiting_for_another_step_of_the_same_program_is_told(tmp_path):
    with open_store(tmp_path, wait=1) as store:
        store.add([requests("1")], NOW)
        with open_store(tmp_path) as other, writing(other.engine), pytest.raises(BusyError, match="这个程序的另一步"):
            store.add([requests("2")], NOW)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["/x/bin/python", "/x/bin/gktools", "records", "import", "张三.xlsx"], "gktools records import"),
        (["python", "-m", "gktools", "review", "user", "add", "zhang"], "gktools review user"),
        (["/usr/bin/gktools", "build", "--office", "x"], "gktools build"),
        (["sqlite3", "records.db"], "sqlite3"),
        ([], ""),
    ],
)
def test_a_command_is_shown_by_its_name_without_what_follows(arguments, shown):
    assert command_name(arguments) == shown


def test_opening_a_store_again_lets_nobody_take_away_what_was_written_last(tmp_path):
    path = tmp_path / "records.db"
    other = f"import sqlite3; c = sqlite3.connect({str(path)!r}); c.execute('SELECT * FROM meta').fetchall(); c.close()"
    with open_store(tmp_path) as store:
        with store.engine.connect() as connection:
            connection.exec_driver_sql("SELECT * FROM meta").fetchall()
        open_store(tmp_path).close()
        subprocess.run([sys.executable, "-c", other], check=True)

        assert path.with_name("records.db-wal").exists()


# --- trials ----------


def test_a_trial_says_what_an_import_would_do_and_what_would_be_in_force_and_stores_nothing(store):
    store.add([requests("1")], NOW)
    before = (store.import_fingerprints(), store.imports())
    seen = []
    files = [[requests("1", **ANSWERED), charges("5")], [replace(requests("2"), file="b.xlsx")]]

    tried = store.try_files(files, NOW, look=lambda load: seen.append(load(OFFICE, 2024)["requests"].number.tolist()))

    assert seen == [["1", "2"]]
    assert (store.import_fingerprints(), store.imports()) == before
    assert store.add_files(files, NOW) == tried


def test_a_trial_in_a_new_store_makes_no_key(url, tmp_path):
    with open_store(tmp_path, url) as store:
        assert store.try_files([[requests("1")]], NOW)[0][0].added == 1
        assert store.found_key() is None
        assert store.imports() == []


def test_a_trial_asks_what_an_import_would_ask(store):
    store.add([replace(requests("1"), file="a.xlsx")], NOW)

    with pytest.raises(AskedError):
        store.try_files([[replace(requests("7"), file="a.xlsx")]], NOW)
