"""A table against its form: where a fault is found, what is compared, and what is not a fault."""

from dataclasses import replace
from decimal import Decimal

import pytest
from casework import HERE, inputs_of
from faultless import (
    ALL,
    BIZ,
    DOCS,
    NAME,
    NP,
    OUT,
    RULES,
    C,
    R,
    T,
    clean,
    of_other_year,
    with_cells,
    with_table,
    with_text,
)

from gktools.checks.report import check_report
from gktools.figures.table import Table, Unknown
from gktools.findings import Severity
from gktools.forms.model import relabel
from gktools.forms.notices import load_format
from gktools.report.report import draft_report
from gktools.workspace.offices import Office, office_kinds
from gktools.workspace.params_models import ReportParams


def found(subject, *codes):
    return [finding for finding in check_report(subject) if finding.code in codes or not codes]


def only(subject, code):
    (finding,) = found(subject, code)
    return finding


def test_a_wrong_total_is_found_at_its_own_cell_with_both_sides():
    finding = only(with_cells("requests", {(R, ALL): 7}), "requests.row-total")

    assert finding.cell == (R, ALL)
    assert finding.row == ("一、本年新收政府信息公开申请数量",)
    assert finding.column == ("总计",)
    assert (finding.found, finding.expected, finding.difference) == ("7", "8", "-1")
    assert finding.behind[0] == "requests received total"
    assert len(finding.behind) == 7
    assert "表三" in finding.message


def test_two_wrong_columns_that_cancel_out_are_both_found():
    cells = {(R, NP): 7, (R, BIZ): 1}
    columns = [finding.column[-1] for finding in found(with_cells("requests", cells), "requests.identity")]

    assert columns == ["自然人", "商业企业"]


def test_an_identity_has_no_row_but_its_column_and_the_rule_the_form_prints():
    finding = found(with_cells("requests", {(R, NP): 7}), "requests.identity")[0]

    assert finding.row is None
    assert finding.cell is None
    assert finding.column == ("自然人",)
    assert finding.rule == "第一项加第二项之和，等于第三项加第四项之和"
    assert finding.behind == tuple(f"requests {row} {NP}" for row in (R, C, T, OUT))


def test_each_group_of_table_four_has_its_own_total():
    subject = with_cells("reviews", {("cases", "litigation.direct.total"): 2})
    finding = only(subject, "reviews.total")

    assert finding.row == ()
    assert finding.column == ("行政诉讼", "未经复议直接起诉", "总计")


def test_a_sum_over_an_unknown_is_not_checked_and_only_the_unknown_itself_is_reported():
    unknown = Unknown("没有导入 2024 年的登记表")
    subject = with_table("requests", {(R, NP): unknown, ("dispositions.granted", NP): 7})
    codes = [finding.code for finding in check_report(subject) if finding.table == "requests"]

    assert codes == ["requests.unknown"]


def test_an_unknown_says_why_and_what_to_do():
    finding = only(with_cells("requests", {(R, NP): Unknown("没有导入登记表")}), "requests.unknown")

    assert "没有导入登记表" in finding.message
    assert "本年无记录" in finding.remedy
    assert "填报数" in finding.remedy


def test_a_cell_that_may_be_negative_is_not_reported():
    subject = with_cells(
        "disclosures",
        {("article_20_5.licences", "items_last_year"): 5, ("article_20_5.licences", "change"): -5},
        2020,
    )
    assert check_report(subject) == []


def test_an_amount_may_have_digits_after_the_point():
    subject = with_cells("disclosures", {("article_20_8.fees", "amount"): Decimal("24252.311082")})
    assert check_report(subject) == []


@pytest.mark.parametrize("key", ["disclosures", "requests"])
def test_the_form_of_an_earlier_notice_is_one_finding_and_its_sums_still_hold(key):
    codes = [finding.code for finding in check_report(of_other_year(key)) if finding.table == key]
    assert codes == [f"{key}.outdated-form"]


def test_a_registered_local_label_is_shown_to_whoever_reads_the_findings():
    label = "本年收费金额（万元）"
    path = "article_20_8.amount"
    params = ReportParams.model_validate({"layout": {"labels": {"disclosures": {path: label}}}})
    official = load_format(2024)
    form = relabel(official["disclosures"], lambda where, old: label if where == path else old)
    forms = tuple(form if one.key == "disclosures" else one for one in official.forms)
    plain = clean(format=replace(official, forms=forms))
    subject = replace(plain, tables={**plain.tables, "disclosures": Table(form, plain.tables["disclosures"].figures)})

    assert [finding.code for finding in check_report(subject)] == ["disclosures.label-differs"]
    (shown,) = check_report(replace(subject, params=params))
    assert (shown.code, shown.severity, shown.found) == ("disclosures.label-local", Severity.HINT, label)


def test_half_width_brackets_chosen_as_local_wording_are_not_reported():
    params = ReportParams.model_validate({"layout": {"brackets": "half"}})
    half = str.maketrans("（）", "()")
    plain = clean()
    tables = {
        key: Table(relabel(table.form, lambda _, label: label.translate(half)), table.figures)
        for key, table in plain.tables.items()
    }

    assert check_report(replace(plain, params=params, tables=tables)) == []
    assert {finding.code for finding in check_report(replace(plain, tables=tables))} == {
        "disclosures.label-differs",
        "requests.label-differs",
    }


def test_few_cases_in_the_last_row_need_no_explanation():
    given = {(R, NP): 3, ("dispositions.other.otherwise", NP): 3}
    assert found(with_table("requests", given), "requests.other-share") == []


def test_the_row_of_last_resort_of_the_earlier_format_is_the_whole_group():
    given = {(R, NP): 10, ("dispositions.other", NP): 10}
    finding = only(with_table("requests", given, 2020), "requests.other-share")
    assert finding.cell == ("dispositions.other", ALL)


def test_closed_unpaid_is_in_order_where_the_last_section_tells_of_the_notice():
    subject = with_table("requests", {(R, NP): 1, ("dispositions.other.not_paid", NP): 1})
    told = with_text("others", "全年发出收费通知1份，申请人逾期没有缴纳。").prose
    assert found(replace(subject, prose=told), "requests.fee-notice") == []


@pytest.mark.parametrize(("kind", "code"), [("county_department", "authority"), ("zone", "authority-unclear")])
def test_figures_of_government_rules_depend_on_the_power_to_make_them(kind, code):
    office = Office("ju", NAME, office_kinds()[kind], may_make_rules=office_kinds()[kind].may_make_rules)
    subject = with_cells("disclosures", {(RULES, "issued"): 1, (RULES, "in_force"): 1}, office=office)
    findings = found(subject, "disclosures.authority", "disclosures.authority-unclear")

    assert {finding.code for finding in findings} == {f"disclosures.{code}"}
    assert [finding.cell for finding in findings] == [(RULES, "issued"), (RULES, "in_force")]


def test_a_city_government_may_report_rules_of_its_own():
    office = Office("shi", NAME, office_kinds()["city_government"], may_make_rules=True)
    subject = with_cells("disclosures", {(RULES, "in_force"): 1}, office=office)
    assert [finding for finding in check_report(subject) if finding.table == "disclosures"] == []


def test_fees_kept_out_of_the_charges_are_not_compared_with_them():
    params = ReportParams.model_validate({"counting": {"charges_include_processing_fees": False}})
    subject = with_cells("disclosures", {("article_20_8.fees", "amount"): 0}, params=params)
    assert found(subject, "disclosures.processing-fees") == []


def test_the_fees_that_the_text_reports_are_compared_where_no_register_tells_them():
    subject = with_cells("disclosures", {("article_20_8.fees", "amount"): Decimal("0.01")}, processing_fees=None)
    assert only(subject, "disclosures.processing-fees").expected == "150"


def test_in_force_may_be_more_than_issued_less_repealed():
    assert check_report(with_cells("disclosures", {(DOCS, "in_force"): 99})) == []


def test_applications_that_went_nowhere_are_found_even_where_a_cell_is_unknown():
    subject = with_cells("requests", {(C, BIZ): Unknown("空白"), (T, BIZ): 0})
    finding = only(subject, "requests.no-result")

    assert finding.severity is Severity.BLOCK
    assert finding.column == ("法人或其他组织", "商业企业")


@pytest.mark.parametrize("year", [2020, 2024])
@pytest.mark.parametrize("key", ["requests", "reviews"])
def test_one_changed_cell_anywhere_is_always_found(key, year):
    plain = clean(year)
    old = plain.tables[key]
    for cell in old.form.cells:
        subject = replace(plain, tables={**plain.tables, key: Table(old.form, {**old.figures, cell: old[cell] + 1})})
        sums = [finding for finding in check_report(subject) if finding.table == key]
        assert any(cell == finding.cell or cell[1] in " ".join(finding.behind) for finding in sums), cell


@pytest.mark.parametrize(("declared", "conflicts"), [("1.23", False), ("1.234567", False), ("1.24", True)])
def test_an_amount_declared_as_printed_or_to_the_fen_is_the_counted_one(records, declared, conflicts):
    line = {"table": "表二", "row": "行政事业性收费", "column": "amount", "value": declared}
    line |= {"reason": "核对", "declared_on": "2025-01-10", "person": "王某"}
    charge = {"name": "某费", "collected_on": "2024-06-01", "amount": "12345.67"}
    given = records(2024, covers="all", charges=[charge], declared=[line])
    office = replace(HERE, code=given.code)
    report = draft_report(inputs_of(given, {"counting": {"money_decimals": 2}}, office=office))

    assert ("disclosures.declared-conflict" in {finding.code for finding in report.findings}) is conflicts
