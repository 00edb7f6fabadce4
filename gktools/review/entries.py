"""What an entry of the review log says, one frozen class a kind of entry.

Every class names its kind and turns into the JSON object that the log stores and hashes, and back. An entry written
by an older version may lack a member: the field then has its default. A kind that this version does not know reads
as OtherBody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Literal, Self

from ..findings import Finding
from ..workspace.offices import Scope
from .people import Step

Decision = Literal["explained", "dismissed", "overruled", "reopened"]


@dataclass(frozen=True)
class EntryBody:
    """What an entry says; the base of all kinds."""

    KIND: ClassVar[str] = ""

    @property
    def entry_kind(self) -> str:
        """The kind of the entry."""
        return self.KIND

    @property
    def seen_report(self) -> str:
        """The SHA-256 of the report.json that the person had before them; empty where the entry is about none."""
        return ""

    @property
    def blobs(self) -> tuple[str, ...]:
        """The SHA-256 of everything that the log stores for this entry."""
        return (self.seen_report,) if self.seen_report else ()

    def to_json(self) -> dict[str, Any]:
        """The body as the log stores it."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The body that to_json wrote."""
        known = {one.name: data[one.name] for one in fields(cls) if one.name in data}
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in known.items()})


@dataclass(frozen=True)
class LookedBody(EntryBody):
    """A person has looked at a report: the SHA-256 of its report.json."""

    KIND = "looked"
    report: str = ""

    @property
    def seen_report(self) -> str:
        """The report looked at."""
        return self.report


@dataclass(frozen=True)
class SignedBody(EntryBody):
    """A step signed: in which capacity, over which files, in what state of the findings, after which changes.

    seal is the hash of files (SHA-256 by name). open counts the open findings by severity, verdicts are the decisions
    in force by fingerprint. since is the report that the person saw last, changes counts what differed from it.
    """

    KIND = "signed"
    step: Step
    on_behalf_of: str
    from_district: bool
    seal: str
    files: Mapping[str, str]
    report: str
    open: Mapping[str, int] = field(default_factory=dict)
    verdicts: Mapping[str, str] = field(default_factory=dict)
    since: str | None = None
    changes: Mapping[str, int] | None = None

    @property
    def seen_report(self) -> str:
        """The report signed."""
        return self.report

    def to_json(self) -> dict[str, Any]:
        """The body as the log stores it."""
        return {
            "step": self.step.value,
            "on_behalf_of": self.on_behalf_of,
            "from_district": self.from_district,
            "seal": self.seal,
            "files": dict(self.files),
            "report": self.report,
            "findings": {"open": self.open, "verdicts": self.verdicts},
            "difference": {"since": self.since, "counts": self.changes},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SignedBody:
        """The body that to_json wrote."""
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
        )


@dataclass(frozen=True)
class ReturnedBody(EntryBody):
    """A report sent back: at which step, why, and the report.json that it was then."""

    KIND = "returned"
    step: Step
    reason: str
    report: str = ""

    @property
    def seen_report(self) -> str:
        """The report sent back."""
        return self.report

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReturnedBody:
        """The body that to_json wrote."""
        return cls(Step(data["step"]), data["reason"], data.get("report", ""))


@dataclass(frozen=True)
class VerdictBody(EntryBody):
    """A decision about a finding, which is quoted in full as report.json carries it, and why."""

    KIND = "verdict"
    finding: Finding
    decision: Decision
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The body as the log stores it."""
        return {"finding": self.finding.to_json(), "decision": self.decision, "reason": self.reason}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> VerdictBody:
        """The body that to_json wrote."""
        return cls(Finding.from_json(data["finding"]), data["decision"], data["reason"])


@dataclass(frozen=True)
class CommentBody(EntryBody):
    """A remark on a cell ("requests:row key:column key") or a paragraph ("problems:2")."""

    KIND = "comment"
    place: str
    text: str


@dataclass(frozen=True)
class AnswerBody(EntryBody):
    """An answer to a comment: the number of the entry it answers."""

    KIND = "answer"
    comment: int
    text: str


@dataclass(frozen=True)
class ClosedBody(EntryBody):
    """A comment closed: the number of its entry."""

    KIND = "closed"
    comment: int


@dataclass(frozen=True)
class AttachedBody(EntryBody):
    """A scan of the stamped paper: its file name, its media type and its SHA-256."""

    KIND = "attached"
    name: str
    kind: str
    sha256: str

    @property
    def blobs(self) -> tuple[str, ...]:
        """The scan."""
        return (self.sha256,)


@dataclass(frozen=True)
class EditedBody(EntryBody):
    """Parameters of the office changed, by the names of their fields in the form."""

    KIND = "edited"
    fields: tuple[str, ...]


@dataclass(frozen=True)
class KeyBody(EntryBody):
    """A new key that signs sites from then on, by its id."""

    KIND = "key"
    key: str


@dataclass(frozen=True)
class Approval:
    """A signature as a publication states it: the step as staff read it, by whom, for whom, when."""

    step: str
    person: str
    on_behalf_of: str
    at: str


@dataclass(frozen=True)
class Explained:
    """A finding of the gate that a report was published with: the code of its rule, and its message."""

    code: str
    message: str


@dataclass(frozen=True)
class Accepted:
    """Findings of the gate that a person looked into, by fingerprint, and why the report may be public."""

    fingerprints: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Dependent:
    """A report that rests on one that was corrected: whose, of which year, why, and whether it is public itself."""

    code: str
    name: str
    year: int
    why: str
    public: bool

    def to_json(self) -> dict[str, Any]:
        """Return it as the log entry of a correction holds it."""
        return {"office": self.code, "name": self.name, "year": self.year, "why": self.why, "public": self.public}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Dependent:
        """Return what to_json wrote."""
        return cls(data["office"], data["name"], data["year"], data["why"], data["public"])

    def __str__(self) -> str:
        what = "已经公开，要核对；数变了的，也要更正" if self.public else "已经做好，要重做"
        return f"{self.name} {self.year} 年度报告（{self.why}）：{what}"


@dataclass(frozen=True)
class Correction:
    """Why a public report was corrected, what was changed, as sentences, and which reports rest on it."""

    reason: str
    changes: tuple[str, ...] = ()
    dependents: tuple[Dependent, ...] = ()


@dataclass(frozen=True)
class PublishedBody(EntryBody):
    """A version that is public: all that the site needs to know of it, and why it went through the gate.

    files are the SHA-256 and sizes the bytes of its files by their names on the site; name, kind and scope are the
    office's, key is the id of the key that signs. With a correction it is the next version of a public report.
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
    def entry_kind(self) -> str:
        """The kind of the entry: published, or corrected."""
        return "corrected" if self.correction else self.KIND

    @property
    def seen_report(self) -> str:
        """The report that was signed."""
        return self.report

    @property
    def blobs(self) -> tuple[str, ...]:
        """The report and the files that are public."""
        return (*super().blobs, *self.files.values())

    def to_json(self) -> dict[str, Any]:
        """The body as the log stores it."""
        found = asdict(self)
        if self.correction:
            found["correction"]["dependents"] = [one.to_json() for one in self.correction.dependents]
        return found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PublishedBody:
        """The body that to_json wrote."""
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
    """What an entry says whose kind this version does not know."""

    data: Mapping[str, Any]

    @property
    def seen_report(self) -> str:
        """The report that the entry names, as those of all kinds do."""
        return str(self.data.get("report", ""))

    def to_json(self) -> dict[str, Any]:
        """The body as the log stores it."""
        return dict(self.data)


_BODIES: tuple[type[EntryBody], ...] = (
    *(LookedBody, SignedBody, ReturnedBody, VerdictBody, CommentBody, AnswerBody, ClosedBody, AttachedBody),
    *(EditedBody, PublishedBody, KeyBody),
)
_BY_KIND = {body.KIND: body for body in _BODIES} | {"corrected": PublishedBody}


def read_body(kind: str, data: Mapping[str, Any]) -> EntryBody:
    """Return what the stored JSON of an entry of a kind says. Raises KeyError, TypeError or ValueError if it is none."""
    return _BY_KIND[kind].from_json(data) if kind in _BY_KIND else OtherBody(data)
