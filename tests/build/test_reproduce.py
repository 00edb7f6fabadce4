"""The same inputs give the same bytes, wherever and whenever; and what differs is named where they do not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from machine import REPOSITORY
from projects import keep, make_project, write_yaml

from gktools.build import reproduce as reproducing
from gktools.build.batch import BuildOptions, build
from gktools.build.export import ExportOptions, export_reports
from gktools.build.reproduce import Reproduction, SignedReport, compare_reports, reproduce
from gktools.errors import GktoolsError, NotFoundError
from gktools.workspace.output import hash_bytes
from gktools.workspace.project import open_project
from gktools.workspace.report_data import read_report_data
from gktools.workspace.seals import file_hash

YEAR = 2024
PROBLEMS = "（一）存在问题。一是目录更新偏慢。（二）改进措施。一是每月核对一次，逐项登记，责任到人，年底通报。"
OFFICES = {
    "qu": {"names": [{"name": "示例区人民政府"}], "kind": "county_government"},
    "qu-all": {"names": [{"name": "示例区人民政府"}], "kind": "county_government", "rolls_up": "qu"},
    "jiaoyu": {"names": [{"name": "示例区教育局"}], "kind": "county_department", "parent": "qu"},
    "caizheng": {"names": [{"name": "示例区财政局"}], "kind": "county_department", "parent": "qu"},
}
ONE = {
    "number": "1",
    "channel": "当面",
    "arrived_on": "2024-03-01",
    "applicant": "自然人",
    "replied_on": "2024-03-20",
    "disposition": "予以公开",
    "articles": "36(二)",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A government of three offices whose reports were made."""
    text = {"text": {"problems": PROBLEMS * 2}}
    project = make_project(tmp_path_factory.mktemp("made") / "work", OFFICES, {(YEAR, code): text for code in OFFICES})
    for code in ("qu", "jiaoyu", "caizheng"):
        keep(project, code, YEAR, {"requests": [ONE]})
    assert {outcome.status for outcome in build(project, [YEAR], options=BuildOptions(workers=1))} == {"built"}
    return project.home


@pytest.fixture
def home(made, tmp_path) -> Path:
    """A copy of it elsewhere, to spoil."""
    shutil.copytree(made, tmp_path / "elsewhere")
    return tmp_path / "elsewhere"


def verified(home: Path, code: str = "jiaoyu") -> Reproduction:
    return reproduce(home / f"output/{YEAR}/{code}/manifest.json")


def spoil(home: Path, name: str, old: str, new: str, code: str = "jiaoyu") -> None:
    """Change what stands in a file of a report."""
    path = home / f"output/{YEAR}/{code}" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("code", ["jiaoyu", "qu-all"])
def test_a_report_is_made_again_byte_for_byte_in_another_folder(home, code):
    verdict = verified(home, code)

    assert verdict.identical, verdict
    assert verdict.differences == verdict.inputs == ()


def test_records_that_came_later_do_not_matter(home):
    keep(open_project(home), "jiaoyu", YEAR, {"requests": [ONE, ONE | {"number": "2"}]})

    assert verified(home).identical


def test_a_figure_altered_in_report_json_is_named_by_its_cell(home):
    spoil(home, "report.json", '"value": 1,', '"value": 9,')
    verdict = verified(home)

    assert verdict.altered == ("report.json",)
    assert verdict.inputs == ()
    assert verdict.differences == ("表三“一、本年新收政府信息公开申请数量”行“自然人”列原来是 9，重做出来是 1",)


def test_a_sentence_altered_in_the_page_is_named(home):
    spoil(home, "report.html", "目录更新偏慢", "目录更新很快")
    verdict = verified(home)

    assert verdict.altered == ("report.html",)
    assert "目录更新很快" in verdict.differences[0]


def test_a_parameter_that_changed_is_named_with_the_sentence_it_changed(home):
    write_yaml(home / f"params/{YEAR}/jiaoyu.yaml", {"text": {"problems": PROBLEMS.replace("偏慢", "太慢") * 2}})
    verdict = verified(home)

    assert not verdict.identical
    assert verdict.altered == ()
    assert verdict.inputs == ("参数或单位表",)
    assert any("一是目录更新偏慢。" in said and "一是目录更新太慢。" in said for said in verdict.differences)


def test_the_office_whose_report_changed_is_named_as_an_input_of_the_governments(home):
    write_yaml(home / f"params/{YEAR}/caizheng.yaml", {"text": {"problems": PROBLEMS * 3}})
    verdict = verified(home, "qu-all")

    assert [name[:6] for name in verdict.inputs] == ["示例区财政局"]
    assert any("示例区财政局报来以后" in said for said in verdict.differences)


def test_a_file_that_is_gone_is_named(home):
    (home / f"output/{YEAR}/jiaoyu/review.html").unlink()

    assert verified(home).differences == ("review.html 不见了",)


def test_a_manifest_that_is_missing_broken_or_elsewhere_is_said_so(home, tmp_path):
    path = home / f"output/{YEAR}/jiaoyu/manifest.json"
    with pytest.raises(NotFoundError, match=r"没有 manifest\.json"):
        reproduce(tmp_path / "manifest.json")
    text = path.read_text(encoding="utf-8")
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(NotFoundError, match="工作目录"):
        reproduce(tmp_path / "manifest.json")
    for broken in (text[:100], "[]", '{"office": 1}'):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(GktoolsError, match="、不完整或者不是报告的清单"):
            reproduce(path)


def test_parameters_nobody_can_use_any_more_are_said_so(home):
    write_yaml(home / f"params/{YEAR}/jiaoyu.yaml", {"text": {"problemss": ""}})

    with pytest.raises(GktoolsError, match=r"做不出来了.*\n?.*jiaoyu\.yaml"):
        verified(home)


def test_a_newer_program_words_rules_otherwise_but_changes_no_severity_and_no_digit(tmp_path):
    finding = {"code": "x", "severity": "block", "message": "对不上", "fingerprint": "ab", "rule": "旧的说法"}
    written = {"schema": "gktools.report/1", "tables": [{"value": 1.5}], "findings": [finding]}

    def same(other: dict) -> bool:
        for name, data in (("old", written), ("new", other)):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "report.json").write_text(json.dumps(data), encoding="utf-8")
        return reproducing._same_but_for_version("report.json", tmp_path / "old", tmp_path / "new")

    assert same(written | {"schema": "gktools.report/2", "findings": [finding | {"rule": "新的说法"}]})
    for change in ({"severity": "hint"}, {"message": "小事"}, {"fingerprint": "cd"}, {"code": "y"}):
        assert not same(written | {"findings": [finding | change]})
    assert not same(written | {"tables": [{"value": 1.6}]})
    assert not same(written | {"more": 1})


def test_a_report_compared_with_itself_differs_nowhere(home):
    report = read_report_data((home / f"output/{YEAR}/qu-all/report.json").read_bytes())

    assert list(compare_reports(report, report)) == []


# --- two folders, two days, two orders ----------------------------------------------------------------------

CLOCK = "import time\n_real = time.time\ntime.time = lambda: _real() + {seconds}\n"
DATED = ("index.html", ".seen.json")
"""What is of its day: the board, and what the last batch remembers of its files."""


def run(home: Path, shim: Path, seconds: int, zone: str, *arguments: str) -> str:
    """Run gktools in a folder on a day so many seconds from now."""
    shim.mkdir()
    (shim / "sitecustomize.py").write_text(CLOCK.format(seconds=seconds), encoding="utf-8")
    path = os.pathsep.join([str(shim), str(REPOSITORY)])
    env = {
        **os.environ,
        "PYTHONPATH": path,
        "TZ": zone,
        "GKTOOLS_HOME": str(home),
        "PYTHONHASHSEED": str(seconds % 1000),
    }
    command = "import datetime; from gktools.__main__ import main; print(datetime.date.today()); main()"
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments], cwd=home, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[0]


def outputs(home: Path) -> dict[str, str]:
    files = (path for path in sorted((home / "output").rglob("*")) if path.is_file() and path.name not in DATED)
    return {path.relative_to(home).as_posix(): hash_bytes(path.read_bytes()) for path in files}


def test_two_folders_on_two_days_in_two_orders_by_one_worker_or_two_give_the_same_bytes(made, tmp_path):
    one, two = tmp_path / "one", tmp_path / "another folder"
    for folder in (one, two):
        shutil.copytree(made, folder, ignore=shutil.ignore_patterns("output"))
        (folder / "output").mkdir()
    book = {"offices": dict(reversed(OFFICES.items()))}  # JSON is YAML, and keeps the order
    (two / "params/offices.yaml").write_text(json.dumps(book, ensure_ascii=False), encoding="utf-8")

    first = run(one, tmp_path / "now", 0, "Asia/Shanghai", "build", "--workers", "1")
    backwards = [part for code in reversed(OFFICES) for part in ("--office", code)]
    half_a_year = 182 * 24 * 3600
    later = run(
        two,
        tmp_path / "later",
        half_a_year,
        "America/New_York",
        "build",
        "--year",
        "2024",
        "--workers",
        "2",
        *backwards,
    )

    assert first != later
    assert len(outputs(one)) >= 4 * 5
    assert outputs(one) == outputs(two)
    assert outputs(one) == outputs(made)


def test_documents_are_written_again_unless_they_were_made_from_the_very_notebook(home, monkeypatch):
    project = open_project(home)
    ref = project.report("caizheng", YEAR)
    (exported,) = export_reports(project, YEAR, ["caizheng"], ["csv"], options=ExportOptions(here=True))
    files = {name: file_hash(ref.read(name)) for name in ("report.json", "report.html", "report.csv")}
    written = []
    monkeypatch.setattr(reproducing, "write_signed_documents", lambda folder: written.append(folder))
    signed = SignedReport.of(ref, ref.manifest(), files, exported.source)
    _, rebuilt = reproducing._rebuild(signed)
    assert (rebuilt.difference, rebuilt.newer, rebuilt.documents, written) == ("", False, {}, [])

    monkeypatch.setattr(
        reproducing,
        "write_signed_documents",
        lambda folder: written.append((folder / "report.csv").write_text("others")),
    )
    _, rebuilt = reproducing._rebuild(replace(signed, source=file_hash(b"another notebook")))
    assert (len(written), list(rebuilt.documents)) == (1, ["report.csv"])
