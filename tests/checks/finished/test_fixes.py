"""The smallest fix: planted mistakes are found again, equal candidates are all listed, and nothing is changed."""

import random
from decimal import Decimal

import pytest
from machine import examples
from planted_errors import KINDS, honest, plant

from gktools.checks.finished.fixes import Proposals, propose_fixes
from gktools.checks.finished.relations import relations_of
from gktools.figures.previous_year import PreviousYear
from gktools.figures.table import Table, Unknown
from gktools.forms.notices import load_format

DOCUMENTS, RULES = "article_20_1.normative_documents", "article_20_1.rules"


def filled(key, year=2024, **rows):
    form = load_format(year)[key]
    figures = dict.fromkeys(form.cells, 0)
    for row, values in rows.items():
        cells = [cell for cell in form.cells if cell[0].endswith(row)]
        figures |= dict(zip(cells, values, strict=True))
    return Table(form, figures)


def proposed(table, **more):
    """The proposals about the one group of relations that is broken, else what is told of empty cells."""
    return next(iter(propose_fixes(table, relations_of(table, **more))), Proposals(table.form))


def changed(fix):
    return {(change.cell, change.proposed) for change in fix.changes}


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_mistake_is_among_the_first_three_fixes(kind):
    rng, tried, found = random.Random(kind), 0, 0
    while tried < 3 * examples(10):
        table = honest(rng, rng.choice([2020, 2024]))
        wrong = plant(rng, table, kind)
        if wrong is None:
            continue
        truth = {(cell, table[cell]) for cell in table.form.cells if table[cell] != wrong[cell]}
        tried += 1
        found += any(changed(fix) == truth for fix in proposed(wrong).fixes[:3])

    assert found / tried >= 0.95


def test_of_two_mistakes_at_once_each_is_found():
    rng = random.Random(7)
    tried = found = 0
    while tried < examples(10):
        table = honest(rng, 2024)
        once = plant(rng, table, "digit")
        wrong = plant(rng, once, "total") if once else None
        truth = {(cell, table[cell]) for cell in table.form.cells if wrong and table[cell] != wrong[cell]}
        if not truth:
            continue
        tried += 1
        found += any(changed(fix) == truth for fix in proposed(wrong).fixes[:3])

    assert found / tried >= 0.9


def test_a_table_whose_sums_agree_has_no_fix():
    proposals = proposed(honest(random.Random(1), 2024))

    assert (proposals.broken, proposals.fixes, proposals.complete) == ((), (), True)


def test_a_column_of_totals_left_at_zero_is_one_slip():
    table = honest(random.Random(3), 2024)
    emptied = {cell: 0 if cell[1] == "total" else figure for cell, figure in table.figures.items()}
    (first, *_) = proposed(Table(table.form, emptied)).fixes

    assert [slip.kind for slip in first.slips] == ["totals"]
    assert changed(first) == {(cell, table[cell]) for cell in table.form.cells if cell[1] == "total" and table[cell]}


def test_in_a_group_of_reviews_every_cell_may_be_the_wrong_one_and_all_have_the_same_rank():
    table = filled("reviews", cases=[13, 2, 4, 0, 15, *[0] * 10])
    proposals = proposed(table)

    assert [(fix.rank, changed(fix)) for fix in proposals.fixes] == [
        (1, {(("cases", "reconsideration.total"), 19)}),
        (1, {(("cases", "reconsideration.upheld"), 9)}),
        (1, {(("cases", "reconsideration.otherwise"), 0)}),
    ]


def test_groups_without_a_cell_in_common_are_explained_one_by_one():
    table = filled("reviews", cases=[13, 2, 4, 0, 15, 1, 0, 0, 0, 3, *[0] * 5])
    first, second = propose_fixes(table, relations_of(table))

    assert [len(first.fixes), len(second.fixes)] == [3, 5]
    assert all(len(fix.slips) == 1 for fix in (*first.fixes, *second.fixes))


def test_of_documents_every_cell_of_the_row_is_proposed_with_its_bound():
    proposals = proposed(filled("disclosures", normative_documents=[5, 1, 0]))

    assert {(*change.cell[1:], change.proposed, change.bound) for fix in proposals.fixes for change in fix.changes} == {
        ("in_force", 4, "at_least"),
        ("issued", 1, "at_most"),
        ("repealed", 5, "at_least"),
    }
    assert {fix.rank for fix in proposals.fixes} == {1}


def test_documents_written_into_the_row_of_rules_are_moved_to_their_own():
    proposals = proposed(filled("disclosures", rules=[3, 1, 6]), may_make_rules=False)
    moved = {((DOCUMENTS, column), value) for column, value in (("issued", 3), ("repealed", 1), ("in_force", 6))}

    assert moved < changed(proposals.fixes[0])
    assert [slip.kind for slip in proposals.fixes[0].slips] == ["wrong-row"]


def test_with_last_year_the_figure_that_does_not_follow_from_it_is_proposed():
    table = filled("disclosures", normative_documents=[5, 1, 9])
    last = PreviousYear(2023, load_format(2023), {"disclosures": {(DOCUMENTS, "in_force"): 6}})
    proposals = proposed(table, last=last)

    assert ((DOCUMENTS, "in_force"), 10) in {pair for fix in proposals.fixes for pair in changed(fix)}
    assert len(proposals.fixes) == 3


def test_a_blank_is_filled_only_where_all_sums_agree_on_its_figure():
    table = honest(random.Random(5), 2024)
    cell = ("dispositions.granted", "natural_person")
    proposals = proposed(Table(table.form, {**table.figures, cell: Unknown("空白")}))

    assert [(slip.kind, slip.changes[0].proposed) for slip in proposals.told] == [("blank", table[cell])]
    assert proposals.fixes == ()


@pytest.mark.parametrize(
    ("printed", "told"),
    [("984361元", Decimal("98.4361")), ("160.5964万元", Decimal("160.5964")), ("2笔", None), ("/", None)],
)
def test_a_number_with_its_unit_is_told_in_the_unit_of_the_column(printed, told):
    form = load_format(2024)["disclosures"]
    cell = next(cell for cell in form.cells if form.unit(cell) == "万元")
    figures = dict.fromkeys(form.cells, 0) | {cell: Unknown("不是数", printed)}

    assert [slip.changes[0].proposed for slip in proposed(Table(form, figures)).told] == ([told] if told else [])


def test_a_table_with_no_sum_that_agrees_ends_in_bounded_time():
    rng = random.Random(11)
    form = load_format(2024)["requests"]
    proposals = proposed(Table(form, {cell: rng.randrange(50) for cell in form.cells}))

    assert not proposals.complete


def test_amounts_are_compared_by_their_exact_digits():
    table = filled("disclosures", fees=[Decimal("0.1")])

    assert propose_fixes(table, relations_of(table)) == ()
