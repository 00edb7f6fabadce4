"""Two published reports of one office, of a year and the next: which figures of the second do not follow from the first."""

from __future__ import annotations

from collections.abc import Iterator

from ...figures.previous_year import PreviousYear, mismatches
from ...figures.table import Figure, Table, Unknown, format_figure
from ...forms.model import Cell
from ...forms.notices import load_format
from ...workspace.report_data import ReportData


def broken_relations(before: ReportData, after: ReportData) -> Iterator[str]:
    """Yield each cell of a report that does not follow from the figures of the year before (D1, C1, C4), in Chinese.

    Nothing of a cell about which the later report has a finding with the same two figures, which its signers have seen:
    one with another expected figure compares with registers that are not those of the public report.
    """
    told = {(finding.code, finding.table, finding.cell, finding.found, finding.expected) for finding in after.findings}
    tables = {form.key: Table(form, _figures(after, form.key)) for form in load_format(after.year).forms}
    last = PreviousYear(before.year, load_format(before.year), {key: _figures(before, key) for key in before.tables})
    for one in mismatches(after.year, tables, last):
        found, expected = format_figure(one.found), format_figure(one.expected)
        if (one.relation.code, one.form.key, one.cell, found, expected) not in told:
            rows, columns = one.form.address(one.cell)
            place = f"{one.form.name}“{'/'.join(rows)}”行“{'/'.join(columns)}”列"
            yield f"{after.year} 年度{place}是 {found}，照 {before.year} 年度公布的应是 {expected}"


def _figures(report: ReportData, table: str) -> dict[Cell, Figure]:
    cells = report.cells.get(table, {}).items()
    return {key: Unknown("没有这个数") if cell.value is None else cell.value for key, cell in cells}
