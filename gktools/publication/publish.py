"""Publishing: signed reports pass the gate, the log says so, and the site is made of the log.

First the files are kept by their hashes, then the log says that they are public, then the site is made of what the log
says. So the site never claims what the log does not know; and what the log knows and the site does not yet, the next
publish puts there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal
from unicodedata import category

from ..errors import GktoolsError, ReviewError
from ..findings import Finding, Severity
from ..registers.store.store import open_store
from ..review.entries import Accepted, Approval, Correction, Explained, KeyBody, PublishedBody
from ..review.log import Log, LogEntry
from ..review.state import review_state
from ..workspace.output import hash_bytes
from ..workspace.project import Project
from .candidate import read_candidate
from .gate import Candidate, refused, run_gate
from .issues import Issue, issues
from .releases import SiteVersion, locked, present, put
from .signing import SigningKey, key_path, make_key, read_key
from .site import PUBLIC, is_public, site_files

FOLDER = "site"
"""Where the site stands in a working folder, unless told otherwise."""


@dataclass(frozen=True)
class PublishResult:
    """What became of one report at the gate: a finding that blocks refused it; version is the one that is public now."""

    code: str
    name: str
    status: Literal["published", "unchanged", "refused"]
    findings: tuple[Finding, ...] = ()
    version: int = 0
    message: str = ""


@dataclass(frozen=True)
class PublishRequest:
    """Who publishes when and into which folder; what was looked into (fingerprints) and why it may be public."""

    person: str
    today: date
    folder: Path
    accepted: frozenset[str] = frozenset()
    reason: str = ""
    new_key: bool = False


OnProgress = Callable[[PublishResult], None]


def publish(
    project: Project,
    log: Log,
    year: int,
    codes: Sequence[str],
    act: PublishRequest,
    on_progress: OnProgress = lambda _: None,
) -> tuple[list[PublishResult], bool]:
    """Publish the signed reports of some offices and make the site; return what became of each, whether the site changed.

    Raises GktoolsError if the key is gone, the log is not whole, or the site cannot be written.
    """
    keys = ready(project, log, act, year)
    admissions = []
    with open_store(project.home) as store:
        for code in codes:
            try:
                candidate = read_candidate(
                    project, log, store, project.report(code, year), act.today, accepted=act.accepted
                )
                admission = _admit(log, candidate, keys, act)
            except GktoolsError as error:
                name = project.name(code, year)
                admission = PublishResult(code, name, "refused", message=str(error))
            on_progress(admission)
            admissions.append(admission)
    return admissions, write_site(log, keys, act.folder)


class Keys:
    """The key that signs, made when it is first needed and there never was one."""

    def __init__(self, home: Path, found: SigningKey | None) -> None:
        self._home, self.found = home, found

    @property
    def key(self) -> SigningKey:
        """The key; made now if there is none."""
        self.found = self.found or make_key(self._home)
        return self.found


def ready(project: Project, log: Log, act: PublishRequest, year: int) -> Keys:
    """Return the key that signs. Raises GktoolsError if it is gone, the log is broken, or what is given is no text."""
    if act.accepted and not act.reason.strip():
        raise GktoolsError("加了 --accept 的，要用 --reason 写明为什么可以公开")
    if not (is_text(act.person) and is_text(act.reason)):
        raise GktoolsError("--as、--reason 里有换行、控制字符或者不是 UTF-8 的字，请重新写")
    if broken := log.verify():
        raise ReviewError(f"审签记录不完整，没有发布：{broken[0]}。请先运行 gktools review verify，从备份恢复")
    if act.new_key:
        key = make_key(project.home, anew=True)
        log.append("", year, act.person, KeyBody(key.id))
        return Keys(project.home, key)
    bodies = (entry.body for entry in reversed(log.entries()))
    last = next((body.key for body in bodies if isinstance(body, PublishedBody | KeyBody)), "")
    return Keys(project.home, read_key(project.home, last))


def is_text(given: str) -> bool:
    """Whether a line can stand in the log, on a page and in a feed: no control characters, no half of a character."""
    return not any(category(sign) in ("Cc", "Cs", "Zl", "Zp") or sign in "\ufffe\uffff" for sign in given)


def has_key(project: Project) -> bool:
    """Whether the working folder has a key to sign sites with."""
    return key_path(project.home).exists()


def _admit(log: Log, candidate: Candidate, keys: Keys, act: PublishRequest) -> PublishResult:
    """Let a report through the gate and note in the log that it is public; one that is public already stays as it is."""
    office, versions = candidate.office, candidate.standing.versions
    if is_public(candidate.standing):
        return PublishResult(office.code, office.listed_name, "unchanged", version=len(versions))
    found = run_gate(candidate)
    if refused(found):
        return PublishResult(office.code, office.listed_name, "refused", tuple(found), len(versions))
    record(log, candidate, keys.key, act, found)
    return PublishResult(office.code, office.listed_name, "published", tuple(found), len(versions) + 1)


def record(
    log: Log,
    candidate: Candidate,
    key: SigningKey,
    act: PublishRequest,
    findings: Sequence[Finding],
    correction: Correction | None = None,
) -> LogEntry:
    """Keep the files of a report and note in the log that they are public; with a correction, as its next version."""
    files = {PUBLIC[name]: data for name, data in candidate.files.items() if name in PUBLIC}
    for data in files.values():
        log.put_blob(data)
    body = replace(_body(candidate, key, act, findings, files), correction=correction)
    seal, known = candidate.standing.seal, len(candidate.standing.versions)

    def guard(entries: Sequence[LogEntry]) -> None:
        now = review_state(entries, seal)
        if not now.approved:
            raise ReviewError("刚刚有人退回或改动了这份报告，没有发布")
        if len(now.versions) != known:
            raise ReviewError("别的人刚刚发布了这份报告，没有再发布一次")

    return log.append(candidate.office.code, candidate.year, act.person, body, guard=guard)


def _body(
    candidate: Candidate, key: SigningKey, act: PublishRequest, findings: Sequence[Finding], files: Mapping[str, bytes]
) -> PublishedBody:
    """All that the site needs to know of a version, and why it went through the gate."""
    assert candidate.standing.seal is not None
    assert candidate.report is not None
    accepted = sorted(act.accepted & {finding.fingerprint for finding in findings})
    signatures = candidate.standing.valid
    return PublishedBody(
        seal=candidate.standing.seal.hash,
        report=signatures[-1].report,
        files={name: hash_bytes(data) for name, data in files.items()},
        sizes={name: len(data) for name, data in files.items()},
        name=candidate.office.name,
        kind=candidate.office.kind.key,
        scope=candidate.office.scope,
        title=candidate.report.title,
        approved=tuple(Approval(one.step.label, one.person, one.on_behalf_of, one.at) for one in signatures),
        findings=tuple(Explained(f.code, f.message) for f in findings if f.severity == Severity.EXPLAIN),
        accepted=Accepted(tuple(accepted), act.reason),
        key=key.id,
    )


# --- the site -------------------------------------------------------------------------------------------------


def write_site(log: Log, keys: Keys, folder: Path) -> bool:
    """Let the site be what the log says; return whether anything changed. Nothing is written while nothing is public.

    Raises GktoolsError if the site tells of a publication that the log does not know, or cannot be written.
    """
    with locked(folder):
        listed = issues(log.entries())
        _refuse_unknown(present(folder), listed)
        return bool(listed) and put(folder, site_files(listed, log.get_blob, keys.key), log.get_blob)


def _refuse_unknown(held: Sequence[SiteVersion], listed: Sequence[Issue]) -> None:
    """Raise if a site tells of publications that are not in the log: an older log must not take them back."""
    known = {SiteVersion(one.code, one.year, own.version, own.seal) for one in listed for own in one.versions}
    if unknown := [one for one in held if one not in known]:
        code, year, version = unknown[0].code, unknown[0].year, unknown[0].version
        raise GktoolsError(
            f"网站上有审签记录里没有的发布（{code} {year} 年度第 {version} 版，共 {len(unknown)} 处），没有动网站："
            "审签记录多半是从较早的备份恢复的，请换一份较新的备份；或者 --out 写错了"
        )
