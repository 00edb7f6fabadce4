"""Files audited as published reports: read, completed by what a person says of them, audited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ...errors import GktoolsError
from ...reading.files import GivenFile, Unreadable, read_file
from ...reading.published import PrintedReport, ReadingDoubt
from .audit import ReportAudit, audit_reports

Found = PrintedReport | Unreadable
"""What was found in a file."""
_NO_YEAR = "没有读出是哪一年的报告，请写明年度"


@dataclass(frozen=True)
class FilesAudit:
    """The audits of the reports in some files, and the files that could not be read."""

    audits: tuple[ReportAudit, ...]
    unread: tuple[Unreadable, ...] = ()


def read_given(files: Iterable[tuple[str, bytes]]) -> list[Found]:
    """Return the reports in files, given by name and content, and those that could not be read."""
    return [found for name, content in files for found in read_file(GivenFile(name, content))]


def audit_found(
    found: Iterable[Found], before: Iterable[Found] = (), *, unit: str = "", year: int | None = None
) -> FilesAudit:
    """Return the audits of what was found in files, compared with before; unit and year are stated by a person."""
    reports, unread = _known(found, unit, year)
    earlier, unread_before = _known(before, "", None)
    audits = audit_reports(reports, earlier) if reports else []
    return FilesAudit(tuple(audits), (*unread, *unread_before))


def only_audit(found: Iterable[Found], name: str, year: int | None) -> ReportAudit:
    """Return the audit of the one report in a file of this name; a report that does not say its year is taken for one of year.

    Raises GktoolsError if there is none, or more.
    """
    done = audit_found(one if isinstance(one, Unreadable) else _of_year(one, year) for one in found)
    for one in done.unread:
        raise GktoolsError(f"读不了 {one.file}：{one.why}")
    if len(done.audits) != 1:
        raise GktoolsError(f"{name} 里有 {len(done.audits)} 份报告，请只给本机关去年的那一份")
    return done.audits[0]


def _of_year(report: PrintedReport, year: int | None) -> PrintedReport:
    if report.year or not year or not (report.unit or report.title):  # what says nothing of itself may be anything
        return report
    doubt = ReadingDoubt("", "", "", "", "", f"没有读出是哪一年的报告，当作 {year} 年的：请看清楚")
    return replace(report, year=year, unsure=(*report.unsure, doubt))


def _known(found: Iterable[Found], unit: str, year: int | None) -> tuple[list[PrintedReport], list[Unreadable]]:
    """Return the reports whose year is known or stated, and what could not be read."""
    reports: list[PrintedReport] = []
    unread: list[Unreadable] = []
    for one in found:
        if isinstance(one, Unreadable):
            unread.append(one)
            continue
        report = replace(one, unit=unit or one.unit, year=year or one.year)
        if report.year is None:
            unread.append(Unreadable(one.file, _NO_YEAR))
        else:
            reports.append(report)
    return reports, unread
