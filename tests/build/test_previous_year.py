"""Where last year comes from, and that a report is made anew when it changes."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from casework import request, still_open
from literal_registers import NOW
from projects import keep, make_project, write_yaml

from gktools.build.batch import BuildOptions, build
from gktools.build.freshness import changed_since_built, fingerprint
from gktools.errors import GktoolsError, ParamsError
from gktools.figures.previous_year import previous_year
from gktools.findings import Severity
from gktools.inputs.inputs import Inputs, load_inputs
from gktools.registers.store.opening import open_store
from gktools.report.report import draft_report
from gktools.review.entries import PublishedBody
from gktools.review.log import open_log
from gktools.workspace.output import ReportRef, hash_bytes
from gktools.workspace.project import Project, open_project
from gktools.workspace.report_data import read_report_data

TEXT = {"text": {"problems": "一是栏目更新慢。二是答复不够及时。改进：一是每月核对。二是提前一周提醒。" * 2}}
NAMES = {"minzheng": "示例区民政局", "laoling": "示例区老龄办"}
OFFICES = {
    "minzheng": {
        "names": [{"name": NAMES["minzheng"]}],
        "kind": "county_department",
        "may_make_rules": False,
        "predecessors": ["laoling"],
    },
    "laoling": {"names": [{"name": NAMES["laoling"], "until": "2024-06-30"}], "kind": "county_department"},
}
IN, NP = "carried_in", "natural_person"
OLD = still_open(number="依申请〔2023〕9号", arrived_on="2023-12-20")
DONE = request(number="依申请〔2023〕9号", arrived_on="2023-12-20", replied_on="2024-01-10", sent_on="2024-01-10")
ANSWERED = request(number="依申请〔2023〕9号", arrived_on="2023-12-20", replied_on="2023-12-29", sent_on="2023-12-29")


@pytest.fixture
def project(tmp_path) -> Project:
    """One office of 2024; another went into it in the middle of that year."""
    return make_project(tmp_path / "work", OFFICES, {(2024, "minzheng"): TEXT})


def of_2024(project: Project) -> Inputs:
    return load_inputs(open_project(project.home), "minzheng", 2024)


def codes(project: Project, *severities: Severity) -> list[str]:
    ours = ("requests.carried-in", "requests.carried-cases", "text.difference-unused")
    found = draft_report(of_2024(project)).findings
    return [f.code for f in found if f.code in ours and (not severities or f.severity in severities)]


def bring_in(project: Project, code: str = "minzheng", **carried_out: int) -> Path:
    path = project.home / f"params/published/2023/{code}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    row = {name: carried_out.get(name, 0) for name in ("自然人", "商业企业", "总计")}
    write_yaml(path, {"source": "官网", "tables": {"表三": {"四、结转下年度继续办理": row}}})
    return path


def carried_out(project: Project) -> dict[str, object]:
    last = previous_year(of_2024(project))
    return {cell[1]: figure for cell, figure in last.figures["requests"].items() if cell[0] == "carried_out"}


# --- the sources ----------


def test_without_any_last_year_nothing_is_compared_and_that_is_said(project):
    keep(project, "minzheng", 2024, {"requests": [DONE]}, leave_out=())
    report = draft_report(of_2024(project))

    assert not any(report.review()["last_year"].values())
    assert {source["origin"] for source in report.review()["last_year_sources"]} == {
        "没有上年的数，示例区民政局、示例区老龄办之和"
    }


def test_the_store_tells_last_year_as_its_own_registers_told_it(project):
    keep(project, "laoling", 2023, {})
    keep(project, "minzheng", 2023, {"requests": [ANSWERED]})
    keep(project, "minzheng", 2024, {"requests": [DONE]})

    assert carried_out(project)[NP] == 0, "this year's register says otherwise; last year's report did not"
    assert codes(project) == ["requests.carried-in", "requests.carried-in", "requests.carried-cases"]


def test_cases_that_went_from_year_to_year_are_in_order(project):
    keep(project, "laoling", 2023, {})
    keep(project, "minzheng", 2023, {"requests": [OLD]})
    keep(project, "minzheng", 2024, {"requests": [DONE]})

    assert carried_out(project)[NP] == 1
    assert codes(project) == []


def test_registers_of_the_year_that_a_merged_office_had_are_told_and_so_is_that_they_were_undone(project):
    def told() -> list[str]:
        return [
            f.code
            for f in draft_report(of_2024(project)).findings
            if f.code in ("records.of-merged", "records.withdrawn")
        ]

    keep(project, "minzheng", 2024, {"requests": [DONE]})
    keep(project, "laoling", 2024, {"requests": [request(number="1号")]})
    before = of_2024(project).hashes()
    assert told() == ["records.of-merged"]

    with open_store(project.home) as store:
        store.undo(store.imports("laoling")[0].number, NOW)
    assert told() == ["records.withdrawn"]
    assert of_2024(project).hashes()["last_year"] != before["last_year"]


def test_other_cases_than_those_left_open_are_told_by_number_though_as_many(project):
    other = OLD | {"number": "依申请〔2023〕8号"}
    keep(project, "laoling", 2023, {})
    keep(project, "minzheng", 2023, {"requests": [OLD]})
    keep(project, "minzheng", 2024, {"requests": [ANSWERED, other]})
    (found,) = [f for f in draft_report(of_2024(project)).findings if f.code == "requests.carried-cases"]

    assert "今年少了 依申请〔2023〕9号，今年多了 依申请〔2023〕8号" in found.message
    assert "requests.carried-in" not in codes(project)


def test_figures_brought_in_are_compared_and_their_source_is_named(project):
    project = without_predecessor(project)
    keep(project, "minzheng", 2024, {"requests": [DONE], "lawsuits": []})
    bring_in(project, 自然人=2, 总计=2)
    found = [f for f in draft_report(of_2024(project)).findings if f.code == "requests.carried-in"]

    assert "2023 年的结转下年度是 2（填入的已公布数）" in found[0].message
    assert found[0].severity is Severity.BLOCK


def without_predecessor(project: Project) -> Project:
    write_yaml(
        project.home / "params/offices.yaml",
        {"offices": {"minzheng": {key: value for key, value in OFFICES["minzheng"].items() if key != "predecessors"}}},
    )
    return open_project(project.home)


def test_the_store_comes_before_figures_brought_in(project):
    project = without_predecessor(project)
    keep(project, "minzheng", 2023, {"requests": [OLD]})
    keep(project, "minzheng", 2024, {"requests": [DONE]})
    bring_in(project, 自然人=5, 总计=5)

    assert carried_out(project)[NP] == 1
    assert codes(project) == []
    (told,) = [one for one in draft_report(of_2024(project)).findings if one.code == "published.otherwise"]
    assert (told.severity, told.found, told.expected) == (Severity.EXPLAIN, "1", "5")

    bring_in(project, 自然人=1, 总计=1)
    assert "published.otherwise" not in [one.code for one in draft_report(of_2024(project)).findings]


def published_whole(project: Project) -> None:
    """Let the report of 2023, as it comes out now, be public."""
    content = json.dumps(draft_report(load_inputs(project, "minzheng", 2023)).to_json(), ensure_ascii=False).encode()
    with open_log(project) as log:
        log.append("minzheng", 2023, "甲", PublishedBody("", report=log.put_blob(content)))


def test_last_years_figures_that_contradict_the_public_report_are_to_be_explained_until_it_is_corrected(project):
    """Also for a build that need not read what it has read before."""
    project = without_predecessor(project)
    write_yaml_of(project, 2023)
    keep(project, "minzheng", 2023, {"requests": [OLD]})
    keep(project, "minzheng", 2024, {"requests": [DONE]})
    published_whole(project)

    def told() -> list[tuple[str, str, str]]:
        assert build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))[0].message == ""
        report = read_report_data(project.report("minzheng", 2024).read("report.json"))
        found = [one for one in report.findings if one.code == "published.otherwise"]
        assert all(one.severity is Severity.EXPLAIN and "公开的年度报告" in one.message for one in found)
        return [(one.table, one.found, one.expected) for one in found]

    assert told() == []
    bring_in(project, 自然人=5, 总计=5)  # the public report is the better witness
    assert told() == []
    keep(project, "minzheng", 2023, {"requests": [OLD, OLD | {"number": "依申请〔2023〕8号"}]})
    assert told() == [("requests", "2", "1")]
    published_whole(project)
    assert told() == []


@pytest.fixture
def made_then(project) -> Project:
    """The report of 2023 stands under output/; its registers are no longer in the store."""
    project = without_predecessor(project)
    write_yaml_of(project, 2023)
    keep(project, "minzheng", 2023, {"requests": [OLD]})
    assert [outcome.status for outcome in build(project, [2023], options=BuildOptions(workers=1))] == ["built"]
    for name in ("records.db", "records.head"):
        (project.home / name).unlink()
    shutil.rmtree(project.home / "params/2023")
    keep(project, "minzheng", 2024, {"requests": [DONE]})
    return project


def write_yaml_of(project: Project, year: int) -> None:
    (project.home / f"params/{year}").mkdir()
    write_yaml(project.home / f"params/{year}/minzheng.yaml", TEXT)


def test_a_report_made_here_tells_last_year_where_the_store_does_not(made_then):
    last = previous_year(of_2024(made_then))

    assert (last.figures["requests"]["carried_out", NP], last.origins["requests"]) == (1, ("report",))
    assert codes(made_then) == []


def test_a_report_that_was_altered_by_hand_tells_nothing(made_then):
    path = made_then.home / "output/2023/minzheng/report.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"value": 1', '"value": 7'), encoding="utf-8")

    assert carried_out(made_then) == {}


def published_as(project, content):
    """Let the log say that content was published as the report.json of 2023."""
    with open_log(project) as log:
        log.append("minzheng", 2023, "甲", PublishedBody("", report=hash_bytes(content)))


def test_a_report_that_was_published_otherwise_tells_nothing_and_says_so(made_then):
    """Also if its manifest says that it was built so."""
    folder = made_then.home / "output/2023/minzheng"
    was = (folder / "report.json").read_bytes()
    published_as(made_then, was)
    assert carried_out(made_then)[NP] == 1
    now = was.replace(b'"value": 1', b'"value": 7')
    (folder / "report.json").write_bytes(now)
    manifest = (folder / "manifest.json").read_text(encoding="utf-8")
    (folder / "manifest.json").write_text(manifest.replace(hash_bytes(was), hash_bytes(now)), encoding="utf-8")

    with pytest.raises(GktoolsError, match="output/2023/minzheng/report.json 和公布过的那一份不一样"):
        of_2024(made_then)


def test_a_report_that_is_another_only_for_one_read_is_not_last_years(made_then, monkeypatch):
    """What is compared with the publication is what was read for its figures."""
    folder = made_then.home / "output/2023/minzheng"
    was = (folder / "report.json").read_bytes()
    published_as(made_then, was)
    now = was.replace(b'"value": 1', b'"value": 7')
    manifest = (folder / "manifest.json").read_text(encoding="utf-8")
    (folder / "manifest.json").write_text(manifest.replace(hash_bytes(was), hash_bytes(now)), encoding="utf-8")
    reads, read = iter([now]), ReportRef.read
    monkeypatch.setattr(
        ReportRef, "read", lambda ref, name: next(reads, was) if name == "report.json" else read(ref, name)
    )

    with pytest.raises(GktoolsError, match="和公布过的那一份不一样"):
        of_2024(made_then)


def test_a_publication_that_is_hidden_while_it_is_read_makes_no_altered_report_last_years(made_then):
    from tampering import execute

    folder, store = made_then.home / "output/2023/minzheng", made_then.home / "records.db"
    was = (folder / "report.json").read_bytes()
    published_as(made_then, was)
    now = was.replace(b'"value": 1', b'"value": 7')
    (folder / "report.json").write_bytes(now)
    manifest = (folder / "manifest.json").read_text(encoding="utf-8")
    (folder / "manifest.json").write_text(manifest.replace(hash_bytes(was), hash_bytes(now)), encoding="utf-8")
    hidden = [
        "UPDATE review_entries SET office = 'zzz'",
        "UPDATE review_entries SET kind = 'comment'",
        "UPDATE review_entries SET number = 99",
        "DELETE FROM review_entries",
        "DROP TABLE review_head",
    ]
    for command in hidden:
        before = store.read_bytes()
        with pytest.raises(GktoolsError, match="和公布过的那一份不一样"):
            of_2024(made_then)  # what is known of the log while it is whole helps nobody afterwards
        if command.startswith("DROP"):
            with closing(sqlite3.connect(store)) as database, database:
                database.execute(command)
        else:
            execute(store, command)
        with pytest.raises(GktoolsError, match="审签记录不完整，说不清上年公布的是什么"):
            of_2024(made_then)
        store.write_bytes(before)


def test_a_report_comes_before_figures_brought_in(made_then):
    bring_in(made_then, 自然人=5, 总计=5)

    assert carried_out(made_then)[NP] == 1


# --- predecessors ----------


def test_the_year_before_is_the_sum_of_an_office_and_those_that_went_into_it(project):
    keep(project, "laoling", 2023, {"requests": [OLD]})
    keep(project, "minzheng", 2023, {"requests": [OLD | {"number": "依申请〔2023〕1号"}]})
    keep(project, "minzheng", 2024, {})
    last = previous_year(of_2024(project))

    assert (last.figures["requests"]["carried_out", NP], last.offices) == (2, tuple(NAMES.values()))
    assert codes(project, Severity.BLOCK) == [], "the offices were merged"
    assert codes(project, Severity.EXPLAIN) == ["requests.carried-in"] * 2 + ["requests.carried-cases"]


def test_a_predecessor_of_which_nothing_is_known_leaves_the_sum_unknown(project):
    keep(project, "minzheng", 2023, {"requests": [OLD]})
    keep(project, "minzheng", 2024, {})

    assert carried_out(project) == {}


@pytest.mark.parametrize(
    ("predecessors", "said"),
    [
        (["minzheng"], "不能是自己的前身"),
        (["laolin"], "“laolin”不在单位表里；是不是“laoling”"),
        (["tongji"], "“tongji”还在，不能是前身"),
    ],
)
def test_a_predecessor_is_another_office_that_came_to_an_end(project, predecessors, said):
    book = {**OFFICES, "tongji": {"names": [{"name": "示例区统计局"}], "kind": "county_department"}}
    book["minzheng"] = OFFICES["minzheng"] | {"predecessors": predecessors}
    write_yaml(project.home / "params/offices.yaml", {"offices": book})
    with pytest.raises(ParamsError, match=said):
        open_project(project.home)


# --- explained ----------


def test_an_explained_difference_stands_in_section_six_with_its_figures_bound_and_no_name(project):
    project = without_predecessor(project)
    keep(project, "minzheng", 2024, {"requests": [DONE]})
    bring_in(project)
    given = [{"rule": "上年结转", "reason": "上年报告漏计一件，已更正。", "person": "经办人甲"}]
    write_yaml(project.home / "params/2024/minzheng.yaml", TEXT | {"differences": given})
    report = draft_report(of_2024(project))
    paragraph = report.prose["others"].paragraphs[-1]

    assert paragraph.text == (
        "表三“上年结转”的“自然人”为1件，上一年度报告结转下年度的为0件，原因是：上年报告漏计一件，已更正。"
    )
    assert [(f.text, f.table, f.cell) for f in paragraph.figures] == [("1", "requests", (IN, NP)), ("0", "", None)]
    assert "经办人甲" not in json.dumps(report.to_json(), ensure_ascii=False)
    assert report.review()["differences"][0]["person"] == "经办人甲"
    assert codes(project, Severity.BLOCK) == []
    assert not any(f.code.startswith("text.carried") or f.code == "text.unbound-figure" for f in report.findings)


def test_an_explanation_of_nothing_is_pointed_out(project):
    keep(project, "minzheng", 2024, {})
    given = [{"rule": "上年结转", "cell": "自然人", "reason": "已更正", "person": "经办人甲"}]
    write_yaml(project.home / "params/2024/minzheng.yaml", TEXT | {"differences": given})

    assert codes(project) == ["text.difference-unused"]


def test_an_unknown_rule_is_refused_with_the_nearest_and_its_line(project):
    path = project.home / "params/2024/minzheng.yaml"
    path.write_text("differences:\n  - rule: 上年结转数\n    reason: 已更正\n    person: 经办人甲\n", encoding="utf-8")
    with pytest.raises(ParamsError) as caught:
        of_2024(project)

    assert "params/2024/minzheng.yaml 第 2 行" in str(caught.value)
    assert "没有“上年结转数”这个核对项目；是不是“上年结转”" in str(caught.value)


# --- made anew ----------


def test_a_report_is_made_anew_when_last_years_figures_change(project):
    project = without_predecessor(project)
    keep(project, "minzheng", 2024, {})
    bring_in(project)
    assert build(project, [2024], options=BuildOptions(workers=1))[0].status == "built"
    assert build(project, [2024], options=BuildOptions(workers=1))[0].status == "unchanged"
    bring_in(project, 自然人=1, 总计=1)

    assert changed_since_built(project, project.report("minzheng", 2024)) == ["last_year"]
    assert build(project, [2024], options=BuildOptions(workers=1))[0].status == "built"


def test_the_same_last_year_gives_the_same_hash_whichever_year_is_made_first(project):
    project = without_predecessor(project)
    write_yaml_of(project, 2023)
    for year in (2023, 2024):
        keep(project, "minzheng", year, {"requests": [OLD]})
    before = fingerprint(of_2024(project), project.home / "notebooks/annual_report.ipynb")
    build(project, [2023], options=BuildOptions(workers=1))

    assert fingerprint(of_2024(project), project.home / "notebooks/annual_report.ipynb") == before


def test_a_name_of_another_office_in_its_words_is_found_in_the_book(project):
    text = {"text": {"problems": f"{NAMES['laoling']}要加强公开。" + TEXT["text"]["problems"]}}
    write_yaml(project.home / "params/2024/minzheng.yaml", text)

    assert of_2024(project).mentions == (NAMES["laoling"],)
