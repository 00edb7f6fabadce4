"""The subject of the checks, which is one report, and the construction of findings about it."""

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
    """The existing parts of one office's report of one year.

    format is the format with local wording, official the format as in the notice. processing_fees are the number of
    cases and the amount in 分 of 信息处理费 paid in the year, None if unknown; declared_metrics the figures declared for
    the text. published: it is a finished report of which nothing else is known.
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
    published: bool = False

    def section_name(self, key: str) -> str:
        """Return the Chinese name of a section of the text."""
        named = patterns().places.get(key)
        return named or next((section.title for section in self.official.sections if section.key == key), key)


class Sides(NamedTuple):
    """The found value, the expected value and their difference, as text."""

    found: str = ""
    expected: str = ""
    difference: str = ""


@dataclass(frozen=True)
class Place:
    """The place of a finding: a cell of a form, a row or column of it by labels, or a section of the text."""

    form: Form | None = None
    cell: Cell | None = None
    row: tuple[str, ...] | None = None
    column: tuple[str, ...] | None = None
    section: str = ""

    @property
    def labels(self) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
        """The printed labels of its row and of its column."""
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
    """Return the finding of a rule at a place, with its message formatted from the values.

    both are its two sides, by default the values found and expected; behind are the compared cells, as returned by
    references. rule is by default the rule with that code in checks/rules.yaml.
    """
    rule = rule or rules()[code]
    words = rule.wording(published=subject.published)
    found, expected = values.pop("found", ""), values.pop("expected", "")
    both = both or Sides(str(found), str(expected))
    form, (row, column) = place.form, place.labels
    fields = _fields(subject, place, both) | values
    return Finding(
        code=code,
        severity=rule.severity,
        message=words.message.format_map(fields),
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
        remedy=words.remedy.format_map(fields),
        behind=tuple(behind),
    )


def references(form: Form, cells: Iterable[Cell]) -> tuple[str, ...]:
    """Return cells of a form as arguments of `gktools explain OFFICE`."""
    return tuple(f"{form.key} {row} {column}" for row, column in cells)


def _fields(subject: Subject, place: Place, both: Sides) -> dict[str, object]:
    """Return the fields that are available in every message."""
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
        "place": format_place(form, *place.labels) if form else "",
    }


def format_place(form: Form, row: tuple[str, ...] | None, column: tuple[str, ...] | None) -> str:
    """Return the place of a cell in Chinese."""
    across = f"“{'/'.join(column)}”列" if column else ""
    return f"{form.name}“{'/'.join(row)}”行{across}" if row else f"{form.name}{across}"


def sides(found: Figure, expected: Figure) -> Sides:
    """Return two known figures and their difference as text."""
    assert not isinstance(found, Unknown)
    assert not isinstance(expected, Unknown)
    return Sides(format_figure(found), format_figure(expected), format_figure(found - expected))
