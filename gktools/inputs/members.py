"""The offices that the report of a whole government is the sum of, with their reports as they stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..deadlines.calendar import Calendar
from ..errors import ParamsError, RollupError
from ..forms.model import ReportFormat
from ..registers.store.loading import Records
from ..workspace.offices import Office
from ..workspace.output import OUTPUT, hash_bytes
from ..workspace.params_models import ReportParams
from ..workspace.project import Project
from ..workspace.report_data import RegisterProof, ReportData, read_report_data

REPORT_FILE = "report.json"
Pull = Callable[[str], Records]
"""Gives the records of an office by its code, looked at for the report year."""


@dataclass(frozen=True, eq=False)
class Member:
    """One office of a government: its records and parameters, and its report of the year as it stands.

    report is what report.json says and content its JSON in one line; None where there is no whole one, or where the
    figures are to be counted from the records (of a year before). missing says in Chinese why the office has not
    reported, stale which inputs (records, parameters) are no longer those its report was made from.
    """

    office: Office
    records: Records
    params: ReportParams = field(default_factory=ReportParams)
    report: ReportData | None = None
    missing: str = ""
    stale: tuple[str, ...] = ()
    content: str = "null"

    @property
    def place(self) -> str:
        """Where its report stands, below the working folder."""
        return f"{OUTPUT}/{self.records.year}/{self.office.code}/{REPORT_FILE}"

    @cached_property
    def digest(self) -> str:
        """A hash of all that the government's report takes from this office."""
        parts = (self.content, self.records.digest(), self.params.model_dump_json())
        return hash_bytes("\0".join((repr(self.office), self.missing, *self.stale, *parts)).encode())


@dataclass(frozen=True, eq=False)
class Government:
    """A whole government: what was declared in its own name, and the offices its report is the sum of.

    members are those of the year of own; reported is the year of the report; before are the offices that made up the
    government the year before, ended those that belonged to it within the report year but no more at its end.
    """

    own: Records
    members: tuple[Member, ...] = ()
    before: tuple[Member, ...] = ()
    ended: tuple[Member, ...] = ()
    reported: int = 0

    @property
    def as_of(self) -> int:
        """The last import that touched the government or one of its members."""
        return max([self.own.as_of, *(member.records.as_of for member in self.members)])

    def at(self, year: int) -> Government:
        """The government in another year; it is known for the report year and the one before."""
        known = {self.reported: self.members, self.reported - 1: self.before}
        return self if year == self.own.year else replace(self, own=self.own.at(year), members=known.get(year, ()))

    def as_filed(self) -> Government:
        """The same year as each office's own files and those before them tell it."""
        members = tuple(replace(member, records=member.records.as_filed()) for member in self.members)
        return replace(self, members=members)

    def covered(self) -> set[str]:
        """The registers that every office handed in for the year."""
        held = [member.records.covered() for member in self.members]
        return set.intersection(*held) if held else set()

    def proof(self) -> list[RegisterProof]:
        """Every register that a member handed in: its name, how many records there are in all, and a hash."""
        found: dict[str, list[RegisterProof]] = {}
        for member in self.members:
            for register in member.report.registers if member.report else ():
                found.setdefault(register.name, []).append(register)
        return [
            RegisterProof(
                name,
                sum(part.rows for part in parts),
                hash_bytes(" ".join(part.sha256 for part in parts).encode()),
            )
            for name, parts in sorted(found.items())
        ]

    def digests(self) -> dict[str, str]:
        """A hash of all that is taken from each office, by its code."""
        return {member.office.code: member.digest for member in (*self.before, *self.ended, *self.members)}


def own_hashes(office: Office, params: ReportParams, calendar: Calendar, records: Records) -> dict[str, str]:
    """Return a hash of what is an office's own among all that a report is made from, by what it is."""
    return {"records": records.digest(), "parameters": params_hash(office, params, calendar)}


def params_hash(office: Office, params: ReportParams, calendar: Calendar) -> str:
    """Return the hash of an office, its parameters and its calendar."""
    return hash_bytes(f"{office!r}{params.model_dump_json()}{calendar.digest()}".encode())


def gather(project: Project, office: Office, official: ReportFormat, calendar: Calendar, pull: Pull) -> Government:
    """Return a whole government: each of its offices with its report as it stands under output/.

    Raises RollupError, naming the offices, if reports are of another notice, office, year or form than this one.
    """
    own = pull(office.code)
    year = own.year
    members = tuple(_member(project, known, calendar, pull(known.code)) for known in project.members(office.code, year))
    _refuse_misfits(members, official)
    here = {member.office.code: member for member in members}
    ended = tuple(Member(known, pull(known.code)) for known in project.ended(office.code, year))
    before = (
        here[known.code] if known.code in here else Member(known, pull(known.code))
        for known in project.members(office.code, year - 1)
    )
    counted = tuple(_counted(member, year - 1) for member in before)
    return Government(own, members, counted, ended, reported=year)


def _member(project: Project, office: Office, calendar: Calendar, records: Records) -> Member:
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
    text = report.read(REPORT_FILE)
    content = json.dumps(json.loads(text), ensure_ascii=False)
    hashes = own_hashes(office, params, calendar, records)
    stale = tuple(name for name, now in hashes.items() if manifest.inputs.get(name) != now)
    return Member(office, records, params, read_report_data(text), stale=stale, content=content)


def _counted(member: Member, year: int) -> Member:
    """The same office in a year of which its figures are counted from the records."""
    return replace(member, records=member.records.at(year), report=None, missing="", stale=(), content="null")


def _refuse_misfits(members: Iterable[Member], official: ReportFormat) -> None:
    misfits = [(member.office.name, why) for member in members if (why := _misfit(member, official))]
    if misfits:
        listed = "\n".join(f"{name}：{why}" for name, why in misfits)
        raise RollupError(f"有 {len(misfits)} 个机关的报告不能相加，请它们改好以后再汇总：\n{listed}")


def _misfit(member: Member, official: ReportFormat) -> str:
    """Why a report cannot be added to those of this notice; empty if it can, or if there is none."""
    report = member.report
    if report is None:
        return ""
    if (report.code, report.year) != (member.office.code, member.records.year):
        return f"这里放的是{report.office_name} {report.year} 年度的报告"
    if report.notice != official.notice.number:
        return f"用的是{report.notice}的格式，本年度应当用{official.notice.number}的格式"
    wrong = [form.name for form in official.forms if report.cells.get(form.key, {}).keys() != set(form.cells)]
    return f"{'、'.join(wrong)}的行列和{official.notice.number}的格式不一致" if wrong else ""
