"""Every rule has a fault that it finds, and a report without faults has no findings."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from faultless import (
    ALL,
    BIZ,
    DISCLOSURES,
    DOCS,
    NAME,
    NP,
    OUT,
    PROBLEMS,
    REQUESTS,
    REVIEWS,
    RULES,
    C,
    R,
    T,
    check_file,
    clean,
    figures,
    of_other_year,
    table,
    with_cells,
    with_table,
    with_text,
    without,
)

from gktools.checks.report import check_report
from gktools.checks.rules import read_rules, rules
from gktools.errors import FormatError
from gktools.figures.table import Declaration, Table, Unknown
from gktools.findings import Severity
from gktools.forms.local_wording import labels_of
from gktools.forms.model import relabel
from gktools.text.tokens import DeclaredMetric
from gktools.workspace.offices import Office, office_kinds
from gktools.workspace.params_models import ReportParams

OWNED = {
    *("A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "B1", "B2", "B4", "B5"),
    *("C1'", "C2", "C3", "C3'", "C5", "C6", "C7", "C8", "C12"),
    *("F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10"),
    *("G1", "G2", "G3", "G4", "G5", "G6", "G8", "G9", "G10", "G11", "G13"),
}
OF_TABLES_AND_TEXT = [code for code in rules() if not code.startswith(("records.", "rollup."))]
"""The rules about single records have their cases in test_registers.py, those about sums in test_rollup.py."""


def declared(key, cell, value, strays=()):
    subject = clean()
    sources = dict.fromkeys(subject.tables[key].form.cells, "counted")
    given = {"requests": REQUESTS, "reviews": REVIEWS, "disclosures": DISCLOSURES[2024]}[key]
    declaration = {cell: Declaration(value, "没有台账", date(2024, 12, 31), 1)} if cell else {}
    found = table(subject.format[key], given, sources=sources, declared=declaration, strays=strays)
    return replace(subject, tables={**subject.tables, key: found})


def relabelled(key):
    subject = clean()
    forms = tuple(
        relabel(form, lambda _, label: label + "数" if label else "") if form.key == key else form
        for form in subject.format.forms
    )
    old = subject.tables[key]
    form = next(form for form in forms if form.key == key)
    return replace(subject, tables={**subject.tables, key: Table(form, old.figures)})


def worded_locally(key):
    subject = relabelled(key)
    labels = labels_of(subject.tables[key].form)
    path = next(path for path, label in labels.items() if label)
    return replace(subject, params=ReportParams.model_validate({"layout": {"labels": {key: {path: labels[path]}}}}))


LEAF = {"disclosures": (DOCS, "in_force"), "requests": (R, NP), "reviews": ("cases", "reconsideration.upheld")}
OTHER = "dispositions.other"

# code → a report with that fault
FAULTS = {
    **{f"{key}.missing-table": lambda key=key: _without_table(key) for key in LEAF},
    **{f"{key}.outdated-form": lambda key=key: of_other_year(key) for key in ("disclosures", "requests")},
    **{f"{key}.label-differs": lambda key=key: relabelled(key) for key in LEAF},
    **{f"{key}.label-local": lambda key=key: worded_locally(key) for key in LEAF},
    **{f"{key}.unknown": lambda key=key: with_cells(key, {LEAF[key]: Unknown("没有导入台账")}) for key in LEAF},
    **{f"{key}.negative": lambda key=key: with_cells(key, {LEAF[key]: -1}) for key in LEAF},
    **{f"{key}.not-integer": lambda key=key: with_cells(key, {LEAF[key]: Decimal("1.5")}) for key in LEAF},
    **{f"{key}.declared-conflict": lambda key=key: declared(key, LEAF[key], 77) for key in LEAF},
    **{f"{key}.declared-stray": lambda key=key: declared(key, None, 0, ("没有“某行”这一行",)) for key in LEAF},
    "requests.identity": lambda: with_cells("requests", {(R, NP): 7, (R, ALL): 9}),
    "requests.column-total": lambda: with_cells("requests", {(T, NP): 6, (T, ALL): 8, (OUT, NP): 1, (OUT, ALL): 1}),
    "requests.row-total": lambda: with_cells("requests", {(R, ALL): 7}),
    "requests.no-result": lambda: with_cells("requests", {(C, BIZ): Unknown("空白"), (T, BIZ): 0}),
    "requests.empty-total": lambda: with_cells(
        "requests", {("dispositions.partly_granted", NP): Unknown("空白"), (T, NP): 0}
    ),
    "requests.other-share": lambda: with_table(
        "requests", {(R, NP): 10, (f"{OTHER}.otherwise", NP): 5, ("dispositions.granted", NP): 5}
    ),
    "requests.fee-notice": lambda: with_table("requests", {(R, NP): 1, (f"{OTHER}.not_paid", NP): 1}),
    "reviews.total": lambda: with_cells("reviews", {("cases", "reconsideration.total"): 3}),
    "disclosures.authority": lambda: with_cells("disclosures", {(RULES, "in_force"): 6}),
    "disclosures.rules-public": lambda: with_cells("disclosures", {(RULES, "public_total"): 6}, 2020),
    "disclosures.authority-unclear": lambda: with_cells(
        "disclosures", {(RULES, "issued"): 6}, office=Office("ju", NAME, office_kinds()["zone"])
    ),
    "disclosures.in-force": lambda: with_cells("disclosures", {(DOCS, "in_force"): 1}),
    "disclosures.public-total": lambda: with_cells("disclosures", {(DOCS, "public_total"): 2}, 2020),
    "disclosures.items-negative": lambda: with_cells("disclosures", {("article_20_5.licences", "change"): -1}, 2020),
    "disclosures.amount-magnitude": lambda: with_cells(
        "disclosures", {("article_20_8.fees", "amount"): Decimal(1_500_000)}
    ),
    "disclosures.processing-fees": lambda: with_cells(
        "disclosures", {("article_20_8.fees", "amount"): Decimal("0.01")}
    ),
    "text.received": lambda: with_text("overview", "全年收到政府信息公开申请[9]件。"),
    "text.carried-in": lambda: with_text("overview", "政府信息公开申请上年结转[2]件。"),
    "text.completed": lambda: with_text("overview", "办结政府信息公开申请[8]件。"),
    "text.carried-out": lambda: with_text("overview", "政府信息公开申请结转下年度继续办理[3]件。"),
    "text.disposition": lambda: with_text("overview", "答复的申请中，不予公开[2]件。"),
    "text.share": lambda: with_text("overview", "申请中不予公开[1]件，占[15%]。"),
    "text.shares-sum": lambda: with_text(
        "overview", "申请中予以公开[4]件，占[57.1%]，不予公开[1]件，占[14.3%]，无法提供[2]件，占[28.9%]。"
    ),
    "text.applicants": lambda: with_text("overview", "收到的申请中自然人申请[5]件。"),
    "text.parts": lambda: with_text("overview", "全年公开信息[61]条，其中网站[50]条、公众号[26]条。"),
    "text.documents": lambda: with_text("overview", "全年制发行政规范性文件[4]件。"),
    "text.fee-count": lambda: with_text("others", "全年对[3]件申请收取信息处理费[150]元。"),
    "text.fee-amount": lambda: with_text("others", "全年收取信息处理费[151]元。"),
    "text.publications": lambda: with_text(
        "overview", "全年主动公开政府信息[42]条。", "截至年底，共主动公开政府信息[43]条。"
    ),
    "text.reviews": lambda: with_text("overview", "因政府信息公开被申请行政复议[1]件。"),
    "text.assertion": lambda: with_text("overview", "行政诉讼案件均获维持。"),
    "text.section-missing": lambda: without(clean(), "others"),
    "text.section-title": lambda: _with_title("problems", "五、存在的问题及改进情况"),
    "text.section-order": lambda: _swapped(),
    "text.years": lambda: with_text("overview", "2021年以来，更新了栏目。"),
    "text.title-year": lambda: clean(title=f"{NAME}2023年政府信息公开工作年度报告"),
    "text.period": lambda: with_text("opening", "统计期限为2024年1月1日至2024年11月30日。"),
    "text.notice": lambda: with_text("opening", "根据国办公开办函〔2019〕60号编制。"),
    "text.office-name": lambda: with_text("signature", "临川市统计局"),
    "text.overview-length": lambda: with_text("overview", "公开信息" * 251),
    "text.problems-empty": lambda: with_text("problems", "无。"),
    "text.problems-short": lambda: with_text("problems", "问题是更新不及时，下一步加强更新。"),
    "text.problems-unanswered": lambda: with_text(
        "problems", PROBLEMS[0], "（二）改进措施。一是每月核对栏目，责任到人。"
    ),
    "text.ordinals": lambda: with_text("overview", "一是更新目录。三是完善制度。"),
    "text.remnant": lambda: with_text("others", "全年没有收取信息处理费。表格如下："),
    "text.government-statement": lambda: clean(office=Office("zhen", NAME, office_kinds()["township_government"])),
    "text.fee-statement": lambda: with_text("others", "没有其他需要报告的事项。"),
    "text.section-empty": lambda: with_text("overview"),
    "text.empty-report": lambda: clean(
        prose={key: replace(part, paragraphs=()) for key, part in clean().prose.items()}
    ),
    "text.signed-early": lambda: clean(params=ReportParams.model_validate({"layout": {"signed_on": "2024-12-31"}})),
    "text.limit-changed": lambda: clean(params=ReportParams.model_validate({"checks": {"other_share": 1}})),
    "text.joined-figure": lambda: with_text("overview", "全年举办培训[3]百次。"),
    "text.vague-figure": lambda: with_text("overview", "全年举办培训超过[3]次。"),
    "text.unbound-figure": lambda: with_text("overview", "全年举办培训3次。"),
    "text.declared-conflict": lambda: clean(
        declared_metrics=(DeclaredMetric("培训次数", declared=3, counted=2, known=True),)
    ),
    "text.declared-stray": lambda: clean(
        declared_metrics=(
            DeclaredMetric("培训次", declared=3, counted=None, known=False, nearest="；是不是“培训次数”？"),
        )
    ),
    "text.omitted": lambda: _omitting("主动公开条数"),
}


def _omitting(token):
    subject = clean()
    written = replace(subject.prose["overview"], omitted=(token,))
    return replace(subject, prose={**subject.prose, "overview": written})


def _without_table(key):
    subject = clean()
    return replace(subject, tables={k: v for k, v in subject.tables.items() if k != key})


def _with_title(key, title):
    subject = clean()
    return replace(subject, prose={**subject.prose, key: replace(subject.prose[key], title=title)})


def _swapped():
    subject = clean()
    one, two, *rest = subject.format.sections
    return replace(subject, format=replace(subject.format, sections=(two, one, *rest)))


# rules that only finished tables in a file can break: what the file then holds
FILES = {
    "missing-row": lambda data: data["table3"].pop("（一）予以公开"),
    "missing-cell": lambda data: data["table3"]["（一）予以公开"].pop("自然人"),
    "unknown-label": lambda data: data["table3"].update({"属于工作秘密": {"自然人": 1}}),
    "blank": lambda data: data["table3"]["（一）予以公开"].update({"自然人": ""}),
    "text-in-cell": lambda data: data["table3"]["（一）予以公开"].update({"自然人": "3件"}),
    "unreadable": lambda data: data["table3"]["（一）予以公开"].update({"自然人": None}),
}
FILES_OF = {
    **{f"requests.{kind}": fault for kind, fault in FILES.items()},
    "disclosures.missing-row": lambda data: data["table2"]["第二十条第（一）项"].pop("规章"),
    "disclosures.missing-cell": lambda data: data["table2"]["第二十条第（一）项"]["规章"].pop("本年制发件数"),
    "disclosures.unknown-label": lambda data: data["table2"]["第二十条第（一）项"].update(
        {"党内法规": {"本年制发件数": 1}}
    ),
    "disclosures.blank": lambda data: data["table2"]["第二十条第（一）项"]["规章"].update({"本年制发件数": " "}),
    "disclosures.text-in-cell": lambda data: data["table2"]["第二十条第（一）项"]["规章"].update({"本年制发件数": "/"}),
    "disclosures.unreadable": lambda data: data["table2"]["第二十条第（一）项"]["规章"].update({"本年制发件数": None}),
    "reviews.missing-cell": lambda data: data["table4"]["行政复议"].pop("结果维持"),
    "reviews.unknown-label": lambda data: data["table4"]["行政复议"].update({"调解结案": 1}),
    "reviews.blank": lambda data: data["table4"]["行政复议"].update({"结果维持": ""}),
    "reviews.text-in-cell": lambda data: data["table4"]["行政复议"].update({"结果维持": "无"}),
    "reviews.unreadable": lambda data: data["table4"]["行政复议"].update({"结果维持": None}),
}


@pytest.mark.parametrize("year", [2020, 2024])
def test_a_report_without_faults_has_no_findings(year):
    assert [str(finding) for finding in check_report(clean(year))] == []


@pytest.mark.parametrize("year", [2019, 2020, 2021, 2024])
def test_finished_tables_without_faults_have_no_findings(tmp_path, year):
    assert check_file(tmp_path, figures(year)) == []


@pytest.mark.parametrize("code", OF_TABLES_AND_TEXT)
def test_every_rule_finds_its_fault_and_says_where_and_what_to_do(code, tmp_path):
    if code in FAULTS:
        found = check_report(FAULTS[code]())
    else:
        data = figures()
        FILES_OF[code](data)
        found = check_file(tmp_path, data)
    mine = [finding for finding in found if finding.code == code]

    assert mine, [str(finding) for finding in found]
    for finding in mine:
        assert finding.severity is rules()[code].severity
        assert (
            finding.table
            or finding.section
            or code in ("text.section-order", "text.empty-report", "text.limit-changed")
        )
        assert finding.office_code
        assert finding.year in (2020, 2024)
        assert finding.rule
        assert finding.remedy
        assert finding.message.endswith("。")
        assert "{" not in finding.message + finding.rule


def test_every_rule_that_is_ours_stands_in_the_rules():
    ours = {ref for code in OF_TABLES_AND_TEXT for ref in rules()[code].refs}
    assert ours == OWNED


def test_no_catalogued_fault_is_of_a_rule_that_does_not_exist():
    assert FAULTS.keys() | FILES_OF.keys() == set(OF_TABLES_AND_TEXT)


def test_findings_come_in_printed_order_and_the_same_each_time():
    subject = with_cells("requests", {(R, ALL): 7}, prose=FAULTS["text.remnant"]().prose)
    subject = replace(
        subject, tables={**subject.tables, "disclosures": FAULTS["disclosures.in-force"]().tables["disclosures"]}
    )
    codes = [finding.code for finding in check_report(subject)]
    order = [code.split(".")[0] for code in codes]

    assert order == sorted(order, key=["disclosures", "requests", "reviews", "text"].index)
    assert codes == [finding.code for finding in check_report(subject)]


def test_a_rule_with_an_unknown_property_or_given_twice_is_refused():
    rule = "{code: a, refs: [A1], severity: block, title: t, message: m, remedy: r, source: s"
    with pytest.raises(FormatError, match=r"x\.yaml 第 1 行"):
        read_rules(f"- {rule}, colour: red}}", "x.yaml")
    with pytest.raises(FormatError, match="写了两次"):
        read_rules(f"- {rule}}}\n- {rule}}}", "x.yaml")
    with pytest.raises(FormatError, match="block"):
        read_rules(f"- {rule.replace('severity: block', 'severity: wrong')}}}", "x.yaml")


def test_a_fingerprint_lasts_until_a_value_changes():
    one, again = (check_report(with_cells("requests", {(R, ALL): 7})) for _ in range(2))
    other = check_report(with_cells("requests", {(R, ALL): 6}))

    assert [f.fingerprint for f in one] == [f.fingerprint for f in again]
    assert not {f.fingerprint for f in one if f.code == "requests.row-total"} & {f.fingerprint for f in other}


def test_severities_are_those_of_the_list_of_checks():
    severe = {ref: rule.severity for rule in rules().values() for ref in rule.refs}
    assert severe["A1"] is Severity.BLOCK
    assert severe["A8"] is Severity.EXPLAIN
    assert severe["A9"] is Severity.HINT
