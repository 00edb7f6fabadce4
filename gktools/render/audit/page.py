"""One self-contained page about audited reports, to be sent to the offices: no script, no other address, no clock."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from ...checks.finished.audit import LABELS, AuditFinding, ReportAudit
from ...checks.finished.words import ProposalsText, describe, describe_doubts, quote, shown_value
from ...findings import Finding, Severity
from ...forms.model import Cell, Form, Section
from ...forms.notices import load_format
from ...html import draw_form, join, tag
from ..review_page import SeverityCount, anchor
from ..titles import draw_title

FOLDER = Path(__file__).parent
"""The folder with the templates and the style of the page."""
_TEMPLATES = FOLDER.with_name("templates")
_MOST_QUOTED = 12
"""So many printed cells are quoted with a finding."""


@dataclass(frozen=True)
class AuditSection:
    """One of the six sections as printed, with its errors marked, and the findings about it; key is its id."""

    key: str
    title: str
    html: Markup
    findings: Markup
    is_table: bool


@dataclass(frozen=True)
class AuditPart:
    """The part of the page about one report."""

    number: int
    name: str
    facts: tuple[str, ...]
    summary: tuple[SeverityCount, ...]
    doubts: tuple[str, ...]
    findings: Markup
    proposals: tuple[ProposalsText, ...]
    sections: tuple[AuditSection, ...]


def draw_audits(audits: Sequence[ReportAudit], *, inner: bool = False) -> str:
    """Return the page about audited reports as HTML; with inner only what stands in its main element."""
    environment = Environment(
        loader=FileSystemLoader([FOLDER, _TEMPLATES / "gk-review", _TEMPLATES / "gk-report"]),
        autoescape=True,
        trim_blocks=True,
    )
    environment.filters["draw_title"] = draw_title
    parts = [_part(audit, number if len(audits) > 1 else 0) for number, audit in enumerate(audits, 1)]
    template = environment.get_template("parts.html.j2" if inner else "audit.html.j2")
    return template.render(parts=parts, severities=LABELS)


def _part(audit: ReportAudit, number: int) -> AuditPart:
    report = audit.report
    drawn = _Drawn(audit)
    return AuditPart(
        number,
        report.title or f"{report.unit or ''}{report.year} 年政府信息公开工作年度报告",
        tuple(_facts(audit)),
        tuple(SeverityCount(severity.value, LABELS[severity], audit.count(severity)) for severity in Severity),
        tuple(describe_doubts(report.unsure)),
        _numbered(drawn.findings(audit.findings), number),
        tuple(map(describe, audit.proposals)),
        tuple(drawn.sections(number)),
    )


def _facts(audit: ReportAudit) -> Iterator[str]:
    report = audit.report
    yield f"文件：{Path(report.file).name}" + (f"（SHA-256 {report.sha256}）" if report.sha256 else "")
    yield f"单位：{report.unit or '没有读出'}；年度：{report.year}；格式依据 {load_format(report.year or 0).notice}"
    if not report.whole:
        yield "只有报告的一部分，不判断缺了什么。"
    yield f"与上年的报告比过：{Path(audit.compared_with).name}" if audit.compared_with else "没有与上年的报告比。"


class _Drawn:
    """The tables and the text of one report, with the errors marked."""

    def __init__(self, audit: ReportAudit) -> None:
        self._audit = audit
        self._official = load_format(audit.report.year or 0)
        self._found: dict[tuple[str, Cell], list[Finding]] = defaultdict(list)
        for one in audit.findings:
            for cell in one.marked:
                self._found[one.finding.table, cell].append(one.finding)

    def findings(self, findings: Iterable[AuditFinding], *, linked: bool = True) -> Markup:
        """Return a list of findings, each linked to its place."""
        return join(self._finding(one, linked=linked) for one in findings)

    def _finding(self, one: AuditFinding, *, linked: bool) -> Markup:
        finding = one.finding
        message: object = finding.message
        if linked and (place := self._anchor(finding)):
            message = tag("a", message, href=f"#{place}")
        parts = [tag("strong", LABELS[finding.severity], class_="severity"), " ", message]
        if one.quoted and linked:
            more = f"，等 {len(one.quoted)} 格" if len(one.quoted) > _MOST_QUOTED else ""
            quoted = "；".join(map(quote, one.quoted[:_MOST_QUOTED]))
            parts.append(tag("span", f"印的是：{quoted}{more}", class_="place"))
        if linked:
            parts.append(tag("span", f"依据：{finding.rule}", class_="rule"))
            parts.append(tag("span", f"怎么办：{finding.remedy}", class_="remedy"))
        return tag("li", *parts, class_=finding.severity.value)

    def _anchor(self, finding: Finding) -> str:
        """Return the id of the place of a finding; empty if its place is not on the page."""
        if finding.cell and finding.table in self._audit.forms:
            return anchor(finding.table, finding.cell)
        place = finding.table or finding.section
        return place if place in {section.key for section in self._official.sections} else ""

    def sections(self, number: int) -> Iterator[AuditSection]:
        """Yield the sections that were read."""
        report = self._audit.report
        for section in self._official.sections:
            ordinal = section.title.partition("、")[0]
            title = report.titles.get(ordinal, section.title)
            mine = [one for one in self._audit.findings if section.key in (one.finding.table, one.finding.section)]
            form = self._audit.forms.get(section.form) if section.form else None
            html = self._table(form) if form else self._text(section, report.text.get(ordinal, ""), mine)
            if html or mine:
                listed = self.findings(mine, linked=False)
                key = f"r{number}-{section.key}" if number else section.key
                yield AuditSection(key, title, _numbered(html, number), _numbered(listed, number), form is not None)

    def _table(self, form: Form) -> Markup:
        return draw_form(form, lambda cell: self._cell(form, cell))

    def _cell(self, form: Form, cell: Cell) -> Markup:
        printed = self._audit.printed[form.key].get(cell)
        found = self._found[form.key, cell]
        worst = min((list(Severity).index(finding.severity) for finding in found), default=None)
        value = "" if printed is None else shown_value(printed)
        title = "；".join(finding.message for finding in found)
        if printed is not None and printed.inferred:
            title = f"推断的，原文是“{printed.printed}”。{title}"
        mark = list(Severity)[worst].value if worst is not None else "hint" if title else None
        return tag("td", value, id=anchor(form.key, cell), class_=mark, title=title or None)

    def _text(self, section: Section, text: str, findings: Sequence[AuditFinding]) -> Markup:
        """Return the text of a section, what its findings quote marked."""
        quoted = {
            words: one.finding.severity.value
            for one in reversed(findings)
            if one.finding.section == section.key
            for words in re.findall("“([^”]{2,})”", one.finding.message)
        }
        return join(tag("p", *_marked(line, quoted)) for line in text.splitlines() if line.strip())


def _marked(line: str, quoted: dict[str, str]) -> Iterator[object]:
    """Yield a line, the quoted passages in it marked."""
    there = sorted((words for words in quoted if words in line), key=len, reverse=True)
    if not there:
        yield line
        return
    end = 0
    for match in re.finditer("|".join(map(re.escape, there)), line):
        yield line[end : match.start()]
        yield tag("mark", match[0], class_=quoted[match[0]])
        end = match.end()
    yield line[end:]


def _numbered(html: Markup, number: int) -> Markup:
    """Return the parts of one of several reports, with ids of its own."""
    if not number:
        return html
    prefix = f"r{number}-"
    own = re.sub(r'( id="| href="#)', rf"\g<1>{prefix}", str(html))
    own = re.sub(r' headers="([^"]*)"', lambda m: f' headers="{" ".join(prefix + one for one in m[1].split())}"', own)
    return Markup(own)  # noqa: S704 - only ids of an escaped text were changed
