"""The reminder list (催报) of unfinished reports, with person and task, as text and as a workbook."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ..build.index_page import days_left, rest_day_warning
from ..deadlines.calendar import Calendar
from ..registers.intake.workbooks import new_workbook
from ..workspace.files import temporary_folder
from .progress import WAITING, ReviewProgress

_COLUMNS = {"机关": 34, "机关代码": 16, "进度": 16, "要做的事": 44, "轮到谁": 22, "法定期限": 14, "剩余天数": 10}


@dataclass(frozen=True)
class Due:
    """The year of a reminder list, the legal deadline, the day of the list, and the calendar of working days."""

    year: int
    limit: date
    today: date
    calendar: Calendar


def reminder_text(rows: Iterable[ReviewProgress], due: Due) -> str:
    """Return the list as plain text, grouped by stage, earliest stage first."""
    listed = list(rows)
    left = days_left(due.limit, due.today)
    head = f"{due.year} 年度政府信息公开工作年度报告，截至 {due.today.isoformat()} 还有 {len(listed)} 份没有办完；"
    warning = rest_day_warning(due.limit, due.calendar)
    lines = [f"{head}法定期限 {due.limit.isoformat()}，{left}。", *([f"{warning}。"] if warning else [])]
    for stage, label in WAITING.items():
        waiting = [one for one in listed if one.stage == stage]
        if waiting:
            lines += ["", f"【{label}】{len(waiting)} 份"]
            lines += [f"{one.office.listed_name}：请{one.who}{one.task}{_other_limit(one, due)}" for one in waiting]
    return "\n".join(lines) + "\n"


def _other_limit(one: ReviewProgress, due: Due) -> str:
    """The deadline of an office as text, if it differs from the one in the heading."""
    if one.due == due.limit:
        return ""
    warning = rest_day_warning(one.due, due.calendar)
    return f"（期限 {one.due.isoformat()}，{days_left(one.due, due.today)}{'；' if warning else ''}{warning}）"


def reminder_workbook(rows: Iterable[ReviewProgress], due: Due) -> bytes:
    """Return the list as the bytes of an XLSX file; every text is written as a string, never as a formula."""
    with temporary_folder() as folder:
        path = folder / "reminders.xlsx"
        with new_workbook(path) as book:
            sheet, bold = book.add_worksheet("催报"), book.add_format({"bold": True, "bg_color": "#f3f5f8"})
            sheet.freeze_panes(1, 0)
            for column, (label, width) in enumerate(_COLUMNS.items()):
                sheet.set_column(column, column, width)
                sheet.write_string(0, column, label, bold)
            for line, one in enumerate(rows, start=1):
                for column, text in enumerate(_cells(one)):
                    sheet.write_string(line, column, text)
                sheet.write_number(line, len(_COLUMNS) - 1, (one.due - due.today).days)
            sheet.autofilter(0, 0, max(1, sheet.dim_rowmax or 1), len(_COLUMNS) - 1)
        return path.read_bytes()


def _cells(one: ReviewProgress) -> list[str]:
    return [one.office.listed_name, one.office.code, one.stage_label, one.task, one.who, one.due.isoformat()]
