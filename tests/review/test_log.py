"""The log of reviews: whoever changes, removes, moves or adds an entry by hand is found out."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import zlib
from contextlib import closing, suppress
from dataclasses import fields, replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
import sqlalchemy as sa
from literal_registers import NOW, sheet
from machine import empty_database
from tampering import as_another_process, make_index_stale, make_log_older

from gktools.errors import NotFoundError, RecordsError, ReviewError
from gktools.findings import Finding, Severity
from gktools.registers.store.database import NAME
from gktools.registers.store.journal import ENTRIES, LogChange, keep
from gktools.registers.store.log_audit import canonical, key_name
from gktools.registers.store.log_head import HEAD_FILE, LogHead, take_seen
from gktools.registers.store.opening import open_store
from gktools.registers.store.privacy import Key
from gktools.review import log as log_module
from gktools.review.audit import doubtful_acts, misdated
from gktools.review.entries import (
    Accepted,
    AnswerBody,
    AttachedBody,
    BroughtInBody,
    CommentBody,
    Correction,
    DecisionBody,
    EntryBody,
    ImportedBody,
    KeyBody,
    LossBody,
    NotebookBody,
    PublishedBody,
    RestoredBody,
    ReturnedBody,
    UserBody,
    ViewedBody,
    read_body,
)
from gktools.review.log import Log, LogEntry, note_imports
from gktools.review.people import Step
from gktools.review.state import review_state
from gktools.workspace.seals import plain_hash

pytestmark = pytest.mark.integration


DAY = datetime(2025, 1, 20, 1, 2, 3, tzinfo=UTC)


@pytest.fixture
def log(url, tmp_path):
    """A log with three entries, on each database in turn."""
    with Log(open_store(tmp_path, url), tmp_path) as opened:
        for number in range(3):
            opened.append("minzheng", 2024, f"甲{number}", CommentBody("", f"第{number}句"), now=DAY)
        yield opened


@pytest.mark.parametrize("read", [Log.verified, Log.verify], ids=["verified", "verify"])
def test_an_entry_that_another_appends_while_the_log_is_read_is_not_missed_in_it(log, url, tmp_path, monkeypatch, read):
    known = log_module.stored_entries

    def as_another_appends(connection):
        rows = known(connection)
        with Log(open_store(tmp_path, url), tmp_path) as other:
            other.append("minzheng", 2024, "乙", CommentBody("", "同时写的"), now=DAY)
        return rows

    monkeypatch.setattr(log_module, "stored_entries", as_another_appends)

    assert len(read(log)) == (3 if read is Log.verified else 0)  # verify returns what is wrong


def tamper(log, command, **values):
    with log._store.engine.begin() as connection:
        connection.execute(sa.text(command), values)


def test_a_log_as_it_was_written_is_whole(log):
    assert log.verify() == []
    assert [entry.number for entry in log.entries()] == [1, 2, 3]
    assert log.entries()[0].at == "2025-01-20T01:02:03+00:00"


def test_an_empty_log_is_whole(url, tmp_path):
    with Log(open_store(tmp_path, url), tmp_path) as log:
        assert log.entries() == []
        assert log.verify() == []


def test_an_entry_that_was_changed_is_named_by_the_time_in_china(log):
    tamper(log, "UPDATE review_entries SET at = '2025-01-19T17:00:00+00:00' WHERE number = 3")
    tamper(log, "UPDATE review_entries SET at = '昨天' WHERE number = 2")
    said = "\n".join(log.verify())

    assert "，2025-01-20 01:00）" in said
    assert "，昨天）" in said


@pytest.mark.parametrize(
    ("column", "value"),
    [("person", "乙"), ("at", "2025-01-19T00:00:00+00:00"), ("office", "caizheng"), ("year", 2023), ("kind", "signed")],
)
def test_a_changed_entry_is_found(log, column, value):
    tamper(log, f"UPDATE review_entries SET {column} = :value WHERE number = 2", value=value)

    assert any("第 2 条" in sentence and "改动" in sentence for sentence in log.verify())


def test_every_flipped_byte_of_a_body_is_found(log):
    body = json.dumps({"place": "", "text": "第1句"}, ensure_ascii=False, separators=(",", ":"))
    for place in range(len(body)):
        flipped = body[:place] + chr(ord(body[place]) ^ 1) + body[place + 1 :]
        tamper(log, "UPDATE review_entries SET body = :body WHERE number = 2", body=flipped)
        assert log.verify() != [], flipped


def test_a_removed_entry_is_found(log):
    tamper(log, "DELETE FROM review_entries WHERE number = 2")

    assert log.verify()[0] == "第 2 条不见了，它的位置上是第 3 条"


def test_entries_cut_off_at_the_end_are_found(log):
    tamper(log, "DELETE FROM review_entries WHERE number = 3")

    assert log.verify() == ["末尾少了：原来写到第 3 条，现在只有 2 条"]


def test_entries_that_changed_places_are_found(log):
    for old, new in ((2, 9), (3, 2), (9, 3)):
        tamper(log, "UPDATE review_entries SET number = :new WHERE number = :old", old=old, new=new)

    assert log.verify() != []


def test_a_chain_made_anew_without_the_key_is_found(log):
    from hashlib import sha256

    from gktools.review.log import canonical

    first = log.entries()[0]
    said = [3, first.at, "minzheng", 2024, "乙", "comment", {"place": "", "text": "假"}, log.entries()[1].hash]
    forged = sha256(canonical(said).encode()).hexdigest()
    tamper(
        log,
        "UPDATE review_entries SET person = '乙', body = :body, hash = :hash WHERE number = 3",
        body=canonical(said[6]),
        hash=forged,
    )

    assert [sentence for sentence in log.verify() if "印记" in sentence] != []


def test_a_lost_note_of_the_head_is_told(log, tmp_path):
    (tmp_path / HEAD_FILE).unlink()

    assert log.verify() == ["找不到 review.head：说不清末尾有没有被删掉的"]


# --- attacks by somebody who may write, without the key --------------------------------------------------------


def add(log, text="后来"):
    return log.append("minzheng", 2024, "乙", CommentBody("", text), now=DAY)


def test_nothing_is_appended_after_the_last_entry_was_taken_away(log):
    tamper(log, "DELETE FROM review_entries WHERE number = 3")

    for _ in range(2):
        with pytest.raises(ReviewError, match="没有写入：末尾少了：原来写到第 3 条，现在只有 2 条"):
            add(log)
    assert len(log.entries()) == 2
    assert log.verify() == ["末尾少了：原来写到第 3 条，现在只有 2 条"]


def test_nothing_is_appended_after_an_entry_in_the_middle_was_taken_away(log):
    tamper(log, "DELETE FROM review_entries WHERE number = 2")

    with pytest.raises(ReviewError, match="没有写入：中间少了 1 条：写到第 3 条，现在只有 2 条"):
        add(log)
    assert log.count() == 2


@pytest.fixture
def hiding(tmp_path):
    """A log of which the last entry is not seen by whoever looks for a report's."""
    with Log(open_store(tmp_path), tmp_path) as opened:
        for number in range(3):
            opened.append("minzheng", 2024, f"甲{number}", CommentBody("", f"第{number}句"), now=DAY)
    make_index_stale(tmp_path / NAME, "review_entries_of_report", "number = 3")
    with Log(open_store(tmp_path), tmp_path) as opened:
        yield opened


def test_entries_that_an_index_leaves_out_are_found_and_nothing_is_appended_or_exported(hiding, tmp_path):
    assert [len(hiding.entries()), len(hiding.entries("minzheng", 2024))] == [3, 2]
    assert hiding.verify()[0].startswith("review_entries 表的内容和它的索引对不上")
    with pytest.raises(ReviewError, match="没有写入：review_entries 表的内容和它的索引对不上"):
        hiding.append("minzheng", 2024, "乙", CommentBody("", "后来"), guard=lambda _: None)
    with pytest.raises(ReviewError, match="x.jsonl 没有写：review_entries 表"):
        hiding.export(tmp_path / "x.jsonl")


def test_a_restore_makes_the_indexes_of_the_log_anew(hiding, tmp_path):
    with open_store(tmp_path) as store:
        store.restore(store.backup(tmp_path / "x.backup.db"), NOW)

    assert hiding.verify() == []
    assert len(hiding.entries("minzheng", 2024)) == 3


def test_a_policy_that_shows_one_query_what_it_hides_from_another_is_found(postgres, tmp_path):
    with Log(open_store(tmp_path, empty_database(postgres)), tmp_path) as log:
        add(log)
        tamper(log, "ALTER TABLE review_entries ENABLE ROW LEVEL SECURITY")

        assert (
            "（触发器、视图、规则、行级权限、加上的约束或默认值、生成的列、换过的列、排序规则或索引）：review_entries"
            in log.verify()[0]
        )
        with pytest.raises(ReviewError, match="review_entries"):
            add(log)


@pytest.mark.parametrize("noted", ["in the store", "in the file"])
def test_either_note_alone_finds_entries_cut_off(log, tmp_path, noted):
    older = add(log) and (tmp_path / HEAD_FILE).read_bytes()
    with log._store.engine.begin() as connection:
        row = connection.execute(sa.text("SELECT * FROM review_head")).mappings().one()
    add(log)
    tamper(log, "DELETE FROM review_entries WHERE number = 5")
    if noted == "in the store":
        (tmp_path / HEAD_FILE).write_bytes(older)
    else:
        tamper(log, "UPDATE review_head SET number = :number, hash = :hash, mark = :mark", **row)

    assert log.verify() == ["末尾少了：原来写到第 5 条，现在只有 4 条"]
    with pytest.raises(ReviewError, match="没有写入"):
        add(log)


def test_a_database_of_yesterday_is_not_written_on(tmp_path):
    with Log(open_store(tmp_path), tmp_path) as log:
        add(log, "昨天")
    yesterday = (tmp_path / "records.db").read_bytes()
    with Log(open_store(tmp_path), tmp_path) as log:
        add(log, "今天")
    for path in tmp_path.glob("records.db*"):
        path.unlink()
    (tmp_path / "records.db").write_bytes(yesterday)

    with Log(open_store(tmp_path), tmp_path) as log:
        assert log.verify() == ["末尾少了：原来写到第 2 条，现在只有 1 条"]
        with pytest.raises(ReviewError, match="换回了较早的备份"):
            add(log)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (None, "找不到 review.head"),
        ("2 {hash}\n", "review.head 不是由 gktools 写入的"),
        ("2 {hash} hmac-sha256:00\n", "review.head 不是由 gktools 写入的"),
        ("2 {hash} {mark}\n", "review.head 不是由 gktools 写入的"),
        ("nonsense", "review.head 读不出来"),
        ("1 2 3 4 5", "review.head 读不出来"),
    ],
)
def test_a_note_that_is_gone_or_written_by_hand_is_found(log, tmp_path, head, said):
    path, second = tmp_path / HEAD_FILE, log.entries()[1].hash
    mark = path.read_text(encoding="ascii").split()[2]
    path.unlink() if head is None else path.write_text(head.format(hash=second, mark=mark), encoding="ascii")

    assert [sentence for sentence in log.verify() if sentence.startswith(said)] != []
    with pytest.raises(ReviewError, match=said):
        add(log)


@pytest.mark.parametrize(("number", "marks"), [("0", ""), ("2", ""), ("2", "older")])
def test_entries_cut_off_are_missed_whatever_is_written_into_both_notes_without_the_key(log, tmp_path, number, marks):
    second = log.entries()[1].hash
    tamper(log, "DELETE FROM review_entries WHERE number > 2")
    if marks:  # the names of the algorithms taken away, and the note in the store: as an older gktools left them
        tamper(log, "UPDATE review_entries SET mark = replace(mark, 'hmac-sha256:', '')")
        tamper(log, "DROP TABLE review_head")
    else:
        tamper(log, f"UPDATE review_head SET number = {number}, hash = :hash, mark = ''", hash=second)
    (tmp_path / HEAD_FILE).write_text(f"{number} {second}\n", encoding="ascii")

    assert log.verify() != []
    with pytest.raises(ReviewError, match="没有写入"):
        add(log)


@pytest.mark.parametrize("number", ["9" * 30, "-2", "0", "9" * 5000])
def test_a_number_in_the_note_that_no_log_has_is_told(log, tmp_path, number):
    (tmp_path / HEAD_FILE).write_text(f"{number} {'a' * 64} hmac-sha256:00\n", encoding="ascii")

    assert log.verify() == ["review.head 读不出来，或者不是 gktools 写的"]


def test_an_entry_that_somebody_wrote_into_the_database_is_nothing_to_judge_by(log):
    before = log.entries()[-1]
    forged = replace(before, number=4, person="丙", previous=before.hash, hash="")
    row = forged.to_json() | {"body": forged.content, "hash": plain_hash(forged.hashed), "mark": ""}
    with log._store.engine.begin() as connection:
        connection.execute(ENTRIES.insert().values(row))

    with pytest.raises(ReviewError, match="没有写入：第 4 条（.*不是由 gktools 写入的"):
        log.append("minzheng", 2024, "乙", CommentBody("", "后来"), guard=lambda _: None)


_SIGNED = {"step": "handler", "on_behalf_of": "", "from_district": False, "seal": "s", "files": {}, "report": ""}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("signed", _SIGNED | {"findings": {"open": None, "verdicts": None}}),
        ("signed", _SIGNED | {"people": ["甲"], "manifest": 5}),
        ("signed", _SIGNED | {"comments": 5}),
        ("signed", _SIGNED | {"step": "seventh"}),
        ("signed", _SIGNED | {"report": ["a"]}),
        ("published", {"seal": "s", "files": None}),
        ("published", {"seal": "s", "approved": [3]}),
        ("of-a-later-version", ["a"]),
    ],
)
def test_a_content_that_gktools_never_writes_is_told_in_words(log, kind, body):
    before = log.entries()[-1]
    forged = replace(before, number=4, kind=kind, content=canonical(body), previous=before.hash, hash="")
    row = forged.to_json() | {"body": forged.content, "hash": plain_hash(forged.hashed), "mark": ""}
    with log._store.engine.begin() as connection:
        connection.execute(ENTRIES.insert().values(row))

    assert any(sentence.startswith("第 4 条") for sentence in log.verify())
    with suppress(ReviewError):
        review_state(log.entries(), None)


@pytest.mark.parametrize("column", ["at", "office", "year", "person", "kind", "body", "previous", "hash", "mark"])
def test_bytes_in_the_place_of_a_text_are_told_in_words(tmp_path, column):
    with Log(open_store(tmp_path), tmp_path) as log:
        for text in ("一", "二", "三"):
            add(log, text)
        tamper(log, f"UPDATE review_entries SET {column} = x'ff00' WHERE number = 2")

        assert any("第 2 条" in sentence for sentence in log.verify())
        with pytest.raises(ReviewError, match="gktools review verify"):
            log.entries()


def test_a_kept_content_that_is_no_bytes_is_told(tmp_path):
    with Log(open_store(tmp_path), tmp_path) as log:
        add(log)
        digest = log.put_blob(b"a")
        tamper(log, "UPDATE review_kept SET data = 'text'")

        assert [one.split("：")[0] for one in log.verify()] == [f"留存的内容 {digest[:12]} 被改动过"]
        with pytest.raises(ReviewError, match="被改动过"):
            log.get_blob(digest)


def test_a_log_that_was_dropped_is_noticed_by_the_note_in_the_store(log, tmp_path):
    tamper(log, "DROP TABLE review_entries")
    (tmp_path / HEAD_FILE).unlink()

    assert log.verify() == ["末尾少了：原来写到第 3 条，现在只有 0 条"]
    with pytest.raises(ReviewError, match="没有写入"):
        add(log)


def test_a_note_taken_out_of_the_store_is_missed(log):
    tamper(log, "DROP TABLE review_head")

    assert log.verify() == ["台账库里没有记审签记录写到了哪一条：说不清末尾有没有被删掉的"]


def test_a_log_as_long_as_the_one_found_whole_that_has_another_entry_is_not_believed(log, tmp_path):
    assert log.verify() == []
    take_seen(tmp_path, LogHead(3, log.entries()[1].hash))

    assert [sentence.partition("，")[0] for sentence in log.verify()] == ["这个程序先前核对过第 3 条"]
    with pytest.raises(ReviewError, match="或者不是那一条：换回了较早的"):
        log.append("minzheng", 2024, "甲", CommentBody("", "接着写"))


def test_an_entry_earlier_than_the_one_before_is_found_and_is_no_damage(log):
    log.append("minzheng", 2024, "乙", CommentBody("", "早"), now=DAY.replace(day=19))

    assert log.verify() == []
    assert [entry.number for entry in misdated(log.entries(), "2026-01-01")] == [4]


@pytest.mark.parametrize(
    ("days", "wrong"),
    [
        ("11 12 13", []),
        ("11 11 11", []),
        ("11 12 10 13", [3]),
        ("11 28 12 13", [2]),
        ("11 27 28 12", [2, 3]),
        ("27 28 11 12 13", [1, 2]),
        ("11 27 12 28 13", [2, 4]),
        ("27 28", [1, 2]),
        ("", []),
    ],
)
def test_of_wrong_clocks_the_entries_that_they_dated_are_named_and_not_whoever_wrote_next(days, wrong):
    """The 26th is now."""
    entries = [LogEntry(number, f"2025-01-{day}", "", 0, "甲", "") for number, day in enumerate(days.split(), start=1)]

    assert [entry.number for entry in misdated(entries, "2025-01-26")] == wrong


def test_the_first_entry_names_the_key_and_another_key_is_found(log, tmp_path):

    secret = bytes.fromhex((tmp_path / "records.key").read_text(encoding="ascii"))
    assert log.entries()[0].previous == key_name(secret)
    (tmp_path / "records.key").write_text("ab" * 32, encoding="ascii")
    check = Key(bytes.fromhex("ab" * 32)).check
    tamper(log, "UPDATE meta SET key_check = :check", check=check)
    with pytest.raises(RecordsError, match="和刚才读到的不是同一把"):
        log.verify()
    as_another_process()

    assert any("写明的密钥不是现在这一把" in sentence for sentence in log.verify())
    with pytest.raises(ReviewError, match="印记对不上"):
        add(log)


def test_a_log_of_an_older_gktools_is_whole_and_goes_on_with_notes_that_have_marks(log, tmp_path):
    make_log_older(log._store.engine, tmp_path)

    assert log.verify() == []
    add(log)
    assert log.verify() == []
    assert len((tmp_path / HEAD_FILE).read_text(encoding="ascii").split()) == 3


def test_a_loss_is_accepted_by_an_entry_that_says_so_for_ever(log):
    with pytest.raises(ReviewError, match="末尾没有缺"):
        log.accept_loss("管理员", "磁盘坏了，找不回来")
    tamper(log, "DELETE FROM review_entries WHERE number > 1")
    with pytest.raises(ReviewError, match="--reason"):
        log.accept_loss("管理员", "")
    body = log.accept_loss("管理员", "磁盘坏了，找不回来", now=DAY).body

    assert (body.found, body.reason) == ("末尾少了：原来写到第 3 条，现在只有 1 条", "磁盘坏了，找不回来")
    add(log)
    assert log.verify() == []
    assert [entry.kind for entry in log.entries()] == ["comment", "loss", "comment"]


# --- what is kept -----------------------------------------------------------------------------------------------


def test_a_body_that_is_no_longer_json_is_told_and_not_read(log):
    tamper(log, "UPDATE review_entries SET body = '{' WHERE number = 2")

    with pytest.raises(ReviewError, match="gktools review verify"):
        log.entries()
    assert "第 2 条" in log.verify()[0]


def test_a_guard_that_refuses_leaves_no_entry(log):
    def refuse(_):
        raise ReviewError("不行")

    with pytest.raises(ReviewError, match="不行"):
        log.append("minzheng", 2024, "甲", CommentBody("", ""), guard=refuse)
    assert len(log.entries()) == 3


def test_what_is_kept_comes_back_and_a_change_of_it_is_found(log):
    digest = log.put_blob(b"report")
    assert log.put_blob(b"report") == digest
    assert log.get_blob(digest) == b"report"

    tamper(log, "UPDATE review_kept SET data = :data", data=b"x")
    with pytest.raises(ReviewError, match="改动"):
        log.get_blob(digest)
    assert [one.split("：")[0] for one in log.verify()] == [f"留存的内容 {digest[:12]} 被改动过"]
    with pytest.raises(NotFoundError, match="records restore"):
        log.get_blob("0" * 64)
    log.put_blob(b"report")
    assert log.get_blob(digest) == b"report"


@pytest.mark.parametrize("packed", [zlib.compress(b"other"), zlib.compress(b"report")[:-5], b"report", "report", None])
def test_nothing_is_kept_under_a_hash_but_what_has_it(log, packed):
    digest = sha256(b"report").hexdigest()
    with log._store.engine.begin() as connection:
        keep(connection, digest, packed)
    with pytest.raises(NotFoundError):
        log.get_blob(digest)


def test_what_unpacks_to_more_than_is_ever_kept_is_unpacked_no_further(log, monkeypatch):
    digest = log.put_blob(b"0" * 2000)
    for module in ("gktools.review.log", "gktools.registers.store.journal"):
        monkeypatch.setattr(f"{module}.MOST_KEPT", 1999)
    with pytest.raises(ReviewError, match="改动"):
        log.get_blob(digest)
    assert [one.split("：")[0] for one in log.verify()] == [f"留存的内容 {digest[:12]} 被改动过"]
    with pytest.raises(ReviewError, match="留存不了"):
        log.put_blob(b"1" * 2000)


def test_what_was_kept_for_an_entry_and_is_gone_is_found(log):
    report, page = log.put_blob(b"report"), log.put_blob(b"page")
    log.append("minzheng", 2024, "甲", ViewedBody(report))
    log.append("minzheng", 2024, "甲", PublishedBody("", report, {"report.html": page}))
    assert log.verify() == []

    tamper(log, "DELETE FROM review_kept")
    assert [one.split("：")[0] for one in log.verify()] == [
        f"留存的内容 {report[:12]} 不见了，第 4 条里说到它",
        f"留存的内容 {page[:12]} 不见了，第 5 条里说到它",
    ]
    tamper(log, "UPDATE review_entries SET body = '[]' WHERE number = 5")
    assert any("第 5 条" in sentence and "改动" in sentence for sentence in log.verify())


def test_the_log_is_exported_as_lines_that_can_be_checked_without_the_store(log, tmp_path):

    assert log.export(tmp_path / "log.jsonl") == 3
    assert (tmp_path / "log.jsonl").stat().st_mode & 0o077 == 0
    with pytest.raises(ReviewError, match="^log.jsonl 写不进去"):
        log.export(tmp_path / "nowhere/log.jsonl")

    entries = [
        LogEntry.from_json(json.loads(line))
        for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert all(entry.is_whole for entry in entries)
    assert [entry.previous for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    assert {entry.hash.partition(":")[0] for entry in entries} == {entries[0].previous.partition(":")[0]} == {"sha256"}


def test_twenty_who_write_at_once_lose_nothing(url, tmp_path):
    def write(number):
        with Log(open_store(tmp_path, url), tmp_path) as log:
            log.append(f"o-{number}", 2024, f"甲{number}", CommentBody("", "好"))

    open_store(tmp_path, url).close()
    writers = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    with Log(open_store(tmp_path, url), tmp_path) as log:
        assert {entry.code for entry in log.entries()} == {f"o-{number}" for number in range(20)}
        assert log.verify() == []


WRITER = """
import sys
from pathlib import Path
from gktools.registers.store.journal import ENTRIES
from gktools.registers.store.privacy import Key
from gktools.registers.store.opening import open_store
from gktools.review.entries import CommentBody
from gktools.registers.store.log_audit import canonical, key_name
from gktools.review.log import Log
home = Path(sys.argv[1])
with Log(open_store(home), home) as log:
    for number in range(10_000):
        log.append("minzheng", 2024, "甲", CommentBody("", str(number)))
        print(number, flush=True)
"""


@pytest.mark.parametrize("after", [1, 7])
def test_an_entry_that_was_reported_survives_kill_9(tmp_path, after):
    open_store(tmp_path).close()
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    told = [next(writer.stdout) for _ in range(after)][-1]
    os.kill(writer.pid, signal.SIGKILL)
    told = ([told, *writer.stdout])[-1]
    writer.stdout.close()
    writer.wait()

    with Log(open_store(tmp_path), tmp_path) as log:
        assert len(log.entries()) >= int(told) + 1
        assert log.verify() == []
        log.append("minzheng", 2024, "甲", CommentBody("", "后来"))
        assert log.verify() == []


def test_a_restored_backup_of_the_registers_takes_nothing_from_the_log(log, url, tmp_path):
    with open_store(tmp_path, url) as store:
        backup = store.backup(tmp_path / "b.backup.db")
        log.append("minzheng", 2024, "甲", CommentBody("", "后来"))
        store.restore(backup, NOW)

    assert len(log.entries()) == 4
    assert log.verify() == []


def test_a_backup_brings_the_log_to_a_new_machine(log, url, tmp_path):
    digest = log.put_blob(b"report")
    log.append("minzheng", 2024, "甲", ViewedBody(digest))
    with open_store(tmp_path, url) as store:
        backup = store.backup(tmp_path / "b.backup.db")
    new = tmp_path / "new"
    new.mkdir()
    for name in ("records.key", HEAD_FILE):
        (new / name).write_bytes((tmp_path / name).read_bytes())
    with open_store(new) as store:
        store.restore(backup, NOW, log=LogChange(add=tuple(entry.hash for entry in log.entries())))

    with Log(open_store(new), new) as moved:
        assert len(moved.entries()) == 4
        assert moved.get_blob(digest) == b"report"
        assert moved.verify() == []


def test_a_store_without_its_key_takes_no_entry(log, tmp_path):
    (tmp_path / "records.key").unlink()

    with pytest.raises(RecordsError, match="密钥"):
        log.append("minzheng", 2024, "甲", CommentBody("", ""))


# --- what the log knows of the registers -----------------------------------------------------------------------


def put_back(home, then):
    """Put the tables of the registers, and records.head, back to what they were; the review log stays as it is."""
    from gktools.registers.store.database import METADATA

    with closing(sqlite3.connect(home / NAME)) as database, database:
        database.execute("ATTACH ? AS earlier", (str(then / NAME),))
        for table in METADATA.sorted_tables:
            database.execute(f"DELETE FROM {table.name}")
            database.execute(f"INSERT INTO {table.name} SELECT * FROM earlier.{table.name}")
    shutil.copy(then / "records.head", home / "records.head")


def cases(*numbers):
    rows = [{"number": n, "received_on": "2024-03-01", "applicant": "自然人"} for n in numbers]
    return sheet("requests", 2024, rows)


@pytest.fixture
def folder_put_back(tmp_path):
    """A folder whose registers are those of before the last import, which the log knows."""
    home, then = tmp_path / "work", tmp_path / "then"
    home.mkdir()
    with Log(open_store(home), home) as log:
        log._store.add([cases("1")], NOW)
        log.append("minzheng", 2024, "甲", CommentBody("", "看过"), now=DAY)
        shutil.copytree(home, then)
        log._store.add([cases("1", "2")], NOW)
        note_imports(log._store, home, "甲")
    put_back(home, then)
    return home


def test_registers_put_back_alone_are_missed_by_every_audit_and_nothing_goes_on(folder_put_back):
    missed = "审签记录写第 2 条的时候，台账库里有第 2 次导入，现在没有"
    with Log(open_store(folder_put_back), folder_put_back) as log:
        told = [log.verify(), log._store.audit(), log._store.audit("minzheng")]
        refused = [
            lambda: log._store.add([cases("1", "3")], NOW),
            lambda: log._store.undo(1, NOW),
            lambda: log._store.load_records("minzheng", 2024, audited=True),
            lambda: log.append("minzheng", 2024, "乙", CommentBody("", "也看过")),
            log.verified,
            lambda: log._store.backup(folder_put_back / "copy.db"),
        ]
        for act in refused:
            with pytest.raises((RecordsError, ReviewError), match=missed):
                act()

    assert [[missed in one for one in found] for found in told] == [[True]] * 3


@pytest.mark.parametrize(
    "command",
    [
        "DELETE FROM review_entries WHERE number = 2",
        "UPDATE review_entries SET body = '{}' WHERE number = 2",
        "UPDATE review_entries SET number = 0 WHERE number = 2",
        "ALTER TABLE review_entries RENAME TO hidden",
    ],
)
def test_the_entry_that_knows_is_hidden_from_no_audit_of_the_registers(folder_put_back, command):
    with open_store(folder_put_back) as store:
        with store.engine.begin() as connection:
            connection.execute(sa.text(command))

        assert store.audit("minzheng") != []
        with pytest.raises((ReviewError, RecordsError)):
            Log(store, folder_put_back).append("caizheng", 2024, "乙", CommentBody("", "这一条写着较早的导入"))
        with pytest.raises(RecordsError, match="台账库不是导入时的样子"):
            store.load_records("minzheng", 2024, audited=True)


def test_registers_put_back_for_good_are_gone_on_with_by_a_restore_or_an_entry_that_says_so(folder_put_back):
    home = folder_put_back
    with Log(open_store(home), home) as log:
        log.accept_loss("技术甲", "硬盘坏了，找不回来")
        assert (log.verify(), log._store.audit()) == ([], [])
        old = log._store.backup(home / "old.db")
        log._store.add([cases("1", "3")], NOW)
        note_imports(log._store, home, "甲")
        log._store.restore(old)
        assert (log.verify(), log._store.audit()) == ([], [])
        log.append("minzheng", 2024, "乙", CommentBody("", "恢复以后"))
        assert log.verify() == []


def test_what_was_imported_meanwhile_makes_no_second_entry_of_the_same_words(tmp_path):
    with Log(open_store(tmp_path), tmp_path) as log:
        said = CommentBody("", "一样的话")
        log.append("minzheng", 2024, "甲", said, once=True)
        log._store.add([cases("1")], NOW)
        log.append("minzheng", 2024, "甲", said, once=True)

        assert len(log.entries()) == 1


def test_a_store_whose_log_has_entries_about_no_report_is_backed_up(tmp_path):
    with Log(open_store(tmp_path), tmp_path) as log:
        log.append("", 0, "技术甲", UserBody("甲", "added"))

        assert log._store.backup_errors(log._store.backup(tmp_path / "copy.db")) == []


@pytest.mark.parametrize(
    "hide", ["ALTER TABLE review_entries RENAME TO hidden", "UPDATE review_entries SET number = -number"]
)
def test_an_import_that_finds_the_entries_hidden_says_that_it_is_not_noted(tmp_path, hide):
    with Log(open_store(tmp_path), tmp_path) as log:
        log.append("minzheng", 2024, "甲", CommentBody("", "看过"))
        log._store.add([cases("1")], NOW)
        tamper(log, hide)

        assert "没有记进审签记录" in note_imports(log._store, tmp_path, "甲")
        tamper(log, "DROP TABLE IF EXISTS review_head")
        assert "没有记进审签记录" in note_imports(log._store, tmp_path, "甲"), "review.head says that there is a log"


_RESTORE = "INSERT INTO imports SELECT {}, 'restore', NULL, file, person, reason, moment, '', '', {}, hash FROM imports"


@pytest.mark.parametrize(
    "commands",
    [
        [_RESTORE.format(3, "''")],
        [_RESTORE.format(2, "'KNOWN'")],
        [
            "ALTER TABLE imports RENAME TO imports_",
            "CREATE TABLE imports (id, kind, undoes, file, person, reason, moment, carried, sealed_at, earlier, hash)",
            "INSERT INTO imports SELECT * FROM imports_",
            _RESTORE.format("'3'", "''"),
        ],
    ],
    ids=["a restore", "its former hash", "a number that is a text"],
)
def test_no_row_without_a_seal_lets_the_log_forget_the_last_import(folder_put_back, commands):
    with Log(open_store(folder_put_back), folder_put_back) as log:
        known = json.loads(log.entries()[-1].content)["last_import"].partition(" ")[2]
        for command in commands:
            tamper(log, command.replace("KNOWN", known))

        with pytest.raises(ReviewError, match="审签记录写第 2 条的时候，台账库里有第 2 次导入，现在没有"):
            log.append("minzheng", 2024, "乙", CommentBody("", "也看过"))
        assert len(log.entries()) == 2
        assert any("现在没有" in sentence for sentence in log.verify())


def test_a_last_import_without_a_seal_is_named_by_no_entry(tmp_path):
    with Log(open_store(tmp_path), tmp_path) as log:
        log._store.add([cases("1")], NOW)
        log._store.add([cases("1", "2")], NOW)
        tamper(log, "UPDATE imports SET person = '别人' WHERE id = 2")

        with pytest.raises(ReviewError, match="没有写入：最后一次导入（第 2 次）和印记对不上"):
            log.append("minzheng", 2024, "乙", CommentBody("", "看过"))


def test_tables_of_imports_that_somebody_has_added_to_stop_the_log(tmp_path):
    with Log(open_store(tmp_path), tmp_path) as log:
        log.append("minzheng", 2024, "甲", CommentBody("", "看过"))
        tamper(log, "ALTER TABLE imports ADD COLUMN more INTEGER GENERATED ALWAYS AS (id + 1)")

        with pytest.raises(ReviewError, match=r"不是 gktools 建的东西.*：imports\.more"):
            log.append("minzheng", 2024, "乙", CommentBody("", "也看过"))
        assert "imports.more" in log.verify()[0]


@pytest.mark.parametrize("decided", ["once", "guard"])
def test_what_was_done_already_is_decided_on_no_log_with_hidden_entries(tmp_path, decided):
    with Log(open_store(tmp_path), tmp_path) as log:
        said, seen = CommentBody("", "数不对，请核对"), []
        log.append("minzheng", 2024, "甲", said)
        log.append("minzheng", 2024, "乙", CommentBody("", "核对过了"))
        log.append("caizheng", 2024, "丙", CommentBody("", "别的报告"))
        tamper(log, "UPDATE review_entries SET office = 'hidden' WHERE number = 2")
        how = {"once": True} if decided == "once" else {"guard": seen.append}

        with pytest.raises(ReviewError, match="审签记录不完整，没有写入：第 2 条.*的内容被改动过"):
            log.append("minzheng", 2024, "甲", said, **how)
        assert seen == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE review_entries SET office = 'hidden' WHERE number = 2", "第 2 条不是由 gktools 写入的"),
        ("UPDATE review_entries SET number = 20 WHERE number = 2", "没有写入"),
        ("UPDATE review_entries SET office = 'hidden' WHERE number = 4", "第 4 条"),
    ],
)
def test_what_a_process_has_found_whole_before_is_hidden_from_it_no_more(tmp_path, change, told):
    with Log(open_store(tmp_path), tmp_path) as log:
        for number in range(3):
            log.append("minzheng", 2024, "甲", CommentBody("", f"第{number}句"))
        log.append("caizheng", 2024, "甲", CommentBody("", "别的报告"), once=True)
        log.append("caizheng", 2024, "甲", CommentBody("", "末尾"))
        tamper(log, change)

        with pytest.raises(ReviewError, match=told):
            log.append("minzheng", 2024, "甲", CommentBody("", "第2句"), once=True)


def test_a_process_that_appends_reads_what_was_added_and_what_is_asked_for(tmp_path):
    with Log(open_store(tmp_path), tmp_path) as log:
        for number in range(5):
            log.append(f"office{number}", 2024, "甲", CommentBody("", ""), once=True)
        given = []
        log.append("office3", 2024, "乙", CommentBody("", ""), guard=given.extend)
        log.append("office3", 2024, "丙", CommentBody("", ""), guard=given.extend)

        assert [entry.number for entry in given] == [4, 4, 6]


def test_a_loss_that_is_accepted_names_everything_that_is_lost(folder_put_back):
    home = folder_put_back
    with Log(open_store(home), home) as log:
        tamper(log, "DELETE FROM review_head")

        said = log.accept_loss("技术甲", "硬盘坏了，找不回来").body.to_json()
    assert "台账库里没有记" in str(said)
    assert "第 2 次导入，现在没有" in str(said)


WRITTEN = [
    *(
        ReturnedBody(Step.HEAD, "甲乙"),
        CommentBody("problems:1", "甲乙"),
        CommentBody("甲乙", "改"),
        AnswerBody(1, "甲乙"),
    ),
    *(
        DecisionBody(Finding("B1", Severity.EXPLAIN, "甲"), "explained", "甲乙"),
        AttachedBody("甲乙.pdf", "application/pdf", "0" * 64),
    ),
    *(
        NotebookBody("0" * 64, "甲乙"),
        KeyBody("k", reason="甲乙"),
        LossBody("甲", "甲乙"),
        BroughtInBody("a", 2023, "甲乙", "0" * 64),
        RestoredBody("a.backup.db", "甲乙"),
        UserBody("甲", "locked", reason="甲乙"),
    ),
    *(PublishedBody("0" * 64, accepted=Accepted((), "甲乙")), PublishedBody("0" * 64, correction=Correction("甲乙"))),
]


def test_a_number_of_a_person_is_refused_in_whatever_somebody_writes_into_the_log(log):
    before = log.count()
    for number in ("13987654321", "11010119900307775X", "6222021234567890003"):
        for body in WRITTEN:
            filled = canonical(body.to_json()).replace("甲乙", f"张某 {number} 来问")
            with pytest.raises(ReviewError, match="写的内容里像是有"):
                log.append("a", 2024, "甲", read_body(body.entry_kind, json.loads(filled)))
    assert log.count() == before


def test_every_kind_of_entry_that_has_words_of_a_person_is_looked_at():
    free = {"reason", "text", "accepted", "correction"}
    kinds = {type(body) for body in WRITTEN}

    assert {kind for kind in EntryBody.__subclasses__() if free & {one.name for one in fields(kind)}} - kinds == set()


@pytest.mark.parametrize(("office", "told"), [("minzheng", 1), ("caizheng", 0)])
def test_registers_changed_in_the_name_of_a_locked_user_are_told_of_the_reports_that_count_them(log, office, told):
    log.append("", 0, "root", UserBody("民政甲", "locked", marked=True))
    log.append("", 0, "民政甲", ImportedBody({"minzheng": ["民政甲"]}))
    nobody_signed = review_state([], None)

    assert len(doubtful_acts(log.entries(), nobody_signed, {office})) == told
