"""The report of a government against those of its offices: missing reports, and records counted twice or not at all.

The sums are computed by figures.counting; this module checks them (rules E1 to E5 of the list of checks).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

from ..figures.counting.count import count_member, duplicate_records
from ..figures.counting.declared import declared_figures
from ..figures.counting.requests import handed_over, receipt
from ..figures.table import Figure, Table, Unknown, format_figure
from ..findings import Finding, Severity
from ..forms.model import Cell
from ..inputs.inputs import Inputs
from ..inputs.members import Government, Member
from ..registers.schema import fold, registers
from ..registers.word_warnings import read_word_values
from ..workspace.offices import SCOPES
from ..workspace.params_models import ReportParams
from ..workspace.report_data import ReportCell, cells_by_key
from .subject import Place, Subject, format_place, make_finding, references, sides

INPUT_NAMES = {"records": "登记表", "parameters": "参数或单位表"}
"""The Chinese names of the inputs of an office's report."""
SUM_RULES = {"disclosures": "rollup.disclosures-not-the-sum"}
"""The rule for a figure that is not the sum, by table; rollup.not-the-sum for other tables."""


def check_rollup(subject: Subject, inputs: Inputs) -> list[Finding]:
    """Return the findings about the scope of a government's report and, if it is the sum of offices, about the sum."""
    found: Iterable[Finding] = check_scope(subject)
    if inputs.government is not None:
        rollup = _Rollup(subject, inputs, inputs.government)
        found = chain(found, *(check(rollup) for check in CHECKS))
    return [apply_explanation(finding, inputs.params) for finding in dict.fromkeys(found)]


def check_scope(subject: Subject) -> Iterator[Finding]:
    """Yield the findings that a government's text does not name its scope, or names the other one (E5)."""
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


def apply_explanation(finding: Finding, params: ReportParams) -> Finding:
    """Return the finding, no longer blocking if an explanation is registered in the parameters."""
    for given in params.differences:
        if given.rule == finding.code and given.cell in ("", explanation_place(finding)):
            severity = Severity.EXPLAIN if finding.severity == Severity.BLOCK else finding.severity
            return replace(finding, severity=severity, message=f"{finding.message}已说明：{given.reason}")
    return finding


def explanation_place(finding: Finding) -> str:
    """Return the place of a finding as in the parameters: table, row key and column key, or the record."""
    return " ".join((finding.table, *finding.cell)) if finding.cell else finding.record


@dataclass(frozen=True, eq=False)
class _Rollup:
    """A report of a government, with its inputs, under check."""

    subject: Subject
    inputs: Inputs
    government: Government

    @property
    def reported(self) -> list[Member]:
        """The members with a complete report."""
        return [member for member in self.government.members if not member.missing]

    def make_finding(self, code: str, record: str = "", place: Place | None = None, **values: Any) -> Finding:
        """Return the finding of a rule; record is the code of an office or the number of a record."""
        return replace(make_finding(self.subject, code, place or Place(), **values), record=record)


# --- missing and changed reports (E4) -------------------------------------------------------------------------


def check_reported(rollup: _Rollup) -> Iterator[Finding]:
    """Yield every office without a report, with an outdated one, or with one that has blocking findings (E4)."""
    for member in rollup.government.members:
        name, code = member.office.name, member.office.code
        if member.missing:
            yield rollup.make_finding("rollup.missing", code, named=name, found=member.missing, office_code=code)
        if member.stale:
            changed = "、".join(INPUT_NAMES[name] for name in member.stale)
            yield rollup.make_finding("rollup.stale", code, named=name, found=changed, office_code=code)
        blocks = _blocks(member)
        if blocks:
            yield rollup.make_finding(
                "rollup.blocked", code, named=name, found=str(len(blocks)), first=blocks[0], office_code=code
            )


def check_counted(rollup: _Rollup) -> Iterator[Finding]:
    """Yield a blocking finding for every office whose report differs from a count of its registers; it cannot be explained."""
    for member in rollup.reported:
        if found := list(_not_counted(rollup, member)):
            office = member.office
            yield rollup.make_finding(
                "rollup.not-counted",
                office.code,
                named=office.name,
                first=found[0],
                count=len(found),
                office_code=office.code,
            )


def _not_counted(rollup: _Rollup, member: Member) -> Iterator[str]:
    """Yield where the report of an office says something else than its records, as Chinese phrases."""
    assert member.report is not None
    for form in rollup.inputs.form.forms:
        counted = cells_by_key(map(ReportCell.from_json, count_member(form, member).to_json()))
        reported = member.report.cells.get(form.key, {})
        for cell, now in counted.items():
            then = reported[cell]
            if (then.value, then.amount, then.records) != (now.value, now.amount, now.records):
                yield (
                    f"{format_place(form, *form.address(cell))}报来 {_figure_of(then)}，台账数出来是 {_figure_of(now)}"
                )
    if tuple(member.records.proof()) != member.report.registers:
        yield "登记表的条数或内容"


def _figure_of(cell: ReportCell) -> str:
    known = "没有数" if cell.amount is None else format_figure(cell.amount)
    return f"{known}（{cell.records} 条）"


def check_ended(rollup: _Rollup) -> Iterator[Finding]:
    """Yield every office that was merged or dissolved within the year but has registers of that year."""
    for member in rollup.government.ended:
        year = rollup.inputs.year
        held = dict.fromkeys(
            registers()[c.register].label for c in member.records.coverage if c.year == year and c.rows
        )
        if held:
            yield rollup.make_finding(
                "rollup.ended", member.office.code, named=member.office.name, found="、".join(held)
            )


def check_left_out(rollup: _Rollup) -> Iterator[Finding]:
    """Yield every office that the book has in no sum, and every one with registers of a year in which the book has it not.

    One without any register may be none of this government; with registers, the sum lacks them.
    """
    for one in rollup.government.left_out:
        code = "rollup.outside" if one.stray.existed else "rollup.other-years"
        found = rollup.make_finding(
            code,
            one.stray.code,
            named=one.stray.named,
            found=f"{one.stray.why}；{one.held}",
            office_code=one.stray.code,
        )
        yield found if one.registers else replace(found, severity=Severity.EXPLAIN)


def check_kind(rollup: _Rollup) -> Iterator[Finding]:
    """Yield the finding that a government's sum is entered as of another kind than the government summed up."""
    office = rollup.subject.office
    kinds = {member.office.kind for member in rollup.government.members if member.office.code == office.rolls_up}
    for kind in kinds - {office.kind}:
        top = next(m.office for m in rollup.government.members if m.office.code == office.rolls_up)
        yield rollup.make_finding(
            "rollup.other-kind", office.rolls_up, named=top.name, found=kind.label, expected=office.kind.label
        )


def check_rules(rollup: _Rollup) -> Iterator[Finding]:
    """Yield every counting rule that some offices have set differently from the government."""
    expected = rollup.inputs.params.counting
    for key, known in type(expected).model_fields.items():
        if key == "money_decimals":  # how amounts are printed changes no sum
            continue
        others = [m.office.name for m in rollup.reported if getattr(m.params.counting, key) != getattr(expected, key)]
        if others:
            yield rollup.make_finding("rollup.rules-differ", key, named="、".join(others), found=known.title)


def check_words(rollup: _Rollup) -> Iterator[Finding]:
    """Yield every word that the registers of two offices were imported with in different meanings."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for member in rollup.reported:
        warnings = (text for covered in member.records.coverage for text in covered.warnings)
        for column, word, label in dict.fromkeys(taken for text in warnings for taken in read_word_values(text)):
            found.setdefault((column, word), {}).setdefault(label, []).append(member.office.name)
    for (column, word), labels in found.items():
        if len(labels) > 1:
            meanings = "；".join(f"{'、'.join(dict.fromkeys(names))}记作“{label}”" for label, names in labels.items())
            yield rollup.make_finding(
                "rollup.words-differ", f"{column}={word}", named=word, found=meanings, column=column
            )


def _blocks(member: Member) -> list[str]:
    findings = member.report.findings if member.report else ()
    return [finding.message.rstrip("。") for finding in findings if finding.severity == Severity.BLOCK]


# --- the sum against figures declared in the government's name (E1, E2) --------------------------------------


def check_declared(rollup: _Rollup) -> Iterator[Finding]:
    """Yield every figure declared for the government that is not the sum of its offices (E1, E2)."""
    for table in rollup.subject.tables.values():
        declared, strays = declared_figures(rollup.government.own, table.form)
        given = {cell: declaration.value for cell, declaration in declared.items()}
        yield from check_against_sum(rollup.subject, table, given)
        for stray in strays:
            yield rollup.make_finding(f"{table.form.key}.declared-stray", place=Place(table.form), found=stray)


def check_against_sum(subject: Subject, table: Table, given: Mapping[Cell, Figure]) -> Iterator[Finding]:
    """Yield every given figure of a table that is not the sum; money may differ by rounding (E1, E2)."""
    for cell, figure in given.items():
        total = table.amount(cell)
        if isinstance(figure, Unknown) or isinstance(total, Unknown) or _is_sum(figure, total):
            continue
        yield make_finding(
            subject,
            SUM_RULES.get(table.form.key, "rollup.not-the-sum"),
            Place(table.form, cell),
            both=sides(figure, total),
            behind=references(table.form, [cell]),
            parts=_format_shares(table, cell),
        )


def _is_sum(given: int | Decimal, total: int | Decimal) -> bool:
    """Return whether a figure is the sum, rounded either way to the decimals of the figure."""
    if isinstance(given, int):
        return given == total
    return 2 * abs(total - given) <= Decimal(1).scaleb(min(0, int(given.as_tuple().exponent)))


def _format_shares(table: Table, cell: Cell) -> str:
    shares = [share for share in table.contributions(cell) if not isinstance(share.figure, Unknown) and share.figure]
    return "，".join(f"{share.name} {format_figure(share.figure)}" for share in shares) or "各机关都是 0"


# --- duplicate and missing records (E3, and contradictions between offices) --------------------------------------


def check_duplicates(rollup: _Rollup) -> Iterator[Finding]:
    """Yield every document of several offices, which is counted once (E3), and every case counted by several."""
    codes = {"documents": "rollup.counted-once"}
    for table in rollup.subject.tables.values():
        for found in duplicate_records(table.form.key, rollup.government, rollup.inputs.form):
            code = codes.get(found.register, "rollup.same-case")
            yield rollup.make_finding(
                code,
                found.number,
                Place(table.form),
                found=found.number,
                named=_names(rollup, found.counted),
                register=registers()[found.register].label,
            )


def check_transfers(rollup: _Rollup) -> Iterator[Finding]:
    """Yield every request handed over but not taken over, and every one that both offices count."""
    requests, last = _requests(rollup), date(rollup.inputs.year, 12, 31)
    handed = [one for one in requests if one.moved and one.handed_over_on and one.handed_over_on <= last]
    taken = [one for one in requests if one.taken_over_on and one.taken_over_on <= last]
    arrived = {one.folded for one in taken}
    known = {fold(name): member.office for member in rollup.reported for name in (member.office.name,)}
    for one in handed:
        gone = one.handed_over_on and one.handed_over_on.year == last.year and one.folded not in arrived
        if gone and (not one.handed_to or _is_member(one.handed_to, known)):
            to = one.handed_to or "承接单位（没有登记是哪一家）"
            yield rollup.make_finding("rollup.not-arrived", one.number, found=one.number, named=one.office, to=to)
    for one in requests:
        if one.folded not in arrived or one in handed or one in taken:
            continue
        same = [other for other in taken if other.folded == one.folded]
        why = "登记了移交，自己却没有撤并或者已经答复，照计" if one.handed_over_on else "却没有登记移交"
        if any((other.received, other.applicant) == (one.received, one.applicant) for other in same if one.received):
            to = "、".join(other.office for other in same)
            yield rollup.make_finding(
                "rollup.counted-by-both", one.number, found=one.number, named=one.office, to=to, why=why
            )


def check_shared_requests(rollup: _Rollup) -> Iterator[Finding]:
    """Yield every request in two registers with the same number, day of receipt and kind of applicant."""
    alike: dict[tuple[str, date, str], list[_Request]] = defaultdict(list)
    for one in _requests(rollup):
        if not one.taken_over_on and not one.moved and one.received and one.received.year == rollup.inputs.year:
            alike[one.folded, one.received, one.applicant].append(one)
    for _, same in sorted(alike.items()):
        offices = dict.fromkeys(one.office for one in same)
        if len(offices) > 1:
            number = same[0].number
            yield rollup.make_finding("rollup.same-request", number, found=number, named="、".join(offices))


@dataclass(frozen=True, eq=False)
class _Request:
    """A request in the register of an office: moved says that another office has taken it over; folded is its number."""

    office: str
    number: str
    folded: str
    applicant: str
    received: date | None
    handed_over_on: date | None
    handed_to: str
    taken_over_on: date | None
    moved: bool


def _requests(rollup: _Rollup) -> list[_Request]:
    """Return the requests of all offices, including those that ended within the year."""
    return [one for member in (*rollup.reported, *rollup.government.ended) for one in _requests_of(member)]


def _requests_of(member: Member) -> Iterator[_Request]:
    held = member.records.of_year("requests")
    held = held.with_columns(received=receipt(held), moved=handed_over(member.records))
    for number, *facts in held.values("number", *_FACTS):
        yield _Request(member.office.name, number, fold(number), *facts)


_FACTS = ("applicant", "received", "handed_over_on", "handed_to", "taken_over_on", "moved")


def _is_member(name: str, known: Mapping[str, object]) -> bool:
    return any(fold(name) in other or other in fold(name) for other in known)


def _names(rollup: _Rollup, codes: Iterable[str]) -> str:
    names = {member.office.code: member.office.name for member in rollup.government.members}
    return "、".join(names[code] for code in codes)


CHECKS = (
    check_reported,
    check_counted,
    check_ended,
    check_left_out,
    check_kind,
    check_rules,
    check_words,
    check_declared,
    check_duplicates,
    check_transfers,
    check_shared_requests,
)
