"""Stale reports: what makes a report differ now, what does not, and how many are looked into at a time."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from casework import request, still_open
from projects import keep, make_project, stand_whole, write_yaml

from gktools.build import freshness, staleness
from gktools.build.freshness import BuildCache
from gktools.build.staleness import StaleReports, stale_inputs
from gktools.registers.store.opening import open_store
from gktools.workspace.project import Project, open_project

YEAR, CODE = 2024, "minzheng"
OFFICES = {
    code: {"names": [{"name": f"示例区{name}局"}], "kind": "county_department"}
    for code, name in (("caizheng", "财政"), ("jiaoyu", "教育"), ("minzheng", "民政"))
}
CARRIED = still_open(number="9号", arrived_on="2024-12-20")


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    """A working folder with the reports of three offices; one has a request answered and one carried over."""
    home = tmp_path_factory.mktemp("stale") / "work"
    project = make_project(home, OFFICES, {(YEAR, code): {"contact": {"phone": "1"}} for code in OFFICES})
    for code in OFFICES:
        keep(project, code, YEAR - 1, {})
        keep(project, code, YEAR, {"requests": [request(), CARRIED]} if code == CODE else {})
        stand_whole(project, code, YEAR)
    return home


@pytest.fixture
def project(kept, tmp_path) -> Project:
    shutil.copytree(kept, tmp_path / "work")
    return open_project(tmp_path / "work")


def stale(project: Project, code: str = CODE) -> tuple[str, ...]:
    return stale_inputs(open_project(project.home), project.report(code, YEAR))


def test_a_report_as_built_is_not_stale(project):
    assert stale(project) == ()


def test_whoever_writes_that_a_report_was_looked_at_makes_no_stale_one_current(project):
    keep(project, CODE, YEAR, {"requests": [request(), request(number="2号"), CARRIED]})
    with open_store(project.home) as store:
        forged = BuildCache(project, YEAR, store.import_fingerprints())
    office, params = project.office(CODE, YEAR), project.params(CODE, YEAR)
    forged.add(CODE, forged.built_from(office, params), {})
    forged.write()

    assert forged.is_current(CODE, forged.built_from(office, params))
    assert stale(project) == (freshness.CHANGES["records"],)


def test_a_changed_record_a_late_answer_and_a_register_taken_back_make_it_stale(project):
    for requests in ([request(), request(number="2号"), CARRIED], [request(), CARRIED | {"arrived_on": "2024-12-19"}]):
        keep(project, CODE, YEAR, {"requests": requests})
        assert stale(project) == (freshness.CHANGES["records"],)
    keep(project, CODE, YEAR, {"requests": [request(), CARRIED]})
    assert stale(project) == (freshness.CHANGES["records"],), "what was withdrawn meanwhile is a finding"


def test_a_change_that_is_taken_back_leaves_it_as_it_was(project):
    keep(project, CODE, YEAR, {"requests": [request(), CARRIED | {"arrived_on": "2024-12-19"}]})
    assert stale(project) == (freshness.CHANGES["records"],)
    keep(project, CODE, YEAR, {"requests": [request(), CARRIED]})
    assert stale(project) == ()


def test_an_answer_in_january_to_a_request_carried_over_makes_the_report_of_the_year_differ(project):
    answered = request(number="9号", arrived_on="2024-12-20", replied_on="2025-01-10", sent_on="2025-01-10")
    keep(project, CODE, YEAR + 1, {"requests": [answered]})

    assert stale(project) == (freshness.CHANGES["records"],)


def test_requests_of_the_next_year_and_other_offices_registers_change_nothing(project):
    keep(project, CODE, YEAR + 1, {"requests": [CARRIED, still_open(number="1号", arrived_on="2025-01-03")]})
    keep(project, "caizheng", YEAR, {"requests": [request()]})

    assert stale(project) == ()
    assert stale(project, "caizheng") == (freshness.CHANGES["records"],)


def test_parameters_office_book_last_year_and_notebook_make_it_stale(project):
    write_yaml(project.home / f"params/{YEAR}/{CODE}.yaml", {"contact": {"phone": "2"}})
    assert stale(project) == (freshness.CHANGES["parameters"],)
    write_yaml(project.home / f"params/{YEAR}/{CODE}.yaml", {"contact": {"phone": "1"}})
    renamed = OFFICES[CODE] | {"names": [{"name": "示例区民政管理局"}]}
    write_yaml(project.home / "params/offices.yaml", {"offices": OFFICES | {CODE: renamed}})
    assert stale(project) == (freshness.CHANGES["parameters"], freshness.CHANGES["last_year"])
    write_yaml(project.home / "params/offices.yaml", {"offices": OFFICES})

    notebook = project.home / freshness.NOTEBOOK
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("opening = ", "opening  = "), encoding="utf-8")
    assert stale(project) == (freshness.CHANGES["notebook"],)


def test_a_newer_program_and_newer_libraries_do_not(project, monkeypatch):
    for name in ("_package_hash", "_libraries_hash"):
        monkeypatch.setattr(freshness, name, lambda: "newer")

    assert stale(project) == ()


def test_parameters_that_are_wrong_now_are_said(project):
    (project.home / f"params/{YEAR}/{CODE}.yaml").write_text("contact: [", encoding="utf-8")

    assert "现在有错，做不出来" in stale(project)[0]


def test_what_is_not_built_or_was_altered_is_not_stale(project):
    keep(project, CODE, YEAR, {"requests": [request()]})
    folder = project.report(CODE, YEAR).folder
    (folder / "report.html").write_text("altered", encoding="utf-8")
    assert stale(project) == ()
    shutil.rmtree(folder)
    assert stale(project) == ()


def test_a_damaged_notebook_is_said_of_every_report_and_stops_no_board(project):
    (project.home / freshness.NOTEBOOK).write_text("{", encoding="utf-8")

    assert "总笔记本" in stale(project)[0]
    assert all(
        "现在有错，做不出来：总笔记本" in found[0] for found in looked_at(project, StaleReports()).values() if found
    )
    assert all(looked_at(project, StaleReports()).values())


# --- of many ----------------------------------------------------------------------------------------------------


def looked_at(project: Project, reports: StaleReports) -> dict[str, tuple[str, ...] | None]:
    with open_store(project.home) as store:
        imports = store.import_fingerprints()
    project = open_project(project.home)
    return reports.read(project, YEAR, project.offices(YEAR), imports)


@pytest.fixture
def compared(monkeypatch) -> list[str]:
    """The codes of the reports that are compared with their inputs."""
    codes: list[str] = []
    real = staleness.stale_inputs
    monkeypatch.setattr(staleness, "stale_inputs", lambda project, ref: codes.append(ref.code) or real(project, ref))
    return codes


def test_each_report_is_compared_once_until_something_of_its_own_changes(project, compared):
    reports = StaleReports()
    assert looked_at(project, reports) == dict.fromkeys(OFFICES, ())
    looked_at(project, reports)
    assert compared == list(OFFICES)

    keep(project, CODE, YEAR, {"requests": [request()]})
    assert looked_at(project, reports) == dict.fromkeys(OFFICES, ()) | {CODE: (freshness.CHANGES["records"],)}
    write_yaml(project.home / f"params/{YEAR}/caizheng.yaml", {"contact": {"phone": "2"}})
    assert looked_at(project, reports)["caizheng"] == (freshness.CHANGES["parameters"],)
    assert compared == [*OFFICES, CODE, "caizheng"]


def test_what_the_last_build_left_is_not_compared_and_documents_beside_it_do_not_matter(project, compared):
    with open_store(project.home) as store:
        cache = BuildCache(project, YEAR, store.import_fingerprints())
    for office in project.offices(YEAR):
        cache.add(office.code, cache.built_from(office, project.params(office.code, YEAR)), {})
    cache.write()
    (project.report(CODE, YEAR).folder / "report.odt").write_text("exported later", encoding="utf-8")

    assert looked_at(project, StaleReports()) == dict.fromkeys(OFFICES, ())
    assert compared == []


def test_a_file_changed_to_the_same_size_with_its_old_time_is_noticed(project):
    reports, path = StaleReports(), project.home / f"params/{YEAR}/{CODE}.yaml"
    looked_at(project, reports)
    facts = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace("1", "2"), encoding="utf-8")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))

    assert looked_at(project, reports)[CODE] == (freshness.CHANGES["parameters"],)


def test_a_report_whose_file_was_put_back_is_looked_at_again(project):
    reports, path = StaleReports(), project.report(CODE, YEAR).folder / "report.html"
    keep(project, CODE, YEAR, {"requests": [request()]})
    content = path.read_bytes()
    path.unlink()
    assert looked_at(project, reports)[CODE] == ()
    path.write_bytes(content)

    assert looked_at(project, reports)[CODE] == (freshness.CHANGES["records"],)


def test_last_years_report_json_is_watched_and_not_only_its_manifest(project):
    stand_whole(project, CODE, YEAR - 1)
    stand_whole(project, CODE, YEAR)
    reports = StaleReports()
    path = project.report(CODE, YEAR - 1).folder / "report.json"
    with open_store(project.home) as store:
        cache = BuildCache(project, YEAR, store.import_fingerprints())
    office, params = project.office(CODE, YEAR), project.params(CODE, YEAR)
    before, _ = cache.built_from(office, params), looked_at(project, reports)
    known = reports._known[project.report(CODE, YEAR)][0]
    path.unlink()

    assert cache.built_from(office, params) != before
    looked_at(project, reports)
    assert reports._known[project.report(CODE, YEAR)][0] != known


def test_so_many_are_compared_at_a_time_and_the_next_look_goes_on(project, compared, monkeypatch):
    monkeypatch.setattr(staleness, "_SECONDS_AT_ONCE", -1)
    reports = StaleReports()

    assert looked_at(project, reports) == {"caizheng": (), "jiaoyu": None, "minzheng": None}
    assert looked_at(project, reports) == {"caizheng": (), "jiaoyu": (), "minzheng": None}
    assert looked_at(project, reports) == dict.fromkeys(OFFICES, ())
    assert compared == list(OFFICES)


def test_the_proof_of_a_report_names_no_record_that_began_after_the_year(project):
    then = json.loads((project.report(CODE, YEAR).folder / "report.json").read_text(encoding="utf-8"))["proof"]
    keep(project, CODE, YEAR + 1, {"requests": [CARRIED, still_open(number="1号", arrived_on="2025-01-03")]})
    with open_store(project.home) as store:
        proofs = {year: store.load_records(CODE, year).proof() for year in (YEAR, YEAR + 1)}

    assert [one.to_json() for one in proofs[YEAR]] == then["registers"]
    assert [one.rows for one in proofs[YEAR + 1] if one.name == "requests"] == [3]
