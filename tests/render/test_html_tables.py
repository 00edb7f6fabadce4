"""The official tables as HTML: headings for every reader, and the same figures when read back."""

from __future__ import annotations

import io
from decimal import Decimal

import lxml.html
import pandas as pd
import pytest
from markupsafe import Markup

from gktools.figures.table import Table, Unknown, fill, format_figure
from gktools.forms.grid import grid
from gktools.forms.model import Form
from gktools.forms.notices import load_format
from gktools.html import draw_form, join, tag

YEARS = (2019, 2021)
FORMS = [form for year in YEARS for form in load_format(year).forms]
NAMES = [f"{form.key}-{year}" for year in YEARS for form in load_format(year).forms]


def numbered(form: Form) -> Table:
    """A table whose cells are all different."""
    inner = [cell for cell in form.cells if cell not in form.sums_across and cell not in form.sums_down]
    return fill(form, {cell: 101 + 7 * i * i for i, cell in enumerate(inner)})


def drawn(form: Form) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(str(numbered(form).to_html()))


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_a_table_has_a_caption(form):
    assert drawn(form).xpath("./caption/text()") == [form.name]
    assert lxml.html.fromstring(str(numbered(form).to_html("别的名称"))).xpath("./caption/text()") == ["别的名称"]


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_every_heading_has_text_an_id_and_a_scope(form):
    for heading in drawn(form).iter("th"):
        assert heading.text_content().strip()
        assert heading.get("id")
        wide = int(heading.get("colspan", 1)) > 1 or int(heading.get("rowspan", 1)) > 1
        assert heading.get("scope") in (("row", "col", "rowgroup", "colgroup") if wide else ("row", "col"))


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_every_figure_names_headings_of_its_own_table_that_say_its_address(form):
    table = drawn(form)
    texts = {heading.get("id"): heading.text_content() for heading in table.iter("th")}
    figures = [cell for cell in table.iter("td") if cell.get("class") != "note"]

    assert len(figures) == len(form.cells)
    for figure, cell in zip(figures, form.cells, strict=True):
        rows, columns = form.address(cell)
        assert [texts[name] for name in figure.get("headers").split()] == [*rows, *columns]


@pytest.mark.parametrize("year", YEARS)
def test_ids_are_unique_across_the_tables_of_a_page(year):
    page = lxml.html.fromstring(str(tag("main", *(numbered(form).to_html() for form in load_format(year).forms))))
    ids = page.xpath("//@id")

    assert len(ids) == len(set(ids))
    assert {table.get("class") for table in page.iter("table")} == {
        "official disclosures", "official requests", "official reviews",
    }  # fmt: skip


def test_a_page_on_paper_ends_between_groups_of_rows_never_inside_one():
    """A row below another of its group is marked; the first of a group, and a row without one, are not."""
    rows = drawn(load_format(2024)["requests"]).xpath("./tbody/tr")
    kept = [row.get("class") == "kept" for row in rows]
    groups = [2, 1, 1, 8, 3, 5, 3, 1, 1]

    assert [row.xpath("string(th[last()])")[:2] for row, is_kept in zip(rows, kept, strict=True) if is_kept][:2] == [
        "2.",
        "3.",
    ]
    assert kept == [False, False, *(place > 0 for size in groups[1:] for place in range(size))]


def test_a_heading_over_several_lines_is_the_scope_of_its_group():
    table = drawn(load_format(2021)["requests"])

    def scope(text: str) -> str:
        (heading,) = (heading for heading in table.iter("th") if heading.text_content() == text)
        return str(heading.get("scope"))

    assert scope("三、本年度办理结果") == scope("（三）不予公开") == "rowgroup"
    assert scope("法人或其他组织") == scope("申请人情况") == "colgroup"
    assert scope("自然人") == "col"
    assert scope("四、结转下年度继续办理") == "row"


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_the_values_read_back_with_pandas_equal_the_table(form):
    table = numbered(form)
    (frame,) = pd.read_html(io.StringIO(str(table.to_html())), header=None)
    read = [str(value).removesuffix(".0") for value in frame.to_numpy().ravel()]
    wanted = [format_figure(figure) for figure in table.figures.values()]

    assert [value for value in dict.fromkeys(read) if value.isdigit()] == list(dict.fromkeys(wanted))


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_the_values_read_back_cell_by_cell_equal_the_table(form):
    table = numbered(form)
    figures = [cell.text for cell in drawn(form).iter("td") if cell.get("class") != "note"]

    assert figures == [format_figure(table[cell]) for cell in form.cells]


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_every_line_is_as_wide_as_the_grid_and_every_figure_below_its_column_heading(form):
    places: dict[tuple[int, int], lxml.html.HtmlElement] = {}
    lines = drawn(form).findall(".//tr")
    for row, line in enumerate(lines):
        column = 0
        for cell in line:
            while (row, column) in places:
                column += 1
            for down in range(int(cell.get("rowspan", 1))):
                for across in range(int(cell.get("colspan", 1))):
                    assert (row + down, column + across) not in places
                    places[row + down, column + across] = cell

    assert places.keys() == {(row, column) for row in range(len(lines)) for column in range(grid(form).width)}
    for (row, column), cell in places.items():
        if cell.get("headers"):
            above = {places[higher, column].get("id") for higher in range(row)}
            left = {places[row, nearer].get("id") for nearer in range(column)}
            assert set(cell.get("headers").split()) <= above | left


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_only_a_table_of_one_block_has_a_head_that_a_printer_repeats(form):
    table = drawn(form)

    assert len(table.findall("thead")) == (len(form.blocks) == 1)
    assert len(table.findall("tbody")) == len(form.blocks)


def test_unknown_is_drawn_as_a_dash_and_zero_as_a_zero():
    form = load_format(2024)["reviews"]
    inner = [cell for cell in form.cells if cell not in form.sums_across]
    table = fill(form, dict.fromkeys(inner, 0) | {inner[0]: Unknown("没有登记")})
    cells = [cell.text for cell in lxml.html.fromstring(str(table.to_html())).iter("td")]

    assert cells == ["—", "0", "0", "0", "—", *["0"] * 10]


def test_the_one_who_draws_a_figure_may_add_to_it():
    form = load_format(2024)["reviews"]
    html = draw_form(form, lambda cell: tag("td", tag("b", cell[1]), class_="found"))
    first = lxml.html.fromstring(str(html)).find(".//td")

    assert (first.get("class"), first.get("headers"), first.text_content()) == (
        "found", "rev1 rev3", "reconsideration.upheld",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("element", "written"),
    [
        (tag("td", "a&b<1", title='"x"'), '<td title="&#34;x&#34;">a&amp;b&lt;1</td>'),
        (tag("td", Decimal("1.5"), class_="unseen"), '<td class="unseen">1.5</td>'),
        (
            tag("details", tag("summary", "甲"), open=True, hidden=False, id=None),
            "<details open><summary>甲</summary></details>",
        ),
        (tag("meta", charset="utf-8"), '<meta charset="utf-8">'),
        (tag("p", aria_label="乙"), '<p aria-label="乙"></p>'),
        (join(["a<b", Markup("<i>c</i>")]), "a&lt;b<i>c</i>"),
    ],
)
def test_text_is_escaped_and_markup_is_not(element, written):
    assert str(element) == written
