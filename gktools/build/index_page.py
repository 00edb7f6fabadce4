"""The board of a year: every office, the state of its report, its open findings, and the days that are left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ..findings import Severity
from ..forms.notices import load_format
from ..workspace.output import OUTPUT, read_manifest
from ..workspace.project import Project
from .failures import FAILED_LOG

STATES = {"failed": "没有做成", "blocked": "不得发布", "explain": "需说明", "ready": "可以送审", "absent": "还没有做"}
_TEMPLATES = Path(__file__).with_name("templates")


def write_index(project: Project, year: int, today: date) -> Path:
    """Write output/<year>/index.html and return its path."""
    from jinja2 import Environment, FileSystemLoader

    rows = sorted(_rows(project, year), key=lambda row: list(STATES).index(row["state"]))
    due = deadline(year)
    years = [other for other in project.years() if (project.home / OUTPUT / str(other)).is_dir()]
    page = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True).get_template("index.html.j2")
    path = project.home / OUTPUT / str(year) / "index.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = page.render(
        year=year,
        rows=rows,
        severities=[severity.label for severity in Severity],
        deadline=due.isoformat(),
        today=today.isoformat(),
        days=days_left(due, today),
        years=years,
    )
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def deadline(year: int, kind: str = "default") -> date:
    """Return the day by which the report of a year is due (条例 49)."""
    days = load_format(year).requires.deadlines or {}
    month, day = days.get(kind, days["default"]).split("-")
    return date(year + 1, int(month), int(day))


def days_left(due: date, today: date) -> str:
    """Return how many days are left, or how many it is late, in Chinese."""
    left = (due - today).days
    return f"还有 {left} 天" if left >= 0 else f"已过期 {-left} 天"


def _rows(project: Project, year: int) -> list[dict[str, Any]]:
    return [_row(project, office.code, office.listed_name, year) for office in project.offices(year)]


def _row(project: Project, code: str, name: str, year: int) -> dict[str, Any]:
    manifest = read_manifest(project.home, code, year, verify=False)
    failed = project.home / OUTPUT / str(year) / code / FAILED_LOG
    counts: Mapping[str, int] = manifest["findings"] if manifest else {}
    state = "failed" if failed.exists() else report_status(counts) if manifest else "absent"
    row = {"code": code, "name": name, "state": state, "state_label": STATES[state], "built": manifest is not None}
    message = f"详见 {code}/{FAILED_LOG}" + ("；下面是上一次做成的" if manifest else "") if state == "failed" else ""
    return row | {"counts": [(s.label, counts.get(s.value, 0)) for s in Severity], "message": message}


def report_status(counts: Mapping[str, int]) -> str:
    """Return the state of a report that was made, by its findings."""
    if counts.get(Severity.BLOCK):
        return "blocked"
    return "explain" if counts.get(Severity.EXPLAIN) else "ready"
