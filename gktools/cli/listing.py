"""Findings as they are listed on a terminal: cells that are unknown for one reason are one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..findings import Finding

UNKNOWN = "unknown"
"""What the codes of cells without a figure end with."""


def listed(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield the lines of findings in their order: what is wrong and where, then what to do."""
    for _, same in groupby(findings, _reason):
        together = list(same)
        first = together[0]
        yield indented(f"{first.year} {first.office}：{first if len(together) == 1 else _in_one(together)}")
        if first.remedy:
            yield f"    {first.remedy}"


def indented(text: str) -> str:
    """Return text with every line but the first set in."""
    return text.replace("\n", "\n    ")


def _reason(finding: Finding) -> tuple[object, ...]:
    """What findings have in common that are told in one; nothing has its like but cells without a figure."""
    if finding.code.rpartition(".")[2] != UNKNOWN:
        return (id(finding),)
    return (finding.office, finding.year, finding.code, finding.found)


def _in_one(findings: list[Finding]) -> str:
    from ..formats import load_format

    first = findings[0]
    table = load_format(first.year)[first.table].name
    return f"[{first.severity.label}] {first.found}：{table} {len(findings)} 格没有数"
