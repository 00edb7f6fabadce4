"""The parameters of a report: defaults, the year's, the office's, and what is changed for one run.

Each file may say any part; what a nearer file says holds. Everything wrong is found before anything runs, and
said with file, line and column.
"""

from .calendar import CalendarBook
from .json_schemas import schemas
from .models import (
    CountingRules,
    Difference,
    Layout,
    OfficeBook,
    OfficeEntry,
    Overview,
    Passage,
    ReportParams,
    Texts,
    Thresholds,
    TimeLimits,
)
from .project import FOLDER, Project, open_project

__all__ = [
    "FOLDER",
    "CalendarBook",
    "CountingRules",
    "Difference",
    "Layout",
    "OfficeBook",
    "OfficeEntry",
    "Overview",
    "Passage",
    "Project",
    "ReportParams",
    "Texts",
    "Thresholds",
    "TimeLimits",
    "open_project",
    "schemas",
]
