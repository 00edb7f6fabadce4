"""Published reports that somebody uploads to have them audited, or to begin from: nothing of them is kept.

audit_upload and take_upload run in a process beside the server: a file may take long, or take the process with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..checks.finished.files import audit_found, only_audit, read_given
from ..checks.finished.last_report import LastReport, take_from
from ..errors import GktoolsError
from ..render.audit.page import draw_audits

MOST_REPORTS = 60
"""So many reports are audited at once."""
NamedContents = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class UploadedReports:
    """The files of an upload by name: reports, and last year's; unit and year are stated by the person, "" and None if not."""

    files: NamedContents
    before: NamedContents = ()
    unit: str = ""
    year: int | None = None


@dataclass(frozen=True)
class UploadedLastReport:
    """A file with a report by name, from which the next one is begun; year is taken where it does not say its own."""

    name: str
    content: bytes
    year: int


@dataclass(frozen=True)
class UploadAudit:
    """The page about uploaded reports, its inner part, the files that could not be read with the reason, or a failure."""

    page: str = ""
    inner: str = ""
    unread: tuple[str, ...] = ()
    failure: str = ""


def audit_upload(upload: UploadedReports) -> UploadAudit:
    """Return what was found in uploaded reports."""
    found = read_given(upload.files)
    if len(found) > MOST_REPORTS:
        return UploadAudit(failure=f"一次最多核对 {MOST_REPORTS} 份报告，这里有 {len(found)} 份：请分几次")
    done = audit_found(found, read_given(upload.before), unit=upload.unit, year=upload.year)
    unread = tuple(f"{one.file}：{one.why}" for one in done.unread)
    if not done.audits:
        return UploadAudit(unread=unread)
    return UploadAudit(draw_audits(done.audits), draw_audits(done.audits, inner=True), unread)


def take_upload(upload: UploadedLastReport) -> LastReport | str:
    """Return what an uploaded report has for the next year, or why there is nothing."""
    try:
        return take_from(only_audit(read_given([(upload.name, upload.content)]), upload.name, upload.year))
    except GktoolsError as error:
        return str(error)
