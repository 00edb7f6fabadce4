"""The forms of 国办公开办函〔2019〕60号, in force for 2019 and 2020."""

from __future__ import annotations

from datetime import date

import pytest

from gktools.errors import NoFormatForYear
from gktools.forms.model import leaves
from gktools.forms.notices import load_format

FORMAT = load_format(2020)


def test_the_notice_of_2019_holds_for_2019_and_2020():
    assert load_format(2019) is load_format(2020)
    assert (FORMAT.notice.number, FORMAT.notice.issued) == ("国办公开办函〔2019〕60号", date(2019, 11, 23))


def test_before_2019_no_notice_prescribes_a_report():
    with pytest.raises(NoFormatForYear, match="2018 年没有可用的报告格式；最早的格式从 2019 年度起用"):
        load_format(2018)


def test_the_disclosures_are_five_blocks_of_22_cells():
    form = FORMAT["disclosures"]

    assert [len(list(leaves(b.rows))) * len(list(leaves(b.columns))) for b in form.blocks] == [6, 6, 6, 2, 2]
    assert len(form.cells) == 22


def test_the_requests_are_23_rows_of_seven():
    form = FORMAT["requests"]

    assert len({row for row, _ in form.cells}) == 23
    assert len(form.cells) == 161


def test_other_handling_is_a_single_row():
    rows = {row for row, _ in FORMAT["requests"].cells}

    assert {row for row in rows if row.startswith("dispositions.other")} == {"dispositions.other"}


def test_the_reviews_are_one_row_of_fifteen():
    assert len(FORMAT["reviews"].cells) == 15
    assert {row for row, _ in FORMAT["reviews"].cells} == {"cases"}


def test_only_the_change_of_items_may_be_negative():
    form = FORMAT["disclosures"]

    assert {column for row, column in form.cells if form.signed((row, column))} == {"change"}
    assert sum(form.signed(cell) for cell in form.cells) == 5
    assert not any(FORMAT[key].signed(cell) for key in ("requests", "reviews") for cell in FORMAT[key].cells)


def test_items_decisions_and_procurements_each_have_their_unit():
    form = FORMAT["disclosures"]

    assert form.unit(("article_20_5.licences", "items_last_year")) == "项"
    assert form.unit(("article_20_5.licences", "decisions")) == "件"
    assert form.unit(("article_20_9.central_procurement", "projects")) == "个"
    assert form.unit(("article_20_9.central_procurement", "amount")) == "万元"


def test_the_overview_has_no_limit_and_no_fee_statement_is_asked():
    assert FORMAT.requires.overview_characters is None
    assert not FORMAT.requires.fee_statement


def test_the_sections_stand_in_their_order_and_three_of_them_print_a_form():
    assert [section.key for section in FORMAT.sections] == [
        "overview", "disclosures", "requests", "reviews", "problems", "others",
    ]  # fmt: skip
    assert [section.form for section in FORMAT.sections] == ["", "disclosures", "requests", "reviews", "", ""]


def test_a_key_means_the_same_under_both_notices():
    newer = load_format(2021)

    for key in ("requests", "reviews"):
        old, new = FORMAT[key], newer[key]
        common = set(old.cells) & set(new.cells)
        assert {old.address(cell) == new.address(cell) for cell in common} == {True}
    assert set(FORMAT["requests"].cells) - set(newer["requests"].cells) == {
        cell for cell in FORMAT["requests"].cells if cell[0] == "dispositions.other"
    }
