"""What is checked, and how a check says what it found there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..figures.table import Figure, Table, Unknown, format_figure
from ..findings import Finding, Severity
from ..forms.model import Cell, Form, ReportFormat
from ..prose import Prose
from ..text.tokens import DeclaredMetric
from ..workspace.offices import Office
from ..workspace.params_models import ReportParams
from .patterns import patterns
from .rules import Rule, rules


@dataclass(frozen=True)
class Subject:
    """One office's report of one year, as far as it is there.

    format is the format as printed, with local wording; official is the same as the notice words it.
    processing_fees are the cases and 分 of 信息处理费 paid in the year, None where that is not known;
    declared_metrics the figures declared for the text.
    """

    office: Office
    year: int
    format: ReportFormat
    official: ReportFormat
    tables: Mapping[str, Table]
    prose: Mapping[str, Prose]
    title: str
    params: ReportParams = field(default_factory=ReportParams)
    processing_fees: tuple[int, int] | None = None
    declared_metrics: tuple[DeclaredMetric, ...] = ()

    def section_name(self, key: str) -> str:
        """What staff call a part of the text."""
        named = patterns().places.get(key)
        return named or next((section.title for section in self.official.sections if section.key == key), key)


class Sides(NamedTuple):
    """What was found, what it should be, and the difference, as text."""

    found: str = ""
    expected: str = ""
    difference: str = ""


def note(
    subject: Subject,
    code: str,
    *,
    form: Form | None = None,
    cell: Cell | None = None,
    row: tuple[str, ...] | None = None,
    column: tuple[str, ...] | None = None,
    section: str = "",
    both: Sides | None = None,
    found: object = "",
    expected: object = "",
    behind: Iterable[Cell] = (),
    behind_of: Form | None = None,
    severity: Severity | None = None,
    law: str = "",
    of: Rule | None = None,
    **named: object,
) -> Finding:
    """Return the finding of a rule: its message filled in, its place by keys and by printed labels.

    of is the rule where it is none of this folder's; behind are the cells compared, written so that
    `gktools explain OFFICE` can be given them.
    """
    rule = of or rules()[code]
    both = both or Sides(str(found), str(expected))
    if form is not None and cell is not None:
        row, column = form.address(cell)
    fields = _fields(subject, form, cell, section, both) | {"place": place(form, row, column) if form else ""} | named
    compared = behind_of or form
    return Finding(
        code=code,
        severity=severity or rule.severity,
        message=rule.message.format_map(fields),
        office=subject.office.code,
        year=subject.year,
        table=form.key if form else "",
        cell=cell,
        row=row,
        column=column,
        section=section,
        found=both.found,
        expected=both.expected,
        difference=both.difference,
        rule=law or rule.source.format_map(fields),
        remedy=rule.remedy.format_map(fields),
        behind=tuple(f"{compared.key} {row_key} {column_key}" for row_key, column_key in behind) if compared else (),
    )


def _fields(subject: Subject, form: Form | None, cell: Cell | None, section: str, both: Sides) -> dict[str, object]:
    """What every message may name."""
    return {
        "table": form.name if form else "",
        "section": subject.section_name(section or (form.section if form else "")),
        "unit": form.unit(cell) if form and cell else "",
        "found": both.found,
        "expected": both.expected,
        "difference": both.difference.removeprefix("-"),
        "office": subject.office.name,
        "year": subject.year,
        "notice": subject.official.notice.number,
    }


def place(form: Form, row: tuple[str, ...] | None, column: tuple[str, ...] | None) -> str:
    """Return where a cell is, as staff say it."""
    across = f"“{'/'.join(column)}”列" if column else ""
    return f"{form.name}“{'/'.join(row)}”行{across}" if row else f"{form.name}{across}"


def sides(found: Figure, expected: Figure) -> Sides:
    """Return both sides of a relation between known figures, and their difference."""
    assert not isinstance(found, Unknown)
    assert not isinstance(expected, Unknown)
    return Sides(format_figure(found), format_figure(expected), format_figure(found - expected))
