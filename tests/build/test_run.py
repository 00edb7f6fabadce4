"""A run costs its own office only: what fails is kept and explained, what stood there before stays."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import nbformat
import pytest
from conftest import WORKER_USERS
from projects import keep, make_project, stand_whole, write_yaml

from gktools.build import freshness
from gktools.build.batch import BuildOptions, build
from gktools.build.export import ExportOptions, export_reports, write_package
from gktools.build.freshness import changed_since_built
from gktools.build.index_page import write_index
from gktools.build.pool import Pool
from gktools.errors import GktoolsError
from gktools.inputs.inputs import load_inputs
from gktools.workspace.output import ReportRef
from gktools.workspace.project import Project, open_project

TEXT = {"text": {"problems": "一是问题。二是问题。改进：一是措施。二是措施。" * 4}}
OFFICES = {
    code: {"names": [{"name": f"示例区{name}局"}], "kind": "county_department"}
    for code, name in (("minzheng", "民政"), ("caizheng", "财政"))
}


@pytest.fixture
def project(tmp_path) -> Project:
    """Two offices with nothing but proven zeros."""
    made = make_project(tmp_path / "work", OFFICES, {(2024, code): TEXT for code in OFFICES})
    for code in OFFICES:
        keep(made, code, 2024, {})
    return made


def folder(project: Project, code: str) -> Path:
    return project.home / "output/2024" / code


def change_notebook(project: Project, cell_id: str, source: str) -> None:
    path = project.home / "notebooks/annual_report.ipynb"
    notebook = nbformat.read(path, as_version=4)
    next(cell for cell in notebook.cells if cell.id == cell_id).source = source
    nbformat.write(notebook, path)


def test_a_wrong_parameter_file_costs_its_office_only_and_is_found_before_any_notebook_runs(project):
    write_yaml(project.home / "params/2024/minzheng.yaml", {"layout": {"numbering": "roman"}, "contakt": {}})
    told = []
    outcomes = build(
        project,
        [2024],
        options=BuildOptions(workers=1),
        on_progress=lambda outcome, done, total: told.append(outcome.status),
    )

    assert told == ["failed", "built"]
    assert "params/2024/minzheng.yaml 第 1 行" in outcomes[0].message
    assert "是不是“contact”" in outcomes[0].message
    assert not (folder(project, "minzheng") / "report.html").exists()
    assert (folder(project, "caizheng") / "report.html").exists()


def test_an_unknown_token_is_found_in_its_file_and_line(project):
    path = project.home / "params/2024/minzheng.yaml"
    path.write_text("text:\n  problems: |\n    第一行。\n    收到{{ 新收申情 }}件。\n", encoding="utf-8")
    outcome = build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))[0]

    assert outcome.status == "failed"
    assert "params/2024/minzheng.yaml 第 4 行" in outcome.message
    assert "是不是“新收申请”" in outcome.message


def test_a_notebook_that_fails_is_kept_up_to_the_cell_where_it_stopped(project):
    change_notebook(project, "requests", "raise ValueError('示例')")
    outcome = build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))[0]
    kept = nbformat.read(folder(project, "minzheng") / "failed.ipynb", as_version=4)
    by_id = {cell.id: cell for cell in kept.cells if cell.cell_type == "code"}

    assert outcome.status == "failed"
    assert "ValueError" in outcome.message
    assert "Traceback" not in outcome.message
    assert "output/2024/minzheng/failed.log" in outcome.message
    assert by_id["disclosures"].outputs
    assert by_id["requests"].outputs[-1].output_type == "error"
    assert not by_id["problems"].outputs
    assert "ValueError" in (folder(project, "minzheng") / "failed.log").read_text(encoding="utf-8")


def test_a_mistake_of_staff_stands_in_the_notebook_and_the_log_without_the_code_that_found_it(project):
    path = project.home / "params/2024/minzheng.yaml"
    path.write_text("text:\n  problems: 平均{{ 新收申请() }}件。\n", encoding="utf-8")
    outcome = build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))[0]
    kept = nbformat.read(folder(project, "minzheng") / "failed.ipynb", as_version=4)
    (shown,) = [o for cell in kept.cells for o in cell.get("outputs", ()) if o.output_type == "error"]

    assert "params/2024/minzheng.yaml 第 2 行 第 15 列：" in outcome.message
    assert shown.traceback == [outcome.message]
    assert outcome.message in (folder(project, "minzheng") / "failed.log").read_text(encoding="utf-8")


def test_a_failed_run_leaves_the_report_that_stood_there(project):
    build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))
    before = (folder(project, "minzheng") / "report.html").read_bytes()
    change_notebook(project, "requests", "1 / 0")
    outcome = build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))[0]

    assert outcome.status == "failed"
    assert (folder(project, "minzheng") / "report.html").read_bytes() == before
    assert not [path for path in (project.home / "output").iterdir() if path.name.startswith(".2024")]


def test_a_good_run_after_a_failed_one_clears_it(project):
    change_notebook(project, "requests", "1 / 0")
    build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))
    change_notebook(project, "requests", "requests = count_requests(records, form, params)\nrequests")
    outcome = build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))[0]

    assert outcome.status == "built"
    assert not (folder(project, "minzheng") / "failed.log").exists()


def test_a_report_without_a_section_does_not_count_as_done(project):
    change_notebook(project, "requests", "requests = count_requests(records, form, params)")
    outcome = build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))[0]

    assert outcome.status == "failed"
    assert "报告不完整，缺 requests" in outcome.message


def test_errors_of_ours_reach_staff_as_they_are(project):
    (project.home / "records.db").write_bytes(b"not a database")
    outcome = build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))[0]

    assert outcome.status == "failed"
    assert "台账库" in outcome.message


def test_the_manifest_holds_a_hash_of_every_file_and_every_input(project):
    build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))
    manifest = ReportRef(project.home, "minzheng", 2024).manifest()

    assert manifest is not None
    assert set(manifest.outputs) == {"report.ipynb", "report.html", "review.html", "report.json"}
    assert set(manifest.inputs) == {"records", "parameters", "last_year", "notebook", "gktools", "libraries"}
    assert manifest.as_of == load_inputs(project, "minzheng", 2024).records.as_of > 0


def test_a_notebook_with_a_fixed_office_makes_that_offices_report_alone(project):
    path = project.home / "notebooks/annual_report.ipynb"
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            "inputs = open_inputs(", "office = 'caizheng'\\ninputs = open_inputs("
        ),
        "utf-8",
    )
    outcomes = {outcome.code: outcome for outcome in build(project, [2024], options=BuildOptions(workers=1))}

    assert {code: outcome.status for code, outcome in outcomes.items()} == {"minzheng": "failed", "caizheng": "built"}
    assert (
        "总笔记本要开 caizheng 2024 年的台账，要做的是示例区民政局（minzheng）2024 年的" in outcomes["minzheng"].message
    )
    assert "notebooks/annual_report.ipynb" in outcomes["minzheng"].message
    assert not (folder(project, "minzheng") / "report.html").exists()


@pytest.mark.parametrize("tags", [[], ["parameters"]])
def test_a_second_parameters_cell_makes_no_report(project, tags):
    path = project.home / "notebooks/annual_report.ipynb"
    notebook = nbformat.read(path, as_version=4)
    at = next(i for i, cell in enumerate(notebook.cells) if cell.id == "setup")
    second = nbformat.v4.new_code_cell("office = 'caizheng'\nyear = 2023", metadata={"tags": tags}, id="second")
    notebook.cells.insert(at, second)
    nbformat.write(notebook, path)
    if tags:
        with pytest.raises(GktoolsError, match="第 2、3 格都有标签 parameters"):
            build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))
        return
    outcome = build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))[0]

    assert outcome.status == "failed"
    assert "总笔记本要开 caizheng 2023 年的台账" in outcome.message
    assert "多了一个 parameters 格" in outcome.message


def test_a_changed_output_is_made_again(project):
    build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))
    (folder(project, "minzheng") / "report.html").write_text("changed by hand", encoding="utf-8")

    assert ReportRef(project.home, "minzheng", 2024).manifest() is None
    assert build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))[0].status == "built"


def test_the_executed_notebook_holds_no_clock_and_no_path(project):
    build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))
    text = (folder(project, "minzheng") / "report.ipynb").read_text(encoding="utf-8")

    assert str(project.home) not in text
    assert "start_time" not in text
    assert json.loads(text)["metadata"]["papermill"]["parameters"] == {"office": "minzheng", "year": 2024}


def test_an_office_that_did_not_exist_in_the_year_is_left_out(tmp_path):
    offices = {
        **OFFICES,
        "old": {"names": [{"name": "示例区旧局", "until": "2022-12-31"}], "kind": "county_department"},
    }
    project = make_project(tmp_path / "work", offices, {})

    assert {office.code for office in open_project(project.home).offices(2024)} == set(OFFICES)


def test_plain_papermill_runs_the_master_notebook(project, monkeypatch):
    import papermill

    from gktools.render.page import report_in

    monkeypatch.setenv("GKTOOLS_HOME", "")
    target = project.home / "x.ipynb"
    papermill.execute_notebook(
        project.home / "notebooks/annual_report.ipynb",
        target,
        {"office": "minzheng", "year": 2024, "overrides": {"layout": {"brackets": "half"}}},
        cwd=project.home,
        progress_bar=False,
    )
    report = report_in(nbformat.read(target, as_version=4))

    assert report.tables["requests"][0].value == 0
    assert report.tables["requests"][14].row[1].startswith("(一)")


@pytest.fixture
def standing(project, tmp_path, monkeypatch) -> Project:
    """The same with a report that stands, made by a copy of the package that may be changed."""
    shutil.copytree(freshness._PACKAGE, tmp_path / "package", ignore=shutil.ignore_patterns("__pycache__", "sample"))
    monkeypatch.setattr(freshness, "_PACKAGE", tmp_path / "package")
    for name in ("_package_hash", "_libraries_hash"):
        monkeypatch.setattr(freshness, name, getattr(freshness, name).__wrapped__)
    stand_whole(project, "minzheng", 2024)
    return project


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("report/report.py", ["gktools"]),
        ("render/templates/gk-report/index.html.j2", ["gktools"]),
        ("forms/2021.yaml", ["gktools"]),
        ("cli/main.py", []),
        ("registers/intake/values.py", []),
        ("publication/templates/base.html.j2", []),
    ],
)
def test_a_changed_program_template_or_format_is_a_reason_to_make_a_report_again(standing, file, found):
    path = freshness._PACKAGE / file
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    assert changed_since_built(standing, standing.report("minzheng", 2024)) == found


def test_other_records_code_or_libraries_are_named_as_the_reason_and_other_words_in_the_notebook_are_none(
    standing, monkeypatch
):
    path = standing.home / "notebooks/annual_report.ipynb"
    notebook = nbformat.read(path, as_version=4)
    next(cell for cell in notebook.cells if cell.cell_type == "markdown").source += "说明"
    nbformat.write(notebook, path)
    assert changed_since_built(standing, standing.report("minzheng", 2024)) == []

    change_notebook(standing, "requests", "requests = None")
    monkeypatch.setattr(freshness, "version", {"rapidfuzz": "0"}.get)
    keep(standing, "caizheng", 2024, {}, leave_out=["requests"])
    assert changed_since_built(standing, standing.report("minzheng", 2024)) == ["notebook", "libraries"]

    keep(standing, "minzheng", 2024, {"matters": [{"kind": "备案", "handled_on": "2024-03-05"}]})
    assert changed_since_built(standing, standing.report("minzheng", 2024)) == ["records", "notebook", "libraries"]


def open_to(bits: int, folder: Path) -> list[str]:
    """What in a folder somebody has a right to; the schema of report.json is part of the program."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.name != "report.schema.json"]
    return sorted(path.name for path in found if path.stat().st_mode & bits)


def _make_everything(project: Project) -> None:
    """Make a report, fail to make it again, and export it, into an empty output/ and beside it."""
    shutil.rmtree(project.home / "output", ignore_errors=True)
    (project.home / "output").mkdir()
    build(project, [2024], ["caizheng"], options=BuildOptions(workers=1))
    change_notebook(project, "requests", "raise ValueError('示例')")
    build(project, [2024], ["caizheng"], options=BuildOptions(workers=1))
    export_reports(project, 2024, ["caizheng"], ["csv", "json"], options=ExportOptions(workers=1))
    write_package(project, 2024, offices=["caizheng"])
    export_reports(project, 2024, ["caizheng"], ["csv"], options=ExportOptions(project.home / "给人的", workers=1))
    write_index(project, 2024, date(2025, 1, 1))


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
@pytest.mark.parametrize(("mask", "allowed"), [(0o000, 0o750), pytest.param(0o077, 0o700, marks=pytest.mark.soak)])
def test_nothing_under_output_is_for_others_whatever_the_mask(project, monkeypatch, mask, allowed):
    before = os.umask(mask)
    try:
        with Pool() as pool:  # its worker starts with the mask
            for user in WORKER_USERS:
                monkeypatch.setattr(user, pool.run_jobs)
            _make_everything(project)
    finally:
        os.umask(before)

    made = folder(project, "caizheng")
    names = {path.name for path in made.iterdir()}
    assert {"report.html", "review.html", "report.ipynb", "manifest.json", "failed.log", "failed.ipynb"} <= names
    assert open_to(0o777 & ~allowed, project.home / "output") == []
    assert made.stat().st_mode & 0o777 == allowed
    given = next((project.home / "给人的").glob("*.csv"))
    assert given.stat().st_mode & 0o777 == 0o666 & ~mask


KILLED = """
import os, signal, threading, time
from pathlib import Path
from gktools.build.pool import skip_slow_imports
skip_slow_imports()
from gktools.build.batch import BuildOptions, build
from gktools.workspace.project import open_project
def end():
    while not list(Path("output").glob(".making-*/*/report.ipynb")) and not list(Path("output").glob(".making-*/*")):
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)
threading.Thread(target=end).start()
if __name__ == "__main__":
    build(open_project(Path(".").absolute()), [2024], options=BuildOptions(workers=1))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
def test_what_a_killed_build_leaves_is_tidied_by_the_next(project, fresh_workers, tmp_path, monkeypatch):
    (tmp_path / "killed.py").write_text(KILLED, encoding="utf-8")
    (tmp_path / "tmp").mkdir()
    environment = os.environ | {"TMPDIR": str(tmp_path / "tmp")}
    subprocess.run([sys.executable, tmp_path / "killed.py"], cwd=project.home, env=environment, check=False)
    left = [*(project.home / "output").glob(".making-*"), *(tmp_path / "tmp").glob("gktools-*")]
    assert len(left) == 2

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    build(project, [2024], ["caizheng"], options=BuildOptions(workers=1))
    assert [path for path in left if path.exists()] == []


@pytest.mark.parametrize(
    "content", [b"[]", b'{"caizheng": 1}', b'{"caizheng": {"made_from": []}}', b"[" * 100_000, b"\xff"]
)
def test_a_list_of_built_reports_that_is_none_is_as_if_it_were_not_there(project, content):
    build(project, [2024], ["caizheng"], options=BuildOptions(workers=1))
    (project.home / "output/2024" / freshness.BuildCache.FILE).write_bytes(content)

    (outcome,) = build(project, [2024], ["caizheng"], options=BuildOptions(workers=1))
    assert outcome.status == "unchanged"


def test_what_is_counted_and_checked_loads_neither_pandas_nor_nbconvert():
    program = (
        "import sys, gktools.build.batch; from gktools.report.report import warm_up; warm_up();"
        "print(*{'pandas', 'nbconvert', 'papermill', 'nbformat'} & sys.modules.keys())"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == ""
