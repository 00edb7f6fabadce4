"""Two published reports of one office, of a year and the next: which figures do not follow, and which of them signers have seen."""

from __future__ import annotations

import pytest
from reports import report_data

from gktools.checks.finished.consecutive import broken_relations
from gktools.findings import Finding, Severity
from gktools.forms.notices import load_format

CODE = "requests.carried-in"
WHO = "natural_person", "total"


def year_report(year: int, row: str, value: int, findings: list[Finding] | None = None):
    tables = {
        form.key: [
            {"row_key": r, "column_key": c, "value": value if (r, c) in [(row, one) for one in WHO] else 0}
            for r, c in form.cells
        ]
        for form in load_format(year).forms
    }
    told = [one.to_json() for one in findings or ()]
    return report_data({"year": year, "tables": tables, "findings": told})


def told(column: str, found: str, expected: str, code: str = CODE) -> Finding:
    cell = ("carried_in", column)
    return Finding(code, Severity.EXPLAIN, "…", "ju", 2024, table="requests", cell=cell, found=found, expected=expected)


@pytest.mark.parametrize(
    ("findings", "columns"),
    [
        ([], WHO),
        ([told("natural_person", "0", "3")], WHO[1:]),
        ([told("natural_person", "0", "3"), told("total", "0", "3")], ()),
        ([told("legal_person.enterprise", "0", "1"), told("total", "0", "3")], WHO[:1]),
        ([told("natural_person", "0", "5"), told("total", "0", "5")], WHO),  # that of the registers, not the public one
        ([told("natural_person", "0", "3", "other"), told("total", "0", "3", "other")], WHO),
    ],
)
def test_a_figure_is_excused_only_by_a_finding_about_its_cell_with_the_figure_of_the_public_report(findings, columns):
    broken = broken_relations(year_report(2023, "carried_out", 3), year_report(2024, "carried_in", 0, findings))
    assert [one.split("”列")[0].split("“")[-1] for one in broken] == [LABELS[column] for column in columns]


LABELS = {"natural_person": "自然人", "total": "总计"}
