"""The audit of the review log and of the signed files: whether anything was changed after it was signed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ..errors import GktoolsError
from ..report.queries.difference import difference
from ..workspace.output import ReportRef
from ..workspace.project import Project
from ..workspace.report_data import read_report_data
from .actions import read_report
from .log import Log, LogEntry
from .seal import read_seal
from .state import Signature, review_state

_MOST_CHANGES = 5


def audit_log(project: Project, log: Log) -> list[str]:
    """Return the errors of the log, or else the signatures whose reports have changed, as Chinese sentences."""
    if broken := log.verify():
        return [f"审签记录：{sentence}" for sentence in broken]
    return list(_void_signatures(project, log))


def why_void(log: Log, ref: ReportRef, signature: Signature) -> list[str]:
    """Return the cells and sentences changed since a signature, or the changed files if those cannot be compared.

    Empty if the signature is valid.
    """
    if not signature.void:
        return []
    try:
        found = difference(read_report_data(log.get_blob(signature.report)), read_report_data(read_report(ref)))
    except (GktoolsError, ValueError, KeyError):
        return [signature.void]
    changes = [str(change) for change in (*found.cells, *found.passages)]
    if len(changes) > _MOST_CHANGES:
        changes = [*changes[:_MOST_CHANGES], f"……共 {len(changes)} 处"]
    return changes or [signature.void]


def _void_signatures(project: Project, log: Log) -> Iterator[str]:
    def report(entry: LogEntry) -> tuple[int, str]:
        return entry.year, entry.code

    for (year, code), entries in groupby(sorted(log.entries(), key=report), key=report):
        ref = project.report(code, year)
        for signature in review_state(entries, read_seal(ref)).signatures:
            if signature.void:
                why = "；".join(why_void(log, ref, signature))
                yield f"{code} {year} 年度，{signature.person}的“{signature.step.label}”不再有效：{why}"
