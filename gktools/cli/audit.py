"""gktools check FILE…: published reports read back and audited."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..workspace.own_files import write_own_files
from .options import print_json
from .tables import print_table
from .zh_messages import indent

if TYPE_CHECKING:
    from ..checks.finished.audit import ReportAudit
    from ..checks.finished.words import ProposalsText

Said = tuple[str, int | None]
"""The unit and the year that somebody stated, "" and None if they did not."""


def run_audit(
    files: Sequence[Path], before: Sequence[Path], *, said: Said, page: Path | None, as_json: bool
) -> NoReturn:
    """Print what is wrong in published reports, and exit: 0, 1 if something must be corrected, 2 if a file was not read."""
    from ..checks.finished.files import audit_found
    from ..reading.about import About
    from ..reading.files import read_files

    unit, year = said
    found = read_files(files, sys.stdin.buffer, About(None, unit or None, year, None))
    done = audit_found(found, read_files(before, sys.stdin.buffer), unit=unit, year=year)
    for one in done.unread:
        print(f"读不了：{one.file}：{one.why}{_WITH_YEAR if one.why.endswith('年度') else ''}", file=sys.stderr)
    if page and done.audits:
        from ..render.audit.page import draw_audits

        write_own_files({page: draw_audits(done.audits)}, "check --html")
    if as_json:
        print_json([audit.to_json() for audit in done.audits])
    else:
        _print(done.audits, page)
    _exit(done.audits, unread=bool(done.unread))


_WITH_YEAR = "（--year）"


def _print(audits: Sequence[ReportAudit], page: Path | None) -> None:
    for audit in audits:
        for line in _lines(audit):
            print(indent(line))
        print()
    if len(audits) > 1:
        _print_table(audits)
    if page and audits:
        print(f"写成网页：{page}")


def _lines(audit: ReportAudit) -> Iterator[str]:
    from ..checks.finished.words import describe, describe_doubts

    report = audit.report
    beside = f"，与上年的“{audit.compared_with}”比过" if audit.compared_with else ""
    yield f"{report.file}：{report.unit or '没有读出单位'}，{report.year} 年度{beside}"
    for words in describe_doubts(report.unsure):
        yield f"[没有读准] {words}"
    for one in audit.findings:
        yield str(one)
        if one.finding.remedy:
            yield f"    {one.finding.remedy}"
    for proposals in audit.proposals:
        yield from _proposal_lines(describe(proposals))
    yield _counted(audit)


def _proposal_lines(proposals: ProposalsText) -> Iterator[str]:
    if proposals.heading:
        yield f"[推测] {proposals.heading}"
    if proposals.shared:
        yield f"    都有的：{'；另有：'.join(proposals.shared)}"
    for fix in proposals.fixes:
        equal = "（正文写的也是这样）" if fix.in_text else "（同样可能）" if fix.equals else ""
        yield f"    {fix.rank}. {'；另有：'.join(fix.slips)}{equal}"
    if proposals.told:
        yield f"[推测] {proposals.table}里没有数的格，可以推出的："
    for words in proposals.told:
        yield f"    {words}"


def _counted(audit: ReportAudit) -> str:
    from ..checks.finished.audit import LABELS

    return "，".join(f"{label} {audit.count(severity)} 条" for severity, label in LABELS.items())


def _print_table(audits: Sequence[ReportAudit]) -> None:
    from ..checks.finished.audit import LABELS

    rows = [
        [
            audit.report.file,
            audit.report.unit or "",
            str(audit.report.year),
            *(str(audit.count(severity)) for severity in LABELS),
            str(len(audit.report.unsure)),
        ]
        for audit in audits
    ]
    print_table(("文件", "单位", "年度", *LABELS.values(), "没有读准"), rows)


def _exit(audits: Sequence[ReportAudit], *, unread: bool) -> NoReturn:
    from ..findings import Severity

    sys.exit(2 if unread else 1 if any(audit.count(Severity.BLOCK) for audit in audits) else 0)
