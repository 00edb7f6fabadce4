"""Reading a report to be published, from disk, log and registers, into one value for the gate."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from urllib.parse import quote

from ..build.export import document_makers
from ..build.freshness import input_names
from ..build.staleness import changed_since_public, counted_otherwise, input_marks, parameters_of, would_differ
from ..checks.finished.consecutive import broken_relations
from ..checks.finished.sensitive import telephones
from ..errors import GktoolsError, ReviewError
from ..forms.model import Cell
from ..forms.notices import load_format
from ..registers.store.address import store_address
from ..registers.store.privacy import Privacy
from ..registers.store.store import Store
from ..review.audit import (
    doubtful_acts,
    last_loss,
    misdated,
    strange_decisions,
    strange_importers,
    strangers,
    undone_edit,
    what_undone,
)
from ..review.decisions import with_decisions
from ..review.entries import PublishedBody, SignedBody
from ..review.log import Log, LogEntry
from ..review.notebooks import known_notebooks
from ..review.seal import PUBLISHED, read_seal
from ..review.state import ReviewState, review_state
from ..workspace import clock
from ..workspace.files import read_regular
from ..workspace.output import MANIFEST, REPORT_FILE, Manifest, ReportRef
from ..workspace.params_models import ReportParams
from ..workspace.project import Project
from ..workspace.report_data import MemberProof, ReportData, read_report_data
from .gate import Candidate
from .published_reports import published_reports


@dataclass(frozen=True)
class Sources:
    """What candidates are read from: the working folder, the store, the log with its entries, found whole together.

    makers is what makes documents now (document_makers).
    """

    project: Project
    store: Store
    log: Log
    entries: Sequence[LogEntry]
    makers: str = ""

    @classmethod
    def of(cls, project: Project, store: Store, log: Log) -> Sources:
        """Return the sources with the log as it is now. Raises ReviewError if it is not whole."""
        return cls(project, store, log, log.verified(), document_makers(project.home))

    @cached_property
    def office_names(self) -> frozenset[str]:
        """The names under which reports of offices were signed: what the office book says for the moment is none of them."""
        signed = {(one.code, one.year): one.body for one in self.entries if one.kind == SignedBody.KIND}
        names = set()
        for digest in (body.manifest for body in signed.values() if isinstance(body, SignedBody) and body.manifest):
            with suppress(GktoolsError, ValueError):  # that of another report: its name is not excused then
                names.add(Manifest.from_json(self.log.get_blob(digest)).name)
        return frozenset(filter(None, names))

    @cached_property
    def importers(self) -> Sequence[tuple[str, str, LogEntry]]:
        """Office, sentence and entry of who changed registers in the pages and is no handler by the office book of now."""
        return list(strange_importers(self.project, self.about("", 0)))

    @cached_property
    def misdated(self) -> Sequence[LogEntry]:
        """The entries that a wrong clock has dated."""
        return misdated(self.entries, clock.stored())

    @cached_property
    def published(self) -> Mapping[tuple[str, int], PublishedBody]:
        """What is public of each office and year: the newest version."""
        return {(one.code, one.year): one.newest.body for one in published_reports(self.entries)}

    def namesakes(self, report: ReportData) -> list[str]:
        """Return the codes under which a report of the same name, scope and year is public, other than its own."""
        same = report.office_name, report.scope
        return [
            code
            for (code, year), body in self.published.items()
            if year == report.year and code != report.code and (body.name, body.scope) == same
        ]

    def broken_relations(self, report: ReportData) -> list[str]:
        """Return which figures do not follow from those of the public reports of the year before and after, in Chinese.

        Not of an office into which others were merged: its figures of the year before are theirs too.
        """
        found: list[str] = []
        for before, after in ((report.year - 1, report.year), (report.year, report.year + 1)):
            body = self.published.get((report.code, before if after == report.year else after))
            if body and self.project.predecessors(report.code, after) == [report.code]:
                other = read_report_data(self.log.get_blob(body.report))
                found += broken_relations(*sorted((report, other), key=lambda one: one.year))
        return found

    def is_other(self, code: str, year: int) -> bool:
        """Return whether an office's report of a year is public, with other figures for a sum than the one in the working folder."""
        public = self.published.get((code, year))
        if public is None:
            return False
        try:
            now, then = self.project.report(code, year).read(REPORT_FILE), self.log.get_blob(public.report)
            return _sums_otherwise(read_report_data(then), read_report_data(now))
        except (GktoolsError, OSError, ValueError):
            return True

    def sums_otherwise(self, code: str, year: int) -> list[str]:
        """Return the names of the governments whose public reports count an office, or should, and would be others now.

        A government counts it if its public report names its code or, as a code may be changed, its name of the year,
        or if the office book makes it a member now. One that cannot be read any more is among them if the office book
        says so. Of an office that is public itself correct() tells which sums depend on it.
        """
        if (code, year) in self.published:
            return []
        governments = [(one, body) for (one, when), body in self.published.items() if when == year]
        return [
            body.name
            for government, body in governments
            if body.scope == "government" and self._counts_otherwise(government, body, code, year)
        ]

    def _counts_otherwise(self, government: str, body: PublishedBody, code: str, year: int) -> bool:
        """Return whether a public sum counts an office, or should, and what it counted of it is not what there is now."""
        member = is_member(self.project, government, code, year)
        try:
            public = read_report_data(self.log.get_blob(body.report))
        except (GktoolsError, ValueError):
            return member
        counted = named_member(self.project, public, code)
        if counted is None:
            return member
        return counted_otherwise(self.project, public, code, counted.sha256) and self._differs(public)

    def _differs(self, public: ReportData) -> bool:
        """Return whether a public sum would be another one now; looked at once, as all its members ask."""
        known = self._differing
        if public.code not in known:
            known[public.code] = would_differ(self.project, public)
        return known[public.code]

    @cached_property
    def _differing(self) -> dict[str, bool]:
        return {}

    def about_or_all(self, code: str, year: int) -> list[LogEntry]:
        """Return the entries about a report, among those of the technicians."""
        return [entry for entry in self.entries if (entry.code, entry.year) in ((code, year), ("", 0))]

    def about(self, code: str, year: int) -> list[LogEntry]:
        """Return the entries about a report; about no office and year 0: those of the technicians."""
        return [entry for entry in self.entries if (entry.code, entry.year) == (code, year)]


def is_member(project: Project, government: str, code: str, year: int) -> bool:
    """Return whether the office book makes an office a member of a government; of a government it does not have, none is."""
    entry = project.book.get(government)
    return bool(entry and entry.rolls_up) and code in {one.code for one in project.members(government, year)}


def named_member(project: Project, public: ReportData, code: str) -> MemberProof | None:
    """Return the member of a public sum that an office is, by its code or its name of that year; None if it is none."""
    names = {project.name(code, public.year)} if code in project.book else set()
    found = [one for one in public.members if one.code == code or one.name in names]
    return next((one for one in found if one.code == code), found[0] if found else None)


def _sums_otherwise(public: ReportData, now: ReportData) -> bool:
    """Whether a government adds up other figures of a member than the public ones: cells, or counts that the text has.

    A count that only one of the two texts has is the same if its register is.
    """
    if _figures(public) != _figures(now):
        return True
    (then, before), (counts, after) = ((_counts(one), _registers(one)) for one in (public, now))
    return any(
        then[token] != counts[token]
        if token in then and token in counts
        else any(before.get(name) != after.get(name) for name in (register, "declared"))
        for token, (_, register) in (then | counts).items()
    )


def _figures(report: ReportData) -> dict[str, dict[Cell, object]]:
    return {table: {key: cell.value for key, cell in cells.items()} for table, cells in report.cells.items()}


def _counts(report: ReportData) -> dict[str, tuple[str, str]]:
    """The figures of registers in the text and their registers, by token; those of cells are in the tables."""
    bound = (one for part in report.parts for paragraph in part.paragraphs for one in paragraph.figures)
    return {one.token: (one.text, one.register) for one in bound if one.register}


def _registers(report: ReportData) -> dict[str, str]:
    return {one.name: one.sha256 for one in report.registers}


def read_candidate(
    sources: Sources,
    ref: ReportRef,
    today: date,
    *,
    accepted: Collection[str] = (),
    correcting: bool = False,
) -> Candidate:
    """Return an office's report with everything the gate checks.

    Files and parameters are read only if all three steps are signed and this version is not published yet; of one that is,
    whether it is outdated is looked at.
    Raises GktoolsError if the log, the parameters or a file cannot be read, NoFormatForYear if no notice applies.
    """
    code, year = ref.code, ref.year
    load_format(year)
    project, store = sources.project, sources.store
    office, entries = project.office(code, year), sources.about(code, year)
    now = review_state(entries, read_seal(ref))
    bare = Candidate(
        ref, office, year, today, now, (), {}, None, _recognise_none, accepted=accepted, correcting=correcting
    )
    if now.published:
        return replace(bare, outdated="、".join(changed_since_public(project, ref)))
    if not now.approved:
        return bare
    if ref.manifest() is None:
        raise ReviewError(
            f"{office.name} {year} 年度的报告不完整，或做好的文件被改动过：请从备份里放回来，或重做、重签"
        )
    marks = input_marks(project, store, office, year)  # before anything that may change is read
    files = {name: ref.read(name) for name in PUBLISHED.values()}
    report = read_report_data(files[REPORT_FILE])
    params, signed = project.params(code, year), _signed_manifest(sources.log, ref, now)
    parameters = parameters_of(project, office, params)
    findings = with_decisions(report.findings, now)
    decided = [one.decided for one in findings if one.decided]
    contact = list(_own_contact(params)) if signed.inputs.get("parameters") == parameters else []
    registers = list(_registers_with_names(project, report))
    undone = undone_edit(project, ref, entries, now.versions[-1].number if now.versions else 0)
    return Candidate(
        ref,
        office,
        year,
        today,
        now,
        findings,
        files,
        report,
        partial(_recognise, store, registers),
        signed_on=params.layout.dated(office.due(year)),
        contact=contact,
        harmless=[*sources.office_names, *contact],
        secrets=list(known_secrets(project.home)),
        folder=str(project.home),
        outdated=""
        if signed.inputs.get("parameters") == parameters
        else "、".join(input_names(project, ["parameters"])),
        marks=marks,
        manifest=signed,
        parameters=parameters,
        notebooks=known_notebooks(sources.entries),
        last_loss=last_loss(sources.entries),
        broken_relations=sources.broken_relations(report),
        namesakes=sources.namesakes(report),
        other_members=[member.name for member in report.members if sources.is_other(member.code, year)],
        sums_otherwise=sources.sums_otherwise(code, year),
        lost_imports=[one.person for one in now.valid if one.imported and store.number_of_import(one.imported) is None],
        strangers=[f"{one.signed_by}（{one.step.label}）" for one in strangers(project, ref, now.valid)],
        deciders=[who for _, who in strange_decisions(project, ref, decided)],
        misdated=_misdated(sources, now),
        importers=_strange_importers(sources, registers, now),
        undone=what_undone(undone) if undone else "",
        undone_since_signed=bool(undone and undone.number > min(one.number for one in now.valid)),
        locked_out=doubtful_acts(sources.about_or_all(code, year), now, registers),
        known=(sources.entries[-1].number, sources.entries[-1].hash),
        makers_changed=sources.makers not in [one.makers for one in now.valid],
        source=next((one.source for one in now.valid if one.makers == sources.makers), ""),
        accepted=accepted,
        correcting=correcting,
    )


def _misdated(sources: Sources, now: ReviewState) -> list[str]:
    """The signatures that a wrong clock has dated."""
    numbers = {entry.number for entry in sources.misdated}
    return [f"{one.signed_by}（{one.step.label}）" for one in now.valid if one.number in numbers]


def _strange_importers(sources: Sources, offices: Collection[str], now: ReviewState) -> list[str]:
    """What to tell of who changed the registers of offices in the pages since the report was published last."""
    last = now.versions[-1].number if now.versions else 0
    return [sentence for code, sentence, entry in sources.importers if code in offices and entry.number > last]


def _registers_with_names(project: Project, report: ReportData) -> Iterator[str]:
    """Yield the codes of the offices whose applicants the report may speak of: its own, those of its sum, and those merged into them."""
    entry = project.book.get(report.code)
    ended = project.closed_members(report.code, report.year) if entry and entry.rolls_up else []
    codes = [report.code, *(member.code for member in report.members), *(office.code for office in ended)]
    before = (other for code in codes if code in project.book for other in project.book[code].predecessors)
    yield from dict.fromkeys((*codes, *before))


def _signed_manifest(log: Log, ref: ReportRef, now: ReviewState) -> Manifest:
    """The manifest as the last of the three signed it; that beside the report, if an older gktools stored none."""
    signed = now.valid[-1].manifest
    return Manifest.from_json(log.get_blob(signed) if signed else ref.read(MANIFEST))


def _recognise_none(_: Collection[str]) -> set[str]:
    return set()


def _recognise(store: Store, offices: Sequence[str], texts: Collection[str]) -> set[str]:
    return set().union(*(store.recognise(office, *texts) for office in offices))


def _own_contact(params: ReportParams) -> Iterator[str]:
    """The office's own contact, which the report may contain."""
    yield from (value for value in params.contact.model_dump().values() if value)
    yield from telephones(params.contact.phone or "")


def known_secrets(home: Path) -> Iterator[str]:
    """Yield the secrets of this machine that no file may contain: the key of the registers, passwords."""
    with suppress(OSError):
        yield read_regular(Privacy(home).path, most=1_000_000).decode("ascii", "replace").strip()
    password = store_address(home).password
    if password:
        yield from {password, quote(password, safe="")}
