"""Each rule between two years finds its fault, and says both figures; what follows from last year finds nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from twoyears import compare_years

from gktools.checks.comparison import year_on_year_rules
from gktools.checks.finished.pairs import check_pairs
from gktools.checks.rules import rules
from gktools.checks.year_on_year.figures import check_pending, check_relations, check_sudden
from gktools.checks.year_on_year.statements import check_names, check_stated_changes
from gktools.errors import TableError
from gktools.figures.previous_year import cells_without_previous, comparable_cells, mismatches
from gktools.findings import Severity
from gktools.forms.notices import load_format
from gktools.forms.year_on_year import relations

NP, BIZ = "natural_person", "organisation.business"
IN, OUT, NEW, GRANTED = "carried_in", "carried_out", "received", "dispositions.granted"
DOCS = "article_20_1.normative_documents"


# --- what must follow ----------


def test_each_column_carried_in_is_last_years_carried_out():
    found = list(
        check_relations(
            compare_years({"requests": {(IN, NP): 2, (IN, BIZ): 1}}, {"requests": {(OUT, NP): 1, (OUT, BIZ): 2}})
        )
    )

    assert [(f.code, f.cell, f.found, f.expected, f.severity) for f in found] == [
        ("requests.carried-in", (IN, NP), "2", "1", Severity.BLOCK),
        ("requests.carried-in", (IN, BIZ), "1", "2", Severity.BLOCK),
    ], "two columns that cancel out leave the total right"
    assert "2023 年的结转下年度是 1（填入的已公布数）" in found[0].message


def test_all_seven_columns_are_compared():
    columns = {column for row, column in load_format(2024)["requests"].cells if row == IN}
    leaves = columns - {"total"}
    found = check_relations(compare_years({"requests": {(IN, column): 1 for column in leaves}}, {}))

    assert {f.cell[1] for f in found} == columns


@pytest.mark.parametrize(
    ("year", "code", "cell", "now", "last"),
    [
        (2024, "in-force", (DOCS, "in_force"), {"issued": 3, "repealed": 1, "in_force": 9}, {"in_force": 8}),
        (2020, "public-total", (DOCS, "public_total"), {"newly_public": 3, "public_total": 9}, {"public_total": 7}),
    ],
)
def test_documents_follow_from_last_years(year, code, cell, now, last):
    wrong = compare_years(
        {"disclosures": {(DOCS, column): value for column, value in now.items()}},
        {"disclosures": {(DOCS, column): value for column, value in last.items()}},
        year,
    )
    found = list(check_relations(wrong))

    assert [(f.code, f.cell, f.severity) for f in found] == [(f"disclosures.{code}-last-year", cell, Severity.EXPLAIN)]
    assert f"2023 年的 {last['in_force']}" in found[0].message if year == 2024 else "2019 年的 7" in found[0].message


def test_items_of_last_year_are_its_items_and_its_change():
    row = "article_20_5.licences"
    now = {"disclosures": {(row, "items_last_year"): 12}}
    last = {"disclosures": {(row, "items_last_year"): 10, (row, "change"): -2}}
    (found,) = check_relations(compare_years(now, last, 2020))

    assert (found.code, found.found, found.expected) == ("disclosures.items-last-year", "12", "8")


def test_what_follows_from_last_year_is_not_told():
    now = {
        "requests": {(IN, NP): 1, (NEW, NP): 4, (GRANTED, NP): 5},
        "disclosures": {(DOCS, "issued"): 2, (DOCS, "repealed"): 1, (DOCS, "in_force"): 9},
        "reviews": {("cases", "reconsideration.upheld"): 1},
    }
    last = {
        "requests": {(OUT, NP): 1, (NEW, NP): 3, (GRANTED, NP): 2},
        "disclosures": {(DOCS, "in_force"): 8},
        "reviews": {("cases", "reconsideration.pending"): 1},
    }
    clean = compare_years(now, last, text="全年新收政府信息公开申请4件，比上年增加1件，同比增长33.3%。")

    assert [*check_relations(clean), *check_pending(clean), *check_sudden(clean), *check_stated_changes(clean)] == []


def test_a_figure_of_last_year_that_is_not_known_is_not_compared():
    empty = compare_years({"requests": {(IN, NP): 3}}, {})
    unknown = replace(empty, last=replace(empty.last, figures={}))

    assert list(check_relations(unknown)) == []


def test_disputes_open_last_year_are_among_this_years():
    last = {"reviews": {("cases", "litigation.direct.pending"): 2}}
    (found,) = check_pending(compare_years({"reviews": {("cases", "litigation.direct.upheld"): 1}}, last))

    assert (found.code, found.found, found.expected) == ("reviews.pending-last-year", "1", "2")
    assert found.cell == ("cases", "litigation.direct.total")
    assert list(check_pending(compare_years({}, last, counting={"reviews_include_carried_in": False}))) == []


def test_a_sudden_change_is_a_hint_with_both_figures_and_its_total_is_not_told_again():
    found = list(check_sudden(compare_years({"requests": {(NEW, NP): 100}}, {"requests": {(NEW, NP): 10}})))

    assert [(f.code, f.cell, f.severity) for f in found] == [("requests.sudden", (NEW, NP), Severity.HINT)]
    assert "本年是 100，2023 年是 10" in found[0].message
    assert list(check_sudden(compare_years({"requests": {(NEW, NP): 30}}, {"requests": {(NEW, NP): 10}}))) == []


def test_money_has_a_threshold_of_its_own():
    cell = ("article_20_8.fees", "amount")
    now, last = {"disclosures": {cell: Decimal("600.5")}}, {"disclosures": {cell: Decimal("0.5")}}

    assert [f.code for f in check_sudden(compare_years(now, last))] == ["disclosures.sudden"]
    assert list(check_sudden(compare_years(now, last, checks={"sudden_amount": 600}))) == []


# --- where the forms differ ----------


def test_rows_that_were_one_are_compared_together():
    rows = ("not_corrected", "not_paid", "otherwise")
    now = {"requests": {(f"dispositions.other.{row}", NP): 20 for row in rows}}
    (found, *rest) = check_sudden(compare_years(now, {"requests": {("dispositions.other", NP): 5}}, 2021))

    assert (found.found, found.expected) == ("60", "5")
    assert "（六）其他处理”行" in found.message
    assert {f.cell[0] for f in rest} <= {"dispositions.total"}


def test_a_table_that_counts_otherwise_is_not_compared_and_its_cells_were_not_asked():
    last = compare_years({}, {}, 2021).last
    official = load_format(2021)

    assert list(comparable_cells(2021, official, last, official["disclosures"])) == []
    assert cells_without_previous(2021, official, last, official["disclosures"]) == list(official["disclosures"].cells)
    assert cells_without_previous(2021, official, last, official["requests"]) == []


def test_within_one_format_every_cell_is_compared_with_itself():
    last, official = compare_years({}, {}, 2022).last, load_format(2022)
    for form in official.forms:
        assert list(comparable_cells(2022, official, last, form)) == [((cell,), cell) for cell in form.cells]


def test_years_that_do_not_follow_each_other_are_refused():
    apart = compare_years({}, {}, 2021, then=2019)
    with pytest.raises(TableError, match="2019 年的数只能与 2020 年的比"):
        list(mismatches(2021, apart.subject.tables, apart.last))
    with pytest.raises(TableError):
        list(check_sudden(apart))


# --- explained ----------


def explained(cell="", rule="上年结转"):
    return [{"rule": rule, "cell": cell, "reason": "上年报告已更正", "person": "经办人甲"}]


@pytest.mark.parametrize("cell", ["", "自然人", "requests carried_in natural_person"])
def test_an_explained_difference_asks_for_an_explanation_only(cell):
    wrong = compare_years({"requests": {(IN, NP): 2}}, {}, differences=explained(cell))
    found = {f.cell: f for f in check_relations(wrong)}

    assert found[IN, NP].severity is Severity.EXPLAIN
    assert "已登记原因：上年报告已更正" in found[IN, NP].message
    assert "经办人甲" not in found[IN, NP].message, "the name stands on the review page alone"
    assert wrong.used == {0}


def test_a_difference_elsewhere_explains_nothing():
    wrong = compare_years({"requests": {(IN, NP): 2}}, {}, differences=explained("商业企业"))

    assert {f.severity for f in check_relations(wrong)} == {Severity.BLOCK}
    assert wrong.used == set()


def test_merged_offices_are_named_and_ask_for_an_explanation():
    wrong = compare_years({"requests": {(IN, NP): 2}}, {})
    merged = replace(wrong, last=replace(wrong.last, offices=("示例区甲局", "示例区乙局")))
    found = list(check_relations(merged))

    assert {f.severity for f in found} == {Severity.EXPLAIN}
    assert "示例区甲局、示例区乙局之和" in found[0].message


# --- the text ----------


@pytest.mark.parametrize(
    ("said", "should"),
    [
        ("同比增长60%", "增加 50%"),
        ("比上年减少5件", "增加 5件"),
        ("较上年增加4件", "增加 5件"),
        ("与上年持平", "增加 5"),
        ("同比下降50%", "增加 50%"),
        ("同比增长50%", ""),
        ("同比增长50.0%", ""),
        ("比上年增加5件", ""),
        ("比2023年增加5件", ""),
        ("比2022年增加9件", ""),
        ("同比有所增长", ""),
        ("同比有所下降", "增加 5"),
    ],
)
def test_a_stated_change_is_recomputed_from_both_years(said, should):
    stated = compare_years(
        {"requests": {(NEW, NP): 15, (GRANTED, NP): 15}},
        {"requests": {(NEW, NP): 10}},
        text=f"全年新收政府信息公开申请15件，{said}。办结15件。",
    )
    found = list(check_stated_changes(stated))

    assert [f.expected for f in found] == ([should] if should else [])
    if should:
        assert "2023 年是 10、本年是 15" in found[0].message


def test_a_share_of_nothing_cannot_be_stated():
    stated = compare_years(
        {"requests": {(NEW, NP): 5, (OUT, NP): 5}}, {}, text="全年新收政府信息公开申请5件，同比增长100%。"
    )

    assert [f.expected for f in check_stated_changes(stated)] == ["上年是 0，算不出比例"]


def test_another_offices_name_in_the_text_is_pointed_out():
    subject = compare_years({}, {}, text="示例市云溪区民政局不断完善公开制度。").subject
    (found,) = check_names(subject, ["示例市云溪区民政局"])

    assert (found.code, found.found, found.severity) == ("text.other-office", "示例市云溪区民政局", Severity.HINT)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("在临川市人民政府领导下开展工作。", ["临川市人民政府"]),
        ("全年与青山县教育局会商两次。", ["青山县教育局"]),
        ("在云溪区人民政府领导下，主要为区政府提供服务，由市财政局考核。", []),
        ("一是在区政府网站开设专栏。", []),
    ],
)
def test_the_name_of_another_place_is_pointed_out(text, found):
    assert [f.found for f in check_names(compare_years({}, {}, text=text).subject, [])] == found


# --- finished tables in files ----------


def test_a_real_chain_of_two_years_agrees(shared):
    files = [shared / f"published/pingtan_{year}.json" for year in (2021, 2022)]
    found = check_pairs(files)

    assert {f.severity for f in found} == {Severity.HINT}
    assert ("10690", "2293") in {(f.found, f.expected) for f in found}


def test_years_apart_are_not_compared_and_that_is_said(shared):
    (found,) = check_pairs([shared / f"published/pingtan_{year}.json" for year in (2021, 2019)])

    assert found.code == "text.years-apart"
    assert "没有 2020 年的数，2021 年的不与 2019 年的比" in found.message


def test_a_planted_break_in_the_real_chain_is_found(shared, tmp_path):
    text = (shared / "published/pingtan_2022.json").read_text(encoding="utf-8")
    path = tmp_path / "2022.json"
    path.write_text(text.replace('"现行有效件数": 698', '"现行有效件数": 700'), encoding="utf-8")
    found = check_pairs([shared / "published/pingtan_2021.json", path])

    assert [(f.found, f.expected) for f in found if f.severity is Severity.EXPLAIN] == [("700", "698")]


# --- the rules ----------


def test_every_relation_is_a_rule_that_may_be_explained():
    assert {relation.code for relation in relations()} <= year_on_year_rules().keys() | rules().keys()


def test_no_rule_is_called_as_one_of_the_report_alone():
    assert not year_on_year_rules().keys() & rules().keys()


def test_the_rules_of_last_year_are_those_of_the_list_of_checks():
    refs = {ref for rule in year_on_year_rules().values() for ref in rule.refs}

    assert refs >= {"B3", "C1", "C4", "C6", "C11", "D1", "D2", "D3", "D4", "G7"}
