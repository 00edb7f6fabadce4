"""A working folder of any name: nothing outside it is read or written, least of all the neighbour it could be taken for."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from projects import keep, make_project

from gktools.build.reproduce import reproduce
from gktools.build.run import run_report_job
from gktools.errors import GktoolsError
from gktools.registers.store.opening import open_store
from gktools.review.accounts import Accounts
from gktools.review.board import Boards
from gktools.review.entries import CommentBody
from gktools.review.log import open_log
from gktools.review.users import Users
from gktools.starter.scaffold import new_project
from gktools.workspace.project import Project, open_project

YEAR, CODE = 2024, "jiaoyu"
OFFICES = {CODE: {"names": [{"name": "示例区教育局"}], "kind": "county_department"}}
NEIGHBOURS = ("a b", "q", "r2024", "a")
"""What the names would be if they were decoded, cut off, filled in or matched as a pattern."""
NAMES = ["a%20b", "q?1", "r{year}", "[a]", "#x", "空 格", "a'b", "-x", "x.", "长" * 80, "{", "x" * 250]


def made(tmp_path: Path, name: str) -> Project:
    """A working folder of a name, with neighbours whose store is empty."""
    for neighbour in NEIGHBOURS:
        (tmp_path / neighbour).mkdir()
        (tmp_path / neighbour / "records.db").touch()
    project = make_project(tmp_path / name, OFFICES, {(YEAR, CODE): {"text": {"problems": "一是目录更新偏慢。" * 9}}})
    (project.home / "output").mkdir()
    return project


def outside(tmp_path: Path, home: Path) -> dict[str, tuple[int, int]]:
    """Size and time of everything that is not in the folder."""
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for top in tmp_path.iterdir()
        if top != home
        for path in (top, *top.rglob("*"))
    }


@pytest.mark.parametrize("name", NAMES)
def test_registers_log_users_and_backup_stay_in_their_folder(tmp_path, monkeypatch, name):
    project = made(tmp_path, name)
    monkeypatch.chdir(project.home)
    before = outside(tmp_path, project.home)
    keep(project, CODE, YEAR, {})
    with open_log(project) as log:
        log.append(CODE, YEAR, "甲", CommentBody("", "句"))
        assert log.verify() == []
    Users(Accounts(project.home)).add("甲", login="jia")
    Boards(project.home).read(project, YEAR, "甲", date(2025, 1, 20))
    with open_store(project.home) as store:
        store.backup(project.home / "一.backup.db")
        store.restore(project.home / "一.backup.db")
        assert len(store.imports()) == 2

    kept = {path.name for path in project.home.iterdir()}
    assert {
        "records.db",
        "review.head",
        "review-users.db",
        "一.backup.db",
        "records.before-restore-1.backup.db",
    } <= kept
    assert outside(tmp_path, project.home) == before


def test_a_folder_whose_name_is_no_text_is_refused_before_anything_is_made(tmp_path):
    home = tmp_path / os.fsdecode(b"\xff")
    with pytest.raises(GktoolsError, match="请先给目录改名"):
        new_project(home, empty=True)

    assert not home.exists()
    with pytest.raises(GktoolsError, match="请先给目录改名"):
        open_project(home)


@pytest.mark.parametrize("name", ["a%20b", "r{year}"])
def test_a_report_is_made_in_its_folder_and_made_again_alike(tmp_path, name):
    project = made(tmp_path, name)
    before = outside(tmp_path, project.home)
    keep(project, CODE, YEAR, {})
    ref = project.report(CODE, YEAR)
    outcome = run_report_job(ref, "示例区教育局")

    assert (outcome.status, outcome.message) == ("built", "")
    assert reproduce(ref.folder / "manifest.json").identical
    assert outside(tmp_path, project.home) == before
