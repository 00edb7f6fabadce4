"""Files in output/ that are of another kind or shape than ours: they cost nobody but their own office anything."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from pathlib import Path

import pytest
from projects import keep, make_project, stand, write_yaml

from gktools.build import run
from gktools.build.batch import BuildOptions, build
from gktools.build.failures import FAILED_LOG
from gktools.build.freshness import BuildCache
from gktools.build.reproduce import reproduce
from gktools.build.run import _move_into_place, recover_staging
from gktools.errors import GktoolsError
from gktools.inputs.published_figures import figures_from_report
from gktools.review.board import _read_tally
from gktools.review.state import ReviewState
from gktools.workspace.output import BEFORE, Manifest, ReportRef
from gktools.workspace.project import Project

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes are of POSIX")
OFFICES = {code: {"names": [{"name": f"示例{code}局"}], "kind": "county_department"} for code in ("a", "b")}


@pytest.fixture
def project(tmp_path) -> Project:
    """Two offices, the report of the first under output/."""
    made = make_project(tmp_path / "work", OFFICES, {(2024, code): {} for code in OFFICES})
    keep(made, "a", 2024, {})
    stand(made, "a", 2024)
    return made


@pytest.mark.parametrize(
    "content",
    [
        *("", "null", "[1]", '{"a": [1]}', '{"a": {"made_from": "h"}}', "[" * 100_000),
        '{"a": {"made_from": "h", "files": {}, "program": "p", "findings": {"block": "x"}}}',
        '{"a": {"made_from": "h", "files": null, "program": "p", "findings": {}}}',
    ],
)
def test_a_cache_of_any_shape_is_no_cache(project, content):
    (project.home / "output/2024/.seen.json").write_text(content, encoding="utf-8")

    assert BuildCache(project, 2024, {}).findings("a", "h") is None


@pytest.mark.parametrize("place", ["output/2024/a", f"output/2024/a/{FAILED_LOG}"])
def test_a_failure_that_cannot_be_noted_stops_no_other_office(tmp_path, place):
    project = make_project(tmp_path / "work", OFFICES, {})
    for code in OFFICES:
        (project.home / "params/2024").mkdir(exist_ok=True)
        write_yaml(project.home / f"params/2024/{code}.yaml", {"layout": {"numbering": "roman"}})
    path = project.home / place
    path.parent.mkdir(parents=True)
    path.mkdir() if path.name == FAILED_LOG else path.write_text("不是文件夹", encoding="utf-8")

    outcomes = build(project, [2024], options=BuildOptions(workers=1))

    assert [outcome.status for outcome in outcomes] == ["failed", "failed"]
    assert (project.home / "output/2024/b" / FAILED_LOG).is_file()


def test_folders_that_only_look_like_those_of_a_build_are_left_alone(project):
    own = project.home / f"output/.making-{platform.node()}-a-b"
    ended = project.home / f"output/.making-{platform.node()}-{2**22 - 1}-1"
    for folder in (own, ended / "x-old"):
        folder.mkdir(parents=True)

    recover_staging(project.home)

    assert own.is_dir()
    assert not ended.exists()


@posix
def test_a_pipe_in_place_of_a_report_is_replaced_without_waiting(project, tmp_path):
    place, work = project.home / "output/2024/b", tmp_path / "work/output/b-new"
    for folder in (place, work):
        folder.mkdir()
    os.mkfifo(place / "report.json")
    (work / "report.json").write_text("{}", encoding="utf-8")

    _move_into_place(work, place)

    assert [path.name for path in place.iterdir()] == ["report.json"]


@posix
def test_a_pipe_or_a_link_in_place_of_a_folder_is_replaced_without_waiting(project, tmp_path):
    place, work = project.home / "output/2024/b", tmp_path / "work/output/b-new"
    for make in (lambda: os.mkfifo(place), lambda: place.symlink_to(tmp_path), lambda: place.write_bytes(b"")):
        shutil.rmtree(place, ignore_errors=True)
        make()
        work.mkdir()
        _move_into_place(work, place)

        assert place.is_dir()
        assert not place.is_symlink()
        assert tmp_path.is_dir()
        assert not list(work.parent.glob("b-new*"))


def test_the_report_that_was_replaced_is_stored_beside_the_new_one(project, tmp_path):
    place, work = project.home / "output/2024/b", tmp_path / "work/output/b-new"
    for folder, content in ((place, "1"), (work, "2")):
        folder.mkdir()
        (folder / "report.json").write_text(content, encoding="utf-8")

    _move_into_place(work, place)

    assert (place / BEFORE).read_text(encoding="utf-8") == "1"


@posix
@posix
def test_what_is_put_beside_a_report_while_it_is_built_is_none_of_its_files_and_not_opened_to_others(
    project, monkeypatch
):
    key = project.home / "records.key"
    key.chmod(0o600)

    def built(project: Project, code: str, year: int, work: Path, **_: object) -> Manifest:
        for place in (*(project.home / "output").glob(".making-*/*"), project.home / "output/2024"):
            (place / "report.docx").symlink_to(key)
        manifest = Manifest(code, "", year, {}, 1, [], {}, None)
        (work / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
        return manifest

    monkeypatch.setattr(run, "build_report", built)
    outcome = run.run_report_job(project.report("b", 2024), "乙局")

    assert (outcome.status, "别人放的 report.docx" in outcome.message) == ("failed", True)
    assert key.stat().st_mode & 0o777 == 0o600
    assert not (project.home / "output/2024/b/manifest.json").exists()
    assert not list((project.home / "output").glob(".making-*"))


@posix
def test_a_year_that_is_a_link_is_not_followed_and_nothing_removed_there(project, tmp_path, monkeypatch):
    (tmp_path / "elsewhere/b").mkdir(parents=True)
    (tmp_path / "elsewhere/b/kept").touch()
    shutil.rmtree(project.home / "output/2024")
    (project.home / "output/2024").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setattr(run, "_build_apart", lambda *_, **__: ({}, Manifest("b", "", 2024, {}, 1, [], {}, None)))

    outcome = run.run_report_job(project.report("b", 2024), "乙局")

    assert (outcome.status, "写不进去" in outcome.message) == ("failed", True)
    assert (tmp_path / "elsewhere/b/kept").exists()


def test_a_batch_that_has_ended_gets_no_folder_again(project):
    work = project.home / "output/.making-it/2024-b"

    outcome = run.run_report_job(project.report("b", 2024), "乙局", work)

    assert outcome.status == "failed"
    assert not work.parent.exists()


@posix
def test_a_link_in_place_of_the_report_before_is_not_kept_as_it(project, tmp_path):
    place, work = project.home / "output/2024/b", tmp_path / "work/output/b-new"
    for folder in (place, work):
        folder.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (place / "report.json").symlink_to(tmp_path / "secret")
    (work / "report.json").write_text("{}", encoding="utf-8")

    _move_into_place(work, place)

    assert [path.name for path in place.iterdir()] == ["report.json"]


def test_what_is_no_file_is_no_manifest_and_not_waited_for(project):
    path = project.home / "output/2024/a/manifest.json"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(GktoolsError, match="不是报告的清单"):
        reproduce(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(GktoolsError, match="不是报告的清单"):
        reproduce(path)


@posix
def test_last_years_figures_are_not_waited_for(project):
    report = project.home / "output/2024/a/report.json"
    report.unlink()
    os.mkfifo(report)

    assert figures_from_report(ReportRef(project.home, "a", 2024), ()) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"tables": 1e999999999999999999999}'])
def test_an_office_whose_report_is_no_report_has_no_tally_on_the_board(project, content):
    folder = project.home / "output/2024/a"
    (folder / "manifest.json").write_text(json.dumps({"outputs": {}}), encoding="utf-8")
    (folder / "report.json").write_text(content, encoding="utf-8")

    assert _read_tally(ReportRef(project.home, "a", 2024), ReviewState(None)) is None
