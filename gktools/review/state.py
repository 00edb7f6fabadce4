"""Where a report stands: its signatures, verdicts, comments and publications, out of the entries of the log alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from ..findings import Finding
from .entries import (
    AnswerBody,
    AttachedBody,
    ClosedBody,
    CommentBody,
    Decision,
    PublishedBody,
    ReturnedBody,
    SignedBody,
    VerdictBody,
)
from .log import LogEntry
from .people import Step
from .seal import Seal, differing

Stage = Literal["absent", "handler", "deputy", "head", "approved", "published"]
STAGES: Mapping[str, str] = {
    "absent": "还没有做好",
    **{step.value: f"待{step.label}" for step in Step},
    "approved": "已审批，待公开",
    "published": "已公开",
}


@dataclass(frozen=True)
class Signature:
    """One step signed: by whom, for whom, when, over which files; void says why it counts no more, empty if it counts."""

    step: Step
    person: str
    on_behalf_of: str
    from_district: bool
    at: str
    seal: str
    files: Mapping[str, str]
    report: str
    number: int
    void: str = ""


@dataclass(frozen=True)
class Return:
    """A report sent back: at which step, by whom, when and why."""

    step: Step
    person: str
    at: str
    reason: str
    number: int


@dataclass(frozen=True)
class FindingDecision:
    """What a person decided about a finding, which it quotes whole, and why."""

    fingerprint: str
    code: str
    decision: Decision
    reason: str
    person: str
    at: str
    finding: Finding

    @property
    def found(self) -> str:
        """The value of the finding then."""
        return self.finding.found

    @property
    def expected(self) -> str:
        """What the value should have been then."""
        return self.finding.expected


@dataclass(frozen=True)
class CommentAnswer:
    """What was said to a comment."""

    person: str
    at: str
    text: str


@dataclass(frozen=True)
class Comment:
    """A remark on a cell or a paragraph, its answers, and who closed it."""

    number: int
    place: str
    text: str
    person: str
    at: str
    answers: tuple[CommentAnswer, ...] = ()
    closed_by: str = ""


@dataclass(frozen=True)
class Attachment:
    """A scan of the stamped paper: its name, kind and SHA-256, by which the log keeps it."""

    number: int
    name: str
    kind: str
    sha256: str
    person: str
    at: str


@dataclass(frozen=True)
class Publication:
    """One version that was published: of which seal, by whom and when; body is the entry's own, with its files and what was corrected."""

    version: int
    seal: str
    person: str
    at: str
    number: int
    body: PublishedBody


@dataclass(frozen=True)
class ReviewState:
    """All that has come of the entries of one report, with its files as they are now."""

    seal: Seal | None
    signatures: tuple[Signature, ...] = ()
    withdrawn: tuple[Signature, ...] = ()
    returned: Return | None = None
    verdicts: Mapping[str, FindingDecision] = field(default_factory=dict)
    judged: tuple[FindingDecision, ...] = ()
    comments: tuple[Comment, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    versions: tuple[Publication, ...] = ()

    @cached_property
    def valid(self) -> tuple[Signature, ...]:
        """The signatures that count, in the order of the steps."""
        signed = {signature.step: signature for signature in self.signatures if not signature.void}
        found = []
        for step in Step:
            if step not in signed:
                break
            found.append(signed[step])
        return tuple(found)

    @property
    def turn(self) -> Step | None:
        """The step that comes next; None when all have signed."""
        return next((step for step in Step if step not in {signature.step for signature in self.valid}), None)

    @property
    def approved(self) -> bool:
        """Whether all three have signed the files as they are now."""
        return self.seal is not None and self.turn is None

    @property
    def published(self) -> bool:
        """Whether the files as they are now are the version that was published last."""
        return bool(self.seal and self.versions and self.versions[-1].seal == self.seal.hash)

    @property
    def stage(self) -> Stage:
        """How far the report has come, a key of STAGES."""
        if self.seal is None:
            return "absent"
        if self.published:
            return "published"
        return "approved" if self.turn is None else self.turn.value


def review_state(entries: Iterable[LogEntry], seal: Seal | None) -> ReviewState:
    """Return where a report stands, from its entries in their order and the seal of its files as they are."""
    found = ReviewState(seal)
    for entry in entries:
        found = _after(found, entry)
    signatures = tuple(replace(one, void=_void(one, seal)) for one in found.signatures)
    return replace(found, signatures=signatures)


def last_seen(entries: Iterable[LogEntry], person: str) -> str | None:
    """Return the hash under which the report is kept that a person last looked at, signed or sent back."""
    seen = [entry.body.seen_report for entry in entries if entry.person == person and entry.body.seen_report]
    return seen[-1] if seen else None


def _void(signature: Signature, seal: Seal | None) -> str:
    """Why a signature counts no more: the files it was given for are not those that stand there."""
    if seal is None:
        return "签署的文件现在不全了"
    if signature.seal == seal.hash:
        return ""
    return f"签署以后变了：{'、'.join(differing(signature.files, seal.files))}"


# --- what each kind of entry adds ------------------------------------------------------------------------------


def _after(state: ReviewState, entry: LogEntry) -> ReviewState:
    match entry.body:
        case SignedBody() as body:
            return _signed(state, entry, body)
        case ReturnedBody() as body:
            sent_back = Return(body.step, entry.person, entry.at, body.reason, entry.number)
            withdrawn = (*state.withdrawn, *state.signatures)
            return replace(state, signatures=(), withdrawn=withdrawn, returned=sent_back)
        case VerdictBody() as body:
            return _verdict(state, entry, body)
        case CommentBody() as body:
            made = Comment(entry.number, body.place, body.text, entry.person, entry.at)
            return replace(state, comments=(*state.comments, made))
        case AnswerBody() as body:
            answer = CommentAnswer(entry.person, entry.at, body.text)
            return _with_comment(state, body.comment, lambda one: replace(one, answers=(*one.answers, answer)))
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
    )
    others = tuple(one for one in state.signatures if one.step != signature.step)
    replaced = tuple(one for one in state.signatures if one.step == signature.step)
    return replace(state, signatures=(*others, signature), withdrawn=(*state.withdrawn, *replaced), returned=None)


def _verdict(state: ReviewState, entry: LogEntry, body: VerdictBody) -> ReviewState:
    finding, mark = body.finding, body.finding.fingerprint
    verdict = FindingDecision(mark, finding.code, body.decision, body.reason, entry.person, entry.at, finding)
    kept = {key: value for key, value in state.verdicts.items() if key != mark}
    held = kept if body.decision == "reopened" else {**kept, mark: verdict}
    return replace(state, verdicts=held, judged=(*state.judged, verdict))


def _with_comment(state: ReviewState, number: int, change: Callable[[Comment], Comment]) -> ReviewState:
    return replace(state, comments=tuple(change(one) if one.number == number else one for one in state.comments))
