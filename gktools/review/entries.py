"""The contents of the entries of the review log, one frozen class for each kind of entry.

Every class has a kind and converts to the JSON object that the log stores and hashes, and back. A member missing from
an entry of an older version gets its default. An entry of an unknown kind is read as OtherBody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Literal, Self

from ..findings import Finding
from ..registers.store.journal import RESTORED
from ..workspace.offices import Scope
from .people import Step

UserAct = Literal["added", "removed", "password", "own_password", "locked", "unlocked", "accepted"]
Decision = Literal["explained", "dismissed", "overruled", "reopened"]


@dataclass(frozen=True)
class EntryBody:
    """The content of a log entry; the base class of all kinds."""

    KIND: ClassVar[str] = ""
    OWN_WORDS: ClassVar[tuple[str, ...]] = ("reason", "text", "place")
    """The fields in which a person writes what they like."""
    SPARSE: ClassVar[bool] = False
    """Whether the log stores only the fields that have a value."""

    @property
    def own_words(self) -> tuple[str, ...]:
        """What the person wrote in their own words."""
        return tuple(getattr(self, one.name) for one in fields(self) if one.name in self.OWN_WORDS)

    @property
    def entry_kind(self) -> str:
        """The kind of the entry."""
        return self.KIND

    @property
    def seen_report(self) -> str:
        """The SHA-256 of the report.json that the person was shown; empty if the entry refers to none."""
        return ""

    @property
    def blobs(self) -> tuple[str, ...]:
        """The SHA-256 of every blob that the log stores for this entry."""
        return (self.seen_report,) if self.seen_report else ()

    def to_json(self) -> dict[str, Any]:
        """Return the body as the log stores it."""
        stored = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in stored.items() if value or not self.SPARSE}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the body from the output of to_json."""
        known = {one.name: data[one.name] for one in fields(cls) if one.name in data}
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in known.items()})


@dataclass(frozen=True)
class ViewedBody(EntryBody):
    """A report viewed by a person: the SHA-256 of its report.json."""

    KIND = "looked"
    report: str = ""

    @property
    def seen_report(self) -> str:
        """The report that was viewed."""
        return self.report


@dataclass(frozen=True)
class SignedBody(EntryBody):
    """A signature: its step and capacity, the signed files, the state of the findings, the changes shown.

    seal is the hash of files (their hashes by name). open counts the open findings by severity, decisions are the valid
    decisions by fingerprint, comments the numbers of the open comments that had been passed on. since is the report that
    the person viewed before, changes counts the differences from it. manifest is the hash of the report's manifest.json,
    people are the names that the office book had for each step, imported is the hash of the office's last import
    (Store.last_import_hash), reset is the time at which somebody else had set the signer's password, if nothing signed
    since was public yet. algorithm is that of the hashes; "" is SHA-256. makers is the hash of what made the documents
    (build.export.document_makers), of the signature that had them made, and source that of the notebook they were made
    from, unless somebody who writes into the working folder may have had a say in their fonts.
    """

    KIND = "signed"
    step: Step
    on_behalf_of: str
    from_district: bool
    seal: str
    files: Mapping[str, str]
    report: str
    open: Mapping[str, int] = field(default_factory=dict)
    decisions: Mapping[str, str] = field(default_factory=dict)
    since: str | None = None
    changes: Mapping[str, int] | None = None
    comments: tuple[int, ...] = ()
    manifest: str = ""
    people: Mapping[str, Sequence[str]] = field(default_factory=dict)
    reset: str = ""
    imported: str = ""
    algorithm: str = ""
    makers: str = ""
    source: str = ""

    @property
    def seen_report(self) -> str:
        """The signed report."""
        return self.report

    @property
    def blobs(self) -> tuple[str, ...]:
        """The signed report and its manifest."""
        return (*super().blobs, *([self.manifest] if self.manifest else []))

    def to_json(self) -> dict[str, Any]:
        """Return the body as the log stores it."""
        return {
            "step": self.step.value,
            "on_behalf_of": self.on_behalf_of,
            "from_district": self.from_district,
            "seal": self.seal,
            "files": dict(self.files),
            "report": self.report,
            "findings": {"open": self.open, "verdicts": self.decisions},
            "difference": {"since": self.since, "counts": self.changes},
            **({"comments": list(self.comments)} if self.comments else {}),
            **({"manifest": self.manifest} if self.manifest else {}),
            **({"people": {step: list(names) for step, names in self.people.items()}} if self.people else {}),
            **({"reset": self.reset} if self.reset else {}),
            **({"imported": self.imported} if self.imported else {}),
            **({"algorithm": self.algorithm} if self.algorithm else {}),
            **({"makers": self.makers} if self.makers else {}),
            **({"source": self.source} if self.source else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SignedBody:
        """Return the body from the output of to_json."""
        findings, difference = data.get("findings", {}), data.get("difference", {})
        return cls(
            Step(data["step"]),
            data["on_behalf_of"],
            data["from_district"],
            data["seal"],
            data["files"],
            data["report"],
            findings.get("open", {}),
            findings.get("verdicts", {}),
            difference.get("since"),
            difference.get("counts"),
            tuple(data.get("comments", ())),
            data.get("manifest", ""),
            data.get("people", {}),
            data.get("reset", ""),
            data.get("imported", ""),
            data.get("algorithm", ""),
            data.get("makers", ""),
            data.get("source", ""),
        )


@dataclass(frozen=True)
class ReturnedBody(EntryBody):
    """A report returned to the handler: the step, the reason, and the SHA-256 of its report.json if they had opened it."""

    KIND = "returned"
    step: Step
    reason: str
    report: str = ""

    @property
    def seen_report(self) -> str:
        """The returned report."""
        return self.report

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReturnedBody:
        """Return the body from the output of to_json."""
        return cls(Step(data["step"]), data["reason"], data.get("report", ""))


@dataclass(frozen=True)
class DecisionBody(EntryBody):
    """A decision about a finding, with the complete finding of report.json and the reason."""

    KIND = "verdict"
    finding: Finding
    decision: Decision
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return the body as the log stores it."""
        return {"finding": self.finding.to_json(), "decision": self.decision, "reason": self.reason}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DecisionBody:
        """Return the body from the output of to_json."""
        return cls(Finding.from_json(data["finding"]), data["decision"], data["reason"])


@dataclass(frozen=True)
class CommentBody(EntryBody):
    """A comment on a cell ("requests:row key:column key") or a paragraph ("problems:2")."""

    KIND = "comment"
    place: str
    text: str


@dataclass(frozen=True)
class AnswerBody(EntryBody):
    """An answer to a comment, identified by the number of its log entry."""

    KIND = "answer"
    comment: int
    text: str


@dataclass(frozen=True)
class PassedBody(EntryBody):
    """An open comment, identified by the number of its log entry, passed on to a person by name."""

    KIND = "passed"
    comment: int
    to: str


@dataclass(frozen=True)
class ClosedBody(EntryBody):
    """The closing of a comment, identified by the number of its log entry."""

    KIND = "closed"
    comment: int


@dataclass(frozen=True)
class AttachedBody(EntryBody):
    """A scan of the stamped paper: its file name, its media type and its SHA-256."""

    KIND = "attached"
    OWN_WORDS = ("name",)
    name: str
    kind: str
    sha256: str

    @property
    def blobs(self) -> tuple[str, ...]:
        """The scan."""
        return (self.sha256,)


@dataclass(frozen=True)
class EditedBody(EntryBody):
    """A change of the office's parameters: the changed form fields, and the hash of the file it makes ("" by an older gktools)."""

    KIND, SPARSE = "edited", True
    fields: tuple[str, ...]
    file: str = ""


@dataclass(frozen=True)
class KeyBody(EntryBody):
    """The id of a new key that signs the site from then on.

    previous is the id of the key before, endorsement its signature of the new id, with its public key (PEM); both are
    empty if that key was lost: reason says how, "" in an entry of an older gktools.
    """

    KIND, SPARSE = "key", True
    key: str
    previous: str = ""
    endorsement: str = ""
    public: str = ""
    reason: str = ""

    @property
    def unendorsed(self) -> bool:
        """Whether another key signed the site before, which has not signed for this one."""
        return bool(self.previous) and not self.endorsement


@dataclass(frozen=True)
class NotebookBody(EntryBody):
    """A master notebook approved by the technician: the SHA-256 of its code, and why it differs from the shipped one."""

    KIND = "notebook"
    notebook: str
    reason: str


@dataclass(frozen=True)
class UserBody(EntryBody):
    """What was done to a user of the review server, by the technician or (own_password) by the user.

    marked says that their row has carried a keyed hash since; an older gktools wrote none. prepared is the hash of the
    password that was prepared before the entry; empty for another act. reason is the technician's, if they gave one, hub the
    login in JupyterHub with which a user was added.
    """

    KIND, SPARSE = "user", True
    user: str
    act: UserAct
    marked: bool = False
    prepared: str = ""
    reason: str = ""
    hub: str = ""


@dataclass(frozen=True)
class SubmissionDestroyedBody(EntryBody):
    """Registers that a person handed in, destroyed before they were imported: when it was handed in, and how many files it had."""

    KIND = "submission"
    handed_in: str
    files: int


@dataclass(frozen=True)
class ImportedBody(EntryBody):
    """Registers that were imported, or an import that was undone; which import was the last, every entry says.

    handlers are those that the office book named then, by the code of each office that was changed, where they alone might:
    in the pages. names are all names that the book had then for each office that a file was imported for.
    """

    KIND = "imported"
    handlers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the body as the log stores it."""
        said = {"handlers": self.handlers, "names": self.names}
        return {key: {code: list(of) for code, of in listed.items()} for key, listed in said.items() if listed}


@dataclass(frozen=True)
class RestoredBody(EntryBody):
    """The registers replaced by those of a backup: the name of the file, why, and what of the log was added or taken back ("+4-9")."""

    KIND, SPARSE = RESTORED, True
    file: str
    reason: str = ""
    log: str = ""


@dataclass(frozen=True)
class BroughtInBody(EntryBody):
    """Figures of a published report that a person brought in: of which office and year, why, and the hash of the file."""

    KIND = "brought-in"
    office: str
    year: int
    reason: str
    file: str


@dataclass(frozen=True)
class LossBody(EntryBody):
    """A log that is no longer the one that was left, gone on with by a person: what was found, and why it was accepted."""

    KIND = "loss"
    found: str
    reason: str


@dataclass(frozen=True)
class Approval:
    """A signature as published: the label of the step, the signer, on whose behalf, and the time."""

    step: str
    person: str
    on_behalf_of: str
    at: str


@dataclass(frozen=True)
class Explained:
    """A finding of the gate that did not prevent publication: the code of its rule, and its message."""

    code: str
    message: str


@dataclass(frozen=True)
class Accepted:
    """Findings of the gate that a person examined and accepted, by fingerprint, and the reason."""

    fingerprints: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Dependent:
    """A report that uses figures of a corrected one: office, year, reason, and whether it is published itself."""

    code: str
    name: str
    year: int
    why: str
    public: bool

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that the log entry of a correction contains."""
        return {"office": self.code, "name": self.name, "year": self.year, "why": self.why, "public": self.public}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Dependent:
        """Return the value from the output of to_json."""
        return cls(data["office"], data["name"], data["year"], data["why"], data["public"])

    def __str__(self) -> str:
        what = "已经公开，要核对；数变了的，也要更正" if self.public else "已经做好，要重做"
        return f"{self.name} {self.year} 年度报告（{self.why}）：{what}"


@dataclass(frozen=True)
class Correction:
    """A correction of a published report: the reason, the changes as sentences, and the reports that depend on it."""

    reason: str
    changes: tuple[str, ...] = ()
    dependents: tuple[Dependent, ...] = ()


@dataclass(frozen=True)
class PublishedBody(EntryBody):
    """A published version: everything the site needs about it, and the findings and acceptances of the gate.

    files are the SHA-256 and sizes the lengths in bytes of its files by their names on the site; name, kind and scope
    are the office's, key is the id of the signing key. A version with a correction replaces a published one.
    """

    KIND = "published"
    seal: str
    report: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    name: str = ""
    kind: str = ""
    scope: Scope = ""
    title: str = ""
    approved: tuple[Approval, ...] = ()
    findings: tuple[Explained, ...] = ()
    accepted: Accepted = Accepted()
    key: str = ""
    correction: Correction | None = None

    @property
    def own_words(self) -> tuple[str, ...]:
        """The reasons for what was accepted and for the correction."""
        return (self.accepted.reason, *([self.correction.reason] if self.correction else []))

    @property
    def entry_kind(self) -> str:
        """The kind of the entry: published, or corrected."""
        return "corrected" if self.correction else self.KIND

    @property
    def seen_report(self) -> str:
        """The report that was signed."""
        return self.report

    @property
    def blobs(self) -> tuple[str, ...]:
        """The report and the published files."""
        return (*super().blobs, *self.files.values())

    def to_json(self) -> dict[str, Any]:
        """Return the body as the log stores it."""
        found = asdict(self)
        if self.correction:
            found["correction"]["dependents"] = [one.to_json() for one in self.correction.dependents]
        return found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PublishedBody:
        """Return the body from the output of to_json."""
        accepted, correction = data.get("accepted", {}), data.get("correction")
        lists = {
            "approved": tuple(Approval(**one) for one in data.get("approved", ())),
            "findings": tuple(Explained(**one) for one in data.get("findings", ())),
            "accepted": Accepted(tuple(accepted.get("fingerprints", ())), accepted.get("reason", "")),
            "correction": correction
            and Correction(
                correction["reason"],
                tuple(correction["changes"]),
                tuple(Dependent.from_json(one) for one in correction["dependents"]),
            ),
        }
        return super().from_json({"seal": "", **data, **lists})


@dataclass(frozen=True)
class OtherBody(EntryBody):
    """The content of an entry of a kind that this version does not know."""

    data: Mapping[str, Any]

    @property
    def seen_report(self) -> str:
        """The report that the entry refers to, under the same member as in all other kinds."""
        return str(self.data.get("report", ""))

    def to_json(self) -> dict[str, Any]:
        """Return the body as the log stores it."""
        return dict(self.data)


_BODIES: tuple[type[EntryBody], ...] = (
    *(ViewedBody, SignedBody, ReturnedBody, DecisionBody, CommentBody, AnswerBody, PassedBody, ClosedBody),
    *(AttachedBody, EditedBody, PublishedBody, KeyBody, NotebookBody, UserBody, LossBody, ImportedBody),
    *(SubmissionDestroyedBody, BroughtInBody, RestoredBody),
)
_BY_KIND = {body.KIND: body for body in _BODIES} | {"corrected": PublishedBody}


def read_body(kind: str, data: Mapping[str, Any]) -> EntryBody:
    """Return the content of an entry from its kind and stored JSON.

    Raises KeyError, TypeError or ValueError if the JSON is not of that kind.
    """
    return _BY_KIND[kind].from_json(data) if kind in _BY_KIND else OtherBody(data)
