"""The review page: every figure with its proof, its findings and last year's figure, without script."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from markupsafe import Markup

from ..figures.table import figure_from_json, format_figure
from ..findings import Finding, Severity
from ..forms.model import Cell, Form
from ..forms.notices import load_format
from ..forms.year_on_year import relations
from ..html import draw_form, join, tag, text_tag
from ..inputs.inputs import as_printed
from ..prose import BoundFigure, Prose
from ..report.review_data import (
    CoverageJson,
    MemberJson,
    OriginJson,
    ProofJson,
    ReviewJson,
    ShareJson,
    UncountedJson,
    WitnessJson,
)
from ..workspace.params_models import Layout
from ..workspace.report_data import ReportCell, ReportData, cells_by_key
from .titles import draw_report_title, draw_title

SOURCES = "sources"
"""The id of the panel that lists the registers or offices that the figures come from."""

Beside = Callable[[str, Cell], Markup]
"""Returns what follows a figure's proof; nothing on the static page."""


@dataclass(frozen=True)
class SeverityCount:
    """The number of a report's findings of one severity."""

    key: str
    label: str
    count: int


@dataclass(frozen=True)
class ReviewSection:
    """One of the six sections; table is the name of its table, None for text, after is appended to it."""

    key: str
    title: str
    table: str | None
    html: Markup
    findings: Markup
    after: Markup | None = None

    @property
    def heading(self) -> Markup:
        """The title as HTML."""
        return draw_title(self.title)


@dataclass(frozen=True)
class NamedDifference:
    """An explained difference: the name of its rule, the cell (empty: every one), the reason, and the person."""

    name: str
    cell: str
    reason: str
    person: str


@dataclass(frozen=True)
class ReviewPage:
    """The values of the review template."""

    title: str
    heading: Markup
    office: str
    year: int
    notice: str
    summary: tuple[SeverityCount, ...]
    findings: Markup
    opening: Markup
    sections: tuple[ReviewSection, ...]
    signature: Markup
    rules: Sequence[Mapping[str, str]]
    uncounted: Sequence[UncountedJson]
    last_year: Sequence[OriginJson]
    differences: tuple[NamedDifference, ...]
    coverage: Sequence[CoverageJson]
    scope: str
    members: Sequence[MemberJson]
    pictures: bool = False


def draw_review(
    report: ReportData,
    review: ReviewJson,
    *,
    beside: Beside = lambda *_: Markup(""),
    others: str = "../{code}/review.html",
) -> ReviewPage:
    """Return the review page: findings, sections, rules and sources, as HTML parts.

    others is the address of the review page of a member of a government, by its code.
    """
    form = as_printed(load_format(report.year), Layout.model_validate(review["layout"]))
    page = _Page(report, review, beside, others)
    return ReviewPage(
        title=report.title,
        heading=draw_report_title(report.title, report.office_name),
        office=report.code,
        year=report.year,
        notice=report.notice,
        summary=page.summary(),
        findings=page.findings(report.findings),
        opening=page.prose(report.opening),
        sections=tuple(
            ReviewSection(
                section.key,
                section.title,
                next((f.name for f in form.forms if f.key == section.key), None),
                page.table(form[section.key]) if section.key in report.tables else page.prose(section),
                page.findings(page.of_section(section.key), linked=False),
            )
            for section in report.sections
        ),
        signature=page.prose(report.signature),
        rules=review["rules"],
        uncounted=review.get("uncounted", []),  # a report of before has none
        last_year=review["last_year_sources"],
        differences=tuple(
            NamedDifference(_rule_name(one["rule"]), one["cell"], one["reason"], one["person"])
            for one in review["differences"]
        ),
        coverage=review["coverage"],
        scope=review["scope"],
        members=review["members"],
    )


class _Page:
    """Draws the parts of one review page."""

    def __init__(self, report: ReportData, review: ReviewJson, beside: Beside, others: str) -> None:
        self._report, self._review, self._beside, self._others = report, review, beside, others
        self._proofs = {(key, (p["row_key"], p["column_key"])): p for key, own in review["proofs"].items() for p in own}
        self._before = {
            table: cells_by_key(map(ReportCell.from_json, cells)) for table, cells in review["last_year"].items()
        }
        self._not_asked = {
            (table, (cell["row_key"], cell["column_key"]))
            for table, cells in review["not_asked_last_year"].items()
            for cell in cells
        }
        self._found: dict[tuple[str, Cell], list[Finding]] = defaultdict(list)
        for finding in report.findings:
            if finding.cell is not None:
                self._found[finding.table, finding.cell].append(finding)

    def summary(self) -> tuple[SeverityCount, ...]:
        """Return the number of findings of each severity."""
        severities = [finding.severity for finding in self._report.findings]
        return tuple(SeverityCount(s.value, s.label, severities.count(s)) for s in Severity)

    def of_section(self, key: str) -> list[Finding]:
        """Return the findings of a section or of its table."""
        return [f for f in self._report.findings if key in (f.table, f.section)]

    def findings(self, findings: Iterable[Finding], *, linked: bool = True) -> Markup:
        """Return a list of findings, each linked to its cell or section."""
        return join(self._finding(finding, linked=linked) for finding in findings)

    def _finding(self, finding: Finding, *, linked: bool) -> Markup:
        severity = finding.severity
        message: object = finding.message
        if linked and (place := anchor_of(finding)):
            message = tag("a", message, href=f"#{place}")
        parts = [tag("strong", severity.label, class_="severity"), " ", message]
        if finding.place:
            parts.append(tag("span", f"记录：{finding.register}，{finding.place}", class_="place"))
        if finding.rule:
            parts.append(tag("span", f"依据：{finding.rule}", class_="rule"))
        if finding.remedy:
            parts.append(tag("span", f"怎么办：{finding.remedy}", class_="remedy"))
        return tag("li", *parts, class_=severity.value)

    def prose(self, part: Prose) -> Markup:
        """Return a part of the text with its bound figures linked to their cells."""
        return part.to_html(self._figure)

    def _figure(self, bound: BoundFigure) -> Markup:
        """Return a figure of a sentence linked to its cell, to the first of the cells it is the sum of, or to the registers."""
        cells = [] if bound.cell is None else self._cells_named(bound.table, bound.cell)
        if bound.cell is not None and not cells:
            return tag("span", bound.text, title=self._token_text(bound))
        target = anchor(bound.table, cells[0]) if cells else SOURCES
        more = f"：{len(cells)} 格之和，从这一格起" if len(cells) > 1 else "" if cells else "：由登记表来"
        return tag("a", bound.text, class_="bound", href=f"#{target}", title=self._token_text(bound) + more)

    def _cells_named(self, table: str, named: Cell) -> list[Cell]:
        """Return the cells that a figure of the text comes from: the one named, or all below a heading, in printed order."""
        cells = self._report.cells.get(table, {})
        return [named] if named in cells else [cell for cell in cells if all(map(_below, cell, named))]

    def _token_text(self, bound: BoundFigure) -> str:
        """Return the token of a bound figure, with the scope of the report where it has one."""
        scope = self._review["scope"]
        return f"{bound.token}（{scope}）" if scope else bound.token

    def table(self, form: Form) -> Markup:
        """Return a table whose every figure opens to its proof."""
        return draw_form(form, lambda cell: self._cell(form, cell))

    def _cell(self, form: Form, cell: Cell) -> Markup:
        known = self._report.cells[form.key][cell]
        found = self._found[form.key, cell]
        worst = min((list(Severity).index(f.severity) for f in found), default=None)
        mark = list(Severity)[worst].value if worst is not None else None
        value = format_figure(figure_from_json(known.value))
        last = text_tag("span", before, class_="before") if (before := self._last_year(form, cell)) else ""
        proof = self._proof(form, known, found)
        return tag(
            "td",
            tag("details", text_tag("summary", value), proof, name="proof"),
            last,
            id=anchor(form.key, cell),
            class_=mark,
        )

    def _last_year(self, form: Form, cell: Cell) -> str:
        """Return the figure of a cell in the year before, or that the form then had no such cell; empty if unknown."""
        if (form.key, cell) in self._not_asked:
            return "旧表无此项"
        before = self._before.get(form.key, {}).get(cell)
        return f"上年{format_figure(figure_from_json(before.value))}" if before else ""

    def _proof(self, form: Form, known: ReportCell, found: list[Finding]) -> Markup:
        cell = known.key
        rows, columns = form.address(cell)
        parts = [tag("p", text_tag("b", " / ".join((*rows, *columns))))]
        parts += [tag("ul", self.findings(found, linked=False), class_="findings")] if found else []
        proof = self._proofs.get((form.key, cell))
        if proof is None:
            parts += self._summands(form, cell)
        else:
            parts += _proof_lines(proof, known, f"{self._others}#{anchor(form.key, cell)}")
        parts.append(self._beside(form.key, cell))
        return tag("div", *parts, class_="proof")

    def _summands(self, form: Form, cell: Cell) -> list[Markup]:
        """Return the parts of a total: every cell that is not zero, linked."""
        across = form.sums_across.get(cell)
        summed = across or form.sums_down[cell]
        items = [
            tag(
                "li",
                tag("a", " / ".join(form.address(one)[1 if across else 0]), href=f"#{anchor(form.key, one)}"),
                figure,
            )
            for one in summed
            if (figure := self._summand_text(form, one))
        ]
        rest = ("，其余是 0：" if len(items) < len(summed) else "：") if items else "，都是 0。"
        sentence = f"合计：由{'同一行' if across else '同一列'}的 {len(summed)} 格相加得出{rest}"
        return [tag("p", sentence), *([tag("ul", *items)] if items else [])]

    def _summand_text(self, form: Form, cell: Cell) -> str:
        """Return the figure of a part of a total; empty for zero."""
        value = self._report.cells[form.key][cell].value
        return "：没有数" if value is None else f"：{format_figure(value)}" if value else ""


def _below(key: str, heading: str) -> bool:
    """Return whether a row or a column is the one that a token names, or is below it."""
    return fnmatchcase(key, heading) or fnmatchcase(key, f"{heading}.*")


def _rule_name(code: str) -> str:
    """Return what staff call a rule."""
    return next((relation.name for relation in relations() if relation.code == code), code)


def anchor(table: str, cell: Cell) -> str:
    """Return the id of a cell on the review page."""
    return f"{table}-{cell[0]}-{cell[1]}".replace(".", "_")


def anchor_of(finding: Finding) -> str:
    """Return the id of the place of a finding; empty for a finding about the report itself."""
    return anchor(finding.table, finding.cell) if finding.cell else finding.table or finding.section


def _proof_lines(proof: ProofJson, known: ReportCell, others: str) -> list[Markup]:
    parts = [text_tag("p", f"{proof['definition']}。")]
    if proof["articles"]:
        parts.append(text_tag("p", f"依据：《政府信息公开条例》第 {'、'.join(proof['articles'])} 条"))
    if proof["unknown"]:
        parts.append(tag("p", f"没有数：{proof['unknown']}", class_="unknown"))
    if proof["declared"]:
        declared = proof["declared"]
        parts.append(tag("p", f"填报数（{declared['on']}）：{declared['reason']}"))
    parts += [text_tag("p", f"查过：{source}") for source in proof["files"]]
    if proof["offices"]:
        parts.append(tag("p", "各机关之和（每个机关的记录见它自己的审阅页，或用 gktools explain 机关代码 查看）："))
        parts.append(
            tag("ul", *(tag("li", _share(share, others)) for share in proof["offices"] if share["value"] != 0))
        )
    if known.source == "counted":
        parts.append(text_tag("p", f"计入 {proof['records']} 条记录" + ("：" if proof["counted"] else "。")))
        parts += _witness_list(proof["counted"], proof["records"])
    if proof["near"]:
        parts.append(tag("p", "差一点的记录（没有计入）："))
        parts += _witness_list(proof["near"], len(proof["near"]))
    return parts


def _share(share: ShareJson, others: str) -> Markup:
    """Return one office's part of a figure, linked to the same cell of its own report; a deduction has no link."""
    given = "没有数" if share["value"] is None else format_figure(figure_from_json(share["value"]))
    name = tag("a", share["name"], href=others.replace("{code}", share["code"])) if share["code"] else share["name"]
    return join([name, f"：{given}"])


def _witness_list(witnesses: list[WitnessJson], total: int) -> list[Markup]:
    items = [tag("li", _witness(witness)) for witness in witnesses]
    if total > len(witnesses):
        items.append(tag("li", f"……其余 {total - len(witnesses)} 条用 gktools explain 查看"))
    return [tag("ul", *items)] if items else []


def _witness(witness: WitnessJson) -> str:
    facts = "，".join(f"{heading} {fact}" for heading, fact in witness["facts"])
    reason = f"：{witness['reason']}" if witness["reason"] else ""
    return f"{facts}（{witness['place']}）{reason}"
