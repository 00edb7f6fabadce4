"""The gate: the checks before publication; their findings block a report or need an explanation.

The checks only use the values of a candidate: candidate.py reads the files, the log and the registers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ..build.reproduce import Rebuilt
from ..checks.finished.sensitive import Kind, sensitive
from ..checks.rules import Rule, read_rules
from ..findings import Finding, Severity
from ..forms.model import Cell, Form
from ..forms.notices import load_format
from ..registers.schema import fold
from ..review.decisions import DecidedFinding, open_findings
from ..review.seal import PUBLIC
from ..review.state import ReviewState
from ..workspace import clock
from ..workspace.offices import Office
from ..workspace.output import Manifest, ReportRef
from ..workspace.report_data import ReportCell, ReportData
from ..workspace.seals import file_hashes
from .agreement import disagreements
from .names import Recognise, find_names, plain, words
from .passages import PublishedPassage, passages, visible_text

MOST_PLACES = 20
"""The most places of one kind that are listed of those that keep a report back; whatever does not is listed whole."""
CERTAIN = (Kind.SECRET,)
"""Kinds that a person cannot accept."""
ACCEPTABLE = (
    "publish.personal",
    "publish.person",
    "publish.signer",
    "publish.locked-out",
    "publish.undone-edit",
    "publish.decider",
    "publish.lost-entries",
    "publish.does-not-follow",
    "publish.other-code",
    "publish.sum-otherwise",
    "publish.other-documents",
)
"""Rules whose findings a person may examine and accept."""


@lru_cache
def rules() -> dict[str, Rule]:
    """Return the rules of the gate by code (rules.yaml)."""
    path = Path(__file__).with_name("rules.yaml")
    return read_rules(path.read_text(encoding="utf-8"), path.name)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A report to be published: its review state, its files, and what is needed to check them.

    files are the bytes by name; report is the content of report.json. contact is the office's own, its numbers as digits,
    and harmless the words that are not names of applicants; no file may contain one of secrets or folder. outdated
    says what makes it stale, as far as it is seen without building it again; marks are those of what it is made from
    (staleness.input_marks). manifest is the signed one, notebooks are the approved ones; parameters is the hash of office
    and parameters as they were read. strangers are the signers whom the
    office book does not name for their step, deciders those whom it does not name for what they decided about a finding,
    broken_relations are the figures that do not follow from its public reports of the year before and after,
    namesakes are the codes under which a report of the same name and year is public,
    other_members the offices of a government whose public report is another one than was summed,
    sums_otherwise the governments whose public report counted the office as it was before,
    undone says which change on the pages the parameters do not have, undone_since_signed that it came after a signature,
    locked_out says so of what was done in the name of a locked or removed user,
    misdated are the signatures dated by a wrong clock,
    importers of who changed registers in the pages, lost_imports those who signed over an
    import that the store no longer has. last_loss is the number of the entry of the log that accepts a loss, the newest, 0 for none.
    known are number and hash of the last entry of the log that all was read from. makers_changed says that other versions or
    fonts write documents now than wrote the signed ones; source is the hash of the notebook from which those of now wrote the
    signed ones, empty if they did not or somebody may have had a say in it.
    accepted are fingerprints of findings that a person examined and accepted.
    """

    ref: ReportRef
    office: Office
    year: int
    today: date
    state: ReviewState
    findings: Sequence[DecidedFinding]
    files: Mapping[str, bytes]
    report: ReportData | None
    recognise: Recognise
    signed_on: date | None = None
    contact: Collection[str] = ()
    harmless: Collection[str] = ()
    secrets: Collection[str] = ()
    folder: str = ""
    outdated: str = ""
    marks: object = None
    manifest: Manifest | None = None
    parameters: str = ""
    notebooks: Collection[str] = ()
    last_loss: int = 0
    strangers: Sequence[str] = ()
    locked_out: Sequence[str] = ()
    undone: str = ""
    undone_since_signed: bool = False
    deciders: Sequence[str] = ()
    misdated: Sequence[str] = ()
    importers: Sequence[str] = ()
    lost_imports: Sequence[str] = ()
    other_members: Sequence[str] = ()
    sums_otherwise: Sequence[str] = ()
    namesakes: Sequence[str] = ()
    broken_relations: Sequence[str] = ()
    known: tuple[int, str] = (0, "")
    makers_changed: bool = False
    source: str = ""
    accepted: Collection[str] = ()
    correcting: bool = False


def refused(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that block publication."""
    return [finding for finding in findings if finding.severity == Severity.BLOCK]


def run_gate(candidate: Candidate) -> list[Finding]:
    """Return all findings about publishing a report; its contents are checked only if nothing else blocks it."""
    if uncorrected := list(check_versions(candidate)):
        return uncorrected
    found = [_accepted(one, candidate.accepted) for one in (*check_year(candidate), *check_signed(candidate))]
    if refused(found):
        return refused(found)
    found += [*check_files(candidate), *check_contents(candidate)]
    return [_accepted(finding, candidate.accepted) for finding in dict.fromkeys(found)]


def _accepted(finding: Finding, accepted: Collection[str]) -> Finding:
    certain = finding.found in (kind.label for kind in CERTAIN)
    if finding.fingerprint in accepted and finding.code in ACCEPTABLE and not certain:
        return replace(finding, severity=Severity.EXPLAIN)
    return finding


def _make_gate_finding(
    candidate: Candidate, code: str, found: object = "", expected: object = "", **named: object
) -> Finding:
    """A finding of a rule about a candidate, with the place as its section."""
    rule = rules()[code]
    fields: dict[str, object] = {
        "found": found,
        "expected": expected,
        "office": candidate.office.name,
        "office_code": candidate.office.code,
        "year": candidate.year,
        "notice": load_format(candidate.year).notice.number,
        "place": "",
        "why": "--accept-reason" if candidate.correcting else "--reason",
    } | named
    bare = Finding(
        code,
        rule.severity,
        "",
        candidate.office.code,
        candidate.year,
        section=str(fields["place"]),
        found=str(found),
        expected=str(expected),
    )
    fields["fingerprint"] = bare.fingerprint
    return replace(
        bare,
        message=rule.message.format_map(fields),
        remedy=rule.remedy.format_map(fields),
        rule=rule.source.format_map(fields),
    )


# --- the year -------------------------------------------------------------------------------------------------


def check_year(candidate: Candidate) -> Iterator[Finding]:
    """Yield a finding if the year is not over, the date of the report is wrong, or the report is late (G14)."""
    year, today, signed = candidate.year, candidate.today, candidate.signed_on
    if today.year <= year:
        yield _make_gate_finding(candidate, "publish.year", today.isoformat())
        return
    if signed and signed.year <= year:
        yield _make_gate_finding(
            candidate, "publish.signed-on", signed.isoformat(), f"{year} 年度还没有结束，日期的年份不对"
        )
    elif signed and signed > today:
        yield _make_gate_finding(candidate, "publish.signed-on", signed.isoformat(), "这一天还没有到")
    elif signed and (first := _first_signed(candidate.state)) and signed < first:
        yield _make_gate_finding(candidate, "publish.backdated", signed.isoformat(), first.isoformat())
    due = candidate.office.due(year)
    if today > due and not candidate.state.versions:
        yield _make_gate_finding(candidate, "publish.late", today.isoformat(), due.isoformat())


def _first_signed(state: ReviewState) -> date | None:
    return clock.local(state.valid[0].at).date() if state.valid else None


# --- signatures and versions ----------------------------------------------------------------------------------


def check_signed(candidate: Candidate) -> Iterator[Finding]:
    """Yield a finding if a signature is missing or invalid, a finding is open, a comment unanswered, the report stale."""
    state = candidate.state
    if not state.approved:
        step = state.turn.label if state.turn else ""
        yield _make_gate_finding(candidate, "publish.unsigned", _what_is_missing(state), step or "三个人重新")
    for code, severity in (("publish.open-block", Severity.BLOCK), ("publish.open-explain", Severity.EXPLAIN)):
        if found := open_findings(candidate.findings, severity):
            yield _make_gate_finding(candidate, code, len(found), found[0].finding.message)
    if candidate.outdated:
        yield _make_gate_finding(candidate, "publish.outdated", candidate.outdated)
    if candidate.manifest and candidate.manifest.inputs.get("notebook") not in candidate.notebooks:
        yield _make_gate_finding(candidate, "publish.notebook")
    if candidate.namesakes:
        yield _make_gate_finding(candidate, "publish.other-code", "、".join(candidate.namesakes))
    if candidate.broken_relations:
        yield _make_gate_finding(candidate, "publish.does-not-follow", _first(candidate.broken_relations))
    if candidate.other_members:
        yield _make_gate_finding(candidate, "publish.other-members", "、".join(candidate.other_members))
    if candidate.sums_otherwise:
        yield _make_gate_finding(candidate, "publish.sum-otherwise", "、".join(candidate.sums_otherwise))
    if candidate.lost_imports:
        yield _make_gate_finding(candidate, "publish.lost-import", "、".join(candidate.lost_imports))
    if candidate.strangers:
        yield _make_gate_finding(candidate, "publish.signer", "、".join(candidate.strangers))
    if candidate.undone:
        mark = state.seal.short if state.seal else ""
        code = "publish.undone-edit" if candidate.undone_since_signed else "publish.other-parameters"
        yield _make_gate_finding(candidate, code, candidate.undone, mark)
    if candidate.locked_out:
        mark = state.seal.short if state.seal else ""
        yield _make_gate_finding(candidate, "publish.locked-out", _first(candidate.locked_out), mark)
    if candidate.deciders:
        mark = state.seal.short if state.seal else ""
        yield _make_gate_finding(candidate, "publish.decider", "、".join(dict.fromkeys(candidate.deciders)), mark)
    if before := [one.person for one in state.valid if one.number < candidate.last_loss]:
        mark = f"{candidate.last_loss} {state.seal.short if state.seal else ''}"
        yield _make_gate_finding(candidate, "publish.lost-entries", "、".join(before), mark, loss=candidate.last_loss)
    if candidate.misdated:
        yield _make_gate_finding(candidate, "publish.clock-behind", "、".join(candidate.misdated))
    if candidate.importers:
        yield _make_gate_finding(candidate, "publish.importer", _first(candidate.importers))
    if waiting := [one for one in state.comments if not one.answered]:
        yield _make_gate_finding(candidate, "publish.comments", len(waiting))


def _first(found: Sequence[str]) -> str:
    """Return the first of what was found, and how many there are if these are not all."""
    more = f"……共 {len(found)} 处" if len(found) > MOST_PLACES else ""
    return "；".join(found[:MOST_PLACES]) + more


def _what_is_missing(state: ReviewState) -> str:
    if state.stage == "files":
        return "签过的文件要重新备齐（签字不用重来，除非文件和签的不一样）"
    if state.seal is None:
        return "要公开的文件还没有做全，没有送审"
    void = next((one for one in state.signatures if one.void), None)
    if void:
        return f"{void.person}的“{void.step.label}”不再有效，{void.void}"
    if state.returned:
        return f"被退回，原因：{state.returned.reason}"
    return f"轮到“{state.turn.label}”" if state.turn else "签名不全"


def check_versions(candidate: Candidate) -> Iterator[Finding]:
    """Yield a finding if a published report was or would be changed without a correction, or has nothing to correct (G15)."""
    versions, state = candidate.state.versions, candidate.state
    if candidate.correcting:
        if not versions:
            yield _make_gate_finding(candidate, "publish.nothing-to-correct", "这份报告还没有公开过")
        elif state.published:
            rebuild = f"；{candidate.outdated}变了，还没有重做" if candidate.outdated else ""
            yield _make_gate_finding(
                candidate, "publish.nothing-to-correct", f"现在的文件就是公开的第 {len(versions)} 版{rebuild}"
            )
    elif versions and not state.published:
        yield _make_gate_finding(candidate, "publish.uncorrected", len(versions))
    elif versions and candidate.outdated:
        yield _make_gate_finding(candidate, "publish.public-outdated", candidate.outdated, len(versions))


# --- the files ------------------------------------------------------------------------------------------------


def check_files(candidate: Candidate) -> Iterator[Finding]:
    """Yield a finding for files that differ from the signed ones or from the report, or another report's files (G15)."""
    for name, digest in candidate.state.valid[-1].files.items():
        if digest not in file_hashes(candidate.files.get(name, b"")):
            yield _make_gate_finding(candidate, "publish.not-sealed", name)
    assert candidate.report is not None
    office, year = candidate.report.code, candidate.report.year
    if (office, year) != (candidate.office.code, candidate.year):
        expected = f"{candidate.office.code} {candidate.year} 年度"
        yield _make_gate_finding(candidate, "publish.other-report", f"{office} {year} 年度", expected)
        return
    for one in disagreements(candidate.files, candidate.report):
        place = f"{one.table}“{'/'.join(one.row)}”行“{'/'.join(one.column)}”列" if one.table else "多出来的一格"
        yield _make_gate_finding(candidate, "publish.disagree", one.found, one.expected, file=one.file, place=place)


def check_rebuilt(candidate: Candidate, rebuilt: Rebuilt | None) -> Iterator[Finding]:
    """Yield a finding for a report that was built again from what was signed: differently, or by a newer program."""
    if rebuilt and rebuilt.outdated:
        yield _make_gate_finding(candidate, "publish.outdated", rebuilt.outdated)
        return
    found = "没有做成" if rebuilt is None else rebuilt.difference or _altered_document(candidate, rebuilt.documents)
    if rebuilt and not found and rebuilt.parameters != candidate.parameters:
        found = "单位表、参数或者工作日历在核对的时候换过"
    if found or rebuilt is None:
        yield _make_gate_finding(candidate, "publish.not-reproduced", found)
        return
    if rebuilt.newer:
        yield _make_gate_finding(candidate, "publish.newer-program")
    if rebuilt.documents:
        seal = candidate.state.seal
        finding = _make_gate_finding(
            candidate, "publish.other-documents", "、".join(rebuilt.documents), seal.short if seal else ""
        )
        yield _accepted(finding, candidate.accepted)


def _altered_document(candidate: Candidate, documents: Mapping[str, bytes]) -> str:
    """Why one of the documents that other bytes came out for was altered, as a Chinese sentence; empty if it may not have been.

    The same program, libraries and fonts write the same bytes; others the same text.
    """
    for name, data in documents.items():
        if visible_text(name, candidate.files[name]) != visible_text(name, data):
            return f"{name} 的文字不一样"
        if not candidate.makers_changed:
            return f"{name} 的字节不一样，做它的程序、库和字体却没有换过"
    return ""


# --- contents -------------------------------------------------------------------------------------------------


def check_contents(candidate: Candidate) -> Iterator[Finding]:
    """Yield private contents of any file (G12), and small figures that may identify a person."""
    checked = list(_distinct_passages({name: data for name, data in candidate.files.items() if name in PUBLIC}))
    yield from check_passages(candidate, checked)
    yield from check_small(candidate)


def _distinct_passages(files: Mapping[str, bytes]) -> Iterator[PublishedPassage]:
    """Every distinct text of the files, at its first place."""
    seen: set[str] = set()
    for name, data in files.items():
        for passage in passages(name, data):
            if passage.text not in seen:
                seen.add(passage.text)
                yield passage


def check_passages(candidate: Candidate, checked: Sequence[PublishedPassage]) -> Iterator[Finding]:
    """Yield private contents of passages; a finding never quotes the content itself.

    All files are formats of one report: a value found in one file is not reported again for the next.
    """
    for places in (_sensitive_places(candidate, checked), _person_places(candidate, checked)):
        yield from _listed(
            [_place_finding(candidate, place) for place in _first_occurrences(places)], candidate.accepted
        )


def _listed(findings: Sequence[Finding], accepted: Collection[str]) -> Iterator[Finding]:
    """The findings without the last of those that block: what was accepted and what blocks nothing hides no other."""
    blocking = refused(_accepted(finding, accepted) for finding in findings)
    left_out = {finding.fingerprint for finding in blocking[MOST_PLACES:]}
    yield from (finding for finding in findings if finding.fingerprint not in left_out)


_EXCUSED = "publish.excused"


class _Place(NamedTuple):
    """The place of private content; value is only compared, never shown."""

    code: str
    passage: PublishedPassage
    start: int
    end: int
    what: str
    value: str


def _sensitive_places(candidate: Candidate, checked: Sequence[PublishedPassage]) -> Iterator[_Place]:
    for passage in checked:
        for hit in sensitive(passage.text, candidate.contact, candidate.secrets, candidate.folder):
            value = fold(passage.text[hit.start : hit.end])
            yield _Place("publish.personal", passage, hit.start, hit.end, hit.kind.label, value)


def _person_places(candidate: Candidate, checked: Sequence[PublishedPassage]) -> Iterator[_Place]:
    where = {passage.text: passage for passage in checked}
    for text, places in find_names(list(where), candidate.recognise, candidate.harmless).items():
        for one in places:
            code = _EXCUSED if one.excused else "publish.person" if one.sure else "publish.perhaps-person"
            yield _Place(code, where[text], one.start, one.end, "", plain(text)[one.start : one.end])


def _first_occurrences(places: Iterable[_Place]) -> Iterator[_Place]:
    """The distinct places of each value, in the first file that contains it."""
    first: dict[str, str] = {}
    reported: set[tuple[str, str]] = set()
    for place in places:
        key = (place.value, place.passage.place)
        if first.setdefault(place.value, place.passage.file) == place.passage.file and key not in reported:
            reported.add(key)
            yield place


def _place_finding(candidate: Candidate, one: _Place) -> Finding:
    """A finding about a part of a passage; its fingerprint is only valid for these files."""
    seal = candidate.state.seal
    mark = f"{one.start}-{one.end} {seal.short if seal else ''}"
    length = one.end - one.start
    return _make_gate_finding(
        candidate, one.code, one.what, mark, place=one.passage.place, start=one.start + 1, length=length
    )


def check_small(candidate: Candidate) -> Iterator[Finding]:
    """Yield the outcome of a kind of applicant's only request, if the text mentions a case."""
    assert candidate.report is not None
    texts = [text for section in candidate.report.sections for text in section.texts]
    word = next((word for word in words().cases for text in texts if word in text), "")
    if not word:
        return
    form = load_format(candidate.year)["requests"]
    for cell in _single_requests(form, candidate.report.cells[form.key]):
        row, column = form.address(cell)
        place = f"{form.name}“{'/'.join(row)}”行“{'/'.join(column)}”列"
        yield _make_gate_finding(candidate, "publish.small-figure", word, place=place)


def _single_requests(form: Form, cells: Mapping[Cell, ReportCell]) -> Iterator[Cell]:
    """The outcome cells of columns with only one request, without totals."""
    totals = {*form.sums_across, *form.sums_down}
    for cell, known in cells.items():
        row, column = cell
        outcomes = [
            other.value or 0
            for (r, c), other in cells.items()
            if c == column and "." in r and (r, c) not in form.sums_down
        ]
        if known.value == 1 and "." in row and cell not in totals and sum(outcomes) == 1:
            yield cell
