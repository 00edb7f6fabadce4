"""Findings: mistakes in a report, worded so that the office can correct them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

from .forms.model import Cell


class Severity(StrEnum):
    """Weight of a finding: it blocks publication, requires an explanation, or is a hint only."""

    BLOCK = "block"
    EXPLAIN = "explain"
    HINT = "hint"

    @property
    def label(self) -> str:
        """The severity in Chinese, for staff."""
        return {"block": "不得发布", "explain": "需说明", "hint": "提示"}[self.value]


@dataclass(frozen=True)
class Finding:
    """A wrong figure, a violated relation between figures, or a wrong passage.

    table, cell, row and column are the place (row and column are the printed labels from the root); found and expected
    are both sides as text; rule is the wording of the notice or the article; behind names the cells or records compared.
    A finding about one record names its register, its number there, and its file, sheet and row.
    """

    code: str
    severity: Severity
    message: str
    office_code: str = ""
    year: int = 0
    table: str = ""
    cell: Cell | None = None
    row: tuple[str, ...] | None = None
    column: tuple[str, ...] | None = None
    section: str = ""
    register: str = ""
    record: str = ""
    place: str = ""
    found: str = ""
    expected: str = ""
    difference: str = ""
    rule: str = ""
    remedy: str = ""
    behind: tuple[str, ...] = field(default=())

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits of rule, place and values: the same until a value changes, even if the row of the record does.

        It is of what the finding says, whatever a file has beside it.
        """
        cell = self.cell or ("", "")
        place = (
            self.office_code,
            str(self.year),
            self.table,
            *cell,
            *(self.row or ()),
            "|",
            *(self.column or ()),
            self.section,
            *((self.register, self.record) if self.register else ()),
        )
        return sha256("\x1f".join((self.code, *place, self.found, self.expected)).encode()).hexdigest()[:16]

    def says(self, other: Finding) -> bool:
        """Return whether it says the same as another one to whoever reads it, though the row of a record may have moved."""
        return (*self._said, self.fingerprint) == (*other._said, other.fingerprint)

    @property
    def _said(self) -> tuple[object, ...]:
        return self.severity, self.message, self.difference, "" if self.record else self.place

    def __str__(self) -> str:
        return f"[{self.severity.label}] {self.message}" + (f"（{self.place}）" if self.place else "")

    def to_json(self) -> dict[str, Any]:
        """Return the finding as in report.json."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "office": self.office_code,
            "year": self.year,
            "table": self.table or None,
            "row": None if self.row is None else list(self.row),
            "column": None if self.column is None else list(self.column),
            "row_key": self.cell[0] if self.cell else None,
            "column_key": self.cell[1] if self.cell else None,
            "section": self.section or None,
            "register": self.register or None,
            "record": self.record or None,
            "place": self.place or None,
            "found": self.found,
            "expected": self.expected,
            "difference": self.difference,
            "message": self.message,
            "rule": self.rule,
            "remedy": self.remedy,
            "behind": list(self.behind),
            "fingerprint": self.fingerprint,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Finding:
        """Return the finding that to_json wrote; older versions wrote fewer keys."""
        row, column, row_key = data.get("row"), data.get("column"), data.get("row_key")
        return cls(
            code=data["code"],
            severity=Severity(data["severity"]),
            message=data["message"],
            office_code=data.get("office") or "",
            year=data.get("year") or 0,
            table=data.get("table") or "",
            cell=None if row_key is None else (row_key, data["column_key"]),
            row=None if row is None else tuple(row),
            column=None if column is None else tuple(column),
            section=data.get("section") or "",
            register=data.get("register") or "",
            record=data.get("record") or "",
            place=data.get("place") or "",
            found=data.get("found") or "",
            expected=data.get("expected") or "",
            difference=data.get("difference") or "",
            rule=data.get("rule") or "",
            remedy=data.get("remedy") or "",
            behind=tuple(data.get("behind") or ()),
        )


def count_rules(findings: Iterable[Finding]) -> dict[str, dict[str, int]]:
    """Return the number of findings by severity and by the code of their rule, sorted."""
    counted = Counter((finding.severity.value, finding.code) for finding in findings)
    by_severity: dict[str, dict[str, int]] = {}
    for (severity, code), number in sorted(counted.items()):
        by_severity.setdefault(severity, {})[code] = number
    return by_severity
