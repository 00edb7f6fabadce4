"""What is compared with last year, and how a check of it says what it found."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict

from ..figures.previous_year import PreviousYear, explained_by
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
    """Everything in phrases.yaml."""

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
    """Return the phrases. Raises FormatError, with file and line, if the file is not what it should be."""
    found: Phrases = read_data(FOLDER / "phrases.yaml", Phrases)
    return found


@lru_cache
def continuity_rules() -> dict[str, Rule]:
    """Return every rule of this folder by the code of its findings."""
    return read_rules((FOLDER / "rules.yaml").read_text(encoding="utf-8"), "rules.yaml")


@dataclass(frozen=True)
class Comparison:
    """A report beside its last year. used are the places in params.differences that explained something."""

    subject: Subject
    last: PreviousYear
    used: set[int] = field(default_factory=set)

    def make_finding(self, code: str, place: Place, /, *, table: str = "", **values: Any) -> Finding:
        """The finding of a rule of this folder; last year and where its figures come from are named in it.

        Where the place is no form, table is the key of the one whose figures they are.
        """
        last = {"last_year": self.last.year, "origin": origin(self.last, place.form.key if place.form else table)}
        return make_finding(self.subject, code, place, **last | values)

    def weighed(self, finding: Finding) -> Finding:
        """The finding, asking for an explanation only where one was given, or where offices were merged (D1, D3)."""
        severity = finding.severity
        for i, difference in enumerate(self.subject.params.differences):
            if explained_by(difference, finding.code, finding.table, finding.cell, finding.row, finding.column):
                self.used.add(i)
                told = replace(finding, message=f"{finding.message}已登记原因：{difference.reason}")
                return replace(told, severity=max(severity, Severity.EXPLAIN, key=list(Severity).index))
        if len(self.last.offices) > 1 and severity is Severity.BLOCK:
            return replace(finding, severity=Severity.EXPLAIN)
        return finding


def origin(last: PreviousYear, table: str) -> str:
    """Return where last year's figures of a table come from, as staff say it."""
    said = "、".join(ORIGINS[one] for one in last.origins.get(table, ())) or "没有上年的数"
    return f"{said}，{'、'.join(last.offices)}之和" if len(last.offices) > 1 else said


def make_finding(subject: Subject, code: str, place: Place, /, **values: Any) -> Finding:
    """Return the finding of a rule of this folder, as checks.subject does; what a message may name can be left out."""
    given = {"named": "", "last": "", "now": "", "other": ""} | values
    return subject_finding(subject, code, place, rule=continuity_rules()[code], **given)
