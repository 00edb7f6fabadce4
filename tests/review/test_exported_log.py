"""The auditor reads the log and nothing else: one exported file, with no store, no key and no working folder."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from typing import get_args

import pytest

from gktools.cli import review
from gktools.cli.log_lines import _ACTS, entry_line
from gktools.errors import GktoolsError
from gktools.registers.store.log_audit import canonical
from gktools.registers.store.opening import open_store
from gktools.review.entries import CommentBody, RestoredBody, UserAct, UserBody
from gktools.review.log import Log, LogEntry
from gktools.workspace.seals import plain_hash

DAY = datetime(2025, 1, 20, 1, 2, 3, tzinfo=UTC)


@pytest.fixture
def exported(tmp_path, monkeypatch):
    """The only file of the auditor's folder: three entries."""
    home = tmp_path / "work"
    home.mkdir()
    with Log(open_store(home), home, account="root") as log:
        log.append("minzheng", 2024, "民政甲", CommentBody("", "一个\n数\x1b[2J"), now=DAY)
        log.append("minzheng", 2024, "民政乙", CommentBody("", "退回"), now=DAY)
        log.append("", 0, "管理员", RestoredBody("a.backup.db", "换机器"), now=DAY)
        (own := tmp_path / "auditor").mkdir()
        log.export(own / "log.jsonl")
    shutil.rmtree(home)
    monkeypatch.chdir(own)
    for name in ("GKTOOLS_HOME", "GKTOOLS_RECORDS"):
        monkeypatch.delenv(name, raising=False)
    return own / "log.jsonl"


def audited(capsys, path, known=""):
    """Return the code with which the command ended, and what it said."""
    with pytest.raises(SystemExit) as end:
        review.audit(path, known)
    return end.value.code, capsys.readouterr().out


def test_an_auditor_reads_and_verifies_the_exported_log_with_nothing_else(exported, capsys):
    before = sorted(path.name for path in exported.parent.iterdir())
    code, told = audited(capsys, exported)

    assert (code, sorted(path.name for path in exported.parent.iterdir())) == (0, before)
    first, _, third, result, last = told.splitlines()
    assert first.startswith("第 1 条  2025-01-20 09:02  民政甲（账户 root）  批注  minzheng 2024 年度  一个")
    assert "\x1b" not in first
    assert third == "第 3 条  2025-01-20 09:02  管理员（账户 root）  恢复台账  不是某一份报告的  换机器"
    assert result == "审签记录共 3 条，没有发现不对"
    kept = last.removeprefix("最后一条：").partition("（")[0]
    assert audited(capsys, exported, kept)[0] == 0

    (noted := exported.with_name("kept.txt")).write_text(f"{kept}\n")
    exported.write_bytes(b"".join(exported.read_bytes().splitlines(keepends=True)[:-1]))
    assert audited(capsys, exported)[0] == 0  # cut off at the end: nothing inside knows
    for known in (kept, kept.replace("sha256:", ""), str(noted)):
        code, told = audited(capsys, exported, known)
        assert (code, "末尾少了：记下时写到第 3 条，现在只有 2 条" in told, "最后一条" in told) == (1, True, False)


def test_a_line_says_what_was_done_to_which_user():
    entry = LogEntry(
        1, "2025-01-20T01:02:03+00:00", "", 0, "root", "user", canonical(UserBody("甲", "locked").to_json())
    )

    assert entry_line(entry).endswith("root  用户变动  不是某一份报告的  锁住：甲")
    assert _ACTS.keys() == {*get_args(UserAct)}


def test_what_was_changed_removed_or_moved_in_an_exported_log_is_told(exported, capsys):
    first, second, third = exported.read_text(encoding="utf-8").splitlines(keepends=True)
    for lines, said in (
        ((first, second.replace("退回", "同意"), third), "第 2 条被改动过"),
        ((first, third), "第 2 条的地方写的是第 3 条"),
        ((first.replace("民政甲", "民政丁"), second, third), "第 1 条被改动过"),
    ):
        exported.write_text("".join(lines), encoding="utf-8")
        code, told = audited(capsys, exported)
        assert (code, said in told, "最后一条" in told) == (1, True, False), told


def test_an_entry_that_was_changed_with_its_hash_is_told_by_the_next_one(exported, capsys):
    first, second, third = exported.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = LogEntry.from_json(json.loads(second.replace("退回", "同意")))
    made_anew = json.loads(second.replace("退回", "同意")) | {"hash": plain_hash(changed.hashed)}
    exported.write_text(first + json.dumps(made_anew) + "\n" + third, encoding="utf-8")

    code, told = audited(capsys, exported)
    assert (code, "第 2 条被改动过" in told, "第 3 条不接着前一条" in told) == (1, False, True)


def test_an_empty_file_is_no_log_without_errors(exported, capsys):
    exported.write_bytes(b"")

    code, told = audited(capsys, exported)
    assert (code, "一条记录也没有" in told) == (1, True)


@pytest.mark.parametrize("manifest", ["{}", '{"outputs": {}}'])
def test_a_manifest_without_a_mark_is_compared_with_nothing_and_that_is_said(exported, manifest):
    (other := exported.with_name("manifest.json")).write_text(manifest)
    with pytest.raises(GktoolsError, match="没有审签记录的记号，没有对成"):
        review.audit(exported, str(other))


@pytest.mark.parametrize("line", ["x", "[]", json.dumps({"number": "1"}), "[" * 100_000, "{}"])
def test_a_file_that_is_no_exported_log_is_told_in_words(exported, line):
    exported.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(GktoolsError, match="第 1 行不是审签记录的一条"):
        review.audit(exported)
