"""The gate: everything that keeps a report from being published, as findings; what may go with an explanation too.

Rules on values only: reading the files, the log and the registers is done before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from ..build.index_page import deadline
from ..checks.rules import Rule, read_rules
from ..findings import Finding, Severity
from ..forms.model import Cell, Form
from ..forms.notices import load_format
from ..registers.schema import fold
from ..review.decisions import Judged, open_blocks
from ..review.state import ReviewState
from ..workspace.offices import Office
from ..workspace.output import hash_bytes
from ..workspace.report_data import ReportCell, ReportData
from .agreement import disagreements
from .names import Recognise, named, plain, words
from .passages import PublishedPassage, passages
from .sensitive import Kind, sensitive
from .site import PUBLIC, is_public

TOLD = 20
"""How many places of one kind are told of one report."""
CERTAIN = (Kind.SECRET,)
"""Kinds that no explanation lets pass."""


@lru_cache
def rules() -> dict[str, Rule]:
    """Return every rule of the gate by its code (rules.yaml)."""
    path = Path(__file__).with_name("rules.yaml")
    return read_rules(path.read_text(encoding="utf-8"), path.name)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A report that is to be published: where it stands, its files, and what is needed to look into them.

    files are the bytes by name; report is what report.json says; telephones are the office's own as
    digits, harmless words that are no names, secrets and folder what must stand nowhere; outdated names what has changed since
    the report was made. accepted are fingerprints of findings that a person looked into.
    """

    office: Office
    year: int
    today: date
    standing: ReviewState
    findings: Sequence[Judged]
    files: Mapping[str, bytes]
    report: ReportData | None
    recognise: Recognise
    signed_on: date | None = None
    telephones: Collection[str] = ()
    harmless: Collection[str] = ()
    secrets: Collection[str] = ()
    folder: str = ""
    outdated: str = ""
    accepted: Collection[str] = ()
    correcting: bool = False


def refused(findings: Iterable[Finding]) -> list[Finding]:
    """Return those of the findings that keep a report from being published."""
    return [finding for finding in findings if finding.severity == Severity.BLOCK]


def run_gate(candidate: Candidate) -> list[Finding]:
    """Return every finding about publishing a report; its contents are only looked at once nothing else forbids it."""
    found = [*check_year(candidate), *check_signed(candidate), *check_versions(candidate)]
    if refused(found):
        return refused(found)
    found += [*check_files(candidate), *check_contents(candidate)]
    return [_accepted(finding, candidate.accepted) for finding in dict.fromkeys(found)]


def _accepted(finding: Finding, accepted: Collection[str]) -> Finding:
    certain = finding.found in (kind.label for kind in CERTAIN)
    if finding.fingerprint in accepted and finding.code in ("publish.personal", "publish.person") and not certain:
        return replace(finding, severity=Severity.EXPLAIN)
    return finding


def _note(candidate: Candidate, code: str, found: object = "", expected: object = "", **named: object) -> Finding:
    """The finding of a rule about a candidate; its place is the section."""
    rule = rules()[code]
    fields: dict[str, object] = {
        "found": found,
        "expected": expected,
        "office": candidate.office.name,
        "office_code": candidate.office.code,
        "year": candidate.year,
        "notice": load_format(candidate.year).notice.number,
        "place": "",
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
    """Yield that a year is not over, that a report is dated wrongly, that it is late (G14)."""
    year, today, signed = candidate.year, candidate.today, candidate.signed_on
    if today.year <= year:
        yield _note(candidate, "publish.year", today.isoformat())
        return
    if signed and signed.year <= year:
        yield _note(candidate, "publish.signed-on", signed.isoformat(), f"{year} 年度还没有结束，日期的年份不对")
    elif signed and signed > today:
        yield _note(candidate, "publish.signed-on", signed.isoformat(), "这一天还没有到")
    due = deadline(year, candidate.office.kind.key if candidate.office.rolls_up else "default")
    if today > due and not candidate.standing.versions:
        yield _note(candidate, "publish.late", today.isoformat(), due.isoformat())


# --- signatures and versions ----------------------------------------------------------------------------------


def check_signed(candidate: Candidate) -> Iterator[Finding]:
    """Yield that a signature is missing or void, that what blocks is open."""
    standing = candidate.standing
    if not standing.approved:
        step = standing.turn.label if standing.turn else ""
        yield _note(candidate, "publish.unsigned", _what_is_missing(standing), step or "三个人重新")
    if blocks := open_blocks(candidate.findings):
        yield _note(candidate, "publish.open-block", len(blocks), blocks[0].finding.message)


def _what_is_missing(standing: ReviewState) -> str:
    if standing.seal is None:
        return "要公开的文件还没有做全，没有送审"
    void = next((one for one in standing.signatures if one.void), None)
    if void:
        return f"{void.person}的“{void.step.label}”不再有效，{void.void}"
    if standing.returned:
        return f"被退回，原因：{standing.returned.reason}"
    return f"轮到“{standing.turn.label}”" if standing.turn else "签名不全"


def check_versions(candidate: Candidate) -> Iterator[Finding]:
    """Yield that a published report was changed without a correction, or that there is nothing to correct (G15)."""
    versions, standing = candidate.standing.versions, candidate.standing
    if candidate.correcting:
        if not versions:
            yield _note(candidate, "publish.nothing-to-correct", "这份报告还没有公开过")
        elif is_public(standing):
            yield _note(candidate, "publish.nothing-to-correct", f"现在的文件就是公开的第 {len(versions)} 版")
    elif versions and not is_public(standing):
        yield _note(candidate, "publish.uncorrected", len(versions))


# --- the files ------------------------------------------------------------------------------------------------


def check_files(candidate: Candidate) -> Iterator[Finding]:
    """Yield files that are not those signed, or give other figures than the report; a report that is another one (G15)."""
    for name, digest in candidate.standing.valid[-1].files.items():
        if hash_bytes(candidate.files.get(name, b"")) != digest:
            yield _note(candidate, "publish.not-sealed", name)
    assert candidate.report is not None
    office, year = candidate.report.code, candidate.report.year
    if (office, year) != (candidate.office.code, candidate.year):
        expected = f"{candidate.office.code} {candidate.year} 年度"
        yield _note(candidate, "publish.other-report", f"{office} {year} 年度", expected)
        return
    for one in disagreements(candidate.files, candidate.report):
        place = f"{one.table}“{'/'.join(one.row)}”行“{'/'.join(one.column)}”列" if one.table else "多出来的一格"
        yield _note(candidate, "publish.disagree", one.found, one.expected, file=one.file, place=place)
    if candidate.outdated:
        yield _note(candidate, "publish.outdated", candidate.outdated)


# --- what they say --------------------------------------------------------------------------------------------


def check_contents(candidate: Candidate) -> Iterator[Finding]:
    """Yield what must not be public in any file (G12), and small figures that may point at a person."""
    said = list(_first_places({name: data for name, data in candidate.files.items() if name in PUBLIC}))
    yield from check_passages(candidate, said)
    yield from check_small(candidate)


def _first_places(files: Mapping[str, bytes]) -> Iterator[PublishedPassage]:
    """Every text that some file holds, where it is found first."""
    seen: set[str] = set()
    for name, data in files.items():
        for passage in passages(name, data):
            if passage.text not in seen:
                seen.add(passage.text)
                yield passage


def check_passages(candidate: Candidate, said: Sequence[PublishedPassage]) -> Iterator[Finding]:
    """Yield what must not be public in some passages; never what it is.

    All files are made of one report: what stands in one is not told again of the next.
    """
    for places in (_numbers(candidate, said), _persons(candidate, said)):
        yield from [_found(candidate, place) for place in islice(_told_once(places), TOLD)]


class _Place(NamedTuple):
    """Where something stands that must not be public, and what it is: never shown, only compared."""

    code: str
    passage: PublishedPassage
    start: int
    end: int
    what: str
    value: str


def _numbers(candidate: Candidate, said: Sequence[PublishedPassage]) -> Iterator[_Place]:
    for passage in said:
        for hit in sensitive(passage.text, candidate.telephones, candidate.secrets, candidate.folder):
            value = fold(passage.text[hit.start : hit.end])
            yield _Place("publish.personal", passage, hit.start, hit.end, hit.kind.label, value)


def _persons(candidate: Candidate, said: Sequence[PublishedPassage]) -> Iterator[_Place]:
    where = {passage.text: passage for passage in said}
    for text, places in named(list(where), candidate.recognise, candidate.harmless).items():
        for one in places:
            code = "publish.person" if one.sure else "publish.perhaps-person"
            yield _Place(code, where[text], one.start, one.end, "", plain(text)[one.start : one.end])


def _told_once(places: Iterable[_Place]) -> Iterator[_Place]:
    """The places in the file in which a value stands first, each once."""
    first: dict[str, str] = {}
    told: set[tuple[str, str]] = set()
    for place in places:
        key = (place.value, place.passage.place)
        if first.setdefault(place.value, place.passage.file) == place.passage.file and key not in told:
            told.add(key)
            yield place


def _found(candidate: Candidate, one: _Place) -> Finding:
    """A finding about a part of a passage. Its fingerprint holds for these files only."""
    seal = candidate.standing.seal
    mark = f"{one.start}-{one.end} {seal.short if seal else ''}"
    length = one.end - one.start
    return _note(candidate, one.code, one.what, mark, place=one.passage.place, start=one.start + 1, length=length)


def check_small(candidate: Candidate) -> Iterator[Finding]:
    """Yield every outcome of the only request of a kind of applicant, if the text speaks of a case."""
    assert candidate.report is not None
    texts = [text for section in candidate.report.sections for text in section.texts]
    word = next((word for word in words().cases for text in texts if word in text), "")
    if not word:
        return
    form = load_format(candidate.year)["requests"]
    for cell in _only_ones(form, candidate.report.cells[form.key]):
        row, column = form.address(cell)
        place = f"{form.name}“{'/'.join(row)}”行“{'/'.join(column)}”列"
        yield _note(candidate, "publish.small-figure", word, place=place)


def _only_ones(form: Form, cells: Mapping[Cell, ReportCell]) -> Iterator[Cell]:
    """The outcomes of columns in which there is one request only; totals aside."""
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
