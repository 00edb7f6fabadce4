"""The report of a whole government: the sum of its offices' reports, and everything that can be wrong with a sum."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from machine import examples
from projects import keep, make_project, stand, write_yaml
from support.reports import report_data

from gktools.build.batch import BuildOptions, build
from gktools.build.freshness import changed_since_built
from gktools.build.order import reminders
from gktools.checks.government import _is_sum
from gktools.checks.rules import rules
from gktools.errors import NotFoundError, ParamsError, Problem, RollupError
from gktools.figures.counting.count import count_table
from gktools.figures.table import Unknown, add, figure_to_json, fill, format_figure
from gktools.findings import Finding, Severity
from gktools.forms.notices import load_format
from gktools.inputs.inputs import load_inputs
from gktools.inputs.members import Government, Member
from gktools.registers.sheet import Sheet
from gktools.registers.store.opening import open_store
from gktools.registers.word_warnings import format_word_values
from gktools.render.review_page import draw_review
from gktools.report.queries.explain import explain_cell, format_answer
from gktools.report.queries.unused_registers import unused_registers
from gktools.report.report import Report, draft_report
from gktools.workspace.offices import Office, office_kinds
from gktools.workspace.output import hash_bytes
from gktools.workspace.params_models import CountingRules, ReportParams
from gktools.workspace.project import Project, open_project
from gktools.workspace.report_data import ReportData

YEAR = 2024
PROBLEMS = (
    "（一）存在问题。一是目录更新偏慢，有的栏目没有按月更新。（二）改进措施。一是每月核对一次，逐项登记，责任到人。"
)
TEXT = {"text": {"problems": PROBLEMS * 2}}
NEW, ALL = ("received", "natural_person"), ("received", "total")
ISSUED = ("article_20_1.normative_documents", "issued")
IN_FORCE = ("article_20_1.normative_documents", "in_force")
FEES = ("article_20_8.fees", "amount")
LICENCES = ("article_20_5.licences", "decisions")
UPHELD = ("cases", "litigation.direct.upheld")

OFFICES: dict[str, dict[str, Any]] = {
    "qu": {"names": [{"name": "示例区人民政府"}], "kind": "county_government"},
    "qu-all": {"names": [{"name": "示例区人民政府"}], "kind": "county_government", "rolls_up": "qu"},
    "jiaoyu": {"names": [{"name": "示例区教育局"}], "kind": "county_department", "parent": "qu"},
    "minzheng": {"names": [{"name": "示例区民政局"}], "kind": "county_department", "parent": "qu"},
    "zhen": {"names": [{"name": "示例区白鹤镇人民政府"}], "kind": "township_government", "parent": "qu"},
}
BODIES = ("qu", "zhen", "jiaoyu", "minzheng")


def request(number: str, **given: Any) -> dict[str, Any]:
    """A request of a natural person, received on 1 March 2024 and granted in time."""
    answer = {"replied_on": "2024-03-20", "disposition": "予以公开", "articles": "36(二)"}
    came = {"number": number, "channel": "当面", "arrived_on": "2024-03-01", "applicant": "自然人"}
    found = {key: value for key, value in (came | answer | given).items() if value != ""}
    return found | ({"delivery": "电子", "sent_on": found["replied_on"]} if "replied_on" in found else {})


def still_open(number: str, **given: Any) -> dict[str, Any]:
    return request(number, **dict.fromkeys(("replied_on", "disposition", "articles"), "") | given)


def document(number: str, title: str = "办法") -> dict[str, Any]:
    return {
        "title": title,
        "number": number,
        "kind": "行政规范性文件",
        "published_on": "2024-05-06",
        "public_on": "2024-05-07",
    }


def lawsuit(number: str, **given: Any) -> dict[str, Any]:
    judged = {"notified_on": "2024-04-01", "effective_on": "2024-09-01", "method": "驳回诉讼请求"}
    return {"number": number, "role": "原行为主体"} | judged | given


def charge(amount: str) -> dict[str, Any]:
    return {"name": "某费", "collected_on": "2024-06-01", "amount": amount}


REGISTERS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "qu": {"requests": [request("区1")], "documents": [document("云政规〔2024〕1号")]},
    "jiaoyu": {
        "requests": [request("教1"), request("教2", fee_paid="200.10", fee_paid_on="2024-03-10")],
        "charges": [charge("1234.56")],
        "publications": [{"published_on": "2024-02-01", "count": 7, "channel": "政府网站"}],
    },
    "minzheng": {
        "requests": [request("民1"), still_open("民2", arrived_on="2024-12-30")],
        "lawsuits": [lawsuit("（2024）示01行初1号")],
        "charges": [charge("0.01")],
        "publications": [{"published_on": "2024-02-01", "count": 5, "channel": "公告栏"}],
    },
    "zhen": {},
}


FEWER = {"counting": {"money_decimals": 2}}


def district(home: Path, registers: Any = REGISTERS, offices: Any = OFFICES, **params: Any) -> Project:
    """A government with three offices below it, whose registers are kept; nobody has reported yet."""
    codes = [code for code in offices if code not in params]
    given = {(YEAR, code): TEXT for code in codes} | {(YEAR, code): TEXT | found for code, found in params.items()}
    project = make_project(home / "work", offices, given)
    for code, found in registers.items():
        keep(project, code, YEAR, found)
    return project


@pytest.fixture(scope="module")
def standing(tmp_path_factory) -> Path:
    """The district with the report of every office."""
    project = district(tmp_path_factory.mktemp("standing"))
    reported(project)
    return project.home


@pytest.fixture
def project(standing, tmp_path) -> Project:
    """A copy of the district in which all have reported."""
    shutil.copytree(standing, tmp_path / "work")
    return open_project(tmp_path / "work")


@pytest.fixture
def changing(project) -> Any:
    """Change the registers of some offices of the district, which report again; what is in the government's report."""

    def change(**registers: Any) -> Report:
        for code, more in registers.items():
            known = REGISTERS[code]
            keep(project, code, YEAR, known | {key: [*known.get(key, []), *rows] for key, rows in more.items()})
            shutil.rmtree(project.home / "output/2024" / code)
        return reported(project)

    return change


def reported(project: Project, codes: Any = BODIES) -> Report:
    """The government's report once these offices have reported."""
    for code in codes:
        if not (project.home / "output/2024" / code).exists():
            stand(project, code, YEAR)
    return draft_report(load_inputs(project, "qu-all", YEAR))


def rollup(report: Report) -> list[Finding]:
    """What is wrong with a report as a sum."""
    return [finding for finding in report.findings if finding.code.startswith("rollup.")]


def codes(report: Report) -> list[str]:
    return [finding.code for finding in rollup(report)]


# --- the sum ------------------------------------------------------------------------------------------------


def test_every_cell_of_the_government_is_the_sum_of_its_offices_reports(project):
    report = reported(project)
    parts = [stand(project, code, YEAR)["tables"] for code in BODIES]

    for key, table in report.tables.items():
        given = [{(c["row_key"], c["column_key"]): Decimal(str(c["value"])) for c in part[key]} for part in parts]
        for cell, figure in table.figures.items():
            assert figure == sum(one[cell] for one in given), cell
    assert report.tables["requests"][ALL] == 5
    assert report.tables["disclosures"][FEES] == Decimal("0.143467")
    assert codes(report) == []


@pytest.mark.parametrize(
    ("own", "printed"), [({}, "0.143467"), (FEWER, "0.14"), ({"counting": {"money_decimals": 4}}, "0.1435")]
)
def test_a_government_adds_up_the_amounts_to_the_fen_however_few_decimals_its_offices_print(tmp_path, own, printed):
    project = district(tmp_path, jiaoyu=FEWER, minzheng=FEWER, **{"qu-all": own})
    report = reported(project)

    assert [project.report(code, YEAR).folder.exists() for code in BODIES] == [True] * len(BODIES)
    assert [share.figure for share in report.tables["disclosures"].contributions(FEES) if share.figure] == [
        Decimal("0.143466"),
        Decimal("0.000001"),
    ]
    assert format_figure(report.tables["disclosures"][FEES]) == printed
    assert codes(report) == []


@settings(max_examples=examples(8), deadline=None, database=None)
@given(
    st.sampled_from([2019, 2024]),
    st.sampled_from(["disclosures", "requests", "reviews"]),
    st.lists(st.tuples(st.lists(st.integers(0, 10**9), min_size=8, max_size=8), st.booleans()), min_size=1, max_size=5),
)
def test_whatever_offices_report_the_government_has_the_sum_in_every_cell(records_of, year, key, offices):
    official = load_format(year)
    form = official[key]
    leaves = [cell for cell in form.cells if cell not in form.sums_across and cell not in form.sums_down]
    tables = []
    for values, knows in offices:
        found = {
            cell: Decimal(values[i % 8]) / 10**6 if form.unit(cell) == "万元" else values[i % 8]
            for i, cell in enumerate(leaves)
        }
        tables.append(fill(form, found | ({} if knows else {leaves[0]: Unknown("没有台账")})))
    kind = office_kinds()["county_department"]
    members = tuple(
        Member(
            Office(f"ju{i}", f"示例{i}局", kind),
            records_of(year),
            report=report_data({"tables": {key: table.to_json()}}),
        )
        for i, table in enumerate(tables)
    )
    whole = Government(records_of(year), members)

    summed = count_table(key, whole, official, ReportParams())

    for cell in form.cells:
        expected = add(table[cell] for table in tables)
        assert isinstance(summed[cell], Unknown) if isinstance(expected, Unknown) else summed[cell] == expected
        shares = summed.contributions(cell)
        assert [share.code for share in shares] == [member.office.code for member in members]
        assert [figure_to_json(share.figure) for share in shares] == [figure_to_json(table[cell]) for table in tables]


@pytest.fixture(scope="module")
def records_of(records):
    """No records at all, looked at for a year."""
    return lambda year: records(year)


def test_the_government_is_its_own_body_and_everything_below_it_however_deep(tmp_path):
    below = OFFICES | {"suo": {"names": [{"name": "示例区白鹤镇财政所"}], "kind": "department", "parent": "zhen"}}
    elsewhere = {"qita": {"names": [{"name": "另一区民政局"}], "kind": "county_department"}}
    project = district(tmp_path, offices=below | elsewhere)

    assert [office.code for office in project.members("qu-all", YEAR)] == ["qu", "zhen", "suo", "jiaoyu", "minzheng"]


def test_figures_of_the_text_are_sums_too_and_a_declared_one_of_an_office_counts(tmp_path):
    project = district(tmp_path, {code: REGISTERS[code] for code in ("qu", "jiaoyu", "minzheng")})
    keep(project, "zhen", YEAR, {"declared": [declared("", "", 3, metric="主动公开条数")]}, leave_out=["publications"])
    text = reported(project).prose

    assert "主动公开政府信息15条" in text["overview"].text
    assert "1件政府信息公开申请收取信息处理费200.1元" in text["others"].text


def test_kinds_of_a_register_are_added_over_the_offices_that_have_them(tmp_path):
    text = {"text": TEXT["text"] | {"overview": {"disclosure": {"text": '网站{{ 发布渠道["政府网站"] }}条。'}}}}
    project = district(tmp_path, **{"qu-all": text})

    assert "网站7条。" in reported(project).prose["overview"].text


def declared(row: str, column: str, value: object, table: str = "", metric: str = "") -> dict[str, Any]:
    about = {"table": table, "row": row, "column": column, "metric": metric}
    told_by = {"value": str(value), "reason": "没有台账", "person": "某科", "declared_on": "2024-12-31"}
    return {key: value for key, value in (about | told_by).items() if value}


def test_last_year_is_counted_from_the_records_of_the_offices_that_existed_then(project):
    keep(project, "jiaoyu", YEAR - 1, {"requests": [request("旧1", arrived_on="2023-03-01", replied_on="2023-03-20")]})
    for code in ("qu", "minzheng", "zhen"):
        keep(project, code, YEAR - 1, {})
    before = {(c["row_key"], c["column_key"]): c["value"] for c in reported(project).review()["last_year"]["requests"]}

    assert before[ALL] == 1


# --- who has reported (E4) ----------------------------------------------------------------------------------


def test_an_office_without_a_report_is_named_and_blocks(project):
    shutil.rmtree(project.home / "output/2024/zhen")
    (finding,) = rollup(reported(project, [code for code in BODIES if code != "zhen"]))

    assert (finding.code, finding.severity) == ("rollup.missing", Severity.BLOCK)
    assert "示例区白鹤镇人民政府" in finding.message
    assert "gktools build --office zhen --year 2024" in finding.remedy


def test_a_report_that_is_not_whole_counts_as_none(project):
    reported(project)
    path = project.home / "output/2024/jiaoyu/report.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"value": 2', '"value": 9'), encoding="utf-8")
    report = draft_report(load_inputs(project, "qu-all", YEAR))

    assert [(f.code, "被改动过" in f.message) for f in rollup(report)] == [("rollup.missing", True)]
    assert report.tables["requests"][ALL] == 3


@pytest.mark.parametrize("what", ["figures", "registers"])
def test_a_report_altered_together_with_its_manifest_blocks_the_sum_whatever_the_parameters_explain(project, what):
    folder = project.home / "output/2024/jiaoyu"
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    if what == "figures":
        for cell in report["tables"]["requests"]:
            cell |= {key: 7 for key in ("value", "records") if cell[key] == 2}
    else:
        report["proof"]["registers"][0]["rows"] = 99
    text = json.dumps(report, ensure_ascii=False)
    (folder / "report.json").write_text(text, encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["outputs"]["report.json"] = hash_bytes(text.encode())
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    why = {"reason": "已经核对过，没有问题", "person": "甲"}
    for more in ({}, {"differences": [{"rule": "rollup.stale", **why}]}):
        write_yaml(project.home / "params/2024/qu-all.yaml", TEXT | more)
        (finding,) = rollup(draft_report(load_inputs(open_project(project.home), "qu-all", YEAR)))
        assert (finding.code, finding.severity) == ("rollup.not-counted", Severity.BLOCK)
        assert "示例区教育局报来的 report.json 和它的台账对不上" in finding.message
    assert ("报来 7（7 条），台账数出来是 2（2 条）" in finding.message) is (what == "figures")
    write_yaml(project.home / "params/2024/qu-all.yaml", {"differences": [{"rule": "rollup.not-counted", **why}]})
    with pytest.raises(ParamsError, match="rollup.not-counted"):
        open_project(project.home).params("qu-all", YEAR)


def test_an_office_whose_parameters_are_wrong_has_not_reported(project):
    reported(project)
    write_yaml(project.home / "params/2024/zhen.yaml", {"text": {"nonsense": 1}})
    (finding,) = rollup(draft_report(load_inputs(project, "qu-all", YEAR)))

    assert finding.code == "rollup.missing"
    assert "params/2024/zhen.yaml" in finding.message


@pytest.mark.parametrize("what", ["登记表", "参数或单位表"])
def test_an_office_that_changed_something_after_it_reported_is_named(project, what):
    reported(project)
    if what == "登记表":
        keep(project, "minzheng", YEAR, {"requests": [request("民1")]})
    else:
        write_yaml(project.home / "params/2024/minzheng.yaml", TEXT | {"checks": {"other_count": 9}})
    finding, *more = rollup(draft_report(load_inputs(project, "qu-all", YEAR)))

    assert [one.code for one in more] == (["rollup.not-counted"] if what == "登记表" else [])
    assert (finding.code, finding.severity) == ("rollup.stale", Severity.BLOCK)
    assert f"示例区民政局报来以后，{what}又改过" in finding.message


def test_what_an_office_may_not_publish_the_government_may_not_either(tmp_path):
    project = district(tmp_path, jiaoyu={"text": {"problems": "无。"}})
    (finding,) = rollup(reported(project))

    assert (finding.code, finding.severity) == ("rollup.blocked", Severity.BLOCK)
    assert "示例区教育局自己的报告有 1 处不得发布" in finding.message


def test_what_one_office_does_not_know_nobody_knows(tmp_path):
    project = district(tmp_path, {code: REGISTERS[code] for code in ("qu", "jiaoyu", "zhen")})
    keep(project, "minzheng", YEAR, REGISTERS["minzheng"], leave_out=["decisions"])
    report = reported(project)

    assert isinstance(report.tables["disclosures"][LICENCES], Unknown)
    found = [finding for finding in rollup(report) if finding.code == "rollup.unknown"]
    assert [finding.cell for finding in found] == [
        cell for cell in report.tables["disclosures"].form.cells if "decisions" in cell
    ]
    assert "示例区民政局没有数" in found[0].message


def test_two_of_twenty_departments_on_the_other_notice_are_refused_by_name(tmp_path):
    many = {
        f"ju{i:02}": {"names": [{"name": f"示例区第{i}局"}], "kind": "county_department", "parent": "qu"}
        for i in range(20)
    }
    offices = {code: OFFICES[code] for code in ("qu", "qu-all")} | many
    project = district(tmp_path, {code: {} for code in offices if code != "qu-all"}, offices)
    reported(project, ["qu", *many])
    older = stand_as(project, "ju00", lambda report: report | {"notice": load_format(2020).notice.number})
    stand_as(
        project,
        "ju07",
        lambda report: report | {"tables": report["tables"] | {"requests": report["tables"]["reviews"]}},
    )

    with pytest.raises(RollupError) as refused:
        load_inputs(project, "qu-all", YEAR)
    assert str(refused.value).splitlines() == [
        "有 2 个机关的报告不能相加，请它们改好以后再汇总：",
        f"示例区第0局：用的是{older['notice']}的格式，本年度应当用{load_format(YEAR).notice.number}的格式",
        f"示例区第7局：表三的行列和{load_format(YEAR).notice.number}的格式不一致",
    ]


def stand_as(project: Project, code: str, change: Any) -> dict[str, Any]:
    """Let a report stand that says something else than it should, whole by its manifest."""
    from gktools.workspace.output import hash_bytes

    folder = project.home / "output" / str(YEAR) / code
    report: dict[str, Any] = change(json.loads((folder / "report.json").read_text(encoding="utf-8")))
    text = json.dumps(report, ensure_ascii=False)
    (folder / "report.json").write_text(text, encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["outputs"]["report.json"] = hash_bytes(text.encode())
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return report


def test_another_offices_report_in_an_offices_place_is_refused(project):
    reported(project)
    stand_as(project, "zhen", lambda report: report | {"year": 2023})

    with pytest.raises(RollupError, match="示例区白鹤镇人民政府：这里放的是示例区白鹤镇人民政府 2023 年度的报告"):
        load_inputs(project, "qu-all", YEAR)


DECIDED = {"rule": "completed_by", "person": "经办人甲", "reason": "台账只有落款日"}


def test_offices_that_count_by_other_rules_are_pointed_out(tmp_path):
    project = district(tmp_path, jiaoyu={"counting": {"completed_by": "document"}, "decisions": [DECIDED]})
    (finding,) = rollup(reported(project))

    assert (finding.code, finding.severity) == ("rollup.rules-differ", Severity.HINT)
    assert "示例区教育局的计数口径" in finding.message
    assert CountingRules().completed_by == "delivery"


def test_a_word_that_two_offices_decided_otherwise_is_pointed_out(tmp_path):
    project = district(tmp_path)
    with open_store(project.home) as store:
        for code, label in (("jiaoyu", "商业企业"), ("minzheng", "自然人")):
            row = {"title": "甲", "channel": "网站", "published_on": date(YEAR, 2, 1), "count": 1}
            sheet = Sheet.of("publications", code, YEAR, "二.csv", "", [(5, row)])
            told = Problem(
                format_word_values({("个体户", label): 2, ("公民", "自然人"): 3}), "二.csv", line=5, column="申请人类别"
            )
            store.add([replace(sheet, warnings=(told,))])
    found = [finding for finding in rollup(reported(project)) if finding.code == "rollup.words-differ"]

    assert [(finding.severity, finding.record) for finding in found] == [(Severity.HINT, "申请人类别=个体户")]
    assert "示例区教育局记作“商业企业”；示例区民政局记作“自然人”" in found[0].message


# --- counted twice, or by nobody ----------------------------------------------------------------------------


def test_a_document_in_the_governments_name_is_counted_once_whoever_drafted_it(changing):
    report = changing(minzheng={"documents": [document("云政规〔2024〕1 号")]})
    table = report.tables["disclosures"]
    (finding,) = rollup(report)

    assert (table[ISSUED], table[IN_FORCE]) == (1, 1)
    assert (finding.code, finding.severity) == ("rollup.counted-once", Severity.EXPLAIN)
    assert "示例区人民政府、示例区民政局" in finding.message
    assert [(share.code, share.figure) for share in table.contributions(ISSUED)][-1] == ("", -1)
    assert add(share.figure for share in table.contributions(ISSUED)) == 1


def test_documents_without_a_number_or_with_another_are_each_counted(changing):
    more = [document("", "规定"), document("民发〔2024〕1号")]
    report = changing(minzheng={"documents": more}, zhen={"documents": [document("", "规定")]})

    assert report.tables["disclosures"][ISSUED] == 4
    assert codes(report) == []


def test_one_case_counted_by_two_offices_is_found(changing):
    report = changing(jiaoyu={"lawsuits": [lawsuit("(2024)示01行初1号")]})
    (finding,) = rollup(report)

    assert (finding.code, finding.severity) == ("rollup.same-case", Severity.BLOCK)
    assert "示例区教育局、示例区民政局都计入了" in finding.message
    assert finding.table == "reviews"


def test_an_appeal_is_the_same_case_as_its_first_instance(changing):
    appeal = lawsuit("（2024）示终9号", first_number="（2024）示01行初1号", instance="二审")
    report = changing(jiaoyu={"lawsuits": [appeal]})

    assert codes(report) == ["rollup.same-case"]


def test_a_case_in_which_one_of_them_only_stood_beside_the_other_is_no_contradiction(changing):
    joint = lawsuit("（2024）示01行初1号", role="复议机关共同被告")
    report = changing(qu={"lawsuits": [joint]})

    assert codes(report) == []


def test_a_case_that_several_count_may_be_explained_with_a_reason_and_a_name(project, changing):
    why = {
        "rule": "rollup.same-case",
        "cell": "（2024）示01行初1号",
        "reason": "两个机关是共同被告",
        "person": "经办人甲",
    }
    write_yaml(project.home / "params/2024/qu-all.yaml", TEXT | {"differences": [why]})
    report = changing(jiaoyu={"lawsuits": [lawsuit("（2024）示01行初1号")]})
    (finding,) = rollup(report)

    assert finding.severity == Severity.EXPLAIN
    assert "已说明：两个机关是共同被告" in finding.message
    assert "经办人甲" not in str(finding.to_json())


HANDED = {"handed_over_on": "2024-06-30", "handed_to": "民政局"}


def closing(tmp_path: Path, **registers: Any) -> Report:
    """The government's report of a year at whose end the office of education was closed."""
    offices = OFFICES | dated("jiaoyu", {"name": "示例区教育局", "until": "2024-12-31"})
    more = {code: {"requests": [*REGISTERS[code]["requests"], *rows]} for code, rows in registers.items()}
    return reported(
        district(tmp_path, REGISTERS | {code: REGISTERS[code] | held for code, held in more.items()}, offices)
    )


def test_a_request_handed_over_that_nobody_took_is_found(tmp_path):
    report = closing(tmp_path, jiaoyu=[still_open("教3", **HANDED)])
    (finding,) = rollup(report)

    assert (finding.code, finding.severity) == ("rollup.not-arrived", Severity.BLOCK)
    assert "示例区教育局把 教3 移交给民政局" in finding.message


def test_a_request_that_arrived_or_went_to_another_government_is_no_contradiction(tmp_path):
    taken = request("教3", taken_over_on="2024-06-30", replied_on="2024-07-01")
    away = still_open("教4", handed_over_on="2024-06-30", handed_to="另一市某局")
    report = closing(tmp_path, jiaoyu=[still_open("教3", **HANDED), away], minzheng=[taken])

    assert [code for code in codes(report) if code != "rollup.blocked"] == []


def test_a_request_that_an_office_which_goes_on_handed_over_is_counted_by_both_if_another_took_it(changing):
    taken = request("教3", taken_over_on="2024-06-30", replied_on="2024-07-01")
    report = changing(jiaoyu={"requests": [still_open("教3", **HANDED)]}, minzheng={"requests": [taken]})
    found = {finding.code: finding for finding in rollup(report)}

    assert (
        "示例区民政局登记承接了 教3，示例区教育局登记了移交，自己却没有撤并" in found["rollup.counted-by-both"].message
    )
    assert "rollup.not-arrived" not in found
    assert report.tables["requests"][ALL] == 7


def test_a_request_taken_over_that_the_first_office_still_counts_is_found(changing):
    taken = request("教1", taken_over_on="2024-03-05")
    report = changing(minzheng={"requests": [taken]})
    found = [finding for finding in rollup(report) if finding.code == "rollup.counted-by-both"]

    assert [finding.severity for finding in found] == [Severity.BLOCK]
    assert "示例区民政局登记承接了 教1，示例区教育局却没有登记移交" in found[0].message


def test_the_same_number_for_another_request_is_nothing_the_same_request_is_a_hint(changing):
    (finding,) = rollup(changing(minzheng={"requests": [request("教1"), request("教2", applicant="商业企业")]}))

    assert (finding.code, finding.severity) == ("rollup.same-request", Severity.HINT)
    assert "示例区教育局、示例区民政局的登记表里都有 教1" in finding.message


# --- figures declared for the whole (E1, E2) ----------------------------------------------------------------


@pytest.fixture
def of_the_whole(project) -> Any:
    """What is found when these figures are declared in the government's own name."""

    def declare(*lines: dict[str, Any], **params: Any) -> list[Finding]:
        write_yaml(project.home / "params/2024/qu-all.yaml", TEXT | params)
        keep(project, "qu-all", YEAR, {"declared": lines})
        return rollup(reported(project))

    return declare


def test_a_parent_that_is_not_the_sum_blocks_and_names_what_each_office_gave(of_the_whole):
    (finding,) = of_the_whole(declared("received", "natural_person", 6, "表三"))

    assert (finding.code, finding.severity, finding.cell) == ("rollup.not-the-sum", Severity.BLOCK, NEW)
    assert (finding.found, finding.expected, finding.difference) == ("6", "5", "1")
    assert "示例区教育局 2" in finding.message


def test_a_parent_that_is_the_sum_is_fine(of_the_whole):
    lines = [declared("received", "natural_person", 5, "表三"), declared("cases", UPHELD[1], 1, "表四")]
    assert of_the_whole(*lines) == []


@pytest.mark.parametrize(
    ("given", "total", "same"),
    [("0.15", "0.145", True), ("0.14", "0.145", True), ("0.16", "0.145", False), ("0.145001", "0.145", False)],
)
def test_half_a_unit_may_be_rounded_up_or_down(given, total, same):
    assert _is_sum(Decimal(given), Decimal(total)) is same


@pytest.mark.parametrize(
    ("value", "found"), [("0.1435", []), ("0.14", []), ("0.143467", []), ("0.15", ["E2"]), ("0.1434", ["E2"])]
)
def test_money_may_differ_by_rounding_and_by_nothing_else(of_the_whole, value, found):
    findings = of_the_whole(declared(*FEES, value, "表二"))

    assert [ref for finding in findings for ref in rules()[finding.code].refs] == found


def test_a_difference_that_is_explained_asks_for_nothing_more_than_its_explanation(of_the_whole):
    why = {
        "rule": "rollup.not-the-sum",
        "cell": "requests received natural_person",
        "reason": "含已撤销的单位",
        "person": "经办人甲",
    }
    (finding,) = of_the_whole(declared("received", "natural_person", 6, "表三"), differences=[why])

    assert finding.severity == Severity.EXPLAIN
    assert "含已撤销的单位" in finding.message
    assert "经办人甲" not in str(finding.to_json())


# --- scope (E5) ---------------------------------------------------------------------------------------------


def test_each_of_the_two_reports_says_whose_figures_it_gives(project):
    whole = reported(project)
    own = draft_report(load_inputs(project, "qu", YEAR))
    office = draft_report(load_inputs(project, "jiaoyu", YEAR))

    assert [report.to_json()["scope"] for report in (whole, own, office)] == ["government", "office", None]
    assert "所列数字均为本级政府汇总" in whole.prose["opening"].text
    assert "所列数字均为本政府机关的数字" in own.prose["opening"].text
    assert "以下均为本级政府汇总的数字" in whole.prose["overview"].text
    assert "汇总" not in office.prose["opening"].text
    page = draw_review(ReportData.from_json(whole.to_json()), whole.review())
    assert page.scope == "本级政府汇总"
    assert "新收申请（本级政府汇总）" in page.sections[0].html


def test_a_governments_text_that_names_the_other_scope_is_found(tmp_path):
    text = {"text": TEXT["text"] | {"overview": {"lead": "数字只含本政府机关。"}}}
    (finding,) = rollup(reported(district(tmp_path, **{"qu-all": text})))

    assert (finding.code, finding.section) == ("rollup.scope-mixed", "overview")


def test_a_governments_text_that_names_no_scope_is_found(project):
    from dataclasses import replace

    from gktools.checks.government import check_scope
    from gktools.checks.subject import Subject

    report = reported(project)
    inputs = report.inputs
    prose = {key: replace(part, paragraphs=()) for key, part in report.prose.items()}
    subject = Subject(inputs.office, YEAR, inputs.form, inputs.official, report.tables, prose, report.title)

    assert [finding.code for finding in check_scope(subject)] == ["rollup.scope"]


# --- offices by their dates ---------------------------------------------------------------------------------


def dated(code: str, *names: dict[str, str], **more: Any) -> dict[str, Any]:
    return {code: {"names": list(names), "kind": "county_department", "parent": "qu"} | more}


def test_a_renamed_office_is_counted_under_the_name_of_the_year(tmp_path):
    names = [{"name": "示例区教育委员会", "until": "2024-06-30"}, {"name": "示例区教育局", "since": "2024-07-01"}]
    project = district(tmp_path, offices=OFFICES | dated("jiaoyu", *names))

    assert project.members("qu-all", 2023)[2].name == "示例区教育委员会"
    assert project.members("qu-all", YEAR)[2].name == "示例区教育局"
    assert codes(reported(project)) == []


def test_an_office_merged_within_the_year_is_no_member_and_its_records_are_pointed_out(tmp_path):
    merged = dated("wenhua", {"name": "示例区文化局", "until": "2024-06-30"})
    registers = REGISTERS | {"wenhua": {"requests": [request("文1")]}}
    report = reported(district(tmp_path, registers, OFFICES | merged))
    (finding,) = rollup(report)

    assert report.tables["requests"][ALL] == 5
    assert (finding.code, finding.severity) == ("rollup.ended", Severity.EXPLAIN)
    assert "示例区文化局年内已经撤并" in finding.message


def without_parent(code: str) -> dict[str, Any]:
    return {code: {key: value for key, value in OFFICES[code].items() if key != "parent"}}


def test_an_office_with_registers_that_lost_its_parent_is_missing_in_the_sum_by_name(tmp_path):
    project = district(tmp_path, offices=OFFICES | without_parent("jiaoyu"))
    report = reported(project)
    (finding,) = rollup(report)

    assert report.tables["requests"][ALL] == 3, "two of five are not in the sum"
    assert (finding.code, finding.severity, finding.record) == ("rollup.outside", Severity.BLOCK, "jiaoyu")
    assert "示例区教育局不在本级政府汇总里" in finding.message


def test_an_office_outside_the_sum_without_registers_has_only_to_be_explained(tmp_path):
    alone = {"shuiwu": {"names": [{"name": "示例区税务局"}], "kind": "county_department"}}
    report = reported(district(tmp_path, offices=OFFICES | alone))

    assert [(one.code, one.severity) for one in rollup(report)] == [("rollup.outside", Severity.EXPLAIN)]


@pytest.mark.parametrize("cell", ["jiaoyu", ""])
def test_an_office_that_is_none_of_the_government_is_explained_in_the_parameters(tmp_path, cell):
    why = {"rule": "rollup.outside", "reason": "垂直管理，不属于本级政府", "person": "经办人甲"} | (
        {"cell": cell} if cell else {}
    )
    project = district(tmp_path, offices=OFFICES | without_parent("jiaoyu"), **{"qu-all": {"differences": [why]}})
    (finding,) = rollup(reported(project))
    with open_store(project.home) as store:
        said = list(unused_registers(project, store, YEAR))

    assert finding.severity == Severity.EXPLAIN
    assert "已说明：垂直管理" in finding.message
    assert said == []


@pytest.mark.parametrize("span", [{"until": "2023-12-31"}, {"since": "2025-01-01"}])
def test_an_office_whose_years_do_not_have_its_registers_is_missing_in_the_sum_by_name(tmp_path, span):
    project = district(tmp_path, offices=OFFICES | dated("jiaoyu", {"name": "示例区教育局"} | span))
    report = reported(project, ("qu", "zhen", "minzheng"))
    found = [one for one in rollup(report) if one.code == "rollup.other-years"]

    assert report.tables["requests"][ALL] == 3
    assert [(one.severity, one.record) for one in found] == [(Severity.BLOCK, "jiaoyu")]
    assert next(iter(span.values())) in found[0].message


def test_what_the_book_leaves_out_is_said_when_reports_are_built_and_checked(tmp_path):
    project = district(tmp_path, offices=OFFICES | without_parent("jiaoyu"))
    lost = district(
        tmp_path / "lost", offices=OFFICES | dated("jiaoyu", {"name": "示例区教育局", "until": "2023-12-31"})
    )

    assert [one for one in reminders(project, [YEAR]) if "（jiaoyu）不在 2024 年的本级政府汇总里" in one]
    (gone, unused) = reminders(lost, [YEAR])
    assert "（jiaoyu）：照单位表，2024 年底没有这个机关（名称到 2023-12-31 为止），台账库里有" in gone
    assert "params/2024/jiaoyu.yaml" in unused
    assert list(reminders(district(tmp_path / "sound"), [YEAR])) == []


def test_a_line_of_the_book_that_leaves_an_office_out_makes_the_sum_out_of_date(project):
    stand(project, "qu-all", YEAR)
    manifest = json.loads((project.home / "output/2024/qu-all/manifest.json").read_text(encoding="utf-8"))
    write_yaml(project.home / "params/offices.yaml", {"offices": OFFICES | without_parent("jiaoyu")})
    now = load_inputs(open_project(project.home), "qu-all", YEAR)

    assert now.hashes()["member:jiaoyu"] != manifest["inputs"]["member:jiaoyu"]
    assert now.government is not None
    assert [one.stray.code for one in now.government.left_out] == ["jiaoyu"]


def test_registers_of_an_office_outside_the_sum_make_it_out_of_date_and_as_of_an_import_it_is_as_it_was(tmp_path):
    alone = {"shuiwu": {"names": [{"name": "示例区税务局"}], "kind": "county_department"}}
    project = district(tmp_path, offices=OFFICES | alone)
    before = load_inputs(project, "qu-all", YEAR)
    keep(project, "shuiwu", YEAR, {"requests": [request("税1")]})
    now, then = (load_inputs(project, "qu-all", YEAR, as_of=as_of) for as_of in (None, before.records.as_of))

    assert before.hashes()["member:shuiwu"] != now.hashes()["member:shuiwu"]
    assert before.hashes()["member:shuiwu"] == then.hashes()["member:shuiwu"]


def test_a_sum_of_another_kind_than_its_government_is_pointed_out(tmp_path):
    other = OFFICES | {"qu-all": OFFICES["qu-all"] | {"rolls_up": "zhen"}}
    found = codes(reported(district(tmp_path, offices=other)))

    assert found == ["rollup.outside", "rollup.other-kind"]


def test_what_a_merged_office_handed_over_has_to_arrive_too(tmp_path):
    merged = dated("wenhua", {"name": "示例区文化局", "until": "2024-06-30"})
    registers = REGISTERS | {"wenhua": {"requests": [still_open("文1", **HANDED)]}}

    assert "rollup.not-arrived" in codes(reported(district(tmp_path, registers, OFFICES | merged)))


def test_an_office_set_up_later_is_not_asked_for_an_earlier_year(tmp_path):
    later = dated("shuju", {"name": "示例区数据局", "since": "2025-01-01"})
    project = district(tmp_path, offices=OFFICES | later)

    assert "shuju" not in [office.code for office in project.members("qu-all", YEAR)]
    assert "shuju" in [office.code for office in project.members("qu-all", 2025)]


# --- the office book ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"rolls_up": "qv"}, "“qv”不在单位表里；是不是“qu”？"),
        ({"rolls_up": "qu-all"}, "不能是汇总"),
        ({"rolls_up": "qu"}, "“qu”的汇总已经有“qu-all”一条"),
        ({"rolls_up": "zhen", "parent": "qu"}, "汇总不要写上级"),
        ({"parent": "qu-all"}, "是汇总，不是机关"),
    ],
)
def test_a_sum_that_cannot_be_one_is_refused(tmp_path, entry, message):
    wrong = {"x-all": {"names": [{"name": "某区人民政府"}], "kind": "county_government"} | entry}

    with pytest.raises(ParamsError, match=message):
        make_project(tmp_path / "work", OFFICES | wrong, {})


def test_the_government_is_found_by_its_code_or_by_that_of_its_sum_and_by_name_as_a_body(project):
    assert project.government("qu", YEAR).code == project.government("qu-all", YEAR).code == "qu-all"
    assert project.find("示例区人民政府") == "qu"
    with pytest.raises(NotFoundError, match=r"rolls_up: jiaoyu"):
        project.government("jiaoyu", YEAR)


# --- where a sum comes from ---------------------------------------------------------------------------------


def test_a_cell_is_explained_by_its_offices_and_the_way_on_to_their_records(project):
    reported(project)
    answer = explain_cell(project, "qu-all", YEAR, "表三", "received", "total")

    assert [(share["code"], share["value"]) for share in answer["offices"]] == [
        ("qu", 1),
        ("zhen", 0),
        ("jiaoyu", 2),
        ("minzheng", 2),
    ]
    said = format_answer(answer)
    assert "示例区人民政府（本级政府汇总） 2024 年" in said
    assert "示例区教育局（jiaoyu）：2" in said
    assert 'gktools explain qu requests "received" "total" --year 2024' in said


def test_a_cell_of_the_review_page_leads_to_the_same_cell_of_each_office(project):
    report = reported(project)
    page = draw_review(ReportData.from_json(report.to_json()), report.review())
    table = next(section.html for section in page.sections if section.key == "requests")

    assert 'href="../jiaoyu/review.html#requests-received-natural_person"' in table
    assert 'href="../zhen/review.html#requests-received-natural_person"' not in table


def test_figures_of_report_json_are_said_to_be_rolled_up(project):
    cells = {(c["row_key"], c["column_key"]): c for c in reported(project).to_json()["tables"]["requests"]}

    assert (cells[NEW]["source"], cells[NEW]["records"]) == ("rolled-up", 5)
    assert (cells[ALL]["source"], cells[ALL]["records"]) == ("summed", 5)


# --- the batch ----------------------------------------------------------------------------------------------


def test_the_government_comes_last_and_is_made_again_only_when_an_office_changed(project):
    def made() -> dict[str, str]:
        return {
            outcome.code: outcome.status
            for outcome in build(open_project(project.home), [YEAR], options=BuildOptions(workers=1))
        }

    assert list(made().items())[-1] == ("qu-all", "built")
    assert set(made().values()) == {"unchanged"}
    keep(project, "minzheng", YEAR, {"requests": [request("民1")]})
    assert changed_since_built(project, project.report("qu-all", YEAR)) == ["member:minzheng"]
    assert {code for code, status in made().items() if status == "built"} == {"minzheng", "qu-all"}
    report = json.loads((project.home / "output/2024/qu-all/report.json").read_text(encoding="utf-8"))
    assert {f["code"] for f in report["findings"]} & {"rollup.stale", "rollup.missing"} == set()
    assert changed_since_built(project, project.report("qu-all", YEAR)) == []
