"""A report as one value: its tables, its text, its findings, and the proof of its figures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from ..checks.cases.check import check_records
from ..checks.comparison import format_origin
from ..checks.government import check_rollup
from ..checks.report import check_report
from ..checks.subject import Subject
from ..checks.year_on_year.check import check_year_on_year
from ..errors import GktoolsError
from ..figures.counting.count import count_table
from ..figures.counting.proof import Explanation, Witness, explanations
from ..figures.counting.uncounted import uncounted
from ..figures.previous_year import cells_without_previous, previous_year
from ..figures.table import Table, Unknown, figure_to_json
from ..findings import Finding, Severity
from ..forms.model import Cell
from ..forms.notices import formats
from ..html import join, tag
from ..inputs.inputs import Inputs, PreviousOffice
from ..prose import Prose
from ..registers.schema import Register, registers
from ..registers.sheet import Sheet
from ..registers.store.coverage import Coverage, for_staff
from ..registers.store.opening import memory_store
from ..text.sections import day_in_words, write_opening, write_others, write_overview, write_problems, write_signature
from ..text.tokens import declared_metrics, processing_fees
from ..workspace.offices import Office, office_kinds
from ..workspace.params_models import CountingDecision, Layout, ReportParams
from ..workspace.report_data import MemberProof
from .review_data import LastYearJson, MemberJson, ProofJson, ReviewJson, UncountedJson, WitnessJson

SCHEMA = "gktools.report/1"
REPORT = "application/vnd.gktools.report+json"
"""The media type of the output with report.json, as one text that can be passed on without parsing."""
REVIEW = "application/vnd.gktools.review+json"
"""The media type of the output with the data of the review page only, as one text too."""
INPUTS = "application/vnd.gktools.inputs+json"
"""The media type of the output with a hash of every input of the report."""
WITNESSES = 20
"""How many records of a cell the review page lists; `gktools explain` lists all."""


@dataclass(frozen=True, eq=False)
class Report:
    """One office's report of one year, with its findings in printed order."""

    inputs: Inputs
    title: str
    tables: Mapping[str, Table]
    prose: Mapping[str, Prose]
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> Counter[Severity]:
        """The number of findings of each severity."""
        return Counter(finding.severity for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return the report as in report.json; the same inputs give the same content."""
        inputs = self.inputs
        return {
            "schema": SCHEMA,
            "office": {"code": inputs.office.code, "name": inputs.office.name},
            "scope": inputs.office.scope or None,
            "year": inputs.year,
            "notice": inputs.official.notice.number,
            "title": self.title,
            "opening": self.prose["opening"].to_json(),
            "tables": {key: table.to_json() for key, table in self.tables.items()},
            "sections": [self._section(key) for key in (section.key for section in inputs.form.sections)],
            "signature": self.prose["signature"].to_json(),
            "findings": [finding.to_json() for finding in self.findings],
            "proof": {"registers": [register.to_json() for register in inputs.records.proof()]} | _offices(inputs),
        }

    def _section(self, key: str) -> dict[str, Any]:
        if key in self.prose:
            return self.prose[key].to_json()
        return Prose(key, (), self.inputs.form.section(key).title).to_json()

    def review(self) -> ReviewJson:
        """Return the data of the review page beside the report: proofs, last year's figures, and the rules in force."""
        return {
            "proofs": {key: _proofs(table, self.inputs) for key, table in self.tables.items()},
            **_last_year(self.inputs),
            "differences": [given.model_dump() for given in self.inputs.params.differences],
            "layout": self.inputs.params.layout.model_dump(mode="json"),
            "rules": [*rules_in_force(self.inputs.params), *_date_in_force(self.inputs)],
            "uncounted": _uncounted(self),
            "scope": self.inputs.office.scope_label,
            "members": _members(self.inputs),
            "coverage": [
                {
                    "register": registers()[known.register].label,
                    "file": known.file,
                    "sheet": known.sheet,
                    "rows": known.rows,
                }
                for known in for_staff(self.inputs.own.coverage)
                if known.year == self.inputs.year
            ],
        }

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {
            "text/html": str(_traffic_light(self)),
            "text/plain": "\n".join(map(str, self.findings)) or "没有发现问题",
            REPORT: json.dumps(self.to_json(), ensure_ascii=False),
            REVIEW: json.dumps(self.review(), ensure_ascii=False),
            INPUTS: {"hashes": self.inputs.hashes(), "as_of": self.inputs.records.as_of}
            | ({"decisions": decided} if (decided := decisions(self.inputs.params)) else {}),
        }


def make_report(inputs: Inputs, *parts: Prose | Table) -> Report:
    """Return the report composed of its parts, checked. The parts are the opening, the six sections and the signature.

    Raises GktoolsError for a part that was made for another office or year.
    """
    for part in parts:
        if part.made_for and part.made_for != (inputs.office.code, inputs.year):
            raise GktoolsError(_strange(part, inputs))
    tables = {part.form.key: part for part in parts if isinstance(part, Table)}
    prose = {part.key: part for part in parts if isinstance(part, Prose)}
    title = prose["opening"].title
    subject = Subject(
        office=inputs.office,
        year=inputs.year,
        format=inputs.form,
        official=inputs.official,
        tables=tables,
        prose=prose,
        title=title,
        params=inputs.params,
        processing_fees=processing_fees(inputs),
        declared_metrics=declared_metrics(inputs),
    )
    findings = (
        *check_report(subject),
        *check_records(inputs, tables),
        *check_rollup(subject, inputs),
        *check_year_on_year(subject, inputs),
    )
    return Report(inputs, title, tables, prose, findings)


def _strange(part: Prose | Table, inputs: Inputs) -> str:
    """Return the message that a part was made for another office or year than the report."""
    assert part.made_for
    name, made = part.form.name if isinstance(part, Table) else part.title or "落款", part.made_for
    return (
        f"“{name}”是 {made.office} {made.year} 年的，这份报告是 {inputs.office.code} {inputs.year} 年的："
        "请看总笔记本里是不是换了 inputs、records，改回原样再做"
    )


def draft_report(inputs: Inputs) -> Report:
    """Return the report of the inputs without a notebook: the same parts, built by the same functions."""
    tables = [count_table(form.key, inputs.records, inputs.form, inputs.params) for form in inputs.form.forms]
    texts = [write_opening, write_overview, write_problems, write_others, write_signature]
    return make_report(inputs, *tables, *(write(inputs) for write in texts))


@lru_cache
def warm_up() -> None:
    """Build the report of an office that does not exist, from one invented record a register, in the newest format.

    It loads what all reports share: forms, sentences, queries, libraries. A process that forks one child a report calls
    it before the first.
    """
    official = formats()[-1]
    year, kind = official.first_year + 1, next(iter(office_kinds().values()))
    day = datetime(year, 6, 1, tzinfo=UTC)
    with memory_store() as store:
        store.add([_sample_sheet(register, day) for register in registers().values()], day)
        records = store.load_records("", year)
    before = (PreviousOffice("", "示例", records.at(year - 1)),)
    office = Office("", "示例", kind)
    report = draft_report(Inputs(office, year, official, official, ReportParams(), records, before=before))
    parts: tuple[Any, ...] = (*report.prose.values(), *report.tables.values(), report)
    for part in parts:
        part._repr_mimebundle_()


def _sample_sheet(register: Register, day: datetime) -> Sheet:
    row = {field.key: 1 for field in register.fields if field.type in ("count", "yuan")} | {register.event: day.date()}
    return Sheet.of(register.key, "", day.year, "", "", [(1, row)])


def _offices(inputs: Inputs) -> dict[str, Any]:
    """Return the reports that a government's report is the sum of, each with a hash; empty for any other office."""
    if inputs.government is None:
        return {}
    return {
        "offices": [
            MemberProof(member.office.code, member.office.name, member.digest if member.report else None).to_json()
            for member in inputs.government.members
        ]
    }


def _members(inputs: Inputs) -> list[MemberJson]:
    """Return what the review page of a government shows of each of its offices."""
    if inputs.government is None:
        return []
    return [
        {
            "name": member.office.name,
            "place": member.report_path,
            "missing": member.missing,
            "stale": bool(member.stale),
            "findings": {
                severity.label: sum(finding.severity == severity for finding in member.report.findings)
                for severity in Severity
            }
            if member.report
            else {},
        }
        for member in inputs.government.members
    ]


def _last_year(inputs: Inputs) -> LastYearJson:
    """The figures of the year before by table, row key and column key; where they come from; what that form lacked."""
    last = previous_year(inputs)
    if last is None:
        return {"last_year": {}, "last_year_sources": [], "not_asked_last_year": {}}
    forms = inputs.official.forms
    return {
        "last_year": {
            key: [
                {"row_key": cell[0], "column_key": cell[1], "value": figure_to_json(figure)}
                for cell, figure in figures.items()
            ]
            for key, figures in last.figures.items()
        },
        "last_year_sources": [
            {"table": form.name, "year": last.year, "origin": format_origin(last, form.key)} for form in forms
        ],
        "not_asked_last_year": {
            form.key: [
                {"row_key": row, "column_key": column}
                for row, column in cells_without_previous(inputs.year, inputs.official, last, form)
            ]
            for form in forms
        },
    }


def rules_in_force(params: ReportParams) -> list[dict[str, str]]:
    """Return the rules and limits that the law leaves open: title, the value in force, its meaning, whether it is the default."""
    return [
        {
            "title": str(field.title),
            "value": _written(getattr(rules, name)) + _decided(params.decision(name)),
            "meaning": str(field.description or ""),
            "default": "是" if getattr(rules, name) == field.default else "否",
        }
        for rules in (params.counting, params.limits, params.checks)
        for name, field in type(rules).model_fields.items()
    ]


def _date_in_force(inputs: Inputs) -> list[dict[str, str]]:
    """Return the date under the signature as a rule: no text says which day it is, so the reviewer sees where it is from."""
    day, field = inputs.signed_on, Layout.model_fields["signed_on"]
    if day is None:
        return []
    default = "否" if inputs.params.layout.signed_on else "是"
    return [
        {"title": str(field.title), "value": day_in_words(day), "meaning": str(field.description), "default": default}
    ]


def _written(value: object) -> str:
    return ("是" if value else "否") if isinstance(value, bool) else _WORDS.get(str(value), str(value))


def decisions(params: ReportParams) -> list[dict[str, Any]]:
    """Return the counting rules that a person decided, for the manifest."""
    return [
        {
            "rule": given.rule,
            "value": getattr(params.counting, given.rule),
            "person": given.person,
            "reason": given.reason,
        }
        for given in params.decisions
    ]


def _decided(decision: CountingDecision | None) -> str:
    return f"（{decision.person} 定：{decision.reason}）" if decision else ""


_WORDS = {"delivery": "按送达", "document": "按答复书落款日", "lead": "只由牵头机关计", "all": "都计"}


def _proofs(table: Table, inputs: Inputs) -> list[ProofJson]:
    """Return the proof of every counted or declared cell, and of every zero."""
    files = [(known.register, _file(known)) for known in for_staff(inputs.own.coverage) if known.year == inputs.year]
    return [
        _proof(table, cell, explanation, files)
        for cell, explanation in explanations(table, inputs.own, WITNESSES).items()
    ]


def _proof(table: Table, cell: Cell, explanation: Explanation, files: list[tuple[str, str]]) -> ProofJson:
    value = table[cell]
    declared = table.declared.get(cell)
    return {
        "row_key": cell[0],
        "column_key": cell[1],
        "definition": explanation.definition,
        "articles": list(explanation.articles),
        "counted": [_witness(witness) for witness in explanation.counted],
        "records": explanation.total,
        "near": [_witness(witness) for witness in explanation.near],
        "offices": [
            {"code": share.code, "name": share.name, "value": figure_to_json(share.figure), "records": share.records}
            for share in table.contributions(cell)
        ],
        "unknown": value.reason if isinstance(value, Unknown) else None,
        "declared": None if declared is None else {"reason": declared.reason, "on": declared.declared_on.isoformat()},
        "files": [text for register, text in files if register in explanation.registers],
    }


def _file(known: Coverage) -> str:
    text = f"{registers()[known.register].label}：{known.file}，{known.rows} 条"
    return text if known.rows else f"{text}（本年无记录）"


def _uncounted(report: Report) -> list[UncountedJson]:
    """Return the records that a rule takes out of a count, for the review page; a government's are on its offices' pages."""
    return [
        {
            "register": registers()[one.register].label,
            "reason": one.reason,
            "count": len(one.records),
            "where": report.inputs.own.where(one.register, one.records[:WITNESSES]),
            "more": len(one.records) > WITNESSES,
        }
        for one in uncounted(report.tables.values())
    ]


def _witness(witness: Witness) -> WitnessJson:
    return {"place": witness.place, "facts": [list(fact) for fact in witness.facts], "reason": witness.reason}


def _traffic_light(report: Report) -> Any:
    counts = report.counts
    colour = "#b3261e" if counts[Severity.BLOCK] else "#8a5a00" if counts[Severity.EXPLAIN] else "#1b6e3c"
    verdict = "不得发布" if counts[Severity.BLOCK] else "需说明" if counts[Severity.EXPLAIN] else "可以送审"
    numbers = "，".join(f"{severity.label} {counts[severity]} 条" for severity in Severity)
    lamp = tag("span", "●", style=f"color:{colour};font-size:1.6em", aria_hidden="true")
    items = join(
        tag("li", tag("strong", f.severity.label), f" {f.message}", f.place and f"（{f.place}）", tag("br"), f.remedy)
        for f in report.findings
    )
    return tag("div", tag("p", lamp, f" {verdict}：{numbers}"), tag("ol", items) if items else "")
