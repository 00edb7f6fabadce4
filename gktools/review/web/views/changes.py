"""The differences between two reports for a page: changed cells, marked passages, new and resolved findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ....figures.table import figure_from_json, format_figure
from ....findings import Finding
from ....render.review_page import anchor
from ....report.queries.difference import ChangedCell, ChangedPassage, Difference, difference, renamed
from ....workspace.report_data import ReportCell, ReportData
from .browser_words import in_browser
from .places import labels, table_names


@dataclass(frozen=True)
class CellRow:
    """A changed cell: its place, both formatted values, and their difference."""

    place: str
    anchor: str
    old: str
    new: str
    by: str


@dataclass(frozen=True)
class ChangedSection:
    """A section with its changed cells and passages, if any; paragraphs are its current text."""

    key: str
    title: str
    cells: tuple[CellRow, ...] = ()
    passages: tuple[ChangedPassage, ...] = ()
    paragraphs: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the section has changed."""
        return bool(self.cells or self.passages)

    @property
    def summary(self) -> str:
        """The numbers of changes, in Chinese."""
        parts = [f"{len(self.cells)} 格" if self.cells else "", f"{len(self.passages)} 段" if self.passages else ""]
        return "、".join(part for part in parts if part) or "没有变"


@dataclass(frozen=True)
class FindingLine:
    """A new or resolved finding."""

    severity: str
    label: str
    message: str


@dataclass(frozen=True)
class ReportChanges:
    """A report compared with an earlier one: sections in printed order, new and resolved findings.

    why is the reason if there is no earlier report; note says what could not be compared; renamed what is printed
    otherwise in title and labels.
    """

    key: str
    title: str
    why: str = ""
    note: str = ""
    sections: tuple[ChangedSection, ...] = ()
    new: tuple[FindingLine, ...] = ()
    gone: tuple[FindingLine, ...] = ()
    renamed: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[ChangedSection, ...]:
        """The changed sections."""
        return tuple(section for section in self.sections if section.changed)

    @property
    def same(self) -> tuple[ChangedSection, ...]:
        """The unchanged sections."""
        return tuple(section for section in self.sections if not section.changed)

    @property
    def summary(self) -> str:
        """The numbers of changes in one Chinese line."""
        if self.why:
            return self.why
        cells, passages = (sum(len(getattr(s, part)) for s in self.sections) for part in ("cells", "passages"))
        parts = [
            f"{cells} 格的数",
            f"{passages} 段文字",
            f"新问题 {len(self.new)} 条",
            f"没有了的问题 {len(self.gone)} 条",
            f"写法 {len(self.renamed)} 处",
        ]
        counts = (cells, passages, len(self.new), len(self.gone), len(self.renamed))
        found = [part for part, count in zip(parts, counts, strict=True) if count]
        return "、".join(found) if found else "没有任何变化"


def compare_with(key: str, title: str, old: ReportData | None, new: ReportData, why: str) -> ReportChanges:
    """Return the comparison with an earlier report.json; without one, only the reason."""
    if old is None:
        return ReportChanges(key, title, why)
    return replace(_comparison(key, title, difference(old, new), new), renamed=tuple(renamed(old, new)))


def compare_years(
    title: str, last_year: Mapping[str, Sequence[ReportCell]], before: ReportData | None, new: ReportData
) -> ReportChanges:
    """Return the comparison with last year's figures, from any source, and with its text if there is a report.

    A cell without a figure of last year is not compared.
    """
    if not last_year:
        return ReportChanges("year", title, "没有上年的数可比（台账、上年的报告、填入的已公布数都没有）")
    text = before if before is not None else new
    old = replace(text, tables={key: tuple(cells) for key, cells in last_year.items()}, findings=())
    found = difference(old, replace(new, findings=()))
    keys = {name: key for key, name in table_names(new.year).items()}
    known = tuple(cell for cell in found.cells if cell.cell in old.cells.get(keys[cell.table], {}))
    compared = _comparison("year", title, replace(found, compared=known), new)
    if before is not None:
        return compared
    tables = tuple(section for section in compared.sections if section.key in new.tables)
    return replace(compared, sections=tables, note="上年的报告不在这里，只比表里的数，文字没有比")


def _comparison(key: str, title: str, found: Difference, new: ReportData) -> ReportChanges:
    return ReportChanges(
        key,
        title,
        sections=tuple(_sections(found, new)),
        new=_lines(found.findings_new),
        gone=_lines(found.findings_gone),
    )


def _sections(found: Difference, new: ReportData) -> Sequence[ChangedSection]:
    names = table_names(new.year)
    draw = _row_maker(names)
    return [
        ChangedSection(
            part.key,
            part.title,
            tuple(draw(cell) for cell in found.cells if cell.table == names.get(part.key)),
            tuple(passage for passage in found.passages if passage.section == part.key),
            tuple(part.texts),
        )
        for part in new.parts
    ]


def _row_maker(names: Mapping[str, str]) -> Callable[[ChangedCell], CellRow]:
    keys = {name: key for key, name in names.items()}
    return lambda cell: CellRow(
        labels(cell.row, cell.column),
        anchor(keys[cell.table], cell.cell),
        format_figure(figure_from_json(cell.old)),
        format_figure(figure_from_json(cell.new)),
        _amount(cell.old, cell.new),
    )


def _amount(old: int | Decimal | None, new: int | Decimal | None) -> str:
    if old is None or new is None:
        return ""
    change = new - old
    return f"{'+' if change > 0 else ''}{format_figure(change)}"


def _lines(findings: Sequence[Finding]) -> tuple[FindingLine, ...]:
    return tuple(FindingLine(f.severity.value, f.severity.label, in_browser(f.message)) for f in findings)
