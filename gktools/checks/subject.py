"""What is checked, and how a check says what it found there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..figures.table import Figure, Table, Unknown, format_figure
from ..findings import Finding
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


@dataclass(frozen=True)
class Place:
    """Where a finding is: a form with its cell, or with the labels of a row or a column, or a section of the text."""

    form: Form | None = None
    cell: Cell | None = None
    row: tuple[str, ...] | None = None
    column: tuple[str, ...] | None = None
    section: str = ""

    @property
    def labels(self) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
        """The labels of its row and of its column, as printed."""
        if self.form is not None and self.cell is not None:
            return self.form.address(self.cell)
        return self.row, self.column


def make_finding(
    subject: Subject,
    code: str,
    place: Place,
    /,
    *,
    both: Sides | None = None,
    behind: Iterable[str] = (),
    rule: Rule | None = None,
    **values: object,
) -> Finding:
    """Return the finding of a rule at a place, its message filled in with the values.

    both are its two sides, or else the values found and expected; behind are the cells compared, as references gives
    them. Without rule, the rule is the one of this folder with that code.
    """
    rule = rule or rules()[code]
    found, expected = values.pop("found", ""), values.pop("expected", "")
    both = both or Sides(str(found), str(expected))
    form, (row, column) = place.form, place.labels
    fields = _fields(subject, place, both) | values
    return Finding(
        code=code,
        severity=rule.severity,
        message=rule.message.format_map(fields),
        office_code=subject.office.code,
        year=subject.year,
        table=form.key if form else "",
        cell=place.cell,
        row=row,
        column=column,
        section=place.section,
        found=both.found,
        expected=both.expected,
        difference=both.difference,
        rule=rule.source.format_map(fields),
        remedy=rule.remedy.format_map(fields),
        behind=tuple(behind),
    )


def references(form: Form, cells: Iterable[Cell]) -> tuple[str, ...]:
    """Return cells of a form as `gktools explain OFFICE` takes them."""
    return tuple(f"{form.key} {row} {column}" for row, column in cells)


def _fields(subject: Subject, place: Place, both: Sides) -> dict[str, object]:
    """What every message may name."""
    form = place.form
    return {
        "table": form.name if form else "",
        "section": subject.section_name(place.section or (form.section if form else "")),
        "unit": form.unit(place.cell) if form and place.cell else "",
        "found": both.found,
        "expected": both.expected,
        "difference": both.difference.removeprefix("-"),
        "office": subject.office.name,
        "year": subject.year,
        "notice": subject.official.notice.number,
        "place": place_name(form, *place.labels) if form else "",
    }


def place_name(form: Form, row: tuple[str, ...] | None, column: tuple[str, ...] | None) -> str:
    """Return where a cell is, as staff say it."""
    across = f"“{'/'.join(column)}”列" if column else ""
    return f"{form.name}“{'/'.join(row)}”行{across}" if row else f"{form.name}{across}"


def sides(found: Figure, expected: Figure) -> Sides:
    """Return both sides of a relation between known figures, and their difference."""
    assert not isinstance(found, Unknown)
    assert not isinstance(expected, Unknown)
    return Sides(format_figure(found), format_figure(expected), format_figure(found - expected))
