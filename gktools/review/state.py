"""The review state of a report: signatures, decisions, comments and publications, computed from the log entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from ..errors import ReviewError
from ..findings import Finding
from ..workspace.output import REPORT_FILE
from .entries import (
    AnswerBody,
    AttachedBody,
    ClosedBody,
    CommentBody,
    Decision,
    DecisionBody,
    PassedBody,
    PublishedBody,
    ReturnedBody,
    SignedBody,
)
from .log import UNREADABLE, LogEntry
from .people import Step
from .seal import Seal

Stage = Literal["absent", "files", "handler", "deputy", "head", "approved", "published"]
STAGES: Mapping[str, str] = {
    "absent": "报告做好了，要公开的文件还没有备齐",
    "files": "签过的文件要重新备齐",
    **{step.value: f"待{step.label}" for step in Step},
    "approved": "已审批，待公开",
    "published": "已公开",
}


@dataclass(frozen=True)
class Signature:
    """A signature of one step: signer, on whose behalf, time, files; void is why it is no longer valid, else empty.

    decisions are the decisions about findings in force when it was given, comments the open comments passed on by then.
    manifest is the SHA-256 of the report's manifest.json, imported the hash of the office's last import, reset the time at
    which somebody else had set the signer's password, if nothing signed since was public yet, makers the hash of what
    made the documents and source that of the notebook they were made from, if it had them made (SignedBody).
    """

    step: Step
    person: str
    on_behalf_of: str
    from_district: bool
    at: str
    seal: str
    files: Mapping[str, str]
    report: str
    number: int
    decisions: tuple[FindingDecision, ...] = ()
    comments: tuple[Comment, ...] = ()
    manifest: str = ""
    reset: str = ""
    imported: str = ""
    makers: str = ""
    source: str = ""
    void: str = ""

    @property
    def signed_by(self) -> str:
        """The signer, with on whose behalf or that the district appointed them, as a message names them."""
        behalf = f"代{self.on_behalf_of}" if self.on_behalf_of else ""
        return f"{self.person}{behalf}{'（区里代行）' if self.from_district else ''}"


@dataclass(frozen=True)
class Return:
    """A return of the report to the handler: step, person, time and reason."""

    step: Step
    person: str
    at: str
    reason: str
    number: int


@dataclass(frozen=True)
class FindingDecision:
    """A person's decision about a finding, with the complete finding and the reason."""

    fingerprint: str
    code: str
    decision: Decision
    reason: str
    person: str
    at: str
    finding: Finding

    @property
    def found(self) -> str:
        """The found value at the time of the decision."""
        return self.finding.found

    @property
    def expected(self) -> str:
        """The expected value at the time of the decision."""
        return self.finding.expected


@dataclass(frozen=True)
class CommentAnswer:
    """An answer to a comment."""

    person: str
    at: str
    text: str


@dataclass(frozen=True)
class Comment:
    """A comment on a cell or a paragraph, its answers, to whom it was passed on, and who closed it."""

    number: int
    place: str
    text: str
    person: str
    at: str
    answers: tuple[CommentAnswer, ...] = ()
    passed_to: str = ""
    closed_by: str = ""

    @property
    def answered(self) -> bool:
        """Whether it is closed, or somebody else than its author had the last word."""
        return bool(self.closed_by or (self.answers and self.answers[-1].person != self.person))

    def waits_for(self, person: str) -> bool:
        """Return whether a person has to see to it before signing: it is not answered, nor passed on to another."""
        return not self.answered and self.passed_to in ("", person)


@dataclass(frozen=True)
class Attachment:
    """A scan of the stamped paper: its name, media type and SHA-256, under which the log stores it."""

    number: int
    name: str
    kind: str
    sha256: str
    person: str
    at: str


@dataclass(frozen=True)
class Publication:
    """One published version: its number, seal, person and time; body is the log entry's content with files and correction."""

    version: int
    seal: str
    person: str
    at: str
    number: int
    body: PublishedBody


@dataclass(frozen=True)
class ReviewState:
    """The review state of one report: the result of its log entries and its current files.

    files is the seal of the current files, which may lack some; None if they were not looked at.
    """

    files: Seal | None
    signatures: tuple[Signature, ...] = ()
    withdrawn: tuple[Signature, ...] = ()
    returned: Return | None = None
    decisions: Mapping[str, FindingDecision] = field(default_factory=dict)
    all_decisions: tuple[FindingDecision, ...] = ()
    comments: tuple[Comment, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    versions: tuple[Publication, ...] = ()

    @property
    def seal(self) -> Seal | None:
        """The seal of the current files; None while one of them is missing."""
        return self.files if self.files and not self.files.missing else None

    @cached_property
    def valid(self) -> tuple[Signature, ...]:
        """The valid signatures, in the order of the steps.

        They stand while signed files are missing, and count again as soon as the same files are made again. Of two by one
        person the later step does not count.
        """
        signed = {signature.step: signature for signature in self.signatures if not signature.void}
        found: list[Signature] = []
        for step in Step:
            if step not in signed or signed[step].person in {one.person for one in found}:
                break
            found.append(signed[step])
        return tuple(found)

    @property
    def turn(self) -> Step | None:
        """The next step to sign; None when all are signed."""
        return next((step for step in Step if step not in {signature.step for signature in self.valid}), None)

    @property
    def approved(self) -> bool:
        """Whether all three steps are signed for the current files."""
        return self.seal is not None and self.turn is None

    @property
    def published(self) -> bool:
        """Whether the current files, as far as they are published, are those of the version published last."""
        return bool(self.seal and self.versions and self.seal.is_published(self.versions[-1].body.files))

    @property
    def stage(self) -> Stage:
        """The stage of the report, a key of STAGES."""
        if self.seal is None:
            return "files" if self.valid else "absent"
        if self.published:
            return "published"
        return "approved" if self.turn is None else self.turn.value


def review_state(entries: Iterable[LogEntry], files: Seal | None) -> ReviewState:
    """Return the review state of a report from its entries in order and the seal of its current files.

    Raises ReviewError if an entry has a content that gktools never writes.
    """
    found = ReviewState(files)
    try:
        for entry in entries:
            found = _after(found, entry)
        signatures = tuple(replace(one, void=_void(one, files)) for one in found.signatures)
    except (TypeError, ValueError, KeyError, AttributeError):
        raise ReviewError(UNREADABLE) from None
    return replace(found, signatures=signatures)


def last_seen(entries: Iterable[LogEntry], person: str) -> str | None:
    """Return the blob hash of the report that a person last viewed, signed or returned; None if there is none."""
    seen = [entry.body.seen_report for entry in entries if entry.person == person and entry.body.seen_report]
    return seen[-1] if seen else None


def _void(signature: Signature, files: Seal | None) -> str:
    """Why a signature is no longer valid: a current file differs from the signed one; empty if it stands.

    A signed file that is missing has to be made again, by the same program or a newer one: only then is known whether
    it is the same.
    """
    if files is None or REPORT_FILE not in files.files:
        return "签署的报告现在没有了"
    changed = [name for name in files.differing(signature.files) if name not in files.missing]
    return f"签署以后变了：{'、'.join(changed)}" if changed else ""


# --- the effect of each kind of entry --------------------------------------------------------------------------


def _after(state: ReviewState, entry: LogEntry) -> ReviewState:
    match entry.body:
        case SignedBody() as body:
            return _signed(state, entry, body)
        case ReturnedBody() as body:
            sent_back = Return(body.step, entry.person, entry.at, body.reason, entry.number)
            withdrawn = (*state.withdrawn, *state.signatures)
            return replace(state, signatures=(), withdrawn=withdrawn, returned=sent_back)
        case DecisionBody() as body:
            return _decided(state, entry, body)
        case CommentBody() as body:
            comment = Comment(entry.number, body.place, body.text, entry.person, entry.at)
            return replace(state, comments=(*state.comments, comment))
        case AnswerBody() as body:
            answer = CommentAnswer(entry.person, entry.at, body.text)
            return _with_comment(state, body.comment, lambda one: replace(one, answers=(*one.answers, answer)))
        case PassedBody(comment=number, to=to):
            return _with_comment(state, number, lambda one: replace(one, passed_to=to))
        case ClosedBody() as body:
            return _with_comment(state, body.comment, lambda one: replace(one, closed_by=entry.person))
        case AttachedBody() as body:
            added = Attachment(entry.number, body.name, body.kind, body.sha256, entry.person, entry.at)
            return replace(state, attachments=(*state.attachments, added))
        case PublishedBody() as body:
            version = Publication(len(state.versions) + 1, body.seal, entry.person, entry.at, entry.number, body)
            return replace(state, versions=(*state.versions, version))
    return state


def _signed(state: ReviewState, entry: LogEntry, body: SignedBody) -> ReviewState:
    signature = Signature(
        body.step,
        entry.person,
        body.on_behalf_of,
        body.from_district,
        entry.at,
        body.seal,
        body.files,
        body.report,
        entry.number,
        _in_force(state.all_decisions, body.decisions),
        tuple(one for one in state.comments if one.number in body.comments),
        body.manifest,
        body.reset,
        body.imported,
        body.makers,
        body.source,
    )
    others = tuple(one for one in state.signatures if one.step != signature.step)
    replaced = tuple(one for one in state.signatures if one.step == signature.step)
    return replace(state, signatures=(*others, signature), withdrawn=(*state.withdrawn, *replaced), returned=None)


def _in_force(all_decisions: Iterable[FindingDecision], known: Mapping[str, str]) -> tuple[FindingDecision, ...]:
    """The last decision about each of the findings, by fingerprint."""
    last = {one.fingerprint: one for one in all_decisions}
    return tuple(last[mark] for mark in known if mark in last)


def _decided(state: ReviewState, entry: LogEntry, body: DecisionBody) -> ReviewState:
    finding, mark = body.finding, body.finding.fingerprint
    decision = FindingDecision(mark, finding.code, body.decision, body.reason, entry.person, entry.at, finding)
    others = {key: value for key, value in state.decisions.items() if key != mark}
    decisions = others if body.decision == "reopened" else {**others, mark: decision}
    return replace(state, decisions=decisions, all_decisions=(*state.all_decisions, decision))


def _with_comment(state: ReviewState, number: int, change: Callable[[Comment], Comment]) -> ReviewState:
    return replace(state, comments=tuple(change(one) if one.number == number else one for one in state.comments))
