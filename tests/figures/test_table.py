"""A table: a figure or a stated unknown in every cell, and every total added up."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from gktools.errors import TableError
from gktools.figures.table import Table, Unknown, add, figure_to_json, fill, format_figure, wan_from_fen
from gktools.forms.notices import load_format
from gktools.prose import MadeFor, part_mark

REQUESTS = load_format(2024)["requests"]
REVIEWS = load_format(2024)["reviews"]
DISCLOSURES = load_format(2020)["disclosures"]


def zeros(form):
    return {cell: 0 for cell in form.cells if cell not in form.sums_across and cell not in form.sums_down}


def test_a_table_cannot_lack_a_cell():
    with pytest.raises(TableError, match="no figure for"):
        Table(REVIEWS, {})


def test_a_table_cannot_hold_a_cell_the_form_does_not_print():
    figures = dict.fromkeys(REQUESTS.cells, 0)

    with pytest.raises(TableError, match=r"the form has no cell.*work_secret"):
        Table(REQUESTS, {**figures, ("dispositions.refused.work_secret", "natural_person"): 1})


@pytest.mark.parametrize("value", [1.0, None, True, "1"])
def test_a_float_a_text_and_nothing_are_no_figures(value):
    figures = dict.fromkeys(REVIEWS.cells, 0)

    with pytest.raises(TableError, match="not a figure in"):
        Table(REVIEWS, {**figures, REVIEWS.cells[3]: value})


def test_the_figures_of_a_table_cannot_be_changed():
    table = fill(REVIEWS, zeros(REVIEWS))

    with pytest.raises(TypeError):
        table.figures[REVIEWS.cells[0]] = 1


def test_a_cell_that_is_absent_raises():
    with pytest.raises(KeyError):
        fill(REVIEWS, zeros(REVIEWS))["cases", "reconsideration.none"]


def test_a_cell_that_is_neither_known_nor_a_total_is_not_made_up():
    known = zeros(REQUESTS)
    del known["received", "natural_person"]

    with pytest.raises(TableError, match="no figure for"):
        fill(REQUESTS, known)


def test_a_total_cannot_be_given():
    with pytest.raises(TableError, match="not a cell to be filled"):
        fill(REQUESTS, {**zeros(REQUESTS), ("received", "total"): 5})


def test_totals_add_up_down_and_across_and_in_their_corner():
    table = fill(
        REQUESTS,
        zeros(REQUESTS)
        | {
            ("received", "natural_person"): 3,
            ("received", "organisation.business"): 2,
            ("dispositions.granted", "natural_person"): 1,
            ("dispositions.refused.state_secret", "organisation.other"): 4,
        },
    )

    assert table["received", "total"] == 5
    assert table["dispositions.total", "natural_person"] == 1
    assert table["dispositions.total", "organisation.other"] == 4
    assert table["dispositions.total", "total"] == 5
    assert table.source(("received", "total")) == "summed"
    assert table.source(("received", "natural_person")) == "given"


def test_the_parts_of_a_total_of_totals_are_the_cells_at_the_bottom():
    table = fill(REQUESTS, zeros(REQUESTS))

    assert len(table.form.parts["dispositions.total", "total"]) == 21 * 6
    assert table.form.parts["received", "natural_person"] == (("received", "natural_person"),)


def test_an_unknown_makes_the_totals_over_it_unknown_and_no_others():
    table = fill(REQUESTS, zeros(REQUESTS) | {("received", "natural_person"): Unknown("没有登记")})
    unknown = {cell for cell, figure in table.figures.items() if isinstance(figure, Unknown)}

    assert unknown == {("received", "natural_person"), ("received", "total")}
    assert "没有登记" in table["received", "total"].reason
    assert table.source(("received", "total")) == "unknown"


def test_adding_up_money_is_exact():
    assert add([Decimal("0.1"), Decimal("0.2")]) == Decimal("0.3")
    assert add([]) == 0


@pytest.mark.parametrize(
    ("figure", "shown"),
    [
        (0, "0"),
        (-8, "-8"),
        (1234567, "1234567"),
        (Decimal("0"), "0"),
        (Decimal("0.00"), "0"),
        (Decimal("-0.0"), "0"),
        (Decimal("100.00"), "100"),
        (Decimal("1E+2"), "100"),
        (Decimal("7730.280"), "7730.28"),
        (Decimal("24252.311082"), "24252.311082"),
        (Decimal("0.0001"), "0.0001"),
        (Unknown("x"), "—"),
    ],
)
def test_a_figure_is_printed_plainly(figure, shown):
    assert format_figure(figure) == shown


@pytest.mark.parametrize(
    ("figure", "written"),
    [
        (0, "0"),
        (Decimal("1500000"), "1500000"),
        (Decimal("24252.311082"), "24252.311082"),
        (Decimal("0.10"), "0.1"),
        (Decimal("100000000.000001"), "100000000.000001"),
        (Unknown("x"), "null"),
    ],
)
def test_money_in_json_keeps_its_exact_digits(figure, written):
    assert json.dumps(figure_to_json(figure)) == written


def test_a_number_that_json_would_blur_raises():
    with pytest.raises(TableError, match="more digits"):
        figure_to_json(Decimal("0.12345678901234567891"))


@pytest.mark.parametrize(
    ("fen", "yuan"), [(1, "0.000001"), (100, "0.0001"), (1_000_000, "1"), (123_456_789, "123.456789"), (0, "0")]
)
def test_fen_become_wan_without_losing_one(fen, yuan):
    assert wan_from_fen(fen) == Decimal(yuan)


def test_json_has_every_cell_with_labels_keys_value_and_source():
    table = fill(DISCLOSURES, zeros(DISCLOSURES) | {("article_20_5.licences", "change"): -8})
    cells = table.to_json()

    assert [(cell["row_key"], cell["column_key"]) for cell in cells] == list(DISCLOSURES.cells)
    assert next(cell for cell in cells if cell["value"]) == {
        "row": ["第二十条第（五）项", "行政许可"],
        "column": ["本年增/减"],
        "row_key": "article_20_5.licences",
        "column_key": "change",
        "value": -8,
        "source": "given",
        "records": 0,
    }


def test_an_unknown_is_null_in_json_and_missing_in_the_frame():
    table = fill(REVIEWS, zeros(REVIEWS) | {REVIEWS.cells[0]: Unknown("空")})

    assert table.to_json()[0]["value"] is None
    assert table.to_json()[0]["source"] == "unknown"
    assert table.frame["数量"].isna().sum() == 2


def test_the_frame_has_one_row_a_cell_under_the_printed_labels():
    table = fill(REQUESTS, zeros(REQUESTS) | {("received", "organisation.charity"): 2})
    frame = table.frame

    assert len(frame) == 175
    row = "一、本年新收政府信息公开申请数量"
    assert frame.loc[(row, "法人或其他组织/社会公益组织"), "数量"] == 2
    assert frame.loc[(row, "总计"), "数量"] == 2


def test_a_notebook_shows_the_table_and_marks_it_as_a_part_of_the_report():
    table = fill(REVIEWS, zeros(REVIEWS), made_for=MadeFor("minzheng", 2024))
    bundle = table._repr_mimebundle_()

    assert bundle["text/html"] == str(table.to_html())
    (data,) = (value for kind, value in bundle.items() if kind.endswith("+json"))
    assert data == part_mark("reviews", MadeFor("minzheng", 2024), table.to_json())
    assert (data["key"], data["office"], data["year"]) == ("reviews", "minzheng", 2024)
