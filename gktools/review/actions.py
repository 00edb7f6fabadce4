"""What people do to a report under review: each checks whether it may be done, then adds one entry to the log."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ..build.freshness import changed_inputs, input_names
from ..errors import GktoolsError, NotFoundError, ReviewError
from ..findings import Severity
from ..inputs.members import REPORT_FILE
from ..report.queries.difference import Difference, difference
from ..workspace.output import OUTPUT, altered_files, read_made, read_manifest
from ..workspace.project import Project
from .log import LogEntry, Log
from .people import Capacity, Step, capacities, capacity, may_read
from .seal import Seal, make_published_files, read_seal
from .state import Decision, ReviewState, last_seen, review_state
from .decisions import Judged, counts, judged, open_blocks

REASON_CHARACTERS = range(2, 1001)
SCAN_BYTES = 20 << 20
_SCANS = {
    b"%PDF-": ("application/pdf", (".pdf",)),
    b"\xff\xd8\xff": ("image/jpeg", (".jpg", ".jpeg")),
    b"\x89PNG\r\n\x1a\n": ("image/png", (".png",)),
}
_PROGRAM = {"gktools", "notebook", "libraries"}
"""Inputs of a report whose change is no reason to refuse a signature: the figures are the same until it is made anew."""


# --- what is looked at ----------------------------------------------------------------------------------------


def read_report(home: Path, code: str, year: int) -> bytes:
    """Return report.json of a report that stands whole. Raises ReviewError: there is none, or which files are others."""
    folder = home / OUTPUT / str(year) / code
    manifest = read_manifest(home, code, year, verify=False)
    if manifest is None:
        raise ReviewError("报告还没有做好：请先做报告")
    if changed := altered_files(folder, manifest, manifest["outputs"]):
        what = f"做好的文件被改动过，或者不见了：{'、'.join(changed)}"
        raise ReviewError(f"{what}。请重做报告；做出来和签过的一样，签字仍然有效，不一样的要重新签")
    return read_made(folder / REPORT_FILE)


def stands(project: Project, log: Log, code: str, year: int) -> ReviewState:
    """Return where a report stands now: from the log, and from its files as they are."""
    return review_state(log.entries(year, code), read_seal(project.home, code, year))


def since_last_look(log: Log, code: str, year: int, person: str, report: Mapping[str, Any]) -> Difference | None:
    """Return what differs since a person last looked, signed or sent back; None if it is the first time."""
    seen = last_seen(log.entries(year, code), person)
    return None if seen is None else difference(json.loads(log.get_blob(seen)), report)


def mark_viewed(project: Project, log: Log, code: str, year: int, person: str) -> LogEntry | None:
    """Keep the report as this person has seen it; None if it is the one last seen."""
    _require_reader(project, person, code)
    digest = log.put_blob(read_report(project.home, code, year))
    if last_seen(log.entries(year, code), person) == digest:
        return None
    return log.append(code, year, person, "looked", {"report": digest})


# --- signatures -----------------------------------------------------------------------------------------------


def sign(project: Project, log: Log, code: str, year: int, person: str, step: Step, seen: str, today: date) -> LogEntry:
    """Sign a step over the files as they stand; seen is the hash of the seal that the person was shown.

    Raises ReviewError: not this person, not yet, no longer what was shown, something that blocks is open, or the
    records and parameters have changed since the report was made.
    """
    by = capacity(project, code, person, step, today)
    if by is None:
        raise ReviewError(f"{person}不能签“{step.label}”这一步；谁签哪一步，见 params/offices.yaml 里这个机关的 people")
    if step == Step.HANDLER:  # what was exported is what the report says, whoever had the files in hand since
        make_published_files(project, code, year, again=True)
    content = read_report(project.home, code, year)
    seal = _seal_as_seen(project.home, code, year, seen)
    _refuse_outdated(project, code, year)
    report = json.loads(content)
    body = _signed_body(log, by, seal, report, log.put_blob(content), code, year)

    def guard(entries: Sequence[LogEntry]) -> None:
        now = review_state(entries, seal)
        _refuse_turn(now, by)
        _refuse_open(judged(report["findings"], now))

    return log.append(code, year, person, "signed", body, guard=guard)


def return_report(project: Project, log: Log, code: str, year: int, person: str, reason: str, today: date) -> LogEntry:
    """Send a report back with a reason: all signatures are taken off, and the handler begins again.

    Raises ReviewError.
    """
    by = _require_capacity(project, code, person, today)
    _require_reason(reason)
    body = {"step": by.step.value, "reason": reason, "report": log.put_blob(read_report(project.home, code, year))}
    seal = read_seal(project.home, code, year)

    def guard(entries: Sequence[LogEntry]) -> None:
        now = review_state(entries, seal)
        if not now.signatures:
            raise ReviewError("还没有人签过，不用退回；有意见请写批注")
        if now.published:
            raise ReviewError("这一版已经公开，不能退回；要改，请用 gktools correct 更正")

    return log.append(code, year, person, "returned", body, guard=guard)


def _seal_as_seen(home: Path, code: str, year: int, seen: str) -> Seal:
    seal = read_seal(home, code, year)
    if seal is None:
        raise ReviewError("要公开的文件还没有做全：请先在报告页上做文件，看过再签")
    if seal.hash != seen:
        raise ReviewError("您看过之后报告变了，没有签：请看看变了什么，再签")
    return seal


def _refuse_outdated(project: Project, code: str, year: int) -> None:
    manifest = read_manifest(project.home, code, year)
    assert manifest is not None
    try:
        changed = [name for name in changed_inputs(project, code, year, manifest["inputs"]) if name not in _PROGRAM]
    except GktoolsError as error:
        raise ReviewError(f"没有签：参数或台账现在有错：{error}") from None
    if changed:
        what = "、".join(input_names(project, changed))
        raise ReviewError(f"没有签：报告做好以后，{what}变了。请先重做（gktools build），看过再签")


def _refuse_turn(now: ReviewState, by: Capacity) -> None:
    if any(signature.person == by.person for signature in now.valid):
        raise ReviewError(f"{by.person}已经在这份报告上签过一步；三步要由三个不同的人签")
    if now.turn is None:
        raise ReviewError("三步都已签过，不用再签")
    if now.turn != by.step:
        raise ReviewError(f"现在轮到“{now.turn.label}”，还不到“{by.step.label}”")


def _refuse_open(findings: list[Judged]) -> None:
    if blocks := open_blocks(findings):
        first = blocks[0].finding["message"]
        raise ReviewError(f"还有 {len(blocks)} 处“不得发布”没有解决，不能签。第一处：{first}")


def _signed_body(
    log: Log, by: Capacity, seal: Seal, report: Mapping[str, Any], kept: str, code: str, year: int
) -> dict[str, Any]:
    """All that a signature holds, but who and when: step, files, state of the findings, the difference shown."""
    entries = log.entries(year, code)
    seen = last_seen(entries, by.person)
    shown = None if seen is None else difference(json.loads(log.get_blob(seen)), report).summary
    findings = judged(report["findings"], review_state(entries, seal))
    verdicts = {one.finding["fingerprint"]: one.verdict.decision for one in findings if one.verdict}
    return {
        "step": by.step.value,
        "on_behalf_of": by.on_behalf_of,
        "from_district": by.from_district,
        "seal": seal.hash,
        "files": dict(seal.files),
        "report": kept,
        "findings": {"open": counts(findings), "verdicts": verdicts},
        "difference": {"since": seen, "counts": shown},
    }


# --- findings, comments, scans --------------------------------------------------------------------------------


def decide_finding(
    project: Project,
    log: Log,
    code: str,
    year: int,
    person: str,
    fingerprint: str,
    decision: Decision,
    reason: str,
    today: date,
) -> LogEntry:
    """Explain, dismiss, overrule or reopen a finding of the report as it stands, with a reason.

    What blocks can only be overruled, by the head. Raises ReviewError.
    """
    mine = {c.step for c in capacities(project, code, today) if c.person == person}
    _require_capacity(project, code, person, today)
    _require_reason(reason)
    findings = json.loads(read_report(project.home, code, year))["findings"]
    finding = next((one for one in findings if one["fingerprint"] == fingerprint), None)
    if finding is None:
        raise ReviewError("这一处问题已经没有了，或者数变了：请看新的报告")
    blocks = finding["severity"] == Severity.BLOCK
    if decision == "overruled" and not (blocks and Step.HEAD in mine):
        raise ReviewError("只有主要领导可以决定照发，而且只用于“不得发布”的问题")
    if blocks and decision not in ("overruled", "reopened"):
        raise ReviewError("“不得发布”的问题不能用说明放过：请改正，或由主要领导写明理由决定照发")
    return log.append(code, year, person, "verdict", {"finding": finding, "decision": decision, "reason": reason})


def comment(project: Project, log: Log, code: str, year: int, person: str, place: str, text: str) -> LogEntry:
    """Remark on a cell ("requests:row key:column key") or a paragraph ("problems:2"). Raises ReviewError."""
    _require_reader(project, person, code)
    _require_reason(text)
    return log.append(code, year, person, "comment", {"place": place[:200], "text": text})


def answer(project: Project, log: Log, code: str, year: int, person: str, number: int, text: str) -> LogEntry:
    """Answer a comment that is open. Raises ReviewError."""
    _require_reader(project, person, code)
    _require_reason(text)
    body = {"comment": number, "text": text}
    return log.append(code, year, person, "answer", body, guard=lambda entries: _require_open(entries, number))


def close(project: Project, log: Log, code: str, year: int, person: str, number: int) -> LogEntry:
    """Close a comment. Raises ReviewError."""
    _require_reader(project, person, code)
    body = {"comment": number}
    return log.append(code, year, person, "closed", body, guard=lambda entries: _require_open(entries, number))


def attach(project: Project, log: Log, code: str, year: int, person: str, name: str, data: bytes, today: date) -> LogEntry:
    """Keep a scan of the stamped paper: PDF, JPEG or PNG by its content, 20 MB at most. Raises ReviewError."""
    _require_capacity(project, code, person, today)
    found = next((found for start, found in _SCANS.items() if data.startswith(start)), None)
    if found is None:
        raise ReviewError("扫描件要是 PDF、JPG 或 PNG 文件；请重新扫描或另存")
    if len(data) > SCAN_BYTES:
        raise ReviewError(f"扫描件太大（{len(data) >> 20} MB），最多 {SCAN_BYTES >> 20} MB：请降低分辨率再扫")
    kind, endings = found
    body = {"name": _scan_name(name, endings), "kind": kind, "sha256": log.put_blob(data)}
    return log.append(code, year, person, "attached", body)


def _scan_name(name: str, endings: tuple[str, ...]) -> str:
    """A name without folders and unseen characters that ends as its content does: no scan is saved as a page or program."""
    last = "".join(filter(str.isprintable, name.replace("\\", "/").rpartition("/")[2]))[-100:].strip(" .")
    return last if last.casefold().endswith(endings) else (last or "扫描件") + endings[0]


def edited(log: Log, code: str, year: int, person: str, fields: Sequence[str]) -> LogEntry:
    """Note that a person changed fields of the office's parameters, by their names."""
    return log.append(code, year, person, "edited", {"fields": list(fields)})


# --- who may --------------------------------------------------------------------------------------------------


def _require_capacity(project: Project, code: str, person: str, today: date) -> Capacity:
    found = next((c for c in capacities(project, code, today) if c.person == person), None)
    if found is None:
        raise ReviewError(f"{person}不是这个机关的经办人或审签人，只能看")
    return found


def _require_reader(project: Project, person: str, code: str) -> None:
    if not may_read(project, person, code):
        raise NotFoundError("没有这份报告，或者它不归您看")


def _require_reason(text: str) -> None:
    seen = sum(character.isprintable() and not character.isspace() for character in text)
    if seen < REASON_CHARACTERS.start or len(text.strip()) not in REASON_CHARACTERS:
        raise ReviewError(f"请写清楚：{REASON_CHARACTERS.start} 到 {REASON_CHARACTERS.stop - 1} 个字")


def _require_open(entries: Sequence[LogEntry], number: int) -> None:
    found = next((one for one in review_state(entries, None).comments if one.number == number), None)
    if found is None:
        raise ReviewError("没有这条批注")
    if found.closed_by:
        raise ReviewError("这条批注已经办结；还有意见，请另写一条")
