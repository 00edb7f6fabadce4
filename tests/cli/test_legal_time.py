"""On a machine in UTC it is New Year's morning in China: every command has the day that the office's calendar has."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from gktools.registers.store.opening import open_store
from gktools.workspace.project import open_project

MORNING = "2025-12-31T16:30:00+00:00"
"""It is half past midnight of 2026-01-01 in China, and still 2025 in UTC."""
ROWS = (
    "单位：,my-office\n年度：,2026\n登记编号,收到申请日,申请人类型,答复日,答复类型\n1,2026-01-01,自然人,{},予以公开\n"
)


@pytest.fixture
def home(run, set_clock, tmp_path) -> Path:
    """An empty working folder made that morning."""
    set_clock(MORNING)
    assert run("init", "工作", "--empty")[0] == 0
    return tmp_path / "工作"


def test_a_new_folder_is_made_for_the_year_that_has_just_ended(home):
    assert open_project(home).years() == [2025]


def test_the_year_after_this_one_is_the_last_that_may_be_begun(run, home):
    assert run("year", "new", "2026", home=home)[0] == 0
    assert run("year", "new", "2027", home=home)[0] == 0
    assert "最多开到 2027 年" in run("year", "new", "2028", home=home)[2]


def test_templates_are_of_the_year_that_has_just_ended(run, home):
    run("records", "template", "--office", "my-office", "--out", "表", home=home)
    texts = {
        cell.value for sheet in openpyxl.load_workbook(home / "表/全部登记表.xlsx") for row in sheet for cell in row
    }

    assert {2025, "2025"} & texts
    assert not {2024, "2024"} & texts


def test_a_register_of_the_new_year_is_taken_and_today_is_no_future_day(run, home):
    (home / "登记.csv").write_text(ROWS.format("2026-01-01"), encoding="utf-8")
    (home / "明天.csv").write_text(ROWS.format("2026-01-02"), encoding="utf-8")
    _, out, err = run("records", "import", "登记.csv", home=home)
    with open_store(home) as store:
        (kept,) = store.coverage()
        (imported,) = store.imports()

    assert "2026 年 依申请公开登记表 1 条" in out, err
    assert not [text for text in kept.warnings if "以后的日子" in text]
    assert imported.moment == MORNING
    assert "2026-01-01 00:30" in run("records", "history", home=home)[1]
    assert "是今天（2026-01-01）以后的日子" in run("records", "import", "明天.csv", "--append", home=home)[2]


def test_a_year_not_yet_begun_is_refused_in_the_file_and_on_the_command_line(run, home):
    (home / "登记.csv").write_text(ROWS.format("").replace("2026", "2027"), encoding="utf-8")

    assert "到 2026；" in run("records", "import", "登记.csv", home=home)[2]
    assert "到 2026（" in run("records", "import", "登记.csv", "--year", "2027", home=home)[2]


def test_open_requests_are_listed_as_of_today_by_default(run, home):
    assert "截至 2026-01-01：" in run("deadlines", home=home)[1]


def test_the_index_page_counts_from_today(run, home, monkeypatch):
    monkeypatch.setattr("gktools.build.batch.build", lambda *_, **__: [])
    run("build", "--year", "2025", home=home)

    assert "截至 2026-01-01 还有 " in (home / "output/2025/index.html").read_text(encoding="utf-8")


def test_a_report_is_published_on_that_day(run, home, monkeypatch):
    asked = []
    monkeypatch.setattr("gktools.publication.publish.publish", lambda *given: (asked.append(given[4]), ([], []))[1])
    run("publish", "--year", "2025", home=home)

    assert [request.today.isoformat() for request in asked] == ["2026-01-01"]
