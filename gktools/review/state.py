"""Where a report stands: its signatures, verdicts, comments and publications, out of the entries of the log alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from .log import LogEntry
from .people import Step
from .seal import Seal, differing

Decision = Literal["explained", "dismissed", "overruled", "reopened"]
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
    finding: Mapping[str, Any]

    @property
    def found(self) -> str:
        """The value of the finding then."""
        return str(self.finding["found"])

    @property
    def expected(self) -> str:
        """What the value should have been then."""
        return str(self.finding["expected"])


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
    """One version that was published: of which seal, by whom and when; body holds its files and what was corrected."""

    version: int
    seal: str
    person: str
    at: str
    number: int
    body: Mapping[str, Any]


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
        if take := _TAKERS.get(entry.kind):
            found = take(found, entry)
    signatures = tuple(replace(one, void=_void(one, seal)) for one in found.signatures)
    return replace(found, signatures=signatures)


def last_seen(entries: Iterable[LogEntry], person: str) -> str | None:
    """Return the hash under which the report is kept that a person last looked at, signed or sent back."""
    seen = (entry.body["report"] for entry in entries if entry.person == person and "report" in entry.body)
    return next(iter(reversed(list(seen))), None)


def _void(signature: Signature, seal: Seal | None) -> str:
    """Why a signature counts no more: the files it was given for are not those that stand there."""
    if seal is None:
        return "签署的文件现在不全了"
    if signature.seal == seal.hash:
        return ""
    return f"签署以后变了：{'、'.join(differing(signature.files, seal.files))}"


# --- what each kind of entry adds ------------------------------------------------------------------------------


def _signed(state: ReviewState, entry: LogEntry) -> ReviewState:
    body = entry.body
    signature = Signature(
        Step(body["step"]),
        entry.person,
        body["on_behalf_of"],
        body["from_district"],
        entry.at,
        body["seal"],
        body["files"],
        body["report"],
        entry.number,
    )
    others = tuple(one for one in state.signatures if one.step != signature.step)
    replaced = tuple(one for one in state.signatures if one.step == signature.step)
    return replace(state, signatures=(*others, signature), withdrawn=(*state.withdrawn, *replaced), returned=None)


def _returned(state: ReviewState, entry: LogEntry) -> ReviewState:
    sent_back = Return(Step(entry.body["step"]), entry.person, entry.at, entry.body["reason"], entry.number)
    withdrawn = (*state.withdrawn, *state.signatures)
    return replace(state, signatures=(), withdrawn=withdrawn, returned=sent_back)


def _verdict(state: ReviewState, entry: LogEntry) -> ReviewState:
    finding = entry.body["finding"]
    mark = finding["fingerprint"]
    decision, reason = entry.body["decision"], entry.body["reason"]
    verdict = FindingDecision(mark, finding["code"], decision, reason, entry.person, entry.at, finding)
    kept = {key: value for key, value in state.verdicts.items() if key != mark}
    held = kept if decision == "reopened" else {**kept, mark: verdict}
    return replace(state, verdicts=held, judged=(*state.judged, verdict))


def _comment(state: ReviewState, entry: LogEntry) -> ReviewState:
    made = Comment(entry.number, entry.body["place"], entry.body["text"], entry.person, entry.at)
    return replace(state, comments=(*state.comments, made))


def _answer(state: ReviewState, entry: LogEntry) -> ReviewState:
    answer = CommentAnswer(entry.person, entry.at, entry.body["text"])
    return _with_comment(state, entry, lambda one: replace(one, answers=(*one.answers, answer)))


def _closed(state: ReviewState, entry: LogEntry) -> ReviewState:
    return _with_comment(state, entry, lambda one: replace(one, closed_by=entry.person))


def _with_comment(state: ReviewState, entry: LogEntry, change: Any) -> ReviewState:
    changed = (change(one) if one.number == entry.body["comment"] else one for one in state.comments)
    return replace(state, comments=tuple(changed))


def _attached(state: ReviewState, entry: LogEntry) -> ReviewState:
    body = entry.body
    added = Attachment(entry.number, body["name"], body["kind"], body["sha256"], entry.person, entry.at)
    return replace(state, attachments=(*state.attachments, added))


def _published(state: ReviewState, entry: LogEntry) -> ReviewState:
    number = len(state.versions) + 1
    added = Publication(number, entry.body["seal"], entry.person, entry.at, entry.number, entry.body)
    return replace(state, versions=(*state.versions, added))


_TAKERS = {
    "signed": _signed,
    "returned": _returned,
    "verdict": _verdict,
    "comment": _comment,
    "answer": _answer,
    "closed": _closed,
    "attached": _attached,
    "published": _published,
    "corrected": _published,
}
