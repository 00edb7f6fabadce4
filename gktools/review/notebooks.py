"""The master notebooks whose reports may be signed: the shipped one, and those that the technician approved in the log."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..build.freshness import NOTEBOOK, program_fingerprint
from ..errors import ReviewError
from ..workspace.project import Project
from ..workspace.shipped import shipped_folder
from .entries import NotebookBody
from .log import REASON_CHARACTERS, Log, LogEntry


def require_known_notebook(log: Log, notebook: str) -> None:
    """Raise ReviewError unless a notebook, by the SHA-256 of its code, is the shipped one or an approved one."""
    if notebook not in known_notebooks(log.verified("")):
        raise ReviewError(
            "这份报告是用改过的总笔记本做的，还没有人认可：换回原来的总笔记本重做；确实要改的，查看改了什么以后，"
            "运行 gktools review approve-notebook --reason 原因"
        )


def known_notebooks(entries: Iterable[LogEntry]) -> set[str]:
    """Return the SHA-256 of the code of every notebook whose reports may be signed, by entries that Log.verified gave."""
    approved = {entry.body.notebook for entry in entries if isinstance(entry.body, NotebookBody)}
    return {_code_hash(shipped_folder() / NOTEBOOK), *approved}


def approve_notebook(project: Project, log: Log, person: str, reason: str) -> LogEntry | None:
    """Approve the working folder's notebook as it is now; None if it is known already. Raises ReviewError."""
    if len(reason.strip()) not in REASON_CHARACTERS:
        raise ReviewError("要用 --reason 写明总笔记本改了什么、为什么，4 到 500 个字；会记在审签记录里")
    now = _code_hash(project.home / NOTEBOOK)
    return (
        None
        if now in known_notebooks(log.verified(""))
        else log.append("", 0, person, NotebookBody(now, reason.strip()))
    )


def _code_hash(notebook: Path) -> str:
    return program_fingerprint(notebook)["notebook"]
