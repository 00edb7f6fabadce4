"""The actions on a report under review: each checks that it is allowed, then adds one entry to the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock

from ..build.export import document_makers, fonts_are_outside
from ..build.staleness import stale_inputs
from ..errors import NotFoundError, ReviewError, steering_character
from ..findings import Severity
from ..registers.person_numbers import personal_in_name
from ..report.queries.difference import Difference, difference
from ..workspace import clock
from ..workspace.output import MANIFEST, NOTEBOOK_FILE, REPORT_FILE, Manifest, ReportRef
from ..workspace.project import Project
from ..workspace.report_data import ReportData, read_report_data
from ..workspace.seals import file_hashes, present_algorithm
from .decisions import DecidedFinding, open_counts, open_findings, with_decisions
from .entries import (
    AnswerBody,
    AttachedBody,
    BroughtInBody,
    ClosedBody,
    CommentBody,
    Decision,
    DecisionBody,
    EditedBody,
    PassedBody,
    PublishedBody,
    ReturnedBody,
    SignedBody,
    ViewedBody,
)
from .log import Log, LogEntry
from .notebooks import require_known_notebook
from .people import Capacity, Step, capacities, capacity, may_read
from .seal import PUBLISHED, Seal, make_all_files, read_seal
from .state import ReviewState, last_seen, review_state

REASON_CHARACTERS = range(2, 1001)
SCAN_BYTES = 20 << 20
WORDS_A_DAY = 300
"""How many comments, answers and decisions a person may write on a day, about all reports."""
SCAN_BYTES_A_DAY = 60 << 20
"""How many bytes of scans a person may hand in on a day: all of them stay in the store."""
_SCANS = {
    b"%PDF-": ("application/pdf", (".pdf",)),
    b"\xff\xd8\xff": ("image/jpeg", (".jpg", ".jpeg")),
    b"\x89PNG\r\n\x1a\n": ("image/png", (".png",)),
}


# --- viewing --------------------------------------------------------------------------------------------------


def read_report(ref: ReportRef) -> bytes:
    """Return the bytes of report.json of a complete report.

    Raises ReviewError if the report is not built yet, or names the files that were changed or are missing.
    """
    manifest = ref.manifest(verify=False)
    if manifest is None:
        raise ReviewError("报告还没有做好：请先做报告")
    if changed := manifest.altered_files(ref.folder):
        what = f"做好的文件被改动过，或者不见了：{'、'.join(changed)}"
        raise ReviewError(f"{what}。请重做报告；做出来和签过的一样，签字仍然有效，不一样的要重新签")
    try:
        return ref.read_listed(REPORT_FILE, manifest)
    except (OSError, ValueError):
        raise ReviewError(_CHANGED) from None


def current_state(log: Log, ref: ReportRef) -> ReviewState:
    """Return the current review state of a report, computed from the log and the report's files."""
    return review_state(log.entries(ref.code, ref.year), read_seal(ref))


def changes_since_viewed(log: Log, ref: ReportRef, person: str, report: ReportData) -> Difference | None:
    """Return the differences since a person last viewed, signed or returned the report; None if they never did."""
    seen = last_seen(log.entries(ref.code, ref.year), person)
    return None if seen is None else difference(read_report_data(log.get_blob(seen)), report)


def mark_viewed(project: Project, log: Log, ref: ReportRef, person: str, shown: str | None = None) -> LogEntry | None:
    """Record that a person has viewed the report; None if they have already viewed this version.

    shown is the SHA-256 of the report.json that was shown to them. Raises ReviewError if it is another one by now.
    """
    _require_reader(project, person, ref.code)
    content = read_report(ref)
    hashes = file_hashes(content)
    if shown not in (None, *hashes):
        raise ReviewError("您打开这一页以后报告变了：下面是现在的样子，请看过再按")
    digest = log.put_blob(content)
    if last_seen(log.entries(ref.code, ref.year), person) in hashes:
        return None
    return log.append(ref.code, ref.year, person, ViewedBody(digest))


def has_published(log: Log, person: str, since: str) -> bool:
    """Return whether a report is public that a person has signed since a time (as clock.stored). Raises ReviewError."""
    published = (entry.body for entry in log.verified() if entry.kind in (PublishedBody.KIND, "corrected"))
    bodies = (body for body in published if isinstance(body, PublishedBody))
    return any(one.person == person and one.at >= since for body in bodies for one in body.approved)


# --- signatures -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownReport:
    """What a person had before them when they signed: the hash of the seal on the page, the report.json opened last.

    opened is the SHA-256 of that report.json; empty if they opened none. reset is when somebody else had set their
    password (UTC), if nothing that they signed since is public. last is the number of the last entry about the report that the page
    knew, None if they signed on none. page is the hash of the published page if they have seen the report only on it,
    notebook that of the notebook from which its proofs and pictures were shown.
    """

    seal: str
    opened: str = ""
    reset: str = ""
    last: int | None = None
    page: str = ""
    notebook: str = ""


@dataclass(frozen=True)
class Signer:
    """Who signs, and which step."""

    person: str
    step: Step


MakeFiles = Callable[[Project, ReportRef], Seal]
"""Exports all files of a report that will be published again; returns their seal. Raises ReviewError."""


def sign(
    project: Project,
    log: Log,
    ref: ReportRef,
    signer: Signer,
    shown: ShownReport,
    today: date,
    make_files: MakeFiles | None = None,
) -> LogEntry:
    """Sign a step for the current files and return the log entry; without make_files they are exported in new processes.

    Raises ReviewError if the person may not sign this step, it is not its turn, they have not opened this state of the
    report, it was returned or its files differ since they were shown, it is stale or made by a notebook that nobody
    approved, a finding that blocks or needs an explanation is open, or a comment waits for the person.
    """
    person, step = signer.person, signer.step
    by = capacity(project, ref.code, person, step, today)
    if by is None:
        raise ReviewError(f"{person}不能签“{step.label}”这一步；谁签哪一步，见 params/offices.yaml 里这个机关的 people")
    refuse_stale(project, ref)
    made = None
    if step == Step.HANDLER:  # so that the exported files match the report even if someone edited them since
        made = (make_files or make_all_files)(project, ref)
    content = read_report(ref)
    seal = _seal_as_seen(ref, shown.seal)
    if made and made.hash != seal.hash:
        raise ReviewError(_CHANGED)  # a file was exchanged after it was exported
    manifest = ref.read(MANIFEST)
    listed = Manifest.from_json(manifest)
    if not {listed.outputs.get(REPORT_FILE), seal.files[REPORT_FILE]} <= {*file_hashes(content)}:
        raise ReviewError(_CHANGED)  # it was made again between two of these reads
    require_known_notebook(log, listed.inputs.get("notebook", ""))
    report, notebook = read_report_data(content), ref.listed_hashes(NOTEBOOK_FILE, listed)
    if listed.name not in ("", report.office_name):
        raise ReviewError(_CHANGED)  # a manifest of another office, whose name would count as a signed one
    body = replace(
        _signed_body(log, by, seal, report, log.put_blob(content), ref),
        manifest=log.put_blob(manifest),
        people=_people_of(project, ref.code, today),
        reset=shown.reset,
        imported=log.last_import(ref.code),
        algorithm=present_algorithm(),
        makers=document_makers(project.home) if made else "",
        source=made.source if made and fonts_are_outside(project.home) else "",
    )

    def guard(entries: Sequence[LogEntry]) -> None:
        now = review_state(entries, seal)
        if any((one.person, one.step) == (person, step) and not one.void for one in now.signatures):
            raise _SignedAlreadyError
        _refuse_returned(entries, shown)
        _refuse_turn(now, by)
        _refuse_unopened(entries, person, shown, seal, notebook)
        _refuse_open(with_decisions(report.findings, now))
        _refuse_comments(now, person)

    try:
        return log.append(ref.code, ref.year, person, body, guard=guard)
    except _SignedAlreadyError:  # the button was pressed twice
        return next(
            one for one in reversed(log.entries(ref.code, ref.year)) if (one.person, one.kind) == (person, "signed")
        )


class _SignedAlreadyError(ReviewError):
    """The person has signed this step for these files."""


def _people_of(project: Project, code: str, day: date) -> dict[str, list[str]]:
    """The names that the office book has for each step of an office's report on a day."""
    known = capacities(project, code, day)
    return {step.value: [c.person for c in known if c.step == step] for step in Step}


def return_report(
    project: Project, log: Log, ref: ReportRef, person: str, reason: str, today: date, opened: str = ""
) -> LogEntry:
    """Return a report to the handler with a reason, which withdraws all signatures; return the log entry.

    opened is the SHA-256 of the report.json that the person opened last: only if it is the current one have they seen
    what they return. Raises ReviewError if the person has no step, the reason is too short or too long, nothing is
    signed yet, or this version is published.
    """
    by = _require_capacity(project, ref.code, person, today)
    _require_reason(reason)
    digest = log.put_blob(read_report(ref))
    body = ReturnedBody(by.step, reason, digest if opened == digest else "")
    seal = read_seal(ref)

    def guard(entries: Sequence[LogEntry]) -> None:
        now = review_state(entries, seal)
        if not now.signatures:
            raise ReviewError("还没有人签过，不用退回；有意见请写批注")
        if now.published:
            raise ReviewError("这一版已经公开，不能退回；要改，请用 gktools correct 更正")

    return log.append(ref.code, ref.year, person, body, guard=guard, once=True)


def refuse_stale(project: Project, ref: ReportRef) -> None:
    """Raise ReviewError if what the report is made from has changed so that it would differ now."""
    if changed := stale_inputs(project, ref, audited=True):
        raise ReviewError(f"没有签：报告做好以后，{'、'.join(changed)}变了。请先备齐文件（会重做报告），看过再签")


def _seal_as_seen(ref: ReportRef, seen: str) -> Seal:
    seal = read_seal(ref)
    if seal.missing:
        raise ReviewError("要公开的文件还没有做全：请先在签字页上备齐文件，看过再签")
    if seal.hash != seen:
        raise ReviewError(_CHANGED)
    return seal


_CHANGED = "您看过之后报告变了，没有签：请看看变了什么，再签"


def _refuse_returned(entries: Sequence[LogEntry], shown: ShownReport) -> None:
    if shown.last is not None and shown.last > max((one.number for one in entries), default=0):
        raise ReviewError(_CHANGED)  # a forged entry stood there while the form was opened: it would hide a return
    since = [one for one in entries if shown.last is not None and one.number > shown.last]
    if back := next((one for one in reversed(since) if isinstance(one.body, ReturnedBody)), None):
        raise ReviewError(f"没有签：您打开签字页以后，{back.person}退回了这份报告。请看过退回的理由，再决定签不签")


def _refuse_unopened(
    entries: Sequence[LogEntry], person: str, shown: ShownReport, seal: Seal, notebook: Sequence[str]
) -> None:
    is_shown = shown.page in ("", seal.files[PUBLISHED["html"]]) and shown.notebook in ("", *notebook)
    if not {shown.opened if is_shown else "", last_seen(entries, person)}.intersection(seal.hashes[REPORT_FILE]):
        raise ReviewError("没有签：您还没有打开过现在这一份报告。请先打开“报告”一页看过，再签")


def _refuse_comments(now: ReviewState, person: str) -> None:
    if waiting := [one for one in now.comments if one.waits_for(person)]:
        raise ReviewError(
            f"没有签：还有 {len(waiting)} 条批注没有答复。请在“批注”一页上答复、办结，或者写明转给谁，再签"
        )


def _refuse_turn(now: ReviewState, by: Capacity) -> None:
    if any(one.person == by.person for one in now.signatures if not one.void):
        raise ReviewError(f"{by.person}已经在这份报告上签过一步；三步要由三个不同的人签")
    if now.turn is None:
        raise ReviewError("三步都已签过，不用再签")
    if now.turn != by.step:
        raise ReviewError(f"现在轮到“{now.turn.label}”，还不到“{by.step.label}”")


def _refuse_open(findings: list[DecidedFinding]) -> None:
    if blocks := open_findings(findings, Severity.BLOCK):
        first = blocks[0].finding.message
        raise ReviewError(f"还有 {len(blocks)} 处“不得发布”没有解决，不能签。第一处：{first}")
    if unexplained := open_findings(findings, Severity.EXPLAIN):
        first = unexplained[0].finding.message
        raise ReviewError(
            f"还有 {len(unexplained)} 处“需说明”没有说明，不能签：请在“问题”一页上逐处写明原因，或者改正后重做。第一处：{first}"
        )


def _signed_body(
    log: Log, by: Capacity, seal: Seal, report: ReportData, report_blob: str, ref: ReportRef
) -> SignedBody:
    """The content of a signature entry: step, files, state of the findings, differences shown to the person."""
    entries = log.verified(ref.code, ref.year)
    seen = last_seen(entries, by.person)
    shown = None if seen is None else difference(read_report_data(log.get_blob(seen)), report).summary
    now = review_state(entries, seal)
    findings = with_decisions(report.findings, now)
    decisions = {one.finding.fingerprint: one.decided.decision for one in findings if one.decided}
    return SignedBody(
        by.step,
        by.on_behalf_of,
        by.from_district,
        seal.hash,
        seal.files,
        report_blob,
        open=open_counts(findings),
        decisions=decisions,
        since=seen,
        changes=shown,
        comments=tuple(one.number for one in now.comments if not one.answered),
    )


# --- findings, comments, scans --------------------------------------------------------------------------------


@dataclass(frozen=True)
class DecisionInput:
    """A person's decision about a finding, identified by its fingerprint, and the reason."""

    fingerprint: str
    decision: Decision
    reason: str


def decide_finding(
    project: Project,
    log: Log,
    ref: ReportRef,
    person: str,
    given: DecisionInput,
    today: date,
) -> LogEntry:
    """Explain, dismiss, overrule or reopen a finding of the current report, with a reason; return the log entry.

    A blocking finding can only be overruled, and only by the head. Raises ReviewError.
    """
    mine = {c.step for c in capacities(project, ref.code, today) if c.person == person}
    _require_capacity(project, ref.code, person, today)
    _require_reason(given.reason)
    _refuse_more_words(log, person)
    findings = read_report_data(read_report(ref)).findings
    finding = next((one for one in findings if one.fingerprint == given.fingerprint), None)
    if finding is None:
        raise ReviewError("这一处问题已经没有了，或者数变了：请看新的报告")
    blocks = finding.severity == Severity.BLOCK
    if given.decision == "overruled" and not (blocks and Step.HEAD in mine):
        raise ReviewError("只有主要领导可以决定照发，而且只用于“不得发布”的问题")
    if blocks and given.decision not in ("overruled", "reopened"):
        raise ReviewError("“不得发布”的问题不能用说明放过：请改正，或由主要领导写明理由决定照发")
    return log.append(ref.code, ref.year, person, DecisionBody(finding, given.decision, given.reason), once=True)


def comment(project: Project, log: Log, ref: ReportRef, person: str, place: str, text: str) -> LogEntry:
    """Add a comment on a cell ("requests:row key:column key") or a paragraph ("problems:2"). Raises ReviewError."""
    _require_reader(project, person, ref.code)
    _require_reason(text)
    _require_visible(place)
    _refuse_more_words(log, person)
    return log.append(ref.code, ref.year, person, CommentBody(place[:200], text), once=True)


def answer(project: Project, log: Log, ref: ReportRef, person: str, number: int, text: str) -> LogEntry:
    """Add an answer to an open comment. Raises ReviewError."""
    _require_reader(project, person, ref.code)
    _require_reason(text)
    _refuse_more_words(log, person)
    return log.append(
        *(ref.code, ref.year, person, AnswerBody(number, text)),
        guard=lambda entries: _require_open(entries, number),
        once=True,
    )


def pass_on(project: Project, log: Log, ref: ReportRef, person: str, number: int, to: str, today: date) -> LogEntry:
    """Pass an open comment on to a person who may read the report, who then has to see to it. Raises ReviewError."""
    _require_capacity(project, ref.code, person, today)
    if to == person or not may_read(project, to, ref.code):
        raise ReviewError("转给谁没有写对：要是单位表里能看这份报告的另一个人")
    return log.append(
        *(ref.code, ref.year, person, PassedBody(number, to)),
        guard=lambda entries: _require_open(entries, number),
        once=True,
    )


def close(project: Project, log: Log, ref: ReportRef, person: str, number: int) -> LogEntry:
    """Close a comment. Raises ReviewError."""
    _require_reader(project, person, ref.code)
    return log.append(
        *(ref.code, ref.year, person, ClosedBody(number)),
        guard=lambda entries: _require_open(entries, number),
        once=True,
    )


def attach(project: Project, log: Log, ref: ReportRef, person: str, name: str, data: bytes, today: date) -> LogEntry:
    """Store a scan of the stamped paper: PDF, JPEG or PNG by its content, 20 MB at most. Raises ReviewError."""
    _require_capacity(project, ref.code, person, today)
    found = next((found for start, found in _SCANS.items() if data.startswith(start)), None)
    if found is None:
        raise ReviewError("扫描件要是 PDF、JPG 或 PNG 文件；请重新扫描或另存")
    if len(data) > SCAN_BYTES:
        raise ReviewError(f"扫描件太大（{len(data) >> 20} MB），最多 {SCAN_BYTES >> 20} MB：请降低分辨率再扫")
    handed_in = {digest for one in _today(log, person) if one.kind == AttachedBody.KIND for digest in one.body.blobs}
    if log.blob_size(handed_in) + len(data) > SCAN_BYTES_A_DAY:
        raise ReviewError(
            f"今天放上来的扫描件已经不少，一个人一天最多 {SCAN_BYTES_A_DAY >> 20} MB：请明天再放，或者降低分辨率再扫"
        )
    kind, endings = found
    if wrong := personal_in_name(name):
        raise ReviewError(f"扫描件的文件名里像是有{wrong}：文件名一直留着，别人看得到，请改个名字再放")
    return log.append(
        ref.code, ref.year, person, AttachedBody(_scan_name(name, endings), kind, log.put_blob(data)), once=True
    )


def _refuse_more_words(log: Log, person: str) -> None:
    kinds = (CommentBody.KIND, AnswerBody.KIND, DecisionBody.KIND)
    if sum(one.kind in kinds for one in _today(log, person)) >= WORDS_A_DAY:
        raise ReviewError(f"今天写的批注、答复、说明已经有 {WORDS_A_DAY} 条，一个人一天最多这么多：请明天再写")


def _today(log: Log, person: str) -> list[LogEntry]:
    """What a person did today, about any report."""
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return log.entries_since(clock.stored(midnight), person)


def _scan_name(name: str, endings: tuple[str, ...]) -> str:
    """The file name without folders and invisible characters, with the ending of its content type.

    So a browser never saves a scan as a web page or a program.
    """
    last = "".join(filter(str.isprintable, name.replace("\\", "/").rpartition("/")[2]))[-100:].strip(" .")
    return last if last.casefold().endswith(endings) else (last or "扫描件") + endings[0]


def record_edit(
    log: Log,
    ref: ReportRef,
    person: str,
    bodies: Sequence[EditedBody | BroughtInBody],
    check: Callable[[], None],
    save: Callable[[], object],
) -> None:
    """Record in the log that a person changes files of the office's parameters, an entry for each, then change them by save.

    check raises if they cannot be saved, and then nothing is recorded; nothing is saved that cannot be recorded. If the
    process ends between the two, sending the form again saves them under the entries that are there. Raises what check and
    save raise, RecordsError.
    """
    with _SAVING:
        for body in bodies:
            log.append(ref.code, ref.year, person, body, guard=lambda _: check(), once=True)
        save()


_SAVING = Lock()
"""Held from an entry about parameters to their change, so that the two of one person are not parted by another's."""


# --- permissions ----------------------------------------------------------------------------------------------


def _require_capacity(project: Project, code: str, person: str, today: date) -> Capacity:
    found = next((c for c in capacities(project, code, today) if c.person == person), None)
    if found is None:
        raise ReviewError(f"{person}不是这个机关的经办人或审签人，只能看")
    return found


def _require_reader(project: Project, person: str, code: str) -> None:
    if not may_read(project, person, code):
        raise NotFoundError("没有这份报告，或者它不归您看")


def _require_reason(text: str) -> None:
    _require_visible(text)
    seen = sum(character.isprintable() and not character.isspace() for character in text)
    if seen < REASON_CHARACTERS.start or len(text.strip()) not in REASON_CHARACTERS:
        raise ReviewError(f"请写清楚：{REASON_CHARACTERS.start} 到 {REASON_CHARACTERS.stop - 1} 个字")


def _require_visible(text: str) -> None:
    if found := steering_character(text):
        raise ReviewError(f"里面有看不见的“{found}”：请删掉它，重新输入")


def _require_open(entries: Sequence[LogEntry], number: int) -> None:
    found = next((one for one in review_state(entries, None).comments if one.number == number), None)
    if found is None:
        raise ReviewError("没有这条批注")
    if found.closed_by:
        raise ReviewError("这条批注已经办结；还有意见，请另写一条")
