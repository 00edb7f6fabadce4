"""The grid of a form: every place covered once, spans as the notices print them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gktools.forms.grid import Grid, grid
from gktools.forms.model import Block, Form, Heading, leaves
from gktools.forms.notices import load_format

FORMS = [form for year in (2019, 2021) for form in load_format(year).forms]
NAMES = [f"{form.key}-{year}" for year in (2019, 2021) for form in load_format(year).forms]


def uncovered(drawn: Grid) -> list[tuple[int, int]]:
    """The places of a grid's rectangle that are covered more or less than once, or covered beyond it."""
    times: dict[tuple[int, int], int] = {}
    for row, line in enumerate(drawn.lines):
        column = 0
        for cell in line.cells:
            while times.get((row, column)):
                column += 1
            for down in range(cell.rows):
                for across in range(cell.columns):
                    place = (row + down, column + across)
                    times[place] = times.get(place, 0) + 1
    whole = {(row, column) for row in range(len(drawn.lines)) for column in range(drawn.width)}
    return sorted(place for place in whole | times.keys() if times.get(place) != 1 or place not in whole)


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_the_cells_cover_the_rectangle_exactly_once(form):
    assert uncovered(grid(form)) == []


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_every_cell_of_the_form_is_drawn_once_and_in_order(form):
    drawn = [cell.cell for line in grid(form).lines for cell in line.cells if cell.cell]

    assert tuple(drawn) == form.cells


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_every_figure_stands_under_the_headings_of_its_address(form):
    drawn = grid(form)
    texts = {cell.ref: cell.text for line in drawn.lines for cell in line.cells if cell.ref}
    for line in drawn.lines:
        for cell in line.cells:
            if cell.cell:
                rows, columns = form.address(cell.cell)
                assert [texts[ref] for ref in cell.headers] == [*rows, *columns]


def spans(form: Form) -> dict[str, list[tuple[int, int]]]:
    """Columns and rows that the heading of each text spans, in drawn order."""
    found: dict[str, list[tuple[int, int]]] = {}
    for line in grid(form).lines:
        for cell in line.cells:
            if cell.cell is None:
                found.setdefault(cell.text, []).append((cell.columns, cell.rows))
    return found


@pytest.mark.parametrize(("year", "rows", "other"), [(2019, 20, (2, 1)), (2021, 22, (1, 3))])
def test_the_requests_are_spanned_as_the_notice_prints_them(year, rows, other):
    form = load_format(year)["requests"]
    found = spans(form)

    assert grid(form).width == 10
    assert [cell.text for cell in grid(form).lines[0].cells] == [form.blocks[0].corner, "申请人情况"]
    assert found[form.blocks[0].corner] == [(3, 3)]
    assert found["申请人情况"] == [(7, 1)]
    assert found["自然人"] == found["总计"] == [(1, 2)]
    assert found["法人或其他组织"] == [(5, 1)]
    assert found["商业企业"] == [(1, 1)]
    assert found["一、本年新收政府信息公开申请数量"] == [(3, 1)]
    assert found["三、本年度办理结果"] == [(1, rows)]
    assert found["（一）予以公开"] == found["（七）总计"] == [(2, 1)]
    assert found["（三）不予公开"] == [(1, 8)]
    assert found["（四）无法提供"] == [(1, 3)]
    assert found["（五）不予处理"] == [(1, 5)]
    assert found["（六）其他处理"] == [other]
    assert found["四、结转下年度继续办理"] == [(3, 1)]


@pytest.mark.parametrize("year", [2019, 2021])
def test_the_reviews_are_spanned_as_the_notice_prints_them(year):
    found = spans(load_format(year)["reviews"])

    assert found["行政复议"] == [(5, 1)]
    assert found["行政诉讼"] == [(10, 1)]
    assert found["未经复议直接起诉"] == found["复议后起诉"] == [(5, 1)]
    assert found["总计"] == [(1, 2), (1, 1), (1, 1)]
    assert grid(load_format(year)["reviews"]).width == 15


def test_the_last_columns_of_narrow_blocks_take_the_room_that_is_left():
    old, new = spans(load_format(2019)["disclosures"]), spans(load_format(2021)["disclosures"])

    assert old["第二十条第（一）项"] == new["第二十条第（八）项"] == [(4, 1)]
    assert old["本年增/减"] == [(1, 1), (1, 1), (2, 1)]
    assert old["采购总金额"] == [(2, 1)]
    assert new["本年处理决定数量"] == [(3, 1), (3, 1)]
    assert new["本年收费金额（单位：万元）"] == [(3, 1)]
    assert new["本年制发件数"] == [(1, 1)]


def test_the_note_in_the_corner_is_no_heading_and_the_word_over_the_rows_is_one():
    (requests,) = (cell for cell in grid(load_format(2021)["requests"]).lines[0].cells if cell.kind == "corner")
    (disclosures,) = (cell for cell in grid(load_format(2021)["disclosures"]).lines[1].cells if cell.kind == "corner")

    assert (requests.note, requests.ref) == (True, 0)
    assert not disclosures.note
    assert disclosures.ref


# --- any form a notice may yet prescribe ----------


def trees(depth: int) -> st.SearchStrategy[tuple[Heading, ...]]:
    """Trees of headings at most so many levels deep, with keys and labels of their own on every level."""
    parts = trees(depth - 1) if depth else st.just(())
    branches = st.lists(st.one_of(st.just(()), parts), min_size=1, max_size=3)
    return branches.map(lambda found: tuple(Heading(f"k{i}", f"第{i}项", part) for i, part in enumerate(found)))


FORM = st.lists(
    st.builds(Block, trees(2), trees(2), corner=st.sampled_from(["", "注"]), banner=st.sampled_from(["", "总"])),
    min_size=1,
    max_size=3,
).map(
    lambda blocks: Form(
        "any", "表", "any",
        tuple(Block(b.rows, b.columns, f"b{i}", f"第{i}块", b.corner, banner=b.banner) for i, b in enumerate(blocks)),
    )
)  # fmt: skip


@settings(max_examples=60, deadline=None, database=None)
@given(FORM)
def test_whatever_a_notice_prescribes_is_covered_once_and_headed_by_what_it_prints(form):
    drawn = grid(form)
    heads = [cell for line in drawn.lines for cell in line.cells if cell.ref]

    assert uncovered(drawn) == []
    assert [cell.ref for cell in heads] == sorted({cell.ref for cell in heads})
    assert all(cell.text for cell in heads)
    assert sum(1 for line in drawn.lines for cell in line.cells if cell.cell) == sum(
        len(list(leaves(b.rows))) * len(list(leaves(b.columns))) for b in form.blocks
    )
