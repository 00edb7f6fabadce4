"""The index page of a year: every office, the state of its report, its open findings, and the days left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from ..deadlines.calendar import Calendar, with_additions
from ..findings import Severity
from ..forms.notices import deadline
from ..render.titles import draw_title
from ..workspace.files import private_mode, write_whole
from ..workspace.output import year_folder
from ..workspace.project import Project
from .failures import FAILED_LOG
from .outcome import STATES, report_status

_TEMPLATES = Path(__file__).with_name("templates")


def write_index(project: Project, year: int, today: date) -> Path:
    """Write output/<year>/index.html and return its path."""
    from jinja2 import Environment, FileSystemLoader

    rows = [_row(project, office.code, office.listed_name, year) for office in project.offices(year)]
    rows.sort(key=lambda row: list(STATES).index(row.state))
    due = deadline(year)
    years = [other for other in project.years() if year_folder(project.home, other).is_dir()]
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True)
    environment.filters["draw_title"] = draw_title
    page = environment.get_template("index.html.j2")
    path = year_folder(project.home, year) / "index.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = page.render(
        year=year,
        rows=rows,
        severities=[severity.label for severity in Severity],
        deadline=due.isoformat(),
        today=today.isoformat(),
        days=days_left(due, today),
        warning=rest_day_warning(due, with_additions(project.calendar())),
        years=years,
    )
    write_whole(path, text, private_mode(path.parents[1]))
    return path


def days_left(due: date, today: date) -> str:
    """Return how many days are left until a day, or how many it is overdue, in Chinese."""
    left = (due - today).days
    return f"还有 {left} 天" if left >= 0 else f"已过期 {-left} 天"


def rest_day_warning(due: date, calendar: Calendar) -> str:
    """Return that a day is no working day and which is the last one before it, in Chinese; empty if it is one.

    No text says that the day moves (see 条例 49), so nothing is postponed.
    """
    if calendar.is_working(due):
        return ""
    last = due
    while not calendar.is_working(last):
        last -= timedelta(days=1)
    weekday = "一二三四五六日"[due.weekday()]
    return f"{due.isoformat()}（星期{weekday}）不是工作日，没有文字说期限可以顺延：请在 {last.isoformat()}（最后一个工作日）以前公开"


@dataclass(frozen=True)
class IndexRow:
    """A report as the index page lists it: its state, its findings by severity, and the error if it failed."""

    code: str
    name: str
    state: str
    state_label: str
    built: bool
    counts: tuple[tuple[str, int], ...]
    message: str


def _row(project: Project, code: str, name: str, year: int) -> IndexRow:
    report = project.report(code, year)
    manifest = report.manifest(verify=False)
    counts: Mapping[str, int] = manifest.findings if manifest else {}
    failed = (report.folder / FAILED_LOG).exists()
    state = "failed" if failed else report_status(counts) if manifest else "absent"
    message = f"详见 {code}/{FAILED_LOG}" + ("；下面是上一次做成的" if manifest else "") if state == "failed" else ""
    by_severity = tuple((s.label, counts.get(s.value, 0)) for s in Severity)
    return IndexRow(code, name, state, STATES[state], manifest is not None, by_severity, message)
