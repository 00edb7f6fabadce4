"""gktools export: every file whole or not at all, names that every system allows, and a failure that costs one file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from projects import keep, make_project, write_yaml

from gktools.build.batch import BuildOptions, build
from gktools.build.export import ExportOptions, export_reports, file_names, select_formats
from gktools.errors import GktoolsError
from gktools.render.documents.formats import FORMATS
from gktools.workspace.own_files import NOTE
from gktools.workspace.project import Project, open_project

TEXT = {"text": {"problems": "一是问题。二是问题。改进：一是措施。二是措施。" * 4}}
CODES = ("caizheng", "minzheng", "renshe")
MADE_HERE = ("docx", "html", "json")
"""Formats that need no library of an extra."""


@pytest.fixture(scope="module")
def _finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("export") / "work"
    offices = {code: {"names": [{"name": f"示例区{code}局"}], "kind": "county_department"} for code in CODES}
    project = make_project(home, offices, {(2024, code): TEXT for code in CODES})
    for code in CODES:
        keep(project, code, 2024, {})
    assert [outcome.message for outcome in build(project, [2024], options=BuildOptions(workers=2))] == ["", "", ""]
    return home


@pytest.fixture
def project(_finished: Path, tmp_path: Path) -> Project:
    """A working folder of its own, with three finished reports."""
    shutil.copytree(_finished, tmp_path / "work")
    return open_project(tmp_path / "work")


def place(project: Project, code: str) -> Path:
    return project.home / "output/2024" / code


EMPTY = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def spoil(project: Project, code: str, notebook: str = EMPTY) -> None:
    """Put another notebook in the place of a finished one, as if it had never been otherwise."""
    path, manifest = place(project, code) / "report.ipynb", place(project, code) / "manifest.json"
    path.write_text(notebook, encoding="utf-8")
    facts = json.loads(manifest.read_text(encoding="utf-8"))
    facts["outputs"]["report.ipynb"] = sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(facts), encoding="utf-8")


def drafts(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".*.part")]


def test_one_office_is_exported_beside_its_report(run, project):
    code, out, err = run("export", "minzheng", "--year", 2024, "--to", "docx", home=project.home)

    assert (code, err) == (0, "")
    assert (place(project, "minzheng") / "report.docx").read_bytes()[:2] == b"PK"
    assert "output/2024/minzheng/report.docx" in out.replace(os.sep, "/")
    assert not (place(project, "caizheng") / "report.docx").exists()
    assert drafts(project.home) == []


def test_an_export_beside_a_report_leaves_the_report_whole_and_unchanged(run, project):
    run("export", "minzheng", "--year", 2024, "--to", "docx", "--to", "html", home=project.home)

    assert {outcome.status for outcome in build(project, [2024])} == {"unchanged"}
    assert (place(project, "minzheng") / "report.docx").exists()


def test_every_office_of_the_year_is_exported_under_its_official_title(run, project, tmp_path):
    to = [word for name in MADE_HERE for word in ("--to", name)]
    code, out, _ = run("export", "--year", 2024, *to, "--out", tmp_path / "材料", home=project.home)
    names = {path.name for path in (tmp_path / "材料").iterdir()}

    assert code == 0
    assert "共 9 个文件：导出 9，没有导出 0" in out
    titled = {f"示例区{code}局2024年政府信息公开工作年度报告.{name}" for code in CODES for name in MADE_HERE}
    assert names == titled | {"report.schema.json", NOTE}


def test_the_page_and_the_data_are_those_of_the_report_itself(project, tmp_path):
    results = export_reports(
        project, 2024, ["minzheng"], ["html", "json"], options=ExportOptions(out=tmp_path / "out", workers=1)
    )

    for result in results:
        made = place(project, "minzheng") / f"report.{result.format}"
        assert result.target.read_bytes() == made.read_bytes()


def test_an_office_may_be_named_by_its_name_and_twice_is_once(project, tmp_path):
    results = export_reports(
        project, 2024, ["示例区renshe局", "renshe"], ["json"], options=ExportOptions(out=tmp_path / "out", workers=1)
    )

    assert [result.code for result in results] == ["renshe"]


def test_the_same_report_gives_the_same_bytes_in_another_folder(project, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(project.home, moved)
    (one,) = export_reports(project, 2024, ["minzheng"], ["docx"], options=ExportOptions(workers=1))
    (two,) = export_reports(
        open_project(moved), 2024, ["minzheng"], ["docx"], options=ExportOptions(out=tmp_path / "out", workers=1)
    )

    assert one.target != two.target
    assert one.target.read_bytes() == two.target.read_bytes()


# --- what goes wrong ----------


def test_a_report_that_was_never_made_is_named_and_costs_its_own_files_only(run, project):
    shutil.rmtree(place(project, "caizheng"))
    code, out, err = run("export", "--year", 2024, "--to", "json", home=project.home)

    assert code == 1
    assert "示例区caizheng局" in err
    assert "gktools build --year 2024 --office caizheng" in err
    assert "共 3 个文件：导出 2，没有导出 1" in out


def test_a_report_whose_files_were_touched_is_not_exported(project):
    with (place(project, "caizheng") / "report.html").open("a") as page:
        page.write("改")
    (result,) = export_reports(project, 2024, ["caizheng"], ["docx"], options=ExportOptions(workers=1))

    assert "没有完整的报告" in result.message


def test_a_file_that_fails_costs_itself_alone(run, project):
    spoil(project, "caizheng")
    code, out, err = run("export", "--year", 2024, "--to", "docx", "--to", "json", home=project.home)

    assert code == 1
    assert "示例区caizheng局 docx" in err
    assert "没有完整的报告" in err
    assert "共 6 个文件：导出 5，没有导出 1" in out
    assert not (place(project, "caizheng") / "report.docx").exists()


def test_a_program_error_goes_to_a_log_and_not_to_the_screen(run, project):
    spoil(project, "caizheng", "nothing")
    _, _, err = run("export", "caizheng", "--year", 2024, "--to", "docx", home=project.home)

    assert "output/2024/caizheng/export-failed.log" in err
    assert "Traceback" in (place(project, "caizheng") / "export-failed.log").read_text(encoding="utf-8")


def test_a_report_out_of_date_is_exported_with_a_warning(run, project):
    write_yaml(project.home / "params/2024/minzheng.yaml", {"text": {"problems": "改过了。"}})
    code, _, err = run("export", "minzheng", "--year", 2024, "--to", "docx", home=project.home)

    assert code == 0
    assert "参数或单位表变了" in err
    assert "gktools build" in err


def test_a_report_whose_parameters_are_wrong_now_is_exported_with_a_warning(run, project):
    write_yaml(project.home / "params/2024/minzheng.yaml", {"layuot": {}})
    code, _, err = run("export", "minzheng", "--year", 2024, "--to", "docx", home=project.home)

    assert code == 0
    assert "参数、台账或总笔记本有错" in err


def test_a_place_that_cannot_be_written_is_told_and_nothing_half_written_is_left(run, project, tmp_path):
    (place(project, "minzheng") / "report.docx").mkdir()
    (place(project, "minzheng") / "report.docx/in the way").touch()
    code, _, err = run("export", "minzheng", "--year", 2024, "--to", "docx", home=project.home)
    taken = tmp_path / "a file"
    taken.touch()
    other, _, said = run("export", "minzheng", "--year", 2024, "--to", "docx", "--out", taken, home=project.home)

    assert (code, other) == (1, 1)
    assert "report.docx 写不进去" in err
    assert "建不了文件夹 a file" in said
    assert drafts(project.home) == []


@pytest.mark.skipif(sys.platform == "win32", reason="files are limited by POSIX here")
def test_a_full_disk_leaves_what_stood_there_and_no_draft(project):
    file = place(project, "minzheng") / "report.docx"
    file.write_bytes(b"of last week")
    command = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));from gktools.__main__ import main; main()"
    arguments = ["export", "minzheng", "--year", "2024", "--to", "docx"]
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments], cwd=project.home, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1, done.stderr
    assert "磁盘是否已满" in done.stderr
    assert "Traceback" not in done.stderr
    assert file.read_bytes() == b"of last week"
    assert drafts(project.home) == []


def no_paper() -> None:
    raise GktoolsError("这台机器没有装做 PDF 的库")


def test_what_a_format_lacks_is_told_before_the_first_file(run, project, monkeypatch):
    lacking = replace(FORMATS["pdf"], needs="test_export_command:no_paper")
    monkeypatch.setitem(FORMATS, "pdf", lacking)
    code, out, err = run("export", "minzheng", "--year", 2024, "--to", "docx", "--to", "pdf", home=project.home)

    assert code == 1
    assert "这台机器没有装做 PDF 的库" in err
    assert out == ""
    assert not (place(project, "minzheng") / "report.docx").exists()


def test_an_exporter_that_cannot_be_loaded_is_told_before_the_first_file(monkeypatch):
    def broken(name: str) -> None:
        raise ModuleNotFoundError("No module named 'paper'", name="paper")

    monkeypatch.setattr("nbconvert.exporters.get_exporter", broken)
    with pytest.raises(GktoolsError, match="paper 没有装"):
        export_reports(open_project_nowhere(), 2024, [], ["docx"])


def open_project_nowhere() -> Project:
    return Project(Path("nowhere"), {})


def test_a_format_that_is_none_is_refused_with_those_that_are(run, project):
    code, _, err = run("export", "minzheng", "--year", 2024, "--to", "dcox", home=project.home)

    assert code == 1
    assert "是不是“docx”" in err


def test_all_is_every_format_and_a_format_named_twice_is_one():
    assert select_formats(["all"]) == list(FORMATS)
    assert select_formats(["json", "docx", "json"]) == ["json", "docx"]


@pytest.mark.parametrize("name", FORMATS)
def test_nbconvert_finds_the_exporter_of_every_format_of_the_command(name):
    from nbconvert.exporters import get_exporter

    assert get_exporter(FORMATS[name].exporter).__module__.startswith("gktools.render")


def test_endings_differ_so_that_no_format_takes_the_place_of_another():
    assert len({format_.ending for format_ in FORMATS.values()}) == len(FORMATS)


# --- names ----------


def named(tmp_path: Path, *names: str) -> dict[str, str]:
    offices = {f"o{i}": {"names": [{"name": name}], "kind": "county_department"} for i, name in enumerate(names)}
    return file_names(make_project(tmp_path / "names", offices, {}), 2024)


def test_files_of_offices_of_the_same_name_are_told_apart_by_code(tmp_path):
    found = named(tmp_path, "东风镇人民政府", "东风镇人民政府", "A局", "a局", "民政局")

    assert len({name.casefold() for name in found.values()}) == 5
    assert found["o0"].endswith("（o0）")
    assert found["o3"].endswith("（o3）")
    assert found["o4"] == "民政局2024年政府信息公开工作年度报告"


@pytest.mark.parametrize("name", ['甲/乙\\丙:丁*戊?"己"<庚>|辛局', "..甲局", "很长的局" * 60])
def test_a_name_is_legal_on_every_system(tmp_path, name):
    (found,) = named(tmp_path, name).values()

    assert not set('<>:"/\\|?*') & set(found)
    assert found.isprintable()
    assert found == found.strip(" .") or found.startswith("..")
    assert len(f"{found}（a-long-code-of-an-office）（粘贴用）.html".encode()) <= 255
