"""Figures of a report that was published: out of its report.json, or brought in by staff as a file or by hand.

What was brought in stands in params/published/<year>/<office code>.yaml, one file an office and year, by official
labels: plain text that can be read, corrected and compared.
"""

from .figures import PLACE, Published, made_report, read_published, write_published
from .workbook import read_workbook, write_template

__all__ = [
    "PLACE",
    "Published",
    "made_report",
    "read_published",
    "read_workbook",
    "write_published",
    "write_template",
]
