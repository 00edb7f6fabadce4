"""The audit of published reports: what could not be read, every finding with the printed cells, and the smallest fixes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from itertools import chain

from ...errors import ReadingError
from ...figures.table import Table, figure_to_json
from ...findings import Finding, Severity
from ...forms.local_wording import labels_of
from ...forms.model import Cell, Form, ReportFormat, normalize_label, short_label
from ...forms.notices import load_format
from ...prose import Paragraph, Prose
from ...reading.published import TABLES, PrintedCell, PrintedReport
from ...workspace.offices import office_of
from .. import text
from ..comparison import Comparison
from ..report import AGAINST_TABLES, REQUIRED, WORDING, check_table
from ..statements import check_assertions, check_statements
from ..subject import Place, Subject, make_finding, sides
from ..text_similarity import OfficeText, check_similar_offices, check_similar_to_last_year
from ..year_on_year.figures import check_pending, check_relations, check_sudden
from ..year_on_year.statements import check_names, check_stated_changes
from .entries import FigureEntry, PlacedFigures, check_placed, place_entries, table_of
from .figures import as_previous_year, prose_of, titles_of
from .fixes import Fix, Proposals, Slip, propose_fixes, rank_by_text
from .published import (
    WRITTEN,
    check_copies,
    check_published,
    check_published_beside,
    check_shares,
    copies,
    published_phrases,
    published_rules,
)
from .relations import relations_of
from .sensitive import Kind, sensitive

NAMELESS = "填报的机关"
"""The name of the office of a report whose unit is not known."""
_LONGEST = 15_000
"""So many characters of a section are checked."""
_LONGEST_RANKED = 10_000
"""In a text of so many characters it is looked which of the fixes it states: it is read once for each."""
_LAST_TABLE = "reviews"
OWN = ("overview", "problems")
"""The sections whose text is compared with that of other reports."""
_DEFECTS = {"blank": "是空白", "text-in-cell": "填的是文字“{}”", "missing-cell": "没有印出来", "unreadable": "没能读出"}
"""The kinds of findings about single cells that are grouped into one if there are many, with the phrase for each."""
_ALONE = 3
"""The most findings of one kind that are listed separately; more are grouped."""


LABELS = {Severity.BLOCK: "要更正", Severity.EXPLAIN: "需说明", Severity.HINT: "提示"}
"""The severities in Chinese, of a report that is published already."""


@dataclass(frozen=True)
class AuditFinding:
    """A finding about a published report, with the printed cells that it is about; marked are the wrong ones in its table."""

    finding: Finding
    quoted: tuple[PrintedCell, ...] = ()
    marked: tuple[Cell, ...] = ()

    def __str__(self) -> str:
        place = f"（{self.finding.place}）" if self.finding.place else ""
        return f"[{LABELS[self.finding.severity]}] {self.finding.message}{place}"

    def to_json(self) -> Mapping[str, object]:
        """Return the finding as in report.json, with the printed cells."""
        quoted = [
            {"table": one.table, "row": one.row, "column": one.column, "printed": one.printed, "place": one.place}
            for one in self.quoted
        ]
        return {**self.finding.to_json(), "quoted": quoted}


@dataclass(frozen=True)
class ReportAudit:
    """What was found in one published report; compared_with is the file of last year's report, "" without one."""

    report: PrintedReport
    findings: tuple[AuditFinding, ...]
    proposals: tuple[Proposals, ...]
    placed: Mapping[str, PlacedFigures]
    compared_with: str = ""

    @property
    def forms(self) -> dict[str, Form]:
        """The forms that were printed, by key; without those of which nothing was."""
        return {key: placed.form for key, placed in self.placed.items() if placed.entries}

    @cached_property
    def printed(self) -> dict[str, dict[Cell, PrintedCell]]:
        """The printed cells by table and by cell of its form."""
        return {
            key: {cell: entry.printed for cell, entry in placed.entries.items() if entry.printed}
            for key, placed in self.placed.items()
        }

    def to_json(self) -> Mapping[str, object]:
        """Return the audit with its findings and proposals."""
        return {
            "file": self.report.file,
            "sha256": self.report.sha256,
            "unit": self.report.unit,
            "year": self.report.year,
            "compared_with": self.compared_with or None,
            "unsure": [vars(doubt) for doubt in self.report.unsure],
            "findings": [one.to_json() for one in self.findings],
            "proposals": [_proposals_json(proposals) for proposals in self.proposals],
        }

    def count(self, severity: Severity) -> int:
        """Return the number of findings of a severity."""
        return sum(one.finding.severity is severity for one in self.findings)


@dataclass(frozen=True)
class _Audited:
    """A report as the checks see it."""

    report: PrintedReport
    subject: Subject
    placed: Mapping[str, PlacedFigures]

    @property
    def cut_after(self) -> str:
        """The last section that is there, if the last ones and the last table are not: a copy of the beginning only."""
        titles = [section.title.partition("、")[0] for section in self.subject.official.sections]
        there = [ordinal for ordinal in titles if ordinal in self.report.titles]
        cut = there and titles.index(there[-1]) + 1 < len(titles) - 1 and not self.placed[_LAST_TABLE].entries
        return self.report.titles[there[-1]] if cut else ""

    @property
    def whole(self) -> bool:
        """Whether all of the report is there, so that what is missing is missing."""
        return self.report.whole and not self.cut_after


def audit_reports(reports: Sequence[PrintedReport], before: Sequence[PrintedReport] = ()) -> list[ReportAudit]:
    """Return the audits of reports, in their order.

    Each is compared with the report of the year before of the same office, among before or the reports themselves; and
    with other copies and other offices' texts among the reports. A single report is compared
    with a single one of before whatever its office.
    Raises ReadingError for a report whose year is not known, NoFormatForYear for a year before the first format.
    """
    audited = [_audited(report) for report in reports]
    earlier = [_audited(report) for report in before]
    similar = _similar(audited)
    named = [(one.report.file, one.subject) for one in audited]
    found = []
    for i, one in enumerate(audited):
        last = _last_year(one, earlier, audited)
        beside = chain(check_copies(one.subject, copies(named, i)), similar.get(i, ()))
        found.append(_audit(one, last, beside))
    return found


def _audited(report: PrintedReport) -> _Audited:
    if report.year is None:
        raise ReadingError(f"{report.file}：没有读出是哪一年的报告，请用 --year 写明年度")
    official = load_format(report.year)
    placed = {key: place_entries(_entries(report, name), official[key]) for key, name in TABLES.items()}
    office = office_of(report.unit or NAMELESS, report.level)
    subject = Subject(
        office=office,
        year=report.year,
        format=official,
        official=official,
        tables={key: table_of(one) for key, one in placed.items()},
        prose=_prose(report, official),
        title=report.title or "",
        published=True,
    )
    return _Audited(report, subject, placed)


def _prose(report: PrintedReport, official: ReportFormat) -> dict[str, Prose]:
    """Return the opening, the sections of text, and the signature if its name is not the office's own, written shorter."""
    written = {
        ordinal: _checked(report.text[ordinal])
        for section in official.sections
        if not section.form and (ordinal := section.title.partition("、")[0]) in report.text
    }
    last = max(written, key=list(written).index, default="")
    if last:
        written[last] = f"{written[last]}\n{report.signature}".rstrip()
    signed = list(published_phrases().signature.finditer(written.get(last, "")))
    if signed:
        written[last] = written[last][: signed[-1].start("name")].rstrip()
    prose = prose_of(written, official)
    if report.opening:
        prose["opening"] = Prose("opening", tuple(map(Paragraph, _checked(report.opening).splitlines())))
    if signed:
        name, unit = signed[-1]["name"], report.unit or ""
        shown = (unit if unit.endswith(name) else name, signed[-1]["date"])
        prose["signature"] = Prose("signature", tuple(map(Paragraph, shown)))
    return prose


def _checked(text: str) -> str:
    """Return the part of a text that is checked, with one space for each run of white space in a line."""
    return re.sub(r"[^\S\n]+", " ", text[:_LONGEST])


def _entries(report: PrintedReport, table: str) -> list[FigureEntry]:
    cells = [cell for cell in report.cells if cell.table == table]
    if table == TABLES["reviews"]:
        return [FigureEntry("", f"{cell.row}/{cell.column}", cell.value, cell) for cell in cells]
    return [FigureEntry(cell.row, cell.column, cell.value, cell) for cell in cells]


def _last_year(one: _Audited, earlier: Sequence[_Audited], others: Sequence[_Audited]) -> _Audited | None:
    """Return the report of the year before; of another office only if it was named alone."""
    year = one.subject.year - 1
    same = [
        other
        for other in (*earlier, *others)
        if other.subject.year == year and other.subject.office.name == one.subject.office.name
    ]
    if same:
        return same[0]
    alone = len(earlier) == 1 and len(others) == 1
    return earlier[0] if alone and earlier[0].subject.year == year else None


def _similar(audited: Sequence[_Audited]) -> dict[int, list[Finding]]:
    """Return the findings about texts that are like those of other offices of the same year, by report."""
    found: dict[int, list[Finding]] = {}
    for year in {one.subject.year for one in audited}:
        mine = [i for i, one in enumerate(audited) if one.subject.year == year]
        if len({audited[i].subject.office.name for i in mine}) < len(mine):
            continue  # copies of one report are alike
        texts = [OfficeText(audited[i].subject, _own(audited[i].subject)) for i in mine]
        at = {audited[i].subject.office.name: i for i in mine}
        for finding in check_similar_offices(texts):
            found.setdefault(at[finding.office_code], []).append(finding)
    return found


def _own(subject: Subject) -> dict[str, str]:
    return {key: subject.prose[key].text for key in OWN if key in subject.prose}


def _audit(one: _Audited, last: _Audited | None, beside: Iterator[Finding]) -> ReportAudit:
    comparison = Comparison(one.subject, as_previous_year(last.subject)) if last else None
    found = chain(
        _tables(one), _text(one), check_published(one.subject, _published_on(one.report)), beside, _compared(one, last)
    )
    findings = tuple(_quoted(one, *told) for told in _told_together(list(dict.fromkeys(found))))
    last_year = comparison.last if comparison else None
    may = one.subject.office.may_make_rules
    short = sum(len(prose.text) for prose in one.subject.prose.values()) <= _LONGEST_RANKED
    proposals = [
        rank_by_text(proposed, partial(_contradictions, one.subject, key)) if short else proposed
        for key, table in one.subject.tables.items()
        for proposed in propose_fixes(table, relations_of(table, may_make_rules=may, last=last_year))
    ]
    return ReportAudit(one.report, findings, tuple(proposals), one.placed, last.report.file if last else "")


def _contradictions(subject: Subject, key: str, fix: Fix) -> int:
    """Return the number of findings about the text against a table in which a fix was made."""
    table = subject.tables[key]
    mended = Table(table.form, {**table.figures, **{change.cell: change.proposed for change in fix.changes}})
    changed = replace(subject, tables={**subject.tables, key: mended})
    return sum(1 for check in (check_statements, check_assertions) for _ in check(changed))


def _proposals_json(proposals: Proposals) -> Mapping[str, object]:
    return {
        "table": proposals.form.key,
        "broken": list(proposals.broken),
        "complete": proposals.complete,
        "fixes": [
            {"rank": fix.rank, "in_text": fix.in_text, "slips": [_slip_json(slip) for slip in fix.slips]}
            for fix in proposals.fixes
        ],
        "told": [_slip_json(slip) for slip in proposals.told],
    }


def _slip_json(slip: Slip) -> Mapping[str, object]:
    changes = [
        {
            "row_key": change.cell[0],
            "column_key": change.cell[1],
            "printed": None if change.printed is None else figure_to_json(change.printed),
            "proposed": figure_to_json(change.proposed),
            "bound": change.bound or None,
        }
        for change in slip.changes
    ]
    return {"kind": slip.kind, "changes": changes, "mends": list(slip.mends)}


def _published_on(report: PrintedReport) -> date | None:
    try:
        return date.fromisoformat(report.published_on or "")
    except ValueError:
        return None


def _tables(one: _Audited) -> Iterator[Finding]:
    yield from _misprints(one)
    doubted = {(doubt.table, doubt.row, doubt.column) for doubt in one.report.unsure}
    for key, placed in one.placed.items():
        for finding in check_placed(one.subject, placed, complete=one.whole):
            entry = placed.entries.get(finding.cell) if finding.cell else None
            cell = entry.printed if entry else None
            if finding.code.endswith(".unreadable") and cell and (cell.table, cell.row, cell.column) in doubted:
                continue  # told with the reading
            yield finding
        yield from check_table(one.subject, one.subject.tables[key])


def _misprints(one: _Audited) -> Iterator[Finding]:
    """Yield the labels that are printed otherwise than in the form, but for their ordinals and width (A7)."""
    for printed, label in one.report.misprints.items():
        form = next((form for form in one.subject.official.forms if label in labels_of(form).values()), None)
        if form and normalize_label(short_label(printed)) != normalize_label(short_label(label)):
            yield make_finding(one.subject, f"{form.key}.label-differs", Place(form), found=printed, expected=label)


def _text(one: _Audited) -> Iterator[Finding]:
    subject, report = one.subject, one.report
    if one.cut_after:
        yield make_finding(
            subject, "published.cut", Place(), rule=published_rules()["published.cut"], found=one.cut_after
        )
    for section in subject.official.sections:
        said = report.text.get(section.title.partition("、")[0], "")
        yield from check_shares(subject, section.key, _checked(said))
        if len(said) > _LONGEST:
            rule = published_rules()["published.too-long"]
            yield make_finding(
                subject, rule.code, Place(section=section.key), rule=rule, both=sides(len(said), _LONGEST)
            )
    if report.title and report.unit:
        yield from text.check_title(subject)
    if report.titles and one.whole:
        yield from text.check_titles(subject, titles_of(report.titles.values(), subject.official))
    if one.whole and (report.titles or subject.prose):
        yield from text.check_empty(subject)
    for check in (*AGAINST_TABLES, *WORDING, *(REQUIRED if one.whole else ())):
        yield from check(subject)
    if report.unit:
        yield from check_names(subject, ())
    yield from _personal(subject)


def _personal(subject: Subject) -> Iterator[Finding]:
    """Yield the identity and card numbers in the text, which are not quoted (G12)."""
    for key in (key for key in WRITTEN if key in subject.prose):
        for line in subject.prose[key].texts:
            for hit in sensitive(line):
                if hit.kind in _PERSONAL:
                    before = line[max(0, hit.start - _AROUND) : hit.start]
                    rule = published_rules()["published.personal"]
                    yield make_finding(
                        subject, rule.code, Place(section=key), rule=rule, found=hit.kind.label, named=before
                    )


_PERSONAL, _AROUND = (Kind.IDENTITY, Kind.CARD), 10


def _compared(one: _Audited, last: _Audited | None) -> Iterator[Finding]:
    if last is None:
        return
    comparison = Comparison(one.subject, as_previous_year(last.subject))
    for check in (check_relations, check_pending, check_sudden, check_stated_changes):
        yield from check(comparison)
    yield from check_similar_to_last_year(comparison, _own(one.subject), _own(last.subject))
    yield from check_published_beside(comparison, last.subject)


# --- what the reader sees ----------


def _told_together(findings: Sequence[Finding]) -> list[tuple[Finding, list[Cell]]]:
    """Return the findings with their wrong cells, those about many cells of one table with the same defect as one."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.code.partition(".")[2] in _DEFECTS:
            groups.setdefault((finding.code, finding.found), []).append(finding)
    together = {key: same for key, same in groups.items() if len(same) > _ALONE}
    told = []
    for finding in findings:
        same = together.get((finding.code, finding.found))
        if same is None:
            told.append((finding, [finding.cell] if finding.cell else []))
        elif finding is same[0]:
            told.append((_one_for_all(same), [each.cell for each in same if each.cell]))
    return told


def _one_for_all(same: Sequence[Finding]) -> Finding:
    """Return one finding for many cells with the same defect: how many there are, and in which rows or columns."""
    first = same[0]
    columns, rows = ({side for finding in same if (side := getattr(finding, axis))} for axis in ("column", "row"))
    axis, other = ("column", "列") if len(columns) <= len(rows) or not rows else ("row", "行")
    counted: dict[str, int] = {}
    for finding in same:
        label = "/".join(getattr(finding, axis) or ())
        counted[label] = counted.get(label, 0) + 1
    where = "、".join(f"“{label}”{other} {number} 格" for label, number in counted.items())
    name = load_format(first.year)[first.table].name
    defect = _DEFECTS[first.code.partition(".")[2]].format(first.found)
    return replace(first, message=f"{name}有 {len(same)} 格{defect}：{where}。", cell=None, row=None, column=None)


def _quoted(one: _Audited, finding: Finding, marked: Sequence[Cell]) -> AuditFinding:
    """Return a finding with the printed cells that it is about; of the parts of a sum those that are not 0."""
    placed = one.placed.get(finding.table)
    behind = [tuple(reference.split(" ")) for reference in finding.behind]
    cells = [(table, (row, column)) for table, row, column in (one for one in behind if len(one) == 3)]
    if finding.cell and placed and (finding.table, finding.cell) not in cells:
        cells.insert(0, (finding.table, finding.cell))
    quoted = []
    for table, cell in cells:
        entry = one.placed[table].entries.get(cell) if table in one.placed else None
        if entry and entry.printed and (cell == finding.cell or entry.value != 0):
            quoted.append(entry.printed)
    own = placed.entries.get(finding.cell) if placed and finding.cell else None
    if own and own.printed and own.printed.place:
        finding = replace(finding, place=own.printed.place)
    in_table = tuple(cell for table, cell in cells if table == finding.table)
    return AuditFinding(finding, tuple(quoted), tuple(marked) or in_table)
