"""gktools read: what it prints, writes and returns."""

from __future__ import annotations

import io
import json
import random
import sys
from pathlib import Path

import pytest
from printed_layouts import as_html, draw, figures_of

from gktools.cli import main as cli
from gktools.workspace.own_files import NOTE

PAGE = as_html(draw(2023, figures_of(2023, random.Random(4)), "示例市某局"))


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def start(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["gktools", "read", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return start


def test_a_report_is_read_without_a_working_folder(run):
    Path("报告.html").write_text(PAGE, "utf-8")
    code, out, err = run("报告.html")

    assert (code, err) == (0, "")
    assert "示例市某局；年度：2023" in out
    assert "没有读准 0 格" in out


def test_json_is_one_list_of_reports_and_a_failure_is_told_aside(run):
    Path("报告.html").write_text(PAGE, "utf-8")
    Path("旧.doc").write_bytes(b"\xd0\xcf\x11\xe0" + "WordDocument".encode("utf-16-le"))
    code, out, err = run("报告.html", "旧.doc", "没有.html", "--json", "--unit", "另一个局", "--year", "2022", "--part")
    (entry,) = json.loads(out)

    assert code == 2
    assert (entry["unit"], entry["year"], entry["format"], entry["complete_tables"]) == (
        "另一个局",
        2022,
        "2021",
        False,
    )
    assert "旧.doc：是旧的 Word 文件" in err
    assert "没有.html：读不出来（没有这个文件或文件夹）" in err


def test_what_could_not_be_read_is_listed_and_the_code_is_1(run):
    Path("报告.html").write_text(PAGE.replace("<td>本年制发件数</td>", "<td></td>"), "utf-8")
    code, out, _ = run("报告.html")

    assert code == 1
    assert "没有读准：第二十条第（一）项/规章｜本年制发件数" in out


def test_files_and_marked_pages_are_written(run):
    Path("甲").mkdir()
    Path("甲/报告.html").write_text(PAGE, "utf-8")
    Path("报告.html").write_text(PAGE, "utf-8")
    code, _, _ = run("报告.html", "甲", "--out", "读回", "--show")

    assert code == 0
    assert sorted(path.name for path in Path("读回").iterdir()) == [
        NOTE,
        "报告.html-2.json",
        "报告.html-2（读法）.html",
        "报告.html.json",
        "报告.html（读法）.html",
    ]
    page = Path("读回/报告.html（读法）.html").read_text("utf-8")
    assert page.count('<td class="taken"') + page.count('" class="taken"') == 200
    assert "<small>一、本年新收政府信息公开申请数量｜自然人</small>" in page


def test_standard_input_is_a_file(run, monkeypatch):
    class Stdin:
        buffer = io.BytesIO(PAGE.encode())

    monkeypatch.setattr(sys, "stdin", Stdin())
    code, out, _ = run("-", "--json")

    assert code == 0
    assert json.loads(out)[0]["file"] == "-"
