"""填报数: figures declared for want of a register, and how they stand beside one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from literal_registers import filled

from gktools.errors import NotFoundError
from gktools.figures.table import Unknown
from gktools.forms.lookup import find_cell
from gktools.forms.notices import load_format

PENALTIES = ("article_20_6.penalties", "decisions")


def figure(value, table="表二", row="行政处罚", column="本年处理决定数量", **given):
    return {
        "table": table, "row": row, "column": column, "value": value,
        "reason": "处罚台账在区局", "person": "王某", "declared_on": "2025-01-08",
    } | given  # fmt: skip


def test_a_declared_figure_stands_where_there_is_no_register(counted):
    table = counted("disclosures", covers=(), declared=[figure("37")])

    assert table[PENALTIES] == 37
    assert table.source(PENALTIES) == "declared"
    assert isinstance(table["article_20_6.coercions", "decisions"], Unknown)


def test_a_declared_zero_proves_zero(counted):
    table = counted("disclosures", covers=(), declared=[figure("0")])

    assert (table[PENALTIES], table.source(PENALTIES)) == (0, "declared")


def test_a_declaration_keeps_its_reason_and_its_day(counted):
    declaration = counted("disclosures", covers=(), declared=[figure("37")]).declared[PENALTIES]

    assert (declaration.value, declaration.reason, declaration.declared_on) == (37, "处罚台账在区局", date(2025, 1, 8))


def test_beside_a_register_the_register_counts_and_the_contradiction_is_seen(counted):
    decisions = [{"number": "1", "kind": "行政处罚", "decided_on": "2024-05-01"}]
    table = counted("disclosures", covers=(), decisions=decisions, declared=[figure("2")])

    assert (table[PENALTIES], table.source(PENALTIES)) == (1, "counted")
    assert table.declared[PENALTIES].value == 2


def test_a_declared_figure_of_another_year_says_nothing_of_this_one(counted):
    table = counted("disclosures", covers=(), declared={2023: [figure("37")]})

    assert isinstance(table[PENALTIES], Unknown)
    assert table.declared == {}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("article_20_6.penalties", "decisions"),
        ("行政处罚", "本年处理决定数量"),
        ("第二十条第（六）项/行政处罚", "本年处理决定数量"),
    ],
)
def test_a_cell_may_be_named_by_keys_or_by_any_unique_tail_of_its_labels(counted, row, column):
    table = counted("disclosures", covers=(), declared=[figure("5", row=row, column=column)])

    assert table[PENALTIES] == 5


@pytest.mark.parametrize("name", ["表二", "disclosures", "Disclosures", " 表二 "])
def test_a_table_may_be_named_by_its_name_or_key(counted, name):
    assert counted("disclosures", covers=(), declared=[figure("5", table=name)])[PENALTIES] == 5


def test_the_single_row_of_the_reviews_needs_no_name(counted):
    given = figure("3", table="表四", row="", column="复议后起诉/结果维持")
    table = counted("reviews", covers=(), declared=[given])

    assert filled(table)["cases", "litigation.after_reconsideration.upheld"] == 3


def test_money_is_declared_in_wan_with_all_its_digits(counted):
    given = figure("24252.311082", row="行政事业性收费", column="amount")
    table = counted("disclosures", covers=(), declared=[given])

    assert table["article_20_8.fees", "amount"] == Decimal("24252.311082")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (figure("1", row="行政处分"), "表二里没有“行政处分”这一行；是不是“行政处罚”"),
        (figure("1", column="处理决定数量"), "表二里没有“处理决定数量”这一列"),
        (figure("1", row="规章", column="本年处理决定数量"), "这一行没有这一列"),
        (figure("1", row="第二十条第（六）项", column="本年处理决定数量"), "“第二十条第（六）项”是几行合在一起的标题"),
        (figure("1.5"), "表二“行政处罚”“本年处理决定数量”填报的 1.5 不是可用的数"),
        (figure("-1"), "填报的 -1 不是可用的数"),
        (
            figure("1.2345678", row="行政事业性收费", column="amount"),
            "填报的 1.2345678 不是可用的数（万元最多六位小数，到分）",
        ),
    ],
)
def test_a_declaration_that_fits_no_cell_is_said_and_not_used(counted, given, said):
    table = counted("disclosures", covers=(), declared=[given])

    assert len(table.strays) == 1
    assert said in table.strays[0]
    assert table.declared == {}
    assert isinstance(table[PENALTIES], Unknown)


def test_a_total_cannot_be_declared(counted):
    given = figure("4", table="表三", row="received", column="总计")
    table = counted("requests", covers=(), declared=[given])

    assert "是合计，由各格相加，不能填报" in table.strays[0]


def test_a_cell_declared_twice_under_two_names_is_said(counted):
    given = [figure("1"), figure("2", row="article_20_6.penalties")]
    table = counted("disclosures", covers=(), declared=given)

    assert table[PENALTIES] == 1
    assert table.strays == ("表二“article_20_6.penalties”“本年处理决定数量”这一格填报了两次",)


def test_a_change_of_items_may_be_declared_negative(counted):
    given = figure("-3", row="行政许可", column="本年增/减")
    table = counted("disclosures", 2020, covers=(), declared=[given])

    assert table["article_20_5.licences", "change"] == -3


def test_a_declaration_for_one_table_is_not_a_stray_of_another(counted):
    table = counted("requests", covers=(), declared=[figure("1")])

    assert (table.strays, table.declared) == ((), {})


def test_a_name_that_fits_several_cells_is_told_with_them():
    form = load_format(2024)["reviews"]

    with pytest.raises(NotFoundError, match=r"不止一格，请写得更全：.*行政复议/总计"):
        find_cell(form, "", "总计")
    assert find_cell(form, "", " 行政复议/总计 ") == ("cases", "reconsideration.total")
