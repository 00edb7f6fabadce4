"""Registers handed in through the browser: from the upload of any file to the import, and what is refused on the way."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import lxml.html
import pytest
from corpus.packages import parts, xlsx, zipped
from handing_in import (
    ASKED,
    AT,
    CODE,
    GOOD,
    IDENTITY,
    NAME,
    WRONG,
    YEAR,
    as_of,
    copy_of,
    field_of,
    hand_in,
    imported,
    requests,
    text_of,
)
from projects import keep
from reviewing import running, visiting

from gktools.cli.keeping import backup
from gktools.registers.store.database import writing
from gktools.registers.store.opening import open_store
from gktools.review import submissions
from gktools.review.entries import CommentBody
from gktools.review.log import open_log
from gktools.review.web import reading_processes
from gktools.review.web.rebuild_queue import Task
from gktools.starter.scaffold import NOT_FOR_GIT
from gktools.workspace import clock
from gktools.workspace.project import open_project

# --- the common way ----------


def test_a_register_without_mistake_is_imported_in_the_name_of_the_person_and_the_report_rebuilt(started, clerk, home):
    path, page = hand_in(clerk, 依申请=GOOD)

    assert "没有错，可以导入" in text_of(page)
    assert "本系统不处理涉密和工作秘密" in text_of(page)
    assert "自然人没有数2" in text_of(page)
    assert imported(home) == []

    answer = clerk.post(path, {"what": "import", "reason": "全年的台账", **as_of(page)})

    assert (answer.status, answer.headers["location"]) == (303, f"/{YEAR}/{CODE}/making")
    assert imported(home) == [("requests", 2, "甲经办")]
    assert started["asked"] == [Task(open_project(home).report(CODE, YEAR))]
    assert list((home / submissions.FOLDER).iterdir()) == []
    with open_store(home) as store:
        assert store.audit() == []
        assert store.imports()[0].reason == "全年的台账"
    assert "依申请.csv 2 条" in text_of(clerk.get(AT))


def test_a_correction_says_which_records_and_figures_change_from_what_to_what(clerk, home):
    path, page = hand_in(clerk, 依申请=GOOD)
    clerk.post(path, {"what": "import", **as_of(page)})

    _, page = hand_in(
        clerk, 依申请=requests("1号,2024-03-01,商业企业,", "2号,2024-04-01,自然人,", "3号,2024-05-01,自然人,")
    )

    row = lxml.html.fromstring(page.body).xpath("//td[@data-label]/text()")
    assert row[:4] == ["1", "1", "1", "0"]
    assert "商业企业01" in text_of(page)
    assert "总计23" in text_of(page)


def test_an_import_is_noted_in_the_log_in_the_name_of_the_person(clerk, home):
    with open_log(open_project(home)) as log:
        log.append(CODE, YEAR, "甲经办", CommentBody("", "看过"))
    path, page = hand_in(clerk, 依申请=GOOD)
    clerk.post(path, {"what": "import", **as_of(page)})

    with open_log(open_project(home)) as log:
        assert [(one.kind, one.person) for one in log.entries()] == [("comment", "甲经办"), ("imported", "甲经办")]
        assert log.entries()[-1].body.handlers == {CODE: ["甲经办"]}


def test_records_that_the_file_no_longer_has_end_only_if_the_person_says_so(clerk, home):
    path, page = hand_in(clerk, 依申请=GOOD)
    clerk.post(path, {"what": "import", **as_of(page)})
    path, page = hand_in(clerk, 依申请=requests("2号,2024-04-01,商业企业,"))
    assert "库里有 1 条，这个文件里没有：1号（仍然有效）" in text_of(page)

    clerk.post(path, {"what": "withdraw", "withdraws": "1"})
    page = clerk.get(path)
    clerk.post(path, {"what": "import", **as_of(page)})

    with open_store(home) as store:
        assert len(store.load_records(CODE, YEAR)["requests"]) == 1


def test_the_templates_of_the_year_are_one_download_with_the_cover_filled_in(clerk):
    answer = clerk.get(f"{AT}/templates")

    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        names = archive.namelist()
        book = archive.read("一表一个文件/依申请公开登记表.xlsx")
    assert len(names) == 8
    assert "依申请公开登记表（简表）.xlsx" in names
    assert not any("收费" in name and name.startswith("活动") for name in names)
    with zipfile.ZipFile(io.BytesIO(book)) as inside:
        texts = inside.read("xl/sharedStrings.xml").decode()
    assert "示例区民政局" in texts
    assert str(YEAR) in texts


def test_the_templates_of_all_offices_that_a_person_may_read_are_one_download_from_the_board(started, clerk):
    (link,) = lxml.html.fromstring(clerk.get("/").body).xpath("//a[contains(., '各机关的空白登记表')]/@href")
    answer = clerk.get(link)
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        folders = {name.partition("/")[0] for name in archive.namelist()}
    assert folders == {"示例区民政局", "示例区财政局", "示例区民族局", "示例区人民政府办公室"}
    assert clerk.get("/templates/1999.zip").status == 404

    other = visiting(started["server"], "乙经办").get("/")
    assert "各机关的空白登记表" not in other.text


# --- mistakes and questions ----------


def test_mistakes_are_listed_by_kind_with_their_places_and_nothing_personal(clerk, home):
    path, page = hand_in(clerk, 依申请=WRONG)

    text = text_of(page)
    assert "没有这一天 2 处" in text
    assert "第 5 行 “收到申请之日”列" in text
    assert NAME not in page.text
    assert IDENTITY not in page.text
    assert 'what" value="import' not in page.text

    copy = copy_of(clerk, path)
    assert "attachment" in copy.headers["content-disposition"]
    assert zipfile.ZipFile(io.BytesIO(copy.body)).testzip() is None


def test_the_mended_copy_takes_the_place_of_the_file_it_is_a_copy_of(clerk, home):
    path, _ = hand_in(clerk, 依申请=WRONG)

    answer = clerk.upload(path, {"依申请（标错）.csv": GOOD}, {"what": "add"})
    page = clerk.get(path)

    assert answer.status == 303
    assert "没有错，可以导入" in text_of(page)
    assert "依申请.csv" not in text_of(page)


def test_a_question_is_asked_with_what_each_answer_does_and_the_answer_is_kept_for_the_office(clerk, home):
    path, page = hand_in(clerk, 依申请=ASKED)
    assert "有 1 个问题要先回答" in text_of(page)
    assert "都按“受理日期”算新收" in text_of(page)
    assert "columns.yaml" not in page.text

    clerk.post(path, {"what": "answer", **dict([field_of(page, "received")])})

    assert "没有错，可以导入" in text_of(clerk.get(path))
    assert '受理日期: "收到申请之日"' in (home / "params/columns.yaml").read_text(encoding="utf-8")


def test_an_answer_for_this_import_only_stays_with_the_draft_through_a_restart(started, clerk, home):
    path, page = hand_in(
        clerk, 依申请=requests("1号,2024-03-01,自然人,", "3月合计,2024-03-31,自然人,", "2号,2024-04-01,自然人,")
    )
    assert "是把别的行加起来的" in text_of(page)

    clerk.post(path, {"what": "answer", **dict([field_of(page, "leave")])})

    with running(home) as other:  # nothing of a submission is in the memory of a server
        page = visiting(other, "甲经办").get(path)
    assert "没有错，可以导入" in text_of(page)
    assert "新增2" in "".join(
        lxml.html.fromstring(page.body).xpath("//td[@data-label='新增']/@data-label | //td[@data-label='新增']/text()")
    )
    assert not (home / "params/columns.yaml").exists()


def test_whether_a_file_replaces_another_is_asked_in_the_page_too(clerk, home):
    path, page = hand_in(clerk, 依申请=GOOD)
    clerk.post(path, {"what": "import", **as_of(page)})
    path, page = hand_in(clerk, 依申请=requests("7号,2024-03-01,自然人,"))
    assert "是来代替它的（编号改过了），还是另外一份" in text_of(page)

    clerk.post(path, {"what": "answer", **dict([field_of(page, "replaces-1")])})
    page = clerk.get(path)
    clerk.post(path, {"what": "import", **as_of(page)})

    assert imported(home) == [("requests", 1, "甲经办")]


def test_an_answer_about_another_offices_words_is_not_kept(clerk, home):
    content = requests("1号,2024-03-01,自然人,", office="caizheng", day="受理日期")
    path, page = hand_in(clerk, 依申请=content)

    answer = clerk.post(path, {"what": "answer", **dict([field_of(page, "received")])})

    assert (answer.status, "不归您的机关答" in text_of(answer)) == (409, True)
    assert "个问题要先回答" in text_of(answer)
    assert not (home / "params/columns.yaml").exists()


def test_a_file_with_mistakes_can_be_taken_out_of_the_submission(clerk, home):
    path, _ = hand_in(clerk, 好=GOOD, 坏=WRONG)

    clerk.post(path, {"what": "drop", "file": "1"})

    assert "没有错，可以导入" in text_of(clerk.get(path))


# --- whose it is ----------


def test_a_draft_is_its_persons_alone_in_every_page_of_it(started, clerk, home):
    path, _ = hand_in(clerk, 依申请=WRONG)
    for name in ("甲分管", "乙经办"):
        other = visiting(started["server"], name)
        assert {other.get(path).status, other.get(f"{path}/marked/0").status} <= {403, 404}
        assert other.post(path, {"what": "destroy"}).status in (303, 403, 404)
    other = visiting(started["server"], "乙经办")
    theirs = path.replace(CODE, "caizheng")
    assert other.get(theirs).status == 404
    assert clerk.get(path).status == 200
    assert clerk.get(path.replace(CODE, "minzu")).status == 404


def test_only_the_handler_hands_in(started, home):
    deputy = visiting(started["server"], "甲分管")

    assert deputy.get(AT).status == 403
    assert deputy.upload(AT, {"a.csv": GOOD}).status == 403
    assert 'registers"' not in deputy.get(f"/{YEAR}/{CODE}/sign").text


def test_a_file_of_an_office_whose_handler_the_person_is_not_is_refused_in_words(clerk, home):
    _, page = hand_in(clerk, 依申请=requests("1号,2024-03-01,自然人,", office="caizheng"))

    assert "示例区财政局，您不是它的经办人" in text_of(page)
    assert imported(home, "caizheng") == []


def test_a_file_of_another_office_of_the_same_handler_is_imported_for_it_and_said(started, clerk, home):
    path, page = hand_in(clerk, 依申请=requests("1号,2024-03-01,自然人,", office="minzu"))
    assert "封面上写的不全是示例区民政局" in text_of(page)

    clerk.post(path, {"what": "import", **as_of(page)})

    assert imported(home, "minzu") == [("requests", 1, "甲经办")]
    assert started["asked"] == [Task(open_project(home).report("minzu", YEAR))]


def test_a_file_without_office_and_year_is_of_those_of_the_page(clerk, home):
    content = GOOD.replace(f"单位,{CODE}\n年度,{YEAR}\n".encode(), b"")

    assert "没有错，可以导入" in text_of(hand_in(clerk, 依申请=content)[1])


def test_a_government_that_is_the_sum_of_its_offices_has_no_registers_of_its_own(clerk, home):
    answer = clerk.get(AT.replace(CODE, "qu-all"))

    assert (answer.status, "没有自己的台账" in text_of(answer)) == (409, True)
    assert '/registers"' not in clerk.get(f"/{YEAR}/qu-all/edit").text
    assert '/registers"' in clerk.get(f"/{YEAR}/{CODE}/edit").text


# --- what goes wrong on the way ----------


def test_a_button_pressed_twice_imports_once(clerk, home):
    path, page = hand_in(clerk, 依申请=GOOD)
    first = clerk.post(path, {"what": "import", **as_of(page)})
    second = clerk.post(path, {"what": "import", **as_of(page)})

    assert (first.status, second.status) == (303, 303), first.text
    assert "已经导入或者删去了" in text_of(clerk.get(second.headers["location"]))
    with open_store(home) as store:
        assert len(store.imports()) == 1


def test_nothing_is_imported_that_the_person_has_not_seen(clerk, home):
    path, page = hand_in(clerk, 依申请=GOOD)
    keep(open_project(home), CODE, YEAR, {})

    answer = clerk.post(path, {"what": "import", **as_of(page)})

    assert (answer.status, "请再看一遍" in text_of(answer)) == (409, True)
    assert ("requests", 2, "甲经办") not in imported(home)


def test_while_another_writes_into_the_store_the_draft_stays_and_says_so(clerk, home, monkeypatch):
    path, page = hand_in(clerk, 依申请=GOOD)
    monkeypatch.setattr("gktools.review.web.pages.registers.WAIT", 0)
    with open_store(home) as store, writing(store.engine):
        answer = clerk.post(path, {"what": "import", **as_of(page)})

    assert answer.status == 503
    assert "没有导入，草稿还在" in text_of(answer)
    assert clerk.post(path, {"what": "import", **as_of(answer)}).status == 303
    assert imported(home) == [("requests", 2, "甲经办")]


def test_a_file_that_takes_too_long_costs_its_reading_only(clerk, home, monkeypatch):
    monkeypatch.setattr(reading_processes, "SECONDS", 0.0)
    _, page = hand_in(clerk, 依申请=GOOD)
    assert "没有读完，已停下" in text_of(page)
    monkeypatch.undo()

    assert "没有错，可以导入" in text_of(hand_in(clerk, 依申请=GOOD)[1])


def _dies(_: object) -> None:
    os._exit(1)


def test_a_file_that_takes_the_process_with_it_costs_its_reading_only(clerk, home, monkeypatch):
    monkeypatch.setattr(reading_processes, "_read", _dies)
    _, page = hand_in(clerk, 依申请=GOOD)
    assert "中途没了" in text_of(page)
    monkeypatch.undo()

    assert "没有错，可以导入" in text_of(hand_in(clerk, 依申请=GOOD)[1])


def test_several_clerks_hand_in_and_import_at_once(started, home):
    people = {"甲经办": (CODE, GOOD), "乙经办": ("caizheng", requests("5号,2024-03-01,自然人,", office="caizheng"))}

    def walk(name: str) -> int:
        code, content = people[name]
        visitor = visiting(started["server"], name)
        path, page = hand_in(visitor, at=AT.replace(CODE, code), 依申请=content)
        return visitor.post(path, {"what": "import", **as_of(page)}).status

    with ThreadPoolExecutor() as threads:
        assert list(threads.map(walk, people)) == [303, 303]
    assert imported(home) == [("requests", 2, "甲经办")]
    assert imported(home, "caizheng") == [("requests", 1, "乙经办")]


def test_a_draft_that_was_not_read_to_the_end_is_there_and_read_again(clerk, home):
    path, _ = hand_in(clerk, 依申请=GOOD)
    (home / submissions.FOLDER / path.rpartition("/")[2] / "reading.json").unlink()
    assert "请再读一遍" in text_of(clerk.get(path))

    clerk.post(path, {"what": "again"})

    assert "没有错，可以导入" in text_of(clerk.get(path))


BOMB = zipped(parts("<worksheet><sheetData/></worksheet>") | {"xl/worksheets/sheet2.xml": b"0" * (1 << 20) * 30})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("空.xlsx", b"PK\x05\x06" + bytes(18)),
        ("乱.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600),
        ("大.xlsx", BOMB),
        ("程序.exe", b"MZ\x00\x00"),
        ("页.xlsx", xlsx([["<script>alert(1)</script>", "=1+1"]])),
        ("字.csv", bytes(range(256)) * 4),
    ],
    ids=["empty", "broken", "bomb", "program", "page", "bytes"],
)
def test_a_hostile_file_is_answered_in_words(clerk, home, name, content):
    answer = clerk.upload(AT, {name: content})
    page = clerk.get(answer.headers["location"])

    assert page.status == 200
    assert "<script>alert" not in page.text
    assert "程序出错" not in page.text
    assert "Traceback" not in page.text
    assert "可以导入" not in text_of(page)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "请先选文件"),
        ({"a.csv": b""}, "是空的"),
        ({"\u202ea.csv": GOOD}, "文件名里有"),
        ({".a.csv": GOOD}, "文件名不能用"),
        ({"字" * 90 + ".csv": GOOD}, "文件名太长"),
        ({f"{i}.csv": GOOD for i in range(21)}, "一次最多 20 个文件"),
        ({"a.csv": GOOD, "A.csv": GOOD}, "名字一样"),
    ],
)
def test_uploads_that_cannot_be_kept_are_refused_in_words_and_nothing_is_left(clerk, home, files, said):
    answer = clerk.upload(AT, files)

    assert (answer.status, said in text_of(answer)) == (409, True)
    assert not (home / submissions.FOLDER).exists() or not list((home / submissions.FOLDER).iterdir())


def test_a_name_with_folders_of_the_uploaders_machine_is_the_last_part_of_it(clerk, home):
    answer = clerk.upload(AT, {"../../../tmp/依申请.csv": GOOD})

    assert "依申请.csv" in text_of(clerk.get(answer.headers["location"]))
    assert {path.name for path in (home / submissions.FOLDER).glob("*/*/file/*")} == {"依申请.csv"}


# --- where submissions lie ----------


def test_drafts_are_readable_by_the_owner_of_the_server_only(clerk, home):
    hand_in(clerk, 依申请=WRONG)

    found = list((home / submissions.FOLDER).rglob("*"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in found if path.is_file()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in [home / submissions.FOLDER, *found] if path.is_dir()} == {
        0o700
    }


def test_a_draft_that_nobody_goes_on_with_is_destroyed_after_thirty_days_with_an_entry_in_the_log(
    clerk, home, monkeypatch
):
    hand_in(clerk, 依申请=WRONG)
    now = clock.now()
    with open_log(open_project(home)) as log:
        assert submissions.destroy_old(home, log) == []
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=31))
        assert len(submissions.destroy_old(home, log)) == 1
        entry = log.entries(CODE, YEAR)[-1]

    assert (entry.kind, entry.person, entry.body.files) == ("submission", "甲经办", 1)
    assert list((home / submissions.FOLDER).iterdir()) == []


def test_drafts_are_in_no_backup_and_in_no_repository(clerk, home, tmp_path, monkeypatch):
    hand_in(clerk, 依申请=WRONG)
    monkeypatch.setenv("GKTOOLS_HOME", str(home))
    backup(tmp_path / "all.zip")

    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert [name for name in archive.namelist() if submissions.FOLDER in name] == []
    assert f"/{submissions.FOLDER}/" in NOT_FOR_GIT
