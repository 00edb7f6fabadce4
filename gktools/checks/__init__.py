"""What is wrong with a report: its tables, its text against its tables, and its text by itself.

Every rule is data (rules.yaml), every phrase that it looks for too (patterns.yaml). A check yields findings and
never raises.
"""

from .figures import check_figures
from .report import check_report
from .rules import Rule, read_rules, rules
from .subject import Subject, note

__all__ = ["Rule", "Subject", "check_figures", "check_report", "note", "read_rules", "rules"]
