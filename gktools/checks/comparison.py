"""A report with the previous year's figures, and the findings of the rules of year_on_year/."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict

from ..figures.previous_year import PreviousYear, explains
from ..findings import Finding, Severity
from ..yamlfile import read_data
from .rules import Rule, read_rules
from .subject import Place, Subject
from .subject import make_finding as subject_finding

FOLDER = Path(__file__).with_name("year_on_year")
ORIGINS = {"records": "台账", "report": "上年做的报告", "brought-in": "填入的已公布数", "file": "上一年的文件"}


def _compiled(value: object) -> Any:
    return re.compile(value) if isinstance(value, str) else value


_Pattern = Annotated[re.Pattern[str], BeforeValidator(_compiled)]


@dataclass(frozen=True)
class Phrases:
    """The content of phrases.yaml."""

    __pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    change: _Pattern
    falls: tuple[str, ...]
    same: tuple[str, ...]
    sentence: _Pattern
    clause: _Pattern
    token: _Pattern
    figure: _Pattern
    stock: _Pattern
    sentence_characters: int
    section_characters: int
    sentence_likeness: int
    passages: int
    place: _Pattern
    anyone: _Pattern


@lru_cache
def phrases() -> Phrases:
    """Return the phrases of phrases.yaml. Raises FormatError, with file and line, for an invalid file."""
    found: Phrases = read_data(FOLDER / "phrases.yaml", Phrases)
    return found


@lru_cache
def year_on_year_rules() -> dict[str, Rule]:
    """Return the rules of year_on_year/rules.yaml by the code of their findings."""
    return read_rules((FOLDER / "rules.yaml").read_text(encoding="utf-8"), "rules.yaml")


@dataclass(frozen=True)
class Comparison:
    """A report and the previous year's figures; used holds the indices of the used entries of params.differences."""

    subject: Subject
    last: PreviousYear
    used: set[int] = field(default_factory=set)

    def make_finding(self, code: str, place: Place, /, *, table: str = "", **values: Any) -> Finding:
        """Return the finding of a rule of year_on_year/, with last year and the source of its figures.

        table is the key of the table if the place has no form.
        """
        last = {
            "last_year": self.last.year,
            "origin": format_origin(self.last, place.form.key if place.form else table),
        }
        return make_finding(self.subject, code, place, **last | values)

    def apply_explanation(self, finding: Finding) -> Finding:
        """Return the finding, no longer blocking if it is explained or if offices were merged (D1, D3)."""
        severity = finding.severity
        for i, difference in enumerate(self.subject.params.differences):
            if explains(difference, finding.code, finding.table, finding.cell, finding.row, finding.column):
                self.used.add(i)
                explained = replace(finding, message=f"{finding.message}已登记原因：{difference.reason}")
                return replace(explained, severity=max(severity, Severity.EXPLAIN, key=list(Severity).index))
        if len(self.last.offices) > 1 and severity is Severity.BLOCK:
            return replace(finding, severity=Severity.EXPLAIN)
        return finding


def format_origin(last: PreviousYear, table: str) -> str:
    """Return the source of last year's figures of a table, in Chinese."""
    sources = "、".join(ORIGINS[source] for source in last.origins.get(table, ())) or "没有上年的数"
    return f"{sources}，{'、'.join(last.offices)}之和" if len(last.offices) > 1 else sources


def make_finding(subject: Subject, code: str, place: Place, /, **values: Any) -> Finding:
    """Return the finding of a rule of year_on_year/, like checks.subject; missing fields of the message are empty."""
    given = {"named": "", "last": "", "now": "", "other": ""} | values
    return subject_finding(subject, code, place, rule=year_on_year_rules()[code], **given)
