"""A text copied column by column, its labels first: read only where all sums agree with one reading alone."""

from __future__ import annotations

import pytest

from gktools.forms.notices import load_format
from gktools.reading.files import GivenFile, read_file
from gktools.reading.published import TABLES, PrintedReport

FORMAT = load_format(2023)
FORM = FORMAT["requests"]
ROWS, COLUMNS = (list(dict.fromkeys(cell[axis] for cell in FORM.cells)) for axis in (0, 1))
FILLED = {"received": 7, "dispositions.granted": 2, "dispositions.refused.state_secret": 4, "carried_out": 1}
FIGURES = {
    (row, column): FILLED.get(row, 6 if row == "dispositions.total" else 0)
    if column in ("organisation.business", "total")
    else 0
    for row, column in FORM.cells
}
LABELS = [
    *(heading.label for heading in FORM.blocks[0].columns),
    *(part.label for heading in FORM.blocks[0].columns for part in heading.parts),
    *dict.fromkeys(label for cell in FORM.cells for label in FORM.address(cell)[0]),
]
TITLES = [next(one.title for one in FORMAT.sections if one.key == key) for key in ("requests", "problems")]


def read(figures: list[object]) -> list[object]:
    lines = ["2023年", TITLES[0], *LABELS, *map(str, figures), TITLES[1], "无。"]
    (report,) = read_file(GivenFile("a.txt", "\n".join(lines).encode()))
    if not isinstance(report, PrintedReport):
        return []
    cells = [report.by_cell.get((TABLES["requests"], cell)) for cell in FORM.cells]
    assert all(cell.inferred for cell in cells if cell and cell.value is not None)
    return [cell and cell.value for cell in cells]


BY_COLUMNS = [FIGURES[row, column] for column in COLUMNS for row in ROWS]


@pytest.mark.parametrize("figures", [BY_COLUMNS, [*FIGURES.values()]], ids=["by columns", "by rows"])
def test_figures_after_all_labels_are_read_the_one_way_that_agrees_with_all_sums(figures):
    assert read(figures) == [*FIGURES.values()]


def test_a_figure_lost_or_more_or_wrong_leaves_all_unread():
    first = next(number for number, figure in enumerate(BY_COLUMNS) if figure)
    for figures in (
        BY_COLUMNS[1:],
        [*BY_COLUMNS, 3],
        [3, *BY_COLUMNS],
        [*BY_COLUMNS[:first], 9, *BY_COLUMNS[first + 1 :]],
    ):
        assert {*read(figures)} <= {None}
