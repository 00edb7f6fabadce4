"""The forms of 国办公开办函〔2021〕30号, in force from 2021."""

from __future__ import annotations

from datetime import date

import pytest

from gktools.forms.model import Heading, leaves, relabel, totals
from gktools.forms.notices import load_format

FORMAT = load_format(2024)
REQUESTS = FORMAT["requests"]
REVIEWS = FORMAT["reviews"]


def test_the_notice_of_2021_holds_from_2021_on():
    assert load_format(2021) is load_format(2024) is load_format(2099)
    assert load_format(2020) is not load_format(2021)
    assert (FORMAT.notice.number, FORMAT.notice.issued) == ("国办公开办函〔2021〕30号", date(2021, 9, 26))


def test_the_disclosures_are_four_blocks_of_ten_cells():
    form = FORMAT["disclosures"]

    assert [len(list(leaves(b.rows))) * len(list(leaves(b.columns))) for b in form.blocks] == [6, 1, 2, 1]
    assert len(form.cells) == 10


def test_the_requests_are_25_rows_of_seven():
    assert len({row for row, _ in REQUESTS.cells}) == 25
    assert len(REQUESTS.cells) == 175


def test_the_reviews_are_fifteen_cells():
    assert len(REVIEWS.cells) == 15


def test_only_the_fees_are_money():
    form = FORMAT["disclosures"]

    assert [cell for cell in form.cells if form.unit(cell) == "万元"] == [("article_20_8.fees", "amount")]
    assert {form.unit(cell) for cell in form.cells} == {"件", "万元"}


def test_the_text_has_its_limit_and_its_fee_statement():
    assert FORMAT.requires.overview_characters == 1000
    assert FORMAT.requires.fee_statement


def test_every_applicant_adds_up_to_the_total_column():
    parts = REQUESTS.sums_across["received", "total"]

    assert [column for _, column in parts] == [
        "natural_person", "organisation.business", "organisation.research",
        "organisation.charity", "organisation.legal_service", "organisation.other",
    ]  # fmt: skip


def test_every_disposition_adds_up_to_the_total_row():
    parts = [row for row, _ in REQUESTS.sums_down["dispositions.total", "natural_person"]]

    assert parts == [
        row for row in dict.fromkeys(row for row, _ in REQUESTS.cells)
        if row.startswith("dispositions.") and row != "dispositions.total"
    ]  # fmt: skip
    assert len(parts) == 21


def test_each_total_of_the_reviews_adds_up_its_own_route_only():
    sums = {
        column: [part.rpartition(".")[0] for _, part in parts] for (_, column), parts in REVIEWS.sums_across.items()
    }

    assert sums == {
        "reconsideration.total": ["reconsideration"] * 4,
        "litigation.direct.total": ["litigation.direct"] * 4,
        "litigation.after_reconsideration.total": ["litigation.after_reconsideration"] * 4,
    }


def test_a_total_of_totals_sums_each_leaf_once():
    outcomes = (Heading("upheld", "甲"), Heading("pending", "乙"), Heading("total", "小计", is_total=True))
    tree = (Heading("first", "一", outcomes), Heading("second", "二"), Heading("total", "共计", is_total=True))

    assert dict(totals(tree)) == {
        "first.total": ("first.upheld", "first.pending"),
        "total": ("first.upheld", "first.pending", "second"),
    }


@pytest.mark.parametrize(
    ("row", "articles"),
    [
        ("granted", ("36(1)", "36(2)")),
        ("partly_granted", ("37",)),
        ("refused.state_secret", ("14", "36(3)")),
        ("refused.third_party", ("15", "32", "36(3)")),
        ("refused.internal_affairs", ("16(1)", "36(3)")),
        ("refused.process", ("16(2)", "36(3)")),
        ("refused.administrative_query", ("36(7)",)),
        ("unavailable.not_held", ("36(4)", "36(5)")),
        ("unavailable.to_be_made", ("38",)),
        ("not_processed.petition", ("39(1)",)),
        ("not_processed.repeated", ("36(6)",)),
        ("not_processed.publication", ("39(2)",)),
        ("not_processed.excessive", ("35",)),
        ("other.not_corrected", ("30",)),
        ("other.not_paid", ("42",)),
    ],
)
def test_a_disposition_rests_on_its_articles(row, articles):
    assert REQUESTS.articles((f"dispositions.{row}", "natural_person")) == articles


def test_a_cell_is_addressed_by_the_labels_from_the_root():
    assert REQUESTS.address(("dispositions.refused.state_secret", "organisation.business")) == (
        ("三、本年度办理结果", "（三）不予公开", "1.属于国家秘密"),
        ("法人或其他组织", "商业企业"),
    )
    assert REVIEWS.address(("cases", "litigation.after_reconsideration.total")) == (
        (),
        ("行政诉讼", "复议后起诉", "总计"),
    )
    assert FORMAT["disclosures"].address(("article_20_5.licences", "decisions")) == (
        ("第二十条第（五）项", "行政许可"),
        ("本年处理决定数量",),
    )


@pytest.mark.parametrize("form", FORMAT.forms, ids=lambda form: form.key)
def test_every_cell_is_found_by_its_keys_and_by_its_whole_address(form):
    for cell in form.cells:
        rows, columns = form.address(cell)
        assert form.find(*cell) == [cell]
        assert form.find("/".join(rows), "/".join(columns)) == [cell]


def test_a_label_with_a_slash_is_one_label():
    form = load_format(2020)["disclosures"]

    assert form.find("行政许可", "本年增/减") == [("article_20_5.licences", "change")]
    assert form.find("行政许可", "减") == []


def test_a_tail_of_labels_is_compared_whole():
    assert len(REQUESTS.find("1.属于国家秘密", "自然人")) == 1
    assert len(REQUESTS.find("（三）不予公开/1.属于国家秘密", "自然人")) == 1
    assert len(REQUESTS.find("属于国家秘密", "自然人")) == 1, "the ordinal may be left out"
    assert REQUESTS.find("国家秘密", "自然人") == []
    assert REQUESTS.find("不予公开/属于", "自然人") == []
    assert len(REVIEWS.find("", "总计")) == 3
    assert len(REVIEWS.find("", "复议后起诉/总计")) == 1


def test_relabelling_changes_the_words_and_neither_keys_nor_shape():
    changed = relabel(REQUESTS, lambda path, label: "社会组织" if path == "organisation.charity" else label)

    assert changed.cells == REQUESTS.cells
    assert changed.address(("received", "organisation.charity"))[1][-1] == "社会组织"
    different = [c for c in changed.cells if changed.address(c) != REQUESTS.address(c)]
    assert {column for _, column in different} == {"organisation.charity"}
