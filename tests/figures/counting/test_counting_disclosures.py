"""表二: documents, decisions, items, charges and procurements of a year, as of 31 December (counting.md)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from literal_registers import filled, reasons

from gktools.figures.table import Unknown, format_figure


@pytest.fixture
def cells(counted):
    """Count 表二: the filled cells, the block left out of their keys."""

    def count(year, rules=None, covers="all", **given):
        table = counted("disclosures", year, rules=rules, covers=covers, **given)
        return {f"{row.partition('.')[2]}/{column}": figure for (row, column), figure in filled(table).items()}

    return count


def document(title="甲办法", published_on="2024-05-01", kind="行政规范性文件", **given):
    return {"title": title, "kind": kind, "published_on": published_on} | given


ISSUED, REPEALED, IN_FORCE = (f"normative_documents/{column}" for column in ("issued", "repealed", "in_force"))


# --- documents ----------


def test_a_document_is_issued_in_the_year_it_was_published(cells):
    assert cells(2024, documents=[document(published_on="2024-12-31")]) == {ISSUED: 1, IN_FORCE: 1}
    assert cells(2024, documents=[document(published_on="2025-01-01")]) == {}
    assert cells(2024, documents=[document(published_on="2023-12-31")]) == {IN_FORCE: 1}


def test_a_rule_stands_in_its_own_row(cells):
    assert cells(2024, documents=[document(kind="规章")]) == {"rules/issued": 1, "rules/in_force": 1}


def test_published_and_not_yet_in_effect_it_is_in_force(cells):
    given = document(published_on="2024-12-20", effective_on="2025-02-01")

    assert cells(2024, documents=[given]) == {ISSUED: 1, IN_FORCE: 1}


def test_repealed_within_the_year_it_is_no_longer_in_force(cells):
    given = document(published_on="2020-01-01", repealed_on="2024-12-31")

    assert cells(2024, documents=[given]) == {REPEALED: 1}
    assert cells(2023, documents=[given]) == {IN_FORCE: 1}
    assert cells(2025, documents=[given]) == {}


def test_issued_and_repealed_in_one_year_it_counts_as_both(cells):
    assert cells(2024, documents=[document(repealed_on="2024-09-01")]) == {ISSUED: 1, REPEALED: 1}


def test_valid_to_31_december_it_is_in_force_that_day_and_ends_the_year_after(cells):
    given = document(published_on="2020-01-01", expires_on="2024-12-31")

    assert cells(2024, documents=[given]) == {IN_FORCE: 1}
    assert cells(2025, documents=[given]) == {REPEALED: 1}
    assert cells(2026, documents=[given]) == {}


def test_valid_to_30_december_it_ends_in_that_year(cells):
    given = document(published_on="2020-01-01", expires_on="2024-12-30")

    assert cells(2024, documents=[given]) == {REPEALED: 1}


def test_repealed_before_it_would_have_expired_it_ends_when_repealed(cells):
    given = document(published_on="2020-01-01", expires_on="2025-12-31", repealed_on="2024-03-01")

    assert cells(2024, documents=[given]) == {REPEALED: 1}
    assert cells(2026, documents=[given]) == {}


def test_expired_before_it_was_repealed_in_words_it_ends_when_it_expired(cells):
    given = document(published_on="2020-01-01", expires_on="2023-06-30", repealed_on="2024-03-01")

    assert cells(2023, documents=[given]) == {REPEALED: 1}
    assert cells(2024, documents=[given]) == {}


def test_issued_together_it_is_counted_by_the_one_in_the_lead(counted):
    led, followed = document("甲", lead="是"), document("乙", lead="否")
    table = counted("disclosures", documents=[led, followed])

    assert counted("disclosures", documents=[led])["article_20_1.normative_documents", "issued"] == 1
    assert counted("disclosures", documents=[followed])["article_20_1.normative_documents", "issued"] == 0
    assert table["article_20_1.normative_documents", "issued"] == 1
    assert reasons(table, "article_20_1.normative_documents", "issued") == ["联合发文，由牵头机关计"]


def test_issued_together_every_issuer_counts_it_if_the_office_counts_that_way(cells):
    given = [document("甲", lead="是"), document("乙", lead="否"), document("丙")]

    assert cells(2024, documents=given) == {ISSUED: 2, IN_FORCE: 2}
    assert cells(2024, documents=given, rules={"joint_documents": "all"}) == {ISSUED: 3, IN_FORCE: 3}


def test_in_2020_documents_are_counted_as_made_as_newly_public_and_as_public(cells):
    given = [
        document("甲", "2020-03-01", public_on="2020-03-05"),
        document("乙", "2019-12-20", public_on="2020-01-05"),
        document("丙", "2018-12-20", public_on="2018-12-31"),
        document("丁", "2020-12-20", public_on="2021-01-01"),
        document("戊", "2020-06-01"),
    ]

    assert cells(2020, documents=given) == {
        "normative_documents/produced": 3,
        "normative_documents/newly_public": 2,
        "normative_documents/public_total": 3,
    }


@pytest.mark.parametrize(("day", "total"), [("2020-12-31", 1), ("2021-01-01", 0)])
def test_a_document_made_public_on_31_december_counts_in_the_public_total_and_one_of_1_january_does_not(
    counted, day, total
):
    table = counted("disclosures", 2020, documents=[document(published_on="2019-06-01", public_on=day)])

    assert table["article_20_1.normative_documents", "public_total"] == total


def test_a_document_issued_together_is_in_the_public_total_of_the_one_in_the_lead_alone(counted):
    given = document(published_on="2020-05-01", public_on="2020-05-02")
    totals = [
        counted("disclosures", 2020, documents=[given | {"lead": lead}])[
            "article_20_1.normative_documents", "public_total"
        ]
        for lead in "是否"
    ]

    assert totals == [1, 0]


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ({"repealed_on": "2023-12-31"}, []),
        ({"repealed_on": "2024-01-01"}, ["年底前已于 2024-01-01 失效"]),
        ({"repealed_on": "2024-12-31"}, ["年底前已于 2024-12-31 失效"]),
        ({"repealed_on": "2025-01-01"}, []),
        ({"published_on": "2025-01-01"}, ["公布日期 2025-01-01，在本年之后"]),
    ],
)
def test_what_is_nearly_in_force_is_what_ended_within_the_year_or_came_just_after_it(counted, given, near):
    table = counted("disclosures", documents=[document(**({"published_on": "2020-01-01"} | given))])

    assert reasons(table, "article_20_1.normative_documents", "in_force") == near


@pytest.mark.parametrize(
    ("day", "near"),
    [
        ("2023-11-30", []),
        ("2023-12-01", ["公布日期 2023-12-01，在本年之前"]),
        ("2023-12-31", ["公布日期 2023-12-31，在本年之前"]),
        ("2024-01-01", []),
        ("2024-12-31", []),
        ("2025-01-01", ["公布日期 2025-01-01，在本年之后"]),
        ("2025-01-31", ["公布日期 2025-01-31，在本年之后"]),
        ("2025-02-01", []),
    ],
)
def test_near_is_what_lies_a_month_before_or_after_the_year(counted, day, near):
    table = counted("disclosures", documents=[document(published_on=day)])

    assert reasons(table, "article_20_1.normative_documents", "issued") == near


# --- decisions ----------


def decision(number, kind, decided_on, **given):
    return {"number": number, "kind": kind, "decided_on": decided_on} | given


def test_a_decision_counts_in_the_year_it_was_made_public_or_not(cells):
    given = [
        decision("1", "行政许可", "2024-01-01", public="是", public_on="2024-01-20"),
        decision("2", "行政许可", "2024-12-31", public="否", not_public_because="国家秘密"),
        decision("3", "行政许可", "2023-12-31", public_on="2024-01-05"),
        decision("4", "行政许可", "2025-01-01"),
    ]

    assert cells(2024, decisions=given) == {"licences/decisions": 2}


def test_each_kind_of_decision_has_its_row(cells):
    given = [
        decision("1", "行政许可", "2024-05-01"), decision("1", "行政处罚", "2024-05-01"),
        decision("2", "行政处罚", "2024-05-01"), decision("1", "行政强制", "2024-05-01"),
    ]  # fmt: skip

    assert cells(2024, decisions=given) == {
        "licences/decisions": 1, "penalties/decisions": 2, "coercions/decisions": 1,
    }  # fmt: skip


def test_a_kind_the_form_does_not_print_is_counted_only_where_it_does(cells):
    given = {year: [decision("1", "其他对外管理服务事项", f"{year}-05-01")] for year in (2020, 2024)}

    assert cells(2020, decisions=given[2020]) == {"other_services/decisions": 1}
    assert cells(2024, decisions=given[2024]) == {}


# --- items (2019 and 2020) ----------


def item(code, kind="行政许可", listed="是", **given):
    return {"code": code, "name": f"事项{code}", "kind": kind, "listed": listed} | given


def test_items_of_last_year_are_those_listed_when_the_year_began(cells):
    given = [item("1"), item("2"), item("3", "行政处罚"), item("4", listed="否", added_on="2020-01-01")]

    assert cells(2020, items=given) == {
        "licences/items_last_year": 2, "penalties/items_last_year": 1, "licences/change": 1,
    }  # fmt: skip


def test_the_change_of_items_may_be_negative(cells):
    given = [
        item("1", removed_on="2020-12-31"),
        item("2", removed_on="2020-01-01"),
        item("3", listed="否", added_on="2020-05-01"),
    ]

    assert cells(2020, items=given) == {"licences/items_last_year": 2, "licences/change": -1}


def test_an_item_added_and_removed_in_one_year_changes_nothing(counted):
    table = counted("disclosures", 2020, items=[item("1", listed="否", added_on="2020-02-01", removed_on="2020-11-01")])

    assert table["article_20_5.licences", "change"] == 0
    assert table.counted(("article_20_5.licences", "change"))["amount"].tolist() == [1, -1]


def test_an_item_changed_in_another_year_is_no_change_of_this_one(cells):
    given = [item("1", removed_on="2021-01-01"), item("2", listed="否", added_on="2021-01-01")]

    assert cells(2020, items=given) == {"licences/items_last_year": 1}


def test_the_list_of_another_year_says_nothing_of_this_one(cells):
    files = {2019: [item("1"), item("2")], 2020: [item("1")]}

    assert cells(2020, items=files) == {"licences/items_last_year": 1}
    assert cells(2019, items=files) == {"licences/items_last_year": 2}


# --- charges ----------


def charge(amount, collected_on="2024-05-01", **given):
    return {"name": "占道费", "collected_on": collected_on, "amount": amount} | given


def test_charges_are_those_collected_in_the_year_in_wan_to_the_fen(cells):
    given = [charge("12345.67"), charge("0.01", "2024-12-31"), charge("500", "2023-12-31"), charge("500", "2025-01-01")]

    assert cells(2024, charges=given) == {"fees/amount": Decimal("1.234568")}


@pytest.mark.parametrize(
    ("decimals", "amount", "printed"),
    [
        (6, "12345.67", "1.234567"),
        (6, "12000", "1.2"),
        (4, "12345.67", "1.2346"),
        (2, "12350", "1.24"),
        (2, "0.01", "0"),
        (0, "15000", "2"),
    ],
)
def test_amounts_have_as_many_decimals_as_the_district_has_set_and_no_zeros_at_the_end(
    counted, decimals, amount, printed
):
    table = counted("disclosures", 2024, rules={"money_decimals": decimals}, charges=[charge(amount)])
    cell = ("article_20_8.fees", "amount")
    (written,) = (one for one in table.to_json() if (one["row_key"], one["column_key"]) == cell)

    assert format_figure(table[cell]) == printed
    assert table.amount(cell) == Decimal(amount) / 10_000
    assert written["value"] == float(printed)
    assert written.get("exact", written["value"]) == float(amount) / 10_000


def paid(fee, paid_on):
    return {"number": "1", "received_on": "2023-12-01", "applicant": "自然人", "fee_paid": fee, "fee_paid_on": paid_on}


def test_processing_fees_are_charges_of_the_year_they_were_paid_in(cells):
    assert cells(2024, charges=[charge("100")], requests=[paid("50", "2024-01-03")]) == {
        "fees/amount": Decimal("0.015")
    }
    assert cells(2024, charges=[charge("100")], requests=[paid("50", "2023-12-31")]) == {"fees/amount": Decimal("0.01")}


def test_processing_fees_are_left_out_if_the_office_counts_that_way(cells):
    rules = {"charges_include_processing_fees": False}
    given = {"charges": [charge("100")], "requests": [paid("50", "2024-01-03")]}

    assert cells(2024, rules=rules, **given) == {"fees/amount": Decimal("0.01")}


def test_with_processing_fees_the_charges_are_known_only_with_the_requests(counted):
    both = counted("disclosures", covers=["charges"])
    alone = counted("disclosures", covers=["charges"], rules={"charges_include_processing_fees": False})

    assert isinstance(both["article_20_8.fees", "amount"], Unknown)
    assert "依申请公开登记表" in both["article_20_8.fees", "amount"].reason
    assert alone["article_20_8.fees", "amount"] == 0


def test_a_fee_of_nothing_is_no_charge(counted):
    table = counted("disclosures", requests=[paid("0", "2024-01-03")])

    assert table.counted(("article_20_8.fees", "amount")).empty


def test_a_fee_asked_for_and_not_paid_is_no_charge(cells):
    asked = {
        "number": "1",
        "received_on": "2024-03-01",
        "applicant": "自然人",
        "fee_notified_on": "2024-03-05",
        "fee_charged": "80",
    }

    assert cells(2024, requests=[asked]) == {}


# --- procurements (2019 and 2020) ----------


def procurement(number, amount, signed_on="2020-05-01", central="是"):
    return {"number": number, "central": central, "signed_on": signed_on, "amount": amount}


def test_only_central_procurements_signed_in_the_year_count(counted):
    given = [
        procurement("1", "251000"), procurement("2", "1.5", "2020-12-31"), procurement("3", "999", central="否"),
        procurement("4", "999", "2019-12-31"), procurement("5", "999", "2021-01-01"),
    ]  # fmt: skip
    table = counted("disclosures", 2020, procurements=given)

    assert table["article_20_9.central_procurement", "projects"] == 2
    assert table["article_20_9.central_procurement", "amount"] == Decimal("25.10015")
    assert sorted(reasons(table, "article_20_9.central_procurement", "projects")) == [
        "不是集中采购", "合同日期 2019-12-31，在本年之前", "合同日期 2021-01-01，在本年之后",
    ]  # fmt: skip


# --- zero needs proof ----------


def test_each_register_proves_its_own_cells_only(counted):
    table = counted("disclosures", covers=["documents"])
    known = {cell for cell, figure in table.figures.items() if not isinstance(figure, Unknown)}

    assert known == {cell for cell in table.form.cells if cell[0].startswith("article_20_1.")}
    assert {table[cell] for cell in known} == {0}


@pytest.mark.parametrize(("year", "cells_"), [(2020, 22), (2024, 10)])
def test_empty_registers_prove_every_zero(counted, year, cells_):
    table = counted("disclosures", year)

    assert list(table.figures.values()) == [0] * cells_
    assert {table.source(cell) for cell in table.form.cells} == {"counted"}
