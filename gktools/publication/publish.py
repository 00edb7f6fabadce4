"""Publishing: signed reports pass the gate, are recorded in the log, and the site is built from the log.

The files are stored by hash first, then the log records the publication, then the site is built from the log. So the
site never contains a publication that the log does not, and the next publish adds what an interrupted one left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from ..build.pool import Pool
from ..build.reproduce import Rebuilt, SignedReport, rebuild_signed
from ..build.staleness import input_marks, stale_inputs
from ..errors import GktoolsError, ReviewError, steering_character
from ..findings import Finding, Severity
from ..registers.store.opening import open_store
from ..review.decisions import with_decisions
from ..review.entries import (
    Accepted,
    Approval,
    Correction,
    Explained,
    KeyBody,
    PublishedBody,
    SubmissionDestroyedBody,
    ViewedBody,
)
from ..review.log import Log, LogEntry, ReadGuard
from ..review.seal import PUBLIC
from ..review.state import review_state
from ..workspace import clock
from ..workspace.files import read_regular
from ..workspace.output import ReportRef, hash_bytes
from ..workspace.project import Project, open_project
from ..workspace.seals import file_hashes
from .candidate import Sources, read_candidate
from .gate import Candidate, check_rebuilt, refused, run_gate
from .log_marks import LogMark, read_mark
from .published_reports import PublishedReport, published_reports
from .releases import CURRENT, install_release, lock_site
from .signing import SigningKey, create_key, key_path, read_key
from .site import ENVELOPE, site_files
from .site_verification import SiteVersion, read_signed

REASON_CHARACTERS = range(4, 501)
FOLDER = "site"
"""The default folder of the site in a working folder."""


@dataclass(frozen=True)
class PublishResult:
    """The result for one report: refused if a finding blocks it; version is the one published now (0 for none).

    A published report whose current files differ, or that would come out differently by now, is uncorrected: its
    published version stays, and it is for correct.
    """

    code: str
    name: str
    status: Literal["published", "unchanged", "uncorrected", "refused"]
    findings: tuple[Finding, ...] = ()
    version: int = 0
    message: str = ""


@dataclass(frozen=True)
class PublishRequest:
    """A request to publish: person, day, site folder, fingerprints of accepted findings and the reason for them.

    The reason stays in the log; correction is that of a correction, which is published.
    """

    person: str
    today: date
    folder: Path
    accepted: frozenset[str] = frozenset()
    reason: str = ""
    new_key: bool = False
    correction: str = ""


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
    keys = load_keys(project, log, request, year, codes)
    results = []
    with open_store(project.home) as store, Pool() as pool:
        own: list[int] = []
        for start in range(0, len(codes), _AT_ONCE):
            some, sources = codes[start : start + _AT_ONCE], Sources.of(project, store, log)
            judged: list[PublishResult | _Admitted] = []
            rebuilt = build_again(_admitted(sources, some, year, request, judged), pool)
            for code, one in zip(some, judged, strict=True):
                try:
                    result = _published(log, one, rebuilt, keys, request, own)
                except _MeanwhileError:  # in a district somebody always does something: judged again, alone
                    again = _judge(Sources.of(project, store, log), code, year, request)
                    built = build_again([again.candidate] if isinstance(again, _Admitted) else [], pool)
                    result = _published(log, again, built, keys, request, own, again=True)
                on_progress(result)
                results.append(result)
    return results, write_site(log, keys, request.folder)


_AT_ONCE = 32
"""How many reports are held in memory, and built again, at a time."""


@dataclass(frozen=True)
class _Admitted:
    """A candidate that passed the gate, with its findings."""

    candidate: Candidate
    findings: tuple[Finding, ...]


def _admitted(
    sources: Sources, codes: Iterable[str], year: int, request: PublishRequest, judged: list[PublishResult | _Admitted]
) -> Iterator[Candidate]:
    """Judge reports one after the other, while those before are built again; yield the candidates, put everything into judged."""
    for code in codes:
        judged.append(one := _judge(sources, code, year, request))
        if isinstance(one, _Admitted):
            yield one.candidate


def _judge(sources: Sources, code: str, year: int, request: PublishRequest) -> PublishResult | _Admitted:
    """Read a report and run the gate on it; one that cannot be read is refused alone."""
    project = sources.project
    try:
        candidate = read_candidate(sources, project.report(code, year), request.today, accepted=request.accepted)
        office, versions = candidate.office, len(candidate.state.versions)
        if candidate.state.published and not candidate.outdated:
            return PublishResult(code, office.listed_name, "unchanged", version=versions)
        found = tuple(run_gate(candidate))
    except GktoolsError as error:
        return PublishResult(code, project.name(code, year), "refused", message=str(error))
    if refused(found):
        return PublishResult(code, office.listed_name, "uncorrected" if versions else "refused", found, versions)
    return _Admitted(candidate, found)


def build_again(candidates: Iterable[Candidate], pool: Pool) -> Mapping[ReportRef, Rebuilt]:
    """Return how the signed reports of candidates compare with themselves built again from what was signed."""
    signed = (
        SignedReport.of(one.ref, one.manifest, one.state.seal.files, one.source)
        for one in candidates
        if one.manifest and one.state.seal
    )
    return rebuild_signed(signed, pool)


class Keys:
    """The signing key, created at first use if there has never been one."""

    def __init__(self, home: Path, found: SigningKey | None) -> None:
        self._home, self.found = home, found

    @property
    def key(self) -> SigningKey:
        """The key, created now if there is none."""
        self.found = self.found or create_key(self._home)
        return self.found


def load_keys(project: Project, log: Log, request: PublishRequest, year: int, codes: Sequence[str]) -> Keys:
    """Return the signing key, after checking the request, the log and the registers of the offices.

    Raises GktoolsError if the key is missing, the log or a register is damaged, or the request's texts are missing or malformed.
    """
    if request.accepted and not request.reason.strip():
        option = "--accept-reason" if request.correction else "--reason"
        raise GktoolsError(f"加了 --accept 的，要用 {option} 写明为什么可以公开；留在审签记录里，不公布")
    if sign := steering_character(request.person + request.reason + request.correction, lines=False):
        raise GktoolsError(f"--as、--reason 里有“{sign}”，请写成一行，重新写")
    if broken := log.verify(contents=False):
        raise ReviewError(f"审签记录不完整，没有发布：{broken[0]}。请先运行 gktools review verify，从备份恢复")
    with open_store(project.home) as store:
        if broken := store.audit(codes[0] if len(codes) == 1 else None):
            raise ReviewError(f"台账库不是导入时的样子，没有发布：{broken[0]}。请先运行 gktools records audit")
    entries = log.verified()
    bodies = (entry.body for entry in reversed(entries))
    last = next((body.key for body in bodies if isinstance(body, PublishedBody | KeyBody)), "")
    found = _read_lost_key(project.home, last) if request.new_key else read_key(project.home, last)
    _refuse_other_log(request.folder, entries, found)
    _require_public_files(log, request.folder, entries)
    if not request.new_key:
        return Keys(project.home, found)
    reason = request.reason.strip()
    if last and found is None and len(reason) not in REASON_CHARACTERS:
        raise GktoolsError(
            "原来的网站密钥读不到，新的没有它的签名：用 --reason 写明它是怎么丢的、怎么查的，4 到 500 个字；记在审签记录里"
        )
    key = create_key(project.home, replace=True)
    endorsed = (found.endorse(key.id), found.public.decode()) if found else ("", "")
    log.append("", year, request.person, KeyBody(key.id, last, *endorsed, reason=reason))
    return Keys(project.home, key)


def _read_lost_key(home: Path, last: str) -> SigningKey | None:
    """Return the key that is being replaced, to endorse the new one; None if it is really lost."""
    try:
        return read_key(home, last)
    except GktoolsError:
        return None


def _refuse_other_log(folder: Path, entries: Sequence[LogEntry], key: SigningKey | None) -> None:
    """Raise GktoolsError if the site in a folder marks an entry that the log no longer has, or is none of ours.

    Before its signature is looked at: a log of before the first publication does not know the key of its own site.
    """
    try:
        mark = read_mark(folder / CURRENT / ENVELOPE)
    except GktoolsError:
        mark = None
    if wrong := mark.errors(entries) if mark else []:
        raise ReviewError(
            f"审签记录不是网站公布时的那一份，没有发布：{wrong[0]}。台账库多半换回了较早的备份，或者有人动过："
            f"请放回最新的台账库，运行 gktools review verify --known {folder.name}/{CURRENT}/{ENVELOPE} 看；"
            "网站不要移走，它记着公布时写到哪一条；--out 写错了的，换一个"
        )
    read_signed(folder, site_keys(entries, key))


def _require_public_files(log: Log, folder: Path, entries: Sequence[LogEntry]) -> None:
    """Raise ReviewError if a public file, which every site is made of, is not kept whole; the site itself brings it back.

    What else is lost stops only the report that needs it.
    """
    for one in published_reports(entries):
        for version in one.versions:
            for name, digest in version.body.files.items():
                try:
                    log.get_blob(digest)
                except GktoolsError as error:
                    path = f"{one.folder}/{version.version}/{name}"
                    data = _read_public(folder / CURRENT / path)
                    if digest not in file_hashes(data):
                        raise ReviewError(f"网站上的 {path} 写不出来，没有发布：{error}") from None
                    log.put_blob(data, digest)


def _read_public(path: Path) -> bytes:
    try:
        return read_regular(path)
    except OSError:
        return b""


def site_keys(entries: Iterable[LogEntry], key: SigningKey | None) -> set[str]:
    """Return the ids of the keys that may have signed our site: every one that the log names, and the present one."""
    named = {entry.body.key for entry in entries if isinstance(entry.body, PublishedBody | KeyBody)}
    return named | ({key.id} if key else set())


def has_key(project: Project) -> bool:
    """Return whether the working folder has a signing key."""
    return key_path(project.home).exists()


def _published(
    log: Log,
    admitted: PublishResult | _Admitted,
    rebuilt: Mapping[ReportRef, Rebuilt],
    keys: Keys,
    request: PublishRequest,
    own: list[int],
    *,
    again: bool = False,
) -> PublishResult:
    """Record the publication of a report that passed the gate, unless it was built again differently; note it in own.

    Raises _MeanwhileError if it has to be judged again, unless it was.
    """
    if isinstance(admitted, PublishResult):
        return admitted
    candidate, office = admitted.candidate, admitted.candidate.office
    found = (*admitted.findings, *check_rebuilt(candidate, rebuilt.get(candidate.ref)))
    versions = len(candidate.state.versions)
    if refused(found):
        return PublishResult(office.code, office.listed_name, "refused", found, versions)
    try:
        own.append(record_publication(log, candidate, keys.key, request, found, own=own).number)
    except GktoolsError as error:
        if isinstance(error, _MeanwhileError) and not again:
            raise
        return PublishResult(office.code, office.listed_name, "refused", message=str(error))
    return PublishResult(office.code, office.listed_name, "published", found, versions + 1)


def record_publication(
    log: Log,
    candidate: Candidate,
    key: SigningKey,
    request: PublishRequest,
    findings: Sequence[Finding],
    correction: Correction | None = None,
    own: Collection[int] = (),
) -> LogEntry:
    """Store the files of a report and record their publication, with a correction as a new version; return the entry.

    own are the numbers of the entries that this run has recorded. Raises ReviewError if the report would differ now, or
    since it was judged anybody else recorded what it may be judged by, or this run published one of its name.
    """
    project = open_project(candidate.ref.home)
    with open_store(project.home) as store:
        same = candidate.marks == input_marks(project, store, candidate.office, candidate.year)
    if not same and (changed := stale_inputs(project, candidate.ref, audited=True)):
        raise ReviewError(f"刚刚{'、'.join(changed)}变了，没有发布：请在审签页上备齐文件（会重做报告），看过再签")
    files = {PUBLIC[name]: data for name, data in candidate.files.items() if name in PUBLIC}
    for data in files.values():
        log.put_blob(data)
    body = replace(_published_body(candidate, key, request, findings, files), correction=correction)
    seal, known = candidate.state.seal, len(candidate.state.versions)

    def guard(entries: Sequence[LogEntry]) -> None:
        now = review_state(entries, seal)
        signed = [one.number for one in candidate.state.valid]
        if not now.approved or [one.number for one in now.valid] != signed:
            raise ReviewError("刚刚有人退回、重签或改动了这份报告，没有发布：请再发布一次")
        if any(one.open for one in with_decisions([one.finding for one in candidate.findings], now)):
            raise ReviewError("刚刚有人把已经处理的问题又打开了，没有发布：请处理好再发布")
        if len(now.versions) != known:
            raise ReviewError("别的人刚刚发布了这份报告，没有再发布一次")

    def meanwhile(entries: Sequence[LogEntry]) -> None:
        judged_by = (
            one
            for one in entries
            if (_is_namesake(one, candidate) if one.number in own else _is_judged_by(one, candidate.ref))
        )
        if new := next(judged_by, None):
            raise _MeanwhileError(
                f"刚刚审签记录里又有了第 {new.number} 条（{clock.shown(new.at)}，{new.person}），没有发布：请再发布一次"
            )

    office, year, read = candidate.office.code, candidate.year, ReadGuard(*candidate.known, guard, meanwhile)
    return log.append(office, year, request.person, body, guard=read)


class _MeanwhileError(ReviewError):
    """Something was added to the log since a report was judged by it."""


def _is_judged_by(entry: LogEntry, ref: ReportRef) -> bool:
    """Whether a report may be judged otherwise for an entry: not if it only says who viewed what, or is about another unpublished one."""
    if isinstance(entry.body, ViewedBody | SubmissionDestroyedBody):
        return False
    return (entry.code, entry.year) == (ref.code, ref.year) or not entry.code or isinstance(entry.body, PublishedBody)


def _is_namesake(entry: LogEntry, candidate: Candidate) -> bool:
    """Whether an entry publishes a report of the same name, scope and year under another code: this run may have both."""
    body, report = entry.body, candidate.report
    if not isinstance(body, PublishedBody) or report is None or entry.code == candidate.office.code:
        return False
    return (entry.year, body.name, body.scope) == (candidate.year, report.office_name, report.scope)


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
        name=candidate.report.office_name,
        kind=candidate.office.kind.key,
        scope=candidate.report.scope,
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
        entries = log.verified()
        listed = published_reports(entries)
        held = read_signed(folder, site_keys(entries, keys.found))
        _refuse_unknown(held.versions if held else (), listed)
        if not listed:
            return False
        files, fetch = site_files(listed, LogMark.of(entries), log.get_blob, keys.key)
        return install_release(folder, files, fetch)


def _refuse_unknown(held: Sequence[SiteVersion], listed: Sequence[PublishedReport]) -> None:
    """Raise if a site contains publications that are not in the log, as after restoring an older log."""
    known = {SiteVersion(one.code, one.year, own.version, own.seal) for one in listed for own in one.versions}
    if unknown := [one for one in held if one not in known]:
        code, year, version = unknown[0].code, unknown[0].year, unknown[0].version
        raise GktoolsError(
            f"网站上有审签记录里没有的发布（{code} {year} 年度第 {version} 版，共 {len(unknown)} 处），没有动网站："
            "审签记录多半是从较早的备份恢复的，请换一份较新的备份；或者 --out 写错了"
        )
