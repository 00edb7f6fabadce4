"""The master notebooks whose reports may be signed: the shipped one, and those that the technician approved in the log."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import unified_diff

from ..build.freshness import NOTEBOOK, code_hash
from ..build.master_notebook import read_code
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
            "运行 gktools review approve-notebook，照它说的认可"
        )


def known_notebooks(entries: Iterable[LogEntry]) -> set[str]:
    """Return the SHA-256 of the code of every notebook whose reports may be signed, by entries that Log.verified gave."""
    approved = {entry.body.notebook for entry in entries if isinstance(entry.body, NotebookBody)}
    return {code_hash(_shipped()), *approved}


def show_notebook(project: Project) -> tuple[str, list[str]]:
    """Return the SHA-256 of the code of the working folder's notebook, and how it differs from the shipped one, as lines.

    Both of one reading: what is approved by the hash is what was shown. Raises GktoolsError if it cannot be used.
    """
    now = read_code(project.home / NOTEBOOK)
    changed = unified_diff(_lines(_shipped()), _lines(now), "原来的总笔记本", "现在的总笔记本", lineterm="")
    return code_hash(now), list(changed)


def approve_notebook(project: Project, log: Log, person: str, reason: str, shown: str) -> LogEntry | None:
    """Approve the working folder's notebook, of which shown is the hash that show_notebook gave; None if it is known already.

    Raises ReviewError if it is another one by now: whoever writes it could exchange it for the moment of the approval.
    """
    if len(reason.strip()) not in REASON_CHARACTERS:
        raise ReviewError("要用 --reason 写明总笔记本改了什么、为什么，4 到 500 个字；会记在审签记录里")
    now = code_hash(read_code(project.home / NOTEBOOK))
    if now in known_notebooks(log.verified("")):
        return None
    if now != shown:
        raise ReviewError(
            "没有认可：现在的总笔记本不是您看过的那一本（--code 的编号对不上）。请不带 --code 再运行一次，看改了什么"
        )
    return log.append("", 0, person, NotebookBody(now, reason.strip()))


def _shipped() -> list[str]:
    return read_code(shipped_folder() / NOTEBOOK)


def _lines(code: Iterable[str]) -> list[str]:
    """The lines of cells, each with its number, and its tags that change what is executed."""
    found: list[str] = []
    for number, cell in enumerate(code, 1):
        source, *tags = cell.split("\0\0")
        found += [f"# ---- 第 {number} 格{'，标签 ' if tags else ''}{'、'.join(tags)}", *source.splitlines()]
    return found
