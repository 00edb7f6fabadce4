"""The report of a whole government against those of its offices: who is missing, what is counted twice or by nobody.

The sums themselves are made by counting; here is what can be wrong with them (rules E1 to E5 of the list of checks).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain
from typing import Any

import pandas as pd

from ..figures.counting.count import counted_twice
from ..figures.counting.declared import declared_figures
from ..figures.counting.requests import receipt
from ..figures.table import Figure, Table, Unknown, format_figure
from ..findings import Finding, Severity
from ..forms.model import Cell
from ..inputs.inputs import Inputs
from ..inputs.members import Government, Member
from ..registers.schema import fold, registers
from ..workspace.offices import SCOPES
from ..workspace.params_models import ReportParams
from .subject import Place, Subject, make_finding, references, sides

WORDS = {"records": "登记表", "parameters": "参数或单位表"}
"""What inputs of an office's report are called."""
NOT_THE_SUM = {"disclosures": "rollup.disclosures-not-the-sum"}
"""The rule by table, where it is not E1's."""


def check_rollup(subject: Subject, inputs: Inputs) -> list[Finding]:
    """Return every finding about the scope of a government's figures, and about its offices where it is their sum."""
    found: Iterable[Finding] = check_scope(subject)
    if inputs.government is not None:
        whole = _Whole(subject, inputs, inputs.government)
        found = chain(found, *(check(whole) for check in CHECKS))
    return [explained(finding, inputs.params) for finding in dict.fromkeys(found)]


def check_scope(subject: Subject) -> Iterator[Finding]:
    """Yield that a government's text does not say whose figures it gives, or names the other scope (E5)."""
    label = subject.office.scope_label
    if not label:
        return
    prose = {key: part.text for key, part in subject.prose.items()}
    if not any(label in prose.get(key, "") for key in ("opening", "overview")):
        yield make_finding(subject, "rollup.scope", Place(section="overview"), expected=label)
    for other in SCOPES.values():
        for key, text in prose.items():
            if other and other != label and other in text:
                yield make_finding(subject, "rollup.scope-mixed", Place(section=key), found=other, expected=label)


def explained(finding: Finding, params: ReportParams) -> Finding:
    """Return a finding that asks for an explanation only, if one was given with a reason and a name."""
    for given in params.differences:
        if given.rule == finding.code and given.cell in ("", place_of(finding)):
            severity = Severity.EXPLAIN if finding.severity == Severity.BLOCK else finding.severity
            return replace(finding, severity=severity, message=f"{finding.message}已说明：{given.reason}")
    return finding


def place_of(finding: Finding) -> str:
    """Return what names the place of a finding in parameters: its cell as rows and columns have keys, or its record."""
    return " ".join((finding.table, *finding.cell)) if finding.cell else finding.record


@dataclass(frozen=True, eq=False)
class _Whole:
    """The report of a whole government as it is checked."""

    subject: Subject
    inputs: Inputs
    government: Government

    @property
    def reported(self) -> list[Member]:
        return [member for member in self.government.members if not member.missing]

    def make_finding(self, code: str, record: str = "", place: Place | None = None, **values: Any) -> Finding:
        """The finding of a rule, about an office or a record by its number."""
        return replace(make_finding(self.subject, code, place or Place(), **values), record=record)


# --- who has reported (E4) ----------------------------------------------------------------------------------


def check_reported(whole: _Whole) -> Iterator[Finding]:
    """Yield every office that has not reported, whose report is out of date, or forbids its own publication (E4)."""
    for member in whole.government.members:
        name, code = member.office.name, member.office.code
        if member.missing:
            yield whole.make_finding("rollup.missing", code, named=name, found=member.missing, office_code=code)
        if member.stale:
            changed = "、".join(WORDS[name] for name in member.stale)
            yield whole.make_finding("rollup.stale", code, named=name, found=changed, office_code=code)
        blocks = _blocks(member)
        if blocks:
            yield whole.make_finding(
                "rollup.blocked", code, named=name, found=str(len(blocks)), first=blocks[0], office_code=code
            )


def check_ended(whole: _Whole) -> Iterator[Finding]:
    """Yield every office that was merged or dissolved within the year though its registers of it were handed in."""
    for member in whole.government.ended:
        year = whole.inputs.year
        held = [registers()[c.register].label for c in member.records.coverage if c.year == year and c.rows]
        if held:
            yield whole.make_finding(
                "rollup.ended", member.office.code, named=member.office.name, found="、".join(held)
            )


def check_rules(whole: _Whole) -> Iterator[Finding]:
    """Yield every counting rule by which some offices count otherwise than the government's parameters say."""
    ours = whole.inputs.params.counting
    for key, known in type(ours).model_fields.items():
        others = [m.office.name for m in whole.reported if getattr(m.params.counting, key) != getattr(ours, key)]
        if others:
            yield whole.make_finding("rollup.rules-differ", key, named="、".join(others), found=known.title)


def _blocks(member: Member) -> list[str]:
    findings = member.report.findings if member.report else ()
    return [finding.message.rstrip("。") for finding in findings if finding.severity == Severity.BLOCK]


# --- the sum against figures declared in the government's name (E1, E2) --------------------------------------


def check_declared(whole: _Whole) -> Iterator[Finding]:
    """Yield every figure declared for the whole government that is not the sum of its offices (E1, E2)."""
    for table in whole.subject.tables.values():
        declared, strays = declared_figures(whole.government.own, table.form)
        given = {cell: declaration.value for cell, declaration in declared.items()}
        yield from differences(whole.subject, table, given)
        for stray in strays:
            yield whole.make_finding(f"{table.form.key}.declared-stray", place=Place(table.form), found=stray)


def differences(subject: Subject, table: Table, given: Mapping[Cell, Figure]) -> Iterator[Finding]:
    """Yield every figure given for the whole that is not the sum; money may differ by rounding alone (E1, E2)."""
    for cell, figure in given.items():
        total = table[cell]
        if isinstance(figure, Unknown) or isinstance(total, Unknown) or _equal(figure, total):
            continue
        yield make_finding(
            subject,
            NOT_THE_SUM.get(table.form.key, "rollup.not-the-sum"),
            Place(table.form, cell),
            both=sides(figure, total),
            behind=references(table.form, [cell]),
            parts=_largest(table, cell),
        )


def _equal(given: int | Decimal, total: int | Decimal) -> bool:
    """Whether a figure is the sum, as exactly as it is given."""
    if isinstance(given, int):
        return given == total
    return round(Decimal(total), max(0, -int(given.as_tuple().exponent))) == given


def _largest(table: Table, cell: Cell) -> str:
    shares = [share for share in table.contributions(cell) if not isinstance(share.figure, Unknown) and share.figure]
    return "，".join(f"{share.name} {format_figure(share.figure)}" for share in shares) or "各机关都是 0"


# --- counted twice, or by nobody (E3, and offices that contradict each other) ----------------------------------


def check_twice(whole: _Whole) -> Iterator[Finding]:
    """Yield every document counted once though several offices keep it (E3), and every case that several count."""
    codes = {"documents": "rollup.counted-once"}
    for table in whole.subject.tables.values():
        for found in counted_twice(table.form.key, whole.government, whole.inputs.form):
            code = codes.get(found.register, "rollup.same-case")
            yield whole.make_finding(
                code,
                found.number,
                Place(table.form),
                found=found.number,
                named=_names(whole, found.counted),
                register=registers()[found.register].label,
            )


def check_transfers(whole: _Whole) -> Iterator[Finding]:
    """Yield every request handed over that nobody took, or taken over from an office that still counts it."""
    requests = _requests(whole)
    if requests.empty:
        return
    last = pd.Timestamp(whole.inputs.year, 12, 31)
    handed = requests["handed_over_on"] <= last
    taken = requests["taken_over_on"] <= last
    arrived = set(requests.loc[taken, "folded"])
    known = {fold(name): member.office for member in whole.reported for name in (member.office.name,)}
    for line in requests[handed & (requests["handed_over_on"].dt.year == last.year)].to_dict("records"):
        if line["folded"] not in arrived and (not line["handed_to"] or _is_member(line["handed_to"], known)):
            to = line["handed_to"] or "承接单位（没有登记是哪一家）"
            yield whole.make_finding(
                "rollup.not-arrived", line["number"], found=line["number"], named=line["office"], to=to
            )
    kept = requests[~handed & ~taken & requests["folded"].isin(arrived)]
    for line in kept.to_dict("records"):
        to = "、".join(requests.loc[taken & (requests["folded"] == line["folded"]), "office"])
        if not _own_number(line, requests[taken]):
            yield whole.make_finding(
                "rollup.counted-by-both", line["number"], found=line["number"], named=line["office"], to=to
            )


def check_same_requests(whole: _Whole) -> Iterator[Finding]:
    """Yield every request that stands in two registers under one number, of one day and one kind of applicant."""
    requests = _requests(whole)
    if requests.empty:
        return
    plain = requests[requests["taken_over_on"].isna() & requests["handed_over_on"].isna()]
    plain = plain[plain["received"].dt.year == whole.inputs.year]
    for _, same in plain.groupby(["folded", "received", "applicant"]):
        if same["office"].nunique() > 1:
            number = str(same["number"].iloc[0])
            yield whole.make_finding(
                "rollup.same-request", number, found=number, named="、".join(same["office"].unique())
            )


def _requests(whole: _Whole) -> pd.DataFrame:
    """The requests in the registers of all offices, those that ended within the year too, with their office."""
    columns = ["number", "applicant", "handed_over_on", "handed_to", "taken_over_on"]
    frames = [
        member.records["requests"][columns].assign(
            office=member.office.name, received=receipt(member.records["requests"])
        )
        for member in (*whole.reported, *whole.government.ended)
        if len(member.records["requests"])
    ]
    if not frames:
        return pd.DataFrame()
    requests = pd.concat(frames, ignore_index=True)
    return requests.assign(folded=requests["number"].map(fold))


def _is_member(name: str, known: Mapping[str, object]) -> bool:
    return any(fold(name) in other or other in fold(name) for other in known)


def _own_number(line: Mapping[str, object], taken: pd.DataFrame) -> bool:
    """Whether a number that another office took over is this office's own, given to another request by chance."""
    same = taken[taken["folded"] == line["folded"]]
    return not bool(((same["received"] == line["received"]) & (same["applicant"] == line["applicant"])).any())


def _names(whole: _Whole, codes: Iterable[str]) -> str:
    names = {member.office.code: member.office.name for member in whole.government.members}
    return "、".join(names[code] for code in codes)


CHECKS = (check_reported, check_ended, check_rules, check_declared, check_twice, check_transfers, check_same_requests)
