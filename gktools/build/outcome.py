"""The outcome of one report, and the state that its findings give it: light to import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeGuard, get_args

STATES = {"failed": "没有做成", "blocked": "不得发布", "explain": "需说明", "ready": "可以送审", "absent": "还没有做"}
Status = Literal["built", "unchanged", "failed"]


@dataclass(frozen=True)
class Outcome:
    """The result of one report: message gives staff the reason of a failure, findings the number of open ones by severity."""

    code: str
    name: str
    year: int
    status: Status
    message: str = ""
    findings: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def report_status(counts: Mapping[str, int]) -> str:
    """Return the state of a built report by its findings: a key of STATES."""
    if counts.get("block"):
        return "blocked"
    return "explain" if counts.get("explain") else "ready"


def is_status(value: object) -> TypeGuard[Status]:
    """Return whether a value is the status of an outcome."""
    return isinstance(value, str) and value in get_args(Status)
