"""From three signatures to a public site: the gate, the log before the site, versions for ever, nothing half written."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from casework import request, still_open
from literal_registers import NOW, sheet
from machine import need
from projects import keep, make_project, write_yaml
from reviewing import add_users, explain_all, shown
from tampering import forget_logs

from gktools.build.batch import BuildOptions, build
from gktools.build.export import ExportOptions, export_reports
from gktools.build.pool import Pool
from gktools.build.reproduce import Rebuilt
from gktools.build.staleness import parameters_of, stale_inputs
from gktools.cli import keeping
from gktools.errors import BusyError, GktoolsError, ReviewError
from gktools.findings import Finding, Severity
from gktools.inputs.inputs import load_inputs
from gktools.publication import candidate as candidates
from gktools.publication import correct as correcting
from gktools.publication import gate, releases
from gktools.publication import publish as publishing
from gktools.publication.candidate import Sources
from gktools.publication.correct import correct, dependents, open_tasks
from gktools.publication.folder_backup import files_to_keep
from gktools.publication.gate import refused, run_gate
from gktools.publication.publish import PublishRequest, publish
from gktools.publication.published_reports import published_reports
from gktools.publication.signing import create_key, is_endorsed, key_path, open_envelope
from gktools.publication.site_verification import verify_site
from gktools.registers.store.log_audit import canonical
from gktools.registers.store.log_head import LogHead, note_in_file, note_in_store
from gktools.registers.store.opening import open_store
from gktools.registers.store.store import Store
from gktools.render.pictures import pictures_of_page
from gktools.report.report import draft_report
from gktools.review import actions as acts
from gktools.review.accounts import Accounts
from gktools.review.audit import audit_log
from gktools.review.entries import (
    CommentBody,
    DecisionBody,
    EditedBody,
    KeyBody,
    PublishedBody,
    ReturnedBody,
    UserBody,
    ViewedBody,
)
from gktools.review.log import Log, note_imports, open_log
from gktools.review.people import Step, capacities
from gktools.review.seal import PUBLIC, PUBLISHED, make_published_files, read_seal
from gktools.review.users import Users
from gktools.workspace import clock, seals
from gktools.workspace.output import hash_bytes
from gktools.workspace.project import Project, open_project
from gktools.workspace.report_data import MemberProof, read_report_data
from gktools.workspace.seals import file_hash, plain_hash

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("publish")]
YEAR, DAY = 2024, date(2025, 1, 20)
NAME = "赵示例甲"
OFFICES = {
    "qu": {"names": [{"name": "示例区人民政府"}], "kind": "county_government"},
    "qu-all": {"names": [{"name": "示例区人民政府"}], "kind": "county_government", "rolls_up": "qu"},
    **{
        code: {
            "names": [{"name": f"示例区{name}局"}],
            "kind": "county_department",
            "parent": "qu",
            "people": {"handler": f"{name}甲", "deputy": f"{name}乙", "head": f"{name}丙"},
        }
        for code, name in (("minzheng", "民政"), ("caizheng", "财政"))
    },
}
PROBLEMS = "一是目录更新偏慢。二是答复用语偏专业。改进：一是按月核对目录。二是答复前请人读一遍，看得懂再发。" * 2
WORD = "目录更新"
"""Four characters of the text, which a register may be made to know."""


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, cjk_font: Path) -> Path:
    """A working folder with the reports of two offices, each signed by three people, none of them public."""
    try:
        import weasyprint  # noqa: F401
    except ImportError:
        need("WeasyPrint", False)
    home = tmp_path_factory.mktemp("publish") / "work"
    project = make_project(home, OFFICES, {(YEAR, code): params() for code in ("minzheng", "caizheng")})
    for code in ("minzheng", "caizheng"):
        keep(project, code, YEAR - 1, {})
        keep(project, code, YEAR, {})
    assert [
        one.message for one in build(project, [YEAR], ["minzheng", "caizheng"], options=BuildOptions(workers=1))
    ] == ["", ""]
    made = export_reports(project, YEAR, ["minzheng", "caizheng"], list(PUBLISHED), options=ExportOptions(workers=1))
    assert [one.message for one in made if one.message] == []
    for code in ("minzheng", "caizheng"):
        sign_all(project, code)
    return home


@pytest.fixture(scope="module")
def public(signed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, one of the reports public."""
    home = tmp_path_factory.mktemp("public") / "work"
    shutil.copytree(signed, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publishing, "build_again", built_the_same)
        admissions, changed = publish_one(open_project(home), "minzheng")
    assert (admissions[0].status, changed) == ("published", True)
    return home


@pytest.fixture
def project(signed: Path, tmp_path: Path) -> Project:
    shutil.copytree(signed, tmp_path / "work")
    return open_project(tmp_path / "work")


@pytest.fixture
def published(public: Path, tmp_path: Path) -> Project:
    shutil.copytree(public, tmp_path / "work", symlinks=True)
    return open_project(tmp_path / "work")


@pytest.fixture(scope="module")
def _changed(public: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, the public report made anew with one sentence changed; nobody has signed it."""
    home = tmp_path_factory.mktemp("changed") / "work"
    shutil.copytree(public, home, symlinks=True)
    project = open_project(home)
    write_yaml(home / f"params/{YEAR}/minzheng.yaml", params(PROBLEMS.replace("偏慢", "不及时")))
    assert [one.message for one in build(project, [YEAR], ["minzheng"], options=BuildOptions(workers=1))] == [""]
    make_published_files(project, project.report("minzheng", YEAR))
    return home


@pytest.fixture
def changed(_changed: Path, tmp_path: Path) -> Project:
    shutil.copytree(_changed, tmp_path / "changed", symlinks=True)
    return open_project(tmp_path / "changed")


@pytest.fixture(autouse=True)
def _not_built_again(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, worker_pool: Pool) -> None:
    """A signed report built again is the same, without building it; a test marked builds_again does so, by kept workers."""
    for module in (publishing, correcting):
        if "builds_again" in request.keywords:
            monkeypatch.setattr(module, "Pool", lambda: nullcontext(worker_pool))
        else:
            monkeypatch.setattr(module, "build_again", built_the_same)


@pytest.fixture(autouse=True)
def _signed_on_the_day_that_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log has the machine's time, which is long after DAY; test_gate.py has reports dated before their signatures."""
    monkeypatch.setattr(gate, "_first_signed", lambda _: DAY)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "_sync", lambda: None)


def built_the_same(some, _=None, **given: object) -> dict:
    """What building candidates again gives that nobody has changed; of one that is stale, what has."""
    return {one.ref: Rebuilt(parameters=one.parameters, outdated=stale(one.ref), **given) for one in some}


def stale(ref) -> str:
    return "、".join(stale_inputs(open_project(ref.home), ref, audited=True))


def params(problems: str = PROBLEMS, **more: object) -> dict:
    shown = {"text": {"problems": problems}, "contact": {"phone": "0755-82345678"}, "layout": {"signed_on": DAY}}
    return {**shown, **more}


def sign_all(project: Project, code: str, day: date = DAY, but: str = "", source: str | None = None) -> None:
    """Let the people of an office, but one, sign its files as they stand, as if made a moment ago, of a notebook of this hash."""
    with pytest.MonkeyPatch.context() as patch, open_log(project) as log:
        ref = project.report(code, YEAR)
        source = file_hash(ref.read("report.ipynb")) if source is None else source
        patch.setattr(acts, "make_all_files", lambda _, ref: replace(read_seal(ref), source=source))
        explain_all(project, log, ref, day)
        for by in (one for one in capacities(project, code, day) if one.person != but):
            acts.sign(project, log, ref, acts.Signer(by.person, by.step), shown(ref), day)


def act(project: Project, **given: object) -> PublishRequest:
    return replace(PublishRequest("发布人", DAY, project.home / "site"), **given)


def publish_one(project: Project, code: str, **given: object):
    with open_log(project) as log:
        return publish(project, log, YEAR, [code], act(project, **given))


def refusals(project: Project, code: str = "minzheng", **given: object) -> list[str]:
    """The codes of what keeps a report from being published."""
    admission = publish_one(project, code, **given)[0][0]
    assert admission.status == "refused"
    return [finding.code for finding in admission.findings if finding.severity == "block"]


def place(project: Project, code: str = "minzheng") -> Path:
    return project.home / f"output/{YEAR}/{code}"


def site(project: Project) -> Path:
    return project.home / "site/current"


def versions(project: Project) -> list[tuple[str, int, int]]:
    with open_log(project) as log:
        return [(one.code, one.year, len(one.versions)) for one in published_reports(log.entries())]


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_signed_report_is_published_byte_for_byte(published):
    for signed_name, name in (
        ("report.html", "report.html"),
        ("report.pdf", "report.pdf"),
        ("report（公开）.xlsx", "report.xlsx"),
    ):
        assert (site(published) / "2024/minzheng/1" / name).read_bytes() == (
            place(published) / signed_name
        ).read_bytes()


def test_what_is_for_the_office_alone_is_in_no_published_file(published):
    folder = site(published) / "2024/minzheng/1"
    with zipfile.ZipFile(folder / "report.xlsx") as packed:
        text = b"".join(packed.read(name) for name in packed.namelist()).decode("utf-8", "replace")

    assert "内部使用" not in text
    assert len(list(folder.iterdir())) == 6
    assert json.loads((folder / "report.json").read_bytes())["findings"] == []


def test_an_unsigned_report_is_refused_and_no_site_begun(project):
    (place(project) / "report.pdf").unlink()

    assert refusals(project) == ["publish.unsigned"]
    assert not site(project).exists()
    assert not key_path(project.home).exists()


@pytest.mark.parametrize("name", ["report.html", "report.docx", "report.pdf", "report（公开）.json", "report.json"])
def test_any_byte_flipped_after_signing_keeps_a_report_from_being_published(project, name):
    data = bytearray((place(project) / name).read_bytes())
    data[len(data) // 2] ^= 1
    (place(project) / name).write_bytes(data)

    assert refusals(project) == ["publish.unsigned"]


def test_a_refusal_says_which_office_why_and_what_to_do(project, run):
    (place(project) / "report.csv").write_text("别的", encoding="utf-8")
    code, out, err = run("publish", "--year", YEAR, "--office", "minzheng", home=project.home)

    assert code == 1
    assert "示例区民政局：没有发布" in err
    assert "民政甲的“经办人确认”不再有效，签署以后变了" in err
    assert "gktools review" in err
    assert "没有发布 1" in out


def test_a_whole_district_is_published_as_far_as_it_is_signed(project, run):
    (place(project, "caizheng") / "report.csv").unlink()
    code, out, err = run("publish", "--year", YEAR, home=project.home)

    assert code == 1
    assert "示例区民政局：已发布，第 1 版" in out
    assert "造了一把给网站签名的密钥：site.key" in out
    assert "还没有审签完，没有发布：示例区财政局、示例区人民政府、示例区人民政府（本级政府汇总）。" in err
    assert versions(project) == [("minzheng", YEAR, 1)]


def test_a_key_that_lay_there_before_the_first_publication_is_told_once(project, run):
    key = create_key(project.home)
    code, out, err = run("publish", "--year", YEAR, "--office", "minzheng", home=project.home)

    assert (code, "造了一把" in out) == (0, False)
    assert f"site.key 原来就在，不是这一次造的，从此用它：标识 {key.id}" in err
    assert "原来就在" not in run("publish", "--year", YEAR, "--office", "minzheng", home=project.home)[2]


def test_whose_name_is_given_to_a_command_stands_beside_the_account_that_ran_it(project, run, monkeypatch):
    monkeypatch.setattr("gktools.cli.publish.account", lambda: "jsy")
    monkeypatch.setattr("gktools.cli.history.account", lambda: "jsy")
    office = ("--year", YEAR, "--office", "minzheng")
    assert run("publish", *office, "--as", "民政丙", home=project.home)[0] == 0
    assert run("publish", "--year", YEAR, "--office", "caizheng", home=project.home)[0] == 0
    number = json.loads(run("records", "history", "--json", home=project.home)[1])[0]["number"]
    assert run("records", "undo", number, "--as", "民政甲", home=project.home)[0] == 0
    with open_log(project) as log:
        said = [(one.kind, one.person, one.account) for one in log.verified() if one.account or one.person == "jsy"]
    assert said == [("published", "民政丙", "jsy"), ("published", "jsy", ""), ("imported", "民政甲", "jsy")]

    told = run("review", "verify", home=project.home)[1]
    assert re.findall("写的是(.*)，命令是账户 (.*) 运行的", told) == [("民政丙", "jsy"), ("民政甲", "jsy")]
    run("review", "log", project.home / "log.jsonl", home=project.home)
    lines = (project.home / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["body"].get("account") for line in lines if '"published"' in line] == ["jsy", None]


def test_a_report_sent_back_is_not_published(project):
    with open_log(project) as log:
        acts.return_report(project, log, project.report("minzheng", YEAR), "民政丙", "请核对第五部分", DAY)

    assert refusals(project) == ["publish.unsigned"]


@pytest.mark.parametrize("day", [date(2024, 12, 31), date(2023, 1, 5)])
def test_a_year_that_is_not_over_is_not_published(project, day):
    assert "publish.year" in refusals(project, today=day)


def test_a_year_without_a_notice_is_refused(project):
    with open_log(project) as log:
        admissions, _ = publish(project, log, 2015, ["minzheng"], act(project))

    assert "没有可用的报告格式" in admissions[0].message


def test_a_late_report_is_published_and_its_lateness_noted(project):
    admissions, _ = publish_one(project, "minzheng", today=date(2025, 2, 1))

    assert admissions[0].status == "published"
    assert [(one.code, one.severity.value) for one in admissions[0].findings] == [("publish.late", "explain")]


def test_on_the_last_day_a_report_is_not_late(project):
    assert publish_one(project, "minzheng", today=date(2025, 1, 31))[0][0].findings == ()


@pytest.mark.parametrize("signed_on", ["2024-01-20", "2025-02-01"])
def test_a_report_dated_before_its_year_is_over_or_in_the_future_is_refused(project, signed_on, monkeypatch):
    real = Project.params
    day = date.fromisoformat(signed_on)

    def dated(self, code, year, overrides=None):
        found = real(self, code, year, overrides)
        return found.model_copy(update={"layout": found.layout.model_copy(update={"signed_on": day})})

    monkeypatch.setattr(Project, "params", dated)

    assert refusals(project) == ["publish.signed-on", "publish.outdated"]


def test_a_finding_that_blocks_keeps_a_signed_report_back(project, monkeypatch):
    from gktools.publication import candidate as reading

    real = reading.with_decisions
    block = Finding("x", Severity.BLOCK, "对不上")
    monkeypatch.setattr(reading, "with_decisions", lambda findings, now: real([*findings, block], now))

    assert refusals(project) == ["publish.open-block"]


def test_an_explanation_that_was_taken_back_keeps_a_signed_report_back(project, monkeypatch):
    from gktools.publication import candidate as reading

    real = reading.with_decisions
    asks = Finding("x", Severity.EXPLAIN, "偏多")
    monkeypatch.setattr(reading, "with_decisions", lambda findings, now: real([*findings, asks], now))

    assert refusals(project) == ["publish.open-explain"]


def test_a_comment_nobody_answered_is_told_and_the_report_published(project):
    with open_log(project) as log:
        acts.comment(project, log, project.report("minzheng", YEAR), "民政甲", "problems:1", "再看一遍")
    result = publish_one(project, "minzheng")[0][0]

    assert (result.status, [one.code for one in result.findings]) == ("published", ["publish.comments"])


# --- stale reports --------------------------------------------------------------------------------------------


def change_register(project: Project, code: str) -> None:
    """Let a register of an office have a request more, after the report was signed."""
    with open_store(project.home) as store:
        store.add([sheet("requests", YEAR, [request()], code)], NOW, replace=True)


@pytest.mark.parametrize("what", ["register", "parameters", "office book", "last year", "notebook"])
def test_a_report_that_would_differ_now_is_refused_and_only_that_one(project, what):
    if what == "register":
        change_register(project, "minzheng")
    elif what == "parameters":
        write_yaml(project.home / f"params/{YEAR}/minzheng.yaml", params(PROBLEMS.replace("偏慢", "不及时")))
    elif what == "office book":
        renamed = OFFICES["minzheng"] | {"names": [{"name": "示例区民政管理局"}]}
        write_yaml(project.home / "params/offices.yaml", {"offices": OFFICES | {"minzheng": renamed}})
    elif what == "last year":
        with open_store(project.home) as store:
            store.add(
                [sheet("requests", YEAR - 1, [still_open(number="9号", arrived_on=f"{YEAR - 1}-12-30")], "minzheng")],
                NOW,
                replace=True,
            )
    else:
        notebook = project.home / "notebooks/annual_report.ipynb"
        notebook.write_text(notebook.read_text(encoding="utf-8").replace("opening = ", "opening  = "), encoding="utf-8")
    project = open_project(project.home)

    with open_log(project) as log:
        results, _ = publish(project, log, YEAR, ["minzheng", "caizheng"], act(project))
    first, other = results
    assert (first.status, [one.code for one in first.findings]) == ("refused", ["publish.outdated"])
    assert other.status == ("refused" if what == "notebook" else "published")


def write_inputs_of_now(project: Project, code: str) -> dict:
    """Write what the present registers hash to into the manifest of an older report; return what they prove."""
    inputs, path = load_inputs(project, code, YEAR), place(project, code) / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["inputs"] |= inputs.hashes()
    path.write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return draft_report(inputs).to_json()["proof"]


def test_a_manifest_that_names_the_registers_of_now_makes_no_older_report_current(project):
    change_register(project, "minzheng")
    write_inputs_of_now(project, "minzheng")

    assert refusals(project) == ["publish.outdated"]
    with pytest.raises(ReviewError, match="登记表里的记录变了"):
        forge(project, "minzheng", lambda report: report)


@pytest.mark.builds_again
def test_a_report_that_claims_to_prove_the_registers_of_now_is_counted_from_them(project):
    change_register(project, "minzheng")
    proof = write_inputs_of_now(project, "minzheng")
    forge(project, "minzheng", lambda report: report | {"proof": proof}, {"gktools": "older"})
    result = publish_one(project, "minzheng")[0][0]

    assert [one.code for one in refused(result.findings)] == ["publish.not-reproduced"]
    assert "重做出来是" in result.findings[-1].message


@pytest.mark.parametrize("correcting_it", [False, True])
def test_a_register_imported_while_the_report_is_built_again_keeps_it_back(
    project, changed, monkeypatch, correcting_it
):
    home = changed if correcting_it else project

    def build_again(some, pool):
        built = built_the_same(some)
        change_register(home, "minzheng")
        return built

    for module in (publishing, correcting):
        monkeypatch.setattr(module, "build_again", build_again)
    if correcting_it:
        sign_all(home, "minzheng")
        with open_log(home) as log, pytest.raises(ReviewError, match="刚刚登记表里的记录变了，没有发布"):
            correct(home, log, "minzheng", YEAR, act(home, correction="写错了字"))
    else:
        result = publish_one(home, "minzheng")[0][0]
        assert (result.status, "刚刚登记表里的记录变了" in result.message) == ("refused", True)


def test_a_change_after_which_the_report_is_the_same_and_a_newer_program_keep_nobody_back(project, monkeypatch):
    from gktools.build import freshness

    keep(project, "minzheng", YEAR + 1, {"requests": [still_open(number="8号", arrived_on=f"{YEAR + 1}-01-05")]})
    monkeypatch.setattr(freshness, "_package_hash", lambda: "newer")
    monkeypatch.setattr(freshness, "_libraries_hash", lambda: "newer")

    assert publish_one(project, "minzheng")[0][0].status == "published"


def test_a_correction_is_not_published_of_a_report_that_would_differ_now(changed):
    sign_all(changed, "minzheng")
    change_register(changed, "minzheng")
    with open_log(changed) as log:
        result, _, _ = correct(changed, log, "minzheng", YEAR, act(changed, correction="写错了字"))

    assert (result.status, [one.code for one in result.findings]) == ("refused", ["publish.outdated"])


def test_a_public_report_that_changed_waits_to_be_corrected_and_does_not_stop_the_site(changed, run):
    code, out, err = run("publish", "--year", YEAR, "--office", "minzheng", "--office", "caizheng", home=changed.home)

    assert (code, err) == (0, "")
    assert "示例区民政局：待更正，公开的还是第 1 版" in out
    assert "示例区财政局：已发布，第 1 版" in out
    assert "发布 1，没有变化 0，待更正 1，没有发布 0" in out
    assert versions(changed) == [("caizheng", YEAR, 1), ("minzheng", YEAR, 1)]


@pytest.mark.parametrize("what", ["register", "text", "label", "another year"])
def test_a_public_report_that_would_come_out_otherwise_by_now_waits_to_be_corrected(published, run, what):
    if what == "register":
        change_register(published, "minzheng")
    elif what == "text":
        write_yaml(published.home / f"params/{YEAR}/minzheng.yaml", params(PROBLEMS.replace("偏慢", "不及时")))
    elif what == "label":
        label = {"labels": {"requests": {"received": "一、今年新收的申请件数"}}}
        write_yaml(published.home / f"params/{YEAR}/minzheng.yaml", params(layout={"signed_on": DAY, **label}))
    else:  # a day of the next year: an input is another, and nothing that the report says
        write_yaml(published.home / "params/calendar.yaml", {"rest": {f"{YEAR + 2}-12-27": "示例：放假通知"}})
    code, out, _ = run("publish", "--year", YEAR, "--office", "minzheng", home=published.home)

    waits = what != "another year"
    assert (code, "待更正，公开的还是第 1 版" in out, "变了，现在做出来和公开的不一样" in out) == (0, waits, waits)
    with open_log(published) as log:
        result, _, _ = correct(published, log, "minzheng", YEAR, act(published, correction="写错了字"))
    assert [one.code for one in result.findings] == ["publish.nothing-to-correct"]
    assert ("还没有重做" in result.findings[0].message) == waits


def test_a_public_picture_that_shows_last_years_figures_waits_to_be_corrected_when_they_change(project, run):
    """Nothing in report.json has them."""
    received, replied = f"{YEAR - 1}-03-05", f"{YEAR - 1}-03-20"
    before = {"received_on": received, "arrived_on": received, "replied_on": replied, "sent_on": replied}
    layout = {"signed_on": DAY, "pictures": ["last_year"]}
    write_yaml(project.home / f"params/{YEAR}/minzheng.yaml", params(layout=layout))
    keep(project, "minzheng", YEAR, {"requests": [request(number=f"新〔{YEAR}〕1号")]})
    keep(project, "minzheng", YEAR - 1, {"requests": [request(number=f"旧〔{YEAR - 1}〕1号", **before)]})
    assert [one.message for one in build(project, [YEAR], ["minzheng"], options=BuildOptions(workers=1))] == [""]
    make_published_files(project, project.report("minzheng", YEAR))
    sign_all(project, "minzheng")
    assert publish_one(project, "minzheng")[0][0].status == "published"

    for number, waits in ((1, False), (2, True)):
        given = [request(number=f"旧〔{YEAR - 1}〕{one}号", **before) for one in range(1, number + 1)]
        keep(project, "minzheng", YEAR - 1, {"requests": given})
        _, out, _ = run("publish", "--year", YEAR, "--office", "minzheng", home=project.home)
        assert ("待更正，公开的还是第 1 版" in out) == waits


def test_a_sum_of_other_figures_than_the_public_ones_is_kept_back(changed, monkeypatch):
    """A report with another text or other findings is the same to a sum."""
    members = (MemberProof("minzheng", "示例区民政局", "0" * 64), MemberProof("caizheng", "示例区财政局", None))
    read = candidates.read_report_data
    monkeypatch.setattr(candidates, "read_report_data", lambda data: replace(read(data), members=members))
    report = json.loads(place(changed).joinpath("report.json").read_bytes())
    report["tables"]["requests"][0]["value"] = 7
    published = changed.home.parent / "public.json"
    shutil.copy(place(changed) / "report.json", published)
    place(changed).joinpath("report.json").write_text(json.dumps(report), encoding="utf-8")
    assert refusals(changed, "caizheng") == ["publish.other-members"]

    shutil.copy(published, place(changed) / "report.json")
    assert publish_one(changed, "caizheng")[0][0].status == "published"


def test_a_sum_of_other_counts_in_the_text_than_the_public_ones_is_kept_back(published):
    """The public text says that nothing was published; the sum would add what is in the register by now."""
    told = {"title": "甲", "channel": "政府网站", "published_on": f"{YEAR}-03-05", "count": 500}
    met = {"kind": "meeting", "held_on": f"{YEAR}-03-05", "name": "会"}
    for given, other in (({}, False), ({"publications": [told]}, True), ({"activities": [met]}, True), ({}, False)):
        keep(published, "minzheng", YEAR, given)
        assert [one.message for one in build(published, [YEAR], ["minzheng"], options=BuildOptions(workers=1))] == [""]
        with open_log(published) as log:
            sources = Sources.of(published, open_store(published.home), log)
            assert (sources.is_other("minzheng", YEAR), sources.is_other("caizheng", YEAR)) == (other, False)


def test_an_office_does_not_publish_other_figures_than_a_public_sum_has_counted_without_a_word(published):
    """The sum came first, and the office was not public yet: what it corrects now was never anybody's correction."""
    write_yaml(published.home / f"params/{YEAR}/qu-all.yaml", params())
    drafted = draft_report(load_inputs(published, "qu-all", YEAR)).to_json()
    with open_log(published) as log:
        own = published_reports(log.verified())[0].newest.body
        blob = log.put_blob(json.dumps(drafted, ensure_ascii=False).encode())
        government = replace(own, report=blob, scope="government", name="示例区人民政府（本级政府汇总）")
        log.append("qu-all", YEAR, "发布人", government)
        assert not Sources.of(published, open_store(published.home), log).sums_otherwise("caizheng", YEAR)

    change_register(published, "caizheng")
    assert [one.message for one in build(published, [YEAR], ["caizheng"], options=BuildOptions(workers=1))] == [""]
    make_published_files(published, published.report("caizheng", YEAR))
    sign_all(published, "caizheng")
    with open_log(published) as log:
        refused = publish(published, log, YEAR, ["caizheng"], act(published))[0][0]
    told = [one for one in refused.findings if one.severity == "block"]
    assert [(one.code, "示例区人民政府" in one.message) for one in told] == [("publish.sum-otherwise", True)]

    given = act(published, accepted=frozenset({told[0].fingerprint}), reason="汇总随后更正")
    with open_log(published) as log:
        assert publish(published, log, YEAR, ["caizheng"], given)[0][0].status == "published"


@pytest.mark.parametrize(
    ("when", "named", "told"),
    [
        (YEAR, {"code": "czj"}, True),
        (YEAR, None, True),
        (YEAR, "lost", True),
        (YEAR - 1, "lost", False),
        (YEAR, {"code": "czj", "name": "示例区档案局"}, True),
    ],
)
def test_a_public_sum_counts_an_office_by_code_by_name_or_by_the_office_book(published, when, named, told):
    """One that is no more kept is told to its members of the year, and stops nobody else."""
    write_yaml(published.home / f"params/{YEAR}/qu-all.yaml", params())
    drafted = draft_report(load_inputs(published, "qu-all", YEAR)).to_json()
    members = drafted["proof"]["offices"]
    other = [one for one in members if one["code"] != "caizheng"]
    own = [one | named for one in members if one["code"] == "caizheng" and isinstance(named, dict)]
    drafted["proof"]["offices"] = other + own
    drafted["tables"]["requests"][0]["value"] = 7
    with open_log(published) as log:
        body = published_reports(log.verified())[0].newest.body
        content = json.dumps(drafted, ensure_ascii=False).encode()
        blob = f"sha256:{'0' * 64}" if named == "lost" else log.put_blob(content)
        log.append("qu-all", when, "发布人", replace(body, report=blob, scope="government", name="示例区人民政府"))
        change_register(published, "caizheng")
        sources = Sources.of(published, open_store(published.home), log)
        assert sources.sums_otherwise("caizheng", YEAR) == ["示例区人民政府"] * told
        if named != "lost":
            by_name = not isinstance(named, dict) or "name" not in named
            found = [one.code for one in dependents(published, log, "caizheng", when)]
            assert ("qu-all" in found) or not by_name


def test_a_report_that_is_public_under_another_code_is_not_published_a_second_time(published, monkeypatch):
    read = candidates.read_report_data
    monkeypatch.setattr(
        candidates, "read_report_data", lambda data: replace(read(data), code="caizheng", office_name="示例区民政局")
    )
    assert refusals(published, "caizheng") == ["publish.other-code"]

    monkeypatch.setattr(candidates, "read_report_data", lambda data: replace(read(data), year=YEAR - 1))
    assert "publish.other-code" not in refusals(published, "caizheng")


def test_of_two_codes_of_one_office_in_one_run_the_second_is_not_published(project, monkeypatch):
    read = candidates.read_report_data
    monkeypatch.setattr(candidates, "read_report_data", lambda data: replace(read(data), office_name="示例区民政局"))
    with open_log(project) as log:
        first, second = publish(project, log, YEAR, ["minzheng", "caizheng"], act(project))[0]

    assert (first.status, second.status) == ("published", "refused")
    assert [one.code for one in second.findings if one.severity == "block"] == ["publish.other-code"]


@pytest.mark.parametrize("when", [YEAR - 1, YEAR + 1])
def test_a_report_that_does_not_follow_from_the_public_one_of_the_year_before_or_after_is_kept_back(project, when):
    with open_log(project) as log:
        other = json.loads(place(project).joinpath("report.json").read_bytes())
        (cell,) = (
            one
            for one in other["tables"]["requests"]
            if (one["row_key"], one["column_key"]) == ("carried_out" if when < YEAR else "carried_in", "total")
        )
        other["year"] = when
        for value, found in ((cell["value"], []), (3, ["publish.does-not-follow"])):
            cell["value"] = value
            blob = log.put_blob(json.dumps(other, ensure_ascii=False).encode())
            log.append(
                "minzheng",
                when,
                "发布人",
                PublishedBody("0", report=blob, name="示例区民政局", kind="county_department"),
            )
            sources = Sources.of(project, open_store(project.home), log)
            candidate = candidates.read_candidate(sources, project.report("minzheng", YEAR), DAY)
            told = {one.code for one in run_gate(candidate) if one.severity == "block"}
            # last year's registers give other figures than its public report, which is a finding that nobody has seen
            assert told - ({"publish.outdated"} if when < YEAR and found else set()) == set(found)


# --- what was signed, against one's own house -------------------------------------------------------------------


def forge(project: Project, code: str, report: Callable[[dict], dict], inputs: Mapping[str, str] | None = None) -> None:
    """Let another report.json and other inputs stand in a report, its manifest agreeing, signed by all three."""
    folder = place(project, code)
    text = json.dumps(report(json.loads((folder / "report.json").read_bytes())), ensure_ascii=False) + "\n"
    (folder / "report.json").write_text(text, encoding="utf-8", newline="\n")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["outputs"]["report.json"] = hash_bytes(text.encode())
    manifest["inputs"] |= inputs or {}
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    with open_log(project) as log:
        log.append(code, YEAR, "民政丙", ReturnedBody(Step.HEAD, "重签"))
    sign_all(project, code)


@pytest.mark.builds_again
def test_a_signed_report_that_its_records_do_not_give_is_refused_with_what_differs(project):
    hint = Finding("x", Severity.HINT, "没有的事", "minzheng", YEAR).to_json()
    forge(project, "minzheng", lambda report: report | {"findings": [*report["findings"], hint]})
    result = publish_one(project, "minzheng")[0][0]

    assert [one.code for one in refused(result.findings)] == ["publish.not-reproduced"]
    assert "没有的事" in result.findings[-1].message
    assert not site(project).exists()


def alter_text(project: Project, name: str, change: Callable[[dict, str], None]) -> None:
    """Change a sentence of a file of a report and, with its new hash, the manifest; export and have all three sign."""
    folder = place(project)
    text = (folder / name).read_text(encoding="utf-8").replace("一是目录更新偏慢", "一是一切都很好")
    (folder / name).write_text(text, encoding="utf-8", newline="\n")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["outputs"][name] = hash_bytes(text.encode())
    change(manifest, name)
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    export_reports(project, YEAR, ["minzheng"], list(PUBLISHED), options=ExportOptions(workers=1))
    with open_log(project) as log:
        log.append("minzheng", YEAR, "民政丙", ReturnedBody(Step.HEAD, "重签"))
    sign_all(project, "minzheng")


@pytest.mark.builds_again
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("report.html", lambda manifest, name: manifest["outputs"].pop(name)),
        ("report.html", lambda manifest, _: manifest["inputs"].update(gktools="older")),
        ("report.ipynb", lambda *_: None),  # of which the documents are written
    ],
    ids=["left out of the manifest", "of an older program", "notebook"],
)
def test_no_file_with_another_sentence_than_the_records_give_is_published(project, name, change):
    alter_text(project, name, change)

    assert refusals(project) == ["publish.not-reproduced"]


@pytest.mark.builds_again
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("report.html", "</head>", '<script src="https://example.org/x.js"></script></head>'),
        ("report.html", "</head>", "<style>td{font-size:0}</style></head>"),
        ("report.html", "<tr>", '<tr class="unseen">'),
        ("report.json", '"scope": null', '"scope": "own"'),
        ("report.json", '"title": "示例区', '"title": "（伪）示例区'),
        ("report.json", '"rows": 0', '"rows": 9'),
    ],
    ids=["script", "style", "attribute", "scope", "title", "proof"],
)
def test_whoever_says_that_an_older_program_made_a_report_changes_no_tag_and_no_value(project, name, old, new):
    folder = place(project)
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["outputs"][name] = hash_bytes((folder / name).read_bytes())
    manifest["inputs"]["gktools"] = "older"
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    with open_log(project) as log:
        log.append("minzheng", YEAR, "民政丙", ReturnedBody(Step.HEAD, "重签"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gktools.build.staleness._proves_records_of_now", lambda *_: True)  # what a later import may do
        sign_all(project, "minzheng")
        result = publish_one(project, "minzheng")[0][0]

    expected = "publish.outdated" if "rows" in old else "publish.not-reproduced"  # other registers than there are now
    assert [one.code for one in refused(result.findings)] == [expected]


def repack(path: Path, part: str, old: str, new: str) -> bytes:
    """Replace something in a part of a packed document; return the document as it was."""
    was = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(was)) as packed, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as other:
        for one in packed.infolist():
            text = packed.read(one).decode("utf-8")
            assert one.filename != part or old in text
            other.writestr(one, text.replace(old, new, 1) if one.filename == part else text)
    return was


def sign_anew(project: Project, source: str | None = None) -> None:
    with open_log(project) as log:
        log.append("minzheng", YEAR, "民政丙", ReturnedBody(Step.HEAD, "重签"))
    sign_all(project, "minzheng", source=source)


HIDDEN = ("report.docx", "word/document.xml", "<w:r>", "<w:r><w:rPr><w:vanish/></w:rPr>")
ALTERED = [HIDDEN, ("report（公开）.xlsx", "xl/styles.xml", "<cellXfs", '<numFmts count="0"/><cellXfs')]


@pytest.mark.builds_again
def test_a_document_with_hidden_words_that_was_put_there_before_it_was_signed_is_not_published(project):
    name, *change = HIDDEN
    repack(place(project) / name, *change)
    sign_anew(project, file_hash(b"a notebook that was there for a moment, of which it was made"))
    result = publish_one(project, "minzheng")[0][0]

    assert [one.code for one in refused(result.findings)] == ["publish.not-reproduced"]
    assert f"{name} 的字节不一样，做它的程序、库和字体却没有换过" in result.findings[-1].message


@pytest.mark.parametrize(("name", "part", "old", "new"), ALTERED, ids=["hidden words", "number format"])
@pytest.mark.parametrize("makers", ["the same", "others", "unknown"])
def test_a_document_that_comes_out_otherwise_is_published_only_if_others_write_it_now_and_somebody_looked(
    project, monkeypatch, name, part, old, new, makers
):
    right = repack(place(project) / name, part, old, new)
    if makers == "unknown":
        monkeypatch.setattr(acts, "document_makers", lambda _: "")  # an older gktools
    sign_anew(project)
    if makers == "others":
        monkeypatch.setattr("gktools.publication.candidate.document_makers", lambda _: "others")
    monkeypatch.setattr(publishing, "build_again", partial(built_the_same, documents={name: right}))
    (finding,) = refused(publish_one(project, "minzheng")[0][0].findings)
    accepted = {"accepted": frozenset([finding.fingerprint]), "reason": "换过字体，逐个看过"}
    after = publish_one(project, "minzheng", **accepted)[0][0].status

    assert (finding.code, after) == (
        ("publish.not-reproduced", "refused") if makers == "the same" else ("publish.other-documents", "published")
    )


def test_a_document_with_other_words_is_published_by_nobody(project, monkeypatch):
    right = repack(place(project) / "report.docx", "word/document.xml", "偏慢", "很快")
    sign_anew(project)
    monkeypatch.setattr("gktools.publication.candidate.document_makers", lambda _: "others")
    monkeypatch.setattr(publishing, "build_again", partial(built_the_same, documents={"report.docx": right}))

    assert refusals(project) == ["publish.not-reproduced"]


def test_what_makes_documents_is_known_by_its_fonts_and_libraries(monkeypatch, tmp_path):
    from gktools.build import export

    home, folder = tmp_path / "work", tmp_path / "fonts"
    folder.mkdir()
    monkeypatch.setattr(export, "_FONTS", (str(folder),))
    before = export.document_makers(home)
    (folder / "a.otf").write_bytes(b"a")
    fonts = export.document_makers(home)
    monkeypatch.setattr(export, "_programs", lambda: "newer")

    assert len({before, fonts, export.document_makers(home)}) == 3


def test_documents_are_taken_as_made_again_only_from_the_notebook_and_by_the_makers_of_now(project, monkeypatch):
    """Not if somebody who writes into the working folder might have had a font there while they were made."""
    source = file_hash((place(project) / "report.ipynb").read_bytes())
    seen = []
    monkeypatch.setattr(publishing, "build_again", lambda some, _: seen.extend(one.source for one in some) or {})
    publish_one(project, "minzheng")
    with monkeypatch.context() as patch:
        patch.setattr("gktools.publication.candidate.document_makers", lambda _: "others")
        publish_one(project, "minzheng")
    monkeypatch.setattr(acts, "fonts_are_outside", lambda _: False)
    sign_anew(project)
    publish_one(project, "minzheng")

    assert seen == [source, "", ""]


@pytest.mark.parametrize("name", ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "FONTCONFIG_FILE"])
def test_fonts_that_who_writes_into_the_working_folder_may_exchange_are_known(monkeypatch, tmp_path, name):
    from gktools.build.export import fonts_are_outside

    home = tmp_path / "work"
    found = []
    for place in (tmp_path / "other", home / "some"):
        monkeypatch.setenv(name, str(place))
        found.append(fonts_are_outside(home))

    assert found == [True, False]


def test_a_font_put_into_the_working_folder_excuses_no_other_document(monkeypatch, tmp_path):
    from gktools.build import export

    monkeypatch.setattr(export, "_FONTS", (str(tmp_path / ".fonts"),))
    before = export.document_makers(tmp_path)
    (tmp_path / ".fonts").mkdir()
    (tmp_path / ".fonts/a.otf").write_bytes(b"a")

    assert export.document_makers(tmp_path) == before


@pytest.mark.parametrize("what", ["signed anew", "opened again"])
def test_what_happens_to_a_report_while_it_is_built_again_keeps_it_back(project, monkeypatch, what):
    explained = Finding("x", Severity.EXPLAIN, "偏多", "minzheng", YEAR)

    def built_again(some, _):
        with open_log(project) as log:
            if what == "signed anew":
                log.append("minzheng", YEAR, "民政丙", ReturnedBody(Step.HEAD, "重签"))
                sign_all(project, "minzheng")
            else:
                log.append("minzheng", YEAR, "民政丙", DecisionBody(explained, "reopened", "再看看"))
        return built_the_same(some)

    if what == "opened again":
        with open_log(project) as log:
            log.append("minzheng", YEAR, "民政甲", DecisionBody(explained, "explained", "情况属实"))
        from gktools.publication import candidate as reading

        real = reading.with_decisions
        monkeypatch.setattr(reading, "with_decisions", lambda findings, now: real([*findings, explained], now))
    monkeypatch.setattr(publishing, "build_again", built_again)
    result = publish_one(project, "minzheng")[0][0]

    assert (result.status, result.message[:4]) == ("refused", "刚刚有人")
    assert versions(project) == []


def with_older_log(project: Project, monkeypatch, lose: Callable[[], None]) -> list[int]:
    """Let the log of before something stand there until a report is built again; return how often it was."""
    built: list[int] = []

    def copy(old: Path, new: Path) -> None:
        new.mkdir(exist_ok=True)
        with closing(sqlite3.connect(old / "records.db")) as source, closing(sqlite3.connect(new / "records.db")) as to:
            source.backup(to)
        shutil.copyfile(old / "review.head", new / "review.head")

    def built_again(some, _):
        built.append(1)
        if len(built) == 1:
            copy(project.home.parent / "now", project.home)
        return built_the_same(some)

    copy(project.home, project.home.parent / "older")
    lose()
    copy(project.home, project.home.parent / "now")
    forget_logs()  # another process wrote it
    monkeypatch.setattr(publishing, "build_again", built_again)
    copy(project.home.parent / "older", project.home)
    return built


def test_a_report_is_not_published_by_a_log_that_was_older_while_it_was_judged(project, monkeypatch):
    def lose() -> None:
        with open_log(project) as log:
            acts.return_report(project, log, project.report("minzheng", YEAR), "民政丙", "请核对", DAY)
        lose_last_entry(project)
        with open_log(project) as log:
            log.accept_loss("root", "磁盘坏了，找不回来")

    with_older_log(project, monkeypatch, lose)

    assert refusals(project) == ["publish.lost-entries"]
    assert versions(project) == []


@pytest.mark.parametrize("what", ["viewed", "commented"])
def test_what_others_do_meanwhile_keeps_no_report_back(project, monkeypatch, what):
    def do() -> None:
        with open_log(project) as log:
            body = ViewedBody("0" * 64) if what == "viewed" else CommentBody("problems:1", "看过了")
            log.append("caizheng", YEAR, "财政丙", body)

    built = with_older_log(project, monkeypatch, do)

    assert publish_one(project, "minzheng")[0][0].status == "published"
    assert len(built) == 1


def test_a_report_is_judged_again_once_for_what_it_may_be_judged_by(project, monkeypatch):
    def do() -> None:
        with open_log(project) as log:
            log.append("", 0, "root", UserBody("财政丙", "locked", marked=True))

    built = with_older_log(project, monkeypatch, do)

    assert publish_one(project, "minzheng")[0][0].status == "published"
    assert len(built) == 2


@pytest.mark.builds_again
def test_registers_that_are_others_only_while_a_report_is_built_again_keep_it_back(project, monkeypatch):
    keep(project, "minzheng", YEAR + 1, {"requests": [still_open(number="8号", arrived_on=f"{YEAR + 1}-01-05")]})
    real = publishing.build_again

    def altered_meanwhile(some, pool):
        some = list(some)  # all are judged
        with open_store(project.home) as store, store.engine.begin() as connection:
            connection.execute(sa.text("update register_requests set number = '9号'"))
        found = real(some, pool)
        with open_store(project.home) as store, store.engine.begin() as connection:
            connection.execute(sa.text("update register_requests set number = '8号'"))
        return found

    monkeypatch.setattr(publishing, "build_again", altered_meanwhile)
    result = publish_one(project, "minzheng")[0][0]

    assert [one.code for one in refused(result.findings)] == ["publish.outdated"]
    assert "台账库不是导入时的样子" in result.findings[-1].message


@pytest.mark.builds_again
def test_a_signed_page_that_is_exchanged_only_while_the_report_is_built_again_is_not_published(project, monkeypatch):
    page = place(project) / "report.html"
    right = page.read_bytes()
    alter_text(project, "report.html", lambda manifest, _: manifest["inputs"].update(gktools="older"))
    real = publishing.build_again

    def exchanged_meanwhile(some, pool):
        some = list(some)  # all are judged
        page.write_bytes(right)
        return real(some, pool)

    monkeypatch.setattr(publishing, "build_again", exchanged_meanwhile)
    result = publish_one(project, "minzheng")[0][0]

    assert "report.html 刚刚被换过" in refused(result.findings)[0].message


def test_a_publication_that_stands_in_the_database_only_while_the_site_is_written_is_on_no_site(project, monkeypatch):
    from contextlib import contextmanager

    real = publishing.lock_site

    @contextmanager
    def while_waiting(folder):
        with real(folder), open_store(project.home) as store:
            with store.engine.begin() as connection:
                columns = "office, year, person, kind, body, previous, hash, mark"
                forged = f"select 0, '2025', 'caizheng', {columns.partition(', ')[2]} from review_entries"
                command = f"insert into review_entries (number, at, {columns}) {forged} where kind = 'published'"
                connection.execute(sa.text(command))
            yield

    monkeypatch.setattr(publishing, "lock_site", while_waiting)
    with pytest.raises(ReviewError, match="第 1 条不见了，它的位置上是第 0 条"):
        publish_one(project, "minzheng")
    assert not (site(project) / "2024/caizheng").exists()


def test_an_entry_that_is_hidden_only_while_a_publication_is_recorded_keeps_the_report_back(project, monkeypatch):
    def hidden_meanwhile(some, _):
        with open_store(project.home) as store, store.engine.begin() as connection:
            connection.execute(sa.text("update review_entries set office = 'zzz' where number = 1"))
        return built_the_same(some)

    monkeypatch.setattr(publishing, "build_again", hidden_meanwhile)
    with pytest.raises(ReviewError, match="审签记录不完整"):
        publish_one(project, "minzheng")
    with open_log(project) as log:
        assert [one.kind for one in log.entries() if one.kind == "published"] == []


@pytest.mark.builds_again
def test_a_report_signed_before_a_newer_program_is_built_again_by_it_and_published_as_signed(project):
    forge(project, "minzheng", lambda report: report, {"gktools": "older"})
    result = publish_one(project, "minzheng")[0][0]

    assert (result.status, [one.code for one in result.findings]) == ("published", ["publish.newer-program"])


def test_a_signer_whom_the_office_book_does_not_name_is_told_and_may_be_accepted_with_a_reason(project):
    people = OFFICES["minzheng"]["people"] | {"deputy": "新来的"}
    write_yaml(
        project.home / "params/offices.yaml",
        {"offices": OFFICES | {"minzheng": OFFICES["minzheng"] | {"people": people}}},
    )
    project = open_project(project.home)
    with open_log(project) as log:
        told = audit_log(project, log)
    result = publish_one(project, "minzheng")[0][0]

    assert told == [
        f"minzheng {YEAR} 年度，“分管领导复核”是民政乙签的，单位表里现在不是这样写："
        "人换了的不要紧；没有换过的，查一查单位表是谁改过"
    ]
    assert [(one.code, one.found) for one in refused(result.findings)] == [("publish.signer", "民政乙（分管领导复核）")]
    accepted = {"accepted": frozenset([result.findings[0].fingerprint]), "reason": "签完以后换了人"}
    assert publish_one(project, "minzheng", **accepted)[0][0].status == "published"


@pytest.mark.parametrize("put_back", ["before it is built again", "never"])
def test_a_name_that_an_office_has_only_for_the_moment_is_on_no_site(project, monkeypatch, put_back):
    monkeypatch.setattr("gktools.publication.candidate.input_names", lambda *_: [])  # the manifest says so too
    monkeypatch.setattr("gktools.publication.gate.sensitive", lambda *_, **__: ())  # its page has no contact
    book = project.home / "params/offices.yaml"
    whole = book.read_bytes()
    book.write_bytes(whole.replace("示例区民政局".encode(), "示例区别的局".encode()))
    now = open_project(project.home)
    book.write_bytes(whole)

    def built_again(some, _):
        if put_back == "never":
            return built_the_same(some)
        office = project.office("minzheng", YEAR)
        return {
            one.ref: Rebuilt(parameters=parameters_of(project, office, project.params("minzheng", YEAR)))
            for one in some
        }

    monkeypatch.setattr(publishing, "build_again", built_again)
    (result,), _ = publish_one(now, "minzheng")
    if put_back == "never":
        with open_log(project) as log:
            assert [one.name for one in published_reports(log.verified())] == ["示例区民政局"]
        assert not [
            path for path in site(project).rglob("*") if path.is_file() and "别的局".encode() in path.read_bytes()
        ]
    else:
        assert [one.code for one in refused(result.findings)] == ["publish.not-reproduced"]
        assert "单位表、参数或者工作日历在核对的时候换过" in result.findings[-1].message


def test_who_signed_for_somebody_whom_the_office_book_named_only_then_is_told(changed):
    people = OFFICES["minzheng"]["people"]
    stand_in = {"step": "head", "person": people["head"], "since": "2020-01-01", "until": "2099-01-01"}
    other = OFFICES["minzheng"] | {"people": people | {"head": "没有的人", "stand_ins": [stand_in]}}
    book = changed.home / "params/offices.yaml"
    whole = book.read_bytes()
    write_yaml(book, {"offices": OFFICES | {"minzheng": other}})
    sign_all(open_project(changed.home), "minzheng", but="没有的人")
    book.write_bytes(whole)
    with open_log(changed) as log:
        told = audit_log(changed, log)
        result, _, _ = correct(changed, log, "minzheng", YEAR, act(changed, correction="原来的话不准"))

    assert [one.partition("签的")[0] for one in told] == [f"minzheng {YEAR} 年度，“主要领导审批”是民政丙代没有的人"]
    assert [(one.code, one.found) for one in refused(result.findings)] == [
        ("publish.signer", "民政丙代没有的人（主要领导审批）")
    ]


def test_what_was_done_in_the_name_of_a_locked_user_is_told_and_may_be_accepted_with_a_reason(changed):
    with open_log(changed) as log:
        log.append("", 0, "root", UserBody("民政丙", "locked", marked=True))
    sign_all(changed, "minzheng")
    with open_log(changed) as log:
        told = audit_log(changed, log)
        result, _, _ = correct(changed, log, "minzheng", YEAR, act(changed, correction="原来的话不准"))
        assert "和 --accept-reason 说明" in result.findings[0].remedy
        given = {"correction": "原来的话不准", "accepted": frozenset([result.findings[0].fingerprint])}
        with pytest.raises(GktoolsError, match="--accept-reason 写明为什么可以公开；留在审签记录里，不公布"):
            correct(changed, log, "minzheng", YEAR, act(changed, **given))
        done, _, _ = correct(changed, log, "minzheng", YEAR, act(changed, reason="问过本人，是他签的", **given))
        assert log.entries("minzheng", YEAR)[-1].body.accepted.reason == "问过本人，是他签的"
    written = b"".join(path.read_bytes() for path in site(changed).rglob("*") if path.is_file())
    assert "问过本人".encode() not in written
    assert "原来的话不准".encode() in written

    assert [re.sub("（.*", "", one) for one in told] == [f"minzheng {YEAR} 年度，民政丙的“签字”"]
    assert "那时这个用户已经锁住" in told[0]
    assert [one.code for one in refused(result.findings)] == ["publish.locked-out"]
    assert done.status == "published"


def edited(project: Project, content: bytes) -> None:
    """Record that the handler saved another file of parameters on the pages."""
    with open_log(project) as log:
        log.append("minzheng", YEAR, "民政甲", EditedBody(("text.problems",), plain_hash(content)))


def test_parameters_saved_after_a_signature_and_put_back_are_told_and_keep_the_report_back(project):
    path = project.home / f"params/{YEAR}/minzheng.yaml"
    edited(project, path.read_bytes())
    assert publish_one(project, "caizheng")[0][0].findings == ()
    edited(project, b"text: {problems: another}")
    with open_log(project) as log:
        told = audit_log(project, log)
    result = publish_one(project, "minzheng")[0][0]

    assert [f"params/{YEAR}/minzheng.yaml 不是民政甲在网页上保存的那一份" in one for one in told] == [True]
    assert [one.code for one in result.findings] == ["publish.undone-edit"]
    accepted = {"accepted": frozenset([result.findings[0].fingerprint]), "reason": "经办人又不改了，问过"}
    assert publish_one(project, "minzheng", **accepted)[0][0].status == "published"
    with open_log(project) as log:
        assert audit_log(project, log) == [], "what the version was published with was looked into"


def test_parameters_edited_by_hand_before_all_signatures_are_told_and_the_report_published(changed):
    edited(changed, b"text: {problems: another}")
    sign_all(changed, "minzheng")
    with open_log(changed) as log:
        result, _, _ = correct(changed, log, "minzheng", YEAR, act(changed, correction="原来的话不准"))

    assert (result.status, [one.code for one in result.findings]) == ("published", ["publish.other-parameters"])


def test_nothing_is_told_of_a_user_who_was_let_in_again_before(changed):
    with open_log(changed) as log:
        for user, act_ in (("民政丙", "locked"), ("民政丙", "unlocked"), ("民政乙", "removed"), ("民政乙", "added")):
            log.append("", 0, "root", UserBody(user, act_, marked=True))
    sign_all(changed, "minzheng")
    with open_log(changed) as log:
        log.append("", 0, "root", UserBody("民政丙", "locked", marked=True))
        assert audit_log(changed, log) == []
        assert correct(changed, log, "minzheng", YEAR, act(changed, correction="原来的话不准"))[0].status == "published"


def test_who_overruled_a_finding_as_the_head_only_for_that_moment_is_told(project, monkeypatch):
    from gktools.publication import candidate as reading

    block, real = Finding("x", Severity.BLOCK, "对不上"), reading.with_decisions
    book, ref = project.home / "params/offices.yaml", project.report("minzheng", YEAR)
    whole, body = book.read_bytes(), DecisionBody(block, "overruled", "情况属实，照发")
    people = OFFICES["minzheng"]["people"] | {"head": "民政甲", "handler": "民政丙"}
    write_yaml(book, {"offices": OFFICES | {"minzheng": OFFICES["minzheng"] | {"people": people}}})
    monkeypatch.setattr(acts, "read_report_data", lambda _: SimpleNamespace(findings=[block]))
    with open_log(open_project(project.home)) as log:
        given = acts.DecisionInput(block.fingerprint, "overruled", body.reason)
        acts.decide_finding(open_project(project.home), log, ref, "民政甲", given, date.today())
    book.write_bytes(whole)
    monkeypatch.setattr(reading, "with_decisions", lambda findings, now: real([*findings, block], now))
    with open_log(project) as log:
        told = audit_log(project, log)
    result = publish_one(project, "minzheng")[0][0]

    assert [one.partition("处理的")[0] for one in told] == [f"minzheng {YEAR} 年度，一处问题是民政甲（照发）"]
    assert [(one.code, one.found) for one in refused(result.findings)] == [("publish.decider", "民政甲（照发）")]
    accepted = {"accepted": frozenset([result.findings[0].fingerprint]), "reason": "决定以后换了人"}
    assert publish_one(project, "minzheng", **accepted)[0][0].status == "published"


def test_every_signature_has_the_manifest_and_the_people_of_the_office(project):
    with open_log(project) as log:
        (body,) = {
            canonical(entry.body.to_json()["people"]): entry.body
            for entry in log.entries("minzheng", YEAR)
            if entry.kind == "signed"
        }.values()
        manifest = log.get_blob(body.manifest)

    assert body.people == {"handler": ["民政甲"], "deputy": ["民政乙"], "head": ["民政丙"]}
    assert manifest == (place(project) / "manifest.json").read_bytes()


def _public(log: Log) -> PublishedBody:
    return next(one.newest.body for one in published_reports(log.entries()) if one.code == "minzheng")


def _algorithm(stored: str) -> str:
    return stored.rpartition(":")[0] or "sha256"


def test_what_was_signed_and_published_by_another_algorithm_goes_on_and_is_added_to_by_the_new_one(
    changed, run, monkeypatch
):
    """sha3_256 stands in for SM3: one report was signed and published, another signed, before it was chosen."""
    with open_log(changed) as log:
        entries, kept = log.entries(), log.get_blob(_public(log).files["report.html"])
    site_check = ("site", "verify", "site/current/manifest.dsse.json")
    asked = (("review", "verify"), ("records", "audit"), site_check)
    before = [run(*command, home=changed.home) for command in asked]
    monkeypatch.setattr(seals, "_ALGORITHMS", ("sha256", "sha3_256"))
    monkeypatch.setattr(seals, "PRESENT", "sha3_256")

    assert [run(*command, home=changed.home) for command in asked] == before
    code, out, err = run("publish", "--year", YEAR, "--office", "caizheng", home=changed.home)
    assert (code, "示例区财政局：已发布，第 1 版" in out) == (0, True), err
    sign_all(changed, "minzheng")
    with open_log(changed) as log:
        assert correct(changed, log, "minzheng", YEAR, act(changed, correction="写错了字"))[0].status == "published"
        new, digests = log.entries()[len(entries) :], _public(log).files
        assert log.entries()[: len(entries)] == entries
        assert log.get_blob(digests["report.html"]) == (place(changed) / "report.html").read_bytes() != kept
    assert {_algorithm(one.hash) for one in entries} == {"sha256"}
    assert {_algorithm(one.hash) for one in new} == {"sha3_256"}
    assert {_algorithm(digest) for digest in digests.values()} == {"sha3_256"}
    assert {one.body.algorithm for one in new if one.kind == "signed"} == {"sha3_256"}
    manifest = json.loads((site(changed) / "manifest.json").read_bytes())
    assert manifest["algorithm"] == "sha3_256"
    known = ("review", "verify", "--known", "site/current/manifest.dsse.json")
    for command in (*asked, known, ("publish", "--year", YEAR, "--office", "minzheng", "--office", "caizheng")):
        code, out, err = run(*command, home=changed.home)
        assert code == 0, (command, out, err)


def test_a_store_without_an_import_that_was_signed_over_is_not_published(project, monkeypatch):

    with open_log(project) as log:
        signed = {entry.body.imported for entry in log.entries("minzheng", YEAR) if entry.kind == "signed"}
    with open_store(project.home) as store:
        assert signed == {store.last_import_hash("minzheng")}
    monkeypatch.setattr(Store, "number_of_import", lambda self, hashed: None)

    assert refusals(project) == ["publish.lost-import"]


def test_a_log_without_what_was_published_is_not_published_on_even_with_notes_made_with_the_key(published):
    """Who has the key forges notes; the signed site still has the entry."""
    with open_log(published) as log:
        number = log.entries()[-1].number
    with open_store(published.home) as store, store.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM review_entries WHERE number = :n"), {"n": number})
        row = connection.execute(sa.text("SELECT number, hash FROM review_entries ORDER BY number DESC")).first()
        secret = bytes.fromhex((published.home / "records.key").read_text(encoding="ascii"))
        head = LogHead.of(*row, secret)
        note_in_store(connection, head)
    note_in_file(published.home, head, replace=True)

    with open_log(published) as log:
        assert log.verify() == []
        with pytest.raises(ReviewError, match=f"末尾少了：公布时写到第 {number} 条"):
            publish(published, log, YEAR, ["caizheng"], act(published))


def lose_last_entry(project: Project) -> None:
    with open_store(project.home) as store, store.engine.begin() as connection:
        connection.execute(
            sa.text("DELETE FROM review_entries WHERE number = (SELECT max(number) FROM review_entries)")
        )


def test_a_report_whose_return_is_lost_is_published_only_when_somebody_says_why_it_may(project, run):
    with open_log(project) as log:
        log.append("minzheng", YEAR, "民政丙", ReturnedBody(Step.HEAD, "数不对，退回重核"))
    lose_last_entry(project)
    with pytest.raises(ReviewError, match="审签记录不完整"):
        publish_one(project, "minzheng")
    code, out, _ = run("review", "accept-loss", "--reason", "磁盘坏了，找不回来", home=project.home)

    assert (code, f"民政局 {YEAR} 年度" in out.partition("已写明")[0]) == (0, True), (
        "it is said which reports are concerned"
    )
    result = publish_one(project, "minzheng")[0][0]
    (finding,) = refused(result.findings)
    assert (finding.code, finding.found) == ("publish.lost-entries", "民政甲、民政乙、民政丙")
    accepted = {"accepted": frozenset([finding.fingerprint]), "reason": "问过三个人，没有退回过"}
    assert publish_one(project, "minzheng", **accepted)[0][0].status == "published"
    with open_log(project) as log:
        body = log.entries("minzheng", YEAR)[-1].body
    assert (body.accepted.reason, [one.code for one in body.findings]) == (accepted["reason"], ["publish.lost-entries"])


def test_what_is_signed_again_after_a_loss_is_published(project):
    lose_last_entry(project)
    with open_log(project) as log:
        log.accept_loss("技术甲", "硬盘坏了，找不回来")
        log.append("minzheng", YEAR, "民政丙", ReturnedBody(Step.HEAD, "记录丢过，重新签"))
    sign_all(project, "minzheng")

    assert publish_one(project, "minzheng")[0][0].status == "published"


def test_who_restored_an_older_backup_beside_the_live_site_is_led_to_the_witness_and_not_past_it(
    published, signed, tmp_path
):
    shutil.copytree(signed, tmp_path / "older")  # of before the first publication: its log knows no key of a site
    shutil.copytree(published.home / "site", tmp_path / "older" / "site", symlinks=True)
    older = open_project(tmp_path / "older")

    with pytest.raises(ReviewError, match="末尾少了：公布时写到第") as told:
        publish_one(older, "minzheng")
    assert "gktools review verify --known site/current/manifest.dsse.json" in str(told.value)
    assert "网站不要移走" in str(told.value)


def test_review_verify_compares_with_the_site_and_with_a_copy_that_somebody_outside_keeps(published, run, tmp_path):
    known = tmp_path / "kept.json"
    shutil.copyfile(site(published) / "manifest.dsse.json", known)
    code, out, _ = run("review", "verify", "--known", known, home=published.home)
    number_and_hash = out.splitlines()[-1].removeprefix("最后一条：").partition("（")[0]
    assert (code, run("review", "verify", "--known", number_and_hash, home=published.home)[0]) == (0, 0)

    for path in [*published.home.glob("records.db*"), published.home / "review.head"]:
        path.unlink()
    shutil.rmtree(published.home / "site")
    assert run("review", "verify", home=published.home)[0] == 0  # all put back together: nothing inside knows
    code, out, _ = run("review", "verify", "--known", known, home=published.home)
    assert (code, "末尾少了：公布时写到第" in out) == (1, True)
    code, out, _ = run("review", "verify", "--known", number_and_hash, home=published.home)
    assert (code, "末尾少了：记下时写到第" in out) == (1, True)
    known.write_text("[]", encoding="utf-8")
    assert "不是网站的清单" in run("review", "verify", "--known", known, home=published.home)[2]


def test_a_new_key_is_endorsed_by_the_old_one_unless_that_is_lost(published, run):
    def change(**given: object) -> KeyBody:
        publish_one(published, "minzheng", new_key=True, **given)
        with open_log(published) as log:
            return next(one.body for one in reversed(log.entries()) if one.kind == "key")

    first, second = (change() for _ in range(2))
    assert is_endorsed(second.key, first.key, second.public, second.endorsement)
    assert not is_endorsed(second.key, second.key, second.public, second.endorsement)
    assert "换了网站密钥" not in run("review", "verify", home=published.home)[1]

    for leave in (Path.unlink, lambda path: path.write_text("不是密钥", encoding="utf-8")):
        leave(key_path(published.home))
        with pytest.raises(GktoolsError, match="没有它的签名：用 --reason 写明"):
            change()
        lost = change(reason="机器坏了，找不回来")
        assert (lost.previous, lost.endorsement, lost.public) == (second.key, "", "")
        second = lost
    said = run("review", "verify", home=published.home)[1]
    assert said.count("换了网站密钥，没有原来那一把的签名，原因：机器坏了，找不回来") == 2


# --- contents ------------------------------------------------------------------------------------------------


def recognising(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let the registers know these names of the text."""
    monkeypatch.setattr(
        "gktools.publication.candidate._recognise", lambda store, offices, texts: set(names) & set(texts)
    )


def test_names_are_not_looked_for_in_an_older_store_that_stands_there_only_at_that_moment(
    project, monkeypatch, tmp_path
):
    state, real = ("records.db", "records.head", "review.head"), Store.recognise

    def copy(old: Path, new: Path) -> None:
        for name in state:
            (new / name).write_bytes((old / name).read_bytes())

    def put_back(self, *given):
        copy(tmp_path / "old", project.home)
        try:
            return real(self, *given)
        finally:
            copy(tmp_path / "now", project.home)

    for folder in ("old", "now"):
        (tmp_path / folder).mkdir()
    copy(project.home, tmp_path / "old")
    with open_log(project) as log:
        assert acts.mark_viewed(project, log, project.report("caizheng", YEAR), "财政甲") is None
        note_imports(log._store, project.home, "财政甲")
    copy(project.home, tmp_path / "now")
    monkeypatch.setattr(Store, "recognise", put_back)
    result = publish_one(project, "minzheng")[0][0]

    assert (result.status, "换回了较早的" in result.message) == ("refused", True)
    monkeypatch.undo()


def test_a_name_or_number_is_refused_without_being_told(project, monkeypatch):
    recognising(monkeypatch, WORD)
    monkeypatch.setattr("gktools.publication.candidate.parameters_of", lambda *_: "others")
    monkeypatch.setattr("gktools.publication.candidate.input_names", lambda *_: [])  # of another moment
    admission = publish_one(project, "minzheng")[0][0]
    said = " ".join(f"{one.message}{one.remedy}{one.found}{one.expected}" for one in admission.findings)

    assert admission.status == "refused"
    assert {one.code for one in admission.findings} == {"publish.person", "publish.personal"}
    assert "网页“五、存在的主要问题及改进情况”第 2 段（第 3 个字起，共 4 个字）" in said
    assert "像是电话号码" in said
    assert WORD not in said
    assert "82345678" not in said


def test_a_name_that_the_office_book_gives_to_an_office_for_the_moment_is_not_published(project, monkeypatch):
    recognising(monkeypatch, WORD)
    named = OFFICES["caizheng"] | {"names": [{"name": WORD}]}
    write_yaml(project.home / "params/offices.yaml", {"offices": OFFICES | {"zz-x": named}})

    assert refusals(open_project(project.home)) == ["publish.person"]


def test_names_are_looked_for_in_the_registers_of_the_offices_that_the_signed_report_names(project, monkeypatch):
    searched = []
    monkeypatch.setattr(
        "gktools.publication.candidate._recognise", lambda store, offices, texts: searched.append(offices) or set()
    )
    summed = (MemberProof("caizheng", "示例区财政局", None),)
    monkeypatch.setattr(
        "gktools.publication.candidate.read_report_data", lambda data: replace(read_report_data(data), members=summed)
    )
    merged = {"names": [{"name": "示例区老龄办", "until": f"{YEAR}-06-30"}], "kind": "county_department"}
    joined = {**OFFICES["caizheng"], "predecessors": ["laoling"]}
    write_yaml(project.home / "params/offices.yaml", {"offices": OFFICES | {"caizheng": joined, "laoling": merged}})
    publish_one(open_project(project.home), "minzheng")

    assert searched[0] == ["minzheng", "caizheng", "laoling"]


def test_a_name_of_the_registers_that_is_a_signed_offices_too_is_published_and_told(project, monkeypatch):
    recognising(monkeypatch, "示例区民政局")
    result = publish_one(project, "minzheng")[0][0]

    assert (result.status, {one.code for one in result.findings}) == ("published", {"publish.excused"})


def test_who_changed_registers_as_a_handler_only_for_that_moment_is_told_to_who_publishes(project):
    with open_store(project.home) as store:
        for person, code in (("财政乙", "minzheng"), ("民政甲", "minzheng"), ("民政甲", "caizheng")):
            note_imports(store, project.home, person, {code: [person]})
    result = publish_one(project, "minzheng")[0][0]

    assert (result.status, [one.code for one in result.findings]) == ("published", ["publish.importer"])
    assert "财政乙在" in result.findings[0].message
    assert "民政甲" not in result.findings[0].message


def test_what_a_person_looked_into_is_published_with_the_reason(project, monkeypatch):
    recognising(monkeypatch, WORD)
    marks = frozenset(one.fingerprint for one in publish_one(project, "minzheng")[0][0].findings)

    with pytest.raises(GktoolsError, match="--reason"):
        publish_one(project, "minzheng", accepted=marks)
    assert publish_one(project, "minzheng", accepted=marks, reason="是普通词语")[0][0].status == "published"
    with open_log(project) as log:
        assert log.entries()[-1].to_json()["body"]["accepted"] == {
            "fingerprints": sorted(marks),
            "reason": "是普通词语",
        }


def test_the_register_itself_is_asked_for_names(project):
    from gktools.publication.candidate import _recognise
    from gktools.registers.store.opening import open_store

    request = sheet("requests", YEAR, [{"number": "1", "received_on": "2024-03-01", "applicant": "自然人"}], "caizheng")
    with open_store(project.home) as store:
        store.add([replace(request, personal={"applicant_name": [NAME]})], NOW, replace=True)
        assert _recognise(store, ["caizheng"], {NAME, "别的词"}) == {NAME}
        assert _recognise(store, ["minzheng"], {NAME}) == set()


# --- the log before the site ---------------------------------------------------------------------------------


def test_the_site_is_made_again_byte_for_byte_elsewhere_from_the_same_log(published, tmp_path):
    shutil.copytree(published.home, tmp_path / "other", ignore=shutil.ignore_patterns("site"))
    admissions, changed = publish_one(open_project(tmp_path / "other"), "minzheng", today=date(2031, 5, 1))

    assert (admissions[0].status, changed) == ("unchanged", True)
    assert snapshot(tmp_path / "other/site/current") == snapshot(site(published))


def test_a_public_version_stays_whatever_happens_to_the_output(published):
    before = snapshot(site(published) / "2024/minzheng/1")
    shutil.rmtree(published.home / "output")
    shutil.rmtree(published.home / "site")
    publish_one(published, "caizheng")

    assert snapshot(site(published) / "2024/minzheng/1") == before


def test_publishing_again_what_is_public_changes_nothing(published):
    target = (published.home / "site/current").readlink()

    assert publish_one(published, "minzheng")[1] is False
    assert (published.home / "site/current").readlink() == target
    assert versions(published) == [("minzheng", YEAR, 1)]


def test_other_findings_about_a_public_report_are_no_change_of_it(published):
    path = place(published) / "report.json"
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")

    assert publish_one(published, "minzheng")[0][0].status == "unchanged"


def test_a_site_that_was_tampered_with_is_made_whole(published):
    path = site(published) / "2024/minzheng/1/report.html"
    before = path.read_bytes()
    path.unlink()
    path.write_bytes(before.replace(b"0", b"9"))
    (site(published) / "added.html").write_text("x", encoding="utf-8")

    assert publish_one(published, "minzheng")[1] is True
    assert (site(published) / "2024/minzheng/1/report.html").read_bytes() == before
    assert not (site(published) / "added.html").exists()


def test_a_list_of_a_site_that_our_key_did_not_sign_is_not_believed_and_the_site_left_alone(published):
    listed = site(published) / "manifest.json"
    listed.write_text(json.dumps(json.loads(listed.read_text(encoding="utf-8")) | {"reports": []}), encoding="utf-8")
    assert publish_one(published, "caizheng")[1] is True, "the list beside the envelope is not read, and made whole"
    envelope = site(published) / "manifest.dsse.json"
    envelope.unlink()
    envelope.symlink_to("/dev/zero")

    with pytest.raises(GktoolsError, match="不是这里的密钥签的，没有动它"):
        publish_one(published, "minzheng")


@pytest.mark.parametrize("put", ["pipe", "folder", "device", "nothing", "another site"])
def test_review_verify_says_that_it_could_not_compare_with_a_site_that_has_no_envelope_of_ours(published, run, put):
    from gktools.publication.signing import SigningKey

    envelope = site(published) / "manifest.dsse.json"
    envelope.unlink()
    match put:
        case "pipe":
            os.mkfifo(envelope)
        case "folder":
            envelope.mkdir()
        case "device":
            envelope.symlink_to("/dev/zero")
        case "another site":
            (published.home / "other").mkdir()
            key: SigningKey = create_key(published.home / "other")
            envelope.write_bytes(key.sign((site(published) / "manifest.json").read_bytes()))
            (site(published) / "public-key.pem").unlink()
            (site(published) / "public-key.pem").write_bytes(key.public)
    code, out, _ = run("review", "verify", home=published.home)

    assert code == 1
    assert "没有和网站对：" in out


def test_an_older_log_does_not_take_back_what_is_public(published, signed):
    for name in ("records.db", "review.head"):
        shutil.copyfile(signed / name, published.home / name)
    before = snapshot(site(published))

    with pytest.raises(GktoolsError, match="公布时写到第"):
        publish_one(published, "caizheng")
    assert snapshot(site(published)) == before


def test_a_folder_with_something_else_in_it_is_left_alone(project, tmp_path):
    (tmp_path / "www/current").mkdir(parents=True)
    (tmp_path / "www/current/index.html").write_text("别人的网站", encoding="utf-8")

    with pytest.raises(GktoolsError, match="不是 gktools 写的网站"):
        publish_one(project, "minzheng", folder=tmp_path / "www")
    assert (tmp_path / "www/current/index.html").read_text(encoding="utf-8") == "别人的网站"


def test_releases_that_others_keep_in_the_folder_stay(published):
    kept = [published.home / f"www/releases/2024010{n}/index.html" for n in range(1, 4)]
    for path in kept:
        path.parent.mkdir(parents=True)
        path.write_text("别人的", encoding="utf-8")
    publish_one(published, "minzheng", folder=published.home / "www")

    assert [path.exists() for path in kept] == [True] * 3


def test_a_log_that_is_not_whole_publishes_nothing(project):
    import sqlite3

    with sqlite3.connect(project.home / "records.db") as connection:
        connection.execute("UPDATE review_entries SET person = '别人' WHERE number = 1")
    with pytest.raises(GktoolsError, match="审签记录不完整"):
        publish_one(project, "minzheng")


def test_what_is_no_longer_kept_stops_only_the_report_that_needs_it_and_the_site_brings_back_what_is_public(published):
    with open_log(published) as log:
        page = published_reports(log.entries())[0].newest.body.files["report.html"]
        signed = [entry.body.manifest for entry in log.entries("caizheng", YEAR) if entry.kind == "signed"]
    lose(published, page, *signed)

    with open_log(published) as log:
        results = publish(published, log, YEAR, ["minzheng", "caizheng"], act(published))[0]
        assert hash_bytes(log.get_blob(page)) == page
    assert [one.status for one in results] == ["unchanged", "refused"]
    assert "gktools records restore" in results[1].message

    lose(published, page)
    for path in site(published).rglob("report.html"):
        path.write_text("别的", encoding="utf-8")
    with pytest.raises(GktoolsError, match="report.html 写不出来.*gktools records restore"):
        publish_one(published, "minzheng")


def lose(project: Project, *digests: str) -> None:
    with sqlite3.connect(project.home / "records.db") as connection:
        connection.executemany("DELETE FROM review_kept WHERE sha256 = ?", [(one,) for one in digests])
    connection.close()


# --- in one step ---------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from gktools.build.pool import skip_slow_imports
skip_slow_imports()
from gktools.build.reproduce import Rebuilt
from gktools.workspace.project import open_project
from gktools.publication import candidate as reading, correct, publish, releases
from gktools.review import log

publish.build_again = lambda some, pool: {one.ref: Rebuilt(parameters=one.parameters) for one in some}

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after(place, name, count=1):
    real, left = getattr(place, name), [count]
    def one(*given, **named):
        found = real(*given, **named)
        left[0] -= 1
        return die() if not left[0] else found
    setattr(place, name, one)

MOMENTS = {
    "a file is kept": lambda: after(log.Log, "put_blob", 3),
    "the log says so": lambda: after(log.Log, "append"),
    "half is written": lambda: after(releases, "_link_unchanged", 9),
    "all is written": lambda: setattr(releases, "_switch", die),
    "before the link": lambda: setattr(releases, "_replace_link", die),
    "after the link": lambda: setattr(releases, "_remove_old_releases", die),
}
for home, moment in zip(map(Path, sys.argv[1::2]), sys.argv[2::2]):
    if not os.fork():
        MOMENTS[moment]()
        releases._sync = lambda: None
        project = open_project(home)
        with log.open_log(project) as opened:
            publish.publish(project, opened, 2024, ["caizheng"], publish.PublishRequest("发布人", date(2025, 1, 20), home / "site"))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.wait()[1]) == -signal.SIGKILL, moment
"""
MOMENTS = re.findall(r'    "(.+)": lambda', KILLED)


@pytest.fixture(scope="module")
def killed(public: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By the moment at which a publish was killed, the working folder that it left."""
    homes = {moment: tmp_path_factory.mktemp("killed") / "work" for moment in MOMENTS}
    for home in homes.values():
        shutil.copytree(public, home, symlinks=True)
    pairs = [str(part) for moment, home in homes.items() for part in (home, moment)]
    subprocess.run([sys.executable, "-c", KILLED, *pairs], check=True)
    return homes


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_publish_that_is_killed_leaves_the_old_site_and_the_next_goes_on(killed, public, moment):
    project = open_project(killed[moment])

    assert verify_site(site(project) / "manifest.dsse.json").intact
    assert (snapshot(site(project)) == snapshot(public / "site/current")) is (moment != "after the link")
    publish_one(project, "caizheng")
    assert versions(project) == [("caizheng", YEAR, 1), ("minzheng", YEAR, 1)]
    assert verify_site(site(project) / "manifest.dsse.json").intact
    assert (site(project) / "2024/caizheng/1/report.html").exists()
    assert len(list((project.home / "site/releases").iterdir())) <= 2
    assert not (project.home / "site/.making").exists()


def test_two_publishes_at_once_do_not_mix(project):
    failed: list[BaseException] = []

    def one(codes: list[str]) -> None:
        try:
            with open_log(project) as log:
                publish(project, log, YEAR, codes, act(project))
        except BaseException as error:
            failed.append(error)

    both = [
        threading.Thread(target=one, args=[codes]) for codes in (["minzheng", "caizheng"], ["caizheng", "minzheng"])
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert failed == []
    assert len(list(project.home.glob("*site.key*"))) == 1
    assert versions(project) == [("caizheng", YEAR, 1), ("minzheng", YEAR, 1)]
    assert verify_site(site(project) / "manifest.dsse.json").intact


def test_a_publish_waits_for_the_one_that_is_writing(published):
    thread = threading.Thread(target=publish_one, args=[published, "caizheng"])
    with releases.lock_site(published.home / "site"):
        thread.start()
        thread.join(1)
        assert thread.is_alive()
        assert not (site(published) / "2024/caizheng").exists()
    thread.join()

    assert (site(published) / "2024/caizheng").exists()


def test_who_holds_the_lock_of_the_site_is_named_after_a_while(published, monkeypatch):
    monkeypatch.setattr(releases, "WAIT", 0.3)
    lock = published.home / "site/.lock"
    assert lock.stat().st_mode & 0o777 == 0o600
    lock.chmod(0o644)  # as an older gktools made it: whoever opened it then still has it
    hold = "import fcntl, sys; file = open(sys.argv[1]); fcntl.flock(file, 2); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        try:
            other.stdout.readline()
            with pytest.raises(BusyError, match=rf"正由 .*（进程 {other.pid}）占着"):
                publish_one(published, "caizheng")
        finally:
            other.kill()
    assert lock.stat().st_mode & 0o777 == 0o600
    assert not (site(published) / "2024/caizheng").exists()
    publish_one(published, "minzheng")
    assert (site(published) / "2024/caizheng").exists(), "what was recorded is on the site by the next run"


def test_a_folder_that_cannot_be_listed_is_found_by_verifying_and_gone_by_publishing(published, monkeypatch):
    closed, real = site(published).resolve() / "2024/minzheng/2", os.scandir
    closed.mkdir()

    def scandir(path):
        if not isinstance(path, int) and Path(path) in (closed, site(published) / "2024/minzheng/2"):
            raise PermissionError(errno.EACCES, "no", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert verify_site(site(published) / "manifest.dsse.json").added == ("2024/minzheng/2",)

    assert publish_one(published, "minzheng")[1] is True
    assert verify_site(site(published) / "manifest.dsse.json").intact
    assert not (site(published) / "2024/minzheng/2").exists()


def test_folders_nested_very_deep_are_named_in_words_and_gone_by_publishing(published, tmp_path):
    here = os.open(site(published), os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(60):
        os.mkdir("a", dir_fd=here)
        inside = os.open("a", os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = inside
    os.close(here)

    assert verify_site(site(published) / "manifest.dsse.json").added == ("/".join("a" * 41),)
    with pytest.raises(GktoolsError, match="套了 40 层以上的文件夹"):
        files_to_keep(published.home)
    assert publish_one(published, "minzheng")[1] is True
    assert verify_site(site(published) / "manifest.dsse.json").intact
    assert files_to_keep(published.home)


def test_a_full_disk_is_told_and_the_old_site_stands(published, monkeypatch):
    before = snapshot(site(published))
    real = releases.new_file

    def full(path, mode):
        if path.name == "report.pdf":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, mode)

    monkeypatch.setattr(releases, "new_file", full)
    with pytest.raises(GktoolsError, match="磁盘满了.*原来的网站没有动"):
        publish_one(published, "caizheng")
    assert snapshot(site(published)) == before
    assert not (published.home / "site/.making").exists()

    monkeypatch.undo()
    assert publish_one(published, "caizheng")[1] is True


def test_without_links_a_site_is_moved_into_place(project, monkeypatch):
    def none(*_, **__):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "symlink_to", none)
    monkeypatch.setattr(os, "link", none)
    publish_one(project, "minzheng")
    publish_one(project, "caizheng")

    assert not site(project).is_symlink()
    assert verify_site(site(project) / "manifest.dsse.json").intact
    assert (site(project) / "2024/caizheng/1/report.html").exists()


def test_without_links_a_publish_killed_between_two_moves_is_put_right_by_the_next(project, monkeypatch):
    monkeypatch.setattr(Path, "symlink_to", lambda *_, **__: (_ for _ in ()).throw(NotImplementedError()))
    publish_one(project, "minzheng")
    before = snapshot(site(project))
    site(project).rename(project.home / "site/.current-old")
    with releases.lock_site(project.home / "site"):
        assert snapshot(site(project)) == before
    publish_one(project, "caizheng")

    assert verify_site(site(project) / "manifest.dsse.json").intact
    assert not (project.home / "site/.current-old").exists()


# --- signed --------------------------------------------------------------------------------------------------


def test_any_file_changed_removed_or_added_is_found_by_verifying(published, run):
    envelope = site(published) / "manifest.dsse.json"
    code, out, _ = run("verify", envelope, home=published.home)
    assert (code, "网站完整" in out) == (0, True)

    (site(published) / "2024/minzheng/1/report.csv").unlink()
    (site(published) / "index.html").unlink()
    (site(published) / "index.html").write_text("假的", encoding="utf-8")
    (site(published) / "x.html").write_text("假的", encoding="utf-8")
    (site(published) / "elsewhere").symlink_to(published.home, target_is_directory=True)
    (site(published) / "terms.html").rename(published.home / "terms.html")
    (site(published) / "terms.html").symlink_to(published.home / "terms.html")
    verdict = verify_site(envelope)

    assert (verdict.altered, verdict.missing, verdict.added) == (
        ("index.html", "terms.html"),
        ("2024/minzheng/1/report.csv",),
        ("elsewhere", "x.html"),
    )
    assert run("verify", envelope, home=published.home)[0] == 1
    publish_one(published, "minzheng")
    assert verify_site(envelope).intact


def test_a_list_signed_with_another_key_is_found(published, tmp_path):
    other = create_key(tmp_path)
    envelope = json.loads((site(published) / "manifest.dsse.json").read_bytes())

    assert open_envelope(envelope, other.public) is None
    (tmp_path / "their.pem").write_bytes(other.public)
    assert not verify_site(site(published) / "manifest.dsse.json", tmp_path / "their.pem").signed


def test_openssl_verifies_the_site_as_its_page_says(published, tmp_path):
    need("openssl", shutil.which("openssl"))
    page = (site(published) / "verify.html").read_text(encoding="utf-8")
    commands = re.findall(r"<code>(openssl.*?)</code>", page, re.DOTALL)[0].replace("&gt;", ">").replace("&lt;", "<")
    for name in ("manifest.json", "manifest.dsse.json", "public-key.pem"):
        shutil.copyfile(site(published) / name, tmp_path / name)
    done = subprocess.run(["bash", "-ec", commands], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "Signature Verified Successfully" in done.stdout, done.stderr
    assert re.findall(r'<code class="key">(\w+)</code>', page)[0] in done.stdout


def test_a_key_that_is_gone_or_another_one_is_not_replaced_in_silence(published):
    path = key_path(published.home)
    kept = path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    path.unlink()
    with pytest.raises(GktoolsError, match="找不到发布用的密钥"):
        publish_one(published, "caizheng")
    create_key(published.home)
    with pytest.raises(GktoolsError, match="不是上一次发布用的"):
        publish_one(published, "caizheng")
    path.write_bytes(kept)
    publish_one(published, "minzheng", new_key=True)

    assert (published.home / "site.key.old1").read_bytes() == kept
    assert verify_site(site(published) / "manifest.dsse.json").intact
    assert publish_one(published, "minzheng")[0][0].status == "unchanged"
    with open_log(published) as log:
        assert log.entries()[-1].kind == "key"


def test_of_two_who_make_the_first_key_at_once_both_get_the_same(tmp_path):
    first = create_key(tmp_path)

    assert create_key(tmp_path).id == first.id
    assert create_key(tmp_path, replace=True).id != first.id
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site.key", "site.key.old1"]


# --- corrections ---------------------------------------------------------------------------------------------


def test_a_correction_signed_anew_is_the_second_version_and_the_first_stays(changed):
    published, first = changed, snapshot(site(changed) / "2024/minzheng/1")
    with open_log(published) as log:
        assert correct(published, log, "minzheng", YEAR, act(published, correction="写错了字"))[0].status == "refused"
    sign_all(published, "minzheng")
    waiting = publish_one(published, "minzheng")[0][0]
    assert (waiting.status, [one.code for one in waiting.findings]) == ("uncorrected", ["publish.uncorrected"])
    with open_log(published) as log:
        admission, rest, _ = correct(published, log, "minzheng", YEAR, act(published, correction="<写错>了字"))
    page = (site(published) / "2024/minzheng/index.html").read_text(encoding="utf-8")

    assert (admission.status, admission.version, rest) == ("published", 2, [])
    assert snapshot(site(published) / "2024/minzheng/1") == first
    assert (site(published) / "2024/minzheng/2/report.html").read_bytes() == (
        place(published) / "report.html"
    ).read_bytes()
    assert "&lt;写错&gt;了字" in page
    assert "原来是“一是目录更新偏慢。”，现在是“一是目录更新不及时。”" in page
    assert "主要领导审批：民政丙" in page
    assert "第 2 版代替第 1 版" in page
    assert 'href="2.html">看现在的第 2 版' in (site(published) / "2024/minzheng/1.html").read_text(encoding="utf-8")
    assert versions(published) == [("minzheng", YEAR, 2)]
    assert verify_site(site(published) / "manifest.dsse.json").intact


def test_a_title_or_label_that_is_printed_otherwise_is_named_in_the_note(published, monkeypatch):
    monkeypatch.setattr(correcting, "check_passages", lambda *_: [])
    with open_log(published) as log:
        versions = published_reports(log.verified())[0].versions
        content = log.get_blob(versions[-1].body.report)
        label = json.loads(content)["tables"]["requests"][0]["row"][0]
        page = log.get_blob(versions[-1].body.files[PUBLIC["report.html"]])
        files = {"report.json": content.replace(label.encode(), "另一种写法".encode()), "report.html": page}
        noted = correcting.describe_changes(log, SimpleNamespace(state=SimpleNamespace(versions=versions), files=files))

    assert noted == [f"“{label}”现在印成“另一种写法”"]


def picture(title: str, shows: str = "甲1件") -> str:
    return f'<figure><svg><title id="picture-a-title">{title}</title>\n<desc id="d">{shows}</desc></svg></figure>'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ([picture("图甲"), picture("图乙")], [picture("图乙")], ["图“图甲”不再有了"]),
        ([], [picture("图甲")], ["图“图甲”是加的"]),
        ([picture("图甲")], [picture("图甲", "甲2件")], ["图“图甲”的内容改了"]),
        ([picture("图甲"), picture("图乙")], [picture("图乙"), picture("图甲")], ["图的次序换了"]),
        ([picture("图甲")], [picture("图甲")], []),
    ],
)
def test_pictures_that_are_gone_or_others_are_named_in_the_note(old, new, said):
    pages = ("".join(some).encode() for some in (old, new))
    assert [*correcting._redrawn(*map(pictures_of_page, pages))] == said


def test_what_was_taken_out_as_personal_is_not_said_again_in_the_note(changed, monkeypatch):
    recognising(monkeypatch, "新偏慢")
    sign_all(changed, "minzheng")
    with open_log(changed) as log:
        correct(changed, log, "minzheng", YEAR, act(changed, correction="去掉不该有的内容"))
    page = (site(changed) / "2024/minzheng/index.html").read_text(encoding="utf-8")

    assert "涉及不应公开的内容" in page
    assert "偏慢" not in page


@pytest.mark.parametrize("reason", ["", "错", "字" * 501])
def test_a_correction_needs_a_reason_that_says_something(published, reason):
    with open_log(published) as log, pytest.raises(GktoolsError, match="--reason"):
        correct(published, log, "minzheng", YEAR, act(published, correction=reason))


@pytest.mark.parametrize("given", [{"reason": "数\x01填错了"}, {"reason": "\udcff填错了"}, {"person": "甲\n乙"}])
def test_what_cannot_stand_on_a_page_or_in_a_feed_is_refused(published, given):
    with open_log(published) as log, pytest.raises(GktoolsError, match="请写成一行"):
        correct(published, log, "minzheng", YEAR, act(published, **{"correction": "写错了字"} | given))


def test_what_is_not_public_or_not_changed_cannot_be_corrected(published):
    with open_log(published) as log:
        for code in ("minzheng", "caizheng"):
            admission, _, _ = correct(published, log, code, YEAR, act(published, correction="写错了字"))
            assert [one.code for one in admission.findings] == ["publish.nothing-to-correct"]


def test_a_correction_names_the_reports_that_rest_on_it_until_they_are_newer(changed, run):
    published = changed
    for folder in ("2024/qu-all", "2025/minzheng"):
        (published.home / "output" / folder).mkdir(parents=True)
        (published.home / "output" / folder / "manifest.json").write_text('{"outputs": {}}', encoding="utf-8")
    sign_all(published, "minzheng")
    code, out, _ = run("correct", "minzheng", "--year", YEAR, "--reason", "写错了字", home=published.home)

    assert code == 0
    assert "待办：示例区人民政府（本级政府汇总） 2024 年度报告（逐级汇总）：已经做好，要重做" in out
    assert "待办：示例区民政局 2025 年度报告（上年结转和上年的数）" in out
    with open_log(published) as log:
        assert len(open_tasks(log)) == 2


def test_a_public_sum_rests_on_a_corrected_report_whatever_the_office_book_says_for_the_moment(published):
    with open_log(published) as log:
        own = published_reports(log.verified())[0].newest.body
        report = json.loads(log.get_blob(own.report))
        report["proof"]["offices"] = [{"code": "minzheng", "name": "示例区民政局", "sha256": "0" * 64}]
        blob = log.put_blob(json.dumps(report, ensure_ascii=False).encode())
        for year in (YEAR, YEAR + 1):
            log.append("qu-all", year, "发布人", replace(own, report=blob, scope="government", name="示例区人民政府"))
        hidden = replace(published, book={"minzheng": published.book["minzheng"]})
        found = dependents(hidden, log, "minzheng", YEAR)

    assert [(one.code, one.year, one.name, one.public, one.why) for one in found] == [
        ("qu-all", YEAR, "示例区人民政府", True, "逐级汇总"),
        ("qu-all", YEAR + 1, "示例区人民政府", True, "汇总的上年的数"),
    ]


def test_a_clock_that_was_ahead_is_told_and_keeps_nothing_back(changed, run, monkeypatch):
    """Entries cannot be changed: what refused them once would refuse them for ever, and every backup has them."""
    real = clock.now
    with monkeypatch.context() as ahead:
        ahead.setattr(clock, "now", lambda: real() + timedelta(days=900))
        sign_all(changed, "minzheng")

    code, told, _ = run("review", "verify", home=changed.home)
    assert (code, told.count("写入时电脑的时间不对"), "minzheng 2024 年度，民政甲）的时间" in told) == (0, 3, True)
    assert run("backup", changed.home.with_name("all.zip"), home=changed.home)[0] == 0
    with open_log(changed) as log:
        result, _, _ = correct(changed, log, "minzheng", YEAR, act(changed, correction="写错了字"))
    assert result.status == "published"
    assert "publish.clock-behind" in [one.code for one in result.findings]


# --- what readers get ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages(public: Path) -> dict[str, bytes]:
    """Every file of a whole site."""
    return snapshot(public / "site/current")


def test_no_page_runs_or_fetches_anything_or_knows_the_clock(pages):
    texts = {name: data.decode() for name, data in pages.items() if name.endswith((".html", ".css", ".xml"))}
    addresses = {
        name: set(re.findall(r"(?:[a-z]+:)?//[^\s\"'<>)]+", text))
        - {"http://www.w3.org/2005/Atom", "http://www.w3.org/2000/svg"}
        for name, text in texts.items()
    }

    assert len(texts) > 6
    assert {name: found for name, found in addresses.items() if found} == {}
    for name, text in texts.items():
        assert not re.search(r"<script|<iframe|<img|\son[a-z]+=|javascript:|@import|url\(", text), name


def test_every_link_of_the_site_leads_to_a_file_of_it(pages):
    for name, data in pages.items():
        if name.endswith(".html") and "/1/" not in name:
            for link in re.findall(r'href="([^"#]+)"', data.decode()):
                target = os.path.normpath((Path(name).parent / link).as_posix())
                assert target in pages, (name, link)


def test_the_package_of_a_year_holds_its_data_and_its_pages_without_a_clock(public):
    with zipfile.ZipFile(public / "site/current/2024/2024.zip") as packed:
        names = packed.namelist()
        described = json.loads(packed.read("datapackage.json"))
        page = packed.read("reports/minzheng.html")
        dates = {entry.date_time for entry in packed.infolist()}
        for resource in described["resources"]:
            assert resource["hash"] == f"sha256:{hash_bytes(packed.read(resource['path']))}"

    assert names == [
        *("reports/minzheng.html", "reports/minzheng.json"),
        *("datapackage.json", "figures.csv", "offices.csv", "paragraphs.csv"),
    ]
    assert page == (public / "site/current/2024/minzheng/1/report.html").read_bytes()
    assert dates == {(1980, 1, 1, 0, 0, 0)}


def test_the_feed_is_atom_and_dated_by_the_log(public):
    root = ElementTree.parse(public / "site/current/feed.xml").getroot()
    atom = "{http://www.w3.org/2005/Atom}"
    with open_log(open_project(public)) as log:
        moments = [entry.at for entry in log.entries() if entry.kind == "published"]

    assert [one.findtext(f"{atom}updated") for one in root.iter(f"{atom}entry")] == moments
    assert root.findtext(f"{atom}updated") == moments[-1]


def test_nothing_of_this_machine_stands_in_the_site(pages, public):
    for name, data in pages.items():
        assert str(public).encode() not in data, name
        assert b"gk-" not in data, name


# --- the registers as they were imported; a machine that is lost -----------------------------------------------


def test_registers_changed_in_the_database_stop_publishing(published):
    with open_store(published.home) as store, store.engine.begin() as connection:
        connection.execute(sa.text("update coverage set rows = 5 where office = 'minzheng'"))

    with pytest.raises(ReviewError, match="台账库不是导入时的样子，没有发布：第 . 次导入，minzheng 2023 年"):
        publish_one(published, "minzheng")
    with pytest.raises(ReviewError, match="台账库不是导入时的样子"), open_log(published) as log:
        correct(published, log, "minzheng", YEAR, act(published, correction="数字写错了，更正"))
    assert publish_one(published, "caizheng")[0][0].status == "published", "another office is whole"


def test_a_lost_machine_is_made_again_from_one_file(published, tmp_path, monkeypatch, capsys):
    add_users(published.home, "民政甲")
    before, reports = snapshot(site(published)), snapshot(published.home / "output")
    del reports["2024/.seen.json"]  # what the next build finds again
    monkeypatch.chdir(published.home)
    keeping.backup(tmp_path / "all.zip")
    assert "谁拿到它，谁就能冒充这个单位签署和发布" in capsys.readouterr().out
    monkeypatch.chdir(tmp_path)
    shutil.rmtree(published.home)

    keeping.restore(tmp_path / "all.zip", tmp_path / "new")
    new = open_project(tmp_path / "new")
    with open_log(new) as log, open_store(new.home) as store:
        assert audit_log(new, log) == []
        assert store.audit() == []
    assert snapshot(new.home / "output") == reports
    assert snapshot(site(new)) == before
    assert publish_one(new, "minzheng")[0][0].status == "unchanged"
    assert snapshot(site(new)) == before
    shutil.rmtree(new.home / "site")
    publish_one(new, "minzheng")
    assert snapshot(site(new)) == before
    assert [user.name for user in Users(Accounts(new.home)).all()] == ["民政甲"]
    assert {one.name: one.stat().st_mode & 0o077 for one in new.home.iterdir() if one.is_file()} == dict.fromkeys(
        ("records.db", "records.key", "records.head", "review.head", "review-users.db", "site.key"), 0
    )


def test_a_backup_is_not_written_into_what_it_keeps(published, monkeypatch):
    monkeypatch.chdir(published.home)
    with pytest.raises(GktoolsError, match="备份不能写在"):
        keeping.backup(published.home / "output" / "all.zip")
