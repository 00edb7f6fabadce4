"""What became of a record: every version with its import, time, file, row, person, reason and changes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from literal_registers import NOW, OFFICE, sheet

from gktools.errors import NotFoundError
from gktools.registers.store.opening import open_store
from gktools.report.queries.explain import explain_cell
from gktools.starter.scaffold import new_project
from gktools.workspace.project import open_project

NUMBER = "依申请〔2024〕3号"


def request(number=NUMBER, **given):
    return {"number": number, "received_on": "2024-03-01", "applicant": "自然人"} | given


def requests(*rows, year=2024, office=OFFICE):
    return sheet("requests", year, rows, office)


def named(file, name, contact=""):
    return replace(file, personal={"applicant_name": (name,), "applicant_contact": (contact,)})


ANSWERED = {"replied_on": "2024-03-20", "disposition": "予以公开", "fee_paid": "12.30", "fee_paid_on": "2024-03-10"}


def told(version):
    return [str(change) for change in version.changes]


def test_each_version_has_its_import_time_file_row_person_and_reason(store):
    store.add([requests(request("other"), request())], NOW, person="经办人甲", reason="")
    store.add([requests(request(topic="财政"))], datetime(2025, 2, 3, tzinfo=UTC), person="经办人乙", reason="漏填主题")
    first, second = store.history(NUMBER)

    assert (first.number, first.row, first.person, first.until, first.ended) == (1, 7, "经办人甲", 2, "replaced")
    assert (second.number, second.row, second.person, second.reason) == (2, 6, "经办人乙", "漏填主题")
    assert (second.moment, second.file, second.sheet) == (
        "2025-02-03T00:00:00+00:00", "requests-2024.xlsx", "依申请公开登记表",
    )  # fmt: skip
    assert (second.until, second.ended) == (None, "")


def test_changes_are_told_field_by_field_in_the_words_of_the_register(store):
    store.add([requests(request(channel="邮寄", topic="财政"))], NOW)
    store.add([requests(request(**ANSWERED))], NOW)
    first, second = store.history(NUMBER)

    assert "申请方式：（空） → 邮寄" in told(first)
    assert told(second) == [
        "申请方式：邮寄 → （空）", "主题分类：财政 → （空）", "缴费日：（空） → 2024-03-10",
        "实缴金额（元）：（空） → 12.3", "答复日：（空） → 2024-03-20", "答复类型：（空） → （一）予以公开",
    ]  # fmt: skip


def test_a_number_is_found_however_its_brackets_and_spaces_are_written(store):
    store.add([requests(request())], NOW)

    assert len(store.history("依申请[2024] ３号")) == 1


def test_a_personal_or_confidential_field_is_told_to_have_changed_and_never_shown(store):
    store.add([named(requests(request(subject="某人的事")), "王某", "13800000000")], NOW)
    store.add([named(requests(request(subject="另一件事")), "李某", "13800000000")], NOW)
    history = store.history(NUMBER)

    assert told(history[1]) == ["申请人名称：已改（不显示）", "申请内容摘要：已改（不显示）"]
    assert not any(word in repr(history) for word in ("王某", "李某", "13800000000", "某人的事", "另一件事"))


def test_withdrawn_and_undone_versions_say_so(store):
    store.add([requests(request(), request("1"))], NOW)
    store.add([requests(request("1"))], NOW, replace=True)
    store.undo(2, NOW)
    first, again = store.history(NUMBER)
    assert (first.until, first.ended) == (2, "withdrawn")
    assert (again.number, again.kind, again.until, told(again)) == (3, "undo", None, [])

    store.undo(1, NOW)
    assert [version.ended for version in store.history(NUMBER)] == ["withdrawn", "undone"]


def test_the_files_of_two_years_are_one_history(store):
    store.add([requests(request("7"), year=2023)], NOW)
    store.add([requests(request("7", **ANSWERED))], NOW)
    first, second = store.history("7")

    assert (first.year, second.year) == (2023, 2024)
    assert "答复日：（空） → 2024-03-20" in told(second)


def test_an_office_or_register_narrows_the_history(store):
    store.add([requests(request("7")), requests(request("7"), office="caizheng")], NOW)
    store.add([sheet("reconsiderations", 2024, [{"number": "7", "notified_on": "2024-02-01"}])], NOW)

    assert len(store.history("7")) == 3
    assert [v.code for v in store.history("7", code="caizheng")] == ["caizheng"]
    assert [v.register for v in store.history("7", register="reconsiderations")] == ["reconsiderations"]


def test_a_record_known_by_number_and_title_is_found_by_its_number(store):
    document = {"title": "办法", "number": "政发〔2024〕1号", "kind": "规章", "published_on": "2024-01-01"}
    store.add([sheet("documents", 2024, [document, document | {"number": "政发〔2024〕10号"}])], NOW)

    assert len(store.history("政发〔2024〕1号")) == 1


def test_a_number_that_is_not_there_is_told_with_the_nearest_of_the_office(store):
    store.add([requests(request())], NOW)
    with pytest.raises(NotFoundError, match="没有编号是“依申请〔2024〕33号”的记录；是不是“依申请〔2024〕3号”？"):
        store.history("依申请〔2024〕33号", code=OFFICE)


def test_the_list_of_imports_says_who_did_what_when_and_what_is_taken_back(store):
    store.add([requests(request("1"), request("2")), sheet("charges", 2024, [])], NOW, person="甲")
    store.add([requests(request("1", topic="财政"), request("3"))], NOW, person="乙", reason="更正", replace=True)
    store.undo(2, NOW, person="丙", reason="导错了")
    undo, second, first = store.imports()

    assert (first.number, first.kind, first.person, first.file) == (
        1,
        "import",
        "甲",
        "requests-2024.xlsx、charges-2024.xlsx",
    )
    assert [(t.register, t.rows, t.added) for t in first.touched] == [("requests", 2, 2), ("charges", 0, 0)]
    (did,) = second.touched
    assert (did.rows, did.added, did.changed, did.withdrawn) == (2, 1, 1, 1)
    assert (second.reason, second.undone_by, first.undone_by) == ("更正", 3, None)
    assert (undo.kind, undo.undoes, undo.person, undo.reason) == ("undo", 2, "丙", "导错了")
    assert [(t.added, t.withdrawn) for t in undo.touched] == [(2, 2)]
    assert [one.number for one in store.imports(OFFICE, "charges")] == [1]
    assert store.imports("caizheng") == []


# --- the commands ----------


@pytest.fixture
def home(tmp_path):
    new_project(tmp_path / "work", empty=False)
    with open_store(tmp_path / "work") as store:
        store.add([requests(request())], NOW, person="甲")
        store.add([requests(request(topic="财政"))], NOW, person="乙", reason="更正")
    return tmp_path / "work"


@pytest.fixture
def gktools(run, home, monkeypatch):
    """Run a command of gktools records; returns exit code, standard output and standard error."""
    monkeypatch.delenv("GKTOOLS_RECORDS", raising=False)
    return lambda *words: run("records", *words, home=home)


def test_the_history_is_printed_in_chinese_and_as_json(gktools):
    _, out, err = gktools("history", NUMBER, "--office", "minzheng", "--register", "依申请公开登记表")
    assert "第 2 次导入  2025-01-15 16:00  minzheng 2024 年 依申请公开登记表" in out, err
    assert "乙，原因：更正" in out
    assert "    主题分类：（空） → 财政" in out

    (_, second) = json.loads(gktools("history", NUMBER, "--json")[1])
    assert second["changes"] == [{"heading": "主题分类", "old": "", "new": "财政", "shown": True}]


def test_a_number_is_explained_as_it_was_when_the_report_was_made(home):
    project = open_project(home)
    with open_store(home) as store:
        store.add([requests(request(), request("4号"))], NOW)
    cell = (OFFICE, 2024, "表三", "一、本年新收政府信息公开申请数量", "自然人")
    now, then = explain_cell(project, *cell), explain_cell(project, *cell, as_of=2)

    assert (now["value"], then["value"]) == (2, 1)
    assert "requests-2024.xlsx" in then["records"][0]["place"]
    with pytest.raises(NotFoundError, match="没有第 9 次导入"):
        explain_cell(project, *cell, as_of=9)


def test_imports_are_listed_undone_and_redone(gktools):
    _, out, err = gktools("undo", "2", "--by", "丙", "--reason", "错了")
    assert "已取消第 2 次导入：退回 1 条，放回 1 条" in out, err

    listed = gktools("history")[1].splitlines()
    assert listed[0].startswith("第 3 次  ")
    assert listed[0].endswith("取消  第 2 次  丙，原因：错了")
    assert "（已由第 3 次取消）" in listed[2]
    code, _, err = gktools("undo", "2")
    assert (code, err) == (1, "第 2 次导入已经由第 3 次取消了；要再用它，请取消第 3 次\n")


def test_a_wrong_number_or_office_is_told_without_a_traceback(gktools):
    for words, said in (
        (("undo", "9"), "没有第 9 次导入"),
        (("history", "无此号"), "没有编号是“无此号”的记录"),
        (("history", "--office", "nosuch"), "单位表里没有“nosuch”"),
        (("restore", "nosuch.db"), "请加上 --yes"),
        (("restore", "nosuch.db", "--yes"), "找不到备份文件 nosuch.db"),
        (("restore", ".", "--yes"), ". 是文件夹，不是备份文件"),
        (("restore", "/dev/zero", "--yes"), "/dev/zero 是设备，不是备份文件"),
    ):
        code, _, err = gktools(*words)
        assert code == 1, words
        assert said in err
        assert "Traceback" not in err


def test_a_backup_is_made_and_restored_by_command(gktools, home):
    assert gktools("backup", "保存.backup.db")[0] == 0
    with open_store(home) as store:
        before = store.load_records(OFFICE, 2024).digest()
        store.undo(1 + 1, NOW)
    _, out, err = gktools("restore", "保存.backup.db", "--yes")

    assert "已从 保存.backup.db 恢复" in out, err
    assert "备份里没有的 1 次写入，恢复以后都没有了" in out
    with open_store(home) as store:
        restored = store.load_records(OFFICE, 2024)
        assert [one.otherwise for one in restored.withdrawn] == [True]
        assert replace(restored, withdrawn=()).digest() == before
    assert any("before-restore" in path.name for path in Path(home).iterdir())
