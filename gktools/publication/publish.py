"""Publishing: signed reports pass the gate, are recorded in the log, and the site is built from the log.

The files are stored by hash first, then the log records the publication, then the site is built from the log. So the
site never contains a publication that the log does not, and the next publish adds what an interrupted one left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from ..errors import GktoolsError, ReviewError, steering_character
from ..findings import Finding, Severity
from ..registers.store.store import open_store
from ..review.entries import Accepted, Approval, Correction, Explained, KeyBody, PublishedBody
from ..review.log import Log, LogEntry
from ..review.seal import PUBLIC
from ..review.state import review_state
from ..workspace.output import hash_bytes
from ..workspace.project import Project
from .candidate import read_candidate
from .gate import Candidate, refused, run_gate
from .published_reports import PublishedReport, published_reports
from .releases import SiteVersion, install_release, lock_site, site_versions
from .signing import SigningKey, create_key, key_path, read_key
from .site import site_files

FOLDER = "site"
"""The default folder of the site in a working folder."""


@dataclass(frozen=True)
class PublishResult:
    """The result for one report: refused if a finding blocks it; version is the one published now (0 for none).

    A published report whose current files differ is uncorrected: its published version stays, and it is for correct.
    """

    code: str
    name: str
    status: Literal["published", "unchanged", "uncorrected", "refused"]
    findings: tuple[Finding, ...] = ()
    version: int = 0
    message: str = ""


@dataclass(frozen=True)
class PublishRequest:
    """A request to publish: person, day, site folder, fingerprints of accepted findings and the reason."""

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
    request: PublishRequest,
    on_progress: OnProgress = lambda _: None,
) -> tuple[list[PublishResult], bool]:
    """Publish the signed reports of some offices and build the site; return the results and whether the site changed.

    Raises GktoolsError if the key is missing, the log is damaged, or the site cannot be written.
    """
    keys = load_keys(project, log, request, year)
    results = []
    with open_store(project.home) as store:
        for code in codes:
            try:
                candidate = read_candidate(
                    project, log, store, project.report(code, year), request.today, accepted=request.accepted
                )
                result = _publish_one(log, candidate, keys, request)
            except GktoolsError as error:
                name = project.name(code, year)
                result = PublishResult(code, name, "refused", message=str(error))
            on_progress(result)
            results.append(result)
    return results, write_site(log, keys, request.folder)


class Keys:
    """The signing key, created at first use if there has never been one."""

    def __init__(self, home: Path, found: SigningKey | None) -> None:
        self._home, self.found = home, found

    @property
    def key(self) -> SigningKey:
        """The key, created now if there is none."""
        self.found = self.found or create_key(self._home)
        return self.found


def load_keys(project: Project, log: Log, request: PublishRequest, year: int) -> Keys:
    """Return the signing key, after checking the request and the log.

    Raises GktoolsError if the key is missing, the log is damaged, or the request's texts are missing or malformed.
    """
    if request.accepted and not request.reason.strip():
        raise GktoolsError("加了 --accept 的，要用 --reason 写明为什么可以公开")
    if found := steering_character(request.person + request.reason, lines=False):
        raise GktoolsError(f"--as、--reason 里有“{found}”，请写成一行，重新写")
    if broken := log.verify():
        raise ReviewError(f"审签记录不完整，没有发布：{broken[0]}。请先运行 gktools review verify，从备份恢复")
    if request.new_key:
        key = create_key(project.home, replace=True)
        log.append("", year, request.person, KeyBody(key.id))
        return Keys(project.home, key)
    bodies = (entry.body for entry in reversed(log.entries()))
    last = next((body.key for body in bodies if isinstance(body, PublishedBody | KeyBody)), "")
    return Keys(project.home, read_key(project.home, last))


def has_key(project: Project) -> bool:
    """Return whether the working folder has a signing key."""
    return key_path(project.home).exists()


def _publish_one(log: Log, candidate: Candidate, keys: Keys, request: PublishRequest) -> PublishResult:
    """Run the gate on a report and record its publication; a version already published is left unchanged."""
    office, versions = candidate.office, candidate.state.versions
    if candidate.state.published:
        return PublishResult(office.code, office.listed_name, "unchanged", version=len(versions))
    found = run_gate(candidate)
    if refused(found):
        status: Literal["uncorrected", "refused"] = "uncorrected" if versions else "refused"
        return PublishResult(office.code, office.listed_name, status, tuple(found), len(versions))
    record_publication(log, candidate, keys.key, request, found)
    return PublishResult(office.code, office.listed_name, "published", tuple(found), len(versions) + 1)


def record_publication(
    log: Log,
    candidate: Candidate,
    key: SigningKey,
    request: PublishRequest,
    findings: Sequence[Finding],
    correction: Correction | None = None,
) -> LogEntry:
    """Store the files of a report and record their publication, with a correction as a new version; return the entry."""
    files = {PUBLIC[name]: data for name, data in candidate.files.items() if name in PUBLIC}
    for data in files.values():
        log.put_blob(data)
    body = replace(_published_body(candidate, key, request, findings, files), correction=correction)
    seal, known = candidate.state.seal, len(candidate.state.versions)

    def guard(entries: Sequence[LogEntry]) -> None:
        now = review_state(entries, seal)
        if not now.approved:
            raise ReviewError("刚刚有人退回或改动了这份报告，没有发布")
        if len(now.versions) != known:
            raise ReviewError("别的人刚刚发布了这份报告，没有再发布一次")

    return log.append(candidate.office.code, candidate.year, request.person, body, guard=guard)


def _published_body(
    candidate: Candidate,
    key: SigningKey,
    request: PublishRequest,
    findings: Sequence[Finding],
    files: Mapping[str, bytes],
) -> PublishedBody:
    """The content of a publication entry: everything the site needs, and the findings and acceptances of the gate."""
    assert candidate.state.seal is not None
    assert candidate.report is not None
    accepted = sorted(request.accepted & {finding.fingerprint for finding in findings})
    signatures = candidate.state.valid
    return PublishedBody(
        seal=candidate.state.seal.hash,
        report=signatures[-1].report,
        files={name: hash_bytes(data) for name, data in files.items()},
        sizes={name: len(data) for name, data in files.items()},
        name=candidate.office.name,
        kind=candidate.office.kind.key,
        scope=candidate.office.scope,
        title=candidate.report.title,
        approved=tuple(Approval(one.step.label, one.person, one.on_behalf_of, one.at) for one in signatures),
        findings=tuple(Explained(f.code, f.message) for f in findings if f.severity == Severity.EXPLAIN),
        accepted=Accepted(tuple(accepted), request.reason),
        key=key.id,
    )


# --- the site -------------------------------------------------------------------------------------------------


def write_site(log: Log, keys: Keys, folder: Path) -> bool:
    """Build the site from the log; return whether anything changed. Writes nothing before the first publication.

    Raises GktoolsError if the site contains a publication that the log does not, or cannot be written.
    """
    with lock_site(folder):
        listed = published_reports(log.entries())
        _refuse_unknown(site_versions(folder), listed)
        return bool(listed) and install_release(folder, site_files(listed, log.get_blob, keys.key), log.get_blob)


def _refuse_unknown(held: Sequence[SiteVersion], listed: Sequence[PublishedReport]) -> None:
    """Raise if a site contains publications that are not in the log, as after restoring an older log."""
    known = {SiteVersion(one.code, one.year, own.version, own.seal) for one in listed for own in one.versions}
    if unknown := [one for one in held if one not in known]:
        code, year, version = unknown[0].code, unknown[0].year, unknown[0].version
        raise GktoolsError(
            f"网站上有审签记录里没有的发布（{code} {year} 年度第 {version} 版，共 {len(unknown)} 处），没有动网站："
            "审签记录多半是从较早的备份恢复的，请换一份较新的备份；或者 --out 写错了"
        )
