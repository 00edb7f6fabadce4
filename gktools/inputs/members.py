"""Governments: the offices of which a government's report is the sum, with their current reports."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..deadlines.calendar import Calendar
from ..errors import ParamsError, RollupError
from ..forms.model import ReportFormat
from ..registers.store.loading import Records
from ..workspace.offices import Office
from ..workspace.output import OUTPUT, REPORT_FILE
from ..workspace.params_models import ReportParams
from ..workspace.project import Project
from ..workspace.report_data import RegisterProof, ReportData, read_report_data
from ..workspace.seals import sha256_hex
from ..workspace.strays import Unreported, left_out, strays

LoadRecords = Callable[[str], Records]
"""A function that returns the records of an office, by its code, for the report year."""


@dataclass(frozen=True, eq=False)
class Member:
    """One office of a government: its records, its parameters and its current report of the year.

    report is its report.json, content the JSON in one line; None without a complete report, or if the figures are
    counted from records (of a previous year). missing is the reason in Chinese why there is no report; stale names the
    inputs (records, parameters) that have changed since the report was built.
    """

    office: Office
    records: Records
    params: ReportParams = field(default_factory=ReportParams)
    report: ReportData | None = None
    missing: str = ""
    stale: tuple[str, ...] = ()
    content: str = "null"

    @property
    def report_path(self) -> str:
        """The path of its report, relative to the working folder."""
        return f"{OUTPUT}/{self.records.year}/{self.office.code}/{REPORT_FILE}"

    @cached_property
    def digest(self) -> str:
        """A hash of all inputs of the government's report from this office."""
        parts = (self.content, self.records.digest(), self.params.model_dump_json())
        return sha256_hex("\0".join((repr(self.office), self.missing, *self.stale, *parts)).encode())


@dataclass(frozen=True, eq=False)
class Government:
    """A government: the declarations in its own name, and the offices of which its report is the sum.

    members are the offices in the year of own; reported is the year of the report; before are the offices of the
    previous year; ended the offices that were merged or dissolved within the report year; left_out those that are not
    among the members by the office book, and perhaps should be.
    """

    own: Records
    members: tuple[Member, ...] = ()
    before: tuple[Member, ...] = ()
    ended: tuple[Member, ...] = ()
    reported: int = 0
    left_out: tuple[Unreported, ...] = ()

    @property
    def as_of(self) -> int:
        """The number of the last import that changed the government or one of its members."""
        return max([self.own.as_of, *(member.records.as_of for member in self.members)])

    def at(self, year: int) -> Government:
        """Return the government in another year; only the report year and the year before have members."""
        known = {self.reported: self.members, self.reported - 1: self.before}
        return self if year == self.own.year else replace(self, own=self.own.at(year), members=known.get(year, ()))

    def as_filed(self) -> Government:
        """Return the government with the records of each office as filed for the year, without later changes."""
        members = tuple(replace(member, records=member.records.as_filed()) for member in self.members)
        return replace(self, members=members)

    def covered(self) -> set[str]:
        """Return the registers that every office has handed in for the year."""
        held = [member.records.covered() for member in self.members]
        return set.intersection(*held) if held else set()

    def proof(self) -> list[RegisterProof]:
        """Return every register that a member has handed in: its name, the number of records in total, and a hash."""
        found: dict[str, list[RegisterProof]] = {}
        for member in self.members:
            for register in member.report.registers if member.report else ():
                found.setdefault(register.name, []).append(register)
        return [
            RegisterProof(
                name,
                sum(part.rows for part in parts),
                sha256_hex(" ".join(part.sha256 for part in parts).encode()),
            )
            for name, parts in sorted(found.items())
        ]

    def digests(self) -> dict[str, str]:
        """Return a hash of the inputs from each office, by its code."""
        found = {member.office.code: member.digest for member in (*self.before, *self.ended, *self.members)}
        for one in self.left_out:
            found[one.stray.code] = sha256_hex(f"{found.get(one.stray.code, '')}{one!r}".encode())
        return found


def own_hashes(office: Office, params: ReportParams, calendar: Calendar, records: Records) -> dict[str, str]:
    """Return the hashes of an office's own inputs, by name (records, parameters)."""
    return {"records": records.digest(), "parameters": params_hash(office, params, calendar)}


def params_hash(office: Office, params: ReportParams, calendar: Calendar) -> str:
    """Return a hash of an office, its parameters and its calendar."""
    return sha256_hex(f"{office!r}{params.model_dump_json()}{calendar.digest()}".encode())


def load_government(
    project: Project,
    office: Office,
    official: ReportFormat,
    calendar: Calendar,
    load: LoadRecords,
    begun: Mapping[str, Collection[str]],
) -> Government:
    """Return a government: each of its offices with its current report under output/.

    begun are the registers of the year that have anything in force, by the code of the office.
    Raises RollupError, naming the offices, if reports are of another notice, office, year or form than this one.
    """
    own = load(office.code)
    year = own.year
    members = tuple(
        load_member(project, known, calendar, load(known.code)) for known in project.members(office.code, year)
    )
    _refuse_mismatches(members, official)
    current = {member.office.code: member for member in members}
    ended = tuple(Member(known, load(known.code)) for known in project.closed_members(office.code, year))
    before = (
        current[known.code] if known.code in current else Member(known, load(known.code))
        for known in project.members(office.code, year - 1)
    )
    counted = tuple(_without_report(member, year - 1) for member in before)
    told = (one for one in strays(project.book, year) if office.code in one.told_by)
    return Government(own, members, counted, ended, reported=year, left_out=left_out(told, begun))


def load_member(project: Project, office: Office, calendar: Calendar, records: Records) -> Member:
    """Return an office as part of a government, with its current report under output/."""
    year = records.year
    try:
        params = project.params(office.code, year)
    except ParamsError as error:
        return Member(office, records, missing=f"它的参数有错：{error}")
    report = project.report(office.code, year)
    manifest = report.manifest()
    if manifest is None:
        exists = (report.folder / REPORT_FILE).is_file()
        why = "它的报告不完整或者被改动过" if exists else "还没有做出它的报告"
        return Member(office, records, params, missing=why)
    try:
        text = report.read_listed(REPORT_FILE, manifest)
        data = read_report_data(text)
    except (OSError, ValueError):
        return Member(office, records, params, missing="它的报告不完整或者被改动过")
    content = json.dumps(json.loads(text), ensure_ascii=False)
    hashes = own_hashes(office, params, calendar, records)
    stale = tuple(name for name, now in hashes.items() if manifest.inputs.get(name) != now)
    return Member(office, records, params, data, stale=stale, content=content)


def _without_report(member: Member, year: int) -> Member:
    """Return the member for another year, without a report: its figures are counted from the records."""
    return replace(member, records=member.records.at(year), report=None, missing="", stale=(), content="null")


def _refuse_mismatches(members: Iterable[Member], official: ReportFormat) -> None:
    misfits = [(member.office.name, why) for member in members if (why := _mismatch(member, official))]
    if misfits:
        listed = "\n".join(f"{name}：{why}" for name, why in misfits)
        raise RollupError(f"有 {len(misfits)} 个机关的报告不能相加，请它们改好以后再汇总：\n{listed}")


def _mismatch(member: Member, official: ReportFormat) -> str:
    """Return why a member's report cannot be added to the sum; empty if it can, or if there is no report."""
    report = member.report
    if report is None:
        return ""
    if (report.code, report.year) != (member.office.code, member.records.year):
        return f"这里放的是{report.office_name} {report.year} 年度的报告"
    if report.notice != official.notice.number:
        return f"用的是{report.notice}的格式，本年度应当用{official.notice.number}的格式"
    wrong = [form.name for form in official.forms if report.cells.get(form.key, {}).keys() != set(form.cells)]
    return f"{'、'.join(wrong)}的行列和{official.notice.number}的格式不一致" if wrong else ""
